package server

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// stems gives what is left of a folded word without its endings, taken as an English and as an Indonesian word; the last is another beginning of the latter, see unswallowed. Interviews mix
// the two, so a word is compared both ways whatever the document's language.
func stems(w string) (en, id, swallowed string) {
	env := snowballstem.NewEnv(w)
	english.Stem(env)
	id = indonesian(w)
	return env.Current(), id, unswallowed(w, id)
}

// unswallowed gives the other word that a stem may come from: meng- and peng- take the k of a word that begins with it away, men- and
// pen- the t (mengirim from kirim, penulis from tulis), and Tala's rules don't put these back. It is the stem itself where that can't be.
func unswallowed(word, stem string) string {
	if stem == "" || !vowel(stem[0]) {
		return stem
	}
	for _, p := range []struct{ prefix, sound string }{{"meng", "k"}, {"peng", "k"}, {"men", "t"}, {"pen", "t"}} {
		if rest, ok := strings.CutPrefix(word, p.prefix); ok && strings.HasPrefix(rest, stem) {
			return p.sound + stem
		}
	}
	return stem
}

// indonesian takes affixes off an Indonesian word by the rules of F. Z. Tala, "A Study of Stemming Effects on Information Retrieval in
// Bahasa Indonesia" (Amsterdam, 2003): particle, possessive, then prefixes and suffix, each only while the word keeps more than two
// vowels. It needs no dictionary and takes too much off some words, which is right for finding. It does what Postgres' own
// configuration does; a test compares them.
func indonesian(word string) string {
	s := affixed{word: word}
	for i := range len(word) {
		if vowel(word[i]) {
			s.measure++
		}
	}
	if s.measure <= 2 {
		return word
	}
	s.ending("kah", "lah", "pun")
	if s.measure > 2 {
		s.ending("nya", "ku", "mu")
	}
	if s.measure <= 2 {
		return s.word
	}
	if s.first() {
		if s.measure > 2 && s.suffix() && s.measure > 2 {
			s.second()
		}
	} else {
		s.second()
		if s.measure > 2 {
			s.suffix()
		}
	}
	return s.word
}

// affixed is a word from which affixes are being taken.
type affixed struct {
	word    string
	measure int // vowels, less one for each affix that was taken off
	prefix  int // which kind of prefix was taken off: it decides which suffixes can be one
	sound   int // length of the sound put in place of a prefix: what comes after it may be another prefix
}

// The kinds of prefixes.
const (
	noPrefix  = iota
	active    // di-, me-, ter-
	causative // per-, pe-
	nominal   // ke-, pe- with a nasal
	stative   // ber-
)

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func (s *affixed) ending(any ...string) bool {
	for _, e := range any {
		if rest, ok := strings.CutSuffix(s.word, e); ok {
			s.word = rest
			s.measure--
			return true
		}
	}
	return false
}

// off takes a prefix away and puts in its place the sound that it had swallowed.
func (s *affixed) off(prefix string, kind int, sound string) bool {
	s.word = s.word[:s.sound] + sound + s.word[s.sound+len(prefix):]
	s.sound += len(sound)
	s.prefix = kind
	s.measure--
	return true
}

// first takes off a prefix of the first order: di, ter, ke, and those that change with the sound after them.
func (s *affixed) first() bool {
	w := s.word
	for _, p := range []struct {
		nasal string
		kind  int
	}{{"me", active}, {"pe", nominal}} {
		rest, ok := strings.CutPrefix(w, p.nasal)
		if !ok {
			continue
		}
		switch {
		case strings.HasPrefix(rest, "ny") && len(rest) > 2 && vowel(rest[2]):
			return s.off(p.nasal+"ny", p.kind, "s")
		case strings.HasPrefix(rest, "ng"):
			return s.off(p.nasal+"ng", p.kind, "")
		case strings.HasPrefix(rest, "n"):
			return s.off(p.nasal+"n", p.kind, "")
		case strings.HasPrefix(rest, "m"):
			if len(rest) > 1 && vowel(rest[1]) {
				return s.off(p.nasal+"m", p.kind, "p")
			}
			return s.off(p.nasal+"m", p.kind, "")
		case p.kind == active:
			return s.off("me", active, "")
		}
		return false // pe- alone is of the second order
	}
	switch {
	case strings.HasPrefix(w, "di"):
		return s.off("di", active, "")
	case strings.HasPrefix(w, "ter"):
		return s.off("ter", active, "")
	case strings.HasPrefix(w, "ke"):
		return s.off("ke", nominal, "")
	}
	return false
}

// second takes off a prefix of the second order: ber and per with their forms.
func (s *affixed) second() bool {
	w := s.word[s.sound:]
	switch {
	case strings.HasPrefix(w, "belajar"):
		return s.off("bel", stative, "")
	case strings.HasPrefix(w, "pelajar"):
		return s.off("pel", s.prefix, "")
	case strings.HasPrefix(w, "ber"):
		return s.off("ber", stative, "")
	case strings.HasPrefix(w, "be") && len(w) > 4 && !vowel(w[2]) && w[3:5] == "er":
		return s.off("be", stative, "") // bekerja
	case strings.HasPrefix(w, "per"):
		return s.off("per", causative, "")
	case strings.HasPrefix(w, "pe"):
		return s.off("pe", causative, "")
	}
	return false
}

// suffix takes off a suffix of derivation that goes with the prefix.
func (s *affixed) suffix() bool {
	switch w := s.word; {
	case strings.HasSuffix(w, "kan") && s.prefix != nominal && s.prefix != causative:
		return s.ending("kan")
	case strings.HasSuffix(w, "an") && s.prefix != active:
		return s.ending("an")
	case strings.HasSuffix(w, "i") && s.prefix <= causative && !strings.HasSuffix(w, "si"):
		return s.ending("i")
	}
	return false
}
