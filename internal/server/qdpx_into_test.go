package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// thingsOf is every thing of a project as it is kept, by its number.
func thingsOf(t *testing.T, v *engine.View) map[string]any {
	t.Helper()
	l, all := v.As(0), map[string]any{}
	put := func(sort string, id qda.ID, x any) {
		raw, err := json.Marshal(x)
		var m map[string]any
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprint(sort, " ", id)] = m
	}
	put("project", 0, v.Project())
	for _, x := range v.Coders() {
		put("coder", x.ID, x)
	}
	for _, x := range v.Attributes() {
		put("attribute", x.ID, x)
	}
	for _, x := range v.Cases() {
		put("case", x.ID, x)
	}
	for _, x := range v.Documents() {
		put("document", x.ID, x)
	}
	for _, x := range v.Nodes() {
		put("node", x.ID, x)
		supports, against := l.Evidence(x.ID)
		for _, e := range append(supports, against...) {
			put("evidence", e.ID, e)
		}
		for _, j := range l.Judgements(x.ID) {
			put("judgement", j.ID, j)
		}
	}
	for c := range l.All {
		put("coding", c.ID, c)
	}
	for _, x := range l.AllMemos() {
		put("memo", x.ID, x)
	}
	for _, x := range v.Concepts() {
		put("concept", x.ID, x)
	}
	for _, x := range v.Ties() {
		put("tie", x.ID, x)
	}
	for _, x := range l.Remarks() {
		put("remark", x.ID, x)
	}
	for _, x := range l.Questions() {
		put("question", x.ID, x)
	}
	for _, x := range l.Drafts() {
		put("draft", x.ID, x)
	}
	return all
}

// saidOf is what people have written in a project and where, in words that mean the same in another project.
func (w *world) saidOf(id qda.ProjectID) map[string]int {
	w.t.Helper()
	v, err := w.engine.View(context.Background(), id, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	l, all := v.As(0), map[string]int{}
	coder := func(n qda.ID) string {
		c, _ := l.Coder(n)
		return c.Name
	}
	for c := range l.All {
		d, _ := v.Document(c.Document)
		n, _ := v.Node(c.Code)
		text, err := w.engine.Words(context.Background(), id, d.ID, d.Version)
		if err != nil {
			w.t.Fatal(err)
		}
		all[fmt.Sprintf("coding %s %d %q %s %s", d.Name, c.Start, text.Quote(span.Span{Start: c.Start, Stop: c.Stop}), n.Name, coder(c.Coder))]++
	}
	for _, n := range v.Nodes() {
		supports, against := l.Evidence(n.ID)
		for _, e := range append(supports, against...) {
			all[fmt.Sprintf("evidence %s %v %q %s", n.Name, e.Against, e.Why, coder(e.Coder))]++
		}
	}
	for _, m := range l.AllMemos() {
		all[fmt.Sprintf("memo %q %s", m.Text, coder(m.Coder))]++
	}
	for _, x := range l.Remarks() {
		all[fmt.Sprintf("remark %q %s", x.Text, coder(x.Coder))]++
	}
	for _, x := range l.Questions() {
		name, _, _ := strings.Cut(x.Name, " (") // a name that was there gets a number
		all[fmt.Sprintf("question %s %s", name, coder(x.Coder))]++
	}
	for _, d := range v.Documents() {
		if d.State == qda.Live {
			all["document "+d.Name]++
		}
	}
	return all
}

// TestIntoAProjectThatHasThings brings a study of anyam into another that has documents of the same words, codes, informants, attributes,
// people and theory of the same names: nothing that was there is another than before, everything comes, nothing comes twice, and what
// could not be as it was is told.
func TestIntoAProjectThatHasThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 11))
	t.Logf("seed %d", seed)
	p, q := w.newPlace(0), w.newPlace(1)
	for i, x := range []*place{p, q} {
		someWork(t, x, r, 120, 28)
		words := fmt.Sprint("dari ", i)
		v, err := w.engine.View(ctx, x.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := v.Node(x.code)
		concept, _ := v.Concept(x.concept)
		w.do(x.id, x.coder[theOwner], &qda.NodeChanged{Node: x.code, Rev: code.Rev, Definition: &words})
		w.do(x.id, x.coder[theOwner], &qda.ConceptChanged{Concept: x.concept, Rev: concept.Rev, Definition: &words})
		w.do(x.id, x.coder[theOwner], &qda.Tied{Theme: x.theme, Concept: x.concept, Why: words})
		w.do(x.id, x.coder[theOwner], &qda.AttributeAdded{Name: "Umur", Of: qda.OfCases, Type: []string{"text", "number"}[i]})
		w.do(x.id, x.coder[theOwner], &qda.CaseAdded{Name: "Informan lain"})
	}
	newWords(t, p, "Hanya di sana", "Pewawancara: Apa?\nP05: Tidak ada di tempat lain.")
	so := func(x *place, c qda.Change) { // unless it is so already
		t.Helper()
		var refused *qda.Error
		if _, err := w.engine.Do(ctx, x.id, qda.Intent{Change: fresh(), Coder: x.coder[theOwner], Do: c}); err != nil && !(errors.As(err, &refused) && refused.Key == "refused.nothing_to_do") {
			t.Fatal(err)
		}
	}
	so(p, &qda.NodesState{Nodes: []qda.ID{p.code2}, State: qda.Retired})
	so(q, &qda.NodesState{Nodes: []qda.ID{q.code, q.code2}, State: qda.Live})
	so(p, &qda.CounterLooked{Theme: p.theme, Looked: true})
	so(q, &qda.CounterLooked{Theme: q.theme, Looked: false})
	view := func(id qda.ProjectID) *engine.View {
		t.Helper()
		v, err := w.engine.View(ctx, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	w.do(p.id, p.coder[theSupervisor], &qda.ThemeJudged{Theme: p.theme, Verdict: qda.Approved, Digest: view(p.id).Digest(p.theme), Text: "setuju di sana"})

	before, said, theirs := thingsOf(t, view(q.id)), w.saidOf(q.id), w.saidOf(p.id)
	data := w.takenOut(p.id)
	b := w.broughtInto(q.id, data)
	unchanged := func(what string, before map[string]any) {
		t.Helper()
		after := thingsOf(t, view(q.id))
		for id, was := range before {
			is, ok := after[id]
			if !ok {
				t.Errorf("%s: %s is gone: %v", what, id, was)
				continue
			}
			if strings.HasPrefix(id, "node ") { // what was empty may be filled
				for f, s := range was.(map[string]any) {
					if s == "" || f == "example" && s == 0.0 {
						delete(was.(map[string]any), f)
						delete(is.(map[string]any), f)
					}
				}
			}
			if strings.HasPrefix(id, "document ") || strings.HasPrefix(id, "case ") { // likewise; and those who come may be done with it
				was, is := was.(map[string]any), is.(map[string]any)
				old, _ := was["values"].(map[string]any)
				values, _ := is["values"].(map[string]any)
				for a, s := range old {
					if values[a] != s {
						t.Errorf("%s: %s had %v and has %v", what, id, old, values)
					}
				}
				for _, f := range []string{"values", "finished"} {
					delete(was, f)
					delete(is, f)
				}
				for _, f := range []string{"language", "held"} {
					if was[f] == "" {
						delete(was, f)
						delete(is, f)
					}
				}
			}
			if !reflect.DeepEqual(was, is) {
				t.Errorf("%s: %s was\n%v\nand is\n%v", what, id, was, is)
			}
		}
	}
	unchanged("the other study", before)
	now := w.saidOf(q.id)
	for s, n := range theirs {
		if strings.HasPrefix(s, "document ") && said[s] > 0 {
			continue // of the same words, as is found out below
		}
		if now[s] < said[s]+n {
			t.Errorf("did not come %d times: %s", said[s]+n-now[s], s)
		}
	}
	for s, n := range now {
		if strings.HasPrefix(s, "coding ") || strings.HasPrefix(s, "evidence ") || strings.HasPrefix(s, "document ") {
			if n > said[s]+theirs[s] {
				t.Errorf("came %d times too often: %s", n-said[s]-theirs[s], s)
			}
		}
	}
	if name := "document P04 udang"; now[name] != 1 || b.Joined != 1 || b.Documents != 1 {
		t.Errorf("%d of %q; joined %d, new %d", now[name], name, b.Joined, b.Documents)
	}
	told := map[string]int{}
	for _, l := range b.Left {
		if l.Key == "same_document" && !reflect.DeepEqual(l.Examples, []string{"P04 udang"}) {
			t.Errorf("joined with %q", l.Examples)
		}
		told[l.What+" "+l.Key] += l.Count
		if l.Why == "" || strings.HasPrefix(l.Why, "projectin.") {
			t.Errorf("no sentence for %+v", l)
		}
	}
	for _, key := range []string{"codes same_code", "codes retired_here", "looked looked_here", "ties own_tie", "judgements judged_joined", "documents same_document", "cases same_case", "cases names_numbered", "questions names_numbered"} {
		if told[key] == 0 {
			t.Errorf("not told: %s; but %v", key, told)
		}
	}
	if told["questions refused"]+told["remarks refused"]+told["evidence refused"] > 0 {
		t.Errorf("refused: %v", told)
	}
	v := view(q.id)
	for _, m := range []struct {
		on   qda.ID
		text string
	}{{q.code, "dari 0"}, {q.concept, "dari 0"}} { // what the other study said of it
		if found := v.As(0).Memos(m.on); !anyMemo(found, m.text) {
			t.Errorf("no memo %q on %d", m.text, m.on)
		}
	}
	for _, x := range v.Attributes() {
		if x.Name == "Umur" && x.Type != "number" {
			t.Errorf("another Umur: %+v", x)
		}
	}
	if err := w.engine.Check(ctx, q.id); err != nil {
		t.Error(err)
	}

	// The same file again, and after a new name its own, which both have the same codes.
	head := view(q.id).Seq()
	if w.broughtInto(q.id, data); view(q.id).Seq() != head {
		t.Errorf("the same file again made %d entries", view(q.id).Seq()-head)
	}
	own := w.takenOut(q.id)
	name := "Kode yang berganti nama"
	node, _ := view(q.id).Node(q.code)
	w.do(q.id, q.coder[theOwner], &qda.NodeChanged{Node: q.code, Rev: node.Rev, Name: &name})
	before = thingsOf(t, view(q.id))
	b = w.broughtInto(q.id, own)
	unchanged("its own file", before)
	if told := leftBehind(b); told["documents no_makers"] != "" || told["documents own_document"] != "" {
		t.Errorf("its own file tells %v", told)
	}
	if b.Documents != 0 || b.Joined != 2 {
		t.Errorf("its own file brings %d documents, and %d are here", b.Documents, b.Joined)
	}
	who, err := signersOf(ctx, w.store, view(q.id).As(0))
	if err != nil {
		t.Fatal(err)
	}
	out, err := RefiProject(ctx, who, w.engine, view(q.id).As(0), i18n.New("en", "UTC"))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range refi.Check(out) {
		if x.Fatal {
			t.Errorf("what goes out then: %s", x)
		}
	}
	if err := w.engine.Check(ctx, q.id); err != nil {
		t.Error(err)
	}
}

func anyMemo(all []*qda.Memo, text string) bool {
	for _, m := range all {
		if m.Text == text {
			return true
		}
	}
	return false
}

// newWords adds a document of some words of its own.
func newWords(t *testing.T, p *place, name, words string) qda.ID {
	t.Helper()
	text := turned(words)
	sum := SumOf(text.Words)
	if err := p.store.PutFile(context.Background(), p.id, sum, name+".txt", text.Words, p.now()); err != nil {
		t.Fatal(err)
	}
	e, err := p.engine.Do(context.Background(), p.id, qda.Intent{Change: fresh(), Coder: p.coder[theOwner], Text: text, Do: &qda.DocumentAdded{
		File: hex.EncodeToString(sum[:]), FileName: name + ".txt", Name: name, Type: qda.Interview, Sum: hex.EncodeToString(sum[:]),
		Words: int32(len(strings.Fields(words))), Chars: int32(len([]rune(words))), Turns: int32(len(text.Turns))}})
	if err != nil {
		t.Fatal(err)
	}
	return made(e, qda.SortDocument)
}

// TestJoinsDocumentsOfTheSameWords brings a project of another program, without a sidecar, into one that has some of its documents: its
// codings land on those, none twice, what is empty is filled in, and each document here stands for one of the file.
func TestJoinsDocumentsOfTheSameWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	id, me := w.newProject(t)
	p := &place{world: w, id: id, coder: map[rune]qda.ID{theOwner: me}}
	const one, two = "Kami mengisi formulir. 🦐", "Tidak ada yang bertanya."
	here := newWords(t, p, "Wawancara 1", one)
	twin := newWords(t, p, "Salinan", one)
	age := w.do(id, me, &qda.AttributeAdded{Name: "Tempat", Of: qda.OfDocuments, Type: "text"}).Did[0].ID
	w.do(id, me, &qda.DocumentChanged{Document: twin, Values: qda.Values{age: "Makassar"}})
	code := w.do(id, me, &qda.NodeAdded{Type: qda.Code, Name: "Formulir"}).Did[0].ID
	w.do(id, me, &qda.CodingApplied{Document: here, Version: 1, Code: code, Spans: []qda.SpanOf{{Start: 5, Stop: 12, Check: span.Check([]byte(one[5:12]))}}})
	g := func(n byte) refi.GUID { return refi.GUID{15: n, 6: 0x40, 8: 0x80} }
	coding := func(n byte, coder refi.GUID) refi.Coding { return refi.Coding{GUID: g(n), Code: g(1), Coder: coder} }
	out := &refi.Project{Name: "Lain", Origin: "lain", Coders: []refi.Coder{{GUID: g(9), Name: "Budi"}}, Codes: []refi.Code{{GUID: g(1), Name: "Formulir", Codable: true}},
		Attributes: []refi.Attribute{{GUID: g(8), Name: "Tempat", Type: refi.TextValue}},
		Cases:      []refi.Case{{GUID: g(7), Name: "P01", Documents: []refi.GUID{g(10), g(11)}}},
		Documents: []refi.Document{
			{GUID: g(10), Name: "Wawancara 1", Text: one, Values: []refi.Value{{Attribute: g(8), Type: refi.TextValue, Text: "Kendari"}}, Selections: []refi.Selection{
				{GUID: g(20), Start: 5, Stop: 12, Codings: []refi.Coding{coding(30, refi.GUID{}), coding(31, g(9))}}, // that of nobody is mine, and here already
				{GUID: g(21), Start: 23, Stop: 24, Codings: []refi.Coding{coding(32, refi.GUID{})}}}},
			{GUID: g(11), Name: "Lain nama", Text: one, Values: []refi.Value{{Attribute: g(8), Type: refi.TextValue, Text: "Kendari"}}},
			{GUID: g(12), Name: "Ketiga", Text: one},
			{GUID: g(13), Name: "Wawancara 2", Text: two},
		}}
	var file bytes.Buffer
	if _, err := refi.Write(&file, out, refi.Standard); err != nil {
		t.Fatal(err)
	}
	b := w.broughtInto(id, file.Bytes())
	if b.Joined != 2 || b.Documents != 2 || b.Codings != 2 || b.Cases != 1 {
		t.Errorf("joined %d documents, brought %d, %d codings, %d informants", b.Joined, b.Documents, b.Codings, b.Cases)
	}
	v, err := w.engine.View(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]int{}
	for c := range v.As(0).All {
		k, _ := v.Coder(c.Coder)
		by[fmt.Sprint(c.Document == here, " ", k.Name, " ", c.Start)]++
	}
	if want := map[string]int{"true Pemilik 5": 1, "true Budi 5": 1, "true Pemilik 23": 1}; !reflect.DeepEqual(by, want) {
		t.Errorf("the codings are %v, want %v", by, want)
	}
	for d, place := range map[qda.ID]string{here: "Kendari", twin: "Makassar"} {
		x, _ := v.Document(d)
		k, _ := v.Case(x.Case)
		if x.Values[age] != place || k == nil || k.Name != "P01" {
			t.Errorf("%s has %v and is of %v", x.Name, x.Values, k)
		}
	}
	told := map[string]Left{}
	for _, l := range b.Left {
		told[l.Key] = l
	}
	if l := told["same_document"]; l.Count != 2 || l.Fate != "joined" || !reflect.DeepEqual(l.Examples, []string{"Wawancara 1", "Salinan"}) {
		t.Errorf("told of joined documents: %+v", l)
	}
	if told["same_coding"].Count != 1 || told["own_values"].Count != 1 {
		t.Errorf("told %+v", told)
	}
	head := v.Seq()
	if b = w.broughtInto(id, file.Bytes()); b.Joined != 2 {
		t.Errorf("again joined %d", b.Joined)
	}
	if v, err = w.engine.View(ctx, id, 0); err != nil || v.Seq() != head {
		t.Errorf("the same file again made %d entries: %v", v.Seq()-head, err)
	}

	// Its own file: all of it is here.
	w.do(id, me, &qda.MemoWritten{On: here, Start: 5, Stop: 12, Text: "memo"})
	w.do(id, me, &qda.DocumentFinished{Document: here, Finished: true})
	said := w.saidOf(id)
	b = w.broughtInto(id, w.takenOut(id))
	if b.Documents+b.Codings+b.Cases+b.Codes+b.Memos != 0 || b.Joined != 4 {
		t.Errorf("its own file brings %+v", b)
	}
	if now := w.saidOf(id); !reflect.DeepEqual(now, said) {
		t.Errorf("with its own file there is\n%v\nand was\n%v", now, said)
	}
	if err := w.engine.Check(ctx, id); err != nil {
		t.Error(err)
	}
	// What is of nobody in the file is of whoever brings it in, and is not taken for what another has done here.
	id, me = w.newProject(t)
	p = &place{world: w, id: id, coder: map[rune]qda.ID{theOwner: me}}
	here = newWords(t, p, "Wawancara 1", one)
	code = w.do(id, me, &qda.NodeAdded{Type: qda.Code, Name: "Formulir"}).Did[0].ID
	w.do(id, me, &qda.CodingApplied{Document: here, Version: 1, Code: code, Spans: []qda.SpanOf{{Start: 5, Stop: 12, Check: span.Check([]byte(one[5:12]))}}})
	siti := w.do(id, 0, &qda.CoderJoined{Account: w.person("Siti", false).ID, Name: "Siti", Role: qda.Researcher}).Did[0].ID
	into := Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: id, Coder: siti}
	if b, err = Bring(ctx, Bringing{Into: into, Data: file.Bytes(), Now: w.now()}); err != nil || b.Codings != 3 {
		t.Errorf("in the name of another: %+v, %v", b, err)
	}
}

// TestNumberedNamesAreTakenToo: a theme of the file gets a number that no code here has, also where the first of them is here.
func TestNumberedNamesAreTakenToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, me := w.newProject(t)
	for _, name := range []string{"A", "A (2)", "A (3)"} {
		w.do(id, me, &qda.NodeAdded{Type: qda.Code, Name: name})
	}
	g := func(n byte) refi.GUID { return refi.GUID{15: n, 6: 0x40, 8: 0x80} }
	out := &refi.Project{Name: "Luar", Codes: []refi.Code{{GUID: g(1), Name: "A", Children: []refi.Code{{GUID: g(2), Name: "B", Codable: true}}}, {GUID: g(3), Name: "A (2)", Codable: true}}}
	var file bytes.Buffer
	if _, err := refi.Write(&file, out, refi.Standard); err != nil {
		t.Fatal(err)
	}
	w.broughtInto(id, file.Bytes())
	v, err := w.engine.View(context.Background(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range v.Nodes() {
		names = append(names, string(n.Kind)+" "+n.Name)
	}
	slices.Sort(names)
	if got := strings.Join(names, ", "); got != "code A, code A (2), code A (3), code B, theme A (4)" {
		t.Errorf("there are %s", got)
	}
}
