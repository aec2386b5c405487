package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// openMemory starts an engine over a ledger in memory; the test ends with a Check of every project.
func openMemory(t testing.TB, opt engine.Options) (*memory, *engine.Engine) {
	t.Helper()
	m := newMemory()
	e := engine.New(m, opt)
	t.Cleanup(func() {
		for _, p := range m.all() {
			if err := e.Check(context.Background(), p); err != nil {
				t.Errorf("Check: %v", err)
			}
		}
		e.Close()
	})
	return m, e
}

const (
	text1 = "Saya tidak tahu 🦐 dokumen itu.\nKami menjual lewat pengepul, bukan langsung."
	text2 = "Sertifikat mahal sekali.\nPasar luar negeri terlalu jauh dari kami."
)

// world is a small study: two documents, a case, attributes, a theme with two codes, a code of its own, codings by two
// coders, a memo; an owner, a researcher, a blind one and a supervisor.
type world struct {
	t testing.TB
	e *engine.Engine
	p qda.ProjectID

	owner, researcher, supervisor, blind qda.ID
	doc1, doc2                           qda.ID
	kase, ofCases, ofDocuments           qda.ID
	theme, a, b, c                       qda.ID // a and b under theme, c at the top
	ofA, ofB, ofBlind                    qda.ID // codings: the owner's and the blind coder's
	memo                                 qda.ID // the owner's, on code a
	codedAt, memoAt                      qda.Seq
}

func newWorld(t testing.TB, m maker, e *engine.Engine) *world {
	t.Helper()
	w := &world{t: t, e: e}
	w.p, w.owner = newProject(t, m, e)
	join := func(account qda.AccountID, name string, role qda.Role) qda.ID {
		return w.do(w.owner, &qda.CoderJoined{Account: account, Name: name, Role: role}).Did[0].ID
	}
	w.researcher = join(2, "Peneliti B", qda.Researcher)
	w.blind = join(3, "Peneliti C", qda.Researcher)
	w.supervisor = join(4, "Pembimbing", qda.Supervisor)
	yes := true
	w.do(w.owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.blind, Blind: &yes}}})
	w.ofCases = w.do(w.owner, &qda.AttributeAdded{Name: "Kelompok", Of: qda.OfCases, Type: "text"}).Did[0].ID
	w.ofDocuments = w.do(w.owner, &qda.AttributeAdded{Name: "Tempat", Of: qda.OfDocuments, Type: "text"}).Did[0].ID
	w.kase = w.do(w.owner, &qda.CaseAdded{Name: "P04", Values: qda.Values{w.ofCases: "petambak"}}).Did[0].ID
	w.doc1 = addDocument(t, e, w.p, w.owner, "P04", text1)
	w.doc2 = addDocument(t, e, w.p, w.owner, "P05", text2)
	w.do(w.owner, &qda.DocumentChanged{Document: w.doc1, Case: &w.kase})
	w.theme = w.node(qda.Theme, "Hambatan", 0)
	w.a = w.node(qda.Code, "Dokumen", w.theme)
	w.b = w.node(qda.Code, "Pengepul", w.theme)
	w.c = w.node(qda.Code, "Biaya", 0)
	x := w.do(w.owner, w.coding(w.doc1, "dokumen itu", w.a))
	w.ofA, w.codedAt = x.Did[0].ID, x.Seq
	w.ofB = w.do(w.owner, w.coding(w.doc1, "lewat pengepul", w.b)).Did[0].ID
	w.ofBlind = w.do(w.blind, w.coding(w.doc1, "menjual lewat", w.a)).Did[0].ID
	x = w.do(w.owner, &qda.MemoWritten{On: w.a, Text: "Apakah ini soal bahasa?"})
	w.memo, w.memoAt = x.Did[0].ID, x.Seq
	return w
}

func (w *world) do(coder qda.ID, c qda.Change) *qda.Entry {
	w.t.Helper()
	return do(w.t, w.e, w.p, coder, c)
}

func (w *world) undo(coder qda.ID, s qda.Seq) *qda.Entry {
	w.t.Helper()
	return w.do(coder, &qda.Undone{Seq: s})
}

func (w *world) node(kind qda.NodeKind, name string, parent qda.ID) qda.ID {
	w.t.Helper()
	return w.do(w.owner, &qda.NodeAdded{Type: kind, Name: name, Parent: parent}).Did[0].ID
}

// words finds the span of some words in one of the two documents.
func (w *world) words(document qda.ID, words string) qda.SpanOf {
	w.t.Helper()
	text := text1
	if document == w.doc2 {
		text = text2
	}
	before, _, ok := strings.Cut(text, words)
	if !ok {
		w.t.Fatalf("%q is not in the text", words)
	}
	start := int32(len([]rune(before)))
	return qda.SpanOf{Start: start, Stop: start + int32(len([]rune(words))), Check: span.Check([]byte(words))}
}

func (w *world) coding(document qda.ID, words string, code qda.ID) *qda.CodingApplied {
	w.t.Helper()
	return &qda.CodingApplied{Document: document, Version: 1, Spans: []qda.SpanOf{w.words(document, words)}, Code: code}
}

// chosen makes a coding evidence of the theme.
func (w *world) chosen(coding qda.ID, against bool) qda.ID {
	w.t.Helper()
	return w.do(w.owner, &qda.EvidenceChosen{Theme: w.theme, Codings: []qda.ID{coding}, Against: against}).Did[0].ID
}

func (w *world) concept(name string, parent qda.ID) qda.ID {
	w.t.Helper()
	return w.do(w.owner, &qda.ConceptAdded{Name: name, Parent: parent}).Did[0].ID
}

func (w *world) view() *engine.View {
	w.t.Helper()
	v, err := w.e.View(context.Background(), w.p, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) rev(n qda.ID) qda.Seq {
	w.t.Helper()
	x, ok := w.view().Node(n)
	if !ok {
		w.t.Fatalf("no node %d", n)
	}
	return x.Rev
}

// refused makes a change that must be refused with a fault and a key (if not empty), and leaves everything as it was.
func (w *world) refused(coder qda.ID, in qda.Intent, fault qda.Fault, key string) *qda.Error {
	w.t.Helper()
	before := w.view()
	in.Change, in.Coder = newChange(), coder
	x, err := w.e.Do(context.Background(), w.p, in)
	var refused *qda.Error
	if !errors.As(err, &refused) {
		w.t.Fatalf("%s was not refused: entry %v, error %v", in.Do.Kind(), x, err)
	}
	if refused.Fault != fault || key != "" && refused.Key != key {
		w.t.Fatalf("%s was refused as %v, wanted %s %s", in.Do.Kind(), refused, fault, key)
	}
	if w.view() != before {
		w.t.Fatalf("a refused %s moved the View", in.Do.Kind())
	}
	return refused
}

func (w *world) no(coder qda.ID, c qda.Change, fault qda.Fault, key string) *qda.Error {
	w.t.Helper()
	return w.refused(coder, qda.Intent{Do: c}, fault, key)
}

func (w *world) hasCoding(n qda.ID) qda.Coding {
	w.t.Helper()
	c, ok := w.view().As(0).Coding(n)
	if !ok {
		w.t.Fatalf("coding %d is gone", n)
	}
	return c
}

func (w *world) noCoding(n qda.ID) {
	w.t.Helper()
	if c, ok := w.view().As(0).Coding(n); ok {
		w.t.Fatalf("coding %+v is still there", c)
	}
}

// namesUnder gives the names of the live and retired nodes under a parent, in order.
func (w *world) namesUnder(parent qda.ID) (r []string) {
	for _, n := range w.view().Nodes() {
		if n.Parent == parent {
			r = append(r, n.Name)
		}
	}
	return r
}

func (w *world) wantNames(parent qda.ID, want ...string) {
	w.t.Helper()
	if got := w.namesUnder(parent); !slices.Equal(got, want) {
		w.t.Fatalf("under %d stand %q, wanted %q", parent, got, want)
	}
}
