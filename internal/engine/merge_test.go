package engine_test

import (
	"slices"
	"testing"

	"anyam/internal/qda"
)

func TestMergeMakesEqualCodingsOne(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	// The owner has the same words under a and c; the blind coder other words under a.
	stays := w.do(w.owner, w.coding(w.doc1, "dokumen itu", w.c)).Did[0].ID
	onGoing := w.do(w.owner, &qda.MemoWritten{On: w.ofA, Text: "Penting."}).Did[0].ID
	w.do(w.owner, &qda.NodeChanged{Node: w.a, Example: &w.ofA})
	// Overlapping but not equal: both stay.
	overlapping := w.do(w.owner, w.coding(w.doc1, "🦐 dokumen", w.a)).Did[0].ID
	// The same words by another coder: both stay.
	others := w.do(w.researcher, w.coding(w.doc1, "dokumen itu", w.a)).Did[0].ID
	before := w.view()

	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c})

	w.noCoding(w.ofA)
	for _, n := range []qda.ID{stays, overlapping, others, w.ofBlind} {
		if c := w.hasCoding(n); c.Code != w.c {
			t.Errorf("coding %d has code %d", n, c.Code)
		}
	}
	l := w.view().As(w.owner)
	if x, ok := l.Memo(onGoing); !ok || x.On != stays {
		t.Errorf("the memo of the coding that went is %+v", x)
	}
	if x, ok := l.Memo(w.memo); !ok || x.On != w.c {
		t.Errorf("the memo of the code that went is %+v", x)
	}
	if n, _ := l.Node(w.a); n.State != qda.Merged || n.Into != w.c || n.Example != stays {
		t.Errorf("the merged code is %+v", n)
	}
	if l.Survivor(w.a) != w.c {
		t.Error("nobody knows where the code went")
	}
	if got := l.Counts().Node(w.c); got.Codings != 4 || l.Counts().Node(w.a).Codings != 0 {
		t.Errorf("counts %+v", got)
	}
	if before.As(0).Counts().Node(w.a).Codings != 4 {
		t.Error("the View before has changed")
	}
	r := w.no(w.owner, w.coding(w.doc2, "mahal", w.a), qda.Conflict, "refused.code_merged")
	if r.Into != w.c {
		t.Errorf("whoever applies the old code is sent to %d", r.Into)
	}
}

func TestMergeGivesChildrenAnotherParent(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.node(qda.Code, "Surat izin", w.a)
	w.node(qda.Code, "Cap", w.c)
	sleeping := w.node(qda.Code, "Lama", w.a)
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{sleeping}, State: qda.Removed})
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c})
	w.wantNames(w.c, "Cap", "Surat izin")
	if n, _ := w.view().Node(sleeping); n.Parent != w.c || n.State != qda.Removed {
		t.Errorf("the removed child is %+v", n)
	}
	w.wantNames(w.theme, "Pengepul")
}

func TestMergeRefusesAClashByName(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.node(qda.Code, "Surat", w.a)
	other := w.node(qda.Code, "surat", w.c)
	r := w.no(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c}, qda.Conflict, "refused.name_taken")
	if len(r.Args) != 2 || r.Args[1] != "Surat" && r.Args[1] != "surat" {
		t.Errorf("the refusal does not name it: %v", r.Args)
	}
	w.do(w.owner, &qda.NodeChanged{Node: other, Name: ptr("Surat jalan")})
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c})
	w.wantNames(w.c, "Surat jalan", "Surat")
}

func TestMergeReachesSleepingCodings(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	asleep := w.do(w.owner, w.coding(w.doc2, "mahal", w.a)).Did[0].ID
	w.do(w.owner, &qda.DocumentsState{Documents: []qda.ID{w.doc2}, State: qda.Removed})
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.b})
	if c := w.hasCoding(asleep); c.Code != w.b {
		t.Errorf("the sleeping coding has code %d", c.Code)
	}
	w.do(w.owner, &qda.DocumentsState{Documents: []qda.ID{w.doc2}, State: qda.Live})
	if n := w.view().As(0).Counts().Node(w.b).Codings; n != 4 {
		t.Errorf("%d codings after it woke", n)
	}
}

func TestMergeTakesAParentAndItsChild(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	child := w.node(qda.Code, "Surat izin", w.a)
	grandchild := w.node(qda.Code, "Surat jalan", child)
	coded := w.do(w.owner, w.coding(w.doc2, "mahal", child)).Did[0].ID
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{child, w.a}, Into: w.c})
	for _, n := range []qda.ID{w.a, child} {
		if x, _ := w.view().Node(n); x.State != qda.Merged || x.Into != w.c {
			t.Errorf("node %d was chosen and is %+v", n, x)
		}
	}
	if c := w.hasCoding(coded); c.Code != w.c {
		t.Errorf("the child's coding has code %d", c.Code)
	}
	if x, _ := w.view().Node(grandchild); x.Parent != w.c {
		t.Errorf("the grandchild stands under %d", x.Parent)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	child := w.node(qda.Code, "Surat izin", w.a)
	w.no(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: child}, qda.Invalid, "refused.merge_into_child")
	w.no(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.theme}, Into: w.c}, qda.Invalid, "refused.merge_kinds")
	w.no(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.c}, Into: w.c}, qda.Invalid, "refused.nothing_chosen")
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{w.b}, State: qda.Retired})
	w.no(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.b}, qda.Conflict, "refused.code_retired")
}

func TestRecodingOntoTheSameWords(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	stays := w.do(w.owner, w.coding(w.doc1, "dokumen itu", w.c)).Did[0].ID
	memo := w.do(w.owner, &qda.MemoWritten{On: w.ofA, Text: "Ikut pindah."}).Did[0].ID
	x := w.do(w.owner, &qda.CodingsChanged{Codings: []qda.ID{w.ofA, w.ofB}, Code: w.c})
	w.noCoding(w.ofA)
	if c := w.hasCoding(w.ofB); c.Code != w.c {
		t.Errorf("the other coding has code %d", c.Code)
	}
	if k, _ := w.view().As(0).Memo(memo); k.On != stays {
		t.Errorf("the memo is %+v", k)
	}
	w.undo(w.owner, x.Seq)
	if c := w.hasCoding(w.ofA); c.Code != w.a {
		t.Errorf("after the undo the coding has code %d", c.Code)
	}
}

// TestPlacesAmongTwins: an undone merge can bring a node back to a place that another has taken meanwhile.
func TestPlacesAmongTwins(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	top := w.node(qda.Theme, "Urutan", 0)
	first, last := w.node(qda.Code, "satu", top), w.node(qda.Code, "dua", top)
	merged := w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{last}, Into: first})
	w.node(qda.Code, "tiga", top)
	w.undo(w.owner, merged.Seq)
	w.wantNames(top, "satu", "dua", "tiga")
	names := w.namesUnder(top)
	var third qda.ID
	for _, n := range w.view().Nodes() {
		if n.Parent == top && n.Name == names[2] {
			third = n.ID
		}
	}
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.c}, Parent: top, Before: third})
	w.wantNames(top, "satu", "dua", "Biaya", "tiga")
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.a, w.b}, Parent: top, Before: w.c})
	w.wantNames(top, "satu", "dua", "Dokumen", "Pengepul", "Biaya", "tiga")
}

func TestMoves(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.b}, Parent: w.theme, Before: w.a})
	w.wantNames(w.theme, "Pengepul", "Dokumen")
	child := w.node(qda.Code, "Surat izin", w.a)
	w.no(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.a}, Parent: child}, qda.Invalid, "refused.move_into_itself")
	w.no(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.theme}, Parent: w.c}, qda.Invalid, "refused.theme_under_code")
	// What stands under a chosen node goes along with it.
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{child, w.a}, Parent: 0, Before: w.c})
	w.wantNames(0, "Hambatan", "Dokumen", "Biaya")
	w.wantNames(w.a, "Surat izin")
	if got := w.view().Below(w.a); !slices.Equal(got, []qda.ID{w.a, child}) {
		t.Errorf("below it are %v", got)
	}
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{w.theme}, State: qda.Removed})
	w.no(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.c}, Parent: w.theme}, qda.Conflict, "refused.parent_gone")
	if n := w.view().As(0).Counts().Node(w.b).Codings; n != 0 {
		t.Errorf("%d codings are counted under a removed theme", n)
	}
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{w.b}, State: qda.Live}) // what it stood under is gone
}
