package server

import (
	"anyam/internal/qda"
)

// sayReview tells an entry about the review in words; the entry is of no other kind.
func (a *ask) sayReview(t *told, e *qda.Entry) {
	whole := a.View.As(0)
	theme := func(n qda.ID) { t.link = a.at("/nodes/%d", n) }
	quote := func(text string) {
		if text != "" {
			t.detail = a.L.T("history.quoted", "name", clip(text, 200))
		}
	}
	concept := func(n qda.ID) string {
		if c, ok := whole.Concept(n); ok {
			return c.Name
		}
		return ""
	}
	draft := func(n qda.ID) string {
		if x, ok := whole.Draft(n); ok {
			return x.Name
		}
		return ""
	}
	either := func(yes bool, one, other string) string {
		if yes {
			return one
		}
		return other
	}
	switch c := e.Do.(type) {
	case *qda.EvidenceChosen:
		n := 0
		for _, d := range e.Did {
			if d.Of == qda.SortEvidence && d.New != nil {
				n++
			}
		}
		t.sentence = a.L.N(either(c.Against, "history.evidence_against", "history.evidence_for"), n, "theme", a.nodeName(c.Theme))
		quote(c.Why)
		theme(c.Theme)
	case *qda.EvidenceChanged:
		name := a.L.T("history.on_gone")
		if x, ok := whole.EvidenceAt(c.Evidence); ok {
			name = a.L.T("history.quoted", "name", a.nodeName(x.Theme))
			theme(x.Theme)
		}
		t.sentence = a.L.T("history.evidence_ordered", "theme", name)
		for _, d := range e.Did {
			before, after := was(d, "why")
			switch {
			case d.ID != c.Evidence:
			case setOf(d, "against"):
				t.sentence = a.L.T(either(c.Against != nil && *c.Against, "history.evidence_turned_against", "history.evidence_turned_for"), "theme", name)
			case before != after:
				t.sentence, t.detail = a.L.T("history.evidence_why", "theme", name), a.becomes(before, after)
			}
		}
	case *qda.EvidenceDropped:
		n := 0
		for _, d := range e.Did {
			if x, ok := d.Gone.(*qda.Evidence); ok {
				n++
				t.sentence = a.L.N("history.EvidenceDropped", n, "theme", a.nodeName(x.Theme))
				theme(x.Theme)
			}
		}
	case *qda.CounterLooked:
		t.sentence = a.L.T(either(c.Looked, "history.looked", "history.unlooked"), "theme", a.nodeName(c.Theme))
		theme(c.Theme)
	case *qda.ConceptAdded:
		t.sentence = a.L.T(either(c.Parent == 0, "history.framework_added", "history.ConceptAdded"), "name", c.Name)
		if c.Parent != 0 {
			t.detail = a.L.T("history.under", "name", concept(c.Parent))
		}
	case *qda.ConceptChanged:
		t.sentence = a.L.T("history.concept_ordered", "name", concept(c.Concept))
		for _, d := range e.Did {
			if d.ID != c.Concept {
				continue
			}
			before, after := was(d, "name")
			defined, as := was(d, "definition")
			switch {
			case setOf(d, "state") && c.State != nil:
				t.sentence = a.L.T("history.concept_"+string(*c.State), "name", concept(c.Concept))
			case before != after:
				t.sentence = a.L.T("history.concept_renamed", "was", before, "name", after)
			case defined != as:
				t.sentence, t.detail = a.L.T("history.concept_defined", "name", concept(c.Concept)), a.becomes(defined, as)
			case setOf(d, "parent"):
				t.sentence = a.L.T("history.concept_moved", "name", concept(c.Concept))
			}
		}
	case *qda.Tied:
		key := "history.tie_changed"
		for _, d := range e.Did {
			key = either(d.New != nil, "history.Tied", key)
		}
		t.sentence = a.L.T(key, "theme", a.nodeName(c.Theme), "concept", concept(c.Concept))
		quote(c.Why)
		theme(c.Theme)
	case *qda.Untied:
		t.sentence = a.L.T("history.Untied", "theme", a.nodeName(c.Theme), "concept", concept(c.Concept))
		theme(c.Theme)
	case *qda.DraftNamed:
		t.sentence = a.L.T("history.DraftNamed", "name", c.Name)
		quote(c.Text)
	case *qda.ReviewAsked:
		var names []string
		for _, n := range c.Of {
			if x, ok := whole.Coder(n); ok {
				names = append(names, x.Name)
			}
		}
		t.sentence = a.L.T("history.ReviewAsked", "names", a.list(names), "draft", draft(c.Draft))
		quote(c.Text)
	case *qda.RemarkMade:
		on := c.On
		for _, d := range e.Did {
			if x, ok := d.New.(*qda.Remark); ok {
				on = x.On
			}
		}
		t.sentence, t.link = a.L.T(either(c.Under != 0, "history.remark_answered", "history.RemarkMade"), "on", a.called(on)), a.placeOf(on)
		quote(c.Text)
	case *qda.RemarkSettled:
		on := qda.ID(0)
		if x, ok := whole.Remark(c.Remark); ok {
			on = x.On
		}
		t.sentence, t.link = a.L.T(either(c.Settled, "history.remark_settled", "history.remark_opened"), "on", a.called(on)), a.placeOf(on)
	case *qda.ThemeJudged:
		t.sentence = a.L.T("history.judged_"+string(c.Verdict), "theme", a.nodeName(c.Theme))
		quote(c.Text)
		theme(c.Theme)
	case *qda.QuestionKept:
		t.sentence = a.L.T(either(c.Question == 0, "history.QuestionKept", "history.question_changed"), "name", c.Name)
	case *qda.QuestionRemoved:
		for _, d := range e.Did {
			if x, ok := d.Gone.(*qda.Question); ok {
				t.sentence = a.L.T("history.QuestionRemoved", "name", x.Name)
			}
		}
	case *qda.Arranged:
		t.sentence = a.L.N("history.Arranged", len(c.Spots))
	}
}

// saySplit tells to which codes the codings of a node were given.
func (a *ask) saySplit(t *told, c *qda.NodeSplit, e *qda.Entry) {
	var to []string
	n := 0
	for _, p := range c.Parts {
		name := p.Name
		if p.Node != 0 {
			name = a.nodeName(p.Node)
		}
		to = append(to, a.L.T("history.quoted", "name", name))
		n += len(p.Codings)
	}
	t.sentence, t.link = a.L.N("history.split", n, "name", a.nodeName(c.Node), "into", a.list(to)), a.at("/nodes/%d", c.Node)
	one := 0
	for _, d := range e.Did {
		if d.Of == qda.SortCoding && d.Gone != nil {
			one++
		}
	}
	if one > 0 {
		t.detail = a.L.N("consequence.coincide", one)
	}
}
