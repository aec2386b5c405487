package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// talk adds a document whose turns these are, said by P and Q in turns, and gives its number and its text.
func (p *place) talk(name string, turns ...string) (qda.ID, string) {
	p.t.Helper()
	all := strings.Join(turns, "\n")
	text := &qda.Text{Words: []byte(all)}
	start, at := int32(0), int32(0)
	for i, t := range turns {
		stop := start + int32(len([]rune(t)))
		text.Turns = append(text.Turns, qda.Turn{Turn: int32(i + 1), Start: start, Stop: stop, Byte: at, Label: []string{"P", "Q"}[i%2], FromMS: int64(i) * 61000, ToMS: -1})
		start, at = stop+1, at+int32(len(t))+1
	}
	data := []byte(name + all)
	sum, words := SumOf(data), SumOf([]byte(all))
	if err := p.store.PutFile(context.Background(), p.id, sum, name+".txt", data, p.now()); err != nil {
		p.t.Fatal(err)
	}
	e, err := p.engine.Do(context.Background(), p.id, qda.Intent{Change: fresh(), Coder: p.coder[theOwner], Text: text, Do: &qda.DocumentAdded{
		File: hex.EncodeToString(sum[:]), FileName: name + ".txt", Name: name, Type: qda.Interview, Language: "id", Case: p.kase,
		Sum: hex.EncodeToString(words[:]), Words: 1, Chars: int32(len([]rune(all))), Turns: int32(len(turns)),
		Speakers: map[string]qda.Speaker{"P": {Interviewer: true}, "Q": {Informant: true}}}})
	if err != nil {
		p.t.Fatal(err)
	}
	return e.Did[0].ID, all
}

// code codes some stretches of a text, each from and to a code point, and gives the codings.
func (p *place) codeIn(by rune, document qda.ID, text string, code qda.ID, spans ...[2]int) []qda.ID {
	p.t.Helper()
	c := &qda.CodingApplied{Document: document, Version: 1, Code: code}
	for _, s := range spans {
		c.Spans = append(c.Spans, qda.SpanOf{Start: int32(s[0]), Stop: int32(s[1]), Check: span.Check([]byte(string([]rune(text)[s[0]:s[1]])))})
	}
	var r []qda.ID
	for _, d := range p.do(p.id, p.coder[by], c).Did {
		if d.Of == qda.SortCoding {
			r = append(r, d.ID)
		}
	}
	return r
}

type sortAnswer struct {
	Seq       qda.Seq
	Documents []struct {
		ID                     qda.ID
		Name, Informant, Group string
	}
	Codings [][6]int64
}

func (p *place) sortOrder(as rune, code qda.ID, query ...string) (o sortAnswer) {
	p.t.Helper()
	p.get(as, p.at("/nodes/%d/sort.json?%s", code, strings.Join(query, "&")), &o)
	return o
}

func (p *place) sortSegments(as rune, code qda.ID, codings ...qda.ID) []sortSegment {
	p.t.Helper()
	var list []string
	for _, c := range codings {
		list = append(list, fmt.Sprint(c))
	}
	var r struct{ Segments []sortSegment }
	p.get(as, p.at("/nodes/%d/sort.json?codings=%s", code, strings.Join(list, ",")), &r)
	return r.Segments
}

func (p *place) get(as rune, target string, into any) {
	p.t.Helper()
	a := p.ask(request{method: http.MethodGet, target: target, token: p.token[as], background: true})
	if a.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", target, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		p.t.Fatal(err)
	}
}

// drawn writes a segment as one reads it: turns in lines, the segment's words in brackets.
func (s sortSegment) drawn() string {
	var b strings.Builder
	for _, t := range s.Turns {
		fmt.Fprintf(&b, "%d %s ", t.Turn, t.Label)
		if t.Near {
			b.WriteString("~ ")
		}
		if !t.Opens {
			b.WriteString("…")
		}
		b.WriteString(t.Before)
		if !t.Near {
			b.WriteString("[" + t.Words)
			if t.Left > 0 {
				fmt.Fprintf(&b, "(%d)", t.Left)
			}
			b.WriteString(t.Rest + "]")
		}
		b.WriteString(t.After)
		if !t.Closes {
			b.WriteString("…")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestSortContext draws segments at the borders of documents, over several turns, and among characters that take more than one
// byte, more than one UTF-16 unit, or more than one code point.
func TestSortContext(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	d, text := p.talk("P10 garis", "Awal?", "Ya, 🦐 dan 海老.", "Lalu 👩‍👩‍👧?", "Habis é sudah.")
	at := func(from, to string) [2]int {
		i := strings.Index(text, from)
		j := strings.Index(text, to) + len(to)
		return [2]int{len([]rune(text[:i])), len([]rune(text[:j]))}
	}
	one, alone := p.talk("P11 satu", "Hanya satu giliran.")
	cases := []struct {
		at   [2]int
		want string
	}{
		{at("Awal", "Awal"), "1 P [Awal]?\n2 Q ~ Ya, 🦐 dan 海老.\n"},
		{at("🦐", "🦐"), "1 P ~ Awal?\n2 Q Ya, [🦐] dan 海老.\n3 P ~ Lalu 👩‍👩‍👧?\n"},
		{at("海老", "👩‍👩‍👧"), "1 P ~ Awal?\n2 Q Ya, 🦐 dan [海老.]\n3 P [Lalu 👩‍👩‍👧]?\n4 Q ~ Habis é sudah.\n"},
		{at("Awal", "sudah."), "1 P [Awal?]\n2 Q [Ya, 🦐 dan 海老.]\n3 P [Lalu 👩‍👩‍👧?]\n4 Q [Habis é sudah.]\n"},
		{at("é", "sudah"), "3 P ~ Lalu 👩‍👩‍👧?\n4 Q Habis [é sudah].\n"},
		{at("?\nYa", "Ya"), "1 P Awal[?]\n2 Q [Ya], 🦐 dan 海老.\n3 P ~ Lalu 👩‍👩‍👧?\n"},
		{[2]int{5, 6}, "1 P Awal?[]\n2 Q ~ Ya, 🦐 dan 海老.\n"}, // what is between two turns
	}
	for _, c := range cases {
		n := p.codeIn(theResearcher, d, text, p.code2, c.at)[0]
		got := p.sortSegments(theOwner, p.code2, n)
		if len(got) != 1 || got[0].drawn() != c.want {
			t.Errorf("%v:\n%s, want\n%s", c.at, got[0].drawn(), c.want)
		}
	}
	n := p.codeIn(theResearcher, one, alone, p.code2, [2]int{6, 10})[0]
	x := p.sortSegments(theOwner, p.code2, n)[0]
	if x.drawn() != "1 P Hanya [satu] giliran.\n" {
		t.Errorf("a document of one turn: %q", x.drawn())
	}
	if x.Document != one || x.Coder != p.coder[theResearcher] || x.Code != p.code2 || x.Turns[0].Time != "00:00" || !x.Turns[0].Asks {
		t.Errorf("about the segment: %+v", x)
	}
	// Who says it, the memos on it and the other codes on its words.
	first := p.sortSegments(theOwner, p.code, p.coding)[0]
	if len(first.Memos) != 1 || !strings.Contains(string(first.Memos[0].HTML), "MEMOPENELITI") || first.Turns[1].Who != "P04" {
		t.Errorf("a memo or the speaker's name is missing: %+v", first)
	}
	same := p.apply(theOwner, "lewat pengepul", p.code2)
	part := p.apply(theBlind, "pengepul", p.code2)
	first = p.sortSegments(theOwner, p.code, p.coding)[0]
	want := []sortOther{{same, p.code2, p.coder[theOwner], true}, {part, p.code2, p.coder[theBlind], false}}
	if !slices.Equal(first.Others, want) {
		t.Errorf("other codings on the words: %v, want %v", first.Others, want)
	}
}

// TestSortLong leaves out what is far from a long segment, and says how much.
func TestSortLong(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	long := func(s string, n int) string { return strings.TrimSpace(strings.Repeat(s+" ", n)) }
	turns := []string{long("sebelum", 400), long("udang🦐", 2000), long("tengah", 300), long("akhir", 2000), long("sesudah", 400)}
	d, text := p.talk("P12 panjang", turns...)
	runes := []rune(text)
	start := len([]rune(turns[0])) + 1 + 5000
	stop := len([]rune(strings.Join(turns[:3], "\n"))) + 1 + 3000
	x := p.sortSegments(theOwner, p.code2, p.codeIn(theOwner, d, text, p.code2, [2]int{start, stop})[0])[0]
	var words, left = "", 0
	for _, u := range x.Turns {
		words += u.Words + u.Rest
		left += int(u.Left)
	}
	if want := string(runes[start:start+sortHead]) + string(runes[stop-sortTail:stop]); words != want {
		t.Errorf("%d characters of %d are shown, want %d", len([]rune(words)), stop-start, len([]rune(want)))
	}
	if left != stop-start-sortHead-sortTail {
		t.Errorf("%d characters are said to be left out, %d are", left, stop-start-sortHead-sortTail)
	}
	if n := x.Turns[0]; n.Turn != 2 && (!n.Near || n.Opens || len([]rune(n.Before)) > sortNear) {
		t.Errorf("the turn before: %+v", n)
	}
	end := x.Turns[len(x.Turns)-1]
	if !end.Near || end.Closes || !strings.HasPrefix(turns[4], end.After) || len(end.After) < sortNear-160 || strings.HasSuffix(end.After, "sesuda") {
		t.Errorf("the turn after: %+v", end)
	}
	// In one turn.
	x = p.sortSegments(theOwner, p.code2, p.codeIn(theOwner, d, text, p.code2, [2]int{start - 3000, start + 6000})[0])[0]
	own := x.Turns[1]
	if own.Words != string(runes[start-3000:start-3000+sortHead]) || own.Rest != string(runes[start+6000-sortTail:start+6000]) || own.Left != 9000-sortHead-sortTail || own.Opens || own.Closes {
		t.Errorf("a long segment in one turn is not cut as it should: %d %d %d", len(own.Words), own.Left, len(own.Rest))
	}
}

// TestSortContextIsTheText compares the pieces of random segments with the text itself.
func TestSortContextIsTheText(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 7))
	letters := []rune("ab é海🦐\u0301\n ")
	for n := range 12 {
		var turns []string
		for range 1 + r.IntN(5) {
			var b strings.Builder
			b.WriteRune('x')
			for range r.IntN(40) {
				b.WriteRune(letters[r.IntN(len(letters))])
			}
			b.WriteRune('y')
			turns = append(turns, b.String())
		}
		d, text := p.talk(fmt.Sprintf("P2%02d acak", n), turns...)
		v, err := p.engine.View(t.Context(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := v.Document(d)
		w, err := p.s.Engine.Words(t.Context(), p.id, d, 1)
		if err != nil {
			t.Fatal(err)
		}
		runes := []rune(text)
		for range 40 {
			start := r.IntN(len(runes))
			stop := start + 1 + r.IntN(len(runes)-start)
			got := sortContext(v.As(p.coder[theOwner]), doc, w, span.Span{Start: int32(start), Stop: int32(stop)})
			var all, words []string
			for _, u := range got {
				all = append(all, u.Before+u.Words+u.After)
				if !u.Near {
					words = append(words, u.Words)
				}
			}
			// Where the segment begins or ends between two turns, the newline there belongs to no turn.
			if said, want := strings.Join(words, "\n"), string(runes[start:stop]); strings.Trim(said, "\n") != strings.Trim(want, "\n") {
				t.Fatalf("%d to %d of %q: the words are %q, want %q", start, stop, text, said, want)
			}
			if !strings.Contains(text, strings.Join(all, "\n")) {
				t.Fatalf("%d to %d of %q: %q is no stretch of it", start, stop, text, all)
			}
		}
	}
}

// TestSortOrder: documents by name, then places; codings of other codes where asked for; nothing that sleeps.
func TestSortOrder(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	third := p.addNode(qda.Code, "Kode tiga", p.theme)
	ten, a := p.talk("P10", "satu dua tiga")
	two, b := p.talk("P2", "empat lima enam")
	later := p.codeIn(theOwner, ten, a, third, [2]int{5, 8}, [2]int{0, 4})
	sooner := p.codeIn(theResearcher, two, b, third, [2]int{0, 5})[0]
	moved := p.codeIn(theOwner, two, b, p.code2, [2]int{6, 10})[0]
	ids := func(o sortAnswer) (r []qda.ID) {
		for _, c := range o.Codings {
			r = append(r, qda.ID(c[0]))
		}
		return r
	}
	if got := ids(p.sortOrder(theOwner, third)); !slices.Equal(got, []qda.ID{sooner, later[1], later[0]}) {
		t.Errorf("order %v", got)
	}
	o := p.sortOrder(theOwner, third, fmt.Sprintf("codes=%d", p.code2))
	if got := ids(o); !slices.Equal(got, []qda.ID{sooner, moved, later[1], later[0]}) {
		t.Errorf("with another code: %v", got)
	}
	if want := [6]int64{int64(sooner), int64(third), int64(p.coder[theResearcher]), int64(two), 0, 5}; o.Codings[0] != want {
		t.Errorf("a row is %v, want %v", o.Codings[0], want)
	}
	if o.Documents[0].Name != "P2" || o.Documents[0].Informant != "P04" || o.Documents[0].Group != "petambak" {
		t.Errorf("documents %+v", o.Documents)
	}
	p.do(p.id, p.coder[theOwner], &qda.DocumentsState{Documents: []qda.ID{two}, State: qda.Removed})
	if got := ids(p.sortOrder(theOwner, third)); len(got) != 2 || len(p.sortSegments(theOwner, third, sooner)) != 0 {
		t.Errorf("a removed document's segments are in the queue: %v", got)
	}
	p.do(p.id, p.coder[theOwner], &qda.NodesState{Nodes: []qda.ID{p.theme}, State: qda.Removed, Children: "along"})
	if got := ids(p.sortOrder(theOwner, third)); len(got) != 0 || len(p.sortSegments(theOwner, third, later...)) != 0 {
		t.Errorf("a sleeping code's segments are in the queue: %v", got)
	}
	for _, bad := range []string{"codings=x", "codes=-1", "codings=" + strings.Repeat("1,", sortPageSize) + "1"} {
		if a := p.ask(request{method: http.MethodGet, target: p.at("/nodes/%d/sort.json?%s", third, bad), token: p.token[theOwner], background: true}); a.status != http.StatusBadRequest {
			t.Errorf("%.30s is answered with %d", bad, a.status)
		}
	}
}

// TestSortBlind: a blind coder's queue has their own segments alone, with nothing of others on them.
func TestSortBlind(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	p.apply(theResearcher, "tidak tahu", p.code2) // on the blind coder's words
	p.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: p.ofBlind, Text: "RAHASIA"})
	o := p.sortOrder(theBlind, p.code, fmt.Sprintf("codes=%d", p.code2))
	if len(o.Codings) != 1 || qda.ID(o.Codings[0][0]) != p.ofBlind {
		t.Errorf("a blind coder's queue: %v", o.Codings)
	}
	got := p.sortSegments(theBlind, p.code, p.coding, p.ofBlind)
	if len(got) != 1 || got[0].Coding != p.ofBlind || len(got[0].Others) != 0 || len(got[0].Memos) != 1 || strings.Contains(string(got[0].Memos[0].HTML), "RAHASIA") {
		t.Errorf("a blind coder sees %+v", got)
	}
	if all := p.sortSegments(theOwner, p.code, p.coding, p.ofBlind); len(all) != 2 || len(all[1].Others) != 1 || len(all[1].Memos) != 2 {
		t.Errorf("an owner sees %+v", all)
	}
	a := p.ask(request{method: http.MethodGet, target: p.at("/nodes/%d/sort", p.code), token: p.token[theBlind]})
	if !strings.Contains(a.body, `"code":true`) || !strings.Contains(a.body, `"retire":false`) {
		t.Error("a blind coder may give their own segments other codes, and retire none")
	}
	a = p.ask(request{method: http.MethodGet, target: p.at("/nodes/%d/sort", p.code), token: p.token[theSupervisor]})
	if !strings.Contains(a.body, `"code":false`) || !strings.Contains(a.body, "You read along") {
		t.Error("a supervisor is not told that they read along")
	}
}

// TestSortManySegments goes through a queue of 5,000 and tells how long the answers take.
func TestSortManySegments(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	code := p.addNode(qda.Code, "Kode besar", p.theme)
	turns := make([]string, 25)
	for i := range turns {
		turns[i] = strings.TrimSpace(strings.Repeat("udang 🦐 ", 40))
	}
	size := len([]rune(turns[0])) + 1
	var spans [][2]int
	for i := range turns {
		for k := range 10 {
			spans = append(spans, [2]int{i*size + 20*k, i*size + 20*k + 15})
		}
	}
	for n := range 20 {
		d, text := p.talk(fmt.Sprintf("P3%02d besar", n), turns...)
		p.codeIn(theResearcher, d, text, code, spans...)
	}
	began := time.Now()
	o := p.sortOrder(theOwner, code)
	t.Logf("the order of %d segments: %v", len(o.Codings), time.Since(began))
	if len(o.Codings) != 5000 {
		t.Fatalf("%d segments in the queue", len(o.Codings))
	}
	began = time.Now()
	seen := 0
	for from := 0; from < len(o.Codings); from += sortPageSize {
		var ids []qda.ID
		for _, c := range o.Codings[from : from+sortPageSize] {
			ids = append(ids, qda.ID(c[0]))
		}
		for i, x := range p.sortSegments(theOwner, code, ids...) {
			if x.Coding != ids[i] {
				t.Fatalf("segment %d of the page is %d, want %d", i, x.Coding, ids[i])
			}
			seen++
		}
	}
	t.Logf("%d segments in pages of %d: %v a page", seen, sortPageSize, time.Since(began)/100)
	if seen != 5000 {
		t.Errorf("%d segments came", seen)
	}
}
