package server

import (
	"bytes"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// reviewCSV is the review as a table: each theme with its standing, each judgement and each remark a row.
func reviewCSV(a *ask) error {
	leave, err := a.export()
	if err != nil {
		return err
	}
	defer leave()
	rows, err := a.reviewRows()
	if err != nil {
		return err
	}
	return a.csv("review", "exported_review", func(b *bytes.Buffer, opt exchange.CSVOptions) error {
		return exchange.WriteReviewCSV(b, rows, opt)
	})
}

func (a *ask) reviewRows() (rows []exchange.ReviewRow, err error) {
	l := a.Lens
	name := func(n qda.ID) string {
		if c, ok := l.Coder(n); ok {
			return c.Name
		}
		return ""
	}
	remark := func(h, r *qda.Remark) (exchange.ReviewRow, error) {
		x := exchange.ReviewRow{Theme: a.nodeName(h.Theme), ThemeID: int64(h.Theme), What: "remark", ID: int64(r.ID), Under: int64(r.Under), Text: r.Text, By: name(r.Coder), At: unix(r.At).UTC(), OnID: int64(r.On)}
		if n, ok := a.View.Node(r.On); ok {
			x.On = n.Name
		} else if d, ok := a.View.Draft(r.On); ok {
			x.Draft, x.On = d.Name, d.Name
		}
		if r.Document != 0 {
			if d, ok := l.Document(r.Document); ok {
				x.On = d.Name
			}
			x.Start, x.Stop = int(r.Start), int(r.Stop)
		}
		if r.Under == 0 {
			x.Standing = "open"
			if h.Settled != 0 {
				x.Standing, x.SettledBy, x.SettledAt = "settled", name(h.SettledBy), unix(h.Settled).UTC()
			}
		}
		return x, nil
	}
	threads := func(wanted func(*qda.Remark) bool) error {
		for _, t := range l.Threads(wanted) {
			for _, r := range append([]*qda.Remark{t.Head}, t.Answers...) {
				x, err := remark(t.Head, r)
				if err != nil {
					return err
				}
				rows = append(rows, x)
			}
		}
		return nil
	}
	said := map[qda.ID]bool{}
	for _, n := range l.Nodes() {
		if n.Kind != qda.Theme {
			continue
		}
		x := exchange.ReviewRow{Theme: n.Name, ThemeID: int64(n.ID), What: "theme", ID: int64(n.ID), Text: n.Claim}
		if !l.Blind() {
			s := l.Standing(n.ID)
			x.Standing, x.Changed = string(s.Stand), s.Parts
		}
		rows = append(rows, x)
		for _, j := range l.Judgements(n.ID) {
			y := exchange.ReviewRow{Theme: n.Name, ThemeID: int64(n.ID), What: "judgement", ID: int64(j.ID), Standing: string(j.Verdict), Text: j.Text, By: name(j.Coder), At: unix(j.At).UTC()}
			if d, ok := a.View.Draft(j.Draft); ok {
				y.Draft = d.Name
			}
			rows = append(rows, y)
		}
		if err := threads(func(h *qda.Remark) bool {
			mine := !said[h.ID] && (h.Theme == n.ID || h.Theme == 0 && h.On == n.ID)
			if mine {
				said[h.ID] = true
			}
			return mine
		}); err != nil {
			return nil, err
		}
	}
	return rows, threads(func(h *qda.Remark) bool { return !said[h.ID] })
}
