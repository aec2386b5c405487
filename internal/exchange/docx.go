package exchange

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// Names of WordprocessingML, transitional and strict (ECMA-376 and ISO/IEC 29500).
var wordSpaces = map[string]bool{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main": true,
	"http://purl.oclc.org/ooxml/wordprocessingml/main":             true,
}

var mathSpaces = map[string]bool{
	"http://schemas.openxmlformats.org/officeDocument/2006/math": true,
	"http://purl.oclc.org/ooxml/officeDocument/math":             true,
}

const compatSpace = "http://schemas.openxmlformats.org/markup-compatibility/2006"

// readDocx reads the words of a Word document in the order of its body: paragraphs, cells of tables one by one, text
// boxes after the paragraph they hang on, footnotes at the end. Insertions that are tracked stay, deletions go.
func (r *Reading) readDocx(data []byte) ([]row, *BadFile) {
	a, bf := openZip(data)
	if bf != nil {
		return nil, bf
	}
	main := "word/document.xml"
	if target := a.mainPart(); target != "" {
		main = target
	}
	if a.files[main] == nil {
		kind := "zip"
		switch {
		case a.files["mimetype"] != nil:
			kind = "odt"
		case a.files["xl/workbook.xml"] != nil:
			kind = "xlsx"
		case a.files["ppt/presentation.xml"] != nil:
			kind = "pptx"
		case a.files["word/document.xml"] != nil || a.files["[Content_Types].xml"] != nil:
			return nil, broken(errors.New("no main part"))
		}
		return nil, bad(BadType, "type", kind)
	}
	w := &docxWalk{r: r, a: a}
	if bf := w.part(main); bf != nil {
		return nil, bf
	}
	dir := path.Dir(main)
	if w.refs > 0 {
		for _, kind := range []string{"footnote", "endnote"} {
			if bf := w.footnotes(dir+"/"+kind+"s.xml", kind); bf != nil {
				return nil, bf
			}
		}
		w.appendNotes()
	}
	for i := range w.rows {
		w.rows[i].text = strings.TrimSuffix(w.rows[i].text, glue)
	}
	heads := 0
	for name := range a.files {
		base := path.Base(name)
		if path.Dir(name) != dir || !strings.HasSuffix(base, ".xml") || !strings.HasPrefix(base, "header") && !strings.HasPrefix(base, "footer") {
			continue
		}
		words, bf := a.hasWords(name)
		if bf != nil {
			return nil, bf
		}
		heads += boolInt(words)
	}
	for _, n := range []struct {
		key string
		n   int
	}{{"deletions", w.deleted}, {"insertions", w.inserted}, {"comments", w.comments}, {"footnotes", w.placed}, {"images", w.images},
		{"tables", w.tables}, {"textboxes", w.boxes}, {"numbering", w.numbered}, {"headers", heads}, {"symbols", w.symbols}} {
		r.note(n.key, n.n)
	}
	return w.rows, nil
}

type docxWalk struct {
	r    *Reading
	a    *archive
	rows []row

	size                                                                        int // bytes so far
	deleted, inserted, comments, images, tables, boxes, numbered, symbols, refs int
	placed                                                                      int
	order                                                                       []string         // keys of footnotes in the order of their places in the text
	mark                                                                        map[string]int   // key -> number shown
	texts                                                                       map[string][]row // key -> rows of the footnote
}

// part walks one part and appends its paragraphs.
func (w *docxWalk) part(name string) *BadFile {
	in, bf := w.a.open(name)
	if bf != nil || in == nil {
		return bf
	}
	defer in.Close()
	s := newScanner(in)
	for {
		t, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return badXML(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			if bf := w.element(s, e, nil); bf != nil {
				return bf
			}
		}
	}
}

// A para is a paragraph while its runs are read.
type para struct {
	text   strings.Builder
	boxes  []row // paragraphs of text boxes inside
	merged bool  // its end is a tracked deletion: the next paragraph goes on in it
}

// element handles one element whose start was just read, and everything in it.
func (w *docxWalk) element(s *scanner, e xml.StartElement, p *para) *BadFile {
	depth := s.depth
	if done, bf := w.enter(s, e, p); bf != nil || done {
		return bf
	}
	if wordSpaces[e.Name.Space] && e.Name.Local == "p" {
		return w.paragraph(s, p)
	}
	if wordSpaces[e.Name.Space] && e.Name.Local == "txbxContent" && p != nil {
		w.boxes++
		return w.inside(s, p)
	}
	text := p != nil && e.Name.Local == "t" && (wordSpaces[e.Name.Space] || mathSpaces[e.Name.Space])
	for {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if bf := w.element(s, t, p); bf != nil {
				return bf
			}
		case xml.CharData:
			if text {
				if w.size += len(t); w.size > 4*MaxChars+1<<20 {
					return bad(BadTooLong, "max", "3,000,000")
				}
				p.text.Write(t)
			}
		case xml.EndElement:
			if s.depth < depth {
				return nil
			}
		}
	}
}

// enter deals with what is left out, counted, or a single character; done means the element is behind us.
func (w *docxWalk) enter(s *scanner, e xml.StartElement, p *para) (done bool, bf *BadFile) {
	skip := func() (bool, *BadFile) {
		if err := s.skip(); err != nil {
			return true, badXML(noEOF(err))
		}
		return true, nil
	}
	if e.Name.Space == compatSpace && e.Name.Local == "Fallback" {
		return skip()
	}
	if !wordSpaces[e.Name.Space] {
		switch e.Name.Local {
		case "pic", "imagedata", "chart", "relIds":
			w.images++
		}
		return false, nil
	}
	put := func(c string) {
		if p != nil {
			p.text.WriteString(c)
		}
	}
	switch e.Name.Local {
	case "del", "moveFrom":
		w.deleted++
		return skip()
	case "ins", "moveTo":
		w.inserted++
	case "delText", "instrText", "delInstrText", "rPr", "sdtPr", "sectPr", "tblPr", "trPr", "tcPr", "rt", "fldData", "tblGrid":
		return skip()
	case "pPr":
		return true, w.properties(s, p)
	case "tab", "ptab":
		put("\t")
	case "br", "cr":
		put("\n") // also where a page ends: words on either side are not one word
	case "noBreakHyphen":
		put("\u2011")
	case "sym":
		w.symbol(e, put)
	case "tbl":
		w.tables++
	case "object":
		w.images++
	case "commentReference":
		w.comments++
	case "footnoteReference", "endnoteReference":
		if p != nil {
			w.place(strings.TrimSuffix(e.Name.Local, "Reference")+attr(e, "id"), put)
		}
	}
	return false, nil
}

// symbol puts a character of a symbol font; those of the private area have no meaning outside the font.
func (w *docxWalk) symbol(e xml.StartElement, put func(string)) {
	n, err := strconv.ParseUint(attr(e, "char"), 16, 32)
	c := rune(n)
	if err != nil || c < ' ' || c > unicode.MaxRune || c >= 0xD800 && c < 0xF900 {
		w.symbols++
		return
	}
	put(string(c))
}

// place marks where a footnote stands: [1], [2] …
func (w *docxWalk) place(key string, put func(string)) {
	if w.mark == nil {
		w.mark = map[string]int{}
	}
	if _, there := w.mark[key]; !there {
		w.refs++
		w.mark[key] = w.refs
		w.order = append(w.order, key)
	}
	put("[" + strconv.Itoa(w.mark[key]) + "]")
}

// properties looks into a paragraph's properties for numbering and a deleted paragraph mark.
func (w *docxWalk) properties(s *scanner, p *para) *BadFile {
	depth := s.depth
	for {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if !wordSpaces[t.Name.Space] {
				continue
			}
			switch t.Name.Local {
			case "numPr":
				w.numbered++
			case "del", "moveFrom":
				if p != nil {
					p.merged = true
				}
			case "pPrChange":
				if err := s.skip(); err != nil {
					return badXML(noEOF(err))
				}
			}
		case xml.EndElement:
			if s.depth < depth {
				return nil
			}
		}
	}
}

// paragraph reads w:p. Inside another paragraph (a text box of an old kind) it becomes one of its own.
func (w *docxWalk) paragraph(s *scanner, outer *para) *BadFile {
	depth := s.depth
	p := &para{}
	for {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if bf := w.element(s, t, p); bf != nil {
				return bf
			}
		case xml.EndElement:
			if s.depth >= depth {
				continue
			}
			rows := append(rowsOf(p.text.String(), p.merged), p.boxes...)
			if outer != nil {
				outer.boxes = append(outer.boxes, rows...)
			} else {
				w.add(rows)
			}
			return nil
		}
	}
}

// glue marks a row whose paragraph ends in a tracked deletion, until the next one is joined to it.
const glue = "\uFFFE"

func (w *docxWalk) add(rows []row) {
	for _, one := range rows {
		if n := len(w.rows); n > 0 && strings.HasSuffix(w.rows[n-1].text, glue) {
			w.rows[n-1].text = strings.TrimSuffix(w.rows[n-1].text, glue) + one.text
			continue
		}
		w.rows = append(w.rows, one)
	}
}

func rowsOf(text string, merged bool) []row {
	var rows []row
	for _, l := range strings.Split(strings.ReplaceAll(text, glue, ""), "\n") {
		if strings.TrimSpace(l) != "" {
			rows = append(rows, row{text: l, para: len(rows) == 0})
		}
	}
	if merged && len(rows) > 0 {
		rows[len(rows)-1].text += glue
	}
	return rows
}

// footnotes reads the notes of one part, as far as the text refers to them.
func (w *docxWalk) footnotes(name, kind string) *BadFile {
	in, bf := w.a.open(name)
	if bf != nil || in == nil {
		return bf
	}
	defer in.Close()
	if w.texts == nil {
		w.texts = map[string][]row{}
	}
	s := newScanner(in)
	for {
		t, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return badXML(err)
		}
		e, ok := t.(xml.StartElement)
		if !ok || !wordSpaces[e.Name.Space] || e.Name.Local != kind {
			continue
		}
		key := kind + attr(e, "id")
		if w.mark[key] == 0 {
			if err := s.skip(); err != nil {
				return badXML(noEOF(err))
			}
			continue
		}
		body := w.rows
		w.rows = nil
		bf := w.inside(s, nil)
		w.texts[key], w.rows = w.rows, body
		if bf != nil {
			return bf
		}
	}
}

// inside reads everything up to the end of the element whose start was read last.
func (w *docxWalk) inside(s *scanner, p *para) *BadFile {
	depth := s.depth
	for {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if bf := w.element(s, t, p); bf != nil {
				return bf
			}
		case xml.EndElement:
			if s.depth < depth {
				return nil
			}
		}
	}
}

func (w *docxWalk) appendNotes() {
	for _, key := range w.order {
		rows := w.texts[key]
		for i, one := range rows {
			if i == 0 {
				one.apart = true
				one.text = "[" + strconv.Itoa(w.mark[key]) + "] " + strings.TrimSpace(one.text)
				w.placed++
			}
			w.rows = append(w.rows, one)
		}
	}
}

// mainPart finds the document's part by the package's relations; "" when they don't say.
func (a *archive) mainPart() string {
	in, bf := a.open("_rels/.rels")
	if bf != nil || in == nil {
		return ""
	}
	defer in.Close()
	s := newScanner(in)
	for {
		t, err := s.next()
		if err != nil {
			return ""
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/officeDocument") {
			return strings.TrimPrefix(path.Clean("/"+attr(e, "Target")), "/")
		}
	}
}

// hasWords tells whether a part has any text.
func (a *archive) hasWords(name string) (bool, *BadFile) {
	in, bf := a.open(name)
	if bf != nil || in == nil {
		return false, bf
	}
	defer in.Close()
	s := newScanner(in)
	text := false
	for {
		t, err := s.next()
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, badXML(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			text = t.Name.Local == "t"
		case xml.EndElement:
			text = false
		case xml.CharData:
			if text && strings.TrimSpace(string(t)) != "" {
				return true, nil
			}
		}
	}
}

func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// noEOF makes the end of the file inside an element an error.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
