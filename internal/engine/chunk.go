package engine

import (
	"cmp"
	"fmt"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// What the columns can number: how many codes, documents and coders a project may have had in its life, each, and how many
// versions a document.
const (
	mostSlots    = 65_535
	mostVersions = 255
)

// chunk holds the codings of one document version-and-all as columns, sorted by start, then longest first, then
// number. It never changes. Codes and coders are slots of the View; at is seconds since 1970.
type chunk struct {
	span.Index
	id      []qda.ID
	code    []uint16
	coder   []uint16
	version []uint8
	made    []uint32
	at      []uint32
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

func (c *chunk) row(i int) row {
	return row{c.Span(i), c.id[i], c.code[i], c.coder[i], c.version[i], c.made[i], c.at[i]}
}

// place is where a coding stands or belongs.
func (c *chunk) place(start, stop int32, id qda.ID) int {
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
func (c *chunk) find(id qda.ID) int { return slices.Index(c.id, id) }

func insert[T any](s []T, i int, x T) []T {
	r := make([]T, len(s)+1)
	copy(r, s[:i])
	r[i] = x
	copy(r[i+1:], s[i:])
	return r
}

func remove[T any](s []T, i int) []T {
	r := make([]T, len(s)-1)
	copy(r, s[:i])
	copy(r[i:], s[i+1:])
	return r
}

func (c *chunk) with(r row) *chunk {
	i := c.place(r.Start, r.Stop, r.id)
	return &chunk{c.Insert(i, r.Start, r.Stop), insert(c.id, i, r.id), insert(c.code, i, r.code), insert(c.coder, i, r.coder),
		insert(c.version, i, r.version), insert(c.made, i, r.made), insert(c.at, i, r.at)}
}

func (c *chunk) without(i int) *chunk {
	return &chunk{c.Delete(i), remove(c.id, i), remove(c.code, i), remove(c.coder, i), remove(c.version, i), remove(c.made, i), remove(c.at, i)}
}

func newChunk(rows []row) *chunk {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Stop, a.Stop), cmp.Compare(a.id, b.id))
	})
	n := len(rows)
	start, stop := make([]int32, n), make([]int32, n)
	c := &chunk{id: make([]qda.ID, n), code: make([]uint16, n), coder: make([]uint16, n), version: make([]uint8, n), made: make([]uint32, n), at: make([]uint32, n)}
	for i, r := range rows {
		start[i], stop[i] = r.Start, r.Stop
		c.id[i], c.code[i], c.coder[i], c.version[i], c.made[i], c.at[i] = r.id, r.code, r.coder, r.version, r.made, r.at
	}
	c.Index = span.NewIndex(start, stop)
	return c
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
