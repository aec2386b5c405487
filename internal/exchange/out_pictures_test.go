package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func pdfPaper(sections int) Paper {
	p := Paper{Title: "Temuan: “hambatan” <ekspor>", Language: "id", Made: time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)}
	for i := range sections {
		p.Blocks = append(p.Blocks, Heading{1 + i%3, "Tema Łódź"},
			Paragraph{Runs: []Run{{Text: "Klaim: ", Bold: true}, {Text: "ḥadīṯ e\u0301, dan tautan", Link: "https://example.org/?a=1&b=2"}}},
			Paragraph{Quote: true, Runs: []Run{{Text: "Saya pinjam dulu dari kakak.\nBaris kedua, yang panjangnya memang melebihi satu baris, supaya kutipan ini menempati beberapa baris pada halaman."}}},
			Paragraph{Item: true, Runs: []Run{{Text: "Kode", Bold: true}, {Text: " (23)"}}},
			Grid{Widths: []int{1, 3}, Head: []string{"Cara", "Bukti"}, Rows: [][][]Run{{{{Text: "Jurnal"}}, {{Text: "3 memo"}}}, {{{Text: "Kosong"}}}}})
	}
	return p
}

// TestPDFTellsOfLettersItLacks: letters without a font are counted, listed and never dropped in silence; the same paper gives the same bytes.
func TestPDFTellsOfLettersItLacks(t *testing.T) {
	t.Parallel()
	var told []Letters
	write := func(p Paper) []byte {
		t.Helper()
		var b bytes.Buffer
		p.Lacking = func(l Letters) string { told = append(told, l); return "kurang: " + l.String() }
		if err := WritePDF(&b, p); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	p := pdfPaper(3)
	a := write(p)
	if !bytes.HasPrefix(a, []byte("%PDF-")) || len(a) < 10_000 {
		t.Errorf("%d bytes that begin with %q", len(a), a[:min(8, len(a))])
	}
	if !bytes.Equal(a, write(p)) {
		t.Error("the same paper gives other bytes")
	}
	if len(told) != 0 {
		t.Errorf("it lacks %v of what its fonts have", told)
	}
	p.Blocks = append(p.Blocks, Paragraph{Runs: []Run{{Text: "你好 وسلم 😀😀 é"}}}, Grid{Rows: [][][]Run{{{{Text: "好"}}}}})
	write(p)
	if len(told) != 1 || told[0].Count != 9 || told[0].Each['好'] != 2 || told[0].Each['😀'] != 2 {
		t.Errorf("it says it lacks %+v", told)
	}
	want := "Arabic 4 (U+0633, U+0644, U+0645, U+0648); Han 3 (U+4F60, U+597D); emoji 2 (U+1F600)"
	if len(told) == 1 && told[0].String() != want {
		t.Errorf("it lists %s, not %s", told[0], want)
	}
	p.Blocks = []Block{Plain(strings.Repeat("panjang ", MostPDF/8+1))}
	if err := WritePDF(io.Discard, p); !errors.Is(err, ErrTooLongForPDF) {
		t.Errorf("what is too long: %v", err)
	}
}

// TestHeadsFit: no column is narrower than the longest word of its head, and the others keep their shares.
func TestHeadsFit(t *testing.T) {
	t.Parallel()
	for _, head := range [][]string{{"Theme", "Claim", "Segments", "Documents", "Evidence", "Against"}, {"Tema", "Klaim", "Segmen", "Dokumen", "Bukti", "Menentang"}, {"Dari", "Ke", "Kode, sebelumnya", "ditambahkan", "digabungkan ke yang lain", "Kode, sesudahnya"}} {
		widths := Grid{Widths: []int{4, 7, 2, 2, 2, 2}, Head: head}.columns(493, 8.5, 6)
		sum := 0.0
		for i, w := range widths {
			sum += w
			for _, word := range strings.Fields(head[i]) {
				if WordsWidth(word, 8.5, true)+6 > w+0.001 {
					t.Errorf("%q stands in %.1f points", word, w)
				}
			}
		}
		if sum < 492.9 || sum > 493.1 || widths[1]/widths[0] < 1.74 || widths[1]/widths[0] > 1.76 {
			t.Errorf("%q: %v, %v together", head, widths, sum)
		}
	}
	if w := (Grid{Head: []string{strings.Repeat("a", 200), "b"}}).columns(100, 8, 6); w[0] != 50 || w[1] != 50 {
		t.Errorf("a word wider than the page: %v", w)
	}
}

// TestWhatLeadsStays: headings, labels and what a list begins with stay on the page of what follows them.
func TestWhatLeadsStays(t *testing.T) {
	t.Parallel()
	point := func(s string) Block { return Paragraph{Item: true, Runs: []Run{{Text: s}}} }
	small := Grid{Head: []string{"K"}, Rows: [][][]Run{{{{Text: "sel"}}}}}
	large := Grid{Rows: slices.Repeat(small.Rows, keptRows+1)}
	blocks := []Block{Heading{1, "Satu"}, small, Heading{1, "Dua"}, point("a"), point("b"), Paragraph{Runs: []Run{{Text: "Sebaran", Bold: true}, {Text: " · 2"}}}, point("c"),
		Paragraph{Runs: []Run{{Text: "Bukti", Bold: true}}}, Paragraph{Quote: true, Runs: []Run{{Text: "kata"}}}, Plain("P01"), Heading{2, "Tiga"}, large}
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	pdfBlocks(w, blocks, false)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`(?s)<table>.*?</table>`).ReplaceAllString(b.String(), "<table/>")
	want := `<div class="k"><h2>Satu</h2> <table/> </div> <div class="k"><h2>Dua</h2> <ul> <li>a</li> </ul> </div> <ul> <li>b</li> </ul> <div class="k"><p><b>Sebaran </b>· 2</p> <ul> <li>c</li> </ul> </div> ` +
		`<div class="k"><p><b>Bukti</b></p> <p class="q">kata</p> </div> <p>P01</p> <div class="k"><h3>Tiga</h3> </div> <table/> `
	if got = strings.ReplaceAll(got, "\n", " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var file bytes.Buffer
	if err := WriteDOCX(&file, Paper{Title: "J", Blocks: blocks}); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	part, err := fs.ReadFile(r, "word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Sebaran", "Bukti"} {
		if !regexp.MustCompile(`<w:keepNext/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">` + s).Match(part) {
			t.Errorf("%s does not stay with what follows it", s)
		}
	}
	if n := bytes.Count(part, []byte("keepNext")); n != 2 {
		t.Errorf("%d paragraphs stay with what follows them", n)
	}
}

// TestPartsOfDOCX: every part that is named is there, in the order that the format asks, and each page has the title and its number.
func TestPartsOfDOCX(t *testing.T) {
	t.Parallel()
	for what, write := range map[string]func(io.Writer) error{
		"a paper":          func(w io.Writer) error { return WriteDOCX(w, wicked()) },
		"a coded document": func(w io.Writer) error { return WriteCodedDOCX(w, coded()) },
	} {
		var file bytes.Buffer
		if err := write(&file); err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		part := func(name string) string {
			b, err := fs.ReadFile(r, name)
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			return string(b)
		}
		rels, document, styles := part("word/_rels/document.xml.rels"), part("word/document.xml"), part("word/styles.xml")
		for _, m := range regexp.MustCompile(`PartName="/([^"]+)"`).FindAllStringSubmatch(part("[Content_Types].xml"), -1) {
			part(m[1])
		}
		for _, m := range regexp.MustCompile(`Id="([^"]+)"[^>]*Target="([^"]+)"( TargetMode="External")?`).FindAllStringSubmatch(rels, -1) {
			if m[3] == "" {
				part("word/" + m[2])
			}
		}
		for _, m := range regexp.MustCompile(`r:id="([^"]+)"`).FindAllStringSubmatch(document, -1) {
			if !strings.Contains(rels, `Id="`+m[1]+`"`) {
				t.Errorf("%s: nothing is called %s", what, m[1])
			}
		}
		if foot := part("word/footer1.xml"); !strings.Contains(foot, `w:instr="PAGE"`) || !strings.Contains(document, `<w:sectPr><w:footerReference w:type="default" r:id="foot"/>`) {
			t.Errorf("%s: its pages have no numbers", what)
		}
		if !strings.Contains(part("word/settings.xml"), `w:name="compatibilityMode"`) || !strings.Contains(rels, `Target="settings.xml"`) {
			t.Errorf("%s: Word takes it for an old file", what)
		}
		if strings.Index(styles, "<w:pBdr>") > strings.Index(styles, `<w:ind w:left="425" w:right`) {
			t.Errorf("%s: the border of a quotation stands behind its margin", what)
		}
	}
}

// TestLettersDrawn: what is drawn is the text, but for accents made one with their letters and boxes in the place of what is lacking.
func TestLettersDrawn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, out string }{
		{"Wawancara\tdua\nbaris", "Wawancara\tdua\nbaris"}, {"e\u0301", "é"}, {"a\u00a0b\u2009c", "a\u00a0b c"}, {"a\u200bb\u00adc\ufe0f", "abc"}, {"x\u2028y", "x\ny"}, {"ʿĀ’ “ḥ” ≥ → ₂", "ʿĀ’ “ḥ” ≥ → ₂"}, {"好", "□"}, {"", ""},
	} {
		var l Letters
		if got := l.drawn(c.in); got != c.out {
			t.Errorf("%q is drawn as %q, not %q", c.in, got, c.out)
		}
		if n := strings.Count(c.out, "□"); l.Count != n {
			t.Errorf("%q lacks %d letters, it says %d", c.in, n, l.Count)
		}
		var added Letters
		if added.Add(c.in); added.Count != l.Count {
			t.Errorf("%q: %d counted, %d drawn", c.in, added.Count, l.Count)
		}
	}
	if Astral("é好") || !Astral("a😀") {
		t.Error("letters beyond U+FFFF are not told from others")
	}
}

func TestCodedPDF(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	c := Coded{Title: "P04", Language: "en", Of: "id", Facts: []string{"Fakta"}, Made: when, Say: CodedWords{Memo: "Memo", Date: func(t time.Time) string { return t.Format(time.DateOnly) }},
		Turns: []CodedTurn{{Number: 1, Label: "P04", Time: "0:12", Text: "Saya menjual <lewat> pengepul."}, {Number: 2, Start: 31, Text: "Ya."}},
		Marks: []Mark{{Start: 0, Stop: 12, Code: "Tema / Kode", Colour: 3, Coder: "Rani", At: when, Memos: []MarkMemo{{Coder: "Dewi", At: when, Text: "Lihat lagi"}}}, {Start: 5, Stop: 33, Code: "Lain", Colour: 12, Coder: "Dewi"}, {Start: 90, Stop: 95, Code: "Di luar"}}}
	var a, b, body bytes.Buffer
	if err := errors.Join(WriteCodedPDF(&a, c), WriteCodedPDF(&b, c)); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(a.Bytes(), []byte("%PDF-")) || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("no PDF, or another one each time")
	}
	w := bufio.NewWriter(&body)
	var l Letters
	c.body(w, &l)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`[1</span>`, `1]</span>`, `[2</span>`, `2]</span>`, "&lt;lewat&gt;", "Tema / Kode", "Rani, 2026-03-02", "Memo (Dewi, 2026-03-02): Lihat lagi", "Di luar"} {
		if n := strings.Count(body.String(), s); n != 1 {
			t.Errorf("%q stands there %d times:\n%s", s, n, body.String())
		}
	}
	// Marks that end in one turn are told in the order of their numbers, whichever ends first.
	c.Marks = []Mark{{Start: 0, Stop: 20, Code: "Luar"}, {Start: 5, Stop: 12, Code: "Dalam"}}
	body.Reset()
	c.body(w, &l)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if s := body.String(); strings.Index(s, "<b>Luar") > strings.Index(s, "<b>Dalam") {
		t.Errorf("the second mark is told before the first:\n%s", s)
	}
}

func someFigure() Figure {
	return Figure{Title: "Peta & <tema>", About: "Tentang", Language: "id", Width: 200, Height: 100, Shapes: []Shape{
		Rect{X: 10, Y: 10, W: 30, H: 20, Fill: "#08348a"}, Circle{X: 100, Y: 50, R: 20, Fill: "#ffffff", Ring: "#ce5c9c", Width: 3, Dash: []float64{4, 3}}, Circle{X: 100, Y: 50, R: 6, Ring: "#07816f", Width: 2},
		Line{X1: 0, Y1: 0, X2: 200, Y2: 100, Stroke: "#9aa5a5", Width: 2, Dash: []float64{2, 2}}, Line{X1: 5, Y1: 5, X2: 5, Y2: 5, Stroke: "#9aa5a5", Width: 2},
		Words{X: 100, Y: 90, Text: "Kode “satu” & <dua>", Size: 13, Bold: true, Fill: "#1b2226", Anchor: Middle, Halo: "#ffffff"}, Words{X: 20, Y: 60, Text: "miring", Size: 12, Fill: "#1b2226", Turn: -45, Anchor: End},
		// What lies outside is not drawn, and does no harm.
		Rect{X: -500, Y: 90, W: 5000, H: 500, Fill: "#c3cbcb"}, Circle{X: -30, Y: -30, R: 10, Fill: "#000000"}, Words{X: 190, Y: 99, Text: "keluar dari tepi", Size: 40, Fill: "#1b2226"}, Words{X: -400, Y: -20, Text: "jauh", Size: 12, Fill: "#1b2226"},
	}}
}

func TestFigureFiles(t *testing.T) {
	t.Parallel()
	f := someFigure()
	var svg, svg2, one, two bytes.Buffer
	if err := errors.Join(WriteSVG(&svg, f), WriteSVG(&svg2, f), WritePNG(&one, f), WritePNG(&two, f)); err != nil {
		t.Fatal(err)
	}
	if svg.String() != svg2.String() || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same figure gives other bytes")
	}
	var texts []string
	for d := xml.NewDecoder(&svg2); ; {
		k, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg.String())
		}
		if s, ok := k.(xml.CharData); ok {
			texts = append(texts, string(s))
		}
	}
	for _, s := range []string{"Peta & <tema>", "Kode “satu” & <dua>", "miring"} {
		if !slices.Contains(texts, s) {
			t.Errorf("%q is not in %q", s, texts)
		}
	}
	img, err := png.Decode(&one)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 400 || b.Dy() != 200 {
		t.Errorf("the picture is %v", b)
	}
	for _, c := range []struct {
		x, y int
		want [3]uint32
	}{{40, 40, [3]uint32{0x08, 0x34, 0x8a}}, {2, 190, [3]uint32{0xc3, 0xcb, 0xcb}}, {390, 10, [3]uint32{255, 255, 255}}} {
		r, g, b, _ := img.At(c.x, c.y).RGBA()
		if got := [3]uint32{r >> 8, g >> 8, b >> 8}; got != c.want {
			t.Errorf("at %d, %d it is %v, not %v", c.x, c.y, got, c.want)
		}
	}
	// Letters that can't be drawn: a line more, which says so.
	f.Shapes = append(f.Shapes, Words{X: 10, Y: 80, Text: "你好", Size: 12, Fill: "#000000"})
	told := 0
	f.Lacking = func(l Letters) string { told = l.Count; return "kurang " + l.String() }
	if err := WritePNG(&two, f); err != nil || told != 2 {
		t.Errorf("%d letters are told to be missing: %v", told, err)
	}
}

func TestWordsFit(t *testing.T) {
	t.Parallel()
	if w := WordsWidth("iii", 12, false); w <= 0 || w >= WordsWidth("mmm", 12, false) || WordsWidth("iii", 24, false) != 2*w {
		t.Errorf("iii is %v wide", w)
	}
	text := "Ketergantungan pihak luar yang berkepanjangan sekali"
	for _, l := range append(Wrapped(text, 12, true, 90, 2), Cut(text, 12, true, 90)) {
		if w := WordsWidth(l, 12, true); w > 90 {
			t.Errorf("%q is %v wide", l, w)
		}
	}
	if l := Wrapped(text, 12, false, 90, 2); len(l) != 2 || !strings.HasSuffix(l[1], "…") {
		t.Errorf("in two lines: %q", l)
	}
	if l := Wrapped(text, 12, false, 140, 9); strings.Join(l, " ") != text {
		t.Errorf("in as many lines as it needs: %q", l)
	}
}

// BenchmarkPDF makes a report of some 200 pages.
func BenchmarkPDF(b *testing.B) {
	p := pdfPaper(950)
	for b.Loop() {
		if err := WritePDF(io.Discard, p); err != nil {
			b.Fatal(err)
		}
	}
}
