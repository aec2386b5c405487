package server

import (
	"anyam/internal/qda"
	"anyam/web/page"
)

// waiting is what waits for one person in the review.
type waiting struct {
	read    []qda.ID // themes of drafts they were asked to read that are unread, have changed since, or were answered
	changes []qda.ID // themes in which changes were asked for and nothing has changed
	remarks []qda.ID // in open threads the last word, where it is another's: an answer to what they said, or what others said
}

func (w waiting) sum() int { return len(w.read) + len(w.changes) + len(w.remarks) }

// waits works out what waits for the asker, from the Lens alone. Nothing waits for a blind coder, who would learn from it that
// others are at work.
func (a *ask) waits() (w waiting) {
	l := a.Lens
	if l.Blind() || !a.Coder.Role.Valid() {
		return w
	}
	asked := false
	for _, d := range l.Drafts() {
		for _, n := range d.Asked {
			asked = asked || n == a.Coder.ID
		}
	}
	works := a.Coder.Role != qda.Supervisor
	if asked && a.Coder.Role.May("ThemeJudged") || works && len(l.AllJudgements()) > 0 {
		for _, n := range l.Nodes() {
			if n.Kind != qda.Theme {
				continue
			}
			s := l.Standing(n.ID)
			switch {
			case s.Stand == qda.ChangesAsked && len(s.Parts) == 0:
				if works {
					w.changes = append(w.changes, n.ID)
				}
			case s.Stand != qda.StillApproved && asked && a.Coder.Role.May("ThemeJudged"):
				w.read = append(w.read, n.ID)
			}
		}
	}
	for _, t := range l.Threads(func(h *qda.Remark) bool { return h.Settled == 0 }) {
		last := t.Head
		mine := t.Head.Coder == a.Coder.ID
		if n := len(t.Answers); n > 0 {
			last = t.Answers[n-1]
		}
		if last.Coder != a.Coder.ID && (mine || works) {
			w.remarks = append(w.remarks, last.ID)
		}
	}
	return w
}

// waitingRows says on the overview what waits for the asker in the review.
func (a *ask) waitingRows() (r []page.Waiting) {
	w := a.waits()
	draft := a.draftAsked("")
	put := func(ns []qda.ID, what, why, act string) {
		if len(ns) == 0 {
			return
		}
		r = append(r, page.Waiting{What: a.L.N(what, len(ns)), Why: a.L.T(why, "name", a.nodeName(ns[0])), Act: a.L.T(act), Href: a.reviewAt(draft, ns[0])})
	}
	put(w.read, "review.wait.read", "review.wait.read.why", "review.wait.read.do")
	put(w.changes, "review.wait.changes", "review.wait.changes.why", "review.wait.changes.do")
	if len(w.remarks) > 0 {
		h, _ := a.Lens.Remark(w.remarks[0])
		x := page.Waiting{What: a.L.N("review.wait.remarks", len(w.remarks)), Why: a.L.T("review.wait.remarks.why", "by", a.initials(h.Coder), "text", clip(h.Text, 80)), Act: a.L.T("review.wait.remarks.do"), Href: a.at("/review")}
		if h.Theme != 0 {
			x.Href = a.reviewAt(draft, h.Theme) + "#r" + itoa(h.ID)
			if a.Coder.Role != qda.Supervisor {
				x.Href = a.at("/themes/%d#r%d", h.Theme, h.ID)
			}
		}
		r = append(r, x)
	}
	return r
}
