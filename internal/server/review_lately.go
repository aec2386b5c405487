package server

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"anyam/internal/qda"
	"anyam/web/page"
)

const (
	visitGap    = 30 * time.Minute // without a look at the project after which a new visit begins
	visitMost   = 600              // entries that are looked through
	visitTold   = 3                // entries of one person and kind that are told one by one
	visitPeople = 12
)

// sinceVisit says what others have done since the asker was last here, by person and kind; nil on the first visit, or where
// nothing was done.
func (a *ask) sinceVisit() (*page.SinceVisit, error) {
	from, at, err := a.s.Store.Visited(a.Context(), a.Project, a.Account.ID, a.View.Seq(), a.now, visitGap)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Key == "refused.no_space" {
		a.s.Log.Warn("a visit could not be noted, as the database has no room", "project", a.Project, "account", a.Account.ID)
		return nil, nil
	}
	if err != nil || at.IsZero() || from >= a.View.Seq() {
		return nil, err
	}
	v := &page.SinceVisit{When: a.L.When(at, a.now)}
	type kind struct {
		name    string
		entries []*qda.Entry
	}
	people, order := map[qda.ID][]kind{}, []qda.ID{}
	before, looked := a.View.Seq()+1, 0
	for looked < visitMost && before > from+1 {
		es, err := a.past(0, nil, before, 200)
		if err != nil {
			return nil, err
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			before = e.Seq
			if e.Seq <= from {
				break
			}
			looked++
			if e.Coder == a.Coder.ID || e.Coder == 0 {
				continue
			}
			if people[e.Coder] == nil {
				order = append(order, e.Coder)
			}
			g := groupOf(e.Kind)
			ks := people[e.Coder]
			i := slices.IndexFunc(ks, func(k kind) bool { return k.name == g })
			if i < 0 {
				ks, i = append(ks, kind{name: g}), len(ks)
			}
			ks[i].entries = append(ks[i].entries, e)
			people[e.Coder] = ks
		}
	}
	v.More = looked >= visitMost && before > from+1
	for _, n := range order {
		if len(v.People) == visitPeople {
			break
		}
		p := page.SincePerson{Initials: a.initials(n)}
		if c, ok := a.Lens.Coder(n); ok {
			p.Name = c.Name
		}
		for _, k := range people[n] {
			x := page.SinceKind{Href: a.at("/history?%s", url.Values{"coder": {itoa(n)}, "kind": {k.name}}.Encode())}
			if len(k.entries) <= visitTold {
				for _, e := range k.entries {
					x.Told = append(x.Told, a.say(e).sentence)
				}
			} else {
				x.Sum = a.L.N("review.lately."+k.name, len(k.entries))
				x.Told = []string{a.say(k.entries[0]).sentence}
			}
			p.Kinds = append(p.Kinds, x)
		}
		v.People = append(v.People, p)
	}
	if len(v.People) == 0 {
		return nil, nil
	}
	return v, nil
}
