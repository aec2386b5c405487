package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// restoring is what a bringer knows of a file that anyam wrote, by its sidecar; without one it changes nothing.
type restoring struct {
	side     *sidecar
	guids    map[qda.ID]refi.GUID // of nodes and coders that came from elsewhere
	nodes    map[refi.GUID]*kept[sideNode]
	texts    map[refi.GUID]*sideDocument
	themes   map[qda.ID]bool    // codes that were themes, see wasTheme
	fresh    bool               // the project held nothing before
	joinedTo map[refi.GUID]bool // codes of the file that became one with those that were here

	originals map[string][]byte // files that documents were made of, by their sums
}

// prepare reads the sidecar. What the standard's part says in other words because it has no better place is said by the sidecar alone.
func (g *bringer) prepare(p *refi.Project) {
	side, newer := readSidecar(p)
	if newer {
		g.left("anyam", "newer", 1)
	}
	if side == nil {
		return
	}
	g.side, g.nodes = side, map[refi.GUID]*kept[sideNode]{}
	g.guids = map[qda.ID]refi.GUID{}
	for _, n := range side.Nodes {
		if x, ok := refi.ParseGUID(n.Is.GUID); ok {
			g.guids[n.ID] = x
		}
	}
	g.fresh = len(g.view.Documents()) == 0 && len(g.view.Nodes()) == 0 && len(g.view.Cases()) == 0
	for _, k := range side.Coders {
		if x, ok := refi.ParseGUID(k.Is.GUID); ok {
			g.guids[k.ID] = x
		}
	}
	for i := range side.Nodes {
		g.nodes[g.guidOf(side.Nodes[i].ID)] = &side.Nodes[i]
	}
	g.onceThemes()
	g.along(p)
	var tell func(codes []refi.Code)
	tell = func(codes []refi.Code) {
		for i := range codes {
			if n := g.nodes[codes[i].GUID]; n != nil {
				codes[i].Description = n.Is.Definition
			}
			tell(codes[i].Children)
		}
	}
	tell(p.Codes)
	for i := range p.Memos {
		for _, m := range side.Memos {
			if p.Memos[i].GUID == g.guidOf(m.ID) {
				p.Memos[i].On = []refi.Target{{Kind: refi.OnCase, GUID: g.guidOf(m.Is)}} // of whatever sort: it is looked up by its GUID alone
			}
		}
	}
}

// along finds what another anyam knew of documents, and their files that came along.
func (g *bringer) along(p *refi.Project) {
	g.texts, g.originals = map[refi.GUID]*sideDocument{}, map[string][]byte{}
	for i := range g.side.Documents {
		g.texts[g.guidOf(g.side.Documents[i].ID)] = &g.side.Documents[i].Is
	}
	for _, x := range p.Extras {
		sum := sha256.Sum256(x.Data)
		g.originals[hex.EncodeToString(sum[:])] = x.Data
	}
}

// guidOf gives the GUID that a thing of the other project has in the file.
func (g *bringer) guidOf(n qda.ID) refi.GUID {
	if x, ok := g.guids[n]; ok {
		return x
	}
	return refi.GUID(qda.GUID(g.side.GUID, n))
}

// here gives what a thing of the other project is in this one, 0 where it did not come.
func (g *bringer) here(n qda.ID) qda.ID {
	if n == 0 {
		return 0
	}
	x := g.guidOf(n)
	if c := g.coders[x]; c != 0 {
		return c
	}
	for _, of := range g.values {
		if a := of[x]; a != 0 {
			return a
		}
	}
	return g.of[x]
}

// who is the coder of something, the one who brings where the file does not say.
func (g *bringer) who(n qda.ID) qda.ID { return g.coder(g.guidOf(n)) }

// joined says as what a coder of the file takes part.
func (g *bringer) joined(c refi.GUID, do *qda.CoderJoined) {
	if k := g.coderOf(c); k != nil {
		do.Initials, do.Role = k.Initials, g.roleOf(c) // leave gives them the role they have
	}
}

// otherKind reports whether an attribute is not of cases (0) or documents (1), and its type.
func (g *bringer) otherKind(x refi.GUID, i int, kind *string) bool {
	if g.side == nil {
		return false
	}
	for _, a := range g.side.Attributes {
		if g.guidOf(a.ID) == x {
			*kind = a.Is.Type
			return a.Is.Of != []qda.Of{qda.OfCases, qda.OfDocuments}[i]
		}
	}
	return false
}

// kindOf says whether a node is a theme or a code.
func (g *bringer) kindOf(c refi.GUID, kind qda.NodeKind) qda.NodeKind {
	if n := g.nodes[c]; n != nil {
		return n.Is.Kind
	}
	return kind
}

// bears says whether a node bore codings, or could.
func (g *bringer) bears(c refi.GUID) bool {
	n := g.nodes[c]
	return n != nil && n.Is.Codable
}

// wasTheme says whether a code has what only themes are given, or a theme somewhere below it: it was one. It is one here until leave.
func (g *bringer) wasTheme(c refi.GUID) bool {
	n := g.nodes[c]
	return n != nil && g.themes[n.ID]
}

// onceThemes finds the codes that were themes.
func (g *bringer) onceThemes() {
	g.themes = map[qda.ID]bool{}
	codes := map[qda.ID]qda.ID{} // and what they stand under
	for _, n := range g.side.Nodes {
		if n.Is.Kind == qda.Code {
			codes[n.ID] = n.Is.Parent
		}
	}
	mark := func(n qda.ID) {
		for up, code := codes[n]; code && !g.themes[n]; up, code = codes[n] {
			g.themes[n] = true
			n = up
		}
	}
	for _, n := range g.side.Nodes {
		if n.Is.Kind == qda.Theme {
			mark(n.Is.Parent)
		} else if n.Is.Looked != 0 {
			mark(n.ID)
		}
	}
	for _, e := range g.side.Evidence {
		mark(e.Is.Theme)
	}
	for _, t := range g.side.Ties {
		mark(t.Is.Theme)
	}
	for _, j := range g.side.Judgements {
		mark(j.Is.Theme)
	}
}

// defined fills in what defines a node, and gives who made it.
func (g *bringer) defined(c refi.GUID, do *qda.NodeAdded) qda.ID {
	n := g.nodes[c]
	if n == nil {
		return g.Coder
	}
	do.Use, do.Avoid, do.Colour, do.At = n.Is.Use, n.Is.Avoid, n.Is.Colour, n.Is.At
	return g.who(n.Is.By)
}

// split gives a document's text in its turns.
func (g *bringer) split(d *refi.Document) *qda.Text {
	if x := g.texts[d.GUID]; x != nil && len(x.TurnList) > 0 && int(x.Chars) == d.Chars() {
		if t := (&qda.Text{Words: []byte(d.Text), Turns: slices.Clone(x.TurnList)}); soundTurns(t) {
			return t
		}
		g.left("turns", "turns_unfit", 1, d.Title())
	}
	return turned(d.Text)
}

// soundTurns reports whether turns lie in their text one after the other, from its first to its last letter.
func soundTurns(t *qda.Text) bool {
	at, char := 0, int32(0)
	for i, x := range t.Turns {
		if i > 0 {
			if at >= len(t.Words) || t.Words[at] != '\n' {
				return false
			}
			at, char = at+1, char+1
		}
		if x.Turn != int32(i+1) || x.Start != char || int(x.Byte) != at || x.Stop < x.Start {
			return false
		}
		for ; char < x.Stop; char++ {
			if at >= len(t.Words) {
				return false
			}
			for at++; at < len(t.Words) && t.Words[at]&0xc0 == 0x80; at++ {
			}
		}
	}
	return at == len(t.Words)
}

// told fills in what is known about a document.
func (g *bringer) told(d refi.GUID, do *qda.DocumentAdded) {
	x := g.texts[d]
	if x == nil {
		return
	}
	do.Type, do.Language, do.Held = x.Kind, x.Language, x.Held
	for label, s := range x.Speakers {
		if do.Speakers == nil {
			do.Speakers = map[string]qda.Speaker{}
		}
		s.Case = g.here(s.Case)
		do.Speakers[label] = s
	}
}

// original gives the file that a document was made of, and its name, where another anyam has sent it along.
func (g *bringer) original(d refi.GUID) (file []byte, name string) {
	x := g.texts[d]
	if x == nil {
		return nil, ""
	}
	if file = g.originals[x.File]; file == nil {
		g.left("originals", "original", 1, x.FileName)
	}
	return file, FileName(x.FileName)
}

// restore makes what the sidecar holds, once the standard's part is there.
func (g *bringer) restore(ctx context.Context, _ *refi.Project) error {
	if g.side == nil {
		return nil
	}
	v, err := g.Engine.View(ctx, g.Project, 0)
	if err != nil {
		return err
	}
	g.view = v
	g.stays()
	for _, x := range g.side.Attributes { // memos may be on them
		g.of[g.guidOf(x.ID)] = g.here(x.ID)
	}
	for _, x := range g.side.Coders {
		g.of[g.guidOf(x.ID)] = g.here(x.ID)
	}
	for _, step := range []func(context.Context) error{g.restoreProject, g.restoreNodes, g.restoreEvidence, g.restoreTheory, g.restoreDrafts, g.restoreRemarks, g.restoreRest} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stays tells what the other anyam has kept back.
func (g *bringer) stays() {
	g.left("history", "history", int(g.side.Seq))
	for _, what := range []string{"documents", "cases", "codes", "memos"} {
		g.left(what, "removed", g.side.Removed[what])
	}
	for _, d := range g.side.Documents {
		if d.Is.Version > 1 {
			g.left("documents", "versions", 1, d.Is.Name)
		}
	}
}

// one is a change that is to be made for a thing of the sidecar.
type one struct {
	what, label string
	by          qda.ID
	do          qda.Change
	then        func(*qda.Entry)
}

// make makes changes in their order, once. What is refused is told and left out.
func (g *bringer) make(ctx context.Context, all []one) error {
	for len(all) > 0 {
		n := min(len(all), engine.MostAtOnce)
		var ins []qda.Intent
		var of []one
		for _, x := range all[:n] {
			e, err := g.known(ctx, x.label)
			if err != nil {
				return err
			}
			if e != nil {
				g.repeated(e, x.then)
				continue
			}
			ins, of = append(ins, qda.Intent{Change: g.change(x.label), Coder: x.by, Do: x.do}), append(of, x)
		}
		all = all[n:]
		if len(ins) == 0 {
			continue
		}
		entries, errs := g.Engine.DoAll(ctx, g.Project, ins)
		for i, x := range of {
			var refused *qda.Error
			switch {
			case errs[i] == nil:
				if g.out.Changes++; x.then != nil {
					x.then(entries[i])
				}
			case errors.As(errs[i], &refused):
				g.left(x.what, "refused", 1)
			default:
				return errs[i]
			}
		}
	}
	return nil
}

// restoreProject gives a project that held nothing what the other was; what somebody has chosen for it stays.
func (g *bringer) restoreProject(ctx context.Context) error {
	p, here := g.side.Project, g.view.Project()
	if p.State == qda.Archived {
		g.left("project", "archived", 1, p.Name)
	}
	before, err := g.known(ctx, "project")
	if err != nil {
		return err
	}
	c := &qda.ProjectChanged{}
	if g.fresh && !g.Chosen && before == nil {
		c.Language, c.Method = &p.Language, &p.Method
	} else if before == nil && (p.Language != here.Language || p.Method != here.Method) {
		g.left("project", "own_settings", 1, p.Language+", "+string(p.Method))
	}
	switch {
	case p.Description == here.Description:
	case g.fresh && here.Description == "" || before != nil:
		c.Description = &p.Description
	case p.Description != "":
		g.left("project", "own_description", 1, p.Description)
	}
	if before == nil && *c == (qda.ProjectChanged{}) {
		return nil
	}
	return g.make(ctx, []one{{"project", "project", 0, c, nil}})
}

// restoreNodes says what nodes claim and where they end. A text that a node of this project has already stays.
func (g *bringer) restoreNodes(ctx context.Context) error {
	var all, retired, looked []one
	for _, n := range g.side.Nodes {
		to := g.here(n.ID)
		x, ok := g.view.Node(to)
		if !ok {
			continue
		}
		name := g.guidOf(n.ID).String()
		c, some := &qda.NodeChanged{Node: to}, false
		for _, f := range []struct {
			is, was string
			set     **string
		}{{n.Is.Claim, x.Claim, &c.Claim}, {n.Is.Scope, x.Scope, &c.Scope}, {n.Is.Boundary, x.Boundary, &c.Boundary}, {n.Is.Naming, x.Naming, &c.Naming}, {n.Is.Use, x.Use, &c.Use}, {n.Is.Avoid, x.Avoid, &c.Avoid}} {
			switch {
			case f.is == "" || f.is == f.was:
			case f.was != "":
				g.left("codes", "own_texts", 1, x.Name)
			default:
				*f.set, some = &f.is, true
			}
		}
		if e := g.here(n.Is.Example); e != 0 && x.Example == 0 {
			c.Example, some = &e, true
		}
		if some {
			all = append(all, one{"codes", "texts " + name, g.Coder, c, nil})
		}
		// What was here stays as it is: in use, and not looked at on the word of another study.
		if g.joinedTo[g.guidOf(n.ID)] {
			if n.Is.State == qda.Retired {
				g.left("codes", "retired_here", 1, x.Name)
			}
			if n.Is.Looked != 0 {
				g.left("looked", "looked_here", 1, x.Name)
			}
			continue
		}
		if n.Is.State == qda.Retired && x.State == qda.Live {
			retired = append(retired, one{"codes", "retired " + name, g.Coder, &qda.NodesState{Nodes: []qda.ID{to}, State: qda.Retired}, nil})
		}
		if n.Is.Looked != 0 && x.Looked == 0 {
			looked = append(looked, one{"looked", "looked " + name, g.who(n.Is.LookedBy), &qda.CounterLooked{Theme: to, Looked: true, At: n.Is.Looked}, nil})
		}
	}
	return g.make(ctx, append(append(all, looked...), retired...))
}

func (g *bringer) restoreEvidence(ctx context.Context) error {
	var all []one
	type chosen struct{ theme, coding qda.ID }
	have := map[chosen]bool{}
	for _, n := range g.view.Nodes() {
		supports, against := g.view.As(0).Evidence(n.ID)
		for _, e := range append(supports, against...) {
			have[chosen{e.Theme, e.Coding}] = true
		}
	}
	for _, e := range g.side.Evidence {
		theme, coding := g.here(e.Is.Theme), g.here(e.Is.Coding)
		if theme == 0 || coding == 0 {
			g.left("evidence", "no_theme", 1)
			continue
		}
		label := "evidence " + g.guidOf(e.ID).String()
		if have[chosen{theme, coding}] {
			before, err := g.known(ctx, label)
			if err != nil {
				return err
			}
			if before == nil {
				g.left("evidence", "same_evidence", 1)
				continue
			}
		}
		all = append(all, one{"evidence", label, g.who(e.Is.Coder),
			&qda.EvidenceChosen{Theme: theme, Codings: []qda.ID{coding}, Against: e.Is.Against, Why: e.Is.Why, At: e.Is.At}, nil})
	}
	return g.make(ctx, all)
}

func (g *bringer) restoreTheory(ctx context.Context) error {
	have := map[string]qda.ID{}
	for _, c := range g.view.Concepts() {
		have[fmt.Sprint(c.Parent, strings.ToLower(c.Name))] = c.ID
	}
	for _, c := range g.side.Concepts { // a framework before what is under it
		x := g.guidOf(c.ID)
		label := "concept " + x.String()
		parent := g.here(c.Is.Parent)
		before, err := g.known(ctx, label)
		if err != nil {
			return err
		}
		if n := have[fmt.Sprint(parent, strings.ToLower(c.Is.Name))]; n != 0 && before == nil {
			g.of[x] = n
			if k, ok := g.view.Concept(n); ok && c.Is.Definition != "" && c.Is.Definition != k.Definition {
				if err := g.memo(ctx, "about "+x.String(), c.Is.Name, refi.GUID{}, qda.MemoWritten{On: n, Text: c.Is.Definition}); err != nil {
					return err
				}
			}
			continue
		}
		if err := g.make(ctx, []one{{"concepts", label, g.Coder, &qda.ConceptAdded{Parent: parent, Name: c.Is.Name, Definition: c.Is.Definition}, func(e *qda.Entry) { g.of[x] = made(e, qda.SortConcept) }}}); err != nil {
			return err
		}
	}
	var all []one
	type tie struct{ theme, concept qda.ID }
	tied := map[tie]string{}
	for _, t := range g.view.Ties() {
		tied[tie{t.Theme, t.Concept}] = t.Why
	}
	for _, t := range g.side.Ties {
		label := "tie " + g.guidOf(t.ID).String()
		before, err := g.known(ctx, label)
		if err != nil {
			return err
		}
		if why, ok := tied[tie{g.here(t.Is.Theme), g.here(t.Is.Concept)}]; ok && before == nil {
			if t.Is.Why != "" && t.Is.Why != why {
				g.left("ties", "own_tie", 1)
			}
			continue
		}
		all = append(all, one{"ties", label, g.who(t.Is.Coder), &qda.Tied{Theme: g.here(t.Is.Theme), Concept: g.here(t.Is.Concept), Why: t.Is.Why, At: t.Is.At}, nil})
	}
	return g.make(ctx, all)
}

func (g *bringer) restoreRest(ctx context.Context) error {
	var all []one
	var spots []qda.SpotOf
	placed := map[qda.ID]bool{}
	for _, s := range g.view.Spots() {
		placed[s.ID] = true
	}
	for _, s := range g.side.Spots {
		if n := g.here(s.ID); n != 0 && !placed[n] {
			spots = append(spots, qda.SpotOf{Node: n, X: s.Is.X, Y: s.Is.Y})
		}
	}
	for i := 0; len(spots) > 0; i++ {
		n := min(len(spots), qda.MaxSpots)
		all = append(all, one{"spots", fmt.Sprint("spots ", i), g.Coder, &qda.Arranged{Spots: spots[:n]}, nil})
		spots = spots[n:]
	}
	asked := map[string]bool{}
	for _, q := range g.view.As(0).Questions() {
		asked[strings.ToLower(q.Name)] = true
	}
	for _, q := range g.side.Questions {
		label, name := "question "+g.guidOf(q.ID).String(), q.Is.Name
		if before, err := g.known(ctx, label); err != nil {
			return err
		} else if before == nil {
			name = g.named("questions", name, "?", asked)
		}
		query, gone, past := renumbered(q.Is.Query, g.here, false)
		if gone {
			g.left("questions", "asks_gone", 1, name)
		}
		if past {
			g.left("questions", "asks_past", 1, name)
		}
		all = append(all, one{"questions", label, g.who(q.Is.Coder), &qda.QuestionKept{Name: name, Query: query, At: q.Is.At}, nil})
	}
	for _, d := range g.side.Documents {
		for _, who := range d.Is.Finished {
			if n := g.here(d.ID); n != 0 {
				if x, ok := g.view.Document(n); ok && g.met[g.guidOf(d.ID)] != nil && slices.Contains(x.Finished, g.self(g.guidOf(who))) {
					continue // they said so here
				}
				all = append(all, one{"finished", fmt.Sprint("finished ", g.guidOf(d.ID), who), g.who(who), &qda.DocumentFinished{Document: n, Finished: true}, nil})
			}
		}
	}
	if err := g.make(ctx, all); err != nil {
		return err
	}
	return g.restoreJudgements(ctx)
}

// leave ends what only had to last until all was written: codes that were themes are codes again, coders who have left or are blind are
// that again, and who was here may do what they could.
func (g *bringer) leave(ctx context.Context, _ *refi.Project) error {
	var all []one
	for _, k := range g.raised {
		if !k.Role.Valid() {
			all = append(all, one{"coders", "left again " + itoa(k.ID), 0, &qda.CoderLeft{Coder: k.ID}, nil})
			continue
		}
		all = append(all, one{"coders", "lower " + itoa(k.ID), 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: k.ID, Role: &k.Role, Blind: &k.Blind}}}, nil})
	}
	if g.side == nil {
		return g.make(ctx, all)
	}
	for _, n := range slices.Backward(g.side.Nodes) { // what is below first: no theme stands under a code
		if c := g.guidOf(n.ID); g.of[c] != 0 && !g.joinedTo[c] && g.wasTheme(c) {
			all = append(all, one{"codes", "code again " + c.String(), g.Coder, &qda.NodeTurned{Node: g.of[c], Type: qda.Code}, nil})
		}
	}
	for _, k := range g.side.Coders {
		n := g.coders[g.guidOf(k.ID)]
		if n == 0 || g.matched[n] { // who was here stays what they are here
			continue
		}
		label := g.guidOf(k.ID).String()
		if k.Is.Role == qda.Researcher && g.roleOf(g.guidOf(k.ID)) != qda.Researcher {
			all = append(all, one{"coders", "role " + label, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: n, Role: &k.Is.Role}}}, nil})
		}
		if k.Is.Blind {
			all = append(all, one{"coders", "blind " + label, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: n, Blind: &k.Is.Blind}}}, nil})
		}
		role := k.Is.Role
		switch {
		case role == qda.Owner:
			role = qda.Researcher
			g.left("coders", "owner", 1, k.Is.Name)
			fallthrough
		case role == qda.Supervisor:
			all = append(all, one{"coders", "role " + label, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: n, Role: &role}}}, nil})
		case !role.Valid():
			all = append(all, one{"coders", "left " + label, 0, &qda.CoderLeft{Coder: n}, nil})
		}
	}
	return g.make(ctx, all)
}

// at gives the second of a time in a file, 0 where it has none, or one that nothing here can be of.
func (g *bringer) at(what, name string, t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Unix() <= 0 || t.After(g.Now):
		g.left(what, "dates", 1, name+", "+t.UTC().Format(time.DateOnly))
		return 0
	}
	return qda.Unix(t)
}
