//go:build faults

package fault

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"anyam/internal/progtest"
)

// patience bounds each single wait. It is for machines that are busy; nothing here takes minutes.
const patience = 60 * time.Second

// root is the module's folder.
const root = "../.."

// long reports whether the long form of the rigs was asked for.
func long() bool { return os.Getenv("ANYAM_FAULTS") == "long" }

// rounds is how often a rig strikes: the first number in the short form, the second in the long one.
func rounds(short, longer int) int {
	if long() {
		return longer
	}
	return short
}

// figure logs one line of a rig's figures, and appends it to the file named by ANYAM_FAULTS_FIGURES as "RIG<tab>text".
func figure(t testing.TB, rig, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Logf("%s: %s", rig, text)
	name := os.Getenv("ANYAM_FAULTS_FIGURES")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s\t%s\n", rig, text) // one write, so that lines of several processes do not mix
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Errorf("the figure could not be kept: %v", err)
	}
}

// outcome is what a rig counted.
type outcome struct {
	Rounds  int             // how often the fault struck
	Acked   int             // changes answered as made
	Lost    int             // answered as made and not there
	Doubled int             // there twice
	Half    int             // there in part, or there though refused
	Refused int             // changes answered with a refusal
	Back    []time.Duration // from each fault to the next change that was made
}

func (o outcome) violations() int { return o.Lost + o.Doubled + o.Half }

// String is a line of the table of figures.
func (o outcome) String() string {
	s := fmt.Sprintf("%d rounds, %d acknowledged: %d lost, %d doubled, %d half", o.Rounds, o.Acked, o.Lost, o.Doubled, o.Half)
	if len(o.Back) > 0 {
		p50, p99 := percentiles(o.Back)
		s += fmt.Sprintf("; back in service after %v (p50), %v (p99)", p50.Round(time.Millisecond), p99.Round(time.Millisecond))
	}
	return s
}

// percentiles gives the median and the 99th percentile by nearest rank; zeros for nothing.
func percentiles(all []time.Duration) (p50, p99 time.Duration) {
	if len(all) == 0 {
		return 0, 0
	}
	s := slices.Sorted(slices.Values(all))
	at := func(p int) time.Duration { return s[(len(s)*p+99)/100-1] }
	return at(50), at(99)
}

// seeded gives a source of randomness and prints its seed.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// eventually polls a condition that nothing signals until it holds; it fails the test after patience.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// server is a program that serves, in a process of its own, on an address that stays the same when it is started again.
type server struct {
	t    testing.TB
	exe  string
	args []string
	env  []string
	addr string
	said *progtest.Said // by all its runs

	cmd     *exec.Cmd
	began   time.Time     // of this run
	serving chan struct{} // closed when this run has said where it is
	ended   chan struct{} // closed when this run was waited for
}

// freeAddr is an address of loopback where nobody listens, outside the ports that systems give to outgoing connections: a
// client that knocks at a dead server's address would else now and then meet itself there.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		if l, err := net.Listen("tcp", addr); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// prepareReal is the real program on a database, not started yet; more are arguments of serve.
func prepareReal(t testing.TB, databaseURL string, more ...string) *server {
	t.Helper()
	exe, err := progtest.Exe()
	if err != nil {
		t.Fatal(err)
	}
	return prepare(t, databaseURL, exe, append([]string{"serve", "--lax"}, more...))
}

// serveReal starts the real program on a database and returns when it serves. It ends with the test.
func serveReal(t testing.TB, databaseURL string, more ...string) *server {
	t.Helper()
	s := prepareReal(t, databaseURL, more...)
	s.start()
	return s
}

// serveSelf starts this test binary as the program with a seeded defect (see defects; "" is none) and returns when it serves.
func serveSelf(t testing.TB, databaseURL, defect string) *server {
	t.Helper()
	if _, ok := defects[defect]; !ok {
		t.Fatalf("there is no defect %q, only %q", defect, slices.Sorted(maps.Keys(defects)))
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := prepare(t, databaseURL, exe, nil, selfVariable+"="+defect, selfMark+"=1")
	s.start()
	return s
}

func prepare(t testing.TB, databaseURL, exe string, args []string, env ...string) *server {
	t.Helper()
	addr := freeAddr(t)
	s := &server{t: t, exe: exe, args: args, addr: addr, said: &progtest.Said{}}
	s.env = append(os.Environ(), "ANYAM_DATABASE_URL="+databaseURL, "ANYAM_ADDR="+addr, "ANYAM_URL=", "ANYAM_PROXY=", "ANYAM_INSECURE=")
	s.env = append(s.env, env...)
	t.Cleanup(func() {
		if s.alive() {
			s.terminate()
		}
		if t.Failed() {
			t.Logf("the program at %s said:\n%s", addr, s.said.Tail(4000))
		}
	})
	return s
}

// base is the address of the site, without a slash at its end.
func (s *server) base() string { return "http://" + s.addr }

// launch starts the program and does not wait until it serves. A child never outlives this process.
func (s *server) launch() {
	s.t.Helper()
	if s.alive() {
		s.t.Fatalf("the program at %s runs already", s.addr)
	}
	cmd := exec.Command(s.exe, s.args...)
	cmd.Env = s.env
	cmd.Stderr = s.said
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	serving, ended, started := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s.cmd, s.began, s.serving, s.ended = cmd, time.Now(), serving, ended
	go func() {
		// The signal at a parent's death follows the thread that started the child, so that thread is kept.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		r := bufio.NewScanner(io.TeeReader(out, s.said))
		for r.Scan() {
			if strings.HasPrefix(r.Text(), "anyam is at ") {
				close(serving)
				serving = make(chan struct{}) // said once
			}
		}
		_ = cmd.Wait() // how it ended is told by what it said
		close(ended)
	}()
	if err := <-started; err != nil {
		close(ended)
		s.t.Fatalf("start %s: %v", s.exe, err)
	}
}

// wait returns when the program serves, with the time since it was launched.
func (s *server) wait() time.Duration {
	s.t.Helper()
	if err := s.served(); err != nil {
		s.t.Fatal(err)
	}
	return time.Since(s.began)
}

// served waits until the program serves; the error says that it does not.
func (s *server) served() error {
	select {
	case <-s.serving:
		return nil
	case <-s.ended:
		select {
		case <-s.serving: // and ended right after
			return nil
		default:
			return fmt.Errorf("the program ended before it served:\n%s", s.said.Tail(4000))
		}
	case <-time.After(patience):
		return fmt.Errorf("the program does not serve; it said:\n%s", s.said.Tail(4000))
	}
}

// start starts the program, after kill or terminate again, on the same address, and returns when it serves, with the time that took.
func (s *server) start() time.Duration {
	s.t.Helper()
	s.launch()
	return s.wait()
}

// alive reports whether the program runs.
func (s *server) alive() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// kill ends the program at once, in the middle of whatever it does, and returns when it is gone.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatalf("kill the program: %v", err)
	}
	s.gone("SIGKILL")
}

// terminate ends the program as a service manager does, and returns when it is gone.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatalf("stop the program: %v", err)
	}
	s.gone("SIGTERM")
}

func (s *server) gone(how string) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Fatalf("the program did not end within %v of %s", patience, how)
	}
}
