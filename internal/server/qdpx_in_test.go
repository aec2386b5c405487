package server

import (
	"bytes"
	"context"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestQDPXComesIn takes a project out and brings it into another, twice: each coding is there once, on the same words.
func TestQDPXComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, q := w.newPlace(0), w.newPlace(1)
	ctx := context.Background()
	view := func(id qda.ProjectID) *engine.View {
		t.Helper()
		v, err := w.engine.View(ctx, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	type at struct{ document, code, words string }
	codings := func(id qda.ProjectID) map[at]int {
		t.Helper()
		v, m := view(id), map[at]int{}
		for c := range v.As(0).All {
			d, _ := v.Document(c.Document)
			n, _ := v.Node(c.Code)
			text, err := w.engine.Words(ctx, id, d.ID, d.Version)
			if err != nil {
				t.Fatal(err)
			}
			m[at{d.Name, n.Name, text.Quote(span.Span{Start: c.Start, Stop: c.Stop})}]++
		}
		return m
	}
	who, err := signersOf(ctx, w.store, view(p.id).As(0))
	if err != nil {
		t.Fatal(err)
	}
	out, err := RefiProject(ctx, who, w.engine, view(p.id).As(0), i18n.New("en", "Asia/Makassar"))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := refi.Write(&file, out, refi.Standard); err != nil {
		t.Fatal(err)
	}
	before, want, was := codings(q.id), codings(p.id), view(q.id).Seq()
	bring := func() *Brought {
		t.Helper()
		r, err := Bring(ctx, Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: q.id, Coder: q.coder[theOwner]}, Data: file.Bytes(), Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := bring()
	after, head := codings(q.id), view(q.id).Seq()
	sum := 0
	for k, n := range want {
		sum += n
		if after[k]-before[k] != n {
			t.Errorf("%+v went out %d times and came in %d times", k, n, after[k]-before[k])
		}
	}
	if r.Codings != sum || r.Documents+r.Joined == 0 || r.Coders == 0 || r.Memos == 0 {
		t.Errorf("of %d codings it says %+v", sum, r)
	}
	for _, c := range view(q.id).Coders() {
		if c.Account == 0 && c.Role == qda.Owner {
			t.Errorf("a coder of the file owns the project: %+v", c)
		}
	}
	if r.Again || r.Changes != int(head-was) {
		t.Errorf("it made %d entries and says %+v", head-was, r)
	}
	again := bring()
	if view(q.id).Seq() != head {
		t.Errorf("the same file again made %d entries more", view(q.id).Seq()-head)
	}
	if !again.Again || again.inCounts != (inCounts{}) || again.Changes != 0 || again.before.Memos != r.Memos || again.before.Attributes != r.Attributes || again.before.Coders != r.Coders {
		t.Errorf("of the same file again it says %+v; the first time %+v", again, r)
	}
	// What is no such file says so, and changes nothing.
	if _, err := Bring(ctx, Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: q.id, Coder: q.coder[theOwner]}, Data: []byte("PK no zip"), Now: time.Now()}); err == nil {
		t.Error("a broken file comes in")
	}
	if view(q.id).Seq() != head {
		t.Error("a broken file changed the project")
	}
}
