package store_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/migrations"
)

// rowHashes gives, for each table of the public schema, the number of its rows and an order-free sum over them, as SQL alone sees them.
func rowHashes(ctx context.Context, c *pgx.Conn) (map[string]string, error) {
	rows, err := c.Query(ctx, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	r := map[string]string{}
	for _, name := range names {
		var h string
		if err := c.QueryRow(ctx, `SELECT count(*) || ' ' || coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint::numeric), 0) FROM `+pgx.Identifier{name}.Sanitize()+` t`).Scan(&h); err != nil {
			return nil, err
		}
		r[name] = h
	}
	return r, nil
}

// stayed are the tables that do not travel.
var stayed = []string{"session", "bucket", "snapshot", "schema_migrations"}

// differing lists the tables whose rows differ, those that do not travel aside.
func differing(a, b map[string]string) (r []string) {
	for name := range maps.Keys(a) {
		if !slices.Contains(stayed, name) && a[name] != b[name] {
			r = append(r, fmt.Sprintf("%s: %q became %q", name, a[name], b[name]))
		}
	}
	slices.Sort(r)
	return r
}

var backupTime = time.Date(2024, 3, 2, 4, 5, 6, 0, time.UTC)

func backedUp(t *testing.T, url string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := store.Backup(t.Context(), url, &b, store.BackupOptions{Now: backupTime}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBackupRehearsal backs up while people write, restores into an empty database and compares with the snapshot row by row.
func TestBackupRehearsal(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, e, address := openStore(t)
	a := newAccount(t, s, "a@example.org")
	projects := []qda.ProjectID{study(t, s, e, a), study(t, s, e, a), study(t, s, e, a)}
	big := make([]byte, 4<<20+10) // two rows
	crand.Read(big[:500_000])     // the rest costs nothing to compress
	must(t, s.PutFile(ctx, projects[0], sha256.Sum256(big), "besar.docx", big, time.Now()))
	must(t, s.NewSession(ctx, store.Session{Sum: []byte("1"), Account: a, Made: time.Now()}))
	if ok, err := s.Take(ctx, "k", 3, 1, time.Now()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	must(t, s.SaveSnapshot(ctx, projects[0], 1, 1, []byte("cache")))

	// Each round of writing has a ticket, so that a slow machine is not buried in them.
	over, wrote, moved, tickets := make(chan struct{}), atomic.Int64{}, make(chan struct{}, 1), make(chan struct{}, 100)
	var all sync.WaitGroup
	for i, p := range projects {
		all.Go(func() {
			v, err := e.View(ctx, p, 0)
			if err != nil {
				t.Error(err)
				return
			}
			me := v.As(0).Coders()[0].ID
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				case <-tickets:
				}
				words := fmt.Appendf(nil, "Berkas %d %d", i, n)
				_, err := e.Do(ctx, p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.MemoWritten{Text: fmt.Sprintf("Catatan\t%d\\.\n", n)}})
				sum := sha256.Sum256(words)
				x, err2 := e.Do(ctx, p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.DocumentAdded{Name: fmt.Sprintf("P%d", n), Type: qda.Interview, Sum: fmt.Sprintf("%x", sum), File: fmt.Sprintf("%x", sum), Chars: int32(len(words)), Words: 3, Turns: 1},
					Text: &qda.Text{Words: words, Turns: []qda.Turn{{Turn: 1, Stop: int32(len(words))}}}})
				if err := errors.Join(err, err2, s.PutFile(ctx, p, sum, "berkas.txt", words, time.Now())); err != nil {
					t.Error(err)
					return
				}
				_, err = e.Do(ctx, p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.CodingApplied{Document: x.Did[0].ID, Version: 1, Name: fmt.Sprintf("Kode %d", n), Spans: []qda.SpanOf{{Start: 0, Stop: 6, Check: span.Check([]byte("Berkas"))}}}})
				err2 = s.Accessed(ctx, p, store.Access{Account: a, What: "opened", N: x.Did[0].ID, At: time.Now()})
				if err := errors.Join(err, err2, s.SetReading(ctx, p, a, store.Reading{Document: x.Did[0].ID, Place: 1, Furthest: 1}, time.Now())); err != nil {
					t.Error(err)
					return
				}
				wrote.Add(1)
				select {
				case moved <- struct{}{}:
				default:
				}
			}
		})
	}
	more := func(n int64) {
		want := wrote.Load() + n
		for range n {
			tickets <- struct{}{}
		}
		for wrote.Load() < want && !t.Failed() {
			<-moved
		}
	}
	more(10)
	var want map[string]string
	var file bytes.Buffer
	during := wrote.Load()
	b, err := store.Backup(ctx, address, pausing{&file, func() { more(1) }}, store.BackupOptions{Now: backupTime, Program: "test"}.Taken(func(c *pgx.Conn) (err error) {
		want, err = rowHashes(ctx, c)
		more(10)
		return err
	}))
	during = wrote.Load() - during
	close(over)
	all.Wait()
	must(t, err)
	if during < 15 || len(want) < 20 {
		t.Fatalf("%d rounds of writing during the backup of %d tables", during, len(want))
	}

	to := pgtest.Empty(t)
	back, err := store.Restore(ctx, to, bytes.NewReader(file.Bytes()), store.BackupOptions{})
	must(t, err)
	if back.Rows != b.Rows || back.Bytes != b.Bytes || len(back.Tables) != len(b.Tables) || back.Program != "test" || !back.Made.Equal(backupTime) || !slices.Equal(back.Projects, b.Projects) {
		t.Errorf("backed up %+v, restored %+v", b, back)
	}
	c := connect(t, to)
	got, err := rowHashes(ctx, c)
	must(t, err)
	if d := differing(want, got); len(d) > 0 || len(got) != len(want) {
		t.Errorf("%d tables differ: %v", len(d), d)
	}
	for _, name := range []string{"session", "bucket", "snapshot"} {
		if !strings.HasPrefix(want[name], "1 ") || got[name] != "0 0" {
			t.Errorf("%s travelled, or there was none: %q, %q", name, want[name], got[name])
		}
	}
	if statements(t, to, schemaOf) != statements(t, address, schemaOf) {
		t.Error("the schema is another")
	}
	t.Logf("%d rounds of writing meanwhile; %d tables, %d rows, %d kB in %d kB; 0 rows differ", during, len(b.Tables), b.Rows, b.Bytes/1000, file.Len()/1000)

	// It is whole, it works, and numbers go on.
	s2, err := store.Open(ctx, to, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s2.Close()
	e2 := engine.New(s2, engine.Options{Now: time.Now, Salt: func(b []byte) { crand.Read(b) }})
	defer e2.Close()
	for i, p := range projects {
		must(t, e2.Check(ctx, p))
		v, err := e2.View(ctx, p, 0)
		must(t, err)
		if hash := v.Hash(); int64(v.Seq()) != b.Projects[i].Seq || fmt.Sprintf("%x", hash[:]) != b.Projects[i].Hash {
			t.Errorf("project %d is at %d, %x; the backup says %+v", p, v.Seq(), hash, b.Projects[i])
		}
	}
	if _, bytes2, err := s2.File(ctx, projects[0], sha256.Sum256(big)); err != nil || !bytes.Equal(bytes2, big) {
		t.Errorf("a file of two parts: %d bytes, %v", len(bytes2), err)
	}
	if next := study(t, s2, e2, newAccount(t, s2, "b@example.org")); next != 4 {
		t.Errorf("the next project is %d", next)
	}
	// A number that was given and whose thing has gone is not given again.
	must(t, s2.DeleteProject(ctx, 4))
	third := pgtest.Empty(t)
	_, err = store.Restore(ctx, third, bytes.NewReader(backedUp(t, to)), store.BackupOptions{})
	must(t, err)
	if n := statements(t, third, `INSERT INTO project (guid, made, touched) VALUES (gen_random_uuid(), now(), now()) RETURNING id`); n != "5" {
		t.Errorf("after a deleted project 4 comes %s", n)
	}
}

// pausing calls f before each large write.
type pausing struct {
	w io.Writer
	f func()
}

func (p pausing) Write(b []byte) (int, error) {
	if len(b) > 1<<10 {
		p.f()
	}
	return p.w.Write(b)
}

// TestRestoreRefuses: whatever is wrong with a file, it is said, and the database stays as it was.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, e, from := openStore(t)
	study(t, s, e, newAccount(t, s, "a@example.org"))
	whole := backedUp(t, from)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	at, err := store.Version(ctx, from)
	must(t, err)

	// The parts, to put together wrongly.
	parts := map[string]*bytes.Buffer{}
	head, tables, err := store.ReadContainer(bytes.NewReader(whole), func(name string) io.Writer { parts[name] = &bytes.Buffer{}; return parts[name] })
	must(t, err)
	if head.Schema != at || len(tables) < 15 || len(head.Projects) != 1 || head.Projects[0].Name != "Studi" {
		t.Fatalf("the backup's head: %+v", head)
	}
	doctored := func(change func(h *store.BackupHead, names *[]string, columns map[string][]string, data map[string]string)) []byte {
		h, data, columns := head, map[string]string{}, map[string][]string{}
		h.Projects = slices.Clone(head.Projects)
		var names []string
		for _, x := range tables {
			names = append(names, x.Name)
			columns[x.Name], data[x.Name] = slices.Clone(x.Columns), parts[x.Name].String()
		}
		change(&h, &names, columns, data)
		var c [][]string
		var d []io.Reader
		for _, n := range names {
			c, d = append(c, columns[n]), append(d, strings.NewReader(data[n]))
		}
		var b bytes.Buffer
		_, err := store.WriteContainer(&b, h, names, c, d)
		must(t, err)
		return b.Bytes()
	}
	type parcel = func(h *store.BackupHead, names *[]string, columns map[string][]string, data map[string]string)
	files := map[string]struct {
		file []byte
		want error
		says string
	}{
		"nothing":        {nil, store.ErrNotBackup, "empty"},
		"text":           {[]byte("Pewawancara: Sejak kapan?"), store.ErrNotBackup, ""},
		"begins alike":   {[]byte("anyam backup of ours\n"), store.ErrNotBackup, ""},
		"newer format":   {[]byte("anyam backup 7\nxyz"), store.ErrBackupNewer, "7"},
		"first row only": {[]byte("anyam backup 1\n"), store.ErrBackupDamaged, "ends"},
		"trailing":       {append(bytes.Clone(whole), 0), store.ErrBackupDamaged, ""},
		"twice":          {append(bytes.Clone(whole), whole...), store.ErrBackupDamaged, ""},
		"newer schema":   {doctored(parcel(func(h *store.BackupHead, _ *[]string, _ map[string][]string, _ map[string]string) { h.Schema = 9999 })), store.ErrBackupNewer, "9999"},
		"no schema":      {doctored(parcel(func(h *store.BackupHead, _ *[]string, _ map[string][]string, _ map[string]string) { h.Schema = 0 })), store.ErrBackupDamaged, ""},
		"a table less": {doctored(func(_ *store.BackupHead, names *[]string, _ map[string][]string, _ map[string]string) {
			*names = slices.DeleteFunc(*names, func(n string) bool { return n == "memo" })
		}), store.ErrBackupDamaged, "1 tables are not in it"},
		"a table twice": {doctored(func(_ *store.BackupHead, names *[]string, _ map[string][]string, _ map[string]string) {
			*names = append(*names, "access")
		}), store.ErrBackupDamaged, "does not have"},
		"a table of Postgres'": {doctored(func(_ *store.BackupHead, names *[]string, c map[string][]string, _ map[string]string) {
			*names = append(*names, "pg_authid")
			c["pg_authid"] = []string{"rolname"}
		}), store.ErrBackupDamaged, "does not have"},
		"a table that stays": {doctored(func(_ *store.BackupHead, names *[]string, c map[string][]string, _ map[string]string) {
			*names = append(*names, "session")
			c["session"] = []string{"id"}
		}), store.ErrBackupDamaged, "does not have"},
		"another column": {doctored(func(_ *store.BackupHead, _ *[]string, c map[string][]string, _ map[string]string) {
			c["memo"][0] = "x\" FROM PROGRAM 'id' --"
		}), store.ErrBackupDamaged, "does not have"},
		"a wrong order": {doctored(func(_ *store.BackupHead, names *[]string, _ map[string][]string, _ map[string]string) {
			slices.Reverse(*names)
		}), store.ErrBackupDamaged, "breaks the rule"},
		"a row twice": {doctored(func(_ *store.BackupHead, _ *[]string, _ map[string][]string, d map[string]string) {
			d["coder"] += d["coder"]
		}), store.ErrBackupDamaged, "breaks the rule coder_pkey"},
		"no rows where some are named": {doctored(func(_ *store.BackupHead, _ *[]string, _ map[string][]string, d map[string]string) {
			d["document"] = ""
		}), store.ErrBackupDamaged, "breaks the rule"},
		"words where a number should be": {doctored(func(_ *store.BackupHead, _ *[]string, _ map[string][]string, d map[string]string) {
			d["memo"] = strings.Replace(d["memo"], "1", "rahasia", 1)
		}), store.ErrBackupDamaged, "a row of memo can't be read"},
		"a cut ledger": {doctored(func(_ *store.BackupHead, _ *[]string, _ map[string][]string, d map[string]string) {
			d["entry"] = d["entry"][:strings.LastIndex(strings.TrimSuffix(d["entry"], "\n"), "\n")+1]
		}), store.ErrBackupDamaged, "ledgers"},
		"another head": {doctored(func(h *store.BackupHead, _ *[]string, _ map[string][]string, _ map[string]string) {
			h.Projects[0].Seq--
		}), store.ErrBackupDamaged, "ledgers"},
	}
	type one = struct {
		file []byte
		want error
		says string
	}
	for range 5 {
		n := 16 + rnd.IntN(len(whole)-16)
		files[fmt.Sprintf("cut at %d of %d", n, len(whole))] = one{whole[:n], store.ErrBackupDamaged, ""}
	}
	for range 10 {
		n, bit := 15+rnd.IntN(len(whole)-15), rnd.IntN(8)
		x := bytes.Clone(whole)
		x[n] ^= 1 << bit
		files[fmt.Sprintf("bit %d of byte %d turned", bit, n)] = one{x, store.ErrBackupDamaged, ""}
	}
	to := pgtest.Empty(t)
	before := statements(t, to, schemaOf)
	for name, c := range files {
		_, err := store.Restore(ctx, to, bytes.NewReader(c.file), store.BackupOptions{})
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) || strings.Contains(fmt.Sprint(err), "rahasia") || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if statements(t, to, schemaOf) != before {
			t.Fatalf("%s left something", name)
		}
	}
	// A reader that fails for its own reasons.
	if _, err := store.Restore(ctx, to, io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), failing{}), store.BackupOptions{}); !errors.Is(err, errDisk) {
		t.Errorf("a disk that fails: %v", err)
	}
	// What was put together rightly goes.
	_, err = store.Restore(ctx, to, bytes.NewReader(doctored(func(*store.BackupHead, *[]string, map[string][]string, map[string]string) {})), store.BackupOptions{})
	must(t, err)
}

var errDisk = errors.New("the disk fails")

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errDisk }
func (failing) Write([]byte) (int, error) { return 0, errDisk }

func TestRestoreIntoEmptyOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, e, from := openStore(t)
	study(t, s, e, newAccount(t, s, "a@example.org"))
	file := backedUp(t, from)
	if _, err := store.Restore(ctx, from, bytes.NewReader(file), store.BackupOptions{}); !errors.Is(err, store.ErrNotEmpty) || !strings.Contains(err.Error(), "account") {
		t.Errorf("into itself: %v", err)
	}
	foreign := pgtest.Empty(t)
	statements(t, foreign, `CREATE TABLE pelanggan (n int)`)
	if _, err := store.Restore(ctx, foreign, bytes.NewReader(file), store.BackupOptions{}); !errors.Is(err, store.ErrNotEmpty) || !strings.Contains(err.Error(), "pelanggan") {
		t.Errorf("into another program's: %v", err)
	}
	// Only set up: a server was started on it, and nobody has used its link.
	fresh := pgtest.New(t)
	statements(t, fresh, `INSERT INTO link (token_sum, purpose, made, until) VALUES ('x', 'setup', now(), now())`)
	_, err := store.Restore(ctx, fresh, bytes.NewReader(file), store.BackupOptions{})
	must(t, err)
	if n := statements(t, fresh, `SELECT count(*) FILTER (WHERE purpose = 'setup') || ' ' || count(*) FROM link`); n != "0 1" {
		t.Errorf("links: %s", n)
	}
	if _, err := store.Backup(ctx, pgtest.Empty(t), io.Discard, store.BackupOptions{}); err == nil || !strings.Contains(err.Error(), "nothing to back up") {
		t.Errorf("a backup of nothing: %v", err)
	}
	if _, err := store.Backup(ctx, from, failing{}, store.BackupOptions{}); !errors.Is(err, errDisk) {
		t.Errorf("onto a disk that fails: %v", err)
	}
}

// TestBackupSeesEveryRow: an account from whom row-level security would hide rows is refused, not obeyed.
func TestBackupSeesEveryRow(t *testing.T) {
	t.Parallel()
	s, e, from := openStore(t)
	study(t, s, e, newAccount(t, s, "a@example.org"))
	for grant, says := range map[string]string{
		"GRANT SELECT ON ALL TABLES IN SCHEMA public TO %s; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO %[1]s": "may not see every row",
		"SELECT 1": "may not see every row",
	} {
		x := newChange()
		role := fmt.Sprintf("r_%x", x[:])
		statements(t, from, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'; "+strings.ReplaceAll(strings.ReplaceAll(grant, "%[1]s", role), "%s", role))
		t.Cleanup(func() {
			c, err := pgx.Connect(context.Background(), from)
			if err == nil {
				_, err = c.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
				c.Close(context.Background())
			}
			if err != nil {
				t.Error(err)
			}
		})
		u, err := url.Parse(from)
		must(t, err)
		q := u.Query()
		u.User = url.UserPassword(role, "x")
		q.Del("user")
		u.RawQuery = q.Encode()
		var b bytes.Buffer
		_, err = store.Backup(t.Context(), u.String(), &b, store.BackupOptions{})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("backed up as %s: %v, %d bytes", role, err, b.Len())
		}
	}
}

// TestRestoreOlderSchema: a backup comes back as it was and then goes on to the newest step.
func TestRestoreOlderSchema(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, e, from := openStore(t)
	p := study(t, s, e, newAccount(t, s, "a@example.org"))
	at, err := store.Version(ctx, from)
	must(t, err)
	file := backedUp(t, from)
	later := fstest.MapFS{}
	names, err := fs.Glob(migrations.FS, "*.sql")
	must(t, err)
	for _, n := range names {
		b, err := fs.ReadFile(migrations.FS, n)
		must(t, err)
		later[n] = &fstest.MapFile{Data: b}
	}
	later[fmt.Sprintf("%06d_s.up.sql", at+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "-- more\nBEGIN;\nALTER TABLE memo ADD COLUMN mood text NOT NULL DEFAULT 'calm';\nCREATE TABLE more (n int);\nINSERT INTO schema_version (version) VALUES (%d);\nCOMMIT;\n", at+1)}
	later[fmt.Sprintf("%06d_s.down.sql", at+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "BEGIN;\nDROP TABLE more;\nALTER TABLE memo DROP COLUMN mood;\nDELETE FROM schema_version WHERE version = %d;\nCOMMIT;\n", at+1)}
	setUp := pgtest.Empty(t)
	must(t, store.MigrateFS(ctx, setUp, later))
	for what, to := range map[string]string{"empty": pgtest.Empty(t), "set up by the newer program": setUp} {
		_, err := store.RestoreFS(ctx, to, bytes.NewReader(file), store.BackupOptions{}, later)
		must(t, err)
		wantVersion(t, to, at+1)
		if mood := statements(t, to, `SELECT string_agg(mood, ' ') || (SELECT count(*) FROM more) FROM memo`); mood != "calm0" {
			t.Errorf("%s: memos are %q", what, mood)
		}
	}
	// Newer than this program.
	if _, err := store.Backup(ctx, setUp, io.Discard, store.BackupOptions{}); !errors.Is(err, store.ErrSchemaNewer) {
		t.Errorf("the backup of a newer schema: %v", err)
	}
	if _, err := store.Restore(ctx, setUp, bytes.NewReader(file), store.BackupOptions{}); !errors.Is(err, store.ErrNotEmpty) && !errors.Is(err, store.ErrSchemaNewer) {
		t.Errorf("into a newer schema: %v", err)
	}
	must(t, e.Check(ctx, p))
}

// TestContainer reads what was written, however it was cut into pieces.
func TestContainer(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		var names []string
		var columns [][]string
		var readers []io.Reader
		var want []string
		for i := range rnd.IntN(5) {
			var b strings.Builder
			for range rnd.IntN(1000) {
				fmt.Fprintf(&b, "%s\n", strings.Repeat("x", rnd.IntN(500)))
			}
			names, columns, want = append(names, fmt.Sprint("t", i)), append(columns, []string{"a"}), append(want, b.String())
			readers = append(readers, iotest{rnd, strings.NewReader(b.String())})
		}
		var file bytes.Buffer
		totals, err := store.WriteContainer(&file, store.BackupHead{Schema: 3}, names, columns, readers)
		must(t, err)
		got := map[string]*bytes.Buffer{}
		head, tables, err := store.ReadContainer(iotest{rnd, &file}, func(n string) io.Writer { got[n] = &bytes.Buffer{}; return got[n] })
		if err != nil || head.Schema != 3 || len(tables) != len(names) {
			t.Fatal(head, tables, err)
		}
		for i, x := range tables {
			if got[x.Name].String() != want[i] || x.BackupTotal != totals[i] || x.Rows != int64(strings.Count(want[i], "\n")) || x.Bytes != int64(len(want[i])) {
				t.Errorf("%s: %+v, written %+v", x.Name, x.BackupTotal, totals[i])
			}
		}
	}
}

// TestRowSums: the order of rows does not matter, everything else does.
func TestRowSums(t *testing.T) {
	t.Parallel()
	sum := func(data string) string {
		t.Helper()
		x, err := store.WriteContainer(io.Discard, store.BackupHead{}, []string{"t"}, [][]string{{"a"}}, []io.Reader{strings.NewReader(data)})
		must(t, err)
		return x[0].Sum
	}
	same := sum("a\nb\nc\n")
	if sum("c\na\nb\n") != same {
		t.Error("the order of rows matters")
	}
	for _, other := range []string{"a\nb\n", "a\nb\nc\nc\n", "a\nb\nd\n", "ab\nc\n", "a\nb\nc\n\n", ""} {
		if sum(other) == same {
			t.Errorf("%q has the sum of another", other)
		}
	}
}

// iotest reads in pieces of any size.
type iotest struct {
	rnd *rand.Rand
	r   io.Reader
}

func (i iotest) Read(p []byte) (int, error) { return i.r.Read(p[:1+i.rnd.IntN(len(p))]) }

// FuzzContainer: a file may say anything. Frames are fuzzed as such, and whole files too.
func FuzzContainer(f *testing.F) {
	var file bytes.Buffer
	if _, err := store.WriteContainer(&file, store.BackupHead{Schema: 1, Projects: []store.BackupProject{{ID: 1, Name: "Studi"}}}, []string{"a", "b"}, [][]string{{"x", "y"}, {"z"}},
		[]io.Reader{strings.NewReader("1\t2\n3\t4\n"), strings.NewReader("")}); err != nil {
		f.Fatal(err)
	}
	const first = "anyam backup 1\n"
	z, err := zstd.NewReader(bytes.NewReader(file.Bytes()[len(first):]))
	if err != nil {
		f.Fatal(err)
	}
	defer z.Close()
	frames, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes(), false)
	f.Add(frames, true)
	f.Add([]byte("H\xff\xff\xff\xff"), true)
	f.Add([]byte("H\x00\x00\x00\x02{}T\x00\x00\x00\x02{}D\xff\xff\xff\xff"), true)
	f.Add([]byte("anyam backup 99999999999999999999\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		if framed {
			var b bytes.Buffer
			b.WriteString(first)
			e, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
			if err != nil {
				t.Fatal(err)
			}
			e.Write(data)
			e.Close()
			data = b.Bytes()
		}
		var size int64
		_, tables, err := store.ReadContainer(bytes.NewReader(data), func(string) io.Writer { return io.Discard })
		if err != nil {
			if !errors.Is(err, store.ErrBackupDamaged) && !errors.Is(err, store.ErrNotBackup) && !errors.Is(err, store.ErrBackupNewer) {
				t.Errorf("an error that says nothing of the file: %v", err)
			}
			return
		}
		for _, x := range tables {
			size += x.Bytes
		}
		if size > 0 && len(tables) == 0 {
			t.Error("data without a table")
		}
	})
}
