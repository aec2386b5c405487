//go:build unix

package server

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"anyam/internal/i18n"
	"anyam/internal/pgtest"
)

// TestWhileTheDatabaseIsAway: every answer is 503 and says when to ask again, pages are pages in the asker's language, and when the
// database is back so is the site, by itself.
func TestWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	pg := pgtest.Durable(t)
	w := newWorldAt(t, pg.URL())
	p := w.newPlace(0)
	token := p.token[theOwner]
	if err := w.db.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	pg.Stop()
	n := 0
	for _, lang := range []string{"en", "id"} {
		say := i18n.New(lang, "UTC")
		accept := map[string]string{"Accept-Language": lang}
		for _, q := range []request{
			{method: "GET", target: "/projects", token: token}, {method: "GET", target: p.at(""), token: token}, {method: "GET", target: p.at("/documents/%d", p.document), token: token}, {method: "GET", target: "/sign-in"},
			{method: "POST", target: p.at("/cases"), token: token, form: f("name", "Baru")}, {method: "POST", target: "/sign-in", form: f("email", "x@contoh.example", "password", password)}, {method: "POST", target: "/invite", form: f("token", "x")},
			{method: "GET", target: p.at("/codebook.json"), token: token, background: true}, {method: "POST", target: p.at("/memos"), token: token, json: map[string]any{"on": p.code, "text": "catatan"}},
			{method: "GET", target: p.at("/export/codebook.csv"), token: token}, {method: "GET", target: p.at("/stream"), token: token},
		} {
			n++
			q.header = accept
			a := w.ask(q)
			if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
				t.Errorf("%s %s: %d, Retry-After %q", q.method, q.target, a.status, a.header.Get("Retry-After"))
			}
			key := "refused.away"
			if q.method == "POST" {
				key = "refused.busy"
			}
			if !strings.Contains(html.UnescapeString(a.body), say.T(key)) {
				t.Errorf("%s %s in %s does not say %q: %.300s", q.method, q.target, lang, say.T(key), a.body)
			}
			if page := !q.background && q.json == nil; page != strings.Contains(a.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: a page %v: %.100s", q.method, q.target, page, a.body)
			}
		}
	}
	// What needs no database is there: also for somebody whose session can't be looked up.
	for target, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		for _, as := range []string{"", token} {
			if a := w.ask(request{method: "GET", target: target, token: as}); a.status != want {
				t.Errorf("%s: %d, want %d", target, a.status, want)
			}
		}
	}
	if a := w.ask(request{method: "GET", target: "/limits"}); a.status != http.StatusOK {
		t.Errorf("/limits: %d", a.status)
	}
	pg.Start()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	enough := time.After(time.Minute)
	for w.ask(request{method: "GET", target: "/readyz"}).status != http.StatusOK {
		select {
		case <-tick.C:
		case <-enough:
			t.Fatal("the site does not come back")
		}
	}
	if a := w.ask(request{method: "POST", target: p.at("/memos"), token: token, json: map[string]any{"on": p.code, "text": "catatan"}}); a.status != http.StatusOK {
		t.Errorf("a change after that: %d %s", a.status, a.body)
	}
	t.Logf("%d answers while the database was away", n)
}
