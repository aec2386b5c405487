//go:build office

package refi

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestXmllint lets libxml2, which nobody here wrote, hold what Write makes against the official schemas.
func TestXmllint(t *testing.T) {
	s := seed(t)
	dir := t.TempDir()
	for n := range uint64(12) {
		p := newChance(s+n).project(2, 80)
		for _, f := range Profiles {
			data := written(t, p, f)
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			in, err := z.Open("project.qde")
			if err != nil {
				t.Fatal(err)
			}
			qde, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			xmllint(t, dir, "Project.xsd", qde)
		}
		var b bytes.Buffer
		if _, err := WriteCodebook(&b, p); err != nil {
			t.Fatal(err)
		}
		xmllint(t, dir, "Codebook.xsd", b.Bytes())
	}
	// And it refuses what is wrong, or the test would prove nothing.
	bad := filepath.Join(dir, "bad.xml")
	if err := os.WriteFile(bad, []byte(`<Project xmlns="urn:QDA-XML:project:1.0" name="x"><Users/></Project>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--schema", "testdata/xsd/Project.xsd", bad).CombinedOutput(); err == nil {
		t.Fatalf("xmllint took an empty list of users: %s", out)
	}
}

func xmllint(t *testing.T, dir, schema string, data []byte) {
	t.Helper()
	name := filepath.Join(dir, "file.xml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--schema", "testdata/xsd/"+schema, name).CombinedOutput(); err != nil {
		t.Fatalf("xmllint (Debian package libxml2-utils): %v\n%.2000s", err, out)
	}
}
