package server

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// fileCode is a code or theme of a file.
type fileCode struct {
	parent                          int // place in the list, -1 at the top; parents come first
	kind                            qda.NodeKind
	name                            string
	definition, use, avoid, example string
	colour                          int16 // 0: as above it
	shown                           int16 // its colour or that from above; 0: the file has none
	inherits                        bool  // the file says the colour of what is above
	guid                            string
	placed                          bool // the file says where in the tree it stands
	guessed                         bool // the file does not say whether it is a theme or a code
	implied                         bool // a name in the paths of others, without a row of its own
	fileID, fileParent, filePath    string
}

// codebookIn is a file's codebook.
type codebookIn struct {
	codes []fileCode
	notes []saying
	over  int // codes beyond the most

	there map[sibling]int // by parent and name
}

type sibling struct {
	parent int
	name   string
}

// mostCodes is how many codes and themes of one file come in.
const mostCodes = 5000

// What a column of a codebook holds.
const (
	codeName       = "name"
	codePath       = "path"
	codeLevel      = "level" // one of several, from the top to the bottom of the tree
	codeParent     = "parent"
	codeID         = "id"
	codeDefinition = "definition"
	codeUse        = "use"
	codeAvoid      = "avoid"
	codeExample    = "example"
	codeColour     = "colour"
	codeKind       = "kind"
)

var codeColumns = []string{codeName, codePath, codeLevel, codeParent, codeID, codeDefinition, codeUse, codeAvoid, codeExample, codeColour, codeKind}

// codeHeadings are the headings by which columns are known: anyam's own, and others' in English and Indonesian.
var codeHeadings = map[string][]string{
	codeID:         {"id", "code id", "id kode"},
	codePath:       {"path", "code path", "jalur", "hierarchy", "hierarki", "full name"},
	codeParent:     {"parent", "induk", "parent id", "theme", "tema", "category", "kategori", "parent code", "kode induk", "group", "kelompok", "code group"},
	codeKind:       {"kind", "jenis", "type", "tipe"},
	codeName:       {"name", "nama", "code", "kode", "code name", "nama kode", "title", "judul", "label", "node", "codes"},
	codeDefinition: {"definition", "definisi", "description", "deskripsi", "penjelasan", "keterangan", "meaning", "arti", "comment", "memo"},
	codeUse:        {"when to use", "kapan dipakai", "kapan digunakan", "dipakai bila", "inclusion", "inklusi", "inclusion criteria", "kriteria inklusi", "include", "use", "use when"},
	codeAvoid:      {"when not to use", "kapan tidak dipakai", "kapan tidak digunakan", "tidak dipakai bila", "exclusion", "eksklusi", "exclusion criteria", "kriteria eksklusi", "exclude", "do not use", "avoid"},
	codeExample:    {"example", "contoh", "examples", "typical example", "contoh kutipan", "quote", "kutipan"},
	codeColour:     {"colour", "color", "warna"},
}

// codeLevels are headings of the columns of which each has the names of one level of the tree.
var codeLevels = regexp.MustCompile(`^(?:code |theme |kode |tema )?(?:level|tingkat|jenjang) ?\d$`)

// guessCodeUses says what each column of a codebook is, by its heading.
func guessCodeUses(t *exchange.Table) []string {
	uses := make([]string, len(t.Columns))
	for i := range uses {
		uses[i] = useNot
	}
	for _, use := range codeColumns {
		best, at := 1000, -1
		for i, c := range t.Columns {
			if n := slices.Index(codeHeadings[use], asName(strings.Trim(c.Name, " :"))); n >= 0 && n < best && uses[i] == useNot {
				best, at = n, i
			}
		}
		if at >= 0 {
			uses[at] = use
		}
	}
	levels := 0
	for i, c := range t.Columns {
		if codeLevels.MatchString(asName(c.Name)) && uses[i] == useNot {
			uses[i] = codeLevel
			levels++
		}
	}
	if levels == 1 {
		uses[slices.Index(uses, codeLevel)] = useNot
	}
	if !slices.Contains(uses, codeName) && !slices.Contains(uses, codePath) && levels < 2 {
		uses[0] = codeName // the first column of a list without headings that tell
	}
	return uses
}

// codesOfTable reads a table as a codebook.
func codesOfTable(t *exchange.Table, uses []string) *codebookIn {
	b := &codebookIn{}
	column := map[string]int{}
	var levels []int
	for i, use := range uses {
		if use == codeLevel {
			levels = append(levels, i)
		}
		if use == useNot || use == codeLevel {
			continue
		}
		if _, twice := column[use]; twice {
			b.notes = append(b.notes, say("tables.note.twice", "column", t.Columns[i].Name))
			continue
		}
		column[use] = i
	}
	separator := pathSeparator(t, column)
	if len(levels) > 0 {
		separator = "\n"
	}
	var all []fileCode
	above := make([]string, len(levels)) // the names on the levels, as the row before has them
	for n, row := range t.Rows {
		cell := func(use string) string {
			if i, ok := column[use]; ok {
				return row[i]
			}
			return ""
		}
		c := fileCode{name: cell(codeName), definition: cell(codeDefinition), use: cell(codeUse), avoid: cell(codeAvoid), example: cell(codeExample), fileID: cell(codeID), fileParent: cell(codeParent), filePath: cell(codePath)}
		_, hasPath := column[codePath]
		_, hasParent := column[codeParent]
		c.placed = hasPath || hasParent || len(levels) > 0
		for k, at := range levels {
			if row[at] != "" {
				above[k] = strings.Join(strings.Fields(row[at]), " ")
				clear(above[k+1:])
				c.filePath = strings.Join(above[:k+1], separator)
			}
		}
		if steps := splitPath(c.filePath, separator); len(steps) > 0 && c.name == "" {
			c.name = steps[len(steps)-1]
		}
		if c.name == "" {
			b.notes = append(b.notes, say("codein.note.nameless", "row", n+1))
			continue
		}
		switch word := asName(cell(codeKind)); word {
		case "theme", "tema", "category", "kategori", "folder":
			c.kind = qda.Theme
		case "code", "kode", "node", "subcode", "sub-code", "subkode":
			c.kind = qda.Code
		}
		if s := cell(codeColour); s != "" {
			if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 12 {
				c.colour = int16(n)
			} else if c.colour = exchange.NearestColour(s); c.colour == 0 {
				b.notes = append(b.notes, say("codein.note.colour", "name", clip(c.name, 60), "colour", clip(s, 30)))
			}
		}
		all = append(all, c)
	}
	if i, ok := column[codeParent]; ok {
		if n := carryDown(all); n > 0 {
			b.notes = append(b.notes, sayN("codein.note.carried", n, "column", t.Columns[i].Name))
		}
	}
	b.place(all, separator)
	return b
}

// carryDown gives the rows of a group their parent where only the first of the group names it, and says how many those are: where the
// first row names one, none is named twice, and none has a row of its own, as it would have where no name means the top.
func carryDown(all []fileCode) (n int) {
	if len(all) == 0 || all[0].fileParent == "" {
		return 0
	}
	named := map[string]bool{}
	for _, c := range all {
		if p := asName(c.fileParent); p != "" {
			if named[p] {
				return 0
			}
			named[p] = true
		}
	}
	for _, c := range all {
		if named[asName(c.name)] || named[asName(c.fileID)] {
			return 0
		}
	}
	for i := range all {
		if all[i].fileParent == "" && all[i].filePath == "" {
			all[i].fileParent = all[i-1].fileParent
			n++
		}
	}
	return n
}

// pathSeparator is what parts the names of a path: the one that the most paths have. A sign counts for itself where no blanks are around it
// in the same path: "Family / Husband/wife" is of two names.
func pathSeparator(t *exchange.Table, column map[string]int) string {
	i, ok := column[codePath]
	if !ok {
		return " / "
	}
	best, most := " / ", 0
	for _, s := range []string{" / ", " > ", " › ", "::", " \\ ", "\\", ">", "/"} {
		n := 0
		for _, row := range t.Rows {
			if strings.Contains(row[i], s) && (strings.Contains(s, " ") || !strings.Contains(row[i], " "+s+" ")) {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

func splitPath(path, separator string) []string {
	var r []string
	for _, s := range strings.Split(path, separator) {
		if s = strings.TrimSpace(s); s != "" {
			r = append(r, s)
		}
	}
	return r
}

// place finds each one's parent by the file's ids, else by paths, else by names, and lists parents first. Paths through what has no
// row of its own imply a theme.
func (b *codebookIn) place(all []fileCode, separator string) {
	byID, byName, byPath := map[string]int{}, map[string]int{}, map[string]int{}
	parent := make([]int, len(all))
	chain := func(steps []string) string { return asName(strings.Join(steps, "\x00")) }
	paths := make([][]string, len(all))
	for i := range all {
		c := &all[i]
		parent[i] = -1
		if _, ok := byID[c.fileID]; c.fileID != "" && !ok {
			byID[c.fileID] = i
		}
		if _, ok := byName[asName(c.name)]; !ok {
			byName[asName(c.name)] = i
		}
		steps := splitPath(c.filePath, separator)
		if len(steps) > 1 && asName(c.filePath) == asName(c.name) {
			steps = []string{c.name} // at the top, a name with the separator in it
		}
		if c.filePath != "" && (len(steps) == 0 || asName(steps[len(steps)-1]) != asName(c.name)) {
			if p := strings.TrimSuffix(c.filePath, separator+c.name); p != c.filePath { // a name with the separator in it
				steps = append(splitPath(p, separator), c.name)
			} else {
				steps = append(steps, c.name)
			}
		}
		if paths[i] = steps; len(steps) > 0 {
			if _, ok := byPath[chain(steps)]; !ok {
				byPath[chain(steps)] = i
			}
		}
	}
	imply := func(name string, up int) int {
		all = append(all, fileCode{name: name, kind: qda.Theme, implied: true, placed: true})
		parent = append(parent, up)
		return len(all) - 1
	}
	for i := range paths {
		c := &all[i]
		if at, ok := byID[c.fileParent]; c.fileParent != "" && ok && at != i {
			parent[i] = at
			continue
		}
		if c.fileParent != "" {
			at, ok := byName[asName(c.fileParent)]
			if !ok {
				at = imply(c.fileParent, -1)
				byName[asName(c.fileParent)] = at
			}
			if at != i {
				parent[i] = at
			}
			continue
		}
		if steps := paths[i]; len(steps) > 1 {
			up := -1
			for n := 1; n < len(steps); n++ {
				at, ok := byPath[chain(steps[:n])]
				if !ok {
					at = imply(steps[n-1], up)
					byPath[chain(steps[:n])] = at
				}
				up = at
			}
			if up != i {
				parent[i] = up
			}
		}
	}
	// Parents first, each once; whoever is its own ancestor stands at the top.
	at := make([]int, len(all))
	state := make([]int, len(all))
	var put func(i int)
	put = func(i int) {
		if state[i] != 0 {
			return
		}
		state[i] = 1
		up := -1
		if p := parent[i]; p >= 0 {
			if state[p] == 1 {
				b.notes = append(b.notes, say("codein.note.circle", "name", clip(all[i].name, 60)))
			} else {
				put(p)
				up = at[p]
			}
		}
		state[i] = 2
		c := all[i]
		c.parent = up
		at[i] = b.add(c)
	}
	for i := range all {
		put(i)
	}
	b.settle()
}

// add puts one into the list as it can be kept and gives its place. One that is there already, or has no name that can be kept,
// gives its place to the one there, or to its parent.
func (b *codebookIn) add(c fileCode) int {
	name, err := qda.CleanName(c.name)
	if err != nil {
		b.notes = append(b.notes, say("codein.note.name", "name", clip(c.name, 60)))
		return c.parent
	}
	c.name = name
	if b.there == nil {
		b.there = map[sibling]int{}
	}
	key := sibling{c.parent, asName(name)}
	if i, ok := b.there[key]; ok {
		if !c.implied {
			b.notes = append(b.notes, say("codein.note.double", "name", clip(name, 60)))
		}
		return i
	}
	if len(b.codes) >= mostCodes {
		b.over++
		return c.parent
	}
	for _, f := range []*string{&c.definition, &c.use, &c.avoid, &c.example} {
		s, err := qda.CleanText(*f)
		if err != nil || utf8.RuneCountInString(s) > qda.MaxText-100 {
			b.notes = append(b.notes, say("codein.note.long", "name", clip(name, 60), "max", qda.MaxText))
			s = ""
		}
		*f = strings.TrimLeftFunc(s, unicode.IsSpace)
	}
	b.codes = append(b.codes, c)
	b.there[key] = len(b.codes) - 1
	return len(b.codes) - 1
}

// settle decides what the file left open: whether each is a theme or a code, and which colours are only those of what is above.
func (b *codebookIn) settle() {
	has := make([]bool, len(b.codes))
	for _, c := range b.codes {
		if c.parent >= 0 {
			has[c.parent] = true
		}
	}
	colours := make([]int16, len(b.codes))
	for i := range b.codes {
		c := &b.codes[i]
		under := c.parent >= 0 && b.codes[c.parent].kind == qda.Code
		if c.kind == "" {
			c.kind, c.guessed = qda.Code, true
			if has[i] && !under {
				c.kind = qda.Theme
			}
		} else if c.kind == qda.Theme && under {
			c.kind = qda.Code
			b.notes = append(b.notes, say("codein.note.under", "name", clip(c.name, 60)))
		}
		colours[i] = c.colour
		if c.parent >= 0 {
			if c.colour == 0 || c.colour == colours[c.parent] {
				c.inherits = c.colour != 0
				colours[i], c.colour = colours[c.parent], 0
			}
		}
		c.shown = colours[i]
	}
}

// codesOfProject reads the codebook of another program.
func codesOfProject(p *refi.Project) *codebookIn {
	b := &codebookIn{}
	var walk func(list []refi.Code, parent int)
	walk = func(list []refi.Code, parent int) {
		for _, x := range list {
			c := fileCode{parent: parent, name: x.Name, colour: exchange.NearestColour(x.Colour), guid: strings.ToLower(x.GUID.String()), placed: true}
			if !x.Codable {
				c.kind = qda.Theme
			}
			c.definition, c.use, c.avoid = undescribed(x.Description)
			walk(x.Children, b.add(c))
		}
	}
	walk(p.Codes, -1)
	b.settle()
	return b
}

// undescribed takes apart what described puts together: what a node means, when to use it and when not.
func undescribed(s string) (definition, use, avoid string) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	to := &definition
	for i, part := range strings.Split(s, "\n\n") {
		for _, lang := range i18n.Languages {
			l := i18n.New(lang, "UTC")
			if rest, ok := strings.CutPrefix(part, l.T("node.use")+": "); ok {
				to, part, i = &use, rest, 0
			} else if rest, ok := strings.CutPrefix(part, l.T("node.avoid")+": "); ok {
				to, part, i = &avoid, rest, 0
			}
		}
		if i > 0 && *to != "" {
			*to += "\n\n"
		}
		*to += part
	}
	return definition, use, avoid
}

// readCodebook reads a file as a codebook: a table by the uses of its columns, which are guessed where there are none, or a file of
// REFI-QDA. Both are read in a child. The reading is nil where the file is no table.
func readCodebook(ctx context.Context, x *exchange.Extractor, name string, data []byte, opt exchange.Options, uses func(*exchange.Reading) []string) (*codebookIn, *exchange.Reading, error) {
	if name = tableName(name); !isTable(name) {
		p, report, err := x.Project(ctx, data)
		if err != nil {
			return nil, nil, err
		}
		b, gone := codesOfProject(p), len(p.Sets)
		for _, i := range report.Items {
			if i.Fate == refi.Gone {
				gone += i.Count
			}
		}
		if gone > 0 {
			b.notes = append(b.notes, sayN("codein.note.left", gone))
		}
		return b, nil, nil
	}
	opt.Table = true
	r, err := x.Read(ctx, name, data, opt)
	if err != nil {
		return nil, nil, err
	}
	if r.Table == nil {
		return nil, nil, qda.Refuse(qda.Invalid, "tables.no_table")
	}
	return codesOfTable(r.Table, uses(r)), r, nil
}
