package server

import (
	"slices"
	"strconv"
	"strings"

	"anyam/internal/qda"
	"anyam/web/page"
)

func (a *ask) plainNumber(n int) string { return strconv.Itoa(n) }

// evidence draws what was chosen for a theme and against it, in order.
func (a *ask) evidence(n *qda.Node, below []qda.ID) (supports, against page.EvidenceSide, err error) {
	l := a.Lens
	one, two := l.Evidence(n.ID)
	side := func(all []*qda.Evidence, against bool) (s page.EvidenceSide, err error) {
		s.Against = against
		var rows []themeRow
		for _, e := range all {
			r, err := a.rowOf(e.Coding)
			if err != nil {
				return s, err
			}
			rows = append(rows, r)
		}
		draw := a.about(n, rows)
		var by []string
		for i, e := range all {
			c := page.EvidenceCard{ID: int(e.ID), Rev: int(e.Rev), Why: e.Why, By: a.initials(e.Coder), Last: i == len(all)-1, Passage: draw(rows[i])}
			if i > 0 {
				c.Up = int(all[i-1].ID)
			}
			if i+2 < len(all) {
				c.Down = int(all[i+2].ID)
			}
			if !against && !slices.Contains(below, rows[i].Code) {
				c.Outside = a.L.T("claim.evidence.outside", "code", c.Passage.Code.Name)
			}
			c.Passage.Outside = ""
			if !slices.Contains(by, c.By) {
				by = append(by, c.By)
			}
			s.Cards = append(s.Cards, c)
		}
		s.By = strings.Join(by, ", ")
		return s, nil
	}
	if supports, err = side(one, false); err != nil {
		return supports, against, err
	}
	against, err = side(two, true)
	return supports, against, err
}

// evidenceOf resolves a piece of evidence. One that has gone may be what a repeated change is about, so it is decide that answers
// as if absent, unless it knows the change.
func evidenceOf(a *ask, v string) error {
	n, err := thingID(v)
	if err != nil {
		return err
	}
	e, ok := a.Lens.EvidenceAt(n)
	if !ok {
		e = &qda.Evidence{ID: n}
	}
	a.Evidence = e
	return nil
}

func (a *ask) backToTheme(n qda.ID, hash string) string {
	if path := local(a.backPath(), ""); strings.HasPrefix(path, a.at("/review")) {
		path, _, _ = strings.Cut(path, "#")
		return path + hash
	}
	return a.at("/themes/%d%s", n, hash)
}

func chooseEvidence(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.EvidenceChosen{Theme: a.Node.ID, Against: a.PostForm.Get("against") == "on", Why: a.PostForm.Get("why")}
	var err error
	if c.Codings, err = a.ids("codings"); err != nil {
		return err
	}
	if c.Before, err = optionalID(a.PostForm.Get("before")); err != nil {
		return err
	}
	return a.change(c, a.backToTheme(a.Node.ID, "#theme-for"))
}

func changeEvidence(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.EvidenceChanged{Evidence: a.Evidence.ID, Why: a.field("why")}
	if v := a.field("against"); v != nil {
		against := *v == "on"
		c.Against = &against
	}
	if v := a.field("before"); v != nil {
		n, err := optionalID(*v)
		if err != nil {
			return err
		}
		c.Before = &n
	}
	if v := a.field("rev"); v != nil {
		n, err := strconv.ParseInt(*v, 10, 64)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		c.Rev = qda.Seq(n)
	}
	return a.save(c, a.backToTheme(a.Evidence.Theme, "#e"+itoa(a.Evidence.ID)))
}

func dropEvidence(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.EvidenceDropped{Evidence: []qda.ID{a.Evidence.ID}}, local(a.backPath(), a.at("/themes"))) // a repeat finds no theme
}

func counterLooked(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.save(&qda.CounterLooked{Theme: a.Node.ID, Looked: a.PostForm.Get("looked") == "on"}, a.backToTheme(a.Node.ID, "#theme-against"))
}
