package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"anyam/internal/pgtest"
	"anyam/internal/store"
)

// beside is a shell on another, empty database.
func beside(t *testing.T) *shell {
	return &shell{t, map[string]string{"ANYAM_DATABASE_URL": pgtest.Empty(t)}}
}

// TestBackupRestore takes the demo study beside a server into an empty database, plain and encrypted, and compares what is exported.
func TestBackupRestore(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.serving()
	s.run("demo")
	verified := s.run("verify")
	exported := func(s *shell) (all []string) {
		for _, what := range []string{"codebook", "segments"} {
			all = append(all, s.run("export", what, "--project", "1"))
		}
		return all
	}
	before := exported(s)
	if len(before[0]) < 1000 || len(before[1]) < 10_000 {
		t.Fatalf("the exports are %d and %d bytes", len(before[0]), len(before[1]))
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	identity, recipients := file(t, "key.txt", "# mine\n"+key.String()+"\n"), file(t, "who.txt", "# we\n"+key.Recipient().String()+"\n")
	folder := t.TempDir()
	for name, c := range map[string]struct{ to, open []string }{
		"plain.backup":   {nil, nil},
		"sealed.backup":  {[]string{"--to", key.Recipient().String()}, []string{"--identity", identity}},
		"sealed2.backup": {[]string{"--recipients-file", recipients}, []string{"--identity", identity}},
	} {
		at := filepath.Join(folder, name)
		if err := os.WriteFile(at, []byte("an older one"), 0o644); err != nil {
			t.Fatal(err)
		}
		out := s.run(append([]string{"backup", "--out", at}, c.to...)...)
		m := regexp.MustCompile(`(?m)^project 1, .*: at entry (\d+), hash ([0-9a-f]{16})$`).FindStringSubmatch(out)
		if m == nil || !strings.Contains(verified, "whole at entry "+m[1]+", hash "+m[2]) || !strings.Contains(out, at+": ") || strings.Contains(out, ", encrypted") != (c.to != nil) {
			t.Errorf("backup says:\n%swhere verify says:\n%s", out, verified)
		}
		raw, err := os.ReadFile(at)
		if err != nil || bytes.HasPrefix(raw, []byte("anyam backup 1\n")) != (c.to == nil) {
			t.Errorf("%s begins with %.20q, %v", name, raw, err)
		}
		if i, err := os.Stat(at); err != nil || i.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v, %v", name, i.Mode(), err)
		}
		to := beside(t)
		out = to.run(append([]string{"restore", at}, c.open...)...)
		if !strings.Contains(out, m[0]) || !strings.Contains(out, "Now run: anyam verify") {
			t.Errorf("restore says:\n%s", out)
		}
		if again := to.run("verify"); again != verified {
			t.Errorf("verify says after the restore:\n%s", again)
		}
		if after := exported(to); !slices.Equal(after, before) {
			t.Errorf("%s: the exports differ", name)
		}
		// A second time it is not empty.
		if _, _, err := to.try(t.Context(), append([]string{"restore", at}, c.open...)...); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("restore again: %v", err)
		}
	}
	// What a file that can't be read is told to be; the database stays empty.
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(folder, "sealed.backup"))
	if err != nil {
		t.Fatal(err)
	}
	to := beside(t)
	if say := to.refused("restore", filepath.Join(folder, "sealed.backup")); !strings.Contains(say, "encrypted") || !strings.Contains(say, "--identity") {
		t.Errorf("without a key: %s", say)
	}
	if say := to.refused("restore", filepath.Join(folder, "sealed.backup"), "--identity", recipients); !strings.Contains(say, "no age identity") {
		t.Errorf("with a recipient for a key: %s", say)
	}
	turned := bytes.Clone(sealed)
	turned[len(turned)/2] ^= 1
	for what, c := range map[string]struct {
		args []string
		says string
		is   error
	}{
		"another's key": {[]string{filepath.Join(folder, "sealed.backup"), "--identity", file(t, "k", other.String())}, "encrypted to other keys", nil},
		"cut":           {[]string{file(t, "b", string(sealed[:len(sealed)/2])), "--identity", identity}, "", store.ErrBackupDamaged},
		"turned":        {[]string{file(t, "b", string(turned)), "--identity", identity}, "", store.ErrBackupDamaged},
		"foreign":       {[]string{file(t, "b", "PK\x03\x04 and so on")}, "", store.ErrNotBackup},
		"empty":         {[]string{file(t, "b", "")}, "empty", store.ErrNotBackup},
		"absent":        {[]string{filepath.Join(folder, "tidak ada")}, "no such file", nil},
	} {
		_, _, err := to.try(t.Context(), append([]string{"restore"}, c.args...)...)
		var u *usageError
		if err == nil || errors.As(err, &u) || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Through pipes.
	var out, errs bytes.Buffer
	getenv := func(s *shell) func(string) string { return func(k string) string { return s.env[k] } }
	if err := run(t.Context(), []string{"backup", "--out", "-"}, getenv(s), strings.NewReader(""), &out, &errs); err != nil || !strings.Contains(errs.String(), "at entry") {
		t.Fatalf("backup to a pipe: %v, %s", err, errs.String())
	}
	if err := run(t.Context(), []string{"restore", "-"}, getenv(to), &out, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if again := to.run("verify"); again != verified {
		t.Errorf("verify after pipes:\n%s", again)
	}
}

// TestBackupOfThePrivateDatabase goes where there is no address: the database is started for it, or is that of a server.
func TestBackupOfThePrivateDatabase(t *testing.T) {
	t.Parallel()
	dir := func() string {
		d, err := os.MkdirTemp("", "anyam-backup-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.RemoveAll(d); err != nil {
				t.Error(err)
			}
		})
		return d
	}
	s := &shell{t, map[string]string{"ANYAM_DATA": dir()}}
	s.run("import", "--project", "Studi", file(t, "P04.txt", talk))
	at := filepath.Join(t.TempDir(), "a.backup")
	s.run("backup", "--out", at) // alone
	alone := s.run("verify")
	t.Run("beside a server", func(t *testing.T) {
		s := &shell{t, s.env}
		s.serving()
		s.run("backup", "--out", at)
	})
	to := &shell{t, map[string]string{"ANYAM_DATA": dir()}}
	if _, _, err := to.try(t.Context(), "backup", "--out", at+"2"); err == nil || !strings.Contains(err.Error(), "nothing to back up") {
		t.Errorf("the backup of a database that was never used: %v", err)
	}
	if _, err := os.Stat(at + "2.part"); !os.IsNotExist(err) {
		t.Errorf("a failed backup left its part: %v", err)
	}
	to.run("restore", at)
	if got := to.run("verify"); got != alone {
		t.Errorf("verify: %s, was %s", got, alone)
	}
}

func TestBackupKeeps(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("import", "--project", "Studi", file(t, "P04.txt", talk))
	folder := t.TempDir()
	put := func(name, text string, age time.Duration) {
		t.Helper()
		at := filepath.Join(folder, name)
		when := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(at, []byte(text), 0o600), os.Chtimes(at, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	const ours = "anyam backup 1\nx"
	put("anyam-2024-01-01-020000.backup", ours, 0) // copied today: its name counts
	put("anyam-2024-01-02-020000.backup", ageMark, time.Hour)
	put("anyam-2024-01-02-030000.backup", ours, 99*time.Hour)
	put("anyam-2024-01-03-020000.backup", "my diary", time.Hour) // called like one
	put("anyam-2024-01-04-020000.backup.part", ours, 48*time.Hour)
	put("anyam-2024-01-05-020000.backup.part", ours, time.Hour) // may be at work
	put("anyam-sebelum-pindah.backup", ours, 999*time.Hour)
	put("lain.txt", ours, 999*time.Hour)
	if err := os.Mkdir(filepath.Join(folder, "anyam-2023-01-01-020000.backup"), 0o700); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		all, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range all {
			names = append(names, regexp.MustCompile(`20[3-9]\d-\d\d-\d\d-\d{6}|202[5-9]-\d\d-\d\d-\d{6}`).ReplaceAllString(e.Name(), "NOW"))
		}
		return strings.Join(names, " ")
	}
	// A failure removes nothing.
	before := list()
	broken := beside(t)
	if _, _, err := broken.try(t.Context(), "backup", "--out", folder, "--keep", "1"); err == nil || list() != before {
		t.Errorf("after a failure: %v, %s", err, list())
	}
	out := s.run("backup", "--out", folder+"/", "--keep", "2")
	const want = "anyam-2023-01-01-020000.backup anyam-2024-01-02-030000.backup anyam-2024-01-03-020000.backup anyam-2024-01-05-020000.backup.part anyam-NOW.backup anyam-sebelum-pindah.backup lain.txt"
	if got := list(); got != want {
		t.Errorf("left are\n%s, want\n%s", got, want)
	}
	if n := strings.Count(out, ": removed\n"); n != 3 {
		t.Errorf("backup says:\n%s", out)
	}
	// By a pattern of one's own, one a day.
	s.run("backup", "--out", filepath.Join(folder, "harian-{date}.backup"), "--keep", "1")
	s.run("backup", "--out", filepath.Join(folder, "harian-{date}.backup"), "--keep", "1")
	if found, err := filepath.Glob(filepath.Join(folder, "harian-*")); err != nil || len(found) != 1 || strings.Contains(found[0], "{") {
		t.Errorf("by a pattern: %v, %v", found, err)
	}
	for _, args := range [][]string{
		{"backup"}, {"backup", "--out", "x", "y"}, {"backup", "--out", filepath.Join(folder, "one.backup"), "--keep", "3"}, {"backup", "--out", folder, "--keep", "0"}, {"backup", "--out", folder, "--keep", "-1"},
		{"backup", "--out", "-", "--keep", "1"}, {"backup", "--out", folder, "--to", "somebody"}, {"backup", "--out", folder, "--recipients-file", file(t, "r", "nobody\n")}, {"restore"}, {"restore", "a", "b"},
	} {
		s.refused(args...)
	}
	if _, _, err := s.try(t.Context(), "backup", "--out", filepath.Join(folder, "tidak", "ada.backup")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// TestBackupTakesItsPlaceWhole: under the name of a backup there is never half of one, and two do not write one file.
func TestBackupTakesItsPlaceWhole(t *testing.T) {
	t.Parallel()
	at := filepath.Join(t.TempDir(), "a.backup")
	if err := os.WriteFile(at+".part", []byte("what a killed one left, longer than what comes"), 0o600); err != nil {
		t.Fatal(err)
	}
	during := func() string {
		b, err := os.ReadFile(at)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	put := func(text string, with error) error {
		return inPlace(at, func(w io.Writer) error {
			was := during()
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			if during() != was {
				t.Error("the name moved before the end")
			}
			return with
		})
	}
	if err := put("one", nil); err != nil || during() != "one" {
		t.Errorf("%v, %q", err, during())
	}
	failed := errors.New("failed")
	if err := put("two", failed); !errors.Is(err, failed) || during() != "one" {
		t.Errorf("%v, %q", err, during())
	}
	if err := inPlace(at, func(io.Writer) error {
		if err := put("three", nil); err == nil || !strings.Contains(err.Error(), "another backup") {
			t.Errorf("two at once: %v", err)
		}
		return nil
	}); err != nil || during() != "" {
		t.Errorf("%v, %q", err, during())
	}
	if left, _ := filepath.Glob(at + ".*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	// A disk that is full, in the way that the system says it.
	if f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		defer f.Close()
		s := newShell(t)
		var errs bytes.Buffer
		err := run(t.Context(), []string{"backup", "--out", "-"}, func(k string) string { return s.env[k] }, strings.NewReader(""), onto{f}, &errs)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a full disk: %v", err)
		}
	}
	// Stopped by hand.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newShell(t)
	if _, _, err := s.try(ctx, "backup", "--out", at); err == nil {
		t.Error("a backup that was stopped says it went well")
	}
	if left, _ := filepath.Glob(at + ".*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// onto hides that a file is one.
type onto struct{ w io.Writer }

func (o onto) Write(p []byte) (int, error) { return o.w.Write(p) }

func TestProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	say := (&program{err: &b}).progress()
	for range 1000 {
		say("entry", 5)
	}
	if b.Len() > 0 {
		t.Errorf("in the first second it says %q", b.String())
	}
	for n, want := range map[int64]string{999: "999 bytes", 12_345: "12.3 kB", 98_765_432: "98.8 MB"} {
		if got := size(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	if got := printable("Studi\x1b[2J\u202eX"); got != "Studi\ufffd[2J\ufffdX" {
		t.Errorf("a name on a terminal: %q", got)
	}
}
