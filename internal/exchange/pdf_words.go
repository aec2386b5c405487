package exchange

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// joinRaised puts what stands raised or lowered beside a word, as the number of a note does, into the line that it belongs to, and
// what goes on after it; PDFium makes lines of them.
func (t *pdfText) joinRaised() {
	var out []pdfLine
	raised := false // the last of out ends with one
	for _, q := range t.lines {
		if len(out) == 0 || out[len(out)-1].page != q.page {
			out, raised = append(out, q), false
			continue
		}
		p := &out[len(out)-1]
		gap := (q.left - p.right) / max(p.size, q.size, 1)
		between := ""
		near := gap <= 0.4
		z := lastRune(p.text)
		mark := unicode.IsDigit(z) || strings.ContainsRune(noteSigns, z) || len(p.raised) > 0 && !strings.Contains(p.text[p.raised[len(p.raised)-1]:], " ")
		ends := raised || p.least < 0.8*p.size && mark // PDFium ends some lines behind a raised number
		switch {
		case p.hyphen || gap < -0.15 || gap > 1:
			out, raised = append(out, q), false
			continue
		case near && beside(*p, q):
			raised = true
		case ends && math.Abs(p.base-q.base) < 0.05*p.size || near && beside(q, *p):
			if gap > 0.15 || beside(q, *p) { // or the number stands before the note's own words
				between = " "
			}
			raised = false
		default:
			out, raised = append(out, q), false
			continue
		}
		at := len(p.text) + len(between)
		for _, a := range q.anchors {
			p.anchors = append(p.anchors, anchor{at + a.at, a.comment, a.stop})
		}
		for _, from := range q.raised {
			p.raised = append(p.raised, at+from)
		}
		if raised && isRaised(q.base, p.base, p.size) {
			p.raised = append(p.raised, at)
		}
		p.text += between + q.text
		p.right, p.hyphen, p.least = q.right, q.hyphen, min(p.least, q.least)
		if q.size > p.size {
			p.base, p.size = q.base, q.size
		}
	}
	t.lines = out
}

// beside tells a few small letters that stand raised or lowered from a line.
func beside(line, small pdfLine) bool {
	up := (small.base - line.base) / max(line.size, 1)
	return small.size < 0.85*line.size && up > -0.3 && up < 0.8 && !strings.Contains(small.text, " ") && utf8.RuneCountInString(small.text) <= 6
}

// accents that stand as characters of their own in files of TeX, with what they are on a letter.
var accents = map[rune]rune{'´': '\u0301', '`': '\u0300', 'ˆ': '\u0302', '¨': '\u0308', '˜': '\u0303', '¸': '\u0327', 'ˇ': '\u030C', '˚': '\u030A', '¯': '\u0304'}

// mendAccents puts accents back on their letters where a file drew them apart, and makes letters of ligatures.
func (r *Reading) mendAccents(t *pdfText) {
	n := 0
	for i := range t.lines {
		s := t.lines[i].text
		if isASCII(s) && strings.IndexByte(s, '`') < 0 {
			continue
		}
		var out []rune
		in := []rune(s)
		made := make([]int, len(in)+1) // runes of out before each of in
		for k := 0; k < len(in); k++ {
			c := in[k]
			made[k] = len(out)
			if c >= 0xFB00 && c <= 0xFB06 {
				out = append(out, []rune(norm.NFKC.String(string(c)))...)
				n++
				continue
			}
			if mark, ok := accents[c]; ok && k+1 < len(in) && (c != '`' || k > 0 && unicode.IsLetter(in[k-1])) {
				base := in[k+1]
				if base == 'ı' {
					base = 'i'
				}
				if one := []rune(norm.NFC.String(string([]rune{base, mark}))); len(one) == 1 {
					k++
					made[k] = len(out)
					out = append(out, one[0])
					n++
					continue
				}
			}
			if unicode.Is(unicode.Mn, c) && len(out) > 0 {
				if one := []rune(norm.NFC.String(string([]rune{out[len(out)-1], c}))); len(one) == 1 {
					out[len(out)-1] = one[0]
					n++
					continue
				}
			}
			out = append(out, c)
		}
		made[len(in)] = len(out)
		for j := range t.lines[i].anchors {
			a := &t.lines[i].anchors[j]
			a.at = len(string(out[:made[utf8.RuneCountInString(s[:a.at])]]))
		}
		for j, at := range t.lines[i].raised {
			t.lines[i].raised[j] = len(string(out[:made[utf8.RuneCountInString(s[:at])]]))
		}
		t.lines[i].text = string(out)
	}
	r.note("accents", n)
}

// closeUp tells where lines are joined without a space: after a dash or a stroke without one, and in scripts that have none.
func closeUp(before, after string) bool {
	z, size := utf8.DecodeLastRuneInString(before)
	switch z {
	case '—', '–', '/':
		return len(before) > size && before[len(before)-size-1] != ' '
	}
	return unspaced(z) && unspaced(firstRune(after))
}

func unspaced(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || c >= 0x3000 && c < 0x3020 || c >= 0xFF00 && c < 0xFF60
}

// knownWords are the words by which hyphens at the ends of lines are judged: true for those that the document has inside
// its lines, false for the others that are asked for.
type knownWords map[string]bool

func hyphenWords(lines []pdfLine) knownWords {
	all := knownWords{}
	for i := range lines[:max(0, len(lines)-1)] {
		if !lines[i].hyphen {
			continue
		}
		if left, right, ok := halves(lines[i].text, lines[i+1].text); ok {
			all[left+"-"+right], all[left+right] = false, false
			left, right = inner(left, right)
			all[left], all[right] = false, false
		}
	}
	if len(all) == 0 {
		return nil
	}
	for i := range lines {
		fields := strings.Fields(lines[i].text)
		if lines[i].hyphen && len(fields) > 0 {
			fields = fields[:len(fields)-1]
		}
		if i > 0 && lines[i-1].hyphen && len(fields) > 0 {
			fields = fields[1:]
		}
		for _, w := range fields {
			w = bareWord(w)
			if known, asked := all[w]; asked && !known {
				all[w] = true
			}
		}
	}
	return all
}

func bareWord(w string) string {
	return strings.ToLower(strings.TrimFunc(w, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }))
}

// halves are the words on both sides of a hyphen at a line's end; ok where they can be one word.
func halves(before, after string) (left, right string, ok bool) {
	b := before[strings.LastIndexAny(before, " \t")+1:]
	a := after
	if cut := strings.IndexAny(a, " \t"); cut >= 0 {
		a = a[:cut]
	}
	if !unicode.IsLower(firstRune(a)) || !unicode.IsLetter(lastRune(b)) {
		return "", "", false
	}
	return bareWord(b), bareWord(a), true
}

// inner are the parts of both words next to the hyphen, where they have further ones.
func inner(left, right string) (string, string) {
	left = left[strings.LastIndexByte(left, '-')+1:]
	right, _, _ = strings.Cut(right, "-")
	return left, right
}

// mend tells whether the hyphen between two lines is the typesetter's. "in-" and "formasi" were one word; "anak-" and
// "anak" or "non-" and "OECD" have a hyphen of their own. What the document writes elsewhere decides first.
func (k knownWords) mend(before, after string) bool {
	left, right, ok := halves(before, after)
	switch {
	case !ok || k[left+"-"+right]:
		return false
	case k[left+right]:
		return true
	}
	left, right = inner(left, right)
	doubled := utf8.RuneCountInString(left) >= 3 && (strings.HasPrefix(right, left) || strings.HasSuffix(left, right) && len(right) >= 3 || strings.HasSuffix(right, left))
	whole := utf8.RuneCountInString(left) >= 3 && utf8.RuneCountInString(right) >= 3 && k[left] && k[right]
	return !doubled && !whole
}
