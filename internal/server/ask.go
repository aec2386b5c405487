package server

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// ask is one request with what its policy has loaded.
type ask struct {
	*http.Request
	w   http.ResponseWriter
	s   *Server
	now time.Time
	L   *i18n.Printer

	Account *store.Account // nil where nobody is signed in
	Session store.Session

	// In a project:
	Project qda.ProjectID
	View    *engine.View
	Lens    engine.Lens
	Coder   qda.Coder

	// What a path names:
	Document  *qda.Document
	Node      *qda.Node
	Subject   *qda.Coder
	Case      *qda.Case
	Attribute *qda.Attribute
	Concept   *qda.Concept
	Memo      *qda.Memo
	Question  *qda.Question
	Evidence  *qda.Evidence
	Remark    *qda.Remark
	Job       store.Job
	Sum       qda.Hash
	N         int64

	Draft *qda.Draft // the page shows the project as it stood in it, nil: now

	draw            drawing // of memos, made when the first is drawn
	notice, problem string
	bare            bool
}

// identify finds the session and the language: the account's, for a visitor the one in the address, else the browser's.
func (a *ask) identify() error {
	lang, zone := "", "Asia/Makassar"
	if sum := a.s.cookieSum(a.Request); sum != nil && !a.bare {
		x, acc, err := a.s.Store.Session(a.Context(), sum, a.now, idleLimit, absoluteLimit)
		var refused *qda.Error
		switch {
		case err == nil:
			a.Session, a.Account = x, &acc
			lang, zone = acc.Language, acc.Zone
		case errors.As(err, &refused) && refused.Fault == qda.Absent:
		default:
			a.L = i18n.New(i18n.Match(a.Header.Get("Accept-Language"), ""), zone)
			return err
		}
	}
	if a.Account == nil {
		lang = a.URL.Query().Get("language")
	}
	a.L = i18n.New(i18n.Match(a.Header.Get("Accept-Language"), lang), zone)
	return nil
}

// json reports whether the answer is to be JSON: for the surface and for forms sent in the background.
func (a *ask) json() bool {
	return strings.Contains(a.Header.Get("Accept"), "application/json")
}

// form reads the fields of a form.
func (a *ask) form() error {
	if err := a.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return qda.Refuse(qda.TooLarge, "refused.too_large")
		}
		if slow := tooSlow(err); slow != nil {
			return slow
		}
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	return nil
}

// field gives a pointer to a field's value, nil where the form has none.
func (a *ask) field(name string) *string {
	if v, ok := a.PostForm[name]; ok && len(v) > 0 {
		return &v[len(v)-1]
	}
	return nil
}

// raw reads the body as JSON: what the surface sends, or a form whose fields have the same names.
func (a *ask) raw() ([]byte, error) {
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		b, err := io.ReadAll(a.Body)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return nil, qda.Refuse(qda.TooLarge, "refused.too_large")
		case tooSlow(err) != nil:
			return nil, tooSlow(err)
		case err != nil || !utf8.Valid(b):
			return nil, qda.Refuse(qda.Invalid, "refused.form")
		}
		return b, nil
	}
	if err := a.form(); err != nil {
		return nil, err
	}
	m := map[string]any{}
	for k, v := range a.PostForm {
		if k == "codings" { // a list, however long
			ns, err := a.ids(k)
			if err != nil {
				return nil, err
			}
			m[k] = ns
			continue
		}
		m[k] = v[len(v)-1]
		if n, err := strconv.ParseInt(v[len(v)-1], 10, 64); err == nil && (k == "on" || k == "rev" || k == "start" || k == "stop" || k == "seq" || k == "code") {
			m[k] = n
		}
	}
	return json.Marshal(m)
}

// body decodes the body into each of some structs.
func (a *ask) body(into ...any) error {
	b, err := a.raw()
	if err != nil {
		return err
	}
	for _, x := range into {
		if err := json.Unmarshal(b, x); err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
	}
	return nil
}

// changeID reads the change id of a form; a form without one (no script, no browser) gets one of its own.
func (a *ask) changeID() (qda.ChangeID, error) {
	v := a.PostForm.Get("change")
	if v == "" {
		v = newChange()
	}
	return parseChange(v)
}

func parseChange(v string) (qda.ChangeID, error) {
	c, err := qda.ParseChangeID(v)
	if err != nil {
		return c, qda.Refuse(qda.Invalid, "refused.change_unreadable")
	}
	return c, nil
}

// do makes a change in the asker's name.
func (a *ask) do(id qda.ChangeID, c qda.Change, text *qda.Text) (*qda.Entry, error) {
	e, err := a.s.Engine.Do(a.Context(), a.Project, qda.Intent{Change: id, Coder: a.Coder.ID, Do: c, Text: text})
	if err != nil {
		return nil, err
	}
	a.saw(e.Seq)
	return e, nil
}

// change makes the change of a form and answers: the entry as JSON, or back to the page with a notice.
func (a *ask) change(c qda.Change, back string) error {
	id, err := a.changeID()
	if err != nil {
		return err
	}
	e, err := a.do(id, c, nil)
	if err != nil {
		return err
	}
	return a.done(e, back)
}

// done answers a write.
func (a *ask) done(e *qda.Entry, back string) error {
	if a.json() {
		return a.entry(e)
	}
	return a.back(back, "done."+e.Kind)
}

// back leads to a page after a form, saying what was done.
func (a *ask) back(path, key string, args ...any) error {
	if next := a.PostFormValue("next"); next != "" {
		path = local(next, path)
	}
	if key != "" {
		raw, _ := json.Marshal(append([]any{key}, args...))
		http.SetCookie(a.w, &http.Cookie{Name: "anyam-said", Value: base64.RawURLEncoding.EncodeToString(raw), Path: "/", MaxAge: 30, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	if a.json() {
		return a.writeJSON(http.StatusOK, map[string]any{"ok": true, "next": path})
	}
	http.Redirect(a.w, a.Request, path, http.StatusSeeOther)
	return nil
}

// local gives a path of this site, or otherwise where it is not one.
func local(next, otherwise string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\t\r\n") || strings.Contains(strings.ToLower(next), "%5c") || strings.HasPrefix(u.Path, "//") {
		return otherwise
	}
	return u.RequestURI() + fragment(u)
}

func fragment(u *url.URL) string {
	if u.Fragment == "" {
		return ""
	}
	return "#" + u.EscapedFragment()
}

// said takes the notice of the form before, once.
func (a *ask) said() string {
	c, err := a.Cookie("anyam-said")
	if err != nil {
		return ""
	}
	http.SetCookie(a.w, &http.Cookie{Name: "anyam-said", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	var said []any
	if json.Unmarshal(raw, &said) != nil || len(said) == 0 {
		return ""
	}
	key, ok := said[0].(string)
	if !ok || !strings.HasPrefix(key, "done.") || !i18n.Has(key) {
		return "" // a cookie is what a browser says
	}
	return a.L.T(key, said[1:]...)
}

// The newest seq a browser has seen of a project: View waits for it, so one reads one's own writes on any process.
func (a *ask) seen() qda.Seq {
	var seq qda.Seq
	if c, err := a.Cookie("anyam-seq"); err == nil {
		if n, err := strconv.ParseInt(c.Value, 10, 64); err == nil && n > 0 {
			seq = qda.Seq(n)
		}
	}
	if n, err := strconv.ParseInt(a.URL.Query().Get("after"), 10, 64); err == nil && qda.Seq(n) > seq {
		seq = qda.Seq(n)
	}
	return seq
}

func (a *ask) saw(seq qda.Seq) {
	http.SetCookie(a.w, &http.Cookie{Name: "anyam-seq", Value: strconv.FormatInt(int64(seq), 10), Path: a.at(""), MaxAge: 300, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// at is an address under the project.
func (a *ask) at(rest string, args ...any) string {
	return fmt.Sprintf("/projects/%d", a.Project) + fmt.Sprintf(rest, args...)
}

// chrome is what the layout needs.
func (a *ask) chrome(title, active string) page.Chrome {
	c := page.Chrome{L: a.L, Assets: a.s.Assets.URL, Change: newChange, Title: title, Active: active, Path: a.URL.Path, Notice: a.notice, Problem: a.problem}
	if c.Notice == "" {
		c.Notice = a.said()
	}
	if k, err := a.Cookie("theme"); err == nil && (k.Value == "light" || k.Value == "dark") {
		c.Theme = k.Value // so that no script need run before anything is drawn
	}
	if a.Account != nil {
		c.Me = &page.Me{Name: a.Account.Name, Initials: a.Account.Initials, Language: a.Account.Language, Zone: a.Account.Zone, Admin: a.Account.Admin}
	}
	if a.View != nil {
		p := a.View.Project()
		documents, codes := 0, 0
		for _, d := range a.View.Documents() {
			if d.State == qda.Live {
				documents++
			}
		}
		for _, n := range a.View.Nodes() {
			if n.Kind == qda.Code {
				codes++
			}
		}
		c.Project = &page.Bar{ID: int(a.Project), Name: p.Name, Archived: p.State == qda.Archived}
		if d := a.Draft; d != nil {
			c.Past = &page.Past{Draft: int(d.ID), Name: d.Name, Now: a.URL.Path, Changed: a.at("/drafts/compare?from=%d", d.ID)}
		}
		if a.Coder.Role != qda.Owner {
			c.Project.Role = a.L.T("role." + string(a.Coder.Role))
		}
		if documents > 0 {
			c.Project.Documents = a.L.Num(documents)
		}
		if codes > 0 {
			c.Project.Codes = a.L.Num(codes)
		}
		if n := a.waits().sum(); n > 0 && a.Draft == nil {
			c.Project.Review = a.L.Num(n)
		}
	}
	return c
}

// render sends a page.
func (a *ask) render(status int, c templ.Component) error {
	var b strings.Builder
	if err := c.Render(a.Context(), &b); err != nil {
		return err
	}
	a.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	a.w.WriteHeader(status)
	if a.Method == http.MethodHead {
		return nil
	}
	_, err := a.w.Write([]byte(b.String()))
	return ignoreGone(err)
}

// ignoreGone: a browser that has gone away is no fault of ours, and no answer reaches it.
func ignoreGone(error) error { return nil }

func (a *ask) writeJSON(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	a.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	a.w.WriteHeader(status)
	_, err = a.w.Write(append(b, '\n'))
	return ignoreGone(err)
}

func parseSum(v string) (h qda.Hash, err error) {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) != len(h) {
		return h, absent()
	}
	copy(h[:], b)
	return h, nil
}

// may reports whether the asker's role and sight allow a kind of change.
func (a *ask) may(kind string) bool {
	return a.Draft == nil && a.Coder.Role.May(kind) && (!a.Coder.Blind || qda.MayBlind(kind)) && a.View.Project().State != qda.Archived
}
