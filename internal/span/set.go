package span

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// Set is a set of characters of one text, written as spans that are sorted, not
// empty, disjoint and not adjacent; so equal sets are equal slices. The nil Set is
// empty. No operation changes its arguments.
type Set []Span

// NewSet gives the characters that are in any of the spans, which come in any
// order. Empty spans add nothing.
func NewSet(spans ...Span) Set {
	sorted := slices.DeleteFunc(slices.Clone(spans), Span.Empty)
	slices.SortFunc(sorted, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	set := Set(sorted[:0])
	for _, s := range sorted {
		set = set.add(s)
	}
	return set
}

// add appends s, which begins no sooner than the last span of a does.
func (a Set) add(s Span) Set {
	if n := len(a); n > 0 && s.Start <= a[n-1].Stop {
		a[n-1].Stop = max(a[n-1].Stop, s.Stop)
		return a
	}
	return append(a, s)
}

// Len is the number of code points in the set.
func (a Set) Len() int {
	n := 0
	for _, s := range a {
		n += int(s.Stop - s.Start)
	}
	return n
}

// Contains reports whether the character at p is in the set.
func (a Set) Contains(p int32) bool {
	i := sort.Search(len(a), func(i int) bool { return a[i].Stop > p })
	return i < len(a) && a[i].Start <= p
}

// Union gives the characters that are in a or in b.
func (a Set) Union(b Set) Set {
	if len(a) == 0 || len(b) == 0 {
		return append(slices.Clone(a), b...)
	}
	out := make(Set, len(a)+len(b))
	n, i, j := -1, 0, 0
	last := Span{-2, -2} // before all, and adjacent to none
	for i < len(a) && j < len(b) {
		// Which comes first is anyone's guess, so it is computed and not branched on.
		s, left := a[i], 1
		if b[j].Start < s.Start {
			s, left = b[j], 0
		}
		i += left
		j += 1 - left
		if s.Start > last.Stop {
			n++
			last = s
		} else {
			last.Stop = max(last.Stop, s.Stop)
		}
		out[n] = last
	}
	rest := a[i:]
	if j < len(b) {
		rest = b[j:]
	}
	out = out[:n+1]
	for len(rest) > 0 && rest[0].Start <= out[n].Stop {
		out[n].Stop = max(out[n].Stop, rest[0].Stop)
		rest = rest[1:]
	}
	return append(out, rest...)
}

// unequal is how many times longer one set must be for galloping through it to
// beat reading it.
const unequal = 10

// Intersect gives the characters that are in a and in b. It takes time with
// both, or little more than with the shorter one when they are very unequal.
func (a Set) Intersect(b Set) Set {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return nil
	}
	if len(b) > unequal*len(a) {
		return a.gallop(b)
	}
	out := make(Set, len(a)+len(b))
	n, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		s, t := a[i], b[j]
		both := Span{max(s.Start, t.Start), min(s.Stop, t.Stop)}
		out[n] = both // kept only if it has characters; no branch to mispredict
		n += one(both.Start < both.Stop)
		i += one(s.Stop <= t.Stop)
		j += one(t.Stop < s.Stop)
	}
	return out[:n]
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// gallop is Intersect with a much longer b.
func (a Set) gallop(b Set) Set {
	var out Set
	for _, s := range a {
		b = b.from(s.Start)
		for _, t := range b {
			if t.Start >= s.Stop {
				break
			}
			out = append(out, Span{max(s.Start, t.Start), min(s.Stop, t.Stop)})
		}
	}
	return out
}

// from drops the spans that end at or before p: the step doubles until it is
// too far, then halves.
func (a Set) from(p int32) Set {
	step := 1
	for step < len(a) && a[step].Stop <= p {
		a, step = a[step:], step*2
	}
	n := min(step, len(a))
	return a[sort.Search(n, func(i int) bool { return a[i].Stop > p }):]
}

// Subtract gives the characters that are in a and not in b.
func (a Set) Subtract(b Set) Set {
	if len(a) == 0 || len(b) == 0 {
		return slices.Clone(a)
	}
	if len(b) > unequal*len(a) { // only what b has near a matters
		b = a.gallop(b)
		if len(b) == 0 {
			return slices.Clone(a)
		}
	}
	gaps := make(Set, 0, len(b)+1)
	at := min(a[0].Start, b[0].Start)
	for _, t := range b {
		if at < t.Start { // false only before the first
			gaps = append(gaps, Span{at, t.Start})
		}
		at = t.Stop
	}
	if end := a[len(a)-1].Stop; at < end {
		gaps = append(gaps, Span{at, end})
	}
	return a.Intersect(gaps)
}

// Check reports the first thing wrong with the set.
func (a Set) Check() error {
	for i, s := range a {
		if s.Start < 0 || s.Empty() {
			return fmt.Errorf("span: set has %v", s)
		}
		if i > 0 && s.Start <= a[i-1].Stop {
			return fmt.Errorf("span: set has %v after %v", s, a[i-1])
		}
	}
	return nil
}
