package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// TestHundredThousandWords opens a document of 100,000 words with 5,000 codings, scrolls it from end to end and codes in it.
// What is slow is measured and no error; coded words without their marks are.
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
	const batch = 100
	seen := map[[3]int]bool{}
	var codes []int64
	for i := range codings / batch { // thirty codes, made by being applied
		code := i % 30
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
		body := map[string]any{"change": newChange(), "version": 1, "spans": spans}
		if i < 30 {
			body["name"] = fmt.Sprintf("Kode %d", i)
		} else {
			body["code"] = codes[code]
		}
		a := s.post(fmt.Sprintf("/projects/%d/documents/%d/codings", p, d), body)
		var e struct{ Codings struct{ New [][]int64 } }
		if err := json.Unmarshal(a.body, &e); err != nil || a.status != http.StatusOK || len(e.Codings.New) != batch {
			t.Fatalf("codings: %d %v %.300s", a.status, err, a.body)
		}
		if i < 30 {
			codes = append(codes, e.Codings.New[0][1])
		}
	}
	lap("5,000 codings made")
	sari.read(p, d)
	sari.until("codings in the margin", `document.querySelector(".status-counts").textContent.replace(/\D/g, "").startsWith("5000")`)
	lap("opened, with its codings")
	surfaceFigures(t, sari, fmt.Sprintf("/projects/%d/documents/%d", p, d), said, sari.codings(p, d))
	lap("measured")
	sari.read(p, d)
	sari.until("the last turn on the screen", fmt.Sprintf(`(document.querySelector(".surface-scroll").scrollTop = 1e9, document.querySelector("#t%d").getBoundingClientRect().top < innerHeight)`, turns))
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
