package exchange

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readPdf reads the words of a PDF. A page has neither paragraphs nor speakers, only letters at places: lines are
// joined as they were broken, and what stands on every page is left out.
func (r *Reading) readPdf(data []byte, opt Options) ([]row, *BadFile) {
	t, bf := thePdfReader.read(data)
	if bf != nil {
		return nil, bf
	}
	if len(t.lines) == 0 {
		if t.pictures > 0 {
			return nil, bad(BadScan)
		}
		return nil, bad(BadNoText)
	}
	r.dropLineNumbers(t)
	r.dropRunning(t)
	r.hangRemarks(t)
	t.joinRaised()
	r.mendAccents(t)
	r.footnotes(t)
	r.talk(t)
	rows := r.pdfRows(t, opt)
	r.note("pictures", t.pictures)
	r.note("unreadpages", t.unread)
	r.note("hung", t.hung)
	return rows, nil
}

// A pdfLayout is what the lines of a document have in common.
type pdfLayout struct {
	lines  []pdfLine
	head   []bool     // a speaker, a time, or what comes after one that stands alone
	item   []bool     // of a list: it has the number after the one of another, or the same dash as another, or of a table of contents
	pitch  float64    // from line to line inside a paragraph, of the letters' height
	middle float64    // between two columns, if there are any
	edge   [2]float64 // how far lines go to the right, in the left and the right half
	loose  float64    // how much larger letters are at least that are set larger
	run    []float64  // the same of the lines around that follow each other closely, 0 where there are few
}

// pdfRows joins the lines of paragraphs.
func (r *Reading) pdfRows(t *pdfText, opt Options) []row {
	l := layoutOf(t.lines, opt)
	words := hyphenWords(t.lines)
	var rows []row
	var text strings.Builder
	var anchors []anchor
	n, hyphens := 0, 0 // lines in the open paragraph; hyphens of the typesetter
	for i := range l.lines {
		q := &l.lines[i]
		if i == 0 || l.begins(i, n) {
			if i > 0 {
				if l.lines[i-1].hyphen {
					text.WriteByte('-')
				}
				rows = append(rows, l.row(i-n, text.String(), anchors))
			}
			text.Reset()
			anchors = nil
			n = 0
		} else if p := &l.lines[i-1]; p.hyphen {
			if words.mend(p.text, q.text) {
				hyphens++
			} else {
				text.WriteByte('-')
			}
		} else if !closeUp(p.text, q.text) {
			text.WriteByte(' ')
		}
		for _, a := range q.anchors {
			anchors = append(anchors, anchor{text.Len() + a.at, a.comment, a.stop})
		}
		text.WriteString(q.text)
		n++
	}
	if n > 0 {
		last := &l.lines[len(l.lines)-1]
		if last.hyphen {
			text.WriteByte('-')
		}
		rows = append(rows, l.row(len(l.lines)-n, text.String(), anchors))
	}
	r.note("hyphens", hyphens)
	if joined := len(l.lines) - len(rows); joined > 0 {
		r.note("linesjoined", joined)
	}
	return rows
}

// row is a paragraph that begins with line i.
func (l *pdfLayout) row(i int, text string, anchors []anchor) row {
	first := &l.lines[i]
	one := row{text: text, para: true, apart: first.note > 0, fresh: first.fresh || first.who, line: first.who}
	if first.who {
		one.extra().head = &head{label: labelOf(text), alone: true, cell: true, from: -1, to: -1, rest: text}
	}
	one.hang(anchors)
	return one
}

func layoutOf(lines []pdfLine, opt Options) *pdfLayout {
	l := &pdfLayout{lines: lines, head: make([]bool, len(lines)+3), item: itemsOf(lines), run: make([]float64, len(lines)), pitch: 1.2, loose: 1.1}
	asRows := make([]row, len(lines))
	for i := range lines {
		asRows[i].text = lines[i].text
	}
	heads, c := takeCensus(asRows)
	wanted := map[string]string{}
	for from, to := range opt.Labels {
		if to != "" {
			wanted[from] = to
		}
	}
	taken := c.speakers(wanted)
	for i := range lines {
		h := heads[i]
		if h == nil || !taken[h.label] {
			if h = stamped(lines[i].text); h == nil {
				continue
			}
		}
		l.head[i] = true
		l.head[i+1] = l.head[i+1] || h.alone
		l.head[i+2] = l.head[i+2] || h.twoRows
	}
	var pitches, rights, lefts []float64
	sized := map[float64]int{}
	for i := range lines {
		sized[math.Round(lines[i].size*5)]++
		rights = append(rights, lines[i].right)
		lefts = append(lefts, lines[i].left)
		if d := l.down(i); d > 0.6 && d < 4 {
			pitches = append(pitches, d)
		}
	}
	if sizes := slices.Sorted(maps.Values(sized)); len(sizes) > 4 {
		few := 0
		for _, n := range sizes[:len(sizes)-4] {
			few += n
		}
		if few*10 > len(lines) {
			l.loose = 1.45 // a program that reads pictures of pages takes a size for each line
		}
	}
	if len(pitches) > 0 {
		l.pitch = share(pitches, 0.25)
	}
	l.middle = (share(lefts, 0.02) + share(rights, 0.98)) / 2
	var halves [2][]float64
	for i := range lines {
		k := l.half(i)
		halves[k] = append(halves[k], lines[i].right)
	}
	for k := range halves {
		if len(halves[k]) > 0 {
			l.edge[k] = share(halves[k], 0.95)
		}
	}
	for from := 0; from < len(lines); {
		to, far := from+1, lines[from].right
		for to < len(lines) && l.down(to) > -0.3 && l.down(to) < l.gap() && !l.head[to] {
			far = max(far, lines[to].right)
			to++
		}
		if to-from >= 4 {
			for i := from; i < to; i++ {
				l.run[i] = far
			}
		}
		from = to
	}
	l.beginTall()
	l.speakOnce(heads, c, taken, wanted)
	return l
}

// beginTall makes paragraphs begin with the lines that begin in larger letters than they end in and stand to the left of what
// follows, as what a manual defines does, where most of them do so anyway. One that fills its line may stand above another, or a page
// between them.
func (l *pdfLayout) beginTall() {
	edge := math.Inf(1)
	for i := range l.lines {
		if q := &l.lines[i]; q.tall {
			edge = min(edge, q.left)
		}
	}
	tall := make([]bool, len(l.lines)+1)
	all := 0
	for i, q := range slices.Backward(l.lines) {
		if !q.tall || q.left > edge+1 || i > 0 && l.lines[i-1].hyphen {
			continue
		}
		below := i+1 < len(l.lines) && l.down(i+1) > -0.3 && l.down(i+1) < l.gap()
		if tall[i] = !below || tall[i+1] || l.lines[i+1].left > q.left+q.size; tall[i] {
			all++
		}
	}
	if all < 5 {
		return
	}
	n, begun := 0, 0
	for i := range l.lines {
		if i == 0 || l.begins(i, n) {
			n = 0
			begun += boolInt(tall[i])
		}
		n++
	}
	if begun*4 < all*3 {
		return
	}
	for i := range l.lines {
		l.item[i] = l.item[i] || tall[i]
	}
}

// speakOnce finds the labels of who speaks once, which may only begin a paragraph: where one begins can be told by now, and a
// sentence that fills its line may end one too.
func (l *pdfLayout) speakOnce(heads []*head, c *census, taken map[string]bool, wanted map[string]string) {
	if len(taken) == 0 || len(taken) == len(c.order) {
		return
	}
	n, seen := 0, false
	for i := range l.lines {
		begins := i == 0 || l.begins(i, n)
		if begins {
			n = 0
		}
		n++
		if h := heads[i]; h != nil {
			seen = true
			if one := c.counts[h.label]; one != nil && one.at == i {
				one.begins = begins || sentenceEnds(l.lines[i-1].text)
			}
		} else if begins && seen && (heads[i-1] == nil || !heads[i-1].alone) {
			c.bare++
		}
	}
	all := c.speakers(wanted)
	for i, h := range heads {
		l.head[i] = l.head[i] || h != nil && all[h.label]
	}
}

// sentenceEnds tells that what comes after a text may be another sentence.
func sentenceEnds(s string) bool {
	return strings.ContainsRune(".?!:…", lastRune(strings.TrimRight(s, "”’\"')]»")))
}

// itemsOf finds the lines that begin an item of a list, or an entry of a table of contents. One number alone may be the end of
// a sentence ("in May of\n12. Then"), and a dash too: only what goes on below, as far to the left, is a list.
func itemsOf(lines []pdfLine) []bool {
	const far = 40 // lines
	item := make([]bool, len(lines))
	type mark struct{ line, n int }
	last := map[string]mark{} // by the form of the mark
	for i := range lines {
		form, n := listMark(lines[i].text)
		if form == "" {
			continue
		}
		was, there := last[form]
		last[form] = mark{i, n}
		if !there || i-was.line > far || math.Abs(lines[i].left-lines[was.line].left) > lines[i].size {
			continue
		}
		follows := n == was.n+1
		if form == "-" {
			follows = true
			for k := was.line + 1; k < i; k++ {
				follows = follows && lines[k].left > lines[i].left+lines[i].size*0.4
			}
		}
		if follows {
			item[was.line], item[i] = true, true
		}
	}
	entry := -far
	for i := range len(lines) - 1 {
		if entryEnds(lines[i].text) {
			if i-entry <= 3 {
				item[entry+1], item[i+1] = true, true
			}
			entry = i
		}
	}
	return item
}

// entryEnds tells a line that ends in the dots and the page of an entry of a table of contents: "......... 12", ". . . iv".
func entryEnds(s string) bool {
	title := strings.TrimRight(s, "0123456789")
	if title == s {
		title = strings.TrimRight(s, "ivxlc")
	}
	dots := title[len(strings.TrimRight(title, ".…· \u00a0")):]
	return len(title) < len(s) && strings.Count(dots, ".")+strings.Count(dots, "·")+3*strings.Count(dots, "…") >= 4
}

// listMark reads a number, a letter or a dash at the start of a line as the mark of a list; form is "" where there is none.
func listMark(s string) (form string, n int) {
	if strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "– ") {
		return "-", 0
	}
	at, kind := 0, "1"
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		at, kind, n = 1, "a", int(s[0])
	} else {
		for { // 12., or 3.2.12.
			from := at
			for n = 0; at < len(s) && at < from+3 && s[at] >= '0' && s[at] <= '9'; at++ {
				n = n*10 + int(s[at]-'0')
			}
			if at == from || at+1 >= len(s) || s[at] != '.' || s[at+1] < '0' || s[at+1] > '9' {
				break
			}
			at++
			kind = s[:at]
		}
	}
	if at == 0 || at+1 >= len(s) || s[at] != '.' && s[at] != ')' {
		return "", 0
	}
	if c := firstRune(s[at+1:]); c != ' ' && !unicode.IsLetter(c) {
		return "", 0
	}
	return kind + s[at:at+1], n
}

// share is the value below which a share of all values are.
func share(of []float64, part float64) float64 {
	s := slices.Clone(of)
	slices.Sort(s)
	return s[min(int(part*float64(len(s))), len(s)-1)]
}

// down is how far line i stands below the one before, of the letters' height; 100 on another page.
func (l *pdfLayout) down(i int) float64 {
	if i == 0 || l.lines[i].page != l.lines[i-1].page {
		return 100
	}
	return (l.lines[i-1].base - l.lines[i].base) / max(l.lines[i].size, l.lines[i-1].size, 1)
}

// gap is the distance, of the letters' height, from which on a new paragraph begins.
func (l *pdfLayout) gap() float64 { return l.pitch*1.2 + 0.05 }

func (l *pdfLayout) half(i int) int {
	if l.lines[i].left >= l.middle {
		return 1
	}
	return 0
}

// begins tells whether line i begins a paragraph, when n lines of the one before are known.
func (l *pdfLayout) begins(i, n int) bool {
	p, q := &l.lines[i-1], &l.lines[i]
	if p.note > 0 || q.note > 0 {
		return p.note != q.note
	}
	if p.who || q.who || q.fresh {
		return true
	}
	down := l.down(i)
	if math.Abs(down) < 0.3 && q.left >= p.right-1 {
		return false // beside it: a column for speakers, a cell of a table
	}
	if l.head[i] || l.item[i] || strings.HasSuffix(p.text, "#") && stampTail.MatchString(p.text) || strings.ContainsRune("•▪◦‣●○■□", firstRune(q.text)) {
		return true
	}
	if l.resized(i) {
		return true
	}
	near := down > -0.3 && down < 100
	if near && down > l.gap() {
		return true
	}
	if p.hyphen && n > 0 {
		return false
	}
	// A line that had room for the next word was ended on purpose.
	goesOn := unicode.IsLower(firstRune(q.text)) && !sentenceEnds(p.text)
	edge := l.edge[l.half(i-1)]
	if l.run[i-1] > 0 {
		edge = min(edge, l.run[i-1])
	}
	word, _, _ := strings.Cut(q.text, " ")
	letters := utf8.RuneCountInString(q.text)
	need := (q.right - q.left) / float64(max(letters, 1)) * float64(utf8.RuneCountInString(word)+1)
	if !goesOn && edge-p.right > need*1.05+1 {
		return true
	}
	em := q.size * 0.4
	dx := q.left - p.left
	switch {
	case !near:
		return false
	case n == 1: // the second line of a paragraph may stand to the left or to the right of the first
		return math.Abs(dx) < em && !goesOn && sentenceEnds(p.text) && l.begunAlike(i, em)
	}
	return math.Abs(dx) >= em
}

// begunAlike tells that line i begins a paragraph as the one before does, which is one line: what goes on below stands to the left
// of both, or to the right as what goes on above.
func (l *pdfLayout) begunAlike(i int, em float64) bool {
	if i+1 == len(l.lines) || l.down(i+1) < -0.3 || l.down(i+1) > l.gap() {
		return false
	}
	dx := l.lines[i+1].left - l.lines[i].left
	return dx < -em || dx > em && i > 1 && math.Abs(l.lines[i-2].left-l.lines[i+1].left) < em
}

// resized tells a line whose letters are all larger than those of the one before, or all smaller.
func (l *pdfLayout) resized(i int) bool {
	p, q := &l.lines[i-1], &l.lines[i]
	return q.least > p.size*l.loose || p.least > q.size*l.loose
}

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}
