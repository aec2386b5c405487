package exchange

import (
	"bytes"
	"errors"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// Names of WordprocessingML, of its transitional form (ECMA-376).
const (
	wordSpace   = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	mathSpace   = "http://schemas.openxmlformats.org/officeDocument/2006/math"
	compatSpace = "http://schemas.openxmlformats.org/markup-compatibility/2006"
)

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
	w := &docxWalk{flow: newFlow(r), a: a, mark: map[string]int{}}
	if bf := w.readNumbering(dir); bf != nil {
		return nil, bf
	}
	if bf := w.readLinks(dir + "/_rels/" + path.Base(main) + ".rels"); bf != nil {
		return nil, bf
	}
	if bf := w.readComments(dir + "/comments.xml"); bf != nil {
		return nil, bf
	}
	if bf := a.each(main, func(s *scanner, e element) *BadFile { return w.element(s, e, nil) }); bf != nil {
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

	mark  map[string]int    // key of a footnote -> number shown
	links map[string]string // addresses of links by their relation
	veil  bool              // the run being read is hidden
	numbering
}

// element handles one element whose start was just read, and everything in it.
func (w *docxWalk) element(s *scanner, e element, p *para) *BadFile {
	if done, bf := w.enter(s, e, p); bf != nil || done {
		return bf
	}
	switch {
	case e.space == wordSpace && e.local == "p":
		return w.paragraph(s, p)
	case e.space == wordSpace && e.local == "txbxContent" && p != nil:
		if w.hide(w.veil) {
			return s.skip()
		}
		w.count("textboxes")
	case p != nil && e.local == "t" && (e.space == wordSpace || e.space == mathSpace):
		if w.hide(w.veil) {
			return s.skip()
		}
		return s.within(func(e element) *BadFile { return w.element(s, e, p) }, func(t []byte) *BadFile {
			p.text.Write(t)
			return w.grow(len(t))
		})
	}
	return w.inside(s, p)
}

// inside reads everything up to the end of the element whose start was read last.
func (w *docxWalk) inside(s *scanner, p *para) *BadFile {
	return s.within(func(e element) *BadFile { return w.element(s, e, p) }, nil)
}

// enter deals with what is left out, counted, or a single character; done means the element is behind us.
func (w *docxWalk) enter(s *scanner, e element, p *para) (done bool, bf *BadFile) {
	if e.space == compatSpace && e.local == "Fallback" {
		return true, s.skip()
	}
	if e.space != wordSpace {
		switch e.local {
		case "pic", "imagedata", "chart", "relIds":
			w.count("images")
		}
		return false, nil
	}
	switch e.local {
	case "del", "moveFrom":
		w.count("deletions")
		return true, s.skip()
	case "ins", "moveTo":
		w.count("insertions")
	case "rt":
		w.count("ruby")
		return true, s.skip()
	case "delText", "instrText", "delInstrText", "sdtPr", "sectPr", "tblPr", "trPr", "tcPr", "fldData", "tblGrid":
		return true, s.skip()
	case "pPr":
		return true, w.properties(s, p)
	case "r":
		outer := w.veil // of the run around a text box
		w.veil = p != nil && p.veil
		bf = w.inside(s, p)
		w.veil = outer
		return true, bf
	case "rPr":
		return true, w.runProperties(s, p)
	case "tab", "ptab":
		w.sign("\t", p)
	case "br", "cr":
		w.sign("\n", p) // also where a page ends: words on either side are not one word
	case "noBreakHyphen":
		w.sign("\u2011", p)
	case "sym":
		w.symbol(s.attr("char"), p)
	case "tbl":
		w.count("tables")
		w.openGrid()
		bf = w.inside(s, p)
		w.shutGrid()
		return true, bf
	case "tr":
		bf = w.inside(s, p)
		w.endLine()
		return true, bf
	case "tc":
		bf = w.inside(s, p)
		w.endCell()
		return true, bf
	case "object", "altChunk", "subDoc":
		w.count("objects")
	case "commentRangeStart", "commentReference":
		w.hang(p, s.attr("id"), false)
	case "commentRangeEnd":
		w.hang(p, s.attr("id"), true)
	case "footnoteReference", "endnoteReference":
		if p != nil {
			w.place(strings.TrimSuffix(e.local, "Reference")+s.attr("id"), p)
		}
	case "hyperlink":
		if address := w.links[s.attr("id")]; address != "" && p != nil {
			return true, w.link(p, address, func() *BadFile { return w.inside(s, p) })
		}
	}
	return false, nil
}

// symbol puts a character of a symbol font; those of the private area have no meaning outside the font.
func (w *docxWalk) symbol(code string, p *para) {
	n, err := strconv.ParseUint(code, 16, 32)
	c := rune(n)
	if err != nil || c < ' ' || c > unicode.MaxRune || c >= 0xD800 && c < 0xF900 {
		w.count("symbols")
		return
	}
	w.sign(string(c), p)
}

// sign puts a character that an element stands for.
func (w *docxWalk) sign(c string, p *para) {
	if !w.hide(w.veil) {
		p.put(c)
	}
}

// place marks where a footnote stands: [1], [2] …
func (w *docxWalk) place(key string, p *para) {
	if w.hide(w.veil) {
		return
	}
	if _, there := w.mark[key]; !there {
		w.mark[key] = w.footnote()
	}
	p.put(bracketed(w.mark[key]))
}

// properties looks into a paragraph's properties for its place in a list, its place in an outline, and a deleted paragraph
// mark.
func (w *docxWalk) properties(s *scanner, p *para) *BadFile {
	style, num, lvl, outline := "", "", "", ""
	bf := s.within(func(e element) *BadFile {
		if e.space != wordSpace {
			return nil
		}
		switch e.local {
		case "pStyle":
			style = s.attr("val")
		case "numId":
			num = s.attr("val")
		case "ilvl":
			lvl = s.attr("val")
		case "outlineLvl":
			outline = s.attr("val")
		case "del", "moveFrom":
			if p != nil {
				p.merged = true
			}
		case "pPrChange", "rPrChange":
			return s.skip()
		}
		return nil
	}, nil)
	if p != nil {
		p.list, p.level = w.listOf(style, num, lvl)
		p.head = w.isHeading(style, outline)
		p.veil = w.inherited(style, styleVeil) == on
	}
	return bf
}

// runProperties looks whether a run is hidden: it says so itself, or else its style and its paragraph's do, and where both
// do, the one undoes the other (ECMA-376, part 1, 17.7.3).
func (w *docxWalk) runProperties(s *scanner, p *para) *BadFile {
	if p == nil {
		return s.skip()
	}
	style, own := "", ""
	bf := s.within(func(e element) *BadFile {
		if e.space != wordSpace {
			return nil
		}
		switch e.local {
		case "rStyle":
			style = s.attr("val")
		case "vanish":
			own = toggled(s.attr("val"))
		case "rPrChange":
			return s.skip()
		}
		return nil
	}, nil)
	switch {
	case own != "":
		w.veil = own == on
	case style != "":
		w.veil = p.veil != (w.inherited(style, styleVeil) == on)
	default:
		w.veil = p.veil
	}
	return bf
}

// paragraph reads w:p.
func (w *docxWalk) paragraph(s *scanner, outer *para) *BadFile {
	p := &para{}
	w.veil = false
	if bf := w.inside(s, p); bf != nil {
		return bf
	}
	if p.list != "" && !(p.merged && p.text.Len() == 0) {
		p.mark = w.nextMark(p.list, p.level)
	}
	w.leave(p, outer)
	return nil
}

// footnotes reads the notes of one part, as far as the text refers to them.
func (w *docxWalk) footnotes(name, kind string) *BadFile {
	return w.a.each(name, func(s *scanner, e element) (bf *BadFile) {
		if e.space != wordSpace || e.local != kind {
			return nil
		}
		n := w.mark[kind+s.attr("id")]
		if n == 0 {
			return s.skip()
		}
		w.notes[n], bf = w.apart(func() *BadFile { return w.inside(s, nil) })
		return bf
	})
}

// mainPart finds the document's part by the package's relations; "" when they don't say.
func (a *archive) mainPart() (main string) {
	_ = a.each("_rels/.rels", func(s *scanner, e element) *BadFile {
		if e.local == "Relationship" && strings.HasSuffix(s.attr("Type"), "/officeDocument") {
			main = strings.TrimPrefix(path.Clean("/"+s.attr("Target")), "/")
			return broken(nil) // the rest does not matter
		}
		return nil
	})
	return main
}

// hasWords tells whether a part has any text.
func (a *archive) hasWords(name string) (words bool, bf *BadFile) {
	bf = a.each(name, func(s *scanner, e element) *BadFile {
		if e.local != "t" {
			return nil
		}
		return s.within(nil, func(t []byte) *BadFile {
			if words = len(bytes.TrimSpace(t)) > 0; words {
				return broken(nil) // the rest does not matter
			}
			return nil
		})
	})
	if words {
		return true, nil
	}
	return false, bf
}
