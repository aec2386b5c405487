package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// What the rows of a table are.
const (
	rowsInformants = "informants" // an informant each
	rowsAnswers    = "answers"    // an informant each, with a document of the answers
	rowsDocuments  = "documents"  // a document each, of nobody
)

// What a column is used for; an attribute that is there already is "a" with its number.
const (
	useNot      = "skip"
	useName     = "name"
	useDocument = "document"
	useHeld     = "held"
	useAnswer   = "answer"
)

// tableForm is what a person chooses about a table.
type tableForm struct {
	choices
	as   string
	uses []string       // by column
	link bool           // documents that are called like an informant become that informant's
	near map[int]qda.ID // by row: the informant there is whom a name nearly alike means; 0 is somebody new
}

// tableFormOf reads it out of a form or query. Columns that were chosen for another sheet or another kind of rows are guessed anew.
func tableFormOf(get func(string) string, names map[string][]string) tableForm {
	f := tableForm{choices: choicesOf(get, names), as: get("as"), link: get("guessed") == "" || get("link") == "on", near: map[int]qda.ID{}}
	f.Table = true
	f.Sheet, _ = strconv.Atoi(get("sheet"))
	if f.Sheet < 0 {
		f.Sheet = 0
	}
	if f.as != rowsInformants && f.as != rowsAnswers && f.as != rowsDocuments {
		f.as = ""
	}
	for k := range names {
		if n, ok := strings.CutPrefix(k, "near-"); ok {
			if row, err := strconv.Atoi(n); err == nil {
				if id, err := thingID(get(k)); err == nil {
					f.near[row] = id
				}
			}
		}
	}
	return f
}

// guessed says for which choice of rows and sheet the columns of a form were chosen.
func (f *tableForm) guessed(charset string) string {
	return fmt.Sprintf("%s %d %s%s", f.as, f.Sheet, charset, f.bare())
}

// bare is what marks that columns were chosen for a table without a row of names.
func (c choices) bare() string {
	if c.NoHead {
		return " bare"
	}
	return ""
}

// chosen takes over the columns' uses of a form, or guesses them where they are of another sheet or kind of rows.
func (f *tableForm) chosen(v *engine.View, r *exchange.Reading, get func(string) string, names map[string][]string) {
	t := r.Table
	if f.as == "" {
		f.as = rowsInformants
		for _, c := range t.Columns {
			if c.Kind == exchange.OpenColumn {
				f.as = rowsAnswers
			}
		}
	}
	guess := guessUses(v, t, f.as)
	f.uses = guess
	if get("guessed") != "" && get("guessed") != f.guessed(r.Charset) {
		return
	}
	for i := range t.Columns {
		if k := "col-" + strconv.Itoa(i); len(names[k]) > 0 && f.usable(v, get(k)) {
			f.uses[i] = get(k)
		}
	}
}

func attributesOf(as string) qda.Of {
	if as == rowsDocuments {
		return qda.OfDocuments
	}
	return qda.OfCases
}

// usable reports whether a column can be used so.
func (f *tableForm) usable(v *engine.View, use string) bool {
	if n, ok := strings.CutPrefix(use, "a"); ok && use != useAnswer {
		id, err := thingID(n)
		if err != nil {
			return false
		}
		x, ok := v.Attribute(id)
		return ok && x.Of == attributesOf(f.as)
	}
	switch use {
	case useNot, useName, "text", "number", "date":
		return true
	case useDocument:
		return f.as == rowsInformants
	case useHeld, useAnswer:
		return f.as != rowsInformants
	}
	return false
}

// Headings by which columns are known, in English and Indonesian.
var (
	namesOfNames     = []string{"informant", "informan", "name", "nama", "id", "code", "kode", "participant", "partisipan", "respondent", "responden", "narasumber", "case", "kasus", "pseudonym", "samaran", "no", "nomor"}
	namesOfDocuments = []string{"document", "dokumen", "transcript", "transkrip", "file", "berkas", "interview", "wawancara"}
)

// asName is a name as names are compared: neither case nor white space nor the way accents are written counts.
func asName(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}

// headed reports whether a heading is, or begins with, one of some words; smaller is better.
func headed(name string, words []string) (int, bool) {
	words2 := strings.FieldsFunc(asName(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		if len(words2) > 0 && words2[0] == w && len(words2) <= 3 {
			return i, true
		}
	}
	return 0, false
}

// guessUses says what each column is likely to be.
func guessUses(v *engine.View, t *exchange.Table, as string) []string {
	uses := make([]string, len(t.Columns))
	name, best := -1, 1000
	cases := map[string]bool{}
	for _, k := range v.Cases() {
		if k.State == qda.Live {
			cases[asName(k.Name)] = true
		}
	}
	for i, c := range t.Columns {
		if c.Kind == exchange.OpenColumn || c.Kind == exchange.EmptyColumn || c.Kind == exchange.TimeColumn || c.Filled == 0 {
			continue
		}
		score := 500 + i
		if n, ok := headed(c.Name, namesOfNames); ok {
			score = n
		} else if c.Kind != exchange.KeyColumn {
			score = 1000
		}
		met := 0
		for _, row := range t.Rows {
			if cases[asName(row[i])] {
				met++
			}
		}
		if met*2 > c.Filled {
			score = -1
		}
		if score < best {
			name, best = i, score
		}
	}
	have := map[string]qda.ID{}
	for _, x := range v.Attributes() {
		if x.Of == attributesOf(as) {
			have[asName(x.Name)] = x.ID
		}
	}
	document, held, read := false, false, readerOf(t)
	for i, c := range t.Columns {
		_, ofDocument := headed(c.Name, namesOfDocuments)
		switch x, there := have[asName(strings.TrimPrefix(strings.TrimPrefix(c.Name, "attribute: "), "atribut: "))]; {
		case i == name:
			uses[i] = useName
		case c.Kind == exchange.EmptyColumn:
			uses[i] = useNot
		case there:
			uses[i] = fmt.Sprintf("a%d", x)
		case as == rowsInformants && ofDocument && !document:
			uses[i], document = useDocument, true
		case c.Kind == exchange.OpenColumn && as == rowsInformants:
			uses[i] = useNot
		case c.Kind == exchange.OpenColumn:
			uses[i] = useAnswer
		case c.Kind == exchange.TimeColumn && as != rowsInformants && !held:
			uses[i], held = useHeld, true
		case c.Kind == exchange.TimeColumn:
			uses[i] = "date"
		case c.Kind == exchange.NumberColumn || numeric(t, i, read.of(i, "number")):
			uses[i] = "number"
		default:
			uses[i] = "text"
		}
	}
	return uses
}

func numeric(t *exchange.Table, column int, read func(string) (string, bool)) bool {
	filled := 0
	for _, row := range t.Rows {
		if row[column] == "" {
			continue
		}
		filled++
		if _, ok := read(row[column]); !ok {
			return false
		}
	}
	return filled > 0
}

var days = regexp.MustCompile(`^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T ,].*)?$`)

// digits are a number without white space and plus: digits, with single commas and points between them; "" where it is no number.
func digits(s string) string {
	var b strings.Builder
	sign := true // the next is to be a digit
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			sign = false
			b.WriteRune(c)
		case i == 0 && c == '-', (c == ',' || c == '.') && !sign:
			sign = true
			b.WriteRune(c)
		case i == 0 && c == '+', unicode.IsSpace(c):
		default:
			return ""
		}
	}
	if sign {
		return ""
	}
	return b.String()
}

// thousands reports whether a sign parts digits into thousands: 1.250.000.
func thousands(s, sign string) bool {
	for i, group := range strings.Split(strings.TrimPrefix(s, "-"), sign) {
		if i == 0 && (len(group) > 3 || group[0] == '0') || i > 0 && len(group) != 3 || strings.ContainsAny(group, ".,") {
			return false
		}
	}
	return true
}

// decimalOf is the sign that parts decimals in a number, as far as the number tells: by two different signs, one that stands twice, or
// other than three digits behind it. It is open whether the only sign of "1.250" parts decimals or thousands.
func decimalOf(s string) (sign string, open bool) {
	commas, points := strings.Count(s, ","), strings.Count(s, ".")
	sign, other := ",", "."
	if points > 0 && strings.LastIndexByte(s, '.') > strings.LastIndexByte(s, ',') {
		sign, other = ".", ","
	}
	switch {
	case commas+points == 0:
		return "", false
	case commas > 0 && points > 0:
		return sign, false
	case commas+points > 1:
		return other, false
	}
	return sign, thousands(s, sign)
}

// cellReader reads the cells of a table as values.
type cellReader struct {
	t       *exchange.Table
	columns []columnSigns
	comma   bool // some column of numbers has decimals with a comma
	point   bool
}

// columnSigns are what the numbers of a column say of the sign before their decimals, and the first that leaves it open.
type columnSigns struct {
	comma, point bool
	open         string
}

func readerOf(t *exchange.Table) *cellReader {
	r := &cellReader{t: t, columns: make([]columnSigns, len(t.Columns))}
	for i := range t.Columns {
		c, all := &r.columns[i], true // of something else, it may have a clock in it or the number of a paragraph
		for _, row := range t.Rows {
			s := digits(row[i])
			all = all && (s != "" || row[i] == "")
			switch sign, open := decimalOf(s); {
			case open && c.open == "":
				c.open = row[i]
			case open:
			default:
				c.comma, c.point = c.comma || sign == ",", c.point || sign == "."
			}
		}
		r.comma, r.point = r.comma || all && c.comma, r.point || all && c.point
	}
	return r
}

// decimal is the sign that parts decimals in a column where a number leaves it open: by its other numbers, else by the table's other
// columns of numbers. "": nothing tells, and three digits are thousands.
func (r *cellReader) decimal(column int) string {
	switch c := r.columns[column]; {
	case c.comma != c.point:
		return map[bool]string{true: ",", false: "."}[c.comma]
	case c.comma:
		return ""
	case len(r.t.Sheets) > 0: // a workbook has numbers as numbers, which come with a point
		return "."
	case r.comma && !r.point:
		return ","
	case r.point && !r.comma:
		return "."
	}
	return ""
}

// doubtful is the first number of a column that can be read in two ways, of which the column itself does not say which; "" for none.
func (r *cellReader) doubtful(column int) string {
	if c := r.columns[column]; c.comma == c.point && len(r.t.Sheets) == 0 {
		return c.open
	}
	return ""
}

// of makes what reads the cells of a column as values of a type. Whether a sign parts decimals or thousands, and whether the day or
// the month comes first, is taken from the whole column; where nothing tells, three digits are thousands and the day comes first.
func (r *cellReader) of(column int, kind string) func(string) (string, bool) {
	switch kind {
	case "number":
		decimal := r.decimal(column)
		return func(s string) (string, bool) {
			s = digits(s)
			sign, open := decimalOf(s)
			if open {
				sign = decimal
			}
			whole, fraction := s, ""
			if i := strings.LastIndex(s, sign); sign != "" && i >= 0 {
				whole, fraction = s[:i], "."+s[i+1:]
			}
			if strings.ContainsAny(whole, ".,") && !thousands(whole, ".") && !thousands(whole, ",") {
				return "", false
			}
			return strings.NewReplacer(".", "", ",", "").Replace(whole) + fraction, s != ""
		}
	case "date":
		monthFirst := false
		for _, row := range r.t.Rows {
			if m := days.FindStringSubmatch(row[column]); m != nil && len(m[1]) <= 2 {
				first, _ := strconv.Atoi(m[1])
				second, _ := strconv.Atoi(m[2])
				if first > 12 {
					monthFirst = false
					break
				}
				monthFirst = monthFirst || second > 12
			}
		}
		return func(s string) (string, bool) {
			m := days.FindStringSubmatch(s)
			if m == nil {
				return exchange.NamedDay(s)
			}
			y, mo, d := m[1], m[2], m[3]
			if len(y) < 3 {
				y, mo, d = m[3], m[2], m[1]
				if monthFirst {
					mo, d = m[1], m[2]
				}
			}
			if len(y) == 2 {
				y = "20" + y
			}
			at, err := time.Parse("2006-1-2", y+"-"+mo+"-"+d)
			return at.Format(time.DateOnly), err == nil
		}
	}
	return func(s string) (string, bool) { return s, utf8.RuneCountInString(s) <= qda.MaxName }
}
