package exchange

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLevels is how deep lists of Word and LibreOffice go (9 and 10).
const maxLevels = 10

// A level says what stands before the items of one level of a list.
type level struct {
	format string // decimal, lowerLetter, upperLetter, lowerRoman, upperRoman, bullet or none
	start  int
	text   string // "%1.%2)": the numbers of the levels; a bullet's sign
}

// counters count the items of a list, level by level.
type counters struct {
	n       [maxLevels]int
	started [maxLevels]bool
}

// next counts one more item at depth d (from 0) and gives its mark; start, when positive, is where it counts from.
func (c *counters) next(levels *[maxLevels]level, d, start int) string {
	d = min(max(d, 0), maxLevels-1)
	for i := 0; i <= d; i++ {
		if !c.started[i] {
			c.n[i], c.started[i] = levels[i].start, true
			if i == d {
				c.n[i]--
			}
		}
	}
	c.n[d]++
	if start > 0 {
		c.n[d] = start
	}
	for i := d + 1; i < maxLevels; i++ {
		c.started[i] = false
	}
	l := levels[d]
	switch l.format {
	case "none", "":
		return ""
	case "bullet":
		return bullet(l.text)
	}
	if !strings.Contains(l.text, "%") {
		return clip(strings.TrimSpace(l.text), 20)
	}
	var b strings.Builder
	for i := 0; i < len(l.text) && b.Len() < 80; i++ {
		k := 0
		for i+1 < len(l.text) && l.text[i] == '%' && l.text[i+1] >= '1' && l.text[i+1] <= '9' && k == 0 {
			k = int(l.text[i+1] - '0')
			if k == 1 && i+2 < len(l.text) && l.text[i+2] == '0' {
				k, i = 10, i+1
			}
			i++
		}
		if k > 0 {
			b.WriteString(numberAs(levels[k-1].format, c.n[k-1]))
		} else if l.text[i] != '%' {
			b.WriteByte(l.text[i])
		}
	}
	return strings.TrimSpace(strings.ToValidUTF8(b.String(), ""))
}

// startAt reads the number that a list counts from; -1 for none.
func startAt(s string) int {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < 1<<20 {
		return n
	}
	return -1
}

// bullet is a list's sign; those of symbol fonts have no meaning outside the font.
func bullet(s string) string {
	c, _ := utf8.DecodeRuneInString(s)
	if s == "" || c == utf8.RuneError || unicode.Is(unicode.Co, c) || unicode.IsLetter(c) || unicode.IsControl(c) {
		return "•"
	}
	return clip(oneRow(s), 3)
}

// numberAs writes n as the file's list would.
func numberAs(format string, n int) string {
	switch format {
	case "lowerLetter", "upperLetter":
		if n < 1 || n > 780 {
			break
		}
		first := 'a'
		if format == "upperLetter" {
			first = 'A'
		}
		return strings.Repeat(string(first+rune((n-1)%26)), (n-1)/26+1)
	case "lowerRoman", "upperRoman":
		if n < 1 || n > 3999 {
			break
		}
		var b strings.Builder
		for _, r := range []struct {
			n int
			s string
		}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
			for ; n >= r.n; n -= r.n {
				b.WriteString(r.s)
			}
		}
		if format == "upperRoman" {
			return strings.ToUpper(b.String())
		}
		return b.String()
	case "bullet", "none":
		return ""
	case "decimalZero":
		if n >= 0 && n < 10 {
			return "0" + strconv.Itoa(n)
		}
	}
	return strconv.Itoa(n)
}
