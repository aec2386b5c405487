package exchange

import (
	"bufio"
	"html"
	"io"
	"strconv"
	"strings"
)

// pageStyle is what every standalone page has; it loads nothing.
const pageStyle = `:root{color-scheme:light dark}
body{margin:0 auto;max-width:46rem;padding:2rem 1.25rem 4rem;font:1rem/1.55 system-ui,sans-serif;color:light-dark(#1b2226,#e6e9ea);background:light-dark(#fff,#15191b)}
body.wide{max-width:72rem}
h1,h2,h3,h4,p,li,td,th,blockquote,summary{white-space:pre-wrap;overflow-wrap:anywhere}
h1{font-size:1.8rem;line-height:1.25}h2{font-size:1.4rem;margin-top:2.4rem}h3{font-size:1.15rem;margin-top:1.8rem}h4{font-size:1rem;margin-top:1.4rem}
td,th{overflow-wrap:break-word}
blockquote{margin:1rem 0;padding:.1rem 0 .1rem 1rem;border-inline-start:3px solid #9aa5a5;font-family:Georgia,serif}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:start;vertical-align:top;padding:.35rem .6rem;border-block-end:1px solid #9aa5a5}
.soft{color:light-dark(#5b6470,#a4adb3)}a{color:light-dark(#0b5a66,#7fd3e0)}
@media (max-width:46rem){table{display:block;overflow-x:auto}}
@media print{body{max-width:none;padding:0}thead{display:table-header-group}tr,blockquote{break-inside:avoid}}
`

// pageStart begins a standalone page: no network, no script.
func pageStart(w *bufio.Writer, title, language, style string, wide bool) {
	w.WriteString("<!doctype html>\n<html lang=\"" + html.EscapeString(language) + "\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + hypertext(title) + "</title>\n<style>\n" + pageStyle + style + "</style>\n</head>\n")
	if wide {
		w.WriteString("<body class=\"wide\">\n")
	} else {
		w.WriteString("<body>\n")
	}
}

// hypertext is text as a browser gives it back exactly: line feeds stand in elements that keep them.
func hypertext(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\r", "&#13;")
}

// WriteHTML writes a paper as one page of HTML that stands alone: it loads nothing and runs nothing. The same paper gives the same
// bytes.
func WriteHTML(out io.Writer, p Paper) error {
	w := bufio.NewWriter(out)
	pageStart(w, p.Title, p.Language, "", p.Wide)
	w.WriteString("<main>\n<h1 dir=\"auto\">" + hypertext(p.Title) + "</h1>\n")
	writeBlocks(w, p.Blocks)
	w.WriteString("</main>\n</body>\n</html>\n")
	return w.Flush()
}

func writeBlocks(w *bufio.Writer, blocks []Block) {
	list := false
	for _, b := range blocks {
		p, ok := b.(Paragraph)
		if item := ok && p.Item && !p.Quote; item != list {
			w.WriteString(map[bool]string{true: "<ul>\n", false: "</ul>\n"}[item])
			list = item
		}
		switch b := b.(type) {
		case Heading:
			tag := "h" + strconv.Itoa(min(max(b.Level, 1), 3)+1)
			w.WriteString("<" + tag + " dir=\"auto\">" + hypertext(b.Text) + "</" + tag + ">\n")
		case Paragraph:
			open, shut := "<p dir=\"auto\">", "</p>\n"
			switch {
			case b.Quote:
				open, shut = "<blockquote dir=\"auto\">", "</blockquote>\n"
			case b.Item:
				open, shut = "<li dir=\"auto\">", "</li>\n"
			}
			w.WriteString(open)
			writeRuns(w, b.Runs)
			w.WriteString(shut)
		case Grid:
			w.WriteString("<table>\n")
			if len(b.Head) > 0 {
				w.WriteString("<thead><tr>")
				for _, h := range b.Head {
					w.WriteString("<th scope=\"col\" dir=\"auto\">" + hypertext(h) + "</th>")
				}
				w.WriteString("</tr></thead>\n")
			}
			w.WriteString("<tbody>\n")
			for _, r := range b.Rows {
				w.WriteString("<tr>")
				for i := range max(len(r), len(b.Head)) {
					w.WriteString("<td dir=\"auto\">")
					if i < len(r) {
						writeRuns(w, r[i])
					}
					w.WriteString("</td>")
				}
				w.WriteString("</tr>\n")
			}
			w.WriteString("</tbody>\n</table>\n")
		}
	}
	if list {
		w.WriteString("</ul>\n")
	}
}

func writeRuns(w *bufio.Writer, runs []Run) {
	for _, r := range runs {
		w.WriteString(r.marked(hypertext(r.Text), "strong", "em", safeLink(r.Link)))
	}
}

// marked puts a run's marks around its text, by the elements that are used for strong and stressed words.
func (r Run) marked(text, strong, stressed string, link bool) string {
	if r.Soft {
		text = `<span class="soft">` + text + "</span>"
	}
	if r.Italic {
		text = "<" + stressed + ">" + text + "</" + stressed + ">"
	}
	if r.Bold {
		text = "<" + strong + ">" + text + "</" + strong + ">"
	}
	if link {
		text = `<a href="` + html.EscapeString(r.Link) + `">` + text + "</a>"
	}
	return text
}

// safeLink tells an address that can be followed from one that could run.
func safeLink(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "mailto:") || strings.HasPrefix(s, "#")
}
