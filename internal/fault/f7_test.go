//go:build faults && linux

package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/pgrun"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// small is a file system of its own, in memory, that can be filled.
type small struct {
	t   testing.TB
	dir string
}

// newSmall mounts a small file system. It goes when the test ends.
func newSmall(t testing.TB, megabytes int) *small {
	t.Helper()
	dir, err := os.MkdirTemp("", "anyam-full-")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0755", megabytes)); err != nil {
		_ = os.Remove(dir)
		t.Fatalf("a small file system can't be mounted to be filled (%v): this rig needs root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("the small file system was not unmounted: %v", errors.Join(err, syscall.Unmount(dir, syscall.MNT_DETACH)))
		}
		if err := os.Remove(dir); err != nil {
			t.Errorf("its folder was not removed: %v", err)
		}
	})
	return &small{t, dir}
}

func (s *small) filler() string { return filepath.Join(s.dir, "filler") }

// fill takes all the room there is.
func (s *small) fill() {
	s.t.Helper()
	f, err := os.Create(s.filler())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			s.t.Fatalf("filling: %v", err)
		}
	}
	_ = f.Close() // it may say again that there is no room
}

// free gives the room back.
func (s *small) free() {
	s.t.Helper()
	if err := os.Remove(s.filler()); err != nil {
		s.t.Fatal(err)
	}
}

// crowded is what became of a program whose database had no room left.
type crowded struct {
	outcome
	full    int // answers 503
	plain   int // of a coder who looks: those that say that there is no room
	wrong   int // answers of 500, answers that never came, 503 without Retry-After
	reads   int // pages asked for in the meantime
	blank   int // of them, not answered
	taken   int // exports that were given out though there was no room to record it
	unsound []error
}

func (o crowded) String() string {
	return fmt.Sprintf("%d changes refused for want of room, %d said so in a sentence, %d wrong answers; %d of %d pages read meanwhile: %v", o.full, o.plain, o.wrong, o.reads-o.blank, o.reads, o.outcome)
}

// saying is 1 where an answer has a sentence, else 0.
func saying(a reply, sentence string) int {
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body, &body) == nil && body.Error == sentence {
		return 1
	}
	return 0
}

// crowd fills the place where a database is while four people code, and gives the room back. more is done when it is full.
func crowd(t *testing.T, databaseURL string, s *server, st *study, room *small, strikes int, more func()) (o crowded) {
	t.Helper()
	st.at(s.base)
	random := seeded(t)
	halt := st.load(random.Uint64())
	defer halt()
	looker := st.coders[0]
	said := i18n.New("en", "UTC").T("refused.no_space")
	for range strikes {
		st.journal.more(t, 20)
		before := st.journal.answers(http.StatusServiceUnavailable) + st.journal.answers(http.StatusInternalServerError)
		room.fill()
		if more != nil {
			more()
		}
		eventually(t, "changes are refused for want of room", func() bool {
			return st.journal.answers(http.StatusServiceUnavailable)+st.journal.answers(http.StatusInternalServerError) >= before+10
		})
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		for _, path := range []string{"/healthz", st.path(""), st.path("/documents/%d", st.document), st.path("/documents/%d/codings.json", st.document), st.path("/codebook"), st.path("/history")} {
			o.reads++
			if a, err := looker.get(ctx, path); err != nil || a.status != http.StatusOK {
				o.blank++
				if more != nil {
					continue // Postgres is down
				}
				t.Logf("GET %s: %d, %v", path, a.status, err)
			}
		}
		// The coder who looks writes what needs room for sure, and takes something along, which has to be recorded.
		for range 5 {
			x := &op{ID: fresh(), Kind: "memo", project: st.project, coder: looker.id}
			for range 200 {
				x.text += fresh().String() + " "
			}
			x.path, x.body = st.path("/memos"), memoBody(x.ID, st.codes[0], x.text)
			st.journal.add(x)
			a, err := looker.post(ctx, x.path, x.body)
			st.journal.saw(a, err)
			if status, e, err := read(a, err); err == nil && status == http.StatusOK {
				st.journal.ack(x, e.Seq, time.Now())
			}
			o.plain += saying(a, said)
		}
		if a, err := looker.get(ctx, st.path("/export/segments.csv")); err == nil {
			o.plain += saying(a, said)
			if a.status == http.StatusOK {
				o.taken++
			}
		}
		cancel()
		room.free()
		o.Back = append(o.Back, st.journal.since(t, time.Now()))
	}
	halt()
	o.full, o.wrong = st.journal.answers(http.StatusServiceUnavailable), st.journal.answers(http.StatusInternalServerError)+st.journal.answers(0)+st.journal.bare
	if !s.alive() {
		t.Error("the program has ended")
	}
	back := o.Back
	o.outcome = count(t, databaseURL, st.journal)
	o.Rounds, o.Back = strikes, back
	o.unsound = broken(t, databaseURL)
	return o
}

// narrow makes a database whose tables stand in a small file system, while Postgres' log of writes does not.
func narrow(t *testing.T) (databaseURL string, room *small) {
	t.Helper()
	room = newSmall(t, 32)
	name := "narrow_" + strings.ToLower(filepath.Base(room.dir))
	name = strings.ReplaceAll(name, "-", "_")
	var server string
	t.Cleanup(func() { // after the database has gone, which was made later
		if server != "" {
			if err := execute(context.Background(), server, "DROP TABLESPACE "+name); err != nil {
				t.Errorf("the tablespace was not dropped: %v", err)
			}
		}
	})
	databaseURL = pgtest.New(t)
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	database := cfg.Database
	server = strings.Replace(databaseURL, "/"+database, "/postgres", 1)
	var owner syscall.Stat_t
	data := query[string](t, databaseURL, `SHOW data_directory`)
	if err := syscall.Stat(data, &owner); err != nil {
		t.Fatalf("the data of the tests' Postgres are not on this machine: %v", err)
	}
	dir := filepath.Join(room.dir, "tables")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, int(owner.Uid), int(owner.Gid))); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{fmt.Sprintf(`CREATE TABLESPACE %s LOCATION '%s'`, name, dir), fmt.Sprintf(`ALTER DATABASE %s SET TABLESPACE %s`, database, name)} {
		if err := execute(t.Context(), server, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return databaseURL, room
}

// TestF7 fills the disk under the tables, with the program's own temporary folder full all the time.
func TestF7(t *testing.T) {
	databaseURL, room := narrow(t)
	temporary := newSmall(t, 1)
	temporary.fill()
	st := newStudy(t, databaseURL, 4)
	s := prepareReal(t, databaseURL)
	s.env = append(s.env, "TMPDIR="+temporary.dir)
	s.start()
	uploaded(t, st.at(s.base).coders[0])
	o := crowd(t, databaseURL, s, st, room, rounds(2, 20), nil)
	figure(t, "F7", "no room for the tables: %v", o)
	if o.violations() > 0 || o.wrong > 0 || o.blank > 0 || o.taken > 0 || o.Refused > 0 || len(o.unsound) > 0 {
		t.Errorf("%v, %d refused, not whole: %v", o, o.Refused, o.unsound)
	}
	if o.full < 10*o.Rounds || o.plain < 3*o.Rounds || o.Acked < 20*o.Rounds {
		t.Errorf("too little happened: %v", o)
	}
}

// uploaded uploads a file that is larger than the temporary folder.
func uploaded(t *testing.T, c *coder) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("file", "P09_udang.txt")
	for i := 0; err == nil && i < 40_000; i++ {
		_, err = fmt.Fprintf(f, "Pewawancara: Pertanyaan ke-%d, bagaimana harganya?\nP09: Tidak tentu.\n", i)
	}
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := c.request(ctx, http.MethodPost, c.study.path("/files"), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	a, err := c.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"ok":true`)) {
		t.Errorf("an upload while the temporary folder is full: %d %.200s, %v", a.StatusCode, body, err)
	}
}

// TestF7Log fills the disk under all that Postgres has, so that it can't even keep its log of writes: it goes down, and comes
// back when there is room.
func TestF7Log(t *testing.T) {
	room := newSmall(t, 220)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// Fast alone would answer before a commit is in the log, and a Postgres that goes down would rightly have lost it.
	settings := []string{"synchronous_commit=on", "full_page_writes=on", "min_wal_size=32MB", "max_wal_size=32MB", "shared_buffers=16MB"}
	h, err := pgrun.Open(ctx, pgrun.Options{Dir: filepath.Join(room.dir, "pg"), Role: pgrun.Serve, Bin: os.Getenv("ANYAM_PG_BIN"), Fast: true, Settings: settings})
	if err != nil {
		t.Fatalf("no Postgres for this test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(ctx, h.URL()); err != nil {
		t.Fatal(err)
	}
	st := newStudy(t, h.URL(), 4)
	s := serveReal(t, h.URL())
	downs := 0
	o := crowd(t, h.URL(), s, st, room, rounds(1, 5), func() {
		// Each of these takes room in the log, until there is none for another segment of it: Postgres has to stop then.
		eventually(t, "Postgres has no room for its log", func() bool {
			err := execute(t.Context(), h.URL(), `SELECT pg_logical_emit_message(false, 'filler', repeat('x', 4000000))`)
			var pe *pgconn.PgError
			// Down, or back and without room for the first file that a connection needs.
			return err != nil && (!errors.As(err, &pe) || pe.SeverityUnlocalized == "PANIC" || pe.SeverityUnlocalized == "FATAL")
		})
		downs++
	})
	figure(t, "F7", "no room for Postgres' log of writes either: it went down %d times: %v", downs, o)
	if o.violations() > 0 || o.wrong > 0 || o.Refused > 0 || len(o.unsound) > 0 {
		t.Errorf("%v, %d refused, not whole: %v", o, o.Refused, o.unsound)
	}
	if o.full < 10*o.Rounds || o.Acked < 20*o.Rounds || downs == 0 {
		t.Errorf("too little happened: %v", o)
	}
}

func TestF7Control(t *testing.T) {
	databaseURL, room := narrow(t)
	st := newStudy(t, databaseURL, 4)
	s := serveSelf(t, databaseURL, "boast")
	o := boasted(t, databaseURL, s, st, room)
	figure(t, "F7", "control, acknowledged whatever becomes of it: %v", o)
	if o.Lost == 0 {
		t.Errorf("a program that takes a refused write for a good one lost nothing: %v", o)
	}
}

// boasted fills the disk under a program that refuses nothing.
func boasted(t *testing.T, databaseURL string, s *server, st *study, room *small) (o outcome) {
	t.Helper()
	st.at(s.base)
	halt := st.load(seeded(t).Uint64())
	defer halt()
	st.journal.more(t, 20)
	room.fill()
	st.journal.more(t, 200)
	room.free()
	halt()
	o = count(t, databaseURL, st.journal)
	o.Rounds = 1
	return o
}

func init() {
	defects["boast"] = defect{ledger: func(l engine.Ledger) engine.Ledger { return boast{l} }}
}

// boast is a ledger that says a batch is written also when Postgres has refused it.
type boast struct{ engine.Ledger }

func (l boast) Append(ctx context.Context, b *qda.Batch) error {
	err := l.Ledger.Append(ctx, b)
	var known *qda.KnownChange
	if errors.Is(err, qda.ErrBehind) || errors.As(err, &known) {
		return err
	}
	return nil
}
