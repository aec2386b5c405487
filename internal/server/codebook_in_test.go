package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
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
			m, err := Merge(context.Background(), Merging{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: project, Coder: coder}, Name: "kode." + what, Data: []byte(out.body)})
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

// TestACodebookOfOneRow: whether the only row has the names of the columns is asked.
func TestACodebookOfOneRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	sent := p.send("POST /codebook/import", p.id, input{file: []byte("Biaya kirim,ongkos sampai pelabuhan\n")}, token, "")
	to := sent.header.Get("Location")
	if sent.status != http.StatusSeeOther || !strings.HasPrefix(to, p.at("/codebook/import/")) {
		t.Fatalf("%d to %s: %.300s", sent.status, to, sent.body)
	}
	path := map[string]string{"sum": strings.TrimPrefix(to, p.at("/codebook/import/"))}
	if asked := p.send("GET /codebook/import/{sum}", p.id, input{path: path}, token, ""); !strings.Contains(asked.body, "take the tick away") || !strings.Contains(asked.body, `name="head" value="on" checked`) {
		t.Errorf("it is not asked: %.300s", asked.body)
	}
	if shown := p.send("GET /codebook/import/{sum}", p.id, input{path: path, query: f("head", "off")}, token, ""); !strings.Contains(shown.body, "Biaya kirim") || !strings.Contains(shown.body, "1 is new") {
		t.Errorf("without headings: %.300s", shown.body)
	}
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
	for _, s := range []string{"arti di sini", "arti di berkas", "2 are here and not the same", "1 is here, and the file has what is empty", "2 are new", "1 example becomes a memo of its code", "Fill in what is empty here"} {
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

// TestTheirsTakesAll takes from a file whatever it has otherwise: name, texts, colour, kind and place; what can't be taken says why, and
// all of it can be taken back.
func TestTheirsTakesAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, me := w.newProject(t)
	add := func(kind qda.NodeKind, parent qda.ID, name string, colour int16) qda.ID {
		return w.do(id, me, &qda.NodeAdded{Type: kind, Parent: parent, Name: name, Definition: "di sini", Colour: colour}).Did[0].ID
	}
	view := func() *engine.View {
		v, err := w.engine.View(context.Background(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	asked := add(qda.Theme, 0, "Meminta", 1)
	add(qda.Code, asked, "Bertanya", 3)
	add(qda.Code, asked, "Kelompok", 0)
	add(qda.Theme, 0, "Kosong", 4)
	up := add(qda.Theme, 0, "Atas", 2)
	add(qda.Theme, up, "Bawah", 0)
	under := add(qda.Code, 0, "Kode besar", 5)
	add(qda.Code, under, "Kode kecil", 0)
	add(qda.Code, 0, "Hanya warna", 6)
	start := treeText(view())

	// Where they stand, definition, colour and kind. What the file says is as above it takes the hue from there, in the shade of its place.
	text := "id,parent,name,definition,colour,kind\n" +
		"1,,Baru,,7,theme\n" +
		"2,1,Meminta,di berkas,8,theme\n" + // under a theme that is new
		"3,,Bertanya,di sini,,code\n" + // to the top; its colour is not said
		"4,2,Kelompok,di sini,8,theme\n" + // a theme now, of its parent's colour
		"5,,Kosong,di sini,4,code\n" + // a code now
		"6,,Bawah,di sini,9,theme\n" +
		"7,6,Atas,di sini,9,code\n" + // a code, which it can't be while a theme stands under it; but that leaves first
		"8,,Kode kecil,di sini,5,theme\n" +
		"9,,Kode besar,di sini,5,code\n" +
		"10,9,Hanya warna,di sini,5,code\n"
	b, _, err := readCodebook(context.Background(), w.s.Extractor, "k.csv", []byte(text), exchange.Options{}, func(r *exchange.Reading) []string { return guessCodeUses(r.Table) })
	if err != nil {
		t.Fatal(err)
	}
	form := &codebookForm{shape: true, chosen: map[int]string{}}
	for i := range b.codes {
		form.chosen[i] = takeTheirs
	}
	take := func(b *codebookIn, form *codebookForm) *codebookPlan {
		t.Helper()
		p := planCodebook(view(), b, form)
		walk := &walk{store: w.store, engine: w.engine, project: id, coder: me, change: fresh()}
		if _, _, err := walk.run(context.Background(), p.steps, 0, func() bool { return true }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	stays := func(p *codebookPlan) string {
		var out []string
		for _, x := range p.conflicts {
			for _, f := range slices.Concat(x.differ, x.blank) {
				if f.stays != "" {
					out = append(out, x.in.name+" "+f.name+" "+f.stays)
				}
			}
		}
		return strings.Join(out, "; ")
	}
	before := view().Seq()
	p := take(b, form)
	if s := stays(p); s != "" {
		t.Errorf("stays: %s", s)
	}
	want := map[string]string{"Baru": "theme  7", "Baru / Meminta": "theme di berkas 8", "Bertanya": "code di sini 3", "Baru / Meminta / Kelompok": "theme di sini 2", "Kosong": "code di sini 4", "Bawah": "theme di sini 9",
		"Bawah / Atas": "code di sini 3", "Kode kecil": "theme di sini 5", "Kode besar": "code di sini 5", "Kode besar / Hanya warna": "code di sini 5"}
	for _, n := range view().Nodes() {
		colour, _ := view().Colour(n.ID)
		path := strings.Join(view().Path(n.ID), " / ")
		if is := fmt.Sprint(n.Kind, " ", n.Definition, " ", colour); is != want[path] {
			t.Errorf("%s is %q, want %q", path, is, want[path])
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("not there: %v", want)
	}
	if p := planCodebook(view(), b, form); len(p.steps) != 0 || p.same != len(b.codes) {
		t.Errorf("the same file again would make %d steps, %d are the same; %+v %+v", len(p.steps), p.same, p.conflicts, p.coloured)
	}
	for seq := view().Seq(); seq > before; seq-- {
		if _, err := w.engine.Do(context.Background(), id, qda.Intent{Change: fresh(), Coder: me, Do: &qda.Undone{Seq: seq}}); err != nil {
			t.Fatal(err)
		}
	}
	if s := treeText(view()); s != start {
		t.Errorf("taken back it is\n%s\nand was\n%s", s, start)
	}

	// What can't be taken.
	read := func(text string) *codebookIn {
		b, _, err := readCodebook(context.Background(), w.s.Extractor, "k.csv", []byte(text), exchange.Options{}, func(r *exchange.Reading) []string { return guessCodeUses(r.Table) })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name, text, want string
		chosen           map[int]string
		blind            bool
	}{
		{"a theme under what is a code here, and is to stay one", "id,parent,name,kind\n1,,Bertanya,theme\n2,1,Kosong,theme\n", "Kosong place codein.stays.under", map[int]string{1: takeTheirs}, false},
		{"under itself", "id,parent,name,kind\n1,,Bawah,theme\n2,1,Atas,theme\n", "Atas place codein.stays.circle", map[int]string{1: takeTheirs}, false},
		{"a code that gathers a theme", "id,parent,name,kind\n1,,Atas,code\n", "Atas kind codein.stays.gathers", map[int]string{0: takeTheirs}, false},
		{"a code in a code that is to be a theme", "name,kind\nKode kecil,theme\n", "Kode kecil kind codein.stays.under", map[int]string{0: takeTheirs}, false},
		{"coding blind", "id,parent,name,kind\n1,,Bertanya,theme\n", "Bertanya place codein.stays.blind; Bertanya kind codein.stays.blind", map[int]string{0: takeTheirs}, true},
	} {
		p := planCodebook(view(), read(c.text), &codebookForm{shape: !c.blind, chosen: c.chosen})
		if s := stays(p); s != c.want || len(p.steps) != 0 {
			t.Errorf("%s: %q and %d steps", c.name, s, len(p.steps))
		}
	}

	// Another colour alone is no conflict: it is told, and taken where that is chosen.
	b = read("name,colour,kind\nHanya warna,11,code\n")
	if p := planCodebook(view(), b, &codebookForm{fill: true}); len(p.coloured) != 1 || len(p.conflicts)+len(p.steps)+p.same != 0 {
		t.Errorf("another colour is planned as %+v", p)
	}
	take(b, &codebookForm{colours: true})
	if p := planCodebook(view(), b, &codebookForm{}); p.same != 1 {
		t.Errorf("then it is %+v", p)
	}
	if err := w.engine.Check(context.Background(), id); err != nil {
		t.Error(err)
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
		{"names with a stroke", "Path,Name\nKeluarga / Suami/istri,Suami/istri\ndan/atau,dan/atau\nSatu / dua,Satu / dua\nbaik/buruk,baik/buruk\n", "Keluarga:theme: Keluarga/Suami/istri:code: dan/atau:code: Satu / dua:code: baik/buruk:code:"},
		{"paths with a stroke and no blanks", "Path\nA/B\nA/C\n", "A:theme: A/B:code: A/C:code:"},
		{"parents by name, below their children", "code,parent,definition\nanak,induk,x\ninduk,,y\n", "induk:theme:y induk/anak:code:x"},
		{"a list", "Kode;Definisi\nsatu;a\ndua;b\n", "satu:code:a dua:code:b"},
		{"a circle", "id,name,parent\n1,a,2\n2,b,1\n", "b:theme: b/a:code:"},
		{"twice", "code,definition\nsama,a\nSama,b\n", "sama:code:a"},
		{"a theme in the first row of its group", "Tema,Kode,Deskripsi\nHambatan,Izin,Segala\n,Modal,Uang\nDukungan,Koperasi,\n,Bank,\n", "Hambatan:theme: Hambatan/Izin:code:Segala Hambatan/Modal:code:Uang Dukungan:theme: Dukungan/Koperasi:code: Dukungan/Bank:code:"},
		{"a theme named with each, and codes without one", "Tema,Kode\nHambatan,Izin\nHambatan,Bank\n,Modal\n", "Hambatan:theme: Hambatan/Izin:code: Hambatan/Bank:code: Modal:code:"},
		{"a theme that has a row of its own", "Induk,Kode\nHambatan,Izin\n,Hambatan\n,Modal\n", "Hambatan:theme: Hambatan/Izin:code: Modal:code:"},
		{"nothing before the first theme", "Tema,Kode\n,Modal\nHambatan,Izin\n", "Modal:code: Hambatan:theme: Hambatan/Izin:code:"},
		{"levels", "Level 1,Level 2,Level 3,Definition\nBarriers,,,All\n,Permits,,Any\n,,Customs,Bea cukai\nSupport,,,\n,Banks,,\n", "Barriers:theme:All Barriers/Permits:theme:Any Permits/Customs:code:Bea cukai Support:theme: Support/Banks:code:"},
		{"levels in full", "Tingkat 1;Tingkat 2;Definisi\nHambatan;Izin > usaha;x\nHambatan;Modal;y\n", "Hambatan:theme: Hambatan/Izin > usaha:code:x Hambatan/Modal:code:y"},
		{"one level is none", "Level 1,Code\n1,Izin\n2,Modal\n", "Izin:code: Modal:code:"},
		{"a theme under a code", "name,parent,kind\na,,code\nb,a,theme\n", "a:code: a/b:code:"},
	} {
		if got := flat(read(c.text)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if b := read("Tema,Kode\nHambatan,Izin\n,Modal\n"); len(b.notes) != 1 || b.notes[0].in(i18n.New("en", "UTC")) != "In 1 row “Tema” is empty; it takes that of the row above." {
		t.Errorf("what is carried down is told as %v", b.notes)
	}
	d, use, avoid := undescribed("Arti.\n\nParagraf dua.\n\nWhen to use: bila A\n\ndan B\n\nKapan tidak dipakai: bila C")
	if d != "Arti.\n\nParagraf dua." || use != "bila A\n\ndan B" || avoid == "" && !strings.Contains(use, "bila C") {
		t.Errorf("%q %q %q", d, use, avoid)
	}
}

// TestACodebookWithoutAHead: its first row is a code too, where that is chosen, and what the reading left out is told.
func TestACodebookWithoutAHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	path := map[string]string{"sum": p.aside("Izin\tSegala izin\nModal\tUang\n")}
	for _, c := range []struct {
		query []string
		codes string
		want  string
	}{{nil, "1 code or theme", `name="head" value="on" checked`}, {[]string{"head", "on", "head", "off"}, "1 code or theme", `name="head" value="on" checked`}, {[]string{"head", "off"}, "2 codes and themes", "Column 2"}} {
		shown := p.send("GET /codebook/import/{sum}", p.id, input{path: path, query: f(c.query...)}, p.token[theOwner], "")
		if !strings.Contains(shown.body, c.codes) || !strings.Contains(shown.body, c.want) {
			t.Errorf("%v: not %q or not %q", c.query, c.codes, c.want)
		}
	}
	form := f("head", "off", "guessed", "codes 0 utf-8 bare", "col-0", "name", "col-1", "definition")
	if a := p.send("POST /codebook/import/{sum}", p.id, input{path: path, form: form}, p.token[theOwner], fresh().String()); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if tree := treeText(v); !strings.Contains(tree, "Izin|code|Segala izin") || !strings.Contains(tree, "Modal|code|Uang") {
		t.Errorf("the codebook is\n%s", tree)
	}
	titled := p.aside("Buku kode 2025\t\nKode\tDefinisi\nBank\tx\n")
	if shown := p.send("GET /codebook/import/{sum}", p.id, input{path: map[string]string{"sum": titled}}, p.token[theOwner], ""); !strings.Contains(shown.body, "1 row above the table left out") {
		t.Error("a row that was left out is not told")
	}
}
