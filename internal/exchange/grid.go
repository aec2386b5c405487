package exchange

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A grid is a table while it is read: where its cells end among the rows, and its lines among the cells.
type grid struct {
	from   int // the first row of its first cell
	cells  []int
	lines  []int
	nested bool // it holds another, so its cells are no plain words
	open   bool // html: a cell has begun
}

// Limits of tables.
const (
	maxGrids   = 64 // inside each other; those deeper are not looked at
	maxColumns = 8  // of a transcript
)

func (f *flow) openGrid() {
	if n := len(f.grids); n > 0 {
		f.grids[n-1].nested = true
		if n == maxGrids {
			f.deeper++
			return
		}
	}
	f.grids = append(f.grids, grid{from: len(f.rows)})
}

// grid is the innermost open table; nil for none.
func (f *flow) grid() *grid {
	if len(f.grids) == 0 || f.deeper > 0 {
		return nil
	}
	return &f.grids[len(f.grids)-1]
}

func (f *flow) endCell() {
	if g := f.grid(); g != nil {
		g.cells = append(g.cells, len(f.rows))
	}
}

func (f *flow) endLine() {
	g := f.grid()
	if g == nil {
		return
	}
	first := 0
	if n := len(g.lines); n > 0 {
		first = g.lines[n-1]
	}
	if first == len(g.cells) {
		return
	}
	g.lines = append(g.lines, len(g.cells))
	// What stands in one line of a table is no label or time of what stands in the next. One cell is only a frame.
	if at := g.start(first); at < len(f.rows) && len(g.cells)-first > 1 {
		f.rows[at].line = true
	}
}

// start is where a cell's rows begin.
func (g *grid) start(cell int) int {
	if cell == 0 {
		return g.from
	}
	return g.cells[cell-1]
}

// shutGrid ends the innermost table. One that is a transcript is read line by line.
func (f *flow) shutGrid() {
	if f.deeper > 0 {
		f.deeper--
		return
	}
	g := f.grid()
	if g == nil {
		return
	}
	f.grids = f.grids[:len(f.grids)-1]
	if g.nested || len(g.lines) < 2 {
		return
	}
	t := &talkTable{who: -1, said: -1, from: -1, to: -1, number: -1}
	for i, stop := range g.lines {
		first := 0
		if i > 0 {
			first = g.lines[i-1]
		}
		var line [][]row
		for c := first; c < stop; c++ {
			line = append(line, f.rows[g.start(c):g.cells[c]])
		}
		t.lines = append(t.lines, line)
	}
	if !t.judge() {
		return
	}
	rows := t.rows()
	f.rows = append(f.rows[:g.from], rows...)
	f.counts["tables"]--
	f.counts["talktables"]++
	f.counts["rownumbers"] += t.numbers
	f.resume = true
}

// A talkTable is a table that may be a transcript, and which of its columns has what, -1 for none.
type talkTable struct {
	lines                       [][][]row // line, cell, rows of the cell
	who, said, from, to, number int
	width                       int
	headed                      bool // the first line says what the columns are
	numbers                     int  // left out
}

// words is a cell on one row.
func words(cell []row) string {
	switch len(cell) {
	case 0:
		return ""
	case 1:
		return strings.TrimSpace(strings.TrimSuffix(cell[0].text, glue))
	}
	return strings.ReplaceAll(wordsOf(cell), "\n", " ")
}

func isTime(s string) bool {
	if len(s) > 40 || !hasClock(s) {
		return false
	}
	st := stamped(s)
	return st != nil && st.alone
}

// judge finds out whether the table is a transcript: one column holds few different labels that come back again and
// again, and one right of it what they say. In doubt it is none.
func (t *talkTable) judge() bool {
	widths := map[int]int{}
	for _, line := range t.lines {
		if n := len(line); n <= maxColumns {
			widths[n]++
			if widths[n] > widths[t.width] {
				t.width = n
			}
		}
	}
	if t.width < 2 || widths[t.width] < 2 || widths[t.width]*4 < len(t.lines)*3 {
		return false
	}
	var full [][]string
	for _, line := range t.lines {
		if len(line) != t.width {
			continue
		}
		var texts []string
		for _, cell := range line {
			texts = append(texts, words(cell))
		}
		full = append(full, texts)
	}
	t.headed = false
	for c := range t.width {
		times, numbers, filled, last := 0, 0, 0, ""
		for _, texts := range full[1:] {
			s := texts[c]
			if s == "" {
				continue
			}
			filled++
			digits := strings.TrimRight(s, ".)")
			switch {
			case isTime(s):
				times++
			case isNumber(digits) && (len(digits) > len(last) || len(digits) == len(last) && digits > last):
				numbers++
				last = digits
			}
		}
		first := full[0][c]
		switch {
		case filled*2 < len(full)-1:
		case times == filled && t.from < 0:
			t.from = c
			t.headed = t.headed || first != "" && !isTime(first)
		case times == filled && t.to < 0:
			t.to = c
		case numbers == filled && t.number < 0:
			t.number = c
			t.headed = t.headed || first != "" && !isNumber(strings.TrimRight(first, ".)"))
		}
	}
	for c := range t.width - 1 {
		if c == t.from || c == t.to || c == t.number {
			continue
		}
		if said := t.longest(c, full); said >= 0 && (len(full) > 3 && t.speaks(c, said, full) || t.told(c, said, full)) {
			return true
		}
	}
	return false
}

// longest is the column right of another that has most words, -1 where none has any.
func (t *talkTable) longest(who int, full [][]string) int {
	said, most := -1, 0
	for c := who + 1; c < t.width; c++ {
		size := 0
		for _, texts := range full {
			size += len(texts[c])
		}
		if c != t.from && c != t.to && c != t.number && size > most {
			said, most = c, size
		}
	}
	return said
}

// speaks tells whether a column says who speaks.
func (t *talkTable) speaks(who, said int, full [][]string) bool {
	counts := map[string]int{}
	for _, texts := range full {
		if l := labelOf(texts[who]); l != "" {
			counts[l]++
		}
	}
	first, about := full[0][who], strings.ToLower(full[0][who])
	told := talkHeads[about] || talkHeads[strings.ToLower(full[0][said])]
	headed := t.headed || told || labelHeads[about] || counts[labelOf(first)] == 1 && !isSentence(full[0][said]) && roleOf(about) == ""
	if headed {
		if !told && !labelHeads[about] && notSpeakers[about] {
			return false
		}
		counts[labelOf(first)]--
		full = full[1:]
	}
	n, once, again, changes, sentences, known, before := 0, 0, 0, 0, 0, false, ""
	for _, texts := range full {
		if isSentence(texts[said]) {
			sentences++
		}
		s := texts[who]
		if s == "" {
			continue
		}
		l := labelOf(s)
		if c := firstRune(l); !unicode.IsLetter(c) || !likeLabel(l) || strings.ContainsAny(l, "?!:;") || answers[strings.ToLower(l)] {
			return false
		}
		n++
		known = known || roleOf(strings.ToLower(l)) != "" && utf8.RuneCountInString(l) > 1 || diarized.MatchString(l)
		if l != before && before != "" {
			changes++
		}
		before = l
	}
	labels := 0
	for _, k := range counts {
		switch {
		case k == 1:
			once++
		case k > 1:
			again++
		}
		if k > 0 {
			labels++
		}
	}
	switch {
	case again < 2, labels*2 > n, once*4 > n, n*2 < len(full), !told && sentences*3 < len(full):
		return false
	case !told && !known && t.from < 0 && (changes*2 < n-1 || labels > 2 && labels*3 > n):
		return false // may be anything that is sorted into kinds
	}
	t.who, t.said, t.headed = who, said, headed
	return true
}

// told tells it of few lines: the heads say so, or all labels end in a colon, are like those of an interview and somebody asks or
// speaks in sentences.
func (t *talkTable) told(who, said int, full [][]string) bool {
	headed := speakerHeads[strings.ToLower(full[0][who])] && saidHeads[strings.ToLower(full[0][said])]
	if headed {
		full = full[1:]
	}
	labels, asked, sentences, known := map[string]bool{}, false, 0, false
	for _, texts := range full {
		l, words := labelOf(texts[who]), strings.TrimSpace(texts[said])
		low := strings.ToLower(l)
		if c := firstRune(l); words == "" || !unicode.IsLetter(c) || !likeLabel(l) || strings.ContainsAny(l, "?!:;") || answers[low] || noSpeaker(l) {
			return false
		}
		role := roleOf(low) != "" && utf8.RuneCountInString(l) > 1
		if !headed && (!hasColon(texts[who]) || !role && !diarized.MatchString(l) && !(isCode(l) && len(l) <= 3)) {
			return false
		}
		labels[l] = true
		known = known || role
		asked = asked || strings.HasSuffix(words, "?") || strings.HasSuffix(words, "？")
		sentences += boolInt(isSentence(words))
	}
	if len(full) < 2 || !headed && (len(labels) < 2 || !asked && !(known && sentences == len(full))) {
		return false
	}
	t.who, t.said, t.headed = who, said, headed
	return true
}

func labelOf(s string) string { return cleanLabel(strings.TrimRight(s, " :：")) }

// isSentence tells words that somebody may say from a heading, a name or a figure.
func isSentence(s string) bool {
	s = strings.TrimRight(s, `"”’) `)
	return strings.ContainsFunc(s, unicode.IsLetter) && (strings.ContainsRune(".?!…。？！", lastRune(s)) || strings.Count(s, " ") > 6)
}

const (
	speakerWords = "penutur,pembicara,speaker,speakers,pewicara"
	saidWords    = "ujaran,ucapan,tuturan,percakapan,dialog,dialogue,transkrip,transcript,transkripsi,transcription,utterance,speech,words,verbatim," +
		"teks ujaran,spoken text"
)

var (
	// speakerHeads stand above who speaks, saidHeads above what is said: both together only in a transcript.
	speakerHeads = set(speakerWords)
	saidHeads    = set(saidWords + ",text,teks")
	// talkHeads stand above a column only in a transcript, labelHeads also in other tables.
	talkHeads  = set(speakerWords + ",who,siapa," + saidWords)
	labelHeads = set("nama,name,inisial,initials,subjek,subject,oleh,partisipan,participant,peran,role,pelaku,sumber")
	// answers come back again and again beside questions, which then are not what they say.
	answers = set("ya,tidak,yes,no,ada,tidak ada,belum,sudah,setuju,tidak setuju,sangat setuju,baik,sangat baik,cukup,kurang,buruk,tinggi,sedang,rendah,high,medium,low,good,fair,poor,agree,disagree,benar,salah,true,false,ok,oke,done,selesai,lengkap,laki-laki,perempuan,pria,wanita,male,female,open,closed,senin,selasa,rabu,kamis,jumat,jum'at,sabtu,minggu,ahad,monday,tuesday,wednesday,thursday,friday,saturday,sunday,n/a")
)

// rows reads the table line by line.
func (t *talkTable) rows() []row {
	var out []row
	for i, line := range t.lines {
		switch {
		case len(line) != t.width:
			out = append(out, nobodys(slices.Concat(line...))...)
		case t.headed && len(out) == 0 && i == t.first():
			out = append(out, joined(line))
		default:
			out = append(out, t.line(line)...)
		}
	}
	return out
}

// first is the first line that has all columns.
func (t *talkTable) first() int {
	return slices.IndexFunc(t.lines, func(line [][]row) bool { return len(line) == t.width })
}

// nobodys makes rows a passage of nobody's.
func nobodys(rows []row) []row {
	if len(rows) > 0 {
		rows[0].fresh, rows[0].para = true, true
	}
	return rows
}

// joined is the row that says what the columns are.
func joined(line [][]row) row {
	one := row{para: true, fresh: true, line: true}
	for _, cell := range line {
		for _, r := range cell {
			if one.text != "" {
				one.text += "\t"
			}
			if r.more != nil {
				for _, a := range r.more.anchors {
					one.hang([]anchor{{a.at + len(one.text), a.comment, a.stop}})
				}
			}
			one.text += strings.TrimSpace(strings.TrimSuffix(r.text, glue))
		}
	}
	return one
}

// line is one line: who speaks and when, what is said, and whatever else is noted as nobody's words.
func (t *talkTable) line(line [][]row) []row {
	text := func(c int) string {
		if c < 0 {
			return ""
		}
		return words(line[c])
	}
	top := row{para: true, line: true}
	for _, c := range []int{t.number, t.from, t.to, t.who} {
		if c < 0 {
			continue
		}
		for _, r := range line[c] {
			if r.more != nil {
				top.hang(r.more.anchors)
				if r.more.mark != "" {
					top.extra().mark = r.more.mark
				}
			}
		}
	}
	number, who := text(t.number), text(t.who)
	if number != "" {
		t.numbers++
	}
	h := &head{label: labelOf(who), alone: true, cell: true, from: -1, to: -1, rest: who}
	stamp := text(t.from)
	if to := text(t.to); stamp != "" && to != "" {
		stamp += " - " + to
	}
	if stamp != "" {
		h.timed(stamp)
	}
	var out []row
	if stamp != "" || who != "" {
		top.text = strings.TrimSpace(stamp + "\t" + who)
		top.fresh = who != ""
		h.lead = strings.TrimSpace(number + "\t" + stamp + "\t")
		top.extra().head = h
		if top.more.anchors != nil {
			atEnd(top.more.anchors, len(top.text))
		}
		out = append(out, top)
	}
	said := line[t.said]
	if len(said) > 0 {
		said[0].para = true
		if len(out) == 0 {
			said[0].line = true
			if top.more != nil {
				said[0].hang(atEnd(top.more.anchors, 0))
			}
		}
		out = append(out, said...)
	}
	for c, cell := range line {
		if c != t.number && c != t.from && c != t.to && c != t.who && c != t.said {
			out = append(out, nobodys(cell)...)
		}
	}
	return out
}

// told is the head of a line of a table whose label is taken for a speaker's.
func (h *head) told() *head {
	one := *h
	one.lead, one.rest = h.lead+"\t"+h.rest, ""
	return &one
}

// untold is the head of a line of a table whose label stays words; nil where it has no time.
func (h *head) untold() *head {
	if !h.stamped {
		return nil
	}
	one := *h
	one.label, one.alone = "", h.rest == ""
	return &one
}
