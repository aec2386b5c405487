package engine

import (
	"iter"
	"math"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Where is a condition on characters: that they are under certain codes. Make one with Under, All, Either and Not.
type Where struct {
	codes []qda.ID // under any of them
	all   []Where
	any   []Where
	not   *Where
}

// Under holds for characters under a coding of any of some codes.
func Under(codes ...qda.ID) Where { return Where{codes: append([]qda.ID{}, codes...)} }

// All holds where each of some conditions does; of none: everywhere.
func All(of ...Where) Where { return Where{all: append([]Where{}, of...)} }

// Either holds where one of some conditions does.
func Either(of ...Where) Where { return Where{any: append([]Where{}, of...)} }

// Not holds where a condition does not.
func Not(x Where) Where { return Where{not: &x} }

// gap is the distance between two documents on the axis, so that nothing of one ever touches the next.
const gap = 4096

// axis lays the documents one after the other on one line of 32 bits, or on several where one is too short.
type axis struct {
	parts [][]laid
}

type laid struct {
	slot     int
	document qda.ID
	base     int32
	chars    int32
}

// axis is worked out once a View; a.mu is held. A narrowed Lens leaves documents out when it gathers, not here.
func (l Lens) axis() *axis {
	if a := l.kept.axis; a != nil {
		return a
	}
	wide := l
	wide.only = nil
	a := &axis{parts: [][]laid{nil}}
	base := int64(0)
	for s, d := range wide.live() {
		if base+int64(d.Chars) > math.MaxInt32-gap {
			a.parts = append(a.parts, nil)
			base = 0
		}
		last := &a.parts[len(a.parts)-1]
		*last = append(*last, laid{s, d.ID, int32(base), d.Chars})
		base += int64(d.Chars) + gap
	}
	l.kept.axis = a
	return a
}

type underKey struct {
	lens uint32
	code uint16
}

// gather gives the characters under each of some codes, and under any of them together: a set for each part of the axis. It is one
// pass over the codings, and none for codes that are kept. a.mu is held.
func (l Lens) gather(groups [][]qda.ID) [][]span.Set {
	awake := l.tree().awake
	r := make([][]span.Set, len(groups))
	into := make([]int, len(awake)) // by code slot: a group, plus 1
	var more []int                  // groups that share a code with an earlier one wait for another pass
	keys := make([]underKey, len(groups))
	pending := false
	for g, codes := range groups {
		var slots []int
		shared := false
		for _, n := range codes {
			if s, ok := l.codeSlots.of(n); ok && awake[s] {
				slots = append(slots, s)
				shared = shared || into[s] != 0
			}
		}
		if len(slots) == 1 && !l.narrow {
			keys[g] = underKey{l.key(), uint16(slots[0])}
			if kept, ok := l.kept.under[keys[g]]; ok {
				r[g] = kept
				continue
			}
		} else {
			keys[g].lens = ^uint32(0)
		}
		if shared {
			more = append(more, g)
			continue
		}
		r[g] = make([]span.Set, len(l.axis().parts))
		for _, s := range slots {
			into[s], pending = g+1, true
		}
	}
	for p, part := range l.axis().parts {
		if !pending {
			break
		}
		for _, d := range part {
			if l.only != nil && !l.only[d.slot] {
				continue
			}
			c := l.chunkAt(d.slot)
			some, all := l.sight(c)
			if !some {
				continue
			}
			for i, k := range c.code {
				g := into[k]
				if g == 0 || !all && !l.by[c.coder[i]] {
					continue
				}
				set := r[g-1][p]
				start, stop := d.base+c.Start[i], d.base+c.Stop[i]
				if n := len(set) - 1; n >= 0 && start <= set[n].Stop {
					set[n].Stop = max(set[n].Stop, stop)
				} else {
					r[g-1][p] = append(set, span.Span{Start: start, Stop: stop})
				}
			}
		}
	}
	for g := range groups {
		if r[g] != nil && keys[g].lens != ^uint32(0) {
			if l.kept.under == nil {
				l.kept.under = map[underKey][]span.Set{}
			}
			l.kept.under[keys[g]] = r[g]
		}
	}
	for _, g := range more {
		r[g] = l.gather(groups[g : g+1])[0]
	}
	return r
}

// Found is a set of characters of a project's live documents.
type Found struct {
	axis *axis
	sets []span.Set // by part of the axis
}

// Chars is how many characters were found.
func (f Found) Chars() int {
	n := 0
	for _, s := range f.sets {
		n += s.Len()
	}
	return n
}

// Spans walks over the stretches found, by document number and start. They are not empty and do not touch.
func (f Found) Spans() iter.Seq2[qda.ID, span.Span] {
	return func(yield func(qda.ID, span.Span) bool) {
		for p, set := range f.sets {
			part, i := f.axis.parts[p], 0
			for _, s := range set {
				for s.Start >= part[i].base+part[i].chars {
					i++
				}
				if !yield(part[i].document, span.Span{Start: s.Start - part[i].base, Stop: s.Stop - part[i].base}) {
					return
				}
			}
		}
	}
}

// Find gives the characters for which a condition holds, as this Lens sees the codings: set algebra over the merged codings of
// each code.
func (l Lens) Find(w Where) Found {
	a := l.kept
	a.mu.Lock()
	defer a.mu.Unlock()
	var groups [][]qda.ID
	var collect func(Where)
	collect = func(w Where) {
		for _, x := range append(w.all, w.any...) {
			collect(x)
		}
		if w.not != nil {
			collect(*w.not)
		}
		if w.codes != nil {
			groups = append(groups, w.codes)
		}
	}
	collect(w)
	return Found{l.axis(), l.find(w, &gathered{sets: l.gather(groups)})}
}

// gathered hands out sets in the order in which the condition names them.
type gathered struct{ sets [][]span.Set }

func (g *gathered) next() []span.Set {
	s := g.sets[0]
	g.sets = g.sets[1:]
	return s
}

// find evaluates a condition; a.mu is held.
func (l Lens) find(w Where, g *gathered) []span.Set {
	none := make([]span.Set, len(l.axis().parts))
	switch {
	case w.not != nil:
		return l.without(l.everything(), l.find(*w.not, g))
	case w.any != nil:
		r := none
		for _, x := range w.any {
			for p, s := range l.find(x, g) {
				r[p] = r[p].Union(s)
			}
		}
		return r
	case w.all != nil:
		// What is to be there first, then what is not: so nothing as large as everything is made.
		var r, not []span.Set
		for _, x := range w.all {
			switch {
			case x.not == nil && r == nil:
				r = slices.Clone(l.find(x, g))
			case x.not == nil:
				for p, s := range l.find(x, g) {
					r[p] = r[p].Intersect(s)
				}
			case not == nil:
				not = slices.Clone(l.find(*x.not, g))
			default:
				for p, s := range l.find(*x.not, g) {
					not[p] = not[p].Union(s)
				}
			}
		}
		if r == nil {
			r = l.everything()
		}
		if not != nil {
			r = l.without(r, not)
		}
		return r
	case w.codes != nil:
		return g.next()
	}
	return none
}

func (l Lens) without(a, b []span.Set) []span.Set {
	r := make([]span.Set, len(a))
	for p := range r {
		r[p] = a[p].Subtract(b[p])
	}
	return r
}

// everything is all characters of the documents looked into.
func (l Lens) everything() []span.Set {
	r := make([]span.Set, len(l.axis().parts))
	for p, part := range l.axis().parts {
		for _, d := range part {
			if d.chars > 0 && (l.only == nil || l.only[d.slot]) {
				r[p] = append(r[p], span.Span{Start: d.base, Stop: d.base + d.chars})
			}
		}
	}
	return r
}
