package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// batchPage shows how far a job is, and what became of each of its files.
func batchPage(a *ask) error {
	v, err := a.batch(a.Job)
	if err != nil {
		return err
	}
	title := "batch.title"
	if a.Job.Kind == store.ProjectJob {
		title = "projectin.result"
	}
	return a.render(http.StatusOK, page.BatchPage(a.chrome(a.L.T(title), "documents"), v))
}

// batchState is a job's state as it is now: one that nobody is at work on has stopped.
func (a *ask) batchState(j store.Job) (state, why string) {
	switch {
	case j.State == store.JobRunning && !a.s.jobs.lives(j):
		return store.JobStopped, "batch.why.restart"
	case j.State == store.JobWaiting && j.Runner == "" && a.s.Now().Sub(j.Beat) > 5*time.Minute:
		return store.JobStopped, "batch.why.restart"
	}
	return j.State, j.Why
}

// batchRows are jobs in one row each. How far one is, is told by the states of its files, which are kept as they come about, and more
// often than the job says so itself.
func (a *ask) batchRows(all ...store.Job) (rows []page.BatchRow, err error) {
	reached, err := a.s.Store.Reached(a.Context(), a.Project)
	if err != nil {
		return nil, err
	}
	for _, j := range all {
		state, why := a.batchState(j)
		r := page.BatchRow{ID: j.ID.String(), Name: j.Name, State: state, Says: a.L.T("batch.state." + state), When: a.L.When(j.Made, a.now), Exact: a.L.Exact(j.Made),
			Done: j.Done, Steps: j.Steps, Running: state == store.JobRunning || state == store.JobWaiting, Project: j.Kind == store.ProjectJob}
		if !r.Project {
			r.Done, r.Steps = reached[j.ID].Done, reached[j.ID].Files
		}
		r.Progress = a.L.T("batch.progress", "done", a.L.Num(r.Done), "all", a.L.Num(r.Steps))
		if n := reached[j.ID].Refused; n > 0 {
			r.Refused = a.L.N("batch.of.refused", n)
		}
		if r.Name == "" {
			r.Name = a.L.N("batch.files", r.Steps)
		}
		if why != "" && i18n.Has(why) {
			r.Why = a.L.T(why)
		}
		if j.Account == a.Account.ID || !a.Lens.Blind() {
			for _, c := range a.View.Coders() {
				if c.Account == j.Account {
					r.By = c.Initials
				}
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// latestBatch is the job that the page of documents tells of: one that goes on, or one that ended a short while ago.
func (a *ask) latestBatch() (*page.BatchRow, error) {
	all, err := a.s.Store.Jobs(a.Context(), a.Project, 1)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	rows, err := a.batchRows(all...)
	if err != nil || !rows[0].Running && a.now.Sub(all[0].Ended) > time.Hour {
		return nil, err
	}
	return &rows[0], nil
}

// batch is everything about a job.
func (a *ask) batch(j store.Job) (page.Batch, error) {
	v := page.Batch{Project: int(a.Project), Present: j.Present, Seq: int(a.View.Seq())}
	rows, err := a.batchRows(j)
	if err != nil {
		return v, err
	}
	v.Row = rows[0]
	v.MayCancel = v.Row.Running || j.State == store.JobArriving
	v.MayGo = !v.MayCancel && v.Row.State != store.JobDone || j.State == store.JobArriving
	if !a.may("DocumentAdded") {
		v.MayCancel, v.MayGo = false, false
	}
	if j.Kind == store.ProjectJob {
		var r projectReport
		if len(j.Report) > 0 {
			if err := json.Unmarshal(j.Report, &r); err != nil {
				return v, err
			}
		}
		v.Import = a.projectIn(r)
		return v, nil
	}
	files, err := a.s.Store.JobFiles(a.Context(), a.Project, j.ID)
	if err != nil {
		return v, err
	}
	names := map[int]string{}
	for _, f := range files {
		names[f.N] = f.Name
	}
	groups := map[string]*page.BatchGroup{}
	for _, k := range []string{store.FileRefused, store.FileWaiting, store.FileThere, store.FileAdded} {
		groups[k] = &page.BatchGroup{Key: k}
	}
	left, comments := 0, 0
	for _, f := range files {
		comments += commentsOf(f)
		g := groups[f.State]
		x := page.BatchFile{N: f.N, Name: f.Name, Size: a.fileSize(f.Size), Sentence: a.fileSentence(f, names), Again: f.State == store.FileRefused && f.Sum != nil && !v.Row.Running && a.may("DocumentAdded")}
		if f.State == store.FileRefused && f.Why == "reading.bad.table" && f.Sum != nil && a.may("CaseAdded") {
			x.Table = a.at("/tables/%x", *f.Sum)
		}
		if d, ok := a.View.Document(f.Document); ok {
			x.Document, x.DocumentName, x.Removed = int(d.ID), d.Name, d.State != qda.Live
		}
		x.Notes = a.fileNotes(f)
		g.Files = append(g.Files, x)
		if f.State == store.FileWaiting {
			left++
		}
	}
	for _, k := range []string{store.FileRefused, store.FileWaiting, store.FileThere, store.FileAdded} {
		g := groups[k]
		if len(g.Files) == 0 {
			continue
		}
		g.Title = a.L.N("batch.of."+k, len(g.Files))
		if k != store.FileWaiting {
			v.Facts = append(v.Facts, g.Title)
		}
		v.Groups = append(v.Groups, *g)
	}
	if comments > 0 {
		v.Facts = append(v.Facts, a.L.N("batch.margin.all", comments))
	}
	var r batchReport
	if len(j.Report) > 0 {
		if err := json.Unmarshal(j.Report, &r); err != nil {
			return v, err
		}
	}
	if r.Passed > 0 {
		v.Passed = a.L.N("batch.passed", r.Passed)
	}
	if v.MayGo && left > 0 {
		v.GoSay = a.L.N("batch.go.left", left)
	}
	return v, nil
}

func (a *ask) fileSize(n int) string {
	switch {
	case n == 0:
		return ""
	case n < 1<<20:
		return a.L.T("limits.kilobytes", "n", a.L.Num((n+1023)>>10))
	}
	return a.L.T("limits.megabytes", "n", a.L.Num((n+1<<19)>>20))
}

// fileSentence says what became of a file, where its group does not.
func (a *ask) fileSentence(f store.JobFile, names map[int]string) string {
	switch {
	case f.State == store.FileRefused && i18n.Has(f.Why):
		var m map[string]any
		_ = json.Unmarshal(f.Args, &m) // what is not there is left out of the sentence
		var args []any
		for k, x := range m {
			if s, ok := x.(string); ok {
				x = argument(k, s)
			}
			args = append(args, k, x)
		}
		return a.L.T(f.Why, args...)
	case f.State == store.FileThere && f.Twice != 0:
		return a.L.T("batch.twice", "name", names[f.Twice])
	case f.State == store.FileThere:
		return a.L.T("batch.there")
	}
	return ""
}

func (a *ask) fileNotes(f store.JobFile) []string { return NotesIn(a.L, toldOf(f)) }

// toldOf are the notes that are kept with a file.
func toldOf(f store.JobFile) []exchange.Note {
	var notes []exchange.Note
	if len(f.Told) == 0 || json.Unmarshal(f.Told, &notes) != nil {
		return nil
	}
	return notes
}

// commentsOf is how many comments of a file have become memos.
func commentsOf(f store.JobFile) (n int) {
	for _, x := range toldOf(f) {
		if x.Key == commentsKept {
			n += x.N
		}
	}
	return n
}

// batchCSV sends what became of each file, or of each thing, as a table.
func batchCSV(a *ask) error {
	var rows [][]string
	if a.Job.Kind == store.ProjectJob {
		var r projectReport
		if len(a.Job.Report) > 0 {
			if err := json.Unmarshal(a.Job.Report, &r); err != nil {
				return err
			}
		}
		rows = a.projectInRows(r)
	} else {
		v, err := a.batch(a.Job)
		if err != nil {
			return err
		}
		rows = [][]string{{"file", "state", "document", "document_number", "why", "notes"}}
		for _, g := range v.Groups {
			for _, f := range g.Files {
				number := ""
				if f.Document != 0 {
					number = strconv.Itoa(f.Document)
				}
				rows = append(rows, []string{f.Name, g.Key, f.DocumentName, number, f.Sentence, joined(f.Notes)})
			}
		}
	}
	return a.sendBatch("csv", func(w io.Writer) error {
		return exchange.WriteTableCSV(w, rows[0], func(yield func([]string, error) bool) {
			for _, r := range rows[1:] {
				if !yield(r, nil) {
					return
				}
			}
		}, exchange.CSVOptions{Spreadsheet: true}) // names of files and codes are anybody's words
	})
}

// batchJSON sends the same as it is kept.
func batchJSON(a *ask) error {
	type file struct {
		Name     string          `json:"name"`
		State    string          `json:"state"`
		Document qda.ID          `json:"document,omitempty"`
		Twice    string          `json:"same_as,omitempty"`
		Why      string          `json:"why,omitempty"`
		Comments int             `json:"comments,omitempty"` // that became memos
		Notes    json.RawMessage `json:"notes,omitempty"`
	}
	out := struct {
		Name   string          `json:"name"`
		State  string          `json:"state"`
		Made   time.Time       `json:"made"`
		Files  []file          `json:"files,omitempty"`
		Report json.RawMessage `json:"report,omitempty"`
	}{Name: a.Job.Name, Made: a.Job.Made.UTC(), Report: a.Job.Report}
	out.State, _ = a.batchState(a.Job)
	if a.Job.Kind == store.FilesJob {
		files, err := a.s.Store.JobFiles(a.Context(), a.Project, a.Job.ID)
		if err != nil {
			return err
		}
		names := map[int]string{}
		for _, f := range files {
			names[f.N] = f.Name
		}
		for _, f := range files {
			out.Files = append(out.Files, file{f.Name, f.State, f.Document, names[f.Twice], a.fileSentence(f, names), commentsOf(f), f.Told})
		}
	}
	return a.sendBatch("json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(out)
	})
}

func (a *ask) sendBatch(ending string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	name := a.Job.Name
	if name == "" {
		name = a.View.Project().Name
	}
	kind := "application/json; charset=utf-8"
	if ending == "csv" {
		kind = mediaTypes["csv"]
	}
	a.attachment(FileName(fmt.Sprintf("%s %s.%s", name, a.L.T("batch.report.file"), ending)), kind)
	_, err := a.w.Write(b.Bytes())
	return ignoreGone(err)
}

func joined(all []string) string {
	return strings.Join(all, " ")
}
