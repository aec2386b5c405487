//go:build faults

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
)

// stormy is what became of a program whose way to the database is bad.
type stormy struct {
	outcome
	cuts, resets, slows int // single connections cut, of them by a reset; messages that were late
	ended               int // connections cut all at once
	unready             int // answers 503
	broken, bare        int // answers of 500, answers that never came, and 503 without Retry-After
	stuck               int // connections that Postgres has in a transaction in which nothing happens, or waiting for a lock, after the storm
	unsound             []error
}

func (o stormy) String() string {
	return fmt.Sprintf("%d cuts (%d of them resets), %d connections cut at once %d times, %d messages late, %d answers 503: %v; %d broken answers, %d stuck in a transaction",
		o.cuts, o.resets, o.ended, o.Rounds, o.slows, o.unready, o.outcome, o.broken+o.bare, o.stuck)
}

// stuck counts the connections of a database that hold a transaction open and do nothing, or wait for a lock. What is on its way
// out has a few seconds.
func stuck(t testing.TB, databaseURL string) (n int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(5 * time.Second)
	for {
		n = query[int](t, databaseURL, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND (state LIKE 'idle in transaction%' OR wait_event_type = 'Lock')`)
		if n == 0 {
			return 0
		}
		select {
		case <-tick.C:
		case <-deadline:
			return n
		}
	}
}

// stormed cuts connections to the database at random messages, by an end or by a reset, makes messages late, and now and then
// cuts every connection at once and for a moment lets no new one in, while six people code. cuts is how many single ones there must be, ends how often all are cut.
func stormed(t *testing.T, serve func(t testing.TB, databaseURL, _ string) *server, cuts, ends int) (o stormy) {
	t.Helper()
	databaseURL := pgtest.New(t)
	st := newStudy(t, databaseURL, 6)
	w := newWire(t, databaseURL)
	s := serve(t, w.url, "amnesia")
	st.at(s.base)
	random := seeded(t)
	sky := &weather{rng: rand.New(rand.NewPCG(random.Uint64(), 4)), cut: 1.0 / 400, slow: 1.0 / 100, late: 10 * time.Millisecond}
	struck := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return sky.count.cuts
	}
	halt := st.load(random.Uint64())
	defer halt()
	st.journal.more(t, 20)
	w.befall(sky)
	for i := range ends {
		for struck() < cuts*(i+1)/ends {
			st.journal.more(t, 2)
		}
		w.refuse(true)
		o.ended += w.cutAll(i%2 == 0)
		<-time.NewTimer(time.Duration(random.IntN(100_000)) * time.Microsecond).C
		w.refuse(false)
		o.Back = append(o.Back, st.journal.since(t, time.Now()))
	}
	w.befall(nil)
	st.journal.more(t, 10)
	halt()
	o.cuts, o.resets, o.slows = sky.count.cuts, sky.count.resets, sky.count.slows
	o.unready, o.broken, o.bare = st.journal.answers(http.StatusServiceUnavailable), st.journal.answers(http.StatusInternalServerError)+st.journal.answers(0), st.journal.bare
	o.stuck = stuck(t, databaseURL)
	back := o.Back
	o.outcome = count(t, databaseURL, st.journal)
	o.Rounds, o.Back = ends, back
	o.unsound = broken(t, databaseURL)
	return o
}

func TestF4(t *testing.T) {
	o := stormed(t, func(t testing.TB, databaseURL, _ string) *server { return serveReal(t, databaseURL) }, rounds(60, 1200), rounds(4, 40))
	figure(t, "F4", "connections to the database at random: %v", o)
	if o.violations() > 0 || o.Refused > 0 || o.broken > 0 || o.bare > 0 || o.stuck > 0 || len(o.unsound) > 0 {
		t.Errorf("%v, %d refused, not whole: %v", o, o.Refused, o.unsound)
	}
	if o.unready < o.cuts/20 || o.ended < o.Rounds || o.resets == 0 || o.slows == 0 || o.Acked < o.cuts {
		t.Errorf("too little happened: %v", o)
	}
}

// TestF4Control gives repeats another change id, and leaves a transaction open.
func TestF4Control(t *testing.T) {
	o := stormed(t, serveSelf, rounds(40, 200), rounds(2, 5))
	figure(t, "F4", "control, repeats under another change id: %v", o)
	if o.Doubled+o.Half == 0 { // a repeat makes a thing once more, or is refused because the first has made it
		t.Errorf("a program to which a repeat is a change of its own did nothing twice: %v", o)
	}
	databaseURL, ctx := pgtest.New(t), context.Background()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `BEGIN`); err != nil {
		t.Fatal(err)
	}
	if n := stuck(t, databaseURL); n != 1 {
		t.Errorf("one connection is idle in a transaction, %d were found", n)
	}
}
