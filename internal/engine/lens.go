package engine

import (
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Lens is a View as one coder may see it. A blind coder sees the texts, the codebook and what is their own: every
// question is asked of a Lens, so there is no second filter.
type Lens struct {
	*View
	me    qda.ID
	blind bool
	own   uint16 // the coder's slot, when blind
}

// As gives the Lens of a coder; 0 is the program itself, which sees everything.
func (v *View) As(coder qda.ID) Lens {
	l := Lens{View: v, me: coder}
	if c, ok := v.coders.get(coder); ok && c.Blind {
		slot, _ := v.coderSlots.of(coder)
		l.blind, l.own = true, uint16(slot)
	}
	return l
}

// Me is the coder the Lens belongs to, 0 for the program.
func (l Lens) Me() qda.ID { return l.me }

// Blind reports whether others' work is kept from view.
func (l Lens) Blind() bool { return l.blind }

// sees reports whether a coding by the coder in a slot is to be seen.
func (l Lens) sees(coder uint16) bool { return !l.blind || coder == l.own }

// Coders gives everyone who is or was in the project; of a blind coder's colleagues nothing is hidden but their work.
func (l Lens) Coders() []*qda.Coder { return l.coders.rows }

// Coder gives one coder.
func (l Lens) Coder(n qda.ID) (*qda.Coder, bool) { return l.coders.get(n) }

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
	return l.documentSlots.of(document)
}

// Codings gives the codings of a live document that overlap a window of code points, by start, then longest first.
func (l Lens) Codings(document qda.ID, window span.Span) []qda.Coding {
	d, ok := l.slot(document)
	if !ok {
		return nil
	}
	c, awake := l.chunkAt(d), l.tree().awake
	var r []qda.Coding
	for _, i := range c.Window(nil, window.Start, window.Stop) {
		if awake[c.code[i]] && l.sees(c.coder[i]) {
			r = append(r, l.coding(d, c.row(int(i))))
		}
	}
	return r
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
	for d, n := range l.documentSlots.ids {
		if _, ok := l.slot(n); !ok {
			continue
		}
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
	for d, n := range l.documentSlots.ids {
		if _, ok := l.slot(n); !ok {
			continue
		}
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
