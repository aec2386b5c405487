package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every single wait for the program.
const patience = time.Minute

// served is a running program.
type served struct {
	base  string // http://127.0.0.1:port
	cmd   *exec.Cmd
	ended chan struct{}
	said  *tail
}

// tail keeps the end of what a program says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 8000 {
		t.b = append([]byte(nil), t.b[len(t.b)-4000:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// serve starts the program on a port of its own and returns when it serves.
func (b *bench) serve() (*served, error) {
	args := []string{"serve"}
	if len(b.lax) > 0 {
		args = append(args, "--lax")
	}
	p := &served{cmd: exec.Command(b.Exe, args...), ended: make(chan struct{}), said: &tail{}}
	p.cmd.Env = []string{"ANYAM_DATABASE_URL=" + b.Database, "ANYAM_ADDR=127.0.0.1:0", "TMPDIR=" + os.TempDir()}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{}
	endWithParent(p.cmd.SysProcAttr)
	p.cmd.Stderr = p.said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	base, started := make(chan string, 1), make(chan error, 1)
	go func() {
		// Linux counts the thread that started a process as its parent: it must stay as long as the process does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		r := bufio.NewScanner(io.TeeReader(out, p.said))
		for r.Scan() {
			if at, ok := strings.CutPrefix(r.Text(), "anyam is at "); ok {
				base <- strings.TrimSpace(at)
			}
		}
		_ = p.cmd.Wait() // how it ended is told by what it said
	}()
	select {
	case p.base = <-base:
		return p, nil
	case err := <-started:
		return nil, err
	case <-p.ended:
		return nil, fmt.Errorf("the program ended before it served: %s", p.said)
	case <-time.After(patience):
		p.stop()
		return nil, errors.New("the program does not begin to serve")
	}
}

// stop ends the program, in good order if it can be.
func (p *served) stop() {
	for _, s := range []os.Signal{os.Interrupt, os.Kill} {
		_ = p.cmd.Process.Signal(s) // it may have ended
		select {
		case <-p.ended:
			return
		case <-time.After(15 * time.Second):
		}
	}
	<-p.ended
}

// memory gives the resident set of the program, in bytes; 0 where the system does not tell.
func (p *served) memory() int64 {
	if raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)); err == nil {
		if _, rest, ok := strings.Cut(string(raw), "VmRSS:"); ok {
			rest, _, _ = strings.Cut(rest, "kB")
			n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return n << 10
		}
	}
	raw, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n << 10
}

// remember adds the program's memory to the report.
func (b *bench) remember(p *served, after string, beside string, than int64) int64 {
	m := p.memory()
	b.report.add(line{goal: "memory of the server", size: after, unit: "bytes", ours: m, other: beside, than: than})
	return m
}

// browser sends requests as one browser does: over connections that stay.
type browser struct {
	base   string
	client *http.Client
}

func (p *served) browser(connections int) *browser {
	return &browser{p.base, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
}

func (w *browser) close() { w.client.CloseIdleConnections() }

// request makes a request in somebody's name.
func (w *browser) request(ctx context.Context, method, path, token string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.base+path, body)
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("Cookie", "__Host-anyam="+token)
	}
	return r, nil
}

// got is an answer and how long it took.
type got struct {
	first, whole time.Duration // until the headers were there, and the last byte
	bytes        int64
	zipped       bool
}

// get asks for a page; anything but 200 is an error.
func (w *browser) get(ctx context.Context, path, token string, zip bool) (g got, err error) {
	r, err := w.request(ctx, http.MethodGet, path, token, nil)
	if err != nil {
		return g, err
	}
	if zip {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	begun := time.Now()
	a, err := w.client.Do(r)
	if err != nil {
		return g, err
	}
	defer a.Body.Close()
	g.first = time.Since(begun)
	g.zipped = a.Header.Get("Content-Encoding") == "gzip"
	if g.bytes, err = io.Copy(io.Discard, a.Body); err != nil {
		return g, err
	}
	g.whole = time.Since(begun)
	if a.StatusCode != http.StatusOK {
		return g, fmt.Errorf("%s: %s", path, a.Status)
	}
	return g, nil
}

// many asks for a page some times and gives the times of each.
func (w *browser) many(ctx context.Context, path, token string, rounds int) (first, all times, last got, err error) {
	for range rounds {
		if last, err = w.get(ctx, path, token, false); err != nil {
			return nil, nil, last, err
		}
		first, all = append(first, last.first), append(all, last.whole)
	}
	return first, all, last, nil
}

// syncTime is how long it takes to have 4 kB on the disk of the temporary folder: the median of some rounds.
func syncTime(rounds int) (time.Duration, error) {
	f, err := os.CreateTemp("", "anyam-load-")
	if err != nil {
		return 0, err
	}
	defer func() {
		f.Close()
		_ = os.Remove(filepath.Clean(f.Name())) // best effort
	}()
	page := make([]byte, 4096)
	var all times
	for range rounds {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		all = append(all, time.Since(begun))
	}
	return time.Duration(all.at(0.5)), nil
}
