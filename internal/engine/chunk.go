package engine

import (
	"cmp"
	"fmt"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// MostThings is how many codes, documents and coders a project may have had in its life, each: what the columns can number.
const MostThings = 65_535

// mostVersions is how many versions of a document the columns can number.
const mostVersions = 255

// chunk holds the codings of one document version-and-all as columns, sorted by start, then longest first, then
// number. It never changes. Codes and coders are slots of the View; at is seconds since 1970.
type chunk struct {
	span.Index
	whose   uint64 // a bit, slot modulo 64, for each coder who has a coding here, or had one
	id      []uint32
	code    []uint16
	coder   []uint16
	version []uint8
	made    []uint32
	at      []uint32
	sums    *codeSums
}

var noChunk = &chunk{}

// row is one coding with slots in place of numbers.
type row struct {
	span.Span
	id       qda.ID
	code     uint16
	coder    uint16
	version  uint8
	made, at uint32
}

// inOrder is the order in which a chunk holds its codings.
func inOrder(a, b row) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Stop, a.Stop), cmp.Compare(a.id, b.id))
}

func (c *chunk) row(i int) row {
	return row{c.Span(i), qda.ID(c.id[i]), c.code[i], c.coder[i], c.version[i], c.made[i], c.at[i]}
}

// place is where a coding stands or belongs.
func (c *chunk) place(start, stop int32, id uint32) int {
	i := c.Place(start, stop)
	// Place is before or after equals; numbers settle the order among them.
	for i > 0 && c.Start[i-1] == start && c.Stop[i-1] == stop && c.id[i-1] >= id {
		i--
	}
	for i < len(c.id) && c.Start[i] == start && c.Stop[i] == stop && c.id[i] < id {
		i++
	}
	return i
}

// find gives the position of a coding by its number alone, -1 if absent: a scan over 4 bytes each.
func (c *chunk) find(id qda.ID) int { return slices.Index(c.id, uint32(id)) }

func insert[T any](s []T, i int, x T) []T {
	r := make([]T, len(s)+1)
	copy(r, s[:i])
	r[i] = x
	copy(r[i+1:], s[i:])
	return r
}

// empty makes the columns for n codings beside the index, in few pieces of memory.
func empty(n int) *chunk {
	four, two := make([]uint32, 3*n), make([]uint16, 2*n)
	return &chunk{id: four[:n:n], made: four[n : 2*n : 2*n], at: four[2*n:], code: two[:n:n], coder: two[n:], version: make([]uint8, n), sums: &codeSums{}}
}

// from copies the codings from i on out of another chunk to k on.
func (c *chunk) from(o *chunk, k, i, n int) {
	copy(c.id[k:k+n], o.id[i:])
	copy(c.made[k:k+n], o.made[i:])
	copy(c.at[k:k+n], o.at[i:])
	copy(c.code[k:k+n], o.code[i:])
	copy(c.coder[k:k+n], o.coder[i:])
	copy(c.version[k:k+n], o.version[i:])
}

func (c *chunk) set(i int, r row) {
	c.id[i], c.code[i], c.coder[i], c.version[i], c.made[i], c.at[i] = uint32(r.id), r.code, r.coder, r.version, r.made, r.at
}

func (c *chunk) with(r row) *chunk {
	n, i := len(c.id), c.place(r.Start, r.Stop, uint32(r.id))
	w := empty(n + 1)
	w.Index = c.Insert(i, r.Start, r.Stop)
	w.from(c, 0, 0, i)
	w.set(i, r)
	w.from(c, i+1, i, n-i)
	w.whose = c.whose | 1<<(r.coder%64)
	return w
}

// withAll gives a copy with more codings, which come sorted as those in it are.
func (c *chunk) withAll(rows []row) *chunk {
	n := len(c.id) + len(rows)
	w := empty(n)
	both := make([]int32, 2*n)
	start, stop := both[:n:n], both[n:]
	w.whose = c.whose
	i := 0
	for k, r := range rows {
		to := c.place(r.Start, r.Stop, uint32(r.id))
		copy(start[i+k:], c.Start[i:to])
		copy(stop[i+k:], c.Stop[i:to])
		w.from(c, i+k, i, to-i)
		start[to+k], stop[to+k] = r.Start, r.Stop
		w.set(to+k, r)
		w.whose |= 1 << (r.coder % 64)
		i = to
	}
	copy(start[i+len(rows):], c.Start[i:])
	copy(stop[i+len(rows):], c.Stop[i:])
	w.from(c, i+len(rows), i, len(c.id)-i)
	w.Index = span.NewIndex(start, stop)
	return w
}

func (c *chunk) without(i int) *chunk {
	n := len(c.id)
	w := empty(n - 1)
	w.Index = c.Delete(i)
	w.from(c, 0, 0, i)
	w.from(c, i, i+1, n-i-1)
	w.whose = c.whose
	return w
}

// columns are the codings of a whole project, document by document: the chunks of a View just opened are cut out of them.
type columns struct {
	start, stop  []int32
	id, made, at []uint32
	code, coder  []uint16
	version      []uint8
}

func newColumns(n int) *columns {
	return &columns{make([]int32, n), make([]int32, n), make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint16, n), make([]uint16, n), make([]uint8, n)}
}

// fill puts rows of one document at from, in order.
func (c *columns) fill(from int, rows []row) {
	slices.SortFunc(rows, inOrder)
	for i, r := range rows {
		i += from
		c.start[i], c.stop[i] = r.Start, r.Stop
		c.id[i], c.made[i], c.at[i] = uint32(r.id), r.made, r.at
		c.code[i], c.coder[i], c.version[i] = r.code, r.coder, r.version
	}
}

// lay gives a View its chunks: the documents in some slots, with so many codings each. Order and numbers are those of byNumber.
func (v *View) lay(c *columns, slots, counts []int, order, sorted []uint32) {
	all := make([]chunk, len(slots))
	home := make([]uint16, len(c.id)) // document slot of each coding, plus 1
	from := 0
	for i, d := range slots {
		to := from + counts[i]
		all[i] = chunk{Index: span.NewIndex(c.start[from:to:to], c.stop[from:to:to]), id: c.id[from:to:to], code: c.code[from:to:to], coder: c.coder[from:to:to],
			version: c.version[from:to:to], made: c.made[from:to:to], at: c.at[from:to:to], sums: &codeSums{}}
		v.chunks.set(d, &all[i])
		for k := from; k < to; k++ {
			home[k] = uint16(d) + 1
		}
		for _, w := range all[i].coder {
			all[i].whose |= 1 << (w % 64)
		}
		from = to
	}
	// By number, so that the pages are filled one after the other.
	for i, n := range sorted {
		v.where.set(int(n), home[order[i]])
	}
	v.total = from
}

// check proves the order and the links.
func (c *chunk) check() error {
	if err := c.Check(); err != nil {
		return err
	}
	for i := 1; i < len(c.id); i++ {
		if c.Start[i] == c.Start[i-1] && c.Stop[i] == c.Stop[i-1] && c.id[i] <= c.id[i-1] {
			return fmt.Errorf("codings %d and %d on the same words are out of order", c.id[i-1], c.id[i])
		}
	}
	return nil
}
