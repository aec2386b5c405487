package server

import (
	"net/http"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/web/page"
)

func codebookPage(a *ask) error {
	l := a.Lens
	q := a.URL.Query()
	v := page.Codebook{Project: int(a.Project), MayEdit: a.may("NodeAdded"), MayShape: a.may("NodesMerged"), OwnOnly: l.Blind(), Seq: int(a.View.Seq()), Table: q.Get("view") == "table"}
	if v.MayEdit && !v.MayShape {
		v.WhyNot = a.L.T("refused.blind")
	}
	var only []qda.ID // a part that is to be drawn again because these have changed
	for _, s := range q["only"] {
		if n, err := thingID(s); err == nil && v.Table {
			only = append(only, n)
		}
	}
	keys := map[qda.ID]string{}
	pins, err := a.s.Store.Pins(a.Context(), a.Project, a.Account.ID)
	if err != nil {
		return err
	}
	for k, n := range pins {
		keys[a.View.Survivor(n)] = strconv.Itoa(k)
	}
	var hints map[qda.ID]string
	v.Pairs, hints = a.twins()
	rows := a.rows(keys, hints)
	coders, sums := byCoder(l)
	if v.Table {
		if err := a.sheet(&v, rows, coders, sums, only); err != nil {
			return err
		}
	} else {
		if l.Blind() || len(coders) < 2 || len(coders) > 4 {
			coders = nil
		}
		for _, c := range coders {
			v.Coders = append(v.Coders, page.CoderColumn{ID: int(c.ID), Initials: c.Initials, Name: c.Name})
		}
		for i := range rows {
			r := &rows[i]
			if n, ok := a.View.Node(qda.ID(r.ID)); ok && n.Claim != "" {
				r.Definition, r.Use = n.Claim, "" // of a theme, what it claims
			}
			r.Definition, r.Use = clip(r.Definition, 160), clip(r.Use, 100)
			for j := range coders {
				r.ByCoder = append(r.ByCoder, a.L.Num(sums[qda.ID(r.ID)][j]))
			}
		}
		v.Rows = rows
	}
	v.Size = a.size(l)
	gone := a.View.Asleep()
	asleep := sleeping(l, gone)
	signed, err := a.signed(gone...)
	if err != nil {
		return err
	}
	for _, n := range gone {
		colour, pattern := a.View.Colour(n.ID)
		g := page.GoneNode{ID: int(n.ID), Kind: string(n.Kind), Name: n.Name, Colour: colour, Pattern: pattern, Restored: n.State == qda.Removed}
		g.Note = a.stateNote(n, signed, asleep[n.ID])
		v.Gone = append(v.Gone, g)
	}
	if n, err := thingID(q.Get("node")); err == nil {
		if x, ok := a.View.Node(n); ok {
			p, err := a.panel(x)
			if err != nil {
				return err
			}
			v.Panel = p
		}
	}
	if kind := q.Get("new"); (kind == "code" || kind == "theme") && v.MayEdit {
		v.Create = &page.NodeCreate{Kind: kind, Parents: []page.Choice{{Value: "0", Label: a.L.T("codebook.top"), Chosen: q.Get("parent") == "0"}}}
		for _, n := range l.Nodes() {
			if kind == "code" || n.Kind == qda.Theme {
				v.Create.Parents = append(v.Create.Parents, page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID) + 1, Chosen: itoa(n.ID) == q.Get("parent")})
			}
		}
	}
	return a.render(http.StatusOK, page.CodebookPage(a.chrome(a.L.T("nav.codebook"), "codebook"), v))
}

// sleeping counts the codings of nodes that are not awake, as far as the asker may see them.
func sleeping(l engine.Lens, gone []*qda.Node) map[qda.ID]int {
	m := map[qda.ID]int{}
	if len(gone) == 0 {
		return m
	}
	for _, c := range l.EveryCoding() {
		if n, ok := l.Node(c.Code); ok && !n.State.Counts() && (!l.Blind() || c.Coder == l.Me()) {
			m[c.Code]++
		}
	}
	return m
}

// signed gives who touched each of some nodes last, of those that are not live.
func (a *ask) signed(nodes ...*qda.Node) (map[qda.Seq]store.Signature, error) {
	var seqs []qda.Seq
	for _, n := range nodes {
		if n.State != qda.Live {
			seqs = append(seqs, n.Rev)
		}
	}
	return a.s.Store.Signatures(a.Context(), a.Project, seqs)
}

// stateNote says in a sentence why a node takes no part, "" where it does.
func (a *ask) stateNote(n *qda.Node, signed map[qda.Seq]store.Signature, asleep int) string {
	if n.State == qda.Live {
		return ""
	}
	by, when := "anyam", ""
	if e, ok := signed[n.Rev]; ok {
		by, when = a.initials(e.Coder), a.L.When(e.At, a.now)
	}
	s := a.L.T("node.state."+string(n.State), "by", by, "when", when, "into", a.nodeName(n.Into))
	if asleep > 0 {
		s += " · " + a.L.N("codebook.asleep", asleep)
	}
	return s
}

func (a *ask) nodeName(n qda.ID) string {
	if x, ok := a.View.Node(n); ok {
		return x.Name
	}
	return ""
}

func (a *ask) nodeLink(n qda.ID) page.NodeLink {
	colour, pattern := a.View.Colour(n)
	return page.NodeLink{ID: int(n), Name: a.nodeName(n), Colour: colour, Pattern: pattern}
}

// panel is everything about one node but its segments.
func (a *ask) panel(n *qda.Node) (*page.NodePanel, error) {
	l := a.Lens
	signed, err := a.signed(n)
	if err != nil {
		return nil, err
	}
	c := l.Counts().Node(n.ID)
	colour, pattern := a.View.Colour(n.ID)
	live := n.State.Counts()
	p := &page.NodePanel{Project: int(a.Project), MayEdit: a.may("NodeChanged") && live, MayShape: a.may("NodesMerged") && live, MayWrite: a.may("MemoWritten") && live, ID: int(n.ID), Rev: int(n.Rev), Kind: string(n.Kind),
		Name: n.Name, Definition: n.Definition, Claim: n.Claim, Use: n.Use, Avoid: n.Avoid, Colour: colour, OwnColour: int(n.Colour), Pattern: pattern, State: string(n.State), StateNote: a.stateNote(n, signed, 0),
		Codings: a.L.N("count.codings", c.AllCodings), Documents: a.L.N("count.documents", c.AllDocuments), Informants: a.L.N("count.informants", c.AllCases), Segments: c.AllCodings}
	p.AboveColour = colour
	if n.Colour != 0 {
		p.AboveColour = a.colourAbove(n)
	}
	for up, ok := a.View.Node(n.Parent); ok; up, ok = a.View.Node(up.Parent) {
		p.Path = append([]page.NodeLink{a.nodeLink(up.ID)}, p.Path...)
	}
	if n.Into != 0 {
		into := a.nodeLink(n.Into)
		p.Into = &into
	}
	for _, b := range a.View.Nodes() {
		if b.Parent == n.ID {
			p.Children = append(p.Children, a.nodeLink(b.ID))
		}
	}
	if p.Example, err = a.example(n, 0); err != nil {
		return nil, err
	}
	for _, m := range l.Memos(n.ID) {
		p.Memos = append(p.Memos, page.NodeMemo{ID: int(m.ID), Rev: int(m.Rev), Coder: a.initials(m.Coder), When: a.L.When(unix(m.At), a.now), Text: m.Text, HTML: a.drawn(m), Mine: m.Coder == a.Coder.ID || a.Coder.Role == qda.Owner})
	}
	es, err := a.s.Store.Touching(a.Context(), a.Project, qda.SortNode, n.ID, 200)
	if err != nil {
		return nil, err
	}
	for _, e := range es {
		if !a.sees(e) {
			continue
		}
		p.Past = append(p.Past, a.pastEntry(e))
	}
	return p, nil
}

// colourAbove is the colour a node would have without one of its own.
func (a *ask) colourAbove(n *qda.Node) int {
	for up, ok := a.View.Node(n.Parent); ok; up, ok = a.View.Node(up.Parent) {
		c, _ := a.View.Colour(up.ID)
		return c
	}
	c, _ := a.View.Colour(n.ID)
	return c
}

func addNode(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	c := &qda.NodeAdded{Type: qda.NodeKind(f.Get("kind")), Name: f.Get("name"), Definition: f.Get("definition"), Use: f.Get("use"), Avoid: f.Get("avoid")}
	var err error
	if c.Parent, err = optionalID(f.Get("parent")); err != nil {
		return err
	}
	if c.Before, err = optionalID(f.Get("before")); err != nil {
		return err
	}
	if v := f.Get("colour"); v != "" {
		n, err := strconv.ParseInt(v, 10, 16)
		if err != nil || n < 0 || n > 12 {
			return qda.Refuse(qda.Invalid, "refused.colour")
		}
		c.Colour = int16(n)
	}
	return a.change(c, a.at("/codebook"))
}

func optionalID(v string) (qda.ID, error) {
	if v == "" {
		return 0, nil
	}
	n, err := thingID(v)
	if err != nil {
		return 0, qda.Refuse(qda.Invalid, "refused.form")
	}
	return n, nil
}

// optionalIDs reads the fields of a form that may be empty.
func (a *ask) optionalIDs(fields map[string]*qda.ID) (err error) {
	for name, to := range fields {
		if *to, err = optionalID(a.PostForm.Get(name)); err != nil {
			return err
		}
	}
	return nil
}

func changeNode(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.NodeChanged{Node: a.Node.ID, Name: a.field("name"), Definition: a.field("definition"), Use: a.field("use"), Avoid: a.field("avoid"),
		Claim: a.field("claim"), Scope: a.field("scope"), Boundary: a.field("boundary"), Naming: a.field("naming")}
	if v := a.field("rev"); v != nil {
		n, err := strconv.ParseInt(*v, 10, 64)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		c.Rev = qda.Seq(n)
	}
	if v := a.field("example"); v != nil {
		n, err := optionalID(*v)
		if err != nil {
			return err
		}
		c.Example = &n
	}
	if v := a.field("colour"); v != nil && *v != "" {
		n, err := strconv.ParseInt(*v, 10, 16)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.colour")
		}
		colour := int16(n)
		c.Colour = &colour
	}
	return a.save(c, a.at("/codebook?node=%d", a.Node.ID))
}

func moveNodes(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.NodesMoved{Theme: strings.TrimSpace(a.PostForm.Get("theme")), Reason: a.PostForm.Get("reason")}
	var err error
	if c.Nodes, err = a.ids("nodes"); err != nil {
		return err
	}
	if err := a.optionalIDs(map[string]*qda.ID{"parent": &c.Parent, "before": &c.Before}); err != nil {
		return err
	}
	return a.change(c, a.at("/codebook"))
}

func mergeNodes(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.NodesMerged{Reason: a.PostForm.Get("reason")}
	var err error
	if c.Nodes, err = a.ids("nodes"); err != nil {
		return err
	}
	if c.Into, err = optionalID(a.PostForm.Get("into")); err != nil {
		return err
	}
	return a.change(c, a.at("/codebook?node=%d", c.Into))
}

func turnNode(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.NodeTurned{Node: a.Node.ID, Type: qda.NodeKind(a.PostForm.Get("kind")), Reason: a.PostForm.Get("reason")}, a.at("/codebook?node=%d", a.Node.ID))
}

func setNodesState(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	ids, err := a.ids("nodes")
	if err != nil {
		return err
	}
	return a.change(&qda.NodesState{Nodes: ids, State: qda.State(a.PostForm.Get("state")), Children: a.PostForm.Get("children"), Reason: a.PostForm.Get("reason")}, a.at("/codebook"))
}

const nodeSegments = 100

func nodePage(a *ask) error {
	n, l := a.Node, a.Lens
	if n.Kind == qda.Theme && a.URL.RawQuery == "" && a.awake(n.ID) { // a theme has a page of its own
		http.Redirect(a.w, a.Request, a.at("/themes/%d", n.ID), http.StatusSeeOther)
		return nil
	}
	p, err := a.panel(n)
	if err != nil {
		return err
	}
	q := a.URL.Query()
	v := page.Node{Panel: *p, Under: q.Get("under") == "on", Seq: int(a.View.Seq())}
	if n.Kind == qda.Theme && !q.Has("under") {
		v.Under = true
	}
	codes := []qda.ID{n.ID}
	if v.Under {
		codes = l.Below(n.ID)
	}
	at, _ := strconv.Atoi(q.Get("page"))
	at = max(at, 1)
	codings, total := l.CodingsOf(codes, (at-1)*nodeSegments, nodeSegments)
	address := func(p int) string {
		under := ""
		if v.Under {
			under = "&under=on"
		}
		return a.at("/nodes/%d?page=%d%s", n.ID, p, under)
	}
	if at > 1 {
		v.Newer = address(at - 1)
	}
	if at*nodeSegments < total {
		v.Older = address(at + 1)
	}
	if len(codings) > 0 {
		v.Shown = a.L.T("node.shown", "from", (at-1)*nodeSegments+1, "to", (at-1)*nodeSegments+len(codings), "all", total)
	}
	v.Panel.Segments = total
	for _, c := range codings {
		d, _ := l.Document(c.Document)
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Document != int(c.Document) {
			g := page.SegmentGroup{Document: int(d.ID), Name: d.Name}
			if k := caseOf(l, d); k != nil {
				g.Informant = k.Name
			}
			v.Groups = append(v.Groups, g)
		}
		w, err := a.s.Engine.Words(a.Context(), a.Project, c.Document, c.Version)
		if err != nil {
			return err
		}
		t := w.TurnAt(c.Start)
		s := page.Segment{Coding: int(c.ID), Turn: int(t.Turn), Speaker: t.Label, Quote: w.Quote(span.Span{Start: c.Start, Stop: c.Stop}), Lang: d.Language, When: a.L.When(unix(c.At), a.now), Example: n.Example == c.ID}
		if w, ok := l.Coder(c.Coder); ok {
			s.Coder, s.Name = w.Initials, w.Name
		}
		for _, m := range l.Memos(c.ID) {
			s.Memos = append(s.Memos, a.drawn(m))
		}
		if v.Under && c.Code != n.ID {
			link := a.nodeLink(c.Code)
			s.Code = &link
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Segments = append(g.Segments, s)
	}
	for i := range v.Groups {
		v.Groups[i].Count = a.L.N("count.segments", len(v.Groups[i].Segments))
	}
	return a.render(http.StatusOK, page.NodePage(a.chrome(n.Name, "codebook"), v))
}
