package server

import (
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// findingsPaper is what the analysis has found: the themes as claims with what they rest on, how the codebook came to be, and what
// the project can show for itself.
func (a *ask) findingsPaper() (exchange.Paper, error) {
	l, project := a.Lens, a.View.Project()
	p := a.newPaper(a.L.T("take.findings.title", "name", project.Name))
	if project.Description != "" {
		p.Blocks = append(p.Blocks, exchange.Plain(project.Description))
	}
	documents, _ := live(l)
	p.Blocks = append(p.Blocks, exchange.Plain(a.L.T("method."+string(project.Method))+" · "+a.L.N("count.documents", documents)+" · "+a.size(l).String()))

	var themes []*qda.Node
	for _, n := range l.Nodes() {
		if n.Kind == qda.Theme {
			themes = append(themes, n)
		}
	}
	table := exchange.Grid{Widths: []int{4, 7, 2, 2, 2, 2}, Head: []string{a.L.T("claim.theme"), a.L.T("claim.claim"), a.L.T("take.col.segments"), a.L.T("claim.spread.documents"), a.L.T("take.col.for"), a.L.T("take.col.against")}}
	var told []exchange.Block
	for _, n := range themes {
		rows, err := a.themeRows(n.ID)
		if err != nil {
			return p, err
		}
		supports, against := l.Evidence(n.ID)
		in := map[qda.ID]bool{}
		for _, r := range rows {
			in[r.Document] = true
		}
		cell := func(s string) []exchange.Run { return []exchange.Run{{Text: s}} }
		table.Rows = append(table.Rows, [][]exchange.Run{cell(strings.Repeat("– ", l.Depth(n.ID)) + n.Name), cell(n.Claim), cell(a.L.Num(len(rows))), cell(a.L.T("claim.of", "some", a.L.Num(len(in)), "all", a.L.Num(documents))),
			cell(a.L.Num(len(supports))), cell(a.L.Num(len(against)))})
		blocks, err := a.foundTheme(n, rows, supports, against)
		if err != nil {
			return p, err
		}
		told = append(told, blocks...)
	}
	if len(themes) == 0 {
		p.Blocks = append(p.Blocks, exchange.Plain(a.L.T("take.findings.none")))
	} else {
		p.Blocks = append(p.Blocks, exchange.Heading{Level: 1, Text: a.L.T("take.findings.table")}, table, exchange.Heading{Level: 1, Text: a.L.T("take.findings.themes")})
		p.Blocks = append(p.Blocks, told...)
	}
	story, err := a.foundStory()
	if err != nil {
		return p, err
	}
	p.Blocks = append(p.Blocks, exchange.Heading{Level: 1, Text: a.L.T("take.findings.story")})
	p.Blocks = append(p.Blocks, story...)
	trust, err := a.trust()
	if err != nil {
		return p, err
	}
	p.Blocks = append(p.Blocks, exchange.Heading{Level: 1, Text: a.L.T("trust.title")})
	p.Blocks = append(p.Blocks, a.trustBlocks(trust, 1)...)
	return p, nil
}

// foundTheme is one theme of the findings.
func (a *ask) foundTheme(n *qda.Node, rows []themeRow, supports, against []*qda.Evidence) ([]exchange.Block, error) {
	l := a.Lens
	blocks := []exchange.Block{exchange.Heading{Level: min(l.Depth(n.ID)+2, 3), Text: n.Name}}
	if n.Claim == "" {
		blocks = append(blocks, soft(a.L.T("claim.none")))
	}
	for _, f := range [][2]string{{"claim.claim", n.Claim}, {"claim.scope", n.Scope}, {"claim.boundary", n.Boundary}, {"claim.definition", n.Definition}, {"claim.naming", n.Naming}} {
		if f[1] != "" {
			blocks = append(blocks, labelled(a.L.T(f[0]), f[1]))
		}
	}
	below, counts := l.Below(n.ID), l.Counts()
	first := true
	for _, x := range l.Nodes() {
		if x.ID == n.ID || x.Kind != qda.Code || !slices.Contains(below, x.ID) {
			continue
		}
		if first {
			blocks, first = append(blocks, exchange.Paragraph{Runs: []exchange.Run{{Text: a.L.T("claim.codes"), Bold: true}}}), false
		}
		text := x.Name + " (" + a.L.N("count.segments", counts.Node(x.ID).AllCodings) + ")"
		if x.Definition != "" {
			text += ": " + x.Definition
		}
		blocks = append(blocks, item(text))
	}
	side := func(heading string, all []*qda.Evidence) error {
		blocks = append(blocks, exchange.Paragraph{Runs: []exchange.Run{{Text: heading, Bold: true}}})
		for _, e := range all {
			r, err := a.rowOf(e.Coding)
			if err != nil {
				return err
			}
			where := []string{strings.Join(l.Path(r.Code), " / ")}
			if !slices.Contains(below, r.Code) && !e.Against {
				where = append(where, a.L.T("claim.evidence.outside", "code", where[0]))
			}
			if r.kase != nil && r.kase.Name != r.document.Name && r.kase.Name != r.turn.Label {
				where = append([]string{r.kase.Name}, where...)
			}
			blocks = append(blocks, a.quoted(r, where...)...)
			if e.Why != "" {
				blocks = append(blocks, labelled(a.L.T("take.why"), e.Why))
			}
		}
		return nil
	}
	if len(supports) == 0 {
		blocks = append(blocks, labelled(a.L.T("claim.evidence"), a.L.T("claim.evidence.none")))
	} else if err := side(a.L.T("claim.evidence"), supports); err != nil {
		return nil, err
	}
	switch {
	case len(against) > 0:
		if err := side(a.L.T("claim.against"), against); err != nil {
			return nil, err
		}
	case n.Looked != 0:
		blocks = append(blocks, labelled(a.L.T("claim.against"), a.L.T("take.looked", "when", a.L.Date(unix(n.Looked)), "by", a.coderName(n.LookedBy))))
	default:
		blocks = append(blocks, labelled(a.L.T("claim.against"), a.L.T("claim.counter.not")))
	}
	blocks = append(blocks, a.foundSpread(n, rows)...)
	first = true
	for _, t := range a.View.Ties() {
		if t.Theme != n.ID {
			continue
		}
		if first {
			blocks, first = append(blocks, exchange.Paragraph{Runs: []exchange.Run{{Text: a.L.T("theory.title"), Bold: true}}}), false
		}
		text := a.conceptPath(t.Concept)
		if t.Why != "" {
			text += ": " + t.Why
		}
		blocks = append(blocks, item(text))
	}
	return blocks, nil
}

// conceptPath names a concept from its framework down.
func (a *ask) conceptPath(n qda.ID) string {
	var names []string
	for c, ok := a.View.Concept(n); ok; c, ok = a.View.Concept(c.Parent) {
		names = append([]string{c.Name}, names...)
	}
	return strings.Join(names, " / ")
}

// foundSpread says over what the segments of a theme are spread: every attribute's groups, informants and documents.
func (a *ask) foundSpread(n *qda.Node, rows []themeRow) (blocks []exchange.Block) {
	if len(rows) == 0 {
		return []exchange.Block{labelled(a.L.T("claim.spread"), a.L.T("claim.spread.none"))}
	}
	blocks = append(blocks, exchange.Paragraph{Runs: []exchange.Run{{Text: a.L.T("claim.spread"), Bold: true}, {Text: " · " + a.L.N("count.segments", len(rows))}}})
	var all []page.Spread
	for _, of := range a.Lens.Attributes() {
		if by := a.spread(n.ID, rows, of); len(by) > 0 && by[0].Title == of.Name {
			all = append(all, by[0])
		}
	}
	for _, s := range append(all, a.spread(n.ID, rows, nil)...) {
		var parts []string
		for _, r := range append(slices.Clone(s.Rows), s.More...) {
			parts = append(parts, r.Name+" ("+r.Shown+")")
		}
		blocks = append(blocks, exchange.Paragraph{Item: true, Runs: []exchange.Run{{Text: s.Title + " (" + s.Sum + "): ", Bold: true}, {Text: strings.Join(parts, ", ")}}})
	}
	return blocks
}

// foundStory tells how the codebook came to be: from draft to draft in a row each, then what became of each node from the first
// draft, or from the beginning where there is none, to now.
func (a *ask) foundStory() ([]exchange.Block, error) {
	type stage struct {
		name string
		seq  qda.Seq
	}
	var stages []stage
	for _, d := range a.View.Drafts() {
		stages = append(stages, stage{d.Name + " (" + a.L.Date(unix(d.At)) + ")", d.AtSeq})
	}
	if len(stages) == 0 {
		stages = append(stages, stage{a.L.T("drafts.beginning"), 0})
	}
	stages = append(stages, stage{a.L.T("drafts.now"), a.View.Seq()})
	compare := func(from, to qda.Seq) (*engine.Comparison, error) {
		was, err := a.s.pasts.of(a, from)
		if err != nil {
			return nil, err
		}
		is, err := a.s.pasts.of(a, to)
		if err != nil {
			return nil, err
		}
		return a.s.Engine.Compare(a.Context(), a.Lens.On(was), a.Lens.On(is))
	}
	c, err := compare(stages[0].seq, stages[len(stages)-1].seq)
	if err != nil {
		return nil, err
	}
	story := a.L.T("drafts.story", "before", a.L.N("count.codes", c.Codes.Before), "after", a.L.Num(c.Codes.After))
	blocks := []exchange.Block{exchange.Plain(a.L.T("take.story", "from", stages[0].name, "to", stages[len(stages)-1].name, "story", story))}
	table := exchange.Grid{Widths: []int{5, 5, 2, 2, 2, 2, 2}, Head: []string{a.L.T("take.story.from"), a.L.T("take.story.to"), a.L.T("drafts.sum.codes") + ", " + a.L.T("drafts.sum.before"), a.L.T("drafts.sum.added"), a.L.T("drafts.sum.merged"), a.L.T("drafts.sum.removed"), a.L.T("drafts.sum.codes") + ", " + a.L.T("drafts.sum.after")}}
	for i := 1; i < len(stages); i++ {
		x := c
		if len(stages) > 2 {
			if x, err = compare(stages[i-1].seq, stages[i].seq); err != nil {
				return nil, err
			}
		}
		cells := []string{stages[i-1].name, stages[i].name}
		for _, n := range []int{x.Codes.Before, x.Codes.Added + x.Codes.Returned + x.Codes.TurnedTo, x.Codes.Merged, x.Codes.Removed + x.Codes.TurnedFrom, x.Codes.After} {
			cells = append(cells, a.L.Num(n))
		}
		var row [][]exchange.Run
		for _, s := range cells {
			row = append(row, []exchange.Run{{Text: s}})
		}
		table.Rows = append(table.Rows, row)
	}
	blocks = append(blocks, table)
	what := engine.What("")
	for _, d := range c.Differences {
		if d.What == engine.Passing {
			continue
		}
		if d.What != what {
			what = d.What
			blocks = append(blocks, exchange.Heading{Level: 2, Text: a.L.T("drafts.what." + string(what))})
		}
		blocks = append(blocks, a.foundDifference(d))
	}
	return blocks, nil
}

// foundDifference says in one item what became of a node, by whom and why.
func (a *ask) foundDifference(d engine.Difference) exchange.Paragraph {
	p := exchange.Paragraph{Item: true, Runs: []exchange.Run{{Text: d.Name, Bold: true}}}
	var say []string
	for _, l := range a.lines(d, "", "") {
		say = append(say, l.Text)
	}
	for _, w := range d.Wordings {
		if d.What == engine.Added {
			continue // the codebook says it
		}
		field := a.L.T("drafts.field."+w.Field) + ": "
		if w.Was != "" {
			field += "“" + w.Was + "” → "
		}
		say = append(say, field+"“"+w.Is+"”")
	}
	say = append(say, a.L.N("count.codings", d.Codings))
	p.Runs = append(p.Runs, exchange.Run{Text: ": " + strings.Join(say, "; ")})
	for _, k := range d.Acts {
		text := a.coderName(k.Coder) + ", " + a.L.Date(unix(k.At))
		if k.Reason != "" {
			text += ": " + k.Reason
		}
		p.Runs = append(p.Runs, exchange.Run{Text: "\n" + text, Soft: true})
	}
	return p
}
