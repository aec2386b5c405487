package lint

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// forbidden is what the content-security policy would refuse at run time, or
// what would write text on a page without escaping it.
var forbidden = []struct {
	what string
	re   *regexp.Regexp
}{
	{"a style attribute", regexp.MustCompile("(?i)[\\s\"'}]style\\s*\\??=\\s*[\"'`{]")},
	{"a style attribute", regexp.MustCompile(`"style"\s*:`)},
	{"an on… attribute", regexp.MustCompile("(?i)[\\s\"'}]on[a-z]+\\s*\\??=\\s*[\"'`{]")},
	{"an on… attribute", regexp.MustCompile(`"on[a-z]+"\s*:`)},
	{"hx-on", regexp.MustCompile(`(?i)\bhx-on\b`)},
	{"a script in an attribute", regexp.MustCompile(`(?i)["'\x60{]\s*(js|javascript):`)},
	{"text that is not escaped", regexp.MustCompile(`\btempl\.Raw\b`)},
	{"a style or script of templ's own", regexp.MustCompile(`\btempl\.(SafeCSS|SafeCSSProperty|SafeScript|SafeScriptInline|JSFuncCall|JSUnsafeFuncCall|JSExpression|ComponentScript|ComponentCSSClass)\b`)},
	{"a style or script of templ's own", regexp.MustCompile(`(?m)^(css|script)\s+\w+\s*\(`)},
	{"a style element", regexp.MustCompile(`(?i)<style\b`)},
}

// escaped are the only places that write HTML of their own making, and why they may.
var escaped = map[string][]string{
	"web/page/coding.templ": {
		"@templ.Raw(said(part.Words))", // html.EscapeString, and carriage returns as numbers, which templ would lose
		"@templ.Raw(p.data(say))",      // json.Marshal writes <, > and & as numbers
	},
	"web/page/print.templ": {
		"@templ.Raw(marked(runs))", // as said, around each run; templ would put spaces between marks
	},
	"web/page/node.templ": {
		"@templ.Raw(string(words))", // a MemoHTML, which Markdown alone makes
	},
	"web/page/preview.templ": {
		"@templ.Raw(pieces(t.Pieces))", // templ.EscapeString around each; templ would put spaces between marks
	},
	"web/page/sort.templ": {
		"@templ.Raw(v.data(c))", // json.Marshal writes <, > and & as numbers
	},
}

var scriptTag = regexp.MustCompile(`(?is)<script\b([^>]*)>(.*?)</script`)

// template complains about one template, or about Go code that writes pages.
func template(f file) []string {
	for _, fine := range escaped[f.path] {
		f.text = strings.ReplaceAll(f.text, fine, strings.Repeat(" ", len(fine)))
	}
	var out []string
	at := func(i int) string { return fmt.Sprintf("%s:%d", f.path, 1+strings.Count(f.text[:i], "\n")) }
	for _, rule := range forbidden {
		for _, m := range rule.re.FindAllStringIndex(f.text, -1) {
			i := m[0]
			if f.text[i] == '\n' {
				i++
			}
			out = append(out, fmt.Sprintf("%s: %s", at(i), rule.what))
		}
	}
	for _, m := range scriptTag.FindAllStringSubmatchIndex(f.text, -1) {
		tag, body := f.text[m[2]:m[3]], f.text[m[4]:m[5]]
		data := strings.Contains(tag, `type="application/json"`)
		switch {
		case strings.Contains(tag, "src=") && strings.TrimSpace(body) == "":
		case data && !strings.Contains(tag, "src="):
		default:
			out = append(out, fmt.Sprintf("%s: an inline script", at(m[0])))
		}
	}
	return out
}

func TestTemplates(t *testing.T) {
	for _, f := range walk(t, []string{".templ", ".html"}, "web", "internal", "cmd") {
		report(t, template(f))
	}
	for _, f := range walk(t, []string{".go"}, "web", "internal/server") {
		if strings.Contains(f.text, "templ.Raw") && !f.test() && !f.generated() {
			t.Errorf("%s: text that is not escaped", f.path)
		}
	}
}

func TestTemplatesFinds(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"a style", `<p class="a" style="color: red">`, "style attribute"},
		{"a computed style", `<p style={ x }>`, "style attribute"},
		{"a style on its own row", "<p\n\tstyle=\"x\"\n>", ":2: a style attribute"},
		{"a style in a map", `templ.Attributes{"style": x}`, "style attribute"},
		{"a handler", `<button onclick="x()">`, "on… attribute"},
		{"a computed handler", `<button onClick={ f() }>`, "on… attribute"},
		{"a conditional handler", `<button onclick?={ yes }>`, "on… attribute"},
		{"a handler in a map", `templ.Attributes{"oninput": x}`, "on… attribute"},
		{"hx-on", `<p hx-on:click="x">`, "hx-on"},
		{"hx-on with two colons", `<p hx-on::after-swap="x">`, "hx-on"},
		{"js:", `<p hx-vals="js:{a: 1}">`, "script in an attribute"},
		{"javascript:", `<a href="javascript:void(0)">`, "script in an attribute"},
		{"raw", `@templ.Raw(x)`, "not escaped"},
		{"a style element", "<style>\np{}</style>", "style element"},
		{"a css component", "css red() {\n}", "templ's own"},
		{"a script component", "script go(x string) {\n}", "templ's own"},
		{"an inline script", `<script>alert(1)</script>`, "inline script"},
		{"an inline module", `<script type="module">import "x"</script>`, "inline script"},
		{"a script with both", `<script src="/x.js">alert(1)</script>`, "inline script"},
		{"a script file", `<script type="module" src={ x }></script>`, ""},
		{"data", `<script type="application/json" id="d">{ x }</script>`, ""},
		{"things that only look like it", `<p class="style" data-style="x" data-once="on">one = "x" json: only=3</p>`, ""},
	} {
		proves(t, c.what, c.want, template(file{"web/page/a.templ", c.text}))
	}
	proves(t, "an exception elsewhere", "not escaped", template(file{"web/page/a.templ", "@templ.Raw(said(part.Words))"}))
	proves(t, "another use in the same file", "not escaped", template(file{"web/page/coding.templ", "@templ.Raw(said(part.Words)) @templ.Raw(x)"}))
}
