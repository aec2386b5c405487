package server

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

func accountPage(a *ask) error { return a.accountPage(http.StatusOK) }

func (a *ask) accountPage(status int) error {
	sessions, err := a.s.Store.Sessions(a.Context(), a.Account.ID)
	if err != nil {
		return err
	}
	v := page.Account{Name: a.Account.Name, Initials: a.Account.Initials, Email: a.Account.Email, Language: a.Account.Language, Zone: a.Account.Zone}
	for _, x := range sessions {
		v.Sessions = append(v.Sessions, page.Session{ID: strconv.FormatInt(x.ID, 10), Agent: a.browser(x.Agent), Address: x.Address,
			Seen: a.L.When(x.Seen, a.now), Made: a.L.When(x.Made, a.now), Current: x.ID == a.Session.ID})
	}
	return a.render(status, page.AccountPage(a.chrome(a.L.T("account.title"), ""), v))
}

// browser names the program and system behind a User-Agent, as far as they say.
func (a *ask) browser(agent string) string {
	pick := func(of [][2]string) string {
		for _, o := range of {
			if strings.Contains(agent, o[0]) {
				return o[1]
			}
		}
		return ""
	}
	program := pick([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := pick([][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	switch {
	case program == "":
		return a.L.T("account.agent_unknown")
	case system == "":
		return program
	}
	return a.L.T("account.agent", "program", program, "system", system)
}

func saveAccount(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	x := *a.Account
	var err error
	if v := a.field("name"); v != nil {
		if x.Name, err = qda.CleanName(*v); err != nil {
			return err
		}
	}
	if v := a.field("initials"); v != nil {
		if x.Initials, err = qda.CleanName(*v); err != nil || utf8.RuneCountInString(x.Initials) > 4 {
			x.Initials = engine.Initials(x.Name)
		}
	}
	if v := a.field("language"); v != nil {
		if *v != "" && i18n.Match("", *v) != *v {
			return qda.Refuse(qda.Invalid, "refused.language")
		}
		x.Language = *v
	}
	if v := a.field("zone"); v != nil {
		if !i18n.IsZone(*v) {
			return qda.Refuse(qda.Invalid, "refused.zone")
		}
		x.Zone = *v
	}
	if err := a.s.Store.SetProfile(a.Context(), x); err != nil {
		return err
	}
	return a.back("/account", "done.account")
}

// saveSurface keeps how the person likes to read and code.
func saveSurface(a *ask) error {
	var x store.Surface
	if err := a.body(&x); err != nil {
		return err
	}
	if !x.Valid() {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	if err := a.s.Store.SetSurface(a.Context(), a.Account.ID, x); err != nil {
		return err
	}
	return a.writeJSON(http.StatusOK, x)
}

func changePassword(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	err := func() error {
		if err := a.limitedAccount(passwordsByAccount); err != nil {
			return err
		}
		if ok, err := a.matches(a.PostForm.Get("old"), a.Account.Secret); err != nil {
			return err
		} else if !ok {
			return qda.Refuse(qda.Invalid, "refused.password_old")
		}
		if err := CheckPassword(a.PostForm.Get("password"), a.Account.Email, a.Account.Name); err != nil {
			return err
		}
		secret, err := a.hashed(a.PostForm.Get("password"))
		if err != nil {
			return err
		}
		// This session ends as well: whoever else has its cookie is out.
		if err := a.s.Store.SetSecret(a.Context(), a.Account.ID, secret, nil); err != nil {
			return err
		}
		return a.begin(a.Account.ID)
	}()
	if err != nil {
		return a.again(err, func(page.Chrome) error { return a.accountPage(http.StatusBadRequest) })
	}
	return a.back("/account", "done.password")
}

func endSession(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	if err := a.s.Store.EndSession(a.Context(), a.Account.ID, a.N); err != nil {
		return err
	}
	return a.back("/account", "done.session_ended")
}

func endOthers(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	if err := a.s.Store.EndOthers(a.Context(), a.Account.ID, a.Session.Sum); err != nil {
		return err
	}
	return a.back("/account", "done.sessions_ended")
}

func accountsPage(a *ask) error { return a.accountsPage(nil) }

func (a *ask) accountsPage(link *page.OnceLink) error {
	all, err := a.s.Store.Accounts(a.Context())
	if err != nil {
		return err
	}
	v := page.Accounts{Link: link}
	for _, x := range all {
		sessions, err := a.s.Store.Sessions(a.Context(), x.ID)
		if err != nil {
			return err
		}
		projects, err := a.s.Store.Projects(a.Context(), x.ID)
		if err != nil {
			return err
		}
		r := page.AccountRow{ID: int(x.ID), Name: x.Name, Initials: x.Initials, Email: x.Email, Projects: len(projects), Admin: x.Admin, Closed: x.Closed, Me: x.ID == a.Account.ID}
		if len(sessions) > 0 {
			r.Seen = a.L.When(sessions[0].Seen, a.now)
		}
		v.Rows = append(v.Rows, r)
	}
	return a.render(http.StatusOK, page.AccountsPage(a.chrome(a.L.T("accounts.title"), ""), v))
}

// other gives the account in the path, which must not be one's own where that would lock one out.
func (a *ask) other(self bool) (store.Account, error) {
	x, err := a.s.Store.Account(a.Context(), qda.AccountID(a.N))
	if err == nil && !self && x.ID == a.Account.ID {
		err = qda.Refuse(qda.Refused, "refused.close_self")
	}
	return x, err
}

func closeAccount(a *ask) error { return a.setClosed(true, "done.account_closed") }
func openAccount(a *ask) error  { return a.setClosed(false, "done.account_opened") }

func (a *ask) setClosed(closed bool, said string) error {
	if err := a.form(); err != nil {
		return err
	}
	x, err := a.other(false)
	if err != nil {
		return err
	}
	if err := a.s.Store.SetClosed(a.Context(), x.ID, closed); err != nil {
		return err
	}
	return a.back("/accounts", said, "name", x.Name)
}

func passwordLink(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	x, err := a.other(true)
	if err != nil {
		return err
	}
	token, sum := NewToken()
	l := store.Link{Sum: sum, Purpose: "password", Account: x.ID, By: a.Account.ID, Made: a.now, Until: a.now.Add(linkLimit)}
	if err := a.s.Store.NewLink(a.Context(), l); err != nil {
		return err
	}
	return a.accountsPage(&page.OnceLink{For: x.Name, URL: a.s.base(a.Request) + "/password#" + token, Until: a.L.Exact(l.Until)})
}
