//go:build office

package exchange

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// convert lets LibreOffice save a file as another kind.
func convert(t *testing.T, file, kind string) []byte {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", kind, "--outdir", dir, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice (Debian packages libreoffice-writer-nogui, libreoffice-calc-nogui) could not save %s as %s: %v\n%s", file, kind, err, out)
	}
	ext, _, _ := strings.Cut(kind, ":")
	made, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))+"."+ext))
	if err != nil {
		t.Fatalf("soffice made nothing of %s as %s: %v", file, kind, err)
	}
	return made
}

// TestOfficeTable: a table that LibreOffice saves as a workbook reads as the same cells.
func TestOfficeTable(t *testing.T) {
	data, err := os.ReadFile(formats + "survei.csv")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "survei.csv")
	if err := os.WriteFile(file, []byte(decodeAs(data, "windows-1252")), 0o600); err != nil {
		t.Fatal(err)
	}
	want := tableOf(mustRead(t, "survei.csv", data, Options{Table: true}).Table)
	dir := filepath.Dir(file)
	cmd := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--infilter=Text - txt - csv (StarCalc):59,34,76,1", "--convert-to", "xlsx", "--outdir", dir, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice (Debian package libreoffice-calc-nogui): %v\n%s", err, out)
	}
	made, err := os.ReadFile(filepath.Join(dir, "survei.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if got := tableOf(mustRead(t, "survei.xlsx", made, Options{Table: true}).Table); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestOfficeFiles: one text, saved by LibreOffice in four kinds, reads as the same turns from each.
func TestOfficeFiles(t *testing.T) {
	for _, name := range []string{"wawancara", "lengkap"} {
		file := formats + name + ".fodt"
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := mustRead(t, name+".fodt", data, Options{})
		for _, kind := range []string{"odt", "docx", "rtf"} {
			r := mustRead(t, name+"."+kind, convert(t, file, kind), Options{})
			// LibreOffice writes a bullet in a font of symbols where the kind has no other way.
			got := strings.ReplaceAll(turnsOf(r), "• tekun", "– tekun")
			if got != turnsOf(want) {
				t.Errorf("%s as %s reads as\n%s\nwant\n%s", name, kind, got, turnsOf(want))
			}
			if r.Format != kind || len(r.Comments) != len(want.Comments) {
				t.Errorf("%s as %s: %s, %d remarks of %d", name, kind, r.Format, len(r.Comments), len(want.Comments))
			}
			for i, c := range r.Comments {
				if w := want.Comments[i]; c.Text != w.Text || c.Words != w.Words || c.Start != w.Start || c.Author != w.Author {
					t.Errorf("%s as %s: remark %+v, want %+v", name, kind, c, w)
				}
			}
		}
		// A page of LibreOffice has neither changes nor boxes; its words are there.
		page := letters(mustRead(t, name+".html", convert(t, file, "html"), Options{}).Text())
		for _, turn := range want.Turns[:3] {
			for _, w := range strings.Fields(turn.Text) {
				if !strings.Contains(page, strings.Trim(strings.Split(w, "[")[0], ".,")) {
					t.Errorf("%s as html lacks %q", name, w)
				}
			}
		}
	}
}

// TestOfficePages: the same texts, printed by LibreOffice as PDF, come back with the words, turns and speakers that the docx has, but
// for what a page can't tell, which is named here.
func TestOfficePages(t *testing.T) {
	x := pdfChild(t)
	for _, c := range []struct {
		name     string
		speakers string
		page     []string // pairs: what the docx has and what stands on the page
		top      string   // a page has what floats, and the head of its only page, before everything else
		foot     string   // a note at the end of the text has no turn of its own: it stands below the last one
		note     string   // of the foot of the page
	}{
		{"wawancara", "PEWAWANCARA NARASUMBER PEWAWANCARA NARASUMBER PEWAWANCARA", []string{
			"Mulainya tahun", "Mulainya KATADIHAPUS tahun", // what a tracked change takes out is printed, struck through
			" Catatan di kotak teks.", "", // see top
			"1. ", "1.", "2. ", "2.", "3. ", "3.", // a number stands at its words
		}, "Catatan di kotak teks. Rahasia, hanya untuk peneliti", "", "|[1] Menurut catatan usaha, bulan Juni."},
		{"lengkap", "RY P07 RY P07 RY P07 RY", []string{
			"Tahun 2018", "Tahun KATADIHAPUS 2018",
			"saya.[2]", "saya.i", // the second note stands at the end of the text and has a number of another kind
			" Ia tertawa. Lama.", "",
			"Lalu pasar", "Lalu pekan pasar", // what stands small above a word
			"III) ", "III)", "III.a. ", "III.a.", "III.b. ", "III.b.", "IV) ", "IV)", "V) ", "V)", "– ", "–", "• ", "–",
		}, "Ia tertawa. Lama. Rahasia, hanya untuk peneliti", " i Adiknya menolak diwawancarai.", "|[1] Menurut buku kas: Juni. Lihat halaman 4."},
	} {
		file := formats + c.name + ".fodt"
		said := func(r *Reading) (turns []string, speakers string) {
			for _, turn := range r.Turns {
				// Whether a letter beyond the usual has a shape on paper is up to the fonts at hand.
				words := strings.Join(strings.Fields(strings.ReplaceAll(turn.Text, "🐟", "")), " ")
				turns = append(turns, turn.Label+"|"+strings.ReplaceAll(words, " .", "."))
				if turn.Label != "" {
					speakers += " " + turn.Label
				}
			}
			return turns, strings.TrimSpace(speakers)
		}
		docx := mustRead(t, c.name+".docx", convert(t, file, "docx"), Options{})
		all, speakers := said(docx)
		if speakers != c.speakers {
			t.Errorf("%s as docx has the speakers %s", c.name, speakers)
		}
		want, last := []string{"|" + c.top}, 0
		for i, turn := range docx.Turns {
			if turn.Label != "" {
				last = i
			}
		}
		for _, turn := range all[:last+1] { // what comes after is notes
			want = append(want, strings.NewReplacer(c.page...).Replace(turn))
		}
		want[len(want)-1] += c.foot
		want = append(want, c.note)

		page, err := x.Read(t.Context(), c.name+".pdf", convert(t, file, `pdf:writer_pdf_Export:{"ExportNotes":{"type":"boolean","value":"true"}}`), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, speakers := said(page)
		if speakers != c.speakers {
			t.Errorf("%s as pdf has the speakers %s", c.name, speakers)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s as pdf reads as\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if len(page.Comments) != len(docx.Comments) {
			t.Fatalf("%s as pdf has %d remarks of %d: %+v", c.name, len(page.Comments), len(docx.Comments), page.Comments)
		}
		turn := func(r *Reading, c Comment) string {
			for i, s := range r.Spans() {
				if c.Start >= s.Start && c.Start <= s.Stop {
					words, _, _ := strings.Cut(r.Turns[i].Text, " ")
					return r.Turns[i].Label + ": " + words
				}
			}
			return ""
		}
		for i, r := range page.Comments { // it hangs at the edge of the page: the line beside it tells the turn
			if w := docx.Comments[i]; r.Text != w.Text || r.Author != w.Author || turn(page, r) != turn(docx, w) {
				t.Errorf("%s as pdf: remark %+v on %q, want %+v on %q", c.name, r, turn(page, r), w, turn(docx, w))
			}
		}
	}
}
