package exchange

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a table.
const (
	maxTableRows    = 50_000
	maxTableColumns = 2_000
	maxTableCells   = 2_000_000
	maxColumnName   = 1_000 // code points
	maxColumnValues = 30    // different values of a closed question
	maxSheets       = 200
)

// Kinds of columns, as guessed from what stands in them.
const (
	OpenColumn   = "open"   // answers in a person's own words
	ClosedColumn = "closed" // few different short values
	NumberColumn = "number"
	TimeColumn   = "time"  // days or times
	KeyColumn    = "key"   // short and different in every row: names, numbers of informants
	ShortColumn  = "short" // short words of many kinds
	EmptyColumn  = "empty"
)

// Table is what a table of answers or of informants has: a row of names, and a row for each person.
type Table struct {
	Sheet   string     // the sheet it stands on, "" where the file has none
	Sheets  []string   `json:",omitempty"` // the names of all sheets, those that are hidden last; none where the file has none
	Columns []Column   // at least one
	Rows    [][]string // cells as text, each row as long as Columns; days are ISO 8601
}

// Column is one question or attribute.
type Column struct {
	Name   string   // never empty, different from the others'
	Kind   string   // one of the Column constants: a guess
	Filled int      // rows that have something
	Values []string // of a closed one, the different values, most frequent first
}

// Answers gives the open answers of one row as turns, "question: answer", in the order of the columns.
func (t *Table) Answers(row int) []Turn {
	var out []Turn
	for i, c := range t.Columns {
		if cell := strings.TrimSpace(t.Rows[row][i]); c.Kind == OpenColumn && cell != "" {
			out = append(out, Turn{Text: c.Name + ": " + cell, FromMS: -1, ToMS: -1})
		}
	}
	return out
}

// delimiters are what parts cells in files called csv.
const delimiters = ",;\t|"

// readCsv reads a table of text.
func (r *Reading) readCsv(text string, bare bool) *BadFile {
	comma, above := rune(0), 0
	if first, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(strings.ToLower(first), "sep=") && len(first) == 5 {
		comma, text, above = rune(first[4]), rest, 1 // Excel's way to say it
	}
	if comma == 0 {
		comma = guessDelimiter(text)
	}
	records, lines, err := csvRecords(text, comma, false)
	if errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote) {
		records, err = r.looseCsv(text, string(comma), above)
	} else if err == nil && strings.Contains(text, `"`) {
		r.noteWide(records, lines, strings.Split(text, "\n"), usualWidth(records), string(comma), above)
	}
	if errors.Is(err, errBomb) {
		return tooLong()
	}
	if err != nil {
		return broken(err)
	}
	return r.tabulate("", nil, records, bare)
}

// csvRecords gives the rows, and the line at which each begins, from 1.
func csvRecords(text string, comma rune, lazy bool) (records [][]string, lines []int, err error) {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = comma, -1, lazy
	cells := 0
	for {
		rec, err := c.Read()
		if err == io.EOF {
			return records, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if cells += len(rec); cells > maxTableCells || len(records) > maxTableRows+10 || len(rec) > maxTableColumns {
			return nil, nil, errBomb
		}
		line, _ := c.FieldPos(0)
		records, lines = append(records, rec), append(lines, line)
	}
}

// How many quotation marks without an end are looked for, and how many bytes are read for that again and again; in a file with more, no
// cell has several lines.
const (
	mostStrays = 50
	mostReread = 100 << 20
)

// looseCsv reads rows whose quotation marks are not as the format asks. One that never ends, or ends some rows below, is a
// sign like others.
func (r *Reading) looseCsv(text, comma string, above int) ([][]string, error) {
	rows := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var out [][]string
	width, cells, strays, read := 0, 0, 0, 0
	for from := 0; from < len(rows); {
		rest := strings.Join(rows[from:], "\n")
		if read += len(rest); strays == mostStrays || strays > 0 && read > mostReread {
			for _, row := range rows[from:] {
				cells += strings.Count(row, comma) + 1
				if cells > maxTableCells || len(out) > maxTableRows+10 {
					return nil, errBomb
				}
				rec, stray := lineCells(row, comma, width)
				r.note("strayquotes", boolInt(stray))
				out = append(out, rec)
			}
			return out, nil
		}
		records, lines, err := csvRecords(rest, rune(comma[0]), true)
		if err != nil {
			return nil, err
		}
		if width == 0 {
			width = usualWidth(records)
		}
		kept, next := len(records), len(rows)
		for i, at := range lines {
			stop := len(rows)
			if i+1 < len(lines) {
				stop = from + lines[i+1] - 1
			}
			if isStray(rows[from+at-1:stop], comma, width, stop == len(rows)) {
				kept, next = i, from+at
				break
			}
		}
		r.noteWide(records[:kept], lines, rows[from:next], width, comma, above+from)
		out = append(out, records[:kept]...)
		if kept < len(records) {
			strays++
			r.note("strayquotes", 1, "line", strconv.Itoa(above+next))
			if strings.Count(rows[next-1], comma) >= maxTableColumns {
				return nil, errBomb
			}
			rec, _ := lineCells(rows[next-1], comma, width)
			out = append(out, rec)
		}
		from = next
	}
	return out, nil
}

// isStray tells whether a quotation mark in the first of some lines, which are read as one row, has no end of its own.
func isStray(lines []string, comma string, width int, last bool) bool {
	text := strings.Join(lines, "\n")
	if last {
		if records, _, err := csvRecords(text+"\nx", rune(comma[0]), true); err == nil && len(records) == 1 {
			return true // it goes on
		}
	}
	if len(lines) < 2 || !likeRows(lines, comma, width) {
		return false
	}
	_, _, err := csvRecords(text, rune(comma[0]), false)
	return err != nil
}

// noteWide tells of cells that take in what looks like other rows, as one does whose quotation mark ends where another begins.
func (r *Reading) noteWide(records [][]string, at []int, lines []string, width int, comma string, above int) {
	for i, rec := range records {
		if !slices.ContainsFunc(rec, func(cell string) bool { return strings.Contains(cell, "\n") }) {
			continue
		}
		stop := len(lines)
		if i+1 < len(at) {
			stop = min(stop, at[i+1]-1)
		}
		if likeRows(lines[at[i]-1:stop], comma, width) {
			r.note("widequotes", 1, "line", strconv.Itoa(above+at[i]))
		}
	}
}

// likeRows tells that most of some lines have as many cells as rows have: a mark without an end may take in the lines of a cell as well.
// Prose has a space after its commas.
func likeRows(lines []string, comma string, width int) bool {
	rows, others := 0, 0
	for _, line := range lines {
		if line == "" {
			continue
		}
		if strings.Count(line, comma) > maxTableColumns {
			return false
		}
		cells, _ := lineCells(line, comma, width)
		if len(cells) != width || slices.ContainsFunc(cells[1:], func(cell string) bool { return comma == "," && strings.HasPrefix(cell, " ") }) {
			others++
		} else {
			rows++
		}
	}
	return width > 1 && rows > 1 && rows >= 2*others
}

// usualWidth is how many cells most rows have.
func usualWidth(records [][]string) int {
	counts, width := map[int]int{}, 0
	for _, rec := range records {
		counts[len(rec)]++
		if width == 0 || counts[len(rec)] > counts[width] {
			width = len(rec)
		}
	}
	return width
}

// lineCells are the cells of one line. A quotation mark that begins a cell and does not end it is a sign: stray.
func lineCells(line, comma string, width int) (cells []string, stray bool) {
	for rest, more := line, true; more; {
		cell, at := "", 0
		if !stray && strings.HasPrefix(rest, `"`) {
			at = closing(rest, comma)
			stray = at == 0 // the next would look through the same again
		}
		if at > 0 {
			cell = strings.ReplaceAll(rest[1:at], `""`, `"`)
			_, rest, more = strings.Cut(rest[at:], comma)
		} else {
			cell, rest, more = strings.Cut(rest, comma)
		}
		cells = append(cells, cell)
	}
	if plain := strings.Split(line, comma); len(cells) != width && len(plain) == width {
		return plain, true
	}
	return cells, stray
}

// closing is where a cell ends that begins with a quotation mark; 0 where it does not.
func closing(s, comma string) int {
	for at := 1; at < len(s); at++ {
		switch {
		case s[at] != '"':
		case strings.HasPrefix(s[at+1:], `"`):
			at++
		case at+1 == len(s) || strings.HasPrefix(s[at+1:], comma):
			return at
		}
	}
	return 0
}

// guessDelimiter takes the one that cuts the first rows into the same number of cells most often.
func guessDelimiter(text string) rune {
	head := text[:min(len(text), 64<<10)]
	if len(head) < len(text) {
		head = head[:strings.LastIndexByte(head, '\n')+1]
	}
	best, score := ',', 0.0
	for _, d := range delimiters {
		records, _, err := csvRecords(head, d, true)
		if err != nil || len(records) == 0 {
			continue
		}
		counts := map[int]int{}
		for _, rec := range records[:min(len(records), 100)] {
			counts[len(rec)]++
		}
		for n, times := range counts {
			if n < 2 {
				continue
			}
			share := float64(times) / float64(min(len(records), 100))
			if s := share*share + float64(min(n, 50))/1000; s > score {
				best, score = d, s
			}
		}
	}
	return best
}

// tabulate makes the Table of records that stand on one of some sheets; bare: without a row of names.
func (r *Reading) tabulate(sheet string, sheets []string, records [][]string, bare bool) *BadFile {
	width := 0
	var full [][]string
	for _, rec := range records {
		last := 0
		for i, cell := range rec {
			if strings.TrimSpace(cell) != "" {
				last = i + 1
			}
		}
		if last > 0 {
			width = max(width, last)
			full = append(full, rec[:last])
		}
	}
	if len(full) == 0 {
		return bad(BadEmpty)
	}
	var names []string
	if !bare {
		head := headRow(full, width)
		r.note("aboverows", head)
		names = full[head]
		full = full[head+1:]
		// Qualtrics writes short names, the questions, and its own identifiers.
		if len(full) > 1 && strings.HasPrefix(strings.TrimSpace(full[1][0]), `{"ImportId"`) {
			names, full = full[0], full[2:]
			r.note("aboverows", 2)
		}
	}
	if len(full) == 0 {
		return bad(BadNoRows)
	}
	if len(full) > maxTableRows || width > maxTableColumns || width*len(full) > maxTableCells {
		return tooLong()
	}
	t := &Table{Sheet: clip(oneRow(sheet), 200), Sheets: sheets, Columns: make([]Column, width), Rows: make([][]string, len(full))}
	taken, next := map[string]bool{}, map[string]int{}
	for i := range t.Columns {
		name := ""
		if i < len(names) {
			name = clip(oneRow(names[i]), maxColumnName)
		}
		if name == "" {
			name = columnLetters(i)
		}
		base := clip(name, maxColumnName-10)
		for taken[name] {
			next[base]++
			name = base + " (" + strconv.Itoa(next[base]+1) + ")"
		}
		taken[name] = true
		t.Columns[i].Name = name
	}
	size := 0
	cells := make([]string, width*len(full))
	for i, rec := range full {
		t.Rows[i], cells = cells[:width:width], cells[width:]
		for k, cell := range rec {
			cell = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(cell, "\uFFFD"), "\x00", ""))
			t.Rows[i][k] = cell
			if size += len(cell); size > 4*MaxChars {
				return tooLong()
			}
		}
	}
	r.Table = t
	return nil
}

// headRow is the place of the row of names: a title above it is one cell in a row of its own.
func headRow(full [][]string, width int) int {
	head := 0
	for head+1 < len(full) && head < 5 && width > 1 && filled(full[head]) < 2 {
		head++
	}
	if width > 1 && filled(full[head]) < 2 {
		head = 0
	}
	return head
}

func filled(rec []string) int {
	n := 0
	for _, c := range rec {
		n += boolInt(strings.TrimSpace(c) != "")
	}
	return n
}

// columnLetters is A, B … Z, AA.
func columnLetters(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

var (
	tableDay    = regexp.MustCompile(`^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}/\d{1,2}/\d{1,2})(?:[T ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\.\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?(?:\s*(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4}[+-]?\d*))?)?$`)
	tableNumber = regexp.MustCompile(`^[-+]?(?:\d{1,3}(?:[.,\x{202f}\x{00a0} ]\d{3})+|\d+)(?:[.,]\d+)?\s*%?$`)
)

// months are how a month is written in Indonesian and English, in full and short.
var months = map[string]time.Month{}

func init() {
	for i, names := range []string{"jan januari january", "feb februari pebruari february", "mar maret march", "apr april", "mei may", "jun juni june", "jul juli july",
		"agu ags agt agust agustus aug august", "sep sept september", "okt oktober oct october", "nov nop november nopember", "des desember dec december"} {
		for _, n := range strings.Fields(names) {
			months[n] = time.Month(i + 1)
		}
	}
}

var (
	dayBefore = regexp.MustCompile(`^(?:\pL{3,9},? +)?(\d{1,2})(?:st|nd|rd|th)?[ -]+(\pL{3,9})\.?,?[ -]+(\d{4})(?:[T ,].*)?$`)
	dayAfter  = regexp.MustCompile(`^(?:\pL{3,9},? +)?(\pL{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})(?:[T ,].*)?$`)
)

// NamedDay reads a day whose month has a name, in Indonesian or English, as ISO 8601: "12 Maret 2025", "Wed, 12 Mar 2025", "March 12, 2025".
func NamedDay(s string) (string, bool) {
	var day, month, year string
	if m := dayBefore.FindStringSubmatch(s); m != nil {
		day, month, year = m[1], m[2], m[3]
	} else if m := dayAfter.FindStringSubmatch(s); m != nil {
		day, month, year = m[2], m[1], m[3]
	}
	at, err := time.Parse("2006-1-2", year+"-"+strconv.Itoa(int(months[strings.ToLower(month)]))+"-"+day)
	return at.Format(time.DateOnly), err == nil
}

// describe guesses what each column is.
func (t *Table) describe() {
	for i := range t.Columns {
		c := &t.Columns[i]
		values := map[string]int{}
		words, longest, days, numbers, rows := 0, 0, 0, 0, false
		for _, row := range t.Rows {
			cell := row[i]
			if cell == "" {
				continue
			}
			c.Filled++
			values[cell]++
			words += countWords(cell)
			longest = max(longest, utf8.RuneCountInString(cell))
			rows = rows || strings.Contains(cell, "\n")
			if len(cell) < 50 {
				_, named := NamedDay(cell)
				days += boolInt(named || tableDay.MatchString(cell))
				numbers += boolInt(tableNumber.MatchString(cell))
			}
		}
		n := c.Filled
		most := n * 9 / 10
		switch few := len(values) <= maxColumnValues && len(values) <= max(2, n*2/3) && longest <= 80; {
		case n == 0:
			c.Kind = EmptyColumn
		case days > 0 && days >= most:
			c.Kind = TimeColumn
		case longest > 120 || rows || words >= 5*n && len(values)*2 > n && !few:
			c.Kind = OpenColumn
		case few && len(values) < n:
			c.Kind = ClosedColumn
		case numbers > 0 && numbers >= most && len(values) < n:
			c.Kind = NumberColumn
		case len(values) == n && longest <= 60 && words <= 3*n && n > 1 && !(numbers >= most && i > 0):
			c.Kind = KeyColumn
		case numbers > 0 && numbers >= most:
			c.Kind = NumberColumn
		case words > 3*n:
			c.Kind = OpenColumn
		default:
			c.Kind = ShortColumn
		}
		c.Values = nil
		if c.Kind == ClosedColumn {
			for v := range values {
				c.Values = append(c.Values, v)
			}
			slices.SortFunc(c.Values, func(a, b string) int {
				if values[a] != values[b] {
					return values[b] - values[a]
				}
				return strings.Compare(a, b)
			})
		}
	}
}

// finishTable replaces names, describes the columns and looks for names and languages in the open answers.
func (r *Reading) finishTable(opt Options) *BadFile {
	t := r.Table
	r.replace(opt.Replace)
	t.describe()
	var answers []Turn
	for _, row := range t.Rows {
		for i, c := range t.Columns {
			r.Chars += utf8.RuneCountInString(row[i])
			r.Words += countWords(row[i])
			if c.Kind == OpenColumn && row[i] != "" {
				answers = append(answers, Turn{Text: row[i]})
			}
		}
	}
	if r.Chars > MaxChars {
		return tooLong()
	}
	if r.Words == 0 {
		return bad(BadNoText)
	}
	r.Turns = answers
	r.survey(opt.Language)
	r.Turns = nil
	if opt.NoHead {
		word := cmp.Or(opt.Column, map[bool]string{true: "Kolom", false: "Column"}[r.Language == "id"]) + " "
		for i := range t.Columns {
			t.Columns[i].Name = word + strconv.Itoa(i+1)
		}
	}
	return nil
}

// areSheets tells names that a workbook's sheets can have here.
func areSheets(names []string) bool {
	return len(names) <= maxSheets && !slices.ContainsFunc(names, func(s string) bool { return s == "" || !oneLine(s, 200) })
}

// check proves what Read promises of a table.
func (t *Table) check() (chars, words int, err error) {
	wrong := errors.New("exchange: a reading with a wrong table")
	if len(t.Columns) == 0 || len(t.Columns) > maxTableColumns || len(t.Rows) == 0 || len(t.Rows) > maxTableRows || !oneLine(t.Sheet, 200) || !areSheets(t.Sheets) {
		return 0, 0, wrong
	}
	seen := map[string]bool{}
	kinds := []string{OpenColumn, ClosedColumn, NumberColumn, TimeColumn, KeyColumn, ShortColumn, EmptyColumn}
	for _, c := range t.Columns {
		if c.Name == "" || seen[c.Name] || !oneLine(c.Name, maxColumnName) || !slices.Contains(kinds, c.Kind) || len(c.Values) > maxColumnValues {
			return 0, 0, wrong
		}
		seen[c.Name] = true
		for _, v := range c.Values {
			if v == "" || !utf8.ValidString(v) || utf8.RuneCountInString(v) > 200 {
				return 0, 0, wrong
			}
		}
	}
	for _, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return 0, 0, wrong
		}
		for _, cell := range row {
			if !utf8.ValidString(cell) || strings.ContainsAny(cell, "\x00\r") {
				return 0, 0, wrong
			}
			chars += utf8.RuneCountInString(cell)
			words += countWords(cell)
		}
	}
	return chars, words, nil
}
