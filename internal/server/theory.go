package server

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// theoryPage shows the frameworks of a project and how its themes are tied to their concepts.
func theoryPage(a *ask) error {
	q := a.URL.Query()
	v := page.Theory{Project: int(a.Project), MayEdit: a.may("ConceptAdded"), MayTie: a.may("Tied"), Seq: int(a.View.Seq())}
	columns := a.conceptColumns()
	of := map[qda.ID]int{}
	for i, c := range columns {
		of[c.ID] = i
	}
	v.Frameworks = a.frameworks()
	for _, f := range v.Frameworks {
		span := 0
		for _, c := range columns {
			if int(a.framework(c).ID) == f.ID {
				span++
			}
		}
		v.Heads = append(v.Heads, page.TheoryHead{ID: f.ID, Name: f.Name, Span: span})
	}
	for _, c := range columns {
		v.Columns = append(v.Columns, page.TheoryColumn{ID: int(c.ID), Name: c.Name, Definition: clip(c.Definition, 120), Depth: max(0, a.conceptDepth(c)-1)})
	}
	whys := a.whys()
	tied := 0
	for _, n := range a.View.Nodes() {
		if n.Kind != qda.Theme {
			continue
		}
		r := page.TheoryRow{NodeLink: a.nodeLink(n.ID), Level: a.View.Depth(n.ID), Claim: clip(n.Claim, 160)}
		for _, c := range columns {
			t := whys[[2]qda.ID{n.ID, c.ID}]
			cell := page.TheoryCell{Concept: int(c.ID), ConceptName: c.Name}
			if t != nil {
				tied++
				cell.Tied, cell.Why, cell.By = true, t.Why, a.initials(t.Coder)
			}
			r.Cells = append(r.Cells, cell)
		}
		v.Rows = append(v.Rows, r)
	}
	v.Summary = strings.Join([]string{a.L.N("theory.count.frameworks", len(v.Frameworks)), a.L.N("theory.count.concepts", len(columns)), a.L.N("theory.count.ties", tied)}, " · ")
	if err := a.theoryPanel(&v, q); err != nil {
		return err
	}
	return a.render(http.StatusOK, page.TheoryPage(a.chrome(a.L.T("theory.title"), "themes"), v))
}

// theoryPanel is what is edited beside the matrix: a concept, a new one, or what ties a theme to a concept.
func (a *ask) theoryPanel(v *page.Theory, q url.Values) error {
	if n, err := thingID(q.Get("concept")); err == nil {
		c, ok := a.View.Concept(n)
		if !ok {
			return absent()
		}
		v.Concept = &page.ConceptForm{ID: int(c.ID), Rev: int(c.Rev), Name: c.Name, Definition: c.Definition, Framework: c.Parent == 0, Gone: c.State != qda.Live}
		if up, ok := a.View.Concept(c.Parent); ok {
			v.Concept.Under = up.Name
		}
		for _, b := range a.View.Concepts() {
			if b.Parent == c.ID {
				v.Concept.Below++
			}
		}
	}
	if q.Has("under") && v.MayEdit {
		n, err := optionalID(q.Get("under"))
		if err != nil {
			return err
		}
		v.Concept = &page.ConceptForm{Parent: int(n), Framework: n == 0}
		if up, ok := a.View.Concept(n); ok {
			v.Concept.Under = up.Name
		} else if n != 0 {
			return absent()
		}
	}
	if s := q.Get("tie"); s != "" {
		x, y, _ := strings.Cut(s, "-")
		theme, err := found(x, a.View.Node)
		if err != nil {
			return err
		}
		concept, err := found(y, a.View.Concept)
		if err != nil {
			return err
		}
		if theme.Kind != qda.Theme {
			return absent()
		}
		f := &page.TieForm{Theme: a.nodeLink(theme.ID), Claim: theme.Claim, Concept: int(concept.ID), ConceptName: concept.Name, Definition: concept.Definition, Framework: a.framework(concept).Name}
		if t := a.whys()[[2]qda.ID{theme.ID, concept.ID}]; t != nil {
			f.Tied, f.Why, f.By = true, t.Why, a.L.T("theory.by", "by", a.initials(t.Coder), "when", a.L.When(unix(t.At), a.now))
		}
		v.Tie = f
	}
	return nil
}

// whys gives the ties that take part, by theme and concept.
func (a *ask) whys() map[[2]qda.ID]*qda.Tie {
	m := map[[2]qda.ID]*qda.Tie{}
	for _, t := range a.View.Ties() {
		m[[2]qda.ID{t.Theme, t.Concept}] = t
	}
	return m
}

// framework is what a concept belongs to, itself where it is one.
func (a *ask) framework(c *qda.Concept) *qda.Concept {
	for c.Parent != 0 {
		up, ok := a.View.Concept(c.Parent)
		if !ok {
			break
		}
		c = up
	}
	return c
}

func (a *ask) conceptDepth(c *qda.Concept) (d int) {
	for c.Parent != 0 {
		up, ok := a.View.Concept(c.Parent)
		if !ok {
			break
		}
		c, d = up, d+1
	}
	return d
}

// conceptColumns are the concepts that themes are tied to: a framework itself only where nothing stands under it, or a theme is tied to it.
func (a *ask) conceptColumns() (r []*qda.Concept) {
	has := map[qda.ID]bool{}
	for _, c := range a.View.Concepts() {
		has[c.Parent] = true
	}
	tied := map[qda.ID]bool{}
	for _, t := range a.View.Ties() {
		tied[t.Concept] = true
	}
	for _, c := range a.View.Concepts() {
		if c.Parent != 0 || !has[c.ID] || tied[c.ID] {
			r = append(r, c)
		}
	}
	return r
}

// frameworks gives the concepts as the trees they stand in.
func (a *ask) frameworks() (r []page.Framework) {
	all := a.View.Concepts()
	siblings := map[qda.ID][]qda.ID{}
	for _, c := range all {
		siblings[c.Parent] = append(siblings[c.Parent], c.ID)
	}
	for _, c := range all {
		line := siblings[c.Parent]
		i := slices.Index(line, c.ID)
		x := page.ConceptRow{ID: int(c.ID), Rev: int(c.Rev), Name: c.Name, Definition: c.Definition, Depth: a.conceptDepth(c)}
		if i > 0 {
			x.Up = strconv.Itoa(int(line[i-1]))
		}
		if i+1 < len(line) {
			x.Down = "0"
			if i+2 < len(line) {
				x.Down = strconv.Itoa(int(line[i+2]))
			}
		}
		if c.Parent == 0 {
			r = append(r, page.Framework{ConceptRow: x})
		} else {
			f := &r[len(r)-1]
			f.Concepts = append(f.Concepts, x)
		}
	}
	return r
}

func addConcept(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.ConceptAdded{Name: a.PostForm.Get("name"), Definition: a.PostForm.Get("definition")}
	if err := a.optionalIDs(map[string]*qda.ID{"parent": &c.Parent, "before": &c.Before}); err != nil {
		return err
	}
	return a.change(c, a.at("/theory"))
}

// changeConcept edits, moves, removes or brings back a concept; a field that is missing is left as it is.
func changeConcept(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.ConceptChanged{Concept: a.Concept.ID, Name: a.field("name"), Definition: a.field("definition")}
	if v := a.field("rev"); v != nil {
		n, err := strconv.ParseInt(*v, 10, 64)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		c.Rev = qda.Seq(n)
	}
	if v := a.field("before"); v != nil {
		n, err := optionalID(*v)
		if err != nil {
			return err
		}
		c.Before = &n
	}
	if v := a.field("state"); v != nil {
		s := qda.State(*v)
		c.State = &s
	}
	return a.save(c, a.at("/theory"))
}

// example is a framework to begin with. Names and definitions are in the asker's language; they can be changed like any others.
var examples = map[string][]string{"institutional": {"regulative", "normative", "cognitive"}, "uppsala": {"knowledge", "decisions", "activities", "commitment"}}

// addExample makes a framework with its concepts, an entry for each.
func addExample(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	name := a.PostForm.Get("example")
	concepts, ok := examples[name]
	if !ok {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	say := func(of string) (string, string) {
		return a.L.T("theory.example." + of), a.L.T("theory.example." + of + ".say")
	}
	c := &qda.ConceptAdded{}
	c.Name, c.Definition = say(name)
	e, err := a.do(id, c, nil)
	if err != nil {
		return err
	}
	framework := qda.ID(0)
	for _, d := range e.Did {
		if d.Of == qda.SortConcept && d.New != nil {
			framework = d.ID
		}
	}
	for i, part := range concepts {
		c := &qda.ConceptAdded{Parent: framework}
		c.Name, c.Definition = say(name + "." + part)
		if _, err := a.do(qda.GUID(id, qda.ID(i+1)), c, nil); err != nil {
			return err
		}
	}
	return a.done(e, a.at("/theory"))
}

func tie(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.Tied{Why: a.PostForm.Get("why")}
	if err := a.optionalIDs(map[string]*qda.ID{"theme": &c.Theme, "concept": &c.Concept}); err != nil {
		return err
	}
	return a.change(c, a.at("/theory"))
}

func untie(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.Untied{}
	if err := a.optionalIDs(map[string]*qda.ID{"theme": &c.Theme, "concept": &c.Concept}); err != nil {
		return err
	}
	return a.change(c, a.at("/theory"))
}

// theoryCSV is the matrix as a table. A tie without a sentence is "×".
func theoryCSV(a *ask) error {
	leave, err := a.export()
	if err != nil {
		return err
	}
	defer leave()
	columns, whys := a.conceptColumns(), a.whys()
	var heads []string
	for _, c := range columns {
		path := []string{c.Name}
		for up, ok := a.View.Concept(c.Parent); ok; up, ok = a.View.Concept(up.Parent) {
			path = append([]string{up.Name}, path...)
		}
		heads = append(heads, strings.Join(path, " / "))
	}
	var rows []exchange.TheoryRow
	for _, n := range a.View.Nodes() {
		if n.Kind != qda.Theme {
			continue
		}
		r := exchange.TheoryRow{Theme: strings.Join(a.View.Path(n.ID), " / "), Claim: n.Claim}
		for _, c := range columns {
			cell := ""
			if t := whys[[2]qda.ID{n.ID, c.ID}]; t != nil {
				if cell = t.Why; cell == "" {
					cell = "×"
				}
			}
			r.Cells = append(r.Cells, cell)
		}
		rows = append(rows, r)
	}
	return a.csv("theory", "exported_codebook", func(b *bytes.Buffer, opt exchange.CSVOptions) error {
		return exchange.WriteTheoryCSV(b, heads, rows, opt)
	})
}

// tiesOf tells what ties a theme to concepts, for the pages of themes.
func (a *ask) tiesOf(theme qda.ID) (r []page.ThemeTie) {
	for _, c := range a.View.Concepts() {
		if t := a.whys()[[2]qda.ID{theme, c.ID}]; t != nil {
			r = append(r, page.ThemeTie{Name: c.Name, Framework: a.framework(c).Name, Why: t.Why, Edit: a.at("/theory?tie=%d-%d", theme, c.ID)})
		}
	}
	return r
}
