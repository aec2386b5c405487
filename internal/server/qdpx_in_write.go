package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// writing is what a bringer has not written yet. Changes go out many at once, as each alone would wait for the disk by itself, and while
// those are written the next are made ready.
type writing struct {
	away        *sent
	again       bool // some of it is there from the time before
	pending     []toWrite
	files       []store.NewFile // that those speak of
	bytes       int             // of texts in it
	done, steps int
}

type toWrite struct {
	label string
	in    qda.Intent
	then  func(*qda.Entry)
	weigh int // how many things of the file it is
}

// sent is what is being written.
type sent struct {
	all     []toWrite
	entries []*qda.Entry
	errs    []error
	err     error
	done    chan struct{}
}

const mostPending = 8 << 20 // bytes of texts that are written at once

// begin looks whether the file has been here before, and counts what there is to do.
func (g *bringer) begin(ctx context.Context, p *refi.Project) error {
	var first []string
	if len(p.Coders) > 0 {
		first = append(first, "coder "+p.Coders[0].GUID.String())
	}
	if len(p.Cases) > 0 {
		first = append(first, "case "+p.Cases[0].GUID.String())
	}
	if len(p.Attributes) > 0 {
		first = append(first, fmt.Sprint("attribute ", 0, p.Attributes[0].GUID), fmt.Sprint("attribute ", 1, p.Attributes[0].GUID))
	}
	if len(p.Codes) > 0 {
		first = append(first, "code "+p.Codes[0].GUID.String())
	}
	for i := range p.Documents {
		if first = append(first, "document "+p.Documents[i].GUID.String()); i > 0 {
			break
		}
	}
	if len(p.Memos) > 0 {
		m := p.Memos[0]
		for _, t := range append(m.On, refi.Target{}) {
			first = append(first, fmt.Sprint("memo ", m.GUID, t))
		}
	}
	for _, label := range first {
		e, err := g.Store.ByChange(ctx, g.Project, g.change(label))
		if err != nil {
			return err
		}
		g.again = g.again || e != nil
	}
	g.out.Again = g.again
	g.steps = len(p.Coders) + len(p.Attributes) + len(p.Cases) + len(p.Documents) + len(p.Memos) + p.CodingCount()
	p.EachCode(func(_, _ *refi.Code) { g.steps++ })
	return nil
}

// change is the id of a change of this file. The label says of what the change is. What was joined once, and is now to be kept apart, is
// another change.
func (g *bringer) change(label string) (c qda.ChangeID) {
	h := sha256.New()
	h.Write(g.name[:])
	if g.Apart {
		h.Write([]byte("apart "))
	}
	h.Write([]byte(label))
	copy(c[:], h.Sum(nil))
	c[6], c[8] = c[6]&0x0f|0x80, c[8]&0x3f|0x80 // a UUID of a kind of its own (RFC 9562, version 8)
	return c
}

// known gives the entry of a change of this file, nil where it was not made yet.
func (g *bringer) known(ctx context.Context, label string) (*qda.Entry, error) {
	if !g.again {
		return nil, nil
	}
	return g.Store.ByChange(ctx, g.Project, g.change(label))
}

// repeated tells who asked for a change that it was made the time before: what they count was added then.
func (g *bringer) repeated(e *qda.Entry, then func(*qda.Entry)) {
	if then != nil {
		g.out.inCounts, g.out.before = g.out.before, g.out.inCounts
		then(e)
		g.out.inCounts, g.out.before = g.out.before, g.out.inCounts
	}
}

// later makes a change of the file, once, with others that nothing waits for; then hears of its entry.
func (g *bringer) later(ctx context.Context, label string, coder qda.ID, c qda.Change, text *qda.Text, then func(*qda.Entry)) error {
	w := toWrite{label, qda.Intent{Change: g.change(label), Coder: coder, Do: c, Text: text}, then, 1}
	if x, ok := c.(*qda.CodingApplied); ok {
		w.weigh = len(x.Spans)
	}
	if text != nil {
		g.bytes += len(text.Words)
	}
	g.pending = append(g.pending, w)
	if len(g.pending) < engine.MostAtOnce && g.bytes < mostPending {
		return nil
	}
	return g.send(ctx)
}

// do makes a change of the file, once, and waits for it and all before it.
func (g *bringer) do(ctx context.Context, label string, coder qda.ID, c qda.Change) (e *qda.Entry, err error) {
	if err := g.later(ctx, label, coder, c, nil, func(x *qda.Entry) { e = x }); err != nil {
		return nil, err
	}
	return e, g.flush(ctx)
}

// flush writes what waits, and hears of it.
func (g *bringer) flush(ctx context.Context) error {
	if err := g.send(ctx); err != nil {
		return err
	}
	return g.hear()
}

// send begins to write what waits, once what went before is written.
func (g *bringer) send(ctx context.Context) error {
	if err := g.hear(); err != nil || len(g.pending) == 0 {
		return err
	}
	if g.Step != nil {
		if err := g.Step(g.done, g.steps, ""); err != nil {
			return err
		}
	}
	var rest []toWrite
	for _, w := range g.pending {
		e, err := g.known(ctx, w.label)
		if err != nil {
			return err
		}
		g.done += w.weigh
		if e != nil {
			g.repeated(e, w.then)
		} else {
			rest = append(rest, w)
		}
	}
	files := g.files
	g.pending, g.files, g.bytes = g.pending[:0], nil, 0
	a := &sent{all: rest, done: make(chan struct{})}
	g.away = a
	go func() {
		defer close(a.done)
		if len(files) > 0 {
			if a.err = g.Store.PutFiles(ctx, g.Project, files, g.Now); a.err != nil {
				return
			}
		}
		ins := make([]qda.Intent, len(rest))
		for i, w := range rest {
			ins[i] = w.in
		}
		a.entries, a.errs = g.Engine.DoAll(ctx, g.Project, ins)
	}()
	return nil
}

// hear waits for what is being written and tells who asked for it. What a memo can't be is left out, and told.
func (g *bringer) hear() error {
	a := g.away
	if a == nil {
		return nil
	}
	<-a.done
	g.away = nil
	if a.err != nil {
		return a.err
	}
	for i, w := range a.all {
		var refused *qda.Error
		_, memo := w.in.Do.(*qda.MemoWritten)
		switch {
		case a.errs[i] == nil:
			g.out.Changes++
			w.then(a.entries[i])
		case memo && errors.As(a.errs[i], &refused) && refused.Fault == qda.Invalid:
			g.left("memos", refused.Key, 1)
		default:
			return fmt.Errorf("%s: %w", w.in.Do.Kind(), a.errs[i])
		}
	}
	return nil
}

// settle waits for what is being written, where nobody asks any more what became of it.
func (g *bringer) settle() {
	if g.away != nil {
		<-g.away.done
	}
}
