package exchange

import (
	"bytes"
	"errors"
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
	odfSvg    = "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
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
	if a.files["content.xml"] == nil {
		return nil, broken(errors.New("no content"))
	}
	w := newOdtWalk(r)
	for _, part := range []string{"styles.xml", "content.xml"} {
		if bf := a.each(part, w.top); bf != nil {
			return nil, bf
		}
	}
	return w.done(), nil
}

// readFlatOdt reads the same in one XML file.
func (r *Reading) readFlatOdt(data []byte) ([]row, *BadFile) {
	w := newOdtWalk(r)
	s := newScanner(bytes.NewReader(data))
	if bf := s.within(func(e element) *BadFile { return w.top(s, e) }, nil); bf != nil {
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
	styles map[string]odtStyle  // by family and name
	style  string               // the one being read
	veils  bool                 // some style hides words
	veil   bool                 // the words being read are hidden
}

// An odtStyle tells whether words are shown.
type odtStyle struct {
	based   string // by family and name
	display string // "none" hides, "" leaves it to the style that this is based on
}

func newOdtWalk(r *Reading) *odtWalk {
	return &odtWalk{flow: newFlow(r), lists: map[string]*[maxLevels]level{}, ofPara: map[string]string{}, last: map[string]*counters{}, styles: map[string]odtStyle{}}
}

// An odtList is an open text:list.
type odtList struct {
	style string
	count *counters
	item  bool // an item whose mark is not yet given
	start int
}

// top reads what concerns the text as a whole: styles, what stands on every page, then the body.
func (w *odtWalk) top(s *scanner, e element) *BadFile {
	switch {
	case e.space == odfText && (e.local == "list-style" || e.local == "outline-style"):
		return w.listStyle(s)
	case e.space == odfStyle && e.local == "style":
		if l := s.attr("list-style-name"); l != "" && len(w.ofPara) < 10_000 {
			w.ofPara[s.attr("name")] = l
		}
		w.style = s.attr("family") + " " + s.attr("name")
		if based := s.attr("parent-style-name"); based != "" && len(w.styles) < 20_000 {
			w.styles[w.style] = odtStyle{based: s.attr("family") + " " + based}
		}
	case e.space == odfStyle && e.local == "text-properties":
		if display := s.attr("display"); display != "" && len(w.styles) < 20_000 {
			w.styles[w.style] = odtStyle{w.styles[w.style].based, display}
			w.veils = w.veils || display == "none"
		}
	case e.space == odfStyle && (strings.HasPrefix(e.local, "header") || strings.HasPrefix(e.local, "footer")) && !strings.HasSuffix(e.local, "style"):
		// The same words on every page are no part of what was said.
		rows, bf := w.apart(func() *BadFile { return w.inside(s, nil) })
		if len(rows) > 0 {
			w.count("headers")
		}
		return bf
	case e.space == odfOffice && (e.local == "spreadsheet" || e.local == "presentation" || e.local == "drawing"):
		return bad(BadType, "type", map[string]string{"spreadsheet": "ods", "presentation": "odp", "drawing": "odg"}[e.local])
	case e.space == odfOffice && e.local == "text":
		return w.inside(s, nil)
	}
	return nil
}

// listStyle reads how the levels of a list are marked.
func (w *odtWalk) listStyle(s *scanner) *BadFile {
	levels := &[maxLevels]level{}
	if len(w.lists) < 10_000 {
		w.lists[s.attr("name")] = levels
	}
	return s.within(func(e element) *BadFile {
		n, err := strconv.Atoi(s.attr("level"))
		if e.space != odfText || err != nil || n < 1 || n > maxLevels {
			return nil
		}
		one := level{start: 1}
		if v := startAt(s.attr("start-value")); v >= 0 {
			one.start = v
		}
		switch e.local {
		case "list-level-style-bullet":
			one.format, one.text = "bullet", s.attr("bullet-char")
		case "list-level-style-image":
			one.format = "bullet"
		case "list-level-style-number", "outline-level-style":
			one.format = map[string]string{"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "": "none"}[s.attr("num-format")]
			if one.format == "" {
				one.format = "decimal"
			}
			shown, _ := strconv.Atoi(s.attr("display-levels"))
			for k := max(1, n-max(shown, 1)+1); k <= n; k++ {
				one.text += "%" + strconv.Itoa(k)
				if k < n {
					one.text += "."
				}
			}
			one.text = s.attr("num-prefix") + one.text + s.attr("num-suffix")
			if f := s.attr("num-list-format"); f != "" { // LibreOffice writes "%1%.%2%."
				for k := 1; k <= maxLevels; k++ {
					f = strings.ReplaceAll(f, "%"+strconv.Itoa(k)+"%", "%"+strconv.Itoa(k))
				}
				one.text = f
			}
		default:
			return nil
		}
		levels[n-1] = one
		return nil
	}, nil)
}

// inside reads everything up to the end of the element whose start was read last.
func (w *odtWalk) inside(s *scanner, p *para) *BadFile {
	if p == nil {
		return w.shape(s, p)
	}
	return s.within(func(e element) *BadFile { return w.element(s, e, p) }, func(t []byte) *BadFile {
		if !w.veil {
			w.hide(false)
			return w.words(p, t)
		}
		if len(bytes.TrimSpace(t)) > 0 {
			w.hide(true)
		}
		return nil
	})
}

// veiled reads what has a style of its own, which may hide it or show it inside of what is hidden.
func (w *odtWalk) veiled(family string, s *scanner, p *para) *BadFile {
	if !w.veils {
		return w.inside(s, p)
	}
	outer := w.veil
	for style, n := family+" "+s.attr("style-name"), 0; style != "" && n < 20; n++ {
		is := w.styles[style]
		if is.display != "" {
			w.veil = is.display == "none"
			break
		}
		style = is.based
	}
	bf := w.inside(s, p)
	w.veil = outer
	return bf
}

// isTitle tells a style of titles by the name that LibreOffice has for it in every language, or one that is based on such.
func (w *odtWalk) isTitle(style string) bool {
	for n := 0; style != "" && n < 20; n++ {
		if style == "paragraph Title" || style == "paragraph Subtitle" {
			return true
		}
		style = w.styles[style].based
	}
	return false
}

// shape reads a frame's or shape's paragraphs; characters outside of them are layout.
func (w *odtWalk) shape(s *scanner, p *para) *BadFile {
	return s.within(func(e element) *BadFile { return w.element(s, e, p) }, nil)
}

// element handles one element whose start was just read, and everything in it.
func (w *odtWalk) element(s *scanner, e element, p *para) *BadFile {
	switch e.space {
	case odfText:
		if strings.HasSuffix(e.local, "-source") || strings.HasSuffix(e.local, "-decls") {
			return s.skip()
		}
		if w.veil {
			switch e.local {
			case "s", "tab", "line-break", "note":
				w.hide(true)
				return s.skip()
			}
		}
		switch e.local {
		case "p", "h":
			return w.paragraph(s, e, p)
		case "span":
			return w.veiled("text", s, p)
		case "s":
			n, err := strconv.Atoi(s.attr("c"))
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
				w.open[n-1].item = true
				w.open[n-1].start = max(0, startAt(s.attr("start-value")))
			}
		case "number": // the mark as it was shown: given from the list's style
			return s.skip()
		case "ruby-text":
			w.count("ruby")
			return s.skip()
		case "a":
			if address := s.attr("href"); address != "" && p != nil {
				return w.link(p, address, func() *BadFile { return w.inside(s, p) })
			}
		case "section", "hidden-text", "hidden-paragraph":
			if s.attr("display") != "none" && s.attr("is-hidden") != "true" {
				break
			}
			if e.local == "hidden-paragraph" && p != nil {
				p.veil = true // as a whole, and with what was read of it
			}
			w.hide(true)
			return s.skip()
		}
	case odfOffice:
		switch e.local {
		case "annotation":
			return w.annotation(s, e, p)
		case "annotation-end":
			w.hang(p, s.attr("name"), true)
		case "binary-data", "event-listeners":
			return s.skip()
		case "forms":
			return s.skip() // LibreOffice writes it into every file
		}
	case odfTable:
		switch e.local {
		case "table":
			w.count("tables")
			w.openGrid()
			bf := w.shape(s, p)
			w.shutGrid()
			return bf
		case "table-row":
			bf := w.shape(s, p)
			w.endLine()
			return bf
		case "table-cell", "covered-table-cell":
			bf := w.shape(s, p)
			w.endCell()
			return bf
		case "shapes":
			return s.skip()
		}
	case odfDraw:
		switch e.local {
		case "text-box":
			w.count("textboxes")
		case "frame":
			return w.frame(s, p)
		case "object", "object-ole", "plugin", "applet":
			w.count("objects")
			return s.skip()
		case "image":
			w.count("images")
			return s.skip()
		}
	case dublin:
		return s.skip()
	case odfSvg:
		if e.local == "title" || e.local == "desc" { // the description of a picture goes with it
			return s.skip()
		}
	}
	if p != nil && (e.space == odfOffice || e.space == odfTable || e.space == odfDraw) {
		// Words directly in these are none of the paragraph's; paragraphs inside are boxes. In what a program adds to the
		// format (controls, for example) they are its words.
		return w.shape(s, p)
	}
	return w.inside(s, p)
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
func (w *odtWalk) paragraph(s *scanner, e element, outer *para) *BadFile {
	p := &para{}
	if n := len(w.open); n > 0 && w.open[n-1].item {
		l := w.open[n-1]
		l.item = false
		style := l.style
		if style == "" {
			style = w.ofPara[s.attr("style-name")]
		}
		if levels := w.lists[style]; levels != nil {
			p.mark = l.count.next(levels, n-1, l.start)
		} else {
			w.r.note("numbering", 1)
		}
	}
	p.head = e.local == "h" || w.isTitle("paragraph "+s.attr("style-name"))
	if bf := w.veiled("paragraph", s, p); bf != nil {
		return bf
	}
	if p.veil {
		p.text.Reset()
		p.anchors = atEnd(p.anchors, 0)
	}
	w.leave(p, outer)
	return nil
}

// list reads text:list; its numbers may go on from another's.
func (w *odtWalk) list(s *scanner, e element, p *para) *BadFile {
	l := &odtList{style: s.attr("style-name")}
	if n := len(w.open); n > 0 {
		if l.style == "" {
			l.style = w.open[n-1].style
		}
		l.count = w.open[n-1].count
	} else {
		if id := s.attr("continue-list"); id != "" {
			l.count = w.last["#"+id]
		} else if s.attr("continue-numbering") == "true" {
			l.count = w.last[l.style]
		}
		if l.count == nil {
			l.count = &counters{}
		}
		if len(w.last) < 10_000 {
			w.last[l.style] = l.count
			if id := s.attr("id"); id != "" {
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
	lists, loose, veil := w.open, w.loose, w.veil
	w.open, w.loose, w.veil = nil, nil, false
	rows, bf := w.apart(read)
	w.open, w.loose, w.veil = lists, loose, veil
	return rows, bf
}

// note reads a footnote or endnote.
func (w *odtWalk) note(s *scanner, p *para) *BadFile {
	n := w.footnote()
	p.put(bracketed(n))
	rows, bf := w.beside(func() *BadFile {
		return s.within(func(e element) *BadFile {
			if e.local == "note-citation" {
				return s.skip()
			}
			return w.element(s, e, nil)
		}, nil)
	})
	w.notes[n] = rows
	return bf
}

// annotation reads a remark of the margin.
func (w *odtWalk) annotation(s *scanner, e element, p *para) *BadFile {
	var c Comment
	name := s.attr("name")
	rows, bf := w.beside(func() *BadFile {
		return s.within(func(e element) *BadFile {
			switch {
			case e.space == odfText:
				return w.element(s, e, nil)
			case e.space == dublin && e.local == "creator":
				return s.within(nil, shortly(&c.Author))
			case e.space == dublin && e.local == "date":
				return s.within(nil, shortly(&c.At))
			}
			return s.skip()
		}, nil)
	})
	if bf != nil {
		return bf
	}
	c.Text = wordsOf(rows)
	if n := w.comment(c); n >= 0 && p != nil {
		p.anchor(n, false)
		if name != "" {
			w.named[name] = n
		}
	}
	return nil
}

// changes counts tracked changes. The words of deletions stand only here; those of insertions in the text.
func (w *odtWalk) changes(s *scanner) *BadFile {
	return s.within(func(e element) *BadFile {
		switch {
		case e.space == odfText && e.local == "deletion":
			w.count("deletions")
			return s.skip()
		case e.space == odfText && e.local == "insertion":
			w.count("insertions")
		}
		return nil
	}, nil)
}

// shortly takes the first thousand bytes or so of characters.
func shortly(into *string) func(t []byte) *BadFile {
	return func(t []byte) *BadFile {
		if len(*into) < 1000 {
			*into += string(t)
		}
		return nil
	}
}
