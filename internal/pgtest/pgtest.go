//go:build unix

package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgrun"
	"anyam/internal/store"
	"anyam/migrations"
)

const prefix = "anyam-pgtest-"

// patience bounds everything that a test asks of Postgres here.
const patience = 2 * time.Minute

var shared struct {
	sync.Mutex
	tried    bool
	err      error
	base     string // the address of a database of the server, for making others
	template string
	handle   *pgrun.Handle // nil when the server is not ours
	dir      string
}

// Main runs the tests of a package and takes the server away afterwards:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Without it the server ends with the process just as well, but its folder
// stays in memory or the temporary folder until a later run sweeps it away.
func Main(m *testing.M) {
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// New makes a migrated, otherwise empty database and returns its address for
// pgx. The database goes when the test ends.
func New(t testing.TB) (url string) {
	t.Helper()
	return clone(t, true)
}

// Empty makes a database without any schema and returns its address. It goes
// when the test ends.
func Empty(t testing.TB) (url string) {
	t.Helper()
	return clone(t, false)
}

func clone(t testing.TB, migrated bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	base, template, err := server(ctx)
	if err == nil && migrated && template == "" {
		template, err = migratedTemplate(ctx, base)
	}
	if err != nil {
		t.Fatalf("no Postgres for this test: %v", err)
	}
	name := "t_" + random()
	if migrated {
		err = do(ctx, base, fmt.Sprintf("create database %s template %s strategy file_copy", name, template))
	} else {
		err = do(ctx, base, create(name))
		if err != nil { // a system without that locale
			err = do(ctx, base, "create database "+name+" template template0")
		}
	}
	if err != nil {
		t.Fatalf("no database for this test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := do(ctx, base, "drop database if exists "+name+" with (force)"); err != nil {
			t.Errorf("the test's database was not dropped: %v", err)
		}
	})
	return named(base, name)
}

// server returns the address of the process' Postgres and the name of its
// template, empty as long as there is none.
func server(ctx context.Context) (base, template string, err error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.tried {
		return shared.base, shared.template, shared.err
	}
	shared.tried = true
	shared.base, shared.err = begin(ctx)
	return shared.base, "", shared.err
}

func begin(ctx context.Context) (string, error) {
	if given := os.Getenv("ANYAM_TEST_DATABASE_URL"); given != "" {
		if u, err := url.Parse(given); err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
			return "", errors.New("ANYAM_TEST_DATABASE_URL must be an address like postgres://name@host/database")
		}
		return given, nil
	}
	h, dir, err := open(ctx, true)
	if err != nil {
		return "", err
	}
	shared.handle, shared.dir = h, dir
	return h.URL(), nil
}

// open starts a Postgres of its own on a new folder.
func open(ctx context.Context, fast bool) (*pgrun.Handle, string, error) {
	sweep()
	// Directly below the temporary folder: as root, Postgres runs as another
	// user, who may not enter the folders that t.TempDir makes.
	at := os.TempDir()
	if fast {
		at = memory()
	}
	dir, err := os.MkdirTemp(at, prefix)
	if err != nil {
		return nil, "", err
	}
	h, err := pgrun.Open(ctx, options(dir, fast))
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return h, dir, nil
}

func options(dir string, fast bool) pgrun.Options {
	o := pgrun.Options{Dir: dir, Role: pgrun.Serve, Bin: os.Getenv("ANYAM_PG_BIN"), Fast: fast}
	if fast { // memory is dearer than disk
		o.Settings = []string{"min_wal_size=32MB", "max_wal_size=128MB"}
	}
	return o
}

// inMemory is where Linux has a file system in memory.
const inMemory = "/dev/shm"

// memory is a folder in memory when there is plenty, else the temporary one.
// A database is some 400 files; made on a busy disk it takes half a second, in
// memory 30 ms.
func memory() string {
	const plenty = 4 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(inMemory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < plenty {
		return os.TempDir()
	}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return os.TempDir()
	}
	var kB uint64
	if _, after, ok := strings.Cut(string(info), "MemAvailable:"); !ok {
		return os.TempDir()
	} else if _, err := fmt.Sscan(after, &kB); err != nil || kB<<10 < plenty {
		return os.TempDir()
	}
	return inMemory
}

// sweep removes the folders of test processes that were killed.
func sweep() {
	var old []string
	for _, at := range []string{os.TempDir(), inMemory} {
		found, _ := filepath.Glob(filepath.Join(at, prefix+"*")) // fails only on a bad pattern
		old = append(old, found...)
	}
	for _, dir := range old {
		info, err := os.Stat(dir)
		if err == nil && time.Since(info.ModTime()) > 2*time.Minute && !pgrun.InUse(dir) {
			_ = os.RemoveAll(dir) // best effort: they are in nobody's way
		}
	}
}

func stop() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.handle == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := errors.Join(shared.handle.Close(ctx), os.RemoveAll(shared.dir))
	shared.handle, shared.err = nil, errors.New("the tests of this package are over")
	return err
}

// migratedTemplate builds the template once per server: its name is a sum over
// the migrations, so processes that share a server share it too.
func migratedTemplate(ctx context.Context, base string) (string, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.template != "" || shared.err != nil {
		return shared.template, shared.err
	}
	name, err := buildTemplate(ctx, base)
	if err != nil {
		shared.err = fmt.Errorf("the template could not be migrated: %w", err)
		return "", shared.err
	}
	shared.template = name
	return name, nil
}

func buildTemplate(ctx context.Context, base string) (string, error) {
	sum, err := migrationsSum()
	if err != nil {
		return "", err
	}
	name := "anyam_template_" + sum
	conn, err := pgx.Connect(ctx, named(base, "postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // lets go of the lock
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext('anyam template'))"); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	// Under another name until it is whole.
	half := "anyam_half_" + random()
	if _, err := conn.Exec(ctx, create(half)); err != nil {
		if _, err := conn.Exec(ctx, "create database "+half+" template template0"); err != nil {
			return "", err
		}
	}
	if err := store.Migrate(ctx, named(base, half)); err != nil {
		_, dropped := conn.Exec(ctx, "drop database "+half+" with (force)")
		return "", errors.Join(err, dropped)
	}
	_, err = conn.Exec(ctx, "alter database "+half+" rename to "+name)
	return name, err
}

func create(name string) string {
	return "create database " + name + " template template0 encoding 'UTF8' locale 'C.UTF-8' strategy file_copy"
}

func migrationsSum() (string, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range files {
		b, err := fs.ReadFile(migrations.FS, f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", f, len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func do(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// named is the same server's address with another database.
func named(base, db string) string {
	u, err := url.Parse(base)
	if err != nil { // was looked at when it came in
		panic(err)
	}
	u.Path = "/" + db
	return u.String()
}

func random() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
