package server

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

func wordsOf(s string) *engine.Words {
	n := int32(len([]rune(s)))
	return engine.NewWords(&qda.Text{Words: []byte(s), Turns: []qda.Turn{{Turn: 1, Stop: n}}})
}

// looksFor tells which words of a text answer what was typed, nothing where not all of it does.
func looksFor(typed, text string) string {
	x := (&lexicons{}).get(1)
	t, _ := x.read(textOf{}, 1, func() (string, []int32, error) { return text, nil, nil })
	s := newSearch(typed)
	s.prepare(x)
	m, has := s.in(t.word)
	if has != s.every() || len(s.terms) == 0 {
		return ""
	}
	var r []string
	for i, k := range t.word {
		for _, at := range m.at {
			if at == i {
				from, to := s.portion(k, text[t.from[i]:t.to[i]])
				r = append(r, text[int(t.from[i])+from:int(t.from[i])+to])
				break
			}
		}
	}
	return strings.Join(r, " ")
}

// TestWordsAnswer: stems of both languages, plain letters, no case and no diacritics, words in a row.
func TestWordsAnswer(t *testing.T) {
	t.Parallel()
	const text = "Kami mengirimkan DOKUMEN-dokumennya ke Café Délice; the shipments were rejected. Harga 5.000 上海港口 naïve."
	for typed, want := range map[string]string{
		"kirim":             "mengirimkan",
		"pengiriman":        "mengirimkan",
		"tulis":             "",
		"dokumen":           "DOKUMEN dokumen",
		"dokumenku":         "DOKUMEN dokumennya",
		"cafe":              "Café",
		"delice":            "Délice",
		"shipping":          "",
		"shipment":          "shipment",
		"reject":            "reject",
		"rejecting":         "rejected",
		"HARGA cafe":        "Café Harga",
		`"ke cafe"`:         "ke Café",
		`"cafe ke"`:         "",
		`“were rej”`:        "were rej",
		"5000":              "",
		"5.000":             "5 000",
		"海":                 "海",
		"海港":                "海港",
		"naive":             "naïve",
		"k":                 "K k",
		"kami tidakadasama": "",
		"...":               "",
	} {
		if got := looksFor(typed, text); got != want {
			t.Errorf("%q finds %q, not %q", typed, got, want)
		}
	}
}

// TestSearchFinds asks the route for words of every sort, and what a blind coder finds.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	w.do(p.id, p.coder[theResearcher], &qda.NodeChanged{Node: p.code, Definition: ptr("Tidak mengenal surat pemberitahuan barang.")})
	find := func(r rune, q string) string {
		a := p.send("GET /search", p.id, input{query: f("q", q, "part", "on")}, p.token[r], "")
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", q, a.status, a.body)
		}
		return a.body
	}
	if b := find(theResearcher, "pemberitahuan"); !strings.Contains(b, "<mark>pemberitahuan</mark>") || !strings.Contains(b, p.at("/nodes/%d", p.code)) {
		t.Errorf("a definition is not found: %s", b)
	}
	if b := find(theResearcher, "memopeneliti"); !strings.Contains(b, "<mark>MEMOPENELITI</mark>") {
		t.Errorf("a memo is not found: %s", b)
	}
	if b := find(theBlind, "memopeneliti"); strings.Contains(b, "MEMOPENELITI") {
		t.Errorf("a blind coder finds another's memo: %s", b)
	}
	if b := find(theBlind, "pertanyaanpeneliti"); strings.Contains(b, "PERTANYAANPENELITI") {
		t.Errorf("a blind coder finds another's question: %s", b)
	}
	if b := find(theOwner, "pertanyaanpeneliti"); !strings.Contains(b, "PERTANYAANPENELITI") {
		t.Errorf("a kept question is not found: %s", b)
	}
	b := find(theResearcher, "tidak tahu")
	m := regexp.MustCompile(`/documents/(\d+)\?words=(\d+)-(\d+)#t(\d+)`).FindStringSubmatch(b)
	if m == nil {
		t.Fatalf("no words of a document: %s", b)
	}
	words, err := p.engine.Words(t.Context(), p.id, p.document, 1)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := strconv.Atoi(m[2])
	to, _ := strconv.Atoi(m[3])
	if got := string([]rune(string(words.Text.Words))[from:to]); !strings.EqualFold(got, "tidak tahu") {
		t.Errorf("the address names %q", got)
	}
	if b := find(theResearcher, "members"); !strings.Contains(b, p.at("/members")) {
		t.Errorf("a page is not found: %s", b)
	}
	// A text that goes is not found any more.
	w.do(p.id, p.coder[theOwner], &qda.DocumentsState{Documents: []qda.ID{p.document}, State: qda.Removed})
	if b := find(theResearcher, "tidak tahu"); strings.Contains(b, p.at("/documents/%d?", p.document)) {
		t.Errorf("a removed document answers: %s", b)
	}
}

func ptr[T any](x T) *T { return &x }

// TestSearchIsQuick looks into 20 and 200 interviews of 10,000 words. The times are told; only what is far off fails, since other work may
// be going on.
func TestSearchIsQuick(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 7))
	var vocabulary []string
	for range 12_000 {
		w := ""
		for range 2 + rnd.IntN(3) {
			w += string("bcdgjklmnprst"[rnd.IntN(13)]) + string("aeiou"[rnd.IntN(5)])
		}
		vocabulary = append(vocabulary, w)
	}
	for i := range 800 {
		vocabulary = append(vocabulary, "meng"+vocabulary[i]+"kan")
	}
	zipf := rand.NewZipf(rnd, 1.1, 3, uint64(len(vocabulary)-1))
	for _, n := range []int{20, 200} {
		x := (&lexicons{}).get(1)
		var texts []string
		var ends [][]int32
		for range n {
			var b strings.Builder
			var e []int32
			for k := range 10_000 {
				b.WriteString(vocabulary[zipf.Uint64()])
				b.WriteByte(" \n"[map[bool]int{true: 1}[k%40 == 39]])
				if k%40 == 39 {
					e = append(e, int32(b.Len()))
				}
			}
			texts, ends = append(texts, b.String()), append(ends, e)
		}
		start := time.Now()
		all := make([]*tokens, n)
		for i := range texts {
			all[i], _ = x.read(textOf{qda.SortDocument, qda.ID(i), "words"}, 1, func() (string, []int32, error) { return texts[i], ends[i], nil })
		}
		reading := time.Since(start)
		worst, hits := time.Duration(0), 0
		for _, q := range []string{"a", vocabulary[0], vocabulary[5][:3], vocabulary[40] + " " + vocabulary[41], "meng" + vocabulary[100] + "i", `"` + vocabulary[1] + " " + vocabulary[2] + `"`} {
			start := time.Now()
			s := newSearch(q)
			s.prepare(x)
			masks, every := s.masks(len(x.list)), uint8(s.every())
			for _, t := range all {
				from := int32(0)
				for _, to := range t.turn {
					m := uint8(0)
					for _, w := range t.word[from:to] {
						m |= masks[w]
					}
					if m == every {
						if _, has := s.in(t.word[from:to]); has == int(every) {
							hits++
						}
					}
					from = to
				}
			}
			worst = max(worst, time.Since(start))
		}
		if hits == 0 {
			t.Error("nothing was found")
		}
		t.Logf("%d texts of 10,000 words: read in %v (once), %d different words, about %s; the slowest of 6 searches %v", n, reading, len(x.list), fmt.Sprint(x.bytes>>20, " MB"), worst)
		if limit := map[int]time.Duration{20: 500 * time.Millisecond, 200: 2 * time.Second}[n]; worst > limit {
			t.Errorf("%d texts took %v", n, worst)
		}
	}
}
