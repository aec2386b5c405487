package refi

import (
	"math"
	"strconv"
	"strings"
)

func (r *reader) user() error {
	var c Coder
	id, err := r.attrs("User", nil, field{"name", &c.Name}, field{"id", &c.ID})
	if err != nil {
		return err
	}
	c.GUID = r.own(id, kCoder, "User", c.Name)
	g, proper := ParseGUID(string(id))
	c.Minted = !proper || g != c.GUID
	r.p.Coders = append(r.p.Coders, c)
	return r.s.each(r.unknown)
}

func (r *reader) codebook() error {
	return r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Codes":
				return r.codes(&r.p.Codes)
			case "Sets": // of a codebook file
				return r.list("Set", r.set)
			}
		}
		return r.unknown()
	})
}

func (r *reader) codes(to *[]Code) error {
	return r.list("Code", func() error { return r.code(to) })
}

func (r *reader) code(to *[]Code) error {
	c := Code{Codable: true}
	said := false
	id, err := r.attrs("Code", func(a attr) bool {
		switch string(a.name) {
		case "isCodable":
			switch strings.ToLower(strings.TrimSpace(string(a.value))) {
			case "true", "1":
				said = true
			case "false", "0":
				said, c.Codable = true, false
			}
		case "color":
			c.Colour = r.colour(a.value, "Code")
		default:
			return false
		}
		return true
	}, field{"name", &c.Name})
	if err != nil {
		return err
	}
	c.GUID = r.own(id, kCode, "Code", c.Name)
	if !said {
		r.alter("Code", CodableRead, 1, c.Name)
	}
	err = r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Description":
				return r.description(&c.Description)
			case "NoteRef":
				return r.noteRef(Target{OnCode, c.GUID})
			case "Code":
				r.see("Code")
				return r.code(&c.Children)
			}
		}
		return r.unknown()
	})
	*to = append(*to, c)
	return err
}

func (r *reader) variable() error {
	v := Attribute{}
	id, err := r.attrs("Variable", func(a attr) bool {
		switch string(a.name) {
		case "typeOfVariable":
			for _, t := range valueTypes {
				if strings.EqualFold(strings.TrimSpace(string(a.value)), string(t)) {
					v.Type = t
				}
			}
		default:
			return false
		}
		return true
	}, field{"name", &v.Name})
	if err != nil {
		return err
	}
	if v.Type == "" {
		v.Type = TextValue
		r.alter("Variable", TypeRead, 1, v.Name)
	}
	v.GUID = r.own(id, kAttribute, "Variable", v.Name)
	err = r.s.each(func() error {
		if r.s.ours && string(r.s.name) == "Description" {
			return r.description(&v.Description)
		}
		return r.unknown()
	})
	r.p.Attributes = append(r.p.Attributes, v)
	return err
}

var valueTypes = []ValueType{TextValue, BooleanValue, IntegerValue, FloatValue, DateValue, DateTimeValue}

func (r *reader) value(to *[]Value) error {
	r.see("VariableValue")
	var v Value
	err := r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		name := string(r.s.name)
		if name == "VariableRef" {
			g, err := r.target()
			v.Attribute = g
			return err
		}
		for _, t := range valueTypes {
			if name == string(t)+"Value" && v.Type == "" {
				s, err := r.words()
				v.Type, v.Text = t, unixEnds(s)
				return err
			}
		}
		return r.unknown()
	})
	*to = append(*to, v)
	return err
}

func (r *reader) oneCase() error {
	var c Case
	id, err := r.attrs("Case", nil, field{"name", &c.Name})
	if err != nil {
		return err
	}
	// NVivo gives a case that is also among the codes one GUID; resolveCases looks at these.
	s, _ := r.s.string(id)
	if g, _ := key(s); r.ids[g] == kCode {
		c.GUID = g
	} else {
		c.GUID = r.own(id, kCase, "Case", c.Name)
	}
	err = r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		switch string(r.s.name) {
		case "Description":
			return r.description(&c.Description)
		case "VariableValue":
			return r.value(&c.Values)
		case "CodeRef":
			return r.into(&c.Codes)
		case "SourceRef":
			return r.into(&c.Documents)
		case "SelectionRef":
			return r.into(&c.Selections)
		}
		return r.unknown()
	})
	r.p.Cases = append(r.p.Cases, c)
	return err
}

func (r *reader) set() error {
	var c Set
	id, err := r.attrs("Set", nil, field{"name", &c.Name})
	if err != nil {
		return err
	}
	c.GUID = r.own(id, kSet, "Set", c.Name)
	err = r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		switch string(r.s.name) {
		case "Description":
			return r.description(&c.Description)
		case "MemberCode":
			return r.into(&c.Codes)
		case "MemberSource":
			return r.into(&c.Documents)
		case "MemberNote":
			return r.into(&c.Memos)
		}
		return r.unknown()
	})
	r.p.Sets = append(r.p.Sets, c)
	return err
}

func (r *reader) link() error {
	var l Link
	id, err := r.attrs("Link", func(a attr) bool {
		switch string(a.name) {
		case "direction":
			l.Direction = r.oneOf("Link", a, "Associative", "OneWay", "Bidirectional")
		case "color":
			l.Colour = r.colour(a.value, "Link")
		case "originGUID":
			l.From = r.ref(a.value)
		case "targetGUID":
			l.To = r.ref(a.value)
		default:
			return false
		}
		return true
	}, field{"name", &l.Name})
	if err != nil {
		return err
	}
	l.GUID = r.own(id, kLink, "Link", l.Name)
	err = r.s.each(func() error {
		if r.s.ours && string(r.s.name) == "NoteRef" {
			return r.noteRef(Target{OnLink, l.GUID})
		}
		return r.unknown()
	})
	r.p.Links = append(r.p.Links, l)
	return err
}

// oneOf reads one of a few words, whatever its case.
func (r *reader) oneOf(element string, a attr, words ...string) string {
	s := strings.TrimSpace(string(a.value))
	for _, w := range words {
		if strings.EqualFold(w, s) {
			return w
		}
	}
	if s != "" {
		r.lose(element+"/@"+string(a.name), Unknown, 1, s)
	}
	return ""
}

var shapes = []string{"Person", "Oval", "Rectangle", "RoundedRectangle", "Star", "LeftTriangle", "RightTriangle", "UpTriangle", "DownTriangle", "Note"}

func (r *reader) graph() error {
	var g Graph
	id, err := r.attrs("Graph", nil, field{"name", &g.Name})
	if err != nil {
		return err
	}
	g.GUID = r.own(id, kGraph, "Graph", g.Name)
	err = r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Vertex":
				r.see("Vertex")
				return r.vertex(&g)
			case "Edge":
				r.see("Edge")
				return r.edge(&g)
			}
		}
		return r.unknown()
	})
	r.p.Graphs = append(r.p.Graphs, g)
	return err
}

func (r *reader) vertex(g *Graph) error {
	var v Vertex
	var second [2]int
	has := 0
	id, err := r.attrs("Vertex", func(a attr) bool {
		switch string(a.name) {
		case "representedGUID":
			v.Of = r.ref(a.value)
		case "firstX":
			v.First[0] = coordinate(a.value)
		case "firstY":
			v.First[1] = coordinate(a.value)
		case "secondX":
			second[0] = coordinate(a.value)
			has++
		case "secondY":
			second[1] = coordinate(a.value)
			has++
		case "shape":
			v.Shape = r.oneOf("Vertex", a, shapes...)
		case "color":
			v.Colour = r.colour(a.value, "Vertex")
		default:
			return false
		}
		return true
	}, field{"name", &v.Name})
	if err != nil {
		return err
	}
	if has == 2 {
		v.Second = &second
	}
	v.GUID = r.own(id, kVertex, "Vertex", v.Name)
	g.Vertices = append(g.Vertices, v)
	return r.s.each(r.unknown)
}

// coordinate reads a place in a drawing: an integer, and what programs write for one.
func coordinate(raw []byte) int {
	f, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e9 {
		return 0
	}
	return int(math.Round(f))
}

func (r *reader) edge(g *Graph) error {
	var e Edge
	id, err := r.attrs("Edge", func(a attr) bool {
		switch string(a.name) {
		case "representedGUID":
			e.Of = r.ref(a.value)
		case "sourceVertex":
			e.From = r.ref(a.value)
		case "targetVertex":
			e.To = r.ref(a.value)
		case "color":
			e.Colour = r.colour(a.value, "Edge")
		case "direction":
			e.Direction = r.oneOf("Edge", a, "Associative", "OneWay", "Bidirectional")
		case "lineStyle":
			e.Style = r.oneOf("Edge", a, "dotted", "dashed", "solid")
		default:
			return false
		}
		return true
	}, field{"name", &e.Name})
	if err != nil {
		return err
	}
	e.GUID = r.own(id, kEdge, "Edge", e.Name)
	g.Edges = append(g.Edges, e)
	return r.s.each(r.unknown)
}
