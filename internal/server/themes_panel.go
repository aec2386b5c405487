package server

import (
	"cmp"
	"encoding/json"
	"slices"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

// From where on a check warns. They are conventions of this page; each sentence says the figures themselves.
const (
	muchShared = 0.4 // of a code's characters, under a code of another theme as well
	leans      = 0.5 // of a theme's codings, by one informant
	mostShared = 3   // pairs of codes that are named
	mostPast   = 6   // entries that are told
)

// themePanel is what stands beside the themes about one node.
func (a *ask) themePanel(n *qda.Node) (*page.ThemePanel, error) {
	counts := a.Lens.Counts().Node(n.ID)
	v := &page.ThemePanel{Project: int(a.Project), NodeLink: a.nodeLink(n.ID), Kind: string(n.Kind), Claim: n.Claim, Definition: n.Definition, MayShape: a.may("NodesMoved")}
	if !n.State.Counts() {
		signed, err := a.signed(n)
		if err != nil {
			return nil, err
		}
		v.Gone = a.stateNote(n, signed, 0)
		if n.Into != 0 {
			into := a.nodeLink(a.View.Survivor(n.ID))
			v.Into = &into
		}
		return v, nil
	}
	for up, ok := a.View.Node(n.Parent); ok; up, ok = a.View.Node(up.Parent) {
		v.Path = append([]page.NodeLink{a.nodeLink(up.ID)}, v.Path...)
	}
	s := a.inDocuments()
	v.Codings, v.Ask = a.L.N("count.codings", counts.AllCodings), a.askAbout(n.ID)
	v.Documents = a.L.N("themes.of.documents", len(s.documents), "k", counts.AllDocuments)
	v.Informants, v.AskInformants = a.L.N("count.informants", counts.AllCases), a.askAbout(n.ID, "group", "informant")
	for i, d := range s.documents {
		v.In = append(v.In, page.InDocument{Name: d.Name, Count: a.L.Num(s.in[n.ID][i]), None: s.in[n.ID][i] == 0, Ask: a.askAbout(n.ID, "document", itoa(d.ID))})
	}
	if theme := a.themeAbove(n); theme != nil {
		link := a.nodeLink(theme.ID)
		v.Theme = &link
		v.Checks = a.looksAt(theme, s)
		v.Standing = a.stands(theme)
		v.Ties = a.tiesOf(theme.ID)
		for _, t := range a.Lens.ThreadsUnder(theme.ID) {
			if t.Head.Settled == 0 {
				v.Open++
			}
		}
	}
	var err error
	v.Past, err = a.moves(n)
	return v, err
}

// stands says how a theme stands in review, "" where nobody has judged it.
func (a *ask) stands(theme *qda.Node) *page.ThemeStanding {
	s := a.Lens.Standing(theme.ID)
	if s.Last == nil {
		return nil
	}
	return &page.ThemeStanding{Stand: string(s.Stand), Say: a.L.T("themes.stand."+string(s.Stand), "by", a.initials(s.Last.Coder), "when", a.L.When(unix(s.Last.At), a.now))}
}

// looksAt says of a theme what a reader of its claim would ask.
func (a *ask) looksAt(theme *qda.Node, s spread) (r []page.ThemeCheck) {
	add := func(state, say string, link string) {
		r = append(r, page.ThemeCheck{State: state, Say: say, Ask: link})
	}
	c := a.Lens.Counts().Node(theme.ID)
	if theme.Claim == "" {
		add("warn", a.L.T("themes.check.noclaim"), a.at("/themes/%d", theme.ID))
	}
	found := s.count(theme.ID)
	groups, with, attribute := a.informantGroups(theme.ID, s)
	say := a.L.N("themes.check.found", len(s.documents), "k", found)
	if groups > 1 {
		say = a.L.N("themes.check.broad", len(s.documents), "k", found, "with", with, "groups", groups, "attribute", attribute)
	}
	state := "ok"
	if 2*found < len(s.documents) || with < groups {
		state = "warn"
	}
	add(state, say, a.askAbout(theme.ID, "group", "informant"))
	below := 0
	for _, n := range a.View.Below(theme.ID) {
		if x, ok := a.View.Node(n); ok && x.Kind == qda.Code {
			below++
		}
	}
	if c.AllCodings < thinSegments || found < thinDocuments || below < 2 {
		add("warn", a.L.T("themes.check.thin", "codings", a.L.N("count.codings", c.AllCodings), "codes", a.L.N("count.codes", below)), a.askAbout(theme.ID))
	}
	if name, share := a.leaning(theme.ID, s); share > leans && c.AllCodings > 0 {
		add("warn", a.L.T("themes.check.one", "share", a.L.Percent(share), "name", name), a.askAbout(theme.ID, "group", "informant"))
	}
	for _, o := range a.sharing(theme) {
		other := a.L.T("themes.check.loose")
		if t := a.themeAbove(o.with); t != nil {
			other = t.Name
		}
		add("warn", a.L.T("themes.check.shares", "code", o.code.Name, "share", a.L.Percent(o.share), "other", o.with.Name, "theme", other), a.at("/ask")+"?all="+itoa(o.code.ID)+"&all="+itoa(o.with.ID))
	}
	supports, against := a.Lens.Evidence(theme.ID)
	own := a.at("/themes/%d", theme.ID)
	if len(supports) == 0 {
		add("warn", a.L.T("themes.check.noevidence"), own)
	} else {
		add("ok", a.L.N("themes.check.evidence", len(supports)), own)
	}
	looked := theme.Looked != 0 && (!a.Lens.Blind() || theme.LookedBy == a.Coder.ID)
	switch {
	case len(against) > 0:
		add("ok", a.L.N("themes.check.against", len(against)), own)
	case looked:
		add("ok", a.L.T("themes.check.looked", "when", a.L.Date(unix(theme.Looked)), "by", a.initials(theme.LookedBy)), own)
	default:
		add("warn", a.L.T("themes.check.nonegative"), own)
	}
	return r
}

// informantGroups counts the values of the first attribute that sorts informants into groups, and in how many of them a theme is found.
func (a *ask) informantGroups(theme qda.ID, s spread) (groups, with int, attribute string) {
	for _, x := range a.Lens.Attributes() {
		if x.Of != qda.OfCases || x.Type != "text" {
			continue
		}
		has := map[string]bool{}
		for i, d := range s.documents {
			k := caseOf(a.Lens, d)
			if k == nil || k.Values[x.ID] == "" {
				continue
			}
			has[k.Values[x.ID]] = has[k.Values[x.ID]] || s.in[theme][i] > 0
		}
		if len(has) < 2 || len(has) > 12 || len(has) == len(s.documents) {
			continue
		}
		for _, yes := range has {
			if yes {
				with++
			}
		}
		return len(has), with, x.Name
	}
	return 0, 0, ""
}

// leaning names the informant with the largest share of a theme's codings. Where there is but one informant it says nothing.
func (a *ask) leaning(theme qda.ID, s spread) (name string, share float64) {
	by, all, informants := map[string]int{}, 0, map[string]bool{}
	for i, d := range s.documents {
		if k := caseOf(a.Lens, d); k != nil {
			by[k.Name] += s.in[theme][i]
			informants[k.Name] = true
		}
		all += s.in[theme][i]
	}
	if all == 0 || len(informants) < 2 {
		return "", 0
	}
	for k, n := range by {
		if x := float64(n) / float64(all); x > share || x == share && k < name {
			name, share = k, x
		}
	}
	return name, share
}

// overlap is a code of a theme with one of another theme that holds over many of the same words.
type overlap struct {
	code, with *qda.Node
	share      float64 // of the code's characters
}

func (a *ask) sharing(theme *qda.Node) (r []overlap) {
	l := a.Lens
	pairs, coverage := l.Pairs(), l.Coverage()
	mine := map[qda.ID]bool{}
	for _, n := range a.View.Below(theme.ID) {
		mine[n] = true
	}
	for _, x := range a.View.Nodes() {
		size := coverage.Of(x.ID)
		if !mine[x.ID] || x.Kind != qda.Code || size == 0 {
			continue
		}
		for _, y := range a.View.Nodes() {
			if mine[y.ID] || y.Kind != qda.Code {
				continue
			}
			// What pairs of codings have in common, added up, is never less than what the codes have.
			if _, chars := pairs.Meet(x.ID, y.ID); float64(chars) < muchShared*float64(size) {
				continue
			}
			both := l.Find(engine.All(engine.Under(x.ID), engine.Under(y.ID))).Chars()
			if share := float64(both) / float64(size); share >= muchShared {
				r = append(r, overlap{x, y, share})
			}
		}
	}
	slices.SortStableFunc(r, func(x, y overlap) int { return cmp.Compare(y.share, x.share) })
	return r[:min(len(r), mostShared)]
}

// moves tells the newest entries that moved, merged, split or judged a node or what stands under it.
func (a *ask) moves(n *qda.Node) (r []page.PastEntry, err error) {
	kinds := []string{"NodesMoved", "NodesMerged", "NodeKind", "NodesState", "NodeSplit", "NodeAdded", "ThemeJudged"}
	es, err := a.past(0, kinds, a.View.Seq()+1, 200)
	if err != nil {
		return nil, err
	}
	about := map[qda.ID]bool{}
	for _, b := range a.View.Below(n.ID) {
		about[b] = true
	}
	for _, e := range es {
		if len(r) == mostPast {
			break
		}
		if !a.View.InForce(e.Seq) || !concerns(e, about) {
			continue
		}
		r = append(r, a.pastEntry(e))
	}
	return r, nil
}

// concerns reports whether an entry touched one of some nodes, or moved something into or out of one.
func concerns(e *qda.Entry, about map[qda.ID]bool) bool {
	for _, d := range e.Did {
		if d.Of == qda.SortNode && about[d.ID] {
			return true
		}
		if j, ok := d.New.(*qda.Judgement); ok && about[j.Theme] {
			return true
		}
		for _, f := range []string{"parent", "into"} {
			for _, n := range nodesIn(d, f) {
				if d.Of == qda.SortNode && about[n] {
					return true
				}
			}
		}
	}
	return false
}

// nodesIn gives what a field that holds a node was and is.
func nodesIn(d qda.Did, field string) []qda.ID {
	var was, is qda.ID
	if v, ok := d.Set[field]; ok && json.Unmarshal(v[0], &was) == nil && json.Unmarshal(v[1], &is) == nil {
		return []qda.ID{was, is}
	}
	return nil
}
