package server

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"anyam/web"
)

func address(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// guarded says what is wrong with the headers of an answer.
func guarded(a reply, kept, download bool) (wrong []string) {
	h := a.header
	policy := web.Policy
	if download {
		policy = "sandbox; default-src 'none'"
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			wrong = append(wrong, "is no attachment")
		}
	}
	if got := h.Values("Content-Security-Policy"); len(got) != 1 || got[0] != policy {
		wrong = append(wrong, fmt.Sprintf("policy %q", got))
	}
	if h.Get("X-Content-Type-Options") != "nosniff" {
		wrong = append(wrong, "may be sniffed")
	}
	if h.Get("Referrer-Policy") != "same-origin" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		wrong = append(wrong, "a referrer or cross-origin header is missing")
	}
	if !kept && h.Get("Cache-Control") != "no-store" {
		wrong = append(wrong, "may be kept: "+h.Get("Cache-Control"))
	}
	if a.body != "" {
		kind := h.Get("Content-Type")
		if !download && !kept && !strings.Contains(kind, "charset=utf-8") || kind == "" {
			wrong = append(wrong, "type "+kind)
		}
	}
	for k := range h {
		if strings.HasPrefix(k, "Access-Control-") || k == "Server" || k == "X-Powered-By" {
			wrong = append(wrong, k)
		}
	}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			wrong = append(wrong, "cookie "+c.String())
		}
		if strings.Contains(c.Name, "anyam") && !strings.Contains(c.Name, "-said") && !strings.Contains(c.Name, "-seq") && (c.Name != "__Host-anyam" || !c.Secure || c.Path != "/") {
			wrong = append(wrong, "session cookie "+c.String())
		}
	}
	return wrong
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	n := 0
	check := func(what string, a reply, kept, download bool) {
		n++
		for _, x := range guarded(a, kept, download) {
			t.Errorf("%s (%d): %s", what, a.status, x)
		}
	}
	foreign := map[string]string{"Origin": "https://jahat.example", "Sec-Fetch-Site": "cross-site"}
	for _, x := range samples() {
		p.owns()
		in := x.make(p)
		download := strings.HasSuffix(x.route, "/original") || strings.HasSuffix(x.route, "/report.json") || slices.Contains([]string{".csv", ".docx", ".xlsx", ".md", ".html", ".zip", ".qdpx", ".qdc", ".pdf", ".svg", ".png"}, path.Ext(x.route))
		check(x.route+" as nobody", p.send(x.route, p.id, in, "", ""), false, false)
		check(x.route+" elsewhere", p.send(x.route, nowhere, in, p.token[theOwner], ""), false, false)
		check(x.route+" as a supervisor", p.send(x.route, p.id, in, p.token[theSupervisor], ""), false, download)
		if strings.HasPrefix(x.route, "POST /leave") {
			continue
		}
		check(x.route, p.send(x.route, p.id, in, p.token[theOwner], ""), false, download)
	}
	token, admin := w.signIn(w.person("Orang", false).ID), w.signIn(w.person("Admin", true).ID)
	for route := range outside {
		method, path, _ := strings.Cut(route, " ")
		for _, as := range []string{"", token, admin} {
			check(route, w.ask(request{method: method, target: path, token: as}), false, false)
			check(route+" from elsewhere", w.ask(request{method: method, target: path, token: as, header: foreign}), false, false)
		}
	}
	token = w.signIn(w.person("Orang", false).ID)
	for _, q := range []request{
		{method: "GET", target: "/nothing"}, {method: "PUT", target: "/projects"}, {method: "DELETE", target: p.at("")}, {method: "TRACE", target: "/"}, {method: "OPTIONS", target: "/projects", header: foreign},
		{method: "POST", target: "/healthz"}, {method: "HEAD", target: "/sign-in"}, {method: "GET", target: "/projects/x"}, {method: "GET", target: "/projects/-1"}, {method: "GET", target: "/projects/99999999999999999999"},
		{method: "GET", target: "/%ff"}, {method: "GET", target: "/sign-in?%zz"}, {method: "POST", target: "/sign-in?a;b=c"}, {method: "GET", target: "/assets/nothing.js"}, {method: "GET", target: "/assets/../x"},
		{method: "POST", target: "/sign-in", form: f("email", strings.Repeat("x", maxForm))},
	} {
		q.token = token
		a := w.ask(q)
		check(q.method+" "+q.target, a, strings.HasPrefix(q.target, "/assets"), false)
		if a.status >= 500 || a.status < 400 && q.method != "HEAD" && !strings.Contains(q.target, "%zz") {
			t.Errorf("%s %s: %d", q.method, q.target, a.status)
		}
	}
	page := w.ask(request{method: "GET", target: "/sign-in"}).body
	for _, name := range []string{"main", "app"} {
		i := strings.Index(page, "/assets/"+name)
		if i < 0 {
			t.Fatalf("the page loads no %s", name)
		}
		target := page[i : i+strings.IndexAny(page[i:], `"'`)]
		a := w.ask(request{method: "GET", target: target})
		check(target, a, true, false)
		if a.status != http.StatusOK || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", target, a.status, a.header.Get("Cache-Control"))
		}
	}
	a := w.ask(request{method: "GET", target: "/sign-in", host: "situs.example"})
	check("plain http beyond this machine", a, false, false)
	if a.status != http.StatusMisdirectedRequest {
		t.Errorf("plain http beyond this machine: %d", a.status)
	}
	t.Logf("%d answers", n)
}

func TestStrictTransportUnderHTTPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) { c.URL = address(t, "https://anyam.example.org") })
	if a := w.ask(request{method: "GET", target: "/sign-in", host: "anyam.example.org"}); a.header.Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" {
		t.Errorf("header %q", a.header.Get("Strict-Transport-Security"))
	}
}

// TestOtherOriginsChangeNothing sends every write there is as a page of another site would.
func TestOtherOriginsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	admin := w.person("Admin", true)
	token := w.signIn(admin.ID)
	ways := []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8080"},
		{"Origin": "https://jahat.example"}, {"Origin": "http://127.0.0.1:8081"}, {"Origin": "null"},
	}
	n := 0
	for _, x := range samples() {
		method, rest, _ := strings.Cut(x.route, " ")
		if method != "POST" {
			continue
		}
		p.owns()
		in := x.make(p)
		for k, v := range in.path {
			rest = strings.ReplaceAll(rest, "{"+k+"}", v)
		}
		was := p.print(p.id)
		for _, way := range ways {
			n++
			q := request{method: method, target: p.at("%s", rest), token: p.token[theOwner], form: in.form, file: in.file, header: way}
			if in.json != nil {
				q.json = in.json
			}
			if a := w.ask(q); a.status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", x.route, way, a.status)
			}
		}
		if p.print(p.id) != was {
			t.Errorf("%s of another site changed something", x.route)
		}
	}
	everybody := `SELECT md5(coalesce(string_agg(a::text, '|' ORDER BY id), '')) FROM account a`
	sessions := `SELECT count(*)::text FROM session`
	was, open := w.query(everybody), w.query(sessions)
	for route := range outside {
		method, path, _ := strings.Cut(route, " ")
		if method != "POST" {
			continue
		}
		path = strings.NewReplacer("{account}", fmt.Sprint(p.account[theOwner].ID), "{session}", "1").Replace(path)
		for _, way := range ways {
			n++
			q := request{method: method, target: path, token: token, header: way, form: f("email", admin.Email, "password", password, "name", "Lain", "method", "reflexive")}
			if a := w.ask(q); a.status != http.StatusForbidden || a.cookie != "" {
				t.Errorf("%s with %v: %d", route, way, a.status)
			}
		}
	}
	if w.query(everybody) != was || w.query(sessions) != open {
		t.Error("another site changed accounts or sessions")
	}
	for _, way := range []map[string]string{{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8080"}, {"Sec-Fetch-Site": "none"}} {
		if a := w.ask(request{method: "POST", target: "/account", token: token, header: way, form: f("name", "Admin")}); a.status != http.StatusSeeOther {
			t.Errorf("our own page with %v: %d", way, a.status)
		}
	}
	t.Logf("%d writes from elsewhere", n)
}
