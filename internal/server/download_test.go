package server

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"anyam/internal/qda"
)

func unpacked(t *testing.T, raw string) (names []string, files map[string]string) {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := files[f.Name]; twice {
			t.Errorf("%s stands twice in the zip", f.Name)
		}
		names, files[f.Name] = append(names, f.Name), string(b)
	}
	return names, files
}

// TestFindings goes through the report of a small study.
func TestFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	claim, scope := "Petambak *menjual* lewat pengepul.", "Dua desa"
	w.do(p.id, owner, &qda.NodeChanged{Node: p.theme, Claim: &claim, Scope: &scope})
	w.do(p.id, owner, &qda.CounterLooked{Theme: p.theme, Looked: true})
	w.do(p.id, owner, &qda.Tied{Theme: p.theme, Concept: p.concept, Why: "karena begitulah"})
	w.do(p.id, owner, &qda.NodesMerged{Nodes: []qda.ID{p.code2}, Into: p.code, Reason: "sama artinya"})
	get := func(route string, r rune) reply { return p.send("GET "+route, p.id, input{}, p.token[r], "") }
	a := get("/export/findings.md", theResearcher)
	if a.status != http.StatusOK {
		t.Fatalf("findings: %d %s", a.status, a.body)
	}
	for _, s := range []string{`Petambak \*menjual\* lewat pengepul.`, "Dua desa", "> lewat pengepul", "turn ", "BUKTIPENELITI", "none found", "Kerangka satu: karena begitulah", "2 codes became 1", "sama artinya", "Kelompok (1 of 1):** petambak (2)", "| Tema satu |", "Trust report"} {
		if !strings.Contains(a.body, s) {
			t.Errorf("%q is not in the findings:\n%s", s, a.body)
		}
	}
	// Evidence against takes the place of that sentence.
	against := p.apply(theResearcher, "sejak lama", p.code)
	w.do(p.id, p.coder[theResearcher], &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{against}, Against: true, Why: "tidak semua"})
	a = get("/export/findings.md", theResearcher)
	if strings.Contains(a.body, "none found") || strings.Contains(a.body, " 1 themes") || !strings.Contains(a.body, "> sejak lama") || !strings.Contains(a.body, "tidak semua") {
		t.Errorf("evidence against: %s", a.body)
	}
	// What was empty before is not told as words.
	p.do(p.id, owner, &qda.DraftNamed{Name: "Draf 1"})
	use := "Bila disebut dua kali"
	p.do(p.id, owner, &qda.NodeChanged{Node: p.code, Rev: p.rev(p.code), Use: &use})
	if a := get("/export/findings.md", theResearcher); !strings.Contains(a.body, "When to use: “"+use+"”") || strings.Contains(a.body, "“”") {
		t.Errorf("what a code was given: %s", a.body)
	}
	if a := get("/export/findings.html", theSupervisor); a.status != http.StatusOK || !strings.Contains(a.body, "<blockquote dir=\"auto\">lewat pengepul</blockquote>") || !strings.Contains(a.body, "Petambak *menjual* lewat pengepul.") {
		t.Errorf("as a page: %d", a.status)
	}
	for _, ending := range []string{"docx", "md", "html"} {
		if a := get("/export/findings."+ending, theBlind); a.status != http.StatusForbidden || strings.Contains(a.body, "pengepul") {
			t.Errorf("findings.%s for a blind coder: %d", ending, a.status)
		}
	}
	if log := get("/access", theOwner).body; !strings.Contains(log, "exported the findings") {
		t.Error("the access log does not say that findings were exported")
	}
}

// TestCodedDocument has each coding as a comment and as an underline, for a blind coder their own alone.
func TestCodedDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	ask := func(ending string, r rune, q ...string) reply {
		return p.send("GET /documents/{document}/export."+ending, p.id, input{path: inPath("document", p.document), query: f(q...)}, p.token[r], "")
	}
	_, files := unpacked(t, ask("docx", theResearcher).body)
	comments := files["word/comments.xml"]
	if n := strings.Count(comments, "<w:comment "); n != 2 || !strings.Contains(comments, "MEMOPENELITI lihat lagi") || !strings.Contains(comments, `w:initials="R"`) || !strings.Contains(comments, "Tema satu / Kode satu") {
		t.Errorf("%d comments: %s", n, comments)
	}
	_, files = unpacked(t, ask("docx", theBlind).body)
	if c := files["word/comments.xml"]; strings.Count(c, "<w:comment ") != 1 || strings.Contains(c, "MEMOPENELITI") || !strings.Contains(c, "memo si buta") {
		t.Errorf("a blind coder's comments: %s", c)
	}
	_, files = unpacked(t, ask("docx", theResearcher, "whose", s(p.coder[theBlind])).body)
	if c := files["word/comments.xml"]; strings.Count(c, "<w:comment ") != 1 {
		t.Errorf("one coder's comments: %s", c)
	}
	if a := ask("html", theResearcher); strings.Count(a.body, `class="n"`) != 2 || !strings.Contains(a.body, "lewat pengepul</span>") {
		t.Errorf("as a page: %s", a.body)
	}
	if a := p.send("GET /documents/{document}/export.docx", p.id, input{path: inPath("document", p.removed)}, p.token[theOwner], ""); a.status != http.StatusNotFound {
		t.Errorf("a removed document: %d", a.status)
	}
	if log := p.send("GET /access", p.id, input{}, p.token[theOwner], "").body; !strings.Contains(log, "exported P04 udang with its codings") {
		t.Error("the access log does not say that the document was exported")
	}
}

// TestWholeProject reads the zip as somebody would who has nothing but the readme.
func TestWholeProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	get := func(r rune) reply { return p.send("GET /export/project.zip", p.id, input{}, p.token[r], "") }
	a := get(theOwner)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("project: %d %s", a.status, a.header)
	}
	if again := get(theOwner); again.body != a.body {
		t.Error("the same entry gives another zip")
	}
	names, files := unpacked(t, a.body)
	text := "texts/" + strings.Repeat("0", 4-len(s(p.document))) + s(p.document) + " P04 udang.txt"
	for _, n := range []string{"readme.txt", "viewer.html", "project.json", text, strings.Replace(text, "texts/", "transcripts/", 1), "tables/segments.csv", "tables/turns.csv", "tables/evidence.csv"} {
		if files[n] == "" {
			t.Errorf("%s is not there or empty; there are %q", n, names)
		}
	}
	for _, n := range names {
		if strings.Contains(n, "P05 dibuang") || strings.Contains(n, "..") {
			t.Errorf("%s should not be there", n)
		}
		top, _, deep := strings.Cut(n, "/")
		if deep {
			top += "/"
		}
		if n != "readme.txt" && strings.Count(files["readme.txt"], top) < 2 {
			t.Errorf("the readme does not tell of %s in both languages", n)
		}
	}
	// Positions in the table find the words in the text.
	rows, err := csv.NewReader(strings.NewReader(files["tables/segments.csv"])).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d segments, %v", len(rows), err)
	}
	at := func(r []string, column string) string { return r[slices.Index(rows[0], column)] }
	letters := []rune(files[text])
	for _, r := range rows[1:] {
		from, err1 := strconv.Atoi(at(r, "start"))
		to, err2 := strconv.Atoi(at(r, "stop"))
		if err1 != nil || err2 != nil || string(letters[from:to]) != at(r, "words") {
			t.Errorf("segment %q is not at %s to %s", at(r, "words"), at(r, "start"), at(r, "stop"))
		}
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(files["project.json"]), &all); err != nil {
		t.Fatal(err)
	}
	for _, k := range jsonParts {
		if !strings.HasPrefix(string(all[k]), "[") || strings.Count(files["readme.txt"], "\n  "+k+"\n") != 2 {
			t.Errorf("%s of project.json: %.40s", k, all[k])
		}
	}
	var documents []struct {
		ID                   qda.ID
		Text, Original, File string
		Codings              []struct{ Start, Stop int }
	}
	if err := json.Unmarshal(all["documents"], &documents); err != nil || len(documents) != 1 || documents[0].ID != p.document || documents[0].Text != text || len(documents[0].Codings) != 2 {
		t.Fatalf("documents: %+v, %v", documents, err)
	}
	if o := documents[0].Original; o != "" {
		h := SumOf([]byte(files[o]))
		if got, err := parseSum(documents[0].File); err != nil || got != h {
			t.Errorf("the original is another file: %v", err)
		}
	} else {
		t.Error("the original is not there")
	}
	if bytes.Contains([]byte(a.body), []byte("@contoh.example")) || strings.Contains(files["project.json"], `"account"`) {
		t.Error("it tells of accounts")
	}
	// A blind coder's holds their own.
	_, files = unpacked(t, get(theBlind).body)
	for n, f := range files {
		for _, word := range []string{"MEMOPENELITI", "BUKTIPENELITI", "TANGGAPANPENELITI", "PERTANYAANPENELITI"} {
			if strings.Contains(f, word) {
				t.Errorf("%s shows a blind coder another's work", n)
			}
		}
	}
	if !strings.Contains(files["tables/memos.csv"], "memo si buta") {
		t.Error("a blind coder's own memo is not there")
	}
	if log := p.send("GET /access", p.id, input{}, p.token[theOwner], "").body; !strings.Contains(log, "exported the whole project") {
		t.Error("the access log does not say that the project was exported")
	}
}
