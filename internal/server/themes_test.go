package server

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// look gives a page as somebody sees it.
func (p *place) look(r rune, route string, query ...string) string {
	p.t.Helper()
	a := p.send("GET "+route, p.id, input{query: f(query...)}, p.token[r], "")
	if a.status != http.StatusOK {
		p.t.Fatalf("%s %v: %d %.300s", route, query, a.status, a.body)
	}
	return plain(a.body)
}

func TestThemesAsBoardTreeAndMap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	loose := p.addNode(qda.Code, "Kode lepas", 0)
	sub := p.addNode(qda.Code, "Anak kode", p.code)
	nested := p.addNode(qda.Theme, "Subtema", p.theme)
	claim := "Izin <b>bukan</b> soal biaya."
	w.do(p.id, owner, &qda.NodeChanged{Node: p.theme, Claim: &claim})
	board := p.look(theResearcher, "/themes")
	for _, want := range []string{
		fmt.Sprintf(`id="theme-%d"`, p.theme), fmt.Sprintf(`id="theme-%d"`, nested), fmt.Sprintf(`id="card-%d"`, p.code), fmt.Sprintf(`id="card-%d"`, sub), fmt.Sprintf(`id="card-%d"`, loose),
		"Izin &lt;b&gt;bukan&lt;/b&gt; soal biaya.", "in 1 of 1 document", `class="spark"`, fmt.Sprintf("/projects/N/ask?all=%d", p.theme),
	} {
		if !strings.Contains(board, want) {
			t.Errorf("the board has no %s", want)
		}
	}
	// What stands in a theme is inside its column, in its order; a loose code is in none.
	if a, b, c := strings.Index(board, fmt.Sprintf(`id="card-%d"`, p.code)), strings.Index(board, fmt.Sprintf(`id="theme-%d"`, p.theme2)), strings.Index(board, fmt.Sprintf(`id="card-%d"`, loose)); a > b || b > c {
		t.Errorf("column, next column and what is in none are not in order: %d %d %d", a, b, c)
	}
	if tree := p.look(theResearcher, "/themes", "view", "tree"); !strings.Contains(tree, "Izin &lt;b&gt;bukan") || !strings.Contains(tree, fmt.Sprintf("/projects/N/themes?view=tree&amp;node=%d", p.code)) {
		t.Error("the tree shows no claim, or its panel is elsewhere")
	}
	// A supervisor looks and moves nothing.
	if s := p.look(theSupervisor, "/themes"); strings.Contains(s, "theme-menu") || strings.Contains(s, "data-shape") {
		t.Error("a supervisor is offered moves")
	}
	for _, view := range []string{"board", "tree", "map"} {
		panel := p.look(theResearcher, "/themes", "view", view, "node", s(p.code))
		for _, want := range []string{"Checks on its theme, Tema satu", "Found in 1 of 1 document", "No negative case is marked", "1 segment chosen as evidence for it"} {
			if !strings.Contains(panel, want) {
				t.Errorf("the panel beside the %s does not say %q", view, want)
			}
		}
	}
	w.do(p.id, owner, &qda.CounterLooked{Theme: p.theme, Looked: true})
	if panel := p.look(theResearcher, "/themes", "node", s(p.theme)); strings.Contains(panel, "No negative case is marked") || !strings.Contains(panel, "No negative case found") {
		t.Error("the panel does not say that evidence against was looked for")
	}
	w.do(p.id, owner, &qda.NodesMoved{Nodes: []qda.ID{loose}, Parent: p.theme2})
	if panel := p.look(theResearcher, "/themes", "node", s(p.theme2)); !strings.Contains(panel, "moved “Kode lepas”") {
		t.Error("the panel does not tell of the move")
	}
	w.do(p.id, owner, &qda.NodesMerged{Nodes: []qda.ID{loose}, Into: p.code2})
	if panel := p.look(theResearcher, "/themes", "node", s(loose)); !strings.Contains(panel, "Kode dua") || !strings.Contains(panel, "merged") {
		t.Error("the panel of what was merged does not say where it is")
	}
}

func TestMapKeepsPlacesAndSaysHowCodesMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	p.apply(theOwner, "lewat pengepul", p.code2) // the very words that the researcher coded with the other
	words := p.look(theResearcher, "/themes", "view", "map")
	edge := regexp.MustCompile(`data-a="(\d+)" data-b="(\d+)" data-percent="(\d+)"`).FindStringSubmatch(words)
	// "tidak tahu" stands under the first alone: 14 of 24 characters are shared.
	if edge == nil || edge[1] != s(p.code) || edge[2] != s(p.code2) || edge[3] != "58" {
		t.Errorf("the codes meet as %v", edge)
	}
	if !strings.Contains(words, "14 characters") || !strings.Contains(words, fmt.Sprintf("ask?all=%d&amp;all=%d", p.code, p.code2)) {
		t.Error("the table does not say how much is shared, or where")
	}
	together := p.look(theResearcher, "/themes", "view", "map", "edges", "together")
	if edge := regexp.MustCompile(`data-percent="(\d+)"`).FindStringSubmatch(together); edge == nil || edge[1] != "100" || !strings.Contains(together, ">1 turn<") {
		t.Errorf("they are in one turn, the page says %v", edge)
	}
	if blind := p.look(theBlind, "/themes", "view", "map"); strings.Contains(blind, "data-percent") {
		t.Error("a blind coder sees how others' codings meet")
	}
	// The picture shows as many lines as are asked for, between the codes that meet in the way asked for.
	for _, c := range []struct {
		query []string
		lines int
		says  string
	}{
		{nil, 1, "thick lines for words"}, {[]string{"lines", "1"}, 1, "Thick lines shown: 1 of 1"}, {[]string{"lines", "0", "edges", "words"}, 0, "Thick lines shown: 0 of 1"},
		{[]string{"lines", "400", "edges", "together"}, 1, "found together"},
	} {
		drawn := p.look(theResearcher, "/export/figure/map.svg", c.query...)
		if n := strings.Count(drawn, `stroke="#8b979d"`); n != c.lines || !strings.Contains(strings.Join(strings.Fields(regexp.MustCompile("<[^>]*>").ReplaceAllString(drawn, " ")), " "), c.says) || len(c.query) == 0 && strings.Contains(drawn, "Thick lines shown") {
			t.Errorf("the map with %v has %d lines, of %d, or does not say %q", c.query, n, c.lines, c.says)
		}
	}
	for _, bad := range [][]string{{"lines", "-1"}, {"lines", "401"}, {"lines", "two"}, {"lines", ""}, {"lines", "1", "lines", "2"}} {
		for _, ending := range []string{"svg", "png"} {
			a := p.send("GET /export/figure/map."+ending, p.id, input{query: f(bad...)}, p.token[theResearcher], "")
			if a.status != http.StatusBadRequest || !strings.Contains(plain(a.body), "whole number from 0 to 400") {
				t.Errorf("%v: %d %.200s", bad, a.status, a.body)
			}
		}
	}
	spots := input{form: f("node", s(p.code), "x", "120", "y", "-45", "node", s(p.theme), "x", "-7", "y", "0")}
	if a := p.send("POST /themes/spots", p.id, spots, p.token[theResearcher], fresh().String()); a.status != http.StatusSeeOther && a.status != http.StatusOK {
		t.Fatalf("places: %d %.200s", a.status, a.body)
	}
	if is := p.look(theOwner, "/themes", "view", "map"); !strings.Contains(is, `data-x="120" data-y="-45"`) || !strings.Contains(is, `data-x="-7" data-y="0"`) {
		t.Error("the places are not kept for others")
	}
	for _, bad := range []input{{form: f("node", s(p.code), "x", "120")}, {form: f("node", s(p.code), "x", "1e3", "y", "0")}, {form: f()}, {form: f("node", "4000000", "x", "1", "y", "1")}} {
		if a := p.send("POST /themes/spots", p.id, bad, p.token[theResearcher], fresh().String()); a.status < 400 || a.status >= 500 {
			t.Errorf("%v: %d", bad.form, a.status)
		}
	}
}

func TestTheoryFromFrameworkToMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	gone := qda.Removed
	w.do(p.id, owner, &qda.ConceptChanged{Concept: p.concept, State: &gone})
	if empty := p.look(theOwner, "/theory"); !strings.Contains(empty, "No theory has been entered") || strings.Contains(empty, "<table") {
		t.Error("an empty theory is not said to be so")
	}
	if s := p.look(theSupervisor, "/theory"); strings.Contains(s, "concepts/example") {
		t.Error("a supervisor is offered an example")
	}
	change := fresh().String()
	for range 2 { // sent twice, made once
		if a := p.send("POST /concepts/example", p.id, input{form: f("example", "institutional")}, p.token[theOwner], change); a.status != http.StatusSeeOther && a.status != http.StatusOK {
			t.Fatalf("the example: %d %.200s", a.status, a.body)
		}
	}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	concepts := v.Concepts()
	if len(concepts) != 4 || concepts[0].Name != "Institutional Theory" || concepts[3].Name != "Cognitive pillar" || concepts[3].Parent != concepts[0].ID {
		t.Fatalf("the example is %d concepts", len(concepts))
	}
	cognitive := concepts[3].ID
	why := `=Izin, "dianggap" wajar`
	if a := p.send("POST /ties", p.id, input{form: f("theme", s(p.theme), "concept", s(cognitive), "why", why)}, p.token[theResearcher], fresh().String()); a.status >= 400 {
		t.Fatalf("the tie: %d %.200s", a.status, a.body)
	}
	page := p.look(theOwner, "/theory")
	if !strings.Contains(page, `<th scope="colgroup" colspan="3"`) || !strings.Contains(page, fmt.Sprintf(`id="tie-%d-%d"`, p.theme, cognitive)) || !strings.Contains(page, "=Izin, &#34;dianggap&#34; wajar") {
		t.Error("the matrix has no head over three concepts, or no tie")
	}
	if panel := p.look(theOwner, "/theory", "tie", fmt.Sprintf("%d-%d", p.theme, cognitive)); !strings.Contains(panel, `id="tie-why"`) || !strings.Contains(panel, "Untie") {
		t.Error("a cell opens no editor")
	}
	if panel := p.look(theOwner, "/themes", "node", s(p.theme)); !strings.Contains(panel, "Cognitive pillar") {
		t.Error("the theme does not say what it is tied to")
	}
	for _, bad := range []string{"x", "1", fmt.Sprintf("%d-%d", p.code, cognitive), fmt.Sprintf("%d-4000000", p.theme)} {
		if a := p.send("GET /theory", p.id, input{query: f("tie", bad)}, p.token[theOwner], ""); a.status != http.StatusNotFound {
			t.Errorf("tie=%s: %d", bad, a.status)
		}
	}
	for _, opt := range []struct{ of, cell string }{{"programs", why}, {"spreadsheets", "'" + why}} {
		a := p.send("GET /export/theory.csv", p.id, input{query: f("for", opt.of)}, p.token[theOwner], "")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != 3 || strings.Join(rows[0], "|") != "theme|claim|Institutional Theory / Regulative pillar|Institutional Theory / Normative pillar|Institutional Theory / Cognitive pillar" || rows[1][4] != opt.cell || rows[2][4] != "" {
			t.Errorf("for %s: %v %q", opt.of, err, rows)
		}
	}
	if a := p.send("POST /ties/remove", p.id, input{form: f("theme", s(p.theme), "concept", s(cognitive))}, p.token[theResearcher], fresh().String()); a.status >= 400 {
		t.Fatalf("untying: %d", a.status)
	}
	// Order, and removal with what is below.
	a := p.send("POST /concepts/{concept}", p.id, input{path: inPath("concept", cognitive), form: f("before", s(concepts[1].ID))}, p.token[theOwner], fresh().String())
	if v, err = w.engine.View(t.Context(), p.id, 0); err != nil || a.status >= 400 || v.Concepts()[1].ID != cognitive {
		t.Errorf("the third was not put first: %d %v", a.status, err)
	}
	a = p.send("POST /concepts/{concept}", p.id, input{path: inPath("concept", concepts[0].ID), form: f("state", "removed")}, p.token[theOwner], fresh().String())
	if v, err = w.engine.View(t.Context(), p.id, 0); err != nil || a.status >= 400 || len(v.Concepts()) != 0 {
		t.Errorf("the framework was not removed: %d %v", a.status, err)
	}
}
