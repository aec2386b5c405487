package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"anyam/internal/bench"
	"anyam/internal/load"
	"anyam/internal/pgrun"
	"anyam/internal/store"
)

// bench measures this machine: the engine and the ledger against SQL, or with --http the whole program under load. It works in a
// scratch Postgres of its own, which syncs as in earnest and is gone afterwards.
func (p *program) bench(ctx context.Context, args []string) (err error) {
	f := flags("bench")
	sizes := f.String("size", "", "`SIZES` to measure: S, M, L, XL; with commas between them")
	asJSON := f.Bool("json", false, "one object a line")
	http := f.Bool("http", false, "measure the program over HTTP instead")
	quick := f.Bool("quick", false, "few repetitions: to try the bench, not the machine")
	if rest, err := parse(f, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return usage("bench takes no %q", rest[0])
	}
	dir, err := os.MkdirTemp("", "anyam-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := pgrun.Open(ctx, pgrun.Options{Dir: dir, Role: pgrun.Serve, Bin: p.config.PgBin, Log: slog.New(slog.DiscardHandler),
		Settings: []string{"shared_buffers=2GB", "work_mem=256MB", "maintenance_work_mem=512MB", "max_wal_size=8GB", "max_connections=200", "jit=off"}})
	if err != nil {
		return err
	}
	defer func() {
		down, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, h.Close(down))
	}()
	if *http {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		return load.Run(ctx, load.Options{Exe: exe, Database: h.URL(), Quick: *quick, Out: p.out, JSON: *asJSON})
	}
	if err := store.Migrate(ctx, h.URL()); err != nil {
		return err
	}
	o := bench.Options{Database: h.URL(), Folder: dir, JSON: *asJSON, Quick: *quick, Out: p.out, Progress: p.err, Random: func(b []byte) { rand.Read(b) }}
	if *sizes != "" {
		o.Sizes = strings.Split(strings.ToUpper(*sizes), ",")
		for _, s := range o.Sizes {
			if !bench.Known(s) {
				return usage("there is no size %q", s)
			}
		}
	}
	if err := bench.Run(ctx, o); err != nil {
		return fmt.Errorf("the bench: %w", err)
	}
	return nil
}
