package main

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	told := []string{out + ": 1 document, 1 code, 4 codings, 0 memos, 1 informant, 0 attributes, 1 coder; 6 things did not come in", "\n" + out + ": passed over, the same file came in before\n"}
	if said := s.run("import", "--project", "Tujuan", out, out); !strings.HasPrefix(said, told[0]) || !strings.HasSuffix(said, told[1]) {
		t.Errorf("import says %q", said)
	}
	if said := s.run("import", "--project", "Tujuan", "--report", report, out); "\n"+said != told[1] {
		t.Errorf("import says %q", said)
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil || len(all) != 1 || all[0]["codings"] != 0.0 || all[0]["came_before"] != true || all[0]["changes"] != 0.0 {
		t.Errorf("the report is %s (%v)", raw, err)
	}
	if said := s.run("export", "segments", "--project", "Tujuan"); strings.Count(said, "\n") != 5 {
		t.Errorf("of four segments there came:\n%s", said)
	}
	if said, _, err := s.try(t.Context(), "import", "--project", "Tujuan", file(t, "rusak.qdpx", "PK\x03\x04 and no more")); err == nil || !strings.Contains(said, "can't be read as REFI-QDA") {
		t.Errorf("of a broken file import says %q (%v)", said, err)
	}
	// A codebook that can't be read is told in a sentence.
	for name, in := range map[string][2]string{"bukan.qdc": {"satu", "as a codebook. Export it again"}, "rusak.qdc": {"<CodeBook><Codes>", "as a codebook. Export it again"}, "kosong.qdpx": {"PK\x05\x06" + strings.Repeat("\x00", 18), "as a codebook. Export it again"},
		"judul.csv": {"Kode,Definisi\n", "There is no row below the headings."}, "tanpa.qdc": {`<?xml version="1.0"?><CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes></Codes></CodeBook>`, "There is no code in this file."}} {
		if said, _, err := s.try(t.Context(), "import", "--project", "Tujuan", "--codebook", file(t, name, in[0])); err == nil || !strings.Contains(said, in[1]) {
			t.Errorf("of %s import says %q (%v)", name, said, err)
		}
	}
	if said := s.run("verify"); !strings.Contains(said, "Tujuan: whole") {
		t.Errorf("verify says %q", said)
	}
}

// TestDemoComesBack takes the demo study out as a qdpx for another anyam and brings it into a project of its own: codebook, segments, texts
// and the files that they were made of are the same but for numbers. A theme of it that was a code bears codings. As the standard has it,
// the files stay behind.
func TestDemoComesBack(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.serving()
	s.run("demo")
	out := filepath.Join(t.TempDir(), "demo.qdpx")
	s.run("export", "project", "--project", "1", "--format", "qdpx", "--profile", "anyam", "--out", out)
	s.run("import", "--project", "Kembali", out)
	whole := map[string]map[string]string{"1": packedIn(t, s.run("export", "project", "--project", "1", "--format", "zip")), "Kembali": packedIn(t, s.run("export", "project", "--project", "Kembali", "--format", "zip"))}
	documents := func(project string) string { return whole[project]["tables/documents.csv"] }
	for what, x := range map[string]struct {
		least   int
		numbers []string
	}{
		"codebook":  {30, []string{"id", "parent", "ledger number"}},
		"segments":  {30, []string{"coding id", "document id", "code id"}},
		"documents": {15, []string{"id", "text", "original"}},
	} {
		take := func(project string) []string {
			if what == "documents" {
				return rowsWithout(t, documents(project), x.numbers)
			}
			return rowsWithout(t, s.run("export", what, "--project", project), x.numbers)
		}
		was, is := take("1"), take("Kembali")
		if len(was) < x.least {
			t.Fatalf("%s: %d rows", what, len(was))
		}
		for i, r := range was {
			if i >= len(is) || is[i] != r {
				t.Errorf("%s: of %d and %d rows, row %d was %s and is %s", what, len(was), len(is), i, r, append(is, "")[min(i, len(is))])
				break
			}
		}
	}
	files := func(project string) (all []string) {
		for name, data := range whole[project] {
			if strings.HasPrefix(name, "originals/") {
				all = append(all, name[len("originals/0000"):]+"\n"+data)
			}
		}
		slices.Sort(all)
		return all
	}
	if was, is := files("1"), files("Kembali"); len(was) < 14 || !slices.Equal(was, is) {
		t.Errorf("%d files that documents were made of went out and %d came back, or others", len(was), len(is))
	}
	if said := s.run("verify"); !strings.Contains(said, "Kembali: whole") {
		t.Errorf("verify says %q", said)
	}
	for name := range packedIn(t, s.run("export", "project", "--project", "1", "--format", "qdpx")) {
		if strings.HasPrefix(name, "anyam-") {
			t.Errorf("%s goes to other programs", name)
		}
	}
}

// packedIn gives what is in a zip by its names.
func packedIn(t *testing.T, raw string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(data)
	}
	return all
}

// rowsWithout gives the rows of a csv in order, without some columns.
func rowsWithout(t *testing.T, raw string, columns []string) (rows []string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(raw, "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range columns {
		if !slices.Contains(all[0], name) {
			t.Fatalf("there is no column %s in %q", name, all[0])
		}
	}
	for _, row := range all {
		var kept []string
		for i, cell := range row {
			if !slices.Contains(columns, all[0][i]) {
				kept = append(kept, cell)
			}
		}
		rows = append(rows, fmt.Sprintf("%q", kept))
	}
	slices.Sort(rows)
	return rows
}
