package span

import (
	"slices"
	"strings"
	"testing"
)

// drawn reads a picture: each line one interval, its dashes the characters.
func drawn(t *testing.T, picture string) Index {
	t.Helper()
	var all []Span
	for line := range strings.Lines(picture) {
		if strings.Contains(line, "-") {
			start := strings.IndexByte(line, '-')
			all = append(all, Span{int32(start), int32(strings.LastIndexByte(line, '-') + 1)})
		}
	}
	if !slices.IsSortedFunc(all, order) {
		t.Fatalf("the picture is not in order:\n%s", picture)
	}
	return build(all)
}

const interview = `
-------------------------
---------
---------
  ----
    -----------
          ----
               ------
                        -
`

//  0         1         2
//  0123456789012345678901234

func TestIndexDrawn(t *testing.T) {
	x := drawn(t, interview)
	sound(t, x)
	equal(t, x.Link, []int32{-1, 0, 1, 2, 0, 4, 0, 0}, "links")
	for _, c := range []struct {
		from, to int32
		want     []int32
	}{
		{0, 1, []int32{0, 1, 2}},
		{0, 25, []int32{0, 1, 2, 3, 4, 5, 6, 7}},
		{9, 10, []int32{0, 4}},
		{14, 15, []int32{0, 4}},
		{15, 16, []int32{0, 6}},
		{21, 24, []int32{0}},
		{24, 100, []int32{0, 7}},
		{25, 100, nil},
		{-5, 0, nil},
		{-5, 1, []int32{0, 1, 2}},
		{7, 7, nil},
		{8, 3, nil},
	} {
		equal(t, x.Window(nil, c.from, c.to), c.want, "window %d to %d", c.from, c.to)
	}
	for p, want := range map[int32][]int32{
		-1: nil, 0: {1, 2, 0}, 4: {3, 1, 2, 4, 0}, 9: {4, 0}, 11: {5, 4, 0}, 24: {7, 0}, 25: nil, 1<<31 - 1: nil,
	} {
		equal(t, x.At(nil, p), want, "at %d", p)
	}
	if got := x.At([]int32{77}, 9); !slices.Equal(got, []int32{77, 4, 0}) {
		t.Errorf("At does not append: %v", got)
	}
	if got := x.Window([]int32{77}, 9, 10); !slices.Equal(got, []int32{77, 0, 4}) {
		t.Errorf("Window does not append: %v", got)
	}
	for _, c := range []struct {
		s    Span
		want int
	}{
		{Span{0, 30}, 0}, {Span{0, 25}, 1}, {Span{0, 9}, 3}, {Span{0, 3}, 3}, {Span{1, 3}, 3}, {Span{2, 7}, 3}, {Span{2, 6}, 4}, {Span{30, 31}, 8},
	} {
		if got := x.Place(c.s.Start, c.s.Stop); got != c.want {
			t.Errorf("place of %v is %d, not %d", c.s, got, c.want)
		}
	}
}

func TestIndexEmpty(t *testing.T) {
	var x Index
	sound(t, x)
	if x.Len() != 0 || x.Window(nil, 0, 100) != nil || x.At(nil, 0) != nil || x.Place(3, 4) != 0 {
		t.Error("an empty index is not empty")
	}
	x = x.Insert(0, 3, 4)
	sound(t, x)
	equal(t, x.Window(nil, 0, 100), []int32{0}, "after one insertion")
	x = x.Delete(0)
	sound(t, x)
	if x.Len() != 0 {
		t.Error("not empty again")
	}
}

func TestIndexCheckFinds(t *testing.T) {
	for name, x := range map[string]Index{
		"lengths":           {[]int32{1}, []int32{2}, nil},
		"an empty interval": {[]int32{2}, []int32{2}, []int32{-1}},
		"before 0":          {[]int32{-1}, []int32{2}, []int32{-1}},
		"starts":            {[]int32{2, 1}, []int32{3, 3}, []int32{-1, 0}},
		"stops":             {[]int32{1, 1}, []int32{3, 4}, []int32{-1, -1}},
		"a link too far":    {[]int32{1, 1, 2}, []int32{9, 8, 7}, []int32{-1, 0, 0}},
		"a link too near":   {[]int32{1, 2, 3}, []int32{9, 3, 5}, []int32{-1, 0, 1}},
		"a link missing":    {[]int32{1, 2}, []int32{9, 3}, []int32{-1, -1}},
		"a link forward":    {[]int32{1, 2}, []int32{9, 3}, []int32{1, 0}},
		"a link to nowhere": {[]int32{1, 2}, []int32{9, 3}, []int32{-7, 0}},
	} {
		if x.Check() == nil {
			t.Errorf("Check does not find %s", name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("NewIndex takes columns of unequal length")
		}
	}()
	NewIndex([]int32{1}, nil)
}

// naive is the index as anyone would write it first.
type naive []Span

func (n naive) window(from, to int32) (hits []int32) {
	for i, s := range n {
		if s.Overlaps(Span{from, to}) {
			hits = append(hits, int32(i))
		}
	}
	return hits
}

func (n naive) at(p int32) (hits []int32) {
	for i, s := range n {
		if s.Contains(p) {
			hits = append(hits, int32(i))
		}
	}
	slices.SortStableFunc(hits, func(a, b int32) int { return int(n[a].Len() - n[b].Len()) })
	return hits
}

// TestIndexRandom adds and removes intervals at random and asks everything of
// the index and of its naive twin.
func TestIndexRandom(t *testing.T) {
	r := random(t)
	for range 60 {
		chars := 1 + r.Int32N(300)
		if r.IntN(3) == 0 {
			chars = 1 + r.Int32N(12) // crowded
		}
		twin := naive(slices.SortedStableFunc(slices.Values(spans(r, r.IntN(80), chars)), order))
		x := build(twin)
		for range 60 {
			before, columns := x, contents(x)
			if len(twin) > 0 && r.IntN(2) == 0 {
				i := r.IntN(len(twin))
				twin = slices.Delete(slices.Clone(twin), i, i+1)
				x = x.Delete(i)
			} else {
				s := spans(r, 1, chars)[0]
				i := x.Place(s.Start, s.Stop)
				twin = slices.Insert(slices.Clone(twin), i, s)
				x = x.Insert(i, s.Start, s.Stop)
			}
			sound(t, x)
			sound(t, before)
			equal(t, contents(before), columns, "the index before the change")
			equal(t, contents(x), twin, "intervals")
			equal(t, x.Link, build(twin).Link, "links")
			from, to := r.Int32N(chars+4)-2, r.Int32N(chars+4)-2
			equal(t, x.Window(nil, from, to), twin.window(from, to), "window %d to %d of %v", from, to, twin)
			equal(t, x.At(nil, from), twin.at(from), "at %d of %v", from, twin)
		}
	}
}

// TestLinksDefinition holds the links against their definition, not against
// the chain that builds and checks them.
func TestLinksDefinition(t *testing.T) {
	r := random(t)
	for range 200 {
		x := build(spans(r, r.IntN(60), 1+r.Int32N(100)))
		for i := range x.Len() {
			want := int32(i) - 1
			for want >= 0 && x.Stop[want] < x.Stop[i] {
				want--
			}
			if x.Link[i] != want {
				t.Fatalf("link of %d is %d, not %d: %v", i, x.Link[i], want, contents(x))
			}
			if want >= 0 && !x.Span(int(want)).Covers(x.Span(i)) {
				t.Fatalf("%v does not cover %v", x.Span(int(want)), x.Span(i))
			}
		}
	}
}

func TestPairs(t *testing.T) {
	type pair struct{ i, j, overlap int }
	r := random(t)
	for range 200 {
		x := build(spans(r, r.IntN(60), 1+r.Int32N(400)))
		var got, want []pair
		Pairs(x, func(i, j int, overlap int32) { got = append(got, pair{i, j, int(overlap)}) })
		for i := range x.Len() {
			for j := i + 1; j < x.Len(); j++ {
				if both, ok := x.Span(i).Intersect(x.Span(j)); ok {
					want = append(want, pair{i, j, int(both.Len())})
				}
			}
		}
		equal(t, got, want, "pairs of %v", contents(x))
	}
}

func TestWindowAllocatesNothing(t *testing.T) {
	x := build(spans(random(t), 5000, 100_000))
	dst := make([]int32, 0, 5000)
	if n := testing.AllocsPerRun(100, func() { dst = x.Window(dst[:0], 50_000, 53_000) }); n != 0 {
		t.Errorf("Window allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { dst = x.At(dst[:0], 50_000) }); n != 0 {
		t.Errorf("At allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { x.Insert(x.Place(7, 9), 7, 9) }); n != 1 {
		t.Errorf("Insert allocates %v times", n)
	}
}

// TestWindowSteps counts what a window looks at instead of measuring time: a few
// intervals over the whole document must not make it walk through everything,
// which is what the running maximum of the stops does.
func TestWindowSteps(t *testing.T) {
	steps := func(x Index, from, to int32) (links, maximum, hits int) {
		for i := int32(x.before(to)) - 1; i >= 0; links++ {
			if x.Stop[i] > from {
				hits++
				i--
			} else {
				i = x.Link[i]
			}
		}
		most := runningMaximum(x).most
		for i := x.before(to) - 1; i >= 0 && most[i] > from; i-- {
			maximum++
		}
		return links, maximum, hits
	}
	x := study(5)
	links, maximum, hits := 0, 0, 0
	for from := int32(0); from+windowLen < docChars; from += windowLen {
		l, m, h := steps(x, from, from+windowLen)
		if got := len(x.Window(nil, from, from+windowLen)); got != h {
			t.Fatalf("the window at %d has %d hits, counted %d", from, got, h)
		}
		links, maximum, hits = links+l, maximum+m, hits+h
	}
	t.Logf("%d hits, %d steps by links, %d by running maximum", hits, links, maximum)
	if links > 2*hits {
		t.Errorf("%d steps for %d hits", links, hits)
	}
	if maximum < 10*links {
		t.Errorf("the bad case is not bad: %d steps by running maximum, %d by links", maximum, links)
	}
}

// FuzzIndex reads each three bytes as one step: add, remove or ask.
func FuzzIndex(f *testing.F) {
	f.Add([]byte{0, 0, 255, 0, 3, 4, 0, 3, 4, 2, 0, 200, 1, 0, 0, 2, 3, 1})
	f.Add([]byte("\x00\x05\x01\x00\x04\x03\x00\x00\xff\x02\x04\x02\x01\x02\x00"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		var x Index
		var twin naive
		for ; len(steps) >= 3; steps = steps[3:] {
			a, b := int32(steps[1]), int32(steps[2])
			switch {
			case steps[0]%3 == 0:
				i := x.Place(a, a+b+1)
				x, twin = x.Insert(i, a, a+b+1), slices.Insert(twin, i, Span{a, a + b + 1})
			case steps[0]%3 == 1 && len(twin) > 0:
				i := int(a) % len(twin)
				x, twin = x.Delete(i), slices.Delete(twin, i, i+1)
			default:
				equal(t, x.Window(nil, a, a+b), twin.window(a, a+b), "window %d to %d", a, a+b)
				equal(t, x.At(nil, a), twin.at(a), "at %d", a)
			}
			sound(t, x)
		}
		equal(t, contents(x), twin, "intervals")
	})
}
