package engine

import (
	"math"

	"anyam/internal/qda"
)

// Pairs answers who meets whom: for two codes, in how many pairs of codings they overlap, and over how many
// characters (summed over pairs, so words under two codings of one code count twice).
type Pairs struct {
	view   *View
	number []int32   // code slot: row and column, -1 for one that is asleep
	n      int       // rows
	packed []uint64  // row of the coding that begins earlier; pairs in the upper 24 bits, characters in the lower 40
	wide   []meeting // what did not fit any more; nil as a rule
	sparse map[[2]uint16]meeting
}

type meeting struct{ pairs, chars uint64 }

const (
	charBits  = 40
	pairsFull = 1<<24 - 1 // so many pairs at most are added to packed cells before they are poured out
	charsFull = 1<<charBits - 1
	// denseMost is how many codes a matrix is made for: 128 MB. Beyond it cells are kept one by one.
	denseMost = 4096
)

// Meet gives the overlapping pairs of codings of two codes and their overlapped characters.
func (p *Pairs) Meet(a, b qda.ID) (pairs, chars int) {
	i, ok := p.view.codeSlots.of(a)
	j, ok2 := p.view.codeSlots.of(b)
	if !ok || !ok2 || p.number[i] < 0 || p.number[j] < 0 {
		return 0, 0
	}
	m := p.at(p.number[i], p.number[j])
	if i != j {
		o := p.at(p.number[j], p.number[i])
		m.pairs, m.chars = m.pairs+o.pairs, m.chars+o.chars
	}
	return int(m.pairs), int(m.chars)
}

func (p *Pairs) at(i, j int32) (m meeting) {
	if p.sparse != nil {
		return p.sparse[[2]uint16{uint16(i), uint16(j)}]
	}
	at := int(i)*p.n + int(j)
	if p.wide != nil {
		m = p.wide[at]
	}
	return meeting{m.pairs + p.packed[at]>>charBits, m.chars + p.packed[at]&charsFull}
}

// pour empties the packed cells into wide ones, before any could overflow.
func (p *Pairs) pour() {
	if p.wide == nil {
		p.wide = make([]meeting, len(p.packed))
	}
	for i, x := range p.packed {
		p.wide[i].pairs += x >> charBits
		p.wide[i].chars += x & charsFull
	}
	clear(p.packed)
}

// Pairs gives co-occurrence as this Lens sees it; the first question at a seq pays for it.
func (l Lens) Pairs() *Pairs {
	if l.narrow {
		return l.meet()
	}
	a := l.kept
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.pairs[l.key()]; p != nil {
		return p
	}
	if a.pairs == nil {
		a.pairs = map[uint32]*Pairs{}
	}
	p := l.meet()
	a.pairs[l.key()] = p
	return p
}

// meet is the forward scan over (document, start), which visits exactly the overlapping pairs (Bouros and Mamoulis, "A
// forward scan based plane sweep algorithm for parallel interval joins", PVLDB 10(11), 2017). What counts of a document is
// first gathered in columns that stay in the nearest cache; a pair then costs one addition to one cell of one row.
func (l Lens) meet() *Pairs {
	awake := l.tree().awake
	p := &Pairs{view: l.View, number: make([]int32, len(awake))}
	for s, yes := range awake {
		p.number[s] = -1
		if yes {
			p.number[s] = int32(p.n)
			p.n++
		}
	}
	if p.n > denseMost {
		p.sparse = map[[2]uint16]meeting{}
	} else {
		p.packed = make([]uint64, p.n*p.n)
	}
	var starts, stops []int32
	var codes []uint16
	pairs, chars := 0, 0 // at most so many stand in packed cells
	for d := range l.live() {
		c := l.chunkAt(d)
		n := len(c.id)
		if cap(starts) < n+1 {
			starts, stops, codes = make([]int32, 2*n+1), make([]int32, 2*n+1), make([]uint16, 2*n+1)
		}
		starts, stops, codes = starts[:n+1], stops[:n+1], codes[:n+1]
		m := 0
		for i, k := range c.code {
			starts[m], stops[m], codes[m] = c.Start[i], c.Stop[i], uint16(p.number[k])
			if p.number[k] >= 0 && l.sees(c.coder[i]) {
				m++
			}
		}
		starts[m] = math.MaxInt32 // ends every row
		starts, stops, codes = starts[:m+1], stops[:m+1], codes[:m+1]
		for i, stop := range stops[:m] {
			if p.sparse != nil {
				p.thin(starts, stops, codes, i)
				continue
			}
			// This row has at most `most` pairs of at most its own length.
			most, long := m-1-i, int(stop-starts[i])
			if pairs+most > pairsFull || chars+most*long > charsFull {
				p.pour()
				pairs, chars = 0, 0
				if most > pairsFull || most*long > charsFull {
					p.broad(starts, stops, codes, i)
					continue
				}
			}
			row := p.packed[int(codes[i])*p.n:][:p.n]
			j := i + 1
			for ; starts[j] < stop; j++ {
				row[codes[j]] += 1<<charBits | uint64(min(stop, stops[j])-starts[j])
			}
			pairs, chars = pairs+j-1-i, chars+(j-1-i)*long
		}
	}
	return p
}

// broad is one row that packed cells could not hold.
func (p *Pairs) broad(starts, stops []int32, codes []uint16, i int) {
	row := p.wide[int(codes[i])*p.n:][:p.n]
	for j := i + 1; starts[j] < stops[i]; j++ {
		row[codes[j]].pairs++
		row[codes[j]].chars += uint64(min(stops[i], stops[j]) - starts[j])
	}
}

// thin is one row of a codebook too large for a matrix.
func (p *Pairs) thin(starts, stops []int32, codes []uint16, i int) {
	for j := i + 1; starts[j] < stops[i]; j++ {
		k := [2]uint16{codes[i], codes[j]}
		m := p.sparse[k]
		m.pairs++
		m.chars += uint64(min(stops[i], stops[j]) - starts[j])
		p.sparse[k] = m
	}
}
