package server

import (
	"context"
	"encoding/hex"
	"net/url"
	"slices"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// A Tabling is a table in a file that is to come into a project, as its page proposes it where nobody changes anything there.
type Tabling struct {
	Into
	Rows   string // what a row is: "informants", "answers" (an informant with a document of the answers), "documents" (of nobody)
	Name   string // of the file
	Data   []byte
	Now    time.Time
	NoHead bool // the first row does not hold the names of the columns
}

// Tabled says what became of a table.
type Tabled struct {
	Rows       string         `json:"rows_are"`
	Columns    []TabledColumn `json:"columns"`
	Informants int            `json:"informants"` // added
	Documents  int            `json:"documents"`  // added
	Linked     int            `json:"linked"`     // documents that got an informant
	Attributes []string       `json:"attributes"` // added
	Changed    int            `json:"changed"`    // rows that changed who or what was here
	Same       int            `json:"same"`       // rows that were here already
	Unusable   int            `json:"unusable"`   // rows of which nothing came in
	Over       int            `json:"over"`       // rows beyond as many as one table may have
	Lines      []TabledRow    `json:"rows"`
	Notes      []string       `json:"notes"` // in English
}

// TabledColumn says what a column was used for: name, document, held, answer, attribute or skip.
type TabledColumn struct {
	Name      string `json:"name"`
	Use       string `json:"use"`
	Attribute string `json:"attribute,omitempty"` // its name
	Type      string `json:"type,omitempty"`      // and its type: text, number or date
}

// TabledRow says what became of a row.
type TabledRow struct {
	Row       int           `json:"row"` // from 1, below the headings
	Name      string        `json:"name"`
	State     string        `json:"state"` // new, changed, same, bad
	Values    []TabledValue `json:"values,omitempty"`
	Documents []string      `json:"documents,omitempty"` // that became the informant's
	Near      string        `json:"near,omitempty"`      // who is here and called nearly so; the row is somebody new all the same
	Notes     []string      `json:"notes,omitempty"`     // in English
}

// TabledValue is a value that is new, or another than before.
type TabledValue struct {
	Attribute string `json:"attribute"`
	Was       string `json:"was,omitempty"`
	Is        string `json:"is"`
}

// columnIn is what a column without a name is called in a project, before its number: an attribute may be called so. "" where the project is
// in a language that the interface is not in.
func columnIn(language string) string {
	if !slices.Contains(i18n.Languages, language) {
		return ""
	}
	return i18n.New(language, "UTC").T("tables.col.column")
}

// readTable reads a file as a table, as chosen. The error is a *exchange.BadFile where it can't be read.
func readTable(ctx context.Context, x *exchange.Extractor, name string, data []byte, c choices) (*exchange.Reading, tableFile, error) {
	r, _, opt, err := read(ctx, x, tableName(name), data, c)
	if err != nil {
		return nil, tableFile{name: name}, err
	}
	sum := SumOf(data)
	file := tableFile{sum: hex.EncodeToString(sum[:]), name: name, title: r.Title, format: r.Format, charset: r.Charset, language: r.Language, replaced: len(opt.Replace), question: "Question", answers: "Answer"}
	if r.Language == "id" {
		file.question, file.answers = "Pertanyaan", "Jawaban"
	}
	if r.Table == nil {
		return nil, file, qda.Refuse(qda.Invalid, "tables.no_table")
	}
	return r, file, nil
}

// Tabulate brings a table in: columns are used as they are guessed to be meant, documents that are called like an informant become
// that informant's, and whoever is called only nearly like somebody here is somebody new. Nothing is left out without being told. The
// change ids follow from the file and the project, and the plan from what is there, so that the same table again doubles nothing.
// The error is a *exchange.BadFile where the file can't be read, and a *qda.Error where no column has the informants' names.
func Tabulate(ctx context.Context, t Tabling) (*Tabled, error) {
	q := url.Values{"as": {t.Rows}}
	if t.NoHead {
		q.Set("head", "off")
	}
	f := tableFormOf(q.Get, q)
	v := new(engine.View) // a project that is not made yet has nothing in it
	if t.Project != 0 {
		var err error
		if v, err = t.Engine.View(ctx, t.Project, 0); err != nil {
			return nil, err
		}
		f.Column = columnIn(v.Project().Language)
	}
	r, file, err := readTable(ctx, t.Extractor, t.Name, t.Data, f.choices)
	if err != nil {
		return nil, err
	}
	f.chosen(v, r, q.Get, q)
	p := planTable(v, r.Table, &f, file)
	if len(p.rows) == 0 {
		return nil, qda.Refuse(qda.Invalid, "tables.unnamed")
	}
	if t.Project == 0 && len(p.steps) > 0 {
		if v, err = t.begun(ctx); err != nil {
			return nil, err
		}
		p = planTable(v, r.Table, &f, file)
	}
	if p.documents > 0 {
		if err := t.Store.PutFile(ctx, t.Project, SumOf(t.Data), t.Name+aside, t.Data, t.Now); err != nil {
			return nil, err
		}
	}
	w := &walk{store: t.Store, engine: t.Engine, project: t.Project, coder: t.Coder, change: changeOfFile(t.Data, v)}
	if len(p.steps) > 0 {
		if _, _, err := w.run(ctx, p.steps, 0, func() bool { return true }); err != nil {
			return nil, err
		}
	}
	return tabled(r, &f, p), nil
}

// changeOfFile is the change id of the first of the steps by which a file comes in. What came in with the same file before is there
// now, so that this is another beginning: told by where the ledger stands.
func changeOfFile(data []byte, v *engine.View) qda.ChangeID {
	sum, guid := SumOf(data), v.GUID()
	var id qda.ChangeID
	for i := range id {
		id[i] = sum[i] ^ guid[i] ^ 0xc0
	}
	return qda.GUID(id, qda.ID(v.Seq()))
}

// tabled tells of a plan that was carried out.
func tabled(r *exchange.Reading, f *tableForm, p *tablePlan) *Tabled {
	l := i18n.New("en", "UTC")
	out := &Tabled{Rows: f.as, Informants: p.informants, Documents: p.documents, Linked: p.linked, Attributes: []string{}, Changed: p.made[rowChanged], Same: p.made[rowSame],
		Unusable: p.made[rowBad], Over: p.over, Notes: NotesIn(l, r.Notes)}
	for _, x := range p.attributes {
		out.Attributes = append(out.Attributes, x.name)
	}
	for i, c := range r.Table.Columns {
		x := TabledColumn{Name: c.Name, Use: f.uses[i]}
		switch {
		case p.columns[i].name != "":
			x.Use, x.Attribute, x.Type = "attribute", p.columns[i].name, p.columns[i].kind
		case x.Use != useNot && x.Use != useAnswer && !p.columns[i].used:
			x.Use = useNot // a note says why
		}
		out.Columns = append(out.Columns, x)
	}
	for _, row := range p.rows {
		x := TabledRow{Row: row.row, Name: row.name, State: row.state, Documents: row.documents}
		for _, c := range row.values {
			x.Values = append(x.Values, TabledValue{c.attribute, c.was, c.is})
		}
		if row.near != nil {
			x.Near = row.near.Name
		}
		for _, n := range row.notes {
			x.Notes = append(x.Notes, n.in(l))
		}
		out.Lines = append(out.Lines, x)
	}
	for _, n := range p.notes {
		out.Notes = append(out.Notes, n.in(l))
	}
	if p.already > 0 {
		out.Notes = append(out.Notes, l.N("tables.sum.already", p.already))
	}
	if p.over > 0 {
		out.Notes = append(out.Notes, l.N("tables.sum.over", p.over, "max", l.Num(mostTableRows)))
	}
	return out
}
