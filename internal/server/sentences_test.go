package server

import (
	"context"
	"html"
	"slices"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// TestEveryKindHasAGroup: History is filtered by groups, and a kind in none would be called one of the project's.
func TestEveryKindHasAGroup(t *testing.T) {
	for kind := range qda.Kinds {
		n := 0
		for _, g := range groups {
			if slices.Contains(g.kinds, kind) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d groups", kind, n)
		}
	}
}

// TestSentencesOfTheReview: History tells what was done in a review, in both languages; to a blind coder it tells none of what
// others chose, said or judged, and nor does the stream.
func TestSentencesOfTheReview(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	p.theme = p.addNode(qda.Theme, "Rintangan", 0)
	p.code, p.code2 = p.addNode(qda.Code, "Kode tiga", p.theme), p.addNode(qda.Code, "Kode empat", p.theme)
	p.coding = p.apply(theResearcher, "menjual", p.code)
	owner, supervisor := p.coder[theOwner], p.coder[theSupervisor]
	var last *qda.Entry
	do := func(coder qda.ID, c qda.Change) qda.ID {
		t.Helper()
		last = p.do(p.id, coder, c)
		if len(last.Did) == 0 {
			return 0
		}
		return last.Did[0].ID
	}
	view := func() (v interface {
		Digest(qda.ID) qda.Digest
	}) {
		t.Helper()
		v, err := p.engine.View(context.Background(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	yes, removed, live, text, name := true, qda.Removed, qda.Live, "JELASSEKALI", "Teori baru"
	hidden := []qda.Seq{}
	hide := func() { hidden = append(hidden, last.Seq) }

	coded := p.apply(theOwner, "Saya", p.code)
	evidence := do(owner, &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{coded}, Why: "SANGATJELAS"})
	hide()
	second := do(owner, &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{p.coding}, Against: true})
	do(owner, &qda.EvidenceChanged{Evidence: evidence, Why: &text})
	hide()
	do(owner, &qda.EvidenceChanged{Evidence: evidence, Against: &yes})
	do(owner, &qda.EvidenceChanged{Evidence: evidence, Before: &second})
	do(owner, &qda.EvidenceDropped{Evidence: []qda.ID{second}})
	hide()
	do(owner, &qda.CounterLooked{Theme: p.theme, Looked: true})
	do(owner, &qda.CounterLooked{Theme: p.theme})
	top := do(owner, &qda.ConceptAdded{Name: "Teori uji"})
	under := do(owner, &qda.ConceptAdded{Name: "Pilar uji", Parent: top})
	do(owner, &qda.ConceptChanged{Concept: top, Name: &name})
	do(owner, &qda.ConceptChanged{Concept: under, Definition: &text})
	do(owner, &qda.Tied{Theme: p.theme, Concept: under})
	do(owner, &qda.Tied{Theme: p.theme, Concept: under, Why: "Sebab."})
	do(owner, &qda.Untied{Theme: p.theme, Concept: under})
	do(owner, &qda.ConceptChanged{Concept: under, State: &removed})
	do(owner, &qda.ConceptChanged{Concept: under, State: &live})
	draft := do(owner, &qda.DraftNamed{Name: "Draf uji"})
	do(owner, &qda.ReviewAsked{Draft: draft, Of: []qda.ID{supervisor}})
	head := do(supervisor, &qda.RemarkMade{On: p.theme, Text: "TERLALULUAS"})
	hide()
	do(owner, &qda.RemarkMade{Under: head, Text: "Sudah."})
	hide()
	do(supervisor, &qda.RemarkSettled{Remark: head, Settled: true})
	do(supervisor, &qda.RemarkSettled{Remark: head})
	do(supervisor, &qda.ThemeJudged{Theme: p.theme, Verdict: qda.Changes, Digest: view().Digest(p.theme)})
	hide()
	do(supervisor, &qda.ThemeJudged{Theme: p.theme, Verdict: qda.Approved, Digest: view().Digest(p.theme)})
	question := do(owner, &qda.QuestionKept{Name: "Apa saja", Query: "{}"})
	hide()
	do(owner, &qda.QuestionKept{Question: question, Name: "Apa lagi", Query: "{}"})
	do(owner, &qda.QuestionRemoved{Question: question})
	do(owner, &qda.Arranged{Spots: []qda.SpotOf{{Node: p.theme, X: 1, Y: 2}}})
	do(owner, &qda.NodeSplit{Node: p.code, Parts: []qda.Part{{Name: "Kode baru", Codings: []qda.ID{coded}}, {Node: p.code2, Codings: []qda.ID{p.coding}}}, Reason: "Dua hal."})
	do(owner, &qda.NodesMoved{Nodes: []qda.ID{p.code2}, Parent: p.theme2, Reason: "Cocok di sini."})

	says := map[string][]string{
		"en": {"chose a segment as evidence for “Rintangan”", "chose a segment as evidence against “Rintangan”", "changed why a segment is evidence of “Rintangan”",
			"decided that a piece of evidence speaks against “Rintangan”", "changed the order of the evidence of “Rintangan”", "took a segment out of the evidence of “Rintangan”",
			"looked for evidence against “Rintangan”", "took back having looked for evidence against “Rintangan”", "added the framework “Teori uji”", "added the concept “Pilar uji”",
			"renamed the concept “Teori uji” to “Teori baru”", "changed the definition of the concept “Pilar uji”", "tied “Rintangan” to the concept “Pilar uji”",
			"changed why “Rintangan” is tied to the concept “Pilar uji”", "untied “Rintangan” from the concept “Pilar uji”", "removed the concept “Pilar uji”", "restored the concept “Pilar uji”",
			"the draft “Draf uji”", "asked Orang S 0 to review the draft “Draf uji”", "made a remark on “Rintangan”", "answered a remark on “Rintangan”", "settled a remark on “Rintangan”",
			"opened a remark on “Rintangan” again", "asked for changes to the theme “Rintangan”", "approved the theme “Rintangan”", "kept the question “Apa saja”",
			"changed the kept question “Apa lagi”", "removed the kept question “Apa lagi”", "moved 1 card on the map", "split “Kode tiga”: 2 codings to “Kode baru” and “Kode empat”", "Reason: Dua hal.", "Reason: Cocok di sini."},
		"id": {"memilih 1 segmen sebagai bukti yang mendukung “Rintangan”", "mencari bukti yang membantah “Rintangan”", "menambahkan kerangka teori “Teori uji”", "mengaitkan “Rintangan” dengan konsep “Pilar uji”",
			"meminta Orang S 0 menelaah draf “Draf uji”", "memberi tanggapan pada “Rintangan”", "menyetujui tema “Rintangan”", "meminta perubahan pada tema “Rintangan”", "menyimpan pertanyaan “Apa saja”",
			"memecah “Kode tiga”: 2 pengodean ke “Kode baru” dan “Kode empat”", "Alasan: Dua hal."},
	}
	for lang, want := range says {
		got := p.ask(request{method: "GET", target: p.at("/history"), token: p.token[theOwner], header: map[string]string{"Accept-Language": lang}})
		page := html.UnescapeString(got.body)
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%s: History does not say %q", lang, s)
			}
		}
		if strings.Contains(page, "history.") {
			t.Errorf("%s: History shows a key", lang)
		}
	}
	blind := p.ask(request{method: "GET", target: p.at("/history"), token: p.token[theBlind], header: map[string]string{"Accept-Language": "en"}}).body
	for _, s := range []string{"evidence for", "SANGATJELAS", "TERLALULUAS", "approved", "Apa saja"} {
		if strings.Contains(blind, s) {
			t.Errorf("a blind coder reads %q in History", s)
		}
	}
	if !strings.Contains(blind, "Draf uji") || !strings.Contains(blind, "Pilar uji") {
		t.Error("drafts and concepts are hidden from a blind coder")
	}
	v, err := p.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range hidden {
		es, err := p.store.Entries(context.Background(), p.id, seq-1, 1)
		if err != nil || len(es) != 1 {
			t.Fatal(err)
		}
		if s := through(v.As(p.coder[theBlind]), es[0], nil); len(s.Touched) != 0 {
			t.Errorf("%s: the stream tells a blind coder of %v", es[0].Kind, s.Touched)
		}
		if s := through(v.As(owner), es[0], nil); len(s.Touched) != 1 {
			t.Errorf("%s: the stream tells the owner of %v", es[0].Kind, s.Touched)
		}
	}
}

func TestLongTextsBeginWhereTheyDiffer(t *testing.T) {
	long := strings.Repeat("sama saja ", 20)
	for _, c := range []struct{ a, b, was, is string }{
		{"pendek", "pendek sekali", "pendek", "pendek sekali"},
		{"dari " + long, "ke " + long, "dari " + long, "ke " + long},
		{long + "satu dua", long + "satu tiga", "…sama saja sama saja sama saja satu dua", "…sama saja sama saja sama saja satu tiga"},
		{long + "kopi", long + "kopra", "…saja sama saja sama saja sama saja kopi", "…saja sama saja sama saja sama saja kopra"},
		{long, long + "lagi", "…saja sama saja sama saja sama saja ", "…saja sama saja sama saja sama saja lagi"},
		{long + "é", long + "è", "…saja sama saja sama saja sama saja é", "…saja sama saja sama saja sama saja è"},
	} {
		if was, is := fromDifference(c.a, c.b, 160); was != c.was || is != c.is {
			t.Errorf("%q and %q: %q, %q", c.a, c.b, was, is)
		}
	}
}
