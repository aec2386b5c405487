package server

import (
	"errors"
	"net/http"
	"strconv"

	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

func membersPage(a *ask) error { return a.membersPage(http.StatusOK, page.Members{}) }

func (a *ask) membersPage(status int, v page.Members) error {
	l := a.Lens
	v.Owner, v.Reliability = a.Coder.Role == qda.Owner, a.View.Project().Method == qda.Reliability
	owners := 0
	byCoder := map[qda.ID]int{}
	for c := range l.All {
		byCoder[c.Coder]++
	}
	for _, c := range l.Coders() {
		m := page.Member{Coder: int(c.ID), Name: c.Name, Initials: c.Initials, Role: string(c.Role), Blind: c.Blind, Me: c.ID == a.Coder.ID, Placeholder: c.Account == 0, Codings: byCoder[c.ID]}
		if l.Blind() && !m.Me {
			m.Codings, m.Blind = -1, false
		}
		if c.Role == qda.Owner {
			owners++
		}
		if c.Account != 0 && v.Owner {
			acc, err := a.s.Store.Account(a.Context(), c.Account)
			if err != nil {
				return err
			}
			m.Email = acc.Email
			sessions, err := a.s.Store.Sessions(a.Context(), c.Account)
			if err != nil {
				return err
			}
			if len(sessions) > 0 {
				m.Seen = a.L.When(sessions[0].Seen, a.now)
			}
		}
		v.Rows = append(v.Rows, m)
	}
	v.MayLeave = a.Coder.Role != qda.Owner || owners > 1
	if v.Owner {
		links, err := a.s.Store.Invitations(a.Context(), a.Project, a.now)
		if err != nil {
			return err
		}
		for _, x := range links {
			by, err := a.s.Store.Account(a.Context(), x.By)
			if err != nil {
				return err
			}
			v.Invitations = append(v.Invitations, page.Invitation{ID: int(x.ID), Role: string(x.Role), Email: x.Email, By: by.Name, Until: a.L.Exact(x.Until)})
		}
	}
	return a.render(status, page.MembersPage(a.chrome(a.L.T("nav.members"), "members"), v))
}

func invite(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	role, email := qda.Role(a.PostForm.Get("role")), a.PostForm.Get("email")
	err := func() (err error) {
		if !role.Valid() {
			return qda.Refuse(qda.Invalid, "refused.role_unknown")
		}
		if a.View.Project().State == qda.Archived {
			return qda.Refuse(qda.Refused, "refused.archived")
		}
		if email != "" {
			if email, err = cleanEmail(email); err != nil {
				return err
			}
		}
		return a.limitedAccount(invitationsByOwner)
	}()
	if err != nil {
		return a.again(err, func(page.Chrome) error {
			return a.membersPage(http.StatusBadRequest, page.Members{Role: string(role), Email: email})
		})
	}
	token, sum := NewToken()
	l := store.Link{Sum: sum, Purpose: "invite", Project: a.Project, Role: role, Email: email, By: a.Account.ID, Made: a.now, Until: a.now.Add(inviteLimit)}
	if err := a.s.Store.NewLink(a.Context(), l); err != nil {
		return err
	}
	return a.membersPage(http.StatusOK, page.Members{Link: &page.OnceLink{For: email, URL: a.s.base(a.Request) + "/invite#" + token, Until: a.L.Exact(l.Until)}})
}

func revoke(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	if err := a.s.Store.Revoke(a.Context(), a.Project, a.N); err != nil {
		return err
	}
	return a.back(a.at("/members"), "done.revoked")
}

func changeMember(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	r := qda.RoleOf{Coder: a.Subject.ID}
	// What is meant must not depend on what is there, or a repeat would mean something else; History tells only what changed.
	if v := a.field("role"); v != nil {
		r.Role = (*qda.Role)(v)
	}
	blind := a.PostForm.Get("blind") == "on"
	r.Blind = &blind
	return a.members(a.save(&qda.CodersChanged{Coders: []qda.RoleOf{r}}, a.at("/members")))
}

func removeMember(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.members(a.change(&qda.CoderLeft{Coder: a.Subject.ID}, a.at("/members")))
}

// members shows the page again with what was refused.
func (a *ask) members(err error) error {
	if err == nil {
		return nil
	}
	return a.again(err, func(page.Chrome) error { return a.membersPage(http.StatusConflict, page.Members{}) })
}

func leave(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	if _, err := a.do(id, &qda.CoderLeft{Coder: a.Coder.ID}, nil); err != nil {
		return a.members(err)
	}
	return a.back("/projects", "done.left", "name", a.View.Project().Name)
}

func accessPage(a *ask) error {
	const per = 100
	from, _ := strconv.Atoi(a.URL.Query().Get("from"))
	from = max(from, 0)
	rows, err := a.s.Store.Accesses(a.Context(), a.Project, per+1, from)
	if err != nil {
		return err
	}
	var v page.Access
	if len(rows) > per {
		rows = rows[:per]
		v.Older = a.at("/access?from=%d", from+per)
	}
	names := map[qda.AccountID]string{0: a.L.T("access.shell")}
	for _, x := range rows {
		if _, ok := names[x.Account]; !ok {
			acc, err := a.s.Store.Account(a.Context(), x.Account)
			if err != nil {
				return err
			}
			names[x.Account] = acc.Name
		}
		name := ""
		if d, ok := a.View.Document(x.N); ok {
			name = d.Name
		}
		v.Rows = append(v.Rows, page.AccessRow{When: a.L.When(x.At, a.now), Exact: a.L.Exact(x.At), Who: names[x.Account], What: a.L.T("access."+x.What, "name", name)})
	}
	return a.render(http.StatusOK, page.AccessPage(a.chrome(a.L.T("access.title"), "members"), v))
}

// accessed records what was opened or taken along, for the owner to see. Where the database has no room for the record, what is
// opened is shown all the same and the log has the record; nothing is taken along without one.
func (a *ask) accessed(what string, n qda.ID) error {
	err := a.s.Store.Accessed(a.Context(), a.Project, store.Access{Account: a.Account.ID, What: what, N: n, At: a.now})
	var refused *qda.Error
	if what == "opened" && errors.As(err, &refused) && refused.Key == "refused.no_space" {
		a.s.Log.Warn("an access could not be recorded, as the database has no room", "project", a.Project, "account", a.Account.ID, "what", what, "n", n)
		return nil
	}
	return err
}

func itoa(n qda.ID) string { return strconv.FormatUint(uint64(n), 10) }
