//go:build faults

package fault

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	site "anyam/internal/server"
	"anyam/internal/store"
	"anyam/web"
)

// wrongClock is a clock that can be set.
type wrongClock struct{ off atomic.Int64 }

func (c *wrongClock) now() time.Time { return time.Now().Add(time.Duration(c.off.Load())) }

// jump is a time that the clock is set to, as seen from the right one.
type jump struct {
	name string
	off  time.Duration
}

// jumps are the times that the clock is set to, one after the other.
func jumps() []jump {
	return []jump{{"right", 0}, {"an hour on", time.Hour}, {"right", 0}, {"an hour back", -time.Hour}, {"right", 0}, {"a day on", 24 * time.Hour}, {"right", 0}, {"a day back", -24 * time.Hour},
		{"1970", time.Until(time.Unix(3600, 0))}, {"right again", 0}}
}

// straight sends requests to a handler without a connection: deadlines of connections go by the real clock.
type straight struct{ http.Handler }

func (s straight) RoundTrip(r *http.Request) (*http.Response, error) {
	q := httptest.NewRequest(r.Method, r.URL.String(), r.Body).WithContext(r.Context())
	q.Header, q.RemoteAddr = r.Header, "127.0.0.1:4711"
	out := httptest.NewRecorder()
	s.ServeHTTP(out, q)
	return out.Result(), nil
}

// clockwork is a site in this process whose clock can be set.
type clockwork struct {
	*wrongClock
	url    string
	store  *store.Store
	engine *engine.Engine
	client *http.Client
}

func newClockwork(t *testing.T) *clockwork {
	t.Helper()
	w := &clockwork{wrongClock: &wrongClock{}, url: pgtest.New(t)}
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.store, err = store.Open(t.Context(), w.url, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.store.Close)
	w.engine = engine.New(w.store, engine.Options{Now: w.now, Salt: func(b []byte) { crand.Read(b) }, Log: log})
	t.Cleanup(w.engine.Close)
	assets, err := web.New(false)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := site.New(site.Config{Store: w.store, Engine: w.engine, Assets: assets, Extractor: &exchange.Extractor{Exe: exe}, Log: log, Now: w.now})
	t.Cleanup(s.Close)
	w.client = &http.Client{Transport: straight{s.Handler()}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

func (w *clockwork) set(j jump) { w.off.Store(int64(j.off)) }

// signIn begins a session at the clock's time.
func (w *clockwork) signIn(t *testing.T, id qda.AccountID) string {
	t.Helper()
	token, sum := site.NewToken()
	if err := w.store.NewSession(t.Context(), store.Session{Sum: sum, Account: id, Made: w.now(), Agent: "fault", Address: "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	return token
}

// inOrder is what F9 found about the order of entries.
type inOrder struct {
	jumps, acked, entries int
	backwards             int // entries whose time is before that of the entry before them: the clock really went wrong
	inversions            int // pairs of one coder's changes, made one after the other, that are listed the other way round
	wrongUndo             int // times when what Ctrl Z would take back was not the coder's newest change
	unsound               []error
}

// coding under a clock that jumps; listed is the order in which entries are looked at.
func miscoded(t *testing.T, listed func(a, b *qda.Entry) int, each int) (o inOrder) {
	t.Helper()
	w := newClockwork(t)
	st := newStudy(t, w.url, 3)
	st.at(func() string { return "http://127.0.0.1:8080" })
	made := map[qda.ID][]qda.Seq{} // by coder, in the order in which they were made
	var mu sync.Mutex
	for _, j := range jumps() {
		w.set(j)
		o.jumps++
		var all sync.WaitGroup
		for _, c := range st.coders {
			c.client, c.token = w.client, w.signIn(t, c.account.ID)
			all.Go(func() {
				for range each {
					x := c.coding()
					status, e, err := read(c.post(t.Context(), x.path, x.body))
					if err != nil || status != http.StatusOK {
						t.Errorf("%s: a coding: %d %v", j.name, status, err)
						return
					}
					mu.Lock()
					made[c.id] = append(made[c.id], e.Seq)
					o.acked++
					mu.Unlock()
				}
				a, err := c.get(t.Context(), st.path("/undo.json?document=%d", st.document))
				var next struct{ Undo *struct{ Seq qda.Seq } }
				if err == nil {
					err = json.Unmarshal(a.body, &next)
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil || next.Undo == nil || next.Undo.Seq != made[c.id][len(made[c.id])-1] {
					o.wrongUndo++
				}
			})
		}
		all.Wait()
	}
	w.off.Store(0)
	var entries []*qda.Entry
	for after := qda.Seq(0); ; {
		es, err := w.store.Entries(t.Context(), st.project, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		entries, after = append(entries, es...), es[len(es)-1].Seq
	}
	o.entries = len(entries)
	for i := 1; i < len(entries); i++ {
		if entries[i].At.Before(entries[i-1].At) {
			o.backwards++
		}
	}
	slices.SortStableFunc(entries, listed)
	place := map[qda.Seq]int{}
	for i, e := range entries {
		place[e.Seq] = i
	}
	for _, seqs := range made {
		for i := 1; i < len(seqs); i++ {
			if place[seqs[i]] <= place[seqs[i-1]] {
				o.inversions++
			}
		}
	}
	o.unsound = broken(t, w.url)
	return o
}

func bySeq(a, b *qda.Entry) int  { return cmp.Compare(a.Seq, b.Seq) }
func byTime(a, b *qda.Entry) int { return a.At.Compare(b.At) }

func TestF9(t *testing.T) {
	o := miscoded(t, bySeq, rounds(8, 200))
	figure(t, "F9", "clock set %d times (± 1 h, ± 1 day, 1970) while three people code: %d acknowledged, %d steps back in time; %d order inversions, %d wrong undos", o.jumps, o.acked, o.backwards, o.inversions, o.wrongUndo)
	if o.inversions > 0 || o.wrongUndo > 0 {
		t.Errorf("%d inversions, %d wrong undos", o.inversions, o.wrongUndo)
	}
	if o.backwards < 4 || o.acked < 3*8*o.jumps {
		t.Errorf("%d steps back, %d acknowledged: too little happened", o.backwards, o.acked)
	}
	for _, err := range o.unsound {
		t.Errorf("not whole: %v", err)
	}
}

func TestF9Control(t *testing.T) {
	o := miscoded(t, byTime, 4)
	figure(t, "F9", "control, entries ordered by their time: %d order inversions", o.inversions)
	if o.inversions == 0 {
		t.Errorf("an order by time is right under a clock that jumps: %+v", o)
	}
}

// outlived is what F9 found about what lasts for a time.
type outlived struct {
	asked, immortal, dead int // sessions: alive though far from their time, ended though near it
	links, wrongLinks     int
	buckets, locked       int // buckets that were filled, and those that stayed full after the clock was set
}

// lasting makes sessions, links and full buckets at each time and looks at them from each other. limits are those by which the
// product is asked; a bucket's attempts go through take.
func lasting(t *testing.T, live func(w *clockwork, token string) bool, take func(w *clockwork, key string) bool) (o outlived) {
	t.Helper()
	w := newClockwork(t)
	st := newStudy(t, w.url, 1)
	account := st.coders[0].account
	all := jumps()[3:] // each once, and the right one several times
	const idle, life = 8 * time.Hour, 24 * time.Hour
	for i, from := range all {
		for k, to := range all {
			away := (to.off - from.off).Abs()
			// A session.
			w.set(from)
			token := w.signIn(t, account.ID)
			l, sum := site.NewToken()
			if err := w.store.NewLink(t.Context(), store.Link{Sum: sum, Purpose: "invite", Project: st.project, Role: qda.Researcher, By: account.ID, Made: w.now(), Until: w.now().Add(life)}); err != nil || l == "" {
				t.Fatal(err)
			}
			key := fmt.Sprintf("f9:%d:%d", i, k)
			for take(w, key) {
			}
			o.buckets++
			w.set(to)
			o.asked++
			switch is := live(w, token); {
			case is && away > idle:
				o.immortal++
			case !is && away < idle:
				o.dead++
			}
			// A link.
			o.links++
			if _, err := w.store.Link(t.Context(), sum, "invite", w.now()); (err == nil) != (away < life-time.Minute) && away != life {
				o.wrongLinks++
			}
			// A bucket: whatever the clock did, a minute later somebody is let in.
			free := false
			for range 30 {
				free = free || take(w, key)
				w.off.Add(int64(2 * time.Second))
			}
			if !free {
				o.locked++
			}
		}
	}
	return o
}

const f9Size, f9Rate = 5, 0.1

func TestF9Lasting(t *testing.T) {
	get := func(w *clockwork, token string) bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080/account", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", "__Host-anyam="+token)
		a, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		return a.StatusCode == http.StatusOK
	}
	o := lasting(t, get, func(w *clockwork, key string) bool {
		ok, err := w.store.Take(t.Context(), key, f9Size, f9Rate, w.now())
		if err != nil {
			t.Fatal(err)
		}
		return ok
	})
	figure(t, "F9", "sessions seen from another time: %d, %d immortal, %d ended by a small step; links: %d, %d wrong; full buckets: %d, %d stayed full", o.asked, o.immortal, o.dead, o.links, o.wrongLinks, o.buckets, o.locked)
	if o.immortal+o.dead+o.wrongLinks+o.locked > 0 {
		t.Errorf("%+v", o)
	}
	if o.asked < 40 || o.buckets < 40 {
		t.Errorf("too little was tried: %+v", o)
	}
	// Whoever may not sign in at the wrong time may at the right one: the same over the form.
	w := newClockwork(t)
	st := newStudy(t, w.url, 1)
	post := func(password string) int {
		a, err := w.client.PostForm("http://127.0.0.1:8080/sign-in", url.Values{"email": {st.coders[0].account.Email}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		return a.StatusCode
	}
	w.set(jump{"a day on", 24 * time.Hour})
	for i := 0; post("salah-sama-sekali") != http.StatusTooManyRequests; i++ {
		if i > 40 {
			t.Fatal("guessing goes on for ever")
		}
	}
	w.set(jump{"right", 0})
	tries := 0
	for ; post(password) != http.StatusSeeOther; tries++ {
		if tries > 20 {
			t.Fatal("the owner stays locked out after the clock was set back")
		}
		w.off.Add(int64(5 * time.Second))
	}
	if strings.Contains(password, " ") || tries > 4 {
		t.Errorf("the owner was let in after %d s", 5*tries)
	}
}

// TestF9LastingControl: limits that look in one direction only, and a bucket that keeps the latest time it has seen, fail.
func TestF9LastingControl(t *testing.T) {
	type level struct {
		n  float64
		at time.Time
	}
	buckets := map[string]level{}
	o := lasting(t, func(w *clockwork, token string) bool {
		var made time.Time
		for _, x := range sessionsOf(t, w) {
			if x.Made.After(made) {
				made = x.Made // the session made last is not the one asked about when the clock went back
			}
		}
		return w.now().Sub(made) < 8*time.Hour
	}, func(w *clockwork, key string) bool {
		b := buckets[key]
		now := w.now()
		b.n = max(0, b.n-f9Rate*max(0, now.Sub(b.at).Seconds()))
		if now.After(b.at) {
			b.at = now
		}
		ok := b.n+1 <= f9Size
		if ok {
			b.n++
		}
		buckets[key] = b
		return ok
	})
	figure(t, "F9", "control, limits that look one way only: %d immortal sessions, %d buckets that stayed full", o.immortal, o.locked)
	if o.immortal == 0 || o.locked == 0 {
		t.Errorf("one-sided limits are right under a clock that jumps: %+v", o)
	}
}

func sessionsOf(t *testing.T, w *clockwork) []store.Session {
	t.Helper()
	all, err := w.store.Accounts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var r []store.Session
	for _, a := range all {
		s, err := w.store.Sessions(context.Background(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		r = append(r, s...)
	}
	return r
}
