package server

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

func TestCellsAsValues(t *testing.T) {
	column := func(cells ...string) *exchange.Table {
		x := &exchange.Table{Columns: []exchange.Column{{Name: "a"}}}
		for _, c := range cells {
			x.Rows = append(x.Rows, []string{c})
		}
		return x
	}
	for _, c := range []struct {
		kind  string
		cells []string // of the column; the first is read
		want  string   // "": no value
	}{
		{"number", []string{"12"}, "12"}, {"number", []string{"1,5", "2"}, "1.5"}, {"number", []string{"1.250,5"}, "1250.5"}, {"number", []string{"1,250"}, "1250"},
		{"number", []string{"1,250.75"}, "1250.75"}, {"number", []string{"-3.5"}, "-3.5"}, {"number", []string{"12%"}, ""}, {"number", []string{"dua"}, ""},
		{"number", []string{"150.000", "75.500"}, "150000"}, {"number", []string{"150.000", "1.5"}, "150.000"}, {"number", []string{"150.000", "1,5"}, "150000"}, {"number", []string{"1,500", "1.5"}, "1500"},
		{"number", []string{"1,500", "2,25"}, "1.500"}, {"number", []string{"1.250.000"}, "1250000"}, {"number", []string{"1.250", "1,250,000"}, "1.250"}, {"number", []string{"0.125"}, "0.125"}, {"number", []string{"1234,567"}, "1234.567"},
		{"number", []string{"1.5", "2,5"}, "1.5"}, {"number", []string{"2,5", "1.5"}, "2.5"}, {"number", []string{"+1 250,5"}, "1250.5"}, {"number", []string{"3.4.2025"}, ""}, {"number", []string{"1,2,3"}, ""}, {"number", []string{"5."}, ""}, {"number", []string{"-"}, ""},
		{"date", []string{"12 Maret 2025"}, "2025-03-12"}, {"date", []string{"Rabu, 12 Mar 2025 10.15"}, "2025-03-12"}, {"date", []string{"March 1st, 2025"}, "2025-03-01"}, {"date", []string{"5-Mei-2025"}, "2025-05-05"}, {"date", []string{"31 Februari 2025"}, ""}, {"date", []string{"12 Siang 2025"}, ""},
		{"date", []string{"2026-03-12"}, "2026-03-12"}, {"date", []string{"12/03/2026"}, "2026-03-12"}, {"date", []string{"03/12/2026", "03/25/2026"}, "2026-03-12"},
		{"date", []string{"2026-03-12T10:00:00"}, "2026-03-12"}, {"date", []string{"1.2.26"}, "2026-02-01"}, {"date", []string{"31/02/2026"}, ""}, {"date", []string{"kemarin"}, ""},
		{"text", []string{"nelayan"}, "nelayan"}, {"text", []string{strings.Repeat("x", qda.MaxName+1)}, ""},
	} {
		read := readerOf(column(c.cells...)).of(0, c.kind)
		if got, ok := read(c.cells[0]); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %q: %q, %v; want %q", c.kind, c.cells, got, ok, c.want)
		}
	}
	// What a column leaves open, another column of numbers tells; a clock or a paragraph's number does not.
	for _, c := range []struct {
		beside []string
		sheets bool
		want   string
		tells  bool // the column itself
	}{{[]string{"1,62", "1,7"}, false, "150000", false}, {[]string{"1.62", "2"}, false, "150.000", false}, {[]string{"pukul", "10.15"}, false, "150000", false}, {[]string{"1.62", "1,7"}, false, "150000", false}, {[]string{"", ""}, true, "150.000", true}} {
		x := column("150.000", "75.500")
		x.Columns = append(x.Columns, exchange.Column{Name: "b"})
		for i := range x.Rows {
			x.Rows[i] = append(x.Rows[i], c.beside[i])
		}
		if c.sheets {
			x.Sheets = []string{"Sheet1"}
		}
		r := readerOf(x)
		if got, ok := r.of(0, "number")("150.000"); !ok || got != c.want || (r.doubtful(0) == "") != c.tells {
			t.Errorf("150.000 beside %q is %s, in doubt %q", c.beside, got, r.doubtful(0))
		}
	}
	for _, n := range [][2]string{{"P01", "p-1"}, {"P 01", "P001"}, {"Ibu Sari", "ibu-sari"}} {
		if skeleton(n[0]) != skeleton(n[1]) {
			t.Errorf("%q and %q are not nearly alike", n[0], n[1])
		}
	}
	if skeleton("P10") == skeleton("P1") || skeleton("P1") == skeleton("P11") {
		t.Error("different numbers are nearly alike")
	}
	if !calledLike("P01 pasar", "p01") || calledLike("P011", "P01") || !calledLike("P01", "P01") {
		t.Error("which documents are called like an informant")
	}
}

// TestATableOfInformants brings one in: what is shown, what is done, and what stays.
func TestATableOfInformants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	loose, nobody := p.addDocument("P11 pasar"), qda.ID(0)
	for _, d := range []qda.ID{loose, p.document} {
		w.do(p.id, p.coder[theOwner], &qda.DocumentChanged{Document: d, Case: &nobody})
	}
	sum := p.aside("Nama\tKelompok\tUmur\tTanggal\tBerkas\nP04\tnelayan\t41\t12/03/2026\tP04 udang\nP-04\tpetani\t\t\t\nP11\tpedagang\t30\t31/02/2026\t\nP11\tlain\t\t\t\n\tpetani\t50\t\t\nP12\t\t\t\ttidak ada\n")
	path := map[string]string{"sum": sum}
	before := p.head()
	shown := p.send("GET /tables/{sum}", p.id, input{path: path}, token, "")
	for _, s := range []string{`<del><bdi>petambak</bdi></del>`, "P-04 is somebody new", "Row 3 has the same name already", "There is no name in this row", "No document is called “tidak ada”", "“31/02/2026” is no value for Tanggal", "attribute “Kelompok”, here already", "2 documents get their informants"} {
		if !strings.Contains(shown.body, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	if p.head() != before {
		t.Fatal("looking has changed something")
	}
	form := f("as", "informants", "link", "on", "col-0", "name", "col-1", "a"+s(p.ofCases), "col-2", "number", "col-3", "date", "col-4", "document")
	form.Set("guessed", "informants 0 utf-8")
	change := fresh().String()
	done := p.send("POST /tables/{sum}", p.id, input{path: path, form: form}, token, change)
	if done.status != http.StatusSeeOther || done.header.Get("Location") != p.at("/informants") {
		t.Fatalf("%d to %s: %.300s", done.status, done.header.Get("Location"), done.body)
	}
	// Two attributes, a value changed with its document, P-04, P11 with a document, P12.
	if n := p.head() - before; n != 2+2+1+2+1 {
		t.Errorf("%d entries", n)
	}
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]*qda.Case{}
	for _, k := range v.Cases() {
		of[k.Name] = k
	}
	attribute := map[string]qda.ID{}
	for _, x := range v.Attributes() {
		attribute[x.Name] = x.ID
	}
	if k := of["P04"]; k.ID != p.kase || k.Values[p.ofCases] != "nelayan" || k.Values[attribute["Umur"]] != "41" || k.Values[attribute["Tanggal"]] != "2026-03-12" {
		t.Errorf("P04 has %v", k.Values)
	}
	if d, _ := v.Document(p.document); d.Case != p.kase {
		t.Error("the document named in the table has no informant")
	}
	if d, _ := v.Document(loose); of["P11"] == nil || d.Case != of["P11"].ID || of["P11"].Values[p.ofCases] != "pedagang" {
		t.Errorf("P11 pasar belongs to %d", d.Case)
	}
	if of["P12"] == nil || of["P-04"] == nil || len(of) != 4 {
		t.Errorf("informants %v", of)
	}
	// The same table again, looked at anew, has nothing to do but for the row that meant somebody else.
	if again := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("as", "informants")}, token, ""); !strings.Contains(again.body, "Nothing to bring in") {
		t.Error("the same table again would change something")
	}
	// A page drawn before somebody else's change of the same value does nothing.
	stale := f("as", "informants", "rev", itoa(qda.ID(p.head())), "col-0", "name", "col-1", "a"+s(p.ofCases))
	other := p.aside("Nama\tKelompok\nP04\tpetani\n")
	w.do(p.id, p.coder[theOwner], &qda.CaseChanged{Case: p.kase, Values: qda.Values{p.ofCases: "petani"}})
	head := p.head()
	if a := p.send("POST /tables/{sum}", p.id, input{path: map[string]string{"sum": other}, form: stale}, token, fresh().String()); a.status != http.StatusConflict || !strings.Contains(a.body, "has changed since") || p.head() != head {
		t.Errorf("a stale page: %d, %d entries", a.status, p.head()-head)
	}
}

// TestATableOfOneRow: whether the only row has the names of the columns is asked, and nothing is guessed.
func TestATableOfOneRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	sent := p.send("POST /tables", p.id, input{file: []byte("Sari,45\n")}, token, "")
	to := sent.header.Get("Location")
	if sent.status != http.StatusSeeOther || !strings.HasPrefix(to, p.at("/tables/")) {
		t.Fatalf("%d to %s: %.300s", sent.status, to, sent.body)
	}
	path := map[string]string{"sum": strings.TrimPrefix(to, p.at("/tables/"))}
	if asked := p.send("GET /tables/{sum}", p.id, input{path: path}, token, ""); !strings.Contains(asked.body, "take the tick away") || !strings.Contains(asked.body, `name="head" value="on" checked`) {
		t.Errorf("it is not asked: %.300s", asked.body)
	}
	if shown := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("head", "off", "as", "informants", "col-0", "name")}, token, ""); !strings.Contains(shown.body, "1 new informant") || strings.Contains(shown.body, `name="head" value="on" checked`) {
		t.Errorf("without headings: %.300s", shown.body)
	}
	if headings := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("head", "on")}, token, ""); !strings.Contains(headings.body, "no row below the headings") {
		t.Errorf("with headings: %.300s", headings.body)
	}
}

// bookOf is a workbook of these sheets, in the order of their names, each with its rows of cells.
func bookOf(t *testing.T, sheets map[string][][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, text string) {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	var list, parts string
	for i, name := range slices.Sorted(maps.Keys(sheets)) {
		list += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="r%[2]d"/>`, name, i+1)
		parts += fmt.Sprintf(`<Relationship Id="r%d" Type="http://x/worksheet" Target="worksheets/sheet%[1]d.xml"/>`, i+1)
		rows := ""
		for _, row := range sheets[name] {
			rows += "<row>"
			for _, cell := range row {
				rows += `<c t="inlineStr"><is><t>` + cell + `</t></is></c>`
			}
			rows += "</row>"
		}
		put(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), `<worksheet><sheetData>`+rows+`</sheetData></worksheet>`)
	}
	put("xl/workbook.xml", `<workbook xmlns:r="y"><sheets>`+list+`</sheets></workbook>`)
	put("xl/_rels/workbook.xml.rels", `<Relationships>`+parts+`</Relationships>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAnotherSheet: where the first sheet of a workbook has nothing to take, another can be chosen, of a table and of a codebook.
func TestAnotherSheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	rows := [][]string{{"Nama", "Kelompok"}, {"Sari", "nelayan"}}
	for _, in := range []struct {
		page  string
		first [][]string
		say   string
		then  string
	}{
		{"/tables", nil, "There is nothing on this sheet.", "1 new informant"},
		{"/tables", rows[:1], "There is no row below the headings.", "1 new informant"},
		{"/codebook/import", nil, "There is nothing on this sheet.", "<bdi>Sari</bdi>"},
		{"/codebook/import", rows[:1], "There is no row below the headings.", "<bdi>Sari</bdi>"},
	} {
		sent := p.send("POST "+in.page, p.id, input{file: bookOf(t, map[string][][]string{"1 Sampul": in.first, "2 Isi": rows})}, token, "")
		to := sent.header.Get("Location")
		if sent.status != http.StatusSeeOther || !strings.HasPrefix(to, p.at("%s/", in.page)) {
			t.Fatalf("%s: %d to %s: %.300s", in.page, sent.status, to, sent.body)
		}
		path := map[string]string{"sum": strings.TrimPrefix(to, p.at("%s/", in.page))}
		asked := p.send("GET "+in.page+"/{sum}", p.id, input{path: path, query: f("as", "informants")}, token, "")
		for _, s := range []string{in.say, `<option value="1" selected>1 Sampul</option>`, `<option value="2">2 Isi</option>`, "<re-read", `-body" class="bring-body"`} {
			if !strings.Contains(asked.body, s) {
				t.Errorf("%s: the page of the first sheet does not say %q", in.page, s)
			}
		}
		if in.page == "/tables" && !strings.Contains(asked.body, `name="as" value="informants"`) {
			t.Error("what a row is was forgotten")
		}
		if shown := p.send("GET "+in.page+"/{sum}", p.id, input{path: path, query: f("sheet", "2", "as", "informants")}, token, ""); !strings.Contains(shown.body, in.then) || !strings.Contains(shown.body, `<option value="2" selected>2 Isi</option>`) {
			t.Errorf("%s: the second sheet: %.300s", in.page, shown.body)
		}
	}
}

// TestAnswersOfASurvey makes documents of rows, once.
func TestAnswersOfASurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	const start, hard = "Ceritakan bagaimana Anda memulai usaha ini", "Apa yang paling menyulitkan?"
	sum := p.aside("Waktu\tNama\tKelompok\t" + start + "\t" + hard + "\n" +
		"12/03/2026 10:02\tP04\tnelayan\tSaya mulai dari nol tanpa bantuan siapa pun waktu itu.\tEs mahal, jalan rusak, ikan tidak segar lagi.\n" +
		"13/03/2026 10:02\tR02\tpengolah\tDulu ikut pelatihan di balai desa lalu berjualan kue.\t\n" +
		"13/03/2026 11:02\tR03\tpengolah\t\t\n")
	path := map[string]string{"sum": sum}
	shown := p.send("GET /tables/{sum}", p.id, input{path: path}, token, "")
	for _, s := range []string{start, "Saya mulai dari nol", "No open question has an answer: the informant alone", "2 new documents", "Pertanyaan"} {
		if !strings.Contains(shown.body, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	change := fresh().String()
	form := f("as", "answers")
	done := p.send("POST /tables/{sum}", p.id, input{path: path, form: form}, token, change)
	if done.status != http.StatusSeeOther || done.header.Get("Location") != p.at("/documents") {
		t.Fatalf("%d: %.300s", done.status, done.body)
	}
	v, err := w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range v.Documents() {
		if d.File != sum {
			continue
		}
		found++
		words, err := w.engine.Words(context.Background(), p.id, d.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		if d.Name == "P04" && (d.Case != p.kase || d.Held != "2026-03-12" || len(words.Turns) != 4 || words.Turns[1].Label != "P04" || !d.Speakers["P04"].Informant || !d.Speakers["Pertanyaan"].Interviewer ||
			string(words.Text.Words) != start+"\nSaya mulai dari nol tanpa bantuan siapa pun waktu itu.\n"+hard+"\nEs mahal, jalan rusak, ikan tidak segar lagi.") {
			t.Errorf("P04: %+v %q", d, words.Text.Words)
		}
	}
	if found != 2 {
		t.Errorf("%d documents", found)
	}
	if k := caseNamed(v, "R03"); k == nil || k.Values[p.ofCases] != "pengolah" {
		t.Error("R03 is not there")
	}
	if again := p.send("GET /tables/{sum}", p.id, input{path: path}, token, ""); !strings.Contains(again.body, "2 documents were made of this file before") || !strings.Contains(again.body, "Nothing to bring in") {
		t.Error("the same file again is not noticed")
	}
	// What goes on step by step makes the same as what goes at once.
	steps := []step{{do: &qda.CaseAdded{Name: "S1"}, makes: qda.SortCase}, {do: &qda.AttributeAdded{Name: "Umur", Of: qda.OfCases, Type: "number"}, makes: qda.SortAttribute},
		{do: &qda.CaseChanged{Case: later(0), Values: qda.Values{later(1): "40"}}}}
	id := fresh()
	for at, rounds := 0, 0; at < len(steps); rounds++ {
		walk := &walk{store: w.store, engine: w.engine, project: p.id, coder: p.coder[theResearcher], change: id}
		next, last, err := walk.run(context.Background(), steps, at, func() bool { return false })
		if err != nil || last == nil || next <= at || rounds > 3 {
			t.Fatalf("at %d: %d, %v", at, next, err)
		}
		at = next
	}
	v, err = w.engine.View(context.Background(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if k := caseNamed(v, "S1"); k == nil || len(k.Values) != 1 {
		t.Error("the steps were not made")
	}
	// A table that came where transcripts are taken is led to its own page.
	a := w.ask(request{method: http.MethodPost, target: p.at("/files"), token: token, raw: multipartOf(t, "jawaban.csv", "nama,umur\nP30,4\n"), kind: "multipart/form-data; boundary=batas", background: true})
	if a.status != http.StatusOK || !strings.Contains(a.body, p.at("/tables/")) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestRowsOfOneName: as documents they get a number, once; as informants they are told what to do.
func TestRowsOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	path := map[string]string{"sum": p.aside("Nama\tCerita\nSari\tIzin lama sekali, saya harus bolak-balik ke tiga kantor.\nAmir\tModal sulit didapat dari bank mana pun.\n sari\tBea cukai meminta dokumen yang tidak pernah saya dengar.\n")}
	if shown := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("as", "answers")}, token, ""); !strings.Contains(shown.body, "Row 1 has the same name already. Give this row another name in the file, or choose that each row is a document without an informant.") {
		t.Error("as answers, the second is not told what to do")
	}
	if shown := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("as", "documents")}, token, ""); !strings.Contains(shown.body, "Row 1 has the same name; this one is called “sari 2”.") || strings.Contains(shown.body, "not usable") {
		t.Error("as documents, the second gets no number")
	}
	if a := p.send("POST /tables/{sum}", p.id, input{path: path, form: f("as", "documents")}, token, fresh().String()); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	names := map[string]int{}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range v.Documents() {
		names[d.Name]++
	}
	if names["Sari"] != 1 || names["Amir"] != 1 || names["sari 2"] != 1 {
		t.Errorf("documents %v", names)
	}
	if again := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("as", "documents")}, token, ""); !strings.Contains(again.body, "Nothing to bring in") {
		t.Error("the same table again would make more")
	}
}

// TestATableWithoutAHead: its first row is somebody too, where that is chosen.
func TestATableWithoutAHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	token := p.token[theResearcher]
	path := map[string]string{"sum": p.aside("Sari\t45\nAmir\t52\n")}
	if shown := p.send("GET /tables/{sum}", p.id, input{path: path}, token, ""); !strings.Contains(shown.body, `name="head" value="on" checked`) || !strings.Contains(shown.body, "1 row ") {
		t.Error("the first row is not taken for names of columns, or can't be said to be none")
	}
	if shown := p.send("GET /tables/{sum}", p.id, input{path: path, query: f("head", "off", "guessed", "informants 0 utf-8", "col-0", "skip", "col-1", "skip")}, token, ""); !strings.Contains(shown.body, "2 new informants") || !strings.Contains(shown.body, "Kolom 2") {
		t.Error("columns chosen for a table with a head hold for one without")
	}
	if a := p.send("POST /tables/{sum}", p.id, input{path: path, form: f("as", "informants", "head", "off")}, token, fresh().String()); a.status != http.StatusSeeOther {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if caseNamed(v, "Sari") == nil || caseNamed(v, "Amir") == nil {
		t.Error("not everybody is there")
	}
	// What has no name is called as the project's language has it, whatever the page's is.
	if x := v.Attributes()[len(v.Attributes())-1]; x.Name != "Kolom 2" {
		t.Errorf("the attribute is called %q", x.Name)
	}
	b, err := Tabulate(t.Context(), Tabling{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: p.id, Coder: p.coder[theOwner]}, Rows: rowsInformants, Name: "b.csv", Data: []byte("Sari,45,x\nAmir,52,y\n"), Now: w.now(), NoHead: true})
	if err != nil || b.Columns[2].Name != "Kolom 3" {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestNumbersOfATable: what a number becomes is shown with the page's decimal sign, what stands in the file as it stands there.
func TestNumbersOfATable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	sum := p.aside("Nama\tBerat\tHarga\tLahir\nP04\t41.5\t1.500\t2009\nP07\t40.25\t2.250\t2010\n")
	for lang, want := range map[string][3]string{"en": {"41.5", "1.500", "is read as 1.500"}, "id": {"41,5", "1,500", "dibaca sebagai 1,500"}} {
		shown := w.ask(request{method: "GET", target: p.at("/tables/%s", sum), token: p.token[theResearcher], header: map[string]string{"Accept-Language": lang}}).body
		if !strings.Contains(shown, want[2]) {
			t.Errorf("%s: the page does not say %q", lang, want[2])
		}
		columns, rows, ok := strings.Cut(shown, `<table`)
		for _, s := range []string{"41.5", "2.250"} {
			if !strings.Contains(columns, s) {
				t.Errorf("%s: the columns do not have %q as it stands in the file", lang, s)
			}
		}
		for _, s := range []string{want[0], want[1], "2009"} {
			if !ok || !strings.Contains(rows, "<bdi>"+s+"</bdi>") {
				t.Errorf("%s: no %q among the rows", lang, s)
			}
		}
	}
	weight := w.do(p.id, p.coder[theOwner], &qda.AttributeAdded{Name: "Bobot", Of: qda.OfCases, Type: "number"}).Did[0].ID
	w.do(p.id, p.coder[theOwner], &qda.CaseChanged{Case: p.kase, Values: qda.Values{weight: "41.5"}})
	for lang, want := range map[string]string{"en": "41.5", "id": "41,5"} {
		shown := w.ask(request{method: "GET", target: p.at("/informants"), token: p.token[theSupervisor], header: map[string]string{"Accept-Language": lang}}).body
		if !strings.Contains(strings.Join(strings.Fields(shown), ""), ">"+want+"<") {
			t.Errorf("%s: the informants don't have %q", lang, want)
		}
	}
}

func multipartOf(t *testing.T, name, text string) []byte {
	t.Helper()
	return []byte("--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + text + "\r\n--batas--\r\n")
}

func TestCommentsAsMemos(t *testing.T) {
	r := &exchange.Reading{Turns: []exchange.Turn{{Text: "satu dua"}, {Text: "tiga"}}, Comments: []exchange.Comment{
		{Author: "Pembimbing", At: "2026-03-12T10:00:59Z", Text: "kenapa?", Words: "dua", Start: 5, Stop: 8},
		{Text: "di tempat", Start: 10, Stop: 10}, {Author: "X", Text: "hilang", Start: -1, Stop: -1}, {Text: strings.Repeat("a", qda.MaxText+5), Start: -1, Stop: -1}}}
	got := commentMemos(r, 7)
	want := []qda.MemoWritten{{On: 7, Start: 5, Stop: 8, Text: "Pembimbing, 2026-03-12 10:00:\n\nkenapa?"}, {On: 7, Start: 9, Stop: 13, Text: "di tempat"}, {On: 7, Text: "X:\n\nhilang"}, {On: 7, Text: strings.Repeat("a", qda.MaxText)}, {On: 7, Text: "aaaaa"}}
	if len(got) != len(want) {
		t.Fatalf("%d memos", len(got))
	}
	for i := range want {
		if *got[i] != want[i] {
			t.Errorf("%d: %+v", i, *got[i])
		}
	}
}
