package exchange

import (
	"strconv"
	"strings"
)

// numbering is what a Word document says of its lists. Paragraphs of one abstract list count on, whatever list they name,
// but for a list that starts anew.
type numbering struct {
	abstracts map[string]*[maxLevels]level
	lists     map[string]*wordList  // by numId
	styles    map[string]*wordStyle // of paragraphs
	running   map[string]*counters  // by abstract
}

type wordList struct {
	abstract string
	starts   map[int]int       // level -> number it starts anew with
	own      map[int]level     // levels of its own
	levels   *[maxLevels]level // put together at first use
}

// A wordStyle is a style of paragraphs or characters, as far as it says something itself.
type wordStyle struct {
	based   string
	num     string
	lvl     string // in a list
	outline string // its level among headings, from "0"; "9" is none
	veil    string // on where it hides its words, off where it shows them
}

// What a property that is there or not is set to.
const (
	on  = "on"
	off = "off"
)

func toggled(val string) string {
	if val == "0" || val == "false" || val == "off" {
		return off
	}
	return on
}

func styleNum(s *wordStyle) string     { return s.num }
func styleLvl(s *wordStyle) string     { return s.lvl }
func styleOutline(s *wordStyle) string { return s.outline }
func styleVeil(s *wordStyle) string    { return s.veil }

// inherited is what a style says, or else the first that does of those it is based on.
func (w *docxWalk) inherited(style string, says func(*wordStyle) string) string {
	for range 20 {
		s := w.styles[style]
		if s == nil {
			break
		}
		if said := says(s); said != "" {
			return said
		}
		style = s.based
	}
	return ""
}

// isHeading tells a heading by its own level in the outline or its style's. Word calls its own styles by these names in
// every language; where a file has lost its styles, their usual identifiers are all there is.
func (w *docxWalk) isHeading(style, outline string) bool {
	if outline == "" {
		outline = w.inherited(style, styleOutline)
	}
	if outline == "" && w.styles[style] == nil {
		outline = outlineOf(style)
	}
	return len(outline) == 1 && outline < "9"
}

// outlineOf is the level that goes with the name of one of Word's own styles: "heading 1", "Title", in some files in the
// language of who wrote it: "Judul 1".
func outlineOf(name string) string {
	name = strings.ToLower(name)
	if name == "title" || name == "subtitle" {
		return "0"
	}
	base := strings.TrimRight(name, "0123456789")
	if n := name[len(base):]; len(n) == 1 && n != "0" && headingNames[strings.TrimSpace(base)] {
		return string(n[0] - 1)
	}
	return ""
}

// headingNames stand before the number of a level; where only letters of ASCII are kept, "Überschrift" lost its first.
var headingNames = set("heading,judul,überschrift,berschrift,titre,título,ttulo,titolo,kop,overskrift,rubrik,заголовок,nagłówek")

// readNumbering reads the lists and the styles that put paragraphs into them.
func (w *docxWalk) readNumbering(dir string) *BadFile {
	w.abstracts, w.lists, w.styles, w.running = map[string]*[maxLevels]level{}, map[string]*wordList{}, map[string]*wordStyle{}, map[string]*counters{}
	var levels *[maxLevels]level
	var list *wordList
	at := -1
	var one *level
	store := func() {
		if one != nil && list != nil && at >= 0 {
			list.own[at] = *one
		}
	}
	bf := w.a.each(dir+"/numbering.xml", func(s *scanner, e element) *BadFile {
		if e.space != wordSpace || len(w.abstracts)+len(w.lists) > 20_000 {
			return nil
		}
		val := s.attr("val")
		switch e.local {
		case "abstractNum":
			levels, list, one = &[maxLevels]level{}, nil, nil
			w.abstracts[s.attr("abstractNumId")] = levels
		case "num":
			store()
			levels, one = nil, nil
			list = &wordList{starts: map[int]int{}, own: map[int]level{}}
			w.lists[s.attr("numId")] = list
		case "abstractNumId":
			if list != nil {
				list.abstract = val
			}
		case "lvlOverride", "lvl":
			store()
			one, at = nil, -1
			n, err := strconv.Atoi(s.attr("ilvl"))
			if err != nil || n < 0 || n >= maxLevels {
				return nil
			}
			at = n
			if e.local == "lvl" {
				one = &level{format: "decimal"}
				if levels != nil {
					levels[n].format = "decimal"
					one = &levels[n]
				}
			}
		case "startOverride":
			if n := startAt(val); n >= 0 && list != nil && at >= 0 {
				list.starts[at] = n
			}
		case "start":
			if n := startAt(val); n >= 0 && one != nil {
				one.start = n
			}
		case "numFmt":
			if one != nil {
				one.format = val
			}
		case "lvlText":
			if one != nil {
				one.text = clip(val, 40)
			}
		}
		return nil
	})
	if bf != nil {
		return bf
	}
	store()
	var style *wordStyle
	return w.a.each(dir+"/styles.xml", func(s *scanner, e element) *BadFile {
		if e.space != wordSpace || len(w.styles) > 20_000 {
			return nil
		}
		switch e.local {
		case "style":
			style = nil
			if t := s.attr("type"); t == "paragraph" || t == "character" {
				style = &wordStyle{}
				w.styles[s.attr("styleId")] = style
			}
		case "basedOn":
			if style != nil {
				style.based = s.attr("val")
			}
		case "name":
			if style != nil {
				style.outline = outlineOf(s.attr("val"))
			}
		case "outlineLvl":
			if style != nil {
				style.outline = s.attr("val")
			}
		case "vanish":
			if style != nil {
				style.veil = toggled(s.attr("val"))
			}
		case "numId":
			if style != nil {
				style.num = s.attr("val")
			}
		case "ilvl":
			if style != nil {
				style.lvl = s.attr("val")
			}
		}
		return nil
	})
}

// listOf tells which list a paragraph belongs to: by its own properties, else by its style and the styles that is based on.
func (w *docxWalk) listOf(style, num, lvl string) (string, int) {
	if num == "" {
		num = w.inherited(style, styleNum)
	}
	if lvl == "" {
		lvl = w.inherited(style, styleLvl)
	}
	if num == "" || num == "0" {
		return "", 0
	}
	n, err := strconv.Atoi(lvl)
	if err != nil || n < 0 || n >= maxLevels {
		n = 0
	}
	return num, n
}

// nextMark counts a paragraph in its list.
func (w *docxWalk) nextMark(num string, lvl int) string {
	l := w.lists[num]
	if l == nil || w.abstracts[l.abstract] == nil {
		w.r.note("numbering", 1)
		return ""
	}
	c := w.running[l.abstract]
	if c == nil {
		c = &counters{}
		w.running[l.abstract] = c
	}
	if l.levels == nil {
		all := *w.abstracts[l.abstract]
		for i, own := range l.own {
			all[i] = own
		}
		for i, n := range l.starts {
			all[i].start = n
			for k := i; k < maxLevels; k++ {
				c.started[k] = false
			}
		}
		l.levels = &all
	}
	return c.next(l.levels, lvl, 0)
}

// readLinks reads where links lead.
func (w *docxWalk) readLinks(name string) *BadFile {
	w.links = map[string]string{}
	return w.a.each(name, func(s *scanner, e element) *BadFile {
		if e.local == "Relationship" && strings.HasSuffix(s.attr("Type"), "/hyperlink") && len(w.links) < 100_000 {
			w.links[s.attr("Id")] = s.attr("Target")
		}
		return nil
	})
}

// readComments reads the remarks of the margin, before the text that they hang on.
func (w *docxWalk) readComments(name string) *BadFile {
	return w.a.each(name, func(s *scanner, e element) *BadFile {
		if e.space != wordSpace || e.local != "comment" {
			return nil
		}
		id, c := s.attr("id"), Comment{Author: s.attr("author"), At: s.attr("date")}
		rows, bf := w.apart(func() *BadFile { return w.inside(s, nil) })
		if bf != nil {
			return bf
		}
		c.Text = wordsOf(rows)
		if n := w.comment(c); n >= 0 {
			w.named[id] = n
		}
		return nil
	})
}
