//go:build unix

package pgrun

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Install installs Postgres with the machine's own package manager: apt-get as
// root, apt-get through sudo, or brew. Whenever it needs more rights than the
// process has, or changes a person's own machine, it asks first, on in and out,
// and only when terminal says that a person sits there; as root on Debian it
// says what it does and does it. Before Debian's package it writes
// create_main_cluster = false, so that no server of the machine's own is made
// and started. Where nothing can be done the error is ErrNotFound; a "no" is
// that, too.
func Install(ctx context.Context, in io.Reader, out io.Writer, terminal bool) error {
	return (&installer{
		uid: os.Geteuid(), look: exec.LookPath, config: "/etc/postgresql-common/createcluster.conf",
		run: func(name string, args ...string) error {
			cmd := exec.CommandContext(ctx, name, args...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, out
			cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive")
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s did not succeed: %w", strings.Join(append([]string{name}, args...), " "), err)
			}
			return nil
		},
	}).install(in, out, terminal)
}

type installer struct {
	uid    int
	look   func(string) (string, error)
	run    func(name string, args ...string) error
	config string // Debian's settings for new clusters
}

const noCluster = "create_main_cluster = false"

func (i *installer) install(in io.Reader, out io.Writer, terminal bool) error {
	has := func(name string) bool { _, err := i.look(name); return err == nil }
	apt := []string{"install", "-y", "--no-install-recommends", "postgresql"}
	switch {
	case has("apt-get") && i.uid == 0:
		fmt.Fprintln(out, "PostgreSQL was not found; installing Debian's package with apt-get.")
		if err := i.configure(); err != nil {
			return err
		}
		stale := i.run("apt-get", "update") // an old list may do
		if err := i.run("apt-get", apt...); err != nil {
			return errors.Join(stale, err)
		}
		return nil
	case has("apt-get") && has("sudo") && terminal:
		if !ask(in, out, "PostgreSQL was not found. Install it with sudo apt-get install postgresql?") {
			return ErrNotFound
		}
		script := fmt.Sprintf("mkdir -p %[1]s && { grep -qs '^ *create_main_cluster' %[2]s || echo '%[3]s' >> %[2]s; }", filepath.Dir(i.config), i.config, noCluster)
		for _, args := range [][]string{{"sh", "-c", script}, {"apt-get", "update"}, append([]string{"apt-get"}, apt...)} {
			if err := i.run("sudo", args...); err != nil {
				return err
			}
		}
		return nil
	case has("brew") && i.uid != 0 && terminal: // brew refuses root
		if !ask(in, out, "PostgreSQL was not found. Install it with brew install postgresql@17?") {
			return ErrNotFound
		}
		return i.run("brew", "install", "postgresql@17")
	}
	return ErrNotFound
}

var clusterSetting = regexp.MustCompile(`(?m)^\s*create_main_cluster\b`)

// configure leaves a setting that somebody made alone.
func (i *installer) configure() error {
	b, err := os.ReadFile(i.config)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		//lint:ignore ST1005 Postgres and Debian are names
		return fmt.Errorf("Debian's settings for Postgres cannot be read: %w", err)
	}
	if clusterSetting.Match(b) {
		return nil
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	err = os.MkdirAll(filepath.Dir(i.config), 0o755)
	if err == nil {
		err = os.WriteFile(i.config, append(b, noCluster+"\n"...), 0o644)
	}
	if err != nil {
		//lint:ignore ST1005 Postgres and Debian are names
		return fmt.Errorf("Debian's settings for Postgres cannot be written: %w", err)
	}
	return nil
}

func ask(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question, " [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && answer == "" {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true
	}
	return false
}
