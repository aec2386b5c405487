package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// TestHundredThousandWords opens a document of 100,000 words with 5,000 codings, scrolls it from end to end and codes in it.
// It measures; a slow machine is no error.
func TestHundredThousandWords(t *testing.T) {
	t.Parallel()
	const turns, each, codings = 2000, 50, 5000
	words := strings.Fields("pasar ekspor dokumen kapal ikan tepung minyak surat nomor barang pembeli kirim bulan hari anak tetangga orang dinas petugas formulir")
	r := rand.New(rand.NewPCG(7, 7))
	var file strings.Builder
	said := make([]string, turns)
	for i := range said {
		var b strings.Builder
		for w := range each {
			if w > 0 {
				b.WriteByte(' ')
			}
			word := words[r.IntN(len(words))]
			if w%10 == 0 {
				word = strings.ToUpper(word[:1]) + word[1:]
			}
			b.WriteString(word)
			if w%10 == 9 {
				b.WriteByte('.')
			}
		}
		said[i] = b.String()
		fmt.Fprintf(&file, "%s: %s\n", []string{"PEWAWANCARA", "P01"}[i%2], said[i])
	}
	text := strings.Join(said, "\n")

	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Besar", "reflexive")
	begun := time.Now()
	lap := func(what string) {
		t.Logf("%-50s %v", what, time.Since(begun).Round(time.Millisecond))
		begun = time.Now()
	}
	d := sari.addText(p, "besar.txt", "Besar", file.String())
	lap("100,000 words read and added")
	s := sari.session()
	var codes []int
	for i := range 30 {
		a := s.post(fmt.Sprintf("/projects/%d/nodes", p), map[string]any{"change": newChange(), "kind": "code", "name": fmt.Sprintf("Kode %d", i)})
		if a.status != http.StatusOK {
			t.Fatalf("a code: %d %s", a.status, a.body)
		}
	}
	codes = see[[]int](sari, fmt.Sprintf(`fetch("/projects/%d/codebook.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((j) => j.nodes.map((n) => n.id))`, p))
	const batch = 100
	seen := map[[3]int]bool{}
	for range codings / batch {
		code := codes[r.IntN(len(codes))]
		var spans []any
		for len(spans) < batch {
			from := r.IntN(len(text) - 400)
			to := from + 20 + r.IntN(300)
			if seen[[3]int{code, from, to}] {
				continue
			}
			seen[[3]int{code, from, to}] = true
			spans = append(spans, map[string]any{"start": from, "stop": to, "check": checkOf(text[from:to])})
		}
		a := s.post(fmt.Sprintf("/projects/%d/documents/%d/codings", p, d), map[string]any{"change": newChange(), "version": 1, "spans": spans, "code": code})
		if a.status != http.StatusOK {
			t.Fatalf("codings: %d %.300s", a.status, a.body)
		}
	}
	lap("5,000 codings made")
	sari.read(p, d)
	sari.until("codings in the margin", `document.querySelector(".status-counts").textContent.replace(/\D/g, "").startsWith("5000")`)
	lap("opened, with its codings")
	frames := see[[]float64](sari, `(async () => {
		const box = document.querySelector(".surface-scroll"), at = [];
		const frame = () => new Promise((f) => requestAnimationFrame(f));
		let last = performance.now();
		for (let i = 0; i <= 120; i++) {
			box.scrollTop = (box.scrollHeight - box.clientHeight) * i / 120;
			await frame();
			const now = performance.now();
			at.push(now - last);
			last = now;
		}
		await frame();
		at.sort((a, b) => a - b);
		return [at[60], at[114], at[120], Math.round(box.scrollTop), box.clientHeight];
	})()`)
	t.Logf("scrolled in 120 steps: frames of %.0f ms, 95 in 100 below %.0f ms, the longest %.0f ms", frames[0], frames[1], frames[2])
	lap("scrolled")
	sari.until("the last turn on the screen", fmt.Sprintf(`document.querySelector("#t%d").getBoundingClientRect().top < innerHeight`, turns))
	sari.until("the focus on the text", `(document.querySelector("#turns").focus(), document.activeElement.id === "turns")`)
	sari.key(kb.End)
	lap("to the end by keyboard")
	sari.key(kb.Enter)
	sari.palette()
	lap("palette open")
	sari.write("Kode 29")
	sari.key(kb.Enter)
	sari.until("the palette to close", `document.querySelector(".palette").hidden`)
	lap("code chosen")
	sari.saved()
	lap("saved")
	if n := len(sari.codings(p, d)); n != codings+1 {
		t.Errorf("%d codings, %d were expected", n, codings+1)
	}
	rows := sari.codings(p, d)
	last := rows[len(rows)-1]
	for _, r := range rows {
		if r[0] > last[0] {
			last = r
		}
	}
	if w := text[last[3]:last[4]]; !strings.HasSuffix(text, w) || !strings.HasSuffix(w, ".") || strings.Count(w, ".") != 1 {
		t.Errorf("the last sentence was at the cursor, %q was coded", w)
	}
}
