package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// node adds a theme or a code by the form that the codebook uses, and gives its number.
func (p *person) addNode(project int, kind, name string, parent int) int {
	p.t.Helper()
	return see[int](p, fmt.Sprintf(`(async () => {
		const base = "/projects/%d", body = new URLSearchParams({change: crypto.randomUUID(), kind: %s, name: %s, parent: %d});
		const made = await fetch(base + "/nodes", {method: "POST", body, headers: {Accept: "application/json"}});
		if (!made.ok) throw new Error(await made.text());
		const book = await (await fetch(base + "/codebook.json", {headers: {Accept: "application/json"}})).json();
		return book.nodes.find((n) => n.name === %s).id;
	})()`, project, quoted(kind), quoted(name), parent, quoted(name)))
}

// TestReview: a researcher writes a claim, chooses evidence and asks for review; the supervisor reads by keys, remarks on a segment
// and approves; what changes afterwards is said. Both are there at once.
func TestReview(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, rina := g.person("Sari Melati"), g.person("Rina Wulandari")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d1, d2 := sari.addText(p, "p01.txt", "P01", market), sari.addText(p, "p02.txt", "P02", clinic)
	rina.accept(sari.invite(p, "supervisor"), "id")
	theme := sari.addNode(p, "theme", "Prosedur", 0)
	code, other := sari.addNode(p, "code", "Menebak", theme), sari.addNode(p, "code", "Penolong", theme)
	ones, _ := sari.apply(p, d1, market, code, "Mengisi formulir ekspor itu sulit sekali.", "Saya menebak nomor barangnya.")
	twos, _ := sari.apply(p, d2, clinic, code, "menebak nomor")
	page := fmt.Sprintf("/projects/%d/themes/%d", p, theme)

	// The claim is written in place, and evidence chosen where the segments stand.
	sari.open(page)
	sari.fill("#theme-claim", "Prosedurnya sendiri adalah temboknya.")
	sari.click(".theme-edit form button.go")
	sari.until("the claim", `document.querySelector(".theme-claim")?.textContent === "Prosedurnya sendiri adalah temboknya." && !document.querySelector(".theme-edit").open`)
	for i, n := range []int{ones[0], twos[0], ones[1]} {
		sari.click(fmt.Sprintf(`#coding-%d .passage-acts button[name=against][value=""]`, n))
		sari.until("the evidence", fmt.Sprintf(`document.querySelectorAll("#theme-for .evidence-card").length === %d && document.querySelector("#coding-%d .pill.on")`, i+1, n))
	}
	order := `[...document.querySelectorAll("#theme-for .evidence-card")].map((e) => e.dataset.passage).join()`
	before := see[string](sari, order)
	sari.until("the last piece to have the focus", `(document.querySelector("#theme-for .evidence-card:last-child").focus(), document.activeElement.matches(".evidence-card:last-child"))`)
	sari.key(kb.ArrowUp, chromedp.ModifierAlt)
	sari.until("the last piece to have gone up, with the focus on it", fmt.Sprintf(`%s === "%d,%d,%d" && document.activeElement.dataset.passage === "%d"`, order, ones[0], ones[1], twos[0], ones[1]))
	if was := fmt.Sprintf("%d,%d,%d", ones[0], twos[0], ones[1]); before != was {
		t.Errorf("evidence was chosen in the order %s, expected %s", before, was)
	}
	// By dragging the last before the first.
	sari.hauls("#theme-for .evidence-card:last-child blockquote", "#theme-for .evidence-card:first-child", .2)
	sari.until("the dragged piece to be the first", fmt.Sprintf(`%s === "%d,%d,%d"`, order, twos[0], ones[0], ones[1]))
	sari.hauls("#theme-for .evidence-card:first-child blockquote", "#theme-for .evidence-card:last-child", .8)
	sari.until("and the last again", fmt.Sprintf(`%s === "%d,%d,%d"`, order, ones[0], ones[1], twos[0]))
	sari.click("#theme-looked")
	sari.until("that it was looked for", `/looked for/.test(document.querySelector(".theme-counter").textContent) && document.activeElement.id === "theme-looked"`)

	// Asked for review; it waits for the supervisor, and not for the researcher.
	sari.open(fmt.Sprintf("/projects/%d/review", p))
	sari.axe("the review before any draft")
	sari.until("the supervisor to be offered", `document.querySelector("input[name=of]:checked")`)
	sari.fill("#ask-text", "Mulai dari klaim.")
	sari.click(".review-empty form button.go")
	sari.until("the draft", `document.querySelector(".review-draft")?.textContent.includes("Draft 1")`)
	if see[bool](sari, `!document.querySelector("[name=verdict]")`) {
		t.Error("an owner can't judge") // the owner may, as the supervisor does
	}
	rina.open(fmt.Sprintf("/projects/%d", p))
	rina.until("a theme to read", `document.querySelector("#bar-nav a[href$='/review'] .n")?.textContent === "1" && document.body.textContent.includes("1 tema untuk dibaca")`)
	rina.appearance("dark")
	rina.axe("the overview with what waits, id, dark")
	rina.click(`a[href*="/review?theme="]`)
	rina.until("the theme", `document.querySelector(".review-name")?.textContent === "Prosedur" && document.body.textContent.includes("Mulai dari klaim.")`)
	rina.axe("the review, id, dark")
	rina.narrow("the review, id")
	if see[int](rina, `document.querySelectorAll("form[action*='/codings'], a[data-recode], form[action*='/evidence']").length`) > 0 {
		t.Error("the review offers to code")
	}

	// By keys through the evidence, then a remark on the segment in focus.
	at := func(n int) string {
		return fmt.Sprintf(`document.activeElement.matches(".evidence-card") && document.activeElement.dataset.passage === "%d"`, n)
	}
	rina.until("the page at its top", `(scrollTo({top: 0, behavior: "instant"}), document.activeElement.blur(), scrollY === 0)`)
	rina.key("j")
	rina.until("the first piece", at(ones[0]))
	rina.key("j")
	rina.until("the second", at(ones[1]))
	rina.key("k")
	rina.until("the first again", at(ones[0]))
	rina.key("j")
	rina.key("r")
	rina.until("the field for a remark on it", fmt.Sprintf(`document.activeElement.id === "remark-text" && document.querySelector("#remark-on").value === "%d"`, ones[1]))
	rina.write("Mengapa ini bukti?")
	rina.click("#remark-new button")
	rina.until("the remark", `document.querySelector(".talk")?.textContent.includes("Mengapa ini bukti?") && document.querySelector("#remark-text").value === ""`)

	// It reaches the researcher, who answers; the answer reaches the supervisor, who settles.
	sari.open(page)
	sari.until("the remark, waiting", `document.querySelector(".talk.waits")?.textContent.includes("on P01 · turn 4")`)
	sari.axe("the page of a theme, en, light")
	sari.narrow("the page of a theme, en")
	sari.click(".talk-acts summary")
	sari.fill(".talk-acts textarea", "Karena nomornya ditebak.")
	sari.click(".talk-acts details button.go")
	sari.until("the answer", `document.querySelector(".talk-answer")?.textContent.includes("ditebak") && !document.querySelector("#bar-nav a[href$='/review'] .n")`)
	rina.until("the answer", `document.querySelector(".talk.waits .talk-answer")?.textContent.includes("Karena nomornya ditebak.")`)
	rina.click(`.talk form[action$="/settled"] button`)
	rina.until("the thread to be settled", `document.querySelector(".talk.settled")`)

	// Of the draft as a whole.
	rina.click(".draft-threads > details > summary")
	rina.fill("#draft-remark", "Urutan temanya belum meyakinkan.")
	rina.click(".draft-threads > details form button")
	rina.until("the remark on the draft", `document.querySelector("#draft-threads .talk")?.textContent.includes("Urutan temanya") && !document.querySelector("#draft-threads > details").open`)

	// Approved. A change afterwards makes it "changed since", and says what.
	rina.fill("#review-text", "Meyakinkan.")
	rina.click("[name=verdict][value=approved]")
	rina.until("the approval", `document.querySelector(".review-row[aria-current=true] .pill.ok") && document.querySelector("#review-record li[data-verdict=approved]")?.textContent.includes("Meyakinkan.")`)
	sari.until("the settled thread", `document.querySelector(".talk.settled")`)

	// Another code for a segment, in place: it stays where it is, and so does the focus.
	third := fmt.Sprintf("#coding-%d", twos[0])
	sari.until("the segment in focus", fmt.Sprintf(`(document.querySelector(%[1]s).focus(), document.activeElement === document.querySelector(%[1]s))`, quoted(third)))
	place := fmt.Sprintf(`[...document.querySelectorAll("#theme-groups .passage")].findIndex((s) => s.id === "coding-%d")`, twos[0])
	was := see[int](sari, place)
	sari.key("c")
	sari.until("the field for a code", `document.activeElement.matches(".recode input")`)
	sari.fill(".recode input", "Penol") // in place of the letter that this browser's driver types after all
	sari.until("the code", `document.querySelector(".recode-list [aria-selected=true]")?.textContent.startsWith("Penolong")`)
	sari.axe("choosing another code")
	sari.key(kb.Enter)
	sari.until("the other code, marked, where it was, with the focus", fmt.Sprintf(`document.querySelector("%[1]s[data-changed][data-code='%[2]d']") && document.activeElement.id === "coding-%[3]d" && %[4]s === %[5]d`, third, other, twos[0], place, was))

	rina.until("changed since, with what", `document.querySelector(".review-row[aria-current=true] .pill.warn") && document.querySelector(".review-parts")`)
	rina.appearance("light")
	rina.open(fmt.Sprintf("/projects/%d/review?theme=%d", p, theme))
	said := see[string](rina, `document.querySelector("#review-changed")?.innerText ?? ""`)
	for _, words := range []string{"1 pengodean Penolong bertambah", "1 pengodean Menebak berkurang"} {
		if !strings.Contains(said, words) {
			t.Errorf("what changed does not say %q: %q", words, said)
		}
	}

	// It changes while it is read: refused, shown anew.
	sari.open(page)
	sari.click(".theme-edit > summary")
	sari.fill("#theme-scope", "Hanya Balikpapan")
	sari.click(".theme-edit form button.go")
	sari.until("the scope", `document.querySelector(".theme-bounds")?.textContent.includes("Hanya Balikpapan")`)
	rina.expect("status of 409")
	rina.fill("#review-text", "Belum.")
	rina.click("[name=verdict][value=changes]")
	rina.until("what changed meanwhile", `document.querySelector("#review-meanwhile")?.textContent.includes("Hanya Balikpapan") && document.querySelector("#review-text").value === "Belum."`)
	rina.axe("the review after a refusal, id, light")
}
