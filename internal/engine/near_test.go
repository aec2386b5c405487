package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// nearStudy is a random study with texts: words of one to four letters, some not of ASCII, in turns.
type nearStudy struct {
	*qda.Image
	texts  map[qda.ID]*engine.Words
	codes  []qda.ID
	coders []qda.ID
}

func newNearStudy(t *testing.T, rnd *rand.Rand) *nearStudy {
	t.Helper()
	s := &nearStudy{Image: &qda.Image{Project: 1, Things: []qda.Thing{&qda.Project{State: qda.Live}}}, texts: map[qda.ID]*engine.Words{}}
	n := qda.ID(0)
	id := func() qda.ID { n++; return n }
	for i := range 3 {
		s.coders = append(s.coders, id())
		s.Things = append(s.Things, &qda.Coder{ID: n, Role: qda.Owner, Blind: i == 1})
	}
	for i := range 5 {
		x := &qda.Node{ID: id(), Kind: qda.Code, Codable: true, Name: fmt.Sprint(n), State: qda.Live}
		if i == 4 {
			x.State = qda.Removed
		}
		s.codes = append(s.codes, n)
		s.Things = append(s.Things, x)
	}
	for range 1 + rnd.IntN(3) {
		text := &qda.Text{}
		at := int32(0)
		var all strings.Builder
		for turn := range 1 + rnd.IntN(6) {
			if turn > 0 {
				all.WriteByte('\n')
				at++
			}
			var b strings.Builder
			for range rnd.IntN(8) {
				for range 1 + rnd.IntN(3) {
					b.WriteRune([]rune{'a', 'é', '🦐', '.'}[rnd.IntN(4)])
				}
				b.WriteString([]string{" ", "  ", "\u00a0", "\n"}[rnd.IntN(4)])
			}
			b.WriteString("x")
			chars := int32(len([]rune(b.String())))
			text.Turns = append(text.Turns, qda.Turn{Turn: int32(turn + 1), Start: at, Stop: at + chars})
			at += chars
			all.WriteString(b.String())
		}
		text.Words = []byte(all.String())
		d := &qda.Document{ID: id(), Version: 1, Chars: at, State: qda.Live}
		s.Things, s.texts[d.ID] = append(s.Things, d), engine.NewWords(text)
		for range rnd.IntN(12) {
			start := rnd.Int32N(at)
			s.Codings = append(s.Codings, qda.Coding{ID: id(), Document: d.ID, Version: 1, Code: s.codes[rnd.IntN(5)], Coder: s.coders[rnd.IntN(3)],
				Start: start, Stop: min(at, start+1+rnd.Int32N(8)), Made: 1})
		}
	}
	s.Next = n + 1
	return s
}

// distance is the naive twin of how far two codings are apart.
func (s *nearStudy) distance(a, b qda.Coding, u engine.Unit) int {
	if a.Start > b.Start {
		a, b = b, a
	}
	w := s.texts[a.Document]
	if u == engine.InWords {
		if b.Start <= a.Stop {
			return 0
		}
		text := []rune(string(w.Text.Words))
		between := strings.Fields(string(text[a.Stop:b.Start]))
		n := len(between)
		space := func(c rune) bool { return strings.TrimSpace(string(c)) == "" }
		// Words that only reach into the gap are not between.
		if !space(text[a.Stop]) && !space(text[a.Stop-1]) {
			n--
		}
		if n > 0 && !space(text[b.Start-1]) && !space(text[b.Start]) {
			n--
		}
		return max(n, 0)
	}
	turns := func(c qda.Coding) (r []int) {
		for i, t := range w.Turns {
			for p := c.Start; p < c.Stop; p++ {
				if p >= t.Start && p <= t.Stop && !slices.Contains(r, i) {
					r = append(r, i)
				}
			}
		}
		return r
	}
	far := 1000
	for _, x := range turns(a) {
		for _, y := range turns(b) {
			far = min(far, max(x-y, y-x))
		}
	}
	return far
}

func TestNear(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 5))
	asked, found := 0, 0
	for range 400 {
		s := newNearStudy(t, rnd)
		v, err := engine.Open(s.Image)
		if err != nil {
			t.Fatal(err)
		}
		some := func() (r []qda.ID) {
			for range 1 + rnd.IntN(2) {
				r = append(r, s.codes[rnd.IntN(len(s.codes))])
			}
			return r
		}
		for range 4 {
			q := engine.Near{Codes: some(), Unit: engine.Unit(rnd.IntN(2)), Within: rnd.Int32N(4)}
			for range rnd.IntN(3) {
				q.All = append(q.All, some())
			}
			if rnd.IntN(3) == 0 {
				q.Any = some()
			}
			if rnd.IntN(3) == 0 {
				q.None = append(q.None, some())
			}
			me := s.coders[rnd.IntN(2)]
			sees := func(c qda.Coding) bool { return c.Code != s.codes[4] && (me == s.coders[0] || c.Coder == me) }
			near := func(a qda.Coding, of []qda.ID) bool {
				return slices.ContainsFunc(s.Codings, func(b qda.Coding) bool {
					return b.ID != a.ID && sees(b) && b.Document == a.Document && slices.Contains(of, b.Code) && s.distance(a, b, q.Unit) <= int(q.Within)
				})
			}
			want := map[qda.ID]bool{}
			for _, a := range s.Codings {
				if !sees(a) || !slices.Contains(q.Codes, a.Code) || len(q.Any) > 0 && !near(a, q.Any) {
					continue
				}
				if !slices.ContainsFunc(q.All, func(of []qda.ID) bool { return !near(a, of) }) && !slices.ContainsFunc(q.None, func(of []qda.ID) bool { return near(a, of) }) {
					want[a.ID] = true
				}
			}
			got, err := v.As(me).Near(q, func(d *qda.Document) (*engine.Words, error) { return s.texts[d.ID], nil })
			if err != nil {
				t.Fatal(err)
			}
			asked, found = asked+1, found+len(got)
			for _, c := range got {
				if !want[c.ID] {
					t.Fatalf("%+v: coding %+v is there and should not be", q, c)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%+v: %d codings, not %d", q, len(got), len(want))
			}
		}
	}
	if found < asked/4 {
		t.Errorf("%d questions found %d codings: too few to tell anything", asked, found)
	}
	t.Logf("%d questions found %d codings", asked, found)
}
