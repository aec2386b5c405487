package engine

import (
	"time"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Words is one version of a document's text, ready to be cut by code points.
type Words struct {
	*qda.Text
	*span.Offsets
}

// NewWords indexes a text.
func NewWords(t *qda.Text) *Words { return &Words{t, span.NewOffsets(t.Words)} }

// Quote gives the words under a span; it panics outside the text.
func (w *Words) Quote(s span.Span) string { return string(w.Slice(w.Words, s)) }

// TurnAt gives the turn that holds a code point, the last one where it is past the end.
func (w *Words) TurnAt(p int32) qda.Turn {
	lo, hi := 0, len(w.Turns)
	for lo < hi {
		if mid := (lo + hi) / 2; w.Turns[mid].Start <= p {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return qda.Turn{}
	}
	return w.Turns[lo-1]
}

type textKey struct {
	document qda.ID
	version  int32
}

// draft is a View being built by one decision. It remembers what each thing was before, and so can say what was done.
type draft struct {
	*View
	by    *qda.Coder // nil: the program itself
	at    time.Time
	words map[textKey]*Words
	undo  *qda.Entry // the entry that an Undone is about
	was   map[qda.Name]qda.Thing
	order []qda.Name
	texts []qda.NewText
}

func (v *View) draft(in qda.Intent, at time.Time) *draft {
	d := &draft{View: v.fork(), at: at, was: map[qda.Name]qda.Thing{}}
	d.seq = v.seq + 1
	d.by, _ = v.coders.get(in.Coder)
	return d
}

func (d *draft) note(s qda.Sort, n qda.ID) {
	k := qda.Name{Sort: s, ID: n}
	if _, ok := d.was[k]; !ok {
		d.was[k] = d.thing(s, n)
		d.order = append(d.order, k)
	}
}

// put sets a thing and remembers what it was. The rev is the entry being made.
func (d *draft) put(t qda.Thing) {
	d.note(t.Sort(), t.Key())
	if err := d.View.put(qda.At(t, t.Key(), d.seq)); err != nil {
		panic(err) // decide has looked whether what it refers to is there
	}
}

// putAll is put for new codings of one document.
func (d *draft) putAll(cs []*qda.Coding) {
	for _, c := range cs {
		d.note(qda.SortCoding, c.ID)
	}
	if err := d.View.putAll(cs); err != nil {
		panic(err) // see put
	}
}

func (d *draft) drop(s qda.Sort, n qda.ID) {
	d.note(s, n)
	if err := d.View.drop(s, n); err != nil {
		panic(err)
	}
}

// id gives the number of a new thing.
func (d *draft) id() qda.ID {
	d.next++
	return d.next - 1
}

// did says what was done: one effect for each thing that is not as it was, in the order of first touch.
func (d *draft) did() []qda.Did {
	did := []qda.Did{}
	for _, k := range d.order {
		was := d.was[k]
		if e, ok := qda.Diff(was, d.thing(k.Sort, k.ID)); ok {
			did = append(did, e)
		} else if was != nil {
			// Put, but as it was: the entry does not touch it, so its rev must not say so.
			if err := d.View.put(was); err != nil {
				panic(err)
			}
		}
	}
	return did
}

func (d *draft) me() qda.ID {
	if d.by == nil {
		return 0
	}
	return d.by.ID
}
