package lint

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	migrationName = regexp.MustCompile(`^(\d{6})_([a-z0-9_]+)\.(up|down)\.sql$`)
	begins        = regexp.MustCompile(`(?is)^begin\s*;`)
	// Each file records its own number in the table that settles, at the next
	// start, whether a killed step went through.
	ends = map[string]*regexp.Regexp{
		"up":   regexp.MustCompile(`(?is)\binsert\s+into\s+schema_version\s*\(\s*version\s*\)\s*values\s*\(\s*(\d+)\s*\)\s*;\s*commit\s*;$`),
		"down": regexp.MustCompile(`(?is)\bdelete\s+from\s+schema_version\s+where\s+version\s*=\s*(\d+)\s*;\s*commit\s*;$`),
	}
	dollars = regexp.MustCompile(`(?s)\$(\w*)\$.*?\$(\w*)\$`)
	control = regexp.MustCompile(`(?i)(?:^|;)\s*(begin|commit|rollback|end)\b`)
)

// migrations complains about the files of the folder as a whole.
func migrations(files []file) []string {
	var out []string
	have := map[int][]string{}
	titles := map[int]string{}
	for _, f := range files {
		m := migrationName.FindStringSubmatch(path.Base(f.path))
		if m == nil {
			out = append(out, fmt.Sprintf("%s is not called NNNNNN_title.up.sql or .down.sql", f.path))
			continue
		}
		n, _ := strconv.Atoi(m[1])
		have[n] = append(have[n], m[3])
		if title, known := titles[n]; known && title != m[2] {
			out = append(out, fmt.Sprintf("step %d is called both %s and %s", n, title, m[2]))
		}
		titles[n] = m[2]
		text := strings.TrimSpace(sqlComment.ReplaceAllString(f.text, ""))
		if !begins.MatchString(text) {
			out = append(out, fmt.Sprintf("%s does not begin with BEGIN;", f.path))
		}
		if end := ends[m[3]].FindStringSubmatch(text); end == nil {
			out = append(out, fmt.Sprintf("%s does not end with its row of schema_version and COMMIT;", f.path))
		} else if end[1] != strconv.Itoa(n) {
			out = append(out, fmt.Sprintf("%s records step %s", f.path, end[1]))
		}
		if k := len(control.FindAllString(dollars.ReplaceAllString(text, "''"), -1)); k > 2 {
			out = append(out, fmt.Sprintf("%s is more than one transaction", f.path))
		}
	}
	for i, n := range slices.Sorted(maps.Keys(have)) {
		if n != i+1 {
			out = append(out, fmt.Sprintf("step %d is followed by step %d", i, n))
			break
		}
	}
	for n, ways := range have {
		slices.Sort(ways)
		if !slices.Equal(ways, []string{"down", "up"}) {
			out = append(out, fmt.Sprintf("step %d has %v and not up and down", n, ways))
		}
	}
	return out
}

func TestMigrations(t *testing.T) {
	report(t, migrations(walk(t, []string{".sql"}, "migrations")))
}

func TestMigrationsFinds(t *testing.T) {
	up := func(n string) string {
		return "-- why\nBEGIN;\ncreate table a (x int); DO $$ BEGIN END $$;\nINSERT INTO schema_version (version) VALUES (" + n + ");\nCOMMIT;\n"
	}
	down := func(n string) string {
		return "begin; drop table a; delete from schema_version where version = " + n + "; commit;"
	}
	for _, c := range []struct {
		what, want string
		files      []file
	}{
		{"a pair", "", []file{{"m/000001_a.up.sql", up("1")}, {"m/000001_a.down.sql", down("1")}}},
		{"no way down", "has [up]", []file{{"m/000001_a.up.sql", up("1")}}},
		{"a gap", "followed by", []file{{"m/000002_a.up.sql", up("2")}, {"m/000002_a.down.sql", down("2")}}},
		{"two titles", "called both", []file{{"m/000001_a.up.sql", up("1")}, {"m/000001_b.down.sql", down("1")}}},
		{"another name", "is not called", []file{{"m/1.sql", up("1")}}},
		{"another number", "records step 2", []file{{"m/000001_a.up.sql", up("2")}}},
		{"no transaction", "begin with", []file{{"m/000001_a.up.sql", "create table a (x int); INSERT INTO schema_version (version) VALUES (1); COMMIT;"}}},
		{"no row", "end with", []file{{"m/000001_a.up.sql", "BEGIN; create table a (x int); COMMIT;"}}},
		{"something after", "end with", []file{{"m/000001_a.up.sql", up("1") + "create table b (x int);"}}},
		{"two transactions", "more than one", []file{{"m/000001_a.up.sql", "BEGIN; select 1; COMMIT; " + strings.TrimPrefix(up("1"), "-- why\n")}}},
	} {
		proves(t, c.what, c.want, migrations(c.files))
	}
}
