package span

import (
	"slices"
	"testing"
)

func TestRunsDrawn(t *testing.T) {
	x := drawn(t, `
-------
--
--
  ---
       --
            --
`)
	runs, members := AppendRuns(nil, nil, x)
	equal(t, runs, []Run{
		{Span{0, 2}, 0, 3},
		{Span{2, 5}, 3, 2},
		{Span{5, 7}, 5, 1},
		{Span{7, 9}, 6, 1},
		{Span{12, 14}, 7, 1},
	}, "runs")
	equal(t, members, []int32{0, 1, 2, 0, 3, 0, 4, 5}, "members")
	for range Runs(Index{}) {
		t.Error("an empty index has a run")
	}
	n := 0
	for range Runs(x) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Error("the walk does not stop when asked")
	}
}

func TestRunsRandom(t *testing.T) {
	r := random(t)
	for range 300 {
		chars := 1 + r.Int32N(120)
		x := build(spans(r, r.IntN(40), chars))
		// The twin looks at each character alone.
		holds := make([][]int32, chars)
		for p := range chars {
			holds[p] = x.Window(nil, p, p+1)
		}
		last := Span{}
		var members []int32
		for s, live := range Runs(x) {
			if s.Empty() || s.Start < last.Stop {
				t.Fatalf("%v after %v", s, last)
			}
			if s.Start == last.Stop && slices.Equal(live, members) {
				t.Fatalf("%v and %v hold the same", last, s)
			}
			for p := last.Stop; p < s.Start; p++ {
				equal(t, holds[p], nil, "character %d, passed over", p)
			}
			for p := s.Start; p < s.Stop; p++ {
				equal(t, live, holds[p], "character %d in %v", p, s)
			}
			last, members = s, slices.Clone(live)
		}
		for p := last.Stop; p < chars; p++ {
			equal(t, holds[p], nil, "character %d, behind the last run", p)
		}
	}
}
