package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// both are the two ledgers, which must behave alike.
func both(t *testing.T, f func(*testing.T, interface {
	engine.Ledger
	maker
})) {
	t.Run("memory", func(t *testing.T) { t.Parallel(); f(t, newMemory()) })
	t.Run("store", func(t *testing.T) {
		t.Parallel()
		s, _ := open(t)
		f(t, s)
	})
}

// writer makes batches by hand, in the way of a committer, and knows what the ledger must hold.
type writer struct {
	t      *testing.T
	l      engine.Ledger
	p      qda.ProjectID
	hash   qda.Hash
	all    []*qda.Entry
	things map[qda.Name]qda.Row
	next   qda.ID
}

// entry makes and seals the next entry: things that are, or that are gone.
func (w *writer) entry(b *qda.Batch, coder qda.ID, c qda.Change, change qda.ChangeID, is []qda.Thing, gone ...qda.Name) *qda.Entry {
	e := &qda.Entry{Project: w.p, Seq: b.Old + qda.Seq(len(b.Entries)) + 1, Change: change, Coder: coder, Do: c, At: time.Now().UTC().Truncate(time.Microsecond)}
	was := func(n qda.Name) qda.Thing {
		if r, ok := w.things[n]; ok {
			return r.Thing
		}
		if n.Sort == qda.SortProject {
			return &qda.Project{}
		}
		return nil
	}
	for _, x := range is {
		n := qda.Name{Sort: x.Sort(), ID: x.Key()}
		if d, ok := qda.Diff(was(n), x); ok {
			e.Did = append(e.Did, d)
		}
		x = qda.At(x, x.Key(), e.Seq)
		w.things[n] = qda.Row{Thing: x, Rev: e.Seq}
		w.next = max(w.next, x.Key()+1)
		b.Put = slices.DeleteFunc(b.Put, func(r qda.Row) bool { return r.Thing.Sort() == n.Sort && r.Thing.Key() == n.ID })
		b.Put = append(b.Put, w.things[n])
	}
	for _, n := range gone {
		e.Did = append(e.Did, qda.Did{Of: n.Sort, ID: n.ID, Gone: was(n)})
		delete(w.things, n)
		b.Put = slices.DeleteFunc(b.Put, func(r qda.Row) bool { return r.Thing.Sort() == n.Sort && r.Thing.Key() == n.ID })
		b.Drop = append(b.Drop, n)
	}
	if err := e.Encode(); err != nil {
		w.t.Fatal(err)
	}
	e.Salt[0] = byte(e.Seq)
	e.Seal(w.hash)
	w.hash = e.Hash
	b.Entries = append(b.Entries, e)
	b.Next = w.next
	return e
}

func (w *writer) batch() *qda.Batch {
	return &qda.Batch{Project: w.p, Old: qda.Seq(len(w.all)), Next: w.next}
}

func (w *writer) append(b *qda.Batch) {
	w.t.Helper()
	if err := w.l.Append(context.Background(), b); err != nil {
		w.t.Fatal(err)
	}
	w.all = append(w.all, b.Entries...)
}

func TestLedgersConform(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l interface {
		engine.Ledger
		maker
	}) {
		ctx := t.Context()
		guid := newChange()
		p, err := l.MakeProject(ctx, guid, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if again, err := l.MakeProject(ctx, guid, time.Now()); err != nil || again != p {
			t.Fatalf("the same project made again is %d, not %d (%v)", again, p, err)
		}
		var absent *qda.Error
		if _, err := l.Load(ctx, p+1000, 0); !errors.As(err, &absent) || absent.Fault != qda.Absent {
			t.Fatalf("a project that is not there: %v", err)
		}
		if img, err := l.Load(ctx, p, 0); err != nil || img.Head != 0 || len(img.Codings) != 0 {
			t.Fatalf("an empty project: %+v, %v", img, err)
		}
		w := &writer{t: t, l: l, p: p, things: map[qda.Name]qda.Row{}, next: 1}

		b := w.batch()
		w.entry(b, 1, &qda.ProjectMade{Name: "Studi"}, newChange(), []qda.Thing{&qda.Project{Name: "Studi", Method: qda.Reflexive, State: qda.Live},
			&qda.Coder{ID: 1, Account: 1, Name: "A", Initials: "A", Role: qda.Owner}, &qda.Coder{ID: 2, Name: "B", Initials: "B", Role: qda.Researcher}})
		doc := &qda.Document{ID: 3, Kind: qda.Interview, Name: "P04", Version: 1, Chars: 5, Turns: 1, State: qda.Live, Values: qda.Values{}, Speakers: map[string]qda.Speaker{"P": {Interviewer: true}}, Made: 2}
		words := &qda.Text{Words: []byte("Udang"), Turns: []qda.Turn{{Turn: 1, Start: 0, Stop: 5, Label: "P", FromMS: -1, ToMS: 1200, Language: "id"}}}
		b.Texts = []qda.NewText{{Document: 3, Version: 1, Text: words}}
		w.entry(b, 1, &qda.DocumentAdded{Name: "P04"}, newChange(), []qda.Thing{doc})
		w.append(b)

		// Within one batch a thing may be made, changed and taken away.
		b = w.batch()
		node := qda.Node{ID: 4, Kind: qda.Code, Codable: true, Place: "V", Name: "Satu", State: qda.Live, Made: 3}
		w.entry(b, 2, &qda.NodeAdded{Name: "Satu"}, newChange(), []qda.Thing{&node})
		named := node
		named.Name = "Dua \"dan\" \\ setengah 🦐"
		w.entry(b, 1, &qda.NodeChanged{Node: 4}, newChange(), []qda.Thing{&named})
		w.entry(b, 2, &qda.CodingApplied{Document: 3}, newChange(), []qda.Thing{&qda.Coding{ID: 5, Document: 3, Version: 1, Code: 4, Coder: 2, Stop: 5, Made: 5, At: 17}, &qda.Memo{ID: 6, On: 5, Coder: 2, Text: "x\ny", At: 17}})
		w.entry(b, 2, &qda.MemoRemoved{Memo: 6}, newChange(), nil, qda.Name{Sort: qda.SortMemo, ID: 6})
		w.append(b)
		b = w.batch()
		w.entry(b, 2, &qda.Undone{Seq: 6}, newChange(), []qda.Thing{&qda.Memo{ID: 6, On: 5, Coder: 2, Text: "x\ny", At: 17}})
		w.append(b)
		// Of the review something of each sort, made and taken away in one batch with what it hangs on.
		review := []qda.Thing{&qda.Draft{ID: 10, Name: "Draf", AtSeq: 7, Coder: 1, At: 17, Asked: []qda.ID{1, 2}, AskedAt: 18, AskedBy: 2, AskedText: "x"},
			&qda.Concept{ID: 11, Name: "Teori", Place: "V", State: qda.Live}, &qda.Evidence{ID: 12, Theme: 4, Coding: 5, Against: true, Place: "V", Why: "x", Coder: 2, At: 17},
			&qda.Tie{ID: 13, Theme: 4, Concept: 11, Why: "x", Coder: 2, At: 17}, &qda.Remark{ID: 14, On: 5, Theme: 4, Under: 14, Document: 3, Start: 1, Stop: 2, Text: "x", Coder: 2, At: 17, Settled: 18, SettledBy: 1},
			&qda.Judgement{ID: 15, Theme: 4, Verdict: qda.Changes, Draft: 10, Digest: qda.Digest{Claim: "a", Codings: "b"}, Text: "x", Coder: 2, At: 17, Made: 8},
			&qda.Question{ID: 16, Name: "Apa", Query: "{ }", Coder: 2, At: 17}, &qda.Spot{ID: 4, X: -1, Y: 2147483647}}
		b = w.batch()
		w.entry(b, 2, &qda.ThemeJudged{Theme: 4}, newChange(), review)
		w.append(b)
		b = w.batch()
		w.entry(b, 2, &qda.CodingApplied{Document: 3}, newChange(), []qda.Thing{&qda.Coding{ID: 17, Document: 3, Version: 1, Code: 4, Coder: 2, Stop: 3, Made: 9, At: 17}, &qda.Evidence{ID: 18, Theme: 4, Coding: 17, Coder: 2}})
		w.entry(b, 2, &qda.CodingsRemoved{}, newChange(), nil, qda.Name{Sort: qda.SortCoding, ID: 17}, qda.Name{Sort: qda.SortEvidence, ID: 18}, qda.Name{Sort: qda.SortTie, ID: 13}, qda.Name{Sort: qda.SortSpot, ID: 4})
		w.append(b)

		// A batch from a place that is not the head writes nothing, neither behind nor ahead.
		hash, next, known := w.hash, w.next, len(w.all)
		for _, old := range []qda.Seq{0, 3, qda.Seq(known) - 1} {
			bad := &qda.Batch{Project: p, Old: old}
			saved := w.things
			w.things = map[qda.Name]qda.Row{}
			w.entry(bad, 1, &qda.MemoWritten{Text: "lama"}, newChange(), []qda.Thing{&qda.Memo{ID: 90, Coder: 1, Text: "lama"}})
			w.things = saved
			if err := l.Append(ctx, bad); !errors.Is(err, qda.ErrBehind) {
				t.Errorf("from %d: %v", old, err)
			}
		}
		// A change id that is there already writes nothing, not its neighbours either.
		w.hash, w.next = hash, next
		bad := w.batch()
		saved := w.things
		w.things = map[qda.Name]qda.Row{}
		w.entry(bad, 1, &qda.MemoWritten{Text: "baru"}, newChange(), []qda.Thing{&qda.Memo{ID: 91, Coder: 1, Text: "baru"}})
		w.entry(bad, 1, &qda.MemoWritten{Text: "ulang"}, w.all[2].Change, []qda.Thing{&qda.Memo{ID: 92, Coder: 1, Text: "ulang"}})
		var there *qda.KnownChange
		if err := l.Append(ctx, bad); !errors.As(err, &there) || there.Change != w.all[2].Change {
			t.Errorf("a known change: %v", err)
		}
		w.things, w.hash, w.next = saved, hash, next

		loaded(w)
		readBack(w, doc.ID, words)
	})
}

// loaded compares Load with what was written, and with the fold.
func loaded(w *writer) {
	w.t.Helper()
	img, err := w.l.Load(w.t.Context(), w.p, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	head := qda.Seq(len(w.all))
	if img.Head != head || img.Hash != w.hash || img.Next != w.next {
		w.t.Errorf("head %d of %d, next %d of %d", img.Head, head, img.Next, w.next)
	}
	if len(img.Undone) != 1 || img.Undone[0] != [2]qda.Seq{6, 7} {
		w.t.Errorf("undone %v", img.Undone)
	}
	got := slices.Clone(img.Things)
	for i := range img.Codings {
		got = append(got, &img.Codings[i])
	}
	if len(got) != len(w.things) {
		w.t.Errorf("%d things of %d", len(got), len(w.things))
	}
	for _, x := range got {
		r := w.things[qda.Name{Sort: x.Sort(), ID: x.Key()}]
		if d, differ := qda.Diff(r.Thing, x); differ {
			w.t.Errorf("%s %d: %+v", x.Sort(), x.Key(), d)
		}
		if x.Sort() != qda.SortCoding && x.Touched() != r.Rev {
			w.t.Errorf("%s %d was touched by %d, not %d", x.Sort(), x.Key(), x.Touched(), r.Rev)
		}
	}
	tables, err := engine.Open(img)
	if err != nil {
		w.t.Fatal(err)
	}
	folded, err := engine.Fold(w.t.Context(), w.l, w.p, head)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := engine.SamePast(tables, folded); err != nil {
		w.t.Errorf("tables and fold: %v", err)
	}
}

func readBack(w *writer, document qda.ID, words *qda.Text) {
	w.t.Helper()
	ctx := w.t.Context()
	check := func(what string, got []*qda.Entry, err error, want ...*qda.Entry) {
		w.t.Helper()
		if err != nil || len(got) != len(want) {
			w.t.Fatalf("%s: %d entries of %d, %v", what, len(got), len(want), err)
		}
		for i, x := range got {
			y := want[i]
			if x.Project != w.p || x.Seq != y.Seq || x.Change != y.Change || x.Coder != y.Coder || !x.At.Equal(y.At) || x.Kind != y.Kind || !bytes.Equal(x.Body, y.Body) ||
				x.Salt != y.Salt || x.Sum != y.Sum || x.Hash != y.Hash || !qda.SameChange(x.Do, y.Do) || len(x.Did) != len(y.Did) {
				w.t.Errorf("%s: entry %+v came back as %+v", what, y, x)
			}
		}
	}
	got, err := w.l.Entries(ctx, w.p, 0, 100)
	check("all", got, err, w.all...)
	before := qda.Hash{}
	for _, x := range got {
		if !x.Sealed(before) {
			w.t.Errorf("entry %d is not sealed", x.Seq)
		}
		before = x.Hash
	}
	got, err = w.l.Entries(ctx, w.p, 2, 3)
	check("some", got, err, w.all[2:5]...)
	got, err = w.l.Entries(ctx, w.p, 10, 3)
	check("none", got, err)
	got, err = w.l.By(ctx, w.p, 2, 100, 100)
	check("by", got, err, w.all[9], w.all[8], w.all[7], w.all[6], w.all[5], w.all[4], w.all[2])
	got, err = w.l.By(ctx, w.p, 2, 6, 1)
	check("by, before", got, err, w.all[4])
	for _, y := range w.all {
		x, err := w.l.ByChange(ctx, w.p, y.Change)
		check("by change", []*qda.Entry{x}, err, y)
	}
	if x, err := w.l.ByChange(ctx, w.p, newChange()); x != nil || err != nil {
		w.t.Errorf("an unknown change: %+v, %v", x, err)
	}
	heads, err := w.l.Heads(ctx, []qda.ProjectID{w.p, w.p + 1000})
	if err != nil || fmt.Sprint(heads) != fmt.Sprintf("map[%d:10]", w.p) {
		w.t.Errorf("heads %v, %v", heads, err)
	}
	x, err := w.l.Text(ctx, w.p, document, 1)
	if err != nil || !bytes.Equal(x.Words, words.Words) || !slices.Equal(x.Turns, words.Turns) {
		w.t.Errorf("the text came back as %+v, %v", x, err)
	}
	var absent *qda.Error
	if _, err := w.l.Text(ctx, w.p, document, 2); !errors.As(err, &absent) || absent.Fault != qda.Absent {
		w.t.Errorf("a version that is not there: %v", err)
	}
}

// TestLedgersWriteOneAtATime: of many who append to one head, one gets through each time, and no number is left out.
func TestLedgersWriteOneAtATime(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l interface {
		engine.Ledger
		maker
	}) {
		p, err := l.MakeProject(t.Context(), newChange(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w := &writer{t: t, l: l, p: p, things: map[qda.Name]qda.Row{}, next: 1}
		b := w.batch()
		w.entry(b, 1, &qda.ProjectMade{}, newChange(), []qda.Thing{&qda.Project{Name: "Studi", Method: qda.Reflexive, State: qda.Live}, &qda.Coder{ID: 1, Name: "A", Initials: "A", Role: qda.Owner}})
		w.append(b)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				for done := 0; done < 5; {
					es, err := l.Entries(context.Background(), p, 0, 1000)
					if err != nil {
						t.Error(err)
						return
					}
					mine := &writer{t: t, l: l, p: p, things: map[qda.Name]qda.Row{}, all: es, hash: es[len(es)-1].Hash, next: qda.ID(len(es)) + 1}
					b := mine.batch()
					mine.entry(b, 1, &qda.MemoWritten{Text: "x"}, newChange(), []qda.Thing{&qda.Memo{ID: mine.next, Coder: 1, Text: "x"}})
					if err := l.Append(context.Background(), b); err == nil {
						done++
					} else if !errors.Is(err, qda.ErrBehind) && !errors.Is(err, qda.ErrNotSent) {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		es, err := l.Entries(t.Context(), p, 0, 1000)
		if err != nil || len(es) != 31 {
			t.Fatalf("%d entries, %v", len(es), err)
		}
		for i, x := range es {
			if x.Seq != qda.Seq(i+1) {
				t.Fatalf("entry %d stands at %d", x.Seq, i+1)
			}
		}
	})
}
