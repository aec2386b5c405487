package load

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// report is what was measured and counted.
type report struct {
	note   string
	lines  []line
	counts []count
}

// line is one figure beside another of the same run.
type line struct {
	goal, size string
	unit       string // ns, bytes or n
	ours       int64
	other      string // what stands beside it; empty where nothing does
	than       int64
	target     float64 // the ratio ours/other is to be at most this; 0: no goal
}

func (l line) ratio() float64 {
	if l.than == 0 {
		return 0
	}
	return float64(l.ours) / float64(l.than)
}

func (l line) met() bool { return l.target == 0 || l.ratio() <= l.target }

// MarshalJSON writes a line as an object.
func (l line) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"goal": l.goal, "size": l.size, "ours_" + l.unit: l.ours, "other": l.other, "other_" + l.unit: l.than,
		"ratio": round(l.ratio()), "target": l.target, "met": l.met()})
}

func round(x float64) float64 { return float64(int64(x*1000+0.5)) / 1000 }

// count is what became of a crowd's codings.
type count struct {
	size    string
	sent    int
	acked   int
	errors  int    // answered with anything but 200, or not at all
	first   string // what the first of them was
	lost    int    // acknowledged and not in the ledger
	doubled int    // events that a watcher got twice
	events  int    // received by all watchers together
	due     int    // acknowledged codings × watchers
}

func (c count) wrong() int {
	return c.errors + c.lost + c.doubled + max(c.due-c.events, c.events-c.due)
}

func (r *report) add(l line) { r.lines = append(r.lines, l) }

// counted puts a count among the lines.
func (r *report) counted(c count) {
	r.counts = append(r.counts, c)
	r.add(line{goal: "codings acknowledged", size: c.size, unit: "n", ours: int64(c.acked), other: "sent", than: int64(c.sent)})
	r.add(line{goal: "events received", size: c.size, unit: "n", ours: int64(c.events), other: "codings × watchers", than: int64(c.due)})
	r.add(line{goal: "errors, lost, doubled", size: c.size, unit: "n", ours: int64(c.errors + c.lost + c.doubled)})
}

// wrong is an error where a crowd was not served whole.
func (r *report) wrong() error {
	for _, c := range r.counts {
		if c.wrong() > 0 {
			return fmt.Errorf("%s: of %d codings %d failed (first: %s), %d were lost and %d seen twice; watchers received %d events of %d",
				c.size, c.sent, c.errors, c.first, c.lost, c.doubled, c.events, c.due)
		}
	}
	return nil
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		for _, l := range r.lines {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	if r.note != "" {
		if _, err := fmt.Fprintln(w, r.note); err != nil {
			return err
		}
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ratio\tgoal\tmeasured\t\tbeside\t\t\t")
	for _, l := range r.lines {
		ratio, goal := "", ""
		if l.than != 0 {
			ratio = fmt.Sprintf("%.2f", l.ratio())
		}
		if l.target != 0 {
			goal = fmt.Sprintf("≤ %g", l.target)
			if !l.met() {
				goal += " MISSED"
			}
		}
		other := ""
		if l.other != "" {
			other = said(l.unit, l.than)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", ratio, goal, l.goal, said(l.unit, l.ours), other, l.other, l.size)
	}
	return t.Flush()
}

// said prints a figure with its unit.
func said(unit string, v int64) string {
	switch unit {
	case "ns":
		return fmt.Sprintf("%.2f ms", float64(v)/1e6)
	case "bytes":
		if v >= 10<<20 {
			return fmt.Sprintf("%.0f MB", float64(v)/1e6)
		}
		return fmt.Sprintf("%.1f kB", float64(v)/1e3)
	}
	return strconv.FormatInt(v, 10)
}

// times are durations of one sort of thing.
type times []time.Duration

// at gives the value that a share of them does not exceed: the nearest rank.
func (t times) at(share float64) int64 {
	if len(t) == 0 {
		return 0
	}
	s := slices.Clone(t)
	slices.Sort(s)
	return int64(s[min(len(s)-1, int(share*float64(len(s))))])
}
