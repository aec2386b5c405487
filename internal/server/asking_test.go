package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// asks gets the page of a question.
func (p *place) asks(r rune, query string) reply {
	p.t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.send("GET /ask", p.id, input{query: v}, p.token[r], "")
}

var askedCount = regexp.MustCompile(`<dt>segments</dt><dd>([\d,]+)</dd>`)

func (p *place) counted(r rune, query string) string {
	p.t.Helper()
	a := p.asks(r, query)
	m := askedCount.FindStringSubmatch(a.body)
	if a.status != http.StatusOK || m == nil {
		p.t.Fatalf("%s: %d, no count: %.300s", query, a.status, a.body)
	}
	return m[1]
}

// TestAnswers asks questions of a small place and compares with what its codings say.
func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	other := p.addNode(qda.Code, "Kode lain", p.theme)
	p.apply(theResearcher, "tidak tahu", p.code)
	p.apply(theResearcher, "tahu", other)
	p.apply(theOwner, "sejak lama", other)
	v, err := p.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	l := v.As(p.coder[theResearcher])
	counts := l.Counts()
	near, err := l.Near(engine.Near{Codes: []qda.ID{p.code}, All: [][]qda.ID{{other}}}, func(d *qda.Document) (*engine.Words, error) {
		return p.engine.Words(t.Context(), p.id, d.ID, d.Version)
	})
	if err != nil || len(near) == 0 {
		t.Fatalf("%d near: %v", len(near), err)
	}
	num := func(n int) string { return fmt.Sprint(n) }
	for query, want := range map[string]string{
		"every=on":                                             num(counts.Codings),
		"all=" + s(p.theme):                                    num(counts.Node(p.theme).AllCodings),
		"all=" + s(p.code):                                     num(counts.Node(p.code).AllCodings),
		"all=" + s(p.theme) + "&below=off":                     num(counts.Node(p.theme).Codings),
		"document=" + s(p.document):                            num(counts.Document(p.document)),
		"all=" + s(other) + "&by=" + s(p.coder['O']):           "1",
		"all=" + s(p.code) + "&all=" + s(other):                "1", // "tahu", the words they share
		"all=" + s(other) + "&none=" + s(p.code):               "1", // "sejak lama"
		"speaker=nobody":                                       "0",
		"from=2999-01-01":                                      "0",
		"value-" + s(p.ofCases) + "=nowhere":                   "0",
		"any=" + s(other) + "&any=" + s(p.code2):               num(counts.Node(other).AllCodings + counts.Node(p.code2).AllCodings),
		"all=" + s(p.code) + "&all=" + s(other) + "&meet=turn": num(len(near)),
	} {
		if got := p.counted(theResearcher, query); got != want {
			t.Errorf("%s: %s segments, not %s", query, got, want)
		}
	}
	// The words stand marked, and a form's address becomes the short one.
	if a := p.asks(theResearcher, "all="+s(p.code)+"&all="+s(other)); !strings.Contains(a.body, "<mark>tahu</mark>") {
		t.Errorf("the shared words are not marked: %s", a.body)
	}
	a := p.asks(theResearcher, "form=on&is=all&code="+s(p.code)+"&is=none&code="+s(other)+"&is=all&code=&meet=turn&n=20&from=&to=")
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || to != p.at("/ask")+"?all="+s(p.code)+"&meet=turn&none="+s(other) {
		t.Errorf("the form leads to %d %s", a.status, to)
	}
	// What a blind coder is told, and whom they may ask for.
	if got := p.counted(theBlind, "every=on"); got != num(v.As(p.coder[theBlind]).Counts().Codings) {
		t.Errorf("a blind coder gets %s segments", got)
	}
	if a := p.asks(theBlind, "by="+s(p.coder[theResearcher])); a.status != http.StatusNotFound {
		t.Errorf("a blind coder asks for another's codings: %d", a.status)
	}
	// As a table and as text.
	table := p.send("GET /ask/segments.csv", p.id, input{query: f("all", s(p.code), "all", s(other))}, p.token[theResearcher], "")
	if rows := strings.Split(strings.TrimSpace(table.body), "\r\n"); table.status != http.StatusOK || len(rows) != 2 || !strings.Contains(rows[1], ",tahu,") || !strings.HasPrefix(rows[1], ",") || !strings.Contains(rows[1], " + ") {
		t.Errorf("the table: %d %s", table.status, table.body)
	}
	text := p.send("GET /ask/segments.txt", p.id, input{query: f("all", s(p.code), "all", s(other))}, p.token[theResearcher], "")
	if !strings.HasPrefix(text.body, "“tahu” (") {
		t.Errorf("the text: %d %s", text.status, text.body)
	}
}

// TestQuestionsAreKept keeps one, finds it in the list, and takes it away.
func TestQuestionsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	made := p.send("POST /questions", p.id, input{form: f("name", "Tidak tahu dokumen", "query", "all="+s(p.code)+"&meet=turn&junk=1")}, p.token[theResearcher], fresh().String())
	if to := made.header.Get("Location"); made.status != http.StatusSeeOther || to != p.at("/ask")+"?all="+s(p.code)+"&meet=turn" {
		t.Fatalf("%d to %q: %s", made.status, to, made.body)
	}
	v, err := p.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	q := v.As(0).Questions()
	last := q[len(q)-1]
	a := p.asks(theOwner, "all="+s(p.code)+"&meet=turn")
	if !strings.Contains(a.body, "Tidak tahu dokumen") || !strings.Contains(a.body, `aria-current="true"`) {
		t.Errorf("a colleague does not see the question: %s", a.body)
	}
	if a := p.asks(theBlind, ""); strings.Contains(a.body, "Tidak tahu dokumen") {
		t.Error("a blind coder sees another's question")
	}
	if a := p.send("POST /questions", p.id, input{form: f("name", "x", "query", "all=4000000")}, p.token[theResearcher], fresh().String()); a.status != http.StatusNotFound {
		t.Errorf("a question about a code there is not: %d", a.status)
	}
	rename := input{form: f("name", "Belum tahu dokumen", "question", s(last.ID), "rev", strconv.FormatInt(int64(last.Rev), 10), "query", "all="+s(p.code)+"&meet=turn")}
	if a := p.send("POST /questions", p.id, rename, p.token[theSupervisor], fresh().String()); a.status != http.StatusForbidden {
		t.Errorf("a supervisor renames another's question: %d", a.status)
	}
	if a := p.send("POST /questions", p.id, rename, p.token[theResearcher], fresh().String()); a.status != http.StatusSeeOther {
		t.Errorf("renaming: %d %s", a.status, a.body)
	}
	if a := p.asks(theOwner, ""); !strings.Contains(a.body, "Belum tahu dokumen") || strings.Contains(a.body, "Tidak tahu dokumen") {
		t.Error("it has not its new name")
	}
	if a := p.send("POST /questions/{question}/remove", p.id, input{path: inPath("question", last.ID)}, p.token[theSupervisor], fresh().String()); a.status != http.StatusForbidden {
		t.Errorf("a supervisor removes another's question: %d", a.status)
	}
	if a := p.send("POST /questions/{question}/remove", p.id, input{path: inPath("question", last.ID)}, p.token[theResearcher], fresh().String()); a.status != http.StatusSeeOther {
		t.Errorf("removing: %d %s", a.status, a.body)
	}
	if a := p.asks(theOwner, ""); strings.Contains(a.body, "Belum tahu dokumen") {
		t.Error("it is still there")
	}
}

// TestMarked: what stands around a segment is cut at spaces, and the segment is whole.
func TestMarked(t *testing.T) {
	w := wordsOf("satu dua tiga empat lima enam tujuh delapan sembilan sepuluh")
	whole := span.Span{Start: 0, Stop: int32(len("satu dua tiga empat lima enam tujuh delapan sembilan sepuluh"))}
	got := ""
	for _, p := range marked(w, whole, span.Span{Start: 20, Stop: 24}, 8) {
		if p.Found {
			got += "[" + p.Text + "]"
		} else {
			got += p.Text
		}
	}
	if got != "… empat [lima] enam…" {
		t.Errorf("%q", got)
	}
}
