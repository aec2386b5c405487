package engine

import (
	"iter"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Lens is a View as one coder may see it. A blind coder sees the texts, the codebook and what is their own: every
// question is asked of a Lens, so there is no second filter.
type Lens struct {
	*View
	me     qda.ID
	blind  bool
	own    uint16 // the coder's slot, when blind
	by     []bool // by coder slot: whose codings are seen; nil: everyone's
	mine   uint64 // a bit for each coder in by who is seen, as in a chunk's whose
	others uint64 // and for each who is not
	narrow bool   // made by Narrow
	only   []bool // by document slot: where; nil: everywhere
}

// As gives the Lens of a coder; 0 is the program itself, which sees everything.
func (v *View) As(coder qda.ID) Lens {
	l := Lens{View: v, me: coder}
	if c, ok := v.coders.get(coder); ok && c.Blind {
		slot, _ := v.coderSlots.of(coder)
		l.blind, l.own = true, uint16(slot)
		l.by = make([]bool, len(v.coderSlots.ids))
		l.by[slot] = true
		l.mask()
	}
	return l
}

// mask works out mine and others. Where everyone is seen nobody need be asked for.
func (l *Lens) mask() {
	l.mine, l.others = 0, 0
	for s, yes := range l.by {
		if yes {
			l.mine |= 1 << (s % 64)
		} else {
			l.others |= 1 << (s % 64)
		}
	}
	if l.others == 0 {
		l.by = nil
	}
}

// sight tells of a document's codings whether some may be seen, and whether surely all are.
func (l Lens) sight(c *chunk) (some, all bool) {
	if l.by == nil {
		return true, true
	}
	return c.whose&l.mine != 0, c.whose&l.others == 0
}

// Narrow leaves only the codings in some documents (nil: in all) by some coders (nil: by all) that the Lens sees anyway.
// Texts, codebook and memos stay as they are.
func (l Lens) Narrow(documents, coders []qda.ID) Lens {
	n := l
	n.narrow = true
	if documents != nil {
		n.only = make([]bool, len(l.documentSlots.ids))
		for _, d := range documents {
			if s, ok := l.documentSlots.of(d); ok {
				n.only[s] = l.only == nil || l.only[s]
			}
		}
	}
	if coders != nil {
		n.by = make([]bool, len(l.coderSlots.ids))
		for _, c := range coders {
			if s, ok := l.coderSlots.of(c); ok {
				n.by[s] = l.sees(uint16(s))
			}
		}
		n.mask()
	}
	return n
}

// Me is the coder the Lens belongs to, 0 for the program.
func (l Lens) Me() qda.ID { return l.me }

// Blind reports whether others' work is kept from view.
func (l Lens) Blind() bool { return l.blind }

// sees reports whether a coding by the coder in a slot is to be seen.
func (l Lens) sees(coder uint16) bool { return l.by == nil || l.by[coder] }

// Coders gives everyone who is or was in the project; of a blind coder's colleagues nothing is hidden but their work.
func (v *View) Coders() []*qda.Coder { return v.coders.rows }

// Coder gives one coder.
func (v *View) Coder(n qda.ID) (*qda.Coder, bool) { return v.coders.get(n) }

// CoderOf gives the coder an account acts as; false when it has no role here.
func (v *View) CoderOf(a qda.AccountID) (*qda.Coder, bool) {
	for _, c := range v.coders.rows {
		if a != 0 && c.Account == a {
			return c, c.Role.Valid()
		}
	}
	return nil, false
}

// Attributes gives the project's attributes.
func (v *View) Attributes() []*qda.Attribute { return v.attributes.rows }

// Attribute gives one attribute.
func (v *View) Attribute(n qda.ID) (*qda.Attribute, bool) { return v.attributes.get(n) }

// Cases gives the cases in any state.
func (v *View) Cases() []*qda.Case { return v.cases.rows }

// Case gives one case.
func (v *View) Case(n qda.ID) (*qda.Case, bool) { return v.cases.get(n) }

// Documents gives the documents in any state, by number.
func (v *View) Documents() []*qda.Document { return v.documents.rows }

// Document gives one document in any state.
func (v *View) Document(n qda.ID) (*qda.Document, bool) { return v.documents.get(n) }

// Memos gives the memos on a thing, oldest first.
func (l Lens) Memos(on qda.ID) []*qda.Memo {
	var r []*qda.Memo
	for _, m := range l.memos.rows {
		if m.On == on && (!l.blind || m.Coder == l.me) {
			r = append(r, m)
		}
	}
	return r
}

// AllMemos gives every memo to be seen, oldest first.
func (l Lens) AllMemos() []*qda.Memo {
	if !l.blind {
		return l.memos.rows
	}
	var r []*qda.Memo
	for _, m := range l.memos.rows {
		if m.Coder == l.me {
			r = append(r, m)
		}
	}
	return r
}

// Memo gives one memo.
func (l Lens) Memo(n qda.ID) (*qda.Memo, bool) {
	m, ok := l.memos.get(n)
	return m, ok && (!l.blind || m.Coder == l.me)
}

// Coding gives a coding by its number, asleep or not.
func (l Lens) Coding(n qda.ID) (qda.Coding, bool) {
	c, ok := l.findCoding(n)
	return c, ok && (!l.blind || c.Coder == l.me)
}

// slot gives a live document's slot.
func (l Lens) slot(document qda.ID) (int, bool) {
	d, ok := l.documents.get(document)
	if !ok || d.State != qda.Live {
		return 0, false
	}
	s, ok := l.documentSlots.of(document)
	return s, ok && (l.only == nil || l.only[s])
}

// live walks over the live documents to be looked into, by slot.
func (l Lens) live() iter.Seq2[int, *qda.Document] {
	return func(yield func(int, *qda.Document) bool) {
		// Slots and documents are in the same order nearly always: see slots.
		for s, n := range l.documentSlots.ids {
			if l.only != nil && !l.only[s] {
				continue
			}
			var d *qda.Document
			if s < len(l.documents.rows) && l.documents.rows[s].ID == n {
				d = l.documents.rows[s]
			} else if x, ok := l.documents.get(n); ok {
				d = x
			} else {
				continue
			}
			if d.State == qda.Live && !yield(s, d) {
				return
			}
		}
	}
}

// Overlapping walks over the codings of a live document that overlap a window of code points, by start, then longest first.
func (l Lens) Overlapping(document qda.ID, window span.Span) iter.Seq[qda.Coding] {
	return func(yield func(qda.Coding) bool) {
		d, ok := l.slot(document)
		if !ok {
			return
		}
		var room [64]int32
		c, awake := l.chunkAt(d), l.tree().awake
		for _, i := range c.Window(room[:0], window.Start, window.Stop) {
			if awake[c.code[i]] && l.sees(c.coder[i]) && !yield(l.coding(d, c.row(int(i)))) {
				return
			}
		}
	}
}

// Codings lists what Overlapping walks over.
func (l Lens) Codings(document qda.ID, window span.Span) []qda.Coding {
	return slices.Collect(l.Overlapping(document, window))
}

// CodingsOf gives the codings under any of some codes in live documents, in document and text order: limit of them
// from offset (limit < 0: all), and how many there are.
func (l Lens) CodingsOf(codes []qda.ID, offset, limit int) (r []qda.Coding, total int) {
	wanted := make([]bool, len(l.codeSlots.ids))
	for _, n := range codes {
		if s, ok := l.codeSlots.of(n); ok && l.tree().awake[s] {
			wanted[s] = true
		}
	}
	for d := range l.live() {
		c := l.chunkAt(d)
		for i, k := range c.code {
			if wanted[k] && l.sees(c.coder[i]) {
				if total >= offset && (limit < 0 || len(r) < limit) {
					r = append(r, l.coding(d, c.row(i)))
				}
				total++
			}
		}
	}
	return r, total
}

// All gives every coding to be seen, in document and text order.
func (l Lens) All(yield func(qda.Coding) bool) {
	awake := l.tree().awake
	for d := range l.live() {
		c := l.chunkAt(d)
		for i, k := range c.code {
			if awake[k] && l.sees(c.coder[i]) && !yield(l.coding(d, c.row(i))) {
				return
			}
		}
	}
}

// everyCoding walks over all codings, asleep or not: for Check, snapshots and decisions.
func (v *View) everyCoding(yield func(qda.Coding) bool) {
	for d := range v.documentSlots.ids {
		c := v.chunkAt(d)
		for i := range c.id {
			if !yield(v.coding(d, c.row(i))) {
				return
			}
		}
	}
}

// EveryCoding lists all codings by number, asleep or not.
func (v *View) EveryCoding() []qda.Coding {
	r := slices.AppendSeq(make([]qda.Coding, 0, v.total), v.everyCoding)
	slices.SortFunc(r, func(a, b qda.Coding) int { return int(int64(a.ID) - int64(b.ID)) })
	return r
}
