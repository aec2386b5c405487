package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/pgrun"
	"anyam/internal/qda"
	"anyam/internal/server"
	"anyam/internal/store"
	"anyam/web"
)

func english() *i18n.Printer { return i18n.New("en", "UTC") }

func extract(in io.Reader, out io.Writer, args ...string) error {
	return exchange.Child(in, out, args...)
}

func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse reads flags wherever they stand, and gives the rest; after "--" everything is rest.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, &helpAsked{f}
		} else if err != nil {
			return nil, wrongFlag(f.Name(), err.Error())
		}
		blank := ""
		f.Visit(func(x *flag.Flag) {
			if v, ok := x.Value.(flag.Getter); ok && v.Get() == "" { // of a variable that is not set, say
				blank = x.Name
			}
		})
		if blank != "" {
			return nil, usage("%s: --%s needs a value", f.Name(), blank)
		}
		if n := len(args) - f.NArg(); f.NArg() == 0 || n > 0 && args[n-1] == "--" {
			return append(rest, f.Args()...), nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

func wrongFlag(command, say string) error {
	if name, ok := strings.CutPrefix(say, "flag provided but not defined: -"); ok {
		return usage("%[1]s has no flag --%[2]s; see anyam %[1]s --help", command, name)
	}
	if name, ok := strings.CutPrefix(say, "flag needs an argument: -"); ok {
		return usage("%s: --%s needs a value", command, name)
	}
	return usage("%s: %s", command, say)
}

func (p *program) serve(ctx context.Context, args []string) error {
	f := flags("serve")
	demo := f.Bool("demo", false, "load the demo study")
	lax := f.Bool("lax", false, "serve though the database may lose what it has acknowledged")
	dev := f.Bool("dev", false, "read scripts and styles from the folder web at each request")
	if rest, err := parse(f, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return usage("serve takes no %q", rest[0])
	}
	// The address first: a second server on it should hear of that before it waits for anything.
	l, err := net.Listen("tcp", p.config.Addr)
	if err != nil {
		return fmt.Errorf("%s can't be listened on (is anyam running already?): %w", p.config.Addr, err)
	}
	defer l.Close()
	o, err := p.open(ctx, pgrun.Serve)
	if err != nil {
		return err
	}
	defer o.close()
	if settings, err := o.store.Lax(ctx); err != nil {
		return err
	} else if len(settings) > 0 && !*lax {
		return fmt.Errorf("the database has %v, so that work it has acknowledged could be lost; set it on, or start with --lax", settings)
	}
	assets, err := web.New(*dev)
	if err != nil {
		return err
	}
	s := server.New(server.Config{Store: o.store, Engine: o.engine, Assets: assets, Extractor: o.extractor, Log: o.log, Now: time.Now,
		URL: p.config.URL, Proxies: p.config.Proxies, Insecure: p.config.Insecure, Metrics: o.metrics})
	h := server.HTTP(s.Handler(), o.log)
	failed := make(chan error, 2)
	go func() { failed <- h.Serve(l) }()
	if p.config.MetricsAddr != "" {
		ml, err := net.Listen("tcp", p.config.MetricsAddr)
		if err != nil {
			return fmt.Errorf("%s can't be listened on for metrics: %w", p.config.MetricsAddr, err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", o.metrics.Handler())
		mh := server.HTTP(mux, o.log)
		defer mh.Close()
		go func() { failed <- mh.Serve(ml) }()
		fmt.Fprintf(p.out, "metrics are at http://%s/metrics\n", ml.Addr())
	}
	// The first PDF must not wait until its reader is compiled.
	warming, cold := context.WithCancel(ctx)
	defer cold()
	go func() {
		if err := o.extractor.Warm(warming); err != nil && warming.Err() == nil && p.config.Cache != "" {
			o.log.Warn("the compiled reader of PDF can't be kept: each PDF will take some seconds", "folder", p.config.Cache, "error", err)
		}
	}()
	if *demo {
		if err := o.loadDemo(ctx, p.out); err != nil {
			return err
		}
	}
	base := "http://" + l.Addr().String()
	if p.config.URL != nil {
		base = p.config.URL.String()
	}
	fmt.Fprintf(p.out, "anyam is at %s\n", base)
	// The site is up: a database that is away for a moment does not end it.
	for tries := 0; ; tries++ {
		err := p.setupLink(ctx, o, base)
		var refused *qda.Error
		if err == nil {
			break
		}
		if !errors.As(err, &refused) || refused.Fault != qda.Busy || tries == 60 {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
	sweep := time.NewTicker(6 * time.Hour)
	defer sweep.Stop()
	for over := false; !over; {
		if _, err := o.store.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			o.log.Warn("old uploads and sessions could not be removed", "error", err)
		}
		select {
		case <-sweep.C:
		case <-ctx.Done():
			over, err = true, nil
		case err = <-failed:
			over = true
		case err = <-o.gone:
			over = true
		}
	}
	s.Close()
	down, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if e := h.Shutdown(down); e != nil && !errors.Is(e, context.DeadlineExceeded) {
		o.log.Error("the server did not stop cleanly", "error", e)
	}
	fmt.Fprintln(p.out, "anyam has stopped")
	return err
}

// setupLink prints a link that makes the first account, as long as there is none.
func (p *program) setupLink(ctx context.Context, o *opened, base string) error {
	all, err := o.store.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Admin {
			return nil
		}
	}
	token, sum := server.NewToken()
	now := time.Now()
	if err := o.store.NewLink(ctx, store.Link{Sum: sum, Purpose: "setup", Made: now, Until: now.Add(server.LinkLife)}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "Nobody has an account yet. Set up the first one (the link works once, within a day):\n  %s/setup#%s\n", base, token)
	return err
}
