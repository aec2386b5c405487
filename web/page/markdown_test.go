package page

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"anyam/internal/i18n"
)

// people knows two names.
func people(name string) (Leads, bool) {
	switch name {
	case "Trust":
		return Leads{Href: "/projects/1/nodes/2", Shown: "Trust", Title: "Code “Trust”"}, true
	case `a "b" <c>`:
		return Leads{Href: "/projects/1/nodes/3", Shown: name, Title: name}, true
	case "P04#t44":
		return Leads{Href: "/projects/1/documents/4#t44", Shown: "P04, turn 44"}, true
	}
	return Leads{}, false
}

func TestMarkdown(t *testing.T) {
	say := i18n.New("en", "UTC")
	for _, c := range []struct{ what, words, want string }{
		{"words", "Words", `<p>Words</p>`},
		{"a line break", "one\ntwo", "<p>one<br>\ntwo</p>"},
		{"two paragraphs", "one\n\ntwo", "<p>one</p>\n<p>two</p>"},
		{"bold, italics, code", "**b** *i* `c < d`", `<p><strong>b</strong> <em>i</em> <code>c &lt; d</code></p>`},
		{"a list", "- one\n- two\n  - three", "<ul><li>one</li>\n<li>two<ul><li>three</li>\n</ul>\n</li>\n</ul>"},
		{"a list of paragraphs", "- one\n\n- two", "<ul><li><p>one</p>\n</li>\n<li><p>two</p>\n</li>\n</ul>"},
		{"a numbered list", "3. three\n4. four", "<ol start=\"3\"><li>three</li>\n<li>four</li>\n</ol>"},
		{"a quote", "> said", "<blockquote><p>said</p>\n</blockquote>"},
		{"code", "```go\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"},
		{"a break", "one\n\n***\n\ntwo", "<p>one</p>\n<hr>\n<p>two</p>"},
		{"headings", "# A\n## B\n# C", "<h4>A</h4>\n<h5>B</h5>\n<h4>C</h4>"},
		{"headings that begin deep", "### A\n##### B", "<h4>A</h4>\n<h5>B</h5>"},
		{"headings in disorder", "### A\n# B\n### C", "<h4>A</h4>\n<h4>B</h4>\n<h5>C</h5>"},
		{"a heading in a quote", "> ## A", "<blockquote><h4>A</h4>\n</blockquote>"},
		{"a link", "[a](https://example.org/x?a=1&b=2)", `<p><a href="https://example.org/x?a=1&amp;b=2" rel="noreferrer" title="https://example.org/x?a=1&amp;b=2">a</a></p>`},
		{"an address", "see https://example.org/a.", `<p>see <a href="https://example.org/a" rel="noreferrer" title="https://example.org/a">https://example.org/a</a>.</p>`},
		{"an address in brackets", "<https://example.org>", `<p><a href="https://example.org" rel="noreferrer" title="https://example.org">https://example.org</a></p>`},
		{"a mail address", "<sari@example.org>", `<p><a href="mailto:sari@example.org" rel="noreferrer" title="mailto:sari@example.org">sari@example.org</a></p>`},
		{"an image", "![a boat](https://example.org/b.png)", `<p>a boat</p>`},
		{"an image without words", "![](b.png)", `<p>b.png</p>`},
		{"a definition is words", "[P04]: said so", `<p>[P04]: said so</p>`},
		{"entities", "a &amp; b &lt;script&gt;", `<p>a &amp; b &lt;script&gt;</p>`},

		{"a name", "as in [[Trust]].", `<p>as in <a class="memo-name" href="/projects/1/nodes/2" title="Code “Trust”">Trust</a>.</p>`},
		{"a turn", "[[P04#t44]]", `<p><a class="memo-name" href="/projects/1/documents/4#t44">P04, turn 44</a></p>`},
		{"a name nobody has", "[[Nobody]]", `<p><span class="memo-nobody" title="No code, theme or document is called “Nobody”">Nobody</span></p>`},
		{"a name with signs", `[[a "b" <c>]]`, `<p><a class="memo-name" href="/projects/1/nodes/3" title="a &#34;b&#34; &lt;c&gt;">a &#34;b&#34; &lt;c&gt;</a></p>`},
		{"a name that ends with a bracket", "[[x [y]]]", `<p><span class="memo-nobody" title="No code, theme or document is called “x [y]”">x [y]</span></p>`},
		{"no name", "[[ ]] and [[\nTrust]]", "<p>[[ ]] and [[<br>\nTrust]]</p>"},
		{"a name in bold", "**[[Trust]]**", `<p><strong><a class="memo-name" href="/projects/1/nodes/2" title="Code “Trust”">Trust</a></strong></p>`},
		{"a name in code", "`[[Trust]]`", `<p><code>[[Trust]]</code></p>`},
		{"a name kept from being one", `\[[Trust]]`, `<p>[[Trust]]</p>`},
		{"a name in a link", "[see [[Trust]]](https://example.org)", `<p><a href="https://example.org" rel="noreferrer" title="https://example.org">see Trust</a></p>`},

		{"a script", "<script>alert(1)</script>", `<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>`},
		{"an element in words", `a <b onclick="x()">b</b>`, `<p>a &lt;b onclick=&quot;x()&quot;&gt;b&lt;/b&gt;</p>`},
		{"a comment", "<!-- a -->", `<p>&lt;!-- a --&gt;</p>`},
		{"a script in a link", "[a](javascript:alert(1))", `<p>a (javascript:alert(1))</p>`},
		{"a script in a link, disguised", "[a](JaVaScRiPt&colon;alert(1))", `<p>a (JaVaScRiPt:alert(1))</p>`},
		{"a script behind a tab", "[a](<java\tscript:alert(1)>)", `<p>a (java%09script:alert(1))</p>`},
		{"data in a link", "[a](data:text/html,x)", `<p>a (data:text/html,x)</p>`},
		{"a script in brackets", "<javascript:alert(1)>", `<p>javascript:alert(1)</p>`},
		{"a relative link", "[a](/account)", `<p>a (/account)</p>`},
		{"a host alone", "[a](//example.org)", `<p>a (//example.org)</p>`},
		{"a quote in a link", `[a](https://example.org/"onclick="x)`, `<p><a href="https://example.org/%22onclick=%22x" rel="noreferrer" title="https://example.org/%22onclick=%22x">a</a></p>`},
		{"a quote in a title", `[a](https://example.org '"><script>')`, `<p><a href="https://example.org" rel="noreferrer" title="https://example.org">a</a></p>`},
		{"a name that is a script", `[["><script>alert(1)</script>]]`, `<p><span class="memo-nobody" title="No code, theme or document is called “&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;”">&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</span></p>`},
	} {
		if got := string(Markdown(c.words, people, say)); got != c.want {
			t.Errorf("%s: %q\n is %s\nnot %s", c.what, c.words, got, c.want)
		}
		if err := sound(string(Markdown(c.words, people, say))); err != "" {
			t.Errorf("%s: %s", c.what, err)
		}
	}
	if got := string(Markdown("[[Nama]]", people, i18n.New("id", "UTC"))); !strings.Contains(got, "Tidak ada kode") {
		t.Errorf("in Indonesian it is %s", got)
	}
}

// elements and the attributes each may have.
var elements = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "h4": nil, "h5": nil, "h6": nil, "ul": nil, "ol": {"start"}, "li": nil, "blockquote": nil, "pre": nil, "code": nil,
	"strong": nil, "em": nil, "a": {"href", "rel", "title", "class"}, "span": {"class", "title"},
}

var allDigits = regexp.MustCompile(`^\d+$`)

// sound says what is wrong with the HTML of a memo: an element or attribute it may not have, one that is not closed, one too deep.
func sound(out string) string {
	z := html.NewTokenizer(strings.NewReader(out))
	var open []string
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				return "not closed: " + strings.Join(open, " ")
			}
			return ""
		case html.StartTagToken:
			k := z.Token()
			may, there := elements[k.Data]
			if !there {
				return "an element " + k.Data
			}
			for _, a := range k.Attr {
				switch {
				case !slices.Contains(may, a.Key):
					return k.Data + " has " + a.Key
				case a.Key == "href" && !regexp.MustCompile(`^(https?://|mailto:|/projects/)`).MatchString(a.Val):
					return "a link to " + a.Val
				case a.Key == "start" && !allDigits.MatchString(a.Val):
					return "a list from " + a.Val
				}
			}
			if k.Data == "a" && slices.Contains(open, "a") {
				return "a link in a link"
			}
			if k.Data == "p" && slices.Contains(open, "p") {
				return "a paragraph in a paragraph"
			}
			if k.Data != "br" && k.Data != "hr" {
				open = append(open, k.Data)
			}
			if len(open) > 60 {
				return "too deep"
			}
		case html.EndTagToken:
			k := z.Token()
			if len(open) == 0 || open[len(open)-1] != k.Data {
				return "closed out of order: " + k.Data
			}
			open = open[:len(open)-1]
		case html.TextToken:
		default:
			return "a " + kind.String()
		}
	}
}

const memoMost = 20_000 // code points, as the engine allows

// memoPatience is how long a memo may take, with the race detector and much else going on, too; alone it is a tenth of a second.
const memoPatience = 3 * time.Second

func TestMarkdownOfMuch(t *testing.T) {
	say := i18n.New("en", "UTC")
	for _, piece := range []string{">", "> ", "- ", "1. ", "  - a\n", "[", "[[", "]]", "[[a]]", "![", "[a](", "*", "**a ", "_a", "`", "``a", "<", "<a", "&", "#", "# a\n", "```\n", "~~~", "> - ", "\\", "a\n", "http://a.b ", "a@b.c ", "<http://", "((((", "***a** b* ", "\t", "x\n===\n", "|", "- a\n\n"} {
		for _, words := range []string{strings.Repeat(piece, memoMost/len(piece)), stairs(piece)} {
			begun := time.Now()
			out := string(Markdown(words, people, say))
			if d := time.Since(begun); d > memoPatience {
				t.Errorf("%q again and again takes %v", piece, d)
			}
			if err := sound(out); err != "" {
				t.Errorf("%q again and again: %s", piece, err)
			}
		}
	}
}

// stairs begins each row with one piece more than the row before.
func stairs(piece string) string {
	var b strings.Builder
	for n := 1; b.Len() < memoMost; n++ {
		b.WriteString(strings.Repeat(piece, n) + "a\n")
	}
	return b.String()[:memoMost]
}

func TestMarkdownOfAnything(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	say := i18n.New("en", "UTC")
	pieces := []string{"> ", "- ", "1. ", "    ", "\n", "\n\n", "[", "]", "[[", "]]", "(", ")", "!", "*", "**", "_", "`", "```\n", "<", ">", "<script>", "javascript:", "https://a.b/", "&lt;", "#", "# ", "\\", "a", "Trust", "\"", "'", "=\n", "---\n", "\t", "<!--", "é", "\r"}
	for range 3000 {
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if err := sound(string(Markdown(b.String(), people, say))); err != "" {
			t.Fatalf("%q: %s", b.String(), err)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"**a** [[Trust]] [[x]]", "- a\n  > b\n\n# c", "<script>alert(1)</script>", "[a](javascript:b) ![c](d)", "```\na\n", "1. a\n\n2. b", "[a [[Trust]]](http://x.y)", "http://a.b a@b.c <m@n.o>"} {
		f.Add(s)
	}
	say := i18n.New("en", "UTC")
	f.Fuzz(func(t *testing.T, words string) {
		if len(words) > memoMost {
			words = words[:memoMost]
		}
		begun := time.Now()
		out := string(Markdown(words, people, say))
		if d := time.Since(begun); d > memoPatience {
			t.Errorf("it takes %v", d)
		}
		if err := sound(out); err != "" {
			t.Error(err, out)
		}
		if strings.Contains(strings.ToLower(out), "<script") {
			t.Error("a script", out)
		}
	})
}
