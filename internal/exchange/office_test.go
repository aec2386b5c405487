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
