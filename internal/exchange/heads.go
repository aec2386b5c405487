package exchange

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A row is what a reader of one format hands on: a stretch of words without a line feed.
type row struct {
	text  string
	para  bool // begins a paragraph of the file
	apart bool // nobody's words: begins a turn without a speaker (footnotes)
	fresh bool // the same unless it has a label (headings, rows of tables)
	line  bool // begins a line of a table
	soft  bool // only the file's layout parts it from the row before: joined by a space
	more  *rowMore
}

// rowMore is what few rows have.
type rowMore struct {
	mark    string // of a list: "1.", "•"; written before the words unless a speaker's label stands there
	anchors []anchor
	head    *head // as a table's columns say
}

func (w *row) extra() *rowMore {
	if w.more == nil {
		w.more = &rowMore{}
	}
	return w.more
}

func (w *row) hang(anchors []anchor) {
	if len(anchors) > 0 {
		w.extra().anchors = append(w.extra().anchors, anchors...)
	}
}

// A head is what may stand before a turn's words: a label, a time, or both.
type head struct {
	label    string // as in the file, white space made single; "" for a time alone
	stamped  bool   // a time belongs to it
	from, to int64  // milliseconds, -1
	stamp    string // the time as it stands in the file
	lead     string // everything that is not the turn's words
	rest     string // the turn's words in this row
	colon    bool
	loose    bool // its label has words that a name seldom has: one only among others that have times
	alone    bool // nothing else in its row
	twoRows  bool // the label's row is followed by a row with its time
	after    bool // the row before is its time
	cell     bool // of a table's columns: rest is the label as it stands there
}

const (
	clock  = `(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?`
	clock3 = `\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?`
	period = clock + `(?:\s*(?:-->|[-–—])\s*` + clock + `)?`
	marked = `(?:[\[(<{]\s*` + period + `\s*[\])>}]|#\d{1,2}:\d{2}:\d{2}(?:[-.,]\d{1,3})?#)`
	named  = `([\[]?(?:[\p{L}][\p{L}\p{M}\p{N} .'’_/&-]{0,38}?|\+?\d{7,15})(?:\s?[(\[][\p{L}\p{N} .-]{1,30}[)\]])?[\]]?)`    // or a telephone's number
	comma  = `([\p{L}][\p{L}\p{M}\p{N} .'’_-]{0,24}, [\p{L}][\p{L}\p{M}\p{N} .'’_-]{0,24}(?:\s?\([\p{L}\p{N} .-]{1,20}\))?)` // as directories sort people
	loose  = `\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,3})?`                                                                         // as Teams wrote times
	stop   = "\uFFFF"                                                                                                        // stands for the rest of a long row, so that $ is the row's true end
)

var (
	headColon = lazily(`^\s*(?:(` + marked + `|` + period + `)\s*[-–]?\s*)?` + named + `\s*(` + marked + `|\s` + period + `)?\s*[:：]`)
	headAlone = lazily(`^\s*` + named + `(?:\s*(` + marked + `)|\s+(` + period + `))\s*$`)
	headComma = lazily(`^\s*` + comma + `(?:\s*(` + marked + `)|\s+(` + period + `))\s*$`)
	nameOnly  = lazily(`^\s*` + named + `\s*$`)
	nameComma = lazily(`^\s*` + comma + `\s*$`)
	looseTime = regexp.MustCompile(`^\s*(` + loose + `\s*-->\s*` + loose + `)\s*$`)
	looseOne  = regexp.MustCompile(`(\d{1,2}):(\d{1,2}):(\d{1,2})`)
	boxTail   = regexp.MustCompile(`\s*(\[` + clock3 + `\])\s*$`)
	headPlain = lazily(`^\s*` + named + `\s*(` + marked + `)\s+`)
	headAfter = lazily(`^\s*(` + marked + `|` + period + `)\s+[-–]?\s*` + named + `\s*$`)
	stampHead = regexp.MustCompile(`^\s*(` + marked + `|` + clock3 + `)(?:\s+|$|` + stop + `)`)
	stampOnly = regexp.MustCompile(`^\s*(` + marked + `|` + period + `)\s*$`)
	stampTail = regexp.MustCompile(`\s*(#\d{1,2}:\d{2}:\d{2}(?:[-.,]\d{1,3})?#)\s*$`)
	clocks    = regexp.MustCompile(`(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,-](\d{1,3}))?`)
)

// lazily gives what FindStringSubmatch of a pattern finds. Patterns with names take most of a millisecond to compile, which
// every child would pay for at its start, and few files need.
func lazily(pattern string) func(s string) []string {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return func(s string) []string { return compiled().FindStringSubmatch(s) }
}

// noBreaks makes spaces of those at which no row may end, as Word sets them by itself before a French colon: as many as they
// have bytes, so that everything keeps its place.
var noBreaks = strings.NewReplacer("\u00a0", "  ", "\u202f", "   ")

func hasNoBreak(s string) bool { return strings.Contains(s, "\u00a0") || strings.Contains(s, "\u202f") }

// labelled reads the head of a row as a label, with or without a time; nil when there is none. next is the row after.
func labelled(text, next string) *head {
	if !hasColon(text) {
		if len(next) > 40 || len(text) > 160 || !hasClock(next) || !stampOnly.MatchString(next) {
			return nil
		}
		// A name in one row and its time in the next.
		m := nameOnly(noBreaks.Replace(text))
		if m == nil || !likeName(m[1]) {
			return nil
		}
		h := &head{label: cleanLabel(m[1]), alone: true, twoRows: true, lead: text + "\n" + next}
		return h.timed(strings.TrimSpace(next))
	}
	if hasNoBreak(text[:min(len(text), 4*maxLabel)]) {
		plain := noBreaks.Replace(text)
		h := labelled(plain, next)
		if h != nil {
			at := strings.Index(plain, h.stamp)
			h.lead, h.rest, h.stamp = text[:len(h.lead)], text[len(text)-len(h.rest):], text[at:at+len(h.stamp)]
		}
		return h
	}
	top := clip(text, 130)
	clock := hasClock(top)
	if clock && len(top) < len(text) {
		top += stop
	}
	if !clock {
		// Most rows with a colon have no time: spare them the dearer patterns, and what comes after the colon.
		at := strings.IndexByte(top, ':')
		if at < 0 {
			at = len(top)
		}
		if wide := strings.Index(top[:at], "："); wide >= 0 {
			at = wide
		}
		if at == len(top) || at > 4*2*maxLabel {
			return nil
		}
		_, size := utf8.DecodeRuneInString(top[at:])
		top = top[:at+size]
	} else if m := headAlone(top); m != nil && likeName(m[1]) {
		h := &head{label: cleanLabel(m[1]), alone: true, lead: text}
		return h.timed(m[2] + m[3])
	} else if m := headComma(top); m != nil && likeName(m[1]) {
		h := &head{label: cleanLabel(m[1]), alone: true, lead: text}
		return h.timed(m[2] + m[3])
	} else if m := headAfter(top); m != nil && likeName(m[2]) {
		h := &head{label: cleanLabel(m[2]), alone: true, lead: text}
		return h.timed(m[1])
	} else if name, stamp := gapped(text); name != "" && strings.TrimSpace(next) != "" {
		// A name of any words, above what is said: two spaces show that the time is no part of a sentence.
		if below, _ := gapped(next); below == "" {
			h := &head{label: name, alone: true, loose: true, lead: text}
			return h.timed(stamp)
		}
	}
	m, found := plainLabel(top)
	if !found || clock {
		parts := headColon(top)
		if found = parts != nil; found {
			m = [4]string(parts)
		}
	}
	if found && likeLabel(m[2]) {
		end := len(m[0])
		rest := text[end:]
		if strings.HasPrefix(rest, "//") || rest != "" && isDigit(rest[0]) && isDigit(m[0][len(strings.TrimRight(m[0], ":："))-1]) {
			return nil // an address, or the colon of a clock
		}
		h := &head{label: cleanLabel(m[2]), colon: true, lead: m[0], rest: rest, alone: strings.TrimSpace(rest) == ""}
		if m[1] == "" && m[3] == "" {
			h.from, h.to = -1, -1
			// "Name: [00:12:31] words"
			if !strings.ContainsRune("[(<{#", firstRune(strings.TrimLeftFunc(rest, unicode.IsSpace))) {
				return h
			}
			if s := stampHead.FindStringSubmatch(clip(rest, 60) + stop); s != nil {
				cut := strings.Index(rest, s[1]) + len(s[1])
				h.lead, h.rest = h.lead+rest[:cut], rest[cut:]
				return h.timed(s[1])
			}
			return h
		}
		if m[1] != "" {
			return h.timed(m[1])
		}
		return h.timed(strings.TrimSpace(m[3]))
	}
	if !clock {
		return nil
	}
	if m := headPlain(top); m != nil && likeName(m[1]) {
		h := &head{label: cleanLabel(m[1]), lead: m[0], rest: text[len(m[0]):]}
		return h.timed(m[2])
	}
	return nil
}

// gapped parts "dinas perdagangan   0:15" at the gap before the time; name is "" where the row is none such.
func gapped(text string) (name, stamp string) {
	row := strings.TrimRight(text, " \t")
	gap := max(strings.LastIndex(row, "  "), strings.LastIndexByte(row, '\t'))
	if gap <= 0 || len(row) > 4*2*maxLabel {
		return "", ""
	}
	name, stamp = cleanLabel(row[:gap]), strings.TrimSpace(row[gap:])
	words := strings.Count(name, " ") + 1
	if name == "" || hasColon(name) || words > 8 || utf8.RuneCountInString(name) > maxLabel || endsSentence(name) || !stampOnly.MatchString(stamp) {
		return "", ""
	}
	return name, stamp
}

// endsSentence tells a sign at the end that no name has; "M.Sc." and "H." are parts of names.
func endsSentence(s string) bool {
	if !strings.HasSuffix(s, ".") {
		return strings.ContainsRune(",;!?…", lastRune(s))
	}
	last := s[strings.LastIndexByte(s, ' ')+1:]
	return len(s) >= 4 && len(last) > 2 && !strings.Contains(last[:len(last)-1], ".") || strings.HasSuffix(s, "..")
}

// plainLabel is what headColon finds in a row up to its first colon when nothing but ASCII letters, digits and the signs
// of names stand there, as in most rows that have a label; false where the pattern itself must look.
func plainLabel(top string) (m [4]string, found bool) {
	n := len(top) - 1
	if n < 1 || n > 39 || top[n] != ':' || top[0]|0x20 < 'a' || top[0]|0x20 > 'z' {
		return m, false
	}
	for i := range n {
		if c := top[i]; c >= utf8.RuneSelf || !asciiWord[c] && strings.IndexByte(" .'_/&-", c) < 0 {
			return m, false
		}
	}
	return [4]string{top, "", strings.TrimRight(top[:n], " "), ""}, true
}

// below reads a row as the name below a row that has a span of time alone, as Teams wrote them; nil when it is none.
func below(before, text string) *head {
	if len(before) > 60 || len(text) > 120 || !strings.Contains(before, "-->") || hasColon(text) {
		return nil
	}
	if st := stamped(before); st == nil || !st.alone {
		return nil
	}
	plain := noBreaks.Replace(text)
	m := nameOnly(plain)
	if m == nil {
		m = nameComma(plain)
	}
	if m == nil || !likeName(m[1]) {
		return nil
	}
	return &head{label: cleanLabel(m[1]), alone: true, after: true, lead: text, from: -1, to: -1}
}

func hasColon(s string) bool { return strings.IndexByte(s, ':') >= 0 || strings.Contains(s, "：") }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// hasClock finds a digit, a colon and two digits.
func hasClock(s string) bool {
	for {
		i := strings.IndexByte(s, ':')
		if i < 0 || i+2 >= len(s) {
			return false
		}
		if i > 0 && isDigit(s[i-1]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			return true
		}
		s = s[i+1:]
	}
}

// stamped reads the head of a row as a time alone; nil when there is none.
func stamped(text string) *head {
	top := clip(text, 60)
	if strings.Contains(top, "-->") && len(top) == len(text) {
		if m := looseTime.FindStringSubmatch(top); m != nil {
			h := &head{alone: true, lead: text}
			return h.timed(m[1])
		}
	}
	if !hasClock(top) {
		return nil
	}
	plain := top
	if hasNoBreak(top) {
		plain = noBreaks.Replace(top)
	}
	if len(top) < len(text) {
		plain += stop
	}
	if m := stampOnly.FindStringSubmatchIndex(plain); m != nil {
		h := &head{alone: true, lead: text}
		return h.timed(text[m[2]:m[3]])
	}
	if m := stampHead.FindStringSubmatchIndex(plain); m != nil {
		end := min(m[1], len(top))
		h := &head{lead: text[:end], rest: text[end:]}
		return h.timed(text[m[2]:m[3]])
	}
	return nil
}

// timed adds the time; nil when it is no time of a recording (99 seconds).
func (h *head) timed(stamp string) *head {
	var ok bool
	h.stamped, h.stamp = true, stamp
	if h.from, h.to, ok = parseStamp(stamp); !ok {
		return nil
	}
	return h
}

// parseStamp reads "0:12", "00:12:31.5", "#00:12:31-5#" or "[00:12 - 00:19]" as milliseconds.
func parseStamp(s string) (from, to int64, ok bool) {
	f4 := strings.HasPrefix(s, "#")
	if strings.Contains(s, "-->") {
		s = looseOne.ReplaceAllStringFunc(s, func(t string) string {
			m := looseOne.FindStringSubmatch(t)
			return ("0" + m[1])[len(m[1])-1:] + ":" + ("0" + m[2])[len(m[2])-1:] + ":" + ("0" + m[3])[len(m[3])-1:]
		})
	}
	// A hyphen is a decimal sign in f4 and parts two times elsewhere.
	if !f4 {
		s = strings.NewReplacer("-->", " ", "-", " ", "–", " ", "—", " ").Replace(s)
	}
	from, to = -1, -1
	for i, m := range clocks.FindAllStringSubmatch(s, 2) {
		ms, ok := clockMS(m[1], m[2], m[3], m[4])
		if !ok {
			return -1, -1, false
		}
		if i == 0 {
			from = ms
		} else if ms >= from {
			to = ms
		}
	}
	return from, to, from >= 0
}

func clockMS(h, m, s, frac string) (int64, bool) {
	hours, _ := strconv.Atoi("0" + h)
	minutes, _ := strconv.Atoi(m)
	seconds, _ := strconv.Atoi(s)
	if seconds > 59 || h != "" && minutes > 59 {
		return 0, false
	}
	ms, _ := strconv.Atoi((frac + "000")[:3])
	return (int64(hours)*3600+int64(minutes)*60+int64(seconds))*1000 + int64(ms), true
}

// likeLabel tells whether words before a colon can be a label at all.
func likeLabel(s string) bool {
	s = cleanLabel(s)
	fewWords := strings.Count(s, " ") < 4 || len(strings.Fields(s)) <= 4
	return s != "" && fewWords && utf8.RuneCountInString(s) <= maxLabel && !strings.HasSuffix(s, "..") && !strings.HasSuffix(s, ",")
}

// likeName is stricter, for labels without a colon: every word is like one of a name.
func likeName(s string) bool {
	if !likeLabel(s) {
		return false
	}
	s = cleanLabel(s)
	if at := strings.LastIndexAny(s, "(["); at > 0 && (s[len(s)-1] == ')' || s[len(s)-1] == ']') {
		s = strings.TrimSpace(s[:at]) // "(interviewer)"
	}
	for _, w := range strings.Fields(s) {
		title, isTitle := strings.CutSuffix(w, ".")
		if c, _ := utf8.DecodeRuneInString(w); unicode.IsLower(c) && !particles[w] && !(isTitle && honorifics[title]) && strings.IndexFunc(w, unicode.IsUpper) < 0 {
			return false // "d'Souza" has a capital, "dr." is before a name
		}
	}
	return !endsSentence(s)
}

// particles are parts of names written in lower case.
var particles = set("bin,binti,ibn,bint,van,von,der,den,ter,zu,de,del,della,da,do,dos,das,du,la,las,le,los,al,el,y")

func cleanLabel(s string) string {
	s = oneRow(s)
	// Brackets around a label are no part of it, those inside one are: "Budi [Guest]".
	shut := strings.IndexByte(s, ']')
	if strings.LastIndexByte(s, '[') <= 0 && (shut < 0 || shut == len(s)-1) {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	return strings.TrimSpace(s)
}

func lastRune(s string) rune {
	if s == "" {
		return 0
	}
	c, _ := utf8.DecodeLastRuneInString(s)
	return c
}
