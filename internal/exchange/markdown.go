package exchange

import (
	"regexp"
	"strings"
)

var (
	mdHeading = regexp.MustCompile(`^ {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	mdRule    = regexp.MustCompile(`^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}[ \t]*)$`)
	mdFence   = regexp.MustCompile("^ {0,3}(```+|~~~+)[^`]*$")
	mdQuote   = regexp.MustCompile(`^ {0,3}(?:>[ \t]?)+`)
	mdBullet  = regexp.MustCompile(`^[ \t]*[-*+][ \t]+`)
	mdNumber  = regexp.MustCompile(`^[ \t]*\d{1,3}[.)][ \t]+`)
	mdImage   = regexp.MustCompile(`!\[([^\]\n]*)\]\([^)\n]*\)`)
	mdLink    = regexp.MustCompile(`\[([^\]\n]+)\]\((?:https?:|mailto:|/|#|\.)[^)\s]*(?:[ \t]+"[^"\n]*")?\)`)
	mdAuto    = regexp.MustCompile(`<((?:https?://|mailto:)[^>\s]+)>`)
	mdTag     = regexp.MustCompile(`(?i)</?(?:b|i|u|s|em|strong|sub|sup|mark|small|del|ins|span|p|div|br|center|font|a)(?:\s[^<>\n]*)?/?>`)
	mdComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	mdStrong  = regexp.MustCompile(`\*\*(\S(?:[^\n]*?\S)??)\*\*`)
	mdEm      = regexp.MustCompile(`\*([^\s*](?:[^*\n]*[^\s*])?)\*`)
	mdUnder2  = regexp.MustCompile(`(^|[^\p{L}\p{N}_])__([^\s_](?:[^\n]*?[^\s_])??)__([^\p{L}\p{N}_]|$)`)
	mdUnder   = regexp.MustCompile(`(^|[^\p{L}\p{N}_])_([^\s_](?:[^_\n]*[^\s_])?)_([^\p{L}\p{N}_]|$)`)
	mdStrike  = regexp.MustCompile(`~~(\S(?:[^~\n]*\S)?)~~`)
	mdCode    = regexp.MustCompile("`([^`\n]+)`")
)

// markdownRows makes rows of a Markdown text. Marks of presentation go (headings, emphasis, quotes and list signs,
// addresses of links) and are counted; words stay, also numbers of lists, tables and code. Only a blank row, a heading,
// a list sign or two spaces at the end of a row part words: other ends of rows are layout.
func (r *Reading) markdownRows(text string) []row {
	text = mdComment.ReplaceAllStringFunc(text, func(string) string {
		r.note("mdcomments", 1)
		return ""
	})
	var rows []row
	para, soft, fence := true, false, ""
	marks := 0
	for _, line := range strings.Split(text, "\n") {
		if m := mdFence.FindStringSubmatch(line); m != nil && (fence == "" || strings.HasPrefix(m[1], fence)) {
			marks++
			if fence == "" {
				fence = m[1][:3]
			} else {
				fence = ""
			}
			para = true
			continue
		}
		if fence != "" {
			if strings.TrimSpace(line) != "" {
				rows = append(rows, row{text: line, para: para})
				para, soft = false, false
			}
			continue
		}
		if strings.TrimSpace(line) == "" {
			para = true
			continue
		}
		if mdRule.MatchString(line) {
			marks++
			para = true
			continue
		}
		alone := false
		if q := mdQuote.FindString(line); q != "" {
			marks++
			line = line[len(q):]
		}
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			marks++
			line, para, alone = m[1], true, true
		} else if b := mdBullet.FindString(line); b != "" {
			marks++
			line, para = line[len(b):], true
		} else if mdNumber.MatchString(line) || strings.HasPrefix(strings.TrimSpace(line), "|") {
			para = true
		}
		hard := strings.HasSuffix(line, "  ") || strings.HasSuffix(line, `\`)
		line = strings.TrimSuffix(strings.TrimRight(line, " \t"), `\`)
		line = r.inline(line, &marks)
		for i, piece := range strings.Split(line, "\n") {
			if strings.TrimSpace(piece) == "" {
				continue
			}
			rows = append(rows, row{text: strings.TrimSpace(piece), para: para, fresh: alone && i == 0, soft: soft && !para && i == 0})
			para, soft = false, false
		}
		soft = !hard
		if alone {
			para = true
		}
	}
	r.note("markdown", marks)
	return rows
}

// escaped stands for characters with a backslash before them while marks are looked for.
const escapable = "\\`*_{}[]()#+-.!|<>~"

// inline takes the marks inside one row away.
func (r *Reading) inline(s string, marks *int) string {
	if !strings.ContainsAny(s, "*_`[<~\\!") {
		return s
	}
	if strings.Contains(s, `\`) {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '\\' && i+1 < len(s) {
				if k := strings.IndexByte(escapable, s[i+1]); k >= 0 {
					*marks++
					b.WriteRune(rune(0xF0000 + k)) // a private place that no honest text uses; put back below
					i++
					continue
				}
			}
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	swap := func(re *regexp.Regexp, with string) {
		n := 0
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			n++
			return re.ReplaceAllString(m, with)
		})
		*marks += n
	}
	if strings.Contains(s, "![") {
		if n := len(mdImage.FindAllStringIndex(s, -1)); n > 0 {
			r.note("images", n)
			s = mdImage.ReplaceAllString(s, "$1")
		}
	}
	if strings.Contains(s, "](") {
		if n := len(mdLink.FindAllStringIndex(s, -1)); n > 0 {
			r.note("links", n)
			s = mdLink.ReplaceAllString(s, "$1")
		}
	}
	if strings.Contains(s, "<") {
		swap(mdAuto, "$1")
		s = mdTag.ReplaceAllStringFunc(s, func(m string) string {
			*marks++
			if strings.HasPrefix(strings.ToLower(m), "<br") {
				return "\n"
			}
			return ""
		})
	}
	if strings.Contains(s, "`") {
		swap(mdCode, "$1")
	}
	if strings.Contains(s, "*") {
		swap(mdStrong, "$1")
		swap(mdEm, "$1")
	}
	if strings.Contains(s, "_") {
		swap(mdUnder2, "$1$2$3")
		swap(mdUnder, "$1$2$3")
	}
	if strings.Contains(s, "~~") {
		swap(mdStrike, "$1")
	}
	return strings.Map(func(c rune) rune {
		if k := int(c) - 0xF0000; k >= 0 && k < len(escapable) {
			return rune(escapable[k])
		}
		return c
	}, s)
}
