package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

// themesPage shows the themes as a board, a tree or a map, which are three views of the same thing.
func themesPage(a *ask) error {
	q := a.URL.Query()
	v := page.Themes{Project: int(a.Project), View: q.Get("view"), MayEdit: a.may("NodeAdded"), MayShape: a.may("NodesMoved"), MayArrange: a.may("Arranged"), OwnOnly: a.Lens.Blind(), Seq: int(a.View.Seq())}
	if v.MayEdit && !v.MayShape {
		v.WhyNot = a.L.T("refused.blind")
	}
	loose := 0
	for _, n := range a.View.Nodes() {
		if n.Kind != qda.Theme && a.themeAbove(n) == nil {
			loose++
		}
	}
	v.Size = a.size(a.Lens)
	v.Themes = a.themeChoices()
	switch v.View {
	case "tree":
		v.Tree = a.themeTree()
	case "map":
		m, err := a.themeMap(q.Get("edges"))
		if err != nil {
			return err
		}
		v.Map = m
	default:
		v.View = "board"
		v.Columns, v.Loose = a.board()
		v.LooseCount = loose
	}
	if ds := a.View.Drafts(); len(ds) > 0 {
		v.Draft = ds[len(ds)-1].Name
	}
	v.MayAsk = a.may("ReviewAsked")
	if n, err := thingID(q.Get("node")); err == nil {
		if x, ok := a.View.Node(n); ok {
			p, err := a.themePanel(x)
			if err != nil {
				return err
			}
			v.Panel = p
		}
	}
	return a.render(http.StatusOK, page.ThemesPage(a.chrome(a.L.T("themes.title"), "themes"), v))
}

// askAbout is the address of the segments behind a number: those under a node, with whatever narrows them.
func (a *ask) askAbout(n qda.ID, pairs ...string) string {
	v := url.Values{"all": {itoa(n)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return a.at("/ask") + "?" + v.Encode()
}

// themeAbove is the nearest theme that a node stands under, itself if it is one, nil where there is none.
func (a *ask) themeAbove(n *qda.Node) *qda.Node {
	for ok := true; ok; n, ok = a.View.Node(n.Parent) {
		if n.Kind == qda.Theme {
			return n
		}
	}
	return nil
}

// themeChoices lists the themes that something can be moved to.
func (a *ask) themeChoices() (r []page.ThemeChoice) {
	for _, n := range a.View.Nodes() {
		if n.Kind == qda.Theme && n.State == qda.Live {
			r = append(r, page.ThemeChoice{NodeLink: a.nodeLink(n.ID), Depth: a.View.Depth(n.ID)})
		}
	}
	return r
}

// spread says in which documents each node with what is below it has codings.
type spread struct {
	documents []*qda.Document
	in        map[qda.ID][]int // codings by document, in the order of documents
}

func (a *ask) inDocuments() spread {
	s := spread{documents: sortedDocuments(a.Lens), in: map[qda.ID][]int{}}
	cross, order := a.Lens.ByDocument()
	column := map[qda.ID]int{}
	for i, d := range order {
		column[d] = i
	}
	nodes := a.View.Nodes()
	for i := len(nodes) - 1; i >= 0; i-- { // children before parents
		n := nodes[i]
		row := s.row(n.ID)
		for j, d := range s.documents {
			row[j] += cross.At(n.ID, column[d.ID])
		}
		if _, ok := a.View.Node(n.Parent); ok {
			up := s.row(n.Parent)
			for j, c := range row {
				up[j] += c
			}
		}
	}
	return s
}

func (s spread) row(n qda.ID) []int {
	if s.in[n] == nil {
		s.in[n] = make([]int, len(s.documents))
	}
	return s.in[n]
}

// count is in how many documents a node has codings.
func (s spread) count(n qda.ID) (k int) {
	for _, c := range s.in[n] {
		if c > 0 {
			k++
		}
	}
	return k
}

// A spark is one square a document: full where there are codings, a dot where there are none.
const (
	sparkSide = 7  // from one square to the next
	sparkRow  = 24 // squares in a row
)

func spark(in []int) page.Spark {
	var on, off strings.Builder
	for i, c := range in {
		x, y := i%sparkRow*sparkSide, i/sparkRow*sparkSide
		if c > 0 {
			fmt.Fprintf(&on, "M%d %dh6v6h-6z", x, y)
		} else {
			fmt.Fprintf(&off, "M%d %dh2v2h-2z", x+2, y+2)
		}
	}
	rows := (len(in) + sparkRow - 1) / sparkRow
	return page.Spark{Full: on.String(), Dots: off.String(), Width: max(0, min(len(in), sparkRow)*sparkSide-1), Height: max(0, rows*sparkSide-1)}
}

// board gives the columns, one for each theme at the top, and the codes that stand in none.
func (a *ask) board() (columns []page.ThemeColumn, loose []page.ThemeCard) {
	s, counts := a.inDocuments(), a.Lens.Counts()
	children := map[qda.ID][]*qda.Node{}
	for _, n := range a.View.Nodes() {
		children[n.Parent] = append(children[n.Parent], n)
	}
	for _, n := range children[0] {
		if n.Kind == qda.Theme {
			columns = append(columns, a.column(n, 2, children, s, counts))
		} else {
			loose = append(loose, a.card(n, children, s, counts))
		}
	}
	return columns, loose
}

func (a *ask) column(n *qda.Node, level int, children map[qda.ID][]*qda.Node, s spread, counts *engine.Counts) page.ThemeColumn {
	c := page.ThemeColumn{ThemeCard: a.card(n, nil, s, counts), Level: min(level, 6), Claim: n.Claim, Ask: a.askAbout(n.ID)}
	if c.Claim == "" {
		c.Claim = n.Definition
	}
	c.Claim = clip(c.Claim, 140)
	for _, k := range children[n.ID] {
		if k.Kind == qda.Theme {
			c.Groups = append(c.Groups, a.column(k, level+1, children, s, counts))
		} else {
			c.Cards = append(c.Cards, a.card(k, children, s, counts))
		}
	}
	return c
}

func (a *ask) card(n *qda.Node, children map[qda.ID][]*qda.Node, s spread, counts *engine.Counts) page.ThemeCard {
	k := counts.Node(n.ID)
	c := page.ThemeCard{NodeLink: a.nodeLink(n.ID), Kind: string(n.Kind), Parent: int(n.Parent), Retired: n.State == qda.Retired, Count: a.L.Num(k.AllCodings), Codings: a.L.N("count.codings", k.AllCodings),
		Spread: a.L.T("themes.of", "n", k.AllDocuments, "all", len(s.documents)), SpreadSay: a.L.N("themes.of.documents", len(s.documents), "k", k.AllDocuments), Spark: spark(s.in[n.ID])}
	for _, b := range children[n.ID] {
		c.Under = append(c.Under, a.card(b, children, s, counts))
	}
	return c
}

// themeTree is the codebook's tree with claims beside the themes' names.
func (a *ask) themeTree() *page.Codebook {
	v := &page.Codebook{Project: int(a.Project), MayEdit: a.may("NodeAdded"), MayShape: a.may("NodesMerged"), OwnOnly: a.Lens.Blind(), Seq: int(a.View.Seq()), Panels: a.at("/themes") + "?view=tree&node="}
	v.Rows = a.rows(nil, nil)
	for i := range v.Rows {
		r := &v.Rows[i]
		if n, ok := a.View.Node(qda.ID(r.ID)); ok && n.Kind == qda.Theme && n.Claim != "" {
			r.Definition, r.Use = n.Claim, ""
		}
		r.Definition, r.Use = clip(r.Definition, 240), clip(r.Use, 100)
	}
	return v
}
