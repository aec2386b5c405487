package exchange

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of the column that says who speaks.
const (
	mostLabelWords = 5      // on one line, the first of what is said among them
	mostLabelLines = 4      // of one label
	mostTalkLines  = 20_000 // that are looked at to find where columns begin
)

// starts finds where the words behind a line's first begin: one of them may be the first of a table's second column. A line without
// a capital has no label, and one with a colon shows its label.
func (g *pdfGuest) starts(words uint64, raw pdfRaw, l *pdfLine) {
	if c := firstRune(l.text); !unicode.IsLetter(c) || unicode.IsLower(c) {
		return
	}
	unit, letters, begun, space := raw.unit, 0, false, false
	for _, c := range raw.text {
		switch {
		case c == ':':
			return
		case unicode.IsSpace(c) || c < ' ':
			space = begun
		default:
			if space {
				_, b, ok := g.place(words, unit)
				if !ok {
					return
				}
				l.starts = append(l.starts, b.left)
			}
			begun, space = true, false
			if letters++; letters > maxLabel || len(l.starts) == mostLabelWords {
				return
			}
		}
		unit += max(utf16.RuneLen(c), 1)
	}
}

// A pdfTalk is a table of two columns, on one page or on many, of which the first may say who speaks.
type pdfTalk struct {
	lines       []pdfLine
	left, right float64 // where the columns begin
	rows        []pdfTalkRow
	again       map[string]int // how often a label comes
}

// A pdfTalkRow is one row of such a table: the label is in front of the words, or some lines beside them.
type pdfTalkRow struct {
	label          string
	before         int  // words of the label in the line where what is said begins
	from, said, to int  // the first of its lines, the one where what is said begins, and the one behind its last
	goesOn         bool // it is the rest of the row above, on the next page
}

// talk parts the columns of a table that is a transcript. A page has no tables, only words below each other: it is sure where two
// labels or more come again and again at one edge, and all that stands between them begins at another.
func (r *Reading) talk(t *pdfText) {
	p := pdfTalk{lines: t.lines}
	if !p.edges() {
		return
	}
	p.read()
	if !p.judge() {
		return
	}
	out := make([]pdfLine, 0, len(p.lines)+len(p.rows))
	at, tables := 0, 0
	for k, one := range p.rows {
		if k == 0 || one.from > at {
			if k > 0 {
				p.lines[at].fresh = true
			}
			tables++
		}
		out = append(out, p.lines[at:one.from]...)
		who, said := p.lines[one.from], &p.lines[one.said]
		who.text, who.who, who.hyphen, who.anchors = one.label, true, false, nil
		who.right = min(who.right, p.right)
		for i := one.from; i < one.said; i++ {
			who.anchors = append(who.anchors, atEnd(p.lines[i].anchors, 0)...)
		}
		if one.before > 0 {
			cut := wordAt(said.text, one.before)
			var left []anchor
			for _, a := range said.anchors {
				if a.at >= cut {
					left = append(left, a)
				} else {
					who.anchors = append(who.anchors, a)
				}
			}
			said.anchors, said.left = left, p.right
			said.swap(0, cut, "")
		}
		if one.goesOn {
			said.anchors = append(atEnd(who.anchors, 0), said.anchors...)
		} else {
			out = append(out, who)
		}
		out = append(out, p.lines[one.said:one.to]...)
		at = one.to
	}
	if at < len(p.lines) {
		p.lines[at].fresh = true
	}
	t.lines = append(out, p.lines[at:]...)
	r.note("talktables", tables)
}

// edges finds where the columns begin: where most words stand behind labels of which two or more come again.
func (p *pdfTalk) edges() bool {
	type edge struct{ left, right float64 }
	type spot struct {
		edge
		label string
	}
	found := map[spot]int{}
	looked := 0
	for i := range p.lines {
		l := &p.lines[i]
		if l.note > 0 {
			continue
		}
		if looked++; looked > mostTalkLines {
			break
		}
		// The words may stand beside a label of some lines.
		for k := i + 1; k < len(p.lines) && k <= i+mostLabelLines && len(l.text) <= maxLabel; k++ {
			if q := &p.lines[k]; q.page == l.page && q.left > l.right && math.Abs(q.base-l.base) < 0.3*l.size {
				found[spot{edge{math.Round(l.left), math.Round(q.left)}, l.text}]++
			}
		}
		for k, x := range l.starts {
			found[spot{edge{math.Round(l.left), math.Round(x)}, strings.TrimRight(l.text[:wordAt(l.text, k+1)], " ")}]++
		}
	}
	type score struct {
		edge
		rows, labels int
	}
	scores := map[edge]score{}
	for s, n := range found {
		if n > 1 {
			one := scores[s.edge]
			scores[s.edge] = score{s.edge, one.rows + n, one.labels + 1}
		}
	}
	best := score{}
	for _, one := range scores {
		if one.labels > 1 && cmp.Or(cmp.Compare(one.rows, best.rows), cmp.Compare(best.right, one.right), cmp.Compare(best.left, one.left)) > 0 {
			best = one
		}
	}
	p.left, p.right = best.left, best.right
	return best.rows >= 4
}

// read finds the rows. What begins at the second edge belongs to the row above it.
func (p *pdfTalk) read() {
	p.again = map[string]int{}
	for i := 0; i < len(p.lines); {
		one := p.row(i)
		if one.label == "" {
			i++
			continue
		}
		for one.to = one.said + 1; one.to < len(p.lines) && p.lines[one.to].left > p.right-1.5 && p.lines[one.to].note == 0; {
			one.to++
		}
		p.rows = append(p.rows, one)
		p.again[one.label]++
		i = one.to
	}
	for k := 1; k < len(p.rows); k++ { // a label may be on two pages
		was, one := &p.rows[k-1], &p.rows[k]
		if whole := was.label + " " + one.label; one.from == was.to && p.lines[one.from].page > p.lines[was.from].page && p.again[whole] > 1 {
			p.again[was.label]--
			p.again[one.label]--
			p.again[whole]++
			was.label, one.label, one.goesOn = whole, whole, true
		}
	}
	// What begins at both edges above or below the table, as its heads do, is none of its rows.
	kept := p.rows[:0]
	for from := 0; from < len(p.rows); {
		to := from + 1
		for to < len(p.rows) && p.rows[to].from == p.rows[to-1].to {
			to++
		}
		first, last := from, to
		for first < last && p.again[p.rows[first].label] == 1 {
			first++
		}
		for first < last && p.again[p.rows[last-1].label] == 1 {
			last--
		}
		kept = append(kept, p.rows[first:last]...)
		from = to
	}
	p.rows = kept
}

// row is the one that begins with line i, without a label where none does.
func (p *pdfTalk) row(i int) (one pdfTalkRow) {
	l := &p.lines[i]
	if math.Abs(l.left-p.left) > 1.5 || l.note > 0 {
		return one
	}
	if k := slices.IndexFunc(l.starts, func(x float64) bool { return math.Abs(x-p.right) < 1.5 }); k >= 0 {
		return pdfTalkRow{label: strings.Join(strings.Fields(l.text)[:k+1], " "), before: k + 1, from: i, said: i}
	}
	var label []string
	for k := i; k < len(p.lines) && k <= i+mostLabelLines; k++ {
		q := &p.lines[k]
		switch {
		case q.page != l.page:
			return one
		case k > i && math.Abs(q.left-p.right) < 1.5 && math.Abs(q.base-l.base) < 0.3*l.size:
			return pdfTalkRow{label: strings.Join(label, " "), from: i, said: k}
		case math.Abs(q.left-p.left) > 1.5 || q.right > p.right || q.note > 0:
			return one
		}
		label = append(label, strings.Fields(q.text)...)
	}
	return one
}

// judge tells whether the rows are a transcript, as of other formats' tables. Here also nearly each of them has to stand below
// another, none of the labels may be one of a text, and there is more than a space behind the shortest.
func (p *pdfTalk) judge() bool {
	var full [][]string
	beside, narrow := 0, math.Inf(1)
	for k, one := range p.rows {
		if talkHeads[strings.ToLower(one.label)] || p.again[one.label] > 1 && noSpeaker(one.label) || p.again[one.label] == 1 && !likeName(one.label) {
			return false
		}
		beside += boolInt(k > 0 && p.rows[k-1].to == one.from || k+1 < len(p.rows) && p.rows[k+1].from == one.to)
		first := &p.lines[one.said]
		words := first.text[wordAt(first.text, one.before):]
		letter := (first.right - p.right) / float64(max(utf8.RuneCountInString(words), 1))
		narrow = min(narrow, (float64(utf8.RuneCountInString(one.label))+1.5)*letter)
		for _, l := range p.lines[one.said+1 : one.to] {
			words += " " + l.text
		}
		full = append(full, []string{one.label, words})
	}
	if len(full) < 4 || beside*4 < len(full)*3 || narrow > p.right-p.left {
		return false
	}
	t := &talkTable{from: -1}
	return t.speaks(0, 1, full)
}

// wordAt is where a text's words behind its first n begin.
func wordAt(s string, n int) int {
	in := false
	for i, c := range s {
		if space := unicode.IsSpace(c); space || in {
			in = !space
			continue
		}
		if in = true; n == 0 {
			return i
		}
		n--
	}
	return len(s)
}
