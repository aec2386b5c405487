package server

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// What is shown of a segment and around it, in code points. The rest is read in the document.
const (
	sortPageSize = 50   // segments in one answer
	sortNear     = 600  // of the turn before and of the turn after
	sortAround   = 1200 // of the segment's own turn, before it and after it
	sortHead     = 4000 // of a long segment's beginning
	sortTail     = 1500 // and of its end
	sortMost     = 9    // codes beside the one that is split, as there are keys
)

// sortPage is the queue in which a code's segments are read one by one and given to other codes.
func sortPage(a *ask) error {
	n, l := a.Node, a.Lens
	signed, err := a.signed(n)
	if err != nil {
		return err
	}
	colour, pattern := a.View.Colour(n.ID)
	live := n.State.Counts()
	v := page.Sort{Project: int(a.Project), Node: int(n.ID), Name: n.Name, Kind: string(n.Kind), Definition: n.Definition, Colour: colour, Pattern: pattern, Live: live, StateNote: a.stateNote(n, signed, 0),
		Retired: n.State == qda.Retired, Above: int(n.Parent), Me: int(a.Coder.ID), Email: a.Account.Email, Seq: int(a.View.Seq()),
		MayCode: a.may("CodingsChanged") && live, MaySplit: a.may("NodeSplit") && n.State == qda.Live, MayAdd: a.may("NodeAdded") && live, MayRetire: a.may("NodesState") && n.State == qda.Live}
	for up, ok := a.View.Node(n.Parent); ok; up, ok = a.View.Node(up.Parent) {
		v.Path = append([]page.NodeLink{a.nodeLink(up.ID)}, v.Path...)
	}
	if n.Into != 0 {
		into := a.nodeLink(a.View.Survivor(n.ID))
		v.Into = &into
	}
	for _, b := range a.View.Nodes() {
		if b.Parent == n.ID {
			v.Children = append(v.Children, a.nodeLink(b.ID))
		}
	}
	_, v.Segments = l.CodingsOf([]qda.ID{n.ID}, 0, 0)
	if k := firstAttribute(l); k != nil {
		v.GroupName = k.Name
	}
	switch {
	case a.View.Project().State == qda.Archived:
		v.WhyNot = a.L.T("project.archived")
	case !a.may("CodingsChanged"):
		v.WhyNot = a.L.T("sort.reads_along")
	}
	// What a first segment given away would do to approvals, whatever code it goes to.
	if first, _ := l.CodingsOf([]qda.ID{n.ID}, 0, 1); len(first) > 0 && live && a.may("NodeSplit") {
		var c page.Consequence
		split := &qda.NodeSplit{Node: n.ID, Parts: []qda.Part{{Name: newChange(), Codings: []qda.ID{first[0].ID}}}}
		if _, _, err := a.tried(&c, split, n.ID); err != nil {
			return err
		}
		for _, x := range c.Turned {
			v.Turned = append(v.Turned, x.Name)
		}
	}
	if l.Blind() {
		v.Blind = a.L.T("sort.blind")
	}
	return a.render(http.StatusOK, page.SortPage(a.chrome(a.L.T("sort.title", "code", n.Name), "codebook"), v))
}

// sortJSON answers with the order of the queue, or with the segments of the codings asked for.
func sortJSON(a *ask) error {
	q := a.URL.Query()
	if q.Has("codings") {
		codings, err := idList(q.Get("codings"), sortPageSize)
		if err != nil {
			return err
		}
		return a.sortSegments(codings)
	}
	codes, err := idList(q.Get("codes"), 4*sortMost)
	if err != nil {
		return err
	}
	return a.sortOrder(append(codes, a.Node.ID))
}

// idList reads numbers with commas between them.
func idList(s string, most int) ([]qda.ID, error) {
	var r []qda.ID
	for v := range strings.SplitSeq(s, ",") {
		if v == "" {
			continue
		}
		n, err := thingID(v)
		if err != nil || len(r) == most {
			return nil, qda.Refuse(qda.Invalid, "refused.form")
		}
		r = append(r, n)
	}
	return r, nil
}

// sortOrder lists the codings of some codes in the order of documents and places, each as [coding, code, coder, document, start,
// stop], and all documents in their order.
func (a *ask) sortOrder(codes []qda.ID) error {
	l := a.Lens
	type document struct {
		ID       qda.ID `json:"id"`
		Name     string `json:"name"`
		Informed string `json:"informant"`
		Group    string `json:"group"`
		Lang     string `json:"lang"`
	}
	documents, rank := []document{}, map[qda.ID]int{}
	group := firstAttribute(l)
	for i, d := range sortedDocuments(l) {
		x := document{ID: d.ID, Name: d.Name, Lang: d.Language}
		if k := caseOf(l, d); k != nil {
			x.Informed = k.Name
			if group != nil {
				x.Group = k.Values[group.ID]
			}
		}
		documents, rank[d.ID] = append(documents, x), i
	}
	codings, _ := l.CodingsOf(codes, 0, -1)
	slices.SortStableFunc(codings, func(x, y qda.Coding) int { return rank[x.Document] - rank[y.Document] })
	rows := make([][6]int64, len(codings))
	for i, c := range codings {
		rows[i] = [6]int64{int64(c.ID), int64(c.Code), int64(c.Coder), int64(c.Document), int64(c.Start), int64(c.Stop)}
	}
	return a.writeJSON(http.StatusOK, map[string]any{"seq": a.View.Seq(), "documents": documents, "codings": rows})
}

// sortTurn is a turn of the talk around a segment, or a part of one.
type sortTurn struct {
	Turn   int32  `json:"turn"`
	Label  string `json:"label"`
	Who    string `json:"who"`
	Time   string `json:"time"`
	Lang   string `json:"lang"` // where it differs from the document's
	Asks   bool   `json:"asks"`
	Near   bool   `json:"near"` // it is the turn before or after: nothing in it belongs to the segment
	Before string `json:"before"`
	Words  string `json:"words"` // the segment's
	Left   int32  `json:"left"`  // code points of the segment that are left out after Words
	Rest   string `json:"rest"`  // the segment's, after what is left out
	After  string `json:"after"`
	Opens  bool   `json:"opens"`  // the turn begins with what is given
	Closes bool   `json:"closes"` // and ends with it
}

type sortMemo struct {
	Coder qda.ID        `json:"coder"`
	At    int64         `json:"at"`
	HTML  page.MemoHTML `json:"html"`
}

// sortOther is a coding by another code that overlaps the segment; Same where it covers exactly its words.
type sortOther struct {
	Coding qda.ID `json:"coding"`
	Code   qda.ID `json:"code"`
	Coder  qda.ID `json:"coder"`
	Same   bool   `json:"same"`
}

type sortSegment struct {
	Coding   qda.ID      `json:"coding"`
	Code     qda.ID      `json:"code"`
	Coder    qda.ID      `json:"coder"`
	Document qda.ID      `json:"document"`
	Start    int32       `json:"start"`
	Stop     int32       `json:"stop"`
	At       int64       `json:"at"`
	Turns    []sortTurn  `json:"turns"`
	Memos    []sortMemo  `json:"memos"`
	Others   []sortOther `json:"others"`
}

// sortSegments shows codings in their context. One that the asker may not see, or that is not there, is left out.
func (a *ask) sortSegments(ns []qda.ID) error {
	l := a.Lens
	memos := map[qda.ID][]sortMemo{}
	for _, m := range l.AllMemos() {
		if slices.Contains(ns, m.On) {
			memos[m.On] = append(memos[m.On], sortMemo{m.Coder, m.At, a.drawn(m)})
		}
	}
	segments := []sortSegment{}
	for _, n := range ns {
		c, ok := l.Coding(n)
		if !ok || !a.awake(c.Code) {
			continue
		}
		d, ok := a.View.Document(c.Document)
		if !ok || d.State != qda.Live {
			continue
		}
		w, err := a.s.Engine.Words(a.Context(), a.Project, c.Document, c.Version)
		if err != nil {
			return err
		}
		s := sortSegment{Coding: c.ID, Code: c.Code, Coder: c.Coder, Document: c.Document, Start: c.Start, Stop: c.Stop, At: c.At, Turns: sortContext(l, d, w, span.Span{Start: c.Start, Stop: c.Stop}), Memos: memos[c.ID], Others: []sortOther{}}
		if s.Memos == nil {
			s.Memos = []sortMemo{}
		}
		for o := range l.Overlapping(c.Document, span.Span{Start: c.Start, Stop: c.Stop}) {
			if o.ID != c.ID && o.Version == c.Version {
				s.Others = append(s.Others, sortOther{o.ID, o.Code, o.Coder, o.Start == c.Start && o.Stop == c.Stop})
			}
		}
		segments = append(segments, s)
	}
	return a.writeJSON(http.StatusOK, map[string]any{"seq": a.View.Seq(), "segments": segments})
}

// awake reports whether a node and all above it are live or retired.
func (a *ask) awake(n qda.ID) bool {
	for n != 0 {
		x, ok := a.View.Node(n)
		if !ok || !x.State.Counts() {
			return false
		}
		n = x.Parent
	}
	return true
}

// sortContext gives the turns of a segment with the one before and the one after, where there are such.
func sortContext(l engine.Lens, d *qda.Document, w *engine.Words, s span.Span) []sortTurn {
	turns := w.Turns
	if len(turns) == 0 {
		turns = []qda.Turn{{Turn: 1, Stop: w.Chars(), FromMS: -1, ToMS: -1}}
	}
	first, last := turnAt(turns, s.Start), turnAt(turns, max(s.Start, s.Stop-1))
	if first < last && turns[first].Stop <= s.Start {
		first++ // it begins with what is between two turns
	}
	head, tail := s, span.Span{Start: s.Stop, Stop: s.Stop}
	if s.Stop-s.Start > sortHead+sortTail+sortTail { // leaving out less than this would save nothing
		head.Stop, tail.Start = s.Start+sortHead, s.Stop-sortTail
	}
	var r []sortTurn
	about := func(t qda.Turn) sortTurn {
		x := sortTurn{Turn: t.Turn, Label: t.Label, Opens: true, Closes: true}
		x.Who, x.Asks = speaker(l, d, t.Label)
		if t.FromMS >= 0 {
			x.Time = clock(t.FromMS)
		}
		if t.Language != d.Language {
			x.Lang = t.Language
		}
		return x
	}
	within := func(t qda.Turn, s span.Span) span.Span {
		return span.Span{Start: min(max(t.Start, s.Start), t.Stop), Stop: max(min(t.Stop, s.Stop), t.Start)}
	}
	if first > 0 {
		t := turns[first-1]
		x := about(t)
		x.Near = true
		x.Before, x.Opens = ending(w, span.Span{Start: t.Start, Stop: t.Stop}, sortNear)
		r = append(r, x)
	}
	said := false // what is left out
	for i := first; i <= last; i++ {
		t := turns[i]
		begin, end := within(t, head), within(t, tail)
		has, rests := begin.Start < begin.Stop, end.Start < end.Stop
		if !has && !rests && first != last {
			continue
		}
		x := about(t)
		if has {
			x.Words = w.Quote(begin)
		}
		if rests && !has {
			x.Words = w.Quote(end)
		} else if rests {
			x.Rest = w.Quote(end)
		}
		if left := tail.Start - head.Stop; left > 0 && !said && has && begin.Stop == head.Stop {
			x.Left, said = left, true
		}
		if i == first {
			x.Before, x.Opens = ending(w, span.Span{Start: t.Start, Stop: max(t.Start, min(s.Start, t.Stop))}, sortAround)
		}
		if i == last {
			x.After, x.Closes = beginning(w, span.Span{Start: min(t.Stop, max(s.Stop, t.Start)), Stop: t.Stop}, sortAround)
		}
		r = append(r, x)
	}
	if last+1 < len(turns) {
		t := turns[last+1]
		x := about(t)
		x.Near = true
		x.After, x.Closes = beginning(w, span.Span{Start: t.Start, Stop: t.Stop}, sortNear)
		r = append(r, x)
	}
	return r
}

// turnAt gives the place of the turn that holds a code point; the one before where the point lies between two.
func turnAt(turns []qda.Turn, p int32) int {
	i, there := slices.BinarySearchFunc(turns, p, func(t qda.Turn, p int32) int { return int(t.Start - p) })
	if there {
		return i
	}
	return max(0, i-1)
}

// speaker gives the name behind a label, and whether it is the interviewer's.
func speaker(l engine.Lens, d *qda.Document, label string) (who string, asks bool) {
	s := d.Speakers[label]
	if k, ok := l.Case(s.Case); ok {
		who = k.Name
	} else if k := caseOf(l, d); s.Informant && k != nil {
		who = k.Name
	}
	return who, s.Interviewer
}

// ending gives the last most code points under a span, cut at a space where one is near, and whether that is all.
func ending(w *engine.Words, s span.Span, most int32) (words string, all bool) {
	if s.Stop-s.Start <= most {
		return w.Quote(s), true
	}
	words = w.Quote(span.Span{Start: s.Stop - most, Stop: s.Stop})
	for i, r := range words {
		if i > 160 {
			break
		}
		if unicode.IsSpace(r) {
			return words[i:], false
		}
	}
	return words, false
}

// beginning gives the first most code points under a span, cut at a space where one is near, and whether that is all.
func beginning(w *engine.Words, s span.Span, most int32) (words string, all bool) {
	if s.Stop-s.Start <= most {
		return w.Quote(s), true
	}
	words = w.Quote(span.Span{Start: s.Start, Stop: s.Start + most})
	if i := strings.LastIndexFunc(words, unicode.IsSpace); i > len(words)-160 && i > 0 {
		return words[:i], false
	}
	return words, false
}
