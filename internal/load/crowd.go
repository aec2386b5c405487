package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"anyam/internal/qda"
)

// coderAt is one coder of a crowd in a project.
type coderAt struct {
	member
	p     *project
	place int // among the crowd
}

// crowd is many coders at a steady pace, and everybody's open streams.
type crowd struct {
	b       *bench
	web     *browser
	coders  []coderAt
	base    time.Time        // when the first stream was opened
	begin   time.Time        // when the first coding is due
	skip    int              // first codings of each coder, which are not measured
	per     int              // codings of each coder
	mark    uint64           // in the change ids of this crowd
	sent    [][]atomic.Int64 // when each was sent, in ns after base, plus one
	acked   [][]atomic.Bool
	streams []*watch
}

// watch is one open stream.
type watch struct {
	p       *project
	mine    int // the place of the coder whose it is, -1 for the watcher
	seen    map[[2]int]bool
	doubled int
	lags    times // from the request sent to the event received, others' codings alone
	got     atomic.Int64
	body    io.ReadCloser
	done    chan struct{}
}

// went is what became of a crowd.
type went struct {
	answered, seen times
	rate           float64 // codings a second
	coders         int
	count          count
}

// change names coding k of a coder, so that an event tells which it is about.
func (c *crowd) change(coder, k int) (id qda.ChangeID) {
	binary.BigEndian.PutUint64(id[:8], c.mark)
	binary.BigEndian.PutUint32(id[8:12], uint32(coder))
	binary.BigEndian.PutUint32(id[12:], uint32(k))
	return id
}

// open opens a stream and follows it. It returns when the server has begun to answer, so nothing is missed.
func (c *crowd) open(ctx context.Context, p *project, who person, mine int, head qda.Seq) error {
	r, err := c.web.request(ctx, http.MethodGet, fmt.Sprintf("/projects/%d/stream?after=%d", p.id, head), who.token, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	a, err := c.web.client.Do(r)
	if err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		a.Body.Close()
		return fmt.Errorf("a stream was answered with %s", a.Status)
	}
	w := &watch{p: p, mine: mine, seen: map[[2]int]bool{}, body: a.Body, done: make(chan struct{})}
	c.streams = append(c.streams, w)
	go c.follow(w)
	return nil
}

var changeIs = []byte(`"change":"`)

// follow reads events until the stream ends.
func (c *crowd) follow(w *watch) {
	defer close(w.done)
	lines := bufio.NewReaderSize(w.body, 16<<10)
	for {
		text, err := lines.ReadSlice('\n')
		if err != nil {
			return
		}
		i := bytes.Index(text, changeIs)
		if i < 0 || !bytes.HasPrefix(text, []byte("data: ")) {
			continue
		}
		now := time.Since(c.base)
		var id qda.ChangeID
		if err := id.UnmarshalText(text[i+len(changeIs):][:36]); err != nil || binary.BigEndian.Uint64(id[:8]) != c.mark {
			continue
		}
		coder, k := int(binary.BigEndian.Uint32(id[8:])), int(binary.BigEndian.Uint32(id[12:]))
		if w.seen[[2]int{coder, k}] {
			w.doubled++
			continue
		}
		w.seen[[2]int{coder, k}] = true
		if k >= c.skip && coder != w.mine {
			w.lags = append(w.lags, now-time.Duration(c.sent[coder][k].Load()-1))
		}
		w.got.Add(1)
	}
}

// walk is one coder at work. The times at which codings are due are fixed beforehand, and an answer counts from when its
// coding was due: a stall shows in all that had to wait for it.
func (c *crowd) walk(ctx context.Context, who coderAt, w *went, mu *sync.Mutex) {
	var answered times
	errs, first, seq := 0, "", qda.Seq(0)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := range c.per {
		due := time.Duration(k)*pace + time.Duration(who.place)*pace/time.Duration(len(c.coders))
		timer.Reset(due - time.Since(c.begin))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		from := (k*5 + who.place*3) % (len(who.p.words) - 10)
		s, err := c.send(ctx, who, k, from, seq)
		if err != nil {
			if errs++; errs == 1 {
				first = err.Error()
			}
			continue
		}
		seq = s
		c.acked[who.place][k].Store(true)
		if k >= c.skip {
			answered = append(answered, time.Since(c.begin)-due)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	w.answered = append(w.answered, answered...)
	w.count.errors += errs
	if w.count.first == "" {
		w.count.first = first
	}
}

// send applies a code to one word and gives the seq of the answer.
func (c *crowd) send(ctx context.Context, who coderAt, k, from int, seen qda.Seq) (qda.Seq, error) {
	id := c.change(who.place, k)
	s := who.p.words[from]
	body, err := json.Marshal(map[string]any{"change": id, "version": 1, "spans": []qda.SpanOf{s}, "code": who.p.codes[k%len(who.p.codes)]})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := c.web.request(ctx, http.MethodPost, fmt.Sprintf("/projects/%d/documents/%d/codings", who.p.id, who.p.document), who.token, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if seen > 0 {
		r.Header.Set("Cookie", fmt.Sprintf("%s; anyam-seq=%d", r.Header.Get("Cookie"), seen))
	}
	c.sent[who.place][k].Store(int64(time.Since(c.base)) + 1)
	a, err := c.web.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, err
	}
	if a.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %.300s", a.Status, raw)
	}
	var e struct {
		Seq    qda.Seq      `json:"seq"`
		Change qda.ChangeID `json:"change"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return 0, err
	}
	if e.Change != id || e.Seq <= seen {
		return 0, errors.New("the answer is about another change")
	}
	return e.Seq, nil
}

// crowd lets the coders of some projects code for a while, everyone of them and each project's watcher with an open stream.
func (b *bench) crowd(ctx context.Context, p *served, size string, projects []*project) (*went, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &crowd{b: b, web: p.browser(200), skip: int(b.warm / pace), per: int((b.warm + b.each) / pace)}
	defer c.web.close()
	var mark [8]byte
	random(mark[:])
	c.mark = binary.BigEndian.Uint64(mark[:])
	heads := map[*project]qda.Seq{}
	for _, x := range projects {
		v, err := b.engine.View(ctx, x.id, 0)
		if err != nil {
			return nil, err
		}
		heads[x] = v.Seq()
		for _, m := range x.coders {
			c.coders = append(c.coders, coderAt{m, x, len(c.coders)})
		}
	}
	c.sent, c.acked = make([][]atomic.Int64, len(c.coders)), make([][]atomic.Bool, len(c.coders))
	for i := range c.coders {
		c.sent[i], c.acked[i] = make([]atomic.Int64, c.per), make([]atomic.Bool, c.per)
	}
	defer func() {
		for _, w := range c.streams {
			w.body.Close()
			<-w.done
		}
	}()
	c.base = time.Now()
	for _, x := range projects {
		if err := c.open(ctx, x, x.watcher, -1, heads[x]); err != nil {
			return nil, err
		}
	}
	for _, who := range c.coders {
		if err := c.open(ctx, who.p, who.person, who.place, heads[who.p]); err != nil {
			return nil, err
		}
	}
	c.begin = time.Now()
	w := &went{coders: len(c.coders)}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, who := range c.coders {
		wg.Go(func() { c.walk(ctx, who, w, &mu) })
	}
	wg.Wait()
	took := time.Since(c.begin)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return w, c.settle(ctx, w, size, took, projects)
}

// settle waits for the events that are still on their way, and counts.
func (c *crowd) settle(ctx context.Context, w *went, size string, took time.Duration, projects []*project) error {
	n := &w.count
	n.size, n.sent = size, c.per*len(c.coders)
	ackedIn := map[*project]int{}
	for _, who := range c.coders {
		for k := range c.per {
			if c.acked[who.place][k].Load() {
				n.acked++
				ackedIn[who.p]++
			}
		}
	}
	w.rate = float64(n.acked) / took.Seconds()
	for _, s := range c.streams {
		n.due += ackedIn[s.p]
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	enough := time.After(20 * time.Second)
	for waiting := true; waiting; {
		all := 0
		for _, s := range c.streams {
			all += int(s.got.Load())
		}
		n.events = all
		if all >= n.due {
			break
		}
		select {
		case <-tick.C:
		case <-enough:
			waiting = false
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, s := range c.streams {
		s.body.Close()
		<-s.done
		w.seen = append(w.seen, s.lags...)
		n.doubled += s.doubled
	}
	// What was acknowledged must be in the ledger.
	for _, x := range projects {
		there := map[qda.ChangeID]bool{}
		for after := qda.Seq(0); ; {
			es, err := c.b.store.Entries(ctx, x.id, after, 1000)
			if err != nil {
				return err
			}
			if len(es) == 0 {
				break
			}
			for _, e := range es {
				there[e.Change] = true
			}
			after = es[len(es)-1].Seq
		}
		for _, who := range c.coders {
			for k := range c.per {
				if who.p == x && c.acked[who.place][k].Load() && !there[c.change(who.place, k)] {
					n.lost++
				}
			}
		}
	}
	c.b.report.counted(*n)
	return nil
}

// crowds measures one coder alone, and many in one project and in projects of their own.
func (b *bench) crowds(ctx context.Context, d *data, sync time.Duration) error {
	p, err := b.serve()
	if err != nil {
		return err
	}
	defer p.stop()
	web := p.browser(1)
	defer web.close()
	_, bare, _, err := web.many(ctx, "/healthz", "", b.rounds*20)
	if err != nil {
		return err
	}
	empty := b.remember(p, "started, nothing asked for", "", 0)
	b.report.add(line{goal: "a bare request (/healthz), p50", size: "one browser", unit: "ns", ours: bare.at(0.5)})
	b.report.add(line{goal: "4 kB written and synced, p50", size: "temporary folder", unit: "ns", ours: int64(sync)})
	together := bare.at(0.5) + int64(sync)
	alone, err := b.crowd(ctx, p, "1 coder, 5 codings/s", []*project{d.alone})
	if err != nil {
		return err
	}
	b.told(alone, nil, together)
	b.remember(p, "1 coder", "started", empty)
	for _, x := range []struct {
		size     string
		projects []*project
	}{
		{fmt.Sprintf("%d coders in 1 project, %d codings/s", b.coders, 5*b.coders), []*project{d.shared}},
		{fmt.Sprintf("%d coders in %d projects, %d codings/s", b.coders, len(d.own), 5*b.coders), d.own},
	} {
		w, err := b.crowd(ctx, p, x.size, x.projects)
		if err != nil {
			return err
		}
		b.told(w, alone, together)
		b.remember(p, x.size, "started", empty)
	}
	return nil
}

// told adds a crowd's figures to the report: beside one coder alone, or for that one beside what no program can do without.
func (b *bench) told(w, alone *went, least int64) {
	size := w.count.size
	add := func(goal string, ours int64, other string, than int64, target float64) {
		b.report.add(line{goal: goal, size: size, unit: "ns", ours: ours, other: other, than: than, target: target})
	}
	if alone == nil {
		add("coding answered, p50", w.answered.at(0.5), "bare request + sync", least, targetAlone)
		add("coding answered, p99", w.answered.at(0.99), "bare request + sync", least, 0)
		add("coding seen by others, p50", w.seen.at(0.5), "coding answered, p50", w.answered.at(0.5), targetSeen)
		add("coding seen by others, p99", w.seen.at(0.99), "coding answered, p50", w.answered.at(0.5), 0)
	} else {
		add("coding answered, p50", w.answered.at(0.5), "1 coder, p50", alone.answered.at(0.5), targetCrowd50)
		add("coding answered, p99", w.answered.at(0.99), "1 coder, p50", alone.answered.at(0.5), targetCrowd99)
		add("coding seen by others, p50", w.seen.at(0.5), "1 coder, p50", alone.seen.at(0.5), targetCrowd50)
		add("coding seen by others, p99", w.seen.at(0.99), "1 coder, p50", alone.seen.at(0.5), targetCrowd99)
	}
	b.report.add(line{goal: "codings a second", size: size, unit: "n", ours: int64(w.rate + 0.5), other: "due", than: int64(w.coders) * int64(time.Second/pace)})
}
