package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// mostInBatch is how many files come in at once. They may come in several requests, of which each can be no larger than a file.
const mostInBatch = exchange.MaxPacked

// perRequest is how the files of a batch are numbered: from this, for each request that brings some.
const perRequest = 1000

// jobOf resolves the job that a path names.
func jobOf(a *ask, v string) error {
	id, err := qda.ParseChangeID(v)
	if err != nil {
		return absent()
	}
	a.Job, err = a.s.Store.Job(a.Context(), a.Project, id)
	return err
}

// batchesPage asks for many files, and lists what came in before.
func batchesPage(a *ask) error {
	all, err := a.s.Store.Jobs(a.Context(), a.Project, 50)
	if err != nil {
		return err
	}
	v := page.Batches{Project: int(a.Project), Form: a.batchForm()}
	if v.Rows, err = a.batchRows(all...); err != nil {
		return err
	}
	return a.render(http.StatusOK, page.BatchesPage(a.chrome(a.L.T("batch.title"), "documents"), v))
}

// batchPart is the form alone, beside the list of documents. Who goes to its address is led to the page that asks the same, and for the files.
func batchPart(a *ask) error {
	if a.Header.Get("Sec-Fetch-Mode") == "navigate" {
		http.Redirect(a.w, a.Request, a.at("/batches"), http.StatusSeeOther)
		return nil
	}
	return a.render(http.StatusOK, page.BatchPart(a.chrome("", "documents"), a.batchForm()))
}

func (a *ask) batchForm() page.BatchForm {
	v := page.BatchForm{Project: int(a.Project), Most: mostInBatch, LargestMB: exchange.MaxFile >> 20, Formats: formats}
	v.Kinds = append([]page.Choice{{Value: "", Label: a.L.T("batch.kind.each"), Chosen: true}}, a.kinds("")...)
	for i, c := range a.languages("") {
		if i == 0 {
			c.Label = a.L.T("batch.language.each")
		}
		v.Languages = append(v.Languages, c)
	}
	for _, k := range []string{"", "file", "none"} {
		name := k
		if k == "" {
			name = "each"
		}
		v.Informants = append(v.Informants, page.Choice{Value: k, Label: a.L.T("batch.informants." + name), Chosen: k == ""})
	}
	return v
}

// makeBatch takes files, or zips of them, keeps their bytes, and begins to read them when all have come.
func makeBatch(a *ask) error {
	if err := a.maySend(); err != nil {
		return err
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	b := arriving{ask: a}
	for part, err := range a.sent(exchange.MaxFile) {
		if err != nil {
			return err
		}
		if err := b.begin(); err != nil {
			return err
		}
		if b.job.State != store.JobArriving {
			break // it has all come before
		}
		var data bytes.Buffer
		if _, err := data.ReadFrom(io.LimitReader(part, exchange.MaxFile+1)); err != nil {
			return brokenUpload(err, exchange.MaxFile)
		}
		if err := b.file(pathName(part), data.Bytes()); err != nil {
			return err
		}
	}
	if b.begun == 0 {
		return qda.Refuse(qda.Invalid, "refused.no_file")
	}
	return b.end()
}

// arriving is a batch whose files are on their way.
type arriving struct {
	*ask
	job    store.Job
	begun  int
	n      int             // of the last file
	count  int             // files of this request
	before int             // files of requests before
	parts  bool            // this is not all of it: other requests bring more
	zip    string          // the name of the last zip
	bare   []store.JobFile // the files of a zip that may be all there is: they go by their own names
	report batchReport
}

// pathName is a file's name with its folders, which a browser gives where a folder was dropped.
func pathName(part *multipart.Part) string {
	if _, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return exchange.ShownName(params["filename"])
	}
	return FileName(part.FileName())
}

// batchReport is what there is to say of a batch beside its files.
type batchReport struct {
	Passed int `json:"passed,omitempty"` // files that systems leave in zips and folders
}

// begin makes the job, when the first of its files is there and with it all that was chosen.
func (b *arriving) begin() error {
	if b.begun++; b.begun > 1 {
		return nil
	}
	id, err := b.changeID()
	if err != nil {
		return err
	}
	c := batchChoices{Kind: qda.DocumentKind(b.PostForm.Get("kind")), Language: b.PostForm.Get("language"), NoSpeakers: b.PostForm.Has("speakers") && !contains(b.PostForm["speakers"], "on"), Informants: b.PostForm.Get("informants"), Comments: contains(b.PostForm["comments"], "on")}
	if !slices.Contains([]qda.DocumentKind{"", qda.Interview, qda.Observation, qda.Written}, c.Kind) || !slices.Contains([]string{"", "file", "none"}, c.Informants) ||
		c.Language != "" && !slices.Contains(i18n.TextLanguages, c.Language) {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	chunk, err := strconv.Atoi(b.PostForm.Get("part"))
	if b.PostForm.Get("part") != "" && (err != nil || chunk < 0 || chunk > mostInBatch) {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	name := ""
	if v := b.PostForm.Get("name"); v != "" {
		name = FileName(strings.ToValidUTF8(v, "\ufffd"))
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	b.job, err = b.s.Store.NewJob(b.Context(), store.Job{Project: b.Project, ID: id, Kind: store.FilesJob, Account: b.Account.ID, Name: name, Choices: raw, Made: b.now})
	if err != nil {
		return err
	}
	if b.job.Account != b.Account.ID || b.job.Kind != store.FilesJob {
		return qda.Refuse(qda.Conflict, "refused.change_id")
	}
	if len(b.job.Report) > 0 {
		if err := json.Unmarshal(b.job.Report, &b.report); err != nil {
			return err
		}
	}
	if passed, err := strconv.Atoi(b.PostForm.Get("passed")); err == nil && chunk == 0 {
		b.report.Passed = min(max(0, passed), 100_000)
	}
	b.n, b.parts = chunk*perRequest, chunk > 0 || b.PostForm.Get("more") == "on"
	files, err := b.s.Store.JobFiles(b.Context(), b.Project, id)
	for _, f := range files {
		if f.N <= b.n || f.N > b.n+perRequest { // those of this request have come before, if there are any
			b.before++
		}
	}
	return err
}

// file keeps one file, or all of a zip.
func (b *arriving) file(name string, data []byte) error {
	alone := b.begun == 1 && !b.parts
	if !alone && len(b.bare) > 0 { // the first was a zip, and is not all there is
		for i := range b.bare {
			b.bare[i].Name = inZip(b.zip, b.bare[i].Name)
		}
		if err := b.s.Store.PutJobFiles(b.Context(), b.Project, b.job.ID, b.bare...); err != nil {
			return err
		}
		b.bare = nil
	}
	packed := isZip(name) && bytes.HasPrefix(data, []byte("PK"))
	if !packed {
		if exchange.OwnOfSystems(name) {
			b.report.Passed++
			return nil
		}
		_, err := b.put(exchange.Packed{Name: name, Data: data, Bad: tooLarge(data)})
		return err
	}
	b.zip = name
	passed, err := b.s.Extractor.Unpack(b.Context(), data, func(p exchange.Packed) error {
		if !alone {
			p.Name = inZip(name, p.Name)
		}
		f, err := b.put(p)
		if alone {
			b.bare = append(b.bare, f)
		}
		return err
	})
	b.report.Passed += passed
	var bad *exchange.BadFile
	if errors.As(err, &bad) {
		_, err = b.put(exchange.Packed{Name: name, Bad: bad})
	}
	return err
}

// inZip is the name of a file in one of several zips.
func inZip(zip, name string) string { return exchange.ShownName(zip + "/" + name) }

func tooLarge(data []byte) *exchange.BadFile {
	if len(data) > exchange.MaxFile {
		return &exchange.BadFile{Reason: exchange.BadTooBig, Args: map[string]string{"max": "50 MB"}}
	}
	return nil
}

func (b *arriving) put(p exchange.Packed) (store.JobFile, error) {
	if b.count++; b.before+b.count > mostInBatch {
		return store.JobFile{}, qda.Refuse(qda.TooLarge, "refused.batch_many", "max", mostInBatch)
	}
	b.n++
	f := store.JobFile{N: b.n, Name: p.Name, Size: len(p.Data), State: store.FileWaiting}
	if p.Bad != nil {
		f.State, f.Why, f.Size = store.FileRefused, p.Bad.Key(), 0
		f.Args, _ = json.Marshal(p.Bad.Args)
	} else {
		sum := SumOf(p.Data)
		if err := b.s.Store.PutFile(b.Context(), b.Project, sum, FileName(p.Name), p.Data, b.now); err != nil {
			return f, err
		}
		f.Sum = &sum
	}
	return f, b.s.Store.PutJobFiles(b.Context(), b.Project, b.job.ID, f)
}

// end lets the reading begin, where these were the last files.
func (b *arriving) end() error {
	j := b.job
	if j.State == store.JobArriving {
		j.Report, _ = json.Marshal(b.report)
		j.Steps, j.Beat = b.before+b.count, b.s.Now()
		if b.PostForm.Get("more") != "on" {
			j.State = store.JobWaiting
		}
		if j.Name == "" && b.zip != "" && b.begun == 1 && b.before == 0 { // all of it came in the zip
			j.Name = path.Base(b.zip)
		}
		if _, err := b.s.Store.SetJob(b.Context(), j, store.JobArriving); err != nil {
			return err
		}
		b.s.jobs.kick(b.Project)
	}
	return b.back(b.at("/batches/%s", j.ID), "")
}

// cancelBatch ends a job: what is there stays.
func cancelBatch(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	j := a.Job
	j.State, j.Why, j.Ended, j.Beat = store.JobCancelled, "", a.s.Now(), a.s.Now()
	if _, err := a.s.Store.SetJob(a.Context(), j, store.JobArriving, store.JobWaiting, store.JobRunning); err != nil {
		return err
	}
	a.s.jobs.stop(a.Project, j.ID)
	return a.back(a.at("/batches/%s", j.ID), "")
}

// resumeBatch goes on with a job that stopped, or with one file that was refused.
func resumeBatch(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	if a.View.Project().State == qda.Archived {
		return qda.Refuse(qda.Refused, "refused.archived")
	}
	j := a.Job
	if v := a.PostForm.Get("file"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		files, err := a.s.Store.JobFiles(a.Context(), a.Project, j.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(files, func(f store.JobFile) bool { return f.N == n })
		if i < 0 {
			return absent()
		}
		if f := files[i]; f.State == store.FileRefused && f.Sum != nil {
			f.State, f.Why, f.Args = store.FileWaiting, "", nil
			if err := a.s.Store.PutJobFiles(a.Context(), a.Project, j.ID, f); err != nil {
				return err
			}
		}
	}
	from := []string{store.JobArriving, store.JobDone, store.JobCancelled, store.JobStopped}
	if j.State == store.JobRunning && !a.s.jobs.lives(j) {
		from = append(from, store.JobRunning)
	}
	j.State, j.Why, j.Beat = store.JobWaiting, "", a.s.Now()
	j.Account = a.Account.ID // it goes on in the name of whoever says so
	if _, err := a.s.Store.SetJob(a.Context(), j, from...); err != nil {
		return err
	}
	a.s.jobs.kick(a.Project)
	return a.back(a.at("/batches/%s", j.ID), "")
}
