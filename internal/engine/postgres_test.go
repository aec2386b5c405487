package engine_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func options() engine.Options {
	return engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }}
}

// sumOf names a text as DocumentAdded does.
func sumOf(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func newChange() (c qda.ChangeID) {
	rand.Read(c[:])
	return c
}

// open starts an engine over a fresh database; the test ends with a Check of every project it made.
func open(t *testing.T) (*store.Store, *engine.Engine) {
	t.Helper()
	s, err := store.Open(t.Context(), pgtest.New(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(s, options())
	t.Cleanup(func() {
		ctx := context.Background()
		all, err := s.AllProjects(ctx)
		if err != nil {
			t.Error(err)
		}
		for _, p := range all {
			if err := e.Check(ctx, p.ID); err != nil {
				t.Errorf("Check: %v", err)
			}
		}
		e.Close()
		s.Close()
	})
	return s, e
}

func do(t testing.TB, e *engine.Engine, p qda.ProjectID, coder qda.ID, c qda.Change) *qda.Entry {
	t.Helper()
	x, err := e.Do(context.Background(), p, qda.Intent{Change: newChange(), Coder: coder, Do: c})
	if err != nil {
		t.Fatalf("%s: %v", c.Kind(), err)
	}
	return x
}

// maker makes room for projects: both ledgers do.
type maker interface {
	MakeProject(ctx context.Context, guid qda.ChangeID, now time.Time) (qda.ProjectID, error)
}

func newProject(t testing.TB, s maker, e *engine.Engine) (qda.ProjectID, qda.ID) {
	t.Helper()
	c := newChange()
	p, err := s.MakeProject(context.Background(), c, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Do(context.Background(), p, qda.Intent{Change: c, Do: &qda.ProjectMade{Name: "Hambatan ekspor", Language: "id", Method: qda.Reflexive, Account: 1, Owner: "Peneliti A"}})
	if err != nil {
		t.Fatal(err)
	}
	return p, x.Did[1].ID
}

func addDocument(t testing.TB, e *engine.Engine, p qda.ProjectID, coder qda.ID, name, text string) qda.ID {
	t.Helper()
	chars := int32(len([]rune(text)))
	x, err := e.Do(context.Background(), p, qda.Intent{Change: newChange(), Coder: coder,
		Do:   &qda.DocumentAdded{Name: name, Type: qda.Interview, Sum: sumOf(text), File: "00", Words: 3, Chars: chars, Turns: 1},
		Text: &qda.Text{Words: []byte(text), Turns: []qda.Turn{{Turn: 1, Start: 0, Stop: chars, FromMS: -1, ToMS: -1}}}})
	if err != nil {
		t.Fatal(err)
	}
	return x.Did[0].ID
}

func TestFromTextToCoding(t *testing.T) {
	s, e := open(t)
	p, me := newProject(t, s, e)
	text := "Saya tidak tahu 🦐 dokumen itu."
	d := addDocument(t, e, p, me, "P04", text)
	sp := qda.SpanOf{Start: 16, Stop: 17, Check: span.Check([]byte("🦐"))}
	x := do(t, e, p, me, &qda.CodingApplied{Document: d, Version: 1, Spans: []qda.SpanOf{sp}, Name: "Dokumen tidak dikenal"})
	v, err := e.View(t.Context(), p, x.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.As(me).Codings(d, span.Span{Start: 0, Stop: 100}); len(got) != 1 || got[0].Start != 16 {
		t.Fatalf("codings %+v", got)
	}
	if _, err := e.Do(t.Context(), p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.CodingApplied{Document: d, Version: 1, Spans: []qda.SpanOf{{Start: 0, Stop: 4, Check: 1}}, Name: "Lain"}}); err == nil {
		t.Fatal("a span whose words differ was taken")
	}
	do(t, e, p, me, &qda.Undone{Seq: x.Seq})
	v, _ = e.View(t.Context(), p, 0)
	if n := len(v.Nodes()); n != 0 {
		t.Fatalf("%d nodes after the undo", n)
	}
	do(t, e, p, me, &qda.Undone{Seq: v.Seq()})
	v, _ = e.View(t.Context(), p, 0)
	if v.As(me).Counts().Codings != 1 {
		t.Fatal("the redo brought nothing back")
	}
	old, err := e.At(t.Context(), p, x.Seq-1)
	if err != nil {
		t.Fatal(err)
	}
	if len(old.Nodes()) != 0 || old.Seq() != x.Seq-1 {
		t.Fatal("the past is not as it was")
	}
}
