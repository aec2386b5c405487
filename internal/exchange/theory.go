package exchange

import "io"

// TheoryRow is a theme with what ties it to each concept, in the order of the columns; an empty cell is no tie.
type TheoryRow struct {
	Theme string // names from the top, joined by " / "
	Claim string
	Cells []string
}

// WriteTheoryCSV writes the matrix of themes and concepts: one row for each theme, after "theme" and "claim" one column for each
// concept, headed by its path.
func WriteTheoryCSV(w io.Writer, concepts []string, rows []TheoryRow, opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(append([]string{"theme", "claim"}, concepts...)...)
	for _, r := range rows {
		t.row(append([]string{r.Theme, r.Claim}, r.Cells...)...)
	}
	return t.end()
}
