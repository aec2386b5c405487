package server

import (
	"cmp"
	"container/heap"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// printPage shows a document as it goes on paper: what the coding surface paints over the words would keep its places on the
// screen and land beside the wrong ones.
func printPage(a *ask) error {
	d := a.Document
	if d.State != qda.Live {
		return absent()
	}
	choice, err := a.printChoice()
	if err != nil {
		return err
	}
	words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
	if err != nil {
		return err
	}
	if err := a.accessed("opened", d.ID); err != nil {
		return err
	}
	v := page.Print{Project: int(a.Project), Document: int(d.ID), Name: d.Name, Study: a.View.Project().Name, Lang: d.Language, Made: a.L.T("print.made", "date", a.L.Date(a.now)),
		WithCodes: choice.codes, WithMemos: choice.memos, Blind: a.Lens.Blind()}
	v.Pills, v.Details = a.describe(d, words)
	v.Coders, v.Nodes = a.printChoices(choice)
	codings := numbered(words, a.chosen(choice))
	if len(codings) > 0 && choice.codes {
		v.By = a.codersOf(codings)
	}
	if choice.node != nil {
		v.Only = a.L.T("print.only", "name", choice.node.Name)
	}
	shown := codings
	if !choice.codes {
		shown = nil
	}
	v.Turns = a.printTurns(words, shown)
	if choice.memos {
		a.printMemos(&v, words, codings, choice)
	}
	if choice.codes {
		v.Total = a.L.N("count.codings", len(codings))
		v.Key = a.printKey(codings)
	}
	return a.render(http.StatusOK, page.PrintPage(a.chrome(d.Name, "documents"), v))
}

// describe says of a document what stands under its name: its kind and its informant's group, then when it was held, how long
// it is and in what language.
func (a *ask) describe(d *qda.Document, words *engine.Words) (pills []string, details string) {
	pills = []string{a.L.T("kind." + string(d.Kind))}
	if group, k := firstAttribute(a.Lens), caseOf(a.Lens, d); group != nil && k != nil && k.Values[group.ID] != "" {
		pills = append(pills, k.Values[group.ID])
	}
	var parts []string
	if d.Held != "" {
		parts = append(parts, a.L.DateOf(d.Held))
	}
	if n := len(words.Turns); n > 0 {
		if last := max(words.Turns[n-1].ToMS, words.Turns[n-1].FromMS); last > 60000 {
			parts = append(parts, a.L.N("count.minutes", int((last+30000)/60000)))
		}
	}
	parts = append(parts, a.L.N("count.words", int(d.Words)))
	if d.Language != "" {
		parts = append(parts, a.L.Language(d.Language))
	}
	return pills, strings.Join(parts, " · ")
}

// printChoice is what somebody wants on paper.
type printChoice struct {
	coder qda.ID // 0: everyone
	node  *qda.Node
	codes bool
	memos bool
}

// printChoice reads the address: whose (empty, mine or a coder's number), of (a node's number), show (words: without codings),
// memos (on).
func (a *ask) printChoice() (c printChoice, err error) {
	q := a.URL.Query()
	switch w := q.Get("whose"); w {
	case "":
	case "mine":
		c.coder = a.Coder.ID
	default:
		k, err := found(w, a.Lens.Coder)
		if err != nil {
			return c, err
		}
		// A blind coder's colleagues are answered as if they were nobody.
		if a.Lens.Blind() && k.ID != a.Coder.ID {
			return c, absent()
		}
		c.coder = k.ID
	}
	if v := q.Get("of"); v != "" {
		n, err := thingID(v)
		if err != nil {
			return c, err
		}
		if c.node, err = found(itoa(a.View.Survivor(n)), a.View.Node); err != nil {
			return c, err
		}
		if !c.node.State.Counts() {
			return c, absent()
		}
	}
	c.codes = q.Get("show") != "words"
	c.memos = q.Get("memos") == "on"
	return c, nil
}

// chosen gives the codings that somebody wants on paper.
func (a *ask) chosen(c printChoice) []qda.Coding {
	l := a.Lens
	if c.coder != 0 {
		l = l.Narrow([]qda.ID{a.Document.ID}, []qda.ID{c.coder})
	}
	var under map[qda.ID]bool
	if c.node != nil {
		under = map[qda.ID]bool{}
		for _, n := range a.View.Below(c.node.ID) {
			under[n] = true
		}
	}
	var r []qda.Coding
	for x := range l.Overlapping(a.Document.ID, span.Span{Start: 0, Stop: a.Document.Chars}) {
		if x.Version == a.Document.Version && (under == nil || under[x.Code]) {
			r = append(r, x)
		}
	}
	return r
}

// printChoices lists whose codings and which codes can be chosen: those that are in the document.
func (a *ask) printChoices(c printChoice) (coders, nodes []page.Choice) {
	by, used := map[qda.ID]bool{}, map[qda.ID]bool{}
	for x := range a.Lens.Overlapping(a.Document.ID, span.Span{Start: 0, Stop: a.Document.Chars}) {
		by[x.Coder] = true
		for n, ok := a.View.Node(x.Code); ok && !used[n.ID]; n, ok = a.View.Node(n.Parent) {
			used[n.ID] = true
		}
	}
	coders = []page.Choice{{Value: "", Label: a.L.T("print.everyone"), Chosen: c.coder == 0}}
	coders = append(coders, page.Choice{Value: "mine", Label: a.L.T("print.mine"), Chosen: c.coder == a.Coder.ID})
	for _, k := range a.Lens.Coders() {
		if k.ID != a.Coder.ID && (by[k.ID] || k.ID == c.coder) {
			coders = append(coders, page.Choice{Value: itoa(k.ID), Label: k.Name, Chosen: c.coder == k.ID})
		}
	}
	nodes = []page.Choice{{Value: "", Label: a.L.T("print.all"), Chosen: c.node == nil}}
	for _, n := range a.View.Nodes() {
		if chosen := c.node != nil && c.node.ID == n.ID; chosen || used[n.ID] {
			nodes = append(nodes, page.Choice{Value: itoa(n.ID), Label: n.Name, Depth: a.View.Depth(n.ID), Chosen: chosen})
		}
	}
	return coders, nodes
}

// codersOf names who made some codings, with the initials that stand beside each.
func (a *ask) codersOf(codings []onPaper) string {
	by := map[qda.ID]bool{}
	for _, c := range codings {
		by[c.Coder] = true
	}
	var names []string
	for _, k := range a.Lens.Coders() {
		if by[k.ID] {
			names = append(names, k.Name+" ("+k.Initials+")")
		}
	}
	return a.L.T("print.by", "names", strings.Join(names, ", "))
}

// mostContinued is how many codings a turn names that began in an earlier one; more are numbers alone.
const mostContinued = 4

// printTurns are the turns with their marks and, beside each, the codings that begin in it or go on into it.
func (a *ask) printTurns(words *engine.Words, codings []onPaper) []page.PrintTurn {
	d := a.Document
	row := a.printRow()
	cut := marks(words, codings, func(code qda.ID) (int, int) { return a.View.Colour(code) })
	out := make([]page.PrintTurn, len(words.Turns))
	next, open := 0, []int{}
	for i, t := range words.Turns {
		s := d.Speakers[t.Label]
		x := page.PrintTurn{Number: int(t.Turn), Label: t.Label, Asks: s.Interviewer, Parts: cut[i], Short: t.Stop-t.Start <= shortTurn}
		if t.FromMS >= 0 {
			x.Time = clock(t.FromMS)
		}
		if t.Language != d.Language {
			x.Lang = t.Language
		}
		open = slices.DeleteFunc(open, func(c int) bool { return codings[c].to <= t.Start })
		if len(open) <= mostContinued {
			for _, c := range open {
				r := row(codings[c])
				r.Continued = true
				x.Codings = append(x.Codings, r)
			}
		} else {
			n := make([]int, len(open))
			for k, c := range open {
				n[k] = codings[c].number
			}
			x.Continued = numerals(n)
		}
		for ; next < len(codings) && codings[next].turn == i; next++ {
			x.Codings = append(x.Codings, row(codings[next]))
			if codings[next].to > t.Stop {
				open = append(open, next)
			}
		}
		x.Many = len(x.Codings) > manyBeside && int(t.Stop-t.Start) < len(x.Codings)*lettersARow
		out[i] = x
	}
	return out
}

const (
	shortTurn   = 700 // characters; a turn this short stays on one page
	manyBeside  = 8   // codings beside a turn, more go below it where its words are short
	lettersARow = 70  // about as many as words take up beside one coding
)

// printRow gives what writes a coding's row: codes and coders are looked up once each.
func (a *ask) printRow() func(onPaper) page.PrintCoding {
	codes, coders := map[qda.ID]page.PrintCoding{}, map[qda.ID]string{}
	return func(c onPaper) page.PrintCoding {
		r, ok := codes[c.Code]
		if !ok {
			path := a.View.Path(c.Code)
			r.Code, r.Theme = path[len(path)-1], strings.Join(path[:len(path)-1], " / ")
			r.Hue, r.Pattern = a.View.Colour(c.Code)
			codes[c.Code] = r
		}
		if _, ok := coders[c.Coder]; !ok {
			coders[c.Coder] = a.initials(c.Coder)
		}
		r.Number, r.Coder = strconv.Itoa(c.number), coders[c.Coder]
		return r
	}
}

// printMemos puts memos under the turn that they belong to: on a coding where it begins, on words where those begin; on the
// document as a whole at the top.
func (a *ask) printMemos(v *page.Print, words *engine.Words, codings []onPaper, choice printChoice) {
	at := make(map[qda.ID]*onPaper, len(codings))
	for i := range codings {
		at[codings[i].ID] = &codings[i]
	}
	for _, m := range a.Lens.AllMemos() {
		x := page.PrintMemo{Text: a.drawn(m), By: a.initials(m.Coder), When: a.L.Date(time.Unix(m.At, 0))}
		if c := at[m.On]; c != nil {
			x.On = a.L.T("print.memo.coding", "name", a.View.Path(c.Code)[len(a.View.Path(c.Code))-1])
			if choice.codes {
				x.On = a.L.T("print.memo.number", "number", strconv.Itoa(c.number))
			}
			v.Turns[c.turn].Memos = append(v.Turns[c.turn].Memos, x)
			continue
		}
		if m.On != a.Document.ID || choice.node != nil || choice.coder != 0 && m.Coder != choice.coder {
			continue
		}
		if m.Stop <= m.Start || len(words.Turns) == 0 {
			x.On = a.L.T("print.memo.document")
			v.Memos = append(v.Memos, x)
			continue
		}
		x.On = a.L.T("print.memo.words")
		x.Words = words.Quote(span.Span{Start: m.Start, Stop: m.Stop})
		t := &v.Turns[turnOf(words.Turns, m.Start)]
		t.Memos = append(t.Memos, x)
	}
}

// printKey lists the codes that were used, in the codebook's order.
func (a *ask) printKey(codings []onPaper) []page.PrintCode {
	count := map[qda.ID]int{}
	for _, c := range codings {
		count[c.Code]++
	}
	var key []page.PrintCode
	for _, n := range a.View.Nodes() {
		if count[n.ID] == 0 {
			continue
		}
		path := a.View.Path(n.ID)
		k := page.PrintCode{Name: n.Name, Theme: strings.Join(path[:len(path)-1], " / "), Definition: n.Definition, Count: a.L.Num(count[n.ID])}
		k.Hue, k.Pattern = a.View.Colour(n.ID)
		key = append(key, k)
	}
	return key
}

// onPaper is a coding with its number and the place of its mark.
type onPaper struct {
	qda.Coding
	number   int   // from 1, in the order in which marks begin
	from, to int32 // the mark in code points: whole graphemes, no line feed at its ends; equal where nothing is left to mark
	turn     int   // place of the turn in which it begins
}

// numbered gives codings their numbers and the places of their marks.
func numbered(words *engine.Words, codings []qda.Coding) []onPaper {
	r := make([]onPaper, 0, len(codings))
	if len(words.Turns) == 0 {
		return r
	}
	for _, c := range codings {
		x := onPaper{Coding: c}
		// The line feeds between turns and between the parts of one can't be marked.
		from, to := words.Byte(c.Start), words.Byte(c.Stop)
		for from < to && words.Words[from] == '\n' {
			from++
		}
		for to > from && words.Words[to-1] == '\n' {
			to--
		}
		if from < to {
			for !severs(words.Words, from) {
				_, n := utf8.DecodeLastRune(words.Words[:from])
				from -= n
			}
			for !severs(words.Words, to) {
				_, n := utf8.DecodeRune(words.Words[to:])
				to += n
			}
			x.from, x.to = words.Char(from), words.Char(to)
			x.turn = turnOf(words.Turns, x.from)
		} else {
			x.turn = turnOf(words.Turns, c.Start)
			x.from = min(c.Start, words.Turns[x.turn].Stop)
			x.to = x.from
		}
		r = append(r, x)
	}
	slices.SortFunc(r, func(x, y onPaper) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(y.to, x.to), cmp.Compare(x.ID, y.ID))
	})
	for i := range r {
		r[i].number = i + 1
	}
	return r
}

// turnOf is the place of the turn that a code point is in; of the line feed after a turn, that turn.
func turnOf(turns []qda.Turn, p int32) int {
	i, exact := slices.BinarySearchFunc(turns, p, qda.CompareTurn)
	if !exact {
		i--
	}
	return max(i, 0)
}

// inner puts the innermost coding first: the shortest, of two as long the one that starts later. The surface paints by the same rule.
type inner struct {
	of    []onPaper
	order []int
}

func (h *inner) Len() int      { return len(h.order) }
func (h *inner) Swap(i, j int) { h.order[i], h.order[j] = h.order[j], h.order[i] }
func (h *inner) Push(x any)    { h.order = append(h.order, x.(int)) }
func (h *inner) Pop() any {
	last := len(h.order) - 1
	x := h.order[last]
	h.order = h.order[:last]
	return x
}
func (h *inner) Less(i, j int) bool {
	x, y := &h.of[h.order[i]], &h.of[h.order[j]]
	return cmp.Or(cmp.Compare(x.Stop-x.Start, y.Stop-y.Start), cmp.Compare(y.Start, x.Start), cmp.Compare(x.ID, y.ID)) < 0
}

// marks cuts the words of each turn, part by part, at every beginning and end of a mark. The runs of a part are its words, all of
// them and in order. One sweep over the boundaries: it takes time with their number, however deep codings lie.
func marks(words *engine.Words, codings []onPaper, colour func(code qda.ID) (hue, pattern int)) [][][]page.PrintRun {
	ends := make([]int, len(codings)) // by where they end, then by number
	for i := range ends {
		ends[i] = i
	}
	slices.SortFunc(ends, func(x, y int) int { return cmp.Or(cmp.Compare(codings[x].to, codings[y].to), cmp.Compare(x, y)) })
	type look struct{ hue, pattern int }
	looks := map[qda.ID]look{}
	var (
		begun, ended, deep int
		live               = inner{of: codings}
		out                = make([][][]page.PrintRun, len(words.Turns))
	)
	// ending gives the numbers of what has ended up to a place.
	ending := func(at int32) string {
		var n []int
		for ; ended < len(ends) && codings[ends[ended]].to <= at; ended++ {
			c := &codings[ends[ended]]
			n = append(n, c.number)
			if c.from < c.to {
				deep--
			}
		}
		return numerals(n)
	}
	for i, t := range words.Turns {
		at := t.Start
		for part := range strings.SplitSeq(words.Quote(span.Span{Start: t.Start, Stop: t.Stop}), "\n") {
			stop := at + int32(utf8.RuneCountInString(part))
			var runs []page.PrintRun
			if n := ending(at); n != "" { // codings of line feeds alone
				runs = append(runs, page.PrintRun{Ends: n})
			}
			for at < stop {
				begins := false
				for ; begun < len(codings) && codings[begun].from <= at; begun++ {
					if codings[begun].to > at {
						heap.Push(&live, begun)
						deep++
						begins = true
					}
				}
				for live.Len() > 0 && codings[live.order[0]].to <= at {
					heap.Pop(&live)
				}
				to := stop
				if begun < len(codings) {
					to = min(to, codings[begun].from)
				}
				if ended < len(ends) {
					to = min(to, codings[ends[ended]].to)
				}
				r := page.PrintRun{Words: words.Quote(span.Span{Start: at, Stop: to})}
				if live.Len() > 0 {
					code := codings[live.order[0]].Code
					k, ok := looks[code]
					if !ok {
						k.hue, k.pattern = colour(code)
						looks[code] = k
					}
					r.Hue, r.Pattern, r.Deep, r.Begins = k.hue, k.pattern, deep, begins
				}
				r.Ends = ending(to)
				runs = append(runs, r)
				at = to
			}
			out[i] = append(out[i], runs)
			at = stop + 1
		}
	}
	return out
}

// numerals writes ascending numbers, three or more in a row as the first and the last: "3, 5–9".
func numerals(n []int) string {
	var b strings.Builder
	for i := 0; i < len(n); {
		j := i
		for j+1 < len(n) && n[j+1] == n[j]+1 {
			j++
		}
		if j < i+2 {
			j = i
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n[i]))
		if j > i {
			b.WriteString("–" + strconv.Itoa(n[j]))
		}
		i = j + 1
	}
	return b.String()
}

const joiner = '\u200d' // zero width joiner

// severs reports whether a text may be cut at a byte without cutting what a reader takes for one character. It goes by the rules
// of Unicode Standard Annex 29 (GB3–GB13) and, where those need tables that Go does not have, on the side of not cutting: after
// every joiner and every virama, within Hangul.
func severs(text []byte, at int) bool {
	if at <= 0 || at >= len(text) {
		return true
	}
	a, b := text[at-1], text[at]
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return true // a line feed parts whatever stands before it
	}
	if !utf8.RuneStart(b) {
		return false
	}
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	switch {
	case unicode.IsControl(before) || unicode.IsControl(after):
		return true
	case extends(after):
		return false
	case before == joiner:
		return unicode.IsSpace(after)
	case unicode.Is(unicode.Prepended_Concatenation_Mark, before):
		return false
	case virama(before):
		return !unicode.IsLetter(after)
	case unicode.Is(unicode.Regional_Indicator, before) && unicode.Is(unicode.Regional_Indicator, after):
		flags := 0
		for i := at; i > 0; flags++ {
			r, n := utf8.DecodeLastRune(text[:i])
			if !unicode.Is(unicode.Regional_Indicator, r) {
				break
			}
			i -= n
		}
		return flags%2 == 0
	case unicode.Is(unicode.Hangul, before) && (leads(before) || follows(after)):
		return !unicode.Is(unicode.Hangul, after)
	}
	return true
}

// extends reports whether a code point belongs to the one before it.
func extends(r rune) bool {
	return r == joiner || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Other_Grapheme_Extend) ||
		r >= 0x1f3fb && r <= 0x1f3ff || // shades of skin
		r >= 0xe0020 && r <= 0xe007f || // what spells a flag
		r == 0x0e33 || r == 0x0eb3 // the Thai and the Lao vowel am
}

// virama reports whether a code point ties the consonant before it to the one after.
func virama(r rune) bool {
	switch r {
	case 0x094d, 0x09cd, 0x0a4d, 0x0acd, 0x0b4d, 0x0bcd, 0x0c4d, 0x0ccd, 0x0d4d, 0x0dca, 0x1039, 0x17d2, 0x1a60, 0x1b44, 0xa9c0, 0xaaf6:
		return true
	}
	return false
}

// leads reports whether a Hangul letter begins a syllable that the next may belong to.
func leads(r rune) bool { return r >= 0x1100 && r <= 0x115f || r >= 0xa960 && r <= 0xa97f }

// follows reports whether a Hangul letter is added to the syllable before it.
func follows(r rune) bool { return r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff }
