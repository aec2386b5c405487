package engine_test

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// scenario is an example of one kind of change in the small study.
type scenario struct {
	do    func(*world) qda.Change
	text  *qda.Text
	stale func(*world) qda.Change // the same too late, asked after do was made
	fault qda.Fault
	key   string
}

func ptr[T any](x T) *T { return &x }

var oneTurn = &qda.Text{Words: []byte("Baru."), Turns: []qda.Turn{{Turn: 1, Stop: 5, FromMS: -1, ToMS: -1}}}

func newDocument() *qda.DocumentAdded {
	return &qda.DocumentAdded{File: "00", FileName: "p06.txt", Name: "P06", Type: qda.Interview, Language: "id", Held: "2026-03-12", NewCase: "P06",
		Speakers: map[string]qda.Speaker{"P": {Name: "Peneliti", Interviewer: true}}, Reading: json.RawMessage(`{"charset":"utf-8"}`), Sum: sumOf("Baru."), Words: 1, Chars: 5, Turns: 1}
}

// scenarios has one example of every kind; TestEveryKind fails where one is missing.
var scenarios = map[string]scenario{
	"ProjectMade": {
		do: func(*world) qda.Change {
			return &qda.ProjectMade{Name: "Lain", Method: qda.Codebook, Account: 9, Owner: "Peneliti Z"}
		},
		stale: func(*world) qda.Change {
			return &qda.ProjectMade{Name: "Lain", Method: qda.Codebook, Account: 9, Owner: "Peneliti Z"}
		}, fault: qda.Conflict, key: "refused.project_made"},
	"ProjectChanged": {
		do: func(*world) qda.Change {
			return &qda.ProjectChanged{Name: ptr("Hambatan ekspor udang"), Method: ptr(qda.Codebook)}
		},
		stale: func(*world) qda.Change { return &qda.ProjectChanged{Name: ptr("Hambatan ekspor udang")} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"CoderJoined": {
		do:    func(*world) qda.Change { return &qda.CoderJoined{Account: 5, Name: "Peneliti D", Role: qda.Researcher} },
		stale: func(*world) qda.Change { return &qda.CoderJoined{Account: 5, Name: "Peneliti D", Role: qda.Researcher} }, fault: qda.Conflict, key: "refused.joined_already"},
	"CodersChanged": {
		do: func(w *world) qda.Change {
			return &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Role: ptr(qda.Owner)}, {Coder: w.owner, Role: ptr(qda.Researcher)}}}
		},
		stale: func(w *world) qda.Change {
			return &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Role: ptr(qda.Researcher)}}}
		}, fault: qda.Refused, key: "refused.role"},
	"CoderLeft": {
		do:    func(w *world) qda.Change { return &qda.CoderLeft{Coder: w.researcher} },
		stale: func(w *world) qda.Change { return &qda.CoderLeft{Coder: w.researcher} }, fault: qda.Absent},
	"DocumentAdded": {
		do: func(*world) qda.Change { return newDocument() }, text: oneTurn,
		stale: func(*world) qda.Change { return newDocument() }, fault: qda.Conflict, key: "refused.name_taken"}, // its new case is there now
	"DocumentChanged": {
		do: func(w *world) qda.Change {
			return &qda.DocumentChanged{Document: w.doc2, Name: ptr("P05b"), Held: ptr("2026-04-01"), NewCase: "P05", Values: qda.Values{w.ofDocuments: "Makassar"}}
		},
		stale: func(w *world) qda.Change { return &qda.DocumentChanged{Document: w.doc2, NewCase: "P05"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"DocumentsState": {
		do:    func(w *world) qda.Change { return &qda.DocumentsState{Documents: []qda.ID{w.doc1}, State: qda.Removed} },
		stale: func(w *world) qda.Change { return &qda.DocumentsState{Documents: []qda.ID{w.doc1}, State: qda.Removed} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"DocumentFinished": {
		do:    func(w *world) qda.Change { return &qda.DocumentFinished{Document: w.doc1, Finished: true} },
		stale: func(w *world) qda.Change { return &qda.DocumentFinished{Document: w.doc1, Finished: true} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"CaseAdded": {
		do: func(w *world) qda.Change {
			return &qda.CaseAdded{Name: "P07", Values: qda.Values{w.ofCases: "pengepul"}}
		},
		stale: func(*world) qda.Change { return &qda.CaseAdded{Name: "p07"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"CaseChanged": {
		do: func(w *world) qda.Change {
			return &qda.CaseChanged{Case: w.kase, Name: ptr("P04 baru"), Values: qda.Values{w.ofCases: ""}}
		},
		stale: func(w *world) qda.Change { return &qda.CaseChanged{Case: w.kase, Name: ptr("P04 baru")} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"AttributeAdded": {
		do:    func(*world) qda.Change { return &qda.AttributeAdded{Name: "Umur", Of: qda.OfCases, Type: "number"} },
		stale: func(*world) qda.Change { return &qda.AttributeAdded{Name: "umur", Of: qda.OfCases, Type: "text"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"AttributeChanged": {
		do:    func(w *world) qda.Change { return &qda.AttributeChanged{Attribute: w.ofCases, Name: ptr("Peran")} },
		stale: func(w *world) qda.Change { return &qda.AttributeChanged{Attribute: w.ofCases, Name: ptr("Peran")} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"NodeAdded": {
		do: func(w *world) qda.Change {
			return &qda.NodeAdded{Type: qda.Code, Name: "Jarak", Parent: w.theme, Before: w.b, Definition: "Jauh.", Colour: 3}
		},
		stale: func(w *world) qda.Change { return &qda.NodeAdded{Type: qda.Code, Name: "JARAK", Parent: w.theme} }, fault: qda.Conflict, key: "refused.name_taken"},
	"NodeChanged": {
		do: func(w *world) qda.Change {
			return &qda.NodeChanged{Node: w.a, Rev: w.rev(w.a), Definition: ptr("Surat apa saja."), Example: &w.ofA, Colour: ptr(int16(4))}
		},
		stale: func(w *world) qda.Change {
			return &qda.NodeChanged{Node: w.a, Rev: w.rev(w.a) - 1, Definition: ptr("Lain.")}
		}, fault: qda.Conflict, key: "refused.edited"},
	"NodesMoved": {
		do:    func(w *world) qda.Change { return &qda.NodesMoved{Nodes: []qda.ID{w.c, w.b}, Theme: "Uang"} },
		stale: func(w *world) qda.Change { return &qda.NodesMoved{Nodes: []qda.ID{w.c}, Theme: "Uang"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"NodesMerged": {
		do:    func(w *world) qda.Change { return &qda.NodesMerged{Nodes: []qda.ID{w.a, w.c}, Into: w.b} },
		stale: func(w *world) qda.Change { return &qda.NodesMerged{Nodes: []qda.ID{w.a}, Into: w.b} }, fault: qda.Absent},
	"NodeKind": {
		do:    func(w *world) qda.Change { return &qda.NodeTurned{Node: w.c, Type: qda.Theme} },
		stale: func(w *world) qda.Change { return &qda.NodeTurned{Node: w.c, Type: qda.Theme} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"NodesState": {
		do: func(w *world) qda.Change {
			return &qda.NodesState{Nodes: []qda.ID{w.theme}, State: qda.Removed, Children: "up"}
		},
		stale: func(w *world) qda.Change { return &qda.NodesState{Nodes: []qda.ID{w.theme}, State: qda.Removed} }, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"CodingApplied": {
		do: func(w *world) qda.Change {
			c := w.coding(w.doc2, "mahal", 0)
			c.Spans = append(c.Spans, w.words(w.doc2, "terlalu jauh"))
			c.Name, c.Parent = "Mahal", w.theme
			return c
		},
		stale: func(w *world) qda.Change { c := w.coding(w.doc1, "dokumen itu", w.a); c.Version = 2; return c }, fault: qda.Conflict, key: "refused.version"},
	"CodingsChanged": {
		do: func(w *world) qda.Change {
			return &qda.CodingsChanged{Codings: []qda.ID{w.ofA}, Span: ptr(w.words(w.doc1, "🦐 dokumen"))}
		},
		stale: func(*world) qda.Change { return &qda.CodingsChanged{Codings: []qda.ID{99999}, Code: 1} }, fault: qda.Conflict, key: "refused.coding_gone"},
	"CodingsRemoved": {
		do:    func(w *world) qda.Change { return &qda.CodingsRemoved{Codings: []qda.ID{w.ofA, w.ofB}} },
		stale: func(w *world) qda.Change { return &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}} }, fault: qda.Conflict, key: "refused.coding_gone"},
	"MemoWritten": {
		do: func(w *world) qda.Change {
			return &qda.MemoWritten{On: w.doc1, Start: 3, Stop: 9, Text: "Nada ragu.\r\nLihat lagi."}
		},
		stale: func(*world) qda.Change { return &qda.MemoWritten{On: 99999, Text: "Ke mana?"} }, fault: qda.Absent},
	"MemoChanged": {
		do: func(w *world) qda.Change {
			return &qda.MemoChanged{Memo: w.memo, Rev: w.memoAt, Text: "Soal kepercayaan."}
		},
		stale: func(w *world) qda.Change { return &qda.MemoChanged{Memo: w.memo, Rev: w.memoAt, Text: "Terlambat."} }, fault: qda.Conflict, key: "refused.edited"},
	"MemoRemoved": {
		do:    func(w *world) qda.Change { return &qda.MemoRemoved{Memo: w.memo} },
		stale: func(w *world) qda.Change { return &qda.MemoRemoved{Memo: w.memo} }, fault: qda.Absent},
	"NodeSplit": {
		do: func(w *world) qda.Change {
			stays := w.do(w.owner, w.coding(w.doc1, "dokumen itu", w.b)).Did[0].ID
			w.do(w.owner, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{w.ofA}})
			w.do(w.owner, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{stays}})
			w.do(w.owner, &qda.MemoWritten{On: w.ofA, Text: "Ikut."})
			return &qda.NodeSplit{Node: w.a, Parts: []qda.Part{{Node: w.b, Codings: []qda.ID{w.ofA}}, {Name: "Surat jalan", Codings: []qda.ID{w.ofBlind}}}, Reason: "Terlalu luas."}
		},
		stale: func(w *world) qda.Change {
			return &qda.NodeSplit{Node: w.a, Parts: []qda.Part{{Node: w.b, Codings: []qda.ID{w.ofA}}}}
		}, fault: qda.Conflict, key: "refused.coding_gone"},
	"EvidenceChosen": {
		do: func(w *world) qda.Change {
			return &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{w.ofB, w.ofBlind}, Before: w.chosen(w.ofA, false), Why: "Jelas."}
		},
		stale: func(w *world) qda.Change {
			return &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{w.ofB}, Against: true}
		}, fault: qda.Conflict, key: "refused.evidence_already"},
	"EvidenceChanged": {
		do: func(w *world) qda.Change {
			first := w.chosen(w.ofA, false)
			return &qda.EvidenceChanged{Evidence: w.chosen(w.ofB, false), Rev: w.view().Seq(), Why: ptr("Lebih jelas."), Before: &first}
		},
		stale: func(w *world) qda.Change {
			e := w.view().As(0).EvidenceOn(w.ofB)[0]
			return &qda.EvidenceChanged{Evidence: e.ID, Rev: e.Rev - 1, Why: ptr("Terlambat.")}
		}, fault: qda.Conflict, key: "refused.edited"},
	"EvidenceDropped": {
		do: func(w *world) qda.Change {
			return &qda.EvidenceDropped{Evidence: []qda.ID{w.chosen(w.ofA, false), w.chosen(w.ofB, true)}}
		},
		stale: func(*world) qda.Change { return &qda.EvidenceDropped{Evidence: []qda.ID{99999}} }, fault: qda.Absent},
	"CounterLooked": {
		do:    func(w *world) qda.Change { return &qda.CounterLooked{Theme: w.theme, Looked: true} },
		stale: func(w *world) qda.Change { return &qda.CounterLooked{Theme: w.a, Looked: true} }, fault: qda.Invalid, key: "refused.no_theme"},
	"ConceptAdded": {
		do: func(w *world) qda.Change {
			return &qda.ConceptAdded{Parent: w.concept("Teori institusional", 0), Name: "Pilar normatif", Definition: "Nilai dan norma."}
		},
		stale: func(w *world) qda.Change { return &qda.ConceptAdded{Name: "TEORI institusional"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"ConceptChanged": {
		do: func(w *world) qda.Change {
			top := w.concept("Teori", 0)
			first := w.concept("Pilar satu", top)
			return &qda.ConceptChanged{Concept: w.concept("Pilar dua", top), Rev: w.view().Seq(), Name: ptr("Pilar nol"), Before: &first}
		},
		stale: func(w *world) qda.Change {
			x := w.view().Concepts()[1]
			return &qda.ConceptChanged{Concept: x.ID, Rev: x.Rev - 1, Definition: ptr("Terlambat.")}
		}, fault: qda.Conflict, key: "refused.edited"},
	"Tied": {
		do: func(w *world) qda.Change {
			return &qda.Tied{Theme: w.theme, Concept: w.concept("Teori", 0), Why: "Aturan yang menghambat."}
		},
		stale: func(w *world) qda.Change {
			return &qda.Tied{Theme: w.theme, Concept: w.view().Concepts()[0].ID, Why: "Aturan yang menghambat."}
		}, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"Untied": {
		do: func(w *world) qda.Change {
			c := &qda.Tied{Theme: w.theme, Concept: w.concept("Teori", 0)}
			w.do(w.researcher, c)
			return &qda.Untied{Theme: c.Theme, Concept: c.Concept}
		},
		stale: func(w *world) qda.Change {
			return &qda.Untied{Theme: w.theme, Concept: w.view().Concepts()[0].ID}
		}, fault: qda.Absent},
	"DraftNamed": {
		do:    func(*world) qda.Change { return &qda.DraftNamed{Name: "Draf 1", Text: "Sebelum bertemu pembimbing."} },
		stale: func(*world) qda.Change { return &qda.DraftNamed{Name: "draf 1"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"ReviewAsked": {
		do: func(w *world) qda.Change {
			return &qda.ReviewAsked{Draft: w.do(w.owner, &qda.DraftNamed{Name: "Draf 1"}).Did[0].ID, Of: []qda.ID{w.supervisor}, Text: "Mohon dibaca."}
		},
		stale: func(w *world) qda.Change { return &qda.ReviewAsked{Draft: 99999, Of: []qda.ID{w.supervisor}} }, fault: qda.Absent},
	"RemarkMade": {
		do: func(w *world) qda.Change {
			return &qda.RemarkMade{On: w.ofA, Theme: w.theme, Text: "Apakah ini mewakili?"}
		},
		stale: func(*world) qda.Change { return &qda.RemarkMade{On: 99999, Text: "Ke mana?"} }, fault: qda.Absent},
	"RemarkSettled": {
		do: func(w *world) qda.Change {
			head := w.do(w.supervisor, &qda.RemarkMade{On: w.theme, Text: "Terlalu luas."}).Did[0].ID
			return &qda.RemarkSettled{Remark: w.do(w.owner, &qda.RemarkMade{Under: head, Text: "Sudah dipersempit."}).Did[0].ID, Settled: true}
		},
		stale: func(w *world) qda.Change {
			return &qda.RemarkSettled{Remark: w.view().As(0).Remarks()[0].ID, Settled: true}
		}, fault: qda.Conflict, key: "refused.nothing_to_do"},
	"ThemeJudged": {
		do: func(w *world) qda.Change {
			return &qda.ThemeJudged{Theme: w.theme, Verdict: qda.Approved, Digest: w.view().Digest(w.theme), Text: "Meyakinkan."}
		},
		stale: func(w *world) qda.Change {
			c := &qda.ThemeJudged{Theme: w.theme, Verdict: qda.Approved, Digest: w.view().Digest(w.theme)}
			w.do(w.researcher, w.coding(w.doc2, "mahal", w.b))
			return c
		}, fault: qda.Conflict, key: "refused.judged_changed"},
	"QuestionKept": {
		do: func(*world) qda.Change {
			return &qda.QuestionKept{Name: "Biaya dan jarak", Query: `{"all": [ 5 ]}`}
		},
		stale: func(*world) qda.Change { return &qda.QuestionKept{Name: "biaya dan jarak", Query: "{}"} }, fault: qda.Conflict, key: "refused.name_taken"},
	"QuestionRemoved": {
		do: func(w *world) qda.Change {
			return &qda.QuestionRemoved{Question: w.do(w.owner, &qda.QuestionKept{Name: "Biaya", Query: "{}"}).Did[0].ID}
		},
		stale: func(*world) qda.Change { return &qda.QuestionRemoved{Question: 99999} }, fault: qda.Absent},
	"Arranged": {
		do: func(w *world) qda.Change {
			return &qda.Arranged{Spots: []qda.SpotOf{{Node: w.theme, X: -40, Y: 7}, {Node: w.a, X: 300}}}
		},
		stale: func(*world) qda.Change { return &qda.Arranged{Spots: []qda.SpotOf{{Node: 99999}}} }, fault: qda.Absent},
	"Undone": {
		do:    func(w *world) qda.Change { return &qda.Undone{Seq: w.codedAt} },
		stale: func(w *world) qda.Change { return &qda.Undone{Seq: w.codedAt} }, fault: qda.Conflict, key: "refused.undone_already"},
}

// TestEveryKind is the checklist for a kind of change: it encodes and decodes to itself, is refused to who may not and when
// it comes too late, applies, undoes to the same View, and leaves tables and fold equal (the Check at the end).
func TestEveryKind(t *testing.T) {
	t.Parallel()
	s, e := open(t)
	for kind := range scenarios {
		if qda.Kinds[kind] == nil {
			t.Errorf("an example of %s, which is no kind", kind)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(qda.Kinds)) {
		t.Run(kind, func(t *testing.T) {
			x, ok := scenarios[kind]
			if !ok {
				t.Fatal("this kind has no example: add one to scenarios")
			}
			w := newWorld(t, s, e)
			c := x.do(w)
			if c.Kind() != kind {
				t.Fatalf("the example is of kind %s", c.Kind())
			}
			decodesToItself(t, c)
			refusedToOthers(w, c, x.text)
			if kind == "ProjectMade" {
				made(t, s, e, c)
				w.no(w.owner, x.stale(w), x.fault, x.key)
				return
			}
			before := w.view()
			entry, err := e.Do(t.Context(), w.p, qda.Intent{Change: newChange(), Coder: w.owner, Do: c, Text: x.text})
			if err != nil {
				t.Fatal(err)
			}
			after := w.view()
			if engine.SameThings(before, after) == nil {
				t.Fatal("it did nothing")
			}
			kept, err := s.ByChange(t.Context(), w.p, entry.Change)
			if err != nil || kept == nil || !qda.SameChange(kept.Do, c) || string(kept.Body) != string(entry.Body) || kept.Hash != entry.Hash {
				t.Fatalf("the ledger has %+v (%v), the answer was %+v", kept, err, entry)
			}
			w.refused(w.owner, qda.Intent{Do: x.stale(w), Text: x.text}, x.fault, x.key)
			if !engine.Undoable(kind) {
				w.no(w.owner, &qda.Undone{Seq: entry.Seq}, qda.Refused, "")
				return
			}
			undoer := w.owner
			undone := w.undo(undoer, entry.Seq)
			if err := engine.SameThings(before, w.view()); err != nil {
				t.Fatalf("after the undo: %v", err)
			}
			w.undo(undoer, undone.Seq)
			if err := engine.SameThings(after, w.view()); err != nil {
				t.Fatalf("after the redo: %v", err)
			}
			if err := e.Check(t.Context(), w.p); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func decodesToItself(t *testing.T, c qda.Change) {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := qda.DecodeChange(c.Kind(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if !qda.SameChange(c, again) || !reflect.DeepEqual(c, again) {
		t.Fatalf("%s became %+v", raw, again)
	}
}

// refusedToOthers asks for the change as everyone whose role does not allow it.
func refusedToOthers(w *world, c qda.Change, text *qda.Text) {
	w.t.Helper()
	kind := c.Kind()
	if kind == "ProjectMade" {
		return
	}
	if kind == "Undone" {
		w.no(w.supervisor, c, qda.Refused, "refused.undo_others")
		w.no(w.researcher, c, qda.Refused, "refused.undo_others")
		return
	}
	for coder, role := range map[qda.ID]qda.Role{w.supervisor: qda.Supervisor, w.researcher: qda.Researcher} {
		if !role.May(kind) {
			w.refused(coder, qda.Intent{Do: c, Text: text}, qda.Refused, "refused.role")
		}
	}
	if qda.Researcher.May(kind) && !qda.MayBlind(kind) {
		w.refused(w.blind, qda.Intent{Do: c, Text: text}, qda.Refused, "refused.blind")
	}
	w.refused(99999, qda.Intent{Do: c, Text: text}, qda.Absent, "")
}

// made makes a project of its own.
func made(t *testing.T, s maker, e *engine.Engine, c qda.Change) {
	t.Helper()
	id := newChange()
	p, err := s.MakeProject(t.Context(), id, options().Now())
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Do(t.Context(), p, qda.Intent{Change: id, Do: c})
	if err != nil || x.Seq != 1 {
		t.Fatalf("%+v, %v", x, err)
	}
	v, err := e.View(context.Background(), p, 1)
	if err != nil || v.Project().Name != "Lain" {
		t.Fatalf("%+v, %v", v.Project(), err)
	}
	if o, ok := v.CoderOf(9); !ok || o.Role != qda.Owner {
		t.Fatal("it has no owner")
	}
	if _, err := e.Do(t.Context(), p, qda.Intent{Change: newChange(), Coder: x.Coder, Do: &qda.Undone{Seq: 1}}); err == nil {
		t.Fatal("a project's beginning was undone")
	}
}
