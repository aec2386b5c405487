package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Paper is a text for people, written as a file for word processors: blocks, one after the other.
type Paper struct {
	Title    string
	Language string // BCP 47
	Wide     bool   // A4 on its side
	Blocks   []Block

	Made    time.Time            // what a PDF says of when it was made
	Lacking func(Letters) string // says in a PDF which letters it can't show
}

// Block is a Heading, a Paragraph or a Grid. WriteDOCX, WriteMarkdown and WriteHTML write each of them.
type Block interface{ write(*paperWriter) }

// Heading is a heading of level 1 to 3; the paper's title is not one.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is a paragraph: plain, a Quote (someone's words, set apart), or an item of a list.
type Paragraph struct {
	Runs  []Run
	Quote bool
	Item  bool
}

// Run is a stretch of words that look alike. A line feed in it begins a new line; Link makes it lead to an address.
type Run struct {
	Text         string
	Bold, Italic bool
	Soft         bool // of less weight than the words around it
	Link         string
}

// Grid is a table. Its first row is repeated on each page; Widths are shares of the width, equal where nil.
type Grid struct {
	Widths []int
	Head   []string
	Rows   [][][]Run
}

// Plain is a paragraph of one run.
func Plain(text string) Paragraph { return Paragraph{Runs: []Run{{Text: text}}} }

type paperWriter struct {
	b     bytes.Buffer
	links []string
	width int  // twips between the margins
	leads bool // the paragraph to come stays on the page of what follows it
}

// leads tells that a paragraph belongs to what follows it, as a label does, and what a list begins with.
func leads(blocks []Block, i int) bool {
	p, ok := blocks[i].(Paragraph)
	if !ok || p.Quote || p.Item || i+1 == len(blocks) {
		return false
	}
	next, _ := blocks[i+1].(Paragraph)
	return next.Item && !next.Quote || len(p.Runs) > 0 && !slices.ContainsFunc(p.Runs, func(r Run) bool { return !r.Bold && r.Text != "" })
}

const paperNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// WriteDOCX writes a paper as Office Open XML (ECMA-376, transitional). The same paper gives the same bytes.
func WriteDOCX(w io.Writer, p Paper) error {
	x := &paperWriter{width: 9638}
	if p.Wide {
		x.width = 14570
	}
	x.b.WriteString(xml.Header + `<w:document ` + paperNS + `><w:body>`)
	x.paragraph("Title", []Run{{Text: p.Title}})
	for i, b := range p.Blocks {
		x.leads = leads(p.Blocks, i)
		b.write(x)
	}
	x.sheet(p.Wide)
	return x.pack(w, p.Title, p.Language, "")
}

// sheet ends the text with the size of its pages, whose foot pack writes.
func (x *paperWriter) sheet(wide bool) {
	size := `<w:pgSz w:w="11906" w:h="16838"/>`
	if wide {
		size = `<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>`
	}
	x.b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="foot"/>` + size + `<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`)
}

// foot has the title and the number of the page, as a PDF has them.
func (x *paperWriter) foot(title string) string {
	soft := `<w:rPr><w:color w:val="5B6470"/><w:sz w:val="16"/></w:rPr>`
	field := func(name string) string {
		return `<w:fldSimple w:instr="` + name + `"><w:r>` + soft + `<w:t>1</w:t></w:r></w:fldSimple>`
	}
	return fmt.Sprintf(xml.Header+`<w:ftr %s><w:p><w:pPr><w:tabs><w:tab w:val="right" w:pos="%d"/></w:tabs></w:pPr><w:r>%s<w:t xml:space="preserve">%s</w:t><w:tab/></w:r>%s<w:r>%s<w:t xml:space="preserve"> / </w:t></w:r>%s</w:p></w:ftr>`,
		paperNS, x.width, soft, escaped(clipped(strings.Join(strings.Fields(title), " "), 90)), field("PAGE"), soft, field("NUMPAGES"))
}

// pack writes the parts of the file; comments is the part of that name, empty where there are none.
func (x *paperWriter) pack(w io.Writer, title, language, comments string) error {
	var rels strings.Builder
	rels.WriteString(xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="styles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="numbering" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering" Target="numbering.xml"/><Relationship Id="foot" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/><Relationship Id="settings" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings" Target="settings.xml"/>`)
	commentsType := ""
	if comments != "" {
		rels.WriteString(`<Relationship Id="comments" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" Target="comments.xml"/>`)
		commentsType = `<Override PartName="/word/comments.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"/>`
	}
	for i, l := range x.links {
		fmt.Fprintf(&rels, `<Relationship Id="l%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="%s" TargetMode="External"/>`, i+1, escaped(l))
	}
	rels.WriteString(`</Relationships>`)
	z := zip.NewWriter(w)
	for _, f := range [][2]string{
		{"[Content_Types].xml", xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` + commentsType + `<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="document" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="core" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"docProps/core.xml", xml.Header + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + escaped(title) + `</dc:title><dc:creator>anyam</dc:creator><dc:language>` + escaped(language) + `</dc:language></cp:coreProperties>`},
		{"word/_rels/document.xml.rels", rels.String()},
		{"word/numbering.xml", xml.Header + `<w:numbering ` + paperNS + `><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="425" w:hanging="283"/></w:pPr></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`},
		{"word/styles.xml", paperStyles(language)},
		{"word/footer1.xml", x.foot(title)},
		{"word/settings.xml", xml.Header + `<w:settings ` + paperNS + `><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`}, // else Word opens it as a file of 2007
		{"word/comments.xml", comments},
		{"word/document.xml", x.b.String()},
	} {
		if f[1] == "" {
			continue
		}
		part, err := z.CreateHeader(&zip.FileHeader{Name: f[0], Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = io.WriteString(part, f[1])
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

func paperStyles(language string) string {
	var b strings.Builder
	fmt.Fprintf(&b, xml.Header+`<w:styles %s><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="21"/><w:lang w:val="%s"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="100" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>`, paperNS, escaped(language))
	for _, s := range []struct {
		id, name, paragraph, run string
	}{
		{"Title", "Title", `<w:spacing w:after="240"/>`, `<w:b/><w:sz w:val="36"/>`},
		{"Heading1", "heading 1", `<w:keepNext/><w:spacing w:before="320" w:after="120"/><w:outlineLvl w:val="0"/>`, `<w:b/><w:sz w:val="28"/>`},
		{"Heading2", "heading 2", `<w:keepNext/><w:spacing w:before="240" w:after="80"/><w:outlineLvl w:val="1"/>`, `<w:b/><w:sz w:val="24"/>`},
		{"Heading3", "heading 3", `<w:keepNext/><w:spacing w:before="180" w:after="60"/><w:outlineLvl w:val="2"/>`, `<w:b/><w:sz w:val="21"/>`},
		{"Quote", "Quote", `<w:keepNext/><w:pBdr><w:left w:val="single" w:sz="12" w:space="8" w:color="9AA5A5"/></w:pBdr><w:ind w:left="425" w:right="425"/>`, `<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Cambria"/>`},
		{"Cell", "Table Text", `<w:spacing w:after="40"/>`, `<w:sz w:val="19"/>`},
	} {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>`, s.id, s.name, s.paragraph, s.run)
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}

// escaped makes text fit for XML: what XML can't hold at all becomes U+FFFD, as encoding/xml does it.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

func (x *paperWriter) paragraph(style string, runs []Run) {
	x.b.WriteString(`<w:p><w:pPr>`)
	if style == "Item" {
		x.b.WriteString(`<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>`)
	} else if style != "" {
		fmt.Fprintf(&x.b, `<w:pStyle w:val="%s"/>`, style)
	} else if x.leads {
		x.b.WriteString(`<w:keepNext/>`)
	}
	x.b.WriteString(`</w:pPr>`)
	for _, r := range runs {
		if r.Link != "" {
			x.links = append(x.links, r.Link)
			fmt.Fprintf(&x.b, `<w:hyperlink r:id="l%d">`, len(x.links))
		}
		x.run(r)
		if r.Link != "" {
			x.b.WriteString(`</w:hyperlink>`)
		}
	}
	x.b.WriteString(`</w:p>`)
}

func (x *paperWriter) run(r Run) {
	x.b.WriteString(`<w:r><w:rPr>`)
	if r.Bold {
		x.b.WriteString(`<w:b/>`)
	}
	if r.Italic {
		x.b.WriteString(`<w:i/>`)
	}
	switch {
	case r.Link != "":
		x.b.WriteString(`<w:color w:val="0B5A66"/><w:u w:val="single"/>`)
	case r.Soft:
		x.b.WriteString(`<w:color w:val="5B6470"/>`)
	}
	x.b.WriteString(`</w:rPr>`)
	for i, line := range strings.Split(r.Text, "\n") {
		if i > 0 {
			x.b.WriteString(`<w:br/>`)
		}
		x.b.WriteString(`<w:t xml:space="preserve">` + escaped(line) + `</w:t>`)
	}
	x.b.WriteString(`</w:r>`)
}

func (h Heading) write(x *paperWriter) {
	x.paragraph(fmt.Sprintf("Heading%d", min(max(h.Level, 1), 3)), []Run{{Text: h.Text}})
}

func (p Paragraph) write(x *paperWriter) {
	switch {
	case p.Quote:
		x.paragraph("Quote", p.Runs)
	case p.Item:
		x.paragraph("Item", p.Runs)
	default:
		x.paragraph("", p.Runs)
	}
}

// columns are the widths of the columns of a table that is so wide, in points: by their shares, but none of them narrower than
// the longest word of its head with what is left free beside it.
func (g Grid) columns(wide, size, free float64) []float64 {
	n := len(g.Head)
	for _, r := range g.Rows {
		n = max(n, len(r))
	}
	shares, least, widths := make([]float64, n), make([]float64, n), make([]float64, n)
	need := 0.0
	for i := range n {
		shares[i] = 1
		if i < len(g.Widths) {
			shares[i] = float64(g.Widths[i])
		}
		if i < len(g.Head) {
			for word := range strings.FieldsSeq(g.Head[i]) {
				least[i] = max(least[i], WordsWidth(word, size, true)+free)
			}
		}
		need += least[i]
	}
	if need > wide {
		least = make([]float64, n)
	}
	for again := true; again; {
		again = false
		sum, left := 0.0, wide
		for i := range n {
			if widths[i] > 0 {
				left -= widths[i] // it is as narrow as it may be
			} else {
				sum += shares[i]
			}
		}
		for i := range n {
			if widths[i] == 0 && left*shares[i]/sum < least[i] {
				widths[i], again = least[i], true
			}
		}
		if again {
			continue
		}
		for i := range n {
			if widths[i] == 0 {
				widths[i] = left * shares[i] / sum
			}
		}
	}
	return widths
}

func (g Grid) write(x *paperWriter) {
	const size, free = 10.5, 9 // of wider letters than Calibri's, which not every computer has
	var widths []int
	for _, points := range g.columns(float64(x.width)/20, size, free) {
		widths = append(widths, int(points*20))
	}
	if len(widths) == 0 {
		return
	}
	x.b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "bottom", "insideH"} {
		fmt.Fprintf(&x.b, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="9AA5A5"/>`, side)
	}
	x.b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, width := range widths {
		fmt.Fprintf(&x.b, `<w:gridCol w:w="%d"/>`, width)
	}
	x.b.WriteString(`</w:tblGrid>`)
	row := func(head bool, cells [][]Run) {
		x.b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if head {
			x.b.WriteString(`<w:tblHeader/>`)
		}
		x.b.WriteString(`</w:trPr>`)
		for i := range widths {
			fmt.Fprintf(&x.b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, widths[i])
			var runs []Run
			if i < len(cells) {
				runs = cells[i]
			}
			x.paragraph("Cell", runs)
			x.b.WriteString(`</w:tc>`)
		}
		x.b.WriteString(`</w:tr>`)
	}
	if len(g.Head) > 0 {
		var cells [][]Run
		for _, h := range g.Head {
			cells = append(cells, []Run{{Text: h, Bold: true}})
		}
		row(true, cells)
	}
	for _, r := range g.Rows {
		row(false, r)
	}
	x.b.WriteString(`</w:tbl>`)
	x.paragraph("", nil) // two tables must not touch
}
