//go:build unix

package pgrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "anyam"
	database  = "anyam"
	port      = "5432" // names the socket file; nothing listens on it

	patience    = 300 * time.Millisecond // how long an orphan may end by itself
	lingering   = 10 * time.Second       // how long a dead postmaster may stay in the way
	politeStop  = 10 * time.Second       // from SIGINT to SIGQUIT
	firmStop    = 5 * time.Second        // from SIGQUIT to SIGKILL
	firstPause  = 20 * time.Millisecond  // before the first restart; doubles
	longestWait = 5 * time.Second        // between restarts
	giveUp      = 2 * time.Minute        // of restarts without success
)

// cluster is a data folder with the Postgres that runs on it. Its methods but
// pid and ready are called by one goroutine at a time.
type cluster struct {
	programs
	dir, data, socket string
	as                *identity
	fast              bool
	settings          []string
	log               *slog.Logger
	current           atomic.Pointer[process]
}

func (c *cluster) logPath() string { return filepath.Join(c.dir, "postgres.log") }

func address(socket, db string) string {
	q := url.Values{"host": {socket}, "port": {port}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///" + db + "?" + q.Encode()
}

// initialise makes the data folder when there is none.
func (c *cluster) initialise(ctx context.Context) error {
	if major, err := majorOf(c.data); err != nil || major != 0 {
		return err
	}
	if old, err := filepath.Glob(c.data + ".new-*"); err == nil {
		for _, half := range old { // of an initdb that was killed; never used
			_ = os.RemoveAll(half)
		}
	}
	half, err := os.MkdirTemp(c.dir, "data.new-")
	if err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	locales := [][]string{
		{"--locale=C.UTF-8"}, // not C: there lower() and \w know ASCII alone
		{"--locale-provider=icu", "--icu-locale=und", "--locale=en_US.UTF-8"},
	}
	for _, locale := range locales {
		if err = c.initdb(ctx, half, locale); err == nil || !strings.Contains(err.Error(), "locale") {
			break
		}
	}
	if err != nil {
		_ = os.RemoveAll(half)
		return err
	}
	// An empty folder may stand there already; rename replaces only an empty one.
	if err := os.Rename(half, c.data); err != nil {
		return fmt.Errorf("the new data folder cannot be put in its place: %w", err)
	}
	return syncFolder(c.dir)
}

func (c *cluster) initdb(ctx context.Context, half string, locale []string) error {
	if err := c.own(half); err != nil {
		return err
	}
	args := append([]string{"-D", half, "-U", superuser, "-A", "trust", "-E", "UTF8", "--data-checksums"}, locale...)
	if c.fast {
		args = append(args, "--no-sync")
	}
	cmd := exec.Command(filepath.Join(c.bin, "initdb"), args...)
	cmd.Dir = half
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	p, err := spawn(cmd, c.as)
	if err != nil {
		return fmt.Errorf("initdb cannot be started: %w", err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
		<-p.done
		return ctx.Err()
	}
	if p.err != nil {
		return fmt.Errorf("initdb failed: %w\n%s", p.err, tail(said.String()))
	}
	return nil
}

// own gives a folder to the identity Postgres runs as, closed to all others.
func (c *cluster) own(folder string) error {
	if err := os.Chmod(folder, 0o700); err != nil {
		return fmt.Errorf("the folder %s cannot be closed to others: %w", folder, err)
	}
	if c.as == nil {
		return nil
	}
	if err := os.Chown(folder, int(c.as.uid), int(c.as.gid)); err != nil {
		return fmt.Errorf("the folder %s cannot be given to the user %s: %w", folder, c.as.name, err)
	}
	return nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// start brings Postgres up and returns when it answers.
func (c *cluster) start(ctx context.Context) (*process, error) {
	if err := c.initialise(ctx); err != nil {
		return nil, err
	}
	until := time.Now().Add(lingering)
	for {
		if err := c.settle(ctx); err != nil {
			return nil, err
		}
		p, offset, err := c.launch()
		if err != nil {
			return nil, err
		}
		err = c.answer(ctx, p)
		if err == nil {
			c.current.Store(p)
			return p, nil
		}
		ended := p.ended()
		c.stop(p, ctx.Done())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		said := c.said(offset)
		// What a killed postmaster leaves behind (its lock file, its children on
		// the shared memory) goes away within moments.
		transient := strings.Contains(said, "lock file") || strings.Contains(said, "shared memory")
		if !ended || !transient || time.Now().After(until) {
			//lint:ignore ST1005 Postgres and Debian are names
			return nil, fmt.Errorf("Postgres did not start: %w\n%s", err, tail(said))
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// settle waits for the end of a Postgres that an earlier holder left behind.
func (c *cluster) settle(ctx context.Context) error {
	began := time.Now()
	asked := false
	for {
		pid := c.writtenPID()
		if pid == 0 || pid == os.Getpid() {
			return nil
		}
		there, zombie, here := condition(pid, c.data)
		waited := time.Since(began)
		switch {
		case !there:
			return nil // Postgres itself sees that the file is stale
		case !zombie && !here, zombie && waited > lingering:
			// The number belongs to another program now, or to a dead one that
			// nobody takes away: Postgres would refuse for ever.
			for _, stale := range []string{filepath.Join(c.data, "postmaster.pid"), c.socketFile() + ".lock", c.socketFile()} {
				if err := os.Remove(stale); err != nil && !errors.Is(err, os.ErrNotExist) {
					return fmt.Errorf("a stale lock file of Postgres cannot be removed: %w", err)
				}
			}
			return nil
		case !zombie && waited > patience && !asked:
			c.log.Warn("a Postgres that was left behind is asked to end", "pid", pid)
			asked = true
			if err := syscall.Kill(pid, syscall.SIGINT); err != nil && err != syscall.ESRCH {
				return fmt.Errorf("a Postgres that was left behind (process %d) cannot be ended: %w", pid, err)
			}
		case !zombie && waited > time.Minute:
			return fmt.Errorf("a Postgres that was left behind (process %d) does not end", pid)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

func (c *cluster) socketFile() string { return filepath.Join(c.socket, ".s.PGSQL."+port) }

// writtenPID is the number in postmaster.pid, 0 without one.
func (c *cluster) writtenPID() int {
	b, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 1 {
		return 0
	}
	return pid
}

// launch starts the postmaster; offset is where its words begin in the log.
func (c *cluster) launch() (p *process, offset int64, err error) {
	if info, err := os.Stat(c.logPath()); err == nil && info.Size() > 10<<20 {
		_ = os.Rename(c.logPath(), c.logPath()+".1") // only a log
	}
	f, err := os.OpenFile(c.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("the log of Postgres cannot be opened: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		offset = info.Size()
	}
	args := []string{"-D", c.data, "-k", c.socket, "-p", port}
	settings := []string{
		"listen_addresses=",
		"unix_socket_permissions=0700",
		"timezone=UTC",
		"log_timezone=UTC",
		"logging_collector=off",
		"log_destination=stderr",
		// Statements, details and the messages of errors may carry the words of
		// participants; only what Postgres says of itself is kept.
		"log_min_messages=log",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
	}
	if c.fast {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")
	}
	for _, s := range append(settings, c.settings...) {
		args = append(args, "-c", s)
	}
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), args...)
	cmd.Dir = c.data
	cmd.Stdout, cmd.Stderr = f, f
	if p, err = spawn(cmd, c.as); err != nil {
		//lint:ignore ST1005 Postgres and Debian are names
		return nil, 0, fmt.Errorf("Postgres cannot be started: %w", err)
	}
	return p, offset, nil
}

// answer waits until Postgres answers in our database, which it makes when it
// is missing.
func (c *cluster) answer(ctx context.Context, p *process) error {
	for {
		err := c.ask(ctx)
		if err == nil && !p.ended() {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended at once (%v)", p.err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (c *cluster) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := ping(ctx, address(c.socket, database)); err == nil || sqlState(err) != "3D000" {
		return err
	}
	conn, err := pgx.Connect(ctx, address(c.socket, "postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// The locale is the cluster's, C.UTF-8.
	_, err = conn.Exec(ctx, "create database "+database)
	return err
}

func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}

func ping(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}

// keep starts Postgres again whenever it ends, until quit is done; then it
// stops it. It returns an error when Postgres cannot be brought back.
func (c *cluster) keep(quit context.Context, hurry <-chan struct{}, p *process) error {
	for {
		select {
		case <-quit.Done():
			c.stop(p, hurry)
			return nil
		case <-p.done:
		}
		c.current.Store(nil)
		c.log.Error("Postgres ended and is started again", "pid", p.Pid, "how", fmt.Sprint(p.err))
		began, wait := time.Now(), firstPause
		for {
			if pause(quit, wait) != nil {
				return nil
			}
			next, err := c.start(quit)
			if err == nil {
				p = next
				c.log.Info("Postgres is back", "pid", p.Pid, "after", time.Since(began))
				break
			}
			if quit.Err() != nil {
				return nil
			}
			c.log.Error("Postgres could not be started again", "error", err)
			if time.Since(began) > giveUp {
				//lint:ignore ST1005 Postgres and Debian are names
				return fmt.Errorf("Postgres ended and could not be started again: %w", err)
			}
			wait = min(2*wait, longestWait)
		}
	}
}

// stop ends a postmaster, ever less politely; hurry shortens the wait.
func (c *cluster) stop(p *process, hurry <-chan struct{}) {
	defer c.current.CompareAndSwap(p, nil)
	if c.fast { // nothing to save
		_ = p.Signal(syscall.SIGQUIT)
	} else {
		_ = p.Signal(syscall.SIGINT)
		select {
		case <-p.done:
			return
		case <-hurry:
		case <-time.After(politeStop):
		}
		_ = p.Signal(syscall.SIGQUIT)
	}
	select {
	case <-p.done:
	case <-time.After(firmStop):
		_ = p.Kill()
		<-p.done
	}
}

// said is what Postgres wrote to its log after offset.
func (c *cluster) said(offset int64) string {
	b, err := os.ReadFile(c.logPath())
	if err != nil || int64(len(b)) < offset {
		return ""
	}
	return string(b[offset:])
}

// tail is the last ten lines of a text.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
