//go:build unix

package pgtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { Main(m) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func count(t *testing.T, url, sql string) (n int) {
	t.Helper()
	if err := connect(t, url).QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNewIsMigratedAndOnesOwn(t *testing.T) {
	t.Parallel()
	a, b := New(t), New(t)
	if a == b {
		t.Fatal("two tests share a database")
	}
	if n := count(t, a, "select count(*) from schema_version"); n == 0 {
		t.Error("the database is not migrated")
	}
	if _, err := connect(t, a).Exec(context.Background(), "create table mine (n int)"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, b, "select count(*) from pg_class where relname = 'mine'"); n != 0 {
		t.Error("one test sees the other's table")
	}
	if n := count(t, Empty(t), "select count(*) from pg_class where relname = 'schema_version'"); n != 0 {
		t.Error("the empty database has a schema")
	}
}

func TestNewManyAtOnce(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	seen := make([]string, 8)
	for i := range seen {
		all.Go(func() { seen[i] = New(t) })
	}
	all.Wait()
	for _, url := range seen {
		if url == "" || count(t, url, "select 1") != 1 {
			t.Errorf("the database %q does not answer", url)
		}
	}
}

func TestDroppedAtTheEnd(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		url = New(t)
		connect(t, url) // an open connection does not keep it
	})
	if conn, err := pgx.Connect(context.Background(), url); err == nil {
		conn.Close(context.Background())
		t.Error("the database is still there")
	}
}

func TestDurableKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	c := Durable(t)
	ctx := context.Background()
	if _, err := connect(t, c.URL()).Exec(ctx, "create table kept (n int)"); err != nil {
		t.Fatal(err)
	}
	for round := 1; round <= 4; round++ {
		if _, err := connect(t, c.URL()).Exec(ctx, "insert into kept values (1)"); err != nil {
			t.Fatal(err)
		}
		if round == 3 {
			c.Stop()
			c.Start()
		} else {
			c.Kill()
			c.Wait()
		}
		if n := count(t, c.URL(), "select count(*) from kept"); n != round {
			t.Errorf("round %d: %d rows", round, n)
		}
	}
	if n := count(t, c.URL(), "select count(*) from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'on'"); n != 3 {
		t.Errorf("%d of 3 settings for durability are on", n)
	}
}

func TestSweepRemovesOnlyTheAbandoned(t *testing.T) {
	New(t) // ours is in use
	shared.Lock()
	ours := shared.dir
	shared.Unlock()
	old, err := os.MkdirTemp("", prefix)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp("", prefix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(fresh) })
	before := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the abandoned folder is still there")
	}
	for _, kept := range []string{fresh, filepath.Join(ours, "data")} {
		if _, err := os.Stat(kept); ours != "" && err != nil {
			t.Errorf("%s: %v", kept, err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	New(b)
	for b.Loop() {
		New(b)
	}
}
