package engine

import (
	"slices"
	"sync"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// answers keeps what a View has worked out once. A View stands at one seq, so they are good for ever.
type answers struct {
	mu     sync.Mutex
	counts map[uint32]*Counts // by coder slot + 1 of a blind viewer; 0: all
	pairs  map[uint32]*Pairs
	under  map[underKey][]span.Set
	axis   *axis

	review  reviewed
	digests map[qda.ID]qda.Digest // by theme
	coded   struct {
		once sync.Once
		by   []sum // by code slot
	}
}

func (l Lens) key() uint32 {
	if l.blind {
		return uint32(l.own) + 1
	}
	return 0
}

// Count is how much there is under a node.
type Count struct {
	Codings   int // codings of the node itself
	Documents int // live documents that have one
	Cases     int // cases of those documents
	// The same with everything below the node.
	AllCodings, AllDocuments, AllCases int
}

// Counts answers how often what was coded, at one seq.
type Counts struct {
	view      *View
	nodes     []Count
	byCoder   [][]int32 // code slot, coder slot: codings of the node itself
	documents []int32   // document slot: codings
	Codings   int       // all of them
}

// Node gives a node's counts.
func (c *Counts) Node(n qda.ID) Count {
	if s, ok := c.view.codeSlots.of(n); ok {
		return c.nodes[s]
	}
	return Count{}
}

// ByCoder gives the codings of the node itself by one coder.
func (c *Counts) ByCoder(n, coder qda.ID) int {
	s, ok := c.view.codeSlots.of(n)
	w, ok2 := c.view.coderSlots.of(coder)
	if !ok || !ok2 {
		return 0
	}
	return int(c.byCoder[s][w])
}

// Document gives the codings in a document.
func (c *Counts) Document(n qda.ID) int {
	if s, ok := c.view.documentSlots.of(n); ok {
		return int(c.documents[s])
	}
	return 0
}

// Counts gives the counts as this Lens sees them; the first question at a seq pays for one pass over the codings.
func (l Lens) Counts() *Counts {
	if l.narrow {
		return l.count()
	}
	a := l.kept
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.counts[l.key()]; c != nil {
		return c
	}
	c := l.count()
	if a.counts == nil {
		a.counts = map[uint32]*Counts{}
	}
	a.counts[l.key()] = c
	return c
}

func (l Lens) count() *Counts {
	t, codes, coders := l.tree(), len(l.codeSlots.ids), len(l.coderSlots.ids)
	c := &Counts{view: l.View, nodes: make([]Count, codes), byCoder: make([][]int32, codes), documents: make([]int32, len(l.documentSlots.ids))}
	flat := make([]int32, codes*coders)
	for i := range c.byCoder {
		c.byCoder[i] = flat[i*coders : (i+1)*coders]
	}
	// Documents of one case together, so that "seen last" tells a new case as it tells a new document.
	type place struct {
		slot int
		of   qda.ID
	}
	var order []place
	for s, d := range l.live() {
		order = append(order, place{s, d.Case})
	}
	slices.SortStableFunc(order, func(a, b place) int { return int(int64(a.of) - int64(b.of)) })
	lastCase := make([]qda.ID, codes)
	allDocument, allCase := make([]int, codes), make([]qda.ID, codes)
	here, met := make([]int32, codes), make([]uint16, 0, codes) // codings in one document, and of which codes
	for turn, p := range order {
		turn++
		chunk := l.chunkAt(p.slot)
		some, all := l.sight(chunk)
		if !some {
			continue
		}
		for i, k := range chunk.code {
			w := chunk.coder[i]
			if !t.awake[k] || !all && !l.by[w] {
				continue
			}
			flat[int(k)*coders+int(w)]++
			if here[k] == 0 {
				met = append(met, k)
			}
			here[k]++
		}
		for _, k := range met {
			n := &c.nodes[k]
			n.Codings += int(here[k])
			c.documents[p.slot] += here[k]
			here[k] = 0
			n.Documents++
			if p.of != 0 && lastCase[k] != p.of {
				lastCase[k] = p.of
				n.Cases++
			}
			for up := int32(k); up >= 0 && allDocument[up] != turn; up = t.above[up] {
				allDocument[up] = turn
				c.nodes[up].AllDocuments++
				if p.of != 0 && allCase[up] != p.of {
					allCase[up] = p.of
					c.nodes[up].AllCases++
				}
			}
		}
		c.Codings += int(c.documents[p.slot])
		met = met[:0]
	}
	for _, n := range slices.Backward(t.order) { // children before parents
		s, _ := l.codeSlots.of(n.ID)
		c.nodes[s].AllCodings += c.nodes[s].Codings
		if up := t.above[s]; up >= 0 {
			c.nodes[up].AllCodings += c.nodes[s].AllCodings
		}
	}
	return c
}

// Covered gives the characters of a live document under at least one coding that is seen.
func (l Lens) Covered(document qda.ID) int32 {
	d, ok := l.slot(document)
	if !ok {
		return 0
	}
	c, awake := l.chunkAt(d), l.tree().awake
	var reached, covered int32
	for i, k := range c.code {
		if awake[k] && l.sees(c.coder[i]) && c.Stop[i] > reached {
			covered += c.Stop[i] - max(c.Start[i], reached)
			reached = c.Stop[i]
		}
	}
	return covered
}

// At gives the codings of a live document that hold at one code point, shortest first.
func (l Lens) At(document qda.ID, point int32) []qda.Coding {
	r := l.Codings(document, span.Span{Start: point, Stop: point + 1})
	slices.SortStableFunc(r, func(a, b qda.Coding) int { return int((a.Stop - a.Start) - (b.Stop - b.Start)) })
	return r
}
