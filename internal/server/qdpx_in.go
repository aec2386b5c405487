package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// Bringing is a REFI-QDA file that is to become part of a project.
type Bringing struct {
	Into   // its Coder is in whose name what belongs to nobody in the file comes in
	Data   []byte
	Chosen bool // somebody has chosen the project's language and method, with those of the file before their eyes
	Now    time.Time
	Apart  bool                                     // documents that are here already, word for word, come in once more
	Step   func(done, steps int, what string) error // hears before each write how far it is, and may end it; nil: nobody does
}

// Brought says what became of a file: what its reader says, what was added to the project, and what the project had no place for.
type Brought struct {
	File     *refi.Report `json:"file"`
	inCounts              // added now
	Again    bool         `json:"came_before"` // the same file, to its end or until it broke off
	Changes  int          `json:"changes"`     // of the project, now
	Joined   int          `json:"joined"`      // documents that were here already, word for word
	Left     []Left       `json:"left"`

	before inCounts // added the time before
}

// Left is something of a file that did not come in as it was, and how often.
type Left struct {
	What  string `json:"what"`
	Key   string `json:"key"`  // of the reason
	Why   string `json:"why"`  // the reason in English
	Fate  string `json:"fate"` // lost, joined, altered or added
	Count int    `json:"count"`

	Examples []string `json:"examples,omitempty"` // of names, each once, at most refi.MostExamples
}

// fates says what became of what did not come in as it was, by the reason, where it is not gone.
var fates = map[string]string{
	"names_cut": "altered", "names_replaced": "altered", "names_numbered": "altered", "texts_cut": "altered", "all_words": "altered",
	"on_project": "altered", "texts_split": "altered", "values_joined": "altered", "several_things": "altered", "colours": "altered",
	"types": "altered", "now_theme": "altered", "now_code": "altered", "no_coder": "altered", "no_date": "altered", "dates": "altered",
	"archived": "altered", "asks_gone": "altered", "asks_past": "altered", "judged_draft": "altered", "other_coder": "altered",
	"turns_unfit": "altered", "draft_memo": "altered", "draft_remark": "altered", "judged_before": "altered", "owner": "altered",
	"judged_joined": "altered",
	"same_code":     "joined", "same_coding": "joined", "same_coder": "joined", "same_guid": "joined", "same_document": "joined", "same_case": "joined",
	"same_memo": "joined", "same_evidence": "joined",
	"kept_apart": "added",
}

// Bring adds a REFI-QDA project or codebook to a project, one change after the other. The change ids follow from the file and the
// project, so the same file again adds nothing twice and goes on where it broke off. People in the file become placeholders who can't
// sign in. The error is a *refi.BadFile or an *exchange.BadFile where the file can't be read.
func Bring(ctx context.Context, b Bringing) (*Brought, error) {
	p, report, err := b.Extractor.Project(ctx, b.Data)
	if err != nil {
		return nil, err
	}
	notTaken(p, report)
	v, err := b.begun(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Data)
	guid := v.GUID()
	var name qda.ChangeID
	for i := range name {
		name[i] = sum[i] ^ guid[i]
	}
	g := &bringer{Bringing: b, view: v, name: name, out: &Brought{File: report, Left: []Left{}}, of: map[refi.GUID]qda.ID{},
		coders: map[refi.GUID]qda.ID{}, places: map[refi.GUID]place3{}, matched: map[qda.ID]bool{}}
	g.joinedTo = map[refi.GUID]bool{}
	defer g.settle()
	g.prepare(p)
	if g.came, err = cameAs(ctx, b.Store, v); err != nil {
		return nil, err
	}
	if err := g.begin(ctx, p); err != nil {
		return nil, err
	}
	if err := g.meet(ctx, p); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *refi.Project) error{g.people, g.itself, g.attributes, g.cases, g.codes, g.documents, g.codings, g.restore, g.memos, g.leave} {
		err := step(ctx, p)
		if err == nil {
			err = g.flush(ctx)
		}
		if err != nil {
			return g.out, err
		}
	}
	g.unknown(p)
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
	called map[refi.GUID]string    // their names in the file
	wordy  map[qda.ID]bool         // those of text
	over   []overlong
	taken  map[refi.GUID]bool // by codes that were here

	came    map[qda.ID]refi.GUID // by which GUIDs coders here came with files
	matched map[qda.ID]bool      // coders here who are coders of the file
	raised  []*qda.Coder         // those who may do more for as long as the file comes in, as they were

	writing
	restoring
	joining
}

// left notes that something did not come in as it was, n times; names are examples of it.
func (g *bringer) left(what, key string, n int, names ...string) {
	if n <= 0 { // a file may say that it kept back fewer than none
		return
	}
	all := &g.out.Left
	at := slices.IndexFunc(*all, func(l Left) bool { return l.What == what && l.Key == key })
	if at < 0 {
		l := Left{What: what, Key: key, Fate: "lost"}
		if f := fates[key]; f != "" {
			l.Fate = f
		}
		if strings.HasPrefix(key, "refused.") {
			l.Why = inEnglish().T(key)
		} else {
			l.Why = inEnglish().T("projectin.left." + key)
		}
		at, *all = len(*all), append(*all, l)
	}
	l := &(*all)[at]
	l.Count += n
	for _, name := range names {
		if name = clip(name, 80); name != "" && len(l.Examples) < refi.MostExamples && !slices.Contains(l.Examples, name) {
			l.Examples = append(l.Examples, name)
		}
	}
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
		g.left(what, "names_cut", 1, s)
		s = string(r[:qda.MaxName-8])
	}
	clean, err := qda.CleanName(s)
	if err != nil {
		clean = blank
		g.left(what, "names_replaced", 1, strconv.QuoteToGraphic(s))
	}
	s = clean
	for i := 2; taken[strings.ToLower(s)]; i++ {
		s = fmt.Sprintf("%s (%d)", clean, i)
	}
	if s != clean {
		g.left(what, "names_numbered", 1, s)
	}
	taken[strings.ToLower(s)] = true
	return s
}

// readable gives a text of the file in letters that can be kept.
func readable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\ufffd"), "\ufffd")
}

// text makes a text of the file's fit for a field.
func (g *bringer) text(what, s string) string {
	s = readable(s)
	if r := []rune(s); len(r) > qda.MaxText {
		g.left(what, "texts_cut", 1)
		s = string(r[:qda.MaxText])
	}
	return s
}

// An overlong text goes on in memos on its thing.
type overlong struct {
	of         refi.GUID
	name, rest string
}

// beginning gives as much of a text as a field holds; memos writes the rest.
func (g *bringer) beginning(what, name string, of refi.GUID, s string) string {
	s = readable(s)
	head := s[:broken(s, qda.MaxText)]
	if head != s {
		g.left(what, "texts_split", 1, name)
		g.over = append(g.over, overlong{of, name, s[len(head):]})
	}
	return head
}

// broken gives the byte at which a text of more than most characters can be broken: after a line, a word, or wherever it must.
func broken(s string, most int) int {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return len(s)
	}
	end, n := 0, 0
	for end = range s {
		if n == most {
			break
		}
		n++
	}
	for _, at := range []string{"\n", " "} {
		if i := strings.LastIndex(s[:end], at); i > end/2 {
			return i + 1
		}
	}
	return end
}

// memo writes a memo, once, that is not here yet in its writer's name; one that is longer than a memo can be becomes several, numbered.
func (g *bringer) memo(ctx context.Context, label, name string, by refi.GUID, c qda.MemoWritten) error {
	whole := readable(c.Text)
	parts := []string{whole}
	if most := qda.MaxText - 20; broken(whole, qda.MaxText) < len(whole) {
		parts = nil
		for whole != "" {
			n := broken(whole, most)
			parts, whole = append(parts, whole[:n]), whole[n:]
		}
		g.left("memos", "texts_split", 1, name)
	}
	for i, s := range parts {
		do, id := c, label
		if do.Text = s; len(parts) > 1 {
			do.Text = fmt.Sprintf("%d/%d\n\n%s", i+1, len(parts), s)
		}
		if i > 0 {
			id = fmt.Sprint(label, " part ", i+1)
		}
		if g.written(&do, by) {
			before, err := g.known(ctx, id)
			if err != nil {
				return err
			}
			if before == nil {
				g.left("memos", "same_memo", 1, name)
				continue
			}
		}
		if err := g.later(ctx, id, g.coder(by), &do, nil, g.oneMemo); err != nil {
			return err
		}
	}
	return nil
}

// titled puts a title before a text that does not begin with it.
func titled(title, text string) string {
	title = strings.Join(strings.Fields(title), " ")
	begins := strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(title, "…"), "..."))
	head := strings.Join(strings.Fields(text[:min(len(text), 8*len(title)+64)]), " ")
	switch {
	case strings.TrimSpace(text) == "":
		return title
	case strings.HasPrefix(head, begins):
		return text
	}
	return title + "\n\n" + text
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
		if g.textless(d) {
			continue
		}
		if here := g.met[d.GUID]; here != nil {
			if err := g.join(ctx, d, here, kase); err != nil {
				return err
			}
			continue
		}
		text := g.split(d)
		g.timed(d, text)
		sum := sha256.Sum256(text.Words)
		name := d.Name
		if name == "" {
			name = path.Base(strings.ReplaceAll(d.Path, `\`, "/"))
		}
		name = g.named("documents", name, "?", map[string]bool{})
		file, fileName := text.Words, name+".txt"
		if len(d.Original) > 0 {
			if file = d.Original; d.Path == "" { // it is the styled file that the text was read out of
				fileName = name + path.Ext(strings.ReplaceAll(d.Rich, `\`, "/"))
			}
		}
		if data, as := g.original(d.GUID); data != nil {
			file, fileName = data, as
		}
		original := sha256.Sum256(file)
		do := &qda.DocumentAdded{File: hex.EncodeToString(original[:]), FileName: fileName, Name: name, Type: qda.Interview, Case: kase, Values: g.valued(1, d.Values, d.Title()), Sum: hex.EncodeToString(sum[:]),
			Words: int32(len(strings.Fields(d.Text))), Chars: int32(utf8.RuneCount(text.Words)), Turns: int32(len(text.Turns)), At: g.at("documents", d.Title(), d.Created)}
		g.told(d.GUID, do)
		g.files = append(g.files, store.NewFile{Sum: original, Name: do.FileName, Bytes: file})
		err := g.later(ctx, "document "+d.GUID.String(), g.coder(d.Coder), do, text, func(e *qda.Entry) {
			g.of[d.GUID] = made(e, qda.SortDocument)
			g.out.Documents++
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// codings applies what the documents bear: an entry for each document, code and coder, at most 500 spans an entry.
func (g *bringer) codings(ctx context.Context, p *refi.Project) error {
	for i := range p.Documents {
		d := &p.Documents[i]
		if n := g.of[d.GUID]; n != 0 {
			if err := g.codingsOf(ctx, d, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *bringer) codingsOf(ctx context.Context, d *refi.Document, document qda.ID) error {
	type one struct {
		coded
		guid refi.GUID
		at   int64
	}
	words := engine.NewWords(&qda.Text{Words: []byte(d.Text)})
	var order []qda.ID
	all := map[qda.ID][]one{} // by coder
	version := int32(1)
	if here := g.met[d.GUID]; here != nil {
		version = here.Version
	}
	seen := map[mark]bool{}
	put := func(c refi.Coding, s span.Span) {
		k, coder := coded{g.of[c.Code], s}, g.coder(c.Coder)
		if k.code == 0 {
			g.left("codings", "no_code", 1)
			return
		}
		if seen[mark{document, k, coder}] {
			g.left("codings", "same_coding", 1)
			return
		}
		seen[mark{document, k, coder}] = true
		if n := g.there(document, k, c.Coder); n != 0 {
			g.of[c.GUID] = n
			g.left("codings", "same_coding", 1)
			return
		}
		if all[coder] == nil {
			order = append(order, coder)
		}
		all[coder] = append(all[coder], one{k, c.GUID, g.at("codings", d.Title(), c.Created)})
	}
	for _, s := range d.Selections {
		g.places[s.GUID] = place3{document, s.Start, s.Stop}
		for _, c := range s.Codings {
			put(c, span.Span{Start: int32(s.Start), Stop: int32(s.Stop)})
		}
	}
	for _, c := range d.Codings {
		put(c, span.Span{Stop: int32(utf8.RuneCountInString(d.Text))})
		g.left("whole_codes", "all_words", 1, d.Title())
	}
	for _, coder := range order {
		for rest := all[coder]; len(rest) > 0; {
			n := min(len(rest), 500)
			c := &qda.CodingApplied{Document: document, Version: version}
			for _, x := range rest[:n] {
				c.Spans = append(c.Spans, qda.SpanOf{Start: x.span.Start, Stop: x.span.Stop, Check: span.Check([]byte(words.Quote(x.span))), At: x.at, Code: x.code})
			}
			these := rest[:n]
			err := g.later(ctx, fmt.Sprint("codings ", d.GUID, coder, len(rest)), coder, c, nil, func(e *qda.Entry) {
				by := make(map[coded]qda.ID, len(these))
				for _, did := range e.Did {
					if x, ok := did.New.(*qda.Coding); ok {
						by[coded{x.Code, span.Span{Start: x.Start, Stop: x.Stop}}] = did.ID
					}
				}
				for _, x := range these {
					g.of[x.guid] = by[x.coded]
				}
				g.out.Codings += len(by)
			})
			if err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	for _, s := range d.Selections {
		if text := titled(s.Name, s.Description); text != "" { // a name that is not the words themselves: somebody gave it
			c := qda.MemoWritten{On: document, Start: int32(s.Start), Stop: int32(s.Stop), Text: text, At: g.at("selections", d.Title(), s.Created)}
			if err := g.memo(ctx, "about "+s.GUID.String(), d.Title(), s.Coder, c); err != nil {
				return err
			}
		}
	}
	if d.Description != "" {
		return g.memo(ctx, "about "+d.GUID.String(), d.Title(), d.Coder, qda.MemoWritten{On: document, Text: d.Description, At: g.at("memos", d.Title(), d.Created)})
	}
	return nil
}

func (g *bringer) oneMemo(*qda.Entry) { g.out.Memos++ }

func (g *bringer) memos(ctx context.Context, p *refi.Project) error {
	for _, m := range p.Memos {
		text := m.Text
		if m.Description != "" && m.Description != m.Text {
			text = strings.TrimSpace(text + "\n\n" + m.Description)
		}
		if g.side == nil || strings.TrimSpace(text) == "" {
			text = titled(m.Name, text)
		}
		if strings.TrimSpace(text) == "" {
			g.left("memos", "empty", 1)
			continue
		}
		on := m.On
		if len(on) == 0 {
			on = []refi.Target{{Kind: refi.OnProject}}
		}
		at := g.at("memos", m.Name, m.Created)
		for _, t := range on {
			c := qda.MemoWritten{Text: text, At: at}
			switch t.Kind {
			case refi.OnSelection:
				at := g.places[t.GUID]
				c.On, c.Start, c.Stop = at.document, int32(at.start), int32(at.stop)
			case refi.OnProject:
			default:
				c.On = g.of[t.GUID]
			}
			if c.On == 0 && t.Kind != refi.OnProject {
				g.left("memos", "on_project", 1, m.Name)
				c.Start, c.Stop = 0, 0
			}
			if err := g.memo(ctx, fmt.Sprint("memo ", m.GUID, t), m.Name, m.Coder, c); err != nil {
				return err
			}
		}
	}
	for _, x := range g.over {
		c := qda.MemoWritten{On: g.of[x.of], Text: titled("… "+x.name, x.rest)}
		if err := g.memo(ctx, "rest "+x.of.String(), x.name, refi.GUID{}, c); err != nil {
			return err
		}
	}
	return nil
}
