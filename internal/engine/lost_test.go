package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// loser is a ledger that says it has written and has not, for as long as it is told to: to the engine, a ledger that has
// lost its newest entries, as a standby has that took over without them.
type loser struct {
	engine.Ledger
	losing bool
}

func (l *loser) Append(ctx context.Context, b *qda.Batch) error {
	if l.losing {
		return nil
	}
	return l.Ledger.Append(ctx, b)
}

func TestLedgerThatLostItsEnd(t *testing.T) {
	s, first := open(t)
	p, me := newProject(t, s, first)
	addDocument(t, first, p, me, "P04", "Saya tidak tahu dokumen itu.")
	l := &loser{Ledger: s}
	e := engine.New(l, options())
	defer e.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	kept := do(t, e, p, me, &qda.MemoWritten{Text: "ada"})
	heard := make(chan qda.Seq, 10)
	go func() {
		for x, err := range e.Watch(ctx, p, kept.Seq) {
			if err != nil {
				return
			}
			heard <- x.Seq
		}
	}()
	l.losing = true
	lost := do(t, e, p, me, &qda.MemoWritten{Text: "hilang"})
	if got := <-heard; got != lost.Seq {
		t.Fatalf("heard of entry %d, want %d", got, lost.Seq)
	}
	l.losing = false

	intent := qda.Intent{Change: newChange(), Coder: me, Do: &qda.MemoWritten{Text: "baru"}}
	var busy *qda.Error
	if x, err := e.Do(ctx, p, intent); !errors.As(err, &busy) || busy.Fault != qda.Busy {
		t.Fatalf("a change on top of what was lost: %v, %v", x, err)
	}
	x, err := e.Do(ctx, p, intent)
	if err != nil || x.Seq != kept.Seq+1 {
		t.Fatalf("the change repeated is entry %v, %v; want %d", x, err, kept.Seq+1)
	}
	next := do(t, e, p, me, &qda.MemoWritten{Text: "lagi"})
	if got := <-heard; got != next.Seq {
		t.Fatalf("heard of entry %d, want %d", got, next.Seq)
	}
	if err := e.Check(ctx, p); err != nil {
		t.Error(err)
	}
	v, err := e.View(ctx, p, 0)
	if err != nil || v.Seq() != next.Seq {
		t.Errorf("the project is at %v, %v", v.Seq(), err)
	}
}
