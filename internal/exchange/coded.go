package exchange

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Coded is a document with what was coded in it.
type Coded struct {
	Title    string
	Language string // of the words around it, BCP 47
	Of       string // of the document, BCP 47
	Facts    []string
	Made     time.Time // what a PDF says of when it was made
	Turns    []CodedTurn
	Marks    []Mark
	Say      CodedWords
}

// CodedTurn is a turn. Start is its place in the document's text in code points; its text may hold line feeds.
type CodedTurn struct {
	Number      int
	Label, Time string
	Language    string // where it differs from the document's
	Start       int
	Text        string
}

// Mark is a coding, or a memo on words where Code is empty. Start and Stop are code points in the document's text, half-open.
type Mark struct {
	Start, Stop int
	Code        string // names from the top, joined by " / "
	Colour      int    // 1..12
	Coder       string
	Initials    string
	At          time.Time
	Memos       []MarkMemo
}

// MarkMemo is a memo on a coding or on words.
type MarkMemo struct {
	Coder string
	At    time.Time
	Text  string
}

// CodedWords are the words around a coded document, in its reader's language.
type CodedWords struct {
	Turn   string // "turn", before a number
	Key    string // heading of the list of codings
	Number string // headings of its columns
	Code   string
	Coder  string
	Words  string
	Memo   string
	Date   func(time.Time) string
	// Lacking says in a PDF which letters it can't show.
	Lacking func(Letters) string
}

// ordered gives the marks by where they begin, the longest first.
func (c Coded) ordered() []Mark {
	m := slices.Clone(c.Marks)
	slices.SortStableFunc(m, func(x, y Mark) int { return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.Stop, x.Stop)) })
	return m
}

// cuts walks through the words of a turn from one edge of a mark to the next: at says where each stretch begins.
func (t CodedTurn) cuts(edges []int, stretch func(at int, words string)) {
	at, text := t.Start, t.Text
	i, _ := slices.BinarySearch(edges, at+1)
	for text != "" {
		n := len(text)
		if i < len(edges) {
			n = bytesOf(text, edges[i]-at)
		}
		stretch(at, text[:n])
		at, text = at+utf8.RuneCountInString(text[:n]), text[n:]
		i++
	}
}

// bytesOf gives where n code points of a text end.
func bytesOf(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// edgesOf gives the places where marks begin and end, each once, in order.
func edgesOf(marks []Mark) []int {
	var edges []int
	for _, m := range marks {
		edges = append(edges, m.Start, m.Stop)
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// WriteCodedDOCX writes a coded document as Office Open XML: the words as they are, and for each mark a comment in its coder's
// name with its date, which holds the code and the memos. The same document gives the same bytes.
func WriteCodedDOCX(w io.Writer, c Coded) error {
	x := &paperWriter{width: 9638}
	x.b.WriteString(xml.Header + `<w:document ` + paperNS + `><w:body>`)
	x.paragraph("Title", []Run{{Text: c.Title}})
	for _, f := range c.Facts {
		x.paragraph("", []Run{{Text: f, Soft: true}})
	}
	marks := c.ordered()
	edges := edgesOf(marks)
	ends := make([]int, len(marks)) // by where they end
	for i := range ends {
		ends[i] = i
	}
	slices.SortStableFunc(ends, func(a, b int) int { return cmp.Compare(marks[a].Stop, marks[b].Stop) })
	begun, ended := 0, 0
	begin := func(until int) {
		for ; begun < len(marks) && marks[begun].Start <= until; begun++ {
			fmt.Fprintf(&x.b, `<w:commentRangeStart w:id="%d"/>`, begun)
		}
	}
	end := func(until int) {
		for ; ended < len(ends) && marks[ends[ended]].Stop <= until; ended++ {
			fmt.Fprintf(&x.b, `<w:commentRangeEnd w:id="%d"/><w:r><w:commentReference w:id="%d"/></w:r>`, ends[ended], ends[ended])
		}
	}
	for _, t := range c.Turns {
		x.b.WriteString(`<w:p>`)
		head := strconv.Itoa(t.Number)
		if t.Time != "" {
			head += " · " + t.Time
		}
		x.run(Run{Text: head + "  ", Soft: true})
		if t.Label != "" {
			x.run(Run{Text: t.Label + ": ", Bold: true})
		}
		at := t.Start
		t.cuts(edges, func(from int, words string) {
			end(from)
			begin(from)
			x.run(Run{Text: words})
			at = from + utf8.RuneCountInString(words)
		})
		end(at)
		x.b.WriteString(`</w:p>`)
	}
	// A mark that no word stands under still has its comment.
	if begun < len(marks) || ended < len(ends) {
		x.b.WriteString(`<w:p>`)
		begin(int(^uint(0) >> 1))
		end(int(^uint(0) >> 1))
		x.b.WriteString(`</w:p>`)
	}
	x.sheet(false)
	comments := ""
	if len(marks) > 0 {
		y := &paperWriter{}
		y.b.WriteString(xml.Header + `<w:comments ` + paperNS + `>`)
		for i, m := range marks {
			fmt.Fprintf(&y.b, `<w:comment w:id="%d" w:author="%s" w:initials="%s"`, i, escaped(m.Coder), escaped(m.Initials))
			if !m.At.IsZero() {
				fmt.Fprintf(&y.b, ` w:date="%s"`, instant(m.At))
			}
			y.b.WriteString(`>`)
			if m.Code != "" {
				y.paragraph("", []Run{{Text: m.Code, Bold: true}})
			}
			for _, n := range m.Memos {
				y.paragraph("", []Run{{Text: c.Say.memo(m, n)}, {Text: n.Text}})
			}
			if m.Code == "" && len(m.Memos) == 0 {
				y.paragraph("", nil)
			}
			y.b.WriteString(`</w:comment>`)
		}
		y.b.WriteString(`</w:comments>`)
		comments = y.b.String()
	}
	return x.pack(w, c.Title, c.Language, comments)
}

// memo says of a memo that it is one, and whose and when where that is not the mark's coder.
func (s CodedWords) memo(m Mark, n MarkMemo) string {
	head := s.Memo
	if n.Coder != m.Coder {
		head += " (" + n.Coder + ", " + s.Date(n.At) + ")"
	}
	return head + ": "
}

// Colours of codes by their number, on paper and on a dark ground.
var hues = [12][2]string{{"#b77600", "#fec171"}, {"#3664be", "#72adfb"}, {"#07816f", "#33bda5"}, {"#ce5c9c", "#fb90c1"}, {"#996ed2", "#d6c2fe"}, {"#6e7114", "#b3b94f"}, {"#794e03", "#d08b1d"}, {"#08348a", "#548dda"}, {"#045d50", "#1c917d"}, {"#6f014b", "#ce6898"}, {"#693d9c", "#8c6ebd"}, {"#3e4102", "#808415"}}

const codedStyle = `
p{line-height:2}.who{font-weight:600}.of{color:light-dark(#5b6470,#a4adb3);font-size:.85em;user-select:none}
.m{padding-block-end:.15em;box-decoration-break:clone;-webkit-box-decoration-break:clone}
.n{font-size:.7em;vertical-align:super;text-decoration:none;user-select:none;padding-inline:.1em}.n::after{content:attr(data-n)}
tr:target{background:light-dark(#fff3c4,#4a3f10)}
`

// lanes gives each mark, in order, the first row under the words that no mark begun before it still takes.
func lanes(marks []Mark) []int {
	r := make([]int, len(marks))
	var free []int // by lane: where it is free again
	for i, m := range marks {
		lane := slices.IndexFunc(free, func(stop int) bool { return stop <= m.Start })
		if lane < 0 {
			lane, free = len(free), append(free, 0)
		}
		r[i], free[lane] = lane, m.Stop
	}
	return r
}

const mostLanes = 6 // underlines one above the other; deeper ones share the last

// WriteCodedHTML writes a coded document as one page that stands alone: the words as they are, each mark an underline that ends in
// a number, and a list of the numbers. What is copied from it is the words alone.
func WriteCodedHTML(out io.Writer, c Coded) error {
	w := bufio.NewWriter(out)
	var style strings.Builder
	style.WriteString(codedStyle)
	for i, h := range hues {
		fmt.Fprintf(&style, ".c%d{--c:light-dark(%s,%s)}\n", i+1, h[0], h[1])
	}
	pageStart(w, c.Title, c.Language, style.String(), false)
	w.WriteString("<main>\n<h1 dir=\"auto\">" + hypertext(c.Title) + "</h1>\n")
	for _, f := range c.Facts {
		w.WriteString("<p class=\"soft\">" + hypertext(f) + "</p>\n")
	}
	marks := c.ordered()
	edges, lane := edgesOf(marks), lanes(marks)
	fmt.Fprintf(w, "<div lang=\"%s\">\n", html.EscapeString(c.Of))
	next := 0
	var open []int // marks that hold the place
	number := func(i int) {
		fmt.Fprintf(w, `<a class="n" href="#m%d" data-n="%d" aria-label="%s"></a>`, i+1, i+1, html.EscapeString(strconv.Itoa(i+1)+": "+marks[i].Code))
	}
	shut := func(at int) {
		open = slices.DeleteFunc(open, func(i int) bool {
			if marks[i].Stop > at {
				return false
			}
			number(i)
			return true
		})
	}
	for _, t := range c.Turns {
		w.WriteString("<p dir=\"auto\"")
		if t.Language != "" {
			fmt.Fprintf(w, " lang=\"%s\"", html.EscapeString(t.Language))
		}
		fmt.Fprintf(w, " id=\"t%d\"><span class=\"of\">%d", t.Number, t.Number)
		if t.Time != "" {
			w.WriteString(" · " + hypertext(t.Time))
		}
		w.WriteString("</span> ")
		if t.Label != "" {
			w.WriteString("<span class=\"who\">" + hypertext(t.Label) + ":</span> ")
		}
		at := t.Start
		t.cuts(edges, func(from int, words string) {
			shut(from)
			for ; next < len(marks) && marks[next].Start <= from; next++ {
				open = append(open, next)
			}
			if len(open) == 0 {
				w.WriteString(hypertext(words))
			} else {
				w.WriteString(underlined(marks, lane, open) + hypertext(words) + "</span>")
			}
			at = from + utf8.RuneCountInString(words)
		})
		shut(at)
		w.WriteString("</p>\n")
	}
	w.WriteString("</div>\n")
	if len(marks) > 0 {
		fmt.Fprintf(w, "<h2>%s</h2>\n<table>\n<thead><tr>", hypertext(c.Say.Key))
		for _, h := range []string{c.Say.Number, c.Say.Code, c.Say.Words, c.Say.Coder, c.Say.Memo} {
			w.WriteString("<th scope=\"col\">" + hypertext(h) + "</th>")
		}
		w.WriteString("</tr></thead>\n<tbody>\n")
		words := c.beginning()
		for i, m := range marks {
			who := m.Coder
			if !m.At.IsZero() {
				who += ", " + c.Say.Date(m.At)
			}
			var memos []string
			for _, n := range m.Memos {
				text := n.Text
				if n.Coder != m.Coder {
					text = n.Coder + ", " + c.Say.Date(n.At) + ": " + text
				}
				memos = append(memos, text)
			}
			fmt.Fprintf(w, "<tr id=\"m%d\"><td class=\"c%d\" style=\"border-inline-start:4px solid var(--c)\">%d</td><td dir=\"auto\">%s</td><td dir=\"auto\">%s</td><td dir=\"auto\">%s</td><td dir=\"auto\">%s</td></tr>\n",
				i+1, colour(m), i+1, hypertext(m.Code), hypertext(words(m)), hypertext(who), hypertext(strings.Join(memos, "\n\n")))
		}
		w.WriteString("</tbody>\n</table>\n")
	}
	w.WriteString("</main>\n</body>\n</html>\n")
	return w.Flush()
}

func colour(m Mark) int { return min(max(m.Colour, 1), len(hues)) }

// underlined opens a stretch with a row under it for each mark that holds it.
func underlined(marks []Mark, lane, open []int) string {
	by := map[int]int{}
	deepest := 0
	for _, i := range open {
		l := min(lane[i], mostLanes-1)
		by[l], deepest = i, max(deepest, l)
	}
	var lines []string
	for l := 0; l <= deepest; l++ {
		if i, ok := by[l]; ok {
			h := hues[colour(marks[i])-1]
			lines = append(lines, fmt.Sprintf("linear-gradient(light-dark(%[1]s,%[2]s),light-dark(%[1]s,%[2]s)) 0 calc(100%% - %[3]dpx)/100%% 2px no-repeat", h[0], h[1], (deepest-l)*3))
		}
	}
	return fmt.Sprintf(`<span class="m" style="background:%s;padding-block-end:%dpx">`, strings.Join(lines, ","), deepest*3+3)
}

const shownWords = 160 // code points of a mark's words that the list shows

// beginning gives what finds the first words of a mark.
func (c Coded) beginning() func(Mark) string {
	stops := make([]int, len(c.Turns))
	for i, t := range c.Turns {
		stops[i] = t.Start + utf8.RuneCountInString(t.Text)
	}
	return func(m Mark) string {
		var b strings.Builder
		left := shownWords
		i, _ := slices.BinarySearch(stops, m.Start+1)
		for ; i < len(c.Turns) && c.Turns[i].Start < m.Stop; i++ {
			t := c.Turns[i]
			from := max(m.Start, t.Start)
			to := min(m.Stop, stops[i], from+left)
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			start := bytesOf(t.Text, from-t.Start)
			b.WriteString(t.Text[start : start+bytesOf(t.Text[start:], to-from)])
			if left -= to - from; left <= 0 {
				if to < m.Stop {
					b.WriteString(" …")
				}
				break
			}
		}
		return b.String()
	}
}
