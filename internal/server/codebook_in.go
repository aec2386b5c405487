package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/web/page"
)

const codebooksShown = 300 // new codes that are listed

// codebookInPage asks for a file with a codebook.
func codebookInPage(a *ask) error { return a.codebookInPage(http.StatusOK, "") }

func (a *ask) codebookInPage(status int, problem string) error {
	return a.render(status, page.CodebookInPage(a.chrome(a.L.T("codein.title"), "codebook"), page.CodebookIn{Project: int(a.Project), LargestMB: exchange.MaxFile >> 20, Problem: problem}))
}

// codebookProblem says why a file can't be read as a codebook; "" for an error of another kind.
func (a *ask) codebookProblem(err error) string {
	var bad *exchange.BadFile
	var other *refi.BadFile
	var refused *qda.Error
	switch {
	case errors.As(err, &bad):
		return a.unread(err)
	case errors.As(err, &other):
		return a.L.T("codein.bad")
	case errors.As(err, &refused) && refused.Key == "tables.no_table":
		return a.sentence(err)
	}
	return ""
}

// bringCodebook takes a file's bytes and leads to what would become of it.
func bringCodebook(a *ask) error {
	name, data, err := a.oneFile()
	if err != nil {
		return err
	}
	if data == nil {
		return a.codebookInPage(http.StatusBadRequest, a.L.T("refused.no_file"))
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	b, r, err := readCodebook(a.Context(), a.s.Extractor, name, data, exchange.Options{}, func(r *exchange.Reading) []string { return guessCodeUses(r.Table) })
	if err != nil && !readsOtherwise(err) {
		if say := a.codebookProblem(err); say != "" {
			return a.codebookInPage(http.StatusUnprocessableEntity, say)
		}
		return err
	}
	if err == nil && len(b.codes) == 0 && (r == nil || len(r.Table.Sheets) < 2) {
		return a.codebookInPage(http.StatusUnprocessableEntity, a.L.T("codein.none"))
	}
	sum := SumOf(data)
	if err := a.s.Store.PutFile(a.Context(), a.Project, sum, name+aside, data, a.now); err != nil {
		return err
	}
	return a.back(a.at("/codebook/import/%s", hex.EncodeToString(sum[:])), "")
}

func (a *ask) codebookForm(get func(string) string, names map[string][]string) codebookForm {
	f := codebookForm{choices: choicesOf(get, names), fill: get("guessed") == "" || get("fill") == "on", colours: get("colours") == "on", shape: a.may("NodesMoved"), chosen: map[int]string{}, example: a.L.T("codein.example")}
	f.Sheet, _ = strconv.Atoi(get("sheet"))
	f.Sheet = max(f.Sheet, 0)
	for k := range names {
		if n, ok := strings.CutPrefix(k, "choice-"); ok {
			if i, err := strconv.Atoi(n); err == nil {
				f.chosen[i] = get(k)
			}
		}
	}
	return f
}

// keptCodebook reads a file that was kept, as chosen.
func (a *ask) keptCodebook(f *codebookForm, get func(string) string, names map[string][]string) (string, *codebookIn, *exchange.Reading, error) {
	name, data, err := a.asideFile()
	if err != nil {
		return "", nil, nil, err
	}
	b, r, err := readCodebook(a.Context(), a.s.Extractor, name, data, exchange.Options{Charset: f.Charset, Sheet: f.Sheet, NoHead: f.NoHead, Column: a.L.T("tables.col.column")}, func(r *exchange.Reading) []string {
		f.uses = guessCodeUses(r.Table)
		if g := get("guessed"); g == "" || g == codebookGuessed(f, r) {
			for i := range r.Table.Columns {
				if k := "col-" + strconv.Itoa(i); len(names[k]) > 0 && (get(k) == useNot || contains(codeColumns, get(k))) {
					f.uses[i] = get(k)
				}
			}
		}
		return f.uses
	})
	return name, b, r, err
}

func codebookGuessed(f *codebookForm, r *exchange.Reading) string {
	if r == nil {
		return "codes"
	}
	return "codes " + strconv.Itoa(f.Sheet) + " " + r.Charset + f.bare()
}

// codebookInPreview shows what would become of a codebook.
func codebookInPreview(a *ask) error {
	q := a.URL.Query()
	return a.codebookInPreview(http.StatusOK, q.Get, q, "")
}

func (a *ask) codebookInPreview(status int, get func(string) string, names map[string][]string, problem string) error {
	f := a.codebookForm(get, names)
	name, b, r, err := a.keptCodebook(&f, get, names)
	v := page.CodebookMerge{Project: int(a.Project), Sum: hex.EncodeToString(a.Sum[:]), File: name, Seq: int(a.View.Seq()), Fill: f.fill, TakeColours: f.colours}
	if err != nil {
		if v.Reread = f.unread(err, a.codebookProblem(err)); v.Error == "" {
			return err
		}
		return a.render(status, page.CodebookMergePage(a.chrome(a.L.T("codein.title"), "codebook"), v))
	}
	a.problem = problem
	v.Guessed = codebookGuessed(&f, r)
	v.Summary = a.L.N("codein.nodes", len(b.codes))
	if r != nil {
		v.Summary = a.readAs(r) + " · " + v.Summary
		a.codeColumns(&v, r, &f)
	}
	p := planCodebook(a.View, b, &f)
	a.codebookPlanned(&v, b, p)
	for _, text := range NotesIn(a.L, codebookNotes(r)) {
		v.Sums = append(v.Sums, page.PreviewNote{Mark: "change", Text: text})
	}
	return a.render(status, page.CodebookMergePage(a.chrome(a.L.T("codein.title"), "codebook"), v))
}

// codebookNotes are what reading a table has changed or left out, but for how its rows end.
func codebookNotes(r *exchange.Reading) []exchange.Note {
	if r == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Notes), func(n exchange.Note) bool { return n.Key == "reading.note.crlf" || n.Key == "reading.note.bom" })
}

// codeColumns fills in how a table is read and what its columns are.
func (a *ask) codeColumns(v *page.CodebookMerge, r *exchange.Reading, f *codebookForm) {
	t := r.Table
	v.Reread = f.read(r)
	for i, c := range t.Columns {
		x := page.TableColumn{N: i, Name: clip(c.Name, 160), Filled: a.L.T("tables.filled", "n", c.Filled, "all", len(t.Rows)), Quiet: f.uses[i] == useNot}
		for _, row := range t.Rows {
			if row[i] != "" && len(x.Samples) < 2 {
				x.Samples = append(x.Samples, clip(row[i], 60))
			}
		}
		x.Uses = append(x.Uses, page.Choice{Value: useNot, Label: a.L.T("tables.use.skip"), Chosen: x.Quiet})
		for _, use := range codeColumns {
			x.Uses = append(x.Uses, page.Choice{Value: use, Label: a.L.T("codein.use." + use), Chosen: use == f.uses[i]})
		}
		v.Columns = append(v.Columns, x)
	}
}

// codebookPlanned fills in what would be done.
func (a *ask) codebookPlanned(v *page.CodebookMerge, b *codebookIn, p *codebookPlan) {
	sum := func(mark, text string) { v.Sums = append(v.Sums, page.PreviewNote{Mark: mark, Text: text}) }
	if n := len(p.new); n > 0 {
		sum("change", a.L.N("codein.sum.new", n))
	}
	if p.memos > 0 {
		sum("change", a.L.N("codein.sum.memos", p.memos))
	}
	if n := len(p.conflicts); n > 0 {
		sum("warn", a.L.N("codein.sum.conflicts", n))
	}
	if n := len(p.filled); n > 0 {
		sum("change", a.L.N("codein.sum.filled", n))
	}
	if n := len(p.coloured); n > 0 {
		sum("ok", a.L.N("codein.sum.coloured", n))
	}
	if p.same > 0 {
		sum("ok", a.L.N("codein.sum.same", p.same))
	}
	if p.examples > 0 {
		sum("ok", a.L.N("codein.sum.examples", p.examples))
	}
	for i, n := range p.notes {
		if i == 12 {
			sum("warn", a.L.N("codein.note.more", len(p.notes)-i))
			break
		}
		sum("warn", a.told(n))
	}
	field := func(f codeField) page.CodeField {
		r := page.CodeField{Name: a.L.T("codein.field." + f.name), Here: f.here, There: f.there}
		switch f.name {
		case "place":
			r.Here, r.There = cmp.Or(f.here, a.L.T("codebook.top")), cmp.Or(f.there, a.L.T("codebook.top"))
		case "kind":
			r.Here, r.There = a.L.T("codein.kind."+f.here), a.L.T("codein.kind."+f.there)
		case "colour":
			r.HereColour, _ = strconv.Atoi(f.here)
			r.ThereColour, _ = strconv.Atoi(f.there)
			if r.Here, r.There = a.L.T("colour."+f.here), a.L.T("node.colour.theme"); r.ThereColour != 0 {
				r.There = a.L.T("colour." + f.there)
			}
		}
		if f.stays != "" {
			r.Stays = a.L.T(f.stays)
		}
		return r
	}
	pair := func(x codePair, some ...codeField) page.CodePair {
		colour, pattern := a.View.Colour(x.node.ID)
		r := page.CodePair{At: x.at, ID: int(x.node.ID), Name: x.node.Name, Colour: colour, Pattern: pattern, Choice: x.choice, Where: strings.Join(a.View.Path(x.node.ID), " › ")}
		for _, f := range some {
			r.Fields = append(r.Fields, field(f))
		}
		return r
	}
	for _, x := range p.conflicts {
		some := slices.Concat(x.differ, x.blank)
		if x.colour != nil {
			some = append(some, *x.colour)
		}
		v.Conflicts = append(v.Conflicts, pair(x, some...))
	}
	for _, x := range p.filled {
		v.Filled = append(v.Filled, pair(x, x.blank...))
	}
	for _, x := range p.coloured {
		v.Coloured = append(v.Coloured, pair(x, *x.colour))
	}
	for i, x := range p.new {
		if i == codebooksShown {
			v.Hidden = len(p.new) - i
			break
		}
		v.New = append(v.New, page.NewCode{Name: x.in.name, Kind: string(x.in.kind), KindText: a.L.T("codein.kind." + string(x.in.kind)), Path: strings.Join(x.path, " › "), Definition: clip(x.in.definition, 200), Colour: int(x.in.colour)})
	}
	v.Steps = len(p.steps)
	if v.Steps > 0 {
		v.Do = a.L.N("codein.do", v.Steps)
	}
}

// takeCodebook does what the page of a codebook has shown.
func takeCodebook(a *ask) error {
	id, then, begun, err := a.foreseen()
	if err != nil {
		return err
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	f := a.codebookForm(a.PostForm.Get, a.PostForm)
	_, b, _, err := a.keptCodebook(&f, a.PostForm.Get, a.PostForm)
	if err != nil {
		return err
	}
	p := planCodebook(then, b, &f)
	if !begun && !sameSteps(p.steps, planCodebook(a.View, b, &f).steps) {
		return a.codebookInPreview(http.StatusConflict, a.PostForm.Get, a.PostForm, a.L.T("steps.changed"))
	}
	return a.take(id, p.steps, a.L.T("codein.title"), "codebook", a.at("/codebook"), "done.codebook", "n", strconv.Itoa(len(p.steps)))
}

// Merging is a codebook in a file that is to become part of a project's.
type Merging struct {
	Into
	Name   string // of the file
	Data   []byte
	NoHead bool // the first row of a table does not hold the names of its columns
}

// Merged says what became of a codebook. Where something is here and in the file and not the same, what is here has stayed.
type Merged struct {
	Added     int          `json:"added"`    // codes and themes
	Filled    int          `json:"filled"`   // of which something was empty
	Coloured  int          `json:"coloured"` // of which the file has another colour, and nothing else that differs; it has stayed
	Same      int          `json:"same"`
	Conflicts []MergeClash `json:"conflicts"`
	Notes     []string     `json:"notes"` // in English
}

// MergeClash is a code that is here and in the file, and not the same.
type MergeClash struct {
	Code   qda.ID                `json:"code"`
	Path   []string              `json:"path"` // here
	File   []string              `json:"file"` // in the file
	Fields map[string]MergeField `json:"fields"`
}

// MergeField is something about it, here and in the file: a text, its kind, its colour's number (0: as above it), or its place.
type MergeField struct {
	Here  string `json:"here"`
	There string `json:"there"`
}

// Merge adds a codebook to a project's: new codes come in, what is empty here is filled in, and nothing else is changed. The change ids
// follow from the file and the project, so that the same file again adds nothing twice. The error is a *refi.BadFile or an
// *exchange.BadFile where the file can't be read, and a *qda.Error where it has no code.
func Merge(ctx context.Context, m Merging) (*Merged, error) {
	b, r, err := readCodebook(ctx, m.Extractor, m.Name, m.Data, exchange.Options{NoHead: m.NoHead}, func(r *exchange.Reading) []string { return guessCodeUses(r.Table) })
	if err != nil {
		return nil, err
	}
	if len(b.codes) == 0 {
		return nil, qda.Refuse(qda.Invalid, "codein.none")
	}
	v, err := m.begun(ctx)
	if err != nil {
		return nil, err
	}
	l := i18n.New("en", "UTC")
	p := planCodebook(v, b, &codebookForm{fill: true, example: l.T("codein.example")})
	w := &walk{store: m.Store, engine: m.Engine, project: m.Project, coder: m.Coder, change: changeOfFile(m.Data, v)}
	if _, _, err := w.run(ctx, p.steps, 0, func() bool { return true }); err != nil {
		return nil, err
	}
	out := &Merged{Added: len(p.new), Filled: len(p.filled), Coloured: len(p.coloured), Same: p.same, Conflicts: []MergeClash{}, Notes: append([]string{}, NotesIn(l, codebookNotes(r))...)}
	for _, x := range p.conflicts {
		c := MergeClash{Code: x.node.ID, Path: v.Path(x.node.ID), File: append(append([]string{}, x.path...), x.in.name), Fields: map[string]MergeField{}}
		for _, f := range x.differ {
			c.Fields[f.name] = MergeField{f.here, f.there}
		}
		if x.colour != nil {
			c.Fields["colour"] = MergeField{x.colour.here, x.colour.there}
		}
		out.Conflicts = append(out.Conflicts, c)
	}
	if p.memos > 0 {
		out.Notes = append(out.Notes, l.N("codein.sum.memos", p.memos)+".")
	}
	if p.examples > 0 {
		out.Notes = append(out.Notes, l.N("codein.sum.examples", p.examples)+".")
	}
	for _, n := range p.notes {
		out.Notes = append(out.Notes, n.in(l))
	}
	return out, nil
}
