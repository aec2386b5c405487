package exchange

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gogs/chardet"
)

// offered are the character sets shown as candidates beside the guess when the bytes leave a doubt: the ones that old
// transcripts have here. chardet doesn't know the last two.
var offered = []string{"windows-1252", "macintosh", "ibm850"}

// foreign are further sets that chardet doesn't know. They are tried where no candidate makes words of the bytes.
var foreign = []string{"ibm852", "ibm866", "windows-874"}

// decode turns the file's bytes into text: byte-order mark, UTF-16 by its zero bytes, UTF-8, which may have a few
// broken places, then chardet's guess, in this order. It sets Charset, Charsets and the notes of what changed.
func (r *Reading) decode(data []byte, want string) (string, *BadFile) {
	want = strings.ToLower(strings.TrimSpace(want))
	name, candidates := guessCharset(data)
	if want != "" {
		if charsetOf(want) == nil {
			return "", bad(BadCharset, "charset", clip(strings.ToValidUTF8(want, "?"), 40))
		}
		name = want
		candidates = append([]string{want}, candidates...)
	}
	r.Charset = name
	body := withoutMark(data)
	doubt := firstWide(body)
	seen := map[string]bool{}
	for _, c := range candidates {
		if seen[c] || charsetOf(c) == nil {
			continue
		}
		seen[c] = true
		r.Charsets = append(r.Charsets, Charset{c, preview(body, doubt, c)})
	}
	r.note("bom", boolInt(len(body) < len(data)))
	if name != "utf-8" || !utf8.Valid(body) {
		text := decodeAs(body, name)
		// A replacement character that was in the file is a character; one that came from decoding is a loss.
		lost := strings.Count(text, "\uFFFD")
		if name == "utf-8" && lost > 0 {
			lost -= bytes.Count(body, []byte("\uFFFD"))
		}
		r.note("undecoded", lost, "charset", name)
		body = []byte(text)
	}
	r.note("crlf", bytes.Count(body, []byte("\r")))
	text := withFeeds(body)
	if nul := strings.Count(text, "\x00"); nul > 0 {
		text = strings.ReplaceAll(text, "\x00", "")
		r.note("nul", nul)
	}
	return text, nil
}

// withFeeds is a text whose ends of rows are all line feeds.
func withFeeds(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			b.Write(text)
			return b.String()
		}
		b.Write(text[:i])
		b.WriteByte('\n')
		if text = text[i+1:]; len(text) > 0 && text[0] == '\n' {
			text = text[1:]
		}
	}
}

var marks = []struct {
	name string
	mark []byte
}{{"utf-8", []byte{0xEF, 0xBB, 0xBF}}, {"utf-16le", []byte{0xFF, 0xFE}}, {"utf-16be", []byte{0xFE, 0xFF}}}

func withoutMark(data []byte) []byte {
	for _, m := range marks {
		if bytes.HasPrefix(data, m.mark) {
			return data[len(m.mark):]
		}
	}
	return data
}

func guessCharset(data []byte) (string, []string) {
	for _, m := range marks {
		if bytes.HasPrefix(data, m.mark) {
			return m.name, []string{m.name}
		}
	}
	head := data[:min(len(data), 4096)]
	sure := zeroPlaces(head)
	if sure == "" {
		sure = wideUnits(head)
	}
	switch {
	case sure != "":
	case bytes.Contains(head, []byte("\x1b$B")) || bytes.Contains(head, []byte("\x1b$@")):
		sure = "iso-2022-jp"
	case utf8.Valid(data):
		return "utf-8", []string{"utf-8"}
	case mostlyUTF8(data):
		sure = "utf-8"
	}
	var candidates []string
	if results, err := chardet.NewTextDetector().DetectAll(data[:min(len(data), 1<<20)]); err == nil {
		for i, res := range results {
			name := strings.ToLower(res.Charset)
			if name == "gb-18030" {
				name = "gb18030"
			}
			// chardet has no floor: a guess of 10 of 100 is noise. Latin-1's upper controls are letters in Windows-1252.
			if name == "iso-8859-1" {
				name = "windows-1252"
			}
			if res.Confidence < 20 || i > 4 || strings.HasPrefix(name, "utf-") || charsetOf(name) == nil {
				continue
			}
			candidates = append(candidates, name)
		}
	}
	if sure != "" {
		candidates = append([]string{sure}, candidates...)
	} else if len(candidates) > 0 && decodeAs(data, candidates[0]) == decodeAs(data, "windows-1252") {
		// chardet takes short Western texts for Turkish or Polish; where it makes no difference, the usual one is meant.
		candidates[0] = "windows-1252"
	}
	candidates = append(candidates, offered...)
	if sure == "" {
		candidates = leastOdd(data, candidates)
	}
	candidates = append(candidates, "utf-8")
	if len(candidates) > 8 {
		candidates = candidates[:8]
	}
	return candidates[0], candidates
}

// zeroPlaces finds UTF-16 without a mark: text in Latin letters has a zero in every second place.
func zeroPlaces(head []byte) string {
	if len(head) < 4 {
		return ""
	}
	var zero [2]int
	for i, b := range head {
		if b == 0 {
			zero[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case zero[1]*10 >= half*7 && zero[0]*10 < half:
		return "utf-16le"
	case zero[0]*10 >= half*7 && zero[1]*10 < half:
		return "utf-16be"
	}
	return ""
}

// wideUnits finds UTF-16 without a mark in other letters than Latin ones: it is made of characters that are printed, and its
// spaces and ends of rows have a zero, which no text of single bytes has.
func wideUnits(head []byte) string {
	head = head[:len(head)&^1]
	if bytes.IndexByte(head, 0) < 0 {
		return ""
	}
	plain, kana := 0, 0
	for i, b := range head {
		if ' ' <= b && b < 0x7F || b == '\n' || b == '\r' || b == '\t' {
			plain++
		}
		if b == '0' && (i < 2 || head[i-2] == '0') {
			kana++
		}
	}
	if plain*4 > len(head)*3 && kana*5 < len(head) { // of kana, U+30xx, both bytes are of ASCII
		return "" // ASCII with some zeros
	}
	little, big := spacesIn(head, binary.LittleEndian), spacesIn(head, binary.BigEndian)
	switch {
	case little > big && little > 0:
		return "utf-16le"
	case big > little && big > 0:
		return "utf-16be"
	}
	return ""
}

// spacesIn counts the white space of UTF-16, -1 where it is no text.
func spacesIn(head []byte, order binary.ByteOrder) (n int) {
	for ; len(head) > 1; head = head[2:] {
		c := rune(order.Uint16(head))
		if utf16.IsSurrogate(c) && len(head) > 3 {
			if c = utf16.DecodeRune(c, rune(order.Uint16(head[2:]))); c == utf8.RuneError {
				return -1
			}
			head = head[2:]
		}
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			n++
		case !unicode.IsPrint(c) && !unicode.IsSpace(c) && !unicode.Is(unicode.Cf, c) && !utf16.IsSurrogate(c): // half a pair at the end
			return -1
		}
	}
	return n
}

// mostlyUTF8 tells a text in UTF-8 of which a few places are broken. In other sets hardly two bytes in a row look like a
// letter of UTF-8.
func mostlyUTF8(data []byte) bool {
	good, broken := 0, 0
	for {
		at := firstWide(data)
		if at < 0 {
			return good > 0 && good >= 2*broken
		}
		c, size := utf8.DecodeRune(data[at:])
		if c == utf8.RuneError && size == 1 {
			broken++
		} else {
			good += size - 1
		}
		data = data[at+size:]
	}
}

// leastOdd moves the candidate to the front that makes words of the bytes, where the first one makes twice as many odd ones.
func leastOdd(data []byte, candidates []string) []string {
	part := data[max(0, firstWide(data)-60):]
	part = part[:min(len(part), 64<<10)]
	first, _ := oddLetters(decodeAs(part, candidates[0]))
	best, least := candidates[0], (first+1)/2
	for i, name := range slices.Concat(candidates, foreign) {
		n, latin := oddLetters(decodeAs(part, name))
		if n < least && (i < len(candidates) || latin == (name == "ibm852")) {
			best, least = name, n
		}
	}
	if best == candidates[0] {
		return candidates
	}
	return append([]string{best}, candidates...)
}

// oddLetters counts what a wrong character set makes of letters: signs and capitals inside of words, letters of two scripts
// in one word, and what is no character. latin tells that most letters are Latin ones.
func oddLetters(s string) (odd int, latin bool) {
	letters := 0 // those of Latin, less the others
	signs := -1  // since the last letter of this word, -1 outside of one
	before := ' '
	for _, c := range s {
		was := before
		before = c
		wide := c >= utf8.RuneSelf
		switch {
		case unicode.IsLetter(c):
			roman := !wide || unicode.Is(unicode.Latin, c)
			if roman {
				letters++
			} else {
				letters--
			}
			odd += max(signs, 0)
			signs = 0
			if unicode.IsLetter(was) && roman != (was < utf8.RuneSelf || unicode.Is(unicode.Latin, was)) ||
				wide && (unicode.IsUpper(c) && unicode.IsLower(was) || was >= '0' && was <= '9') {
				odd++
			}
		case c == utf8.RuneError || wide && unicode.IsControl(c):
			odd += 2
		case !wide || strings.ContainsRune("’–—…", c):
			signs = -1
		case signs >= 0 && !unicode.IsMark(c):
			signs++
		}
	}
	return odd, letters > 0
}

func decodeAs(data []byte, name string) string {
	if name == "utf-8" {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	out, err := charsetOf(name).NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// firstWide is where the first byte stands that isn't ASCII, -1 when all are.
func firstWide(data []byte) int {
	at := 0
	for at+8 <= len(data) && binary.LittleEndian.Uint64(data[at:])&high == 0 {
		at += 8
	}
	for ; at < len(data); at++ {
		if data[at] >= utf8.RuneSelf {
			return at
		}
	}
	return -1
}

// preview shows the place where the candidates differ: around the first byte that isn't ASCII, or at the start.
func preview(data []byte, doubt int, name string) string {
	at := max(0, doubt-60) &^ 1
	s := decodeAs(data[at:min(len(data), at+640)], name)
	return clip(oneRow(strings.Map(func(c rune) rune {
		if c == 0 {
			return -1
		}
		return c
	}, s)), 160)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
