//go:build faults

package fault

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// crushed is what became of requests while the database was there and did not answer.
type crushed struct {
	rounds   int
	asked    int // requests in the meantime
	answered int // of them, with what was asked for
	unready  int // 503 with Retry-After
	wrong    int // anything else
	hung     int // no answer within the limit
	sick     int // looks at /healthz that were not answered at once
	looks    int
	lost     int // changes that were not there after a repeat
	doubled  int
	stuck    int // connections in a transaction, or waiting for a lock, afterwards
	unsound  []error
	took     []time.Duration // to answers, while it lasted
	back     []time.Duration // from the end of the fault to the next change that was made
}

func (o crushed) violations() int {
	return o.wrong + o.hung + o.sick + o.lost + o.doubled + o.stuck + len(o.unsound)
}

func (o crushed) String() string {
	_, slowest := percentiles(o.took)
	p50, p99 := percentiles(o.back)
	return fmt.Sprintf("%d times; %d requests: %d answered, %d told to wait, %d hung, %d wrong, p99 %v; %d of %d looks at /healthz unanswered; %d changes lost, %d doubled; %d connections stuck; back in service after %v (p50), %v (p99)",
		o.rounds, o.asked, o.answered, o.unready, o.hung, o.wrong, slowest.Round(10*time.Millisecond), o.sick, o.looks, o.lost, o.doubled, o.stuck, p50.Round(time.Millisecond), p99.Round(time.Millisecond))
}

// weight is something that keeps the database from answering; lift takes it away.
type weight struct {
	name  string
	reads bool // pages are answered all the same
	lay   func(p *plot) (lift func())
}

// weights are the ways to do it.
func weights(databaseURL string) []weight {
	locked := func(sql string, args func(p *plot) []any) func(p *plot) func() {
		return func(p *plot) func() {
			ctx := context.Background()
			conn, err := pgx.Connect(ctx, databaseURL)
			if err != nil {
				p.t.Fatal(err)
			}
			_, err = conn.Exec(ctx, `BEGIN`)
			if err == nil {
				_, err = conn.Exec(ctx, sql, args(p)...)
			}
			if err != nil {
				p.t.Fatalf("%s: %v", sql, err)
			}
			return func() { _ = conn.Close(ctx) } // its transaction ends with it
		}
	}
	none := func(*plot) []any { return nil }
	return []weight{
		{name: "another session holds the table of members", lay: locked(`LOCK TABLE coder IN ACCESS EXCLUSIVE MODE`, none)},
		{name: "another session holds the project's row", reads: true, lay: locked(`SELECT FROM project WHERE id = $1 FOR UPDATE`, func(p *plot) []any { return []any{p.id} })},
		{name: "every query takes for ever", lay: func(p *plot) func() {
			var was string // of the function that every row's policy calls
			p.ask(&was, `SELECT pg_get_functiondef('anyam_project'::regproc)`)
			p.exec(`CREATE OR REPLACE FUNCTION anyam_project() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN PERFORM pg_sleep(600); RETURN 0; END $$`)
			return func() { p.exec(was) }
		}},
		{name: "nothing comes through", lay: func(p *plot) func() {
			p.wire.stall()
			return p.wire.release
		}},
		{name: "each message takes a while", lay: func(p *plot) func() {
			p.wire.slow(150 * time.Millisecond)
			return func() { p.wire.slow(0) }
		}},
	}
}

// crush lays weights on the database of a site, one after the other, and sends it more requests at once than it has connections.
// With a patience of more than nothing, whoever asks waits no longer than that, which the program is told in the request's
// context; else the program's own patience is what counts. Beyond limit after that an answer has not come.
func crush(t *testing.T, h *inside, p *plot, all []weight, clients int, own time.Duration, limit time.Duration) (o crushed) {
	t.Helper()
	patience := own
	if patience == 0 {
		patience = 20 * time.Second // the program's
	}
	for _, w := range all {
		o.rounds++
		var letters []letter
		for i := range clients {
			switch i % 4 {
			case 0, 1:
				letters = append(letters, p.json("/memos", map[string]any{"on": p.code, "text": p.next("memo")}))
			case 2:
				letters = append(letters, letter{path: "GET " + p.at("/documents/%d/codings.json", p.document), token: p.helperToken})
			default:
				letters = append(letters, letter{path: "GET " + p.at("/codebook"), token: p.helperToken})
			}
		}
		lift := w.lay(p)
		over := make(chan struct{})
		watched := make(chan struct{})
		var mu sync.Mutex
		go func() { // somebody looks whether the program is well
			defer close(watched)
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				a := h.send(letter{path: "GET /healthz"})
				mu.Lock()
				o.looks++
				if a.status != http.StatusOK || a.took > time.Second {
					o.sick++
				}
				mu.Unlock()
				select {
				case <-over:
					return
				case <-tick.C:
				}
			}
		}()
		answers := make(chan answered, len(letters))
		var asking sync.WaitGroup
		for _, l := range letters {
			asking.Go(func() {
				ctx := context.Background()
				if own > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, own)
					defer cancel()
				}
				answers <- h.sendWithin(ctx, l)
			})
		}
		deadline := time.NewTimer(patience + limit)
		for n := 0; n < len(letters); n++ {
			select {
			case a := <-answers:
				o.asked++
				o.took = append(o.took, a.took)
				switch {
				case a.status == http.StatusOK:
					o.answered++
				case a.status == http.StatusServiceUnavailable && a.retry != "":
					o.unready++
				default:
					o.wrong++
					t.Logf("%s: %d %.200s", w.name, a.status, a.body)
				}
				continue
			case <-deadline.C:
				o.hung += len(letters) - n
				o.asked += len(letters) - n
				t.Logf("%s: %d of %d requests hang", w.name, len(letters)-n, len(letters))
			}
			break
		}
		deadline.Stop()
		close(over)
		<-watched
		lift()
		lifted := time.Now()
		asking.Wait()

		// It comes back by itself, and repeats of what nobody knows end in one change each.
		for i, l := range letters {
			if l.json == nil {
				continue
			}
			eventually(t, w.name+": a change is made again", func() bool { return h.send(l).done() })
			if i == 0 {
				o.back = append(o.back, time.Since(lifted))
			}
			var n int
			h.ask(&n, `SELECT count(*) FROM entry WHERE change = $1`, [16]byte(l.json["change"].(qda.ChangeID)))
			if n == 0 {
				o.lost++
			}
			h.ask(&n, `SELECT count(*) FROM memo WHERE text = $1`, l.json["text"])
			if n == 0 {
				o.lost++
			}
			o.doubled += max(0, n-1)
		}
	}
	o.stuck = stuck(t, p.address)
	if err := p.check(); err != nil {
		o.unsound = append(o.unsound, err)
	}
	return o
}

// TestF29 lets forty people ask at once a program with sixteen connections to a database that does not answer.
func TestF29(t *testing.T) {
	databaseURL := pgtest.New(t)
	h := newInside(t, databaseURL, nil)
	p := h.newPlot()
	all := weights(databaseURL)
	o := crush(t, h, p, all, 40, 1500*time.Millisecond, 5*time.Second)
	figure(t, "F29", "a database that does not answer, patience of 1.5 s: %v", o)
	if o.violations() > 0 {
		t.Errorf("%v; not whole: %v", o, o.unsound)
	}
	if o.unready < 40*len(all)/2 || o.looks < 5*len(all) {
		t.Errorf("too little happened: %v", o)
	}
	if bad := h.failures(); len(bad) > 0 {
		t.Errorf("the site says it failed, %d times: %.300s", len(bad), bad[0])
	}
	if !long() {
		return
	}
	// The program's own patience.
	o = crush(t, h, p, all[:2], 40, 0, 5*time.Second)
	figure(t, "F29", "a database that does not answer, the program's own patience: %v", o)
	if o.violations() > 0 {
		t.Errorf("%v; not whole: %v", o, o.unsound)
	}
	took := frozen(t, h, p)
	figure(t, "F29", "all connections lead nowhere in the middle of a write: made by a repeat after %v", took.Round(time.Second))
	if err := p.check(); err != nil {
		t.Error(err)
	}
}

// frozen freezes every connection there is in the middle of a write of one coder, who is alone and tries again: the project's
// committer must not wait for an answer that never comes. It gives the time until the change is made.
func frozen(t *testing.T, h *inside, p *plot) time.Duration {
	t.Helper()
	write := func() letter { return p.json("/memos", map[string]any{"on": p.code, "text": p.next("memo")}) }
	h.wire.slow(2 * time.Millisecond)
	var all sync.WaitGroup
	for range 40 { // the pool gets as many connections as it may
		all.Go(func() { p.send(letter{path: "GET " + p.at("/codebook"), token: p.token}) })
	}
	all.Wait()
	h.wire.slow(0)
	if a := h.send(write()); !a.done() {
		t.Fatalf("a change before it: %d", a.status)
	}
	h.wire.open(boundary{})
	h.send(write())
	_, seen := h.wire.shut()
	l := write()
	thaw := h.wire.freezeAt(boundary{side: front, n: seen[front]}) // the last message of the batch
	began := time.Now()
	if a := h.send(l); a.status != http.StatusServiceUnavailable {
		t.Errorf("a change whose connection leads nowhere: %d", a.status)
	}
	if !thaw() {
		t.Error("nothing was frozen")
	}
	deadline := began.Add(3 * time.Minute)
	for !h.send(l).done() {
		if time.Now().After(deadline) {
			t.Error("the project can't be written to any more")
			break
		}
	}
	return time.Since(began)
}

// TestF29Control asks a program that waits for the database as long as it takes.
func TestF29Control(t *testing.T) {
	databaseURL := pgtest.New(t)
	h := newInside(t, databaseURL, nil)
	p := h.newPlot()
	serve := h.handler
	h.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	})
	o := crush(t, h, p, weights(databaseURL)[:1], 40, 500*time.Millisecond, time.Second)
	figure(t, "F29", "control, a program without patience of its own: %v", o)
	if o.hung == 0 {
		t.Errorf("requests to a program that waits for ever did not hang: %v", o)
	}
}
