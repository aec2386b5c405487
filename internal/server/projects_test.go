package server

import (
	"context"
	"strings"
	"testing"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// TestTheListCountsAsTheLensDoes: what the list of projects says, worked out in the database for all projects at once, is what
// each coder's Lens says of each project, whatever sleeps, and of a blind coder's colleagues nothing.
func TestTheListCountsAsTheLensDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.newPlace(3), w.newPlace(0)
	owner := p.coder[theOwner]
	// Codings under what is retired, removed, below something removed, merged, and in a document that goes.
	top := p.addNode(qda.Theme, "Atas", 0)
	middle := p.addNode(qda.Theme, "Tengah", top)
	deep := p.addNode(qda.Code, "Dalam", middle)
	sub := p.addNode(qda.Code, "Lebih dalam", deep)
	retired, merged := p.addNode(qda.Code, "Pensiun", 0), p.addNode(qda.Code, "Lebur", 0)
	for _, r := range []rune{theOwner, theResearcher, theBlind} {
		for _, code := range []qda.ID{deep, sub, retired, merged} {
			p.apply(r, "menjual", code)
			p.apply(r, "dokumen", code)
		}
	}
	p.do(p.id, owner, &qda.NodesState{Nodes: []qda.ID{retired}, State: qda.Retired})
	gone := p.addDocument("Hilang")
	p.do(p.id, owner, &qda.CodingApplied{Document: gone, Version: 1, Spans: []qda.SpanOf{spanOf("menjual")}, Code: deep})
	seen := map[store.Extent]bool{}
	compare := func(when string) {
		t.Helper()
		for _, q := range []*place{p, other} {
			for r, a := range q.account {
				all, err := w.store.Extents(context.Background(), a.ID)
				if err != nil {
					t.Fatal(err)
				}
				v, err := w.engine.View(context.Background(), q.id, 0)
				if err != nil {
					t.Fatal(err)
				}
				c, ok := v.CoderOf(a.ID)
				if _, listed := all[q.id]; listed != ok || len(all) > 1 {
					t.Errorf("%s: %c is in the project: %v; in the list: %v of %d", when, r, ok, listed, len(all))
				}
				if !ok {
					continue
				}
				l := v.As(c.ID)
				want := store.Extent{Codings: l.Counts().Codings}
				want.Documents, _ = live(l)
				for _, n := range l.Nodes() {
					if n.Kind == qda.Code {
						want.Codes++
					}
				}
				for _, c := range l.Coders() {
					if c.Role.Valid() {
						want.People++
					}
				}
				if all[q.id] != want {
					t.Errorf("%s: the list says %+v to %c, the Lens %+v", when, all[q.id], r, want)
				}
				seen[want] = true
			}
		}
	}
	compare("at first")
	p.do(p.id, owner, &qda.NodesMerged{Nodes: []qda.ID{merged}, Into: p.code})
	compare("after a merge")
	p.do(p.id, owner, &qda.DocumentsState{Documents: []qda.ID{gone}, State: qda.Removed})
	compare("without a document")
	p.do(p.id, owner, &qda.NodesState{Nodes: []qda.ID{middle}, State: qda.Removed})
	compare("without a theme")
	p.do(p.id, owner, &qda.CoderLeft{Coder: p.coder[theResearcher]})
	compare("without a coder")
	if len(seen) < 8 {
		t.Errorf("only %d different extents were compared: the test has become weak", len(seen))
	}
	// And the page says so to each.
	p.as = theBlind
	a := w.ask(request{method: "GET", target: "/projects", token: p.token[theBlind]})
	v, _ := w.engine.View(context.Background(), p.id, 0)
	mine, all := v.As(p.coder[theBlind]).Counts().Codings, v.As(0).Counts().Codings
	if mine == all || !strings.Contains(a.body, ">"+itoa(qda.ID(mine))+" coding") {
		t.Errorf("a blind coder, who has %d codings of %d, is not told so", mine, all)
	}
}
