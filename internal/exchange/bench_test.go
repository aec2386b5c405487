package exchange

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkRead reads a talk of ten hours in each format; MB/s is of the bytes that hold it (the XML of docx and odt),
// the other two are of the same bytes, and of its text alone,
// a second of processor time.
func BenchmarkRead(b *testing.B) {
	said := talk(rand.New(rand.NewPCG(5, 5)), 600)
	var txt, word, plain, odt, rtf, page strings.Builder
	rtf.WriteString(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Times New Roman;}}` + "\r\n")
	page.WriteString("<!DOCTYPE html><html><meta charset=utf-8><body>")
	for _, s := range said {
		txt.WriteString(s.who + ": " + s.text + "\n")
		w := html.EscapeString(s.text)
		fmt.Fprintf(&page, "<p class=\"a\"><b>%s:</b> %s</p>\n", s.who, w)
		fmt.Fprintf(&rtf, "\\pard\\plain \\s0\\f0\\fs24\\lang1057 {\\b %s:} %s\\par\r\n", s.who, rtfWords(s.text))
		fmt.Fprintf(&odt, `<text:p text:style-name="Standard"><text:span text:style-name="T1">%s:</text:span> %s</text:p>`, s.who, w)
		fmt.Fprintf(&plain, `<w:p><w:pPr><w:pStyle w:val="Normal"/><w:rPr></w:rPr></w:pPr><w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t>%s:</w:t></w:r><w:r><w:rPr></w:rPr><w:t xml:space="preserve"> %s</w:t></w:r></w:p>`, s.who, w)
		word.WriteString(`<w:p w14:paraId="00AB12CD" w:rsidR="00AB12CD" w:rsidRDefault="00AB12CD"><w:pPr><w:pStyle w:val="a"/></w:pPr>`)
		for i, part := range strings.SplitAfter(s.who+": "+w, " ") { // a run for each few words, as Word's spelling check leaves them
			if i%4 == 0 {
				if i > 0 {
					word.WriteString(`</w:t></w:r><w:proofErr w:type="spellEnd"/>`)
				}
				word.WriteString(`<w:r w:rsidRPr="00AB12CD"><w:rPr><w:lang w:val="id-ID"/></w:rPr><w:t xml:space="preserve">`)
			}
			word.WriteString(part)
		}
		word.WriteString(`</w:t></w:r></w:p>`)
	}
	rtf.WriteString("}")
	for _, c := range []struct {
		what, name string
		data       []byte
		size       int
	}{
		{"txt", "a.txt", []byte(txt.String()), txt.Len()},
		{"docx Word", "a.docx", docxOf(b, `<?xml version="1.0"?><w:document `+wordNS+` xmlns:w14="x"><w:body>`+word.String()+`</w:body></w:document>`), word.Len()},
		{"docx LibreOffice", "a.docx", docxOf(b, plain.String()), plain.Len()},
		{"odt", "a.odt", odtOf(b, odt.String()), odt.Len()},
		{"rtf", "a.rtf", []byte(rtf.String()), rtf.Len()},
		{"html", "a.html", []byte(page.String()), page.Len()},
		{"srt", "a.srt", []byte(subtitles(said)), 0},
		{"vtt", "a.vtt", []byte("WEBVTT\n\n" + strings.ReplaceAll(subtitles(said), ",", ".")), 0},
	} {
		b.Run(c.what, func(b *testing.B) {
			if c.size == 0 {
				c.size = len(c.data)
			}
			b.SetBytes(int64(c.size))
			n, before := 0, cpu(b)
			for b.Loop() {
				r, err := Read(c.name, c.data, Options{})
				if err != nil {
					b.Fatal(err)
				}
				n += len(r.Text())
			}
			used := (cpu(b) - before).Seconds() // of the processor, so that a busy machine measures the same
			b.ReportMetric(float64(c.size)*float64(b.N)/1e6/used, "cpu-MB/s")
			b.ReportMetric(float64(n)/1e6/used, "text-cpu-MB/s")
		})
	}
}

// BenchmarkPdf reads PDFs of the kinds that people have in a child, beside pdftotext (poppler-utils) in the same run; the
// ratio is of the time that each takes from start to end: where a child waits for the file, as it does once a PDF was read, and
// where none does. Chromium writes a line as one object where its font has a whole size in pixels and every letter as an object of
// its own elsewhere, LibreOffice a few words, pdfTeX a few letters between its kerns.
func BenchmarkPdf(b *testing.B) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		b.Fatal("pdftotext is needed (apt-get install poppler-utils): ", err)
	}
	const pages, turns = 115, 8
	x := pdfChild(b)
	for _, c := range []struct {
		what         string
		made         func(b *testing.B) []byte
		pages, turns int // turns: 0 where the text has no speakers
	}{
		{"Chromium", func(b *testing.B) []byte { return printedByChromium(b, pages, turns, "16px") }, pages, pages * turns},
		{"ChromiumByLetters", func(b *testing.B) []byte { return printedByChromium(b, pages, turns, "11pt") }, pages, pages * turns},
		{"LibreOffice", func(b *testing.B) []byte { return printedByLibreOffice(b, pages, turns) }, pages, pages * turns},
		{"pdfTeX", manualOfNettle, 111, 0},
	} {
		b.Run(c.what, func(b *testing.B) {
			data := c.made(b)
			var ours, first, theirs time.Duration
			read := func(d *time.Duration) {
				start := time.Now()
				r, err := x.Read(b.Context(), "a.pdf", data, Options{})
				if err != nil || c.turns > 0 && len(r.Turns) != c.turns || r.Words < 10_000 {
					b.Fatal(r, err)
				}
				*d += time.Since(start)
				x.ahead.starts.Wait() // the next child is ready, and takes nothing from what is timed now
			}
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				x.ahead.dismiss(nil)
				read(&first)
				read(&ours)
				start := time.Now()
				cmd := exec.Command(tool, "-", "-")
				cmd.Stdin = bytes.NewReader(data)
				out, err := cmd.Output()
				if err != nil || bytes.Count(out, []byte{'\f'}) != c.pages {
					b.Fatal(bytes.Count(out, []byte{'\f'}), err)
				}
				theirs += time.Since(start)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "times-pdftotext")
			b.ReportMetric(float64(first)/float64(theirs), "times-pdftotext-first")
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms")
		})
	}
}

// manualOfNettle is a manual that pdfTeX made, as Debian has it.
func manualOfNettle(b *testing.B) []byte {
	b.Helper()
	file, err := os.Open("/usr/share/doc/nettle-dev/nettle.pdf.gz")
	if err != nil {
		b.Fatal("the manual of nettle is needed (apt-get install nettle-dev): ", err)
	}
	defer file.Close()
	packed, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	data, err := io.ReadAll(packed)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// pagesOfTalk is a talk, so many turns on each page.
func pagesOfTalk(pages, turns int) [][]said {
	words := strings.Fields("saya menjual udang lewat pengepul sejak lama dan tidak pernah tahu dokumen apa yang diminta oleh pembeli di luar negeri karena semuanya diurus orang lain")
	r := rand.New(rand.NewPCG(11, 5))
	all := make([][]said, pages)
	for i := range all {
		for t := range turns {
			var text strings.Builder
			for n := range 56 {
				w := words[r.IntN(len(words))]
				if n == 0 {
					w = strings.ToUpper(w[:1]) + w[1:]
				}
				text.WriteString(w + " ")
			}
			all[i] = append(all[i], said{who: []string{"RY", "P01"}[t%2], text: text.String() + "ya."})
		}
	}
	return all
}

// printedByChromium is that talk as Chromium prints it in letters of a size.
func printedByChromium(b *testing.B, pages, turns int, size string) []byte {
	b.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		b.Fatal("Chromium is needed (apt-get install chromium): ", err)
	}
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html lang="id"><meta charset="utf-8"><style>body { font-size: ` + size + ` } section { break-after: page } section:last-child { break-after: auto }</style>`)
	for _, on := range pagesOfTalk(pages, turns) {
		page.WriteString("<section>")
		for _, s := range on {
			fmt.Fprintf(&page, "<p><b>%s:</b> %s</p>", s.who, s.text)
		}
		page.WriteString("</section>")
	}
	dir := b.TempDir()
	in, out := filepath.Join(dir, "talk.html"), filepath.Join(dir, "talk.pdf")
	return madeBy(b, in, []byte(page.String()), out, exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-pdf-header-footer", "--user-data-dir="+filepath.Join(dir, "profile"), "--print-to-pdf="+out, "file://"+in))
}

// printedByLibreOffice is that talk as LibreOffice prints it.
func printedByLibreOffice(b *testing.B, pages, turns int) []byte {
	b.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		b.Fatal("LibreOffice is needed (apt-get install libreoffice-writer-nogui): ", err)
	}
	var body strings.Builder
	for i, on := range pagesOfTalk(pages, turns) {
		for n, s := range on {
			body.WriteString("<w:p><w:pPr>")
			if i > 0 && n == 0 {
				body.WriteString("<w:pageBreakBefore/>")
			}
			fmt.Fprintf(&body, `<w:spacing w:after="160"/></w:pPr><w:r><w:rPr><w:b/><w:sz w:val="22"/></w:rPr><w:t>%s:</w:t></w:r><w:r><w:rPr><w:sz w:val="22"/></w:rPr><w:t xml:space="preserve"> %s</w:t></w:r></w:p>`, s.who, s.text)
		}
	}
	body.WriteString(`<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="0" w:footer="0" w:gutter="0"/></w:sectPr>`)
	dir := b.TempDir()
	in, out := filepath.Join(dir, "talk.docx"), filepath.Join(dir, "talk.pdf")
	return madeBy(b, in, docxOf(b, body.String(),
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`), out, exec.Command(soffice, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "pdf", "--outdir", dir, in))
}

// madeBy writes a file, lets a program make another of it and gives that.
func madeBy(b *testing.B, in string, data []byte, out string, cmd *exec.Cmd) []byte {
	b.Helper()
	if err := os.WriteFile(in, data, 0o600); err != nil {
		b.Fatal(err)
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	made, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	return made
}
