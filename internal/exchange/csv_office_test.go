//go:build office

package exchange

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSpreadsheetSeesNoFormula lets LibreOffice, which nobody here wrote, open both kinds with three separators and count
// formula cells: none in the guarded one, some in the raw one (or the test would prove nothing).
func TestSpreadsheetSeesNoFormula(t *testing.T) {
	evil := []string{"=1+1", "+1+1", "-1+1", "@SUM(1;1)", "a\",=1+1", "a;=1+1", "a\t=1+1", "a\n=1+1", "\t=1+1", "\r=1+1", "x,=1+1,\"=2+2", "＝1+1"}
	var rows []CodebookRow
	for i, e := range evil {
		rows = append(rows, CodebookRow{ID: int64(i + 1), Path: e, Level: 1, Kind: "code", Name: e, Definition: e, CreatedBy: e})
	}
	for _, c := range []struct {
		spreadsheet bool
		sep         string
	}{{true, "44"}, {true, "59"}, {true, "9"}, {false, "44"}} {
		n := formulas(t, rows, c.spreadsheet, c.sep)
		if c.spreadsheet != (n == 0) {
			t.Errorf("spreadsheet %v, separator %s: %d formula cells", c.spreadsheet, c.sep, n)
		}
	}
}

func formulas(t *testing.T, rows []CodebookRow, spreadsheet bool, sep string) int {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := WriteCodebookCSV(&b, rows, CSVOptions{Spreadsheet: spreadsheet}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// Filter options: separator, quote, UTF-8, first row, column formats, language, quoted as text, detect numbers, …, evaluate formulas.
	cmd := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--infilter=Text - txt - csv (StarCalc):"+sep+",34,76,1,,0,false,true,false,false,false,0,true", "--convert-to", "fods", "--outdir", dir, filepath.Join(dir, "a.csv"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice (Debian package libreoffice-calc-nogui) could not open the table: %v\n%s", err, out)
	}
	made, err := os.ReadFile(filepath.Join(dir, "a.fods"))
	if err != nil {
		t.Fatalf("soffice made no table; is libreoffice-calc-nogui installed? %v", err)
	}
	return bytes.Count(made, []byte("table:formula="))
}
