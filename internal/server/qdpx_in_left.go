package server

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// foreseen lists what anyam has no place for, as far as that shows before anything is made.
func foreseen(p *refi.Project) []Left {
	g := &bringer{out: &Brought{}, called: map[refi.GUID]string{}, wordy: map[qda.ID]bool{}, values: [2]map[refi.GUID]qda.ID{{}, {}}}
	g.side, _ = readSidecar(p)
	for i, x := range p.Attributes {
		n := qda.ID(i + 1)
		g.called[x.GUID], g.wordy[n] = x.Name, typeOf(x.Type) == "text"
		g.values[0][x.GUID], g.values[1][x.GUID] = n, n
	}
	of := map[refi.GUID]bool{}
	for i := range p.Cases {
		k := &p.Cases[i]
		g.left("case_codes", "no_case_codes", len(k.Codes), k.Name)
		g.left("case_selections", "whole_documents", len(k.Selections), k.Name)
		for _, d := range k.Documents {
			if of[d] {
				g.left("several_cases", "one_case", 1, k.Name)
			}
			of[d] = true
		}
		g.valued(0, k.Values, k.Name)
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		if g.textless(d) {
			continue
		}
		g.left("whole_codes", "all_words", len(d.Codings), d.Title())
		g.valued(1, d.Values, d.Title())
		if len(d.Times) > 0 {
			g.timed(d, turned(d.Text))
		}
	}
	if g.unknown(p); g.side != nil {
		g.stays()
		g.along(p)
		for _, d := range g.side.Documents {
			g.original(g.guidOf(d.ID))
		}
		for _, d := range g.side.Drafts {
			g.left("drafts", "draft_memo", 1, d.Is.Name)
		}
	}
	return g.out.Left
}

// textless reports whether a document can't come in, and then says so, with what it bears.
func (g *bringer) textless(d *refi.Document) bool {
	key := ""
	switch {
	case d.Missing || d.Text == "":
		key = "no_text"
	case utf8.RuneCountInString(d.Text) > qda.MaxDocument:
		key = "too_long"
	default:
		return false
	}
	g.left("documents", key, 1, d.Title())
	n := len(d.Codings)
	for i := range d.Selections {
		n += len(d.Selections[i].Codings)
	}
	g.left("codings", "no_document", n, d.Title())
	g.left("values", "no_document", len(d.Values), d.Title())
	if d.Description != "" {
		g.left("selections", "no_document", 1, d.Title())
	}
	return true
}

// timed gives the turns of a transcript the times that stand where they begin and end.
func (g *bringer) timed(d *refi.Document, text *qda.Text) {
	if len(d.Times) == 0 || slices.ContainsFunc(text.Turns, func(t qda.Turn) bool { return t.FromMS >= 0 }) {
		return
	}
	times := slices.Clone(d.Times)
	slices.SortStableFunc(times, func(a, b refi.Time) int { return a.Position - b.Position })
	there := map[int32]bool{}
	for _, x := range times {
		there[int32(x.Position)] = true
	}
	i, last := 0, int64(0)
	for _, x := range times {
		at, ms := int32(x.Position), int64(x.MS)
		for i < len(text.Turns)-1 && text.Turns[i+1].Start <= at {
			i++
		}
		t := &text.Turns[i]
		switch {
		case ms < last:
			g.left("times", "times_back", 1, d.Title())
			continue
		case at == t.Start && t.FromMS < 0:
			t.FromMS = ms
			if i > 0 && text.Turns[i-1].FromMS >= 0 && text.Turns[i-1].ToMS < 0 {
				text.Turns[i-1].ToMS = ms
			}
		case at == t.Stop && t.FromMS >= 0:
			t.ToMS = ms
			if i+1 < len(text.Turns) && !there[text.Turns[i+1].Start] {
				text.Turns[i+1].FromMS = ms // from where the one before it ends
			}
		default:
			g.left("times", "times_inside", 1, d.Title())
			continue
		}
		last = ms
	}
}

// unknown lists what anyam has nothing like.
func (g *bringer) unknown(p *refi.Project) {
	for _, x := range p.Links {
		g.left("links", "no_links", 1, x.Name)
	}
	for _, x := range p.Sets {
		g.left("sets", "no_sets", 1, x.Name)
	}
	for _, x := range p.Graphs {
		g.left("graphs", "no_graphs", 1, x.Name)
	}
	if g.side != nil { // it says itself who made what
		for _, n := range g.side.Nodes {
			if n.Is.At == 0 {
				g.left("codes", "no_code_makers", 1, n.Is.Name)
			}
		}
		return
	}
	none := refi.Stamp{}
	if p.Stamp != none {
		g.left("project", "no_makers", 1, p.Name)
	}
	for _, x := range p.Attributes {
		if x.Type == refi.BooleanValue || x.Type == refi.DateTimeValue || x.Type == refi.IntegerValue {
			g.left("attributes", "types", 1, x.Name+": "+string(x.Type))
		}
	}
	kinds := g.kinds(p)
	p.EachCode(func(c, _ *refi.Code) {
		if c.Colour != "" && exchange.Colour(int(exchange.NearestColour(c.Colour))) != strings.ToUpper(c.Colour) {
			g.left("codes", "colours", 1, c.Name+" "+c.Colour)
		}
		switch kind := kinds[c.GUID].kind; {
		case c.Codable && kind == qda.Theme:
			g.left("codes", "now_theme", 1, c.Name)
		case !c.Codable && kind == qda.Code:
			g.left("codes", "now_code", 1, c.Name)
		}
	})
	said := map[refi.GUID]bool{} // selections that a memo or a case is about
	for i := range p.Memos {
		for _, t := range p.Memos[i].On {
			said[t.GUID] = true
		}
	}
	for i := range p.Cases {
		for _, s := range p.Cases[i].Selections {
			said[s] = true
		}
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		if edited(d.Stamp) {
			g.left("documents", "no_editors", 1, d.Title())
		}
		bare, makers := 0, 0
		first := ""
		for j := range d.Selections {
			s := &d.Selections[j]
			if s.Name == "" && s.Description == "" && len(s.Codings) == 0 && !said[s.GUID] {
				if bare++; first == "" {
					first = fmt.Sprintf("%s %d–%d", d.Title(), s.Start, s.Stop)
				}
			} else if otherMakers(s) {
				makers++
			}
		}
		g.left("selections", "bare", bare, first)
		g.left("selections", "no_makers", makers, d.Title())
	}
	g.unsigned(p)
	for i := range p.Memos {
		m := &p.Memos[i]
		if edited(m.Stamp) {
			g.left("memos", "no_editors", 1, m.Name)
		}
		if len(m.On) > 1 {
			g.left("memos", "several_things", 1, m.Name)
		}
		n := len(m.Codings)
		for j := range m.Selections {
			n += len(m.Selections[j].Codings)
		}
		g.left("memo_selections", "no_memo_codings", len(m.Selections), m.Name)
		g.left("codings", "no_memo_codings", n, m.Name)
		g.left("values", "no_memo_values", len(m.Values), m.Name)
	}
}

// unsigned tells of what the file does not say by whom or when it was made.
func (g *bringer) unsigned(p *refi.Project) {
	type lacks struct{ coder, date int }
	add := func(to *lacks, coder refi.GUID, at time.Time) {
		if coder.IsZero() {
			to.coder++
		}
		if at.IsZero() {
			to.date++
		}
	}
	tell := func(what, name string, n lacks) {
		g.left(what, "no_coder", n.coder, name)
		g.left(what, "no_date", n.date, name)
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		if d.Missing || d.Text == "" {
			continue
		}
		var codings, remarks lacks
		for _, c := range d.Codings {
			add(&codings, c.Coder, c.Created)
		}
		for j := range d.Selections {
			s := &d.Selections[j]
			for _, c := range s.Codings {
				add(&codings, c.Coder, c.Created)
			}
			if s.Name != "" || s.Description != "" {
				add(&remarks, s.Coder, s.Created)
			}
		}
		tell("codings", d.Title(), codings)
		tell("selections", d.Title(), remarks)
	}
	for i := range p.Memos {
		var memo lacks
		add(&memo, p.Memos[i].Coder, p.Memos[i].Created)
		tell("memos", p.Memos[i].Name, memo)
	}
}

// edited reports whether a thing was changed by somebody or at some time that its making does not say.
func edited(s refi.Stamp) bool {
	return !s.Modified.IsZero() && !s.Modified.Equal(s.Created) || s.Editor != s.Coder && s.Editor != (refi.GUID{})
}

// otherMakers reports whether a selection is of somebody or some time that neither its remark nor its codings say.
func otherMakers(s *refi.Selection) bool {
	if edited(s.Stamp) {
		return true
	}
	if s.Name != "" || s.Description != "" || s.Coder == (refi.GUID{}) && s.Created.IsZero() {
		return false
	}
	return len(s.Codings) > 0 && !slices.ContainsFunc(s.Codings, func(c refi.Coding) bool {
		return (s.Coder == (refi.GUID{}) || c.Coder == s.Coder) && (s.Created.IsZero() || c.Created.Equal(s.Created))
	})
}

// notTaken sets the counts of a report right: what its reader kept and anyam has no place for is lost.
func notTaken(p *refi.Project, r *refi.Report) {
	lost := map[string]int{"Link": len(p.Links), "Set": len(p.Sets), "Graph": len(p.Graphs)}
	for i := range p.Sets {
		s := &p.Sets[i]
		lost["MemberCode"] += len(s.Codes)
		lost["MemberSource"] += len(s.Documents)
		lost["MemberNote"] += len(s.Memos)
		if s.Description != "" {
			lost["Description"]++
		}
	}
	for i := range p.Graphs {
		lost["Vertex"] += len(p.Graphs[i].Vertices)
		lost["Edge"] += len(p.Graphs[i].Edges)
	}
	for i := range p.Cases {
		lost["CodeRef"] += len(p.Cases[i].Codes)
		lost["SelectionRef"] += len(p.Cases[i].Selections)
	}
	for i := range p.Memos {
		m := &p.Memos[i]
		lost["PlainTextSelection"] += len(m.Selections)
		lost["Coding"] += len(m.Codings)
		lost["VariableValue"] += len(m.Values)
		lost["SyncPoint"] += len(m.Times)
		for j := range m.Selections {
			lost["Coding"] += len(m.Selections[j].Codings)
			if m.Selections[j].Description != "" {
				lost["Description"]++
			}
		}
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		if !d.Missing && d.Text != "" {
			continue
		}
		lost[map[refi.Kind]string{refi.Text: "TextSource", refi.PDF: "PDFSource", refi.Transcript: "Transcript"}[d.Kind]]++
		lost["Coding"] += len(d.Codings)
		lost["VariableValue"] += len(d.Values)
		if d.Description != "" {
			lost["Description"]++
		}
	}
	// That a text is missing is told of the document that so does not come in.
	r.Items = slices.DeleteFunc(r.Items, func(i refi.Item) bool {
		return i.Reason == refi.NoText && i.Fate == refi.Altered && i.Element != "Note"
	})
	for i := range r.Elements {
		e := &r.Elements[i]
		n := min(lost[e.Name], e.Kept)
		e.Kept -= n
		e.Lost += n
	}
}
