package engine

import (
	"cmp"
	"context"
	"slices"

	"anyam/internal/qda"
)

// What is a turn in the story of a codebook: what can have become of a node between two Views.
type What string

// What can have become of a node. A node can have been renamed, redefined and moved at once; it has come, gone or stayed once.
const (
	Added     What = "added"     // made since
	Returned  What = "returned"  // was removed or merged, and is back
	MergedIn  What = "merged"    // gone into another node
	Gone      What = "removed"   // removed, by itself or with what it stood under
	Turned    What = "turned"    // a code became a theme, or a theme a code
	Closed    What = "retired"   // can't be applied any more
	Reopened  What = "reopened"  // can be applied again
	Renamed   What = "renamed"   //
	Redefined What = "redefined" // definition, when to use, when not
	Claimed   What = "claimed"   // claim, scope, boundary, the story of its naming
	Moved     What = "moved"     // stands under another node
	Split     What = "split"     // gave codings to other codes, and went on
	Passing   What = "passing"   // made and gone between the two
)

// Whats lists every What in the order in which a comparison tells of them.
var Whats = []What{Added, Returned, MergedIn, Split, Gone, Passing, Turned, Closed, Reopened, Renamed, Redefined, Claimed, Moved}

// Wording is a text of a node as it was and as it is. Field is its column.
type Wording struct{ Field, Was, Is string }

// Act is an entry that had a part in a difference.
type Act struct {
	Seq    qda.Seq
	Coder  qda.ID
	At     int64 // seconds since 1970
	Kind   string
	Reason string // why, where its coder said so
}

// Difference is one thing that has become of one node.
type Difference struct {
	What     What
	Node     qda.ID
	Kind     qda.NodeKind // as it is, or last was
	Name     string       // as it is, or last was
	Codings  int          // codings it touches: of the node and all below it as it is now; where it has gone, as it was
	Wordings []Wording    // of Renamed, Redefined, Claimed; of Added with nothing before
	From, To []string     // of Moved: the path it stood under, and stands under; To also of Added and Returned
	Into     qda.ID       // of MergedIn and Passing: the node that has its codings now, 0 where none has
	IntoName string
	Gave     []Given // of Split
	Acts     []Act   // oldest first
}

// Given is what one code got when another was split: how many codings.
type Given struct {
	Node    qda.ID
	Name    string
	Codings int
}

// Sum says how one number of nodes became another: Before + Added + Returned + TurnedTo − Merged − Removed − TurnedFrom = After.
type Sum struct {
	Before, Added, Returned, TurnedTo, Merged, Removed, TurnedFrom, After int
}

// Comparison is how the codebook of one View became that of a later one.
type Comparison struct {
	From, To      qda.Seq
	Codes, Themes Sum
	Codings       [2]int // before and after
	Differences   []Difference
}

// On gives the same eyes on another View of the same project: whoever is blind now does not see others' work in the past either.
func (l Lens) On(v *View) Lens {
	w := v.As(l.me)
	if !l.blind || w.blind {
		if !l.blind {
			w.blind, w.by, w.mine, w.others = false, nil, 0, 0
		}
		return w
	}
	w.blind, w.own, w.by = true, blindElsewhere, make([]bool, len(v.coderSlots.ids))
	if s, ok := v.coderSlots.of(l.me); ok {
		w.own, w.by[s] = uint16(s), true
	}
	w.mask()
	return w
}

// blindElsewhere stands for the slot of a blind coder whom a View does not know yet.
const blindElsewhere = 1<<16 - 2

// Compare tells how the codebook of one seq became that of a later one, as a Lens of the later sees the codings.
func (e *Engine) Compare(ctx context.Context, before, after Lens) (*Comparison, error) {
	if before.seq > after.seq {
		before, after = after, before
	}
	var es []*qda.Entry
	for at := before.seq; at < after.seq; {
		page, err := e.ledger.Entries(ctx, after.id, at, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, x := range page {
			recodes := x.Kind == "CodingsChanged" || x.Kind == "NodeSplit"
			if x.Seq <= after.seq && (recodes || slices.ContainsFunc(x.Did, func(d qda.Did) bool { return d.Of == qda.SortNode })) {
				es = append(es, x)
			}
		}
		at = page[len(page)-1].Seq
	}
	return compare(before, after, es), nil
}

// compare rests on the entries between the two that touched nodes or gave codings another code, in order.
func compare(before, after Lens, es []*qda.Entry) *Comparison {
	c := &Comparison{From: before.seq, To: after.seq}
	was, is := before.Counts(), after.Counts()
	c.Codings = [2]int{was.Codings, is.Codings}
	x := comparing{before: before, after: after, es: es, made: map[qda.ID]*qda.Node{}, gave: map[qda.ID][]qda.ID{}}
	for k := range before.All {
		if now, ok := after.Coding(k.ID); ok && now.Code != k.Code && after.awakeNode(k.Code) {
			x.gave[k.Code] = append(x.gave[k.Code], k.ID)
		}
	}
	for _, e := range es {
		for _, d := range e.Did {
			if n, ok := d.New.(*qda.Node); ok && d.Of == qda.SortNode {
				x.made[d.ID] = n
			}
		}
	}
	// In the order of the tree as it is, then what has gone in the order in which it stood, then what was only passing.
	var order []qda.ID
	for _, n := range after.Nodes() {
		order = append(order, n.ID)
	}
	for _, n := range before.Nodes() {
		if !after.awakeNode(n.ID) {
			order = append(order, n.ID)
		}
	}
	for _, n := range sortedKeys(x.made) {
		if !before.awakeNode(n) && !after.awakeNode(n) {
			order = append(order, n)
		}
	}
	for _, id := range order {
		a, hadNode := before.Node(id)
		had := hadNode && before.awakeNode(id)
		b, hasNode := after.Node(id)
		has := hasNode && after.awakeNode(id)
		switch {
		case !had && !has:
			if hadNode {
				continue // was asleep, is asleep
			}
			d := x.difference(Passing, x.made[id], 0)
			if hasNode {
				d.Name, d.Kind = b.Name, b.Kind
				x.into(&d, b)
			}
			d.Node = id
			d.Acts = x.acts(id)
			c.Differences = append(c.Differences, d)
			continue
		case !had:
			what := Added
			if hadNode {
				what = Returned
			}
			d := x.difference(what, b, is.Node(id).AllCodings)
			d.To = above(after.Path(id))
			if what == Added {
				d.Wordings = wordings(Wording{"definition", "", b.Definition}, Wording{"claim", "", b.Claim})
			}
			d.Acts = x.fate(id)
			c.Differences = append(c.Differences, d)
			c.sum(b.Kind, func(s *Sum) { s.After++ }, what)
			continue
		case !has:
			what := Gone
			if hasNode && b.State == qda.Merged {
				what = MergedIn
			}
			d := x.difference(what, a, was.Node(id).AllCodings)
			if what == MergedIn {
				d.Codings = was.Node(id).Codings
				x.into(&d, b)
			}
			d.Acts = x.fate(id)
			c.Differences = append(c.Differences, d)
			c.sum(a.Kind, func(s *Sum) { s.Before++ }, what)
			continue
		}
		if a.Kind == b.Kind {
			c.sum(a.Kind, func(s *Sum) { s.Before++; s.After++ }, "")
		} else {
			c.sum(a.Kind, func(s *Sum) { s.Before++; s.TurnedFrom++ }, "")
			c.sum(b.Kind, func(s *Sum) { s.After++; s.TurnedTo++ }, "")
		}
		all := is.Node(id).AllCodings
		add := func(what What, fields ...string) *Difference {
			d := x.difference(what, b, all)
			d.Acts = x.acts(id, fields...)
			c.Differences = append(c.Differences, d)
			return &c.Differences[len(c.Differences)-1]
		}
		if a.Kind != b.Kind {
			add(Turned, "kind")
		}
		switch {
		case a.State == qda.Live && b.State == qda.Retired:
			add(Closed, "state")
		case a.State == qda.Retired && b.State == qda.Live:
			add(Reopened, "state")
		}
		if a.Name != b.Name {
			add(Renamed, "name").Wordings = []Wording{{"name", a.Name, b.Name}}
		}
		if w := wordings(Wording{"definition", a.Definition, b.Definition}, Wording{"use", a.Use, b.Use}, Wording{"avoid", a.Avoid, b.Avoid}); w != nil {
			add(Redefined, "definition", "use", "avoid").Wordings = w
		}
		if w := wordings(Wording{"claim", a.Claim, b.Claim}, Wording{"scope", a.Scope, b.Scope}, Wording{"boundary", a.Boundary, b.Boundary}, Wording{"naming", a.Naming, b.Naming}); w != nil {
			add(Claimed, "claim", "scope", "boundary", "naming").Wordings = w
		}
		if a.Parent != b.Parent {
			d := add(Moved, "parent")
			d.From, d.To = above(before.Path(id)), above(after.Path(id))
		}
		x.split(c, b)
	}
	slices.SortStableFunc(c.Differences, func(a, b Difference) int {
		return cmp.Compare(slices.Index(Whats, a.What), slices.Index(Whats, b.What))
	})
	return c
}

func (c *Comparison) sum(kind qda.NodeKind, do func(*Sum), what What) {
	s := &c.Codes
	if kind == qda.Theme {
		s = &c.Themes
	}
	do(s)
	switch what {
	case Added:
		s.Added++
	case Returned:
		s.Returned++
	case MergedIn:
		s.Merged++
	case Gone:
		s.Removed++
	}
}

// comparing is what compare works with.
type comparing struct {
	before, after Lens
	es            []*qda.Entry
	made          map[qda.ID]*qda.Node // since, as they were made
	gave          map[qda.ID][]qda.ID  // by node: codings that it had, and that are another's now
}

func (x *comparing) difference(what What, n *qda.Node, codings int) Difference {
	return Difference{What: what, Node: n.ID, Kind: n.Kind, Name: n.Name, Codings: codings}
}

// into says where a merged node's codings are now.
func (x *comparing) into(d *Difference, n *qda.Node) {
	if n.State != qda.Merged {
		return
	}
	if s, ok := x.after.Node(x.after.Survivor(n.ID)); ok && s.ID != n.ID {
		d.Into, d.IntoName = s.ID, s.Name
	}
}

// acts lists the entries in force that set one of some fields of a node, or made it, or (without fields) touched it at all.
func (x *comparing) acts(node qda.ID, fields ...string) (r []Act) {
	for _, e := range x.es {
		if _, undo := e.Do.(*qda.Undone); !undo && !x.after.InForce(e.Seq) {
			continue
		}
		for _, d := range e.Did {
			if d.Of != qda.SortNode || d.ID != node {
				continue
			}
			if d.Set == nil || fields == nil || slices.ContainsFunc(Fields(d), func(f string) bool { return slices.Contains(fields, f) }) {
				r = append(r, act(e))
			}
		}
	}
	return r
}

// fate lists the entries by which a node came or went: its own, else those of the nearest node above it that it came or went with.
func (x *comparing) fate(node qda.ID) []Act {
	for _, l := range []Lens{x.after, x.before} {
		for n := node; n != 0; {
			if r := x.acts(n, "state", "into"); r != nil {
				return r
			}
			up, ok := l.Node(n)
			if !ok {
				break
			}
			n = up.Parent
		}
	}
	return x.acts(node)
}

func act(e *qda.Entry) Act {
	a := Act{Seq: e.Seq, Coder: e.Coder, At: e.At.Unix(), Kind: e.Kind}
	if r, ok := e.Do.(qda.Reasoned); ok {
		a.Reason = r.Because()
	}
	return a
}

// split tells of codings that a node had before and other nodes have now, while it goes on itself.
func (x *comparing) split(c *Comparison, n *qda.Node) {
	gave := x.gave[n.ID]
	if len(gave) == 0 {
		return
	}
	d := x.difference(Split, n, len(gave))
	for _, k := range gave {
		to, _ := x.after.findCoding(k)
		if i := slices.IndexFunc(d.Gave, func(g Given) bool { return g.Node == to.Code }); i >= 0 {
			d.Gave[i].Codings++
		} else if m, ok := x.after.Node(to.Code); ok {
			d.Gave = append(d.Gave, Given{m.ID, m.Name, 1})
		}
	}
	for _, e := range x.es {
		touches := slices.ContainsFunc(e.Did, func(q qda.Did) bool {
			_, code := q.Set["code"]
			return q.Of == qda.SortCoding && code && slices.Contains(gave, q.ID)
		})
		if !touches || !x.after.InForce(e.Seq) {
			continue
		}
		a := act(e)
		// One by one, as from a queue: the last stands for all in a row by one coder.
		if k := len(d.Acts) - 1; k >= 0 && d.Acts[k].Coder == a.Coder && d.Acts[k].Kind == a.Kind && d.Acts[k].Reason == a.Reason {
			d.Acts[k] = a
		} else {
			d.Acts = append(d.Acts, a)
		}
	}
	c.Differences = append(c.Differences, d)
}

func wordings(all ...Wording) (r []Wording) {
	for _, w := range all {
		if w.Was != w.Is {
			r = append(r, w)
		}
	}
	return r
}

func above(path []string) []string { return path[:max(0, len(path)-1)] }

func sortedKeys[T any](m map[qda.ID]T) []qda.ID {
	r := make([]qda.ID, 0, len(m))
	for k := range m {
		r = append(r, k)
	}
	slices.Sort(r)
	return r
}
