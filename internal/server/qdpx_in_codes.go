package server

import (
	"context"
	"strings"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// codes adds the codes of the file. Those that are here by the same name in the same place and of the same kind are the same, and stay as
// they are.
func (g *bringer) codes(ctx context.Context, p *refi.Project) error {
	kinds := g.kinds(p)
	// Level by level, as a code must be there before those below it.
	type below struct {
		list   []refi.Code
		parent refi.GUID
	}
	for level := []below{{list: p.Codes}}; len(level) > 0; {
		var next []below
		for _, l := range level {
			if err := g.siblings(ctx, l.list, g.of[l.parent], kinds); err != nil {
				return err
			}
			for _, c := range l.list {
				if len(c.Children) > 0 {
					next = append(next, below{c.Children, c.GUID})
				}
			}
		}
		if err := g.flush(ctx); err != nil {
			return err
		}
		level = next
	}
	return nil
}

// became is what a code of a file becomes: a code, or a theme that gathers others and bears no codings.
type became struct {
	kind  qda.NodeKind
	coded bool // the file has codings of it
}

// kinds says what the codes of a file become.
func (g *bringer) kinds(p *refi.Project) map[refi.GUID]became {
	coded := map[refi.GUID]bool{}
	for i := range p.Documents {
		d := &p.Documents[i]
		for _, c := range d.Codings {
			coded[c.Code] = true
		}
		for _, s := range d.Selections {
			for _, c := range s.Codings {
				coded[c.Code] = true
			}
		}
	}
	kinds := map[refi.GUID]became{}
	p.EachCode(func(c, parent *refi.Code) {
		kind := qda.Code
		if underCode := parent != nil && kinds[parent.GUID].kind == qda.Code; !coded[c.GUID] && !underCode && (len(c.Children) > 0 || !c.Codable) {
			kind = qda.Theme
		}
		kinds[c.GUID] = became{g.kindOf(c.GUID, kind), coded[c.GUID]}
	})
	return kinds
}

// siblings adds the codes of one place in the tree.
func (g *bringer) siblings(ctx context.Context, list []refi.Code, parent qda.ID, kinds map[refi.GUID]became) error {
	taken := map[string]bool{}
	have := map[string]*qda.Node{}
	for _, n := range g.view.Nodes() {
		if n.Parent == parent {
			have[strings.ToLower(n.Name)] = n
		}
	}
	for _, c := range list {
		kind := kinds[c.GUID].kind
		bears := kind == qda.Code || kinds[c.GUID].coded || g.bears(c.GUID)
		same := func(x *qda.Node) bool { return x.Kind == kind && x.State == qda.Live && (x.Codable || !bears) }
		if x, ok := have[strings.ToLower(strings.Join(strings.Fields(c.Name), " "))]; ok && !same(x) {
			taken[strings.ToLower(x.Name)] = true // of another kind: this one gets another name
		}
		name := g.named("codes", c.Name, "?", taken)
		var others []string // numbered ones that are here, and of another kind
		for x, ok := have[strings.ToLower(name)]; ok && !same(x); x, ok = have[strings.ToLower(name)] {
			others = append(others, strings.ToLower(name))
			name = g.named("codes", c.Name, "?", taken)
		}
		for _, x := range others {
			delete(taken, x) // for one of the file that is of the same kind
		}
		label := "code " + c.GUID.String()
		before, err := g.known(ctx, label)
		if err != nil {
			return err
		}
		if x, ok := have[strings.ToLower(name)]; before == nil && ok && same(x) {
			g.of[c.GUID] = x.ID // the same name in the same place is the same code
			g.joinedTo[c.GUID] = true
			g.left("codes", "same_code", 1, x.Name)
			if c.Description != "" && c.Description != x.Definition {
				if err := g.memo(ctx, "about "+c.GUID.String(), x.Name, refi.GUID{}, qda.MemoWritten{On: x.ID, Text: c.Description}); err != nil {
					return err
				}
			}
			continue
		}
		do := &qda.NodeAdded{Type: kind, Codable: kind == qda.Theme && bears, Parent: parent, Name: name, Definition: g.beginning("codes", name, c.GUID, c.Description), Colour: exchange.NearestColour(c.Colour), GUID: g.ownGUID(c.GUID)}
		if g.wasTheme(c.GUID) {
			do.Type, do.Codable = qda.Theme, true
		}
		err = g.later(ctx, label, g.defined(c.GUID, do), do, nil, func(e *qda.Entry) {
			g.of[c.GUID] = made(e, qda.SortNode)
			g.out.Codes++
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ownGUID is the GUID that a code of the file keeps here: none where another code here goes out by it, as two can't in one file.
func (g *bringer) ownGUID(c refi.GUID) string {
	if g.taken == nil {
		g.taken = map[refi.GUID]bool{}
		for _, n := range g.view.Nodes() {
			x, ok := refi.ParseGUID(n.GUID)
			if !ok {
				x = refi.GUID(qda.GUID(g.view.GUID(), n.ID))
			}
			g.taken[x] = true
		}
	}
	if g.taken[c] {
		return ""
	}
	return strings.ToLower(c.String())
}
