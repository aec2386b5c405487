package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// nodes makes themes and codes ("theme/code" stands under the theme) and gives all numbers by name.
func (p *person) nodes(project int, names ...string) map[string]int {
	p.t.Helper()
	return see[map[string]int](p, fmt.Sprintf(`(async () => {
		const base = "/projects/%d", all = async () => Object.fromEntries((await (await fetch(base + "/codebook.json", {headers: {Accept: "application/json"}})).json()).nodes.map((n) => [n.name, n.id]));
		let have = await all();
		for (const path of %s) {
			const [theme, code] = path.includes("/") ? path.split("/") : ["", path];
			const body = new URLSearchParams({change: crypto.randomUUID(), name: code, kind: path.endsWith("!") ? "theme" : "code", parent: have[theme] ?? 0});
			const r = await fetch(base + "/nodes", {method: "POST", body, headers: {Accept: "application/json"}});
			if (!r.ok) throw new Error(await r.text());
			have = await all();
		}
		return have;
	})()`, project, jsonOf(names)))
}

func jsonOf(x any) string {
	b, err := json.Marshal(x)
	if err != nil { // strings have a JSON
		panic(err)
	}
	return string(b)
}

// apply codes words of a document, each time they are said.
func (s *session) apply(project, document, code int, text string, words ...string) {
	s.t.Helper()
	var spans []any
	for _, w := range words {
		at := strings.Index(text, w)
		if at < 0 {
			s.t.Fatalf("%q is not said", w)
		}
		spans = append(spans, map[string]any{"start": at, "stop": at + len(w), "check": checkOf(w)})
	}
	a := s.post(fmt.Sprintf("/projects/%d/documents/%d/codings", project, document), map[string]any{"change": newChange(), "version": 1, "code": code, "spans": spans})
	if a.status != http.StatusOK {
		s.t.Fatalf("codings: %d %.300s", a.status, a.body)
	}
}

// marketWords is market without its speakers, as the document has it.
func marketWords() string {
	text := strings.ReplaceAll(strings.ReplaceAll(market, "PEWAWANCARA: ", ""), "P01: ", "")
	return strings.TrimSuffix(text, "\n")
}

func cellOf(node int, field string) string {
	return fmt.Sprintf(`document.querySelector('tr[data-node="%d"] [data-field="%s"]')`, node, field)
}

// editCell opens a cell by a double click.
func (p *person) editCell(node int, field string) {
	p.t.Helper()
	at := p.target(fmt.Sprintf(`tr[data-node="%d"] [data-field="%s"]`, node, field))
	p.must(chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(1)), chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(2)))
	p.until("the cell to be edited", cellOf(node, field)+`.querySelector("textarea") === document.activeElement`)
}

// shownNodes are the names of the rows to be seen, in their order.
func (p *person) shownNodes() []string {
	p.t.Helper()
	return see[[]string](p, `[...document.querySelectorAll("tr[data-node]")].filter((r) => !r.hidden).map((r) => r.dataset.name)`)
}

func (p *person) wantShown(what string, want ...string) {
	p.t.Helper()
	if have := p.shownNodes(); fmt.Sprint(have) != fmt.Sprint(want) {
		p.t.Errorf("%s: the table shows %q, not %q", what, have, want)
	}
}

// TestCodebookTable lets two people work in the table at once.
func TestCodebookTable(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "codebook")
	d := sari.addText(p, "p01.txt", "P01", market)
	budi.accept(sari.invite(p, "researcher"), "en")
	n := sari.nodes(p, "Papers!", "Papers!/Forms", "Papers!/Numbers", "Papers!/Form", "Market", "Help")
	s, b := sari.session(), budi.session()
	text := marketWords()
	s.apply(p, d, n["Forms"], text, "Mengisi formulir ekspor itu sulit sekali", "Saya menebak nomor barangnya")
	s.apply(p, d, n["Form"], text, "Mengisi formulir ekspor itu sulit sekali", "Pendamping dari klinik ekspor")
	b.apply(p, d, n["Market"], text, "Awalnya saya jual di pasar pagi")
	table := fmt.Sprintf("/projects/%d/codebook?view=table", p)
	sari.open(table)
	budi.open(table)

	// In place, and seen by the other.
	sari.editCell(n["Forms"], "definition")
	sari.write("Every paper that has to be filled in")
	sari.key(kb.Enter)
	budi.until("the other's definition", cellOf(n["Forms"], "definition")+`.textContent === "Every paper that has to be filled in"`)
	sari.until("the focus on the cell again", cellOf(n["Forms"], "definition")+` === document.activeElement`)
	sari.key(kb.ArrowRight) // when to use, by keyboard
	sari.key(kb.Enter)
	sari.write("thrown away")
	sari.key(kb.Escape)
	sari.until("nothing to be kept", cellOf(n["Forms"], "use")+`.textContent === "" && !document.querySelector("textarea")`)

	// Another cell of the same node changed meanwhile: no conflict. The same cell: both texts are shown.
	sari.expect("status of 409")
	sari.editCell(n["Forms"], "use")
	sari.write("when papers are counted")
	budi.editCell(n["Forms"], "avoid")
	budi.write("when a number is missing")
	budi.key(kb.Enter)
	budi.until("it to be saved", `document.querySelector('p[data-part="say"]').textContent === "Saved"`)
	sari.key(kb.Enter)
	sari.until("both to be there", cellOf(n["Forms"], "use")+`.textContent === "when papers are counted" && `+cellOf(n["Forms"], "avoid")+`.textContent === "when a number is missing" && !document.querySelector(".clash")`)
	budi.until("both to be there", cellOf(n["Forms"], "use")+`.textContent === "when papers are counted"`)
	sari.editCell(n["Forms"], "use")
	sari.write("mine")
	budi.editCell(n["Forms"], "use")
	budi.write("his")
	budi.key(kb.Enter)
	budi.until("it to be saved", cellOf(n["Forms"], "use")+`.textContent === "his" && document.querySelector('tr[data-node="`+fmt.Sprint(n["Forms"])+`"] .changedcol b')?.textContent === "BS"`)
	sari.key(kb.Enter)
	sari.until("both texts", `document.querySelector(".clash blockquote")?.textContent === "his" && document.querySelector(".cell-edit textarea").value === "mine"`)
	sari.axe("a conflict in a cell")
	sari.click(".clash button")
	budi.until("what was decided", cellOf(n["Forms"], "use")+`.textContent === "mine"`)

	// Order, filter, search.
	sari.click(`button.sort[data-sort="codings"]`)
	if have := sari.shownNodes(); have[0] != "Papers!" || have[3] != "Market" {
		t.Errorf("by codings: %q", have)
	}
	sari.click(`button.sort[data-sort="name"]`)
	sari.wantShown("by name", "Form", "Forms", "Help", "Market", "Numbers", "Papers!")
	sari.pick("#sheet-order", "hand")
	sari.wantShown("by hand", "Papers!", "Forms", "Numbers", "Form", "Market", "Help")
	sari.fill("#codebook-filter", "filled PAPER")
	sari.wantShown("words of a definition", "Forms")
	sari.click(`[data-do="clear"]`)
	sari.pick("#sheet-theme", "0")
	sari.wantShown("in no theme", "Market", "Help")
	sari.pick("#sheet-theme", fmt.Sprint(n["Papers!"]))
	sari.click("#codebook-lacking")
	sari.wantShown("in a theme, without a definition", "Papers!", "Numbers", "Form")
	sari.click(`[data-do="clear"]`)
	sari.pick("#sheet-coder", see[string](sari, `[...document.querySelectorAll("#sheet-coder option")].find((o) => o.textContent.includes("Budi")).value`))
	sari.wantShown("coded by Budi", "Market")
	sari.click(`[data-do="clear"]`)

	// By keyboard.
	sari.until("the focus on a row", fmt.Sprintf(`(document.querySelector('tr[data-node="%d"]').focus(), document.activeElement.dataset.node === "%d")`, n["Forms"], n["Forms"]))
	sari.key(kb.ArrowDown, chromedp.ModifierAlt)
	sari.until("one place down", `[...document.querySelectorAll("tr[data-node]")].map((r) => r.dataset.name).join() === "Papers!,Numbers,Forms,Form,Market,Help"`)
	sari.until("the focus still there", fmt.Sprintf(`document.activeElement.dataset.node === "%d"`, n["Forms"]))
	budi.until("the same order", `[...document.querySelectorAll("tr[data-node]")].map((r) => r.dataset.name).join() === "Papers!,Numbers,Forms,Form,Market,Help"`)

	// A key and an example.
	sari.click(fmt.Sprintf(`tr[data-node="%d"] button.key`, n["Forms"]))
	sari.click(`#pin-pop [data-do="key"][value="3"]`)
	sari.until("the key", fmt.Sprintf(`document.querySelector('tr[data-node="%d"] button.key kbd')?.textContent === "3"`, n["Forms"]))
	sari.pickExample(n["Forms"])
	sari.click(`#example-dialog button[name="example"]`)
	sari.until("the example", `!document.querySelector("#example-dialog").open && `+cellOf(n["Forms"], "example")+`.textContent.includes("formulir")`)

	// What looks alike, merged: the figures come true.
	sari.click(".pairs summary")
	sari.click(fmt.Sprintf(`[data-pair="%d-%d"] a[data-consequence]`, n["Forms"], n["Form"]))
	sari.until("the consequence", `document.querySelector("#consequence-dialog").open && document.querySelector("[data-node-count]")`)
	sari.axe("a merge that is asked about")
	promised := see[[]string](sari, fmt.Sprintf(`[...document.querySelectorAll('[data-node-count="%d"] td')].map((c) => (c.querySelector("b") ?? c.querySelector(".nil")).textContent.trim())`, n["Forms"]))
	sari.fill("#deed-reason", "one idea")
	sari.click("#consequence-card button.go")
	sari.until("the merge", fmt.Sprintf(`!document.querySelector("#consequence-dialog").open && !document.querySelector('tr[data-node="%d"]')`, n["Form"]))
	have := see[[]string](sari, fmt.Sprintf(`[".codingscol a", ".documentscol", ".informantscol"].map((c) => document.querySelector('tr[data-node="%d"] ' + c).textContent.trim())`, n["Forms"]))
	if fmt.Sprint(promised) != fmt.Sprint(have) || have[0] != "3" {
		t.Errorf("the preview promised %q, it is %q; of four codings two were the same", promised, have)
	}

	// Retired, found again, restored.
	sari.chooseNodes("Help")
	sari.click("[data-do=retired]")
	sari.until("what retiring does", `document.querySelector("#consequence-dialog").open && document.querySelector("#consequence-card input[name=state]")?.value === "retired"`)
	sari.click("#consequence-card button.go")
	sari.until("it to be retired", fmt.Sprintf(`document.querySelector('tr[data-node="%d"]').classList.contains("retired")`, n["Help"]))
	sari.pick("#sheet-state", "retired")
	sari.wantShown("retired", "Help")
	if past := see[string](sari, fmt.Sprintf(`document.querySelector('tr[data-node="%d"] .past-of').textContent`, n["Help"])); !strings.Contains(past, "SM") {
		t.Errorf("a retired code does not say by whom: %q", past)
	}
	sari.click("[data-do=restore]")
	sari.until("it to be in use again", fmt.Sprintf(`!document.querySelector('tr[data-node="%d"]').classList.contains("retired")`, n["Help"]))
	sari.click(`[data-do="clear"]`)

	for _, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.open(table)
		sari.axe("the table, " + scheme)
	}
	sari.narrow("the table")
}

// pickExample opens the list of segments to choose an example from.
func (p *person) pickExample(node int) {
	p.t.Helper()
	at := p.target(fmt.Sprintf(`tr[data-node="%d"] [data-field="example"]`, node))
	p.must(chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(1)), chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(2)))
	p.until("the segments to choose from", `document.querySelector("#example-dialog").open`)
}

// TestAlikeWavedAway waves a pair away; it stays away in this browser, and comes back when asked for.
func TestAlikeWavedAway(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "id")
	p := sari.newProject("Pasar", "codebook")
	sari.nodes(p, "Beban kertas", "Kertas, beban", "Pasar")
	for _, view := range []string{"", "?view=table"} {
		sari.open(fmt.Sprintf("/projects/%d/codebook%s", p, view))
		sari.click(".pairs summary")
		sari.click(`[data-do="wave"]`)
		sari.until("the pair to be gone", `[...document.querySelectorAll("[data-pair]")].every((e) => e.hidden)`)
		sari.open(fmt.Sprintf("/projects/%d/codebook%s", p, view))
		sari.until("it to stay away", `document.querySelector("code-pairs.none [data-pair]")?.hidden`)
		sari.click(".pairs summary")
		sari.click(`[data-do="again"]`)
		sari.until("it to be back", `!document.querySelector("[data-pair]").hidden`)
	}
	sari.axe("what looks alike")
}
