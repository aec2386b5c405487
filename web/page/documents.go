package page

import (
	"fmt"
	"strconv"
	"strings"
)

// Choice is one line of a select: what is sent and what is read.
type Choice struct {
	Value  string
	Label  string
	Depth  int // indentation in a tree of choices, 0 at the top
	Chosen bool
}

// Documents is what the page /projects/{p}/documents shows. Every text is in
// the reader's language; numbers that are sorted by come twice, as printed
// and as a number.
//
// Forms on it: add by /files (multipart, field file), state
// (change, documents, state), and the forms of DocumentEdit.
type Documents struct {
	Project    int
	MayAdd     bool   // owners and researchers; a supervisor reads only
	MayImport  bool   // a project of another program
	Summary    string // "14 documents · 96,210 words · 4 informant groups"
	GroupName  string // name of the first attribute of cases; empty where there is none
	Rows       []DocumentRow
	Removed    []RemovedDocument
	Waiting    []WaitingFile // uploaded and not added yet
	Formats    string        // "docx, odt, rtf, …" as the readers announce them
	LargestMB  int           // size limit of one file
	Edit       *DocumentEdit // set when the address says ?edit={d}
	NoneOfMine bool          // blind or new coder: the column says "my codings"
	MayFinish  bool          // may say of a document that they have finished coding it
	Seq        int           // entry the page was drawn at; later ones draw it again
	Batch      *BatchRow     // many files that come in, or have just come
}

// DocumentRow is one document of the list.
type DocumentRow struct {
	ID        int
	Name      string
	Held      string // "12 March 2026", empty when not known
	HeldISO   string // "2026-03-12", for sorting
	Language  string // "Indonesian, English"
	Lang      string // BCP 47 tag of the name's language, may be empty
	Kind      string // "Interview"
	Informant string
	Group     string
	Words     string // "8,114"
	WordCount int
	Codings   string
	CodingNum int
	Read      int    // how far the reader has come, 0 to 100
	ReadText  string // "62%, as far as turn 42"
	Finished  bool   // the reader marked it as finished
	Uncoded   bool   // nothing is coded in it: its file can be replaced
}

// RemovedDocument is a document that can be brought back.
type RemovedDocument struct {
	ID   int
	Name string
	When string // "yesterday, 10:02"
	By   string
	Note string // "48 codings sleep until it is restored"
}

// WaitingFile is a file that was uploaded but is no document yet.
type WaitingFile struct {
	Sum   string // SHA-256 in hex
	Name  string // the file's own name
	Found string // "212 turns, 2 speakers"; empty where that is not known
	Table bool   // a table, which has a page of its own
}

// DocumentEdit is the dialog that changes what is known about a document.
//
// POST /projects/{p}/documents/{d} with change, name, kind
// (interview|observation|document), language, held (YYYY-MM-DD or empty),
// case (number, empty for none, or "new"), new_case (its name when case is
// "new"), and value-N for each attribute N.
type DocumentEdit struct {
	ID         int
	Name       string
	Kinds      []Choice
	Languages  []Choice
	HeldISO    string
	Cases      []Choice
	Attributes []AttributeField // of documents
	File       string           // "P04_seafood.docx, 182 kB"
	ReadAs     string           // how the file was read: "UTF-8, 2 speakers, no time stamps"
	Added      string           // "RY, 14 March 2026"
}

// AttributeField is one attribute with what one case or document has for it.
type AttributeField struct {
	ID    int
	Name  string
	Type  string   // text, number or date
	Value string   // dates as YYYY-MM-DD
	Known []string // values others have, offered while typing
}

// inProject is an address under a project: inProject(7, "nodes", 12) is
// /projects/7/nodes/12.
func inProject(project int, rest ...any) string {
	var b strings.Builder
	b.WriteString("/projects/" + strconv.Itoa(project))
	for _, r := range rest {
		fmt.Fprintf(&b, "/%v", r)
	}
	return b.String()
}

// turnAddress is the place of a turn in its document.
func turnAddress(project, document, turn int) string {
	return inProject(project, "documents", document) + "#t" + strconv.Itoa(turn)
}

// indented shows a choice's depth in a select, which knows no other way.
func indented(c Choice) string {
	return strings.Repeat("\u2003", c.Depth) + c.Label
}

// fieldType is the type of the input that takes an attribute's value.
func fieldType(attribute string) string {
	switch attribute {
	case "number", "date":
		return attribute
	}
	return "text"
}

func editAddress(project, document int) string {
	return inProject(project, "documents") + "?edit=" + strconv.Itoa(document)
}

// readSort orders the reading column: finished ones after those read through.
func readSort(d DocumentRow) string {
	if d.Finished {
		return "101"
	}
	return strconv.Itoa(d.Read)
}
