//go:build faults

package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/pgtest"
	"anyam/internal/store"
	"anyam/migrations"
)

// F24: a migrating program dies at every statement it sends, and is started again. The rig stands here and not with the others
// because it gives migrations of its own, which only this package's tests can.

// figure is that of package fault: one line for the table of figures.
func figure(t testing.TB, rig, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Logf("%s: %s", rig, text)
	name := os.Getenv("ANYAM_FAULTS_FIGURES")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s\t%s\n", rig, text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Errorf("the figure could not be kept: %v", err)
	}
}

// scissors is a proxy in front of Postgres that lets so many units pass, counted over all connections, and then cuts them all
// and lets nobody in, as when the program is killed. A unit is a message of the program, or one statement of a text of several.
type scissors struct {
	l                net.Listener
	network, address string
	url              string
	wg               sync.WaitGroup

	mu    sync.Mutex
	left  int  // units before the cut
	after bool // the last of them is handed on and nobody waits for its answer; else the cut comes when all was answered
	cut   bool
	conns []net.Conn
	texts [][2]int // of several statements: the units before one, and its own
	seen  int
}

func newScissors(address string, units int, after bool) (*scissors, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	s := &scissors{left: units, after: after}
	s.network, s.address = pgconn.NetworkAddress(cfg.Host, cfg.Port)
	if s.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "postgres", Host: s.l.Addr().String(), Path: "/" + cfg.Database, User: url.User(cfg.User), RawQuery: "sslmode=disable"}
	if cfg.Password != "" {
		u.User = url.UserPassword(cfg.User, cfg.Password)
	}
	s.url = u.String()
	s.wg.Go(func() {
		for {
			c, err := s.l.Accept()
			if err != nil {
				return
			}
			p, err := net.DialTimeout(s.network, s.address, 5*time.Second)
			if err != nil {
				_ = c.Close()
				continue
			}
			s.mu.Lock()
			s.conns = append(s.conns, c, p)
			dead := s.cut
			s.mu.Unlock()
			if dead {
				_, _ = c.Close(), p.Close()
				continue
			}
			answered := make(chan struct{}, 64)
			s.wg.Go(func() { s.back(p, c, answered) })
			s.wg.Go(func() { s.forth(c, p, answered) })
		}
	})
	return s, nil
}

// close ends what is left and reports whether the cut came.
func (s *scissors) close() bool {
	s.mu.Lock()
	came := s.cut
	s.mu.Unlock()
	s.snip()
	_ = s.l.Close()
	s.wg.Wait()
	return came
}

func (s *scissors) snip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = true
	for _, c := range s.conns {
		_ = c.Close()
	}
}

func (s *scissors) back(p, c net.Conn, answered chan<- struct{}) {
	r := bufio.NewReader(p)
	for {
		m, err := pgMessage(r, false)
		if err != nil {
			break
		}
		if m[0] == 'Z' { // it waits for the next question
			select {
			case answered <- struct{}{}:
			default:
			}
		}
		if _, err := c.Write(m); err != nil {
			break
		}
	}
	_, _ = c.Close(), p.Close()
}

func (s *scissors) forth(c, p net.Conn, answered chan struct{}) {
	defer func() { _, _ = c.Close(), p.Close() }()
	r := bufio.NewReader(c)
	for first := true; ; first = false {
		m, err := pgMessage(r, first)
		if err != nil {
			return
		}
		units := 1
		var parts []string
		if !first && m[0] == 'Q' {
			parts = apart(strings.TrimSuffix(string(m[5:]), "\x00"))
			units = max(1, len(parts))
		}
		s.mu.Lock()
		if units > 1 {
			s.texts = append(s.texts, [2]int{s.seen, units})
		}
		s.seen += units
		may := min(units, s.left)
		s.left -= may
		hit := !s.cut && (may < units || s.left == 0 && s.after)
		s.mu.Unlock()
		if !hit {
			if _, err := p.Write(m); err != nil {
				return
			}
			continue
		}
		if may < units && may > 0 { // a part of the text
			for len(answered) > 0 {
				<-answered
			}
			text := strings.Join(parts[:may], "")
			q := binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(len(text)+5))
			m = append(append(q, text...), 0)
		}
		if may > 0 {
			_, _ = p.Write(m)
			if !s.after {
				select {
				case <-answered:
				case <-time.After(20 * time.Second):
				}
			}
		}
		s.snip()
		return
	}
}

// pgMessage reads one whole message. The first of the program has no type.
func pgMessage(r *bufio.Reader, first bool) ([]byte, error) {
	head := 5
	if first {
		head = 4
	}
	m := make([]byte, head)
	if _, err := io.ReadFull(r, m); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(m[head-4:]))
	if n < 4 || n > 1<<26 {
		return nil, errors.New("no message of Postgres' protocol")
	}
	m = append(m, make([]byte, n-4)...)
	_, err := io.ReadFull(r, m[head:])
	return m, err
}

// apart takes a text of SQL apart into its statements, each with its semicolon; together they are the text.
func apart(sql string) (all []string) {
	begin := 0
	for i := 0; i < len(sql); {
		rest := sql[i:]
		skip := func(open, shut string) bool {
			if !strings.HasPrefix(rest, open) {
				return false
			}
			if j := strings.Index(rest[len(open):], shut); j >= 0 {
				i += len(open) + j + len(shut)
			} else {
				i = len(sql)
			}
			return true
		}
		switch {
		case skip("--", "\n"), skip("'", "'"), skip("$$", "$$"), skip("\"", "\""):
		case rest[0] == ';':
			i++
			all = append(all, sql[begin:i])
			begin = i
		default:
			i++
		}
	}
	if strings.TrimSpace(sql[begin:]) != "" {
		all = append(all, sql[begin:])
	}
	return all
}

// migrated is what the rig counted.
type migrated struct {
	Steps, Cuts, Wrong int
	First              error // the first that was wrong
}

// places gives every unit of a migration, from 1, and for each of its texts of several statements the units of that.
func places(t *testing.T, fsys fs.FS) (all []int, texts [][]int) {
	t.Helper()
	s, err := newScissors(pgtest.Empty(t), 1<<30, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateFS(migrateContext(t), s.url, fsys); err != nil {
		t.Fatal(err)
	}
	s.close()
	for i := range s.seen {
		all = append(all, i+1)
	}
	for _, x := range s.texts {
		texts = append(texts, all[x[0]:x[0]+x[1]])
	}
	return all, texts
}

// killedMigrating migrates with a death at each of some units, before and after it, begins again, and compares the schema with
// that of a clean install.
func killedMigrating(t *testing.T, fsys fs.FS, steps int, units []int) (r migrated) {
	t.Helper()
	clean := pgtest.Empty(t)
	if err := store.MigrateFS(migrateContext(t), clean, fsys); err != nil {
		t.Fatal(err)
	}
	whole := `SELECT (` + schemaOf + `) || (SELECT e'\n' || string_agg(pg_get_indexdef(indexrelid), e'\n' ORDER BY pg_get_indexdef(indexrelid)) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace) || (SELECT e'\n' || string_agg(version::text, ' ' ORDER BY version) FROM schema_version) || (SELECT e'\n' || version || dirty FROM schema_migrations)`
	want := statements(t, clean, whole)
	r.Steps = steps

	type cut struct {
		at    int
		after bool
	}
	work := make(chan cut)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 2 {
		address := pgtest.Empty(t)
		all.Go(func() {
			for c := range work {
				came, err := die(t, address, fsys, c.at, c.after, whole, want)
				mu.Lock()
				if came {
					r.Cuts++
				}
				if err != nil {
					r.Wrong++
					if r.First == nil {
						r.First = fmt.Errorf("dead at unit %d (after it: %v): %w", c.at, c.after, err)
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, at := range units {
		work <- cut{at, false}
		work <- cut{at, true}
	}
	close(work)
	all.Wait()
	return r
}

// die lets one migration die at a unit and begins again. It reports whether the death came, and what is wrong after it.
func die(t *testing.T, address string, fsys fs.FS, at int, after bool, whole, want string) (came bool, wrong error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Error(err)
		return false, nil
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC`); err != nil {
		t.Error(err)
		return false, nil
	}
	s, err := newScissors(address, at, after)
	if err != nil {
		t.Error(err)
		return false, nil
	}
	first := store.MigrateFS(ctx, s.url, fsys)
	came = s.close()
	if !came && first != nil {
		t.Errorf("unit %d: it failed without a cut: %v", at, first)
	}
	// As a service manager does: at once.
	if err := store.MigrateFS(ctx, address, fsys); err != nil {
		return came, fmt.Errorf("the restart: %w", err)
	}
	var got string
	if err := conn.QueryRow(ctx, whole).Scan(&got); err != nil {
		return came, err
	}
	if got != want {
		return came, errors.New("the schema is another than that of a clean install")
	}
	return came, nil
}

// chosen gives all of some units in the long form; in the short one one of every few, and the ends of each text.
func chosen(t *testing.T, fsys fs.FS, few int) (units []int) {
	t.Helper()
	all, texts := places(t, fsys)
	if os.Getenv("ANYAM_FAULTS") == "long" {
		return all
	}
	offset := rand.IntN(few)
	t.Logf("seed: of %d units every %dth from %d", len(all), few, 1+offset)
	for i := offset; i < len(all); i += few {
		units = append(units, all[i])
	}
	for _, x := range texts {
		if n := len(x); n > 3 {
			units = append(units, x[1], x[n-2], x[n-1]) // after BEGIN; before and after COMMIT
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

func TestF24(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.FS, "*.up.sql")
	must(t, err)
	real := killedMigrating(t, migrations.FS, len(names), chosen(t, migrations.FS, 40))
	// The second of these takes a while: who is killed meanwhile leaves it at work in Postgres, and the next one is there before its end.
	slow := steps(3)
	slow["000002_s.up.sql"] = &fstest.MapFile{Data: []byte("BEGIN;\nCREATE TABLE step2 (n int);\nSELECT pg_sleep(0.2);\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\n")}
	made := killedMigrating(t, slow, 3, chosen(t, slow, 30))
	figure(t, "F24", "%d migrations, killed at %d places: %d of %d restarts complete, schema equal to a clean install's; %d made-up ones, %d places: %d of %d",
		real.Steps, real.Cuts, real.Cuts-real.Wrong, real.Cuts, made.Steps, made.Cuts, made.Cuts-made.Wrong, made.Cuts)
	for _, r := range []migrated{real, made} {
		if r.Wrong > 0 {
			t.Errorf("%d of %d: %v", r.Wrong, r.Cuts, r.First)
		}
		if r.Cuts < 10 {
			t.Errorf("only %d cuts", r.Cuts)
		}
	}
}

func TestF24Control(t *testing.T) {
	t.Parallel()
	defects := map[string]string{
		"the row outside the transaction":        "BEGIN;\nCREATE TABLE step2 (n int);\nCOMMIT;\nINSERT INTO schema_version VALUES (2);\n",
		"two transactions, neither runs twice":   "BEGIN;\nCREATE TABLE step2 (n int);\nCOMMIT;\nBEGIN;\nCREATE TABLE more (n int);\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\n",
		"two transactions, the row in the first": "BEGIN;\nCREATE TABLE step2 (n int);\nINSERT INTO schema_version VALUES (2);\nCOMMIT;\nBEGIN;\nCREATE TABLE more (n int);\nCOMMIT;\n",
	}
	found := 0
	for name, text := range defects {
		bad := steps(3)
		bad["000002_s.up.sql"] = &fstest.MapFile{Data: []byte(text)}
		_, texts := places(t, bad)
		// The longest texts are those of the steps; the second of them is the bad one.
		texts = slices.DeleteFunc(texts, func(x []int) bool { return len(x) < 4 })
		if len(texts) != 3 {
			t.Fatalf("%d texts of 3 steps", len(texts))
		}
		r := killedMigrating(t, bad, 3, texts[1])
		if r.Wrong == 0 {
			t.Errorf("%s was not found in %d deaths", name, r.Cuts)
			continue
		}
		found++
		t.Logf("%s: %d of %d, first: %v", name, r.Wrong, r.Cuts, r.First)
	}
	figure(t, "F24", "control, migrations that are not one transaction with their row: %d of %d found", found, len(defects))
}

// TestF24Apart: the rig's knife cuts where statements end.
func TestF24Apart(t *testing.T) {
	t.Parallel()
	const text = "BEGIN; -- a; b\nDO $$ BEGIN x; END $$;\nSELECT ';', \";\";\nCOMMIT;\n"
	got := apart(text)
	if len(got) != 4 || !strings.HasPrefix(text, strings.Join(got, "")) || !strings.Contains(got[1], "END $$;") || !strings.HasSuffix(got[2], "\";\";") {
		t.Errorf("%q", got)
	}
}
