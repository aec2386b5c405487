package page

// Tables is the page /projects/{p}/tables, which asks for a table of informants or of answers.
//
// Form: POST tables (multipart: file).
type Tables struct {
	Project   int
	LargestMB int
	Problem   string // why the file that was sent can't be used
}

// Table is the page /projects/{p}/tables/{sum}: what a table would do to the project, before it does.
//
// Options come back in the query, numbers of columns and rows only, never what stands in them: as (informants, answers or documents),
// sheet, charset, head (on, or off where the first row has no names of columns), guessed (for which as and sheet the columns were chosen), col-N (N the column's place from 0: skip, name, document,
// held, answer, text, number, date, or "a" and the number of an attribute), link (on), near-N (N the row's number; the case it means
// or 0).
//
// POST to the same address takes the same fields, change, rev (the entry the page was drawn at) and pseudonym-K (K is FoundName.Key).
type Table struct {
	Project int
	Sum     string
	File    string
	Reread
	Summary string // "CSV, UTF-8 · 24 rows · 6 columns"
	As      []Choice
	Guessed string
	Columns []TableColumn
	Link    bool
	MayLink bool
	Sums    []PreviewNote // what would be done, as sentences
	Rows    []TableRow
	Hidden  int // rows that are not shown
	Texts   []TableText
	Names   []FoundName
	Steps   int    // changes it would make
	Do      string // what the button says, "" where there is nothing to do
	Seq     int
}

// Reread is how a table is read, and what else may be chosen.
type Reread struct {
	Error     string   // set when the file can't be read this way: what would become of it is then empty
	Again     bool     // beside Error: another choice may make it readable
	Sheets    []Choice // empty where there is one
	Charsets  []Choice // guesses of the character set, empty where the format says it
	OtherSets []Choice // all other character sets
	Head      bool     // the first row has the names of the columns
}

// TableColumn is one column with what it is used for.
type TableColumn struct {
	N       int
	Name    string
	Kind    string // what stands in it: "answers in own words"
	Filled  string // "22 of 24"
	Samples []string
	Uses    []Choice
	Quiet   bool // it is not used
}

// TableRow is what becomes of one row.
type TableRow struct {
	Row       int
	Name      string
	State     string // new, changed, same or bad
	StateText string
	Values    []TableValue
	Documents []string
	Notes     []string
	Near      []Choice // somebody new, or the one there is who is called nearly so
}

// TableValue is a value that is new (Was is empty) or changes.
type TableValue struct{ Attribute, Was, Is string }

// TableText is the beginning of a document made of a row.
type TableText struct {
	Name  string
	Turns []TableTurn
}

// TableTurn is one turn of it.
type TableTurn struct{ Speaker, Role, Text, Lang string }
