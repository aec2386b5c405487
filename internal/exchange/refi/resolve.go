package refi

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
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
	if len(r.p.Codes) != 1 {
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
	d.d.Codings = r.codingList(d, d.d.Codings, GUID{})
	for i := range d.d.Selections {
		s := &d.d.Selections[i]
		s.Codings = r.codingList(d, s.Codings, s.GUID)
	}
	d.d.Values = r.values(d.d.Values, d.d.Name)
}

func (r *reader) codingList(d *reading, list []Coding, sel GUID) []Coding {
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
		c.Code, c.Coder = code, r.coder(c.Coder)
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
	out := r.p.Cases[:0]
	for i := range r.p.Cases {
		c := r.p.Cases[i]
		if len(c.Codes)+len(c.Documents)+len(c.Selections) > 0 {
			c.Codes = r.refs(c.Codes, kCode, "CodeRef", c.Name)
			c.Documents = r.refs(c.Documents, kDocument, "SourceRef", c.Name)
			c.Selections = r.refs(c.Selections, kSelection, "SelectionRef", c.Name)
		}
		c.Values = r.values(c.Values, c.Name)
		if strings.TrimSpace(c.Name) == "" && c.Description == "" && len(c.Documents) == 1 && len(c.Codes)+len(c.Selections) == 0 {
			d := docs[c.Documents[0]]
			r.join("Case", CaseValues, 1, d.Name)
			r.join("SourceRef", CaseValues, 1, d.Name)
			for _, v := range c.Values {
				switch was, there := r.has[[2]GUID{d.GUID, v.Attribute}]; {
				case !there:
					d.Values = append(d.Values, v)
					r.has[[2]GUID{d.GUID, v.Attribute}] = v
				case was == v:
					r.join("VariableValue", SameThing, 1, d.Name)
				default:
					r.lose("VariableValue", ValueClash, 1, d.Name)
				}
			}
			r.ids[c.GUID] = kGone
			r.folded[c.GUID] = d.GUID
			continue
		}
		if len(c.Documents) == 1 {
			for _, v := range c.Values {
				if was, there := r.has[[2]GUID{c.Documents[0], v.Attribute}]; there && was != v {
					r.alter("VariableValue", ValueClash, 1, c.Name)
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

// kinds of what a memo can be on, in the order in which a GUID without context is looked for.
var targetKinds = []struct {
	k  kind
	on TargetKind
}{{kSelection, OnSelection}, {kCoding, OnCoding}, {kDocument, OnDocument}, {kCode, OnCode}, {kCase, OnCase}, {kMemo, OnMemo}, {kLink, OnLink}}

// target resolves what a memo is on. Words and codings that went leave their memos on the document.
func (r *reader) targetOf(t Target) (Target, bool) {
	if t.Kind == OnProject {
		return t, true
	}
	for _, k := range targetKinds {
		if k.on != t.Kind {
			continue
		}
		if g, ok := r.resolve(k.k, t.GUID); ok {
			return Target{k.on, g}, true
		} else if t.Kind == OnCode && r.ids[g] == kCase {
			return Target{OnCase, g}, true
		}
	}
	if g, ok := r.folded[t.GUID]; ok {
		return Target{OnDocument, g}, true
	}
	if doc, was := r.gone[t.GUID]; was {
		if g, ok := r.resolve(kDocument, doc); ok {
			r.alter("NoteRef", ToDocument, 1, "")
			return Target{OnDocument, g}, true
		}
	}
	return t, false
}

// any resolves a GUID that can be of anything a memo can be on.
func (r *reader) any(g GUID) (Target, bool) {
	if g.IsZero() {
		return Target{}, false
	}
	for _, k := range targetKinds {
		if now, ok := r.resolve(k.k, g); ok {
			return Target{k.on, now}, true
		}
	}
	for _, k := range []kind{kSet, kAttribute, kCoder, kGraph} {
		if now, ok := r.resolve(k, g); ok {
			return Target{-1, now}, true
		}
	}
	return r.targetOf(Target{OnSelection, g})
}

// resolveMemos ties memos to what they are on: by references, and by links in both directions.
func (r *reader) resolveMemos() {
	memos := map[GUID]*Memo{}
	for _, m := range r.memos {
		memos[m.d.GUID] = m.memo
	}
	type tie struct {
		memo GUID
		on   Target
	}
	tied := map[tie]bool{}
	for _, n := range r.notes {
		g, ok := r.resolve(kMemo, n.note)
		if !ok {
			r.lose("NoteRef", r.why(n.note), 1, n.note.String())
			continue
		}
		on, ok := r.targetOf(n.owner)
		switch {
		case !ok:
			r.lose("NoteRef", GoneThing, 1, memos[g].Name)
		case tied[tie{g, on}]:
			r.join("NoteRef", SameThing, 1, memos[g].Name)
		default:
			tied[tie{g, on}] = true
			memos[g].On = append(memos[g].On, on)
			r.noteRefs++
		}
	}
	r.notes = nil
	onLink := map[GUID]bool{} // links with memos of their own stay links
	for t := range tied {
		if t.on.Kind == OnLink {
			onLink[t.on.GUID] = true
		}
	}
	out := r.p.Links[:0]
	for _, l := range r.p.Links {
		from, ok1 := r.any(l.From)
		to, ok2 := r.any(l.To)
		if !ok1 && !l.From.IsZero() {
			r.lose("Link", r.why(l.From), 1, l.Name)
			r.ids[l.GUID] = kGone
			continue
		}
		if !ok2 && !l.To.IsZero() {
			r.lose("Link", r.why(l.To), 1, l.Name)
			r.ids[l.GUID] = kGone
			continue
		}
		l.From, l.To = from.GUID, to.GUID
		memo, thing := from, to
		if from.Kind != OnMemo {
			memo, thing = to, from
		}
		// From a memo to a thing; between two memos it stays a link.
		if ok1 && ok2 && memo.Kind == OnMemo && thing.Kind != OnMemo && thing.Kind >= 0 && thing.Kind != OnLink && !onLink[l.GUID] {
			r.join("Link", MemoLink, 1, memos[memo.GUID].Name)
			if l.Name != "" || l.Colour != "" {
				r.lose("Link/@name", LinkLooks, 1, l.Name)
			}
			r.ids[l.GUID] = kGone
			if t := (tie{memo.GUID, thing}); !tied[t] {
				tied[t] = true
				m := memos[memo.GUID]
				m.On = append(m.On, thing)
			}
			continue
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		out = nil
	}
	r.p.Links = out
	// A memo on a link that went is on nothing.
	for _, m := range r.memos {
		on := m.memo.On[:0]
		for _, t := range m.memo.On {
			if t.Kind == OnLink && r.ids[t.GUID] != kLink {
				r.noteRefs--
				r.lose("NoteRef", GoneThing, 1, m.d.Name)
				continue
			}
			on = append(on, t)
		}
		if len(on) == 0 {
			on = nil
		}
		sort.Slice(on, func(i, j int) bool {
			if on[i].Kind != on[j].Kind {
				return on[i].Kind < on[j].Kind
			}
			return bytes.Compare(on[i].GUID[:], on[j].GUID[:]) < 0
		})
		m.memo.On = on
	}
}

// resolveSets resolves the members of sets, and reads "attribute: value" out of their names.
func (r *reader) resolveSets() {
	docs := map[GUID]*Document{}
	for _, d := range r.docs {
		docs[d.d.GUID] = d.d
	}
	attributes := map[string]GUID{}
	for _, a := range r.p.Attributes {
		if k := strings.ToLower(strings.TrimSpace(a.Name)); attributes[k].IsZero() {
			attributes[k] = a.GUID
		}
	}
	for i := range r.p.Sets {
		s := &r.p.Sets[i]
		s.Codes = r.refs(s.Codes, kCode, "MemberCode", s.Name)
		s.Documents = r.refs(s.Documents, kDocument, "MemberSource", s.Name)
		s.Memos = r.refs(s.Memos, kMemo, "MemberNote", s.Name)
		if r.o.PlainSets || len(s.Documents) == 0 || len(s.Codes)+len(s.Memos) > 0 {
			continue
		}
		name, value, is := strings.Cut(s.Name, ": ")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !is || name == "" || value == "" || len(name) > 100 || len(value) > 1000 || strings.Contains(name, ":") {
			continue
		}
		k := strings.ToLower(name)
		a := attributes[k]
		if a.IsZero() {
			a = NameGUID(minted, "attribute "+k)
			for r.ids[a] != kNone {
				a = NameGUID(a, "again")
			}
			r.ids[a] = kAttribute
			attributes[k] = a
			r.p.Attributes = append(r.p.Attributes, Attribute{GUID: a, Name: name, Type: TextValue})
			r.added["Variable"]++
			r.rep.note(Added, "Variable", AddedAttr, 1, name)
		}
		read := false
		for _, g := range s.Documents {
			d := docs[g]
			was, there := r.has[[2]GUID{g, a}]
			switch {
			case !there:
				was = Value{a, TextValue, value}
				d.Values = append(d.Values, was)
				r.has[[2]GUID{g, a}] = was
				r.added["VariableValue"]++
				read = true
			case was.Text != value:
				r.alter("MemberSource", ValueClash, 1, s.Name)
			}
		}
		if read {
			r.alter("Set", SetValue, 1, s.Name)
		}
	}
}

// resolveGraphs resolves what drawings show.
func (r *reader) resolveGraphs() {
	for i := range r.p.Graphs {
		g := &r.p.Graphs[i]
		here := map[GUID]bool{}
		for k := range g.Vertices {
			v := &g.Vertices[k]
			here[v.GUID] = true
			v.Of = r.shown(v.Of, "Vertex", g.Name)
		}
		edges := g.Edges[:0]
		for _, e := range g.Edges {
			e.From, _ = r.resolve(kVertex, e.From)
			e.To, _ = r.resolve(kVertex, e.To)
			if !here[e.From] || !here[e.To] {
				r.lose("Edge", NoSuchThing, 1, g.Name)
				continue
			}
			e.Of = r.shown(e.Of, "Edge", g.Name)
			edges = append(edges, e)
		}
		if len(edges) == 0 {
			edges = nil
		}
		g.Edges = edges
	}
}

// shown resolves what a vertex or edge stands for.
func (r *reader) shown(g GUID, element, name string) GUID {
	if g.IsZero() {
		return g
	}
	for _, k := range []kind{kSelection, kDocument, kCode, kMemo, kCase, kCoding, kLink, kSet, kAttribute, kCoder} {
		if now, ok := r.resolve(k, g); ok {
			return now
		}
	}
	r.lose(element+"/@representedGUID", r.why(g), 1, name)
	return GUID{}
}
