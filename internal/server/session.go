package server

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

const (
	idleLimit     = 8 * time.Hour
	absoluteLimit = 7 * 24 * time.Hour
	inviteLimit   = 72 * time.Hour
	linkLimit     = 24 * time.Hour
)

func escape(s string) string { return url.QueryEscape(s) }

// NewToken makes a secret of 256 bits as it stands in a link or cookie, and the sum that is kept of it.
func NewToken() (token string, sum []byte) {
	token = base64.RawURLEncoding.EncodeToString(randomBytes(32))
	return token, tokenSum(token)
}

func tokenSum(token string) []byte {
	h := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return h[:]
}

func (s *Server) cookieName(r *http.Request) string {
	if s.safe(r) {
		return "__Host-anyam"
	}
	return "anyam"
}

func (s *Server) cookieSum(r *http.Request) []byte {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || c.Value == "" {
		return nil
	}
	return tokenSum(c.Value)
}

// begin signs an account in: always under a new session.
func (a *ask) begin(id qda.AccountID) error {
	if a.Account != nil {
		if err := a.s.Store.EndSession(a.Context(), a.Account.ID, a.Session.ID); err != nil {
			return err
		}
	}
	token, sum := NewToken()
	agent := a.UserAgent()
	if len(agent) > 300 {
		agent = agent[:300]
	}
	agent = strings.ToValidUTF8(agent, "?")
	if err := a.s.Store.NewSession(a.Context(), store.Session{Sum: sum, Account: id, Made: a.now, Agent: agent, Address: a.s.address(a.Request)}); err != nil {
		return err
	}
	http.SetCookie(a.w, &http.Cookie{Name: a.s.cookieName(a.Request), Value: token, Path: "/", Secure: a.s.safe(a.Request), HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(absoluteLimit.Seconds())})
	return nil
}

// hashing parameters: argon2id with 64 MB, see the package argon2id's defaults; lanes as many as there are cores.
var hashing = &argon2id.Params{Memory: 64 * 1024, Iterations: 1, Parallelism: uint8(min(runtime.NumCPU(), 4)), SaltLength: 16, KeyLength: 32}

// HashPassword makes the secret that is kept of a password.
func HashPassword(password string) (string, error) { return argon2id.CreateHash(password, hashing) }

func (s *Server) hashed(password string) (string, error) {
	s.hash <- struct{}{}
	defer func() { <-s.hash }()
	return HashPassword(password)
}

func (s *Server) matches(password, secret string) bool {
	s.hash <- struct{}{}
	defer func() { <-s.hash }()
	ok, err := argon2id.ComparePasswordAndHash(password, secret)
	return err == nil && ok
}

// neverSecret matches no password; comparing with it takes as long as with a real one.
var neverSecret = sync.OnceValue(func() string {
	h, err := HashPassword(base64.RawURLEncoding.EncodeToString(randomBytes(32)))
	if err != nil {
		panic(err) // the system has no randomness
	}
	return h
})

// CheckPassword asks whether a password may be chosen: its length, and whether it is among those that everybody tries or made of
// what is known about the person.
func CheckPassword(password string, known ...string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < page.MinPassword:
		return qda.Refuse(qda.Invalid, "refused.password_short", "min", page.MinPassword)
	case n > 128 || !utf8.ValidString(password):
		return qda.Refuse(qda.Invalid, "refused.password_long")
	}
	low := strings.ToLower(password)
	for _, k := range append([]string{"anyam"}, known...) {
		k = strings.ToLower(strings.TrimSpace(k))
		if len(k) > 3 && strings.Contains(low, k) && len(low) < len(k)+8 {
			return qda.Refuse(qda.Invalid, "refused.password_known")
		}
	}
	if commonPassword(low) {
		return qda.Refuse(qda.Invalid, "refused.password_common")
	}
	return nil
}

// commonPassword finds what everybody tries: few different characters, runs of the keyboard, and usual words with figures.
func commonPassword(low string) bool {
	seen := map[rune]bool{}
	for _, r := range low {
		seen[r] = true
	}
	if len(seen) < 4 {
		return true
	}
	for _, run := range []string{"abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789", "98765432109876543210"} {
		if strings.Contains(run, low) {
			return true
		}
	}
	bare := strings.Trim(low, "0123456789!@#$%^&*()_+-=.,?")
	switch bare {
	case "", "password", "passw0rd", "katasandi", "qwerty", "qwertyuiop", "iloveyou", "indonesia", "balikpapan", "welcome", "admin", "administrator", "letmein", "sayang", "bismillah", "rahasia", "jakarta", "monkey", "dragon", "sunshine", "princess", "football", "changeme", "default", "research", "penelitian":
		return true
	}
	return false
}

func cleanEmail(v string) (string, error) {
	v = strings.TrimSpace(v)
	m, err := mail.ParseAddress(v)
	if err != nil || m.Address != v || len(v) > 254 || !strings.Contains(v, "@") || strings.ContainsAny(v, "\r\n") {
		return "", qda.Refuse(qda.Invalid, "refused.email")
	}
	return v, nil
}

// fresh reads the fields that make an account.
func (a *ask) fresh() (store.Account, error) {
	email, err := cleanEmail(a.PostForm.Get("email"))
	if err != nil {
		return store.Account{}, err
	}
	name, err := qda.CleanName(a.PostForm.Get("name"))
	if err != nil {
		return store.Account{}, err
	}
	password := a.PostForm.Get("password")
	if err := CheckPassword(password, email, name, strings.Split(email, "@")[0]); err != nil {
		return store.Account{}, err
	}
	lang := a.PostForm.Get("language")
	if lang != "" && i18n.Match("", lang) != lang {
		lang = ""
	}
	secret, err := a.s.hashed(password)
	if err != nil {
		return store.Account{}, err
	}
	return store.Account{Email: email, Name: name, Initials: engine.Initials(name), Secret: secret, Language: lang, Zone: "Asia/Makassar", Made: a.now}, nil
}

// again draws a form again with what was wrong with it, or hands the error on where it is not the person's.
func (a *ask) again(err error, draw func(page.Chrome) error) error {
	var refused *qda.Error
	if !errors.As(err, &refused) || refused.Fault == qda.Busy || a.json() {
		return err
	}
	a.problem = a.sentence(err)
	return draw(a.chrome("", ""))
}

func (a *ask) limited(key string, size, rate float64) error {
	ok, err := a.s.Store.Take(a.Context(), key, size, rate, a.now)
	if err != nil {
		return err
	}
	if !ok {
		return qda.Refuse(qda.Busy, "refused.too_often")
	}
	return nil
}

func setupPage(a *ask) error {
	return a.render(http.StatusOK, page.SetupPage(a.chrome(a.L.T("setup.title"), ""), page.Setup{}))
}

func setUp(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	err := func() error {
		if err := a.limited("setup:"+a.s.address(a.Request), 20, 0.05); err != nil {
			return err
		}
		if _, err := a.s.Store.Link(a.Context(), tokenSum(a.PostForm.Get("token")), "setup", a.now); err != nil {
			return err
		}
		acc, err := a.fresh()
		if err != nil {
			return err
		}
		acc.Admin = true
		_, id, err := a.s.Store.UseLink(a.Context(), tokenSum(a.PostForm.Get("token")), "setup", a.now, acc, "")
		if err != nil {
			return err
		}
		// Projects made before there was anyone are the first account's.
		loose, err := a.s.Store.Ownerless(a.Context())
		if err != nil {
			return err
		}
		for p, c := range loose {
			var change qda.ChangeID
			copy(change[:], randomBytes(16))
			if _, err := a.s.Engine.Do(a.Context(), p, qda.Intent{Change: change, Do: &qda.CoderJoined{Account: id, Name: acc.Name, Initials: acc.Initials, Role: qda.Owner, Claim: c}}); err != nil {
				return err
			}
		}
		return a.begin(id)
	}()
	if err != nil {
		f := a.PostForm
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("setup.title")
			return a.render(http.StatusBadRequest, page.SetupPage(c, page.Setup{Token: f.Get("token"), Name: f.Get("name"), Email: f.Get("email"), Language: f.Get("language")}))
		})
	}
	return a.back("/projects", "done.set_up")
}

func signInPage(a *ask) error {
	next := local(a.URL.Query().Get("next"), "")
	if a.Account != nil {
		http.Redirect(a.w, a.Request, local(next, "/projects"), http.StatusSeeOther)
		return nil
	}
	if all, err := a.s.Store.Accounts(a.Context()); err != nil {
		return err
	} else if len(all) == 0 {
		a.notice = a.L.T("signin.nobody")
	}
	return a.render(http.StatusOK, page.SignInPage(a.chrome(a.L.T("signin.title"), ""), page.SignIn{Next: next}))
}

func signIn(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	email, password := strings.TrimSpace(a.PostForm.Get("email")), a.PostForm.Get("password")
	err := func() error {
		if len(password) > 1000 || len(email) > 254 || !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
			return qda.Refuse(qda.Refused, "refused.sign_in_wrong")
		}
		// An address and an account each have a budget. It drains, so no stranger can lock anyone out for long.
		if err := a.limited("sign-in:"+a.s.address(a.Request), 30, 0.1); err != nil {
			return err
		}
		if err := a.limited("sign-in:"+strings.ToLower(email), 10, 0.1); err != nil {
			return err
		}
		acc, err := a.s.Store.AccountByEmail(a.Context(), email)
		var refused *qda.Error
		if errors.As(err, &refused) && refused.Fault == qda.Absent {
			acc.Secret = neverSecret()
		} else if err != nil {
			return err
		}
		if !a.s.matches(password, acc.Secret) || acc.Closed || acc.ID == 0 {
			return qda.Refuse(qda.Refused, "refused.sign_in_wrong")
		}
		return a.begin(acc.ID)
	}()
	if err != nil {
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("signin.title")
			return a.render(http.StatusForbidden, page.SignInPage(c, page.SignIn{Email: email, Next: local(a.PostForm.Get("next"), "")}))
		})
	}
	return a.back("/projects", "")
}

func signOut(a *ask) error {
	if a.Account != nil {
		if err := a.s.Store.EndSession(a.Context(), a.Account.ID, a.Session.ID); err != nil {
			return err
		}
	}
	http.SetCookie(a.w, &http.Cookie{Name: a.s.cookieName(a.Request), Path: "/", Secure: a.s.safe(a.Request), HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1})
	a.w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return a.back("/sign-in", "done.signed_out")
}

func invitePage(a *ask) error {
	return a.render(http.StatusOK, page.InvitePage(a.chrome(a.L.T("invite.title"), ""), page.Invite{}))
}

func acceptInvite(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	var l store.Link
	err := func() error {
		if err := a.limited("invite:"+a.s.address(a.Request), 20, 0.05); err != nil {
			return err
		}
		sum := tokenSum(a.PostForm.Get("token"))
		look, err := a.s.Store.Link(a.Context(), sum, "invite", a.now)
		if err != nil {
			return err
		}
		v, err := a.s.Engine.View(a.Context(), look.Project, 0)
		if err != nil {
			return err
		}
		if v.Project().State == qda.Archived {
			return qda.Refuse(qda.Refused, "refused.archived") // before the link is used up
		}
		who, fresh := a.Account, store.Account{}
		if who == nil {
			if who, err = a.signedBy(look.Email); err != nil {
				return err
			}
		}
		if who == nil {
			if fresh, err = a.fresh(); err != nil {
				return err
			}
			who = &fresh
		} else if _, there := v.CoderOf(who.ID); there {
			return qda.Refuse(qda.Conflict, "refused.joined_already")
		}
		if look.Email != "" && !strings.EqualFold(look.Email, who.Email) {
			return qda.Refuse(qda.Refused, "refused.invite_email")
		}
		// The change id comes from the link, so that a repeat after a lost answer joins once.
		var change qda.ChangeID
		copy(change[:], sum)
		var id qda.AccountID
		if l, id, err = a.s.Store.UseLink(a.Context(), sum, "invite", a.now, fresh, ""); err != nil {
			return err
		}
		if who.ID != 0 {
			id = who.ID
		}
		if _, err := a.s.Engine.Do(a.Context(), l.Project, qda.Intent{Change: change, Do: &qda.CoderJoined{Account: id, Name: who.Name, Initials: who.Initials, Role: l.Role}}); err != nil {
			return err
		}
		if a.Account == nil {
			return a.begin(id)
		}
		return nil
	}()
	if err != nil {
		f := a.PostForm
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("invite.title")
			return a.render(http.StatusBadRequest, page.InvitePage(c, page.Invite{Token: f.Get("token"), Name: f.Get("name"), Email: f.Get("email"), Language: f.Get("language")}))
		})
	}
	a.Project = l.Project
	return a.back(a.at(""), "done.joined")
}

// signedBy gives the account that a form's e-mail address and password belong to, nil where there is none with the address; only, if not empty, is the one address asked for.
func (a *ask) signedBy(only string) (*store.Account, error) {
	email, err := cleanEmail(a.PostForm.Get("email"))
	if err != nil {
		return nil, err
	}
	if only != "" && !strings.EqualFold(only, email) {
		return nil, qda.Refuse(qda.Refused, "refused.invite_email")
	}
	acc, err := a.s.Store.AccountByEmail(a.Context(), email)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.Absent {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := a.limited("sign-in:"+strings.ToLower(email), 10, 0.1); err != nil {
		return nil, err
	}
	if password := a.PostForm.Get("password"); len(password) > 1000 || !a.s.matches(password, acc.Secret) || acc.Closed {
		return nil, qda.Refuse(qda.Refused, "refused.sign_in_wrong")
	}
	return &acc, nil
}

func passwordPage(a *ask) error {
	return a.render(http.StatusOK, page.PasswordPage(a.chrome(a.L.T("password.title"), ""), page.PasswordLink{}))
}

func choosePassword(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	err := func() error {
		if err := a.limited("password:"+a.s.address(a.Request), 20, 0.05); err != nil {
			return err
		}
		sum := tokenSum(a.PostForm.Get("token"))
		l, err := a.s.Store.Link(a.Context(), sum, "password", a.now)
		if err != nil {
			return err
		}
		acc, err := a.s.Store.Account(a.Context(), l.Account)
		if err != nil {
			return err
		}
		if err := CheckPassword(a.PostForm.Get("password"), acc.Email, acc.Name); err != nil {
			return err
		}
		secret, err := a.s.hashed(a.PostForm.Get("password"))
		if err != nil {
			return err
		}
		if acc.Closed {
			return qda.Refuse(qda.Refused, "refused.link")
		}
		if _, _, err := a.s.Store.UseLink(a.Context(), sum, "password", a.now, store.Account{}, secret); err != nil {
			return err
		}
		return a.begin(acc.ID)
	}()
	if err != nil {
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("password.title")
			return a.render(http.StatusBadRequest, page.PasswordPage(c, page.PasswordLink{Token: a.PostForm.Get("token")}))
		})
	}
	return a.back("/projects", "done.password")
}
