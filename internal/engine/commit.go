package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"anyam/internal/qda"
)

// request is one intent that waits for the project's committer.
type request struct {
	in       qda.Intent
	material Material
	done     chan answer // room for one
	ctx      context.Context
}

type answer struct {
	entry *qda.Entry
	err   error
}

const (
	maxBatch  = 128
	maxThings = 1000 // a batch ends after an entry that touches more
)

var errBusy = qda.Refuse(qda.Busy, "refused.busy")

// Do makes a change: check, append, apply, ring. It answers with the entry once it is in the ledger, or with a refusal. A
// repeat of a change id gives the first entry; the same id with another meaning is a conflict. qda.Busy means that nobody
// knows whether it was written: repeat with the same change id.
func (e *Engine) Do(ctx context.Context, project qda.ProjectID, in qda.Intent) (*qda.Entry, error) {
	l, err := e.get(ctx, project)
	if err != nil {
		return nil, err
	}
	x, err := e.do(ctx, l, in)
	var refused *qda.Error
	if !errors.As(err, &refused) || refused.Fault == qda.Busy {
		return x, err
	}
	// A refusal may be the echo of the change itself, made long ago: the first answer counts.
	if first, lerr := e.ledger.ByChange(ctx, project, in.Change); lerr == nil && first != nil {
		return repeat(first, in)
	}
	if u, ok := in.Do.(*qda.Undone); ok && refused.Key == "refused.undo_changed" {
		e.inTheWay(ctx, project, u.Seq, refused)
	}
	return nil, err
}

// inTheWay finds the newest entry that changed what an undo would take back, and puts it in the refusal.
func (e *Engine) inTheWay(ctx context.Context, project qda.ProjectID, after qda.Seq, refused *qda.Error) {
	name, _ := refused.Theirs.(qda.Name)
	refused.Theirs = nil
	es, err := e.ledger.Entries(ctx, project, after-1, 1)
	if err != nil || len(es) == 0 {
		return
	}
	at := slices.IndexFunc(es[0].Did, func(d qda.Did) bool { return d.Of == name.Sort && d.ID == name.ID })
	if at < 0 {
		return
	}
	was := es[0].Did[at]
	for {
		es, err := e.ledger.Entries(ctx, project, after, 1000)
		if err != nil || len(es) == 0 {
			return
		}
		for _, x := range es {
			for _, d := range x.Did {
				if d.Of == name.Sort && d.ID == name.ID && meet(was, d) {
					refused.Seq = x.Seq
				}
			}
			after = x.Seq
		}
	}
}

// meet reports whether two effects on one thing are about the same field, or about its being there.
func meet(a, b qda.Did) bool {
	if a.Set == nil || b.Set == nil {
		return true
	}
	for f := range a.Set {
		if _, ok := b.Set[f]; ok {
			return true
		}
	}
	return false
}

func (e *Engine) do(ctx context.Context, l *live, in qda.Intent) (*qda.Entry, error) {
	r := &request{in: in, done: make(chan answer, 1), ctx: ctx}
	if err := e.gather(ctx, l, r); err != nil {
		return nil, err
	}
	if err := l.ask(r); err != nil {
		return nil, err
	}
	select {
	case a := <-r.done:
		return a.entry, a.err
	case <-ctx.Done():
		return nil, errBusy
	}
}

// ask puts requests into the project's queue.
func (l *live) ask(all ...*request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.eng.ctx.Err() != nil {
		return errBusy
	}
	l.queue = append(l.queue, all...)
	if !l.working {
		l.working = true
		l.eng.wg.Add(1)
		go l.commit()
	} else if l.arrived != nil {
		select {
		case l.arrived <- struct{}{}:
		default: // it has been told already
		}
	}
	return nil
}

// Preview gives the View and the entry that a change would make, keeping nothing.
func (e *Engine) Preview(ctx context.Context, project qda.ProjectID, in qda.Intent) (*View, *qda.Entry, error) {
	l, err := e.get(ctx, project)
	if err != nil {
		return nil, nil, err
	}
	r := &request{in: in, ctx: ctx}
	if err := e.gather(ctx, l, r); err != nil {
		return nil, nil, err
	}
	v, _ := l.current()
	r.material.At = e.opt.Now()
	return v.Try(in, r.material)
}

// gather fetches what the decision rests on and never changes: texts, and the entry to be undone.
func (e *Engine) gather(ctx context.Context, l *live, r *request) error {
	v, _ := l.current()
	need := func(document qda.ID, version int32) error {
		if d, ok := v.documents.get(document); !ok || version < 1 || version > d.Version {
			return nil // decide will say so
		}
		w, err := e.Words(ctx, l.id, document, version)
		if err == nil {
			r.material.Words = append(r.material.Words, DocumentWords{document, version, w})
		}
		return err
	}
	switch c := r.in.Do.(type) {
	case *qda.CodingApplied:
		return need(c.Document, c.Version)
	case *qda.CodingsChanged:
		if c.Span != nil && len(c.Codings) == 1 {
			if x, ok := v.findCoding(c.Codings[0]); ok {
				return need(x.Document, x.Version)
			}
		}
	case *qda.Undone:
		es, err := e.ledger.Entries(ctx, l.id, c.Seq-1, 1)
		if err != nil {
			return err
		}
		if len(es) == 1 && es[0].Seq == c.Seq {
			r.material.Undo = es[0]
		}
	}
	return nil
}

// commit is the project's committer: one at a time, it takes what waits and writes it together, until nothing waits.
func (l *live) commit() {
	defer l.eng.wg.Done()
	company, took := 0, time.Duration(0)
	for {
		l.await(company, took/4)
		l.mu.Lock()
		if len(l.queue) == 0 {
			l.working = false
			l.mu.Unlock()
			return
		}
		n := min(len(l.queue), maxBatch)
		batch := append([]*request(nil), l.queue[:n]...)
		l.queue = l.queue[n:]
		l.mu.Unlock()
		began := l.eng.opt.Now()
		rest := l.write(batch)
		// A clock that jumps must not make anybody wait.
		company, took = n, min(max(0, l.eng.opt.Now().Sub(began)), 20*time.Millisecond)
		if len(rest) > 0 {
			l.mu.Lock()
			l.queue = append(rest, l.queue...)
			l.mu.Unlock()
		}
	}
}

// await lets as many as were written together last come back with their next change, for a little of the time that a write takes: who
// is answered at one moment asks again soon after, and one write for all is quicker than two for half of them. Nobody who is alone waits.
func (l *live) await(company int, most time.Duration) {
	if company < 2 {
		return
	}
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		l.mu.Lock()
		here := len(l.queue)
		if l.arrived == nil {
			l.arrived = make(chan struct{}, 1)
		}
		l.mu.Unlock()
		if here >= company {
			return
		}
		select {
		case <-l.arrived:
		case <-late.C:
			return
		case <-l.eng.ctx.Done():
			return
		}
	}
}

// decided is a batch worked out but not written.
type decided struct {
	qda.Batch
	view  *View
	who   []*request // of each entry
	later []answer   // refusals, which may rest on a neighbour that is not committed yet
	whose []*request
	rest  []*request
}

// work decides a batch against a View; before are entries in it that are not committed yet. Answers that rest on no neighbour's
// entry could leave at once, but none does before the commit.
func (l *live) work(v *View, before []*qda.Entry, batch []*request) *decided {
	d := &decided{view: v}
	d.Project, d.Old = l.id, v.seq
	touched := map[qda.Name]bool{}
	var order []qda.Name
	now := l.eng.opt.Now()
	refuse := func(r *request, e *qda.Entry, err error) {
		d.later, d.whose = append(d.later, answer{e, err}), append(d.whose, r)
	}
	for i, r := range batch {
		if r.ctx.Err() != nil {
			refuse(r, nil, errBusy) // nobody waits any more
			continue
		}
		if e := l.known(r.in.Change, before, d.Entries); e != nil {
			x, err := repeat(e, r.in)
			refuse(r, x, err)
			continue
		}
		r.material.At = now
		w, e, texts, err := d.view.try(r.in, r.material)
		if err != nil {
			refuse(r, nil, err)
			continue
		}
		l.eng.opt.Salt(e.Salt[:])
		e.Seal(d.view.hash)
		w.hash = e.Hash
		d.view, d.Entries, d.who = w, append(d.Entries, e), append(d.who, r)
		d.Texts = append(d.Texts, texts...)
		for _, x := range e.Did {
			k := qda.Name{Sort: x.Of, ID: x.ID}
			if !touched[k] {
				touched[k] = true
				order = append(order, k)
			}
		}
		if len(order) > maxThings {
			d.rest = batch[i+1:]
			break
		}
	}
	d.Next = d.view.next
	for _, k := range order {
		if t := d.view.thing(k.Sort, k.ID); t != nil {
			rev := t.Touched()
			if k.Sort == qda.SortCoding {
				rev = d.view.seq
			}
			d.Put = append(d.Put, qda.Row{Thing: t, Rev: rev})
		} else {
			d.Drop = append(d.Drop, k)
		}
	}
	return d
}

// known finds an entry by its change id among those just decided and in the tail. Older ones are found by the ledger.
func (l *live) known(c qda.ChangeID, fresh ...[]*qda.Entry) *qda.Entry {
	for _, f := range fresh {
		for _, e := range f {
			if e.Change == c {
				return e
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.tail) - 1; i >= 0; i-- {
		if l.tail[i].Change == c {
			return l.tail[i]
		}
	}
	return nil
}

// repeat answers a change id that is in the ledger.
func repeat(e *qda.Entry, in qda.Intent) (*qda.Entry, error) {
	if _, made := in.Do.(*qda.ProjectMade); (e.Coder == in.Coder || made) && qda.SameChange(e.Do, in.Do) {
		return e, nil
	}
	return nil, qda.Refuse(qda.Conflict, "refused.change_id")
}

// write makes a batch durable and answers it. It gives back the requests that have to wait for the next round. What was too much
// for one commit is decided while that is written, as if it had gone well: when it has not, that was in vain.
func (l *live) write(batch []*request) (rest []*request) {
	e := l.eng
	pause := 5 * time.Millisecond
	var d *decided
	for {
		if d == nil {
			v, _ := l.current()
			d = l.work(v, nil, batch)
		}
		if len(d.Entries) == 0 {
			d.settle()
			return d.rest
		}
		var next *decided
		var ahead sync.WaitGroup
		if now := d; len(now.rest) > 0 {
			ahead.Go(func() { next = l.work(now.view, now.Entries, now.rest) })
		}
		l.stage("append")
		err := e.ledger.Append(e.ctx, &d.Batch)
		l.stage("appended")
		ahead.Wait()
		done := d
		d = nil
		var known *qda.KnownChange
		switch {
		case err == nil:
			l.mu.Lock()
			// A reader in need of them, or another process's bell, may have fetched these entries from the ledger already.
			if n := int(l.view.seq - done.Old); n < len(done.Entries) {
				l.swap(done.view, done.Entries[n:])
			}
			l.mu.Unlock()
			for i, r := range done.who {
				r.done <- answer{done.Entries[i], nil}
			}
			done.settle()
			e.ledger.Ring(l.id, done.view.seq)
			for _, t := range done.Texts { // who brings a text is about to read it
				e.texts.put(cachedText{l.id, t.Document, t.Version}, NewWords(t.Text))
			}
			if next == nil {
				return nil
			}
			batch, d = done.rest, next
		case errors.Is(err, qda.ErrBehind):
			if err := l.catchUp(e.ctx); err != nil {
				all(batch, errBusy)
				return nil
			}
			if v, _ := l.current(); v.seq == done.Old {
				// Nothing came after, so the ledger ends before: entries that were in it are not any more.
				e.opt.Log.Error("the ledger has lost entries that it had acknowledged; the project is read anew", "project", l.id, "from", done.Old)
				l.leave()
				all(batch, errBusy)
				return nil
			}
		case errors.As(err, &known):
			batch = l.answerKnown(batch, known.Change)
			if len(batch) == 0 {
				return nil
			}
		case errors.Is(err, qda.ErrNotSent):
			if batch = waiting(batch); len(batch) == 0 {
				return nil
			}
			select {
			case <-e.ctx.Done():
				all(batch, errBusy)
				return nil
			case <-time.After(pause):
			}
			pause = min(2*pause, time.Second)
		case errors.Is(err, qda.ErrLost):
			// Nobody knows. Nothing is decided until the ledger was read.
			e.opt.Log.Warn("the answer to a write was lost", "project", l.id, "entries", len(done.Entries))
			all(batch, errBusy)
			for e.ctx.Err() == nil {
				if err := l.catchUp(e.ctx); err == nil {
					return nil
				}
				select {
				case <-e.ctx.Done():
				case <-time.After(pause):
				}
				pause = min(2*pause, time.Second)
			}
			return nil
		case e.ctx.Err() != nil:
			all(batch, errBusy)
			return nil
		case len(batch) > 1:
			for _, r := range batch { // each alone, so that only the culprit fails
				rest = append(rest, l.write([]*request{r})...)
			}
			return rest
		default:
			e.opt.Log.Error("a change could not be written", "project", l.id, "kind", batch[0].in.Do.Kind(), "error", err)
			all(batch, err)
			return nil
		}
	}
}

// leave drops a project whose ledger is no longer the one it was read from: whoever asks or watches next reads it anew.
func (l *live) leave() {
	l.eng.forget(l)
	l.eng.texts.drop(l.id)
	l.mu.Lock()
	close(l.moved)
	l.moved = make(chan struct{})
	l.mu.Unlock()
}

// drop forgets a project's texts.
func (c *textCache) drop(project qda.ProjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order = slices.DeleteFunc(c.order, func(k cachedText) bool {
		if k.project != project {
			return false
		}
		c.bytes -= len(c.words[k].Text.Words)
		delete(c.words, k)
		return true
	})
}

func (l *live) stage(s string) {
	if l.eng.opt.hook != nil {
		l.eng.opt.hook(s)
	}
}

// settle sends the refusals.
func (d *decided) settle() {
	for i, r := range d.whose {
		r.done <- d.later[i]
	}
}

func all(batch []*request, err error) {
	for _, r := range batch {
		r.done <- answer{nil, err}
	}
}

// waiting drops, with an answer, the requests whose caller has gone.
func waiting(batch []*request) (r []*request) {
	for _, x := range batch {
		if x.ctx.Err() != nil {
			x.done <- answer{nil, errBusy}
		} else {
			r = append(r, x)
		}
	}
	return r
}

// answerKnown answers the owner of a change id that the ledger holds; the others go on.
func (l *live) answerKnown(batch []*request, c qda.ChangeID) (rest []*request) {
	ctx, cancel := context.WithTimeout(l.eng.ctx, ledgerLimit)
	defer cancel()
	first, err := l.eng.ledger.ByChange(ctx, l.id, c)
	for _, r := range batch {
		switch {
		case r.in.Change != c:
			rest = append(rest, r)
		case err != nil || first == nil:
			r.done <- answer{nil, errBusy}
		default:
			x, err := repeat(first, r.in)
			r.done <- answer{x, err}
		}
	}
	return rest
}
