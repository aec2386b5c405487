package engine

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// Material is what a decision rests on beside the View: texts, which never change, and the entry to be undone.
type Material struct {
	At    time.Time
	Words []DocumentWords
	Undo  *qda.Entry
}

// DocumentWords is a text with the document version it belongs to.
type DocumentWords struct {
	Document qda.ID
	Version  int32
	*Words
}

// Try decides and applies without keeping anything: it gives the View and the unsealed entry that Do would make,
// or the refusal. Previews, tests and the committer all use it.
func (v *View) Try(in qda.Intent, m Material) (*View, *qda.Entry, error) {
	w, e, _, err := v.try(in, m)
	return w, e, err
}

func (v *View) try(in qda.Intent, m Material) (*View, *qda.Entry, []qda.NewText, error) {
	d := v.draft(in, m.At)
	d.words, d.undo = map[textKey]*Words{}, m.Undo
	for _, w := range m.Words {
		d.words[textKey{w.Document, w.Version}] = w.Words
	}
	if err := d.may(in); err != nil {
		return nil, nil, nil, err
	}
	if err := d.decide(in); err != nil {
		return nil, nil, nil, err
	}
	if err := d.rules(); err != nil {
		return nil, nil, nil, err
	}
	e := &qda.Entry{Project: v.id, Seq: d.seq, Change: in.Change, Coder: in.Coder, At: m.At.UTC().Truncate(time.Microsecond), Do: in.Do, Did: d.did()}
	if _, made := in.Do.(*qda.ProjectMade); made {
		e.Coder = d.coders.rows[0].ID
	}
	if len(e.Did) == 0 {
		if _, ok := in.Do.(*qda.Undone); !ok {
			return nil, nil, nil, qda.Refuse(qda.Conflict, "refused.nothing_to_do")
		}
	}
	if err := e.Encode(); err != nil {
		return nil, nil, nil, err
	}
	if garbled(e.Body) {
		return nil, nil, nil, qda.Refuse(qda.Invalid, "refused.utf8")
	}
	if u, ok := in.Do.(*qda.Undone); ok {
		d.undoneBy(u.Seq, d.seq)
	}
	return d.View, e, d.texts, nil
}

// garbled reports whether JSON of encoding/json stands for text that is no UTF-8 (it has an escaped U+FFFD in its place, and
// what was decided would not be what is kept) or has a NUL (which the tables can't hold).
func garbled(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(raw[i:], []byte(`\ufffd`)) || bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
			return true
		}
		i++
	}
	return false
}

// may asks the one table of rights.
func (d *draft) may(in qda.Intent) error {
	kind := in.Do.Kind()
	if kind == "ProjectMade" {
		if d.seq != 1 {
			return qda.Refuse(qda.Conflict, "refused.project_made")
		}
		return nil
	}
	if d.project.State == qda.Archived && !opensAgain(in.Do) {
		return qda.Refuse(qda.Refused, "refused.archived")
	}
	switch {
	case in.Coder == 0:
		switch kind {
		case "CodingApplied", "MemoWritten", "DocumentFinished", "EvidenceChosen", "CounterLooked", "Tied", "DraftNamed", "ReviewAsked", "RemarkMade", "RemarkSettled", "ThemeJudged", "QuestionKept":
			return absent() // these are somebody's
		}
		return nil // the program itself
	case d.by == nil:
		return qda.Refuse(qda.Absent, "refused.absent")
	case kind == "Undone":
		if d.undo != nil && d.undo.Coder != d.by.ID && d.by.Role != qda.Owner {
			return qda.Refuse(qda.Refused, "refused.undo_others")
		}
		if d.by.Role.Valid() {
			return nil
		}
	case d.by.Role.May(kind):
		if d.by.Blind && !qda.MayBlind(kind) {
			return qda.Refuse(qda.Refused, "refused.blind")
		}
		return nil
	}
	return qda.Refuse(qda.Refused, "refused.role")
}

func opensAgain(c qda.Change) bool {
	p, ok := c.(*qda.ProjectChanged)
	return ok && p.State != nil && *p.State == qda.Live
}

// decide turns what was meant into what is done, or refuses.
func (d *draft) decide(in qda.Intent) error {
	if r, ok := in.Do.(qda.Reasoned); ok {
		if _, err := cleanWhy(r.Because()); err != nil {
			return err
		}
	}
	switch c := in.Do.(type) {
	case *qda.ProjectMade:
		return d.projectMade(c)
	case *qda.ProjectChanged:
		return d.projectChanged(c)
	case *qda.CoderJoined:
		return d.coderJoined(c)
	case *qda.CodersChanged:
		return d.codersChanged(c)
	case *qda.CoderLeft:
		return d.coderLeft(c)
	case *qda.DocumentAdded:
		return d.documentAdded(c, in.Text)
	case *qda.DocumentChanged:
		return d.documentChanged(c)
	case *qda.DocumentsState:
		return d.documentsState(c)
	case *qda.DocumentFinished:
		return d.documentFinished(c)
	case *qda.CaseAdded:
		_, err := d.caseAdded(c.Name, c.Values)
		return err
	case *qda.CaseChanged:
		return d.caseChanged(c)
	case *qda.AttributeAdded:
		return d.attributeAdded(c)
	case *qda.AttributeChanged:
		return d.attributeChanged(c)
	case *qda.NodeAdded:
		return d.nodeAdded(c)
	case *qda.NodeChanged:
		return d.nodeChanged(c)
	case *qda.NodesMoved:
		return d.nodesMoved(c)
	case *qda.NodesMerged:
		return d.nodesMerged(c)
	case *qda.NodeSplit:
		return d.nodeSplit(c)
	case *qda.NodeTurned:
		return d.nodeTurned(c)
	case *qda.NodesState:
		return d.nodesState(c)
	case *qda.CodingApplied:
		return d.codingApplied(c)
	case *qda.CodingsChanged:
		return d.codingsChanged(c)
	case *qda.CodingsRemoved:
		return d.codingsRemoved(c)
	case *qda.MemoWritten:
		return d.memoWritten(c)
	case *qda.MemoChanged:
		return d.memoChanged(c)
	case *qda.MemoRemoved:
		return d.memoRemoved(c)
	case *qda.Undone:
		return d.undoneOf(c)
	}
	return d.decideReview(in.Do)
}

// when is when something was made: now, or before that elsewhere, where it says so.
func (d *draft) when(elsewhere int64) int64 {
	if now := qda.Unix(d.at); elsewhere <= 0 || elsewhere > now {
		return now
	}
	return elsewhere
}

func absent() error { return qda.Refuse(qda.Absent, "refused.absent") }

// codings ---------------------------------------------------------------------

// checked gives the span of a document version if its words are what the sender saw.
func (d *draft) checked(document *qda.Document, s qda.SpanOf) (span.Span, error) {
	w := d.words[textKey{document.ID, document.Version}]
	if w == nil {
		return span.Span{}, qda.Refuse(qda.Busy, "refused.busy")
	}
	sp := span.Span{Start: s.Start, Stop: s.Stop}
	if sp.Empty() || !sp.Valid(w.Chars()) {
		return sp, qda.Refuse(qda.Invalid, "refused.span")
	}
	if span.Check(w.Slice(w.Text.Words, sp)) != s.Check {
		return sp, qda.Refuse(qda.Invalid, "refused.words")
	}
	return sp, nil
}

// usable gives a code that may be applied.
func (d *draft) usable(n qda.ID) (*qda.Node, error) {
	code, ok := d.nodes.get(n)
	switch {
	case !ok:
		return nil, absent()
	case code.State == qda.Merged:
		err := qda.Refuse(qda.Conflict, "refused.code_merged", "code", code.Name, "into", "")
		if into, ok := d.nodes.get(d.Survivor(n)); ok {
			err.Into = into.ID
			err.Args = []any{"code", code.Name, "into", into.Name}
		}
		return nil, err
	case code.State == qda.Removed || !d.awake(n):
		return nil, qda.Refuse(qda.Conflict, "refused.code_removed", "code", code.Name)
	case code.State == qda.Retired:
		return nil, qda.Refuse(qda.Conflict, "refused.code_retired", "code", code.Name)
	case !code.Codable:
		return nil, qda.Refuse(qda.Invalid, "refused.theme_not_codable", "theme", code.Name)
	}
	return code, nil
}

func (d *draft) awake(n qda.ID) bool { return d.awakeNode(n) }

func (d *draft) codingApplied(c *qda.CodingApplied) error {
	doc, ok := d.documents.get(c.Document)
	if !ok || doc.State != qda.Live {
		return absent()
	}
	if c.Version != doc.Version {
		return qda.Refuse(qda.Conflict, "refused.version")
	}
	if len(c.Spans) == 0 || len(c.Spans) > qda.MaxSpans {
		return qda.Refuse(qda.Invalid, "refused.span")
	}
	code := c.Code
	usable := map[qda.ID]bool{} // codes of spans
	for _, s := range c.Spans {
		if s.Code != 0 && !usable[s.Code] {
			if _, err := d.usable(s.Code); err != nil {
				return err
			}
			usable[s.Code] = true
		}
	}
	if code == 0 && c.Name == "" && !slices.ContainsFunc(c.Spans, func(s qda.SpanOf) bool { return s.Code == 0 }) {
		code = c.Spans[0].Code
	} else if code == 0 {
		n, err := d.newNode(&qda.NodeAdded{Type: qda.Code, Name: c.Name, Parent: c.Parent})
		if err != nil {
			return err
		}
		code = n.ID
	} else if _, err := d.usable(code); err != nil {
		return err
	}
	var added []*qda.Coding
	type mark struct {
		code qda.ID
		span.Span
	}
	these := make(map[mark]bool, len(c.Spans))
	for _, s := range c.Spans {
		sp, err := d.checked(doc, s)
		if err != nil {
			return err
		}
		of := cmp.Or(s.Code, code)
		if _, there := d.coded(doc.ID, doc.Version, of, d.me(), sp); there || these[mark{of, sp}] {
			continue
		}
		these[mark{of, sp}] = true
		added = append(added, &qda.Coding{ID: d.id(), Document: doc.ID, Version: doc.Version, Code: of, Coder: d.me(), Start: sp.Start, Stop: sp.Stop, Made: d.seq, At: d.when(s.At)})
	}
	if len(added) == 0 {
		return qda.Refuse(qda.Conflict, "refused.coded_already")
	}
	d.putAll(added)
	return nil
}

// coded finds a coder's coding of exactly these words by a code.
func (d *draft) coded(document qda.ID, version int32, code, coder qda.ID, s span.Span) (qda.ID, bool) {
	slot, ok := d.documentSlots.of(document)
	k, ok2 := d.codeSlots.of(code)
	w, ok3 := d.coderSlots.of(coder)
	if !ok || !ok2 || !ok3 {
		return 0, false
	}
	c := d.chunkAt(slot)
	for i := c.place(s.Start, s.Stop, 0); i < len(c.id) && c.Start[i] == s.Start && c.Stop[i] == s.Stop; i++ {
		if c.code[i] == uint16(k) && c.coder[i] == uint16(w) && int32(c.version[i]) == version {
			return qda.ID(c.id[i]), true
		}
	}
	return 0, false
}

// myCodings gives codings that the coder may change: everyone's for who may code, but a blind coder only knows their own.
func (d *draft) myCodings(ns []qda.ID) ([]qda.Coding, error) {
	if len(ns) == 0 {
		return nil, qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	l := d.As(d.me())
	var r []qda.Coding
	for _, n := range ns {
		c, ok := l.Coding(n)
		if !ok {
			return nil, qda.Refuse(qda.Conflict, "refused.coding_gone")
		}
		if !slices.ContainsFunc(r, func(x qda.Coding) bool { return x.ID == n }) {
			r = append(r, c)
		}
	}
	return r, nil
}

func (d *draft) codingsChanged(c *qda.CodingsChanged) error {
	codings, err := d.myCodings(c.Codings)
	if err != nil {
		return err
	}
	switch {
	case c.Span != nil && len(codings) == 1 && c.Code == 0:
		x := codings[0]
		doc, ok := d.documents.get(x.Document)
		if !ok || doc.State != qda.Live {
			return absent()
		}
		if x.Version != doc.Version {
			return qda.Refuse(qda.Conflict, "refused.version")
		}
		sp, err := d.checked(doc, *c.Span)
		if err != nil {
			return err
		}
		if n, there := d.coded(x.Document, x.Version, x.Code, x.Coder, sp); there && n != x.ID {
			return qda.Refuse(qda.Conflict, "refused.coded_already")
		}
		x.Start, x.Stop = sp.Start, sp.Stop
		d.put(&x)
	case c.Span == nil && c.Code != 0:
		if _, err := d.usable(c.Code); err != nil {
			return err
		}
		for _, x := range codings {
			d.recode(x, c.Code)
		}
	default:
		return qda.Refuse(qda.Invalid, "refused.span")
	}
	return nil
}

// recode gives a coding another code. Where its coder has the same words under that code already, that coding stays
// and gets this one's memos and evidence, and this one goes.
func (d *draft) recode(x qda.Coding, code qda.ID) {
	if x.Code == code {
		return
	}
	stays, there := d.coded(x.Document, x.Version, code, x.Coder, span.Span{Start: x.Start, Stop: x.Stop})
	if !there {
		x.Code = code
		d.put(&x)
		for _, n := range d.nodes.rows {
			if n.Example == x.ID && n.ID != code && n.State != qda.Merged {
				shown := *n
				shown.Example = 0 // it shows another code now
				d.put(&shown)
			}
		}
		return
	}
	for _, m := range d.memos.rows {
		if m.On == x.ID {
			moved := *m
			moved.On = stays
			d.put(&moved)
		}
	}
	for _, e := range d.evidence.rows {
		if e.Coding != x.ID {
			continue
		}
		if d.evidenceOf(e.Theme, stays) != nil {
			d.drop(qda.SortEvidence, e.ID)
			continue
		}
		moved := *e
		moved.Coding = stays
		d.put(&moved)
	}
	for _, n := range d.nodes.rows {
		if n.Example == x.ID {
			shown := *n
			shown.Example = stays
			d.put(&shown)
		}
	}
	d.drop(qda.SortCoding, x.ID)
}

func (d *draft) codingsRemoved(c *qda.CodingsRemoved) error {
	codings, err := d.myCodings(c.Codings)
	if err != nil {
		return err
	}
	gone := make(map[qda.ID]bool, len(codings))
	for _, x := range codings {
		gone[x.ID] = true
		d.drop(qda.SortCoding, x.ID)
	}
	for _, m := range d.memos.rows {
		if gone[m.On] {
			d.drop(qda.SortMemo, m.ID)
		}
	}
	for _, e := range d.evidence.rows {
		if gone[e.Coding] {
			d.drop(qda.SortEvidence, e.ID)
		}
	}
	for _, n := range d.nodes.rows {
		if gone[n.Example] {
			shown := *n
			shown.Example = 0
			d.put(&shown)
		}
	}
	return nil
}

// memos -----------------------------------------------------------------------

func (d *draft) memoWritten(c *qda.MemoWritten) error {
	text, err := qda.CleanText(c.Text)
	if err != nil {
		return err
	}
	if text == "" {
		return qda.Refuse(qda.Invalid, "refused.memo_empty")
	}
	l := d.As(d.me())
	there := c.On == 0
	for _, s := range qda.Sorts {
		switch s {
		case qda.SortCoder, qda.SortAttribute, qda.SortCase, qda.SortDocument, qda.SortNode, qda.SortDraft, qda.SortConcept:
			there = there || d.thing(s, c.On) != nil
		}
	}
	if _, ok := l.Coding(c.On); ok {
		there = true
	}
	if !there {
		return absent()
	}
	if c.Start != 0 || c.Stop != 0 {
		doc, ok := d.documents.get(c.On)
		if !ok || !(span.Span{Start: c.Start, Stop: c.Stop}).Valid(doc.Chars) {
			return qda.Refuse(qda.Invalid, "refused.span")
		}
	}
	d.put(&qda.Memo{ID: d.id(), On: c.On, Start: c.Start, Stop: c.Stop, Coder: d.me(), Text: text, At: d.when(c.At)})
	return nil
}

// myMemo gives a memo the coder may change: their own, or anyone's for the owner.
func (d *draft) myMemo(n qda.ID) (*qda.Memo, error) {
	m, ok := d.As(d.me()).Memo(n)
	if !ok {
		return nil, absent()
	}
	if d.by != nil && m.Coder != d.by.ID && d.by.Role != qda.Owner {
		return nil, qda.Refuse(qda.Refused, "refused.memo_others")
	}
	return m, nil
}

func (d *draft) memoChanged(c *qda.MemoChanged) error {
	m, err := d.myMemo(c.Memo)
	if err != nil {
		return err
	}
	if m.Rev != c.Rev {
		return d.edited(m.Rev, m.Text)
	}
	text, err := qda.CleanText(c.Text)
	if err != nil {
		return err
	}
	if text == "" {
		return qda.Refuse(qda.Invalid, "refused.memo_empty")
	}
	x := *m
	x.Text = text
	d.put(&x)
	return nil
}

// edited refuses an edit of a text that someone has changed since it was read.
func (d *draft) edited(by qda.Seq, theirs any) error {
	err := qda.Refuse(qda.Conflict, "refused.edited")
	err.Seq, err.Theirs = by, theirs
	return err
}

func (d *draft) memoRemoved(c *qda.MemoRemoved) error {
	m, err := d.myMemo(c.Memo)
	if err != nil {
		return err
	}
	d.drop(qda.SortMemo, m.ID)
	return nil
}
