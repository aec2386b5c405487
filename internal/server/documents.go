package server

import (
	"encoding/hex"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

const formats = "docx, odt, rtf, pdf, html, txt, md, srt, vtt"

func documentsPage(a *ask) error {
	l := a.Lens
	counts := l.Counts()
	readings, err := a.s.Store.Readings(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	v := page.Documents{Project: int(a.Project), MayAdd: a.may("DocumentAdded"), MayImport: a.may("CoderJoined"), MayFinish: a.may("DocumentFinished"), Seq: int(a.View.Seq()), Formats: formats, LargestMB: exchange.MaxFile >> 20, NoneOfMine: l.Blind()}
	group := firstAttribute(l)
	if group != nil {
		v.GroupName = group.Name
	}
	groups := map[string]bool{}
	for _, d := range sortedDocuments(l) {
		share := progress(d, readings[d.ID].Furthest)
		r := page.DocumentRow{ID: int(d.ID), Name: d.Name, HeldISO: d.Held, Lang: d.Language, Kind: a.L.T("kind." + string(d.Kind)), Words: a.L.Num(int(d.Words)), WordCount: int(d.Words),
			CodingNum: counts.Document(d.ID), Codings: a.L.Num(counts.Document(d.ID)), Read: int(share * 100), Finished: slices.Contains(d.Finished, a.Coder.ID)}
		if d.Held != "" {
			r.Held = a.L.DateOf(d.Held)
		}
		if d.Language != "" {
			r.Language = a.L.Language(d.Language)
		}
		if k, ok := l.Case(d.Case); ok && k.State == qda.Live {
			r.Informant = k.Name
			if group != nil {
				r.Group = k.Values[group.ID]
				groups[r.Group] = r.Group != ""
			}
		}
		// Whether others have coded in it is not told to a blind coder.
		r.Uncoded = v.MayAdd && !l.Blind() && counts.Document(d.ID) == 0
		switch place := max(int(readings[d.ID].Place), 1); {
		case readings[d.ID].Furthest == 0:
			r.ReadText = a.L.T("documents.unread")
		case r.Read == 0:
			r.ReadText = a.L.T("documents.begun", "turn", place)
		case share >= 1:
			r.ReadText = a.L.T("documents.read_through", "turn", place)
		default:
			r.ReadText = a.L.T("documents.read", "share", a.L.Percent(share), "turn", place)
		}
		v.Rows = append(v.Rows, r)
	}
	documents, words := live(l)
	parts := []string{a.L.N("count.documents", documents), a.L.N("count.words", words)}
	delete(groups, "")
	if len(groups) > 0 {
		parts = append(parts, a.L.N("count.groups", len(groups)))
	}
	v.Summary = strings.Join(parts, " · ")
	var removed []qda.Seq
	for _, d := range l.Documents() {
		if d.State == qda.Removed {
			removed = append(removed, d.Rev)
		}
	}
	signed, err := a.s.Store.Signatures(a.Context(), a.Project, removed)
	if err != nil {
		return err
	}
	for _, d := range l.Documents() {
		if d.State != qda.Removed {
			continue
		}
		g := page.RemovedDocument{ID: int(d.ID), Name: d.Name}
		if e, ok := signed[d.Rev]; ok {
			g.When, g.By = a.L.When(e.At, a.now), a.initials(e.Coder)
		}
		v.Removed = append(v.Removed, g)
	}
	if v.MayAdd {
		if v.Batch, err = a.latestBatch(); err != nil {
			return err
		}
		waiting, err := a.s.Store.WaitingFiles(a.Context(), a.Project)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			if isAside(w.Name) {
				continue
			}
			f := page.WaitingFile{Table: waitsAsTable(w), Sum: hex.EncodeToString(w.Sum[:]), Name: w.Name}
			if w.Found != nil {
				f.Found = foundIn(a.L, *w.Found)
			}
			v.Waiting = append(v.Waiting, f)
		}
	}
	if n, err := thingID(a.URL.Query().Get("edit")); err == nil && v.MayAdd {
		if d, ok := l.Document(n); ok && d.State == qda.Live {
			v.Edit = a.documentEdit(d)
		}
	}
	return a.render(http.StatusOK, page.DocumentsPage(a.chrome(a.L.T("nav.documents"), "documents"), v))
}

// firstAttribute is the one that names an informant's group: the first of cases.
func firstAttribute(l engine.Lens) *qda.Attribute {
	for _, x := range l.Attributes() {
		if x.Of == qda.OfCases {
			return x
		}
	}
	return nil
}

// entryAt gives one entry, nil where it can't be had.
func (a *ask) entryAt(seq qda.Seq) *qda.Entry {
	es, err := a.s.Store.Entries(a.Context(), a.Project, seq-1, 1)
	if err != nil || len(es) == 0 || es[0].Seq != seq {
		return nil
	}
	return es[0]
}

func (a *ask) initials(n qda.ID) string {
	if c, ok := a.Lens.Coder(n); ok {
		return c.Initials
	}
	return "anyam"
}

func (a *ask) kinds(chosen qda.DocumentKind) []page.Choice {
	var r []page.Choice
	for _, k := range []qda.DocumentKind{qda.Interview, qda.Observation, qda.Written} {
		r = append(r, page.Choice{Value: string(k), Label: a.L.T("kind." + string(k)), Chosen: k == chosen})
	}
	return r
}

func (a *ask) languages(chosen string) []page.Choice {
	r := []page.Choice{{Value: "", Label: a.L.T("language.unknown"), Chosen: chosen == ""}}
	found := chosen == ""
	for _, t := range i18n.TextLanguages {
		r = append(r, page.Choice{Value: t, Label: a.L.Language(t), Chosen: t == chosen})
		found = found || t == chosen
	}
	if !found {
		r = append(r, page.Choice{Value: chosen, Label: a.L.Language(chosen), Chosen: true})
	}
	return r
}

func (a *ask) cases(chosen qda.ID, fresh bool) []page.Choice {
	r := []page.Choice{{Value: "", Label: a.L.T("case.none"), Chosen: chosen == 0 && !fresh}, {Value: "new", Label: a.L.T("case.new"), Chosen: fresh}}
	for _, k := range sortedCases(a.Lens) {
		r = append(r, page.Choice{Value: itoa(k.ID), Label: k.Name, Chosen: k.ID == chosen && !fresh})
	}
	return r
}

func sortedCases(l engine.Lens) []*qda.Case {
	var r []*qda.Case
	for _, k := range l.Cases() {
		if k.State == qda.Live {
			r = append(r, k)
		}
	}
	slices.SortStableFunc(r, func(a, b *qda.Case) int { return natural(a.Name, b.Name) })
	return r
}

// known lists the values that things have for an attribute.
func (a *ask) known(x *qda.Attribute) []string {
	var r []string
	put := func(v string) {
		if v != "" && !slices.Contains(r, v) {
			r = append(r, v)
		}
	}
	for _, k := range a.View.Cases() {
		put(k.Values[x.ID])
	}
	for _, d := range a.View.Documents() {
		put(d.Values[x.ID])
	}
	slices.SortFunc(r, natural)
	return r
}

func (a *ask) attributes(of qda.Of, values qda.Values) []page.AttributeField {
	var r []page.AttributeField
	for _, x := range a.View.Attributes() {
		if x.Of == of {
			r = append(r, page.AttributeField{ID: int(x.ID), Name: x.Name, Type: x.Type, Value: values[x.ID], Known: a.known(x)})
		}
	}
	return r
}

func (a *ask) documentEdit(d *qda.Document) *page.DocumentEdit {
	e := &page.DocumentEdit{ID: int(d.ID), Name: d.Name, Kinds: a.kinds(d.Kind), Languages: a.languages(d.Language), HeldISO: d.Held, Cases: a.cases(d.Case, false),
		Attributes: a.attributes(qda.OfDocuments, d.Values), File: d.FileName}
	e.ReadAs = a.L.N("count.turns", int(d.Turns)) + " · " + a.L.N("count.words", int(d.Words))
	if signed, err := a.s.Store.Signatures(a.Context(), a.Project, []qda.Seq{d.Made}); err == nil && !signed[d.Made].At.IsZero() {
		e.Added = a.initials(signed[d.Made].Coder) + ", " + a.L.Exact(signed[d.Made].Made)
	}
	return e
}

func setDocumentsState(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	ids, err := a.ids("documents")
	if err != nil {
		return err
	}
	return a.change(&qda.DocumentsState{Documents: ids, State: qda.State(a.PostForm.Get("state"))}, a.at("/documents"))
}

func changeDocument(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.DocumentChanged{Document: a.Document.ID, Name: a.field("name"), Language: a.field("language"), Held: a.field("held")}
	if k := a.field("kind"); k != nil {
		c.Type = (*qda.DocumentKind)(k)
	}
	if k := a.field("case"); k != nil {
		var n qda.ID
		switch *k {
		case "":
			c.Case = &n
		case "new":
			if c.NewCase = a.PostForm.Get("new_case"); strings.TrimSpace(c.NewCase) == "" {
				return qda.Refuse(qda.Invalid, "refused.case_name")
			}
		default:
			var err error
			if n, err = thingID(*k); err != nil {
				return qda.Refuse(qda.Invalid, "refused.form")
			}
			c.Case = &n
		}
	}
	var err error
	if c.Values, err = a.values("value-"); err != nil {
		return err
	}
	return a.save(c, a.at("/documents"))
}

// original sends the file as it came: as a download, whatever it claims to be.
func original(a *ask) error {
	sum, err := parseSum(a.Document.File)
	if err != nil {
		return err
	}
	_, data, err := a.s.Store.File(a.Context(), a.Project, sum)
	if err != nil {
		return err
	}
	if err := a.accessed("downloaded", a.Document.ID); err != nil {
		return err
	}
	a.attachment(a.Document.FileName, "application/octet-stream")
	a.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, err = a.w.Write(data)
	return ignoreGone(err)
}

// attachment sets the headers of a download: never shown in the site.
func (a *ask) attachment(name, kind string) {
	h := a.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
}

func setReading(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	place, err1 := strconv.ParseInt(a.PostForm.Get("place"), 10, 32)
	furthest, err2 := strconv.ParseInt(a.PostForm.Get("furthest"), 10, 32)
	if err1 != nil || err2 != nil || place < 0 || furthest < 0 {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	most := int64(a.Document.Turns)
	r := store.Reading{Document: a.Document.ID, Place: int32(min(place, most)), Furthest: int32(min(furthest, most))}
	at := a.now
	if a.PostForm.Get("away") != "" {
		at = at.Add(-presence) // gone already
	}
	if err := a.s.Store.SetReading(a.Context(), a.Project, a.Account.ID, r, at); err != nil {
		return err
	}
	type other struct {
		Coder qda.ID `json:"coder"`
		Place int32  `json:"place"`
	}
	here := []other{}
	if !a.Lens.Blind() {
		present, err := a.s.Store.PresentIn(a.Context(), a.Project, a.Document.ID, a.Account.ID, a.now.Add(-presence))
		if err != nil {
			return err
		}
		for _, c := range a.Lens.Coders() {
			for _, x := range present {
				if c.Account == x.Account && c.Role != "" {
					here = append(here, other{c.ID, x.Place})
				}
			}
		}
	}
	return a.writeJSON(http.StatusOK, map[string]any{"here": here})
}

// presence is how long someone counts as being in a document after their window last told of its place; windows tell every
// 20 seconds while they are in sight.
const presence = 50 * time.Second

func setFinished(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.save(&qda.DocumentFinished{Document: a.Document.ID, Finished: a.PostForm.Get("finished") == "on"}, a.at("/documents"))
}
