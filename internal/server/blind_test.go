package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/qda"
)

var (
	seqs    = regexp.MustCompile(`("seq":|data-after="|data-seq="|data-rev="|name="rev" value=")\d+`)
	entries = regexp.MustCompile(`\b\d+ entries\b`)
	chains  = regexp.MustCompile(`\b[0-9a-f]{12}\b`)
)

// more are further ways to ask for a page.
var more = map[string][]string{
	"GET /nodes/{node}": {"under=on", "page=2"}, "GET /nodes/{node}/segments.json": {"limit=200"}, "GET /history": {"kind=codebook", "kind=", "before=9999"},
	"GET /documents/{document}/export.html": {"whose=mine"}, "GET /documents/{document}/export.docx": {"whose=mine"}, "GET /documents/{document}/export.pdf": {"whose=mine"},
	"GET /documents/{document}/print": {"memos=on", "whose=mine", "show=words"},
	"GET /ask":                        {"every=on", "group=code", "speaker=P04"},
	"GET /themes/{node}":              {"by=code", "by=group", "page=2"}, "GET /review": {"by=code"}, "GET /export/review.csv": {"for=spreadsheets"},
	"GET /drafts/compare": {"", "to="}, "GET /export/drafts.csv": {"for=spreadsheets"},
	"GET /themes":   {"view=map", "view=tree", ""},
	"GET /search":   {"q=RAHASIA", "q=tidak"},
	"GET /codebook": {"new=code", "new=theme", "view=table", ""}, "GET /documents": {"q=x"}, "GET /export/segments.csv": {"for=spreadsheets"}, "GET /export/codebook.csv": {"for=spreadsheets"},
}

// glance is everything that somebody can look at in a place, but for the numbers that say how long the ledger is.
func (p *place) glance(r rune) map[string]string {
	p.t.Helper()
	p.as = r
	p.occupied()
	head := fmt.Sprint(p.head())
	pages := map[string]string{}
	for _, x := range samples() {
		if !strings.HasPrefix(x.route, "GET") || !strings.ContainsRune(x.who, r) || strings.HasSuffix(x.route, "/stream") {
			continue
		}
		in := x.make(p)
		for _, query := range append([]string{""}, more[x.route]...) {
			if query != "" {
				k, v, _ := strings.Cut(query, "=")
				in.query = f(k, v)
			}
			a := p.send(x.route, p.id, in, p.token[r], "")
			if a.status != http.StatusOK && x.route != "GET /nodes/merge" {
				p.t.Errorf("%s: %d", x.route, a.status)
			}
			body := seqs.ReplaceAllString(plain(a.body), `${1}N`)
			body = chains.ReplaceAllString(entries.ReplaceAllString(body, "N entries"), "CHAIN")
			if x.route == "GET /export" {
				body = regexp.MustCompile(`\b`+head+`\b`).ReplaceAllString(body, "HEAD")
			}
			pages[x.route+"?"+query] = body
		}
	}
	return pages
}

// TestBlindCodersLearnNothingOfOthers looks at everything, lets the others work, and looks again: it must be the same.
func TestBlindCodersLearnNothingOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(137) // so that the ledger's length is no number that pages have for another reason
	third := p.addNode(qda.Code, "Kode tiga", p.theme)
	before := p.glance(theBlind)
	for route, body := range before {
		for _, word := range []string{"MEMOPENELITI", "PERTANYAANPENELITI", "BUKTIPENELITI", "TANGGAPANPENELITI"} {
			if strings.Contains(body, word) {
				t.Errorf("%s shows a blind coder another's memo", route)
			}
		}
	}
	researcher, owner := p.coder[theResearcher], p.coder[theOwner]
	p.apply(theResearcher, "sejak lama", p.code)
	p.apply(theResearcher, "tidak tahu", p.code) // the very words the blind coder has coded
	p.apply(theOwner, "dokumen", p.code2)
	mine := p.apply(theResearcher, "menjual", p.code2)
	w.do(p.id, researcher, &qda.MemoWritten{On: mine, Text: "RAHASIA satu"})
	w.do(p.id, researcher, &qda.MemoWritten{On: p.code, Text: "RAHASIA dua"})
	w.do(p.id, researcher, &qda.MemoWritten{On: p.document, Text: "RAHASIA tiga"})
	w.do(p.id, researcher, &qda.CodingsChanged{Codings: []qda.ID{mine}, Code: third})
	e := w.do(p.id, researcher, &qda.CodingsRemoved{Codings: []qda.ID{mine}})
	w.do(p.id, researcher, &qda.Undone{Seq: e.Seq})
	w.do(p.id, owner, &qda.NodeChanged{Node: p.code, Example: &p.coding})
	w.do(p.id, researcher, &qda.DocumentFinished{Document: p.document, Finished: true})
	w.do(p.id, researcher, &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{mine}, Against: true, Why: "RAHASIA empat"})
	w.do(p.id, owner, &qda.RemarkMade{On: p.theme, Theme: p.theme, Under: p.remark, Text: "RAHASIA lima"})
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.do(p.id, p.coder[theSupervisor], &qda.ThemeJudged{Theme: p.theme, Verdict: qda.Approved, Digest: v.Digest(p.theme), Text: "RAHASIA enam"})
	w.exec(`DELETE FROM bucket`) // so many exports are more than one account may make in a minute
	after := p.glance(theBlind)
	for route, is := range after {
		if was := before[route]; is != was {
			t.Errorf("%s changed with the others' work: %s", route, differ(was, is))
		}
	}
	if len(after) < 25 {
		t.Errorf("only %d looks", len(after))
	}
	// The others see it.
	for route, body := range p.glance(theResearcher) {
		if strings.HasPrefix(route, "GET /export/segments.csv") && !strings.Contains(body, "RAHASIA satu") {
			t.Errorf("%s shows a researcher no memo", route)
		}
	}
	// A merge changes the codebook, which a blind coder sees, but not how much others have coded.
	w.do(p.id, owner, &qda.NodesMerged{Nodes: []qda.ID{third}, Into: p.code})
	a := p.send("GET /nodes/{node}", p.id, input{path: inPath("node", p.code)}, p.token[theBlind], "")
	if strings.Contains(a.body, "merged") {
		t.Errorf("the node's past tells of codings that moved: %s", a.body)
	}
	var book struct {
		Nodes  []struct{ ID, Count int }
		Coders []struct{ Me bool }
	}
	a = p.send("GET /codebook.json", p.id, input{}, p.token[theBlind], "")
	if err := json.Unmarshal([]byte(a.body), &book); err != nil {
		t.Fatal(err)
	}
	if len(book.Coders) != 1 || !book.Coders[0].Me {
		t.Errorf("a blind coder's codebook names others: %s", a.body)
	}
	for _, n := range book.Nodes {
		if n.ID == int(p.code) && n.Count != 1 {
			t.Errorf("a blind coder counts %d codings, has one", n.Count)
		}
	}
	var there struct{ Codings, Memos [][]any }
	a = p.send("GET /documents/{document}/codings.json", p.id, input{path: inPath("document", p.document)}, p.token[theBlind], "")
	if err := json.Unmarshal([]byte(a.body), &there); err != nil {
		t.Fatal(err)
	}
	if len(there.Codings) != 1 || there.Codings[0][0] != float64(p.ofBlind) || len(there.Memos) != 1 {
		t.Errorf("a blind coder's codings: %s", a.body)
	}
}

// What a blind coder tries on others' work is answered as if it were not there.
func TestBlindCodersCannotReachOthersWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	was := p.print(p.id)
	spans := map[string]any{"start": 0, "stop": 5, "check": spanOf("Sejak").Check}
	for _, x := range []struct {
		route       string
		their, none input
	}{
		{"POST /codings/remove", input{json: map[string]any{"codings": []qda.ID{p.coding}}}, input{json: map[string]any{"codings": []int{4000000}}}},
		{"POST /codings", input{json: map[string]any{"codings": []qda.ID{p.coding}, "code": p.code2}}, input{json: map[string]any{"codings": []int{4000000}, "code": p.code2}}},
		{"POST /codings", input{json: map[string]any{"codings": []qda.ID{p.coding}, "span": spans}}, input{json: map[string]any{"codings": []int{4000000}, "span": spans}}},
		{"POST /memos", input{json: map[string]any{"on": p.coding, "text": "x"}}, input{json: map[string]any{"on": 4000000, "text": "x"}}},
		{"POST /memos/{memo}", input{path: inPath("memo", p.memo), json: map[string]any{"rev": 1, "text": "x"}}, input{path: inPath("memo", 4000000), json: map[string]any{"rev": 1, "text": "x"}}},
		{"POST /memos/{memo}/remove", input{path: inPath("memo", p.memo), json: map[string]any{}}, input{path: inPath("memo", 4000000), json: map[string]any{}}},
		{"POST /nodes/{node}", input{path: inPath("node", p.code), form: f("example", s(p.coding))}, input{path: inPath("node", p.code), form: f("example", "4000000")}},
	} {
		a, b := p.send(x.route, p.id, x.their, p.token[theBlind], ""), p.send(x.route, p.id, x.none, p.token[theBlind], "")
		if a.status != b.status || a.status < 400 || plain(a.body) != plain(b.body) {
			t.Errorf("%s: %d, for what is nowhere %d: %s", x.route, a.status, b.status, differ(plain(a.body), plain(b.body)))
		}
	}
	if p.print(p.id) != was {
		t.Error("something changed")
	}
}

// A supervisor reads along and writes memos, and can code in no way.
func TestSupervisorsDoNotCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	for _, x := range samples() {
		if !strings.HasPrefix(x.route, "POST") || strings.Contains(x.who, "S") {
			continue
		}
		p.as = theResearcher
		p.owns()
		if strings.ContainsRune(x.who, theResearcher) || strings.Contains(x.route, "/settings") {
			in := x.make(p)
			was := p.print(p.id)
			if a := p.send(x.route, p.id, in, p.token[theSupervisor], ""); a.status != http.StatusForbidden {
				t.Errorf("%s: %d", x.route, a.status)
			}
			if p.print(p.id) != was {
				t.Errorf("%s by a supervisor changed something", x.route)
			}
		}
	}
	// Nor by taking back what they did as a researcher, nor through another's undo.
	e := w.do(p.id, p.coder[theResearcher], &qda.CodingApplied{Document: p.document, Version: 1, Spans: []qda.SpanOf{spanOf("dokumen")}, Code: p.code})
	role := qda.Supervisor
	w.do(p.id, p.coder[theOwner], &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: p.coder[theResearcher], Role: &role}}})
	was := p.print(p.id)
	for _, r := range "RS" {
		if a := p.send("POST /undo", p.id, input{json: map[string]any{"seq": e.Seq}}, p.token[r], ""); a.status != http.StatusForbidden {
			t.Errorf("a supervisor undid a coding: %d %s", a.status, a.body)
		}
	}
	if p.print(p.id) != was {
		t.Error("something changed")
	}
	if a := p.send("GET /documents/{document}", p.id, input{path: inPath("document", p.document)}, p.token[theSupervisor], ""); a.status != http.StatusOK || !strings.Contains(a.body, canary) {
		t.Errorf("a supervisor can't read: %d", a.status)
	}
}
