package server

import (
	"net/http"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

func codingPage(a *ask) error {
	d, l := a.Document, a.Lens
	if d.State != qda.Live {
		return absent()
	}
	words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
	if err != nil {
		return err
	}
	if err := a.accessed("opened", d.ID); err != nil {
		return err
	}
	readings, err := a.s.Store.Readings(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	v := page.CodingPage{Project: int(a.Project), Document: int(d.ID), Version: int(d.Version), Me: int(a.Coder.ID), Seq: int(a.View.Seq()), Name: d.Name, Lang: d.Language, Zone: a.Account.Zone, Email: a.Account.Email, Person: page.Person(a.Account.Surface),
		MayCode: a.may("CodingApplied"), MayMemo: a.may("MemoWritten"), Place: int(readings[d.ID].Place), Furthest: int(readings[d.ID].Furthest)}
	v.Pills, v.Details = a.describe(d, words)
	switch {
	case a.View.Project().State == qda.Archived:
		v.WhyNot = a.L.T("project.archived")
	case !v.MayCode:
		v.WhyNot = a.L.T("surface.reads_along")
	}
	if l.Blind() {
		v.Blind = a.L.T("surface.blind")
	}
	v.Turns = make([]page.CodingTurn, len(words.Turns))
	for i, t := range words.Turns {
		s := d.Speakers[t.Label]
		x := page.CodingTurn{Number: int(t.Turn), Start: int(t.Start), Label: t.Label, Asks: s.Interviewer, Parts: page.Parts(int(t.Start), words.Quote(span.Span{Start: t.Start, Stop: t.Stop}))}
		if k, ok := l.Case(s.Case); ok {
			x.Who = k.Name
		} else if k := caseOf(l, d); s.Informant && k != nil {
			x.Who = k.Name
		}
		if t.FromMS >= 0 {
			x.Time = clock(t.FromMS)
		}
		if t.Language != d.Language {
			x.Lang = t.Language
		}
		v.Turns[i] = x
	}
	for _, o := range sortedDocuments(l) {
		share := progress(o, readings[o.ID].Furthest)
		v.Documents = append(v.Documents, page.CodingDocument{ID: int(o.ID), Name: o.Name, Percent: int(share * 100), Progress: a.L.T("surface.read_share", "share", a.L.Percent(share))})
	}
	return a.render(http.StatusOK, page.Coding(a.chrome(d.Name, "documents"), v))
}

// caseOf gives the informant of a document, nil where it has none.
func caseOf(l engine.Lens, d *qda.Document) *qda.Case {
	if k, ok := l.Case(d.Case); ok && k.State == qda.Live {
		return k
	}
	return nil
}

// codingRow is a coding as the surface knows it: [id, code, coder, start, stop, at, made].
func codingRow(c qda.Coding) [7]int64 {
	return [7]int64{int64(c.ID), int64(c.Code), int64(c.Coder), int64(c.Start), int64(c.Stop), c.At, int64(c.Made)}
}

// memoRow is a memo as the surface knows it: [id, on, coder, at, text, rev, start, stop, html], start and stop 0 unless it
// hangs on words of a document, and html the text as it is drawn.
func memoRow(m *qda.Memo, draw drawing) [9]any {
	return [9]any{m.ID, m.On, m.Coder, m.At, m.Text, m.Rev, m.Start, m.Stop, draw(m)}
}

func codingsJSON(a *ask) error {
	d := a.Document
	if d.State != qda.Live {
		return absent()
	}
	rows, memos := [][7]int64{}, [][9]any{}
	there := map[qda.ID]bool{d.ID: true}
	for _, c := range a.Lens.Codings(d.ID, span.Span{Start: 0, Stop: d.Chars}) {
		if c.Version == d.Version {
			rows = append(rows, codingRow(c))
			there[c.ID] = true
		}
	}
	for _, m := range a.Lens.AllMemos() {
		_, node := a.View.Node(m.On)
		if node || there[m.On] {
			memos = append(memos, memoRow(m, a.drawn))
		}
	}
	return a.writeJSON(http.StatusOK, map[string]any{"seq": a.View.Seq(), "codings": rows, "memos": memos})
}

func codebookJSON(a *ask) error {
	l := a.Lens
	counts := l.Counts()
	type node struct {
		ID         qda.ID       `json:"id"`
		Kind       qda.NodeKind `json:"kind"`
		Codable    bool         `json:"codable"`
		Parent     qda.ID       `json:"parent"`
		Name       string       `json:"name"`
		Definition string       `json:"definition"`
		Use        string       `json:"use"`
		Avoid      string       `json:"avoid"`
		Colour     int          `json:"colour"`
		Pattern    int          `json:"pattern"`
		State      qda.State    `json:"state"`
		Count      int          `json:"count"`
	}
	nodes := []node{}
	for _, n := range l.Nodes() {
		colour, pattern := a.View.Colour(n.ID)
		nodes = append(nodes, node{n.ID, n.Kind, n.Codable, n.Parent, n.Name, n.Definition, n.Use, n.Avoid, colour, pattern, n.State, counts.Node(n.ID).AllCodings})
	}
	type coder struct {
		ID       qda.ID   `json:"id"`
		Name     string   `json:"name"`
		Initials string   `json:"initials"`
		Role     qda.Role `json:"role"`
		Blind    bool     `json:"blind"`
		Me       bool     `json:"me"`
	}
	coders := []coder{}
	for _, c := range l.Coders() {
		if l.Blind() && c.ID != a.Coder.ID {
			continue
		}
		coders = append(coders, coder{c.ID, c.Name, c.Initials, c.Role, c.Blind, c.ID == a.Coder.ID})
	}
	saved, err := a.s.Store.Pins(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	pins := map[string]qda.ID{}
	for k, n := range saved {
		if n = a.View.Survivor(n); n != 0 {
			if x, ok := a.View.Node(n); ok && x.State == qda.Live {
				pins[strconv.Itoa(k)] = n
			}
		}
	}
	// A name that was merged away still leads to what it became part of.
	type merged struct {
		Name string `json:"name"`
		Into qda.ID `json:"into"`
	}
	former := []merged{}
	for _, n := range a.View.Asleep() {
		if n.State == qda.Merged {
			former = append(former, merged{n.Name, a.View.Survivor(n.ID)})
		}
	}
	return a.writeJSON(http.StatusOK, map[string]any{"seq": a.View.Seq(), "nodes": nodes, "former": former, "coders": coders, "pins": pins,
		"may": map[string]bool{"code": a.may("CodingApplied"), "codebook": a.may("NodeAdded"), "memo": a.may("MemoWritten")}})
}

func segmentsJSON(a *ask) error {
	limit, err := strconv.Atoi(a.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 200 {
		limit = 20
	}
	codings, total := a.Lens.CodingsOf(a.View.Below(a.Node.ID), 0, limit)
	type segment struct {
		Coding   qda.ID `json:"coding"`
		Document qda.ID `json:"document"`
		Name     string `json:"name"`
		Turn     int32  `json:"turn"`
		Text     string `json:"text"`
		Coder    qda.ID `json:"coder"`
	}
	out := []segment{}
	for _, c := range codings {
		w, err := a.s.Engine.Words(a.Context(), a.Project, c.Document, c.Version)
		if err != nil {
			return err
		}
		d, _ := a.View.Document(c.Document)
		out = append(out, segment{c.ID, c.Document, d.Name, w.TurnAt(c.Start).Turn, w.Quote(span.Span{Start: c.Start, Stop: c.Stop}), c.Coder})
	}
	return a.writeJSON(http.StatusOK, map[string]any{"total": total, "segments": out})
}

// surfaceChange reads a change of the surface, fills in what the path says, makes it and answers with the entry.
func surfaceChange[C any, P interface {
	*C
	qda.Change
}](a *ask, fill func(P)) error {
	var in struct {
		Change string `json:"change"`
	}
	c := P(new(C))
	if err := a.body(&in, c); err != nil {
		return err
	}
	if in.Change == "" {
		in.Change = newChange()
	}
	id, err := parseChange(in.Change)
	if err != nil {
		return err
	}
	if fill != nil {
		fill(c)
	}
	e, err := a.do(id, c, nil)
	if err != nil {
		return err
	}
	return a.done(e, local(a.backPath(), a.at("/codebook")))
}

// backPath is the page a form was sent from, if it is one of ours.
func (a *ask) backPath() string {
	_, path, ok := strings.Cut(a.Referer(), "://"+a.Host)
	if !ok {
		return ""
	}
	return path
}

func applyCode(a *ask) error {
	return surfaceChange(a, func(c *qda.CodingApplied) {
		c.Document = a.Document.ID
		for i := range c.Spans {
			c.Spans[i].At, c.Spans[i].Code = 0, 0 // what is made here is made now, with one code
		}
	})
}

func changeCodings(a *ask) error { return surfaceChange[qda.CodingsChanged](a, nil) }
func removeCodings(a *ask) error { return surfaceChange[qda.CodingsRemoved](a, nil) }
func writeMemo(a *ask) error     { return surfaceChange(a, func(c *qda.MemoWritten) { c.At = 0 }) }

func changeMemo(a *ask) error {
	return surfaceChange(a, func(c *qda.MemoChanged) { c.Memo = a.Memo.ID })
}

func removeMemo(a *ask) error {
	return surfaceChange(a, func(c *qda.MemoRemoved) { c.Memo = a.Memo.ID })
}

func setPin(a *ask) error {
	var in struct {
		Key  string `json:"key"`
		Code qda.ID `json:"code"`
	}
	if err := a.body(&in); err != nil {
		return err
	}
	key, err := strconv.Atoi(in.Key)
	if err != nil || key < 1 || key > 9 {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	if in.Code != 0 {
		if _, ok := a.View.Node(in.Code); !ok {
			return absent()
		}
	}
	if err := a.s.Store.SetPin(a.Context(), a.Project, a.Account.ID, key, in.Code); err != nil {
		return err
	}
	return a.writeJSON(http.StatusOK, map[string]any{"ok": true})
}
