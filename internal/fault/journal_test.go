//go:build faults

package fault

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// state is how far a change has come, as its maker knows it.
type state int

const (
	sent    state = iota // no answer yet: it may be there or not
	acked                // answered as made
	refused              // answered with a refusal
)

// op is one intended change in a journal.
type op struct {
	ID    qda.ChangeID
	Kind  string // code, memo or undo
	State state
	Seq   qda.Seq // of the entry it was answered with

	path    string // where it is sent
	body    any
	project qda.ProjectID
	coder   qda.ID
	spans   []qda.SpanOf // of a code
	code    qda.ID
	text    string // of a memo; no other has the same
	undoes  *op
	undone  *op    // by whom
	why     string // of a refusal
}

// journal is what the makers of changes know of them, kept on their side.
type journal struct {
	mu       sync.Mutex
	ops      []*op
	statuses map[int]int   // answers by status; 0: none came
	bare     int           // 503 without Retry-After
	twice    int           // changes whose repeats were answered with another entry
	newest   time.Time     // when the attempt began that was acknowledged last
	moved    chan struct{} // closed and replaced at each acknowledgement
}

func newJournal() *journal { return &journal{statuses: map[int]int{}, moved: make(chan struct{})} }

// add writes an op down before it is sent.
func (j *journal) add(o *op) *op {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ops = append(j.ops, o)
	return o
}

// ack writes down that an op, in an attempt begun then, was answered as made by entry seq.
func (j *journal) ack(o *op, seq qda.Seq, begun time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if o.State == acked && o.Seq != seq {
		j.twice++
	}
	o.State, o.Seq = acked, seq
	if begun.After(j.newest) {
		j.newest = begun
	}
	close(j.moved)
	j.moved = make(chan struct{})
}

// refuse writes down that an op was answered with a refusal.
func (j *journal) refuse(o *op, why string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if o.State == acked {
		j.twice++ // the first answer was another
		return
	}
	o.State, o.why = refused, why
}

// saw counts an answer.
func (j *journal) saw(a reply, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.statuses[0]++
		return
	}
	j.statuses[a.status]++
	if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
		j.bare++
	}
}

// answers gives the number of answers with a status.
func (j *journal) answers(status int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.statuses[status]
}

// acks gives the number of acknowledged ops and a channel that is closed at the next one.
func (j *journal) acks() (n int, next <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range j.ops {
		if o.State == acked {
			n++
		}
	}
	return n, j.moved
}

// since waits for the acknowledgement of an attempt begun after a moment, and gives how long after that it came.
func (j *journal) since(t testing.TB, moment time.Time) time.Duration {
	t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		there, next := j.newest.After(moment), j.moved
		j.mu.Unlock()
		if there {
			return time.Since(moment)
		}
		select {
		case <-next:
		case <-deadline:
			t.Fatalf("nothing was acknowledged within %v", patience)
		}
	}
}

// more waits until n more ops than now are acknowledged.
func (j *journal) more(t testing.TB, n int) {
	t.Helper()
	deadline := time.After(patience)
	have, next := j.acks()
	for want := have + n; have < want; {
		select {
		case <-next:
		case <-deadline:
			t.Fatalf("only %d changes of %d were acknowledged within %v", have, want, patience)
		}
		have, next = j.acks()
	}
}

// coding is an op that applies a code to two spans that the coder has not coded with it before.
func (c *coder) coding() *op {
	st := c.study
	const reach = 12
	room := len(st.words) - reach
	at, code := int32(c.made%room), st.codes[c.made/room%len(st.codes)]
	c.made++
	o := &op{ID: fresh(), Kind: "code", project: st.project, coder: c.id, code: code, spans: []qda.SpanOf{st.span(at, at+5), st.span(at+2, at+reach)}}
	o.path, o.body = st.path("/documents/%d/codings", st.document), codeBody(o.ID, o.spans, code)
	return o
}

// note is an op that writes a memo like no other.
func (c *coder) note() *op {
	o := &op{ID: fresh(), Kind: "memo", project: c.study.project, coder: c.id}
	o.text = "Catatan " + o.ID.String()
	o.path, o.body = c.study.path("/memos"), memoBody(o.ID, c.study.codes[0], o.text)
	return o
}

// back is an op that undoes one of the coder's own.
func (c *coder) back(of *op) *op {
	o := &op{ID: fresh(), Kind: "undo", project: c.study.project, coder: c.id, undoes: of}
	of.undone = o
	o.path, o.body = c.study.path("/undo"), undoBody(o.ID, of.Seq)
	return o
}

// next makes up an op: mostly codings, some memos, some undone again.
func (c *coder) next(r *rand.Rand) *op {
	switch n := r.IntN(10); {
	case n < 2 && len(c.mine) > 0:
		i := r.IntN(len(c.mine))
		of := c.mine[i]
		c.mine = slices.Delete(c.mine, i, i+1)
		return c.study.journal.add(c.back(of))
	case n < 5:
		return c.study.journal.add(c.note())
	}
	return c.study.journal.add(c.coding())
}

// try sends an op once; true when it is settled, with an answer that says yes or no.
func (c *coder) try(ctx context.Context, o *op) bool {
	begun := time.Now()
	a, err := c.post(ctx, o.path, o.body)
	c.study.journal.saw(a, err)
	status, e, err := read(a, err)
	switch {
	case err != nil:
		return false
	case status == http.StatusOK:
		c.study.journal.ack(o, e.Seq, begun)
		return true
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		c.study.journal.refuse(o, fmt.Sprintf("%d %.200s", a.status, bytes.TrimSpace(a.body)))
		return true
	}
	return false
}

// settle sends an op, with the same id, until it is acknowledged or refused; false when the context ends before.
func (c *coder) settle(ctx context.Context, o *op) bool {
	for !c.try(ctx, o) {
		// Not as long as Retry-After asks for: whoever knocks sooner sees more of what goes wrong.
		pause := time.NewTimer(10 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return false
		}
	}
	return true
}

// work makes changes until over is closed, and settles the last.
func (c *coder) work(over <-chan struct{}, seed uint64) {
	r := rand.New(rand.NewPCG(seed, uint64(c.id)))
	for {
		select {
		case <-over:
			return
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		o := c.next(r)
		settled := c.settle(ctx, o)
		cancel()
		if !settled {
			c.study.t.Errorf("a change was neither made nor refused within %v", patience)
			return
		}
		if o.State == acked && o.Kind != "undo" {
			c.mine = append(c.mine, o)
			if len(c.mine) > 20 {
				c.mine = c.mine[1:]
			}
		}
	}
}

// count compares a journal with what a database holds: every acknowledged change once in the ledger and with its whole
// effect once in its table, every refused one not at all, every other one whole or not at all; and the numbers without a gap.
// It does not fail the test on what it finds.
func count(t testing.TB, databaseURL string, j *journal) (n outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	defer conn.Close(ctx)
	tally := func(sql string, into func(pgx.CollectableRow) error) {
		t.Helper()
		rows, err := conn.Query(ctx, sql)
		if err != nil {
			t.Fatalf("count: %v", err)
		}
		if _, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, into(row) }); err != nil {
			t.Fatalf("count: %v", err)
		}
	}
	type place struct {
		project     qda.ProjectID
		coder, code int64
		start, stop int32
	}
	entries, codings, memos := map[qda.ChangeID]int{}, map[place]int{}, map[string]int{}
	tally(`SELECT change FROM entry`, func(row pgx.CollectableRow) error {
		var c [16]byte
		err := row.Scan(&c)
		entries[c]++
		return err
	})
	tally(`SELECT project, coder, code, start, stop FROM coding`, func(row pgx.CollectableRow) error {
		var p place
		err := row.Scan(&p.project, &p.coder, &p.code, &p.start, &p.stop)
		codings[p]++
		return err
	})
	tally(`SELECT text FROM memo`, func(row pgx.CollectableRow) error {
		var s string
		err := row.Scan(&s)
		memos[s]++
		return err
	})
	var gaps int
	tally(`SELECT p.id, p.head, count(e.seq), coalesce(min(e.seq), 1), coalesce(max(e.seq), 0) FROM project p LEFT JOIN entry e ON e.project = p.id GROUP BY p.id`, func(row pgx.CollectableRow) error {
		var id, head, rows, first, last int64
		err := row.Scan(&id, &head, &rows, &first, &last)
		if rows != last || first != 1 || head != last {
			gaps++
			t.Logf("project %d: head %d, %d entries from %d to %d", id, head, rows, first, last)
		}
		return err
	})
	n.Half += gaps

	j.mu.Lock()
	defer j.mu.Unlock()
	told := 0
	tell := func(o *op, what string) {
		if told++; told <= 5 {
			t.Logf("%s %s (entry %d): %s; %d in the ledger", o.Kind, o.ID, o.Seq, what, entries[o.ID])
		}
	}
	for _, o := range j.ops {
		switch o.State {
		case acked:
			n.Acked++
		case refused:
			n.Refused++
			tell(o, "refused: "+o.why)
		}
		in := entries[o.ID]
		// How much of the effect is there: none, a part, all, more than once.
		parts, most := 0, 0
		whole := 1
		switch o.Kind {
		case "code":
			whole = len(o.spans)
			for _, s := range o.spans {
				k := codings[place{o.project, int64(o.coder), int64(o.code), s.Start, s.Stop}]
				parts += min(k, 1)
				most = max(most, k)
			}
		case "memo":
			parts, most = min(memos[o.text], 1), memos[o.text]
		case "undo":
			parts, most = in, in // seen in what it undoes
		}
		switch {
		case in > 1 || most > 1:
			n.Doubled++
			tell(o, fmt.Sprintf("its effect is there %d times", most))
		case parts > 0 && parts < whole:
			n.Half++
			tell(o, fmt.Sprintf("%d of its %d parts are there", parts, whole))
		case o.State == refused:
			if in > 0 || parts > 0 {
				n.Half++
				tell(o, "refused, and yet done")
			}
		case o.State == acked && in == 0 && (parts == 0 || o.undone != nil):
			n.Lost++
			tell(o, "acknowledged and lost")
		case o.undone != nil && entries[o.undone.ID] > 0:
			if in != 1 || parts > 0 {
				n.Half++
				tell(o, "undone, and its effect is still there")
			}
		case (in > 0) != (parts > 0):
			n.Half++
			tell(o, fmt.Sprintf("%d of its %d parts are there", parts, whole))
		}
	}
	n.Half += j.twice
	if j.twice > 0 {
		t.Logf("%d repeats were answered with another entry than the first time", j.twice)
	}
	return n
}
