package refi

import (
	"bytes"
	"sort"
	"strings"
)

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
	r.linkIDs = map[GUID]bool{}
	for _, l := range r.p.Links {
		r.linkIDs[l.GUID] = true
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
	r.p.Links = r.linksThatHold(out)
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

// linksThatHold leaves out links to links that are not there any more, and links to those.
func (r *reader) linksThatHold(list []Link) []Link {
	to := map[GUID][]int{} // links by the link they refer to
	var gone []GUID
	for i, l := range list {
		for _, g := range []GUID{l.From, l.To} {
			if _, was := r.linkIDs[g]; was {
				to[g] = append(to[g], i)
				if r.ids[g] != kLink {
					gone = append(gone, g)
				}
			}
		}
	}
	for len(gone) > 0 {
		g := gone[len(gone)-1]
		gone = gone[:len(gone)-1]
		for _, i := range to[g] {
			if l := &list[i]; r.ids[l.GUID] == kLink {
				r.ids[l.GUID] = kGone
				r.lose("Link", GoneThing, 1, l.Name)
				gone = append(gone, l.GUID)
			}
		}
		delete(to, g)
	}
	var out []Link
	for _, l := range list {
		if r.ids[l.GUID] == kLink {
			out = append(out, l)
		}
	}
	return out
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
		if r.o.PlainSets || r.known != nil || len(s.Documents) == 0 || len(s.Codes)+len(s.Memos) > 0 {
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
