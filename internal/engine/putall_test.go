package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Many at once are as one after the other.
func TestManyAtOnce(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	one, all := noChunk, noChunk
	var where, wheres paged[uint16]
	plain := map[int]uint16{}
	next := qda.ID(1 + r.IntN(3*pageSize))
	for range 60 {
		var rows []row
		var at []int
		for range r.IntN(12) {
			start := int32(r.IntN(40))
			x := row{span.Span{Start: start, Stop: start + 1 + int32(r.IntN(20))}, next, uint16(r.IntN(9)), uint16(r.IntN(70)), 1, uint32(r.IntN(99)), r.Uint32()}
			one, where = one.with(x), where.with(int(next), x.code+1)
			plain[int(next)] = x.code + 1
			rows, at = append(rows, x), append(at, int(next))
			wheres = wheres.withAll(at[len(at)-1:], x.code+1)
			next += qda.ID(1 + r.IntN(pageSize/8))
		}
		slices.SortFunc(rows, inOrder)
		before := *all
		start, ids := slices.Clone(all.Start), slices.Clone(all.id)
		all = all.withAll(rows)
		if !slices.Equal(before.Start, start) || !slices.Equal(before.id, ids) {
			t.Fatal("what was there has changed")
		}
		if err := all.check(); err != nil {
			t.Fatal(err)
		}
		for i := range one.id {
			if len(all.id) != len(one.id) || all.row(i) != one.row(i) || all.Link[i] != one.Link[i] || all.whose != one.whose {
				t.Fatalf("coding %d of %d, %d", i, len(one.id), len(all.id))
			}
		}
		was := wheres
		wheres = wheres.withAll(at, 7)
		for _, i := range at {
			if where.at(i) != was.at(i) || wheres.at(i) != 7 {
				t.Fatalf("place %d: %d, %d, %d", i, where.at(i), was.at(i), wheres.at(i))
			}
			where, plain[i] = where.with(i, 7), 7
		}
	}
	for i := range int(next) {
		if where.at(i) != plain[i] || wheres.at(i) != plain[i] {
			t.Fatalf("place %d: %d and %d, want %d", i, where.at(i), wheres.at(i), plain[i])
		}
	}
}
