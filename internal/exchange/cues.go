package exchange

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asticode/go-astisub"
)

// A cue is one subtitle: pieces of words, each with the voice the file names for it.
type cue struct {
	from, to int64
	pieces   []piece
}

type piece struct {
	text  string
	voice string // of <v Name>
	dash  bool   // began with a dialogue dash: another speaker than before
}

var (
	cueTime  = regexp.MustCompile(`^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,9})?)\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,9})?)(?:\s.*)?$`)
	cueMarks = regexp.MustCompile(`(?i)</?(?:b|i|u|s|font|c|lang|ruby|rt)(?:[.\s][^<>\n]*)?>|<\d{1,3}:\d{2}(?::\d{2})?\.\d{3}>|\{\\[^{}\n]*\}|\{/?[biu]\}|</v>`)
	cueVoice = regexp.MustCompile(`<v(?:\.[^\s<>]*)?[ \t]+([^<>\n]*)>`)
	cueDash  = regexp.MustCompile(`^\s*[-–—‐]\s*`)
	cueEnd   = regexp.MustCompile(`[.?!…]["”’)\]]?$`)
)

// guard stands before every row of a cue while the library reads it: it would take rows that begin with "NOTE" or hold
// an arrow for something else.
const guard = "\uE000"

// readCues reads SubRip and WebVTT through go-astisub. The library loses words at tags it doesn't know, at second voices
// in a row and at rows that look like blocks, so the file is first put into a form where it can't.
func (r *Reading) readCues(text string, opt Options) *BadFile {
	plain, voices, bf := r.plainCues(text)
	if bf != nil {
		return bf
	}
	var subs *astisub.Subtitles
	var err error
	if r.Format == "vtt" {
		subs, err = astisub.ReadFromWebVTT(strings.NewReader(plain))
	} else {
		subs, err = astisub.ReadFromSRT(strings.NewReader(plain))
	}
	if err != nil {
		return broken(err)
	}
	cues := make([]cue, 0, len(subs.Items))
	for _, it := range subs.Items {
		c := cue{from: it.StartAt.Milliseconds(), to: it.EndAt.Milliseconds()}
		if c.to < c.from {
			c.to = -1
		}
		for _, l := range it.Lines {
			t := strings.ReplaceAll(l.String(), guard, "")
			p := piece{}
			if n, err := strconv.Atoi(l.VoiceName); err == nil && n < len(voices) {
				p.voice = voices[n]
			}
			if d := cueDash.FindString(t); d != "" && len(d) < len(t) {
				p.dash, t = true, t[len(d):]
				r.note("dashes", 1)
			}
			if p.text = strings.TrimSpace(t); p.text != "" {
				c.pieces = append(c.pieces, p)
			}
		}
		if len(c.pieces) > 0 {
			cues = append(cues, c)
		}
	}
	if len(cues) == 0 {
		return bad(BadNoText)
	}
	r.joinCues(cues, opt)
	return nil
}

// plainCues writes the cues again with whole times, one voice a row, no formatting, and nothing else. A voice is written
// as its place in voices.
func (r *Reading) plainCues(text string) (plain string, voices []string, bf *BadFile) {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	if r.Format == "vtt" {
		b.WriteString("WEBVTT\n")
	}
	n, marks, outside, blocks := 0, 0, 0, 0
	in, block := false, false // inside a cue; inside a NOTE, STYLE or REGION block
	for i, l := range lines {
		if m := cueTime.FindStringSubmatch(l); m != nil {
			n++
			if n > MaxTurns {
				return "", nil, bad(BadTooLong, "max", "3,000,000")
			}
			if strings.TrimSpace(l[strings.Index(l, m[2])+len(m[2]):]) != "" {
				marks++
			}
			b.WriteString("\n" + strconv.Itoa(n) + "\n" + wholeTime(m[1]) + " --> " + wholeTime(m[2]) + "\n")
			in, block = true, false
			continue
		}
		trimmed := strings.TrimSpace(l)
		if trimmed == "" {
			if r.Format == "vtt" {
				in, block = false, false
			}
			continue
		}
		// A number, or in WebVTT a name, right before the times names the cue.
		if i+1 < len(lines) && cueTime.MatchString(lines[i+1]) && (!in || isNumber(trimmed)) && !block {
			continue
		}
		if !in {
			switch {
			case block:
			case r.Format == "vtt" && n == 0 && strings.HasPrefix(strings.TrimPrefix(trimmed, "\uFEFF"), "WEBVTT"):
				block = true // header rows up to the first blank row
			case r.Format == "vtt" && (strings.HasPrefix(trimmed, "NOTE") || strings.HasPrefix(trimmed, "STYLE") || strings.HasPrefix(trimmed, "REGION") || strings.HasPrefix(trimmed, "Region:")):
				block = true
				blocks++
			case r.Format == "vtt" && strings.HasPrefix(trimmed, "X-TIMESTAMP-MAP"):
			default:
				outside++
			}
			continue
		}
		for _, part := range r.cueRows(trimmed, &marks) {
			if r.Format == "vtt" && part.voice != "" {
				fmt.Fprintf(&b, "<v %d>", len(voices))
				voices = append(voices, part.voice)
			}
			b.WriteString(part.text + "\n")
		}
	}
	if n == 0 {
		return "", nil, broken(nil)
	}
	r.note("cueformat", marks)
	r.note("cueblocks", blocks)
	r.note("cueoutside", outside)
	return b.String(), voices, nil
}

// cueRows takes formatting off one row and gives a piece for each voice in it, safe for the library.
func (r *Reading) cueRows(l string, marks *int) []piece {
	l = strings.ReplaceAll(l, guard, "")
	l = cueMarks.ReplaceAllStringFunc(l, func(string) string { *marks++; return "" })
	plain := srtEntities.Replace
	var found [][]int
	if r.Format == "vtt" {
		found = cueVoice.FindAllStringSubmatchIndex(l, -1)
		plain = html.UnescapeString
	}
	var out []piece
	put := func(voice, words string) {
		if strings.TrimSpace(words) != "" || voice != "" {
			out = append(out, piece{text: guard + guarding.Replace(strings.ReplaceAll(plain(words), "\x00", "")), voice: voice})
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
	// With the guard between, the library sees neither tags nor entities nor times, and a row stays a row.
	guarding = strings.NewReplacer("<", "<"+guard, "&", "&"+guard, "-->", "--"+guard+">", "\n", " ", "\r", " ")
)

func wholeTime(s string) string {
	frac := ""
	if i := strings.IndexAny(s, ".,"); i >= 0 {
		s, frac = s[:i], s[i+1:]
	}
	if strings.Count(s, ":") == 1 {
		s = "00:" + s
	}
	return s + "." + (frac + "000")[:3]
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
	var rows []row
	voices := false
	for _, c := range cues {
		for _, p := range c.pieces {
			rows = append(rows, row{text: p.text})
			voices = voices || p.voice != ""
		}
	}
	heads := make([]*head, len(rows))
	c := &census{rows: len(rows), counts: map[string]*labelCount{}}
	for i := range rows {
		if h := labelled(rows[i].text, ""); h != nil && h.colon && !h.stamped {
			heads[i] = h
			c.add(h)
		}
	}
	taken := map[string]bool{}
	if !opt.NoSpeakers {
		taken = c.speakers(opt.Labels)
	}
	r.listPossible(c, taken)
	named := !opt.NoSpeakers && voices || len(taken) > 0
	b := builder{opt: opt, f4: -1}
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
					b.text.WriteString(map[bool]string{true: "\n", false: " "}[gap && pi == 0])
				}
				b.text.WriteString(words)
				length += utf8.RuneCountInString(words) + 1
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
