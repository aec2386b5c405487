package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/carlos7ags/folio/document"
	"github.com/carlos7ags/folio/font"
	foliohtml "github.com/carlos7ags/folio/html"
)

// MostPDF is how many bytes of text and markup a PDF is made of at most, some 750 pages, which take about 10 s and 600 MB.
const MostPDF = 2_500_000

// ErrTooLongForPDF says that a paper is longer than MostPDF.
var ErrTooLongForPDF = errors.New("longer than a PDF is made of")

// pdfStyle is in points of paper. Headings become the file's bookmarks.
const pdfStyle = `
@font-face{font-family:Inter;src:url(fonts/inter-regular.ttf);font-weight:400}
@font-face{font-family:Inter;src:url(fonts/inter-semibold.ttf);font-weight:600}
@font-face{font-family:Inter;src:url(fonts/inter-semibold.ttf);font-weight:700}
@font-face{font-family:Inter;src:url(fonts/inter-italic.ttf);font-style:italic}
body{font-family:Inter;font-size:9.5pt;line-height:1.45;color:#1b2226}
h1,h2,h3,h4{font-weight:600;line-height:1.25;page-break-after:avoid}
h1{font-size:19pt;margin:0 0 8pt}
h2{font-size:14.5pt;margin:20pt 0 6pt}
h3{font-size:11.5pt;margin:15pt 0 4pt}
h4{font-size:9.5pt;margin:11pt 0 3pt}
p{margin:0 0 4pt;orphans:2;widows:2}
.k{page-break-inside:avoid}
.k>ul{margin:0}
.q{margin:3pt 0 2pt 8pt;padding:1pt 0 1pt 9pt;border-left:1.5pt solid #9aa5a5}
.soft{color:#5b6470}
ul{margin:0 0 5pt;padding-left:14pt}li{margin:0 0 2pt}
table{width:100%;border-collapse:collapse;margin:5pt 0 10pt;font-size:8.5pt;line-height:1.35}
th,td{text-align:left;vertical-align:top;padding:3pt 5pt 3pt 0;border-bottom:.5pt solid #c3cbcb}
th{font-weight:600;border-bottom:.8pt solid #5b6470}
a{color:#0b5a66}
.notice{border:.8pt solid #8a6d00;padding:4pt 8pt;margin:4pt 0 10pt}
`

// WritePDF writes a paper as PDF with its headings as bookmarks and its fonts within. A letter that these have not stands as □, and a
// notice after the title counts and lists such letters, see Letters. The same paper gives the same bytes. The error is
// ErrTooLongForPDF where the paper is too long.
func WritePDF(out io.Writer, p Paper) error {
	var l Letters
	title, blocks := l.drawn(p.Title), drawnBlocks(&l, p.Blocks)
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	w.WriteString("<h1>" + hypertext(title) + "</h1>\n")
	l.notice(w, p.Lacking)
	pdfBlocks(w, blocks, p.Wide)
	if err := w.Flush(); err != nil {
		return err
	}
	return pdfPage{title: title, language: p.Language, wide: p.Wide, made: p.Made, body: b.String()}.write(out)
}

// notice says which letters are missing.
func (l Letters) notice(w *bufio.Writer, say func(Letters) string) {
	if l.Count == 0 {
		return
	}
	text := fmt.Sprintf("%d × □: %s", l.Count, l)
	if say != nil {
		text = say(l)
	}
	var none Letters
	w.WriteString("<p class=\"notice\">" + hypertext(none.drawn(text)) + "</p>\n")
}

// pdfPage is a page of HTML about to become a PDF.
type pdfPage struct {
	title, language, style, body string
	wide                         bool
	made                         time.Time
}

var regularFace = sync.OnceValues(func() (font.Face, error) {
	raw, err := fonts.ReadFile("fonts/inter-regular.ttf")
	if err != nil {
		return nil, err
	}
	return font.ParseTTF(raw)
})

func (p pdfPage) write(out io.Writer) error {
	if len(p.body) > MostPDF {
		return ErrTooLongForPDF
	}
	size := "210mm 297mm"
	if p.wide {
		size = "297mm 210mm"
	}
	page := fmt.Sprintf(`<!doctype html><html lang="%s"><head><title>%s</title><style>@page{size:%s;margin:18mm 18mm 18mm}%s%s</style></head><body>%s</body></html>`,
		html.EscapeString(p.language), hypertext(p.title), size, pdfStyle, p.style, p.body)
	d := document.NewDocument(document.PageSizeA4)
	d.Info.Title, d.Info.Creator, d.Info.Producer, d.Info.Language = p.title, "anyam", "anyam", p.language
	if !p.made.IsZero() {
		d.Info.CreationDate, d.Info.ModDate = p.made.UTC(), p.made.UTC()
	}
	d.SetAutoBookmarks(true)
	d.SetTagged(true)
	if err := d.AddHTMLWithContext(context.Background(), page, &foliohtml.Options{BaseFS: fonts, StrictAssets: true, PageWidth: 595.28, PageHeight: 841.89}); err != nil {
		return err
	}
	face, err := regularFace()
	if err != nil {
		return err
	}
	// The foot is drawn here and not by CSS, whose boxes mark it in a way that readers of tagged files take for an error.
	small := font.NewEmbeddedFont(face)
	foot := clipped(strings.Join(strings.Fields(p.title), " "), 90)
	width := 210 * 72 / 25.4
	if p.wide {
		width = 297 * 72 / 25.4
	}
	const margin, low, points = 18 * 72 / 25.4, 26, 7.5
	d.SetFooter(func(c document.PageContext, page *document.Page) {
		number := fmt.Sprintf("%d / %d", c.PageIndex+1, c.TotalPages)
		s := page.ContentStream()
		s.SaveState()
		s.BeginMarkedContent("Artifact")
		s.SetFillColorRGB(0.36, 0.39, 0.44)
		page.AddTextEmbedded(foot, small, points, margin, low)
		page.AddTextEmbedded(number, small, points, width-margin-small.MeasureString(number, points), low)
		s.EndMarkedContent()
		s.RestoreState()
	})
	_, err = d.WriteToWithOptions(out, document.WriteOptions{Deterministic: true, UseXRefStream: true, UseObjectStreams: true, CompressionLevel: 6})
	return err
}

func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func drawnRuns(l *Letters, runs []Run) []Run {
	r := slices.Clone(runs)
	for i := range r {
		r[i].Text = l.drawn(r[i].Text)
	}
	return r
}

func drawnBlocks(l *Letters, blocks []Block) []Block {
	r := make([]Block, len(blocks))
	for i, b := range blocks {
		switch b := b.(type) {
		case Heading:
			b.Text = l.drawn(b.Text)
			r[i] = b
		case Paragraph:
			b.Runs = drawnRuns(l, b.Runs)
			r[i] = b
		case Grid:
			head := slices.Clone(b.Head)
			for j := range head {
				head[j] = l.drawn(head[j])
			}
			rows := make([][][]Run, len(b.Rows))
			for j, row := range b.Rows {
				for _, cell := range row {
					rows[j] = append(rows[j], drawnRuns(l, cell))
				}
			}
			b.Head, b.Rows = head, rows
			r[i] = b
		}
	}
	return r
}

// keptRows is how many rows a table has at most that stays on one page with its heading.
const keptRows = 12

// pdfBlocks writes blocks in the markup that the maker of PDF knows: line feeds as elements, shares of width on columns. A heading,
// and what leads to something, stays on the page of what follows it.
func pdfBlocks(w *bufio.Writer, blocks []Block, wide bool) {
	list, kept := false, false
	release := func() {
		if kept {
			w.WriteString("</div>\n")
			kept = false
		}
	}
	for i, b := range blocks {
		p, ok := b.(Paragraph)
		item := ok && p.Item && !p.Quote
		if item != list {
			w.WriteString(map[bool]string{true: "<ul>\n", false: "</ul>\n"}[item])
			list = item
		}
		_, heading := b.(Heading)
		lead := heading || leads(blocks, i)
		if lead && !kept {
			w.WriteString("<div class=\"k\">")
			kept = true
		}
		switch b := b.(type) {
		case Heading:
			level := min(max(b.Level, 1), 3) + 1
			fmt.Fprintf(w, "<h%d>%s</h%d>\n", level, lined(b.Text), level)
		case Paragraph:
			switch {
			case b.Quote:
				w.WriteString("<p class=\"q\">" + pdfRuns(b.Runs) + "</p>\n")
			case item:
				w.WriteString("<li>" + pdfRuns(b.Runs) + "</li>\n")
				if kept { // with the first of a list
					w.WriteString("</ul>\n")
					list = false
				}
			default:
				w.WriteString("<p>" + pdfRuns(b.Runs) + "</p>\n")
			}
		case Grid:
			if len(b.Rows) > keptRows {
				release()
			}
			pdfGrid(w, b, wide)
		}
		if !lead {
			release()
		}
	}
	release()
	if list {
		w.WriteString("</ul>\n")
	}
}

func pdfGrid(w *bufio.Writer, g Grid, wide bool) {
	const size, free = 8.5, 6 // as its style says
	width := (210 - 2*18) * 72 / 25.4
	if wide {
		width = (297 - 2*18) * 72 / 25.4
	}
	widths := g.columns(width, size, free)
	if len(widths) == 0 {
		return
	}
	w.WriteString("<table>\n<colgroup>")
	for _, x := range widths {
		fmt.Fprintf(w, `<col style="width:%.2f%%">`, 100*x/width)
	}
	w.WriteString("</colgroup>\n")
	if len(g.Head) > 0 {
		w.WriteString("<thead><tr>")
		for _, h := range g.Head {
			w.WriteString("<th scope=\"col\">" + lined(h) + "</th>")
		}
		w.WriteString("</tr></thead>\n")
	}
	w.WriteString("<tbody>\n")
	for _, r := range g.Rows {
		w.WriteString("<tr>")
		for i := range widths {
			w.WriteString("<td>")
			if i < len(r) {
				w.WriteString(pdfRuns(r[i]))
			}
			w.WriteString("</td>")
		}
		w.WriteString("</tr>\n")
	}
	w.WriteString("</tbody>\n</table>\n")
}

// lined is text with its line feeds as elements.
func lined(s string) string {
	return strings.ReplaceAll(hypertext(strings.ReplaceAll(s, "\t", "    ")), "\n", "<br>")
}

func pdfRuns(runs []Run) string {
	var b strings.Builder
	runs = slices.Clone(runs)
	for i := 1; i < len(runs); i++ {
		// A blank that begins a run is lost in lists: it goes to the run before.
		if rest, ok := strings.CutPrefix(runs[i].Text, " "); ok {
			runs[i-1].Text += " "
			runs[i].Text = rest
		}
	}
	for _, r := range runs {
		b.WriteString(r.marked(lined(r.Text), "b", "i", safeLink(r.Link) && !strings.HasPrefix(r.Link, "#")))
	}
	return b.String()
}
