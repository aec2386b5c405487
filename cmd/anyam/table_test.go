package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"anyam/internal/qda"
)

// TestTables brings in informants and answers from the command line: as their page proposes it, told row by row, and once.
func TestTables(t *testing.T) {
	s := newShell(t)
	informants := file(t, "informan.csv", "Nama;Kelompok;Umur;Berkas\nP04;nelayan;41;P04.txt\nP-04;petani;x;\nP11;pedagang;30;tidak ada\nP11;lain;;\n;petani;50;\n")
	answers := workbook(t, "jawaban.xlsx", [][]string{{"Nama", "Kelompok", "Ceritakan bagaimana Anda memulai usaha ini"}, {"P04", "nelayan", "Saya mulai dari nol tanpa bantuan siapa pun waktu itu."},
		{"R02", "pengolah", "Dulu ikut pelatihan di balai desa lalu berjualan kue."}, {"R03", "pengolah", ""}})
	posts := file(t, "kiriman.csv", "Tanggal,Kanal,Isi\n2026-03-12,forum,\"Harga es naik lagi minggu ini, kami tidak bisa melaut.\"\n2026-03-13,forum,\"Pengepul belum membayar, padahal ikan sudah dibawa kemarin.\"\n2026-03-14,grup,\"Ada pelatihan izin usaha di balai desa, siapa yang mau ikut?\"\n")
	report := filepath.Join(t.TempDir(), "report.json")
	all := []string{"import", "--project", "Tabel", "--report", report, "--informants", informants, "--answers", answers, "--rows", posts, file(t, "P04.txt", talk)}
	said := s.run(all...)
	for _, want := range []string{"informan.csv: 2 informants added, 0 documents added, 2 attributes added, 0 documents given their informant, 1 row changed who or what was here, 0 the same, 2 not usable",
		"jawaban.xlsx: 2 informants added, 2 documents added, 0 attributes added", "kiriman.csv: 0 informants added, 3 documents added, 1 attribute added"} {
		if !strings.Contains(said, want) {
			t.Errorf("import does not say %q:\n%s", want, said)
		}
	}

	var told []struct {
		Path    string
		Rows    string `json:"rows_are"`
		Columns []struct{ Name, Use, Attribute, Type string }
		Lines   []struct {
			Row               int
			Name, State, Near string
			Values            []struct{ Attribute, Was, Is string }
			Notes             []string
		} `json:"rows"`
	}
	raw, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(raw, &told)
	}
	if err != nil || len(told) != 3 || told[0].Rows != "informants" || told[1].Rows != "answers" || told[2].Rows != "documents" {
		t.Fatalf("the report is %s (%v)", raw, err)
	}
	uses := func(i int) (r []string) {
		for _, c := range told[i].Columns {
			r = append(r, c.Use+c.Type)
		}
		return r
	}
	for i, want := range []string{"name attributetext attributenumber document", "name attributetext answer", "held attributetext answer"} {
		if got := strings.Join(uses(i), " "); got != want {
			t.Errorf("the columns of %s are %s", told[i].Path, got)
		}
	}
	if l := told[0].Lines; len(l) != 5 || l[0].State != "changed" || l[1].State != "new" || l[1].Near != "P04" || len(l[1].Notes) != 1 || !strings.Contains(l[2].Notes[0], "No document is called “tidak ada”") ||
		l[3].State != "bad" || !strings.Contains(l[3].Notes[0], "Row 3 has the same name already") || l[4].State != "bad" {
		t.Errorf("the rows are told as %+v", l)
	}

	o, _ := s.serving()
	p, ok, err := o.project(t.Context(), "Tabel")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	see := func() (head qda.Seq, docs map[string]*qda.Document, cases map[string]*qda.Case) {
		v, err := o.engine.View(t.Context(), p.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		docs, cases = map[string]*qda.Document{}, map[string]*qda.Case{}
		for _, d := range v.Documents() {
			docs[d.FileName+" "+d.Name] = d
		}
		for _, k := range v.Cases() {
			cases[k.Name] = k
		}
		return v.Seq(), docs, cases
	}
	before, docs, cases := see()
	if len(docs) != 6 || len(cases) != 5 {
		t.Fatalf("%d documents %v, %d informants %v", len(docs), docs, len(cases), cases)
	}
	k := cases["P04"]
	if k == nil || len(k.Values) != 2 || docs["P04.txt P04"] == nil || docs["P04.txt P04"].Case != k.ID || docs["jawaban.xlsx P04"] == nil || docs["jawaban.xlsx P04"].Case != k.ID {
		t.Errorf("P04 is %+v, the documents are %v", k, docs)
	}
	if d := docs["kiriman.csv kiriman 2"]; d == nil || d.Case != 0 || d.Held != "2026-03-13" || len(d.Values) != 1 {
		t.Errorf("a row that is a document of nobody became %+v of %v", d, docs)
	}
	if name, data, err := o.store.File(t.Context(), p.ID, sha256.Sum256(bytesOf(t, answers))); err != nil || !strings.HasPrefix(name, "jawaban.xlsx") || len(data) == 0 {
		t.Errorf("the file of the answers is not kept: %q, %v", name, err)
	}

	// What reading left out stands under a table's row, as under a document's.
	noisy := file(t, "berisik.csv", "\"Daftar 2026\"\nNama,Kelompok\nP21,\"nelayan\n")
	for _, what := range []string{"--informants", "--codebook"} {
		if said := s.run("import", "--project", "Bising", what, noisy); !strings.Contains(said, "tells which)\n  ") || strings.Count(said, "\n  ") < 2 {
			t.Errorf("of what was left out it says %s", said)
		}
	}

	// The same tables again change nothing, and say so.
	said = s.run("import", "--project", "Tabel", "--json", "--informants", informants, "--answers", answers, "--rows", posts)
	if after, _, _ := see(); after != before || strings.Count(said, `"informants":0,"documents":0,"linked":0,"attributes":[],"changed":0`) != 3 {
		t.Errorf("the same again makes %d entries and says:\n%s", after-before, said)
	}
	// What can't be told ends with 1 and a sentence; what comes with it comes in.
	nameless := file(t, "angka.csv", "Umur,Hasil\n41,5\n41,6\n40,5\n41,5\n")
	said, _, err = s.try(t.Context(), "import", "--project", "Tabel", "--informants", nameless, "--answers", file(t, "rusak.xlsx", "PK\x03\x04 and no more"), informants, file(t, "P05.txt", strings.ReplaceAll(talk, "P04", "P05")))
	if err == nil || !strings.Contains(err.Error(), "3 of 4 files") || !strings.Contains(said, "No column of this table could be recognised") || !strings.Contains(said, "rusak.xlsx: The file is damaged") ||
		!strings.Contains(said, "--informants, --answers or --rows") || !strings.Contains(said, "P05.txt: document") {
		t.Errorf("import says %v:\n%s", err, said)
	}
	if said := s.run("verify"); !strings.Contains(said, "Tabel: whole") {
		t.Errorf("verify says %q", said)
	}
}

// TestCommentsFromTheCommandLine become memos where they are asked for, and are counted where they are not.
func TestCommentsFromTheCommandLine(t *testing.T) {
	s := newShell(t)
	const with = "../../testdata/formats/lengkap.docx"
	if said := s.run("import", "--project", "Tanpa", with); !strings.Contains(said, "; 2 comments left out (--comments memos") {
		t.Errorf("import says %q", said)
	}
	if said := s.run("import", "--project", "Dengan", "--comments", "memos", "--json", with); !strings.Contains(said, `"comments_kept":2`) || strings.Contains(said, "comments_left") {
		t.Errorf("import says %q", said)
	}
	s.refused("import", "--project", "Dengan", "--comments", "codes", with)
	// Of a file that is here already they come in once, whether nobody asked for them the time before or that broke off.
	s.run("import", "--project", "Nanti", with)
	for _, want := range []string{" is document 2 already; 2 comments kept as memos\n", " is document 2 already\n"} {
		if said := s.run("import", "--project", "Nanti", "--comments", "memos", with); !strings.HasSuffix(said, want) {
			t.Errorf("import says %q, not %q", said, want)
		}
	}
	o, _ := s.serving()
	for name, want := range map[string]int{"Tanpa": 0, "Dengan": 2, "Nanti": 2} {
		p, ok, err := o.project(t.Context(), name)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		v, err := o.engine.View(t.Context(), p.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if memos := v.As(0).AllMemos(); len(memos) != want || want > 0 && !strings.HasPrefix(memos[0].Text, "Rina, 2026-03-12 10:00:") {
			t.Errorf("%s has %d memos", name, len(memos))
		}
	}
}

// TestFoldersAndZips adds what is in them, tells of each file, and says what could not be added.
func TestFoldersAndZips(t *testing.T) {
	s := newShell(t)
	folder, at := t.TempDir(), filepath.Join(t.TempDir(), "kembali.zip")
	for name, text := range map[string]string{"b.txt": talk, "a.txt": talk + "P04: Ya.\n", ".tersembunyi": "x", "dalam/c.md": talk + "P04: Tidak.\n", "dalam/~$c.docx": "x", ".git/d.txt": talk, "__MACOSX/e.txt": talk} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, part := range [][2]string{{"x/satu.txt", talk + "P04: Satu.\n"}, {"x/rusak.docx", "PK"}, {"dua.txt", talk + "P04: Dua.\n"}, {"__MACOSX/._dua.txt", "x"}, {"orang.csv", "a,b\n1,2\n"}, {"studi.qdpx", "PK"}} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file(t, "f.txt", talk+"P04: Jauh.\n"), filepath.Join(folder, "dalam", "f.txt")); err != nil {
		t.Fatal(err)
	}
	nothing, led := t.TempDir(), filepath.Join(t.TempDir(), "tautan")
	far := filepath.Dir(file(t, "g.txt", talk+"P04: Lagi.\n"))
	// A link to a folder is followed where it is named, and told where it is found; so is what is no file.
	if err := errors.Join(os.Symlink(far, led), os.Symlink(folder, filepath.Join(folder, "dalam", "lingkar")), syscall.Mkfifo(filepath.Join(folder, "pipa"), 0o600)); err != nil {
		t.Fatal(err)
	}
	// A folder that can't be read, as its path is too long, does not keep the others out.
	deep, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 17 {
		name := strings.Repeat("x", 250)
		if err := deep.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
		below, err := deep.OpenRoot(name)
		if err = errors.Join(err, deep.Close()); err != nil {
			t.Fatal(err)
		}
		deep = below
	}
	if err := deep.Close(); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "laporan.json")
	said, errs, err := s.try(t.Context(), "import", "--project", "Lapangan", "--report", report, folder, at, file(t, "bukan.zip", "PK\x03\x04"), file(t, "nol.zip", "PK\x05\x06"+strings.Repeat("\x00", 18)), nothing, led)
	if err == nil || err.Error() != "7 of 14 files could not be added" {
		t.Errorf("import ends with %v\n%s", err, said)
	}
	if !strings.Contains(errs, "5 hidden files of a system were passed over.") {
		t.Errorf("beside it, it says %s", errs)
	}
	for _, want := range []string{folder + "/a.txt: document ", folder + "/b.txt: document ", folder + "/dalam/c.md: document ", folder + "/dalam/f.txt: document ", led + "/g.txt: document ", nothing + ": there is no file in this folder", at + "/dua.txt: document ", at + "/x/satu.txt: document ", at + "/x/rusak.docx: ", at + "/orang.csv: ", "bukan.zip: ", "nol.zip: there is no file in this zip\n", at + "/studi.qdpx: projects and codebooks inside a zip are not opened; ", "--informants",
		folder + "/dalam/lingkar: passed over, it is a link to a folder; ", folder + "/pipa: passed over, it is no file\n", "xxxxx: file name too long\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if n := strings.Count(said, "\n"); n != 16 || strings.Contains(said, "sembunyi") || strings.Contains(said, "~$") || strings.Contains(said, "MACOSX") {
		t.Errorf("%d lines:\n%s", n, said)
	}
	var told []imported
	if err := json.Unmarshal(bytesOf(t, report), &told); err != nil || len(told) < 2 || told[0].File != folder+"/dalam/lingkar" || told[0].Passed == "" || told[1].Passed != "it is no file" {
		t.Errorf("the report: %v, %+v", err, told)
	}
}

// TestLossesAndRepeatsAreTold: what reading left out stands under a file's row and in what programs get, and the same file comes in once.
func TestLossesAndRepeatsAreTold(t *testing.T) {
	s := newShell(t)
	report := filepath.Join(t.TempDir(), "report.json")
	broken := file(t, "rusak.txt", "\ufeffP04: Ya.\r\nR: Sudah\x00 lama?\r\nP04: Lama sekali, sejak dulu.\r\n")
	once, twice := file(t, "satu.txt", talk), file(t, "dua.txt", talk)
	said := s.run("import", "--project", "Rugi", "--report", report, broken, once, twice, once)
	rows := strings.Split(strings.TrimSpace(said), "\n")
	if len(rows) != 7 || !strings.HasPrefix(rows[0], broken+": document ") || rows[1] != "  Byte-order mark removed." || rows[2] != "  3 line ends were made uniform." || rows[3] != "  1 null character removed." ||
		!strings.HasPrefix(rows[4], once+": document 4, ") || rows[5] != twice+": passed over, the same file is document 4 already" || rows[6] != once+": passed over, the same file is document 4 already" {
		t.Errorf("import says\n%s", said)
	}
	var told []struct {
		File  string
		Same  int `json:"same_as"`
		Notes []string
	}
	if err := json.Unmarshal(bytesOf(t, report), &told); err != nil || len(told) != 3 || told[0].File != broken || len(told[0].Notes) != 3 || told[1].Same != 4 || told[2].File != once {
		t.Errorf("the report: %v, %+v", err, told)
	}
	if said := s.run("import", "--project", "Lain", "--json", broken, once); !strings.Contains(said, `"notes":["Byte-order mark removed.","3 line ends were made uniform.","1 null character removed."]`) || strings.Contains(said, "same_as") {
		t.Errorf("import --json says %s", said)
	}
	o, _ := s.serving()
	a := s.account(o, "sari@example.org", true)
	a.Language = "id"
	if err := o.store.SetProfile(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if said := s.run("import", "--project", "Bahasa", "--as", a.Email, broken); !strings.Contains(said, "\n  Tanda urutan bita dihapus.\n") {
		t.Errorf("import in Indonesian says %s", said)
	}
}

func bytesOf(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// workbook writes a sheet as programs do that keep its words in its cells.
func workbook(t *testing.T, name string, rows [][]string) string {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	sheet := head + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	for i, r := range rows {
		sheet += fmt.Sprintf(`<row r="%d">`, i+1)
		for k, c := range r {
			sheet += fmt.Sprintf(`<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+k, i+1, html.EscapeString(c))
		}
		sheet += `</row>`
	}
	at := filepath.Join(t.TempDir(), name)
	out, err := os.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, part := range [][2]string{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", head + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Jawaban" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet + `</sheetData></worksheet>`},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if z.Close() != nil || out.Close() != nil {
		t.Fatal("the workbook was not written")
	}
	return at
}
