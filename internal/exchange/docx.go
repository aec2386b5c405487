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
func (r *Reading) readDocx(a *archive) ([]row, *BadFile) {
	main := "word/document.xml"
	if target := a.mainPart(); target != "" {
		main = target
	}
	if a.files[main] == nil {
		return nil, broken(errors.New("no main part"))
	}
	dir := path.Dir(main)
	w := &docxWalk{flow: newFlow(r), a: a, mark: map[string]int{}, remark: map[string]int{}}
	if bf := w.readNumbering(dir); bf != nil {
		return nil, bf
	}
	if bf := w.readLinks(dir + "/_rels/" + path.Base(main) + ".rels"); bf != nil {
		return nil, bf
	}
	if bf := w.readComments(dir + "/comments.xml"); bf != nil {
		return nil, bf
	}
	if bf := w.part(main); bf != nil {
		return nil, bf
	}
	if w.refs > 0 {
		for _, kind := range []string{"footnote", "endnote"} {
			if bf := w.footnotes(dir+"/"+kind+"s.xml", kind); bf != nil {
				return nil, bf
			}
		}
	}
	for name := range a.files {
		base := path.Base(name)
		if path.Dir(name) != dir || !strings.HasSuffix(base, ".xml") || !strings.HasPrefix(base, "header") && !strings.HasPrefix(base, "footer") {
			continue
		}
		words, bf := a.hasWords(name)
		if bf != nil {
			return nil, bf
		}
		if words {
			w.count("headers")
		}
	}
	return w.done(), nil
}

type docxWalk struct {
	flow
	a *archive

	mark   map[string]int    // key of a footnote -> number shown
	remark map[string]int    // a remark's number in the file -> place in Comments
	links  map[string]string // addresses of links by their relation
	numbering
}

// part walks one part and appends its paragraphs.
func (w *docxWalk) part(name string) *BadFile {
	return w.a.each(name, func(s *scanner, e xml.StartElement) *BadFile { return w.element(s, e, nil) })
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
		w.count("textboxes")
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
				if bf := w.grow(len(t)); bf != nil {
					return bf
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
			w.count("images")
		}
		return false, nil
	}
	switch e.Name.Local {
	case "del", "moveFrom":
		w.count("deletions")
		return skip()
	case "ins", "moveTo":
		w.count("insertions")
	case "rt":
		w.count("ruby")
		return skip()
	case "delText", "instrText", "delInstrText", "rPr", "sdtPr", "sectPr", "tblPr", "trPr", "tcPr", "fldData", "tblGrid":
		return skip()
	case "pPr":
		return true, w.properties(s, p)
	case "tab", "ptab":
		p.put("\t")
	case "br", "cr":
		p.put("\n") // also where a page ends: words on either side are not one word
	case "noBreakHyphen":
		p.put("\u2011")
	case "sym":
		w.symbol(e, p)
	case "tbl":
		w.count("tables")
	case "object", "altChunk", "subDoc":
		w.count("objects")
	case "commentRangeStart", "commentReference":
		if c, ok := w.remark[attr(e, "id")]; ok && p != nil {
			p.anchor(c, false)
		}
	case "commentRangeEnd":
		if c, ok := w.remark[attr(e, "id")]; ok && p != nil {
			p.anchor(c, true)
		}
	case "footnoteReference", "endnoteReference":
		if p != nil {
			w.place(strings.TrimSuffix(e.Name.Local, "Reference")+attr(e, "id"), p)
		}
	case "hyperlink":
		if address := w.links[attr(e, "id")]; address != "" && p != nil {
			at := p.text.Len()
			bf := w.inside(s, p)
			if linkHides(address, p.text.String()[at:]) {
				w.count("links")
			}
			return true, bf
		}
	}
	return false, nil
}

// symbol puts a character of a symbol font; those of the private area have no meaning outside the font.
func (w *docxWalk) symbol(e xml.StartElement, p *para) {
	n, err := strconv.ParseUint(attr(e, "char"), 16, 32)
	c := rune(n)
	if err != nil || c < ' ' || c > unicode.MaxRune || c >= 0xD800 && c < 0xF900 {
		w.count("symbols")
		return
	}
	p.put(string(c))
}

// place marks where a footnote stands: [1], [2] …
func (w *docxWalk) place(key string, p *para) {
	if _, there := w.mark[key]; !there {
		w.mark[key] = w.footnote()
	}
	p.put(bracketed(w.mark[key]))
}

// properties looks into a paragraph's properties for its place in a list and a deleted paragraph mark.
func (w *docxWalk) properties(s *scanner, p *para) *BadFile {
	depth := s.depth
	style, num, lvl := "", "", ""
	for s.depth >= depth {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		e, ok := t.(xml.StartElement)
		if !ok || !wordSpaces[e.Name.Space] {
			continue
		}
		switch e.Name.Local {
		case "pStyle":
			style = attr(e, "val")
		case "numId":
			num = attr(e, "val")
		case "ilvl":
			lvl = attr(e, "val")
		case "del", "moveFrom":
			if p != nil {
				p.merged = true
			}
		case "pPrChange", "rPrChange":
			if err := s.skip(); err != nil {
				return badXML(noEOF(err))
			}
		}
	}
	if p != nil {
		p.list, p.level = w.listOf(style, num, lvl)
	}
	return nil
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
			if p.list != "" && !(p.merged && p.text.Len() == 0) {
				p.mark = w.nextMark(p.list, p.level)
			}
			rows := w.close(p)
			if outer != nil {
				outer.boxes = append(outer.boxes, rows...)
			} else {
				w.add(rows)
			}
			return nil
		}
	}
}

// footnotes reads the notes of one part, as far as the text refers to them.
func (w *docxWalk) footnotes(name, kind string) *BadFile {
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
		rows, bf := w.apart(func() *BadFile { return w.inside(s, nil) })
		if bf != nil {
			return bf
		}
		w.notes[w.mark[key]] = rows
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
