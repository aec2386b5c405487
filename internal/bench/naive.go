package bench

import (
	"cmp"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// columns are the codings of each document by start, then longest first: what counting pairs needs, and nothing else.
func columns(codings []qda.Coding) []span.Index {
	sorted := slices.Clone(codings)
	slices.SortFunc(sorted, func(a, b qda.Coding) int {
		return cmp.Or(cmp.Compare(a.Document, b.Document), cmp.Compare(a.Start, b.Start), cmp.Compare(b.Stop, a.Stop))
	})
	start, stop := make([]int32, len(sorted)), make([]int32, len(sorted))
	for i, c := range sorted {
		start[i], stop[i] = c.Start, c.Stop
	}
	var all []span.Index
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to].Document == sorted[from].Document {
			to++
		}
		all = append(all, span.NewIndex(start[from:to:to], stop[from:to:to]))
		from = to
	}
	return all
}

// count is the least that co-occurrence can cost: the overlapping pairs counted, and nothing noted of them.
func count(all []span.Index) (pairs int) {
	for _, x := range all {
		starts := x.Start
		for i, stop := range x.Stop {
			j := i + 1
			for j < len(starts) && starts[j] < stop {
				j++
			}
			pairs += j - i - 1
		}
	}
	return pairs
}
