package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const clinic = `PEWAWANCARA: Apa yang paling sulit?
P02: Formulirnya panjang sekali 📄.
PEWAWANCARA: Lalu?
P02: Petugas menyuruh saya menebak nomor.
PEWAWANCARA: Siapa yang menolong?
P02: Tetangga saya, 海老 juga dia yang urus.
PEWAWANCARA: Sesudah itu?
P02: Saya belajar sendiri dari ponsel.
`

// apply codes some words of a text through the interface that the surface uses, and gives the codings' and the code's numbers.
func (p *person) apply(project, document int, text string, code any, words ...string) (codings []int, node int) {
	p.t.Helper()
	var turns []string
	for turn := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		_, said, _ := strings.Cut(turn, ": ")
		turns = append(turns, said)
	}
	said := strings.Join(turns, "\n")
	var spans []any
	for _, w := range words {
		at := strings.Index(said, w)
		if at < 0 {
			p.t.Fatalf("%q is not in the text", w)
		}
		start := len([]rune(said[:at]))
		spans = append(spans, map[string]any{"start": start, "stop": start + len([]rune(w)), "check": checkOf(w)})
	}
	body := map[string]any{"change": newChange(), "version": 1, "spans": spans}
	if name, ok := code.(string); ok {
		body["name"] = name
	} else {
		body["code"] = code
	}
	a := p.session().post(fmt.Sprintf("/projects/%d/documents/%d/codings", project, document), body)
	var e struct {
		Codings struct{ New [][]int }
	}
	if err := json.Unmarshal(a.body, &e); err != nil || a.status != http.StatusOK {
		p.t.Fatalf("%s codes: %d %s", p.name, a.status, a.body)
	}
	for _, r := range e.Codings.New {
		codings, node = append(codings, r[0]), r[1]
	}
	if len(codings) != len(words) {
		p.t.Fatalf("%s: of %d words %d are coded", p.name, len(words), len(codings))
	}
	return codings, node
}

// sorting opens the queue of a code.
func (p *person) sorting(project, node int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/nodes/%d/sort", project, node))
	p.queue()
}

func (p *person) queue() {
	p.t.Helper()
	p.until("the queue", `document.querySelector("segment-queue.ready") && document.activeElement.id === "sort-card" && !document.querySelector(".sort-wait")`)
}

// at waits until the queue stands at a place and says what was decided.
func (p *person) standsAt(where, decided, words string) {
	p.t.Helper()
	p.until("the queue to be at "+where+", with "+decided, fmt.Sprintf(`document.querySelector(".sort-at").textContent === %s && document.querySelector(".sort-decided").textContent === %s && [...document.querySelectorAll(".sort-card mark")].map((m) => m.textContent).join("|") === %s`, quoted(where), quoted(decided), quoted(words)))
}

// into adds a code to the list of the queue.
func (p *person) into(name string, key int) {
	p.t.Helper()
	p.key("a")
	p.until("the box for a code", `document.activeElement.id === "sort-add"`)
	p.fill("#sort-add", name)
	p.until("the choice "+name, `document.querySelector("#sort-choice-0")?.textContent.includes(`+quoted(name)+`)`)
	p.key(kb.Enter)
	p.until(name+" to have its key", fmt.Sprintf(`document.querySelectorAll(".sort-targets li")[%d]?.textContent.includes(%s) && document.activeElement.id === "sort-card"`, key-1, quoted(name)))
}

func (p *person) sorted() {
	p.t.Helper()
	p.until("every decision to be saved", `document.querySelector(".sort-saved").dataset.state === "saved" && !Object.keys(localStorage).some((k) => k.startsWith("anyam:out:"))`)
}

// counts gives how many segments the queue says that it gave to each key, 0 last.
func (p *person) counts() []string {
	p.t.Helper()
	return see[[]string](p, `[...document.querySelectorAll(".sort-targets .sort-count")].map((c) => c.textContent)`)
}

// underCode counts the codings of documents by code, as the server has them.
func (p *person) underCode(project int, documents ...int) map[int]int {
	n := map[int]int{}
	for _, d := range documents {
		for _, c := range p.codings(project, d) {
			n[int(c[1])]++
		}
	}
	return n
}

// TestSplittingACode sorts a code into two new ones by keys, with an undo, a reload in the middle and somebody else at work.
func TestSplittingACode(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d1, d2 := sari.addText(p, "p01.txt", "P01", market), sari.addText(p, "p02.txt", "P02", clinic)
	budi.accept(sari.invite(p, "researcher"), "id")

	one := []string{"Awalnya saya jual di pasar pagi.", "Mengisi formulir ekspor itu sulit sekali.", "Saya menebak nomor barangnya.", "Pendamping dari klinik ekspor."}
	two := []string{"Formulirnya panjang sekali 📄.", "menebak nomor", "Tetangga saya, 海老 juga", "Saya belajar sendiri dari ponsel."}
	_, node := sari.apply(p, d1, market, "Sulit", one...)
	sari.apply(p, d2, clinic, node, two[0], two[2], two[3])
	budis, _ := budi.apply(p, d2, clinic, node, two[1])

	// From the page of the code.
	sari.open(fmt.Sprintf("/projects/%d/nodes/%d", p, node))
	sari.click(fmt.Sprintf(`a[href="/projects/%d/nodes/%d/sort"]`, p, node))
	sari.queue()
	sari.standsAt("1 of 8", "0 decided", one[0])
	sari.into("Formulir", 1)
	sari.into("Penolong", 2)
	sari.key("1")
	sari.standsAt("2 of 8", "1 decided", one[1])
	sari.key("1")
	sari.key("0")
	sari.standsAt("4 of 8", "3 decided", one[3])
	sari.key("j") // on and back without deciding
	sari.standsAt("5 of 8", "3 decided", two[0])
	sari.key("k")
	sari.key("2")
	sari.standsAt("5 of 8", "4 decided", two[0])
	if got := sari.counts(); !slices.Equal(got, []string{"2", "1", "1"}) {
		t.Errorf("the list says %v", got)
	}
	// The last decision is taken back, and made otherwise; faster than answers come, too.
	sari.key("z", chromedp.ModifierCtrl)
	sari.key("2")
	sari.key("z", chromedp.ModifierCtrl)
	sari.key("0")
	sari.key("z", chromedp.ModifierCtrl)
	sari.standsAt("4 of 8", "3 decided", one[3])
	sari.key("1")
	sari.key(kb.Backspace)
	sari.standsAt("4 of 8", "4 decided", one[3])
	sari.until("where it went", `document.querySelector(".sort-verdict")?.textContent.includes("Formulir")`)
	sari.key("2")
	sari.standsAt("5 of 8", "4 decided", two[0])
	sari.sorted()

	// What the browser keeps has no words in it.
	if kept := see[string](sari, `JSON.stringify(Object.entries(localStorage).filter(([k]) => /^anyam:(sort|queue|out)/.test(k)))`); strings.Contains(kept, "formulir") || strings.Contains(kept, "Formulir") || !strings.Contains(kept, "targets") {
		t.Errorf("the browser keeps %s", kept)
	}
	// A reload in the middle, once the address has caught up with the keys.
	sari.until("the place to be in the address", `!document.querySelector("segment-queue").dataset.address`)
	sari.must(chromedp.Reload())
	sari.queue()
	sari.standsAt("5 of 8", "4 decided", two[0])
	if got := sari.counts(); !slices.Equal(got, []string{"2", "1", "1"}) {
		t.Errorf("after the reload the list says %v", got)
	}
	// Into the document and back to the same place.
	sari.key("j")
	sari.standsAt("6 of 8", "4 decided", two[1])
	sari.until("its place in the address", `location.hash === "#c`+fmt.Sprint(budis[0])+`"`)
	sari.key(kb.Enter)
	sari.until("the document", fmt.Sprintf(`location.pathname === "/projects/%d/documents/%d" && location.hash === "#c%d"`, p, d2, budis[0]))
	sari.ready()
	sari.must(chromedp.NavigateBack())
	sari.queue()
	sari.standsAt("6 of 8", "4 decided", two[1])

	// Budi moves it from under her: it is said and passed over, and the sum is right.
	to := see[int](sari, `Number(document.querySelector(".sort-target").dataset.code)`)
	budi.recode(p, budis[0], to)
	sari.until("to be told", `document.querySelector(".sort-notices")?.textContent.includes("BS moved the segment to “Formulir”")`)
	sari.standsAt("6 of 7", "4 decided", two[2])
	sari.key("2")
	sari.standsAt("7 of 7", "5 decided", two[3])
	// What he codes meanwhile joins the queue.
	budi.apply(p, d1, market, node, "saya berhenti")
	sari.until("one more", `document.querySelector(".sort-at").textContent === "8 of 8"`)
	sari.key("1")
	sari.standsAt("5 of 8", "6 decided", "saya berhenti")
	if group := see[string](sari, `document.querySelector(".sort-coder").textContent`); !strings.Contains(group, "BS") {
		t.Errorf("whose segment it is: %q", group)
	}
	sari.key(" ")
	sari.standsAt("6 of 8", "7 decided", two[0]) // what was passed over comes again
	sari.key("1")
	sari.until("the end", `document.querySelector(".sort-card h2")?.textContent === "Every segment has its place"`)
	sari.sorted()

	// The sums are those of the server; the one that Budi moved is his.
	said := see[map[string]int](sari, `Object.fromEntries([...document.querySelectorAll(".sort-went [data-code]")].map((r) => [r.dataset.code, Number(r.querySelector(".sort-count").textContent)]))`)
	have := sari.underCode(p, d1, d2)
	have[to]--
	for code, n := range have {
		if said[fmt.Sprint(code)] != n {
			t.Errorf("%d went to %d, the summary says %d", n, code, said[fmt.Sprint(code)])
		}
	}
	if len(said) != 3 || said[fmt.Sprint(to)] != 4 || said[fmt.Sprint(node)] != 2 {
		t.Errorf("the summary says %v", said)
	}
	sari.axe("the end of the queue")

	// The rest as well, and then the code can be retired.
	sari.click(".sort-card .acts button")
	sari.standsAt("1 of 8", "8 decided", one[0])
	for _, words := range []string{one[2], "saya berhenti"} {
		for see[string](sari, `document.querySelector(".sort-card mark").textContent`) != words {
			was := see[string](sari, `document.querySelector(".sort-at").textContent`)
			sari.key("j")
			sari.until("the next segment", `document.querySelector(".sort-at").textContent !== `+quoted(was)+` && document.querySelector(".sort-card mark")`)
		}
		sari.until("that it stays", `document.querySelector(".sort-verdict").textContent === "Stays"`)
		sari.key("2")
		sari.until("the end again", `document.querySelector(".sort-went")`)
		if words == one[2] {
			sari.click(".sort-card .acts button")
			sari.standsAt("1 of 8", "8 decided", one[0])
		}
	}
	sari.click("#sort-retire")
	sari.until("the code to be retired", `document.querySelector(".sort-card .notice")?.textContent.includes("is retired") && !document.querySelector("#sort-retire")`)
	if n := sari.underCode(p, d1, d2)[node]; n != 0 {
		t.Errorf("%d codings are left under the code", n)
	}
	budi.sorting0(p, node)
	budi.until("nothing to sort", `document.querySelector("#sort-empty")?.checkVisibility() && !document.querySelector(".sort-strip")?.checkVisibility()`)
	budi.axe("a queue without segments")
	if rows := see[string](sari, fmt.Sprintf(`fetch("/projects/%d/codebook.json").then((r) => r.json()).then((b) => { const n = b.nodes.find((n) => n.id === %d); return n.state + n.count; })`, p, node)); rows != "retired0" {
		t.Errorf("the code is %s", rows)
	}
}

// TestSplittingAtTheEnd holds decisions back over a reload, looks at what the split would do, makes it in one entry, and takes it
// back as one.
func TestSplittingAtTheEnd(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	one := []string{"Awalnya saya jual di pasar pagi.", "Mengisi formulir ekspor itu sulit sekali.", "Saya menebak nomor barangnya."}
	_, node := sari.apply(p, d, market, "Sulit", one...)
	_, form := sari.apply(p, d, market, "Formulir", one[1]) // the same words: they are to become one

	sari.sorting(p, node)
	sari.into("Formulir", 1)
	sari.into("Pasar pagi", 2)
	sari.key("s")
	sari.until("to hear that nothing waits", `document.querySelector(".sort-said").textContent === "Nothing waits for a split yet."`)
	sari.click("#sort-hold")
	sari.until("the focus back on the segment", `document.activeElement.id === "sort-card"`)
	sari.key("2")
	sari.standsAt("2 of 3", "1 decided", one[1])
	sari.key("2") // by mistake
	sari.key("z", chromedp.ModifierCtrl)
	sari.standsAt("2 of 3", "1 decided", one[1])
	sari.key("1")
	sari.standsAt("3 of 3", "2 decided", one[2])
	if n := sari.underCode(p, d)[node]; n != 3 {
		t.Fatalf("%d of 3 codings are still under the code while the decisions wait", n)
	}
	sari.until("the place to be in the address", `!document.querySelector("segment-queue").dataset.address`)
	sari.must(chromedp.Reload())
	sari.queue()
	sari.standsAt("3 of 3", "2 decided", one[2])
	sari.key("0")
	sari.until("the end of the queue", `document.querySelector("#sort-split-all")?.textContent === "See what the split does (2)"`)
	sari.key("s")
	sari.until("what the split would do", `document.querySelector(".sort-split[open] .facts")?.textContent.includes("1 moves; 1 covers the same words by the same coder and becomes one")`)
	sari.until("the counts", fmt.Sprintf(`document.querySelector('.sort-split [data-node-count="%d"]')?.innerText.replace(/\s+/g, " ").startsWith("Sulit 3 →")`, node))
	sari.axe("what a split would do")
	sari.fill(".sort-split textarea", "dua hal")
	sari.click(".sort-split button.go")
	sari.until("the split", `!document.querySelector(".sort-split").open && document.querySelector(".sort-notices")?.textContent.includes("2 segments were given away in one entry.")`)
	if got := sari.underCode(p, d); got[node] != 1 || got[form] != 1 || len(got) != 3 {
		t.Errorf("after the split the codes have %v", got)
	}
	sari.click(".sort-notices .notice button:not(.bare)")
	sari.until("what was decided to wait again", `document.querySelector("#sort-split")?.checkVisibility() && document.querySelector("#sort-split").textContent.endsWith("(2)")`)
	if got := sari.underCode(p, d); got[node] != 3 || got[form] != 1 {
		t.Errorf("after it was taken back the codes have %v", got)
	}
	sari.key("s")
	sari.until("to see it again", `document.querySelector(".sort-split[open] .facts")`)
	sari.key(kb.Escape)
	sari.until("it to be closed", `!document.querySelector(".sort-split").open`)
}

// sorting0 opens a queue that has nothing in it.
func (p *person) sorting0(project, node int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/nodes/%d/sort", project, node))
	p.until("the queue", `document.querySelector("segment-queue.ready")`)
}

// recode gives a coding another code.
func (p *person) recode(project, coding, code int) {
	p.t.Helper()
	a := p.session().post(fmt.Sprintf("/projects/%d/codings", project), map[string]any{"change": newChange(), "codings": []int{coding}, "code": code})
	if a.status != http.StatusOK {
		p.t.Fatalf("%s moves a coding: %d %s", p.name, a.status, a.body)
	}
}

// TestSplittingRefused decides without a network, decides about what has gone, and gives segments to a code that was merged
// into another meanwhile.
func TestSplittingRefused(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p02.txt", "P02", clinic)
	words := []string{"Formulirnya panjang sekali 📄.", "menebak nomor", "Tetangga saya, 海老 juga", "Saya belajar sendiri dari ponsel."}
	codings, node := sari.apply(p, d, clinic, "Sulit", words...)
	_, paper := sari.apply(p, d, clinic, "Kertas", words[0])
	_, form := sari.apply(p, d, clinic, "Formulir", "Lalu?")
	sari.expect(failedRequest)
	// A window that hears nothing of what others do.
	sari.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `EventSource = class { addEventListener() {} close() {} }`})
		return err
	}))

	sari.sorting(p, node)
	sari.into("Formulir", 1)
	sari.into("Kertas", 2)
	sari.offline(true)
	sari.key("1")
	sari.standsAt("2 of 4", "1 decided", words[1])
	sari.until("the status to say that it is offline", `document.querySelector(".sort-saved").dataset.state === "offline"`)
	sari.key("1")
	sari.standsAt("3 of 4", "2 decided", words[2])
	sari.offline(false)
	sari.sorted()
	if have := sari.underCode(p, d); have[form] != 3 || have[node] != 2 {
		t.Errorf("after two decisions without a network: %v", have)
	}

	// The code was merged: it is said, with the one to use instead.
	s := sari.session()
	if status := see[int](sari, fmt.Sprintf(`fetch("/projects/%d/nodes/merge", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({change: crypto.randomUUID(), nodes: %d, into: %d})}).then((r) => r.status)`, p, form, paper)); status != http.StatusOK {
		t.Fatalf("the merge is answered with %d", status)
	}
	sari.key("1")
	sari.until("to be told that it was merged", `document.querySelector(".sort-notices")?.textContent.includes("Kertas")`)
	sari.click(".sort-notices button")
	sari.until("the decision under the other code", `document.querySelector(".sort-decided").textContent === "3 decided"`)
	sari.sorted()
	if have := sari.underCode(p, d); have[paper] != 4 || have[node] != 1 {
		t.Errorf("after the code was merged: %v", have)
	}
	// What has gone is said, and counts no more.
	a := s.post(fmt.Sprintf("/projects/%d/codings/remove", p), map[string]any{"change": newChange(), "codings": []int{codings[3]}})
	if a.status != http.StatusOK {
		t.Fatalf("remove: %d %s", a.status, a.body)
	}
	sari.standsAt("4 of 4", "3 decided", words[3])
	sari.key("1")
	sari.until("to be told that it has gone", `document.querySelector(".sort-notices")?.textContent.includes("Not done:") && document.querySelector(".sort-decided").textContent === "3 decided" && document.querySelector(".sort-left").textContent === "0 left"`)
}

// TestSplittingIsAccessible looks at the queue in both languages and appearances, and at what opens on it.
func TestSplittingIsAccessible(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, rina := g.person("Sari Melati"), g.person("Rina Wulandari")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	rina.accept(sari.invite(p, "supervisor"), "id")
	codings, node := sari.apply(p, d, market, "Sulit", "Mengisi formulir ekspor itu sulit sekali.", "Kalau dia tidak ada", "Saya menebak nomor barangnya.")
	sari.apply(p, d, market, "Kertas", "Mengisi formulir ekspor itu sulit sekali.")
	a := sari.session().post(fmt.Sprintf("/projects/%d/memos", p), map[string]any{"change": newChange(), "on": codings[0], "text": "Bandingkan dengan P02."})
	if a.status != http.StatusOK {
		t.Fatalf("memo: %d %s", a.status, a.body)
	}
	for i, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.sorting(p, node)
		if i == 0 {
			sari.into("Kertas", 1)
			sari.into("Menebak", 2)
		}
		sari.until("the memo", `document.querySelector(".sort-memos")?.textContent.includes("Bandingkan dengan P02.") && document.querySelector(".sort-other")?.textContent.includes("Kertas")`)
		sari.axe("the queue, " + scheme)
		sari.narrow("the queue, " + scheme)
		sari.key("?")
		sari.until("the keys", `document.querySelector("#sort-help").open`)
		sari.axe("its keys, " + scheme)
		sari.key(kb.Escape)
		sari.until("the keys to be shut", `!document.querySelector("#sort-help").open`)
		sari.click("#sort-add")
		sari.until("the choices", `document.querySelector("#sort-choices").checkVisibility()`)
		sari.axe("the choice of a code, " + scheme)
		sari.key(kb.Escape)
		// A supervisor reads the segments in the other language and decides nothing.
		rina.appearance(scheme)
		rina.sorting(p, node)
		rina.axe("a supervisor's queue, " + scheme)
		rina.key("1")
		rina.key("0")
		rina.key("j")
		rina.until("the next segment", `document.querySelector(".sort-at").textContent === "2 dari 3"`)
	}
	if rina.underCode(p, d)[node] != 3 {
		t.Error("a supervisor moved a segment")
	}
}
