//go:build unix

package pgtest

import (
	"context"
	"os"
	"testing"

	"anyam/internal/pgrun"
	"anyam/internal/store"
)

// Cluster is a Postgres of a test's own that syncs to disk as in earnest, so
// that what it answered as committed must be there after Kill.
type Cluster struct {
	t      testing.TB
	dir    string
	handle *pgrun.Handle
}

// Durable starts a Postgres of the test's own with a migrated database. It
// takes about a second and is gone when the test ends. Tests use it to kill it.
func Durable(t testing.TB) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, dir, err := open(ctx, false)
	if err != nil {
		t.Fatalf("no Postgres for this test: %v", err)
	}
	c := &Cluster{t: t, dir: dir, handle: h}
	t.Cleanup(func() {
		if c.handle != nil {
			c.Stop()
		}
		if err := os.RemoveAll(c.dir); err != nil {
			t.Errorf("the folder of the test's Postgres was not removed: %v", err)
		}
	})
	if err := store.Migrate(ctx, h.URL()); err != nil {
		t.Fatalf("migrate the test's database: %v", err)
	}
	return c
}

// URL is the address of the database; it stays the same over Kill, Stop and
// Start.
func (c *Cluster) URL() string { return c.handle.URL() }

// Kill ends Postgres and all its children with SIGKILL, as a crash would, and
// returns when the postmaster is dead. It comes back by itself within a moment;
// Wait waits for that.
func (c *Cluster) Kill() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.handle.Kill(ctx); err != nil {
		c.t.Fatalf("kill Postgres: %v", err)
	}
}

// Wait returns when Postgres answers.
func (c *Cluster) Wait() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.handle.Ready(ctx); err != nil {
		c.t.Fatalf("Postgres did not come back: %v", err)
	}
}

// Stop shuts Postgres down and leaves it down until Start.
func (c *Cluster) Stop() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.handle.Close(ctx); err != nil {
		c.t.Fatalf("stop Postgres: %v", err)
	}
}

// Start brings Postgres up after Stop, on the same data.
func (c *Cluster) Start() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, err := pgrun.Open(ctx, options(c.dir, false))
	if err != nil {
		c.t.Fatalf("start Postgres: %v", err)
	}
	c.handle = h
}
