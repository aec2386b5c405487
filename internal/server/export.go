package server

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/web/page"
)

func exportPage(a *ask) error {
	l := a.Lens
	themes, codes := 0, 0
	for _, n := range l.Nodes() {
		if n.Kind == qda.Theme {
			themes++
		} else {
			codes++
		}
	}
	v := page.Export{Project: int(a.Project), Nodes: a.L.T("export.nodes", "themes", a.L.N("count.themes", themes), "codes", a.L.N("count.codes", codes)),
		Codings: a.L.N("count.codings", l.Counts().Codings), OwnOnly: l.Blind(), Seq: a.L.Num(int(a.View.Seq())),
		Themes: a.L.N("count.themes", themes)}
	documents, _ := live(l)
	v.Documents = a.L.N("count.documents", documents)
	lacking, astral, err := a.letters()
	if err != nil {
		return err
	}
	if lacking.Count > 0 {
		v.Lacks = a.L.T("export.pdf.lacks", "n", a.L.N("take.pdf.letters", lacking.Count), "which", lacking.String())
	}
	v.Profiles = []page.ExportProfile{{Name: string(refi.Standard)}, {Name: string(refi.NVivo)}, {Name: string(refi.Atlasti)}, {Name: string(forAnyam)}}
	if astral { // NVivo counts in halves of such letters: the standard's numbers would lead it astray
		v.Astral = true
		v.Profiles[0], v.Profiles[1] = v.Profiles[1], v.Profiles[0]
	}
	for _, f := range Figures() {
		if f != "concepts" || len(a.View.Ties()) > 0 {
			v.Figures = append(v.Figures, f)
		}
	}
	for _, d := range sortedDocuments(l) {
		v.Originals = append(v.Originals, page.OriginalFile{Document: int(d.ID), Name: d.Name, File: d.FileName})
	}
	return a.render(http.StatusOK, page.ExportPage(a.chrome(a.L.T("nav.export"), "export"), v))
}

// CodebookRows gives the codebook as rows of a table: live and retired nodes in tree order.
func CodebookRows(ctx context.Context, st *store.Store, e *engine.Engine, l engine.Lens) ([]exchange.CodebookRow, error) {
	counts := l.Counts()
	made, err := makers(ctx, st, l)
	if err != nil {
		return nil, err
	}
	var rows []exchange.CodebookRow
	for _, n := range l.Nodes() {
		c := counts.Node(n.ID)
		colour, _ := l.Colour(n.ID)
		r := exchange.CodebookRow{ID: int64(n.ID), Path: strings.Join(l.Path(n.ID), " / "), Parent: int64(n.Parent), Level: l.Depth(n.ID) + 1, Kind: string(n.Kind), Name: n.Name,
			Definition: n.Definition, Use: n.Use, Avoid: n.Avoid, Colour: colour, Codings: c.AllCodings, Documents: c.AllDocuments, Informants: c.AllCases, LedgerNumber: int64(n.Made)}
		if x, ok := l.Coding(n.Example); ok && n.Example != 0 {
			w, err := e.Words(ctx, l.ID(), x.Document, x.Version)
			if err != nil {
				return nil, err
			}
			r.Example = w.Quote(span.Span{Start: x.Start, Stop: x.Stop})
		}
		by := made[n.Made]
		r.CreatedAt = by.Made
		if k, ok := l.Coder(by.Coder); ok {
			r.CreatedBy = k.Name
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// SegmentRows gives every coded segment as a row of a table, in document and text order, with the names of the attributes of
// cases and documents that the rows carry values of.
func SegmentRows(ctx context.Context, e *engine.Engine, l engine.Lens) (attributes []string, rows []exchange.SegmentRow, err error) {
	for _, x := range l.Attributes() {
		attributes = append(attributes, x.Name)
	}
	memos := map[qda.ID][]string{}
	for _, m := range l.AllMemos() {
		memos[m.On] = append(memos[m.On], m.Text)
	}
	for c := range l.All {
		w, err := e.Words(ctx, l.ID(), c.Document, c.Version)
		if err != nil {
			return nil, nil, err
		}
		r := segmentRow(l, w, c)
		r.Memo = strings.Join(memos[c.ID], "\n\n")
		rows = append(rows, r)
	}
	return attributes, rows, nil
}

// segmentRow is one coding as a row, but for its memos.
func segmentRow(l engine.Lens, w *engine.Words, c qda.Coding) exchange.SegmentRow {
	d, _ := l.Document(c.Document)
	t := w.TurnAt(c.Start)
	r := exchange.SegmentRow{Coding: int64(c.ID), DocumentID: int64(d.ID), Document: d.Name, Kind: string(d.Kind), Turn: int(t.Turn), Speaker: t.Label, FromMS: t.FromMS, ToMS: t.ToMS,
		Start: int(c.Start), Stop: int(c.Stop), CodePath: strings.Join(l.Path(c.Code), " / "), CodeID: int64(c.Code), Words: w.Quote(span.Span{Start: c.Start, Stop: c.Stop}),
		At: time.Unix(c.At, 0).UTC()}
	k := speaking(l, d, t.Label)
	if k != nil {
		r.Case = k.Name
	}
	for _, x := range l.Attributes() {
		value := d.Values[x.ID]
		if x.Of == qda.OfCases {
			value = ""
			if k != nil {
				value = k.Values[x.ID]
			}
		}
		r.Attributes = append(r.Attributes, value)
	}
	if w, ok := l.Coder(c.Coder); ok {
		r.Coder = w.Name
	}
	return r
}

// speaking gives the case that a turn with a label belongs to: the speaker's where the document says who that is, else the document's.
func speaking(l engine.Lens, d *qda.Document, label string) *qda.Case {
	if s := d.Speakers[label]; s.Case != 0 {
		k, _ := l.Case(s.Case)
		return k
	}
	return caseOf(l, d)
}

// makers gives who made the nodes and documents of a project, by the entries that did.
func makers(ctx context.Context, st *store.Store, l engine.Lens) (map[qda.Seq]store.Signature, error) {
	var seqs []qda.Seq
	for _, n := range l.Nodes() {
		seqs = append(seqs, n.Made)
	}
	for _, d := range sortedDocuments(l) {
		seqs = append(seqs, d.Made)
	}
	return st.Signatures(ctx, l.ID(), seqs)
}

// export begins an export: in turn, and not too many of one account.
func (a *ask) export() (leave func(), err error) {
	if err := a.limitedAccount(exportsByAccount); err != nil {
		return nil, err
	}
	return a.s.exporting.enter(a.Context())
}

func (a *ask) csv(name, what string, write func(*bytes.Buffer, exchange.CSVOptions) error) error {
	var b bytes.Buffer
	if err := write(&b, exchange.CSVOptions{Spreadsheet: a.URL.Query().Get("for") == "spreadsheets"}); err != nil {
		return err
	}
	if err := a.accessed(what, 0); err != nil {
		return err
	}
	a.attachment(FileName(a.View.Project().Name+" "+name+".csv"), "text/csv; charset=utf-8")
	_, err := a.w.Write(b.Bytes())
	return ignoreGone(err)
}
