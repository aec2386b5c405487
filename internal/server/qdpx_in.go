package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// Bringing is a REFI-QDA file that is to become part of a project.
type Bringing struct {
	Store   *store.Store
	Engine  *engine.Engine
	Project qda.ProjectID
	Coder   qda.ID // in whose name what belongs to nobody in the file comes in
	Data    []byte
	Now     time.Time
}

// Brought says what became of a file: what its reader says, what was added to the project, and what the project had no place for.
type Brought struct {
	File       *refi.Report `json:"file"`
	Coders     int          `json:"coders"`
	Attributes int          `json:"attributes"`
	Cases      int          `json:"cases"`
	Codes      int          `json:"codes"`
	Documents  int          `json:"documents"`
	Codings    int          `json:"codings"`
	Memos      int          `json:"memos"`
	Left       []Left       `json:"left"`
}

// Left is something of a file that did not come in as it was, and how often.
type Left struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// Bring adds a REFI-QDA project or codebook to a project, one change after the other. The change ids follow from the file and the
// project, so the same file again adds nothing twice and goes on where it broke off. People in the file become placeholders who can't
// sign in. The error is a *refi.BadFile where the file can't be read.
func Bring(ctx context.Context, b Bringing) (*Brought, error) {
	p, report, err := refi.Read(b.Data, refi.Options{})
	if err != nil {
		return nil, err
	}
	v, err := b.Engine.View(ctx, b.Project, 0)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Data)
	guid := v.GUID()
	var name qda.ChangeID
	for i := range name {
		name[i] = sum[i] ^ guid[i]
	}
	g := &bringer{Bringing: b, view: v, name: name, out: &Brought{File: report, Left: []Left{}}, of: map[refi.GUID]qda.ID{}, coders: map[refi.GUID]qda.ID{}, places: map[refi.GUID]place3{}}
	for _, step := range []func(context.Context, *refi.Project) error{g.people, g.attributes, g.cases, g.codes, g.documents, g.memos} {
		if err := step(ctx, p); err != nil {
			return g.out, err
		}
	}
	g.left("links", "anyam has no links between things", len(p.Links))
	g.left("sets", "anyam has no sets", len(p.Sets))
	g.left("graphs", "a map is drawn from the codes themselves", len(p.Graphs))
	return g.out, nil
}

// place3 is where a selection of the file is.
type place3 struct {
	document    qda.ID
	start, stop int
}

type bringer struct {
	Bringing
	view   *engine.View
	name   qda.ChangeID
	out    *Brought
	of     map[refi.GUID]qda.ID // documents, codes, cases, codings, attributes of cases
	coders map[refi.GUID]qda.ID
	places map[refi.GUID]place3
	values [2]map[refi.GUID]qda.ID // attributes of cases, and of documents
}

func (g *bringer) left(what, why string, n int) {
	if n == 0 {
		return
	}
	for i := range g.out.Left {
		if g.out.Left[i].What == what && g.out.Left[i].Why == why {
			g.out.Left[i].Count += n
			return
		}
	}
	g.out.Left = append(g.out.Left, Left{what, why, n})
}

// known gives the entry of a change of this file, nil where it was not made yet. The label says of what the change is.
func (g *bringer) known(ctx context.Context, label string) (qda.ChangeID, *qda.Entry, error) {
	h := sha256.New()
	h.Write(g.name[:])
	h.Write([]byte(label))
	var c qda.ChangeID
	copy(c[:], h.Sum(nil))
	c[6], c[8] = c[6]&0x0f|0x80, c[8]&0x3f|0x80 // a UUID of a kind of its own (RFC 9562, version 8)
	e, err := g.Store.ByChange(ctx, g.Project, c)
	return c, e, err
}

// do makes a change of the file, once.
func (g *bringer) do(ctx context.Context, label string, coder qda.ID, c qda.Change, text *qda.Text) (*qda.Entry, error) {
	id, e, err := g.known(ctx, label)
	if err != nil || e != nil {
		return e, err
	}
	return g.Engine.Do(ctx, g.Project, qda.Intent{Change: id, Coder: coder, Do: c, Text: text})
}

func made(e *qda.Entry, s qda.Sort) qda.ID {
	for _, d := range e.Did {
		if d.Of == s && d.New != nil {
			return d.ID
		}
	}
	return 0
}

// named makes a name of the file's fit for one of ours, unlike those that are taken: what is too long is cut.
func (g *bringer) named(what, s, blank string, taken map[string]bool) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > qda.MaxName-8 {
		s = string(r[:qda.MaxName-8])
		g.left(what, "names over the longest were cut", 1)
	}
	clean, err := qda.CleanName(s)
	if err != nil {
		clean = blank
		g.left(what, "names that can't be shown were replaced", 1)
	}
	s = clean
	for i := 2; taken[strings.ToLower(s)]; i++ {
		s = fmt.Sprintf("%s (%d)", clean, i)
	}
	if s != clean {
		g.left(what, "names that were there already got a number", 1)
	}
	taken[strings.ToLower(s)] = true
	return s
}

// text makes a text of the file's fit for a field.
func (g *bringer) text(what, s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\ufffd"), "\ufffd")
	if r := []rune(s); len(r) > qda.MaxText {
		g.left(what, "texts over the longest were cut", 1)
		s = string(r[:qda.MaxText])
	}
	return s
}

func (g *bringer) people(ctx context.Context, p *refi.Project) error {
	taken := map[string]bool{}
	for _, c := range p.Coders {
		name := g.named("coders", c.Name, "?", taken)
		e, err := g.do(ctx, "coder "+c.GUID.String(), 0, &qda.CoderJoined{Name: name, Initials: engine.Initials(name), Role: qda.Researcher}, nil)
		if err != nil {
			return err
		}
		g.coders[c.GUID] = made(e, qda.SortCoder)
		g.out.Coders++
	}
	return nil
}

func (g *bringer) coder(c refi.GUID) qda.ID {
	if n, ok := g.coders[c]; ok {
		return n
	}
	return g.Coder
}

func (g *bringer) attributes(ctx context.Context, p *refi.Project) error {
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
			}
		}
		for _, x := range p.Attributes {
			if !used[i][x.GUID] && (i == 1 || used[1][x.GUID]) {
				continue // of the other kind alone
			}
			name := g.named("attributes", x.Name, "?", taken)
			_, before, err := g.known(ctx, fmt.Sprint("attribute ", i, x.GUID))
			if err != nil {
				return err
			}
			if n, ok := have[strings.ToLower(name)]; ok && before == nil {
				g.values[i][x.GUID] = n
				continue
			}
			kind := "text"
			switch x.Type {
			case refi.IntegerValue, refi.FloatValue:
				kind = "number"
			case refi.DateValue:
				kind = "date"
			}
			e, err := g.do(ctx, fmt.Sprint("attribute ", i, x.GUID), g.Coder, &qda.AttributeAdded{Name: name, Of: of, Type: kind}, nil)
			if err != nil {
				return err
			}
			g.values[i][x.GUID] = made(e, qda.SortAttribute)
			g.out.Attributes++
		}
	}
	return nil
}

func (g *bringer) valued(i int, all []refi.Value) qda.Values {
	r := qda.Values{}
	for _, v := range all {
		if n := g.values[i][v.Attribute]; n != 0 && v.Text != "" {
			r[n] = g.text("values", v.Text)
		}
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
	for _, k := range p.Cases {
		e, err := g.do(ctx, "case "+k.GUID.String(), g.Coder, &qda.CaseAdded{Name: g.named("cases", k.Name, "?", taken), Values: g.valued(0, k.Values)}, nil)
		if err != nil {
			return err
		}
		n := made(e, qda.SortCase)
		g.of[k.GUID] = n
		g.out.Cases++
		g.left("codes on cases", "a case bears no codes in anyam", len(k.Codes))
		g.left("selections of cases", "a case has whole documents in anyam", len(k.Selections))
		for _, d := range k.Documents {
			if g.of[d] == 0 {
				g.of[d] = n // until the document is there: see documents
			} else {
				g.left("documents of several cases", "a document belongs to one case", 1)
			}
		}
		if k.Description != "" {
			if _, err := g.do(ctx, "about "+k.GUID.String(), g.Coder, &qda.MemoWritten{On: n, Text: g.text("cases", k.Description)}, nil); err != nil {
				return err
			}
			g.out.Memos++
		}
	}
	return nil
}

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
	var walk func(list []refi.Code, parent qda.ID, underCode bool) error
	walk = func(list []refi.Code, parent qda.ID, underCode bool) error {
		taken := map[string]bool{}
		have := map[string]*qda.Node{}
		for _, n := range g.view.Nodes() {
			if n.Parent == parent && (parent != 0 || n.Parent == 0) {
				have[strings.ToLower(n.Name)] = n
			}
		}
		for _, c := range list {
			kind := qda.Code
			if !coded[c.GUID] && !underCode && (len(c.Children) > 0 || !c.Codable) {
				kind = qda.Theme // it gathers, and bears no codings
			}
			if x, ok := have[strings.ToLower(strings.Join(strings.Fields(c.Name), " "))]; ok && (x.Kind != kind || x.State != qda.Live) {
				taken[strings.ToLower(x.Name)] = true // of another kind: this one gets another name
			}
			name := g.named("codes", c.Name, "?", taken)
			n := qda.ID(0)
			_, before, err := g.known(ctx, "code "+c.GUID.String())
			if err != nil {
				return err
			}
			if x, ok := have[strings.ToLower(name)]; before == nil && ok && x.Kind == kind && x.State == qda.Live {
				n = x.ID // the same name in the same place is the same code
				g.left("codes", "codes of the same name in the same place became one", 1)
				if c.Description != "" && c.Description != x.Definition {
					if _, err := g.do(ctx, "about "+c.GUID.String(), g.Coder, &qda.MemoWritten{On: n, Text: g.text("codes", c.Description)}, nil); err != nil {
						return err
					}
					g.out.Memos++
				}
			} else {
				e, err := g.do(ctx, "code "+c.GUID.String(), g.Coder, &qda.NodeAdded{Type: kind, Parent: parent, Name: name, Definition: g.text("codes", c.Description), Colour: exchange.NearestColour(c.Colour), GUID: strings.ToLower(c.GUID.String())}, nil)
				if err != nil {
					return err
				}
				n = made(e, qda.SortNode)
				g.out.Codes++
			}
			g.of[c.GUID] = n
			if err := walk(c.Children, n, kind == qda.Code); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(p.Codes, 0, false)
}

// turned makes a text of words as they are: a turn for each part that stands alone, blank ones with the one before.
func turned(words string) *qda.Text {
	t := &qda.Text{Words: []byte(words)}
	start, char, begun := 0, int32(0), false
	end := func(stop int) {
		n := int32(utf8.RuneCountInString(words[start:stop]))
		t.Turns = append(t.Turns, qda.Turn{Turn: int32(len(t.Turns) + 1), Start: char, Stop: char + n, Byte: int32(start), FromMS: -1, ToMS: -1})
		start, char, begun = stop+1, char+n+1, false
	}
	for i := 0; i < len(words); i++ {
		if words[i] != '\n' {
			begun = true
			continue
		}
		if begun && i+1 < len(words) && words[i+1] != '\n' {
			end(i)
		}
	}
	end(len(words))
	return t
}

func (g *bringer) documents(ctx context.Context, p *refi.Project) error {
	for i := range p.Documents {
		d := &p.Documents[i]
		kase := g.of[d.GUID]
		delete(g.of, d.GUID)
		if d.Missing || d.Text == "" {
			g.left("documents", "the file had no text for them", 1)
			continue
		}
		if utf8.RuneCountInString(d.Text) > qda.MaxDocument {
			g.left("documents", "longer than a document can be", 1)
			continue
		}
		text := turned(d.Text)
		sum := sha256.Sum256(text.Words)
		data := []byte(d.Text)
		name := d.Name
		if name == "" {
			name = path.Base(strings.ReplaceAll(d.Path, `\`, "/"))
		}
		name = g.named("documents", name, "?", map[string]bool{})
		do := &qda.DocumentAdded{File: hex.EncodeToString(sum[:]), FileName: name + ".txt", Name: name, Type: qda.Interview, Case: kase, Values: g.valued(1, d.Values), Sum: hex.EncodeToString(sum[:]),
			Words: int32(len(strings.Fields(d.Text))), Chars: int32(utf8.RuneCount(text.Words)), Turns: int32(len(text.Turns))}
		if err := g.Store.PutFile(ctx, g.Project, SumOf(data), do.FileName, data, g.Now); err != nil {
			return err
		}
		e, err := g.do(ctx, "document "+d.GUID.String(), g.Coder, do, text)
		if err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
		n := made(e, qda.SortDocument)
		g.of[d.GUID] = n
		g.out.Documents++
		if err := g.codings(ctx, d, n, do.Chars); err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
		if d.Description != "" {
			if _, err := g.do(ctx, "about "+d.GUID.String(), g.coder(d.Coder), &qda.MemoWritten{On: n, Text: g.text("documents", d.Description)}, nil); err != nil {
				return err
			}
			g.out.Memos++
		}
	}
	return nil
}

// codings applies what a document of the file bears: an entry for each code and coder, at most 500 spans an entry.
func (g *bringer) codings(ctx context.Context, d *refi.Document, document qda.ID, chars int32) error {
	type key struct{ code, coder qda.ID }
	type one struct {
		span span.Span
		guid refi.GUID
	}
	words := engine.NewWords(&qda.Text{Words: []byte(d.Text)})
	var order []key
	all := map[key][]one{}
	seen := map[key]map[span.Span]bool{}
	put := func(c refi.Coding, s span.Span) {
		k := key{g.of[c.Code], g.coder(c.Coder)}
		if k.code == 0 {
			g.left("codings", "their code is not in the file", 1)
			return
		}
		if seen[k] == nil {
			seen[k] = map[span.Span]bool{}
			order = append(order, k)
		}
		if seen[k][s] {
			g.left("codings", "the same code by the same coder on the same words became one", 1)
			return
		}
		seen[k][s] = true
		all[k] = append(all[k], one{s, c.GUID})
	}
	for _, s := range d.Selections {
		g.places[s.GUID] = place3{document, s.Start, s.Stop}
		for _, c := range s.Codings {
			put(c, span.Span{Start: int32(s.Start), Stop: int32(s.Stop)})
		}
	}
	for _, c := range d.Codings {
		put(c, span.Span{Stop: chars})
		g.left("codes on whole documents", "they stand on all of the document's words", 1)
	}
	for _, k := range order {
		for rest := all[k]; len(rest) > 0; {
			n := min(len(rest), 500)
			c := &qda.CodingApplied{Document: document, Version: 1, Code: k.code}
			for _, x := range rest[:n] {
				c.Spans = append(c.Spans, qda.SpanOf{Start: x.span.Start, Stop: x.span.Stop, Check: span.Check([]byte(words.Quote(x.span)))})
			}
			e, err := g.do(ctx, fmt.Sprint("codings ", d.GUID, k, len(rest)), k.coder, c, nil)
			if err != nil {
				return err
			}
			by := map[span.Span]qda.ID{}
			for _, did := range e.Did {
				if x, ok := did.New.(*qda.Coding); ok {
					by[span.Span{Start: x.Start, Stop: x.Stop}] = did.ID
				}
			}
			for _, x := range rest[:n] {
				g.of[x.guid] = by[x.span]
			}
			g.out.Codings += len(by)
			rest = rest[n:]
		}
	}
	for _, s := range d.Selections {
		if s.Description != "" {
			c := &qda.MemoWritten{On: document, Start: int32(s.Start), Stop: int32(s.Stop), Text: g.text("selections", s.Description)}
			if _, err := g.do(ctx, "about "+s.GUID.String(), g.coder(s.Coder), c, nil); err != nil {
				return err
			}
			g.out.Memos++
		}
	}
	return nil
}

func (g *bringer) memos(ctx context.Context, p *refi.Project) error {
	for _, m := range p.Memos {
		text := g.text("memos", m.Text)
		if m.Description != "" && m.Description != m.Text {
			text = strings.TrimSpace(text + "\n\n" + g.text("memos", m.Description))
		}
		if strings.TrimSpace(text) == "" {
			text = m.Name
		}
		if strings.TrimSpace(text) == "" {
			g.left("memos", "they are empty", 1)
			continue
		}
		on := m.On
		if len(on) == 0 {
			on = []refi.Target{{Kind: refi.OnProject}}
		}
		for _, t := range on {
			c := &qda.MemoWritten{Text: text}
			switch t.Kind {
			case refi.OnSelection:
				at := g.places[t.GUID]
				c.On, c.Start, c.Stop = at.document, int32(at.start), int32(at.stop)
			case refi.OnProject:
			default:
				c.On = g.of[t.GUID]
			}
			if c.On == 0 && t.Kind != refi.OnProject {
				g.left("memos", "what they were about is not in the project: they are on the project", 1)
				c.Start, c.Stop = 0, 0
			}
			_, err := g.do(ctx, fmt.Sprint("memo ", m.GUID, t), g.coder(m.Coder), c, nil)
			var refused *qda.Error
			if errors.As(err, &refused) && refused.Fault == qda.Invalid {
				g.left("memos", refused.Key, 1)
				continue
			}
			if err != nil {
				return err
			}
			g.out.Memos++
		}
		g.left("selections in memos", "a memo bears no codings in anyam", len(m.Selections))
	}
	return nil
}
