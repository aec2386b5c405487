package exchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Names of OpenDocument (ISO/IEC 26300).
const (
	odfText   = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
	odfOffice = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
	odfTable  = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
	odfDraw   = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
	odfStyle  = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
	dublin    = "http://purl.org/dc/elements/1.1/"
)

// readOdt reads the words of an OpenDocument text as it stands with all tracked changes accepted.
func (r *Reading) readOdt(a *archive) ([]row, *BadFile) {
	if secret, bf := a.mentions("META-INF/manifest.xml", "encryption-data"); bf != nil || secret || a.files["encrypted-package"] != nil {
		if bf == nil {
			bf = bad(BadEncrypted)
		}
		return nil, bf
	}
	w := newOdtWalk(r)
	if in, bf := a.open("styles.xml"); bf != nil {
		return nil, bf
	} else if in != nil {
		bf := w.all(in)
		in.Close()
		if bf != nil {
			return nil, bf
		}
	}
	in, bf := a.open("content.xml")
	if bf != nil {
		return nil, bf
	}
	if in == nil {
		return nil, broken(errors.New("no content"))
	}
	defer in.Close()
	if bf := w.all(in); bf != nil {
		return nil, bf
	}
	return w.done(), nil
}

// readFlatOdt reads the same in one XML file.
func (r *Reading) readFlatOdt(data []byte) ([]row, *BadFile) {
	w := newOdtWalk(r)
	if bf := w.all(bytes.NewReader(data)); bf != nil {
		return nil, bf
	}
	return w.done(), nil
}

type odtWalk struct {
	flow
	lists  map[string]*[maxLevels]level // by style
	ofPara map[string]string            // style of a paragraph -> style of its list
	open   []*odtList
	last   map[string]*counters // by style, and by "#" + id
	marked map[string]int       // remarks by their name in the file
}

func newOdtWalk(r *Reading) *odtWalk {
	return &odtWalk{flow: newFlow(r), lists: map[string]*[maxLevels]level{}, ofPara: map[string]string{}, last: map[string]*counters{}, marked: map[string]int{}}
}

// An odtList is an open text:list.
type odtList struct {
	style string
	count *counters
	item  bool // an item whose mark is not yet given
	start int
}

// all walks one XML file: styles, then the body.
func (w *odtWalk) all(in io.Reader) *BadFile {
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
		if !ok {
			continue
		}
		switch {
		case e.Name.Space == odfText && (e.Name.Local == "list-style" || e.Name.Local == "outline-style"):
			if bf := w.listStyle(s, e); bf != nil {
				return bf
			}
		case e.Name.Space == odfStyle && e.Name.Local == "style":
			if l := attr(e, "list-style-name"); l != "" && len(w.ofPara) < 10_000 {
				w.ofPara[attr(e, "name")] = l
			}
		case e.Name.Space == odfStyle && (strings.HasPrefix(e.Name.Local, "header") || strings.HasPrefix(e.Name.Local, "footer")) && !strings.HasSuffix(e.Name.Local, "style"):
			// The same words on every page are no part of what was said.
			rows, bf := w.apart(func() *BadFile { return w.inside(s, nil) })
			if bf != nil {
				return bf
			}
			if len(rows) > 0 {
				w.count("headers")
			}
		case e.Name.Space == odfOffice && (e.Name.Local == "spreadsheet" || e.Name.Local == "presentation" || e.Name.Local == "drawing"):
			return bad(BadType, "type", map[string]string{"spreadsheet": "ods", "presentation": "odp", "drawing": "odg"}[e.Name.Local])
		case e.Name.Space == odfOffice && e.Name.Local == "text":
			if bf := w.inside(s, nil); bf != nil {
				return bf
			}
		}
	}
}

// listStyle reads how the levels of a list are marked.
func (w *odtWalk) listStyle(s *scanner, e xml.StartElement) *BadFile {
	levels := &[maxLevels]level{}
	if len(w.lists) < 10_000 {
		w.lists[attr(e, "name")] = levels
	}
	for depth := s.depth; s.depth >= depth; {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		l, ok := t.(xml.StartElement)
		if !ok || l.Name.Space != odfText {
			continue
		}
		n, err := strconv.Atoi(attr(l, "level"))
		if err != nil || n < 1 || n > maxLevels {
			continue
		}
		one := level{start: 1}
		if v, err := strconv.Atoi(attr(l, "start-value")); err == nil && v >= 0 && v < 1<<20 {
			one.start = v
		}
		switch l.Name.Local {
		case "list-level-style-bullet":
			one.format, one.text = "bullet", attr(l, "bullet-char")
		case "list-level-style-image":
			one.format = "bullet"
		case "list-level-style-number", "outline-level-style":
			one.format = map[string]string{"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "": "none"}[attr(l, "num-format")]
			if one.format == "" {
				one.format = "decimal"
			}
			shown, _ := strconv.Atoi(attr(l, "display-levels"))
			for k := max(1, n-max(shown, 1)+1); k <= n; k++ {
				one.text += "%" + strconv.Itoa(k)
				if k < n {
					one.text += "."
				}
			}
			one.text = attr(l, "num-prefix") + one.text + attr(l, "num-suffix")
			if f := attr(l, "num-list-format"); f != "" { // LibreOffice writes "%1%.%2%."
				for k := 1; k <= maxLevels; k++ {
					f = strings.ReplaceAll(f, "%"+strconv.Itoa(k)+"%", "%"+strconv.Itoa(k))
				}
				one.text = f
			}
		default:
			continue
		}
		levels[n-1] = one
	}
	return nil
}

// inside reads everything up to the end of the element whose start was read last.
func (w *odtWalk) inside(s *scanner, p *para) *BadFile {
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
		case xml.CharData:
			if p != nil {
				if bf := w.words(p, t); bf != nil {
					return bf
				}
			}
		case xml.EndElement:
			if s.depth < depth {
				return nil
			}
		}
	}
}

// element handles one element whose start was just read, and everything in it.
func (w *odtWalk) element(s *scanner, e xml.StartElement, p *para) *BadFile {
	skip := func() *BadFile {
		if err := s.skip(); err != nil {
			return badXML(noEOF(err))
		}
		return nil
	}
	switch e.Name.Space {
	case odfText:
		if strings.HasSuffix(e.Name.Local, "-source") || strings.HasSuffix(e.Name.Local, "-decls") {
			return skip()
		}
		switch e.Name.Local {
		case "p", "h":
			return w.paragraph(s, e, p)
		case "s":
			n, err := strconv.Atoi(attr(e, "c"))
			if err != nil || n < 1 {
				n = 1
			}
			if bf := w.grow(n); bf != nil {
				return bf
			}
			p.put(strings.Repeat(" ", n))
		case "tab":
			p.put("\t")
		case "line-break":
			p.put("\n")
			if p != nil {
				p.inked = false
			}
		case "note":
			return w.note(s, p)
		case "tracked-changes":
			return w.changes(s)
		case "list":
			return w.list(s, e, p)
		case "list-item":
			if n := len(w.open); n > 0 {
				w.open[n-1].item, w.open[n-1].start = true, 0
				if v, err := strconv.Atoi(attr(e, "start-value")); err == nil && v > 0 && v < 1<<20 {
					w.open[n-1].start = v
				}
			}
		case "number": // the mark as it was shown: given from the list's style
			return skip()
		case "ruby-text":
			w.count("ruby")
			return skip()
		case "a":
			if h := attr(e, "href"); h != "" && p != nil {
				return w.link(s, p, h)
			}
		case "hidden-text", "hidden-paragraph":
			w.count("hidden")
		}
	case odfOffice:
		switch e.Name.Local {
		case "annotation":
			return w.annotation(s, e, p)
		case "annotation-end":
			if c, ok := w.marked[attr(e, "name")]; ok && p != nil {
				p.anchor(c, true)
			}
		case "binary-data", "event-listeners":
			return skip()
		case "forms":
			return skip() // LibreOffice writes it into every file
		}
	case odfTable:
		switch e.Name.Local {
		case "table":
			w.count("tables")
		case "shapes":
			return skip()
		}
	case odfDraw:
		switch e.Name.Local {
		case "text-box":
			w.count("textboxes")
		case "frame":
			return w.frame(s, p)
		case "object", "object-ole", "plugin", "applet":
			w.count("objects")
			return skip()
		case "image":
			w.count("images")
			return skip()
		}
	case dublin:
		return skip()
	case "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0":
		if e.Name.Local == "title" || e.Name.Local == "desc" { // the description of a picture goes with it
			return skip()
		}
	}
	if p != nil && e.Name.Space != odfText {
		// Words directly in anything else are none of the paragraph's; paragraphs inside are boxes.
		return w.shape(s, p)
	}
	return w.inside(s, p)
}

// shape reads a frame's or shape's paragraphs; characters outside of them are layout.
func (w *odtWalk) shape(s *scanner, p *para) *BadFile {
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

// frame reads a draw:frame: of several pictures in it one is shown, and the picture beside an object is of the object.
func (w *odtWalk) frame(s *scanner, p *para) *BadFile {
	images, objects := w.counts["images"], w.counts["objects"]
	bf := w.shape(s, p)
	if w.counts["objects"] > objects {
		w.counts["images"] = images
	}
	w.counts["images"] = min(w.counts["images"], images+1)
	return bf
}

// paragraph reads text:p or text:h. Inside another paragraph it is a text box's.
func (w *odtWalk) paragraph(s *scanner, e xml.StartElement, outer *para) *BadFile {
	p := &para{}
	if n := len(w.open); n > 0 && w.open[n-1].item {
		l := w.open[n-1]
		l.item = false
		style := l.style
		if style == "" {
			style = w.ofPara[attr(e, "style-name")]
		}
		if levels := w.lists[style]; levels != nil {
			p.mark = l.count.next(levels, n-1, l.start)
		} else {
			w.r.note("numbering", 1)
		}
	}
	if bf := w.inside(s, p); bf != nil {
		return bf
	}
	rows := w.close(p)
	if outer != nil {
		outer.boxes = append(outer.boxes, rows...)
	} else {
		w.add(rows)
	}
	return nil
}

// list reads text:list; its numbers may go on from another's.
func (w *odtWalk) list(s *scanner, e xml.StartElement, p *para) *BadFile {
	l := &odtList{style: attr(e, "style-name")}
	if n := len(w.open); n > 0 {
		if l.style == "" {
			l.style = w.open[n-1].style
		}
		l.count = w.open[n-1].count
	} else {
		if id := attr(e, "continue-list"); id != "" {
			l.count = w.last["#"+id]
		} else if attr(e, "continue-numbering") == "true" {
			l.count = w.last[l.style]
		}
		if l.count == nil {
			l.count = &counters{}
		}
		if len(w.last) < 10_000 {
			w.last[l.style] = l.count
			if id := attr(e, "id"); id != "" {
				w.last["#"+id] = l.count
			}
		}
	}
	w.open = append(w.open, l)
	bf := w.inside(s, p)
	w.open = w.open[:len(w.open)-1]
	return bf
}

// beside reads something whose paragraphs are none of the list's or paragraph's around it.
func (w *odtWalk) beside(read func() *BadFile) ([]row, *BadFile) {
	lists, loose := w.open, w.loose
	w.open, w.loose = nil, nil
	rows, bf := w.apart(read)
	w.open, w.loose = lists, loose
	return rows, bf
}

// note reads a footnote or endnote.
func (w *odtWalk) note(s *scanner, p *para) *BadFile {
	n := w.footnote()
	p.put(bracketed(n))
	rows, bf := w.beside(func() *BadFile {
		for depth := s.depth; s.depth >= depth; {
			t, err := s.next()
			if err != nil {
				return badXML(noEOF(err))
			}
			if e, ok := t.(xml.StartElement); ok {
				if e.Name.Local == "note-citation" {
					err = s.skip()
				} else if bf := w.element(s, e, nil); bf != nil {
					return bf
				}
				if err != nil {
					return badXML(noEOF(err))
				}
			}
		}
		return nil
	})
	w.notes[n] = rows
	return bf
}

// annotation reads a remark of the margin.
func (w *odtWalk) annotation(s *scanner, e xml.StartElement, p *para) *BadFile {
	var c Comment
	name := attr(e, "name")
	rows, bf := w.beside(func() *BadFile {
		var into *string
		for depth := s.depth; s.depth >= depth; {
			t, err := s.next()
			if err != nil {
				return badXML(noEOF(err))
			}
			switch t := t.(type) {
			case xml.StartElement:
				into = nil
				switch {
				case t.Name.Space == dublin && t.Name.Local == "creator":
					into = &c.Author
				case t.Name.Space == dublin && t.Name.Local == "date":
					into = &c.At
				case t.Name.Space == odfText:
					if bf := w.element(s, t, nil); bf != nil {
						return bf
					}
				default:
					if err := s.skip(); err != nil {
						return badXML(noEOF(err))
					}
				}
			case xml.CharData:
				if into != nil && len(*into) < 1000 {
					*into += string(t)
				}
			case xml.EndElement:
				into = nil
			}
		}
		return nil
	})
	if bf != nil {
		return bf
	}
	c.Text = wordsOf(rows)
	if n := w.comment(c); n >= 0 && p != nil {
		p.anchor(n, false)
		if name != "" && len(w.marked) < maxComments {
			w.marked[name] = n
		}
	}
	return nil
}

// changes counts tracked changes. The words of deletions stand only here; those of insertions in the text.
func (w *odtWalk) changes(s *scanner) *BadFile {
	for depth := s.depth; s.depth >= depth; {
		t, err := s.next()
		if err != nil {
			return badXML(noEOF(err))
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Space == odfText {
			switch e.Name.Local {
			case "deletion":
				w.count("deletions")
				if err := s.skip(); err != nil {
					return badXML(noEOF(err))
				}
			case "insertion":
				w.count("insertions")
			}
		}
	}
	return nil
}

// link reads a link's words; its address is left out unless it is what the words say.
func (w *odtWalk) link(s *scanner, p *para, address string) *BadFile {
	at := p.text.Len()
	if bf := w.inside(s, p); bf != nil {
		return bf
	}
	if linkHides(address, p.text.String()[at:]) {
		w.count("links")
	}
	return nil
}

// linkHides tells whether an address is not in a link's words.
func linkHides(address, words string) bool {
	for _, scheme := range []string{"mailto:", "http://", "https://", "tel:"} {
		address = strings.TrimPrefix(address, scheme)
	}
	return !strings.HasPrefix(address, "#") && !strings.Contains(words, strings.TrimSuffix(address, "/"))
}
