package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

const writers = 50

// fsync gives the median time that this machine takes to write 8 KB to the end of a file and to have it on disk.
func (r *run) fsync() (time.Duration, error) {
	f, err := os.CreateTemp(r.Folder, "fsync-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 8192)
	// The file is there beforehand, as a log of Postgres is: growing it would cost more.
	if _, err := f.Write(make([]byte, 16<<20)); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	var times []time.Duration
	for i := range 400 {
		begin := time.Now()
		if _, err := f.WriteAt(page, int64(i)*8192); err != nil {
			return 0, err
		}
		if err := datasync(f); err != nil {
			return 0, err
		}
		times = append(times, time.Since(begin))
	}
	return median(times), nil
}

// place is a project to write to.
type place struct {
	of        qda.ProjectID
	documents []qda.ID // all with the same words
	code      qda.ID
	coder     qda.ID
	words     *engine.Words
}

func (r *run) place(o *opened) (*place, error) {
	p := &place{}
	change := r.change()
	var err error
	if p.of, err = o.store.MakeProject(r.ctx, change, time.Now()); err != nil {
		return nil, err
	}
	do := func(c qda.ChangeID, in qda.Change, text *qda.Text) (*qda.Entry, error) {
		return o.engine.Do(r.ctx, p.of, qda.Intent{Change: c, Coder: p.coder, Do: in, Text: text})
	}
	e, err := do(change, &qda.ProjectMade{Name: "Writes", Language: "id", Method: qda.Reflexive, Owner: "Coder 1"}, nil)
	if err != nil {
		return nil, err
	}
	p.coder = e.Coder
	words := writeText(1, 50_000)
	sum := sha256.Sum256(words)
	text := &qda.Text{Words: words, Turns: []qda.Turn{{Turn: 1, Stop: 50_000, FromMS: -1, ToMS: -1}}}
	p.words = engine.NewWords(text)
	for i := range 20 {
		if e, err = do(r.change(), &qda.DocumentAdded{Name: fmt.Sprint("D", i), Type: qda.Interview, Sum: hex.EncodeToString(sum[:]), File: "00", Words: 8000, Chars: p.words.Chars(), Turns: 1}, text); err != nil {
			return nil, err
		}
		p.documents = append(p.documents, e.Did[0].ID)
	}
	if e, err = do(r.change(), &qda.NodeAdded{Type: qda.Code, Name: "A"}, nil); err != nil {
		return nil, err
	}
	p.code = e.Did[0].ID
	return p, nil
}

func (r *run) change() (c qda.ChangeID) {
	r.Random(c[:])
	c[6], c[8] = c[6]&0x0f|0x40, c[8]&0x3f|0x80
	return c
}

// spot gives the n-th words to code. No two are the same.
func (p *place) spot(n int) (qda.ID, span.Span) {
	d, n := n%len(p.documents), n/len(p.documents)
	start := int32(n*37%45_000) + int32(n/45_000)
	return p.documents[d], span.Span{Start: start, Stop: start + 20 + int32(n%300)}
}

// crowd lets some writers make codings until a time is over, each as soon as its last one is answered, and gives how long each took.
func crowd(n int, lasting time.Duration, write func(writer, n int) error) (times []time.Duration, took time.Duration, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var next atomic.Int64
	begin := time.Now()
	for w := range n {
		all.Go(func() {
			var mine []time.Duration
			for time.Since(begin) < lasting {
				t := time.Now()
				if e := write(w, int(next.Add(1))); e != nil {
					mu.Lock()
					err = e
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			times = append(times, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	return times, time.Since(begin), err
}

// write makes the n-th coding of a place.
func (r *run) write(o *opened, p *place) func(writer, n int) error {
	return func(_, n int) error {
		d, s := p.spot(n)
		_, err := o.engine.Do(r.ctx, p.of, qda.Intent{Change: r.change(), Coder: p.coder, Do: &qda.CodingApplied{Document: d, Version: 1, Code: p.code,
			Spans: []qda.SpanOf{{Start: s.Start, Stop: s.Stop, Check: span.Check(p.words.Slice(p.words.Text.Words, s))}}}})
		return err
	}
}

// writes measures goal 10: durable writes, with the ledger's bodies and hashes, every table and row-level security.
func (r *run) writes() error {
	r.say("writes: this machine's disk")
	sync, err := r.fsync()
	if err != nil {
		return err
	}
	lasting := 4 * time.Second
	if r.Quick {
		lasting = 200 * time.Millisecond
	}
	o, err := r.open()
	if err != nil {
		return err
	}
	defer o.close()
	write := func(p *place) func(int, int) error { return r.write(o, p) }
	rate := func(n int, took time.Duration) time.Duration { return took / time.Duration(max(1, n)) }

	r.say("writes: one writer")
	p, err := r.place(o)
	if err != nil {
		return err
	}
	one, took, err := crowd(1, lasting, write(p))
	if err != nil {
		return err
	}
	r.atMost("10 durable write, one writer, p50", "", median(one), "fsync", sync, 4)
	oneByOne := rate(len(one), took)

	r.say("writes: %d writers in one project", writers)
	if p, err = r.place(o); err != nil {
		return err
	}
	many, took, err := crowd(writers, lasting, write(p))
	if err != nil {
		return err
	}
	together := rate(len(many), took)
	r.atMost("10 … 50 writers in one project, p50", "", median(many), "fsync", sync, 0)
	r.atMost("10 … 50 writers in one project, p99", "", quantile(many, 0.99), "fsync", sync, 15)

	r.say("writes: %d writers in one project, a transaction each", writers)
	classic := make([]*store.Oracle, writers)
	for i := range classic {
		if classic[i], err = store.OpenOracle(r.ctx, r.Database); err != nil {
			return err
		}
		defer classic[i].Close(context.WithoutCancel(r.ctx))
		if err := classic[i].AsProgram(r.ctx); err != nil {
			return err
		}
	}
	if p, err = r.place(o); err != nil {
		return err
	}
	each, took, err := crowd(writers, lasting, func(w, n int) error {
		d, s := p.spot(n)
		return classic[w].Classic(r.ctx, p.of, r.change(), qda.Coding{Document: d, Code: p.code, Coder: p.coder, Start: s.Start, Stop: s.Stop, At: 1_800_000_000}, false)
	})
	if err != nil {
		return err
	}
	r.atLeast("10 … 50 writers in one project, a write", "", together, "a transaction each", rate(len(each), took), 0)
	r.atLeast("10 … 50 writers in one project, a write", "", together, "one by one", oneByOne, 8)
	perSecond := float64(time.Second) / float64(together)
	r.results = append(r.results, Result{Goal: "10 … 50 writers in one project, a second", OursNS: perSecond, Other: "writes a second", Ratio: perSecond, Target: "≥ 15000 writes", Met: perSecond >= 15_000, unit: "writes"})
	r.atMost("10 … 50 writers in one project, p99", "", quantile(many, 0.99), "a transaction each", quantile(each, 0.99), 0)

	r.say("writes: %d writers in as many projects", writers)
	places := make([]*place, writers)
	for i := range places {
		if places[i], err = r.place(o); err != nil {
			return err
		}
	}
	own, took, err := crowd(writers, lasting, func(w, n int) error { return write(places[w])(w, n) })
	if err != nil {
		return err
	}
	apart := rate(len(own), took)
	r.atLeast("10 … 50 writers in 50 projects, a write", "", apart, "one by one", oneByOne, 0)
	for _, x := range places {
		if err := o.engine.Check(r.ctx, x.of); err != nil {
			return fmt.Errorf("after all writes: %w", err)
		}
	}
	inside, took, err := crowd(writers, lasting, func(w, n int) error {
		p := places[w]
		d, s := p.spot(n)
		return classic[w].Classic(r.ctx, p.of, r.change(), qda.Coding{Document: d, Code: p.code, Coder: p.coder, Start: s.Start, Stop: s.Stop, At: 1_800_000_000}, true)
	})
	if err != nil {
		return err
	}
	r.atLeast("10 … 50 writers in 50 projects, a write", "", apart, "a transaction each, with NOTIFY in it", rate(len(inside), took), 3.5)
	return nil
}
