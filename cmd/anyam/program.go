package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/pgrun"
	"anyam/internal/qda"
	"anyam/internal/server"
	"anyam/internal/store"
)

// program is one run of the command.
type program struct {
	config Config
	in     io.Reader
	out    io.Writer
	err    io.Writer
}

// opened is a migrated database with an engine over it.
type opened struct {
	store     *store.Store
	engine    *engine.Engine
	extractor *exchange.Extractor
	log       *slog.Logger
	metrics   *server.Metrics
	gone      <-chan error // the private Postgres has ended for good
	private   bool
	close     func()
}

// open finds or starts the database, migrates it and starts an engine.
func (p *program) open(ctx context.Context, role pgrun.Role) (*opened, error) {
	log := server.NewLog(p.err)
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	o := &opened{log: log, extractor: &exchange.Extractor{Exe: exe, Cache: p.config.Cache}}
	url, down := p.config.DatabaseURL, func() {}
	if url == "" {
		h, err := p.private(ctx, role, log)
		if err != nil {
			return nil, err
		}
		o.private, o.gone, url = true, h.Gone(), h.URL()
		down = func() {
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			if err := h.Close(ctx); err != nil {
				log.Error("Postgres did not stop cleanly", "error", err)
			}
		}
	}
	if err := store.Migrate(ctx, url); err != nil {
		down()
		return nil, err
	}
	s, err := store.Open(ctx, url, log)
	if err != nil {
		down()
		return nil, err
	}
	o.metrics = server.NewMetrics(time.Now)
	e := engine.New(o.metrics.Ledger(s), engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }, Log: log})
	listening, quiet := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Listen(listening, nil, e.Woken)
	}()
	o.store, o.engine = s, e
	o.close = func() {
		quiet()
		e.Close()
		<-done
		o.extractor.Close()
		s.Close()
		down()
	}
	return o, nil
}

// private opens the Postgres of our own, installing its programs where there are none and one may.
func (p *program) private(ctx context.Context, role pgrun.Role, log *slog.Logger) (*pgrun.Handle, error) {
	opt := pgrun.Options{Dir: p.config.Data, Role: role, Bin: p.config.PgBin, Log: log}
	h, err := pgrun.Open(ctx, opt)
	if errors.Is(err, pgrun.ErrNotFound) {
		fmt.Fprintln(p.err, "anyam: there is no Postgres on this machine yet")
		terminal := false
		if f, ok := p.in.(*os.File); ok {
			if i, err := f.Stat(); err == nil {
				terminal = i.Mode()&os.ModeCharDevice != 0
			}
		}
		if err := pgrun.Install(ctx, p.in, p.err, terminal); err != nil {
			return nil, err
		}
		h, err = pgrun.Open(ctx, opt)
	}
	return h, err
}

// project finds a project by name or number. A name that several have leaves a choice open.
func (o *opened) project(ctx context.Context, name string) (store.Listed, bool, error) {
	all, err := o.store.AllProjects(ctx)
	if err != nil {
		return store.Listed{}, false, err
	}
	if clean, err := qda.CleanName(name); err == nil {
		name = clean // as names are kept
	}
	var found []store.Listed
	for _, x := range all {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && qda.ProjectID(n) == x.ID {
			return x, true, nil
		}
		if strings.EqualFold(x.Name, name) {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return store.Listed{}, false, nil
	case 1:
		return found[0], true, nil
	}
	var list strings.Builder
	for _, x := range found {
		fmt.Fprintf(&list, "\n  %d  %s", x.ID, x.Name)
	}
	return store.Listed{}, false, usage("several projects are called %q; give a number:%s", name, list.String())
}

// actor is who acts on the command line: the account named, else the project's owner.
func (o *opened) actor(ctx context.Context, v *engine.View, email string) (*qda.Coder, error) {
	if email != "" {
		a, err := o.store.AccountByEmail(ctx, email)
		if err != nil {
			return nil, usage("there is no account %q", email)
		}
		c, ok := v.CoderOf(a.ID)
		if !ok {
			return nil, usage("%s is not in the project %q", email, v.Project().Name)
		}
		return c, nil
	}
	for _, c := range v.As(0).Coders() {
		if c.Role == qda.Owner {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the project %q has no owner", v.Project().Name)
}

// many says how many there are of something.
func many(n int, one, more string) string {
	if n != 1 {
		one = more
	}
	return strconv.Itoa(n) + " " + one
}

// newChange makes a change id for an intention of this run.
func newChange() (c qda.ChangeID) {
	rand.Read(c[:])
	c[6], c[8] = c[6]&0x0f|0x40, c[8]&0x3f|0x80
	return c
}

// plain turns a refusal into a sentence for a terminal.
func plain(err error) error {
	var refused *qda.Error
	var bad *exchange.BadFile
	var other *refi.BadFile
	switch {
	case errors.As(err, &other):
		return errors.New(english().T("projectin.bad." + string(other.Reason)))
	case errors.As(err, &refused):
		return errors.New(english().T(refused.Key, refused.Args...))
	case errors.As(err, &bad):
		var args []any
		for k, v := range bad.Args {
			args = append(args, k, v)
		}
		return errors.New(english().T(bad.Key(), args...))
	}
	return err
}
