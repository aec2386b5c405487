package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// do sends one message to the browser of which only the error matters.
func do[P, R any](p *person, m cdp.Command[P, R], params P) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, m, params)
		return err
	}))
}

// focused says what is wrong with where the focus is: nowhere, outside the window, under something, without a mark.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "the focus is nowhere";
	const inside = (r) => r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
	const name = e.outerHTML.slice(0, 120);
	if (e.id === "turns") {
		const bar = document.querySelector(".unit-bar"), sel = CSS.highlights.get("surface-sel");
		if (bar.checkVisibility() && inside(bar.getBoundingClientRect())) return "";
		for (const r of sel ?? []) { const d = document.createRange(); d.setStart(r.startContainer, r.startOffset); d.setEnd(r.endContainer, r.endOffset); if (inside(d.getBoundingClientRect())) return ""; }
		return "the text has the focus, and neither its cursor nor what is selected is in the window";
	}
	const r = e.getBoundingClientRect();
	if (!e.checkVisibility() || !inside(r)) return "what has the focus is not in the window: " + name;
	const top = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, r.left + Math.min(r.width, 40) / 2)), Math.min(innerHeight - 1, Math.max(0, r.top + r.height / 2)));
	if (top && !e.contains(top) && !top.contains(e)) return "what has the focus is under " + top.outerHTML.slice(0, 80) + ": " + name;
	const s = getComputedStyle(e);
	if ((s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0) && s.boxShadow === "none") return "nothing shows the focus: " + name;
	return "";
})()`

// steady fails when the focus is not where it should be, or cannot be seen there.
func (p *person) steady(when, where string) {
	p.t.Helper()
	p.until("the focus on "+where+" "+when, `document.activeElement?.matches(`+quoted(where)+`)`)
	p.until("a focus that can be seen "+when, focused+` === ""`)
}

// letter presses a key that writes a character. It is one event to the browser, so that whoever prevents it also prevents what
// the character would do.
func (p *person) letter(c string, code string) {
	p.t.Helper()
	k := int64(strings.ToUpper(c)[0])
	do(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyDown", Key: c, Code: code, Text: c, WindowsVirtualKeyCode: k})
	do(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyUp", Key: c, Code: code, WindowsVirtualKeyCode: k})
}

// tabTo presses Tab until the focus is on an element, and tells how often. Every stop on the way has to be seen.
func (p *person) tabTo(what, where string, atMost int) int {
	p.t.Helper()
	for n := 1; n <= atMost; n++ {
		p.key(kb.Tab)
		if why := see[string](p, focused); why != "" && !strings.HasSuffix(why, "nowhere") {
			p.t.Errorf("at stop %d on the way to %s: %s", n, what, why)
		}
		if see[bool](p, `!!document.activeElement?.matches(`+quoted(where)+`)`) {
			return n
		}
	}
	p.t.Fatalf("%s is not reached by %d presses of Tab\nat %s", what, atMost, p.where())
	return 0
}

// wordsOf is the words of a coding, given as the server has it.
func (p *person) wordsOf(c []int64) string {
	p.t.Helper()
	all := []rune(see[string](p, `[...document.querySelectorAll(".turns .part")].map((e) => e.textContent).join("\n")`))
	return string(all[c[3]:c[4]])
}

// TestJourneyByKeys codes a document from the list of documents on without a mouse.
func TestJourneyByKeys(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01 Market", market)
	sari.open(fmt.Sprintf("/projects/%d/documents", p))
	sari.until("the document in the list", fmt.Sprintf(`document.querySelector('#documents-list a[href$="/documents/%d"]')`, d))
	sari.tabTo("the document", fmt.Sprintf(`#documents-list a[href$="/documents/%d"]`, d), 40)
	sari.key(kb.Enter)
	sari.until("the document", fmt.Sprintf(`location.pathname === "/projects/%d/documents/%d"`, p, d))
	sari.ready()
	sari.steady("on arrival", "#turns")

	// A sentence, and a new code on it.
	sari.key(kb.ArrowDown)
	sari.until("the first sentence of the next turn", highlighted("surface-cursor")+` === "Awalnya saya jual di pasar pagi."`)
	sari.key(kb.Enter)
	sari.palette()
	sari.steady("in the palette", ".palette-in")
	sari.create("Morning market")
	sari.steady("after coding", "#turns")

	// Its span, wider and a bit too wide.
	sari.letter("e", "KeyE")
	sari.until("the span to be edited", `!document.querySelector(".ends-bar").hidden`)
	sari.steady("while the span is edited", "#turns")
	sari.key(kb.ArrowRight)
	sari.key(kb.ArrowRight)
	sari.key(kb.ArrowRight)
	sari.key(kb.ArrowLeft)
	sari.until("the new end", highlighted("surface-pending")+`.endsWith("Lalu tetangga")`)
	sari.key(kb.Tab)
	sari.key(kb.ArrowRight)
	sari.key(kb.Enter)
	sari.until("the span to be changed", card("saya jual di pasar pagi. Lalu tetangga"))
	sari.saved()
	if got := sari.wordsOf(sari.codings(p, d)[0]); got != "saya jual di pasar pagi. Lalu tetangga" {
		t.Errorf("after E and arrows the words are %q", got)
	}
	sari.steady("after the edit", "#turns")

	// A memo, then everything back by two steps and forth again.
	sari.letter("m", "KeyM")
	sari.steady("while a memo is written", ".card-editor textarea")
	sari.write("Where it begins.")
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	sari.until("the memo on the card", card("Where it begins."))
	sari.steady("after the memo", "#turns")
	undo := func(what, expression string) {
		t.Helper()
		sari.key("z", chromedp.ModifierCtrl)
		sari.until(what, expression)
		sari.steady("after undo", "#turns")
	}
	undo("the memo to be gone", `!document.querySelector(".card-memo")`)
	undo("the span as it was", card("Awalnya saya jual di pasar pagi."))
	sari.key("Z", chromedp.ModifierCtrl, chromedp.ModifierShift)
	sari.until("the wider span again", card("pagi. Lalu tetangga"))
	sari.key("Z", chromedp.ModifierCtrl, chromedp.ModifierShift)
	sari.until("the memo again", card("Where it begins."))
	sari.steady("after redo", "#turns")

	// Another coding; N goes to it, C changes its code, Del takes it away.
	sari.key(kb.ArrowDown)
	sari.key(kb.ArrowDown)
	sari.letter("i", "KeyI")
	sari.coded("Mengisi formulir ekspor itu sulit sekali")
	sari.key(kb.Home)
	sari.letter("n", "KeyN")
	sari.letter("n", "KeyN")
	sari.until("the second coding in focus", `document.querySelector(".coding-card.on")?.textContent.includes("Mengisi")`)
	sari.steady("after N", "#turns")
	sari.letter("c", "KeyC")
	sari.palette()
	sari.choose("Morning market")
	sari.steady("after the change of the code", "#turns")
	sari.key(kb.Delete)
	sari.until("one coding to be left", `fetch(location.pathname + "/codings.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((j) => j.codings.length === 1)`)
	sari.steady("after Del", "#turns")

	// Two sentences apart from one another, one code; and their words on the clipboard.
	sari.key(kb.Home)
	sari.key(kb.ArrowDown)
	sari.key(kb.ArrowRight)
	sari.letter("a", "KeyA")
	sari.key(kb.End)
	sari.letter("a", "KeyA")
	sari.until("two spans", highlighted("surface-sel")+` === "Lalu tetangga ikut membantu menggoreng. Kalau dia tidak ada, saya berhenti."`)
	if got := see[string](sari, `(() => { let got = ""; addEventListener("copy", (e) => got = e.clipboardData.getData("text/plain"), {once: true}); document.execCommand("copy"); return got; })()`); got != "Lalu tetangga ikut membantu menggoreng.\nKalau dia tidak ada, saya berhenti." {
		t.Errorf("copied %q", got)
	}
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Helping hands")
	if n := len(sari.codings(p, d)); n != 3 {
		t.Errorf("two spans were coded beside the one there was, the server has %d codings", n)
	}

	// F6 goes round the panels, Escape back to the text.
	sari.key(kb.F6)
	sari.steady("after F6", ".coding-card")
	sari.key(kb.F6)
	sari.until("the focus in the codebook", `document.activeElement?.closest(".surface-left")`)
	sari.until("a focus that can be seen in the codebook", focused+` === ""`)
	sari.key(kb.F6)
	sari.steady("after F6 three times", "#turns")
	sari.key("?")
	sari.until("the help", `document.querySelector("dialog.keys-help")?.open`)
	sari.key(kb.Escape)
	sari.until("the help to be gone", `!document.querySelector("dialog.keys-help")`) // only then the text has the focus for good
	sari.steady("after the help", "#turns")

	// The text is one stop, the codebook another, and the way through the page is short.
	see[any](sari, `document.querySelector("body a").focus()`)
	stops := sari.tabTo("the text", "#turns", 24)
	sari.key(kb.Tab)
	if in := see[bool](sari, `document.activeElement?.closest(".turns, .surface-margin") !== null`); in {
		t.Error("the text has more than one stop")
	}
	if n := see[int](sari, `document.querySelectorAll("#surface-tree [tabindex='0']").length`); n != 1 {
		t.Errorf("the tree of codes has %d stops, want one", n)
	}
	t.Logf("the text is stop %d of the page", stops)
}

// phone makes the window a telephone's: small, with fingers for a mouse.
func (p *person) phone(width, height int64) {
	p.t.Helper()
	do(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 2, Mobile: true})
	do(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 1})
}

// touch puts a finger on a place and lifts it.
func (p *person) touch(at point) {
	p.t.Helper()
	do(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: "touchStart", TouchPoints: []*input.TouchPoint{{X: at.X, Y: at.Y}}})
	do(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: "touchEnd", TouchPoints: []*input.TouchPoint{}})
}

// tap taps an element, which has to be large enough for a finger.
func (p *person) tap(selector string) {
	p.t.Helper()
	at := p.target(selector)
	if size := see[[]float64](p, `(() => { let e = document.querySelector(`+quoted(selector)+`); e = e.closest("label") ?? e; const r = e.getBoundingClientRect(); return [r.width, r.height]; })()`); size[0] < 24 || size[1] < 24 {
		p.t.Errorf("%s is %g by %g px, too small for a finger", selector, size[0], size[1])
	}
	p.touch(at)
}

// tapWords taps words of the document, in whose sentence the beginning of them lies.
func (p *person) tapWords(words string) {
	p.t.Helper()
	p.until(words+" to be there", `(() => {
		for (const part of document.querySelectorAll(".turns .part")) {
			const at = part.textContent.indexOf(`+quoted(words)+`);
			if (at < 0) continue;
			part.scrollIntoView({behavior: "instant", block: "center"});
			const r = document.createRange();
			r.setStart(part.firstChild, at);
			r.setEnd(part.firstChild, at + 2);
			const b = r.getClientRects()[0], was = window.e2ePlace;
			window.e2ePlace = {X: b.left + b.width / 2, Y: b.top + b.height / 2};
			return was?.X === window.e2ePlace.X && was?.Y === window.e2ePlace.Y && part.parentElement.contains(document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2));
		}
	})()`)
	p.touch(see[point](p, `window.e2ePlace`))
}

// inWindow waits until the whole of an element is to be seen.
func (p *person) inWindow(selector string) {
	p.t.Helper()
	p.until(selector+" in the window", `(() => { const e = document.querySelector(`+quoted(selector)+`); if (!e?.checkVisibility()) return false; const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight + 1 && r.left >= 0 && r.right <= innerWidth + 1; })()`)
}

// TestJourneyByTouch codes a document on a telephone in sentence mode.
func TestJourneyByTouch(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01 Market", market)
	sari.phone(390, 844)
	sari.open(fmt.Sprintf("/projects/%d/documents", p))
	sari.touch(sari.target(fmt.Sprintf(`#documents-list a[href$="/documents/%d"]`, d)))
	sari.until("the document", fmt.Sprintf(`location.pathname === "/projects/%d/documents/%d"`, p, d))
	sari.ready()

	// What the handles of the system select is taken, and nothing pops up beside it.
	see[any](sari, `(() => { const part = [...document.querySelectorAll(".part")].find((e) => e.textContent.startsWith("Pendamping")); getSelection().setBaseAndExtent(part.firstChild, 3, part.firstChild, 20); })()`)
	sari.until("the selection, grown to whole words, to be taken", highlighted("surface-sel")+` === "Pendamping dari klinik"`)
	sari.inWindow(".touch-bar")
	if see[bool](sari, `!document.querySelector(".palette").hidden`) {
		t.Error("the palette opened beside a selection that is still being made")
	}
	sari.tap(".touch-bar .go")
	sari.until("the palette as a sheet", `(() => { const r = document.querySelector(".palette").getBoundingClientRect(); return r.left === 0 && Math.round(r.right) === innerWidth && Math.round(r.bottom) === innerHeight; })()`)
	sari.until("the words still selected", highlighted("surface-sel")+` === "Pendamping dari klinik"`)
	sari.tap(".palette-close")
	sari.tap(`.touch-bar [aria-label="Let go of the selection"]`)
	sari.until("nothing selected", highlighted("surface-sel")+` === "" && document.querySelector(".touch-bar").hidden`)

	// Sentence mode, by the menu.
	sari.tap(".status-view")
	sari.until("the menu", `!document.querySelector(".view-menu").hidden`)
	sari.inWindow(".view-menu")
	see[any](sari, `[...document.querySelectorAll(".view-menu label")].find((l) => l.textContent.includes("Sentence mode")).querySelector("input").id = "e2e-sentences"`)
	sari.tap("#e2e-sentences")
	sari.until("sentence mode", `document.querySelector("#turns").getAttribute("role") === "listbox"`)
	sari.tap(".sheet-head h1")
	sari.until("the menu to be closed", `document.querySelector(".view-menu").hidden`)

	// A tap takes, another extends, one on what is taken lets go of it.
	taken := func(words string) {
		t.Helper()
		sari.until("taken: "+words, highlighted("surface-sel")+` === `+quoted(words))
	}
	sari.tapWords("Saya menebak")
	taken("Saya menebak nomor barangnya.")
	sari.tapWords("Saya menebak")
	taken("")
	sari.tapWords("Saya menebak")
	sari.tapWords("Mengisi formulir")
	taken("Mengisi formulir ekspor itu sulit sekali. Saya menebak nomor barangnya.")
	sari.until("one selection", `[...document.querySelectorAll('.sentence[aria-selected="true"]')].map((e) => e.firstChild.nodeValue.trim()).join(" ") === "Mengisi formulir ekspor itu sulit sekali. Saya menebak nomor barangnya."`)
	sari.inWindow(".touch-bar .go")

	// A new code.
	sari.tap(".touch-bar .go")
	sari.palette()
	do(sari, input.InsertText, input.InsertTextParams{Text: "Paperwork"})
	sari.until("the offer to make it", `(() => { const r = [...document.querySelectorAll(".palette-acts .palette-row")].find((r) => r.textContent.includes("Paperwork")); if (r) r.classList.add("e2e-create"); return r; })()`)
	sari.tap(".e2e-create")
	sari.coded("Paperwork")
	if got := sari.wordsOf(sari.codings(p, d)[0]); got != "Mengisi formulir ekspor itu sulit sekali. Saya menebak nomor barangnya." {
		t.Errorf("what was coded is %q", got)
	}

	// In the sheet from below: its span by buttons.
	sari.tap(`.status-panel[aria-controls="surface-right"]`)
	sari.until("the sheet", `document.querySelector(".surface-right").classList.contains("open")`)
	sari.inWindow(".surface-right .coding-card h3")
	sari.tap(`.coding-card .card-acts button[title="E"]`)
	sari.until("the bar for the ends, and the words in sight", `(() => { const b = document.querySelector(".ends-bar"); return !b.hidden && !document.querySelector(".surface-right").checkVisibility(); })()`)
	sari.inWindow(".ends-bar")
	for _, name := range []string{"End a word earlier", "End a word earlier", "End a word later", "Start a word later"} {
		sari.tap(`.ends-bar [aria-label="` + name + `"]`)
	}
	sari.until("the new ends", highlighted("surface-pending")+` === "formulir ekspor itu sulit sekali. Saya menebak nomor"`)
	sari.tap(".ends-bar .go")
	sari.until("the span to be changed", card("formulir ekspor itu sulit sekali. Saya menebak nomor"))
	sari.saved()
	if got := sari.wordsOf(sari.codings(p, d)[0]); got != "formulir ekspor itu sulit sekali. Saya menebak nomor" {
		t.Errorf("after the buttons the words are %q", got)
	}

	// A memo on a sentence, from the bar; then back.
	sari.tapWords("Awalnya saya")
	taken("Awalnya saya jual di pasar pagi.")
	sari.tap(".touch-bar .btn:not(.go)")
	sari.until("the editor", `document.activeElement?.matches(".note-card textarea")`)
	sari.inWindow(".note-card textarea")
	do(sari, input.InsertText, input.InsertTextParams{Text: "Where it begins"})
	sari.tap(".note-card .card-editor .go")
	sari.until("the memo", `document.querySelector(".note-card .card-memo")?.textContent.includes("Where it begins")`)
	sari.saved() // until then the card, and with it the sheet's top, may still grow
	sari.tap(".surface-right .panel-close")
	sari.until("the sheet to be closed", `!document.querySelector(".surface-right").checkVisibility()`)
	sari.tap(".status-undo")
	sari.until("the memo to be gone", `!document.querySelector(".card-memo")`)
	sari.until("the next thing to undo", `!/memo/i.test(document.querySelector(".status-undo").title)`)
	sari.tap(".status-undo")
	sari.until("the span as it was", `fetch(location.pathname + "/codings.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((j) => j.codings[0][4] - j.codings[0][3] === 71)`)

	// A screen reader presses an option without a finger; it is the same.
	sari.tap(`.touch-bar [aria-label="Let go of the selection"]`)
	see[any](sari, `[...document.querySelectorAll("[role=option]")].find((e) => e.textContent.startsWith("Kalau dia")).click()`)
	taken("Kalau dia tidak ada, saya berhenti.")

	// The narrowest telephone.
	sari.phone(320, 640)
	sari.until("no sideways scroll", `document.scrollingElement.scrollWidth <= innerWidth && document.querySelector("#surface-scroll").scrollWidth <= document.querySelector("#surface-scroll").clientWidth`)
	sari.inWindow(".touch-bar .go")
	small := see[[]string](sari, `[...document.querySelectorAll("coding-surface button, coding-surface a, coding-surface input, [role=option]")].filter((e) => { if (!e.checkVisibility() || e.closest(".surface-away")) return false; const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; }).map((e) => { const r = e.getBoundingClientRect(); return e.outerHTML.slice(0, 100) + " is " + Math.round(r.width) + " by " + Math.round(r.height); })`)
	if len(small) > 0 {
		t.Errorf("too small for a finger at 320 px: %s", strings.Join(small, "\n"))
	}
}

// axNode is one of the accessibility tree, with what a screen reader is told of it.
type axNode struct {
	Role, Name string
	Prop       map[string]string
	Kids       []*axNode
	hidden     bool
}

// all finds nodes by their role below one.
func (n *axNode) all(role string) []*axNode {
	var out []*axNode
	for _, k := range n.Kids {
		if k.Role == role && !k.hidden {
			out = append(out, k)
		}
		out = append(out, k.all(role)...)
	}
	return out
}

// tree reads the accessibility tree of the page.
func (p *person) tree() *axNode {
	p.t.Helper()
	var got accessibility.GetFullAXTreeResult
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) (err error) {
		got, err = cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		return err
	}))
	value := func(v *accessibility.Value) string {
		if v == nil || len(v.Value) == 0 {
			return ""
		}
		var s any
		if err := json.Unmarshal(v.Value, &s); err != nil {
			p.t.Fatal(err)
		}
		return fmt.Sprint(s)
	}
	by := map[accessibility.NodeID]*axNode{}
	for _, n := range got.Nodes {
		a := &axNode{Role: value(n.Role), Name: value(n.Name), Prop: map[string]string{}, hidden: n.Ignored}
		for _, pr := range n.Properties {
			a.Prop[string(pr.Name)] = value(pr.Value)
		}
		by[n.NodeID] = a
	}
	var top *axNode
	for _, n := range got.Nodes {
		if above := by[n.ParentID]; above != nil {
			above.Kids = append(above.Kids, by[n.NodeID])
		} else if top == nil {
			top = by[n.NodeID]
		}
	}
	return top
}

// TestSentenceMode reads what a screen reader is told of the text, and moves and takes by the keys of a listbox.
func TestSentenceMode(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	const turns = 60
	d := sari.addText(p, "p01.txt", "P01", long(turns))
	sari.read(p, d)
	sari.goTo("Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.")
	sari.letter("i", "KeyI")
	sari.coded("Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri")

	// Outside of the mode: after the words of a turn a list of its codings, as buttons.
	sari.until("the list after the turn", `document.querySelector("#t2 > .turn-codings button")`)
	var lists []*axNode
	for _, l := range sari.tree().all("list") {
		if l.Name == "Codings in this turn" {
			lists = append(lists, l)
		}
	}
	if len(lists) != 1 {
		t.Fatalf("%d lists of codings in the accessibility tree, want one", len(lists))
	}
	if b := lists[0].all("button"); len(b) != 1 || !strings.HasPrefix(b[0].Name, "Kami kirim lewat pengepul") || !strings.Contains(b[0].Name, "SM, on: Kami kirim") {
		t.Errorf("the codings of the turn are told as %+v", b)
	}
	if n := len(sari.tree().all("listbox")); n != 0 {
		t.Errorf("%d listboxes outside of sentence mode", n)
	}

	sari.viewed("Sentence mode: a click or tap takes a sentence")
	sari.until("all sentences to be counted", `document.querySelector("[role=option]")?.ariaSetSize > 0`)
	const sentences = turns * 3
	options := func() []*axNode {
		t.Helper()
		boxes := sari.tree().all("listbox")
		if len(boxes) != 1 || boxes[0].Prop["multiselectable"] != "true" || !strings.Contains(boxes[0].Name, "Sentences") {
			t.Fatalf("the listboxes are %+v", boxes)
		}
		for _, role := range []string{"button", "link", "list", "paragraph"} {
			if n := boxes[0].all(role); len(n) > 0 {
				t.Errorf("in the listbox there is a %s, %q", role, n[0].Name)
			}
		}
		for _, group := range append(boxes[0].all("group"), boxes[0]) {
			for _, k := range group.Kids {
				if k.Role == "StaticText" {
					t.Errorf("in the listbox there are words that are no option: %q", k.Name)
				}
			}
		}
		return boxes[0].all("option")
	}
	all := options()
	if len(all) < 6 || len(all) >= sentences {
		t.Errorf("%d options; only those near the window should be there, of %d", len(all), sentences)
	}
	if n := len(sari.tree().all("option")); n != len(all) {
		t.Errorf("%d options in the page, %d of them in the listbox", n, len(all))
	}
	for i, want := range []string{"Lalu apa pertanyaan ke-1?", "Itu jawaban ke-1.", "Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri. coded: Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.", "Lalu apa pertanyaan ke-2?"} {
		if strings.TrimSpace(all[i].Name) != want || all[i].Prop["selected"] != "false" {
			t.Errorf("option %d says %q, selected %s; want %q", i, all[i].Name, all[i].Prop["selected"], want)
		}
	}
	if at := see[string](sari, `[...document.querySelectorAll("[role=option]")].slice(0, 4).map((e) => e.ariaPosInSet + "/" + e.ariaSetSize).join()`); at != "1/180,2/180,3/180,4/180" {
		t.Errorf("the first options say that they are %s", at)
	}
	if n := len(sari.tree().all("list")); n == 0 {
		t.Error("the list of documents is not told")
	}
	if see[bool](sari, `!!document.querySelector(".turn-codings")`) {
		t.Error("in sentence mode the lists after the turns are there as well")
	}

	// Each option stands exactly over its words, and the words are as they were.
	apart := see[[]string](sari, `[...document.querySelectorAll(".part-copy")].flatMap((copy) => {
		const part = copy.nextElementSibling, out = [];
		if (!part.matches(".part[aria-hidden=true]") || part.childNodes.length !== 1) out.push("a part is not as it was");
		let at = 0;
		for (const option of copy.querySelectorAll(".sentence")) {
			const words = option.firstChild, r = document.createRange(), q = document.createRange();
			r.setStart(part.firstChild, at), r.setEnd(part.firstChild, at += words.length);
			q.selectNodeContents(words);
			const a = [...r.getClientRects()], b = [...q.getClientRects()];
			if (a.length !== b.length || a.some((x, i) => ["left", "top", "right", "bottom"].some((k) => Math.abs(x[k] - b[i][k]) > 0.5))) out.push(words.nodeValue);
		}
		return out;
	})`)
	if len(apart) > 0 {
		t.Errorf("not exactly over their words: %q", apart)
	}

	// Keys.
	active := func(words string) {
		t.Helper()
		sari.until("the option "+words+" to be active", `(() => { const o = document.getElementById(document.querySelector("#turns").getAttribute("aria-activedescendant")); return o?.firstChild.nodeValue.trim() === `+quoted(words)+`; })()`)
		sari.steady("at "+words, "#turns")
	}
	taken := func(words string) {
		t.Helper()
		sari.until("taken: "+words, highlighted("surface-sel")+` === `+quoted(words))
		sari.until("as options, too", `[...document.querySelectorAll('.sentence[aria-selected="true"]')].map((e) => e.firstChild.nodeValue.trim()).join(" ") === `+quoted(words))
	}
	see[any](sari, `document.querySelector("#turns").focus()`)
	sari.key(kb.Home)
	active("Lalu apa pertanyaan ke-1?")
	sari.key(kb.ArrowDown)
	active("Itu jawaban ke-1.")
	sari.letter(" ", "Space")
	taken("Itu jawaban ke-1.")
	sari.key(kb.ArrowRight, chromedp.ModifierShift)
	active("Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.")
	taken("Itu jawaban ke-1. Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.")
	if n := see[int](sari, `CSS.highlights.get("surface-sel").size`); n != 1 {
		t.Errorf("two sentences that follow one another are %d spans", n)
	}
	var chosen []string
	for _, o := range options() {
		if o.Prop["selected"] == "true" {
			chosen = append(chosen, strings.Split(o.Name, ".")[0])
		}
	}
	if strings.Join(chosen, ", ") != "Itu jawaban ke-1, Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri" {
		t.Errorf("a screen reader is told that %q are selected", chosen)
	}
	sari.key(kb.PageDown)
	sari.key(kb.PageDown)
	active("Itu jawaban ke-2.")
	sari.letter(" ", "Space")
	sari.key(kb.ArrowUp)
	active("Lalu apa pertanyaan ke-2?")
	taken("Itu jawaban ke-1. Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri. Itu jawaban ke-2.")
	sari.axe("sentence mode, light")
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Answers")
	if n := len(sari.codings(p, d)); n != 3 {
		t.Errorf("two spans were coded beside the one there was, the server has %d codings", n)
	}
	sari.until("the options to say it", `[...document.querySelectorAll("[role=option]")].filter((e) => e.textContent.includes("coded: ") && e.textContent.includes("Answers")).length === 3`)
	taken("")
	sari.letter(" ", "Space")
	sari.until("something taken", highlighted("surface-sel")+` !== ""`)
	sari.key(kb.Escape)
	taken("")

	// The other keys go on: the memo is on what is taken, undo, the end of the document.
	sari.key(kb.Home)
	sari.letter(" ", "Space")
	sari.letter("m", "KeyM")
	sari.until("the editor on the words", `document.activeElement?.matches(".note-card textarea")`)
	sari.write("A question.")
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	sari.until("the memo", `document.querySelector(".note-card .card-memo")?.textContent.includes("A question.")`)
	sari.key("z", chromedp.ModifierCtrl)
	sari.until("the memo to be gone", `!document.querySelector(".card-memo")`)
	sari.key(kb.Escape)
	sari.key(kb.End)
	active("Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.")
	sari.until("the last of all", `document.getElementById(document.querySelector("#turns").getAttribute("aria-activedescendant")).ariaPosInSet === "180"`)
	sari.until("few options", `document.querySelectorAll("[role=option]").length < 100`)
	sari.letter("n", "KeyN")
	sari.until("the coding", highlighted("surface-focus")+` !== ""`)

	// It is the person's: it is on when the page is opened again.
	sari.until("the choice to be kept", `fetch(location.pathname).then((r) => r.text()).then((s) => s.includes('"sentences":true'))`)
	sari.appearance("dark")
	sari.read(p, d)
	sari.until("sentence mode again", `document.querySelector("#turns[role=listbox] .sentence")`)
	sari.axe("sentence mode, dark")
	sari.narrow("sentence mode")

	// Off again: everything as before.
	sari.viewed("Sentence mode: a click or tap takes a sentence")
	sari.until("no options", `!document.querySelector("[role=option], .part-copy") && document.querySelector("#turns").getAttribute("role") === "group" && !document.querySelector(".turn[aria-hidden], .turn[role], .part[aria-hidden], .who[aria-hidden]")`)
	// The page may have opened elsewhere than it was left: its place was told while it was being left.
	see[any](sari, `document.querySelector("#turns").focus()`)
	sari.letter("n", "KeyN")
	sari.until("the lists again", `document.querySelector(".turn-codings button")`)
}
