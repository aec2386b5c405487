package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

func projectsPage(a *ask) error {
	all, err := a.s.Store.Projects(a.Context(), a.Account.ID)
	if err != nil {
		return err
	}
	// From the tables: a list must not bring every project into memory.
	extents, err := a.s.Store.Extents(a.Context(), a.Account.ID)
	if err != nil {
		return err
	}
	var v page.Projects
	for _, p := range all {
		x := extents[p.ID]
		r := page.ProjectRow{ID: int(p.ID), Name: p.Name, Description: p.Description, Role: string(p.Role), Touched: a.L.When(p.Touched, a.now),
			Documents: x.Documents, Codes: x.Codes, Codings: x.Codings, People: x.People}
		if p.State == qda.Archived {
			v.Archived = append(v.Archived, r)
		} else {
			v.Rows = append(v.Rows, r)
		}
	}
	return a.render(http.StatusOK, page.ProjectsPage(a.chrome(a.L.T("projects.title"), ""), v))
}

// live counts the live documents and their words.
func live(l engine.Lens) (documents, words int) {
	for _, d := range l.Documents() {
		if d.State == qda.Live {
			documents++
			words += int(d.Words)
		}
	}
	return documents, words
}

func newProjectPage(a *ask) error {
	return a.render(http.StatusOK, page.NewProjectPage(a.chrome(a.L.T("newproject.title"), ""), page.NewProject{Language: "id", Method: "reflexive"}))
}

func makeProject(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	err := func() error {
		id, err := a.changeID()
		if err != nil {
			return err
		}
		if _, err := qda.CleanName(f.Get("name")); err != nil {
			return err // before a number is used up
		}
		if a.Project, err = a.s.Store.MakeProject(a.Context(), id, a.now); err != nil {
			return err
		}
		e, err := a.s.Engine.Do(a.Context(), a.Project, qda.Intent{Change: id, Do: &qda.ProjectMade{Name: f.Get("name"), Description: f.Get("description"),
			Language: f.Get("language"), Method: qda.Method(f.Get("method")), Account: a.Account.ID, Owner: a.Account.Name, Initials: a.Account.Initials}})
		if err != nil {
			return err
		}
		a.saw(e.Seq)
		return nil
	}()
	if err != nil {
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("newproject.title")
			return a.render(http.StatusBadRequest, page.NewProjectPage(c, page.NewProject{Name: f.Get("name"), Description: f.Get("description"), Language: f.Get("language"), Method: f.Get("method")}))
		})
	}
	return a.back(a.at("/documents"), "done.ProjectMade")
}

func overviewPage(a *ask) error {
	l, p := a.Lens, a.View.Project()
	counts := l.Counts()
	v := page.Overview{Description: p.Description, Method: string(p.Method), MayCode: a.may("CodingApplied"), MayInvite: a.Coder.Role == qda.Owner,
		Codings: counts.Codings, Blind: l.Blind()}
	v.Documents, v.Words = live(l)
	readings, err := a.s.Store.Readings(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	for _, d := range sortedDocuments(l) {
		if counts.Document(d.ID) > 0 {
			v.Coded++
		}
		share, turn := progress(d, readings[d.ID].Furthest), int(readings[d.ID].Place)
		on := page.ReadingOn{ID: int(d.ID), Name: d.Name, Read: share, Turn: turn}
		switch {
		case slices.Contains(d.Finished, a.Coder.ID) || share >= 1:
			v.Finished++
		case share > 0:
			v.Reading = append(v.Reading, on)
		default:
			v.Unread++
			if v.NextUnread == nil {
				v.NextUnread = &on
			}
		}
	}
	for _, n := range slices.Backward(l.Nodes()) {
		ref := page.NodeRef{ID: int(n.ID), Name: n.Name}
		if n.Kind == qda.Theme {
			v.Themes++
			continue
		}
		v.Codes++
		if n.State == qda.Retired {
			continue
		}
		if n.Parent == 0 {
			v.Loose = append(v.Loose, ref)
		}
		if n.Definition == "" {
			v.Undefined = append(v.Undefined, ref)
		}
	}
	newest := func(x, y page.NodeRef) int { return y.ID - x.ID }
	slices.SortFunc(v.Loose, newest)
	slices.SortFunc(v.Undefined, newest)
	es, err := a.past(0, nil, a.View.Seq()+1, 12)
	if err != nil {
		return err
	}
	if v.Since, err = a.sinceVisit(); err != nil {
		return err
	}
	v.Review = a.waitingRows()
	if !l.Blind() {
		for _, n := range l.Nodes() {
			if n.Kind == qda.Theme && l.Standing(n.ID).Stand == qda.StillApproved {
				v.Approved++
			}
		}
	}
	for _, e := range es {
		s := a.say(e)
		v.Lately = append(v.Lately, page.Lately{Initials: s.initials, Name: s.name, What: s.sentence, When: a.L.When(e.At, a.now), Exact: a.L.Exact(e.At), Seq: int(e.Seq), Segments: a.segmentsOf(e)})
	}
	return a.render(http.StatusOK, page.OverviewPage(a.chrome(a.L.T("nav.overview"), "overview"), v))
}

// progress is how much of a document has been seen, 0 to 1.
func progress(d *qda.Document, furthest int32) float64 {
	if d.Turns == 0 {
		return 0
	}
	return min(1, float64(furthest)/float64(d.Turns))
}

// sortedDocuments gives the live documents by name, numbers in names as numbers.
func sortedDocuments(l engine.Lens) []*qda.Document {
	var r []*qda.Document
	for _, d := range l.Documents() {
		if d.State == qda.Live {
			r = append(r, d)
		}
	}
	slices.SortStableFunc(r, func(a, b *qda.Document) int { return natural(a.Name, b.Name) })
	return r
}

// natural compares names without regard to case, and runs of figures by value.
func natural(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	for a != "" && b != "" {
		x, y := figures(a), figures(b)
		if x != "" && y != "" {
			p, q := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if len(p) != len(q) {
				return len(p) - len(q)
			}
			if c := strings.Compare(p, q); c != 0 {
				return c
			}
			a, b = a[len(x):], b[len(y):]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func figures(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

func settingsPage(a *ask) error { return a.settingsPage(http.StatusOK, "") }

func (a *ask) settingsPage(status int, typed string) error {
	p := a.View.Project()
	v := page.Settings{Name: p.Name, Description: p.Description, Language: p.Language, Method: string(p.Method), Archived: p.State == qda.Archived, Owner: a.Coder.Role == qda.Owner, Typed: typed}
	for _, c := range a.Lens.Coders() {
		if c.Role.Valid() && c.Account != 0 && c.ID != a.Coder.ID {
			v.Heirs = append(v.Heirs, page.Choice{Value: itoa(c.ID), Label: c.Name})
		}
	}
	return a.render(status, page.SettingsPage(a.chrome(a.L.T("nav.settings"), "settings"), v))
}

func saveSettings(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.ProjectChanged{Name: a.field("name"), Description: a.field("description"), Language: a.field("language")}
	if m := a.field("method"); m != nil {
		c.Method = (*qda.Method)(m)
	}
	return a.settings(a.save(c, a.at("/settings")))
}

// save makes the change of a form that was filled in with what is there: sending it as it stood is no mistake.
func (a *ask) save(c qda.Change, back string) error {
	err := a.change(c, back)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Key == "refused.nothing_to_do" {
		return a.back(back, "done."+c.Kind())
	}
	return err
}

// settings shows the page again with what was refused.
func (a *ask) settings(err error) error {
	if err == nil {
		return nil
	}
	return a.again(err, func(page.Chrome) error { return a.settingsPage(http.StatusConflict, "") })
}

func archive(a *ask) error   { return a.setState(qda.Archived) }
func unarchive(a *ask) error { return a.setState(qda.Live) }

func (a *ask) setState(s qda.State) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.settings(a.change(&qda.ProjectChanged{State: &s}, a.at("/settings")))
}

func deleteProject(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	p := a.View.Project()
	if typed := a.PostForm.Get("name"); strings.TrimSpace(typed) != p.Name {
		return a.again(qda.Refuse(qda.Invalid, "refused.delete_name", "name", p.Name), func(page.Chrome) error { return a.settingsPage(http.StatusBadRequest, typed) })
	}
	if err := a.s.Store.DeleteProject(a.Context(), a.Project); err != nil {
		return err
	}
	a.s.Engine.Forget(a.Project)
	a.s.lexicons.forget(a.Project)
	a.s.Log.Info("a project was deleted", "project", a.Project, "account", a.Account.ID)
	return a.back("/projects", "done.project_deleted", "name", p.Name)
}

func handOver(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	if a.Coder.Role != qda.Owner {
		return qda.Refuse(qda.Refused, "refused.owner_only")
	}
	n, err := thingID(a.PostForm.Get("coder"))
	if err != nil {
		return err
	}
	to, ok := a.View.As(0).Coder(n)
	if !ok || !to.Role.Valid() {
		return absent()
	}
	if to.Account == 0 || n == a.Coder.ID {
		return qda.Refuse(qda.Invalid, "refused.hand_over")
	}
	own, keep, sees := qda.Owner, qda.Researcher, false
	return a.settings(a.change(&qda.CodersChanged{Coders: []qda.RoleOf{{Coder: n, Role: &own, Blind: &sees}, {Coder: a.Coder.ID, Role: &keep}}}, a.at("/settings")))
}
