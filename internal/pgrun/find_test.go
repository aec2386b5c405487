//go:build unix

package pgrun

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFindOnThisMachine(t *testing.T) {
	t.Parallel()
	p, err := find(ctxFor(t), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if p.major < oldest || !filepath.IsAbs(p.bin) {
		t.Errorf("found %+v", p)
	}
	given, err := find(ctxFor(t), p.bin, p.major)
	if err != nil || given != p {
		t.Errorf("the named folder gives %+v, %v", given, err)
	}
	if _, err := find(ctxFor(t), t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("an empty folder gives %v", err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	all := []programs{{"/a", 15}, {"/b", 17}, {"/c", 16}}
	for _, c := range []struct {
		all  []programs
		want int
		bin  string
		says string
	}{
		{all, 0, "/b", ""},
		{all, 16, "/c", ""},
		{all, 14, "", "only that major version can open them, but this machine has 15, 17, 16"},
		{nil, 0, "", "was not found"},
		{nil, 15, "", "written by PostgreSQL 15"},
		{[]programs{{"/old", 13}}, 0, "", "was not found"},
	} {
		p, err := choose(c.all, c.want)
		if c.says == "" {
			if err != nil || p.bin != c.bin {
				t.Errorf("%v for %d: %v, %v", c.all, c.want, p, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v for %d: the error is %v", c.all, c.want, err)
		}
	}
	if _, err := choose(nil, 15); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v is not ErrNotFound", err)
	}
}

// Data of another version, and folders that hold something else, are left
// exactly as they are.
func TestForeignDataAreNotTouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, says string }{
		"other version": {"PG_VERSION", "99\n", "written by PostgreSQL 99"},
		"no version":    {"letter.txt", "dear diary", "holds no Postgres data"},
		"nonsense":      {"PG_VERSION", "?\n", "cannot be understood"},
	} {
		dir := newDir(t)
		path := filepath.Join(dir, "data", c.file)
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "data"), 0o700), os.WriteFile(path, []byte(c.text), 0o600)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(ctxFor(t), Options{Dir: dir, Role: Serve})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != c.text {
			t.Errorf("%s: the file now reads %q, %v", name, b, err)
		}
		if InUse(dir) {
			t.Errorf("%s: the lock is still held", name)
		}
	}
}

func TestUnreachableFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		// An ordinary user can't be locked out of an own folder by others' rights.
		if as, err := runAs(t.TempDir()); err != nil || as != nil {
			t.Errorf("runs as %v, %v", as, err)
		}
		return
	}
	_, err := Open(ctxFor(t), Options{Dir: filepath.Join(t.TempDir(), "inner"), Role: Serve, Fast: true})
	if err == nil || !strings.Contains(err.Error(), "who may not enter") {
		t.Errorf("the error is %v", err)
	}
}

func TestInstallChoosesAndAsks(t *testing.T) {
	t.Parallel()
	aptRoot := []string{"apt-get update", "apt-get install -y --no-install-recommends postgresql"}
	for _, c := range []struct {
		name     string
		uid      int
		has      string
		terminal bool
		answer   string
		ran      int
		first    string
		failed   bool
	}{
		{"root on Debian", 0, "apt-get", false, "", 2, aptRoot[0], false},
		{"sudo, yes", 1000, "apt-get sudo", true, "y\n", 3, "sudo sh", false},
		{"sudo, no", 1000, "apt-get sudo", true, "\n", 0, "", true},
		{"sudo, end of input", 1000, "apt-get sudo", true, "", 0, "", true},
		{"sudo without a terminal", 1000, "apt-get sudo", false, "y\n", 0, "", true},
		{"no sudo", 1000, "apt-get", true, "y\n", 0, "", true},
		{"brew, yes", 501, "brew", true, "yes\n", 1, "brew install postgresql@17", false},
		{"brew without a terminal", 501, "brew", false, "yes\n", 0, "", true},
		{"nothing", 0, "", true, "y\n", 0, "", true},
	} {
		var ran []string
		config := filepath.Join(t.TempDir(), "common", "createcluster.conf")
		i := &installer{
			uid: c.uid, config: config,
			look: func(name string) (string, error) {
				for _, h := range strings.Fields(c.has) {
					if h == name {
						return "/bin/" + h, nil
					}
				}
				return "", errors.New("not here")
			},
			run: func(name string, args ...string) error {
				ran = append(ran, strings.Join(append([]string{name}, args...), " "))
				return nil
			},
		}
		var out bytes.Buffer
		err := i.install(strings.NewReader(c.answer), &out, c.terminal)
		if c.failed != errors.Is(err, ErrNotFound) || !c.failed && err != nil {
			t.Errorf("%s: the error is %v", c.name, err)
		}
		if len(ran) != c.ran || len(ran) > 0 && !strings.HasPrefix(ran[0], c.first) {
			t.Errorf("%s: ran %q", c.name, ran)
		}
		if c.uid == 0 && c.ran > 0 {
			if !reflect.DeepEqual(ran, aptRoot) {
				t.Errorf("%s: ran %q", c.name, ran)
			}
			if b, err := os.ReadFile(config); err != nil || string(b) != noCluster+"\n" {
				t.Errorf("%s: the settings are %q, %v", c.name, b, err)
			}
		}
	}
}

func TestInstallKeepsSettings(t *testing.T) {
	t.Parallel()
	for before, after := range map[string]string{
		"#create_main_cluster = true":  "#create_main_cluster = true\n" + noCluster + "\n",
		"create_main_cluster = true\n": "create_main_cluster = true\n",
		"ssl = on\n":                   "ssl = on\n" + noCluster + "\n",
	} {
		i := &installer{config: filepath.Join(t.TempDir(), "c.conf")}
		if err := os.WriteFile(i.config, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // twice is once
			if err := i.configure(); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(i.config); err != nil || string(b) != after {
			t.Errorf("%q became %q, want %q (%v)", before, b, after, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(environment([]string{"PATH=/bin", "PGPORT=9", "PGDATA=/x", "LANG=de_DE", "LC_TIME=fr", "TZ=Asia/Makassar"}))
	if want := fmt.Sprint([]string{"LC_ALL=" + messagesLocale, "TZ=UTC", "PATH=/bin"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
