package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// rows gives what the tree and the table have in common of every live or retired node, in tree order.
func (a *ask) rows(keys map[qda.ID]string, hints map[qda.ID]string) []page.NodeRow {
	l := a.Lens
	counts := l.Counts()
	memos := map[qda.ID]int{}
	for _, m := range l.AllMemos() {
		memos[m.On]++
	}
	siblings, place := map[qda.ID]int{}, map[qda.ID]int{}
	for _, n := range l.Nodes() {
		siblings[n.Parent]++
		place[n.ID] = siblings[n.Parent]
	}
	rows := make([]page.NodeRow, 0, len(l.Nodes()))
	for _, n := range l.Nodes() {
		c := counts.Node(n.ID)
		colour, pattern := a.View.Colour(n.ID)
		rows = append(rows, page.NodeRow{ID: int(n.ID), Parent: int(n.Parent), Kind: string(n.Kind), Level: a.View.Depth(n.ID) + 1, Place: place[n.ID], Siblings: siblings[n.Parent], Children: siblings[n.ID],
			Name: n.Name, Definition: n.Definition, Use: n.Use, Colour: colour, Own: n.Colour != 0, Pattern: pattern, Retired: n.State == qda.Retired, Rev: int(n.Rev),
			Codings: a.L.Num(c.AllCodings), Documents: a.L.Num(c.AllDocuments), Informants: a.L.Num(c.AllCases), Key: keys[n.ID], Memos: memos[n.ID], Hint: hints[n.ID]})
	}
	return rows
}

// byCoder counts each coder's codings under every node with what is below it, for the coders who coded at all.
func byCoder(l engine.Lens) (coders []*qda.Coder, sums map[qda.ID][]int) {
	has := map[qda.ID]bool{}
	for c := range l.All {
		has[c.Coder] = true
	}
	for _, c := range l.Coders() {
		if has[c.ID] {
			coders = append(coders, c)
		}
	}
	counts := l.Counts()
	sums = map[qda.ID][]int{}
	nodes := l.Nodes()
	for _, n := range nodes {
		sums[n.ID] = make([]int, len(coders))
	}
	for _, n := range slices.Backward(nodes) { // children before parents
		own := sums[n.ID]
		for i, w := range coders {
			own[i] += counts.ByCoder(n.ID, w.ID)
			if up := sums[n.Parent]; up != nil {
				up[i] += own[i]
			}
		}
	}
	return coders, sums
}

// sheet makes the rows of the table: all, or those that only names.
func (a *ask) sheet(v *page.Codebook, rows []page.NodeRow, coders []*qda.Coder, sums map[qda.ID][]int, only []qda.ID) error {
	l := a.Lens
	counts := l.Counts()
	var seqs []qda.Seq
	for _, n := range l.Nodes() {
		if only == nil || slices.Contains(only, n.ID) {
			seqs = append(seqs, n.Rev)
		}
	}
	signed, err := a.s.Store.Signatures(a.Context(), a.Project, seqs)
	if err != nil {
		return err
	}
	path := map[qda.ID]string{}
	for i, n := range l.Nodes() { // parents before children
		if up, ok := a.View.Node(n.Parent); ok {
			path[n.ID] = strings.TrimPrefix(path[up.ID]+" › "+up.Name, " › ")
		}
		if n.Kind == qda.Theme {
			v.InTheme = append(v.InTheme, page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID)})
		}
		if only != nil && !slices.Contains(only, n.ID) {
			continue
		}
		c := counts.Node(n.ID)
		r := page.SheetRow{NodeRow: rows[i], Path: path[n.ID], Avoid: n.Avoid, Pinnable: n.Codable && n.State == qda.Live}
		// A node changes as well when an example is chosen for it, which a blind coder is not to know.
		if e, ok := signed[n.Rev]; ok && !l.Blind() {
			r.ChangedAt, r.ChangedBy, r.Changed = int(n.Rev), a.initials(e.Coder), a.L.When(e.At, a.now)
		}
		r.Kept = fmt.Sprintf("%d %d %d %d", c.AllCodings, c.AllDocuments, c.AllCases, r.ChangedAt)
		if n.State == qda.Retired {
			r.Note = a.stateNote(n, signed, 0)
		}
		for j, w := range coders {
			if sum := sums[n.ID][j]; sum > 0 {
				r.CoderIDs += itoa(w.ID) + " "
				if len(coders) > 1 {
					r.Who = append(r.Who, page.ByWho{Coder: int(w.ID), Initials: w.Initials, Count: a.L.Num(sum)})
				}
			}
		}
		r.CoderIDs = strings.TrimSpace(r.CoderIDs)
		if len(r.Who) > 4 {
			r.Who = nil // the node's page has them all
		}
		if r.Example, err = a.example(n, 120); err != nil {
			return err
		}
		v.Sheet = append(v.Sheet, r)
	}
	for _, w := range coders {
		v.Coded = append(v.Coded, page.Choice{Value: itoa(w.ID), Label: w.Name})
	}
	return nil
}

// example gives the words chosen to show what a node means, most of them at most (0: all); nil where none are, or none that the
// asker may see.
func (a *ask) example(n *qda.Node, most int) (*page.Example, error) {
	x, ok := a.Lens.Coding(n.Example)
	if !ok || n.Example == 0 {
		return nil, nil
	}
	d, _ := a.View.Document(x.Document)
	w, err := a.s.Engine.Words(a.Context(), a.Project, x.Document, x.Version)
	if err != nil {
		return nil, err
	}
	turn := w.TurnAt(x.Start).Turn
	quote := w.Quote(span.Span{Start: x.Start, Stop: x.Stop})
	if most > 0 {
		quote = clip(quote, most)
	}
	return &page.Example{Coding: int(x.ID), Quote: quote, Lang: d.Language, Document: int(d.ID), Turn: int(turn), Where: a.L.T("node.where", "name", d.Name, "turn", int(turn))}, nil
}

// twins makes the part that points out nodes that look alike, and what the rows of the smaller ones say.
func (a *ask) twins() (pairs []page.Twins, hints map[qda.ID]string) {
	hints = map[qda.ID]string{}
	counts := a.Lens.Counts()
	coverage := a.Lens.Coverage()
	percent := func(x float64) string { return strconv.Itoa(int(x*100+0.5)) + "%" }
	for _, t := range alike(a.Lens) {
		p := page.Twins{A: a.nodeLink(t.a), B: a.nodeLink(t.b), Names: t.names,
			CountA: a.L.N("count.codings", counts.Node(t.a).AllCodings), CountB: a.L.N("count.codings", counts.Node(t.b).AllCodings)}
		if t.jaccard > 0 {
			p.Words = percent(t.jaccard)
			less, more := t.a, t.b
			if coverage.Of(less) > coverage.Of(more) {
				less, more = more, less
			}
			if hints[less] == "" {
				hints[less] = a.L.T("alike.inside", "percent", percent(t.inside), "name", a.nodeName(more))
			}
		}
		pairs = append(pairs, p)
	}
	return pairs, hints
}
