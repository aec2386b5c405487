package engine

import "anyam/internal/qda"

// reviewHolds: what a thing of the review must satisfy among the others.
func (v *View) reviewHolds(t qda.Thing) error {
	hangs := qda.Refuse(qda.Conflict, "refused.hangs")
	taken := func(name string) error { return qda.Refuse(qda.Conflict, "refused.name_taken", "name", name) }
	node := func(n qda.ID) bool { _, ok := v.nodes.get(n); return ok }
	switch x := t.(type) {
	case *qda.Draft:
		for _, y := range v.drafts.rows {
			if y.ID != x.ID && sameName(x.Name, y.Name) {
				return taken(x.Name)
			}
		}
	case *qda.Question:
		for _, y := range v.questions.rows {
			if y.ID != x.ID && sameName(x.Name, y.Name) {
				return taken(x.Name)
			}
		}
	case *qda.Concept:
		steps := 0
		for p := x.Parent; p != 0; steps++ {
			up, ok := v.concepts.get(p)
			if !ok || steps > len(v.concepts.rows) {
				return qda.Refuse(qda.Invalid, "refused.move_into_itself")
			}
			p = up.Parent
		}
		for _, y := range v.concepts.rows {
			if y.ID != x.ID && y.Parent == x.Parent && x.State == qda.Live && y.State == qda.Live && sameName(x.Name, y.Name) {
				return taken(x.Name)
			}
		}
	case *qda.Evidence:
		theme, ok := v.nodes.get(x.Theme)
		if _, there := v.findCoding(x.Coding); !ok || !there || theme.State == qda.Merged {
			return hangs
		}
		for _, y := range v.evidence.rows {
			if y.ID != x.ID && y.Theme == x.Theme && y.Coding == x.Coding {
				return qda.Refuse(qda.Conflict, "refused.evidence_already", "theme", theme.Name)
			}
		}
	case *qda.Tie:
		theme, ok := v.nodes.get(x.Theme)
		if _, there := v.concepts.get(x.Concept); !ok || !there || theme.State == qda.Merged {
			return hangs
		}
		for _, y := range v.ties.rows {
			if y.ID != x.ID && y.Theme == x.Theme && y.Concept == x.Concept {
				return hangs
			}
		}
	case *qda.Remark:
		_, document := v.documents.get(x.Document)
		_, head := v.remarks.get(x.Under)
		if x.Theme != 0 && !node(x.Theme) || x.Document != 0 && !document || x.Under != 0 && !head ||
			x.Document == 0 && x.On != 0 && !node(x.On) && v.drafts.thing(x.On) == nil {
			return hangs
		}
	case *qda.Judgement:
		if !node(x.Theme) {
			return hangs
		}
	}
	return nil
}
