package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// letters is the naive twin of an engine's answers: for each character of each document, which codings hold there.
type letters struct {
	documents map[qda.ID]*qda.Document
	codings   []qda.Coding // those that count and are seen
}

// at gives, for every character of a document, whether a coding that fits holds there.
func (x letters) at(document qda.ID, fits func(qda.Coding) bool) []bool {
	r := make([]bool, x.documents[document].Chars)
	for _, c := range x.codings {
		if c.Document == document && fits(c) {
			for p := c.Start; p < c.Stop; p++ {
				r[p] = true
			}
		}
	}
	return r
}

func (x letters) chars(holds func(document qda.ID) []bool) (n int) {
	for d := range x.documents {
		for _, yes := range holds(d) {
			if yes {
				n++
			}
		}
	}
	return n
}

// TestAnswers asks every question of random studies, through every kind of Lens, and of the naive twin.
func TestAnswers(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 3))
	for round := range 60 {
		img := &qda.Image{Project: 1, Things: []qda.Thing{&qda.Project{State: qda.Live}}}
		n := qda.ID(0)
		id := func() qda.ID { n++; return n }
		coders, ofCases, ofDocuments := 1+rnd.IntN(4), id(), id()
		if round%10 == 9 {
			coders = 60 + rnd.IntN(10) // more than a mask has bits for
		}
		img.Things = append(img.Things, &qda.Attribute{ID: ofCases, Name: "K", Of: qda.OfCases}, &qda.Attribute{ID: ofDocuments, Name: "T", Of: qda.OfDocuments})
		var who, texts, codes, cases []qda.ID
		for i := range coders {
			who = append(who, id())
			img.Things = append(img.Things, &qda.Coder{ID: n, Role: qda.Owner, Blind: i == 1})
		}
		for i := range 2 {
			cases = append(cases, id())
			img.Things = append(img.Things, &qda.Case{ID: n, Values: qda.Values{ofCases: fmt.Sprint("k", i)}, State: qda.Live})
		}
		all := map[qda.ID]*qda.Document{}
		for range 1 + rnd.IntN(5) {
			d := &qda.Document{ID: id(), Version: 1, Chars: 1 + rnd.Int32N(200), State: qda.Live}
			if rnd.IntN(5) == 0 {
				d.State = qda.Removed
			}
			if rnd.IntN(2) == 0 {
				d.Values = qda.Values{ofDocuments: fmt.Sprint("t", rnd.IntN(2))}
			}
			if rnd.IntN(2) == 0 {
				d.Case = cases[rnd.IntN(2)]
			}
			all[d.ID] = d
			texts, img.Things = append(texts, d.ID), append(img.Things, d)
		}
		state := map[qda.ID]qda.State{}
		for range 2 + rnd.IntN(5) {
			x := &qda.Node{ID: id(), Kind: qda.Code, Codable: true, Name: fmt.Sprint(n), State: qda.Live}
			switch rnd.IntN(6) {
			case 0:
				x.State = qda.Removed
			case 1:
				x.State = qda.Retired
			}
			state[x.ID] = x.State
			codes, img.Things = append(codes, x.ID), append(img.Things, x)
		}
		for range rnd.IntN(120) {
			d := all[texts[rnd.IntN(len(texts))]]
			start := rnd.Int32N(d.Chars)
			img.Codings = append(img.Codings, qda.Coding{ID: id(), Document: d.ID, Version: 1, Code: codes[rnd.IntN(len(codes))], Coder: who[rnd.IntN(len(who))],
				Start: start, Stop: start + 1 + rnd.Int32N(d.Chars-start), Made: 1, At: 5})
		}
		img.Next = n + 1
		v, err := engine.Open(img)
		if err != nil {
			t.Fatal(err)
		}
		var some, few []qda.ID
		for _, d := range texts {
			if rnd.IntN(2) == 0 {
				some = append(some, d)
			}
		}
		for _, c := range who {
			if rnd.IntN(2) == 0 {
				few = append(few, c)
			}
		}
		in := func(x []qda.ID, n qda.ID) bool {
			for _, y := range x {
				if x == nil || y == n {
					return true
				}
			}
			return x == nil
		}
		for _, look := range []struct {
			what              string
			l                 engine.Lens
			documents, coders []qda.ID
		}{
			{"all", v.As(0), nil, nil},
			{"again", v.As(0), nil, nil}, // from what is kept
			{"narrow", v.As(0).Narrow(some, few), some, few},
			{"some documents", v.As(0).Narrow(some, nil), some, nil},
			{"blind", v.As(who[min(1, coders-1)]), nil, who[min(1, coders-1):min(2, coders)]},
		} {
			if look.what == "blind" && coders == 1 {
				continue
			}
			if look.what == "some documents" && some == nil || look.what == "narrow" && (some == nil || few == nil) {
				continue
			}
			x := letters{documents: map[qda.ID]*qda.Document{}}
			for _, d := range all {
				if d.State == qda.Live && in(look.documents, d.ID) {
					x.documents[d.ID] = d
				}
			}
			for _, c := range img.Codings {
				if x.documents[c.Document] != nil && state[c.Code].Counts() && in(look.coders, c.Coder) {
					x.codings = append(x.codings, c)
				}
			}
			ask(t, fmt.Sprintf("round %d, %s", round, look.what), rnd, look.l, x, codes, who, ofCases, ofDocuments, v)
		}
		if t.Failed() {
			return
		}
	}
}

func ask(t *testing.T, at string, rnd *rand.Rand, l engine.Lens, x letters, codes, who []qda.ID, ofCases, ofDocuments qda.ID, v *engine.View) {
	t.Helper()
	coverage, agreement := l.Coverage(), l.Agreement(who[0], who[len(who)-1])
	byDocument, order := l.ByDocument()
	byCase, caseValues := l.ByValue(ofCases)
	byText, textValues := l.ByValue(ofDocuments)
	pairs := l.Pairs()
	if l.Counts().Codings != len(x.codings) {
		t.Errorf("%s: %d codings, not %d", at, l.Counts().Codings, len(x.codings))
	}
	if len(order) != len(x.documents) {
		t.Errorf("%s: %d documents, not %d", at, len(order), len(x.documents))
	}
	for _, k := range codes {
		of := func(fits func(qda.Coding) bool) func(qda.ID) []bool {
			return func(d qda.ID) []bool {
				return x.at(d, func(c qda.Coding) bool { return c.Code == k && fits(c) })
			}
		}
		if got, want := coverage.Of(k), x.chars(of(func(qda.Coding) bool { return true })); got != want {
			t.Errorf("%s: code %d covers %d, not %d", at, k, got, want)
		}
		first := of(func(c qda.Coding) bool { return c.Coder == who[0] })
		second := of(func(c qda.Coding) bool { return c.Coder == who[len(who)-1] })
		want := engine.Both{First: x.chars(first), Second: x.chars(second), Both: x.chars(func(d qda.ID) []bool { return combined(first(d), second(d), true) })}
		if got := agreement.Of(k); got != want {
			t.Errorf("%s: code %d: %+v, not %+v", at, k, got, want)
		}
		for i, d := range order {
			n := 0
			for _, c := range x.codings {
				if c.Code == k && c.Document == d {
					n++
				}
			}
			if got := byDocument.At(k, i); got != n {
				t.Errorf("%s: code %d in document %d: %d, not %d", at, k, d, got, n)
			}
		}
		for i, value := range caseValues {
			n := 0
			for _, c := range x.codings {
				kase, _ := v.Case(x.documents[c.Document].Case)
				if c.Code == k && (kase == nil && value == "" || kase != nil && kase.Values[ofCases] == value) {
					n++
				}
			}
			if got := byCase.At(k, i); got != n {
				t.Errorf("%s: code %d of cases %q: %d, not %d", at, k, value, got, n)
			}
		}
		for i, value := range textValues {
			n := 0
			for _, c := range x.codings {
				if c.Code == k && x.documents[c.Document].Values[ofDocuments] == value {
					n++
				}
			}
			if got := byText.At(k, i); got != n {
				t.Errorf("%s: code %d of documents %q: %d, not %d", at, k, value, got, n)
			}
		}
		for _, o := range codes {
			n, chars := 0, 0
			for i, c := range x.codings {
				for _, d := range x.codings[:i] {
					if c.Document == d.Document && (c.Code == k && d.Code == o || c.Code == o && d.Code == k) {
						if s, ok := (span.Span{Start: c.Start, Stop: c.Stop}).Intersect(span.Span{Start: d.Start, Stop: d.Stop}); ok && !s.Empty() {
							n++
							chars += int(s.Len())
						}
					}
				}
			}
			if p, c := pairs.Meet(k, o); p != n || c != chars {
				t.Errorf("%s: codes %d and %d meet %d times over %d, not %d over %d", at, k, o, p, c, n, chars)
			}
		}
	}
	for range 4 {
		w, holds := condition(rnd, x, codes, 3)
		found := l.Find(w)
		if got, want := found.Chars(), x.chars(holds); got != want {
			t.Errorf("%s: a condition holds for %d characters, not %d", at, got, want)
		}
		got := map[qda.ID][]bool{}
		for d, s := range found.Spans() {
			if got[d] == nil {
				got[d] = make([]bool, x.documents[d].Chars)
			}
			for p := s.Start; p < s.Stop; p++ {
				got[d][p] = true
			}
		}
		for d := range x.documents {
			for p, yes := range holds(d) {
				if yes != (got[d] != nil && got[d][p]) {
					t.Errorf("%s: character %d of document %d", at, p, d)
				}
			}
		}
	}
}

func combined(a, b []bool, and bool) []bool {
	r := make([]bool, len(a))
	for i := range r {
		r[i] = a[i] && b[i] || !and && (a[i] || b[i])
	}
	return r
}

// condition draws a condition and says naively where it holds.
func condition(rnd *rand.Rand, x letters, codes []qda.ID, deep int) (engine.Where, func(qda.ID) []bool) {
	draw := rnd.IntN(4)
	if deep == 0 {
		draw = 0
	}
	switch draw {
	case 1:
		w, holds := condition(rnd, x, codes, deep-1)
		return engine.Not(w), func(d qda.ID) []bool {
			r := holds(d)
			for i := range r {
				r[i] = !r[i]
			}
			return r
		}
	case 2, 3:
		var ws []engine.Where
		var hs []func(qda.ID) []bool
		for range rnd.IntN(4) {
			w, h := condition(rnd, x, codes, deep-1)
			ws, hs = append(ws, w), append(hs, h)
		}
		all := draw == 2
		holds := func(d qda.ID) []bool {
			r := make([]bool, x.documents[d].Chars)
			for i := range r {
				r[i] = all
			}
			for _, h := range hs {
				r = combined(r, h(d), all)
			}
			return r
		}
		if all {
			return engine.All(ws...), holds
		}
		return engine.Either(ws...), holds
	}
	var some []qda.ID
	for range rnd.IntN(3) {
		some = append(some, codes[rnd.IntN(len(codes))])
	}
	return engine.Under(some...), func(d qda.ID) []bool {
		return x.at(d, func(c qda.Coding) bool {
			for _, k := range some {
				if k == c.Code {
					return true
				}
			}
			return false
		})
	}
}

// TestManyMeet: cells of co-occurrence that would overflow are poured out in time, and codebooks too large for a matrix are
// counted all the same.
func TestManyMeet(t *testing.T) {
	const chars = 3_000_000
	begin := func(codes int) *qda.Image {
		img := &qda.Image{Project: 1, Things: []qda.Thing{&qda.Project{State: qda.Live}, &qda.Coder{ID: 1, Role: qda.Owner}, &qda.Document{ID: 2, Version: 1, Chars: chars, State: qda.Live}}}
		for i := range codes {
			img.Things = append(img.Things, &qda.Node{ID: qda.ID(3 + i), Kind: qda.Code, Codable: true, Name: fmt.Sprint(i), State: qda.Live})
		}
		img.Next = qda.ID(3 + codes)
		return img
	}
	code := func(img *qda.Image, code qda.ID, start, stop int32) {
		img.Codings = append(img.Codings, qda.Coding{ID: img.Next, Document: 2, Version: 1, Code: code, Coder: 1, Start: start, Stop: stop, Made: 1})
		img.Next++
	}
	want := func(what string, img *qda.Image, a, b qda.ID, pairs, over int) {
		t.Helper()
		v, err := engine.Open(img)
		if err != nil {
			t.Fatal(err)
		}
		if p, c := v.As(0).Pairs().Meet(a, b); p != pairs || c != over {
			t.Errorf("%s: %d pairs over %d characters, not %d over %d", what, p, c, pairs, over)
		}
	}
	whole := begin(2)
	for range 1500 {
		code(whole, 3, 0, chars)
	}
	want("everything over everything", whole, 3, 3, 1500*1499/2, 1500*1499/2*chars)
	long := begin(2)
	code(long, 3, 0, chars)
	for i := range int32(400_000) {
		code(long, 4, 7*i, 7*i+5)
	}
	want("one row that is too long", long, 3, 4, 400_000, 2_000_000)
	wide := begin(4200)
	code(wide, 5, 10, 20)
	code(wide, 4200, 15, 30)
	code(wide, 5, 18, 19)
	want("a large codebook", wide, 4200, 5, 2, 6)
	want("a large codebook, one code", wide, 5, 5, 1, 1)
}

// TestInStep: after 20,000 random writes, one by one, a View is what it would be if it were built anew.
func TestInStep(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 4))
	img := &qda.Image{Project: 1, Things: []qda.Thing{&qda.Project{State: qda.Live}}}
	for n := qda.ID(1); n <= 3; n++ {
		img.Things = append(img.Things, &qda.Coder{ID: n, Role: qda.Owner}, &qda.Document{ID: n + 3, Version: 1, Chars: 5000, State: qda.Live}, &qda.Node{ID: n + 6, Kind: qda.Code, Codable: true, Name: fmt.Sprint(n), State: qda.Live})
	}
	img.Next = 10
	v, err := engine.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	there := map[qda.ID]qda.Coding{}
	var ids []qda.ID
	next := qda.ID(10)
	for range 20_000 {
		e := &qda.Entry{Project: 1, Seq: v.Seq() + 1}
		if len(ids) > 0 && rnd.IntN(100) < 45 {
			i := rnd.IntN(len(ids))
			was := there[ids[i]]
			e.Did = []qda.Did{{Of: qda.SortCoding, ID: was.ID, Gone: &was}}
			delete(there, was.ID)
			ids[i] = ids[len(ids)-1]
			ids = ids[:len(ids)-1]
		} else {
			start := rnd.Int32N(4990)
			c := qda.Coding{ID: next, Document: 4 + qda.ID(rnd.IntN(3)), Version: 1, Code: 7 + qda.ID(rnd.IntN(3)), Coder: 1 + qda.ID(rnd.IntN(3)), Start: start, Stop: start + 1 + rnd.Int32N(5000-start), Made: e.Seq, At: int64(next)}
			next++
			e.Did = []qda.Did{{Of: qda.SortCoding, ID: c.ID, New: &c}}
			there[c.ID] = c
			ids = append(ids, c.ID)
		}
		if v, err = v.After(e); err != nil {
			t.Fatal(err)
		}
	}
	img.Head, img.Next = v.Seq(), next
	for _, c := range there {
		img.Codings = append(img.Codings, c)
	}
	built, err := engine.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.SameThings(v, built); err != nil {
		t.Error(err)
	}
	if err := engine.SameColumns(v, built); err != nil {
		t.Error(err)
	}
	img.Codings, img.Snapshot = nil, engine.Snapshot(v)
	if built, err = engine.Open(img); err != nil {
		t.Fatal(err)
	}
	if err := engine.SameColumns(v, built); err != nil {
		t.Errorf("from a snapshot: %v", err)
	}
}
