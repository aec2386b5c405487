package e2e

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/evanw/esbuild/pkg/api"
)

// segments are the rows of the table of segments, by column.
func (p *person) segments(project int) []map[string]string {
	p.t.Helper()
	all, err := csv.NewReader(strings.NewReader(p.csv(project, "segments"))).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range all[1:] {
		m := map[string]string{}
		for i, c := range r {
			m[all[0][i]] = c
		}
		rows = append(rows, m)
	}
	return rows
}

// TestWordsOfTheWorld reads and codes turns in scripts where characters, code units and bytes are different things.
func TestWordsOfTheWorld(t *testing.T) {
	t.Parallel()
	turns := []string{
		"Halo 👩🏽‍💻 dan 👨‍👩‍👧‍👦, bendera 🇮🇩🇲🇾 di pasar 🦐.",
		"Le cafe\u0301 est la\u0300-bas, a\u030a\u0323 et 한국어 \u1112\u1161\u11ab.",
		"كنتُ في السوق صباحًا، والسعر ١٢٣ ريال (مئة).",
		"报关单很难填。我们猜编号，𠮷野家也一样。",
		"Campuran: abc ابجد 漢字 𝔸𝔹 \u200d \u00a0 e\u0301x.",
		"काग़ज़ और ไทยภาษา தமிழ்.",
	}
	var file strings.Builder
	for i, w := range turns {
		fmt.Fprintf(&file, "P%02d: %s\n", i%2+1, w)
	}
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Dunia", "reflexive")
	d := sari.addText(p, "dunia.txt", "Dunia", file.String())
	sari.read(p, d)
	shown := see[[]string](sari, `[...document.querySelectorAll(".turns .turn")].map((t) => [...t.querySelectorAll(".part")].map((p) => p.textContent).join("\n"))`)
	if fmt.Sprintf("%+q", shown) != fmt.Sprintf("%+q", turns) {
		t.Fatalf("the page shows\n%+q\nthe file has\n%+q", shown, turns)
	}
	// Each turn whole.
	sari.goTo("Halo")
	sari.key("t")
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Whole")
	for range turns[1:] {
		sari.key(kb.ArrowDown)
		sari.key("0")
	}
	sari.until("all turns to be coded", fmt.Sprintf(`document.querySelector(".status-counts").textContent.startsWith("%d")`, len(turns)))
	sari.saved()
	// And words in them, by keyboard and by mouse.
	for _, w := range []string{"السوق", "野", "한국어", "bendera"} {
		sari.drag(w)
		sari.create("Word " + w)
	}
	sari.goTo("dan 👨")
	sari.key("w")
	sari.key(kb.ArrowRight)
	sari.key("i")
	sari.saved()

	starts, at := []int{}, 0
	for _, w := range turns {
		starts = append(starts, at)
		at += utf8.RuneCountInString(w) + 1
	}
	all := []rune(strings.Join(turns, "\n"))
	whole := 0
	for _, r := range sari.segments(p) {
		var from, to int
		if _, err := fmt.Sscan(r["start"], &from); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(r["stop"], &to); err != nil {
			t.Fatal(err)
		}
		if words := string(all[from:to]); words != r["words"] {
			t.Errorf("the table says %+q for %d to %d, the file has %+q there", r["words"], from, to, words)
		}
		if r["code path"] == "Whole" {
			if from != starts[whole] || r["words"] != turns[whole] {
				t.Errorf("turn %d is coded from %d as %+q, it begins at %d", whole+1, from, r["words"], starts[whole])
			}
			whole++
		}
		if w, ok := strings.CutPrefix(r["code path"], "Word "); ok && !strings.Contains(r["words"], w) {
			t.Errorf("%+q was selected, %+q was coded", w, r["words"])
		}
		t.Logf("%s–%s %s: %q", r["start"], r["stop"], r["code path"], r["words"])
	}
	if whole != len(turns) {
		t.Errorf("%d turns were coded whole, the table has %d", len(turns), whole)
	}
}

// ownChecks runs the checks that lie beside scripts, in the browser they are for.
func ownChecks(t *testing.T, folder string, seeds ...int64) {
	t.Helper()
	t.Parallel()
	r := api.Build(api.BuildOptions{EntryPoints: []string{filepath.Join(root, "web", "ts", folder, "tests.ts")}, Bundle: true, Format: api.FormatIIFE, GlobalName: "checks", Target: api.ES2022, LogLevel: api.LogLevelSilent})
	for _, m := range r.Errors {
		t.Fatalf("the checks do not bundle: %s", m.Text)
	}
	p := visitor(t, "Nobody", "http://nowhere.invalid")
	p.must(chromedp.Evaluate[chromedp.Void](string(r.OutputFiles[0].Contents) + "; globalThis.checks = checks; undefined"))
	seeds = append(seeds, time.Now().UnixMilli()%1_000_000)
	t.Logf("seeds %v", seeds)
	for _, s := range seeds {
		for _, failed := range see[[]string](p, fmt.Sprintf(`checks.run(%d)`, s)) {
			t.Error(failed)
		}
	}
}

func TestScriptsOwnChecks(t *testing.T) { ownChecks(t, "coding", 1, 2, 3, 4, 5) }
func TestOutboxsOwnChecks(t *testing.T) { ownChecks(t, "lib", 1, 2, 3, 543377) }
func TestMapsOwnChecks(t *testing.T)    { ownChecks(t, "themes", 1, 2, 3) }
