package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestQDPX takes a project out under every profile, asks the checker, and reads it again: each coding is on the same words.
func TestQDPX(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []rune{theOwner, theBlind} {
		l := v.As(p.coder[who])
		for _, profile := range []refi.Profile{refi.Standard, refi.NVivo, refi.Atlasti} {
			a := p.send("GET /export/project.qdpx", p.id, input{query: f("profile", string(profile))}, p.token[who], "")
			if a.status != http.StatusOK {
				t.Fatalf("%s: %d %s", profile, a.status, a.body)
			}
			if name, want := a.header.Get("Content-Disposition"), map[refi.Profile]string{refi.Standard: "whole project.qdpx", refi.NVivo: "whole project NVivo.qdpx", refi.Atlasti: "whole project ATLAS.ti.qdpx"}[profile]; !strings.Contains(name, want) {
				t.Errorf("%s: the file is called %s, not %s", profile, name, want)
			}
			for _, x := range refi.CheckFile([]byte(a.body), profile) {
				if x.Fatal {
					t.Errorf("%s: %+v", profile, x)
				}
			}
			back, report, err := refi.Read([]byte(a.body), refi.Options{})
			if err != nil {
				t.Fatal(err)
			}
			type at struct{ document, code, coder, words string }
			want, got := map[at]int{}, map[at]int{}
			for c := range l.All {
				d, _ := l.Document(c.Document)
				n, _ := l.Node(c.Code)
				k, _ := l.Coder(c.Coder)
				text, err := w.engine.Words(context.Background(), p.id, d.ID, d.Version)
				if err != nil {
					t.Fatal(err)
				}
				want[at{d.Name, n.Name, k.Name, text.Quote(span.Span{Start: c.Start, Stop: c.Stop})}]++
			}
			codes, coders := map[refi.GUID]string{}, map[refi.GUID]string{}
			back.EachCode(func(c, _ *refi.Code) { codes[c.GUID] = c.Name })
			for _, c := range back.Coders {
				coders[c.GUID] = c.Name
			}
			for i := range back.Documents {
				d := &back.Documents[i]
				for _, s := range d.Selections {
					words, ok := d.Words(s.Start, s.Stop)
					if !ok {
						t.Errorf("%s: %+v is outside", profile, s)
					}
					for _, c := range s.Codings {
						got[at{d.Name, codes[c.Code], coders[c.Coder], words}]++
					}
				}
			}
			if len(want) == 0 || len(got) != len(want) {
				t.Errorf("%s: %d codings went out, %d came back: %+v", profile, len(want), len(got), report)
			}
			for k, n := range want {
				if got[k] != n {
					t.Errorf("%s: %+v went out %d times and came back %d times", profile, k, n, got[k])
				}
			}
			if n := len(l.AllMemos()); len(back.Memos) != n {
				t.Errorf("%s: %d memos went out, %d came back", profile, n, len(back.Memos))
			}
			if who == theOwner {
				live := 0
				for _, k := range l.Cases() {
					if k.State == qda.Live {
						live++
					}
				}
				if len(back.Cases) != live {
					t.Errorf("%s: %d informants went out, %d came back", profile, live, len(back.Cases))
				}
			}
		}
	}
	a := p.send("GET /export/codebook.qdc", p.id, input{}, p.token[theOwner], "")
	back, _, err := refi.Read([]byte(a.body), refi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	back.EachCode(func(*refi.Code, *refi.Code) { n++ })
	if n != len(v.Nodes()) {
		t.Errorf("%d nodes went out, %d came back", len(v.Nodes()), n)
	}
	if a := p.send("GET /export/project.qdpx", p.id, input{query: f("profile", "klingon")}, p.token[theOwner], ""); a.status != http.StatusBadRequest {
		t.Errorf("a profile that there is not: %d", a.status)
	}
}

// TestValuesThatAreNone: an attribute whose values are not all of its type goes out as words, and comes back as what it was.
func TestValuesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	for _, x := range []struct{ kind, value string }{{"number", "150.000 atau lebih"}, {"number", "1e3"}, {"number", "41"}, {"date", "Maret 2025"}, {"date", "2025-03-02"}} {
		for _, of := range []qda.Of{qda.OfCases, qda.OfDocuments} {
			a := made(w.do(p.id, p.coder[theOwner], &qda.AttributeAdded{Name: x.kind + string(of) + x.value, Of: of, Type: x.kind}), qda.SortAttribute)
			if of == qda.OfCases {
				w.do(p.id, p.coder[theOwner], &qda.CaseAdded{Name: "Ini " + x.value + x.kind, Values: qda.Values{a: x.value}})
			} else {
				w.do(p.id, p.coder[theOwner], &qda.DocumentChanged{Document: p.document, Values: qda.Values{a: x.value}})
			}
		}
	}
	for _, route := range []string{"GET /export/project.qdpx", "GET /export/codebook.qdc"} {
		if a := p.send(route, p.id, input{}, p.token[theOwner], ""); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", route, a.status, a.body)
		}
	}
	to := w.newPlace(1)
	w.broughtInto(to.id, w.takenOut(p.id))
	v, err := w.engine.View(context.Background(), to.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"number", "date"} {
		n := 0
		for _, a := range v.Attributes() {
			if a.Type == want && strings.HasPrefix(a.Name, want) {
				n++
			}
		}
		if n != map[string]int{"number": 6, "date": 4}[want] {
			t.Errorf("%d attributes are a %s", n, want)
		}
	}
}

// TestNoCodesToWrite: a codebook without codes is no fault of the program.
func TestNoCodesToWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []qda.ID
	for _, n := range v.Nodes() {
		all = append(all, n.ID)
	}
	w.do(p.id, p.coder[theOwner], &qda.NodesState{Nodes: all, State: qda.Removed})
	a := p.send("GET /export/codebook.qdc", p.id, input{}, p.token[theOwner], "")
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, "no codes yet") && !strings.Contains(a.body, "belum berisi kode") {
		t.Errorf("%d %s", a.status, a.body)
	}
}
