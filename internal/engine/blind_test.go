package engine_test

import (
	"context"
	"errors"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestBlindnessThroughTheLens: a blind coder sees texts, codebook and their own work, whatever they ask.
func TestBlindnessThroughTheLens(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	mine := w.do(w.blind, &qda.MemoWritten{On: w.ofBlind, Text: "Punyaku."}).Did[0].ID
	w.do(w.owner, &qda.MemoWritten{On: w.ofA, Text: "Bukan untuknya."})
	w.do(w.owner, &qda.NodeChanged{Node: w.a, Example: &w.ofA})
	v := w.view()
	l, sighted := v.As(w.blind), v.As(w.owner)
	if !l.Blind() || sighted.Blind() || l.Me() != w.blind {
		t.Fatal("the wrong one is blind")
	}
	whole := span.Span{Start: 0, Stop: 1000}
	only := func(what string, got []qda.Coding) {
		t.Helper()
		if len(got) != 1 || got[0].ID != w.ofBlind {
			t.Errorf("%s: %+v", what, got)
		}
	}
	only("codings of a document", l.Codings(w.doc1, whole))
	got, total := l.CodingsOf([]qda.ID{w.a, w.b, w.c}, 0, -1)
	only("codings of codes", got)
	if total != 1 {
		t.Errorf("%d in all", total)
	}
	var all []qda.Coding
	for c := range l.All {
		all = append(all, c)
	}
	only("all", all)
	only("at a point", l.At(w.doc1, w.words(w.doc1, "lewat").Start))
	if _, ok := l.Coding(w.ofA); ok {
		t.Error("another's coding is seen by its number")
	}
	if got := l.AllMemos(); len(got) != 1 || got[0].ID != mine {
		t.Errorf("memos %+v", got)
	}
	if got := l.Memos(w.a); len(got) != 0 {
		t.Errorf("memos on a code: %+v", got)
	}
	if _, ok := l.Memo(w.memo); ok {
		t.Error("another's memo is seen by its number")
	}
	c := l.Counts()
	if c.Codings != 1 || c.Node(w.a).Codings != 1 || c.Node(w.b).Codings != 0 || c.Node(w.theme).AllCodings != 1 || c.Document(w.doc1) != 1 || c.ByCoder(w.a, w.owner) != 0 || c.ByCoder(w.a, w.blind) != 1 {
		t.Errorf("counts %+v", c.Node(w.a))
	}
	if n := sighted.Counts().Codings; n != 3 {
		t.Errorf("the owner counts %d", n)
	}
	if pairs, _ := l.Pairs().Meet(w.a, w.b); pairs != 0 {
		t.Errorf("the blind coder sees %d meetings", pairs)
	}
	if pairs, chars := sighted.Pairs().Meet(w.a, w.b); pairs != 1 || chars != len("lewat") {
		t.Errorf("the owner sees %d meetings over %d characters", pairs, chars)
	}
	if got, want := l.Covered(w.doc1), int32(len("menjual lewat")); got != want {
		t.Errorf("%d characters covered, not %d", got, want)
	}
	if len(l.Nodes()) != 4 || len(l.Documents()) != 2 {
		t.Error("the codebook or the documents are hidden")
	}
}

func TestBlindCoderActsOnTheirOwn(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.no(w.blind, &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}}, qda.Conflict, "refused.coding_gone")
	w.no(w.blind, &qda.CodingsChanged{Codings: []qda.ID{w.ofA}, Code: w.c}, qda.Conflict, "refused.coding_gone")
	w.no(w.blind, &qda.CodingsChanged{Codings: []qda.ID{w.ofA}, Span: ptr(w.words(w.doc1, "Saya"))}, qda.Conflict, "refused.coding_gone")
	w.no(w.blind, &qda.MemoWritten{On: w.ofA, Text: "?"}, qda.Absent, "")
	w.no(w.blind, &qda.MemoRemoved{Memo: w.memo}, qda.Absent, "")
	w.no(w.blind, &qda.NodeChanged{Node: w.a, Example: &w.ofA}, qda.Conflict, "refused.coding_gone")
	// The same words under the same code as another's: a coding of their own.
	x := w.do(w.blind, w.coding(w.doc1, "dokumen itu", w.a))
	w.do(w.blind, &qda.CodingsChanged{Codings: []qda.ID{x.Did[0].ID}, Code: w.c})
	w.do(w.blind, &qda.CodingsRemoved{Codings: []qda.ID{w.ofBlind}})
}

func TestWhatIsNobodysIsRefused(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.no(0, w.coding(w.doc1, "Saya", w.c), qda.Absent, "")
	w.no(0, &qda.MemoWritten{Text: "Dari siapa?"}, qda.Absent, "")
	w.no(0, &qda.DocumentFinished{Document: w.doc1, Finished: true}, qda.Absent, "")
	// The one owner can't go, nor give the project away to nobody.
	w.no(w.owner, &qda.CoderLeft{Coder: w.owner}, qda.Refused, "refused.last_owner")
	w.no(w.owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.owner, Role: ptr(qda.Supervisor)}}}, qda.Refused, "refused.last_owner")
	w.no(w.researcher, &qda.CoderLeft{Coder: w.blind}, qda.Refused, "refused.role")
	w.do(w.researcher, &qda.CoderLeft{Coder: w.researcher})
	w.no(w.researcher, &qda.NodeAdded{Type: qda.Code, Name: "Nanti"}, qda.Refused, "refused.role")
}

// TestAPlaceholderComesBack: one who has left is in the role that is said again, one who is here stays in theirs, and neither can sign in.
func TestAPlaceholderComesBack(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	n := w.do(0, &qda.CoderJoined{Name: "Ani", Role: qda.Researcher}).Did[0].ID
	for _, x := range []struct {
		do   qda.Change
		role qda.Role
	}{
		{&qda.CoderJoined{Claim: n, Name: "Ani Wijaya", Role: qda.Owner}, qda.Researcher}, {&qda.CoderLeft{Coder: n}, ""},
		{&qda.CoderJoined{Claim: n, Name: "Ani", Role: qda.Supervisor}, qda.Supervisor},
	} {
		w.do(0, x.do)
		if k, _ := w.view().Coder(n); k.Role != x.role || k.Account != 0 {
			t.Errorf("after %+v: %+v", x.do, k)
		}
	}
}

// TestWordsThatAreNoText: what a table or JSON could not hold as it is, is refused, wherever it stands.
func TestWordsThatAreNoText(t *testing.T) {
	t.Parallel()
	s, e := open(t)
	w := newWorld(t, s, e)
	for _, bad := range []string{"a\xffb", "a\x00b"} {
		d := newDocument()
		d.FileName = bad
		w.refused(w.owner, qda.Intent{Do: d, Text: oneTurn}, qda.Invalid, "refused.utf8")
		w.no(w.owner, &qda.ProjectChanged{Language: &bad}, qda.Invalid, "refused.utf8")
		w.no(w.owner, &qda.NodeAdded{Type: qda.Code, Name: "x", GUID: bad}, qda.Invalid, "refused.utf8")
		w.no(w.owner, &qda.CoderJoined{Name: "x", Initials: bad, Role: qda.Researcher}, qda.Invalid, "refused.utf8")
		w.no(w.owner, &qda.MemoWritten{Text: bad}, qda.Invalid, "")
	}
	// What only looks like it is taken.
	w.do(w.owner, &qda.MemoWritten{Text: "\\ufffd \\u0000 \ufffd \\\\u0000 \u2028 <b>&"})
}

func TestArchivedProjectRests(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	w.do(w.owner, &qda.ProjectChanged{State: ptr(qda.Archived)})
	w.no(w.owner, w.coding(w.doc1, "Saya", w.c), qda.Refused, "refused.archived")
	w.no(w.owner, &qda.Undone{Seq: w.codedAt}, qda.Refused, "refused.archived")
	w.do(w.owner, &qda.ProjectChanged{State: ptr(qda.Live)})
	w.do(w.owner, w.coding(w.doc1, "Saya", w.c))
}

func TestPreviewKeepsNothing(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	before := w.view()
	after, x, err := e.Preview(t.Context(), w.p, qda.Intent{Coder: w.owner, Do: &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c}})
	if err != nil || len(x.Did) == 0 || after.As(0).Counts().Node(w.c).Codings != 2 {
		t.Fatalf("%+v, %v", x, err)
	}
	if w.view() != before || before.As(0).Counts().Node(w.c).Codings != 0 {
		t.Error("a preview moved the View")
	}
	if err := engine.Whole(after); err != nil {
		t.Error(err)
	}
	var refused *qda.Error
	if _, _, err := e.Preview(context.Background(), w.p, qda.Intent{Coder: w.blind, Do: &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c}}); !errors.As(err, &refused) {
		t.Errorf("a preview tells a blind coder: %v", err)
	}
}
