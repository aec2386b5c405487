package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// link keeps a link and gives its token.
func (w *world) link(l store.Link) string {
	w.t.Helper()
	token, sum := NewToken()
	l.Sum, l.Made = sum, w.now()
	if l.Until.IsZero() {
		l.Until = w.now().Add(linkLimit)
	}
	if err := w.store.NewLink(w.t.Context(), l); err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) post(target string, token string, pairs ...string) reply {
	w.t.Helper()
	return w.ask(request{method: "POST", target: target, token: token, form: f(pairs...)})
}

const accounts = `SELECT count(*)::text FROM account`

func TestSetUpWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Somebody of the demo study is no administrator, and a project of the command line has no owner.
	w.person("Peneliti A", false)
	g := fresh()
	loose, err := w.store.MakeProject(t.Context(), g, w.now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Do(t.Context(), loose, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: "Dari terminal", Method: qda.Reflexive, Owner: "anyam", Initials: "A"}}); err != nil {
		t.Fatal(err)
	}
	old := w.link(store.Link{Purpose: "setup"})
	token := w.link(store.Link{Purpose: "setup"})
	fields := []string{"name", "Sari Wulandari", "email", "sari@contoh.example", "password", "gelombang-pasang-sore", "language", "id"}
	if a := w.post("/setup", "", append(fields, "token", old)...); a.status != http.StatusBadRequest {
		t.Errorf("an older link: %d", a.status)
	}
	if a := w.post("/setup", "", "token", token, "name", "Sari", "email", "bukan", "password", "x"); a.status != http.StatusBadRequest || !strings.Contains(a.body, token) {
		t.Errorf("a form that is wrong: %d", a.status)
	}
	var wg sync.WaitGroup
	done := make([]reply, 6)
	for i := range done {
		wg.Go(func() {
			done[i] = w.ask(request{method: "POST", target: "/setup", from: fmt.Sprintf("198.51.100.%d", i),
				form: f(append(slices.Clone(fields[4:]), "name", "Sari Wulandari", "email", fmt.Sprintf("sari%d@contoh.example", i), "token", token)...)})
		})
	}
	wg.Wait()
	won := ""
	for _, a := range done {
		if a.status == http.StatusSeeOther {
			if won != "" {
				t.Error("two have set up")
			}
			won = a.cookie
		}
	}
	if won == "" || !w.in(won) || w.query(accounts) != "2" || w.query(`SELECT count(*)::text FROM account WHERE admin`) != "1" {
		t.Fatalf("set up: %v accounts, %+v", w.query(accounts), done[0])
	}
	if a := w.ask(request{method: "GET", target: fmt.Sprintf("/projects/%d/members", loose), token: won}); a.status != http.StatusOK {
		t.Errorf("the project without an owner: %d", a.status)
	}
	if a := w.post("/setup", "", append(fields, "token", w.link(store.Link{Purpose: "setup"}))...); a.status != http.StatusBadRequest || w.query(accounts) != "2" {
		t.Errorf("a new link when there is an administrator: %d", a.status)
	}
}

func TestAnInvitationWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token, _ := p.inviteToken(qda.Supervisor, "", w.now().Add(inviteLimit))
	const n = 50
	people := make([]string, n)
	for i := range people {
		people[i] = w.signIn(w.person(fmt.Sprintf("Tamu %d", i), false).ID)
	}
	members := `SELECT count(*)::text FROM coder WHERE role <> ''`
	before := w.query(members)
	var wg sync.WaitGroup
	done := make([]reply, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			done[i] = w.ask(request{method: "POST", target: "/invite", token: people[i], form: f("token", token), from: fmt.Sprintf("198.51.100.%d", i)})
		})
	}
	close(start)
	wg.Wait()
	won := 0
	for i, a := range done {
		in := w.ask(request{method: "GET", target: p.at(""), token: people[i]}).status
		switch {
		case a.status == http.StatusSeeOther && in == http.StatusOK:
			won++
		case a.status != http.StatusBadRequest || in != http.StatusNotFound:
			t.Errorf("redemption %d: %d, and then %d: %.200s", i, a.status, in, a.body)
		}
	}
	var is, was int
	if _, err := fmt.Sscan(w.query(members)+" "+before, &is, &was); err != nil {
		t.Fatal(err)
	}
	if won != 1 || is != was+1 {
		t.Errorf("%d of %d redemptions won, %d coders more", won, n, is-was)
	}
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	long := w.now().Add(inviteLimit)
	newcomer := func(email string) []string {
		return []string{"name", "Dewi Lestari", "email", email, "password", "gelombang-pasang-sore", "language", "id"}
	}
	n := 0
	join := func(token string, fields ...string) reply {
		n++
		return w.ask(request{method: "POST", target: "/invite", form: f(append(fields, "token", token)...), from: fmt.Sprintf("198.51.100.%d", n)})
	}
	open := func(token string) bool {
		_, err := w.store.Link(t.Context(), tokenSum(token), "invite", w.now())
		return err == nil
	}
	// Somebody new.
	token, _ := p.inviteToken(qda.Researcher, "", long)
	a := join(token, newcomer("dewi@contoh.example")...)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != p.at("") || w.ask(request{method: "GET", target: p.at(""), token: a.cookie}).status != http.StatusOK {
		t.Fatalf("joining: %d %s", a.status, a.body)
	}
	if again := join(token, newcomer("dewi2@contoh.example")...); again.status != http.StatusBadRequest || w.query(`SELECT count(*)::text FROM account WHERE email = 'dewi2@contoh.example'`) != "0" {
		t.Errorf("a used link: %d", again.status)
	}
	// Somebody with an account here, who gives its password.
	known := w.person("Sudah Ada", false)
	token, _ = p.inviteToken(qda.Supervisor, "", long)
	before := w.query(accounts)
	if wrong := join(token, newcomer(known.Email)...); wrong.status != http.StatusBadRequest || wrong.cookie != "" || !open(token) || !strings.Contains(wrong.body, "belong together") {
		t.Errorf("with a wrong password: %d", wrong.status)
	}
	if right := join(token, "email", strings.ToUpper(known.Email), "password", password); right.status != http.StatusSeeOther || w.ask(request{method: "GET", target: p.at("/members"), token: right.cookie}).status != http.StatusOK || open(token) {
		t.Errorf("with the right one: %d %s", right.status, right.body)
	}
	if w.query(accounts) != before || w.query(`SELECT name FROM account WHERE id = $1`, known.ID) != "Sudah Ada" {
		t.Error("the account is another now")
	}
	if w.query(`SELECT role FROM coder WHERE project = $1 AND account = $2`, p.id, known.ID) != "supervisor" {
		t.Error("the role is not the invitation's")
	}
	token, _ = p.inviteToken(qda.Researcher, "", long)
	if there := join(token, "email", known.Email, "password", password); there.status != http.StatusBadRequest || there.cookie != "" || !open(token) {
		t.Errorf("who is there already: %d", there.status)
	}
	shut := w.person("Tutup", false)
	if err := w.store.SetClosed(t.Context(), shut.ID, true); err != nil {
		t.Fatal(err)
	}
	if closed := join(token, "email", shut.Email, "password", password); closed.status != http.StatusBadRequest || closed.cookie != "" || !open(token) {
		t.Errorf("a closed account: %d", closed.status)
	}
	// Guessing a password through an invitation runs dry as signing in does.
	looked := 0
	for range 30 {
		if a := join(token, newcomer(known.Email)...); a.status == http.StatusBadRequest {
			looked++
		}
	}
	if looked > 12 {
		t.Errorf("%d guesses through an invitation", looked)
	}
	// Bound to an address.
	token, _ = p.inviteToken(qda.Researcher, "Budi@contoh.example", long)
	if a := join(token, newcomer("lain@contoh.example")...); a.status != http.StatusBadRequest || !open(token) {
		t.Errorf("another address: %d", a.status)
	}
	if a := w.post("/invite", p.token[theLeaver], "token", token); a.status != http.StatusBadRequest || !open(token) {
		t.Errorf("another account: %d", a.status)
	}
	if a := join(token, newcomer("budi@CONTOH.example")...); a.status != http.StatusSeeOther {
		t.Errorf("the address itself: %d %s", a.status, a.body)
	}
	// Who has left comes back as who they were.
	token, _ = p.inviteToken(qda.Researcher, "", long)
	if a := w.post("/invite", p.token[theLeaver], "token", token); a.status != http.StatusSeeOther || w.query(`SELECT n::text FROM coder WHERE project = $1 AND account = $2`, p.id, p.account[theLeaver].ID) != s(p.coder[theLeaver]) {
		t.Errorf("coming back: %d", a.status)
	}
	// Taken back by the owner; of another project nobody's business.
	token, number := p.inviteToken(qda.Researcher, "", long)
	other := w.newPlace(0)
	w.post(other.at("/invitations/%d/revoke", number), other.token[theOwner])
	if !open(token) {
		t.Error("another project's owner took it back")
	}
	w.post(p.at("/invitations/%d/revoke", number), p.token[theOwner])
	if a := join(token, newcomer("telat@contoh.example")...); a.status != http.StatusBadRequest || open(token) {
		t.Errorf("a link taken back: %d", a.status)
	}
	// An archived project takes nobody, and the link is good when it opens again.
	token, _ = p.inviteToken(qda.Researcher, "", long)
	w.post(p.at("/archive"), p.token[theOwner])
	if a := join(token, newcomer("arsip@contoh.example")...); a.status != http.StatusBadRequest || !open(token) || w.query(`SELECT count(*)::text FROM account WHERE email = 'arsip@contoh.example'`) != "0" {
		t.Errorf("an archived project: %d", a.status)
	}
	w.post(p.at("/unarchive"), p.token[theOwner])
	if a := join(token, newcomer("arsip@contoh.example")...); a.status != http.StatusSeeOther {
		t.Errorf("opened again: %d", a.status)
	}
	// After 72 hours.
	token, _ = p.inviteToken(qda.Researcher, "", w.now().Add(inviteLimit))
	w.wait(inviteLimit - time.Minute)
	if !open(token) {
		t.Error("ran out early")
	}
	w.wait(2 * time.Minute)
	if a := join(token, newcomer("lama@contoh.example")...); a.status != http.StatusBadRequest {
		t.Errorf("after 72 hours: %d", a.status)
	}
	if a := join("", newcomer("kosong@contoh.example")...); a.status != http.StatusBadRequest {
		t.Errorf("no token: %d", a.status)
	}
	// A link of another purpose is no invitation.
	if a := join(w.link(store.Link{Purpose: "password", Account: known.ID}), newcomer("kunci@contoh.example")...); a.status != http.StatusBadRequest {
		t.Errorf("a password link: %d", a.status)
	}
}

func TestPasswordLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.person("Lupa", false)
	admin := w.signIn(w.person("Admin", true).ID)
	inside := w.signIn(a.ID)
	made := func() string {
		page := w.post(fmt.Sprintf("/accounts/%d/password-link", a.ID), admin)
		m := regexp.MustCompile(`/password#([A-Za-z0-9_-]{43})`).FindStringSubmatch(page.body)
		if m == nil {
			t.Fatalf("no link: %d", page.status)
		}
		return m[1]
	}
	older, token := made(), made()
	if r := w.post("/password", "", "token", older, "password", "gelombang-pasang-sore"); r.status != http.StatusBadRequest || r.cookie != "" {
		t.Errorf("an older link: %d", r.status)
	}
	if r := w.post("/password", "", "token", token, "password", "pendek"); r.status != http.StatusBadRequest {
		t.Errorf("a short password: %d", r.status)
	}
	r := w.post("/password", "", "token", token, "password", "gelombang-pasang-sore")
	if r.status != http.StatusSeeOther || !w.in(r.cookie) || w.in(inside) {
		t.Errorf("choosing: %d, old session %v", r.status, w.in(inside))
	}
	if r := w.post("/password", "", "token", token, "password", "gelombang-pasang-pagi"); r.status != http.StatusBadRequest {
		t.Errorf("twice: %d", r.status)
	}
	if w.signInAt(a.Email, password, "127.0.0.1", "").cookie != "" || w.signInAt(a.Email, "gelombang-pasang-sore", "127.0.0.1", "").cookie == "" {
		t.Error("the old password works, or the new one doesn't")
	}
	token = made()
	w.wait(linkLimit + time.Minute)
	if r := w.post("/password", "", "token", token, "password", "gelombang-pasang-pagi"); r.status != http.StatusBadRequest {
		t.Errorf("after a day: %d", r.status)
	}
	admin = w.signIn(w.person("Admin dua", true).ID)
	token = made()
	if err := w.store.SetClosed(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	if r := w.post("/password", "", "token", token, "password", "gelombang-pasang-pagi"); r.status != http.StatusBadRequest || r.cookie != "" {
		t.Errorf("a closed account: %d", r.status)
	}
	// A sign-in link of the demo study works once.
	open := w.person("Demo", false)
	token = w.link(store.Link{Purpose: "sign-in", Account: open.ID})
	if r := w.post("/demo", "", "token", token); r.status != http.StatusSeeOther || !w.in(r.cookie) {
		t.Errorf("the demo: %d", r.status)
	}
	if r := w.post("/demo", "", "token", token); r.status != http.StatusBadRequest || r.cookie != "" {
		t.Errorf("the demo twice: %d", r.status)
	}
}

// Links say the address of the site as it was set, whatever a request says it is.
func TestLinksSayTheSetAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) { c.URL = address(t, "https://anyam.example.org") })
	p := w.newPlace(0)
	admin := w.signIn(w.person("Admin", true).ID)
	hosts := []string{"jahat.example", "jahat.example:443", "anyam.example.org.jahat.example", "anyam.example.org@jahat.example", "127.0.0.1", "[::1]:80", "localhost", "ANYAM.EXAMPLE.ORG:1", "a b", "x/y"}
	n := 0
	for _, host := range hosts {
		for _, header := range []map[string]string{nil, {"X-Forwarded-Host": host, "X-Forwarded-Proto": "http", "Forwarded": "host=" + host, "X-Original-Host": host}} {
			q := request{method: "POST", header: header, host: host}
			if header != nil {
				q.host = "anyam.example.org"
			}
			for target, token := range map[string]string{p.at("/invitations"): p.token[theOwner], fmt.Sprintf("/accounts/%d/password-link", p.account[theOwner].ID): admin} {
				n++
				q.target, q.token, q.form = target, token, f("role", "researcher")
				a := w.ask(q)
				if a.status != http.StatusOK || !regexp.MustCompile(`https://anyam\.example\.org/(invite|password)#`).MatchString(a.body) || host != "localhost" && strings.Contains(a.body, "//"+host) {
					t.Errorf("%s for host %q: %d", target, host, a.status)
				}
			}
		}
	}
	t.Logf("%d links with strange hosts", n)
}
