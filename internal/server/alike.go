package server

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// Nodes of a codebook that may be one and the same: their names are nearly alike, or they hold over largely the same words.

const (
	sameWords = 0.6 // from this Jaccard index of their characters on, two codes are said to hold over the same words
	mostAlike = 60  // pairs that are pointed out
)

// likely is a node that may have a twin; chars is how many characters its own codings cover.
type likely struct {
	id    qda.ID
	kind  qda.NodeKind
	name  string
	chars int
}

// shared is how many characters two codes both cover.
type shared struct {
	a, b   qda.ID
	common int
}

// twins are two nodes that look alike. jaccard is |A ∩ B| / |A ∪ B| of the characters under them, and inside the share of the
// smaller one's characters that are under the other as well.
type twins struct {
	a, b            qda.ID
	names           bool
	jaccard, inside float64
}

// lookAlike chooses the pairs: of one kind, with similar names or much the same words; those with the most words in common first.
func lookAlike(nodes []likely, meet []shared) []twins {
	at := map[qda.ID]likely{}
	for _, n := range nodes {
		at[n.id] = n
	}
	found := map[[2]qda.ID]twins{}
	for _, m := range meet {
		a, b := at[m.a], at[m.b]
		all := a.chars + b.chars - m.common
		if a.id == 0 || b.id == 0 || a.kind != b.kind || m.common <= 0 || all <= 0 {
			continue
		}
		x := twins{a: min(m.a, m.b), b: max(m.a, m.b), jaccard: float64(m.common) / float64(all), inside: float64(m.common) / float64(min(a.chars, b.chars))}
		if x.jaccard >= sameWords {
			found[[2]qda.ID{x.a, x.b}] = x
		}
	}
	names := make([]plainName, len(nodes))
	for i, n := range nodes {
		names[i] = plainly(n.name)
	}
	for i := range names {
		for j := range i {
			if nodes[i].kind != nodes[j].kind || !names[i].similar(&names[j]) {
				continue
			}
			k := [2]qda.ID{min(nodes[i].id, nodes[j].id), max(nodes[i].id, nodes[j].id)}
			t := found[k]
			t.a, t.b, t.names = k[0], k[1], true
			found[k] = t
		}
	}
	r := make([]twins, 0, len(found))
	for _, t := range found {
		r = append(r, t)
	}
	slices.SortFunc(r, func(x, y twins) int {
		return cmp.Or(cmp.Compare(y.jaccard, x.jaccard), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return r[:min(len(r), mostAlike)]
}

// plainName is a name without case, diacritics and the small words.
type plainName struct {
	words  []spelt // in their order
	sorted []spelt // by the alphabet, each once
	joined string
	digits string
	mask   uint64
}

// spelt is a word with a mask of the letters there are in it, by their number modulo 64. A slip changes at most two of them.
type spelt struct {
	runes []rune
	mask  uint64
}

func spell(w string) spelt {
	x := spelt{runes: []rune(w)}
	for _, r := range x.runes {
		x.mask |= 1 << (r % 64)
	}
	return x
}

// littleWords say nothing about what a code means, in Indonesian and English.
var littleWords = map[string]bool{
	"yang": true, "dan": true, "di": true, "ke": true, "dari": true, "untuk": true, "pada": true, "atau": true,
	"the": true, "a": true, "an": true, "of": true, "and": true, "to": true, "in": true, "for": true, "or": true,
}

func plainly(name string) (p plainName) {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
	all := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return littleWords[w] })
	if len(words) == 0 {
		words = all
	}
	for i, w := range words {
		if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
			w = w[:len(w)-1] // a plural, or at least cut alike wherever it stands
			words[i] = w
		}
		p.words = append(p.words, spell(w))
		p.mask |= p.words[len(p.words)-1].mask
		for _, r := range w {
			if unicode.IsDigit(r) {
				p.digits += string(r)
			}
		}
		p.digits += " "
	}
	p.joined = strings.Join(words, "")
	// A word said twice is one word: "dokumen-dokumen" is the plural of "dokumen".
	slices.Sort(words)
	for _, w := range slices.Compact(words) {
		p.sorted = append(p.sorted, spell(w))
	}
	return p
}

// similar tells whether two names are the same words, in any order, but for a slip or an ending. Numbers must be the same: phase
// 1 is not phase 2.
func (p *plainName) similar(q *plainName) bool {
	if len(p.words) == 0 || len(q.words) == 0 || bits.OnesCount64(p.mask^q.mask) > 4 {
		return false
	}
	if p.joined == q.joined {
		return true
	}
	return slipped(p.sorted, q.sorted) && p.numbers() == q.numbers() || len(p.words) == len(q.words) && p.digits == q.digits && slipped(p.words, q.words)
}

// numbers are the words with a digit in them.
func (p *plainName) numbers() string {
	var b strings.Builder
	for _, w := range p.sorted {
		if slices.ContainsFunc(w.runes, unicode.IsDigit) {
			b.WriteString(string(w.runes) + " ")
		}
	}
	return b.String()
}

// slipped compares word by word. Short words must be equal, longer ones may differ by one slip, long ones by two if they begin
// alike ("internal" is not "external"); two slips in all.
func slipped(a, b []spelt) bool {
	if len(a) != len(b) {
		return false
	}
	all := 0
	for i := range a {
		x, y := a[i].runes, b[i].runes
		may := 0
		switch n := min(len(x), len(y)); {
		case n >= 8 && x[0] == y[0]:
			may = 2
		case n >= 5:
			may = 1
		}
		if n := len(x) - len(y); n > may || -n > may {
			return false
		}
		d := 0
		if !slices.Equal(x, y) {
			if may == 0 || bits.OnesCount64(a[i].mask^b[i].mask) > 2*may {
				return false
			}
			d = slips(x, y)
		}
		if all += d; d > may || all > 2 {
			return false
		}
	}
	return true
}

// slips is the number of letters put in, left out, changed, or swapped with their neighbour (Damerau, "A technique for computer
// detection and correction of spelling errors", CACM 7(3), 1964, in the form that touches no letter twice).
func slips(a, b []rune) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range a {
		before, last, now := rows[0], rows[1], rows[2]
		now[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			now[j+1] = min(last[j+1]+1, now[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		rows = [3][]int{last, now, before}
	}
	return rows[1][len(b)]
}

// alike asks the engine for what lookAlike needs and chooses.
func alike(l engine.Lens) []twins {
	coverage := l.Coverage()
	var nodes, coded []likely
	for _, n := range l.Nodes() {
		if n.State != qda.Live {
			continue
		}
		x := likely{n.ID, n.Kind, n.Name, coverage.Of(n.ID)}
		nodes = append(nodes, x)
		if x.chars > 0 {
			coded = append(coded, x)
		}
	}
	if len(nodes) < 2 {
		return nil
	}
	var meet []shared
	pairs := l.Pairs()
	for i, a := range coded {
		for _, b := range coded[:i] {
			small, large := min(a.chars, b.chars), max(a.chars, b.chars)
			if a.kind != b.kind || float64(small) < sameWords*float64(large) {
				continue // even if one lay inside the other
			}
			// What pairs of codings have in common, added up, is never less than what the codes have.
			if _, chars := pairs.Meet(a.id, b.id); float64(chars)*(1+sameWords) < sameWords*float64(small+large) {
				continue
			}
			if both := l.Find(engine.All(engine.Under(a.id), engine.Under(b.id))).Chars(); both > 0 {
				meet = append(meet, shared{a.id, b.id, both})
			}
		}
	}
	return lookAlike(nodes, meet)
}
