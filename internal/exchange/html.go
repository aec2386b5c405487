package exchange

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/htmlindex"
)

var (
	htmlStart = regexp.MustCompile(`(?is)^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]`)
	htmlMeta  = regexp.MustCompile(`(?i)<meta\s[^>]*charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,30})`)
)

// isHTML tells a web page by its first bytes.
func isHTML(head []byte) bool {
	return bytes.IndexByte(head, '<') >= 0 && htmlStart.Match(head)
}

// htmlCharset is the character set a page says it has, "" when it says none or one that it can't have.
func htmlCharset(data []byte) string {
	if utf8.Valid(data) {
		return ""
	}
	m := htmlMeta.FindSubmatch(data[:min(len(data), 4096)])
	if m == nil {
		return ""
	}
	e, err := htmlindex.Get(string(m[1]))
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(e)
	if err != nil || name == "utf-8" || strings.HasPrefix(name, "utf-16") {
		return ""
	}
	if name == "gbk" {
		name = "gb18030"
	}
	if charsetOf(name) == nil {
		return ""
	}
	return name
}

// blocks are the elements that begin and end a paragraph (HTML Standard, 15.3).
var blocks = map[atom.Atom]bool{}

func init() {
	for _, a := range []atom.Atom{atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog,
		atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Pre,
		atom.Section, atom.Select, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Textarea, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp, atom.Listing, atom.Plaintext} {
		blocks[a] = true
	}
}

// htmlLists is how deep lists may be nested before they have no marks any more.
const htmlLists = 64

type htmlList struct {
	format string
	n      int
}

type htmlWalk struct {
	flow
	p       *para
	head    bool // inside a heading
	lists   []htmlList
	mark    string // of a list item, for the next words
	pre     int
	deleted int
	ruby    bool   // inside the reading aid of a ruby
	skip    string // element being left out
	depth   int    // how many of that name are open
	within  int    // lists and tables open inside of it
	link    string
	linkAt  int
	linkP   *para
	title   string
}

// htmlRows reads the words of a web page: block elements part paragraphs, cells of tables are read one by one.
func (r *Reading) htmlRows(text string) ([]row, *BadFile) {
	w := &htmlWalk{flow: newFlow(r), p: &para{}}
	z := html.NewTokenizer(strings.NewReader(text))
	raw := "" // the element whose words come next as they are
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				return nil, broken(z.Err())
			}
			w.paragraph()
			for w.grid() != nil || w.deeper > 0 {
				w.shutTable()
			}
			rows := w.flow.rows
			if t := oneRow(w.title); t != "" && !hasRow(rows, t) {
				w.count("hidden")
			}
			return w.done(), nil
		case html.CommentToken:
			if c := strings.TrimSpace(string(z.Text())); !strings.HasPrefix(c, "[if") && !strings.HasPrefix(c, "[endif") && c != "" && w.skip == "" {
				w.count("mdcomments")
			}
		case html.TextToken:
			if w.skip != "" {
				break
			}
			t := z.Text()
			switch raw {
			case "script", "style", "noscript", "iframe", "noembed", "noframes":
				raw = ""
				continue
			case "title":
				w.title += string(t[:min(len(t), 2000)])
				raw = ""
				continue
			}
			if bf := w.text(t); bf != nil {
				return nil, bf
			}
		case html.StartTagToken:
			name, more := z.TagName()
			raw = ""
			if w.skip != "" && !w.skipped(name, true) {
				break
			}
			raw = w.start(z, name, more, false)
		case html.SelfClosingTagToken:
			name, more := z.TagName()
			if raw = ""; w.skip == "" {
				w.start(z, name, more, true)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			raw = ""
			if w.skip != "" && !w.skipped(name, false) {
				break
			}
			w.stop(atom.Lookup(name))
		}
	}
}

func hasRow(rows []row, text string) bool {
	for _, one := range rows {
		if strings.Contains(oneRow(one.text), text) {
			return true
		}
	}
	return false
}

// text adds words.
func (w *htmlWalk) text(t []byte) *BadFile {
	if w.deleted > 0 || w.ruby {
		return w.grow(len(t))
	}
	if bytes.IndexByte(t, 0) >= 0 {
		t = bytes.ReplaceAll(t, []byte{0}, nil)
	}
	if bytes.ContainsAny(t, "\uFFFE\r") { // by a character reference
		t = []byte(strings.NewReplacer("\uFFFE", "", "\r", " ").Replace(string(t)))
	}
	if w.pre > 0 {
		w.p.text.Write(t)
		w.p.inked = true
		return w.grow(len(t))
	}
	return w.words(w.p, t)
}

// paragraph ends one.
func (w *htmlWalk) paragraph() {
	if w.p.blank() {
		return
	}
	if w.mark != "" && strings.TrimSpace(w.p.text.String()) != "" {
		w.p.mark, w.mark = w.mark, ""
	}
	w.p.head = w.head
	w.add(w.close(w.p))
	w.p = &para{}
}

// A htmlTag is what an element says of itself, as far as it matters.
type htmlTag struct {
	kind, start, value, href string
	hidden                   bool
}

func tagOf(z *html.Tokenizer, more bool) (t htmlTag) {
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "type":
			t.kind = string(v)
		case "start":
			t.start = string(v)
		case "value":
			t.value = string(v)
		case "href":
			t.href = string(v)
		case "hidden":
			t.hidden = true
		case "style":
			t.hidden = t.hidden || styleHides(string(v))
		}
	}
	return t
}

// styleHides tells a style that hides words, also only in Word.
func styleHides(style string) bool {
	style = strings.Join(strings.Fields(strings.ToLower(style)), "")
	for is := range strings.SplitSeq(style, ";") {
		if strings.HasPrefix(is, "display:none") || strings.HasPrefix(is, "visibility:hidden") || strings.HasPrefix(is, "mso-hide:all") {
			return true
		}
	}
	return false
}

// hides tells elements that can be hidden with what is in them. Others have nothing in them, or are left out anyway; a page
// that is hidden as a whole is shown by a script.
func hides(a atom.Atom) bool {
	switch a {
	case atom.Html, atom.Head, atom.Body, atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr,
		atom.Script, atom.Style, atom.Noscript, atom.Noembed, atom.Noframes, atom.Iframe, atom.Title, atom.Template, atom.Svg, atom.Canvas, atom.Audio, atom.Video, atom.Object:
		return false
	}
	return true
}

// skipped deals with a tag inside an element that is left out; true where that element has ended before it: the ends of
// paragraphs, items and cells need not be written (HTML Standard, 13.1.2.4).
func (w *htmlWalk) skipped(name []byte, start bool) bool {
	a := atom.Lookup(name)
	ended := false
	if w.within == 0 {
		switch w.skip {
		case "p":
			ended = blocks[a] && (start || a != atom.P)
		case "li", "dt", "dd", "option":
			ended = start && (a == atom.Li || a == atom.Dt || a == atom.Dd || a == atom.Option || a == atom.Optgroup)
		case "td", "th":
			ended = start && (a == atom.Td || a == atom.Th) || a == atom.Tr || a == atom.Tbody || a == atom.Thead || a == atom.Tfoot
		case "tr":
			ended = start && a == atom.Tr || a == atom.Tbody || a == atom.Thead || a == atom.Tfoot
		}
	}
	switch a {
	case atom.Ul, atom.Ol, atom.Dl, atom.Menu, atom.Dir, atom.Table, atom.Select:
		if string(name) == w.skip {
			break
		}
		if start {
			w.within++
		} else if w.within--; w.within < 0 {
			ended = true
		}
	}
	if !ended && string(name) == w.skip {
		if start {
			w.depth++
		} else {
			w.depth--
		}
	}
	if ended || w.depth == 0 {
		w.skip, w.within = "", 0
	}
	return ended
}

// start begins an element; it gives its name where its words come as they are written.
func (w *htmlWalk) start(z *html.Tokenizer, name []byte, more, closed bool) string {
	a := atom.Lookup(name)
	if blocks[a] {
		w.paragraph()
		w.ruby = false
		w.head = a == atom.H1 || a == atom.H2 || a == atom.H3 || a == atom.H4 || a == atom.H5 || a == atom.H6
	}
	skip := func(key string) {
		w.count(key)
		if !closed {
			w.skip, w.depth = string(name), 1
		}
	}
	tag := tagOf(z, more)
	if tag.hidden && hides(a) && w.deleted == 0 {
		skip("hidden")
		return ""
	}
	switch a {
	case atom.Br:
		w.p.put("\n")
		w.p.inked = false
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Listing, atom.Plaintext:
		w.pre++
	case atom.Table:
		w.count("tables")
		w.openGrid()
	case atom.Tr:
		w.endTd()
		w.endLine()
	case atom.Td, atom.Th:
		w.endTd()
		if g := w.grid(); g != nil {
			g.open = true
			if len(g.cells) == 0 { // what stands before it is a caption
				g.from = len(w.rows)
			}
		}
	case atom.Ul, atom.Menu, atom.Dir:
		w.open(htmlList{format: "bullet"})
	case atom.Ol:
		l := htmlList{format: map[string]string{"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}[tag.kind]}
		if l.format == "" {
			l.format = "decimal"
		}
		if n, err := strconv.Atoi(tag.start); err == nil && n >= 0 && n < 1<<20 {
			l.n = n - 1
		}
		w.open(l)
	case atom.Li:
		w.mark = "•"
		if n := len(w.lists); n > 0 && w.lists[n-1].format != "bullet" {
			l := &w.lists[n-1]
			l.n++
			if v, err := strconv.Atoi(tag.value); err == nil && v >= 0 && v < 1<<20 {
				l.n = v
			}
			w.mark = numberAs(l.format, l.n) + "."
		}
	case atom.Img:
		w.count("images")
	case atom.Svg, atom.Canvas:
		skip("images")
	case atom.Audio, atom.Video, atom.Object:
		skip("objects")
	case atom.Embed, atom.Iframe:
		w.count("objects")
	case atom.Script, atom.Style, atom.Noscript, atom.Noembed, atom.Noframes:
		w.count("scripts")
	case atom.Template:
		skip("hidden")
	case atom.Del:
		if !closed {
			w.count("deletions")
			w.deleted++
		}
	case atom.Ins:
		w.count("insertions")
	case atom.Rt:
		w.count("ruby")
		w.ruby = true
	case atom.Rp:
		w.ruby = true
	case atom.Rb:
		w.ruby = false
	case atom.A:
		w.endLink()
		if h := tag.href; h != "" && !strings.HasPrefix(h, "#") && !strings.HasPrefix(strings.ToLower(h), "javascript:") {
			w.link, w.linkAt, w.linkP = h, w.p.text.Len(), w.p
		}
	case 0:
		if string(name) == "xml" {
			skip("scripts")
		}
	}
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Noembed, atom.Noframes, atom.Iframe, atom.Title:
		if !closed {
			return string(name)
		}
	}
	return ""
}

func (w *htmlWalk) open(l htmlList) {
	if len(w.lists) < htmlLists {
		w.lists = append(w.lists, l)
	}
}

func (w *htmlWalk) endLink() {
	if w.link != "" && (w.linkP != w.p || linkHides(w.link, w.p.text.String()[w.linkAt:])) {
		w.count("links")
	}
	w.link, w.linkP = "", nil
}

// endTd ends a cell, whose end need not be written.
func (w *htmlWalk) endTd() {
	if g := w.grid(); g != nil && g.open {
		w.endCell()
		g.open = false
	}
}

func (w *htmlWalk) shutTable() {
	w.endTd()
	w.endLine()
	w.shutGrid()
}

func (w *htmlWalk) stop(a atom.Atom) {
	if blocks[a] {
		w.paragraph()
		w.ruby, w.head = false, false
	}
	switch a {
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Listing:
		w.pre = max(w.pre-1, 0)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		w.mark = ""
		if n := len(w.lists); n > 0 {
			w.lists = w.lists[:n-1]
		}
	case atom.Li:
		w.mark = ""
	case atom.Td, atom.Th:
		w.endTd()
	case atom.Tr:
		w.endTd()
		w.endLine()
	case atom.Table:
		w.shutTable()
	case atom.Del:
		w.deleted = max(w.deleted-1, 0)
	case atom.Rt, atom.Rp, atom.Ruby:
		w.ruby = false
	case atom.A:
		w.endLink()
	}
}
