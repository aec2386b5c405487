//go:build unix

package pgrun

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary be the other process of a test: with
// PGRUN_TEST_HELPER it opens a folder, says how that went and closes at the end
// of its input.
func TestMain(m *testing.M) {
	if given := os.Getenv("PGRUN_TEST_HELPER"); given != "" {
		os.Exit(help(given))
	}
	os.Exit(m.Run())
}

func help(given string) int {
	var o Options
	if err := json.Unmarshal([]byte(given), &o); err != nil {
		fmt.Println("error", err)
		return 2
	}
	h, err := Open(context.Background(), o)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("open", h.Held(), h.PID())
	input := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(input)
	}()
	select {
	case <-input:
	case err := <-h.Gone():
		fmt.Println("gone", err)
	}
	if err := h.Close(context.Background()); err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("closed")
	return 0
}

// other is another process with the database open or wanted.
type other struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.Closer
	lines chan string // what it says; closed at its end
}

func startOther(t *testing.T, dir string, role Role, fast bool) *other {
	t.Helper()
	given, err := json.Marshal(Options{Dir: dir, Role: role, Fast: fast})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PGRUN_TEST_HELPER="+string(given))
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	o := &other{t: t, cmd: cmd, stdin: stdin, lines: make(chan string, 10)}
	go func() {
		defer close(o.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			o.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		for range o.lines {
		}
		_ = cmd.Wait() // a killed one ends with an error
	})
	return o
}

// says waits for a line that begins with want.
func (o *other) says(want string) string {
	o.t.Helper()
	select {
	case line := <-o.lines:
		if !strings.HasPrefix(line, want) {
			o.t.Fatalf("the other process says %q, want %q…", line, want)
		}
		return line
	case <-time.After(30 * time.Second):
		o.t.Fatalf("the other process does not say %q", want)
	}
	return ""
}

// kill returns when the process is dead; its Postgres may not be yet.
func (o *other) kill() {
	o.t.Helper()
	if err := o.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.cmd.Process.Wait(); err != nil {
		o.t.Fatal(err)
	}
}

// newDir is a folder that the user postgres may enter, unlike t.TempDir's.
func newDir(t *testing.T) string {
	t.Helper()
	at := os.TempDir()
	var fs syscall.Statfs_t
	if syscall.Statfs("/dev/shm", &fs) == nil && fs.Bavail*uint64(fs.Bsize) > 4<<30 {
		at = "/dev/shm" // Linux' file system in memory is ten times faster
	}
	dir, err := os.MkdirTemp(at, "anyam-pgrun-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func ctxFor(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func mustOpen(t *testing.T, o Options) *Handle {
	t.Helper()
	h, err := Open(ctxFor(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mustClose(t, h) })
	return h
}

func mustClose(t *testing.T, h *Handle) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Error(err)
	}
}

// query runs statements and returns the first value of the last one's row.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(ctxFor(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(ctxFor(t), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

func execFailing(ctx context.Context, url, sql string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}
