package exchange

import (
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of what hangs on a page.
const (
	maxHung  = 20_000  // things looked at on one page
	maxQuads = 1_000   // stretches of words that one remark marks
	maxValue = 1 << 20 // bytes of one of its values
)

// A pdfRemark is what somebody wrote on a page with the program that shows it.
type pdfRemark struct {
	Comment
	page int
	x, y float64   // the middle of where it is drawn
	on   []pdfSpot // where the words that it marks begin and end; none when it marks no words
}

// A pdfSpot is a place in a line's text, in bytes.
type pdfSpot struct {
	line, at int
	stop     bool
}

// box is an upright rectangle on a page.
type box struct{ left, bottom, right, top float64 }

func (b box) has(x, y float64) bool {
	return x >= b.left && x <= b.right && y >= b.bottom && y <= b.top
}

// written are the kinds of things on a page whose words are a person's remark, by their numbers in fpdf_annot.h: notes, text
// boxes, lines, shapes, marked, underlined and struck words, stamps, carets and ink. Links, fields and windows of notes aren't.
const written = 1<<1 | 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12 | 1<<13 | 1<<14 | 1<<15

// remarks reads what hangs on a page.
func (g *pdfGuest) remarks(page, words uint64, raw []pdfRaw, q *readPage) {
	n := g.count("FPDFPage_GetAnnotCount", page)
	for i := range min(n, maxHung) {
		thing := g.call("FPDFPage_GetAnnot", page, uint64(i))
		if thing == 0 {
			q.hung++
			continue
		}
		if r, ok := g.remark(thing, words, raw, q); ok {
			q.remarks = append(q.remarks, r)
		} else {
			q.hung++
		}
		g.call("FPDFPage_CloseAnnot", thing)
	}
	q.hung += max(n-maxHung, 0)
}

func (g *pdfGuest) remark(thing, words uint64, raw []pdfRaw, q *readPage) (r pdfRemark, ok bool) {
	if kind := g.count("FPDFAnnot_GetSubtype", thing); kind > 15 || written>>kind&1 == 0 {
		return r, false
	}
	r.Text = clip(remarkText(g.value(thing, "Contents")), maxCommentText)
	if r.Text == "" {
		return r, false
	}
	r.Author = clip(dated.ReplaceAllString(oneRow(g.value(thing, "T")), ""), 200)
	if r.At = pdfTime(g.value(thing, "CreationDate")); r.At == "" {
		r.At = pdfTime(g.value(thing, "M"))
	}
	marks, at := g.quads(thing)
	if len(marks) == 0 { // an answer hangs where that hangs which it answers
		if first := g.call("FPDFAnnot_GetLinkedAnnot", thing, g.zeroed("IRT")); first != 0 {
			marks, at = g.quads(first)
			g.call("FPDFPage_CloseAnnot", first)
		}
	}
	r.x, r.y = (at.left+at.right)/2, (at.bottom+at.top)/2
	r.on = g.under(words, raw, q, marks)
	return r, true
}

// dated is the day that LibreOffice writes behind the name of a remark's author: "R. Yulia, 03/12/26,".
var dated = regexp.MustCompile(`, *\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},$`)

// value is a text that a thing has under this key.
func (g *pdfGuest) value(thing uint64, key string) string {
	n := g.count("FPDFAnnot_GetStringValue", thing, g.zeroed(key), 0, 0)
	if n <= 2 || n > maxValue {
		return ""
	}
	at := g.wide(n + 2)
	if at == 0 {
		return ""
	}
	return g.utf16(min(g.count("FPDFAnnot_GetStringValue", thing, g.zeroed(key), at, uint64(n)), n) / 2)
}

// quads are the stretches of words that a thing marks, and where it is drawn.
func (g *pdfGuest) quads(thing uint64) (marks []box, at box) {
	if g.yes("FPDFAnnot_GetRect", thing, g.small) {
		f := g.floats(4)
		at = box{min(f[0], f[2]), min(f[1], f[3]), max(f[0], f[2]), max(f[1], f[3])}
	}
	for k := range min(g.count("FPDFAnnot_CountAttachmentPoints", thing), maxQuads) {
		if g.yes("FPDFAnnot_GetAttachmentPoints", thing, uint64(k), g.small) {
			f := g.floats(8)
			marks = append(marks, box{min(f[0], f[2], f[4], f[6]), min(f[1], f[3], f[5], f[7]), max(f[0], f[2], f[4], f[6]), max(f[1], f[3], f[5], f[7])})
		}
	}
	return marks, at
}

// under finds the first and the last of the letters whose middle is marked.
func (g *pdfGuest) under(words uint64, raw []pdfRaw, q *readPage, marks []box) (on []pdfSpot) {
	if len(marks) == 0 {
		return nil
	}
	for i := range q.lines {
		l := &q.lines[i]
		var here []box
		for _, m := range marks {
			if m.top > l.base && m.bottom < l.base+l.size {
				here = append(here, m)
			}
		}
		if here == nil {
			continue
		}
		unit := raw[i].unit
		for at, c := range raw[i].text {
			if !unicode.IsSpace(c) && c > ' ' {
				if _, b, ok := g.place(words, unit); ok {
					for _, m := range here {
						if !m.has((b.left+b.right)/2, (b.bottom+b.top)/2) {
							continue
						}
						if on == nil {
							on = []pdfSpot{{i, raw[i].kept(at, l.text), false}, {}}
						}
						on[1] = pdfSpot{i, raw[i].kept(at+utf8.RuneLen(c), l.text), true}
						break
					}
				}
			}
			unit += max(utf16.RuneLen(c), 1)
		}
	}
	return on
}

// A pdfRaw is a line as PDFium has it.
type pdfRaw struct {
	text string
	unit int // where it begins in the page's text, in units of UTF-16
}

// kept is how much of the line's text, as it was made of the raw one, comes from the raw one's first bytes.
func (w pdfRaw) kept(first int, text string) int {
	n := min(len(strings.TrimLeftFunc(pdfSigns(w.text[:first]), unicode.IsSpace)), len(text))
	for n < len(text) && !utf8.RuneStart(text[n]) { // of a line whose letters were put in their order
		n--
	}
	return n
}

// remarkText is a remark's words with line feeds alone between its rows.
func remarkText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7F || c == '\uFFFE' || c == '\uFFFF' {
			return -1
		}
		return c
	}, s))
}

// pdfTime makes "2026-03-12T10:00:00" of "D:20260312100000+07'00'" (ISO 32000-1, 7.9.4), as the clock of its writer stood.
func pdfTime(s string) string {
	s = strings.TrimPrefix(strings.TrimSpace(s), "D:")
	n := 0
	for n < len(s) && n < 14 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	switch {
	case n < 8, s[4:6] == "00", s[6:8] == "00": // as LibreOffice has it where it doesn't know
		return ""
	case n < 12:
		return s[:4] + "-" + s[4:6] + "-" + s[6:8]
	case n < 14:
		return s[:4] + "-" + s[4:6] + "-" + s[6:8] + "T" + s[8:10] + ":" + s[10:12] + ":00"
	}
	return s[:4] + "-" + s[4:6] + "-" + s[6:8] + "T" + s[8:10] + ":" + s[10:12] + ":" + s[12:14]
}

// hangRemarks hangs the remarks on what is left of the lines: on their words; one that marks none, or none that are left, on
// the line beside it, or where there is none on the page's first words.
func (r *Reading) hangRemarks(t *pdfText) {
	if len(t.remarks) == 0 {
		return
	}
	begun := make([]bool, len(t.remarks))
	for i := range t.lines {
		for _, a := range t.lines[i].anchors {
			begun[a.comment] = begun[a.comment] || !a.stop
		}
	}
	pages := map[int][2]int{} // the lines of a page
	for i := range t.lines {
		at, ok := pages[t.lines[i].page]
		if !ok {
			at[0] = i
		}
		at[1] = i + 1
		pages[t.lines[i].page] = at
	}
	for k, m := range t.remarks {
		at := pages[m.page]
		if begun[k] || at[0] == at[1] {
			continue
		}
		best, far := at[0], math.Inf(1)
		for i := at[0]; i < at[1]; i++ {
			l := &t.lines[i]
			down := math.Abs(m.y - l.base - l.size/2)
			if down > 2*l.size {
				continue
			}
			if d := down + max(l.left-m.x, m.x-l.right, 0)/1000; d < far { // how far aside counts only between columns
				best, far = i, d
			}
		}
		t.lines[best].anchors = append([]anchor{{0, k, false}}, t.lines[best].anchors...)
	}
	places := make([]int, len(t.remarks))
	kept := 0
	for k := range t.remarks {
		if places[k] = r.keep(t.remarks[k].Comment); places[k] >= 0 {
			kept++
		}
	}
	for i := range t.lines {
		for j := range t.lines[i].anchors {
			a := &t.lines[i].anchors[j]
			a.comment = places[a.comment]
		}
	}
	r.note("comments", kept)
	t.hung += len(t.remarks) - kept
}
