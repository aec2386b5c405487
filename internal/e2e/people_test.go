package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

const market = `PEWAWANCARA: Bagaimana usaha Ibu dimulai?
P01: Awalnya saya jual di pasar pagi. Lalu tetangga ikut membantu menggoreng.
PEWAWANCARA: Apa yang paling sulit?
P01: Mengisi formulir ekspor itu sulit sekali. Saya menebak nomor barangnya.
PEWAWANCARA: Siapa yang menolong?
P01: Pendamping dari klinik ekspor. Kalau dia tidak ada, saya berhenti.
`

// TestTwoPeopleSeeEachOther lets two coders and a supervisor work in one document, each in a browser of their own.
func TestTwoPeopleSeeEachOther(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "codebook")
	d := sari.addText(p, "p01.txt", "P01", market)
	budi.accept(sari.invite(p, "researcher"), "id")
	for _, x := range []*person{sari, budi} {
		x.read(p, d)
		x.goTo("Awalnya saya jual")
	}
	arrives := func(from, to *person, name string) {
		t.Helper()
		before := time.Now()
		from.key(kb.Enter)
		from.palette()
		from.write(name)
		from.key(kb.Enter)
		to.until("the coding "+name+" of "+from.name, card(name))
		t.Logf("%s's coding reached %s %v after the key was pressed", from.name, to.name, time.Since(before).Round(time.Millisecond))
		from.coded(name)
	}
	arrives(sari, budi, "Beginning")
	arrives(budi, sari, "Market")
	budi.until("whose coding it is", `[...document.querySelectorAll(".coding-card")].some((c) => c.textContent.includes("Beginning") && c.textContent.includes("SM"))`)

	// A link works once.
	rina := g.person("Rina Wulandari")
	rina.accept(sari.invite(p, "supervisor"), "en")
	rina.read(p, d)
	rina.goTo("Awalnya saya jual")
	rina.until("the codings of both", card("Beginning")+" && "+card("Market"))
	rina.key(kb.Enter)
	rina.key("i")
	rina.drags("Mengisi formulir")
	rina.until("a sentence that she reads along", `document.querySelector(".status-said").textContent.trim() !== ""`)
	if see[bool](rina, `!document.querySelector(".palette").hidden`) {
		t.Error("a supervisor has a palette")
	}
	s := rina.session()
	span := map[string]any{"start": 0, "stop": 5, "check": checkOf("Bagai")}
	a := s.post(fmt.Sprintf("/projects/%d/documents/%d/codings", p, d), map[string]any{"change": newChange(), "version": 1, "spans": []any{span}, "name": "Mine"})
	if a.status != http.StatusForbidden {
		t.Errorf("a supervisor's coding is answered with %d: %s", a.status, a.body)
	}
	node := see[int](rina, `Number(document.querySelector("#surface-tree [data-node]").dataset.node)`)
	a = s.post(fmt.Sprintf("/projects/%d/memos", p), map[string]any{"change": newChange(), "on": node, "text": "Bedakan dari Pasar."})
	if a.status != http.StatusOK {
		t.Errorf("a supervisor's memo is answered with %d: %s", a.status, a.body)
	}
	sari.open(fmt.Sprintf("/projects/%d/nodes/%d", p, node))
	sari.until("the supervisor's memo", `document.querySelector("#node-memos").innerText.includes("Bedakan dari Pasar.")`)
	if n := len(sari.codings(p, d)); n != 2 {
		t.Errorf("two codings were made, the server has %d", n)
	}
}

// TestBlindCoderSeesOnlyTheirOwn asks for every page, table and stream as a coder who was made blind.
func TestBlindCoderSeesOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reliability")
	d := sari.addText(p, "p01.txt", "P01", market)
	budi.accept(sari.invite(p, "researcher"), "en")
	sari.open(fmt.Sprintf("/projects/%d/members", p))
	blind := `[...document.querySelectorAll("li[id^=coder-]")].find((r) => r.innerText.includes("Budi"))`
	li := see[string](sari, blind+`.id`)
	sari.click("#" + li + " details summary")
	sari.click("#" + li + " input[name=blind]")
	sari.click("#" + li + " form button.go")
	sari.until("Budi to be blind", `document.querySelector("#`+li+` > .pill.warn")`)

	budi.read(p, d)
	budi.goTo("Mengisi formulir ekspor")
	from := see[int](budi, `JSON.parse(document.querySelector("#surface-data").textContent).seq`)
	sari.read(p, d)
	sari.goTo("Mengisi formulir ekspor")
	sari.key(kb.Enter)
	sari.palette()
	sari.create("Difficulty")
	sari.until("the code in the tree", `document.querySelector("#surface-tree").textContent.includes("Difficulty")`)
	node := see[int](sari, `Number(document.querySelector("#surface-tree [data-node]").dataset.node)`)
	own := sari.codings(p, d)
	w := sari.session()
	for _, on := range []int64{own[0][0], int64(node)} {
		if a := w.post(fmt.Sprintf("/projects/%d/memos", p), map[string]any{"change": newChange(), "on": on, "text": "KATASANDIMEMO " + fmt.Sprint(on)}); a.status != http.StatusOK {
			t.Fatalf("the memo is answered with %d: %s", a.status, a.body)
		}
	}
	// The code's name arrives, since the codebook is shared; the coding does not.
	budi.until("the code in the codebook", `document.querySelector("#surface-tree").textContent.includes("Difficulty")`)
	if see[bool](budi, `document.querySelectorAll(".coding-card").length > 0`) {
		t.Error("a blind coder's page shows a coding of somebody else")
	}
	budi.key(kb.Enter)
	budi.palette()
	budi.choose("Difficulty")

	s := budi.session()
	base := fmt.Sprintf("/projects/%d", p)
	others := regexp.MustCompile(`KATASANDIMEMO|"initials":"SM"`)
	look := func(path, text string) {
		t.Helper()
		if m := others.FindString(text); m != "" && !strings.HasSuffix(path, "/members") {
			t.Errorf("%s tells a blind coder of others: %q", path, m)
		}
	}
	// The tables first: the pages below have more files than one may take in a row.
	if n := strings.Count(budi.csv(p, "segments"), "\r\n"); n != 2 {
		t.Errorf("a blind coder's table of segments has %d lines, the head and one were expected", n)
	}
	if s := budi.csv(p, "codebook"); !strings.Contains(s, ",1,1,") {
		t.Errorf("a blind coder's codebook counts more than their own coding:\n%s", s)
	}
	// Every page that one can get to from the project's own.
	seen := map[string]bool{}
	link := regexp.MustCompile(`(?:href|hx-get)="(` + base + `[^"#]*)`)
	queue := []string{base, base + "/codebook.json", fmt.Sprintf("%s/documents/%d/codings.json", base, d), fmt.Sprintf("%s/nodes/%d/segments.json?limit=50", base, node),
		fmt.Sprintf("%s/undo.json?document=%d", base, d), fmt.Sprintf("%s/nodes/%d", base, node), fmt.Sprintf("%s/codebook?node=%d", base, node), base + "/history?kind=coding", base + "/informants"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || len(seen) > 200 {
			continue
		}
		seen[path] = true
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		a, err := s.do(ctx, http.MethodGet, path, nil)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if a.status >= 500 {
			t.Errorf("GET %s: %d", path, a.status)
		}
		look(path, string(a.body))
		for _, m := range link.FindAllStringSubmatch(string(a.body), -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	t.Logf("%d addresses looked at", len(seen))
	if len(seen) < 15 {
		t.Errorf("only %d addresses were found", len(seen))
	}
	budi.open(base + "/history")
	t.Logf("History as a blind coder reads it:\n%s", see[string](budi, `[...document.querySelectorAll(".entry-say")].map((e) => e.innerText.replace(/\s+/g, " ").trim()).join("\n")`))
	rows := budi.codings(p, d)
	if len(rows) != 1 || rows[0][0] == own[0][0] {
		t.Errorf("a blind coder gets the codings %v, only their own was expected", rows)
	}
	if s := s.get(fmt.Sprintf("%s/nodes/%d/segments.json?limit=50", base, node)); !strings.Contains(s, `"total":1`) {
		t.Errorf("a blind coder's segments: %s", s)
	}
	// The stream, over everything that happened since the page was opened.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s%s/stream?after=%d", g.base, base, from), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", s.cookie)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	head := see[int](budi, fmt.Sprintf(`fetch("%s/codebook.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((j) => j.seq)`, base))
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		line := lines.Text()
		look("the stream", line)
		if strings.Contains(line, fmt.Sprintf("[[%d,", own[0][0])) || strings.Contains(line, fmt.Sprintf(`"coder":%d,`, own[0][2])) {
			t.Errorf("the stream tells a blind coder of others: %s", line)
		}
		if strings.HasPrefix(line, "data: ") {
			if n++; n == head-from {
				break
			}
		}
	}
	if n != head-from {
		t.Errorf("%d entries came by the stream, %d to %d were expected", n, from+1, head)
	}
	if lines.Err() != nil {
		t.Errorf("the stream broke off: %v", lines.Err())
	}
	// What is exported, opened or searched is nobody's business but the owner's.
	if a := s.post(base+"/nodes/merge?"+url.Values{}.Encode(), map[string]any{"change": newChange(), "nodes": []int{node}, "into": node}); a.status < 400 {
		t.Errorf("a blind coder may merge: %d", a.status)
	}
}
