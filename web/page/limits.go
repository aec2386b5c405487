package page

// Limits is what the page /limits shows: the table of limits in parts.
type Limits struct{ Parts []LimitsPart }

// LimitsPart is a part of the table: files, attempts …
type LimitsPart struct {
	Name  string // for ids
	Title string
	Rows  []LimitRow
}

// LimitRow says what is limited, to how much, and what happens beyond.
type LimitRow struct{ What, Value, Beyond string }
