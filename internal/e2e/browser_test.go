package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"anyam/internal/progtest"
)

// browser is one Chromium for the run; it ends with the process, since it is spoken to over a pipe.
var browser = sync.OnceValues(func() (context.Context, error) {
	exe := os.Getenv("ANYAM_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if exe == "" {
			exe, _ = exec.LookPath(name) // what is not found is told below
		}
	}
	if exe == "" {
		return nil, fmt.Errorf("there is no Chromium on this machine: install the package chromium, or name one in ANYAM_CHROMIUM")
	}
	dir, err := progtest.Scratch()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"),
		chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.WindowSize(1440, 900))
	ctx, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("Chromium (%s) does not start: %w", exe, err)
	}
	return ctx, nil
})

// person is somebody at a browser of their own.
type person struct {
	t    testing.TB
	name string
	base string
	ctx  context.Context

	mu       sync.Mutex
	problems []string
	expected []*regexp.Regexp
}

// person opens a fresh browser context: no cookies, nothing stored.
func (p *program) person(name string) *person {
	p.t.Helper()
	return visitor(p.t, name, p.base)
}

func visitor(t testing.TB, name, base string) *person {
	t.Helper()
	b, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	return newPerson(t, name, base, b, chromedp.WithNewBrowserContext())
}

// window opens a second window for somebody, who is signed in there as well.
func (p *person) window() *person {
	p.t.Helper()
	return newPerson(p.t, p.name+", in another window,", p.base, p.ctx)
}

func newPerson(t testing.TB, name, base string, parent context.Context, how ...chromedp.ContextOption) *person {
	t.Helper()
	// Chromium itself leaves this promise of a transition between pages unhandled when a page is slow to appear.
	w := &person{t: t, name: name, base: base, expected: []*regexp.Regexp{regexp.MustCompile(`uncaught.*Transition was (aborted|skipped)`)}}
	ctx, cancel := chromedp.NewContext(parent, append(how, chromedp.WithListener(w.hear))...)
	w.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() {
			w.picture()
		}
		cancel()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range w.problems {
			t.Errorf("%s's browser: %s", w.name, s)
		}
	})
	w.must(chromedp.EmulateViewport(1440, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		// As if every person sat before their own screen: nobody's page is hidden behind another's.
		if _, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			addEventListener("securitypolicyviolation", (e) => console.error("CSP: " + e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile + ":" + e.lineNumber));`})
		return err
	}))
	return w
}

// expect says that a problem like this one belongs to the test.
func (p *person) expect(pattern string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, regexp.MustCompile(pattern))
}

func (p *person) problem(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.expected {
		if e.MatchString(s) {
			return
		}
	}
	p.problems = append(p.problems, s)
}

// hear is called in the loop of the tab with everything that happens in it.
func (p *person) hear(ev any) {
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != "error" && e.Type != "warning" && e.Type != "assert" {
			return
		}
		var words []string
		for _, a := range e.Args {
			words = append(words, strings.TrimSpace(string(a.Value)+" "+a.Description))
		}
		p.problem("console %s: %s", e.Type, strings.Join(words, " "))
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		what := d.Text
		if d.Exception != nil {
			what += " " + d.Exception.Description + " " + string(d.Exception.Value)
		}
		p.problem("uncaught: %s (%s:%d)", what, d.URL, d.LineNumber)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			p.problem("log %s from %s: %s (%s)", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss") && u.Host != strings.TrimPrefix(p.base, "http://") {
			p.problem("a request to another host: %s", e.Request.URL)
		}
	}
}

// must does steps and fails the test when one can't be done.
func (p *person) must(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	// The first steps on a context open its tab, whose life hangs on the context given.
	ctx := p.ctx
	if chromedp.FromContext(ctx).Target != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(p.ctx, patience)
		defer cancel()
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\nat %s", p.name, err, p.where())
	}
}

func (p *person) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const name = (e) => e ? e.localName + (e.id && "#" + e.id) + (e.className ? "." + e.className : "") : "nothing";
		const palette = document.querySelector(".palette"), chosen = getSelection();
		return location.href + "\nthe focus is on " + name(document.activeElement) + (document.hasFocus() ? "" : ", the window has none") +
			"; selected: " + JSON.stringify(String(chosen).slice(0, 80)) + (palette ? "; the palette is " + (palette.hidden ? "closed" : "open with " + JSON.stringify(palette.querySelector("input").value)) : "") +
			"\n" + document.body.innerText.slice(0, 1500);
	})()`))
	if err != nil {
		return err.Error()
	}
	return s
}

// picture keeps what the person sees, where ANYAM_E2E_PICTURES names a folder.
func (p *person) picture() {
	dir := os.Getenv("ANYAM_E2E_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture: %v", err)
		return
	}
	at := filepath.Join(dir, strings.ReplaceAll(p.t.Name(), "/", "_")+"-"+p.name+".png")
	if err := os.WriteFile(at, b, 0o600); err != nil {
		p.t.Log(err)
	}
}

// see evaluates an expression, which may be a promise, in the page.
func see[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v\nin %s\nat %s", p.name, err, expression, p.where())
	}
	return v
}

// until waits for an expression, or what it promises, to become true in a page that is there as a whole: one half read has
// what is awaited before what the test looks at next. It goes on over navigations.
func (p *person) until(what, expression string) {
	p.t.Helper()
	begun := time.Now()
	defer func() {
		if d := time.Since(begun); d > time.Second && os.Getenv("ANYAM_E2E_SLOW") != "" {
			p.t.Logf("%s waited %v for %s", p.name, d.Round(time.Millisecond), what)
		}
	}()
	deadline := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithDeadline(p.ctx, deadline)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`new Promise((done) => {
			const until = performance.now() + 2000;
			const look = async () => {
				let ok = false;
				try { ok = document.readyState === "complete" && !!(await (`+expression+`)); } catch {}
				if (ok || performance.now() > until) done(ok); else setTimeout(look, 8);
			};
			look();
		})`, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return
		}
		if p.ctx.Err() != nil || time.Now().After(deadline) {
			p.t.Fatalf("%s waited for %s (%s): %v\nat %s", p.name, what, expression, err, p.where())
		}
	}
}

// open goes to an address of the program.
func (p *person) open(path string) {
	p.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = p.base + path
	}
	p.must(chromedp.Navigate(path))
}

// click clicks the first element that a selector finds, once it can be seen, has stood still for three frames and nothing lies over it.
func (p *person) click(selector string) {
	p.t.Helper()
	at := p.target(selector)
	p.must(chromedp.MouseClickXY(at.X, at.Y))
}

// target brings an element into view and gives a place in it where a click arrives.
func (p *person) target(selector string) point {
	p.t.Helper()
	p.until(selector+" to be there to be clicked", `(async () => {
		const e = document.querySelector(`+quoted(selector)+`);
		if (!e?.checkVisibility() || e.disabled) return false;
		e.scrollIntoView({behavior: "instant", block: "center", inline: "nearest"});
		const place = () => { const r = e.getClientRects()[0]; return r && {X: r.left + r.width / 2, Y: r.top + r.height / 2}; };
		const was = place();
		// What was drawn is drawn in frames, which come late where there is much to do.
		const frames = (async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame); })();
		await Promise.all([Promise.race([frames, new Promise((f) => setTimeout(f, 1000))]), new Promise((f) => setTimeout(f, 50))]);
		const is = window.e2ePlace = place();
		if (document.querySelector(`+quoted(selector)+`) !== e || !was || was.X !== is?.X || was.Y !== is.Y) return false;
		const hit = document.elementFromPoint(is.X, is.Y);
		return e.contains(hit) || hit?.closest("label")?.control === e;
	})()`)
	return see[point](p, `window.e2ePlace`)
}

// fill types into a field in place of what stands there.
func (p *person) fill(selector, words string) {
	p.t.Helper()
	p.until(selector+" to be there", `(() => { const f = document.querySelector(`+quoted(selector)+`); if (!f?.checkVisibility()) return false; f.focus(); f.select?.(); return document.activeElement === f; })()`)
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: words})
		return err
	}))
}

// pick chooses an option of a select by its value.
func (p *person) pick(selector, value string) {
	p.t.Helper()
	p.until(selector+" to be there", `document.querySelector(`+quoted(selector)+`)?.checkVisibility()`)
	if !see[bool](p, `(() => { const f = document.querySelector(`+quoted(selector)+`); f.focus(); f.value = `+quoted(value)+`; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); return f.value === `+quoted(value)+`; })()`) {
		p.t.Fatalf("%s: %s has no choice %q", p.name, selector, value)
	}
}

// key presses keys where the focus is.
func (p *person) key(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.must(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// quoted is a string as JavaScript writes it.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // a string has a JSON
		panic(err)
	}
	return string(b)
}
