package span

import "fmt"

// Span is a half-open range of code points in one document version: the
// characters Start, Start+1, … Stop-1, counted from 0.
type Span struct{ Start, Stop int32 }

// Len is the number of code points in s, 0 for a span that is empty or turned round.
func (s Span) Len() int32 { return max(s.Stop-s.Start, 0) }

// Empty reports whether s holds no character.
func (s Span) Empty() bool { return s.Stop <= s.Start }

// Valid reports whether s names at least one character, and only characters,
// of a text of so many code points.
func (s Span) Valid(chars int32) bool {
	return 0 <= s.Start && s.Start < s.Stop && s.Stop <= chars
}

// Overlaps reports whether s and t have a character in common. Spans that only
// touch do not overlap, and an empty span overlaps nothing.
func (s Span) Overlaps(t Span) bool {
	return max(s.Start, t.Start) < min(s.Stop, t.Stop)
}

// Covers reports whether t has characters and all of them are in s.
func (s Span) Covers(t Span) bool {
	return s.Start <= t.Start && t.Stop <= s.Stop && !t.Empty()
}

// Contains reports whether the character at p is in s.
func (s Span) Contains(p int32) bool { return s.Start <= p && p < s.Stop }

// Intersect gives the characters that s and t have in common; false, and the
// zero Span, where there are none.
func (s Span) Intersect(t Span) (Span, bool) {
	both := Span{max(s.Start, t.Start), min(s.Stop, t.Stop)}
	if both.Empty() {
		return Span{}, false
	}
	return both, true
}

// String writes s as "[start,stop)".
func (s Span) String() string { return fmt.Sprintf("[%d,%d)", s.Start, s.Stop) }
