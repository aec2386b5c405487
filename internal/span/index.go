package span

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// Index holds many intervals of one document version as columns: interval i is
// the code points Start[i] to Stop[i]-1. The order is by start, then longest
// first, then whatever tie the caller keeps (ids, as a rule); so an interval
// stands after every other that covers it, exact doubles aside.
//
// Link[i] is the superset link: the nearest earlier interval that ends no sooner
// than i, which therefore covers i; -1 where there is none. All intervals between
// Link[i] and i end sooner than i. A window that has passed i's end can jump over
// them, so a few intervals over the whole document do not make it walk through
// everything, as they do with a running maximum of the stops.
// (Idea: superset links of the "superintervals" structure.)
//
// An Index is immutable: the columns are read freely and written by nobody. Its
// intervals are not empty and do not begin before 0. The zero Index is an empty one.
type Index struct{ Start, Stop, Link []int32 }

// NewIndex makes an index of intervals that are sorted already (start ascending,
// stop descending). It keeps both columns, which the caller leaves alone from
// then on, and builds the links in O(n). It panics when the columns differ in
// length; wrong order is found by Check.
func NewIndex(start, stop []int32) Index {
	if len(start) != len(stop) {
		panic(fmt.Sprintf("span: %d starts and %d stops", len(start), len(stop)))
	}
	link := make([]int32, len(start))
	for i := range link {
		link[i] = chain(stop, link, int32(i)-1, stop[i])
	}
	return Index{start, stop, link}
}

// chain follows the links from j, j itself included, to the first interval that
// ends no sooner than stop; -1 when there is none.
func chain(stops, link []int32, j, stop int32) int32 {
	for j >= 0 && stops[j] < stop {
		j = link[j]
	}
	return j
}

// Len is the number of intervals.
func (x Index) Len() int { return len(x.Start) }

// Span is the interval at position i.
func (x Index) Span(i int) Span { return Span{x.Start[i], x.Stop[i]} }

// before is the number of intervals that begin before p.
func (x Index) before(p int32) int {
	lo, hi := 0, len(x.Start)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); x.Start[mid] < p {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Window appends to dst the positions of all intervals that overlap
// [from, to), ascending. A window without characters meets nothing. Nothing is
// allocated when dst has room.
func (x Index) Window(dst []int32, from, to int32) []int32 {
	if from >= to {
		return dst
	}
	first := len(dst)
	stop, link := x.Stop, x.Link
	for i := int32(x.before(to)) - 1; i >= 0; {
		if stop[i] > from {
			dst = append(dst, i)
			i--
		} else {
			i = link[i]
		}
	}
	slices.Reverse(dst[first:])
	return dst
}

// At appends to dst the positions of all intervals that contain the character
// at p, shortest first; equally long ones in the order of the index. Nothing is
// allocated when dst has room.
func (x Index) At(dst []int32, p int32) []int32 {
	first := len(dst)
	stop, link := x.Stop, x.Link
	n := sort.Search(len(x.Start), func(i int) bool { return x.Start[i] > p })
	for i := int32(n) - 1; i >= 0; {
		if stop[i] > p {
			dst = append(dst, i)
			i--
		} else {
			i = link[i]
		}
	}
	slices.SortFunc(dst[first:], func(a, b int32) int {
		if c := cmp.Compare(stop[a]-x.Start[a], stop[b]-x.Start[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	return dst
}

// Place is the position at which an interval from start to stop is to be
// inserted: after all that begin earlier, or begin there and are at least as
// long. A caller whose tie is not "newest last" steps back among exact doubles.
func (x Index) Place(start, stop int32) int {
	return sort.Search(len(x.Start), func(i int) bool {
		return x.Start[i] > start || x.Start[i] == start && x.Stop[i] < stop
	})
}

// columns makes three columns of n numbers in one allocation.
func columns(n int) Index {
	all := make([]int32, 3*n)
	return Index{all[:n:n], all[n : 2*n : 2*n], all[2*n:]}
}

// Insert gives a copy with one more interval at position i, which must be its
// place (see Place). The links are repaired in one pass.
func (x Index) Insert(i int, start, stop int32) Index {
	y := columns(len(x.Start) + 1)
	copy(y.Start, x.Start[:i])
	copy(y.Stop, x.Stop[:i])
	copy(y.Link, x.Link[:i])
	copy(y.Start[i+1:], x.Start[i:])
	copy(y.Stop[i+1:], x.Stop[i:])
	at := int32(i)
	y.Start[i], y.Stop[i], y.Link[i] = start, stop, chain(x.Stop, x.Link, at-1, stop)
	stops, links := x.Stop[i:], y.Link[i+1:]
	for k, link := range x.Link[i:] {
		switch {
		case link >= at: // a nearer cover behind the new one: it moved by one
			links[k] = link + 1
		case stop >= stops[k]: // the new one is nearer than the old cover
			links[k] = at
		default:
			links[k] = link
		}
	}
	return y
}

// Delete gives a copy without the interval at position i. The links are
// repaired in one pass.
func (x Index) Delete(i int) Index {
	y := columns(len(x.Start) - 1)
	copy(y.Start, x.Start[:i])
	copy(y.Stop, x.Stop[:i])
	copy(y.Link, x.Link[:i])
	copy(y.Start[i:], x.Start[i+1:])
	copy(y.Stop[i:], x.Stop[i+1:])
	at := int32(i)
	stops, links := x.Stop[i+1:], y.Link[i:]
	// Those that were linked to i end later and later (else the second would be
	// linked to the first), so the search for their next cover only moves back.
	heir := at - 1
	for k, link := range x.Link[i+1:] {
		switch {
		case link > at:
			links[k] = link - 1
		case link == at:
			heir = chain(x.Stop, x.Link, heir, stops[k])
			links[k] = heir
		default:
			links[k] = link
		}
	}
	return y
}

// Check reports the first thing wrong with the index: columns of unequal length,
// an empty interval or one before 0, wrong order, a wrong link.
func (x Index) Check() error {
	n := len(x.Start)
	if len(x.Stop) != n || len(x.Link) != n {
		return fmt.Errorf("span: index has %d starts, %d stops and %d links", n, len(x.Stop), len(x.Link))
	}
	for i := range n {
		s := x.Span(i)
		if s.Start < 0 || s.Empty() {
			return fmt.Errorf("span: interval %d is %v", i, s)
		}
		if i > 0 && (x.Start[i-1] > s.Start || x.Start[i-1] == s.Start && x.Stop[i-1] < s.Stop) {
			return fmt.Errorf("span: interval %d %v stands after %v", i, s, x.Span(i-1))
		}
		if link := x.Link[i]; link < -1 || int(link) >= i {
			return fmt.Errorf("span: link of interval %d is %d", i, link)
		}
		// By induction: the links before i are right, so the chain is.
		if want := chain(x.Stop, x.Link, int32(i)-1, s.Stop); x.Link[i] != want {
			return fmt.Errorf("span: link of interval %d %v is %d, not %d", i, s, x.Link[i], want)
		}
	}
	return nil
}

// Pairs calls yield once for every two intervals that overlap, i before j, with
// the number of code points they have in common. It visits those pairs and
// nothing else: a forward scan over the sorted columns.
// (Bouros and Mamoulis, A forward scan based plane sweep algorithm for parallel
// interval joins, VLDB 2017.) Loops that must be fast are written out by their
// owner; this is what they are compared with.
func Pairs(x Index, yield func(i, j int, overlap int32)) {
	for i, stop := range x.Stop {
		for j := i + 1; j < len(x.Start) && x.Start[j] < stop; j++ {
			yield(i, j, min(stop, x.Stop[j])-x.Start[j])
		}
	}
}
