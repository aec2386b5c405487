package server

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

const (
	askedAtOnce  = 50  // segments on a page
	aroundFound  = 220 // characters of the turn shown before and after a segment
	mostOfATurn  = 4000
	mostSpeakers = 200
)

func askPage(a *ask) error {
	raw := a.URL.Query()
	q, err := a.question(raw)
	if err != nil {
		return err
	}
	every := raw.Get("every") == "on"
	if raw.Has("form") { // a form's address says more than it needs
		to := a.at("/ask")
		if v := q.query(); q.asks() {
			to += "?" + v.Encode()
		} else {
			to += "?every=on"
		}
		http.Redirect(a.w, a.Request, to, http.StatusSeeOther)
		return nil
	}
	v := page.Ask{Project: int(a.Project), Seq: int(a.View.Seq()), Asked: q.asks() || every, Blind: a.Lens.Blind(), Meet: q.meet, N: q.n, Only: q.only, From: q.from, To: q.to, Group: q.group}
	if v.N == 0 && v.Meet == "" || v.Meet == "turn" {
		v.N = 20
	}
	back, err := a.backChoices(q)
	if err != nil {
		return err
	}
	a.askChoices(&v, q, back)
	v.Query = a.askQuery(q, every).Encode()
	a.askKept(&v)
	if v.Asked {
		if err := a.askAnswer(&v, q, back, every); err != nil {
			return err
		}
	}
	return a.render(http.StatusOK, page.AskPage(a.chrome(a.L.T("ask.title"), "ask"), v))
}

// askQuery is a question's address without the page.
func (a *ask) askQuery(q question, every bool) url.Values {
	q.page = 1
	v := q.query()
	if every && !q.asks() {
		v.Set("every", "on")
	}
	return v
}

func (a *ask) askAddress(q question) string {
	if v := q.query(); len(v) > 0 {
		return a.at("/ask") + "?" + v.Encode()
	}
	return a.at("/ask")
}

// askChoices fills in the form.
func (a *ask) askChoices(v *page.Ask, q question, back back) {
	l := a.Lens
	for _, n := range a.View.Nodes() {
		path := a.View.Path(n.ID)
		k := page.AskNode{Choice: page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID)}, Theme: strings.Join(path[:len(path)-1], " / "), Definition: clip(n.Definition, 160)}
		k.Colour, k.Pattern = a.View.Colour(n.ID)
		v.Nodes = append(v.Nodes, k)
	}
	for _, x := range []struct {
		is string
		of []qda.ID
	}{{"all", q.all}, {"any", q.any}, {"none", q.none}} {
		for _, n := range x.of {
			v.Rows = append(v.Rows, page.AskRow{Is: x.is, Code: int(n)})
		}
	}
	v.Rows = append(v.Rows, page.AskRow{Is: "all"}, page.AskRow{Is: "all"})
	filter := func(field, name string, choices []page.Choice) {
		if len(choices) > 0 {
			v.Filters = append(v.Filters, page.AskFilter{Field: field, Name: name, Choices: choices})
		}
		for _, c := range choices {
			if c.Chosen {
				v.Filtered++
			}
		}
	}
	if q.from != "" || q.to != "" {
		v.Filtered++
	}
	var coders, documents, kinds, speakers []page.Choice
	for _, k := range l.Coders() {
		if !l.Blind() || k.ID == a.Coder.ID {
			coders = append(coders, page.Choice{Value: itoa(k.ID), Label: k.Name, Chosen: slices.Contains(q.by, k.ID)})
		}
	}
	if len(coders) > 1 || len(q.by) > 0 {
		filter("by", a.L.T("ask.by"), coders)
	}
	there := map[string]bool{}
	roles, labels := map[string]bool{}, map[string]bool{}
	for _, d := range sortedDocuments(l) {
		documents = append(documents, page.Choice{Value: itoa(d.ID), Label: d.Name, Chosen: slices.Contains(q.documents, d.ID)})
		there[string(d.Kind)] = true
		for label, s := range d.Speakers {
			roles["role:interviewer"] = roles["role:interviewer"] || s.Interviewer
			roles["role:informant"] = roles["role:informant"] || s.Informant
			labels[label] = true
		}
	}
	for _, x := range l.Attributes() {
		var of []page.Choice
		known := a.known(x)
		for _, s := range q.values[x.ID] {
			if !slices.Contains(known, s) {
				known = append(known, s)
			}
		}
		for _, s := range known {
			of = append(of, page.Choice{Value: s, Label: a.printed(x.Type, s), Chosen: slices.Contains(q.values[x.ID], s)})
		}
		filter("value-"+itoa(x.ID), x.Name, of)
	}
	for _, k := range a.kinds("") {
		if there[k.Value] || slices.Contains(q.kinds, k.Value) {
			k.Chosen = slices.Contains(q.kinds, k.Value)
			kinds = append(kinds, k)
		}
	}
	filter("kind", a.L.T("ask.kind"), kinds)
	for _, s := range []string{"role:interviewer", "role:informant"} {
		if roles[s] || slices.Contains(q.speakers, s) {
			speakers = append(speakers, page.Choice{Value: s, Label: a.speaker(s), Chosen: slices.Contains(q.speakers, s)})
		}
	}
	for _, s := range q.speakers {
		labels[s] = labels[s] || !strings.HasPrefix(s, "role:")
	}
	var names []string
	for s, yes := range labels {
		if yes && s != "" {
			names = append(names, s)
		}
	}
	slices.SortFunc(names, natural)
	for _, s := range names[:min(len(names), mostSpeakers)] {
		speakers = append(speakers, page.Choice{Value: s, Label: s, Chosen: slices.Contains(q.speakers, s)})
	}
	filter("speaker", a.L.T("ask.speaker"), speakers)
	filter("document", a.L.T("ask.document"), documents)
	filter("entry", a.L.T("ask.entry"), back.entries)
	filter("was", a.L.T("ask.earlier"), back.were)
}

// speaker is a choice of speakers in words.
func (a *ask) speaker(s string) string {
	if s == "role:interviewer" || s == "role:informant" {
		return a.L.T("ask." + s)
	}
	return s
}

// askParts says a question in words, each part with the question without it.
func (a *ask) askParts(q question, back back) (r []page.AskPart) {
	q.page = 1
	drop := func(of []qda.ID, i int) []qda.ID { return slices.Delete(slices.Clone(of), i, i+1) }
	put := func(join string, n qda.ID, without question) {
		p := page.AskPart{Join: join, Name: a.nodeName(n), Without: a.askAddress(without)}
		p.Colour, p.Pattern = a.View.Colour(n)
		r = append(r, p)
	}
	for i, n := range q.all {
		w := q
		w.all = drop(q.all, i)
		put("all", n, w)
	}
	for i, n := range q.any {
		w := q
		w.any = drop(q.any, i)
		put("any", n, w)
	}
	for i, n := range q.none {
		w := q
		w.none = drop(q.none, i)
		put("none", n, w)
	}
	say := func(label, name string, without question) {
		r = append(r, page.AskPart{Label: label, Name: name, Without: a.askAddress(without)})
	}
	if q.unit() != unitCoding && q.meet != "" {
		w := q
		w.meet = ""
		say("", a.L.T("ask.said."+q.meet, "n", q.n), w)
	}
	for i, n := range q.by {
		w := q
		w.by = drop(q.by, i)
		k, _ := a.Lens.Coder(n)
		say(a.L.T("ask.by"), k.Name, w)
	}
	for i, n := range q.documents {
		w := q
		w.documents = drop(q.documents, i)
		d, _ := a.Lens.Document(n)
		say(a.L.T("ask.document"), d.Name, w)
	}
	for i, k := range q.kinds {
		w := q
		w.kinds = slices.Delete(slices.Clone(q.kinds), i, i+1)
		say(a.L.T("ask.kind"), a.L.T("kind."+k), w)
	}
	for i, s := range q.speakers {
		w := q
		w.speakers = slices.Delete(slices.Clone(q.speakers), i, i+1)
		say(a.L.T("ask.speaker"), a.speaker(s), w)
	}
	for _, x := range a.Lens.Attributes() {
		for i, s := range q.values[x.ID] {
			w := q
			w.values = map[qda.ID][]string{}
			for n, of := range q.values {
				w.values[n] = slices.Clone(of)
			}
			w.values[x.ID] = slices.Delete(w.values[x.ID], i, i+1)
			if len(w.values[x.ID]) == 0 {
				delete(w.values, x.ID)
			}
			say(x.Name, s, w)
		}
	}
	for i, c := range back.entries {
		w := q
		w.entries = slices.Delete(slices.Clone(q.entries), i, i+1)
		say(a.L.T("ask.entry"), c.Label, w)
	}
	for i, c := range back.were {
		w := q
		w.were = slices.Delete(slices.Clone(q.were), i, i+1)
		say(a.L.T("ask.earlier"), c.Label, w)
	}
	if q.from != "" {
		w := q
		w.from = ""
		say(a.L.T("ask.from"), a.L.DateOf(q.from), w)
	}
	if q.to != "" {
		w := q
		w.to = ""
		say(a.L.T("ask.to"), a.L.DateOf(q.to), w)
	}
	if len(r) == 0 {
		r = append(r, page.AskPart{Name: a.L.T("ask.everything")})
	}
	return r
}

// askAnswer fills in the counts, and a page of the segments.
func (a *ask) askAnswer(v *page.Ask, q question, back back, every bool) error {
	hits, err := a.answer(q)
	if err != nil {
		return err
	}
	v.Parts = a.askParts(q, back)
	t := a.tally(hits)
	v.Segments, v.Chars, v.Documents, v.Cases = a.L.Num(t.segments), a.L.Num(t.chars), a.L.Num(t.documents), a.L.Num(t.informants)
	v.Unit = a.L.T("ask.unit." + string(q.unit()))
	v.None = len(hits) == 0
	for _, g := range shownBy {
		w := q
		w.group, w.page = g, 1
		name := g
		if g == "" {
			name = "document"
		}
		to := a.at("/ask") + "?" + a.askQuery(w, every).Encode()
		v.Ways = append(v.Ways, page.AskWay{Label: a.L.T("ask.show." + name), Href: to, Current: g == q.group})
	}
	key := a.askGroups(hits, q.group)
	counts := map[string]int{}
	for _, h := range hits {
		counts[key(h)]++
	}
	from := (q.page - 1) * askedAtOnce
	if from >= len(hits) {
		from = 0
		q.page = 1
	}
	to := min(from+askedAtOnce, len(hits))
	address := func(p int) string {
		w := a.askQuery(q, every)
		if p > 1 {
			w.Set("page", strconv.Itoa(p))
		}
		return a.at("/ask") + "?" + w.Encode()
	}
	if q.page > 1 {
		v.Newer = address(q.page - 1)
	}
	if to < len(hits) {
		v.Older = address(q.page + 1)
	}
	v.Shown = a.L.T("node.shown", "from", from+1, "to", to, "all", len(hits))
	last := ""
	for i, h := range hits[from:to] {
		k := key(h)
		if i == 0 || k != last {
			g := a.askGroup(h, q.group)
			g.Count = a.L.N("count.segments", counts[k])
			v.Groups = append(v.Groups, g)
			last = k
		}
		g := &v.Groups[len(v.Groups)-1]
		x, err := a.askHit(h)
		if err != nil {
			return err
		}
		if q.group != "" {
			x.Name = h.document.Name
		}
		g.Hits = append(g.Hits, x)
	}
	return nil
}

// askGroups sorts segments by what they are shown by and gives what tells the groups apart.
func (a *ask) askGroups(hits []hit, group string) (key func(hit) string) {
	switch group {
	case "informant":
		place := map[qda.ID]int{}
		for i, k := range sortedCases(a.Lens) {
			place[k.ID] = i + 1
		}
		at := func(h hit) int {
			if h.kase == nil {
				return len(place) + 1
			}
			return place[h.kase.ID]
		}
		slices.SortStableFunc(hits, func(x, y hit) int { return cmp.Compare(at(x), at(y)) })
		return func(h hit) string {
			if h.kase == nil {
				return ""
			}
			return itoa(h.kase.ID)
		}
	case "code":
		place := map[qda.ID]int{}
		for i, n := range a.View.Nodes() {
			place[n.ID] = i
		}
		for i := range hits {
			slices.SortFunc(hits[i].codes, func(x, y qda.ID) int { return cmp.Compare(place[x], place[y]) })
		}
		slices.SortStableFunc(hits, func(x, y hit) int {
			return slices.CompareFunc(x.codes, y.codes, func(x, y qda.ID) int { return cmp.Compare(place[x], place[y]) })
		})
		return func(h hit) string {
			var b strings.Builder
			for _, n := range h.codes {
				b.WriteString(itoa(n) + " ")
			}
			return b.String()
		}
	}
	return func(h hit) string { return itoa(h.document.ID) }
}

// askGroup is the heading above a segment.
func (a *ask) askGroup(h hit, group string) (g page.AskGroup) {
	switch group {
	case "informant":
		if h.kase == nil {
			return page.AskGroup{Name: a.L.T("ask.noinformant")}
		}
		g.Name = h.kase.Name
		if x := firstAttribute(a.Lens); x != nil {
			g.Note = h.kase.Values[x.ID]
		}
	case "code":
		var names []string
		for _, n := range h.codes {
			names = append(names, a.nodeName(n))
		}
		g.Name = strings.Join(names, " + ")
		if len(h.codes) == 1 {
			g.Colour, g.Pattern = a.View.Colour(h.codes[0])
			g.Href = a.at("/nodes/%d", h.codes[0])
		}
	default:
		g.Name, g.Href = h.document.Name, a.at("/documents/%d", h.document.ID)
		if k := caseOf(a.Lens, h.document); k != nil && k.Name != g.Name {
			g.Note = k.Name
		}
	}
	return g
}

// askHit is a segment with what stands around it.
func (a *ask) askHit(h hit) (page.AskHit, error) {
	w, err := a.s.Engine.Words(a.Context(), a.Project, h.document.ID, h.version)
	if err != nil {
		return page.AskHit{}, err
	}
	x := page.AskHit{Document: int(h.document.ID), Turn: int(h.turn.Turn), Speaker: h.turn.Label, Lang: h.document.Language}
	if h.turn.FromMS >= 0 {
		x.Time = clock(h.turn.FromMS)
	}
	for _, n := range h.codes {
		x.Codes = append(x.Codes, a.nodeLink(n))
	}
	for _, n := range h.coders {
		if k, ok := a.Lens.Coder(n); ok {
			x.Coders = append(x.Coders, page.CoderColumn{Initials: k.Initials, Name: k.Name})
		}
	}
	if h.coding.ID != 0 {
		x.When = a.L.When(unix(h.coding.At), a.now)
	}
	if len(w.Turns) == 0 {
		x.Pieces = []page.AskPiece{{Text: w.Quote(h.Span), Found: true}}
		return x, nil
	}
	first, last := turnOf(w.Turns, h.Start), turnOf(w.Turns, max(h.Stop-1, h.Start))
	whole := span.Span{Start: w.Turns[first].Start, Stop: max(w.Turns[last].Stop, h.Stop)}
	x.Pieces = marked(w, whole, h.Span, aroundFound)
	for i := max(0, first-1); i <= min(last+1, len(w.Turns)-1); i++ {
		t := w.Turns[i]
		x.Context = append(x.Context, page.AskTurn{Number: int(t.Turn), Speaker: t.Label, Asks: h.document.Speakers[t.Label].Interviewer,
			Pieces: marked(w, span.Span{Start: t.Start, Stop: t.Stop}, h.Span, mostOfATurn)})
	}
	return x, nil
}

// marked cuts the words of whole where found begins and ends, with at most around characters before and after it, at spaces.
func marked(w *engine.Words, whole, found span.Span, around int32) (r []page.AskPiece) {
	put := func(s string, yes bool) {
		if s != "" {
			r = append(r, page.AskPiece{Text: s, Found: yes})
		}
	}
	in, ok := whole.Intersect(found)
	if !ok || in.Empty() {
		s := []rune(w.Quote(whole))
		if len(s) > int(around) {
			s = append(s[:around], '…')
		}
		put(string(s), false)
		return r
	}
	before := []rune(w.Quote(span.Span{Start: whole.Start, Stop: in.Start}))
	if n := len(before) - int(around); n > 0 {
		before = before[n:]
		for i, c := range before[:min(len(before), 30)] {
			if unicode.IsSpace(c) {
				before = before[i:]
				break
			}
		}
		before = append([]rune{'…'}, before...)
	}
	after := []rune(w.Quote(span.Span{Start: in.Stop, Stop: whole.Stop}))
	if len(after) > int(around) {
		after = after[:around]
		for i := len(after) - 1; i > len(after)-30 && i > 0; i-- {
			if unicode.IsSpace(after[i]) {
				after = after[:i]
				break
			}
		}
		after = append(after, '…')
	}
	put(string(before), false)
	put(w.Quote(in), true)
	put(string(after), false)
	return r
}

// carried is the answer to the address's question, for who carries it away; leave is called when that is done.
func (a *ask) carried() (leave func(), q question, hits []hit, err error) {
	if leave, err = a.export(); err != nil {
		return nil, q, nil, err
	}
	if q, err = a.question(a.URL.Query()); err == nil {
		hits, err = a.answer(q)
	}
	if err != nil {
		leave()
		return nil, q, nil, err
	}
	return leave, q, hits, nil
}

// askCSV is an answer as a table, in the columns of every table of segments.
func askCSV(a *ask) error {
	leave, _, hits, err := a.carried()
	if err != nil {
		return err
	}
	defer leave()
	var attributes []string
	for _, x := range a.Lens.Attributes() {
		attributes = append(attributes, x.Name)
	}
	memos := map[qda.ID][]string{}
	for _, m := range a.Lens.AllMemos() {
		memos[m.On] = append(memos[m.On], m.Text)
	}
	var rows []exchange.SegmentRow
	for _, h := range hits {
		w, err := a.s.Engine.Words(a.Context(), a.Project, h.document.ID, h.version)
		if err != nil {
			return err
		}
		c := h.coding
		if c.ID == 0 {
			c = qda.Coding{Document: h.document.ID, Version: h.version, Start: h.Start, Stop: h.Stop}
		}
		r := segmentRow(a.Lens, w, c)
		if c.ID == 0 {
			var paths, coders []string
			for _, n := range h.codes {
				paths = append(paths, strings.Join(a.View.Path(n), " / "))
			}
			for _, n := range h.coders {
				if k, ok := a.Lens.Coder(n); ok {
					coders = append(coders, k.Name)
				}
			}
			r.CodePath, r.Coder, r.At = strings.Join(paths, " + "), strings.Join(coders, ", "), time.Time{}
		} else {
			r.Memo = strings.Join(memos[c.ID], "\n\n")
		}
		rows = append(rows, r)
	}
	return a.csv("segments", "exported_segments", func(b *bytes.Buffer, opt exchange.CSVOptions) error {
		return exchange.WriteSegmentsCSV(b, attributes, rows, opt)
	})
}

// askText is an answer as words with references, for the clipboard: in the form that the coding surface copies.
func askText(a *ask) error {
	leave, q, hits, err := a.carried()
	if err != nil {
		return err
	}
	defer leave()
	a.askGroups(hits, q.group)
	if err := a.accessed("exported_segments", 0); err != nil {
		return err
	}
	var out []string
	for _, h := range hits {
		w, err := a.s.Engine.Words(a.Context(), a.Project, h.document.ID, h.version)
		if err != nil {
			return err
		}
		where := []string{h.document.Name}
		if h.turn.Label != "" && h.turn.Label != h.document.Name {
			where = append(where, h.turn.Label)
		}
		where = append(where, a.L.T("surface.reference.turn", "turn", int(h.turn.Turn)))
		if h.turn.FromMS >= 0 {
			where = append(where, clock(h.turn.FromMS))
		}
		out = append(out, a.L.T("surface.reference.form", "words", w.Quote(h.Span), "where", strings.Join(where, ", ")))
	}
	a.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = a.w.Write([]byte(strings.Join(out, "\n\n") + "\n"))
	return ignoreGone(err)
}
