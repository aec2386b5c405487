package span

import (
	"encoding/binary"
	"math/bits"
	"sort"
	"unicode/utf8"
)

// every is the distance of the samples in code points, a power of two: two
// numbers of 4 bytes for each 64 characters, and at most 63 steps from one.
const every = 64

// Offsets converts positions of one text between code points (what is stored),
// bytes of UTF-8 (what Go and Postgres cut by) and UTF-16 units (what browsers
// count). Texts of ASCII alone need no table and no steps. A byte that is not
// UTF-8 counts as one code point and one unit, as in a Go range loop.
//
// Positions outside the text are taken as its nearer end; a position inside a
// code point is taken as that code point's beginning.
type Offsets struct {
	text   []byte
	chars  int32
	units  int
	broken bool // not all UTF-8: bytes can't be classed one by one
	// bytes[k] and utf16[k] are where code point k×every begins; one more at the
	// end, for the end of the text. Both are nil when all is ASCII.
	bytes, utf16 []int32
}

// NewOffsets measures a text, which it keeps and which must not change. It takes
// time with the length of the text. Texts are below 2 GiB.
func NewOffsets(text []byte) *Offsets {
	o := &Offsets{text: text, chars: int32(len(text)), units: len(text)}
	ascii := 0
	for ascii < len(text) && text[ascii] < utf8.RuneSelf {
		ascii++
	}
	if ascii == len(text) {
		return o
	}
	o.broken = !utf8.Valid(text)
	o.bytes = make([]int32, 0, len(text)/every+2)
	o.utf16 = make([]int32, 0, len(text)/every+2)
	o.chars, o.units = 0, 0
	for at := 0; at < len(text); {
		if o.chars%every == 0 {
			o.bytes = append(o.bytes, int32(at))
			o.utf16 = append(o.utf16, int32(o.units))
		}
		size, units := o.step(at)
		at += size
		o.units += units
		o.chars++
	}
	o.bytes = append(o.bytes, int32(len(text)))
	o.utf16 = append(o.utf16, int32(o.units))
	return o
}

// step is the length of the code point at a byte, in bytes and in UTF-16 units.
func (o *Offsets) step(at int) (size, units int) {
	first := o.text[at]
	switch {
	case first < utf8.RuneSelf:
		return 1, 1
	case o.broken:
		_, size = utf8.DecodeRune(o.text[at:])
	case first < 0xe0:
		return 2, 1
	case first < 0xf0:
		return 3, 1
	default:
		return 4, 2
	}
	return size, 1 + size/4 // four bytes are exactly the code points beyond U+FFFF
}

// begins is the number of code points that begin in eight bytes of UTF-8: all
// but the bytes 10xxxxxx.
func begins(eight []byte) int32 {
	w := binary.LittleEndian.Uint64(eight)
	return 8 - int32(bits.OnesCount64(w>>7&^(w>>6)&0x0101010101010101))
}

// Chars is the length of the text in code points.
func (o *Offsets) Chars() int32 { return o.chars }

// block is the number of code points from sample k to the next.
func (o *Offsets) block(k int32) int32 { return min(every, o.chars-k*every) }

// Byte is where code point cp begins, in bytes.
func (o *Offsets) Byte(cp int32) int {
	cp = min(max(cp, 0), o.chars)
	if o.bytes == nil {
		return int(cp)
	}
	if cp == o.chars {
		return len(o.text)
	}
	k, left := cp/every, cp%every
	at := int(o.bytes[k])
	if o.bytes[k+1]-o.bytes[k] == o.block(k) { // as many bytes as characters: ASCII
		return at + int(left)
	}
	if o.broken {
		for ; left > 0; left-- {
			size, _ := o.step(at)
			at += size
		}
		return at
	}
	for left > 8 && at+8 <= len(o.text) {
		left -= begins(o.text[at : at+8])
		at += 8
	}
	for ; ; at++ {
		if utf8.RuneStart(o.text[at]) {
			if left == 0 {
				return at
			}
			left--
		}
	}
}

// Char is the code point that begins at, or holds, the byte at offset b.
func (o *Offsets) Char(b int) int32 {
	b = min(max(b, 0), len(o.text))
	if o.bytes == nil {
		return int32(b)
	}
	if b == len(o.text) {
		return o.chars
	}
	k := int32(sort.Search(len(o.bytes), func(k int) bool { return int(o.bytes[k]) > b })) - 1
	at, cp := int(o.bytes[k]), k*every
	if o.bytes[k+1]-o.bytes[k] == o.block(k) {
		return cp + int32(b-at)
	}
	if o.broken {
		for ; ; cp++ {
			size, _ := o.step(at)
			if at += size; at > b {
				return cp
			}
		}
	}
	for ; at+8 <= b; at += 8 {
		cp += begins(o.text[at : at+8])
	}
	for ; at <= b; at++ {
		if utf8.RuneStart(o.text[at]) {
			cp++
		}
	}
	return cp - 1
}

// UTF16 is where code point cp begins, in UTF-16 units.
func (o *Offsets) UTF16(cp int32) int {
	cp = min(max(cp, 0), o.chars)
	if o.bytes == nil {
		return int(cp)
	}
	if cp == o.chars {
		return o.units
	}
	k, left := cp/every, cp%every
	unit := int(o.utf16[k])
	if o.utf16[k+1]-o.utf16[k] == o.block(k) { // as many units as characters: no pairs
		return unit + int(left)
	}
	for at := int(o.bytes[k]); left > 0; left-- {
		size, units := o.step(at)
		at += size
		unit += units
	}
	return unit
}

// FromUTF16 is the code point that begins at, or holds, the UTF-16 unit u.
func (o *Offsets) FromUTF16(u int) int32 {
	u = min(max(u, 0), o.units)
	if o.bytes == nil {
		return int32(u)
	}
	if u == o.units {
		return o.chars
	}
	k := int32(sort.Search(len(o.utf16), func(k int) bool { return int(o.utf16[k]) > u })) - 1
	unit, cp := int(o.utf16[k]), k*every
	if o.utf16[k+1]-o.utf16[k] == o.block(k) {
		return cp + int32(u-unit)
	}
	for at := int(o.bytes[k]); ; cp++ {
		size, units := o.step(at)
		if unit+units > u {
			return cp
		}
		at += size
		unit += units
	}
}

// Slice gives the words under s, as a part of text and not a copy. The text is
// the one that the offsets were made of.
func (o *Offsets) Slice(text []byte, s Span) []byte {
	from := o.Byte(s.Start)
	return text[from:max(from, o.Byte(s.Stop))]
}

// Check is the sum by which a request proves that it means the words that are
// there: FNV-1a, 32 bit, of the words in UTF-8. It finds a wrong unit, a wrong
// version and a shifted text; it is no protection against intent.
// (Fowler, Noll and Vo; RFC 9923.)
func Check(words []byte) uint32 {
	sum := uint32(2166136261)
	for _, b := range words {
		sum = (sum ^ uint32(b)) * 16777619
	}
	return sum
}
