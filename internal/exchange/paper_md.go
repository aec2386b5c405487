package exchange

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// WriteMarkdown writes a paper as Markdown (CommonMark 0.31, tables as in GitHub's). What of a text would be read as markup is
// escaped, so that rendered it says the same; the same paper gives the same bytes.
func WriteMarkdown(out io.Writer, p Paper) error {
	w := bufio.NewWriter(out)
	w.WriteString("# " + markedHeading(p.Title) + "\n")
	item := false
	for _, b := range p.Blocks {
		was := item
		x, ok := b.(Paragraph)
		if item = ok && x.Item && !x.Quote; !item || !was {
			w.WriteString("\n")
		}
		switch b := b.(type) {
		case Heading:
			w.WriteString(strings.Repeat("#", min(max(b.Level, 1), 3)+1) + " " + markedHeading(b.Text) + "\n")
		case Paragraph:
			text := markedRuns(b.Runs, false)
			switch {
			case b.Quote:
				text = "> " + strings.ReplaceAll(text, "\n", "\n> ")
			case b.Item:
				text = "- " + strings.ReplaceAll(text, "\n", "\n  ")
			}
			w.WriteString(text + "\n")
		case Grid:
			writeMarkedGrid(w, b)
		}
	}
	return w.Flush()
}

// writeMarkedGrid writes a table. It must have a head, which stays empty where the grid has none.
func writeMarkedGrid(w *bufio.Writer, g Grid) {
	columns := len(g.Head)
	for _, r := range g.Rows {
		columns = max(columns, len(r))
	}
	row := func(cell func(i int) string) {
		w.WriteString("|")
		for i := range columns {
			w.WriteString(" " + cell(i) + " |")
		}
		w.WriteString("\n")
	}
	row(func(i int) string {
		if i < len(g.Head) {
			return markedRuns([]Run{{Text: g.Head[i]}}, true)
		}
		return ""
	})
	row(func(int) string { return "---" })
	for _, r := range g.Rows {
		row(func(i int) string {
			if i < len(r) {
				return markedRuns(r[i], true)
			}
			return ""
		})
	}
}

func markedHeading(s string) string {
	return strings.ReplaceAll(asWords(strings.Join(strings.Fields(s), " ")), "#", `\#`)
}

// markedRuns puts runs in a row; in a cell of a table a line feed can only be a break of HTML.
func markedRuns(runs []Run, cell bool) string {
	var b strings.Builder
	for _, r := range runs {
		// Emphasis holds only where it touches words: what stands around them goes outside.
		text, sign := r.Text, ""
		if r.Bold {
			sign += "**"
		}
		if r.Italic {
			sign += "*"
		}
		inner := strings.TrimSpace(text)
		if sign != "" && inner != "" && !strings.Contains(inner, "\n") {
			at := strings.Index(text, inner)
			text = asWords(text[:at]) + sign + asWords(inner) + reversed(sign) + asWords(text[at+len(inner):])
		} else {
			text = asWords(text)
		}
		if r.Link != "" && safeLink(r.Link) && !strings.ContainsAny(r.Link, " <>\n") {
			text = "[" + text + "](<" + r.Link + ">)"
		}
		b.WriteString(text)
	}
	return keptBreaks(atStart.ReplaceAllStringFunc(b.String(), func(m string) string { return m[:len(m)-1] + `\` + m[len(m)-1:] }), cell)
}

func reversed(sign string) string {
	return strings.Repeat("*", len(sign))
}

var (
	inlineMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`, "~", `\~`, "$", `\$`)
	entity      = regexp.MustCompile(`&(#?[0-9A-Za-z]+;)`)
	atStart     = regexp.MustCompile(`(?m)^([ \t]*)([#+=:-]|[0-9]{1,9}[.)])`)
)

// asWords escapes what would be markup inside a row of words; what is markup only at the start of one is left to markedRuns.
func asWords(s string) string { return entity.ReplaceAllString(inlineMarks.Replace(s), `\&$1`) }

var edges = strings.NewReplacer(" ", "&#32;", "\t", "&#9;", "\r", "&#13;")

// keptBreaks gives line feeds and the blanks beside them a form that is kept: a hard break inside, a character reference at the edges.
func keptBreaks(s string, cell bool) string {
	s = strings.ReplaceAll(s, "\r", "&#13;")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		// A reverse solidus before the sign of a break is more than some readers can tell apart.
		if strings.HasSuffix(l, `\\`) {
			l = strings.TrimSuffix(l, `\\`) + "&#92;"
			lines[i] = l
		}
		inner := strings.Trim(l, " \t")
		if inner == l {
			continue
		}
		at := strings.Index(l, inner)
		lines[i] = edges.Replace(l[:at]) + inner + edges.Replace(l[at+len(inner):])
	}
	if cell {
		return strings.Join(lines, "<br>")
	}
	// A break at the very end or start of a paragraph would be lost or end it.
	first, last := 0, len(lines)
	for first < last && lines[first] == "" {
		first++
	}
	for last > first && lines[last-1] == "" {
		last--
	}
	return strings.Repeat("&#10;", first) + strings.Join(lines[first:last], "\\\n") + strings.Repeat("&#10;", len(lines)-last)
}
