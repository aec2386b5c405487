package engine

import (
	"slices"
	"strings"

	"anyam/internal/qda"
)

func (d *draft) nodeAdded(c *qda.NodeAdded) error {
	_, err := d.newNode(c)
	return err
}

func (d *draft) newNode(c *qda.NodeAdded) (*qda.Node, error) {
	if c.Type != qda.Theme && c.Type != qda.Code {
		return nil, qda.Refuse(qda.Invalid, "refused.node_kind")
	}
	name, err := qda.CleanName(c.Name)
	if err != nil {
		return nil, err
	}
	n := &qda.Node{Kind: c.Type, Codable: c.Type == qda.Code || c.Codable, Parent: c.Parent, Name: name, Colour: c.Colour, GUID: c.GUID, State: qda.Live, Made: d.seq}
	for _, f := range []struct {
		to   *string
		from string
	}{{&n.Definition, c.Definition}, {&n.Use, c.Use}, {&n.Avoid, c.Avoid}} {
		if *f.to, err = qda.CleanText(f.from); err != nil {
			return nil, err
		}
	}
	if err := d.under(c.Parent); err != nil {
		return nil, err
	}
	if n.Place, err = d.placeIn(c.Parent, c.Before, nil); err != nil {
		return nil, err
	}
	n.ID = d.id()
	d.put(n)
	return n, nil
}

// under asks whether a node can stand under n: n must be the top or awake.
func (d *draft) under(n qda.ID) error {
	if n != 0 && !d.awake(n) {
		return qda.Refuse(qda.Conflict, "refused.parent_gone")
	}
	return nil
}

// placeIn gives an order key among the children of a parent, before one of them or last, passing over nodes that move.
func (d *draft) placeIn(parent, before qda.ID, moving []qda.ID) (string, error) {
	var siblings []stands
	for _, s := range d.tree().children[parent] {
		if !slices.Contains(moving, s.ID) {
			siblings = append(siblings, stands{s.ID, s.Place})
		}
	}
	key, moved, ok := placeAmong(siblings, before)
	if !ok {
		return "", qda.Refuse(qda.Conflict, "refused.parent_gone")
	}
	for _, m := range moved {
		n, _ := d.nodes.get(m.id)
		x := *n
		x.Place = m.at
		d.put(&x)
	}
	return key, nil
}

// stands is a thing and its order key.
type stands struct {
	id qda.ID
	at string
}

// placeAmong gives an order key among siblings that are in order, before one of them or last (0); false where that one is not
// among them. An undo can bring a thing back to a place that another has got meanwhile; where there is no room between two
// such twins, the second and its like get the new places in moved.
func placeAmong(siblings []stands, before qda.ID) (key string, moved []stands, ok bool) {
	last := ""
	for i, s := range siblings {
		if s.id != before {
			last = max(last, s.at)
			continue
		}
		next := ""
		for _, t := range siblings[i:] {
			if t.at > last {
				next = t.at
				break
			}
			moved = append(moved, t)
		}
		key = qda.Between(last, next)
		for at, k := key, 0; k < len(moved); k++ {
			at = qda.Between(at, next)
			moved[k].at = at
		}
		return key, moved, true
	}
	return qda.Between(last, ""), nil, before == 0
}

func (d *draft) nodeChanged(c *qda.NodeChanged) error {
	n, ok := d.nodes.get(c.Node)
	if !ok || n.State == qda.Merged || n.State == qda.Removed {
		return absent()
	}
	x := *n
	wrote := false
	for _, f := range []struct {
		to   *string
		from *string
		name bool
	}{{&x.Name, c.Name, true}, {&x.Definition, c.Definition, false}, {&x.Use, c.Use, false}, {&x.Avoid, c.Avoid, false},
		{&x.Claim, c.Claim, false}, {&x.Scope, c.Scope, false}, {&x.Boundary, c.Boundary, false}, {&x.Naming, c.Naming, false}} {
		if f.from == nil {
			continue
		}
		clean := qda.CleanText
		if f.name {
			clean = qda.CleanName
		}
		s, err := clean(*f.from)
		if err != nil {
			return err
		}
		if s != *f.to {
			*f.to, wrote = s, true
		}
	}
	if wrote && c.Rev != 0 && c.Rev != n.Rev {
		return d.edited(n.Rev, n)
	}
	if c.Colour != nil {
		if *c.Colour < 0 || *c.Colour > 12 {
			return qda.Refuse(qda.Invalid, "refused.colour")
		}
		x.Colour = *c.Colour
	}
	if c.Example != nil {
		if *c.Example != 0 {
			if e, ok := d.As(d.me()).Coding(*c.Example); !ok || e.Code != n.ID {
				return qda.Refuse(qda.Conflict, "refused.coding_gone")
			}
		}
		x.Example = *c.Example
	}
	d.put(&x)
	return nil
}

// chosen gives nodes that are awake, without those that stand under another chosen one.
func (d *draft) chosen(ns []qda.ID) ([]*qda.Node, error) {
	if len(ns) == 0 {
		return nil, qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	var r []*qda.Node
	for _, n := range ns {
		x, ok := d.nodes.get(n)
		if !ok || !d.awake(n) {
			return nil, absent()
		}
		if !slices.Contains(r, x) && !d.standsUnder(x.Parent, ns) {
			r = append(r, x)
		}
	}
	return r, nil
}

// standsUnder reports whether n, or anything above it, is one of some nodes.
func (d *draft) standsUnder(n qda.ID, some []qda.ID) bool {
	for n != 0 {
		if slices.Contains(some, n) {
			return true
		}
		x, ok := d.nodes.get(n)
		if !ok {
			return false
		}
		n = x.Parent
	}
	return false
}

func (d *draft) nodesMoved(c *qda.NodesMoved) error {
	nodes, err := d.chosen(c.Nodes)
	if err != nil {
		return err
	}
	parent := c.Parent
	if c.Theme != "" {
		t, err := d.newNode(&qda.NodeAdded{Type: qda.Theme, Name: c.Theme, Parent: parent})
		if err != nil {
			return err
		}
		parent = t.ID
	}
	if err := d.under(parent); err != nil {
		return err
	}
	if d.standsUnder(parent, c.Nodes) {
		return qda.Refuse(qda.Invalid, "refused.move_into_itself")
	}
	moving := slices.Clone(c.Nodes)
	for _, n := range nodes {
		x := *n
		x.Parent = parent
		if x.Place, err = d.placeIn(parent, c.Before, moving); err != nil {
			return err
		}
		moving = slices.DeleteFunc(moving, func(m qda.ID) bool { return m == n.ID }) // it stands there from now on
		d.put(&x)
	}
	return nil
}

func (d *draft) nodesMerged(c *qda.NodesMerged) error {
	into, err := d.usableAsTarget(c.Into)
	if err != nil {
		return err
	}
	sources := map[qda.ID]bool{}
	var nodes []qda.ID // a node and one below it may both be chosen
	for _, id := range c.Nodes {
		if id == c.Into || sources[id] {
			continue
		}
		n, ok := d.nodes.get(id)
		if !ok || !d.awake(id) {
			return absent()
		}
		if n.Kind != into.Kind {
			return qda.Refuse(qda.Invalid, "refused.merge_kinds")
		}
		if d.standsUnder(into.ID, []qda.ID{n.ID}) {
			return qda.Refuse(qda.Invalid, "refused.merge_into_child", "node", n.Name)
		}
		sources[id] = true
		nodes = append(nodes, id)
	}
	if len(nodes) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	for _, id := range nodes {
		n, _ := d.nodes.get(id)
		// Children first: they get the target as parent, after its own.
		for _, child := range slices.Clone(d.tree().children[n.ID]) {
			x := *child
			x.Parent = into.ID
			if x.Place, err = d.placeIn(into.ID, 0, nil); err != nil {
				return err
			}
			d.put(&x)
		}
		x := *n
		x.State, x.Into = qda.Merged, into.ID
		d.put(&x)
		for _, m := range d.memos.rows {
			if m.On == n.ID {
				moved := *m
				moved.On = into.ID
				d.put(&moved)
			}
		}
		if err := d.takeOver(n.ID, into.ID); err != nil {
			return err
		}
	}
	var codings []qda.Coding
	for x := range d.everyCoding {
		if sources[x.Code] {
			codings = append(codings, x)
		}
	}
	slices.SortFunc(codings, func(a, b qda.Coding) int { return int(int64(a.ID) - int64(b.ID)) })
	if len(codings) > 0 && !into.Codable {
		return qda.Refuse(qda.Invalid, "refused.theme_not_codable", "theme", into.Name)
	}
	for _, x := range codings {
		d.recode(x, into.ID)
	}
	return nil
}

// nodeSplit gives codings of a node to other codes, as a merge would: where a coder has the same words under such a code
// already, that coding stays.
func (d *draft) nodeSplit(c *qda.NodeSplit) error {
	n, ok := d.nodes.get(c.Node)
	if !ok || !d.awake(c.Node) {
		return absent()
	}
	if len(c.Parts) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	next := qda.ID(0) // new codes come to stand after the node, in their order
	siblings := d.tree().children[n.Parent]
	if i := slices.Index(siblings, n); i+1 < len(siblings) {
		next = siblings[i+1].ID
	}
	given := map[qda.ID]bool{}
	for _, p := range c.Parts {
		if len(p.Codings) == 0 || p.Node == n.ID {
			return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
		}
		to := p.Node
		if to != 0 {
			if _, err := d.usable(to); err != nil {
				return err
			}
		} else {
			x, err := d.newNode(&qda.NodeAdded{Type: qda.Code, Name: p.Name, Parent: n.Parent, Before: next, Colour: n.Colour})
			if err != nil {
				return err
			}
			to = x.ID
		}
		for _, id := range p.Codings {
			x, ok := d.findCoding(id)
			if !ok || x.Code != n.ID || given[id] {
				return qda.Refuse(qda.Conflict, "refused.coding_gone")
			}
			given[id] = true
			d.recode(x, to)
		}
	}
	return nil
}

func (d *draft) usableAsTarget(n qda.ID) (*qda.Node, error) {
	x, ok := d.nodes.get(n)
	if !ok || !d.awake(n) {
		return nil, absent()
	}
	if x.State == qda.Retired {
		return nil, qda.Refuse(qda.Conflict, "refused.code_retired", "code", x.Name)
	}
	return x, nil
}

func (d *draft) nodeTurned(c *qda.NodeTurned) error {
	n, ok := d.nodes.get(c.Node)
	if !ok || !d.awake(c.Node) {
		return absent()
	}
	x := *n
	x.Kind = c.Type
	switch c.Type {
	case qda.Theme:
		// A theme stands at the top or under a theme.
		for p, ok := d.nodes.get(x.Parent); ok && p.Kind != qda.Theme; p, ok = d.nodes.get(x.Parent) {
			x.Parent = p.Parent
		}
	case qda.Code:
		x.Codable = true
	default:
		return qda.Refuse(qda.Invalid, "refused.node_kind")
	}
	var err error
	if x.Parent != n.Parent {
		if x.Place, err = d.placeIn(x.Parent, 0, nil); err != nil {
			return err
		}
	}
	d.put(&x)
	return nil
}

func (d *draft) nodesState(c *qda.NodesState) error {
	if c.State != qda.Live && c.State != qda.Retired && c.State != qda.Removed {
		return qda.Refuse(qda.Invalid, "refused.state")
	}
	if len(c.Nodes) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	for _, id := range c.Nodes {
		n, ok := d.nodes.get(id)
		if !ok || n.State == qda.Merged {
			return absent()
		}
		x := *n
		x.State = c.State
		if c.State == qda.Live && x.Parent != 0 && !d.awake(x.Parent) {
			x.Parent = 0 // what it stood under is gone
			var err error
			if x.Place, err = d.placeIn(0, 0, nil); err != nil {
				return err
			}
		}
		if c.State == qda.Removed && c.Children == "up" {
			for _, child := range slices.Clone(d.tree().children[id]) {
				if !child.State.Counts() {
					continue
				}
				y := *child
				y.Parent = x.Parent
				var err error
				if y.Place, err = d.placeIn(x.Parent, 0, nil); err != nil {
					return err
				}
				d.put(&y)
			}
		}
		d.put(&x)
	}
	return nil
}

// sameName compares names as people do: without regard to case.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
