package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
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

func (a *ask) hashed(password string) (string, error) {
	leave, err := a.s.hashing.enter(a.Context())
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(password)
}

// matches reports whether a password is the one that a secret was made of; an error is that nobody had time to look.
func (a *ask) matches(password, secret string) (bool, error) {
	leave, err := a.s.hashing.enter(a.Context())
	if err != nil {
		return false, err
	}
	defer leave()
	ok, err := argon2id.ComparePasswordAndHash(password, secret)
	return err == nil && ok, nil
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
	case n < minPassword:
		return qda.Refuse(qda.Invalid, "refused.password_short", "min", minPassword)
	case n > maxPassword || !utf8.ValidString(password):
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
	if err != nil || m.Address != v || len(v) > maxEmail || !strings.Contains(v, "@") || strings.ContainsAny(v, "\r\n") {
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
	secret, err := a.hashed(password)
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

// limited puts an attempt of somebody into a bucket.
func (a *ask) limited(b bucket, who string) error {
	ok, err := a.s.Store.Take(a.Context(), b.name+":"+who, b.size, 1/b.every.Seconds(), a.now)
	if err != nil {
		return err
	}
	if !ok {
		return often("refused.too_often", b.every)
	}
	return nil
}

func (a *ask) limitedAccount(b bucket) error {
	return a.limited(b, strconv.FormatInt(int64(a.Account.ID), 10))
}

func (a *ask) limitedAddress(b bucket) error { return a.limited(b, a.s.address(a.Request)) }

func setupPage(a *ask) error {
	return a.render(http.StatusOK, page.SetupPage(a.chrome(a.L.T("setup.title"), ""), page.Setup{}))
}

func setUp(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	err := func() error {
		if err := a.limitedAddress(setUpsByAddress); err != nil {
			return err
		}
		var acc store.Account
		sum := tokenSum(a.PostForm.Get("token"))
		_, err := a.s.Store.Link(a.Context(), sum, "setup", a.now)
		if err == nil {
			if acc, err = a.fresh(); err != nil {
				return err
			}
			acc.Admin = true
			_, acc.ID, err = a.s.Store.UseLink(a.Context(), sum, "setup", a.now, acc, "")
		} else {
			_, acc, err = a.usedBefore("setup", err)
		}
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
			if _, err := a.s.Engine.Do(a.Context(), p, qda.Intent{Change: change, Do: &qda.CoderJoined{Account: acc.ID, Name: acc.Name, Initials: acc.Initials, Role: qda.Owner, Claim: c}}); err != nil {
				return err
			}
		}
		return a.begin(acc.ID)
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
		// An address and an account each have a budget, which drains. Whoever goes on trying passwords can use up what an account's
		// budget lets in; a browser in which its owner has signed in before has one of its own.
		if err := a.limitedAddress(signInsByAddress); err != nil {
			return err
		}
		acc, err := a.s.Store.AccountByEmail(a.Context(), email)
		var refused *qda.Error
		if errors.As(err, &refused) && refused.Fault == qda.Absent {
			acc.Secret = neverSecret()
		} else if err != nil {
			return err
		}
		if err := a.limited(a.signInBudget(acc), strings.ToLower(email)); err != nil {
			return err
		}
		ok, err := a.matches(password, acc.Secret)
		if err != nil {
			return err
		}
		if !ok || acc.Closed || acc.ID == 0 {
			return qda.Refuse(qda.Refused, "refused.sign_in_wrong")
		}
		a.remember(acc)
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
		if err := a.limitedAddress(invitesByAddress); err != nil {
			return err
		}
		sum := tokenSum(a.PostForm.Get("token"))
		look, err := a.s.Store.Link(a.Context(), sum, "invite", a.now)
		var before store.Account
		if err != nil {
			if look, before, err = a.usedBefore("invite", err); err != nil {
				return err
			}
		}
		v, err := a.s.Engine.View(a.Context(), look.Project, 0)
		if err != nil {
			return err
		}
		if v.Project().State == qda.Archived {
			return qda.Refuse(qda.Refused, "refused.archived") // before the link is used up
		}
		who := a.Account
		if before.ID != 0 {
			who = &before
		} else if who == nil {
			if who, err = a.signedBy(look.Email); err != nil {
				return err
			}
		}
		if who == nil {
			fresh, err := a.fresh()
			if err != nil {
				return err
			}
			who = &fresh
		} else if _, there := v.CoderOf(who.ID); there && before.ID == 0 {
			return qda.Refuse(qda.Conflict, "refused.joined_already")
		}
		if look.Email != "" && !strings.EqualFold(look.Email, who.Email) {
			return qda.Refuse(qda.Refused, "refused.invite_email")
		}
		// The change id comes from the link, so that a repeat after a lost answer joins once.
		var change qda.ChangeID
		copy(change[:], sum)
		l = look
		id := before.ID
		if id == 0 {
			if l, id, err = a.s.Store.UseLink(a.Context(), sum, "invite", a.now, *who, ""); err != nil {
				return err
			}
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

// usedBefore is asked where a link was refused. Whoever used it up and was not told so, since the answer was lost, sends the form
// again and goes on from there: signed in, or with the e-mail address and password of the form. Others get the refusal.
func (a *ask) usedBefore(purpose string, refusal error) (store.Link, store.Account, error) {
	var r *qda.Error
	if !errors.As(refusal, &r) || r.Key != "refused.link" {
		return store.Link{}, store.Account{}, refusal
	}
	l, err := a.s.Store.UsedLink(a.Context(), tokenSum(a.PostForm.Get("token")), purpose, a.now)
	if err != nil {
		return store.Link{}, store.Account{}, err
	}
	who := a.Account
	if who == nil {
		if who, err = a.signedBy(""); err != nil {
			if errors.As(err, &r) && (r.Fault == qda.Invalid || r.Fault == qda.Refused) {
				err = refusal
			}
			return store.Link{}, store.Account{}, err
		}
	}
	if who == nil || who.ID != l.Account {
		return store.Link{}, store.Account{}, refusal
	}
	return l, *who, nil
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
	if err := a.limited(a.signInBudget(acc), strings.ToLower(email)); err != nil {
		return nil, err
	}
	password := a.PostForm.Get("password")
	if len(password) > 1000 {
		return nil, qda.Refuse(qda.Refused, "refused.sign_in_wrong")
	}
	ok, err := a.matches(password, acc.Secret)
	if err != nil {
		return nil, err
	}
	if !ok || acc.Closed {
		return nil, qda.Refuse(qda.Refused, "refused.sign_in_wrong")
	}
	a.remember(acc)
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
		if err := a.limitedAddress(passwordsByAddress); err != nil {
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
		secret, err := a.hashed(a.PostForm.Get("password"))
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

// A browser that knows: it carries what only somebody with the account's secret can have made, until the password changes. It opens
// nothing; it only has a budget of its own for attempts to sign in, so that no stranger can use up the owner's.
func (a *ask) knownCookie() string { return a.s.cookieName(a.Request) + "-known" }

func known(acc store.Account) string {
	m := hmac.New(sha256.New, []byte(acc.Secret))
	fmt.Fprintf(m, "known %d", acc.ID)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (a *ask) signInBudget(acc store.Account) bucket {
	c, err := a.Cookie(a.knownCookie())
	if err == nil && acc.ID != 0 && hmac.Equal([]byte(c.Value), []byte(known(acc))) {
		return signInsByKnown
	}
	return signInsByAccount
}

func (a *ask) remember(acc store.Account) {
	http.SetCookie(a.w, &http.Cookie{Name: a.knownCookie(), Value: known(acc), Path: "/", Secure: a.s.safe(a.Request), HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 180 * 24 * 3600})
}
