package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// A qdpx that anyam writes has a file beside the project, sidecarName, with what REFI-QDA has no place for: turns and speakers, kinds of
// nodes and all that defines them, evidence, theory, review, questions, drafts, the map. Other programs pass over it (the standard lets a
// container hold more files), another anyam reads it back, see qdpx_restore.go. Things are named by their numbers in the project that
// wrote the file; what the standard has is not repeated.

const (
	sidecarName    = "anyam.json"
	sidecarVersion = 2 // 1 knew coders by their numbers alone; it is written still where that is enough
)

// kept is a thing with its number.
type kept[T any] struct {
	ID qda.ID `json:"id"`
	Is T      `json:"is"`
}

type sidecar struct {
	Format     string                `json:"format"` // sidecarName
	Version    int                   `json:"version"`
	GUID       qda.ChangeID          `json:"guid"`
	Project    qda.Project           `json:"project"`
	Coders     []kept[sideCoder]     `json:"coders"`
	Attributes []kept[qda.Attribute] `json:"attributes"`
	Documents  []kept[sideDocument]  `json:"documents"`
	Nodes      []kept[sideNode]      `json:"nodes"`
	Memos      []kept[qda.ID]        `json:"memos"` // memos on what the standard knows no memos of: on what
	Evidence   []kept[qda.Evidence]  `json:"evidence"`
	Concepts   []kept[qda.Concept]   `json:"concepts"`
	Ties       []kept[qda.Tie]       `json:"ties"`
	Drafts     []kept[sideDraft]     `json:"drafts"`
	Remarks    []kept[qda.Remark]    `json:"remarks"`
	Judgements []kept[sideJudgement] `json:"judgements"`
	Questions  []kept[qda.Question]  `json:"questions"`
	Spots      []kept[qda.Spot]      `json:"spots"`

	// What stays behind, so that whoever reads the file can say so.
	Seq     qda.Seq        `json:"seq,omitempty"`     // of the newest entry; 0 for a blind coder, whom it would tell of others' work
	Removed map[string]int `json:"removed,omitempty"` // how many things of each sort (documents, codes …) are removed
}

// sideCoder is a coder, with the GUID in the file where it is not that of their number.
type sideCoder struct {
	qda.Coder
	GUID string `json:"guid,omitempty"`
}

// sideNode is a node, who made it and when; a file of an earlier anyam does not say (0).
type sideNode struct {
	qda.Node
	By qda.ID `json:"by,omitempty"`
	At int64  `json:"at,omitempty"` // seconds since 1970
}

// sideDocument is what is known about a document beside its words, and its turns.
type sideDocument struct {
	qda.Document
	TurnList []qda.Turn `json:"turn_list"`
}

// sideDraft is a draft and the codebook as it was then, as text: its past itself stays behind.
type sideDraft struct {
	qda.Draft
	Codebook string `json:"codebook"`
}

// sideJudgement is a verdict and whether the theme is still as it was then.
type sideJudgement struct {
	qda.Judgement
	Stands bool `json:"stands"`
}

func keptAll[T any](all []*T, id func(*T) qda.ID) []kept[T] {
	r := []kept[T]{}
	for _, x := range all {
		r = append(r, kept[T]{id(x), *x})
	}
	return r
}

// newSidecar gives what a Lens sees beyond what RefiProject writes.
func newSidecar(ctx context.Context, who *signers, e *engine.Engine, l engine.Lens, L *i18n.Printer) (*sidecar, error) {
	s := &sidecar{Format: sidecarName, Version: 1, GUID: l.GUID(), Project: l.Project()}
	for _, c := range l.Coders() {
		if l.Blind() && c.ID != l.Me() {
			continue
		}
		x := sideCoder{Coder: *c}
		x.Account = 0 // accounts are of this instance
		if g := who.coders[c.ID]; g != refi.GUID(qda.GUID(s.GUID, c.ID)) {
			x.GUID, s.Version = strings.ToLower(g.String()), sidecarVersion
		}
		s.Coders = append(s.Coders, kept[sideCoder]{c.ID, x})
	}
	s.Attributes = keptAll(l.Attributes(), func(x *qda.Attribute) qda.ID { return x.ID })
	for _, d := range sortedDocuments(l) {
		w, err := e.Words(ctx, l.ID(), d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		x := sideDocument{Document: *d, TurnList: w.Turns}
		if l.Blind() {
			x.Finished = []qda.ID{}
			if slices.Contains(d.Finished, l.Me()) {
				x.Finished = append(x.Finished, l.Me())
			}
		}
		s.Documents = append(s.Documents, kept[sideDocument]{d.ID, x})
	}
	for _, n := range l.Nodes() {
		x := sideNode{Node: *n, By: who.made[n.Made].Coder, At: qda.Unix(who.made[n.Made].Made)}
		if _, ok := l.Coding(n.Example); !ok {
			x.Example = 0
		}
		if l.Blind() && n.LookedBy != l.Me() {
			x.Looked, x.LookedBy = 0, 0
		}
		s.Nodes = append(s.Nodes, kept[sideNode]{n.ID, x})
		supports, against := l.Evidence(n.ID)
		for _, v := range append(supports, against...) {
			s.Evidence = append(s.Evidence, kept[qda.Evidence]{v.ID, *v})
		}
		for _, j := range l.Judgements(n.ID) {
			s.Judgements = append(s.Judgements, kept[sideJudgement]{j.ID, sideJudgement{*j, len(l.Since(j).Parts) == 0}})
		}
	}
	s.Concepts = keptAll(l.Concepts(), func(x *qda.Concept) qda.ID { return x.ID })
	s.Ties = keptAll(l.Ties(), func(x *qda.Tie) qda.ID { return x.ID })
	s.Removed = removed(l)
	if !l.Blind() {
		s.Seq = l.Seq()
	}
	// What was merged stays behind: what hung on it hangs on what it became.
	for _, r := range l.Remarks() {
		x := *r
		x.On, x.Theme = l.Survivor(x.On), l.Survivor(x.Theme)
		s.Remarks = append(s.Remarks, kept[qda.Remark]{r.ID, x})
	}
	for _, q := range l.Questions() {
		x := *q
		x.Query, _, _ = renumbered(x.Query, l.Survivor, true)
		s.Questions = append(s.Questions, kept[qda.Question]{q.ID, x})
	}
	for _, x := range l.Spots() {
		if n, ok := l.Node(x.ID); ok && n.State.Counts() {
			s.Spots = append(s.Spots, kept[qda.Spot]{x.ID, *x})
		}
	}
	for _, m := range goingMemos(l) {
		_, attribute := l.Attribute(m.On)
		_, coder := l.Coder(m.On)
		_, concept := l.View.Concept(m.On)
		_, draft := l.Draft(m.On)
		if m.On != 0 && (attribute || coder || concept || draft) {
			s.Memos = append(s.Memos, kept[qda.ID]{m.ID, m.On})
		}
	}
	for _, d := range l.Drafts() {
		was, err := e.At(ctx, l.ID(), d.AtSeq)
		if err != nil {
			return nil, err
		}
		s.Drafts = append(s.Drafts, kept[sideDraft]{d.ID, sideDraft{*d, codebookText(l.On(was), L)}})
	}
	return s, nil
}

// removed counts what is removed, with what hangs on it: it does not go out.
func removed(l engine.Lens) map[string]int {
	r := map[string]int{}
	for _, d := range l.Documents() {
		if d.State == qda.Removed {
			r["documents"]++
		}
	}
	for _, k := range l.Cases() {
		if k.State == qda.Removed {
			r["cases"]++
		}
	}
	nodes := map[qda.ID]bool{}
	for _, n := range l.Asleep() {
		for _, x := range append(l.Below(n.ID), n.ID) {
			if k, ok := l.Node(x); ok && n.State == qda.Removed && k.State != qda.Merged {
				nodes[x] = true
			}
		}
	}
	if len(nodes) > 0 {
		r["codes"] = len(nodes)
	}
	if n := len(l.AllMemos()) - len(goingMemos(l)); n > 0 {
		r["memos"] = n
	}
	return r
}

// goingMemos gives the memos that go out: not those on what is removed.
func goingMemos(l engine.Lens) (r []*qda.Memo) {
	there := map[qda.ID]bool{0: true}
	for _, n := range l.Nodes() {
		there[n.ID] = true
	}
	for _, c := range l.Concepts() {
		there[c.ID] = true
	}
	for _, m := range l.AllMemos() {
		c, coding := l.Coding(m.On)
		d, document := l.Document(m.On)
		if coding {
			d, document = l.Document(c.Document)
		}
		k, kase := l.Case(m.On)
		_, node := l.Node(m.On)
		_, concept := l.View.Concept(m.On)
		switch {
		case document && d.State != qda.Live, coding && !there[c.Code], kase && k.State != qda.Live, (node || concept) && !there[m.On]:
		default:
			r = append(r, m)
		}
	}
	return r
}

// codebookText is a codebook with its counts, a node a line.
func codebookText(l engine.Lens, L *i18n.Printer) string {
	var b strings.Builder
	counts := l.Counts()
	themes, codes := 0, 0
	for _, n := range l.Nodes() {
		if n.Kind == qda.Theme {
			themes++
		} else {
			codes++
		}
	}
	b.WriteString(L.T("export.nodes", "themes", L.N("count.themes", themes), "codes", L.N("count.codes", codes)) + ", " + L.N("count.codings", counts.Codings) + "\n")
	for _, n := range l.Nodes() {
		fmt.Fprintf(&b, "%s- %s (%s)\n", strings.Repeat("  ", l.Depth(n.ID)), n.Name, L.Num(counts.Node(n.ID).AllCodings))
	}
	return b.String()
}

// extra is the sidecar as a file of the container.
func (s *sidecar) extra() (refi.Extra, error) {
	raw, err := json.Marshal(s)
	return refi.Extra{Name: sidecarName, Data: raw}, err
}

// readSidecar gives the sidecar of a project, nil where it has none or one that a newer anyam wrote.
func readSidecar(p *refi.Project) (s *sidecar, newer bool) {
	for _, x := range p.Extras {
		if x.Name != sidecarName {
			continue
		}
		s = &sidecar{}
		if json.Unmarshal(x.Data, s) != nil || s.Format != sidecarName || s.Version < 1 {
			return nil, false
		}
		if s.Version > sidecarVersion {
			return nil, true
		}
		return s, false
	}
	return nil, false
}
