package server

import (
	"encoding/hex"
	"net/http"
	"os"
	"strings"
	"testing"

	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// TestCommentsInAPreview are asked about, and not said to be left out.
func TestCommentsInAPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	raw, err := os.ReadFile("../../testdata/formats/lengkap.docx")
	if err != nil {
		t.Fatal(err)
	}
	if a := p.send("POST /files", p.id, input{file: raw}, p.token[theResearcher], ""); a.status >= http.StatusBadRequest {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	sum := SumOf(raw)
	page := p.send("GET /files/{sum}", p.id, input{path: map[string]string{"sum": hex.EncodeToString(sum[:])}}, p.token[theResearcher], "")
	if !strings.Contains(page.body, "2 comments become memos") || strings.Contains(page.body, "comments left out") {
		t.Errorf("the preview: %.300s", page.body)
	}
}

// TestCommentsInABatch become memos where that was chosen, all of them once, also where the job stopped between a document and its memos.
func TestCommentsInABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	var all []packed
	for _, name := range []string{"lengkap.docx", "lengkap.odt"} {
		raw, err := os.ReadFile("../../testdata/formats/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, packed{name, string(raw)})
	}
	memos := func(document qda.ID) (texts []string) {
		v, err := w.engine.View(t.Context(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range v.As(p.coder[theOwner]).AllMemos() {
			if m.On == document && m.Stop > m.Start {
				texts = append(texts, m.Text)
			}
		}
		return texts
	}
	change := fresh()
	if a := p.sendFiles(p.at("/batches"), p.token[theResearcher], []string{"change", change.String(), "comments", "on", "more", "on"}, all...); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	_, files := p.job(change)
	// The first was added just before the program ended.
	r, err := exchange.Read("lengkap.docx", []byte(all[0].text), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	do, text, err := Added([]byte(all[0].text), "lengkap.docx", r, exchange.Options{}, SpeakersOf(r))
	if err != nil {
		t.Fatal(err)
	}
	do.Name, do.Type = "Lengkap", qda.Interview
	if _, err := w.engine.Do(t.Context(), p.id, qda.Intent{Change: qda.GUID(change, qda.ID(files["lengkap.docx"].N)), Coder: p.coder[theResearcher], Do: do, Text: text}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and once more, as if what became of them had not been written down
		if a := p.post(p.at("/batches/%s/go", change), p.token[theResearcher]); a.status != http.StatusSeeOther {
			t.Fatalf("%d %.300s", a.status, a.body)
		}
		w.s.jobs.wg.Wait()
		var j store.Job
		if j, files = p.job(change); j.State != store.JobDone {
			t.Fatalf("%s %s", j.State, j.Why)
		}
		for _, f := range files {
			if m := memos(f.Document); f.State != store.FileAdded || len(m) != 2 || !strings.HasPrefix(m[0], "Rina, 2026-03-12 10:00:\n\nPertanyaan pembuka") || commentsOf(f) != 2 || strings.Contains(string(f.Told), "reading.note.comments") {
				t.Errorf("%s is %s with %q, told as %s", f.Name, f.State, m, f.Told)
			}
			f.State = store.FileWaiting
			if err := w.store.PutJobFiles(t.Context(), p.id, change, f); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		f.State = store.FileAdded
		if err := w.store.PutJobFiles(t.Context(), p.id, change, f); err != nil {
			t.Fatal(err)
		}
	}
	if names := p.names(); names["lengkap.docx"] != 1 || names["lengkap.odt"] != 1 {
		t.Errorf("documents: %v", names)
	}
	at := p.at("/batches/%s", change)
	if body := p.ask(request{target: at, token: p.token[theOwner]}).body; !strings.Contains(body, "<li>4 comments became memos</li>") || strings.Contains(body, "comments left out") {
		t.Error("the report does not count the comments")
	}
	if body := p.ask(request{target: at + "/report.json", token: p.token[theOwner]}).body; strings.Count(body, `"comments": 2`) != 2 {
		t.Errorf("the report as json: %s", body)
	}
	if body := p.ask(request{target: at + "/report.csv", token: p.token[theOwner]}).body; strings.Count(body, "2 comments became memos.") != 2 {
		t.Errorf("the report as csv: %s", body)
	}
	// Where it was not chosen they are left out, and that is told.
	q := w.newPlace(0)
	q.sendFiles(q.at("/batches"), q.token[theResearcher], []string{"change", change.String()}, all[0])
	w.s.jobs.wg.Wait()
	if _, files := q.job(change); files["lengkap.docx"].State != store.FileAdded || commentsOf(files["lengkap.docx"]) != 0 || !strings.Contains(string(files["lengkap.docx"].Told), "reading.note.comments") {
		t.Errorf("not chosen: %+v", files["lengkap.docx"])
	}
	if len(w.failures()) > 0 {
		t.Error(w.failures())
	}
}
