package exchange

import (
	"bytes"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestSheets reads the sheet that is asked for and names them all.
func TestSheets(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "informan"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet("kode"); err != nil {
		t.Fatal(err)
	}
	for cell, words := range map[string]string{"A1": "nama", "A2": "P01"} {
		if err := f.SetCellStr("informan", cell, words); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStr("kode", cell, "lain "+words); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for sheet, want := range map[int]string{0: "P01", 1: "P01", 2: "lain P01", 3: "P01"} {
		r, err := Read("tabel.xlsx", b.Bytes(), Options{Table: true, Sheet: sheet})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Table.Rows[0][0]; got != want || !slices.Equal(r.Table.Sheets, []string{"informan", "kode"}) {
			t.Errorf("sheet %d: %q of %v", sheet, got, r.Table.Sheets)
		}
		if err := r.check(); err != nil {
			t.Error(err)
		}
	}
}
