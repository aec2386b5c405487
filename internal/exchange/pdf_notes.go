package exchange

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// A noteSearch looks for the footnotes of a file.
type noteSearch struct {
	lines  []pdfLine
	size   float64    // of the letters of most lines
	pitch  float64    // from most lines to the next
	lowest float64    // where the last line of a full page stands
	calls  []noteCall // of the notes found so far
	broken int        // the page where a note's sentence has no end: it may go on at the foot of the next; -1
	sought int        // marks that were looked for on the page
}

// A noteCall is a place in the text that calls for a footnote.
type noteCall struct{ line, at, size int }

// footnotes puts the notes at the feet of pages at the end, as those of other formats, so that they don't part what goes on on
// the next page. A note begins with a number or a sign that stands behind a word of its page, too, or with letters that stand there
// raised.
func (r *Reading) footnotes(t *pdfText) {
	s := &noteSearch{lines: t.lines, lowest: math.Inf(1), broken: -1}
	var sizes, pitches []float64
	for i := range t.lines {
		l := &t.lines[i]
		sizes = append(sizes, l.size)
		s.lowest = min(s.lowest, l.base)
		if i > 0 && t.lines[i-1].page == l.page {
			if d := t.lines[i-1].base - l.base; d > 0.5*l.size && d < 3*l.size {
				pitches = append(pitches, d)
			}
		}
	}
	if len(pitches) == 0 {
		return
	}
	s.size, s.pitch = share(sizes, 0.5), share(pitches, 0.5)
	page := 0 // its first line
	for from := 0; from < len(t.lines); {
		if t.lines[from].page != t.lines[page].page {
			page, s.sought = from, 0
		}
		to := from + 1 // the end of a column
		for to < len(t.lines) && t.lines[to].page == t.lines[from].page && t.lines[to].base < t.lines[to-1].base+3*s.size {
			to++
		}
		if t.lines[to-1].base < s.lowest+s.size {
			s.foot(page, from, to)
		}
		from = to
	}
	if len(s.calls) == 0 {
		return
	}
	for k := len(s.calls) - 1; k >= 0; k-- {
		c := s.calls[k]
		t.lines[c.line].swap(c.at, c.size, bracketed(k+1))
	}
	text, notes := make([]pdfLine, 0, len(t.lines)), []pdfLine(nil)
	for _, l := range t.lines {
		if l.note > 0 {
			notes = append(notes, l)
		} else {
			text = append(text, l)
		}
	}
	t.lines = append(text, notes...)
	r.note("footnotes", len(s.calls))
}

const (
	mostNoteLines = 100  // how many lines of notes may stand at the foot of a column
	mostSought    = 500  // how many marks are looked for on a page, each of them on all of it
	mostMarks     = 40   // how many different ones of them raised,
	mostRaised    = 2000 // at how many places,
	mostRaisedIn  = 1000 // in lines of how many bytes
)

// marks finds the raised marks of notes on a page: those with which smaller lines of it begin. No others are looked for, since it
// takes as long as reading their lines.
func (g *pdfGuest) marks(words uint64, raw []pdfRaw, q *readPage) {
	largest := 0.0
	for _, l := range q.lines {
		largest = max(largest, l.size)
	}
	var marks []string
	for _, l := range slices.Backward(q.lines) {
		if l.least < 0.95*largest && len(marks) < mostMarks {
			// A mark that stands by itself is in a line of its own.
			if m := noteMark(l.text + " "); m != "" && !slices.Contains(marks, m) {
				marks = append(marks, m)
			}
		}
	}
	looks := 0
	for i := range q.lines {
		l, text := &q.lines[i], raw[i].text
		if len(text) > mostRaisedIn {
			continue
		}
		for _, m := range marks {
			for from := 1; from < len(text) && looks < mostRaised; from++ {
				next := strings.Index(text[from:], m)
				if next < 0 {
					break
				}
				from += next
				if inWord(firstRune(text[from+len(m):])) {
					continue
				}
				looks++
				unit := raw[i].unit
				for _, c := range text[:from] {
					unit += max(utf16.RuneLen(c), 1)
				}
				at := raw[i].kept(from, l.text)
				if letter, b, ok := g.place(words, unit); ok && at > 0 {
					if base, size := g.stand(words, letter, b); size < 0.85*l.size && isRaised(base, l.base, l.size) {
						l.raised = append(l.raised, at)
					}
				}
			}
		}
		slices.Sort(l.raised)
	}
}

// isRaised tells what stands at a height from a line of this base and size as marks of notes do.
func isRaised(height, base, size float64) bool { return height-base > 0.12*size }

// foot finds the notes below a column of text, whose page has its first line at page: they are smaller than the text, or a gap
// parts them from it.
func (s *noteSearch) foot(page, from, to int) {
	small := to
	for small > from && s.lines[small-1].least < 0.95*s.size {
		small--
	}
	begin := to
	for i := to - 1; i > page && i >= from && to-i <= mostNoteLines; i-- {
		gap := i > from && s.lines[i-1].base-s.lines[i].base > 1.3*s.pitch
		mark := noteMark(s.lines[i].text)
		if i >= small || gap && !lettered(mark) {
			if _, ok := s.call(mark, page, i); ok {
				begin = i
			}
		}
		if i < small && gap && begin > i {
			break
		}
	}
	if s.broken >= 0 && s.broken == s.lines[from].page-1 {
		for i := small; i < begin; i++ {
			s.lines[i].note = len(s.calls)
		}
	}
	for i := begin; i < to; i++ {
		l := &s.lines[i]
		mark := noteMark(l.text)
		if c, ok := s.call(mark, page, begin); ok {
			s.calls = append(s.calls, c)
			l.swap(0, len(l.text)-len(strings.TrimLeft(l.text[len(mark):], " \u00a0")), bracketed(len(s.calls))+" ")
		}
		l.note = len(s.calls)
	}
	if last := &s.lines[to-1]; last.note > 0 {
		s.broken = -1
		if last.hyphen || !sentenceEnds(last.text) {
			s.broken = last.page
		}
	}
}

// noteSigns are what marks notes instead of numbers.
const noteSigns = "*†‡§"

// noteMark is the number, the signs or the small letters that a note may begin with: one letter, or a Roman number.
func noteMark(s string) string {
	n := 0
	for n < len(s) && n < 3 && isDigit(s[n]) {
		n++
	}
	if n == 0 {
		n = len(s) - len(strings.TrimLeft(s, noteSigns))
	}
	letters := false
	if n == 0 {
		for n < len(s) && s[n] >= 'a' && s[n] <= 'z' {
			n++
		}
		if letters = n == 1 || n > 0 && n <= len("xxxviii") && strings.Trim(s[:n], "ivx") == ""; !letters {
			return ""
		}
	}
	if c := firstRune(s[n:]); c != ' ' && c != '\u00a0' && !unicode.IsUpper(c) && (letters || !unicode.IsLetter(c)) {
		return ""
	}
	return s[:n]
}

// lettered tells marks that are letters, which are sure only where they stand raised.
func lettered(mark string) bool { return mark != "" && mark[0] >= 'a' && mark[0] <= 'z' }

// call finds the place that calls for the note with this mark, after the one of the note before and above line to.
func (s *noteSearch) call(mark string, page, to int) (c noteCall, ok bool) {
	if mark == "" || s.sought == mostSought {
		return c, false
	}
	s.sought++
	c.line = page
	if n := len(s.calls); n > 0 && s.calls[n-1].line >= page {
		c.line, c.at = s.calls[n-1].line, s.calls[n-1].at+s.calls[n-1].size
	}
	for ; c.line < to; c.line, c.at = c.line+1, 0 {
		l := &s.lines[c.line]
		for l.note == 0 {
			next := strings.Index(l.text[c.at:], mark)
			if next < 0 {
				break
			}
			c.at += next
			before, after := l.text[:c.at], l.text[c.at+len(mark):]
			if slices.Contains(l.raised, c.at) && !inWord(firstRune(after)) || !lettered(mark) && callsNote(before, after) {
				c.size = len(mark)
				return c, true
			}
			c.at++
		}
	}
	return c, false
}

// callsNote tells a mark that stands behind a word, or the sign after one; "P1", "1.5" and "Rp60.000" have no marks.
func callsNote(before, after string) bool {
	z, size := utf8.DecodeLastRuneInString(before)
	c, wide := utf8.DecodeRuneInString(after)
	if strings.ContainsRune(".,;:!?…)]”’\"'»", z) {
		z = lastRune(before[:len(before)-size])
		if unicode.IsDigit(z) {
			return false
		}
	} else if !unicode.IsLetter(z) || unicode.IsUpper(z) {
		return false
	}
	return after == "" || c == ' ' || strings.ContainsRune(".,;!?…)]”’\"'»—–", c) && !unicode.IsDigit(firstRune(after[wide:]))
}

// swap puts a text in the place of another.
func (l *pdfLine) swap(at, size int, with string) {
	l.text = l.text[:at] + with + l.text[at+size:]
	for i := range l.anchors {
		if a := &l.anchors[i]; a.at >= at+size {
			a.at += len(with) - size
		} else {
			a.at = min(a.at, at)
		}
	}
	for i, from := range l.raised {
		if from >= at+size {
			l.raised[i] += len(with) - size
		}
	}
}
