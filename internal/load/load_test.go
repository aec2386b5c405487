package load

import (
	"bytes"
	"encoding/json"
	"testing"

	"anyam/internal/pgtest"
	"anyam/internal/progtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestASmallLoadIsServedWhole(t *testing.T) {
	var out bytes.Buffer
	exe, err := progtest.Exe()
	if err != nil {
		t.Fatal(err)
	}
	r, err := measure(t.Context(), Options{Exe: exe, Database: pgtest.New(t), Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.print(&out, false); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	if len(r.counts) != 3 {
		t.Fatalf("%d crowds were counted, want 3", len(r.counts))
	}
	per := int((quick.warm + quick.each) / pace)
	for i, want := range []struct{ coders, watchers int }{{1, 2}, {quick.coders, quick.coders + 1}, {quick.coders, 2}} {
		c := r.counts[i]
		if c.wrong() != 0 || c.acked != want.coders*per || c.due != c.acked*want.watchers || c.events != c.due {
			t.Errorf("%s: %+v, want %d codings and %d watchers of each", c.size, c, want.coders*per, want.watchers)
		}
	}
	goals := map[string]bool{}
	for _, l := range r.lines {
		goals[l.goal] = true
		if l.ours <= 0 && l.goal != "errors, lost, doubled" {
			t.Errorf("%s, %s: nothing was measured", l.goal, l.size)
		}
	}
	for _, g := range []string{"coding answered, p99", "coding seen by others, p99", "page, whole, p50", "codings.json, whole, p50", "list of projects, cold, p50", "memory of the server"} {
		if !goals[g] {
			t.Errorf("nothing is said about: %s", g)
		}
	}
}

// TestACountIsWrong: whatever went missing makes a run fail.
func TestACountIsWrong(t *testing.T) {
	good := count{size: "x", sent: 10, acked: 10, events: 20, due: 20}
	if err := (&report{counts: []count{good}}).wrong(); err != nil {
		t.Errorf("a whole crowd: %v", err)
	}
	for what, spoil := range map[string]func(*count){
		"a refusal": func(c *count) { c.errors = 1 }, "a loss": func(c *count) { c.lost = 1 }, "twice": func(c *count) { c.doubled = 1 },
		"an event missed": func(c *count) { c.events-- }, "an event too many": func(c *count) { c.events++ },
	} {
		c := good
		spoil(&c)
		if err := (&report{counts: []count{good, c}}).wrong(); err == nil {
			t.Errorf("%s makes no run fail", what)
		}
	}
}

func TestLinesOfJSON(t *testing.T) {
	r := &report{}
	r.add(line{goal: "a", size: "b", unit: "ns", ours: 30, other: "c", than: 20, target: 1.2})
	r.add(line{goal: "d", size: "e", unit: "bytes", ours: 5})
	var out bytes.Buffer
	if err := r.print(&out, true); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&out)
	var first, second map[string]any
	if d.Decode(&first) != nil || d.Decode(&second) != nil || d.More() {
		t.Fatalf("not two objects: %s", &out)
	}
	if first["ratio"] != 1.5 || first["met"] != false || first["ours_ns"] != 30.0 || first["other_ns"] != 20.0 || first["other"] != "c" {
		t.Errorf("first line: %v", first)
	}
	if second["ours_bytes"] != 5.0 || second["met"] != true || second["ratio"] != 0.0 {
		t.Errorf("second line: %v", second)
	}
}
