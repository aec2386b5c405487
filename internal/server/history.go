package server

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

func unix(s int64) time.Time { return time.Unix(s, 0) }

// groups of kinds, as History is filtered by.
var groups = []struct {
	name  string
	kinds []string
}{
	{"documents", []string{"DocumentAdded", "DocumentChanged", "DocumentsState", "DocumentFinished", "CaseAdded", "CaseChanged", "AttributeAdded", "AttributeChanged"}},
	{"codebook", []string{"NodeAdded", "NodeChanged", "NodesMoved", "NodesMerged", "NodeSplit", "NodeKind", "NodesState"}},
	{"coding", []string{"CodingApplied", "CodingsChanged", "CodingsRemoved"}},
	{"review", []string{"EvidenceChosen", "EvidenceChanged", "EvidenceDropped", "CounterLooked", "ConceptAdded", "ConceptChanged", "Tied", "Untied",
		"DraftNamed", "ReviewAsked", "RemarkMade", "RemarkSettled", "ThemeJudged", "QuestionKept", "QuestionRemoved", "Arranged"}},
	{"writing", []string{"MemoWritten", "MemoChanged", "MemoRemoved"}},
	{"project", []string{"ProjectMade", "ProjectChanged", "CoderJoined", "CodersChanged", "CoderLeft"}},
	{"undone", []string{"Undone"}},
}

func groupOf(kind string) string {
	for _, g := range groups {
		for _, k := range g.kinds {
			if k == kind {
				return g.name
			}
		}
	}
	return "project"
}

// past gives entries the asker may see, newest first. A blind coder sees their own and those that touch only the codebook, theory, drafts, documents or people.
func (a *ask) past(coder qda.ID, kinds []string, before qda.Seq, limit int) ([]*qda.Entry, error) {
	if !a.Lens.Blind() {
		return a.s.Store.Past(a.Context(), a.Project, coder, kinds, before, limit)
	}
	var r []*qda.Entry
	for len(r) < limit {
		es, err := a.s.Store.Past(a.Context(), a.Project, coder, kinds, before, 2*limit)
		if err != nil || len(es) == 0 {
			return r, err
		}
		for _, e := range es {
			before = e.Seq
			if len(r) < limit && a.sees(e) {
				r = append(r, e)
			}
		}
	}
	return r, nil
}

// sees reports whether an entry is to be seen through the asker's Lens.
func (a *ask) sees(e *qda.Entry) bool {
	if !a.Lens.Blind() || e.Coder == a.Coder.ID {
		return true
	}
	for _, d := range e.Did {
		switch d.Of {
		case qda.SortEvidence, qda.SortRemark, qda.SortJudgement, qda.SortQuestion:
			return false
		}
		if d.Of == qda.SortCoding || d.Of == qda.SortMemo || d.Of == qda.SortDocument && setOf(d, "finished") || d.Of == qda.SortNode && setOf(d, "example") {
			return false
		}
	}
	return e.Kind != "Undone" && groupOf(e.Kind) != "coding" && groupOf(e.Kind) != "writing"
}

func historyPage(a *ask) error {
	q := a.URL.Query()
	v := page.History{Project: int(a.Project), Blind: a.Lens.Blind(), Total: a.L.N("count.entries", int(a.View.Seq())), Seq: int(a.View.Seq())}
	hash := a.View.Hash()
	v.Chain = hex.EncodeToString(hash[:6])
	coder, err := optionalID(q.Get("coder"))
	if err != nil {
		return err
	}
	v.Coders = []page.Choice{{Value: "", Label: a.L.T("history.everyone"), Chosen: coder == 0}}
	for _, c := range a.Lens.Coders() {
		if !v.Blind || c.ID == a.Coder.ID {
			v.Coders = append(v.Coders, page.Choice{Value: itoa(c.ID), Label: c.Name, Chosen: c.ID == coder})
		}
	}
	var kinds []string
	v.Kinds = []page.Choice{{Value: "", Label: a.L.T("history.all_kinds"), Chosen: q.Get("kind") == ""}}
	for _, g := range groups {
		if g.name == q.Get("kind") {
			kinds = g.kinds
		}
		v.Kinds = append(v.Kinds, page.Choice{Value: g.name, Label: a.L.T("history.kind." + g.name), Chosen: g.name == q.Get("kind")})
	}
	before := a.View.Seq() + 1
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		before = qda.Seq(n)
		q.Del("before")
		v.Newest = a.at("/history?%s", q.Encode())
	}
	const per = 60
	es, err := a.past(coder, kinds, before, per+1)
	if err != nil {
		return err
	}
	if len(es) > per {
		es = es[:per]
		q.Set("before", strconv.FormatInt(int64(es[per-1].Seq), 10))
		v.Older = a.at("/history?%s", q.Encode())
	}
	for _, e := range es {
		heading := a.L.Date(e.At)
		if w := a.L.When(e.At, a.now); w != heading {
			heading = a.day(e.At)
		}
		if len(v.Days) == 0 || v.Days[len(v.Days)-1].Heading != heading {
			v.Days = append(v.Days, page.HistoryDay{Heading: heading})
		}
		s := a.say(e)
		x := page.HistoryEntry{Seq: int(e.Seq), Kind: groupOf(e.Kind), Coder: s.initials, Name: s.name, Sentence: s.sentence, Detail: s.detail, Link: s.link, Time: a.L.Clock(e.At), ISO: e.At.Format(time.RFC3339), Segments: a.segmentsOf(e)}
		if !a.View.InForce(e.Seq) {
			x.Undone = a.undoneBy(e.Seq)
		} else {
			x.MayUndo, x.WhyNot = a.undoable(e)
		}
		d := &v.Days[len(v.Days)-1]
		d.Entries = append(d.Entries, x)
	}
	return a.render(http.StatusOK, page.HistoryPage(a.chrome(a.L.T("nav.history"), "history"), v))
}

// day heads the entries of today and yesterday.
func (a *ask) day(t time.Time) string {
	zone := a.L.Location()
	if t.In(zone).YearDay() == a.now.In(zone).YearDay() {
		return a.L.T("history.today")
	}
	return a.L.T("history.yesterday")
}

func (a *ask) undoneBy(seq qda.Seq) string {
	by, ok := a.View.UndoneBy(seq)
	if !ok {
		return ""
	}
	e := a.entryAt(by)
	if e == nil {
		return ""
	}
	return a.L.T("history.undone_by", "by", a.initials(e.Coder), "when", a.L.When(e.At, a.now))
}

// undoable reports whether the asker could take an entry back now, and why not: tried on a View that is thrown away.
func (a *ask) undoable(e *qda.Entry) (may bool, why string) {
	if !engine.Undoable(e.Kind) {
		return false, ""
	}
	if !a.Coder.Role.Valid() || e.Coder != a.Coder.ID && a.Coder.Role != qda.Owner {
		return false, ""
	}
	_, _, err := a.View.Try(qda.Intent{Coder: a.Coder.ID, Do: &qda.Undone{Seq: e.Seq}}, engine.Material{At: a.now, Undo: e})
	if err == nil {
		return true, ""
	}
	var refused *qda.Error
	if errors.As(err, &refused) {
		return false, a.L.T(refused.Key, refused.Args...)
	}
	return false, ""
}

func undo(a *ask) error {
	return surfaceChange[qda.Undone](a, nil)
}

func undoJSON(a *ask) error {
	document, err := optionalID(a.URL.Query().Get("document"))
	if err != nil {
		return err
	}
	u, r, err := a.s.Engine.Next(a.Context(), a.View, a.Coder.ID, document)
	if err != nil {
		return err
	}
	type next struct {
		Seq  qda.Seq `json:"seq"`
		Name string  `json:"name"`
	}
	out := struct {
		Undo *next `json:"undo"`
		Redo *next `json:"redo"`
	}{}
	if u != nil {
		out.Undo = &next{u.Seq, a.say(u).sentence}
	}
	if r != nil {
		name := ""
		if o, ok := r.Do.(*qda.Undone); ok {
			if e := a.entryAt(o.Seq); e != nil {
				name = a.say(e).sentence
			}
		}
		out.Redo = &next{r.Seq, name}
	}
	return a.writeJSON(http.StatusOK, out)
}
