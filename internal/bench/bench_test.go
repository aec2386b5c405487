package bench

import (
	"bytes"
	"crypto/rand"
	"os"
	"testing"

	"anyam/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestBench: the whole bench over the smallest study, every answer compared with SQL's.
func TestBench(t *testing.T) {
	var out bytes.Buffer
	err := Run(t.Context(), Options{Database: pgtest.New(t), Folder: t.TempDir(), Sizes: []string{"S"}, Quick: true, Out: &out, Random: func(b []byte) { rand.Read(b) }})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ANYAM_SHOW") != "" {
		t.Log(out.String())
	}
	for _, goal := range []string{"1 co-occurrence", "3 half", "4 window", "5 code × document", "6 coverage", "7 A and B", "9 a page", "10 durable", "11 index", "12 cold"} {
		if !bytes.Contains(out.Bytes(), []byte(goal)) {
			t.Errorf("the table says nothing of %q:\n%s", goal, &out)
		}
	}
}
