package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// told writes a comparison as lines a person can read.
func told(w *world, c *engine.Comparison) []string {
	var r []string
	for _, d := range c.Differences {
		s := fmt.Sprintf("%s %s %q, %d codings", d.What, d.Kind, d.Name, d.Codings)
		for _, x := range d.Wordings {
			s += fmt.Sprintf("; %s %q → %q", x.Field, x.Was, x.Is)
		}
		if d.What == engine.Moved {
			s += "; " + strings.Join(d.From, "/") + " → " + strings.Join(d.To, "/")
		}
		if d.Into != 0 {
			s += "; into " + d.IntoName
		}
		for _, g := range d.Gave {
			s += fmt.Sprintf("; %d to %s", g.Codings, g.Name)
		}
		for _, a := range d.Acts {
			k, _ := w.view().Coder(a.Coder)
			s += "; by " + k.Name + " " + a.Kind
			if a.Reason != "" {
				s += " because " + a.Reason
			}
		}
		r = append(r, s)
	}
	return r
}

func (w *world) compare(from, to qda.Seq, coder qda.ID) *engine.Comparison {
	w.t.Helper()
	now := w.view().As(coder)
	var l [2]engine.Lens
	for i, s := range []qda.Seq{from, to} {
		v, err := w.e.At(context.Background(), w.p, s)
		if err != nil {
			w.t.Fatal(err)
		}
		l[i] = now.On(v)
	}
	c, err := w.e.Compare(context.Background(), l[0], l[1])
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// TestCompareTellsTheStory takes a codebook through every kind of change and reads what the comparison says of it.
func TestCompareTellsTheStory(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	gone := w.node(qda.Code, "Dibuang", 0)
	old := w.node(qda.Code, "Lama", 0)
	w.do(w.owner, w.coding(w.doc2, "mahal", w.c))
	first := w.view().Seq()

	name, definition, claim := "Ongkos", "Uang yang keluar.", "Prosedurnya yang menjadi dinding."
	w.do(w.owner, &qda.NodeChanged{Node: w.c, Rev: w.rev(w.c), Name: &name, Definition: &definition})
	w.do(w.owner, &qda.NodeChanged{Node: w.theme, Rev: w.rev(w.theme), Claim: &claim})
	w.do(w.researcher, &qda.NodesMerged{Nodes: []qda.ID{w.b}, Into: w.a, Reason: "Sama saja."})
	w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.c}, Parent: w.theme})
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{gone}, State: qda.Removed})
	w.do(w.owner, &qda.NodesState{Nodes: []qda.ID{old}, State: qda.Retired})
	w.do(w.owner, &qda.NodeSplit{Node: w.a, Parts: []qda.Part{{Name: "Bahasa", Codings: []qda.ID{w.ofA}}}})
	brief := w.node(qda.Code, "Sebentar", 0)
	w.do(w.owner, &qda.NodesMerged{Nodes: []qda.ID{brief}, Into: w.c})
	slip := w.do(w.owner, &qda.NodesMoved{Nodes: []qda.ID{w.a}, Parent: 0})
	w.undo(w.owner, slip.Seq)
	last := w.view().Seq()

	c := w.compare(first, last, w.owner)
	// The code split off was made by the split; a move that was taken back is told of nowhere.
	want := []string{
		`added code "Bahasa", 1 codings; by Peneliti A NodeSplit`,
		`merged code "Pengepul", 1 codings; into Dokumen; by Peneliti B NodesMerged because Sama saja.`,
		`split code "Dokumen", 1 codings; 1 to Bahasa; by Peneliti A NodeSplit`,
		`removed code "Dibuang", 0 codings; by Peneliti A NodesState`,
		`passing code "Sebentar", 0 codings; into Ongkos; by Peneliti A NodeAdded; by Peneliti A NodesMerged`,
		`retired code "Lama", 0 codings; by Peneliti A NodesState`,
		`renamed code "Ongkos", 1 codings; name "Biaya" → "Ongkos"; by Peneliti A NodeChanged`,
		`redefined code "Ongkos", 1 codings; definition "" → "Uang yang keluar."; by Peneliti A NodeChanged`,
		`claimed theme "Hambatan", 4 codings; claim "" → "Prosedurnya yang menjadi dinding."; by Peneliti A NodeChanged`,
		`moved code "Ongkos", 1 codings;  → Hambatan; by Peneliti A NodesMoved`,
	}
	if got := told(w, c); !slices.Equal(got, want) {
		t.Errorf("the comparison says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if want := (engine.Sum{Before: 5, Added: 1, Merged: 1, Removed: 1, After: 4}); c.Codes != want {
		t.Errorf("codes %+v, want %+v", c.Codes, want)
	}
	if want := (engine.Sum{Before: 1, After: 1}); c.Themes != want {
		t.Errorf("themes %+v, want %+v", c.Themes, want)
	}
	// A blind coder sees the codebook's story, and in it only codings of their own, then as now.
	blind := w.compare(first, last, w.blind)
	if blind.Codings != [2]int{1, 1} {
		t.Errorf("the blind coder is told of %v codings", blind.Codings)
	}
	for _, d := range blind.Differences {
		if d.What == engine.MergedIn && d.Codings != 0 || d.What == engine.Split && d.Codings != 0 {
			t.Errorf("the blind coder is told of others' codings: %+v", d)
		}
	}
	// Before the blind coder was blind, or had joined at all, nothing of others is theirs to see either.
	if early := w.compare(1, last, w.blind); early.Codings[0] != 0 {
		t.Errorf("the beginning shows a blind coder %d codings", early.Codings[0])
	}
}

// TestCompareAddsUp works on a codebook at random and looks whether each comparison explains the difference in full.
func TestCompareAddsUp(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	pick := func() qda.ID { // 0 where everything has gone
		ns := w.view().Nodes()
		if len(ns) == 0 {
			return 0
		}
		return ns[r.IntN(len(ns))].ID
	}
	seqs := []qda.Seq{w.view().Seq()}
	for i := range 120 {
		var c qda.Change
		n := pick()
		switch r.IntN(8) {
		case 0, 1:
			kind := qda.Code
			if r.IntN(3) == 0 {
				kind = qda.Theme
			}
			c = &qda.NodeAdded{Type: kind, Name: fmt.Sprintf("Simpul %d", i), Parent: []qda.ID{0, n}[r.IntN(2)]}
		case 2:
			c = &qda.NodesMerged{Nodes: []qda.ID{n}, Into: pick()}
		case 3:
			c = &qda.NodesMoved{Nodes: []qda.ID{n}, Parent: []qda.ID{0, pick()}[r.IntN(2)]}
		case 4:
			c = &qda.NodesState{Nodes: []qda.ID{n}, State: []qda.State{qda.Live, qda.Retired, qda.Removed}[r.IntN(3)]}
		case 5:
			c = &qda.NodeTurned{Node: n, Type: []qda.NodeKind{qda.Theme, qda.Code}[r.IntN(2)]}
		case 6:
			if n == 0 {
				continue
			}
			s := fmt.Sprintf("Ganti %d", i)
			c = &qda.NodeChanged{Node: n, Rev: w.rev(n), Name: &s}
		case 7:
			asleep := w.view().Asleep()
			if len(asleep) == 0 {
				continue
			}
			c = &qda.NodesState{Nodes: []qda.ID{asleep[r.IntN(len(asleep))].ID}, State: qda.Live}
		}
		if _, err := w.e.Do(context.Background(), w.p, qda.Intent{Change: newChange(), Coder: w.owner, Do: c}); err != nil {
			continue // refused: some moves make no sense
		}
		seqs = append(seqs, w.view().Seq())
	}
	for range 40 {
		i, j := r.IntN(len(seqs)), r.IntN(len(seqs))
		from, to := seqs[min(i, j)], seqs[max(i, j)]
		c := w.compare(from, to, w.owner)
		for what, s := range map[string]engine.Sum{"codes": c.Codes, "themes": c.Themes} {
			if got := s.Before + s.Added + s.Returned + s.TurnedTo - s.Merged - s.Removed - s.TurnedFrom; got != s.After {
				t.Errorf("%d to %d: %s %+v add up to %d", from, to, what, s, got)
			}
		}
		// The naive twin: what is there before and after, by number.
		a, _ := w.e.At(context.Background(), w.p, from)
		b, _ := w.e.At(context.Background(), w.p, to)
		came, went := 0, 0
		for _, n := range b.Nodes() {
			if !slices.ContainsFunc(a.Nodes(), func(x *qda.Node) bool { return x.ID == n.ID }) {
				came++
			}
		}
		for _, n := range a.Nodes() {
			if !slices.ContainsFunc(b.Nodes(), func(x *qda.Node) bool { return x.ID == n.ID }) {
				went++
			}
		}
		gotCame, gotWent := 0, 0
		for _, d := range c.Differences {
			switch d.What {
			case engine.Added, engine.Returned:
				gotCame++
			case engine.MergedIn, engine.Gone:
				gotWent++
			}
			if len(d.Acts) == 0 {
				t.Errorf("%d to %d: nobody has %s %q", from, to, d.What, d.Name)
			}
		}
		if gotCame != came || gotWent != went {
			t.Errorf("%d to %d: %d came and %d went, the comparison says %d and %d", from, to, came, went, gotCame, gotWent)
		}
	}
}

// TestCompareSeesASplit splits a code in the two ways there are: in one entry, and by giving codings another code one by one.
func TestCompareSeesASplit(t *testing.T) {
	t.Parallel()
	m, e := openMemory(t, options())
	w := newWorld(t, m, e)
	more := w.do(w.owner, w.coding(w.doc1, "tidak tahu", w.a)).Did[0].ID
	first := w.view().Seq()
	w.do(w.owner, &qda.NodeSplit{Node: w.a, Parts: []qda.Part{{Node: w.b, Codings: []qda.ID{w.ofBlind}}}, Reason: "Dua hal."})
	for _, k := range []qda.ID{w.ofA, more} {
		w.do(w.owner, &qda.CodingsChanged{Codings: []qda.ID{k}, Code: w.c})
	}
	got := told(w, w.compare(first, w.view().Seq(), w.owner))
	want := []string{`split code "Dokumen", 3 codings; 2 to Biaya; 1 to Pengepul; by Peneliti A NodeSplit because Dua hal.; by Peneliti A CodingsChanged`}
	if !slices.Equal(got, want) {
		t.Errorf("the comparison says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := w.compare(first, w.view().Seq(), w.blind); len(c.Differences) != 1 || c.Differences[0].Codings != 1 {
		t.Errorf("the blind coder is told %v", told(w, c))
	}
}
