package engine

import (
	"encoding/hex"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// rules are what must hold of every thing a decision has touched, whatever the kind of change: for an undo they are
// the whole of what is asked of the outcome. Check asks them of every thing.
func (d *draft) rules() error {
	if len(d.codeSlots.ids) > MostThings || len(d.documentSlots.ids) > MostThings || len(d.coderSlots.ids) > MostThings {
		return qda.Refuse(qda.TooLarge, "refused.project_full")
	}
	people := false
	for _, k := range d.order {
		if k.Sort == qda.SortCoder {
			people = true
		}
		t := d.thing(k.Sort, k.ID)
		if t == nil {
			if err := d.View.loose(k); err != nil {
				return err
			}
			continue
		}
		if err := d.View.holds(t); err != nil {
			return err
		}
		if n, ok := t.(*qda.Node); ok {
			// A merge that is made again takes along what it took the first time: what was put there meanwhile would be left behind.
			if n.State == qda.Merged && (len(d.tree().children[n.ID]) > 0 || d.View.carries(n.ID) || d.View.speaks(n.ID)) {
				return qda.Refuse(qda.Conflict, "refused.hangs")
			}
			// Where a node moved or woke, its children must fit it too.
			for _, c := range d.tree().children[n.ID] {
				if c.State.Counts() && n.State.Counts() {
					if err := d.View.holds(c); err != nil {
						return err
					}
				}
			}
		}
	}
	if people {
		return d.View.owned()
	}
	return nil
}

// owned: a project always has an owner.
func (v *View) owned() error {
	for _, c := range v.coders.rows {
		if c.Role == qda.Owner {
			return nil
		}
	}
	return qda.Refuse(qda.Refused, "refused.last_owner")
}

// loose: nothing, live or not, may hang on what has gone.
func (v *View) loose(k qda.Name) error {
	hangs := qda.Refuse(qda.Conflict, "refused.hangs")
	switch k.Sort {
	case qda.SortNode:
		for _, n := range v.nodes.rows {
			if n.Parent == k.ID || n.Into == k.ID {
				return hangs
			}
		}
		if v.carries(k.ID) || v.speaks(k.ID) || v.reviewHangs(k.ID) {
			return hangs
		}
	case qda.SortCase:
		for _, x := range v.documents.rows {
			if x.Case == k.ID {
				return hangs
			}
			for _, s := range x.Speakers {
				if s.Case == k.ID {
					return hangs
				}
			}
		}
	case qda.SortAttribute:
		for _, x := range v.cases.rows {
			if _, ok := x.Values[k.ID]; ok {
				return hangs
			}
		}
		for _, x := range v.documents.rows {
			if _, ok := x.Values[k.ID]; ok {
				return hangs
			}
		}
	case qda.SortDocument, qda.SortCoder:
		return hangs
	case qda.SortCoding:
		for _, n := range v.nodes.rows {
			if n.Example == k.ID {
				return hangs
			}
		}
		for _, e := range v.evidence.rows {
			if e.Coding == k.ID {
				return hangs
			}
		}
	case qda.SortConcept:
		for _, c := range v.concepts.rows {
			if c.Parent == k.ID {
				return hangs
			}
		}
		for _, t := range v.ties.rows {
			if t.Concept == k.ID {
				return hangs
			}
		}
	case qda.SortDraft, qda.SortRemark, qda.SortJudgement:
		return hangs
	case qda.SortSpot:
		return nil // its number is its node's
	}
	for _, m := range v.memos.rows {
		if m.On == k.ID {
			return hangs
		}
	}
	return nil
}

// carries reports whether any coding, asleep or not, is under a node itself.
func (v *View) carries(n qda.ID) bool {
	slot, _ := v.codeSlots.of(n)
	for d := range v.documentSlots.ids {
		for _, code := range v.chunkAt(d).code {
			if int(code) == slot {
				return true
			}
		}
	}
	return false
}

// speaks reports whether evidence or ties are a node's own.
func (v *View) speaks(n qda.ID) bool {
	return slices.ContainsFunc(v.evidence.rows, func(e *qda.Evidence) bool { return e.Theme == n }) ||
		slices.ContainsFunc(v.ties.rows, func(t *qda.Tie) bool { return t.Theme == n })
}

// reviewHangs reports whether remarks or judgements, which never move and never go, are about a node.
func (v *View) reviewHangs(n qda.ID) bool {
	return slices.ContainsFunc(v.remarks.rows, func(r *qda.Remark) bool { return r.On == n || r.Theme == n }) ||
		slices.ContainsFunc(v.judgements.rows, func(j *qda.Judgement) bool { return j.Theme == n })
}

// holds: what one thing must satisfy among the others.
func (v *View) holds(t qda.Thing) error {
	switch x := t.(type) {
	case *qda.Node:
		return v.nodeHolds(x)
	case *qda.Coding:
		return v.codingHolds(x)
	case *qda.Memo:
		if x.On == 0 || v.sortOf(x.On) != "" {
			return nil
		}
		return qda.Refuse(qda.Conflict, "refused.hangs")
	case *qda.Case:
		for _, y := range v.cases.rows {
			if y.ID != x.ID && x.State == qda.Live && y.State == qda.Live && sameName(x.Name, y.Name) {
				return qda.Refuse(qda.Conflict, "refused.name_taken", "name", x.Name)
			}
		}
	case *qda.Attribute:
		for _, y := range v.attributes.rows {
			if y.ID != x.ID && y.Of == x.Of && sameName(x.Name, y.Name) {
				return qda.Refuse(qda.Conflict, "refused.name_taken", "name", x.Name)
			}
		}
	case *qda.Draft, *qda.Concept, *qda.Evidence, *qda.Tie, *qda.Remark, *qda.Judgement, *qda.Question:
		return v.reviewHolds(t)
	case *qda.Document:
		if k, ok := v.cases.get(x.Case); x.Case != 0 && (!ok || k == nil) {
			return qda.Refuse(qda.Conflict, "refused.hangs")
		}
	}
	return nil
}

func (v *View) nodeHolds(x *qda.Node) error {
	if x.State == qda.Merged {
		if _, ok := v.nodes.get(x.Into); !ok {
			return qda.Refuse(qda.Conflict, "refused.hangs")
		}
		return nil
	}
	steps := 0
	for p := x.Parent; p != 0; steps++ {
		up, ok := v.nodes.get(p)
		if !ok || steps > len(v.nodes.rows) {
			return qda.Refuse(qda.Invalid, "refused.move_into_itself")
		}
		if x.State.Counts() && up.State == qda.Merged {
			return qda.Refuse(qda.Conflict, "refused.parent_gone")
		}
		if x.Kind == qda.Theme && x.State.Counts() && up.Kind == qda.Code && p == x.Parent {
			return qda.Refuse(qda.Invalid, "refused.theme_under_code", "theme", x.Name)
		}
		p = up.Parent
	}
	if !x.State.Counts() {
		return nil
	}
	for _, y := range v.tree().children[x.Parent] {
		if y.ID != x.ID && y.State.Counts() && sameName(x.Name, y.Name) {
			err := qda.Refuse(qda.Conflict, "refused.name_taken", "name", x.Name)
			err.Into = y.ID
			return err
		}
	}
	return nil
}

func (v *View) codingHolds(x *qda.Coding) error {
	doc, ok := v.documents.get(x.Document)
	code, ok2 := v.nodes.get(x.Code)
	if !ok || !ok2 || code.State == qda.Merged {
		return qda.Refuse(qda.Conflict, "refused.hangs")
	}
	if x.Version != doc.Version {
		return qda.Refuse(qda.Conflict, "refused.version")
	}
	if !(span.Span{Start: x.Start, Stop: x.Stop}).Valid(doc.Chars) {
		return qda.Refuse(qda.Invalid, "refused.span")
	}
	slot, _ := v.documentSlots.of(x.Document)
	c := v.chunkAt(slot)
	k, _ := v.codeSlots.of(x.Code)
	w, _ := v.coderSlots.of(x.Coder)
	for i := c.place(x.Start, x.Stop, 0); i < len(c.id) && c.Start[i] == x.Start && c.Stop[i] == x.Stop; i++ {
		if c.id[i] != uint32(x.ID) && c.code[i] == uint16(k) && c.coder[i] == uint16(w) && int32(c.version[i]) == x.Version {
			return qda.Refuse(qda.Conflict, "refused.coded_already")
		}
	}
	return nil
}

// sortOf says what a number names, "" if nothing.
func (v *View) sortOf(n qda.ID) qda.Sort {
	for _, s := range qda.Sorts[1:] {
		if s != qda.SortSpot && v.thing(s, n) != nil {
			return s
		}
	}
	return ""
}

func parseSum(s string) (h qda.Hash) {
	hex.Decode(h[:], []byte(s)) // the server made it; a wrong one shows in Check
	return h
}
