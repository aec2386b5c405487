package exchange

import (
	"encoding/xml"
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

type wordStyle struct {
	num, lvl, based string
}

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
	bf := w.a.each(dir+"/numbering.xml", func(_ *scanner, e xml.StartElement) *BadFile {
		if !wordSpaces[e.Name.Space] || len(w.abstracts)+len(w.lists) > 20_000 {
			return nil
		}
		val := attr(e, "val")
		switch e.Name.Local {
		case "abstractNum":
			levels, list, one = &[maxLevels]level{}, nil, nil
			w.abstracts[attr(e, "abstractNumId")] = levels
		case "num":
			store()
			levels, one = nil, nil
			list = &wordList{starts: map[int]int{}, own: map[int]level{}}
			w.lists[attr(e, "numId")] = list
		case "abstractNumId":
			if list != nil {
				list.abstract = val
			}
		case "lvlOverride", "lvl":
			store()
			one, at = nil, -1
			n, err := strconv.Atoi(attr(e, "ilvl"))
			if err != nil || n < 0 || n >= maxLevels {
				return nil
			}
			at = n
			if e.Name.Local == "lvl" {
				one = &level{format: "decimal"}
				if levels != nil {
					levels[n].format = "decimal"
					one = &levels[n]
				}
			}
		case "startOverride":
			if n, err := strconv.Atoi(val); err == nil && list != nil && at >= 0 && n >= 0 && n < 1<<20 {
				list.starts[at] = n
			}
		case "start":
			if n, err := strconv.Atoi(val); err == nil && one != nil && n >= 0 && n < 1<<20 {
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
	return w.a.each(dir+"/styles.xml", func(_ *scanner, e xml.StartElement) *BadFile {
		if !wordSpaces[e.Name.Space] || len(w.styles) > 20_000 {
			return nil
		}
		switch e.Name.Local {
		case "style":
			style = nil
			if attr(e, "type") == "paragraph" {
				style = &wordStyle{}
				w.styles[attr(e, "styleId")] = style
			}
		case "basedOn":
			if style != nil {
				style.based = attr(e, "val")
			}
		case "numId":
			if style != nil {
				style.num = attr(e, "val")
			}
		case "ilvl":
			if style != nil {
				style.lvl = attr(e, "val")
			}
		}
		return nil
	})
}

// listOf tells which list a paragraph belongs to: by its own properties, else by its style and the styles that is based on.
func (w *docxWalk) listOf(style, num, lvl string) (string, int) {
	for n := 0; (num == "" || lvl == "") && n < 20; n++ {
		s := w.styles[style]
		if s == nil {
			break
		}
		if num == "" && s.num != "" {
			num = s.num
		}
		if lvl == "" && s.lvl != "" {
			lvl = s.lvl
		}
		style = s.based
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
	return w.a.each(name, func(_ *scanner, e xml.StartElement) *BadFile {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/hyperlink") && len(w.links) < 100_000 {
			w.links[attr(e, "Id")] = attr(e, "Target")
		}
		return nil
	})
}

// readComments reads the remarks of the margin, before the text that they hang on.
func (w *docxWalk) readComments(name string) *BadFile {
	return w.a.each(name, func(s *scanner, e xml.StartElement) *BadFile {
		if !wordSpaces[e.Name.Space] || e.Name.Local != "comment" {
			return nil
		}
		rows, bf := w.apart(func() *BadFile { return w.inside(s, nil) })
		if bf != nil {
			return bf
		}
		if n := w.comment(Comment{Author: attr(e, "author"), At: attr(e, "date"), Text: wordsOf(rows)}); n >= 0 {
			w.remark[attr(e, "id")] = n
		}
		return nil
	})
}
