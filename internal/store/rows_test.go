package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

func newChange() (c qda.ChangeID) {
	rand.Read(c[:])
	return c
}

func openStore(t *testing.T) (*store.Store, *engine.Engine, string) {
	t.Helper()
	url := pgtest.New(t)
	s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(s, engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }})
	t.Cleanup(func() { e.Close(); s.Close() })
	return s, e, url
}

// study makes a project with something in every table that has a project column.
func study(t *testing.T, s *store.Store, e *engine.Engine, account qda.AccountID) qda.ProjectID {
	t.Helper()
	ctx := t.Context()
	id := newChange()
	p, err := s.MakeProject(ctx, id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	do := func(change qda.ChangeID, coder qda.ID, c qda.Change, text *qda.Text) *qda.Entry {
		t.Helper()
		x, err := e.Do(ctx, p, qda.Intent{Change: change, Coder: coder, Do: c, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	me := do(id, 0, &qda.ProjectMade{Name: "Studi", Method: qda.Reflexive, Account: account, Owner: "A"}, nil).Coder
	do(newChange(), me, &qda.AttributeAdded{Name: "Umur", Of: qda.OfCases, Type: "number"}, nil)
	doc := do(newChange(), me, &qda.DocumentAdded{Name: "P04", Type: qda.Interview, NewCase: "P04", Sum: "8d3f71df5e3572ff1637bf817efdb817e55b648e3a18848e19b4fc1970c06fc6", File: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", Chars: 5, Words: 1, Turns: 1},
		&qda.Text{Words: []byte("Udang"), Turns: []qda.Turn{{Turn: 1, Stop: 5}}})
	var d qda.ID
	for _, x := range doc.Did {
		if x.Of == qda.SortDocument {
			d = x.ID
		}
	}
	x := do(newChange(), me, &qda.CodingApplied{Document: d, Version: 1, Name: "Komoditas", Spans: []qda.SpanOf{{Start: 0, Stop: 5, Check: span.Check([]byte("Udang"))}}}, nil)
	do(newChange(), me, &qda.MemoWritten{Text: "Mulai."}, nil)
	theme := do(newChange(), me, &qda.NodeAdded{Type: qda.Theme, Name: "Pasar"}, nil).Did[0].ID
	concept := do(newChange(), me, &qda.ConceptAdded{Name: "Teori"}, nil).Did[0].ID
	draft := do(newChange(), me, &qda.DraftNamed{Name: "Draf 1"}, nil).Did[0].ID
	for _, c := range []qda.Change{
		&qda.EvidenceChosen{Theme: theme, Codings: []qda.ID{x.Did[1].ID}, Against: true, Why: "Tidak cocok."},
		&qda.Tied{Theme: theme, Concept: concept}, &qda.RemarkMade{On: draft, Text: "Bagus."},
		&qda.QuestionKept{Name: "Apa", Query: "{}"}, &qda.Arranged{Spots: []qda.SpotOf{{Node: theme, X: 1, Y: -1}}},
	} {
		do(newChange(), me, c, nil)
	}
	v, err := e.View(ctx, p, 0)
	must(t, err)
	do(newChange(), me, &qda.ThemeJudged{Theme: theme, Verdict: qda.Approved, Draft: draft, Digest: v.Digest(theme)}, nil)
	must(t, s.PutFile(ctx, p, sha256.Sum256([]byte("x")), "x.txt", []byte("x"), time.Now()))
	must(t, s.SetReading(ctx, p, account, store.Reading{Document: d, Place: 1, Furthest: 1}, time.Now()))
	must(t, s.SetPin(ctx, p, account, 1, x.Did[0].ID))
	job := newChange()
	_, err = s.NewJob(ctx, store.Job{Project: p, ID: job, Kind: store.FilesJob, Account: account, Name: "x.zip", Choices: []byte("{}"), State: store.JobArriving, Made: time.Now()})
	must(t, err)
	must(t, s.PutJobFiles(ctx, p, job, store.JobFile{N: 1, Name: "x.txt", State: store.FileWaiting}))
	_, _, err = s.Visited(ctx, p, account, v.Seq(), time.Now(), time.Hour)
	must(t, err)
	must(t, s.Accessed(ctx, p, store.Access{Account: account, What: "opened", N: d, At: time.Now()}))
	must(t, s.NewLink(ctx, store.Link{Sum: fmt.Appendf(nil, "%d", p), Purpose: "invite", Project: p, Role: qda.Researcher, Made: time.Now(), Until: time.Now().Add(time.Hour)}))
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newAccount(t *testing.T, s *store.Store, email string) qda.AccountID {
	t.Helper()
	id, err := s.NewAccount(t.Context(), store.Account{Email: email, Name: "A", Initials: "A", Secret: "x", Zone: "Asia/Makassar", Made: time.Now()})
	must(t, err)
	return id
}

// tables lists the tables that have a project column.
func tables(t *testing.T, c *pgx.Conn) []string {
	t.Helper()
	rows, err := c.Query(t.Context(), `SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'project' ORDER BY 1`)
	must(t, err)
	r, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return r
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return fmt.Sprint(err)
}

// TestRowLevelSecurity works under the program's own role, without the program.
func TestRowLevelSecurity(t *testing.T) {
	t.Parallel()
	s, e, url := openStore(t)
	a := newAccount(t, s, "a@example.org")
	one, two := study(t, s, e, a), study(t, s, e, a)
	c := connect(t, url)
	all := tables(t, c)
	ctx := t.Context()
	_, err := c.Exec(ctx, `SET ROLE anyam_app`)
	must(t, err)
	bound := 0
	for _, table := range all {
		if table == "link" || table == "snapshot" { // links are outside projects; there is no snapshot
			continue
		}
		bound++
		q := pgx.Identifier{table}.Sanitize()
		var n int
		if err := c.QueryRow(ctx, `SELECT count(*) FROM `+q).Scan(&n); code(err) != "42501" {
			t.Errorf("%s without a project: %d rows, %v", table, n, err)
		}
		tx, err := c.Begin(ctx)
		must(t, err)
		_, err = tx.Exec(ctx, `SELECT set_config('anyam.project', $1, true)`, fmt.Sprint(one))
		must(t, err)
		var others int
		must(t, tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE project <> $1) FROM `+q, one).Scan(&n, &others))
		if n == 0 || others != 0 {
			t.Errorf("%s: %d rows, %d of another project", table, n, others)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO `+q+` SELECT r.* FROM (SELECT * FROM `+q+` LIMIT 1) one, json_populate_record(NULL::public.`+q+`, (to_jsonb(one) || jsonb_build_object('project', $1::bigint))::json) r`, two); code(err) != "42501" && code(err) != "428C9" {
			t.Errorf("%s: a row was written into another project: %v", table, err)
		}
		must(t, tx.Rollback(ctx))
		// Changing another project's rows finds none, or is not allowed at all.
		tx, err = c.Begin(ctx)
		must(t, err)
		_, err = tx.Exec(ctx, `SELECT set_config('anyam.project', $1, true)`, fmt.Sprint(one))
		must(t, err)
		if tag, err := tx.Exec(ctx, `DELETE FROM `+q+` WHERE project = $1`, two); err == nil && tag.RowsAffected() != 0 || err != nil && code(err) != "42501" {
			t.Errorf("%s: %d rows of another project went, %v", table, tag.RowsAffected(), err)
		}
		must(t, tx.Rollback(ctx))
	}
	if bound < 22 {
		t.Errorf("only %d tables were tried: %v", bound, all)
	}
	for _, sql := range []string{`UPDATE entry SET kind = 'x'`, `DELETE FROM entry`, `UPDATE text SET words = ''`, `DELETE FROM file`, `UPDATE turn SET label = ''`, `DELETE FROM access`, `DELETE FROM project`, `TRUNCATE entry`} {
		tx, err := c.Begin(ctx)
		must(t, err)
		_, err = tx.Exec(ctx, `SELECT set_config('anyam.project', $1, true)`, fmt.Sprint(one))
		must(t, err)
		if _, err := tx.Exec(ctx, sql); code(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
		must(t, tx.Rollback(ctx))
	}
}

func TestDeleteProjectLeavesNothing(t *testing.T) {
	t.Parallel()
	s, e, url := openStore(t)
	a := newAccount(t, s, "a@example.org")
	gone, stays := study(t, s, e, a), study(t, s, e, a)
	c := connect(t, url)
	count := func(table string, p qda.ProjectID) (n int) {
		t.Helper()
		must(t, c.QueryRow(t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` WHERE project = $1`, p).Scan(&n))
		return n
	}
	for _, table := range tables(t, c) {
		if table != "snapshot" && count(table, gone) == 0 {
			t.Errorf("there was nothing to delete in %s", table)
		}
	}
	must(t, s.DeleteProject(t.Context(), gone))
	e.Forget(gone)
	for _, table := range tables(t, c) {
		if n := count(table, gone); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
		if table != "snapshot" && count(table, stays) == 0 {
			t.Errorf("the other project's %s went too", table)
		}
	}
	var refused *qda.Error
	if _, err := e.View(t.Context(), gone, 0); !errors.As(err, &refused) || refused.Fault != qda.Absent {
		t.Errorf("the deleted project: %v", err)
	}
	must(t, e.Check(t.Context(), stays))
}

// TestTamperingShows: whoever can write in the database past the program is found by Check.
func TestTamperingShows(t *testing.T) {
	t.Parallel()
	s, e, url := openStore(t)
	a := newAccount(t, s, "a@example.org")
	c := connect(t, url)
	for name, sql := range map[string]string{
		"a body":           `UPDATE entry SET body = replace(body, 'Mulai', 'Akhir') WHERE project = $1`,
		"a coder":          `UPDATE entry SET coder = coder + 1 WHERE project = $1 AND seq = 2`,
		"a time":           `UPDATE entry SET at = at + interval '1 second' WHERE project = $1 AND seq = 3`,
		"a missing entry":  `DELETE FROM entry WHERE project = $1 AND seq = 2`,
		"a row of a table": `UPDATE memo SET text = 'Akhir.' WHERE project = $1`,
		"missing evidence": `DELETE FROM evidence WHERE project = $1`,
		"a missing coding": `WITH first AS (DELETE FROM evidence WHERE project = $1) DELETE FROM coding WHERE project = $1`,
		"a judgement":      `UPDATE judgement SET digest = '{}' WHERE project = $1`,
	} {
		p := study(t, s, e, a)
		must(t, e.Check(t.Context(), p))
		tag, err := c.Exec(t.Context(), sql, p)
		must(t, err)
		if tag.RowsAffected() == 0 {
			t.Errorf("%s: nothing was changed", name)
		}
		if err := e.Check(t.Context(), p); err == nil {
			t.Errorf("%s does not show", name)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s, e, _ := openStore(t)
	p := study(t, s, e, newAccount(t, s, "a@example.org"))
	for _, size := range []int{0, 1, 4 << 20, 4<<20 + 1, 9<<20 + 17} {
		b := make([]byte, size)
		rand.Read(b)
		sum := sha256.Sum256(b)
		for range 2 { // the same again is kept once
			must(t, s.PutFile(t.Context(), p, sum, "udang.pdf", b, time.Now()))
		}
		name, got, err := s.File(t.Context(), p, sum)
		if err != nil || name != "udang.pdf" || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: %q, %d bytes, %v", size, name, len(got), err)
		}
	}
	var refused *qda.Error
	if _, _, err := s.File(t.Context(), p, qda.Hash{1}); !errors.As(err, &refused) || refused.Fault != qda.Absent {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestALinkWorksOnce(t *testing.T) {
	t.Parallel()
	s, _, _ := openStore(t)
	now := time.Now()
	must(t, s.NewLink(t.Context(), store.Link{Sum: []byte("sum"), Purpose: "setup", Made: now, Until: now.Add(time.Hour)}))
	var won, lost atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, id, err := s.UseLink(t.Context(), []byte("sum"), "setup", now, store.Account{Email: fmt.Sprintf("a%d@example.org", i), Name: "A", Initials: "A", Zone: "Asia/Jakarta", Made: now}, "")
			var refused *qda.Error
			switch {
			case err == nil && id != 0:
				won.Add(1)
			case errors.As(err, &refused) && refused.Key == "refused.link":
				lost.Add(1)
			default:
				t.Errorf("%d, %v", id, err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 19 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
	if as, err := s.Accounts(t.Context()); err != nil || len(as) != 1 {
		t.Errorf("%d accounts, %v", len(as), err)
	}
	must(t, s.NewLink(t.Context(), store.Link{Sum: []byte("late"), Purpose: "invite", Made: now, Until: now}))
	if _, err := s.Link(t.Context(), []byte("late"), "invite", now); err == nil {
		t.Error("a link works after its time")
	}
}

func TestAccountsAndSessions(t *testing.T) {
	t.Parallel()
	s, _, _ := openStore(t)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	a := newAccount(t, s, " Ani@Example.org ")
	if x, err := s.AccountByEmail(ctx, "ani@example.ORG"); err != nil || x.ID != a || x.Email != "Ani@Example.org" {
		t.Errorf("%+v, %v", x, err)
	}
	var refused *qda.Error
	if _, err := s.NewAccount(ctx, store.Account{Email: "ANI@example.org", Made: now}); !errors.As(err, &refused) || refused.Key != "refused.email_taken" {
		t.Errorf("the same address again: %v", err)
	}
	begin := func(sums ...string) {
		t.Helper()
		for _, x := range sums {
			must(t, s.NewSession(ctx, store.Session{Sum: []byte(x), Account: a, Made: now}))
		}
	}
	left := func(want ...string) {
		t.Helper()
		xs, err := s.Sessions(ctx, a)
		must(t, err)
		var got []string
		for _, x := range xs {
			got = append(got, string(x.Sum))
		}
		if len(got) != len(want) || strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("sessions %v, wanted %v", got, want)
		}
	}
	begin("1", "2", "3")
	if _, x, err := s.Session(ctx, []byte("1"), now.Add(time.Hour), 2*time.Hour, 3*time.Hour); err != nil || x.ID != a {
		t.Errorf("%+v, %v", x, err)
	}
	if _, _, err := s.Session(ctx, []byte("2"), now.Add(time.Hour), time.Hour, 3*time.Hour); err == nil {
		t.Error("a session that was idle too long")
	}
	if _, _, err := s.Session(ctx, []byte("1"), now.Add(2*time.Hour), 2*time.Hour, 2*time.Hour); err == nil {
		t.Error("a session that is too old")
	}
	must(t, s.EndOthers(ctx, a, []byte("2")))
	left("2")
	begin("4")
	must(t, s.SetSecret(ctx, a, "new", []byte("4")))
	left("4")
	must(t, s.EndOthers(ctx, a, nil))
	left()
	begin("5")
	must(t, s.SetClosed(ctx, a, true))
	left()
	begin("6")
	if _, _, err := s.Session(ctx, []byte("6"), now, time.Hour, time.Hour); err == nil {
		t.Error("a closed account is signed in")
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	s, _, _ := openStore(t)
	now := time.Now()
	try := func(at time.Duration, want bool) {
		t.Helper()
		if ok, err := s.Take(t.Context(), "k", 3, 0.5, now.Add(at)); err != nil || ok != want {
			t.Errorf("after %v: %v, %v", at, ok, err)
		}
	}
	for i := range 5 {
		try(0, i < 3)
	}
	try(time.Second, false)  // 3 - 0.5 + 1: refused, which counts for nothing
	try(2*time.Second, true) // 2.5 - 0.5 + 1
	try(3*time.Second, false)
	try(4*time.Second, true)
	try(time.Minute, true) // empty again
	try(59*time.Second, true)
	try(58*time.Second, true)
	try(57*time.Second, false) // clocks that differ a little drain nothing
	try(61*time.Second, false)
	try(62*time.Second, true)
	// A clock that is set back drains nothing by that, and from then on as ever.
	for _, back := range []time.Duration{-2 * time.Minute, -24 * time.Hour, -20 * 365 * 24 * time.Hour} {
		try(back, false)
		try(back+time.Second, false)
		try(back+2*time.Second, true)
		try(back+2*time.Second, false)
	}
	if ok, err := s.Take(t.Context(), "other", 3, 0.5, now); err != nil || !ok {
		t.Errorf("another key: %v, %v", ok, err)
	}
}

// TestSweep: an upload goes after a week unless a document is made of it, and so does a project of another program that never began.
func TestSweep(t *testing.T) {
	t.Parallel()
	s, e, _ := openStore(t)
	p := study(t, s, e, newAccount(t, s, "a@example.org"))
	sum := sha256.Sum256([]byte("x"))
	now := time.Now()
	if err := s.PutFile(t.Context(), p, qda.Hash{1}, "loose.txt", []byte("loose"), now); err != nil {
		t.Fatal(err)
	}
	unborn, err := s.MakeProject(t.Context(), newChange(), now)
	must(t, err)
	look := newChange()
	_, err = s.NewJob(t.Context(), store.Job{Project: unborn, ID: look, Kind: store.ProjectJob, Account: 1, Name: "x.qdpx", Made: now})
	must(t, err)
	for _, step := range []struct {
		at    time.Time
		loose bool
	}{{now.Add(6 * 24 * time.Hour), true}, {now.Add(8 * 24 * time.Hour), false}} {
		if _, err := s.Sweep(t.Context(), step.at); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.File(t.Context(), p, qda.Hash{1}); (err == nil) != step.loose {
			t.Errorf("an upload that nobody wanted, after %v: %v", step.at.Sub(now), err)
		}
		if _, _, err := s.File(t.Context(), p, sum); err != nil {
			t.Errorf("a document's file, after %v: %v", step.at.Sub(now), err)
		}
		if _, err := s.Job(t.Context(), unborn, look); (err == nil) != step.loose {
			t.Errorf("a project that never began, after %v: %v", step.at.Sub(now), err)
		}
	}
}
