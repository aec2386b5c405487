package server

import (
	"fmt"
	"io"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// labelled is a paragraph of a label and a text.
func labelled(label, text string) exchange.Paragraph {
	return exchange.Paragraph{Runs: []exchange.Run{{Text: label + ": ", Bold: true}, {Text: text}}}
}

func soft(text string) exchange.Paragraph {
	return exchange.Paragraph{Runs: []exchange.Run{{Text: text, Soft: true}}}
}

func item(text string) exchange.Paragraph {
	return exchange.Paragraph{Item: true, Runs: []exchange.Run{{Text: text}}}
}

// newPaper begins a paper about the project. A blind coder's says nothing of how long the ledger is.
func (a *ask) newPaper(title string) exchange.Paper {
	p := exchange.Paper{Title: title, Language: a.L.Lang(), Lacking: a.lacking, Made: a.newest()}
	if a.Lens.Blind() {
		p.Blocks = append(p.Blocks, soft(a.L.T("export.own")))
	} else {
		h := a.View.Hash()
		p.Blocks = append(p.Blocks, soft(a.L.T("trust.made", "date", a.L.Exact(a.now), "seq", a.L.Num(int(a.View.Seq())), "hash", fmt.Sprintf("%x", h[:]))))
	}
	return p
}

// place says where words stand: document, speaker, turn, time.
func (a *ask) place(d *qda.Document, t qda.Turn) string {
	where := []string{d.Name}
	if t.Label != "" && t.Label != d.Name {
		where = append(where, t.Label)
	}
	where = append(where, a.L.T("surface.reference.turn", "turn", int(t.Turn)))
	if t.FromMS >= 0 {
		where = append(where, clock(t.FromMS))
	}
	return strings.Join(where, ", ")
}

// quoted are the words of a segment and the reference to them.
func (a *ask) quoted(r themeRow, after ...string) []exchange.Block {
	where := append([]string{a.place(r.document, r.turn)}, after...)
	return []exchange.Block{exchange.Paragraph{Quote: true, Runs: []exchange.Run{{Text: r.words.Quote(span.Span{Start: r.Start, Stop: r.Stop})}}}, soft(strings.Join(where, " · "))}
}

// codebookPaper is the codebook for people: each theme and code with what defines it.
func (a *ask) codebookPaper() (exchange.Paper, error) {
	l := a.Lens
	p := a.newPaper(a.L.T("take.codebook.title", "name", a.View.Project().Name))
	p.Blocks = append(p.Blocks, exchange.Plain(a.size(l).String()))
	counts := l.Counts()
	for _, n := range l.Nodes() {
		p.Blocks = append(p.Blocks, exchange.Heading{Level: l.Depth(n.ID) + 1, Text: n.Name})
		c := counts.Node(n.ID)
		facts := []string{a.L.T("take.kind." + string(n.Kind)), a.L.N("count.codings", c.AllCodings), a.L.N("count.documents", c.AllDocuments), a.L.N("count.informants", c.AllCases)}
		if n.State == qda.Retired {
			facts = append(facts, a.L.T("take.retired"))
		}
		if path := l.Path(n.ID); len(path) > 3 {
			facts = append(facts, strings.Join(path, " / ")) // its heading can't say how deep it stands
		}
		p.Blocks = append(p.Blocks, soft(strings.Join(facts, " · ")))
		for _, f := range [][2]string{{"claim.claim", n.Claim}, {"claim.scope", n.Scope}, {"claim.boundary", n.Boundary}, {"claim.definition", n.Definition}, {"take.use", n.Use}, {"take.avoid", n.Avoid}} {
			if f[1] != "" {
				p.Blocks = append(p.Blocks, labelled(a.L.T(f[0]), f[1]))
			}
		}
		if x, ok := l.Coding(n.Example); ok && n.Example != 0 {
			r, err := a.rowOf(x.ID)
			if err != nil {
				return p, err
			}
			p.Blocks = append(p.Blocks, exchange.Paragraph{Runs: []exchange.Run{{Text: a.L.T("take.example") + ":", Bold: true}}})
			p.Blocks = append(p.Blocks, a.quoted(r)...)
		}
	}
	return p, nil
}

// segmentsPaper is every coded segment under its code, with its reference.
func (a *ask) segmentsPaper() (exchange.Paper, error) {
	l := a.Lens
	p := a.newPaper(a.L.T("take.segments.title", "name", a.View.Project().Name))
	p.Blocks = append(p.Blocks, exchange.Plain(a.L.N("count.segments", l.Counts().Codings)))
	memos := map[qda.ID][]*qda.Memo{}
	for _, m := range l.AllMemos() {
		memos[m.On] = append(memos[m.On], m)
	}
	for _, n := range l.Nodes() {
		rows, err := a.rowsUnder([]qda.ID{n.ID})
		if err != nil {
			return p, err
		}
		if len(rows) == 0 {
			continue
		}
		p.Blocks = append(p.Blocks, exchange.Heading{Level: 1, Text: strings.Join(l.Path(n.ID), " / ")}, soft(a.L.N("count.segments", len(rows))))
		for _, r := range rows {
			p.Blocks = append(p.Blocks, a.quoted(r, a.coderName(r.Coder)+", "+a.L.Date(unix(r.At)))...)
			for _, m := range memos[r.ID] {
				p.Blocks = append(p.Blocks, labelled(a.L.T("claim.memo")+" ("+a.coderName(m.Coder)+", "+a.L.Date(unix(m.At))+")", m.Text))
			}
		}
	}
	return p, nil
}

// codedDocument sends a document with its codings, as chosen in the address like what is printed.
func codedDocument(write func(io.Writer, exchange.Coded) error, ending string) handler {
	return func(a *ask) error {
		if a.Document.State != qda.Live {
			return absent()
		}
		choice, err := a.printChoice()
		if err != nil {
			return err
		}
		leave, err := a.export()
		if err != nil {
			return err
		}
		defer leave()
		c, err := a.codedWith(choice)
		if err != nil {
			return err
		}
		name := a.View.Project().Name + " " + a.Document.Name + " " + a.L.T("take.file.document") + "." + ending
		return a.send("exported_document", a.Document.ID, name, mediaTypes[ending], func(w io.Writer) error { return unlong(write(w, c)) })
	}
}

func (a *ask) codedWith(choice printChoice) (exchange.Coded, error) {
	d := a.Document
	words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
	if err != nil {
		return exchange.Coded{}, err
	}
	pills, details := a.describe(d, words)
	c := exchange.Coded{Title: d.Name, Language: a.L.Lang(), Of: d.Language, Facts: []string{a.View.Project().Name, strings.Join(append(pills, details), " · "), a.L.T("print.made", "date", a.L.Date(a.now))},
		Turns: codedTurns(d, words), Say: exchange.CodedWords{Key: a.L.T("print.key"), Number: a.L.T("trust.column.number"), Code: a.L.T("print.key.code"), Coder: a.L.T("take.coder"), Words: a.L.T("take.words"), Memo: a.L.T("claim.memo"), Date: a.L.Date, Lacking: a.lacking}, Made: a.newest()}
	if a.Lens.Blind() {
		c.Facts = append(c.Facts, a.L.T("print.own"))
	}
	at := map[qda.ID]int{}
	for _, x := range a.chosen(choice) {
		m := exchange.Mark{Start: int(x.Start), Stop: int(x.Stop), Code: strings.Join(a.View.Path(x.Code), " / "), Coder: a.coderName(x.Coder), Initials: a.initials(x.Coder), At: unix(x.At)}
		m.Colour, _ = a.View.Colour(x.Code)
		at[x.ID] = len(c.Marks)
		c.Marks = append(c.Marks, m)
	}
	for _, m := range a.Lens.AllMemos() {
		memo := exchange.MarkMemo{Coder: a.coderName(m.Coder), At: unix(m.At), Text: m.Text}
		if i, ok := at[m.On]; ok {
			c.Marks[i].Memos = append(c.Marks[i].Memos, memo)
			continue
		}
		if m.On != d.ID || choice.node != nil || choice.coder != 0 && m.Coder != choice.coder {
			continue
		}
		if m.Start < m.Stop {
			c.Marks = append(c.Marks, exchange.Mark{Start: int(m.Start), Stop: int(m.Stop), Coder: memo.Coder, Initials: a.initials(m.Coder), At: memo.At, Memos: []exchange.MarkMemo{memo}})
		} else {
			c.Facts = append(c.Facts, a.L.T("claim.memo")+" ("+memo.Coder+", "+a.L.Date(memo.At)+"): "+m.Text)
		}
	}
	return c, nil
}

func codedTurns(d *qda.Document, words *engine.Words) []exchange.CodedTurn {
	turns := make([]exchange.CodedTurn, len(words.Turns))
	for i, t := range words.Turns {
		turns[i] = exchange.CodedTurn{Number: int(t.Turn), Label: t.Label, Start: int(t.Start), Text: words.Quote(span.Span{Start: t.Start, Stop: t.Stop})}
		if t.FromMS >= 0 {
			turns[i].Time = clock(t.FromMS)
		}
		if t.Language != d.Language {
			turns[i].Language = t.Language
		}
	}
	return turns
}
