package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Check proves a project whole: it folds the ledger from its first entry, testing the chain on the way, reads the tables, and
// compares both with each other and with the live View; then it asks the rules of every thing and compares counts and
// co-occurrence with a naive reckoning. It uses no snapshot. Writes that happen meanwhile are waited out.
func (e *Engine) Check(ctx context.Context, project qda.ProjectID) error {
	img, err := e.ledger.Load(ctx, project, 0)
	if err != nil {
		return err
	}
	folded := emptyView(project, img.GUID)
	for folded.seq < img.Head {
		es, err := e.ledger.Entries(ctx, project, folded.seq, 1000)
		if err != nil {
			return err
		}
		if len(es) == 0 {
			return fmt.Errorf("project %d: the ledger ends at %d, its head says %d", project, folded.seq, img.Head)
		}
		for _, x := range es {
			if x.Seq > img.Head {
				break
			}
			if !x.Sealed(folded.hash) {
				return fmt.Errorf("project %d: the chain is broken at entry %d", project, x.Seq)
			}
			if folded, err = folded.After(x); err != nil {
				return err
			}
		}
	}
	tables, err := load(img)
	if err != nil {
		return err
	}
	if err := same(folded, tables, true); err != nil {
		return fmt.Errorf("project %d: ledger and tables differ: %w", project, err)
	}
	live, err := e.View(ctx, project, img.Head)
	if err != nil {
		return err
	}
	past := live.seq != img.Head
	if past {
		if live, err = e.At(ctx, project, img.Head); err != nil {
			return err
		}
		live.next = tables.next // a past View's counter is that of its future
	}
	if err := same(tables, live, !past); err != nil {
		return fmt.Errorf("project %d: tables and engine differ: %w", project, err)
	}
	return live.whole()
}

// same compares two Views thing by thing, with the entries that touched them last where asked: a past View has the revs of its way back.
func same(a, b *View, revs bool) error {
	if a.seq != b.seq || a.hash != b.hash {
		return fmt.Errorf("seq %d and %d, hash %x and %x", a.seq, b.seq, a.hash[:4], b.hash[:4])
	}
	if a.next != b.next {
		return fmt.Errorf("the next number is %d and %d", a.next, b.next)
	}
	if err := sameThing(a.project, b.project, revs); err != nil {
		return err
	}
	for _, s := range qda.Sorts[1:] {
		x, y := a.things(s), b.things(s)
		if len(x) != len(y) {
			return fmt.Errorf("%d and %d things of sort %s", len(x), len(y), s)
		}
		for i := range x {
			if err := sameThing(x[i], y[i], revs); err != nil {
				return err
			}
		}
	}
	for _, u := range a.undone.rows {
		if w, ok := b.undone.get(u.Key()); !ok || !slices.Equal(w.by, u.by) {
			return fmt.Errorf("entry %d is undone by %d in one and by %d in the other", u.of, u.by, w.by)
		}
	}
	if len(a.undone.rows) != len(b.undone.rows) {
		return errors.New("different entries are undone")
	}
	return nil
}

func sameThing(a, b qda.Thing, rev bool) error {
	if a.Key() != b.Key() {
		return fmt.Errorf("%s %d and %d", a.Sort(), a.Key(), b.Key())
	}
	if d, differ := qda.Diff(a, b); differ {
		return fmt.Errorf("%s %d: fields %v", a.Sort(), a.Key(), Fields(d))
	}
	if rev && a.Touched() != b.Touched() {
		return fmt.Errorf("%s %d: touched by %d and %d", a.Sort(), a.Key(), a.Touched(), b.Touched())
	}
	return nil
}

// things lists the things of a sort by number.
func (v *View) things(s qda.Sort) []qda.Thing {
	if shelf := v.shelf(s); shelf != nil {
		return shelf.things()
	}
	all := v.EveryCoding()
	r := make([]qda.Thing, len(all))
	for i := range all {
		r[i] = &all[i]
	}
	return r
}

// whole asks the rules of every thing and reckons counts and co-occurrence anew, pair by pair.
func (v *View) whole() error {
	for _, s := range qda.Sorts[1:] {
		for _, t := range v.things(s) {
			if err := v.holds(t); err != nil {
				return fmt.Errorf("%s %d breaks a rule: %w", s, t.Key(), err)
			}
		}
	}
	if len(v.coders.rows) > 0 {
		if err := v.owned(); err != nil {
			return err
		}
	}
	n := 0
	for d := range v.documentSlots.ids {
		c := v.chunkAt(d)
		if err := c.check(); err != nil {
			return fmt.Errorf("document %d: %w", v.documentSlots.ids[d], err)
		}
		for _, id := range c.id {
			if int(v.where.at(int(id))) != d+1 {
				return fmt.Errorf("coding %d is not where it should be", id)
			}
		}
		n += len(c.id)
	}
	if n != v.total {
		return fmt.Errorf("%d codings, counted %d", n, v.total)
	}
	lenses := []Lens{v.As(0)}
	for _, c := range v.coders.rows {
		if c.Blind {
			lenses = append(lenses, v.As(c.ID))
		}
	}
	for _, l := range lenses {
		if err := l.reckon(); err != nil {
			return err
		}
	}
	return nil
}

// reckon compares the quick answers with slow ones.
func (l Lens) reckon() error {
	live := func(n qda.ID) bool {
		for n != 0 {
			x, ok := l.nodes.get(n)
			if !ok || !x.State.Counts() {
				return false
			}
			n = x.Parent
		}
		return true
	}
	byDocument := map[qda.ID][]qda.Coding{}
	count := map[qda.ID]*Count{}
	type seen struct{ node, of qda.ID }
	documents, cases, allDocuments, allCases := map[seen]bool{}, map[seen]bool{}, map[seen]bool{}, map[seen]bool{}
	total := 0
	for _, c := range l.EveryCoding() {
		d, _ := l.documents.get(c.Document)
		if d.State != qda.Live || !live(c.Code) || l.blind && c.Coder != l.me {
			continue
		}
		total++
		byDocument[c.Document] = append(byDocument[c.Document], c)
		for n := c.Code; n != 0; {
			if count[n] == nil {
				count[n] = &Count{}
			}
			count[n].AllCodings++
			allDocuments[seen{n, d.ID}] = true
			if d.Case != 0 {
				allCases[seen{n, d.Case}] = true
			}
			if n == c.Code {
				count[n].Codings++
				documents[seen{n, d.ID}] = true
				if d.Case != 0 {
					cases[seen{n, d.Case}] = true
				}
			}
			x, _ := l.nodes.get(n)
			n = x.Parent
		}
	}
	for _, f := range []struct {
		set map[seen]bool
		at  func(*Count) *int
	}{{documents, func(c *Count) *int { return &c.Documents }}, {cases, func(c *Count) *int { return &c.Cases }},
		{allDocuments, func(c *Count) *int { return &c.AllDocuments }}, {allCases, func(c *Count) *int { return &c.AllCases }}} {
		for s := range f.set {
			*f.at(count[s.node])++
		}
	}
	quick := l.Counts()
	if quick.Codings != total {
		return fmt.Errorf("%d codings are counted, %d are there", quick.Codings, total)
	}
	for _, n := range l.nodes.rows {
		want := Count{}
		if c := count[n.ID]; c != nil {
			want = *c
		}
		if got := quick.Node(n.ID); got != want {
			return fmt.Errorf("node %d is counted %+v, it is %+v", n.ID, got, want)
		}
	}
	type cell struct{ a, b qda.ID }
	pairs, chars := map[cell]int{}, map[cell]int{}
	for d, cs := range byDocument {
		if quick.Document(d) != len(cs) {
			return fmt.Errorf("document %d is counted %d, it has %d", d, quick.Document(d), len(cs))
		}
		for i, x := range cs {
			for _, y := range cs[:i] {
				if s, ok := (span.Span{Start: x.Start, Stop: x.Stop}).Intersect(span.Span{Start: y.Start, Stop: y.Stop}); ok && !s.Empty() {
					k := cell{min(x.Code, y.Code), max(x.Code, y.Code)}
					pairs[k]++
					chars[k] += int(s.Len())
				}
			}
		}
	}
	met := l.Pairs()
	for i, a := range l.nodes.rows {
		for _, b := range l.nodes.rows[:i+1] {
			k := cell{min(a.ID, b.ID), max(a.ID, b.ID)}
			if p, c := met.Meet(a.ID, b.ID); p != pairs[k] || c != chars[k] {
				return fmt.Errorf("codes %d and %d meet %d times over %d characters, counted %d and %d", a.ID, b.ID, pairs[k], chars[k], p, c)
			}
		}
	}
	if !reflect.DeepEqual(l.Counts(), quick) {
		return errors.New("two counts at one seq differ")
	}
	return nil
}
