package exchange

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const codedPDFStyle = `
.t{margin:9pt 0 2pt;font-size:10pt;line-height:1.6;orphans:2;widows:2}
.of{color:#5b6470;font-size:7.5pt}
.n{margin:0 0 1.5pt;padding-left:12pt;font-size:8pt;line-height:1.35;color:#384047}
.x{margin:0 0 2pt;padding-left:22pt;font-size:8pt;line-height:1.35;color:#384047;font-style:italic}
`

// WriteCodedPDF writes a coded document as PDF: the words as they are, coded ones underlined in their code's colour; each mark opens and
// shuts with its number, and says at the foot of the turn in which it ends which code it is, whose, and its memos. Letters and bytes
// are as in WritePDF.
func WriteCodedPDF(out io.Writer, c Coded) error {
	var l Letters
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	c.body(w, &l)
	if err := w.Flush(); err != nil {
		return err
	}
	title := l.drawn(c.Title)
	var head bytes.Buffer
	h := bufio.NewWriter(&head)
	h.WriteString("<h1>" + hypertext(title) + "</h1>\n")
	l.notice(h, c.Say.Lacking)
	if err := h.Flush(); err != nil {
		return err
	}
	var style strings.Builder
	style.WriteString(codedPDFStyle)
	for i, hue := range hues {
		fmt.Fprintf(&style, ".u%d{text-decoration:underline;text-decoration-color:%s}.c%d{color:%s;font-size:7pt;font-weight:600}\n", i+1, hue[0], i+1, hue[0])
	}
	return pdfPage{title: title, language: c.Language, style: style.String(), made: c.Made, body: head.String() + b.String()}.write(out)
}

func (c Coded) body(w *bufio.Writer, l *Letters) {
	for _, f := range c.Facts {
		w.WriteString("<p class=\"soft\">" + lined(l.drawn(f)) + "</p>\n")
	}
	marks := c.ordered()
	edges := edgesOf(marks)
	next := 0
	var open []int // marks that hold the place
	for _, t := range c.Turns {
		head := fmt.Sprint(t.Number)
		if t.Time != "" {
			head += " · " + t.Time
		}
		fmt.Fprintf(w, `<p class="t"><span class="of">%s</span> `, hypertext(l.drawn(head)))
		if t.Label != "" {
			w.WriteString("<b>" + hypertext(l.drawn(t.Label)) + ":</b> ")
		}
		var ended []int
		shut := func(at int) {
			open = slices.DeleteFunc(open, func(i int) bool {
				if marks[i].Stop > at {
					return false
				}
				fmt.Fprintf(w, `<span class="c%d">%d]</span>`, colour(marks[i]), i+1)
				ended = append(ended, i)
				return true
			})
		}
		at := t.Start
		t.cuts(edges, func(from int, words string) {
			shut(from)
			for ; next < len(marks) && marks[next].Start <= from; next++ {
				open = append(open, next)
				fmt.Fprintf(w, `<span class="c%d">[%d</span>`, colour(marks[next]), next+1)
			}
			if len(open) == 0 {
				w.WriteString(lined(l.drawn(words)))
			} else {
				fmt.Fprintf(w, `<span class="u%d">%s</span>`, colour(marks[open[len(open)-1]]), lined(l.drawn(words)))
			}
			at = from + utf8.RuneCountInString(words)
		})
		shut(at)
		w.WriteString("</p>\n")
		slices.Sort(ended) // as their numbers stand in the text
		for _, i := range ended {
			c.foot(w, l, i, marks[i])
		}
	}
	// Marks under which no word stands.
	rest := slices.Clone(open)
	for ; next < len(marks); next++ {
		rest = append(rest, next)
	}
	for _, i := range rest {
		c.foot(w, l, i, marks[i])
	}
}

// foot says what a mark is.
func (c Coded) foot(w *bufio.Writer, l *Letters, i int, m Mark) {
	who := m.Coder
	if !m.At.IsZero() {
		who += ", " + c.Say.Date(m.At)
	}
	code := m.Code
	if code == "" {
		code = c.Say.Memo
	}
	fmt.Fprintf(w, `<p class="n"><span class="c%d">%d</span> <b>%s</b> <span class="soft">%s</span></p>`+"\n", colour(m), i+1, hypertext(l.drawn(code)), hypertext(l.drawn(who)))
	for _, n := range m.Memos {
		w.WriteString("<p class=\"x\">" + lined(l.drawn(c.Say.memo(m, n)+n.Text)) + "</p>\n")
	}
}
