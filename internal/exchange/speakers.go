package exchange

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A census counts the labels a file seems to have, before it is decided who speaks.
type census struct {
	rows   int // rows with words
	bare   int // paragraphs, or cues, without a label, after the first that has one
	cues   bool
	counts map[string]*labelCount
	order  []string
}

type labelCount struct {
	n, stamped, boxed int // boxed: a time in brackets
	first             *head
	at                int  // the first one's row
	begins            bool // and that row begins a paragraph
}

// takeCensus reads the head of every row.
func takeCensus(rows []row) ([]*head, *census) {
	heads := make([]*head, len(rows))
	c := &census{rows: len(rows), counts: map[string]*labelCount{}}
	for i := 0; i < len(rows); i++ {
		if rows[i].apart {
			continue
		}
		if more := rows[i].more; more != nil && more.head != nil {
			if heads[i] = more.head; more.head.label != "" {
				c.add(more.head, i, rows[i].para)
			}
			continue
		}
		next := ""
		if i+1 < len(rows) && !rows[i+1].line {
			next = rows[i+1].text
		}
		h := labelled(rows[i].text, next)
		if h == nil && i > 0 && !rows[i].line {
			h = below(rows[i-1].text, rows[i].text)
		}
		if h == nil {
			if rows[i].para && len(c.order) > 0 && (heads[i-1] == nil || !heads[i-1].alone) {
				c.bare++
			}
			continue
		}
		heads[i] = h
		c.add(h, i, rows[i].para)
	}
	return heads, c
}

func (c *census) add(h *head, at int, begins bool) {
	n := c.counts[h.label]
	if n == nil {
		if len(c.counts) >= 5000 {
			return
		}
		n = &labelCount{first: h, at: at, begins: begins}
		c.counts[h.label] = n
		c.order = append(c.order, h.label)
	}
	n.n++
	if h.stamped || h.after || h.cell {
		n.stamped++
	}
	if h.stamped && !isDigit(h.stamp[0]) {
		n.boxed++
	}
}

// speakers decides which labels are speakers. A label in an interview comes again and again; "Catatan:" in field notes,
// "Tanggal:" at the top or a sentence with a colon doesn't. In doubt a label stays words of the text: that loses nothing.
func (c *census) speakers(labels map[string]string) map[string]bool {
	out := map[string]bool{}
	total := 0
	for _, l := range c.order {
		total += c.counts[l].n
	}
	share := func(n int) float64 { return float64(n) / float64(max(c.rows, 1)) }
	repeated := false
	for _, l := range c.order {
		n, low := c.counts[l], strings.ToLower(l)
		words := len(strings.Fields(l))
		upper := !unicode.IsLower(firstRune(l)) // also in scripts that have no capitals
		ok := false
		switch {
		case notSpeakers[low]:
			ok = n.n >= 8 && share(n.n) >= 0.3
		case roleOf(low) != "" && len([]rune(l)) > 1:
			ok = n.n >= 2 || total >= 2 && upper
		case n.stamped > 0:
			ok = n.n >= 2 && upper && !n.first.loose || n.n >= 4
		case isCode(l):
			ok = n.n >= 2
		case diarized.MatchString(l):
			ok = total >= 2
		case !upper:
			ok = words == 1 && n.n >= 4 && share(n.n) >= 0.15
		default:
			ok = n.n >= 4 || n.n >= 3 && (words <= 3 || share(n.n) >= 0.05) || n.n >= 2 && words <= 2 && share(total) >= 0.3
		}
		if ok {
			out[l] = true
			repeated = repeated || n.n >= 2 || roleOf(low) != ""
		}
	}
	if !repeated {
		out = map[string]bool{}
	}
	if len(out) > 0 {
		c.once(out)
	}
	for from, to := range labels {
		if to == "" {
			delete(out, from)
		} else {
			out[from] = true
		}
	}
	return out
}

// once adds who speaks once among others who speak often: a code, a name with a time where they have times, and a name where nearly
// every paragraph has a label.
func (c *census) once(out map[string]bool) {
	n, stamped, others, bare, start := 0, 0, 0, c.bare, math.MaxInt
	for _, l := range c.order {
		one := c.counts[l]
		switch {
		case out[l]:
			n += one.n
			stamped += one.stamped
			start = min(start, one.at)
		case noSpeaker(l) || !c.cues && !likeName(l):
			bare += one.n
		default:
			others += one.n
		}
	}
	nearly, few := others <= n && bare*10 <= n+others, bare*50 <= n+others
	for _, l := range c.order {
		one := c.counts[l]
		if out[l] || noSpeaker(l) {
			continue
		}
		name := likeName(l)
		ok := false
		switch {
		case isCode(l):
			ok = true
		case one.stamped == one.n:
			ok = (name || one.first.loose) && stamped*2 >= n || name && one.first.colon && one.boxed > 0
		case !nearly || !one.begins || one.at < start:
		case c.cues:
			ok = few
		case name && !ordinary(l) && !isQuote(one.first.rest):
			ok = few || strings.Contains(l, " ") // one word may be the first of a sentence
		}
		if ok {
			out[l] = true
		}
	}
}

// turns is about how many turns there will be.
func (c *census) turns(taken map[string]bool) int {
	n := 16
	for _, l := range c.order {
		if taken[l] {
			n += c.counts[l].n
		}
	}
	return n
}

// diarized is how programs call the voices that they tell apart.
var diarized = regexp.MustCompile(`^(?i:speaker|pembicara)[ _]\d{1,3}$`)

// isCode tells a short code: RY, P04, W-1, INT.
func isCode(l string) bool {
	if len(l) > 6 {
		return false
	}
	letters := 0
	for _, c := range l {
		switch {
		case unicode.IsUpper(c):
			letters++
		case unicode.IsDigit(c), c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return letters > 0
}

// assemble makes turns of rows: who speaks, since when, and which words.
func (r *Reading) assemble(rows []row, opt Options) {
	heads, c := takeCensus(rows)
	taken := map[string]bool{}
	if !opt.NoSpeakers {
		taken = c.speakers(opt.Labels)
	}
	r.listPossible(c, taken)
	b := builder{opt: opt, f4: -1, boxed: endBoxed(rows), turns: make([]Turn, 0, c.turns(taken))}
	for i := 0; i < len(rows); i++ {
		h := heads[i]
		switch {
		case h != nil && taken[h.label]:
			if h.cell {
				h = h.told()
			}
		case opt.NoTimes:
			h = nil
		case h != nil && h.cell:
			h = h.untold()
		default:
			h = stamped(rows[i].text)
		}
		if h != nil && h.twoRows && rows[i+1].more != nil {
			rows[i].hang(atEnd(rows[i+1].more.anchors, len(rows[i].text)))
		}
		b.row(rows[i], h, len(taken) > 0)
		if h != nil && h.twoRows {
			i++
		}
		if len(b.turns) > MaxTurns {
			break // refused in the end: no need to make more of them
		}
	}
	b.end()
	if n := len(b.turns); n > 0 && len(b.waiting) > 0 {
		last := &b.turns[n-1]
		last.anchors = append(last.anchors, atEnd(b.waiting, len(last.Text))...)
	}
	r.Turns = b.turns
	r.note("listmarks", b.marked)
	r.note("numbering", b.unmarked)
	r.Speakers = b.speakers
	r.note("emptyturns", b.empty)
}

// endBoxed tells whether rows end in times in brackets as a rule, as f4 and MAXQDA write them when told so. A time in
// brackets now and then is part of what somebody wrote.
func endBoxed(rows []row) bool {
	n, last := 0, int64(-1)
	for _, one := range rows {
		end := strings.TrimRight(one.text, " \t")
		if !strings.HasSuffix(end, "]") || len(end) < 10 {
			continue
		}
		m := boxTail.FindStringSubmatch(tail(end, 24))
		if m == nil || strings.TrimSpace(one.text) == m[1] {
			continue
		}
		ms, _, ok := parseStamp(m[1])
		if !ok || ms < last {
			return false
		}
		n, last = n+1, ms
	}
	return n >= 2 && n*4 >= len(rows)
}

type builder struct {
	opt      Options
	turns    []Turn
	text     roll
	cur      Turn
	open     bool
	pending  string // what the file had around turns without words
	empty    int
	f4       int64    // the last closing time, where the next turn starts; -1
	boxed    bool     // rows end in times in brackets
	timeOnly bool     // the open turn was begun by a time alone
	waiting  []anchor // of turns without words
	marked   int      // marks of lists written into the text
	unmarked int      // and left out, before labels
	label    string

	speakers []Speaker // labels with where they come from
}

// row adds one row; h is its head, if it has one.
func (b *builder) row(w row, h *head, speakers bool) {
	text := w.text
	switch {
	case w.apart, w.fresh && (h == nil || h.label == "" && !h.alone):
		b.end()
		b.begin()
		b.label = ""
		if h != nil {
			b.before(h.lead)
			b.cur.FromMS, b.cur.ToMS = h.from, h.to
			text = h.rest
		}
	case h != nil && h.label != "":
		from, to := int64(-1), int64(-1)
		if b.open && b.timeOnly && b.text.Len() == 0 { // the time above is its
			from, to = b.cur.FromMS, b.cur.ToMS
		}
		b.end()
		b.begin()
		b.before(h.lead)
		b.cur.FromMS, b.cur.ToMS = from, to
		b.cur.Label = b.speaker(h.label)
		b.label = b.cur.Label
		text = h.rest
		if h.stamped {
			if b.opt.NoTimes {
				b.cur.lead = strings.Replace(b.cur.lead, h.stamp, "", 1)
				text = strings.TrimSpace(h.stamp) + " " + strings.TrimSpace(text)
			} else {
				b.cur.FromMS, b.cur.ToMS = h.from, h.to
			}
		}
	case h != nil:
		// A time alone: it belongs to the label above, or begins a turn of whoever speaks.
		if !b.open || b.text.Len() > 0 || b.cur.FromMS >= 0 {
			b.end()
			b.begin()
			b.cur.Label = b.label
		}
		b.before(h.lead)
		b.cur.FromMS, b.cur.ToMS = h.from, h.to
		b.timeOnly = b.text.Len() == 0
		text = h.rest
	case !b.open:
		b.begin()
		b.cur.Label = b.label // after a closing time, whoever spoke goes on
	case w.para && (!speakers || b.label == "") && b.text.Len() > 0:
		b.end()
		b.begin()
	}
	cut, put := 0, 0 // bytes of the row that are no words of the turn, and bytes before them that are not the row's
	if h != nil {
		cut = max(0, len(w.text)-len(h.rest))
		put = len(text) - len(h.rest)
	}
	if w.more != nil && w.more.mark != "" {
		if h != nil && h.label != "" {
			b.before(w.more.mark)
			b.unmarked++
		} else {
			text = w.more.mark + " " + strings.TrimLeft(text, " \t")
			cut, put = len(w.text)-len(strings.TrimLeft(w.text[min(cut, len(w.text)):], " \t")), len(w.more.mark)+1
			b.marked++
		}
	}
	tail := ""
	if end := strings.TrimRightFunc(text, unicode.IsSpace); !b.opt.NoTimes && (strings.HasSuffix(end, "#") || b.boxed && strings.HasSuffix(end, "]")) {
		m := stampTail.FindStringSubmatchIndex(text)
		if m == nil && b.boxed {
			m = boxTail.FindStringSubmatchIndex(text)
		}
		if m != nil && (m[0] > 0 || strings.HasSuffix(end, "#")) {
			if ms, _, ok := parseStamp(text[m[2]:m[3]]); ok {
				tail, text = text[m[0]:], text[:m[0]]
				b.cur.ToMS = ms
			}
		}
	}
	if strings.TrimSpace(text) != "" {
		if b.text.Len() > 0 {
			if w.soft {
				b.text.WriteByte(' ')
			} else {
				b.text.WriteByte('\n')
			}
		}
		if w.more != nil {
			for _, a := range w.more.anchors {
				b.cur.anchors = append(b.cur.anchors, anchor{b.text.Len() + min(max(a.at-cut, 0)+put, len(text)), a.comment, a.stop})
			}
		}
		b.text.WriteString(text)
	} else if w.more != nil {
		b.cur.anchors = append(b.cur.anchors, atEnd(w.more.anchors, b.text.Len())...)
	}
	if tail != "" {
		b.cur.trail = tail
		if b.cur.FromMS < 0 {
			b.cur.FromMS = max(b.f4, 0)
		}
		if b.cur.ToMS < b.cur.FromMS {
			b.cur.ToMS = -1
		}
		b.f4 = max(b.f4, b.cur.ToMS)
		b.end()
	}
}

// speaker gives the label to show for one in the file, and remembers where it comes from.
func (b *builder) speaker(from string) string {
	label := from
	if to := oneRow(b.opt.Labels[from]); to != "" {
		label = clip(strings.ToValidUTF8(strings.ReplaceAll(to, "\x00", ""), ""), 100)
	}
	for i, s := range b.speakers {
		if s.Label == label {
			if !slices.Contains(s.From, from) && len(s.From) < maxLabels {
				b.speakers[i].From = append(s.From, from)
			}
			return label
		}
	}
	b.speakers = append(b.speakers, Speaker{Label: label, From: []string{from}})
	return label
}

// maxAround bounds what is kept of a file's labels and times around a turn (bytes), which only tests look at: a file of
// nothing but labels must not cost the square of its length.
const maxAround = 4096

func (b *builder) before(lead string) {
	if len(b.cur.lead) < maxAround {
		b.cur.lead += lead
	}
}

func (b *builder) begin() {
	b.cur = Turn{FromMS: -1, ToMS: -1, lead: b.pending, anchors: atEnd(b.waiting, 0)}
	b.pending, b.waiting, b.open, b.timeOnly = "", nil, true, false
}

// end closes the turn; one without words leaves nothing but a note.
func (b *builder) end() {
	if !b.open {
		return
	}
	b.open = false
	if b.cur.ToMS < b.cur.FromMS {
		b.cur.ToMS = -1 // a file whose times run backwards
	}
	raw := b.text.String()
	b.cur.Text = strings.TrimSpace(raw)
	if len(b.cur.anchors) > 0 {
		first := len(raw) - len(strings.TrimLeftFunc(raw, unicode.IsSpace))
		for i := range b.cur.anchors {
			b.cur.anchors[i].at = min(max(b.cur.anchors[i].at-first, 0), len(b.cur.Text))
		}
	}
	b.text.Reset()
	if b.cur.Text == "" {
		b.waiting = b.cur.anchors
		b.pending = b.cur.lead
		if len(b.pending) < maxAround {
			b.pending += b.cur.trail
		}
		if b.cur.Label != "" {
			b.empty++
		}
		return
	}
	b.turns = append(b.turns, b.cur)
}

// listPossible keeps what a person may want to make a speaker after all.
func (r *Reading) listPossible(c *census, taken map[string]bool) {
	for _, l := range c.order {
		n := c.counts[l]
		// One among speakers may be one; a sentence with a colon has more words.
		few := len(taken) > 0 && !noSpeaker(l) && !ordinary(l) && strings.Count(l, " ") < 3
		if taken[l] || n.n < 2 && n.stamped == 0 && !few && !isCode(l) && roleOf(strings.ToLower(l)) == "" {
			continue
		}
		r.Possible = append(r.Possible, Speaker{Label: l, From: []string{l}, Turns: n.n})
	}
	sort.SliceStable(r.Possible, func(i, j int) bool { return r.Possible[i].Turns > r.Possible[j].Turns })
	if len(r.Possible) > 20 {
		r.Possible = r.Possible[:20]
	}
}

// countSpeakers fills Speakers from the turns. Where r.Speakers already has labels, their From is kept.
func (r *Reading) countSpeakers() {
	from := map[string][]string{}
	for _, s := range r.Speakers {
		from[s.Label] = append(from[s.Label], s.From...)
	}
	at := map[string]int{}
	var out []Speaker
	asks := map[string]int{}
	for _, t := range r.Turns {
		if t.Label == "" {
			continue
		}
		i, ok := at[t.Label]
		if !ok {
			i = len(out)
			at[t.Label] = i
			f := from[t.Label]
			if f == nil {
				f = []string{t.Label}
			}
			out = append(out, Speaker{Label: t.Label, From: f})
		}
		out[i].Turns++
		out[i].Words += t.words
		if strings.Contains(t.Text, "?") {
			asks[t.Label]++
		}
	}
	guessRoles(out, asks)
	r.Speakers = out
}

// guessRoles looks at the label first; where labels are silent, the one who asks most and says less is the interviewer.
func guessRoles(s []Speaker, asks map[string]int) {
	known := 0
	for i := range s {
		s[i].GuessRole = roleOf(strings.ToLower(s[i].Label))
		for _, f := range s[i].From {
			if s[i].GuessRole == "" {
				s[i].GuessRole = roleOf(strings.ToLower(f))
			}
		}
		if s[i].GuessRole == Interviewer {
			known++
		}
	}
	if known == 0 && len(s) > 1 {
		words := 0
		for _, p := range s {
			words += p.Words
		}
		best, bestShare := -1, 0.4
		for i, p := range s {
			q := float64(asks[p.Label]) / float64(p.Turns)
			if s[i].GuessRole == "" && q >= bestShare && p.Words*len(s) <= words {
				best, bestShare = i, q
			}
		}
		if best >= 0 {
			s[best].GuessRole = Interviewer
			known = 1
		}
	}
	if known > 0 {
		for i := range s {
			if s[i].GuessRole == "" && !notSpeakers[strings.ToLower(s[i].Label)] {
				s[i].GuessRole = Informant
			}
		}
	}
}

// roleOf knows the usual labels of interviewers and informants in Indonesian and English, with or without a number.
func roleOf(low string) string {
	if name, said, ok := strings.Cut(low, "("); ok { // "Rina (interviewer)", "Interviewer (Rina)"
		return cmp.Or(roleOf(strings.TrimSpace(name)), roleOf(strings.TrimRight(said, ") ")))
	}
	base := strings.TrimRight(low, "0123456789 .-_#")
	switch {
	case slices.Contains(interviewerLabels, base):
		return Interviewer
	case slices.Contains(informantLabels, base):
		return Informant
	case base != low && slices.Contains([]string{"p", "n", "r", "inf", "resp", "part"}, base):
		return Informant
	}
	return ""
}

var (
	interviewerLabels = strings.Split("pewawancara,peneliti,interviewer,researcher,moderator,fasilitator,facilitator,penanya,tanya,pertanyaan,question,int,iv,pwc,enumerator,notulis", ",")
	informantLabels   = strings.Split("narasumber,informan,informant,informants,responden,respondent,partisipan,participant,interviewee,jawab,jawaban,answer,nara sumber,terwawancara,subjek", ",")
	notSpeakers       = set("catatan,note,notes,tanggal,date,lokasi,location,tempat,place,topik,topic,judul,title,waktu,time,jam,durasi,duration,hari,day,nama,name,usia,umur,age,pekerjaan,jabatan,alamat,address,http,https,ket,keterangan,contoh,example,misalnya,misal,yaitu,yakni,jadi,artinya,ps,nb,hasil,result,results,summary,ringkasan,kesimpulan,conclusion,peserta,participants,hadir,kode,code,tema,theme,file,berkas,dokumen,document,bahasa,language,rekaman,recording,transkrip,transcript,e-mail,email,telepon,phone,hp,wa,url,sumber,source,pertama,kedua,ketiga,first,second,third,keempat,kelima,fourth,fifth,terakhir,finally,lastly,pukul,inaudible,crosstalk,unclear,tidak jelas,tertawa,laughter,laughs,musik,music,jeda,pause,maksudnya,singkatnya,intinya,that is,for example,kind,type,version,status,project,proyek,halaman,page,bagian,part,section,bab,agenda,suasana,pengamatan,observation,refleksi,reflection,konteks,context,interviewer note,catatan peneliti,observer note,field note")
)

// noSpeaker tells the words before a colon that name no person, also with a number: "Bagian 2".
func noSpeaker(l string) bool {
	low := strings.ToLower(l)
	base := strings.TrimRight(low, "0123456789 .")
	return notSpeakers[low] || notSpeakers[base] && base != "peserta"
}

// ordinary tells a label of words that are no names of persons.
func ordinary(l string) bool {
	for w := range strings.FieldsSeq(strings.ToLower(l)) {
		if !notNames[w] && !strings.HasSuffix(w, "nya") {
			return false
		}
	}
	return true
}

func isQuote(s string) bool {
	return strings.ContainsRune("\"“„«‘'‚”", firstRune(strings.TrimSpace(s)))
}

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Split(list, ",") {
		out[w] = true
	}
	return out
}

// textRows makes rows of a plain text: paragraphs are parted by blank rows, or, where there are none, every row is one.
func textRows(text string) []row {
	rows := make([]row, 0, min(strings.Count(text, "\n")+1, 1<<16))
	para, held, blank := true, false, false // after the first row, one without words stands before this one; before any with words
	for n, more := 0, true; more; n++ {
		var l string
		l, text, more = strings.Cut(text, "\n")
		if strings.TrimSpace(l) == "" {
			para = true
			held = held || n > 0
			continue
		}
		if !utf8.ValidString(l) {
			l = strings.ToValidUTF8(l, "\uFFFD")
		}
		blank = blank || held
		rows = append(rows, row{text: l, para: para})
		para = false
	}
	if !blank {
		for i := range rows {
			rows[i].para = true
		}
	}
	return rows
}
