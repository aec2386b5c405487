package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"anyam/internal/qda"
)

// memoOf is the HTML of a memo as the surface gets it.
func (p *place) memoOf(id qda.ID, token string) string {
	p.t.Helper()
	var there struct{ Memos [][]any }
	a := p.send("GET /documents/{document}/codings.json", p.id, input{path: inPath("document", p.document)}, token, "")
	if err := json.Unmarshal([]byte(a.body), &there); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range there.Memos {
		if m[0] == float64(id) {
			return m[8].(string)
		}
	}
	return ""
}

// TestNamesInMemosLeadOn: exactly, without case, to the shortest path, to a turn, to what has another name now.
func TestNamesInMemosLeadOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	me := p.coder[theResearcher]
	top := p.addNode(qda.Code, "Percaya", 0)
	deep := p.addNode(qda.Code, "Percaya", p.theme)
	small := p.addNode(qda.Code, "percaya", top)
	cafe := p.addNode(qda.Code, "Café", 0)
	old := p.addNode(qda.Code, "Nama Lama", 0)
	gone := p.addNode(qda.Code, "Dibuang", 0)
	merged := p.addNode(qda.Code, "Dilebur", 0)
	node := func(n qda.ID) *qda.Node {
		v, err := w.engine.View(context.Background(), p.id, 0)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := v.Node(n)
		return x
	}
	name := func(n qda.ID, s string) {
		t.Helper()
		w.do(p.id, me, &qda.NodeChanged{Node: n, Rev: node(n).Rev, Name: &s})
	}
	name(old, "Nama Tengah")
	name(old, "Nama Baru")
	w.do(p.id, p.coder[theOwner], &qda.NodesState{Nodes: []qda.ID{gone}, State: qda.Removed})
	w.do(p.id, p.coder[theOwner], &qda.NodesMerged{Nodes: []qda.ID{merged}, Into: cafe})
	theme := node(p.theme).Name
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := v.Document(p.document)

	to := func(n qda.ID) string { return fmt.Sprintf(`href="/projects/%d/nodes/%d"`, p.id, n) }
	document := fmt.Sprintf(`href="/projects/%d/documents/%d`, p.id, p.document)
	for _, c := range []struct{ name, want string }{
		{"Percaya", to(top)},
		{"percaya", to(small)},
		{"PERCAYA", to(top)},
		{theme + " › Percaya", to(deep)},
		{"Cafe\u0301", to(cafe)},
		{"CAFÉ", to(cafe)},
		{" Café ", to(cafe)},
		{theme, to(p.theme)},
		{d.Name, document + `"`},
		{strings.ToUpper(d.Name), document + `"`},
		{d.Name + "#t2", document + `#t2"`},
		{d.Name + "#t0", "memo-nobody"},
		{"Percaya#t2", "memo-nobody"},
		{"Nama Baru", to(old)},
		{"nama lama", to(old)},
		{"Nama Tengah", to(old)},
		{"Dilebur", to(cafe)},
		{"Dibuang", "memo-nobody"},
		{"Tak ada", "memo-nobody"},
	} {
		id := w.do(p.id, me, &qda.MemoWritten{On: p.document, Text: "Lihat [[" + c.name + "]]."}).Did[0].ID
		if got := p.memoOf(id, p.token[theResearcher]); !strings.Contains(got, c.want) {
			t.Errorf("[[%s]] is %s, not %s", c.name, got, c.want)
		}
	}

	// A name that comes back to life later leads there, and one given away after the first look leads on.
	late := w.do(p.id, me, &qda.MemoWritten{On: p.code, Text: "[[Kelak]] [[Café]]"}).Did[0].ID
	if got := p.memoOf(late, p.token[theResearcher]); !strings.Contains(got, "memo-nobody") {
		t.Errorf("a memo on a code is %s", got)
	}
	name(cafe, "Warung")
	kelak := p.addNode(qda.Code, "Kelak", 0)
	if got := p.memoOf(late, p.token[theResearcher]); !strings.Contains(got, to(kelak)) || !strings.Contains(got, to(cafe)) {
		t.Errorf("afterwards it is %s", got)
	}
	// On the page of the code it is drawn as well, and it is safe.
	w.do(p.id, me, &qda.MemoWritten{On: p.code, Text: "**tebal** <script>alert(1)</script> [x](javascript:alert(1))"})
	page := p.send("GET /nodes/{node}", p.id, input{path: inPath("node", p.code)}, p.token[theResearcher], "").body
	if !strings.Contains(page, "<strong>tebal</strong> &lt;script&gt;alert(1)&lt;/script&gt; x (javascript:alert(1))") || strings.Contains(page, "<script>alert") {
		t.Errorf("the page of the code does not show the memo as it should")
	}

	// What to write for each.
	var said struct{ Names [][4]string }
	if err := json.Unmarshal([]byte(p.send("GET /names.json", p.id, input{}, p.token[theResearcher], "").body), &said); err != nil {
		t.Fatal(err)
	}
	want := map[[4]string]bool{{"code", "Percaya", "", "Percaya"}: true, {"code", "Percaya", theme, theme + " › Percaya"}: true, {"document", d.Name, "", d.Name}: true, {"theme", theme, "", theme}: true}
	for _, n := range said.Names {
		delete(want, n)
		if n[1] == "Dibuang" || n[1] == "Dilebur" {
			t.Errorf("%s can be named", n[1])
		}
	}
	if len(want) > 0 {
		t.Errorf("not among the names: %v, but %v", want, said.Names)
	}
}
