package exchange

import (
	"math/bits"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word of a text with where it stands (bytes).
type word struct {
	s           string
	start, stop int
}

func inWord(c rune) bool {
	if c < utf8.RuneSelf {
		return asciiWord[c]
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
}

// asciiWord are the letters and digits that most of a text is made of.
var asciiWord = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))
	}
	return t
}()

// eachWord calls f for every run of letters, digits and marks; hyphens and apostrophes inside a word belong to it.
func eachWord(s string, f func(word)) {
	for i := 0; i < len(s); {
		stop := wordEnd(s, i)
		if stop > i {
			f(word{s[i:stop], i, stop})
		}
		_, size := utf8.DecodeRuneInString(s[stop:])
		i = stop + size
	}
}

// wordEnd is where the word ends that begins at byte i, i itself where none does.
func wordEnd(s string, i int) int {
	for begun := i; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && asciiWord[c] {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if inWord(r) {
				i += size
				continue
			}
		}
		if i > begun && (r == '-' || r == '\'' || r == '’') {
			if next, _ := utf8.DecodeRuneInString(s[i+size:]); unicode.IsLetter(next) {
				i += size
				continue
			}
		}
		return i
	}
	return i
}

// replace puts pseudonyms for names: whole words, the longest phrase first, in one pass, so that nothing is replaced
// twice. A phrase also matches where it stands in capitals throughout.
func (r *Reading) replace(with map[string]string) {
	type rule struct{ from, to string }
	byFirst := map[string][]rule{}
	rules := 0
	for from, to := range with {
		from, to = strings.TrimSpace(from), strings.ReplaceAll(strings.ToValidUTF8(to, ""), "\x00", "")
		to = oneRow(to)
		if from == "" || from == to || !utf8.ValidString(from) {
			continue
		}
		rules++
		for _, f := range []string{from, strings.ToUpper(from)} {
			first := ""
			eachWord(f, func(w word) {
				if first == "" {
					first = w.s
				}
			})
			if first == "" || !strings.HasPrefix(f, first) {
				continue // a phrase begins with a word
			}
			byFirst[first] = append(byFirst[first], rule{f, to})
			if f == strings.ToUpper(from) && f == from {
				break
			}
		}
	}
	if rules == 0 {
		return
	}
	for _, l := range byFirst {
		sort.Slice(l, func(i, j int) bool {
			if len(l[i].from) != len(l[j].from) {
				return len(l[i].from) > len(l[j].from)
			}
			return l[i].from < l[j].from
		})
	}
	done := 0
	type cut struct{ start, stop, size int } // bytes of the old words, and how many stand for them
	var cuts []cut
	swap := func(s string) string {
		var out strings.Builder
		cuts = cuts[:0]
		at := 0
		eachWord(s, func(w word) {
			// "Budi-nya" and "Budi's" are one word to a reader, but hold the name.
			parts := []word{w}
			if i := strings.IndexAny(w.s, "-'’"); i > 0 {
				parts = append(parts, word{w.s[:i], w.start, w.start + i})
			}
			for _, p := range parts {
				if p.start < at {
					return
				}
				for _, rl := range byFirst[p.s] {
					end := p.start + len(rl.from)
					if !strings.HasPrefix(s[p.start:], rl.from) {
						continue
					}
					if c, n := utf8.DecodeRuneInString(s[end:]); n > 0 && inWord(c) {
						continue
					}
					out.WriteString(s[at:p.start])
					out.WriteString(rl.to)
					cuts = append(cuts, cut{p.start, end, len(rl.to)})
					at = end
					done++
					return
				}
			}
		})
		if at == 0 && out.Len() == 0 {
			return s
		}
		out.WriteString(s[at:])
		return out.String()
	}
	kept, places := r.Turns[:0], 0
	for _, t := range r.Turns {
		was := swap(t.Text)
		t.Text = strings.TrimSpace(was)
		for i := range t.anchors {
			a := &t.anchors[i]
			at, moved := a.at, 0
			for _, c := range cuts {
				if at >= c.stop {
					moved += c.size - (c.stop - c.start)
				} else if at > c.start { // inside a name: the whole of what stands for it
					moved += c.start - at
					if a.stop {
						moved += c.size
					}
				}
			}
			a.at = min(max(at+moved-(len(was)-len(strings.TrimLeftFunc(was, unicode.IsSpace))), 0), len(t.Text))
		}
		places = done
		t.Label = clip(oneRow(swap(t.Label)), 200)
		done = places
		if t.Text != "" { // replaced by nothing
			kept = append(kept, t)
		}
	}
	r.Turns = kept
	// A speaker's label is replaced with the same rules, but is not one more place in the text.
	for i := range r.Speakers {
		r.Speakers[i].Label = clip(oneRow(swap(r.Speakers[i].Label)), 200)
	}
	if r.Table != nil {
		for _, row := range r.Table.Rows {
			for i := range row {
				row[i] = strings.TrimSpace(swap(row[i]))
			}
		}
		places = done
	}
	for i := range r.Comments {
		c := &r.Comments[i]
		c.Author = clip(oneRow(swap(c.Author)), 200)
		if c.Text = clip(strings.TrimSpace(swap(c.Text)), maxCommentText); c.Text == "" {
			c.Text = "…"
		}
	}
	r.note("replaced", places)
}

// --- languages

var stopWords = map[string]map[string]bool{
	"id": set("yang,dan,di,itu,ini,untuk,dengan,tidak,dari,ada,saya,kami,kita,mereka,dia,juga,sudah,belum,akan,bisa,karena,kalau,jadi,tapi,tetapi,atau,pada,ke,ya,nggak,enggak,gak,sama,lagi,masih,harus,seperti,apa,bagaimana,kapan,siapa,mana,oleh,sebagai,adalah,dalam,lebih,banyak,orang,waktu,terus,kan,sih,saja,aja,punya,buat,anda,bapak,ibu,bukan,pernah,sendiri,setelah,sebelum"),
	"en": set("the,and,of,to,in,is,that,it,was,for,with,you,we,they,he,she,this,are,have,not,but,on,at,as,be,were,had,what,when,so,there,their,would,from,or,an,my,i,me,do,did,because,about,which,who,how,then,if,can,will,just,really,know,think,our,your,been,it's,don't,i'm"),
	"nl": set("de,het,een,van,en,ik,niet,dat,die,zijn,was,op,te,met,voor,maar,ook,er,wij,hebben,wat,naar,dan,nog,bij,als,zij,ja,nee,heb"),
	"de": set("der,die,das,und,ich,nicht,ist,ein,eine,zu,es,wir,mit,auf,auch,war,aber,haben,wie,sich,den,dem,von,habe,dann,noch,bei,wenn,ja,nein"),
	"ms": set("awak,ialah,boleh,kerana,ianya,kepada,ketika,bagaimanapun,tak,encik,puan,macam,nak,sahaja,iaitu,mahu,cakap"),
}

// langCounts counts stop words by language, in the order of languages.
type langCounts [len(languages)]int

var languages = [...]string{"id", "en", "nl", "de", "ms"}

// stopIn tells in which languages a word is a stop word, a bit for each.
var stopIn, longestStop = func() (map[string]uint8, int) {
	in, longest := map[string]uint8{}, 0
	for i, l := range languages {
		for w := range stopWords[l] {
			in[w] |= 1 << i
			longest = max(longest, len(w))
		}
	}
	return in, longest
}()

// best gives the language with clearly the most stop words; a text in a known language has one in about four words.
func best(counts *langCounts, words int) string {
	lang, n, second := "", 0, 0
	for i, c := range counts {
		switch {
		case c > n:
			lang, n, second = languages[i], c, n
		case c > second:
			second = c
		}
	}
	if n < 3 || n*12 < words || n*2 < second*3 {
		return ""
	}
	return lang
}

// A lexeme is what is known of a word as it is written; a text says the same few thousand again and again.
type lexeme struct {
	low       string // in small letters
	isLow     bool   // as it is written
	stops     uint8  // languages in which it is a stop word, a bit for each
	small     int    // how often it began with a small letter
	notName   bool
	honorific bool
}

// A lexicon is what is known of the words of a text.
type lexicon struct {
	known map[string]*lexeme
	near  [1 << nearBits]struct { // found of late, where a word with these letters is looked for first
		s string
		x *lexeme
	}
}

const (
	maxLexemes = 200_000
	nearBits   = 11
)

// nearAt is a place in near that depends on the first and the last letters of a word.
func nearAt(s string) uint64 {
	var first, last uint64
	switch n := len(s); {
	case n >= 8:
		first, last = eight(s), eight(s[n-8:])
	case n >= 4:
		first, last = four(s), four(s[n-4:])
	default:
		first, last = uint64(s[0])|uint64(s[n/2])<<8, uint64(s[n-1])
	}
	return (first + bits.RotateLeft64(last, 29) + uint64(len(s))) * 0x9E3779B97F4A7C15 >> (64 - nearBits) // Knuth's multiplicative hashing
}

func (l *lexicon) of(s string) *lexeme {
	at := &l.near[nearAt(s)]
	if at.s == s {
		return at.x
	}
	x := l.known[s]
	if x == nil {
		x = &lexeme{low: strings.ToLower(s)}
		x.isLow = x.low == s
		x.notName, x.honorific = notNames[x.low], honorifics[x.low]
		if len(s) <= longestStop {
			x.stops = stopIn[x.low]
		}
		if len(l.known) < maxLexemes {
			l.known[s] = x
		}
	}
	at.s, at.x = s, x
	return x
}

// Language guesses in which language most of some texts are, by their beginnings: BCP 47, "" where they do not tell.
func Language(texts []string) string {
	r := &Reading{Turns: make([]Turn, len(texts))}
	for i, s := range texts {
		r.Turns[i].Text = s[:min(len(s), 10_000)]
	}
	r.survey("")
	return r.Language
}

// survey goes through the words once: it counts those of each turn, sets the language of the text and of the turns that clearly speak
// another one, and lists what may be names of persons.
func (r *Reading) survey(told string) {
	var total langCounts
	words := 0
	names := nameScan{found: map[string]*nameCount{}, lex: &lexicon{known: map[string]*lexeme{}}}
	for i := range r.Turns {
		var here langCounts
		n, runs := names.turn(r.Turns[i].Text, i, &here)
		words += n
		r.Turns[i].words = runs
		for l, c := range here {
			total[l] += c
		}
		if n < 8 {
			continue
		}
		if l := slices.Index(languages[:], best(&here, n)); l >= 0 && here[l] >= 4 {
			r.Turns[i].Language = languages[l]
		}
	}
	r.Language = told
	if strings.ContainsFunc(told, func(c rune) bool { return c != '-' && (c > 'z' || !inWord(c)) }) || len(told) > 35 {
		r.Language = "" // no BCP 47 tag
	} else if told == "" {
		r.Language = best(&total, words)
	}
	for i := range r.Turns {
		if r.Turns[i].Language == r.Language || r.Language == "" {
			r.Turns[i].Language = ""
		}
	}
	r.Names = names.hits(r.Turns)
}
