package server

import (
	"slices"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// mostTold is how many things of one sort are named one by one.
const mostTold = 6

// since says what of a theme is other now than it was at a seq, in words: its claim, codes, evidence and codings. parts names
// those that are to be said; nil: all.
func (a *ask) since(theme qda.ID, seq qda.Seq, parts []string) ([]page.ReviewChange, error) {
	if seq <= 0 || seq > a.View.Seq() {
		return nil, nil
	}
	v, err := a.s.pasts.of(a, seq)
	if err != nil {
		return nil, err
	}
	was, is := a.Lens.On(v), a.Lens
	if parts == nil {
		parts = v.Digest(theme).Differs(a.View.Digest(theme))
	}
	var r []page.ReviewChange
	for _, p := range parts {
		c := page.ReviewChange{Part: a.L.T("review.part." + p)}
		switch p {
		case "claim":
			c.Rows = a.claimSince(was, is, theme)
		case "codes":
			c.Rows = a.codesSince(was, is, theme)
		case "evidence":
			if c.Rows, err = a.evidenceSince(was, is, theme); err != nil {
				return nil, err
			}
		case "codings":
			c.Rows = a.codingsSince(was, is, theme)
		}
		r = append(r, c)
	}
	return r, nil
}

func row(text string) page.ReviewChanged { return page.ReviewChanged{Text: page.Say(text)} }

// claimSince sets the texts of a theme beside each other.
func (a *ask) claimSince(was, is engine.Lens, theme qda.ID) (r []page.ReviewChanged) {
	x, ok := was.Node(theme)
	y, ok2 := is.Node(theme)
	if !ok || !ok2 {
		return nil
	}
	for _, f := range [][3]string{{"name", x.Name, y.Name}, {"claim", x.Claim, y.Claim}, {"scope", x.Scope, y.Scope}, {"boundary", x.Boundary, y.Boundary}, {"definition", x.Definition, y.Definition}, {"use", x.Use, y.Use}, {"avoid", x.Avoid, y.Avoid}} {
		if f[1] != f[2] {
			r = append(r, page.ReviewChanged{Text: page.Say(a.L.T("review.field." + f[0])), Was: clip(f[1], 400), Is: clip(f[2], 400), Both: true})
		}
	}
	return r
}

// codesSince says which codes came under a theme, which went, and which are other now.
func (a *ask) codesSince(was, is engine.Lens, theme qda.ID) (r []page.ReviewChanged) {
	before, after := awakeBelow(was, theme), awakeBelow(is, theme)
	counts := is.Counts()
	say := func(key string, args ...any) { r = append(r, row(a.L.T(key, args...))) }
	behind := func(segments string, n qda.ID) {
		if counts.Node(n).AllCodings > 0 {
			r[len(r)-1].Text.Numbers = []page.Number{{Printed: segments, Href: a.askAbout(n)}}
		}
	}
	for _, n := range after {
		y, _ := is.Node(n)
		segments := a.L.N("count.codings", counts.Node(n).AllCodings)
		if !slices.Contains(before, n) {
			if x, ok := was.Node(n); ok && x.State.Counts() {
				say("review.code.moved_in", "code", y.Name, "codings", segments)
				behind(segments, n)
			} else {
				say("review.code.new", "code", y.Name, "codings", segments)
				behind(segments, n)
			}
			continue
		}
		x, _ := was.Node(n)
		if x.Name != y.Name {
			say("review.code.renamed", "was", x.Name, "is", y.Name)
		}
		if x.Kind != y.Kind {
			say("review.code.turned_"+string(y.Kind), "code", y.Name)
		}
		if x.Parent != y.Parent {
			say("review.code.moved", "code", y.Name, "to", a.nodeName(y.Parent))
		}
		for _, f := range [][3]string{{"definition", x.Definition, y.Definition}, {"use", x.Use, y.Use}, {"avoid", x.Avoid, y.Avoid}} {
			if f[1] != f[2] {
				r = append(r, page.ReviewChanged{Text: page.Say(a.L.T("review.code."+f[0], "code", y.Name)), Was: clip(f[1], 300), Is: clip(f[2], 300), Both: true})
			}
		}
	}
	for _, n := range before {
		if slices.Contains(after, n) {
			continue
		}
		x, _ := was.Node(n)
		y, ok := is.Node(n)
		switch {
		case ok && y.State == qda.Merged:
			say("review.code.merged", "code", x.Name, "into", a.nodeName(a.View.Survivor(n)))
		case ok && y.State.Counts() && y.Parent != 0:
			say("review.code.moved_out", "code", x.Name, "to", a.nodeName(y.Parent))
		case ok && y.State.Counts():
			say("review.code.moved_top", "code", x.Name)
		default:
			say("review.code.removed", "code", x.Name)
		}
	}
	return r
}

// awakeBelow gives what takes part below a theme, without the theme.
func awakeBelow(l engine.Lens, theme qda.ID) (r []qda.ID) {
	below := l.Below(theme)
	for _, n := range l.Nodes() {
		if n.ID != theme && slices.Contains(below, n.ID) {
			r = append(r, n.ID)
		}
	}
	return r
}

// evidenceSince says what was chosen, what was dropped, and what is said or stands otherwise.
func (a *ask) evidenceSince(was, is engine.Lens, theme qda.ID) (r []page.ReviewChanged, err error) {
	type piece struct {
		*qda.Evidence
		place int
	}
	all := func(l engine.Lens) map[qda.ID]piece {
		m := map[qda.ID]piece{}
		supports, against := l.Evidence(theme)
		for _, side := range [][]*qda.Evidence{supports, against} {
			for i, e := range side {
				m[e.Coding] = piece{e, i}
			}
		}
		return m
	}
	before, after := all(was), all(is)
	words := func(l engine.Lens, n qda.ID) string {
		c, ok := l.Coding(n)
		if !ok {
			return a.L.T("history.on_gone")
		}
		d, w, werr := a.textOf(c)
		if werr != nil {
			err = werr
			return ""
		}
		return a.L.T("review.words", "document", d.Name, "turn", int(w.TurnAt(c.Start).Turn), "words", clip(w.Quote(span.Span{Start: c.Start, Stop: c.Stop}), 80))
	}
	side := func(against bool) string {
		if against {
			return "against"
		}
		return "for"
	}
	ordered := false
	for _, n := range sortedKeys(after) {
		y := after[n]
		x, there := before[n]
		switch {
		case !there:
			r = append(r, row(a.L.T("review.evidence.chosen_"+side(y.Against), "words", words(is, n))))
			continue
		case x.Against != y.Against:
			r = append(r, row(a.L.T("review.evidence.turned_"+side(y.Against), "words", words(is, n))))
		case x.place != y.place:
			ordered = true
		}
		if x.Why != y.Why {
			r = append(r, page.ReviewChanged{Text: page.Say(a.L.T("review.evidence.why", "words", words(is, n))), Was: clip(x.Why, 300), Is: clip(y.Why, 300), Both: true})
		}
		c, _ := was.Coding(n)
		if k, ok := is.Coding(n); ok && (c.Start != k.Start || c.Stop != k.Stop) {
			r = append(r, row(a.L.T("review.evidence.bounds", "words", words(is, n))))
		}
	}
	for _, n := range sortedKeys(before) {
		if _, there := after[n]; !there {
			r = append(r, row(a.L.T("review.evidence.dropped", "words", words(was, n))))
		}
	}
	if ordered && len(r) == 0 {
		r = append(r, row(a.L.T("review.evidence.ordered")))
	}
	return r, err
}

// codingsSince counts codings that came, went and changed, by code.
func (a *ask) codingsSince(was, is engine.Lens, theme qda.ID) (r []page.ReviewChanged) {
	all := func(l engine.Lens) map[qda.ID]qda.Coding {
		m := map[qda.ID]qda.Coding{}
		codings, _ := l.CodingsOf(l.Below(theme), 0, -1)
		for _, c := range codings {
			m[c.ID] = c
		}
		return m
	}
	before, after := all(was), all(is)
	type tally struct{ more, fewer, other int }
	by := map[qda.ID]*tally{}
	of := func(n qda.ID) *tally {
		if by[n] == nil {
			by[n] = &tally{}
		}
		return by[n]
	}
	for n, y := range after {
		x, there := before[n]
		switch {
		case !there:
			of(y.Code).more++
		case x.Code != y.Code:
			of(x.Code).fewer++
			of(y.Code).more++
		case x != y:
			of(y.Code).other++
		}
	}
	for n, x := range before {
		if _, there := after[n]; !there {
			of(x.Code).fewer++
		}
	}
	codes := sortedKeys(by)
	for i, n := range codes {
		if i == mostTold {
			r = append(r, row(a.L.N("claim.more", len(codes)-mostTold)))
			break
		}
		name := a.nodeName(n)
		t := by[n]
		if t.more > 0 {
			x := row(a.L.N("review.codings.more", t.more, "code", name))
			x.Text.Numbers = []page.Number{{Printed: a.L.Num(t.more), Href: a.askAbout(n)}}
			r = append(r, x)
		}
		if t.fewer > 0 {
			r = append(r, row(a.L.N("review.codings.fewer", t.fewer, "code", name)))
		}
		if t.other > 0 {
			r = append(r, row(a.L.N("review.codings.other", t.other, "code", name)))
		}
	}
	return r
}

func sortedKeys[T any](m map[qda.ID]T) []qda.ID {
	r := make([]qda.ID, 0, len(m))
	for n := range m {
		r = append(r, n)
	}
	slices.Sort(r)
	return r
}
