package engine

import (
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"anyam/internal/qda"
)

// Unit is what the distance between two codings is counted in.
type Unit int

const (
	// InTurns counts how many turns lie from one to the other: 0 where both have characters in one turn, 1 where they are in neighbours.
	InTurns Unit = iota
	// InWords counts the words between them, runs of what is not white space: 0 where they overlap or stand side by side.
	InWords
)

// Near asks for codings by what others are near: those under some codes that have near them another coding of each of All, of one
// of Any (if there are any), and of none of None. Each of these is a list of codes of which any will do. A coding is not near itself.
type Near struct {
	Codes     []qda.ID
	All, None [][]qda.ID
	Any       []qda.ID
	Unit      Unit
	Within    int32 // at most so far, 0 and more
}

// Near gives the codings that a question asks for, in document and text order, as this Lens sees codings. The texts are asked for
// document by document, and only of documents where something could be near; codings of a document's earlier versions take no part.
func (l Lens) Near(q Near, text func(*qda.Document) (*Words, error)) ([]qda.Coding, error) {
	groups := append(append([][]qda.ID{}, q.All...), q.None...)
	if len(q.Any) > 0 {
		groups = append(groups, q.Any)
	}
	codes := l.tree().awake
	first := l.wanted(q.Codes)
	in := make([][]bool, len(groups))
	for g, of := range groups {
		in[g] = l.wanted(of)
	}
	var r []qda.Coding
	for slot, d := range l.live() {
		c := l.chunkAt(slot)
		if some, _ := l.sight(c); !some {
			continue
		}
		found := make([]reaching, len(groups))
		any := false
		for i, k := range c.code {
			if !codes[k] || !l.sees(c.coder[i]) || int32(c.version[i]) != d.Version {
				continue
			}
			any = any || first[k]
			for g := range groups {
				if in[g][k] {
					found[g].add(c.Start[i], c.Stop[i], c.id[i])
				}
			}
		}
		if !any || !possible(found, len(q.All), len(q.None), len(q.Any) > 0) {
			continue
		}
		w, err := text(d)
		if err != nil {
			return nil, err
		}
		measure := w.measure(q.Unit)
		for i, k := range c.code {
			if !first[k] || !l.sees(c.coder[i]) || int32(c.version[i]) != d.Version {
				continue
			}
			from, to := measure.around(c.Start[i], c.Stop[i], q.Within)
			holds := true
			for g := range groups {
				if near := found[g].meets(from, to, c.id[i]); near == (g >= len(q.All) && g < len(q.All)+len(q.None)) {
					holds = false
					break
				}
			}
			if holds {
				r = append(r, l.coding(slot, c.row(i)))
			}
		}
	}
	return r, nil
}

// wanted says of each code's slot whether it is among some codes and awake.
func (l Lens) wanted(of []qda.ID) []bool {
	w := make([]bool, len(l.codeSlots.ids))
	for _, n := range of {
		if s, ok := l.codeSlots.of(n); ok && l.tree().awake[s] {
			w[s] = true
		}
	}
	return w
}

// possible reports whether a document has of everything that must be near.
func possible(found []reaching, all, none int, any bool) bool {
	for _, x := range found[:all] {
		if len(x.starts) == 0 {
			return false
		}
	}
	return !any || len(found[all+none].starts) > 0
}

// reaching is the codings of one group in one document in the order of their starts, with how far those up to each reach: the one that
// reaches furthest, and the one that does so without it. So one search tells whether any but a given one meets a window.
type reaching struct {
	starts          []int32
	furthest, other []int32
	whose           []uint32 // the coding that reaches furthest
}

func (r *reaching) add(start, stop int32, id uint32) {
	far, other, whose := stop, int32(-1), id
	if n := len(r.starts) - 1; n >= 0 {
		if far, whose = r.furthest[n], r.whose[n]; stop > far {
			far, other, whose = stop, far, id
		} else {
			other = max(r.other[n], stop)
		}
	}
	r.starts = append(r.starts, start)
	r.furthest, r.other, r.whose = append(r.furthest, far), append(r.other, other), append(r.whose, whose)
}

// meets reports whether a coding other than one begins at or before to and ends at or after from.
func (r *reaching) meets(from, to int32, but uint32) bool {
	n, _ := slices.BinarySearchFunc(r.starts, to, func(s, to int32) int {
		if s <= to {
			return -1
		}
		return 1
	})
	if n == 0 {
		return false
	}
	if n--; r.whose[n] == but {
		return r.other[n] >= from
	}
	return r.furthest[n] >= from
}

// measure is a text cut into units: turns, or words.
type measure struct {
	starts, stops []int32
	turns         bool
}

func (w *Words) measure(u Unit) measure {
	m := measure{turns: u == InTurns}
	if m.turns {
		for _, t := range w.Turns {
			m.starts, m.stops = append(m.starts, t.Start), append(m.stops, t.Stop)
		}
		return m
	}
	at, in := int32(0), false
	for b := w.Text.Words; len(b) > 0; at++ {
		c, n := utf8.DecodeRune(b)
		b = b[n:]
		switch space := unicode.IsSpace(c); {
		case !space && !in:
			m.starts, in = append(m.starts, at), true
		case space && in:
			m.stops, in = append(m.stops, at), false
		}
	}
	if in {
		m.stops = append(m.stops, at)
	}
	return m
}

// around gives the window that another span must meet to be at most so far from this one: it must begin at or before to and end at
// or after from.
func (m measure) around(start, stop, within int32) (from, to int32) {
	from, to = 0, math.MaxInt32
	if m.turns {
		first, last := m.turn(start), m.turn(stop-1)
		if k := first - int(within); k > 0 && k < len(m.starts) {
			from = m.starts[k] + 1
		}
		if k := last + int(within) + 1; k > 0 && k < len(m.starts) {
			to = m.starts[k] - 1
		}
		return from, to
	}
	// Behind: as many words as may lie between, and the next must not lie between wholly: the other begins before its end.
	if k, _ := slices.BinarySearch(m.starts, stop); k+int(within) < len(m.stops) {
		to = m.stops[k+int(within)] - 1
	}
	// Before: the words that end at or before the start, counted back.
	k, _ := slices.BinarySearchFunc(m.stops, start, func(s, start int32) int {
		if s <= start {
			return -1
		}
		return 1
	})
	if k -= int(within) + 1; k >= 0 {
		from = m.starts[k] + 1
	}
	return from, to
}

// turn is the place of the turn that holds a code point; the line feed after a turn is the turn's.
func (m measure) turn(p int32) int {
	n, there := slices.BinarySearchFunc(m.starts, p, cmp.Compare[int32])
	if there {
		return n
	}
	return n - 1
}
