package span

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// random gives a generator whose seed is printed; ANYAM_SEED repeats a run.
func random(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("ANYAM_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("ANYAM_SEED: %v", err)
		}
	}
	t.Logf("ANYAM_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// scripts are pieces that texts are made of, each with something that counting
// in the wrong unit gets wrong.
var scripts = [][]string{
	{"the way I see it, ", "we waited. ", "A", " ", "\n", "~\x7f\x00"},                 // ASCII
	{"rumah \u00e9 ", "\u00c6rlig ", "e\u0301", "n\u0303\u0303\u0303", "nai\u0308ve "}, // two bytes, combining marks
	{"أنا لا ", "أعرف ", "صَبْرٌ", "\u200f"},                                           // Arabic, marks, direction
	{"我不知道", "家庭", "，", "ｱ", "。\n"},                                                    // Chinese, three bytes
	{"👩‍👩‍👧‍👦", "😀", "🇮🇩", "👍🏽", "🧵"},                                                  // emoji, joined
	{"𝔘𝔫𝔦", "𐍈", "𠮷", "\U0010ffff"},                                                    // beyond U+FFFF
	{strings.Repeat("ascii ", 100), strings.Repeat("é", 200), "\ufeff", "\ufffd"},      // long stretches of one kind
}

// text makes a text of about n pieces. Most keep to one or two scripts, so that
// blocks of one kind come up as well as blocks of all.
func text(r *rand.Rand, n int) []byte {
	a, b := scripts[r.IntN(len(scripts))], scripts[r.IntN(len(scripts))]
	var w strings.Builder
	for range n {
		from := a
		switch r.IntN(8) {
		case 0:
			from = b
		case 1:
			from = scripts[r.IntN(len(scripts))]
		}
		w.WriteString(from[r.IntN(len(from))])
	}
	return []byte(w.String())
}

// spans makes n intervals within a text of chars code points: phrases, exact
// doubles, moved edges, whole turns, and a few over everything.
func spans(r *rand.Rand, n int, chars int32) []Span {
	var all []Span
	for len(all) < n {
		length := 1 + r.Int32N(min(chars, 40))
		s := Span{r.Int32N(chars - length + 1), 0}
		s.Stop = s.Start + length
		if len(all) > 0 {
			other := all[r.IntN(len(all))]
			switch r.IntN(10) {
			case 0, 1:
				s = other
			case 2:
				s = Span{other.Start, min(chars, other.Stop+r.Int32N(4))}
			case 3:
				s = Span{max(0, other.Start-r.Int32N(4)), other.Stop}
			case 4:
				s = Span{max(0, other.Start-r.Int32N(200)), min(chars, other.Stop+r.Int32N(200))}
			}
		}
		if r.IntN(40) == 0 {
			s = Span{0, chars}
		}
		all = append(all, s)
	}
	return all
}

// order is the order of an Index without its tie.
func order(a, b Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Stop, a.Stop))
}

// build makes an index of spans in any order.
func build(all []Span) Index {
	all = slices.SortedStableFunc(slices.Values(all), order)
	var start, stop []int32
	for _, s := range all {
		start, stop = append(start, s.Start), append(stop, s.Stop)
	}
	return NewIndex(start, stop)
}

// contents gives the intervals of an index.
func contents(x Index) []Span {
	var all []Span
	for i := range x.Len() {
		all = append(all, x.Span(i))
	}
	return all
}

func equal[T comparable](t *testing.T, got, want []T, format string, args ...any) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n got %v\nwant %v", fmt.Sprintf(format, args...), got, want)
	}
}

func sound(t *testing.T, c interface{ Check() error }) {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
}
