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

// TestLedgerWrittenOver: entries that were lost, and whose numbers another process has given to others, are noticed by the chain.
func TestLedgerWrittenOver(t *testing.T) {
	s, other := open(t)
	p, me := newProject(t, s, other)
	l := &loser{Ledger: s}
	e := engine.New(l, options())
	defer e.Close()
	do(t, e, p, me, &qda.MemoWritten{Text: "ada"})
	l.losing = true
	do(t, e, p, me, &qda.MemoWritten{Text: "hilang"})
	l.losing = false
	do(t, other, p, me, &qda.MemoWritten{Text: "pengganti"})
	last := do(t, other, p, me, &qda.MemoWritten{Text: "sesudahnya"})

	var busy *qda.Error
	if _, err := e.View(t.Context(), p, last.Seq); !errors.As(err, &busy) || busy.Fault != qda.Busy {
		t.Fatalf("a View over entries that do not follow each other: %v", err)
	}
	v, err := e.View(t.Context(), p, last.Seq)
	if err != nil {
		t.Fatal(err)
	}
	memos := v.As(0).AllMemos()
	if len(memos) != 3 || memos[1].Text != "pengganti" {
		t.Fatalf("%d memos after the project was read anew", len(memos))
	}
	if err := e.Check(t.Context(), p); err != nil {
		t.Error(err)
	}
}
