package exchange

import (
	"errors"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// readXlsx reads one sheet of an Excel workbook (ECMA-376, part 1, 18): the one asked for, or the first that is shown.
func (r *Reading) readXlsx(a *archive, opt Options) (failed *BadFile) {
	main := a.mainPart()
	if main == "" || a.files[main] == nil {
		main = "xl/workbook.xml"
	}
	w := &xlsxWalk{r: r, a: a, wanted: opt.Sheet}
	if bf := w.workbook(main); bf != nil {
		return bf
	}
	defer func() {
		if failed != nil {
			failed.Sheets = w.sheets
		}
	}()
	if w.sheet == "" {
		return broken(errors.New("no sheet"))
	}
	if bf := w.styles(path.Dir(main) + "/styles.xml"); bf != nil {
		return bf
	}
	if bf := w.strings(path.Dir(main) + "/sharedStrings.xml"); bf != nil {
		return bf
	}
	if bf := w.cells(w.sheet); bf != nil {
		return bf
	}
	if bf := w.unmerge(opt.NoHead); bf != nil {
		return bf
	}
	for name := range a.files {
		if strings.HasPrefix(path.Base(name), "comments") && strings.HasSuffix(name, ".xml") {
			if bf := w.a.each(name, func(s *scanner, e element) *BadFile {
				if e.local == "comment" {
					r.note("comments", 1)
				}
				return nil
			}); bf != nil {
				return bf
			}
		}
		if strings.Contains(name, "/media/") || strings.Contains(name, "/charts/chart") {
			r.note("images", 1)
		}
	}
	if len(w.others) > 0 {
		r.note("sheets", len(w.others), "names", clip(oneRow(strings.Join(w.others, ", ")), 200))
	}
	return r.tabulate(w.name, w.sheets, w.rows, opt.NoHead)
}

type xlsxWalk struct {
	r      *Reading
	a      *archive
	name   string // of the sheet
	sheet  string // its part
	wanted int    // the place of the one asked for, from 1; 0 for none
	others []string
	sheets []string // the names of all
	from04 bool     // days count from 1904
	days   []bool
	shared []string
	rows   [][]string
	size   int
	count  int
	next   int      // where a cell stands that doesn't say so
	places []int    // of each row, as the sheet counts them from 1
	merged []string // ranges of cells that are one: "A2:A5"
}

func (w *xlsxWalk) grow(n int) *BadFile {
	if w.size += n; w.size > 4*MaxChars {
		return tooLong()
	}
	return nil
}

// workbook finds the first sheet that is shown, or the first.
func (w *xlsxWalk) workbook(main string) *BadFile {
	parts := map[string]string{}
	if bf := w.a.each(path.Dir(main)+"/_rels/"+path.Base(main)+".rels", func(s *scanner, e element) *BadFile {
		if e.local == "Relationship" && strings.HasSuffix(s.attr("Type"), "/worksheet") && len(parts) < maxEntries {
			target := s.attr("Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Dir(main) + "/" + target
			}
			parts[s.attr("Id")] = strings.TrimPrefix(path.Clean("/"+target), "/")
		}
		return nil
	}); bf != nil {
		return bf
	}
	type sheet struct{ name, part string }
	var shown, hidden []sheet
	if bf := w.a.each(main, func(s *scanner, e element) *BadFile {
		switch e.local {
		case "workbookPr":
			v := s.attr("date1904")
			w.from04 = v == "1" || v == "true"
		case "sheet":
			part := ""
			for _, a := range s.attrs { // the last: r:id
				if string(a.local) == "id" {
					part = parts[string(a.value)]
				}
			}
			if one := (sheet{s.attr("name"), part}); part != "" && len(shown)+len(hidden) < maxEntries {
				if s.attr("state") == "" || s.attr("state") == "visible" {
					shown = append(shown, one)
				} else {
					hidden = append(hidden, one)
				}
			}
		}
		return nil
	}); bf != nil {
		return bf
	}
	all, read := append(shown, hidden...), 0
	if w.wanted > 0 && w.wanted <= len(all) {
		read = w.wanted - 1
	}
	for _, s := range all[:min(len(all), maxSheets)] {
		name := clip(oneRow(s.name), 200)
		if name == "" {
			name = "?"
		}
		w.sheets = append(w.sheets, name)
	}
	for i, s := range all {
		if i == read {
			w.name, w.sheet = s.name, s.part
		} else {
			w.others = append(w.others, s.name)
		}
	}
	return nil
}

// styles learns which cells hold days.
func (w *xlsxWalk) styles(name string) *BadFile {
	own := map[string]bool{}
	inside := false
	return w.a.each(name, func(s *scanner, e element) *BadFile {
		switch e.local {
		case "numFmt":
			if len(own) < 10_000 {
				own[s.attr("numFmtId")] = isDayFormat(s.attr("formatCode"))
			}
		case "cellXfs":
			inside = true
		case "cellStyles", "dxfs":
			inside = false
		case "xf":
			if inside && len(w.days) < 100_000 {
				id := s.attr("numFmtId")
				n, _ := strconv.Atoi(id)
				day, known := own[id]
				w.days = append(w.days, day || !known && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58))
			}
		}
		return nil
	})
}

// isDayFormat tells whether a number format shows a day or a time: letters of days outside of quotes and brackets.
func isDayFormat(f string) bool {
	for i := 0; i < len(f); i++ {
		switch f[i] {
		case '"':
			if k := strings.IndexByte(f[i+1:], '"'); k >= 0 {
				i += k + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			if k := strings.IndexByte(f[i:], ']'); k > 0 {
				if c := f[i+1] | 0x20; k <= 3 && (c == 'h' || c == 'm' || c == 's') {
					return true
				}
				i += k
			}
		case 'y', 'Y', 'd', 'D', 'h', 'H', 's', 'S', 'm', 'M':
			return true
		case 'G', 'g', 'E', 'e': // General, exponents
			return false
		}
	}
	return false
}

// strings reads the strings that cells share.
func (w *xlsxWalk) strings(name string) *BadFile {
	total := 0
	return w.a.each(name, func(s *scanner, e element) *BadFile {
		if e.local != "si" {
			return nil
		}
		text, bf := w.text(s)
		if bf != nil {
			return bf
		}
		if total += len(text) + 16; total > 64<<20 {
			return bad(BadBomb)
		}
		w.shared = append(w.shared, text)
		return nil
	})
}

// text reads the words of a string item: of all its runs, without the reading aids beside them.
func (w *xlsxWalk) text(s *scanner) (string, *BadFile) {
	var b strings.Builder
	words := func(t []byte) *BadFile {
		b.Write(t)
		return nil
	}
	bf := s.within(func(e element) *BadFile {
		switch e.local {
		case "rPh":
			w.r.note("ruby", 1)
			return s.skip()
		case "t":
			return s.within(nil, words)
		}
		return nil
	}, nil)
	return strings.ReplaceAll(unescapeX(b.String()), "\r", ""), bf
}

// unescapeX reads _x000D_, as the format writes characters that XML has no place for.
func unescapeX(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if i+7 <= len(s) && s[i:i+2] == "_x" && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil && (n < 0xD800 || n > 0xDFFF) && n < 0xFFFE {
				b.WriteRune(rune(n))
				i += 7
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// cells reads a sheet.
func (w *xlsxWalk) cells(name string) *BadFile {
	if w.a.files[name] == nil {
		return broken(errors.New("no such sheet"))
	}
	return w.a.each(name, func(s *scanner, e element) *BadFile {
		switch e.local {
		case "row":
			if len(w.rows) > maxTableRows+10 {
				return tooLong()
			}
			n, err := strconv.Atoi(s.attr("r"))
			if last := len(w.places) - 1; err != nil && last >= 0 {
				n = w.places[last] + 1
			} else if err != nil {
				n = 1
			}
			w.rows, w.places = append(w.rows, nil), append(w.places, n)
			w.next = 0
		case "mergeCell":
			if ref := s.attr("ref"); ref != "" && len(w.merged) < maxTableRows {
				w.merged = append(w.merged, ref)
			}
		case "c":
			if len(w.rows) == 0 {
				return broken(errors.New("a cell outside of rows"))
			}
			row := &w.rows[len(w.rows)-1]
			at := columnAt(s.attr("r"), w.next)
			w.next = at + 1
			text, bf := w.cell(s, e)
			if bf != nil || text == "" {
				return bf
			}
			if at >= maxTableColumns {
				return tooLong()
			}
			for len(*row) <= at {
				*row = append(*row, "")
				if w.count++; w.count > maxTableCells {
					return tooLong()
				}
			}
			(*row)[at] = text
			return w.grow(len(text))
		}
		return nil
	})
}

// unmerge writes the value of cells that were made one into each of them: along a column below the row of names, which may be merged to
// tell of groups, and along a row that has more than them, which is no title.
func (w *xlsxWalk) unmerge(bare bool) *BadFile {
	top, width := 0, 0 // the first row of the table, below its names
	var full [][]string
	var at []int
	for i, row := range w.rows {
		if filled(row) > 0 {
			full, at, width = append(full, row), append(at, i), max(width, len(row))
		}
	}
	if !bare && len(full) > 0 {
		top = at[headRow(full, width)] + 1
	}
	for _, ref := range w.merged {
		first, last, ok := strings.Cut(ref, ":")
		row, bad1 := strconv.Atoi(strings.TrimLeft(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		end, bad2 := strconv.Atoi(strings.TrimLeft(last, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		left, right := columnAt(first, 0), min(columnAt(last, 0), width-1)
		from, found := slices.BinarySearch(w.places, row)
		if !ok || bad1 != nil || bad2 != nil || !found || right < left || left >= len(w.rows[from]) || w.rows[from][left] == "" {
			continue
		}
		value, wrote := w.rows[from][left], false
		for i := from; i < len(w.rows) && w.places[i] <= end && (i == from || from >= top); i++ {
			others := 0
			for k, cell := range w.rows[i] {
				others += boolInt(cell != "" && (k < left || k > right))
			}
			stop := right
			if others == 0 {
				stop = left
			}
			for k := left; k <= stop; k++ {
				if w.count++; w.count > maxTableCells {
					return tooLong()
				}
				for len(w.rows[i]) <= k {
					w.rows[i] = append(w.rows[i], "")
				}
				if w.rows[i][k] != "" {
					continue
				}
				if w.rows[i][k], wrote = value, true; w.grow(len(value)) != nil {
					return tooLong()
				}
			}
		}
		w.r.note("merged", boolInt(wrote))
	}
	return nil
}

// columnAt reads the letters of "AB12" as a place from 0.
func columnAt(ref string, next int) int {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && n < 1<<20; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	if n == 0 {
		return next
	}
	return n - 1
}

// cell reads one cell as text.
func (w *xlsxWalk) cell(s *scanner, e element) (string, *BadFile) {
	kind, style := s.attr("t"), s.attr("s")
	var v []byte
	in := func(t []byte) *BadFile {
		if v = append(v, t...); len(v) > 4*MaxChars {
			return tooLong()
		}
		return nil
	}
	inline := ""
	if bf := s.within(func(e element) (bf *BadFile) {
		switch e.local {
		case "v":
			return s.within(nil, in)
		case "is":
			kind = "is"
			inline, bf = w.text(s)
		}
		return bf
	}, nil); bf != nil {
		return "", bf
	}
	value := string(v)
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n >= len(w.shared) {
			if value == "" {
				return "", nil
			}
			return "", broken(errors.New("a string that is not there"))
		}
		return w.shared[n], nil
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[strings.TrimSpace(value)], nil
	case "is":
		return inline, nil
	case "e", "d":
		return value, nil
	case "str":
		return strings.ReplaceAll(unescapeX(value), "\r", ""), nil
	}
	return w.number(strings.TrimSpace(value), style), nil
}

// number writes a number as a person sees it: days as ISO 8601, others without the dust of binary fractions.
func (w *xlsxWalk) number(value, style string) string {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return value
	}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(w.days) && w.days[n] && v >= 0 && v < 2_958_466 {
		return isoDay(v, w.from04)
	}
	if s := strconv.FormatFloat(v, 'g', 15, 64); !strings.ContainsAny(s, "eE") {
		return s
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// isoDay reads days since the end of 1899, in which Excel believes 1900 to be a leap year, or since 1904.
func isoDay(v float64, from04 bool) string {
	day := math.Floor(v)
	seconds := math.Round((v - day) * 86400)
	clock := time.Duration(seconds) * time.Second
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from04:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 1:
		return start.Add(clock).Format("15:04:05")
	case day < 60:
		start = start.AddDate(0, 0, 1)
	}
	at := start.AddDate(0, 0, int(day)).Add(clock)
	if seconds == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02T15:04:05")
}
