package server

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"anyam/internal/qda"
)

// lexicons keep what is known of the words of the projects that were searched last. Nothing in them is ever written anywhere.
type lexicons struct {
	mu    sync.Mutex
	of    map[qda.ProjectID]*lexicon
	order []qda.ProjectID // oldest first
}

// lexiconBytes is about how much the words of all projects together may take, so long as one may stay.
const lexiconBytes = 128 << 20

// get gives a project's lexicon, an empty one where there is none.
func (k *lexicons) get(p qda.ProjectID) *lexicon {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[qda.ProjectID]*lexicon{}
	}
	for i, n := range k.order {
		if n == p {
			k.order = append(append(k.order[:i:i], k.order[i+1:]...), p)
			break
		}
	}
	if k.of[p] == nil {
		k.of[p] = &lexicon{words: map[string]uint32{}, stems: map[string]uint32{}, raw: map[string]uint32{}, texts: map[textOf]*tokens{}}
		k.order = append(k.order, p)
	}
	sum := 0
	for i := len(k.order) - 1; i >= 0; i-- {
		sum += k.of[k.order[i]].size()
		if sum > lexiconBytes && i < len(k.order)-1 {
			for _, n := range k.order[:i+1] {
				delete(k.of, n)
			}
			k.order = k.order[i+1:]
			break
		}
	}
	return k.of[p]
}

// forget drops what is known of a project.
func (k *lexicons) forget(p qda.ProjectID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, p)
	for i, n := range k.order {
		if n == p {
			k.order = append(k.order[:i:i], k.order[i+1:]...)
			return
		}
	}
}

// lexicon numbers the words of a project. A text is kept as the numbers of its words, so that a search asks of each different word once
// whether it answers, and then reads numbers.
type lexicon struct {
	mu    sync.RWMutex
	words map[string]uint32 // by folded word
	raw   map[string]uint32 // by word as written, so that it is folded once
	stems map[string]uint32
	list  []word
	texts map[textOf]*tokens
	bytes int
}

// word is a word as it is compared: folded, and its two stems by number.
type word struct {
	folded string
	en, id uint32
	other  uint32 // another Indonesian stem that it may have; id where there is none
}

// textOf names a text: a field of a thing, or a version of a document.
type textOf struct {
	sort  qda.Sort
	id    qda.ID
	field string
}

// tokens are the words of a text in order.
type tokens struct {
	rev  qda.Seq  // of the thing when it was read; the version of a document
	word []uint32 // numbers in the lexicon
	from []int32  // bytes of the text
	to   []int32
	turn []int32 // of a document: how many words there are up to the end of each turn
}

func (x *lexicon) size() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.bytes
}

// fold makes words comparable: lower case, no diacritics.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if c, ok := foldRune(c); ok {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// foldRune folds one character; a mark on the one before it is left out.
func foldRune(c rune) (rune, bool) {
	if c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c, true
	}
	if unicode.Is(unicode.Mn, c) {
		return 0, false
	}
	var in [utf8.UTFMax]byte
	n := utf8.EncodeRune(in[:], unicode.ToLower(c))
	if d := norm.NFD.Properties(in[:n]).Decomposition(); d != nil {
		c, _ := utf8.DecodeRune(d)
		return c, true
	}
	c, _ = utf8.DecodeRune(in[:n])
	return c, true
}

func inWord(c rune) bool {
	if c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
}

// cut walks over the words of a text: runs of letters, figures and marks.
func cut(text string, yield func(from, to int)) {
	from := -1
	for i, c := range text {
		if inWord(c) {
			if from < 0 {
				from = i
			}
		} else if from >= 0 {
			yield(from, i)
			from = -1
		}
	}
	if from >= 0 {
		yield(from, len(text))
	}
}

// number gives a word's number, a new one where it was not met yet. x.mu is held.
func (x *lexicon) number(w string) uint32 {
	if n, ok := x.raw[w]; ok {
		return n
	}
	f := fold(w)
	n, ok := x.words[f]
	if !ok {
		n = uint32(len(x.list))
		en, id, other := stems(f)
		x.list = append(x.list, word{f, x.stem(en), x.stem(id), x.stem(other)})
		x.words[f] = n
		x.bytes += 3*len(f) + 160
	}
	x.raw[strings.Clone(w)] = n
	x.bytes += len(w) + 48
	return n
}

func (x *lexicon) stem(s string) uint32 {
	n, ok := x.stems[s]
	if !ok {
		n = uint32(len(x.stems))
		x.stems[s] = n
	}
	return n
}

// read gives the words of a text, reading it where that has not been done since it changed. ends are the ends of turns in bytes.
func (x *lexicon) read(of textOf, rev qda.Seq, text func() (string, []int32, error)) (*tokens, error) {
	x.mu.RLock()
	t := x.texts[of]
	x.mu.RUnlock()
	if t != nil && t.rev == rev {
		return t, nil
	}
	s, ends, err := text()
	if err != nil {
		return nil, err
	}
	n := &tokens{rev: rev}
	x.mu.Lock()
	defer x.mu.Unlock()
	cut(s, func(from, to int) {
		for len(ends) > len(n.turn) && int32(from) >= ends[len(n.turn)] {
			n.turn = append(n.turn, int32(len(n.word)))
		}
		n.word = append(n.word, x.number(s[from:to]))
		n.from, n.to = append(n.from, int32(from)), append(n.to, int32(to))
	})
	for len(ends) > len(n.turn) {
		n.turn = append(n.turn, int32(len(n.word)))
	}
	if t != nil {
		x.bytes -= 12 * len(t.word)
	}
	x.texts[of] = n
	x.bytes += 12*len(n.word) + 200
	return n, nil
}

// How well a word answers, best last.
const (
	gradeNone   = uint8(iota)
	gradeInside // the letters stand somewhere in the word
	gradeStem
	gradeBegins
	gradeWhole
)

// search is what is looked for: each term must answer.
type search struct {
	terms []term
}

// term is one word that is looked for, or several in a row where they were put in quotation marks.
type term struct {
	folded []string
	quoted bool
	how    [][]uint8 // of each: by number of a word, how well it answers
}

const mostTerms = 8

// newSearch reads what was typed: words, and "words in a row". The rules for one word are in answers.
func newSearch(typed string) *search {
	s := &search{}
	parts := strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(typed), `"`)
	for i, p := range parts {
		quoted := i%2 == 1
		var t term
		cut(p, func(from, to int) {
			w := fold(p[from:to])
			if w == "" {
				return
			}
			if quoted {
				t.folded = append(t.folded, w)
			} else if len(s.terms) < mostTerms {
				s.terms = append(s.terms, term{folded: []string{w}})
			}
		})
		if t.quoted = true; len(t.folded) > 0 && len(s.terms) < mostTerms {
			s.terms = append(s.terms, t)
		}
	}
	return s
}

// prepare asks every word of a lexicon. x.mu is held for reading.
func (s *search) prepare(x *lexicon) {
	const none = ^uint32(0)
	for i := range s.terms {
		t := &s.terms[i]
		t.how = make([][]uint8, len(t.folded))
		for k, w := range t.folded {
			en, id, other := stems(w)
			want := word{w, none, none, none}
			if n, ok := x.stems[en]; ok {
				want.en = n
			}
			if n, ok := x.stems[id]; ok {
				want.id = n
			}
			if n, ok := x.stems[other]; ok {
				want.other = n
			}
			last := !t.quoted || k == len(t.folded)-1
			how := make([]uint8, len(x.list))
			for n := range x.list {
				how[n] = answers(&x.list[n], &want, last)
			}
			t.how[k] = how
		}
	}
}

// answers says how well a word of a text answers one that was typed. Words in quotation marks are taken as they are, but for the last,
// which may not be typed to its end yet. One letter alone must begin a word.
func answers(w, want *word, last bool) uint8 {
	typed := want.folded
	switch {
	case w.folded == typed:
		return gradeWhole
	case !last:
		return gradeNone
	case strings.HasPrefix(w.folded, typed):
		return gradeBegins
	case len(typed) > 2 && (w.en == want.en || w.id == want.id || w.other == want.id || w.id == want.other || w.other == want.other):
		return gradeStem
	case len(typed) > 1 && strings.Contains(w.folded, typed):
		return gradeInside
	}
	return gradeNone
}

// match is where a text answers.
type match struct {
	score int
	at    []int // places of the words that answer, in order
}

// in looks for the terms among some words of a text: all of them must be there. The words of terms that stand near one another count for
// more. In a text of many parts, parts says which terms are found there instead of asking for all.
func (s *search) in(words []uint32) (m match, found int) {
	for i := range s.terms {
		t := &s.terms[i]
		best := 0
		for k := range words {
			at := 0
			for j := range t.how {
				if k+j >= len(words) || int(words[k+j]) >= len(t.how[j]) || t.how[j][words[k+j]] == gradeNone {
					at = 0
					break
				}
				at += int(t.how[j][words[k+j]])
			}
			if at > 0 {
				best = max(best, at)
				for j := range t.how {
					m.at = append(m.at, k+j)
				}
			}
		}
		if best > 0 {
			found |= 1 << i
		}
		m.score += 4 * best
		if i > 0 && best > 0 && s.follows(words, i) {
			m.score += 10
		}
	}
	return m, found
}

// follows reports whether a term stands right behind the one before it.
func (s *search) follows(words []uint32, i int) bool {
	a, b := s.terms[i-1].how, s.terms[i].how
	last := a[len(a)-1]
	for k := 1; k < len(words); k++ {
		if last[words[k-1]] != gradeNone && b[0][words[k]] != gradeNone {
			return true
		}
	}
	return false
}

// every is the terms all found.
func (s *search) every() int { return 1<<len(s.terms) - 1 }

// masks gives, for each word of the lexicon, which terms it may be part of: a bit for a term.
func (s *search) masks(n int) []uint8 {
	m := make([]uint8, n)
	for i, t := range s.terms {
		for w, h := range t.how[0] {
			if h != gradeNone {
				m[w] |= 1 << i
			}
		}
	}
	return m
}
