package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// TestRepeatsAreOneChange sends every write again under the same change id: after a lost answer, after the engine has forgotten
// the project, and with another payload.
func TestRepeatsAreOneChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	n := 0
	for _, x := range samples() {
		if !strings.HasPrefix(x.route, "POST") || x.plain {
			continue
		}
		n++
		p.as = theOwner
		p.owns()
		in := x.make(p)
		change, token := fresh().String(), p.token[theOwner]
		before := p.head()
		first := p.send(x.route, p.id, in, token, change)
		if first.status >= 400 {
			t.Errorf("%s: %d %.200s", x.route, first.status, first.body)
			continue
		}
		if x.route == "POST /delete" {
			if again := p.send(x.route, p.id, in, token, change); again.status != http.StatusNotFound {
				t.Errorf("%s again: %d", x.route, again.status)
			}
			continue
		}
		made := qda.Seq(max(1, x.entries))
		if p.head() != before+made {
			t.Errorf("%s made %d entries", x.route, p.head()-before)
		}
		is := p.print(p.id)
		again := p.send(x.route, p.id, in, token, change)
		w.engine.Forget(p.id)
		late := p.send(x.route, p.id, in, token, change)
		if x.once { // whoever has left, or handed over, may not ask again
			if again.status < 400 || late.status < 400 {
				t.Errorf("%s again: %d", x.route, again.status)
			}
		} else {
			for _, a := range []reply{again, late} {
				if a.status != first.status || plain(a.body) != plain(first.body) || a.header.Get("Location") != first.header.Get("Location") {
					t.Errorf("%s again: %d, first %d: %s", x.route, a.status, first.status, differ(plain(first.body), plain(a.body)))
				}
			}
			if in.also != nil {
				other := in.copy()
				in.also(&other)
				is, before = p.print(p.id), p.head()-made
				if a := p.send(x.route, p.id, other, token, change); a.status != http.StatusConflict {
					t.Errorf("%s with another payload under the same change: %d %.300s", x.route, a.status, a.body)
				}
			}
		}
		if p.print(p.id) != is || p.head() != before+made {
			t.Errorf("%s: a repeat changed something", x.route)
		}
	}
	t.Logf("%d writes repeated", n)
}

func TestAProjectIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, other := w.signIn(w.person("Satu", false).ID), w.signIn(w.person("Dua", false).ID)
	change := fresh().String()
	fields := []string{"change", change, "name", "Studi", "method", "reflexive", "language", "id"}
	first, again := w.post("/projects", token, fields...), w.post("/projects", token, fields...)
	if first.status != http.StatusSeeOther || first.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("%d to %s, %d to %s", first.status, first.header.Get("Location"), again.status, again.header.Get("Location"))
	}
	fields[3] = "Studi lain"
	if a := w.post("/projects", token, fields...); a.status < 400 {
		t.Errorf("another name under the same change: %d", a.status)
	}
	fields[3] = "Studi"
	if a := w.post("/projects", other, fields...); a.status < 400 {
		t.Errorf("another's change id: %d", a.status)
	}
	if w.query(`SELECT count(*)::text FROM project WHERE head > 0`) != "1" {
		t.Error("more than one project")
	}
}

// Several files of one form are one intention as well, though each makes an entry.
func TestManyDocumentsAreAddedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	second := p.waiting("Pewawancara: Apa kabar?\nP08: Baik.\nPewawancara: Lalu?\nP08: Sudah.\n")
	in := input{form: f("name", "Pertama", "file", p.sum, "kind", "interview", "case", "new", "new_case", "P07", "all", "on", "also", second, "value-"+s(p.ofCases), "nelayan")}
	change := fresh().String()
	before := p.head()
	first := p.send("POST /documents", p.id, in, p.token[theResearcher], change)
	made := p.head()
	again := p.send("POST /documents", p.id, in, p.token[theResearcher], change)
	if first.status != http.StatusSeeOther || again.status != first.status || p.head() != made || made != before+2 {
		t.Errorf("first %d, again %d %.200s: %d entries, then %d", first.status, again.status, again.body, made-before, p.head()-made)
	}
	// With values for an informant who is there: a document and a case, both or neither.
	third := p.waiting("Pewawancara: Di mana?\nP04: Di sini.\nPewawancara: Lalu?\nP04: Sudah.\n")
	for _, bad := range []string{"nilai\x00", strings.Repeat("x", qda.MaxName+1)} {
		in = input{form: f("name", "Ketiga", "file", third, "kind", "interview", "case", s(p.kase), "value-"+s(p.ofCases), bad)}
		before = p.head()
		if a := p.send("POST /documents", p.id, in, p.token[theResearcher], fresh().String()); a.status != http.StatusBadRequest || p.head() != before {
			t.Errorf("half of it was done: %d, %d entries", a.status, p.head()-before)
		}
	}
}

// Taking back a node that a key was given to.
func TestUndoingANodeThatHasAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	e := w.do(p.id, p.coder[theResearcher], &qda.NodeAdded{Type: qda.Code, Name: "kode berkunci"})
	node := e.Did[0].ID
	if a := p.send("POST /pins", p.id, input{json: map[string]any{"key": "3", "code": node}}, p.token[theResearcher], ""); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := p.send("POST /undo", p.id, input{json: map[string]any{"seq": e.Seq}}, p.token[theResearcher], ""); a.status != http.StatusOK {
		t.Errorf("undo: %d %s", a.status, a.body)
	}
	if a := p.send("GET /codebook.json", p.id, input{}, p.token[theResearcher], ""); a.status != http.StatusOK || strings.Contains(a.body, `"3":`) {
		t.Errorf("the key is still there: %s", a.body)
	}
}

// A pseudonym is a name like any other: what is no text is refused, and never half a document.
func TestPseudonymsAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	sum := p.waiting("Pewawancara: Apa kabar, Bu Ratna?\nBu Ratna: Baik. Saya Bu Ratna dari Samarinda.\nPewawancara: Kata Bu Ratna begitu?\nBu Ratna: Ya, kata Bu Ratna.\n")
	page := p.send("GET /files/{sum}", p.id, input{path: map[string]string{"sum": sum}}, p.token[theResearcher], "")
	m := regexp.MustCompile(`pseudonym-[0-9a-f]{16}`).FindString(page.body)
	if m == "" {
		t.Fatalf("no name was found: %d", page.status)
	}
	for _, bad := range []string{"P\x0001", "P\xff01", "\u202eP01", strings.Repeat("x", qda.MaxName+1)} {
		before := p.head()
		in := input{form: f("name", "Wawancara", "file", sum, "kind", "interview", m, bad)}
		if a := p.send("POST /documents", p.id, in, p.token[theResearcher], ""); a.status >= 500 || a.status < 400 || p.head() != before {
			t.Errorf("pseudonym %.20q: %d", bad, a.status)
		}
	}
	if a := p.send("POST /documents", p.id, input{form: f("name", "Wawancara", "file", sum, "kind", "interview", m, "P01")}, p.token[theResearcher], ""); a.status != http.StatusSeeOther {
		t.Errorf("a good one: %d %.300s", a.status, a.body)
	}
}
