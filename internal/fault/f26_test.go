//go:build faults

package fault

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
	"anyam/internal/progtest"
	"anyam/internal/store"
)

// rehearsal is what was compared between a database and what came back of it.
type rehearsal struct {
	Tables, Rows int
	Differing    int // rows that are in one and not in the other
	Blobs, Good  int // files, and those whose bytes have the sum they are named by
	Meanwhile    int // changes acknowledged while the copy was made
	Broken       error
}

func (r rehearsal) String() string {
	return fmt.Sprintf("%d tables, %d rows, %d differing; blobs %d of %d; %d changes made meanwhile", r.Tables, r.Rows, r.Differing, r.Good, r.Blobs, r.Meanwhile)
}

// command runs the real program once on a database.
func command(t testing.TB, databaseURL string, in io.Reader, args ...string) (out string, err error) {
	t.Helper()
	cmd, says := prepareCommand(t, databaseURL, args...)
	var b bytes.Buffer
	cmd.Stdin, cmd.Stdout = in, &b
	if err := cmd.Run(); err != nil {
		return b.String(), fmt.Errorf("anyam %s: %w: %s", args[0], err, says.Tail(500))
	}
	return b.String(), nil
}

func prepareCommand(t testing.TB, databaseURL string, args ...string) (*exec.Cmd, *progtest.Said) {
	t.Helper()
	exe, err := progtest.Exe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd, says := exec.CommandContext(ctx, exe, args...), &progtest.Said{}
	cmd.Env = append(os.Environ(), "ANYAM_DATABASE_URL="+databaseURL, "ANYAM_URL=", "ANYAM_PROXY=", "ANYAM_INSECURE=")
	cmd.Stderr = says
	return cmd, says
}

// rowsOf gives every table's rows as sums over their text, sorted, as a connection sees them; those that do not travel left out.
func rowsOf(t testing.TB, c *pgx.Conn) map[string][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	list := func(sql string, args ...any) []string {
		t.Helper()
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := map[string][]string{}
	for _, name := range list(`SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL ($1)`, []string{"session", "bucket", "snapshot", "schema_migrations"}) {
		r[name] = list(`SELECT md5(t::text) FROM ` + pgx.Identifier{name}.Sanitize() + ` t ORDER BY 1`)
	}
	return r
}

// difference counts the rows that are in one list alone.
func difference(a, b []string) (n int) {
	have := map[string]int{}
	for _, x := range a {
		have[x]++
	}
	for _, x := range b {
		have[x]--
	}
	for _, k := range have {
		n += max(k, -k)
	}
	return n
}

// columnsOf lists columns, rules, indexes, policies and functions of a schema.
const columnsOf = `SELECT string_agg(x, e'\n' ORDER BY x) FROM (
	SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || a.attidentity::text
	  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT 'rule ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
	UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace
	UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies WHERE schemaname = 'public'
	UNION ALL SELECT pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc WHERE pronamespace = 'public'::regnamespace) s(x)`

// when is what goes on while a copy is made.
type when int

const (
	still    when = iota // nobody works at the moment the copy begins, and everybody does right after: all tables and exports can be compared
	restless             // nobody ever stops: what never changes can be compared, and the ledger up to the copy's head
)

// copier copies a database into another, which it gives; an error is a copy that did not come about. It calls begun when its moment
// has been, during in the middle, and over when everything was read.
type copier func(t testing.TB, from string, begun, during, over func()) (to string, err error)

// rehearse copies a database with two studies and large files in it, while people code or not, and compares.
func rehearse(t *testing.T, how copier, w when) (r rehearsal) {
	t.Helper()
	from := pgtest.New(t)
	st := newStudy(t, from, 4)
	newStudy(t, from, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	db, e, done := opened(t, from)
	blob := make([]byte, 5<<20)
	rand.Read(blob)
	if err := db.PutFile(ctx, st.project, sha256.Sum256(blob), "rekaman.docx", blob, time.Now()); err != nil {
		t.Fatal(err)
	}
	if v, err := e.View(ctx, st.project, 0); err != nil || v.Seq() != st.head {
		t.Fatal(v, err)
	}
	done()
	s := serveReal(t, from)
	st.at(s.base)
	random := seeded(t)
	load := func() func() { return st.load(random.Uint64()) }
	halt := load()
	defer func() { halt() }()
	st.journal.more(t, 50)
	var exports []string
	if w != restless {
		halt()
		exports = exported(t, from)
	}
	// What the copy should hold, seen at the same moment.
	mine, err := pgx.Connect(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close(ctx)
	before := 0
	begun := func() {
		if _, err := mine.Exec(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1`); err != nil {
			t.Fatal(err)
		}
		if w == still {
			halt = load()
		}
		before, _ = st.journal.acks()
	}
	during := func() {
		st.journal.more(t, 30)
	}
	to, err := how(t, from, begun, during, func() { halt() })
	after, _ := st.journal.acks()
	r.Meanwhile = after - before
	if err != nil {
		r.Broken = err
		return r
	}
	if bad := broken(t, to); len(bad) > 0 {
		r.Broken = errors.Join(bad...)
	}
	other, err := pgx.Connect(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(ctx)
	want, got := rowsOf(t, mine), rowsOf(t, other)
	if w == restless {
		// The moment is the copy's own: the ledger as far as it goes there, and what nobody changed.
		for _, c := range []*pgx.Conn{mine, other} {
			if _, err := c.Exec(ctx, `ROLLBACK; CREATE TEMP TABLE upto (id bigint, head bigint)`); err != nil {
				t.Fatal(err)
			}
		}
		heads := query[string](t, to, `SELECT string_agg('(' || id || ',' || head || ')', ',') FROM project`)
		for _, x := range []struct {
			c *pgx.Conn
			m map[string][]string
		}{{mine, want}, {other, got}} {
			if _, err := x.c.Exec(ctx, `INSERT INTO upto VALUES `+heads); err != nil {
				t.Fatal(err)
			}
			rows, err := x.c.Query(ctx, `SELECT md5(t::text) FROM entry t JOIN upto ON id = project AND seq <= head ORDER BY 1`)
			if err != nil {
				t.Fatal(err)
			}
			if x.m["entry"], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
				t.Fatal(err)
			}
			for _, moving := range []string{"project", "coding", "memo", "access", "reading"} {
				delete(x.m, moving)
			}
		}
	}
	for name, rows := range want {
		r.Tables++
		r.Rows += len(rows)
		if n := difference(rows, got[name]); n > 0 {
			r.Differing += n
			t.Logf("%s: %d rows differ of %d", name, n, len(rows))
		}
	}
	if len(got) != len(want) {
		r.Differing++
		t.Logf("%d tables became %d", len(want), len(got))
	}
	if a, b := query[string](t, from, columnsOf), query[string](t, to, columnsOf); a != b || len(a) < 5000 {
		r.Broken = errors.Join(r.Broken, errors.New("the schema is another"))
	}
	r.Blobs = query[int](t, from, `SELECT count(DISTINCT (project, sum)) FROM file`)
	r.Good = query[int](t, to, `SELECT count(*) FROM (SELECT sum, sha256(string_agg(bytes, '' ORDER BY part)) = sum AS same FROM file GROUP BY project, sum) f WHERE same`)
	if w != restless && r.Broken == nil { // a broken one may not even be able to note that it was asked
		for i, out := range exported(t, to) {
			if out != exports[i] || len(out) < 300 {
				r.Broken = errors.Join(r.Broken, fmt.Errorf("export %d is another: %d bytes became %d", i+1, len(exports[i]), len(out)))
			}
		}
	}
	halt()
	checkAll(t, from)
	return r
}

// exported gives what the program exports of the first project: codebook and segments.
func exported(t testing.TB, databaseURL string) (all []string) {
	t.Helper()
	for _, what := range []string{"codebook", "segments"} {
		out, err := command(t, databaseURL, nil, "export", what, "--project", "1")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out)
	}
	return all
}

// backedUp copies with the real program: backup into a pipe that is not read on until there was work meanwhile, then restore.
func backedUp(t testing.TB, from string, begun, during, over func()) (to string, err error) {
	t.Helper()
	cmd, says := prepareCommand(t, from, "backup", "--out", "-")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It has its snapshot when it has begun to write: its head comes after that.
	first := make([]byte, 1)
	if _, err := io.ReadFull(out, first); err != nil {
		_ = cmd.Wait()
		return "", fmt.Errorf("backup: %w: %s", err, says.Tail(500))
	}
	begun()
	during()
	rest, err := io.ReadAll(out)
	over()
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return "", fmt.Errorf("backup: %w: %s", err, says.Tail(500))
	}
	if !strings.Contains(says.String(), ": at entry ") || len(rest) < 5<<20 {
		t.Errorf("a backup of %d bytes; it said %s", len(rest), says.Tail(500))
	}
	file := filepath.Join(t.TempDir(), "a.backup")
	if err := os.WriteFile(file, slices.Concat(first, rest), 0o600); err != nil {
		t.Fatal(err)
	}
	to = pgtest.Empty(t)
	if _, err := command(t, to, nil, "restore", file); err != nil {
		return "", err
	}
	if out, err := command(t, to, nil, "verify"); err != nil || strings.Count(out, ": whole at entry ") != 2 {
		return "", fmt.Errorf("verify says %s: %w", out, err)
	}
	return to, nil
}

// tableByTable copies each table in a transaction of its own: the seeded defect.
func tableByTable(t testing.TB, from string, begun, during, over func()) (to string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	b, err := store.Backup(ctx, from, io.Discard, store.BackupOptions{}) // for the order of tables alone
	if err != nil {
		t.Fatal(err)
	}
	to = pgtest.New(t)
	a, err := pgx.Connect(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	z, err := pgx.Connect(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close(ctx)
	begun()
	defer over()
	for _, x := range b.Tables {
		var rows bytes.Buffer
		name := pgx.Identifier{x.Name}.Sanitize()
		if _, err := a.PgConn().CopyTo(ctx, &rows, `COPY `+name+` TO STDOUT`); err != nil {
			t.Fatal(err)
		}
		if x.Name == "file" {
			during()
		}
		if _, err := z.PgConn().CopyFrom(ctx, &rows, `COPY `+name+` FROM STDIN`); err != nil {
			return "", err
		}
	}
	return to, nil
}

func TestF26(t *testing.T) {
	for _, w := range []struct {
		when
		what string
	}{{still, "all tables, and codebook and segments exported again"}, {restless, "nobody at rest: contents, and the ledger to its head"}} {
		for range rounds(1, 5) {
			r := rehearse(t, backedUp, w.when)
			figure(t, "F26", "backup, restore, verify (%s): %v", w.what, r)
			if r.Broken != nil || r.Differing > 0 || r.Good != r.Blobs {
				t.Errorf("%v; %v", r, r.Broken)
			}
			if r.Tables < 10 || r.Rows < 100 || r.Blobs < 3 || r.Meanwhile < 30 {
				t.Errorf("too little was tried: %v", r)
			}
		}
	}
}

func TestF26Control(t *testing.T) {
	found := 0
	all := []when{restless, still}[:rounds(1, 2)]
	for _, w := range all {
		r := rehearse(t, tableByTable, w)
		t.Logf("%v; %v", r, r.Broken)
		if r.Broken == nil && r.Differing == 0 {
			t.Errorf("a copy that is not of one moment was taken for whole: %v", r)
			continue
		}
		found++
	}
	figure(t, "F26", "control, each table in a transaction of its own: %d of %d found", found, len(all))
}
