package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// media shows pages as on a screen or on paper, in an appearance.
func (p *person) media(kind, scheme string) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// pages prints what is shown to PDF and counts its pages.
func (p *person) pages() int {
	p.t.Helper()
	r, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69})
	if err != nil {
		p.t.Fatalf("%s: print: %v", p.name, err)
	}
	if !bytes.HasPrefix(r.Data, []byte("%PDF-")) {
		p.t.Fatalf("%s: what is printed is no PDF: %.20q", p.name, r.Data)
	}
	return len(pdfPage.FindAll(r.Data, -1))
}

// applied codes spans of a document's words, given in code points, with a new code.
func (s *session) applied(project, document int, code string, text []rune, spans ...[2]int) {
	s.t.Helper()
	var all []any
	for _, x := range spans {
		all = append(all, map[string]any{"start": x[0], "stop": x[1], "check": checkOf(string(text[x[0]:x[1]]))})
	}
	a := s.post(fmt.Sprintf("/projects/%d/documents/%d/codings", project, document), map[string]any{"change": newChange(), "version": 1, "spans": all, "name": code})
	var e struct{ Codings struct{ New [][]int64 } }
	if err := json.Unmarshal(a.body, &e); err != nil || a.status != http.StatusOK || len(e.Codings.New) != len(spans) {
		s.t.Fatalf("codings: %d %v %.300s", a.status, err, a.body)
	}
}

// TestPrint opens the page of a long document for paper from the coding page, chooses what is on it, and prints it.
func TestPrint(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	file := long(60)
	d := sari.addText(p, "p01.txt", "P01", file)
	text := []rune(regexp.MustCompile(`(?m)^(PEWAWANCARA|P01): `).ReplaceAllString(strings.TrimSpace(file), ""))
	s := sari.session()
	s.applied(p, d, "Pengepul", text, [2]int{10, 60}, [2]int{100, 400}, [2]int{1000, 1040})
	s.applied(p, d, "Belajar sendiri", text, [2]int{20, 50}, [2]int{300, 900})

	sari.read(p, d)
	sari.click(`.sheet-head a[href$="/print"]`)
	sari.until("the page for paper", `document.querySelectorAll(".print-turn").length === 120 && document.readyState === "complete"`)
	sari.until("the button to print", `document.querySelector("[data-print]").checkVisibility()`)
	if see[bool](sari, `(() => { window.print = () => { window.e2ePrinted = true; }; document.querySelector("[data-print]").click(); return !window.e2ePrinted; })()`) {
		t.Error("the button opens no print dialog")
	}
	for _, scheme := range []string{"light", "dark"} {
		sari.appearance(scheme)
		sari.open(fmt.Sprintf("/projects/%d/documents/%d/print", p, d))
		sari.axe("the page for paper, " + scheme)
		sari.narrow("the page for paper, " + scheme)

		// On paper there is the sheet alone, dark on white.
		sari.media("print", scheme)
		if chrome := see[[]string](sari, `[...document.querySelectorAll(".bar, .skip, .toasts, form, button, select")].filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 80))`); len(chrome) > 0 {
			t.Errorf("on paper, %s: %s", scheme, strings.Join(chrome, "\n"))
		}
		if ink := see[string](sari, `(() => { const of = (e) => getComputedStyle(document.querySelector(e)); return of(".print-words mark").color + " on " + of("html").backgroundColor; })()`); ink != "rgb(0, 0, 0) on rgb(255, 255, 255)" {
			t.Errorf("on paper, %s: %s", scheme, ink)
		}
		sari.media("", scheme)
		if n := sari.pages(); n < 3 || n > 20 {
			t.Errorf("%d pages, %s", n, scheme)
		}
	}

	// Only one code, and then the words alone.
	if n := see[int](sari, `document.querySelectorAll(".print-key tbody tr").length`); n != 2 {
		t.Errorf("%d codes in the key", n)
	}
	sari.pick("#of", see[string](sari, `[...document.querySelector("#of").options].find((o) => o.textContent.trim() === "Pengepul").value`))
	sari.click(".print-choose button:not([data-print])")
	sari.until("one code in the key", `/of=\d/.test(location.search) && document.readyState === "complete" && document.querySelectorAll(".print-key tbody tr").length === 1`)
	sari.pick("#show", "words")
	sari.click(".print-choose button:not([data-print])")
	sari.until("the words alone", `/show=words/.test(location.search) && document.readyState === "complete" && !document.querySelector("mark, sup, .print-codes, .print-key")`)
	if is := see[string](sari, `[...document.querySelectorAll(".print-words p")].map((e) => e.textContent).join("\n")`); is != string(text) {
		t.Error("the page has other words than the document")
	}
}

// TestPrintWholeCharacters codes anything in scripts of all sorts and asks the browser whether a mark begins or ends within what
// it takes for one character.
func TestPrintWholeCharacters(t *testing.T) {
	t.Parallel()
	turns := []string{
		"Halo 👩🏽‍💻 dan 👨‍👩‍👧‍👦, bendera 🇮🇩🇲🇾 di pasar 🦐 1️⃣ 🏴󠁧󠁢󠁷󠁬󠁳󠁿.",
		"Le cafe\u0301 est la\u0300-bas, a\u030a\u0323 et 한국어 \u1112\u1161\u11ab \uac00\u11a8.",
		"كنتُ في السوق صباحًا، والسعر ١٢٣ ريال (مئة).",
		"报关单很难填。我们猜编号，𠮷野家も一样。",
		"काग़ज़ क्षत्रिय และน้ำไทย தமிழ் ខ្មែរ မြန်မာ ଓଡ଼ିଆ.",
	}
	var file strings.Builder
	for i, w := range turns {
		fmt.Fprintf(&file, "P%02d: %s\n", i%2+1, w)
	}
	text := []rune(strings.Join(turns, "\n"))
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "id")
	p := sari.newProject("Dunia", "reflexive")
	d := sari.addText(p, "dunia.txt", "Dunia", file.String())
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	s := sari.session()
	for code := range 4 {
		var spans [][2]int
		seen := map[[2]int]bool{}
		for len(spans) < 20 {
			a := r.IntN(len(text) - 1)
			x := [2]int{a, a + 1 + r.IntN(min(len(text)-a, 12))}
			if !seen[x] && strings.TrimSpace(string(text[x[0]:x[1]])) != "" {
				seen[x] = true
				spans = append(spans, x)
			}
		}
		s.applied(p, d, fmt.Sprintf("Kode %d", code), text, spans...)
	}
	sari.open(fmt.Sprintf("/projects/%d/documents/%d/print", p, d))
	cut := see[[]string](sari, `(() => {
		const out = [];
		for (const p of document.querySelectorAll(".print-words p")) {
			const pieces = [...p.childNodes].filter((n) => n.nodeName !== "SUP").map((n) => n.textContent);
			const whole = new Set([...new Intl.Segmenter(undefined, {granularity: "grapheme"}).segment(pieces.join(""))].map((g) => g.index));
			let at = 0;
			for (const piece of pieces) {
				if (!whole.has(at)) out.push(piece);
				at += piece.length;
			}
		}
		return out;
	})()`)
	if len(cut) > 0 {
		t.Errorf("cut within a character before %+q", cut)
	}
	if is := see[string](sari, `[...document.querySelectorAll(".print-turn")].map((t) => [...t.querySelectorAll(".print-words p")].map((p) => [...p.childNodes].filter((n) => n.nodeName !== "SUP").map((n) => n.textContent).join("")).join("\n")).join("\n")`); is != string(text) {
		t.Errorf("the page has\n%+q\nthe document\n%+q", is, string(text))
	}
	if n := see[int](sari, `document.querySelectorAll(".print-words mark").length`); n < 40 {
		t.Errorf("%d marks", n)
	}
	if dir := see[string](sari, `getComputedStyle(document.querySelectorAll(".print-words p")[2]).direction`); dir != "rtl" {
		t.Errorf("the Arabic turn runs %s", dir)
	}
}
