//go:build faults

package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"anyam/internal/pgtest"
)

// forgetful is a proxy that now and then closes the connection in place of the answer to a change that the program has
// made. It gives its address and the number of answers lost so far.
func forgetful(t testing.TB, s *server, seed uint64) (base string, lost *atomic.Int64) {
	t.Helper()
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 10))
	lost = &atomic.Int64{}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", s.addr
		a, err := client.Do(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		mu.Lock()
		drop := random.IntN(2) == 0
		mu.Unlock()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if drop && r.Method == http.MethodPost && a.StatusCode == http.StatusOK {
			lost.Add(1)
			panic(http.ErrAbortHandler)
		}
		for k, v := range a.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(a.StatusCode)
		_, _ = w.Write(body) // whoever went away asks again
	}))
	t.Cleanup(func() {
		p.Close()
		client.CloseIdleConnections()
	})
	return p.URL, lost
}

// repeats is what became of changes that were sent more than once.
type repeats struct {
	outcome
	dropped int // answers lost
	double  int // changes sent twice at once
	differ  int // of those, how many got two answers that differ
	clashes int // change ids sent again with another meaning
	taken   int // of those, how many were not answered 409
}

// repeated loses about half of the answers until there were so many, while six people code and send again what they got no
// answer to; then everybody clicks twice at once, and sends a change id again with another meaning.
func repeated(t *testing.T, serve func(t testing.TB, databaseURL, _ string) *server, losses, clicks int) repeats {
	t.Helper()
	databaseURL := pgtest.New(t)
	st := newStudy(t, databaseURL, 6)
	s := serve(t, databaseURL, "amnesia")
	random := seeded(t)
	base, lost := forgetful(t, s, random.Uint64())
	st.at(func() string { return base })
	halt := st.load(random.Uint64())
	defer halt()
	for lost.Load() < int64(losses) {
		st.journal.more(t, 10)
	}
	halt()
	o := repeats{dropped: int(lost.Load())}

	st.at(s.base)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i := range clicks {
		c := st.coders[i%len(st.coders)]
		x := c.note()
		if i%2 == 0 {
			x = c.coding()
		}
		st.journal.add(x)
		var both sync.WaitGroup
		var answers [2]string
		for k := range answers {
			both.Go(func() {
				if a, err := c.post(ctx, x.path, x.body); err == nil && a.status == http.StatusOK {
					answers[k] = string(a.body)
				}
			})
		}
		both.Wait()
		o.double++
		if answers[0] != answers[1] || answers[0] == "" {
			o.differ++
		}
		if !c.settle(ctx, x) {
			t.Error("a change was neither made nor refused")
		}

		other := c.note()
		o.clashes++
		if status, _, err := c.memo(ctx, x.ID, st.codes[0], other.text); err != nil || status != http.StatusConflict {
			o.taken++
		}
	}
	o.outcome = count(t, databaseURL, st.journal)
	o.Rounds = o.dropped
	checkAll(t, databaseURL)
	return o
}

func TestF10(t *testing.T) {
	o := repeated(t, func(t testing.TB, databaseURL, _ string) *server { return serveReal(t, databaseURL) }, rounds(200, 10_000), rounds(30, 500))
	figure(t, "F10", "%d lost answers: %v; of %d double clicks %d answered unlike; of %d change ids with another meaning %d not refused", o.dropped, o.outcome, o.double, o.differ, o.clashes, o.taken)
	if o.violations() > 0 || o.Refused > 0 || o.differ > 0 || o.taken > 0 {
		t.Errorf("%+v", o)
	}
	if o.Acked < o.dropped/4 || o.dropped == 0 {
		t.Errorf("%d acknowledged, %d answers lost: too little happened", o.Acked, o.dropped)
	}
}

func TestF10Control(t *testing.T) {
	o := repeated(t, serveSelf, rounds(60, 500), rounds(12, 60))
	figure(t, "F10", "control, the change id ignored: %d lost answers: %v; of %d double clicks %d answered unlike; of %d change ids with another meaning %d not refused", o.dropped, o.outcome, o.double, o.differ, o.clashes, o.taken)
	if o.Doubled == 0 || o.differ == 0 || o.taken == 0 {
		t.Errorf("a program that does not know change ids again doubled nothing: %+v", o)
	}
}

func init() {
	defects["amnesia"] = defect{handler: func(next http.Handler) http.Handler {
		var seen sync.Map
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				raw, err := io.ReadAll(r.Body)
				var body map[string]any
				if err == nil && json.Unmarshal(raw, &body) == nil {
					if _, again := seen.LoadOrStore(body["change"], true); again {
						body["change"] = fresh()
						if raw, err = json.Marshal(body); err != nil {
							panic(err)
						}
					}
				}
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
			}
			next.ServeHTTP(w, r)
		})
	}}
}
