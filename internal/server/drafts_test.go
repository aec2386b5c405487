package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

var times = regexp.MustCompile(`<time[^>]*>[^<]*</time>|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// What depends on how many things and entries a place has beside.
var (
	counted = regexp.MustCompile(`(/nodes/|from=|to=|value="|before=|entry-)\d+`)
	cells   = regexp.MustCompile(`,\d\d,|,[\d ]+\r`)
)

// same compares words with a golden file of testdata.
func same(t *testing.T, name, words string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(words), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != words {
		t.Errorf("%s (write it anew with -update): %s", file, differ(string(want), words))
	}
}

func (p *place) rev(n qda.ID) qda.Seq {
	p.t.Helper()
	v, err := p.engine.View(context.Background(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	x, ok := v.Node(n)
	if !ok {
		p.t.Fatalf("there is no node %d", n)
	}
	return x.Rev
}

// story names a draft, takes the codebook through some changes, and names another.
func story(p *place) (first, second, gone qda.ID) {
	first = p.do(p.id, p.coder[theResearcher], &qda.DraftNamed{Name: "Draf 1"}).Did[0].ID
	name, claim := "Kode pertama", "Prosedur itulah dindingnya."
	p.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.code, Rev: p.rev(p.code), Name: &name})
	p.do(p.id, p.coder[theOwner], &qda.NodeChanged{Node: p.theme, Rev: p.rev(p.theme), Claim: &claim})
	gone = p.do(p.id, p.coder[theOwner], &qda.NodeAdded{Type: qda.Code, Name: "Sebentar"}).Did[0].ID
	p.do(p.id, p.coder[theOwner], &qda.NodesMerged{Nodes: []qda.ID{p.code2}, Into: p.code, Reason: "Sama saja <b>."})
	p.do(p.id, p.coder[theOwner], &qda.NodesState{Nodes: []qda.ID{gone}, State: qda.Removed})
	second = p.do(p.id, p.coder[theOwner], &qda.DraftNamed{Name: "Draf 2"}).Did[0].ID
	return first, second, gone
}

// TestDrafts names drafts, compares them, and opens pages as of one.
func TestDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	get := func(who rune, path string) string {
		t.Helper()
		a := w.ask(request{method: http.MethodGet, target: fmt.Sprintf("/projects/%d", p.id) + path, token: p.token[who]})
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		return a.body
	}
	if b := get(theResearcher, "/drafts"); !strings.Contains(b, "Draf satu") || !strings.Contains(b, `id="draft-name"`) {
		t.Error("the drafts are not there, or none can be named")
	}
	if b := get(theSupervisor, "/drafts"); strings.Contains(b, `id="draft-name"`) {
		t.Error("a supervisor is offered to name a draft")
	}
	first, second, gone := story(p)
	compared := articleOf(t, strings.ReplaceAll(strings.ReplaceAll(get(theResearcher, "/drafts/compare?from="+s(first)+"&to="+s(second)), "<main", "<article><main"), "</main>", "</main></article>"))
	same(t, "drafts.html", counted.ReplaceAllString(times.ReplaceAllString(strings.ReplaceAll(compared, "><", ">\n<"), "TIME"), "${1}N"))
	table := times.ReplaceAllString(get(theResearcher, "/export/drafts.csv?from="+s(first)+"&to="+s(second)), "TIME")
	same(t, "drafts.csv", cells.ReplaceAllString(table, ",N,"))

	then := get(theOwner, "/codebook?draft="+s(first))
	if strings.Contains(then, "Kode pertama") || !strings.Contains(then, "Kode satu") || !strings.Contains(then, "as it stood in “Draf 1”") {
		t.Error("the codebook is not as it stood in the first draft")
	}
	if strings.Contains(then, `name="change"`) && strings.Contains(then, "/nodes/move") {
		t.Error("the past can be changed")
	}
	if b := get(theOwner, "/nodes/"+s(gone)+"?draft="+s(second)); !strings.Contains(b, "Sebentar") {
		t.Error("what had gone is not there to be seen")
	}
	if a := w.ask(request{method: http.MethodGet, target: fmt.Sprintf("/projects/%d/codebook?draft=999", p.id), token: p.token[theOwner]}); a.status != http.StatusNotFound {
		t.Errorf("a draft that is none: %d", a.status)
	}
	// A blind coder's past is blind too.
	now, past := get(theBlind, "/export/segments.csv"), get(theBlind, "/export/segments.csv?draft="+s(first))
	if strings.Count(past, "\n") > strings.Count(now, "\n") || strings.Contains(past, "Orang R") || strings.Contains(past, "Orang O") {
		t.Errorf("in the past a blind coder sees others:\n%s", past)
	}
}

// TestTrust looks at the report: what is shown, what is a gap, what a blind coder gets, and the file for word processors.
func TestTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	story(p)
	get := func(who rune, path string) reply {
		t.Helper()
		return w.ask(request{method: http.MethodGet, target: fmt.Sprintf("/projects/%d", p.id) + path, token: p.token[who]})
	}
	b := get(theSupervisor, "/trust").body
	for _, has := range []string{"3 drafts of the codebook", "1 of 2 themes with a claim", "1 with a reason", "No theme tells how it was named.", "It happens outside the program", "For you to write"} {
		if !strings.Contains(b, has) {
			t.Errorf("the report does not say %q", has)
		}
	}
	if b := get(theBlind, "/trust").body; strings.Contains(b, "trust-table") || !strings.Contains(b, "Not while you code blind") {
		t.Error("a blind coder is shown the report")
	}
	if a := get(theBlind, "/export/trust.docx"); a.status != http.StatusForbidden {
		t.Errorf("a blind coder gets the file: %d", a.status)
	}
	a := get(theOwner, "/export/trust.docx")
	r, err := exchange.Read("trust.docx", []byte(a.body), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, has := range []string{"3 drafts of the codebook", "Nothing yet. No theme tells how it was named."} {
		if !strings.Contains(r.Text(), has) {
			t.Errorf("the file does not say %q", has)
		}
	}
}
