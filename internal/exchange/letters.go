package exchange

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fonts are static faces of Inter (SIL Open Font License): Latin with all that is written with it, Greek, Cyrillic. PDF and pictures
// have them within.
//
//go:embed fonts/*.ttf
var fonts embed.FS

// missingLetter stands where a letter can't be drawn.
const missingLetter = '□'

var face = sync.OnceValue(func() *sfnt.Font { return mustFace("fonts/inter-regular.ttf") })

func mustFace(name string) *sfnt.Font {
	raw, err := fonts.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	f, err := sfnt.Parse(raw)
	if err != nil {
		panic(err)
	}
	return f
}

var sfntBuffers = sync.Pool{New: func() any { return new(sfnt.Buffer) }}

// drawable reports whether the fonts have a letter.
func drawable(r rune) bool {
	if r >= 0x20 && r < 0x7f || r >= 0xa1 && r < 0x100 && r != 0xad {
		return true
	}
	b := sfntBuffers.Get().(*sfnt.Buffer)
	defer sfntBuffers.Put(b)
	g, err := face().GlyphIndex(b, r)
	return err == nil && g != 0
}

// unseen are letters that have no picture of their own: white space and what only joins or directs others.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == 0x34f || unicode.Is(unicode.Cc, r)
}

// Letters counts the letters of texts that can't be drawn in PDF and in pictures, since no font for them is within.
type Letters struct {
	Count int          // how often one stands there
	Each  map[rune]int // by letter
}

// Add counts the letters of a text.
func (l *Letters) Add(text string) {
	ascii := true
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return
	}
	for _, r := range norm.NFC.String(text) {
		if r >= 0x80 && !unseen(r) && !drawable(r) {
			l.put(r, 1)
		}
	}
}

// Join adds what another has counted.
func (l *Letters) Join(o Letters) {
	for r, n := range o.Each {
		l.put(r, n)
	}
}

func (l *Letters) put(r rune, n int) {
	if l.Each == nil {
		l.Each = map[rune]int{}
	}
	l.Each[r] += n
	l.Count += n
}

// scriptNames are the scripts that are told by name, in the words of the Unicode standard; other letters by number alone.
var scriptNames = []string{"Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Han", "Hangul", "Hebrew", "Hiragana", "Kannada",
	"Katakana", "Khmer", "Lao", "Malayalam", "Mongolian", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan", "Javanese", "Balinese", "Sundanese", "Buginese", "Batak", "Rejang"}

// String lists the letters by script: "Arabic 12 (U+0627, U+0644 …), emoji 3 (U+1F600)". The letters themselves can't be shown where
// this is read.
func (l Letters) String() string {
	type group struct {
		name    string
		count   int
		letters []rune
	}
	var all []*group
	for r, n := range l.Each {
		name := scriptOf(r)
		i := slices.IndexFunc(all, func(g *group) bool { return g.name == name })
		if i < 0 {
			i = len(all)
			all = append(all, &group{name: name})
		}
		all[i].count += n
		all[i].letters = append(all[i].letters, r)
	}
	slices.SortFunc(all, func(a, b *group) int {
		if a.count != b.count {
			return b.count - a.count
		}
		return strings.Compare(a.name, b.name)
	})
	var parts []string
	for _, g := range all {
		slices.Sort(g.letters)
		var codes []string
		for i, r := range g.letters {
			if i == 6 {
				codes = append(codes, "…")
				break
			}
			codes = append(codes, fmt.Sprintf("U+%04X", r))
		}
		parts = append(parts, fmt.Sprintf("%s %d (%s)", g.name, g.count, strings.Join(codes, ", ")))
	}
	return strings.Join(parts, "; ")
}

func scriptOf(r rune) string {
	for _, s := range scriptNames {
		if unicode.Is(unicode.Scripts[s], r) {
			return s
		}
	}
	if r >= 0x1f000 && r < 0x1fb00 || r >= 0x2600 && r < 0x27c0 {
		return "emoji"
	}
	return "Unicode"
}

// drawn gives a text as the fonts can draw it: letters and their accents as one, and missingLetter for each letter that they have not,
// which is counted.
func (l *Letters) drawn(text string) string {
	text = norm.NFC.String(text)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == 0x2028 || r == 0x2029 || r == 0x85:
			return '\n'
		case unicode.Is(unicode.Zs, r):
			if r == 0xa0 || r == 0x202f {
				return 0xa0
			}
			return ' '
		case unseen(r):
			return -1
		case drawable(r):
			return r
		}
		l.put(r, 1)
		return missingLetter
	}, text)
}

// Astral reports whether a text has letters beyond U+FFFF, which take two units of UTF-16.
func Astral(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0xf0 {
			return true
		}
	}
	return false
}
