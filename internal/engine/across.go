package engine

import (
	"slices"

	"anyam/internal/qda"
)

// Cross counts codings by code and by something that documents have: themselves, or a value of an attribute.
type Cross struct {
	view    *View
	columns int
	cell    []uint32 // column by column, code slots
}

// At gives the codings of the node itself in a column.
func (c *Cross) At(code qda.ID, column int) int {
	s, ok := c.view.codeSlots.of(code)
	if !ok || column < 0 || column >= c.columns {
		return 0
	}
	return int(c.cell[column*len(c.view.codeSlots.ids)+s])
}

// across counts codings by code into the column of their document; a column below 0 leaves the document out.
func (l Lens) across(columns int, column func(int, *qda.Document) int) *Cross {
	codes := len(l.codeSlots.ids)
	c := &Cross{view: l.View, columns: columns, cell: make([]uint32, columns*codes)}
	for s, d := range l.live() {
		to := column(s, d)
		if to < 0 {
			continue
		}
		k := l.chunkAt(s)
		row := c.cell[to*codes:][:codes]
		some, all := l.sight(k)
		if !some {
			continue
		}
		if all {
			for _, code := range k.code {
				row[code]++
			}
			continue
		}
		for i, code := range k.code {
			if l.by[k.coder[i]] {
				row[code]++
			}
		}
	}
	// The few codes that are asleep are emptied afterwards, instead of asking each coding.
	for s, awake := range l.tree().awake {
		for i := s; !awake && i < len(c.cell); i += codes {
			c.cell[i] = 0
		}
	}
	return c
}

// ByDocument counts codings by code and live document, the columns in the order of the documents given back.
func (l Lens) ByDocument() (*Cross, []qda.ID) {
	var order []qda.ID
	for _, d := range l.live() {
		order = append(order, d.ID)
	}
	next := -1
	return l.across(len(order), func(int, *qda.Document) int { next++; return next }), order
}

// ByValue counts codings by code and value of an attribute: the document's, or that of its case. The values are sorted; the
// first column, "", is for documents without one.
func (l Lens) ByValue(attribute qda.ID) (*Cross, []string) {
	x, ok := l.attributes.get(attribute)
	if !ok {
		return l.across(0, func(int, *qda.Document) int { return -1 }), nil
	}
	value := func(d *qda.Document) string {
		if x.Of == qda.OfDocuments {
			return d.Values[attribute]
		}
		if c, ok := l.cases.get(d.Case); ok {
			return c.Values[attribute]
		}
		return ""
	}
	of := make([]string, len(l.documentSlots.ids))
	values := []string{""}
	for s, d := range l.live() {
		of[s] = value(d)
		if i, there := slices.BinarySearch(values, of[s]); !there {
			values = slices.Insert(values, i, of[s])
		}
	}
	return l.across(len(values), func(s int, _ *qda.Document) int {
		i, _ := slices.BinarySearch(values, of[s])
		return i
	}), values
}

// Coverage says over how many characters each code holds.
type Coverage struct {
	view  *View
	chars []int64 // by code slot
}

// Of gives the characters under at least one coding of the node itself.
func (c *Coverage) Of(code qda.ID) int {
	if s, ok := c.view.codeSlots.of(code); ok {
		return int(c.chars[s])
	}
	return 0
}

// Coverage gives the length of the union of each code's codings: one pass, with a "reached so far" for each code.
func (l Lens) Coverage() *Coverage {
	awake := l.tree().awake
	c := &Coverage{view: l.View, chars: make([]int64, len(awake))}
	at := make([]struct{ chars, reached int64 }, len(awake))
	base := int64(0)
	for s, d := range l.live() {
		k := l.chunkAt(s)
		if some, all := l.sight(k); some {
			starts, stops := k.Start[:len(k.code)], k.Stop[:len(k.code)]
			for i, code := range k.code {
				if !all && !l.by[k.coder[i]] {
					continue
				}
				stop, x := base+int64(stops[i]), &at[code]
				if stop > x.reached {
					x.chars += stop - max(base+int64(starts[i]), x.reached)
					x.reached = stop
				}
			}
		}
		base += int64(d.Chars) + 1
	}
	for s, yes := range awake {
		if yes {
			c.chars[s] = at[s].chars
		}
	}
	return c
}

// Both says over how many characters two coders each gave a code: by the first, by the second, by both.
type Both struct{ First, Second, Both int }

// Agreement compares two coders character by character, code by code.
type Agreement struct {
	view                  *View
	first, second, either []int64 // by code slot
	Chars                 int     // of the live documents looked into: with Both it gives how many neither coded
}

// Of gives a code's characters.
func (a *Agreement) Of(code qda.ID) Both {
	s, ok := a.view.codeSlots.of(code)
	if !ok {
		return Both{}
	}
	// |X ∩ Y| = |X| + |Y| − |X ∪ Y|
	return Both{int(a.first[s]), int(a.second[s]), int(a.first[s] + a.second[s] - a.either[s])}
}

// Agreement gives the characters on which two coders agree, for every code that is awake: one pass, with three "reached so far" for
// each code. Where the Lens does not see a coder, nothing is theirs.
func (l Lens) Agreement(first, second qda.ID) *Agreement {
	awake := l.tree().awake
	n := len(awake)
	a := &Agreement{view: l.View, first: make([]int64, n), second: make([]int64, n), either: make([]int64, n)}
	whose, either := make([]uint8, len(l.coderSlots.ids)), uint64(0)
	for i, n := range []qda.ID{first, second} {
		if s, ok := l.coderSlots.of(n); ok && l.sees(uint16(s)) {
			whose[s] |= 1 << i
			either |= 1 << (s % 64)
		}
	}
	type reached struct{ first, second, either int64 }
	at := make([]reached, n)
	base := int64(0)
	for s, d := range l.live() {
		if c := l.chunkAt(s); c.whose&either != 0 {
			for i, coder := range c.coder {
				w := whose[coder]
				if w == 0 {
					continue
				}
				code := c.code[i]
				start, stop, r := base+int64(c.Start[i]), base+int64(c.Stop[i]), &at[code]
				if w&1 != 0 && stop > r.first {
					a.first[code] += stop - max(start, r.first)
					r.first = stop
				}
				if w&2 != 0 && stop > r.second {
					a.second[code] += stop - max(start, r.second)
					r.second = stop
				}
				if stop > r.either {
					a.either[code] += stop - max(start, r.either)
					r.either = stop
				}
			}
		}
		base += int64(d.Chars) + 1
		a.Chars += int(d.Chars)
	}
	for s, yes := range awake {
		if !yes {
			a.first[s], a.second[s], a.either[s] = 0, 0, 0
		}
	}
	return a
}
