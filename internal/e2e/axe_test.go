package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"anyam/internal/pgtest"
)

// appearance chooses the appearance that the device asks for.
func (p *person) appearance(scheme string) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// axe looks at what is shown and reports what is not accessible.
func (p *person) axe(what string) {
	p.t.Helper()
	if !see[bool](p, `typeof axe === "object"`) {
		source, err := os.ReadFile(root + "/testdata/axe/axe.min.js")
		if err != nil {
			p.t.Fatal(err)
		}
		p.must(chromedp.Evaluate[chromedp.Void](string(source) + "; undefined"))
	}
	options := `{resultTypes: ["violations"], runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}`
	for _, v := range see[[]string](p, `Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))).then(() => axe.run(document, `+options+`)).then((r) => r.violations.map((v) => v.id + " (" + v.impact + "): " + v.help + v.nodes.slice(0, 4).map((n) => "\n      " + n.target.join(" ") + "  " + n.html.slice(0, 160) + "  " + n.any.map((a) => a.message).join("; ").slice(0, 200)).join("") + (v.nodes.length > 4 ? "\n      and " + (v.nodes.length - 4) + " more" : "")))`) {
		p.t.Errorf("%s: %s", what, v)
	}
}

// narrow looks whether a page scrolls sideways on the narrowest screen.
func (p *person) narrow(what string) {
	p.t.Helper()
	p.must(chromedp.EmulateViewport(320, 640))
	p.until("the window to be narrow", `innerWidth === 320`)
	r := see[[]string](p, `new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f))).then(() => {
		const d = document.scrollingElement;
		if (d.scrollWidth <= innerWidth) return [];
		const held = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; };
		const wide = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !held(e)).slice(0, 8);
		return [d.scrollWidth + " px wide", ...wide.map((e) => e.outerHTML.slice(0, 100) + " to " + Math.round(e.getBoundingClientRect().right))];
	})`)
	if len(r) > 0 {
		p.t.Errorf("%s scrolls sideways at 320 px: %s", what, strings.Join(r, ", "))
	}
	p.must(chromedp.EmulateViewport(1440, 900))
	p.until("the window to be wide again", `innerWidth === 1440`) // or the next click would go where things were
}

// TestAccessible looks at every page, in English and light and in Indonesian and dark, and at what opens on them.
func TestAccessible(t *testing.T) {
	t.Parallel()
	g := startOn(t, pgtest.New(t), "127.0.0.1:0", true, "--demo")
	anonymous := g.person("Nobody")
	for _, lang := range []string{"en", "id"} {
		anonymous.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: lang})
			return err
		}))
		for _, path := range []string{"/sign-in", "/setup", "/invite", "/password", "/nowhere"} {
			anonymous.expect("status of 404")
			anonymous.appearance(map[string]string{"en": "light", "id": "dark"}[lang])
			anonymous.open(path)
			anonymous.axe(path + ", " + lang)
			anonymous.narrow(path + ", " + lang)
		}
	}

	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	sari.open("/projects")
	base := see[string](sari, `document.querySelector(".shelf a").getAttribute("href")`)
	sari.open(base + "/documents")
	document := see[string](sari, `document.querySelector("#documents-list tr[id^=document-] a").getAttribute("href")`)
	sari.open(base + "/codebook")
	theme := see[string](sari, `document.querySelector("tr[data-kind=theme]").dataset.node`)
	code := see[string](sari, `document.querySelector("tr[data-kind=code]").dataset.node`)
	paths := []string{"/projects", "/projects/new", "/account", "/accounts", base, base + "/settings", base + "/members", base + "/access", base + "/informants", base + "/documents",
		base + "/documents?edit=" + document[strings.LastIndex(document, "/")+1:], document, base + "/codebook", base + "/codebook?new=code", base + "/codebook?new=theme", base + "/codebook?node=" + code,
		base + "/nodes/" + code, base + "/nodes/" + theme, base + "/nodes/merge?nodes=" + code + "&nodes=" + theme, base + "/history", base + "/export",
		base + "/codebook?view=table", base + "/themes?node=" + theme, base + "/themes?view=tree", base + "/themes?view=map", base + "/themes/" + theme, base + "/review", base + "/theory", base + "/drafts", base + "/drafts/compare",
		base + "/trust", base + "/ask?every=on", base + "/search?q=dokumen"}
	for i, lang := range []string{"en", "id"} {
		if lang != "en" {
			sari.open("/account")
			sari.pick("form select[name=language]", lang)
			sari.click("form:has(select[name=language]) button:not([type=button])")
			sari.until("the other language", `document.documentElement.lang === "id" && document.readyState === "complete"`)
		}
		scheme := []string{"light", "dark"}[i]
		look := func(what string) {
			t.Helper()
			sari.axe(fmt.Sprintf("%s, %s, %s", what, lang, scheme))
		}
		sari.appearance(scheme)
		for _, path := range paths {
			sari.open(path)
			if path == document {
				sari.ready()
			}
			look(path)
			sari.narrow(path + ", " + lang)
		}
		// What opens.
		sari.open(document)
		sari.ready()
		sari.until("the focus on the text", `(document.querySelector("#turns").focus(), document.activeElement.id === "turns")`)
		sari.key(kb.ArrowDown)
		sari.key(kb.Enter)
		sari.palette()
		look("the palette")
		sari.write("zzzz")
		look("the palette with nothing found")
		sari.key(kb.Escape)
		sari.key("?")
		sari.until("the help", `document.querySelector("dialog.keys-help")?.open`)
		look("the help with the keys")
		sari.key(kb.Escape)
		sari.until("no help", `!document.querySelector("dialog[open]")`)
		sari.key("n")
		sari.until("a coding at the cursor", `document.querySelector(".coding-card[aria-current]")`)
		look("a coding in focus")
		sari.key("m")
		sari.until("the memo's editor", `document.activeElement.tagName === "TEXTAREA"`)
		look("the memo's editor")
		sari.click(".status-view")
		look("how the document is shown")
		sari.open(base + "/codebook")
		rows := see[[]string](sari, `[...document.querySelectorAll("tr[data-kind=code]")].slice(0, 2).map((r) => r.dataset.name)`)
		sari.chooseNodes(rows...)
		sari.click("[popovertarget=gather]")
		look("gathering")
		sari.key(kb.Escape)
		sari.click("[data-do=merge]")
		sari.until("the merge card", `document.querySelector("#consequence-dialog").open`)
		look("merging")
	}
}
