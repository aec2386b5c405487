package page

import (
	"bufio"
	"bytes"
	"html"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	render "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"anyam/internal/i18n"
)

// MemoHTML is a memo drawn by Markdown: safe to stand in a page as it is.
type MemoHTML string

// Leads is where a name written as [[name]] leads.
type Leads struct {
	Href  string // an address of our own
	Shown string // the words of the link
	Title string // what it is, may be empty
}

// Names finds what has a name, as written between the brackets; false when nothing has.
type Names func(name string) (Leads, bool)

// A memo may nest quotes and lists this deep; what is deeper stands at this depth.
const memoDepth = 8

// A name is at most this long in bytes, with the name above it and a turn.
const memoName = 2000

// Markdown draws what people write in memos: CommonMark (spec.commonmark.org, 0.31) with a few differences, since memos are
// notes. A single line break is kept; a reference definition is words like others, so that nothing typed disappears;
// addresses are links without brackets round them; [[name]] links to the code, theme or document of that name.
// HTML is words like others and images are their text. Links lead to http, https and mailto. The elements are p, br, h4 to
// h6, ul, ol, li, blockquote, pre, code, strong, em, hr, a and span; the attributes href, rel, title, class and, of ol, start.
func Markdown(words string, names Names, say *i18n.Printer) MemoHTML {
	if contrived(words) {
		return MemoHTML("<p>" + strings.ReplaceAll(html.EscapeString(words), "\n", "<br>\n") + "</p>")
	}
	source := []byte(words)
	doc := memoParser.Parse(text.NewReader(source))
	var out bytes.Buffer
	w := &memoWriter{Writer: bufio.NewWriter(&out), source: source, names: names, say: say, under: 3}
	w.rank(doc)
	w.children(doc, 0)
	_ = w.Flush() // into a buffer
	return MemoHTML(strings.TrimSuffix(out.String(), "\n"))
}

// contrived tells words that nobody writes, and that would take seconds: rows that open dozens of quotes and lists in each
// other, thousands of brackets. Both cost the square of their number.
func contrived(words string) bool {
	if strings.Count(words, "[") > 1000 {
		return true
	}
	for row := range strings.Lines(words) {
		opens := 0
		for i := 0; i < len(row) && strings.IndexByte(" \t>-+*.)0123456789", row[i]) >= 0; i++ {
			switch row[i] {
			case '>':
				opens++
			case '-', '+', '*', '.', ')':
				if i+1 < len(row) && (row[i+1] == ' ' || row[i+1] == '\t') {
					opens++
				}
			}
		}
		if opens > 30 {
			return true
		}
	}
	return false
}

// memoParser knows no HTML and no reference definitions.
var memoParser = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(nameParser{}, 150),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
	),
)

// named is [[name]] in the tree of a memo.
type named struct {
	ast.BaseInline
	name string
}

var kindNamed = ast.NewNodeKind("Named")

func (n *named) Kind() ast.NodeKind            { return kindNamed }
func (n *named) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

type nameParser struct{}

func (nameParser) Trigger() []byte { return []byte{'['} }

func (nameParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("[[")) {
		return nil
	}
	rest := line[2:min(len(line), 2+memoName)]
	stop := bytes.Index(rest, []byte("]]"))
	if stop < 0 {
		return nil
	}
	// A name may end with a bracket that it has opened.
	for stop+2 < len(rest) && rest[stop+2] == ']' && bytes.Count(rest[:stop], []byte("[")) > bytes.Count(rest[:stop], []byte("]")) {
		stop++
	}
	name := strings.TrimSpace(string(rest[:stop]))
	if name == "" {
		return nil
	}
	block.Advance(2 + stop + 2)
	return &named{name: name}
}

type memoWriter struct {
	*bufio.Writer
	source []byte
	names  Names
	say    *i18n.Printer
	ranks  [7]int // by level as typed: which of the levels that occur it is, from 1
	under  int    // level of the heading before
	linked bool   // inside a link, where no other can be
}

func (w *memoWriter) put(s string) { _, _ = w.WriteString(s) }

func (w *memoWriter) escaped(s string) { w.put(html.EscapeString(s)) }

// rank finds the levels of headings that occur, so that a memo which begins with ### begins like any other.
func (w *memoWriter) rank(doc ast.Node) {
	// Headings stand in quotes and lists, too, but not in each other.
	for n, up := doc.FirstChild(), []ast.Node(nil); n != nil || len(up) > 0; {
		if n == nil {
			n, up = up[len(up)-1], up[:len(up)-1]
			continue
		}
		if h, ok := n.(*ast.Heading); ok {
			w.ranks[h.Level] = 1
		}
		next := n.NextSibling()
		if n.Type() == ast.TypeBlock && n.FirstChild() != nil {
			if next != nil {
				up = append(up, next)
			}
			next = n.FirstChild()
		}
		n = next
	}
	seen := 0
	for i, there := range w.ranks {
		if there > 0 {
			seen++
			w.ranks[i] = seen
		}
	}
}

func (w *memoWriter) children(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c, depth)
	}
}

// within writes an element and what is in it.
func (w *memoWriter) within(open, shut string, n ast.Node, depth int) {
	w.put(open)
	w.children(n, depth)
	w.put(shut)
}

func (w *memoWriter) node(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Paragraph:
		w.within("<p>", "</p>\n", n, depth)
	case *ast.TextBlock:
		if depth > memoDepth { // its list is not there
			w.within("<p>", "</p>\n", n, depth)
		} else {
			w.children(n, depth)
		}
	case *ast.Heading:
		// None is skipped on the way down: they follow the page's own.
		w.under = min(3+w.ranks[n.Level], w.under+1, 6)
		h := "h" + strconv.Itoa(w.under) + ">"
		w.within("<"+h, "</"+h+"\n", n, depth)
	case *ast.Blockquote:
		w.deeper("<blockquote>", "</blockquote>\n", n, depth)
	case *ast.List:
		open, shut := "<ul>", "</ul>\n"
		if n.IsOrdered() {
			open, shut = "<ol>", "</ol>\n"
			if n.Start != 1 {
				open = `<ol start="` + strconv.Itoa(n.Start) + `">`
			}
		}
		w.deeper(open, shut, n, depth)
	case *ast.ListItem:
		if depth > memoDepth {
			w.children(n, depth)
		} else {
			w.within("<li>", "</li>\n", n, depth)
		}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.put("<pre><code>")
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			w.escaped(string(line.Value(w.source)))
		}
		w.put("</code></pre>\n")
	case *ast.ThematicBreak:
		w.put("<hr>\n")
	case *ast.Text:
		if n.IsRaw() {
			render.DefaultWriter.RawWrite(w, n.Segment.Value(w.source))
		} else {
			render.DefaultWriter.Write(w, n.Segment.Value(w.source))
		}
		if n.SoftLineBreak() || n.HardLineBreak() {
			w.put("<br>\n")
		}
	case *ast.String:
		w.escaped(string(n.Value))
	case *ast.CodeSpan:
		w.put("<code>")
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if t, ok := c.(*ast.Text); ok {
				w.escaped(strings.ReplaceAll(string(t.Segment.Value(w.source)), "\n", " "))
			}
		}
		w.put("</code>")
	case *ast.Emphasis:
		if n.Level == 2 {
			w.within("<strong>", "</strong>", n, depth)
		} else {
			w.within("<em>", "</em>", n, depth)
		}
	case *ast.Link:
		w.link(string(util.URLEscape(n.Destination, true)), "", n, depth)
	case *ast.AutoLink:
		address := string(util.URLEscape(n.URL(w.source), false))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
			address = "mailto:" + address
		}
		w.link(address, string(n.Label(w.source)), n, depth)
	case *ast.Image:
		if n.FirstChild() == nil {
			w.escaped(string(n.Destination))
		}
		w.children(n, depth)
	case *named:
		w.name(n.name)
	default:
		w.children(n, depth)
	}
}

// deeper writes a container, or where there are too many in each other only what is in it.
func (w *memoWriter) deeper(open, shut string, n ast.Node, depth int) {
	if depth >= memoDepth {
		w.children(n, memoDepth+1)
		return
	}
	w.within(open, shut, n, depth+1)
}

// link writes a link around label, or around the words in n. An address that may not be followed stands behind in brackets.
func (w *memoWriter) link(address, label string, n ast.Node, depth int) {
	inside := func() {
		if label != "" {
			w.escaped(label)
		} else {
			w.children(n, depth)
		}
	}
	switch {
	case w.linked:
		inside()
	case !followed(address):
		inside()
		if label == "" && address != "" {
			w.put(" (")
			w.escaped(address)
			w.put(")")
		}
	default:
		w.put(`<a href="`)
		w.escaped(address)
		w.put(`" rel="noreferrer" title="`)
		w.escaped(address)
		w.put(`">`)
		w.linked = true
		inside()
		w.linked = false
		w.put("</a>")
	}
}

// followed tells whether a link may lead to an address.
func followed(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme { // in lower case
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return u.Opaque != ""
	}
	return false
}

func (w *memoWriter) name(name string) {
	to, ok := w.names(name)
	switch {
	case ok && w.linked:
		w.escaped(to.Shown)
	case ok:
		w.put(`<a class="memo-name" href="`)
		w.escaped(to.Href)
		if to.Title != "" {
			w.put(`" title="`)
			w.escaped(to.Title)
		}
		w.put(`">`)
		w.escaped(to.Shown)
		w.put("</a>")
	default:
		w.put(`<span class="memo-nobody" title="`)
		w.escaped(w.say.T("memo.nobody", "name", name))
		w.put(`">`)
		w.escaped(name)
		w.put("</span>")
	}
}

// memoField is what a field for a memo's words carries, so that the script can offer names in it.
func memoField(c Chrome, project int) templ.Attributes {
	return templ.Attributes{"data-memo": inProject(project, "names.json"), "data-names": c.T("surface.memo.names"), "data-found": c.T("surface.memo.names.found", "n", "{n}"),
		"data-code": c.T("surface.memo.names.code"), "data-theme": c.T("surface.memo.names.theme"), "data-document": c.T("surface.memo.names.document")}
}
