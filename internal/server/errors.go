package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// errSignIn asks for a sign-in.
var errSignIn = errors.New("not signed in")

var statuses = map[qda.Fault]int{
	qda.Invalid: http.StatusBadRequest, qda.Refused: http.StatusForbidden, qda.Absent: http.StatusNotFound,
	qda.Conflict: http.StatusConflict, qda.TooLarge: http.StatusRequestEntityTooLarge, qda.Busy: http.StatusServiceUnavailable,
}

var kinds = map[qda.Fault]string{
	qda.Invalid: "invalid", qda.Refused: "refused", qda.Absent: "gone", qda.Conflict: "conflict", qda.TooLarge: "invalid", qda.Busy: "busy",
}

// sentence says an error in the asker's language. What is not meant for people has a sentence that says no more than that.
func (a *ask) sentence(err error) string {
	var refused *qda.Error
	if errors.As(err, &refused) {
		s := a.L.T(refused.Key, refused.Args...)
		if refused.Seq != 0 && a.View != nil {
			s += " " + a.inTheWay(refused.Seq)
		}
		return s
	}
	var bad *exchange.BadFile
	if errors.As(err, &bad) {
		var args []any
		for k, v := range bad.Args {
			args = append(args, k, argument(k, v))
		}
		return a.L.T(bad.Key(), args...)
	}
	return a.L.T("error.broken")
}

// argument is one of a file's sentence. A bound comes in digits, and is printed as the reader's language has it.
func argument(key, v string) any {
	if n, err := strconv.Atoi(v); err == nil && key == "max" {
		return n
	}
	return v
}

// fail is the one door through which errors leave: status, translated sentence, and one line in the log with an id.
func (s *Server) fail(a *ask, err error) {
	if errors.Is(err, context.Canceled) && a.Context().Err() != nil {
		return // nobody listens
	}
	// What is left of a request whose time is over is to say so, and a page is not drawn for a context that has ended.
	a.Request = a.WithContext(context.WithoutCancel(a.Context()))
	var refused *qda.Error
	var special *refusal
	var bad *exchange.BadFile
	status, kind, id := http.StatusInternalServerError, "broken", ""
	after := time.Second
	switch {
	case errors.Is(err, errSignIn):
		s.askToSignIn(a)
		return
	case errors.As(err, &special):
		refused, status, kind, after = special.why, special.status, kinds[special.why.Fault], max(after, special.after)
	case errors.As(err, &refused):
		status, kind = statuses[refused.Fault], kinds[refused.Fault]
	case errors.As(err, &bad):
		status, kind = http.StatusUnprocessableEntity, "invalid"
	case errors.Is(err, context.DeadlineExceeded):
		refused = qda.Refuse(qda.Busy, "refused.busy")
		err, status, kind = refused, http.StatusServiceUnavailable, "busy"
	}
	if status >= 500 {
		id = newID()
		s.Log.Error("request failed", "id", id, "method", a.Method, "route", a.Pattern, "status", status, "error", store.Plain(err))
	}
	if refused != nil && refused.Key == "refused.busy" && (a.Method == http.MethodGet || a.Method == http.MethodHead) {
		err = qda.Refuse(qda.Busy, "refused.away") // nothing was to be saved
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		a.w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	}
	if a.L == nil {
		// It failed before anybody knew who asks.
		a.L = i18n.New(i18n.Match(a.Header.Get("Accept-Language"), ""), "UTC")
	}
	say := a.sentence(err)
	if a.json() {
		body := map[string]any{"error": say, "kind": kind}
		if refused != nil && refused.Into != 0 {
			body["into"] = refused.Into
		}
		if refused != nil && refused.Theirs != nil {
			body["theirs"] = refused.Theirs
		}
		if id != "" {
			body["id"] = id
		}
		if err := a.writeJSON(status, body); err != nil {
			s.Log.Error("an answer could not be written", "error", err)
		}
		return
	}
	v := page.Error{Status: status, Sentence: say, ID: id}
	if a.View != nil {
		v.Back = a.at("")
	}
	if err := a.render(status, page.ErrorPage(a.chrome("", ""), v)); err != nil {
		s.Log.Error("an error page could not be drawn", "error", err)
	}
}

// askToSignIn leads to the sign-in page and back, or says so in JSON.
func (s *Server) askToSignIn(a *ask) {
	if !a.json() && a.Method == http.MethodPost {
		// A form sent after the session ended: the page to sign in, and then back to where the form was.
		a.problem = a.L.T("refused.sign_in")
		if err := a.render(http.StatusUnauthorized, page.SignInPage(a.chrome(a.L.T("signin.title"), ""), page.SignIn{Next: local(a.backPath(), "")})); err != nil {
			s.Log.Error("the sign-in page could not be drawn", "error", err)
		}
		return
	}
	if a.json() || a.Method != http.MethodGet {
		if err := a.writeJSON(http.StatusUnauthorized, map[string]any{"error": a.L.T("refused.sign_in"), "kind": "signin"}); err != nil {
			s.Log.Error("an answer could not be written", "error", err)
		}
		return
	}
	http.Redirect(a.w, a.Request, "/sign-in?next="+escape(a.URL.RequestURI()), http.StatusSeeOther)
}

// panicked makes an error of what a handler panicked with: where it was, and what, if the language's own runtime says so. Anything
// else may hold what people wrote.
func panicked(p any) error {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var where []string
	for f, more := frames.Next(); more && len(where) < 4; f, more = frames.Next() {
		if name := f.Function[strings.LastIndexByte(f.Function, '/')+1:]; !strings.HasPrefix(name, "runtime.") {
			where = append(where, fmt.Sprintf("%s:%d", name, f.Line))
		}
	}
	return fmt.Errorf("panic: %s in %s", what, strings.Join(where, " < "))
}
