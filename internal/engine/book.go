package engine

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"anyam/internal/qda"
)

// book is the codebook's tree at one state of the nodes, worked out when first asked for.
type book struct {
	once     sync.Once
	children map[qda.ID][]*qda.Node // of nodes that are not merged: themes before codes, each by place
	order    []*qda.Node            // live and retired, parents first
	depth    map[qda.ID]int
	awake    []bool  // by code slot: the node counts, and so does everything above it
	above    []int32 // by code slot: slot of the parent, -1 at the top
}

func byPlace(x, y *qda.Node) int {
	return cmp.Or(strings.Compare(x.Place, y.Place), cmp.Compare(x.ID, y.ID))
}

func (v *View) tree() *book {
	b := v.book
	b.once.Do(func() {
		b.children = map[qda.ID][]*qda.Node{}
		for _, n := range v.nodes.rows {
			if n.State != qda.Merged {
				b.children[n.Parent] = append(b.children[n.Parent], n)
			}
		}
		for _, c := range b.children {
			slices.SortFunc(c, func(x, y *qda.Node) int {
				return cmp.Or(strings.Compare(string(y.Kind), string(x.Kind)), byPlace(x, y))
			})
		}
		b.depth = map[qda.ID]int{}
		b.awake = make([]bool, len(v.codeSlots.ids))
		b.above = make([]int32, len(v.codeSlots.ids))
		for i := range b.above {
			b.above[i] = -1
		}
		var walk func(parent qda.ID, above int32, depth int)
		walk = func(parent qda.ID, above int32, depth int) {
			for _, n := range b.children[parent] {
				if !n.State.Counts() {
					continue
				}
				slot, _ := v.codeSlots.of(n.ID)
				b.order = append(b.order, n)
				b.depth[n.ID], b.awake[slot], b.above[slot] = depth, true, above
				walk(n.ID, int32(slot), depth+1)
			}
		}
		walk(0, -1, 0)
	})
	return b
}

// Nodes gives the live and retired nodes in tree order, parents before children.
func (v *View) Nodes() []*qda.Node { return slices.Clip(v.tree().order) }

// Depth is how far a node of Nodes stands below the top: 0, 1, 2 …
func (v *View) Depth(n qda.ID) int { return v.tree().depth[n] }

// Node gives a node in any state.
func (v *View) Node(n qda.ID) (*qda.Node, bool) { return v.nodes.get(n) }

// Asleep lists the nodes that are removed or merged, by number.
func (v *View) Asleep() []*qda.Node {
	var r []*qda.Node
	for _, n := range v.nodes.rows {
		if !n.State.Counts() {
			r = append(r, n)
		}
	}
	return r
}

// Path gives a node's names from the top down, itself last.
func (v *View) Path(n qda.ID) []string {
	var p []string
	for x, ok := v.nodes.get(n); ok; x, ok = v.nodes.get(x.Parent) {
		p = append(p, x.Name)
	}
	slices.Reverse(p)
	return p
}

// Below gives the live and retired nodes under n, n itself first, in tree order.
func (v *View) Below(n qda.ID) []qda.ID {
	t := v.tree()
	r := []qda.ID{n}
	for i := 0; i < len(r); i++ {
		for _, c := range t.children[r[i]] {
			if c.State.Counts() {
				r = append(r, c.ID)
			}
		}
	}
	return r
}

// Survivor follows merges: the node that n has gone into, n itself where it has not.
func (v *View) Survivor(n qda.ID) qda.ID {
	for {
		x, ok := v.nodes.get(n)
		if !ok || x.State != qda.Merged {
			return n
		}
		n = x.Into
	}
}

// hues is the number of hues; colours n and n+hues are one hue in two steps of lightness.
const hues = 6

// Colour gives a node's colour 1..12 and its pattern 0..2. A node without a colour of its own takes the hue of the nearest
// node above that has one, else one by the place at the top; siblings differ by step of lightness, then by pattern.
func (v *View) Colour(n qda.ID) (colour, pattern int) {
	t := v.tree()
	x, ok := v.nodes.get(n)
	if !ok {
		return 1, 0
	}
	among := max(0, slices.IndexFunc(t.children[x.Parent], func(y *qda.Node) bool { return y.ID == n }))
	hue, each := 0, 2
	if x.Parent == 0 {
		each = hues
	}
	pattern = among / each % 3
	for y := x; ; {
		if y.Colour != 0 {
			if y == x {
				return int(x.Colour), pattern
			}
			hue = int(y.Colour-1) % hues
			break
		}
		up, ok := v.nodes.get(y.Parent)
		if !ok {
			hue = max(0, slices.IndexFunc(t.children[0], func(z *qda.Node) bool { return z.ID == y.ID })) % hues
			break
		}
		y = up
	}
	if x.Parent == 0 {
		return hue + 1, pattern
	}
	return hue + 1 + hues*(among%2), pattern
}
