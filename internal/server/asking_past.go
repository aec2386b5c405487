package server

import (
	"slices"
	"strconv"
	"strings"

	"anyam/internal/qda"
	"anyam/web/page"
)

// Two conditions of a question look back: entry, the number of an entry in the ledger, is met by the codings it touched; was, a
// node and a draft as 12@3, by those that were under that node then. Together they say which codings are meant at all.

// formerly is a node in a draft.
type formerly struct {
	node  qda.ID
	draft *qda.Draft
}

func (w formerly) String() string { return itoa(w.node) + "@" + itoa(w.draft.ID) }

// lookBack reads both conditions.
func (a *ask) lookBack(q *question, entries, were []string) error {
	if len(entries)+len(were) > mostConditions {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	for _, s := range entries {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		if n < 1 || n > int64(a.View.Seq()) {
			return absent()
		}
		e := a.entryAt(qda.Seq(n))
		if e == nil || !a.sees(e) {
			return absent()
		}
		q.entries = append(q.entries, e)
	}
	for _, s := range were {
		node, draft, _ := strings.Cut(s, "@")
		n, err := thingID(node)
		if err != nil {
			return err
		}
		d, err := a.draft(draft)
		if err != nil {
			return err
		}
		q.were = append(q.were, formerly{n, d})
	}
	return nil
}

// touched gives the codings that an entry made, changed, or used as evidence.
func touched(e *qda.Entry) (r []qda.ID) {
	for _, d := range e.Did {
		switch x := d.New.(type) {
		case *qda.Evidence:
			r = append(r, x.Coding)
		default:
			if d.Of == qda.SortCoding && d.Gone == nil {
				r = append(r, d.ID)
			}
		}
	}
	return r
}

// pastEntry tells an entry where the story of one thing is told.
func (a *ask) pastEntry(e *qda.Entry) page.PastEntry {
	s := a.say(e)
	return page.PastEntry{Seq: int(e.Seq), Coder: s.initials, Sentence: s.sentence, When: a.L.When(e.At, a.now), Detail: s.detail, Segments: a.segmentsOf(e)}
}

// segmentsOf counts the codings of an entry that are there to be looked at; it is empty where there are none.
func (a *ask) segmentsOf(e *qda.Entry) string {
	if !a.View.InForce(e.Seq) {
		return ""
	}
	n := 0
	for _, id := range touched(e) {
		c, ok := a.Lens.Coding(id)
		if d, there := a.View.Document(c.Document); ok && there && d.State == qda.Live && a.awake(c.Code) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return a.L.N("count.segments", n)
}

// among gives the codings that the looks back leave, nil where there are none.
func (a *ask) among(q question) (map[qda.ID]bool, error) {
	if len(q.entries)+len(q.were) == 0 {
		return nil, nil
	}
	var r map[qda.ID]bool
	both := func(all []qda.ID) {
		s := map[qda.ID]bool{}
		for _, n := range all {
			s[n] = r == nil || r[n]
		}
		r = s
	}
	var all []qda.ID
	for _, e := range q.entries {
		all = append(all, touched(e)...)
	}
	if len(q.entries) > 0 {
		both(all)
	}
	for _, w := range q.were {
		v, err := a.s.pasts.of(a, w.draft.AtSeq)
		if err != nil {
			return nil, err
		}
		l := a.Lens.On(v)
		if _, ok := l.Node(w.node); !ok {
			return nil, absent()
		}
		of := []qda.ID{w.node}
		if !q.only {
			of = v.Below(w.node)
		}
		codings, _ := l.CodingsOf(of, 0, -1)
		all := make([]qda.ID, len(codings))
		for i, c := range codings {
			all[i] = c.ID
		}
		both(all)
	}
	return r, nil
}

// back is what a question looks back at, in words; each can be ticked off.
type back struct{ entries, were []page.Choice }

func (a *ask) backChoices(q question) (b back, err error) {
	for _, e := range q.entries {
		s := a.say(e)
		b.entries = append(b.entries, page.Choice{Value: strconv.FormatInt(int64(e.Seq), 10), Label: s.initials + " " + s.sentence + ", " + a.L.When(e.At, a.now), Chosen: true})
	}
	for _, w := range q.were {
		v, err := a.s.pasts.of(a, w.draft.AtSeq)
		if err != nil {
			return b, err
		}
		n, ok := v.Node(w.node)
		if !ok {
			return b, absent()
		}
		b.were = append(b.were, page.Choice{Value: w.String(), Label: a.L.T("ask.was", "name", n.Name, "draft", w.draft.Name), Chosen: true})
	}
	return b, nil
}

// keep leaves the segments that the looks back mean. A stretch of words is meant where one of the codings lies on it.
func (a *ask) keep(hits []hit, among map[qda.ID]bool) []hit {
	if among == nil {
		return hits
	}
	return slices.DeleteFunc(hits, func(h hit) bool {
		if h.coding.ID != 0 {
			return !among[h.coding.ID]
		}
		for c := range a.Lens.Overlapping(h.document.ID, h.Span) {
			if among[c.ID] {
				return false
			}
		}
		return true
	})
}
