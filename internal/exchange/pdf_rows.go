package exchange

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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
	rows := r.pdfRows(t, opt)
	r.note("pictures", t.pictures)
	r.note("unreadpages", t.unread)
	r.note("hung", t.hung)
	return rows, nil
}

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
			if n := cut[i]; n > 0 {
				shown = append(shown, l.text[:n])
				lefts = append(lefts, l.left+(l.right-l.left)*float64(n+1)/float64(utf8.RuneCountInString(l.text)))
			}
		}
		kept := make([]pdfLine, 0, len(t.lines))
		for i, l := range t.lines {
			n := cut[i]
			if n == 0 {
				kept = append(kept, l)
			} else if inside {
				rest := strings.TrimLeft(l.text[n:], " \t")
				n = len(l.text) - len(rest)
				for k := range l.anchors {
					l.anchors[k].at = max(0, l.anchors[k].at-n)
				}
				l.text, l.left = rest, share(lefts, 0.5) // where the words of a row begin nobody has measured
				kept = append(kept, l)
			}
		}
		t.lines = kept
		r.note("linenumbers", len(shown), "text", strings.Join(shown[:3], ", ")+" …")
		return
	}
}

// lineNumbers gives the lengths of the numbers of rows, by line; nil where there are none. A list or a table has other rows
// between its numbers, and hardly twenty rows of one number each that fill the pages.
func (t *pdfText) lineNumbers(inside bool) map[int]int {
	cut := map[int]int{}
	step, last, rows := 0, 0, 0
	for from := 0; from < len(t.lines); {
		to := from
		left, right := math.Inf(1), 0.0
		var heights []float64
		for ; to < len(t.lines) && t.lines[to].page == t.lines[from].page; to++ {
			l := &t.lines[to]
			if strings.ContainsFunc(l.text, unicode.IsLetter) {
				left, right = min(left, l.left), max(right, l.right)
				heights = append(heights, l.base)
			}
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
			alone := n == len(l.text) && (l.right <= left+1 || l.left >= right-1)
			if n > 0 && (!inside && alone || inside && n < len(l.text) && l.text[n] == ' ') {
				found = append(found, number{i, value, n})
			}
		}
		slices.SortStableFunc(found, func(a, b number) int { return cmp.Compare(t.lines[b.line].base, t.lines[a.line].base) })
		for k, x := range found {
			if step == 0 && len(found) > 1 {
				step = found[1].value - found[0].value
			}
			anew := k == 0 && (x.value == step || x.value == 1)
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
	if len(cut) < 3 || numbered < 20 || numbered*5 < rows*4 || numbered > rows*2 {
		return nil
	}
	return cut
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

// joinRaised puts what stands raised or lowered beside a word, as the number of a note does, into the line that it belongs to, and
// what goes on after it; PDFium makes lines of them.
func (t *pdfText) joinRaised() {
	var out []pdfLine
	raised := false // the last of out ends with one
	for _, q := range t.lines {
		if len(out) == 0 || out[len(out)-1].page != q.page {
			out, raised = append(out, q), false
			continue
		}
		p := &out[len(out)-1]
		gap := (q.left - p.right) / max(p.size, q.size, 1)
		between := ""
		switch {
		case p.hyphen || gap < -0.15 || gap > 0.4:
			out, raised = append(out, q), false
			continue
		case beside(*p, q):
			raised = true
		case raised && math.Abs(p.base-q.base) < 0.05*p.size || beside(q, *p):
			if gap > 0.15 || beside(q, *p) { // or the number stands before the note's own words
				between = " "
			}
			raised = false
		default:
			out, raised = append(out, q), false
			continue
		}
		at := len(p.text) + len(between)
		for _, a := range q.anchors {
			p.anchors = append(p.anchors, anchor{at + a.at, a.comment, a.stop})
		}
		p.text += between + q.text
		p.right, p.hyphen = q.right, q.hyphen
		if q.size > p.size {
			p.base, p.size = q.base, q.size
		}
	}
	t.lines = out
}

// beside tells a few small letters that stand raised or lowered from a line.
func beside(line, small pdfLine) bool {
	up := (small.base - line.base) / max(line.size, 1)
	return small.size < 0.8*line.size && up > -0.3 && up < 0.8 && !strings.Contains(small.text, " ") && utf8.RuneCountInString(small.text) <= 6
}

// accents that stand as characters of their own in files of TeX, with what they are on a letter.
var accents = map[rune]rune{'´': '\u0301', '`': '\u0300', 'ˆ': '\u0302', '¨': '\u0308', '˜': '\u0303', '¸': '\u0327', 'ˇ': '\u030C', '˚': '\u030A', '¯': '\u0304'}

// mendAccents puts accents back on their letters where a file drew them apart, and makes letters of ligatures.
func (r *Reading) mendAccents(t *pdfText) {
	n := 0
	for i := range t.lines {
		s := t.lines[i].text
		if isASCII(s) && strings.IndexByte(s, '`') < 0 {
			continue
		}
		var out []rune
		in := []rune(s)
		made := make([]int, len(in)+1) // runes of out before each of in
		for k := 0; k < len(in); k++ {
			c := in[k]
			made[k] = len(out)
			if c >= 0xFB00 && c <= 0xFB06 {
				out = append(out, []rune(norm.NFKC.String(string(c)))...)
				n++
				continue
			}
			if mark, ok := accents[c]; ok && k+1 < len(in) && (c != '`' || k > 0 && unicode.IsLetter(in[k-1])) {
				base := in[k+1]
				if base == 'ı' {
					base = 'i'
				}
				if one := []rune(norm.NFC.String(string([]rune{base, mark}))); len(one) == 1 {
					k++
					made[k] = len(out)
					out = append(out, one[0])
					n++
					continue
				}
			}
			if unicode.Is(unicode.Mn, c) && len(out) > 0 {
				if one := []rune(norm.NFC.String(string([]rune{out[len(out)-1], c}))); len(one) == 1 {
					out[len(out)-1] = one[0]
					n++
					continue
				}
			}
			out = append(out, c)
		}
		made[len(in)] = len(out)
		for j := range t.lines[i].anchors {
			a := &t.lines[i].anchors[j]
			a.at = len(string(out[:made[utf8.RuneCountInString(s[:a.at])]]))
		}
		t.lines[i].text = string(out)
	}
	r.note("accents", n)
}

// A pdfLayout is what the lines of a document have in common.
type pdfLayout struct {
	lines  []pdfLine
	head   []bool     // a speaker, a time, or what comes after one that stands alone
	item   []bool     // of a list: it has the number after the one of another, or the same dash as another
	pitch  float64    // from line to line inside a paragraph, of the letters' height
	middle float64    // between two columns, if there are any
	edge   [2]float64 // how far lines go to the right, in the left and the right half
	loose  float64    // how much taller letters are at least that are set larger
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
				rows = append(rows, row{text: text.String(), para: true})
				rows[len(rows)-1].hang(anchors)
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
		if l.lines[len(l.lines)-1].hyphen {
			text.WriteByte('-')
		}
		rows = append(rows, row{text: text.String(), para: true})
		rows[len(rows)-1].hang(anchors)
	}
	r.note("hyphens", hyphens)
	if joined := len(l.lines) - len(rows); joined > 0 {
		r.note("linesjoined", joined)
	}
	return rows
}

func layoutOf(lines []pdfLine, opt Options) *pdfLayout {
	l := &pdfLayout{lines: lines, head: make([]bool, len(lines)+3), item: itemsOf(lines), run: make([]float64, len(lines)), pitch: 1.2, loose: 1.2}
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
	uneven := 0
	for i := range lines {
		if i > 0 && l.resized(i) {
			uneven++
		}
		rights = append(rights, lines[i].right)
		lefts = append(lefts, lines[i].left)
		if d := l.down(i); d > 0.6 && d < 4 {
			pitches = append(pitches, d)
		}
	}
	if uneven*10 > len(lines) {
		l.loose = 1.45 // a font that doesn't say how tall it is: only the letters at both ends are measured
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
	return l
}

// itemsOf finds the lines that begin an item of a list. One number alone may be the end of a sentence ("in May of\n12. Then"), and a
// dash too: only what goes on below, as far to the left, is a list.
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
	return item
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
	goesOn := unicode.IsLower(firstRune(q.text)) && !strings.ContainsRune(".?!:…", lastRune(strings.TrimRight(p.text, "”’\"')]»")))
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
	if n < 2 || math.Abs(dx) < em || !near {
		return false // the second line of a paragraph may stand to the left or to the right of the first
	}
	return true
}

// resized tells a line in letters of another size than the one before.
func (l *pdfLayout) resized(i int) bool {
	p, q := l.lines[i-1].size, l.lines[i].size
	return q > p*l.loose || p > q*(l.loose+0.05)
}

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}

// closeUp tells where lines are joined without a space: after a dash or a stroke without one, and in scripts that have none.
func closeUp(before, after string) bool {
	z, size := utf8.DecodeLastRuneInString(before)
	switch z {
	case '—', '–', '/':
		return len(before) > size && before[len(before)-size-1] != ' '
	}
	return unspaced(z) && unspaced(firstRune(after))
}

func unspaced(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || c >= 0x3000 && c < 0x3020 || c >= 0xFF00 && c < 0xFF60
}

// knownWords are the words by which hyphens at the ends of lines are judged: true for those that the document has inside
// its lines, false for the others that are asked for.
type knownWords map[string]bool

func hyphenWords(lines []pdfLine) knownWords {
	all := knownWords{}
	for i := range lines[:max(0, len(lines)-1)] {
		if !lines[i].hyphen {
			continue
		}
		if left, right, ok := halves(lines[i].text, lines[i+1].text); ok {
			all[left+"-"+right], all[left+right] = false, false
			left, right = inner(left, right)
			all[left], all[right] = false, false
		}
	}
	if len(all) == 0 {
		return nil
	}
	for i := range lines {
		fields := strings.Fields(lines[i].text)
		if lines[i].hyphen && len(fields) > 0 {
			fields = fields[:len(fields)-1]
		}
		if i > 0 && lines[i-1].hyphen && len(fields) > 0 {
			fields = fields[1:]
		}
		for _, w := range fields {
			w = bareWord(w)
			if known, asked := all[w]; asked && !known {
				all[w] = true
			}
		}
	}
	return all
}

func bareWord(w string) string {
	return strings.ToLower(strings.TrimFunc(w, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }))
}

// halves are the words on both sides of a hyphen at a line's end; ok where they can be one word.
func halves(before, after string) (left, right string, ok bool) {
	b := before[strings.LastIndexAny(before, " \t")+1:]
	a := after
	if cut := strings.IndexAny(a, " \t"); cut >= 0 {
		a = a[:cut]
	}
	if !unicode.IsLower(firstRune(a)) || !unicode.IsLetter(lastRune(b)) {
		return "", "", false
	}
	return bareWord(b), bareWord(a), true
}

// inner are the parts of both words next to the hyphen, where they have further ones.
func inner(left, right string) (string, string) {
	left = left[strings.LastIndexByte(left, '-')+1:]
	right, _, _ = strings.Cut(right, "-")
	return left, right
}

// mend tells whether the hyphen between two lines is the typesetter's. "in-" and "formasi" were one word; "anak-" and
// "anak" or "non-" and "OECD" have a hyphen of their own. What the document writes elsewhere decides first.
func (k knownWords) mend(before, after string) bool {
	left, right, ok := halves(before, after)
	switch {
	case !ok || k[left+"-"+right]:
		return false
	case k[left+right]:
		return true
	}
	left, right = inner(left, right)
	doubled := utf8.RuneCountInString(left) >= 3 && (strings.HasPrefix(right, left) || strings.HasSuffix(left, right) && len(right) >= 3 || strings.HasSuffix(right, left))
	whole := utf8.RuneCountInString(left) >= 3 && utf8.RuneCountInString(right) >= 3 && k[left] && k[right]
	return !doubled && !whole
}
