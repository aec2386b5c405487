package server

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// quickChild makes the site's children say at once what the real one says of a short interview, whatever the file: two hundred real
// ones would take minutes under the race detector.
func quickChild(t *testing.T) func(*Config) {
	t.Helper()
	const text = "Pewawancara: Sejak kapan?\nP04: Sejak lama.\nPewawancara: Lalu?\nP04: Begitu saja.\n"
	dir := t.TempDir()
	file, asked := filepath.Join(dir, "answer"), filepath.Join(dir, "asked")
	return func(c *Config) { // a zip is taken apart by the real one
		real := &exchange.Extractor{Exe: "/bin/sh", Args: []string{"-c", fmt.Sprintf("%s extract | /usr/bin/tee %s", c.Extractor.Exe, file)}}
		if _, err := real.Read(t.Context(), "P04.txt", []byte(text), exchange.Options{}); err != nil {
			t.Fatal(err)
		}
		c.Extractor = &exchange.Extractor{Most: 1, Exe: "/bin/sh", Args: []string{"-c", fmt.Sprintf(`/bin/cat >%[1]s; if /bin/grep -aq '"Unpack":true' %[1]s; then exec %[2]s extract <%[1]s; fi; exec /bin/cat %[3]s`, asked, c.Extractor.Exe, file)}}
	}
}

// entry of a zip that is to come in.
type packed struct{ name, text string }

func zipOf(t testing.TB, all ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range all {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sendFiles sends a form with files.
func (p *place) sendFiles(target, token string, fields []string, files ...packed) reply {
	p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, f := range files {
		w, err := m.CreateFormFile("file", f.name)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		p.t.Fatal(err)
	}
	return p.ask(request{method: http.MethodPost, target: target, token: token, raw: b.Bytes(), kind: m.FormDataContentType()})
}

// job is the job of a change id, and its files by name.
func (p *place) job(id qda.ChangeID) (store.Job, map[string]store.JobFile) {
	p.t.Helper()
	j, err := p.store.Job(p.t.Context(), p.id, id)
	if err != nil {
		p.t.Fatal(err)
	}
	files, err := p.store.JobFiles(p.t.Context(), p.id, id)
	if err != nil {
		p.t.Fatal(err)
	}
	m := map[string]store.JobFile{}
	for _, f := range files {
		m[f.Name] = f
	}
	return j, m
}

// names counts the live documents by their files' names.
func (p *place) names() map[string]int {
	p.t.Helper()
	v, err := p.engine.View(p.t.Context(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	m := map[string]int{}
	for _, d := range v.Documents() {
		if d.State == qda.Live {
			m[d.FileName]++
		}
	}
	return m
}

// added waits until so many documents have been added.
func (p *place) added(after qda.Seq, n int) {
	p.t.Helper()
	for e, err := range p.engine.Watch(p.t.Context(), p.id, after) {
		if err != nil {
			p.t.Fatal(err)
		}
		if _, ok := e.Do.(*qda.DocumentAdded); ok {
			n--
		}
		if n == 0 {
			return
		}
	}
}

// TestTwoHundredFiles comes in as a zip, is cancelled half way, and goes on: none twice, and of each there is told what became of it.
func TestTwoHundredFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quickChild(t))
	p := w.newPlace(0)
	all := []packed{{"__MACOSX/._P001.txt", "x"}, {".DS_Store", "x"}, {"folder/", ""}}
	for i := range 196 {
		all = append(all, packed{fmt.Sprintf("folder/P%03d.txt", i), fmt.Sprintf("Pewawancara: Berkas %d?\nP04: Ya.\n", i)})
	}
	all = append(all, packed{"folder/Z copy of 7.txt", all[3+7].text}, packed{"folder/in.zip", "PK"}, packed{"folder/nothing.txt", ""}, packed{"../../etc/passwd", "Pewawancara: Akar?\nP04: Ya.\n"})
	change, head := fresh(), p.head()
	fields := []string{"change", change.String(), "kind", "observation", "informants", "file", "language", "id"}
	a := p.sendFiles(p.at("/batches"), p.token[theResearcher], fields, packed{"wawancara.zip", string(zipOf(t, all...))})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != p.at("/batches/%s", change) {
		t.Fatalf("%d to %q: %.300s", a.status, a.header.Get("Location"), a.body)
	}
	p.added(head, 60)
	if a := p.post(p.at("/batches/%s/cancel", change), p.token[theOwner]); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	w.s.jobs.wg.Wait()
	j, _ := p.job(change)
	p.do(p.id, p.coder[theOwner], &qda.MemoWritten{Text: "sesudahnya"}) // what was on its way when it was cancelled is there now
	some := len(p.names())
	if j.State != store.JobCancelled || some < 60 || some > 180 {
		t.Fatalf("cancelled: %s after %d documents", j.State, some)
	}
	body := p.ask(request{target: p.at("/batches/%s", change), token: p.token[theOwner]}).body
	if !strings.Contains(body, "batch-go") || strings.Contains(body, "batch-cancel") {
		t.Error("what was cancelled can't go on, or can be cancelled again")
	}
	if !strings.Contains(body, "What was added stays") {
		t.Error("it is not said that what was added stays")
	}
	// The same form again is the same batch, and does not begin it anew.
	if a := p.sendFiles(p.at("/batches"), p.token[theResearcher], fields, packed{"wawancara.zip", string(zipOf(t, all...))}); a.header.Get("Location") != p.at("/batches/%s", change) {
		t.Errorf("again: %d to %q", a.status, a.header.Get("Location"))
	}
	w.s.jobs.wg.Wait()
	if len(p.names()) != some {
		t.Error("a form sent again began what was cancelled")
	}
	if a := p.post(p.at("/batches/%s/go", change), p.token[theOwner]); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	w.s.jobs.wg.Wait()
	j, files := p.job(change)
	names := p.names()
	if j.State != store.JobDone || j.Done != 200 || j.Steps != 200 || len(files) != 200 {
		t.Errorf("%s, %d of %d, %d files", j.State, j.Done, j.Steps, len(files))
	}
	for i := range 196 {
		name := fmt.Sprintf("P%03d.txt", i)
		if names[name] != 1 || files["folder/"+name].State != store.FileAdded {
			t.Errorf("%s is there %d times and said to be %+v", name, names[name], files["folder/"+name])
		}
	}
	if f := files["folder/Z copy of 7.txt"]; f.State != store.FileThere || f.Twice != files["folder/P007.txt"].N || f.Document != files["folder/P007.txt"].Document {
		t.Errorf("the copy: %+v", f)
	}
	if f := files["folder/in.zip"]; f.State != store.FileRefused || f.Why != "reading.bad.nested" {
		t.Errorf("the zip in the zip: %+v", f)
	}
	if f := files["folder/nothing.txt"]; f.State != store.FileRefused || f.Why != "reading.bad.empty" {
		t.Errorf("the empty file: %+v", f)
	}
	if f := files["etc/passwd"]; f.State != store.FileAdded {
		t.Errorf("the one that leads out: %+v", f)
	}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := v.Document(files["folder/P012.txt"].Document)
	k, _ := v.Case(d.Case)
	if d.Kind != qda.Observation || k == nil || k.Name != "P04" { // as the child says of every file
		t.Errorf("what was chosen for all does not hold: %+v of %+v", d, k)
	}
	body = p.ask(request{target: p.at("/batches/%s", change), token: p.token[theOwner]}).body
	for _, want := range []string{"197 documents added", "2 files could not be read", "1 was there already", "2 hidden files", fmt.Sprintf(`href="/projects/%d/documents/%d"`, p.id, d.ID)} {
		if !strings.Contains(body, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, at := range []string{"/batches", "/documents"} {
		if body := p.ask(request{target: p.at("%s", at), token: p.token[theOwner]}).body; !strings.Contains(body, "2 files could not be read") {
			t.Errorf("%s tells of the batch as if all its files had come in", at)
		}
	}
	if table := p.ask(request{target: p.at("/batches/%s/report.csv", change), token: p.token[theOwner]}).body; strings.Count(table, "\r\n") != 201 {
		t.Errorf("%d rows of the report", strings.Count(table, "\r\n"))
	}
	if strings.Contains(w.log.String(), canary) || len(w.failures()) > 0 {
		t.Error(w.failures())
	}
	// The same zip another time: everything is there.
	second := fresh()
	fields[1] = second.String()
	p.sendFiles(p.at("/batches"), p.token[theOwner], fields, packed{"wawancara.zip", string(zipOf(t, all...))})
	w.s.jobs.wg.Wait()
	if _, files := p.job(second); files["folder/P003.txt"].State != store.FileThere || len(p.names()) != len(names) {
		t.Errorf("the same zip again: %+v, %d documents", files["folder/P003.txt"], len(p.names()))
	}
}

// TestFoldersOfABatch are kept with the names of its files, and go before the names of documents that would be called alike.
func TestFoldersOfABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	talk := func(s string) string { return "Pewawancara: Berkas " + s + "?\nP04: Ya.\n" }
	change := fresh()
	sent := []packed{{"lapangan/putaran 1/P001.txt", talk("a")}, {"lapangan/putaran 2/P001.txt", talk("b")}, {"lapangan/putaran 2/P002.txt", talk("c")}, {"lapangan/putaran 2/p001_.md", talk("d")},
		{"lapangan/P001.txt", talk("e")}, {"lapangan/sama/x.txt", talk("f")}, {"lapangan/sama/x.md", talk("g")}, {"lapangan/~$P002.docx", "x"}, {"lapangan/.git/P003.txt", "x"}, {"../../P005.txt", talk("h")}}
	if a := p.sendFiles(p.at("/batches"), p.token[theResearcher], []string{"change", change.String()}, sent[:9]...); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	w.s.jobs.wg.Wait()
	j, files := p.job(change)
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"lapangan/putaran 1/P001.txt": "putaran 1 – P001", "lapangan/putaran 2/P001.txt": "putaran 2 – P001", "lapangan/putaran 2/P002.txt": "P002", "lapangan/putaran 2/p001_.md": "putaran 2 – p001",
		"lapangan/P001.txt": "P001", "lapangan/sama/x.txt": "x", "lapangan/sama/x.md": "x"} {
		if d, _ := v.Document(files[name].Document); d == nil || d.Name != want {
			t.Errorf("%s became %+v", name, d)
		}
	}
	if len(files) != 7 || !strings.Contains(string(j.Report), `"passed":2`) || j.Name != "" {
		t.Errorf("%d files, %s, called %q", len(files), j.Report, j.Name)
	}
	for _, at := range []string{"", "/report.csv", "/report.json"} {
		if body := p.ask(request{target: p.at("/batches/%s", change) + at, token: p.token[theOwner]}).body; !strings.Contains(body, "lapangan/putaran 1/P001.txt") {
			t.Errorf("the report%s does not name the folders", at)
		}
	}
	if body := p.ask(request{target: p.at("/documents"), token: p.token[theOwner]}).body; !strings.Contains(body, `.xlsx,.zip"`) || !strings.Contains(body, "or a zip") {
		t.Error("a zip can't be chosen among the documents")
	}
	// What leads out of folders does not, and one zip among files does not give all of them its name.
	for _, c := range []struct {
		files []packed
		name  string
	}{{[]packed{sent[9], {"bom.zip", string(zipOf(t, packed{"z.txt", talk("z")}))}}, ""}, {[]packed{{"satu.zip", string(zipOf(t, packed{"y.txt", talk("y")}))}}, "satu.zip"}} {
		change := fresh()
		p.sendFiles(p.at("/batches"), p.token[theResearcher], []string{"change", change.String()}, c.files...)
		w.s.jobs.wg.Wait()
		if j, files := p.job(change); j.Name != c.name || len(files) != len(c.files) || len(files) == 2 && files["P005.txt"].State != store.FileAdded {
			t.Errorf("called %q: %v", j.Name, files)
		}
	}
	// Zips are told apart like folders, whether they come in one request or in several, and with a file beside them.
	two := []packed{{"desa a.zip", string(zipOf(t, packed{"x/P001.txt", talk("i")}, packed{"P009.txt", talk("j")}))}, {"desa b.zip", string(zipOf(t, packed{"P001.txt", talk("k")}))}, {"P001.txt", talk("l")}}
	want := map[string]string{"desa a.zip/x/P001.txt": "desa a – x – P001", "desa a.zip/P009.txt": "P009", "desa b.zip/P001.txt": "desa b – P001", "P001.txt": "P001"}
	for _, cut := range []int{3, 1} {
		p := w.newPlace(0)
		change := fresh()
		fields := []string{"change", change.String()}
		if cut < len(two) {
			p.sendFiles(p.at("/batches"), p.token[theResearcher], append(fields, "part", "0", "more", "on"), two[:cut]...)
			p.sendFiles(p.at("/batches"), p.token[theResearcher], append(fields, "part", "1"), two[cut:]...)
		} else {
			p.sendFiles(p.at("/batches"), p.token[theResearcher], fields, two...)
		}
		w.s.jobs.wg.Wait()
		v, err := w.engine.View(t.Context(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, files := p.job(change)
		for name, want := range want {
			if d, _ := v.Document(files[name].Document); d == nil || d.Name != want {
				t.Errorf("%s of %d requests became %+v", name, 4-cut, d)
			}
		}
		if len(files) != len(want) {
			t.Errorf("%d files: %v", len(files), files)
		}
	}
	// How far it is says what its files say, also where the job has not said so yet.
	j.Done, j.State, j.Runner, j.Beat = 0, store.JobRunning, w.s.jobs.runner, w.now()
	if ok, err := w.store.SetJob(t.Context(), j, store.JobDone); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if body := p.ask(request{target: p.at("/batches/%s", change), token: p.token[theOwner]}).body; !strings.Contains(body, "7 of 7") || !strings.Contains(body, "7 documents added") {
		t.Error("the page says something else of how far it is than its files")
	}
	j.Done, j.State, j.Runner, j.Ended = 3, store.JobDone, "", w.now()
	if ok, err := w.store.SetJob(t.Context(), j, store.JobRunning); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if body := p.ask(request{target: p.at("/batches"), token: p.token[theOwner]}).body; !strings.Contains(body, "7 of 7") || strings.Contains(body, "3 of 7") {
		t.Error("the list says something else of how far it is than its files")
	}
	// The form beside the documents is a part of a page; whoever goes there gets a whole one.
	if a := p.ask(request{target: p.at("/batches/new"), token: p.token[theOwner], header: map[string]string{"Sec-Fetch-Mode": "navigate"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != p.at("/batches") {
		t.Errorf("the form by itself: %d to %q", a.status, a.header.Get("Location"))
	}
}

// TestABatchEndsWithItsPerson: who is no longer in the project adds nothing more to it; what stopped says why, and somebody else goes on.
func TestABatchEndsWithItsPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quickChild(t))
	p := w.newPlace(0)
	change := fresh()
	a := p.sendFiles(p.at("/batches"), p.token[theResearcher], []string{"change", change.String(), "more", "on"}, packed{"P01.txt", "satu"}, packed{"P02.txt", "dua"})
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	if j, files := p.job(change); j.State != store.JobArriving || len(files) != 2 {
		t.Fatalf("before the last part: %s, %d files", j.State, len(files))
	}
	w.do(p.id, p.coder[theOwner], &qda.CoderLeft{Coder: p.coder[theResearcher]})
	stops := func(why string) {
		t.Helper()
		j, _ := p.job(change)
		j.State = store.JobWaiting
		if ok, err := w.store.SetJob(t.Context(), j, store.JobArriving, store.JobStopped); !ok || err != nil {
			t.Fatal(ok, err)
		}
		w.s.jobs.kick(p.id)
		w.s.jobs.wg.Wait()
		if j, _ := p.job(change); j.State != store.JobStopped || j.Why != why {
			t.Errorf("%s because of %q, not of %q", j.State, j.Why, why)
		}
	}
	stops("batch.why.left")
	archived, live := qda.Archived, qda.Live
	w.do(p.id, p.coder[theOwner], &qda.ProjectChanged{State: &archived})
	j, _ := p.job(change)
	j.State, j.Account = store.JobStopped, p.account[theOwner].ID
	if _, err := w.store.SetJob(t.Context(), j, store.JobStopped); err != nil {
		t.Fatal(err)
	}
	stops("batch.why.archived")
	w.do(p.id, p.coder[theOwner], &qda.ProjectChanged{State: &live})
	if len(p.names()) != 1 {
		t.Errorf("documents came in: %v", p.names())
	}
	p.post(p.at("/batches/%s/go", change), p.token[theOwner])
	w.s.jobs.wg.Wait()
	if j, _ := p.job(change); j.State != store.JobDone || len(p.names()) != 3 {
		t.Errorf("then: %s %v", j.State, p.names())
	}
	// One whose runner is not heard of any more has stopped, and says so.
	j, _ = p.job(change)
	j.State, j.Runner, j.Beat = store.JobRunning, "another", w.now().Add(-2*jobStale)
	if ok, err := w.store.SetJob(t.Context(), j, store.JobDone); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if body := p.ask(request{target: p.at("/batches/%s", change), token: p.token[theOwner]}).body; !strings.Contains(body, "restarted") {
		t.Error("a job that nobody works on is said to run")
	}
	p.post(p.at("/batches/%s/go", change), p.token[theOwner])
	w.s.jobs.wg.Wait()
	if j, _ := p.job(change); j.State != store.JobDone {
		t.Errorf("it does not go on: %s", j.State)
	}
}

// TestAProjectComesInThroughThePage uploads a project's own export, looks at what is in it, and begins it.
// TestLanguageOfAProjectThatComesIn: the form begins with the language that the texts read as, where the file says none, and else with the
// one that projects begin with.
func TestLanguageOfAProjectThatComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theSupervisor]
	jv := "jv"
	w.do(p.id, p.coder[theOwner], &qda.ProjectChanged{Language: &jv})
	text := func(n int, words string) string {
		return `<TextSource guid="` + xid(n) + `" name="J"><PlainTextContent>` + words + `</PlainTextContent></TextSource>`
	}
	of := func(sources string) string { return string(foreign(t, `<Sources>`+sources+`</Sources>`, nil)) }
	en, id := "We had to ask them, and it was not clear what they would want from us.", "Saya tidak tahu, karena surat itu sudah ada di kantor dengan yang lain."
	for _, c := range []struct{ what, file, want string }{
		{"English", of(text(1, en) + text(2, en) + text(3, "Anwar 2009")), "en"},
		{"Indonesian", of(text(1, id) + text(2, en) + text(3, id)), "id"},
		{"both", of(text(1, id) + text(2, en)), "id"},
		{"a few names", of(text(1, "Anwar, Sari")), "id"},
		{"of anyam", string(w.takenOut(p.id)), "jv"},
	} {
		a := p.sendFiles("/projects/import", token, []string{"change", fresh().String()}, packed{"studi.qdpx", c.file})
		looked := p.ask(request{target: a.header.Get("Location"), token: token})
		if !strings.Contains(looked.body, `<option value="`+c.want+`" selected`) {
			t.Errorf("%s: %d, the form does not begin with %s", c.what, looked.status, c.want)
		}
	}
}

func TestAProjectComesInThroughThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	description, method := "Tentang udang", qda.Reliability
	w.do(p.id, p.coder[theOwner], &qda.ProjectChanged{Description: &description, Method: &method})
	out := p.ask(request{target: p.at("/export/project.qdpx"), token: p.token[theOwner]})
	if out.status != http.StatusOK {
		t.Fatalf("%d %.300s", out.status, out.body)
	}
	token := p.token[theSupervisor]
	bad := p.sendFiles("/projects/import", token, []string{"change", fresh().String()}, packed{"lain.qdpx", "PK\x03\x04 no zip"})
	if bad.status != http.StatusBadRequest || !strings.Contains(bad.body, "damaged") {
		t.Errorf("a broken file: %d", bad.status)
	}
	a := p.sendFiles("/projects/import", token, []string{"change", fresh().String()}, packed{"studi.qdpx", out.body})
	at := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(at, "/projects/import?file=") {
		t.Fatalf("%d to %q: %.300s", a.status, at, a.body)
	}
	looked := p.ask(request{target: at, token: token})
	for _, l := range w.failures() {
		t.Error(l)
	}
	if looked.status != http.StatusOK || !strings.Contains(looked.body, "studi.qdpx") || !strings.Contains(looked.body, "Orang R 0") {
		t.Errorf("what is in it: %d %.300s", looked.status, looked.body)
	}
	// The form begins with what the file says.
	if !strings.Contains(looked.body, ">Tentang udang</textarea>") || !strings.Contains(looked.body, `value="reliability" checked`) || !strings.Contains(looked.body, "the History stays behind") {
		t.Errorf("the form does not know the file: %s", looked.body)
	}
	if a := p.ask(request{target: at, token: p.token[theOwner]}); a.status != http.StatusNotFound {
		t.Errorf("another's file: %d", a.status)
	}
	number := strings.TrimPrefix(at, "/projects/import?file=")
	fields := []string{"change", fresh().String(), "file", number, "name", "Studi impor", "language", "id", "method", "reflexive"}
	if a := p.post("/projects/import/begin", p.token[theOwner], fields...); a.status != http.StatusNotFound {
		t.Errorf("another's file is begun: %d", a.status)
	}
	first, again := p.post("/projects/import/begin", token, fields...), p.post("/projects/import/begin", token, fields...)
	if first.status != http.StatusSeeOther || first.header.Get("Location") != again.header.Get("Location") {
		t.Fatalf("%d to %q, %d to %q: %.300s", first.status, first.header.Get("Location"), again.status, again.header.Get("Location"), first.body)
	}
	w.s.jobs.wg.Wait()
	page := p.ask(request{target: first.header.Get("Location"), token: token})
	for _, want := range []string{"What came in", "Open the project"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the result does not say %q: %.200s", want, page.body)
		}
	}
	var id qda.ProjectID
	if _, err := fmt.Sscan(number, &id); err != nil {
		t.Fatal(err)
	}
	v, err := w.engine.View(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range v.As(0).All {
		n++
	}
	if n == 0 || v.Project().Name != "Studi impor" || v.Project().Method != qda.Reflexive || v.Project().Description != description { // as it was chosen
		t.Errorf("%d codings in %+v", n, v.Project())
	}
	report := p.ask(request{target: strings.Replace(first.header.Get("Location"), "?", "", 1) + "/report.json", token: token})
	var r struct {
		Report projectReport `json:"report"`
	}
	if err := json.Unmarshal([]byte(report.body), &r); err != nil || r.Report.Made == nil || r.Report.Made.Codings != n {
		t.Errorf("the report: %v %+v", err, r.Report)
	}
}

// TestAProjectComesIntoAnother: an owner lets a file come into a project that is there, whose own things stay as they are; it comes in
// once. Nobody's file or project is met by another's number.
func TestAProjectComesIntoAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, q := w.newPlace(0), w.newPlace(1)
	out := q.ask(request{target: q.at("/export/project.qdpx"), token: q.token[theOwner]})
	if out.status != http.StatusOK {
		t.Fatalf("%d %.300s", out.status, out.body)
	}
	owner := p.token[theOwner]
	upload := func(into qda.ProjectID) (at string, file string) {
		t.Helper()
		a := p.sendFiles(fmt.Sprintf("/projects/import?into=%d", into), owner, []string{"change", fresh().String()}, packed{"studi.qdpx", out.body})
		u, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusSeeOther || u.Query().Get("into") != fmt.Sprint(into) {
			t.Fatalf("%d to %q: %.300s", a.status, u, a.body)
		}
		return u.String(), u.Query().Get("file")
	}
	at, file := upload(p.id)
	if a := p.ask(request{target: p.at("/documents"), token: owner}); !strings.Contains(a.body, fmt.Sprintf("/projects/import?into=%d", p.id)) {
		t.Error("the documents lead nowhere")
	}
	looked := p.ask(request{target: at, token: owner})
	if looked.status != http.StatusOK || !strings.Contains(looked.body, "Into “"+p.name+"”") || !strings.Contains(looked.body, fmt.Sprintf(`action="/projects/%d/import"`, p.id)) {
		t.Errorf("what is in it: %d %.300s", looked.status, looked.body)
	}
	// Without a project the page offers those that the person owns.
	free := p.ask(request{target: "/projects/import?file=" + file, token: owner})
	if !strings.Contains(free.body, fmt.Sprintf("file=%s&amp;into=%d", file, p.id)) || strings.Contains(free.body, fmt.Sprintf("into=%d", q.id)) {
		t.Errorf("the projects to choose from: %s", free.body)
	}
	for what, a := range map[string]reply{
		"another's project":  p.ask(request{target: fmt.Sprintf("/projects/import?file=%s&into=%d", file, q.id), token: owner}),
		"an archived thing":  p.ask(request{target: "/projects/import?into=x", token: owner}),
		"a researcher's own": p.ask(request{target: fmt.Sprintf("/projects/import?into=%d", p.id), token: p.token[theResearcher]}),
		"another's file":     p.post(p.at("/import"), p.token[theOwner], "change", fresh().String(), "file", fmt.Sprint(q.unborn())),
	} {
		if a.status != http.StatusNotFound {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	before, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := w.engine.View(t.Context(), q.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := func(v *engine.View) (documents, codings int) {
		documents, _ = live(v.As(0))
		for range v.As(0).All {
			codings++
		}
		return documents, codings
	}
	d, n := count(before)
	dq, nq := count(theirs)
	join := func(file string, more ...string) (documents, codings int) {
		t.Helper()
		fields := append([]string{"change", fresh().String(), "file", file}, more...)
		first, again := p.post(p.at("/import"), owner, fields...), p.post(p.at("/import"), owner, fields...)
		if first.status != http.StatusSeeOther || first.header.Get("Location") != again.header.Get("Location") {
			t.Fatalf("%d to %q, %d to %q: %.300s", first.status, first.header.Get("Location"), again.status, again.header.Get("Location"), first.body)
		}
		w.s.jobs.wg.Wait()
		if a := p.ask(request{target: first.header.Get("Location"), token: owner}); !strings.Contains(a.body, "What came in") {
			t.Errorf("the result: %.300s", a.body)
		}
		v, err := w.engine.View(t.Context(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		if v.Project().Name != p.name || v.Project().Method != before.Project().Method {
			t.Errorf("the project is another: %+v", v.Project())
		}
		return count(v)
	}
	d2, n2 := join(file)
	if n2 <= n || d2 < d {
		t.Errorf("%d documents and %d codings, and then %d and %d", d, n, d2, n2)
	}
	_, file = upload(p.id)
	if d3, n3 := join(file); d3 != d2 || n3 != n2 {
		t.Errorf("it came twice: %d documents and %d codings, and then %d and %d", d2, n2, d3, n3)
	}
	_, file = upload(p.id)
	if d4, n4 := join(file, "apart", "on"); d4 != d2+dq || n4 != n2+nq {
		t.Errorf("kept apart: %d documents and %d codings, and then %d and %d, of %d and %d", d2, n2, d4, n4, dq, nq)
	}
}

// unborn is a project of another program that the owner has looked into.
func (p *place) unborn() qda.ProjectID {
	p.t.Helper()
	a := p.sendFiles("/projects/import", p.token[theOwner], []string{"change", fresh().String()},
		packed{"lain.qde", `<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="Lain" origin="x"><CodeBook><Codes/></CodeBook></Project>`})
	var id qda.ProjectID
	if _, err := fmt.Sscanf(a.header.Get("Location"), "/projects/import?file=%d", &id); err != nil {
		p.t.Fatalf("%d: %v: %.300s", a.status, err, a.body)
	}
	return id
}
