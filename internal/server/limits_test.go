package server

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// boundary tries what is just within a limit and what is just beyond it.
type boundary func(t *testing.T, l Limit, s *site)

// site is a world whose clock stands still, with a place in it.
type site struct {
	*place
	clock atomic.Int64 // beyond the time it began
	ip    int
}

func newSite(t *testing.T) *site {
	s := &site{}
	began := time.Now()
	w := newWorld(t, func(c *Config) {
		c.Now = func() time.Time { return began.Add(time.Duration(s.clock.Load())) }
	})
	s.place = w.newPlace(0)
	return s
}

// from is an address that nobody has come from before.
func (s *site) from() string { s.ip++; return fmt.Sprintf("10.9.%d.%d", s.ip>>8, s.ip&255) }

// after sets the clock on for a while.
func (s *site) after(d time.Duration, do func()) {
	s.clock.Add(int64(d))
	defer s.clock.Add(-int64(d))
	do()
}

// within and beyond say what came of the two sides of a limit.
func within(t *testing.T, l Limit, a reply) {
	t.Helper()
	if a.status == l.Beyond || a.status >= 500 {
		t.Errorf("%s: within the limit: %d %.300s", l.Name, a.status, a.body)
	}
}

func beyond(t *testing.T, l Limit, a reply) {
	t.Helper()
	if a.status != l.Beyond {
		t.Errorf("%s: beyond the limit: %d, want %d: %.300s", l.Name, a.status, l.Beyond, a.body)
	}
	if (l.Beyond == http.StatusTooManyRequests || l.Beyond == http.StatusServiceUnavailable) && a.header.Get("Retry-After") == "" {
		t.Errorf("%s: nobody says when to try again", l.Name)
	}
	if l.Key == "" {
		return
	}
	// The sentence up to its first part that is filled in.
	if say, _, _ := strings.Cut(i18n.New("en", "UTC").T(l.Key), "{"); !strings.Contains(html.UnescapeString(a.body), strings.TrimSpace(say)) {
		t.Errorf("%s: beyond the limit no %q is said: %.300s", l.Name, say, a.body)
	}
}

func (s *site) post(rest string, form ...string) reply {
	return s.ask(request{method: "POST", target: s.at("%s", rest), token: s.token[theOwner], form: f(form...), background: true})
}

func (s *site) upload(data []byte) reply {
	return s.ask(request{method: "POST", target: s.at("/files"), token: s.token[theOwner], file: data, background: true})
}

// tried is how attempts of one kind are made: a request, and whose bucket it goes into.
func tried(make func(s *site) (request, string)) boundary {
	return func(t *testing.T, l Limit, s *site) {
		q, who := make(s)
		rate := 1 / l.Every.Seconds()
		s.exec(`DELETE FROM bucket WHERE key = $1`, l.Name+":"+who)
		for range l.Value - 1 {
			if ok, err := s.store.Take(t.Context(), l.Name+":"+who, float64(l.Value), rate, s.s.Now()); err != nil || !ok {
				t.Fatalf("%s: %v %v", l.Name, ok, err)
			}
		}
		q.background = true
		within(t, l, s.ask(q))
		beyond(t, l, s.ask(q))
		a := s.ask(q)
		beyond(t, l, a)
		// As long as the answer says, and it is let in again: refused attempts have not made it worse.
		var after int
		if _, err := fmt.Sscan(a.header.Get("Retry-After"), &after); err != nil {
			t.Fatal(err)
		}
		s.after(time.Duration(after)*time.Second, func() { within(t, l, s.ask(q)) })
	}
}

func refused(err error, key string) bool {
	var r *qda.Error
	return errors.As(err, &r) && r.Key == key
}

// signIns is a request to sign in, never the right one.
func (s *site) signs(email string) request {
	return request{method: "POST", target: "/sign-in", form: f("email", email, "password", "bukan-yang-benar-ini"), from: s.from()}
}

// boundaries has a test for every row of the table: the ones that need no time of their own. The others are in limits_time_test.go.
func boundaries() map[string]boundary {
	written := func(target, field string, more ...string) func(s *site, n int) reply {
		return func(s *site, n int) reply {
			form := f(more...)
			form.Set(field, strings.Repeat("ü", n))
			return s.ask(request{method: "POST", target: s.at("%s", target), token: s.token[theOwner], form: form, background: true})
		}
	}
	length := func(send func(s *site, n int) reply) boundary {
		return func(t *testing.T, l Limit, s *site) {
			within(t, l, send(s, int(l.Value)))
			beyond(t, l, send(s, int(l.Value)+1))
		}
	}
	password := func(s *site, n int) reply {
		a := s.person(s.next("Orang"), false)
		return s.ask(request{method: "POST", target: "/account/password", token: s.signIn(a.ID), form: f("old", password, "password", strings.Repeat("aB3!x", n)[:n]), background: true})
	}
	session := func(t *testing.T, l Limit, s *site) {
		here := func(after, step time.Duration) reply {
			token := s.signIn(s.account[theOwner].ID)
			s.exec(`UPDATE session SET made = $2, seen = $2 WHERE token_sum = $1`, tokenSum(token), s.s.Now())
			for d := step; d < after; d += step {
				s.after(d, func() { s.ask(request{method: "GET", target: "/account", token: token, background: true}) })
			}
			var a reply
			s.after(after, func() { a = s.ask(request{method: "GET", target: "/account", token: token, background: true}) })
			return a
		}
		step := time.Duration(1 << 62)
		if l.Name == "sessions.whole" {
			step = 5 * time.Hour // in use all the time
		}
		within(t, l, here(time.Duration(l.Value)-time.Millisecond, step))
		beyond(t, l, here(time.Duration(l.Value)+time.Millisecond, step))
	}
	token := regexp.MustCompile(`/(invite|password)#([\w-]{20,})`)
	link := func(make func(s *site) reply) boundary {
		return func(t *testing.T, l Limit, s *site) {
			m := token.FindStringSubmatch(make(s).body)
			if m == nil {
				t.Fatalf("%s: no link", l.Name)
			}
			use := func(after time.Duration) (a reply) {
				// The link is looked at before anything else, so that it is not used up by a form without a good password.
				s.after(after, func() {
					a = s.ask(request{method: "POST", target: "/" + m[1], form: f("token", m[2], "email", "x@contoh.example", "name", "X", "password", "pendek"), from: s.from()})
				})
				return a
			}
			if a := use(time.Duration(l.Value) - time.Millisecond); a.status != http.StatusBadRequest || strings.Contains(a.body, i18n.New("en", "UTC").T(l.Key)) {
				t.Errorf("%s: within the limit: %d", l.Name, a.status)
			}
			if a := use(time.Duration(l.Value) + time.Millisecond); !strings.Contains(html.UnescapeString(a.body), i18n.New("en", "UTC").T(l.Key)) {
				t.Errorf("%s: beyond the limit: %d", l.Name, a.status)
			}
		}
	}
	// Read in this process: a child of the race detector's kind could take longer over so much than it may.
	read := func(inside, outside []byte, sent bool) boundary {
		return func(t *testing.T, l Limit, s *site) {
			if _, err := exchange.Read("a.txt", inside, exchange.Options{}); err != nil {
				t.Errorf("%s: within the limit: %v", l.Name, err)
			}
			var bad *exchange.BadFile
			if _, err := exchange.Read("a.txt", outside, exchange.Options{}); !errors.As(err, &bad) || bad.Key() != l.Key {
				t.Errorf("%s: beyond the limit: %v", l.Name, err)
			}
			// In a list of files it is said in the file's own row.
			if !sent {
				return
			}
			if a := s.upload(outside); a.status != http.StatusOK || !strings.Contains(a.body, `"ok":false`) {
				t.Errorf("%s: beyond the limit: %d %.200s", l.Name, a.status, a.body)
			}
		}
	}
	long := []byte(strings.Repeat("kata ", exchange.MaxChars/5-1) + "kata!")
	turns := []byte("A: halo\nB: ya\n" + strings.Repeat("A: ya\nB: ya\n", exchange.MaxTurns/2-1))
	queued := func(of func(s *Server) *queue, ask func(s *site) reply) map[string]boundary {
		return map[string]boundary{
			"at_once": func(t *testing.T, l Limit, s *site) {
				q := of(s.s)
				var leave []func()
				for range l.Value {
					f, err := q.enter(t.Context())
					if err != nil {
						t.Fatalf("%s: within the limit: %v", l.Name, err)
					}
					leave = append(leave, f)
				}
				answered := make(chan reply, 1)
				go func() { answered <- ask(s) }()
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for q.wants.Load() != 1 { // it waits
					select {
					case a := <-answered:
						t.Fatalf("%s: beyond the limit it was answered at once: %d", l.Name, a.status)
					case <-tick.C:
					}
				}
				for _, f := range leave {
					f()
				}
				if a := <-answered; a.status >= 500 {
					t.Errorf("%s: when its turn came: %d", l.Name, a.status)
				}
			},
			"waiting": func(t *testing.T, l Limit, s *site) {
				q := of(s.s)
				var leave []func()
				for range q.atOnce {
					f, err := q.enter(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					leave = append(leave, f)
				}
				ctx, gone := context.WithCancel(t.Context())
				ended := make(chan error)
				for range l.Value {
					go func() { _, err := q.enter(ctx); ended <- err }()
				}
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for q.wants.Load() != l.Value {
					<-tick.C
				}
				beyond(t, l, ask(s))
				if q.wants.Load() != l.Value {
					t.Errorf("%s: who was sent away still counts", l.Name)
				}
				gone()
				for range l.Value {
					if err := <-ended; !errors.Is(err, context.Canceled) {
						t.Errorf("%s: within the limit: %v", l.Name, err)
					}
				}
				for _, f := range leave {
					f()
				}
				within(t, l, ask(s))
			},
		}
	}
	r := map[string]boundary{
		"requests.form": func(t *testing.T, l Limit, s *site) {
			send := func(n int) reply {
				body := []byte(`{"on":0,"text":"` + strings.Repeat("x", n))
				return s.ask(request{method: "POST", target: s.at("/memos"), token: s.token[theOwner], json: append(body[:n-2], '"', '}')})
			}
			within(t, l, send(int(l.Value)))
			beyond(t, l, send(int(l.Value)+1))
		},
		"requests.statement": func(t *testing.T, l Limit, s *site) {
			if is, _, err := s.store.Timeouts(t.Context()); err != nil || is != time.Duration(l.Value) {
				t.Errorf("%s: the database allows %v, %v", l.Name, is, err)
			}
			// A statement that takes too long ends as one that is cancelled does, and nobody waits half a minute for that here.
			s.exec(`BEGIN`)
			s.exec(`LOCK TABLE account IN ACCESS EXCLUSIVE MODE`)
			answered := make(chan reply, 1)
			go func() {
				answered <- s.ask(request{method: "POST", target: "/account", token: s.token[theOwner], form: f("name", "Orang"), background: true})
			}()
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for s.query(`SELECT count(pg_cancel_backend(pid))::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == "0" {
				<-tick.C
			}
			a := <-answered
			s.exec(`ROLLBACK`)
			beyond(t, l, a)
		},
		"requests.streams": func(t *testing.T, l Limit, s *site) {
			id := s.account[theOwner].ID
			for range l.Value - 1 {
				if !s.s.streams.enter(id) {
					t.Fatal("refused too early")
				}
			}
			ask := func() reply {
				return s.ask(request{method: "GET", target: s.at("/stream"), token: s.token[theOwner], header: map[string]string{"Accept": "application/json"}})
			}
			within(t, l, ask())
			within(t, l, ask()) // the one before has ended
			s.s.streams.enter(id)
			beyond(t, l, ask())
			for range l.Value {
				s.s.streams.leave(id)
			}
			if n := s.s.streams.all(); n != 0 {
				t.Errorf("%d streams are counted and none is open", n)
			}
		},
		"writing.things": func(t *testing.T, l Limit, s *site) {
			p := s.newPlace(1)
			p.exec(`INSERT INTO node SELECT n.project, 1000000 + g, 1, n.kind, n.codable, 0, n.place || g, 'kode ' || g, '', '', '', 0, 0, '', '', '', '', 'live', 0, '', 1
				FROM (SELECT * FROM node WHERE project = $1 AND n = $2) n, generate_series(1, $3 - 1 - (SELECT count(*) FROM node WHERE project = $1)) g`, p.id, int64(p.code), l.Value)
			p.exec(`UPDATE project SET next = 2000000 WHERE id = $1`, p.id)
			p.engine.Forget(p.id)
			add := func(name string) reply {
				return p.ask(request{method: "POST", target: p.at("/nodes"), token: p.token[theOwner], form: f("kind", "code", "name", name), background: true})
			}
			within(t, l, add("yang terakhir"))
			beyond(t, l, add("terlalu banyak"))
			p.exec(`DELETE FROM node WHERE project = $1 AND n BETWEEN 1000000 AND 1999999`, p.id) // the world proves itself at its end
			p.engine.Forget(p.id)
		},
		"files.file": func(t *testing.T, l Limit, s *site) {
			big := make([]byte, l.Value+1)
			for i := range big {
				big[i] = 'a'
			}
			within(t, l, s.upload(big[:l.Value]))
			beyond(t, l, s.upload(big))
		},
		"files.batch": func(t *testing.T, l Limit, s *site) {
			send := func(more ...packed) reply {
				var all []packed
				for i := range l.Value {
					all = append(all, packed{fmt.Sprintf("P%03d.txt", i), fmt.Sprint("A: satu ", i)})
				}
				p := s.newPlace(0)
				return p.sendFiles(p.at("/batches"), p.token[theOwner], []string{"change", fresh().String(), "more", "on"}, append([]packed{{"semua.zip", string(zipOf(t, all...))}}, more...)...)
			}
			within(t, l, send())
			beyond(t, l, send(packed{"satu.txt", "A: dan satu lagi"}))
		},
		"files.project": func(t *testing.T, l Limit, s *site) {
			send := func(n int64) reply {
				return s.sendFiles("/projects/import", s.token[theOwner], []string{"change", fresh().String()}, packed{"proyek.qdpx", strings.Repeat("a", int(n))})
			}
			within(t, l, send(l.Value)) // it is refused for what it is, not for its size
			beyond(t, l, send(l.Value+1))
		},
		"files.characters": read(long, append(slices.Clone(long), '!'), true),
		"files.turns":      read(turns, append(slices.Clone(turns), "A: ya\nB: ya\n"...), false),
		"files.reading": func(t *testing.T, l Limit, s *site) {
			if exchange.MaxWait != time.Duration(l.Value) {
				t.Errorf("%s: %v", l.Name, exchange.MaxWait)
			}
			sh, err := os.Stat("/bin/sh")
			if err != nil || sh.IsDir() {
				t.Fatalf("there is no shell: %v", err)
			}
			// A child that never answers, and a shorter patience.
			x := &exchange.Extractor{Exe: "/bin/sh", Args: []string{"-c", "cat >/dev/null; read never; while :; do :; done"}, Wait: 200 * time.Millisecond}
			var bad *exchange.BadFile
			if _, err := x.Read(t.Context(), "a.txt", []byte("halo"), exchange.Options{}); !errors.As(err, &bad) || bad.Reason != exchange.BadSlow && bad.Reason != exchange.BadCrashed {
				t.Errorf("%s: beyond the limit: %v", l.Name, err)
			}
		},
		"writing.name": length(written("/cases", "name")),
		"writing.text": length(func(s *site, n int) reply {
			return s.ask(request{method: "POST", target: s.at("/memos"), token: s.token[theOwner], json: map[string]any{"on": s.code, "text": strings.Repeat("ü", n)}})
		}),
		"writing.spans": length(func(s *site, n int) reply {
			var spans []qda.SpanOf
			text := []rune(words)
			for i := len([]rune("Sejak kapan menjual?")) + 1; i < len(text) && len(spans) < n; i++ {
				for j := i + 1; j <= len(text) && len(spans) < n; j++ {
					spans = append(spans, spanAt(int32(i), int32(j)))
				}
			}
			if len(spans) < n {
				panic("the document is too short")
			}
			return s.ask(request{method: "POST", target: s.at("/documents/%d/codings", s.document), token: s.token[theOwner], json: map[string]any{"version": 1, "spans": spans, "code": s.addNode(qda.Code, s.next("kode"), 0)}})
		}),
		"writing.email": length(func(s *site, n int) reply {
			return s.post("/invitations", "role", "researcher", "email", strings.Repeat("a", n-len("@contoh.example"))+"@contoh.example")
		}),
		"writing.password": length(password),
		"writing.password_least": func(t *testing.T, l Limit, s *site) {
			within(t, l, password(s, int(l.Value)))
			beyond(t, l, password(s, int(l.Value)-1))
		},
		"sessions.idle":  session,
		"sessions.whole": session,
		"sessions.invitation": link(func(s *site) reply {
			return s.ask(request{method: "POST", target: s.at("/invitations"), token: s.token[theOwner], form: f("role", "researcher")})
		}),
		"sessions.link": link(func(s *site) reply {
			admin := s.person(s.next("Admin"), true)
			return s.ask(request{method: "POST", target: fmt.Sprintf("/accounts/%d/password-link", s.person(s.next("Orang"), false).ID), token: s.signIn(admin.ID), form: f("x", "y")})
		}),
		"attempts.sign_in_address": tried(func(s *site) (request, string) {
			q := s.signs("tidak@contoh.example")
			return q, q.from
		}),
		"attempts.sign_in_account": tried(func(s *site) (request, string) {
			e := s.account[theOwner].Email
			return s.signs(e), e
		}),
		"attempts.sign_in_known": tried(func(s *site) (request, string) {
			a, err := s.store.Account(context.Background(), s.account[theOwner].ID)
			if err != nil {
				panic(err)
			}
			q := s.signs(a.Email)
			q.header = map[string]string{"Cookie": "__Host-anyam-known=" + known(a)}
			return q, a.Email
		}),
		"attempts.set_up": tried(func(s *site) (request, string) {
			q := request{method: "POST", target: "/setup", form: f("token", "x"), from: s.from()}
			return q, q.from
		}),
		"attempts.invite_address": tried(func(s *site) (request, string) {
			q := request{method: "POST", target: "/invite", form: f("token", "x"), from: s.from()}
			return q, q.from
		}),
		"attempts.password_address": tried(func(s *site) (request, string) {
			q := request{method: "POST", target: "/password", form: f("token", "x"), from: s.from()}
			return q, q.from
		}),
		"attempts.demo": tried(func(s *site) (request, string) {
			q := request{method: "POST", target: "/demo", form: f("token", "x"), from: s.from()}
			return q, q.from
		}),
		"attempts.password_account": tried(func(s *site) (request, string) {
			a := s.person("Orang", false)
			return request{method: "POST", target: "/account/password", token: s.signIn(a.ID), form: f("old", "x", "password", "y")}, fmt.Sprint(a.ID)
		}),
		"attempts.invitations": tried(func(s *site) (request, string) {
			return request{method: "POST", target: s.at("/invitations"), token: s.token[theOwner], form: f("role", "researcher")}, fmt.Sprint(s.account[theOwner].ID)
		}),
		"attempts.uploads": tried(func(s *site) (request, string) {
			return request{method: "POST", target: s.at("/files"), token: s.token[theResearcher], form: f("x", "y")}, fmt.Sprint(s.account[theResearcher].ID)
		}),
		"attempts.exports": tried(func(s *site) (request, string) {
			return request{method: "GET", target: s.at("/export/codebook.csv"), token: s.token[theResearcher]}, fmt.Sprint(s.account[theResearcher].ID)
		}),
	}
	for name, more := range map[string]map[string]boundary{
		"work.passwords": queued(func(s *Server) *queue { return s.hashing }, func(s *site) reply {
			q := s.signs("tidak@contoh.example")
			q.background = true
			return s.ask(q)
		}),
		"work.files": queued(func(s *Server) *queue { return s.reading }, func(s *site) reply { return s.upload([]byte("A: halo\nB: ya\n")) }),
		"work.exports": queued(func(s *Server) *queue { return s.exporting }, func(s *site) reply {
			return s.ask(request{method: "GET", target: s.at("/export/segments.csv"), token: s.token[theOwner], background: true})
		}),
	} {
		for k, b := range more {
			r[name+"."+k] = b
		}
	}
	return r
}

// TestEveryLimitAtAndBeyond: a row of the table without a test of both its sides fails, and so does a test of no row.
func TestEveryLimitAtAndBeyond(t *testing.T) {
	t.Parallel()
	if len(limits) < 40 {
		t.Fatalf("the table has %d rows", len(limits))
	}
	all, timed := boundaries(), timedBoundaries()
	s := newSite(t)
	seen := map[string]bool{}
	for _, l := range Limits() {
		if seen[l.Name] {
			t.Errorf("%s stands twice in the table", l.Name)
		}
		seen[l.Name] = true
		if l.Value <= 0 || l.Unit == Attempts && l.Every <= 0 {
			t.Errorf("%s is no limit: %+v", l.Name, l)
		}
		switch {
		case all[l.Name] != nil && timed[l.Name] == nil:
			t.Run(l.Name, func(t *testing.T) { all[l.Name](t, l, s) })
		case timed[l.Name] != nil && all[l.Name] == nil:
			t.Run(l.Name, func(t *testing.T) { timed[l.Name](t, l) })
		default:
			t.Errorf("%s has no test of its boundary, or two", l.Name)
		}
	}
	for name := range all {
		if !seen[name] {
			t.Errorf("there is no limit %s", name)
		}
	}
	for name := range timed {
		if !seen[name] {
			t.Errorf("there is no limit %s", name)
		}
	}
	if !t.Failed() {
		t.Logf("%d limits, each at it and beyond it", len(limits))
	}
}

// TestLimitsPageSaysAll: the page has every row, in both languages, and nobody need sign in.
func TestLimitsPageSaysAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, lang := range []string{"en", "id"} {
		a := w.ask(request{method: "GET", target: "/limits?language=" + lang})
		if a.status != http.StatusOK || strings.Count(a.body, `<th scope="row">`) != len(limits) {
			t.Fatalf("in %s: %d with %d rows of %d", lang, a.status, strings.Count(a.body, `<th scope="row">`), len(limits))
		}
		p := &ask{L: i18n.New(lang, "UTC")}
		for _, l := range limits {
			for _, say := range []string{p.L.T("limits.of." + l.Name), p.amount(l), p.beyond(l)} {
				if !strings.Contains(html.UnescapeString(a.body), say) {
					t.Errorf("in %s, of %s: no %q", lang, l.Name, say)
				}
			}
		}
	}
	for _, target := range []string{"/account", "/projects"} {
		if a := w.ask(request{method: "GET", target: target, token: w.signIn(w.person("Orang", false).ID)}); !strings.Contains(a.body, `href="/limits"`) {
			t.Errorf("%s does not lead to the limits", target)
		}
	}
}

// A stranger who goes on trying passwords keeps nobody out who has signed in before in the same browser; elsewhere the owner gets
// in when one more has drained.
func TestNoStrangerLocksAnyoneOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.person("Korban", false)
	first := s.signInAt(a.Email, password, "192.0.2.1", "")
	var mine string
	for _, c := range (&http.Response{Header: first.header}).Cookies() {
		if strings.HasSuffix(c.Name, "-known") {
			mine = c.Name + "=" + c.Value
		}
	}
	if first.cookie == "" || mine == "" {
		t.Fatalf("signing in: %d", first.status)
	}
	guess := func() int { return s.ask(s.signs(a.Email)).status }
	for range 300 {
		guess()
	}
	own := func(cookie string) reply {
		return s.ask(request{method: "POST", target: "/sign-in", form: f("email", a.Email, "password", password), from: "192.0.2.1", header: map[string]string{"Cookie": cookie}})
	}
	if r := own(mine); r.cookie == "" {
		t.Errorf("the owner's browser is locked out: %d", r.status)
	}
	if r := own("__Host-anyam-known=AAAA"); r.status != http.StatusTooManyRequests {
		t.Errorf("a cookie that anyone can make up: %d", r.status)
	}
	// Another account's cookie is of no use, nor this one's after a new password.
	if b, err := s.store.Account(t.Context(), s.account[theOwner].ID); err != nil {
		t.Fatal(err)
	} else if r := own("__Host-anyam-known=" + known(b)); r.status != http.StatusTooManyRequests {
		t.Errorf("another's cookie: %d", r.status)
	}
	changed, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.SetSecret(t.Context(), a.ID, changed, nil); err != nil {
		t.Fatal(err)
	}
	if r := own(mine); r.status != http.StatusTooManyRequests {
		t.Errorf("a cookie of before the password: %d", r.status)
	}
	s.after(signInsByAccount.every, func() {
		if r := own(""); r.cookie == "" {
			t.Errorf("the owner elsewhere, when one more has drained: %d", r.status)
		}
	})
}
