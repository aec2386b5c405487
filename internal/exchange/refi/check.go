package refi

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A Problem is something in a project or file that is not as the standard or good sense has it.
type Problem struct {
	Rule    string `json:"rule"`             // stable key: "guid-twice", "no-such-thing", "outside-text" …
	Element string `json:"element"`          // of the schema
	GUID    GUID   `json:"guid"`             // of the thing, if it has one
	Detail  string `json:"detail,omitempty"` // names, values and positions, no words of documents
	Fatal   bool   `json:"fatal"`            // Write refuses it
}

// String is the problem in English.
func (p Problem) String() string {
	s := p.Element + ": " + ruleSentences[p.Rule]
	if s == p.Element+": " {
		s += p.Rule
	}
	if p.Detail != "" {
		s += " (" + clip(p.Detail, 120) + ")"
	}
	if !p.GUID.IsZero() {
		s += " " + p.GUID.String()
	}
	return s
}

var ruleSentences = map[string]string{
	"guid-none": "has no GUID", "guid-twice": "has the GUID of something else", "guid-form": "has an identifier that is no GUID",
	"no-such-thing": "refers to something that is not there", "wrong-kind": "refers to something of another kind",
	"outside-text": "has positions outside of its text", "backwards": "does not end after it begins", "inside-char": "begins or ends inside a character",
	"same-span": "is on the same span as another", "same-coding": "says the same as another",
	"text-form": "has a text with CR, U+0000, a byte-order mark or broken UTF-8", "forbidden-chars": "has characters that XML forbids",
	"no-text": "has no text", "two-texts": "has its text inline and in a file", "text-missing": "has a text that is not in the file", "empty-text": "has an empty text",
	"value-form": "has a value that is not of its type", "value-type": "has a value of another type than its attribute", "two-values": "has more than one value",
	"colour": "has a colour that is none", "date": "has a date that is none", "word": "has a word that the schema does not list",
	"no-codes": "has no codes, and a codebook must have one", "extra-name": "has a name that an extra file may not have", "span-of-missing": "has spans but no text",
	"memo-on": "is on something that memos can't be on", "deep": "is nested deeper than readers take",
	"file": "can't be read", "order": "is not where the schema has it", "unknown": "is not in the schema", "attribute": "has an attribute that the schema does not have",
	"attribute-none": "lacks an attribute that it must have", "attribute-form": "has an attribute that is not of its type", "child-none": "lacks something that must be in it",
	"words": "has words where the schema has none", "layout": "is not where the standard has it", "orphan": "is a file that nothing refers to",
}

// checker collects problems.
type checker struct {
	out  []Problem
	ids  map[GUID]kind
	said map[bool]int // of each severity
}

func (c *checker) add(fatal bool, rule, element string, g GUID, detail string) {
	if c.said[fatal]++; c.said[fatal] <= 1000 {
		c.out = append(c.out, Problem{rule, element, g, detail, fatal})
	}
}

// own notes a GUID, which must name this thing alone.
func (c *checker) own(g GUID, k kind, element, name string) {
	switch {
	case g.IsZero():
		c.add(true, "guid-none", element, g, name)
	case c.ids[g] != kNone:
		c.add(true, "guid-twice", element, g, name)
	default:
		c.ids[g] = k
	}
}

// ref checks a reference to a thing of a kind.
func (c *checker) ref(g GUID, k kind, element string, of GUID, must bool) {
	if g.IsZero() && !must {
		return
	}
	switch was := c.ids[g]; {
	case was == kNone:
		c.add(true, "no-such-thing", element, of, g.String())
	case k != kNone && was != k:
		c.add(true, "wrong-kind", element, of, g.String())
	}
}

// Check looks for what would not come back if the project were written and read. Fatal problems are those that Write refuses.
// It tells at most a thousand of either.
func Check(p *Project) []Problem { return check(p).out }

func check(p *Project) *checker {
	c := &checker{ids: map[GUID]kind{}, said: map[bool]int{}}
	c.collect(p)
	c.stamp(p.Stamp, "Project", GUID{})
	depth := 0
	var codes func([]Code, int)
	codes = func(list []Code, level int) {
		depth = max(depth, level)
		for i := range list {
			c.colour(list[i].Colour, "Code", list[i].GUID)
			c.chars("Code", list[i].GUID, list[i].Name, list[i].Description)
			codes(list[i].Children, level+1)
		}
	}
	codes(p.Codes, 1)
	if depth > 252 { // and three elements around them
		c.add(true, "deep", "Code", GUID{}, fmt.Sprint(depth))
	}
	types := map[GUID]ValueType{}
	for _, a := range p.Attributes {
		c.word(string(a.Type), "typeOfVariableType", "Variable", a.GUID, true)
		c.chars("Variable", a.GUID, a.Name, a.Description)
		types[a.GUID] = a.Type
	}
	for i := range p.Documents {
		c.text(&p.Documents[i], "TextSource", types)
	}
	for i := range p.Memos {
		m := &p.Memos[i]
		c.text(&m.Document, "Note", types)
		seen := map[Target]bool{}
		for _, t := range m.On {
			c.on(m.GUID, t)
			if seen[t] {
				c.add(false, "same-coding", "NoteRef", m.GUID, "")
			}
			seen[t] = true
		}
	}
	for i := range p.Cases {
		x := &p.Cases[i]
		c.chars("Case", x.GUID, x.Name, x.Description)
		c.values(x.Values, types, "Case", x.GUID)
		c.refs(x.Codes, kCode, "CodeRef", x.GUID)
		c.refs(x.Documents, kDocument, "SourceRef", x.GUID)
		c.refs(x.Selections, kSelection, "SelectionRef", x.GUID)
	}
	for i := range p.Sets {
		x := &p.Sets[i]
		c.chars("Set", x.GUID, x.Name, x.Description)
		c.refs(x.Codes, kCode, "MemberCode", x.GUID)
		c.refs(x.Documents, kDocument, "MemberSource", x.GUID)
		c.refs(x.Memos, kMemo, "MemberNote", x.GUID)
	}
	for i := range p.Links {
		x := &p.Links[i]
		c.chars("Link", x.GUID, x.Name)
		c.ref(x.From, kNone, "Link", x.GUID, false)
		c.ref(x.To, kNone, "Link", x.GUID, false)
		c.colour(x.Colour, "Link", x.GUID)
		c.word(x.Direction, "directionType", "Link", x.GUID, false)
	}
	c.graphs(p)
	c.chars("Project", GUID{}, p.Name, p.Description, p.Origin, p.BasePath)
	for _, u := range p.Coders {
		c.chars("User", u.GUID, u.Name, u.ID)
	}
	names := map[string]bool{"project.qde": true}
	for _, x := range p.Extras {
		low := strings.ToLower(x.Name)
		if !extraName(x.Name) || names[low] {
			c.add(true, "extra-name", "file", GUID{}, x.Name)
		}
		names[low] = true
	}
	return c
}

// collect notes every GUID of the project.
func (c *checker) collect(p *Project) {
	for _, x := range p.Coders {
		c.own(x.GUID, kCoder, "User", x.Name)
	}
	p.EachCode(func(x, _ *Code) { c.own(x.GUID, kCode, "Code", x.Name) })
	for i := range p.Attributes {
		c.own(p.Attributes[i].GUID, kAttribute, "Variable", p.Attributes[i].Name)
	}
	for i := range p.Cases {
		c.own(p.Cases[i].GUID, kCase, "Case", p.Cases[i].Name)
	}
	text := func(d *Document, k kind, element string) {
		c.own(d.GUID, k, element, d.Name)
		for j := range d.Selections {
			s := &d.Selections[j]
			c.own(s.GUID, kSelection, "PlainTextSelection", "")
			for _, x := range s.Codings {
				c.own(x.GUID, kCoding, "Coding", "")
			}
		}
		for _, x := range d.Codings {
			c.own(x.GUID, kCoding, "Coding", "")
		}
		for _, x := range d.Times {
			c.own(x.GUID, kTime, "SyncPoint", "")
		}
	}
	for i := range p.Documents {
		text(&p.Documents[i], kDocument, "TextSource")
	}
	for i := range p.Memos {
		text(&p.Memos[i].Document, kMemo, "Note")
	}
	for i := range p.Links {
		c.own(p.Links[i].GUID, kLink, "Link", p.Links[i].Name)
	}
	for i := range p.Sets {
		c.own(p.Sets[i].GUID, kSet, "Set", p.Sets[i].Name)
	}
	for i := range p.Graphs {
		g := &p.Graphs[i]
		c.own(g.GUID, kGraph, "Graph", g.Name)
		for _, v := range g.Vertices {
			c.own(v.GUID, kVertex, "Vertex", v.Name)
		}
		for _, e := range g.Edges {
			c.own(e.GUID, kEdge, "Edge", e.Name)
		}
	}
}

func (c *checker) refs(list []GUID, k kind, element string, of GUID) {
	for _, g := range list {
		c.ref(g, k, element, of, true)
	}
}

func (c *checker) on(memo GUID, t Target) {
	if t.Kind == OnProject {
		return
	}
	for _, k := range targetKinds {
		if k.on == t.Kind {
			c.ref(t.GUID, k.k, "NoteRef", memo, true)
			return
		}
	}
	c.add(true, "memo-on", "Note", memo, "")
}

func (c *checker) stamp(s Stamp, element string, of GUID) {
	c.ref(s.Coder, kCoder, element, of, false)
	c.ref(s.Editor, kCoder, element, of, false)
	c.date(s.Created, element, of)
	c.date(s.Modified, element, of)
}

func (c *checker) date(t time.Time, element string, of GUID) {
	if y := t.UTC().Year(); !t.IsZero() && (y < 1 || y > 9999) {
		c.add(true, "date", element, of, t.String())
	}
}

func (c *checker) colour(s, element string, of GUID) {
	if s != "" && !colourForm.MatchString(s) {
		c.add(true, "colour", element, of, s)
	}
}

func (c *checker) word(s, kind, element string, of GUID, must bool) {
	if (s != "" || must) && !validSimple(kind, s) {
		c.add(true, "word", element, of, s)
	}
}

// chars looks for characters that XML can't carry.
func (c *checker) chars(element string, of GUID, list ...string) {
	for _, s := range list {
		if !utf8.ValidString(s) || strings.IndexFunc(s, func(r rune) bool { return !allowed(r) }) >= 0 {
			c.add(false, "forbidden-chars", element, of, "")
			return
		}
	}
}

func (c *checker) values(list []Value, types map[GUID]ValueType, element string, of GUID) {
	for _, v := range list {
		c.ref(v.Attribute, kAttribute, "VariableValue", of, true)
		switch t := types[v.Attribute]; {
		case v.Type == "":
		case !validSimple("typeOfVariableType", string(v.Type)):
			c.add(true, "word", "VariableValue", of, string(v.Type))
		case !validValue(v.Type, v.Text):
			c.add(true, "value-form", "VariableValue", of, string(v.Type))
		case t != "" && t != v.Type:
			c.add(false, "value-type", "VariableValue", of, string(v.Type))
		}
		c.chars("VariableValue", of, v.Text)
	}
}

func (c *checker) text(d *Document, element string, types map[GUID]ValueType) {
	if strings.ContainsAny(d.Text, "\r\x00") || strings.HasPrefix(d.Text, "\ufeff") || !utf8.ValidString(d.Text) {
		c.add(true, "text-form", element, d.GUID, d.Name)
	}
	c.stamp(d.Stamp, element, d.GUID)
	c.chars(element, d.GUID, d.Name, d.Description)
	c.values(d.Values, types, element, d.GUID)
	chars := d.Chars()
	if d.Missing && len(d.Selections) > 0 {
		c.add(true, "span-of-missing", element, d.GUID, d.Name)
	}
	spans := make(map[[2]int]bool, len(d.Selections))
	for i := range d.Selections {
		s := &d.Selections[i]
		at := [2]int{s.Start, s.Stop}
		switch {
		case s.Stop <= s.Start:
			c.add(true, "backwards", "PlainTextSelection", s.GUID, fmt.Sprint(at))
		case s.Start < 0 || s.Stop > chars:
			c.add(true, "outside-text", "PlainTextSelection", s.GUID, fmt.Sprint(at))
		case spans[at]:
			c.add(false, "same-span", "PlainTextSelection", s.GUID, fmt.Sprint(at))
		}
		spans[at] = true
		c.stamp(s.Stamp, "PlainTextSelection", s.GUID)
		c.chars("PlainTextSelection", s.GUID, s.Name, s.Description)
		c.codings(s.Codings)
	}
	c.codings(d.Codings)
	for _, t := range d.Times {
		if t.Position < 0 || t.Position > chars {
			c.add(false, "outside-text", "SyncPoint", t.GUID, fmt.Sprint(t.Position))
		}
	}
}

func (c *checker) codings(list []Coding) {
	var seen map[[2]GUID]bool
	for i := range list {
		x := &list[i]
		c.ref(x.Code, kCode, "Coding", x.GUID, true)
		c.ref(x.Coder, kCoder, "Coding", x.GUID, false)
		c.date(x.Created, "Coding", x.GUID)
		if len(list) > 1 {
			if seen == nil {
				seen = map[[2]GUID]bool{}
			}
			k := [2]GUID{x.Code, x.Coder}
			if seen[k] {
				c.add(false, "same-coding", "Coding", x.GUID, "")
			}
			seen[k] = true
		}
	}
}

func (c *checker) graphs(p *Project) {
	for i := range p.Graphs {
		g := &p.Graphs[i]
		c.chars("Graph", g.GUID, g.Name)
		here := map[GUID]bool{}
		for k := range g.Vertices {
			v := &g.Vertices[k]
			here[v.GUID] = true
			c.chars("Vertex", v.GUID, v.Name)
			c.ref(v.Of, kNone, "Vertex", v.GUID, false)
			c.word(v.Shape, "ShapeType", "Vertex", v.GUID, false)
			c.colour(v.Colour, "Vertex", v.GUID)
		}
		for k := range g.Edges {
			e := &g.Edges[k]
			c.chars("Edge", e.GUID, e.Name)
			if !here[e.From] || !here[e.To] {
				c.add(true, "no-such-thing", "Edge", e.GUID, "")
			}
			c.ref(e.Of, kNone, "Edge", e.GUID, false)
			c.colour(e.Colour, "Edge", e.GUID)
			c.word(e.Direction, "directionType", "Edge", e.GUID, false)
			c.word(e.Style, "LineStyleType", "Edge", e.GUID, false)
		}
	}
}

// extraName reports whether an extra file may have a name: at the root, beginning with "anyam", and no project itself.
func extraName(s string) bool {
	low := strings.ToLower(s)
	return strings.HasPrefix(low, "anyam") && safeName(s) && !strings.ContainsAny(s, `/\`) && utf8.ValidString(s) &&
		!strings.HasSuffix(low, ".qde") && !strings.HasSuffix(low, ".qdc")
}
