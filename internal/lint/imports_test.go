package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// own says which of our own folders each folder may import: the map of the house.
var own = map[string][]string{
	"internal/span":     {},
	"internal/i18n":     {},
	"migrations":        {},
	"web":               {},
	"web/page":          {"internal/i18n"},
	"internal/qda":      {"internal/span"},
	"internal/engine":   {"internal/qda", "internal/span"},
	"internal/store":    {"internal/qda", "internal/span", "migrations"},
	"internal/measure":  {"internal/qda", "internal/span"},
	"internal/exchange": {"internal/exchange/refi", "internal/qda", "internal/span"},
	// A library for others: the standard library alone.
	"internal/exchange/refi": {},
	"internal/pgrun":         {},
	"internal/pgtest":        {"internal/store", "internal/pgrun", "migrations"},
	"internal/progtest":      {},
	"internal/server": {"internal/engine", "internal/store", "internal/measure", "internal/exchange", "internal/exchange/refi",
		"internal/qda", "internal/span", "internal/i18n", "web", "web/page"},
	"cmd/anyam": {"internal/span", "internal/qda", "internal/engine", "internal/store", "internal/measure", "internal/exchange", "internal/exchange/refi",
		"internal/server", "internal/pgrun", "internal/i18n", "internal/bench", "internal/load", "migrations", "web", "web/page", "testdata/balikpapan"},
	"testdata/balikpapan": {}, // the demo study, embedded
	"internal/bench":      {"internal/engine", "internal/store", "internal/qda", "internal/span"},
	"internal/load":       {"internal/engine", "internal/store", "internal/qda", "internal/span"},
	"internal/e2e":        {},
	"internal/fault":      {},
	"internal/lint":       {},
}

// ownInTests says what the tests of a folder may import besides.
var ownInTests = map[string][]string{
	"internal/store":  {"internal/pgtest", "internal/pgrun", "internal/engine"},
	"internal/engine": {"internal/pgtest", "internal/store", "internal/bench", "migrations"},
	"internal/server": {"internal/pgtest", "internal/pgrun", "migrations"},
	"cmd/anyam":       {"internal/pgtest"},
	"migrations":      {"internal/pgtest", "internal/store"},
	"internal/e2e": {"internal/pgtest", "internal/progtest", "internal/pgrun", "internal/qda", "internal/span", "internal/engine", "internal/store",
		"internal/exchange", "internal/i18n", "migrations", "web"},
	"internal/fault": {"internal/pgtest", "internal/progtest", "internal/pgrun", "internal/qda", "internal/span", "internal/engine", "internal/store",
		"internal/server", "internal/exchange", "internal/i18n", "migrations", "web"},
	"internal/bench":    {"internal/pgtest"},
	"internal/load":     {"internal/pgtest", "internal/progtest"},
	"internal/exchange": {"internal/progtest"},
	"internal/lint":     {"internal/i18n", "migrations"},
}

// sharp says who may hold the imports that cut: a path, which stands for what is
// below it too, and the folders that may have it. FOLDER_test are a folder's test files only, "tests" all.
var sharp = map[string][]string{
	"github.com/jackc/pgx": {"internal/store", "internal/pgrun", "internal/pgtest", "internal/server_test", "internal/fault_test"},
	"database/sql":         {"internal/store", "internal/pgtest"},
	"net/http":             {"internal/server", "web", "cmd/anyam", "internal/e2e", "internal/load", "internal/fault"},
	// pgrun starts Postgres, exchange the child that reads uploads; progtest builds the program; e2e, fault, load and
	// the tests of cmd/anyam start it, lint the go command, tests of refi a checker of schemas.
	"os/exec": {"internal/pgrun", "internal/exchange", "internal/exchange/refi_test", "internal/progtest", "internal/load", "internal/e2e", "internal/fault", "cmd/anyam_test", "internal/lint_test"},
	// server makes the secrets of sessions and links itself: one that could be handed in could be foreseen.
	"crypto/rand": {"cmd/anyam", "internal/server", "internal/load", "tests"},
	"unsafe":      {"internal/exchange"}, // calls of Linux for the sandbox of that child
	"plugin":      {},
	// Metrics are the site's own; what they count is handed to it.
	"github.com/prometheus": {"internal/server"},
}

// calls says who may read what differs from run to run; it enters at cmd and is handed down.
var calls = map[string][]string{
	"os.Getenv":    {"cmd/anyam", "tests"},
	"os.LookupEnv": {"cmd/anyam", "tests"},
	"os.Environ":   {"cmd/anyam", "tests"},
	// pgrun measures how long a server has been starting, web how long bundling took; bench and load measure.
	"time.Now":   {"cmd/anyam", "tests", "internal/pgrun", "web", "internal/bench", "internal/load"},
	"time.Since": {"cmd/anyam", "tests", "internal/pgrun", "web", "internal/bench", "internal/load"},
	"time.Until": {"cmd/anyam", "tests", "internal/pgrun", "web", "internal/bench", "internal/load"},
}

// forTests are the folders that exist for tests and are imported by nothing else.
var forTests = []string{"internal/pgtest", "internal/progtest", "internal/e2e", "internal/fault"}

func allowed(f file, owners []string) bool {
	return slices.Contains(owners, f.room()) ||
		f.test() && slices.Contains(owners, f.room()+"_test") ||
		slices.Contains(owners, "tests") && (f.test() || slices.Contains(forTests, f.room()))
}

// imports complains about what a Go file imports.
func imports(f file) []string {
	_, tree, err := parse(f, parser.ImportsOnly)
	if err != nil {
		return []string{err.Error()}
	}
	may, listed := own[f.room()]
	if !listed {
		return []string{fmt.Sprintf("%s: the folder %s is not on the map in imports_test.go", f.path, f.room())}
	}
	if f.test() {
		may = slices.Concat(may, ownInTests[f.room()], []string{f.room()})
	}
	var out []string
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return []string{fmt.Sprintf("%s: import %s: %v", f.path, spec.Path.Value, err)}
		}
		if folder, ours := strings.CutPrefix(p, module+"/"); ours && !slices.Contains(may, folder) {
			out = append(out, fmt.Sprintf("%s imports %s, and the map does not let it", f.path, folder))
		}
		for cut, owners := range sharp {
			if (p == cut || strings.HasPrefix(p, cut+"/")) && !allowed(f, owners) {
				out = append(out, fmt.Sprintf("%s imports %s, which belongs to %v alone", f.path, p, owners))
			}
		}
		if spec.Name != nil && spec.Name.Name == "." {
			out = append(out, fmt.Sprintf("%s imports %s with a dot, which hides where names come from", f.path, p))
		}
	}
	return out
}

// uses complains about names of other packages that a Go file uses.
func uses(f file) []string {
	set, tree, err := parse(f, 0)
	if err != nil {
		return []string{err.Error()}
	}
	names := map[string]string{} // in this file → package
	for _, spec := range tree.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	var out []string
	ast.Inspect(tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		name := names[x.Name] + "." + sel.Sel.Name
		if owners, found := calls[name]; found && !allowed(f, owners) {
			out = append(out, fmt.Sprintf("%v: %s belongs to %v and is handed down from there", set.Position(sel.Pos()), name, owners))
		}
		if f.test() {
			switch {
			case name == "time.Sleep":
				out = append(out, fmt.Sprintf("%v: a test waits for what it waits for, it does not sleep", set.Position(sel.Pos())))
			case names[x.Name] == "" && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name):
				out = append(out, fmt.Sprintf("%v: a test is not skipped; what is missing fails with a message", set.Position(sel.Pos())))
			}
		}
		return true
	})
	return out
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range walk(t, []string{".go"}, "cmd", "internal", "web", "migrations") {
		seen[f.room()] = true
		report(t, imports(f))
		if !f.generated() {
			report(t, uses(f))
		}
	}
	for _, must := range []string{"internal/span", "internal/lint", "internal/qda", "web/page"} {
		if !seen[must] {
			t.Errorf("%s was not looked at", must)
		}
	}
	for room, may := range own {
		for _, other := range slices.Concat(may, ownInTests[room]) {
			if _, listed := own[other]; !listed {
				t.Errorf("the map lets %s import %s, which it does not list", room, other)
			}
		}
	}
}

func TestImportsFinds(t *testing.T) {
	for _, c := range []struct{ what, path, text, want string }{
		{"a room that is not on the map", "internal/util/a.go", `package util`, "not on the map"},
		{"a folder below a room", "internal/engine/sub/a.go", `package sub`, "not on the map"},
		{"engine importing store", "internal/engine/a.go", `package engine; import _ "anyam/internal/store"`, "internal/store"},
		{"the same in a test", "internal/engine/a_test.go", `package engine; import _ "anyam/internal/store"`, ""},
		{"a test of its own package", "internal/engine/a_test.go", `package engine_test; import _ "anyam/internal/engine"`, ""},
		{"pgtest outside tests", "internal/server/a.go", `package server; import _ "anyam/internal/pgtest"`, "pgtest"},
		{"span importing anything of ours", "internal/span/a.go", `package span; import _ "anyam/internal/qda"`, "internal/qda"},
		{"pgx in the server", "internal/server/a.go", `package server; import _ "github.com/jackc/pgx/v5/pgxpool"`, "belongs to"},
		{"pgx in the store", "internal/store/a.go", `package store; import _ "github.com/jackc/pgx/v5"`, ""},
		{"another module that begins alike", "internal/qda/a.go", `package qda; import _ "github.com/jackc/pgxother"`, ""},
		{"net/http in the engine", "internal/engine/a.go", `package engine; import _ "net/http"`, "net/http"},
		{"httptest in the engine", "internal/engine/a_test.go", `package engine; import _ "net/http/httptest"`, "net/http"},
		{"os/exec in the server", "internal/server/a.go", `package server; import _ "os/exec"`, "os/exec"},
		{"os/exec in main", "cmd/anyam/a.go", `package main; import _ "os/exec"`, "os/exec"},
		{"os/exec in a test of main", "cmd/anyam/a_test.go", `package main; import _ "os/exec"`, ""},
		{"chance in the engine", "internal/engine/a.go", `package engine; import _ "crypto/rand"`, "crypto/rand"},
		{"chance in a test", "internal/engine/a_test.go", `package engine; import _ "crypto/rand"`, ""},
		{"a dot", "internal/qda/a.go", `package qda; import . "strings"`, "dot"},
		{"a broken file", "internal/qda/a.go", `package`, "does not parse"},
	} {
		proves(t, c.what, c.want, imports(file{c.path, c.text}))
	}
	for _, c := range []struct{ what, path, text, want string }{
		{"the clock", "internal/engine/a.go", `package engine; import "time"; var x = time.Now()`, "time.Now"},
		{"the clock by another name", "internal/engine/a.go", `package engine; import c "time"; var now = c.Now`, "time.Now"},
		{"the clock in a test", "internal/engine/a_test.go", `package engine; import "time"; var x = time.Now()`, ""},
		{"the clock in main", "cmd/anyam/main.go", `package main; import "time"; var x = time.Now()`, ""},
		{"a time that is not now", "internal/engine/a.go", `package engine; import "time"; var x = time.Unix(3, 4)`, ""},
		{"the environment", "internal/server/a.go", `package server; import "os"; var x = os.Getenv("X")`, "os.Getenv"},
		{"a sleeping test", "internal/qda/a_test.go", `package qda; import "time"; func f() { time.Sleep(3) }`, "sleep"},
		{"a skipped test", "internal/qda/a_test.go", `package qda; import "testing"; func TestX(t *testing.T) { t.Skip("no") }`, "skipped"},
	} {
		proves(t, c.what, c.want, uses(file{c.path, c.text}))
	}
}
