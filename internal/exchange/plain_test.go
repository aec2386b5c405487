package exchange

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// TestPlainWays: what looks at many bytes at once says the same as what looks at each letter.
func TestPlainWays(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	parts := strings.Split("a|z|Z|Bu|yang| | | |  |\n|\r|\r\n|\x00|\x01|\x1f|\x7f|\x80|\x85|\xc2|\xc2\x85|\xc2\x80|é|e\u0301|\u0301|’|'|-|–|\u00a0|\u3000|日本|ǅ|ſ|\ufffd|\xff|0|9|::|.|sertifikat kesehatan|\t|\v|\f", "|")
	for n := range 20_000 {
		var b strings.Builder
		for range r.IntN(24) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		raw := b.String()
		s := strings.ToValidUTF8(raw, "?")
		wrong := func(what string, got, want any) {
			if got != want {
				t.Fatalf("seed %d, %d: %s of %q is %v, want %v", seed, n, what, raw, got, want)
			}
		}
		wide := strings.IndexFunc(raw, func(c rune) bool { return c >= utf8.RuneSelf })
		wrong("isASCII", isASCII(raw), wide < 0)
		wrong("firstWide", firstWide([]byte(raw)), wide)
		wrong("codePoints", codePoints(s), utf8.RuneCountInString(s))
		wrong("withFeeds", withFeeds([]byte(raw)), strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\r", "\n"))
		if firstOdd(s) < 0 {
			wrong("firstOdd", strings.IndexFunc(s, func(c rune) bool {
				return unicode.IsControl(c) && c != '\n' && c != '\t' && c != '\f' && c != '\v' && c != 0x85
			}), -1)
		}
		if isOneRow(raw) {
			wrong("isOneRow", strings.Join(strings.Fields(raw), " "), raw)
			wrong("isOneRow", strings.IndexFunc(raw, unicode.IsControl), -1)
		}
		wrong("clip", len([]rune(clip(raw, 9))), min(len([]rune(raw)), 9))
		words := 0
		eachWord(s, func(w word) {
			words++
			if w.s == "" || s[w.start:w.stop] != w.s {
				t.Fatalf("seed %d: word %+v of %q", seed, w, s)
			}
		})
		scan := nameScan{found: map[string]*nameCount{}, lex: &lexicon{known: map[string]*lexeme{}}}
		said, runs := scan.turn(s, 0, &langCounts{})
		wrong("turn's words", said, words)
		wrong("turn's runs", runs, countWords(s))
	}
	for n := range 20_000 {
		b := []byte("01:02:03,456")
		for range r.IntN(3) {
			b[r.IntN(len(b))] = "0123456789:;,./ -"[r.IntN(17)]
		}
		if ms, ok := plainMS(string(b)); ok {
			if want, fine := cueMS(string(b)); !fine || ms != want || !cueTime.MatchString(string(b)+" --> "+string(b)) {
				t.Fatalf("seed %d, %d: plainMS of %q is %d, want %d (%v)", seed, n, b, ms, want, fine)
			}
		}
	}
}
