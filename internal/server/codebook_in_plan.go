package server

import (
	"fmt"
	"slices"
	"strconv"
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
	colours bool           // those that have only another colour in the file take it
	shape   bool           // whoever chooses may move and turn what is here
	chosen  map[int]string // by place in the file: keepMine, takeTheirs or keepBoth
	example string         // what begins the memo that keeps an example
}

// codePair is a code of the file beside the one here.
type codePair struct {
	at     int // place in the file
	in     *fileCode
	node   *qda.Node   // nil: it is new
	differ []codeField // what makes it a conflict
	blank  []codeField // empty here
	colour *codeField  // nil: the same, or the file does not say
	choice string
	path   []string // of the file
}

// codeField is something about a code, here and there. A place is the path to what it stands under, a colour its number.
type codeField struct{ name, here, there, stays string } // stays is the key of why it can't be taken, "" where it can

// codebookPlan is what a codebook would do to the project's.
type codebookPlan struct {
	steps     []step
	new       []codePair
	filled    []codePair // here already, and something that is empty here stands in the file
	coloured  []codePair // no conflict, but of another colour in the file
	conflicts []codePair
	same      int
	examples  int // of codes that are here already, which stay in the file
	memos     int // made of the examples of the others
	notes     []saying

	// The tree as it will be, as far as it is planned.
	kinds map[qda.ID]qda.NodeKind
	up    map[qda.ID]qda.ID
	under map[qda.ID]map[string]*qda.Node // what is here, by where it stands and by name
}

// planCodebook finds out what a file's codebook would do as chosen. The same code is one with the same GUID, else one of the same name
// in the same place, else the only one of that name anywhere.
func planCodebook(v *engine.View, b *codebookIn, f *codebookForm) *codebookPlan {
	p := &codebookPlan{notes: b.notes, kinds: map[qda.ID]qda.NodeKind{}, up: map[qda.ID]qda.ID{}, under: map[qda.ID]map[string]*qda.Node{}}
	if b.over > 0 {
		p.notes = append(slices.Clone(p.notes), sayN("codein.note.over", b.over, "max", mostCodes))
	}
	guids, names := map[string]*qda.Node{}, map[string][]*qda.Node{}
	for _, n := range v.Nodes() {
		p.kinds[n.ID], p.up[n.ID] = n.Kind, n.Parent
		guids[strings.ToLower(qda.GUID(v.GUID(), n.ID).String())] = n
		if n.GUID != "" {
			guids[strings.ToLower(n.GUID)] = n
		}
		names[asName(n.Name)] = append(names[asName(n.Name)], n)
		p.put(n.Parent, n.Name, n)
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
		} else if n := p.under[parent][asName(c.name)]; n != nil && !matched[n.ID] {
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
		p.compare(v, &x, parent, f)
		p.merge(&x, f, parent)
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
	p.kinds[n], p.up[n] = do.Type, parent
	p.steps = append(p.steps, step{do: do, makes: qda.SortNode})
	if c.example != "" {
		p.memos++
		p.steps = append(p.steps, step{do: &qda.MemoWritten{On: n, Text: f.example + " " + c.example}})
	}
	return n
}

// put notes where something stands, and by which name.
func (p *codebookPlan) put(parent qda.ID, name string, n *qda.Node) {
	if p.under[parent] == nil {
		p.under[parent] = map[string]*qda.Node{}
	}
	p.under[parent][asName(name)] = n
}

// compare finds out in what one that is here already differs from the file's, and what of that can't be taken.
func (p *codebookPlan) compare(v *engine.View, x *codePair, parent qda.ID, f *codebookForm) {
	n, c := x.node, x.in
	twin := func(parent qda.ID, name string) bool { m := p.under[parent][asName(name)]; return m != nil && m != n }
	place := codeField{name: "place", here: pathText(v.Path(n.Parent)), there: pathText(x.path)}
	kind := codeField{name: "kind", here: string(n.Kind), there: string(c.kind)}
	to, is := n.Parent, n.Kind // where it would stand, as what
	moved, turned := c.placed && n.Parent != parent, n.Kind != c.kind && !c.implied && !c.guessed
	if moved {
		switch {
		case !f.shape:
			place.stays = "codein.stays.blind"
		case p.stands(parent, n.ID):
			place.stays = "codein.stays.circle"
		case twin(parent, n.Name):
			place.stays = "codein.stays.twin"
		default:
			to = parent
		}
	}
	if turned {
		switch {
		case !f.shape:
			kind.stays = "codein.stays.blind"
		case c.kind == qda.Theme && p.kinds[to] == qda.Code:
			kind.stays = "codein.stays.under"
		case c.kind == qda.Code && p.gathers(n.ID):
			kind.stays = "codein.stays.gathers"
		default:
			is = c.kind
		}
	}
	if to != n.Parent && is == qda.Theme && p.kinds[to] == qda.Code {
		to, place.stays = n.Parent, "codein.stays.under"
	}
	if moved {
		x.differ = append(x.differ, place)
	}
	if turned {
		x.differ = append(x.differ, kind)
	}
	for _, fl := range []codeField{{name: "name", here: n.Name, there: c.name}, {name: "definition", here: n.Definition, there: c.definition}, {name: "use", here: n.Use, there: c.use}, {name: "avoid", here: n.Avoid, there: c.avoid}} {
		switch {
		case fl.there == "" || fl.here == fl.there:
		case fl.name == "name" && asName(fl.here) == asName(fl.there):
		case fl.here == "":
			x.blank = append(x.blank, fl)
		default:
			if fl.name == "name" && twin(to, fl.there) {
				fl.stays = "codein.stays.twin"
			}
			x.differ = append(x.differ, fl)
		}
	}
	if shown, _ := v.Colour(n.ID); c.colour != 0 && int(c.colour) != shown {
		x.colour = &codeField{name: "colour", here: strconv.Itoa(shown), there: strconv.Itoa(int(c.colour))}
	} else if c.inherits && n.Colour != 0 && n.Colour != c.shown {
		x.colour = &codeField{name: "colour", here: strconv.Itoa(shown), there: "0"} // as what is above it
	}
}

func pathText(names []string) string { return strings.Join(names, " › ") }

// stands reports whether n is, or will stand under, another node.
func (p *codebookPlan) stands(n, other qda.ID) bool {
	for ; n != 0; n = p.up[n] {
		if n == other {
			return true
		}
	}
	return false
}

// gathers reports whether a theme stands, or will stand, right under n.
func (p *codebookPlan) gathers(n qda.ID) bool {
	for m, up := range p.up {
		if up == n && p.kinds[m] == qda.Theme {
			return true
		}
	}
	return false
}

// merge plans what becomes of one that is here already.
func (p *codebookPlan) merge(x *codePair, f *codebookForm, parent qda.ID) {
	n, c := x.node, x.in
	if c.example != "" {
		p.examples++
	}
	odd := len(x.differ) > 0
	switch {
	case odd && x.choice == keepBoth:
		name := c.name
		for i := 2; p.under[parent][asName(name)] != nil; i++ {
			name = fmt.Sprintf("%s (%d)", clip(c.name, qda.MaxName-8), i)
		}
		p.put(parent, name, n)
		if c.example != "" {
			p.examples-- // it comes along
		}
		p.add(x, parent, name, f, nil)
	case odd && x.choice == takeTheirs:
		p.take(x, parent)
	case !odd:
		var some []codeField
		if f.fill {
			some = x.blank
		}
		if f.colours && x.colour != nil {
			some = append(slices.Clone(some), *x.colour)
		}
		p.change(n, some)
	case f.fill:
		p.change(n, x.blank)
	}
	switch {
	case odd:
		p.conflicts = append(p.conflicts, *x)
	case len(x.blank) == 0 && x.colour == nil:
		p.same++
	default:
		if len(x.blank) > 0 {
			p.filled = append(p.filled, *x)
		}
		if x.colour != nil {
			p.coloured = append(p.coloured, *x)
		}
	}
}

// take plans all that the file says of one that is here, but what stays.
func (p *codebookPlan) take(x *codePair, parent qda.ID) {
	n, c := x.node, x.in
	all := slices.Concat(x.differ, x.blank)
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(f codeField) bool { return f.name == name && f.stays == "" })
	}
	if x.colour != nil {
		all = append(all, *x.colour)
	} else if has("place") && c.colour != 0 && n.Colour == 0 { // elsewhere it would no longer be that of what is above it
		all = append(all, codeField{name: "colour", there: strconv.Itoa(int(c.colour))})
	}
	p.change(n, all) // first: the others touch it, and it names the entry that touched it last
	turn := func(to qda.NodeKind) {
		if has("kind") && c.kind == to {
			p.kinds[n.ID] = to
			p.steps = append(p.steps, step{do: &qda.NodeTurned{Node: n.ID, Type: to}})
		}
	}
	turn(qda.Code) // before it comes under a code
	name := n.Name
	if has("name") {
		name = c.name
	}
	if p.under[n.Parent][asName(n.Name)] == n {
		delete(p.under[n.Parent], asName(n.Name))
	}
	if has("place") {
		p.up[n.ID] = parent
		p.steps = append(p.steps, step{do: &qda.NodesMoved{Nodes: []qda.ID{n.ID}, Parent: parent}})
	}
	p.put(p.up[n.ID], name, n)
	turn(qda.Theme) // after it has left a code
}

// change plans what of a node's texts and colour the file says.
func (p *codebookPlan) change(n *qda.Node, all []codeField) {
	set, some := &qda.NodeChanged{Node: n.ID, Rev: n.Rev}, false
	for _, fl := range all {
		s := fl.there
		to := map[string]**string{"name": &set.Name, "definition": &set.Definition, "use": &set.Use, "avoid": &set.Avoid}[fl.name]
		switch {
		case fl.stays != "":
		case to != nil:
			*to, some = &s, true
		case fl.name == "colour":
			i, _ := strconv.Atoi(s)
			colour := int16(i)
			set.Colour, some = &colour, true
		}
	}
	if some {
		p.steps = append(p.steps, step{do: set})
	}
}
