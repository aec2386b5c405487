package engine

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"anyam/internal/qda"
)

// Ledger is where entries are kept: Postgres, or memory in tests. Its errors of Append are those of package qda.
type Ledger interface {
	// Load gives the project as its tables hold it, all of it at one seq; its codings, where there is a fresh one, as a snapshot of
	// the format asked for and the entries after it (format 0: never). A project that is not there is a qda.Absent.
	Load(ctx context.Context, project qda.ProjectID, format int) (*qda.Image, error)
	// SaveSnapshot keeps the codings at a seq in place of older snapshots. It is a cache.
	SaveSnapshot(ctx context.Context, project qda.ProjectID, seq qda.Seq, format int, columns []byte) error
	// Entries gives decoded entries after a seq, at most limit, in order.
	Entries(ctx context.Context, project qda.ProjectID, after qda.Seq, limit int) ([]*qda.Entry, error)
	// ByChange gives the entry with a change id, nil if there is none.
	ByChange(ctx context.Context, project qda.ProjectID, change qda.ChangeID) (*qda.Entry, error)
	// By gives a coder's entries before a seq, newest first, at most limit.
	By(ctx context.Context, project qda.ProjectID, coder qda.ID, before qda.Seq, limit int) ([]*qda.Entry, error)
	// Append writes a batch in one transaction, or nothing: see qda.ErrBehind and its neighbours.
	Append(ctx context.Context, b *qda.Batch) error
	// Text gives one version of a document's text.
	Text(ctx context.Context, project qda.ProjectID, document qda.ID, version int32) (*qda.Text, error)
	// Heads gives the newest seq of each project that is there.
	Heads(ctx context.Context, projects []qda.ProjectID) (map[qda.ProjectID]qda.Seq, error)
	// Ring tells other processes, some time soon, that a project has moved. It is a hint and may be lost.
	Ring(project qda.ProjectID, head qda.Seq)
}

// Options tune an Engine. The zero value is for production.
type Options struct {
	Now  func() time.Time   // the clock, for show; time.Now must be handed in
	Salt func([]byte)       // fills a salt with random bytes
	Log  *slog.Logger       // never sees a participant's words
	Poll time.Duration      // how often the heads of open projects are looked at; 0: 2 s
	Idle time.Duration      // after how long a project that nobody asks about is dropped; 0: 15 minutes
	hook func(stage string) // tests look in at the stages of a commit
}

// ledgerLimit is how long the ledger may take over what nobody waits for with a deadline of their own. A connection can lead
// nowhere without anybody hearing of it, and a project whose committer waits on one could not be written to any more.
const ledgerLimit = time.Minute

// Engine keeps live projects over one ledger.
type Engine struct {
	ledger Ledger
	opt    Options
	stop   context.CancelFunc
	ctx    context.Context
	wg     sync.WaitGroup

	mu    sync.Mutex
	open  map[qda.ProjectID]*live
	texts textCache
}

// tailSize is how many of a project's newest entries are kept for watchers and repeats.
const tailSize = 1024

// New starts an Engine. Close it.
func New(l Ledger, opt Options) *Engine {
	if opt.Poll == 0 {
		opt.Poll = 2 * time.Second
	}
	if opt.Idle == 0 {
		opt.Idle = 15 * time.Minute
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{ledger: l, opt: opt, open: map[qda.ProjectID]*live{}}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.wg.Add(1)
	go e.poll()
	return e
}

// Close ends all work. Changes that wait are answered qda.Busy; what was acknowledged is in the ledger.
func (e *Engine) Close() {
	e.stop()
	e.wg.Wait()
}

// live is one open project.
type live struct {
	id  qda.ProjectID
	eng *Engine

	ready chan struct{} // closed when loaded or failed
	err   error

	mu      sync.Mutex // guards what follows; held by writers of the View, never by readers of one
	view    *View
	moved   chan struct{} // closed and replaced at each new View
	tail    []*qda.Entry  // the newest entries, in order
	asked   time.Time
	queue   []*request
	arrived chan struct{} // somebody has joined the queue; made by the committer when it first waits for company
	working bool
	watched int     // watchers that wait for moved
	snapped qda.Seq // the newest snapshot this process has kept
}

// get gives an open project, loading it where it is not.
func (e *Engine) get(ctx context.Context, id qda.ProjectID) (*live, error) {
	e.mu.Lock()
	l := e.open[id]
	if l == nil {
		l = &live{id: id, eng: e, ready: make(chan struct{}), moved: make(chan struct{})}
		e.open[id] = l
		e.wg.Add(1)
		go func() {
			defer e.wg.Done()
			v, err := e.load(e.ctx, id)
			l.view, l.err, l.asked = v, err, e.opt.Now()
			if err != nil {
				e.forget(l)
			}
			close(l.ready)
		}()
	}
	e.mu.Unlock()
	select {
	case <-l.ready:
		return l, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *Engine) load(ctx context.Context, id qda.ProjectID) (*View, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerLimit)
	defer cancel()
	img, err := e.ledger.Load(ctx, id, SnapshotFormat)
	if err != nil {
		return nil, err
	}
	v, err := Open(img)
	if errors.Is(err, errSnapshot) {
		e.opt.Log.Warn("a snapshot is of no use; reading the table", "project", id, "error", err)
		if img, err = e.ledger.Load(ctx, id, 0); err != nil {
			return nil, err
		}
		v, err = Open(img)
	}
	return v, err
}

// forget drops a project from memory; the next question loads it again.
func (e *Engine) forget(l *live) {
	e.mu.Lock()
	if e.open[l.id] == l {
		delete(e.open, l.id)
	}
	e.mu.Unlock()
}

// Forget drops a project from memory, for when it has been deleted.
func (e *Engine) Forget(id qda.ProjectID) {
	e.mu.Lock()
	l := e.open[id]
	delete(e.open, id)
	e.mu.Unlock()
	if l != nil {
		<-l.ready
		l.mu.Lock()
		close(l.moved)
		l.moved = make(chan struct{})
		l.mu.Unlock()
	}
}

func (l *live) current() (*View, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = l.eng.opt.Now()
	return l.view, l.moved
}

// View gives the project at its newest seq, at least atLeast: whoever has seen a seq is never shown an older one.
func (e *Engine) View(ctx context.Context, project qda.ProjectID, atLeast qda.Seq) (*View, error) {
	l, err := e.get(ctx, project)
	if err != nil {
		return nil, err
	}
	v, _ := l.current()
	if v.seq >= atLeast {
		return v, nil
	}
	if err := l.catchUp(ctx); err != nil {
		return nil, err
	}
	if v, _ = l.current(); v.seq < atLeast {
		return nil, qda.Refuse(qda.Invalid, "refused.future") // a seq that no ledger has reached
	}
	return v, nil
}

// At gives the project as it stood after an entry: the effects of later ones taken back.
func (e *Engine) At(ctx context.Context, project qda.ProjectID, seq qda.Seq) (*View, error) {
	v, err := e.View(ctx, project, seq)
	if err != nil || v.seq == seq {
		return v, err
	}
	if seq < 0 {
		return nil, absent()
	}
	w := v.fork()
	var later []*qda.Entry
	for after := seq; after < v.seq; {
		es, err := e.ledger.Entries(ctx, project, after, 1000)
		if err != nil {
			return nil, err
		}
		if len(es) == 0 {
			return nil, errors.New("the ledger has lost its end")
		}
		for _, x := range es {
			if x.Seq <= v.seq {
				later = append(later, x)
			}
		}
		after = es[len(es)-1].Seq
	}
	for i := len(later) - 1; i >= 0; i-- {
		if err := w.effect(qda.Inverses(later[i].Did), later[i].Seq); err != nil {
			return nil, err
		}
	}
	w.seq = seq
	w.undone = table[undoing]{}
	for _, u := range v.undone.rows {
		if n, _ := slices.BinarySearch(u.by, seq+1); n > 0 {
			w.undone.rows = append(w.undone.rows, undoing{u.of, u.by[:n:n]})
		}
	}
	if seq > 0 {
		es, err := e.ledger.Entries(ctx, project, seq-1, 1)
		if err != nil {
			return nil, err
		}
		w.hash = es[0].Hash
	}
	return w, nil
}

// catchUp reads what the ledger has beyond the View and applies it.
func (l *live) catchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ledgerLimit)
	defer cancel()
	for {
		l.mu.Lock()
		from := l.view.seq
		l.mu.Unlock()
		es, err := l.eng.ledger.Entries(ctx, l.id, from, 1000)
		if err != nil {
			return err
		}
		l.mu.Lock()
		v := l.view
		fresh := es[:0]
		for _, x := range es {
			if x.Seq <= v.seq {
				continue // another way was faster
			}
			if !x.Sealed(v.hash) {
				// It does not follow what was read before: the ledger has lost that, and another process has written over the numbers.
				l.mu.Unlock()
				l.eng.opt.Log.Error("a ledger is not the one that was read before; the project is read anew", "project", l.id, "seq", x.Seq)
				l.leave()
				return errBusy
			}
			if v, err = v.After(x); err != nil {
				l.mu.Unlock()
				l.eng.opt.Log.Error("a project's ledger can't be applied", "project", l.id, "error", err)
				return err
			}
			fresh = append(fresh, x)
		}
		l.swap(v, fresh)
		l.mu.Unlock()
		if len(es) < 1000 {
			return nil
		}
	}
}

// swap makes a View the newest and rings. l.mu is held.
func (l *live) swap(v *View, es []*qda.Entry) {
	if len(es) == 0 {
		return
	}
	l.view = v
	l.tail = append(l.tail, es...)
	if len(l.tail) > 2*tailSize {
		l.tail = append(make([]*qda.Entry, 0, 2*tailSize), l.tail[len(l.tail)-tailSize:]...)
	}
	close(l.moved)
	l.moved = make(chan struct{})
}

// after gives entries after a seq out of the tail; false when the tail does not reach back so far.
func (l *live) after(seq qda.Seq) ([]*qda.Entry, <-chan struct{}, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = l.eng.opt.Now()
	if seq >= l.view.seq {
		return nil, l.moved, true
	}
	if len(l.tail) == 0 || l.tail[0].Seq > seq+1 {
		return nil, l.moved, false
	}
	return l.tail[seq+1-l.tail[0].Seq:], l.moved, true
}

// Watch gives every entry after a seq, each once and in order, as they come, until the context ends (then without an
// error) or the ledger fails. Nothing is queued for a slow watcher: it has a place and is woken.
func (e *Engine) Watch(ctx context.Context, project qda.ProjectID, after qda.Seq) iter.Seq2[*qda.Entry, error] {
	return func(yield func(*qda.Entry, error) bool) {
		for {
			l, err := e.get(ctx, project)
			if err != nil {
				if ctx.Err() == nil {
					yield(nil, err)
				}
				return
			}
			es, moved, ok := l.after(after)
			if !ok {
				if es, err = e.ledger.Entries(ctx, project, after, 500); err != nil {
					if ctx.Err() == nil {
						yield(nil, err)
					}
					return
				}
			}
			for _, x := range es {
				if !yield(x, nil) {
					return
				}
				after = x.Seq
			}
			if len(es) > 0 {
				continue
			}
			l.watch(1)
			select {
			case <-moved:
			case <-ctx.Done():
			case <-e.ctx.Done():
			}
			l.watch(-1)
			if ctx.Err() != nil || e.ctx.Err() != nil {
				return
			}
		}
	}
}

// watch counts who waits: a project that is watched is not dropped, or its bell would ring no more.
func (l *live) watch(more int) {
	l.mu.Lock()
	l.watched += more
	l.mu.Unlock()
}

// Woken is what a bell from another process calls: the project has reached a seq.
func (e *Engine) Woken(project qda.ProjectID, head qda.Seq) {
	e.mu.Lock()
	l := e.open[project]
	e.mu.Unlock()
	if l == nil {
		return
	}
	select {
	case <-l.ready:
	default:
		return // it will load the newest anyway
	}
	if l.err != nil {
		return
	}
	l.mu.Lock()
	behind := l.view.seq < head
	l.mu.Unlock()
	if behind {
		if err := l.catchUp(e.ctx); err != nil && e.ctx.Err() == nil {
			e.opt.Log.Warn("catching up failed", "project", project, "error", err)
		}
	}
}

// poll heals missed bells and drops idle projects.
func (e *Engine) poll() {
	defer e.wg.Done()
	t := time.NewTicker(e.opt.Poll)
	defer t.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-t.C:
		}
		e.look()
	}
}

func (e *Engine) look() {
	var ids []qda.ProjectID
	var quiet []*live
	e.mu.Lock()
	for id, l := range e.open {
		select {
		case <-l.ready:
		default:
			continue
		}
		if l.err != nil {
			continue
		}
		l.mu.Lock()
		idle := !l.working && l.watched == 0 && e.opt.Now().Sub(l.asked) > e.opt.Idle
		if !l.working {
			quiet = append(quiet, l)
		}
		l.mu.Unlock()
		if idle {
			delete(e.open, id)
			continue
		}
		ids = append(ids, id)
	}
	e.mu.Unlock()
	for _, l := range quiet {
		l.mu.Lock()
		v := l.view
		l.mu.Unlock()
		e.keepSnapshot(l, v)
	}
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(e.ctx, ledgerLimit)
	defer cancel()
	heads, err := e.ledger.Heads(ctx, ids)
	if err != nil {
		return // the next look will tell
	}
	for id, head := range heads {
		e.Woken(id, head)
	}
}

// Words gives a version of a document's text, indexed. Texts never change, so they are kept.
func (e *Engine) Words(ctx context.Context, project qda.ProjectID, document qda.ID, version int32) (*Words, error) {
	k := cachedText{project, document, version}
	if w := e.texts.get(k); w != nil {
		return w, nil
	}
	t, err := e.ledger.Text(ctx, project, document, version)
	if err != nil {
		return nil, err
	}
	w := NewWords(t)
	e.texts.put(k, w)
	return w, nil
}

type cachedText struct {
	project  qda.ProjectID
	document qda.ID
	version  int32
}

// textCache keeps the texts used last, up to a number of bytes.
type textCache struct {
	mu    sync.Mutex
	words map[cachedText]*Words
	order []cachedText // oldest first
	bytes int
}

const textBytes = 256 << 20

func (c *textCache) get(k cachedText) *Words {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.words[k]
}

func (c *textCache) put(k cachedText, w *Words) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.words == nil {
		c.words = map[cachedText]*Words{}
	}
	if c.words[k] != nil {
		return
	}
	c.words[k] = w
	c.order = append(c.order, k)
	c.bytes += len(w.Text.Words)
	for c.bytes > textBytes && len(c.order) > 1 {
		c.bytes -= len(c.words[c.order[0]].Text.Words)
		delete(c.words, c.order[0])
		c.order = c.order[1:]
	}
}
