package exchange

import (
	"fmt"
	"strings"
	"testing"
)

func notesOf(r *Reading) string {
	var out []string
	for _, n := range r.Notes {
		out = append(out, fmt.Sprintf("%s %d", strings.TrimPrefix(n.Key, "reading.note."), n.N))
	}
	return strings.Join(out, ", ")
}

func TestOdt(t *testing.T) {
	for _, c := range []struct{ what, body, want, notes string }{
		{"white space", "<text:p>  a \n\t b<text:s text:c=\"2\"/> c<text:tab/> d </text:p>", "|a b   c\t d", ""},
		{"break, span, link that shows its address", `<text:p>a<text:line-break/> <text:span>b</text:span> <text:a xlink:href="https://a.example/">a.example</text:a></text:p>`, "|a⏎b a.example", ""},
		{"heading, index, its template", `<text:table-of-content><text:table-of-content-source><text:index-title-template>X</text:index-title-template></text:table-of-content-source><text:index-body><text:p>a</text:p></text:index-body></text:table-of-content><text:h>b</text:h>`, "|a\n|b", ""},
		{"lists within lists, without marks", `<text:list text:style-name="N"><text:list-header><text:p>a</text:p></text:list-header><text:list-item><text:p>b</text:p><text:p>c</text:p></text:list-item><text:list-item text:start-value="7"><text:p>d</text:p></text:list-item></text:list>`, "|a\n|(a) b\n|c\n|(g) d", "listmarks 2"},
		{"an unknown list", `<text:list text:style-name="?"><text:list-item><text:p>b</text:p></text:list-item></text:list>`, "|b", "numbering 1"},
		{"a list before labels", `<text:list text:style-name="N"><text:list-item><text:p>RY: b?</text:p></text:list-item><text:list-item><text:p>P1: c</text:p></text:list-item><text:list-item><text:p>RY: d?</text:p></text:list-item><text:list-item><text:p>P1: e</text:p></text:list-item></text:list>`, "RY|b?\nP1|c\nRY|d?\nP1|e", "numbering 4"},
		{"note inside a table, list inside a note", `<table:table><table:table-row><table:table-cell><text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:list text:style-name="N"><text:list-item><text:p>b</text:p></text:list-item></text:list></text:note-body></text:note></text:p></table:table-cell></table:table-row></table:table>`, "|a[1]\n|(a) [1] b", "footnotes 1, tables 1, listmarks 1"},
		{"hidden words", `<text:p>a<text:span text:style-name="V">X<text:s/>Y<text:note><text:note-citation>1</text:note-citation></text:note></text:span><text:span text:style-name="V2">Z<text:span text:style-name="S">b</text:span></text:span></text:p><text:p text:style-name="VP">X</text:p><text:section text:display="none"><text:p>X</text:p></text:section><text:p>X<text:hidden-paragraph text:is-hidden="true"/></text:p><text:p>c<text:hidden-text text:is-hidden="true">X</text:hidden-text><text:hidden-text text:is-hidden="false">d</text:hidden-text></text:p>`, "|ab\n|cd", "hidden 4"},
		{"a remark on hidden words", `<text:p>a<text:span text:style-name="V"><office:annotation><text:p>q</text:p></office:annotation>X</text:span></text:p>`, "|a", "comments 1, hidden 1"},
		{"what a program adds", `<text:p>a <x:control xmlns:x="urn:x">b <x:box>☒</x:box></x:control> c<draw:custom-shape>Q<text:p>d</text:p></draw:custom-shape></text:p>`, "|a b ☒ c\n|d", ""},
		{"headings", `<text:p>RY: Apa?</text:p><text:p>P1: Ini.</text:p><text:h>dua</text:h><text:p>Gudang.</text:p><text:p>RY: Ya?</text:p><text:h>P1: Ya.</text:h><text:p>Itu.</text:p>`, "RY|Apa?\nP1|Ini.\n|dua\n|Gudang.\nRY|Ya?\nP1|Ya.⏎Itu.", ""},
		{"titles", `<text:p text:style-name="Title">satu</text:p><text:p>RY: Apa?</text:p><text:p>P1: Ini.</text:p><text:p text:style-name="P2">dua</text:p><text:p>Gudang.</text:p><text:p>RY: Ya?</text:p><text:p>P1: Ya.</text:p><text:p text:style-name="P3">tiga</text:p><text:p>Itu.</text:p><text:p text:style-name="P4">P1: Ya.</text:p><text:p text:style-name="P4">Lalu.</text:p>`,
			"|satu\nRY|Apa?\nP1|Ini.\n|dua\n|Gudang.\nRY|Ya?\nP1|Ya.\n|tiga\n|Itu.\nP1|Ya.⏎Lalu.", ""},
		{"a formula beside its picture", `<text:p>a<draw:frame><draw:object/><draw:image/></draw:frame></text:p>`, "|a", "objects 1"},
	} {
		list := `<text:list-style style:name="N"><text:list-level-style-number text:level="1" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/></text:list-style>`
		list += `<style:style style:name="V2" style:family="text" style:parent-style-name="V"/><style:style style:name="V" style:family="text"><style:text-properties text:display="none"/></style:style>` +
			`<style:style style:name="S" style:family="text"><style:text-properties text:display="true"/></style:style><style:style style:name="VP" style:family="paragraph"><style:text-properties text:display="none"/></style:style>` +
			`<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Mine"/><style:style style:name="Mine" style:family="paragraph" style:parent-style-name="Title"/><style:style style:name="Title" style:family="paragraph" style:parent-style-name="Heading"/>` +
			`<style:style style:name="P3" style:family="paragraph" style:parent-style-name="Subtitle"/><style:style style:name="P4" style:family="paragraph" style:parent-style-name="Text_20_body"/><style:style style:name="P4" style:family="text" style:parent-style-name="Title"/>`
		data := odtOf(t, c.body, "styles.xml", `<office:document-styles `+odfNS+`><office:styles>`+list+`</office:styles><office:master-styles><style:master-page><style:footer><text:p/></style:footer></style:master-page></office:master-styles></office:document-styles>`)
		r := mustRead(t, "a.odt", data, Options{})
		if got := turnsOf(r); got != c.want || notesOf(r) != c.notes {
			t.Errorf("%s: got %q (%s), want %q (%s)", c.what, got, notesOf(r), c.want, c.notes)
		}
	}
	// Told by its bytes, whatever the name says; and in one XML file.
	if r := mustRead(t, "a.docx", odtOf(t, "<text:p>a</text:p>"), Options{}); r.Format != "odt" {
		t.Errorf("an odt called docx is %s", r.Format)
	}
	if r := mustRead(t, "a.fodt", []byte(`<?xml version="1.0"?><office:document `+odfNS+`><office:body><office:text><text:p>a</text:p></office:text></office:body></office:document>`), Options{}); r.Format != "odt" || r.Text() != "a" {
		t.Errorf("a flat odt is %s: %q", r.Format, r.Text())
	}
}

func TestRtf(t *testing.T) {
	const head = `{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}{\f3\fcharset2 D;}{\f4\fnil\fcharset1\cpg1253 E;}}`
	for _, c := range []struct{ what, in, want, notes string }{
		{"code page of the file", `{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\par}`, "|При", ""},
		{"Macintosh, PC", `{\rtf1\mac caf\'8e}`, "|café", ""},
		{"code page 850", `{\rtf1\pca caf\'82}`, "|café", ""},
		{"UTF-8 as WordPad's heirs write it", "{\\rtf1\\ansi\\ansicpg65001 caf\xc3\xa9}", "|café", ""},
		{"fonts' character sets", head + `\f1 \'cf\f0 \'e9\f2 \'83A\'83\'6e\f4 \'e1\plain \'e9}`, "|Пéアハαé", ""},
		{"a font of symbols", head + `a{\f3\'b7\'41\'f0}b}`, "|a•Ab", "symbols 1"},
		{"UTF-16, stand-ins", head + `\u233?\uc2\u8364 EU\uc0\u233 x\uc1\u-10179?\u-8985?\u233\'e9 y}`, "|é€éx\U0001F4E7é y", ""},
		{"half a pair", head + `a\u-10179?b\u-8985?c}`, "|a\uFFFDb\uFFFDc", "undecoded 2"},
		{"a stand-in is a control word, a group ends it", head + `a\u233\tab b{\uc1\u233}c}`, "|aébéc", ""},
		{"binary data", head + `a{\pict\bin5 }}}}}}b\par}`, "|ab", "images 1"},
		{"both ways", head + `{\upr{?}{\*\ud{\u233}}} a}`, "|é a", ""},
		{"unknown destinations, info, styles", head + `{\*\klingon x{y}}{\info{\author z}}{\stylesheet{\s0 Normal;}}{\*\bkmkstart q}a}`, "|a", ""},
		{"signs", head + `\ldblquote a\rdblquote\emdash\~\_\{\}\\\-b\line c\tab d\` + "\n" + `e}`, "|“a”—\u00a0\u2011{}\\b⏎c\td\n|e", ""},
		{"a deleted end of a paragraph joins", head + `a{\deleted x\par}b\par c}`, "|ab\n|c", "deletions 1"},
		{"header, link, table, merged rows", head + `{\header\pard h\par}{\field{\*\fldinst HYPERLINK "https://a.example/x"}{\fldrslt https://a.example/x}}\par\trowd\intbl a\cell b\cell\row\intbl c\cell\row\pard d\par}`, "|https://a.example/x\n|a\n|b\n|c\n|d", "tables 1, headers 1"},
		{"hidden words", head + `a{\v X{\b Y}\tab\u233?}b\v Z\v0 c\v Z\plain d\par}`, "|abcd", "hidden 3"},
		{"headings", head + `RY: Apa?\par P1: Ini.\par\pard\outlinelevel1 dua\par\pard Gudang.\par RY: Ya?\par\pard\outlinelevel9 Oh.\par P1: Ya.\par}`, "RY|Apa?\nP1|Ini.\n|dua\n|Gudang.\nRY|Ya?⏎Oh.\nP1|Ya.", ""},
		{"headings by names of styles", head + `{\stylesheet{\s0\snext0 Normal;}{\s1\sbasedon15\snext0{\ltrch} heading 1;}{\s2 \'dcberschrift 2;}{\s3 Judul 3;}{\s4\sbasedon1 Mine;}{\s5\outlinelevel0 Chapter;}{\s6\sbasedon5\outlinelevel9 Body;}{\s7\sbasedon0 Title;}{\s8 Heading;}{\*\cs9{\*\x y} heading 1;}}RY: Apa?\par P1: Ini.\par` +
			`\pard\plain\s1 satu\par\pard\s2 dua\par\pard\s3 tiga\par\pard\s4 empat\par\pard\s5 lima\par\pard\s7 tujuh\par\pard\s0 Gudang.\par RY: Ya?\par\pard\s6 Oh.\par\pard\s8 Eh.\par\pard\s0 P1: Ya.\par}`,
			"RY|Apa?\nP1|Ini.\n|satu\n|dua\n|tiga\n|empat\n|lima\n|tujuh\n|Gudang.\nRY|Ya?⏎Oh.⏎Eh.\nP1|Ya.", ""},
		{"field of a page, empty group, text after the end", head + `a {\field{\*\fldinst PAGE}{\fldrslt 7}}{}\par} b`, "|a 7", "skipped 1"},
		{"labels", head + `{\b RY:} Apa?\par P1: Ini.\par RY: Ya?\par P1: Ya.}`, "RY|Apa?\nP1|Ini.\nRY|Ya?\nP1|Ya.", ""},
	} {
		r, err := Read("a.rtf", []byte(c.in), Options{})
		if err != nil {
			t.Errorf("%s: %v (%v)", c.what, err, err.(*BadFile).cause)
			continue
		}
		if got := turnsOf(r); got != c.want || notesOf(r) != c.notes || r.check() != nil {
			t.Errorf("%s: got %q (%s), want %q (%s) %v", c.what, got, notesOf(r), c.want, c.notes, r.check())
		}
	}
}

func TestHTML(t *testing.T) {
	for _, c := range []struct{ what, in, want, notes string }{
		{"blocks and white space", "<html><body>a\n  b<p>c<b> d</b><div>e</div>f<br>g<hr>h<pre>\ni\n  j</pre>", "|a b\n|c d\n|e\n|f⏎g\n|h\n|i⏎  j", ""},
		{"scripts, styles, comments, pictures", "<!doctype html><title>T</title><script>var x = '<p>no</p>'</script><style>a{}</style><!-- c --><p>a<img alt=x><svg><text>s</text></svg><noscript>n</noscript>b", "|ab", "images 2, scripts 3, hidden 1, mdcomments 1"},
		{"lists", "<html><ol type=a start=3><li>a<ul><li>b</ul><li value=9><p>c</ol>d", "|c. a\n|• b\n|i. c\n|d", "listmarks 3"},
		{"tables", "<html><table><caption>t<tr><th>a<td>b</table>", "|t\n|a\n|b", "tables 1"},
		{"entities, ruby, links", `<html>&eacute;&#x1F41F;&nbsp;&lt;b&gt; <ruby>a<rp>(<rt>x<rp>)</ruby> <a href="https://a.example">a.example</a> <a href="/b">c</a>`, "|é🐟\u00a0<b> a a.example c", "links 1, ruby 1"},
		{"changes", "<html><p>a<ins>b</ins><del>c<p>d</del>e", "|ab\n|e", "deletions 1, insertions 1"},
		{"hidden elements", `<html><p>a<span style="color: red; DISPLAY : none">X<span>Y</span></span>b<i style='mso-hide:all'>X</i><br hidden>c<div style="visibility:hidden">X<div>Y</div>Z</div>d`, "|ab⏎c\n|d", "hidden 3"},
		{"hidden elements that end unsaid", "<html><div><p hidden>X<b>Y</b><p>a<p hidden>X</div>b<ul><li>c<li hidden>X<ul><li>Y</ul>Z<li>d</ul><table><tr><td>e<td hidden>X<table><tr><td>Y</table><td>f<tr hidden><td>X<tr><td>g<td hidden>X</table>h", "|a\n|b\n|• c\n|• d\n|e\n|f\n|g\n|h", "tables 1, hidden 6, listmarks 2"},
		{"what only looks hidden", `<html><body style="display:none"><p style="display:block">a<p data-style="display:none" style="mso-hide:none">b`, "|a\n|b", ""},
		{"headings", "<html><h1>satu</h1><p>RY: Apa?<p>P1: Ini.<h2>dua</h2><p>Gudang.<p>RY: Ya?<h3>P1: Ya.</h3><p>Itu.", "|satu\nRY|Apa?\nP1|Ini.\n|dua\n|Gudang.\nRY|Ya?\nP1|Ya.⏎Itu.", ""},
		{"title that stands on the page", "<html><title>Pasar pagi</title><h1>Pasar\n pagi</h1>a", "|Pasar pagi\n|a", ""},
		{"Word's conditions", "<html><!--[if gte mso 9]><xml><x>no</x></xml><![endif]--><p><![if !supportLists]>1.<![endif]> a<o:p></o:p></p>", "|1. a", ""},
		{"never closed", "<html><p>a<svg><p>b", "|a", "images 1"},
		{"labels", "<html><p><b>RY:</b> Apa?<p>P1: Ini.<p>RY: Ya?<p>P1: Ya.", "RY|Apa?\nP1|Ini.\nRY|Ya?\nP1|Ya.", ""},
	} {
		r, err := Read("a.html", []byte(c.in), Options{})
		if err != nil {
			t.Errorf("%s: %v (%v)", c.what, err, err.(*BadFile).cause)
			continue
		}
		if got := turnsOf(r); got != c.want || strings.TrimPrefix(strings.ReplaceAll(notesOf(r), "crlf 3, ", ""), "crlf 1, ") != c.notes || r.Format != "html" {
			t.Errorf("%s: got %q (%s), want %q (%s)", c.what, got, notesOf(r), c.want, c.notes)
		}
	}
	for _, c := range []struct{ what, name, in, charset string }{
		{"said by the page", "a.htm", "<html><meta charset='windows-1251'><p>\xcf\xf0\xe8\xe2\xe5\xf2", "windows-1251"},
		{"said, but it is UTF-8", "a.htm", "<html><meta charset=iso-8859-1><p>Привет", "utf-8"},
		{"with a mark, called txt", "a.txt", "\xEF\xBB\xBF<!-- x --><!DOCTYPE html><p>Привет", "utf-8"},
		{"UTF-16", "a.html", "\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00a\x00", "utf-16le"},
	} {
		r := mustRead(t, c.name, []byte(c.in), Options{})
		if r.Format != "html" || r.Charset != c.charset || strings.Contains(r.Text(), "<") {
			t.Errorf("%s: %s %s %q", c.what, r.Format, r.Charset, r.Text())
		}
	}
}

func TestDocxLists(t *testing.T) {
	item := func(num, lvl, s string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + lvl + `"/><w:numId w:val="` + num + `"/></w:numPr></w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
	}
	lvl := func(n int, format, text string) string {
		return fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/></w:lvl>`, n, format, text)
	}
	numbering := `<w:numbering ` + wordNS + `><w:abstractNum w:abstractNumId="1">` + lvl(0, "decimal", "%1.") + lvl(1, "lowerLetter", "%1.%2)") + lvl(2, "bullet", "o") + `</w:abstractNum>` +
		`<w:abstractNum w:abstractNumId="2">` + lvl(0, "upperRoman", "Bab %1") + `</w:abstractNum>` +
		`<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num><w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num></w:numbering>`
	styles := `<w:styles ` + wordNS + `><w:style w:type="paragraph" w:styleId="Judul"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Anak"><w:basedOn w:val="Judul"/></w:style></w:styles>`
	body := `<w:p><w:pPr><w:pStyle w:val="Anak"/></w:pPr><w:r><w:t>z</w:t></w:r></w:p>` + item("1", "0", "a") + item("1", "1", "b") + item("1", "1", "c") + item("1", "2", "d") + item("1", "0", "e") + item("1", "1", "f") + item("2", "0", "g") + item("0", "0", "h") + item("9", "0", "i")
	r := mustRead(t, "a.docx", docxOf(t, body, "word/numbering.xml", numbering, "word/styles.xml", styles), Options{})
	want := "|Bab I z\n|1. a\n|1.a) b\n|1.b) c\n|• d\n|2. e\n|2.a) f\n|5. g\n|h\n|i"
	if got := turnsOf(r); got != want || notesOf(r) != "numbering 1, listmarks 7" && notesOf(r) != "numbering 1, listmarks 8" {
		t.Errorf("got\n%s (%s)\nwant\n%s", got, notesOf(r), want)
	}
}

// TestCommentsHang: a remark keeps its words where labels are cut off, names replaced and words joined.
func TestCommentsHang(t *testing.T) {
	c := func(n int, s string) string {
		return fmt.Sprintf(`<w:commentRangeStart w:id="%d"/><w:r><w:t xml:space="preserve">%s</w:t></w:r><w:commentRangeEnd w:id="%d"/><w:r><w:commentReference w:id="%d"/></w:r>`, n, s, n, n)
	}
	body := `<w:p>` + c(1, "RY: Apa kata Budi?") + `</w:p><w:p>` + c(2, "P1: ") + c(3, "Budi Santoso") + c(4, " pergi.") + `</w:p><w:p><w:commentRangeStart w:id="5"/><w:r><w:t>RY: Ya?</w:t></w:r></w:p><w:p><w:r><w:t>P1: Ya, 🐟 ikan</w:t></w:r><w:commentRangeEnd w:id="5"/></w:p>` + p("RY: Oh?")
	var parts strings.Builder
	for n := range 7 {
		fmt.Fprintf(&parts, `<w:comment w:id="%d" w:author="Rina" w:date="2026-01-02T03:04:05Z">%s</w:comment>`, n, p(fmt.Sprintf("kata %d Budi", n)))
	}
	r := mustRead(t, "a.docx", docxOf(t, body, "word/comments.xml", `<w:comments `+wordNS+`>`+parts.String()+`</w:comments>`), Options{Replace: map[string]string{"Budi Santoso": "X", "Budi": "Informan-7"}})
	runes := []rune(r.Text())
	var got []string
	for _, c := range r.Comments {
		if c.Start >= 0 && string(runes[c.Start:c.Stop]) != c.Words {
			t.Errorf("%+v doesn't stand on its words", c)
		}
		got = append(got, fmt.Sprintf("%s: %s %d", c.Text, strings.ReplaceAll(c.Words, "\n", "⏎"), c.Start))
	}
	want := "kata 0 Informan-7:  -1|kata 1 Informan-7: Apa kata Informan-7? 0|kata 2 Informan-7:  21|kata 3 Informan-7: X 21|kata 4 Informan-7:  pergi. 22|kata 5 Informan-7: Ya?⏎Ya, 🐟 ikan 30|kata 6 Informan-7:  -1"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s\n%s", s, want, turnsOf(r))
	}
}
