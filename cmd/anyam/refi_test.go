package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestProjectsOfOtherPrograms takes a coded project out as other programs take it, and brings that into a project of its own, twice.
func TestProjectsOfOtherPrograms(t *testing.T) {
	s := newShell(t)
	s.run("import", "--project", "Asal", file(t, "P04.txt", talk))
	o, _ := s.serving()
	p, ok, err := o.project(t.Context(), "Asal")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	v, err := o.engine.View(t.Context(), p.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	who, err := o.actor(t.Context(), v, "")
	if err != nil {
		t.Fatal(err)
	}
	d := v.Documents()[0]
	w, err := o.engine.Words(t.Context(), p.ID, d.ID, d.Version)
	if err != nil {
		t.Fatal(err)
	}
	c := &qda.CodingApplied{Document: d.ID, Version: d.Version, Name: "Kode"}
	for _, x := range w.Turns {
		sp := span.Span{Start: x.Start, Stop: x.Stop}
		c.Spans = append(c.Spans, qda.SpanOf{Start: sp.Start, Stop: sp.Stop, Check: span.Check([]byte(w.Quote(sp)))})
	}
	if _, err := o.engine.Do(t.Context(), p.ID, qda.Intent{Change: newChange(), Coder: who.ID, Do: c}); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	out, report := filepath.Join(dir, "asal.qdpx"), filepath.Join(dir, "report.json")
	s.run("export", "project", "--project", "Asal", "--format", "qdpx", "--out", out)
	for range 2 { // the second time there is nothing more to add
		said := s.run("import", "--project", "Tujuan", "--report", report, out)
		if !strings.Contains(said, "1 documents, 1 codes, 4 codings") {
			t.Errorf("import says %q", said)
		}
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil || len(all) != 1 || all[0]["codings"] != 4.0 {
		t.Errorf("the report is %s (%v)", raw, err)
	}
	if said := s.run("export", "segments", "--project", "Tujuan"); strings.Count(said, "\n") != 5 {
		t.Errorf("of four segments there came:\n%s", said)
	}
	if said, _, err := s.try(t.Context(), "import", "--project", "Tujuan", file(t, "rusak.qdpx", "PK\x03\x04 and no more")); err == nil || !strings.Contains(said, "can't be read as REFI-QDA") {
		t.Errorf("of a broken file import says %q (%v)", said, err)
	}
	if said := s.run("verify"); !strings.Contains(said, "Tujuan: whole") {
		t.Errorf("verify says %q", said)
	}
}
