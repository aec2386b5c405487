package server

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// means are the ways of establishing trustworthiness in each phase of thematic analysis: Nowell, Norris, White and Moules, "Thematic
// Analysis: Striving to Meet the Trustworthiness Criteria", International Journal of Qualitative Methods 16 (2017), table 1. The
// wording on the page is ours.
var means = []struct {
	phase int
	keys  []string
}{
	{1, []string{"engagement", "triangulation", "thoughts", "early", "archive", "trail"}},
	{2, []string{"debriefing", "coders", "journal", "framework", "codes", "meetings"}},
	{3, []string{"shapers", "diagram", "hierarchy"}},
	{4, []string{"judges", "vetted", "adequacy"}},
	{5, []string{"threads", "consensus", "claims", "naming"}},
	{6, []string{"checking", "process", "thick", "audit", "reasons"}},
}

// coreq are the 32 items of Tong, Sainsbury and Craig, "Consolidated criteria for reporting qualitative research (COREQ)", International
// Journal for Quality in Health Care 19 (2007), by domain. The wording on the page is ours.
var coreq = []struct {
	domain   string
	from, to int
}{{"team", 1, 8}, {"design", 9, 23}, {"findings", 24, 32}}

// trusted gathers what a project can show for itself.
type trusted struct {
	*ask
	kinds, origins  map[string]int
	counts          *engine.Counts
	documents       []*qda.Document
	themes, codes   []*qda.Node
	memos           []*qda.Memo
	reasons, shaped int // entries that shaped the codebook: with a reason, all
	shapers         map[qda.ID]bool
	coders          map[qda.ID]bool // who has coded
	firstCoding     int64
	minutes         []int // of recordings whose turns have times
}

func (a *ask) trusted() (*trusted, error) {
	t := &trusted{ask: a, counts: a.Lens.Counts(), documents: sortedDocuments(a.Lens), memos: a.Lens.AllMemos(), shapers: map[qda.ID]bool{}, coders: map[qda.ID]bool{}}
	var err error
	if t.kinds, err = a.s.Store.Kinds(a.Context(), a.Project); err != nil {
		return nil, err
	}
	if t.origins, err = a.s.Store.Origins(a.Context(), a.Project); err != nil {
		return nil, err
	}
	es, err := a.s.Store.Past(a.Context(), a.Project, 0, []string{"NodesMoved", "NodesMerged", "NodeSplit", "NodesState", "NodeKind"}, a.View.Seq()+1, 20_000)
	if err != nil {
		return nil, err
	}
	for _, e := range es {
		if !a.View.InForce(e.Seq) {
			continue
		}
		t.shaped++
		t.shapers[e.Coder] = true
		if r, ok := e.Do.(qda.Reasoned); ok && r.Because() != "" {
			t.reasons++
		}
	}
	for _, n := range a.Lens.Nodes() {
		if n.Kind == qda.Theme {
			t.themes = append(t.themes, n)
		} else {
			t.codes = append(t.codes, n)
		}
	}
	for c := range a.Lens.All {
		t.coders[c.Coder] = true
		if t.firstCoding == 0 || c.At < t.firstCoding {
			t.firstCoding = c.At
		}
	}
	for _, d := range t.documents {
		if d.Kind != qda.Interview {
			continue
		}
		w, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		from, to := int64(-1), int64(-1)
		for _, x := range w.Turns {
			if x.FromMS >= 0 && from < 0 {
				from = x.FromMS
			}
			to = max(to, x.FromMS, x.ToMS)
		}
		if from >= 0 && to > from {
			t.minutes = append(t.minutes, int((to-from+30_000)/60_000))
		}
	}
	slices.Sort(t.minutes)
	return t, nil
}

func (t *trusted) memosOn(wanted func(*qda.Memo) bool) (n int) {
	for _, m := range t.memos {
		if wanted(m) {
			n++
		}
	}
	return n
}

func (t *trusted) on(kind qda.NodeKind) func(*qda.Memo) bool {
	return func(m *qda.Memo) bool { n, ok := t.Lens.Node(m.On); return ok && n.Kind == kind }
}

func (t *trusted) project(m *qda.Memo) bool { return m.On == 0 }

func (t *trusted) themesWith(has func(*qda.Node) bool) (n int) {
	for _, x := range t.themes {
		if has(x) {
			n++
		}
	}
	return n
}

func (t *trusted) documentsOf(k qda.DocumentKind) (n int) {
	for _, d := range t.documents {
		if d.Kind == k {
			n++
		}
	}
	return n
}

// shows says what the project has for one of the means, and where. Nothing said is a gap; known is false where anyam can't know.
func (t *trusted) shows(key string) (says, link string, known bool) {
	l, L := t.Lens, t.L
	known = true
	say := func(n int, message, to string, args ...any) {
		if n > 0 {
			says, link = L.N("trust.has."+message, n, args...), t.at("%s", to)
		}
	}
	switch key {
	case "engagement":
		finished := 0
		for _, d := range t.documents {
			if len(d.Finished) > 0 {
				finished++
			}
		}
		say(finished, "engagement", "/documents", "all", L.Num(len(t.documents)))
	case "triangulation":
		kinds := map[qda.DocumentKind]bool{}
		var names []string
		for _, d := range t.documents {
			if !kinds[d.Kind] {
				kinds[d.Kind] = true
				names = append(names, strings.ToLower(L.T("kind."+string(d.Kind))))
			}
		}
		if len(kinds) > 1 {
			say(len(kinds), "triangulation", "/documents", "kinds", strings.Join(names, ", "))
		}
	case "thoughts":
		say(t.memosOn(t.project), "journal", "/history?kind=writing")
	case "early":
		say(t.memosOn(func(m *qda.Memo) bool {
			_, ok := l.Document(m.On)
			return ok && (t.firstCoding == 0 || m.At < t.firstCoding)
		}), "early", "/history?kind=writing")
	case "archive":
		say(len(t.documents), "archive", "/export")
	case "trail", "audit":
		h := t.View.Hash()
		say(int(t.View.Seq()), "trail", "/history", "hash", fmt.Sprintf("%x", h[:6]))
	case "debriefing":
		say(len(l.Remarks()), "remarks", "/review")
	case "coders":
		if len(t.coders) > 1 {
			say(len(t.coders), "coders", "/members")
		}
	case "journal":
		say(t.memosOn(t.on(qda.Code)), "code_memos", "/codebook")
	case "framework":
		defined := 0
		for _, n := range t.codes {
			if n.Definition != "" {
				defined++
			}
		}
		say(defined, "defined", "/codebook", "all", L.Num(len(t.codes)))
	case "codes":
		say(t.origins["CodingApplied"]+t.origins["NodeAdded"], "codes", "/history?kind=codebook", "read", L.Num(t.origins["CodingApplied"]), "set", L.Num(t.origins["NodeAdded"]))
	case "meetings", "checking":
		known = false
	case "shapers":
		if len(t.shapers) > 1 {
			say(len(t.shapers), "shapers", "/history?kind=codebook")
		}
	case "diagram":
		say(len(t.View.Spots()), "diagram", "/themes?view=map")
	case "hierarchy":
		say(t.shaped, "hierarchy", "/history?kind=codebook", "reasons", L.Num(t.reasons))
	case "judges":
		by := map[qda.ID]bool{}
		for _, j := range l.AllJudgements() {
			by[j.Coder] = true
		}
		say(len(by), "judges", "/review")
	case "vetted":
		say(t.themesWith(func(n *qda.Node) bool { return l.Standing(n.ID).Last != nil }), "vetted", "/review", "all", L.Num(len(t.themes)))
	case "adequacy":
		say(t.themesWith(func(n *qda.Node) bool { f, _ := l.Evidence(n.ID); return len(f) > 0 }), "adequacy", "/themes", "all", L.Num(len(t.themes)),
			"against", L.Num(t.themesWith(func(n *qda.Node) bool { _, x := l.Evidence(n.ID); return len(x) > 0 || n.Looked != 0 })))
	case "threads":
		settled := 0
		all := l.Threads(func(*qda.Remark) bool { return true })
		for _, x := range all {
			if x.Head.Settled != 0 {
				settled++
			}
		}
		say(settled, "threads", "/review", "all", L.Num(len(all)))
	case "consensus":
		say(t.themesWith(func(n *qda.Node) bool { return l.Standing(n.ID).Stand == qda.StillApproved }), "consensus", "/review", "all", L.Num(len(t.themes)))
	case "claims":
		say(t.themesWith(func(n *qda.Node) bool { return n.Claim != "" }), "claims", "/themes", "all", L.Num(len(t.themes)))
	case "naming":
		say(t.themesWith(func(n *qda.Node) bool { return n.Naming != "" }), "naming", "/themes", "all", L.Num(len(t.themes)))
	case "process":
		say(len(t.View.Drafts()), "drafts", "/drafts")
	case "thick":
		described := 0
		for _, d := range t.documents {
			if k := caseOf(l, d); k != nil && len(k.Values) > 0 {
				described++
			}
		}
		say(described, "thick", "/informants", "all", L.Num(len(t.documents)))
	case "reasons":
		ties := 0
		for _, x := range t.View.Ties() {
			if x.Why != "" {
				ties++
			}
		}
		say(ties+t.reasons, "reasons", "/theory", "ties", L.Num(ties), "reasons", L.Num(t.reasons))
	default:
		panic("a means that nobody looks for: " + key)
	}
	return says, link, known
}

// item fills one item of COREQ from the data, or gives "" where anyam does not know.
func (t *trusted) item(n int) (says, link string) {
	l, L, p := t.Lens, t.L, t.View.Project()
	put := func(to, key string, args ...any) { says, link = L.T("trust.coreq."+key, args...), t.at("%s", to) }
	informants := func() (r []*qda.Case) {
		for _, k := range l.Cases() {
			if k.State == qda.Live {
				r = append(r, k)
			}
		}
		return r
	}()
	switch n {
	case 1:
		names := map[string]bool{}
		for _, d := range t.documents {
			for label, s := range d.Speakers {
				if s.Interviewer {
					if s.Name != "" {
						label = s.Name
					}
					names[label] = true
				}
			}
		}
		if len(names) > 0 {
			var all []string
			for x := range names {
				all = append(all, x)
			}
			slices.Sort(all)
			put("/documents", "interviewers", "names", strings.Join(all, ", "))
		}
	case 9:
		theory := ""
		for _, c := range t.View.Concepts() {
			if c.Parent == 0 {
				theory += "; " + c.Name
			}
		}
		put("/settings", "method", "method", L.T("method."+string(p.Method)), "theory", strings.TrimPrefix(theory, "; "))
		if theory == "" {
			put("/settings", "method_alone", "method", L.T("method."+string(p.Method)))
		}
	case 12:
		if len(informants) > 0 {
			says, link = L.N("trust.coreq.sample", len(informants)), t.at("/informants")
		}
	case 16:
		var parts []string
		for _, at := range l.Attributes() {
			if at.Of != qda.OfCases {
				continue
			}
			by := map[string]int{}
			var values []string
			for _, k := range informants {
				if v := k.Values[at.ID]; v != "" {
					if by[v] == 0 {
						values = append(values, v)
					}
					by[v]++
				}
			}
			if len(values) == 0 || len(values) > 12 {
				continue
			}
			slices.Sort(values)
			for i, v := range values {
				values[i] = v + " (" + L.Num(by[v]) + ")"
			}
			parts = append(parts, at.Name+": "+strings.Join(values, ", "))
		}
		if parts != nil {
			says, link = strings.Join(parts, ". "), t.at("/informants")
		}
	case 18:
		repeated := 0
		of := map[qda.ID]int{}
		for _, d := range t.documents {
			if d.Kind == qda.Interview && d.Case != 0 {
				if of[d.Case]++; of[d.Case] == 2 {
					repeated++
				}
			}
		}
		if len(of) > 0 {
			says, link = L.N("trust.coreq.repeat", repeated), t.at("/informants")
		}
	case 20:
		if n := t.documentsOf(qda.Observation); n > 0 {
			says, link = L.N("trust.coreq.observed", n), t.at("/documents")
		}
	case 21:
		if k := len(t.minutes); k > 0 {
			put("/documents", "duration", "n", L.Num(k), "least", L.Num(t.minutes[0]), "median", L.Num(t.minutes[k/2]), "most", L.Num(t.minutes[k-1]))
		}
	case 22:
		if p.Method == qda.Reflexive {
			put("/settings", "saturation_foreign")
		}
	case 24:
		if len(t.coders) > 0 {
			says, link = L.N("trust.coreq.coders", len(t.coders)), t.at("/members")
		}
	case 25:
		if len(t.codes) > 0 {
			put("/codebook", "tree", "themes", L.N("count.themes", len(t.themes)), "codes", L.N("count.codes", len(t.codes)))
		}
	case 26:
		if t.origins["CodingApplied"]+t.origins["NodeAdded"] > 0 {
			put("/drafts/compare", "derived", "read", L.Num(t.origins["CodingApplied"]), "set", L.Num(t.origins["NodeAdded"]))
		}
	case 27:
		put("/history", "software")
	case 29:
		chosen, who := 0, map[qda.ID]bool{}
		for _, n := range t.themes {
			f, x := l.Evidence(n.ID)
			for _, e := range append(slices.Clone(f), x...) {
				if c, ok := l.Coding(e.Coding); ok {
					chosen++
					if d, ok := l.Document(c.Document); ok && d.Case != 0 {
						who[d.Case] = true
					}
				}
			}
		}
		if chosen > 0 {
			says, link = L.N("trust.coreq.quoted", chosen, "informants", L.N("trust.coreq.informants", len(who))), t.at("/themes")
		}
	case 30:
		if n := t.themesWith(func(n *qda.Node) bool { f, _ := l.Evidence(n.ID); return len(f) > 0 }); n > 0 {
			put("/review", "consistent", "n", L.Num(n), "all", L.Num(len(t.themes)))
		}
	case 31:
		if n := t.themesWith(func(n *qda.Node) bool { return n.Parent == 0 && n.Claim != "" }); n > 0 {
			says, link = L.N("trust.coreq.major", n), t.at("/themes")
		}
	case 32:
		sub := t.themesWith(func(n *qda.Node) bool { return n.Parent != 0 })
		against := t.themesWith(func(n *qda.Node) bool { _, x := l.Evidence(n.ID); return len(x) > 0 })
		if sub+against > 0 {
			put("/themes", "minor", "sub", L.Num(sub), "against", L.Num(against))
		}
	}
	return says, link
}

// trust is the page's content. A blind coder is told that it waits: nearly all of it is others' work.
func (a *ask) trust() (page.Trust, error) {
	v := page.Trust{Project: int(a.Project), Blind: a.Lens.Blind(), Seq: int(a.View.Seq())}
	if v.Blind {
		return v, nil
	}
	t, err := a.trusted()
	if err != nil {
		return v, err
	}
	for _, p := range means {
		x := page.TrustPhase{Heading: a.L.T("trust.phase." + strconv.Itoa(p.phase))}
		for _, k := range p.keys {
			r := page.TrustRow{Means: a.L.T("trust.means." + k)}
			var known bool
			r.Says, r.Link, known = t.shows(k)
			switch {
			case r.Says != "":
				v.Shown++
			case known:
				r.Gap, v.Gaps = a.L.T("trust.gap."+k), v.Gaps+1
			default:
				r.Gap, r.Outside, v.Unknown = a.L.T("trust.unknown."+k), true, v.Unknown+1
			}
			x.Rows = append(x.Rows, r)
		}
		v.Phases = append(v.Phases, x)
	}
	for _, d := range coreq {
		x := page.TrustDomain{Heading: a.L.T("trust.domain." + d.domain)}
		for n := d.from; n <= d.to; n++ {
			r := page.TrustItem{Number: n, Name: a.L.T("trust.item." + strconv.Itoa(n))}
			r.Says, r.Link = t.item(n)
			if r.Says != "" {
				v.Filled++
			}
			x.Items = append(x.Items, r)
		}
		v.Domains = append(v.Domains, x)
	}
	v.Sum = a.L.T("trust.sum", "shown", a.L.Num(v.Shown), "gaps", a.L.Num(v.Gaps), "unknown", a.L.Num(v.Unknown), "filled", a.L.Num(v.Filled))
	return v, nil
}

func trustPage(a *ask) error {
	v, err := a.trust()
	if err != nil {
		return err
	}
	return a.render(http.StatusOK, page.TrustPage(a.chrome(a.L.T("trust.title"), "trust"), v))
}

// trustDOCX is the page as a file for a word processor.
func trustDOCX(a *ask) error {
	if a.Lens.Blind() {
		return qda.Refuse(qda.Refused, "refused.blind")
	}
	leave, err := a.export()
	if err != nil {
		return err
	}
	defer leave()
	v, err := a.trust()
	if err != nil {
		return err
	}
	p := exchange.Paper{Title: a.L.T("trust.title") + ": " + a.View.Project().Name, Language: a.L.Lang(), Blocks: a.trustBlocks(v, 0)}
	var b bytes.Buffer
	if err := exchange.WriteDOCX(&b, p); err != nil {
		return err
	}
	if err := a.accessed("exported_codebook", 0); err != nil {
		return err
	}
	a.attachment(FileName(a.View.Project().Name+" "+a.L.T("trust.file")+".docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	_, err = a.w.Write(b.Bytes())
	return ignoreGone(err)
}

// trustBlocks is the report as blocks of a paper; its headings stand below so many others.
func (a *ask) trustBlocks(v page.Trust, under int) (blocks []exchange.Block) {
	h := a.View.Hash()
	blocks = append(blocks, exchange.Plain(v.Sum), exchange.Plain(a.L.T("trust.made", "date", a.L.Exact(a.now), "seq", a.L.Num(v.Seq), "hash", fmt.Sprintf("%x", h[:]))),
		exchange.Heading{Level: under + 1, Text: a.L.T("trust.nowell")}, exchange.Plain(a.L.T("trust.nowell.say")))
	for _, x := range v.Phases {
		g := exchange.Grid{Widths: []int{2, 3}, Head: []string{a.L.T("trust.column.means"), a.L.T("trust.column.shows")}}
		for _, r := range x.Rows {
			cell := exchange.Run{Text: r.Says}
			if r.Says == "" {
				none := "trust.none"
				if r.Outside {
					none = "trust.outside"
				}
				cell = exchange.Run{Text: a.L.T(none) + ". " + r.Gap, Soft: true}
			}
			g.Rows = append(g.Rows, [][]exchange.Run{{{Text: r.Means}}, {cell}})
		}
		blocks = append(blocks, exchange.Heading{Level: under + 2, Text: x.Heading}, g)
	}
	blocks = append(blocks, exchange.Heading{Level: under + 1, Text: a.L.T("trust.coreq")}, exchange.Plain(a.L.T("trust.coreq.say")))
	for _, x := range v.Domains {
		g := exchange.Grid{Widths: []int{1, 5, 9}, Head: []string{a.L.T("trust.column.number"), a.L.T("trust.column.item"), a.L.T("trust.column.says")}}
		for _, r := range x.Items {
			g.Rows = append(g.Rows, [][]exchange.Run{{{Text: fmt.Sprint(r.Number)}}, {{Text: r.Name}}, {{Text: r.Says}}})
		}
		blocks = append(blocks, exchange.Heading{Level: under + 2, Text: x.Heading}, g)
	}
	return blocks
}
