//go:build faults

package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
	"anyam/migrations"
)

// together is how many processes start at once.
const together = 8

// schemaOf lists every relation, column, index, constraint, policy, trigger and function of the public schema.
const schemaOf = `select coalesce(string_agg(x, e'\n' order by x), '') from (
	select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
	  from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
	union all select 'relation ' || relname || ' ' || relkind::text || ' ' || relrowsecurity || ' ' || coalesce(relacl::text, '') from pg_class where relnamespace = 'public'::regnamespace
	union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
	union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
	union all select 'policy ' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '') from pg_policies where schemaname = 'public'
	union all select 'trigger ' || pg_get_triggerdef(g.oid) from pg_trigger g join pg_class c on c.oid = g.tgrelid where c.relnamespace = 'public'::regnamespace and not tgisinternal
	union all select 'function ' || pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc where pronamespace = 'public'::regnamespace
	union all select 'version ' || version from schema_version
) s(x)`

// watched notes in a schema of its own which connection has made which table: the schema public stays as it is.
const watched = `create schema fault; create table fault.made (pid int, what text);
	create function fault.note() returns event_trigger language plpgsql as $$ begin
		insert into fault.made select pg_backend_pid(), object_identity from pg_event_trigger_ddl_commands() where command_tag = 'CREATE TABLE';
	end $$;
	create event trigger fault_note on ddl_command_end execute function fault.note()`

// cold is what became of processes that started at once on an empty database.
type cold struct {
	rounds, starts int
	failures       int // processes that did not serve
	migrated       int // rounds in which exactly one connection made the tables
	differ         int // rounds after which the schema was not that of a clean install
	slowest        []time.Duration
	first          error // of the failures
}

// coldStarts has a number of processes start at once on an empty database, again and again. after, if not nil, is called
// with each database.
func coldStarts(t *testing.T, n int, start func(t *testing.T, databaseURL string) []error, after func(databaseURL string, last bool)) (o cold) {
	t.Helper()
	clean := query[string](t, pgtest.New(t), schemaOf)
	for i := range n {
		databaseURL := pgtest.Empty(t)
		if err := execute(t.Context(), databaseURL, watched); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		errs := start(t, databaseURL)
		o.slowest = append(o.slowest, time.Since(began))
		o.rounds++
		for _, err := range errs {
			o.starts++
			if err != nil {
				o.failures++
				if o.first == nil {
					o.first = err
				}
			}
		}
		if query[string](t, databaseURL, `select count(distinct pid) || ' ' || count(*) filter (where what = 'public.entry') from fault.made`) == "1 1" {
			o.migrated++
		}
		if query[string](t, databaseURL, schemaOf) != clean {
			o.differ++
		}
		if after != nil {
			after(databaseURL, i == n-1)
		}
	}
	return o
}

func (o cold) String() string {
	p50, p99 := percentiles(o.slowest)
	return fmt.Sprintf("%d cold starts of %d at once: %d failures, one migrated in %d of %d, %d schemas unlike a clean install; all serve after %v (p50), %v (p99)",
		o.rounds, together, o.failures, o.migrated, o.rounds, o.differ, p50.Round(time.Millisecond), p99.Round(time.Millisecond))
}

func execute(ctx context.Context, databaseURL, sql string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}

func TestF8(t *testing.T) {
	var servers []*server
	o := coldStarts(t, rounds(2, 30), func(t *testing.T, databaseURL string) (errs []error) {
		servers = nil
		for range together {
			servers = append(servers, prepareReal(t, databaseURL))
		}
		for _, s := range servers {
			s.launch()
		}
		for _, s := range servers {
			errs = append(errs, s.served())
		}
		return errs
	}, func(databaseURL string, last bool) {
		keep := 0
		if last {
			keep = 2 // which have to agree with each other
		}
		for _, s := range servers[keep:] {
			s.kill()
		}
		if last && !t.Failed() {
			agree(t, databaseURL, servers[0], servers[1])
		}
	})
	figure(t, "F8", "%v", o)
	if o.failures > 0 || o.migrated != o.rounds || o.differ > 0 {
		t.Errorf("%v; the first failure: %v", o, o.first)
	}
	if o.starts != o.rounds*together {
		t.Errorf("only %d processes started", o.starts)
	}
}

func TestF8Control(t *testing.T) {
	o := coldStarts(t, rounds(3, 20), func(t *testing.T, databaseURL string) []error {
		errs := make([]error, together)
		gate := make(chan struct{})
		var ready, all sync.WaitGroup
		ready.Add(together)
		for i := range errs {
			all.Go(func() { errs[i] = unguarded(t.Context(), databaseURL, &ready, gate) })
		}
		ready.Wait()
		close(gate)
		all.Wait()
		return errs
	}, nil)
	figure(t, "F8", "control, no lock around the migrations: %v", o)
	if o.failures == 0 {
		t.Errorf("processes that migrate without a lock never met: %v", o)
	}
}

// unguarded migrates as a program without an advisory lock would: it looks for the schema, and makes it where there is none.
func unguarded(ctx context.Context, databaseURL string, ready *sync.WaitGroup, gate <-chan struct{}) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	ready.Done()
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	<-gate
	var there bool
	if err := conn.QueryRow(ctx, "select to_regclass('schema_version') is not null").Scan(&there); err != nil || there {
		return err
	}
	steps, err := fs.Glob(migrations.FS, "*.up.sql")
	for _, name := range steps {
		var step []byte
		if step, err = fs.ReadFile(migrations.FS, name); err == nil {
			_, err = conn.Exec(ctx, string(step))
		}
		if err != nil {
			return err
		}
	}
	return err
}

// agree asks whether two processes on one database are of one mind: live updates, sessions, and attempts to sign in.
func agree(t *testing.T, databaseURL string, a, b *server) {
	t.Helper()
	st := newStudy(t, databaseURL, 3)
	st.at(a.base)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()

	// Live updates: a coding posted to one arrives on a stream opened at the other.
	watcher := *st.coders[0]
	watcher.base = b.base
	heard, open, ended := make(chan entry, 10_000), make(chan struct{}), make(chan error, 1)
	watching, quit := context.WithCancel(ctx)
	go func() {
		ended <- watcher.stream(watching, st.head, sync.OnceFunc(func() { close(open) }), func(x told) {
			var e entry
			if err := json.Unmarshal(x.Data, &e); err == nil && x.Event == "entry" {
				heard <- e
			}
		})
	}()
	select {
	case <-open:
	case err := <-ended:
		t.Fatalf("the stream does not open: %v", err)
	case <-ctx.Done():
		t.Fatal("the stream does not open")
	}
	var took []time.Duration
	for i := range rounds(30, 500) {
		c := st.coders[1+i%2]
		o := st.journal.add(c.coding())
		began := time.Now()
		if !c.try(ctx, o) || o.State != acked {
			t.Fatal("a coding was not taken")
		}
		select {
		case e := <-heard:
			if e.Seq != o.Seq || e.Change != o.ID || len(e.Codings.New) != len(o.spans) {
				t.Fatalf("the other process tells of entry %d with %d codings, made was entry %d with %d", e.Seq, len(e.Codings.New), o.Seq, len(o.spans))
			}
			took = append(took, time.Since(began))
		case <-ctx.Done():
			t.Fatalf("the other process never told of entry %d", o.Seq)
		}
	}
	quit()
	<-ended
	p50, p99 := percentiles(took)
	figure(t, "F8", "%d codings made at one process shown by the stream of the other: %v (p50), %v (p99) after the request began", len(took), p50.Round(100*time.Microsecond), p99.Round(100*time.Microsecond))
	if n := count(t, databaseURL, st.journal); n.violations() > 0 {
		t.Errorf("%v", n)
	}

	sessions(ctx, t, st, a, b)
	throttle(ctx, t, st, a, b)
	checkAll(t, databaseURL)
}

// sessions ends sessions at one process and asks the other whether they still hold.
func sessions(ctx context.Context, t *testing.T, st *study, a, b *server) {
	t.Helper()
	s, _, done := opened(t, st.url)
	defer done()
	n, refusals := rounds(6, 50), 0
	for range n {
		other := *st.coders[1] // the same person in another browser
		other.signIn(ctx, s)
		other.base = b.base
		if r, err := other.get(ctx, st.path("/codebook.json")); err != nil || r.status != http.StatusOK {
			t.Fatalf("a session is not known at the other process: %d, %v", r.status, err)
		}
		id := query[int64](t, st.url, `select max(id) from session where account = $1`, other.account.ID)
		if r, err := st.coders[1].post(ctx, fmt.Sprintf("/account/sessions/%d/end", id), url.Values{}); err != nil || r.status != http.StatusOK {
			t.Fatalf("a session could not be ended: %d, %v", r.status, err)
		}
		if r, err := other.get(ctx, st.path("/codebook.json")); err == nil && r.status == http.StatusUnauthorized {
			refusals++
		}
	}
	if a == b || refusals != n {
		t.Errorf("of %d sessions ended at one process, the other refused %d", n, refusals)
	}
	figure(t, "F8", "%d sessions ended at one process: %d refused by the other at once", n, refusals)
}

// throttle spreads wrong passwords for one address over two processes, which have one budget for them.
func throttle(ctx context.Context, t *testing.T, st *study, a, b *server) {
	t.Helper()
	const budget, drain = 10, 0.1 // attempts, and how many more a second
	stranger := *st.coders[2]
	stranger.token = ""
	attempt := func(s *server) (allowed bool) {
		stranger.base = s.base
		r, err := stranger.post(ctx, "/sign-in", url.Values{"email": {st.coders[0].account.Email}, "password": {"salah-sekali-ini"}})
		switch {
		case err == nil && r.status == http.StatusForbidden:
			return true
		case err == nil && r.status == http.StatusTooManyRequests:
			return false
		}
		t.Fatalf("a wrong password is answered %d, %v", r.status, errors.Join(err, fmt.Errorf("%.100s", r.body)))
		return false
	}
	began := time.Now()
	allowed := 0
	for attempt([]*server{a, b}[allowed%2]) {
		allowed++
		if allowed > 2*budget {
			break
		}
	}
	first, second := attempt(a), attempt(b)
	most := budget + int(drain*time.Since(began).Seconds()) + 1
	if allowed < budget || allowed > most || first && second {
		t.Errorf("%d wrong passwords were tried before the two processes refused more, the budget is %d; then %v and %v", allowed, budget, first, second)
	}
	figure(t, "F8", "%d wrong passwords over two processes, then both refuse (budget %d)", allowed, budget)
}
