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
	coded := map[refi.GUID]bool{}
	for _, d := range p.Documents {
		for _, c := range d.Codings {
			coded[c.Code] = true
		}
		for _, s := range d.Selections {
			for _, c := range s.Codings {
				coded[c.Code] = true
			}
		}
	}
	// Level by level, as a code must be there before those below it.
	type below struct {
		list      []refi.Code
		parent    refi.GUID
		underCode bool
	}
	for level := []below{{list: p.Codes}}; len(level) > 0; {
		var next []below
		for _, l := range level {
			kinds, err := g.siblings(ctx, l.list, g.of[l.parent], l.underCode, coded)
			if err != nil {
				return err
			}
			for i, c := range l.list {
				if len(c.Children) > 0 {
					next = append(next, below{c.Children, c.GUID, kinds[i] == qda.Code})
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

// siblings adds the codes of one place in the tree and gives what they became: a code, or a theme that gathers others.
func (g *bringer) siblings(ctx context.Context, list []refi.Code, parent qda.ID, underCode bool, coded map[refi.GUID]bool) ([]qda.NodeKind, error) {
	taken := map[string]bool{}
	have := map[string]*qda.Node{}
	for _, n := range g.view.Nodes() {
		if n.Parent == parent {
			have[strings.ToLower(n.Name)] = n
		}
	}
	kinds := make([]qda.NodeKind, len(list))
	for i, c := range list {
		kind := qda.Code
		if !coded[c.GUID] && !underCode && (len(c.Children) > 0 || !c.Codable) {
			kind = qda.Theme // it gathers, and bears no codings
		}
		kind = g.kindOf(c.GUID, kind)
		kinds[i] = kind
		bears := kind == qda.Code || coded[c.GUID] || g.bears(c.GUID)
		same := func(x *qda.Node) bool { return x.Kind == kind && x.State == qda.Live && (x.Codable || !bears) }
		if x, ok := have[strings.ToLower(strings.Join(strings.Fields(c.Name), " "))]; ok && !same(x) {
			taken[strings.ToLower(x.Name)] = true // of another kind: this one gets another name
		}
		name := g.named("codes", c.Name, "?", taken)
		label := "code " + c.GUID.String()
		before, err := g.known(ctx, label)
		if err != nil {
			return nil, err
		}
		if x, ok := have[strings.ToLower(name)]; before == nil && ok && same(x) {
			g.of[c.GUID] = x.ID // the same name in the same place is the same code
			g.joinedTo[c.GUID] = true
			g.left("codes", "same_code", 1)
			if c.Description != "" && c.Description != x.Definition {
				if err := g.about(ctx, c.GUID, g.Coder, x.ID, g.text("codes", c.Description)); err != nil {
					return nil, err
				}
			}
			continue
		}
		do := &qda.NodeAdded{Type: kind, Codable: kind == qda.Theme && bears, Parent: parent, Name: name, Definition: g.text("codes", c.Description), Colour: exchange.NearestColour(c.Colour), GUID: g.ownGUID(c.GUID)}
		if g.wasTheme(c.GUID) {
			do.Type, do.Codable = qda.Theme, true
		}
		g.defined(c.GUID, do)
		err = g.later(ctx, label, g.Coder, do, nil, func(e *qda.Entry) {
			g.of[c.GUID] = made(e, qda.SortNode)
			g.out.Codes++
		})
		if err != nil {
			return nil, err
		}
	}
	return kinds, nil
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
