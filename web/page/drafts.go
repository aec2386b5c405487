package page

import "strconv"

// Drafts is the page /projects/{p}/drafts: named versions of the codebook. A draft is named by POST drafts (change, name, text).
type Drafts struct {
	Project int
	Seq     int  // entry the page was drawn at
	May     bool // name one
	Now     DraftRow
	Rows    []DraftRow // newest first
}

// DraftRow is one draft.
type DraftRow struct {
	ID      int
	Name    string
	Text    string // what it is for; may be empty
	Who     string // the coder's name
	When    string
	ISO     string
	Size    Size
	Seal    string // "entry 812 · 3fa9c1…": what an auditor compares
	Asked   string // who was asked for a review of it; may be empty
	Compare string // address of the comparison with the one before it
	Open    string // address of the codebook as it was then
}

// asked is what an address says of the draft; nothing for the codebook as it is now.
func (r DraftRow) asked() []string {
	if r.ID == 0 {
		return nil
	}
	return []string{"draft", strconv.Itoa(r.ID)}
}

// DraftComparison is the page drafts/compare?from=&to=: how one codebook became another.
type DraftComparison struct {
	Project  int
	Froms    []Choice
	Tos      []Choice
	Story    string // "58 codes became 31"
	Codings  Sentence
	Ledgers  []DraftLedger
	Sections []DraftSection
	Table    string // address of the same as CSV
}

// DraftLedger is the sum by which one number of nodes became another.
type DraftLedger struct {
	Heading string // "Codes"
	Rows    []DraftSum
}

// DraftSum is one line of a sum: "+ 12 added".
type DraftSum struct {
	Number string // with its sign: "58", "+12", "−20"
	What   string
	Total  bool
}

// DraftSection is what happened in one way to nodes.
type DraftSection struct {
	What    string // added, merged, …: for the address of the section
	Heading string
	Say     string // what the word means here
	Rows    []DraftDifference
}

// DraftDifference is what became of one node.
type DraftDifference struct {
	Name    string
	Kind    string   // theme or code
	Link    string   // the node's page
	Touched Sentence // "12 codings"
	Lines   []Sentence
	Fields  []DraftWording
	Acts    []DraftAct
}

// DraftWording is a text as it was and as it is; either may be empty.
type DraftWording struct{ Field, Was, Is string }

// DraftAct is who did it, and when.
type DraftAct struct {
	Initials, Name, When, ISO, Link, Reason string
}

// draftPlace is where a draft stands on its page.
func draftPlace(r DraftRow) string {
	if r.ID == 0 {
		return "now"
	}
	return "draft-" + number(r.ID)
}
