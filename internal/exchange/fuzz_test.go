package exchange

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzRead holds what must be so of any bytes at all: no panic, a reason or a sound Reading, and the same one again.
func fuzzRead(t *testing.T, name string, data []byte) *Reading {
	t.Helper()
	if len(data) > 1<<20 {
		return nil
	}
	r, err := Read(name, data, tables(name))
	if err != nil {
		var b *BadFile
		if !errors.As(err, &b) || r != nil {
			t.Fatalf("%v, %v", r, err)
		}
		if b.cause != nil && strings.HasPrefix(b.cause.Error(), "panic:") {
			t.Fatal(b.cause)
		}
		return nil
	}
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	for i, s := range r.Spans() {
		if !strings.HasPrefix(r.Text()[s.Byte:], r.Turns[i].Text) || s.Stop-s.Start != utf8.RuneCountInString(r.Turns[i].Text) {
			t.Fatalf("turn %d: %+v", i, s)
		}
		if i > 200 {
			break
		}
	}
	return r
}

func seeds(f *testing.F, ext string) {
	files, err := filepath.Glob(formats + "*" + ext)
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 20_000)])
	}
}

func FuzzTxt(f *testing.F) {
	seeds(f, ".txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		r := fuzzRead(t, "a.txt", data)
		if r == nil || r.Format != "txt" {
			return
		}
		text := strings.ReplaceAll(decodeAs(withoutMark(data), r.Charset), "\x00", "")
		if got, want := kept(r), letters(text); !strings.HasPrefix(want, got) {
			// What follows the last turn with words is a label or a time without any.
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

func FuzzMd(f *testing.F) {
	f.Add([]byte("# a\n**b:** *c* _d_ [e](http://f) `g` \\* <br> <!-- h -->\n\n- i\n\n```\nj\n```"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.md", data) })
}

func FuzzSrt(f *testing.F) {
	seeds(f, "film.srt")
	f.Add([]byte("1\n00:00:01,000 --> \n-->\n00:00:01,000 --> 00:00:02,000\n<v &lt;b>--> <i\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.srt", data) })
}

func FuzzVtt(f *testing.F) {
	seeds(f, ".vtt")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.vtt", data) })
}

// FuzzDocx fuzzes the document's XML inside a sound archive, and the bytes as an archive.
func FuzzDocx(f *testing.F) {
	f.Add([]byte(`<w:document ` + wordNS + `><w:body><w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>a</w:t><w:tab/><w:footnoteReference w:id="1"/></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:body></w:document>`))
	seeds(f, ".docx")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, "a.docx", data)
		fuzzRead(t, "a.docx", docxOf(t, "<?xml version=\"1.0\"?>"+string(data), "word/footnotes.xml", string(data)))
	})
}

// FuzzOdt fuzzes an OpenDocument text's XML, and the bytes as an archive.
func FuzzOdt(f *testing.F) {
	f.Add([]byte(`<office:document-content ` + odfNS + `><office:body><office:text><text:list text:style-name="L"><text:list-item><text:p>a<text:s/><text:note><text:note-body><text:p>b</text:p></text:note-body></text:note><office:annotation office:name="n"><text:p>c</text:p></office:annotation>d<office:annotation-end office:name="n"/></text:p></text:list-item></text:list></office:text></office:body></office:document-content>`))
	seeds(f, ".odt")
	seeds(f, ".fodt")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, "a.odt", data)
		fuzzRead(t, "a.odt", odtOf(t, "<?xml version=\"1.0\"?>"+string(data), "styles.xml", string(data)))
	})
}

func FuzzRtf(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}\f0\'cf\u-10179?\u-8985?{\footnote\chftn b}{\*\atrfstart 1}c{\*\atrfend 1}{\*\annotation{\*\atnref 1}d}{\deleted e\par}{\listtext 1.}\bin2 }}\trowd\cell\row}`))
	seeds(f, ".rtf")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, "a.rtf", data)
		fuzzRead(t, "a.rtf", []byte(`{\rtf1 a`+string(data)+`}`))
	})
}

// FuzzPdf fuzzes a page's content, what hangs on it, and the bytes as a file: here while fuzzing, which keeps one
// PDFium for all files that it gets through, else in a child.
func FuzzPdf(f *testing.F) {
	f.Add([]byte("BT /F1 12 Tf 72 700 Td (RY: halo) Tj 0 -14 Td (in-) Tj 0 -14 Td (formasi) Tj ET q 1 0 0 1 0 0 cm [(a)-900(b)] TJ"))
	f.Add(pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Lama.")))
	f.Add([]byte(highlit(72, 780, 4, 9, "/Contents(a)/T(b)/M(D:2026)/IRT 100 0 R")))
	read := func(t *testing.T, data []byte) { fuzzRead(t, "a.pdf", data) }
	if flag.Lookup("test.fuzz").Value.String() != "" {
		if err := thePdfReader.ready(pdfCache(f)); err != nil {
			f.Fatal(err)
		}
	} else {
		x := pdfChild(f)
		read = func(t *testing.T, data []byte) {
			var b *BadFile
			if _, err := x.Read(t.Context(), "a.pdf", data, Options{}); err != nil && (!errors.As(err, &b) || b.Reason == BadCrashed) {
				t.Fatal(err)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read(t, append([]byte("%PDF-"), data...))
		read(t, pdfWith([]string{string(data)}, ""))
		read(t, pdfHung([][]printed{linesAt(72, 780, "RY: Sejak kapan?", "P01: Lama.")}, hung{0, string(data)}))
	})
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte(`<html><ol start=2><li>a<ruby>b<rt>c</ruby><del>d</del><pre> e</pre><table><td>f<a href=g>h</a><svg></svg><!-- i -->&#0;&#xFFFE;`))
	seeds(f, ".html")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.html", data) })
}

func FuzzCsv(f *testing.F) {
	f.Add([]byte("sep=;\na;b;b\n\"c\nd\";1;2026-01-02\n;;\n"))
	seeds(f, ".csv")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.csv", data) })
}

// FuzzXlsx fuzzes the rows of a sheet, its strings and styles, and the bytes as an archive.
func FuzzXlsx(f *testing.F) {
	f.Add([]byte(`<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="C1" t="inlineStr"><is><r><t>a</t></r></is></c></row><row><c s="2"><v>1.5</v></c></row>`))
	seeds(f, ".xlsx")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, "a.xlsx", data)
		fuzzRead(t, "a.xlsx", xlsxOf(t, string(data)))
	})
}

func FuzzWhisper(f *testing.F) {
	seeds(f, "whisper.json")
	f.Add([]byte(whisperTable + "1\t2\ta\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, "a.json", data)
		fuzzRead(t, "a.tsv", append([]byte(whisperTable), data...))
	})
}

// FuzzChildReply: what a child says is refused or sound, and never more than it said.
func FuzzChildReply(f *testing.F) {
	f.Add(goodAnswer(f))
	var b bytes.Buffer
	if err := writeAnswer(&b, answer{Bad: bad(BadTooBig, "max", "50 MB")}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := parseAnswer(raw)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := writeAnswer(&b, *a); err != nil {
			t.Fatal(err)
		}
		if _, err := parseAnswer(b.Bytes()); err != nil {
			t.Fatalf("taken once and refused when said again: %v", err)
		}
	})
}

// FuzzUnpack: of any bytes at all a zip's files are handed out by names that lead nowhere and within the limits, or there is a reason;
// what a child would say of them is believed, and says the same.
func FuzzUnpack(f *testing.F) {
	for _, z := range badZips(f) {
		if len(z.data) < 20_000 {
			f.Add(z.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		var names []string
		total := 0
		passed, err := unpack(data, func(p Packed) error {
			names = append(names, p.Name)
			total += len(p.Data)
			for part := range strings.SplitSeq(p.Name, "/") {
				if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "\\\x00") {
					t.Fatalf("a name: %q", p.Name)
				}
			}
			if (p.Bad == nil) == (len(p.Data) == 0) {
				t.Fatalf("%q: %v and %d bytes", p.Name, p.Bad, len(p.Data))
			}
			return nil
		})
		var b *BadFile
		if err != nil && !errors.As(err, &b) || len(names) > MaxPacked || total > maxUnpacked {
			t.Fatalf("%d files, %d bytes, %v", len(names), total, err)
		}
		var said bytes.Buffer
		if err := childUnpack(&said, data); err != nil {
			t.Fatal(err)
		}
		var heard []string
		end, err := hearParts(&said, func(p Packed) error { heard = append(heard, p.Name); return nil })
		if err != nil || end.Passed != passed || (end.Bad == nil) != (b == nil) || !slices.Equal(heard, names) {
			t.Fatalf("heard %q with %d passed over, %v, %v; not %q, %d, %v", heard, end.Passed, end.Bad, err, names, passed, b)
		}
	})
}
