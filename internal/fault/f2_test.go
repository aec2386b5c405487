//go:build faults

package fault

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"anyam/internal/pgtest"
)

// hosted is what became of a program whose Postgres was killed.
type hosted struct {
	outcome
	unready, broken, bare int             // answers 503, other answers from 500 on, and 503 without Retry-After
	healed                []time.Duration // from the moment Postgres answered again to the next change that was made
	unsound               []error         // what Engine.Check says of the projects
}

// unhosted kills Postgres, with all its children, while six people code; it comes back by itself, and the program must too.
// With lax, the program's commits are acknowledged before they are synced.
func unhosted(t *testing.T, strikes int, lax bool) hosted {
	t.Helper()
	pg := pgtest.Durable(t)
	st := newStudy(t, pg.URL(), 6)
	address := pg.URL()
	if lax {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("options", "-c synchronous_commit=off")
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // Postgres' own way of reading addresses
		address = u.String()
		// Whoever else writes pages or commits would sync what was acknowledged along with it.
		for _, sql := range []string{"alter system set wal_writer_delay = '10s'", "alter system set bgwriter_lru_maxpages = 0", "alter system set autovacuum = off", "select pg_reload_conf()"} {
			if err := execute(t.Context(), pg.URL(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := serveReal(t, address)
	st.at(s.base)
	random := seeded(t)
	halt := st.load(random.Uint64())
	defer halt()
	var o hosted
	var back []time.Duration
	for range strikes {
		st.journal.more(t, 10)
		if !lax {
			<-time.NewTimer(time.Duration(random.IntN(100_000)) * time.Microsecond).C
		}
		pg.Kill()
		dead := time.Now()
		pg.Wait()
		up := time.Now()
		back = append(back, st.journal.since(t, dead))
		o.healed = append(o.healed, time.Since(up))
	}
	halt()
	if !s.alive() {
		t.Error("the program has ended")
	}
	o.outcome = count(t, pg.URL(), st.journal)
	o.Rounds, o.Back = strikes, back
	o.unready, o.bare = st.journal.answers(http.StatusServiceUnavailable), st.journal.bare
	for status, n := range st.journal.statuses {
		if status >= 500 && status != http.StatusServiceUnavailable {
			o.broken += n
		}
	}
	o.unsound = broken(t, pg.URL())
	return o
}

func TestF2(t *testing.T) {
	o := unhosted(t, rounds(2, 40), false)
	p50, p99 := percentiles(o.healed)
	figure(t, "F2", "Postgres killed: %v, which is %v (p50), %v (p99) after Postgres answered again; %d answers 503, %d without Retry-After, %d of another 5xx", o.outcome, p50.Round(time.Millisecond), p99.Round(time.Millisecond), o.unready, o.bare, o.broken)
	if o.violations() > 0 || o.Refused > 0 {
		t.Errorf("%v, %d refused", o.outcome, o.Refused)
	}
	if o.broken > 0 || o.bare > 0 {
		t.Errorf("%d answers from 500 on that were no 503, %d were 503 without Retry-After", o.broken, o.bare)
	}
	if o.unready < o.Rounds || o.Acked < 10*o.Rounds {
		t.Errorf("only %d changes were acknowledged and only %d answers were 503: too little happened", o.Acked, o.unready)
	}
	for _, err := range o.unsound {
		t.Errorf("not whole: %v", err)
	}
}

func TestF2Control(t *testing.T) {
	o := unhosted(t, 2, true)
	figure(t, "F2", "control, synchronous_commit off: %v", o.outcome)
	if o.Lost == 0 {
		t.Errorf("a database that acknowledges before it syncs lost nothing: %v", o.outcome)
	}
	// What is lost is lost, but the program must go on from what is there.
	for _, err := range o.unsound {
		t.Errorf("not whole after the loss: %v", err)
	}
}
