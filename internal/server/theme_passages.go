package server

import (
	"net/http"
	"slices"
	"strings"

	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

const passagesPage = 50

var passagesBy = []string{"code", "informant", "group"}

// passages is one page of the segments under a theme, in groups by the address: by=code, informant or group.
func (a *ask) passages(n *qda.Node, rows []themeRow, of *qda.Attribute, self func(...string) string) (v page.PassageList, err error) {
	q := a.URL.Query()
	by := q.Get("by")
	if !slices.Contains(passagesBy, by) || by == "group" && of == nil {
		by = "code"
	}
	v.Count, v.Total = len(rows), a.L.N("claim.segments", len(rows))
	for _, x := range passagesBy {
		label := ""
		switch {
		case x == "group" && of == nil:
			continue
		case x == "group":
			label = of.Name
		default:
			label = a.L.T("claim.by." + x)
		}
		v.By = append(v.By, page.Choice{Value: self("by", x) + "#theme-segments", Label: label, Chosen: x == by})
	}
	// The groups in order, and each segment's.
	type group struct {
		page.PassageGroup
		rank, count int
	}
	groups := map[string]*group{}
	of3 := func(r themeRow) string {
		switch by {
		case "informant":
			if r.kase == nil {
				return ""
			}
			return itoa(r.kase.ID)
		case "group":
			return r.value(of)
		}
		return itoa(r.Code)
	}
	place := map[qda.ID]int{}
	for i, x := range a.View.Nodes() {
		place[x.ID] = i
	}
	var names []string
	for _, r := range rows {
		k := of3(r)
		if g := groups[k]; g != nil {
			g.count++
			continue
		}
		g := &group{count: 1}
		g.Key = by + "-" + k
		switch {
		case by == "code":
			link := a.nodeLink(r.Code)
			g.Name, g.Hue, g.Pattern, g.Href, g.rank = link.Name, link.Colour, link.Pattern, a.at("/nodes/%d", r.Code), place[r.Code]
			if r.Code == n.ID {
				g.Name = a.L.T("claim.itself")
			}
		case k == "":
			g.Name = a.L.T("claim.nobody")
			if by == "group" {
				g.Name = a.L.T("claim.no_value")
			}
		case by == "informant":
			g.Name = r.kase.Name
		default:
			g.Name = k
		}
		groups[k], names = g, append(names, k)
	}
	slices.SortStableFunc(names, func(x, y string) int {
		if by == "code" {
			return groups[x].rank - groups[y].rank
		}
		if (x == "") != (y == "") {
			return strings.Compare(y, x) // what belongs nowhere comes last
		}
		return natural(groups[x].Name, groups[y].Name)
	})
	for i, k := range names {
		groups[k].rank, groups[k].Count = i, a.L.N("count.segments", groups[k].count)
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(x, y themeRow) int { return groups[of3(x)].rank - groups[of3(y)].rank })
	at := pageOf(q)
	from := min((at-1)*passagesPage, len(rows))
	edit, _ := thingID(q.Get("edit"))
	if edit != 0 { // the page it is on
		if i := slices.IndexFunc(rows, func(r themeRow) bool { return r.ID == edit }); i >= 0 {
			at = i/passagesPage + 1
			from = (at - 1) * passagesPage
		}
	}
	to := min(from+passagesPage, len(rows))
	if at > 1 {
		v.Newer = self("page", a.plainNumber(at-1)) + "#theme-segments"
	}
	if to < len(rows) {
		v.Older = self("page", a.plainNumber(at+1)) + "#theme-segments"
	}
	if len(rows) > 0 {
		v.Shown = a.L.T("node.shown", "from", from+1, "to", to, "all", len(rows))
	}
	about := a.about(n, rows[from:to])
	for _, r := range rows[from:to] {
		g := groups[of3(r)]
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Key != g.Key {
			v.Groups = append(v.Groups, g.PassageGroup)
		}
		p := about(r)
		if r.ID == edit && a.may("CodingsChanged") {
			p.Edit = a.codesFor(r.Code)
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Passages = append(last.Passages, p)
	}
	return v, nil
}

// about gives what draws segments under a theme: what is on them is gathered once.
func (a *ask) about(n *qda.Node, rows []themeRow) func(themeRow) page.Passage {
	l := a.Lens
	wanted := map[qda.ID]bool{}
	for _, r := range rows {
		wanted[r.ID] = true
	}
	memos, remarks := map[qda.ID][]page.MemoHTML{}, map[qda.ID]int{}
	for _, m := range l.AllMemos() {
		if wanted[m.On] {
			memos[m.On] = append(memos[m.On], a.drawn(m))
		}
	}
	for _, r := range l.Remarks() {
		if wanted[r.On] {
			remarks[r.On]++
		}
	}
	chosen := map[qda.ID]string{}
	supports, against := l.Evidence(n.ID)
	for _, e := range supports {
		chosen[e.Coding] = "for"
	}
	for _, e := range against {
		chosen[e.Coding] = "against"
	}
	below := l.Below(n.ID)
	return func(r themeRow) page.Passage {
		s := span.Span{Start: r.Start, Stop: r.Stop}
		p := page.Passage{Project: int(a.Project), Coding: int(r.ID), Document: int(r.Document), Name: r.document.Name, Turn: int(r.turn.Turn), Speaker: r.turn.Label, Quote: r.words.Quote(s), Lang: r.document.Language,
			Code: a.nodeLink(r.Code), Coder: a.initials(r.Coder), For: chosen[r.ID] == "for", Against: chosen[r.ID] == "against", Memos: memos[r.ID], Remarks: remarks[r.ID]}
		if r.turn.FromMS >= 0 {
			p.Time = clock(r.turn.FromMS)
		}
		if k, ok := l.Coder(r.Coder); ok {
			p.CoderName = k.Name
		}
		if r.kase != nil {
			p.Informant = r.kase.Name
		}
		if !slices.Contains(below, r.Code) {
			p.Outside = a.L.T("claim.passage.outside", "code", p.Code.Name)
		}
		for _, t := range sortContext(l, r.document, r.words, s) {
			x := page.PassageTurn{Turn: int(t.Turn), Label: t.Label, Time: t.Time, Lang: t.Lang, Asks: t.Asks, Near: t.Near, Before: t.Before, Words: t.Words, After: t.After, Rest: t.Rest}
			if !t.Opens {
				x.Before = "… " + x.Before
			}
			if !t.Closes {
				x.After += " …"
			}
			if t.Left > 0 {
				x.Left = a.L.N("claim.left", int(t.Left))
			}
			p.Turns = append(p.Turns, x)
		}
		return p
	}
}

// rowOf is one coding that the asker sees, in a live document.
func (a *ask) rowOf(n qda.ID) (themeRow, error) {
	c, ok := a.Lens.Coding(n)
	if !ok {
		return themeRow{}, absent()
	}
	d, w, err := a.textOf(c)
	if err != nil {
		return themeRow{}, err
	}
	if d.State != qda.Live || !a.awake(c.Code) {
		return themeRow{}, absent()
	}
	r := themeRow{Coding: c, document: d, words: w, turn: w.TurnAt(c.Start)}
	r.kase = speaking(a.Lens, d, r.turn.Label)
	return r, nil
}

// codesFor lists the codes that a coding can be given.
func (a *ask) codesFor(now qda.ID) (r []page.Choice) {
	for _, x := range a.View.Nodes() {
		if x.State == qda.Live && x.Codable {
			r = append(r, page.Choice{Value: itoa(x.ID), Label: x.Name, Depth: a.View.Depth(x.ID), Chosen: x.ID == now})
		}
	}
	return r
}

// themePassage draws one segment again, after it was changed.
func themePassage(a *ask) error {
	if a.Node.Kind != qda.Theme {
		return absent()
	}
	n, err := thingID(a.URL.Query().Get("coding"))
	if err != nil {
		return err
	}
	r, err := a.rowOf(n)
	if err != nil {
		return err
	}
	d := page.Dossier{Project: int(a.Project), ID: int(a.Node.ID), MayChoose: a.may("EvidenceChosen") && a.Node.State == qda.Live, MayCode: a.may("CodingsChanged"), MayWrite: a.may("MemoWritten"), MayRemark: a.may("RemarkMade")}
	return a.render(http.StatusOK, page.PassagePart(a.chrome("", ""), d, a.about(a.Node, []themeRow{r})(r)))
}
