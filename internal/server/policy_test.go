package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// strangers may do nothing in a place, and learn nothing of it.
type stranger struct {
	name, token string
	signedIn    bool
}

func (p *place) strangers() []stranger {
	closed := p.person("Tutup", false)
	p.do(p.id, 0, &qda.CoderJoined{Account: closed.ID, Name: closed.Name, Role: qda.Researcher})
	shut := p.signIn(closed.ID)
	if err := p.store.SetClosed(p.t.Context(), closed.ID, true); err != nil {
		p.t.Fatal(err)
	}
	// A closed account has no session left; one that came to be in the same moment must not work either.
	late := p.signIn(closed.ID)
	return []stranger{{"anonymous", "", false}, {"a made-up cookie", "x", false}, {"a closed account", shut, false}, {"a closed account, late", late, false},
		{"a stranger", p.signIn(p.person("Asing", false).ID), true}, {"an administrator", p.signIn(p.person("Admin", true).ID), true}, {"an ex-member", p.token[theLeaver], true}}
}

// refusedAs reports what is wrong with an answer to somebody who may not.
func wrong(a reply, statuses ...int) string {
	if !slices.Contains(statuses, a.status) {
		return fmt.Sprintf("status %d, want one of %v: %.300s", a.status, statuses, a.body)
	}
	return ""
}

// differ shows where two texts part.
func differ(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, min(i, len(s))-60):min(len(s), i+120)] }
	return around(a) + "  <>  " + around(b)
}

const nowhere = "4000000"

func TestEveryRouteHasASample(t *testing.T) {
	w := newWorld(t)
	have := map[string]bool{}
	for _, x := range samples() {
		method, rest, _ := strings.Cut(x.route, " ")
		have[method+" /projects/{project}"+rest] = true
	}
	routes := map[string]bool{}
	for _, rt := range w.s.routes {
		if strings.HasPrefix(rt.path, "/projects/{project}") {
			routes[rt.method+" "+rt.path] = true
			if !have[rt.method+" "+rt.path] {
				t.Errorf("%s %s has no sample in the policy tests", rt.method, rt.path)
			}
		} else if outside[rt.method+" "+rt.path] == "" {
			t.Errorf("%s %s has no row in the policy tests", rt.method, rt.path)
		}
	}
	for r := range have {
		if !routes[r] {
			t.Errorf("the policy tests know %s, which is no route", r)
		}
	}
}

// TestPolicies asks for every route of a project in every role.
func TestPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	right, all := 0, 0
	report := func(route, who, problem string) {
		all++
		if problem == "" {
			right++
			return
		}
		t.Errorf("%s as %s: %s", route, who, problem)
	}
	list := samples()
	for _, r := range "ORSB" {
		p := w.newPlace(0)
		p.as = r
		others := p.strangers()
		for _, x := range list {
			may := strings.ContainsRune(x.who, r)
			p.as = r
			p.owns()
			if !may {
				p.as = theOwner // in whose name what the sample needs is made
			}
			in := x.make(p)
			before := p.print(p.id)
			if r == theOwner {
				for _, o := range others {
					a := p.send(x.route, p.id, in, o.token, fresh().String())
					switch {
					case o.signedIn:
						report(x.route, o.name, wrong(a, http.StatusNotFound))
					case strings.HasPrefix(x.route, "GET") && in.json == nil:
						report(x.route, o.name, wrong(a, http.StatusSeeOther))
						if to := a.header.Get("Location"); a.status == http.StatusSeeOther && !strings.HasPrefix(to, "/sign-in?next=") {
							t.Errorf("%s as %s leads to %s", x.route, o.name, to)
						}
					default:
						report(x.route, o.name, wrong(a, http.StatusUnauthorized))
					}
				}
			}
			if !may {
				report(x.route, string(r), wrong(p.send(x.route, p.id, in, p.token[r], fresh().String()), http.StatusForbidden))
			}
			if (r == theOwner || !may) && p.print(p.id) != before {
				t.Errorf("%s: a refused request changed something", x.route)
			}
			if may {
				a := p.send(x.route, p.id, in, p.token[r], fresh().String())
				report(x.route, string(r), wrong(a, http.StatusOK, http.StatusSeeOther))
				if strings.HasPrefix(x.route, "POST") && (p.print(p.id) == before) != x.looks {
					t.Errorf("%s as %c: whether it changed something is not %v", x.route, r, !x.looks)
				}
			}
		}
	}
	for _, l := range w.failures() {
		t.Error(l)
	}
	t.Logf("%d routes x 4 roles and 7 strangers: %d of %d", len(list), right, all)
}

// TestForeignNumbers asks with another project's numbers in the path, in forms, in JSON and in queries: the answer must be the
// one to a number that is nowhere, and nothing may change.
func TestForeignNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, foreign := w.newPlace(0), w.newPlace(130)
	lowest := foreign.coder[theResearcher]
	list := samples()
	const nowhereSum = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	// An answer may say again what it was asked, as in the address of a form.
	var again []string
	for _, what := range pathNames {
		again = append(again, "/"+foreign.named(what), "/ID", "="+foreign.named(what), "=ID", "%3D"+foreign.named(what), "%3DID")
	}
	asked := strings.NewReplacer(append(again, "/"+fmt.Sprint(foreign.invitation), "/ID", nowhereSum, "ID", nowhere, "ID", foreign.sum, "ID")...)
	right, all := 0, 0
	compare := func(route, how string, a, b reply) {
		t.Helper()
		all++
		a.body, b.body = asked.Replace(a.body), asked.Replace(b.body)
		switch {
		case a.status != b.status:
			t.Errorf("%s, %s: status %d, but %d for what is nowhere: %.300s", route, how, a.status, b.status, a.body)
		case plain(a.body) != plain(b.body):
			t.Errorf("%s, %s: the answer tells a foreign number from one that is nowhere: %s", route, how, differ(plain(a.body), plain(b.body)))
		case a.status >= 500:
			t.Errorf("%s, %s: %d %s", route, how, a.status, a.body)
		default:
			right++
		}
	}
	missing := func(what string) string {
		if strings.HasPrefix(what, "sum") {
			return nowhereSum
		}
		return nowhere
	}
	for _, r := range "OR" { // the owner for what is the owner's, a researcher for the rest
		own.as = r
		for _, x := range list {
			if strings.ContainsRune(x.who, theResearcher) != (r == theResearcher) || x.route == "POST /delete" {
				continue
			}
			own.owns()
			in := x.make(own)
			theirs := foreign.print(foreign.id)
			ours := own.print(own.id)
			token := own.token[r]
			// The other project itself, with its own numbers and with ours.
			full := in.copy()
			for k := range in.path {
				if k == "invitation" {
					full.path[k] = fmt.Sprint(foreign.invitation)
				} else {
					full.path[k] = foreign.named(pathNames[k])
				}
			}
			for k, what := range x.ids {
				full.put(k, foreign.named(what))
			}
			compare(x.route, "the other project, its numbers", w.send(x.route, foreign.id, full, token, ""), w.send(x.route, nowhere, full, token, ""))
			compare(x.route, "the other project, our numbers", w.send(x.route, foreign.id, in, token, ""), w.send(x.route, nowhere, in, token, ""))
			if foreign.print(foreign.id) != theirs {
				t.Errorf("%s changed the other project", x.route)
			}
			// Our project with its numbers in the path.
			for k := range in.path {
				a, b := in.copy(), in.copy()
				a.path[k], b.path[k] = full.path[k], missing(pathNames[k])
				compare(x.route, "its "+k+" in our path", w.send(x.route, own.id, a, token, ""), w.send(x.route, own.id, b, token, ""))
				for key, what := range x.ids { // and mixed
					a.put(key, foreign.named(what))
				}
				compare(x.route, "its "+k+" in our path, and the rest", w.send(x.route, own.id, a, token, ""), w.send(x.route, own.id, b, token, ""))
			}
			if own.print(own.id) != ours || foreign.print(foreign.id) != theirs {
				t.Errorf("%s with a foreign number in the path changed something", x.route)
			}
			// Our path with its numbers in fields.
			for key, what := range x.ids {
				a, b := in.copy(), in.copy()
				a.put(key, foreign.named(what))
				b.put(key, missing(what))
				ra, rb := w.send(x.route, own.id, a, token, ""), w.send(x.route, own.id, b, token, "")
				compare(x.route, "its "+what+" as "+key, ra, rb)
				if strings.HasPrefix(x.route, "POST") && ra.status < 400 {
					t.Errorf("%s took the foreign %s as %s: %d", x.route, what, key, ra.status)
				}
			}
			if strings.HasPrefix(x.route, "POST") && own.print(own.id) != ours || foreign.print(foreign.id) != theirs {
				t.Errorf("%s with a foreign number in a field changed something", x.route)
			}
		}
	}
	if lowest <= qda.ID(130) {
		t.Errorf("the places share numbers: %d", lowest)
	}
	t.Logf("%d routes, foreign numbers in paths, forms, JSON and queries: %d of %d as if absent", len(list), right, all)
}

// outside says who may use the routes outside projects: a anyone, s who is signed in, A an administrator.
var outside = map[string]string{
	"GET /healthz": "a", "GET /readyz": "a", "GET /limits": "a", "GET /setup": "a", "POST /setup": "a", "GET /invite": "a", "POST /invite": "a", "GET /password": "a", "POST /password": "a",
	"GET /sign-in": "a", "POST /sign-in": "a", "GET /demo": "a", "POST /demo": "a", "POST /sign-out": "a", "GET /": "a",
	"GET /account": "s", "POST /account": "s", "POST /account/surface": "s", "POST /account/password": "s", "POST /account/sessions/{session}/end": "s", "POST /account/sessions/end-others": "s",
	"GET /accounts": "A", "POST /accounts/{account}/close": "A", "POST /accounts/{account}/open": "A", "POST /accounts/{account}/password-link": "A",
	"GET /projects": "s", "GET /projects/new": "s", "POST /projects": "s", "GET /projects/import": "s", "POST /projects/import": "s", "POST /projects/import/begin": "s",
}

func TestPoliciesOutsideProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, other := w.person("Admin", true), w.person("Lain", false)
	right, all := 0, 0
	for route, who := range outside {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(strings.ReplaceAll(path, "{account}", fmt.Sprint(other.ID)), "{session}", nowhere)
		for _, as := range []struct {
			name, token string
			level       string
		}{{"anonymous", "", "a"}, {"a closed account", w.closed(), "a"}, {"signed in", w.signIn(w.person("Orang", false).ID), "as"}, {"administrator", w.signIn(admin.ID), "asA"}} {
			all++
			a := w.ask(request{method: method, target: path, token: as.token})
			problem := ""
			switch {
			case strings.Contains(as.level, who):
				if a.status == http.StatusUnauthorized || a.status == http.StatusNotFound || a.status >= 500 || strings.HasPrefix(a.header.Get("Location"), "/sign-in?") {
					problem = fmt.Sprintf("status %d, to %q", a.status, a.header.Get("Location"))
				}
			case as.level == "as":
				problem = wrong(a, http.StatusNotFound)
			case method == http.MethodGet:
				problem = wrong(a, http.StatusSeeOther)
			default:
				problem = wrong(a, http.StatusUnauthorized)
			}
			if problem != "" {
				t.Errorf("%s as %s: %s", route, as.name, problem)
				continue
			}
			right++
		}
	}
	t.Logf("%d routes outside projects x 4: %d of %d", len(outside), right, all)
}

func (w *world) closed() string {
	c := w.person("Tutup", false)
	token := w.signIn(c.ID)
	w.exec(`UPDATE account SET closed = true WHERE id = $1`, c.ID) // though the session is still there
	return token
}

func TestARouteWithoutAPolicyStopsTheProgram(t *testing.T) {
	for name, add := range map[string]func(*Server){
		"no policy":             func(s *Server) { s.get("/x", policy{}, healthy) },
		"nobody resolves":       func(s *Server) { s.get("/projects/{project}/x/{thing}", member, healthy) },
		"open in a project":     func(s *Server) { s.get("/projects/{project}/x", anyone, healthy) },
		"account in a project":  func(s *Server) { s.get("/projects/{project}/x", account, healthy) },
		"member of nothing":     func(s *Server) { s.get("/x", member, healthy) },
		"a change there is not": func(s *Server) { s.post("/projects/{project}/x", may("Nothing"), healthy) },
		"a write by no change":  func(s *Server) { s.post("/projects/{project}/x", policy{kind: "MemoWritten"}, healthy) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the program went on", name)
				}
			}()
			add(&Server{})
		}()
	}
}
