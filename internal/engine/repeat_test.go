package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

func isBusy(err error) bool {
	var refused *qda.Error
	return errors.As(err, &refused) && refused.Fault == qda.Busy
}

// TestRepeats: a change id gives its first answer for ever, in memory and from the ledger, to the same meaning alone.
func TestRepeats(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l interface {
		engine.Ledger
		maker
	}) {
		e := engine.New(l, options())
		w := newWorld(t, l, e)
		intents := []qda.Intent{
			{Change: newChange(), Coder: w.owner, Do: w.coding(w.doc2, "mahal", w.c)},                // a second time: coded already
			{Change: newChange(), Coder: w.owner, Do: &qda.MemoWritten{Text: "Dua kali?"}},           // a second time: another memo
			{Change: newChange(), Coder: w.owner, Do: &qda.CodingsRemoved{Codings: []qda.ID{w.ofA}}}, // a second time: gone
			{Change: newChange(), Coder: w.owner, Do: newDocument(), Text: oneTurn},
		}
		var first []*qda.Entry
		for _, in := range intents {
			x, err := e.Do(t.Context(), w.p, in)
			if err != nil {
				t.Fatal(err)
			}
			first = append(first, x)
		}
		again := func(e *engine.Engine) {
			t.Helper()
			for i, in := range intents {
				x, err := e.Do(t.Context(), w.p, in)
				if err != nil || x.Seq != first[i].Seq || x.Hash != first[i].Hash {
					t.Errorf("%s again: %+v, %v", in.Do.Kind(), x, err)
				}
				other := in
				other.Do = &qda.MemoWritten{Text: fmt.Sprint("Lain ", i)}
				var refused *qda.Error
				if _, err := e.Do(t.Context(), w.p, other); !errors.As(err, &refused) || refused.Fault != qda.Conflict || refused.Key != "refused.change_id" {
					t.Errorf("another meaning under the id of %s: %v", in.Do.Kind(), err)
				}
				other = in
				other.Coder = w.researcher
				if _, err := e.Do(t.Context(), w.p, other); !errors.As(err, &refused) || refused.Fault != qda.Conflict {
					t.Errorf("another coder under the id of %s: %v", in.Do.Kind(), err)
				}
			}
		}
		again(e)
		e.Close()
		e = engine.New(l, options()) // its tail is empty
		defer e.Close()
		again(e)
		if err := e.Check(t.Context(), w.p); err != nil {
			t.Fatal(err)
		}
	})
}

// TestGroupCommit: who comes while a commit is on its way shares the next one.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	const many = 50
	var commits atomic.Int32
	var held atomic.Bool
	inside, goOn := make(chan struct{}), make(chan struct{})
	e := engine.New(s, engine.Hooked(options(), func(stage string) {
		if stage != "append" {
			return
		}
		commits.Add(1)
		if held.CompareAndSwap(true, false) {
			close(inside)
			<-goOn
		}
	}))
	defer e.Close()
	p, me := newProject(t, s, e)
	start := commits.Load()
	held.Store(true)
	seqs := make(chan qda.Seq, many)
	write := func(i int) {
		x, err := e.Do(context.Background(), p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.MemoWritten{Text: fmt.Sprint("memo ", i)}})
		if err != nil {
			t.Error(err)
			seqs <- 0
			return
		}
		seqs <- x.Seq
	}
	go write(0)
	<-inside
	for i := 1; i < many; i++ {
		go write(i)
	}
	for engine.Waiting(e, p) < many-1 {
		runtime.Gosched()
	}
	close(goOn)
	seen := map[qda.Seq]bool{}
	for range many {
		seen[<-seqs] = true
	}
	for n := qda.Seq(2); n <= many+1; n++ {
		if !seen[n] {
			t.Errorf("nobody was answered %d", n)
		}
	}
	if n := commits.Load() - start; n != 2 {
		t.Errorf("%d changes took %d commits, not 2", many, n)
	}
	if err := e.Check(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// TestOneBadChangeFailsAlone: an entry that the ledger can't hold does not take its neighbours along.
func TestOneBadChangeFailsAlone(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := &faulty{memory: m}
	e := engine.New(l, options())
	defer e.Close()
	w := newWorld(t, l, e)
	boom := errors.New("boom")
	l.fault = func(b *qda.Batch) fault {
		for _, x := range b.Entries {
			if c, ok := x.Do.(*qda.MemoWritten); ok && c.Text == "salah" {
				return fault{before: boom}
			}
		}
		return fault{}
	}
	var all sync.WaitGroup
	var good atomic.Int32
	for i := range 20 {
		all.Go(func() {
			text := "benar"
			if i%7 == 3 {
				text = "salah"
			}
			_, err := e.Do(t.Context(), w.p, qda.Intent{Change: newChange(), Coder: w.owner, Do: &qda.MemoWritten{Text: text}})
			if (text == "salah") != errors.Is(err, boom) {
				t.Errorf("%s: %v", text, err)
			}
			if err == nil {
				good.Add(1)
			}
		})
	}
	all.Wait()
	if good.Load() != 17 {
		t.Errorf("%d went through", good.Load())
	}
	if err := e.Check(t.Context(), w.p); err != nil {
		t.Fatal(err)
	}
}

// faulty is a ledger whose answers go astray.
type faulty struct {
	*memory
	mu    sync.Mutex
	fault func(*qda.Batch) fault
}

// fault is what befalls one Append: an error instead of writing, or one after it.
type fault struct{ before, after error }

func (f *faulty) Append(ctx context.Context, b *qda.Batch) error {
	var x fault
	f.mu.Lock()
	if f.fault != nil {
		x = f.fault(b)
	}
	f.mu.Unlock()
	if x.before != nil {
		return x.before
	}
	if err := f.memory.Append(ctx, b); err != nil {
		return err
	}
	return x.after
}

// once befalls the next Append alone.
func (f *faulty) once(x fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = func(*qda.Batch) fault {
		f.fault = nil
		return x
	}
}

func TestALostAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		x    fault
		busy bool // whether the first Do does not know
		kept bool // whether the ledger has it then
	}{
		{"written, the answer lost", fault{after: qda.ErrLost}, true, true},
		{"lost on the way", fault{before: qda.ErrLost}, true, false},
		{"not sent", fault{before: qda.ErrNotSent}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &faulty{memory: newMemory()}
			e := engine.New(l, options())
			defer e.Close()
			w := newWorld(t, l, e)
			head := w.view().Seq()
			l.once(c.x)
			in := qda.Intent{Change: newChange(), Coder: w.owner, Do: w.coding(w.doc2, "mahal", w.c)}
			x, err := e.Do(t.Context(), w.p, in)
			if c.busy != isBusy(err) || !c.busy && (err != nil || x.Seq != head+1) {
				t.Fatalf("%+v, %v", x, err)
			}
			if there, _ := l.ByChange(t.Context(), w.p, in.Change); (there != nil) != c.kept {
				t.Fatalf("the ledger has %+v", there)
			}
			x, err = e.Do(t.Context(), w.p, in)
			if err != nil || x.Seq != head+1 {
				t.Fatalf("the repeat: %+v, %v", x, err)
			}
			if v := w.view(); v.Seq() != head+1 || v.As(0).Counts().Node(w.c).Codings != 1 {
				t.Errorf("at %d with %d codings", v.Seq(), v.As(0).Counts().Node(w.c).Codings)
			}
			if err := e.Check(t.Context(), w.p); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestLostAnswersAmongMany: whatever goes astray, nothing is lost and nothing doubled, and watchers see each entry once.
func TestLostAnswersAmongMany(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	l := &faulty{memory: newMemory()}
	e := engine.New(l, options())
	defer e.Close()
	w := newWorld(t, l, e)
	head := w.view().Seq()
	l.fault = func(*qda.Batch) fault { // under its lock
		switch r.IntN(5) {
		case 0:
			return fault{after: qda.ErrLost}
		case 1:
			return fault{before: qda.ErrLost}
		case 2:
			return fault{before: qda.ErrNotSent}
		}
		return fault{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const writers, each = 8, 12
	watched := make(chan error, 1)
	go func() { watched <- watchUntil(ctx, e, w.p, head, head+writers*each) }()
	seqs := make(chan qda.Seq, writers*each)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for k := range each {
				in := qda.Intent{Change: newChange(), Coder: w.owner, Do: &qda.NodeAdded{Type: qda.Code, Name: fmt.Sprintf("kode %d-%d", i, k)}}
				for {
					x, err := e.Do(ctx, w.p, in)
					if err == nil {
						seqs <- x.Seq
						break
					}
					if !isBusy(err) || ctx.Err() != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	close(seqs)
	seen := map[qda.Seq]bool{}
	for s := range seqs {
		seen[s] = true
	}
	if len(seen) != writers*each {
		t.Errorf("%d of %d answers are different", len(seen), writers*each)
	}
	if now := w.view().Seq(); now != head+writers*each {
		t.Errorf("the head is %d, not %d", now, head+writers*each)
	}
	if err := <-watched; err != nil {
		t.Error(err)
	}
	l.mu.Lock()
	l.fault = nil
	l.mu.Unlock()
	if err := e.Check(t.Context(), w.p); err != nil {
		t.Fatal(err)
	}
}

// watchUntil watches from a seq to another and says what was skipped, doubled or out of order.
func watchUntil(ctx context.Context, e *engine.Engine, p qda.ProjectID, after, last qda.Seq) error {
	at := after
	for x, err := range e.Watch(ctx, p, after) {
		if err != nil {
			return err
		}
		if x.Seq != at+1 {
			return fmt.Errorf("a watcher saw %d after %d", x.Seq, at)
		}
		if at = x.Seq; at == last {
			return nil
		}
	}
	return fmt.Errorf("a watcher stopped at %d before %d", at, last)
}

// TestAReaderIsFasterThanTheCommitter: entries that a reader has fetched between their commit and the committer's own swap
// are not applied, nor shown to watchers, twice.
func TestAReaderIsFasterThanTheCommitter(t *testing.T) {
	t.Parallel()
	var w *world
	var armed atomic.Bool
	var ledger *memory
	m, e := openMemory(t, engine.Hooked(options(), func(stage string) {
		if stage == "appended" && armed.CompareAndSwap(true, false) {
			heads, _ := ledger.Heads(context.Background(), []qda.ProjectID{w.p})
			if _, err := w.e.View(context.Background(), w.p, heads[w.p]); err != nil {
				w.t.Error(err)
			}
		}
	}))
	w = newWorld(t, m, e)
	ledger = m
	head := w.view().Seq()
	for i := range 3 {
		armed.Store(true)
		w.do(w.owner, &qda.MemoWritten{Text: fmt.Sprint("memo ", i)})
	}
	if v := w.view(); v.Seq() != head+3 {
		t.Fatalf("the View stands at %d, not %d", v.Seq(), head+3)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := watchUntil(ctx, e, w.p, head-2, head+3); err != nil {
		t.Fatal(err)
	}
}

// TestAWatchedProjectStays: an idle project goes from memory, one that is watched does not, or its bell would be silent.
func TestAWatchedProjectStays(t *testing.T) {
	t.Parallel()
	var hours atomic.Int64
	opt := options()
	opt.Now = func() time.Time { return time.Unix(hours.Load()*3600, 0) }
	opt.Poll = time.Hour
	m, e := openMemory(t, opt)
	w := newWorld(t, m, e)
	idle, _ := newProject(t, m, e)
	head := w.view().Seq()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	watched := make(chan error, 1)
	go func() { watched <- watchUntil(ctx, e, w.p, head-1, head+1) }()
	for engine.Watched(e, w.p) == 0 {
		runtime.Gosched()
	}
	hours.Add(1)
	engine.Look(e)
	if engine.InMemory(e, idle) || !engine.InMemory(e, w.p) {
		t.Errorf("in memory: the idle project %v, the watched one %v", engine.InMemory(e, idle), engine.InMemory(e, w.p))
	}
	w.do(w.owner, &qda.MemoWritten{Text: "Akhirnya."})
	if err := <-watched; err != nil {
		t.Fatal(err)
	}
}

// TestClosing: changes that come while an engine closes are answered, and what was acknowledged is there.
func TestClosing(t *testing.T) {
	t.Parallel()
	m := newMemory()
	e := engine.New(m, options())
	w := newWorld(t, m, e)
	acked := make(chan qda.ChangeID, 400)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				c := newChange()
				_, err := e.Do(t.Context(), w.p, qda.Intent{Change: c, Coder: w.owner, Do: &qda.MemoWritten{Text: "x"}})
				if err == nil {
					acked <- c
				} else if !isBusy(err) && !errors.Is(err, context.Canceled) {
					t.Error(err)
				} else {
					return
				}
			}
		})
	}
	first := <-acked
	e.Close()
	all.Wait()
	close(acked)
	next := engine.New(m, options())
	defer next.Close()
	for c, ok := first, true; ok; c, ok = <-acked {
		if x, err := m.ByChange(t.Context(), w.p, c); err != nil || x == nil {
			t.Fatalf("an acknowledged change is not there: %v", err)
		}
	}
	if err := next.Check(t.Context(), w.p); err != nil {
		t.Fatal(err)
	}
}
