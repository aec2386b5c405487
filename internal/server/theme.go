package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

// What makes a theme thin.
const (
	thinDocuments = 2
	thinSegments  = 3
)

// themePage is one theme as a claim with what it rests on. A code, and a theme that takes no part any more, have another page.
func themePage(a *ask) error {
	n := a.Node
	if n.Kind != qda.Theme || !a.awake(n.ID) {
		http.Redirect(a.w, a.Request, a.at("/nodes/%d", n.ID), http.StatusSeeOther)
		return nil
	}
	q := a.URL.Query()
	rows, err := a.themeRows(n.ID)
	if err != nil {
		return err
	}
	of := a.groupsBy(q.Get("of"))
	d, err := a.dossier(n, rows, of)
	if err != nil {
		return err
	}
	v := page.Theme{Dossier: *d}
	self := func(set ...string) string {
		u := url.Values{}
		for _, k := range []string{"by", "of"} {
			if q.Get(k) != "" {
				u.Set(k, q.Get(k))
			}
		}
		for i := 0; i < len(set); i += 2 {
			u.Set(set[i], set[i+1])
		}
		return a.at("/themes/%d?%s", n.ID, u.Encode())
	}
	if v.Passages, err = a.passages(n, rows, of, self); err != nil {
		return err
	}
	for _, x := range a.Lens.Attributes() {
		v.Groups = append(v.Groups, page.Choice{Value: itoa(x.ID), Label: x.Name, Chosen: of != nil && of.ID == x.ID})
	}
	v.Spread = a.spread(n.ID, rows, of)
	v.Overlaps = a.overlaps(n.ID)
	v.Checks = a.checks(n, rows, d)
	if v.Levels, err = a.levels(n); err != nil {
		return err
	}
	es, err := a.s.Store.Touching(a.Context(), a.Project, qda.SortNode, n.ID, 200)
	if err != nil {
		return err
	}
	for _, e := range es {
		if !a.sees(e) {
			continue
		}
		past := a.pastEntry(e)
		v.Past = append(v.Past, past)
		for _, x := range e.Did {
			if before, after := was(x, "name"); x.ID == n.ID && before != after && before != n.Name {
				v.Former = append(v.Former, page.FormerName{Name: before, By: past.Coder, When: past.When})
			}
		}
	}
	return a.render(http.StatusOK, page.ThemePage(a.chrome(n.Name, "themes"), v))
}

// groupsBy gives the attribute whose values make groups: the one asked for, else the first that informants have. nil where there
// is none.
func (a *ask) groupsBy(asked string) *qda.Attribute {
	if n, err := thingID(asked); err == nil {
		if x, ok := a.Lens.Attribute(n); ok {
			return x
		}
	}
	return firstAttribute(a.Lens)
}

// themeRow is a coding under a theme with where it is and whose words it holds.
type themeRow struct {
	qda.Coding
	document *qda.Document
	words    *engine.Words
	turn     qda.Turn
	kase     *qda.Case // nil where nobody knows
}

// value is the group that a segment belongs to, "" for none.
func (r themeRow) value(of *qda.Attribute) string {
	switch {
	case of == nil:
		return ""
	case of.Of == qda.OfDocuments:
		return r.document.Values[of.ID]
	case r.kase == nil:
		return ""
	}
	return r.kase.Values[of.ID]
}

// themeRows gives the codings under a node that the asker sees, by documents' names and in the order of the text.
func (a *ask) themeRows(n qda.ID) ([]themeRow, error) { return a.rowsUnder(a.Lens.Below(n)) }

// rowsUnder gives the codings with any of some codes.
func (a *ask) rowsUnder(codes []qda.ID) ([]themeRow, error) {
	l := a.Lens
	rank := map[qda.ID]int{}
	for i, d := range sortedDocuments(l) {
		rank[d.ID] = i
	}
	codings, _ := l.CodingsOf(codes, 0, -1)
	slices.SortStableFunc(codings, func(x, y qda.Coding) int { return rank[x.Document] - rank[y.Document] })
	rows := make([]themeRow, 0, len(codings))
	for i, c := range codings {
		r := themeRow{Coding: c}
		if i > 0 && rows[i-1].Document == c.Document && rows[i-1].Version == c.Version {
			r.document, r.words = rows[i-1].document, rows[i-1].words
		} else {
			var err error
			if r.document, r.words, err = a.textOf(c); err != nil {
				return nil, err
			}
		}
		r.turn = r.words.TurnAt(c.Start)
		r.kase = speaking(l, r.document, r.turn.Label)
		rows = append(rows, r)
	}
	return rows, nil
}

func (a *ask) textOf(c qda.Coding) (*qda.Document, *engine.Words, error) {
	d, ok := a.Lens.Document(c.Document)
	if !ok {
		return nil, nil, absent()
	}
	w, err := a.s.Engine.Words(a.Context(), a.Project, c.Document, c.Version)
	return d, w, err
}

// dossier is what the page of a theme and the review both show of it, but for its segments.
func (a *ask) dossier(n *qda.Node, rows []themeRow, of *qda.Attribute) (*page.Dossier, error) {
	l := a.Lens
	hue, pattern := a.View.Colour(n.ID)
	d := &page.Dossier{Project: int(a.Project), ID: int(n.ID), Rev: int(n.Rev), Seq: int(a.View.Seq()), Name: n.Name, Claim: n.Claim, Scope: n.Scope, Boundary: n.Boundary, Naming: n.Naming, Means: n.Definition,
		Hue: hue, Pattern: pattern, Live: n.State == qda.Live, Blind: l.Blind(), NoLetters: a.Account.Surface.NoLetters,
		MayEdit: a.may("NodeChanged"), MayChoose: a.may("EvidenceChosen") && n.State == qda.Live, MayCode: a.may("CodingsChanged"), MayWrite: a.may("MemoWritten"), MayRemark: a.may("RemarkMade")}
	switch {
	case a.View.Project().State == qda.Archived:
		d.WhyNot = a.L.T("project.archived")
	case !d.MayEdit:
		d.WhyNot = a.L.T("claim.reads_along")
	}
	for up, ok := a.View.Node(n.Parent); ok; up, ok = a.View.Node(up.Parent) {
		d.Path = append([]page.NodeLink{a.nodeLink(up.ID)}, d.Path...)
	}
	d.Standing = a.standing(n.ID)

	remarks := map[qda.ID]int{} // by what they are on
	for _, r := range l.Remarks() {
		remarks[r.On]++
	}
	counts := l.Counts()
	codes := 0
	below := l.Below(n.ID)
	for _, x := range l.Nodes() {
		if x.ID == n.ID || !slices.Contains(below, x.ID) {
			continue
		}
		if x.Kind == qda.Code {
			codes++
		}
		d.Codes = append(d.Codes, page.ThemeCode{NodeLink: a.nodeLink(x.ID), Theme: x.Kind == qda.Theme, Depth: a.View.Depth(x.ID) - a.View.Depth(n.ID) - 1, Means: x.Definition,
			Segments: a.L.N("count.segments", counts.Node(x.ID).AllCodings), Href: a.at("/ask?all=%d", x.ID), Remarks: remarks[x.ID]})
	}

	documents, informants, values := map[qda.ID]bool{}, map[qda.ID]bool{}, map[string]bool{}
	for _, r := range rows {
		documents[r.Document] = true
		if r.kase != nil {
			informants[r.kase.ID] = true
		}
		if x := r.value(of); x != "" {
			values[x] = true
		}
	}
	all, _ := live(l)
	of2 := func(some, all int) string { return a.L.T("claim.of", "some", some, "all", max(some, all)) }
	ask := a.at("/ask?all=%d", n.ID)
	d.Figures = []page.ThemeFigure{
		{Number: a.L.Num(len(rows)), What: a.L.N("claim.figure.codings", codes), Href: ask},
		{Number: of2(len(documents), all), What: a.L.T("claim.figure.documents"), Href: ask},
	}
	if everyone := a.valuesOf(of); of != nil && len(everyone) > 0 {
		d.Figures = append(d.Figures, page.ThemeFigure{Number: of2(len(values), len(everyone)), What: a.L.T("claim.figure.values", "attribute", of.Name), Href: ask + "&group=informant"})
	} else {
		d.Figures = append(d.Figures, page.ThemeFigure{Number: a.L.Num(len(informants)), What: a.L.N("claim.figure.informants", len(informants)), Href: ask + "&group=informant"})
	}
	var err error
	if d.For, d.Against, err = a.evidence(n, below); err != nil {
		return nil, err
	}
	d.Figures = append(d.Figures, page.ThemeFigure{Number: a.L.Num(len(d.Against.Cards)), What: a.L.N("claim.figure.against", len(d.Against.Cards)), Href: "#theme-against"})
	d.Counter = a.counter(n, len(d.Against.Cards))
	if err := a.threads(n, d); err != nil {
		return nil, err
	}
	return d, nil
}

// valuesOf gives the values that live informants or documents have of an attribute, sorted.
func (a *ask) valuesOf(of *qda.Attribute) (all []string) {
	if of == nil {
		return nil
	}
	put := func(v string) {
		if v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	if of.Of == qda.OfDocuments {
		for _, d := range a.Lens.Documents() {
			if d.State == qda.Live {
				put(d.Values[of.ID])
			}
		}
	} else {
		for _, k := range a.Lens.Cases() {
			if k.State == qda.Live {
				put(k.Values[of.ID])
			}
		}
	}
	slices.SortFunc(all, natural)
	return all
}

// standing is how a theme stands, for a pill; nil for a blind coder, whom it would tell that others are at work.
func (a *ask) standing(n qda.ID) *page.Standing {
	if a.Lens.Blind() {
		return nil
	}
	s := a.Lens.Standing(n)
	r := &page.Standing{Stand: string(s.Stand), Parts: a.parts(s.Parts)}
	if s.Last != nil {
		r.By = a.L.T("review.by", "by", a.initials(s.Last.Coder), "when", a.L.When(unix(s.Last.At), a.now))
	}
	return r
}

// parts names what of a theme has changed.
func (a *ask) parts(names []string) string {
	var r []string
	for _, p := range names {
		r = append(r, a.L.T("review.part."+p))
	}
	return a.list(r)
}

// counter says how it stands with evidence against.
func (a *ask) counter(n *qda.Node, chosen int) page.Counter {
	c := page.Counter{Looked: n.Looked != 0}
	when, by := a.L.When(unix(n.Looked), a.now), a.initials(n.LookedBy)
	switch {
	case chosen > 0:
		c.Sentence = a.L.N("claim.counter.chosen", chosen)
	case a.Lens.Blind() && n.LookedBy != a.Coder.ID:
		c.Looked, c.Sentence = false, a.L.T("claim.counter.not")
	case c.Looked:
		c.Sentence = a.L.T("claim.counter.none", "when", when, "by", by)
	default:
		c.Sentence = a.L.T("claim.counter.not")
	}
	return c
}

// checks are sentences about how well a theme is borne out.
func (a *ask) checks(n *qda.Node, rows []themeRow, d *page.Dossier) (r []page.Check) {
	documents, informants := map[qda.ID]bool{}, map[qda.ID]string{}
	for _, x := range rows {
		documents[x.Document] = true
		if x.kase != nil {
			informants[x.kase.ID] = x.kase.Name
		}
	}
	warn := func(key, href string, args ...any) {
		r = append(r, page.Check{Kind: "warn", Text: page.Say(a.L.T(key, args...)), Href: href})
	}
	fine := func(key string, args ...any) {
		r = append(r, page.Check{Kind: "ok", Text: page.Say(a.L.T(key, args...))})
	}
	// counted adds the numbers behind the check that was said last.
	counted := func(numbers ...page.Number) { r[len(r)-1].Text.Numbers = numbers }
	segments, apart := a.L.N("count.segments", len(rows)), a.L.N("count.documents", len(documents))
	if strings.TrimSpace(n.Claim) == "" {
		warn("claim.check.no_claim", "")
	}
	if len(documents) < thinDocuments || len(rows) < thinSegments {
		warn("claim.check.thin", "", "segments", segments, "documents", apart, "least", thinSegments, "apart", thinDocuments)
	} else {
		fine("claim.check.broad", "segments", segments, "documents", apart)
	}
	if len(rows) > 0 {
		counted(page.Number{Printed: segments, Href: a.askAbout(n.ID)}, page.Number{Printed: apart, Href: a.askAbout(n.ID)})
	}
	if len(informants) == 1 && len(rows) > 0 {
		for _, name := range informants {
			warn("claim.check.one", "", "name", name)
		}
	} else if len(informants) > 1 {
		many := a.L.N("count.informants", len(informants))
		fine("claim.check.many", "informants", many)
		counted(page.Number{Printed: many, Href: a.askAbout(n.ID, "group", "informant")})
	}
	if len(d.For.Cards) == 0 {
		warn("claim.check.no_evidence", "#theme-for")
	} else {
		fine("claim.check.evidence", "n", len(d.For.Cards))
	}
	outside := 0
	for _, e := range d.For.Cards {
		if e.Outside != "" {
			outside++
		}
	}
	if outside > 0 {
		r = append(r, page.Check{Kind: "warn", Text: page.Say(a.L.N("claim.check.outside", outside)), Href: "#theme-for"})
	}
	kind := "warn"
	if d.Counter.Looked || len(d.Against.Cards) > 0 {
		kind = "ok"
	}
	return append(r, page.Check{Kind: kind, Text: page.Say(d.Counter.Sentence), Href: "#theme-against"})
}

const spreadShown = 8

// spread counts the segments of a theme by document, informant and group, the fullest first.
func (a *ask) spread(n qda.ID, rows []themeRow, of *qda.Attribute) []page.Spread {
	type cell struct {
		name, href string
		count      int
		documents  []qda.ID
	}
	ask := a.at("/ask?all=%d", n)
	in := func(documents []qda.ID) (s string) {
		for _, d := range documents {
			s += "&document=" + itoa(d)
		}
		return s
	}
	make3 := func(title string, all int, key func(themeRow) (string, string, string)) *page.Spread {
		cells, order := map[string]*cell{}, []string{}
		for _, r := range rows {
			k, name, href := key(r)
			if k == "" {
				continue
			}
			c := cells[k]
			if c == nil {
				c = &cell{name: name, href: href}
				cells[k], order = c, append(order, k)
			}
			c.count++
			if !slices.Contains(c.documents, r.Document) {
				c.documents = append(c.documents, r.Document)
			}
		}
		if len(order) == 0 {
			return nil
		}
		slices.SortStableFunc(order, func(x, y string) int { return cells[y].count - cells[x].count })
		s := &page.Spread{Title: title, Sum: a.L.T("claim.of", "some", len(order), "all", max(all, len(order)))}
		for i, k := range order {
			c := cells[k]
			href := c.href
			if href == "" {
				href = ask + in(c.documents)
			}
			row := page.SpreadRow{Name: c.name, Count: c.count, Shown: a.L.Num(c.count), Most: cells[order[0]].count, Href: href}
			if i < spreadShown {
				s.Rows = append(s.Rows, row)
			} else {
				s.More = append(s.More, row)
			}
		}
		if len(s.More) > 0 {
			s.Moren = a.L.N("claim.more", len(s.More))
		}
		return s
	}
	documents, _ := live(a.Lens)
	informants := 0
	for _, k := range a.Lens.Cases() {
		if k.State == qda.Live {
			informants++
		}
	}
	var r []page.Spread
	add := func(s *page.Spread) {
		if s != nil {
			r = append(r, *s)
		}
	}
	if of != nil {
		add(make3(of.Name, len(a.valuesOf(of)), func(x themeRow) (string, string, string) {
			v := x.value(of)
			return v, v, ask + "&" + url.Values{"value-" + itoa(of.ID): {v}}.Encode()
		}))
	}
	add(make3(a.L.T("claim.spread.informants"), informants, func(x themeRow) (string, string, string) {
		if x.kase == nil {
			return "", "", ""
		}
		return itoa(x.kase.ID), x.kase.Name, ""
	}))
	add(make3(a.L.T("claim.spread.documents"), documents, func(x themeRow) (string, string, string) {
		return itoa(x.Document), x.document.Name, ask + "&document=" + itoa(x.Document)
	}))
	return r
}

const mostOverlaps = 6

// overlaps gives the other themes that hold words of this one, those that hold most first. What stands above it or below it is no
// neighbour.
func (a *ask) overlaps(n qda.ID) []page.Overlap {
	l := a.Lens
	mine := l.Below(n)
	whole := l.Find(engine.Under(mine...)).Chars()
	if whole == 0 {
		return nil
	}
	above := map[qda.ID]bool{}
	for up, ok := a.View.Node(n); ok; up, ok = a.View.Node(up.Parent) {
		above[up.ID] = true
	}
	type shared struct {
		id    qda.ID
		share float64
	}
	var all []shared
	for _, x := range l.Nodes() {
		if x.Kind != qda.Theme || above[x.ID] || slices.Contains(mine, x.ID) {
			continue
		}
		if chars := l.Find(engine.All(engine.Under(mine...), engine.Under(l.Below(x.ID)...))).Chars(); chars > 0 {
			all = append(all, shared{x.ID, float64(chars) / float64(whole)})
		}
	}
	slices.SortStableFunc(all, func(x, y shared) int { return cmp.Compare(y.share, x.share) })
	var r []page.Overlap
	for i, x := range all {
		if i == mostOverlaps {
			break
		}
		r = append(r, page.Overlap{NodeLink: a.nodeLink(x.id), Share: a.L.Percent(x.share), Percent: int(x.share*100 + .5), Href: a.at("/ask?all=%d&all=%d", n, x.id)})
	}
	return r
}

// pageOf reads the number of a page, from 1.
func pageOf(q url.Values) int {
	n, _ := strconv.Atoi(q.Get("page"))
	return max(n, 1)
}
