//go:build faults

package fault

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/progtest"
	"anyam/internal/qda"
	site "anyam/internal/server"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/web"
)

// inside is a site in this process whose database stands behind a wire. Nothing but the requests uses the wire: no bell, no
// look at heads, so that the messages on it are those of one request after the other.
type inside struct {
	t       testing.TB
	address string // of the database, past the wire
	wire    *wire
	store   *store.Store // through the wire
	beside  *store.Store // past it
	engine  *engine.Engine
	server  *site.Server
	handler http.Handler
	db      *pgx.Conn // as the tables' owner, past the wire and row-level security
	log     *progtest.Said
	people  int
	n       int
}

// hushed is a ledger that rings no bell and looks at heads past the wire.
type hushed struct {
	engine.Ledger
	beside *store.Store
}

func (h hushed) Ring(qda.ProjectID, qda.Seq) {}
func (h hushed) Heads(ctx context.Context, p []qda.ProjectID) (map[qda.ProjectID]qda.Seq, error) {
	return h.beside.Heads(ctx, p)
}

// wrapper puts a defect into a ledger; it is told the wire's address.
type wrapper func(t testing.TB, l engine.Ledger, address string) engine.Ledger

// insidePassword is everybody's; its secret is a cheap one, since signing in is not what is measured here.
const insidePassword = "rotan-basah-di-dermaga"

var insideSecret = sync.OnceValues(func() (string, error) {
	return argon2id.CreateHash(insidePassword, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
})

var insideAssets = sync.OnceValues(func() (*web.Assets, error) { return web.New(false) })

// newInside makes a site over a database; wrap, where not nil, is a defect of the ledger.
func newInside(t testing.TB, address string, wrap wrapper) *inside {
	t.Helper()
	h := &inside{t: t, address: address, wire: newWire(t, address), log: &progtest.Said{}}
	ctx := context.Background()
	log := slog.New(slog.NewTextHandler(h.log, nil))
	var err error
	if h.store, err = store.Open(ctx, h.wire.url, log); err != nil {
		t.Fatal(err)
	}
	if h.beside, err = store.Open(ctx, address, log); err != nil {
		t.Fatal(err)
	}
	if h.db, err = pgx.Connect(ctx, address); err != nil {
		t.Fatal(err)
	}
	var ledger engine.Ledger = h.store
	if wrap != nil {
		ledger = wrap(t, ledger, h.wire.url)
	}
	h.engine = engine.New(hushed{ledger, h.beside}, engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }, Log: log, Poll: time.Hour})
	assets, err := insideAssets()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := progtest.Exe() // which begins sooner than this binary, when that looks for races
	if err != nil {
		t.Fatal(err)
	}
	h.server = site.New(site.Config{Store: h.store, Engine: h.engine, Assets: assets, Extractor: &exchange.Extractor{Exe: exe}, Log: log, Now: time.Now})
	h.handler = h.server.Handler()
	t.Cleanup(func() {
		h.wire.befall(nil)
		h.wire.release()
		h.wire.refuse(false)
		h.server.Close()
		h.engine.Close()
		h.store.Close()
		h.beside.Close()
		_ = h.db.Close(ctx)
	})
	return h
}

func (h *inside) next(s string) string { h.n++; return fmt.Sprintf("%s %d", s, h.n) }

// person makes an account with a session.
func (h *inside) person(name string, admin bool) (a store.Account, token string) {
	h.t.Helper()
	h.people++
	secret, err := insideSecret()
	if err != nil {
		h.t.Fatal(err)
	}
	a = store.Account{Email: fmt.Sprintf("orang%d@contoh.example", h.people), Name: name, Initials: engine.Initials(name), Secret: secret, Admin: admin, Zone: "Asia/Makassar", Made: time.Now()}
	if a.ID, err = h.beside.NewAccount(context.Background(), a); err != nil {
		h.t.Fatal(err)
	}
	return a, h.signIn(a.ID)
}

func (h *inside) signIn(id qda.AccountID) string {
	h.t.Helper()
	token, sum := site.NewToken()
	if err := h.beside.NewSession(context.Background(), store.Session{Sum: sum, Account: id, Made: time.Now(), Agent: "test", Address: "127.0.0.1"}); err != nil {
		h.t.Fatal(err)
	}
	return token
}

// link makes a link and gives its token and number.
func (h *inside) link(l store.Link) (token string, n int64) {
	h.t.Helper()
	token, sum := site.NewToken()
	l.Sum, l.Made, l.Until = sum, time.Now(), time.Now().Add(time.Hour)
	if err := h.beside.NewLink(context.Background(), l); err != nil {
		h.t.Fatal(err)
	}
	h.ask(&n, `SELECT id FROM link WHERE token_sum = $1`, sum)
	return token, n
}

func (h *inside) ask(into any, sql string, args ...any) {
	h.t.Helper()
	if err := h.db.QueryRow(context.Background(), sql, args...).Scan(into); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

func (h *inside) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(context.Background(), sql, args...); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

// letter is a request: a POST unless its path begins with "GET ".
type letter struct {
	path  string
	token string
	form  url.Values
	json  map[string]any
	file  []byte
}

// answered is what the site answered to a letter.
type answered struct {
	status int
	retry  string // Retry-After
	body   string
	token  string // of the session that was begun
	took   time.Duration
}

func (r answered) done() bool { return r.status == http.StatusOK || r.status == http.StatusSeeOther }

// send sends a letter and waits for the answer.
func (h *inside) send(l letter) answered { return h.sendWithin(context.Background(), l) }

func (h *inside) sendWithin(ctx context.Context, l letter) answered {
	method, path := http.MethodPost, l.path
	if rest, ok := strings.CutPrefix(path, "GET "); ok {
		method, path = http.MethodGet, rest
	}
	var body io.Reader
	kind := "application/x-www-form-urlencoded"
	switch {
	case l.json != nil:
		raw, err := json.Marshal(l.json)
		if err != nil {
			panic(err) // numbers and text
		}
		body, kind = bytes.NewReader(raw), "application/json"
	case l.file != nil:
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for k, v := range l.form {
			if err := m.WriteField(k, v[0]); err != nil {
				panic("a buffer can be written to")
			}
		}
		f, err := m.CreateFormFile("file", "P09_udang.txt")
		if err == nil {
			_, err = f.Write(l.file)
		}
		if err != nil || m.Close() != nil {
			panic("a buffer can be written to")
		}
		body, kind = &b, m.FormDataContentType()
	case method == http.MethodPost:
		body = strings.NewReader(l.form.Encode())
	}
	r := httptest.NewRequest(method, path, body).WithContext(ctx)
	r.Host = "127.0.0.1:8080"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
	}
	if l.json != nil {
		r.Header.Set("Accept", "application/json")
	}
	if l.token != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-anyam", Value: l.token})
	}
	out := httptest.NewRecorder()
	began := time.Now()
	h.handler.ServeHTTP(out, r)
	a := answered{status: out.Code, retry: out.Header().Get("Retry-After"), body: out.Body.String(), took: time.Since(began)}
	for _, c := range out.Result().Cookies() {
		if c.Name == "__Host-anyam" && c.MaxAge > 0 {
			a.token = c.Value
		}
	}
	return a
}

// image is what the database holds: the rows of each table counted and summed up.
type image map[string]struct {
	n   int
	sum string
}

// ofProjects are the tables of projects; of session, what its last look changes is left out.
var ofProjects = []string{"entry", "coder", "attribute", `"case"`, "document", "node", "file", "text", "turn", "coding", "memo", "reading", "pin", "access",
	"draft", "concept", "evidence", "tie", "remark", "judgement", "question", "spot", "job", "job_file"}

var imageSQL = func() string {
	var parts []string
	one := `SELECT '%s', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM (%s) t`
	for _, t := range ofProjects {
		parts = append(parts, fmt.Sprintf(one, strings.Trim(t, `"`), "SELECT * FROM "+t+" WHERE project >= $1"))
	}
	parts = append(parts,
		fmt.Sprintf(one, "project", "SELECT * FROM project WHERE id >= $1 AND head > 0"), // one that has not begun is nothing yet
		fmt.Sprintf(one, "account", "SELECT * FROM account"),
		fmt.Sprintf(one, "session", "SELECT id, token_sum, account, made, agent, address FROM session"),
		fmt.Sprintf(one, "link", "SELECT * FROM link"))
	return strings.Join(parts, " UNION ALL ")
}()

// image takes the image of what belongs to a project and those made after it, and to all accounts.
func (h *inside) image(from qda.ProjectID) image {
	h.t.Helper()
	rows, err := h.db.Query(context.Background(), imageSQL, from)
	if err != nil {
		h.t.Fatal(err)
	}
	i := image{}
	var name, sum string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&name, &n, &sum}, func() error {
		x := i[name]
		x.n, x.sum = n, sum
		i[name] = x
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	return i
}

// since says what has changed since another image: "~account coding+1 entry+1"; nothing where they are equal.
func (i image) since(old image) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(i)) {
		switch a, b := old[name], i[name]; {
		case a.n != b.n:
			parts = append(parts, fmt.Sprintf("%s%+d", name, b.n-a.n))
		case a.sum != b.sum:
			parts = append(parts, "~"+name)
		}
	}
	return strings.Join(parts, " ")
}

// plot is a project with one of everything.
type plot struct {
	*inside
	id                 qda.ProjectID
	owner, researcher  qda.ID // coders
	ownerIs, helperIs  store.Account
	token, helperToken string
	document           qda.ID
	theme, theme2      qda.ID
	code, code2        qda.ID
	coding             qda.ID
	kase               qda.ID
	ofCases            qda.ID
}

const insideWords = "Sejak kapan menjual?\nSaya menjual lewat pengepul sejak lama, tidak tahu dokumen."

// insideText is the text of every document.
func insideText() *qda.Text {
	first, all := int32(len("Sejak kapan menjual?")), int32(len(insideWords))
	return &qda.Text{Words: []byte(insideWords), Turns: []qda.Turn{
		{Turn: 1, Start: 0, Stop: first, Label: "Pewawancara", FromMS: -1, ToMS: -1},
		{Turn: 2, Start: first + 1, Stop: all, Byte: first + 1, Label: "P04", FromMS: -1, ToMS: -1},
	}}
}

// spanOf is the span of some words of a document.
func insideSpan(s string) qda.SpanOf {
	at := int32(strings.Index(insideWords, s)) // ASCII: bytes are code points
	return qda.SpanOf{Start: at, Stop: at + int32(len(s)), Check: span.Check([]byte(s))}
}

func (p *plot) do(coder qda.ID, c qda.Change) *qda.Entry {
	p.t.Helper()
	e, err := p.engine.Do(context.Background(), p.id, qda.Intent{Change: fresh(), Coder: coder, Do: c})
	if err != nil {
		p.t.Fatalf("%s: %v", c.Kind(), err)
	}
	return e
}

// newPlot makes a project.
func (h *inside) newPlot() *plot {
	h.t.Helper()
	p := &plot{inside: h}
	p.ownerIs, p.token = h.person("Pemilik", false)
	p.helperIs, p.helperToken = h.person("Peneliti", false)
	ctx, g := context.Background(), fresh()
	var err error
	if p.id, err = h.beside.MakeProject(ctx, g, time.Now()); err != nil {
		h.t.Fatal(err)
	}
	e, err := h.engine.Do(ctx, p.id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: h.next("Hambatan ekspor"), Language: "id", Method: qda.Reflexive, Account: p.ownerIs.ID, Owner: p.ownerIs.Name, Initials: "P"}})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range e.Did {
		if d.Of == qda.SortCoder {
			p.owner = d.ID
		}
	}
	p.researcher = p.do(0, &qda.CoderJoined{Account: p.helperIs.ID, Name: p.helperIs.Name, Initials: "R", Role: qda.Researcher}).Did[0].ID
	p.ofCases = p.do(p.owner, &qda.AttributeAdded{Name: "Kelompok", Of: qda.OfCases, Type: "text"}).Did[0].ID
	p.kase = p.do(p.owner, &qda.CaseAdded{Name: "P04", Values: qda.Values{p.ofCases: "petambak"}}).Did[0].ID
	p.document = p.addDocument("P04 udang")
	p.theme, p.theme2 = p.addNode(qda.Theme, "Tema satu", 0), p.addNode(qda.Theme, "Tema dua", 0)
	p.code, p.code2 = p.addNode(qda.Code, "Kode satu", p.theme), p.addNode(qda.Code, "Kode dua", p.theme)
	p.coding = p.apply("lewat pengepul", p.code)
	return p
}

// waiting keeps an upload and gives its sum.
func (p *plot) waiting(text string) string {
	p.t.Helper()
	sum := site.SumOf([]byte(text))
	if err := p.beside.PutFile(context.Background(), p.id, sum, "P07_kopi.txt", []byte(text), time.Now()); err != nil {
		p.t.Fatal(err)
	}
	return hex.EncodeToString(sum[:])
}

// talk is a short interview unlike any other.
func (p *plot) talk() string {
	return fmt.Sprintf("Pewawancara: %s?\nP07: Ya.\nPewawancara: Lalu?\nP07: Begitu saja.\n", p.next("Halo"))
}

func (p *plot) addDocument(name string) qda.ID {
	p.t.Helper()
	data := []byte(insideWords + name)
	sum, text := sha256.Sum256(data), sha256.Sum256([]byte(insideWords))
	ctx := context.Background()
	if err := p.beside.PutFile(ctx, p.id, sum, name+".txt", data, time.Now()); err != nil {
		p.t.Fatal(err)
	}
	e, err := p.engine.Do(ctx, p.id, qda.Intent{Change: fresh(), Coder: p.owner, Text: insideText(), Do: &qda.DocumentAdded{
		File: hex.EncodeToString(sum[:]), FileName: name + ".txt", Name: name, Type: qda.Interview, Language: "id", Case: p.kase,
		Sum: hex.EncodeToString(text[:]), Words: 12, Chars: int32(len(insideWords)), Turns: 2,
		Speakers: map[string]qda.Speaker{"P04": {Informant: true}, "Pewawancara": {Interviewer: true}}}})
	if err != nil {
		p.t.Fatal(err)
	}
	return e.Did[0].ID
}

func (p *plot) addNode(kind qda.NodeKind, name string, parent qda.ID) qda.ID {
	p.t.Helper()
	return p.do(p.owner, &qda.NodeAdded{Type: kind, Name: name, Parent: parent}).Did[0].ID
}

func (p *plot) apply(words string, code qda.ID) qda.ID {
	p.t.Helper()
	return p.do(p.owner, &qda.CodingApplied{Document: p.document, Version: 1, Spans: []qda.SpanOf{insideSpan(words)}, Code: code}).Did[0].ID
}

// joined adds somebody and gives their number.
func (p *plot) joined() qda.ID {
	p.t.Helper()
	a, _ := p.person(p.next("Tamu"), false)
	return p.do(0, &qda.CoderJoined{Account: a.ID, Name: a.Name, Role: qda.Researcher}).Did[0].ID
}

// check proves the project whole.
func (p *plot) check() error { return p.engine.Check(context.Background(), p.id) }

// failures are what the site has logged as its own fault, but for waiting.
func (h *inside) failures() (r []string) {
	for _, l := range strings.Split(h.log.String(), "\n") {
		if strings.Contains(l, "level=ERROR") && !strings.Contains(l, "status=503") {
			r = append(r, l)
		}
	}
	return r
}
