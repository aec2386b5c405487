//go:build unix

package progtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Scratch makes the folder of this process, where the built program is. A shell that holds the other end of a pipe removes it when
// the process has ended.
var Scratch = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "anyam-progtest-"); err != nil {
		return "", err
	}
	sweeper := exec.Command("/bin/sh", "-c", `trap "" INT TERM HUP; cat >/dev/null; for i in 1 2 3 4 5; do sleep 1; rm -rf "$1"; done`, "sh", dir)
	sweeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	held, err := sweeper.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := sweeper.Start(); err != nil {
		return "", err
	}
	go func() { // keeps this end of the pipe, so that nothing but the end of this process closes it
		_ = sweeper.Wait()
		_ = held.Close()
	}()
	return dir, nil
})

// Exe builds the program and says where it is. It is to be called from a test of a folder two below the module's.
var Exe = sync.OnceValues(func() (string, error) {
	dir, err := Scratch()
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "anyam")
	build := exec.Command("go", "build", "-o", exe, "./cmd/anyam")
	build.Dir = "../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make does it
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the program does not build: %w\n%s", err, said)
	}
	return exe, nil
})

// Said keeps what a program says, on both its outputs where it is given for both.
type Said struct {
	mu  sync.Mutex
	all strings.Builder
}

// Write adds to it.
func (s *Said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

// String is all of it so far.
func (s *Said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// Tail is its end of at most n bytes.
func (s *Said) Tail(n int) string {
	all := s.String()
	if len(all) > n {
		return "…" + all[len(all)-n:]
	}
	return all
}
