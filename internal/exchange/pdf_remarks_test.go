package exchange

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A hung is something on a page of pdfHung.
type hung struct {
	page    int
	entries string // of its dictionary
}

// highlit are the entries of a highlight over the letters from and up to these of the line at x and y, in 12 points.
func highlit(x, y float64, from, to int, more string) string {
	l, r, b, t := x+7.2*float64(from), x+7.2*float64(to), y-3, y+9
	return fmt.Sprintf("/Subtype/Highlight/Rect[%g %g %g %g]/QuadPoints[%g %g %g %g %g %g %g %g]%s", l, b, r, t, l, t, r, t, l, b, r, b, more)
}

// pdfHung writes a PDF of pages like pdfOf's, with things that hang on them; the first of these is object 100.
func pdfHung(pages [][]printed, things ...hung) []byte {
	const first = 100
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"}
	var kids strings.Builder
	for i, page := range pages {
		var b, here strings.Builder
		for _, w := range page {
			fmt.Fprintf(&b, "BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", w.size, w.x, w.y, w.text)
		}
		for k, h := range things {
			if h.page == i {
				fmt.Fprintf(&here, "%d 0 R ", first+k)
			}
		}
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R/Annots[%s]>>", 5+2*i, here.String()),
			fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", b.Len(), b.String()))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids.String())
	for len(objects) < first-1 {
		objects = append(objects, "null")
	}
	for _, h := range things {
		objects = append(objects, "<</Type/Annot"+h.entries+">>")
	}
	return pdfFile("", objects...)
}

// TestPdfRemarks: what somebody wrote on the pages of a PDF comes as comments, on the words that it marks: over two lines
// with a hyphen between, beside a speaker's label, behind accents that the file drew apart and a head that is left out; a
// note hangs on the line beside it, or on the page's first words. Links, fields and marks without words are counted.
func TestPdfRemarks(t *testing.T) {
	x := pdfChild(t)
	var pages [][]printed
	for range 4 {
		pages = append(pages, append(linesAt(72, 760, "RY: Sejak kapan menjual kopi?", "P01: Sejak tahun lalu, dan infor-", "masi itu datang dari Universit\\264e.", "RY: Lalu?"), printed{72, 800, 12, "Transkrip 03"}))
	}
	pages = append(pages, nil)
	who := "/T(Rina)/CreationDate(D:20260312101530+07'00')"
	r, err := x.Read(t.Context(), "a.pdf", pdfHung(pages,
		hung{0, highlit(72, 760, 4, 15, "/Contents(satu)"+who)},
		hung{0, highlit(72, 746, 0, 4, "/Contents(pada label)"+who)},
		hung{0, "/Subtype/Highlight/Rect[200 729 300 755]/QuadPoints[266.4 755 310 755 266.4 743 310 743 72 741 108 741 72 729 108 729]/Contents(dua\\rbaris)/T(\xfe\xff\x00B\x00u\x00d\x00i)/M(D:20260312)"},
		hung{0, "/Subtype/Text/Rect[200 729 300 755]/IRT 102 0 R/Contents(jawaban)/T(Sari)"},
		hung{1, highlit(72, 732, 21, 32, "/Contents(aksen)")},
		hung{1, highlit(72, 800, 0, 9, "/Contents(pada kepala)")},
		hung{1, "/Subtype/Text/Rect[540 715 560 735]/Contents(catatan di samping)"},
		hung{1, "/Subtype/FreeText/Rect[72 100 200 130]/Contents(jauh di bawah)/DA(/F1 9 Tf)"},
		hung{4, "/Subtype/Text/Rect[72 100 200 130]/Contents(di halaman kosong)"},
		hung{2, highlit(72, 760, 4, 15, "")},
		hung{2, "/Subtype/Link/Rect[0 0 9 9]/Contents(tautan)/A<</S/URI/URI(https://example.org)>>"},
		hung{2, "/Subtype/Popup/Rect[0 0 9 9]/Contents(jendela)"},
	), Options{})
	if err != nil {
		t.Fatal(err)
	}
	runes := []rune(r.Text())
	var got []string
	for _, c := range r.Comments {
		if c.Start >= 0 && string(runes[c.Start:c.Stop]) != c.Words {
			t.Errorf("%+v doesn't stand on its words", c)
		}
		at := "?"
		for i, s := range r.Spans() {
			if c.Start >= s.Start && c.Start <= s.Stop {
				at = fmt.Sprint(i)
			}
		}
		got = append(got, fmt.Sprintf("%s %s|%s|%s|%s", c.Author, c.At, strings.ReplaceAll(c.Text, "\n", "⏎"), at, c.Words))
	}
	want := []string{
		"Rina 2026-03-12T10:15:30|satu|0|Sejak kapan",
		"Rina 2026-03-12T10:15:30|pada label|1|",
		"Budi 2026-03-12|dua⏎baris|1|informasi",
		"Sari |jawaban|1|informasi",
		" |aksen|4|Université",
		" |pada kepala|3|", // its words are left out: the line beside them
		" |catatan di samping|5|",
		" |jauh di bawah|3|",
		" |di halaman kosong|?|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s\n%q", strings.Join(got, "\n"), strings.Join(want, "\n"), texts(r))
	}
	if c, h := noteOf(r, "comments"), noteOf(r, "hung"); c.N != 9 || h.N != 3 {
		t.Errorf("%d comments and %d other things", c.N, h.N)
	}
}

// TestPdfTime: days as PDFs have them, and what is none.
func TestPdfTime(t *testing.T) {
	for in, want := range map[string]string{
		"D:20260312100000+07'00'": "2026-03-12T10:00:00",
		"D:202603121000":          "2026-03-12T10:00:00",
		"20260312":                "2026-03-12",
		"D:00000000000000Z":       "",
		"D:20260012":              "",
		"D:2026":                  "",
		"":                        "",
	} {
		if got := pdfTime(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
