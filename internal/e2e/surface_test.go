package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// long is an interview of many turns; each of the informant's has a number in it to be found by.
func long(turns int) string {
	var b strings.Builder
	for i := 1; i <= turns; i++ {
		fmt.Fprintf(&b, "PEWAWANCARA: Lalu apa pertanyaan ke-%d?\nP01: Itu jawaban ke-%d. Kami kirim lewat pengepul dulu, baru belajar dokumen sendiri.\n", i, i)
	}
	return b.String()
}

// viewed opens the menu of the view, presses or clicks something in it by its words, and closes it.
func (p *person) viewed(words string) {
	p.t.Helper()
	p.click(".status-view")
	p.until("the menu", `!document.querySelector(".view-menu").hidden`)
	p.until(words+" to be pressed", `(() => { const l = [...document.querySelectorAll(".view-menu label, .view-menu button")].find((e) => e.textContent.trim() === `+quoted(words)+` || e.ariaLabel?.endsWith(`+quoted(words)+`)); l?.click(); return !!l; })()`)
	p.key(kb.Escape)
	p.until("the menu to be closed", `document.querySelector(".view-menu").hidden`)
}

// highlighted is the words that a highlight lies on, one after the other.
func highlighted(name string) string {
	return `[...(CSS.highlights.get(` + quoted(name) + `) ?? [])].map((r) => r.startContainer.nodeValue.slice(r.startOffset, r.endOffset)).join(" ")`
}

// TestReading reads a long document: links to turns, the map, the size of the letters, the margin, keys switched off.
func TestReading(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	sari.expect(`Multiple readback`) // of the map, by this test
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", long(60))
	at := fmt.Sprintf("/projects/%d/documents/%d", p, d)

	// A link to a turn leads there and shows it for a moment.
	sari.open(at + "#t84")
	sari.ready()
	sari.until("turn 84 to be shown", highlighted("surface-arrival")+`.startsWith("Itu jawaban ke-42.")`)
	sari.until("turn 84 to be in the window", `(() => { const r = document.querySelector("#t84").getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; })()`)
	sari.until("the mark to go", highlighted("surface-arrival")+` === ""`)
	if n := see[string](sari, `document.querySelector("#t84 .turn-number").getAttribute("href")`); n != "#t84" {
		t.Errorf("the number of turn 84 links to %q", n)
	}

	// A coding has an address, too, and the map shows it.
	sari.goTo("Itu jawaban ke-42")
	sari.key("i")
	sari.coded("Itu jawaban ke-42.")
	id := see[int](sari, `Number(document.querySelector(".coding-card").dataset.coding)`)
	painted := func(from, to float64) string {
		return fmt.Sprintf(`(() => { const c = document.querySelector(".surface-map canvas"), a = Math.floor(c.height * %f), b = Math.ceil(c.height * %f); return c.getContext("2d").getImageData(0, a, c.width, b - a).data.some((v, i) => i %% 4 === 3 && v > 0); })()`, from, to)
	}
	sari.until("the coding on the map", painted(0.6, 0.8))
	if see[bool](sari, painted(0.0, 0.5)) {
		t.Error("the map shows a coding where there is none")
	}
	sari.open("/projects")
	sari.open(fmt.Sprintf("%s#c%d", at, id))
	sari.ready()
	sari.until("the coding to be shown", highlighted("surface-arrival")+` === "Itu jawaban ke-42."`)
	sari.until("the coding to be in focus", fmt.Sprintf(`document.querySelector(".coding-card.on")?.dataset.coding === "%d"`, id))

	// A press on the map goes there, once the arrival has come to rest.
	sari.until("to have come to rest", `new Promise((rest) => { const box = document.querySelector("#surface-scroll"), y = box.scrollTop; requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => rest(box.scrollTop === y)))); })`)
	box := see[[]float64](sari, `(() => { const r = document.querySelector(".surface-map").getBoundingClientRect(); return [r.left + r.width / 2, r.top + 4]; })()`)
	sari.must(chromedp.MouseClickXY(box[0], box[1]))
	sari.until("the beginning to be in the window", `document.querySelector("#surface-scroll").scrollTop === 0`)

	// U goes to the next turn of an informant that bears no coding.
	sari.goTo("Lalu apa pertanyaan ke-42")
	sari.key("u")
	sari.until("the turn after the coded one", highlighted("surface-cursor")+`.includes("ke-43")`)

	// Larger letters and stripes before the words stay, here and on another machine.
	before := see[float64](sari, `document.querySelector(".part").getBoundingClientRect().height`)
	sari.viewed("Larger letters")
	sari.until("larger letters", fmt.Sprintf(`document.querySelector(".part").getBoundingClientRect().height > %f * 1.05`, before))
	sari.viewed("before the words")
	sari.until("the margin before the words", `document.querySelector(".surface-margin").getBoundingClientRect().right < document.querySelector(".part").getBoundingClientRect().left`)
	sari.until("the choice to be kept", `fetch(location.pathname).then((r) => r.text()).then((s) => s.includes('data-size="1"') && s.includes('data-margin="start"'))`)
	again := g.person("Sari again")
	again.open("/sign-in")
	again.fill("#email", "sari@example.org")
	again.fill("#password", password)
	again.click("form.card button.go")
	again.until("the projects", `location.pathname === "/projects"`)
	again.read(p, d)
	if is := see[string](again, `document.querySelector("#sheet").dataset.size + document.querySelector("#sheet").dataset.margin`); is != "1start" {
		t.Errorf("on another machine the sheet is %q", is)
	}
	again.goTo("Itu jawaban ke-42")
	again.until("a stripe before the words", `(() => { const s = document.querySelector(".stripe")?.getBoundingClientRect(), w = document.querySelector("#t84 .part").getBoundingClientRect(); return s && s.right < w.left && s.height > 8; })()`)

	// Keys that write a character can be switched off; the others go on.
	again.viewed("Keys that are single characters")
	again.goTo("Itu jawaban ke-43")
	again.key("i")
	again.key("1")
	again.key(kb.Enter)
	again.palette()
	again.key(kb.Escape)
	again.until("the help without letters", `(() => { document.querySelector(".status-keys").click(); const d = document.querySelector(".keys-help"); const k = [...d.querySelectorAll("kbd")].map((e) => e.textContent); const ok = k.includes("Enter") && !k.includes("W") && !k.includes("1 – 9"); d.close(); return ok; })()`)
	if n := len(again.codings(p, d)); n != 1 {
		t.Errorf("with letters off a key has coded: %d codings", n)
	}
}

// TestSpanByButtons changes a span without dragging or typing, takes a selection that keys made, and copies with a reference.
func TestSpanByButtons(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01 Market", market)
	sari.read(p, d)

	// What the keys of caret browsing or a screen reader select is a selection here.
	see[any](sari, `(() => { const part = [...document.querySelectorAll(".part")].find((e) => e.textContent.startsWith("Mengisi")); getSelection().setBaseAndExtent(part.firstChild, 9, part.firstChild, 22); })()`)
	sari.until("the selection to be taken", highlighted("surface-sel")+` === "formulir ekspor"`)
	see[any](sari, `document.querySelector("#turns").focus()`)
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Forms")
	words := func() string {
		c := sari.codings(p, d)[0]
		return string([]rune(see[string](sari, `[...document.querySelectorAll(".part")].map((e) => e.textContent).join("\n")`))[c[3]:c[4]])
	}
	if words() != "formulir ekspor" {
		t.Fatalf("the words coded are %q", words())
	}

	button := func(name string) { sari.click(`.ends-bar [aria-label="` + name + `"]`) }
	sari.goTo("formulir ekspor")
	sari.until("the coding in focus", `document.querySelector(".coding-card.on")`)
	see[any](sari, `[...document.querySelectorAll(".coding-card.on .card-acts button")].find((b) => b.title === "E").click()`)
	button("End a word later")
	button("End a word later")
	button("Start a word earlier")
	button("End a word earlier")
	sari.click(".ends-bar .go")
	sari.until("the span to be moved", `document.querySelector(".coding-card")?.textContent.includes("Mengisi formulir ekspor itu")`)
	sari.saved()
	if words() != "Mengisi formulir ekspor itu" {
		t.Errorf("after the buttons the words are %q", words())
	}

	sari.key("y")
	sari.until("that it was copied", `document.querySelector(".status-said").textContent.includes("Copied")`)
	const want = "“Mengisi formulir ekspor itu” (P01 Market, P01, turn 4)"
	sari.key("/")
	sari.until("the field to find words", `document.activeElement?.closest(".find-bar")`)
	see[any](sari, `document.activeElement.value = ""`) // a slash, which a browser would not have typed
	sari.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "rawKeyDown", Key: "v", Code: "KeyV", WindowsVirtualKeyCode: 86, Modifiers: 2, Commands: []string{"paste"}})
		return err
	}))
	if got := see[string](sari, `document.activeElement.value`); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

// TestOthersAreSeenHere has two people in one document, of whom one is then made blind.
func TestOthersAreSeenHere(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reliability")
	d := sari.addText(p, "p01.txt", "P01", market)
	budi.accept(sari.invite(p, "researcher"), "en")
	sari.read(p, d)
	budi.read(p, d)
	budi.until("Sari to be seen here", `document.querySelector(".status-people .face")?.textContent === "SM"`)
	if name := see[string](budi, `document.querySelector(".status-people .face").ariaLabel`); !strings.Contains(name, "Sari Melati") || !strings.Contains(name, "turn 1") {
		t.Errorf("the face says %q", name)
	}
	tell := func(x *person) string {
		return fmt.Sprintf(`fetch("/projects/%d/documents/%d/reading", {method: "POST", headers: {Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded"}, body: "place=1&furthest=1"}).then((r) => r.json()).then((j) => j.here.length)`, p, d)
	}
	if n := see[int](sari, tell(sari)); n != 1 {
		t.Errorf("Sari is told of %d others, want one", n)
	}
	// Who leaves is gone at once.
	budi.open("/projects")
	sari.until("Budi to be gone", tell(sari)+`.then((n) => n === 0)`)

	sari.open(fmt.Sprintf("/projects/%d/members", p))
	li := see[string](sari, `[...document.querySelectorAll("li[id^=coder-]")].find((r) => r.innerText.includes("Budi")).id`)
	sari.click("#" + li + " details summary")
	sari.click("#" + li + " input[name=blind]")
	sari.click("#" + li + " form button.go")
	sari.until("Budi to be blind", `document.querySelector("#`+li+` > .pill.warn")`)
	sari.read(p, d)
	sari.until("Sari to have told of her place", tell(sari)+`.then((n) => n >= 0)`)
	budi.read(p, d)
	if n := see[int](budi, tell(budi)); n != 0 {
		t.Errorf("a blind coder is told of %d others", n)
	}
}

// TestSignedOutWhileCoding ends a session under somebody who codes: a dialog asks, and nothing is lost.
func TestSignedOutWhileCoding(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	sari.read(p, d)
	sari.expect(`Failed to load resource`)
	other := g.person("Sari elsewhere")
	other.open("/sign-in")
	other.fill("#email", "sari@example.org")
	other.fill("#password", password)
	other.click("form.card button.go")
	other.until("the projects", `location.pathname === "/projects"`)
	see[any](other, `fetch("/account/sessions/end-others", {method: "POST", headers: {Accept: "application/json"}}).then((r) => r.ok)`)

	sari.goTo("Awalnya saya jual")
	sari.key("i")
	sari.until("the dialog", `document.querySelector("dialog.signin-again")?.open && document.activeElement?.id === "again-password"`)
	sari.axe("the dialog that asks to sign in")
	sari.write("not the password")
	sari.key(kb.Enter)
	sari.until("a sentence", `document.querySelector(".signin-again .card-why").textContent.trim() !== ""`)
	sari.fill("#again-password", password)
	sari.key(kb.Enter)
	sari.until("the dialog to be gone", `!document.querySelector("dialog.signin-again")`)
	sari.coded("Awalnya saya jual di pasar pagi.")
	if n := len(sari.codings(p, d)); n != 1 {
		t.Errorf("one coding was made while signed out, the server has %d", n)
	}
}

// TestSigningOutLeavesNothing signs out while something waits in the browser: it is asked about, and then gone.
func TestSigningOutLeavesNothing(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	sari.open(fmt.Sprintf("/projects/%d/codebook", p))
	see[any](sari, `localStorage.setItem("anyam:out:1:1:1:00000000-0000-4000-8000-000000000000", JSON.stringify({kept: 1, op: {}})), 0`) // as the surface keeps it
	kept := `Object.keys(localStorage).filter((k) => k.startsWith("anyam:out:")).length`
	out := `document.querySelector('form[action="/sign-out"]').requestSubmit(document.querySelector('form[action="/sign-out"] button'))`
	see[any](sari, out+`, 0`)
	sari.until("a question", `document.querySelector("#confirm").open && document.querySelector("#confirm-say").textContent.includes(": 1.")`)
	see[any](sari, `document.querySelector('#confirm button:not([value="yes"])').click(), 0`)
	sari.until("to be still there", `!document.querySelector("#confirm").open && `+kept+` === 1 && location.pathname.endsWith("/codebook")`)
	see[any](sari, out+`, 0`)
	sari.until("the question again", `document.querySelector("#confirm").open`)
	see[any](sari, `document.querySelector('#confirm button[value="yes"]').click(), 0`)
	sari.until("to be signed out with nothing kept", `location.pathname === "/sign-in" && `+kept+` === 0`)
}
