package pgrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// oldest is the first major version whose SQL we rely on.
const oldest = 15

// ErrNotFound says that no usable Postgres programs are on this machine. Its
// text tells what to install; Install can do it.
var ErrNotFound = errors.New("PostgreSQL 15 or newer was not found: install it (apt-get install postgresql, or brew install postgresql@17), or name its folder of programs in ANYAM_PG_BIN, or a running database in ANYAM_DATABASE_URL")

// programs is a folder with postgres and initdb, and their major version.
type programs struct {
	bin   string
	major int
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// look returns the programs in one folder; ok is false when they are not all there.
func look(ctx context.Context, bin string) (p programs, ok bool) {
	if bin == "" {
		return p, false
	}
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(bin, name)); err != nil {
			return p, false
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return p, false
	}
	m := versionText.FindSubmatch(out)
	if m == nil {
		return p, false
	}
	major, err := strconv.Atoi(string(m[1]))
	return programs{bin, major}, err == nil
}

// find chooses the programs for a data folder of major version want, or for a
// new one when want is 0: then the highest version on the machine. A given
// folder of programs is the only one looked at.
func find(ctx context.Context, given string, want int) (programs, error) {
	if given != "" {
		p, ok := look(ctx, given)
		switch {
		case !ok:
			return p, fmt.Errorf("the folder %s does not hold working postgres and initdb programs", given)
		case want != 0 && p.major != want:
			return p, wrongMajor(want, []programs{p})
		case p.major < oldest:
			return p, fmt.Errorf("the folder %s holds PostgreSQL %d, but %d or newer is needed", given, p.major, oldest)
		}
		return p, nil
	}
	var all []programs
	for _, bin := range candidates(ctx) {
		if p, ok := look(ctx, bin); ok {
			all = append(all, p)
		}
	}
	return choose(all, want)
}

func choose(all []programs, want int) (programs, error) {
	var best programs
	for _, p := range all {
		if want != 0 && p.major == want {
			return p, nil
		}
		if p.major > best.major {
			best = p
		}
	}
	switch {
	case want != 0 && len(all) > 0:
		return best, wrongMajor(want, all)
	case want != 0:
		return best, fmt.Errorf("the data were written by PostgreSQL %d: %w", want, ErrNotFound)
	case best.major < oldest:
		return best, ErrNotFound
	}
	return best, nil
}

func wrongMajor(want int, have []programs) error {
	var found []string
	for _, p := range have {
		found = append(found, strconv.Itoa(p.major))
	}
	return fmt.Errorf("the data were written by PostgreSQL %d and only that major version can open them, but this machine has %s: install PostgreSQL %d, or name its folder of programs in ANYAM_PG_BIN; nothing was changed",
		want, strings.Join(found, ", "), want)
}

// candidates are the folders where packages put Postgres, each once.
func candidates(ctx context.Context) []string {
	var found []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		found = append(found, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // packages of postgresql.org for Red Hat
		"/usr/libexec/postgresql*",          // Alpine
		"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
		"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		here, _ := filepath.Glob(pattern) // fails only on a bad pattern
		sort.Sort(sort.Reverse(sort.StringSlice(here)))
		found = append(found, here...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			found = append(found, filepath.Dir(real))
		}
	}
	seen := map[string]bool{}
	var once []string
	for _, bin := range found {
		if real, err := filepath.EvalSymlinks(bin); err == nil && !seen[real] {
			seen[real] = true
			once = append(once, real)
		}
	}
	return once
}

// majorOf reads the major version of a data folder; 0 when there is no data
// folder yet.
func majorOf(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		entries, err := os.ReadDir(data)
		if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
			return 0, nil
		}
		if err != nil {
			return 0, fmt.Errorf("the data folder cannot be read: %w", err)
		}
		return 0, fmt.Errorf("the folder %s is not empty but holds no Postgres data (PG_VERSION is missing); nothing was changed", data)
	}
	if err != nil {
		return 0, fmt.Errorf("the version of the data cannot be read: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || major < 1 {
		return 0, fmt.Errorf("the version of the data in %s cannot be understood; nothing was changed", filepath.Join(data, "PG_VERSION"))
	}
	return major, nil
}
