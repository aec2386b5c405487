package exchange

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// dropLineNumbers leaves out the numbers of rows that a word processor prints: a column at the edge of the pages, or the
// first word of every row.
func (r *Reading) dropLineNumbers(t *pdfText) {
	for _, inside := range []bool{false, true} {
		cut := t.lineNumbers(inside)
		if cut == nil {
			continue
		}
		var shown []string
		var lefts []float64
		for i, l := range t.lines {
			n := cut[i]
			if n > 0 {
				shown = append(shown, l.text[:n])
			}
			if inside && n > 0 {
				lefts = append(lefts, l.left+(l.right-l.left)*float64(n+1)/float64(utf8.RuneCountInString(l.text)))
			} else if !inside && n == 0 {
				lefts = append(lefts, l.left)
			}
		}
		left := 0.0 // where the words of a row begin nobody has measured
		if len(lefts) > 0 {
			left = share(lefts, 0.5)
		}
		kept := make([]pdfLine, 0, len(t.lines))
		for i, l := range t.lines {
			n := cut[i]
			if n == len(l.text) {
				continue
			}
			if n > 0 {
				rest := strings.TrimLeft(l.text[n:], " \t")
				l.swap(0, len(l.text)-len(rest), "")
				l.left = left
			}
			kept = append(kept, l)
		}
		t.lines = kept
		r.note("linenumbers", len(shown), "text", strings.Join(shown[:3], ", ")+" …")
		return
	}
}

// lineNumbers gives the lengths of the numbers of rows, by line; nil where there are none. A list or a table has other rows
// between its numbers, or rows that don't go on in the next.
func (t *pdfText) lineNumbers(inside bool) map[int]int {
	cut := map[int]int{}
	step, last, rows := 0, 0, 0
	column := 0.0 // where the text begins, as far as is known
	for from := 0; from < len(t.lines); {
		to := from
		left, right := math.Inf(1), 0.0
		var heights []float64
		for ; to < len(t.lines) && t.lines[to].page == t.lines[from].page; to++ {
			l := &t.lines[to]
			if strings.ContainsFunc(l.text, unicode.IsLetter) {
				if l.text[0] < '0' || l.text[0] > '9' { // its number may be one of those
					left = min(left, l.left)
				}
				right = max(right, l.right)
				heights = append(heights, l.base)
			}
		}
		if !math.IsInf(left, 1) {
			column = left
		}
		type number struct{ line, value, digits int }
		var found []number
		for i := from; i < to; i++ {
			l := &t.lines[i]
			n, value := 0, 0
			for n < len(l.text) && n < 5 && l.text[n] >= '0' && l.text[n] <= '9' {
				value = value*10 + int(l.text[n]-'0')
				n++
			}
			alone, joined := n == len(l.text), n < len(l.text) && l.text[n] == ' '
			if n > 0 && (inside && joined || !inside && (alone && (l.right <= left+1 || l.left >= right-1) || joined && l.left < column-1)) {
				found = append(found, number{i, value, n})
			}
		}
		slices.SortStableFunc(found, func(a, b number) int { return cmp.Compare(t.lines[b.line].base, t.lines[a.line].base) })
		for k, x := range found {
			if step == 0 && len(found) > 1 {
				step = found[1].value - found[0].value
			}
			anew := k == 0 && (x.value == step || x.value == 1)
			if !inside && x.digits < len(t.lines[x.line].text) && x.value != last+step {
				continue // a number of the text
			}
			if step < 1 || inside && step > 1 || step > 10 || len(cut) > 0 && x.value != last+step && !anew {
				return nil
			}
			last = x.value
			cut[x.line] = x.digits
		}
		slices.Sort(heights)
		for i, h := range heights {
			if i == 0 || h-heights[i-1] > 2 {
				rows++
			}
		}
		from = to
	}
	numbered := len(cut) * step
	if len(cut) < 3 || numbered < 20 || numbered*5 < rows*4 || numbered > rows*2 || inside && !t.goesOn(cut) {
		return nil
	}
	return cut
}

// goesOn tells a text from a list: every sixth of its rows at least goes on in the next, since it has no room for its first word, or
// begins with a label that comes again.
func (t *pdfText) goesOn(cut map[int]int) bool {
	var rows []pdfLine
	var rights []float64
	labels := map[string]int{}
	for i, l := range t.lines {
		if l.text = strings.TrimLeft(l.text[cut[i]:], " "); l.text == "" {
			continue
		}
		rows = append(rows, l)
		rights = append(rights, l.right)
		if h := labelled(l.text, ""); h != nil {
			labels[h.label]++
		}
	}
	n, edge := 0, share(rights, 0.95)
	for i := 1; i < len(rows); i++ {
		p, q := &rows[i-1], &rows[i]
		word, _, _ := strings.Cut(q.text, " ")
		letter := (q.right - q.left) / float64(utf8.RuneCountInString(q.text))
		room := min(letter*float64(utf8.RuneCountInString(word)+1), (edge-p.left)/8)
		if p.hyphen || edge-p.right < room && strings.Count(p.text, " ") > 1 && !sentenceEnds(p.text) && !unicode.IsUpper(firstRune(q.text)) {
			n++
		}
	}
	for _, again := range labels {
		if again > 1 {
			n += again
		}
	}
	return n*6 >= len(rows)
}

// dropRunning leaves out the heads and feet of pages: what stands outside of their text on most pages at the same height,
// digits apart.
func (r *Reading) dropRunning(t *pdfText) {
	type spot struct {
		height float64
		text   string
	}
	outer := make([]bool, len(t.lines))
	pages := map[spot]int{}
	where := func(l pdfLine) spot { return spot{math.Round(l.base), shape(l.text)} }
	for from := 0; from < len(t.lines); {
		to := from
		for to < len(t.lines) && t.lines[to].page == t.lines[from].page {
			to++
		}
		order := make([]int, 0, to-from)
		for i := from; i < to; i++ {
			order = append(order, i)
		}
		sort.SliceStable(order, func(i, j int) bool { return t.lines[order[i]].base > t.lines[order[j]].base })
		for range 2 { // from above, then from below
			for _, i := range t.apart(order) {
				outer[i] = true
			}
			slices.Reverse(order)
		}
		seen := map[spot]bool{}
		for i := from; i < to; i++ {
			if !outer[i] {
				continue
			}
			if at := where(t.lines[i]); !seen[at] {
				seen[at] = true
				pages[at]++
			}
		}
		from = to
	}
	most := max(2, (t.pages*2+4)/5) // heads may differ on left and right pages
	kept := make([]pdfLine, 0, len(t.lines))
	var shown []string
	dropped := 0
	known := map[spot]bool{}
	for i, l := range t.lines {
		if !outer[i] {
			kept = append(kept, l)
			continue
		}
		at := where(l)
		if pages[at] < most || t.pages < 4 && pages[at] < t.pages || spoken(l.text) && pages[at] < 4 {
			kept = append(kept, l)
			continue
		}
		dropped++
		if !known[at] {
			known[at] = true
			shown = append(shown, oneRow(l.text))
		}
	}
	t.lines = kept
	r.note("running", dropped, "text", clip(strings.Join(shown, " · "), 160))
}

// apart gives those of a page's first two rows, going down or up, that a gap parts from the rest.
func (t *pdfText) apart(order []int) []int {
	rows, end := 0, 0
	for k, i := range order {
		if k == 0 {
			continue
		}
		l := t.lines[order[k-1]]
		if far := math.Abs(t.lines[i].base - l.base); far > 2 {
			if far > 1.5*l.size {
				end = k
			}
			if rows++; rows == 2 {
				return order[:end]
			}
		}
	}
	return order // there is no more on the page
}

// spoken tells rows that are a speaker's label or a time, which may well come at the same height of several pages.
func spoken(text string) bool { return stamped(text) != nil || labelled(text, "") != nil }

// shape is a text with every number made "#".
func shape(s string) string {
	var b strings.Builder
	digits := false
	for _, c := range s {
		if unicode.IsDigit(c) {
			if !digits {
				b.WriteByte('#')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(c)
	}
	return b.String()
}
