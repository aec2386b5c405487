package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"anyam/internal/qda"
)

// refusal is a refusal with a status of its own, and after how long it makes sense to ask again (0: nobody can say).
type refusal struct {
	why    *qda.Error
	status int
	after  time.Duration
}

func (r *refusal) Error() string { return r.why.Error() }
func (r *refusal) Unwrap() error { return r.why }

// often is what whoever asks too often is told.
func often(key string, after time.Duration) error {
	return &refusal{qda.Refuse(qda.Busy, key), http.StatusTooManyRequests, after}
}

// tooSlow is what is made of the error of a body that did not arrive in time.
func tooSlow(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &refusal{why: qda.Refuse(qda.Invalid, "refused.slow"), status: http.StatusRequestTimeout}
	}
	return nil
}

// queue lets few do something heavy at once, and few more wait for it.
type queue struct {
	heavy
	slots chan struct{}
	wants atomic.Int64
}

func newQueue(h heavy) *queue { return &queue{heavy: h, slots: make(chan struct{}, h.atOnce)} }

// enter waits for a place and gives what leaves it again.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-q.slots }
	select {
	case q.slots <- struct{}{}:
		return leave, nil
	default:
	}
	full := &refusal{qda.Refuse(qda.Busy, "refused.full"), http.StatusServiceUnavailable, 5 * time.Second}
	defer q.wants.Add(-1)
	if q.wants.Add(1) > int64(q.waiting) {
		return nil, full
	}
	wait := time.NewTimer(q.wait)
	defer wait.Stop()
	select {
	case q.slots <- struct{}{}:
		return leave, nil
	case <-wait.C:
		return nil, full
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// paced is a body that must arrive in time: at least so many bytes between two looks, and no more looks than that. It begins
// with the first read, since who waits for a place is not slow.
type paced struct {
	io.ReadCloser
	out   *http.ResponseController
	every time.Duration
	least int64
	looks int

	mu    sync.Mutex
	timer *time.Timer
	over  bool
	came  int64
}

func (p *paced) Read(b []byte) (int, error) {
	p.mu.Lock()
	if p.timer == nil && !p.over {
		p.timer = time.AfterFunc(p.every, p.look)
	}
	p.mu.Unlock()
	n, err := p.ReadCloser.Read(b)
	p.mu.Lock()
	p.came += int64(n)
	p.mu.Unlock()
	if errors.Is(err, io.EOF) {
		p.stop()
	}
	return n, err
}

func (p *paced) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if p.looks--; p.looks > 0 && p.came >= p.least {
		p.came = 0
		p.timer.Reset(p.every)
		return
	}
	p.over = true
	_ = p.out.SetReadDeadline(time.Unix(1, 0)) // long ago: whoever reads is woken; a connection that can't be told ends with net/http's own limit
}

// stop ends the looking. What was set must not meet the connection's next request, so it happens under the lock.
func (p *paced) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && p.timer != nil {
		p.timer.Stop()
	}
	p.over = true
}

// answerer is where answers are written: in pieces, each of which the reader must take in time, so that a long answer may take long
// and a reader who has stopped does not hold it for ever. It knows the status.
type answerer struct {
	http.ResponseWriter
	out    *http.ResponseController
	now    func() time.Time
	status int
	head   bool // only the head is asked for
}

// Unwrap lets http.ResponseController find what lies beneath.
func (w *answerer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerer) grace() { _ = w.out.SetWriteDeadline(w.now().Add(answerTime)) } // where there is none to set, nothing is slow

// WriteHeader keeps the first status.
func (w *answerer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.grace()
	w.ResponseWriter.WriteHeader(status)
}

// Write sends in pieces.
func (w *answerer) Write(b []byte) (n int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	for {
		piece := b[n:min(len(b), n+answerPiece)]
		w.grace()
		m, err := w.ResponseWriter.Write(piece)
		if n += m; err != nil || n >= len(b) {
			return n, err
		}
	}
}

// crowd counts the open streams of each account.
type crowd struct {
	mu   sync.Mutex
	many map[qda.AccountID]int
}

func (c *crowd) enter(id qda.AccountID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.many[id] >= maxStreams {
		return false
	}
	if c.many == nil {
		c.many = map[qda.AccountID]int{}
	}
	c.many[id]++
	return true
}

func (c *crowd) leave(id qda.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.many[id]--; c.many[id] == 0 {
		delete(c.many, id)
	}
}

func (c *crowd) all() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.many {
		n += k
	}
	return n
}
