package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// sends sends a form as a page does.
func (p *person) sends(path string, pairs ...string) {
	p.t.Helper()
	fields := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		fields += quoted(pairs[i]) + ": " + quoted(pairs[i+1]) + ", "
	}
	if status := see[int](p, `fetch(`+quoted(path)+`, {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({`+fields+`change: crypto.randomUUID()})}).then((r) => r.status)`); status != 200 {
		p.t.Fatalf("%s: %d", path, status)
	}
}

// TestTwoLookAtTheSame has one person look at the pages that say what a study rests on while the other works: the matrix, an answer,
// a theme and the search follow, and the trust report has the link when it is made again.
func TestTwoLookAtTheSame(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Bersama", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	base := fmt.Sprintf("/projects/%d", p)
	budi.accept(sari.invite(p, "researcher"), "id")
	wall := sari.newNode(p, "theme", "Tembok", 0)
	codings, code := sari.apply(p, d, market, "Formulir", "Mengisi formulir ekspor")
	sari.sends(base+"/nodes/move", "nodes", fmt.Sprint(code), "parent", fmt.Sprint(wall))

	// The matrix: Budi enters a framework and ties the theme to it.
	sari.open(base + "/theory")
	budi.open(base + "/theory")
	budi.click(`button[name="example"][value="institutional"]`)
	sari.until("the other's framework", `document.querySelectorAll(".matrix .concept").length === 3`)
	cell := fmt.Sprintf(`[id^="tie-%d-"]`, wall)
	budi.until("the matrix", `document.querySelector(`+quoted(cell)+`)`)
	see[bool](budi, `(document.querySelector(`+quoted(cell)+`).focus(), true)`)
	budi.key(kb.Enter)
	budi.until("the editor", `document.activeElement.id === "tie-why"`)
	budi.fill("#tie-why", "Izin dianggap tembok.")
	budi.click("#panel .btn.go")
	sari.until("the other's sentence", `document.querySelector(`+quoted(cell)+`)?.textContent.includes("Izin dianggap tembok.")`)

	// An answer and a theme grow with what he codes.
	sari.open(base + fmt.Sprintf("/ask?all=%d", wall))
	if n := sari.asked("segments"); n != 1 {
		t.Fatalf("there are %d segments under the theme", n)
	}
	budi.apply(p, d, market, code, "Saya menebak nomor barangnya.")
	sari.until("two segments", `[...document.querySelectorAll(".ask-counts > div")].some((d) => d.querySelector("dt").textContent === "segments" && d.querySelector("dd").textContent === "2")`)
	sari.open(base + fmt.Sprintf("/themes/%d", wall))
	sari.until("no evidence yet", `document.querySelector("#theme-for") && !document.querySelector("#theme-for .card")`)
	budi.sends(base+fmt.Sprintf("/themes/%d/evidence", wall), "codings", fmt.Sprint(codings[0]), "why", "tembok itu")
	sari.until("the other's evidence", `document.querySelector("#theme-for")?.textContent.includes("tembok itu")`)

	// The search has his memo, the trust report his link.
	budi.session().post(base+"/memos", map[string]any{"change": newChange(), "on": wall, "text": "Kata gerbang muncul berulang."})
	sari.open(base + "/history")
	sari.searches("gerbang", "Kata gerbang muncul")
	sari.key(kb.Escape)
	sari.open(base + "/trust")
	if words := see[string](sari, `document.querySelector("main").innerText`); !strings.Contains(words, "COREQ") {
		t.Errorf("the trust report says %.300s", words)
	}
	links := see[[]string](sari, `[...document.querySelectorAll("main td a")].map((a) => a.getAttribute("href"))`)
	theory := false
	for _, l := range links {
		theory = theory || strings.HasSuffix(l, "/theory") || strings.Contains(l, "/theory")
	}
	if !theory {
		t.Errorf("no cell of the trust report leads to the theory that the other linked: %q", links)
	}
}
