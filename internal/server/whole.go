package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// packing is a project on its way into a zip file. Texts and originals pass one at a time.
type packing struct {
	*ask
	z         *exchange.Archive
	documents []*qda.Document
	names     map[qda.ID]string // of files in the archive, without folder and ending
	memos     map[qda.ID][]*qda.Memo
	at        time.Time // of the last entry; zero for a blind coder, whom it would tell of others' work
}

// wholeProject writes the project as a person can read it without anyam: texts, tables, JSON, originals, a page that shows it all
// and a readme in both languages. The same entry of the ledger gives the same bytes.
func (a *ask) wholeProject(w io.Writer) error {
	x := &packing{ask: a, z: exchange.NewArchive(w), documents: sortedDocuments(a.Lens), names: map[qda.ID]string{}, memos: map[qda.ID][]*qda.Memo{}}
	for _, d := range x.documents {
		x.names[d.ID] = fmt.Sprintf("%04d %s", d.ID, exchange.ArchiveName(d.Name))
	}
	for _, m := range a.Lens.AllMemos() {
		x.memos[m.On] = append(x.memos[m.On], m)
	}
	if !a.Lens.Blind() {
		signed, err := a.s.Store.Signatures(a.Context(), a.Project, []qda.Seq{a.View.Seq()})
		if err != nil {
			return err
		}
		x.at = signed[a.View.Seq()].At
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"readme.txt", x.readme}, {"viewer.html", x.viewer}, {"project.json", x.json},
		{"tables/documents.csv", x.documentsTable}, {"tables/informants.csv", x.informantsTable}, {"tables/turns.csv", x.turnsTable}, {"tables/codebook.csv", codebookOf(a)},
		{"tables/segments.csv", x.segmentsTable}, {"tables/memos.csv", x.memosTable}, {"tables/evidence.csv", x.evidenceTable}, {"tables/theory.csv", x.theoryTable}, {"tables/review.csv", x.reviewTable},
	} {
		if err := x.file(f.name, f.write); err != nil {
			return err
		}
	}
	for _, d := range x.documents {
		words, err := x.words(d)
		if err != nil {
			return err
		}
		if err := x.file("texts/"+x.names[d.ID]+".txt", func(w io.Writer) error { _, err := w.Write(words.Text.Words); return err }); err != nil {
			return err
		}
		if err := x.file("transcripts/"+x.names[d.ID]+".txt", func(w io.Writer) error { return transcript(w, d, words) }); err != nil {
			return err
		}
	}
	for _, d := range x.documents {
		sum, err := parseSum(d.File)
		if err != nil {
			continue // a document without an original
		}
		_, data, err := a.s.Store.File(a.Context(), a.Project, sum)
		if err != nil {
			return err
		}
		if err := x.file(x.original(d), func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	return x.z.Close()
}

func codebookOf(a *ask) func(io.Writer) error {
	return func(w io.Writer) error {
		rows, err := CodebookRows(a.Context(), a.s.Store, a.s.Engine, a.Lens)
		if err != nil {
			return err
		}
		return exchange.WriteCodebookCSV(w, rows, exchange.CSVOptions{})
	}
}

func (x *packing) file(name string, write func(io.Writer) error) error {
	w, err := x.z.File(name)
	if err != nil {
		return err
	}
	return write(w)
}

func (x *packing) words(d *qda.Document) (*engine.Words, error) {
	return x.s.Engine.Words(x.Context(), x.Project, d.ID, d.Version)
}

func (x *packing) original(d *qda.Document) string {
	return "originals/" + fmt.Sprintf("%04d ", d.ID) + exchange.ArchiveName(d.FileName)
}

// transcript is a document for reading: each turn with its number, time and speaker.
func transcript(out io.Writer, d *qda.Document, words *engine.Words) error {
	w := bufio.NewWriter(out)
	w.WriteString(d.Name + "\n\n")
	for _, t := range words.Turns {
		fmt.Fprintf(w, "[%d", t.Turn)
		if t.FromMS >= 0 {
			w.WriteString(" " + clock(t.FromMS))
		}
		w.WriteString("] ")
		if t.Label != "" {
			w.WriteString(t.Label + ": ")
		}
		w.WriteString(words.Quote(span.Span{Start: t.Start, Stop: t.Stop}) + "\n\n")
	}
	return w.Flush()
}

// readme says in both languages what is where and what it means.
func (x *packing) readme(out io.Writer) error {
	w := bufio.NewWriter(out)
	for i, lang := range i18n.Languages {
		l := i18n.New(lang, "UTC")
		if i > 0 {
			w.WriteString("\n" + strings.Repeat("=", 72) + "\n\n")
		}
		p := x.View.Project()
		w.WriteString(l.T("take.readme.title", "name", p.Name) + "\n\n")
		if p.Description != "" {
			w.WriteString(p.Description + "\n\n")
		}
		if x.Lens.Blind() {
			w.WriteString(l.T("export.own") + "\n\n")
		} else {
			h := x.View.Hash()
			w.WriteString(l.T("take.readme.made", "date", l.Exact(x.at), "seq", int(x.View.Seq()), "hash", fmt.Sprintf("%x", h[:])) + "\n\n")
		}
		for _, k := range []string{"what", "viewer", "texts", "reading", "tables", "json", "originals", "positions", "left"} {
			w.WriteString(l.T("take.readme."+k) + "\n\n")
		}
		for _, k := range []string{"documents", "informants", "turns", "codebook", "segments", "memos", "evidence", "theory", "review"} {
			w.WriteString("  tables/" + k + ".csv\n    " + l.T("take.readme.table."+k) + "\n")
		}
		w.WriteString("\n" + l.T("take.readme.fields") + "\n\n")
		for _, k := range jsonParts {
			w.WriteString("  " + k + "\n    " + l.T("take.readme.json."+k) + "\n")
		}
	}
	return w.Flush()
}

// jsonParts are the lists of project.json, in their order.
var jsonParts = []string{"coders", "attributes", "cases", "documents", "nodes", "memos", "evidence", "concepts", "ties", "drafts", "remarks", "judgements", "questions"}

// json writes the whole project as data, a thing a line.
func (x *packing) json(out io.Writer) error {
	w := bufio.NewWriter(out)
	p := x.View.Project()
	head := map[string]any{"format": "anyam project", "version": 1, "guid": x.View.GUID(), "name": p.Name, "description": p.Description, "language": p.Language, "method": p.Method, "state": p.State}
	if !x.Lens.Blind() {
		h := x.View.Hash()
		head["entry"], head["hash"], head["at"] = x.View.Seq(), fmt.Sprintf("%x", h[:]), x.at.UTC().Format(time.RFC3339)
	}
	w.WriteString("{\n\"project\": ")
	if err := writeJSON(w, head); err != nil {
		return err
	}
	for _, name := range jsonParts {
		fmt.Fprintf(w, ",\n%q: [", name)
		first := true
		for v, err := range x.things(name) {
			if err == nil {
				if !first {
					w.WriteString(",")
				}
				first = false
				w.WriteString("\n")
				err = writeJSON(w, v)
			}
			if err != nil {
				return err
			}
		}
		w.WriteString("\n]")
	}
	w.WriteString("\n}\n")
	return w.Flush()
}

func writeJSON(w *bufio.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(bytes.TrimRight(b.Bytes(), "\n"))
	return err
}

// withID is a thing with its number and more.
func withID(t qda.Thing, more map[string]any) (map[string]any, error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	m := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	m["id"] = t.Key()
	for k, v := range more {
		m[k] = v
	}
	return m, nil
}

// list gives things with their numbers.
func list[T qda.Thing](all []T) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, t := range all {
			if m, err := withID(t, nil); !yield(m, err) {
				return
			}
		}
	}
}

// things gives what a list of project.json holds, as the asker's Lens sees it.
func (x *packing) things(name string) iter.Seq2[any, error] {
	l := x.Lens
	switch name {
	case "coders":
		return func(yield func(any, error) bool) {
			for _, c := range l.Coders() {
				if l.Blind() && c.ID != l.Me() {
					continue
				}
				if !yield(map[string]any{"id": c.ID, "name": c.Name, "initials": c.Initials, "role": c.Role}, nil) {
					return
				}
			}
		}
	case "attributes":
		return list(l.Attributes())
	case "cases":
		return list(slices.DeleteFunc(slices.Clone(l.Cases()), func(k *qda.Case) bool { return k.State != qda.Live }))
	case "documents":
		return x.documentsJSON
	case "nodes":
		var all []*qda.Node
		for _, n := range l.Nodes() {
			y := *n
			if _, ok := l.Coding(n.Example); !ok {
				y.Example = 0
			}
			if l.Blind() && n.LookedBy != l.Me() {
				y.Looked, y.LookedBy = 0, 0
			}
			all = append(all, &y)
		}
		return list(all)
	case "memos":
		return list(l.AllMemos())
	case "evidence":
		var all []*qda.Evidence
		for _, n := range l.Nodes() {
			supports, against := l.Evidence(n.ID)
			all = append(append(all, supports...), against...)
		}
		return list(all)
	case "concepts":
		return list(x.View.Concepts())
	case "ties":
		return list(x.View.Ties())
	case "drafts":
		return list(x.View.Drafts())
	case "remarks":
		return list(l.Remarks())
	case "judgements":
		return list(l.AllJudgements())
	case "questions":
		return list(l.Questions())
	}
	panic("a list that nobody gives: " + name)
}

func (x *packing) documentsJSON(yield func(any, error) bool) {
	for _, d := range x.documents {
		words, err := x.words(d)
		if err != nil {
			yield(nil, err)
			return
		}
		y := *d
		if x.Lens.Blind() {
			y.Finished = []qda.ID{}
			if slices.Contains(d.Finished, x.Lens.Me()) {
				y.Finished = append(y.Finished, x.Lens.Me())
			}
		}
		type coding struct {
			ID    qda.ID `json:"id"`
			Code  qda.ID `json:"code"`
			Coder qda.ID `json:"coder"`
			Start int32  `json:"start"`
			Stop  int32  `json:"stop"`
			At    int64  `json:"at"`
		}
		codings := []coding{}
		for c := range x.codings(d) {
			codings = append(codings, coding{c.ID, c.Code, c.Coder, c.Start, c.Stop, c.At})
		}
		more := map[string]any{"text": "texts/" + x.names[d.ID] + ".txt", "codings": codings, "turn_list": words.Turns}
		if _, err := parseSum(d.File); err == nil {
			more["original"] = x.original(d)
		}
		if m, err := withID(&y, more); !yield(m, err) {
			return
		}
	}
}

// codings gives a document's codings in the order in which they begin, the longest first.
func (x *packing) codings(d *qda.Document) iter.Seq[qda.Coding] {
	return func(yield func(qda.Coding) bool) {
		for c := range x.Lens.Overlapping(d.ID, span.Span{Start: 0, Stop: d.Chars}) {
			if c.Version == d.Version && !yield(c) {
				return
			}
		}
	}
}

func num(n qda.ID) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}

// rows makes a table of what a function hands over, row by row.
func rows(w io.Writer, head []string, each func(put func(...string) bool) error) error {
	return exchange.WriteTableCSV(w, head, func(yield func([]string, error) bool) {
		on := true
		if err := each(func(cells ...string) bool { on = yield(cells, nil); return on }); err != nil && on {
			yield(nil, err)
		}
	}, exchange.CSVOptions{})
}

func (x *packing) documentsTable(w io.Writer) error {
	head := []string{"id", "name", "kind", "language", "held", "informant", "words", "turns", "text", "original", "sha256 of original"}
	for _, at := range x.Lens.Attributes() {
		if at.Of == qda.OfDocuments {
			head = append(head, "attribute: "+at.Name)
		}
	}
	return rows(w, head, func(put func(...string) bool) error {
		for _, d := range x.documents {
			cells := []string{itoa(d.ID), d.Name, string(d.Kind), d.Language, d.Held, "", strconv.Itoa(int(d.Words)), strconv.Itoa(int(d.Turns)), "texts/" + x.names[d.ID] + ".txt", "", d.File}
			if k := caseOf(x.Lens, d); k != nil {
				cells[5] = k.Name
			}
			if _, err := parseSum(d.File); err == nil {
				cells[9] = x.original(d)
			}
			for _, at := range x.Lens.Attributes() {
				if at.Of == qda.OfDocuments {
					cells = append(cells, d.Values[at.ID])
				}
			}
			if !put(cells...) {
				return nil
			}
		}
		return nil
	})
}

func (x *packing) informantsTable(w io.Writer) error {
	head := []string{"id", "name"}
	for _, at := range x.Lens.Attributes() {
		if at.Of == qda.OfCases {
			head = append(head, "attribute: "+at.Name)
		}
	}
	return rows(w, head, func(put func(...string) bool) error {
		for _, k := range x.Lens.Cases() {
			if k.State != qda.Live {
				continue
			}
			cells := []string{itoa(k.ID), k.Name}
			for _, at := range x.Lens.Attributes() {
				if at.Of == qda.OfCases {
					cells = append(cells, k.Values[at.ID])
				}
			}
			if !put(cells...) {
				return nil
			}
		}
		return nil
	})
}

func (x *packing) turnsTable(w io.Writer) error {
	ms := func(n int64) string {
		if n < 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return rows(w, []string{"document id", "turn", "start", "stop", "speaker", "from ms", "to ms", "language"}, func(put func(...string) bool) error {
		for _, d := range x.documents {
			words, err := x.words(d)
			if err != nil {
				return err
			}
			for _, t := range words.Turns {
				if !put(itoa(d.ID), strconv.Itoa(int(t.Turn)), strconv.Itoa(int(t.Start)), strconv.Itoa(int(t.Stop)), t.Label, ms(t.FromMS), ms(t.ToMS), t.Language) {
					return nil
				}
			}
		}
		return nil
	})
}

func (x *packing) segmentsTable(w io.Writer) error {
	var attributes []string
	for _, at := range x.Lens.Attributes() {
		attributes = append(attributes, at.Name)
	}
	return exchange.WriteSegmentsCSVFrom(w, attributes, func(yield func(exchange.SegmentRow, error) bool) {
		for _, d := range x.documents {
			words, err := x.words(d)
			if err != nil {
				yield(exchange.SegmentRow{}, err)
				return
			}
			for c := range x.codings(d) {
				r := segmentRow(x.Lens, words, c)
				var memos []string
				for _, m := range x.memos[c.ID] {
					memos = append(memos, m.Text)
				}
				r.Memo = strings.Join(memos, "\n\n")
				if !yield(r, nil) {
					return
				}
			}
		}
	}, exchange.CSVOptions{})
}

func (x *packing) memosTable(w io.Writer) error {
	return rows(w, []string{"id", "on id", "on", "start", "stop", "coder", "at", "text"}, func(put func(...string) bool) error {
		for _, m := range x.Lens.AllMemos() {
			on, start, stop := "", "", ""
			if m.Start < m.Stop {
				start, stop = strconv.Itoa(int(m.Start)), strconv.Itoa(int(m.Stop))
			}
			if n, ok := x.View.Node(m.On); ok {
				on = n.Name
			} else if d, ok := x.View.Document(m.On); ok {
				on = d.Name
			}
			if !put(itoa(m.ID), num(m.On), on, start, stop, x.coderName(m.Coder), unix(m.At).UTC().Format(time.RFC3339), m.Text) {
				return nil
			}
		}
		return nil
	})
}

func (x *packing) evidenceTable(w io.Writer) error {
	return rows(w, []string{"theme id", "theme", "side", "place", "coding id", "document", "turn", "words", "why", "coder", "at"}, func(put func(...string) bool) error {
		for _, n := range x.Lens.Nodes() {
			supports, against := x.Lens.Evidence(n.ID)
			for side, all := range [][]*qda.Evidence{supports, against} {
				for i, e := range all {
					r, err := x.rowOf(e.Coding)
					if err != nil {
						return err
					}
					if !put(itoa(n.ID), n.Name, []string{"for", "against"}[side], strconv.Itoa(i+1), itoa(e.Coding), r.document.Name, strconv.Itoa(int(r.turn.Turn)), r.words.Quote(span.Span{Start: r.Start, Stop: r.Stop}), e.Why, x.coderName(e.Coder), unix(e.At).UTC().Format(time.RFC3339)) {
						return nil
					}
				}
			}
		}
		return nil
	})
}

func (x *packing) theoryTable(w io.Writer) error {
	return rows(w, []string{"theme id", "theme", "concept id", "concept", "why", "coder", "at"}, func(put func(...string) bool) error {
		for _, t := range x.View.Ties() {
			if !put(itoa(t.Theme), x.nodeName(t.Theme), itoa(t.Concept), x.conceptPath(t.Concept), t.Why, x.coderName(t.Coder), unix(t.At).UTC().Format(time.RFC3339)) {
				return nil
			}
		}
		return nil
	})
}

func (x *packing) reviewTable(w io.Writer) error {
	rows, err := x.reviewRows()
	if err != nil {
		return err
	}
	return exchange.WriteReviewCSV(w, rows, exchange.CSVOptions{})
}

// viewer writes the page that shows the project without a server.
func (x *packing) viewer(w io.Writer) error {
	l, p := x.Lens, x.View.Project()
	v := exchange.Viewer{Name: p.Name, Description: p.Description, Language: i18n.Match("", p.Language), Say: map[string]map[string]string{}, Coders: map[int64]string{}, Evidence: []exchange.ViewedEvidence{}, Ties: []exchange.ViewedTie{}, Memos: x.viewed(0), Nodes: []exchange.ViewedNode{}, Documents: []exchange.ViewedDocument{}}
	kinds := map[qda.DocumentKind]map[string]string{}
	for _, lang := range i18n.Languages {
		say := i18n.New(lang, "UTC")
		words := map[string]string{}
		for k, key := range map[string]string{"documents": "claim.spread.documents", "codebook": "export.codebook", "themes": "take.findings.themes", "segments": "take.col.segments", "memo": "claim.memo", "claim": "claim.claim", "scope": "claim.scope", "boundary": "claim.boundary",
			"definition": "claim.definition", "use": "take.use", "avoid": "take.avoid", "naming": "claim.naming", "for": "claim.evidence", "against": "claim.against", "why": "take.why", "theory": "theory.title", "theme": "take.kind.theme", "code": "take.kind.code", "notlooked": "claim.counter.not"} {
			words[k] = say.T(key)
		}
		words["turn"], words["looked"] = say.T("surface.reference.turn", "turn", "{n}"), say.T("take.view.looked", "when", "{when}")
		v.Say[lang] = words
		for _, k := range []qda.DocumentKind{qda.Interview, qda.Observation, qda.Written} {
			if kinds[k] == nil {
				kinds[k] = map[string]string{}
			}
			kinds[k][lang] = say.T("kind." + string(k))
		}
	}
	for _, c := range l.Coders() {
		if !l.Blind() || c.ID == l.Me() {
			v.Coders[int64(c.ID)] = c.Name
		}
	}
	for _, d := range x.documents {
		y := exchange.ViewedDocument{ID: int64(d.ID), Name: d.Name, Kind: kinds[d.Kind], Held: d.Held}
		if k := caseOf(l, d); k != nil && k.Name != d.Name {
			y.Informant = k.Name
		}
		v.Documents = append(v.Documents, y)
	}
	counts := l.Counts()
	for _, n := range l.Nodes() {
		y := exchange.ViewedNode{ID: int64(n.ID), Parent: int64(n.Parent), Depth: l.Depth(n.ID), Kind: string(n.Kind), Name: n.Name, Count: counts.Node(n.ID).AllCodings, Definition: n.Definition, Use: n.Use, Avoid: n.Avoid,
			Claim: n.Claim, Scope: n.Scope, Boundary: n.Boundary, Naming: n.Naming, Looked: n.Looked, Memos: x.viewed(n.ID)}
		if l.Blind() && n.LookedBy != l.Me() {
			y.Looked = 0
		}
		y.Colour, _ = l.Colour(n.ID)
		v.Nodes = append(v.Nodes, y)
		supports, against := l.Evidence(n.ID)
		for _, e := range append(slices.Clone(supports), against...) {
			if c, ok := l.Coding(e.Coding); ok {
				v.Evidence = append(v.Evidence, exchange.ViewedEvidence{Theme: int64(n.ID), Document: int64(c.Document), Coding: int64(c.ID), Against: e.Against, Why: e.Why})
			}
		}
	}
	for _, t := range x.View.Ties() {
		v.Ties = append(v.Ties, exchange.ViewedTie{Theme: int64(t.Theme), Concept: x.conceptPath(t.Concept), Why: t.Why})
	}
	return exchange.WriteViewer(w, v, func(id int64) (exchange.ViewedText, error) {
		d, _ := l.Document(qda.ID(id))
		words, err := x.words(d)
		if err != nil {
			return exchange.ViewedText{}, err
		}
		y := exchange.ViewedText{Turns: []exchange.ViewedTurn{}, Codings: []exchange.ViewedCoding{}, Memos: x.viewed(d.ID)}
		for _, t := range codedTurns(d, words) {
			y.Turns = append(y.Turns, exchange.ViewedTurn{Number: t.Number, Label: t.Label, Time: t.Time, Start: t.Start, Text: t.Text})
		}
		for c := range x.codings(d) {
			y.Codings = append(y.Codings, exchange.ViewedCoding{ID: int64(c.ID), Start: int(c.Start), Stop: int(c.Stop), Code: int64(c.Code), Coder: int64(c.Coder), At: c.At, Memos: x.viewed(c.ID)})
		}
		return y, nil
	})
}

func (x *packing) viewed(on qda.ID) []exchange.ViewedMemo {
	r := []exchange.ViewedMemo{}
	for _, m := range x.memos[on] {
		r = append(r, exchange.ViewedMemo{Coder: int64(m.Coder), At: m.At, Text: m.Text})
	}
	return r
}
