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
func Under(codes ...qda.ID) Where { return Where{codes: codes} }

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

// under gives the characters under any of some codes, a set for each part of the axis; of one code it is kept. a.mu is held.
func (l Lens) under(codes []qda.ID) []span.Set {
	awake := l.tree().awake
	var slots []uint16
	for _, n := range codes {
		if s, ok := l.codeSlots.of(n); ok && awake[s] && !slices.Contains(slots, uint16(s)) {
			slots = append(slots, uint16(s))
		}
	}
	keep := len(slots) == 1 && !l.narrow
	if keep {
		if r, ok := l.kept.under[underKey{l.key(), slots[0]}]; ok {
			return r
		}
	}
	wanted := make([]bool, len(awake))
	for _, s := range slots {
		wanted[s] = true
	}
	r := make([]span.Set, len(l.axis().parts))
	for p, part := range l.axis().parts {
		var set span.Set
		for _, d := range part {
			if l.only != nil && !l.only[d.slot] {
				continue
			}
			c := l.chunkAt(d.slot)
			for i, k := range c.code {
				if !wanted[k] || l.by != nil && !l.by[c.coder[i]] {
					continue
				}
				start, stop := d.base+c.Start[i], d.base+c.Stop[i]
				if n := len(set) - 1; n >= 0 && start <= set[n].Stop {
					set[n].Stop = max(set[n].Stop, stop)
				} else {
					set = append(set, span.Span{Start: start, Stop: stop})
				}
			}
		}
		r[p] = set
	}
	if keep {
		if l.kept.under == nil {
			l.kept.under = map[underKey][]span.Set{}
		}
		l.kept.under[underKey{l.key(), slots[0]}] = r
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
	return Found{l.axis(), l.find(w)}
}

// find evaluates a condition; a.mu is held.
func (l Lens) find(w Where) []span.Set {
	switch {
	case w.not != nil:
		return l.without(l.everything(), l.find(*w.not))
	case w.any != nil:
		r := make([]span.Set, len(l.axis().parts))
		for _, x := range w.any {
			for p, s := range l.find(x) {
				r[p] = r[p].Union(s)
			}
		}
		return r
	case w.all != nil:
		// What is to be there first, then what is not: so nothing as large as everything is made.
		var r []span.Set
		for _, x := range w.all {
			if x.not != nil {
				continue
			}
			found := l.find(x)
			if r == nil {
				r = slices.Clone(found)
				continue
			}
			for p := range r {
				r[p] = r[p].Intersect(found[p])
			}
		}
		if r == nil {
			r = l.everything()
		}
		for _, x := range w.all {
			if x.not != nil {
				r = l.without(r, l.find(*x.not))
			}
		}
		return r
	}
	return l.under(w.codes)
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
