package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"anyam/internal/store"
)

// in reports whether a token is that of a session.
func (w *world) in(token string) bool {
	w.t.Helper()
	a := w.ask(request{method: "GET", target: "/account", token: token})
	if a.status != http.StatusOK && a.status != http.StatusSeeOther {
		w.t.Errorf("the account page: %d", a.status)
	}
	return a.status == http.StatusOK
}

func (w *world) signInAt(email, pass, from, token string) reply {
	w.t.Helper()
	return w.ask(request{method: "POST", target: "/sign-in", form: f("email", email, "password", pass), from: from, token: token})
}

func TestSessionsBeginAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Orang", false)
	// A token that somebody else has put there is never taken over.
	first := w.signInAt(strings.ToUpper(a.Email), password, "127.0.0.1", "dari-orang-lain")
	if first.status != http.StatusSeeOther || first.cookie == "" || first.cookie == "dari-orang-lain" || len(first.cookie) < 22 || !w.in(first.cookie) {
		t.Fatalf("signing in: %d %q", first.status, first.body)
	}
	if w.in("dari-orang-lain") || w.in("") {
		t.Error("a token that anyone can make up works")
	}
	second := w.signInAt(a.Email, password, "127.0.0.1", first.cookie)
	if second.cookie == first.cookie || w.in(first.cookie) || !w.in(second.cookie) {
		t.Error("signing in again keeps the old token")
	}
	if w.query(`SELECT count(*)::text FROM session WHERE encode(token_sum, 'escape') LIKE '%' || $1 || '%'`, second.cookie) != "0" {
		t.Error("the token itself is kept")
	}
	// Signing out.
	if out := w.ask(request{method: "POST", target: "/sign-out", token: second.cookie}); out.status != http.StatusSeeOther || out.header.Get("Clear-Site-Data") == "" || w.in(second.cookie) {
		t.Errorf("signing out: %d", out.status)
	}
	// A new password ends every session, that of a thief with a copied cookie too.
	mine, phone := w.signIn(a.ID), w.signIn(a.ID)
	if bad := w.ask(request{method: "POST", target: "/account/password", token: mine, form: f("old", "salah-sama-sekali", "password", "kapal-tongkang-biru")}); bad.status != http.StatusBadRequest || !w.in(mine) || !w.in(phone) {
		t.Errorf("with a wrong old password: %d", bad.status)
	}
	if short := w.ask(request{method: "POST", target: "/account/password", token: mine, form: f("old", password, "password", "pendek")}); short.status != http.StatusBadRequest {
		t.Errorf("a short password: %d", short.status)
	}
	changed := w.ask(request{method: "POST", target: "/account/password", token: mine, form: f("old", password, "password", "kapal-tongkang-biru")})
	if changed.status != http.StatusSeeOther || w.in(mine) || w.in(phone) || !w.in(changed.cookie) {
		t.Errorf("after a new password: %d, old %v, other %v, new %v", changed.status, w.in(mine), w.in(phone), w.in(changed.cookie))
	}
	if w.signInAt(a.Email, password, "127.0.0.1", "").cookie != "" || w.signInAt(a.Email, "kapal-tongkang-biru", "127.0.0.1", "").cookie == "" {
		t.Error("the old password works, or the new one doesn't")
	}
	// A closed account.
	admin := w.signIn(w.person("Admin", true).ID)
	if c := w.ask(request{method: "POST", target: fmt.Sprintf("/accounts/%d/close", a.ID), token: admin}); c.status != http.StatusSeeOther || w.in(changed.cookie) {
		t.Errorf("closing: %d", c.status)
	}
	if c := w.signInAt(a.Email, "kapal-tongkang-biru", "127.0.0.1", ""); c.cookie != "" || c.status != http.StatusForbidden {
		t.Errorf("a closed account signs in: %d", c.status)
	}
	if c := w.ask(request{method: "POST", target: fmt.Sprintf("/accounts/%d/open", a.ID), token: admin}); c.status != http.StatusSeeOther || w.in(changed.cookie) || w.signInAt(a.Email, "kapal-tongkang-biru", "127.0.0.1", "").cookie == "" {
		t.Error("an account that was opened again")
	}
}

func TestSessionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.person("Satu", false), w.person("Dua", false)
	here, there, theirs := w.signIn(a.ID), w.signIn(a.ID), w.signIn(b.ID)
	number := func(token string) string {
		return w.query(`SELECT id::text FROM session WHERE token_sum = $1`, tokenSum(token))
	}
	end := func(n string) reply {
		return w.ask(request{method: "POST", target: "/account/sessions/" + n + "/end", token: here})
	}
	if x, y := end(number(theirs)), end(nowhere); x.status != y.status || x.body != y.body || !w.in(theirs) {
		t.Errorf("another's session: %d, one that is nowhere: %d", x.status, y.status)
	}
	if end(number(there)); w.in(there) || !w.in(here) {
		t.Error("ending one session")
	}
	there = w.signIn(a.ID)
	if w.ask(request{method: "POST", target: "/account/sessions/end-others", token: here}); w.in(there) || !w.in(here) || !w.in(theirs) {
		t.Error("ending the others")
	}
}

func TestSessionsRunOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Orang", false)
	idle := w.signIn(a.ID)
	w.wait(idleLimit - time.Minute)
	if !w.in(idle) {
		t.Error("ended before it was idle long enough")
	}
	w.wait(idleLimit + 2*time.Minute)
	if w.in(idle) {
		t.Error("an idle session goes on")
	}
	busy := w.signIn(a.ID)
	for at := time.Duration(0); at < absoluteLimit-6*time.Hour; at += 5 * time.Hour {
		if !w.in(busy) {
			t.Fatalf("a busy session ended after %v", at)
		}
		w.wait(5 * time.Hour)
	}
	w.wait(6 * time.Hour)
	if w.in(busy) {
		t.Error("a session goes on past the absolute limit")
	}
}

// Whoever tries passwords gets nowhere, and whose password it is can sign in soon after.
func TestGuessingPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Korban", false)
	asked := 0
	for i := range 200 {
		from := "203.0.113.9"
		if i%2 == 0 {
			from = fmt.Sprintf("198.51.100.%d", i)
		}
		r := w.signInAt(a.Email, fmt.Sprintf("tebakan-%d-kata", i), from, "")
		switch {
		case r.cookie != "":
			t.Fatal("a guess signed in")
		case r.status == http.StatusForbidden:
			asked++
		case r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "":
			t.Fatalf("a guess: %d", r.status)
		}
	}
	if asked > 15 {
		t.Errorf("%d guesses in no time were looked at", asked)
	}
	if r := w.signInAt(w.person("Lain", false).Email, password, "192.0.2.7", ""); r.cookie == "" {
		t.Errorf("somebody else in the meantime: %d", r.status)
	}
	w.wait(25 * time.Second)
	if r := w.signInAt(a.Email, password, "192.0.2.7", ""); r.cookie == "" {
		t.Errorf("the person themselves, soon after: %d", r.status)
	}
}

// A sign-in says the same of an address nobody has.
func TestSigningInTellsNoAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Orang", false)
	there, not := w.signInAt(a.Email, "salah-sekali-lagi", "127.0.0.1", ""), w.signInAt("tidakada@contoh.example", "salah-sekali-lagi", "127.0.0.1", "")
	if there.status != not.status || strings.ReplaceAll(there.body, a.Email, "X") != strings.ReplaceAll(not.body, "tidakada@contoh.example", "X") {
		t.Errorf("%d and %d: %s", there.status, not.status, differ(there.body, not.body))
	}
}

func TestForwardedAddressesAreBelievedOfProxiesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Orang", false)
	r := w.ask(request{method: "POST", target: "/sign-in", form: f("email", a.Email, "password", password), from: "203.0.113.9", header: map[string]string{"X-Forwarded-For": "10.1.1.1", "Forwarded": "for=10.1.1.1", "X-Real-IP": "10.1.1.1"}})
	if r.cookie == "" || w.query(`SELECT address FROM session WHERE token_sum = $1`, tokenSum(r.cookie)) != "203.0.113.9" {
		t.Error("a forwarded address of a stranger was believed")
	}
}

// nexts are what a link into the sign-in page may carry, and where it may lead: nowhere but here.
var nexts = []struct{ next, to string }{
	{"/projects/7?x=1#t44", "/projects/7?x=1#t44"}, {"/projects/7/documents/4", "/projects/7/documents/4"},
	{"", "/projects"}, {"https://jahat.example", "/projects"}, {"http:jahat.example", "/projects"}, {"//jahat.example", "/projects"}, {"///jahat.example", "/projects"}, {"////jahat.example/%2f..", "/projects"},
	{`\\jahat.example`, "/projects"}, {`/\jahat.example`, "/projects"}, {`/\/jahat.example`, "/projects"}, {"/%5cjahat.example", "/projects"}, {"/%5C%5Cjahat.example", "/projects"},
	{"/\t/jahat.example", "/projects"}, {"\t//jahat.example", "/projects"}, {"/\n/jahat.example", "/projects"}, {"/\r\nSet-Cookie: a=b", "/projects"}, {" //jahat.example", "/projects"}, {"/ /jahat.example", ""},
	{"/%2f/jahat.example", "/projects"}, {"/%2fjahat.example", "/projects"}, {"/%2F%2Fjahat.example", "/projects"}, {"javascript:alert(1)", "/projects"}, {"data:text/html,x", "/projects"},
	{"jahat.example", "/projects"}, {"@jahat.example", "/projects"}, {"/@jahat.example", ""}, {"https:/jahat.example", "/projects"}, {"https:///jahat.example", "/projects"}, {"//user@jahat.example", "/projects"},
	{"/..//jahat.example", ""}, {"/.//jahat.example", ""}, {"/projects/..//jahat.example", ""}, {"?next=//jahat.example", "/projects"}, {"#//jahat.example", "/projects"}, {"http://127.0.0.1:8080/projects", "/projects"},
	{"//127.0.0.1:8080.jahat.example", "/projects"}, {"/\x00/jahat.example", "/projects"}, {"/\u2028/jahat.example", ""}, {"／／jahat.example", "/projects"}, {"/%09/jahat.example", ""}, {"/%00", ""}, {"//[::1]/", "/projects"}, {"/[jahat", ""}, {"/%zz", "/projects"},
}

func TestNextStaysHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.signIn(w.person("Orang", false).ID)
	for _, x := range nexts {
		got := []reply{
			w.ask(request{method: "GET", target: "/sign-in?next=" + url.QueryEscape(x.next), token: token}),
			w.ask(request{method: "POST", target: "/account", token: token, form: f("name", "Orang", "next", x.next)}),
			w.ask(request{method: "POST", target: "/account", token: token, form: f("name", "Orang"), header: map[string]string{"Referer": "http://127.0.0.1:8080" + strings.Map(func(r rune) rune {
				if r < ' ' {
					return -1
				}
				return r
			}, x.next)}}),
		}
		for i, r := range got {
			to := r.header.Get("Location")
			u, err := url.Parse("http://127.0.0.1:8080")
			if err != nil {
				t.Fatal(err)
			}
			// As a browser reads it: backslashes are slashes, tabs and line ends are nothing.
			seen := strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(to)
			if u, err = u.Parse(seen); err != nil || u.Host != "127.0.0.1:8080" || u.Scheme != "http" || !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") || r.status != http.StatusSeeOther {
				t.Errorf("next %q, way %d, leads to %q (%d)", x.next, i, to, r.status)
			}
			if i == 0 && x.to != "" && to != x.to {
				t.Errorf("next %q leads to %q, want %q", x.next, to, x.to)
			}
		}
	}
	t.Logf("%d forms of next stay here", len(nexts))
}

func TestVisitorsChooseALanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, x := range []struct{ target, accept, lang string }{
		{"/sign-in", "", "en"}, {"/sign-in", "id", "id"}, {"/sign-in?language=id", "en", "id"}, {"/sign-in?language=en", "id", "en"}, {"/invite?language=id", "", "id"},
		{"/setup?language=id", "", "id"}, {"/password?language=id", "", "id"}, {"/demo?language=id", "", "id"}, {"/sign-in?language=xx", "id", "id"}, {"/sign-in?language=%00", "", "en"}, {"/nothing?language=id", "", "id"},
	} {
		a := w.ask(request{method: "GET", target: x.target, header: map[string]string{"Accept-Language": x.accept}})
		if !strings.Contains(a.body, `<html lang="`+x.lang+`"`) {
			t.Errorf("%s for %q is not in %s", x.target, x.accept, x.lang)
		}
	}
	// Who is signed in has a language of their own.
	p := w.person("Orang", false)
	p.Language = "id"
	if err := w.store.SetProfile(t.Context(), store.Account{ID: p.ID, Name: p.Name, Initials: "O", Language: "id", Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	token := w.signIn(p.ID)
	if a := w.ask(request{method: "GET", target: "/account?language=en", token: token}); !strings.Contains(a.body, `<html lang="id"`) {
		t.Error("the address overrules the account's language")
	}
	// A refusal is in the asker's language.
	for lang, sentence := range map[string]string{"id": "sandi tidak cocok", "en": "password don't belong together"} {
		a := w.ask(request{method: "POST", target: "/sign-in?language=" + lang, form: f("email", "x", "password", "y"), background: true})
		if a.status != http.StatusForbidden || !strings.Contains(a.body, sentence) {
			t.Errorf("in %s: %d %s", lang, a.status, a.body)
		}
	}
}
