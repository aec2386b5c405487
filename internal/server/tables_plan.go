package server

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// mostTableRows is how many rows of one table become informants or documents.
const mostTableRows = 5000

// saying is a message in no language yet: its key, a count where it has one, and arguments.
type saying struct {
	key  string
	n    int // with count
	args []any
	many bool
}

func say(key string, args ...any) saying { return saying{key: key, args: args} }

func sayN(key string, n int, args ...any) saying {
	return saying{key: key, n: n, args: args, many: true}
}

// in is the sentence in a language.
func (s saying) in(l *i18n.Printer) string {
	if s.many {
		return l.N(s.key, s.n, s.args...)
	}
	return l.T(s.key, s.args...)
}

func (a *ask) told(s saying) string { return s.in(a.L) }

// States of rows.
const (
	rowNew     = "new"
	rowChanged = "changed"
	rowSame    = "same"
	rowBad     = "bad" // not usable
)

// tablePlan is what a table would do to a project, before anything is done.
type tablePlan struct {
	steps      []step
	rows       []tableRow
	columns    []plannedColumn
	attributes []plannedAttribute // new ones
	notes      []saying
	made       map[string]int // how many rows of each state
	linked     int            // documents that get an informant
	documents  int            // documents that are added
	informants int            // informants that are added
	already    int            // rows whose document was made of this file before
	over       int            // rows beyond the most
}

type plannedAttribute struct{ name, kind string }

// plannedColumn is what a column is: an attribute with a type, or what only one column can be.
type plannedColumn struct {
	name, kind string
	used       bool
}

// tableRow is what becomes of one row.
type tableRow struct {
	row       int // from 1, as the rows of the table are counted below its headings
	name      string
	state     string
	values    []valueChange
	documents []string
	notes     []saying
	near      *qda.Case // there already and called nearly so
	nearTaken bool
	turns     []exchange.Turn // of the document
}

// valueChange is a value that is new (was is empty) or another than before.
type valueChange struct{ attribute, was, is, kind string }

type tablePlanner struct {
	v       *engine.View
	t       *exchange.Table
	f       *tableForm
	file    tableFile
	p       *tablePlan
	readers []func(string) (string, bool)
	of      []qda.ID // by column: the attribute, 0 where it is none
	named   []string // by column: the attribute's name
	kinds   []string // and its type
	cases   map[string]*qda.Case
	nearly  []nearCase
	docs    []*qda.Document
	column  map[string]int // of name, document, held
}

// tableFile is where a table comes from.
type tableFile struct {
	sum, name, title  string
	format, charset   string
	language          string
	replaced          int
	question, answers string // labels of who asks and of who answers without a name
}

type nearCase struct {
	k        *qda.Case
	skeleton string
	name     plainName
}

// planTable finds out what a table would do as chosen.
func planTable(v *engine.View, t *exchange.Table, f *tableForm, file tableFile) *tablePlan {
	x := &tablePlanner{v: v, t: t, f: f, file: file, p: &tablePlan{made: map[string]int{}}, cases: map[string]*qda.Case{}, column: map[string]int{}}
	for _, k := range v.Cases() {
		if k.State == qda.Live {
			x.cases[asName(k.Name)] = k
			x.nearly = append(x.nearly, nearCase{k, skeleton(k.Name), plainly(k.Name)})
		}
	}
	for _, d := range v.Documents() {
		if d.State == qda.Live {
			x.docs = append(x.docs, d)
		}
	}
	slices.SortStableFunc(x.docs, func(a, b *qda.Document) int { return cmp.Or(natural(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	x.columns()
	for i := range t.Columns {
		at, used := x.column[f.uses[i]]
		x.p.columns = append(x.p.columns, plannedColumn{x.named[i], x.kinds[i], used && at == i})
	}
	if _, ok := x.column[useName]; !ok && f.as != rowsDocuments {
		x.p.notes = append(x.p.notes, say("tables.note.no_name"))
		return x.p
	}
	rows := t.Rows
	if len(rows) > mostTableRows {
		x.p.over = len(rows) - mostTableRows
		rows = rows[:mostTableRows]
	}
	seen := map[string]int{}
	for i := range rows {
		r := tableRow{row: i + 1}
		x.row(&r, seen)
		x.p.made[r.state]++
		x.p.rows = append(x.p.rows, r)
	}
	return x.p
}

// skeleton is a name without what is often written differently: P-01, p 1 and P01 are one.
func skeleton(s string) string {
	var b strings.Builder
	zeros := true
	for _, r := range asName(s) {
		switch {
		case r == '0' && zeros:
		case unicode.IsDigit(r):
			zeros = false
			b.WriteRune(r)
		case unicode.IsLetter(r):
			zeros = true
			b.WriteRune(r)
		default:
			zeros = true
		}
	}
	return b.String()
}

// columns settles which column is what; new attributes come first of all steps.
func (x *tablePlanner) columns() {
	x.readers, x.of = make([]func(string) (string, bool), len(x.t.Columns)), make([]qda.ID, len(x.t.Columns))
	x.named, x.kinds = make([]string, len(x.t.Columns)), make([]string, len(x.t.Columns))
	have := map[string]*qda.Attribute{}
	for _, a := range x.v.Attributes() {
		if a.Of == attributesOf(x.f.as) {
			have[asName(a.Name)] = a
		}
	}
	taken, cells := map[qda.ID]bool{}, readerOf(x.t)
	for i, c := range x.t.Columns {
		use := x.f.uses[i]
		switch use {
		case useNot, useAnswer:
			continue
		case useName, useDocument, useHeld:
			if _, twice := x.column[use]; twice {
				x.p.notes = append(x.p.notes, say("tables.note.twice", "column", c.Name))
				continue
			}
			x.column[use] = i
			if use == useHeld {
				x.readers[i] = cells.of(i, "date")
			}
			continue
		}
		var there *qda.Attribute
		if n, ok := strings.CutPrefix(use, "a"); ok {
			id, _ := thingID(n)
			there, _ = x.v.Attribute(id)
		} else {
			name, err := qda.CleanName(strings.TrimPrefix(strings.TrimPrefix(c.Name, "attribute: "), "atribut: "))
			if err != nil {
				x.p.notes = append(x.p.notes, say("tables.note.column_name", "column", clip(c.Name, 60)))
				continue
			}
			if there = have[asName(name)]; there == nil {
				x.of[i], x.named[i], x.kinds[i], x.readers[i] = later(len(x.p.steps)), name, use, x.reader(cells, i, use)
				x.p.steps = append(x.p.steps, step{do: &qda.AttributeAdded{Name: name, Of: attributesOf(x.f.as), Type: use}, makes: qda.SortAttribute})
				x.p.attributes = append(x.p.attributes, plannedAttribute{name, use})
				have[asName(name)] = &qda.Attribute{ID: x.of[i], Name: name, Type: use}
				taken[x.of[i]] = true
				continue
			}
		}
		if there == nil || taken[there.ID] {
			x.p.notes = append(x.p.notes, say("tables.note.twice", "column", c.Name))
			continue
		}
		taken[there.ID] = true
		x.of[i], x.named[i], x.kinds[i], x.readers[i] = there.ID, there.Name, there.Type, x.reader(cells, i, there.Type)
	}
}

// reader reads a column's cells as values of a type, and tells how it reads numbers that may mean two things.
func (x *tablePlanner) reader(cells *cellReader, column int, kind string) func(string) (string, bool) {
	read := cells.of(column, kind)
	if s := cells.doubtful(column); s != "" && kind == "number" {
		is, _ := read(s)
		x.p.notes = append(x.p.notes, say("tables.note.number", "column", x.t.Columns[column].Name, "value", s, "is", i18n.Decimal(is)))
	}
	return read
}

func (x *tablePlanner) cell(r *tableRow, use string) string {
	if i, ok := x.column[use]; ok {
		return x.t.Rows[r.row-1][i]
	}
	return ""
}

func (r *tableRow) bad(why saying) { r.state, r.notes = rowBad, append(r.notes, why) }

// row plans one row.
func (x *tablePlanner) row(r *tableRow, seen map[string]int) {
	name := x.cell(r, useName)
	if name == "" && x.f.as == rowsDocuments {
		name = strings.TrimSpace(x.file.title + " " + itoa(qda.ID(r.row)))
	}
	r.name = clip(name, 80)
	if name == "" {
		r.bad(say("tables.note.nameless"))
		return
	}
	clean, err := qda.CleanName(name)
	if err != nil {
		r.bad(say("tables.note.name", "max", qda.MaxName))
		return
	}
	r.name = clean
	if before := seen[asName(clean)]; before > 0 {
		if x.f.as != rowsDocuments {
			r.bad(say("tables.note.same_row."+x.f.as, "row", before))
			return
		}
		for n, name := 2, []rune(clean); seen[asName(r.name)] > 0; n++ {
			end := " " + strconv.Itoa(n)
			r.name = strings.TrimSpace(string(name[:min(len(name), qda.MaxName-len(end))])) + end
		}
		clean = r.name
		r.notes = append(r.notes, say("tables.note.numbered", "row", before, "name", clean))
	}
	seen[asName(clean)] = r.row
	values := x.valuesOf(r)
	if x.f.as == rowsDocuments {
		x.document(r, nil, values)
		return
	}
	k := x.cases[asName(clean)]
	if k == nil {
		if r.near = x.nearest(clean); r.near != nil && x.f.near[r.row] == r.near.ID {
			k, r.nearTaken = r.near, true
		}
	}
	if x.f.as == rowsAnswers {
		x.document(r, k, values)
		return
	}
	x.informant(r, k, values)
}

// valuesOf reads the cells of a row that are values. An empty cell says nothing, so it takes no value away.
func (x *tablePlanner) valuesOf(r *tableRow) qda.Values {
	v := qda.Values{}
	for i, cell := range x.t.Rows[r.row-1] {
		if x.of[i] == 0 || cell == "" {
			continue
		}
		value, ok := x.readers[i](cell)
		if value != "" && ok {
			if value, err := qda.CleanText(value); err == nil {
				v[x.of[i]] = value
				continue
			}
		}
		r.notes = append(r.notes, say("tables.note.value", "attribute", x.named[i], "value", clip(cell, 60)))
	}
	return v
}

// changes are the values that a case or document has not, in the order of the columns.
func (x *tablePlanner) changes(r *tableRow, has, set qda.Values) qda.Values {
	out := qda.Values{}
	for i, n := range x.of {
		if is, ok := set[n]; n != 0 && ok && has[n] != is {
			r.values = append(r.values, valueChange{x.named[i], has[n], is, x.kinds[i]})
			out[n] = is
		}
	}
	return out
}

func (x *tablePlanner) nearest(name string) *qda.Case {
	b, p := skeleton(name), plainly(name)
	for i := range x.nearly {
		if n := &x.nearly[i]; b != "" && n.skeleton == b || n.name.similar(&p) {
			return n.k
		}
	}
	return nil
}

// informant plans a row that is an informant, with the documents that are theirs.
func (x *tablePlanner) informant(r *tableRow, k *qda.Case, values qda.Values) {
	id := qda.ID(0)
	if k == nil {
		x.changes(r, nil, values)
		id, r.state = later(len(x.p.steps)), rowNew
		x.p.informants++
		x.p.steps = append(x.p.steps, step{do: &qda.CaseAdded{Name: r.name, Values: orNil(values)}, makes: qda.SortCase})
	} else {
		id, r.state = k.ID, rowSame
		if set := x.changes(r, k.Values, values); len(set) > 0 {
			r.state = rowChanged
			x.p.steps = append(x.p.steps, step{do: &qda.CaseChanged{Case: k.ID, Values: set}})
		}
	}
	asked := x.cell(r, useDocument)
	var docs []*qda.Document
	if asked != "" {
		for _, one := range append([]string{asked}, strings.FieldsFunc(asked, func(c rune) bool { return c == ';' || c == '\n' })...) {
			for _, d := range x.docs {
				if f := asName(one); (asName(d.Name) == f || asName(d.FileName) == f || asName(trimEnding(d.FileName)) == f) && !slices.Contains(docs, d) {
					docs = append(docs, d)
				}
			}
		}
		if len(docs) == 0 {
			r.notes = append(r.notes, say("tables.note.no_document", "name", clip(asked, 60)))
		}
	}
	if x.f.link {
		for _, d := range x.docs {
			if d.Case == 0 && calledLike(d.Name, r.name) && !slices.Contains(docs, d) {
				docs = append(docs, d)
			}
		}
	}
	for _, d := range docs {
		if k != nil && d.Case == k.ID {
			continue
		}
		if other, ok := x.v.Case(d.Case); ok && other.State == qda.Live {
			r.notes = append(r.notes, say("tables.note.moved", "document", d.Name, "was", other.Name))
		}
		of := id
		x.p.steps = append(x.p.steps, step{do: &qda.DocumentChanged{Document: d.ID, Case: &of}})
		x.p.linked++
		r.documents = append(r.documents, d.Name)
		if r.state == rowSame {
			r.state = rowChanged
		}
	}
}

func orNil(v qda.Values) qda.Values {
	if len(v) == 0 {
		return nil
	}
	return v
}

func trimEnding(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}

// calledLike reports whether a document is called as an informant is, or begins so: "P01", "P01 nelayan".
func calledLike(document, name string) bool {
	d, n := asName(document), asName(name)
	rest, ok := strings.CutPrefix(d, n)
	if !ok || n == "" {
		return false
	}
	next := []rune(rest)
	return len(next) == 0 || !unicode.IsLetter(next[0]) && !unicode.IsDigit(next[0])
}
