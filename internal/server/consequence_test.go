package server

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

var (
	countRow = regexp.MustCompile(`(?s)<tr data-node-count="(\d+)">(.*?)</tr>`)
	countEnd = regexp.MustCompile(`(?s)<td class="r">(?:<span class="n">[\d,]+</span>.*?<b>([\d,]+)</b>|<span class="nil">([\d,]+)</span>)</td>`)
)

// promised reads what a consequence says the counts of a node will be.
func promised(t *testing.T, body string) map[string][]string {
	t.Helper()
	r := map[string][]string{}
	for _, m := range countRow.FindAllStringSubmatch(body, -1) {
		for _, c := range countEnd.FindAllStringSubmatch(m[2], -1) {
			r[m[1]] = append(r[m[1]], c[1]+c[2])
		}
		if len(r[m[1]]) != 3 {
			t.Fatalf("a row of counts has %q:\n%s", r[m[1]], m[2])
		}
	}
	return r
}

// TestConsequencesComeTrue asks what a change would do, makes it, and compares; asking keeps nothing.
func TestConsequencesComeTrue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, x := range []struct {
		name, route string
		ask         func(p *place) input // the question's query becomes the form
		says        []string
	}{
		{"merge", "/nodes/merge", func(p *place) input {
			n := p.addNode(qda.Code, "serupa", p.theme2)
			p.apply(theResearcher, "sejak lama", n)
			p.apply(theResearcher, "sejak lama", p.code2)
			p.apply(theOwner, "dokumen", n)
			p.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: n, Text: "catatan"})
			return input{query: f("nodes", s(n), "into", s(p.code2))}
		}, []string{"1 moves; 1 covers the same words by the same coder and becomes one", "1 moves along; none is lost", "any time, from History"}},
		{"move", "/nodes/move", func(p *place) input {
			n := p.addNode(qda.Code, "pindah", p.theme)
			p.addNode(qda.Code, "anak", n)
			p.apply(theResearcher, "dokumen", n)
			return input{query: f("nodes", s(n), "parent", s(p.theme2))}
		}, []string{"1 coding stays where it is", "1 node comes along"}},
		{"retire", "/nodes/state", func(p *place) input {
			return input{query: f("nodes", s(p.code), "state", "retired")}
		}, []string{"can no longer be applied"}},
		{"remove", "/nodes/state", func(p *place) input {
			n := p.addNode(qda.Code, "hilang", p.theme2)
			p.addNode(qda.Code, "anak", n)
			p.apply(theResearcher, "dokumen", n)
			return input{query: f("nodes", s(n), "state", "removed", "children", "up")}
		}, []string{"1 coding sleeps and counts nowhere", "1 node moves up one level"}},
		{"remove along", "/nodes/state", func(p *place) input {
			n := p.addNode(qda.Code, "hilang", p.theme2)
			p.apply(theResearcher, "dokumen", p.addNode(qda.Code, "anak", n))
			return input{query: f("nodes", s(n), "state", "removed", "children", "along")}
		}, []string{"1 coding sleeps and counts nowhere", "1 node is removed along with it"}},
		{"promote", "/nodes/{node}/kind", func(p *place) input {
			n := p.addNode(qda.Code, "naik", p.code)
			p.apply(theResearcher, "dokumen", n)
			return input{path: inPath("node", n), query: f("kind", "theme")}
		}, []string{"since a theme stands under no code"}},
		{"turn back", "/nodes/{node}/kind", func(p *place) input {
			return input{path: inPath("node", p.theme2), query: f("kind", "code")}
		}, []string{"Make it a code"}},
		{"split", "/nodes/{node}/split", func(p *place) input {
			n, one, two := p.addNode(qda.Code, "lebar", p.theme), p.addNode(qda.Code, "satu", p.theme2), p.addNode(qda.Code, "dua", p.theme2)
			p.apply(theResearcher, "sejak lama", one) // as one of those that go there
			c := []qda.ID{p.apply(theResearcher, "sejak lama", n), p.apply(theOwner, "dokumen", n), p.apply(theResearcher, "dokumen", n), p.apply(theOwner, "sejak lama", n)}
			p.do(p.id, p.coder[theOwner], &qda.MemoWritten{On: c[0], Text: "catatan"})
			return input{path: inPath("node", n), json: map[string]any{"parts": []qda.Part{{Node: one, Codings: c[:2]}, {Node: two, Codings: c[2:3]}}}}
		}, []string{"2 move; 1 covers the same words by the same coder and becomes one", "1 moves along; none is lost", "1 coding stays where it is"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := w.newPlace(0)
			p.as = theResearcher
			in := x.ask(p)
			before, head := p.view(t), p.head()
			ask := "GET " + x.route
			if in.json != nil {
				ask = "POST " + x.route + "/see" // too long for an address
			}
			a := p.send(ask, p.id, in, p.token[theResearcher], "")
			if a.status != http.StatusOK || p.head() != head {
				t.Fatalf("asked: %d, the ledger went from %d to %d\n%.800s", a.status, head, p.head(), a.body)
			}
			for _, words := range append(x.says, "Reason (optional)") {
				if !strings.Contains(plain(a.body), words) {
					t.Errorf("the part does not say %q:\n%s", words, plain(a.body))
				}
			}
			want := promised(t, a.body)
			if in.form, in.query = in.query, nil; in.json == nil {
				in.form.Set("reason", "satu gagasan")
			} else {
				in.json["reason"] = "satu gagasan"
			}
			if a := p.send("POST "+x.route, p.id, in, p.token[theResearcher], newChange()); a.status >= 400 {
				t.Fatalf("done: %d\n%.400s", a.status, a.body)
			}
			after := p.view(t)
			was, is := before.As(0).Counts(), after.As(0).Counts()
			if is.Codings > was.Codings {
				t.Errorf("the counts were inflated: %d codings became %d", was.Codings, is.Codings)
			}
			for _, n := range after.Nodes() {
				c := is.Node(n.ID)
				have := fmt.Sprint([]string{fmt.Sprint(c.AllCodings), fmt.Sprint(c.AllDocuments), fmt.Sprint(c.AllCases)})
				b := was.Node(n.ID)
				if told, ok := want[s(n.ID)]; ok && fmt.Sprint(told) != have {
					t.Errorf("%s: promised %v, it is %s", n.Name, told, have)
				} else if _, there := before.Node(n.ID); !ok && there && (b.AllCodings != c.AllCodings || b.AllDocuments != c.AllDocuments) && x.name != "merge" {
					t.Errorf("%s went from %+v to %+v, which nobody was told", n.Name, b, c)
				}
			}
			es, err := p.store.Past(context.Background(), p.id, 0, nil, p.head()+1, 1)
			if err != nil || len(es) != 1 {
				t.Fatal(err)
			}
			if r, ok := es[0].Do.(qda.Reasoned); !ok || r.Because() != "satu gagasan" {
				t.Errorf("the reason is not kept: %#v", es[0].Do)
			}
		})
	}
}

func (p *place) view(t *testing.T) *engine.View {
	t.Helper()
	v, err := p.engine.View(context.Background(), p.id, p.head())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestConsequenceForApprovals says of every approved theme that a change would touch that it turns to changed since, and of no other.
func TestConsequenceForApprovals(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	p.as = theResearcher
	n := p.addNode(qda.Code, "pindah", p.theme)
	other := p.addNode(qda.Theme, "Tema lain", 0)
	for _, theme := range []qda.ID{p.theme, p.theme2, other} {
		p.do(p.id, p.coder[theSupervisor], &qda.ThemeJudged{Theme: theme, Verdict: qda.Approved, Digest: p.view(t).Digest(theme)})
	}
	a := p.send("GET /nodes/move", p.id, input{query: f("nodes", s(n), "parent", s(p.theme2))}, p.token[theResearcher], "")
	body := plain(a.body)
	from := strings.Index(body, "turn to “changed since”")
	if from < 0 {
		t.Fatalf("nothing is said of approvals:\n%s", body)
	}
	said := body[from : from+strings.Index(body[from:], "</ul>")]
	for theme, want := range map[qda.ID]bool{p.theme: true, p.theme2: true, other: false} {
		x, _ := p.view(t).Node(theme)
		if strings.Contains(said, ">"+x.Name+"<") != want {
			t.Errorf("%s: said to change should be %v:\n%s", x.Name, want, said)
		}
	}
	if a := p.send("GET /nodes/state", p.id, input{query: f("nodes", s(n), "state", "retired")}, p.token[theResearcher], ""); strings.Contains(a.body, "changed since") {
		t.Error("retiring a code changes no approved theme, but the part says so")
	}
}

// TestCodebookRowsAlone gives the rows that are asked for and no others.
func TestCodebookRowsAlone(t *testing.T) {
	t.Parallel()
	p := newWorld(t).newPlace(0)
	p.as = theResearcher
	a := p.send("GET /codebook", p.id, input{query: f("view", "table", "only", s(p.code2))}, p.token[theResearcher], "")
	if a.status != http.StatusOK || strings.Count(a.body, `<tr role="row" id="node-`) != 1 || !strings.Contains(a.body, `id="node-`+s(p.code2)+`"`) {
		t.Errorf("one row was asked for: %d, %d rows", a.status, strings.Count(a.body, `<tr role="row" id="node-`))
	}
}
