package exchange

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// WriteCodebookXLSX writes the codebook as a workbook (Office Open XML): the columns and the order of WriteCodebookCSV. Cells are
// words or numbers, never formulas.
func WriteCodebookXLSX(w io.Writer, rows []CodebookRow) error {
	s := sheet{name: "codebook", head: CodebookColumns, numbers: []string{"id", "parent", "level", "colour", "codings", "documents", "informants", "ledger number"},
		widths: map[string]float64{"path": 40, "name": 28, "definition": 48, "when to use": 36, "when not to use": 36, "example": 48, "created by": 18, "created at": 22}}
	for _, r := range rows {
		s.newest(r.CreatedAt)
		s.rows = append(s.rows, r.cells())
	}
	return s.write(w)
}

// WriteSegmentsXLSX writes the coded segments as a workbook: the columns and the order of WriteSegmentsCSV. Cells are words or
// numbers, never formulas.
func WriteSegmentsXLSX(w io.Writer, attributeNames []string, rows []SegmentRow) error {
	s := sheet{name: "segments", head: segmentHead(attributeNames), numbers: []string{"coding id", "document id", "turn", "start", "stop", "code id"},
		widths: map[string]float64{"document": 24, "speaker": 18, "from time": 14, "to time": 14, "case": 16, "code path": 40, "words": 70, "memo": 40, "coder": 18, "at": 22}}
	for _, r := range rows {
		cells, err := r.cells(attributeNames)
		if err != nil {
			return err
		}
		s.newest(r.At)
		s.rows = append(s.rows, cells)
	}
	return s.write(w)
}

// mostInCell is how many UTF-16 units a cell can hold (Excel specifications and limits); the writer's library would cut the rest off.
const mostInCell = excelize.TotalCellChars

// A sheet is the one table of a workbook.
type sheet struct {
	name    string
	head    []string
	numbers []string           // headings of columns whose cells are whole numbers, or empty
	widths  map[string]float64 // in characters, by heading
	rows    [][]string
	made    time.Time // its newest row
}

func (s *sheet) newest(at time.Time) {
	if at.After(s.made) {
		s.made = at
	}
}

// write gives the same bytes for the same sheet. Words too long for a cell go on in columns after the last, so that none are lost.
func (s sheet) write(w io.Writer) error {
	s.unfold()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", s.name); err != nil {
		return err
	}
	// The library's own say that its author wrote the file in 2006.
	if err := errors.Join(f.SetDocProps(&excelize.DocProperties{Creator: "anyam", Title: s.name, Created: instant(s.made), Modified: instant(s.made)}), f.SetAppProps(&excelize.AppProperties{Application: "anyam"})); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	plain, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}, NumFmt: 0})
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	widths := make([]float64, len(s.head))
	for i, h := range slices.Backward(s.head) { // the library puts each column before those that it has, and Excel wants them in order
		widths[i] = max(s.widths[h], min(float64(utf8.RuneCountInString(h))+3, 30), 9)
		if err := out.SetColWidth(i+1, i+1, widths[i]); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	number := make([]bool, len(s.head))
	cells := make([]any, len(s.head))
	for i, h := range s.head {
		number[i], cells[i] = slices.Contains(s.numbers, h), excelize.Cell{StyleID: bold, Value: h}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	for i, r := range s.rows {
		cells = cells[:0]
		for c, words := range r {
			x := excelize.Cell{StyleID: plain}
			if words != "" {
				x.Value = words
				if n, err := strconv.ParseInt(words, 10, 64); err == nil && number[c] {
					x.Value = n
				}
			}
			cells = append(cells, x)
		}
		if err := out.SetRow(fmt.Sprintf("A%d", i+2), cells, excelize.RowOpts{Height: rowHeight(r, widths)}); err != nil {
			return fmt.Errorf("exchange: row %d of the table does not fit a workbook: %w", i+2, err)
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// rowHeight shows all words of a row, or as many as the highest row can: not every program finds it out by itself.
func rowHeight(cells []string, widths []float64) float64 {
	const line, highest = 15, 409
	most := 1.0
	for i, words := range cells {
		lines := 0.0
		for part := range strings.SplitSeq(words, "\n") {
			lines += max(1, math.Ceil(float64(utf8.RuneCountInString(part))*1.1/widths[i]))
		}
		most = max(most, lines)
	}
	return min(most*line, highest)
}

// unfold puts what does not fit a cell into further columns.
func (s *sheet) unfold() {
	columns := len(s.head)
	for c := range columns {
		first, most := len(s.head), 1
		for i := range s.rows {
			pieces := pieces(s.rows[i][c], mostInCell)
			if len(pieces) == 1 {
				continue
			}
			s.rows = slices.Clone(s.rows)
			row := slices.Clone(s.rows[i])
			row[c] = pieces[0]
			for len(row) < first {
				row = append(row, "")
			}
			s.rows[i] = append(row, pieces[1:]...)
			most = max(most, len(pieces))
		}
		for n := 2; n <= most; n++ {
			s.head = append(slices.Clip(s.head), fmt.Sprintf("%s (%d)", s.head[c], n))
		}
	}
}

// pieces cuts words after at most n UTF-16 units each.
func pieces(words string, n int) (r []string) {
	if len(words) <= n {
		return []string{words}
	}
	from, units := 0, 0
	for i, c := range words {
		size := 1
		if c > 0xffff {
			size = 2
		}
		if units += size; units > n {
			r, from, units = append(r, words[from:i]), i, size
		}
	}
	return append(r, words[from:])
}
