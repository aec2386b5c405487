package engine

import (
	"cmp"
	"slices"

	"anyam/internal/qda"
)

// table holds things of one sort, sorted by number. It never changes: with and without give another one.
type table[T interface{ Key() qda.ID }] struct{ rows []T }

func (t table[T]) place(n qda.ID) (int, bool) {
	return slices.BinarySearchFunc(t.rows, n, func(x T, n qda.ID) int { return cmp.Compare(x.Key(), n) })
}

func (t table[T]) get(n qda.ID) (x T, ok bool) {
	if i, ok := t.place(n); ok {
		return t.rows[i], true
	}
	return x, false
}

func (t table[T]) with(x T) table[T] {
	i, ok := t.place(x.Key())
	rows := make([]T, 0, len(t.rows)+1)
	rows = append(append(rows, t.rows[:i]...), x)
	if ok {
		i++
	}
	return table[T]{append(rows, t.rows[i:]...)}
}

func (t table[T]) without(n qda.ID) table[T] {
	i, ok := t.place(n)
	if !ok {
		return t
	}
	rows := make([]T, 0, len(t.rows)-1)
	return table[T]{append(append(rows, t.rows[:i]...), t.rows[i+1:]...)}
}

// shelf is a table of things, whatever their sort. What sets it gives the View that holds it another table.
type shelf interface {
	thing(qda.ID) qda.Thing // nil if absent
	things() []qda.Thing
	set(qda.Thing)
	unset(qda.ID)
	add(qda.Thing) // in place, after all others: only for who has just made the table
}

func (t *table[T]) thing(n qda.ID) qda.Thing {
	if x, ok := t.get(n); ok {
		return any(x).(qda.Thing)
	}
	return nil
}

func (t *table[T]) things() []qda.Thing {
	r := make([]qda.Thing, len(t.rows))
	for i, x := range t.rows {
		r[i] = any(x).(qda.Thing)
	}
	return r
}

func (t *table[T]) set(x qda.Thing) { *t = t.with(x.(T)) }
func (t *table[T]) unset(n qda.ID)  { *t = t.without(n) }
func (t *table[T]) add(x qda.Thing) { t.rows = append(t.rows, x.(T)) }

// paged is an immutable array, zero where nothing was set, in pages of 128 under groups of 128 pages. A write copies one page,
// one group and the list of groups: 2 or 3 KB, whatever the length.
type paged[T any] struct{ groups []*[pageSize]*[pageSize]T }

const (
	pageBits = 7
	pageSize = 1 << pageBits
)

// split gives the group, the page in it and the place on that of a position.
func split(i int) (group, page, place int) {
	return i >> (2 * pageBits), i >> pageBits % pageSize, i % pageSize
}

func (p paged[T]) at(i int) (x T) {
	if g, n, k := split(i); g < len(p.groups) && p.groups[g] != nil {
		if page := p.groups[g][n]; page != nil {
			return page[k]
		}
	}
	return x
}

func (p paged[T]) with(i int, x T) paged[T] { return p.withAll([]int{i}, x) }

// withAll is with for many places in ascending order, which copies what they have in common once.
func (p paged[T]) withAll(at []int, x T) paged[T] {
	w := paged[T]{slices.Clone(p.groups)}
	lastG, lastN := -1, -1
	for _, i := range at {
		g, n, k := split(i)
		if g != lastG {
			for len(w.groups) <= g {
				w.groups = append(w.groups, nil)
			}
			group := new([pageSize]*[pageSize]T)
			if old := w.groups[g]; old != nil {
				*group = *old
			}
			w.groups[g], lastG, lastN = group, g, -1
		}
		if n != lastN {
			page := new([pageSize]T)
			if old := w.groups[g][n]; old != nil {
				*page = *old
			}
			w.groups[g][n], lastN = page, n
		}
		w.groups[g][n][k] = x
	}
	return w
}

// set writes in place: only for whoever has just made p and shown it to nobody.
func (p *paged[T]) set(i int, x T) {
	g, n, k := split(i)
	for len(p.groups) <= g {
		p.groups = append(p.groups, nil)
	}
	if p.groups[g] == nil {
		p.groups[g] = new([pageSize]*[pageSize]T)
	}
	page := &p.groups[g][n]
	if *page == nil {
		*page = new([pageSize]T)
	}
	(*page)[k] = x
}

// slots gives things of one sort small dense numbers, in the order in which they were met. A slot is never taken away.
// Numbers of things grow with time, so nearly always a new thing is the newest; only a code that an undo took away can come
// back after newer ones into a View that never met it.
type slots struct {
	ids   []qda.ID // by slot
	order []int32  // slots by number; nil while the slots are in that order
}

func (s slots) find(n qda.ID) (int, bool) {
	if s.order == nil {
		return slices.BinarySearch(s.ids, n)
	}
	return slices.BinarySearchFunc(s.order, n, func(slot int32, n qda.ID) int { return cmp.Compare(s.ids[slot], n) })
}

func (s slots) of(n qda.ID) (int, bool) {
	i, ok := s.find(n)
	if !ok || s.order == nil {
		return i, ok
	}
	return int(s.order[i]), true
}

func (s slots) with(n qda.ID) slots {
	i, ok := s.find(n)
	if ok {
		return s
	}
	last := len(s.ids)
	r := slots{append(s.ids[:last:last], n), s.order}
	if s.order == nil {
		if i == last {
			return r
		}
		s.order = make([]int32, last)
		for k := range s.order {
			s.order[k] = int32(k)
		}
	}
	r.order = insert(s.order, i, int32(last))
	return r
}
