package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// place is one coder's part of a document.
type place struct{ coder, document qda.ID }

// coded reckons which characters each coder has coded in each document, character by character over the rows alone.
func coded(v *engine.View) map[place]map[int32]bool {
	awake := func(n qda.ID) bool {
		for n != 0 {
			x, ok := v.Node(n)
			if !ok || x.State != qda.Live && x.State != qda.Retired {
				return false
			}
			n = x.Parent
		}
		return true
	}
	r := map[place]map[int32]bool{}
	for _, c := range v.EveryCoding() {
		if d, _ := v.Document(c.Document); d.State != qda.Live || !awake(c.Code) {
			continue
		}
		p := place{c.Coder, c.Document}
		if r[p] == nil {
			r[p] = map[int32]bool{}
		}
		for i := c.Start; i < c.Stop; i++ {
			r[p][i] = true
		}
	}
	return r
}

// TestRandomReview: whatever is done in whatever order, the characters that each coder has coded in each document are what the
// rows say, and no merge, split or move of the codebook changes which they are. What was judged and chosen hangs together.
func TestRandomReview(t *testing.T) {
	t.Parallel()
	seed := seeded(t)
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	r := rand.New(rand.NewPCG(seed, 0))
	coders := []qda.ID{w.owner, w.owner, w.owner, w.researcher, w.blind, w.supervisor}
	kinds := map[string]int{}
	for step := range 1000 {
		before := w.view()
		in := qda.Intent{Change: newChange(), Coder: coders[r.IntN(len(coders))]}
		in.Do, in.Text = w.someChange(r, before)
		if in.Do.Kind() == "CodersChanged" {
			continue
		}
		var refused *qda.Error
		if _, err := e.Do(t.Context(), w.p, in); errors.As(err, &refused) {
			continue
		} else if err != nil {
			t.Fatalf("step %d, %s: %v", step, in.Do.Kind(), err)
		}
		kinds[in.Do.Kind()]++
		after := w.view()
		is := coded(after)
		for _, d := range after.Documents() {
			for _, c := range after.Coders() {
				got := after.As(0).Narrow([]qda.ID{d.ID}, []qda.ID{c.ID}).Covered(d.ID)
				if want := len(is[place{c.ID, d.ID}]); int(got) != want {
					t.Fatalf("step %d, %s: coder %d has coded %d characters of document %d, the rows say %d", step, in.Do.Kind(), c.ID, got, d.ID, want)
				}
			}
		}
		switch in.Do.Kind() {
		case "NodesMerged", "NodeSplit", "NodesMoved":
			if !maps.EqualFunc(coded(before), is, maps.Equal[map[int32]bool, map[int32]bool]) {
				t.Fatalf("step %d: a %s changed which characters are coded: %+v", step, in.Do.Kind(), in.Do)
			}
		}
		if step%100 == 0 {
			if err := e.Check(t.Context(), w.p); err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
		}
	}
	t.Logf("%v", kinds)
	for _, k := range []string{"EvidenceChosen", "Tied", "NodeSplit", "NodesMerged", "NodesMoved", "Undone"} {
		if kinds[k] == 0 {
			t.Errorf("no %s in all the steps", k)
		}
	}
	// The digest is the same in an engine that only read the history, and on Views that have worked nothing out.
	again := engine.New(m, options())
	defer again.Close()
	v, err := again.View(t.Context(), w.p, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range w.view().Nodes() {
		if a, b, c := w.view().Digest(n.ID), engine.Fresh(w.view()).Digest(n.ID), v.Digest(n.ID); a != b || a != c {
			t.Errorf("node %d has the digests %+v, %+v and %+v", n.ID, a, b, c)
		}
	}
}

// judge approves the theme as the supervisor.
func (w *world) judge() {
	w.t.Helper()
	w.do(w.supervisor, &qda.ThemeJudged{Theme: w.theme, Verdict: qda.Approved, Digest: w.view().Digest(w.theme)})
}

// parts is which parts of an approved theme have changed; it asks that the word for it fits.
func (w *world) parts() string {
	w.t.Helper()
	s := w.view().As(w.supervisor).Standing(w.theme)
	if want := map[bool]qda.Stand{true: qda.StillApproved, false: qda.ChangedSince}[len(s.Parts) == 0]; s.Stand != want {
		w.t.Fatalf("the theme stands as %s, parts %v", s.Stand, s.Parts)
	}
	return strings.Join(s.Parts, " ")
}

// falls has, for every kind of change, what its example in scenarios does to an approval of the theme.
var falls = map[string]string{
	"ProjectChanged": "", "CoderJoined": "", "CodersChanged": "", "CoderLeft": "",
	"DocumentAdded": "", "DocumentChanged": "", "DocumentsState": "codings", "DocumentFinished": "",
	"CaseAdded": "", "CaseChanged": "", "AttributeAdded": "", "AttributeChanged": "",
	"NodeAdded": "codes", "NodeChanged": "codes", "NodesMoved": "codes codings", "NodesMerged": "codes codings", "NodeSplit": "codes evidence codings",
	"NodeKind": "", "NodesState": "codes codings",
	"CodingApplied": "codes codings", "CodingsChanged": "codings", "CodingsRemoved": "codings",
	"MemoWritten": "", "MemoChanged": "", "MemoRemoved": "", "Undone": "codings",
	"EvidenceChosen": "evidence", "EvidenceChanged": "evidence", "EvidenceDropped": "evidence", "CounterLooked": "",
	"ConceptAdded": "", "ConceptChanged": "", "Tied": "", "Untied": "",
	"DraftNamed": "", "ReviewAsked": "", "RemarkMade": "", "RemarkSettled": "", "ThemeJudged": "",
	"QuestionKept": "", "QuestionRemoved": "", "Arranged": "",
}

// fallsToo are further examples of kinds that can do either.
var fallsToo = []struct {
	what, parts string
	do          func(*world) qda.Change
}{
	{"its name", "claim", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Name: ptr("Rintangan")} }},
	{"its claim", "claim", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Claim: ptr("Surat menghambat.")} }},
	{"its scope", "claim", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Scope: ptr("Petambak.")} }},
	{"its boundary", "claim", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Boundary: ptr("Bukan biaya.")} }},
	{"its definition", "claim", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Definition: ptr("Apa saja.")} }},
	{"the story of its name", "", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Naming: ptr("Dahulu: sulit.")} }},
	{"its colour", "", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.theme, Colour: ptr(int16(3))} }},
	{"a code's example", "", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.a, Example: &w.ofA} }},
	{"when not to use a code", "codes", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.a, Avoid: ptr("Bukan surat.")} }},
	{"a code elsewhere", "", func(w *world) qda.Change { return &qda.NodeChanged{Node: w.c, Definition: ptr("Uang.")} }},
	{"order", "", func(w *world) qda.Change {
		return &qda.NodesMoved{Nodes: []qda.ID{w.b}, Parent: w.theme, Before: w.a}
	}},
	{"a code comes in", "codes", func(w *world) qda.Change { return &qda.NodesMoved{Nodes: []qda.ID{w.c}, Parent: w.theme} }},
	{"the theme moves", "", func(w *world) qda.Change { return &qda.NodesMoved{Nodes: []qda.ID{w.theme}, Theme: "Ekspor"} }},
	{"a code goes out, evidence stays", "codes codings", func(w *world) qda.Change {
		w.chosen(w.ofB, false)
		return &qda.NodesMoved{Nodes: []qda.ID{w.b}}
	}},
	{"a code is retired", "", func(w *world) qda.Change { return &qda.NodesState{Nodes: []qda.ID{w.a}, State: qda.Retired} }},
	{"a code with evidence is removed", "codes evidence codings", func(w *world) qda.Change {
		w.chosen(w.ofA, true)
		return &qda.NodesState{Nodes: []qda.ID{w.a}, State: qda.Removed}
	}},
	{"a code elsewhere is removed", "", func(w *world) qda.Change { return &qda.NodesState{Nodes: []qda.ID{w.c}, State: qda.Removed} }},
	{"a code becomes a theme", "codes", func(w *world) qda.Change { return &qda.NodeTurned{Node: w.a, Type: qda.Theme} }},
	{"a merge elsewhere", "", func(w *world) qda.Change {
		return &qda.NodesMerged{Nodes: []qda.ID{w.node(qda.Code, "Ongkos", 0)}, Into: w.c}
	}},
	{"a theme with evidence comes in by merge", "codes evidence codings", func(w *world) qda.Change {
		other := w.node(qda.Theme, "Uang", 0)
		coded := w.do(w.owner, w.coding(w.doc2, "mahal", w.node(qda.Code, "Mahal", other))).Did[0].ID
		w.do(w.owner, &qda.EvidenceChosen{Theme: other, Codings: []qda.ID{coded}})
		return &qda.NodesMerged{Nodes: []qda.ID{other}, Into: w.theme}
	}},
	{"a coding elsewhere", "", func(w *world) qda.Change { return w.coding(w.doc2, "mahal", w.c) }},
	{"a coding of the blind coder's", "codings", func(w *world) qda.Change {
		return &qda.CodingsChanged{Codings: []qda.ID{w.ofBlind}, Code: w.b}
	}},
	{"a split elsewhere", "", func(w *world) qda.Change {
		coded := w.do(w.owner, w.coding(w.doc2, "mahal", w.c)).Did[0].ID
		return &qda.NodeSplit{Node: w.c, Parts: []qda.Part{{Name: "Ongkos", Codings: []qda.ID{coded}}}}
	}},
	{"a coding with evidence goes", "evidence codings", func(w *world) qda.Change {
		w.chosen(w.ofA, false)
		return &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}}
	}},
	{"a document in which nothing is coded", "", func(w *world) qda.Change {
		return &qda.DocumentsState{Documents: []qda.ID{w.doc2}, State: qda.Removed}
	}},
	{"a counter-case coded elsewhere", "evidence", func(w *world) qda.Change {
		coded := w.do(w.owner, w.coding(w.doc2, "mahal", w.c)).Did[0].ID
		return &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{coded}, Against: true}
	}},
	{"the order of evidence", "evidence", func(w *world) qda.Change {
		first := w.chosen(w.ofA, false)
		return &qda.EvidenceChanged{Evidence: w.chosen(w.ofB, false), Before: &first}
	}},
	{"evidence of another theme", "", func(w *world) qda.Change {
		other := w.node(qda.Theme, "Uang", 0)
		return &qda.EvidenceChosen{Theme: other, Codings: []qda.ID{w.ofA}, Against: true}
	}},
}

// TestAnApprovalFalls: for every kind of change that changes what a supervisor has approved, an approval turns to "changed since"
// and says which parts have changed, and for none other; where such a change is taken back, it stands again.
func TestAnApprovalFalls(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	try := func(t *testing.T, parts string, do func(*world) qda.Change, text *qda.Text) {
		w := newWorld(t, m, e)
		c := do(w)
		w.judge()
		x, err := e.Do(t.Context(), w.p, qda.Intent{Change: newChange(), Coder: w.owner, Do: c, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.parts(); got != parts {
			t.Errorf("changed since: %q, wanted %q", got, parts)
		}
		if engine.Undoable(x.Kind) {
			w.undo(w.owner, x.Seq)
			if got := w.parts(); got != "" {
				t.Errorf("after it was taken back, changed since: %q", got)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(qda.Kinds)) {
		if kind == "ProjectMade" {
			continue // in which there is no theme yet
		}
		t.Run(kind, func(t *testing.T) {
			parts, ok := falls[kind]
			if !ok {
				t.Fatal("nobody has said what this kind does to an approval: add it to falls")
			}
			try(t, parts, scenarios[kind].do, scenarios[kind].text)
		})
	}
	for _, x := range fallsToo {
		t.Run(strings.ReplaceAll(x.what, " ", "_"), func(t *testing.T) { try(t, x.parts, x.do, nil) })
	}
}

func TestStandings(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	stands := func(want qda.Stand, parts string) {
		t.Helper()
		if s := w.view().As(w.owner).Standing(w.theme); s.Stand != want || strings.Join(s.Parts, " ") != parts {
			t.Errorf("it stands as %+v, wanted %s %s", s, want, parts)
		}
	}
	stands(qda.Unread, "")
	w.do(w.supervisor, &qda.ThemeJudged{Theme: w.theme, Verdict: qda.Changes, Digest: w.view().Digest(w.theme), Text: "Klaimnya mana?"})
	stands(qda.ChangesAsked, "")
	w.do(w.owner, &qda.NodeChanged{Node: w.theme, Claim: ptr("Surat menghambat.")})
	stands(qda.ChangesAsked, "claim")
	w.judge()
	stands(qda.StillApproved, "")
	first, ok := w.view().As(w.owner).Judged(w.theme, w.supervisor)
	if !ok || first.Verdict != qda.Approved || len(w.view().As(w.owner).Judgements(w.theme)) != 2 {
		t.Errorf("the newest judgement is %+v", first)
	}
	if s := w.view().As(w.blind).Standing(w.theme); s.Stand != qda.Unread || s.Last != nil {
		t.Errorf("the blind coder is told %+v", s)
	}
	// A past View stands as it stood then.
	old, err := e.At(t.Context(), w.p, first.Made-1)
	if err != nil {
		t.Fatal(err)
	}
	if s := old.As(w.owner).Standing(w.theme); s.Stand != qda.ChangesAsked || fmt.Sprint(s.Parts) != "[claim]" {
		t.Errorf("before that it stood as %+v", s)
	}
}

func TestEvidenceFollowsItsCoding(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	want := func(supports, against []qda.ID) {
		t.Helper()
		s, a := w.view().As(w.owner).Evidence(w.theme)
		of := func(all []*qda.Evidence) (r []qda.ID) {
			for _, x := range all {
				r = append(r, x.Coding)
			}
			return r
		}
		if !slices.Equal(of(s), supports) || !slices.Equal(of(a), against) {
			t.Fatalf("evidence for %v and against %v, wanted %v and %v", of(s), of(a), supports, against)
		}
	}
	e1, e2 := w.chosen(w.ofA, false), w.chosen(w.ofB, false)
	w.do(w.owner, &qda.EvidenceChanged{Evidence: e2, Before: &e1})
	want([]qda.ID{w.ofB, w.ofA}, nil)
	w.do(w.owner, &qda.EvidenceChanged{Evidence: e1, Against: ptr(true)})
	want([]qda.ID{w.ofB}, []qda.ID{w.ofA})
	w.no(w.owner, &qda.EvidenceChanged{Evidence: e1, Before: &e2}, qda.Absent, "") // which stands on the other side

	// Recoded onto the same words of the same coder: the evidence moves to the coding that stays, unless that is evidence already.
	stays := w.do(w.owner, w.coding(w.doc1, "dokumen itu", w.c)).Did[0].ID
	w.no(w.owner, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{stays}}, qda.Invalid, "refused.evidence_elsewhere")
	x := w.do(w.owner, &qda.CodingsChanged{Codings: []qda.ID{w.ofA}, Code: w.c})
	want([]qda.ID{w.ofB}, []qda.ID{stays})
	w.undo(w.owner, x.Seq)
	counter := w.do(w.owner, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{stays}, Against: true})
	x = w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.c})
	want([]qda.ID{w.ofB}, []qda.ID{stays})
	w.undo(w.owner, x.Seq)
	want([]qda.ID{w.ofB}, []qda.ID{w.ofA, stays})
	w.undo(w.owner, counter.Seq)

	// What sleeps is left out, and comes back.
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{w.b}, State: qda.Removed})
	want(nil, []qda.ID{w.ofA})
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{w.b}, State: qda.Live})

	// A coding that goes takes its evidence along, and nobody can take back a coding on which evidence rests.
	w.no(w.owner, &qda.Undone{Seq: w.codedAt}, qda.Conflict, "refused.hangs")
	x = w.do(w.researcher, &qda.CodingsRemoved{Codings: []qda.ID{w.ofA, w.ofB}})
	want(nil, nil)
	w.undo(w.researcher, x.Seq)
	want([]qda.ID{w.ofB}, []qda.ID{w.ofA})
}

func TestSplit(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	third := w.do(w.owner, w.coding(w.doc2, "mahal", w.a)).Did[0].ID
	w.do(w.owner, &qda.NodeChanged{Node: w.a, Colour: ptr(int16(7))})
	x := w.do(w.researcher, &qda.NodeSplit{Node: w.a, Reason: "Dua hal.", Parts: []qda.Part{{Name: "Surat", Codings: []qda.ID{w.ofA}}, {Name: "Izin", Codings: []qda.ID{w.ofBlind}}}})
	w.wantNames(w.theme, "Dokumen", "Surat", "Izin", "Pengepul")
	for n, name := range map[qda.ID]string{w.ofA: "Surat", w.ofBlind: "Izin", third: "Dokumen"} {
		if c, _ := w.view().Node(w.hasCoding(n).Code); c.Name != name || c.Colour != 7 || c.State != qda.Live {
			t.Errorf("coding %d is under %+v", n, c)
		}
	}
	w.undo(w.researcher, x.Seq)
	w.wantNames(w.theme, "Dokumen", "Pengepul")
	part := func(p ...qda.Part) *qda.NodeSplit { return &qda.NodeSplit{Node: w.a, Parts: p} }
	w.no(w.owner, part(), qda.Invalid, "refused.nothing_chosen")
	w.no(w.owner, part(qda.Part{Name: "Surat"}), qda.Invalid, "refused.nothing_chosen")
	w.no(w.owner, part(qda.Part{Node: w.a, Codings: []qda.ID{w.ofA}}), qda.Invalid, "refused.nothing_chosen")
	w.no(w.owner, part(qda.Part{Name: "Surat", Codings: []qda.ID{w.ofB}}), qda.Conflict, "refused.coding_gone")
	w.no(w.owner, part(qda.Part{Name: "Surat", Codings: []qda.ID{w.ofA}}, qda.Part{Node: w.b, Codings: []qda.ID{w.ofA}}), qda.Conflict, "refused.coding_gone")
	w.no(w.owner, part(qda.Part{Name: "pengepul", Codings: []qda.ID{w.ofA}}), qda.Conflict, "refused.name_taken")
	w.no(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.a}, Reason: strings.Repeat("x", qda.MaxReason+1)}, qda.Invalid, "refused.text_long")
}

func TestRemarksStay(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	head := w.do(w.supervisor, &qda.RemarkMade{On: w.ofA, Theme: w.theme, Text: "Apakah mewakili?"}).Did[0].ID
	answer := w.do(w.owner, &qda.RemarkMade{Under: head, Text: "Ya."}).Did[0].ID
	again := w.do(w.researcher, &qda.RemarkMade{Under: answer, Text: "Ragu."}).Did[0].ID
	w.do(w.owner, &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}})
	got := w.view().As(w.owner).ThreadsOn(w.ofA)
	words := w.words(w.doc1, "dokumen itu")
	if len(got) != 1 || len(got[0].Answers) != 2 || got[0].Head.Document != w.doc1 || got[0].Head.Start != words.Start || got[0].Head.Stop != words.Stop || got[0].Answers[1].ID != again {
		t.Fatalf("the threads are %+v", got)
	}
	w.no(w.researcher, &qda.RemarkSettled{Remark: again, Settled: true}, qda.Refused, "refused.remark_others")
	w.do(w.supervisor, &qda.RemarkSettled{Remark: again, Settled: true})
	if r, _ := w.view().As(w.owner).Remark(head); r.Settled == 0 || r.SettledBy != w.supervisor {
		t.Errorf("the head is %+v", r)
	}
	w.no(w.owner, &qda.RemarkMade{On: w.theme, Text: "  "}, qda.Invalid, "refused.remark_empty")
	// What a remark or a judgement is about can't be taken back.
	made := w.do(w.owner, &qda.NodeAdded{Type: qda.Theme, Name: "Baru"})
	w.do(w.supervisor, &qda.RemarkMade{On: made.Did[0].ID, Text: "Untuk apa?"})
	w.no(w.owner, &qda.Undone{Seq: made.Seq}, qda.Conflict, "refused.hangs")
	// Of others' remarks a blind coder sees nothing, of their own everything.
	own := w.do(w.blind, &qda.RemarkMade{On: w.theme, Text: "Dari saya."}).Did[0].ID
	if all := w.view().As(w.blind).Remarks(); len(all) != 1 || all[0].ID != own {
		t.Errorf("the blind coder sees %+v", all)
	}
	w.no(w.blind, &qda.RemarkMade{Under: head, Text: "?"}, qda.Absent, "")
	w.no(w.blind, &qda.RemarkMade{On: w.ofB, Text: "?"}, qda.Absent, "")
}

func TestBlindReview(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	others := w.chosen(w.ofBlind, false)
	w.chosen(w.ofA, false)
	w.do(w.owner, &qda.QuestionKept{Name: "Satu", Query: "{}"})
	w.judge()
	w.no(w.blind, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{w.ofB}}, qda.Conflict, "refused.coding_gone")
	w.no(w.blind, &qda.EvidenceDropped{Evidence: []qda.ID{others}}, qda.Absent, "")
	other := w.do(w.owner, &qda.NodeAdded{Type: qda.Theme, Name: "Lain"}).Did[0].ID
	mine := w.do(w.blind, &qda.EvidenceChosen{Theme: other, Codings: []qda.ID{w.ofBlind}, Against: true}).Did[0].ID
	l := w.view().As(w.blind)
	supports, against := l.Evidence(w.theme)
	if _, own := l.Evidence(other); len(supports)+len(against) != 0 || len(own) != 1 || own[0].ID != mine {
		t.Errorf("the blind coder sees %v, %v, %v", supports, against, own)
	}
	if on := l.EvidenceOn(w.ofBlind); len(on) != 1 || on[0].ID != mine {
		t.Errorf("on their coding the blind coder sees %+v", on)
	}
	if len(l.Judgements(w.theme)) != 0 || len(l.Questions()) != 0 || len(l.EvidenceOn(w.ofA)) != 0 {
		t.Error("the blind coder sees what others judged or asked")
	}
	if s, a := w.view().As(w.owner).Evidence(w.theme); len(s) != 2 || len(a) != 0 {
		t.Errorf("the owner sees %v, %v", s, a)
	}
}

func TestTheory(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	top := w.concept("Teori institusional", 0)
	one, two := w.concept("Regulatif", top), w.concept("Normatif", top)
	w.do(w.owner, &qda.Tied{Theme: w.theme, Concept: two, Why: "Surat."})
	names := func() (r []string) {
		for _, c := range w.view().Concepts() {
			r = append(r, c.Name)
		}
		return r
	}
	w.do(w.owner, &qda.ConceptChanged{Concept: two, Before: &one})
	if got := names(); !slices.Equal(got, []string{"Teori institusional", "Normatif", "Regulatif"}) {
		t.Errorf("%q", got)
	}
	w.no(w.owner, &qda.ConceptChanged{Concept: top, Parent: &one}, qda.Invalid, "refused.move_into_itself")
	w.do(w.owner, &qda.ConceptChanged{Concept: top, State: ptr(qda.Removed)})
	if len(names()) != 0 || len(w.view().Ties()) != 0 {
		t.Errorf("%q and %v after the framework was removed", names(), w.view().Ties())
	}
	w.no(w.owner, &qda.Tied{Theme: w.theme, Concept: one}, qda.Absent, "")
	w.do(w.owner, &qda.ConceptChanged{Concept: top, State: ptr(qda.Live)})
	if len(names()) != 3 || len(w.view().Ties()) != 1 {
		t.Errorf("%q and %v after it was restored", names(), w.view().Ties())
	}
	// A theme that is merged hands its ties on, and its judgements stay.
	other := w.node(qda.Theme, "Lain", 0)
	w.do(w.owner, &qda.Tied{Theme: other, Concept: two})
	w.do(w.owner, &qda.Tied{Theme: other, Concept: one})
	w.do(w.supervisor, &qda.ThemeJudged{Theme: other, Verdict: qda.Approved, Digest: w.view().Digest(other)})
	merged := w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{other}, Into: w.theme})
	if got := w.view().Ties(); len(got) != 2 || got[0].Why != "Surat." || got[1].Theme != w.theme {
		t.Errorf("the ties are %+v", got)
	}
	if len(w.view().As(0).Judgements(other)) != 1 {
		t.Error("the judgement of the merged theme has gone")
	}
	back := w.undo(w.owner, merged.Seq)
	w.do(w.owner, &qda.EvidenceChosen{Theme: other, Codings: []qda.ID{w.ofA}, Against: true})
	w.no(w.owner, &qda.Undone{Seq: back.Seq}, qda.Conflict, "refused.hangs") // it would leave the evidence behind
}

func TestDraftsAndQuestions(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	before := w.view().Seq()
	draft := w.do(w.owner, &qda.DraftNamed{Name: "Draf 1"}).Did[0].ID
	if d, _ := w.view().Draft(draft); d.AtSeq != before {
		t.Errorf("the draft is of %d, not of %d", d.AtSeq, before)
	}
	w.no(w.owner, &qda.ReviewAsked{Draft: draft, Of: []qda.ID{w.owner}}, qda.Invalid, "refused.review_self")
	w.do(w.researcher, &qda.ReviewAsked{Draft: draft, Of: []qda.ID{w.supervisor}, Text: "Mohon."})
	w.do(w.researcher, &qda.ReviewAsked{Draft: draft, Of: []qda.ID{w.owner}, Text: "Juga."})
	if d, _ := w.view().Draft(draft); !slices.Equal(d.Asked, []qda.ID{w.owner, w.supervisor}) || d.AskedBy != w.researcher || d.AskedText != "Juga." {
		t.Errorf("the draft is %+v", d)
	}
	q := w.do(w.researcher, &qda.QuestionKept{Name: "Satu", Query: `{ "a": 1 }`}).Did[0].ID
	w.no(w.supervisor, &qda.QuestionRemoved{Question: q}, qda.Refused, "refused.question_others")
	for _, bad := range []string{"", "[]", "{", `{"a":1} {}`, `{"a":"` + strings.Repeat("x", qda.MaxQuery) + `"}`} {
		w.no(w.owner, &qda.QuestionKept{Name: "Dua", Query: bad}, qda.Invalid, "refused.query")
	}
	w.do(w.owner, &qda.QuestionKept{Question: q, Name: "Dua", Query: "{}"})
	if x, _ := w.view().As(0).Question(q); x.Name != "Dua" || x.Query != "{}" || x.Coder != w.researcher {
		t.Errorf("the question is %+v", x)
	}
	// A memo can't hang on what is only a spot.
	made := w.do(w.owner, &qda.NodeAdded{Type: qda.Code, Name: "Sebentar"})
	w.do(w.owner, &qda.Arranged{Spots: []qda.SpotOf{{Node: made.Did[0].ID, X: 5, Y: 6}}})
	w.undo(w.owner, made.Seq)
	w.no(w.owner, &qda.MemoWritten{On: made.Did[0].ID, Text: "?"}, qda.Absent, "")
	if s := w.view().Spots(); len(s) != 1 || s[0].X != 5 {
		t.Errorf("the spots are %+v", s)
	}
}
