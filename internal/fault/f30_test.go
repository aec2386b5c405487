//go:build faults

package fault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// balance is a proxy before several servers, which takes them in turn; where one gives no answer it asks the next, if it may.
type balance struct {
	servers []*server
	retry   bool
	turn    atomic.Int64
	refused atomic.Int64 // nobody listened there
	cut     atomic.Int64 // the connection ended before the answer began
	one     http.RoundTripper
}

func (b *balance) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	first := b.turn.Add(1)
	var last error
	for i := range len(b.servers) {
		out := r.Clone(r.Context())
		out.URL.Host = b.servers[(int(first)+i)%len(b.servers)].addr
		out.Body = io.NopCloser(bytes.NewReader(body))
		var a *http.Response
		if a, last = b.one.RoundTrip(out); last == nil {
			return a, nil
		}
		if r.Context().Err() != nil {
			break
		}
		if errors.Is(last, syscall.ECONNREFUSED) {
			b.refused.Add(1)
		} else {
			b.cut.Add(1)
		}
		if !b.retry {
			break
		}
	}
	return nil, last
}

// newBalance starts the proxy and gives its address.
func newBalance(t testing.TB, retry bool, servers ...*server) (*balance, string) {
	t.Helper()
	// A connection for each request: one that is kept may be closed just when a request goes out on it.
	b := &balance{servers: servers, retry: retry, one: &http.Transport{DisableKeepAlives: true}}
	p := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.Host = "http", r.In.Host },
		Transport:     b,
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(func() {
		p.CloseClientConnections() // the streams
		p.Close()
	})
	return b, p.URL
}

// follower keeps what a stream tells over all its connections.
type follower struct {
	mu          sync.Mutex
	seqs        []qda.Seq
	resets      int
	connections int
	moved       chan struct{}
}

// follow keeps a coder's stream open, from after an entry, until the context ends: as a browser does, with the number last seen.
func (f *follower) follow(ctx context.Context, c *coder, after qda.Seq) {
	for last := after; ctx.Err() == nil; {
		_ = c.stream(ctx, last, func() {
			f.mu.Lock()
			f.connections++
			f.mu.Unlock()
		}, func(x told) {
			last = x.ID
			f.mu.Lock()
			if x.Event == "entry" {
				f.seqs = append(f.seqs, x.ID)
			} else {
				f.resets++
			}
			close(f.moved)
			f.moved = make(chan struct{})
			f.mu.Unlock()
		}) // how it ended does not matter: it is opened again
		select {
		case <-time.NewTimer(5 * time.Millisecond).C:
		case <-ctx.Done():
		}
	}
}

// reach waits until the follower has been told of an entry; false when that does not happen within patience.
func (f *follower) reach(seq qda.Seq) bool {
	deadline := time.After(patience)
	for {
		f.mu.Lock()
		there, next := len(f.seqs) > 0 && f.seqs[len(f.seqs)-1] >= seq, f.moved
		f.mu.Unlock()
		if there {
			return true
		}
		select {
		case <-next:
		case <-deadline:
			return false
		}
	}
}

// faults counts the numbers between after and head that were not told exactly once and in order.
func (f *follower) faults(after, head qda.Seq) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[qda.Seq]int{}
	for i, s := range f.seqs {
		seen[s]++
		if i > 0 && s < f.seqs[i-1] {
			n++
		}
	}
	for s := after + 1; s <= head; s++ {
		if seen[s] != 1 {
			n++
		}
	}
	return n + f.resets
}

// rolled is what became of requests and streams while servers were started again in turn.
type rolled struct {
	outcome
	requests, failed int
	unanswered       int             // attempts of the proxy that no server answered
	untold           int             // numbers that a stream did not tell exactly once and in order
	connections      int             // of all streams
	drain            []time.Duration // from each signal to the end
}

// rolling ends one of two servers behind a proxy after the other while four people code, two read, and each watches, and
// starts it again.
func rolling(t *testing.T, restarts int, end func(*server), retry bool) rolled {
	t.Helper()
	databaseURL := pgtest.New(t)
	st := newStudy(t, databaseURL, 4)
	two := []*server{serveReal(t, databaseURL), serveReal(t, databaseURL)}
	b, base := newBalance(t, retry, two...)
	st.at(func() string { return base })
	random := seeded(t)

	watching, quit := context.WithCancel(context.Background())
	var people sync.WaitGroup
	var followers []*follower
	for _, c := range st.coders {
		f := &follower{moved: make(chan struct{})}
		followers = append(followers, f)
		people.Go(func() { f.follow(watching, c, st.head) })
	}
	var reads, misread atomic.Int64
	over := make(chan struct{})
	for i, path := range []string{st.path("/documents/%d/codings.json", st.document), st.path("/codebook")} {
		c, r := st.coders[i], rand.New(rand.NewPCG(random.Uint64(), 30))
		people.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.NewTimer(time.Duration(r.IntN(20)) * time.Millisecond).C:
				}
				a, err := c.get(context.Background(), path)
				reads.Add(1)
				if err != nil || a.status != http.StatusOK {
					misread.Add(1)
				}
			}
		})
	}
	halt := st.load(random.Uint64())
	defer halt()
	o := rolled{}
	for i := range restarts {
		st.journal.more(t, 15)
		<-time.NewTimer(time.Duration(random.IntN(50)) * time.Millisecond).C
		began := time.Now()
		end(two[i%2])
		o.drain = append(o.drain, time.Since(began))
		st.journal.more(t, 15) // by the other alone
		two[i%2].start()
	}
	halt()
	close(over)
	head := query[qda.Seq](t, databaseURL, `SELECT head FROM project WHERE id = $1`, st.project)
	for _, f := range followers {
		if !f.reach(head) {
			t.Errorf("a stream has not told of entry %d", head)
		}
		o.untold += f.faults(st.head, head)
		o.connections += f.connections
	}
	quit()
	people.Wait()
	o.outcome = count(t, databaseURL, st.journal)
	o.Rounds = restarts
	for status, n := range st.journal.statuses {
		o.requests += n
		if status != http.StatusOK {
			o.failed += n
		}
	}
	o.requests += int(reads.Load())
	o.failed += int(misread.Load())
	o.unanswered = int(b.refused.Load() + b.cut.Load())
	t.Logf("the proxy met %d refused connections and %d that ended before an answer", b.refused.Load(), b.cut.Load())
	checkAll(t, databaseURL)
	return o
}

func (o rolled) String() string {
	p50, p99 := percentiles(o.drain)
	return o.outcome.String() + "; " + fmt.Sprintf("%d of %d requests failed, %d attempts of the proxy met no answer, %d numbers untold over %d connections of 4 streams; ended within %v (p50), %v (p99)",
		o.failed, o.requests, o.unanswered, o.untold, o.connections, p50.Round(time.Millisecond), p99.Round(time.Millisecond))
}

func TestF30(t *testing.T) {
	o := rolling(t, rounds(4, 60), (*server).terminate, true)
	figure(t, "F30", "rolling restarts: %v", o)
	if o.violations() > 0 || o.failed > 0 || o.untold > 0 || o.Refused > 0 {
		t.Errorf("%v, %d refused", o, o.Refused)
	}
	if o.Acked < 20*o.Rounds || o.unanswered < o.Rounds || o.connections < 4+o.Rounds {
		t.Errorf("too little happened: %v", o)
	}
	if _, p99 := percentiles(o.drain); p99 > 10*time.Second {
		t.Errorf("the slowest server took %v to end", p99)
	}
}

func TestF30Control(t *testing.T) {
	o := rolling(t, rounds(2, 6), (*server).kill, false)
	figure(t, "F30", "control, SIGKILL and a proxy that asks nobody else: %v", o)
	if o.failed == 0 {
		t.Errorf("servers were killed and no request failed: %v", o)
	}
}
