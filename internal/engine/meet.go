package engine

import "anyam/internal/qda"

// Pairs answers who meets whom: for two codes, in how many pairs of codings they overlap, and over how many
// characters (summed over pairs, so words under two codings of one code count twice).
type Pairs struct {
	view   *View
	awake  []bool    // by code slot
	n      int       // rows: code slots
	packed []uint64  // row of the coding that begins earlier; pairs in the upper 24 bits, characters in the lower 40
	wide   []meeting // what did not fit any more; nil as a rule
	sparse map[[2]uint16]meeting

	pairs, chars int // at most so many stand in packed cells
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
	if !ok || !ok2 || !p.awake[i] || !p.awake[j] {
		return 0, 0
	}
	m := p.at(i, j)
	if i != j {
		o := p.at(j, i)
		m.pairs, m.chars = m.pairs+o.pairs, m.chars+o.chars
	}
	return int(m.pairs), int(m.chars)
}

func (p *Pairs) at(i, j int) (m meeting) {
	if p.sparse != nil {
		return p.sparse[[2]uint16{uint16(i), uint16(j)}]
	}
	at := i*p.n + j
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
	p.pairs, p.chars = 0, 0
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
// forward scan based plane sweep algorithm for parallel interval joins", PVLDB 10(11), 2017). Codes that are asleep are met like
// others and never asked for; what a Lens does not see is left out beforehand, in columns that stay in the nearest cache.
func (l Lens) meet() *Pairs {
	p := &Pairs{view: l.View, awake: l.tree().awake, n: len(l.codeSlots.ids)}
	if p.n > denseMost {
		p.sparse = map[[2]uint16]meeting{}
	} else {
		p.packed = make([]uint64, p.n*p.n)
	}
	var starts, stops []int32
	var codes []uint16
	for d := range l.live() {
		c := l.chunkAt(d)
		some, all := l.sight(c)
		if all {
			p.scan(c.Start, c.Stop, c.code)
		}
		if all || !some {
			continue
		}
		n := len(c.id)
		if cap(starts) < n {
			starts, stops, codes = make([]int32, 2*n), make([]int32, 2*n), make([]uint16, 2*n)
		}
		starts, stops, codes = starts[:n], stops[:n], codes[:n]
		m := 0
		for i, w := range c.coder {
			starts[m], stops[m], codes[m] = c.Start[i], c.Stop[i], c.code[i]
			if l.by[w] {
				m++
			}
		}
		p.scan(starts[:m], stops[:m], codes[:m])
	}
	return p
}

// scan adds the pairs of one document: a pair costs one addition to one cell of one row.
func (p *Pairs) scan(starts, stops []int32, codes []uint16) {
	stops, codes = stops[:len(starts)], codes[:len(starts)]
	for i, stop := range stops {
		if p.sparse != nil {
			p.thin(starts, stops, codes, i)
			continue
		}
		after, ends, others := starts[i+1:], stops[i+1:], codes[i+1:]
		if len(after) == 0 || after[0] >= stop {
			continue
		}
		// This row has at most len(after) pairs of at most its own length.
		long := int(stop - starts[i])
		if p.pairs+len(after) > pairsFull || p.chars+len(after)*long > charsFull {
			p.pour()
			if len(after) > pairsFull || len(after)*long > charsFull {
				p.broad(starts, stops, codes, i)
				continue
			}
		}
		row := p.packed[int(codes[i])*p.n:][:p.n]
		ends, others = ends[:len(after)], others[:len(after)]
		met := len(after)
		for j, start := range after {
			if start >= stop {
				met = j
				break
			}
			row[others[j]] += 1<<charBits | uint64(min(stop, ends[j])-start)
		}
		p.pairs, p.chars = p.pairs+met, p.chars+met*long
	}
}

// broad is one row that packed cells could not hold.
func (p *Pairs) broad(starts, stops []int32, codes []uint16, i int) {
	row := p.wide[int(codes[i])*p.n:][:p.n]
	for j := i + 1; j < len(starts) && starts[j] < stops[i]; j++ {
		row[codes[j]].pairs++
		row[codes[j]].chars += uint64(min(stops[i], stops[j]) - starts[j])
	}
}

// thin is one row of a codebook too large for a matrix.
func (p *Pairs) thin(starts, stops []int32, codes []uint16, i int) {
	for j := i + 1; j < len(starts) && starts[j] < stops[i]; j++ {
		k := [2]uint16{codes[i], codes[j]}
		m := p.sparse[k]
		m.pairs++
		m.chars += uint64(min(stops[i], stops[j]) - starts[j])
		p.sparse[k] = m
	}
}
