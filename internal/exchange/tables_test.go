package exchange

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// tableOf writes a table as rows, its columns' kinds first.
func tableOf(t *Table) string {
	var b strings.Builder
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(c.Name + " (" + c.Kind + ")")
	}
	for _, row := range t.Rows {
		b.WriteString("\n" + strings.ReplaceAll(strings.Join(row, " | "), "\n", "⏎"))
	}
	return b.String()
}

const survey = "No,Kota,Usia,Masuk,Setuju?,Ceritakan pengalaman Anda\n" +
	"R1,Balikpapan,34,2026-03-01,Ya,\"Saya mulai dari nol, tanpa bantuan siapa pun.\"\n" +
	"R2,Samarinda,41,2026-03-02,Tidak,\"Kata mereka \"\"belum\"\".\nLalu kami menunggu lama sekali.\"\n" +
	"R3,Balikpapan,29,2026-03-02,Ya,\n" +
	"R4,Balikpapan,55,2026-03-04,Ya,Ongkos kirim yang paling berat bagi kami semua di sini.\n"

func TestCsv(t *testing.T) {
	const want = "No (key) | Kota (closed) | Usia (number) | Masuk (time) | Setuju? (closed) | Ceritakan pengalaman Anda (open)\n" +
		"R1 | Balikpapan | 34 | 2026-03-01 | Ya | Saya mulai dari nol, tanpa bantuan siapa pun.\nR2 | Samarinda | 41 | 2026-03-02 | Tidak | Kata mereka \"belum\".⏎Lalu kami menunggu lama sekali.\n" +
		"R3 | Balikpapan | 29 | 2026-03-02 | Ya | \nR4 | Balikpapan | 55 | 2026-03-04 | Ya | Ongkos kirim yang paling berat bagi kami semua di sini."
	semicolons := strings.NewReplacer("nol, tanpa", "nol, tanpa", ",", ";").Replace(survey)
	for _, c := range []struct{ what, name, in, want, notes string }{
		{"commas", "a.csv", survey, want, ""},
		{"semicolons, Windows", "a.csv", "\xEF\xBB\xBF" + strings.ReplaceAll(semicolons, "\n", "\r\n"), strings.ReplaceAll(want, "nol, tanpa", "nol, tanpa"), "bom 1, crlf 6"},
		{"tabs", "a.tsv", strings.ReplaceAll(strings.ReplaceAll(survey, ",", "\t"), "nol\t tanpa", "nol, tanpa"), want, ""},
		{"Excel's own word", "a.csv", "sep=|\na|b\nc, d|e, f\n", "a (key) | b (key)\nc, d | e, f", ""},
		{"one column", "a.csv", "nama\nAni\nBudi\n", "nama (key)\nAni\nBudi", ""},
		{"rows of other lengths, names missing and doubled", "a.csv", "a,a,,a\n1,2,3,4,5\n1\n1,2\n", "", ""},
		{"a quote inside a cell", "a.csv", "a,b\nkata \"itu\",x\n", "a (key) | b (key)\nkata \"itu\" | x", ""},
		{"a quote that never ends", "a.csv", "no,kata,x\n1,b,y\n2,\"c,\"\"z\n3,d,y\n\n4,\"e, \"\"f\"\"\",y\n5,\"g\n", "no (key) | kata (key) | x (closed)\n1 | b | y\n2 | \"c | \"\"z\n3 | d | y\n4 | e, \"f\" | y\n5 | \"g | ", "strayquotes 2 line 3"},
		{"a quote that ends rows below", "a.csv", "sep=,\nno,kata,x\n1,b,y\n2,\"c,z\n3,d,y\n4,\"e, \"\"f\"\"\",y\n", "no (key) | kata (key) | x (closed)\n1 | b | y\n2 | \"c | z\n3 | d | y\n4 | e, \"f\" | y", "strayquotes 1 line 4"},
		{"a quote, lines of a cell below", "a.csv", "no,kata,x\n1,\"b,y\n2,c,y\n3,c,y\n4,c,y\n5,\"d\ne\",y\n", "no (key) | kata (open) | x (closed)\n1 | \"b | y\n2 | c | y\n3 | c | y\n4 | c | y\n5 | d⏎e | y", "strayquotes 1 line 2"},
		{"two quotes, rows between them", "a.csv", "no;kata;x\n1;b;y\n2;\"c;z\n3;d\";y\n4;d;y\n", "no (key) | kata (open) | x (closed)\n1 | b | y\n2 | c;z⏎3;d | y\n4 | d | y", "widequotes 1 line 3"},
		{"lines of a cell", "a.csv", "no,kata\n1,\"a, b\nc, d\"\n2,\"Ia \"bilang\" ya\nlalu, pergi\"\n", "no (key) | kata (open)\n1 | a, b⏎c, d\n2 | Ia \"bilang\" ya⏎lalu, pergi", ""},
		{"a title above", "a.csv", "Survei pasar,,\n,,\nNo,Kota,Ya\n1,Balikpapan,x\n2,Balikpapan,x\n", "No (key) | Kota (closed) | Ya (closed)\n1 | Balikpapan | x\n2 | Balikpapan | x", "aboverows 1"},
		{"Qualtrics", "a.csv", "Q1,Q2\nKota?,Cerita?\n\"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"QID2\"\"}\"\nA,x\nA,y\nB,z\n", "Kota? (closed) | Cerita? (key)\nA | x\nA | y\nB | z", "aboverows 2"},
		{"days in words", "a.csv", "Nama,Lahir\nA,12 Maret 2025\nB,\"March 1, 2025\"\nC,5 Mei 2025\n", "Nama (key) | Lahir (time)\nA | 12 Maret 2025\nB | March 1, 2025\nC | 5 Mei 2025", ""},
		{"a formula is words", "a.csv", "a,b\n=1+1,x\n", "a (key) | b (key)\n=1+1 | x", ""},
	} {
		r, err := Read(c.name, []byte(c.in), Options{Table: true})
		if err != nil {
			t.Errorf("%s: %v (%v)", c.what, err, err.(*BadFile).cause)
			continue
		}
		if err := r.check(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		got := tableOf(r.Table)
		if c.want == "" {
			if names := fmt.Sprint(r.Table.Columns[0].Name, r.Table.Columns[1].Name, r.Table.Columns[2].Name, r.Table.Columns[3].Name, r.Table.Columns[4].Name); names != "aa (2)Ca (3)E" || r.Table.Rows[1][4] != "" {
				t.Errorf("%s: %s\n%s", c.what, names, got)
			}
			continue
		}
		notes := notesOf(r)
		if len(r.Notes) == 1 && r.Notes[0].Args["line"] != "" {
			notes += " line " + r.Notes[0].Args["line"]
		}
		if strings.ReplaceAll(got, " (short)", " (key)") != c.want && c.what == "one" || got != c.want && !sameButKinds(got, c.want) || notes != c.notes || r.Format != "csv" {
			t.Errorf("%s: got\n%s (%s)\nwant\n%s (%s)", c.what, got, notes, c.want, c.notes)
		}
	}
	// Natural quotation marks, as in a table that has none around its cells, lose no row however many they are.
	spoken := "no\tkata\n" + strings.Repeat("1\t\"Halo,\" katanya\n", 200)
	if r := mustRead(t, "a.tsv", []byte(spoken), Options{Table: true}); len(r.Table.Rows) != 200 || r.Table.Rows[199][1] != `"Halo," katanya` || notesOf(r) != "strayquotes 200" {
		t.Errorf("%d rows, the last %q (%s)", len(r.Table.Rows), r.Table.Rows[len(r.Table.Rows)-1], notesOf(r))
	}
	// Of a long file, not all is read again for each of them: its cells have one line then.
	long := "no,kata,x\n" + strings.Repeat("1,\"b,y\n", mostStrays-1) + strings.Repeat("2,"+strings.Repeat("c", 190)+",y\n", 15_000) + "3,\"d,d\ne,e\",y\n"
	if r := mustRead(t, "a.csv", []byte(long), Options{Table: true}); len(r.Table.Rows) != 15_000+mostStrays+1 || noteOf(r, "strayquotes").N != mostStrays {
		t.Errorf("%d rows (%s)", len(r.Table.Rows), notesOf(r))
	}
	r, err := Read("a.csv", []byte(survey), Options{Table: true, Replace: map[string]string{"Samarinda": "Kota S"}})
	if err != nil || r.Table.Rows[1][1] != "Kota S" || r.Language != "id" || notesOf(r) != "replaced 1" {
		t.Errorf("%v: %+v, %s", err, r.Table, r.Language)
	}
	if got := r.Table.Columns[1].Values; fmt.Sprint(got) != "[Balikpapan Kota S]" {
		t.Errorf("values %v", got)
	}
	if a := r.Table.Answers(0); len(a) != 1 || a[0].Text != "Ceritakan pengalaman Anda: Saya mulai dari nol, tanpa bantuan siapa pun." || len(r.Table.Answers(2)) != 0 {
		t.Errorf("answers %+v", a)
	}
	for _, name := range []string{"a.csv", "a.xlsx"} {
		data := []byte(survey)
		if name == "a.xlsx" {
			data = xlsxOf(t, `<row><c t="inlineStr"><is><t>a</t></is></c></row>`)
		}
		if _, err := Read(name, data, Options{}); err == nil || err.(*BadFile).Reason != BadTable {
			t.Errorf("%s as a transcript: %v", name, err)
		}
	}
}

// sameButKinds is for tables too small for a sure guess of their columns.
func sameButKinds(got, want string) bool {
	g, w := strings.SplitN(got, "\n", 2), strings.SplitN(want, "\n", 2)
	plain := func(s string) string {
		for _, k := range []string{KeyColumn, ShortColumn, ClosedColumn, NumberColumn} {
			s = strings.ReplaceAll(s, " ("+k+")", "")
		}
		return s
	}
	return len(g) == 2 && len(w) == 2 && g[1] == w[1] && plain(g[0]) == plain(w[0]) && strings.Count(w[1], "\n") < 3
}

// xlsxOf packs a sheet's rows into a workbook; more are parts.
func xlsxOf(t testing.TB, rows string, more ...string) []byte {
	t.Helper()
	const ns, rel = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`, `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	return packedOf(t, append([]string{
		"xl/workbook.xml", `<workbook ` + ns + ` ` + rel + `><sheets><sheet name="Rahasia" sheetId="1" state="hidden" r:id="r2"/><sheet name="Jawaban" sheetId="2" r:id="r1"/><sheet name="Kode" sheetId="3" r:id="r2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/worksheet" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet ` + ns + `><numFmts><numFmt numFmtId="164" formatCode="[$-421]dd\ mmmm\ yyyy"/><numFmt numFmtId="165" formatCode="0.00&quot; hari&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<sst ` + ns + `><si><t>Nama</t></si><si><r><t>Ber</t></r><r><rPr><b/></rPr><t xml:space="preserve">kas </t></r><rPh sb="0"><t>x</t></rPh></si><si><t>a_x000D_&#10;b_x0041_</t></si></sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet ` + ns + `><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/worksheets/sheet2.xml", `<worksheet ` + ns + `><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>`}, more...)...)
}

func TestXlsx(t *testing.T) {
	data := xlsxOf(t, `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>Hari</t></is></c></row>`+
		`<row r="9"><c r="A9" t="s"><v>2</v></c><c r="B9"><v>0.30000000000000004</v></c><c r="C9" t="b"><v>1</v></c><c r="D9" s="1"><v>46093</v></c><c r="E9" s="4"><v>46093.5</v></c></row>`+
		`<row><c t="str"><f>1+1</f><v>dua</v></c><c s="3"><v>12</v></c><c t="e"><v>#N/A</v></c><c s="2"><v>59</v></c><c s="5"><v>0.75</v></c><c><f>A1</f></c></row>`)
	r, err := Read("a.csv", data, Options{Table: true})
	if err != nil {
		t.Fatal(err, err.(*BadFile).cause)
	}
	if err := r.check(); err != nil {
		t.Error(err)
	}
	want := "Nama (key) | Berkas (key) | C (key) | Hari (time) | E (key)\na⏎bA | 0.3 | TRUE | 2026-03-12 | 2026-03-12T12:00:00\ndua | 12 | #N/A | 1900-02-28 | 18:00:00"
	if got := tableOf(r.Table); !strings.HasSuffix(got, want[strings.Index(want, "\n"):]) || !strings.Contains(got, "Hari (time)") || r.Table.Sheet != "Jawaban" || notesOf(r) != "ruby 1, sheets 2" {
		t.Errorf("got\n%s (%s, %s)\nwant\n%s", got, r.Table.Sheet, notesOf(r), want)
	}
	if n := r.Notes[len(r.Notes)-1]; n.Args["names"] != "Kode, Rahasia" {
		t.Errorf("other sheets: %v", n.Args)
	}
	for what, in := range map[string]struct {
		reason string
		data   []byte
	}{
		"a string that isn't there": {BadBroken, xlsxOf(t, `<row><c t="s"><v>99</v></c></row>`)},
		"no rows":                   {BadEmpty, xlsxOf(t, ``)},
		"only names":                {BadNoRows, xlsxOf(t, `<row><c><v>1</v></c></row>`)},
		"a column far away":         {BadTooLong, xlsxOf(t, `<row><c r="XFD1"><v>1</v></c></row>`)},
		"no sheet":                  {BadBroken, packedOf(t, "xl/workbook.xml", "<workbook/>")},
		"a sheet that isn't there":  {BadBroken, packedOf(t, "xl/workbook.xml", `<workbook xmlns:r="y"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", `<R><Relationship Id="r1" Type="/worksheet" Target="x.xml"/></R>`)},
		"ends early":                {BadBroken, xlsxOf(t, `<row><c><v>1`)},
		"one string many times":     {BadTooLong, xlsxOf(t, strings.Repeat(`<row><c t="s"><v>3</v></c></row>`, 1000), "xl/x", "")},
		"a bomb":                    {BadBomb, flatAs(t, "xl/workbook.xml", 32<<20, 0)},
		"a bomb of strings":         {BadBomb, flatAs(t, "xl/sharedStrings.xml", 32<<20, 0, "xl/workbook.xml", `<workbook xmlns:r="y"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", `<R><Relationship Id="r1" Type="/worksheet" Target="x.xml"/></R>`)},
		"encrypted":                 {BadEncrypted, ole("EncryptedPackage")},
		"binary sheets":             {BadBroken, packedOf(t, "xl/workbook.bin", "x", "[Content_Types].xml", "x")},
		"csv of nothing":            {BadEmpty, []byte(",,,\n,,\n")},
		"csv of names":              {BadNoRows, []byte("a,b\n")},
		"csv, a million columns":    {BadTooLong, []byte(strings.Repeat("a,", 1_000_000))},
		"csv, a million rows":       {BadTooLong, []byte(strings.Repeat("a,b\n", 1_000_000))},
	} {
		if what == "one string many times" {
			in.data = xlsxOf(t, strings.Repeat(`<row><c t="inlineStr"><is><t>`+strings.Repeat("k", 20_000)+`</t></is></c></row>`, 700)) // over the ratio or over the length
		}
		name := "a.xlsx"
		if strings.HasPrefix(what, "csv") {
			name = "a.csv"
		}
		_, err := Read(name, in.data, Options{Table: true})
		if b, ok := err.(*BadFile); ok && (what == "no rows" || what == "only names") && strings.Join(b.Sheets, ", ") != "Jawaban, Kode, Rahasia" {
			t.Errorf("%s: the sheets are %q", what, b.Sheets)
		}
		if b, ok := err.(*BadFile); !ok || b.Reason != in.reason && !(what == "one string many times" && b.Reason == BadBomb) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestMergedCells: what stands in a merged cell holds for each of its cells, but for a title and for headings of groups.
func TestMergedCells(t *testing.T) {
	sheet := func(merged string, rows ...string) []byte {
		var b strings.Builder
		for i, row := range rows {
			fmt.Fprintf(&b, `<row r="%d">`, i+2) // the first row of the sheet is empty
			for k, cell := range strings.Split(row, "|") {
				if cell != "" {
					fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+k, i+2, cell)
				}
			}
			b.WriteString("</row>")
		}
		b.WriteString("</sheetData><mergeCells>")
		for _, ref := range strings.Fields(merged) {
			b.WriteString(`<mergeCell ref="` + ref + `"/>`)
		}
		return xlsxOf(t, b.String()+"</mergeCells><sheetData>")
	}
	for _, c := range []struct {
		what, merged string
		rows         []string
		want         string
		notes        string
	}{
		{"down", "A3:A4 C5:C9", []string{"Tema|Kode|Arti", "Izin|Antre|x", "|Hilang|y", "Modal|Bank|z"}, "Tema|Kode|Arti\nIzin|Antre|x\nIzin|Hilang|y\nModal|Bank|z", "ruby 1, merged 1, sheets 2"},
		{"a title, and to the side", "A2:C2 B4:C4", []string{"Daftar informan", "Nama|Usia|Kota", "Sari|45|", "Amir|52|Bone"}, "Nama|Usia|Kota\nSari|45|45\nAmir|52|Bone", "ruby 1, merged 1, sheets 2, aboverows 1"},
		{"headings over two rows", "A2:A3 B2:C2", []string{"Nama|Usaha|", "|Jenis|Tahun", "Sari|Ikan|2009"}, "Nama|Usaha|Usaha (2)\n|Jenis|Tahun\nSari|Ikan|2009", "ruby 1, merged 1, sheets 2"},
		{"a row that is a label", "A3:C3", []string{"Nama|Usia|Kota", "Kelompok satu", "Sari|45|Bone"}, "Nama|Usia|Kota\nKelompok satu||\nSari|45|Bone", "ruby 1, sheets 2"},
		{"what is no range", "A3 A3:B C9:C12 ZZ3:A3 A3:A1 A99999999999999999999:B2", []string{"Nama|Kota", "Sari|Bone", "|Palu"}, "Nama|Kota\nSari|Bone\n|Palu", "ruby 1, sheets 2"},
	} {
		r := mustRead(t, "a.xlsx", sheet(c.merged, c.rows...), Options{Table: true})
		var rows []string
		var names []string
		for _, x := range r.Table.Columns {
			names = append(names, x.Name)
		}
		for _, row := range append([][]string{names}, r.Table.Rows...) {
			rows = append(rows, strings.Join(row, "|"))
		}
		if got := strings.Join(rows, "\n"); got != c.want || notesOf(r) != c.notes {
			t.Errorf("%s: got\n%s (%s)\nwant\n%s (%s)", c.what, got, notesOf(r), c.want, c.notes)
		}
	}
	var many strings.Builder
	for i := range 600 {
		fmt.Fprintf(&many, "A%d:X60000 ", i+3)
	}
	if _, err := Read("a.xlsx", sheet(many.String(), append([]string{"a|b"}, strings.Split(strings.Repeat("x|y|"+strings.Repeat("|", 22)+"z\n", 600), "\n")...)...), Options{Table: true}); err == nil || err.(*BadFile).Reason != BadTooLong {
		t.Errorf("ranges over ranges: %v", err)
	}
}

// TestWithoutAHead: the first row is one like the others where that is said, and so is what would be a title.
func TestWithoutAHead(t *testing.T) {
	for name, data := range map[string][]byte{"a.csv": []byte("Sari,45,\"Izin lama sekali, saya bolak-balik\"\nAmir,52,\"Modal kurang dan bank menolak\"\n"),
		"a.xlsx": xlsxOf(t, `<row><c t="inlineStr"><is><t>Sari</t></is></c><c><v>45</v></c><c t="inlineStr"><is><t>Izin lama sekali, saya bolak-balik</t></is></c></row><row><c t="inlineStr"><is><t>Amir</t></is></c><c><v>52</v></c><c t="inlineStr"><is><t>Modal kurang dan bank menolak</t></is></c></row>`)} {
		r := mustRead(t, name, data, Options{Table: true, NoHead: true})
		names := ""
		for _, c := range r.Table.Columns {
			names += c.Name + "|"
		}
		if got := fmt.Sprint(r.Table.Rows); names != "Column 1|Column 2|Column 3|" || got != "[[Sari 45 Izin lama sekali, saya bolak-balik] [Amir 52 Modal kurang dan bank menolak]]" {
			t.Errorf("%s: %s of %s", name, got, names)
		}
		if err := r.check(); err != nil {
			t.Error(err)
		}
	}
	if _, rows, _ := strings.Cut(survey, "\n"); mustRead(t, "a.csv", []byte(rows), Options{Table: true, NoHead: true}).Table.Columns[5].Name != "Kolom 6" {
		t.Error("columns of an Indonesian table are not called so")
	}
	if r := mustRead(t, "a.csv", []byte("Sari,45\nAmir,52\n"), Options{Table: true, NoHead: true, Column: "Kolom"}); r.Table.Columns[1].Name != "Kolom 2" {
		t.Errorf("asked for a Kolom, got %q", r.Table.Columns[1].Name)
	}
	if r := mustRead(t, "a.csv", []byte("Daftar\nSari,45\nAmir,52\n"), Options{Table: true, NoHead: true}); fmt.Sprint(r.Table.Rows) != "[[Daftar ] [Sari 45] [Amir 52]]" || len(r.Notes) != 0 || r.Table.Columns[1].Name != "Column 2" {
		t.Errorf("a title: %v", r.Table)
	}
}

// TestTablesKeepEveryCell: random cells come back from csv with each sign between them, and from a workbook.
func TestTablesKeepEveryCell(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for n := range 300 {
		width := 2 + rnd.IntN(5)
		records := [][]string{make([]string, width)}
		for i := range width {
			records[0][i] = fmt.Sprintf("kolom %d", i)
		}
		for range 1 + rnd.IntN(8) {
			rec := make([]string, width)
			for i := range rec {
				rec[i] = pick(rnd, []string{"", "x", "é🐟", "a,b", "a;b", "a\tb", "a|b", `kata "itu"`, "baris\nkedua", "=1+1", "007", "<b>&amp;", sentence(rnd), "_x0041_"})
			}
			rec[0] = fmt.Sprint("R", n)
			records = append(records, rec)
		}
		want := fmt.Sprint(records[1:])
		for _, sep := range delimiters {
			var b strings.Builder
			for _, rec := range records {
				for i, cell := range rec {
					if i > 0 {
						b.WriteRune(sep)
					}
					b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
				}
				b.WriteString("\r\n")
			}
			r := mustRead(t, "a.csv", []byte(b.String()), Options{Table: true})
			if got := fmt.Sprint(r.Table.Rows); got != want {
				t.Fatalf("seed %d, try %d, %q: got\n%s\nwant\n%s", seed, n, sep, got, want)
			}
		}
		var b strings.Builder
		for _, rec := range records {
			b.WriteString("<row>")
			for _, cell := range rec {
				cell = strings.ReplaceAll(cell, "_x0041_", "_x005F_x0041_")
				b.WriteString(`<c t="inlineStr"><is><r><t xml:space="preserve">` + html.EscapeString(cell) + `</t></r></is></c>`)
			}
			b.WriteString("</row>")
		}
		if got := fmt.Sprint(mustRead(t, "a.xlsx", xlsxOf(t, b.String()), Options{Table: true}).Table.Rows); got != want {
			t.Fatalf("seed %d, try %d, xlsx: got\n%s\nwant\n%s", seed, n, got, want)
		}
	}
}
