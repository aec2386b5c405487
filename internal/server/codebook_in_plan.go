package server

import (
	"fmt"
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// What can be done with a code that is here and in the file, and not the same.
const (
	keepMine   = "mine"
	takeTheirs = "theirs"
	keepBoth   = "both"
)

// codebookForm is what a person chooses about a codebook that comes in.
type codebookForm struct {
	choices
	uses    []string
	fill    bool           // what is empty here is filled in from the file
	chosen  map[int]string // by place in the file: keepMine, takeTheirs or keepBoth
	example string         // what begins the memo that keeps an example
}

// codePair is a code of the file beside the one here.
type codePair struct {
	at        int // place in the file
	in        *fileCode
	node      *qda.Node // nil: it is new
	moved     bool      // the one here stands elsewhere
	differ    []codeField
	blank     []codeField // empty here
	choice    string
	path      []string // of the file
	otherKind bool
}

// codeField is one text of a code, here and there.
type codeField struct{ name, here, there string }

// codebookPlan is what a codebook would do to the project's.
type codebookPlan struct {
	steps     []step
	new       []codePair
	filled    []codePair // here already, and something that is empty here stands in the file
	conflicts []codePair
	same      int
	examples  int // of codes that are here already, which stay in the file
	notes     []saying

	kinds map[qda.ID]qda.NodeKind // of what is here and of what is planned
}

// planCodebook finds out what a file's codebook would do as chosen. The same code is one with the same GUID, else one of the same name
// in the same place, else the only one of that name anywhere.
func planCodebook(v *engine.View, b *codebookIn, f *codebookForm) *codebookPlan {
	p := &codebookPlan{notes: b.notes, kinds: map[qda.ID]qda.NodeKind{}}
	if b.over > 0 {
		p.notes = append(slices.Clone(p.notes), sayN("codein.note.over", b.over, "max", mostCodes))
	}
	guids, names := map[string]*qda.Node{}, map[string][]*qda.Node{}
	under := map[qda.ID]map[string]*qda.Node{}
	for _, n := range v.Nodes() {
		p.kinds[n.ID] = n.Kind
		guids[strings.ToLower(qda.GUID(v.GUID(), n.ID).String())] = n
		if n.GUID != "" {
			guids[strings.ToLower(n.GUID)] = n
		}
		names[asName(n.Name)] = append(names[asName(n.Name)], n)
		if under[n.Parent] == nil {
			under[n.Parent] = map[string]*qda.Node{}
		}
		under[n.Parent][asName(n.Name)] = n
	}
	for _, n := range v.Asleep() {
		if n.GUID != "" {
			guids[strings.ToLower(n.GUID)] = nil // a GUID that is taken, by what is not awake
		}
	}
	of := make([]qda.ID, len(b.codes)) // where each one's children go
	matched := map[qda.ID]bool{}
	for i := range b.codes {
		c := &b.codes[i]
		parent := qda.ID(0)
		var path []string
		if c.parent >= 0 {
			parent = of[c.parent]
		}
		for at := c.parent; at >= 0; at = b.codes[at].parent {
			path = append(path, b.codes[at].name)
		}
		slices.Reverse(path)
		x := codePair{at: i, in: c, path: path, choice: f.chosen[i]}
		if x.choice != takeTheirs && x.choice != keepBoth {
			x.choice = keepMine
		}
		if n := guids[c.guid]; c.guid != "" && n != nil && !matched[n.ID] {
			x.node = n
		} else if n := under[parent][asName(c.name)]; n != nil && !matched[n.ID] {
			x.node = n
		} else if all := names[asName(c.name)]; len(all) == 1 && !matched[all[0].ID] && !c.implied {
			x.node = all[0]
		}
		if x.node == nil {
			of[i] = p.add(&x, parent, c.name, f, guids)
			p.new = append(p.new, x)
			continue
		}
		n := x.node
		matched[n.ID] = true
		of[i] = n.ID
		x.moved = c.placed && n.Parent != parent
		x.otherKind = n.Kind != c.kind && !c.implied && !c.guessed
		for _, fl := range []codeField{{"name", n.Name, c.name}, {"definition", n.Definition, c.definition}, {"use", n.Use, c.use}, {"avoid", n.Avoid, c.avoid}} {
			switch {
			case fl.there == "" || fl.here == fl.there:
			case fl.name == "name" && (asName(fl.here) == asName(fl.there) || under[n.Parent][asName(fl.there)] != nil):
			case fl.here == "":
				x.blank = append(x.blank, fl)
			default:
				x.differ = append(x.differ, fl)
			}
		}
		p.merge(&x, f, parent, under)
	}
	return p
}

// add plans a node and gives the number by which its children name it.
func (p *codebookPlan) add(x *codePair, parent qda.ID, name string, f *codebookForm, guids map[string]*qda.Node) qda.ID {
	c := x.in
	do := &qda.NodeAdded{Type: c.kind, Parent: parent, Name: name, Definition: c.definition, Use: c.use, Avoid: c.avoid, Colour: c.colour}
	if _, taken := guids[c.guid]; c.guid != "" && !taken && guids != nil {
		do.GUID = c.guid
	}
	if do.Type == qda.Theme && p.kinds[parent] == qda.Code { // a theme can't stand under a code
		do.Type = qda.Code
	}
	n := later(len(p.steps))
	p.kinds[n] = do.Type
	p.steps = append(p.steps, step{do: do, makes: qda.SortNode})
	if c.example != "" {
		p.steps = append(p.steps, step{do: &qda.MemoWritten{On: n, Text: f.example + " " + c.example}})
	}
	return n
}

// merge plans what becomes of one that is here already.
func (p *codebookPlan) merge(x *codePair, f *codebookForm, parent qda.ID, under map[qda.ID]map[string]*qda.Node) {
	n, c := x.node, x.in
	if c.example != "" {
		p.examples++
	}
	odd := len(x.differ) > 0 || x.moved || x.otherKind
	set := &qda.NodeChanged{Node: n.ID, Rev: n.Rev}
	put := func(all []codeField) {
		for _, fl := range all {
			s := fl.there
			switch fl.name {
			case "name":
				set.Name = &s
			case "definition":
				set.Definition = &s
			case "use":
				set.Use = &s
			case "avoid":
				set.Avoid = &s
			}
		}
	}
	switch {
	case odd && x.choice == keepBoth:
		name, taken := c.name, under[parent]
		for i := 2; taken[asName(name)] != nil; i++ {
			name = fmt.Sprintf("%s (%d)", clip(c.name, qda.MaxName-8), i)
		}
		if taken == nil {
			under[parent] = map[string]*qda.Node{}
		}
		under[parent][asName(name)] = n
		if c.example != "" {
			p.examples-- // it comes along
		}
		p.add(x, parent, name, f, nil)
	case odd && x.choice == takeTheirs:
		put(x.differ)
		put(x.blank)
		if len(x.differ)+len(x.blank) > 0 {
			p.steps = append(p.steps, step{do: set})
		}
	case len(x.blank) > 0 && f.fill:
		put(x.blank)
		p.steps = append(p.steps, step{do: set})
	}
	switch {
	case odd:
		p.conflicts = append(p.conflicts, *x)
	case len(x.blank) > 0:
		p.filled = append(p.filled, *x)
	default:
		p.same++
	}
}
