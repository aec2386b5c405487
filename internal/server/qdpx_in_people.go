package server

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// remints are the programs that give people another GUID in every file, which so tells nobody apart.
var remints = []refi.Vendor{refi.AtlasVendor, refi.NVivoVendor, refi.QualCoder}

// people finds or makes the coders of the file. Who is here already, or was, and can't sign in is known by the GUID; by the name only where
// the file or the project has no GUID that says otherwise. Who is here goes before who has left.
func (g *bringer) people(ctx context.Context, p *refi.Project) error {
	marked := func(c *refi.Coder) bool { return !c.Minted && !slices.Contains(remints, g.out.File.Vendor) }
	free := map[qda.ID]*qda.Coder{} // who may be one of the file: whoever owns a project without an account is not, but who is raised
	for _, k := range g.view.Coders() {
		if k.Account == 0 && (k.Role != qda.Owner || !g.came[k.ID].IsZero()) {
			free[k.ID] = k
		}
	}
	is := func(c *refi.Coder, key string, same func(*qda.Coder) bool) error {
		for _, here := range []bool{true, false} {
			for _, k := range g.view.Coders() {
				if free[k.ID] != nil && k.Role.Valid() == here && same(k) {
					delete(free, k.ID)
					g.coders[c.GUID] = k.ID
					g.left("coders", key, 1, takenFor(c.Name, k.Name))
					return g.raise(ctx, c.GUID, k)
				}
			}
		}
		return nil
	}
	again := map[refi.GUID]bool{} // whom the file has made here the time before
	for i := range p.Coders {
		c := &p.Coders[i]
		before, err := g.known(ctx, "coder "+c.GUID.String())
		if err != nil {
			return err
		}
		if before != nil {
			again[c.GUID] = true
			delete(free, made(before, qda.SortCoder))
		} else if err := is(c, "same_guid", func(k *qda.Coder) bool { return !c.Minted && g.came[k.ID] == c.GUID }); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for i := range p.Coders {
		c := &p.Coders[i]
		if g.coders[c.GUID] != 0 {
			continue
		}
		name := g.named("coders", c.Name, "?", names)
		if !again[c.GUID] && strings.TrimSpace(c.Name) != "" {
			err := is(c, "same_coder", func(k *qda.Coder) bool {
				return asName(k.Name) == asName(name) && (!marked(c) || g.came[k.ID].IsZero())
			})
			if err != nil {
				return err
			}
			if g.coders[c.GUID] != 0 {
				continue
			}
		}
		do := &qda.CoderJoined{Name: name, Initials: engine.Initials(name), Role: qda.Researcher}
		if marked(c) {
			do.GUID = strings.ToLower(c.GUID.String())
		}
		if g.someoneElse(name, c.GUID) && !again[c.GUID] {
			for i := 2; names[strings.ToLower(do.Name)] || g.someoneElse(do.Name, c.GUID); i++ {
				do.Name = fmt.Sprintf("%s (%d)", name, i)
			}
			names[strings.ToLower(do.Name)] = true
			g.left("coders", "other_coder", 1, takenFor(name, do.Name))
		}
		if id := strings.TrimSpace(c.ID); g.side == nil && id != "" {
			if n := utf8.RuneCountInString(id); n <= 4 && strings.IndexFunc(id, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
				do.Initials = id
			} else {
				g.left("coders", "ids", 1, name+": "+id)
			}
		}
		g.joined(c.GUID, do)
		err := g.later(ctx, "coder "+c.GUID.String(), 0, do, nil, func(e *qda.Entry) {
			g.coders[c.GUID] = made(e, qda.SortCoder)
			g.out.Coders++
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// someoneElse reports whether a coder here has a name by another GUID.
func (g *bringer) someoneElse(name string, c refi.GUID) bool {
	return slices.ContainsFunc(g.view.Coders(), func(k *qda.Coder) bool {
		return !g.came[k.ID].IsZero() && g.came[k.ID] != c && asName(k.Name) == asName(name)
	})
}

// raise lets a coder who is or was here write what the file has of them, whatever they may do here; leave takes it back.
func (g *bringer) raise(ctx context.Context, c refi.GUID, k *qda.Coder) error {
	g.matched[k.ID] = true
	role := g.roleOf(c)
	label := "return " + c.String()
	before, err := g.known(ctx, label)
	if err != nil {
		return err
	}
	if before != nil || !k.Role.Valid() {
		return g.make(ctx, []one{{"coders", label, 0, &qda.CoderJoined{Claim: k.ID, Name: k.Name, Initials: k.Initials, Role: role},
			func(*qda.Entry) { g.raised = append(g.raised, &qda.Coder{ID: k.ID}) }}})
	}
	label = "raise " + c.String()
	before, err = g.known(ctx, label)
	if err != nil || before == nil && !k.Blind && (k.Role == role || k.Role == qda.Owner) {
		return err
	}
	blind := false
	return g.make(ctx, []one{{"coders", label, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: k.ID, Role: &role, Blind: &blind}}}, func(e *qda.Entry) {
		for _, d := range e.Did {
			if was, err := d.Inverse().Apply(k, 0); err == nil {
				g.raised = append(g.raised, was.(*qda.Coder))
			}
		}
	}}})
}

// roleOf is the role in which all can be written that the file has of a coder: who has settled what others said or has judged themes did so
// under a role that they may not have any more.
func (g *bringer) roleOf(c refi.GUID) qda.Role {
	k := g.coderOf(c)
	if k == nil {
		return qda.Researcher
	}
	did := func(n qda.ID) bool { return n != 0 && g.guidOf(n) == c }
	if k.Role != qda.Researcher || slices.ContainsFunc(g.side.Remarks, func(r kept[qda.Remark]) bool { return did(r.Is.SettledBy) }) ||
		slices.ContainsFunc(g.side.Judgements, func(j kept[sideJudgement]) bool { return did(j.Is.Coder) }) {
		return qda.Owner
	}
	return qda.Researcher
}

// coderOf gives a coder of the file as another anyam knew them, nil where it does not say.
func (g *bringer) coderOf(c refi.GUID) *qda.Coder {
	if g.side == nil {
		return nil
	}
	for i := range g.side.Coders {
		if g.guidOf(g.side.Coders[i].ID) == c {
			return &g.side.Coders[i].Is.Coder
		}
	}
	return nil
}

// cameAs gives by which GUIDs coders of a project came with files.
func cameAs(ctx context.Context, st *store.Store, v *engine.View) (map[qda.ID]refi.GUID, error) {
	joined, err := st.Past(ctx, v.ID(), 0, []string{"CoderJoined"}, v.Seq()+1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	r := map[qda.ID]refi.GUID{}
	for _, e := range joined {
		if c, ok := e.Do.(*qda.CoderJoined); ok {
			if x, ok := refi.ParseGUID(c.GUID); ok {
				r[made(e, qda.SortCoder)] = x
			}
		}
	}
	return r, nil
}

// leavingAs gives by which GUIDs coders go out: each by the one they came by, unless it is another's already.
func leavingAs(l engine.Lens, came map[qda.ID]refi.GUID) map[qda.ID]refi.GUID {
	r, taken := map[qda.ID]refi.GUID{}, map[refi.GUID]bool{}
	for _, k := range l.Coders() {
		if came[k.ID].IsZero() {
			r[k.ID] = refi.GUID(qda.GUID(l.GUID(), k.ID))
			taken[r[k.ID]] = true
		}
	}
	for _, k := range l.Coders() {
		if x := came[k.ID]; !x.IsZero() {
			if r[k.ID] = x; taken[x] {
				r[k.ID] = refi.GUID(qda.GUID(l.GUID(), k.ID))
			}
			taken[x] = true
		}
	}
	return r
}

// takenFor says who of a file was taken for whom.
func takenFor(file, here string) string {
	if file = strings.Join(strings.Fields(file), " "); file == here {
		return file
	}
	return file + " → " + here
}

// itself gives the project the description that the file has, where it has none.
func (g *bringer) itself(ctx context.Context, p *refi.Project) error {
	is, was := strings.TrimSpace(p.Description), g.view.Project().Description
	if g.side != nil || is == "" {
		return nil // restoreProject does it
	}
	before, err := g.known(ctx, "description")
	if err != nil {
		return err
	}
	if was != "" || before != nil {
		if was != strings.TrimSpace(readable(is)[:broken(readable(is), qda.MaxText)]) {
			g.left("project", "own_description", 1, is)
		}
		return nil
	}
	head := g.beginning("project", p.Name, refi.GUID{}, is)
	return g.make(ctx, []one{{"project", "description", 0, &qda.ProjectChanged{Description: &head}, nil}})
}

func (g *bringer) coder(c refi.GUID) qda.ID {
	if n, ok := g.coders[c]; ok {
		return n
	}
	return g.Coder
}

func (g *bringer) attributes(ctx context.Context, p *refi.Project) error {
	g.called, g.wordy = map[refi.GUID]string{}, map[qda.ID]bool{}
	described := map[refi.GUID]bool{}
	used := [2]map[refi.GUID]bool{{}, {}}
	for _, k := range p.Cases {
		for _, v := range k.Values {
			used[0][v.Attribute] = true
		}
	}
	for _, d := range p.Documents {
		for _, v := range d.Values {
			used[1][v.Attribute] = true
		}
	}
	for i, of := range []qda.Of{qda.OfCases, qda.OfDocuments} {
		g.values[i] = map[refi.GUID]qda.ID{}
		taken := map[string]bool{}
		have := map[string]qda.ID{}
		for _, x := range g.view.Attributes() {
			if x.Of == of {
				have[strings.ToLower(x.Name)] = x.ID
				g.wordy[x.ID] = x.Type == "text"
			}
		}
		for _, x := range p.Attributes {
			if g.side == nil && !used[i][x.GUID] && (i == 1 || used[1][x.GUID]) {
				continue // of the other kind alone
			}
			kind := typeOf(x.Type)
			if g.otherKind(x.GUID, i, &kind) {
				continue
			}
			name := g.named("attributes", x.Name, "?", taken)
			before, err := g.known(ctx, fmt.Sprint("attribute ", i, x.GUID))
			if err != nil {
				return err
			}
			g.called[x.GUID] = x.Name
			if n, ok := have[strings.ToLower(name)]; ok && before == nil {
				g.values[i][x.GUID] = n
				continue
			}
			e, err := g.do(ctx, fmt.Sprint("attribute ", i, x.GUID), g.Coder, &qda.AttributeAdded{Name: name, Of: of, Type: kind})
			if err != nil {
				return err
			}
			n := made(e, qda.SortAttribute)
			g.values[i][x.GUID], g.wordy[n] = n, kind == "text"
			if before == nil {
				g.out.Attributes++
			} else {
				g.out.before.Attributes++
			}
			if x.Description != "" && !described[x.GUID] {
				described[x.GUID] = true
				if err := g.memo(ctx, "about "+x.GUID.String(), name, refi.GUID{}, qda.MemoWritten{On: n, Text: x.Description}); err != nil {
					return err
				}
			}
		}
	}
	for _, x := range p.Attributes {
		if x.Description != "" && !described[x.GUID] {
			g.left("attributes", "own_attribute", 1, x.Name)
		}
	}
	return nil
}

// typeOf gives the type that an attribute has here.
func typeOf(t refi.ValueType) string {
	switch t {
	case refi.IntegerValue, refi.FloatValue:
		return "number"
	case refi.DateValue:
		return "date"
	}
	return "text"
}

// valued gives the values of a thing. Of several for one attribute, texts become one and of others the first stays.
func (g *bringer) valued(i int, all []refi.Value, of string) qda.Values {
	r := qda.Values{}
	for _, v := range all {
		n, s := g.values[i][v.Attribute], strings.TrimSpace(v.Text)
		if n == 0 || s == "" {
			continue
		}
		s, err := qda.CleanText(s)
		said := of + ": " + g.called[v.Attribute] + " = " + s
		if err != nil {
			g.left("values", "names_replaced", 1, of+": "+g.called[v.Attribute])
			s = "?"
		}
		if was := r[n]; was != "" && was != s {
			if !g.wordy[n] || utf8.RuneCountInString(was+"; "+s) > qda.MaxName {
				g.left("values", "values_several", 1, said)
				continue
			}
			s = was + "; " + s
			g.left("values", "values_joined", 1, of+": "+g.called[v.Attribute]+" = "+s)
		} else if c := []rune(s); len(c) > qda.MaxName {
			g.left("values", "texts_cut", 1, said)
			s = strings.TrimSpace(string(c[:qda.MaxName]))
		}
		r[n] = s
	}
	return r
}

func (g *bringer) cases(ctx context.Context, p *refi.Project) error {
	taken := map[string]bool{}
	for _, k := range g.view.Cases() {
		if k.State == qda.Live {
			taken[strings.ToLower(k.Name)] = true
		}
	}
	for i := range p.Cases {
		k := &p.Cases[i]
		g.left("case_codes", "no_case_codes", len(k.Codes), k.Name)
		g.left("case_selections", "whole_documents", len(k.Selections), k.Name)
		if here := g.sameCase(k); here != nil {
			before, err := g.known(ctx, "case "+k.GUID.String())
			if err != nil {
				return err
			}
			if before == nil {
				if err := g.joinCase(ctx, k, here); err != nil {
					return err
				}
				continue
			}
		}
		c := &qda.CaseAdded{Name: g.named("cases", k.Name, "?", taken), Values: g.valued(0, k.Values, k.Name)}
		err := g.later(ctx, "case "+k.GUID.String(), g.Coder, c, nil, func(e *qda.Entry) {
			g.of[k.GUID] = made(e, qda.SortCase)
			g.out.Cases++
		})
		if err != nil {
			return err
		}
	}
	if err := g.flush(ctx); err != nil {
		return err
	}
	for _, k := range p.Cases {
		for _, d := range k.Documents {
			if g.of[d] == 0 {
				g.of[d] = g.of[k.GUID] // until the document is there: see documents
			} else {
				g.left("several_cases", "one_case", 1, k.Name)
			}
		}
		if k.Description != "" {
			if err := g.memo(ctx, "about "+k.GUID.String(), k.Name, refi.GUID{}, qda.MemoWritten{On: g.of[k.GUID], Text: k.Description}); err != nil {
				return err
			}
		}
	}
	return nil
}
