package server

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
)

// TestNothingIsSaidToBeKeptThatIsNot: what the notes call left out, replaced or not decoded is no file of which every word is kept.
func TestNothingIsSaidToBeKeptThatIsNot(t *testing.T) {
	raw, err := os.ReadFile("../i18n/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	l := i18n.New("en", "UTC")
	a := &ask{L: l}
	says := func(notes ...exchange.Note) string {
		return a.notes(&exchange.Reading{Words: 20, Turns: make([]exchange.Turn, 3), Notes: notes})[0].Text
	}
	if got := says(); got != "20 words in 3 turns; every word of the file is kept" {
		t.Errorf("of a file without notes: %q", got)
	}
	lost := 0
	for key := range texts {
		if !strings.HasPrefix(key, "reading.note.") {
			continue
		}
		n := exchange.Note{Key: key, N: 2}
		text, want := NotesIn(l, []exchange.Note{n})[0], "20 words in 3 turns; every word of the file is kept"
		if strings.Contains(text, "left out") || strings.Contains(text, "could not") || strings.Contains(text, "replaced") {
			want = "20 words in 3 turns"
			lost++
		}
		if got := says(exchange.Note{Key: "reading.note.bom", N: 1}, n); got != want {
			t.Errorf("beside %q: %q", text, got)
		}
	}
	if lost < 10 {
		t.Errorf("only %d notes tell of a loss", lost)
	}
}
