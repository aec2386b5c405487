package page

// History is the page /projects/{p}/history, newest first. Its filter is a
// GET form with coder and kind; undo is POST undo (change, seq).
type History struct {
	Project int
	Coders  []Choice
	Kinds   []Choice
	Days    []HistoryDay
	Older   string // address of the entries before, empty at the beginning
	Newest  string // address without a place, empty when the newest are shown
	Blind   bool   // only the reader's own entries and the codebook's are shown
	Total   string // "1,204 entries"
	Chain   string // hash of the newest entry, shortened
	Seq     int    // entry the page was drawn at
}

// HistoryDay is the entries of one day.
type HistoryDay struct {
	Heading string // "Today", "Monday, 9 March 2026"
	Entries []HistoryEntry
}

// HistoryEntry is one entry as a sentence.
type HistoryEntry struct {
	Seq      int
	Kind     string // documents, codebook, coding, writing, project: chooses the mark before it
	Coder    string // initials
	Name     string // the coder's name
	Sentence string // without the coder's name: "merged “Forms again” into “Paper burden”, 9 codings"
	Detail   string // second line, may be empty
	Link     string // where the thing is, may be empty
	Time     string // "10:02"
	ISO      string // for the time element
	Segments string // "3 segments" that it touched and that are still there, may be empty
	Undone   string // "taken back by RY, 10:05", empty when in force
	MayUndo  bool
	WhyNot   string // why it can't be undone by this reader, may be empty
}
