//go:build faults

package fault

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/pgtest"
	site "anyam/internal/server"
)

// lasts is a limit of the table, as a time.
func lasts(t testing.TB, name string) time.Duration {
	t.Helper()
	for _, l := range site.Limits() {
		if l.Name == name {
			return time.Duration(l.Value)
		}
	}
	t.Fatalf("there is no limit %s", name)
	return 0
}

// slow is a client that does not come to an end: what it begins with, and then a byte at a time, or nothing.
type slow struct {
	kind  string
	begin string
	drip  string        // one byte of it each time; "" sends nothing more
	limit time.Duration // after which the server should have had enough
	many  int
	reads bool // takes its answer a byte at a time, through as small a window as there is
}

// siege is what became of slow clients, and of the others beside them.
type siege struct {
	clients, expected int // slow ones; those whose limit was reached while they were watched
	cut               int // of those expected, disconnected or answered in time
	before, during    time.Duration
	asked             int // by the others
	failed            int
}

// besiege lets slow clients come to a server for a while, and measures what others see of it.
func besiege(t *testing.T, addr string, kinds []slow, watch time.Duration, other func() error) (o siege) {
	t.Helper()
	measure := func(over <-chan struct{}) (all []time.Duration) {
		for {
			select {
			case <-over:
				return all
			default:
			}
			began := time.Now()
			if err := other(); err != nil {
				o.failed++
				t.Logf("a request beside them: %v", err)
			}
			all = append(all, time.Since(began))
		}
	}
	timed := func(d time.Duration) []time.Duration {
		over := make(chan struct{})
		time.AfterFunc(d, func() { close(over) })
		return measure(over)
	}
	quiet := timed(min(watch/2, 5*time.Second))
	var all sync.WaitGroup
	var cut, met atomic.Int64
	over := make(chan struct{})
	for _, k := range kinds {
		o.clients += k.many
		expected := k.limit > 0 && k.limit+2*time.Second < watch
		for range k.many {
			if expected {
				o.expected++
			}
			all.Go(func() {
				c, err := net.DialTimeout("tcp", addr, 5*time.Second)
				if err != nil {
					t.Errorf("%s: %v", k.kind, err)
					return
				}
				defer c.Close()
				if k.reads {
					_ = c.(*net.TCPConn).SetReadBuffer(2048)
				}
				if _, err := io.WriteString(c, k.begin); err != nil {
					t.Errorf("%s: %v", k.kind, err)
					return
				}
				met.Add(1)
				gone := make(chan struct{})
				go func() { // whatever the server says, or that it has gone
					b := make([]byte, 1)
					for {
						if k.reads {
							select {
							case <-over:
								return
							case <-time.After(100 * time.Millisecond):
							}
						}
						if _, err := c.Read(b); err != nil || !k.reads {
							close(gone)
							return
						}
					}
				}()
				tick := time.NewTicker(200 * time.Millisecond)
				defer tick.Stop()
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					case <-gone:
						if expected {
							cut.Add(1)
						}
						return
					case <-tick.C:
						if k.drip != "" {
							_, _ = c.Write([]byte{k.drip[i%len(k.drip)]}) // that it has gone is told by reading
						}
					}
				}
			})
		}
	}
	busy := timed(watch)
	close(over)
	all.Wait()
	o.cut, o.asked = int(cut.Load()), len(quiet)+len(busy)
	_, o.before = percentiles(quiet)
	_, o.during = percentiles(busy)
	if int(met.Load()) != o.clients {
		t.Errorf("%d of %d slow clients came", met.Load(), o.clients)
	}
	return o
}

// slowKinds are 200 clients of each way to be slow, with the limits that are to end them.
func slowKinds(t testing.TB, cookie, page string) []slow {
	headers := lasts(t, "requests.headers_time")
	form := lasts(t, "requests.form_time")
	return []slow{
		{"headers a byte at a time", "GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ", "x", headers, 80, false},
		{"the request a byte at a time", "G", "ET /sign-in", headers, 20, false},
		{"nothing at all", "", "", headers, 30, false},
		{"a form a byte at a time", "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nemail=", "x", form, 40, false},
		{"a form in chunks a byte at a time", "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", form, 10, false},
		{"a file a byte at a time", "POST " + page + "/files HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n", "x", lasts(t, "requests.form_time"), 3, false},
		{"an answer a byte at a time", "GET " + page + "/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie + "\r\n\r\n", "", 0, 20, true},
	}
}

func TestF13(t *testing.T) {
	db := pgtest.New(t)
	st := newStudy(t, db, 1)
	s := serveReal(t, db)
	st.at(s.base)
	c := st.coders[0]
	other := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		a, err := c.get(ctx, st.path("/codebook"))
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("status %d", a.status)
		}
		if err != nil {
			return err
		}
		_, _, err = c.memo(ctx, fresh(), st.codes[0], "catatan")
		return err
	}
	watch := 8 * time.Second
	if long() {
		watch = 40 * time.Second
	}
	resting := resident(t, s.cmd.Process.Pid)
	o := besiege(t, s.addr, slowKinds(t, "__Host-anyam="+c.token, st.path("")), watch, other)
	grown := resident(t, s.cmd.Process.Pid) - resting
	figure(t, "F13", "%d slow clients for %v: %d of the %d whose time was over were sent away; others' p99 %v before, %v meanwhile (× %.1f) over %d pairs of page and change, %d failed; memory grew by %d MB",
		o.clients, watch, o.cut, o.expected, o.before.Round(time.Millisecond), o.during.Round(time.Millisecond), float64(o.during)/float64(max(o.before, 1)), o.asked, o.failed, grown>>20)
	if o.clients < 200 || o.expected < 100 || o.asked < 20 {
		t.Errorf("too little happened: %+v", o)
	}
	if o.cut != o.expected || o.failed > 0 {
		t.Errorf("%d of %d slow clients were sent away; %d other requests failed", o.cut, o.expected, o.failed)
	}
	if o.during > 20*o.before+2*time.Second { // generous: this machine has other work; the figure is printed
		t.Errorf("others waited %v, before %v", o.during, o.before)
	}
	if grown > 200<<20 {
		t.Errorf("slow clients took %d MB", grown>>20)
	}
	checkAll(t, db)
}

// TestF13Control: a server without timeouts keeps its slow clients.
func TestF13Control(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	}))
	defer plain.Close()
	defer plain.CloseClientConnections()
	kinds := slowKinds(t, "x=y", "/projects/1")
	o := besiege(t, plain.Listener.Addr().String(), kinds[:len(kinds)-1], lasts(t, "requests.headers_time")+3*time.Second, func() error {
		a, err := http.Get(plain.URL)
		if err != nil {
			return err
		}
		return errors.Join(a.Body.Close())
	})
	figure(t, "F13", "control, a server without timeouts: %d of %d slow clients whose time was over were sent away", o.cut, o.expected)
	if o.expected == 0 || o.cut == o.expected {
		t.Errorf("a server without timeouts sends slow clients away: %+v", o)
	}
}

// resident is the memory of a process that is in use, in bytes.
func resident(t testing.TB, pid int) int64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("how much memory the program uses can't be read here: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kb int64
		if n, err := fmt.Sscanf(lines.Text(), "VmRSS: %d kB", &kb); n == 1 && err == nil {
			return kb << 10
		}
	}
	t.Fatal("the system does not say how much memory the program uses")
	return 0
}

// flood is a body that goes on for as long as it is read.
type flood struct {
	head io.Reader
	left int64
	sent atomic.Int64
}

var foam = bytes.Repeat([]byte("kata kata kata. "), 4096)

func (f *flood) Read(b []byte) (int, error) {
	if f.head != nil {
		n, err := f.head.Read(b)
		if err == nil || n > 0 {
			f.sent.Add(int64(n))
			return n, nil
		}
		f.head = nil
	}
	if f.left <= 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), f.left)], foam)
	f.left -= int64(n)
	f.sent.Add(int64(n))
	return n, nil
}

// flooded is what became of bodies far over the cap.
type flooded struct {
	bodies, over int // over: bodies of which more was taken than the cap and what lies on the way
	refused      int // answered 413
	grown        int64
	most         int64 // bytes that were taken of one
}

// onTheWay is what the two ends' buffers, and net/http after its answer, may take beyond a cap.
const onTheWay = 24 << 20

// floodWith sends bodies of size bytes, and looks at the memory of a process while they are sent (0: at none).
func floodWith(t *testing.T, bodies []func(size int64) (*http.Request, *flood, int64), size int64, pid int) (o flooded) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var resting, peak int64
	if pid != 0 {
		resting = resident(t, pid)
	}
	over := make(chan struct{})
	var watching sync.WaitGroup
	if pid != 0 {
		watching.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-over:
					return
				case <-tick.C:
					peak = max(peak, resident(t, pid))
				}
			}
		})
	}
	for _, make := range bodies {
		r, body, limit := make(size)
		o.bodies++
		a, err := client.Do(r)
		if err == nil {
			if a.StatusCode == http.StatusRequestEntityTooLarge {
				o.refused++
			}
			_ = a.Body.Close()
		}
		sent := body.sent.Load()
		o.most = max(o.most, sent)
		if sent > limit+onTheWay {
			o.over++
		}
	}
	close(over)
	watching.Wait()
	o.grown = max(0, peak-resting)
	return o
}

// bodiesOf are a form, a change in JSON and a file, each with a length told before and in chunks, with their caps.
func bodiesOf(t *testing.T, base, path, cookie string) (all []func(size int64) (*http.Request, *flood, int64)) {
	form := int64(lasts(t, "requests.form"))
	for _, x := range []struct {
		path, kind, head string
		limit            int64
	}{
		{"/sign-in", "application/x-www-form-urlencoded", "email=", form},
		{path + "/memos", "application/json", `{"on":0,"text":"`, form},
		{path + "/files", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"P1.txt\"\r\n\r\n", exchange.MaxFile + 1<<20},
	} {
		for _, told := range []bool{true, false} {
			all = append(all, func(size int64) (*http.Request, *flood, int64) {
				f := &flood{head: strings.NewReader(x.head), left: size - int64(len(x.head))}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+x.path, io.NopCloser(f))
				if err != nil {
					t.Fatal(err)
				}
				if told {
					r.ContentLength = size
				}
				r.Header.Set("Content-Type", x.kind)
				r.Header.Set("Accept", "application/json")
				r.Header.Set("Cookie", cookie)
				return r, f, x.limit
			})
		}
	}
	return all
}

func TestF13Flood(t *testing.T) {
	db := pgtest.New(t)
	st := newStudy(t, db, 1)
	s := serveReal(t, db)
	bodies := bodiesOf(t, s.base(), st.path(""), "__Host-anyam="+st.coders[0].token)
	const size = 10 << 30
	first := floodWith(t, bodies, size, s.cmd.Process.Pid)
	again := floodWith(t, bodies, size, s.cmd.Process.Pid)
	figure(t, "F13", "bodies of 10 GB: %d, of at most %d MB something was taken, %d answered 413, memory grew by %d MB, the second time by %d MB", first.bodies+again.bodies, max(first.most, again.most)>>20, first.refused+again.refused, first.grown>>20, again.grown>>20)
	if first.over+again.over > 0 {
		t.Errorf("of %d bodies more was taken than the cap", first.over+again.over)
	}
	if first.bodies < 6 || first.refused+again.refused == 0 {
		t.Errorf("too little happened: %+v", first)
	}
	if first.grown > 200<<20 || again.grown > 100<<20 {
		t.Errorf("memory grew by %d MB and then by %d MB", first.grown>>20, again.grown>>20)
	}
	if !s.alive() {
		t.Error("the program has ended")
	}
	checkAll(t, db)
}

// TestF13FloodControl: a server without caps takes everything.
func TestF13FloodControl(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer plain.Close()
	o := floodWith(t, bodiesOf(t, plain.URL, "/projects/1", "x=y"), 256<<20, 0)
	figure(t, "F13", "control, a server without caps: of %d bodies %d were taken beyond the cap", o.bodies, o.over)
	if o.over == 0 {
		t.Errorf("a server without caps refuses: %+v", o)
	}
}
