package exchange

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"
)

func same(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var a, b bytes.Buffer
	if err := write(&a); err != nil {
		t.Fatal(err)
	}
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same thing gives other bytes")
	}
	return a.Bytes()
}

func TestCodebookXLSX(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("kata 🦐 ", 9000)
	rows := codebook()
	rows = append(rows, CodebookRow{ID: 3, Path: "007", Level: 1, Kind: "code", Name: "007", Definition: long, Use: "_x0041_ spasi \n", Avoid: " =A1", Example: "\t=1+1"})
	raw := same(t, func(w io.Writer) error { return WriteCodebookXLSX(w, rows) })
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.GetRows("codebook", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || strings.Join(got[0], "|") != strings.Join(CodebookColumns, "|")+"|definition (2)|definition (3)" {
		t.Fatalf("%d rows, head %q", len(got), got[0])
	}
	for i, r := range rows {
		for c, want := range r.cells() {
			is := ""
			if c < len(got[i+1]) {
				is = got[i+1][c]
			}
			if c == 6 && i == 2 {
				is += got[3][len(CodebookColumns)]
				if len(got[3]) > len(CodebookColumns)+1 {
					is += got[3][len(CodebookColumns)+1]
				}
			}
			if is != want {
				t.Errorf("row %d, %s: %.40q, want %.40q", i+1, CodebookColumns[c], is, want)
			}
			cell, err := excelize.CoordinatesToCellName(c+1, i+2)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula("codebook", cell); err != nil || formula != "" {
				t.Errorf("%s is a formula: %q %v", cell, formula, err)
			}
		}
	}
	if kind, err := f.GetCellType("codebook", "F4"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("the name 007 is of type %v, %v", kind, err)
	}
	if kind, err := f.GetCellType("codebook", "A4"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("a number is of type %v, %v", kind, err)
	}
	if h, err := f.GetRowHeight("codebook", 4); err != nil || h != 409 {
		t.Errorf("the row with long words is %v high, %v", h, err)
	}
	if h, err := f.GetRowHeight("codebook", 2); err != nil || h < 15 || h > 60 {
		t.Errorf("a row with few words is %v high, %v", h, err)
	}
	part, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := fs.ReadFile(part, "xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range regexp.MustCompile(`<col min="(\d+)"`).FindAllSubmatch(page, -1) {
		if string(m[1]) != strconv.Itoa(i+1) {
			t.Errorf("column %s stands at place %d", m[1], i+1)
		}
	}
	if p, err := f.GetPanes("codebook"); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("the first row moves: %+v, %v", p, err)
	}
}

func TestSegmentsXLSX(t *testing.T) {
	t.Parallel()
	rows := []SegmentRow{{Coding: 8801, DocumentID: 4, Document: "P04", Turn: 7, Speaker: "P04", FromMS: 751_500, ToMS: -1, Start: 10, Stop: 22, Attributes: []string{"=Ya"}, CodePath: "A / B", CodeID: 2, Words: "baris satu\nbaris \"dua\" ", Coder: "RY", At: at}}
	raw := same(t, func(w io.Writer) error { return WriteSegmentsXLSX(w, []string{"Group"}, rows) })
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.GetRows("segments", excelize.Options{RawCellValue: true})
	if err != nil || len(got) != 2 || got[0][11] != "attribute: Group" || got[1][11] != "=Ya" || got[1][14] != rows[0].Words || got[1][6] != "00:12:31.500" {
		t.Errorf("%q, %v", got, err)
	}
	if p, err := f.GetDocProps(); err != nil || p.Creator != "anyam" || p.Created != instant(at) || p.Modified != p.Created {
		t.Errorf("the workbook says of itself %+v, %v", p, err)
	}
	rows[0].Attributes = nil
	if err := WriteSegmentsXLSX(io.Discard, []string{"Group"}, rows); err == nil {
		t.Error("a row with too few values was written")
	}
}

func wicked() Paper {
	return Paper{Title: "Tema & <klaim> #1", Language: "id", Blocks: []Block{
		Heading{1, "Fase 1 # C #"},
		Paragraph{Runs: []Run{{Text: "Dua "}, {Text: "kata ", Bold: true}, {Text: "dan tautan", Link: "https://example.org/?a=1&b=2"}, {Text: " dan jahat", Link: "javascript:alert(1)"}}},
		Paragraph{Quote: true, Runs: []Run{{Text: "# Saya 🦐 *menebak*.\n1. _Baris_ <b>kedua</b> &amp; [x](y)\n- tiga\n\n    empat"}}},
		Paragraph{Item: true, Runs: []Run{{Text: "Satu\n+ dua"}}},
		Paragraph{Item: true, Runs: []Run{{Text: "=== ~~tiga~~"}}},
		Grid{Widths: []int{1, 3}, Head: []string{"Cara", "Bukti | lain"}, Rows: [][][]Run{{{{Text: "Jurnal"}}, {{Text: "3 | memo\nbaris"}}}, {{{Text: "Kosong"}}}}},
		Plain("Akhir"),
	}}
}

// shown is what a page's reader sees of some elements, break by break.
func shown(t *testing.T, page, wanted string) (all []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var text func(*html.Node) string
	text = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		s := ""
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			s += text(c)
		}
		return s
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && strings.Contains(" "+wanted+" ", " "+n.Data+" ") {
			all = append(all, text(n))
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return all
}

var want = []string{"Tema & <klaim> #1", "Fase 1 # C #", "Dua kata dan tautan dan jahat", "# Saya 🦐 *menebak*.\n1. _Baris_ <b>kedua</b> &amp; [x](y)\n- tiga\n\n    empat", "Satu\n+ dua", "=== ~~tiga~~", "Cara", "Bukti | lain", "Jurnal", "3 | memo\nbaris", "Kosong", "", "Akhir"}

func TestPaperAsHTML(t *testing.T) {
	t.Parallel()
	page := string(same(t, func(w io.Writer) error { return WriteHTML(w, wicked()) }))
	if got := shown(t, page, "h1 h2 h3 p blockquote li th td"); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if strings.Contains(page, "javascript:") || strings.Contains(page, "<script") || !strings.Contains(page, `href="https://example.org/?a=1&amp;b=2"`) {
		t.Errorf("links: %s", page)
	}
}

// rendered gives Markdown as another program shows it, with what that makes of breaks undone.
func rendered(t *testing.T, source []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert(source, &b); err != nil {
		t.Fatal(err)
	}
	s := strings.ReplaceAll(b.String(), "<br />\n", "\n")
	s = strings.ReplaceAll(s, "<!-- raw HTML omitted -->", "\n") // <br> in a cell, which goldmark does not trust
	return strings.ReplaceAll(strings.ReplaceAll(s, "<p>\n", "<p>"), "\n</p>", "</p>")
}

func TestPaperAsMarkdown(t *testing.T) {
	t.Parallel()
	raw := same(t, func(w io.Writer) error { return WriteMarkdown(w, wicked()) })
	page := rendered(t, raw)
	var all []string
	for _, s := range shown(t, page, "h1 h2 h3 p li th td") {
		all = append(all, strings.Trim(s, "\n"))
	}
	if strings.Join(all, "\x00") != strings.Join(want, "\x00") {
		t.Errorf("got\n%q\nwant\n%q\nof\n%s", all, want, raw)
	}
	if n := strings.Count(page, "<a href="); n != 1 || !strings.Contains(page, "<strong>kata</strong>") || !strings.Contains(page, "<blockquote>") {
		t.Errorf("page: %s", page)
	}
}

// TestMarkdownSaysTheSame renders random texts of what markup is made of and finds them again.
func TestMarkdownSaysTheSame(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	alphabet := []string{"a", "b c", " ", "  ", "\t", "\n", "*", "**", "_", "`", "```", "#", "+", "-", "---", "=", "1.", "2)", ">", "<", "<b>", "</b>", "<!--", "&", "&amp;", "&#32;", "[", "]", "(", ")", "![", "|", "~~", "\\", "$", "🦐", "é", "\"", ":", "    x", "[x]: y"}
	for range 3000 {
		var s strings.Builder
		for range 1 + r.IntN(9) {
			s.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		words := s.String()
		if strings.TrimSpace(words) == "" {
			continue
		}
		kind := r.IntN(4)
		var b Block
		switch kind {
		case 0:
			b = Plain(words)
		case 1:
			b = Paragraph{Quote: true, Runs: []Run{{Text: words}}}
		case 2:
			b = Paragraph{Item: true, Runs: []Run{{Text: words}}}
		default:
			b = Grid{Head: []string{"K"}, Rows: [][][]Run{{{{Text: words}}}}}
		}
		var out bytes.Buffer
		if err := WriteMarkdown(&out, Paper{Title: "J", Blocks: []Block{b}}); err != nil {
			t.Fatal(err)
		}
		page := rendered(t, out.Bytes())
		got := shown(t, page, "p li td")
		if len(got) != 1 || strings.Trim(got[0], "\n") != strings.Trim(words, "\n") {
			t.Fatalf("kind %d, %q is shown as %q: %s\nof %q", kind, words, got, page, out.String())
		}
	}
}

func coded() Coded {
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02") }
	return Coded{Title: "P04 & <udang>", Language: "id", Of: "id", Facts: []string{"Wawancara"}, Say: CodedWords{Turn: "giliran", Key: "Kode", Number: "No.", Code: "Kode", Coder: "Pengode", Words: "Kata", Memo: "Memo", Date: day},
		Turns: []CodedTurn{{Number: 1, Label: "P", Start: 0, Text: "Sejak kapan?"}, {Number: 2, Label: "P04", Time: "0:12", Start: 13, Text: "Saya 🦐 jual\nlewat  <b>orang</b>."}, {Number: 3, Label: "P", Start: 47, Text: ""}},
		Marks: []Mark{
			{Start: 13, Stop: 24, Code: "Pasar / Menjual", Colour: 2, Coder: "Rina \"RY\" Yusuf", Initials: "RY", At: at, Memos: []MarkMemo{{"Dewi", at, "Benar?\nYa"}}},
			{Start: 18, Stop: 30, Code: "Pasar / Orang & lain", Colour: 14, Coder: "Dewi", Initials: "D", At: at},
			{Start: 6, Stop: 19, Code: "Lintas", Colour: 7, Coder: "Dewi", Initials: "D", At: at},
			{Start: 13, Stop: 24, Code: "Dua", Colour: 1, Coder: "Dewi", Initials: "D"},
		}}
}

func part(t *testing.T, raw []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCodedDOCX(t *testing.T) {
	t.Parallel()
	raw := same(t, func(w io.Writer) error { return WriteCodedDOCX(w, coded()) })
	body, comments := part(t, raw, "word/document.xml"), part(t, raw, "word/comments.xml")
	for i := range 4 {
		from, to := strings.Index(body, fmt.Sprintf(`<w:commentRangeStart w:id="%d"/>`, i)), strings.Index(body, fmt.Sprintf(`<w:commentRangeEnd w:id="%d"/>`, i))
		if from < 0 || to < from || strings.Count(body, fmt.Sprintf(`<w:commentReference w:id="%d"/>`, i)) != 1 {
			t.Errorf("comment %d stands at %d to %d", i, from, to)
		}
	}
	// The words under the first comment are those of its mark: in the order of where they begin it is the one over two turns.
	words := func(i int) string {
		from, to := strings.Index(body, fmt.Sprintf(`<w:commentRangeStart w:id="%d"/>`, i)), strings.Index(body, fmt.Sprintf(`<w:commentRangeEnd w:id="%d"/>`, i))
		s := ""
		for _, m := range regexp.MustCompile(`<w:br/>|<w:t xml:space="preserve">([^<]*)</w:t>`).FindAllStringSubmatch(body[from:to], -1) {
			s += m[1]
			if m[0] == "<w:br/>" {
				s += "\n"
			}
		}
		return s
	}
	if w := words(0); w != "kapan?2 · 0:12  P04: Saya 🦐" {
		t.Errorf("over two turns: %q", w)
	}
	if w := words(1); w != "Saya 🦐 jual" {
		t.Errorf("inside one: %q", w)
	}
	if w := words(3); w != "🦐 jual\nlewat" {
		t.Errorf("over a line feed: %q", w)
	}
	for _, s := range []string{`w:author="Rina &#34;RY&#34; Yusuf" w:initials="RY" w:date="2026-03-12T01:30:00Z"`, "Pasar / Menjual", "Memo (Dewi, 2026-03-12): ", "Benar?"} {
		if !strings.Contains(comments, s) {
			t.Errorf("%q is not in the comments:\n%s", s, comments)
		}
	}
	none := coded()
	none.Marks = nil
	var b bytes.Buffer
	if err := WriteCodedDOCX(&b, none); err != nil || bytes.Contains(b.Bytes(), []byte("comments.xml")) {
		t.Errorf("without codings: %v", err)
	}
}

func TestCodedHTML(t *testing.T) {
	t.Parallel()
	page := string(same(t, func(w io.Writer) error { return WriteCodedHTML(w, coded()) }))
	got := shown(t, page[strings.Index(page, "<div lang"):strings.Index(page, "</div>")], "p")
	if len(got) != 3 || got[0] != "1 P: Sejak kapan?" || got[1] != "2 · 0:12 P04: Saya 🦐 jual\nlewat  <b>orang</b>." {
		t.Errorf("words: %q", got)
	}
	if n := strings.Count(page, `class="n"`); n != 4 {
		t.Errorf("%d numbers", n)
	}
	cells := shown(t, page, "td")
	if len(cells) != 20 || cells[2] != "kapan?\nSaya 🦐" || cells[6] != "Pasar / Menjual" || cells[9] != "Dewi, 2026-03-12: Benar?\nYa" {
		t.Errorf("list: %q", cells)
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>") {
		t.Error("something in the words became markup")
	}
}

// TestGoldenPapers holds what is written in readable formats to the files in testdata/out.
func TestGoldenPapers(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(io.Writer) error{
		"paper.md":   func(w io.Writer) error { return WriteMarkdown(w, wicked()) },
		"paper.html": func(w io.Writer) error { return WriteHTML(w, wicked()) },
		"coded.html": func(w io.Writer) error { return WriteCodedHTML(w, coded()) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		at := filepath.Join("testdata", "out", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s differs from testdata/out/%s (go test -run Golden -update writes it anew)", name, name)
		}
	}
}

func TestArchiveNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"P04 udang": "P04 udang", "../../etc/passwd": "_.._etc_passwd", "a/b\\c:d": "a_b_c_d", " .": "_", "": "_", "x\u202etxt.exe": "x_txt.exe", strings.Repeat("é", 100) + ".docx": strings.Repeat("é", 80) + ".docx", "CON\x00.txt": "CON_.txt", "nama.": "nama"} {
		if got := ArchiveName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestViewerEndsNoElementEarly(t *testing.T) {
	t.Parallel()
	v := Viewer{Name: "</script><script>alert(1)</script>", Language: "id", Documents: []ViewedDocument{{ID: 4, Name: "<!--"}}}
	page := string(same(t, func(w io.Writer) error {
		return WriteViewer(w, v, func(int64) (ViewedText, error) {
			return ViewedText{Turns: []ViewedTurn{{Number: 1, Text: "</script>\u2028<b>"}}}, nil
		})
	}))
	scripts := shown(t, page, "script")
	var back Viewer
	var text ViewedText
	if len(scripts) != 3 || scripts[2] != viewerScript || json.Unmarshal([]byte(scripts[0]), &back) != nil || back.Name != v.Name || json.Unmarshal([]byte(scripts[1]), &text) != nil || text.Turns[0].Text != "</script>\u2028<b>" {
		t.Errorf("%d scripts, name %q, text %+v", len(scripts), back.Name, text)
	}
	sum := sha256.Sum256([]byte(viewerScript))
	if !strings.Contains(page, "script-src &#39;sha256-"+base64.StdEncoding.EncodeToString(sum[:])) && !strings.Contains(page, "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Error("the policy does not name the script")
	}
	broken := errors.New("the text is away")
	if err := WriteViewer(io.Discard, v, func(int64) (ViewedText, error) { return ViewedText{}, broken }); !errors.Is(err, broken) {
		t.Errorf("a text that can't be had: %v", err)
	}
}
