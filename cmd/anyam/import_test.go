package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/server"
	"anyam/internal/store"
)

// documents are the names of what is in a project, in order.
func (s *shell) documents(name string) (names []string) {
	s.t.Helper()
	o, _ := s.serving()
	p, ok, err := o.project(s.t.Context(), name)
	if err != nil || !ok {
		s.t.Fatalf("project %q: %v, %v", name, ok, err)
	}
	v, err := o.engine.View(s.t.Context(), p.ID, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range v.Documents() {
		names = append(names, d.Name)
	}
	return names
}

// TestAMistypedNameMakesNothing: a project is made for the first file that can be read, in the language that is given, and told of.
func TestAMistypedNameMakesNothing(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	nowhere, nameless := filepath.Join(t.TempDir(), "tidak ada.txt"), file(t, "angka.csv", "Umur,Hasil\n41,5\n41,6\n40,5\n41,5\n")
	good := file(t, "P04.txt", talk)
	for _, args := range [][]string{
		{nowhere}, {nowhere + ".zip"}, {file(t, "kosong.txt", "")}, {file(t, "rusak.zip", "PK\x03\x04")}, {file(t, "rusak.qdpx", "PK\x03\x04")}, {"--codebook", file(t, "bukan.qdc", "satu")},
		{"--codebook", file(t, "judul.csv", "Kode,Definisi\n")}, {"--informants", nameless}, {"--answers", nameless}, {"--informants", file(t, "kosong.csv", "Nama,Umur\n")}, {"--informants", nowhere},
	} {
		if _, errs, err := s.try(t.Context(), append([]string{"import", "--project", "Tipo"}, args...)...); err == nil || strings.Contains(errs, "Tipo") {
			t.Errorf("import %v: %v, %q", args, err, errs)
		}
	}
	s.refused("import", "--project", "Tipo", "--as", "bukan@siapa.example", good)
	s.refused("import", "--project", "12", good)
	s.refused("import", "--project", "Tipo", "--language", "klingon", good)
	s.refused("import", "--project", strings.Repeat("a", 300), good)
	if said := s.run("verify"); said != "" {
		t.Fatalf("there is a project: %s", said)
	}
	_, errs, err := s.try(t.Context(), "import", "--project", "Tipo", "--language", "en", nowhere, good)
	if err == nil || err.Error() != "1 of 2 files could not be added" || strings.Count(errs, `there was no project "Tipo": it is new, and its number is 1`) != 1 {
		t.Errorf("import says %q, %v", errs, err)
	}
	// A name is found as it is kept.
	s.run("import", "--project", " Lain\n lagi ", good)
	s.run("import", "--project", "Lain  lagi", file(t, "P05.txt", talk+"P04: Ya.\n"))
	if said := s.run("verify"); strings.Count(said, "\n") != 2 {
		t.Errorf("there are other projects: %s", said)
	}
	// What is there is not made, and keeps its language.
	if _, errs, err := s.try(t.Context(), "import", "--project", "tipo", "--language", "en", file(t, "P05.txt", talk+"P04: Ya.\n")); err != nil || strings.Contains(errs, "new") {
		t.Errorf("import says %q, %v", errs, err)
	}
	if say := s.refused("import", "--project", "Tipo", "--language", "id", good); !strings.Contains(say, "its language is en") {
		t.Errorf("another language: %s", say)
	}
	o, _ := s.serving()
	if v, err := o.engine.View(t.Context(), 1, 0); err != nil || v.Project().Language != "en" {
		t.Errorf("the project: %v", err)
	}
}

// TestWhereTheReportGoes is known before anything comes in.
func TestWhereTheReportGoes(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	good, folder := file(t, "P04.txt", talk), t.TempDir()
	for _, where := range []string{filepath.Join(folder, "tidak", "ada.json"), folder, filepath.Join(folder, strings.Repeat("n", 300))} {
		if out, _, err := s.try(t.Context(), "import", "--project", "Laporan", "--report", where, good); err == nil || !strings.Contains(err.Error(), where+" can't be written: ") || strings.Contains(err.Error(), ".anyam-") || out != "" {
			t.Errorf("a report to %s: %v, %q", where, err, out)
		}
	}
	s.refused("import", "--project", "Laporan", "--report", "-", "--json", good)
	if say := s.refused("import", "--project", "Laporan", "--report", good, good); !strings.Contains(say, "would write over "+good) || string(bytesOf(t, good)) != talk {
		t.Errorf("a report in the place of an interview: %q", say)
	}
	if said := s.run("verify"); said != "" {
		t.Fatalf("there is a project: %s", said)
	}
	out, errs, err := s.try(t.Context(), "import", "--project", "Laporan", "--report", "-", good, good)
	var told []imported
	if e := json.Unmarshal([]byte(out), &told); err != nil || e != nil || len(told) != 1 || told[0].Same == 0 || !strings.Contains(errs, good+": document ") {
		t.Errorf("a report to standard output: %v, %v\n%s\nbeside it %s", err, e, out, errs)
	}
	if _, err := os.Stat("-"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is called -: %v", err)
	}
	// Of one that never began there is nothing.
	at := filepath.Join(folder, "laporan.json")
	s.refused("import", "--project", "Laporan", "--as", "bukan@siapa.example", "--report", at, good)
	if all, err := os.ReadDir(folder); err != nil || len(all) != 0 {
		t.Errorf("left behind: %v, %v", all, err)
	}
}

// stopper stops what runs at the first thing it says.
type stopper struct {
	bytes.Buffer
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(p)
}

// TestInterrupted leaves what has come in, and its report, and goes on when it is asked again.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	at := filepath.Join(t.TempDir(), "laporan.json")
	args := []string{"import", "--project", "Putus", "--report", at, file(t, "rusak.txt", "\ufeff"+talk), file(t, "P05.txt", talk), file(t, "P06.txt", talk+"P04: Ya.\n")}
	ctx, stop := context.WithCancel(t.Context())
	out := &stopper{stop: stop}
	err := run(ctx, args, func(k string) string { return s.env[k] }, strings.NewReader(""), out, io.Discard)
	var told []imported
	if e := json.Unmarshal(bytesOf(t, at), &told); err == nil || !strings.HasPrefix(err.Error(), "interrupted after 1 file;") || strings.Count(out.String(), ": document ") != 1 || e != nil || len(told) != 1 {
		t.Errorf("interrupted: %v, %v, %+v\n%s", err, e, told, out)
	}
	if said := s.run(args...); strings.Count(said, "passed over") != 1 || strings.Count(said, ": document ") != 2 {
		t.Errorf("the same again says %s", said)
	}
}

// TestOneProjectOfMany is made where several commands bring files into a new one at the same time.
func TestOneProjectOfMany(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	ended := make(chan error, 6)
	for i := range cap(ended) {
		name := file(t, fmt.Sprintf("P%02d.txt", i), talk+strings.Repeat("P04: Ya.\n", i))
		project := []string{"Serentak", " Serentak", "serentak "}[i%3] // all the same one
		go func() {
			out, _, err := s.try(t.Context(), "import", "--project", project, name)
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if names := s.documents("Serentak"); len(names) != cap(ended) {
		t.Errorf("there are %v", names)
	}
	// The same file is one document, whoever is first.
	same := file(t, "P99.txt", talk+"P04: Sama.\n")
	for range cap(ended) {
		go func() {
			_, _, err := s.try(t.Context(), "import", "--project", "Serentak", same)
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if names := s.documents("Serentak"); len(names) != cap(ended)+1 {
		t.Errorf("there are %v", names)
	}
	// Also where all of them have seen that there is none.
	o, _ := s.serving()
	made := make(chan qda.ProjectID, 6)
	for range cap(made) {
		in := &incoming{opened: o, say: io.Discard, name: "Bersama"}
		if err := in.find(t.Context()); err != nil {
			t.Fatal(err)
		}
		go func() {
			id, _, err := in.begun(t.Context())
			if err != nil {
				t.Error(err)
			}
			made <- id
		}()
	}
	first := <-made
	for range cap(made) - 1 {
		if id := <-made; id != first {
			t.Errorf("projects %d and %d were made", first, id)
		}
	}
}

// TestAPipe is a file that can be read but once.
func TestAPipe(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	r, w, err := os.Pipe()
	if err == nil {
		_, err = io.WriteString(w, talk)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if said := s.run("import", "--project", "Pipa", fmt.Sprintf("/dev/fd/%d", r.Fd())); !strings.Contains(said, ": document 2, 4 turns") {
		t.Errorf("import says %s", said)
	}
}

// TestNamesOfFiles come in whatever bytes they have, and none can be taken for another row.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	names := []string{"P01 Bu \u202fRina.txt", "P02\xff\xfe.txt", "P03\nP99: document 9.txt", "P04\x1b[31m.txt", "P05\u202eexe.txt"}
	shows := []string{names[0], `P02\xff\xfe.txt"`, `P03\nP99: document 9.txt"`, `P04\x1b[31m.txt"`, `P05\u202eexe.txt"`}
	folder := t.TempDir()
	args := []string{"import", "--project", "Nama"}
	for i, name := range names {
		at := filepath.Join(folder, name)
		if err := os.WriteFile(at, []byte(talk+strings.Repeat("P04: Ya.\n", i)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, at)
		if shows[i] = folder + "/" + shows[i] + ": document "; i > 0 {
			shows[i] = `"` + shows[i]
		}
	}
	rows := strings.Split(strings.TrimSpace(s.run(args...)), "\n")
	if len(rows) != len(names) {
		t.Fatalf("the rows are %q", rows)
	}
	for i, row := range rows {
		if !strings.HasPrefix(row, shows[i]) {
			t.Errorf("of %q the row is %q, not %q", names[i], row, shows[i])
		}
	}
	people, codes := filepath.Join(folder, "orang\xff.csv"), filepath.Join(folder, "kode\xff.csv")
	if err := errors.Join(os.WriteFile(people, []byte("Nama,Cerita\nP01,Saya mulai dari nol tanpa bantuan siapa pun.\n"), 0o600), os.WriteFile(codes, []byte("Kode,Definisi\nModal,Uang\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	said := s.run("import", "--project", "Nama", "--answers", people, "--codebook", codes, "--codebook", file(t, "lain.csv", "Kode,Definisi\nIzin,Surat\n"))
	if strings.Count(said, ": 1 code or theme added") != 2 || !strings.Contains(said, `orang\xff.csv": `) {
		t.Errorf("import says %s", said)
	}
}

// TestTablesWithoutHeadings keep their first row where it is said that they have none.
func TestTablesWithoutHeadings(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	people := file(t, "orang.csv", "P04;nelayan;41\nP05;petani;38\nP06;petani;52\n")
	if said := s.run("import", "--project", "Tanpa", "--no-head", "--informants", people); !strings.Contains(said, "3 informants added") {
		t.Errorf("import says %s", said)
	}
	if said := s.run("import", "--project", "Kode", "--no-head", "--codebook", file(t, "kode.csv", "Akses;bisa masuk pasar\nModal;uang untuk memulai\n")); !strings.Contains(said, "2 codes and themes added") {
		t.Errorf("import says %s", said)
	}
}

// TestDocumentsAreKeptApart where that is asked for, and the report tells it.
func TestDocumentsAreKeptApart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("import", "--project", "Asal", file(t, "P04.txt", talk))
	out, report := filepath.Join(t.TempDir(), "asal.qdpx"), filepath.Join(t.TempDir(), "report.json")
	s.run("export", "project", "--project", "Asal", "--format", "qdpx", "--out", out)
	for _, name := range []string{"Satu", "Dua"} {
		s.run("import", "--project", name, file(t, "P04.txt", talk))
	}
	if said := s.run("import", "--project", "Satu", out); !strings.Contains(said, "0 documents (and 1 joined with a document of the same words), ") {
		t.Errorf("import says %s", said)
	}
	said := s.run("import", "--project", "Dua", "--keep-apart", "--report", report, out)
	if !strings.Contains(said, ": 1 document, ") || !strings.Contains(string(bytesOf(t, report)), `"key": "kept_apart"`) {
		t.Errorf("import says %s\nand the report %s", said, bytesOf(t, report))
	}
	if one, two := s.documents("Satu"), s.documents("Dua"); len(one) != 1 || len(two) != 2 {
		t.Errorf("joined %v, apart %v", one, two)
	}
}

// TestEqualNamesAreToldApart by folders and zips, as a batch on the page does it.
func TestEqualNamesAreToldApart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	folder := t.TempDir()
	for i, name := range []string{"putaran 1/P001.txt", "putaran 2/P001.txt", "putaran 2/P002.txt"} {
		at := filepath.Join(folder, "lapangan", name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(talk+strings.Repeat("P04: Ya.\n", i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"desa a.zip", "desa b.zip"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("P003.txt")
		if err == nil {
			_, err = io.WriteString(w, talk+strings.Repeat("P04: Tidak.\n", i+1))
		}
		if err = errors.Join(err, z.Close(), os.WriteFile(filepath.Join(folder, "lapangan", name), b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	s.run("import", "--project", "Lapangan", filepath.Join(folder, "lapangan"))
	names := s.documents("Lapangan")
	slices.Sort(names)
	if got := strings.Join(names, "; "); got != "P002; desa a – P003; desa b – P003; putaran 1 – P001; putaran 2 – P001" {
		t.Errorf("the documents are called %s", got)
	}
}

// TestRefusalsAreSentences holds that no reason reaches a person as a key.
func TestRefusalsAreSentences(t *testing.T) {
	for _, r := range []refi.BadReason{refi.BadEmpty, refi.BadKind, refi.BadWebPage, refi.BadZip, refi.BadEncrypted, refi.BadBomb, refi.BadSize, refi.BadName, refi.BadTwice, refi.BadNoProject, refi.BadXML, refi.BadDoctype, refi.BadDeep, refi.BadRoot} {
		if say := plain(&refi.BadFile{Reason: r}).Error(); !strings.Contains(say, " ") || !i18n.Has("projectin.bad."+string(r)) {
			t.Errorf("%s is told as %q", r, say)
		}
	}
	if say := plain(qda.Refuse(qda.Invalid, "codein.none")).Error(); !strings.Contains(say, " ") {
		t.Errorf("a refusal is told as %q", say)
	}
}

// TestOneAndMany holds that what is one is said as one.
func TestOneAndMany(t *testing.T) {
	var one, two bytes.Buffer
	tell(&one, &store.Backed{BackupHead: store.BackupHead{Projects: make([]store.BackupProject, 1)}, Tables: make([]store.BackupTable, 1), Rows: 1, Bytes: 1})
	tell(&two, &store.Backed{Tables: make([]store.BackupTable, 2), Bytes: 2})
	for say, want := range map[string]string{
		imported{File: "a", Document: 2, Turns: 1, Words: 1, Memos: 1, Left: 1}.String():                                           "a: document 2, 1 turn, 1 word, speakers: none; 1 comment kept as a memo; 1 comment left out (--comments memos keeps it)",
		imported{File: "a", Document: 2, Words: 2, Speakers: []string{"P", "R"}, Memos: 2, Left: 2}.String():                       "a: document 2, 0 turns, 2 words, speakers: P, R; 2 comments kept as memos; 2 comments left out (--comments memos keeps them)",
		mergedCodebook{Path: "a", Merged: &server.Merged{Added: 1, Conflicts: make([]server.MergeClash, 1), Coloured: 1}}.String(): "a: 1 code or theme added, 0 completed, 0 the same, 1 of another colour here, which stays, 1 not the same and left as it was (--report FILE.json tells which)",
		mergedCodebook{Path: "a", Merged: &server.Merged{}}.String():                                                               "a: 0 codes and themes added, 0 completed, 0 the same, 0 not the same and left as they were (--report FILE.json tells which)",
		tabled{Path: "a", Tabled: &server.Tabled{Informants: 1, Documents: 1, Attributes: []string{"u"}, Linked: 1, Changed: 1}}.String(): "a: 1 informant added, 1 document added, 1 attribute added, 1 document given its informant, " +
			"1 row changed who or what was here, 0 the same, 0 not usable (--report FILE.json tells which)",
		brought{Path: "a", Brought: &server.Brought{File: &refi.Report{}, Joined: 1, Left: []server.Left{{Count: 1}}}}.String(): "a: 0 documents (and 1 joined with a document of the same words), 0 codes, 0 codings, 0 memos, 0 informants, 0 attributes, 0 coders; " +
			"1 thing did not come in as it was (--report FILE.json tells which)",
		brought{Path: "a", Brought: &server.Brought{File: &refi.Report{}, Joined: 2, Again: true, Changes: 1}}.String(): "a: 0 documents (and 2 joined with documents of the same words), 0 codes, 0 codings, 0 memos, 0 informants, 0 attributes, 0 coders more than came in before; " +
			"0 things did not come in as they were (--report FILE.json tells which)",
		noted("a", []string{"b.", "c."}):                   "a\n  b.\n  c.",
		noted("a", make([]string, mostNotes+1)):            "a" + strings.Repeat("\n  ", mostNotes+1) + "1 more remark (--report FILE.json has all)",
		one.String()[strings.Index(one.String(), "\n")+1:]: "1 project, 1 table, 1 row, 1 byte; not in it: \n",
		two.String(): "0 projects, 2 tables, 0 rows, 2 bytes; not in it: \n",
	} {
		if say != want {
			t.Errorf("it says\n%s\nnot\n%s", say, want)
		}
	}
}
