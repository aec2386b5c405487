//go:build faults

package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// wanderer is a client of a history: it reads on one process and writes on another, and remembers what it has seen.
type wanderer struct {
	*coder
	place   int
	rand    *rand.Rand
	servers []*server
	begun   time.Time
	calls   []*call
	tries   int // requests without a whole answer

	known   qda.Seq
	codings []qda.ID
	memos   []readMemo
	codes   []qda.ID
	mine    []qda.Seq // own entries
	others  []qda.Seq // entries of anybody
}

type readMemo struct {
	id, coder qda.ID
	rev       qda.Seq
}

// ask sends a request to a process, as a browser that has seen known.
func (w *wanderer) ask(ctx context.Context, at *server, method, path string, body any) (reply, error) {
	here := *w.coder
	here.base = at.base
	r, err := here.request(ctx, method, path, body)
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Cookie", fmt.Sprintf("__Host-anyam=%s; anyam-seq=%d", w.token, w.known))
	a, err := w.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header, b}, err
}

func (w *wanderer) any() *server { return w.servers[w.rand.IntN(len(w.servers))] }

func pick[T any](r *rand.Rand, s []T) (x T) {
	if len(s) == 0 {
		return x
	}
	return s[r.IntN(len(s))]
}

// read looks at the codings of the document, or at the codebook.
func (w *wanderer) read(ctx context.Context, codebook bool) error {
	path := w.study.path("/documents/%d/codings.json", w.study.document)
	if codebook {
		path = w.study.path("/codebook.json")
	}
	c := &call{client: w.place, known: w.known, asked: time.Since(w.begun)}
	a, err := w.ask(ctx, w.any(), http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	c.replied, c.status = time.Since(w.begun), a.status
	if a.status != http.StatusOK {
		return fmt.Errorf("a read was answered with %d", a.status)
	}
	var in struct {
		Seq     qda.Seq    `json:"seq"`
		Codings [][7]int64 `json:"codings"`
		Memos   [][8]any   `json:"memos"`
		Nodes   []readNode `json:"nodes"`
	}
	if err := json.Unmarshal(a.body, &in); err != nil {
		return err
	}
	c.seq, c.codings, c.memos, c.nodes = in.Seq, in.Codings, in.Memos, in.Nodes
	w.calls = append(w.calls, c)
	w.known = max(w.known, c.seq)
	if codebook {
		w.codes = w.codes[:0]
		for _, n := range c.nodes {
			w.codes = append(w.codes, n.ID)
		}
		return nil
	}
	w.codings, w.memos = w.codings[:0], w.memos[:0]
	for _, x := range c.codings {
		w.codings = append(w.codings, qda.ID(x[0]))
	}
	for _, x := range c.memos {
		w.memos = append(w.memos, readMemo{qda.ID(x[0].(float64)), qda.ID(x[2].(float64)), qda.Seq(x[5].(float64))})
	}
	return nil
}

// write sends a change until there is an answer that says yes or no, and writes the call down.
func (w *wanderer) write(ctx context.Context, id qda.ChangeID, m move, path string, body func() any, known qda.Seq) (*call, error) {
	c := &call{client: w.place, known: known, id: id, move: &m, asked: time.Since(w.begun)}
	for {
		a, err := w.ask(ctx, w.any(), http.MethodPost, path, body())
		if err == nil && a.status < 500 {
			c.replied, c.status = time.Since(w.begun), a.status
			return c, w.answered(c, a)
		}
		w.tries++
		pause := time.NewTimer(10 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: no answer: %v", m.kind, err)
		}
	}
}

func (w *wanderer) answered(c *call, a reply) error {
	if a.status == http.StatusOK {
		var e entry
		if err := json.Unmarshal(a.body, &e); err != nil || e.Seq == 0 || e.Change != c.id {
			return fmt.Errorf("%s: an answer about something else: %.200s", c.move.kind, a.body)
		}
		c.seq, c.codings = e.Seq, e.Codings.New
		return nil
	}
	var no struct {
		Error  string          `json:"error"`
		Theirs json.RawMessage `json:"theirs"`
	}
	if err := json.Unmarshal(a.body, &no); err != nil || no.Error == "" {
		return fmt.Errorf("%s: %d without a sentence: %.200s", c.move.kind, a.status, a.body)
	}
	if len(no.Theirs) > 0 {
		var node struct {
			Definition string `json:"definition"`
		}
		if json.Unmarshal(no.Theirs, &c.theirs) != nil && json.Unmarshal(no.Theirs, &node) == nil {
			c.theirs = node.Definition
		}
		c.both = true
	} else if (c.move.kind == "MemoChanged" || c.move.kind == "NodeChanged") && a.status == http.StatusConflict {
		return fmt.Errorf("%s: a conflict without the other text", c.move.kind)
	}
	return nil
}

var revIs = regexp.MustCompile(`name="rev" value="(\d+)"`)

// make makes up a change, at first a memo on the document; false where there is nothing yet that it could be about.
func (w *wanderer) make(ctx context.Context, id qda.ChangeID, first bool) (m move, path string, body func() any, err error, ok bool) {
	st := w.study
	m.who, m.document = w.id, st.document
	places := int32(12) // few, so that people meet
	span := func() qda.SpanOf {
		at := w.rand.Int32N(places) * 20
		return st.span(at, at+5+w.rand.Int32N(3)*5)
	}
	tell := func(v map[string]any) func() any {
		v["change"] = id
		return func() any { return v }
	}
	form := func(pairs ...string) func() any {
		f := url.Values{"change": {id.String()}}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		return func() any { return f }
	}
	text := id.String() // like no other
	n := func(x qda.ID) string { return strconv.Itoa(int(x)) }
	ok = true
	if first {
		m.kind, m.text, m.things = "MemoWritten", text, []qda.ID{st.document}
		return m, st.path("/memos"), tell(map[string]any{"on": st.document, "text": text}), nil, true
	}
	d := w.rand.IntN(100)
	if w.place == 0 && d < 40 {
		d = 60 // the owner may change everybody's memos, so there edits meet
	}
	switch {
	case d < 28:
		m.kind, m.span, m.code = "CodingApplied", span(), pick(w.rand, w.codes)
		return m, st.path("/documents/%d/codings", st.document), tell(map[string]any{"version": 1, "spans": []qda.SpanOf{m.span}, "code": m.code}), nil, m.code != 0
	case d < 36:
		m.kind, m.span, m.things = "CodingsChanged", span(), []qda.ID{pick(w.rand, w.codings)}
		return m, st.path("/codings"), tell(map[string]any{"codings": m.things, "span": m.span}), nil, m.things[0] != 0
	case d < 44:
		m.kind, m.code, m.things = "CodingsChanged", pick(w.rand, w.codes), []qda.ID{pick(w.rand, w.codings)}
		return m, st.path("/codings"), tell(map[string]any{"codings": m.things, "code": m.code}), nil, m.things[0] != 0 && m.code != 0
	case d < 50:
		m.kind, m.things = "CodingsRemoved", []qda.ID{pick(w.rand, w.codings)}
		return m, st.path("/codings/remove"), tell(map[string]any{"codings": m.things}), nil, m.things[0] != 0
	case d < 55:
		on := append([]qda.ID{st.document}, w.codes...)
		if c := pick(w.rand, w.codings); c != 0 {
			on = append(on, c, c, c)
		}
		m.kind, m.text, m.things = "MemoWritten", text, []qda.ID{pick(w.rand, on)}
		return m, st.path("/memos"), tell(map[string]any{"on": m.things[0], "text": text}), nil, true
	case d < 67:
		// The oldest that one may change, and now and then another's, which is refused.
		var may []readMemo
		for _, x := range w.memos {
			if x.coder == w.id && len(may) < 2 || w.place == 0 && len(may) < 8 || w.rand.IntN(50) == 0 {
				may = append(may, x)
			}
		}
		x := pick(w.rand, may)
		m.kind, m.text, m.things, m.rev = "MemoChanged", text, []qda.ID{x.id}, x.rev
		return m, st.path("/memos/%d", x.id), tell(map[string]any{"rev": x.rev, "text": text}), nil, x.id != 0
	case d < 69:
		x := pick(w.rand, w.memos)
		m.kind, m.things = "MemoRemoved", []qda.ID{x.id}
		return m, st.path("/memos/%d/remove", x.id), tell(map[string]any{}), nil, x.id != 0
	case d < 75:
		code := pick(w.rand, w.codes[:min(len(w.codes), 3)])
		if code == 0 {
			return m, "", nil, nil, false
		}
		// The codebook's page says at which entry the node is read.
		a, err := w.ask(ctx, w.any(), http.MethodGet, st.path("/codebook?node=%d", code), nil)
		if err != nil {
			return m, "", nil, err, false
		}
		rev := revIs.FindSubmatch(a.body)
		if rev == nil {
			return m, "", nil, nil, false // merged meanwhile
		}
		r, _ := strconv.Atoi(string(rev[1]))
		m.kind, m.text, m.things, m.rev = "NodeChanged", text, []qda.ID{code}, qda.Seq(r)
		pause := time.NewTimer(time.Duration(w.rand.IntN(30)) * time.Millisecond) // a person types
		<-pause.C
		return m, st.path("/nodes/%d", code), form("rev", string(rev[1]), "definition", text), nil, true
	case d < 79:
		m.kind, m.text = "NodeAdded", text
		if w.rand.IntN(2) == 0 {
			m.code = pick(w.rand, w.codes)
		}
		return m, st.path("/nodes"), form("kind", "code", "name", text, "parent", n(m.code)), nil, len(w.codes) < 20
	case d < 82:
		m.kind, m.things = "NodesMoved", []qda.ID{pick(w.rand, w.codes)}
		if w.rand.IntN(3) > 0 {
			m.code = pick(w.rand, w.codes)
		}
		return m, st.path("/nodes/move"), form("nodes", n(m.things[0]), "parent", n(m.code)), nil, m.things[0] != 0
	case d < 85:
		m.kind, m.things, m.code = "NodesMerged", []qda.ID{pick(w.rand, w.codes)}, pick(w.rand, w.codes)
		return m, st.path("/nodes/merge"), form("nodes", n(m.things[0]), "into", n(m.code)), nil, m.things[0] != m.code && len(w.codes) > 5
	case d < 97:
		m.kind, m.seq = "Undone", pick(w.rand, w.mine[max(0, len(w.mine)-5):])
	default:
		m.kind, m.seq = "Undone", pick(w.rand, w.others)
	}
	return m, st.path("/undo"), tell(map[string]any{"seq": m.seq}), nil, m.seq != 0
}

// wander works until over is closed.
func (w *wanderer) wander(over <-chan struct{}) error {
	for first := true; ; first = false {
		pause := time.NewTimer(time.Duration(w.rand.IntN(15)) * time.Millisecond)
		select {
		case <-pause.C:
		case <-over:
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := w.step(ctx, first)
		cancel()
		if err != nil {
			return err
		}
	}
}

func (w *wanderer) step(ctx context.Context, first bool) error {
	if d := w.rand.IntN(100); !first && d < 38 {
		return w.read(ctx, d < 12)
	}
	id := fresh()
	m, path, body, err, ok := w.make(ctx, id, first)
	if err != nil || !ok {
		return err
	}
	known := w.known
	c, err := w.write(ctx, id, m, path, body, known)
	if err != nil {
		return err
	}
	w.calls = append(w.calls, c)
	if c.status != http.StatusOK {
		return nil
	}
	w.known = max(w.known, c.seq)
	w.mine = append(w.mine, c.seq)
	if c.seq > 2 {
		w.others = append(w.others, c.seq-1)
	}
	if w.rand.IntN(8) > 0 {
		return nil
	}
	// The same again, as after a lost answer: the same entry. And another change under the same id: a conflict.
	again, err := w.write(ctx, id, m, path, body, w.known)
	if err != nil {
		return err
	}
	w.calls = append(w.calls, again)
	if again.status != http.StatusOK {
		return fmt.Errorf("%s: the repeat of a change that was made was answered with %d", m.kind, again.status)
	}
	a, err := w.ask(ctx, w.any(), http.MethodPost, w.study.path("/memos"), memoBody(id, w.study.document, "another meaning"))
	if err == nil && a.status != http.StatusConflict && a.status < 500 {
		return fmt.Errorf("another change under a used id was answered with %d", a.status)
	}
	return err
}

// history lets some coders work on two processes for a while, and judges what they were told.
func history(t *testing.T, serve func(t testing.TB, databaseURL string) *server, coders int, lasts time.Duration) verdict {
	t.Helper()
	databaseURL := pgtest.New(t)
	st := newStudy(t, databaseURL, coders)
	servers := []*server{serve(t, databaseURL), serve(t, databaseURL)}
	random := seeded(t)
	begun := time.Now()
	over := make(chan struct{})
	var all sync.WaitGroup
	wanderers := make([]*wanderer, len(st.coders))
	failed := make(chan error, len(st.coders))
	for i, c := range st.coders {
		w := &wanderer{coder: c, place: i, rand: rand.New(rand.NewPCG(random.Uint64(), uint64(i))), servers: servers, begun: begun, codes: append([]qda.ID(nil), st.codes...)}
		wanderers[i] = w
		all.Go(func() {
			if err := w.wander(over); err != nil {
				failed <- err
			}
		})
	}
	end := time.NewTimer(lasts)
	select {
	case <-end.C:
	case err := <-failed:
		failed <- err
	}
	close(over)
	all.Wait()
	close(failed)
	var calls []*call
	gaveUp, tries := 0, 0
	for err := range failed {
		gaveUp++
		t.Logf("a client gave up: %v", err)
	}
	for _, w := range wanderers {
		calls, tries = append(calls, w.calls...), tries+w.tries
	}
	s, _, done := opened(t, databaseURL)
	defer done()
	var entries []*qda.Entry
	for {
		es, err := s.Entries(context.Background(), st.project, qda.Seq(len(entries)), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		entries = append(entries, es...)
	}
	checkAll(t, databaseURL)
	v := judge(t, calls, entries, st.head)
	v.GaveUp, v.Unanswered = gaveUp, tries
	return v
}

func TestF27(t *testing.T) {
	v := history(t, func(t testing.TB, databaseURL string) *server { return serveReal(t, databaseURL) }, 6, time.Duration(rounds(5, 170))*time.Second)
	figure(t, "F27", "6 coders on 2 processes: %v", v)
	if n := v.violations(); n > 0 {
		t.Errorf("%d violations: %v", n, v)
	}
	if v.Acked < 100 || v.Reads < 50 || v.Refused < 10 || v.Conflicts < 1 || v.Repeats < 5 {
		t.Errorf("too little happened: %v", v)
	}
}

func TestF27ControlLostUpdate(t *testing.T) {
	v := history(t, func(t testing.TB, databaseURL string) *server { return serveSelf(t, databaseURL, "any rev") }, 6, time.Duration(rounds(3, 15))*time.Second)
	figure(t, "F27", "control, the rev of an edit is ignored: %v", v)
	if v.Overwritten == 0 {
		t.Errorf("a program that ignores the rev of an edit overwrote nothing: %v", v)
	}
}

func TestF27ControlStale(t *testing.T) {
	v := history(t, func(t testing.TB, databaseURL string) *server { return serveSelf(t, databaseURL, "stale") }, 6, time.Duration(rounds(2, 15))*time.Second)
	figure(t, "F27", "control, reads pass over what the reader has seen: %v", v)
	if v.Stale == 0 {
		t.Errorf("a program that reads without regard to what was seen showed nothing old: %v", v)
	}
}

func init() {
	defects["any rev"] = defect{handler: anyRev}
	defects["stale"] = defect{
		ledger:  func(l engine.Ledger) engine.Ledger { return mute{l} },
		handler: shortSighted,
	}
}

// mute is a ledger whose bell does not ring in other processes.
type mute struct{ engine.Ledger }

func (mute) Ring(qda.ProjectID, qda.Seq) {}

// shortSighted takes away, from what is only read, what the reader has seen.
func shortSighted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			var keep []string
			for _, c := range r.Cookies() {
				if c.Name != "anyam-seq" {
					keep = append(keep, c.String())
				}
			}
			r.Header.Set("Cookie", strings.Join(keep, "; "))
		}
		next.ServeHTTP(w, r)
	})
}

var memoPath = regexp.MustCompile(`^/projects/(\d+)/memos/(\d+)$`)

// anyRev makes every edit of a memo one that was read at the newest entry: whatever its maker had not seen is overwritten.
func anyRev(next http.Handler) http.Handler {
	var mu sync.Mutex
	var conn *pgx.Conn
	newest := func(project, memo, change string) (rev qda.Seq, err error) {
		mu.Lock()
		defer mu.Unlock()
		if conn == nil {
			if conn, err = pgx.Connect(context.Background(), os.Getenv("ANYAM_DATABASE_URL")); err != nil {
				return 0, err
			}
		}
		err = conn.QueryRow(context.Background(), `SELECT coalesce((SELECT (body::json #>> '{do,rev}')::bigint FROM entry WHERE project = $1::text::bigint AND change = $3::text::uuid),
			(SELECT rev FROM memo WHERE project = $1::text::bigint AND n = $2::text::bigint))`, project, memo, change).Scan(&rev)
		return rev, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at := memoPath.FindStringSubmatch(r.URL.Path); at != nil && r.Method == http.MethodPost {
			var body map[string]any
			if err := json.NewDecoder(r.Body).Decode(&body); err == nil {
				if rev, err := newest(at[1], at[2], fmt.Sprint(body["change"])); err == nil {
					body["rev"] = rev
				}
				raw, _ := json.Marshal(body)
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(raw))), int64(len(raw))
			}
		}
		next.ServeHTTP(w, r)
	})
}
