//go:build unix

package pgrun

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartStopKeepsData(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	h := mustOpen(t, Options{Dir: dir, Role: Serve})
	if !h.Held() || h.PID() == 0 {
		t.Fatalf("held %v, process %d", h.Held(), h.PID())
	}
	query(t, h.URL(), "create table kept (n int); insert into kept values (7)")
	for _, c := range []struct{ sql, want string }{
		{"select current_database()", "anyam"},
		{"select current_user", "anyam"},
		{"show listen_addresses", ""},
		{"show fsync", "on"},
		{"show data_checksums", "on"},
		{"show timezone", "UTC"},
		{"select lower('ÆRLIG')", "ærlig"}, // what the C locale gets wrong
		{"select 'æ' ~ '\\w'", "t"},
	} {
		if got := query(t, h.URL(), c.sql); got != c.want {
			t.Errorf("%s gives %q, want %q", c.sql, got, c.want)
		}
	}
	pid := h.PID()
	mustClose(t, h)
	if there, zombie, _ := condition(pid, dir); there && !zombie {
		t.Error("Postgres lives on after Close")
	}
	if InUse(dir) {
		t.Error("the lock is still held after Close")
	}
	h = mustOpen(t, Options{Dir: dir, Role: Serve})
	if got := query(t, h.URL(), "select n from kept"); got != "7" {
		t.Errorf("kept %q, want 7", got)
	}
}

func TestFoldersAreClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustOpen(t, Options{Dir: dir, Role: Serve, Fast: true})
	for _, name := range []string{"data", "run", "postgres.log", "lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestLogHoldsNoWordsOfParticipants(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	h := mustOpen(t, Options{Dir: dir, Role: Serve, Fast: true})
	ctx := ctxFor(t)
	for _, sql := range []string{
		"select 'quiet words'::int",
		"create table once (w text primary key); insert into once values ('quiet words'), ('quiet words')",
		"do $$ begin raise warning 'quiet words'; end $$",
	} {
		// They fail on purpose; only the log matters.
		if err := execFailing(ctx, h.URL(), sql); err == nil && !strings.HasPrefix(sql, "do") {
			t.Errorf("%s should fail", sql)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil || len(b) == 0 {
		t.Fatalf("the log cannot be read or is empty: %v", err)
	}
	if strings.Contains(string(b), "quiet words") {
		t.Errorf("the log holds the words:\n%s", b)
	}
}

func TestLongPathGetsShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), strings.Repeat("long", 30))
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	h := mustOpen(t, Options{Dir: dir, Role: Serve, Fast: true})
	if got := query(t, h.URL(), "select 1"); got != "1" {
		t.Errorf("got %q", got)
	}
	socket := h.cluster.socket
	mustClose(t, h)
	if len(socket) > 80 {
		t.Errorf("the socket's folder is %q", socket)
	}
	if err := os.RemoveAll(socket); err != nil {
		t.Error(err)
	}
}

func TestKilledParentEndsPostgresAndNextStartWorks(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	for round := range 3 {
		o := startOther(t, dir, Serve, false)
		line := o.says("open true")
		pid, err := strconv.Atoi(line[strings.LastIndex(line, " ")+1:])
		if err != nil || pid == 0 {
			t.Fatalf("%q names no process", line)
		}
		o.kill()
		// Straight after, with no pause.
		h := mustOpen(t, Options{Dir: dir, Role: Serve})
		if !h.Held() {
			t.Fatalf("round %d: the lock of the dead is still honoured", round)
		}
		if got := query(t, h.URL(), "create table if not exists r (n int); insert into r values (1); select count(*) from r"); got != strconv.Itoa(round+1) {
			t.Errorf("round %d: %q rows", round, got)
		}
		if there, zombie, here := condition(pid, filepath.Join(dir, "data")); there && here && !zombie {
			t.Errorf("round %d: the old Postgres %d lives on", round, pid)
		}
		mustClose(t, h)
	}
}

func TestKilledParentAndPostmaster(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	o := startOther(t, dir, Serve, false)
	line := o.says("open true")
	pid, err := strconv.Atoi(line[strings.LastIndex(line, " ")+1:])
	if err != nil {
		t.Fatal(err)
	}
	// The parent first, stopped, so that it does not start another one.
	if err := errors.Join(o.cmd.Process.Signal(syscall.SIGSTOP), syscall.Kill(pid, syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	o.kill()
	h := mustOpen(t, Options{Dir: dir, Role: Serve})
	if got := query(t, h.URL(), "select 1"); got != "1" || !h.Held() {
		t.Errorf("got %q, held %v", got, h.Held())
	}
}

func TestStaleLockFileOfALivingStranger(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustClose(t, mustOpen(t, Options{Dir: dir, Role: Serve}))
	// Number 1 is always there and never ours.
	stale := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(stale, []byte("1\n"+filepath.Join(dir, "data")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := mustOpen(t, Options{Dir: dir, Role: Serve})
	if h.PID() == 0 {
		t.Error("Postgres is not up")
	}
}

func TestKilledPostmasterComesBack(t *testing.T) {
	t.Parallel()
	h := mustOpen(t, Options{Dir: newDir(t), Role: Serve})
	query(t, h.URL(), "create table kept (n int)")
	for round := range 3 {
		query(t, h.URL(), "insert into kept values (1)")
		before := h.PID()
		if round == 0 { // the postmaster alone: its children linger
			if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			<-h.cluster.current.Load().done
		} else if err := h.Kill(ctxFor(t)); err != nil {
			t.Fatal(err)
		}
		if err := h.Ready(ctxFor(t)); err != nil {
			t.Fatal(err)
		}
		if got := query(t, h.URL(), "select count(*) from kept"); got != strconv.Itoa(round+1) {
			t.Errorf("round %d: %q rows came back", round, got)
		}
		for h.PID() == 0 { // answers a moment before it is noted
			if err := pause(ctxFor(t), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		if h.PID() == before {
			t.Errorf("round %d: the same process %d", round, before)
		}
	}
	select {
	case err := <-h.Gone():
		t.Errorf("gone: %v", err)
	default:
	}
}

func TestCommandJoinsServe(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := mustOpen(t, Options{Dir: dir, Role: Serve, Fast: true})
	o := startOther(t, dir, Command, true)
	o.says("open false 0")
	o.stdin.Close()
	o.says("closed")
	if got := query(t, s.URL(), "select 1"); got != "1" {
		t.Error("the guest's end took the database along")
	}
}

func TestServeJoinsServeAndHearsOfItsEnd(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	for _, killed := range []bool{false, true} {
		first := startOther(t, dir, Serve, true)
		first.says("open true")
		second := mustOpen(t, Options{Dir: dir, Role: Serve, Fast: true})
		if second.Held() {
			t.Fatal("two hold the same folder")
		}
		if got := query(t, second.URL(), "select 1"); got != "1" {
			t.Errorf("got %q", got)
		}
		if killed {
			first.kill()
		} else {
			first.stdin.Close()
		}
		select {
		case err := <-second.Gone():
			if !strings.Contains(err.Error(), "has ended, and the database with it") {
				t.Errorf("gone with %q", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nobody says that the database is gone")
		}
		mustClose(t, second)
	}
}

func TestServeWaitsForCommand(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	c := mustOpen(t, Options{Dir: dir, Role: Command, Fast: true})
	s := startOther(t, dir, Serve, true)
	// Another command gets in meanwhile, and the first waits for it at its end.
	guest := startOther(t, dir, Command, true)
	guest.says("open false")
	closed := make(chan struct{})
	go func() {
		mustClose(t, c)
		close(closed)
	}()
	if got := query(t, c.URL(), "select 1"); got != "1" {
		t.Error("the database went while a guest uses it")
	}
	select {
	case <-closed:
		t.Error("the command ended the database under its guest")
	case line := <-s.lines:
		t.Errorf("the server does not wait: %q", line)
	case <-time.After(400 * time.Millisecond): // long enough for both to look
	}
	guest.stdin.Close()
	guest.says("closed")
	s.says("open true")
	<-closed
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	var all []*other
	for range 6 {
		all = append(all, startOther(t, dir, Serve, true))
	}
	holders := 0
	for _, o := range all {
		if strings.HasPrefix(o.says("open "), "open true") {
			holders++
		}
	}
	if holders != 1 {
		t.Errorf("%d processes hold the folder, want 1", holders)
	}
}

func TestCancelledOpen(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustOpen(t, Options{Dir: dir, Role: Command, Fast: true})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, Options{Dir: dir, Role: Serve, Fast: true})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another anyam") {
		t.Errorf("the error is %v", err)
	}
	fresh := newDir(t)
	ctx, cancel = context.WithTimeout(context.Background(), 100*time.Millisecond) // amid initdb
	defer cancel()
	if _, err := Open(ctx, Options{Dir: fresh, Role: Serve}); err == nil {
		t.Error("initdb took less than 0.1 s")
	}
	h := mustOpen(t, Options{Dir: fresh, Role: Serve, Fast: true})
	if !h.Held() {
		t.Error("the folder is not usable after a cancelled start")
	}
}
