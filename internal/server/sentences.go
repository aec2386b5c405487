package server

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/qda"
)

// told is an entry in words.
type told struct {
	initials, name string
	sentence       string // without the coder
	detail         string // a second row, may be empty
	link           string // where the thing is, may be empty
}

// setOf reports whether an effect set a field.
func setOf(d qda.Did, field string) bool {
	_, ok := d.Set[field]
	return ok
}

// was gives what a text field was before an effect set it.
func was(d qda.Did, field string) (before, after string) {
	v, ok := d.Set[field]
	if !ok {
		return "", ""
	}
	// Fields of another type than text stay empty: they are not told.
	_ = json.Unmarshal(v[0], &before)
	_ = json.Unmarshal(v[1], &after)
	return before, after
}

// say tells an entry in the asker's language. What has gone since is named as the entry knew it.
func (a *ask) say(e *qda.Entry) told {
	t := told{initials: "anyam", name: "anyam"}
	if c, ok := a.View.As(0).Coder(e.Coder); ok {
		t.initials, t.name = c.Initials, c.Name
	}
	if e.Erased != 0 {
		t.sentence = a.L.T("history.erased")
		return t
	}
	node := func(n qda.ID) string {
		for _, d := range e.Did {
			if x, ok := d.New.(*qda.Node); ok && d.ID == n {
				return x.Name
			}
		}
		return a.nodeName(n)
	}
	nodes := func(ns []qda.ID) string {
		var r []string
		for _, n := range ns {
			r = append(r, a.L.T("history.quoted", "name", node(n)))
		}
		return a.list(r)
	}
	document := func(n qda.ID) string {
		if d, ok := a.View.Document(n); ok {
			return d.Name
		}
		return ""
	}
	coder := func(n qda.ID) string {
		if c, ok := a.View.As(0).Coder(n); ok {
			return c.Name
		}
		return ""
	}
	switch c := e.Do.(type) {
	case *qda.ProjectMade:
		t.sentence = a.L.T("history.ProjectMade", "name", c.Name)
	case *qda.ProjectChanged:
		switch {
		case c.State != nil && *c.State == qda.Archived:
			t.sentence = a.L.T("history.archived")
		case c.State != nil:
			t.sentence = a.L.T("history.unarchived")
		default:
			t.sentence = a.L.T("history.ProjectChanged")
		}
	case *qda.CoderJoined:
		t.sentence = a.L.T("history.CoderJoined", "name", c.Name, "role", a.L.T("role."+string(c.Role)))
	case *qda.CodersChanged:
		var parts []string
		for _, r := range c.Coders {
			role, blind := false, false // what changed of what was said
			for _, d := range e.Did {
				if d.ID == r.Coder {
					role, blind = r.Role != nil && setOf(d, "role"), r.Blind != nil && setOf(d, "blind")
				}
			}
			if role {
				parts = append(parts, a.L.T("history.role", "name", coder(r.Coder), "role", a.L.T("role."+string(*r.Role))))
			}
			if blind && *r.Blind {
				parts = append(parts, a.L.T("history.blinded", "name", coder(r.Coder)))
			} else if blind && !role {
				parts = append(parts, a.L.T("history.unblinded", "name", coder(r.Coder)))
			}
		}
		t.sentence = a.list(parts)
	case *qda.CoderLeft:
		if c.Coder == e.Coder {
			t.sentence = a.L.T("history.left")
		} else {
			t.sentence = a.L.T("history.CoderLeft", "name", coder(c.Coder))
		}
	case *qda.DocumentAdded:
		key := "history.DocumentAdded"
		if c.Replaces != 0 {
			key = "history.DocumentReplaced"
		}
		t.sentence = a.L.T(key, "name", c.Name, "words", a.L.N("count.words", int(c.Words)))
		for _, d := range e.Did {
			if d.Of == qda.SortDocument {
				t.link = a.at("/documents/%d", d.ID)
			}
		}
	case *qda.DocumentChanged:
		t.sentence, t.link = a.L.T("history.DocumentChanged", "name", document(c.Document)), a.at("/documents/%d", c.Document)
		for _, d := range e.Did {
			if before, after := was(d, "name"); d.Of == qda.SortDocument && before != after {
				t.sentence = a.L.T("history.document_renamed", "was", before, "name", after)
			}
		}
	case *qda.DocumentsState:
		var names []string
		for _, n := range c.Documents {
			names = append(names, a.L.T("history.quoted", "name", document(n)))
		}
		t.sentence = a.L.T("history.documents_"+string(c.State), "names", a.list(names))
	case *qda.DocumentFinished:
		key := "history.finished"
		if !c.Finished {
			key = "history.unfinished"
		}
		t.sentence, t.link = a.L.T(key, "name", document(c.Document)), a.at("/documents/%d", c.Document)
	case *qda.CaseAdded:
		t.sentence = a.L.T("history.CaseAdded", "name", c.Name)
	case *qda.CaseChanged:
		name := ""
		if k, ok := a.View.Case(c.Case); ok {
			name = k.Name
		}
		t.sentence = a.L.T("history.CaseChanged", "name", name)
		if c.State != nil {
			t.sentence = a.L.T("history.case_"+string(*c.State), "name", name)
		}
	case *qda.AttributeAdded:
		t.sentence = a.L.T("history.AttributeAdded", "name", c.Name)
	case *qda.AttributeChanged:
		name := ""
		if x, ok := a.View.Attribute(c.Attribute); ok {
			name = x.Name
		}
		t.sentence = a.L.T("history.AttributeChanged", "name", name)
	case *qda.NodeAdded:
		t.sentence = a.L.T("history.added_"+string(c.Type), "name", c.Name)
		if c.Parent != 0 {
			t.detail = a.L.T("history.under", "name", node(c.Parent))
		}
		for _, d := range e.Did {
			if d.New != nil {
				t.link = a.at("/nodes/%d", d.ID)
			}
		}
	case *qda.NodeChanged:
		t.sentence, t.detail, t.link = a.sayNode(c.Node, node(c.Node), e), "", a.at("/nodes/%d", c.Node)
		for _, d := range e.Did {
			for _, f := range []string{"definition", "use", "avoid", "claim"} {
				if before, after := was(d, f); before != after && t.detail == "" {
					t.detail = a.becomes(before, after)
				}
			}
		}
	case *qda.NodesMoved:
		into := c.Parent
		for _, d := range e.Did {
			if x, ok := d.New.(*qda.Node); ok && x.Kind == qda.Theme {
				into = d.ID
			}
		}
		reparented := false
		for _, d := range e.Did {
			reparented = reparented || setOf(d, "parent")
		}
		switch {
		case !reparented:
			t.sentence = a.L.T("history.ordered", "names", nodes(c.Nodes))
		case into == 0:
			t.sentence = a.L.T("history.moved_top", "names", nodes(c.Nodes))
		case c.Theme != "":
			t.sentence = a.L.T("history.gathered", "names", nodes(c.Nodes), "theme", c.Theme)
		default:
			t.sentence = a.L.T("history.moved", "names", nodes(c.Nodes), "into", node(into))
		}
	case *qda.NodesMerged:
		moved, one, _, _ := effect(e)
		var sources []qda.ID
		for _, d := range e.Did {
			if setOf(d, "into") {
				sources = append(sources, d.ID)
			}
		}
		t.sentence = a.L.T("history.merged", "names", nodes(sources), "into", node(c.Into), "codings", a.L.N("count.codings", moved+one))
		if one > 0 {
			t.detail = a.L.N("consequence.coincide", one)
		}
		t.link = a.at("/nodes/%d", c.Into)
	case *qda.NodeTurned:
		t.sentence, t.link = a.L.T("history.turned_"+string(c.Type), "name", node(c.Node)), a.at("/nodes/%d", c.Node)
	case *qda.NodesState:
		t.sentence = a.L.T("history.nodes_"+string(c.State), "names", nodes(c.Nodes))
	case *qda.CodingApplied:
		var code qda.ID
		n, fresh := 0, false
		codes := map[qda.ID]bool{}
		for _, d := range e.Did {
			if x, ok := d.New.(*qda.Coding); ok {
				code, n = x.Code, n+1
				codes[code] = true
			}
			if d.Of == qda.SortNode {
				fresh = true
			}
		}
		key := "history.applied"
		if fresh {
			key = "history.applied_new"
		}
		t.sentence = a.L.N(key, n, "code", node(code), "document", document(c.Document))
		if len(codes) > 1 {
			t.sentence = a.L.N("history.applied_many", n, "codes", a.L.N("count.codes", len(codes)), "document", document(c.Document))
		}
		t.link = a.at("/documents/%d", c.Document)
	case *qda.CodingsChanged:
		n := 0
		for _, d := range e.Did {
			if d.Of == qda.SortCoding {
				n++
			}
		}
		if c.Span != nil {
			code := ""
			if x, ok := a.View.As(0).Coding(c.Codings[0]); ok {
				code = node(x.Code)
			}
			t.sentence = a.L.T("history.respanned", "code", code)
		} else {
			t.sentence = a.L.N("history.recoded", n, "code", node(c.Code))
		}
	case *qda.CodingsRemoved:
		n, code := 0, qda.ID(0)
		for _, d := range e.Did {
			if x, ok := d.Gone.(*qda.Coding); ok {
				n, code = n+1, x.Code
			}
		}
		if n == 1 {
			t.sentence = a.L.T("history.removed_one", "code", node(code))
		} else {
			t.sentence = a.L.N("history.removed", n)
		}
	case *qda.MemoWritten:
		t.sentence, t.link = a.L.T("history.MemoWritten", "on", a.called(c.On)), a.placeOf(c.On)
	case *qda.MemoChanged:
		on := qda.ID(0)
		if m, ok := a.View.As(0).Memo(c.Memo); ok {
			on = m.On
		}
		t.sentence, t.link = a.L.T("history.MemoChanged", "on", a.called(on)), a.placeOf(on)
	case *qda.MemoRemoved:
		on := qda.ID(0)
		for _, d := range e.Did {
			if m, ok := d.Gone.(*qda.Memo); ok {
				on = m.On
			}
		}
		t.sentence, t.link = a.L.T("history.MemoRemoved", "on", a.called(on)), a.placeOf(on)
	case *qda.Undone:
		key, o := "history.Undone", a.entryAt(c.Seq)
		if o != nil {
			if again, ok := o.Do.(*qda.Undone); ok {
				key, o = "history.Redone", a.entryAt(again.Seq)
			}
		}
		what := ""
		if o != nil {
			if _, deep := o.Do.(*qda.Undone); !deep {
				what = a.say(o).sentence
			}
		}
		t.sentence = a.L.T(key, "what", what)
	case *qda.NodeSplit:
		a.saySplit(&t, c, e)
	default:
		a.sayReview(&t, e)
	}
	if r, ok := e.Do.(qda.Reasoned); ok && r.Because() != "" {
		t.detail = strings.TrimSpace(t.detail + " " + a.L.T("history.reason", "text", clip(r.Because(), 200)))
	}
	return t
}

// sayNode says which fields of a node an entry changed.
func (a *ask) sayNode(n qda.ID, name string, e *qda.Entry) string {
	for _, d := range e.Did {
		if d.ID != n || d.Set == nil {
			continue
		}
		if before, after := was(d, "name"); before != after {
			return a.L.T("history.renamed", "was", before, "name", after)
		}
		for _, f := range []string{"definition", "use", "avoid", "example", "colour", "claim", "scope", "boundary", "naming"} {
			if setOf(d, f) {
				return a.L.T("history.changed_"+f, "name", name)
			}
		}
	}
	return a.L.T("history.NodeChanged", "name", name)
}

func (a *ask) becomes(before, after string) string {
	if before == "" {
		return a.L.T("history.quoted", "name", clip(after, 200))
	}
	before, after = fromDifference(before, after, 160)
	return a.L.T("history.became", "was", clip(before, 160), "is", clip(after, 160))
}

// fromDifference leaves out what two texts begin with in common, but for a few words, where clipped to n characters neither
// would show in what they differ.
func fromDifference(a, b string, n int) (string, string) {
	at := 0 // of the word in which they differ first
	for i, r := range a {
		if x, _ := utf8.DecodeRuneInString(b[min(i, len(b)):]); x != r {
			break
		}
		if unicode.IsSpace(r) {
			at = i + utf8.RuneLen(r)
		}
	}
	const few = 40
	same := []rune(a[:at])
	if len(same) < n-few || utf8.RuneCountInString(a) <= n && utf8.RuneCountInString(b) <= n {
		return a, b
	}
	near := string(same[len(same)-few:])
	if i := strings.IndexFunc(near, unicode.IsSpace); i >= 0 {
		near = near[i+1:]
	}
	return "…" + near + a[at:], "…" + near + b[at:]
}

// called names a thing that a memo hangs on.
func (a *ask) called(n qda.ID) string {
	if n == 0 {
		return a.L.T("history.on_project")
	}
	if x, ok := a.View.Node(n); ok {
		return a.L.T("history.quoted", "name", x.Name)
	}
	if d, ok := a.View.Document(n); ok {
		return a.L.T("history.quoted", "name", d.Name)
	}
	if c, ok := a.View.As(0).Coding(n); ok {
		return a.L.T("history.on_coding", "code", a.nodeName(c.Code))
	}
	if k, ok := a.View.Case(n); ok {
		return k.Name
	}
	if d, ok := a.View.Draft(n); ok {
		return a.L.T("history.on_draft", "name", d.Name)
	}
	if c, ok := a.View.Concept(n); ok {
		return a.L.T("history.quoted", "name", c.Name)
	}
	return a.L.T("history.on_gone")
}

// placeOf is where a thing is shown.
func (a *ask) placeOf(n qda.ID) string {
	if _, ok := a.View.Node(n); ok {
		return a.at("/nodes/%d", n)
	}
	if _, ok := a.View.Document(n); ok {
		return a.at("/documents/%d", n)
	}
	if c, ok := a.View.As(0).Coding(n); ok {
		return a.at("/documents/%d", c.Document)
	}
	return ""
}

// list joins things as people do: a, b and c.
func (a *ask) list(s []string) string {
	switch len(s) {
	case 0:
		return ""
	case 1:
		return s[0]
	}
	return a.L.T("history.and", "some", strings.Join(s[:len(s)-1], ", "), "last", s[len(s)-1])
}

// inTheWay names the later entry that keeps something from being done, and its coder.
func (a *ask) inTheWay(seq qda.Seq) string {
	e := a.entryAt(seq)
	if e == nil {
		return ""
	}
	s := a.say(e)
	if !a.sees(e) {
		return ""
	}
	return a.L.T("refused.because", "name", s.name, "what", s.sentence, "when", a.L.When(e.At, a.now))
}
