package server

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

func (g *bringer) people(ctx context.Context, p *refi.Project) error {
	taken := map[string]bool{}
	here := map[string]qda.ID{} // coders who can't sign in, by their names
	for _, k := range g.view.Coders() {
		if k.Account == 0 && k.Role == qda.Researcher && !k.Blind && here[asName(k.Name)] == 0 {
			here[asName(k.Name)] = k.ID
		}
	}
	for _, c := range p.Coders {
		name := g.named("coders", c.Name, "?", taken)
		do := &qda.CoderJoined{Name: name, Initials: engine.Initials(name), Role: qda.Researcher}
		if id := strings.TrimSpace(c.ID); g.side == nil && id != "" {
			if n := utf8.RuneCountInString(id); n <= 4 && strings.IndexFunc(id, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
				do.Initials = id
			} else {
				g.left("coders", "ids", 1, name+": "+id)
			}
		}
		g.joined(c.GUID, do)
		label := "coder " + c.GUID.String()
		if n := here[asName(name)]; n != 0 && strings.TrimSpace(c.Name) != "" && g.stays(c.GUID) {
			before, err := g.known(ctx, label)
			if err != nil {
				return err
			}
			if before == nil {
				g.coders[c.GUID] = n
				g.left("coders", "same_coder", 1, name)
				continue
			}
		}
		err := g.later(ctx, label, 0, do, nil, func(e *qda.Entry) {
			g.coders[c.GUID] = made(e, qda.SortCoder)
			g.out.Coders++
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stays reports whether a coder of the file is a researcher to the end, as those are who come with other programs' files: see leave.
func (g *bringer) stays(c refi.GUID) bool {
	if g.side == nil {
		return true
	}
	for _, k := range g.side.Coders {
		if g.guidOf(k.ID) == c {
			return k.Is.Role == qda.Researcher && !k.Is.Blind
		}
	}
	return false
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
			g.out.Attributes++
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
