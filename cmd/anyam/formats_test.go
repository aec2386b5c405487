package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestFilesOfOtherPrograms takes files as other programs write them the whole way: in, coded, out as a table whose words are
// those of the text. A docx of LibreOffice, subtitles and Markdown with bold names of two hours of talk, and others.
func TestFilesOfOtherPrograms(t *testing.T) {
	s := newShell(t)
	files, err := filepath.Glob("../../testdata/formats/*")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"import", "--project", "Berkas"}
	for _, f := range files {
		switch filepath.Ext(f) {
		case ".docx", ".srt", ".vtt", ".md", ".txt":
			args = append(args, f)
		}
	}
	if said := s.run(args...); strings.Count(said, "\n")-strings.Count(said, "\n  ") != len(args)-3 || strings.Count(said, ": document ") != len(args)-3 || len(args) < 12 {
		t.Fatalf("%d files, import says:\n%s", len(args)-3, said)
	}

	o, _ := s.serving()
	p, ok, err := o.project(t.Context(), "Berkas")
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
	want := map[string]int{} // words of a segment -> how often
	for i, d := range v.Documents() {
		w, err := o.engine.Words(t.Context(), p.ID, d.ID, d.Version)
		if err != nil {
			t.Fatal(err)
		}
		c := &qda.CodingApplied{Document: d.ID, Version: d.Version, Name: "Kode"}
		if i > 0 {
			c.Name, c.Code = "", v.Nodes()[0].ID
		}
		for _, turn := range w.Turns[:min(3, len(w.Turns))] {
			sp := span.Span{Start: turn.Start, Stop: turn.Stop}
			c.Spans = append(c.Spans, qda.SpanOf{Start: sp.Start, Stop: sp.Stop, Check: span.Check(w.Slice(w.Text.Words, sp))})
			want[w.Quote(sp)]++
		}
		e, err := o.engine.Do(t.Context(), p.ID, qda.Intent{Change: newChange(), Coder: who.ID, Do: c})
		if err != nil {
			t.Fatalf("%s: %v", d.FileName, err)
		}
		if v, err = o.engine.View(t.Context(), p.ID, e.Seq); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "segments.csv")
	s.run("export", "segments", "--project", "Berkas", "--out", out)
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for i, h := range rows[0] {
		if h == "words" {
			at = i
		}
	}
	for _, r := range rows[1:] {
		want[r[at]]--
	}
	for words, n := range want {
		if n != 0 {
			t.Errorf("%q is in the table %d times too few", words, n)
		}
	}
	if said := s.run("verify"); !strings.Contains(said, "Berkas: whole") {
		t.Errorf("verify says %q", said)
	}
}
