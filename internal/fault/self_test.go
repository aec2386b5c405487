//go:build faults

package fault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/pgtest"
	site "anyam/internal/server"
	"anyam/internal/store"
	"anyam/web"
)

const (
	selfMark     = "ANYAM_FAULT_SERVE" // set: this test binary is to be the program
	selfVariable = "ANYAM_FAULT_SELF"  // with this defect
)

// defect is what is wrong with the program that this test binary plays. A nil function changes nothing.
type defect struct {
	ledger  func(engine.Ledger) engine.Ledger
	handler func(http.Handler) http.Handler
}

// defects are the seeded ones by name. A rig with one of its own adds it in an init function.
var defects = map[string]defect{"": {}}

// TestMain lets the test binary be the program with a defect, or the program's child that reads files.
func TestMain(m *testing.M) {
	if len(os.Args) >= 2 && os.Args[1] == "extract" {
		if err := exchange.Child(os.Stdin, os.Stdout, os.Args[2:]...); err != nil {
			os.Exit(3)
		}
		os.Exit(0)
	}
	if os.Getenv(selfMark) != "" {
		if err := self(defects[os.Getenv(selfVariable)]); err != nil {
			fmt.Fprintln(os.Stderr, "anyam:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

// self is the program as cmd/anyam's serve wires it, with a defect.
func self(d defect) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := site.NewLog(os.Stderr)
	l, err := net.Listen("tcp", os.Getenv("ANYAM_ADDR"))
	if err != nil {
		return err
	}
	defer l.Close()
	url := os.Getenv("ANYAM_DATABASE_URL")
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url, log)
	if err != nil {
		return err
	}
	defer s.Close()
	var ledger engine.Ledger = s
	if d.ledger != nil {
		ledger = d.ledger(s)
	}
	e := engine.New(ledger, engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }, Log: log})
	listening, quiet := context.WithCancel(context.Background())
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		s.Listen(listening, nil, e.Woken)
	}()
	defer func() {
		quiet()
		e.Close()
		<-heard
	}()
	assets, err := web.New(false)
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	w := site.New(site.Config{Store: s, Engine: e, Assets: assets, Extractor: &exchange.Extractor{Exe: exe}, Log: log, Now: time.Now})
	handler := w.Handler()
	if d.handler != nil {
		handler = d.handler(handler)
	}
	h := site.HTTP(handler, log)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	fmt.Printf("anyam is at http://%s\n", l.Addr())
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	w.Close()
	down, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(err, h.Shutdown(down))
}
