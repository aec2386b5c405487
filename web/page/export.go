package page

import "strings"

// Export is the page /projects/{p}/export: plain downloads, no forms.
type Export struct {
	Project   int
	Nodes     string // "5 themes and 18 codes"
	Codings   string // "260 codings"
	Themes    string // "5 themes"
	Documents string // "14 documents"
	OwnOnly   bool   // a blind coder gets own codings only
	Seq       string // entry the files would show, "1,204"
	Originals []OriginalFile
	Lacks     string          // a sentence where PDF can't show some letters
	Profiles  []ExportProfile // of a file for other programs, the first to be offered first
	Astral    bool            // documents have letters that programs count differently
	Figures   []string        // names of pictures
}

// ExportProfile is how a file for other programs is written, by the one that will read it.
type ExportProfile struct {
	Name string // standard, nvivo, atlasti
}

// OriginalFile is the file a document was made of, as it came.
type OriginalFile struct {
	Document int
	Name     string
	File     string
}

// forPerson is the address of a file that a person presses for: tables come so that a spreadsheet takes no cell for a formula.
func forPerson(address string) string {
	if strings.HasSuffix(address, ".csv") {
		address += "?for=spreadsheets"
	}
	return address
}
