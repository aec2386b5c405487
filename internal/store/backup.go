package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/migrations"
)

// ErrNotEmpty says that a backup can't be restored into a database because something is in it.
var ErrNotEmpty = errors.New("a backup is restored into an empty database only")

// forgotten are the tables that do not travel in a backup: who is signed in, counts of attempts, a cache that is made again.
var forgotten = []string{"bucket", "session", "snapshot"}

// housekeeping are the tables that say which steps of the migrations were gone through; a restore writes them by going through them.
var housekeeping = []string{"schema_migrations", "schema_version"}

// BackupOptions say how to make or restore a backup.
type BackupOptions struct {
	Now      time.Time
	Program  string                          // the version that the file names
	Progress func(table string, sofar int64) // told now and then, with the bytes of all tables so far; may be nil

	taken func(*pgx.Conn) error // for tests: when the snapshot was taken
}

// Backed is what a backup held.
type Backed struct {
	BackupHead
	Tables []BackupTable // in the order of the file, which that of foreign keys allows
	Rows   int64
	Bytes  int64 // before compression
}

func (b *Backed) add(t BackupTable) {
	b.Tables = append(b.Tables, t)
	b.Rows += t.Rows
	b.Bytes += t.Bytes
}

// steady are settings under which rows have one text each, whatever the server's own; with row_security off Postgres refuses,
// instead of leaving rows out, where a policy would hide some.
const steady = `SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET bytea_output = 'hex';
	SET extra_float_digits = 1; SET row_security = off; SET search_path = public; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '30s'`

func steadily(ctx context.Context, url, name string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database address can't be read: %w", err)
	}
	cfg.ConnectTimeout = 10 * time.Second
	cfg.RuntimeParams["application_name"] = name
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("the database does not answer: %w", err)
	}
	if _, err := conn.Exec(ctx, steady); err != nil {
		conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return conn, nil
}

// Backup writes the whole database at url to w, as it is in one snapshot; people go on working meanwhile. It works under the
// role of the address, which must see every row, and holds one row at a time in memory. The file is whole only if the
// error is nil.
func Backup(ctx context.Context, url string, w io.Writer, o BackupOptions) (*Backed, error) {
	newest, err := newestIn(migrations.FS)
	if err != nil {
		return nil, err
	}
	conn, err := steadily(ctx, url, "anyam backup")
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which ends the transaction
	there, err := travelling(ctx, conn)
	if err != nil {
		return nil, unseen(err)
	}
	if at, err := written(ctx, conn); err != nil {
		return nil, unseen(err)
	} else if at == 0 || len(there) == 0 {
		return nil, errors.New("there is nothing to back up: the database holds no anyam")
	}
	if _, err := conn.Exec(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err != nil {
		return nil, err
	}
	// The locks come before the snapshot, which the first question takes: nobody changes the tables from here on.
	for _, t := range there {
		if _, err := conn.Exec(ctx, `LOCK TABLE `+quoted(t.Name)+` IN ACCESS SHARE MODE`); err != nil {
			return nil, unseen(err)
		}
	}
	head := BackupHead{Made: o.Now.UTC(), Program: o.Program, Forgotten: forgotten}
	if head.Schema, err = written(ctx, conn); err != nil {
		return nil, err
	}
	if head.Schema > newest {
		return nil, fmt.Errorf("%w: its schema is at step %d and this program knows %d; back up with the newer program", ErrSchemaNewer, head.Schema, newest)
	}
	again, err := travelling(ctx, conn)
	if err != nil {
		return nil, unseen(err)
	}
	if !slices.EqualFunc(there, again, func(a, b BackupTable) bool { return a.Name == b.Name && slices.Equal(a.Columns, b.Columns) }) {
		return nil, errors.New("the schema was changed just now; back up again")
	}
	if o.taken != nil {
		if err := o.taken(conn); err != nil {
			return nil, err
		}
	}
	if err := conn.QueryRow(ctx, `SHOW server_version`).Scan(&head.Postgres); err != nil {
		return nil, err
	}
	if head.Projects, err = places(ctx, conn); err != nil {
		return nil, unseen(err)
	}
	if head.Counters, err = counters(ctx, conn); err != nil {
		return nil, unseen(err)
	}
	b := &Backed{BackupHead: head}
	c, err := newContainer(w, head)
	if err != nil {
		return nil, fmt.Errorf("the backup can't be written: %w", err)
	}
	whole := false
	defer func() {
		if !whole {
			c.drop()
		}
	}()
	for _, t := range there {
		if err := c.begin(t.Name, t.Columns); err != nil {
			return nil, fmt.Errorf("the backup can't be written: %w", err)
		}
		tag, err := conn.PgConn().CopyTo(ctx, &told{w: c, table: t.Name, before: b.Bytes, say: o.Progress}, `COPY `+quoted(t.Name)+` (`+listed(t.Columns)+`) TO STDOUT`)
		if c.err != nil {
			return nil, fmt.Errorf("the backup can't be written: %w", c.err)
		}
		if err != nil {
			return nil, unseen(err)
		}
		if t.BackupTotal, err = c.end(); err != nil {
			return nil, fmt.Errorf("the backup can't be written: %w", err)
		}
		if t.Rows != tag.RowsAffected() {
			return nil, fmt.Errorf("%s: Postgres says it sent %d rows, %d came", t.Name, tag.RowsAffected(), t.Rows)
		}
		b.add(t)
	}
	whole = true
	if err := c.close(); err != nil {
		return nil, fmt.Errorf("the backup can't be written: %w", err)
	}
	return b, nil
}

// unseen explains a refusal of rights.
func unseen(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == "42501" {
		return fmt.Errorf("the database's account may not see every row, and a backup without some would look whole: use the account that owns the tables (%w)", err)
	}
	return err
}

// told passes data on and tells how far they have come.
type told struct {
	w      io.Writer
	table  string
	before int64
	say    func(string, int64)
}

func (t *told) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if t.before += int64(n); t.say != nil {
		t.say(t.table, t.before)
	}
	return n, err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func listed(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = quoted(n)
	}
	return strings.Join(q, ", ")
}

// travelling lists the tables of ours that a backup takes along, those that others refer to first, with their columns.
// Tables of extensions are not ours.
func travelling(ctx context.Context, conn *pgx.Conn) ([]BackupTable, error) {
	rows, err := conn.Query(ctx, `SELECT c.relname::text, c.relkind::text, coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '{}')
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm')
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		AND c.relname <> ALL ($1) ORDER BY c.relname COLLATE "C"`, slices.Concat(forgotten, housekeeping))
	if err != nil {
		return nil, err
	}
	var kind string
	var t BackupTable
	have := map[string]BackupTable{}
	var names []string
	if _, err := pgx.ForEachRow(rows, []any{&t.Name, &kind, &t.Columns}, func() error {
		if kind != "r" {
			return fmt.Errorf("%s is no ordinary table, and a backup knows no others", t.Name)
		}
		have[t.Name] = BackupTable{Name: t.Name, Columns: slices.Clone(t.Columns)}
		names = append(names, t.Name)
		return nil
	}); err != nil {
		return nil, err
	}
	rows, err = conn.Query(ctx, `SELECT a.relname::text, b.relname::text FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
		WHERE k.contype = 'f' AND a.relnamespace = 'public'::regnamespace AND a.oid <> b.oid`)
	if err != nil {
		return nil, err
	}
	needs := map[string][]string{}
	var from, to string
	if _, err := pgx.ForEachRow(rows, []any{&from, &to}, func() error { needs[from] = append(needs[from], to); return nil }); err != nil {
		return nil, err
	}
	return inOrder(names, have, needs)
}

// inOrder puts what others need first.
func inOrder(names []string, have map[string]BackupTable, needs map[string][]string) (r []BackupTable, err error) {
	done := map[string]bool{}
	for len(r) < len(names) {
		n := len(r)
		for _, name := range names {
			if !done[name] && !slices.ContainsFunc(needs[name], func(other string) bool { _, ours := have[other]; return ours && !done[other] }) {
				done[name] = true
				r = append(r, have[name])
			}
		}
		if len(r) == n {
			return nil, errors.New("tables refer to one another in a circle, so that no order brings them back")
		}
	}
	return r, nil
}

// places gives every project's head and the hash there.
func places(ctx context.Context, conn *pgx.Conn) ([]BackupProject, error) {
	rows, err := conn.Query(ctx, `SELECT p.id, p.name, p.head, coalesce(encode(e.hash, 'hex'), '') FROM project p LEFT JOIN entry e ON e.project = p.id AND e.seq = p.head ORDER BY p.id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p BackupProject, err error) {
		err = row.Scan(&p.ID, &p.Name, &p.Seq, &p.Hash)
		return p, err
	})
}

// counters gives the columns of our tables that number by themselves, and where they stand.
func counters(ctx context.Context, conn *pgx.Conn) ([]BackupCounter, error) {
	rows, err := conn.Query(ctx, `SELECT c.relname::text, a.attname::text, coalesce(pg_sequence_last_value(pg_get_serial_sequence('public.' || quote_ident(c.relname), a.attname)::regclass), 0)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attidentity <> '' ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k BackupCounter, err error) {
		err = row.Scan(&k.Table, &k.Column, &k.Last)
		return k, err
	})
}

// Restore reads a backup into the empty database at url: its schema as it was then, its rows, then the steps since. Rows and
// schema come in one transaction, which ends well only if the file is whole and each table, read back, has the rows that the
// backup counted; else the database stays as it was. The file may come from anywhere.
func Restore(ctx context.Context, url string, r io.Reader, o BackupOptions) (*Backed, error) {
	return restoreFS(ctx, url, r, o, migrations.FS)
}

func restoreFS(ctx context.Context, url string, r io.Reader, o BackupOptions, fsys fs.FS) (*Backed, error) {
	newest, err := newestIn(fsys)
	if err != nil {
		return nil, err
	}
	c, err := openContainer(r)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	switch {
	case c.head.Schema == 0:
		return nil, damaged("it names no schema")
	case c.head.Schema > newest:
		return nil, fmt.Errorf("%w: its schema is at step %d and this program knows %d", ErrBackupNewer, c.head.Schema, newest)
	}
	conn, err := steadily(ctx, url, "anyam restore")
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which lets go of the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return nil, fmt.Errorf("wait for another process that migrates: %w", err)
	}
	var b *Backed
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		at, err := vacant(ctx, tx.Conn(), newest)
		if err != nil {
			return err
		}
		if err := walk(ctx, tx, fsys, at, c.head.Schema); err != nil {
			return err
		}
		b, err = load(ctx, tx.Conn(), c, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	// Whoever waits for the lock finds a restored database and does the same.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLock)); err != nil {
		return nil, err
	}
	if err := migrateFS(ctx, url, fsys); err != nil {
		return nil, fmt.Errorf("everything is back, but not yet at the newest schema; the next start tries that again: %w", err)
	}
	return b, nil
}

// vacant refuses a database with anything in it, and gives the step its schema is at. One that was only set up, by a server
// that nobody has an account of, is empty too.
func vacant(ctx context.Context, conn *pgx.Conn, newest uint) (uint, error) {
	at, err := written(ctx, conn)
	if err != nil {
		return 0, err
	}
	there, err := travelling(ctx, conn)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNotEmpty, err)
	}
	if at > newest {
		return 0, fmt.Errorf("%w: its schema is at step %d and this program knows %d", ErrSchemaNewer, at, newest)
	}
	var full []string
	for _, t := range there {
		if at == 0 {
			full = append(full, t.Name)
			continue
		}
		if _, err := conn.Exec(ctx, `LOCK TABLE `+quoted(t.Name)+` IN ACCESS EXCLUSIVE MODE`); err != nil {
			return 0, err
		}
		if t.Name == "link" { // to set up the first account
			continue
		}
		var some bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+quoted(t.Name)+`)`).Scan(&some); err != nil {
			return 0, err
		}
		if some {
			full = append(full, t.Name)
		}
	}
	if len(full) > 0 {
		return 0, fmt.Errorf("%w, and this one has %s; name a new one in ANYAM_DATABASE_URL, or another folder in ANYAM_DATA", ErrNotEmpty, strings.Join(full, ", "))
	}
	if at > 0 {
		for _, name := range []string{"link", "session", "bucket", "snapshot"} {
			if _, err := conn.Exec(ctx, `DELETE FROM `+quoted(name)); err != nil {
				return 0, err
			}
		}
	}
	return at, nil
}

var (
	opening = regexp.MustCompile(`(?is)\A(?:\s|--[^\n]*\n)*begin\s*;`)
	closing = regexp.MustCompile(`(?is)commit\s*;\s*\z`)
)

// walk takes an empty database's schema from one step to another inside a transaction: each step is one by itself.
func walk(ctx context.Context, tx pgx.Tx, fsys fs.FS, at, to uint) error {
	src, err := iofs.New(fsys, ".")
	if err != nil {
		return err
	}
	defer src.Close()
	for at != to {
		step, read := at+1, src.ReadUp
		if at > to {
			step, read = at, src.ReadDown
		}
		file, _, err := read(step)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		text, err := io.ReadAll(file)
		file.Close()
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		from, end := opening.FindIndex(text), closing.FindIndex(text)
		if from == nil || end == nil {
			return fmt.Errorf("step %d of the migrations is not one transaction", step)
		}
		if _, err := tx.Exec(ctx, string(text[from[1]:end[0]])); err != nil {
			return fmt.Errorf("step %d of the migrations: %w", step, err)
		}
		if at < to {
			at++
		} else {
			at--
		}
	}
	return nil
}

// load brings the rows of a backup into its schema and proves them.
func load(ctx context.Context, conn *pgx.Conn, c *containerReader, o BackupOptions) (*Backed, error) {
	there, err := travelling(ctx, conn)
	if err != nil {
		return nil, err
	}
	missing := map[string][]string{}
	for _, t := range there {
		missing[t.Name] = t.Columns
	}
	b := &Backed{BackupHead: c.head}
	for {
		t, err := c.next()
		if err != nil {
			return nil, err
		}
		if t == nil {
			break
		}
		columns, known := missing[t.Name]
		if !known || !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(t.Columns))) {
			return nil, damaged("it has a table that the schema of step %d does not have in this form", c.head.Schema)
		}
		delete(missing, t.Name)
		from := &kept{r: c}
		tag, err := conn.PgConn().CopyFrom(ctx, io.TeeReader(from, &told{w: io.Discard, table: t.Name, before: b.Bytes, say: o.Progress}), `COPY `+quoted(t.Name)+` (`+listed(t.Columns)+`) FROM STDIN`)
		switch {
		case from.err != nil: // what Postgres says of it is only that we stopped
			return nil, from.err
		case err != nil:
			return nil, refusedRow(t.Name, err)
		case c.total == nil || tag.RowsAffected() != c.total.Rows:
			return nil, damaged("%s: %d rows came back", t.Name, tag.RowsAffected())
		}
		t.BackupTotal = *c.total
		b.add(*t)
	}
	if len(missing) > 0 {
		return nil, damaged("%d tables are not in it", len(missing))
	}
	if err := number(ctx, conn, c.head.Counters); err != nil {
		return nil, err
	}
	return b, prove(ctx, conn, b)
}

// kept is a reader that keeps its error, for the far side only hears that there was one.
type kept struct {
	r   io.Reader
	err error
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		k.err = err
	}
	return n, err
}

// refusedRow says what Postgres thinks of a row without repeating the row, which may be someone's words.
func refusedRow(table string, err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	if pe.ConstraintName != "" {
		return damaged("a row of %s breaks the rule %s", table, pe.ConstraintName)
	}
	if strings.HasPrefix(pe.Code, "22") {
		return damaged("a row of %s can't be read (%s)", table, pe.Code)
	}
	return err
}

// number lets the columns that number by themselves go on where they stood.
func number(ctx context.Context, conn *pgx.Conn, stood []BackupCounter) error {
	ours, err := counters(ctx, conn)
	if err != nil {
		return err
	}
	for _, k := range ours {
		for _, was := range stood {
			if was.Table == k.Table && was.Column == k.Column {
				k.Last = max(k.Last, was.Last)
			}
		}
		var top int64
		if err := conn.QueryRow(ctx, `SELECT coalesce(max(`+quoted(k.Column)+`), 0) FROM `+quoted(k.Table)).Scan(&top); err != nil {
			return err
		}
		if k.Last = max(k.Last, top); k.Last > 0 {
			if _, err := conn.Exec(ctx, `SELECT setval(pg_get_serial_sequence('public.' || quote_ident($1), $2), $3)`, k.Table, k.Column, k.Last); err != nil {
				return err
			}
		}
	}
	return nil
}

// prove reads everything back and compares it with what the backup says.
func prove(ctx context.Context, conn *pgx.Conn, b *Backed) error {
	for _, t := range b.Tables {
		sums := newRowSums()
		if _, err := conn.PgConn().CopyTo(ctx, sums, `COPY `+quoted(t.Name)+` (`+listed(t.Columns)+`) TO STDOUT`); err != nil {
			return err
		}
		if got := sums.total(); got != t.BackupTotal {
			return fmt.Errorf("%s came back with %d rows instead of %d, or with other ones", t.Name, got.Rows, t.Rows)
		}
	}
	heads, err := places(ctx, conn)
	if err != nil {
		return err
	}
	if !slices.Equal(heads, b.Projects) {
		return damaged("the ledgers in it end elsewhere than its head says")
	}
	return nil
}
