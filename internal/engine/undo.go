package engine

import (
	"context"
	"maps"
	"slices"

	"anyam/internal/qda"
)

// Undoable reports whether a kind of change can be undone; the others are answered by another change.
func Undoable(kind string) bool {
	switch kind {
	case "ProjectMade", "CoderJoined", "CodersChanged", "CoderLeft", "DocumentAdded", "DraftNamed", "ReviewAsked", "RemarkMade", "RemarkSettled", "ThemeJudged":
		return false
	}
	return true
}

// undoneOf inverts an entry's effects: allowed while it is in force and every field still holds what it left.
func (d *draft) undoneOf(c *qda.Undone) error {
	e := d.undo
	switch {
	case e == nil || e.Seq != c.Seq || e.Erased != 0:
		return absent()
	case !Undoable(e.Kind):
		return qda.Refuse(qda.Refused, "refused.undo_kind")
	case !d.InForce(c.Seq):
		return qda.Refuse(qda.Conflict, "refused.undone_already")
	}
	if d.by != nil && !d.by.Role.May(d.rootKind()) {
		return qda.Refuse(qda.Refused, "refused.role")
	}
	if d.by != nil && d.by.Blind && (!qda.MayBlind(d.rootKind()) || e.Coder != d.by.ID) {
		return qda.Refuse(qda.Refused, "refused.blind")
	}
	for _, x := range e.Did {
		if !x.Holds(d.thing(x.Of, x.ID)) {
			err := qda.Refuse(qda.Conflict, "refused.undo_changed")
			if t := d.thing(x.Of, x.ID); t != nil {
				err.Seq = t.Touched()
			}
			err.Theirs = qda.Name{Sort: x.Of, ID: x.ID}
			return err
		}
	}
	// Things that come back are put after what they hang on; things that go are dropped before it.
	inverse := qda.Inverses(e.Did)
	slices.SortStableFunc(inverse, func(a, b qda.Did) int { return undoOrder(a) - undoOrder(b) })
	for _, x := range inverse {
		is, err := x.Apply(d.thing(x.Of, x.ID), d.seq)
		if err != nil {
			return err
		}
		if is == nil {
			d.drop(x.Of, x.ID)
			continue
		}
		if k, ok := is.(*qda.Coding); ok {
			if _, _, err := d.slotted(k); err != nil {
				return qda.Refuse(qda.Conflict, "refused.hangs")
			}
		}
		d.put(is)
	}
	for _, x := range inverse { // a code that becomes a theme again takes no codings along
		if n, ok := d.nodes.get(x.ID); ok && x.Of == qda.SortNode && x.Set["codable"][1] != nil && !n.Codable && d.View.carries(x.ID) {
			return qda.Refuse(qda.Conflict, "refused.hangs")
		}
	}
	return nil
}

func undoOrder(x qda.Did) int {
	at := slices.Index(qda.Sorts, x.Of)
	if x.Gone != nil {
		return 100 - at
	}
	return at
}

// rootKind is the kind of change whose rights an undoing needs: that of the entry. An Undone says nothing by its kind, so
// for a redo it is a kind that does such things.
func (d *draft) rootKind() string {
	if d.undo.Kind != "Undone" {
		return d.undo.Kind
	}
	kind := "MemoWritten"
	for _, x := range d.undo.Did {
		switch x.Of {
		case qda.SortProject:
			return "ProjectChanged"
		case qda.SortNode:
			for _, f := range Fields(x) {
				if f == "parent" || f == "place" || f == "state" || f == "kind" {
					return "NodesMoved"
				}
			}
			kind = "NodeChanged"
		case qda.SortMemo, qda.SortQuestion:
		default:
			kind = "CodingApplied"
		}
	}
	return kind
}

// touches reports whether an entry touched the codebook or a document: what Ctrl Z takes back while one reads it.
func touches(v *View, e *qda.Entry, document qda.ID) bool {
	for _, x := range e.Did {
		switch x.Of {
		case qda.SortNode:
			return true
		case qda.SortDocument:
			if x.ID == document {
				return true
			}
		case qda.SortCoding:
			if c, ok := x.New.(*qda.Coding); ok && c.Document == document {
				return true
			}
			if c, ok := x.Gone.(*qda.Coding); ok && c.Document == document {
				return true
			}
			if c, ok := v.findCoding(x.ID); ok && c.Document == document {
				return true
			}
		case qda.SortEvidence:
			on := qda.ID(0)
			if e, ok := x.New.(*qda.Evidence); ok {
				on = e.Coding
			} else if e, ok := x.Gone.(*qda.Evidence); ok {
				on = e.Coding
			} else if e, ok := v.evidence.get(x.ID); ok {
				on = e.Coding
			}
			if c, ok := v.findCoding(on); ok && c.Document == document {
				return true
			}
		case qda.SortMemo:
			on := qda.ID(0)
			if m, ok := x.New.(*qda.Memo); ok {
				on = m.On
			} else if m, ok := x.Gone.(*qda.Memo); ok {
				on = m.On
			} else if m, ok := v.memos.get(x.ID); ok {
				on = m.On
			}
			if c, ok := v.findCoding(on); on == document || ok && c.Document == document || v.thing(qda.SortNode, on) != nil {
				return true
			}
		}
	}
	return false
}

// Fields lists the fields an effect set, in alphabetical order.
func Fields(d qda.Did) []string { return slices.Sorted(maps.Keys(d.Set)) }

// Next gives what Ctrl Z and Ctrl Shift Z would take back for a coder who reads a document: the newest entry of theirs in
// force that touched this document or the codebook, and the newest Undone that no later change of theirs has overtaken. Nil where there is none.
func (e *Engine) Next(ctx context.Context, v *View, coder qda.ID, document qda.ID) (undo, redo *qda.Entry, err error) {
	before := v.seq + 1
	for rounds := 0; rounds < 10; rounds++ {
		es, err := e.ledger.By(ctx, v.id, coder, before, 100)
		if err != nil {
			return nil, nil, err
		}
		for _, x := range es {
			before = x.Seq
			if x.Erased != 0 || !v.InForce(x.Seq) {
				continue
			}
			if u, ok := x.Do.(*qda.Undone); ok {
				if redo == nil && !v.isUndoing(u.Seq) && touches(v, x, document) {
					redo = x
				}
				continue
			}
			if Undoable(x.Kind) && touches(v, x, document) {
				return x, redo, nil
			}
		}
		if len(es) < 100 {
			break
		}
	}
	return nil, redo, nil
}

// isUndoing reports whether an entry is itself an Undone.
func (v *View) isUndoing(s qda.Seq) bool {
	return slices.ContainsFunc(v.undone.rows, func(u undoing) bool { return slices.Contains(u.by, s) })
}
