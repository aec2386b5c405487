//go:build faults

package fault

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// side is who sends a message of Postgres' protocol.
type side int

const (
	front side = iota // the program
	back              // Postgres
)

func (s side) String() string { return [...]string{"the program's", "Postgres'"}[s] }

// boundary is a place between two messages of a window: the nth of a side, before or after it is handed on.
type boundary struct {
	side  side
	n     int // from 1
	after bool
}

// window counts messages since it was opened and cuts one connection at its boundary; or it freezes all of them.
type window struct {
	boundary
	freeze bool
	seen   [2]int
	hit    *joint // the connection that was cut, nil until then
}

// weather is what befalls messages at random. Chances are per message.
type weather struct {
	rng   *rand.Rand
	cut   float64       // the connection is cut before or after it, by an end or a reset
	slow  float64       // it is late
	late  time.Duration // by at most so much
	count struct{ cuts, resets, slows int }
}

// wire is a proxy in front of Postgres that knows where a message ends (protocol 3, without TLS).
type wire struct {
	t                testing.TB
	l                net.Listener
	network, address string // of Postgres
	url              string
	wg               sync.WaitGroup

	mu      sync.Mutex
	joints  map[*joint]bool
	window  *window
	weather *weather
	lag     time.Duration // each message is late by so much
	held    chan struct{} // not nil: nothing is handed on until it is closed
	refused bool          // new connections are closed at once
	closed  bool
}

// joint is one connection through the proxy.
type joint struct {
	w              *wire
	client, server net.Conn
	once           sync.Once
	frozen         bool          // nothing is handed on any more, and nobody is told (the wire's lock guards it)
	gone           chan struct{} // closed when the joint has been cut or an end has left
	ended          chan struct{} // closed when Postgres has closed its end: its process is over, what it did is settled
}

// newWire puts a proxy in front of the Postgres of an address.
func newWire(t testing.TB, address string) *wire {
	t.Helper()
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatalf("the database's address: %v", err)
	}
	w := &wire{t: t, joints: map[*joint]bool{}}
	w.network, w.address = pgconn.NetworkAddress(cfg.Host, cfg.Port)
	if w.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u := url.URL{Scheme: "postgres", Host: w.l.Addr().String(), Path: "/" + cfg.Database, User: url.User(cfg.User)}
	if cfg.Password != "" {
		u.User = url.UserPassword(cfg.User, cfg.Password)
	}
	u.RawQuery = url.Values{"sslmode": {"disable"}}.Encode()
	w.url = u.String()
	w.wg.Add(1)
	go w.accept()
	t.Cleanup(w.close)
	return w
}

func (w *wire) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.release()
	_ = w.l.Close()
	w.cutAll(false)
	w.wg.Wait()
}

func (w *wire) accept() {
	defer w.wg.Done()
	for {
		c, err := w.l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		refused := w.refused || w.closed
		w.mu.Unlock()
		if refused {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
			continue
		}
		s, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), w.network, w.address)
		if err != nil {
			_ = c.Close()
			continue
		}
		j := &joint{w: w, client: c, server: s, gone: make(chan struct{}), ended: make(chan struct{})}
		w.mu.Lock()
		w.joints[j] = true
		w.mu.Unlock()
		w.wg.Add(2)
		go j.forth()
		go j.back()
	}
}

// deadAfter is how long Postgres' system takes to find out that the other end of a connection is away.
const deadAfter = 25 * time.Second

// cut ends a joint: the program sees the end of the stream or a reset, Postgres the end of the stream.
func (j *joint) cut(reset bool) {
	j.once.Do(func() {
		close(j.gone)
		if reset {
			_ = j.client.(*net.TCPConn).SetLinger(0)
		}
		_ = j.client.Close()
		if x, ok := j.server.(interface{ CloseWrite() error }); ok {
			_ = x.CloseWrite()
		}
	})
}

// forth hands on what the program says.
func (j *joint) forth() {
	defer j.w.wg.Done()
	defer j.cut(false)
	r := bufio.NewReader(j.client)
	for first := true; ; first = false {
		m, err := message(r, first)
		if err != nil {
			return
		}
		if !j.pass(front, m, j.server) {
			return
		}
	}
}

// back hands on what Postgres says; after a cut it reads on until Postgres has gone.
func (j *joint) back() {
	defer j.w.wg.Done()
	r := bufio.NewReader(j.server)
	for {
		m, err := message(r, false)
		if err != nil || !j.pass(back, m, j.client) {
			break
		}
	}
	j.w.mu.Lock()
	frozen := j.frozen
	j.w.mu.Unlock()
	if frozen {
		<-j.gone
	}
	j.cut(false)
	_, _ = io.Copy(io.Discard, r)
	_ = j.server.Close()
	close(j.ended)
	j.w.mu.Lock()
	delete(j.w.joints, j)
	j.w.mu.Unlock()
}

// message reads one whole message. The first of the program has no type.
func message(r *bufio.Reader, first bool) ([]byte, error) {
	head := 5
	if first {
		head = 4
	}
	m := make([]byte, head, 512)
	if _, err := io.ReadFull(r, m); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(m[head-4:]))
	if n < 4 || n > 1<<30 {
		return nil, errors.New("no message of Postgres' protocol: its length is " + strconv.Itoa(n))
	}
	m = append(m, make([]byte, n-4)...)
	_, err := io.ReadFull(r, m[head:])
	return m, err
}

// pass hands a message on, unless something befalls it. It reports whether the joint still stands.
func (j *joint) pass(from side, m []byte, to net.Conn) bool {
	w := j.w
	w.mu.Lock()
	held, late, frozen := w.held, w.lag, j.frozen
	strike, after, reset := false, false, false
	if x := w.window; x != nil {
		x.seen[from]++
		if x.hit == nil && from == x.side && x.seen[from] == x.n {
			x.hit, strike, after = j, !x.freeze, x.after
			if x.freeze {
				for other := range w.joints {
					other.frozen = true
				}
				frozen = true
			}
		}
	}
	if x := w.weather; x != nil {
		if !strike && x.rng.Float64() < x.cut {
			strike, after, reset = true, x.rng.IntN(2) == 0, x.rng.IntN(2) == 0
			x.count.cuts++
			if reset {
				x.count.resets++
			}
		}
		if x.rng.Float64() < x.slow {
			late += time.Duration(x.rng.Int64N(int64(x.late)))
			x.count.slows++
		}
	}
	w.mu.Unlock()
	if late > 0 {
		timer := time.NewTimer(late)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-j.gone:
			return false
		}
	}
	if frozen {
		// Postgres' system finds out after a while that nobody is there (its keepalive); the program is told nothing.
		timer := time.NewTimer(deadAfter)
		defer timer.Stop()
		select {
		case <-j.gone:
			return false
		case <-timer.C:
		}
		if x, ok := j.server.(interface{ CloseWrite() error }); ok {
			_ = x.CloseWrite()
		}
		<-j.gone
		return false
	}
	if held != nil {
		select {
		case <-held:
		case <-j.gone:
			return false
		}
	}
	if strike && !after {
		j.cut(reset)
		return false
	}
	if _, err := to.Write(m); err != nil {
		return false
	}
	if strike {
		j.cut(reset)
		return false
	}
	return true
}

// open begins a window.
func (w *wire) open(b boundary) {
	w.mu.Lock()
	w.window = &window{boundary: b}
	w.mu.Unlock()
}

// freezeAt begins a window at whose boundary every connection freezes; thaw ends it, and reports whether that has happened.
func (w *wire) freezeAt(b boundary) (thaw func() bool) {
	x := &window{boundary: b, freeze: true}
	w.mu.Lock()
	w.window = x
	w.mu.Unlock()
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.window = nil
		return x.hit != nil
	}
}

// shut ends the window, waits until Postgres has settled what the cut connection did, and reports whether the boundary was
// there, and how many messages each side sent.
func (w *wire) shut() (struck bool, seen [2]int) {
	w.t.Helper()
	w.mu.Lock()
	x := w.window
	w.window = nil
	hit, seen := x.hit, x.seen
	w.mu.Unlock()
	if hit == nil {
		return false, seen
	}
	select {
	case <-hit.ended:
	case <-time.After(30 * time.Second):
		w.t.Fatal("Postgres keeps a connection that was cut for 30 s")
	}
	return true, seen
}

// befall sets the weather, nil for none, and gives the one before.
func (w *wire) befall(x *weather) *weather {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.weather
	w.weather = x
	return old
}

// slow makes every message late.
func (w *wire) slow(d time.Duration) {
	w.mu.Lock()
	w.lag = d
	w.mu.Unlock()
}

// stall keeps back every message until release.
func (w *wire) stall() {
	w.mu.Lock()
	if w.held == nil {
		w.held = make(chan struct{})
	}
	w.mu.Unlock()
}

// release lets messages go again.
func (w *wire) release() {
	w.mu.Lock()
	if w.held != nil {
		close(w.held)
		w.held = nil
	}
	w.mu.Unlock()
}

// refuse closes new connections at once, or no longer.
func (w *wire) refuse(yes bool) {
	w.mu.Lock()
	w.refused = yes
	w.mu.Unlock()
}

// cutAll cuts every connection there is and gives their number.
func (w *wire) cutAll(reset bool) int {
	w.mu.Lock()
	var all []*joint
	for j := range w.joints {
		all = append(all, j)
	}
	w.mu.Unlock()
	for _, j := range all {
		j.cut(reset)
	}
	return len(all)
}
