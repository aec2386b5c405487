package i18n

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forms reads a catalogue: key to plural form ("" for a plain message) to text.
func forms(t *testing.T, lang string) (map[string]map[string]string, []string) {
	t.Helper()
	raw, err := files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	out, order := map[string]map[string]string{}, []string{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s.json, %v: %v", lang, k, err)
		}
		key := k.(string)
		if out[key] != nil {
			t.Errorf("%s.json has %s twice", lang, key)
		}
		order = append(order, key)
		out[key] = map[string]string{}
		switch v := v.(type) {
		case string:
			out[key][""] = v
		case map[string]any:
			for form, text := range v {
				out[key][form] = text.(string)
			}
		}
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n") {
		if i > 0 && i <= len(order) && !strings.HasPrefix(line, `  "`+order[i-1]+`": `) {
			t.Fatalf("%s.json, line %d: one key a line, as %s should stand here", lang, i+1, order[i-1])
		}
	}
	return out, order
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func placeholders(s string) []string {
	p := placeholder.FindAllString(s, -1)
	slices.Sort(p)
	return slices.Compact(p)
}

func TestCataloguesAgree(t *testing.T) {
	en, order := forms(t, "en")
	id, orderID := forms(t, "id")
	if !slices.IsSorted(order) || !slices.IsSorted(orderID) {
		t.Error("the catalogues are sorted by key")
	}
	for _, key := range order {
		if id[key] == nil {
			t.Errorf("%s is not in id.json", key)
			continue
		}
		_, plain := en[key][""]
		_, plainID := id[key][""]
		if plain != plainID {
			t.Errorf("%s counts in one language only", key)
		}
		if !plain {
			if len(en[key]) != 2 || en[key]["one"] == "" || en[key]["other"] == "" {
				t.Errorf("%s: English has the forms one and other", key)
			}
			if len(id[key]) != 1 || id[key]["other"] == "" {
				t.Errorf("%s: Indonesian has the form other", key)
			}
			if a, b := placeholders(en[key]["other"]), placeholders(en[key]["one"]+"{n}"); !slices.Equal(slices.Compact(slices.Sorted(slices.Values(append(a, "{n}")))), b) {
				t.Errorf("%s: the forms have different placeholders: %v and %v", key, a, b)
			}
		}
		a, b := placeholders(en[key][""]+en[key]["other"]), placeholders(id[key][""]+id[key]["other"])
		if !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v in English, %v in Indonesian", key, a, b)
		}
		for _, c := range []map[string]string{en[key], id[key]} {
			for _, s := range c {
				if s == "" || s != strings.TrimSpace(s) || strings.Contains(s, "{{") || strings.Contains(s, "  ") {
					t.Errorf("%s: %q is empty, has stray spaces or double braces", key, s)
				}
			}
		}
	}
	for _, key := range orderID {
		if en[key] == nil {
			t.Errorf("%s is not in en.json", key)
		}
	}
}

var (
	spoken  = regexp.MustCompile(`\b([TN])\(\s*"([A-Za-z0-9_.-]+)"\s*(\+?)`)
	literal = regexp.MustCompile("[\"'`]([A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*\\.?)[\"'`]")
)

// TestKeysAreUsedAndThere reads every Go file, template and script: a key that
// is spoken must be in the catalogue, in the right kind, and a key of the
// catalogue must be spoken. A literal that ends in a dot, or is continued
// with a plus, speaks all keys that begin with it.
func TestKeysAreUsedAndThere(t *testing.T) {
	en, order := forms(t, "en")
	used, prefixes := map[string]bool{}, []string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "vendor", "testdata", ".ci":
				return filepath.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(path)
		if ext != ".go" && ext != ".templ" && ext != ".ts" || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range spoken.FindAllSubmatch(src, -1) {
			key := string(m[2])
			if strings.HasSuffix(key, ".") || len(m[3]) > 0 {
				if !slices.ContainsFunc(order, func(k string) bool { return strings.HasPrefix(k, key) }) {
					t.Errorf("%s: no key in the catalogue begins with %s", path, key)
				}
				prefixes = append(prefixes, key)
				continue
			}
			if en[key] == nil {
				t.Errorf("%s: %s is in no catalogue", path, key)
				continue
			}
			if _, plain := en[key][""]; plain == (string(m[1]) == "N") {
				t.Errorf("%s: %s is spoken with %s, but the catalogue has the other kind", path, key, m[1])
			}
		}
		for _, m := range literal.FindAllSubmatch(src, -1) {
			if key := string(m[1]); strings.HasSuffix(key, ".") {
				prefixes = append(prefixes, key)
			} else {
				used[key] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range order {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is in the catalogue and spoken nowhere", key)
		}
	}
}
