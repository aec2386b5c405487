package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
	"anyam/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// steps makes n small steps in the form that every step has.
func steps(n int) fstest.MapFS {
	f := fstest.MapFS{}
	for i := 1; i <= n; i++ {
		create, drop := "", ""
		if i == 1 {
			create = "CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY);\n"
		}
		create += fmt.Sprintf("CREATE TABLE step%d (n int);\n", i)
		drop += fmt.Sprintf("DROP TABLE step%d;\n", i)
		f[fmt.Sprintf("%06d_s.up.sql", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "BEGIN;\n%sINSERT INTO schema_version VALUES (%d);\nCOMMIT;\n", create, i)}
		f[fmt.Sprintf("%06d_s.down.sql", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "BEGIN;\n%sDELETE FROM schema_version WHERE version = %d;\nCOMMIT;\n", drop, i)}
	}
	return f
}

func migrateContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// statements runs some and returns the first value of the last, as text.
func statements(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(migrateContext(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	all, err := conn.PgConn().Exec(migrateContext(t), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if last := all[len(all)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0])
	}
	return ""
}

func wantVersion(t *testing.T, url string, want uint) {
	t.Helper()
	got, err := store.Version(migrateContext(t), url)
	if err != nil || got != want {
		t.Errorf("the schema is at %d (%v), want %d", got, err, want)
	}
	if want == 0 {
		return
	}
	if mark := statements(t, url, "select version || ' ' || dirty from schema_migrations"); mark != fmt.Sprintf("%d false", want) {
		t.Errorf("the mark is %q, want %d false", mark, want)
	}
}

// schemaOf lists every relation, column, constraint, policy and function of
// the public schema, so that two schemas can be compared.
const schemaOf = `select coalesce(string_agg(x, e'\n' order by x), '') from (
	select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
	  from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
	union all select 'relation ' || relname || ' ' || relkind::text || ' ' || relrowsecurity || ' ' || coalesce(relacl::text, '') from pg_class where relnamespace = 'public'::regnamespace
	union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
	union all select 'policy ' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '') from pg_policies where schemaname = 'public'
	union all select 'function ' || pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc where pronamespace = 'public'::regnamespace
) s(x)`

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	wantVersion(t, url, 0)
	if err := store.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	first := statements(t, url, schemaOf)
	at, err := store.Version(ctx, url)
	if err != nil || at == 0 {
		t.Fatalf("the schema is at %d, %v", at, err)
	}
	if err := store.Migrate(ctx, url); err != nil { // nothing to do
		t.Fatal(err)
	}
	if err := store.MigrateDown(ctx, url, 0); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 0)
	left := statements(t, url, "select coalesce(string_agg(relname, ' ' order by relname), '') from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
	if left != "schema_migrations schema_version" && left != "schema_migrations" {
		t.Errorf("after all the way down there are %q", left)
	}
	if err := store.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, at)
	if second := statements(t, url, schemaOf); second != first {
		t.Error("up, down, up gives another schema than up")
	}
}

func TestMigrateStepwise(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	for n := 1; n <= 3; n++ {
		if err := store.MigrateFS(ctx, url, steps(n)); err != nil {
			t.Fatal(err)
		}
		wantVersion(t, url, uint(n))
	}
	if err := store.MigrateDownFS(ctx, url, steps(3), 1); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 1)
	if err := store.MigrateDownFS(ctx, url, steps(3), 2); err != nil { // never up
		t.Fatal(err)
	}
	wantVersion(t, url, 1)
	if err := store.MigrateFS(ctx, url, fstest.MapFS{}); err != nil {
		t.Errorf("no steps at all: %v", err)
	}
}

func TestMigrateEightAtOnce(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	errs := make([]error, 8)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			<-begin
			errs[i] = store.Migrate(ctx, url)
		})
	}
	close(begin)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := statements(t, url, "select count(*) - max(version) from schema_version"); n != "0" {
		t.Errorf("rows and version differ by %s", n)
	}
}

// Whether a killed process' step went through is known to our own table alone.
func TestMigrateSettlesDirtyMarks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at    int    // steps gone through
		mark  string // what the killed process left
		known int    // steps of the program
	}{
		"killed before the first step's commit":  {0, "(1, true)", 2},
		"killed after the first step's commit":   {1, "(1, true)", 2},
		"killed before the second step's commit": {1, "(2, true)", 3},
		"killed after the second step's commit":  {2, "(2, true)", 2},
		"killed amid the way down, not done":     {2, "(1, true)", 2},
		"killed at the end of the way down":      {0, "(-1, true)", 2},
		"the mark was lost":                      {2, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, ctx := pgtest.Empty(t), migrateContext(t)
			if c.at > 0 {
				if err := store.MigrateFS(ctx, url, steps(c.at)); err != nil {
					t.Fatal(err)
				}
			}
			statements(t, url, "create table if not exists schema_migrations (version bigint not null primary key, dirty boolean not null); truncate schema_migrations")
			if c.mark != "" {
				statements(t, url, "insert into schema_migrations values "+c.mark)
			}
			if err := store.MigrateFS(ctx, url, steps(c.known)); err != nil {
				t.Fatal(err)
			}
			wantVersion(t, url, uint(c.known))
		})
	}
}

func TestMigrateFailingStepLeavesNothing(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	broken := steps(2)
	broken["000002_s.up.sql"] = &fstest.MapFile{Data: []byte("BEGIN;\nCREATE TABLE half (n int);\nSELECT 1/0;\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\n")}
	err := store.MigrateFS(ctx, url, broken)
	t.Log(err)
	if err == nil || !strings.Contains(err.Error(), "division by zero") || strings.Contains(err.Error(), "CREATE TABLE") {
		t.Fatalf("the error is %v", err)
	}
	if half := statements(t, url, "select to_regclass('half') is null"); half != "t" {
		t.Error("half a step is left")
	}
	if err := store.MigrateFS(ctx, url, steps(2)); err != nil { // mended
		t.Fatal(err)
	}
	wantVersion(t, url, 2)
}

func TestMigrateRefusesNewerAndForeign(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	if err := store.MigrateFS(ctx, url, steps(3)); err != nil {
		t.Fatal(err)
	}
	err := store.MigrateFS(ctx, url, steps(2))
	if !errors.Is(err, store.ErrSchemaNewer) || !strings.Contains(err.Error(), "step 3 and this program knows 2") {
		t.Errorf("the error is %v", err)
	}
	wantVersion(t, url, 3)

	foreign := pgtest.Empty(t)
	statements(t, foreign, "create table schema_migrations (version bigint primary key, dirty boolean not null); insert into schema_migrations values (12, false)")
	if err := store.MigrateFS(ctx, foreign, steps(2)); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("the error is %v", err)
	}
}

// A reader who stays makes a step give up and say so, not hang.
func TestMigrateGivesUpBehindAReader(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	if err := store.MigrateFS(ctx, url, steps(1)); err != nil {
		t.Fatal(err)
	}
	altering := steps(2)
	altering["000002_s.up.sql"] = &fstest.MapFile{Data: []byte("BEGIN;\nALTER TABLE step1 ADD m int;\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\n")}
	reader, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close(ctx)
	if _, err := reader.Exec(ctx, "begin; select * from step1"); err != nil {
		t.Fatal(err)
	}
	err = store.MigrateFS(ctx, url, altering)
	if err == nil || !strings.Contains(err.Error(), "in use by other programs") {
		t.Errorf("the error is %v", err)
	}
	if _, err := reader.Exec(ctx, "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateFS(ctx, url, altering); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 2)
}

// A migrating process whose connection ends amid a step leaves a dirty mark and
// nothing else.
func TestMigrateInterruptedAmidAStep(t *testing.T) {
	t.Parallel()
	url, ctx := pgtest.Empty(t), migrateContext(t)
	slow := steps(2)
	slow["000002_s.up.sql"] = &fstest.MapFile{Data: []byte("BEGIN;\nCREATE TABLE step2 (n int);\nSELECT pg_sleep(300);\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\n")}
	result := make(chan error, 1)
	go func() { result <- store.MigrateFS(ctx, url, slow) }()
	for ended := ""; ended != "t"; {
		ended = statements(t, url, `select bool_or(pg_terminate_backend(pid)) from pg_stat_activity
			where datname = current_database() and application_name = 'anyam migrate' and wait_event = 'PgSleep'`)
	}
	if err := <-result; err == nil || strings.Contains(err.Error(), "CREATE TABLE") {
		t.Fatalf("the error is %v", err)
	} else {
		t.Log(err)
	}
	if mark := statements(t, url, "select version || ' ' || dirty from schema_migrations"); mark != "2 true" {
		t.Errorf("the mark is %q; this test wants it dirty", mark)
	}
	if err := store.MigrateFS(ctx, url, steps(2)); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, url, 2)
}
