package exchange

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mustRead(t testing.TB, name string, data []byte, opt Options) *Reading {
	t.Helper()
	r, err := Read(name, data, opt)
	if err != nil {
		t.Fatalf("%s: %v (%v)", name, err, err.(*BadFile).cause)
	}
	if err := r.check(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// tables reads csv and xlsx as tables, everything else as it comes.
func tables(name string) Options {
	return Options{Table: strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".xlsx")}
}

// TestGolden reads every file of testdata/formats and compares the whole model with the one a person has looked at.
func TestGolden(t *testing.T) {
	files, err := os.ReadDir(formats)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".json") || strings.HasSuffix(f.Name(), ".fodt") || f.Name() == "README" {
			continue
		}
		n++
		t.Run(f.Name(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(formats, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			r := mustRead(t, f.Name(), data, tables(f.Name()))
			if len(r.Turns) > 60 { // the long ones: enough to see the rest is alike
				r.Turns = r.Turns[:60]
			}
			got, err := json.MarshalIndent(r, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(formats, f.Name()+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(want)) != string(got) {
				t.Errorf("%s reads differently from %s; look at the difference, then run with -update\n%s", f.Name(), golden, got)
			}
		})
	}
	if n < 6 {
		t.Fatalf("only %d files in %s", n, formats)
	}
}
