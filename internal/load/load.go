package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"anyam/internal/engine"
	"anyam/internal/store"
)

// Options say what to measure with.
type Options struct {
	Exe      string    // the program that is measured, started as "Exe serve"
	Database string    // address of a scratch database that may be filled and is not emptied again; it is migrated first
	Quick    bool      // everything small: proves that the measuring works, its figures mean little
	Out      io.Writer // the table, or the lines of JSON
	JSON     bool      // one object a line: goal, size, ours_UNIT, other, other_UNIT, ratio, target, met; UNIT is ns, bytes or n (a count)
}

// sizes are how much of everything there is.
type sizes struct {
	coders     int           // at once
	warm, each time.Duration // a crowd codes so long before it is measured, and while it is
	words      int           // of the long document
	codings    int           // in it
	projects   int           // in the long list
	rounds     int           // a page is asked for so often
	cold       int           // a server is started so often to ask it first thing
}

var (
	whole = sizes{coders: 50, warm: 2 * time.Second, each: 15 * time.Second, words: 100_000, codings: 5000, projects: 1000, rounds: 25, cold: 3}
	quick = sizes{coders: 4, warm: 200 * time.Millisecond, each: time.Second, words: 2000, codings: 100, projects: 20, rounds: 3, cold: 1}
)

// pace is how often each coder codes: far more than a person does for long.
const pace = 200 * time.Millisecond

// Run prepares data in the database, starts the program on it, drives it over HTTP and prints what it took. It ends with an
// error when anything failed, was lost, doubled, or was not seen by whoever watched; a goal that is missed is only printed.
func Run(ctx context.Context, o Options) error {
	r, err := measure(ctx, o)
	if r == nil {
		return err
	}
	if e := r.print(o.Out, o.JSON); e != nil {
		return errors.Join(err, e)
	}
	return err
}

// bench is one run.
type bench struct {
	Options
	sizes
	store  *store.Store
	engine *engine.Engine
	lax    []string // settings under which the database does not sync
	report report
}

// measure gives what it has measured also where it ends with an error.
func measure(ctx context.Context, o Options) (*report, error) {
	b := &bench{Options: o, sizes: whole}
	if o.Quick {
		b.sizes = quick
	}
	if err := store.Migrate(ctx, o.Database); err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	var err error
	if b.store, err = store.Open(ctx, o.Database, log); err != nil {
		return nil, err
	}
	defer b.store.Close()
	if b.lax, err = b.store.Lax(ctx); err != nil {
		return nil, err
	}
	if len(b.lax) > 0 {
		b.report.note = fmt.Sprintf("The database has %v: it does not sync, so writes look faster than they can be.", b.lax)
	}
	b.engine = engine.New(b.store, engine.Options{Now: time.Now, Salt: random, Log: log})
	defer b.engine.Close()
	d, err := b.prepare(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing the data: %w", err)
	}
	sync, err := syncTime(b.rounds * 8)
	if err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *data, time.Duration) error{b.crowds, b.pages, b.lists} {
		if err := part(ctx, d, sync); err != nil {
			return &b.report, err
		}
	}
	return &b.report, b.report.wrong()
}
