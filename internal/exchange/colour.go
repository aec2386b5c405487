package exchange

import (
	"strconv"
	"strings"
)

// Colour is a code's colour 1..12 on paper, as "#RRGGBB"; "" for another number.
func Colour(n int) string {
	if n < 1 || n > len(hues) {
		return ""
	}
	return strings.ToUpper(hues[n-1][0])
}

// NearestColour gives the colour 1..12 that is least unlike "#RRGGBB" by the distance of its three parts; 0 for what is none.
func NearestColour(hex string) int16 {
	parts := func(s string) (c [3]int, ok bool) {
		n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
		return [3]int{int(n >> 16), int(n >> 8 & 255), int(n & 255)}, err == nil && len(s) == 7
	}
	is, ok := parts(hex)
	if !ok {
		return 0
	}
	best, least := int16(0), 1<<30
	for i, h := range hues {
		c, _ := parts(h[0])
		d := 0
		for k := range c {
			d += (c[k] - is[k]) * (c[k] - is[k])
		}
		if d < least {
			best, least = int16(i+1), d
		}
	}
	return best
}

// Tint is a colour on white paper, from 0 (white) to 1 (itself).
func Tint(p Paint, share float64) Paint {
	c := rgba(p)
	on := func(v uint8) int { return int(255 - share*float64(255-v) + 0.5) }
	return Paint("#" + hex2(on(c.R)) + hex2(on(c.G)) + hex2(on(c.B)))
}

func hex2(n int) string {
	s := strconv.FormatInt(int64(n), 16)
	if len(s) == 1 {
		return "0" + s
	}
	return s
}
