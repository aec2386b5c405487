package lint

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// avoided are the words that the project has another word for; qda/doc.go has
// the vocabulary. One word for one thing, in code, in the database and on pages.
var avoided = map[string]string{
	"workspace": "project", "corpus": "project",
	"source": "document", "transcript": "document",
	"paragraph": "turn", "line": "turn", "utterance": "turn",
	"range":     "span",
	"quotation": "segment", "excerpt": "segment",
	"tag": "code", "label": "code", "category": "code",
	"highlight": "coding", "annotation": "coding",
	"folder": "theme", "group": "theme",
	"taxonomy": "codebook",
	"comment":  "memo or remark", "note": "memo",
	"annotator": "coder", "user": "coder or account",
	"participant": "case or informant", "subject": "case",
	"variable": "attribute", "metadata": "attribute",
	"event": "change or entry", "command": "change", "action": "change",
	"revision": "seq or rev",
}

// names are names, table.column included, that have an avoided word in another sense.
var names = map[string]string{
	"Label":      "of a speaker, as the file has it",
	"turn.label": "of a speaker, as the file has it",
	"Range":      "as in Go's range and sync.Map.Range",
}

// keyParts are parts of message keys, and whole keys, that have an avoided word in another sense.
var keyParts = map[string]string{
	"action":                "what a button does",
	"label":                 "the name of a control",
	"note":                  "a hint beside a control",
	"documents.folder":      "of the reader's own disk",
	"count.groups":          "informant groups, as studies call this attribute",
	"reading.note.comments": "of the program that wrote the file",
}

// parts takes a name in camel case or snake case apart, in lower case.
func parts(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// wrong gives the avoided words in a name.
func wrong(name string) []string {
	var out []string
	for _, p := range parts(name) {
		for _, w := range []string{p, strings.TrimSuffix(p, "s"), strings.TrimSuffix(p, "ies") + "y", strings.TrimSuffix(p, "ed"), strings.TrimSuffix(p, "ing")} {
			if better, bad := avoided[w]; bad {
				out = append(out, fmt.Sprintf("%s (say %s)", w, better))
				break
			}
		}
	}
	return out
}

// identifiers complains about the exported names that a Go file declares.
func identifiers(f file) []string {
	set, tree, err := parse(f, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	look := func(id *ast.Ident) {
		if _, fine := names[id.Name]; fine || !id.IsExported() {
			return
		}
		for _, w := range wrong(id.Name) {
			out = append(out, fmt.Sprintf("%v: the name %s has the word %s", set.Position(id.Pos()), id.Name, w))
		}
	}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			look(d.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, id := range s.Names {
						look(id)
					}
				case *ast.TypeSpec:
					look(s.Name)
					ast.Inspect(s.Type, func(n ast.Node) bool {
						if field, ok := n.(*ast.Field); ok {
							for _, id := range field.Names {
								look(id)
							}
						}
						return true
					})
				}
			}
		}
	}
	return out
}

var (
	sqlComment  = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)`)
	createTable = regexp.MustCompile(`(?i)\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?\s*\(`)
	addColumn   = regexp.MustCompile(`(?i)\balter\s+table\s+(?:only\s+)?(?:if\s+exists\s+)?"?(\w+)"?[^;]*?\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?"?(\w+)"?`)
	renamed     = regexp.MustCompile(`(?i)\balter\s+table\s+"?(\w+)"?\s+rename\s+(?:column\s+)?"?\w+"?\s+to\s+"?(\w+)"?`)
	firstWord   = regexp.MustCompile(`^\s*"?(\w+)"?`)
	notColumns  = []string{"primary", "foreign", "unique", "check", "constraint", "exclude", "like"}
)

// columns gives table and column names of a migration, as table.column; a table
// itself as its name.
func columns(sql string) []string {
	sql = sqlComment.ReplaceAllString(sql, "")
	var out []string
	for _, m := range createTable.FindAllStringSubmatchIndex(sql, -1) {
		table := sql[m[2]:m[3]]
		out = append(out, table)
		depth, begin := 1, m[1]
		for i := m[1]; i < len(sql) && depth > 0; i++ {
			switch sql[i] {
			case '\'':
				if end := strings.IndexByte(sql[i+1:], '\''); end >= 0 {
					i += end + 1
				}
				continue
			case '(':
				depth++
				continue
			case ')':
				depth--
			}
			if depth == 0 || depth == 1 && sql[i] == ',' {
				if w := firstWord.FindStringSubmatch(sql[begin:i]); w != nil && !slices.Contains(notColumns, strings.ToLower(w[1])) {
					out = append(out, table+"."+w[1])
				}
				begin = i + 1
			}
		}
	}
	for _, re := range []*regexp.Regexp{addColumn, renamed} {
		for _, m := range re.FindAllStringSubmatch(sql, -1) {
			if !slices.Contains(notColumns, strings.ToLower(m[2])) {
				out = append(out, m[1]+"."+m[2])
			}
		}
	}
	return out
}

func columnWords(f file) []string {
	var out []string
	for _, c := range columns(f.text) {
		if _, fine := names[c]; fine {
			continue
		}
		_, column, isColumn := strings.Cut(c, ".")
		if !isColumn {
			column = c
		}
		for _, w := range wrong(column) {
			out = append(out, fmt.Sprintf("%s: %s has the word %s", f.path, c, w))
		}
	}
	return out
}

func keyWords(keys []string) []string {
	var out []string
	for _, key := range keys {
		if _, fine := keyParts[key]; fine {
			continue
		}
		for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' || r == '-' }) {
			if _, fine := keyParts[part]; fine {
				continue
			}
			for _, w := range wrong(part) {
				out = append(out, fmt.Sprintf("the message key %s has the word %s", key, w))
			}
		}
	}
	return out
}

func TestWords(t *testing.T) {
	rooms := []string{"internal/span", "internal/qda", "internal/engine", "internal/store", "internal/measure"}
	n := 0
	for _, f := range walk(t, []string{".go"}, "internal") {
		if slices.Contains(rooms, f.room()) && !f.test() {
			n++
			report(t, identifiers(f))
		}
	}
	if n < 10 {
		t.Errorf("only %d files were looked at", n)
	}
	found := 0
	for _, f := range walk(t, []string{".up.sql"}, "migrations") {
		found += len(columns(f.text))
		report(t, columnWords(f))
	}
	if found < 50 {
		t.Errorf("only %d columns were found", found)
	}
	for _, language := range []string{"en", "id"} {
		b, err := os.ReadFile(root + "/internal/i18n/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var catalogue map[string]any
		if err := json.Unmarshal(b, &catalogue); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for key := range catalogue {
			// Elements and reasons of the REFI-QDA schema have its names.
			if !strings.HasPrefix(key, "projectin.element.") && !strings.HasPrefix(key, "projectin.why.") {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		if len(keys) < 10 {
			t.Errorf("only %d messages were looked at", len(keys))
		}
		report(t, keyWords(keys))
	}
}

func TestWordsFinds(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"a type", `package qda; type CodeTag struct{}`, "tag (say code)"},
		{"a plural", `package qda; var Categories int`, "category"},
		{"a field", `package qda; type X struct { UserID int }`, "user"},
		{"a method of an interface", `package qda; type X interface { Highlights() }`, "highlight"},
		{"a function", `package qda; func AddAnnotation() {}`, "annotation"},
		{"capitals", `package qda; func XMLSource() {}`, "source"},
		{"a name of our own", `package qda; func tag() {}`, ""},
		{"a word within a word", `package qda; func Stage() {}; func Baseline() {}; type Resource int; func Notify() {}`, ""},
		{"a standard name", `package qda; func (x X) Range() {}`, ""},
	} {
		proves(t, c.what, c.want, identifiers(file{"internal/qda/a.go", c.text}))
	}
	sql := `CREATE TABLE IF NOT EXISTS "case" (
	  project bigint NOT NULL DEFAULT f(1, 2), -- a user, in a comment
	  n bigint CHECK (n > 0 AND x <> ', user ('),
	  "stop" int,
	  PRIMARY KEY (project, n)
	);
	ALTER TABLE coding ADD COLUMN category text;
	ALTER TABLE coding ADD CONSTRAINT tag CHECK (true);
	ALTER TABLE coding RENAME COLUMN a TO user_name;`
	got := columns(sql)
	want := []string{"case", "case.project", "case.n", "case.stop", "coding.category", "coding.user_name"}
	if !slices.Equal(got, want) {
		t.Errorf("columns: %v, not %v", got, want)
	}
	proves(t, "a column", "category", columnWords(file{"x.up.sql", sql}))
	proves(t, "a column in two words", "user", columnWords(file{"x.up.sql", sql}))
	proves(t, "a key", "comment", keyWords([]string{"memo.add", "memo.comment-first"}))
	proves(t, "good keys", "", keyWords([]string{"memo.add", "nav.label"}))
}
