package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"anyam/internal/pgtest"
)

// offline cuts a person's network, or joins it again.
func (p *person) offline(on bool) {
	p.t.Helper()
	p.must(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		c := &network.Conditions{Offline: on, DownloadThroughput: -1, UploadThroughput: -1}
		if _, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{c}}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: on, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	}))
}

const failedRequest = `Failed to load resource|net::ERR_`

func TestOfflineIsKeptAndSentOnce(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	sari.read(p, d)
	sari.expect(failedRequest)

	sari.offline(true)
	sari.goTo("Awalnya saya jual")
	sari.key("i")
	sari.until("the coding to be shown as being on its way", `document.querySelector(".coding-card.waits")`)
	sari.until("the status to say that it is offline", `document.querySelector(".status-saved").dataset.state === "offline"`)
	kept := see[string](sari, `Object.keys(localStorage).filter((k) => k.startsWith("anyam:out:")).map((k) => localStorage.getItem(k)).join()`)
	if kept == "" {
		t.Error("a coding made offline is not kept in the browser")
	}
	if strings.Contains(kept, "pasar") {
		t.Errorf("words of the document are kept in the browser: %s", kept)
	}
	sari.goTo("Mengisi formulir ekspor")
	sari.key("i")
	sari.until("both to wait", `Object.keys(localStorage).filter((k) => k.startsWith("anyam:out:")).length === 2`)
	sari.offline(false)
	sari.saved()
	rows := sari.codings(p, d)
	if len(rows) != 2 {
		t.Errorf("two codings were made offline, the server has %d: %v", len(rows), rows)
	}
	sari.read(p, d)
	sari.saved()
	if again := sari.codings(p, d); fmt.Sprint(again) != fmt.Sprint(rows) {
		t.Errorf("after the page is opened again the codings are %v, they were %v", again, rows)
	}

	// A code that was given a name, too.
	n := len(rows)
	sari.offline(true)
	sari.goTo("Pendamping dari klinik")
	sari.key(kb.Enter)
	sari.palette()
	sari.write("Helper")
	sari.key(kb.Enter, chromedp.ModifierCtrl)
	sari.until("the coding to wait", `document.querySelector(".status-saved").dataset.state === "offline" && document.querySelector(".coding-card.waits")`)
	sari.offline(false)
	sari.saved()
	if rows := sari.codings(p, d); len(rows) != n+1 {
		t.Errorf("%d codings, %d were expected: %v", len(rows), n+1, rows)
	}
}

func TestLostAnswerCodesOnce(t *testing.T) {
	t.Parallel()
	g := start(t)
	x := proxyTo(t, g)
	sari := visitor(t, "Sari Melati", x.URL)
	sari.expect(failedRequest)
	g.setup = strings.Replace(g.setup, g.base, x.URL, 1)
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	d := sari.addText(p, "p01.txt", "P01", market)
	sari.read(p, d)
	for i, words := range []string{"Awalnya saya jual", "Mengisi formulir ekspor", "Pendamping dari klinik"} {
		x.lose.Store(int32(i + 1)) // of the repeats, too
		sari.goTo(words)
		sari.key("i")
		select {
		case <-x.lost:
		case <-time.After(patience):
			t.Fatal("no answer was lost")
		}
		x.lose.Store(0)
		sari.saved()
		if n := len(sari.codings(p, d)); n != i+1 {
			t.Fatalf("after %d codings with lost answers the server has %d", i+1, n)
		}
	}
	sari.open(fmt.Sprintf("/projects/%d/history?kind=coding", p))
	if n := see[int](sari, `document.querySelectorAll(".entry").length`); n != 3 {
		t.Errorf("History has %d entries about coding, 3 were expected", n)
	}
}

// TestKilledWhileCoding kills the program and then Postgres in the middle of work. What was acknowledged is there
// afterwards; what was not is sent again and is there once.
func TestKilledWhileCoding(t *testing.T) {
	t.Parallel()
	pg := pgtest.Durable(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	g := startOn(t, pg.URL(), addr, true)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "P01: Kalimat nomor %d tentang pasar.\n", i)
	}
	d := sari.addText(p, "p01.txt", "P01", text.String())
	sari.read(p, d)
	sari.goTo("Kalimat nomor 0 tentang")
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Pasar")
	sari.expect(failedRequest + `|status of 50`)
	code := sari.codings(p, d)[0][1]

	// A second writer, outside the browser, who remembers what was acknowledged. It codes single characters of the last turns.
	s := sari.session()
	type work struct {
		change string
		start  int
		acked  bool
	}
	var mu sync.Mutex
	var all []*work
	length := see[int](sari, `[...document.querySelectorAll(".turns .part")].reduce((n, p) => n + p.textContent.length + 1, -1)`)
	words := see[string](sari, `[...document.querySelectorAll(".turns .turn")].map((t) => [...t.querySelectorAll(".part")].map((p) => p.textContent).join("\n")).join("\n")`)
	if len(words) != length {
		t.Fatalf("%d characters, %d were expected", len(words), length)
	}
	send := func(w *work) bool {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		span := map[string]any{"start": w.start, "stop": w.start + 3, "check": checkOf(words[w.start : w.start+3])}
		a, err := s.do(ctx, http.MethodPost, fmt.Sprintf("/projects/%d/documents/%d/codings", p, d), map[string]any{"change": w.change, "version": 1, "spans": []any{span}, "code": code})
		return err == nil && a.status == http.StatusOK
	}
	next := length / 2
	pressed := 1
	round := func(end func()) {
		t.Helper()
		stop := make(chan struct{})
		some := make(chan struct{})
		var once sync.Once
		var writer sync.WaitGroup
		writer.Go(func() {
			pace := time.NewTicker(20 * time.Millisecond) // quicker than people, slow enough for the browser to follow
			defer pace.Stop()
			for n := 0; next+3 <= length; n++ {
				select {
				case <-stop:
					return
				case <-pace.C:
				}
				w := &work{change: newChange(), start: next}
				next += 4
				ok := send(w)
				mu.Lock()
				w.acked = ok
				all = append(all, w)
				mu.Unlock()
				if n == 8 {
					once.Do(func() { close(some) })
				}
				if !ok {
					once.Do(func() { close(some) })
					return
				}
			}
		})
		<-some
		for i := range 6 { // in the browser, at the same time
			sari.key(kb.ArrowDown)
			sari.key("0")
			pressed++
			if i == 3 {
				end()
			}
		}
		close(stop)
		writer.Wait()
	}
	restart := func() {
		g.kill()
		g = startOn(t, pg.URL(), addr, false)
	}
	settled := func(what string) {
		t.Helper()
		for _, w := range all { // what nobody knows of is sent again, as the browser does
			if !w.acked {
				deadline := time.Now().Add(patience)
				for w.acked = send(w); !w.acked && time.Now().Before(deadline); w.acked = send(w) {
				}
				if !w.acked {
					t.Fatalf("%s: a repeat is not taken", what)
				}
			}
		}
		sari.until("the browser's work to be saved", `(document.querySelector(".status-saved button")?.click(), document.querySelector(".status-saved").dataset.state === "saved" && !Object.keys(localStorage).some((k) => k.startsWith("anyam:out:")))`)
		rows := sari.codings(p, d)
		var starts []int64
		for _, r := range rows {
			starts = append(starts, r[3])
		}
		slices.Sort(starts)
		if n := len(slices.Compact(slices.Clone(starts))); n != len(starts) {
			t.Errorf("%s: %d codings on %d places, none should be doubled", what, len(starts), n)
		}
		for _, w := range all {
			if !slices.Contains(starts, int64(w.start)) {
				t.Errorf("%s: an acknowledged coding at %d is lost", what, w.start)
			}
		}
		if len(rows) != len(all)+pressed {
			t.Errorf("%s: %d codings, %d from outside and %d by keyboard were expected", what, len(rows), len(all), pressed)
		}
		t.Logf("%s: %d codings are there, each once", what, len(rows))
	}
	for i := range 2 {
		round(restart)
		settled(fmt.Sprintf("the program killed, round %d", i+1))
	}
	round(func() { pg.Kill(); pg.Wait() })
	settled("Postgres killed")
	if out := g.run("verify"); !strings.Contains(out, "Pasar") {
		t.Errorf("verify says %q", out)
	}
}
