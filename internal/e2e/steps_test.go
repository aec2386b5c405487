package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const password = "kayu besi terapung 7"

// setUp makes the first account by the link that the program printed.
func (p *person) setUp(g *program, language string) {
	p.t.Helper()
	if g.setup == "" {
		p.t.Fatalf("the program printed no set-up link:\n%s", g.said)
	}
	p.open(g.setup)
	p.until("the token to be taken from the link", `document.querySelector("#token").value.length > 10`)
	p.account(language)
}

// account fills in the form for a new account and sends it.
func (p *person) account(language string) {
	p.t.Helper()
	p.fill("#name", p.name)
	p.fill("#email", strings.ToLower(strings.Fields(p.name)[0])+"@example.org")
	p.fill("#password", password)
	p.pick("#language", language)
	p.click("form.card button.go")
	p.until("the projects", `location.pathname.startsWith("/projects")`)
}

var projectPath = regexp.MustCompile(`^/projects/(\d+)`)

// newProject makes a project and returns its number.
func (p *person) newProject(name, method string) int {
	p.t.Helper()
	p.open("/projects")
	p.click(`a.go[href="/projects/new"]`)
	p.fill("#name", name)
	p.click(`input[name=method][value=` + method + `]`)
	p.click("form.card .acts button.go")
	p.until("the new project", `/^\/projects\/\d+/.test(location.pathname)`)
	m := projectPath.FindStringSubmatch(see[string](p, `location.pathname`))
	n, _ := strconv.Atoi(m[1]) // digits, by the pattern
	return n
}

// ready waits until the coding surface has everything and is at rest.
func (p *person) ready() {
	p.t.Helper()
	p.until("the coding surface", `performance.getEntriesByType("resource").filter((e) => /codings\.json|codebook\.json/.test(e.name) && e.responseEnd > 0).length >= 2 && document.querySelector(".status-saved")?.dataset.state === "saved" && document.querySelector("#surface-tree ul")?.childElementCount > 0`)
}

// saved waits until nothing of the person's is on its way.
func (p *person) saved() {
	p.t.Helper()
	p.until("everything to be saved", `document.querySelector(".status-saved")?.dataset.state === "saved" && !Object.keys(localStorage).some((k) => k.startsWith("anyam:out:"))`)
}

type point struct{ X, Y float64 }

// find gives the places of the first and the last character of words in the document, scrolled into view.
func (p *person) find(words string) (from, to point) {
	p.t.Helper()
	r := see[[]point](p, `(async () => {
		const words = `+quoted(words)+`;
		for (const part of document.querySelectorAll(".turns .part")) {
			const at = part.textContent.indexOf(words);
			if (at < 0) continue;
			const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
			const place = (offset) => { walk.currentNode = part; let n; while ((n = walk.nextNode())) { if (offset < n.length) return [n, offset]; offset -= n.length; } };
			const box = (offset) => { const [n, o] = place(offset); const r = document.createRange(); r.setStart(n, o); r.setEnd(n, o + 1); return r.getClientRects()[0]; };
			// Until it stands still and nothing lies over it: heights far off are guesses, letters come with their font.
			await document.fonts.ready;
			const free = (r) => part.contains(document.elementFromPoint(r.left + 1, r.top + r.height / 2));
			let a, b, still = 0;
			for (let was = "", n = 0; still < 4 || (!(free(a) && free(b)) && n < 600); n++) {
				part.scrollIntoView({behavior: "instant", block: "center"});
				await new Promise((f) => requestAnimationFrame(f));
				a = box(at), b = box(at + words.length - 1);
				const is = [a.left, a.top, b.right, b.top].join();
				still = is === was ? still + 1 : 0;
				was = is;
			}
			return [{X: a.left + 1, Y: a.top + a.height / 2}, {X: b.right - 1, Y: b.top + b.height / 2}];
		}
		return [];
	})()`)
	if len(r) != 2 {
		p.t.Fatalf("%s: the words %q are not in the document", p.name, words)
	}
	return r[0], r[1]
}

// drag selects words with the mouse; the palette opens.
func (p *person) drag(words string) {
	p.t.Helper()
	p.drags(words)
	p.palette()
}

// drags moves the mouse over words with its button down.
func (p *person) drags(words string) {
	p.t.Helper()
	a, b := p.find(words)
	left := chromedp.ButtonLeft
	p.must(
		chromedp.MouseEvent("mouseMoved", a.X, a.Y),
		chromedp.MouseEvent("mousePressed", a.X, a.Y, left, chromedp.ClickCount(1)),
		chromedp.MouseEvent("mouseMoved", (a.X+b.X)/2, (a.Y+b.Y)/2, left),
		chromedp.MouseEvent("mouseMoved", b.X, b.Y, left),
		chromedp.MouseEvent("mouseReleased", b.X, b.Y, left, chromedp.ClickCount(1)),
	)
}

// doubleClick selects the word, and the palette opens.
func (p *person) doubleClick(word string) {
	p.t.Helper()
	a, b := p.find(word)
	p.must(chromedp.MouseClickXY((a.X+b.X)/2, a.Y, chromedp.ClickCount(1)), chromedp.MouseClickXY((a.X+b.X)/2, a.Y, chromedp.ClickCount(2)))
	p.palette()
}

// goTo puts the cursor on words by a click.
func (p *person) goTo(words string) {
	p.t.Helper()
	a, _ := p.find(words)
	p.must(chromedp.MouseClickXY(a.X+2, a.Y))
	p.until("the focus to be on the text", `document.activeElement?.id === "turns"`)
}

func (p *person) palette() {
	p.t.Helper()
	p.until("the palette", `document.activeElement?.closest(".palette") && document.querySelector(".palette-in").value === ""`)
}

// write types into the field that has the focus.
func (p *person) write(words string) {
	p.t.Helper()
	p.must(chromedp.KeyEvent(words))
}

// create makes a code for what is selected, in the open palette.
func (p *person) create(name string) {
	p.t.Helper()
	p.write(name)
	p.key(kb.Enter, chromedp.ModifierCtrl)
	p.coded(name)
}

// choose applies a code that there is, in the open palette.
func (p *person) choose(name string) {
	p.t.Helper()
	p.write(name)
	p.until("the code "+name+" to be found", fmt.Sprintf(`document.querySelector(".palette [aria-selected=true] .palette-name")?.textContent === %s`, quoted(name)))
	p.key(kb.Enter)
	p.coded(name)
}

// coded waits until a coding with this code is saved and stands in the list at the cursor.
func (p *person) coded(name string) {
	p.t.Helper()
	p.until("the palette to close", `document.querySelector(".palette").hidden`)
	p.until("a coding with "+name, fmt.Sprintf(`[...document.querySelectorAll(".surface-right .coding-card")].some((c) => c.textContent.includes(%s) && Number(c.dataset.coding) > 0)`, quoted(name)))
	p.saved()
}

// codings is what the server has of a document: rows [id, code, coder, start, stop, at, made].
func (p *person) codings(project, document int) [][]int64 {
	p.t.Helper()
	return see[[][]int64](p, fmt.Sprintf(`fetch("/projects/%d/documents/%d/codings.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((j) => j.codings ?? [])`, project, document))
}

// csv is an export as programs read it.
func (p *person) csv(project int, what string) string {
	p.t.Helper()
	return see[string](p, fmt.Sprintf(`fetch("/projects/%d/export/%s.csv?for=programs").then((r) => { if (!r.ok) throw new Error(r.status); return r.text(); })`, project, what))
}

// addText uploads a text and adds it as a document, as the pages do, and returns its number.
func (p *person) addText(project int, file, name, text string) int {
	p.t.Helper()
	n := see[int](p, fmt.Sprintf(`(async () => {
		const base = "/projects/%d", form = new FormData();
		form.append("file", new File([%s], %s));
		const read = await (await fetch(base + "/files", {method: "POST", body: form, headers: {Accept: "application/json"}})).json();
		if (!read.ok) throw new Error(read.error);
		const body = new URLSearchParams({change: crypto.randomUUID(), file: read.file, name: %s, kind: "interview"});
		const added = await fetch(base + "/documents", {method: "POST", body, headers: {Accept: "application/json"}});
		if (!added.ok) throw new Error(await added.text());
		const list = new DOMParser().parseFromString(await (await fetch(base + "/documents")).text(), "text/html");
		const link = [...list.querySelectorAll("tr[id^=document-]")].find((r) => r.textContent.includes(%s));
		return Number(link.id.slice(9));
	})()`, project, quoted(text), quoted(file), quoted(name), quoted(name)))
	if n == 0 {
		p.t.Fatalf("%s: %s is not in the list", p.name, name)
	}
	return n
}

// read opens the coding page of a document.
func (p *person) read(project, document int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/documents/%d", project, document))
	p.ready()
}

// invite makes a link for somebody new and returns it.
func (p *person) invite(project int, role string) string {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/members", project))
	p.click(`#invite input[name=role][value=` + role + `]`)
	p.click("#invite button.go")
	p.until("the link", `document.querySelector("#once")?.value.includes("/invite#")`)
	link := see[string](p, `document.querySelector("#once").value`)
	p.open(fmt.Sprintf("/projects/%d/members", project))
	if see[bool](p, `document.documentElement.innerHTML.includes(`+quoted(link[strings.Index(link, "#")+1:])+`)`) {
		p.t.Errorf("%s: the invitation's link is shown a second time", p.name)
	}
	return link
}

// accept follows an invitation and makes an account.
func (p *person) accept(link, language string) {
	p.t.Helper()
	p.open(link)
	p.until("the token to be taken from the link", `document.querySelector("#token").value.length > 10`)
	p.account(language)
}

// card is true where a coding with the words in it stands in the list at the cursor.
func card(words string) string {
	return `[...document.querySelectorAll(".surface-right .coding-card")].some((c) => c.textContent.includes(` + quoted(words) + `) && Number(c.dataset.coding) > 0)`
}
