package span

import (
	"hash/fnv"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestOffsetsDrawn(t *testing.T) {
	// Bytes: a 1, e 1, its accent 2, the face 4 (two units), 家 3, b 1.
	text := []byte("ae\u0301😀家b")
	o := NewOffsets(text)
	if o.Chars() != 6 {
		t.Fatalf("%d code points", o.Chars())
	}
	for cp, want := range []struct{ bytes, units int }{{0, 0}, {1, 1}, {2, 2}, {4, 3}, {8, 5}, {11, 6}, {12, 7}} {
		if b, u := o.Byte(int32(cp)), o.UTF16(int32(cp)); b != want.bytes || u != want.units {
			t.Errorf("code point %d is at byte %d, unit %d", cp, b, u)
		}
	}
	if o.Char(6) != 3 || o.FromUTF16(4) != 3 {
		t.Errorf("the middle of the face is code point %d by bytes, %d by units", o.Char(6), o.FromUTF16(4))
	}
	if got := string(o.Slice(text, Span{3, 5})); got != "😀家" {
		t.Errorf("words: %q", got)
	}
	if got := o.Slice(text, Span{5, 3}); len(got) != 0 {
		t.Errorf("words of a span turned round: %q", got)
	}
	if o.Byte(-3) != 0 || o.Byte(99) != 12 || o.Char(-1) != 0 || o.Char(99) != 6 || o.UTF16(-1) != 0 || o.UTF16(99) != 7 || o.FromUTF16(-1) != 0 || o.FromUTF16(99) != 6 {
		t.Error("positions outside the text are not taken as its end")
	}
	if o := NewOffsets(nil); o.Chars() != 0 || o.Byte(0) != 0 || o.Char(0) != 0 || len(o.Slice(nil, Span{0, 3})) != 0 {
		t.Error("an empty text is not empty")
	}
	if o := NewOffsets(make([]byte, 5000)); o.bytes != nil || o.Chars() != 5000 {
		t.Error("ASCII alone has a table")
	}
}

// same compares every position with a walk through the text.
func same(t *testing.T, text []byte) {
	t.Helper()
	o := NewOffsets(text)
	cp, units := int32(0), 0
	for at := 0; at < len(text); cp++ {
		r, size := utf8.DecodeRune(text[at:])
		if got := o.Byte(cp); got != at {
			t.Fatalf("code point %d is at byte %d, not %d of %q", cp, got, at, text)
		}
		if got := o.UTF16(cp); got != units {
			t.Fatalf("code point %d is at unit %d, not %d of %q", cp, got, units, text)
		}
		for k := range size {
			if got := o.Char(at + k); got != cp {
				t.Fatalf("byte %d is code point %d, not %d of %q", at+k, got, cp, text)
			}
		}
		n := utf16.RuneLen(r)
		for k := range n {
			if got := o.FromUTF16(units + k); got != cp {
				t.Fatalf("unit %d is code point %d, not %d of %q", units+k, got, cp, text)
			}
		}
		at, units = at+size, units+n
	}
	if o.Chars() != cp || o.Byte(cp) != len(text) || o.Char(len(text)) != cp || o.UTF16(cp) != units || o.FromUTF16(units) != cp {
		t.Fatalf("the end of %q is at code point %d, byte %d, unit %d", text, o.Chars(), o.Byte(cp), o.UTF16(cp))
	}
}

func TestOffsetsRandom(t *testing.T) {
	r := random(t)
	for i := range 40 {
		text := text(r, r.IntN(300))
		same(t, text)
		if i%4 == 0 && len(text) > 0 { // and broken
			text[r.IntN(len(text))] ^= 0x80
			same(t, text)
		}
	}
}

// TestOffsetsLastBlock draws texts whose last block has by chance as many bytes,
// or units, as a full block has characters.
func TestOffsetsLastBlock(t *testing.T) {
	for _, piece := range []string{"é", "家", "😀", "𝔘a"} {
		for _, n := range []int{1, 63, 64, 65, 85, 86, 127, 128, 129, 170, 171, 192, 255, 256, 257, 320, 384, 512} {
			var b []byte
			for range n {
				b = append(b, piece...)
			}
			same(t, b)
		}
	}
}

func TestSlice(t *testing.T) {
	r := random(t)
	for range 300 {
		text := text(r, 1+r.IntN(300))
		o, runes := NewOffsets(text), []rune(string(text))
		if len(runes) == 0 {
			continue
		}
		s := spans(r, 1, int32(len(runes)))[0]
		if got, want := string(o.Slice(text, s)), string(runes[s.Start:s.Stop]); got != want {
			t.Fatalf("words under %v: %q, not %q", s, got, want)
		}
	}
}

func TestCheckSum(t *testing.T) {
	// The first three are test vectors of the authors' page and RFC 9923.
	for words, want := range map[string]uint32{"": 0x811c9dc5, "a": 0xe40c292c, "foobar": 0xbf9cf968} {
		if got := Check([]byte(words)); got != want {
			t.Errorf("check of %q is %08x, not %08x", words, got, want)
		}
	}
	r := random(t)
	for range 200 {
		words := text(r, r.IntN(50))
		h := fnv.New32a()
		h.Write(words)
		if Check(words) != h.Sum32() {
			t.Fatalf("check of %q", words)
		}
	}
	words := []byte("how quiet")
	if n := testing.AllocsPerRun(100, func() { Check(words) }); n != 0 {
		t.Errorf("Check allocates %v times", n)
	}
}

func FuzzOffsets(f *testing.F) {
	for _, s := range []string{"", "plain", "aé😀家b", "\xff\xc3", "\xf0\x9f\x98", "\xed\xa0\x80", "أنا"} {
		f.Add([]byte(s), uint16(1))
		f.Add([]byte(s), uint16(300))
	}
	f.Fuzz(func(t *testing.T, piece []byte, times uint16) {
		if len(piece) > 64 {
			piece = piece[:64]
		}
		var text []byte
		for range times % 300 {
			text = append(text, piece...)
		}
		same(t, text)
	})
}
