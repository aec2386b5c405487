//go:build faults

package fault

import (
	"context"
	"sync"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// killed kills the program at random moments while six people code, starts it again, and counts.
func killed(t *testing.T, serve func(t testing.TB, databaseURL, _ string) *server, strikes int) outcome {
	t.Helper()
	databaseURL := pgtest.New(t)
	st := newStudy(t, databaseURL, 6)
	s := serve(t, databaseURL, "early")
	st.at(s.base)
	random := seeded(t)
	halt := st.load(random.Uint64())
	defer halt()
	var back []time.Duration
	for range strikes {
		st.journal.more(t, 10) // it is in the middle of its work
		<-time.NewTimer(time.Duration(rounds(50_000, 150_000)+random.IntN(rounds(100_000, 250_000))) * time.Microsecond).C
		s.kill()
		dead := time.Now()
		s.start()
		back = append(back, st.journal.since(t, dead))
	}
	halt()
	if n := st.journal.answers(0); n < strikes {
		t.Errorf("%d kills, but only %d requests were cut off", strikes, n)
	}
	if n := st.journal.answers(500); n > 0 {
		t.Errorf("%d answers were 500", n)
	}
	o := count(t, databaseURL, st.journal)
	o.Rounds, o.Back = strikes, back
	checkAll(t, databaseURL)
	return o
}

func TestF1(t *testing.T) {
	o := killed(t, func(t testing.TB, databaseURL, _ string) *server { return serveReal(t, databaseURL) }, rounds(8, 150))
	figure(t, "F1", "program killed: %v", o)
	if o.violations() > 0 || o.Refused > 0 {
		t.Errorf("%v, %d refused", o, o.Refused)
	}
	if o.Acked < 10*o.Rounds {
		t.Errorf("only %d changes were acknowledged", o.Acked)
	}
}

func TestF1Control(t *testing.T) {
	o := killed(t, serveSelf, rounds(2, 10))
	figure(t, "F1", "control, acknowledged before the commit: %v", o)
	if o.Lost == 0 {
		t.Errorf("a program that acknowledges before it commits lost nothing: %v", o)
	}
}

func init() {
	defects["early"] = defect{ledger: func(l engine.Ledger) engine.Ledger {
		e := &early{Ledger: l, bell: make(chan struct{}, 1)}
		go e.write()
		return e
	}}
}

// early is a ledger that says that a batch is written before it is.
type early struct {
	engine.Ledger
	mu    sync.Mutex
	queue []*qda.Batch
	bell  chan struct{}
}

func (e *early) Append(_ context.Context, b *qda.Batch) error {
	e.mu.Lock()
	e.queue = append(e.queue, b)
	e.mu.Unlock()
	select {
	case e.bell <- struct{}{}:
	default:
	}
	return nil
}

// write writes what has been queued, a little later and in order.
func (e *early) write() {
	for range e.bell {
		for {
			e.mu.Lock()
			if len(e.queue) == 0 {
				e.mu.Unlock()
				break
			}
			b := e.queue[0]
			e.queue = e.queue[1:]
			e.mu.Unlock()
			<-time.NewTimer(20 * time.Millisecond).C
			if err := e.Ledger.Append(context.Background(), b); err != nil {
				panic(err)
			}
		}
	}
}
