package server

import (
	"cmp"
	"encoding/hex"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// Shown of a table before it is brought in.
const (
	tableSamples = 3
	tableRows    = 60  // rows shown whatever becomes of them
	tableOdd     = 300 // rows shown at all: after the first ones, those that a person should look at
	tableTexts   = 2   // documents whose beginning is shown
)

// isTable tells by a file's name whether it may be a table of informants or answers.
func isTable(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".xlsx", ".xlsm":
		return true
	}
	return false
}

// aside ends the name of a file that waits on a page of its own and not among those that become documents.
const aside = ".aside"

func isAside(name string) bool { return strings.HasSuffix(name, aside) }

// asideFile gives a file of such a page, with the name it came with.
func (a *ask) asideFile() (string, []byte, error) {
	name, data, err := a.s.Store.File(a.Context(), a.Project, a.Sum)
	return strings.TrimSuffix(name, aside), data, err
}

// tableName is a file's name by which it is read as a table: what is called plain text may be one, parted by tabs for instance.
func tableName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".tsv", ".tab":
		return name + ".csv"
	}
	return name
}

// tablesPage asks for a table.
func tablesPage(a *ask) error {
	return a.tablesPage(http.StatusOK, "")
}

func (a *ask) tablesPage(status int, problem string) error {
	return a.render(status, page.TablesPage(a.chrome(a.L.T("tables.title"), "documents"), page.Tables{Project: int(a.Project), LargestMB: exchange.MaxFile >> 20, Problem: problem}))
}

// bringTable takes a table's bytes and leads to what would become of it.
func bringTable(a *ask) error {
	name, data, err := a.oneFile()
	if err != nil {
		return err
	}
	if data == nil {
		return a.tablesPage(http.StatusBadRequest, a.L.T("refused.no_file"))
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	r, err := a.s.Extractor.Read(a.Context(), tableName(name), data, exchange.Options{Table: true})
	var bad *exchange.BadFile
	switch {
	case readsOtherwise(err):
	case errors.As(err, &bad):
		return a.tablesPage(http.StatusUnprocessableEntity, a.sentence(err))
	case err != nil:
		return err
	case r.Table == nil:
		return a.tablesPage(http.StatusUnprocessableEntity, a.L.T("tables.no_table"))
	}
	sum := SumOf(data)
	if err := a.s.Store.PutFile(a.Context(), a.Project, sum, name+aside, data, a.now); err != nil {
		return err
	}
	return a.back(a.at("/tables/%s", hex.EncodeToString(sum[:])), "")
}

// readsOtherwise tells a table that another choice may make readable: of another sheet, or of a single row that is one like others.
func readsOtherwise(err error) bool {
	var bad *exchange.BadFile
	return errors.As(err, &bad) && (bad.Reason == exchange.BadNoRows || len(bad.Sheets) > 1)
}

// unread says why a table can't be read as chosen, and what may be chosen instead.
func (a *ask) unread(err error) string {
	var bad *exchange.BadFile
	switch {
	case !errors.As(err, &bad):
	case bad.Reason == exchange.BadNoRows:
		return a.L.T("tables.norows")
	case bad.Reason == exchange.BadEmpty && len(bad.Sheets) > 1:
		return a.L.T("tables.emptysheet")
	}
	return a.sentence(err)
}

// read says how a table was read, and what else may be chosen.
func (c choices) read(r *exchange.Reading) page.Reread {
	v := page.Reread{Sheets: sheetChoices(r.Table.Sheets, c.Sheet), Head: !c.NoHead}
	v.Charsets, v.OtherSets = charsets(r)
	return v
}

// unread says that a file can't be read as chosen, and what else may be chosen.
func (c choices) unread(err error, say string) page.Reread {
	v := page.Reread{Error: say, Again: readsOtherwise(err) || c.Charset != "", Head: !c.NoHead}
	var bad *exchange.BadFile
	if errors.As(err, &bad) {
		v.Sheets = sheetChoices(bad.Sheets, c.Sheet)
	}
	if c.Charset != "" {
		v.Charsets, v.OtherSets = charsets(&exchange.Reading{Charset: c.Charset, Charsets: []exchange.Charset{{Name: c.Charset}}})
	}
	return v
}

// sheetChoices are the sheets of a workbook that has several.
func sheetChoices(sheets []string, read int) []page.Choice {
	if len(sheets) < 2 {
		return nil
	}
	var some []page.Choice
	for i, s := range sheets {
		some = append(some, page.Choice{Value: strconv.Itoa(i + 1), Label: s, Chosen: i+1 == max(read, 1)})
	}
	return some
}

// tableOf reads a kept table as chosen.
func (a *ask) tableOf(f *tableForm) (*exchange.Reading, tableFile, error) {
	name, data, err := a.asideFile()
	if err != nil {
		return nil, tableFile{}, err
	}
	f.Column = cmp.Or(columnIn(a.View.Project().Language), a.L.T("tables.col.column"))
	return readTable(a.Context(), a.s.Extractor, name, data, f.choices)
}

// tablePage shows what would become of a table.
func tablePage(a *ask) error {
	q := a.URL.Query()
	return a.tablePage(http.StatusOK, q.Get, q, "")
}

func (a *ask) tablePage(status int, get func(string) string, names map[string][]string, problem string) error {
	f := tableFormOf(get, names)
	r, file, err := a.tableOf(&f)
	v := page.Table{Project: int(a.Project), Sum: hex.EncodeToString(a.Sum[:]), File: file.name, Seq: int(a.View.Seq())}
	if err != nil {
		var bad *exchange.BadFile
		var refused *qda.Error
		if !errors.As(err, &bad) && !(errors.As(err, &refused) && refused.Key == "tables.no_table") {
			return err
		}
		v.Reread, v.As = f.unread(err, a.unread(err)), []page.Choice{{Value: f.as}}
		return a.render(status, page.TablePage(a.chrome(a.L.T("tables.title"), "documents"), v))
	}
	f.chosen(a.View, r, get, names)
	p := planTable(a.View, r.Table, &f, file)
	a.problem = problem
	a.tableChoices(&v, r, &f)
	a.tablePlanned(&v, r, &f, p)
	return a.render(status, page.TablePage(a.chrome(a.L.T("tables.title"), "documents"), v))
}

// tableChoices fills in how the table is read and what its columns are.
func (a *ask) tableChoices(v *page.Table, r *exchange.Reading, f *tableForm) {
	t := r.Table
	v.Summary = a.readAs(r) + " · " + a.L.N("tables.rows", len(t.Rows)) + " · " + a.L.N("tables.columns", len(t.Columns))
	v.Guessed, v.Reread = f.guessed(r.Charset), f.read(r)
	for _, as := range []string{rowsInformants, rowsAnswers, rowsDocuments} {
		v.As = append(v.As, page.Choice{Value: as, Label: a.L.T("tables.as." + as), Chosen: f.as == as})
	}
	v.Link, v.MayLink = f.link, f.as == rowsInformants
	for i, c := range t.Columns {
		x := page.TableColumn{N: i, Name: clip(c.Name, 160), Kind: a.L.T("tables.kind." + c.Kind), Filled: a.L.T("tables.filled", "n", c.Filled, "all", len(t.Rows)), Quiet: f.uses[i] == useNot}
		if c.Kind == exchange.ClosedColumn {
			x.Kind = a.L.N("tables.kind.choices", len(c.Values))
			for _, s := range c.Values[:min(4, len(c.Values))] {
				x.Samples = append(x.Samples, clip(s, 40))
			}
		} else {
			for _, row := range t.Rows {
				if row[i] != "" && len(x.Samples) < tableSamples {
					x.Samples = append(x.Samples, clip(row[i], 60))
				}
			}
		}
		put := func(use, label string) {
			x.Uses = append(x.Uses, page.Choice{Value: use, Label: label, Chosen: use == f.uses[i]})
		}
		for _, use := range []string{useNot, useName, useDocument, useHeld, useAnswer} {
			if f.usable(a.View, use) {
				key := "tables.use." + use
				if use == useName && f.as == rowsDocuments {
					key = "tables.use.title"
				}
				put(use, a.L.T(key))
			}
		}
		for _, there := range a.View.Attributes() {
			if there.Of == attributesOf(f.as) {
				put("a"+itoa(there.ID), a.L.T("tables.use.there", "name", there.Name))
			}
		}
		for _, kind := range []string{"text", "number", "date"} {
			put(kind, a.L.T("tables.use.new", "type", a.L.T("informants.type."+kind)))
		}
		v.Columns = append(v.Columns, x)
	}
	for _, n := range r.Names {
		v.Names = append(v.Names, page.FoundName{Key: nameKey(n.Word), Name: n.Word, Times: a.L.N("count.times", n.Count)})
	}
}

// tablePlanned fills in what would be done.
func (a *ask) tablePlanned(v *page.Table, r *exchange.Reading, f *tableForm, p *tablePlan) {
	sum := func(mark, text string) { v.Sums = append(v.Sums, page.PreviewNote{Mark: mark, Text: text}) }
	counts := func(state, key, mark string) {
		if n := p.made[state]; n > 0 {
			sum(mark, a.L.N(key, n))
		}
	}
	if p.informants > 0 {
		sum("change", a.L.N("tables.sum.new", p.informants))
	}
	if p.documents > 0 {
		sum("change", a.L.N("tables.sum.documents", p.documents))
	}
	counts(rowChanged, "tables.sum.changed", "change")
	if p.linked > 0 {
		sum("change", a.L.N("tables.sum.linked", p.linked))
	}
	if len(p.attributes) > 0 {
		var names []string
		for _, x := range p.attributes {
			names = append(names, x.name+" ("+a.L.T("informants.type."+x.kind)+")")
		}
		sum("change", a.L.N("tables.sum.attributes", len(names), "names", strings.Join(names, ", ")))
	}
	if p.already > 0 {
		sum("warn", a.L.N("tables.sum.already", p.already))
	}
	counts(rowSame, "tables.sum.same", "ok")
	counts(rowBad, "tables.sum.bad", "warn")
	if p.over > 0 {
		sum("warn", a.L.N("tables.sum.over", p.over, "max", a.L.Num(mostTableRows)))
	}
	for _, n := range p.notes {
		sum("warn", a.told(n))
	}
	v.Sums = append(v.Sums, a.notes(r)[1:]...)
	texts := 0
	for _, row := range p.rows {
		odd := row.state == rowBad || row.near != nil || len(row.notes) > 0
		if len(v.Rows) >= tableRows && !odd || len(v.Rows) >= tableOdd {
			v.Hidden++
			continue
		}
		x := page.TableRow{Row: row.row, Name: row.name, State: row.state, StateText: a.L.T("tables.state." + row.state), Documents: row.documents}
		if len(row.turns) > 0 {
			x.Documents = append(x.Documents, a.L.N("count.turns", len(row.turns)))
		}
		for _, c := range row.values {
			// As they will be: what stands in the file is shown with the columns.
			x.Values = append(x.Values, page.TableValue{Attribute: c.attribute, Was: a.printed(c.kind, c.was), Is: a.printed(c.kind, c.is)})
		}
		for _, n := range row.notes {
			x.Notes = append(x.Notes, a.told(n))
		}
		if row.near != nil {
			x.Near = []page.Choice{{Value: "0", Label: a.L.T("tables.near.new", "name", row.name), Chosen: !row.nearTaken}, {Value: itoa(row.near.ID), Label: a.L.T("tables.near.same", "name", row.near.Name), Chosen: row.nearTaken}}
		}
		v.Rows = append(v.Rows, x)
		if len(row.turns) > 0 && texts < tableTexts {
			texts++
			d := page.TableText{Name: row.name}
			for _, t := range row.turns[:min(6, len(row.turns))] {
				role := exchange.Informant
				if t.Label != row.turns[1].Label {
					role = exchange.Interviewer
				}
				d.Turns = append(d.Turns, page.TableTurn{Speaker: t.Label, Role: role, Text: clip(t.Text, 400), Lang: r.Language})
			}
			v.Texts = append(v.Texts, d)
		}
	}
	v.Steps = len(p.steps)
	if v.Steps > 0 {
		v.Do = a.L.N("tables.do", v.Steps)
	}
}

// takeTable does what the page of a table has shown.
func takeTable(a *ask) error {
	id, then, begun, err := a.foreseen()
	if err != nil {
		return err
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	f := tableFormOf(a.PostForm.Get, a.PostForm)
	r, file, err := a.tableOf(&f)
	if err != nil {
		return err
	}
	plan := func(v *engine.View) *tablePlan {
		g := f
		g.chosen(v, r, a.PostForm.Get, a.PostForm)
		return planTable(v, r.Table, &g, file)
	}
	p := plan(then)
	if !begun && !sameSteps(p.steps, plan(a.View).steps) {
		return a.tablePage(http.StatusConflict, a.PostForm.Get, a.PostForm, a.L.T("steps.changed"))
	}
	back := a.at("/informants")
	if p.documents > 0 {
		back = a.at("/documents")
	}
	return a.take(id, p.steps, a.L.T("tables.title"), "documents", back, "done.tables", "n", strconv.Itoa(len(p.steps)))
}
