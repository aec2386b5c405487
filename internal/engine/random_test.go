package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// pick gives one of some numbers, now and then one that is nothing's.
func pick(r *rand.Rand, ns []qda.ID) qda.ID {
	if len(ns) == 0 || r.IntN(40) == 0 {
		return qda.ID(r.IntN(500))
	}
	return ns[r.IntN(len(ns))]
}

// someChange makes up a change against a View: most make sense, some are refused.
func (w *world) someChange(r *rand.Rand, v *engine.View) (qda.Change, *qda.Text) {
	var nodes, codings, memos, cases []qda.ID
	for _, n := range slices.Concat(v.Nodes(), v.Asleep()) {
		nodes = append(nodes, n.ID)
	}
	for _, c := range v.EveryCoding() {
		codings = append(codings, c.ID)
	}
	for _, m := range v.As(0).AllMemos() {
		memos = append(memos, m.ID)
	}
	for _, c := range v.Cases() {
		cases = append(cases, c.ID)
	}
	docs := []qda.ID{w.doc1, w.doc2}
	spanIn := func(d qda.ID) qda.SpanOf {
		runes := []rune(text1)
		if d == w.doc2 {
			runes = []rune(text2)
		}
		from := r.IntN(len(runes) / 4)
		to := from + 1 + r.IntN(12) // short and few, so that equal ones meet
		from, to = from*2, min(to*2, len(runes))
		return w.words(d, string(runes[from:to]))
	}
	name := func() string { return fmt.Sprint("nama ", r.IntN(60)) }
	several := func(ns []qda.ID) (out []qda.ID) {
		for range 1 + r.IntN(3) {
			out = append(out, pick(r, ns))
		}
		return out
	}
	states := []qda.State{qda.Live, qda.Live, qda.Retired, qda.Removed}
	if r.IntN(3) == 0 {
		if c := w.someReview(r, v, nodes, codings, several, name); c != nil {
			return c, nil
		}
	}
	switch r.IntN(30) {
	case 0, 1, 2, 3, 4, 5:
		d := docs[r.IntN(2)]
		c := &qda.CodingApplied{Document: d, Version: 1}
		for range 1 + r.IntN(2) {
			c.Spans = append(c.Spans, spanIn(d))
		}
		if r.IntN(6) == 0 {
			c.Name, c.Parent = name(), pick(r, append(nodes, 0))
		} else {
			c.Code = pick(r, nodes)
		}
		return c, nil
	case 6, 7:
		return &qda.CodingsChanged{Codings: several(codings), Code: pick(r, nodes)}, nil
	case 8:
		x := pick(r, codings)
		k, _ := v.As(0).Coding(x)
		d := w.doc1
		if k.Document == w.doc2 {
			d = w.doc2
		}
		return &qda.CodingsChanged{Codings: []qda.ID{x}, Span: ptr(spanIn(d))}, nil
	case 9:
		return &qda.CodingsRemoved{Codings: several(codings)}, nil
	case 10, 11:
		kind := qda.Code
		if r.IntN(4) == 0 {
			kind = qda.Theme
		}
		return &qda.NodeAdded{Type: kind, Name: name(), Parent: pick(r, append(nodes, 0, 0, 0)), Colour: int16(r.IntN(13))}, nil
	case 12:
		n := pick(r, nodes)
		c := &qda.NodeChanged{Node: n, Name: ptr(name()), Definition: ptr(name())}
		if r.IntN(2) == 0 {
			c = &qda.NodeChanged{Node: n, Example: ptr(pick(r, codings))}
		}
		return c, nil
	case 13, 14:
		c := &qda.NodesMoved{Nodes: several(nodes), Parent: pick(r, append(nodes, 0, 0))}
		if r.IntN(4) == 0 {
			c.Theme = name()
		} else if below := v.Below(c.Parent); len(below) > 1 && r.IntN(2) == 0 {
			c.Before = below[1]
		}
		return c, nil
	case 15:
		return &qda.NodesMerged{Nodes: several(nodes), Into: pick(r, nodes)}, nil
	case 16:
		return &qda.NodeTurned{Node: pick(r, nodes), Type: []qda.NodeKind{qda.Theme, qda.Code}[r.IntN(2)]}, nil
	case 17:
		return &qda.NodesState{Nodes: several(nodes), State: states[r.IntN(4)], Children: []string{"along", "up"}[r.IntN(2)]}, nil
	case 18:
		on := []qda.ID{pick(r, codings), pick(r, nodes), docs[r.IntN(2)], 0, pick(r, cases)}[r.IntN(5)]
		return &qda.MemoWritten{On: on, Text: name()}, nil
	case 19:
		n := pick(r, memos)
		m, ok := v.As(0).Memo(n)
		if !ok {
			m = &qda.Memo{}
		}
		return &qda.MemoChanged{Memo: n, Rev: m.Rev, Text: name()}, nil
	case 20:
		return &qda.MemoRemoved{Memo: pick(r, memos)}, nil
	case 21:
		return &qda.DocumentsState{Documents: docs[r.IntN(2):], State: []qda.State{qda.Live, qda.Live, qda.Removed}[r.IntN(3)]}, nil
	case 22:
		switch r.IntN(6) {
		case 0:
			return &qda.CaseAdded{Name: name(), Values: qda.Values{w.ofCases: name()}}, nil
		case 1:
			return &qda.CaseChanged{Case: pick(r, cases), Name: ptr(name()), Values: qda.Values{w.ofCases: ""}, State: &states[r.IntN(4)]}, nil
		case 2:
			return &qda.AttributeAdded{Name: name(), Of: qda.OfDocuments, Type: "date"}, nil
		case 3:
			return &qda.AttributeChanged{Attribute: w.ofCases, Name: ptr(name())}, nil
		case 4:
			d := newDocument()
			d.NewCase = ""
			return d, oneTurn
		}
		return &qda.ProjectChanged{Description: ptr(name()), Method: ptr(qda.Reliability)}, nil
	case 23:
		if r.IntN(2) == 0 {
			return &qda.DocumentFinished{Document: docs[r.IntN(2)], Finished: r.IntN(2) == 0}, nil
		}
		c := &qda.DocumentChanged{Document: docs[r.IntN(2)], Case: ptr(pick(r, cases)), Held: ptr("2026-01-02")}
		if r.IntN(4) == 0 {
			c.NewCase = name()
		}
		return c, nil
	case 24:
		if r.IntN(3) == 0 {
			return &qda.CoderJoined{Name: name(), Role: qda.Researcher}, nil
		}
		return &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: w.researcher, Blind: ptr(r.IntN(3) == 0)}}}, nil
	}
	// Of undoing the newest there is the most chance that it works.
	return &qda.Undone{Seq: max(1, v.Seq()-qda.Seq(r.IntN(1+r.IntN(20))))}, nil
}

// someReview makes up a change of the review, or of a kind that came with it; nil where there is nothing to change yet.
func (w *world) someReview(r *rand.Rand, v *engine.View, nodes, codings []qda.ID, several func([]qda.ID) []qda.ID, name func() string) qda.Change {
	var themes, evidence, concepts, drafts, remarks, questions []qda.ID
	l := v.As(0)
	for _, n := range v.Nodes() {
		if n.Kind == qda.Theme {
			themes = append(themes, n.ID)
		}
		supports, against := l.Evidence(n.ID)
		for _, e := range slices.Concat(supports, against) {
			evidence = append(evidence, e.ID)
		}
	}
	for _, x := range v.Concepts() {
		concepts = append(concepts, x.ID)
	}
	for _, x := range v.Drafts() {
		drafts = append(drafts, x.ID)
	}
	for _, x := range l.Remarks() {
		remarks = append(remarks, x.ID)
	}
	for _, x := range l.Questions() {
		questions = append(questions, x.ID)
	}
	theme := pick(r, themes)
	under, _ := l.CodingsOf(v.Below(theme), 0, -1)
	var below []qda.ID
	for _, c := range under {
		below = append(below, c.ID)
	}
	switch r.IntN(20) {
	case 0, 1, 2, 3:
		c := &qda.EvidenceChosen{Theme: theme, Codings: several(below), Why: name()}
		if r.IntN(3) == 0 {
			c.Codings, c.Against = several(codings), true
		}
		supports, against := l.Evidence(theme)
		if len(supports) > 0 && !c.Against {
			c.Before = supports[r.IntN(len(supports))].ID
		} else if len(against) > 0 && c.Against {
			c.Before = against[0].ID
		}
		return c
	case 4, 5:
		c := &qda.EvidenceChanged{Evidence: pick(r, evidence)}
		if r.IntN(2) == 0 {
			c.Against = ptr(r.IntN(2) == 0)
		}
		if e, ok := l.EvidenceAt(c.Evidence); ok && c.Against == nil {
			if supports, _ := l.Evidence(e.Theme); len(supports) > 0 {
				c.Before = &supports[0].ID
			}
		}
		return c
	case 6:
		return &qda.EvidenceDropped{Evidence: []qda.ID{pick(r, evidence)}}
	case 7, 8, 9, 10:
		var splits []qda.ID
		of := pick(r, nodes)
		for _, c := range v.EveryCoding() {
			if c.Code == of {
				splits = append(splits, c.ID)
			}
		}
		if len(splits) == 0 {
			return nil
		}
		c := &qda.NodeSplit{Node: of, Reason: name()}
		at := r.IntN(len(splits))
		c.Parts = append(c.Parts, qda.Part{Name: name(), Codings: splits[:at+1]})
		if at+1 < len(splits) && r.IntN(2) == 0 {
			c.Parts = append(c.Parts, qda.Part{Node: pick(r, nodes), Codings: splits[at+1:]})
		}
		return c
	case 11:
		return &qda.NodesMerged{Nodes: several(themes), Into: theme}
	case 12:
		return &qda.ConceptAdded{Parent: pick(r, append(concepts, 0, 0)), Name: name()}
	case 13:
		c := &qda.ConceptChanged{Concept: pick(r, concepts), Parent: ptr(pick(r, append(concepts, 0)))}
		if r.IntN(3) == 0 {
			c = &qda.ConceptChanged{Concept: pick(r, concepts), State: ptr([]qda.State{qda.Live, qda.Removed}[r.IntN(2)])}
		}
		return c
	case 14, 15:
		c := &qda.Tied{Theme: theme, Concept: pick(r, concepts), Why: name()}
		if r.IntN(4) == 0 {
			return &qda.Untied{Theme: c.Theme, Concept: c.Concept}
		}
		return c
	case 16:
		return &qda.RemarkMade{On: pick(r, slices.Concat(nodes, codings, drafts, []qda.ID{0})), Under: pick(r, append(remarks, 0, 0)), Text: name()}
	case 17:
		switch r.IntN(4) {
		case 0:
			return &qda.DraftNamed{Name: name()}
		case 1:
			return &qda.ReviewAsked{Draft: pick(r, drafts), Of: []qda.ID{w.supervisor}}
		case 2:
			return &qda.CounterLooked{Theme: theme, Looked: r.IntN(2) == 0}
		}
		return &qda.RemarkSettled{Remark: pick(r, remarks), Settled: r.IntN(2) == 0}
	case 18:
		if r.IntN(3) == 0 {
			return &qda.QuestionRemoved{Question: pick(r, questions)}
		}
		return &qda.QuestionKept{Question: pick(r, append(questions, 0)), Name: name(), Query: `{"x":1}`}
	}
	if r.IntN(2) == 0 {
		return &qda.ThemeJudged{Theme: theme, Verdict: []qda.Verdict{qda.Approved, qda.Changes}[r.IntN(2)], Digest: v.Digest(theme)}
	}
	return &qda.Arranged{Spots: []qda.SpotOf{{Node: pick(r, nodes), X: int32(r.IntN(100)), Y: -1}}}
}

// acked is what a writer was told.
type acked struct {
	in  qda.Intent
	seq qda.Seq
}

// history lets several writers loose on some engines over one ledger, and gives what they were told.
func history(ctx context.Context, w *world, engines []*engine.Engine, seed uint64, each int) []acked {
	coders := []qda.ID{w.owner, w.researcher, w.blind, w.owner, w.researcher, w.supervisor}
	var mu sync.Mutex
	var told []acked
	var all sync.WaitGroup
	for i, coder := range coders {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			var mine []acked
			for range each {
				e := engines[r.IntN(len(engines))]
				v, err := e.View(ctx, w.p, 0)
				if err != nil {
					w.t.Error(err)
					return
				}
				in := qda.Intent{Change: newChange(), Coder: coder}
				in.Do, in.Text = w.someChange(r, v)
				for range 1 + r.IntN(2) { // a repeat, perhaps elsewhere
					x, err := e.Do(ctx, w.p, in)
					var refused *qda.Error
					switch {
					case err == nil:
						mine = append(mine, acked{in, x.Seq})
					case !errors.As(err, &refused):
						w.t.Errorf("%s: %v", in.Do.Kind(), err)
					}
					e = engines[r.IntN(len(engines))]
				}
				if len(mine) > 0 && r.IntN(5) == 0 { // of something long ago
					old := mine[r.IntN(len(mine))]
					if x, err := e.Do(ctx, w.p, old.in); err != nil || x.Seq != old.seq {
						w.t.Errorf("%s at %d again: %+v, %v", old.in.Do.Kind(), old.seq, x, err)
					}
				}
			}
			mu.Lock()
			told = append(told, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	return told
}

// once asks that every acknowledged change is in the ledger, exactly once, where its coder was told.
func once(t *testing.T, l engine.Ledger, p qda.ProjectID, told []acked) map[string]int {
	t.Helper()
	seqs, kinds := map[qda.ChangeID]qda.Seq{}, map[string]int{}
	for after := qda.Seq(0); ; {
		es, err := l.Entries(context.Background(), p, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		for _, x := range es {
			if x.Seq != after+1 || seqs[x.Change] != 0 {
				t.Fatalf("entry %d after %d, its change also at %d", x.Seq, after, seqs[x.Change])
			}
			after, seqs[x.Change] = x.Seq, x.Seq
			kinds[x.Kind]++
		}
	}
	for _, a := range told {
		if seqs[a.in.Change] != a.seq {
			t.Errorf("%s was acknowledged at %d and stands at %d", a.in.Do.Kind(), a.seq, seqs[a.in.Change])
		}
	}
	return kinds
}

func seeded(t *testing.T) uint64 {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return seed
}

// TestTwoProcesses: two engines that share nothing but a database agree on everything.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	seed := seeded(t)
	url := pgtest.New(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var stores [2]*store.Store
	engines := make([]*engine.Engine, 2)
	var listening sync.WaitGroup
	heard, deaf := context.WithCancel(ctx)
	for i := range 2 {
		s, err := store.Open(ctx, url, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		e := engine.New(s, options())
		defer e.Close()
		stores[i], engines[i] = s, e
		hears := make(chan struct{})
		var first sync.Once
		listening.Go(func() { s.Listen(heard, func() { first.Do(func() { close(hears) }) }, e.Woken) })
		<-hears
	}
	defer listening.Wait()
	defer deaf()
	w := newWorld(t, stores[0], engines[0])
	const rounds = 45
	saw := make(chan error, len(engines))
	end := qda.Intent{Change: newChange(), Coder: w.owner, Do: &qda.ProjectChanged{Name: ptr("Selesai")}}
	for _, e := range engines {
		go func() {
			at := qda.Seq(0)
			for x, err := range e.Watch(ctx, w.p, 0) {
				if err == nil && x.Seq != at+1 {
					err = fmt.Errorf("a watcher saw %d after %d", x.Seq, at)
				}
				if err != nil || x.Change == end.Change {
					saw <- err
					return
				}
				at = x.Seq
			}
			saw <- fmt.Errorf("a watcher stopped at %d: %w", at, ctx.Err())
		}()
	}
	told := history(ctx, w, engines, seed, rounds)
	if _, err := engines[0].Do(ctx, w.p, end); err != nil {
		t.Fatal(err)
	}
	for range engines {
		if err := <-saw; err != nil {
			t.Error(err)
		}
	}
	kinds := once(t, stores[1], w.p, told)
	t.Logf("%d acknowledged; the ledger has %v", len(told), kinds)
	for _, k := range []string{"CodingApplied", "NodesMerged", "NodesMoved", "NodesState", "DocumentsState", "CodingsRemoved", "Undone"} {
		if kinds[k] == 0 && testing.Verbose() {
			t.Logf("no %s this time", k)
		}
	}
	for i, e := range engines {
		if err := e.Check(ctx, w.p); err != nil {
			t.Errorf("engine %d: %v", i, err)
		}
	}
}

// TestThePast: At(n) is the fold of 1..n, in the engine that made the history and in one that only read it.
func TestThePast(t *testing.T) {
	t.Parallel()
	seed := seeded(t)
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	told := history(t.Context(), w, []*engine.Engine{e}, seed, 70)
	once(t, m, w.p, told)
	again := engine.New(m, options())
	defer again.Close()
	head := w.view().Seq()
	r := rand.New(rand.NewPCG(seed, 99))
	seqs := []qda.Seq{1, head - 1, head}
	for range 40 {
		seqs = append(seqs, 1+qda.Seq(r.Int64N(int64(head))))
	}
	for _, s := range seqs {
		want, err := engine.Fold(t.Context(), m, w.p, s)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range []*engine.Engine{e, again} {
			got, err := e.At(t.Context(), w.p, s)
			if err != nil {
				t.Fatalf("at %d of %d: %v", s, head, err)
			}
			if err := engine.SamePast(want, got); err != nil {
				t.Errorf("engine %d at %d of %d: %v", i, s, head, err)
			}
			if err := engine.Whole(got); err != nil {
				t.Errorf("engine %d at %d of %d: %v", i, s, head, err)
			}
		}
	}
}
