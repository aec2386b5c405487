package server

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// Unit says what a limit's value counts.
type Unit string

// The units of limits.
const (
	Bytes      Unit = "bytes"
	Rate       Unit = "rate"       // bytes a second
	Duration   Unit = "time"       // nanoseconds
	Characters Unit = "characters" // code points
	Count      Unit = "count"
	Attempts   Unit = "attempts" // as many at once, then one more after each Every
)

// Limit is one row of the table of limits, from which all of them are enforced, the page /limits is drawn, and the tests of what
// happens at a limit and beyond it are made.
type Limit struct {
	Name   string // "part.what": the messages limits.part.PART and limits.of.NAME say what it limits
	Value  int64  // in the unit
	Unit   Unit
	Every  time.Duration // of attempts alone
	Beyond int           // the status of what goes beyond; 0: the connection is closed without an answer; 202: it waits
	Key    string        // the sentence of the refusal; "" where there is none
}

// limits is the table. Only the functions below put rows into it, as the variables that enforce them are made.
var limits []Limit

// Limits gives the table of limits.
func Limits() []Limit { return append([]Limit(nil), limits...) }

func limit[T ~int | ~int64](name string, value T, unit Unit, beyond int, key string) T {
	limits = append(limits, Limit{Name: name, Value: int64(value), Unit: unit, Beyond: beyond, Key: key})
	return value
}

// bucket limits attempts: it holds so many, and drains one after each every.
type bucket struct {
	name  string
	size  float64
	every time.Duration
}

func attempts(name string, size int, every time.Duration) bucket {
	limits = append(limits, Limit{Name: name, Value: int64(size), Unit: Attempts, Every: every, Beyond: http.StatusTooManyRequests, Key: "refused.too_often"})
	return bucket{name, float64(size), every}
}

// heavy limits work that takes much memory or time: so many at once, so many more that wait, each no longer than wait.
type heavy struct {
	atOnce, waiting int
	wait            time.Duration
}

func work(name string, atOnce, waiting int, wait time.Duration) heavy {
	limit(name+".at_once", atOnce, Count, http.StatusAccepted, "")
	limit(name+".waiting", waiting, Count, http.StatusServiceUnavailable, "refused.full")
	limit(name+".wait", wait, Duration, http.StatusServiceUnavailable, "refused.full")
	return heavy{atOnce, waiting, wait}
}

var (
	maxHeaders  = limit("requests.headers", 64<<10, Bytes, http.StatusRequestHeaderFieldsTooLarge, "")
	headersTime = limit("requests.headers_time", 5*time.Second, Duration, 0, "")
	maxForm     = limit("requests.form", 4<<20, Bytes, http.StatusRequestEntityTooLarge, "refused.too_large")
	formTime    = limit("requests.form_time", 30*time.Second, Duration, http.StatusRequestTimeout, "refused.slow")
	// How long a request may take, waiting for the database included. Whoever has waited that long is told that nobody knows, and asks
	// again with the same change id.
	patience   = limit("requests.patience", 20*time.Second, Duration, http.StatusServiceUnavailable, "refused.busy")
	_          = limit("requests.statement", store.StatementTimeout, Duration, http.StatusServiceUnavailable, "refused.busy")
	answerTime = limit("requests.answer_time", 30*time.Second, Duration, 0, "") // for each answerPiece
	idleTime   = limit("requests.idle", 2*time.Minute, Duration, 0, "")
	maxStreams = limit("requests.streams", 30, Count, http.StatusTooManyRequests, "refused.streams")

	_          = limit("files.file", exchange.MaxFile, Bytes, http.StatusRequestEntityTooLarge, "reading.bad.toobig")
	_          = limit("files.batch", mostInBatch, Count, http.StatusRequestEntityTooLarge, "refused.batch_many")
	_          = limit("files.project", exchange.MaxProject, Bytes, http.StatusRequestEntityTooLarge, "reading.bad.toobig")
	uploadRate = limit("files.rate", 4<<10, Rate, http.StatusRequestTimeout, "refused.slow")
	uploadTime = limit("files.time", time.Hour, Duration, http.StatusRequestTimeout, "refused.slow")
	_          = limit("files.characters", exchange.MaxChars, Characters, http.StatusUnprocessableEntity, "reading.bad.toolong")
	_          = limit("files.turns", exchange.MaxTurns, Count, http.StatusUnprocessableEntity, "reading.bad.toolong")
	_          = limit("files.reading", exchange.MaxWait, Duration, http.StatusUnprocessableEntity, "reading.bad.slow")

	_           = limit("writing.name", qda.MaxName, Characters, http.StatusBadRequest, "refused.name_long")
	_           = limit("writing.text", qda.MaxText, Characters, http.StatusBadRequest, "refused.text_long")
	_           = limit("writing.things", engine.MostThings, Count, http.StatusRequestEntityTooLarge, "refused.project_full")
	_           = limit("writing.spans", qda.MaxSpans, Count, http.StatusBadRequest, "refused.span")
	maxEmail    = limit("writing.email", 254, Bytes, http.StatusBadRequest, "refused.email")
	minPassword = limit("writing.password_least", page.MinPassword, Characters, http.StatusBadRequest, "refused.password_short")
	maxPassword = limit("writing.password", 128, Characters, http.StatusBadRequest, "refused.password_long")

	idleLimit     = limit("sessions.idle", 8*time.Hour, Duration, http.StatusUnauthorized, "refused.sign_in")
	absoluteLimit = limit("sessions.whole", 7*24*time.Hour, Duration, http.StatusUnauthorized, "refused.sign_in")
	inviteLimit   = limit("sessions.invitation", 72*time.Hour, Duration, http.StatusForbidden, "refused.link")
	linkLimit     = limit("sessions.link", LinkLife, Duration, http.StatusForbidden, "refused.link")

	signInsByAddress   = attempts("attempts.sign_in_address", 30, 10*time.Second)
	signInsByAccount   = attempts("attempts.sign_in_account", 10, 10*time.Second)
	signInsByKnown     = attempts("attempts.sign_in_known", 10, 10*time.Second)
	setUpsByAddress    = attempts("attempts.set_up", 20, 20*time.Second)
	invitesByAddress   = attempts("attempts.invite_address", 20, 20*time.Second)
	passwordsByAddress = attempts("attempts.password_address", 20, 20*time.Second)
	passwordsByAccount = attempts("attempts.password_account", 10, 20*time.Second)
	demosByAddress     = attempts("attempts.demo", 60, time.Second)
	invitationsByOwner = attempts("attempts.invitations", 60, 50*time.Second)
	uploadsByAccount   = attempts("attempts.uploads", 600, 500*time.Millisecond)
	exportsByAccount   = attempts("attempts.exports", 60, 5*time.Second)
	passwordWork       = work("work.passwords", 2, 32, 15*time.Second) // each takes 64 MB
	fileWork           = work("work.files", 4, 64, 2*time.Minute)      // each holds a file in memory
	exportWork         = work("work.exports", 2, 16, 15*time.Second)
)

// LinkLife is how long a link to set up or to choose a password works.
const LinkLife = 24 * time.Hour

const (
	maxUpload   = exchange.MaxFile + 1<<20 // the file, and what a form has around it
	maxProject  = exchange.MaxProject + 1<<20
	answerPiece = 64 << 10 // bytes of an answer that a reader must take in answerTime
	slop        = 4 << 10  // what net/http reads of headers beyond its MaxHeaderBytes
)

// HTTP gives the server of net/http for a handler, with every limit of the table that is its to hold.
func HTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, MaxHeaderBytes: maxHeaders - slop, ReadHeaderTimeout: headersTime, ReadTimeout: headersTime + formTime,
		WriteTimeout: patience + formTime + answerTime, IdleTimeout: idleTime, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
}

// limitsPage shows the table to whoever wants to know.
func limitsPage(a *ask) error {
	var v page.Limits
	for _, l := range limits {
		part, _, _ := strings.Cut(l.Name, ".")
		if n := len(v.Parts); n == 0 || v.Parts[n-1].Name != part {
			v.Parts = append(v.Parts, page.LimitsPart{Name: part, Title: a.L.T("limits.part." + part)})
		}
		p := &v.Parts[len(v.Parts)-1]
		p.Rows = append(p.Rows, page.LimitRow{What: a.L.T("limits.of." + l.Name), Value: a.amount(l), Beyond: a.beyond(l)})
	}
	return a.render(http.StatusOK, page.LimitsPage(a.chrome(a.L.T("limits.title"), ""), v))
}

// amount says a limit's value in its unit.
func (a *ask) amount(l Limit) string {
	switch l.Unit {
	case Bytes:
		return a.bytes(l.Value)
	case Rate:
		return a.L.T("limits.rate", "bytes", a.bytes(l.Value))
	case Duration:
		return a.duration(time.Duration(l.Value))
	case Characters:
		return a.L.N("limits.characters", int(l.Value))
	case Attempts:
		return a.L.T("limits.attempts", "n", l.Value, "every", a.duration(l.Every))
	}
	return a.L.Num(int(l.Value))
}

func (a *ask) bytes(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return a.L.T("limits.megabytes", "n", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return a.L.T("limits.kilobytes", "n", n>>10)
	}
	return a.L.N("limits.bytes", int(n))
}

func (a *ask) duration(d time.Duration) string {
	for _, u := range []struct {
		key string
		of  time.Duration
	}{{"limits.days", 24 * time.Hour}, {"limits.hours", time.Hour}, {"limits.minutes", time.Minute}, {"limits.seconds", time.Second}} {
		if d >= u.of && d%u.of == 0 && (u.of != 24*time.Hour || d > 72*time.Hour) {
			return a.L.N(u.key, int(d/u.of))
		}
	}
	return a.L.T("limits.milliseconds", "n", d.Milliseconds())
}

// beyond says what happens beyond a limit.
func (a *ask) beyond(l Limit) string {
	return a.L.T("limits.beyond." + strconv.Itoa(l.Beyond))
}
