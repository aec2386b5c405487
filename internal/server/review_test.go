package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// digest reads what the review shows of a theme out of its form.
func (p *place) reviewForm(r rune, theme qda.ID) url.Values {
	p.t.Helper()
	a := p.ask(request{method: http.MethodGet, target: p.at("/review?theme=%d", theme), token: p.token[r]})
	if a.status != http.StatusOK {
		p.t.Fatalf("the review: %d", a.status)
	}
	v := url.Values{}
	for _, name := range []string{"seq", "draft", "digest-claim", "digest-codes", "digest-evidence", "digest-codings"} {
		_, rest, ok := strings.Cut(a.body, `name="`+name+`" value="`)
		if !ok {
			p.t.Fatalf("the review has no field %s", name)
		}
		v.Set(name, rest[:strings.IndexByte(rest, '"')])
	}
	return v
}

func (p *place) body(r rune, rest string, args ...any) string {
	p.t.Helper()
	a := p.ask(request{method: http.MethodGet, target: p.at(rest, args...), token: p.token[r]})
	if a.status != http.StatusOK {
		p.t.Fatalf("%s: %d", rest, a.status)
	}
	return plain(a.body)
}

// TestReview goes once round: asked, judged, changed since with what changed, refused where it changed while it was read.
func TestReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	w.do(p.id, p.coder[theResearcher], &qda.RemarkSettled{Remark: p.remark, Settled: true})
	has := func(body, words string) {
		t.Helper()
		if !strings.Contains(body, words) {
			t.Errorf("%q is not there", words)
		}
	}
	hasNot := func(body, words string) {
		t.Helper()
		if strings.Contains(body, words) {
			t.Errorf("%q is there", words)
		}
	}
	post := func(r rune, rest string, v url.Values) reply {
		t.Helper()
		return p.ask(request{method: http.MethodPost, target: p.at("%s", rest), token: p.token[r], form: v})
	}

	// Nobody was asked: nothing waits. Then two entries, made once however often they are sent.
	hasNot(p.body(theSupervisor, ""), "themes to read")
	v := url.Values{"name": {"Draf dua"}, "of": {s(p.coder[theSupervisor])}, "text": {"Mulai dari tema satu"}, "change": {fresh().String()}}
	head := p.head()
	for range 2 {
		if a := post(theResearcher, "/review", v); a.status != http.StatusSeeOther {
			t.Fatalf("asking for review: %d %s", a.status, a.body)
		}
	}
	if p.head() != head+2 {
		t.Errorf("asking twice made %d entries", p.head()-head)
	}
	has(p.body(theSupervisor, ""), "2 themes to read")
	has(p.body(theSupervisor, "/review"), "Mulai dari tema satu")
	hasNot(p.body(theResearcher, ""), "themes to read")

	// Approved.
	f := p.reviewForm(theSupervisor, p.theme)
	f.Set("verdict", "approved")
	f.Set("text", "Meyakinkan.")
	if a := post(theSupervisor, "/themes/"+s(p.theme)+"/judge", f); a.status != http.StatusSeeOther {
		t.Fatalf("approving: %d %s", a.status, a.body)
	}
	has(p.body(theResearcher, "/themes/%d", p.theme), `<span class="pill ok"`)
	has(p.body(theSupervisor, ""), "1 theme to read")

	// Each part that changes is said, with what changed in it.
	claim := "Prosedurnya sendiri adalah temboknya."
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.theme, Claim: &claim})
	body := p.body(theSupervisor, "/review?theme=%d", p.theme)
	has(body, "changed since")
	has(body, "Since then: the claim")
	has(body, "<ins><bdi>"+claim)
	name := "Kode satu lagi"
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.code, Name: &name})
	has(p.body(theSupervisor, "/review?theme=%d", p.theme), "renamed: Kode satu → Kode satu lagi")
	w.do(p.id, p.coder[theResearcher], &qda.EvidenceDropped{Evidence: []qda.ID{p.evidence}})
	has(p.body(theSupervisor, "/review?theme=%d", p.theme), "dropped: P04 udang, turn")
	p.apply(theResearcher, "sejak lama", p.code)
	body = p.body(theSupervisor, "/review?theme=%d", p.theme)
	has(body, fmt.Sprintf(`href="/projects/N/ask?all=%d" aria-label="1: show the segments">1</a> coding more of Kode satu lagi`, p.code))
	has(body, "Since then: the claim, the codes, the evidence and the codings")

	// It changes while it is read: refused, shown anew, nothing typed is lost.
	f = p.reviewForm(theSupervisor, p.theme)
	scope := "Hanya di Balikpapan"
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.theme, Scope: &scope})
	f.Set("verdict", "changes")
	f.Set("text", "Belum cukup.")
	a := post(theSupervisor, "/themes/"+s(p.theme)+"/judge", f)
	if a.status != http.StatusConflict {
		t.Fatalf("judging what has changed: %d", a.status)
	}
	body = plain(a.body)
	has(body, "Changed while you were reading")
	has(body, "<ins><bdi>"+scope)
	has(body, ">Belum cukup.</textarea>")
	again := p.reviewForm(theSupervisor, p.theme)
	again.Set("verdict", "changes")
	again.Set("text", "=1+1 Belum cukup.")
	if a := post(theSupervisor, "/themes/"+s(p.theme)+"/judge", again); a.status != http.StatusSeeOther {
		t.Fatalf("judging: %d", a.status)
	}
	has(p.body(theResearcher, ""), "Changes are asked for in 1 theme")
	if a := post(theResearcher, "/themes/"+s(p.theme)+"/judge", again); a.status != http.StatusForbidden {
		t.Errorf("a researcher judges: %d", a.status)
	}

	// Remarks: an answer waits for who asked, a settled one for nobody.
	n := w.do(p.id, p.coder[theSupervisor], &qda.RemarkMade{On: p.coding, Theme: p.theme, Text: "Mengapa ini?"}).Did[0].ID
	has(p.body(theResearcher, ""), "1 remark waits for your word")
	if a := post(theResearcher, "/remarks", url.Values{"under": {s(n)}, "text": {"Karena pengepul."}}); !strings.HasPrefix(a.header.Get("Location"), p.at("/themes/%d#r", p.theme)) {
		t.Errorf("an answer leads to %q", a.header.Get("Location"))
	}
	hasNot(p.body(theResearcher, ""), "waits for your word")
	has(p.body(theSupervisor, ""), "1 remark waits for your word")
	if a := post(theResearcher, "/remarks/"+s(n)+"/settled", url.Values{"settled": {"on"}}); a.status != http.StatusForbidden {
		t.Errorf("a researcher settles another's remark: %d", a.status)
	}
	if a := post(theSupervisor, "/remarks/"+s(n)+"/settled", url.Values{"settled": {"on"}}); a.status != http.StatusSeeOther {
		t.Errorf("settling: %d", a.status)
	}
	hasNot(p.body(theSupervisor, ""), "waits for your word")

	// The table has all of it, and no formula where a spreadsheet reads it.
	table := p.body(theSupervisor, "/export/review.csv?for=spreadsheets")
	for _, words := range []string{`"'=1+1 Belum cukup."`, `"Mengapa ini?"`, `"Karena pengepul."`, `"settled"`, `"asked"`} {
		has(table, words)
	}
	if raw := p.body(theSupervisor, "/export/review.csv"); !strings.Contains(raw, ",=1+1 Belum cukup.,") {
		t.Error("the table for programs changed a cell")
	}
	for _, l := range w.failures() {
		t.Error(l)
	}
}

// TestThemePage looks at the checks of a theme, the ways to group its segments, and the two questions.
func TestThemePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	has := func(body, words string) {
		t.Helper()
		if !strings.Contains(body, words) {
			t.Errorf("%q is not there", words)
		}
	}
	body := p.body(theResearcher, "/themes/%d", p.theme)
	has(body, fmt.Sprintf(`Thin: <a class="ask-number" href="/projects/N/ask?all=%d" aria-label="2 segments: show the segments">2 segments</a> in <a`, p.theme))
	has(body, "All of it comes from one informant: P04.")
	has(body, "There is no claim yet")
	has(body, "BUKTIPENELITI")
	has(body, "Nobody has looked for evidence against it yet.")
	w.do(p.id, p.coder[theResearcher], &qda.CounterLooked{Theme: p.theme, Looked: true})
	has(p.body(theResearcher, "/themes/%d", p.theme), "None found, looked for")
	has(p.body(theResearcher, "/themes/%d?by=group", p.theme), `data-group="group-petambak"`)
	has(p.body(theResearcher, "/themes/%d?by=informant", p.theme), `data-group="informant-`)

	// Evidence whose code moved away says so; a counter-case may be coded anywhere.
	w.do(p.id, p.coder[theResearcher], &qda.NodesMoved{Nodes: []qda.ID{p.code}, Parent: p.theme2})
	has(p.body(theResearcher, "/themes/%d", p.theme), "which stands outside this theme")

	// A name before.
	name := "Tema pertama"
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.theme, Name: &name})
	has(p.body(theResearcher, "/themes/%d", p.theme), "<bdi>Tema satu</bdi>")

	// An answer to a question is found again in either language.
	if a := p.ask(request{method: http.MethodPost, target: p.at("/themes/%d/levels", p.theme), token: p.token[theSupervisor], form: url.Values{"level": {"2"}, "text": {"Cocok."}}}); a.status != http.StatusSeeOther {
		t.Fatalf("an answer: %d %s", a.status, a.body)
	}
	w.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: p.theme, Text: "### Apakah kutipan-kutipannya padu?\n\nSudah padu."})
	body = p.body(theResearcher, "/themes/%d", p.theme)
	one, two := strings.Index(body, "Sudah padu."), strings.Index(body, "Cocok.")
	if one < 0 || two < one {
		t.Errorf("the answers stand at %d and %d", one, two)
	}

	// A plain form gives a segment another code; one segment is drawn by itself.
	if a := p.ask(request{method: http.MethodPost, target: p.at("/codings"), token: p.token[theResearcher], form: url.Values{"codings": {s(p.coding)}, "code": {s(p.code2)}, "next": {p.at("/themes/%d", p.theme)}}}); a.status != http.StatusSeeOther {
		t.Errorf("a plain form that recodes: %d %s", a.status, a.body)
	}
	has(p.body(theResearcher, "/themes/%d/segment?coding=%d", p.theme, p.coding), "Kode dua")
	if strings.Contains(p.body(theSupervisor, "/themes/%d", p.theme), "/codings") {
		t.Error("a supervisor is offered to code")
	}
	if strings.Contains(p.body(theResearcher, "/review?theme=%d", p.theme), `/codings"`) {
		t.Error("the review offers to code")
	}
	if a := p.ask(request{method: http.MethodGet, target: p.at("/themes/%d", p.code), token: p.token[theResearcher]}); a.header.Get("Location") != p.at("/nodes/%d", p.code) {
		t.Errorf("a code's page is %q", a.header.Get("Location"))
	}
	for _, l := range w.failures() {
		t.Error(l)
	}
}

// TestSinceTheLastVisit: what others did is told by person and kind, after a pause.
func TestSinceTheLastVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	if strings.Contains(p.body(theSupervisor, ""), "Since you were last here") {
		t.Error("a first visit has one before")
	}
	w.wait(2 * visitGap)
	claim := "Prosedurnya adalah temboknya."
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.theme, Claim: &claim})
	for range 5 {
		w.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: p.code, Text: p.next("memo")})
	}
	for range 2 { // and again when the page is loaded again
		body := p.body(theSupervisor, "")
		for _, words := range []string{"Since you were last here", "5 memos written or changed", "changed the claim of “Tema satu”"} {
			if !strings.Contains(body, words) {
				t.Errorf("%q is not there", words)
			}
		}
	}
	w.wait(2 * visitGap)
	if strings.Contains(p.body(theSupervisor, ""), "Since you were last here") {
		t.Error("what was seen is told again")
	}
}
