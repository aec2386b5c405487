package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// What a template says outside of braces and tags, and in the attributes that people read or hear.
	saidText  = regexp.MustCompile(`>([^<>{}]*\p{L}{2,}[^<>{}]*)<`)
	saidWords = regexp.MustCompile(`\s(?:title|alt|placeholder|aria-label|aria-description|data-confirm)="([^"]*\p{L}{2,}[^"]*)"`)
	// Go within a template, whose comparisons look like tags.
	goRow = regexp.MustCompile(`^\s*(if|for|switch|case|}|//|func|return|var|:=|@)`)
)

// escapes lists the words of a template that do not come from the catalogue.
func escapes(src string) []string {
	var out []string
	for _, row := range strings.Split(src, "\n") {
		if goRow.MatchString(row) {
			continue
		}
		for _, re := range []*regexp.Regexp{saidText, saidWords} {
			for _, m := range re.FindAllStringSubmatch(row, -1) {
				if w := strings.TrimSpace(m[1]); w != "anyam" && !strings.HasPrefix(w, "@") && !keyName(w) {
					out = append(out, w)
				}
			}
		}
		// A row that is only words between rows of tags.
		if bare := strings.TrimSpace(row); bare != "" && strings.Contains(bare, " ") && regexp.MustCompile(`^\p{Lu}\p{Ll}[^<>{}="]*[.!?]$`).MatchString(bare) {
			out = append(out, bare)
		}
	}
	return out
}

// keyName reports whether words name a key of the keyboard, which is called the same in both languages.
func keyName(w string) bool {
	for _, k := range strings.FieldsFunc(w, func(r rune) bool { return r == ' ' || r == '+' }) {
		switch k {
		case "Alt", "Ctrl", "Shift", "Enter", "Esc", "Del", "Tab", "F2", "Home", "End":
		default:
			return false
		}
	}
	return true
}

// TestNoWordsBesideTheCatalogue: whatever a page says is said in both languages.
func TestNoWordsBesideTheCatalogue(t *testing.T) {
	files, err := filepath.Glob("../../web/page/*.templ")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range escapes(string(src)) {
			t.Errorf("%s says %q without the catalogue", filepath.Base(f), w)
		}
	}
	for _, bad := range []string{`<p>Some words</p>`, `<input placeholder="Type here"/>`, "<p>\n\tSome words here.\n</p>", `<button aria-label="Close">`} {
		if len(escapes(bad)) != 1 {
			t.Errorf("%q is not noticed", bad)
		}
	}
}
