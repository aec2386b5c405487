package engine_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// manySpans are changes that each code so many spans of a document that a commit holds only some of the changes.
func (w *world) manySpans(changes int) (all []qda.Intent) {
	w.t.Helper()
	const each = 150
	text := strings.Repeat("Kami menjual lewat pengepul. ", 2+changes*each/29)
	document := addDocument(w.t, w.e, w.p, w.owner, "Panjang", strings.TrimSpace(text))
	for i := range changes {
		c := &qda.CodingApplied{Document: document, Version: 1, Code: w.c}
		for k := range each {
			at := i*each + k
			c.Spans = append(c.Spans, qda.SpanOf{Start: int32(at), Stop: int32(at + 5), Check: span.Check([]byte(text[at : at+5]))})
		}
		all = append(all, qda.Intent{Change: newChange(), Coder: w.owner, Do: c})
	}
	return all
}

// TestDecidedAhead: what is too much for one commit is decided while that is written.
func TestDecidedAhead(t *testing.T) {
	t.Parallel()
	var salted atomic.Int32
	opt := options()
	salt := opt.Salt
	opt.Salt = func(b []byte) { salted.Add(1); salt(b) }
	l := &faulty{memory: newMemory()}
	e := engine.New(l, opt)
	defer e.Close()
	w := newWorld(t, l, e)
	ins := w.manySpans(18)
	before, commits := int(salted.Load()), 0
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	written := 0
	l.fault = func(b *qda.Batch) fault {
		commits++
		if written += len(b.Entries); written == len(ins) {
			return fault{}
		}
		for int(salted.Load())-before <= written { // until more is decided than is written with this
			if ctx.Err() != nil {
				t.Error("nothing was decided while a commit was on its way")
				break
			}
			runtime.Gosched()
		}
		return fault{}
	}
	entries, errs := e.DoAll(ctx, w.p, ins)
	for i, err := range errs {
		if err != nil || entries[i].Seq != entries[0].Seq+qda.Seq(i) {
			t.Fatalf("change %d: %+v, %v", i, entries[i], err)
		}
	}
	if commits < 3 {
		t.Errorf("%d commits: too few to decide ahead of", commits)
	}
	if err := e.Check(t.Context(), w.p); err != nil {
		t.Fatal(err)
	}
}

// TestDecidedAheadInVain: commits that fail, whose answers get lost, or before which another process writes, take what was decided
// upon them along; every change is made once all the same, and one that comes twice or is refused is answered as ever.
func TestDecidedAheadInVain(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	l := &faulty{memory: newMemory()}
	e := engine.New(l, options())
	defer e.Close()
	other := engine.New(l.memory, options())
	defer other.Close()
	w := newWorld(t, l, e)
	ins := w.manySpans(18)
	w.view()
	const twice, wrong = 12, 15
	ins = append(ins[:twice:twice], append([]qda.Intent{ins[twice-8]}, ins[twice:]...)...) // an echo, some way behind
	ins[wrong].Do = &qda.CodingApplied{Document: 9999, Version: 1, Spans: []qda.SpanOf{{Start: 0, Stop: 5}}, Code: w.c}
	head := w.view().Seq()
	foreign := 0
	l.fault = func(*qda.Batch) fault { // under its lock
		switch r.IntN(8) {
		case 0:
			return fault{after: qda.ErrLost}
		case 1:
			return fault{before: qda.ErrLost}
		case 2:
			return fault{before: qda.ErrNotSent}
		case 3:
			foreign++
			do(t, other, w.p, w.researcher, &qda.MemoWritten{Text: "dari proses lain"})
		}
		return fault{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	seqs := make([]map[qda.Seq]bool, 2)
	for who := range seqs { // two at once, with the same changes
		seqs[who] = map[qda.Seq]bool{}
		all.Go(func() {
			left := ins
			for len(left) > 0 && ctx.Err() == nil {
				entries, errs := e.DoAll(ctx, w.p, left)
				var again []qda.Intent
				for i, err := range errs {
					switch {
					case isBusy(err):
						again = append(again, left[i])
					case left[i].Change == ins[wrong].Change:
						if err == nil {
							t.Errorf("the wrong change is entry %d", entries[i].Seq)
						}
					case err != nil:
						t.Errorf("a change was refused: %v", err)
					default:
						seqs[who][entries[i].Seq] = true
					}
				}
				left = again
			}
		})
	}
	all.Wait()
	l.mu.Lock()
	l.fault = nil
	l.mu.Unlock()
	for who := range seqs {
		if len(seqs[who]) != len(ins)-2 { // without the echo and the wrong one
			t.Errorf("%d answers of %d", len(seqs[who]), len(ins)-2)
		}
		for s := range seqs[who] {
			if !seqs[1-who][s] {
				t.Errorf("entry %d was answered to one of two alone", s)
			}
		}
	}
	v, err := e.View(t.Context(), w.p, 0)
	if err != nil || v.Seq() != head+qda.Seq(len(ins)-2+foreign) {
		t.Errorf("at %d after %d changes of ours and %d of another process from %d, %v", v.Seq(), len(ins)-2, foreign, head, err)
	}
	for _, e := range []*engine.Engine{e, other} {
		if err := e.Check(t.Context(), w.p); err != nil {
			t.Fatal(err)
		}
	}
}
