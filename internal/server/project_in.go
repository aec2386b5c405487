package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// projectInPage asks for a project of another program, or shows what is in one that has come.
func projectInPage(a *ask) error { return a.projectInPage(http.StatusOK, page.ProjectIn{}) }

func (a *ask) projectInPage(status int, typed page.ProjectIn) error {
	v := typed
	v.LargestMB = exchange.MaxProject >> 20
	if err := a.projectChoices(&v); err != nil {
		return err
	}
	title := a.L.T("projectin.title")
	if n := a.URL.Query().Get("file"); n != "" || v.File != 0 {
		if v.File == 0 {
			id, err := number(n)
			if err != nil {
				return err
			}
			v.File = int(id)
		}
		j, err := a.arrived(qda.ProjectID(v.File))
		if err != nil {
			return err
		}
		if j.State != store.JobArriving {
			http.Redirect(a.w, a.Request, "/projects/"+strconv.Itoa(v.File)+"/batches/"+j.ID.String(), http.StatusSeeOther)
			return nil
		}
		var r projectReport
		if err := json.Unmarshal(j.Report, &r); err != nil {
			return err
		}
		v.FileName, v.Report = j.Name, a.projectIn(r)
		if v.Name == "" {
			v.Name, v.Description, v.Language, v.Method = r.Name, r.Description, cmp.Or(r.Language, "id"), string(cmp.Or(r.Method, qda.Reflexive))
			if v.Name == "" {
				v.Name = strings.TrimSuffix(j.Name, path.Ext(j.Name))
			}
		}
	}
	return a.render(status, page.ProjectInPage(a.chrome(title, ""), v))
}

// projectChoices looks up the projects that a file can come into, and the one that the address names.
func (a *ask) projectChoices(v *page.ProjectIn) error {
	all, err := a.s.Store.Projects(a.Context(), a.Account.ID)
	if err != nil {
		return err
	}
	into := a.URL.Query().Get("into")
	for _, p := range all {
		if p.State == qda.Archived || !p.Role.May("CoderJoined") {
			continue
		}
		r := page.ProjectRow{ID: int(p.ID), Name: p.Name}
		if strconv.Itoa(r.ID) == into {
			v.Into = &r
		}
		v.Others = append(v.Others, r)
	}
	if into != "" && v.Into == nil {
		return absent()
	}
	return nil
}

// arrived finds the file that waits in a project that is not begun, of the asker's.
func (a *ask) arrived(project qda.ProjectID) (store.Job, error) {
	all, err := a.s.Store.Jobs(a.Context(), project, 10)
	if err != nil {
		return store.Job{}, err
	}
	for _, j := range all {
		if j.Kind == store.ProjectJob && j.Account == a.Account.ID {
			return j, nil
		}
	}
	return store.Job{}, absent()
}

// takeProject keeps a project of another program and reads it, so that what is in it can be seen before it becomes one of ours.
func takeProject(a *ask) error {
	if err := a.limitedAccount(uploadsByAccount); err != nil {
		return err
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	name, data, err := a.sentFile(exchange.MaxProject)
	var refused *qda.Error
	switch {
	case errors.As(err, &refused) && refused.Fault == qda.TooLarge:
		return a.projectAgain(err)
	case err != nil:
		return err
	case name == "":
		return a.projectAgain(qda.Refuse(qda.Invalid, "refused.no_file"))
	}
	return a.projectAgain(a.tookProject(name, data))
}

// projectAgain draws the form again with what was wrong with a file.
func (a *ask) projectAgain(err error) error {
	if err == nil {
		return nil
	}
	var bad *refi.BadFile
	if errors.As(err, &bad) {
		err = qda.Refuse(qda.Invalid, "projectin.bad."+string(bad.Reason))
	}
	var child *exchange.BadFile
	if errors.As(err, &child) {
		fault := qda.Invalid
		if child.Reason == exchange.BadTooBig {
			fault = qda.TooLarge
		}
		err = qda.Refuse(fault, child.Key(), flat(child.Args)...)
	}
	status := http.StatusBadRequest
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.TooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	return a.again(err, func(c page.Chrome) error {
		c.Title = a.L.T("projectin.title")
		v := page.ProjectIn{LargestMB: exchange.MaxProject >> 20}
		if err := a.projectChoices(&v); err != nil {
			return err
		}
		return a.render(status, page.ProjectInPage(c, v))
	})
}

func flat(args map[string]string) (r []any) {
	for k, v := range args {
		r = append(r, k, argument(k, v))
	}
	return r
}

func (a *ask) tookProject(name string, data []byte) error {
	change, err := a.changeID()
	if err != nil {
		return err
	}
	p, report, err := a.s.Extractor.Project(a.Context(), data)
	if err != nil {
		return err
	}
	if report.Root == "CodeBook" {
		return qda.Refuse(qda.Invalid, "projectin.bad.codebook")
	}
	// Of this account's own, so that nobody's id leads into the project of another.
	id := qda.GUID(change, qda.ID(a.Account.ID))
	project, err := a.s.Store.MakeProject(a.Context(), id, a.now)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(reportOf(p, report))
	if err != nil {
		return err
	}
	sum := SumOf(data)
	if err := a.s.Store.PutFile(a.Context(), project, sum, name, data, a.now); err != nil {
		return err
	}
	j, err := a.s.Store.NewJob(a.Context(), store.Job{Project: project, ID: id, Kind: store.ProjectJob, Account: a.Account.ID, Name: name, Made: a.now})
	if err != nil {
		return err
	}
	if j.State == store.JobArriving && len(j.Report) == 0 {
		if err := a.s.Store.PutJobFiles(a.Context(), project, id, store.JobFile{N: 1, Name: name, Sum: &sum, Size: len(data), State: store.FileWaiting}); err != nil {
			return err
		}
		j.Report, j.Beat = raw, a.s.Now()
		if _, err := a.s.Store.SetJob(a.Context(), j, store.JobArriving); err != nil {
			return err
		}
	}
	q := url.Values{"file": {strconv.FormatInt(int64(project), 10)}}
	if into := a.URL.Query().Get("into"); into != "" {
		q.Set("into", into)
	}
	return a.back("/projects/import?"+q.Encode(), "")
}

// projectChoice is what is chosen of a file that comes into a project that is there.
type projectChoice struct {
	Apart bool `json:"apart,omitempty"`
}

// joinProject lets what is in the file come into a project that is there. A repeat finds what the first has begun.
func joinProject(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	n, err := number(a.PostForm.Get("file"))
	if err != nil {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	was, err := a.arrived(qda.ProjectID(n))
	if err != nil {
		return err
	}
	choices, err := json.Marshal(projectChoice{Apart: a.PostForm.Get("apart") == "on"})
	if err != nil {
		return err
	}
	j, err := a.s.Store.NewJob(a.Context(), store.Job{Project: a.Project, ID: was.ID, Kind: store.ProjectJob, Account: a.Account.ID, Name: was.Name, Choices: choices, Made: a.now})
	if err != nil {
		return err
	}
	if j.State == store.JobArriving {
		if err := a.carryFile(was, j); err != nil {
			return err
		}
		j.State, j.Report, j.Beat = store.JobWaiting, was.Report, a.s.Now()
		if _, err := a.s.Store.SetJob(a.Context(), j, store.JobArriving); err != nil {
			return err
		}
		a.s.jobs.kick(a.Project)
	}
	return a.back(a.at("/batches/%s", j.ID), "")
}

// carryFile takes the file of a job along to the project of another.
func (a *ask) carryFile(from, to store.Job) error {
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	files, err := a.s.Store.JobFiles(a.Context(), from.Project, from.ID)
	if err != nil {
		return err
	}
	if len(files) != 1 || files[0].Sum == nil {
		return absent()
	}
	name, data, err := a.s.Store.File(a.Context(), from.Project, *files[0].Sum)
	if err != nil {
		return err
	}
	if err := a.s.Store.PutFile(a.Context(), to.Project, *files[0].Sum, name, data, a.now); err != nil {
		return err
	}
	return a.s.Store.PutJobFiles(a.Context(), to.Project, to.ID, files[0])
}

// beginProject makes the project and lets what is in the file come in.
func beginProject(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	n, err := number(f.Get("file"))
	if err != nil {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	j, err := a.arrived(qda.ProjectID(n))
	if err != nil {
		return err
	}
	made := &qda.ProjectMade{Name: f.Get("name"), Description: f.Get("description"), Language: f.Get("language"), Method: qda.Method(f.Get("method")),
		Account: a.Account.ID, Owner: a.Account.Name, Initials: a.Account.Initials}
	e, err := a.s.Engine.Do(a.Context(), j.Project, qda.Intent{Change: j.ID, Do: made})
	if err != nil {
		a.problem = ""
		return a.again(err, func(c page.Chrome) error {
			return a.projectInPage(http.StatusBadRequest, page.ProjectIn{File: int(j.Project), Name: f.Get("name"), Description: f.Get("description"), Language: f.Get("language"), Method: f.Get("method")})
		})
	}
	a.Project = j.Project
	a.saw(e.Seq)
	j.State, j.Beat = store.JobWaiting, a.s.Now()
	if _, err := a.s.Store.SetJob(a.Context(), j, store.JobArriving); err != nil {
		return err
	}
	a.s.jobs.kick(j.Project)
	return a.back(a.at("/batches/%s", j.ID), "")
}

// projectIn makes a report ready to be shown.
func (a *ask) projectIn(r projectReport) *page.ProjectInReport {
	v := &page.ProjectInReport{Origin: r.Origin, Done: r.Made != nil}
	count := func(key string, has, made int) {
		row := page.ProjectInCount{Name: a.L.T("projectin.count." + key), Has: a.L.Num(has)}
		if r.Made != nil {
			row.Made = a.L.Num(made)
		}
		if has > 0 || made > 0 {
			v.Counts = append(v.Counts, row)
		}
	}
	m := inCounts{}
	if r.Made != nil {
		m = *r.Made
	}
	count("documents", r.Has.Documents, m.Documents)
	count("codes", r.Has.Codes, m.Codes)
	count("codings", r.Has.Codings, m.Codings)
	count("memos", r.Has.Memos, m.Memos)
	count("cases", r.Has.Cases, m.Cases)
	count("attributes", r.Has.Attributes, m.Attributes)
	count("coders", r.Has.Coders, m.Coders)
	v.Coders = r.Coders
	for _, p := range r.Placings {
		row := page.ProjectInPlacing{Texts: a.L.N("projectin.texts", p.Texts), How: a.L.T("projectin.unit." + p.Unit), Sure: a.L.T("projectin.trust." + p.Trust), Weak: p.Trust == string(refi.Weak), Names: p.Names}
		if p.CRLF > 0 {
			row.How += ", " + a.L.T("projectin.crlf."+strconv.Itoa(p.CRLF))
		}
		if p.Mark {
			row.How += ", " + a.L.T("projectin.mark")
		}
		row.Evidence = a.evidenceSaid("projectin.evidence", p.Evidence)
		if p.Against.Of > 0 {
			row.Against = a.evidenceSaid("projectin.against", p.Against)
		}
		v.Placings = append(v.Placings, row)
	}
	for _, i := range r.Items {
		v.Losses = append(v.Losses, a.loss(string(i.Fate), a.element(i.Element), a.L.T("projectin.why."+string(i.Reason)), i.Count, i.Examples))
	}
	for _, l := range r.Left {
		v.Losses = append(v.Losses, a.loss(l.Fate, a.L.T("projectin.what."+l.What), a.leftWhy(l), l.Count, l.Examples))
	}
	v.Unplaced = len(r.Unplaced)
	return v
}

func (a *ask) leftWhy(l Left) string {
	if strings.HasPrefix(l.Key, "refused.") {
		return a.L.T(l.Key)
	}
	return a.L.T("projectin.left." + l.Key)
}

func (a *ask) evidenceSaid(key string, e refi.Evidence) string {
	return a.L.T(key, "placed", a.L.Num(e.Placed), "of", a.L.Num(e.Of), "edges", a.L.Num(e.Edges), "ends", a.L.Num(2*e.Of), "names", a.L.Num(e.Names))
}

// loss is one line of the loss report.
func (a *ask) loss(fate, what, why string, n int, names []string) page.ProjectInLoss {
	if len(names) == refi.MostExamples && n > len(names) {
		names = append(slices.Clone(names), "…")
	}
	l := page.ProjectInLoss{Fate: fate, FateName: a.L.T("projectin.fate." + fate), What: what, Count: a.L.Num(n), Why: why, Examples: names, Shown: min(len(names), 20)}
	if more := len(names) - l.Shown; more > 0 {
		l.More = a.L.N("projectin.more", more)
	}
	return l
}

// element is what an element or attribute of the schema is called here; one that nobody knows is called by its own name.
func (a *ask) element(name string) string {
	of, attribute, _ := strings.Cut(name, "/@")
	switch attribute {
	case "color":
		of, attribute = "colour", ""
	case "name", "page", "representedGUID": // the reason says which
		attribute = ""
	}
	switch of {
	case "dateTime":
		of = "date"
	case "Coding/CodeRef":
		of = "CodeRef"
	}
	if k := "projectin.element." + of; i18n.Has(k) {
		of = a.L.T(k)
	}
	return strings.TrimSpace(of + " " + attribute)
}

// projectInRows is a report as a table.
func (a *ask) projectInRows(r projectReport) [][]string {
	rows := [][]string{{"fate", "what", "count", "why", "examples"}}
	for _, l := range a.projectIn(r).Losses {
		rows = append(rows, []string{l.FateName, l.What, l.Count, l.Why, strings.Join(l.Examples, "; ")})
	}
	for _, u := range r.Unplaced {
		rows = append(rows, []string{a.L.T("projectin.fate.lost"), a.L.T("projectin.element.PlainTextSelection"), "1", a.L.T("projectin.why." + string(u.Reason)), u.Said()})
	}
	return rows
}
