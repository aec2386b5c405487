package server

import (
	"errors"
	"net/http"
	"slices"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

// What a change of the codebook would do is worked out by making that very change on a View that is thrown away.

// namedNodes reads the nodes of a question: awake ones, each once.
func (a *ask) namedNodes() ([]qda.ID, error) {
	var nodes []qda.ID
	for _, s := range a.URL.Query()["nodes"] {
		n, err := thingID(s)
		if err != nil {
			return nil, err
		}
		if x, ok := a.View.Node(n); !ok || !x.State.Counts() {
			return nil, absent()
		}
		if !slices.Contains(nodes, n) {
			nodes = append(nodes, n)
		}
	}
	if len(nodes) == 0 {
		return nil, qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	return nodes, nil
}

// deed begins the part for something done to some nodes.
func (a *ask) deed(name, path string, nodes []qda.ID) page.Consequence {
	v := page.Consequence{Project: int(a.Project), Deed: name, Action: a.at("/nodes/%s", path), Reason: true}
	var numbers []int
	counts := a.Lens.Counts()
	for _, n := range nodes {
		numbers = append(numbers, int(n))
		v.Nodes = append(v.Nodes, page.DeedNode{NodeLink: a.nodeLink(n), Count: a.L.N("count.codings", counts.Node(n).AllCodings)})
	}
	v.Again = page.DeedAddress(int(a.Project), path, numbers)
	return v
}

func (a *ask) renderDeed(v page.Consequence) error {
	return a.render(http.StatusOK, page.ConsequencePage(a.chrome(a.L.T("consequence.pill."+v.Deed), "codebook"), v))
}

// deedView adds lines to a part.
type deedView struct{ *page.Consequence }

func (v deedView) line(name, text string) {
	v.Lines = append(v.Lines, page.DeedLine{Name: name, Text: text})
}

// tried makes the change where nothing is kept and says in v what every change can do: which counts become what, what was refused.
// The node first is told whether its counts change or not. It gives nil where the change was refused.
func (a *ask) tried(v *page.Consequence, do qda.Change, first qda.ID, without ...qda.ID) (engine.Lens, *qda.Entry, error) {
	after, e, err := a.s.Engine.Preview(a.Context(), a.Project, qda.Intent{Coder: a.Coder.ID, Do: do})
	var refused *qda.Error
	if errors.As(err, &refused) {
		v.Refused = a.sentence(err)
		return a.Lens, nil, nil
	}
	if err != nil {
		return a.Lens, nil, err
	}
	l := after.As(a.Coder.ID)
	was, is := a.Lens.Counts(), l.Counts()
	more := 0
	for _, n := range l.Nodes() {
		x, y := was.Node(n.ID), is.Node(n.ID)
		same := x.AllCodings == y.AllCodings && x.AllDocuments == y.AllDocuments && x.AllCases == y.AllCases
		if _, there := a.View.Node(n.ID); !there || slices.Contains(without, n.ID) || same && n.ID != first {
			continue
		}
		c := page.CountChange{NodeLink: a.nodeLink(n.ID), Codings: [2]string{a.L.Num(x.AllCodings), a.L.Num(y.AllCodings)},
			Documents: [2]string{a.L.Num(x.AllDocuments), a.L.Num(y.AllDocuments)}, Informants: [2]string{a.L.Num(x.AllCases), a.L.Num(y.AllCases)}}
		switch {
		case n.ID == first:
			v.Counts = slices.Insert(v.Counts, 0, c)
		case len(v.Counts) < 8:
			v.Counts = append(v.Counts, c)
		default:
			more++
		}
	}
	if more > 0 {
		v.More = a.L.N("consequence.more", more)
	}
	for _, n := range a.View.Nodes() {
		if n.Kind != qda.Theme || a.Lens.Standing(n.ID).Stand != qda.StillApproved {
			continue
		}
		if x, ok := l.Node(n.ID); !ok || !x.State.Counts() || l.Standing(n.ID).Stand != qda.StillApproved {
			v.Turned = append(v.Turned, a.nodeLink(n.ID))
		}
	}
	return l, e, nil
}

// effect counts what an entry does: codings that move, that become one with another, memos and nodes that move.
func effect(e *qda.Entry) (moved, one, memos, nodes int) {
	for _, d := range e.Did {
		switch {
		case d.Of == qda.SortCoding && d.Gone != nil:
			one++
		case d.Of == qda.SortCoding:
			moved++
		case d.Of == qda.SortMemo:
			memos++
		case d.Of == qda.SortNode && d.Set != nil:
			if _, ok := d.Set["parent"]; ok {
				nodes++
			}
		}
	}
	return moved, one, memos, nodes
}

// below counts what stands under some nodes, themselves not counted.
func (a *ask) below(nodes []qda.ID) int {
	all := map[qda.ID]bool{}
	for _, n := range nodes {
		for _, b := range a.View.Below(n) {
			all[b] = true
		}
	}
	for _, n := range nodes {
		delete(all, n)
	}
	return len(all)
}

// codings counts the codings under some nodes and everything below them, each once.
func (a *ask) codings(nodes []qda.ID) int {
	seen, sum, counts := map[qda.ID]bool{}, 0, a.Lens.Counts()
	for _, n := range nodes {
		for _, b := range a.View.Below(n) {
			if !seen[b] {
				seen[b] = true
				sum += counts.Node(b).Codings
			}
		}
	}
	return sum
}

// mergePart shows what a merge would do.
func mergePart(a *ask) error {
	nodes, err := a.namedNodes()
	if err != nil {
		return err
	}
	into, err := optionalID(a.URL.Query().Get("into"))
	if err != nil {
		return err
	}
	counts := a.Lens.Counts()
	if into == 0 { // the one with the most codings stays
		for _, n := range nodes {
			if into == 0 || counts.Node(n).Codings > counts.Node(into).Codings {
				into = n
			}
		}
	}
	target, ok := a.View.Node(into)
	if !ok || !target.State.Counts() {
		return absent()
	}
	var sources []qda.ID
	for _, n := range nodes {
		if n != into {
			sources = append(sources, n)
		}
	}
	v := a.deed("merge", "merge", sources)
	all := []int{int(into)} // so that another of them can become the target
	for _, n := range sources {
		all = append(all, int(n))
		if x, _ := a.View.Node(n); x.Definition != "" {
			v.Lost = append(v.Lost, page.DeedText{Name: x.Name, Text: x.Definition})
		}
	}
	v.Again = page.DeedAddress(int(a.Project), "merge", all)
	link := a.nodeLink(into)
	v.Into, v.Field, v.Keeps = &link, "into", target.Definition
	add := func(n *qda.Node) {
		v.Targets = append(v.Targets, page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID), Chosen: n.ID == into})
	}
	for _, n := range nodes {
		x, _ := a.View.Node(n)
		add(x)
	}
	for _, n := range a.View.Nodes() {
		if n.Kind == target.Kind && n.State == qda.Live && !slices.Contains(nodes, n.ID) {
			add(n)
		}
	}
	_, e, err := a.tried(&v, &qda.NodesMerged{Nodes: sources, Into: into}, into, sources...)
	if err != nil {
		return err
	}
	if e != nil {
		moved, one, memos, children := effect(e)
		w := deedView{&v}
		w.line(a.L.T("consequence.codings"), a.L.T("consequence.codings.merge", "moved", a.L.N("consequence.move", moved), "one", a.L.N("consequence.coincide", one)))
		if memos > 0 {
			w.line(a.L.T("consequence.memos"), a.L.N("consequence.memos.do", memos))
		}
		if children > 0 {
			w.line(a.L.T("consequence.below"), a.L.N("consequence.along", children))
		}
	}
	return a.renderDeed(v)
}

// movePart shows what moving nodes under another would do.
func movePart(a *ask) error {
	nodes, err := a.namedNodes()
	if err != nil {
		return err
	}
	v := a.deed("move", "move", nodes)
	v.Field = "parent"
	parent, err := optionalID(a.URL.Query().Get("parent"))
	if err != nil {
		return err
	}
	v.Wait = !a.URL.Query().Has("parent")
	if p, ok := a.View.Node(parent); !v.Wait && parent != 0 {
		if !ok || !p.State.Counts() {
			return absent()
		}
		link := a.nodeLink(parent)
		v.Into = &link
	}
	v.Top = !v.Wait && parent == 0
	moving := map[qda.ID]bool{} // nothing moves under itself
	for _, n := range nodes {
		for _, b := range a.View.Below(n) {
			moving[b] = true
		}
	}
	v.Targets = append(v.Targets, page.Choice{Value: "0", Label: a.L.T("codebook.top"), Chosen: v.Top})
	for _, n := range a.View.Nodes() {
		if !moving[n.ID] {
			v.Targets = append(v.Targets, page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID) + 1, Chosen: !v.Wait && n.ID == parent})
		}
	}
	if v.Wait {
		return a.renderDeed(v)
	}
	_, e, err := a.tried(&v, &qda.NodesMoved{Nodes: nodes, Parent: parent}, parent)
	if err != nil {
		return err
	}
	if e != nil {
		w := deedView{&v}
		w.line(a.L.T("consequence.codings"), a.L.N("consequence.stay", a.codings(nodes)))
		if n := a.below(nodes); n > 0 {
			w.line(a.L.T("consequence.below"), a.L.N("consequence.along", n))
		}
	}
	return a.renderDeed(v)
}

// statePart shows what retiring or removing nodes would do.
func statePart(a *ask) error {
	nodes, err := a.namedNodes()
	if err != nil {
		return err
	}
	q := a.URL.Query()
	state := qda.State(q.Get("state"))
	if state != qda.Retired && state != qda.Removed {
		return qda.Refuse(qda.Invalid, "refused.state")
	}
	v := a.deed(string(state), "state", nodes)
	v.Again += "&state=" + string(state)
	c := &qda.NodesState{Nodes: nodes, State: state}
	if state == qda.Removed && a.below(nodes) > 0 {
		c.Children = "up"
		if q.Get("children") == "along" {
			c.Children = "along"
		}
		v.Children = c.Children
	}
	after, e, err := a.tried(&v, c, 0, nodes...)
	if err != nil {
		return err
	}
	if e == nil {
		return a.renderDeed(v)
	}
	w := deedView{&v}
	below := a.below(nodes)
	if state == qda.Retired {
		own, counts := 0, a.Lens.Counts()
		for _, n := range nodes {
			own += counts.Node(n).Codings
		}
		w.line(a.L.T("consequence.codings"), a.L.N("consequence.retired", own))
		if below > 0 {
			w.line(a.L.T("consequence.below"), a.L.N("consequence.below.use", below))
		}
		return a.renderDeed(v)
	}
	w.line(a.L.T("consequence.codings"), a.L.N("consequence.asleep", a.Lens.Counts().Codings-after.Counts().Codings))
	if _, _, _, up := effect(e); up > 0 {
		w.line(a.L.T("consequence.below"), a.L.N("consequence.up", up))
	} else if below > 0 {
		w.line(a.L.T("consequence.below"), a.L.N("consequence.removed.along", below))
	}
	return a.renderDeed(v)
}

// kindPart shows what making a code a theme, or a theme a code, would do.
func kindPart(a *ask) error {
	kind := qda.NodeKind(a.URL.Query().Get("kind"))
	if kind != qda.Theme && kind != qda.Code {
		return qda.Refuse(qda.Invalid, "refused.node_kind")
	}
	n := a.Node
	if !n.State.Counts() {
		return absent()
	}
	v := a.deed(string(kind), itoa(n.ID)+"/kind", []qda.ID{n.ID})
	v.Again = a.at("/nodes/%d/kind?kind=%s", n.ID, kind)
	after, e, err := a.tried(&v, &qda.NodeTurned{Node: n.ID, Type: kind}, n.ID)
	if err != nil {
		return err
	}
	if e == nil {
		return a.renderDeed(v)
	}
	w := deedView{&v}
	w.line(a.L.T("consequence.codings"), a.L.N("consequence.stay", a.Lens.Counts().Node(n.ID).Codings))
	if x, ok := after.Node(n.ID); ok && x.Parent != n.Parent {
		if x.Parent == 0 {
			w.line(a.L.T("consequence.place"), a.L.T("consequence.place.top"))
		} else {
			w.line(a.L.T("consequence.place"), a.L.T("consequence.place.under", "name", a.nodeName(x.Parent)))
		}
	}
	if b := a.below([]qda.ID{n.ID}); b > 0 {
		w.line(a.L.T("consequence.below"), a.L.N("consequence.below.stay", b))
	}
	return a.renderDeed(v)
}
