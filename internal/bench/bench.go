package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// Options say what is measured and where to.
type Options struct {
	Database string   // the address of an empty, migrated database on a Postgres of its own that syncs; its role owns the tables
	Folder   string   // a folder on the disk that Postgres writes to, to measure it by
	Sizes    []string // names of Sizes; nil: S, M and L
	JSON     bool     // an object a line instead of a table
	Quick    bool     // few repetitions: to try the bench, not the machine
	Out      io.Writer
	Progress io.Writer // a line for what is being done; nil: none
	Random   func([]byte)
}

// Result is one line: ours next to the other, in one run on the same rows.
type Result struct {
	Goal    string  `json:"goal"`
	Size    string  `json:"size"`
	OursNS  float64 `json:"ours_ns"`
	Other   string  `json:"other"`
	OtherNS float64 `json:"other_ns"`
	Ratio   float64 `json:"ratio"`
	Target  string  `json:"target"`
	Met     bool    `json:"met"`

	unit string // what ours and other are when they are no times
}

// run is one run of the bench.
type run struct {
	Options
	ctx     context.Context
	results []Result
}

// Run measures all goals and prints them. The error is that of a database, or an answer that is not SQL's.
func Run(ctx context.Context, o Options) error {
	r := &run{Options: o, ctx: ctx}
	sizes := o.Sizes
	if sizes == nil {
		sizes = []string{"S", "M", "L"}
	}
	for _, name := range sizes {
		i := slices.IndexFunc(Sizes, func(s Size) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no size %q", name)
		}
		if err := r.size(Sizes[i]); err != nil {
			return fmt.Errorf("size %s: %w", name, err)
		}
	}
	if err := r.writes(); err != nil {
		return fmt.Errorf("writes: %w", err)
	}
	return r.print()
}

// Known reports whether there is a size of a name.
func Known(name string) bool {
	return slices.ContainsFunc(Sizes, func(s Size) bool { return s.Name == name })
}

func (r *run) say(format string, args ...any) {
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, format+"\n", args...)
	}
}

// atLeast notes that the other takes at least so many times what ours does; 0 sets no target.
func (r *run) atLeast(goal, size string, ours time.Duration, other string, took time.Duration, times float64) {
	ratio := float64(took) / float64(ours)
	x := Result{Goal: goal, Size: size, OursNS: float64(ours), Other: other, OtherNS: float64(took), Ratio: ratio, Target: "–", Met: true}
	if times > 0 {
		x.Target, x.Met = fmt.Sprintf("≥ %g ×", times), ratio >= times
	}
	r.results = append(r.results, x)
}

// atMost notes that ours takes at most so many times what the other does; 0 sets no target.
func (r *run) atMost(goal, size string, ours time.Duration, other string, took time.Duration, times float64) {
	ratio := float64(ours) / float64(took)
	x := Result{Goal: goal, Size: size, OursNS: float64(ours), Other: other, OtherNS: float64(took), Ratio: ratio, Target: "–", Met: true}
	if times > 0 {
		x.Target, x.Met = fmt.Sprintf("≤ %g ×", times), ratio <= times
	}
	r.results = append(r.results, x)
}

// each notes a figure a piece: nanoseconds, or another unit. A target of 0 sets none.
func (r *run) each(goal, size string, amount float64, unit, of string, pieces int, target float64) {
	x := Result{Goal: goal, Size: size, OursNS: amount, Other: of, Ratio: amount / float64(pieces), Target: "–", Met: true, unit: unit}
	if target > 0 {
		x.Target, x.Met = fmt.Sprintf("≤ %g %s", target, unit), x.Ratio <= target
	}
	r.results = append(r.results, x)
}

func (r *run) print() error {
	if r.JSON {
		enc := json.NewEncoder(r.Out)
		for _, x := range r.results {
			if err := enc.Encode(x); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "goal\tsize\tratio\ttarget\t\tours\tother\t")
	missed := 0
	for _, x := range r.results {
		met := "met"
		if x.Target == "–" {
			met = ""
		} else if !x.Met {
			met = "MISSED"
			missed++
		}
		ratio, ours, other := number(x.Ratio)+" ×", period(x.OursNS), x.Other+" "+period(x.OtherNS)
		if x.unit != "" {
			ratio, other = number(x.Ratio)+" "+x.unit, x.Other
			if !strings.HasPrefix(x.unit, "ns") {
				ours = number(x.OursNS)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", x.Goal, x.Size, ratio, x.Target, met, ours, other)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.Out, "%d of %d goals missed; %s, %d processors\n", missed, len(r.results), runtime.Version(), runtime.NumCPU())
	return err
}

func number(x float64) string {
	switch {
	case x >= 1e6:
		return fmt.Sprintf("%.1f M", x/1e6)
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

func period(ns float64) string {
	switch {
	case ns == 0:
		return ""
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g s", ns/1e9)
}

// took gives the median time of f over as many repetitions as fit into a budget, at least three of what is quick. What takes seconds is
// taken at its first word: it was asked before, when answers were compared.
func (r *run) took(f func()) time.Duration {
	budget := 600 * time.Millisecond
	if r.Quick {
		budget = 5 * time.Millisecond
	}
	begin := time.Now()
	f()
	if first := time.Since(begin); first > 2*time.Second {
		return first
	}
	runtime.GC() // so that nobody pays for what was left before
	var times []time.Duration
	for begin = time.Now(); len(times) == 0 || time.Since(begin) < budget && len(times) < 2000 || len(times) < 3 && !r.Quick; {
		t := time.Now()
		f()
		times = append(times, time.Since(t))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// tookMany is took for what is too quick for one look at the clock: f is called n times in a row.
func (r *run) tookMany(n int, f func()) time.Duration {
	return r.took(func() {
		for range n {
			f()
		}
	}) / time.Duration(n)
}

// tookSQL is took for a query: its error ends the bench.
func (r *run) tookSQL(f func() error) (time.Duration, error) {
	var failed error
	d := r.took(func() {
		if failed == nil {
			failed = f()
		}
	})
	return d, failed
}

// writeText makes up a document's text: words, and now and then a character of more than one byte.
func writeText(document qda.ID, chars int32) []byte {
	const some = "kami menjual lewat pengepul karena dokumen itu tidak jelas bagi kami dan biaya di pelabuhan selalu berubah “nanti saja” kata mereka "
	runes := []rune(some)
	at := int(document) * 7 % len(runes)
	out := make([]byte, 0, int(chars)+int(chars)/50)
	for range chars {
		out = fmt.Append(out, string(runes[at]))
		at = (at + 1) % len(runes)
	}
	return out
}

// opened is a store and an engine as the program has them.
type opened struct {
	store  *store.Store
	engine *engine.Engine
}

func (r *run) open() (*opened, error) {
	s, err := store.Open(r.ctx, r.Database, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &opened{s, engine.New(s, engine.Options{Now: time.Now, Salt: r.Random})}, nil
}

func (o *opened) close() {
	o.engine.Close()
	o.store.Close()
}

// heap gives the bytes in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func median(x []time.Duration) time.Duration { return quantile(x, 0.5) }

func quantile(x []time.Duration, q float64) time.Duration {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return s[min(len(s)-1, int(math.Ceil(q*float64(len(s))))-1+btoi(q == 0))]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
