//go:build faults

package fault

import (
	"bufio"
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/engine"
	"anyam/internal/qda"
	site "anyam/internal/server"
	"anyam/internal/span"
	"anyam/internal/store"
)

// password is everybody's; its secret is made once, since that takes long.
const password = "rotan-basah-di-dermaga"

var secret = sync.OnceValues(func() (string, error) { return site.HashPassword(password) })

// fresh makes a change id.
func fresh() (c qda.ChangeID) {
	crand.Read(c[:]) // never fails
	c[6], c[8] = c[6]&0x0f|0x40, c[8]&0x3f|0x80
	return c
}

// opened gives a store and an engine of this process on a database; close ends both.
func opened(t testing.TB, databaseURL string) (s *store.Store, e *engine.Engine, close func()) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := store.Open(ctx, databaseURL, log)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	e = engine.New(s, engine.Options{Now: time.Now, Salt: func(b []byte) { crand.Read(b) }, Log: log})
	return s, e, func() { e.Close(); s.Close() }
}

// checkAll proves every project of a database whole: ledger, tables and engine.
func checkAll(t testing.TB, databaseURL string) {
	t.Helper()
	for _, err := range broken(t, databaseURL) {
		t.Errorf("not whole: %v", err)
	}
}

// broken is what Engine.Check says of each project that is not whole: for controls, in which it may be so.
func broken(t testing.TB, databaseURL string) (all []error) {
	t.Helper()
	s, e, done := opened(t, databaseURL)
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	projects, err := s.AllProjects(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(projects) == 0 {
		t.Error("there is no project to check")
	}
	for _, p := range projects {
		if err := e.Check(ctx, p.ID); err != nil {
			all = append(all, err)
		}
	}
	return all
}

// study is a project made for a rig, with people who code in it.
type study struct {
	t        testing.TB
	url      string // of the database
	project  qda.ProjectID
	document qda.ID
	words    []rune // of the document
	codes    []qda.ID
	coders   []*coder // the first is the owner, the others are researchers
	journal  *journal
	head     qda.Seq // when it had been made
}

// newStudy makes a project with a document, eight codes and some coders with sessions, directly in a database. Say with at
// where their requests go.
func newStudy(t testing.TB, databaseURL string, coders int) *study {
	t.Helper()
	s, e, done := opened(t, databaseURL)
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("make a study: %v", err)
		}
	}
	st := &study{t: t, url: databaseURL, journal: newJournal()}
	hash, err := secret()
	must(err)
	var accounts []store.Account
	for i := range coders {
		id := fresh()
		a := store.Account{Email: fmt.Sprintf("orang%d.%x@contoh.example", i, id[:4]), Name: fmt.Sprintf("Orang %d", i+1), Initials: fmt.Sprintf("O%d", i+1), Secret: hash, Admin: i == 0, Zone: "Asia/Makassar", Made: time.Now()}
		a.ID, err = s.NewAccount(ctx, a)
		must(err)
		accounts = append(accounts, a)
	}
	guid := fresh()
	st.project, err = s.MakeProject(ctx, guid, time.Now())
	must(err)
	do := func(who qda.ID, c qda.Change, text *qda.Text) *qda.Entry {
		t.Helper()
		id := fresh()
		if c.Kind() == "ProjectMade" {
			id = guid
		}
		x, err := e.Do(ctx, st.project, qda.Intent{Change: id, Coder: who, Do: c, Text: text})
		must(err)
		st.head = x.Seq
		return x
	}
	var owner qda.ID
	for _, d := range do(0, &qda.ProjectMade{Name: "Hambatan ekspor", Language: "id", Method: qda.Reflexive, Account: accounts[0].ID, Owner: accounts[0].Name, Initials: accounts[0].Initials}, nil).Did {
		if d.Of == qda.SortCoder {
			owner = d.ID
		}
	}
	for i, a := range accounts {
		id := owner
		if i > 0 {
			id = do(0, &qda.CoderJoined{Account: a.ID, Name: a.Name, Initials: a.Initials, Role: qda.Researcher}, nil).Did[0].ID
		}
		c := &coder{study: st, id: id, account: a, seen: &atomic.Int64{}}
		c.client = &http.Client{Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 4,
		}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		t.Cleanup(c.client.CloseIdleConnections)
		c.signIn(ctx, s)
		st.coders = append(st.coders, c)
	}
	st.document = do(owner, st.text(t, ctx, s), st.made()).Did[0].ID
	for i := range 8 {
		st.codes = append(st.codes, do(owner, &qda.NodeAdded{Type: qda.Code, Name: fmt.Sprintf("Kode %d", i+1)}, nil).Did[0].ID)
	}
	return st
}

// text makes the study's words and keeps their file.
func (st *study) text(t testing.TB, ctx context.Context, s *store.Store) *qda.DocumentAdded {
	t.Helper()
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "Giliran %d: saya menjual udang 🦐 lewat pengepul, dokumennya saya tidak tahu. ", i+1)
	}
	st.words = []rune(strings.TrimSpace(b.String()))
	data := []byte(string(st.words))
	sum := site.SumOf(data)
	if err := s.PutFile(ctx, st.project, sum, "P04.txt", data, time.Now()); err != nil {
		t.Fatalf("make a study: %v", err)
	}
	return &qda.DocumentAdded{File: hex.EncodeToString(sum[:]), FileName: "P04.txt", Name: "P04", Type: qda.Interview, Language: "id",
		Sum: hex.EncodeToString(sum[:]), Words: int32(len(strings.Fields(string(data)))), Chars: int32(len(st.words)), Turns: 1}
}

func (st *study) made() *qda.Text {
	return &qda.Text{Words: []byte(string(st.words)), Turns: []qda.Turn{{Turn: 1, Stop: int32(len(st.words)), FromMS: -1, ToMS: -1}}}
}

// at says where the coders' requests go: the function is asked before each.
func (st *study) at(base func() string) *study {
	for _, c := range st.coders {
		c.base = base
	}
	return st
}

// span is a span of the document with its check.
func (st *study) span(start, stop int32) qda.SpanOf {
	return qda.SpanOf{Start: start, Stop: stop, Check: span.Check([]byte(string(st.words[start:stop])))}
}

// path is an address under the project.
func (st *study) path(rest string, args ...any) string {
	return fmt.Sprintf("/projects/%d", st.project) + fmt.Sprintf(rest, args...)
}

// load has every coder make changes of all kinds, one after the other, each retried with its id until it is acknowledged or
// refused. halt ends that, and returns when every change under way is settled.
func (st *study) load(seed uint64) (halt func()) {
	over := make(chan struct{})
	var all sync.WaitGroup
	for i, c := range st.coders {
		all.Go(func() { c.work(over, seed+uint64(i)) })
	}
	return sync.OnceFunc(func() {
		close(over)
		all.Wait()
	})
}

// coder is someone who codes in a study over HTTP, as the surface does.
type coder struct {
	study   *study
	id      qda.ID
	account store.Account
	token   string // of the session
	client  *http.Client
	base    func() string // of the site
	seen    *atomic.Int64 // the newest entry that the site has told the browser of, which it tells the site again

	made int   // spans used up; only the coder's own goroutine may touch this and what follows
	mine []*op // own changes that can be undone
}

// signIn begins a session without a password.
func (c *coder) signIn(ctx context.Context, s *store.Store) {
	c.study.t.Helper()
	token, sum := site.NewToken()
	if err := s.NewSession(ctx, store.Session{Sum: sum, Account: c.account.ID, Made: time.Now(), Agent: "fault", Address: "127.0.0.1"}); err != nil {
		c.study.t.Fatal(err)
	}
	c.token = token
}

// request makes a request of the coder's browser.
func (c *coder) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var send io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		send, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case []byte:
		send, kind = bytes.NewReader(b), "application/json"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		send, kind = bytes.NewReader(raw), "application/json"
	}
	base := c.base()
	r, err := http.NewRequestWithContext(ctx, method, base+path, send)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", base)
	}
	r.Header.Set("Cookie", fmt.Sprintf("__Host-anyam=%s; anyam-seq=%d", c.token, c.seen.Load()))
	return r, nil
}

// reply is an answer of the site.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and reads the whole answer.
func (c *coder) do(ctx context.Context, method, path string, body any) (reply, error) {
	r, err := c.request(ctx, method, path, body)
	if err != nil {
		return reply{}, err
	}
	a, err := c.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	for _, k := range a.Cookies() {
		if n, err := strconv.ParseInt(k.Value, 10, 64); err == nil && k.Name == "anyam-seq" {
			for old := c.seen.Load(); n > old && !c.seen.CompareAndSwap(old, n); old = c.seen.Load() {
			}
		}
	}
	b, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header, b}, err
}

// get reads a page or JSON.
func (c *coder) get(ctx context.Context, path string) (reply, error) {
	return c.do(ctx, http.MethodGet, path, nil)
}

// post sends a body: url.Values as a form, anything else as JSON.
func (c *coder) post(ctx context.Context, path string, body any) (reply, error) {
	return c.do(ctx, http.MethodPost, path, body)
}

// entry is what the site answers of a change, and what its stream tells.
type entry struct {
	Seq     qda.Seq      `json:"seq"`
	Change  qda.ChangeID `json:"change"`
	Coder   qda.ID       `json:"coder"`
	Codings struct {
		New  [][7]int64 `json:"new"`
		Gone []qda.ID   `json:"gone"`
	} `json:"codings"`
	Memos struct {
		New [][8]any `json:"new"`
	} `json:"memos"`
}

// change sends a change once: its status and, with 200, the entry. An error means that no whole answer came.
func (c *coder) change(ctx context.Context, path string, body any) (int, entry, error) {
	a, err := c.post(ctx, path, body)
	return read(a, err)
}

func read(a reply, err error) (int, entry, error) {
	var e entry
	if err != nil || a.status != http.StatusOK {
		return a.status, e, err
	}
	err = json.Unmarshal(a.body, &e)
	if err == nil && e.Seq == 0 {
		err = fmt.Errorf("an answer without an entry: %.80s", a.body)
	}
	return a.status, e, err
}

func codeBody(change qda.ChangeID, spans []qda.SpanOf, code qda.ID) any {
	return map[string]any{"change": change, "version": 1, "spans": spans, "code": code}
}

// memo writes a memo on a thing, sent once.
func (c *coder) memo(ctx context.Context, change qda.ChangeID, on qda.ID, text string) (int, entry, error) {
	return c.change(ctx, c.study.path("/memos"), memoBody(change, on, text))
}

func memoBody(change qda.ChangeID, on qda.ID, text string) any {
	return map[string]any{"change": change, "on": on, "text": text}
}

func undoBody(change qda.ChangeID, seq qda.Seq) any {
	return map[string]any{"change": change, "seq": seq}
}

// told is one thing that a stream tells.
type told struct {
	ID    qda.Seq
	Event string // entry or reset
	Data  []byte
}

// stream follows the project's stream from after the seq last seen, until the context ends or the connection does, which
// is the answer; heard is called for each thing told, opened when the site has begun to answer. last < 0 begins at the newest.
func (c *coder) stream(ctx context.Context, last qda.Seq, opened func(), heard func(told)) error {
	r, err := c.request(ctx, http.MethodGet, c.study.path("/stream"), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	if last >= 0 {
		r.Header.Set("Last-Event-ID", strconv.FormatInt(int64(last), 10))
	}
	a, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream answers %d", a.StatusCode)
	}
	if opened != nil {
		opened()
	}
	var x told
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return err
			}
			x.ID = qda.Seq(n)
		case "event":
			x.Event = value
		case "data":
			x.Data = []byte(value)
		case "":
			if x.Event != "" {
				heard(x)
			}
			x = told{}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}

// query asks a database, past row-level security, for one value.
func query[T any](t testing.TB, databaseURL, sql string, args ...any) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatalf("ask the database: %v", err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}
