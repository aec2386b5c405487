package page

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
}

// OriginalFile is the file a document was made of, as it came.
type OriginalFile struct {
	Document int
	Name     string
	File     string
}
