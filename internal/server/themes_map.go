package server

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// mostEdges is how many meetings of two codes the map shows, the strongest ones.
const mostEdges = 400

// themeMap gives what the map is drawn from: nodes with their kept places, and how codes meet. Edges are "words" (shared words) or
// "together" (both in one turn, or overlapping).
func (a *ask) themeMap(edges string) (*page.ThemeMap, error) {
	m := &page.ThemeMap{Edges: edges}
	if m.Edges != "together" {
		m.Edges = "words"
	}
	counts := a.Lens.Counts()
	spots := map[qda.ID]*qda.Spot{}
	for _, s := range a.View.Spots() {
		spots[s.ID] = s
	}
	documents := len(sortedDocuments(a.Lens))
	for _, n := range a.View.Nodes() {
		c := counts.Node(n.ID)
		x := page.MapNode{NodeLink: a.nodeLink(n.ID), Kind: string(n.Kind), Parent: int(n.Parent), Size: c.AllCodings, Codings: a.L.N("count.codings", c.AllCodings),
			Spread: a.L.N("themes.of.documents", documents, "k", c.AllDocuments), Retired: n.State == qda.Retired}
		if s := spots[n.ID]; s != nil {
			x.X, x.Y = strconv.Itoa(int(s.X)), strconv.Itoa(int(s.Y))
		}
		m.Nodes = append(m.Nodes, x)
	}
	var meets []meeting
	var err error
	if m.Edges == "words" {
		meets = sharedWords(a.Lens)
	} else if meets, err = a.together(); err != nil {
		return nil, err
	}
	slices.SortFunc(meets, func(x, y meeting) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(y.count, x.count), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	if len(meets) > mostEdges {
		m.More = a.L.N("themes.map.more", len(meets)-mostEdges)
		meets = meets[:mostEdges]
	}
	for _, x := range meets {
		e := page.MapEdge{A: a.nodeLink(x.a), B: a.nodeLink(x.b), Percent: int(math.Round(100 * x.weight)), Weight: a.L.Percent(x.weight)}
		if m.Edges == "words" {
			e.Say, e.Ask = a.L.N("themes.map.chars", x.count), a.at("/ask?all=%d&all=%d", x.a, x.b)
		} else {
			e.Say, e.Ask = a.L.N("themes.map.turns", x.count), a.at("/ask?all=%d&all=%d&meet=turn", x.a, x.b)
		}
		m.Meets = append(m.Meets, e)
	}
	return m, nil
}

// meeting is how two codes meet: weight is a Jaccard index, count how many characters or turns they share.
type meeting struct {
	a, b   qda.ID
	weight float64
	count  int
}

// sharedWords gives for pairs of codes how many characters are under both, and the Jaccard index |A ∩ B| / |A ∪ B| of their characters.
func sharedWords(l engine.Lens) (r []meeting) {
	pairs, coverage := l.Pairs(), l.Coverage()
	var coded []qda.ID
	for _, n := range l.Nodes() {
		if n.Kind == qda.Code && coverage.Of(n.ID) > 0 {
			coded = append(coded, n.ID)
		}
	}
	for i, x := range coded {
		for _, y := range coded[i+1:] {
			if k, _ := pairs.Meet(x, y); k == 0 {
				continue
			}
			both := l.Find(engine.All(engine.Under(x), engine.Under(y))).Chars()
			if all := coverage.Of(x) + coverage.Of(y) - both; both > 0 && all > 0 {
				r = append(r, meeting{x, y, float64(both) / float64(all), both})
			}
		}
	}
	return r
}

// together gives for pairs of codes in how many turns both are found, and the Jaccard index of their turns. Codings that overlap are in
// one turn at least.
func (a *ask) together() ([]meeting, error) {
	l := a.Lens
	slot := map[qda.ID]int{}
	var codes []qda.ID
	for _, n := range l.Nodes() {
		if n.Kind == qda.Code {
			slot[n.ID] = len(codes)
			codes = append(codes, n.ID)
		}
	}
	own := make([]int, len(codes))
	both := map[[2]int]int{}
	counts := l.Counts()
	for _, d := range sortedDocuments(l) {
		if counts.Document(d.ID) == 0 {
			continue
		}
		words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		in := make([][]int, len(words.Turns)) // by turn: codes, each once
		for c := range l.Overlapping(d.ID, span.Span{Stop: d.Chars}) {
			k, ok := slot[c.Code]
			if !ok || c.Version != d.Version {
				continue
			}
			from, _ := slices.BinarySearchFunc(words.Turns, c.Start, func(t qda.Turn, p int32) int { return cmp.Compare(t.Stop, p+1) })
			for t := from; t < len(words.Turns) && words.Turns[t].Start < c.Stop; t++ {
				if !slices.Contains(in[t], k) {
					in[t] = append(in[t], k)
				}
			}
		}
		for _, here := range in {
			for i, x := range here {
				own[x]++
				for _, y := range here[i+1:] {
					both[[2]int{min(x, y), max(x, y)}]++
				}
			}
		}
	}
	r := make([]meeting, 0, len(both))
	for k, n := range both {
		r = append(r, meeting{codes[k[0]], codes[k[1]], float64(n) / float64(own[k[0]]+own[k[1]]-n), n})
	}
	return r, nil
}

// arrange keeps where nodes stand on the map: repeated node, x and y.
func arrange(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.Arranged{}
	f := a.PostForm
	if len(f["x"]) != len(f["node"]) || len(f["y"]) != len(f["node"]) {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	for i, s := range f["node"] {
		n, err := thingID(s)
		if err != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		x, err1 := strconv.ParseInt(f["x"][i], 10, 32)
		y, err2 := strconv.ParseInt(f["y"][i], 10, 32)
		if err1 != nil || err2 != nil {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		c.Spots = append(c.Spots, qda.SpotOf{Node: n, X: int32(x), Y: int32(y)})
	}
	return a.change(c, a.at("/themes?view=map"))
}
