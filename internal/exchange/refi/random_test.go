package refi

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"
)

// chance makes projects by chance, always the same for a seed.
type chance struct {
	*rand.Rand
	latin bool // texts in Windows-1252 only
	n     int
}

func newChance(seed uint64) *chance { return &chance{Rand: rand.New(rand.NewPCG(seed, 7))} }

func (c *chance) guid() GUID {
	var g GUID
	for i := range g {
		g[i] = byte(c.UintN(256))
	}
	return g
}

func (c *chance) pick(list ...string) string { return list[c.IntN(len(list))] }

func (c *chance) when() time.Time {
	t := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(c.Int64N(1e9)) * time.Second / 10)
	if c.IntN(3) == 0 {
		return t
	}
	return t.Truncate(time.Second)
}

var plainWords = strings.Fields("saya merasa pekerjaan ini berat tetapi keluarga mendukung kami belajar dari tetangga banjir rumah air bersih sekolah " +
	"we talked about the flood and nobody came because it was late so they moved upstairs again mother's house don't know café naïve élan über")

var strangeWords = []string{"😀", "👩‍👩‍👧", "🇮🇩", "𝔘nicode", "e\u0301te\u0301", "n\u0303ame", "مرحبا", "بيت", "日本語", "🙏🏽", "ok👍", "👍ok", "\u200d", "हिन्दी"}

func (c *chance) word() string {
	if !c.latin && c.IntN(6) == 0 {
		return strangeWords[c.IntN(len(strangeWords))]
	}
	return plainWords[c.IntN(len(plainWords))]
}

// text makes an interview of so many words: turns, with a blank row now and then.
func (c *chance) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteString([]string{" ", " ", " ", " ", " ", ", ", ". ", "\n", "\n\n", "? "}[c.IntN(10)])
		}
		b.WriteString(c.word())
	}
	if c.IntN(2) == 0 {
		b.WriteString(".\n")
	}
	return b.String()
}

// spans are random spans of whole words, and sometimes of less.
func (c *chance) spans(text string, n int) [][2]int {
	runes := []rune(text)
	var edges []int
	for i := range len(runes) + 1 {
		if edge(runes, i) && (i == 0 || i == len(runes) || inWord(runes[i-1]) != inWord(runes[i])) {
			edges = append(edges, i)
		}
	}
	seen := map[[2]int]bool{}
	var out [][2]int
	for range n {
		a, b := edges[c.IntN(len(edges))], edges[c.IntN(len(edges))]
		if c.IntN(12) == 0 {
			a = c.IntN(len(runes))
		}
		if b-a > 400 {
			b = edges[min(sort.SearchInts(edges, a)+1+c.IntN(30), len(edges)-1)]
		}
		s := [2]int{min(a, b), max(a, b)}
		if s[0] == s[1] || seen[s] {
			continue
		}
		seen[s] = true
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i][0] < out[j][0] || out[i][0] == out[j][0] && out[i][1] < out[j][1] })
	return out
}

func (c *chance) someText() string {
	if c.IntN(3) == 0 {
		return ""
	}
	return c.pick("what it means", "tanpa nama\nbaris dua", "a < b & \"c\" > d ]]>", " spaces \t kept ", "😀 memo", "é")
}

func (c *chance) name(what string) string {
	c.n++
	return fmt.Sprintf("%s %d%s", what, c.n, c.pick("", "", " & co", " \"x\"", " <y>", " ñ", " 😀"))
}

// project makes a project with everything in it.
func (c *chance) project(documents, words int) *Project {
	p := &Project{Name: c.name("study"), Description: c.someText(), Origin: "anyam 0.1", BasePath: c.pick("", "/home/a"), Stamp: Stamp{Created: c.when()}}
	for range 1 + c.IntN(4) {
		p.Coders = append(p.Coders, Coder{GUID: c.guid(), Name: c.name("coder"), ID: c.pick("", "AB")})
	}
	coder := func() GUID { return p.Coders[c.IntN(len(p.Coders))].GUID }
	stamp := func() Stamp {
		return Stamp{coder(), c.when(), []GUID{{}, coder()}[c.IntN(2)], []time.Time{{}, c.when()}[c.IntN(2)]}
	}
	p.Stamp.Coder = coder()
	var codes []GUID
	var tree func(depth int) []Code
	tree = func(depth int) []Code {
		var list []Code
		for range 1 + c.IntN(3) {
			x := Code{GUID: c.guid(), Name: c.name("code"), Description: c.someText(), Codable: c.IntN(4) > 0, Colour: c.pick("", "#12ABEF", "#000000")}
			codes = append(codes, x.GUID)
			if depth < 4 && c.IntN(2) == 0 {
				x.Children = tree(depth + 1)
			}
			list = append(list, x)
		}
		return list
	}
	p.Codes = tree(0)
	for _, t := range valueTypes {
		p.Attributes = append(p.Attributes, Attribute{c.guid(), c.name("attribute"), c.someText(), t})
	}
	values := func() (out []Value) {
		for _, a := range p.Attributes {
			if c.IntN(3) == 0 {
				out = append(out, Value{a.GUID, a.Type, map[ValueType]string{TextValue: c.someText(), BooleanValue: "true", IntegerValue: "-12",
					FloatValue: "3.50", DateValue: "2024-02-29", DateTimeValue: "2024-02-29T01:02:03Z"}[a.Type]})
			} else if c.IntN(6) == 0 {
				out = append(out, Value{Attribute: a.GUID})
			}
		}
		return out
	}
	codings := func(n int) (out []Coding) {
		seen := map[[2]GUID]bool{}
		for range n {
			x := Coding{c.guid(), codes[c.IntN(len(codes))], coder(), c.when()}
			if k := [2]GUID{x.Code, x.Coder}; !seen[k] {
				seen[k] = true
				out = append(out, x)
			}
		}
		return out
	}
	fill := func(d *Document, words int) {
		d.GUID, d.Name, d.Description, d.Stamp = c.guid(), c.name("text"), c.someText(), stamp()
		d.Text = c.text(words)
		for _, s := range c.spans(d.Text, words/4) {
			x := Selection{GUID: c.guid(), Start: s[0], Stop: s[1], Stamp: stamp(), Codings: codings(c.IntN(4))}
			if c.IntN(5) == 0 {
				x.Description = c.someText()
			}
			if c.IntN(9) == 0 {
				x.Name = c.name("quote")
			}
			d.Selections = append(d.Selections, x)
		}
		d.Codings, d.Values = codings(c.IntN(3)), values()
	}
	var targets []Target
	for range documents {
		var d Document
		fill(&d, words)
		targets = append(targets, Target{OnDocument, d.GUID})
		for _, s := range d.Selections {
			targets = append(targets, Target{OnSelection, s.GUID})
			for _, x := range s.Codings {
				targets = append(targets, Target{OnCoding, x.GUID})
			}
		}
		p.Documents = append(p.Documents, d)
	}
	// What Read takes for a habit of other programs must come back as it is from a file of Write.
	p.Cases = append(p.Cases, Case{GUID: c.guid(), Documents: []GUID{p.Documents[0].GUID}, Values: values()})
	if c.IntN(4) == 0 {
		p.Codes = []Code{{GUID: c.guid(), Name: "Nodes", Children: p.Codes}}
	}
	for range 2 {
		d := &p.Documents[c.IntN(len(p.Documents))]
		x := Case{GUID: c.guid(), Name: c.name("case"), Description: c.someText(), Codes: []GUID{codes[0]}, Values: values(), Documents: []GUID{d.GUID}}
		if len(d.Selections) > 0 {
			x.Selections = []GUID{d.Selections[0].GUID}
		}
		p.Cases = append(p.Cases, x)
		targets = append(targets, Target{OnCase, x.GUID})
	}
	for _, g := range codes {
		targets = append(targets, Target{OnCode, g})
	}
	p.Links = append(p.Links, Link{c.guid(), c.name("link"), c.pick("", "OneWay", "Associative", "Bidirectional"), c.pick("", "#FF0000"), codes[0], codes[len(codes)-1]})
	targets = append(targets, Target{OnLink, p.Links[0].GUID}, Target{Kind: OnProject})
	for range 6 {
		var m Memo
		if c.IntN(3) == 0 {
			fill(&m.Document, 20)
		} else {
			m.Document = Document{GUID: c.guid(), Name: c.name("memo"), Text: c.someText(), Stamp: stamp()}
		}
		if c.IntN(5) == 0 {
			m.Text += "page\fbreak" // XML forbids it, so the text must go to a file
		}
		seen := map[Target]bool{}
		for range c.IntN(4) {
			if t := targets[c.IntN(len(targets))]; !seen[t] {
				seen[t] = true
				m.On = append(m.On, t)
			}
		}
		p.Memos = append(p.Memos, m)
		targets = append(targets, Target{OnMemo, m.GUID})
	}
	p.Sets = append(p.Sets, Set{c.guid(), c.name("set"), c.someText(), codes[:1], []GUID{p.Documents[0].GUID}, []GUID{p.Memos[0].GUID}}, Set{GUID: c.guid(), Name: "empty"},
		Set{GUID: c.guid(), Name: "place: river", Documents: []GUID{p.Documents[0].GUID}})
	second := [2]int{30, 40}
	a, b := Vertex{GUID: c.guid(), Of: codes[0], Name: "a", First: [2]int{-1, 2}, Shape: "Oval"}, Vertex{GUID: c.guid(), First: [2]int{5, 6}, Second: &second, Colour: "#00FF00"}
	p.Graphs = append(p.Graphs, Graph{c.guid(), "map", []Vertex{a, b}, []Edge{{GUID: c.guid(), Of: p.Links[0].GUID, From: a.GUID, To: b.GUID, Direction: "OneWay", Style: "dashed"}}})
	if c.IntN(2) == 0 {
		p.Extras = append(p.Extras, Extra{"anyam.json", []byte(`{"turns":[]}`)})
	}
	return p
}

// normal makes what may differ between a project and what comes back the same: where texts were, the order of what has none.
func normal(p *Project) *Project {
	text := func(d *Document) {
		d.Path, d.Rich, d.Kind = "", "", Text
		sort.SliceStable(d.Selections, func(i, j int) bool {
			return d.Selections[i].Start < d.Selections[j].Start || d.Selections[i].Start == d.Selections[j].Start && d.Selections[i].Stop < d.Selections[j].Stop
		})
	}
	for i := range p.Documents {
		text(&p.Documents[i])
	}
	for i := range p.Memos {
		text(&p.Memos[i].Document)
		on := p.Memos[i].On
		sort.Slice(on, func(a, b int) bool {
			return on[a].Kind < on[b].Kind || on[a].Kind == on[b].Kind && on[a].GUID.String() < on[b].GUID.String()
		})
	}
	return p
}

// balanced fails the test unless a report adds up.
func balanced(t testing.TB, r *Report) {
	t.Helper()
	for _, e := range r.Elements {
		if e.Seen != e.Kept+e.Joined+e.Lost {
			t.Errorf("does not add up: %+v\n%s", e, r)
		}
	}
	for _, i := range r.Items {
		if i.Reason.Sentence() == "" || i.Fate == "" || i.Count < 1 {
			t.Errorf("not an item: %+v", i)
		}
	}
}
