package exchange

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// CSVOptions choose between a table for programs, whose cells are exactly the data (RFC 4180: comma, CRLF, UTF-8), and
// one for spreadsheets.
type CSVOptions struct {
	// Spreadsheet adds a byte-order mark, quotes every cell and puts an apostrophe where a spreadsheet would take words
	// for a formula. That changes cells: programs should read the other kind.
	Spreadsheet bool
}

// CodebookRow is a node of the codebook.
type CodebookRow struct {
	ID           int64
	Path         string // names from the top, joined by " / "
	Parent       int64  // 0 at the top
	Level        int    // 1 at the top
	Kind         string // theme or code
	Name         string
	Definition   string
	Use, Avoid   string // when to use, when not to
	Example      string
	Colour       int // 1..12
	Codings      int
	Documents    int
	Informants   int
	CreatedBy    string
	CreatedAt    time.Time
	LedgerNumber int64 // seq of the entry that made it
}

// CodebookColumns are the column headings of WriteCodebookCSV. They are part of the format and stay as they are.
var CodebookColumns = []string{"id", "path", "parent", "level", "kind", "name", "definition", "when to use", "when not to use", "example",
	"colour", "codings", "documents", "informants", "created by", "created at", "ledger number"}

// WriteCodebookCSV writes one row for each node, in the order given.
func WriteCodebookCSV(w io.Writer, rows []CodebookRow, opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(CodebookColumns...)
	for _, r := range rows {
		t.row(r.cells()...)
	}
	return t.end()
}

func (r CodebookRow) cells() []string {
	return []string{whole(r.ID), r.Path, number(r.Parent), strconv.Itoa(r.Level), r.Kind, r.Name, r.Definition, r.Use, r.Avoid, r.Example,
		number(int64(r.Colour)), strconv.Itoa(r.Codings), strconv.Itoa(r.Documents), strconv.Itoa(r.Informants),
		r.CreatedBy, instant(r.CreatedAt), number(r.LedgerNumber)}
}

// SegmentRow is one coded segment.
type SegmentRow struct {
	Coding       int64 // 0 for words that are no coding of their own
	DocumentID   int64
	Document     string
	Kind         string // of the document
	Turn         int    // from 1
	Speaker      string
	FromMS, ToMS int64 // milliseconds, -1 when unknown
	Start, Stop  int   // code points in the document's text, half-open
	Case         string
	Attributes   []string // values in the order of the names given
	CodePath     string
	CodeID       int64
	Words        string // the segment
	Memo         string
	Coder        string
	At           time.Time
}

// SegmentColumns are the column headings of WriteSegmentsCSV without the attributes, which stand after "case".
var SegmentColumns = []string{"coding id", "document id", "document", "kind", "turn", "speaker", "from time", "to time", "start", "stop", "case",
	"code path", "code id", "words", "memo", "coder", "at"}

const attributesAfter = 11

// WriteSegmentsCSV writes one row for each coded segment. An attribute's column is called "attribute: NAME". A row with
// another number of attributes than names is an error.
func WriteSegmentsCSV(w io.Writer, attributeNames []string, rows []SegmentRow, opt CSVOptions) error {
	return WriteSegmentsCSVFrom(w, attributeNames, each(rows), opt)
}

// WriteSegmentsCSVFrom is WriteSegmentsCSV of rows that are made one at a time; it ends with the first error among them.
func WriteSegmentsCSVFrom(w io.Writer, attributeNames []string, rows iter.Seq2[SegmentRow, error], opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(segmentHead(attributeNames)...)
	for r, err := range rows {
		if err != nil {
			return err
		}
		cells, err := r.cells(attributeNames)
		if err != nil {
			return err
		}
		t.row(cells...)
	}
	return t.end()
}

// WriteTableCSV writes a table of any kind: its headings, then its rows. It ends with the first error among them.
func WriteTableCSV(w io.Writer, head []string, rows iter.Seq2[[]string, error], opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(head...)
	for r, err := range rows {
		if err != nil {
			return err
		}
		t.row(r...)
	}
	return t.end()
}

func each[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func segmentHead(attributeNames []string) []string {
	head := append([]string{}, SegmentColumns[:attributesAfter]...)
	for _, n := range attributeNames {
		head = append(head, "attribute: "+n)
	}
	return append(head, SegmentColumns[attributesAfter:]...)
}

func (r SegmentRow) cells(attributeNames []string) ([]string, error) {
	if len(r.Attributes) != len(attributeNames) {
		return nil, fmt.Errorf("exchange: coding %d has %d values for %d attributes", r.Coding, len(r.Attributes), len(attributeNames))
	}
	cells := []string{number(r.Coding), whole(r.DocumentID), r.Document, r.Kind, number(int64(r.Turn)), r.Speaker, clockOf(r.FromMS), clockOf(r.ToMS),
		strconv.Itoa(r.Start), strconv.Itoa(r.Stop), r.Case}
	cells = append(cells, r.Attributes...)
	return append(cells, r.CodePath, number(r.CodeID), r.Words, r.Memo, r.Coder, instant(r.At)), nil
}

// A table writes rows. (encoding/csv would turn line feeds inside cells into CRLF, which changes texts.)
type table struct {
	w   *bufio.Writer
	opt CSVOptions
}

func newTable(w io.Writer, opt CSVOptions) *table {
	t := &table{bufio.NewWriter(w), opt}
	if opt.Spreadsheet {
		t.w.WriteString("\uFEFF")
	}
	return t
}

func (t *table) row(cells ...string) {
	for i, c := range cells {
		if i > 0 {
			t.w.WriteByte(',')
		}
		if t.opt.Spreadsheet {
			c = guarded(c)
		}
		if t.opt.Spreadsheet || strings.ContainsAny(c, ",\"\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		t.w.WriteString(c)
	}
	t.w.WriteString("\r\n")
}

func (t *table) end() error { return t.w.Flush() }

// guarded puts an apostrophe before what a spreadsheet takes for a formula: at the start of a cell, and after anything
// inside it that a program with another separator takes for the end of a cell (OWASP, CSV Injection).
func guarded(s string) string {
	if !strings.ContainsAny(s, "=+-@\t\r\n＝＋－＠") {
		return s
	}
	var b strings.Builder
	start := true
	for i, c := range s {
		switch c {
		case '=', '+', '-', '@', '＝', '＋', '－', '＠':
			if start {
				b.WriteByte('\'')
			}
		case '\t', '\r', '\n':
			if i == 0 {
				b.WriteByte('\'')
			}
		}
		start = strings.ContainsRune(",;|\"\t\r\n", c)
		b.WriteRune(c)
	}
	return b.String()
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// number leaves the cell empty where 0 means none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return whole(n)
}

// instant is RFC 3339 in UTC.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// clockOf is HH:MM:SS.mmm from the start of the recording.
func clockOf(ms int64) string {
	if ms < 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}
