package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// treeText is a codebook as text, without numbers.
func treeText(v *engine.View) string {
	var b strings.Builder
	for _, n := range v.Nodes() {
		colour, _ := v.Colour(n.ID)
		b.WriteString(strings.Join(append(v.Path(n.ID), string(n.Kind), n.Definition, n.Use, n.Avoid, itoa(qda.ID(colour))), "|") + "\n")
	}
	return b.String()
}

// TestACodebookGoesOutAndIn exports a codebook in every format and brings it into an empty project; and again into its own.
func TestACodebookGoesOutAndIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	w.do(p.id, owner, &qda.NodeAdded{Type: qda.Code, Parent: p.theme2, Name: "Harga / mutu", Definition: "Dua \"hal\", satu kode;\nbaris kedua", Use: "=bila disebut", Avoid: "-bukan lain", Colour: 9})
	sub := w.do(p.id, owner, &qda.NodeAdded{Type: qda.Theme, Parent: p.theme2, Name: "Anak tema"}).Did[0].ID
	w.do(p.id, owner, &qda.NodeAdded{Type: qda.Code, Parent: sub, Name: "Kode satu", Definition: "sama nama, lain tempat"})
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := treeText(v)
	for _, what := range []string{"csv", "xlsx", "qdc"} {
		out := p.send("GET /export/codebook."+what, p.id, input{}, p.token[theOwner], "")
		if out.status != http.StatusOK {
			t.Fatalf("%s: %d", what, out.status)
		}
		merge := func(project qda.ProjectID, coder qda.ID) *Merged {
			m, err := Merge(context.Background(), Merging{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: project, Coder: coder, Name: "kode." + what, Data: []byte(out.body)})
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			return m
		}
		if m := merge(p.id, owner); m.Added != 0 || m.Filled != 0 || len(m.Conflicts) != 0 || m.Same != len(v.Nodes()) || len(m.Notes) != 0 {
			t.Errorf("%s into its own project: %+v", what, m)
		}
		blank, me := w.newProject(t)
		if m := merge(blank, me); m.Added != len(v.Nodes()) {
			t.Errorf("%s: %+v", what, m)
		}
		got, err := w.engine.View(context.Background(), blank, 0)
		if err != nil {
			t.Fatal(err)
		}
		if s := treeText(got); s != want {
			t.Errorf("%s came back as\n%s\nand was\n%s", what, s, want)
		}
	}
}

// newProject makes an empty project and gives its owner.
func (w *world) newProject(t *testing.T) (qda.ProjectID, qda.ID) {
	t.Helper()
	change := fresh()
	id, err := w.store.MakeProject(context.Background(), change, w.now())
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.engine.Do(context.Background(), id, qda.Intent{Change: change, Do: &qda.ProjectMade{Name: "Kosong", Method: qda.Reflexive, Owner: "Pemilik", Initials: "P"}})
	if err != nil {
		t.Fatal(err)
	}
	return id, made(e, qda.SortCoder)
}

// TestACodebookMerges shows what is not the same side by side and does what is chosen.
func TestACodebookMerges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token, owner := p.token[theResearcher], p.coder[theOwner]
	three := w.do(p.id, owner, &qda.NodeAdded{Type: qda.Code, Parent: p.theme, Name: "Kode tiga", Definition: "arti tiga"}).Did[0].ID
	mine := "arti di sini"
	w.do(p.id, owner, &qda.NodeChanged{Node: p.code, Rev: p.rev(p.code), Definition: &mine})
	sum := p.aside("Tema\tKode\tDefinisi\tKapan dipakai\tContoh\n" +
		"Tema satu\tKode satu\tarti di berkas\tbila perlu\t\n" + // not the same, and empty here
		"Tema satu\tKode dua\tarti dua\t\t\n" + // empty here
		"Tema satu\tKode tiga\targi tiga\t\t\n" +
		"Tema baru\tKode baru\tarti baru\t\tseperti ini\n")
	path := map[string]string{"sum": sum}
	shown := p.send("GET /codebook/import/{sum}", p.id, input{path: path}, token, "")
	for _, s := range []string{"arti di sini", "arti di berkas", "2 are here and not the same", "1 is here, and the file has what is empty", "2 are new", "Fill in what is empty here"} {
		if !strings.Contains(shown.body, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	before := p.head()
	// Both of one, theirs of another. Their places in the file: Tema satu 0, Kode satu 1, Kode dua 2, Kode tiga 3.
	done := p.send("POST /codebook/import/{sum}", p.id, input{path: path, form: f("guessed", "codes 0 utf-8", "fill", "on", "choice-1", "both", "choice-3", "theirs", "rev", itoa(qda.ID(before)))}, token, fresh().String())
	if done.status != http.StatusSeeOther {
		t.Fatalf("%d: %.400s", done.status, done.body)
	}
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]*qda.Node{}
	for _, n := range v.Nodes() {
		of[strings.Join(v.Path(n.ID), " / ")] = n
	}
	for name, definition := range map[string]string{"Tema satu / Kode satu": mine, "Tema satu / Kode satu (2)": "arti di berkas", "Tema satu / Kode dua": "arti dua", "Tema satu / Kode tiga": "argi tiga", "Tema baru / Kode baru": "arti baru"} {
		if n := of[name]; n == nil || n.Definition != definition {
			t.Errorf("%s: %+v", name, n)
		}
	}
	if of["Tema satu / Kode tiga"].ID != three || of["Tema satu / Kode satu"].Use != "" {
		t.Error("mine did not stay")
	}
	if n := p.head() - before; n != 6 { // two new ones and a memo, one beside, two changed
		t.Errorf("%d entries", n)
	}
	if m := v.As(owner).Memos(of["Tema baru / Kode baru"].ID); len(m) != 1 || m[0].Text != "Example: seperti ini" {
		t.Errorf("the example is kept as %v", m)
	}
}

// TestCodebooksOfOthers reads tables as other programs write them.
func TestCodebooksOfOthers(t *testing.T) {
	read := func(text string) *codebookIn {
		r, err := exchange.Read("k.csv", []byte(text), exchange.Options{Table: true})
		if err != nil {
			t.Fatal(err)
		}
		return codesOfTable(r.Table, guessCodeUses(r.Table))
	}
	flat := func(b *codebookIn) string {
		var out []string
		for _, c := range b.codes {
			up := ""
			if c.parent >= 0 {
				up = b.codes[c.parent].name + "/"
			}
			out = append(out, up+c.name+":"+string(c.kind)+":"+c.definition)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct{ name, text, want string }{
		{"paths", "Path,Description\nA > B,satu\nA > B > C,dua\nD,tiga\n", "A:theme: A/B:theme:satu B/C:code:dua D:code:tiga"},
		{"parents by name, below their children", "code,parent,definition\nanak,induk,x\ninduk,,y\n", "induk:theme:y induk/anak:code:x"},
		{"a list", "Kode;Definisi\nsatu;a\ndua;b\n", "satu:code:a dua:code:b"},
		{"a circle", "id,name,parent\n1,a,2\n2,b,1\n", "b:theme: b/a:code:"},
		{"twice", "code,definition\nsama,a\nSama,b\n", "sama:code:a"},
		{"a theme under a code", "name,parent,kind\na,,code\nb,a,theme\n", "a:code: a/b:code:"},
	} {
		if got := flat(read(c.text)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	d, use, avoid := undescribed("Arti.\n\nParagraf dua.\n\nWhen to use: bila A\n\ndan B\n\nKapan tidak dipakai: bila C")
	if d != "Arti.\n\nParagraf dua." || use != "bila A\n\ndan B" || avoid == "" && !strings.Contains(use, "bila C") {
		t.Errorf("%q %q %q", d, use, avoid)
	}
}
