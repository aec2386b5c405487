package exchange

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// DifferenceRow is what became of one node between two codebooks.
type DifferenceRow struct {
	Change   string // added, merged, renamed …
	Kind     string // theme or code
	ID       int64
	Name     string
	Codings  int // codings it touched
	From, To string
	Was, Is  string
	By       string
	At       time.Time // of the last entry that had a part in it
	Reason   string
	Ledger   []string // numbers of those entries
}

// DifferenceColumns are the column headings of WriteDifferencesCSV.
var DifferenceColumns = []string{"change", "kind", "id", "name", "codings", "from", "to", "was", "is", "by", "at", "reason", "ledger numbers"}

// WriteDifferencesCSV writes one row for each difference, in the order given.
func WriteDifferencesCSV(w io.Writer, rows []DifferenceRow, opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(DifferenceColumns...)
	for _, r := range rows {
		t.row(r.Change, r.Kind, whole(r.ID), r.Name, strconv.Itoa(r.Codings), r.From, r.To, r.Was, r.Is, r.By, instant(r.At), r.Reason, strings.Join(r.Ledger, " "))
	}
	return t.end()
}
