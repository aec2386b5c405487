package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/web"
)

// TestMain lets the test binary be the child that reads files.
func TestMain(m *testing.M) {
	if len(os.Args) >= 2 && os.Args[1] == "extract" {
		if err := exchange.Child(os.Stdin, os.Stdout, os.Args[2:]...); err != nil {
			os.Exit(3)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

// password is everybody's in the tests; its secret is hashed once, since that takes long.
const password = "rotan-basah-di-dermaga"

var secret = sync.OnceValue(func() string {
	h, err := HashPassword(password)
	if err != nil {
		panic(err)
	}
	return h
})

var assets = sync.OnceValues(func() (*web.Assets, error) { return web.New(false) })

// diary keeps what is logged.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

// world is a whole site over a database of its own.
type world struct {
	t       testing.TB
	s       *Server
	h       http.Handler
	store   *store.Store
	engine  *engine.Engine
	db      *pgx.Conn // as the tables' owner, past row-level security
	dbMu    sync.Mutex
	log     *diary
	later   atomic.Int64 // how far the clock of the site is ahead
	account int
}

func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	return newWorldAt(t, pgtest.New(t), change...)
}

// newWorldAt makes a world over a migrated database.
func newWorldAt(t testing.TB, address string, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, log: &diary{}}
	ctx := context.Background()
	log := NewLog(w.log)
	var err error
	if w.store, err = store.Open(ctx, address, log); err != nil {
		t.Fatal(err)
	}
	w.engine = engine.New(w.store, engine.Options{Now: w.now, Salt: func(b []byte) { rand.Read(b) }, Log: log})
	if w.db, err = pgx.Connect(ctx, address); err != nil {
		t.Fatal(err)
	}
	a, err := assets()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Store: w.store, Engine: w.engine, Assets: a, Extractor: &exchange.Extractor{Exe: exe}, Log: log, Now: w.now}
	for _, f := range change {
		f(&c)
	}
	w.s = New(c)
	w.h = w.s.Handler()
	t.Cleanup(func() {
		w.s.Close()
		all, err := w.store.AllProjects(ctx)
		if err != nil {
			t.Error(err)
		}
		for _, p := range all {
			if err := w.engine.Check(ctx, p.ID); err != nil {
				t.Errorf("the project is not whole: %v", err)
			}
		}
		w.engine.Close()
		w.store.Close()
		_ = w.db.Close(ctx)
	})
	return w
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }

func (w *world) wait(d time.Duration) { w.later.Add(int64(d)) }

// person makes an account, all with the same password.
func (w *world) person(name string, admin bool) store.Account {
	w.t.Helper()
	w.account++
	a := store.Account{Email: fmt.Sprintf("orang%d@contoh.example", w.account), Name: name, Initials: engine.Initials(name), Secret: secret(), Admin: admin, Zone: "Asia/Makassar", Made: w.now()}
	id, err := w.store.NewAccount(context.Background(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	a.ID = id
	return a
}

// signIn begins a session and gives its token.
func (w *world) signIn(id qda.AccountID) string {
	w.t.Helper()
	token, sum := NewToken()
	if err := w.store.NewSession(context.Background(), store.Session{Sum: sum, Account: id, Made: w.now(), Agent: "test", Address: "127.0.0.1"}); err != nil {
		w.t.Fatal(err)
	}
	return token
}

// reply is an answer of the site.
type reply struct {
	status int
	header http.Header
	body   string
	cookie string // the session's token where one was set
}

// request is what is sent to the site. The zero values are left out.
type request struct {
	method, target string
	token          string
	form           url.Values
	json           any
	file           []byte
	raw            []byte // a body as it is, of this kind:
	kind           string
	header         map[string]string
	host, from     string
	background     bool // asks for JSON
}

func (w *world) ask(q request) reply {
	w.t.Helper()
	var body io.Reader
	kind := ""
	switch {
	case q.json != nil:
		raw, ok := q.json.([]byte)
		if !ok {
			var err error
			if raw, err = json.Marshal(q.json); err != nil {
				w.t.Fatal(err)
			}
		}
		body, kind = bytes.NewReader(raw), "application/json"
	case q.raw != nil:
		body, kind = bytes.NewReader(q.raw), q.kind
	case q.file != nil:
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		f, err := m.CreateFormFile("file", "P09_udang.txt")
		if err == nil {
			_, err = f.Write(q.file)
		}
		if err == nil {
			err = m.Close()
		}
		if err != nil {
			w.t.Fatal(err)
		}
		body, kind = &b, m.FormDataContentType()
	case q.form != nil || q.method == http.MethodPost:
		body, kind = strings.NewReader(q.form.Encode()), "application/x-www-form-urlencoded"
	}
	r := httptest.NewRequest(q.method, q.target, body)
	r.Host = "127.0.0.1:8080"
	if q.host != "" {
		r.Host = q.host
	}
	if q.from != "" {
		r.RemoteAddr = q.from + ":4711"
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if q.background || q.json != nil {
		r.Header.Set("Accept", "application/json")
	}
	if q.token != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-anyam", Value: q.token})
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	out := &recorder{ResponseRecorder: httptest.NewRecorder(), enough: cancel}
	w.h.ServeHTTP(out, r.WithContext(ctx))
	a := reply{status: out.Code, header: out.Result().Header, body: out.Body.String()}
	for _, c := range out.Result().Cookies() {
		if c.Name == "__Host-anyam" && c.MaxAge > 0 {
			a.cookie = c.Value
		}
	}
	return a
}

// recorder is one that a stream can be sent to; what is flushed once is enough.
type recorder struct {
	*httptest.ResponseRecorder
	enough func()
}

func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
func (r *recorder) Flush()                           { r.ResponseRecorder.Flush(); r.enough() }

var tables = []string{"entry", "coder", "attribute", `"case"`, "document", "node", "file", "text", "turn", "coding", "memo", "reading", "pin", "access", "link",
	"draft", "concept", "evidence", "tie", "remark", "judgement", "question", "spot", "job", "job_file"}

// print is a sum over everything the database has of a project.
func (w *world) print(p qda.ProjectID) string {
	w.t.Helper()
	var parts []string
	for _, t := range tables {
		parts = append(parts, fmt.Sprintf(`(SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM %s t WHERE project = $1)`, t))
	}
	return w.query(`SELECT md5(`+strings.Join(parts, " || '#' || ")+` || (SELECT coalesce(string_agg(t::text, '|'), '') FROM project t WHERE id = $1))`, p)
}

// query gives one value as text.
func (w *world) query(sql string, args ...any) (s string) {
	w.t.Helper()
	w.dbMu.Lock()
	defer w.dbMu.Unlock()
	if err := w.db.QueryRow(context.Background(), sql, args...).Scan(&s); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return s
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	w.dbMu.Lock()
	defer w.dbMu.Unlock()
	if _, err := w.db.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) do(p qda.ProjectID, coder qda.ID, c qda.Change) *qda.Entry {
	w.t.Helper()
	e, err := w.engine.Do(context.Background(), p, qda.Intent{Change: fresh(), Coder: coder, Do: c})
	if err != nil {
		w.t.Fatalf("%s: %v", c.Kind(), err)
	}
	return e
}

func fresh() (c qda.ChangeID) {
	rand.Read(c[:])
	return c
}

// The roles of a place, by letter.
const (
	theOwner      = 'O'
	theResearcher = 'R'
	theSupervisor = 'S'
	theBlind      = 'B'
	theLeaver     = 'L' // was a researcher
)

// place is a project with one of everything.
type place struct {
	*world
	id      qda.ProjectID
	name    string
	coder   map[rune]qda.ID
	account map[rune]store.Account
	token   map[rune]string
	as      rune // who asks

	document, removed               qda.ID
	theme, theme2, code, code2      qda.ID
	question                        qda.ID // the researcher's
	concept                         qda.ID
	evidence, remark, draft         qda.ID // the researcher's
	coding, ofBlind, memo, ofBlind2 qda.ID // of the researcher, of the blind coder; memos likewise
	kase, ofCases, ofDocuments      qda.ID
	invitation                      int64
	sum                             string // of a file that waits
	job0                            string // that another process works on, see occupied
	n                               int
}

// words are those of every document; the canary must never show in a log.
const (
	words  = "Sejak kapan menjual?\nSaya menjual lewat pengepul 🦐 KENARIMERAH sejak lama, tidak tahu dokumen."
	canary = "KENARIMERAH"
)

func words1() *qda.Text {
	first := int32(len([]rune("Sejak kapan menjual?")))
	all := int32(len([]rune(words)))
	return &qda.Text{Words: []byte(words), Turns: []qda.Turn{
		{Turn: 1, Start: 0, Stop: first, Label: "Pewawancara", FromMS: -1, ToMS: -1},
		{Turn: 2, Start: first + 1, Stop: all, Byte: int32(len("Sejak kapan menjual?\n")), Label: "P04", FromMS: -1, ToMS: -1},
	}}
}

// spanOf is the span of some words of a document.
func spanOf(s string) qda.SpanOf {
	at := strings.Index(words, s)
	if at < 0 {
		panic("not in the document: " + s)
	}
	start := int32(len([]rune(words[:at])))
	return qda.SpanOf{Start: start, Stop: start + int32(len([]rune(s))), Check: span.Check([]byte(s))}
}

// spanAt is the span of the words at a place.
func spanAt(start, stop int32) qda.SpanOf {
	return qda.SpanOf{Start: start, Stop: stop, Check: span.Check([]byte(string([]rune(words)[start:stop])))}
}

func (p *place) next(s string) string { p.n++; return fmt.Sprintf("%s %d", s, p.n) }

// newPlace makes a project; skip numbers are used up first, so that two places of the same shape have no number in common.
func (w *world) newPlace(skip int) *place {
	w.t.Helper()
	p := &place{world: w, coder: map[rune]qda.ID{}, account: map[rune]store.Account{}, token: map[rune]string{}, as: theOwner}
	ctx := context.Background()
	p.name = fmt.Sprintf("Hambatan ekspor %d", skip)
	for _, r := range "ORSBL" {
		p.account[r] = w.person("Orang "+string(r)+" "+fmt.Sprint(skip), false)
		p.token[r] = w.signIn(p.account[r].ID)
	}
	g := fresh()
	var err error
	if p.id, err = w.store.MakeProject(ctx, g, w.now()); err != nil {
		w.t.Fatal(err)
	}
	o := p.account[theOwner]
	e, err := w.engine.Do(ctx, p.id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: p.name, Language: "id", Method: qda.Reflexive, Account: o.ID, Owner: o.Name, Initials: "O"}})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range e.Did {
		if d.Of == qda.SortCoder {
			p.coder[theOwner] = d.ID
		}
	}
	owner := p.coder[theOwner]
	for range skip {
		w.do(p.id, owner, &qda.CaseAdded{Name: p.next("Pengisi")})
	}
	for _, x := range []struct {
		r    rune
		role qda.Role
	}{{theResearcher, qda.Researcher}, {theSupervisor, qda.Supervisor}, {theBlind, qda.Researcher}, {theLeaver, qda.Researcher}} {
		a := p.account[x.r]
		p.coder[x.r] = w.do(p.id, 0, &qda.CoderJoined{Account: a.ID, Name: a.Name, Initials: string(x.r), Role: x.role}).Did[0].ID
	}
	yes := true
	w.do(p.id, owner, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: p.coder[theBlind], Blind: &yes}}})
	w.do(p.id, owner, &qda.CoderLeft{Coder: p.coder[theLeaver]})
	p.ofCases = w.do(p.id, owner, &qda.AttributeAdded{Name: "Kelompok", Of: qda.OfCases, Type: "text"}).Did[0].ID
	p.ofDocuments = w.do(p.id, owner, &qda.AttributeAdded{Name: "Tempat", Of: qda.OfDocuments, Type: "text"}).Did[0].ID
	p.kase = w.do(p.id, owner, &qda.CaseAdded{Name: "P04", Values: qda.Values{p.ofCases: "petambak"}}).Did[0].ID
	p.document, p.removed = p.addDocument("P04 udang"), p.addDocument("P05 dibuang")
	w.do(p.id, owner, &qda.DocumentsState{Documents: []qda.ID{p.removed}, State: qda.Removed})
	p.theme = p.addNode(qda.Theme, "Tema satu", 0)
	p.theme2 = p.addNode(qda.Theme, "Tema dua", 0)
	p.code = p.addNode(qda.Code, "Kode satu", p.theme)
	p.code2 = p.addNode(qda.Code, "Kode dua", p.theme)
	p.coding = p.apply(theResearcher, "lewat pengepul", p.code)
	p.ofBlind = p.apply(theBlind, "tidak tahu", p.code)
	p.memo = w.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: p.coding, Text: "MEMOPENELITI lihat lagi"}).Did[0].ID
	p.question = w.do(p.id, p.coder[theResearcher], &qda.QuestionKept{Name: "PERTANYAANPENELITI", Query: `{"ask":"every=on"}`}).Did[0].ID
	p.evidence = w.do(p.id, p.coder[theResearcher], &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{p.coding}, Why: "BUKTIPENELITI"}).Did[0].ID
	p.remark = w.do(p.id, p.coder[theResearcher], &qda.RemarkMade{On: p.theme, Theme: p.theme, Text: "TANGGAPANPENELITI"}).Did[0].ID
	p.draft = w.do(p.id, p.coder[theResearcher], &qda.DraftNamed{Name: "Draf satu"}).Did[0].ID
	p.concept = w.do(p.id, owner, &qda.ConceptAdded{Name: "Kerangka satu"}).Did[0].ID
	p.ofBlind2 = w.do(p.id, p.coder[theBlind], &qda.MemoWritten{On: p.ofBlind, Text: "memo si buta"}).Did[0].ID
	p.invitation = p.invite(qda.Researcher, "", w.now().Add(inviteLimit))
	p.sum = p.waiting(fmt.Sprintf("Pewawancara: Berkas %d?\nP07: Ya, %s.\nPewawancara: Lalu?\nP07: Begitu saja.\n", skip, canary))
	return p
}

// invite makes an invitation and gives its number.
func (p *place) invite(role qda.Role, email string, until time.Time) int64 {
	p.t.Helper()
	_, n := p.inviteToken(role, email, until)
	return n
}

func (p *place) inviteToken(role qda.Role, email string, until time.Time) (string, int64) {
	p.t.Helper()
	token, sum := NewToken()
	if err := p.store.NewLink(context.Background(), store.Link{Sum: sum, Purpose: "invite", Project: p.id, Role: role, Email: email, By: p.account[theOwner].ID, Made: p.now(), Until: until}); err != nil {
		p.t.Fatal(err)
	}
	var n int64
	if _, err := fmt.Sscan(p.query(`SELECT id::text FROM link WHERE token_sum = $1`, sum), &n); err != nil {
		p.t.Fatal(err)
	}
	return token, n
}

func (p *place) waiting(text string) string {
	p.t.Helper()
	sum := SumOf([]byte(text))
	if err := p.store.PutFile(context.Background(), p.id, sum, "P07_kopi.txt", []byte(text), p.now()); err != nil {
		p.t.Fatal(err)
	}
	return hex.EncodeToString(sum[:])
}

// aside keeps a table that waits on a page of its own.
func (p *place) aside(text string) string {
	p.t.Helper()
	sum := SumOf([]byte(text))
	if err := p.store.PutFile(context.Background(), p.id, sum, "tabel.tsv"+aside, []byte(text), p.now()); err != nil {
		p.t.Fatal(err)
	}
	return hex.EncodeToString(sum[:])
}

func (p *place) addDocument(name string) qda.ID {
	p.t.Helper()
	data := []byte(words + name)
	sum, text := SumOf(data), SumOf([]byte(words))
	ctx := context.Background()
	if err := p.store.PutFile(ctx, p.id, sum, name+".txt", data, p.now()); err != nil {
		p.t.Fatal(err)
	}
	e, err := p.engine.Do(ctx, p.id, qda.Intent{Change: fresh(), Coder: p.coder[theOwner], Text: words1(), Do: &qda.DocumentAdded{
		File: hex.EncodeToString(sum[:]), FileName: name + ".txt", Name: name, Type: qda.Interview, Language: "id", Case: p.kase,
		Sum: hex.EncodeToString(text[:]), Words: 14, Chars: int32(len([]rune(words))), Turns: 2,
		Speakers: map[string]qda.Speaker{"P04": {Informant: true}, "Pewawancara": {Interviewer: true}}}})
	if err != nil {
		p.t.Fatal(err)
	}
	return e.Did[0].ID
}

func (p *place) addNode(kind qda.NodeKind, name string, parent qda.ID) qda.ID {
	p.t.Helper()
	return p.do(p.id, p.coder[theOwner], &qda.NodeAdded{Type: kind, Name: name, Parent: parent}).Did[0].ID
}

func (p *place) apply(by rune, s string, code qda.ID) qda.ID {
	p.t.Helper()
	return p.do(p.id, p.coder[by], &qda.CodingApplied{Document: p.document, Version: 1, Spans: []qda.SpanOf{spanOf(s)}, Code: code}).Did[0].ID
}

func (p *place) at(rest string, args ...any) string {
	return fmt.Sprintf("/projects/%d", p.id) + fmt.Sprintf(rest, args...)
}

func (p *place) head() qda.Seq {
	p.t.Helper()
	v, err := p.engine.View(context.Background(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return v.Seq()
}

var (
	uuids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	numbers = regexp.MustCompile(`/projects/\d+`)
)

// plain takes out of an answer what differs from one request to the next: change ids and the project asked for.
func plain(body string) string {
	return numbers.ReplaceAllString(uuids.ReplaceAllString(body, "CHANGE"), "/projects/N")
}

// failures are what the site has logged as its own fault.
func (w *world) failures() (r []string) {
	for _, l := range strings.Split(w.log.String(), "\n") {
		if strings.Contains(l, "level=ERROR") {
			r = append(r, l)
		}
	}
	return r
}
