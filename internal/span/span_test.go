package span

import "testing"

func TestSpanDrawn(t *testing.T) {
	for _, c := range []struct {
		drawing                  string
		a, b                     Span
		overlaps, covers, shared bool
		both                     Span
	}{
		{"aaaa....", Span{0, 4}, Span{4, 8}, false, false, false, Span{}},
		{"aaaa....", Span{0, 4}, Span{3, 8}, true, false, true, Span{3, 4}},
		{"aaaaaaaa", Span{0, 8}, Span{2, 4}, true, true, true, Span{2, 4}},
		{"..aa....", Span{2, 4}, Span{0, 8}, true, false, true, Span{2, 4}},
		{"aaaa....", Span{0, 4}, Span{0, 4}, true, true, true, Span{0, 4}},
		{"aaaa....", Span{0, 4}, Span{2, 2}, false, false, false, Span{}},
		{"........", Span{2, 2}, Span{0, 4}, false, false, false, Span{}},
		{"........", Span{3, 1}, Span{0, 4}, false, false, false, Span{}},
	} {
		if got := c.a.Overlaps(c.b); got != c.overlaps {
			t.Errorf("%s %v overlaps %v: %v", c.drawing, c.a, c.b, got)
		}
		if got := c.a.Covers(c.b); got != c.covers {
			t.Errorf("%s %v covers %v: %v", c.drawing, c.a, c.b, got)
		}
		if both, ok := c.a.Intersect(c.b); ok != c.shared || both != c.both {
			t.Errorf("%s %v and %v share %v, %v", c.drawing, c.a, c.b, both, ok)
		}
		for p := int32(-1); p < 9; p++ {
			want := p >= 0 && p < 8 && c.drawing[p] == 'a'
			if got := c.a.Contains(p); got != want {
				t.Errorf("%s %v contains %d: %v", c.drawing, c.a, p, got)
			}
		}
	}
	for _, c := range []struct {
		s      Span
		length int32
		valid  bool
	}{
		{Span{0, 10}, 10, true}, {Span{9, 10}, 1, true}, {Span{9, 11}, 2, false}, {Span{-1, 3}, 4, false},
		{Span{3, 3}, 0, false}, {Span{5, 3}, 0, false}, {Span{10, 10}, 0, false},
	} {
		if c.s.Len() != c.length || c.s.Valid(10) != c.valid || c.s.Empty() != (c.length == 0) {
			t.Errorf("%v: length %d, valid %v, empty %v", c.s, c.s.Len(), c.s.Valid(10), c.s.Empty())
		}
	}
	if got := (Span{3, 12}).String(); got != "[3,12)" {
		t.Error(got)
	}
}
