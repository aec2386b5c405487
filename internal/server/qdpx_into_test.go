package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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
		someWork(t, x, r, 120)
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
	}
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
			if !reflect.DeepEqual(was, is) {
				t.Errorf("%s: %s was\n%v\nand is\n%v", what, id, was, is)
			}
		}
	}
	unchanged("the other study", before)
	now := w.saidOf(q.id)
	for s, n := range theirs {
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
	told := map[string]int{}
	for _, l := range b.Left {
		told[l.What+" "+l.Key] += l.Count
		if l.Why == "" || strings.HasPrefix(l.Why, "projectin.") {
			t.Errorf("no sentence for %+v", l)
		}
	}
	for _, key := range []string{"codes same_code", "codes retired_here", "looked looked_here", "ties own_tie", "judgements judged_joined", "documents same_document", "cases names_numbered", "questions names_numbered"} {
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
	w.broughtInto(q.id, own)
	unchanged("its own file", before)
	out, err := RefiProject(ctx, w.engine, view(q.id).As(0), i18n.New("en", "UTC"))
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
