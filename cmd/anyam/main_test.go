package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"anyam/internal/pgtest"
	"anyam/internal/server"
)

// process is the program as a shell runs it.
func (s *shell) process(args ...string) (*exec.Cmd, *bytes.Buffer) {
	c, errs := exec.CommandContext(s.t.Context(), os.Args[0], args...), &bytes.Buffer{}
	c.Env = append(os.Environ(), "ANYAM_TEST_AS_PROGRAM=1", "ANYAM_DATABASE_URL="+s.env["ANYAM_DATABASE_URL"])
	c.Stderr = errs
	return c, errs
}

// TestHelpIsWhole names every command, flag, format and figure, and of a command tells its own.
func TestHelpIsWhole(t *testing.T) {
	s := &shell{t: t}
	all := s.run("help")
	for _, what := range server.Takings() {
		if want := what + " (" + strings.Join(server.TakingFormats(what), ", ") + ")"; !strings.Contains(all, want) {
			t.Errorf("help does not say %q", want)
		}
	}
	if want := "--name " + strings.Join(server.Figures(), "|"); !strings.Contains(all, want) {
		t.Errorf("help does not say %q", want)
	}
	flag := regexp.MustCompile(`(?m)^  (--[a-z-]+)`)
	for command, flags := range map[string]int{"serve": 3, "demo": 1, "import": 12, "export": 8, "verify": 0, "backup": 4, "restore": 1, "bench": 4, "account": 0} {
		own := s.run(command, "--help")
		if !strings.HasPrefix(own, "  anyam "+command) || own != s.run("help", command) || own != s.run(command, "-h") {
			t.Errorf("of %s help says\n%s", command, own)
		}
		found := flag.FindAllStringSubmatch(own, -1)
		if len(found) != flags {
			t.Errorf("%s has %d flags, not %d", command, len(found), flags)
		}
		for _, f := range found {
			if !regexp.MustCompile(f[1] + `\b`).MatchString(all) {
				t.Errorf("help does not name %s of %s", f[1], command)
			}
		}
	}
	if s.run("export", "codebook", "--help") != s.run("export", "--help") {
		t.Error("export of something has another help")
	}
}

// TestAskedWrongly ends with 2 and a sentence.
func TestAskedWrongly(t *testing.T) {
	s := &shell{t: t, env: map[string]string{}}
	for want, args := range map[string][]string{
		`there is no command "impor"; see anyam help`:           {"impor", "--project", "X"},
		"import has no flag --projekt; see anyam import --help": {"import", "--projekt", "X", "a.txt"},
		"import: --project needs a value":                       {"import", "--project"},
		"export: --out needs a value":                           {"export", "codebook", "--project", "X", "--out", "", "--format", "md"},
		"import: --as needs a value":                            {"import", "--as=", "--project", "X", "a.txt"},
		"export has no flag --foo; see anyam export --help":     {"export", "codebook", "--foo"},
		"verify takes no \"all\"":                               {"verify", "all"},
		"codebook is exported as":                               {"export", "--format", "zip", "codebook", "--project", "X"},
	} {
		if say := s.refused(args...); !strings.HasPrefix(say, want) {
			t.Errorf("anyam %v says %q, not %q", args, say, want)
		}
	}
}

// TestHowItEnds is what a shell can rely on: 0, 1, 2, or the signal.
func TestHowItEnds(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	good := file(t, "P04.txt", talk)
	for _, c := range []struct {
		status int
		say    string // on standard error
		args   []string
	}{
		{0, "", []string{"import", "--help"}}, {0, "it is new", []string{"import", "--project", "Studi", good}}, {0, "", []string{"export", "codebook", "--project", "Studi"}}, {0, "", []string{"import", "--project", "Studi", good}},
		{1, "1 of 1 file could not be added", []string{"import", "--project", "Studi", good + "x"}}, {1, "x can't be written: not a directory\n", []string{"export", "codebook", "--project", "Studi", "--out", filepath.Join(good, "x")}},
		{2, "there is no project", []string{"export", "codebook", "--project", "Lain"}}, {2, "has no flag --x", []string{"import", "--x"}},
	} {
		p, errs := s.process(c.args...)
		if err := p.Run(); p.ProcessState.ExitCode() != c.status || !strings.Contains(errs.String(), c.say) || c.say == "" && errs.Len() > 0 {
			t.Errorf("anyam %v: %v\n%s", c.args, err, errs)
		}
	}
	// Nobody reads what it writes.
	for _, args := range [][]string{{"help"}, {"verify"}, {"export", "codebook", "--project", "Studi"}, {"export", "project", "--project", "Studi"}, {"import", "--project", "Studi", good}} {
		p, errs := s.process(args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p.Stdout = w
		if err := errors.Join(r.Close(), p.Start()); err != nil { // before it says anything
			t.Fatal(err)
		}
		_ = w.Close()
		err = p.Wait()
		if st := p.ProcessState.Sys().(syscall.WaitStatus); !st.Signaled() || st.Signal() != syscall.SIGPIPE || errs.Len() > 0 {
			t.Errorf("anyam %v, unread: %v\n%s", args, err, errs)
		}
	}
	// Ctrl-C, after the first of many files; at a later one it waits to be stopped, however late that is seen.
	o, _ := s.serving()
	v, err := o.engine.View(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	release := pgtest.Hold(t, s.env["ANYAM_DATABASE_URL"], int64(v.Seq())+5)
	args := []string{"import", "--project", "Studi"}
	for i := range 10 {
		args = append(args, file(t, fmt.Sprintf("P%02d.txt", i), talk+strings.Repeat("P04: Ya.\n", i)))
	}
	p, errs := s.process(args...)
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	if _, err := said.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, said)
	err = p.Wait()
	release()
	if st := p.ProcessState.Sys().(syscall.WaitStatus); !st.Signaled() || st.Signal() != syscall.SIGINT || !regexp.MustCompile(`^anyam: interrupted after \d+ files?; the same command again goes on from there\n$`).MatchString(errs.String()) {
		t.Errorf("interrupted: %v\n%s", err, errs)
	}
}
