package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

const (
	longestSearch = 200 // characters
	foundTogether = 6   // of each sort, while one types
	foundOnPage   = 20  // of each sort, on the page of its own
	foundAlone    = 50  // of one sort
)

// searchPage looks for words in everything a project holds: ?q= what was typed, ?part=on the list alone, ?in= one sort alone, ?page=
// of that. What was typed is not kept anywhere.
func searchPage(a *ask) error {
	v := a.URL.Query()
	typed := strings.TrimSpace(v.Get("q"))
	if utf8.RuneCountInString(typed) > longestSearch {
		typed = string([]rune(typed)[:longestSearch])
	}
	part := v.Get("part") == "on"
	at, _ := strconv.Atoi(v.Get("page"))
	f := finding{ask: a, in: v.Get("in"), typed: typed, limit: foundOnPage}
	switch {
	case f.in != "":
		f.limit = foundAlone
		f.offset = (max(at, 1) - 1) * foundAlone
	case part:
		f.limit = foundTogether
	}
	if err := f.find(); err != nil {
		return err
	}
	f.v.Project, f.v.Query, f.v.Alone = int(a.Project), typed, f.in != ""
	if part {
		return a.render(http.StatusOK, page.SearchPart(a.chrome("", ""), f.v))
	}
	return a.render(http.StatusOK, page.SearchPage(a.chrome(a.L.T("search.title"), "search"), f.v))
}

// finding is one search on its way.
type finding struct {
	*ask
	typed         string
	in            string // one sort alone
	offset, limit int
	lex           *lexicon
	search        *search
	v             page.Search
	all           int
}

// text is a field of something, as it is searched.
type text struct {
	name string // of the field, in words; "" for the name of the thing itself
	s    string
	t    *tokens
}

// thing is something that has words: it answers where its fields together have all of them.
type thing struct {
	fields          []text
	href            string
	title           string
	note            string
	colour, pattern int
	score           int
	best            int // the field with the best answer
}

// find reads what has not been read, and looks everywhere.
func (f *finding) find() error {
	l := f.Lens
	f.lex = f.ask.s.lexicons.get(f.Project)
	f.search = newSearch(f.typed)
	documents := sortedDocuments(l)
	texts := make([]*tokens, len(documents))
	words := make([]*engine.Words, len(documents))
	for i, d := range documents {
		var err error
		if words[i], err = f.ask.s.Engine.Words(f.Context(), f.Project, d.ID, d.Version); err != nil {
			return err
		}
		w := words[i]
		texts[i], err = f.lex.read(textOf{qda.SortDocument, d.ID, "words"}, qda.Seq(d.Version), func() (string, []int32, error) {
			ends := make([]int32, len(w.Turns))
			for k := range w.Turns {
				ends[k] = int32(len(w.Text.Words))
				if k+1 < len(w.Turns) {
					ends[k] = w.Turns[k+1].Byte
				}
			}
			return string(w.Text.Words), ends, nil
		})
		if err != nil {
			return err
		}
	}
	if len(f.search.terms) == 0 { // the texts have been read for what is going to be typed
		f.places()
		return nil
	}
	nodes, memos, cases, names := f.nodes(), f.memos(), f.cases(), f.names(documents)
	places, questions, remarks := f.placed(), f.questions(), f.remarks()
	f.lex.mu.RLock()
	defer f.lex.mu.RUnlock()
	f.search.prepare(f.lex)
	f.group("codes", nodes)
	f.turns(documents, texts, words)
	f.group("documents", names)
	f.group("memos", memos)
	f.group("remarks", remarks)
	f.group("informants", cases)
	f.group("questions", questions)
	f.group("pages", places)
	return nil
}

func (f *finding) field(of textOf, rev qda.Seq, name, s string) text {
	if s == "" {
		return text{name: name}
	}
	t, _ := f.lex.read(of, rev, func() (string, []int32, error) { return s, nil, nil })
	return text{name, s, t}
}

func (f *finding) nodes() (r []thing) {
	for _, n := range f.View.Nodes() {
		of := func(field string) textOf { return textOf{qda.SortNode, n.ID, field} }
		x := thing{title: n.Name, href: f.at("/nodes/%d", n.ID)}
		path := f.View.Path(n.ID)
		x.note = strings.Join(path[:len(path)-1], " / ")
		x.colour, x.pattern = f.View.Colour(n.ID)
		x.fields = []text{f.field(of("name"), n.Rev, "", n.Name), f.field(of("definition"), n.Rev, f.L.T("node.definition"), n.Definition), f.field(of("use"), n.Rev, f.L.T("node.use"), n.Use),
			f.field(of("avoid"), n.Rev, f.L.T("node.avoid"), n.Avoid), f.field(of("claim"), n.Rev, f.L.T("search.claim"), n.Claim), f.field(of("scope"), n.Rev, f.L.T("search.claim"), n.Scope),
			f.field(of("boundary"), n.Rev, f.L.T("search.claim"), n.Boundary), f.field(of("naming"), n.Rev, f.L.T("search.claim"), n.Naming)}
		r = append(r, x)
	}
	return r
}

func (f *finding) memos() (r []thing) {
	for _, m := range f.Lens.AllMemos() {
		x := thing{note: f.initials(m.Coder) + ", " + f.L.Date(unix(m.At)), fields: []text{f.field(textOf{qda.SortMemo, m.ID, ""}, m.Rev, "", m.Text)}}
		x.href, x.title = f.on(m.On)
		if x.href != "" {
			r = append(r, x)
		}
	}
	return r
}

// on says where a memo or remark hangs: its address, and its name. Nothing where that takes no part any more.
func (f *finding) on(n qda.ID) (href, title string) {
	if n == 0 {
		return f.at(""), f.View.Project().Name
	}
	if x, ok := f.View.Node(n); ok && x.State.Counts() {
		return f.at("/nodes/%d#node-memos", n), x.Name
	}
	if d, ok := f.View.Document(n); ok && d.State == qda.Live {
		return f.at("/documents/%d", n), d.Name
	}
	if c, ok := f.Lens.Coding(n); ok {
		if d, ok := f.View.Document(c.Document); ok && d.State == qda.Live {
			return f.at("/documents/%d#c%d", c.Document, n), f.nodeName(c.Code) + ", " + d.Name
		}
	}
	return "", ""
}

func (f *finding) cases() (r []thing) {
	for _, k := range sortedCases(f.Lens) {
		x := thing{title: k.Name, href: f.at("/informants"), fields: []text{f.field(textOf{qda.SortCase, k.ID, "name"}, k.Rev, "", k.Name)}}
		var values []string
		for _, y := range f.Lens.Attributes() {
			if s := k.Values[y.ID]; s != "" {
				values = append(values, y.Name+": "+s)
			}
		}
		x.note = strings.Join(values, " · ")
		x.fields = append(x.fields, f.field(textOf{qda.SortCase, k.ID, "values"}, k.Rev, "", x.note))
		for _, d := range sortedDocuments(f.Lens) {
			if d.Case == k.ID {
				x.href = f.at("/ask") + "?document=" + itoa(d.ID)
				break
			}
		}
		r = append(r, x)
	}
	return r
}

func (f *finding) names(documents []*qda.Document) (r []thing) {
	for _, d := range documents {
		x := thing{title: d.Name, href: f.at("/documents/%d", d.ID), note: f.L.T("kind." + string(d.Kind))}
		x.fields = append(x.fields, f.field(textOf{qda.SortDocument, d.ID, "name"}, d.Rev, "", d.Name))
		var values []string
		for _, y := range f.Lens.Attributes() {
			if s := d.Values[y.ID]; s != "" && y.Of == qda.OfDocuments {
				values = append(values, y.Name+": "+s)
			}
		}
		x.fields = append(x.fields, f.field(textOf{qda.SortDocument, d.ID, "values"}, d.Rev, "", strings.Join(values, " · ")))
		r = append(r, x)
	}
	return r
}

// questions are those that were kept by name.
func (f *finding) questions() (r []thing) {
	for _, q := range f.Lens.Questions() {
		r = append(r, thing{title: q.Name, href: f.at("/ask") + "?" + keptAddress(q), note: f.initials(q.Coder), fields: []text{f.field(textOf{qda.SortQuestion, q.ID, ""}, q.Rev, "", q.Name)}})
	}
	return r
}

// remarks are what was said in reviews.
func (f *finding) remarks() (r []thing) {
	for _, m := range f.Lens.Remarks() {
		x := thing{note: f.initials(m.Coder) + ", " + f.L.Date(unix(m.At)), fields: []text{f.field(textOf{qda.SortRemark, m.ID, ""}, m.Rev, "", m.Text)}}
		if x.href, x.title = f.on(m.On); m.On == 0 || x.href == "" {
			x.href, x.title = f.at("/review"), f.L.T("search.in.remarks")
			if n, ok := f.View.Node(m.Theme); ok && n.State.Counts() {
				x.href, x.title = f.at("/nodes/%d", n.ID), n.Name
			}
		}
		r = append(r, x)
	}
	return r
}

// placed are the pages of the project and what can be done there.
func (f *finding) placed() (r []thing) {
	for i, p := range f.chrome("", "").Places(f.may("NodeAdded"), f.may("DocumentAdded")) {
		r = append(r, thing{title: p.Name, href: p.Href, fields: []text{f.field(textOf{"page", qda.ID(i), f.L.Lang() + p.Name}, 0, "", p.Name)}})
	}
	return r
}

// places lists them before anything was typed.
func (f *finding) places() {
	g := page.SearchGroup{Key: "pages", Name: f.L.T("search.in.pages")}
	for _, p := range f.placed() {
		g.Hits = append(g.Hits, page.SearchHit{Href: p.href, Title: []page.AskPiece{{Text: p.title}}})
	}
	f.v.Groups = append(f.v.Groups, g)
}

// group looks through things of one sort and draws the best.
func (f *finding) group(key string, things []thing) {
	if f.in != "" && f.in != key {
		return
	}
	var found []*thing
	for i := range things {
		x := &things[i]
		has, best := 0, -1
		for k := range x.fields {
			if x.fields[k].t == nil {
				continue
			}
			m, of := f.search.in(x.fields[k].t.word)
			has |= of
			if k == 0 && m.score > 0 {
				m.score = 2*m.score + 20
			}
			x.score += m.score
			if k > 0 && m.score > best {
				x.best, best = k, m.score
			}
		}
		if has == f.search.every() {
			if best == 0 {
				x.best = 0
			}
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(a, b *thing) int { return cmp.Compare(b.score, a.score) })
	g := f.begin(key, len(found))
	for _, x := range found[min(f.offset, len(found)):min(f.offset+f.limit, len(found))] {
		h := page.SearchHit{Href: x.href, Note: x.note, Colour: x.colour, Pattern: x.pattern}
		first := x.fields[0]
		if key == "memos" || key == "remarks" {
			h.Title = []page.AskPiece{{Text: x.title}}
			h.Words = f.snippet(first.s, first.t, 0, len(first.t.word))
		} else {
			h.Title = f.titled(first)
			if h.Title == nil {
				h.Title = []page.AskPiece{{Text: x.title}}
			}
			if b := x.fields[x.best]; x.best > 0 && b.t != nil {
				if key == "informants" {
					h.Note = ""
				}
				h.Field, h.Words = b.name, f.snippet(b.s, b.t, 0, len(b.t.word))
			}
		}
		g.Hits = append(g.Hits, h)
	}
	f.end(g, len(found))
}

func (f *finding) begin(key string, n int) page.SearchGroup {
	f.all += n
	return page.SearchGroup{Key: key, Name: f.L.T("search.in." + key), Count: f.L.Num(n)}
}

func (f *finding) end(g page.SearchGroup, n int) {
	if n == 0 {
		return
	}
	address := func(in string, p int) string {
		q := url.Values{"q": {f.typed}, "in": {in}}
		if p > 1 {
			q.Set("page", strconv.Itoa(p))
		}
		return f.at("/search") + "?" + q.Encode()
	}
	switch {
	case f.in == "" && n > f.limit:
		g.More, g.MoreSay = address(g.Key, 1), f.L.T("search.more", "n", f.L.Num(n))
	case f.in != "":
		p := f.offset/foundAlone + 1
		if p > 1 {
			f.v.Newer = address(g.Key, p-1)
		}
		if f.offset+f.limit < n {
			f.v.Older = address(g.Key, p+1)
		}
		f.v.Shown = f.L.T("node.shown", "from", min(f.offset+1, n), "to", min(f.offset+f.limit, n), "all", n)
	}
	f.v.Groups = append(f.v.Groups, g)
	f.v.Count = f.L.N("search.count", f.all)
}

// turns looks through the words of the documents: a turn answers where all terms are in it.
func (f *finding) turns(documents []*qda.Document, texts []*tokens, words []*engine.Words) {
	if f.in != "" && f.in != "words" {
		return
	}
	type place struct{ document, turn, score int }
	var found []place
	masks, every := f.search.masks(len(f.lex.list)), uint8(f.search.every())
	for i, t := range texts {
		from := int32(0)
		for k, to := range t.turn {
			m := uint8(0)
			for _, w := range t.word[from:to] {
				m |= masks[w]
			}
			if m == every {
				if m, has := f.search.in(t.word[from:to]); has == int(every) {
					found = append(found, place{i, k, m.score})
				}
			}
			from = to
		}
	}
	slices.SortStableFunc(found, func(a, b place) int { return cmp.Compare(b.score, a.score) })
	g := f.begin("words", len(found))
	for _, p := range found[min(f.offset, len(found)):min(f.offset+f.limit, len(found))] {
		d, w, t := documents[p.document], words[p.document], texts[p.document]
		turn := w.Turns[p.turn]
		from := 0
		if p.turn > 0 {
			from = int(t.turn[p.turn-1])
		}
		to := int(t.turn[p.turn])
		h := page.SearchHit{Lang: d.Language, Title: []page.AskPiece{{Text: d.Name}}, Note: f.L.T("node.turn", "n", int(turn.Turn))}
		if turn.Label != "" && turn.Label != d.Name {
			h.Note = turn.Label + ", " + h.Note
		}
		if turn.FromMS >= 0 {
			h.Note += ", " + clock(turn.FromMS)
		}
		m, _ := f.search.in(t.word[from:to])
		slices.Sort(m.at)
		// The words that flash: those that answer, so far as they stand close together.
		start, stop := int(t.from[from+m.at[0]]), int(t.to[from+m.at[0]])
		for _, k := range m.at[1:] {
			if int(t.to[from+k])-start < 160 {
				stop = max(stop, int(t.to[from+k]))
			}
		}
		h.Href = f.at("/documents/%d?words=%d-%d#t%d", d.ID, w.Char(start), w.Char(stop), turn.Turn)
		h.Words = f.snippet(string(w.Text.Words), t, from, to)
		g.Hits = append(g.Hits, h)
	}
	f.end(g, len(found))
}

// titled is a short text, whole, with what answers marked.
func (f *finding) titled(x text) []page.AskPiece {
	if x.t == nil {
		return nil
	}
	return f.pieces(x.s, x.t, 0, len(x.t.word), 0, len(x.s))
}

// snippet is the part of a text around the first word that answers: of the words from one to another.
func (f *finding) snippet(s string, t *tokens, from, to int) []page.AskPiece {
	const before, after = 60, 150 // bytes, about
	if from >= to {
		return nil
	}
	m, _ := f.search.in(t.word[from:to])
	at := from
	if len(m.at) > 0 {
		at = from + slices.Min(m.at)
	}
	first, last := at, at
	for first > from && int(t.from[at]-t.from[first-1]) < before {
		first--
	}
	for last+1 < to && int(t.to[last+1]-t.from[at]) < after {
		last++
	}
	begin, end := int(t.from[first]), int(t.to[last])
	if first == from { // with what stands before the first word
		for begin > 0 && s[begin-1] != '\n' && begin > int(t.from[first])-3 {
			begin--
		}
		for begin < len(s) && !utf8.RuneStart(s[begin]) {
			begin++
		}
	}
	for end < len(s) && end < int(t.to[last])+3 && s[end] != '\n' && s[end] != ' ' {
		end++
	}
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	r := f.pieces(s, t, from, to, begin, end)
	if first > from {
		r = append([]page.AskPiece{{Text: "… "}}, r...)
	}
	if last+1 < to {
		r = append(r, page.AskPiece{Text: " …"})
	}
	return r
}

// pieces cuts the bytes from begin to end of a text where words answer.
func (f *finding) pieces(s string, t *tokens, from, to, begin, end int) (r []page.AskPiece) {
	m, _ := f.search.in(t.word[from:to])
	slices.Sort(m.at)
	m.at = slices.Compact(m.at)
	put := func(a, b int, yes bool) {
		if a < b {
			r = append(r, page.AskPiece{Text: strings.ReplaceAll(s[a:b], "\n", " "), Found: yes})
		}
	}
	at := begin
	for _, k := range m.at {
		k += from
		if int(t.from[k]) < begin || int(t.to[k]) > end {
			continue
		}
		a, b := f.search.portion(t.word[k], s[t.from[k]:t.to[k]])
		put(at, int(t.from[k])+a, false)
		put(int(t.from[k])+a, int(t.from[k])+b, true)
		at = int(t.from[k]) + b
	}
	put(at, end, false)
	return r
}

// portion is the part of a word that is to be marked: the letters that were typed, or all of it where it answers by its stem.
func (s *search) portion(number uint32, w string) (from, to int) {
	best := gradeNone
	typed := ""
	for i := range s.terms {
		for k, how := range s.terms[i].how {
			if h := how[number]; h > best {
				best, typed = h, s.terms[i].folded[k]
			}
		}
	}
	if best == gradeWhole || best == gradeStem || best == gradeNone {
		return 0, len(w)
	}
	// Where each folded letter comes from.
	var b strings.Builder
	var at []int
	for i, c := range w {
		if c, ok := foldRune(c); ok {
			for range utf8.RuneLen(c) {
				at = append(at, i)
			}
			b.WriteRune(c)
		}
	}
	i := strings.Index(b.String(), typed)
	if i < 0 {
		return 0, len(w)
	}
	from, to = at[i], len(w)
	if end := i + len(typed); end < len(at) {
		to = at[end]
	}
	return from, to
}
