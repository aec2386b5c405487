package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTheWholeJob does what a researcher does with the program, by mouse and by keyboard, from the first link to the tables.
func TestTheWholeJob(t *testing.T) {
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Small exporters", "reflexive")
	amplang, soap := sari.addTwo(p)
	sari.codeTen(p, amplang, soap)
	before := sari.codings(p, amplang)
	sari.mergeAndGather(p)
	sari.readHistory(p, before, amplang)
	golden(t, "codebook.csv", sari.csv(p, "codebook"))
	golden(t, "segments.csv", sari.csv(p, "segments"))
}

// addTwo makes an attribute, uploads one file through the file field and one by dropping it, and adds both.
func (p *person) addTwo(project int) (amplang, soap int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/informants", project))
	p.fill("#attribute-new", "Informant group")
	p.click("form:has(#attribute-new) button")
	p.until("the attribute", `document.querySelector(".attribute-list input[name=name]")?.value === "Informant group"`)

	p.open(fmt.Sprintf("/projects/%d/documents", project))
	docx, err := filepath.Abs(root + "/testdata/balikpapan/P01_amplang.docx")
	if err != nil {
		p.t.Fatal(err)
	}
	srt := strings.Replace(docx, "P01_amplang.docx", "P08_sabun.srt", 1)
	p.must(chromedp.SetUploadFiles(chromedp.CSS("upload-list header input[type=file]"), []string{docx}))
	p.until("the preview to open by itself", `document.querySelector("#preview-form .preview-turn")`)
	at := p.target("upload-list .drop")
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: []string{srt}, DragOperationsMask: 1}
	for _, what := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchDragEvent, input.DispatchDragEventParams{Type: what, X: at.X, Y: at.Y, Data: data})
			return err
		}))
	}
	p.until("both files to be read", `document.querySelectorAll(".file-list > .file[data-state=ready]").length === 2`)

	add := func(name, group string) int {
		p.until("the informant's group to be asked for", `document.querySelector("#preview-form [id^=value-]")`)
		p.fill("#preview-name", name)
		p.fill("#preview-form [id^=value-]", group)
		p.pick("#preview-case", "new")
		p.fill("#preview-new-case", strings.Fields(name)[0])
		p.click("#preview-form .panel-foot button.go:not([name])")
		link := `[...document.querySelectorAll("#documents-list tr[id^=document-] a")].find((a) => a.textContent.trim() === ` + quoted(name) + `)`
		p.until(name+" in the list", link)
		return see[int](p, `Number(`+link+`.closest("tr").id.slice(9))`)
	}
	amplang = add("P01 Amplang", "Food")
	p.until("the next preview to open by itself", `document.querySelector("#preview-form .preview-turn") && document.querySelector(".panel-title").textContent.includes("P08")`)
	soap = add("P08 Soap", "Cosmetics")
	if text := see[string](p, `document.querySelector("#documents-list").innerText`); !strings.Contains(text, "Food") || !strings.Contains(text, "Cosmetics") {
		p.t.Errorf("the groups given in the previews are not in the list of documents:\n%s", text)
	}
	return amplang, soap
}

// codeTen codes two documents with everything there is for it.
func (p *person) codeTen(project, amplang, soap int) {
	p.t.Helper()
	p.click(fmt.Sprintf(`#document-%d a[href$="/documents/%d"]`, amplang, amplang))
	p.until("the document", fmt.Sprintf(`location.pathname === "/projects/%d/documents/%d"`, project, amplang))
	p.ready()

	p.drag("nama Ibu tidak akan saya pakai") // 1: by mouse
	p.create("Promise of anonymity")
	p.doubleClick("Kediri") // 2: a word
	p.create("Origins")
	p.goTo("Pertama cuma sekilo tepung") // 3: a sentence, by keyboard
	p.key(kb.Enter)
	p.palette()
	p.create("Starting small")
	p.drag("sekilo tepung, dijual di warung") // 4: inside it
	p.choose("Origins")
	p.goTo("Jadi kalau ditanya saya bisa ekspor ndak") // 5: named by its words
	p.key("i")
	p.coded("yang bisa ekspor itu dia")
	p.key("t")
	p.goTo("Nah itu lucu") // 6: a turn
	p.key(kb.Enter)
	p.palette()
	p.create("Luck")
	p.key("w")
	p.goTo("wong digajinya harian") // 7: three words
	p.key(kb.ArrowRight, chromedp.ModifierShift)
	p.key(kb.ArrowRight, chromedp.ModifierShift)
	p.key(kb.Enter)
	p.palette()
	if chosen := see[string](p, `document.querySelector(".palette .surface-n").textContent`); !strings.Contains(chosen, "21") {
		p.t.Errorf("three words chosen by keyboard are said to be %q, they are 21 characters", chosen)
	}
	p.choose("Starting small")

	row := `[...document.querySelectorAll("#surface-tree [data-node]")].find((r) => r.querySelector(".tree-name").textContent === "Origins")`
	node := see[int](p, `Number(`+row+`.dataset.node)`)
	p.click(fmt.Sprintf("#tree-%d .tree-more", node)) // pinned to key 1
	p.click(".tree-menu .tree-keys button")
	p.until("the key beside the code", fmt.Sprintf(`document.querySelector("#tree-%d kbd")?.textContent === "1"`, node))
	p.goTo("mertua saya orang Banjar") // 8: by its number
	p.key("s")
	p.key("1")
	p.coded("Saya asalnya dari Kediri, ikut suami ke sini") // the word in it has the same code already

	p.goTo("Saya tanya balik, PEB itu apa") // 9 and 10: two sentences at once
	p.key("a")
	p.goTo("Sungguh, saya kira itu merek plastik")
	p.key("a")
	p.key(kb.Enter)
	p.palette()
	p.create("Acronyms")
	p.goTo("Saya pikir NIB itu sudah semuanya") // 11: the code used last, again
	p.key("0")
	p.coded("Acronyms")

	if n := len(p.codings(project, amplang)); n != 11 {
		p.t.Fatalf("eleven codings were made, the server has %d", n)
	}
	p.click(fmt.Sprintf(`.surface-doc[href$="/documents/%d"]`, soap))
	p.until("the other document", fmt.Sprintf(`location.pathname === "/projects/%d/documents/%d"`, project, soap))
	p.ready()
	p.drag("isi commercial invoice")
	p.create("Customs jargon")
	p.doubleClick("lavender") // taken back at once
	p.create("A slip")
	// What is coded elsewhere with it may be asked for in the moment in which it goes.
	p.expect(`status of 404.*/segments\.json`)
	p.key("z", chromedp.ModifierCtrl)
	p.until("the slip to be gone", `![...document.querySelectorAll(".surface-right .coding-card")].some((c) => c.textContent.includes("A slip"))`)
	if n := len(p.codings(project, soap)); n != 1 {
		p.t.Fatalf("one coding is left in the second document, the server has %d", n)
	}
}

// node is the number of a row of the codebook.
func (p *person) node(name string) int {
	p.t.Helper()
	row := `[...document.querySelectorAll("tr[data-node]")].find((r) => r.dataset.name === ` + quoted(name) + `)`
	p.until(name+" in the codebook", row)
	return see[int](p, `Number(`+row+`.dataset.node)`)
}

// chooseNodes ticks rows of the codebook.
func (p *person) chooseNodes(names ...string) {
	p.t.Helper()
	for _, name := range names {
		n := p.node(name)
		p.click(fmt.Sprintf(`tr[data-node="%d"] input[name=nodes]`, n))
		p.until(name+" to be chosen", fmt.Sprintf(`document.querySelector('tr[data-node="%d"]').getAttribute("aria-selected") === "true"`, n))
	}
}

func (p *person) mergeAndGather(project int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/codebook", project))
	into := p.node("Customs jargon")
	p.chooseNodes("Acronyms", "Customs jargon")
	p.click(`[data-do=merge]`)
	p.until("the merge card", `document.querySelector("#consequence-dialog").open`)
	p.pick("#deed-into", fmt.Sprint(into))
	p.until("the card for that target", fmt.Sprintf(`document.querySelector("#deed-into")?.value === "%d" && document.querySelector(".deed-from")?.textContent.includes("Acronyms") && !document.querySelector(".deed-from").textContent.includes("Customs")`, into))
	if card := see[string](p, `document.querySelector("#consequence-card").innerText`); !strings.Contains(card, "4") {
		p.t.Errorf("the merge card does not tell that 4 codings result:\n%s", card)
	}
	p.click("#consequence-card button.go")
	p.until("the merge", `!document.querySelector("#consequence-dialog").open && ![...document.querySelectorAll("tr[data-node]")].some((r) => r.dataset.name === "Acronyms")`)

	vivo := see[string](p, `[...document.querySelectorAll("tr[data-node]")].map((r) => r.dataset.name).find((n) => n.includes("ekspor"))`)
	for _, x := range []struct {
		theme string
		codes []string
	}{{"Trust", []string{"Promise of anonymity"}}, {"Beginnings", []string{"Origins", "Starting small"}}, {"Borrowed capacity", []string{vivo}}, {"Chance", []string{"Luck"}}, {"Paper", []string{"Customs jargon"}}} {
		p.chooseNodes(x.codes...)
		p.click(`[popovertarget=gather]`)
		p.fill("#gather-name", x.theme)
		p.key(kb.Enter)
		theme := p.node(x.theme)
		for _, c := range x.codes {
			p.until(c+" under its theme", fmt.Sprintf(`document.querySelector('tr[data-node="%d"]').dataset.parent === "%d"`, p.node(c), theme))
		}
		p.until("nothing to be chosen", `!document.querySelector('tr[data-node][aria-selected="true"]')`)
	}
	if n := see[int](p, `document.querySelectorAll('tr[data-kind="theme"]').length`); n != 5 {
		p.t.Errorf("five themes were gathered, the codebook shows %d", n)
	}
}

func (p *person) readHistory(project int, before [][]int64, amplang int) {
	p.t.Helper()
	p.open(fmt.Sprintf("/projects/%d/history", project))
	said := see[[]string](p, `[...document.querySelectorAll(".entry-say p")].map((e) => e.innerText.replace(/\s+/g, " ").trim())`)
	all := strings.Join(said, "\n")
	for _, words := range []string{"Small exporters", "P01 Amplang", "P08 Soap", "Promise of anonymity", "Origins", "Luck", "Acronyms", "Customs jargon", "Trust", "Borrowed capacity"} {
		if !strings.Contains(all, words) {
			p.t.Errorf("History does not mention %q", words)
		}
	}
	if m := regexp.MustCompile(`\b[a-z]+\.[a-z_.]+\b|\{\w+\}|%!`).FindString(all); m != "" {
		p.t.Errorf("History has %q, which is no sentence", m)
	}
	p.t.Logf("History:\n%s", all)
	merge := `[...document.querySelectorAll(".entry")].find((e) => /merged/i.test(e.innerText) && e.querySelector("button[name=seq]"))`
	p.until("the merge in History", merge)
	seq := see[string](p, merge+`.id`)
	p.click("#" + seq + " button[name=seq]")
	p.until("the merge to be taken back", `document.querySelector("#`+seq+`").classList.contains("undone")`)

	after := p.codings(project, amplang)
	if fmt.Sprint(after) != fmt.Sprint(before) {
		p.t.Errorf("after taking the merge back the codings are not as before:\n%v\n%v", before, after)
	}
	p.open(fmt.Sprintf("/projects/%d/codebook", project))
	p.node("Acronyms")
}

var instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// golden compares words with a file of testdata/e2e; times are all the same time there.
func golden(t *testing.T, name, words string) {
	t.Helper()
	words = instants.ReplaceAllString(words, "2026-01-01T00:00:00Z")
	file := filepath.Join(root, "testdata", "e2e", name)
	if *update {
		if err := os.WriteFile(file, []byte(words), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == words {
		return
	}
	a, b := strings.Split(string(want), "\r\n"), strings.Split(words, "\r\n")
	for i := range max(len(a), len(b)) {
		x, y := "", ""
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			t.Errorf("%s, row %d:\nwant %s\nhave %s", name, i+1, x, y)
		}
	}
}
