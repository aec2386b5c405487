package span

import (
	"iter"
	"math"
	"slices"
)

// Run is one stretch of text over which the same intervals hold, with its
// members kept elsewhere: members[First:First+N].
type Run struct {
	Span
	First, N int32
}

// Runs walks through the maximal stretches over which the same set of intervals
// holds, in text order; stretches that no interval covers are passed over. The
// second value are the positions of the members, ascending; it is good until the
// next step only. Two stretches may touch, but then their members differ.
func Runs(x Index) iter.Seq2[Span, []int32] {
	return func(yield func(Span, []int32) bool) {
		var live []int32
		at, next := int32(0), 0
		for {
			live = slices.DeleteFunc(live, func(i int32) bool { return x.Stop[i] <= at })
			if len(live) == 0 {
				if next == x.Len() {
					return
				}
				at = x.Start[next]
			}
			for next < x.Len() && x.Start[next] == at {
				live = append(live, int32(next))
				next++
			}
			end := int32(math.MaxInt32)
			if next < x.Len() {
				end = x.Start[next]
			}
			for _, i := range live {
				end = min(end, x.Stop[i])
			}
			if !yield(Span{at, end}, live) {
				return
			}
			at = end
		}
	}
}

// AppendRuns appends the stretches of Runs to runs, and their members to members.
func AppendRuns(runs []Run, members []int32, x Index) ([]Run, []int32) {
	for s, live := range Runs(x) {
		runs = append(runs, Run{s, int32(len(members)), int32(len(live))})
		members = append(members, live...)
	}
	return runs, members
}
