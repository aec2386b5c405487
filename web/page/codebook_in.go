package page

// CodebookIn is the page /projects/{p}/codebook/import, which asks for a file with a codebook.
//
// Form: POST codebook/import (multipart: file).
type CodebookIn struct {
	Project   int
	LargestMB int
	Problem   string // why the file that was sent can't be used
}

// CodebookMerge is the page /projects/{p}/codebook/import/{sum}: what a codebook would do to the project's, before it does.
//
// Options come back in the query: sheet, charset, guessed, col-N (N the column's place from 0), fill (on), colours (on), choice-N (N the code's place
// in the file: mine, theirs or both). POST to the same address takes the same fields, change and rev (the entry the page was drawn at).
type CodebookMerge struct {
	Project int
	Sum     string
	File    string
	Reread
	Summary   string // "CSV, UTF-8 · 24 codes and themes"
	Guessed   string
	Columns   []TableColumn // of a table
	Sums      []PreviewNote
	Conflicts []CodePair
	Filled    []CodePair
	Fill      bool
	Coloured  []CodePair // of another colour in the file
	New       []NewCode
	Hidden    int // new ones that are not listed
	Steps     int
	Do        string
	Seq       int

	TakeColours bool
}

// CodePair is a code that is here and in the file.
type CodePair struct {
	At      int // place in the file
	ID      int
	Name    string
	Where   string // "Theme › code"
	Colour  int
	Pattern int
	Choice  string // mine, theirs or both
	Fields  []CodeField
}

// CodeField is something about it, here and in the file.
type CodeField struct {
	Name        string
	Here        string
	There       string
	HereColour  int // of a colour: its swatch
	ThereColour int
	Stays       string // why it stays as it is here, whatever is chosen but both; "" where it can be taken
}

// NewCode is a code or theme that is not here yet.
type NewCode struct {
	Name       string
	Kind       string // theme or code
	KindText   string
	Path       string // what it stands under, "" at the top
	Definition string
	Colour     int // 0: as what is above it
}
