package engine_test

import (
	"context"
	"slices"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

func TestUndoNamesTheEntryInTheWay(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	first := w.do(w.owner, &qda.NodeChanged{Node: w.a, Definition: ptr("Satu.")})
	second := w.do(w.researcher, &qda.NodeChanged{Node: w.a, Definition: ptr("Dua.")})
	w.do(w.owner, &qda.NodeChanged{Node: w.a, Colour: ptr(int16(5))}) // newer, but of another field
	r := w.no(w.owner, &qda.Undone{Seq: first.Seq}, qda.Conflict, "refused.undo_changed")
	if r.Seq != second.Seq {
		t.Errorf("entry %d is said to be in the way, it is %d", r.Seq, second.Seq)
	}
	// When what was in the way is gone, the undo goes through, and other fields keep what they have.
	w.undo(w.researcher, second.Seq)
	w.undo(w.owner, first.Seq)
	if n, _ := w.view().Node(w.a); n.Definition != "" || n.Colour != 5 {
		t.Errorf("the node is %+v", n)
	}
}

func TestUndoOfWhatIsGone(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	moved := w.do(w.owner, &qda.CodingsChanged{Codings: []qda.ID{w.ofA}, Code: w.c})
	gone := w.do(w.researcher, &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}})
	r := w.no(w.owner, &qda.Undone{Seq: moved.Seq}, qda.Conflict, "refused.undo_changed")
	if r.Seq != gone.Seq {
		t.Errorf("entry %d is said to be in the way, it is %d", r.Seq, gone.Seq)
	}
}

func TestLaterChangesOfOtherFieldsDoNotMatter(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	x := w.do(w.owner, &qda.NodeChanged{Node: w.a, Name: ptr("Surat")})
	w.do(w.researcher, &qda.NodeChanged{Node: w.a, Definition: ptr("Apa saja.")})
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.a}})
	w.undo(w.owner, x.Seq)
	if n, _ := w.view().Node(w.a); n.Name != "Dokumen" || n.Definition != "Apa saja." || n.Parent != 0 {
		t.Errorf("the node is %+v", n)
	}
}

func TestUndoRefusesWhereSomethingHangs(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	coded := w.do(w.owner, w.coding(w.doc2, "mahal", w.c))
	memo := w.do(w.researcher, &qda.MemoWritten{On: coded.Did[0].ID, Text: "Berapa?"})
	w.no(w.owner, &qda.Undone{Seq: coded.Seq}, qda.Conflict, "refused.hangs")
	w.do(w.researcher, &qda.MemoRemoved{Memo: memo.Did[0].ID})
	w.undo(w.owner, coded.Seq)

	added := w.do(w.owner, &qda.NodeAdded{Type: qda.Theme, Name: "Sementara"})
	child := w.node(qda.Code, "Anak", added.Did[0].ID)
	w.no(w.owner, &qda.Undone{Seq: added.Seq}, qda.Conflict, "refused.hangs")
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{child}, State: qda.Removed}) // it hangs there still, though it sleeps
	w.no(w.owner, &qda.Undone{Seq: added.Seq}, qda.Conflict, "refused.hangs")

	theme := w.node(qda.Theme, "Tema yang menjadi kode", 0)
	turned := w.do(w.owner, &qda.NodeTurned{Node: theme, Type: qda.Code})
	on := w.do(w.owner, w.coding(w.doc2, "mahal", theme))
	w.no(w.owner, &qda.Undone{Seq: turned.Seq}, qda.Conflict, "refused.hangs") // a theme bears no codings
	w.undo(w.owner, on.Seq)
	w.undo(w.owner, turned.Seq)

	attribute := w.do(w.owner, &qda.AttributeAdded{Name: "Umur", Of: qda.OfCases, Type: "number"})
	value := w.do(w.owner, &qda.CaseChanged{Case: w.kase, Values: qda.Values{attribute.Did[0].ID: "41"}})
	w.no(w.owner, &qda.Undone{Seq: attribute.Seq}, qda.Conflict, "refused.hangs")
	w.undo(w.owner, value.Seq)
	w.undo(w.owner, attribute.Seq)
}

func TestUndoKeepsTheRules(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	renamed := w.do(w.owner, &qda.NodeChanged{Node: w.a, Name: ptr("Surat")})
	w.node(qda.Code, "dokumen", w.theme)
	w.no(w.owner, &qda.Undone{Seq: renamed.Seq}, qda.Conflict, "refused.name_taken")

	gone := w.do(w.owner, &qda.CodingsRemoved{Codings: []qda.ID{w.ofB}})
	w.do(w.owner, w.coding(w.doc1, "lewat pengepul", w.b))
	w.no(w.owner, &qda.Undone{Seq: gone.Seq}, qda.Conflict, "refused.coded_already")

	gone = w.do(w.owner, &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}})
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c})
	w.no(w.owner, &qda.Undone{Seq: gone.Seq}, qda.Conflict, "refused.hangs")
}

// TestUndoIntoAnotherVersion: what was coded in an older version of a text does not come back over other words.
func TestUndoIntoAnotherVersion(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	coded := w.do(w.owner, w.coding(w.doc2, "mahal", w.c))
	gone := w.do(w.owner, &qda.CodingsRemoved{Codings: []qda.ID{coded.Did[0].ID}})
	c := newDocument()
	c.Replaces = w.doc2
	if _, err := e.Do(t.Context(), w.p, qda.Intent{Change: newChange(), Coder: w.owner, Do: c, Text: oneTurn}); err != nil {
		t.Fatal(err)
	}
	w.no(w.owner, &qda.Undone{Seq: gone.Seq}, qda.Conflict, "refused.version")
}

func TestUndoOfUndoOfUndo(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	x := w.do(w.owner, &qda.NodeChanged{Node: w.a, Name: ptr("Surat")}).Seq
	name := func() string { n, _ := w.view().Node(w.a); return n.Name }
	of := x
	var seqs []qda.Seq
	for round, want := range []string{"Dokumen", "Surat", "Dokumen", "Surat"} {
		of = w.undo(w.owner, of).Seq
		seqs = append(seqs, of)
		if name() != want {
			t.Fatalf("round %d: %s", round, name())
		}
		if in := w.view().InForce(x); in != (want == "Surat") {
			t.Fatalf("round %d: in force is %v", round, in)
		}
	}
	// The same entry undone a second time, not through its Undone.
	last := w.undo(w.owner, x).Seq
	if name() != "Dokumen" || w.view().InForce(x) {
		t.Fatal("the second undo of the same entry did nothing")
	}
	w.no(w.owner, &qda.Undone{Seq: x}, qda.Conflict, "refused.undone_already")
	// Every past knows what was in force then.
	for i, s := range append(seqs, last) {
		v, err := e.At(t.Context(), w.p, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.InForce(x); got != (i%2 == 1) {
			t.Errorf("at %d the entry's being in force is %v", s, got)
		}
	}
}

// TestRedoOfAMergeLeavesNothingBehind: a merge made again takes along what it took the first time; what was put under the code
// meanwhile would stay on one that is gone.
func TestRedoOfAMergeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	undone := w.undo(w.owner, w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c}).Seq)
	coded := w.do(w.researcher, w.coding(w.doc2, "mahal", w.a))
	w.no(w.owner, &qda.Undone{Seq: undone.Seq}, qda.Conflict, "refused.hangs")
	w.undo(w.researcher, coded.Seq)
	child := w.do(w.owner, &qda.NodeAdded{Type: qda.Code, Name: "Anak", Parent: w.a})
	w.no(w.owner, &qda.Undone{Seq: undone.Seq}, qda.Conflict, "refused.hangs")
	w.undo(w.owner, child.Seq)
	w.undo(w.owner, undone.Seq)
	if n, _ := w.view().Node(w.a); n.State != qda.Merged {
		t.Errorf("the merge was not made again: %+v", n)
	}
}

// TestRedoAfterARestart: a code that an undo took away comes back under its old number, though newer ones are there and the
// program has forgotten it.
func TestRedoAfterARestart(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	c := w.coding(w.doc2, "mahal", 0)
	c.Name = "Mahal"
	made := w.do(w.owner, c)
	undone := w.undo(w.owner, made.Seq)
	newer := w.do(w.owner, w.coding(w.doc2, "jauh", w.node(qda.Code, "Jarak", 0))).Did[0].ID

	again := engine.New(m, options())
	defer again.Close()
	w.e = again
	if old, err := again.At(t.Context(), w.p, made.Seq); err != nil || old.As(0).Counts().Node(made.Did[0].ID).Codings != 1 {
		t.Fatalf("the past without a restart's memory: %v", err)
	}
	w.undo(w.owner, undone.Seq)
	v := w.view()
	if got := v.As(0).Counts().Node(made.Did[0].ID).Codings; got != 1 {
		t.Errorf("%d codings under the code that came back", got)
	}
	if k, _ := v.As(0).Coding(newer); k.Code != w.nodeNamed("Jarak") {
		t.Errorf("the newer coding has code %d", k.Code)
	}
	if err := again.Check(t.Context(), w.p); err != nil {
		t.Fatal(err)
	}
}

func (w *world) nodeNamed(name string) qda.ID {
	for _, n := range w.view().Nodes() {
		if n.Name == name {
			return n.ID
		}
	}
	w.t.Fatalf("no node %q", name)
	return 0
}

func TestWhoMayUndo(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	mine := w.do(w.researcher, w.coding(w.doc2, "mahal", w.c))
	w.no(w.supervisor, &qda.Undone{Seq: mine.Seq}, qda.Refused, "refused.undo_others")
	w.no(w.blind, &qda.Undone{Seq: mine.Seq}, qda.Refused, "refused.undo_others")
	undone := w.undo(w.researcher, mine.Seq)
	w.undo(w.owner, undone.Seq)
	// A researcher who has become a supervisor can't undo codings any more, nor bring them back.
	undone = w.undo(w.researcher, mine.Seq)
	w.do(w.owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Role: ptr(qda.Supervisor)}}})
	w.no(w.researcher, &qda.Undone{Seq: undone.Seq}, qda.Refused, "refused.role")
	memo := w.do(w.researcher, &qda.MemoWritten{Text: "Tentang studi ini."})
	back := w.undo(w.researcher, memo.Seq)
	w.undo(w.researcher, back.Seq)
	// Nor may a blind coder take back what the blind may not do.
	w.do(w.owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Role: ptr(qda.Researcher)}}})
	moved := w.do(w.researcher, &qda.NodesMoved{Nodes: []qda.ID{w.c}, Parent: w.theme})
	back = w.undo(w.researcher, moved.Seq)
	w.do(w.owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Blind: ptr(true)}}})
	w.no(w.researcher, &qda.Undone{Seq: back.Seq}, qda.Refused, "refused.blind")
}

func TestNextUndoAndRedo(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	next := func(document qda.ID) (undo, redo qda.Seq) {
		u, r, err := e.Next(context.Background(), w.view(), w.owner, document)
		if err != nil {
			t.Fatal(err)
		}
		if u != nil {
			undo = u.Seq
		}
		if r != nil {
			redo = r.Seq
		}
		return undo, redo
	}
	in1 := w.do(w.owner, w.coding(w.doc1, "menjual", w.c)).Seq
	in2 := w.do(w.owner, w.coding(w.doc2, "mahal", w.c)).Seq
	w.do(w.researcher, w.coding(w.doc1, "langsung", w.c))
	if u, r := next(w.doc1); u != in1 || r != 0 {
		t.Errorf("document 1: undo %d, redo %d", u, r)
	}
	if u, _ := next(w.doc2); u != in2 {
		t.Errorf("document 2: undo %d", u)
	}
	back := w.undo(w.owner, in1).Seq
	if u, r := next(w.doc1); u == in1 || r != back {
		t.Errorf("after the undo: undo %d, redo %d", u, r)
	}
	redone := w.undo(w.owner, back).Seq
	if u, r := next(w.doc1); u != in1 || r != 0 {
		t.Errorf("after the redo %d: undo %d, redo %d", redone, u, r)
	}
	if got := slices.Sorted(slices.Values([]qda.Seq{in1, in2})); got[0] == got[1] {
		t.Error("two changes have one number")
	}
}

// TestUntouchedAmongTouched: a thing that a change names but leaves as it was keeps its rev, as the fold says.
func TestUntouchedAmongTouched(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.do(w.owner, &qda.DocumentsState{Documents: []qda.ID{w.doc2}, State: qda.Removed})
	d, _ := w.view().Document(w.doc1)
	before := d.Rev
	w.do(w.owner, &qda.DocumentsState{Documents: []qda.ID{w.doc1, w.doc2}, State: qda.Live})
	if d, _ = w.view().Document(w.doc1); d.Rev != before {
		t.Errorf("a document that was live already is touched by %d, not %d", d.Rev, before)
	}
}
