package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

const formats = "docx, txt, md, srt, vtt"

func documentsPage(a *ask) error {
	l := a.Lens
	counts := l.Counts()
	readings, err := a.s.Store.Readings(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	v := page.Documents{Project: int(a.Project), MayAdd: a.may("DocumentAdded"), MayFinish: a.may("DocumentFinished"), Seq: int(a.View.Seq()), Formats: formats, LargestMB: exchange.MaxFile >> 20, NoneOfMine: l.Blind()}
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
	for _, d := range l.Documents() {
		if d.State != qda.Removed {
			continue
		}
		g := page.RemovedDocument{ID: int(d.ID), Name: d.Name}
		if e := a.entryAt(d.Rev); e != nil {
			g.When, g.By = a.L.When(e.At, a.now), a.initials(e.Coder)
		}
		v.Removed = append(v.Removed, g)
	}
	if v.MayAdd {
		waiting, err := a.s.Store.WaitingFiles(a.Context(), a.Project)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			v.Waiting = append(v.Waiting, page.WaitingFile{Sum: hex.EncodeToString(w.Sum[:]), Name: w.Name, Title: strings.TrimSuffix(w.Name, path.Ext(w.Name))})
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
	if x := a.entryAt(d.Made); x != nil {
		e.Added = a.initials(x.Coder) + ", " + a.L.Exact(x.At)
	}
	return e
}

// uploadFile keeps a file's bytes and reads it once, so that the list can say what was found. What is wrong with a file is
// said in its own row: the other files of the same drop go on.
func uploadFile(a *ask) error {
	if a.View.Project().State == qda.Archived {
		return qda.Refuse(qda.Refused, "refused.archived")
	}
	if err := a.limited("upload:"+strconv.FormatInt(int64(a.Account.ID), 10), 600, 2); err != nil {
		return err
	}
	a.Body = http.MaxBytesReader(a.w, a.Body, exchange.MaxFile+1<<20)
	mr, err := a.MultipartReader()
	if err != nil {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return qda.Refuse(qda.Invalid, "refused.no_file")
		}
		if err != nil {
			return a.uploadError(err)
		}
		if part.FormName() != "file" {
			continue
		}
		name := fileName(part.FileName())
		data, err := io.ReadAll(io.LimitReader(part, exchange.MaxFile+1))
		if err != nil {
			return a.uploadError(err)
		}
		return a.uploaded(name, data)
	}
}

func (a *ask) uploadError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return a.writeJSON(http.StatusOK, map[string]any{"ok": false, "error": a.L.T("reading.bad.toobig", "max", "50 MB")})
	}
	return qda.Refuse(qda.Invalid, "refused.upload_broken")
}

// fileName is the last part of what a browser says a file is called.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(s, "\\", "/"))
	s = strings.Map(func(r rune) rune {
		if r < 32 || r == 127 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if s == "." || s == "/" || s == "" {
		return "file"
	}
	for utf8.RuneCountInString(s) > qda.MaxName {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s
}

func (a *ask) uploaded(name string, data []byte) error {
	r, err := a.s.Extractor.Read(a.Context(), name, data, exchange.Options{})
	if err != nil {
		var bad *exchange.BadFile
		if errors.As(err, &bad) {
			return a.writeJSON(http.StatusOK, map[string]any{"ok": false, "name": name, "error": a.sentence(err)})
		}
		return err
	}
	sum := sha256.Sum256(data)
	if err := a.s.Store.PutFile(a.Context(), a.Project, sum, name, data, a.now); err != nil {
		return err
	}
	hexSum := hex.EncodeToString(sum[:])
	answer := map[string]any{"ok": true, "file": hexSum, "name": name, "turns": len(r.Turns), "words": r.Words, "title": r.Title}
	labels := []string{}
	for _, s := range r.Speakers {
		labels = append(labels, s.Label)
	}
	answer["speakers"] = labels
	speakers := a.L.T("documents.file.no_speakers")
	if len(labels) > 0 {
		speakers = a.L.N("count.speakers", len(labels))
	}
	answer["found"] = a.L.N("count.turns", len(r.Turns)) + ", " + speakers
	if d := a.already(hexSum); d != nil {
		answer["already"] = d.Name
	}
	return a.writeJSON(http.StatusOK, answer)
}

// already finds a live document made of the same bytes.
func (a *ask) already(sum string) *qda.Document {
	for _, d := range a.View.Documents() {
		if d.State == qda.Live && d.File == sum {
			return d
		}
	}
	return nil
}

func addDocuments(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	sum, err := parseSum(f.Get("file"))
	if err != nil {
		return err
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	// Whether all files are there is asked before the first of them becomes a document.
	var others []qda.Hash
	if f.Get("all") == "on" {
		for _, v := range f["also"] {
			other, err := parseSum(v)
			if err != nil {
				return err
			}
			if err := a.s.Store.HasFile(a.Context(), a.Project, other); err != nil {
				return err
			}
			others = append(others, other)
		}
	}
	first, err := a.addDocument(id, sum, true)
	if err != nil {
		return err
	}
	for i, sum := range others {
		also := qda.GUID(id, qda.ID(i+1))
		// Of a repeat: what it named has changed by the first time, as its informant is there now.
		if e, err := a.s.Store.ByChange(a.Context(), a.Project, also); err != nil {
			return err
		} else if e != nil {
			continue
		}
		if _, err := a.addDocument(also, sum, false); err != nil {
			return err
		}
	}
	return a.done(first, a.at("/documents"))
}

// addDocument adds an uploaded file as the form says; further files of the same form have their own name and informant.
func (a *ask) addDocument(id qda.ChangeID, sum qda.Hash, first bool) (*qda.Entry, error) {
	f := a.PostForm
	name, data, err := a.s.Store.File(a.Context(), a.Project, sum)
	if err != nil {
		return nil, err
	}
	c := choicesOf(f.Get, f)
	if !first {
		c.Roles, c.Pseudonyms = nil, nil
	}
	r, labels, opt, err := read(a.Context(), a.s.Extractor, name, data, c)
	if err != nil {
		return nil, err
	}
	do, text, err := Added(data, name, r, opt, speakersOf(labels))
	if err != nil {
		return nil, err
	}
	g := GuessOf(r)
	do.Name, do.Type, do.Held = f.Get("name"), qda.DocumentKind(f.Get("kind")), f.Get("held")
	if f.Has("language") {
		do.Language = f.Get("language")
	}
	values, err := a.values("value-")
	if err != nil {
		return nil, err
	}
	if do.Values, err = a.values("docvalue-"); err != nil {
		return nil, err
	}
	if first {
		switch k := f.Get("case"); k {
		case "":
		case "new":
			if do.NewCase = f.Get("new_case"); strings.TrimSpace(do.NewCase) == "" {
				return nil, qda.Refuse(qda.Invalid, "refused.case_name")
			}
			do.Of = values
		default:
			if do.Case, err = thingID(k); err != nil {
				return nil, qda.Refuse(qda.Invalid, "refused.form")
			}
		}
	} else {
		do.Name, do.Held = g.Name, g.Held
		if f.Get("case") != "" && g.Case != "" {
			if k := a.caseNamed(g.Case); k != nil {
				do.Case = k.ID
			} else {
				do.NewCase, do.Of = g.Case, values
			}
		}
	}
	if f.Has("replaces") {
		if do.Replaces, err = thingID(f.Get("replaces")); err != nil {
			return nil, err
		}
	}
	// Values typed for an informant who is there already are that informant's: a change of its own, tried before the first is made.
	var told *qda.CaseChanged
	if k, ok := a.View.Case(do.Case); ok && len(values) > 0 && !sameValues(k.Values, values) {
		told = &qda.CaseChanged{Case: do.Case, Values: values}
		if _, _, err := a.View.Try(qda.Intent{Coder: a.Coder.ID, Do: told}, engine.Material{At: a.now}); err != nil {
			return nil, err
		}
	}
	e, err := a.do(id, do, text)
	if err != nil {
		return nil, err
	}
	if told != nil {
		if _, err := a.do(qda.GUID(id, 1<<20), told, nil); err != nil {
			return nil, err
		}
	}
	// What comes after sees what this one made.
	if a.View, err = a.s.Engine.View(a.Context(), a.Project, e.Seq); err != nil {
		return nil, err
	}
	a.Lens = a.View.As(a.Coder.ID)
	return e, nil
}

func (a *ask) caseNamed(name string) *qda.Case {
	for _, k := range a.View.Cases() {
		if k.State == qda.Live && strings.EqualFold(k.Name, name) {
			return k
		}
	}
	return nil
}

func sameValues(old, set qda.Values) bool {
	for k, v := range set {
		if old[k] != v {
			return false
		}
	}
	return true
}

// values reads fields called prefix + number of an attribute.
func (a *ask) values(prefix string) (qda.Values, error) {
	var r qda.Values
	for k, v := range a.PostForm {
		n, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		id, err := thingID(n)
		if err != nil {
			return nil, qda.Refuse(qda.Invalid, "refused.form")
		}
		if r == nil {
			r = qda.Values{}
		}
		r[id] = v[len(v)-1]
	}
	return r, nil
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
	if err := a.s.Store.SetReading(a.Context(), a.Project, a.Account.ID, r, a.now); err != nil {
		return err
	}
	return a.writeJSON(http.StatusOK, map[string]any{"ok": true})
}

func setFinished(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.save(&qda.DocumentFinished{Document: a.Document.ID, Finished: a.PostForm.Get("finished") == "on"}, a.at("/documents"))
}

// informants ----------------------------------------------------------------------

func informantsPage(a *ask) error {
	l := a.Lens
	counts := l.Counts()
	v := page.Informants{Project: int(a.Project), MayEdit: a.may("CaseChanged"), Seq: int(a.View.Seq())}
	cases := sortedCases(l)
	filled := func(x *qda.Attribute) (n, all int) {
		if x.Of == qda.OfCases {
			for _, k := range cases {
				if k.Values[x.ID] != "" {
					n++
				}
			}
			return n, len(cases)
		}
		for _, d := range sortedDocuments(l) {
			if d.Values[x.ID] != "" {
				n++
			}
			all++
		}
		return n, all
	}
	for _, x := range l.Attributes() {
		n, all := filled(x)
		v.Attributes = append(v.Attributes, page.Attribute{ID: int(x.ID), Name: x.Name, Of: string(x.Of), Type: x.Type, Known: a.known(x), Note: a.L.T("informants.filled", "n", n, "all", all)})
	}
	for _, k := range cases {
		r := page.CaseRow{ID: int(k.ID), Name: k.Name}
		codings := 0
		for _, x := range l.Attributes() {
			if x.Of != qda.OfCases {
				continue
			}
			value := k.Values[x.ID]
			printed := value
			if x.Type == "date" {
				printed = a.L.DateOf(value)
			}
			r.Values, r.Printed = append(r.Values, value), append(r.Printed, printed)
		}
		for _, d := range sortedDocuments(l) {
			if d.Case == k.ID {
				r.Documents = append(r.Documents, page.DocumentLink{ID: int(d.ID), Name: d.Name})
				codings += counts.Document(d.ID)
			}
		}
		r.Codings = a.L.Num(codings)
		v.Cases = append(v.Cases, r)
	}
	for _, d := range sortedDocuments(l) {
		if k, ok := l.Case(d.Case); !ok || k.State != qda.Live {
			v.Loose = append(v.Loose, page.DocumentLink{ID: int(d.ID), Name: d.Name})
		}
	}
	for _, k := range l.Cases() {
		if k.State == qda.Removed {
			v.Removed = append(v.Removed, page.DocumentLink{ID: int(k.ID), Name: k.Name})
		}
	}
	v.Summary = a.L.N("count.informants", len(v.Cases)) + " · " + a.L.N("count.attributes", len(v.Attributes))
	return a.render(http.StatusOK, page.InformantsPage(a.chrome(a.L.T("informants.title"), "documents"), v))
}

func addCase(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.CaseAdded{Name: a.PostForm.Get("name")}, a.at("/informants"))
}

func changeCase(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	values, err := a.values("value-")
	if err != nil {
		return err
	}
	return a.save(&qda.CaseChanged{Case: a.Case.ID, Name: a.field("name"), Values: values}, a.at("/informants"))
}

func setCaseState(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	s := qda.State(a.PostForm.Get("state"))
	return a.change(&qda.CaseChanged{Case: a.Case.ID, State: &s}, a.at("/informants"))
}

func addAttribute(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	return a.change(&qda.AttributeAdded{Name: f.Get("name"), Of: qda.Of(f.Get("of")), Type: f.Get("type")}, a.at("/informants"))
}

func changeAttribute(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.save(&qda.AttributeChanged{Attribute: a.Attribute.ID, Name: a.field("name"), Type: a.field("type")}, a.at("/informants"))
}
