package e2e

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"anyam/internal/pgtest"
	"anyam/internal/progtest"
)

// patience bounds each single wait. It is for machines that are busy; nothing here takes seconds.
const patience = 60 * time.Second

// root is the module's folder.
const root = "../.."

func TestMain(m *testing.M) { pgtest.Main(m) }

// program is a running server.
type program struct {
	t        testing.TB
	base     string // http://127.0.0.1:port
	setup    string // the link that makes the first account, where one was printed
	database string
	cmd      *exec.Cmd
	ended    chan struct{}
	said     *progtest.Said
}

// start starts the program on a fresh database and returns when it serves.
func start(t testing.TB) *program {
	t.Helper()
	return startOn(t, pgtest.New(t), "127.0.0.1:0", true)
}

// startOn starts the program on a database and an address; a fresh database is one without accounts, for which a link is
// printed. It is stopped, in good order, when the test ends.
func startOn(t testing.TB, database, addr string, fresh bool, more ...string) *program {
	t.Helper()
	exe, err := progtest.Exe()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, database: database, ended: make(chan struct{}), said: &progtest.Said{}}
	p.cmd = exec.Command(exe, append([]string{"serve", "--lax"}, more...)...)
	p.cmd.Env = append(os.Environ(), "ANYAM_DATABASE_URL="+database, "ANYAM_ADDR="+addr, "ANYAM_URL=", "ANYAM_PROXY=", "ANYAM_INSECURE=")
	p.cmd.Stderr = p.said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		r := bufio.NewScanner(io.TeeReader(out, p.said))
		for r.Scan() {
			lines <- r.Text()
		}
		close(lines)
		_ = p.cmd.Wait() // how it ended is told by what it said
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the program said:\n%s", p.said.Tail(4000))
		}
	})
	deadline := time.After(patience)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the program ended before it served:\n%s", p.said)
			}
			if base, ok := strings.CutPrefix(line, "anyam is at "); ok {
				p.base = base
			}
			if strings.HasPrefix(line, "Nobody has an account") {
				continue
			}
			if strings.Contains(line, "/setup#") {
				p.setup = strings.TrimSpace(line)
			}
			if p.base != "" && (p.setup != "" || !fresh) {
				go func() {
					for range lines { // nobody reads on; the program must not block
					}
				}()
				return p
			}
		case <-deadline:
			t.Fatalf("the program does not serve; it said:\n%s", p.said)
		}
	}
}

// stop ends the program as a service manager does.
func (p *program) stop() {
	p.t.Helper()
	select {
	case <-p.ended:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		p.t.Errorf("the program did not stop within %v", patience)
	}
}

// kill ends the program at once, in the middle of whatever it does.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatalf("kill the program: %v", err)
	}
	<-p.ended
}

// run runs another command of the program on the same database and returns what it printed.
func (p *program) run(args ...string) string {
	p.t.Helper()
	exe, err := progtest.Exe()
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, exe, args...)
	c.Env = append(os.Environ(), "ANYAM_DATABASE_URL="+p.database)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		p.t.Fatalf("anyam %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}
