//go:build unix

package pgrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Role is what a process wants the database for.
type Role string

const (
	// Serve is a process that stays: the server.
	Serve Role = "serve"
	// Command is a process that ends by itself: import, export, verify, backup.
	Command Role = "command"
)

// Options say what to open.
type Options struct {
	Dir      string       // the folder for data, socket, lock and log; made when missing
	Role     Role         // Serve or Command
	Bin      string       // the folder of the Postgres programs; empty: looked for
	Log      *slog.Logger // told of deaths, restarts and waits; nil: nobody
	Fast     bool         // for tests: nothing is synced, so a power cut loses everything
	Settings []string     // further settings of Postgres, "name=value"
}

// Handle is an open database.
type Handle struct {
	url  string
	held bool
	gone chan error

	cluster *cluster // nil unless held
	role    Role
	dir     string
	lock    *os.File // the lock when held, else a share in "guests" (nil for Serve)

	quit    context.CancelFunc
	hurry   chan struct{}
	ended   chan struct{} // the goroutine that keeps or watches has returned
	closing sync.Once
	closed  error
}

// URL is the address of the database anyam, for pgx. It stays the same for the
// life of the handle, also when Postgres is started again.
func (h *Handle) URL() string { return h.url }

// Held tells whether this process runs Postgres; otherwise another one does.
func (h *Handle) Held() bool { return h.held }

// Gone gives one error when the database has gone for good: when the process
// that runs it has ended, or when it could not be started again for two
// minutes. It gives nothing when the handle is closed.
func (h *Handle) Gone() <-chan error { return h.gone }

// PID is the number of the postmaster, 0 while it is down or run by another
// process.
func (h *Handle) PID() int {
	if h.cluster == nil {
		return 0
	}
	if p := h.cluster.current.Load(); p != nil && !p.ended() {
		return p.Pid
	}
	return 0
}

// Ready waits until the database answers.
func (h *Handle) Ready(ctx context.Context) error {
	for {
		err := ping(ctx, h.url)
		if err == nil {
			return nil
		}
		if pause(ctx, 10*time.Millisecond) != nil {
			return fmt.Errorf("the database does not answer: %w", err)
		}
	}
}

// Open opens the private database in a folder.
//
// The first process takes the lock, writes its role beside it, starts Postgres
// and keeps it running until Close. For another one:
//
//   - a Command connects to whoever holds the folder;
//   - a Serve that finds a Serve connects too, and hears from Gone when that
//     one ends;
//   - a Serve that finds a Command waits for its end and takes over.
//
// Without Postgres programs the error is ErrNotFound. Cancelling ctx ends the
// waiting, not the database.
func Open(ctx context.Context, o Options) (*Handle, error) {
	if o.Role != Serve && o.Role != Command {
		return nil, fmt.Errorf("the role %q is neither serve nor command", o.Role)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := prepare(o.Dir)
	if err != nil {
		return nil, err
	}
	told := false
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		lock, err := tryLock(filepath.Join(dir, "lock"), false)
		if err == nil {
			h, err := hold(ctx, dir, lock, o)
			if err != nil {
				lock.Close()
				return nil, err
			}
			return h, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		other := readHolder(dir)
		if o.Role == Serve && other.Role == Command {
			if !told {
				told = true
				o.Log.Info("waiting for the end of another anyam that uses the database", "pid", other.PID)
			}
		} else if h := join(ctx, dir, other, o.Role); h != nil {
			return h, nil
		}
		if err := pause(ctx, wait); err != nil {
			return nil, fmt.Errorf("another anyam (process %d) holds the database in %s and did not become ready in time: %w", other.PID, dir, err)
		}
	}
}

// prepare makes the folder and returns its real, absolute path.
func prepare(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("no folder for the database was named")
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // Postgres runs as another user, who must walk through
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return "", fmt.Errorf("the folder for the database cannot be made: %w", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// hold runs Postgres under the lock.
func hold(ctx context.Context, dir string, lock *os.File, o Options) (*Handle, error) {
	me := holder{Role: o.Role, PID: os.Getpid()}
	if err := writeHolder(dir, me); err != nil {
		return nil, err
	}
	c, err := newCluster(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	p, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	me.Ready, me.URL = true, address(c.socket, database)
	if err := writeHolder(dir, me); err != nil {
		c.stop(p, nil)
		return nil, err
	}
	quit, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h := &Handle{
		url: me.URL, held: true, gone: make(chan error, 1),
		cluster: c, role: o.Role, dir: dir, lock: lock,
		quit: cancel, hurry: make(chan struct{}), ended: make(chan struct{}),
	}
	go func() {
		defer close(h.ended)
		if err := c.keep(quit, h.hurry, p); err != nil {
			h.gone <- err
		}
	}()
	return h, nil
}

// join connects to the holder's Postgres; nil when it does not answer (yet).
func join(ctx context.Context, dir string, other holder, role Role) *Handle {
	if !other.Ready {
		return nil
	}
	var share *os.File
	if role == Command {
		// A command that runs Postgres does not end it under other commands.
		var err error
		if share, err = tryLock(filepath.Join(dir, "guests"), true); err != nil {
			return nil
		}
	}
	asking, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if ping(asking, other.URL) != nil {
		if share != nil {
			share.Close()
		}
		return nil
	}
	quit, stop := context.WithCancel(context.WithoutCancel(ctx))
	h := &Handle{
		url: other.URL, gone: make(chan error, 1), role: role, dir: dir, lock: share,
		quit: stop, hurry: make(chan struct{}), ended: make(chan struct{}),
	}
	go func() {
		defer close(h.ended)
		watch(quit, dir, h.gone)
	}()
	return h
}

// watch tells when the holder has let go of its lock.
func watch(quit context.Context, dir string, gone chan<- error) {
	for pause(quit, 200*time.Millisecond) == nil {
		free, err := tryLock(filepath.Join(dir, "lock"), true)
		if errors.Is(err, errLocked) {
			continue
		}
		if err == nil {
			free.Close()
			err = errors.New("the anyam that ran the database has ended, and the database with it; start this one again (two servers side by side need ANYAM_DATABASE_URL)")
		}
		gone <- err
		return
	}
}

// Close lets go of the database. A process that holds it stops Postgres: at
// most ten seconds politely, at once when ctx is done. A Command that holds it
// first waits, while ctx lasts, for other commands that use it. Close may be
// called again.
func (h *Handle) Close(ctx context.Context) error {
	h.closing.Do(func() { h.closed = h.close(ctx) })
	return h.closed
}

func (h *Handle) close(ctx context.Context) error {
	if !h.held {
		h.quit()
		<-h.ended
		if h.lock != nil {
			return h.lock.Close()
		}
		return nil
	}
	if h.role == Command {
		for {
			alone, err := tryLock(filepath.Join(h.dir, "guests"), false)
			if err == nil {
				defer alone.Close()
			}
			if !errors.Is(err, errLocked) || pause(ctx, 20*time.Millisecond) != nil {
				break
			}
		}
	}
	h.quit()
	select {
	case <-h.ended:
	case <-ctx.Done():
		close(h.hurry)
		<-h.ended
	}
	_ = os.Remove(filepath.Join(h.dir, "holder")) // the lock tells more
	return h.lock.Close()
}

// InUse tells whether a process holds the database in a folder.
func InUse(dir string) bool {
	free, err := tryLock(filepath.Join(dir, "lock"), true)
	if err == nil {
		free.Close()
	}
	return errors.Is(err, errLocked)
}

// Kill ends a held Postgres and all its children with SIGKILL, as a crash
// would, and returns when the postmaster is dead. It is started again as after
// any death. For tests of what survives.
func (h *Handle) Kill(ctx context.Context) error {
	if h.cluster == nil {
		return errors.New("this process does not run Postgres")
	}
	p := h.cluster.current.Load()
	if p == nil {
		//lint:ignore ST1005 Postgres and Debian are names
		return errors.New("Postgres is down already")
	}
	return p.killAll(ctx)
}
