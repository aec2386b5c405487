//go:build unix

package pgrun

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// identity is the person that Postgres runs as when we are root, which Postgres
// refuses to be.
type identity struct {
	uid, gid uint32
	name     string
}

// process is a running child.
type process struct {
	*os.Process
	done chan struct{} // closed once the child was waited for
	err  error         // how it ended; read after done
}

// spawn starts a child and waits for it in one goroutine that keeps its thread:
// the signal that a child gets at its parent's death follows the thread that
// forked it, not the process.
func spawn(cmd *exec.Cmd, as *identity) (*process, error) {
	cmd.Env = environment(cmd.Environ())
	cmd.SysProcAttr = attributes(as)
	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.Process = cmd.Process
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// environment drops what would change the port, the language of messages or
// the time zone of the server.
func environment(inherited []string) []string {
	kept := []string{"LC_ALL=" + messagesLocale, "TZ=UTC"}
	for _, e := range inherited {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "TZ" {
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// attributes gives the child a process group of its own, so that Ctrl-C reaches
// us first and Postgres is stopped last.
func attributes(as *identity) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if as != nil {
		a.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	endWithParent(a)
	return a
}

// killAll kills the process and its children at once. The children first get
// no chance to clean up: the parent is stopped while they are collected.
func (p *process) killAll(ctx context.Context) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for _, child := range children(p.Pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // may have ended meanwhile
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
