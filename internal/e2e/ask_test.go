package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// asked gives a count of the answer that is shown.
func (p *person) asked(what string) int {
	p.t.Helper()
	p.until("an answer", `document.querySelector(".ask-counts dd")`)
	return see[int](p, `Number([...document.querySelectorAll(".ask-counts > div")].find((d) => d.querySelector("dt").textContent === `+quoted(what)+`).querySelector("dd").textContent.replace(/\D/g, ""))`)
}

// condition chooses a code by a few letters in the last row.
func (p *person) condition(letters, name string) {
	p.t.Helper()
	last := `[...document.querySelectorAll(".ask-row [role=combobox]")].at(-1)`
	p.until("a row to write in", `(`+last+`?.focus(), `+last+` && document.activeElement === `+last+`)`)
	p.paste(letters)
	p.until(name+" to be offered", last+`.getAttribute("aria-expanded") === "true" && document.getElementById(`+last+`.getAttribute("aria-activedescendant"))?.querySelector("bdi").textContent === `+quoted(name))
	p.press(kb.Enter)
	p.until(name+" to be taken", last+`.value === `+quoted(name)+` && `+last+`.getAttribute("aria-expanded") === "false"`)
}

// searches opens the search by its key, types, and waits for the list to answer.
func (p *person) searches(words, first string) {
	p.t.Helper()
	p.press("\x00") // nothing: the page has the focus
	p.key("k", chromedp.ModifierCtrl)
	p.until("the search", `document.querySelector(".search-dialog")?.open && document.activeElement.matches(".search-in")`)
	p.paste(words)
	p.until("“"+first+"” to be found", `document.querySelector(".search-list [aria-selected=true]")?.textContent.includes(`+quoted(first)+`)`)
}

// TestAsking asks by keyboard, compares with what the program counts elsewhere, keeps the question, has a blind coder ask, and searches.
func TestAsking(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "codebook")
	d := sari.addText(p, "p01.txt", "P01 Market", market)
	base := fmt.Sprintf("/projects/%d", p)
	budi.accept(sari.invite(p, "researcher"), "id")
	sari.read(p, d)
	sari.drag("Mengisi formulir ekspor")
	sari.create("Forms")
	sari.drag("formulir ekspor")
	sari.create("Paper")
	sari.drag("Awalnya saya jual")
	sari.choose("Paper")
	sari.saved()

	// By keyboard: Forms and Paper on the same words.
	sari.open(base + "/ask")
	sari.condition("for", "Forms")
	sari.until("the button", `(document.querySelector(".ask-add").focus(), document.activeElement.matches(".ask-add"))`)
	sari.key(kb.Enter)
	sari.until("another row with the focus", `document.querySelectorAll(".ask-row").length === 2 && document.activeElement.matches(".ask-row:last-child [role=combobox]")`)
	sari.condition("pap", "Paper")
	sari.axe("a question")
	sari.key(kb.Enter)
	sari.until("the answer's address", `location.pathname.endsWith("/ask") && new URLSearchParams(location.search).getAll("all").length === 2`)
	if n, chars := sari.asked("segments"), sari.asked("characters"); n != 1 || chars != len("formulir ekspor") {
		t.Errorf("the shared words are %d segments of %d characters", n, chars)
	}
	if words := see[string](sari, `document.querySelector(".ask-hit mark").textContent`); words != "formulir ekspor" {
		t.Errorf("the answer marks %q", words)
	}
	// In the same turn: the first condition's coding. Within no turn at all: nothing less.
	sari.pick("select[name=meet]", "turn")
	sari.click(".ask-form button.go")
	sari.until("near in the address", `new URLSearchParams(location.search).get("meet") === "turn" && document.readyState === "complete"`)
	if words := see[string](sari, `document.querySelector(".ask-hit mark").textContent`); sari.asked("segments") != 1 || words != "Mengisi formulir ekspor" {
		t.Errorf("in the same turn there are %d, %q", sari.asked("segments"), words)
	}
	for _, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.open(see[string](sari, `location.pathname + location.search`))
		sari.asked("segments")
		sari.axe("an answer, " + scheme)
	}
	sari.narrow("an answer")

	// Kept by name; everyone sees it but who is blind.
	sari.click(".ask-keep summary")
	sari.fill("#ask-name", "Forms near paper")
	sari.click(".ask-keep button.go")
	sari.until("the question in the list", `[...document.querySelectorAll(".ask-kept a")].some((a) => a.textContent === "Forms near paper" && a.getAttribute("aria-current") === "true")`)
	budi.appearance("dark")
	budi.open(base + "/ask")
	budi.until("the question in the other's list", `[...document.querySelectorAll(".ask-kept a")].some((a) => a.textContent === "Forms near paper")`)
	budi.axe("nothing asked, in Indonesian")
	budi.click(".ask-kept a")
	if n := budi.asked("segmen"); n != 1 {
		t.Errorf("the kept question finds the other %d segments", n)
	}

	// Every number opens its segments.
	for _, path := range []string{"", "/documents", "/codebook"} {
		sari.open(base + path)
		n := see[int](sari, `Number(document.querySelector("a.ask-number").textContent.replace(/\D/g, ""))`)
		sari.open(see[string](sari, `document.querySelector("a.ask-number").getAttribute("href")`))
		if got := sari.asked("segments"); got != n || n == 0 {
			t.Errorf("%s says %d and opens %d segments", path, n, got)
		}
	}

	// Search, on a page and over the text.
	budi.open(base)
	budi.searches("formul", "P01 Market")
	budi.axe("a search, in Indonesian and dark")
	budi.key(kb.Escape)
	budi.until("no search", `!document.querySelector(".search-dialog").open`)
	sari.read(p, d)
	sari.until("the focus on the text", `(document.querySelector("#turns").focus(), document.activeElement.id === "turns")`)
	sari.searches("forms", "Forms")
	sari.key(kb.Escape)
	sari.until("the focus where it was", `!document.querySelector(".search-dialog").open && document.activeElement.id === "turns"`)
	sari.searches(`"awalnya saya"`, "P01 Market")
	if mark := see[string](sari, `document.querySelector(".search-list [aria-selected=true] .search-words").querySelector("mark").textContent`); !strings.EqualFold(mark, "awalnya") {
		t.Errorf("the search marks %q", mark)
	}
	sari.axe("a search over the text")
	sari.press(kb.Enter)
	sari.until("the words in the text that is open", `!document.querySelector(".search-dialog").open && /^#t\d+$/.test(location.hash) && location.search.startsWith("?words=")`)
	sari.searches("members", "Members")
	sari.press(kb.ArrowDown)
	sari.press(kb.ArrowUp)
	sari.press(kb.Enter)
	sari.until("the page of the members", `location.pathname.endsWith("/members")`)

	// Blind: own codings only, and no questions of others.
	sari.open(base + "/members")
	li := see[string](sari, `[...document.querySelectorAll("li[id^=coder-]")].find((r) => r.innerText.includes("Budi")).id`)
	sari.click("#" + li + " details summary")
	sari.click("#" + li + " input[name=blind]")
	sari.click("#" + li + " form button.go")
	sari.until("Budi to be blind", `document.querySelector("#`+li+` > .pill.warn")`)
	budi.open(base + "/ask?every=on")
	if n := budi.asked("segmen"); n != 0 {
		t.Errorf("a blind coder is told of %d segments", n)
	}
	if n := see[int](budi, `document.querySelectorAll(".ask-kept a").length`); n != 0 {
		t.Errorf("a blind coder sees %d kept questions", n)
	}
}
