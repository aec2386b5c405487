package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// holding holds back the answers of addresses that a pattern of JavaScript matches, until they are released.
func (p *person) holding(pattern string) {
	p.t.Helper()
	see[any](p, `(() => {
		const real = window.fetch;
		window.e2eHeld = [];
		window.fetch = async (to, how) => {
			const r = await real(to, how);
			if (window.e2eHeld && `+pattern+`.test(String(to))) await new Promise((go) => window.e2eHeld.push(go));
			return r;
		};
	})()`)
}

func (p *person) held(what string) {
	p.t.Helper()
	p.until(what+" that is held back", `window.e2eHeld.length === 1`)
}

func (p *person) released() {
	p.t.Helper()
	see[any](p, `(() => { const held = window.e2eHeld; delete window.e2eHeld; for (const go of held) go(); })()`)
}

// TestOneQueueInTwoWindows decides in both: what the browser keeps of the queue takes neither's decisions away.
func TestOneQueueInTwoWindows(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p02.txt", "P02", clinic)
	words := []string{"Formulirnya panjang sekali 📄.", "menebak nomor", "Tetangga saya, 海老 juga", "Saya belajar sendiri dari ponsel."}
	_, node := sari.apply(p, d, clinic, "Sulit", words...)

	sari.sorting(p, node)
	sari.into("Formulir", 1)
	form := see[int](sari, `Number(document.querySelector(".sort-target").dataset.code)`)
	other := sari.window()
	other.sorting(p, node)
	sari.key("1")
	sari.standsAt("2 of 4", "1 decided", words[1])
	other.until("the first segment to have gone", `document.querySelector(".sort-at").textContent === "1 of 3"`)
	other.key("j")
	other.standsAt("2 of 3", "0 decided", words[2])
	other.key("1")
	other.standsAt("3 of 3", "1 decided", words[3])
	other.sorted()
	sari.until("what the other window decided", `document.querySelector(".sort-at").textContent === "2 of 3"`)
	sari.key("0")
	sari.standsAt("3 of 3", "2 decided", words[3])
	sari.sorted()

	for _, w := range []*person{sari, other} {
		w.until("the place to be in the address", `!document.querySelector("segment-queue").dataset.address`)
		w.must(chromedp.Reload())
		w.queue()
		w.standsAt("4 of 4", "3 decided", words[3])
		if got := w.counts(); !slices.Equal(got, []string{"2", "1"}) {
			t.Errorf("%s sees %v", w.name, got)
		}
	}
	if got := sari.underCode(p, d); got[form] != 2 || got[node] != 2 {
		t.Errorf("the codes have %v", got)
	}
	// The last of all decisions is the one that is taken back, wherever it was made.
	other.key("z", chromedp.ModifierCtrl)
	other.standsAt("2 of 4", "2 decided", words[1])
}

// TestAnOldOrderTakesNothingBack lets an order of segments arrive that the server gave before a decision which is answered by now.
func TestAnOldOrderTakesNothingBack(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p02.txt", "P02", clinic)
	words := []string{"Formulirnya panjang sekali 📄.", "menebak nomor"}
	_, node := sari.apply(p, d, clinic, "Sulit", words...)
	budi.accept(sari.invite(p, "researcher"), "id")

	sari.sorting(p, node)
	sari.into("Formulir", 1)
	sari.holding(`/sort\.json\?codes=/`)
	budi.apply(p, d, clinic, node, "Saya belajar sendiri dari ponsel.")
	sari.held("an order")
	sari.key("1")
	sari.standsAt("2 of 2", "1 decided", words[1])
	sari.sorted()
	sari.released()
	sari.standsAt("2 of 3", "1 decided", words[1])
	sari.key("k")
	sari.until("the decision to stand", `document.querySelector(".sort-verdict")?.textContent.includes("Formulir")`)
	if got := sari.counts(); !slices.Equal(got, []string{"1", "0"}) {
		t.Errorf("the queue says %v", got)
	}
}

// TestAnOldCodebookTakesNothingBack lets a codebook arrive that the server gave before a code was made which has its number by now.
func TestAnOldCodebookTakesNothingBack(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	sari.open(fmt.Sprintf("/projects/%d/documents/%d", p, d))
	sari.ready()
	sari.holding(`/codebook\.json$/`)
	sari.drag("Saya menebak nomor barangnya")
	sari.create("Guessing")
	sari.held("a codebook")
	sari.drag("jual di pasar pagi")
	sari.create("Market days")
	see[any](sari, `(() => { window.e2eLost = false;
		new MutationObserver(() => { window.e2eLost ||= ![...document.querySelectorAll(".surface-right .coding-card")].some((c) => c.textContent.includes("Market days")); }).observe(document.querySelector(".surface-right"), { childList: true, subtree: true, characterData: true }); })()`)
	sari.released()
	sari.until("the codebook that has both", `[...document.querySelectorAll("#surface-tree .tree-name")].map((e) => e.textContent).sort().join() === "Guessing,Market days" && [...document.querySelectorAll("#surface-tree [data-node]")].every((r) => r.querySelector(".surface-n")?.textContent === "1")`)
	if see[bool](sari, `window.e2eLost`) {
		t.Error("the card lost the name of its code for a while")
	}
}
