package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the top of the tree, seen from this folder, where tests run.
const root = "../.."

// module is the path of the main module.
const module = "anyam"

// file is one file of the tree; path is relative to the top, with slashes.
type file struct {
	path string
	text string
}

func (f file) room() string { return path.Dir(f.path) }

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// generated reports whether a program wrote the file.
func (f file) generated() bool { return strings.HasSuffix(f.path, "_templ.go") }

// walk reads the files under folders whose name ends in one of the endings. It
// passes over hidden folders, packages of npm and test data, and fails when it
// finds nothing: a test over no files proves nothing.
func walk(t *testing.T, endings []string, folders ...string) []file {
	t.Helper()
	if mod, err := os.ReadFile(root + "/go.mod"); err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("%s is not the top of the tree: %v", root, err)
	}
	var files []file
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			base := d.Name()
			if d.IsDir() {
				if base != ".." && strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" {
					return fs.SkipDir
				}
				return nil
			}
			if !slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(base, end) }) {
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, name)
			files = append(files, file{filepath.ToSlash(rel), string(text)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no file %v under %v: nothing was looked at", endings, folders)
	}
	return files
}

// parse reads a Go file; the tests run over what others are writing, so a file
// that does not parse is a failure and not a panic.
func parse(f file, mode parser.Mode) (*token.FileSet, *ast.File, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, f.path, f.text, mode|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("%s does not parse: %w", f.path, err)
	}
	return set, tree, nil
}

// report fails the test with every complaint.
func report(t *testing.T, complaints []string) {
	t.Helper()
	for _, c := range complaints {
		t.Error(c)
	}
}

// proves fails unless the complaints about a made-up violation mention what is
// wrong with it; want "" is a case that must pass.
func proves(t *testing.T, what, want string, complaints []string) {
	t.Helper()
	all := strings.Join(complaints, "\n")
	switch {
	case want == "" && all != "":
		t.Errorf("%s is right, yet: %s", what, all)
	case want != "" && !strings.Contains(all, want):
		t.Errorf("%s: no complaint about %q, but %q", what, want, all)
	}
}

// top is what may lie at the top of the tree, beside names with a dot in front.
var top = []string{"cmd", "internal", "web", "migrations", "testdata", "go.mod", "go.sum", "Makefile", "README.md"}

func strangers(names []string) []string {
	var out []string
	for _, name := range names {
		if !strings.HasPrefix(name, ".") && !slices.Contains(top, name) {
			out = append(out, fmt.Sprintf("%s does not belong at the top of the tree", name))
		}
	}
	return out
}

func TestTop(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Contains(names, "go.mod") {
		t.Fatalf("%s is not the top of the tree", root)
	}
	report(t, strangers(names))

	proves(t, "a stray file", "notes.txt", strangers([]string{"go.mod", "notes.txt"}))
	proves(t, "a usual top", "", strangers([]string{"go.mod", "cmd", ".gitignore"}))
}
