package load

import (
	"os"
	"testing"

	"anyam/internal/pgtest"
)

func TestZZ(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		return
	}
	o := Options{Exe: built(t), Database: pgtest.Durable(t).URL(), Out: os.Stdout}
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}
