package refi

import (
	"fmt"
	"slices"
	"strings"
)

// caseCodes finds codes that NVivo wrote for cases: one GUID, one name. The case stays; what was coded with the code
// becomes words of the case.
func (r *reader) caseCodes() {
	names := map[GUID]string{}
	plain := map[GUID]bool{} // a leaf that says nothing more than the case does
	r.p.EachCode(func(c, _ *Code) {
		names[c.GUID] = c.Name
		plain[c.GUID] = len(c.Children) == 0 && c.Description == ""
	})
	out := map[GUID]bool{}
	for i := range r.p.Cases {
		c := &r.p.Cases[i]
		if r.ids[c.GUID] != kCode && !out[c.GUID] {
			continue
		}
		if !plain[c.GUID] || names[c.GUID] != c.Name || out[c.GUID] {
			c.GUID = r.unique(c.GUID, kCase, "Case", c.Name)
			continue
		}
		out[c.GUID] = true
		r.ids[c.GUID] = kCase
		r.cases[c.GUID] = i
		r.join("Code", CaseCode, 1, c.Name)
	}
	if len(out) > 0 {
		r.p.Codes = without(r.p.Codes, out)
	}
}

func without(list []Code, out map[GUID]bool) []Code {
	var kept []Code
	for _, c := range list {
		if !out[c.GUID] {
			c.Children = without(c.Children, out)
			kept = append(kept, c)
		}
	}
	return kept
}

// wrapper takes off the node that NVivo puts around a whole codebook.
func (r *reader) wrapper() {
	if len(r.p.Codes) != 1 || r.known != nil {
		return
	}
	c := r.p.Codes[0]
	if c.Codable || c.Description != "" || len(c.Children) == 0 || c.Name != "Nodes" && c.Name != "Codes" {
		return
	}
	for _, n := range r.notes {
		if n.owner == (Target{OnCode, c.GUID}) {
			return
		}
	}
	for _, list := range [][]*reading{r.docs, r.memos} {
		for _, d := range list {
			if d.codedWith(c.GUID) {
				return
			}
		}
	}
	r.join("Code", Wrapper, 1, c.Name)
	r.ids[c.GUID] = kGone
	r.p.Codes = c.Children
}

func (d *reading) codedWith(code GUID) bool {
	is := func(c Coding) bool { return c.Code == code }
	if slices.ContainsFunc(d.d.Codings, is) {
		return true
	}
	for i := range d.d.Selections {
		if slices.ContainsFunc(d.d.Selections[i].Codings, is) {
			return true
		}
	}
	for i := range d.synced {
		if slices.ContainsFunc(d.synced[i].sel.Codings, is) {
			return true
		}
	}
	for i := range d.areas {
		if slices.ContainsFunc(d.areas[i].sel.Codings, is) {
			return true
		}
	}
	return false
}

// split takes names apart into paths of codes, where Options ask for it.
func (r *reader) split() {
	if r.o.SplitNames == "" {
		return
	}
	r.p.Codes = r.splitList(r.p.Codes)
}

func (r *reader) splitList(list []Code) []Code {
	var out []Code
	find := func(in []Code, name string) int {
		for i := range in {
			if in[i].Name == name {
				return i
			}
		}
		return -1
	}
	// Plain names first, so that "Coke" is there as it is when "Coke::diet Coke" comes.
	for pass := range 2 {
		for _, c := range list {
			parts := strings.Split(c.Name, r.o.SplitNames)
			for _, p := range parts {
				if strings.TrimSpace(p) == "" {
					parts = []string{c.Name}
					break
				}
			}
			if len(parts) > 200 {
				parts = []string{c.Name}
			}
			if (len(parts) > 1) != (pass == 1) {
				continue
			}
			if pass == 0 {
				c.Children = r.splitList(c.Children)
				out = append(out, c)
				continue
			}
			r.alter("Code", SplitName, 1, c.Name)
			at := &out
			for _, p := range parts[:len(parts)-1] {
				p = strings.TrimSpace(p)
				i := find(*at, p)
				if i < 0 {
					r.made++
					g := NameGUID(c.GUID, fmt.Sprintf("parent %d", r.made))
					r.ids[g] = kCode
					*at = append(*at, Code{GUID: g, Name: p})
					i = len(*at) - 1
					r.added["Code"]++
					r.rep.note(Added, "Code", AddedParent, 1, p)
				}
				at = &(*at)[i].Children
			}
			c.Name = strings.TrimSpace(parts[len(parts)-1])
			c.Children = r.splitList(c.Children)
			*at = append(*at, c)
		}
	}
	return out
}

// flat lets the codes below the deepest level stand side by side at it.
func (r *reader) flat(list []Code, level int) []Code {
	if level < r.o.MostLevels {
		for i := range list {
			list[i].Children = r.flat(list[i].Children, level+1)
		}
		return list
	}
	var out []Code
	var take func(list []Code, deep bool)
	take = func(list []Code, deep bool) {
		for _, c := range list {
			below := c.Children
			c.Children = nil
			if out = append(out, c); deep {
				r.alter("Code", TooDeep, 1, c.Name)
			}
			take(below, true)
		}
	}
	take(list, false)
	return out
}

// coder resolves somebody, who may be missing from the list of users.
func (r *reader) coder(g GUID) GUID {
	if g.IsZero() {
		return g
	}
	now, ok := r.resolve(kCoder, g)
	if ok {
		return now
	}
	if r.ids[g] == kNone {
		r.ids[g] = kCoder
	} else {
		old := g
		g = NameGUID(old, "coder")
		r.ids[g] = kCoder
		r.setAlias(kCoder, old, g)
	}
	r.p.Coders = append(r.p.Coders, Coder{GUID: g})
	r.added["User"]++
	r.rep.note(Added, "User", UnknownCoder, 1, g.String())
	return g
}

func (r *reader) stamped(s *Stamp) {
	s.Coder, s.Editor = r.coder(s.Coder), r.coder(s.Editor)
}

// coders resolves who made and changed what.
func (r *reader) coders() {
	r.stamped(&r.p.Stamp)
	for _, list := range [][]*reading{r.docs, r.memos} {
		for _, d := range list {
			r.stamped(&d.d.Stamp)
			for i := range d.d.Selections {
				r.stamped(&d.d.Selections[i].Stamp)
			}
		}
	}
}

// codings resolves codes and coders of the codings in a document or memo, and makes one of those that say the same.
func (r *reader) codings(d *reading) {
	d.d.Codings = r.codingList(d, d.d.Codings, GUID{}, GUID{})
	for i := range d.d.Selections {
		s := &d.d.Selections[i]
		s.Codings = r.codingList(d, s.Codings, s.GUID, s.Coder)
	}
	d.d.Values = r.values(d.d.Values, d.d.Name)
}

func (r *reader) codingList(d *reading, list []Coding, sel, coder GUID) []Coding {
	if len(list) == 0 {
		return nil
	}
	out := list[:0]
	var byCode map[[2]GUID]int // only where there are many
	for _, c := range list {
		code, ok := r.resolve(kCode, c.Code)
		if !ok {
			if i, is := r.cases[code]; is {
				cs := &r.p.Cases[i]
				if sel.IsZero() {
					cs.Documents = append(cs.Documents, d.d.GUID)
					r.added["SourceRef"]++
				} else {
					cs.Selections = append(cs.Selections, sel)
					r.added["SelectionRef"]++
				}
				r.join("Coding", CaseCode, 1, cs.Name)
			} else {
				r.lose("Coding", r.why(c.Code), 1, c.Code.String())
			}
			r.ids[c.GUID] = kGone
			r.gone[c.GUID] = d.d.GUID
			continue
		}
		if c.Code, c.Coder = code, r.coder(c.Coder); c.Coder.IsZero() {
			c.Coder = coder // of the selection that it was joined to
		}
		at := -1
		if len(out) < 8 {
			for i := range out {
				if out[i].Code == c.Code && out[i].Coder == c.Coder {
					at = i
					break
				}
			}
		} else {
			if byCode == nil {
				byCode = map[[2]GUID]int{}
				for i := range out {
					byCode[[2]GUID{out[i].Code, out[i].Coder}] = i
				}
			}
			if i, there := byCode[[2]GUID{c.Code, c.Coder}]; there {
				at = i
			}
		}
		if at >= 0 {
			r.join("Coding", SameCoding, 1, "")
			r.setAlias(kCoding, c.GUID, out[at].GUID)
			continue
		}
		if byCode != nil {
			byCode[[2]GUID{c.Code, c.Coder}] = len(out)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// values resolves attributes and looks whether values are of their types.
func (r *reader) values(list []Value, name string) []Value {
	var out []Value
	seen := map[Value]bool{}
	for _, v := range list {
		g, ok := r.resolve(kAttribute, v.Attribute)
		if !ok {
			r.lose("VariableValue", r.why(v.Attribute), 1, name)
			continue
		}
		v.Attribute = g
		if v.Type != "" && v.Type != TextValue {
			v.Text = strings.TrimSpace(v.Text)
			if !validValue(v.Type, v.Text) {
				if v.Text == "" {
					v.Type = ""
				} else {
					v.Type = TextValue
				}
				r.alter("VariableValue", ValueText, 1, name)
			}
		}
		if seen[v] {
			r.join("VariableValue", SameThing, 1, name)
			continue
		}
		seen[v] = true
		out = append(out, v)
	}
	return out
}

// refs resolves a list of references of one kind, without repeats.
func (r *reader) refs(list []GUID, k kind, element, name string) []GUID {
	var out []GUID
	seen := map[GUID]bool{}
	for _, g := range list {
		now, ok := r.resolve(k, g)
		switch {
		case !ok:
			r.lose(element, r.why(g), 1, name)
		case seen[now]:
			r.join(element, SameThing, 1, name)
		default:
			seen[now] = true
			out = append(out, now)
		}
	}
	return out
}

// resolveCases resolves what belongs to cases. A case without a name that has one document and nothing but values is how some
// programs write values of documents.
func (r *reader) resolveCases() {
	docs := map[GUID]*Document{}
	for _, d := range r.docs {
		docs[d.d.GUID] = d.d
		for _, v := range d.d.Values {
			if k := [2]GUID{d.d.GUID, v.Attribute}; r.has[k] == (Value{}) {
				r.has[k] = v
			}
		}
	}
	names := map[GUID]string{}
	for _, a := range r.p.Attributes {
		names[a.GUID] = a.Name
	}
	out := r.p.Cases[:0]
	for i := range r.p.Cases {
		c := r.p.Cases[i]
		if len(c.Codes)+len(c.Documents)+len(c.Selections) > 0 {
			c.Codes = r.refs(c.Codes, kCode, "CodeRef", c.Name)
			c.Documents = r.refs(c.Documents, kDocument, "SourceRef", c.Name)
			c.Selections = r.refs(c.Selections, kSelection, "SelectionRef", c.Name)
		}
		c.Values = r.values(c.Values, c.Name)
		if r.known == nil && strings.TrimSpace(c.Name) == "" && c.Description == "" && len(c.Documents) == 1 && len(c.Codes)+len(c.Selections) == 0 {
			d := docs[c.Documents[0]]
			r.join("Case", CaseValues, 1, d.Name)
			r.join("SourceRef", CaseValues, 1, d.Name)
			mine := map[GUID]bool{} // attributes of which the document has values of this case
			for _, v := range c.Values {
				switch was, there := r.has[[2]GUID{d.GUID, v.Attribute}]; {
				case !there || mine[v.Attribute]:
					d.Values = append(d.Values, v)
					if mine[v.Attribute] = true; !there {
						r.has[[2]GUID{d.GUID, v.Attribute}] = v
					}
				case was == v:
					r.join("VariableValue", SameThing, 1, d.Name)
				default:
					r.lose("VariableValue", ValueClash, 1, d.Name+": "+names[v.Attribute]+" = "+v.Text)
				}
			}
			r.ids[c.GUID] = kGone
			r.folded[c.GUID] = d.GUID
			continue
		}
		if len(c.Documents) == 1 {
			for _, v := range c.Values {
				if was, there := r.has[[2]GUID{c.Documents[0], v.Attribute}]; there && was != v {
					r.alter("VariableValue", ValueClash, 1, c.Name+": "+names[v.Attribute]+" = "+v.Text)
				}
			}
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		out = nil
	}
	r.p.Cases = out
}
