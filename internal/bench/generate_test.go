package bench

import (
	"reflect"
	"testing"

	"anyam/internal/engine"
)

// TestGenerate: the studies are what the README's table says of them, the same each time, and the engine takes them.
func TestGenerate(t *testing.T) {
	for _, size := range Sizes[:2] {
		s := Generate(size)
		if !reflect.DeepEqual(s, Generate(size)) {
			t.Fatalf("%s differs from one time to the next", size.Name)
		}
		v, err := engine.Open(s.Image())
		if err != nil {
			t.Fatal(err)
		}
		l := v.As(0)
		if n := l.Counts().Codings; n != size.Codings {
			t.Errorf("%s has %d codings", size.Name, n)
		}
		chars, coded := 0, 0
		for _, d := range v.Documents() {
			chars += int(d.Chars)
		}
		for _, c := range s.Codings {
			coded += int(c.Stop - c.Start)
		}
		pairs := count(columns(s.Codings))
		t.Logf("%s: %.2f M characters, mean length %d, depth %.2f, %d overlapping pairs, %.1f a coding", size.Name, float64(chars)/1e6,
			coded/len(s.Codings), float64(coded)/float64(chars), pairs, float64(pairs)/float64(len(s.Codings)))
	}
}
