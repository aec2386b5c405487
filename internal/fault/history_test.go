//go:build faults

package fault

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"anyam/internal/qda"
)

// call is one request of a client with its answer. Times are since the history began.
type call struct {
	client         int
	asked, replied time.Duration
	known          qda.Seq // the newest seq this client had seen when it asked
	id             qda.ChangeID
	move           *move // nil: a read
	status         int
	seq            qda.Seq // of the entry, or of the read's state
	both           bool    // refused with the other text beside one's own
	theirs         string  // which was this
	codings        [][7]int64
	memos          [][8]any
	nodes          []readNode
}

type readNode struct {
	ID         qda.ID `json:"id"`
	Kind       string `json:"kind"`
	Parent     qda.ID `json:"parent"`
	Name       string `json:"name"`
	Definition string `json:"definition"`
	State      string `json:"state"`
	Count      int    `json:"count"`
}

// verdict is what a history was found to be.
type verdict struct {
	Entries, Acked, Refused, Conflicts, Reads, Repeats int

	Order       int // a change answered before another was sent, with a larger seq
	Lost        int // acknowledged and not in the ledger, or in it under another number
	Strange     int // in the ledger and never asked for, or asked for as something else
	Overwritten int // an edit that was accepted over one its maker had not seen
	Undo        int // an undo that was accepted and should not have been
	Wrong       int // anything else accepted, or done otherwise than the model does it
	Unjustified int // refusals that no state in reach explains
	Stale       int // reads that show less than the reader had seen
	Misread     int // reads that do not show the state they name
	GaveUp      int // clients who were told what makes no sense, as another answer to a repeat
	Unanswered  int // requests without an answer that says yes or no, though nothing was broken
}

func (v verdict) violations() int {
	return v.Order + v.Lost + v.Strange + v.Overwritten + v.Undo + v.Wrong + v.Unjustified + v.Stale + v.Misread + v.GaveUp + v.Unanswered
}

func (v verdict) String() string {
	return fmt.Sprintf("%d entries, %d acknowledged, %d refused (%d conflicts of texts), %d repeats, %d reads: %d out of order, %d lost, %d strange, %d overwritten, %d wrong undos, %d wrong, %d refusals unjustified, %d stale, %d misread, %d absurd, %d unanswered",
		v.Entries, v.Acked, v.Refused, v.Conflicts, v.Repeats, v.Reads, v.Order, v.Lost, v.Strange, v.Overwritten, v.Undo, v.Wrong, v.Unjustified, v.Stale, v.Misread, v.GaveUp, v.Unanswered)
}

// claim is something that must be true of the project at some seq from lo to hi.
type claim struct {
	lo, hi qda.Seq
	what   func() string
	holds  func(*model) bool
	count  *int
}

// judge holds a history against the ledger: the calls of all clients, and the entries from 1 on.
func judge(t testing.TB, calls []*call, entries []*qda.Entry, start qda.Seq) (v verdict) {
	t.Helper()
	said := 0
	say := func(format string, args ...any) {
		if said++; said <= 12 {
			t.Logf(format, args...)
		}
	}
	v.Entries = len(entries) - int(start)
	bySeq := map[qda.Seq]*call{}
	byID := map[qda.ChangeID]*call{}
	var acked []*call
	for _, c := range calls {
		switch {
		case c.move == nil:
			v.Reads++
			if c.seq < c.known {
				v.Stale++
				say("client %d had seen %d and was shown %d", c.client, c.known, c.seq)
			}
		case c.status == http.StatusOK:
			v.Acked++
			acked = append(acked, c)
			if first := byID[c.id]; first != nil {
				v.Repeats++
				if first.seq != c.seq {
					v.Lost++
					say("a repeat was answered with entry %d, at first it was %d", c.seq, first.seq)
				}
				if c.asked < first.asked {
					byID[c.id] = c
				}
				continue
			}
			byID[c.id], bySeq[c.seq] = c, c
			if c.seq < 1 || int(c.seq) > len(entries) || entries[c.seq-1].Change != c.id {
				v.Lost++
				say("entry %d was acknowledged and is not there", c.seq)
			}
		default:
			v.Refused++
		}
	}
	// 1. Real time: who was answered before another asked has the smaller number. A repeat asks for nothing new.
	done := slices.Clone(acked)
	slices.SortFunc(done, func(a, b *call) int { return cmp.Compare(a.replied, b.replied) })
	first := slices.Collect(func(yield func(*call) bool) {
		for _, c := range byID {
			if !yield(c) {
				return
			}
		}
	})
	slices.SortFunc(first, func(a, b *call) int { return cmp.Compare(a.asked, b.asked) })
	for i, newest := 0, qda.Seq(0); len(first) > 0; first = first[1:] {
		c := first[0]
		for ; i < len(done) && done[i].replied < c.asked; i++ {
			newest = max(newest, done[i].seq)
		}
		if c.seq <= newest {
			v.Order++
			say("entry %d was asked for when %d had been answered", c.seq, newest)
		}
	}
	// How far the ledger may have been when a call was answered: no further than what had been asked for by then.
	reach := func(c *call) qda.Seq {
		hi := c.known
		for s := max(c.known, start) + 1; int(s) <= len(entries); s++ {
			if o := byID[entries[s-1].Change]; o != nil && o.asked > c.replied {
				break
			}
			hi = s
		}
		return hi
	}
	var claims []*claim
	at := map[qda.Seq][]*call{}
	for _, c := range calls {
		switch {
		case c.move == nil:
			at[c.seq] = append(at[c.seq], c)
			if int(c.seq) > len(entries) {
				v.Misread++
				say("a read names entry %d of %d", c.seq, len(entries))
			}
		case c.status != http.StatusOK:
			if c.both {
				v.Conflicts++
			}
			claims = append(claims, &claim{c.known, reach(c), func() string {
				return fmt.Sprintf("%s of client %d, who had seen %d, was refused with %d", c.move.kind, c.client, c.known, c.status)
			}, func(m *model) bool { return m.refuses(c) }, &v.Unjustified})
		default:
			hi := reach(c)
			for _, row := range c.codings {
				claims = append(claims, &claim{c.seq, max(hi, c.seq), func() string { return fmt.Sprintf("the answer to entry %d shows a coding as it never was", c.seq) },
					func(m *model) bool { return m.shows(row) }, &v.Wrong})
			}
		}
	}
	slices.SortFunc(claims, func(a, b *claim) int { return cmp.Compare(a.lo, b.lo) })

	// 2. to 4. The ledger, entry by entry, through the model.
	m := newModel()
	m.put(qda.Name{Sort: qda.SortProject}, whole(&qda.Project{}))
	var open []*claim
	look := func() {
		for len(claims) > 0 && claims[0].lo <= m.seq {
			open, claims = append(open, claims[0]), claims[1:]
		}
		open = slices.DeleteFunc(open, func(c *claim) bool {
			if c.holds(m) {
				return true
			}
			if c.hi <= m.seq {
				*c.count++
				say("%s: no state from %d to %d explains it", c.what(), c.lo, c.hi)
				return true
			}
			return false
		})
		for _, c := range at[m.seq] {
			if err := m.reads(c); err != nil {
				v.Misread++
				say("client %d at %d: %v", c.client, c.seq, err)
			}
		}
	}
	for _, e := range entries {
		got, err := m.told(e)
		if err != nil {
			v.Wrong++
			say("entry %d (%s): %v", e.Seq, e.Kind, err)
			return v // the rest would make no sense
		}
		if e.Seq > start {
			c := byID[e.Change]
			switch {
			case c == nil || c.move.kind != e.Kind || c.move.who != e.Coder:
				v.Strange++
				say("entry %d (%s) was never asked for", e.Seq, e.Kind)
			default:
				want, refusal := m.decide(*c.move)
				switch {
				case refusal != 0 && (e.Kind == "MemoChanged" || e.Kind == "NodeChanged") && refusal == http.StatusConflict:
					v.Overwritten++
					say("entry %d (%s) was made at rev %d, which was no longer so", e.Seq, e.Kind, c.move.rev)
				case refusal != 0 && e.Kind == "Undone":
					v.Undo++
					say("entry %d took back %d, and should have been refused with %d", e.Seq, c.move.seq, refusal)
				case refusal != 0:
					v.Wrong++
					say("entry %d (%s) should have been refused with %d", e.Seq, e.Kind, refusal)
				default:
					if err := m.agree(want, got); err != nil {
						v.Wrong++
						say("entry %d (%s): %v", e.Seq, e.Kind, err)
					}
				}
			}
		}
		m.fold(e, got)
		if e.Seq >= start {
			look()
		}
	}
	for _, c := range append(open, claims...) {
		*c.count++
		say("%s: never so", c.what())
	}
	return v
}

// refuses: the model would refuse this call too, at this state, for the same reason as far as the answer tells it.
func (m *model) refuses(c *call) bool {
	want, refusal := m.decide(*c.move)
	if refusal == 0 {
		// Nothing to do is refused as well; what only moves among siblings the model does not know about.
		nothing := true
		for _, x := range want {
			nothing = nothing && x.was != nil && x.is != nil && differ(x.was, x.is) == 0
		}
		return nothing && c.status == http.StatusConflict
	}
	if c.both {
		// Both texts: the other must be the one that stood there, newer than the one that was read.
		k := qda.Name{Sort: qda.SortMemo, ID: c.move.things[0]}
		field := "text"
		if c.move.kind == "NodeChanged" {
			k.Sort, field = qda.SortNode, "definition"
		}
		return refusal == http.StatusConflict && m.rev[k] > c.move.rev && m.things[k].text(field) == c.theirs
	}
	switch c.move.kind {
	case "Undone", "NodesMoved", "NodesMerged", "NodeAdded":
		return true // several reasons may hold at once; which is named first is not the model's affair
	}
	return int(refusal) == c.status
}

// shows: a row [id, code, coder, start, stop, …] is a coding as it stands.
func (m *model) shows(row [7]int64) bool {
	x, there := m.rows[qda.ID(row[0])]
	return there && x == [4]int64(row[1:5])
}

// reads compares what was read with the project as it stands.
func (m *model) reads(c *call) error {
	if c.nodes != nil {
		return m.readsNodes(c.nodes)
	}
	there := map[qda.ID]bool{}
	for _, row := range c.codings {
		there[qda.ID(row[0])] = true
		if !m.shows(row) {
			return fmt.Errorf("coding %d is shown as it is not", row[0])
		}
	}
	if want := len(m.all(qda.SortCoding)); len(there) != want {
		return fmt.Errorf("%d codings are shown of %d", len(there), want)
	}
	n := 0
	for _, x := range m.all(qda.SortMemo) {
		on := m.get(qda.SortMemo, x).num("on")
		if m.get(qda.SortCoding, on) != nil || m.get(qda.SortDocument, on) != nil || m.get(qda.SortNode, on) != nil {
			n++
		}
	}
	if len(c.memos) != n {
		return fmt.Errorf("%d memos are shown of %d", len(c.memos), n)
	}
	for _, row := range c.memos {
		k := qda.Name{Sort: qda.SortMemo, ID: qda.ID(row[0].(float64))}
		x := m.things[k]
		if x == nil || x["on"] != js(row[1]) || x["coder"] != js(row[2]) || x.text("text") != row[4] || m.rev[k] != qda.Seq(row[5].(float64)) {
			return fmt.Errorf("memo %d is shown as it is not", k.ID)
		}
	}
	return nil
}

func (m *model) readsNodes(nodes []readNode) error {
	want := map[qda.ID]bool{}
	for _, n := range m.all(qda.SortNode) {
		if m.awake(n) {
			want[n] = true
		}
	}
	if len(nodes) != len(want) {
		return fmt.Errorf("%d nodes are shown of %d", len(nodes), len(want))
	}
	above := map[qda.ID]qda.ID{}
	for _, n := range m.all(qda.SortNode) {
		above[n] = m.get(qda.SortNode, n).num("parent")
	}
	codings := map[qda.ID]int{}
	for _, x := range m.rows {
		for up, steps := qda.ID(x[0]), 0; up != 0 && steps < 1000; steps++ {
			codings[up]++
			up = above[up]
		}
	}
	for _, x := range nodes {
		is := m.get(qda.SortNode, x.ID)
		if !want[x.ID] || is.text("kind") != x.Kind || is.num("parent") != x.Parent || is.text("name") != x.Name || is.text("definition") != x.Definition || is.text("state") != x.State {
			return fmt.Errorf("node %d is shown as it is not", x.ID)
		}
		if codings[x.ID] != x.Count {
			return fmt.Errorf("node %d is said to have %d codings, it has %d", x.ID, x.Count, codings[x.ID])
		}
	}
	return nil
}
