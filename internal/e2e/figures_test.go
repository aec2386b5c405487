package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// figures are what a browser needed for a long document: times in milliseconds, memory in megabytes.
type figures struct {
	paint  []float64 // from the end of the response to the first paint, for who comes from another page of the program
	fresh  []float64 // the same in a new tab, for which the browser starts a process
	marks  []float64 // … to the first frame in which the codings near the window are coloured
	script []float64 // of one key press that moves the cursor
	shown  []float64 // from such a press to the end of the frame that shows it
	frames []float64 // between two frames while scrolling
	bare   int       // of those, with coded words in the window that bore no mark
	memory float64   // private, of the page's process, above a page with nothing in it; 0 where it was not measured
}

// painting watches in the page for the first frame in which an expression is true, and keeps when that was.
func (p *person) painting(marked string) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `(() => {
			const look = () => {
				let is = false;
				try { is = ` + marked + `; } catch {}
				if (!is) return requestAnimationFrame(look);
				const port = new MessageChannel();
				port.port1.onmessage = () => { window.e2eMarked = performance.now(); };
				requestAnimationFrame(() => port.port2.postMessage(0));
			};
			requestAnimationFrame(look);
			addEventListener("keydown", () => {
				const begun = performance.now(), port = new MessageChannel();
				port.port1.onmessage = () => (window.e2eShown ??= []).push(performance.now() - begun);
				requestAnimationFrame(() => port.port2.postMessage(0));
			}, true);
		})()`})
		if err == nil {
			_, err = cdp.Call(ctx, t, performance.Enable, performance.EnableParams{})
		}
		return err
	}))
}

// spent is how long the page has run scripts, in milliseconds.
func (p *person) spent() (ms float64) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		r, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range r.Metrics {
			if m.Name == "ScriptDuration" {
				ms = 1000 * m.Value
			}
		}
		return nil
	}))
	return ms
}

var private = regexp.MustCompile(`(?m)^Private_\w+:\s+(\d+) kB`)

// largest is the private memory of the largest page's process, in megabytes.
func (p *person) largest() (mb float64) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return err
		}
		return nil
	}))
	b, err := browser()
	if err != nil {
		p.t.Fatal(err)
	}
	err = chromedp.Do(b, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		r, err := cdp.Call(ctx, chromedp.FromContext(ctx).Browser, systeminfo.GetProcessInfo, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, x := range r.ProcessInfo {
			if x.Type != "renderer" {
				continue
			}
			raw, err := os.ReadFile("/proc/" + strconv.FormatInt(x.ID, 10) + "/smaps_rollup")
			if err != nil {
				continue // it has ended
			}
			kb := 0.0
			for _, m := range private.FindAllSubmatch(raw, -1) {
				n, err := strconv.ParseFloat(string(m[1]), 64)
				if err != nil {
					return err
				}
				kb += n
			}
			mb = max(mb, kb/1024)
		}
		return nil
	}))
	if err != nil {
		p.t.Fatal(err)
	}
	return mb
}

// painted is how long after the end of its response a page was painted for the first time, in milliseconds.
func (p *person) painted() float64 {
	p.t.Helper()
	p.until("the page to be painted", `performance.getEntriesByName("first-contentful-paint").length > 0`)
	return see[float64](p, `performance.getEntriesByName("first-contentful-paint")[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd`)
}

// measure opens an address some times, from another and in a new tab, moves the cursor by keys, and scrolls. marked is true
// once marks are there, bare where coded words in the window bear none, rest once the page is ready for keys.
func (p *person) measure(from, address string, opens, presses int, marked, bare, rest, scroller string) (f figures) {
	p.t.Helper()
	p.painting(marked)
	for range opens {
		p.must(chromedp.Navigate("about:blank"))
		p.open(address)
		f.fresh = append(f.fresh, p.painted())
		p.open(from)
		p.painted()
		p.open(address)
		f.paint = append(f.paint, p.painted())
		p.until("the marks to be painted", `window.e2eMarked > 0`)
		f.marks = append(f.marks, see[float64](p, `window.e2eMarked - performance.getEntriesByType("navigation")[0].responseEnd`))
	}
	p.until("the page to be ready for keys", rest)
	see[any](p, `document.querySelector("#turns").focus(), window.e2eShown = [], 0`)
	for i := range presses {
		before := p.spent()
		p.key([]string{kb.ArrowRight, kb.ArrowDown, kb.ArrowRight, kb.ArrowRight}[i%4])
		p.until("the press to be shown", fmt.Sprintf(`window.e2eShown.length > %d`, i))
		f.script = append(f.script, p.spent()-before)
	}
	f.shown = see[[]float64](p, `window.e2eShown`)
	// Once for the time, once for the marks: looking for them takes time itself.
	for _, look := range []string{"false", bare} {
		see[any](p, `document.querySelector(`+quoted(scroller)+`).scrollTop = 0`)
		for _, step := range []int{120, 120, 480, 480} { // reading on, then in a hurry
			r := see[[]float64](p, fmt.Sprintf(`(async () => {
				const box = document.querySelector(%s), took = [];
				let without = 0, was = 0;
				// A frame is over when what was asked for in it has been painted.
				const frame = () => new Promise((f) => requestAnimationFrame((now) => { const c = new MessageChannel(); c.port1.onmessage = () => f(now); c.port2.postMessage(0); }));
				const bare = () => %s;
				for (let i = 0; i < 25; i++) {
					box.scrollTop += %d;
					const now = await frame();
					if (was) took.push(now - was);
					was = now;
					if (bare()) without++;
				}
				return [without, ...took];
			})()`, quoted(scroller), look, step))
			if look == "false" {
				f.frames = append(f.frames, r[1:]...)
			} else {
				f.bare += int(r[0])
			}
		}
	}
	return f
}

func at(share float64, of []float64) float64 {
	s := slices.Sorted(slices.Values(of))
	return s[min(len(s)-1, int(share*float64(len(s))))]
}

// wrapped is the same document as programs show it that wrap coded words in elements: every coding splits the text and puts
// elements round its pieces; the cursor is an element as well.
func wrapped(t testing.TB, said []string, codings [][]int64) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="id"><meta charset="utf-8"><title>wrapped</title><style>body{margin:0}#box{height:100vh;overflow:auto}.turn{max-width:46rem;margin:0 auto;padding-bottom:.6rem;display:grid;grid-template-columns:6rem 1fr}p{font:400 1.09rem/2.19rem serif;margin:0;white-space:pre-wrap}.h{text-decoration:underline 2px}.cursor{text-decoration:overline 2px teal}`)
	for i := range 12 {
		fmt.Fprintf(&b, `.c%d{background:oklch(93%% .045 %d)}`, i, i*30)
	}
	b.WriteString(`</style><div id="box"><div id="turns" tabindex="0">`)
	start := 0
	for i, s := range said {
		fmt.Fprintf(&b, `<div class="turn"><span>P%d</span><p class="part" data-start="%d">%s</p></div>`, i%2, start, s)
		start += len(s) + 1
	}
	raw, err := json.Marshal(codings)
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(`</div></div><script>const codings = ` + string(raw) + `;
		const parts = [...document.querySelectorAll(".part")], starts = parts.map((p) => Number(p.dataset.start));
		const partAt = (o) => { let lo = 0, hi = starts.length - 1; while (lo < hi) { const m = (lo + hi + 1) >> 1; if (starts[m] <= o) lo = m; else hi = m - 1; } return lo; };
		const wrap = (a, b, cls) => {
			for (let i = partAt(a); i < parts.length && starts[i] < b; i++) {
				let at = starts[i];
				const walk = document.createTreeWalker(parts[i], NodeFilter.SHOW_TEXT), nodes = [];
				for (let n; (n = walk.nextNode()); at += n.length) if (at < b && at + n.length > a) nodes.push([n, Math.max(0, a - at), Math.min(n.length, b - at)]);
				for (let [n, from, to] of nodes) {
					if (to < n.length) n.splitText(to);
					if (from > 0) n = n.splitText(from);
					const el = document.createElement("span");
					el.className = cls;
					n.replaceWith(el);
					el.append(n);
				}
			}
		};
		for (const c of codings) wrap(c[3], c[4], "h c" + (c[1] % 12));
		window.wrapped = true;
		let cursor = 0;
		const sentences = parts.flatMap((p, i) => { let o = starts[i]; return p.textContent.split(/(?<=\.) /).map((s) => { const u = [o, o + s.length]; o += s.length + 1; return u; }); });
		document.querySelector("#turns").addEventListener("keydown", (e) => {
			for (const el of document.querySelectorAll(".cursor")) { const up = el.parentNode; el.replaceWith(...el.childNodes); up.normalize(); }
			const turn = partAt(sentences[cursor][0]);
			cursor = e.key === "ArrowDown" ? sentences.findIndex((s) => s[0] >= (starts[turn + 1] ?? 0)) : Math.min(sentences.length - 1, cursor + 1);
			wrap(...sentences[cursor], "cursor");
			document.querySelector(".cursor")?.scrollIntoView({block: "nearest"});
			e.preventDefault();
		});</script>`)
	return b.String()
}

// surfaceFigures measures the coding surface over a long document, and the same document with its spans wrapped in elements; it
// prints a table where ANYAM_SURFACE_FIGURES names a file.
func surfaceFigures(t *testing.T, p *person, address string, said []string, codings [][]int64) {
	file := os.Getenv("ANYAM_SURFACE_FIGURES")
	opens, presses := 2, 12
	if file != "" {
		opens, presses = 9, 200
	}
	blank := 0.0
	p.expect(`favicon`)
	if file != "" {
		p.open(p.base + "/healthz")
		blank = p.largest()
	}
	list, _, _ := strings.Cut(address, "/documents/")
	list += "/documents"
	var few, fewFresh []float64
	for range opens {
		p.must(chromedp.Navigate("about:blank"))
		p.open("/projects")
		fewFresh = append(fewFresh, p.painted())
		p.open(list)
		p.painted()
		p.open("/projects")
		few = append(few, p.painted())
	}
	ours := p.measure(list, address, opens, presses, `[...CSS.highlights].some(([k, h]) => k.startsWith("tint-") && h.size)`, `(() => {
		const tinted = new Set(); for (const [k, h] of CSS.highlights) if (k.startsWith("tint-")) for (const r of h) tinted.add(r.startContainer);
		const box = document.querySelector("#surface-scroll").getBoundingClientRect();
		window.e2eCoded ??= new Set(`+quoted(coded(said, codings))+`.split(",").map(Number));
		for (let y = box.top + 8; y < box.bottom; y += 90) { const part = document.elementFromPoint(box.left + 300, y)?.closest(".part"); if (part?.firstChild && window.e2eCoded.has(Number(part.dataset.start)) && !tinted.has(part.firstChild)) return true; }
		return false;
	})()`, `document.querySelector(".status-counts")?.textContent.replace(/\D/g, "").startsWith("5000")`, "#surface-scroll")
	if file != "" {
		ours.memory = p.largest() - blank
	}
	p.must(chromedp.Navigate("about:blank"))

	whole := wrapped(t, said, codings)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/list" {
			fmt.Fprint(w, `<!doctype html><title>list</title><a href="/">wrapped</a>`)
			return
		}
		fmt.Fprint(w, whole)
	}))
	defer s.Close()
	peer := visitor(t, "A reader of wrapped words", s.URL)
	peer.expect(`favicon`)
	peer.expect(`Failed to load resource`)
	theirs := peer.measure("/list", "/", opens, presses, `window.wrapped`, `false`, `window.wrapped`, "#box")
	if file != "" {
		theirs.memory = peer.largest() - blank
	}
	if ours.bare > 0 {
		t.Errorf("while scrolling, %d of %d frames showed coded words without their marks", ours.bare, len(ours.frames))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| 100,000 words, %d codings | ours | goal | wrapped in elements | ratio |\n|---|---|---|---|---|\n", len(codings))
	row := func(what string, x, y float64, goal, unit string) {
		ratio := "–"
		if x > 0 {
			ratio = fmt.Sprintf("%.3g ×", y/x)
		}
		fmt.Fprintf(&b, "| %s | %.3g %s | %s | %.3g %s | %s |\n", what, x, unit, goal, y, unit, ratio)
	}
	row("end of the response to first paint, from the list of documents, median", at(.5, ours.paint), at(.5, theirs.paint), "< 200 ms", "ms")
	fmt.Fprintf(&b, "| … of a page with a few words, for what the browser itself needs | %.3g ms | | | |\n", at(.5, few))
	row("… in a new tab, for which the browser starts a process", at(.5, ours.fresh), at(.5, theirs.fresh), "", "ms")
	fmt.Fprintf(&b, "| … of a page with a few words in a new tab | %.3g ms | | | |\n", at(.5, fewFresh))
	row("end of the response to the marks painted, from the list, median", at(.5, ours.marks), at(.5, theirs.marks), "", "ms")
	row("script of a key press, p50", at(.5, ours.script), at(.5, theirs.script), "", "ms")
	row("script of a key press, p95", at(.95, ours.script), at(.95, theirs.script), "< 16 ms", "ms")
	row("key press to its frame painted, p95", at(.95, ours.shown), at(.95, theirs.shown), "", "ms")
	row("between frames while scrolling, p95", at(.95, ours.frames), at(.95, theirs.frames), "", "ms")
	fmt.Fprintf(&b, "| frames with coded words that bore no mark | %d of %d | 0 | – | |\n", ours.bare, len(ours.frames))
	if file != "" {
		row("private memory above a blank page", ours.memory, theirs.memory, "< 150 MB", "MB")
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
	t.Log("\n" + b.String())
}

// coded lists the first characters of the turns that bear a coding.
func coded(said []string, codings [][]int64) string {
	var out []string
	start := int64(0)
	for _, s := range said {
		stop := start + int64(len(s))
		if slices.ContainsFunc(codings, func(c []int64) bool { return c[3] < stop && c[4] > start }) {
			out = append(out, strconv.FormatInt(start, 10))
		}
		start = stop + 1
	}
	return strings.Join(out, ",")
}
