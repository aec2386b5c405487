package engine

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"

	"anyam/internal/qda"
)

// reviewed is what a View has of the review, by what it is about. A decision must not ask for it: see Fresh.
type reviewed struct {
	once     sync.Once
	evidence map[qda.ID]*[2][]*qda.Evidence // by theme: for and against, awake, in order
	on       map[qda.ID][]*qda.Evidence     // by coding
	judged   map[qda.ID][]*qda.Judgement    // by theme, oldest first
}

func (v *View) review() *reviewed {
	r := &v.kept.review
	r.once.Do(func() {
		r.evidence, r.on, r.judged = map[qda.ID]*[2][]*qda.Evidence{}, map[qda.ID][]*qda.Evidence{}, map[qda.ID][]*qda.Judgement{}
		for _, e := range v.evidence.rows {
			if c, ok := v.findCoding(e.Coding); !ok || !v.wakes(c) {
				continue
			}
			if r.evidence[e.Theme] == nil {
				r.evidence[e.Theme] = &[2][]*qda.Evidence{}
			}
			side := &r.evidence[e.Theme][0]
			if e.Against {
				side = &r.evidence[e.Theme][1]
			}
			*side = append(*side, e)
			r.on[e.Coding] = append(r.on[e.Coding], e)
		}
		for _, sides := range r.evidence {
			slices.SortFunc(sides[0], evidenceOrder)
			slices.SortFunc(sides[1], evidenceOrder)
		}
		for _, j := range v.judgements.rows {
			r.judged[j.Theme] = append(r.judged[j.Theme], j)
		}
	})
	return r
}

func evidenceOrder(a, b *qda.Evidence) int {
	return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID))
}

// wakes reports whether a coding is counted and shown: its code is awake and its document live.
func (v *View) wakes(c qda.Coding) bool {
	s, ok := v.codeSlots.of(c.Code)
	d, there := v.documents.get(c.Document)
	return ok && there && d.State == qda.Live && v.tree().awake[s]
}

// mine leaves what a Lens shows: of others' work a blind coder sees nothing.
func mine[T any](l Lens, all []T, coder func(T) qda.ID) []T {
	if !l.blind {
		return slices.Clip(all)
	}
	var r []T
	for _, x := range all {
		if coder(x) == l.me {
			r = append(r, x)
		}
	}
	return r
}

func (l Lens) seesEvidence(e *qda.Evidence) bool {
	_, ok := l.Coding(e.Coding)
	return ok && (!l.blind || e.Coder == l.me)
}

// Evidence gives the evidence for a theme and against it, each in order. What rests on a coding that sleeps is left out.
func (l Lens) Evidence(theme qda.ID) (supports, against []*qda.Evidence) {
	sides := l.review().evidence[theme]
	if sides == nil {
		return nil, nil
	}
	supports, against = slices.Clip(sides[0]), slices.Clip(sides[1])
	if l.blind {
		hidden := func(e *qda.Evidence) bool { return !l.seesEvidence(e) }
		supports, against = slices.DeleteFunc(slices.Clone(supports), hidden), slices.DeleteFunc(slices.Clone(against), hidden)
	}
	return supports, against
}

// EvidenceOn gives what a coding is evidence of.
func (l Lens) EvidenceOn(coding qda.ID) []*qda.Evidence {
	if _, ok := l.Coding(coding); !ok {
		return nil
	}
	return mine(l, l.review().on[coding], func(e *qda.Evidence) qda.ID { return e.Coder })
}

// EvidenceAt gives one piece of evidence by its number, asleep or not.
func (l Lens) EvidenceAt(n qda.ID) (*qda.Evidence, bool) {
	e, ok := l.evidence.get(n)
	return e, ok && l.seesEvidence(e)
}

// Drafts gives the named drafts, oldest first.
func (v *View) Drafts() []*qda.Draft { return slices.Clip(v.drafts.rows) }

// Draft gives one draft.
func (v *View) Draft(n qda.ID) (*qda.Draft, bool) { return v.drafts.get(n) }

// conceptsUnder gives the concepts under another (0: the frameworks), in any state and in order.
func (v *View) conceptsUnder(parent qda.ID) (r []*qda.Concept) {
	for _, x := range v.concepts.rows {
		if x.Parent == parent {
			r = append(r, x)
		}
	}
	slices.SortFunc(r, func(a, b *qda.Concept) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID)) })
	return r
}

// conceptAwake reports whether a concept takes part: it is live, and so is everything above it.
func (v *View) conceptAwake(n qda.ID) bool {
	for n != 0 {
		x, ok := v.concepts.get(n)
		if !ok || x.State != qda.Live {
			return false
		}
		n = x.Parent
	}
	return true
}

// Concepts gives the concepts that take part in tree order, a framework before what is under it. One that stands below a
// removed one is not among them.
func (v *View) Concepts() (r []*qda.Concept) {
	var walk func(parent qda.ID)
	walk = func(parent qda.ID) {
		for _, x := range v.conceptsUnder(parent) {
			if x.State == qda.Live {
				r = append(r, x)
				walk(x.ID)
			}
		}
	}
	walk(0)
	return r
}

// Concept gives one concept in any state.
func (v *View) Concept(n qda.ID) (*qda.Concept, bool) { return v.concepts.get(n) }

// Ties gives the ties between themes and concepts that take part, oldest first.
func (v *View) Ties() (r []*qda.Tie) {
	for _, t := range v.ties.rows {
		if v.awakeNode(t.Theme) && v.conceptAwake(t.Concept) {
			r = append(r, t)
		}
	}
	return r
}

func (v *View) awakeNode(n qda.ID) bool {
	s, ok := v.codeSlots.of(n)
	return ok && v.tree().awake[s]
}

func remarkCoder(r *qda.Remark) qda.ID { return r.Coder }

// Remarks gives every remark to be seen, oldest first.
func (l Lens) Remarks() []*qda.Remark { return mine(l, l.remarks.rows, remarkCoder) }

// Remark gives one remark.
func (l Lens) Remark(n qda.ID) (*qda.Remark, bool) {
	r, ok := l.remarks.get(n)
	return r, ok && (!l.blind || r.Coder == l.me)
}

// Thread is a remark and the answers to it, oldest first.
type Thread struct {
	Head    *qda.Remark
	Answers []*qda.Remark
}

// Threads gives the threads whose head is wanted (nil: all), oldest first.
func (l Lens) Threads(wanted func(head *qda.Remark) bool) []Thread {
	var r []Thread
	at := map[qda.ID]int{}
	for _, x := range l.Remarks() { // a head comes before its answers
		if i, ok := at[x.Under]; ok && x.Under != 0 {
			r[i].Answers = append(r[i].Answers, x)
		} else if x.Under == 0 && (wanted == nil || wanted(x)) {
			at[x.ID] = len(r)
			r = append(r, Thread{Head: x})
		}
	}
	return r
}

// ThreadsOn gives the threads on a thing (0: on the project).
func (l Lens) ThreadsOn(n qda.ID) []Thread {
	return l.Threads(func(h *qda.Remark) bool { return h.On == n })
}

// ThreadsUnder gives the threads on a theme or made under it.
func (l Lens) ThreadsUnder(theme qda.ID) []Thread {
	return l.Threads(func(h *qda.Remark) bool { return h.On == theme || h.Theme == theme })
}

// Judgements gives the judgements of a theme, oldest first.
func (l Lens) Judgements(theme qda.ID) []*qda.Judgement {
	return mine(l, l.review().judged[theme], func(j *qda.Judgement) qda.ID { return j.Coder })
}

// AllJudgements gives every judgement to be seen, oldest first.
func (l Lens) AllJudgements() []*qda.Judgement {
	return mine(l, l.judgements.rows, func(j *qda.Judgement) qda.ID { return j.Coder })
}

// Judged gives a coder's newest judgement of a theme.
func (l Lens) Judged(theme, coder qda.ID) (*qda.Judgement, bool) {
	for _, j := range slices.Backward(l.Judgements(theme)) {
		if j.Coder == coder {
			return j, true
		}
	}
	return nil, false
}

// Questions gives the kept questions to be seen, oldest first.
func (l Lens) Questions() []*qda.Question {
	return mine(l, l.questions.rows, func(q *qda.Question) qda.ID { return q.Coder })
}

// Question gives one kept question.
func (l Lens) Question(n qda.ID) (*qda.Question, bool) {
	q, ok := l.questions.get(n)
	return q, ok && (!l.blind || q.Coder == l.me)
}

// Spots gives where nodes stand on the map, by node; also of nodes that have gone.
func (v *View) Spots() []*qda.Spot { return slices.Clip(v.spots.rows) }

// Standing tells how a theme stands by its newest judgement, whoever made it. A blind coder is told nothing: it would say that
// others have coded.
func (l Lens) Standing(theme qda.ID) qda.Standing {
	all := l.Judgements(theme)
	if len(all) == 0 || l.blind {
		return qda.Standing{Stand: qda.Unread}
	}
	last := all[len(all)-1]
	return l.since(last)
}

// Since tells how a theme stands by a judgement of it.
func (l Lens) Since(j *qda.Judgement) qda.Standing {
	if l.blind {
		return qda.Standing{Stand: qda.Unread}
	}
	return l.since(j)
}

func (v *View) since(j *qda.Judgement) qda.Standing {
	s := qda.Standing{Stand: qda.StillApproved, Last: j, Parts: j.Digest.Differs(v.Digest(j.Theme))}
	switch {
	case j.Verdict == qda.Changes:
		s.Stand = qda.ChangesAsked
	case len(s.Parts) > 0:
		s.Stand = qda.ChangedSince
	}
	return s
}

// Digest gives what stands for all that a judgement of a theme rests on, over everyone's codings; it is worked out once for each
// View. It is kept in judgements, so what goes into it stays as it is:
//
//	claim     the theme's name, definition, use, avoid, claim, scope, boundary
//	codes     each awake node below, by number: number, kind, parent, name, definition, use, avoid
//	evidence  what Evidence gives, for before against, in order: coding, document, version, start, stop, side, why
//	codings   for each code under the theme by number: the number, and what coded gives for it
//
// Colour, place, example, the story of the name, memos, remarks and ties are no part of it.
func (v *View) Digest(theme qda.ID) qda.Digest {
	v.kept.mu.Lock()
	d, ok := v.kept.digests[theme]
	v.kept.mu.Unlock()
	if ok {
		return d
	}
	d = v.digest(theme)
	v.kept.mu.Lock()
	defer v.kept.mu.Unlock()
	if v.kept.digests == nil {
		v.kept.digests = map[qda.ID]qda.Digest{}
	}
	v.kept.digests[theme] = d
	return d
}

func (v *View) digest(theme qda.ID) (d qda.Digest) {
	n, ok := v.nodes.get(theme)
	if !ok {
		return d
	}
	d.Claim = summed(nil).text(n.Name, n.Definition, n.Use, n.Avoid, n.Claim, n.Scope, n.Boundary).sum()

	below := v.Below(theme)
	slices.Sort(below)
	var codes summed
	for _, id := range below {
		if x, _ := v.nodes.get(id); id != theme {
			codes = codes.number(x.ID, x.Parent).text(string(x.Kind), x.Name, x.Definition, x.Use, x.Avoid)
		}
	}
	d.Codes = codes.sum()

	var evidence summed
	supports, against := v.As(0).Evidence(theme)
	for side, all := range [][]*qda.Evidence{supports, against} {
		for _, e := range all {
			c, _ := v.findCoding(e.Coding)
			evidence = evidence.number(c.ID, c.Document, qda.ID(c.Version), qda.ID(c.Start), qda.ID(c.Stop), qda.ID(side)).text(e.Why)
		}
	}
	d.Evidence = evidence.sum()

	coded := v.coded()
	var codings summed
	for _, id := range below {
		if slot, _ := v.codeSlots.of(id); v.tree().awake[slot] && coded[slot] != (sum{}) {
			codings = append(codings.number(id), coded[slot][:]...)
		}
	}
	d.Codings = codings.sum()
	return d
}

// summed collects what a part of a digest is made of: numbers as 4 bytes, texts with their length in front.
type summed []byte

func (s summed) number(ns ...qda.ID) summed {
	for _, n := range ns {
		s = binary.BigEndian.AppendUint32(s, uint32(n))
	}
	return s
}

func (s summed) text(all ...string) summed {
	for _, x := range all {
		s = append(binary.BigEndian.AppendUint32(s, uint32(len(x))), x...)
	}
	return s
}

func (s summed) sum() string {
	h := sha256.Sum256(s)
	return hex.EncodeToString(h[:8])
}

type sum = [sha256.Size]byte

// codeSums are the sums of a chunk's codings, code by code, worked out when first asked for: a chunk never changes, so a write
// makes those of one document anew.
type codeSums struct {
	once sync.Once
	all  []codeSum
}

type codeSum struct {
	slot uint16
	sum
}

// coded gives, by code slot, the sum of a code's codings in live documents, everyone's: the exclusive or over the documents of
// the SHA-256 of document and code, then of each coding in text order number, version, coder, start and stop.
func (v *View) coded() []sum {
	k := &v.kept.coded
	k.once.Do(func() {
		k.by = make([]sum, len(v.codeSlots.ids))
		for d, doc := range v.As(0).live() {
			for _, c := range v.codedIn(doc.ID, v.chunkAt(d)) {
				subtle.XORBytes(k.by[c.slot][:], k.by[c.slot][:], c.sum[:])
			}
		}
	})
	return k.by
}

func (v *View) codedIn(document qda.ID, c *chunk) []codeSum {
	if len(c.id) == 0 {
		return nil
	}
	c.sums.once.Do(func() {
		by := map[uint16]summed{}
		for i, k := range c.code {
			if by[k] == nil {
				by[k] = summed(nil).number(document, v.codeSlots.ids[k])
			}
			by[k] = by[k].number(qda.ID(c.id[i]), qda.ID(c.version[i]), v.coderSlots.ids[c.coder[i]], qda.ID(c.Start[i]), qda.ID(c.Stop[i]))
		}
		for k, s := range by {
			c.sums.all = append(c.sums.all, codeSum{k, sha256.Sum256(s)})
		}
	})
	return c.sums.all
}
