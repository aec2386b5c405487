package server

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// body is a node of the map about to get a place: radius with room for its name.
type body struct {
	parent  int // index, -1 at the top
	theme   bool
	r, x, y float64
	fixed   bool    // a kept place
	shown   float64 // radius of what is drawn
}

type pull struct {
	a, b     int
	strength float64
}

// apart is a comfortable distance between two nodes.
const apart = 84

// arranged gives every body its place as the map on the page does (web/ts/themes/layout.ts): kept places stay, forces find the others.
// The same bodies get the same places.
func arranged(all []body, pulls []pull) {
	n := len(all)
	steps := max(20, min(300, 400_000/max(1, n)))
	if n > 400 {
		steps = max(10, min(steps, 30_000_000/(n*n)))
	}
	seat(all)
	type spring struct {
		a, b             int
		strength, length float64
	}
	var springs []spring
	for i, b := range all {
		if b.parent >= 0 {
			springs = append(springs, spring{i, b.parent, 0.12, all[b.parent].r + b.r})
		}
	}
	for _, p := range pulls {
		s := min(max(p.strength, 0), 1)
		springs = append(springs, spring{p.a, p.b, 0.05 * s, all[p.a].r + all[p.b].r + 20 + 60*(1-s)})
	}
	fx, fy := make([]float64, n), make([]float64, n)
	const reach = 2.6 * apart
	for step := range steps {
		heat := 1 - float64(step)/float64(steps)
		clear(fx)
		clear(fy)
		for i := range all {
			for j := i + 1; j < n; j++ {
				dx, dy := all[i].x-all[j].x, all[i].y-all[j].y
				if math.Abs(dx) >= reach || math.Abs(dy) >= reach {
					continue
				}
				if dx == 0 && dy == 0 {
					dx, dy = float64(i-j)*0.01, 0.01
				}
				d := math.Hypot(dx, dy)
				if d >= reach {
					continue
				}
				room := all[i].r + all[j].r
				force := apart * apart / (d * 4)
				if d < room+16 {
					force += (room + 16 - d) * 0.9
				}
				px, py := dx/d*force, dy/d*force
				fx[i] += px
				fy[i] += py
				fx[j] -= px
				fy[j] -= py
			}
			fx[i] -= all[i].x * 0.008
			fy[i] -= all[i].y * 0.075
		}
		for _, s := range springs {
			dx, dy := all[s.b].x-all[s.a].x, all[s.b].y-all[s.a].y
			d := math.Hypot(dx, dy)
			if d == 0 {
				d = 0.01
			}
			force := (d - s.length) * s.strength * 4
			px, py := dx/d*force, dy/d*force
			fx[s.a] += px
			fy[s.a] += py
			fx[s.b] -= px
			fy[s.b] -= py
		}
		most := 40*heat + 1
		for i := range all {
			f := math.Hypot(fx[i], fy[i])
			if all[i].fixed || f == 0 {
				continue
			}
			by := min(f*0.25, most) / f
			all[i].x += fx[i] * by
			all[i].y += fy[i] * by
		}
	}
	part(all)
	for i := range all {
		all[i].x, all[i].y = math.Round(all[i].x), math.Round(all[i].y)
	}
}

// seat gives a first place: themes on a ring, codes around what they stand in.
func seat(all []body) {
	golden := math.Pi * (3 - math.Sqrt(5))
	var tops []int
	for i, b := range all {
		if b.theme && b.parent < 0 {
			tops = append(tops, i)
		}
	}
	ring := max(130, float64(len(tops))*190/(2*math.Pi))
	seen := map[int]int{}
	for i := range all {
		b := &all[i]
		k := float64(seen[b.parent])
		seen[b.parent]++
		switch {
		case b.fixed:
		case b.parent >= 0 && b.parent < i:
			up := all[b.parent]
			d := up.r + b.r + 30 + 14*math.Sqrt(k)
			b.x, b.y = up.x+d*math.Cos(k*golden+0.15), up.y+d*math.Sin(k*golden+0.15)
		case b.theme:
			turn := 2 * math.Pi * float64(slices.Index(tops, i)) / float64(max(1, len(tops)))
			b.x, b.y = 2.3*ring*math.Cos(turn), ring*math.Sin(turn)
		default:
			d := ring + 60 + 20*math.Sqrt(k)
			b.x, b.y = 2.3*d*math.Cos(k*golden+0.15), d*math.Sin(k*golden+0.15)
		}
	}
}

// part moves apart what still lies over each other.
func part(all []body) {
	for range 60 {
		moved := false
		for i := range all {
			for j := i + 1; j < len(all); j++ {
				if all[i].fixed && all[j].fixed {
					continue
				}
				room := all[i].r + all[j].r + 6
				dx, dy := all[j].x-all[i].x, all[j].y-all[i].y
				if dx == 0 && dy == 0 {
					dx = 0.5
				}
				d := math.Hypot(dx, dy)
				if d >= room {
					continue
				}
				moved = true
				by, share := (room-d)/d+0.001, 0.5
				switch {
				case all[i].fixed:
					share = 0
				case all[j].fixed:
					share = 1
				}
				all[i].x -= dx * by * share
				all[i].y -= dy * by * share
				all[j].x += dx * by * (1 - share)
				all[j].y += dy * by * (1 - share)
			}
		}
		if !moved {
			return
		}
	}
}

// mostLines is how many meetings the picture of the map shows where nothing else is asked for, the strongest; the page begins with as
// many at most.
const mostLines = 60

// mapLines is how many lines are asked for: ?lines=12 are the 12 strongest. asked is false where nothing is.
func (a *ask) mapLines() (n int, asked bool, err error) {
	q := a.URL.Query()
	if !q.Has("lines") {
		return mostLines, false, nil
	}
	n, err = strconv.Atoi(q.Get("lines"))
	if err != nil || n < 0 || n > mostEdges || len(q["lines"]) > 1 {
		return 0, false, qda.Refuse(qda.Invalid, "refused.map.shown", "most", mostEdges)
	}
	return n, true, nil
}

// mapFigure is the map of themes: area stands for codings, thin lines for what stands in what, thick ones for shared words, or with
// ?edges=together for codes that are found together, as on the page.
func (a *ask) mapFigure() (exchange.Figure, error) {
	lines, asked, err := a.mapLines()
	if err != nil {
		return exchange.Figure{}, err
	}
	m, err := a.themeMap(a.URL.Query().Get("edges"))
	if err != nil {
		return exchange.Figure{}, err
	}
	about := "figure.map.say"
	if m.Edges == "together" {
		about = "figure.map.together"
	}
	f := a.newFigure("map", about)
	if lines = min(lines, len(m.Meets)); asked {
		f.say(a.L.T("figure.map.shown", "n", a.L.Num(lines), "all", a.L.Num(len(m.Meets))))
	}
	at := map[int]int{}
	for i, n := range m.Nodes {
		at[n.ID] = i
	}
	spots := map[int]*qda.Spot{}
	for _, s := range a.View.Spots() {
		spots[int(s.ID)] = s
	}
	all := make([]body, len(m.Nodes))
	names := make([][]string, len(m.Nodes))
	for i, n := range m.Nodes {
		b := &all[i]
		b.parent, b.theme = -1, n.Kind == "theme"
		if up, ok := at[n.Parent]; ok {
			b.parent = up
		}
		b.shown = min(40, 7+2.4*math.Sqrt(float64(n.Size)))
		if b.theme {
			b.shown = min(52, 18+1.6*math.Sqrt(float64(n.Size)))
		}
		names[i] = exchange.Wrapped(n.Name, 13, b.theme, 150, 2)
		longest := 0
		for _, l := range names[i] {
			longest = max(longest, utf8.RuneCountInString(l))
		}
		b.r = b.shown + min(54, 10+float64(longest)*1.8)
		if spot := spots[n.ID]; spot != nil {
			b.x, b.y, b.fixed = float64(spot.X), float64(spot.Y), true
		}
	}
	var pulls []pull
	shown := 0 // all pull, the strongest are drawn
	for i, e := range m.Meets {
		if x, ok := at[e.A.ID]; ok {
			if y, ok := at[e.B.ID]; ok && x != y {
				pulls = append(pulls, pull{x, y, float64(e.Percent) / 100})
			}
		}
		if i < lines {
			shown = len(pulls)
		}
	}
	arranged(all, pulls)
	drawMap(f, m.Nodes, names, all, pulls[:shown])
	return f.Figure, nil
}

func drawMap(f *picture, nodes []page.MapNode, names [][]string, all []body, pulls []pull) {
	const room = 24
	left, top, right, bottom := 0.0, 0.0, 480.0, 120.0
	for i, b := range all {
		half := b.shown
		for _, l := range names[i] {
			half = max(half, exchange.WordsWidth(l, 13, b.theme)/2+4)
		}
		low := b.y + b.shown + 8 + 17*float64(len(names[i]))
		if i == 0 {
			left, top, right, bottom = b.x-half, b.y-b.shown, b.x+half, low
			continue
		}
		left, top, right, bottom = min(left, b.x-half), min(top, b.y-b.shown), max(right, b.x+half), max(bottom, low)
	}
	head := f.begin(max(right-left+2*room, 520))
	dx, dy := (f.Width-(right-left))/2-left, head-top+8
	for _, b := range all {
		if b.parent >= 0 {
			up := all[b.parent]
			f.add(exchange.Line{X1: b.x + dx, Y1: b.y + dy, X2: up.x + dx, Y2: up.y + dy, Stroke: "#c3cbcb", Width: 1})
		}
	}
	for _, p := range pulls {
		f.add(exchange.Line{X1: all[p.a].x + dx, Y1: all[p.a].y + dy, X2: all[p.b].x + dx, Y2: all[p.b].y + dy, Stroke: "#8b979d", Width: 1 + p.strength*100/9})
	}
	for i, b := range all {
		hue := exchange.Paint(exchange.Colour(max(nodes[i].Colour, 1)))
		ring := exchange.Circle{X: b.x + dx, Y: b.y + dy, R: b.shown, Fill: "#ffffff", Ring: hue, Width: 2}
		if b.theme {
			ring.Fill, ring.Width = exchange.Tint(hue, 0.18), 2.5
		}
		switch nodes[i].Pattern {
		case 1:
			ring.Dash = []float64{7, 4}
		case 2:
			ring.Dash = []float64{2, 3.5}
		}
		f.add(ring)
		if !b.theme {
			core := hue
			if nodes[i].Retired {
				core = exchange.Tint(hue, 0.4)
			}
			f.add(exchange.Circle{X: b.x + dx, Y: b.y + dy, R: max(2, b.shown-4), Fill: core})
		}
	}
	for i, b := range all {
		for k, l := range names[i] {
			f.add(exchange.Words{X: b.x + dx, Y: b.y + dy + b.shown + 16 + 17*float64(k), Text: l, Size: 13, Bold: b.theme, Fill: "#1b2226", Anchor: exchange.Middle, Halo: "#ffffff"})
		}
	}
	f.Height = bottom + dy + room
}
