package qda_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anyam/internal/qda"
)

func TestBetweenByHand(t *testing.T) {
	for _, x := range [][3]string{{"", "", "V"}, {"V", "", "k"}, {"", "V", "F"}, {"", "1", "0V"}, {"1", "2", "1V"}, {"1V", "1W", "1VV"}, {"z", "", "zV"}, {"V", "V1", "V0V"}} {
		if got := qda.Between(x[0], x[1]); got != x[2] {
			t.Errorf("between %q and %q is %q, not %q", x[0], x[1], got, x[2])
		}
	}
}

// TestBetweenAlwaysFindsRoom puts keys into a growing list at random places, at one place for ever, and at the ends.
func TestBetweenAlwaysFindsRoom(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for name, where := range map[string]func(n int) int{
		"anywhere": func(n int) int { return r.IntN(n + 1) }, "first": func(int) int { return 0 }, "last": func(n int) int { return n },
		"second": func(n int) int { return min(1, n) }, "last but one": func(n int) int { return max(0, n-1) },
	} {
		var keys []string
		for range 1500 {
			i := where(len(keys))
			a, b := "", ""
			if i > 0 {
				a = keys[i-1]
			}
			if i < len(keys) {
				b = keys[i]
			}
			k := qda.Between(a, b)
			if k <= a || b != "" && k >= b || strings.HasSuffix(k, "0") {
				t.Fatalf("%s: between %q and %q is %q", name, a, b, k)
			}
			keys = slices.Insert(keys, i, k)
		}
		if !slices.IsSorted(keys) {
			t.Errorf("%s: not in order", name)
		}
	}
}

// TestBetweenEnds: keys that leave no room between them give one after the first, and an answer at all.
func TestBetweenEnds(t *testing.T) {
	for _, a := range []string{"V", "1", "zz", "0V"} {
		for _, b := range []string{a, "0F"} {
			if k := qda.Between(a, b); k <= a && a >= b {
				t.Errorf("between %q and %q is %q", a, b, k)
			}
		}
	}
}
