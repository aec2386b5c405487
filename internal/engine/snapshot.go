package engine

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"anyam/internal/qda"
)

// SnapshotFormat numbers the way a snapshot is written. A snapshot is a cache: the codings of a project at one seq as columns, so that a cold start need not read them row by
// row. It speaks of numbers, not of slots, so it outlives the View it was made of. Everything else, and all that came
// later, is read from the tables and the ledger; verify uses none.
//
// Format 2, inside one zstd frame (which carries a checksum). First, as varints: the documents that have codings, each with its
// number and how many; the codes and the coders that occur, by number. Then eight columns over all codings in document and text
// order, each cut into planes of bytes, the lowest first: start (as the difference to the one before in its document; 4 bytes),
// length (4), code and coder (their places in the lists above; 2 each), version (1), number (4), number less the entry that made it
// (4), and the time (4), which alone goes in the order of the numbers, as the difference to the one before with its sign in the
// lowest bit. A plane is one byte that says whether it is constant, then that constant or the plane.
const SnapshotFormat = 2

var (
	zstdWriter = sync.OnceValue(func() *zstd.Encoder {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithAllLitEntropyCompression(true), zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err) // the options are constant
		}
		return w
	})
	zstdReader = sync.OnceValue(func() *zstd.Decoder {
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(4<<30))
		if err != nil {
			panic(err)
		}
		return r
	})
)

// Snapshot writes the codings of a View, in SnapshotFormat.
func Snapshot(v *View) []byte {
	var documents int
	var head []byte
	codes, coders := newPlaces(len(v.codeSlots.ids)), newPlaces(len(v.coderSlots.ids))
	col := [8][]uint32{}
	for i := range col {
		col[i] = make([]uint32, 0, v.total)
	}
	at := make([]uint32, 0, v.total)
	for d, id := range v.documentSlots.ids {
		c := v.chunkAt(d)
		if len(c.id) == 0 {
			continue
		}
		documents++
		head = binary.AppendUvarint(binary.AppendUvarint(head, uint64(id)), uint64(len(c.id)))
		start := int32(0)
		for i := range c.id {
			col[0] = append(col[0], uint32(c.Start[i]-start))
			col[1] = append(col[1], uint32(c.Stop[i]-c.Start[i]))
			col[2] = append(col[2], codes.of(int(c.code[i])))
			col[3] = append(col[3], coders.of(int(c.coder[i])))
			col[4] = append(col[4], uint32(c.version[i]))
			col[5] = append(col[5], c.id[i])
			col[6] = append(col[6], c.id[i]-c.made[i])
			start = c.Start[i]
		}
		at = append(at, c.at...)
	}
	last := uint32(0)
	order, _ := byNumber(col[5])
	for _, i := range order {
		d := int32(at[i] - last)
		col[7] = append(col[7], uint32(d<<1)^uint32(d>>31))
		last = at[i]
	}
	all := append(binary.AppendUvarint(nil, uint64(documents)), head...)
	all = codes.append(all, v.codeSlots.ids)
	all = coders.append(all, v.coderSlots.ids)
	for i, c := range col {
		all = appendPlanes(all, c, planes[i])
	}
	return zstdWriter().EncodeAll(all, nil)
}

// planes is how many bytes each column of a snapshot has.
var planes = [8]int{4, 4, 2, 2, 1, 4, 4, 4}

// places numbers the slots that occur, in the order in which they are met.
type places struct {
	place []uint32 // by slot, plus 1
	slots []int
}

func newPlaces(n int) *places { return &places{place: make([]uint32, n)} }

func (p *places) of(slot int) uint32 {
	if p.place[slot] == 0 {
		p.slots = append(p.slots, slot)
		p.place[slot] = uint32(len(p.slots))
	}
	return p.place[slot] - 1
}

func (p *places) append(b []byte, ids []qda.ID) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.slots)))
	for _, s := range p.slots {
		b = binary.AppendUvarint(b, uint64(ids[s]))
	}
	return b
}

func appendPlanes(b []byte, col []uint32, n int) []byte {
	for shift := 0; shift < 8*n; shift += 8 {
		var first byte
		constant := true
		if len(col) > 0 {
			first = byte(col[0] >> shift)
			constant = !slices.ContainsFunc(col, func(x uint32) bool { return byte(x>>shift) != first })
		}
		if constant {
			b = append(b, 0, first)
			continue
		}
		b = append(b, 1)
		for _, x := range col {
			b = append(b, byte(x>>shift))
		}
	}
	return b
}

// byNumber gives the positions of some numbers in ascending order of the numbers, and these. Numbers of things lie close together,
// so as a rule they are laid out by value; where they do not, they are sorted.
func byNumber(numbers []uint32) (order, sorted []uint32) {
	order, sorted = make([]uint32, 0, len(numbers)), make([]uint32, 0, len(numbers))
	if len(numbers) == 0 {
		return order, sorted
	}
	low, high := slices.Min(numbers), slices.Max(numbers)
	if wide := uint64(high-low) + 1; wide <= 8*uint64(len(numbers)) {
		place := make([]uint32, wide)
		for i, n := range numbers {
			place[n-low] = uint32(i) + 1
		}
		for n, i := range place {
			if i > 0 {
				order, sorted = append(order, i-1), append(sorted, low+uint32(n))
			}
		}
		return order, sorted
	}
	for i := range numbers {
		order = append(order, uint32(i))
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(numbers[a], numbers[b]) })
	for _, i := range order {
		sorted = append(sorted, numbers[i])
	}
	return order, sorted
}

var errSnapshot = errors.New("a snapshot can't be read")

// packed reads a snapshot from its front.
type packed struct {
	b   []byte
	bad bool
}

func (p *packed) next() uint64 {
	x, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.bad = true
		return 0
	}
	p.b = p.b[n:]
	return x
}

// count reads how many things follow, of which each takes a byte at least.
func (p *packed) count() int {
	n := p.next()
	if n > uint64(len(p.b)) {
		p.bad = true
		return 0
	}
	return int(n)
}

// column puts the planes of a column of n together.
func column[T uint8 | uint16 | int32 | uint32](p *packed, n, planes int) []T {
	col := make([]T, n)
	for shift := 0; shift < 8*planes; shift += 8 {
		if len(p.b) < 2 || p.b[0] != 0 && len(p.b) < 1+n {
			p.bad = true
			return col
		}
		if p.b[0] == 0 {
			if x := T(p.b[1]) << shift; x != 0 {
				for i := range col {
					col[i] |= x
				}
			}
			p.b = p.b[2:]
			continue
		}
		plane := p.b[1 : 1+n]
		if shift == 0 {
			for i, x := range plane {
				col[i] = T(x)
			}
		} else {
			for i, x := range plane {
				col[i] |= T(x) << shift
			}
		}
		p.b = p.b[1+n:]
	}
	return col
}

// slots reads a list of numbers as slots, new ones for what the tables do not hold any more: what came later takes it away.
func (p *packed) slots(known *slots) []uint16 {
	r := make([]uint16, p.count())
	for i := range r {
		n := qda.ID(p.next())
		*known = known.with(n)
		s, _ := known.of(n)
		if s >= MostThings {
			p.bad = true
		}
		r[i] = uint16(s)
	}
	return r
}

// decodeSnapshot puts the codings into a View that has none and that nobody else has seen yet.
func (v *View) decodeSnapshot(b []byte) error {
	b, err := zstdReader().DecodeAll(b, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errSnapshot, err)
	}
	p := &packed{b: b}
	documents := make([]qda.ID, p.count())
	counts := make([]int, len(documents))
	total := 0
	for i := range documents {
		documents[i] = qda.ID(p.next())
		if counts[i] = int(p.next()); p.bad || counts[i] < 0 || counts[i] > math.MaxInt32 {
			return errSnapshot
		}
		total += counts[i]
		v.documentSlots = v.documentSlots.with(documents[i])
	}
	codes, coders := p.slots(&v.codeSlots), p.slots(&v.coderSlots)
	if p.bad || total > math.MaxInt32 || len(v.documentSlots.ids) > MostThings {
		return errSnapshot
	}
	c := &columns{start: column[int32](p, total, planes[0]), stop: column[int32](p, total, planes[1]), code: column[uint16](p, total, planes[2]), coder: column[uint16](p, total, planes[3]),
		version: column[uint8](p, total, planes[4]), id: column[uint32](p, total, planes[5]), made: column[uint32](p, total, planes[6])}
	when := column[uint32](p, total, planes[7])
	if p.bad || len(p.b) > 0 {
		return errSnapshot
	}
	for i, k := range c.code {
		if int(k) >= len(codes) || int(c.coder[i]) >= len(coders) {
			return errSnapshot
		}
		c.code[i], c.coder[i] = codes[k], coders[c.coder[i]]
		c.made[i] = c.id[i] - c.made[i]
	}
	c.at = make([]uint32, total)
	last := uint32(0)
	order, sorted := byNumber(c.id)
	if len(order) != total {
		return errSnapshot // a number twice
	}
	for k, i := range order {
		last += when[k]>>1 ^ -(when[k] & 1)
		c.at[i] = last
	}
	slots := make([]int, len(documents))
	i := 0
	for d, n := range counts {
		slots[d], _ = v.documentSlots.of(documents[d])
		begin := int32(0)
		for range n {
			begin += c.start[i]
			c.start[i] = begin
			c.stop[i] += begin
			if begin < 0 || c.stop[i] <= begin {
				return errSnapshot
			}
			i++
		}
	}
	v.lay(c, slots, counts, order, sorted)
	return nil
}

// Open builds a View from an image, with its snapshot if it has one.
func Open(img *qda.Image) (*View, error) {
	if img.Snapshot == nil {
		return load(img)
	}
	v, err := load(img) // which has no codings
	if err != nil {
		return nil, err
	}
	if err := v.decodeSnapshot(img.Snapshot); err != nil {
		return nil, err
	}
	// Of what came after it, the codings' part: the rest is in the tables.
	next := v.next
	for _, e := range img.Later {
		for _, d := range e.Did {
			if d.Of != qda.SortCoding {
				continue
			}
			if err := v.effect([]qda.Did{d}, e.Seq); err != nil {
				return nil, fmt.Errorf("%w: entry %d: %w", errSnapshot, e.Seq, err)
			}
		}
	}
	v.next = next
	return v, nil
}

// A snapshot is worth having when a project has many codings, and worth renewing when many entries came after it.
const (
	snapshotFrom  = 2_000 // codings
	snapshotEvery = 2_000 // entries
)

// keepSnapshot stores a snapshot of a View, now and then. It runs apart from reads and writes, since a View never changes.
func (e *Engine) keepSnapshot(l *live, v *View) {
	l.mu.Lock()
	due := v.total >= snapshotFrom && v.seq-l.snapped >= snapshotEvery
	if due {
		l.snapped = v.seq
	}
	l.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(e.ctx, ledgerLimit)
	defer cancel()
	if err := e.ledger.SaveSnapshot(ctx, v.id, v.seq, SnapshotFormat, Snapshot(v)); err != nil && e.ctx.Err() == nil {
		e.opt.Log.Warn("a snapshot could not be kept; the next start reads the table", "project", v.id, "error", err)
	}
}
