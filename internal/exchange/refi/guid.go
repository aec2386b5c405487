package refi

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// A GUID is the 16 bytes by which files name a thing. The zero GUID names nothing.
type GUID [16]byte

// IsZero reports whether the GUID names nothing.
func (g GUID) IsZero() bool { return g == GUID{} }

// String gives the usual form, in upper case, as other programs like it best; "" for the zero GUID.
func (g GUID) String() string {
	if g.IsZero() {
		return ""
	}
	return string(g.append(nil))
}

// MarshalText gives String, so that reports read well as JSON.
func (g GUID) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

const hexUpper = "0123456789ABCDEF"

func (g GUID) append(b []byte) []byte {
	for i, c := range g {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexUpper[c>>4], hexUpper[c&15])
	}
	return b
}

// ParseGUID reads a GUID in either case, with or without braces.
func ParseGUID(s string) (GUID, bool) {
	var g GUID
	s = strings.TrimSpace(s)
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, false
	}
	var plain [32]byte
	n := 0
	for i := 0; i < 36; i++ {
		if i != 8 && i != 13 && i != 18 && i != 23 {
			plain[n] = s[i]
			n++
		}
	}
	if _, err := hex.Decode(g[:], plain[:]); err != nil {
		return GUID{}, false
	}
	return g, true
}

// NameGUID makes the GUID of a name in a space (RFC 9562, version 5): always the same for the same two.
func NameGUID(space GUID, name string) GUID {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(name))
	var g GUID
	copy(g[:], h.Sum(nil))
	g[6] = g[6]&0x0f | 0x50
	g[8] = g[8]&0x3f | 0x80
	return g
}

// minted is the space of GUIDs made for things that came without one.
var minted = GUID{0x6f, 0x1c, 0x5a, 0x20, 0x2b, 0x7e, 0x5d, 0x0c, 0x9c, 0x1f, 0x40, 0x2a, 0x61, 0x6e, 0x79, 0x61}
