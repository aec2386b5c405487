package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// someWork makes changes of a study up, of so many kinds; what is refused is passed over.
func someWork(t *testing.T, p *place, r *rand.Rand, n, kinds int) (done int) {
	t.Helper()
	ctx := context.Background()
	length := len([]rune(words))
	one := func(all []qda.ID) qda.ID {
		if len(all) == 0 {
			return 0
		}
		return all[r.IntN(len(all))]
	}
	text := func(s string) string { return fmt.Sprintf("%s %d “é” 🦐\nbaris dua", s, r.IntN(1000)) }
	for range n {
		p.wait(time.Duration(r.IntN(3000)) * time.Second) // everything is of its own time
		v, err := p.engine.View(ctx, p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		var themes, codes, made, codings, concepts, remarks, cases []qda.ID
		for _, x := range v.Nodes() {
			if strings.HasPrefix(x.Name, "Simpul") { // tests go on with the others
				made = append(made, x.ID)
			}
			if x.Kind == qda.Theme {
				themes = append(themes, x.ID)
			} else {
				codes = append(codes, x.ID)
			}
		}
		for c := range v.As(0).All {
			codings = append(codings, c.ID)
		}
		for _, c := range v.Concepts() {
			concepts = append(concepts, c.ID)
		}
		for _, x := range v.As(0).Remarks() {
			remarks = append(remarks, x.ID)
		}
		for _, k := range v.Cases() {
			cases = append(cases, k.ID)
		}
		var attributes, memos, evidence, questions, others []qda.ID
		for _, x := range v.Attributes() {
			attributes = append(attributes, x.ID)
		}
		for _, x := range v.As(0).AllMemos() {
			memos = append(memos, x.ID)
		}
		for _, th := range themes {
			supports, against := v.As(0).Evidence(th)
			for _, x := range append(supports, against...) {
				evidence = append(evidence, x.ID)
			}
		}
		for _, x := range v.As(0).Questions() {
			questions = append(questions, x.ID)
		}
		for _, x := range v.Documents() {
			if x.ID != p.document {
				others = append(others, x.ID)
			}
		}
		by := []rune{theOwner, theResearcher, theResearcher, theSupervisor, theBlind}[r.IntN(5)]
		var c qda.Change
		switch r.IntN(kinds) {
		case 0, 1, 2, 3, 4, 5:
			start := int32(r.IntN(length - 12))
			c = &qda.CodingApplied{Document: p.document, Version: 1, Code: one(codes), Spans: []qda.SpanOf{spanAt(start, start+1+int32(r.IntN(11)))}}
		case 6, 7:
			kind := []qda.NodeKind{qda.Code, qda.Theme}[r.IntN(2)]
			c = &qda.NodeAdded{Type: kind, Name: fmt.Sprint("Simpul ", r.IntN(10000)), Parent: one(append(append(themes, codes...), 0, 0)), Definition: text("definisi"), Use: text("pakai"), Avoid: text("jangan"), Colour: int16(r.IntN(13))}
		case 8, 9:
			s := text("isi")
			c = [](qda.Change){&qda.NodeChanged{Node: one(themes), Claim: &s, Scope: &s}, &qda.NodeChanged{Node: one(themes), Boundary: &s, Naming: &s}, &qda.NodeChanged{Node: one(codes), Avoid: &s}}[r.IntN(3)]
		case 10:
			e := one(codings)
			k, _ := v.As(0).Coding(e)
			c = &qda.NodeChanged{Node: k.Code, Example: &e}
		case 11:
			c = &qda.NodesState{Nodes: []qda.ID{one(codes)}, State: []qda.State{qda.Retired, qda.Live}[r.IntN(2)]}
		case 12, 13:
			c = &qda.EvidenceChosen{Theme: one(themes), Codings: []qda.ID{one(codings)}, Against: r.IntN(3) == 0, Why: text("sebab")}
		case 14:
			c = &qda.CounterLooked{Theme: one(themes), Looked: true}
		case 15:
			c = &qda.ConceptAdded{Name: fmt.Sprint("Konsep ", r.IntN(10000)), Parent: one(append(concepts, 0)), Definition: text("konsep")}
		case 16:
			c = &qda.Tied{Theme: one(themes), Concept: one(concepts), Why: text("ikatan")}
		case 17, 18:
			c = &qda.RemarkMade{On: one([]qda.ID{one(themes), one(codes), one(codings), p.draft, 0}), Theme: one(append(themes, 0)), Text: text("catatan")}
			if r.IntN(3) == 0 {
				c = &qda.RemarkMade{Under: one(remarks), Text: text("jawaban")}
			}
		case 19:
			c = &qda.RemarkSettled{Remark: one(remarks), Settled: true}
		case 20:
			th := one(themes)
			c, by = &qda.ThemeJudged{Theme: th, Verdict: []qda.Verdict{qda.Approved, qda.Changes}[r.IntN(2)], Digest: v.Digest(th), Text: text("putusan")}, theSupervisor
		case 21:
			on := one([]qda.ID{one(codings), one(themes), one(codes), p.document, one(cases), p.ofCases, one(concepts), p.coder[theOwner], 0})
			m := &qda.MemoWritten{On: on, Text: text("memo")}
			if on == p.document && r.IntN(2) == 0 {
				m.Start, m.Stop = 3, 9
			}
			c = m
		case 22:
			c = &qda.QuestionKept{Name: fmt.Sprint("Tanya ", r.IntN(1000)), Query: fmt.Sprintf(`{"ask":"all=%d&by=%d&document=%d&value-%d=petambak"}`, one(codes), p.coder[theResearcher], p.document, p.ofCases)}
		case 23:
			c = &qda.Arranged{Spots: []qda.SpotOf{{Node: one(append(themes, codes...)), X: int32(r.IntN(900)) - 400, Y: int32(r.IntN(600)) - 300}}}
		case 24:
			held, of := "2026-03-12", qda.Values{p.ofDocuments: text("tempat")}
			c = [](qda.Change){&qda.DocumentChanged{Document: p.document, Held: &held, Values: of}, &qda.DocumentFinished{Document: p.document, Finished: true}, &qda.CaseAdded{Name: fmt.Sprint("P", r.IntN(1000)), Values: qda.Values{p.ofCases: text("kelompok")}}, &qda.AttributeAdded{Name: fmt.Sprint("Sifat ", r.IntN(1000)), Of: []qda.Of{qda.OfCases, qda.OfDocuments}[r.IntN(2)], Type: []string{"text", "number", "date"}[r.IntN(3)]}}[r.IntN(4)]
		case 25:
			c = &qda.DraftNamed{Name: fmt.Sprint("Draf ", r.IntN(1000)), Text: text("draf")}
		case 26:
			c = &qda.NodeTurned{Node: one(made), Type: []qda.NodeKind{qda.Code, qda.Theme, qda.Theme}[r.IntN(3)]}
		case 27:
			c = [](qda.Change){&qda.NodesMoved{Nodes: []qda.ID{one(made)}, Parent: one(append(themes, 0))}, &qda.NodesMerged{Nodes: []qda.ID{one(made)}, Into: one(append(themes, codes...))}}[r.IntN(2)]
		case 28:
			s := text("memo lain")
			c = [](qda.Change){&qda.MemoChanged{Memo: one(memos), Text: s}, &qda.MemoRemoved{Memo: one(memos)}}[r.IntN(2)]
		case 29:
			why, against := text("sebab lain"), r.IntN(2) == 0
			c = [](qda.Change){&qda.EvidenceChanged{Evidence: one(evidence), Why: &why, Against: &against}, &qda.EvidenceDropped{Evidence: []qda.ID{one(evidence)}}}[r.IntN(2)]
		case 30:
			name, state, parent := fmt.Sprint("Konsep baru ", r.IntN(1000)), []qda.State{qda.Removed, qda.Live}[r.IntN(2)], one(append(concepts, 0))
			c = [](qda.Change){&qda.ConceptChanged{Concept: one(concepts), Name: &name}, &qda.ConceptChanged{Concept: one(concepts), State: &state}, &qda.ConceptChanged{Concept: one(concepts), Parent: &parent}}[r.IntN(3)]
		case 31:
			c = [](qda.Change){&qda.Untied{Theme: one(themes), Concept: one(concepts)}, &qda.QuestionRemoved{Question: one(questions)}, &qda.ReviewAsked{Draft: p.draft, Of: []qda.ID{p.coder[theSupervisor]}, Text: text("tolong tinjau")}}[r.IntN(3)]
		case 32:
			s, language, method := text("deskripsi"), []string{"en", "id", "jv"}[r.IntN(3)], []qda.Method{qda.Codebook, qda.Reliability, qda.Reflexive}[r.IntN(3)]
			c, by = &qda.ProjectChanged{Description: &s, Language: &language, Method: &method}, theOwner
		case 33:
			name, state := fmt.Sprint("P0", r.IntN(1000)), []qda.State{qda.Removed, qda.Live}[r.IntN(2)]
			c = [](qda.Change){&qda.CaseChanged{Case: one(cases), Name: &name, Values: qda.Values{p.ofCases: text("lain")}}, &qda.CaseChanged{Case: one(cases), State: &state}, &qda.AttributeChanged{Attribute: one(attributes), Name: &name}}[r.IntN(3)]
			if k, ok := c.(*qda.CaseChanged); ok && k.Case == p.kase {
				k.State = nil
			}
		case 34:
			c = [](qda.Change){&qda.CodingsRemoved{Codings: []qda.ID{one(codings)}}, &qda.CodingsChanged{Codings: []qda.ID{one(codings)}, Code: one(codes)}, &qda.NodesState{Nodes: []qda.ID{one(made)}, State: qda.Removed, Children: []string{"along", "up"}[r.IntN(2)]}}[r.IntN(3)]
		case 35:
			from := one(codings)
			x, _ := v.As(0).Coding(from)
			c = &qda.NodeSplit{Node: x.Code, Parts: []qda.Part{{Name: fmt.Sprint("Simpul pecahan ", r.IntN(1000)), Codings: []qda.ID{from}}}}
		case 36, 37:
			d := p.addDocument(fmt.Sprint("Dokumen ", r.IntN(100000)))
			kind, language, held := []qda.DocumentKind{qda.Observation, qda.Written}[r.IntN(2)], []string{"en", "", "jv"}[r.IntN(3)], "2025-01-02"
			c = &qda.DocumentChanged{Document: d, Type: &kind, Language: &language, Held: &held, Speakers: map[string]qda.Speaker{"P04": {Case: one(cases)}, "Pewawancara": {Name: "Bu Rini", Interviewer: true}}}
		case 38:
			c = &qda.DocumentsState{Documents: []qda.ID{one(others)}, State: []qda.State{qda.Removed, qda.Live}[r.IntN(2)]}
			if r.IntN(2) == 0 {
				c = &qda.CodingApplied{Document: one(others), Version: 1, Code: one(codes), Spans: []qda.SpanOf{spanAt(2, 9)}}
			}
			if r.IntN(3) == 0 {
				c = &qda.MemoWritten{On: one(others), Start: 2, Stop: 9, Text: text("memo di dokumen lain")}
			}
		case 39:
			c, by = &qda.Undone{Seq: v.Seq() - qda.Seq(r.IntN(30))}, theOwner
		}
		if _, err := p.engine.Do(ctx, p.id, qda.Intent{Change: fresh(), Coder: p.coder[by], Do: c}); err == nil {
			done++
		} else if refused := new(qda.Error); !errors.As(err, &refused) {
			t.Fatalf("%s: %v", c.Kind(), err)
		}
	}
	return done
}

// shownOf is all that a person can see of a project, by names, a line each. What of a project becomes something else in another (drafts,
// verdicts on what has changed) is told as what it becomes.
func shownOf(w *world, id qda.ProjectID, becoming bool) []string {
	t, e := w.t, w.engine
	t.Helper()
	ctx := context.Background()
	v, err := e.View(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	l := v.As(0)
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	name := func(n qda.ID) string {
		if n == 0 {
			return "-"
		}
		if x, ok := l.Node(v.Survivor(n)); ok {
			if !slices.Contains(l.Nodes(), x) {
				return "-" // what is removed stays behind, here and below
			}
			return "node " + strings.Join(l.Path(x.ID), "/")
		}
		if x, ok := l.Coder(n); ok {
			return "coder " + x.Name
		}
		if x, ok := l.Document(n); ok {
			if x.State != qda.Live {
				return "-"
			}
			return "document " + x.Name
		}
		if x, ok := l.Case(n); ok {
			if x.State != qda.Live {
				return "-"
			}
			return "case " + x.Name
		}
		if x, ok := l.Attribute(n); ok {
			return "attribute " + x.Name
		}
		if x, ok := v.Concept(n); ok {
			if !slices.Contains(v.Concepts(), x) {
				return "-"
			}
			return "concept " + x.Name
		}
		if _, ok := v.Draft(n); ok {
			return "-" // what was on a draft is on the project
		}
		return "?"
	}
	coding := func(n qda.ID) string {
		c, ok := l.Coding(n)
		if !ok {
			return name(n)
		}
		if name(c.Document) == "-" || name(c.Code) == "-" {
			return "-"
		}
		return fmt.Sprintf("coding %s %d-%d %s %s at %d", name(c.Document), c.Start, c.Stop, name(c.Code), name(c.Coder), c.At)
	}
	values := func(v qda.Values) string {
		var r []string
		for n, s := range v {
			r = append(r, fmt.Sprintf("%s=%q", name(n), s))
		}
		sort.Strings(r)
		return strings.Join(r, ",")
	}
	signed, err := makers(ctx, w.store, l)
	if err != nil {
		t.Fatal(err)
	}
	made := func(n qda.Seq) string {
		return fmt.Sprintf("made by %s at %d", name(signed[n].Coder), qda.Unix(signed[n].Made))
	}
	p := l.Project()
	say("project %q %s %s", p.Description, p.Language, p.Method)
	for _, k := range l.Coders() {
		role := k.Role
		if becoming && role == qda.Owner {
			role = qda.Researcher
		}
		if becoming || k.Account == 0 {
			say("coder %s %s %s %v", k.Name, k.Initials, role, k.Blind)
		}
	}
	for _, x := range l.Attributes() {
		say("attribute %s %s %s", x.Name, x.Of, x.Type)
	}
	for _, k := range l.Cases() {
		if k.State == qda.Live {
			say("case %s %s", k.Name, values(k.Values))
		}
	}
	for _, d := range sortedDocuments(l) {
		w, err := e.Words(ctx, id, d.ID, d.Version)
		if err != nil {
			t.Fatal(err)
		}
		var speakers []string
		for label, s := range d.Speakers {
			speakers = append(speakers, fmt.Sprintf("%s:%s %s %v %v", label, s.Name, name(s.Case), s.Informant, s.Interviewer))
		}
		sort.Strings(speakers)
		var finished []string
		for _, n := range d.Finished {
			finished = append(finished, name(n))
		}
		sort.Strings(finished)
		say("document %s %s %s %s %s %s %v %v %q %+v %s", d.Name, d.Kind, d.Language, d.Held, name(d.Case), values(d.Values), speakers, finished, w.Text.Words, w.Turns, made(d.Made))
	}
	for i, n := range l.Nodes() {
		say("node %d %s %t %s %s %q %q %q %d %q %q %q %q looked %d by %s, example %s, %s", i, name(n.ID), n.Codable, n.Kind, n.State, n.Definition, n.Use, n.Avoid, n.Colour, n.Claim, n.Scope, n.Boundary, n.Naming, n.Looked, name(n.LookedBy), coding(n.Example), made(n.Made))
		supports, against := l.Evidence(n.ID)
		for i, x := range append(supports, against...) {
			say("evidence %d %s: %s %v %q %s at %d", i, name(n.ID), coding(x.Coding), x.Against, x.Why, name(x.Coder), x.At)
		}
		for _, j := range l.Judgements(n.ID) {
			if s := l.Since(j); becoming && len(s.Parts) > 0 {
				say("remark %s under %s: %q %s at %d settled 0", name(n.ID), name(n.ID), strings.TrimSpace(fmt.Sprintf("[%s, %s] %s", j.Verdict, time.Unix(j.At, 0).UTC().Format(time.DateOnly), j.Text)), name(j.Coder), j.At)
			} else {
				say("judgement %s %s %q %s at %d", name(n.ID), j.Verdict, j.Text, name(j.Coder), j.At)
			}
		}
	}
	for c := range l.All {
		say("%s", coding(c.ID))
	}
	for _, m := range l.AllMemos() {
		on := coding(m.On)
		if on == "-" && m.On != 0 {
			continue // on what is removed
		}
		say("memo %s %d-%d %q %s at %d", on, m.Start, m.Stop, m.Text, name(m.Coder), m.At)
	}
	for _, c := range v.Concepts() {
		say("concept %s under %s %q", c.Name, name(c.Parent), c.Definition)
	}
	for _, x := range v.Ties() {
		say("tie %s %s %q %s at %d", name(x.Theme), name(x.Concept), x.Why, name(x.Coder), x.At)
	}
	for _, x := range l.Remarks() {
		head := "-"
		if h, ok := l.Remark(x.Under); ok {
			head = h.Text
		}
		on := coding(x.On)
		if on == "?" {
			on = "-" // a coding that is gone
		}
		say("remark %s under %s: %q %s at %d settled %d %s", on, name(x.Theme), x.Text, name(x.Coder), x.At, x.Settled, map[bool]string{true: "answers " + head}[head != "-"])
	}
	for _, q := range l.Questions() {
		var asked keptQuery
		if err := json.Unmarshal([]byte(q.Query), &asked); err != nil {
			t.Fatal(err)
		}
		values, err := url.ParseQuery(asked.Ask)
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for k, all := range values {
			for _, s := range all {
				if n, err := thingID(s); err == nil {
					s = name(n)
				}
				if n, err := thingID(strings.TrimPrefix(k, "value-")); err == nil {
					k = name(n)
				}
				parts = append(parts, k+"="+s)
			}
		}
		sort.Strings(parts)
		say("question %s %v %s at %d", q.Name, parts, name(q.Coder), q.At)
	}
	for _, s := range v.Spots() {
		if n, ok := l.Node(s.ID); ok && n.State.Counts() && name(s.ID) != "-" {
			say("spot %s %d %d", name(s.ID), s.X, s.Y)
		}
	}
	if becoming {
		who, err := signersOf(ctx, w.store, l)
		if err != nil {
			t.Fatal(err)
		}
		side, err := newSidecar(ctx, who, e, l, i18n.New("id", "UTC"))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range side.Drafts {
			text := d.Is.Name + "\n\n"
			if d.Is.Text != "" {
				text += d.Is.Text + "\n\n"
			}
			if d.Is.AskedText != "" {
				text += d.Is.AskedText + "\n\n"
			}
			clean, err := qda.CleanText(text + d.Is.Codebook)
			if err != nil {
				t.Fatal(err)
			}
			say("memo - 0-0 %q %s at %d", clean, name(d.Is.Coder), d.Is.At)
		}
	}
	for i, s := range all { // a remark's last word is empty where it answers nothing
		all[i] = strings.TrimSpace(s)
	}
	sort.Strings(all)
	return all
}

// takenOut is a project as a qdpx.
func (w *world) takenOut(id qda.ProjectID) []byte { return w.takenOutFor(id, refi.Standard) }

func (w *world) takenOutFor(id qda.ProjectID, reader refi.Profile) []byte {
	w.t.Helper()
	v, err := w.engine.View(context.Background(), id, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Take(context.Background(), Taking{Store: w.store, Engine: w.engine, View: v, Coder: &qda.Coder{}, Say: i18n.New("id", "UTC"), Now: w.now(), What: "project", Format: "qdpx", Profile: reader}, &b); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

// TestOriginalsAlong: the files that documents were made of go along up to so many bytes of one and of all; of those left behind the other
// anyam says so, and the text stands in their place.
func TestOriginalsAlong(t *testing.T) {
	t.Parallel()
	if maxOriginal != 32<<20 || maxOriginals != 64<<20 {
		t.Errorf("%d bytes of one and %d of all, not the 32 MB and 64 MB that the other anyam has room for", maxOriginal, maxOriginals)
	}
	w := newWorld(t)
	here, _ := w.newProject(t)
	sources, texts := "", map[string]string{}
	for i, size := range []int{100, 101, 90, 61, 60} { // of the files, in the order of the documents' names
		name := string(rune('A' + i))
		texts[name+".txt"] = "\ufeff" + strings.Repeat(name, size-3)
		sources += `<TextSource guid="` + xid(10+i) + `" name="` + name + `" plainTextPath="internal://` + name + `.txt"/>`
	}
	w.broughtInto(here, foreign(t, `<CodeBook><Codes><Code guid="`+xid(1)+`" name="K" isCodable="true"/></Codes></CodeBook><Sources>`+sources+`</Sources>`, texts))
	v := w.viewOf(here)
	for _, c := range []struct {
		one, all    int
		along, told string
	}{
		{maxOriginal, maxOriginals, "ABCDE", ""},
		{101, 412, "ABCDE", ""},
		{100, 250, "ACE", "lost 2 B.txt | D.txt"}, // B is too large, and after C there is room for 60 more
		{100, 249, "AC", "lost 3 B.txt | D.txt | E.txt"},
		{99, 249, "CDE", "lost 2 A.txt | B.txt"},
		{0, 0, "", "lost 5 A.txt | B.txt | C.txt | D.txt | E.txt"},
	} {
		a := &ask{Request: httptest.NewRequest("GET", "/?profile=anyam", nil), s: w.s, now: w.now(), L: i18n.New("id", "UTC"), Account: &store.Account{}, Project: here, View: v, Lens: v.As(0)}
		var b bytes.Buffer
		if err := a.qdpx(&b, c.one, c.all); err != nil {
			t.Fatal(err)
		}
		p, _, err := w.s.Extractor.Project(t.Context(), b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		seen := ""
		for _, l := range foreseen(p) {
			if l.What == "originals" {
				seen = fmt.Sprint(l.Fate, " ", l.Count, " ", strings.Join(l.Examples, " | "))
			}
		}
		there, _ := w.newProject(t)
		if got := leftBehind(w.broughtInto(there, b.Bytes()))["originals original"]; got != c.told || seen != c.told {
			t.Errorf("%d of %d: foreseen %q, told %q, not %q", c.one, c.all, seen, got, c.told)
		}
		for _, d := range w.viewOf(there).Documents() {
			sum, err := parseSum(d.File)
			if err != nil {
				t.Fatal(err)
			}
			_, data, err := w.store.File(t.Context(), there, sum)
			want := texts[d.Name+".txt"]
			if !strings.Contains(c.along, d.Name) {
				want = strings.TrimPrefix(want, "\ufeff")
			}
			if err != nil || string(data) != want {
				t.Errorf("%d of %d: the original of %s is %.10q, not %.10q, %v", c.one, c.all, d.Name, data, want, err)
			}
		}
	}
}

// broughtInto brings a qdpx into a project, in its owner's name.
func (w *world) broughtInto(id qda.ProjectID, data []byte) *Brought {
	w.t.Helper()
	v, err := w.engine.View(context.Background(), id, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := Bring(context.Background(), Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: id, Coder: v.Coders()[0].ID}, Data: data, Now: w.now()})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// TestAnyamToAnyam takes made-up studies out and brings them into empty projects, twice over and once again: nothing is lost, and
// nothing comes twice.
func TestAnyamToAnyam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 7))
	t.Logf("seed %d", seed)
	p := w.newPlace(0)
	if n := someWork(t, p, r, 320, 40); n < 100 {
		t.Fatalf("only %d changes of 320 were made", n)
	}
	empty := func(o store.Account) qda.ProjectID {
		t.Helper()
		g := fresh()
		id, err := w.store.MakeProject(ctx, g, w.now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine.Do(ctx, id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: "Kosong", Method: qda.Codebook, Account: o.ID, Owner: o.Name, Initials: "X"}}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	same := func(what string, want, got []string) {
		t.Helper()
		lacks := func(a, b []string) (r []string) {
			left := slices.Clone(b)
			for _, s := range a {
				if i := slices.Index(left, s); i >= 0 {
					left = slices.Delete(left, i, i+1)
				} else {
					r = append(r, s)
				}
			}
			return r
		}
		for _, s := range lacks(want, got) {
			t.Errorf("%s lost: %s", what, s)
		}
		for _, s := range lacks(got, want) {
			t.Errorf("%s gained: %s", what, s)
		}
	}
	owner := w.person("Pengimpor", false)
	reader := []refi.Profile{refi.Standard, refi.NVivo, refi.Atlasti}[r.IntN(3)]
	t.Logf("written for %s", reader)
	data := w.takenOutFor(p.id, reader)
	if !bytes.Equal(data, w.takenOutFor(p.id, reader)) {
		t.Error("the same project gives other bytes")
	}
	first := empty(owner)
	b := w.broughtInto(first, data)
	t.Logf("left: %+v", b.Left)
	same("anyam to anyam", shownOf(w, p.id, true), shownOf(w, first, false))
	was := shownOf(w, first, false)
	w.broughtInto(first, data)
	same("the same file again", was, shownOf(w, first, false))
	// And on to a third, who are the same people there.
	second := empty(owner)
	w.wait(time.Hour)
	data = w.takenOutFor(first, reader)
	w.broughtInto(second, data)
	same("on to a third", shownOf(w, first, true), shownOf(w, second, false))
	for _, id := range []qda.ProjectID{first, second} {
		if err := w.engine.Check(ctx, id); err != nil {
			t.Error(err)
		}
	}
}
