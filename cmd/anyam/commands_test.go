package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"anyam/internal/pgrun"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/server"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/web"
)

// TestMain lets the test binary be the child that reads files, as the program itself is, and the program.
func TestMain(m *testing.M) {
	if os.Getenv("ANYAM_TEST_AS_PROGRAM") != "" && (len(os.Args) < 2 || os.Args[1] != "extract") {
		main()
		os.Exit(0)
	}
	if len(os.Args) >= 2 && os.Args[1] == "extract" {
		if err := extract(os.Stdin, os.Stdout, os.Args[2:]...); err != nil {
			os.Exit(3)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

// shell runs commands against one database.
type shell struct {
	t   testing.TB
	env map[string]string
}

func newShell(t testing.TB) *shell {
	return &shell{t, map[string]string{"ANYAM_DATABASE_URL": pgtest.New(t)}}
}

func (s *shell) try(ctx context.Context, args ...string) (out, errs string, err error) {
	var o, e bytes.Buffer
	err = run(ctx, args, func(k string) string { return s.env[k] }, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), err
}

// run runs a command that must succeed and gives what it says.
func (s *shell) run(args ...string) string {
	s.t.Helper()
	out, errs, err := s.try(s.t.Context(), args...)
	if err != nil {
		s.t.Fatalf("anyam %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	return out
}

// refused runs a command that must end with 2.
func (s *shell) refused(args ...string) string {
	s.t.Helper()
	out, _, err := s.try(s.t.Context(), args...)
	var u *usageError
	if !errors.As(err, &u) || out != "" {
		s.t.Errorf("anyam %s: %v, out %q; want an error of use", strings.Join(args, " "), err, out)
		return ""
	}
	return u.Error()
}

// file writes a file and gives its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

const talk = "Pewawancara: Sejak kapan menjual?\nP04: Saya menjual lewat pengepul.\nPewawancara: Lalu?\nP04: Tidak tahu dokumen itu.\n"

// serving opens the database as a server does, and serves it.
func (s *shell) serving() (*opened, http.Handler) {
	s.t.Helper()
	cfg, err := config(func(k string) string { return s.env[k] })
	if err != nil {
		s.t.Fatal(err)
	}
	o, err := (&program{config: cfg, in: strings.NewReader(""), out: io.Discard, err: io.Discard}).open(s.t.Context(), pgrun.Serve)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(o.close)
	assets, err := web.New(false)
	if err != nil {
		s.t.Fatal(err)
	}
	site := server.New(server.Config{Store: o.store, Engine: o.engine, Assets: assets, Extractor: o.extractor, Log: o.log, Now: time.Now})
	s.t.Cleanup(site.Close)
	return o, site.Handler()
}

// ask sends a form, or asks for a page where there is none, and gives the answer and the session begun.
func ask(h http.Handler, target, token string, form url.Values) (*httptest.ResponseRecorder, string) {
	q := httptest.NewRequest(http.MethodGet, target, nil)
	if form != nil {
		q = httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	q.Host = "127.0.0.1:8080"
	if token != "" {
		q.AddCookie(&http.Cookie{Name: "__Host-anyam", Value: token})
	}
	a := httptest.NewRecorder()
	h.ServeHTTP(a, q)
	for _, c := range a.Result().Cookies() {
		if c.Name == "__Host-anyam" {
			token = c.Value
		}
	}
	return a, token
}

func (s *shell) account(o *opened, email string, admin bool) store.Account {
	s.t.Helper()
	a := store.Account{Email: email, Name: "Sari Wulandari", Initials: "SW", Secret: "none", Admin: admin, Zone: "Asia/Makassar", Made: time.Now()}
	id, err := o.store.NewAccount(s.t.Context(), a)
	if err != nil {
		s.t.Fatal(err)
	}
	a.ID = id
	return a
}

func TestImportExportVerify(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	good, empty := file(t, "P04_2024-03-02 udang.txt", talk), file(t, "kosong.txt", "")
	// The project is made when there is none; a file that can't be read is named, and the others go on.
	out, _, err := s.try(t.Context(), "import", "--project", "Hambatan Ekspor", empty, good, filepath.Join(t.TempDir(), "tidak ada.txt"))
	var u *usageError
	if err == nil || errors.As(err, &u) || err.Error() != "2 of 3 files could not be added" {
		t.Errorf("import of three files, two of them bad: %v", err)
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], empty+": ") || !regexp.MustCompile(`^`+regexp.QuoteMeta(good)+`: document \d+, 4 turns, \d+ words, speakers: (Pewawancara, P04|P04, Pewawancara)$`).MatchString(lines[1]) || !strings.Contains(lines[2], "no such file") {
		t.Errorf("import says:\n%s", out)
	}
	out = s.run("import", "--project", "hambatan ekspor", "--json", file(t, "P05 teh.txt", strings.ReplaceAll(talk, "P04", "P05")))
	var line imported
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil || line.Turns != 4 || line.Document == 0 || line.Words == 0 || len(line.Speakers) != 2 || line.Error != "" {
		t.Errorf("import --json says %s: %v", out, err)
	}
	if out, _, err := s.try(t.Context(), "import", "--project", "1", "--json", empty); err == nil || !strings.Contains(out, `"error":"`) || strings.Contains(out, `"document"`) {
		t.Errorf("import --json of a bad file says %s: %v", out, err)
	}
	if out := s.run("verify"); !regexp.MustCompile(`^project 1, Hambatan Ekspor: whole at entry 3, hash [0-9a-f]{16}\n$`).MatchString(out) {
		t.Errorf("verify says %q", out)
	}
	// Coded by a server beside it.
	o, _ := s.serving()
	v, err := o.engine.View(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	owner := v.As(0).Coders()[0]
	e, err := o.engine.Do(t.Context(), 1, qda.Intent{Change: newChange(), Coder: owner.ID, Do: &qda.NodeAdded{Type: qda.Code, Name: "=Pengepul", Definition: "menjual lewat orang lain"}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := o.engine.Words(t.Context(), 1, line.Document, 1)
	if err != nil {
		t.Fatal(err)
	}
	at := w.Turns[1]
	words := w.Slice(w.Text.Words, spanned(at))
	if _, err := o.engine.Do(t.Context(), 1, qda.Intent{Change: newChange(), Coder: owner.ID, Do: &qda.CodingApplied{Document: line.Document, Version: 1, Spans: []qda.SpanOf{{Start: at.Start, Stop: at.Stop, Check: check(words)}}, Code: made(e, qda.SortNode)}}); err != nil {
		t.Fatal(err)
	}
	if out := s.run("export", "codebook", "--project", "Hambatan Ekspor"); !strings.Contains(out, "=Pengepul") || !strings.Contains(out, "menjual lewat orang lain") || strings.HasPrefix(out, "\ufeff") {
		t.Errorf("codebook: %q", out)
	}
	to := filepath.Join(t.TempDir(), "segmen.csv")
	if out := s.run("export", "segments", "--project", "1", "--out", to, "--spreadsheet"); out != "" {
		t.Errorf("export to a file says %q", out)
	}
	raw, err := os.ReadFile(to)
	if err != nil || !bytes.HasPrefix(raw, []byte("\ufeff")) || !bytes.Contains(raw, words) {
		t.Errorf("segments: %q, %v", raw, err)
	}
	if i, err := os.Stat(to); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("people's words are readable by others: %v, %v", i.Mode(), err)
	}
	// Every kind in every format, to a file and to standard output; as a script sees them.
	for _, c := range []struct {
		what, format, starts string
		more                 []string
	}{
		{"codebook", "csv", "id,path", nil}, {"codebook", "xlsx", "PK", nil}, {"codebook", "docx", "PK", nil}, {"codebook", "md", "# ", nil}, {"codebook", "pdf", "%PDF", nil}, {"segments", "csv", "coding id", []string{"--out", "-"}},
		{"segments", "xlsx", "PK", nil}, {"segments", "docx", "PK", nil}, {"findings", "docx", "PK", nil}, {"findings", "md", "# ", nil}, {"findings", "html", "<!doctype html>", nil}, {"findings", "pdf", "%PDF", nil},
		{"figure", "svg", "<?xml", []string{"--name", "map"}}, {"figure", "png", "\x89PNG", []string{"--name", "together"}}, {"project", "qdpx", "PK", []string{"--profile", "atlasti"}}, {"project", "zip", "PK", nil},
	} {
		if out := s.run(append([]string{"export", c.what, "--project", "1", "--format", c.format}, c.more...)...); !strings.HasPrefix(out, c.starts) || len(out) < 100 {
			t.Errorf("%s as %s begins with %.20q", c.what, c.format, out)
		}
		to := filepath.Join(t.TempDir(), "berkas")
		if out := s.run(append(append([]string{"export", c.what, "--project", "1", "--format", c.format}, c.more...), "--out", to)...); out != "" {
			t.Errorf("%s as %s to a file says %q", c.what, c.format, out)
		}
		raw, err := os.ReadFile(to)
		if i, e := os.Stat(to); err != nil || e != nil || !bytes.HasPrefix(raw, []byte(c.starts)) || i.Mode().Perm() != 0o600 {
			t.Errorf("%s as %s in a file: %.20q, %v", c.what, c.format, raw, err)
		}
	}
	if md := s.run("export", "codebook", "--project", "1", "--format", "md", "--language", "id"); !strings.HasPrefix(md, "# Buku kode: Hambatan Ekspor\n") || !strings.Contains(md, "## =Pengepul") || !strings.Contains(md, "menjual lewat orang lain") {
		t.Errorf("the codebook in Indonesian: %s", md)
	}
	for _, c := range [][]string{
		{"export"}, {"export", "semuanya"}, {"export", "codebook", "--project", "1", "--format", "zip"}, {"export", "segments", "--project", "1", "--format", "md"}, {"export", "findings", "--project", "1", "--language", "fr"},
		{"export", "codebook", "--project", "1", "--format", "xlsx", "--spreadsheet"}, {"export", "findings", "--project", "Lain"}, {"export", "project"},
		{"export", "figure", "--project", "1"}, {"export", "figure", "--project", "1", "--name", "foto"}, {"export", "codebook", "--project", "1", "--name", "map"}, {"export", "project", "--project", "1", "--profile", "nvivo", "--format", "zip"}, {"export", "project", "--project", "1", "--format", "qdpx", "--profile", "maxqda"},
	} {
		if say := s.refused(c...); say == "" {
			t.Errorf("anyam %v is refused without a sentence", c)
		}
	}
	// A link stays one, and what it leads to is written.
	link, real := filepath.Join(t.TempDir(), "terakhir.csv"), file(t, "kode.csv", "lama")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	s.run("export", "codebook", "--project", "1", "--out", link)
	if i, err := os.Lstat(link); err != nil || i.Mode()&os.ModeSymlink == 0 || !bytes.HasPrefix(bytesOf(t, real), []byte("id,path")) {
		t.Errorf("a link became %v, %v", i.Mode(), err)
	}
	// What can't be written leaves nothing behind, and says so.
	if out, _, err := s.try(t.Context(), "export", "findings", "--project", "1", "--out", filepath.Join(t.TempDir(), "tidak ada", "berkas.md")); err == nil || errors.As(err, &u) || out != "" || !strings.Contains(err.Error(), "can't be written") {
		t.Errorf("to a folder that is not there: %q, %v", out, err)
	}
	if access, err := o.store.Accesses(t.Context(), 1, 100, 0); err != nil || len(access) != 36 || access[35].What != "exported_codebook" || access[34].What != "exported_segments" || access[0].What != "exported_codebook" || access[1].What != "exported_codebook" || access[2].What != "exported_project" {
		t.Errorf("exports that were recorded: %v, %v", access, err)
	}
}

// Projects made before there was anybody are the first account's.
func TestTheFirstAccountClaimsProjects(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("import", "--project", "Studi", file(t, "P04.txt", talk))
	o, site := s.serving()
	// An import that broke off has left somebody who may do as much as the owner.
	if _, err := o.engine.Do(t.Context(), 1, qda.Intent{Change: newChange(), Do: &qda.CoderJoined{Name: "Pengode lain", Initials: "PL", Role: qda.Owner}}); err != nil {
		t.Fatal(err)
	}
	token, sum := server.NewToken()
	if err := o.store.NewLink(t.Context(), store.Link{Sum: sum, Purpose: "setup", Made: time.Now(), Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	a, session := ask(site, "/setup", "", url.Values{"token": {token}, "name": {"Sari Wulandari"}, "email": {"sari@contoh.example"}, "password": {"gelombang-pasang-sore"}})
	if a.Code != http.StatusSeeOther {
		t.Fatalf("set up: %d", a.Code)
	}
	if a, _ := ask(site, "/projects/1/settings", session, nil); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "Studi") {
		t.Errorf("the project: %d", a.Code)
	}
	if v, err := o.engine.View(t.Context(), 1, 0); err != nil || v.Coders()[0].Account == 0 || v.Coders()[1].Account != 0 {
		t.Errorf("claimed was another than the owner: %v", err)
	}
	// What comes later is the administrator's, or that of whoever is named.
	s.run("import", "--project", "Kedua", file(t, "P04.txt", talk))
	if a, _ := ask(site, "/projects/2", session, nil); a.Code != http.StatusOK {
		t.Errorf("a later project: %d", a.Code)
	}
	s.account(o, "dewi@contoh.example", false)
	s.run("import", "--as", "dewi@contoh.example", "--project", "Ketiga", file(t, "P04.txt", talk))
	if a, _ := ask(site, "/projects/3", session, nil); a.Code != http.StatusNotFound {
		t.Errorf("another's project: %d", a.Code)
	}
	if say := s.refused("import", "--as", "dewi@contoh.example", "--project", "Studi", file(t, "P04.txt", talk)); !strings.Contains(say, "is not in the project") {
		t.Errorf("as somebody who is not in it: %s", say)
	}
	// A link for a forgotten password.
	s.env["ANYAM_URL"] = "https://anyam.example.org/"
	out := s.run("account", "password", "SARI@contoh.example")
	m := regexp.MustCompile(`^Sari Wulandari can choose a new password with this link, once, within a day:\n  https://anyam\.example\.org/password#(\S{43})\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("account password says %q", out)
	}
	if a, other := ask(site, "/password", "", url.Values{"token": {m[1]}, "password": {"gelombang-pasang-pagi"}}); a.Code != http.StatusSeeOther || other == "" {
		t.Errorf("choosing a password: %d", a.Code)
	}
	if a, _ := ask(site, "/projects", session, nil); a.Code != http.StatusSeeOther {
		t.Errorf("the session before: %d", a.Code)
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	o, _ := s.serving()
	a := s.account(o, "sari@contoh.example", true)
	for range 2 {
		g := newChange()
		id, err := o.store.MakeProject(t.Context(), g, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.engine.Do(t.Context(), id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: "Kembar", Method: qda.Reflexive, Account: a.ID, Owner: a.Name, Initials: "SW"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"nonsense"}, {"import"}, {"import", "--project", "X"}, {"import", "x.txt"}, {"import", "--colour", "red", "--project", "X", "x.txt"}, {"export"}, {"export", "everything"}, {"export", "codebook"},
		{"export", "codebook", "--project", "Kembar 3"}, {"export", "codebook", "--project", "1", "--format", "odt"}, {"export", "segments", "--project", "1", "extra"}, {"demo", "--sign-in", "owner"},
		{"account"}, {"account", "password"}, {"account", "password", "nobody@contoh.example"}, {"account", "email", "x"}, {"verify", "--loud"}, {"serve", "--port", "80"},
		{"export", "codebook", "--project", "1", "--as", "nobody@contoh.example"}, {"import", "--as", "nobody@contoh.example", "--project", "Baru", file(t, "P04.txt", talk)},
	} {
		s.refused(args...)
	}
	for _, command := range [][]string{{"export", "codebook", "--project", "kembar"}, {"import", "--project", "Kembar", file(t, "P04.txt", talk)}} {
		if say := s.refused(command...); !strings.Contains(say, "\n  1  Kembar\n  2  Kembar") {
			t.Errorf("an ambiguous name: %s", say)
		}
	}
	for k, v := range map[string]string{"ANYAM_URL": "anyam.example.org", "ANYAM_PROXY": "everybody"} {
		s.env[k] = v
		if say := s.refused("verify"); !strings.Contains(say, k) || !strings.Contains(say, v) {
			t.Errorf("%s=%s: %s", k, v, say)
		}
		delete(s.env, k)
	}
	if out := s.run("help"); !strings.Contains(out, "anyam import") || s.run() != out {
		t.Error("help")
	}
	if all, err := o.store.AllProjects(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("wrong use made projects: %v, %v", all, err)
	}
}

// A command beside a server: who looks at the site sees what it did.
func TestACommandBesideAServer(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	o, site := s.serving()
	a := s.account(o, "sari@contoh.example", true)
	s.run("import", "--project", "Studi", file(t, "P04 satu.txt", talk))
	token, sum := server.NewToken()
	if err := o.store.NewSession(t.Context(), store.Session{Sum: sum, Account: a.ID, Made: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if r, _ := ask(site, "/projects/1/documents", token, nil); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "P04 satu") {
		t.Fatalf("the documents: %d", r.Code)
	}
	v, err := o.engine.View(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	came := make(chan *qda.Entry, 1)
	go func() {
		for e, err := range o.engine.Watch(ctx, 1, v.Seq()) {
			if err == nil {
				came <- e
			}
			return
		}
	}()
	s.run("import", "--project", "Studi", file(t, "P06 dua.txt", strings.ReplaceAll(talk, "P04", "P06")))
	select {
	case e := <-came:
		if e.Kind != "DocumentAdded" || e.Seq != v.Seq()+1 {
			t.Errorf("heard of %s %d", e.Kind, e.Seq)
		}
	case <-ctx.Done():
		t.Fatal("the server heard nothing")
	}
	if r, _ := ask(site, "/projects/1/documents", token, nil); !strings.Contains(r.Body.String(), "P06 dua") {
		t.Error("the new document is not there")
	}
	if out := s.run("verify"); !strings.Contains(out, fmt.Sprintf("whole at entry %d,", v.Seq()+1)) {
		t.Errorf("verify: %s", out)
	}
}

// The demo study is loaded once however often it is asked for, and whole though it was stopped three times on the way.
func TestTheDemoIsLoadedOnceAndWhole(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	o, site := s.serving()
	id, err := o.store.MakeProject(t.Context(), demoGUID, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []qda.Seq{12, 60, 800} {
		// A little further on it waits to be stopped, however late that is seen.
		release := pgtest.Hold(t, s.env["ANYAM_DATABASE_URL"], int64(stop)+50)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for e, err := range o.engine.Watch(ctx, id, 0) {
				if err != nil || e.Seq >= stop {
					cancel()
					return
				}
			}
		}()
		if _, _, err := s.try(ctx, "demo"); err == nil {
			t.Errorf("the demo went on after entry %d", stop)
		}
		cancel()
		release()
		if err := o.engine.Check(t.Context(), id); err != nil {
			t.Errorf("stopped at %d: %v", stop, err)
		}
	}
	_, errs, err := s.try(t.Context(), "demo")
	if err != nil || !strings.Contains(errs, "loading the demo study") {
		t.Fatalf("the demo: %v, %q", err, errs)
	}
	verified := s.run("verify")
	if !strings.Contains(verified, "whole at entry") || strings.Count(verified, "\n") != 1 {
		t.Errorf("verify: %s", verified)
	}
	if _, errs, err := s.try(t.Context(), "demo"); err != nil || strings.Contains(errs, "loading") {
		t.Errorf("the demo again: %v, %q", err, errs)
	}
	if again := s.run("verify"); again != verified {
		t.Errorf("a second load changed something:\n%s%s", verified, again)
	}
	v, err := o.engine.View(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range v.Documents() {
		if names[d.Name] {
			t.Errorf("%s is there twice", d.Name)
		}
		names[d.Name] = true
	}
	if len(names) != 14 || v.As(0).Counts().Codings < 100 {
		t.Errorf("%d documents, %d codings", len(names), v.As(0).Counts().Codings)
	}
	// Its people sign in by a link, once.
	for role, name := range map[string]string{"researcher": "Peneliti A", "supervisor": "Pembimbing"} {
		link := strings.TrimSpace(s.run("demo", "--sign-in", role))
		at, token, ok := strings.Cut(link, "/demo#")
		if !ok || at != "http://127.0.0.1:8080" {
			t.Fatalf("the link: %s", link)
		}
		a, session := ask(site, "/demo", "", url.Values{"token": {token}})
		if a.Code != http.StatusSeeOther || session == "" {
			t.Errorf("%s: %d", role, a.Code)
		}
		if a, _ := ask(site, fmt.Sprintf("/projects/%d", id), session, nil); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), name) {
			t.Errorf("%s sees %d", role, a.Code)
		}
		if a, twice := ask(site, "/demo", "", url.Values{"token": {token}}); a.Code != http.StatusBadRequest || twice != "" {
			t.Errorf("%s, the link again: %d", role, a.Code)
		}
	}
}

func spanned(t qda.Turn) span.Span { return span.Span{Start: t.Start, Stop: t.Stop} }

func check(words []byte) uint32 { return span.Check(words) }
