package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// bird makes words that stand nowhere else.
func bird() string { return "BURUNG" + strings.ToUpper(newID()) }

// TestNoWordsOfPeopleInTheLog drives every route with input good and bad, each field a word of its own, and panics and failures of the
// database besides, and looks for the words in the log.
func TestNoWordsOfPeopleInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var words []string
	word := func() string {
		words = append(words, bird())
		return words[len(words)-1]
	}
	p := w.newPlace(0)
	words = append(words, canary, "MEMOPENELITI", password, "pengepul", p.account[theOwner].Email, p.name)
	n := 0
	// Good input, each text field made a canary; then with a line end and a quote in it; then where a number should be.
	for _, x := range samples() {
		p.as = theOwner
		p.owns()
		in := x.make(p)
		for _, spoil := range []string{"%s", "%s\r\nlevel=ERROR msg=%[1]s", "%s\"'\x00", "7%s"} {
			y := in.copy()
			for k := range y.form {
				if x.ids[k] == "" || spoil != "%s" {
					y.form.Set(k, fmt.Sprintf(spoil, word()))
				}
			}
			for k := range y.query {
				y.query.Set(k, fmt.Sprintf(spoil, word()))
			}
			for k, v := range y.json {
				if _, ok := v.(string); ok || spoil != "%s" {
					y.json[k] = fmt.Sprintf(spoil, word())
				}
			}
			if y.file != nil {
				y.file = []byte(word() + ": " + word() + "\nB: " + word() + "\n" + fmt.Sprintf(spoil, word()))
			}
			if x.route == "POST /delete" || x.route == "POST /leave" {
				continue
			}
			n++
			p.send(x.route, p.id, y, p.token[theOwner], "")
		}
	}
	for _, target := range []string{"/sign-in", "/setup", "/invite", "/password", "/demo", "/account", "/account/password", "/projects"} {
		for _, spoil := range []string{"%s@contoh.example", "%s\r\nlevel=ERROR", "%s\xff"} {
			form := f()
			for _, k := range []string{"email", "name", "password", "old", "token", "language", "zone", "next", "method", "description", "initials"} {
				form.Set(k, fmt.Sprintf(spoil, word()))
			}
			n++
			w.ask(request{method: "POST", target: target, token: p.token[theResearcher], form: form, from: "10.4.4.4"})
			w.ask(request{method: "GET", target: target + "?next=" + word(), header: map[string]string{"User-Agent": word() + "\tx", "Accept-Language": word(), "X-Forwarded-For": word(), "Referer": word(), "Cookie": "__Host-anyam=" + word() + "; anyam-said=" + word() + "; anyam-seq=" + word()}})
		}
	}
	// Panics, whatever they carry.
	for _, v := range []any{word(), errors.New(word()), fmt.Errorf("x: %w", errors.New(word())), struct{ s string }{word()}} {
		out := w.s.serve(route{policy: anyone, handle: func(*ask) error { panic(v) }})
		n++
		if a := w.through(out, request{method: "GET", target: "/" + word()}); a.status != http.StatusInternalServerError {
			t.Errorf("a panic: %d %s", a.status, a.body)
		}
	}
	var none []int
	w.through(w.s.serve(route{policy: anyone, handle: func(a *ask) error { none[len(a.URL.Path)]++; return nil }}), request{method: "GET", target: "/" + word()})
	// Failures of the database: what it says of them has the row in it.
	secretWord := word()
	var pe *pgconn.PgError
	tells := false
	for i, sql := range []string{
		`INSERT INTO account (email, name, initials, secret, made) VALUES ($1, '', '', '', now()), ($1, '', '', '', now())`,
		`INSERT INTO coder (project, n, account, name, initials, role, made) SELECT 999999, 1, NULL, $1, '', 'owner', 1`,
		`SELECT $1::text::bigint`, `SELECT ($1::text)::json`, `SELECT convert_from(convert_to($1::text, 'UTF8') || '\xff', 'UTF8')`,
	} {
		w.dbMu.Lock()
		_, err := w.db.Exec(context.Background(), sql, pgx.QueryExecModeExec, secretWord)
		w.dbMu.Unlock()
		if !errors.As(err, &pe) {
			t.Fatalf("the database took %d: %v", i, err)
		}
		n++
		tells = tells || strings.Contains(pe.Message+pe.Detail, secretWord)
		w.through(w.s.serve(route{policy: anyone, handle: func(*ask) error { return fmt.Errorf("while writing: %w", err) }}), request{method: "GET", target: "/x"})
		w.s.Log.Error("elsewhere", "error", err)
		w.s.Log.Warn("elsewhere", "error", fmt.Errorf("%w (%w)", qda.Refuse(qda.Busy, "refused.busy", "name", secretWord), err))
	}
	// A constraint that stands in the way of a real route: every name is refused by the table and not by us.
	w.exec(`ALTER TABLE "case" ADD CONSTRAINT canary CHECK (name NOT LIKE '%BURUNG%') NOT VALID`)
	name := word()
	if a := w.ask(request{method: "POST", target: p.at("/cases"), token: p.token[theOwner], form: f("name", name)}); a.status != http.StatusInternalServerError {
		t.Errorf("a name that the table refuses: %d", a.status)
	}
	w.exec(`ALTER TABLE "case" DROP CONSTRAINT canary`)
	log := w.log.String()
	for _, x := range words {
		if strings.Contains(log, x) {
			i := strings.Index(log, x)
			t.Errorf("%q is in the log: …%s", x, log[max(0, i-200):min(len(log), i+100)])
		}
	}
	if strings.Count(log, "SQLSTATE") < 10 || !strings.Contains(log, "constraint account_email") || !strings.Contains(log, "index out of range") {
		t.Error("the log tells too little of what was wrong")
	}
	for _, row := range strings.Split(strings.TrimSpace(log), "\n") {
		if !strings.HasPrefix(row, "time=") {
			t.Errorf("an entry of the log has several rows: %q", row)
		}
	}
	t.Logf("%d requests with %d words; %d rows in the log", n, len(words), strings.Count(log, "\n"))
	if !tells {
		t.Error("no error of the database had a word in it: nothing was tried")
	}
}

// through sends a request past the routes.
func (w *world) through(h http.Handler, q request) reply {
	old := w.h
	defer func() { w.h = old }()
	w.h = h
	return w.ask(q)
}

// TestPlain: what a log may have of an error.
func TestPlain(t *testing.T) {
	pe := &pgconn.PgError{Code: "23505", Message: "duplicate KENARI", Detail: "Key (name)=(KENARI)", TableName: "node", ConstraintName: "node_name", Where: "KENARI"}
	for _, x := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{pe, "SQLSTATE 23505 table node constraint node_name"},
		{fmt.Errorf("KENARI: %w", pe), "SQLSTATE 23505 table node constraint node_name"},
		{fmt.Errorf("%w (%w)", qda.Refuse(qda.Busy, "refused.busy", "name", "KENARI"), pe), "busy: refused.busy; SQLSTATE 23505 table node constraint node_name"},
		{&refusal{why: qda.Refuse(qda.Invalid, "refused.slow")}, "invalid: refused.slow"},
		{errors.New("a\r\nb"), "a b"},
		{errors.New(strings.Repeat("é", 300)), strings.Repeat("é", 200) + " …"},
	} {
		if got := store.Plain(x.err); got != x.want {
			t.Errorf("%v: %q, want %q", x.err, got, x.want)
		}
	}
}
