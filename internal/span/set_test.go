package span

import (
	"math/rand/v2"
	"testing"
)

func TestSetDrawn(t *testing.T) {
	a := NewSet(Span{10, 14}, Span{0, 3}, Span{3, 5}, Span{12, 20}, Span{7, 7}, Span{9, 2})
	equal(t, a, Set{{0, 5}, {10, 20}}, "touching spans become one, empty ones add nothing")
	b := Set{{4, 11}, {15, 16}, {30, 31}}
	equal(t, a.Union(b), Set{{0, 20}, {30, 31}}, "union")
	equal(t, a.Intersect(b), Set{{4, 5}, {10, 11}, {15, 16}}, "intersection")
	equal(t, a.Subtract(b), Set{{0, 4}, {11, 15}, {16, 20}}, "a without b")
	equal(t, b.Subtract(a), Set{{5, 10}, {30, 31}}, "b without a")
	equal(t, a.Subtract(a), nil, "a without itself")
	equal(t, a.Union(nil), a, "union with nothing")
	equal(t, a.Intersect(nil), nil, "intersection with nothing")
	if a.Len() != 15 || Set(nil).Len() != 0 {
		t.Errorf("%v has %d characters", a, a.Len())
	}
}

func TestSetCheckFinds(t *testing.T) {
	for name, s := range map[string]Set{
		"an empty span": {{2, 2}}, "order": {{5, 6}, {1, 2}}, "an overlap": {{1, 5}, {4, 6}},
		"a touch": {{1, 5}, {5, 6}}, "before 0": {{-2, 5}},
	} {
		if s.Check() == nil {
			t.Errorf("Check does not find %s", name)
		}
	}
}

// marks is a set as anyone would write it first.
type marks [400]bool

func (b marks) set() (s Set) {
	for p := int32(0); p < int32(len(b)); p++ {
		if b[p] {
			s = s.add(Span{p, p + 1})
		}
	}
	return s
}

func paint(all []Span) (b marks) {
	for _, s := range all {
		for p := s.Start; p < s.Stop; p++ {
			b[p] = true
		}
	}
	return b
}

func sparse(r *rand.Rand) []Span {
	var all []Span
	for range r.IntN([]int{2, 8, 60}[r.IntN(3)]) {
		start := r.Int32N(390)
		all = append(all, Span{start, start + r.Int32N(10)})
	}
	return all
}

func TestSetRandom(t *testing.T) {
	r := random(t)
	for range 3000 {
		left, right := sparse(r), sparse(r)
		a, b := NewSet(left...), NewSet(right...)
		x, y := paint(left), paint(right)
		equal(t, a, x.set(), "set of %v", left)
		var union, both, minus marks
		n := 0
		for p := range x {
			union[p], both[p], minus[p] = x[p] || y[p], x[p] && y[p], x[p] && !y[p]
			if x[p] {
				n++
			}
			if a.Contains(int32(p)) != x[p] {
				t.Fatalf("%v contains %d: %v", a, p, !x[p])
			}
		}
		for _, c := range []struct {
			name      string
			got, want Set
		}{
			{"union", a.Union(b), union.set()}, {"intersection", a.Intersect(b), both.set()}, {"difference", a.Subtract(b), minus.set()},
		} {
			equal(t, c.got, c.want, "%s of %v and %v", c.name, a, b)
			sound(t, c.got)
		}
		if a.Len() != n {
			t.Fatalf("%v has %d characters, not %d", a, a.Len(), n)
		}
		equal(t, a, x.set(), "a after the operations")
		equal(t, b, y.set(), "b after the operations")
	}
}

// FuzzSet reads each three bytes as a span of the left or of the right set.
func FuzzSet(f *testing.F) {
	f.Add([]byte{0, 3, 4, 1, 5, 9, 0, 200, 3, 1, 0, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		var sides [2][]Span
		for ; len(b) >= 3; b = b[3:] {
			side := &sides[b[0]%2]
			*side = append(*side, Span{int32(b[1]), int32(b[1]) + int32(b[2]%100)})
		}
		a, c := NewSet(sides[0]...), NewSet(sides[1]...)
		x, y := paint(sides[0]), paint(sides[1])
		var union, both, minus marks
		for p := range x {
			union[p], both[p], minus[p] = x[p] || y[p], x[p] && y[p], x[p] && !y[p]
		}
		equal(t, a.Union(c), union.set(), "union of %v and %v", a, c)
		equal(t, a.Intersect(c), both.set(), "intersection of %v and %v", a, c)
		equal(t, a.Subtract(c), minus.set(), "difference of %v and %v", a, c)
	})
}
