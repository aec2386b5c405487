package server

import (
	"cmp"
	"io"
	"math"
	"slices"

	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// pictures are the figures that can be taken along, by the name under which they are asked for.
var pictures = []struct {
	name string
	draw func(*ask) (exchange.Figure, error)
}{
	{"map", (*ask).mapFigure},
	{"attributes", (*ask).attributesFigure},
	{"informants", (*ask).informantsFigure},
	{"together", (*ask).togetherFigure},
	{"concepts", (*ask).conceptsFigure},
}

// Figures names the pictures, in the order of the help.
func Figures() (names []string) {
	for _, f := range pictures {
		names = append(names, f.name)
	}
	return names
}

func figureFile(draw func(*ask) (exchange.Figure, error), write func(io.Writer, exchange.Figure) error) func(*ask, io.Writer) error {
	return func(a *ask, w io.Writer) error {
		f, err := draw(a)
		if err != nil {
			return err
		}
		return write(w, f)
	}
}

// figureDownloads are the pictures as downloads.
func figureDownloads() (all []download) {
	for _, f := range pictures {
		all = append(all, download{what: "figure", name: f.name, ending: "svg", write: figureFile(f.draw, exchange.WriteSVG), past: true},
			download{what: "figure", name: f.name, ending: "png", write: figureFile(f.draw, exchange.WritePNG), past: true})
	}
	return all
}

// picture is a figure that is being drawn.
type picture struct {
	exchange.Figure
	note string
}

func (s *picture) add(all ...exchange.Shape) { s.Shapes = append(s.Shapes, all...) }

// say adds a sentence to what is said about the figure.
func (s *picture) say(sentence string) {
	s.note += " " + sentence
	s.About = s.note
}

// newFigure begins a figure; about is the key of the sentence that says how to read it.
func (a *ask) newFigure(name, about string) *picture {
	f := &picture{}
	f.Language, f.Lacking = a.L.Lang(), a.lacking
	f.Title = a.L.T("figure."+name) + ": " + a.View.Project().Name
	f.note = a.L.T(about)
	if a.Lens.Blind() {
		f.note += " " + a.L.T("export.own")
	} else {
		f.note += " " + a.L.T("figure.seq", "n", a.L.Num(int(a.View.Seq())))
	}
	f.About = f.note
	return f
}

// begin writes title and note over a width and gives where they end.
func (s *picture) begin(width float64) float64 {
	s.Width = width
	y := 12.0
	for _, l := range exchange.Wrapped(s.Title, 17, true, width-40, 2) {
		y += 21
		s.add(exchange.Words{X: 20, Y: y, Text: l, Size: 17, Bold: true, Fill: "#1b2226"})
	}
	y += 4
	for _, l := range exchange.Wrapped(s.note, 12, false, width-40, 5) {
		y += 16
		s.add(exchange.Words{X: 20, Y: y, Text: l, Size: 12, Fill: "#5b6470"})
	}
	return y + 20
}

// row is a row or column of a matrix.
type axis struct {
	name  string
	hue   int // 0: none
	depth int
	bold  bool
	group string // over neighbouring columns
}

// matrix is a table of cells as a picture: cell gives what stands in a square and how dark it is, from 0 to 1.
type matrix struct {
	rows, columns []axis
	cell          func(r, c int) (text string, dark float64)
	square        float64
}

// mostAxis bounds the rows and columns of a picture.
const mostAxis = 60

func (s *picture) matrix(m matrix) {
	const labelSize, low = 12.0, 3.0
	square := m.square
	label := 80.0
	for _, r := range m.rows {
		label = max(label, float64(r.depth)*12+exchange.WordsWidth(r.name, labelSize, r.bold)+22)
	}
	label = min(label, 300)
	high := 40.0 // of what stands over the columns, at 45 degrees
	for _, c := range m.columns {
		high = max(high, min(exchange.WordsWidth(c.name, labelSize, c.bold), 190)*math.Sqrt2/2+16)
	}
	grouped := slices.ContainsFunc(m.columns, func(c axis) bool { return c.group != "" })
	width := 20 + label + square*float64(len(m.columns)) + high + 20
	top := s.begin(max(width, 520))
	if grouped {
		top += 18
	}
	left := 20 + label
	y0 := top + high
	if grouped {
		for i := 0; i < len(m.columns); {
			j := i
			for j < len(m.columns) && m.columns[j].group == m.columns[i].group {
				j++
			}
			// The group stands under its columns, where slanted names do not cross it.
			x1, x2 := left+float64(i)*square, left+float64(j)*square
			y := y0 + square*float64(len(m.rows)) + 8
			s.add(exchange.Line{X1: x1 + 2, Y1: y, X2: x2 - 2, Y2: y, Stroke: "#5b6470", Width: 1.2})
			for k, l := range exchange.Wrapped(m.columns[i].group, 11, false, max(x2-x1, 60), 2) {
				s.add(exchange.Words{X: (x1 + x2) / 2, Y: y + 15 + 14*float64(k), Text: l, Size: 11, Fill: "#1b2226", Anchor: exchange.Middle})
			}
			i = j
		}
	}
	for i, c := range m.columns {
		x := left + (float64(i)+0.5)*square
		s.add(exchange.Words{X: x + 4, Y: y0 - 8, Text: exchange.Cut(c.name, labelSize, c.bold, 190), Size: labelSize, Bold: c.bold, Fill: "#1b2226", Turn: -45})
		if c.hue > 0 {
			s.add(exchange.Rect{X: left + float64(i)*square + 3, Y: y0 - 5, W: square - 6, H: low, Fill: exchange.Paint(exchange.Colour(c.hue))})
		}
	}
	for i, r := range m.rows {
		y := y0 + float64(i)*square
		if r.hue > 0 {
			s.add(exchange.Rect{X: left - 8, Y: y + 3, W: low, H: square - 6, Fill: exchange.Paint(exchange.Colour(r.hue))})
		}
		indent := float64(r.depth) * 12
		s.add(exchange.Words{X: 20 + indent, Y: y + square/2 + 4, Text: exchange.Cut(r.name, labelSize, r.bold, label-indent-16), Size: labelSize, Bold: r.bold, Fill: "#1b2226"})
		for j := range m.columns {
			text, dark := m.cell(i, j)
			ground, ink := exchange.Paint("#f3f5f5"), exchange.Paint("#1b2226")
			if text != "" {
				ground = exchange.Tint("#08348a", 0.1+0.9*min(max(dark, 0), 1))
				if dark > 0.58 {
					ink = "#ffffff"
				}
			}
			x := left + float64(j)*square
			s.add(exchange.Rect{X: x + 1, Y: y + 1, W: square - 2, H: square - 2, Fill: ground})
			if text != "" {
				s.add(exchange.Words{X: x + square/2, Y: y + square/2 + 4, Text: text, Size: 11.5, Fill: ink, Anchor: exchange.Middle})
			}
		}
	}
	s.Height = y0 + square*float64(len(m.rows)) + 24
	if grouped {
		s.Height += 30
	}
	if len(m.rows) == 0 || len(m.columns) == 0 {
		s.Height = top + 40
	}
}

// themeAxis are the themes as rows, and the number of each row by node, for codes that of the themes they stand in.
func (a *ask) themeAxis() (rows []axis, of map[qda.ID][]int) {
	of = map[qda.ID][]int{}
	for _, n := range a.Lens.Nodes() {
		if n.Kind != qda.Theme || len(rows) == mostAxis {
			continue
		}
		colour, _ := a.View.Colour(n.ID)
		for _, x := range a.Lens.Below(n.ID) {
			of[x] = append(of[x], len(rows))
		}
		rows = append(rows, axis{name: n.Name, hue: colour, depth: a.View.Depth(n.ID), bold: a.View.Depth(n.ID) == 0})
	}
	return rows, of
}

// countThemes counts the segments under each theme by what a key gives for them, -1 for none; by document and case.
func (a *ask) countThemes(columns []axis, keys func(d *qda.Document, k *qda.Case) []int) (matrix, error) {
	rows, of := a.themeAxis()
	counts := make([][]int, len(rows))
	for i := range counts {
		counts[i] = make([]int, len(columns))
	}
	most := 0
	for _, d := range sortedDocuments(a.Lens) {
		if a.Lens.Counts().Document(d.ID) == 0 {
			continue
		}
		words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
		if err != nil {
			return matrix{}, err
		}
		for c := range a.Lens.Overlapping(d.ID, span.Span{Stop: d.Chars}) {
			in := of[c.Code]
			if len(in) == 0 {
				continue
			}
			for _, k := range keys(d, speaking(a.Lens, d, words.TurnAt(c.Start).Label)) {
				for _, r := range in {
					counts[r][k]++
					most = max(most, counts[r][k])
				}
			}
		}
	}
	return matrix{rows: rows, columns: columns, square: 34, cell: func(r, c int) (string, float64) {
		if counts[r][c] == 0 {
			return "", 0
		}
		return a.L.Num(counts[r][c]), float64(counts[r][c]) / float64(max(most, 1))
	}}, nil
}

// informantsFigure is how the segments of each theme are spread over the informants.
func (a *ask) informantsFigure() (exchange.Figure, error) {
	var columns []axis
	at := map[qda.ID]int{}
	for _, k := range a.Lens.Cases() {
		if k.State == qda.Live && len(columns) < mostAxis {
			at[k.ID] = len(columns)
			columns = append(columns, axis{name: k.Name})
		}
	}
	f := a.newFigure("informants", "figure.informants.say")
	m, err := a.countThemes(columns, func(_ *qda.Document, k *qda.Case) []int {
		if k == nil {
			return nil
		}
		if i, ok := at[k.ID]; ok {
			return []int{i}
		}
		return nil
	})
	f.matrix(m)
	return f.Figure, err
}

// attributesFigure is how they are spread over the groups that attributes make.
func (a *ask) attributesFigure() (exchange.Figure, error) {
	type value struct {
		of    qda.ID
		value string
	}
	var columns []axis
	at := map[value]int{}
	for _, x := range a.Lens.Attributes() {
		members := map[string]int{}
		if x.Of == qda.OfCases {
			for _, k := range a.Lens.Cases() {
				if s := k.Values[x.ID]; s != "" && k.State == qda.Live {
					members[s]++
				}
			}
		} else {
			for _, d := range sortedDocuments(a.Lens) {
				if s := d.Values[x.ID]; s != "" {
					members[s]++
				}
			}
		}
		var names []string
		for s := range members {
			names = append(names, s)
		}
		if len(names) > 12 || len(columns)+len(names) > mostAxis {
			continue // as many groups as members say nothing, and age in years is none
		}
		slices.Sort(names)
		for _, s := range names {
			at[value{x.ID, s}] = len(columns)
			columns = append(columns, axis{name: s + " (" + a.L.Num(members[s]) + ")", group: x.Name})
		}
	}
	f := a.newFigure("attributes", "figure.attributes.say")
	m, err := a.countThemes(columns, func(d *qda.Document, k *qda.Case) (in []int) {
		for _, x := range a.Lens.Attributes() {
			s := d.Values[x.ID]
			if x.Of == qda.OfCases {
				s = ""
				if k != nil {
					s = k.Values[x.ID]
				}
			}
			if i, ok := at[value{x.ID, s}]; ok && s != "" {
				in = append(in, i)
			}
		}
		return in
	})
	f.matrix(m)
	return f.Figure, err
}

// mostTogether is how many codes the picture of meetings has: those that meet others most.
const mostTogether = 30

// togetherFigure is in how many turns two codes are found together; the darker, the larger the share of the turns with either.
func (a *ask) togetherFigure() (exchange.Figure, error) {
	meets, err := a.together()
	if err != nil {
		return exchange.Figure{}, err
	}
	sum := map[qda.ID]int{}
	pair := map[[2]qda.ID]meeting{}
	for _, m := range meets {
		sum[m.a] += m.count
		sum[m.b] += m.count
		pair[[2]qda.ID{m.a, m.b}], pair[[2]qda.ID{m.b, m.a}] = m, m
	}
	var chosen []qda.ID
	for n := range sum {
		chosen = append(chosen, n)
	}
	slices.SortFunc(chosen, func(x, y qda.ID) int { return cmp.Or(cmp.Compare(sum[y], sum[x]), cmp.Compare(x, y)) })
	f := a.newFigure("together", "figure.together.say")
	if len(chosen) > mostTogether {
		f.say(a.L.T("figure.some", "n", a.L.Num(mostTogether), "all", a.L.Num(len(chosen))))
		chosen = chosen[:mostTogether]
	}
	var order []qda.ID
	var rows []axis
	for _, n := range a.Lens.Nodes() { // in the order of the codebook, so that neighbours stand side by side
		if slices.Contains(chosen, n.ID) {
			colour, _ := a.View.Colour(n.ID)
			order = append(order, n.ID)
			rows = append(rows, axis{name: n.Name, hue: colour})
		}
	}
	most := 0.0
	for _, x := range order {
		for _, y := range order {
			most = max(most, pair[[2]qda.ID{x, y}].weight)
		}
	}
	f.matrix(matrix{rows: rows, columns: rows, square: 30, cell: func(r, c int) (string, float64) {
		m := pair[[2]qda.ID{order[r], order[c]}]
		if r == c || m.count == 0 {
			return "", 0
		}
		return a.L.Num(m.count), m.weight / max(most, 0.0001)
	}})
	return f.Figure, nil
}

// conceptsFigure is which themes are tied to which concepts.
func (a *ask) conceptsFigure() (exchange.Figure, error) {
	f := a.newFigure("concepts", "figure.concepts.say")
	var columns []axis
	var concepts []qda.ID
	for _, c := range a.conceptColumns() {
		if len(columns) < mostAxis {
			columns = append(columns, axis{name: c.Name, group: a.framework(c).Name})
			concepts = append(concepts, c.ID)
		}
	}
	rows, _ := a.themeAxis()
	var themes []qda.ID
	for _, n := range a.Lens.Nodes() {
		if n.Kind == qda.Theme && len(themes) < mostAxis {
			themes = append(themes, n.ID)
		}
	}
	whys := a.whys()
	f.matrix(matrix{rows: rows, columns: columns, square: 34, cell: func(r, c int) (string, float64) {
		if whys[[2]qda.ID{themes[r], concepts[c]}] == nil {
			return "", 0
		}
		return "×", 0.8
	}})
	return f.Figure, nil
}
