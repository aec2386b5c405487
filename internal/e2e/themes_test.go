package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// newNode makes a theme or a code and gives its number.
func (p *person) newNode(project int, kind, name string, parent int) int {
	p.t.Helper()
	n := see[int](p, fmt.Sprintf(`fetch("/projects/%d/nodes", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({change: crypto.randomUUID(), kind: %s, name: %s, parent: "%d"})})
		.then(() => fetch("/projects/%d/codebook.json", {headers: {Accept: "application/json"}})).then((r) => r.json()).then((b) => b.nodes.find((n) => n.name === %s).id)`, project, quoted(kind), quoted(name), parent, project, quoted(name)))
	if n == 0 {
		p.t.Fatalf("%s was not made", name)
	}
	return n
}

// inColumn is true where a card stands in the column of a theme (0: in none) at a place, from 0.
func inColumn(theme, card, place int) string {
	return fmt.Sprintf(`[...document.querySelectorAll('[data-cards="%d"] > .kard')].findIndex((k) => k.dataset.node === "%d") === %d`, theme, card, place)
}

// hauls drags one element onto another, a share of its height down: the browser's own drag, as a hand makes it.
func (p *person) hauls(from, onto string, down float64) {
	p.t.Helper()
	a := p.target(from)
	b := see[point](p, fmt.Sprintf(`(() => { const r = document.querySelector(%s).getBoundingClientRect(); return {X: r.left + r.width / 2, Y: r.top + r.height * %g}; })()`, quoted(onto), down))
	left := chromedp.ButtonLeft
	p.must(
		chromedp.MouseEvent("mouseMoved", a.X, a.Y),
		chromedp.MouseEvent("mousePressed", a.X, a.Y, left, chromedp.ClickCount(1)),
		chromedp.MouseEvent("mouseMoved", a.X+6, a.Y+6, left),
		chromedp.MouseEvent("mouseMoved", b.X, b.Y-3, left),
		chromedp.MouseEvent("mouseMoved", b.X, b.Y, left),
		chromedp.MouseEvent("mouseReleased", b.X, b.Y, left, chromedp.ClickCount(1)),
	)
}

// TestTwoArrangeTheBoard moves codes by keyboard, menu and drag while somebody else looks and moves too.
func TestTwoArrangeTheBoard(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Papan", "reflexive")
	d := sari.addText(p, "klinik.txt", "P02 klinik", clinic)
	_, form := sari.apply(p, d, clinic, "Formulir", "Formulirnya panjang sekali")
	_, guess := sari.apply(p, d, clinic, "Menebak", "menebak nomor")
	_, help := sari.apply(p, d, clinic, "Ditolong", "Tetangga saya")
	wall, own := sari.newNode(p, "theme", "Tembok", 0), sari.newNode(p, "theme", "Usaha sendiri", 0)
	link := sari.invite(p, "researcher")
	dewi := g.person("Dewi Anggraini")
	dewi.accept(link, "id")
	address := fmt.Sprintf("/projects/%d/themes", p)
	for _, w := range []*person{sari, dewi} {
		w.open(address)
		w.until("the board", fmt.Sprintf(`document.querySelectorAll("theme-board .kard").length === 3 && document.querySelector("#name-%d").tabIndex === 0`, wall))
	}
	if s := see[string](dewi, `document.querySelector("#loose-title").textContent.replace(/\s+/g, " ").trim()`); s != "Di luar tema 3" {
		t.Errorf("in Indonesian the codes in no theme are headed %q", s)
	}

	// By keyboard: into the column before, with the focus on what was moved, and a way back.
	see[bool](sari, fmt.Sprintf(`(document.querySelector("#name-%d").focus(), true)`, wall))
	sari.key(kb.ArrowRight)
	sari.until("the next column's head", fmt.Sprintf(`document.activeElement.id === "name-%d"`, own))
	see[bool](sari, fmt.Sprintf(`(document.querySelector("#name-%d").focus(), true)`, form))
	sari.key(kb.ArrowLeft, chromedp.ModifierAlt)
	sari.until("the card in the last theme, in focus", inColumn(own, form, 0)+fmt.Sprintf(` && document.activeElement.id === "name-%d"`, form))
	sari.key(kb.ArrowLeft, chromedp.ModifierAlt)
	sari.until("the card in the first theme", inColumn(wall, form, 0))
	dewi.until("Dewi to see it", inColumn(wall, form, 0))

	// By menu: M, then a theme.
	see[bool](dewi, fmt.Sprintf(`(document.querySelector("#name-%d").focus(), true)`, guess))
	dewi.key("m")
	dewi.until("the menu", `document.querySelector("#theme-menu:popover-open") && document.activeElement.closest("#theme-menu")`)
	dewi.axe("the menu")
	dewi.click(fmt.Sprintf(`#theme-menu [data-do="to"][value="%d"]`, wall))
	dewi.until("the card moved, in focus", inColumn(wall, guess, 1)+fmt.Sprintf(` && document.activeElement.id === "name-%d"`, guess))
	sari.until("Sari to see it", inColumn(wall, guess, 1))
	dewi.key(kb.ArrowUp, chromedp.ModifierAlt)
	dewi.until("the order changed", inColumn(wall, guess, 0))
	dewi.click(".toast button")
	dewi.until("the order taken back", inColumn(wall, guess, 1))

	// By drag: onto a column; onto a card asks whether they become one.
	sari.until("Sari to have the order", inColumn(wall, guess, 1))
	sari.hauls(fmt.Sprintf("#card-%d .kard-say", help), fmt.Sprintf("#theme-%d .claim", own), 0.5)
	sari.until("the card dropped in the column", inColumn(own, help, 0))
	sari.hauls(fmt.Sprintf("#card-%d .kard-say", guess), fmt.Sprintf("#card-%d", form), 0.5)
	sari.until("what a merge would do", `document.querySelector("#consequence-dialog[open] .child-instead")`)
	sari.axe("what a merge would do")
	sari.click(".child-instead")
	sari.until("a child instead", inColumn(form, guess, 0)+` && !document.querySelector("dialog[open]")`)
	dewi.until("Dewi to see the child", inColumn(form, guess, 0))

	// The panel, in both themes of colour.
	sari.click(fmt.Sprintf("#name-%d", wall))
	sari.until("the panel", `document.querySelector("#panel .checks li") && new URLSearchParams(location.search).get("node") === "`+fmt.Sprint(wall)+`"`)
	for _, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.open(fmt.Sprintf("%s?node=%d", address, wall))
		sari.until("the board again", fmt.Sprintf(`document.querySelector("#panel .checks li") && document.querySelector("#name-%d").tabIndex === 0`, wall))
		sari.axe("the board, " + scheme)
	}
	// A new theme from a card.
	see[bool](sari, fmt.Sprintf(`(document.querySelector("#name-%d").focus(), true)`, help))
	sari.key("m")
	sari.click(`#theme-menu [data-do="gather"]`)
	sari.fill("#theme-new-name", "Jaringan")
	sari.key(kb.Enter)
	sari.until("the new theme with the card", fmt.Sprintf(`document.querySelector("#card-%d")?.closest(".column")?.dataset.name === "Jaringan"`, help))

	// The tree says the same, with claims, and its panel stays on this page.
	sari.open(address + "?view=tree")
	sari.click(fmt.Sprintf("#node-%d .node-name", wall))
	sari.until("the panel beside the tree", `document.querySelector("#panel .theme-panel") && location.pathname.endsWith("/themes") && location.search.includes("view=tree")`)
	sari.axe("the tree")
}

// TestTwoArrangeTheMap moves nodes by hand and by keys, and keeps and exports what it shows.
func TestTwoArrangeTheMap(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Peta", "reflexive")
	d := sari.addText(p, "klinik.txt", "P02 klinik", clinic)
	_, form := sari.apply(p, d, clinic, "Formulir <b>& kertas", "Formulirnya panjang sekali")
	_, guess := sari.apply(p, d, clinic, "Menebak", "panjang sekali")
	wall := sari.newNode(p, "theme", "Tembok", 0)
	link := sari.invite(p, "researcher")
	dewi := g.person("Dewi Anggraini")
	dewi.accept(link, "id")
	address := fmt.Sprintf("/projects/%d/themes?view=map", p)
	place := func(n int) string {
		return fmt.Sprintf(`document.querySelector('g[data-node="%d"]')?.getAttribute("transform")`, n)
	}
	for _, w := range []*person{sari, dewi} {
		w.open(address)
		w.until("the map", `document.querySelectorAll("theme-map g[data-node]").length === 3 && document.querySelectorAll("line.meet").length === 1`)
	}
	if a, b := see[string](sari, place(form)), see[string](dewi, place(form)); a != b {
		t.Errorf("the same map is drawn at %s and %s", a, b)
	}
	was := see[string](sari, place(guess))
	see[bool](sari, fmt.Sprintf(`(document.querySelector('g[data-node="%d"]').focus(), true)`, guess))
	sari.key(kb.ArrowRight, chromedp.ModifierShift)
	sari.until("the node to move", place(guess)+" !== "+quoted(was)+fmt.Sprintf(` && document.activeElement.dataset.node === "%d"`, guess))
	now := see[string](sari, place(guess))
	dewi.until("Dewi to see it there", place(guess)+" === "+quoted(now))
	sari.hauls(fmt.Sprintf(`g[data-node="%d"] .core`, form), ".map-canvas", 0.9)
	sari.until("the other node to be dragged and kept", fmt.Sprintf(`document.querySelector('[data-part="nodes"] [data-node="%d"]').dataset.x !== "" && `, form)+place(form)+" !== null")
	dragged := see[string](sari, place(form))
	dewi.until("Dewi to see that too", place(form)+" === "+quoted(dragged))
	sari.open(address)
	sari.until("the places after a reload", place(form)+" === "+quoted(dragged)+" && "+place(guess)+" === "+quoted(now))

	// Into a theme by the map's menu; the node stays where it is.
	see[bool](sari, fmt.Sprintf(`(document.querySelector('g[data-node="%d"]').focus(), true)`, form))
	sari.key("m")
	sari.click(fmt.Sprintf(`#theme-menu [data-do="to"][value="%d"]`, wall))
	sari.until("a line to its theme", fmt.Sprintf(`document.querySelector('line.member[data-a="%d"][data-b="%d"]') && document.activeElement.dataset.node === "%d"`, form, wall, form))
	if at := see[string](sari, place(form)); at != dragged {
		t.Errorf("moved into a theme, the node went from %s to %s", dragged, at)
	}
	for _, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.open(address)
		sari.until("the map again", `document.querySelectorAll("line.meet").length === 1`)
		sari.axe("the map, " + scheme)
	}
	// The slider leaves out weak lines and their rows; what it downloads is a file of its own.
	sari.until("the slider", `(() => { const s = document.querySelector("#map-threshold"); s.value = "100"; s.dispatchEvent(new Event("input", {bubbles: true})); return document.querySelectorAll("line.meet").length === 0 && document.querySelector("tr[data-a]").hidden; })()`)
	// And so does the picture that the server draws.
	drawn := `fetch(document.querySelector('theme-map a[data-part="png"]').href.replace("map.png", "map.svg")).then((r) => r.text()).then((s) => s.split('stroke="#8b979d"').length - 1)`
	if n := see[int](sari, drawn); n != 0 {
		t.Errorf("the server's picture of a map without lines has %d", n)
	}
	sari.until("the slider to be back", `(() => { const s = document.querySelector("#map-threshold"); s.value = "0"; s.dispatchEvent(new Event("input", {bubbles: true})); return document.querySelectorAll("line.meet").length === 1; })()`)
	if n := see[int](sari, drawn); n != 1 {
		t.Errorf("the server's picture of a map with one line has %d", n)
	}
	if at := see[string](sari, `document.querySelector('theme-map a[data-part="png"]').getAttribute("href")`); at != fmt.Sprintf("/projects/%d/export/figure/map.png?edges=words&lines=1", p) {
		t.Errorf("the picture is asked for at %s", at)
	}
	sari.until("the slider", `(() => { const s = document.querySelector("#map-threshold"); s.value = "100"; s.dispatchEvent(new Event("input", {bubbles: true})); return document.querySelectorAll("line.meet").length === 0; })()`)
	file := see[[]string](sari, `new Promise((done) => {
		const make = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
		URL.createObjectURL = (b) => { void b.text().then((text) => {
			const svg = new DOMParser().parseFromString(text, "image/svg+xml"), r = svg.documentElement;
			done([r.localName, r.querySelector(":scope > title")?.textContent, r.querySelector(":scope > desc")?.textContent, r.getAttribute("font-family"), String([...r.querySelectorAll("text")].some((t) => t.textContent.includes("<b>&"))), String(/class=|style=|var\(|oklch/.test(text)), r.querySelector("circle[fill^='#']") ? "colours" : ""]);
		}); return make(b); };
		HTMLAnchorElement.prototype.click = () => undefined;
		document.querySelector('[data-do="svg"]').click();
		URL.createObjectURL = make; HTMLAnchorElement.prototype.click = click;
	})`)
	if len(file) != 7 || file[0] != "svg" || file[1] != "Map of themes and codes: Peta" || file[2] == "" || file[4] != "true" || file[5] != "false" || file[6] != "colours" {
		t.Errorf("the file of the map: %q", file)
	}
}

// TestTheoryMatrix enters a framework, ties a theme to it by keyboard, and somebody else sees it.
func TestTheoryMatrix(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "id")
	p := sari.newProject("Teori", "reflexive")
	wall := sari.newNode(p, "theme", "Tembok", 0)
	sari.open(fmt.Sprintf("/projects/%d/theory", p))
	sari.click(`button[name="example"][value="institutional"]`)
	sari.until("the framework", `document.querySelectorAll(".matrix .concept").length === 3 && document.querySelector(".frame").textContent === "Teori Institusional"`)
	cell := fmt.Sprintf(`[id^="tie-%d-"]`, wall)
	see[bool](sari, `(document.querySelector(`+quoted(cell)+`).focus(), true)`)
	sari.key(kb.Enter)
	sari.until("the editor", `document.activeElement.id === "tie-why"`)
	sari.fill("#tie-why", "Izin dianggap tembok 🧱.")
	sari.click("#panel .btn.go")
	sari.until("the sentence in its cell", `document.querySelector(`+quoted(cell)+`).textContent.includes("tembok 🧱")`)
	sari.axe("theory, light, with its editor")
	sari.click("#panel .close")
	sari.until("the focus back in the cell", `document.activeElement.matches(`+quoted(cell)+`)`)
	sari.appearance("dark")
	sari.open(fmt.Sprintf("/projects/%d/theory", p))
	sari.axe("theory, dark")
	sari.click(`[id^="down-"]:not(:disabled)`)
	sari.until("another order", `document.querySelectorAll(".matrix .concept")[0].textContent === "Pilar normatif"`)
}

// TestAMoveThatCostsAnApproval takes a code out of an approved theme: what it does is said first, and nothing moves until that is agreed to.
func TestAMoveThatCostsAnApproval(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	theme, other := sari.newNode(p, "theme", "Literasi", 0), sari.newNode(p, "theme", "Kerumitan", 0)
	_, code := sari.apply(p, d, market, "Menebak", "Saya menebak nomor barangnya.")
	at := fmt.Sprintf("/projects/%d", p)
	move := fmt.Sprintf(`fetch("%s/nodes/move", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({nodes: "%d", parent: "%d"})}).then((r) => r.status)`, at, code, theme)
	if s := see[int](sari, move); s != 200 {
		t.Fatalf("move: %d", s)
	}
	named := fmt.Sprintf(`fetch("%s/drafts", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({name: "Draf 1"})}).then((r) => r.status)`, at)
	if s := see[int](sari, named); s != 200 {
		t.Fatalf("draft: %d", s)
	}
	approve := fmt.Sprintf(`fetch("%s/review?theme=%d").then((r) => r.text()).then((h) => {
		const f = new DOMParser().parseFromString(h, "text/html").querySelector('form[action$="/judge"]'), b = new URLSearchParams([...new FormData(f)]);
		b.set("verdict", "approved"); b.set("text", "Meyakinkan.");
		return fetch(f.getAttribute("action"), {method: "POST", headers: {Accept: "application/json"}, body: b}).then((r) => r.status);
	})`, at, theme)
	if s := see[int](sari, approve); s != 200 {
		t.Fatalf("approve: %d", s)
	}
	sari.open(at + "/themes")
	sari.until("the card", inColumn(theme, code, 0))
	sari.until("the focus on the card", fmt.Sprintf(`(document.querySelector("#name-%d").focus(), document.activeElement.id === "name-%d")`, code, code))
	sari.key(kb.ArrowRight, chromedp.ModifierAlt)
	sari.until("to be asked first", `document.querySelector("#consequence-dialog").open && document.querySelector("#consequence-card [data-turned]") && document.querySelector("#consequence-card").innerText.includes("Literasi")`)
	sari.axe("a move that costs an approval")
	if !see[bool](sari, inColumn(theme, code, 0)) {
		t.Error("it was moved before it was agreed to")
	}
	sari.click("#consequence-card form .go")
	sari.until("the card in the other column", inColumn(other, code, 0))
	sari.open(fmt.Sprintf("%s/nodes/%d/sort", at, code))
	sari.until("the queue", `document.querySelector("segment-queue")`)
	if see[bool](sari, `document.querySelector("#sort-head .notice.warn") !== null`) {
		t.Error("a split out of a theme that nobody approved is said to cost an approval")
	}
}
