package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// seen is an entry as one viewer's Lens lets it: what the surface repaints from, and what panels fetch again for.
type seen struct {
	Seq     qda.Seq      `json:"seq"`
	Change  qda.ChangeID `json:"change"`
	Coder   qda.ID       `json:"coder"`
	At      int64        `json:"at"`
	Codings struct {
		New  [][7]int64 `json:"new"`
		Set  [][7]int64 `json:"set"`
		Gone []qda.ID   `json:"gone"`
	} `json:"codings"`
	Memos struct {
		New  [][9]any `json:"new"`
		Set  [][9]any `json:"set"`
		Gone []qda.ID `json:"gone"`
	} `json:"memos"`
	Touched []string `json:"touched"`

	wakes bool // codings wake or fall asleep with a node or document: everything is to be fetched again
}

const manyCodings = 500

// through shows an entry through a Lens that has reached it, its memos as drawn.
func through(l engine.Lens, e *qda.Entry, draw drawing) *seen {
	s := &seen{Seq: e.Seq, Change: e.Change, Coder: e.Coder, At: qda.Unix(e.At), Touched: []string{}}
	s.Codings.New, s.Codings.Set, s.Codings.Gone = [][7]int64{}, [][7]int64{}, []qda.ID{}
	s.Memos.New, s.Memos.Set, s.Memos.Gone = [][9]any{}, [][9]any{}, []qda.ID{}
	touched := map[string]bool{}
	touch := func(what string) {
		if !touched[what] {
			touched[what] = true
			s.Touched = append(s.Touched, what)
		}
	}
	for _, d := range e.Did {
		switch d.Of {
		case qda.SortCoding:
			if c, ok := d.Gone.(*qda.Coding); ok {
				if !l.Blind() || c.Coder == l.Me() {
					s.Codings.Gone = append(s.Codings.Gone, c.ID)
				}
			} else if c, ok := l.Coding(d.ID); ok && d.New != nil {
				s.Codings.New = append(s.Codings.New, codingRow(c))
			} else if ok {
				s.Codings.Set = append(s.Codings.Set, codingRow(c))
			}
		case qda.SortMemo:
			if m, ok := d.Gone.(*qda.Memo); ok {
				if !l.Blind() || m.Coder == l.Me() {
					s.Memos.Gone = append(s.Memos.Gone, m.ID)
					touch("memos")
				}
			} else if m, ok := l.Memo(d.ID); ok {
				if d.New != nil {
					s.Memos.New = append(s.Memos.New, memoRow(m, draw))
				} else {
					s.Memos.Set = append(s.Memos.Set, memoRow(m, draw))
				}
				touch("memos")
			}
		case qda.SortNode:
			touch("nodes")
			_, state := d.Set["state"]
			_, parent := d.Set["parent"]
			s.wakes = s.wakes || state || parent
		case qda.SortDocument:
			touch("documents")
			_, state := d.Set["state"]
			s.wakes = s.wakes || state
		case qda.SortCoder:
			touch("coders")
		case qda.SortEvidence, qda.SortRemark, qda.SortJudgement, qda.SortQuestion:
			// Which a blind coder sees of nobody else.
			if name := string(d.Of) + "s"; !l.Blind() || e.Coder == l.Me() {
				touch(strings.Replace(name, "evidences", "evidence", 1))
			}
		default:
			touch(string(d.Of) + "s")
		}
	}
	if l.Blind() && e.Coder != l.Me() {
		s.Coder = 0 // whose it is would tell that someone works here
	}
	return s
}

// entry answers a write with what it did.
func (a *ask) entry(e *qda.Entry) error {
	v, err := a.s.Engine.View(a.Context(), a.Project, e.Seq)
	if err != nil {
		return err
	}
	return a.writeJSON(http.StatusOK, through(v.As(a.Coder.ID), e, a.s.draws(a.Context(), a.Project, v, a.L)))
}

// stream sends entries as they come, each through the viewer's Lens of that moment. It ends when the viewer's place in the
// project changes, or the session does.
func stream(a *ask) error {
	if !a.s.streams.enter(a.Account.ID) {
		return often("refused.streams", 10*time.Second)
	}
	defer a.s.streams.leave(a.Account.ID)
	after := a.seenByStream()
	h := a.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if a.Method == http.MethodHead {
		return nil
	}
	out := http.NewResponseController(a.w)
	ctx, cancel := context.WithCancel(a.Context())
	defer cancel()
	stop := context.AfterFunc(a.s.ended, cancel)
	defer stop()
	send := func(text []byte) bool {
		if _, err := a.w.Write(text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !send([]byte("retry: 2000\n: anyam\n\n")) {
		return nil
	}
	if after < a.View.Seq()-5000 {
		if !send(event("reset", a.View.Seq(), a.View.Seq())) {
			return nil
		}
		after = a.View.Seq()
	}
	entries := make(chan *qda.Entry, 64) // what came meanwhile goes out in one piece
	go func() {
		defer close(entries)
		for e, err := range a.s.Engine.Watch(ctx, a.Project, after) {
			if err != nil {
				return
			}
			select {
			case entries <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	beat := time.NewTicker(25 * time.Second)
	defer beat.Stop()
	for {
		select {
		case e, ok := <-entries:
			if !ok {
				return nil
			}
			es := []*qda.Entry{e}
			for n := len(entries); n > 0; n-- { // nobody else takes them out
				es = append(es, <-entries)
			}
			var out []byte
			for _, e := range es {
				v, err := a.s.Engine.View(ctx, a.Project, e.Seq)
				if err != nil {
					return nil
				}
				if moves(e, a.Coder.ID) {
					send(append(out, event("reset", e.Seq, e.Seq)...))
					return nil
				}
				out = append(out, a.s.shown.text(v.As(a.Coder.ID), a.Project, e, a.L.Lang(), a.s.draws(ctx, a.Project, v, a.L))...)
			}
			if !send(out) {
				return nil
			}
		case <-beat.C:
			// Also the moment to see whether one may still be here.
			if _, _, err := a.s.Store.Session(ctx, a.Session.Sum, a.s.Now(), idleLimit, absoluteLimit); err != nil {
				return nil
			}
			if _, err := a.s.Store.Member(ctx, a.Project, a.Account.ID); err != nil {
				return nil
			}
			if !send([]byte(": still here\n\n")) {
				return nil
			}
		}
	}
}

func (a *ask) seenByStream() qda.Seq {
	if n, err := strconv.ParseInt(a.Header.Get("Last-Event-ID"), 10, 64); err == nil && n >= 0 {
		return qda.Seq(n)
	}
	if n, err := strconv.ParseInt(a.URL.Query().Get("after"), 10, 64); err == nil && n >= 0 {
		return min(qda.Seq(n), a.View.Seq())
	}
	return a.View.Seq()
}

func event(name string, id qda.Seq, data any) []byte {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err) // numbers and strings always marshal
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "id: %d\nevent: %s\ndata: %s\n\n", id, name, b)
	return out.Bytes()
}
