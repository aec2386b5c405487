package exchange

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
	"testing"
	"time"
)

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// docxOf packs parts; the body is wrapped in a document unless it begins with "<?" or "<!".
func docxOf(t testing.TB, body string, more ...string) []byte {
	t.Helper()
	if !strings.HasPrefix(body, "<?") && !strings.HasPrefix(body, "<!") {
		body = `<w:document ` + wordNS + ` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>` + body + `</w:body></w:document>`
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := append([]string{"word/document.xml", body}, more...)
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

func p(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }

func heading(style, s string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + s + "</w:t></w:r></w:p>"
}

func TestDocx(t *testing.T) {
	for _, c := range []struct{ what, body, want string }{
		{"tabs, breaks, hyphens", `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t><w:softHyphen/><w:t>e</w:t></w:r></w:p>`, "|a\tb⏎c\u2011de"},
		{"insertions stay, deletions and moves away go", `<w:p><w:r><w:t xml:space="preserve">a </w:t></w:r><w:del><w:r><w:delText>X</w:delText></w:r></w:del><w:ins><w:r><w:t>b</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>Y</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>c</w:t></w:r></w:moveTo></w:p>`, "|a bc"},
		{"a deleted paragraph mark joins", `<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>` + p("b") + p("c"), "|ab\n|c"},
		{"fallback once", `<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>` + p("box") + `</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + p("box") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>a</w:t></w:r></w:p>`, "|a\n|box"},
		{"table", `<w:tbl><w:tr><w:tc>` + p("a") + `</w:tc><w:tc>` + p("b") + `</w:tc></w:tr></w:tbl>`, "|a\n|b"},
		{"field", `<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>7</w:t></w:r></w:p>`, "|7"},
		{"hidden runs", `<w:p><w:r><w:t>a</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>X</w:t><w:tab/><w:footnoteReference w:id="1"/></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>b</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:drawing><w:txbxContent>` + p("Y") + `</w:txbxContent></w:drawing></w:r><w:r><w:t>c</w:t></w:r></w:p>`, "|abc"},
		{"headings", p("RY: Apa?") + p("P1: Ini.") + heading("Heading1", "Lalu: dua") + p("Gudang kosong.") + p("RY: Ya?") + heading("Title", "P1: Ya.") + p("Itu."), "RY|Apa?\nP1|Ini.\n|Lalu: dua\n|Gudang kosong.\nRY|Ya?\nP1|Ya.⏎Itu."},
		{"link, content control, entity", `<w:sdt><w:sdtPr><w:alias w:val="q"/></w:sdtPr><w:sdtContent><w:p><w:hyperlink><w:r><w:t>a &amp; &#233;</w:t></w:r></w:hyperlink></w:p></w:sdtContent></w:sdt>`, "|a & é"},
		{"runs cut a label", `<w:p><w:r><w:t>R</w:t></w:r><w:r><w:t>Y: </w:t></w:r><w:r><w:t>Apa?</w:t></w:r></w:p>` + p("P1: Ini.") + p("RY: Ya?") + p("P1: Ya."), "RY|Apa?\nP1|Ini.\nRY|Ya?\nP1|Ya."},
	} {
		r := mustRead(t, "a.docx", docxOf(t, c.body), Options{})
		if got := turnsOf(r); got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
	r := mustRead(t, "a.docx", docxOf(t, p("a")+`<w:p><w:r><w:t>b</w:t><w:endnoteReference w:id="3"/></w:r></w:p>`,
		"word/endnotes.xml", `<w:endnotes `+wordNS+`><w:endnote w:id="0">`+p("sep")+`</w:endnote><w:endnote w:id="3">`+p("n")+`</w:endnote></w:endnotes>`,
		"word/header1.xml", `<w:hdr `+wordNS+`>`+p("h")+`</w:hdr>`), Options{})
	if got := turnsOf(r); got != "|a\n|b[1]\n|[1] n" {
		t.Errorf("endnote: %q", got)
	}
	if fmt.Sprint(r.Notes) != "[{reading.note.footnotes 1 map[]} {reading.note.headers 1 map[]}]" {
		t.Errorf("notes %v", r.Notes)
	}
}

// TestDocxStyles: headings and hidden words by the styles of paragraphs and runs, also where those are called by words of
// another language and based on others.
func TestDocxStyles(t *testing.T) {
	style := func(kind, id, more string) string {
		return `<w:style w:type="` + kind + `" w:styleId="` + id + `">` + more + `</w:style>`
	}
	styles := style("paragraph", "Judul2", `<w:name w:val="heading 2"/>`) + style("paragraph", "Anak", `<w:name w:val="Anak"/><w:basedOn w:val="Judul2"/>`) +
		style("paragraph", "Tingkat", `<w:name w:val="Tingkat"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr>`) + style("paragraph", "Heading3", `<w:name w:val="Isi"/>`) +
		style("paragraph", "Daftar", `<w:basedOn w:val="Judul2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>`) +
		style("paragraph", "Gelap", `<w:rPr><w:vanish/></w:rPr>`) + style("character", "Sembunyi", `<w:rPr><w:vanish/></w:rPr>`) + style("character", "Sembunyi2", `<w:basedOn w:val="Sembunyi"/>`)
	run := func(style, s string) string {
		return `<w:r><w:rPr><w:rStyle w:val="` + style + `"/></w:rPr><w:t>` + s + `</w:t></w:r>`
	}
	body := p("RY: Apa?") + p("P1: a") + heading("Heading3", "b") + heading("Daftar", "c") + heading("Judul2", "d") + p("RY: e") + heading("Anak", "f") + p("P1: g") + heading("Tingkat", "h") +
		p("RY: i") + `<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>j</w:t></w:r></w:p>` + p("P1: k") + heading("Gelap", "X</w:t></w:r>"+run("Sembunyi", "l")+"<w:r><w:t>Y") + `<w:p>` + run("Sembunyi2", "Z") + run("?", "m") + `</w:p>` + heading("Judul2", strings.Repeat("n", maxHeading+1))
	r := mustRead(t, "a.docx", docxOf(t, body, "word/styles.xml", `<w:styles `+wordNS+`>`+styles+`</w:styles>`), Options{})
	want := "RY|Apa?\nP1|a⏎b⏎c\n|d\nRY|e\n|f\nP1|g\n|h\nRY|i\n|j\nP1|k⏎l⏎m⏎" + strings.Repeat("n", maxHeading+1)
	if got := turnsOf(r); got != want || notesOf(r) != "hidden 2" {
		t.Errorf("got\n%s (%s)\nwant\n%s", got, notesOf(r), want)
	}
}

// flat is a zip with one part that unpacks to n zeros' worth of spaces; lie is the size its headers claim.
func flat(t testing.TB, n int, lie uint64) []byte {
	t.Helper()
	return flatAs(t, "word/document.xml", n, lie)
}

func flatAs(t testing.TB, part string, n int, lie uint64, more ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	f, _ := flate.NewWriter(&packed, 9)
	sum := crc32.NewIEEE()
	chunk := bytes.Repeat([]byte("<a> "), 1<<16)
	for at := 0; at < n; at += len(chunk) {
		f.Write(chunk)
		sum.Write(chunk)
	}
	f.Close()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if lie == 0 {
		lie = uint64(n)
	}
	for i := 0; i < len(more); i += 2 {
		if w, err := z.Create(more[i]); err != nil {
			t.Fatal(err)
		} else if _, err := w.Write([]byte(more[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: part, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(packed.Len()), UncompressedSize64: lie})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packed.Bytes())
	z.Close()
	return b.Bytes()
}

func manyEntries(t testing.TB, n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i), Method: zip.Store}); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	return b.Bytes()
}

// overlapped is a zip whose second entry's data lies inside the first's.
func overlapped(t testing.TB) []byte {
	data := docxOf(t, p(strings.Repeat("kata ", 200)), "word/two.xml", "zwei")
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[at+42:], 0)
	// The local header there has the first name: Go doesn't compare them.
	return data
}

func ole(stream string) []byte {
	return append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0}, utf16le(stream)...)
}

func encrypted(t testing.TB) []byte {
	data := docxOf(t, p("a"))
	data[6] |= 1
	data[bytes.Index(data, []byte("PK\x01\x02"))+8] |= 1
	return data
}

type hostile struct {
	what, name, reason string
	data               []byte
}

// hostiles makes them once: to pack a bomb takes longer than to refuse it.
func hostiles(t testing.TB) []hostile {
	hostilesOnce.Do(func() { allHostiles = makeHostiles(t) })
	return allHostiles
}

var (
	hostilesOnce sync.Once
	allHostiles  []hostile
)

func makeHostiles(t testing.TB) []hostile {
	lol := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><w:document ` + wordNS + `><w:body>` + p("&c;") + `</w:body></w:document>`
	xxe := `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document ` + wordNS + `><w:body>` + p("&x;") + `</w:body></w:document>`
	return []hostile{
		{"empty", "a.txt", BadEmpty, nil},
		{"white space", "a.txt", BadEmpty, []byte(" \n\t\r\n")},
		{"a picture", "a.png", BadPicture, []byte("\x89PNG\r\n\x1a\n")},
		{"a picture called txt", "a.txt", BadPicture, []byte("\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10")},
		{"a picture of a phone", "a.bin", BadPicture, []byte("\x00\x00\x00\x18ftypheic\x00\x00")},
		{"no text called txt", "a.txt", BadBinary, bytes.Repeat([]byte{0x74, 0x7d, 0xa3, 0x07, 0x10, 0x13, 0xae, 0x8e, 0x0c}, 40)},
		{"sound", "a.mp3", BadRecording, []byte("\x12\x34\x56")},
		{"sound called txt", "a.txt", BadRecording, []byte("ID3\x04\x00\x00")},
		{"a film called docx", "a.docx", BadRecording, []byte("\x00\x00\x00\x18ftypmp42\x00\x00")},
		{"a project", "a.qdpx", BadProject, zipped(t, entry("Project.qde", "<Project/>"), entry("sources/a.docx", "x"))},
		{"a project called zip", "a.zip", BadProject, zipped(t, entry("project.QDE", "<Project/>"))},
		{"a project cut short", "a.qdpx", BadProject, []byte("PK")},
		{"a project that isn't packed", "a.txt", BadProject, []byte("\ufeff" + `<?xml version="1.0"?><Project xmlns="urn:QDA-XML:project:1.0"><CodeBook/></Project>`)},
		{"a codebook", "a.qdc", BadCodebook, []byte(`<?xml version="1.0"?><CodeBook/>`)},
		{"a codebook called xml", "a.xml", BadCodebook, []byte(`<CodeBook xmlns="urn:QDA-XML:codebook:1.0"/>`)},
		{"a project of NVivo", "a.nvp", BadForeign, ole("Nvivo")},
		{"a project of MAXQDA", "a.mx24", BadForeign, []byte("SQLite format 3\x00")},
		{"rtf cut short", "a.doc", BadBroken, []byte(`{\rtf1 a`)},
		{"no extension of ours", "a.exe", BadType, []byte("MZ")},
		{"Word before 2007", "a.doc", BadLegacy, ole("WordDocument")},
		{"encrypted docx", "a.docx", BadEncrypted, ole("EncryptedPackage")},
		{"encrypted zip", "a.docx", BadEncrypted, encrypted(t)},
		{"docx that is text", "a.docx", BadBroken, []byte("halo")},
		{"docx cut short", "a.docx", BadBroken, docxOf(t, p("a"))[:120]},
		{"another zip", "a.docx", BadType, manyEntries(t, 3)},
		{"docx without words", "a.docx", BadNoText, docxOf(t, "<w:p/>")},
		{"docx that ends early", "a.docx", BadBroken, docxOf(t, `<?xml version="1.0"?><w:document `+wordNS+`><w:body><w:p>`)},
		{"signs only", "a.txt", BadNoText, []byte("--- !!! ---")},
		{"subtitles without times", "a.srt", BadBroken, []byte("halo\n")},
		{"subtitles without words", "a.vtt", BadNoText, []byte("WEBVTT\n\n00:01.000 --> 00:02.000\n\n")},
		{"too long", "a.txt", BadTooLong, bytes.Repeat([]byte("kata "), 600_001)},
		{"too many turns", "a.txt", BadTooLong, bytes.Repeat([]byte("a\n"), MaxTurns+1)},
		{"too big", "a.txt", BadTooBig, make([]byte, MaxFile+1)},
		{"bomb, flat", "a.docx", BadBomb, flat(t, 32<<20, 0)},
		{"bomb, lying header", "a.docx", BadBroken, flat(t, 32<<20, 1000)},
		{"bomb, overlapping entries", "a.docx", BadBomb, overlapped(t)},
		{"bomb, a million entries", "a.docx", BadBomb, bytes.Repeat([]byte("PK\x01\x02PK\x03\x04"), 1_000_000)},
		{"bomb, many entries", "a.docx", BadBomb, manyEntries(t, maxEntries+1)},
		{"billion laughs", "a.docx", BadBomb, docxOf(t, lol)},
		{"external entity", "a.docx", BadBomb, docxOf(t, xxe)},
		{"500,000 open tags", "a.docx", BadBomb, docxOf(t, `<?xml version="1.0"?>`+pseudoRandomTags(500_000))},
		{"odt, encrypted", "a.odt", BadEncrypted, odtOf(t, "<text:p>a</text:p>", "META-INF/manifest.xml", `<manifest><file-entry full-path="content.xml"><encryption-data/></file-entry></manifest>`)},
		{"odt, encrypted whole", "a.odt", BadEncrypted, odtOf(t, "<text:p>a</text:p>", "encrypted-package", "x")},
		{"odt called so", "a.odt", BadBroken, []byte("halo")},
		{"odt that ends early", "a.odt", BadBroken, odtOf(t, `<?xml version="1.0"?><office:document-content `+odfNS+`><office:body><office:text><text:p>a`)},
		{"odt without words", "a.odt", BadNoText, odtOf(t, "<text:p/>")},
		{"odt, bomb", "a.odt", BadBomb, flatAs(t, "content.xml", 32<<20, 0, "mimetype", "application/vnd.oasis.opendocument.text")},
		{"odt, bomb, lying header", "a.odt", BadBroken, flatAs(t, "content.xml", 32<<20, 1000, "mimetype", "application/vnd.oasis.opendocument.text")},
		{"odt, bomb in its styles", "a.odt", BadBomb, flatAs(t, "styles.xml", 32<<20, 0, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "<a/>")},
		{"docx, bomb in its remarks", "a.docx", BadBomb, flatAs(t, "word/comments.xml", 32<<20, 0, "word/document.xml", "<a/>")},
		{"docx, bomb in its lists", "a.docx", BadBomb, flatAs(t, "word/numbering.xml", 32<<20, 0, "word/document.xml", "<a/>")},
		{"csv as a transcript", "a.csv", BadTable, []byte("a,b\n1,2\n")},
		{"odt with laughs", "a.odt", BadBomb, odtOf(t, `<!DOCTYPE l [<!ENTITY a "ha">]><office:document-content/>`)},
		{"odt, 500,000 open lists", "a.odt", BadBomb, odtOf(t, strings.Repeat("<text:list><text:list-item>", 250_000))},
		{"odt, a billion spaces", "a.odt", BadTooLong, odtOf(t, `<text:p>a<text:s text:c="1000000000"/></text:p>`)},
		{"odt, spaces again and again", "a.odt", BadTooLong, odtOf(t, `<text:p>a`+strings.Repeat(`<text:s text:c="12000000"/>`, 1000)+`</text:p>`)},
		{"ods", "a.ods", BadType, packedOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>")},
		{"flat ods", "a.fods", BadType, []byte(`<?xml version="1.0"?><office:document ` + odfNS + `><office:body><office:spreadsheet/></office:body></office:document>`)},
		{"pptx", "a.pptx", BadType, packedOf(t, "ppt/presentation.xml", "<x/>")},
		{"rtf without words", "a.rtf", BadNoText, []byte(`{\rtf1{\info{\title a}}\par}`)},
		{"rtf that is text", "a.rtf", BadBroken, []byte("halo")},
		{"rtf, a group too many", "a.rtf", BadNoText, []byte(`{\rtf1}} halo`)},
		{"rtf, 500,000 open groups", "a.rtf", BadBomb, []byte(`{\rtf1` + strings.Repeat("{", 500_000))},
		{"rtf, binary beyond the end", "a.rtf", BadBroken, []byte(`{\rtf1 a\bin2000000000 b}`)},
		{"rtf, a long control word", "a.rtf", BadBroken, []byte(`{\rtf1 a\` + strings.Repeat("x", 1000) + `}`)},
		{"rtf, too long", "a.rtf", BadTooLong, []byte(`{\rtf1 ` + strings.Repeat("kata ", 600_001) + `}`)},
		{"html without words", "a.html", BadNoText, []byte("<html><body><script>a</script>")},
		{"html, too long", "a.html", BadTooLong, []byte("<html><p>" + strings.Repeat("kata ", 600_001))},
		{"html, too many turns", "a.html", BadTooLong, []byte("<html>" + strings.Repeat("<p>a", MaxTurns+1))},
		{"500,000 open paragraphs", "a.docx", BadBomb, docxOf(t, strings.Repeat("<w:p><w:r>", 250_000))},
	}
}

// pseudoRandomTags opens n tags whose names differ, so that they don't compress like a bomb.
func pseudoRandomTags(n int) string {
	var b strings.Builder
	x := uint32(1)
	for range n {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "<a%x>", x)
	}
	return b.String()
}

// TestHostileFiles: every file that should be refused is, with its reason, at once, and the message tells no words.
func TestHostileFiles(t *testing.T) {
	refused := 0
	all := hostiles(t)
	for _, h := range all {
		start := cpu(t) // not the wall's clock, which others on the machine slow down
		r, err := Read(h.name, h.data, Options{})
		var b *BadFile
		switch took := cpu(t) - start; {
		case r != nil || !errors.As(err, &b):
			t.Errorf("%s: %v, %v", h.what, r, err)
		case b.Reason != h.reason && !(h.what == "bomb, a million entries" && b.Reason == BadBroken):
			t.Errorf("%s: refused as %s (%v), want %s", h.what, b.Reason, b.cause, h.reason)
		case took > 4*time.Second:
			t.Errorf("%s: took %v", h.what, took)
		case b.Key() != "reading.bad."+b.Reason || len(b.Error()) > 60:
			t.Errorf("%s: %q", h.what, b.Error())
		default:
			refused++
			t.Logf("%-30s %-10s %v", h.what, b.Reason, took.Round(time.Millisecond))
		}
	}
	t.Logf("%d of %d refused", refused, len(all))
}
