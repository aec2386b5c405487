package refi

import (
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// A Project is everything that one file holds. Things refer to each other by GUID; the zero GUID is "none".
type Project struct {
	Name        string
	Description string
	Origin      string // the program that wrote the file, in its own words
	BasePath    string // where relative paths began on the machine that wrote it
	Stamp

	Coders     []Coder
	Codes      []Code // the roots of the codebook's tree
	Attributes []Attribute
	Cases      []Case
	Documents  []Document
	Memos      []Memo
	Links      []Link
	Sets       []Set
	Graphs     []Graph

	// Extras are files at the root of the zip whose name begins with "anyam": what the standard has no place for.
	Extras []Extra
}

// A Stamp says who made a thing and when, and who changed it last. Times are UTC; the zero time is "unknown".
type Stamp struct {
	Coder    GUID // who made it
	Created  time.Time
	Editor   GUID // who changed it last
	Modified time.Time
}

// A Coder is a person of the project: a User.
type Coder struct {
	GUID   GUID
	Name   string
	ID     string // free text; initials in NVivo
	Minted bool   // the GUID is not the file's: it says nothing about who is who in another file
}

// A Code is a node of the codebook. One that is not codable gathers others: a theme.
type Code struct {
	GUID        GUID
	Name        string
	Description string
	Colour      string // "#RRGGBB" in upper case, or ""
	Codable     bool
	Children    []Code
}

// A Kind says what a document was in the file.
type Kind int

// The kinds of documents.
const (
	Text       Kind = iota // TextSource
	PDF                    // PDFSource, through its Representation or the plain text beside it
	Transcript             // Transcript of a recording that stays behind
)

// A Document is a text with its selections. The text is code points without byte-order mark, with LF alone.
type Document struct {
	GUID        GUID
	Name        string
	Description string
	Kind        Kind
	Text        string
	Missing     bool // the text was not in the file, so selections could not be placed
	Stamp

	Selections []Selection // by start, then end; one for each span
	Codings    []Coding    // of the document as a whole
	Values     []Value
	Times      []Time // of a Transcript

	Original []byte // the file the text was in, where its bytes are not those of Text; see Options.Originals

	Path string // of the plain text, as the file had it; Write makes its own
	Rich string // of the styled text, PDF or recording, as the file had it
}

// Title is the name of a document, or that of its file where it has none.
func (d *Document) Title() string {
	if d.Name != "" {
		return d.Name
	}
	if d.Path == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(d.Path, `\`, "/"))
}

// Words gives what stands at a span of the document, and whether the span is inside the text. It takes time with the
// length of the text before the end.
func (d *Document) Words(start, stop int) (string, bool) {
	if start < 0 || stop < start {
		return "", false
	}
	from, n := -1, 0
	for at := range d.Text {
		if n == start {
			from = at
		}
		if n == stop {
			return d.Text[from:at], true
		}
		n++
	}
	if n == start {
		from = len(d.Text)
	}
	if n != stop || from < 0 {
		return "", false
	}
	return d.Text[from:], true
}

// Chars is the length of the text in code points.
func (d *Document) Chars() int { return utf8.RuneCountInString(d.Text) }

// A Selection is a span of a document's text, in code points, half-open: [Start, Stop).
type Selection struct {
	GUID        GUID
	Start, Stop int
	Name        string // "" where it was the words themselves
	Description string // what somebody remarked on these words
	Stamp
	Codings []Coding
}

// A Coding is one code applied by one coder to a selection or to a whole document. One that does not say whose it is and of when, is of
// the coder of its selection, and of then.
type Coding struct {
	GUID    GUID
	Code    GUID
	Coder   GUID
	Created time.Time
}

// A Time ties a place in a transcript to one in the recording.
type Time struct {
	GUID     GUID
	Position int // code points
	MS       int // milliseconds
}

// A Memo is writing about something: a Note. It is itself a document in the schema, so it may have selections of its own words.
type Memo struct {
	Document
	On []Target // what it is about, sorted by kind and GUID; empty for a free memo of the project
}

// A TargetKind says what a memo is about.
type TargetKind int

// What a memo can be about.
const (
	OnProject TargetKind = iota
	OnDocument
	OnCode
	OnSelection
	OnCoding
	OnLink
	OnMemo
	OnCase
)

// A Target is what a memo is about; the GUID is zero for the project.
type Target struct {
	Kind TargetKind
	GUID GUID
}

// A ValueType is the type of an attribute or of one value, by the schema's names.
type ValueType string

// The types of values.
const (
	TextValue     ValueType = "Text"
	BooleanValue  ValueType = "Boolean"
	IntegerValue  ValueType = "Integer"
	FloatValue    ValueType = "Float"
	DateValue     ValueType = "Date"
	DateTimeValue ValueType = "DateTime"
)

// An Attribute is a property of documents or cases: a Variable.
type Attribute struct {
	GUID        GUID
	Name        string
	Description string
	Type        ValueType
}

// A Value is what a document or case has for an attribute, in the letters of the file. An empty Type is a value left out.
type Value struct {
	Attribute GUID
	Type      ValueType
	Text      string
}

// A Case is a unit compared, a person for instance, with what belongs to it.
type Case struct {
	GUID        GUID
	Name        string
	Description string
	Codes       []GUID
	Values      []Value
	Documents   []GUID
	Selections  []GUID
}

// A Set is a group of codes, documents or memos.
type Set struct {
	GUID        GUID
	Name        string
	Description string
	Codes       []GUID
	Documents   []GUID
	Memos       []GUID
}

// A Link joins two things of the project. One between a memo and something is not here but in Memo.On.
type Link struct {
	GUID      GUID
	Name      string
	Direction string // "Associative", "OneWay", "Bidirectional" or ""
	Colour    string
	From, To  GUID
}

// A Graph is a drawing of things and their links.
type Graph struct {
	GUID     GUID
	Name     string
	Vertices []Vertex
	Edges    []Edge
}

// A Vertex of a graph. Second is the corner opposite of First, where the file has one.
type Vertex struct {
	GUID, Of GUID // Of is what the vertex stands for
	Name     string
	First    [2]int
	Second   *[2]int
	Shape    string
	Colour   string
}

// An Edge of a graph.
type Edge struct {
	GUID, Of  GUID // Of is what the edge stands for
	Name      string
	From, To  GUID // vertices
	Colour    string
	Direction string
	Style     string // "dotted", "dashed", "solid" or ""
}

// An Extra is a file at the root of the zip beside the project.
type Extra struct {
	Name string
	Data []byte
}

// EachCode walks the codebook's tree, parents first.
func (p *Project) EachCode(do func(c *Code, parent *Code)) {
	var walk func(list []Code, parent *Code)
	walk = func(list []Code, parent *Code) {
		for i := range list {
			do(&list[i], parent)
			walk(list[i].Children, &list[i])
		}
	}
	walk(p.Codes, nil)
}

// CodingCount is the number of codings in documents, on words and on the whole.
func (p *Project) CodingCount() int {
	n := 0
	for i := range p.Documents {
		d := &p.Documents[i]
		n += len(d.Codings)
		for j := range d.Selections {
			n += len(d.Selections[j].Codings)
		}
	}
	return n
}
