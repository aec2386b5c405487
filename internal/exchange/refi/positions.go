package refi

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Unit is what positions count.
type Unit string

// The units.
const (
	CodePoints Unit = "code points"
	UTF16      Unit = "UTF-16 units"
	Bytes      Unit = "bytes"
)

// Positions says how a file counts the places in its texts.
type Positions struct {
	Unit Unit `json:"unit"`
	CRLF int  `json:"crlf"` // what a CRLF counts: 1 or 2
	Mark bool `json:"mark"` // the byte-order mark counts
}

// String is the reading in English.
func (p Positions) String() string {
	s := fmt.Sprintf("%s, CRLF as %d", p.Unit, p.CRLF)
	if p.Mark {
		s += ", byte-order mark counted"
	}
	return s
}

// Trust says how much the text speaks for a choice of Positions.
type Trust string

// The degrees of trust.
const (
	Same   Trust = "same"   // every reading gives the same spans
	Strong Trust = "strong" // the text itself speaks for it
	ByFile Trust = "file"   // the other texts of the file speak for it, and this one does not against it
	Weak   Trust = "weak"   // little speaks for it: it is the way of the program that wrote the file
	Given  Trust = "given"  // by Options
	Known  Trust = "known"  // the file says how it counts, as those of Write do, and its positions fit
)

// A Placing is how the positions of one text were read, with the evidence for it and for the next best reading.
type Placing struct {
	Document   GUID       `json:"document"`
	Name       string     `json:"name"`
	Positions  Positions  `json:"positions"`
	Trust      Trust      `json:"trust"`
	Selections int        `json:"selections"`
	Evidence   Evidence   `json:"evidence"`
	Next       *Positions `json:"next,omitempty"` // the best of the readings with other spans
	NextBest   *Evidence  `json:"nextBest,omitempty"`
}

// String is the placing in English.
func (p Placing) String() string {
	s := fmt.Sprintf("%q: %s (%s), %s", clip(p.Name, 40), p.Positions, p.Trust, p.Evidence)
	if p.Next != nil {
		s += fmt.Sprintf("; next best %s, %s", *p.Next, *p.NextBest)
	}
	return s
}

// Evidence counts what speaks for a reading of the selections of a text.
type Evidence struct {
	Placed int `json:"placed"` // selections whose both ends are in the text and between characters
	Edges  int `json:"edges"`  // of the two ends of each, those not in the middle of a word
	Names  int `json:"names"`  // selections whose name is their words
	Of     int `json:"of"`     // selections
}

// String is the evidence in English.
func (e Evidence) String() string {
	return fmt.Sprintf("%d of %d placed, %d of %d ends at the edge of a word, %d names are the words", e.Placed, e.Of, e.Edges, 2*e.Of, e.Names)
}

// score weighs the evidence: a name that is the words outweighs chance, a position that can't be outweighs anything.
func (e Evidence) score() int { return 10*e.Names + e.Edges - 20*(e.Of-e.Placed) }

// usual is how a program counts, as far as it is known from its files.
func usual(v Vendor) Positions {
	switch v {
	case NVivoVendor:
		return Positions{UTF16, 2, false}
	case QualCoder:
		return Positions{UTF16, 1, false}
	case AtlasVendor, MAXQDA:
		return Positions{CodePoints, 1, false}
	}
	return Positions{CodePoints, 2, false}
}

// A layout is a text as it will be, with what it takes to count it as it was.
type layout struct {
	text   string
	chars  int
	marks  int     // byte-order marks dropped before it
	crlf   []int32 // places of LF that were CRLF, in code points of the text
	astral []int32 // places of characters beyond U+FFFF
}

// A ruler turns positions of the file into code points of a text.
type ruler struct {
	chars int
	shift int
	at    []int32 // code points that are wider than one unit
	start []int   // where they begin in the file
	width []int32
}

// ruler makes the ruler of one reading.
func (l *layout) ruler(p Positions) *ruler {
	r := &ruler{chars: l.chars}
	if p.Mark {
		r.shift = l.marks
		if p.Unit == Bytes {
			r.shift *= 3
		}
	}
	wide := func(at int32, extra int32) {
		n := len(r.at)
		start := int(at)
		if n > 0 {
			start = r.start[n-1] + int(r.width[n-1]) + int(at-r.at[n-1]) - 1
		}
		r.at, r.start, r.width = append(r.at, at), append(r.start, start), append(r.width, 1+extra)
	}
	if p.Unit == Bytes {
		k, i := 0, int32(0)
		for _, c := range l.text {
			if extra := int32(utf8.RuneLen(c) - 1); extra > 0 {
				wide(i, extra)
			} else if k < len(l.crlf) && l.crlf[k] == i {
				k++
				if p.CRLF == 2 {
					wide(i, 1)
				}
			}
			i++
		}
		return r
	}
	var a, b []int32
	if p.CRLF == 2 {
		a = l.crlf
	}
	if p.Unit == UTF16 {
		b = l.astral
	}
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0] < b[0] {
			wide(a[0], 1)
			a = a[1:]
		} else {
			wide(b[0], 1)
			b = b[1:]
		}
	}
	return r
}

// place turns a position into code points; the reason is "" when there is such a place.
func (r *ruler) place(raw int) (int, Reason) {
	if raw == noPosition {
		return 0, NoPosition
	}
	raw -= r.shift
	if raw < 0 {
		return 0, OutsideText
	}
	// The last wide character that begins at or before the position.
	k := sort.Search(len(r.start), func(i int) bool { return r.start[i] > raw }) - 1
	at := raw
	if k >= 0 {
		into := raw - r.start[k]
		switch {
		case into == 0:
			at = int(r.at[k])
		case into < int(r.width[k]):
			return 0, InsideChar
		default:
			at = int(r.at[k]) + 1 + into - int(r.width[k])
		}
	}
	if at > r.chars {
		return 0, OutsideText
	}
	return at, ""
}

// span places both ends.
func (r *ruler) span(start, stop int) (int, int, Reason) {
	if start != noPosition && stop != noPosition && stop < start {
		return 0, 0, Backwards
	}
	a, why := r.place(start)
	if why != "" {
		return 0, 0, why
	}
	b, why := r.place(stop)
	if why == "" && a == b {
		why = EmptySpan
	}
	return a, b, why
}

// readings are the ways to count a text that can differ in it. The usual way of the file's program comes first.
func (l *layout) readings(first Positions, last bool) []Positions {
	units, ends := []Unit{first.Unit}, []int{first.CRLF}
	if len(l.astral) > 0 {
		units = []Unit{first.Unit, CodePoints, UTF16}
	}
	if len(l.crlf) > 0 {
		ends = []int{first.CRLF, 2, 1}
	}
	if last {
		units = append(units, Bytes)
	}
	var out []Positions
	seen := map[Positions]bool{}
	add := func(p Positions) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	for _, mark := range []bool{false, true} {
		if mark && (!last || l.marks == 0) {
			continue
		}
		for _, u := range units {
			for _, e := range ends {
				add(Positions{u, e, mark})
			}
		}
	}
	return out
}

// A hearing is one reading of a text, with its evidence.
type hearing struct {
	p     Positions
	e     Evidence
	named int    // selections that have a name
	print uint64 // of the spans that come out: the same for the same spans
}

// hear weighs one reading of the selections.
func (l *layout) hear(p Positions, runes []rune, sels []Selection) hearing {
	r := l.ruler(p)
	h := hearing{p: p, e: Evidence{Of: len(sels)}, print: 14695981039346656037}
	mix := func(n int) { h.print = (h.print ^ uint64(n)) * 1099511628211 }
	for i := range sels {
		start, stop, why := r.span(sels[i].Start, sels[i].Stop)
		if why != "" {
			mix(-1)
			continue
		}
		mix(start)
		mix(stop)
		h.e.Placed++
		if edge(runes, start) {
			h.e.Edges++
		}
		if edge(runes, stop) {
			h.e.Edges++
		}
		if name := sels[i].Name; name != "" {
			h.named++
			// White space before the words is no part of a name, and what a position that is one too small would take in.
			if unicode.IsSpace(runes[start]) == unicode.IsSpace(firstRune(name)) && nameIsWords(name, runes[start:stop]) {
				h.e.Names++
			}
		}
	}
	return h
}

// edge reports whether a place is not in the middle of a word, nor before a mark that belongs to the character before it.
func edge(runes []rune, at int) bool {
	if at == 0 || at == len(runes) {
		return true
	}
	before, after := runes[at-1], runes[at]
	if unicode.Is(unicode.M, after) || after == 0x200D || before == 0x200D {
		return false
	}
	return !(inWord(before) && inWord(after)) && !(unicode.IsSpace(before) && unicode.IsSpace(after))
}

func inWord(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.Is(unicode.M, c) || c == '\'' || c == '’'
}

// nameIsWords reports whether the name of a selection is its words: all of them, or their beginning with an ellipsis or of
// twenty characters and more. White space does not count, since each program writes line ends in names in its own way.
func nameIsWords(name string, words []rune) bool {
	i, n := 0, 0
	rest := name
	for at, c := range name {
		rest = name[at:]
		if (c <= ' ' || c > '~') && unicode.IsSpace(c) { // of the others it is known at once
			continue
		}
		for i < len(words) && words[i] != c && unicode.IsSpace(words[i]) {
			i++
		}
		if i < len(words) && words[i] == c {
			i++
			if n++; n >= 500 {
				return true // and a longer look would take long for names made to be long
			}
			continue
		}
		return n > 0 && (rest == "…" || rest == "..." || rest == "…\"")
	}
	if n == 0 {
		return false
	}
	for i < len(words) && unicode.IsSpace(words[i]) {
		i++
	}
	return i == len(words) || n >= 20
}

// choose weighs the readings of one text by itself.
func (l *layout) choose(first Positions, runes []rune, sels []Selection) []hearing {
	var all []hearing
	for _, p := range l.readings(first, false) {
		all = append(all, l.hear(p, runes, sels))
	}
	best := all[0]
	for _, h := range all {
		if h.e.score() > best.e.score() {
			best = h
		}
	}
	// A reading nobody should use: looked at only when none of the others fits, and where it can differ from all of them.
	plain := l.marks == 0 && l.chars == len(l.text) // a character is a byte
	if !plain && (best.e.Placed < best.e.Of || best.e.Edges*10 < best.e.Of*14 && best.e.Names*10 <= best.named*9) {
		known := len(all)
		for _, p := range l.readings(first, true) {
			if p.Unit == Bytes || p.Mark {
				all = append(all, l.hear(p, runes, sels))
			}
		}
		// It must be much better, not just a little.
		for i := known; i < len(all); i++ {
			if all[i].e.score() < best.e.score()+4 {
				all = append(all[:i], all[i+1:]...)
				i--
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].e.score() > all[j].e.score() })
	return all
}

// settle makes the choice for one text, with what the whole file says.
func settle(all []hearing, file map[Positions]int, given, known *Positions) (hearing, Placing) {
	best := all[0]
	pl := Placing{Trust: Strong}
	fits := -1
	for i := range all {
		if known != nil && all[i].p == *known && all[i].e.Placed == all[i].e.Of {
			fits = i
		}
	}
	if given == nil && fits >= 0 {
		best = all[fits]
		pl.Trust = Known
	} else if given != nil {
		for _, h := range all {
			if h.p == *given {
				best = h
			}
		}
		pl.Trust = Given
	} else {
		other := func(h hearing) *hearing {
			for i := range all {
				if all[i].print != h.print {
					return &all[i]
				}
			}
			return nil
		}
		next := other(best)
		switch {
		case next == nil:
			pl.Trust = Same
		case best.e.score()-next.e.score() < max(3, best.e.Of/10):
			pl.Trust = Weak
			// What do the other texts say about those that are as good here?
			lead, second := -1, -1
			for i := range all {
				if all[i].e.Placed < best.e.Placed || best.e.score()-all[i].e.score() >= max(3, best.e.Of/10) {
					continue
				}
				n := file[all[i].p] - all[i].e.score()
				switch {
				case lead < 0 || n > file[all[lead].p]-all[lead].e.score():
					second = lead
					lead = i
				case all[i].print != all[lead].print && (second < 0 || n > file[all[second].p]-all[second].e.score()):
					second = i
				}
			}
			if lead >= 0 && second >= 0 && file[all[lead].p]-all[lead].e.score() >= file[all[second].p]-all[second].e.score()+3 {
				best = all[lead]
				pl.Trust = ByFile
			}
		}
		if next = other(best); next != nil {
			pl.Next, pl.NextBest = &next.p, &next.e
		}
	}
	pl.Positions, pl.Evidence, pl.Selections = best.p, best.e, best.e.Of
	return best, pl
}

// vendorOf recognises the program that wrote a file.
func vendorOf(origin string) Vendor {
	s := strings.ToLower(origin)
	for _, v := range []struct {
		word string
		v    Vendor
	}{{"anyam", Anyam}, {"nvivo", NVivoVendor}, {"atlas", AtlasVendor}, {"maxqda", MAXQDA}, {"qualcoder", QualCoder}, {"quirkos", Quirkos},
		{"taguette", Taguette}, {"dedoose", Dedoose}, {"openqda", OpenQDA}, {"requal", Requal}} {
		if strings.Contains(s, v.word) {
			return v.v
		}
	}
	switch {
	case strings.HasPrefix(s, "f4"):
		return F4
	case s == "qc" || strings.HasPrefix(s, "qc "):
		return QC
	}
	return OtherVendor
}

// A Vendor is a program that is known by its files.
type Vendor string

// The programs.
const (
	OtherVendor Vendor = "other"
	Anyam       Vendor = "anyam"
	NVivoVendor Vendor = "NVivo"
	AtlasVendor Vendor = "ATLAS.ti"
	MAXQDA      Vendor = "MAXQDA"
	QualCoder   Vendor = "QualCoder"
	F4          Vendor = "f4"
	Quirkos     Vendor = "Quirkos"
	QC          Vendor = "qc"
	Taguette    Vendor = "Taguette"
	Dedoose     Vendor = "Dedoose"
	OpenQDA     Vendor = "OpenQDA"
	Requal      Vendor = "requal"
)

// remarks are the comments before the root by which Write says how it counted. Other programs pass over them.
var remarks = map[Profile]string{
	Standard: " positions in code points ",
	NVivo:    " positions in UTF-16 units ",
	Atlasti:  " positions in code points, CRLF as one ",
}

// remarked reads such a comment.
func remarked(remark string) (Positions, bool) {
	switch remark {
	case remarks[Standard]:
		return Positions{CodePoints, 2, false}, true
	case remarks[NVivo]:
		return Positions{UTF16, 2, false}, true
	case remarks[Atlasti]:
		return Positions{CodePoints, 1, false}, true
	}
	return Positions{}, false
}

func firstRune(s string) rune {
	for _, c := range s {
		return c
	}
	return 0
}
