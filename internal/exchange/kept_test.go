package exchange

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// A piece of a made-up file, and where its words must be found.
type madePiece struct{ kind, words, hung string }

type madeBlock struct {
	kind   string // p, h, li or cell
	pieces []madePiece
}

// madeFile makes a file's parts from random words, each of which stands in it once.
func madeFile(rnd *rand.Rand) []madeBlock {
	n := 0
	word := func() string {
		n++
		odd := []string{"", "é", "🐟", "日本", "&", "<b>", "\\", "{", "}", "“", "ß", "ب", "\u00a0"}
		return fmt.Sprintf("k%d%sx", n, pick(rnd, odd))
	}
	var out []madeBlock
	for range 1 + rnd.IntN(12) {
		b := madeBlock{kind: pick(rnd, []string{"p", "p", "h", "li", "cell"})}
		for range 1 + rnd.IntN(5) {
			kind := pick(rnd, []string{"text", "text", "text", "ins", "del", "note", "remark", "box", "link", "break", "tab", "image", "hid"})
			b.pieces = append(b.pieces, madePiece{kind, word(), word()})
		}
		out = append(out, b)
	}
	return append(out, madeBlock{"p", []madePiece{{"text", "akhir", ""}}})
}

// wanted is what must come out of it: letters in order, remarks, and how often each note says something.
func wanted(of []madeBlock) (text string, remarks []string, notes map[string]int) {
	notes = map[string]int{}
	var all, ends strings.Builder
	foot, cells := 0, false
	for _, b := range of {
		var boxes strings.Builder
		words, said := "", false
		for _, p := range b.pieces {
			switch p.kind {
			case "text", "ins", "link":
				words, said = words+p.words, true
				if p.kind == "ins" {
					notes["insertions"]++
				} else if p.kind == "link" {
					notes["links"]++
				}
			case "del":
				notes["deletions"]++
			case "hid":
				notes["hidden"]++
			case "note":
				notes["footnotes"]++
				foot++
				words, said = words+bracketed(foot), true
				ends.WriteString(bracketed(foot) + p.words)
			case "remark":
				notes["comments"]++
				words, said = words+p.hung, true
				remarks = append(remarks, p.words+" on "+p.hung)
			case "box":
				notes["textboxes"]++
				boxes.WriteString(p.words)
			case "image":
				notes["images"]++
			}
		}
		if b.kind == "cell" && !cells {
			notes["tables"]++
		}
		cells = b.kind == "cell"
		if b.kind == "li" && said {
			notes["listmarks"]++
			all.WriteString("•")
		}
		all.WriteString(words + boxes.String())
	}
	return letters(all.String() + ends.String()), remarks, notes
}

// eachBlock writes blocks with tables around runs of cells.
func eachBlock(of []madeBlock, b *strings.Builder, open, shut string, write func(madeBlock)) {
	cells := false
	for _, one := range of {
		if is := one.kind == "cell"; is != cells {
			b.WriteString(map[bool]string{true: open, false: shut}[is])
			cells = is
		}
		write(one)
	}
	if cells {
		b.WriteString(shut)
	}
}

func madeOdt(t testing.TB, of []madeBlock) []byte {
	var b, changes strings.Builder
	n := 0
	esc := html.EscapeString
	eachBlock(of, &b, `<table:table>`, `</table:table>`, func(one madeBlock) {
		open, shut := "", ""
		switch one.kind {
		case "p":
			open, shut = "<text:p>", "</text:p>"
		case "h":
			open, shut = `<text:h text:outline-level="1">`, "</text:h>"
		case "li":
			open, shut = `<text:list text:style-name="L"><text:list-item><text:p>`, "</text:p></text:list-item></text:list>"
		case "cell":
			open, shut = "<table:table-row><table:table-cell><text:p>", "</text:p></table:table-cell></table:table-row>"
		}
		b.WriteString(open)
		for _, p := range one.pieces {
			n++
			w := esc(p.words)
			switch p.kind {
			case "text":
				b.WriteString("<text:span>" + w + "</text:span>")
			case "ins":
				fmt.Fprintf(&changes, `<text:changed-region text:id="c%d"><text:insertion/></text:changed-region>`, n)
				fmt.Fprintf(&b, `<text:change-start text:change-id="c%d"/>%s<text:change-end text:change-id="c%d"/>`, n, w, n)
			case "del":
				fmt.Fprintf(&changes, `<text:changed-region text:id="c%d"><text:deletion><text:p>%s</text:p></text:deletion></text:changed-region>`, n, w)
				fmt.Fprintf(&b, `<text:change text:change-id="c%d"/>`, n)
			case "hid":
				b.WriteString(`<text:span text:style-name="V">` + w + `<text:tab/></text:span>`)
			case "note":
				b.WriteString(`<text:note><text:note-citation>*</text:note-citation><text:note-body><text:p>` + w + `</text:p></text:note-body></text:note>`)
			case "remark":
				fmt.Fprintf(&b, `<office:annotation office:name="n%d"><dc:creator>R</dc:creator><text:p>%s</text:p></office:annotation>%s<office:annotation-end office:name="n%d"/>`, n, w, esc(p.hung), n)
			case "box":
				b.WriteString("<draw:frame><draw:text-box><text:p>" + w + "</text:p></draw:text-box></draw:frame>")
			case "link":
				b.WriteString(`<text:a xlink:href="https://x.example/">` + w + "</text:a>")
			case "break":
				b.WriteString("<text:line-break/>")
			case "tab":
				b.WriteString("<text:tab/>")
			case "image":
				b.WriteString("<draw:frame><draw:image><office:binary-data>AAAA</office:binary-data></draw:image><draw:image/></draw:frame>")
			}
		}
		b.WriteString(shut)
	})
	return odtOf(t, `<text:tracked-changes>`+changes.String()+`</text:tracked-changes>`+b.String())
}

const odfNS = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"`

// odtOf packs a body; one that begins with "<?" or "<!" is the whole of content.xml.
func odtOf(t testing.TB, body string, more ...string) []byte {
	t.Helper()
	if !strings.HasPrefix(body, "<?") && !strings.HasPrefix(body, "<!") {
		body = `<office:document-content ` + odfNS + `><office:automatic-styles><style:style style:name="V" style:family="text"><style:text-properties text:display="none"/></style:style><text:list-style style:name="L"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style></office:automatic-styles><office:body><office:text>` + body + `</office:text></office:body></office:document-content>`
	}
	return packedOf(t, append([]string{"mimetype", "application/vnd.oasis.opendocument.text", "content.xml", body}, more...)...)
}

func packedOf(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func madeDocx(t testing.TB, of []madeBlock) []byte {
	var b, notes, remarks strings.Builder
	n := 0
	esc := html.EscapeString
	run := func(s string) string { return `<w:r><w:t xml:space="preserve">` + s + `</w:t></w:r>` }
	eachBlock(of, &b, `<w:tbl>`, `</w:tbl>`, func(one madeBlock) {
		if one.kind == "cell" {
			b.WriteString("<w:tr><w:tc>")
		}
		b.WriteString("<w:p>")
		switch one.kind {
		case "h":
			b.WriteString(`<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>`)
		case "li":
			b.WriteString(`<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>`)
		}
		for _, p := range one.pieces {
			n++
			w := esc(p.words)
			switch p.kind {
			case "text":
				b.WriteString(run(w))
			case "ins":
				b.WriteString("<w:ins>" + run(w) + "</w:ins>")
			case "del":
				b.WriteString("<w:del><w:r><w:delText>" + w + "</w:delText></w:r></w:del>")
			case "hid":
				b.WriteString("<w:r><w:rPr><w:vanish/></w:rPr><w:t>" + w + "</w:t><w:tab/></w:r>")
			case "note":
				fmt.Fprintf(&b, `<w:r><w:footnoteReference w:id="%d"/></w:r>`, n)
				fmt.Fprintf(&notes, `<w:footnote w:id="%d"><w:p>%s</w:p></w:footnote>`, n, run(w))
			case "remark":
				fmt.Fprintf(&b, `<w:commentRangeStart w:id="%d"/>%s<w:commentRangeEnd w:id="%d"/><w:r><w:commentReference w:id="%d"/></w:r>`, n, run(esc(p.hung)), n, n)
				fmt.Fprintf(&remarks, `<w:comment w:id="%d" w:author="R"><w:p>%s</w:p></w:comment>`, n, run(w))
			case "box":
				b.WriteString("<w:r><w:pict><w:txbxContent><w:p>" + run(w) + "</w:p></w:txbxContent></w:pict></w:r>")
			case "link":
				b.WriteString(`<w:hyperlink r:id="l">` + run(w) + "</w:hyperlink>")
			case "break":
				b.WriteString("<w:r><w:br/></w:r>")
			case "tab":
				b.WriteString("<w:r><w:tab/></w:r>")
			case "image":
				b.WriteString("<w:r><w:drawing><pic/></w:drawing></w:r>")
			}
		}
		b.WriteString("</w:p>")
		if one.kind == "cell" {
			b.WriteString("</w:tc></w:tr>")
		}
	})
	const rels = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	return docxOf(t, `<?xml version="1.0"?><w:document `+wordNS+` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`+b.String()+`</w:body></w:document>`,
		"word/footnotes.xml", `<w:footnotes `+wordNS+`>`+notes.String()+`</w:footnotes>`, "word/comments.xml", `<w:comments `+wordNS+`>`+remarks.String()+`</w:comments>`,
		"word/_rels/document.xml.rels", `<Relationships `+rels+`><Relationship Id="l" Type="http://x/hyperlink" Target="https://x.example/"/></Relationships>`,
		"word/numbering.xml", `<w:numbering `+wordNS+`><w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="`+"\uF0B7"+`"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num></w:numbering>`)
}

// rtfWords writes words as RTF: signs with a backslash, Latin letters by code page, others by \u with a stand-in.
func rtfWords(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\\' || c == '{' || c == '}':
			b.WriteString("\\" + string(c))
		case c < 0x80:
			b.WriteRune(c)
		case c == 'é' || c == 'ß' || c == 0xA0:
			fmt.Fprintf(&b, `\'%02x`, c)
		default:
			for _, u := range utf16.Encode([]rune{c}) {
				fmt.Fprintf(&b, `\u%d?`, int16(u))
			}
		}
	}
	return b.String()
}

func madeRtf(_ testing.TB, of []madeBlock) []byte {
	var b strings.Builder
	b.WriteString(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Times;}}{\colortbl;\red0;}{\*\generator KATALAIN;}{\info{\title KATALAIN}}` + "\n")
	n := 0
	for _, one := range of {
		b.WriteString(`\pard `)
		switch one.kind {
		case "li":
			b.WriteString(`{\listtext\'95\tab}`)
		case "cell":
			b.WriteString(`\trowd\intbl `)
		}
		for _, p := range one.pieces {
			n++
			w := rtfWords(p.words)
			switch p.kind {
			case "text":
				b.WriteString(`{\b ` + w + `}`)
			case "ins":
				b.WriteString(`{\revised ` + w + `}`)
			case "del":
				b.WriteString(`{\deleted ` + w + `}`)
			case "hid":
				b.WriteString(`{\v ` + w + `\tab}`)
			case "note":
				b.WriteString(`{\super\chftn{\*\footnote\pard\chftn ` + w + `}}`)
			case "remark":
				fmt.Fprintf(&b, `{\*\atrfstart %d}%s{\*\atrfend %d}{\*\atnid R}{\*\atnauthor R}\chatn{\*\annotation{\*\atnref %d}\pard %s}`, n, rtfWords(p.hung), n, n, w)
			case "box":
				b.WriteString(`{\shp{\*\shpinst\shpleft0{\sp{\sn a}{\sv KATALAIN}}{\shptxt\pard ` + w + `\par}}}`)
			case "link":
				b.WriteString(`{\field{\*\fldinst{HYPERLINK "https://x.example/"}}{\fldrslt{\ul ` + w + `}}}`)
			case "break":
				b.WriteString(`\line `)
			case "tab":
				b.WriteString(`\tab `)
			case "image":
				b.WriteString(`{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict\wmetafile8 0100}}`)
			}
		}
		if one.kind == "cell" {
			b.WriteString(`\cell\row` + "\r\n")
		} else {
			b.WriteString(`\par` + "\r\n")
		}
	}
	b.WriteString("}\x00")
	return []byte(b.String())
}

func madeHTML(_ testing.TB, of []madeBlock) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><html><head><meta charset=utf-8><style>p { KATALAIN }</style><script>var KATALAIN = '</p>';</script></head><body>")
	eachBlock(of, &b, `<table>`, `</table>`, func(one madeBlock) {
		open := map[string]string{"p": "<p>", "h": "<h1>", "li": "<ul><li>", "cell": "<tr><td>"}[one.kind]
		shut := map[string]string{"p": "", "h": "</h1>", "li": "</ul>", "cell": "</tr>"}[one.kind]
		b.WriteString(open)
		for _, p := range one.pieces {
			w := html.EscapeString(p.words)
			switch p.kind {
			case "text":
				b.WriteString("<b>" + w + "</b>")
			case "ins":
				b.WriteString("<ins>" + w + "</ins>")
			case "del":
				b.WriteString("<del>" + w + "</del>")
			case "hid":
				b.WriteString("<span hidden>" + w + "<br></span>")
			case "link":
				b.WriteString(`<a href="https://x.example/">` + w + "</a>")
			case "break":
				b.WriteString("<br>")
			case "tab":
				b.WriteString("\t")
			case "image":
				b.WriteString(`<img src="x.png" alt="KATALAIN">`)
			}
		}
		b.WriteString(shut + "\n")
	})
	b.WriteString("</body></html>")
	return []byte(b.String())
}

// TestNothingIsLost: every word of a file is in the text, in order and once, or in a remark, or a note says that it was
// left out; and words of what is no text (names of programs, styles, scripts) are not in it.
func TestNothingIsLost(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	tries := 400
	if raceBuild {
		tries = 40
	}
	for n := range tries {
		of := madeFile(rnd)
		for name, make := range map[string]func(testing.TB, []madeBlock) []byte{"a.odt": madeOdt, "a.docx": madeDocx, "a.rtf": madeRtf, "a.html": madeHTML} {
			made := of
			if name == "a.html" { // pages have no notes, remarks and boxes
				made = nil
				for _, b := range of {
					one := madeBlock{kind: b.kind}
					for _, p := range b.pieces {
						if p.kind == "note" || p.kind == "remark" || p.kind == "box" {
							p.kind = "text"
						}
						one.pieces = append(one.pieces, p)
					}
					made = append(made, one)
				}
			}
			text, remarks, notes := wanted(made)
			data := make(t, made)
			r := mustRead(t, name, data, Options{})
			if got := kept(r); got != text {
				t.Fatalf("seed %d, try %d, %s:\n got %q\nwant %q\n%s", seed, n, name, got, text, data)
			}
			var found []string
			for _, c := range r.Comments {
				found = append(found, c.Text+" on "+c.Words)
				if c.Author != "R" {
					t.Errorf("%s: a remark by %q", name, c.Author)
				}
			}
			if fmt.Sprint(found) != fmt.Sprint(remarks) {
				t.Fatalf("seed %d, try %d, %s: remarks\n got %q\nwant %q", seed, n, name, found, remarks)
			}
			if name == "a.html" {
				notes["scripts"] = 2
			}
			got, notes := map[string]int{}, maps.Clone(notes)
			for _, k := range r.Notes {
				got[strings.TrimPrefix(k.Key, "reading.note.")] = k.N
			}
			together := []string{"hidden"} // those that stand together are one
			if name == "a.rtf" {
				together = append(together, "deletions", "insertions")
			}
			for _, k := range together {
				if got[k] > notes[k] || (got[k] == 0) != (notes[k] == 0) {
					t.Fatalf("seed %d, try %d, %s: %d %s of %d", seed, n, name, got[k], k, notes[k])
				}
				delete(got, k)
				delete(notes, k)
			}
			if !maps.Equal(got, notes) {
				t.Fatalf("seed %d, try %d, %s: notes\n got %v\nwant %v\n%s", seed, n, name, got, notes, data)
			}
		}
	}
}
