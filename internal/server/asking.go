package server

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// question asks for segments. It lives in the address:
//
//	all, any, none   numbers of codes and themes, each with everything below it (unless below=off)
//	meet             turn, words or turns: that the others need only be near the first of all; absent: on the same words
//	n                how many words or turns
//	by, document     numbers of coders and documents; any of them
//	kind             kinds of documents
//	speaker          labels; role:interviewer and role:informant are roles
//	value-N          values of the attribute N, of the informant or the document
//	from, to         days on which documents were held
//	entry, was       entries of the ledger, and nodes in drafts: see asking_past.go
//	group, page      how the answer is shown: by document, informant or code
type question struct {
	all, any, none []qda.ID
	meet           string
	n              int
	only           bool // the codes themselves, without what is below them
	by, documents  []qda.ID
	kinds          []string
	speakers       []string
	values         map[qda.ID][]string
	from, to       string
	entries        []*qda.Entry
	were           []formerly
	group          string
	page           int
	draft          string // the number of the draft the project is shown as of
}

// What may stand in meet and group.
var (
	meets   = []string{"", "turn", "words", "turns"}
	shownBy = []string{"", "informant", "code"}
)

const mostConditions = 40

// question reads an address. What the asker may not see is answered as what is not there.
func (a *ask) question(v url.Values) (q question, err error) {
	l := a.Lens
	nodes := func(of []string) (r []qda.ID, err error) {
		for _, s := range of {
			if s == "" {
				continue
			}
			n, err := thingID(s)
			if err != nil {
				return nil, err
			}
			n = a.View.Survivor(n)
			x, ok := a.View.Node(n)
			if !ok || !x.State.Counts() {
				return nil, absent()
			}
			if !slices.Contains(r, n) {
				r = append(r, n)
			}
		}
		return r, nil
	}
	// The form has one row for a condition: is and code.
	all, any, none := v["all"], v["any"], v["none"]
	for i, code := range v["code"] {
		is := "all"
		if i < len(v["is"]) {
			is = v["is"][i]
		}
		switch is {
		case "any":
			any = append(any, code)
		case "none":
			none = append(none, code)
		default:
			all = append(all, code)
		}
	}
	if len(all)+len(any)+len(none) > mostConditions {
		return q, qda.Refuse(qda.Invalid, "refused.form")
	}
	if q.all, err = nodes(all); err != nil {
		return q, err
	}
	if q.any, err = nodes(any); err != nil {
		return q, err
	}
	if q.none, err = nodes(none); err != nil {
		return q, err
	}
	if q.meet = v.Get("meet"); !slices.Contains(meets, q.meet) {
		q.meet = ""
	}
	if q.meet == "words" || q.meet == "turns" {
		q.n = 1
		if q.meet == "words" {
			q.n = 20
		}
		if n, err := strconv.Atoi(v.Get("n")); err == nil {
			q.n = min(max(n, 0), 9999)
		}
	}
	q.only = v.Get("below") == "off"
	for _, s := range v["by"] {
		k, err := found(s, l.Coder)
		if err != nil {
			return q, err
		}
		if l.Blind() && k.ID != a.Coder.ID {
			return q, absent()
		}
		q.by = append(q.by, k.ID)
	}
	for _, s := range v["document"] {
		d, err := found(s, l.Document)
		if err != nil {
			return q, err
		}
		if d.State != qda.Live {
			return q, absent()
		}
		q.documents = append(q.documents, d.ID)
	}
	for _, k := range v["kind"] {
		if k == string(qda.Interview) || k == string(qda.Observation) || k == string(qda.Written) {
			q.kinds = append(q.kinds, k)
		}
	}
	for _, s := range v["speaker"] {
		if s != "" && !slices.Contains(q.speakers, s) {
			q.speakers = append(q.speakers, s)
		}
	}
	q.values = map[qda.ID][]string{}
	for _, x := range l.Attributes() {
		for _, s := range v["value-"+itoa(x.ID)] {
			if s != "" {
				q.values[x.ID] = append(q.values[x.ID], s)
			}
		}
	}
	for name := range v {
		if n, ok := strings.CutPrefix(name, "value-"); ok {
			if _, err := found(n, l.Attribute); err != nil {
				return q, err
			}
		}
	}
	day := func(s string) string {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return ""
		}
		return s
	}
	q.from, q.to = day(v.Get("from")), day(v.Get("to"))
	if err := a.lookBack(&q, v["entry"], v["was"]); err != nil {
		return q, err
	}
	if a.Draft != nil {
		q.draft = itoa(a.Draft.ID)
	}
	if q.group = v.Get("group"); !slices.Contains(shownBy, q.group) {
		q.group = ""
	}
	q.page, _ = strconv.Atoi(v.Get("page"))
	q.page = max(q.page, 1)
	return q, nil
}

// query is the address of a question, in one form only.
func (q question) query() url.Values {
	v := url.Values{}
	for name, of := range map[string][]qda.ID{"all": q.all, "any": q.any, "none": q.none, "by": q.by, "document": q.documents} {
		for _, n := range of {
			v.Add(name, itoa(n))
		}
	}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("meet", q.meet)
	if q.meet == "words" || q.meet == "turns" {
		v.Set("n", strconv.Itoa(q.n))
	}
	if q.only {
		v.Set("below", "off")
	}
	for _, k := range q.kinds {
		v.Add("kind", k)
	}
	for _, s := range q.speakers {
		v.Add("speaker", s)
	}
	for n, of := range q.values {
		for _, s := range of {
			v.Add("value-"+itoa(n), s)
		}
	}
	for _, e := range q.entries {
		v.Add("entry", strconv.FormatInt(int64(e.Seq), 10))
	}
	for _, w := range q.were {
		v.Add("was", w.String())
	}
	set("from", q.from)
	set("to", q.to)
	set("group", q.group)
	set("draft", q.draft)
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	return v
}

// asks reports whether there is any condition in it.
func (q question) asks() bool {
	return len(q.all)+len(q.any)+len(q.none)+len(q.by)+len(q.documents)+len(q.kinds)+len(q.speakers)+len(q.values)+len(q.entries)+len(q.were) > 0 || q.from != "" || q.to != ""
}

// What one segment of an answer is.
type unit string

const (
	unitCoding unit = "coding" // each coding of the codes asked for
	unitWords  unit = "words"  // a stretch of words on which the conditions hold together
	unitNear   unit = "near"   // a coding of the first condition that has the others near it
)

func (q question) unit() unit {
	positive := len(q.all)
	if len(q.any) > 0 {
		positive++
	}
	switch {
	case positive < 2 && len(q.none) == 0:
		return unitCoding
	case q.meet == "":
		return unitWords
	}
	return unitNear
}

// hit is a segment of an answer.
type hit struct {
	document *qda.Document
	version  int32
	span.Span
	coding qda.Coding // ID 0 where the segment is a stretch of words
	codes  []qda.ID   // under which it was found
	coders []qda.ID
	turn   qda.Turn
	kase   *qda.Case
}

// under gives a node with everything below it, if that is asked for.
func (a *ask) under(q question, n qda.ID) []qda.ID {
	if q.only {
		return []qda.ID{n}
	}
	return a.View.Below(n)
}

// narrowed is the Lens on the documents and coders of a question.
func (a *ask) narrowed(q question) engine.Lens {
	l := a.Lens
	var documents []qda.ID
	some := len(q.documents)+len(q.kinds) > 0 || q.from != "" || q.to != ""
	for n := range q.values {
		x, _ := l.Attribute(n)
		some = some || x.Of == qda.OfDocuments
	}
	if some {
		documents = []qda.ID{}
	}
	for _, d := range l.Documents() {
		if !some || d.State != qda.Live || len(q.documents) > 0 && !slices.Contains(q.documents, d.ID) || len(q.kinds) > 0 && !slices.Contains(q.kinds, string(d.Kind)) ||
			q.from != "" && d.Held < q.from || q.to != "" && (d.Held == "" || d.Held > q.to) {
			continue
		}
		fits := true
		for n, of := range q.values {
			if x, _ := l.Attribute(n); x.Of == qda.OfDocuments && !slices.Contains(of, d.Values[n]) {
				fits = false
			}
		}
		if fits {
			documents = append(documents, d.ID)
		}
	}
	if documents == nil && q.by == nil {
		return l
	}
	return l.Narrow(documents, q.by)
}

// answer gives the segments that a question asks for, in the order of the documents' names and of the text.
func (a *ask) answer(q question) ([]hit, error) {
	l := a.narrowed(q)
	among, err := a.among(q)
	if err != nil {
		return nil, err
	}
	var hits []hit
	coding := func(c qda.Coding) {
		d, _ := l.Document(c.Document)
		hits = append(hits, hit{document: d, version: c.Version, Span: span.Span{Start: c.Start, Stop: c.Stop}, coding: c, codes: []qda.ID{c.Code}, coders: []qda.ID{c.Coder}})
	}
	var all [][]qda.ID
	for _, n := range q.all {
		all = append(all, a.under(q, n))
	}
	var any, none, every []qda.ID
	for _, n := range q.any {
		any = append(any, a.under(q, n)...)
	}
	for _, n := range q.none {
		none = append(none, a.under(q, n)...)
	}
	for _, n := range a.View.Nodes() {
		every = append(every, n.ID)
	}
	positive := slices.Concat(append(slices.Clone(all), any)...)
	if len(positive) == 0 {
		positive = every
	}
	switch q.unit() {
	case unitCoding:
		codings, _ := l.CodingsOf(positive, 0, -1)
		for _, c := range codings {
			coding(c)
		}
	case unitNear:
		near := engine.Near{Unit: engine.InTurns, Within: int32(q.n), Any: any}
		if q.meet == "words" {
			near.Unit = engine.InWords
		}
		switch {
		case len(all) > 0:
			near.Codes, near.All = all[0], all[1:]
		case len(any) > 0:
			near.Codes, near.Any = any, nil
		default:
			near.Codes = every
		}
		if len(none) > 0 {
			near.None = [][]qda.ID{none}
		}
		codings, err := l.Near(near, func(d *qda.Document) (*engine.Words, error) {
			return a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
		})
		if err != nil {
			return nil, err
		}
		for _, c := range codings {
			coding(c)
		}
	case unitWords:
		var of []engine.Where
		for _, codes := range all {
			of = append(of, engine.Under(codes...))
		}
		if len(any) > 0 {
			of = append(of, engine.Under(any...))
		}
		if len(of) == 0 {
			of = append(of, engine.Under(every...))
		}
		if len(none) > 0 {
			of = append(of, engine.Not(engine.Under(none...)))
		}
		for n, s := range l.Find(engine.All(of...)).Spans() {
			d, _ := l.Document(n)
			h := hit{document: d, version: d.Version, Span: s}
			for c := range l.Overlapping(n, s) {
				if slices.Contains(positive, c.Code) {
					if !slices.Contains(h.codes, c.Code) {
						h.codes = append(h.codes, c.Code)
					}
					if !slices.Contains(h.coders, c.Coder) {
						h.coders = append(h.coders, c.Coder)
					}
				}
			}
			hits = append(hits, h)
		}
	}
	return a.spoken(q, l, a.keep(hits, among))
}

// spoken finds out in which turn each segment begins and who speaks there, and leaves those that a question asks for.
func (a *ask) spoken(q question, l engine.Lens, hits []hit) ([]hit, error) {
	var values []qda.ID // of informants
	for n := range q.values {
		if x, _ := l.Attribute(n); x.Of == qda.OfCases {
			values = append(values, n)
		}
	}
	var r []hit
	var words *engine.Words
	var err error
	for i, h := range hits {
		if i == 0 || h.document != hits[i-1].document || h.version != hits[i-1].version {
			if words, err = a.s.Engine.Words(a.Context(), a.Project, h.document.ID, h.version); err != nil {
				return nil, err
			}
		}
		h.turn = words.TurnAt(h.Start)
		h.kase = speaking(l, h.document, h.turn.Label)
		if len(q.speakers) > 0 && !speaks(q.speakers, h) {
			continue
		}
		fits := true
		for _, n := range values {
			if h.kase == nil || !slices.Contains(q.values[n], h.kase.Values[n]) {
				fits = false
			}
		}
		if fits {
			r = append(r, h)
		}
	}
	place := map[qda.ID]int{}
	for i, d := range sortedDocuments(a.Lens) {
		place[d.ID] = i
	}
	slices.SortStableFunc(r, func(x, y hit) int { return cmp.Compare(place[x.document.ID], place[y.document.ID]) })
	return r, nil
}

// speaks reports whether one of some speakers begins a segment.
func speaks(speakers []string, h hit) bool {
	s := h.document.Speakers[h.turn.Label]
	return slices.Contains(speakers, h.turn.Label) && h.turn.Label != "" || s.Interviewer && slices.Contains(speakers, "role:interviewer") ||
		s.Informant && slices.Contains(speakers, "role:informant")
}

// tally is what an answer counts.
type tally struct{ segments, chars, documents, informants int }

func (a *ask) tally(hits []hit) tally {
	t := tally{segments: len(hits)}
	spans, cases := map[qda.ID][]span.Span{}, map[qda.ID]bool{}
	for _, h := range hits {
		spans[h.document.ID] = append(spans[h.document.ID], h.Span)
		if h.kase != nil {
			cases[h.kase.ID] = true
		}
	}
	for _, s := range spans {
		t.chars += span.NewSet(s...).Len()
	}
	t.documents, t.informants = len(spans), len(cases)
	return t
}
