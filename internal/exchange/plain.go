package exchange

import (
	"strings"
	"unicode/utf8"
)

// Most of a text is ASCII: what asks something of every letter looks at eight bytes at once, as numbers.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// eight are the first eight bytes of s, the first one lowest.
func eight(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func four(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

func isASCII(s string) bool {
	for len(s) >= 8 {
		if eight(s)&high != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// codePoints counts those of a text in UTF-8.
func codePoints(s string) int {
	if isASCII(s) {
		return len(s)
	}
	return utf8.RuneCountInString(s)
}

// firstOdd is where the first byte stands that may be of a control character that a text doesn't have, -1 where none is.
func firstOdd(s string) int {
	at := 0
	for ; at+8 <= len(s); at += 8 {
		w := eight(s[at:])
		// A byte below a space borrows the high bit of its difference; one that is no ASCII has it anyway.
		if ((w-' '*ones)|w|(w+ones))&high != 0 {
			for i := at; i < at+8; i++ {
				if oddByte(s[i]) {
					return i
				}
			}
		}
	}
	for ; at < len(s); at++ {
		if oddByte(s[at]) {
			return at
		}
	}
	return -1
}

// oddByte: 0xC2 begins the upper controls, among others.
func oddByte(c byte) bool {
	return c < ' ' && c != '\n' && c != '\t' && c != '\f' && c != '\v' || c == 0x7F || c == 0xC2
}

// isOneRow tells a text that oneRow leaves as it is, as far as that is seen at once.
func isOneRow(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7F || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return s == "" || before != ' '
}

// A roll is a strings.Builder for one text after another: what they are written into is made for many at once.
type roll struct {
	all  strings.Builder
	from int // where this text begins in it
}

const rollSize = 32 << 10

func (s *roll) Len() int { return s.all.Len() - s.from }

func (s *roll) String() string { return s.all.String()[s.from:] }

func (s *roll) WriteString(words string) { s.all.WriteString(words) }

func (s *roll) Write(words []byte) { s.all.Write(words) }

func (s *roll) WriteByte(c byte) error { return s.all.WriteByte(c) }

// Reset begins the next text.
func (s *roll) Reset() {
	if s.from = s.all.Len(); s.from > rollSize*3/4 {
		s.all.Reset()
		s.from = 0
	}
	if s.from == 0 {
		s.all.Grow(rollSize)
	}
}
