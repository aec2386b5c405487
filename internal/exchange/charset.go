package exchange

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// offered are the character sets shown as candidates beside the guess when the bytes leave a doubt: the ones that old
// transcripts have here. chardet doesn't know the last two.
var offered = []string{"windows-1252", "macintosh", "ibm850"}

// Charsets are the character sets a person can choose from, by IANA name.
var Charsets = []string{"utf-8", "windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15", "utf-16le", "utf-16be", "macintosh", "ibm850",
	"windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1256", "koi8-r", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"}

// decode turns the file's bytes into text: byte-order mark, strict UTF-8, zero bytes in every second place, then
// chardet's guess, in this order. It sets Charset, Charsets and the notes of what changed.
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
	wide := zeroPlaces(data)
	if wide == "" && utf8.Valid(data) {
		return "utf-8", []string{"utf-8"}
	}
	var candidates []string
	if wide != "" {
		candidates = append(candidates, wide)
	}
	head := data[:min(len(data), 1<<20)]
	if results, err := chardet.NewTextDetector().DetectAll(head); err == nil {
		for i, res := range results {
			name := strings.ToLower(res.Charset)
			if name == "gb-18030" {
				name = "gb18030"
			}
			// chardet has no floor: a guess of 10 of 100 is noise. Latin-1's upper controls are letters in Windows-1252.
			if name == "iso-8859-1" {
				name = "windows-1252"
			}
			if name == "utf-8" || res.Confidence < 20 || i > 4 || strings.HasPrefix(name, "utf-") || charsetOf(name) == nil {
				continue
			}
			candidates = append(candidates, name)
		}
	}
	// chardet takes short Western texts for Turkish or Polish; where it makes no difference, the usual one is meant.
	if len(candidates) > 0 && wide == "" && decodeAs(data, candidates[0]) == decodeAs(data, "windows-1252") {
		candidates[0] = "windows-1252"
	}
	candidates = append(candidates, offered...)
	candidates = append(candidates, "utf-8")
	if len(candidates) > 8 {
		candidates = candidates[:8]
	}
	return candidates[0], candidates
}

// zeroPlaces finds UTF-16 without a mark: text in Latin letters has a zero in every second place.
func zeroPlaces(data []byte) string {
	head := data[:min(len(data), 4096)]
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

func charsetOf(name string) encoding.Encoding {
	switch name {
	case "utf-8":
		return encoding.Nop
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	for _, known := range Charsets {
		if known == name {
			if e, err := ianaindex.IANA.Encoding(name); err == nil {
				return e
			}
		}
	}
	return chardetOnly(name)
}

// chardetOnly allows what chardet can name beyond Charsets, as far as x/text decodes it.
func chardetOnly(name string) encoding.Encoding {
	if !strings.HasPrefix(name, "iso-8859-") && !strings.HasPrefix(name, "windows-125") {
		return nil
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		return nil
	}
	return e
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
