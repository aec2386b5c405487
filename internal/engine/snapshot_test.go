package engine_test

import (
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// TestSnapshot: a project opened from a snapshot and the entries after it is the same as one opened from the table; a
// snapshot that can't be read is passed over.
func TestSnapshot(t *testing.T) {
	s, e := open(t)
	p, me := newProject(t, s, e)
	text := "Saya tidak tahu dokumen itu, Bu. Orang dinas yang mengisi semuanya."
	d := addDocument(t, e, p, me, "P04", text)
	code := do(t, e, p, me, &qda.NodeAdded{Type: qda.Code, Name: "Dokumen tidak dikenal"}).Did[0].ID
	var made []qda.ID
	for i := range 30 {
		sp := span.Span{Start: int32(i), Stop: int32(i + 5)}
		x := do(t, e, p, me, &qda.CodingApplied{Document: d, Version: 1, Code: code, Spans: []qda.SpanOf{{Start: sp.Start, Stop: sp.Stop, Check: span.Check([]byte(text[sp.Start:sp.Stop]))}}})
		made = append(made, x.Did[0].ID)
	}
	v, err := e.View(t.Context(), p, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSnapshot(t.Context(), p, v.Seq(), engine.SnapshotFormat, engine.Snapshot(v)); err != nil {
		t.Fatal(err)
	}
	// What comes after it: one goes, one moves, one is new, one comes and goes.
	gone := do(t, e, p, me, &qda.CodingsRemoved{Codings: made[:3]})
	do(t, e, p, me, &qda.CodingsChanged{Codings: made[5:6], Span: &qda.SpanOf{Start: 40, Stop: 44, Check: span.Check([]byte(text[40:44]))}})
	do(t, e, p, me, &qda.Undone{Seq: gone.Seq})
	do(t, e, p, me, &qda.CodingsRemoved{Codings: made[1:2]})

	img, err := s.Load(t.Context(), p, engine.SnapshotFormat)
	if err != nil || img.Snapshot == nil || len(img.Later) != 4 || img.Codings != nil {
		t.Fatalf("the snapshot was not taken: %d later, %v", len(img.Later), err)
	}
	same(t, s, p)

	// A spoilt snapshot of the same format: the table is read.
	if err := s.SaveSnapshot(t.Context(), p, v.Seq()+4, engine.SnapshotFormat, []byte("not a snapshot")); err != nil {
		t.Fatal(err)
	}
	same(t, s, p)
}

// same opens the project in another engine and lets it prove itself.
func same(t *testing.T, s *store.Store, p qda.ProjectID) {
	t.Helper()
	other := engine.New(s, options())
	defer other.Close()
	if err := other.Check(t.Context(), p); err != nil {
		t.Error(err)
	}
}
