package store_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
)

// What one database holds can be spread over many machines by project only as long as no key and no statement reaches over
// the border between two. These tests read the schema and the SQL and say where that ends; what is known not to hold stands in
// lists, with what one does about it.

// everywhere are the tables outside projects, of which each machine would have a copy.
var everywhere = map[string]string{
	"account": "people work in many projects",
	"session": "asked for before any project is known",
	"bucket":  "attempts are counted by address and account",
	"link":    "asked for by its token, before any project is known",
}

// ledgers are tables that say which steps the schema went through: they stay on the coordinator.
var ledgers = []string{"schema_migrations", "schema_version"}

// crossings are keys and indexes that do not begin with the project, with the reason and the way out.
var crossings = map[string]string{
	"project_guid_key":  "a project is made once however often that is asked; its guid is known before its number. Spread, guids are kept unique by a table of their own on every machine",
	"coder_projects":    "an index by account for the list of one's projects, the one page that asks every machine; it is unique nowhere",
	"link_project_fkey": "invitations name their project. Spread, a table on every machine may not refer to one that is spread: the rule goes, and anyam_delete_project deletes a project's links by itself",
}

// asking are statements of the package that touch rows of projects without naming one, by a part of their text.
var asking = map[string]string{
	"WHERE c.account = $1 AND c.role <> '' AND p.head > 0":                   "the list of one's projects: by account, over all machines",
	"LOCK TABLE ‹?› IN":                                                      "backup and restore are of the whole instance",
	"COPY ‹?› (‹?›)":                                                         "backup and restore are of the whole instance",
	"SELECT EXISTS (SELECT FROM ‹?›)":                                        "restore wants an empty instance",
	"SELECT coalesce(max(‹?›), 0) FROM ‹?›":                                  "restore lets numbers go on where they stood",
	"DELETE FROM ‹?›":                                                        "restore empties what a first start has put into an empty instance",
	"($1, $2, $3, 1, $4, $5, $6, now(), now()) RETURNING id":                 "a project made up for a benchmark has no number yet",
	"LEFT JOIN entry e ON e.project = p.id AND e.seq = p.head ORDER BY p.id": "a backup names every project's head",
}

// within are the functions that run with the rights of the tables' owner, and why each may look at more than one project.
var within = map[string]string{
	"anyam_make_project": "there is no number yet",
	"anyam_projects":     "the command line's list of names",
	"anyam_heads":        "the heads of the projects that this process has open",
	"anyam_ownerless":    "the first account claims what was made before it",
	"anyam_listed":       "the projects of one account, each looked into by its number",
	"anyam_sweep":        "old uploads of all projects, and projects that never began, each looked for within its own",
}

// spreading lists the tables of a database by what they would become: those that are spread, with the column that decides, and the others.
func spreading(ctx context.Context, c *pgx.Conn) (spread map[string]string, others []string, err error) {
	rows, err := c.Query(ctx, `SELECT c.relname::text, coalesce((SELECT true FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'project' AND NOT a.attisdropped), false)
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`)
	if err != nil {
		return nil, nil, err
	}
	spread = map[string]string{}
	var name string
	var has bool
	_, err = pgx.ForEachRow(rows, []any{&name, &has}, func() error {
		switch {
		case name == "project":
			spread[name] = "id"
		case has && everywhere[name] == "":
			spread[name] = "project"
		default:
			others = append(others, name)
		}
		return nil
	})
	return spread, others, err
}

// straying lists the keys and indexes that reach over the border of a project. It notes in used which of the known ones it met.
func straying(ctx context.Context, c *pgx.Conn, used map[string]bool) (bad []string, err error) {
	spread, others, err := spreading(ctx, c)
	if err != nil {
		return nil, err
	}
	say := func(name, format string, args ...any) {
		if crossings[name] != "" {
			used[name] = true
			return
		}
		bad = append(bad, fmt.Sprintf(format, args...))
	}
	for _, name := range others {
		if everywhere[name] == "" && !slices.Contains(ledgers, name) {
			bad = append(bad, fmt.Sprintf("the table %s has no column project and is not listed as one outside projects", name))
		}
		used[name] = true
	}
	rows, err := c.Query(ctx, `SELECT t.relname::text, i.relname::text, x.indisunique, coalesce(a.attname::text, '')
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE t.relnamespace = 'public'::regnamespace ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	var table, name, first string
	var unique bool
	if _, err := pgx.ForEachRow(rows, []any{&table, &name, &unique, &first}, func() error {
		if by, is := spread[table]; is && first != by {
			say(name, "the index %s of %s (unique: %v) begins with %q and not with %s", name, table, unique, first, by)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	rows, err = c.Query(ctx, `SELECT f.relname::text, t.relname::text, k.conname::text,
		(SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(x, n) JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = x),
		(SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(x, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x)
		FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f' AND f.relnamespace = 'public'::regnamespace ORDER BY 1, 3`)
	if err != nil {
		return nil, err
	}
	var to string
	var mine, theirs []string
	_, err = pgx.ForEachRow(rows, []any{&table, &to, &name, &mine, &theirs}, func() error {
		from, spreads := spread[table]
		target, isSpread := spread[to]
		switch {
		case spreads && isSpread && (mine[0] != from || theirs[0] != target):
			say(name, "%s of %s (%v) refers to %s (%v) across projects", name, table, mine, to, theirs)
		case !spreads && isSpread:
			say(name, "%s of %s, which is outside projects, refers to %s, which is in them", name, table, to)
		case spreads && !isSpread && everywhere[to] == "":
			say(name, "%s of %s refers to %s, which is neither in projects nor on every machine", name, table, to)
		}
		return nil
	})
	return bad, err
}

func TestKeysStayInsideAProject(t *testing.T) {
	t.Parallel()
	c := connect(t, pgtest.New(t))
	used := map[string]bool{}
	bad, err := straying(t.Context(), c, used)
	must(t, err)
	for _, b := range bad {
		t.Error(b)
	}
	for _, name := range slices.Sorted(maps.Keys(crossings)) {
		if !used[name] {
			t.Errorf("%s is listed and is not there", name)
		}
	}
	for name := range everywhere {
		if !used[name] {
			t.Errorf("the table %s is listed and is not there", name)
		}
	}
	// It finds what it is for.
	for sql, want := range map[string]string{
		`CREATE TABLE extra (n int)`:                                                                                           "the table extra",
		`CREATE TABLE extra (project bigint, n bigint PRIMARY KEY)`:                                                            "extra_pkey",
		`CREATE TABLE extra (project bigint, n bigint, UNIQUE (n, project))`:                                                   "begins with \"n\"",
		`CREATE INDEX extra ON memo (coder)`:                                                                                   "extra of memo",
		`CREATE INDEX extra ON memo (lower(text))`:                                                                             "extra of memo",
		`ALTER TABLE coding ADD x bigint, ADD CONSTRAINT extra FOREIGN KEY (x, coder) REFERENCES coder (project, n)`:           "across projects",
		`ALTER TABLE session ADD project bigint, ADD n bigint, ADD CONSTRAINT extra FOREIGN KEY (project, n) REFERENCES coder`: "outside projects",
		`CREATE TABLE list (n bigint PRIMARY KEY); ALTER TABLE memo ADD x bigint, ADD CONSTRAINT extra FOREIGN KEY (x) REFERENCES list; ALTER TABLE list ADD CHECK (n > 0)`: "refers to list",
	} {
		tx, err := c.Begin(t.Context())
		must(t, err)
		_, err = tx.Exec(t.Context(), sql)
		must(t, err)
		bad, err := straying(t.Context(), c, map[string]bool{})
		must(t, err)
		if !strings.Contains(strings.Join(bad, "\n"), want) {
			t.Errorf("%s: %q", sql, bad)
		}
		must(t, tx.Rollback(t.Context()))
	}
}

var (
	isSQL = regexp.MustCompile(`(?is)^[\s(]*(select|insert|update|delete|with|lock|copy|truncate|merge)\b`)
	// A table that is read or changed; what the program fills in could be any.
	touches   = regexp.MustCompile(`(?i)\b(from|join|update|into|table|copy|using)\s+(?:only\s+)?"?(‹\?›|[a-z_]+)"?(?:\s*\()?`)
	inProject = regexp.MustCompile(`(?i)\b(?:[a-z]+\.)?project\s*=\s*(?:\$\d|[a-z]+\.(?:project|id)\b|p\b)|\bid\s*=\s*(?:\$1\b|p\b|ANY)`)
)

// loose says why a statement could reach more than one project; "" where it can't. Tables are those that are spread.
func loose(sql string, spread map[string]string) string {
	need := 0
	for _, m := range touches.FindAllStringSubmatch(sql, -1) {
		_, is := spread[m[2]]
		if call := strings.HasSuffix(strings.TrimSpace(m[0]), "("); call && m[2] != "‹?›" && !strings.EqualFold(m[1], "into") && !strings.EqualFold(m[1], "copy") || !is && m[2] != "‹?›" {
			continue // a function, or a table outside
		}
		if strings.EqualFold(m[1], "into") {
			// A row that is written says its project; and so does the conflict it may meet.
			if !regexp.MustCompile(`(?is)into\s+"?` + regexp.QuoteMeta(m[2]) + `"?(?:\s+as\s+\w+)?\s*(?:\(project\b|select \* from json_populate_recordset)`).MatchString(sql) {
				return "it writes into " + m[2] + " without its project"
			}
			if at := strings.Index(strings.ToLower(sql), "on conflict ("); at >= 0 && !strings.HasPrefix(strings.ToLower(sql[at:]), "on conflict (project") {
				return "its conflict is not within a project"
			}
			continue
		}
		need++
	}
	if have := len(inProject.FindAllString(sql, -1)); have < need {
		return fmt.Sprintf("it touches %d tables of projects and names a project %d times", need, have)
	}
	return ""
}

// statements of the package: every string of its files that is SQL, put together where it is in parts; what is filled in at
// run time is ‹?›.
func statementsOf(t *testing.T, name, text string) (all []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	var flat func(e ast.Expr) string
	flat = func(e ast.Expr) string {
		switch x := e.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(x.Value); x.Kind == token.STRING && err == nil {
				return regexp.MustCompile(`%(\[\d\])?[sv]`).ReplaceAllString(s, "‹?›")
			}
		case *ast.BinaryExpr:
			if x.Op == token.ADD {
				return flat(x.X) + flat(x.Y)
			}
		case *ast.Ident:
			if s, ok := constants[x.Name]; ok {
				return s
			}
		}
		return "‹?›"
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ValueSpec:
			for i, id := range x.Names {
				if i < len(x.Values) {
					if s := flat(x.Values[i]); s != "‹?›" {
						constants[id.Name] = s
					}
				}
			}
		}
		return true
	})
	ast.Inspect(tree, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		switch x := e.(type) {
		case *ast.BasicLit:
		case *ast.BinaryExpr:
			if x.Op != token.ADD {
				return true
			}
		default:
			return true
		}
		if s := flat(e); isSQL.MatchString(s) {
			all = append(all, strings.Join(strings.Fields(s), " "))
		}
		return false // its parts are no statements
	})
	return all
}

func TestStatementsNameTheirProject(t *testing.T) {
	t.Parallel()
	c := connect(t, pgtest.New(t))
	spread, _, err := spreading(t.Context(), c)
	must(t, err)
	files, err := filepath.Glob("*.go")
	must(t, err)
	n, used := 0, map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		must(t, err)
		for _, sql := range statementsOf(t, f, string(text)) {
			n++
			why := loose(sql, spread)
			if why == "" {
				continue
			}
			known := false
			for part := range asking {
				if strings.Contains(sql, part) {
					known, used[part] = true, true
				}
			}
			if !known {
				t.Errorf("%s: %s:\n\t%s", f, why, sql)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d statements were found", n)
	}
	for part := range asking {
		if !used[part] {
			t.Errorf("%q is listed and is not there", part)
		}
	}
	// Functions with the rights of the tables' owner.
	rows, err := c.Query(t.Context(), `SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1`)
	must(t, err)
	var name, body string
	seen := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&name, &body}, func() error {
		seen[name] = true
		for _, sql := range strings.Split(body, ";") {
			sql = strings.Join(strings.Fields(sql), " ")
			if i := regexp.MustCompile(`(?i)\b(perform|insert|select|update|delete)\b`).FindStringIndex(sql); i != nil {
				sql = sql[i[0]:]
			}
			if why := loose(strings.ReplaceAll(sql, "%I", "‹?›"), spread); why != "" && within[name] == "" {
				t.Errorf("%s: %s:\n\t%s", name, why, sql)
			}
		}
		return nil
	})
	must(t, err)
	for name := range within {
		if !seen[name] {
			t.Errorf("the function %s is listed and is not there", name)
		}
	}
	t.Logf("%d statements and %d functions were read", n, len(seen))

	// It finds what it is for, and lets pass what is right.
	for sql, want := range map[string]string{
		"SELECT n FROM memo WHERE n = $1":                                                               "names a project 0 times",
		"UPDATE coding SET code = $1 WHERE n = $2":                                                      "names a project 0 times",
		"DELETE FROM ‹?› WHERE n = $1":                                                                  "names a project 0 times",
		"SELECT 1 FROM coding c JOIN node d ON d.n = c.code WHERE c.project = $1":                       "2 tables of projects and names a project 1",
		"INSERT INTO memo (n, text) VALUES ($1, $2)":                                                    "without its project",
		"INSERT INTO memo (project, n) VALUES ($1, $2) ON CONFLICT (n) DO NOTHING":                      "conflict",
		`SELECT 1 FROM "case" WHERE name = $1`:                                                          "names a project 0 times",
		"SELECT 1 FROM account WHERE id = $1":                                                           "",
		"SELECT 1 FROM memo WHERE project = $1":                                                         "",
		"UPDATE project SET head = 1 WHERE id = $1":                                                     "",
		"SELECT 1 FROM memo m JOIN node n ON n.project = m.project AND n.n = m.on WHERE m.project = $1": "",
		"INSERT INTO memo (project, n) VALUES ($1, $2) ON CONFLICT (project, n) DO NOTHING":             "",
		"SELECT id FROM anyam_heads($1)":                                                                "",
	} {
		if got := loose(sql, spread); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

// spreadBlock is what README says of the tables, made from the catalogue: the statements for Citus.
func spreadBlock(ctx context.Context, c *pgx.Conn) (string, error) {
	spread, others, err := spreading(ctx, c)
	if err != nil {
		return "", err
	}
	// Those that others refer to come first, as a rule between two tables wants both on the same machine.
	rows, err := c.Query(ctx, `SELECT DISTINCT f.relname::text, t.relname::text FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
		WHERE k.contype = 'f' AND f.relnamespace = 'public'::regnamespace AND f.oid <> t.oid`)
	if err != nil {
		return "", err
	}
	needs := map[string][]string{}
	var from, to string
	if _, err := pgx.ForEachRow(rows, []any{&from, &to}, func() error { needs[from] = append(needs[from], to); return nil }); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("```sql\n-- rules that reach over projects\n")
	for _, name := range slices.Sorted(maps.Keys(crossings)) {
		switch {
		case strings.HasSuffix(name, "_fkey"):
			fmt.Fprintf(&b, "ALTER TABLE %s DROP CONSTRAINT %s;\n", strings.SplitN(name, "_", 2)[0], name)
		case strings.HasSuffix(name, "_key"):
			fmt.Fprintf(&b, "ALTER TABLE %s DROP CONSTRAINT %s; -- see below\n", strings.SplitN(name, "_", 2)[0], name)
		}
	}
	numbered, err := counting(ctx, c)
	if err != nil {
		return "", err
	}
	done := map[string]bool{}
	distribute := func(names []string) error {
		for left := len(names); left > 0; {
			before := left
			for _, name := range names {
				if done[name] || slices.ContainsFunc(needs[name], func(other string) bool { return spread[other] != "" && !done[other] }) {
					continue
				}
				done[name] = true
				left--
				beside := ", colocate_with => 'project'"
				if name == "project" {
					beside = ""
				}
				fmt.Fprintf(&b, "SELECT create_distributed_table('%s', '%s'%s);\n", name, spread[name], beside)
			}
			if left == before {
				return fmt.Errorf("tables refer to one another in a circle")
			}
		}
		return nil
	}
	names := slices.Sorted(maps.Keys(spread))
	own := func(name string) bool { return slices.Contains(numbered, name) }
	b.WriteString("-- spread by project; first those that number by themselves, before a rule ties them to anything\n")
	if err := distribute(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !own(n) })); err != nil {
		return "", err
	}
	b.WriteString("-- a copy on every machine\n")
	for _, name := range others {
		if everywhere[name] != "" {
			fmt.Fprintf(&b, "SELECT create_reference_table('%s');\n", name)
		}
	}
	b.WriteString("-- spread by project, all of a project on one machine\n")
	if err := distribute(slices.DeleteFunc(slices.Clone(names), own)); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "-- only on the coordinator: %s\n```", strings.Join(slices.DeleteFunc(slices.Clone(others), func(n string) bool { return everywhere[n] != "" }), ", "))
	return b.String(), nil
}

// counting lists the tables with a column that numbers by itself.
func counting(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `SELECT DISTINCT c.relname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND a.attidentity <> '' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func TestReadmeSaysHowTablesSpread(t *testing.T) {
	t.Parallel()
	c := connect(t, pgtest.New(t))
	want, err := spreadBlock(t.Context(), c)
	must(t, err)
	// After the rules were dropped, what is left over the border is no rule but an index to look things up by.
	for _, row := range strings.Split(want, "\n") {
		if strings.HasPrefix(row, "ALTER TABLE") {
			_, err := c.Exec(t.Context(), row)
			must(t, err)
		}
	}
	left := map[string]bool{}
	_, err = straying(t.Context(), c, left)
	must(t, err)
	for name := range crossings {
		if left[name] != (name == "coder_projects") {
			t.Errorf("after the rules were dropped, %s is there: %v", name, left[name])
		}
	}
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, after, found := strings.Cut(string(readme), "<!-- spread -->\n")
	block, _, ended := strings.Cut(after, "\n<!-- /spread -->")
	if !found || !ended {
		t.Fatalf("README.md has no block between <!-- spread --> and <!-- /spread -->; it should be\n%s", want)
	}
	if block != want {
		t.Errorf("README.md is behind the schema; between the marks should be\n%s", want)
	}
}
