package server

import (
	"bytes"
	"context"
	"testing"

	"anyam/internal/qda"
	"anyam/web/page"
)

// TestEntriesAreShownToEachAsTheyMay: what is worked out once for all is what it would be for each, and never reaches a blind coder.
func TestEntriesAreShownToEachAsTheyMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	var k shown
	plain := func(m *qda.Memo) page.MemoHTML { return page.MemoHTML(m.Text) }
	twice := func(m *qda.Memo) page.MemoHTML { return page.MemoHTML(m.Text + m.Text) }
	for round := range 2 * len(k.ring) { // more than is kept
		e := w.do(p.id, p.coder[theResearcher], &qda.MemoWritten{On: p.code, Text: p.next("catatan")})
		v, err := w.engine.View(context.Background(), p.id, e.Seq)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []rune{theOwner, theSupervisor, theBlind, theOwner} {
			l := v.As(p.coder[r])
			if got, want := k.text(l, p.id, e, "en", plain), asEvent(l, e, plain); !bytes.Equal(got, want) {
				t.Fatalf("round %d: %c is told %s, not %s", round, r, got, want)
			}
		}
		// In another language it is told with that language's words.
		if got, want := k.text(v.As(p.coder[theOwner]), p.id, e, "id", twice), asEvent(v.As(0), e, twice); !bytes.Equal(got, want) {
			t.Fatalf("round %d: in another language it is %s, not %s", round, got, want)
		}
		if len(k.all) > len(k.ring) {
			t.Fatalf("%d texts are kept of %d", len(k.all), len(k.ring))
		}
		// The same number with another change, as in a database that was set back, is another entry.
		other := *e
		other.Change = fresh()
		if got, want := k.text(v.As(p.coder[theOwner]), p.id, &other, "en", plain), asEvent(v.As(0), &other, plain); !bytes.Equal(got, want) {
			t.Fatalf("an entry is told as another: %s, not %s", got, want)
		}
	}
}
