package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// A snapshot is a cache: the codings of a project at one seq as columns, so that a cold start need not read them row by
// row. It speaks of numbers, not of slots, so it outlives the View it was made of. Everything else, and all that came
// later, is read from the tables and the ledger; verify uses none.
//
// Format 1, inside one zstd frame, numbers as varints: how many documents have codings; for each its number and how many; then
// the columns one after the other, each over all codings in document and text order: start (difference to the one before in
// its document), length, number (difference), code, coder, version, made (difference), at (difference).
const snapshotFormat = 1

var (
	zstdWriter = sync.OnceValue(func() *zstd.Encoder {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
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

// encodeSnapshot writes the codings of a View.
func encodeSnapshot(v *View) []byte {
	var head []byte
	cols := make([][]byte, 8)
	n := 0
	for d, id := range v.documentSlots.ids {
		c := v.chunkAt(d)
		if len(c.id) == 0 {
			continue
		}
		n++
		head = binary.AppendUvarint(binary.AppendUvarint(head, uint64(id)), uint64(len(c.id)))
		var start, number, made, at int64
		for i := range c.id {
			for k, x := range [8]int64{int64(c.Start[i]) - start, int64(c.Stop[i] - c.Start[i]), int64(c.id[i]) - number, int64(v.codeSlots.ids[c.code[i]]),
				int64(v.coderSlots.ids[c.coder[i]]), int64(c.version[i]), int64(c.made[i]) - made, int64(c.at[i]) - at} {
				cols[k] = binary.AppendVarint(cols[k], x)
			}
			start, number, made, at = int64(c.Start[i]), int64(c.id[i]), int64(c.made[i]), int64(c.at[i])
		}
	}
	all := append(binary.AppendUvarint(nil, uint64(n)), head...)
	for _, c := range cols {
		all = append(all, c...)
	}
	return zstdWriter().EncodeAll(all, nil)
}

var errSnapshot = errors.New("a snapshot can't be read")

// decodeSnapshot gives the codings back.
func decodeSnapshot(b []byte) ([]qda.Coding, error) {
	b, err := zstdReader().DecodeAll(b, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	bad := false
	next := func() uint64 {
		x, n := binary.Uvarint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return x
	}
	signed := func() int64 {
		x, n := binary.Varint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return x
	}
	type part struct {
		document qda.ID
		n        int
	}
	documents := next()
	if documents > uint64(len(b)) {
		return nil, errSnapshot
	}
	parts := make([]part, documents)
	total := 0
	for i := range parts {
		parts[i] = part{qda.ID(next()), int(next())}
		if bad || parts[i].n < 0 || parts[i].n > len(b) {
			return nil, errSnapshot
		}
		total += parts[i].n
	}
	if total > len(b) {
		return nil, errSnapshot
	}
	r := make([]qda.Coding, total)
	column := func(differences bool, set func(*qda.Coding, int64)) {
		i := 0
		for _, p := range parts {
			last := int64(0)
			for range p.n {
				x := signed()
				if differences {
					x += last
					last = x
				}
				r[i].Document = p.document
				set(&r[i], x)
				i++
			}
		}
	}
	column(true, func(c *qda.Coding, x int64) { c.Start = int32(x) })
	column(false, func(c *qda.Coding, x int64) { c.Stop = c.Start + int32(x) })
	column(true, func(c *qda.Coding, x int64) { c.ID = qda.ID(x) })
	column(false, func(c *qda.Coding, x int64) { c.Code = qda.ID(x) })
	column(false, func(c *qda.Coding, x int64) { c.Coder = qda.ID(x) })
	column(false, func(c *qda.Coding, x int64) { c.Version = int32(x) })
	column(true, func(c *qda.Coding, x int64) { c.Made = qda.Seq(x) })
	column(true, func(c *qda.Coding, x int64) { c.At = x })
	if bad || len(b) > 0 {
		return nil, errSnapshot
	}
	for i := range r {
		if (span.Span{Start: r[i].Start, Stop: r[i].Stop}).Empty() || r[i].Start < 0 {
			return nil, errSnapshot
		}
	}
	return r, nil
}

// withLater brings the codings of a snapshot up to an image's head by the effects of the entries after it.
func withLater(codings []qda.Coding, later []*qda.Entry) ([]qda.Coding, error) {
	touched := map[qda.ID]qda.Thing{}
	for _, e := range later {
		for _, d := range e.Did {
			if d.Of == qda.SortCoding {
				touched[d.ID] = nil
			}
		}
	}
	if len(touched) == 0 {
		return codings, nil
	}
	kept := codings[:0]
	for _, c := range codings {
		if _, ok := touched[c.ID]; ok {
			x := c
			touched[c.ID] = &x
		} else {
			kept = append(kept, c)
		}
	}
	for _, e := range later {
		for _, d := range e.Did {
			if d.Of != qda.SortCoding {
				continue
			}
			is, err := d.Apply(touched[d.ID], e.Seq)
			if err != nil {
				return nil, fmt.Errorf("%w: entry %d: %w", errSnapshot, e.Seq, err)
			}
			touched[d.ID] = is
		}
	}
	for _, t := range touched {
		if c, ok := t.(*qda.Coding); ok {
			kept = append(kept, *c)
		}
	}
	return kept, nil
}

// openImage builds a View from an image, with its snapshot if it has one.
func openImage(img *qda.Image) (*View, error) {
	if img.Snapshot != nil {
		codings, err := decodeSnapshot(img.Snapshot)
		if err != nil {
			return nil, err
		}
		if img.Codings, err = withLater(codings, img.Later); err != nil {
			return nil, err
		}
	}
	v, err := load(img)
	if err != nil && img.Snapshot != nil {
		return nil, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	return v, err
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
	if err := e.ledger.SaveSnapshot(e.ctx, v.id, v.seq, snapshotFormat, encodeSnapshot(v)); err != nil && e.ctx.Err() == nil {
		e.opt.Log.Warn("a snapshot could not be kept; the next start reads the table", "project", v.id, "error", err)
	}
}
