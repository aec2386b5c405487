package exchange

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 3, 12, 9, 30, 0, 0, time.FixedZone("WITA", 8*3600))

func codebook() []CodebookRow {
	return []CodebookRow{
		{ID: 1, Path: "Barriers", Level: 1, Kind: "theme", Name: "Barriers", Colour: 3, CreatedBy: "R. Y.", CreatedAt: at, LedgerNumber: 4},
		{ID: 2, Path: "Barriers / Papers, forms", Parent: 1, Level: 2, Kind: "code", Name: "Papers, forms", Definition: "He said \"no\"\nand left", Use: "=1+1", Avoid: "-nya", Example: "a;=cmd()", Codings: 12, Documents: 3, Informants: 2},
	}
}

func TestCodebookCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCodebookCSV(&b, codebook(), CSVOptions{}); err != nil {
		t.Fatal(err)
	}
	const want = "id,path,parent,level,kind,name,definition,when to use,when not to use,example,colour,codings,documents,informants,created by,created at,ledger number\r\n" +
		"1,Barriers,,1,theme,Barriers,,,,,3,0,0,0,R. Y.,2026-03-12T01:30:00Z,4\r\n" +
		"2,\"Barriers / Papers, forms\",1,2,code,\"Papers, forms\",\"He said \"\"no\"\"\nand left\",=1+1,-nya,a;=cmd(),,12,3,2,,,\r\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
	b.Reset()
	if err := WriteCodebookCSV(&b, codebook(), CSVOptions{Spreadsheet: true}); err != nil {
		t.Fatal(err)
	}
	const row = `"2","Barriers / Papers, forms","1","2","code","Papers, forms","He said ""no""` + "\n" + `and left","'=1+1","'-nya","a;'=cmd()","","12","3","2","","",""` + "\r\n"
	if !strings.HasPrefix(b.String(), "\uFEFF\"id\",") || !strings.HasSuffix(b.String(), row) {
		t.Errorf("for spreadsheets: %q", b.String())
	}
}

func TestSegmentsCSV(t *testing.T) {
	rows := []SegmentRow{{Coding: 8801, DocumentID: 4, Document: "P04", Kind: "interview", Turn: 7, Speaker: "P04", FromMS: 751_500, ToMS: -1, Start: 10, Stop: 22, Case: "P04",
		Attributes: []string{"Preparing, soon", ""}, CodePath: "A / B", CodeID: 2, Words: "baris satu\nbaris \"dua\"", Memo: "", Coder: "RY", At: at}}
	var b bytes.Buffer
	if err := WriteSegmentsCSV(&b, []string{"Group", "start"}, rows, CSVOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		strings.Split("coding id|document id|document|kind|turn|speaker|from time|to time|start|stop|case|attribute: Group|attribute: start|code path|code id|words|memo|coder|at", "|"),
		{"8801", "4", "P04", "interview", "7", "P04", "00:12:31.500", "", "10", "22", "P04", "Preparing, soon", "", "A / B", "2", "baris satu\nbaris \"dua\"", "", "RY", "2026-03-12T01:30:00Z"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	rows[0].Attributes = nil
	if err := WriteSegmentsCSV(&b, []string{"Group"}, rows, CSVOptions{}); err == nil {
		t.Error("a row with too few values was written")
	}
}
