package server

import (
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

var update = flag.Bool("update", false, "write the golden files anew")

// whole are what a reader takes for one character each.
var whole = []string{"a", "b", "Z", " ", ".", "<", "&", "\"", "\u00a0", "é", "e\u0301", "a\u030a\u0323", "👩🏽\u200d💻", "👨\u200d👩\u200d👧\u200d👦", "🇮🇩", "🇲🇾", "🦐", "1\ufe0f\u20e3",
	"क्ष", "का", "ग़", "ที่", "น้ำ", "த", "மி", "한", "\u1112\u1161\u11ab", "\uac00\u11a8", "ك", "نْ", "١", "报", "𠮷", "\u0600١", "🏴\U000e0067\U000e0062\U000e007f", "\r"}

// spoken is a document of turns, with the code points that each whole character takes.
type spoken struct {
	words *engine.Words
	turns []string
	of    []span.Span // by code point: the whole character that it is in
	line  []bool      // by code point: a line feed
}

func speak(turns [][][]string) spoken {
	var x spoken
	var text strings.Builder
	t := &qda.Text{}
	at := int32(0)
	put := func(c string, line bool) {
		n := int32(len([]rune(c)))
		for range n {
			x.of = append(x.of, span.Span{Start: at, Stop: at + n})
			x.line = append(x.line, line)
		}
		text.WriteString(c)
		at += n
	}
	for i, parts := range turns {
		if i > 0 {
			put("\n", true)
		}
		turn := qda.Turn{Turn: int32(i + 1), Start: at, Byte: int32(text.Len()), FromMS: -1, ToMS: -1}
		for k, part := range parts {
			if k > 0 {
				put("\n", true)
			}
			for _, c := range part {
				put(c, false)
			}
		}
		turn.Stop = at
		x.turns = append(x.turns, text.String()[turn.Byte:])
		t.Turns = append(t.Turns, turn)
	}
	t.Words = []byte(text.String())
	x.words = engine.NewWords(t)
	return x
}

func spokenAtRandom(r *rand.Rand) spoken {
	turns := make([][][]string, 1+r.IntN(6))
	for i := range turns {
		turns[i] = make([][]string, 1+r.IntN(3)*r.IntN(2))
		for k := range turns[i] {
			for range r.IntN(25) {
				turns[i][k] = append(turns[i][k], whole[r.IntN(len(whole))])
			}
		}
	}
	return speak(turns)
}

// codingsAtRandom are in the order in which a Lens gives them; each has a code of its own, by which runs tell whose they are.
func codingsAtRandom(r *rand.Rand, chars int32) []qda.Coding {
	var cs []qda.Coding
	for i := range r.IntN(30) {
		if chars == 0 {
			break
		}
		a := r.Int32N(chars)
		b := a + 1 + r.Int32N(min(chars-a, []int32{3, 20, 1000}[r.IntN(3)]))
		if len(cs) > 0 && r.IntN(4) == 0 { // begins or ends as another does
			o := cs[r.IntN(len(cs))]
			if r.IntN(2) == 0 && o.Start < b {
				a = o.Start
			} else if o.Stop > a {
				b = o.Stop
			}
		}
		cs = append(cs, qda.Coding{ID: qda.ID(i + 1), Code: qda.ID(i + 1), Version: 1, Start: a, Stop: b})
	}
	slices.SortFunc(cs, func(x, y qda.Coding) int {
		if x.Start != y.Start {
			return int(x.Start - y.Start)
		}
		return int(y.Stop - x.Stop)
	})
	return cs
}

// letter is what lies on one code point.
type letter struct {
	inner  int // code of the innermost coding, 0 for none
	deep   int
	begins bool   // a coding begins here
	ends   string // numbers of those that end after it
}

// twin works out letter by letter what marks works out by boundaries.
func twin(x spoken, codings []onPaper) []letter {
	out := make([]letter, len(x.of))
	ends := make([][]int, len(x.of))
	best := make([]qda.Coding, len(x.of))
	for _, c := range codings {
		first, last := -1, -1
		for i := range x.of {
			if x.line[i] || !x.of[i].Overlaps(span.Span{Start: c.Start, Stop: c.Stop}) {
				continue
			}
			if first < 0 {
				first = i
			}
			last = i
			out[i].deep++
			b := best[i]
			n, m := c.Stop-c.Start, b.Stop-b.Start
			if b.ID == 0 || n < m || n == m && (c.Start > b.Start || c.Start == b.Start && c.ID < b.ID) {
				best[i], out[i].inner = c.Coding, int(c.Code)
			}
		}
		if first >= 0 {
			out[first].begins = true
			ends[last] = append(ends[last], c.number)
		}
	}
	for i := range ends {
		slices.Sort(ends[i])
		out[i].ends = numerals(ends[i])
	}
	return out
}

// sheet renders turns as they stand on the page.
func sheet(t *testing.T, parts [][][]page.PrintRun) *html.Node {
	t.Helper()
	v := page.Print{WithCodes: true}
	for i, p := range parts {
		v.Turns = append(v.Turns, page.PrintTurn{Number: i + 1, Parts: p})
	}
	var b strings.Builder
	if err := page.PrintSheet(i18n.New("en", "UTC"), v).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return parsed(t, b.String())
}

func parsed(t *testing.T, s string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func isOf(n *html.Node, class string) bool {
	for _, a := range n.Attr {
		if a.Key == "class" && slices.Contains(strings.Fields(a.Val), class) {
			return true
		}
	}
	return false
}

// readBack gives the words of each turn of a page, without marks and the numbers at their ends.
func readBack(t *testing.T, page *html.Node) []string {
	t.Helper()
	var turns []string
	for n := range page.Descendants() {
		if !isOf(n, "print-words") {
			continue
		}
		var parts []string
		for p := range n.ChildNodes() {
			if p.Type != html.ElementNode {
				if strings.TrimSpace(p.Data) != "" {
					t.Errorf("words beside the parts: %q", p.Data)
				}
				continue
			}
			var b strings.Builder
			for x := range p.Descendants() {
				switch {
				case x.Type == html.TextNode && x.Parent.Data != "sup":
					b.WriteString(x.Data)
				case x.Type == html.ElementNode && x.Parent != p:
					t.Errorf("a %s within a %s", x.Data, x.Parent.Data)
				}
			}
			parts = append(parts, b.String())
		}
		turns = append(turns, strings.Join(parts, "\n"))
	}
	return turns
}

// TestMarksAreTheirTwin cuts random texts under random codings and compares each letter with what is worked out letter by letter,
// and the page, without its marks and numbers, with the words.
func TestMarksAreTheirTwin(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for round := range 1500 {
		x := spokenAtRandom(r)
		codings := numbered(x.words, slices.DeleteFunc(codingsAtRandom(r, int32(len(x.of))), func(c qda.Coding) bool { return !slices.Contains(x.line[c.Start:c.Stop], false) }))
		cut := marks(x.words, codings, func(code qda.ID) (int, int) { return int(code), 0 })
		want := twin(x, codings)
		at := 0
		for i, parts := range cut {
			for k, runs := range parts {
				if i+k > 0 {
					at++ // the line feed
				}
				for _, run := range runs {
					n := len([]rune(run.Words))
					for j := range n {
						have := letter{inner: run.Hue, deep: run.Deep, begins: run.Begins && j == 0}
						if j == n-1 {
							have.ends = run.Ends
						}
						if have != want[at+j] {
							t.Fatalf("seed %d, round %d: character %d of %q has %+v, must have %+v\nunder %+v", seed, round, at+j, x.words.Words, have, want[at+j], codings)
						}
					}
					at += n
				}
			}
		}
		if at != len(x.of) {
			t.Fatalf("seed %d, round %d: %d characters of %d", seed, round, at, len(x.of))
		}
		for i, c := range codings {
			if c.number != i+1 || i > 0 && c.from < codings[i-1].from || c.turn != turnOf(x.words.Turns, c.from) {
				t.Fatalf("seed %d, round %d: %d is %+v", seed, round, i, c)
			}
		}
		if round%5 == 0 {
			if is := readBack(t, sheet(t, cut)); !slices.Equal(is, x.turns) {
				t.Fatalf("seed %d, round %d: the page has\n%+q\nthe text\n%+q", seed, round, is, x.turns)
			}
		}
	}
}

// A coding of nothing but line feeds has a number and no mark.
func TestMarksOfNoWords(t *testing.T) {
	t.Parallel()
	x := speak([][][]string{{{"a", "b"}, {}, {"c"}}, {{"d"}}, {{}}})
	for _, c := range []struct {
		start, stop int32
		turn, part  int
	}{{2, 3, 0, 0}, {2, 4, 0, 0}, {3, 4, 0, 1}, {5, 6, 0, 2}, {7, 8, 1, 0}} {
		codings := numbered(x.words, []qda.Coding{{ID: 1, Code: 1, Version: 1, Start: c.start, Stop: c.stop}})
		cut := marks(x.words, codings, func(qda.ID) (int, int) { return 1, 0 })
		for i, parts := range cut {
			for k, runs := range parts {
				for _, r := range runs {
					if told := i == c.turn && k == c.part; r.Hue != 0 || (r.Ends == "1") != told {
						t.Errorf("[%d,%d): turn %d, part %d: %+v", c.start, c.stop, i, k, r)
					}
				}
			}
		}
		if codings[0].turn != c.turn || len(cut[c.turn][c.part]) != 1 {
			t.Errorf("[%d,%d): %+v %+v", c.start, c.stop, codings[0], cut)
		}
		if is := readBack(t, sheet(t, cut)); !slices.Equal(is, x.turns) {
			t.Errorf("the page has %+q, the text %+q", is, x.turns)
		}
	}
}

func TestNumerals(t *testing.T) {
	t.Parallel()
	for want, n := range map[string][]int{"": nil, "7": {7}, "1, 2": {1, 2}, "1–3": {1, 2, 3}, "1, 3–5, 9, 10": {1, 3, 4, 5, 9, 10}} {
		if is := numerals(n); is != want {
			t.Errorf("%v is %q, not %q", n, is, want)
		}
	}
}

// What a reader takes for one character is never cut, and two neighbours always may be parted.
func TestSevers(t *testing.T) {
	t.Parallel()
	for _, a := range whole {
		for _, b := range whole {
			text := []byte(a + b)
			for at := range len(text) + 1 {
				edge := at == 0 || at == len(a) || at == len(text)
				if severs(text, at) != edge {
					t.Errorf("%+q may be cut at %d: %v", text, at, !edge)
				}
			}
		}
	}
}

// addTurns adds a document of turns in a place.
func (p *place) addTurns(name string, d *qda.DocumentAdded, text *qda.Text) qda.ID {
	p.t.Helper()
	data := []byte("file of " + name)
	file, sum := SumOf(data), SumOf(text.Words)
	if err := p.store.PutFile(p.t.Context(), p.id, file, name+".txt", data, p.now()); err != nil {
		p.t.Fatal(err)
	}
	d.File, d.FileName, d.Name, d.Sum = hex.EncodeToString(file[:]), name+".txt", name, hex.EncodeToString(sum[:])
	d.Words, d.Chars, d.Turns = int32(len(strings.Fields(string(text.Words)))), int32(len([]rune(string(text.Words)))), int32(len(text.Turns))
	e, err := p.engine.Do(p.t.Context(), p.id, qda.Intent{Change: fresh(), Coder: p.coder[theOwner], Text: text, Do: d})
	if err != nil {
		p.t.Fatal(err)
	}
	return e.Did[0].ID
}

// coded applies a code to words of a document.
func (p *place) coded(r rune, document, code qda.ID, text *qda.Text, from, to string) qda.ID {
	p.t.Helper()
	all := string(text.Words)
	a := strings.Index(all, from)
	b := strings.Index(all, to) + len(to)
	if a < 0 || b < len(to) || b <= a {
		p.t.Fatalf("no words from %q to %q", from, to)
	}
	start := int32(len([]rune(all[:a])))
	w := all[a:b]
	return p.do(p.id, p.coder[r], &qda.CodingApplied{Document: document, Version: 1, Code: code,
		Spans: []qda.SpanOf{{Start: start, Stop: start + int32(len([]rune(w))), Check: span.Check([]byte(w))}}}).Did[0].ID
}

// small is a document with whatever a page must bear, in a place of its own.
func small(p *place) (document qda.ID, text *qda.Text) {
	turns := []string{"Apa <kabar> & \"salam\"?", "Baik 👨\u200d👩\u200d👧, cafe\u0301 di\nbaris kedua.", "كنتُ في السوق", "报关单很难填。"}
	text = &qda.Text{Words: []byte(strings.Join(turns, "\n"))}
	char, at := 0, 0
	for i, w := range turns {
		n := len([]rune(w))
		t := qda.Turn{Turn: int32(i + 1), Start: int32(char), Stop: int32(char + n), Byte: int32(at), Label: []string{"TANYA", "P01"}[i%2], FromMS: int64(i) * 65000, ToMS: int64(i)*65000 + 60000}
		if i == 2 {
			t.Language = "ar"
		} else {
			t.Language = "id"
		}
		text.Turns = append(text.Turns, t)
		char += n + 1
		at += len(w) + 1
	}
	document = p.addTurns("P09 kecil", &qda.DocumentAdded{Type: qda.Interview, Language: "id", Held: "2026-03-12", Case: p.kase,
		Speakers: map[string]qda.Speaker{"P01": {Informant: true}, "TANYA": {Interviewer: true}}}, text)
	definition := "Arti <kode>\nyang pertama"
	p.do(p.id, p.coder[theOwner], &qda.NodeChanged{Node: p.code, Definition: &definition})
	p.coded(theResearcher, document, p.code, text, "<kabar>", "cafe\u0301")
	p.coded(theOwner, document, p.code2, text, "kedua", "السوق")
	inner := p.coded(theResearcher, document, p.code2, text, "👨", "👧")
	p.coded(theBlind, document, p.code, text, "报关单", "报关单")
	p.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: inner, Text: "Keluarga\nlagi <3"})
	p.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: document, Text: "Tentang seluruhnya"})
	p.do(p.id, p.coder[theSupervisor], &qda.MemoWritten{On: document, Start: 4, Stop: 11, Text: "Tentang kata ini"})
	return document, text
}

func articleOf(t *testing.T, body string) string {
	t.Helper()
	from, to := strings.Index(body, "<article"), strings.LastIndex(body, "</article>")
	if from < 0 || to < from {
		t.Fatalf("no sheet: %s", body)
	}
	return body[from:to] + "</article>\n"
}

// TestPrintPage asks for the page of a small document in all ways.
func TestPrintPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	d, text := small(p)
	ask := func(r rune, query ...string) string {
		t.Helper()
		a := p.send("GET /documents/{document}/print", p.id, input{path: inPath("document", d), query: f(query...)}, p.token[r], "")
		if a.status != http.StatusOK {
			t.Fatalf("%v: %d %s", query, a.status, a.body)
		}
		return a.body
	}
	var stored []string
	for _, x := range text.Turns {
		stored = append(stored, string([]rune(string(text.Words))[x.Start:x.Stop]))
	}
	all := articleOf(t, ask(theResearcher, "memos", "on"))
	file := filepath.Join("testdata", "print.html")
	today := i18n.New("en", "Asia/Makassar").Date(p.now())
	golden := strings.ReplaceAll(strings.ReplaceAll(all, "><", ">\n<"), today, "TODAY")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(golden), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil {
		t.Fatal(err)
	} else if string(want) != golden {
		t.Errorf("%s (write it anew with -update): %s", file, differ(string(want), golden))
	}
	for _, x := range []struct {
		name       string
		who        rune
		query      []string
		has, hasnt []string
		marks      int
	}{
		{"everyone's", theResearcher, nil, []string{"4 codings", "Codings by Orang O 0 (O), Orang R 0 (R), Orang B 0 (B)", "<sup>1</sup>", "<sup>4</sup>", "continued", "Kode satu"}, []string{"Keluarga", "Tentang"}, 7},
		{"mine", theResearcher, []string{"whose", "mine"}, []string{"2 codings", "Codings by Orang R 0 (R)"}, []string{"Orang O 0", "<sup>3"}, 4},
		{"one coder's", theResearcher, []string{"whose", s(p.coder[theOwner])}, []string{"1 coding", "Codings by Orang O 0 (O)"}, []string{"Kode satu"}, 2},
		{"a code's", theResearcher, []string{"of", s(p.code2)}, []string{"2 codings", "“Kode dua”"}, []string{"Arti"}, 3},
		{"a theme's", theResearcher, []string{"of", s(p.theme)}, []string{"4 codings"}, nil, 7},
		{"nothing", theResearcher, []string{"of", s(p.theme2)}, []string{"No coding fits these choices."}, []string{"<sup>", "print-key"}, 0},
		{"words only", theResearcher, []string{"show", "words"}, nil, []string{"<sup>", "print-key", "Codings by", "Kode", "4 codings"}, 0},
		{"words and memos", theResearcher, []string{"show", "words", "memos", "on"}, []string{"Memo on “Kode dua”", "Keluarga", "Tentang kata ini", "<bdi>&lt;kabar&gt;</bdi>"}, []string{"<sup>"}, 0},
		{"a code's memos", theResearcher, []string{"of", s(p.code2), "memos", "on"}, []string{"Keluarga<br>\nlagi &lt;3"}, []string{"Tentang"}, 3},
		{"a supervisor's", theSupervisor, []string{"memos", "on"}, []string{"4 codings", "Keluarga"}, nil, 7},
		{"a blind coder's", theBlind, []string{"memos", "on"}, []string{"1 coding", "Codings by Orang B 0 (B)", "Own codings only"}, []string{"Orang O", "Orang R", "Keluarga", "Tentang", "Kode dua"}, 1},
		{"a blind coder's own", theBlind, []string{"whose", s(p.coder[theBlind])}, []string{"1 coding"}, nil, 1},
	} {
		body := articleOf(t, ask(x.who, x.query...))
		for _, h := range x.has {
			if !strings.Contains(body, h) {
				t.Errorf("%s: has no %q", x.name, h)
			}
		}
		for _, h := range x.hasnt {
			if strings.Contains(body, h) {
				t.Errorf("%s: has %q", x.name, h)
			}
		}
		if n := strings.Count(body, "<mark"); n != x.marks {
			t.Errorf("%s: %d marks, not %d", x.name, n, x.marks)
		}
		if is := readBack(t, parsed(t, body)); !slices.Equal(is, stored) {
			t.Errorf("%s: the page has\n%+q\nthe text\n%+q", x.name, is, stored)
		}
	}
	if body := ask(theBlind); strings.Contains(body, `name="whose"`) {
		t.Error("a blind coder is asked whose codings")
	}
	for _, x := range []struct {
		who   rune
		query []string
	}{{theResearcher, []string{"whose", nowhere}}, {theResearcher, []string{"whose", "x"}}, {theResearcher, []string{"of", nowhere}}, {theResearcher, []string{"of", "x"}}, {theBlind, []string{"whose", s(p.coder[theOwner])}}} {
		if a := p.send("GET /documents/{document}/print", p.id, input{path: inPath("document", d), query: f(x.query...)}, p.token[x.who], ""); a.status != http.StatusNotFound {
			t.Errorf("%v: %d", x.query, a.status)
		}
	}
	if a := p.send("GET /documents/{document}/print", p.id, input{path: inPath("document", p.removed)}, p.token[theOwner], ""); a.status != http.StatusNotFound {
		t.Errorf("a removed document: %d", a.status)
	}
}

// longOne is a document of 100,000 words with 5,000 codings; deep ones lie on all of it.
func longOne(deep bool) (spoken, []qda.Coding) {
	r := rand.New(rand.NewPCG(7, 7))
	turns := make([][][]string, 2000)
	for i := range turns {
		turns[i] = [][]string{{}}
		for w := range 50 {
			turns[i][0] = append(turns[i][0], fmt.Sprintf("kata%d ", w%10))
		}
	}
	x := speak(turns)
	chars := int32(len(x.of))
	var cs []qda.Coding
	for i := range 5000 {
		a := r.Int32N(chars - 400)
		c := qda.Coding{ID: qda.ID(i + 1), Code: qda.ID(i%30 + 1), Version: 1, Start: a, Stop: a + 20 + r.Int32N(300)}
		if deep {
			c.Start, c.Stop = int32(i), chars-int32(i)
		}
		cs = append(cs, c)
	}
	slices.SortFunc(cs, func(x, y qda.Coding) int { return int(x.Start - y.Start) })
	return x, cs
}

// TestPrintLong asks for 100,000 words with 5,000 codings. It measures; a slow machine is no error.
func TestPrintLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	x, cs := longOne(false)
	d := p.addTurns("P10 panjang", &qda.DocumentAdded{Type: qda.Interview, Language: "id"}, x.words.Text)
	const batch = 250
	for i := 0; i < len(cs); i += batch {
		var spans []qda.SpanOf
		for _, c := range cs[i : i+batch] {
			spans = append(spans, qda.SpanOf{Start: c.Start, Stop: c.Stop, Check: span.Check([]byte(x.words.Quote(span.Span{Start: c.Start, Stop: c.Stop})))})
		}
		p.do(p.id, p.coder[theResearcher], &qda.CodingApplied{Document: d, Version: 1, Code: []qda.ID{p.code, p.code2}[i/batch%2], Spans: spans})
	}
	for range 3 {
		begun := time.Now()
		a := p.send("GET /documents/{document}/print", p.id, input{path: inPath("document", d)}, p.token[theResearcher], "")
		t.Logf("%v for %d bytes", time.Since(begun).Round(time.Millisecond), len(a.body))
		if a.status != http.StatusOK || !strings.Contains(a.body, "5,000 codings") || !strings.Contains(a.body, "<b>5000</b>") {
			t.Fatalf("%d: %.300s", a.status, a.body)
		}
		if is := readBack(t, parsed(t, a.body)); !slices.Equal(is, x.turns) {
			t.Error("the page has other words than the text")
		}
	}
}

// BenchmarkMarks cuts 100,000 words under 5,000 codings, side by side and all on top of each other.
func BenchmarkMarks(b *testing.B) {
	for name, deep := range map[string]bool{"beside": false, "deep": true} {
		x, cs := longOne(deep)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				marks(x.words, numbered(x.words, cs), func(qda.ID) (int, int) { return 1, 0 })
			}
		})
	}
}
