package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// paste puts words where the cursor is, as an input method does.
func (p *person) paste(words string) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: words})
		return err
	}))
}

// press presses a key that the page takes for itself, so that it types nothing: chromedp would send its character all the same.
func (p *person) press(key string) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range key {
			for _, k := range kb.Encode(r) {
				if k.Type == kb.KeyChar {
					continue
				}
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// inEditor waits for the editor of a memo to have the focus.
func (p *person) inEditor() {
	p.t.Helper()
	p.until("the editor of a memo", `document.activeElement?.matches(".card-editor textarea")`)
}

// memo waits for a memo beside the text whose words contain some, and gives its HTML.
func (p *person) memo(where, words string) string {
	p.t.Helper()
	at := `[...document.querySelectorAll(` + quoted(where+" .memo-text") + `)].find((e) => e.textContent.includes(` + quoted(words) + `))`
	p.until("the memo “"+words+"”", at)
	return see[string](p, at+`.innerHTML`)
}

// offered waits for names to be offered, the first of them this one.
func (p *person) offered(name string) {
	p.t.Helper()
	p.until(name+" to be offered", `document.querySelector(".memo-names [aria-selected=true] bdi")?.textContent === `+quoted(name))
}

// TestMemos writes memos with Markdown and links on a coding, words, a turn, a code and the document, follows the links, and has
// somebody else see them.
func TestMemos(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "codebook")
	d := sari.addText(p, "p01.txt", "P01 Market", market)
	other := sari.addText(p, "p02.txt", "P02 Seafood", strings.ReplaceAll(market, "P01", "P02"))
	budi.accept(sari.invite(p, "researcher"), "id")
	sari.read(p, d)
	sari.drag("Mengisi formulir ekspor")
	sari.create("Forms")
	budi.read(p, d)

	// On the coding, with links by name chosen with the keys.
	sari.press("m")
	sari.inEditor()
	sari.paste("**Hard** for her:\n\n- numbers\n- [[for")
	sari.offered("Forms")
	if see[string](sari, `(() => { const a = document.activeElement, l = document.getElementById(a.getAttribute("aria-controls")); return [a.ariaAutoComplete, l.role, document.getElementById(a.getAttribute("aria-activedescendant")).textContent].join(); })()`) != "list,listbox,FormsCode" {
		t.Error("the list of names is no combobox")
	}
	sari.axe("names offered")
	// Drawn again round the field, the list stays.
	see[any](sari, `(() => { const a = document.activeElement; a.blur(); a.focus(); })()`)
	sari.offered("Forms")
	sari.press(kb.Enter)
	sari.until("the name to be taken", `document.activeElement.value.endsWith("- [[Forms]]") && !document.querySelector(".memo-names")`)
	sari.paste(" and [[p0")
	sari.until("both documents to be offered", `document.querySelectorAll(".memo-names [role=option]").length === 2`)
	sari.key(kb.ArrowDown)
	sari.offered("P02 Seafood")
	sari.key(kb.Escape)
	sari.until("the list to be closed and the editor not", `!document.querySelector(".memo-names") && document.activeElement.matches(".card-editor textarea")`)
	sari.paste("2")
	sari.key(kb.Backspace)
	sari.key(kb.Backspace)
	sari.key(kb.Backspace)
	sari.key(kb.Backspace)
	sari.key(kb.Backspace)
	sari.paste("[[sea")
	sari.offered("P02 Seafood")
	sari.click(".memo-names [role=option]")
	sari.until("the name to be taken by a click", `document.activeElement.value.endsWith("[[P02 Seafood]]")`)
	sari.key(kb.ArrowLeft)
	sari.key(kb.ArrowLeft)
	sari.paste("#t4")
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	html := sari.memo(".coding-card", "Hard")
	for _, want := range []string{"<strong>Hard</strong> for her:", "<ul><li>numbers</li>", `>Forms</a> and <a class="memo-name" href="/projects/` + fmt.Sprint(p) + `/documents/` + fmt.Sprint(other) + `#t4"`, ">P02 Seafood, turn 4</a>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the memo is %s, without %s", html, want)
		}
	}
	// It is there for the other at once.
	budi.goTo("Mengisi formulir ekspor")
	if html := budi.memo(".coding-card", "Hard"); !strings.Contains(html, "giliran 4</a>") {
		t.Errorf("the other reads %s", html)
	}

	// On a turn; what attacks stays words.
	sari.goTo("Awalnya saya jual")
	sari.press("t")
	sari.press("m")
	sari.inEditor()
	attack := "turn memo <script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) [[\"><script>alert(4)</script>]] ![](http://example.org/x.png)"
	sari.paste(attack)
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	html = sari.memo(".note-card", "turn memo")
	if strings.Contains(html, "<script") || strings.Contains(html, "<img") || !strings.Contains(html, "x (javascript:alert(3))") {
		t.Errorf("an attack is drawn as %s", html)
	}
	if n := see[int](sari, `document.querySelectorAll(".memo-text script, .memo-text img, .memo-text a[href^=javascript]").length`); n != 0 {
		t.Errorf("an attack has made %d elements", n)
	}
	sari.until("a sign beside the turn", `document.querySelector("#t2 .memo-sign")?.ariaLabel === "1 memo in turn 2"`)
	budi.until("a sign for the other", `document.querySelector("#t2 .memo-sign")?.ariaLabel === "1 memo dalam giliran 2"`)
	budi.click("#t2 .memo-sign")
	budi.memo(".note-card", "turn memo")

	// On the code, from the tree's menu; the cards of its codings say so.
	node := see[int](sari, `Number(document.querySelector("#surface-tree [data-node]").dataset.node)`)
	sari.click(`#surface-tree [data-node] .tree-more`)
	sari.until("the menu", `!document.querySelector(".tree-menu").hidden`)
	see[any](sari, `[...document.querySelectorAll(".tree-menu button")].find((b) => b.textContent === "Memos…").click()`)
	sari.inEditor()
	sari.paste("What the code *means*, see [[p02 seafood]] and [[Nobody]].")
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	html = sari.memo(".note-code", "What the code")
	if !strings.Contains(html, `<em>means</em>`) || !strings.Contains(html, ">P02 Seafood</a>") || !strings.Contains(html, `<span class="memo-nobody" title="No code, theme or document is called “Nobody”">Nobody</span>`) {
		t.Errorf("the memo on the code is %s", html)
	}
	budi.goTo("Mengisi formulir ekspor")
	budi.until("the code's memo on the card", `document.querySelector(".coding-card .card-code-memos")?.textContent === "1 memo pada kode ini"`)
	budi.click(".coding-card .card-code-memos")
	budi.memo(".note-code", "What the code")

	// On the document. What was left with Esc is there again, and a list drawn anew takes nothing away.
	write := `[...document.querySelectorAll(".note-document button")].find((b) => b.textContent === "Memo on the document")`
	see[any](sari, write+`.click()`)
	sari.inEditor()
	sari.paste("half a thought")
	sari.key(kb.Escape)
	sari.until("the focus to be on the text", `document.activeElement?.id === "turns"`)
	sari.until("the draft to be named", `document.querySelector(".note-document .card-draft")?.textContent === "Go on with the draft"`)
	sari.goTo("Pendamping dari klinik")
	sari.click(".note-document .card-draft")
	sari.inEditor()
	sari.until("the draft", `document.activeElement.value === "half a thought"`)
	w := budi.session()
	if a := w.post(fmt.Sprintf("/projects/%d/memos", p), map[string]any{"change": newChange(), "on": d, "text": "meanwhile"}); a.status != 200 {
		t.Fatalf("the memo is answered with %d: %s", a.status, a.body)
	}
	sari.memo(".note-document", "meanwhile")
	sari.inEditor()
	sari.paste(", now whole\nand a second line")
	sari.click(".note-document .card-editor button.go")
	if html := sari.memo(".note-document", "now whole"); html != "<p>half a thought, now whole<br>\nand a second line</p>" {
		t.Errorf("the memo on the document is %s", html)
	}
	sari.axe("memos beside the text")

	// Pressed while somebody else's memo arrives: the list under the button waits, and the click is none the worse.
	sari.goTo("Siapa yang menolong")
	at := sari.target(`.note-document .card-acts button`)
	sari.must(chromedp.MouseEvent("mousePressed", at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	start := strings.Index(see[string](sari, `[...document.querySelectorAll(".part")].map((p) => p.textContent).join("\n")`), "Siapa")
	if a := w.post(fmt.Sprintf("/projects/%d/memos", p), map[string]any{"change": newChange(), "on": d, "start": start, "stop": start + len("Siapa yang menolong?"), "text": "just now"}); a.status != 200 {
		t.Fatalf("the memo is answered with %d: %s", a.status, a.body)
	}
	sari.until("its sign", `document.querySelector("#t5 .memo-sign")`)
	sari.must(chromedp.MouseEvent("mouseReleased", at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	sari.inEditor()
	sari.memo(".note-card", "just now")
	sari.key(kb.Escape)
	sari.until("the focus to be on the text", `document.activeElement?.id === "turns"`)

	// The links lead on.
	sari.goTo("Mengisi formulir ekspor")
	sari.memo(".coding-card", "Hard")
	see[any](sari, `[...document.querySelectorAll(".coding-card .memo-name")].find((a) => a.textContent.includes("turn 4")).click()`)
	sari.until("turn 4 of the other document", fmt.Sprintf(`location.pathname.endsWith("/documents/%d") && location.hash === "#t4" && document.querySelector("#t4")`, other))
	sari.ready()
	budi.open("/projects")
	budi.until("Budi to be elsewhere", `location.pathname === "/projects"`)
	sari.appearance("dark")
	sari.read(p, d)
	sari.goTo("Mengisi formulir ekspor")
	sari.memo(".coding-card", "Hard")
	see[any](sari, `[...document.querySelectorAll(".coding-card .card-meta button")].find((b) => b.textContent === "Edit").click()`)
	sari.inEditor()
	sari.paste(" [[mark")
	sari.offered("P01 Market")
	sari.axe("names offered, dark")
	sari.key(kb.Escape)
	sari.key(kb.Escape)
	sari.click(".coding-card .card-draft")
	sari.inEditor()
	see[any](sari, `[...document.querySelectorAll(".coding-card .card-editor button")].find((b) => b.textContent === "Discard").click()`)
	sari.memo(".coding-card", "Hard")
	sari.axe("memos beside the text, dark")
	see[any](sari, `[...document.querySelectorAll(".coding-card .memo-name")].find((a) => a.textContent === "Forms").click()`)
	sari.until("the page of the code", fmt.Sprintf(`location.pathname === "/projects/%d/nodes/%d"`, p, node))

	// The page of the code shows its memos as well, and its plain fields offer names.
	if html := sari.memo("#node-memos", "What the code"); !strings.Contains(html, "<em>means</em>") {
		t.Errorf("on the page of the code the memo is %s", html)
	}
	sari.memo("#node-segments", "Hard")
	sari.click("#node-memos article.memo summary")
	sari.fill("#node-memos article.memo textarea", "Rewritten with [[p01")
	sari.offered("P01 Market")
	sari.axe("memos of a code, dark")
	sari.press(kb.Tab)
	sari.click("#node-memos article.memo button.go")
	if html := sari.memo("#node-memos", "Rewritten"); !strings.Contains(html, fmt.Sprintf(`/documents/%d" title="Document “P01 Market”">P01 Market</a>`, d)) {
		t.Errorf("the memo changed on the page is %s", html)
	}
	sari.narrow("the page of a code with memos")

	// What goes out is as it was typed.
	if csv := sari.csv(p, "segments"); !strings.Contains(csv, "**Hard** for her:") || !strings.Contains(csv, "[[P02 Seafood#t4]]") {
		t.Errorf("the table of segments has another memo: %s", csv)
	}
	if dir := os.Getenv("ANYAM_E2E_PICTURES"); dir != "" {
		sari.picture()
	}
}
