package exchange

import (
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A cue is one subtitle: pieces of words, each with the voice the file names for it.
type cue struct {
	from, to int64
	pieces   []piece
}

type piece struct {
	text  string
	voice string // of <v Name>
	dash  bool   // began with a dialogue dash or ">>": another speaker than before
}

var (
	cueTime  = regexp.MustCompile(`^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,9})?)\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,9})?)(?:\s.*)?$`)
	cueMarks = regexp.MustCompile(`(?i)</?(?:b|i|u|s|font|c|lang|ruby|rt)(?:[.\s][^<>\n]*)?>|<\d{1,3}:\d{2}(?::\d{2})?\.\d{3}>|\{\\[^{}\n]*\}|\{/?[biu]\}|</v>`)
	cueVoice = regexp.MustCompile(`<v(?:\.[^\s<>]*)?[ \t]+([^<>\n]*)>`)
	cueDash  = regexp.MustCompile(`^\s*(?:[-–—‐]|>>+)\s*`) // those for the deaf have ">>"
	cueEnd   = regexp.MustCompile(`[.?!…]["”’)\]]?$`)
)

// readCues reads SubRip and WebVTT. Programs write both with mistakes (no blank rows, no numbers, no milliseconds, tags that
// neither has): what has an arrow between two times begins a cue, and every row up to the next is said in it.
func (r *Reading) readCues(text string, opt Options) *BadFile {
	cues, bf := r.parseCues(text)
	if bf != nil {
		return bf
	}
	if len(cues) == 0 {
		return bad(BadNoText)
	}
	r.note("cuerepeats", unroll(cues))
	r.joinCues(cues, opt)
	return nil
}

// unroll takes out the rows that captions rolling up the screen say again, in cue after cue, as YouTube's automatic ones do; it
// gives how many. Who says "Ya." twice rolls nothing: most cues must begin with the end of the one before.
func unroll(cues []cue) int {
	n := 0
	for i := 1; i < len(cues); i++ {
		if again(cues[i-1].pieces, cues[i]) > 0 {
			n++
		}
	}
	if n < 3 || n*3 < (len(cues)-1)*2 {
		return 0
	}
	n = 0
	var before []piece
	for i, q := range cues {
		k := again(before, q)
		before, cues[i].pieces = q.pieces, q.pieces[k:]
		n += k
	}
	return n
}

// again is how many rows a cue begins with that the one before ends with. A screen has few. A cue of nothing else is shown for a
// moment only, while the rows move up: longer, and it is said again.
func again(before []piece, q cue) int {
	for k := min(len(before), len(q.pieces), 3); k > 0; k-- {
		if slices.Equal(before[len(before)-k:], q.pieces[:k]) && (k < len(q.pieces) || q.to-q.from < 100) {
			return k
		}
	}
	return 0
}

// cueTimes is what a row says of the times of a cue.
type cueTimes struct {
	from, to int64
	format   string // what stands after them
	is, ok   bool   // it is such a row; and its times are some
}

func timesOf(l string) cueTimes {
	if len(l) >= 29 && l[12:17] == " --> " && (len(l) == 29 || l[29] == ' ' || l[29] == '\r') {
		// As nearly all programs write it.
		from, ok1 := plainMS(l[:12])
		to, ok2 := plainMS(l[17:29])
		if ok1 && ok2 {
			return cueTimes{from, to, l[29:], true, true}
		}
	}
	if !strings.Contains(l, "-->") {
		return cueTimes{}
	}
	m := cueTime.FindStringSubmatchIndex(l)
	if m == nil {
		return cueTimes{}
	}
	from, ok1 := cueMS(l[m[2]:m[3]])
	to, ok2 := cueMS(l[m[4]:m[5]])
	return cueTimes{from, to, l[m[5]:], true, ok1 && ok2}
}

// plainMS reads "01:02:03,456".
func plainMS(s string) (int64, bool) {
	if s[2] != ':' || s[5] != ':' || s[8] != ',' && s[8] != '.' {
		return 0, false
	}
	h, m, sec, ms := twoDigits(s), twoDigits(s[3:]), twoDigits(s[6:]), twoDigits(s[9:])
	last := int64(s[11]) - '0'
	if h|m|sec|ms|last < 0 || last > 9 || m > 59 || sec > 59 {
		return 0, false
	}
	return (h*3600+m*60+sec)*1000 + ms*10 + last, true
}

// twoDigits is the number that a text begins with, -1 where it doesn't.
func twoDigits(s string) int64 {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int64(a)*10 + int64(b)
}

// parseCues takes the file apart.
func (r *Reading) parseCues(text string) ([]cue, *BadFile) {
	vtt := r.Format == "vtt"
	cues := make([]cue, 0, min(len(text)/80, 1<<14))
	var cur cue
	var rows []piece                 // of this row
	pieces := make([]piece, 0, 1<<8) // of this cue, in the stretch of an array that the cues before have left
	n, marks, outside, blocks, dashes := 0, 0, 0, 0, 0
	in, block := false, false // inside a cue; inside a NOTE, STYLE or REGION block
	spaces := false           // the row before is one of white space
	voice, named := "", ""    // who the names of this cue and of the next one say speaks
	end := func() {
		if len(pieces) > 0 {
			if cur.to < cur.from {
				cur.to = -1
			}
			cur.pieces = pieces
			cues = append(cues, cur)
		}
		if cur, pieces = (cue{}), pieces[len(pieces):]; cap(pieces) == 0 {
			pieces = make([]piece, 0, 1<<8)
		}
	}
	var ahead cueTimes // of the next row
	looked := false    // whether there are any
	for text != "" {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		times := ahead
		if !looked {
			times = timesOf(l)
		}
		if looked = false; times.is {
			if !times.ok {
				return nil, broken(errors.New("a time that is none"))
			}
			if n++; n > MaxTurns {
				return nil, tooLong()
			}
			if strings.TrimSpace(times.format) != "" {
				marks++
			}
			end()
			cur.from, cur.to = times.from, times.to
			in, block, spaces = true, false, false
			voice, named = named, ""
			continue
		}
		trimmed := strings.TrimSpace(l)
		if trimmed == "" {
			// Only an empty row ends a cue: YouTube writes rows of one space within.
			if vtt && l == "" {
				in, block = false, false
			}
			spaces = vtt
			continue
		}
		// A number, or in WebVTT a name, right before the times names the cue.
		if !block && (!in || isNumber(trimmed) || spaces && !strings.Contains(trimmed, " ") && strings.ContainsAny(trimmed, "0123456789")) {
			next, _, _ := strings.Cut(text, "\n")
			if ahead, looked = timesOf(next), true; ahead.is {
				named = voiceOf(trimmed)
				continue
			}
		}
		spaces = false
		if !in {
			switch {
			case block:
			case vtt && n == 0 && strings.HasPrefix(strings.TrimPrefix(trimmed, "\uFEFF"), "WEBVTT"):
				block = true // header rows up to the first blank row
			case vtt && (strings.HasPrefix(trimmed, "NOTE") || strings.HasPrefix(trimmed, "STYLE") || strings.HasPrefix(trimmed, "REGION") || strings.HasPrefix(trimmed, "Region:")):
				block = true
				blocks++
			case vtt && strings.HasPrefix(trimmed, "X-TIMESTAMP-MAP"):
			default:
				outside++
			}
			continue
		}
		rows = r.cueRows(rows[:0], trimmed, &marks)
		for _, p := range rows {
			if first, _ := utf8.DecodeRuneInString(p.text); first == '-' || first == '–' || first == '—' || first == '‐' || first == '>' || unicode.IsSpace(first) {
				if d := cueDash.FindString(p.text); d != "" && len(d) < len(p.text) {
					p.dash, p.text = true, p.text[len(d):]
					dashes++
				}
			}
			if p.text = strings.TrimSpace(p.text); p.text != "" {
				if len(pieces) == 0 && p.voice == "" {
					p.voice = voice
				}
				pieces = append(pieces, p)
			}
		}
	}
	end()
	if n == 0 {
		return nil, broken(nil)
	}
	r.note("cueformat", marks)
	r.note("cueblocks", blocks)
	r.note("cueoutside", outside)
	r.note("dashes", dashes)
	return cues, nil
}

// cueRows takes formatting off one row and appends a piece for each voice in it.
func (r *Reading) cueRows(out []piece, l string, marks *int) []piece {
	if strings.IndexByte(l, '<') < 0 && strings.IndexByte(l, '{') < 0 && strings.IndexByte(l, '&') < 0 {
		return append(out, piece{text: l})
	}
	l = cueMarks.ReplaceAllStringFunc(l, func(string) string { *marks++; return "" })
	plain := srtEntities.Replace
	var found [][]int
	if r.Format == "vtt" {
		found = cueVoice.FindAllStringSubmatchIndex(l, -1)
		plain = html.UnescapeString
	}
	put := func(voice, words string) {
		if strings.TrimSpace(words) != "" || voice != "" {
			out = append(out, piece{text: oneCueRow.Replace(plain(words)), voice: voice})
		}
	}
	voice, at := "", 0
	for _, m := range found {
		put(voice, l[at:m[0]])
		voice = clip(cleanLabel(plain(l[m[2]:m[3]])), 100)
		at = m[1]
	}
	put(voice, l[at:])
	return out
}

var (
	// SubRip has no entities, but programs write these.
	srtEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&nbsp;", "\u00a0")
	// An entity can hide an end of a row, and worse.
	oneCueRow = strings.NewReplacer("\n", " ", "\r", " ", "\x00", "")
)

// cueMS reads "1:02:03,4", "02:03.400" or "0:02:03" as milliseconds.
func cueMS(s string) (int64, bool) {
	frac := ""
	if i := strings.IndexAny(s, ".,"); i >= 0 {
		s, frac = s[:i], s[i+1:]
	}
	h, rest, _ := strings.Cut(s, ":")
	m, sec, three := strings.Cut(rest, ":")
	if !three {
		h, m, sec = "", h, rest
	}
	return clockMS(h, m, sec, frac)
}

// voiceOf finds who speaks in the name of a cue, as Webex writes it: 1 "Rina Kusuma" (1234567890).
func voiceOf(name string) string {
	n, rest, _ := strings.Cut(name, ` "`)
	end := strings.LastIndexByte(rest, '"')
	if end < 0 || !isNumber(n) || strings.Trim(rest[end+1:], " ()0123456789") != "" {
		return ""
	}
	return clip(cleanLabel(rest[:end]), 100)
}

func isNumber(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

const (
	longGap  = 3000 // ms of silence that begin a new part, or a new turn when nobody is named
	fairTurn = 160  // code points after which the end of a sentence ends a turn when nobody is named
	longTurn = 1200 // code points after which a turn ends anyway when nobody is named
)

// joinCues makes turns of cues: by voice, label or dash where there are any, else by silence and the ends of sentences.
func (r *Reading) joinCues(cues []cue, opt Options) {
	// Labels are looked for at the start of the rows of cues, with the rules of any text.
	n, voices := 0, false
	for _, c := range cues {
		n += len(c.pieces)
	}
	heads := make([]*head, 0, n)
	c := &census{rows: n, cues: true, counts: map[string]*labelCount{}}
	for _, q := range cues {
		for pi, p := range q.pieces {
			voices = voices || p.voice != ""
			h := labelled(p.text, "")
			if h != nil && (!h.colon || h.stamped) {
				h = nil
			}
			if h != nil {
				c.add(h, len(heads), pi == 0)
			} else if pi == 0 && len(c.order) > 0 {
				c.bare++
			}
			heads = append(heads, h)
		}
	}
	taken := map[string]bool{}
	if !opt.NoSpeakers {
		taken = c.speakers(opt.Labels)
	}
	r.listPossible(c, taken)
	named := !opt.NoSpeakers && voices || len(taken) > 0
	b := builder{opt: opt, f4: -1, turns: make([]Turn, 0, c.turns(taken))}
	i, joined := 0, 0
	var prev cue
	prev.to = -1
	length := 0
	for ci, q := range cues {
		gap := ci > 0 && prev.to >= 0 && q.from-prev.to > longGap
		for pi, p := range q.pieces {
			h := heads[i]
			i++
			raw, lead, words := "", "", p.text
			if p.voice != "" && !opt.NoSpeakers {
				raw = p.voice
				if to, ok := opt.Labels[raw]; ok && to == "" {
					raw = ""
					words = p.voice + ": " + words
				}
			} else if h != nil && taken[h.label] {
				raw, lead, words = h.label, h.lead, h.rest
			}
			label := ""
			if raw != "" {
				label = b.speaker(raw)
				b.label = label
			} else if opt.KeepCues && !voices && !p.dash {
				label = b.label // whoever spoke goes on
			}
			fresh := !b.open
			switch {
			case opt.KeepCues:
				fresh = fresh || pi == 0 || label != "" && label != b.cur.Label
			case label != "":
				fresh = fresh || label != b.cur.Label
			case named:
				fresh = fresh || p.dash || voices && pi == 0 && b.cur.Label != ""
			default:
				ended := cueEnd.MatchString(strings.TrimSpace(tail(b.text.String(), 12)))
				fresh = fresh || p.dash || pi == 0 && (gap || ended && length >= fairTurn || length >= longTurn)
			}
			if fresh {
				b.end()
				b.begin()
				b.cur.Label = label
				if !opt.NoTimes {
					b.cur.FromMS = q.from
				}
				length = 0
			} else if pi == 0 {
				joined++
			}
			b.before(lead)
			if words = strings.TrimSpace(words); words != "" {
				if b.text.Len() > 0 {
					// Ends of rows in a subtitle are layout; a silence begins a new part.
					if gap && pi == 0 {
						b.text.WriteByte('\n')
					} else {
						b.text.WriteByte(' ')
					}
				}
				b.text.WriteString(words)
				if !named { // nobody else asks
					length += utf8.RuneCountInString(words) + 1
				}
			}
			if !opt.NoTimes {
				b.cur.ToMS = max(b.cur.ToMS, q.to)
			}
		}
		prev = q
	}
	b.end()
	r.Turns, r.Speakers = b.turns, b.speakers
	r.note("cuesjoined", joined)
	r.note("emptyturns", b.empty)
}

// tail gives up to n bytes of the end of s, from a whole code point on.
func tail(s string, n int) string {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	at := max(0, len(s)-n)
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return s[at:]
}
