package exchange

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode"
)

// pdfCache is where tests keep the compiled reader, so that it is compiled once on a machine and not in each run.
func pdfCache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "anyam")
}

// pdfChild reads PDFs in children whose reader is compiled: inside of a test that is built to find races, compiling would
// take a minute.
func pdfChild(t testing.TB) *Extractor {
	t.Helper()
	x := self(t)
	x.Cache = pdfCache(t)
	if err := x.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

// words of a page: where they stand in points from the lower left corner, and how tall they are.
type printed struct {
	x, y, size float64
	text       string
}

// linesAt prints lines under each other from the top of the page, 14 points apart, in 12 points.
func linesAt(x, y float64, lines ...string) (all []printed) {
	for i, l := range lines {
		if l != "" {
			all = append(all, printed{x, y - 14*float64(i), 12, l})
		}
	}
	return all
}

// pdfOf writes a PDF of pages with words, in Courier, whose letters are all 0.6 of its size wide. Characters are those of
// Latin-1. A page of nil words has a line across it.
func pdfOf(pages ...[]printed) []byte {
	var streams []string
	for _, page := range pages {
		var b strings.Builder
		if page == nil {
			b.WriteString("0 0 m 500 500 l S")
		}
		for _, w := range page {
			var latin []byte
			for _, c := range w.text {
				if strings.ContainsRune(`()\`, c) {
					latin = append(latin, '\\')
				}
				latin = append(latin, byte(c))
			}
			fmt.Fprintf(&b, "BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", w.size, w.x, w.y, latin)
		}
		streams = append(streams, b.String())
	}
	return pdfWith(streams, "")
}

// pdfWith writes a PDF whose pages have these contents; extra stands in its trailer.
func pdfWith(streams []string, extra string) []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"}
	var kids strings.Builder
	for i, s := range streams {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 5+2*i),
			fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(s), s))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(streams), kids.String())
	return pdfFile(extra, objects...)
}

// pdfFile writes objects, numbered from 1, of which the first is the catalogue.
func pdfFile(extra string, objects ...string) []byte {
	b := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var places []int
	for i, o := range objects {
		places = append(places, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range places {
		b = fmt.Appendf(b, "%010d 00000 n \n", p)
	}
	return fmt.Appendf(b, "trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, extra, at)
}

// packedSpaces is n MB of spaces as a stream packs them: one packed MB again and again, which is made in no time.
func packedSpaces(n int) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(bytes.Repeat([]byte(" "), 1<<20))
	w.Flush()
	return "\x78\xda" + strings.Repeat(b.String(), n)
}

func noteOf(r *Reading, key string) Note {
	for _, n := range r.Notes {
		if n.Key == "reading.note."+key {
			return n
		}
	}
	return Note{}
}

func texts(r *Reading) (all []string) {
	for _, t := range r.Turns {
		all = append(all, t.Label+"|"+t.Text)
	}
	return all
}

// TestPdfPassages: lines become the passages that a person sees.
func TestPdfPassages(t *testing.T) {
	x := pdfChild(t)
	for what, c := range map[string]struct {
		pages [][]printed
		want  []string
	}{
		"speakers": {[][]printed{linesAt(72, 780,
			"RY: Sejak kapan Ibu menjual kopi ini", "kepada pembeli?",
			"P01: Sejak tahun lalu, sebelum itu", "kami menjual lewat pengepul saja.",
			"RY: Lalu?", "P01: Tidak.")},
			[]string{"RY|Sejak kapan Ibu menjual kopi ini kepada pembeli?", "P01|Sejak tahun lalu, sebelum itu kami menjual lewat pengepul saja.", "RY|Lalu?", "P01|Tidak."}},
		"a passage over two pages": {[][]printed{
			linesAt(72, 780, "RY: Bagaimana?", "P01: Kami menjual lewat pengepul, dan"),
			linesAt(72, 780, "tidak lewat koperasi sejak tahun itu", "karena lebih mudah.", "RY: Ya?", "P01: Ya.")},
			[]string{"RY|Bagaimana?", "P01|Kami menjual lewat pengepul, dan tidak lewat koperasi sejak tahun itu karena lebih mudah.", "RY|Ya?", "P01|Ya."}},
		"gaps": {[][]printed{linesAt(72, 780,
			"Catatan lapangan dari pasar pagi itu", "panjang sekali dan tidak ada jeda di",
			"", "Bagian kedua dari catatan yang sama,", "yang juga panjang dan tidak ada jeda")},
			[]string{"|Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada jeda di", "|Bagian kedua dari catatan yang sama, yang juga panjang dan tidak ada jeda"}},
		"indents": {[][]printed{slices.Concat(
			linesAt(90, 780, "Catatan lapangan dari pasar pagi"), linesAt(72, 766, "panjang sekali dan tidak ada jeda di", "antara kata dan kata yang terakhirnya"),
			linesAt(90, 738, "Bagian kedua dari catatan, yang"), linesAt(72, 724, "juga panjang dan tidak ada jedanya"))},
			[]string{"|Catatan lapangan dari pasar pagi panjang sekali dan tidak ada jeda di antara kata dan kata yang terakhirnya", "|Bagian kedua dari catatan, yang juga panjang dan tidak ada jedanya"}},
		"indents, and a paragraph of one full line": {[][]printed{slices.Concat(
			linesAt(90, 780, "Catatan lapangan dari pasar pagi."), linesAt(90, 766, "Bagian kedua dari catatan ini, ya"), linesAt(72, 752, "panjang sekali dan tidak ada jeda di", "antara kata dan kata yang terakhirnya"))},
			[]string{"|Catatan lapangan dari pasar pagi.", "|Bagian kedua dari catatan ini, ya panjang sekali dan tidak ada jeda di antara kata dan kata yang terakhirnya"}},
		"hanging, and a paragraph of one full line": {[][]printed{slices.Concat(
			linesAt(72, 780, "Pewawancara Catatan lapangan dari sana"), linesAt(150, 766, "juga panjang dan tidak ada", "jedanya sama sekali."), linesAt(72, 738, "Rina Catatan lapangan dari pasar pagi.", "Pewawancara Bagian kedua dari catatan"), linesAt(150, 710, "panjang sekali dan tidak ada", "jeda di antara kata."))},
			[]string{"|Pewawancara Catatan lapangan dari sana juga panjang dan tidak ada jedanya sama sekali.", "|Rina Catatan lapangan dari pasar pagi.", "|Pewawancara Bagian kedua dari catatan panjang sekali dan tidak ada jeda di antara kata."}},
		"hanging": {[][]printed{slices.Concat(
			linesAt(72, 780, "- Catatan lapangan dari pasar pagi itu"), linesAt(90, 766, "panjang sekali dan tidak ada jeda", "antara kata dan kata terakhirnya,", "di sini juga tidak ada jeda kata"),
			linesAt(72, 724, "- Bagian kedua dari catatan yang sama"), linesAt(90, 710, "juga panjang dan tidak ada jedanya"))},
			[]string{"|- Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada jeda antara kata dan kata terakhirnya, di sini juga tidak ada jeda kata", "|- Bagian kedua dari catatan yang sama juga panjang dan tidak ada jedanya"}},
		"a column of speakers": {[][]printed{slices.Concat(
			linesAt(72, 780, "RY:"), linesAt(130, 780, "Sejak kapan Ibu menjual kopi"), linesAt(130, 766, "kepada pembeli itu?"),
			linesAt(72, 752, "P01:"), linesAt(130, 752, "Sejak tahun lalu."), linesAt(72, 738, "RY:"), linesAt(130, 738, "Lalu?"), linesAt(72, 724, "P01:"), linesAt(130, 724, "Tidak."))},
			[]string{"RY|Sejak kapan Ibu menjual kopi kepada pembeli itu?", "P01|Sejak tahun lalu.", "RY|Lalu?", "P01|Tidak."}},
		"two columns": {[][]printed{slices.Concat(
			linesAt(50, 780, "Kolom pertama dari jurnal itu yang", "panjang dan tidak ada jeda di antara", "kata pertama dan kata yang terakhir,"),
			linesAt(320, 780, "yang lanjut di kolom kedua dengan", "kata yang juga tidak ada jedanya di", "antara kata dan katanya."))},
			[]string{"|Kolom pertama dari jurnal itu yang panjang dan tidak ada jeda di antara kata pertama dan kata yang terakhir, yang lanjut di kolom kedua dengan kata yang juga tidak ada jedanya di antara kata dan katanya."}},
		"hyphens": {[][]printed{linesAt(72, 780,
			"Mereka memberi tahu tentang infor-", "masi yang penting itu, dan anak-", "anak petani yang tidak punya eks-", "por. Kata ekspor itu sudah lama di-", "ketahui, seperti sayur-mayur, sayur-", "mayur, atau non-", "OECD saja. Petani-petani itu")},
			[]string{"|Mereka memberi tahu tentang informasi yang penting itu, dan anak-anak petani yang tidak punya ekspor. Kata ekspor itu sudah lama diketahui, seperti sayur-mayur, sayur-mayur, atau non-OECD saja. Petani-petani itu"}},
		"numbers of lists at a distance from their words": {[][]printed{slices.Concat(
			linesAt(72, 780, "1."), linesAt(89.4, 780, "sertifikat kesehatan,"), linesAt(72, 766, "2)"), linesAt(104, 766, "dokumen pengiriman,"),
			linesAt(72, 752, "3."), linesAt(86.5, 752, "ongkos kirim."))}, // the third stands at its words
			[]string{"|1. sertifikat kesehatan, 2) dokumen pengiriman, 3.ongkos kirim."}}, // not one list
		"short lists": {[][]printed{linesAt(72, 780,
			"Yang kami urus", "1. sertifikat", "2. pengiriman", "3.ongkos kapal", "a) di Surabaya", "b) di Semayang", "- Bea Cukainya", "- karantinanya", "3.1. bea masuk", "3.2. bea keluar")},
			[]string{"|Yang kami urus", "|1. sertifikat", "|2. pengiriman", "|3.ongkos kapal", "|a) di Surabaya", "|b) di Semayang", "|- Bea Cukainya", "|- karantinanya", "|3.1. bea masuk", "|3.2. bea keluar"}},
		"what only looks like lists": {[][]printed{linesAt(72, 780,
			"Kami mulai menjual pada bulan Mei", "12. Lalu kami berhenti pada bulan", "14. Kopi itu mahal sekali dan kami", "- saya dan adik - menunggu di Mei", "2. Lalu harganya turun lagi, jauh,", "- sampai setengahnya - dan kami", "1.5 ton kopi tinggal di gudang itu")},
			[]string{"|Kami mulai menjual pada bulan Mei 12. Lalu kami berhenti pada bulan 14. Kopi itu mahal sekali dan kami - saya dan adik - menunggu di Mei 2. Lalu harganya turun lagi, jauh, - sampai setengahnya - dan kami 1.5 ton kopi tinggal di gudang itu"}},
		"a sentence that goes on": {[][]printed{linesAt(72, 780,
			"Catatan lapangan dari pasar pagi itu", "panjang sekali dan tidak ada", "jeda di antara kata dan kata lain di", "Surabaya. Baik.", "Bagian kedua dari catatan yang sama,", "juga panjang dan tidak ada jeda di")},
			[]string{"|Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada jeda di antara kata dan kata lain di Surabaya. Baik.", "|Bagian kedua dari catatan yang sama, juga panjang dan tidak ada jeda di"}},
		"who speaks once": {[][]printed{linesAt(72, 780,
			"Ani: Sejak kapan menjual kopi di sini?", "Budi: Sejak tahun lalu, sebelum itu", "kami menjual lewat pengepul saja itu.",
			"Bu Siti: Saya juga sejak tahun lalu.", "Ani: Lalu bagaimana dengan petugas di", "kantor bea cukai, apa yang dikatakan", "Kepala Dinas: surat itu belum lengkap,",
			"Budi: Tidak tahu, Mbak, petugasnya itu", "ganti terus.", "Ani: Lalu?", "Budi: Tidak.", "Ani: Ya?", "Budi: Ya.", "Ani: Oh?", "Budi: Iya.")},
			[]string{"Ani|Sejak kapan menjual kopi di sini?", "Budi|Sejak tahun lalu, sebelum itu kami menjual lewat pengepul saja itu.", "Bu Siti|Saya juga sejak tahun lalu.",
				"Ani|Lalu bagaimana dengan petugas di kantor bea cukai, apa yang dikatakan Kepala Dinas: surat itu belum lengkap,", "Budi|Tidak tahu, Mbak, petugasnya itu ganti terus.",
				"Ani|Lalu?", "Budi|Tidak.", "Ani|Ya?", "Budi|Ya.", "Ani|Oh?", "Budi|Iya."}},
		"a table of contents": {[][]printed{linesAt(72, 780,
			"Daftar Isi", "Pendahuluan .................... iv", "Izin ekspor dan surat-surat yang di-", "perlukan ....................... 13", "Keluarga . . . . . . . . . . . . 104",
			"Saya menunggu .... 5 hari sampai itu", "Kapal berangkat dan kami menunggu di", "Gresik saja, lalu kami menunggu lagi", "Surabaya lagi selama ............ 14", "Hari kemudian kami pulang ke desanya")},
			[]string{"|Daftar Isi", "|Pendahuluan .................... iv", "|Izin ekspor dan surat-surat yang diperlukan ....................... 13", "|Keluarga . . . . . . . . . . . . 104",
				"|Saya menunggu .... 5 hari sampai itu Kapal berangkat dan kami menunggu di Gresik saja, lalu kami menunggu lagi Surabaya lagi selama ............ 14 Hari kemudian kami pulang ke desanya"}},
		"a heading in larger letters": {[][]printed{
			linesAt(72, 780, "Catatan lapangan dari pasar pagi itu", "panjang sekali dan tidak ada jedanya", "Kami pulang dari Gresik ke Surabaya."),
			slices.Concat([]printed{{72, 780, 14, "Izin dan surat-suratnya semua"}}, linesAt(72, 760, "Bagian kedua dari catatan yang sama,", "juga panjang dan tidak ada jeda dan"))},
			[]string{"|Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada jedanya Kami pulang dari Gresik ke Surabaya.", "|Izin dan surat-suratnya semua", "|Bagian kedua dari catatan yang sama, juga panjang dan tidak ada jeda dan"}},
		"a size for each line, as of a page that was read by a program": {[][]printed{{
			{72, 780, 12, "Catatan lapangan dari pasar pagi itu"}, {72, 766, 13.5, "panjang sekali dan tidak ada ja"}, {72, 752, 12.5, "Kami pulang dari Gresik ke Surabay"}, {72, 738, 11.5, "Izin dan surat-surat semua ada di rum"},
			{72, 724, 11, "Lalu kapal itu berangkat ke Semayang dan"}, {72, 710, 13, "Kami menunggu di Surabaya lagi s"}, {72, 696, 12.2, "Hari kemudian kami pulang ke desa-"}, {72, 682, 11.2, "nya."}}},
			[]string{"|Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada ja Kami pulang dari Gresik ke Surabay Izin dan surat-surat semua ada di rum Lalu kapal itu berangkat ke Semayang dan Kami menunggu di Surabaya lagi s Hari kemudian kami pulang ke desanya."}},
		"accents": {[][]printed{linesAt(72, 780, "Universit\u00b4e de Gen`eve et M\u00a8unchen")}, []string{"|Université de Genève et München"}},
	} {
		r, err := x.Read(t.Context(), "a.pdf", pdfOf(c.pages...), Options{})
		if err != nil {
			t.Errorf("%s: %v, %v", what, err, errors.Unwrap(err))
			continue
		}
		if got := texts(r); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", what, got, c.want)
		}
	}
}

// TestPdfFootnotes: notes at the foot of a page go to the end, as those of other formats, and nothing else does.
func TestPdfFootnotes(t *testing.T) {
	x := pdfChild(t)
	plain := linesAt(72, 780, "Sejak kapan koperasi itu ada? Atau di", "Gresik sejak tahun 2019.1 Lalu petugas", "ganti, aturannya* ganti, dan orang itu")
	called := linesAt(72, 780, "P1: Sejak kapan koperasi itu ada?", "P2: Sejak lama.1 Lalu petugasnya itu", "ganti, aturannya* ganti, dan orang itu")
	second := linesAt(72, 780, "masih menunggu surat dari kantor.", "P1: Lalu?", "P2: Pulang.")
	small := func(y float64, lines ...string) (all []printed) {
		for i, l := range lines {
			all = append(all, printed{72, y - 10*float64(i), 8, l})
		}
		return all
	}
	for what, c := range map[string]struct {
		pages [][]printed
		want  string
	}{
		"smaller letters": {[][]printed{slices.Concat(called, small(70, "1 Koperasi simpan pinjam, lihat juga wa-", "wancara 3.", "* Nama diubah.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak lama.[1] Lalu petugasnya itu ganti, aturannya[2] ganti, dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam, lihat juga wawancara 3./|[2] Nama diubah."},
		"raised numbers, letters of one size": {[][]printed{slices.Concat(called, []printed{{72, 73, 7, "1"}}, linesAt(78, 70, "Koperasi simpan pinjam.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak lama.[1] Lalu petugasnya itu ganti, aturannya* ganti, dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam."},
		"a note on two pages": {[][]printed{slices.Concat(called, small(80, "1 Koperasi simpan pinjam, lihat juga")), slices.Concat(second, small(80, "wawancara 3."))},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak lama.[1] Lalu petugasnya itu ganti, aturannya* ganti, dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam, lihat juga wawancara 3."},
		"numbers that nothing calls": {[][]printed{slices.Concat(plain, linesAt(72, 70, "1 kilo udang lalu 2 kilo udang lagi dan", "2019 pun sama."))},
			"|Sejak kapan koperasi itu ada? Atau di Gresik sejak tahun 2019.1 Lalu petugas ganti, aturannya* ganti, dan orang itu/|1 kilo udang lalu 2 kilo udang lagi dan 2019 pun sama."},
		"above what goes on": {[][]printed{slices.Concat(called, linesAt(72, 700, "1 kilo udang lalu 2 kilo udang lagi dan", "", "P1: Lalu?", "P2: Pulang."))},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak lama.1 Lalu petugasnya itu ganti, aturannya* ganti, dan orang itu\n1 kilo udang lalu 2 kilo udang lagi dan/P1|Lalu?/P2|Pulang."},
	} {
		r, err := x.Read(t.Context(), "a.pdf", pdfOf(c.pages...), Options{})
		if err != nil {
			t.Errorf("%s: %v, %v", what, err, errors.Unwrap(err))
			continue
		}
		if got := strings.Join(texts(r), "/"); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", what, got, c.want)
		}
		if n := noteOf(r, "footnotes"); n.N != strings.Count(c.want, "/|[") {
			t.Errorf("%s: %+v", what, r.Notes)
		}
	}
}

// TestPdfFontsWithoutHeight: of a font that doesn't say how tall it is, as LibreOffice writes some, PDFium knows each letter's ink
// alone; that lines begin and end in low letters makes no passages.
func TestPdfFontsWithoutHeight(t *testing.T) {
	x := pdfChild(t)
	words := pdfOf(linesAt(72, 780, "Ani: apa yang paling sulit saat itu?", "Budi: saya datang ke dinas pada masa", "sama saja susah, semua orang sama", "lelah, yang lain pulang saja padahal", "gudang belum ada sama sekali", "Ani: lalu?", "Budi: saya pulang."))
	names := map[rune]string{' ': "space", ',': "comma", '.': "period", ':': "colon", '?': "question"}
	var codes, drawn strings.Builder
	object := 5 // the last of the page
	for c := ' '; c <= 'z'; c++ {
		name := names[c]
		if name == "" {
			name = string(c)
		}
		box := "50 0 550 400" // PDFium takes the heights of A and g for those of all, where there is nothing else
		if strings.ContainsRune("Bbdfhkl", c) {
			box = "50 0 550 800"
		} else if strings.ContainsRune("pqyj", c) {
			box = "50 -200 550 400"
		}
		if unicode.IsLetter(c) || names[c] != "" {
			object++
			fmt.Fprintf(&codes, " %d/%s", c, name)
			fmt.Fprintf(&drawn, "/%s %d 0 R", name, object)
			words = fmt.Appendf(words, "\n%d 0 obj\n<</Length 40>>stream\n600 0 %s d1\nendstream\nendobj\n", object, box)
		}
	}
	words = bytes.Replace(words, []byte("<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"), fmt.Appendf(nil,
		"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 32/LastChar 122/Widths[%s]/Encoding<</Differences[%s]>>/CharProcs<<%s>>/Resources<<>>>>",
		strings.Repeat("600 ", 91), &codes, &drawn), 1)
	r, err := x.Read(t.Context(), "a.pdf", words, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Ani|apa yang paling sulit saat itu?", "Budi|saya datang ke dinas pada masa sama saja susah, semua orang sama lelah, yang lain pulang saja padahal gudang belum ada sama sekali", "Ani|lalu?", "Budi|saya pulang."}
	if got := texts(r); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestPdfRunningHeads: what stands on every page goes and is named; a speaker at the same height of some pages stays.
// TestPdfRaised: numbers of notes and of formulas join the words that they stand at, and only those.
func TestPdfRaised(t *testing.T) {
	at := func(text string, left, right, base, size float64) pdfLine {
		return pdfLine{text: text, left: left, right: right, base: base, size: size}
	}
	for _, c := range []struct {
		lines []pdfLine
		want  string
	}{
		{[]pdfLine{at("bulan Mei.", 72, 130, 700, 12), at("1", 130, 134, 705, 7), at("Waktu itu", 137, 190, 700, 12), at("belum ada.", 72, 120, 686, 12)}, "bulan Mei.1 Waktu itu/belum ada."},
		{[]pdfLine{{text: "bulan Mei.1", left: 72, right: 134, base: 700, size: 12, least: 7}, at("Waktu itu", 140, 190, 700, 12)}, "bulan Mei.1 Waktu itu"},
		{[]pdfLine{{text: "bulan Mei 1", left: 72, right: 134, base: 700, size: 12, least: 12}, at("Waktu itu", 140, 190, 700, 12)}, "bulan Mei 1/Waktu itu"}, // not raised
		{[]pdfLine{at("air H", 72, 100, 700, 12), at("2", 100, 104, 698.6, 7), at("O dari sumur", 104, 170, 700, 12)}, "air H2O dari sumur"},
		{[]pdfLine{at("Tidak.", 72, 130, 700, 12), at("1", 72, 75, 604, 5), at("Menurut catatan.", 75.5, 150, 600, 9)}, "Tidak./1 Menurut catatan."},
		{[]pdfLine{at("Nama", 72, 100, 700, 12), at("kecil", 200, 230, 702, 7)}, "Nama/kecil"},                                                  // far away
		{[]pdfLine{at("Judul besar", 72, 130, 700, 24), at("dan keterangannya", 131, 220, 704, 9)}, "Judul besar/dan keterangannya"},            // words
		{[]pdfLine{at("sertifi-", 72, 110, 700, 12), at("kat", 110, 130, 703, 7)}, "sertifi-/kat"},                                              // a broken word
		{[]pdfLine{at("Mei.", 72, 100, 700, 12), {text: "1", page: 1, left: 100, right: 104, base: 705, size: 7}}, "Mei./1"},                    // on another page
		{[]pdfLine{at("Mei.", 72, 100, 700, 12), at("1", 100, 104, 705, 7), at("Kolom lain", 300, 380, 700, 12)}, "Mei.1/Kolom lain"},           // beside it
		{[]pdfLine{at("Mei.", 72, 100, 700, 12), at("1", 100, 104, 705, 7), at("2", 104, 108, 705, 7), at("x", 111, 116, 700, 12)}, "Mei.12 x"}, // two
	} {
		c.lines[0].hyphen = strings.HasSuffix(c.lines[0].text, "-")
		last := &c.lines[len(c.lines)-1]
		last.anchors = []anchor{{len(last.text), 7, true}} // stays at its letter
		p := &pdfText{lines: c.lines}
		p.joinRaised()
		var got []string
		for _, l := range p.lines {
			got = append(got, l.text)
		}
		end := p.lines[len(p.lines)-1]
		if strings.Join(got, "/") != c.want || len(end.anchors) != 1 || end.anchors[0].at != len(end.text) {
			t.Errorf("got %q with %v, want %q", got, end.anchors, c.want)
		}
	}
}

// TestPdfLineNumbers: numbers of rows go and are named; those of lists and tables stay.
func TestPdfLineNumbers(t *testing.T) {
	text := func(page, row int) pdfLine {
		return pdfLine{text: "kata dan kata lain", page: page, left: 72, right: 300, base: float64(700 - 14*row), size: 12}
	}
	number := func(n, page, row int) pdfLine {
		return pdfLine{text: fmt.Sprint(n), page: page, left: 40, right: 50, base: float64(700 - 14*row), size: 12}
	}
	for what, c := range map[string]struct {
		step, every int
		inside      bool
		anew        bool
		want        int
	}{
		"by ones":               {1, 1, false, false, 24},
		"by ones, on each page": {1, 1, false, true, 24},
		"by fives":              {5, 5, false, false, 4},
		"inside":                {1, 1, true, false, 24},
		"a list":                {1, 3, false, false, 0},
		"figures":               {7, 1, false, false, 0},
	} {
		p := &pdfText{pages: 2}
		for i := range 24 {
			page, row := i/12, i%12
			l := text(page, row)
			of := i
			if c.anew {
				of = row
			}
			if n := (of + 1) / c.every * c.step; (of+1)%c.every == 0 {
				if c.inside {
					l.text = fmt.Sprint(n) + " " + l.text
				} else {
					p.lines = append(p.lines, number(n, page, row))
				}
			}
			p.lines = append(p.lines, l)
		}
		before := len(p.lines)
		r := &Reading{}
		r.dropLineNumbers(p)
		dropped := before - len(p.lines)
		if c.inside && p.lines[23].text == "kata dan kata lain" {
			dropped = 24
		}
		if n := noteOf(r, "linenumbers"); n.N != c.want || dropped != c.want {
			t.Errorf("%s: %d dropped, %+v", what, dropped, r.Notes)
		}
	}
	// The one row of a page stands beside its number in one line.
	p := &pdfText{pages: 3}
	for i := range 24 {
		p.lines = append(p.lines, number(i+1, i/12, i%12), text(i/12, i%12))
	}
	p.lines = append(p.lines, pdfLine{text: "25 kata terakhir", page: 2, left: 40, right: 180, base: 700, size: 12})
	r := &Reading{}
	r.dropLineNumbers(p)
	if n := noteOf(r, "linenumbers"); n.N != 25 || p.lines[24].text != "kata terakhir" || p.lines[24].left != 72 {
		t.Errorf("%+v, %+v", r.Notes, p.lines[24])
	}
}

// TestPdfNumberedRows: what is numbered row by row is a list where its rows end as they like, with or without a gap behind the
// numbers.
func TestPdfNumberedRows(t *testing.T) {
	x := pdfChild(t)
	goods := strings.Fields("udang kepiting bandeng rumput-laut kakap kerapu cumi-cumi teripang garam lobster tongkol cakalang layang selar kembung teri rajungan gurita pari hiu sidat belanak tenggiri kerang")
	rows := strings.Fields(strings.Repeat("Pewawancara:~Sejak~kapan~Ibu~menjual~di Pasar~itu? Bu~Rina:~Sejak~tahun~lalu,~sebelum~itu kami~tidak~tahu~sama~sekali~dokumennya. Pewawancara:~Lalu? Bu~Rina:~Tidak. ", 5))
	print := func(apart float64, rows []string) (pages [][]printed) {
		for i, row := range rows {
			if i%14 == 0 {
				pages = append(pages, nil)
			}
			y, n, on := 780-14*float64(i%14), fmt.Sprint(i+1), &pages[len(pages)-1]
			row = strings.ReplaceAll(row, "~", " ")
			if apart > 0 {
				*on = append(*on, printed{72, y, 12, n}, printed{72 + apart, y, 12, row})
			} else {
				*on = append(*on, printed{72, y, 12, n + " " + row})
			}
		}
		return pages
	}
	for what, c := range map[string]struct {
		pages [][]printed
		want  int
	}{
		"a list":                     {print(0, goods), 0},
		"a list of some words":       {print(0, strings.Fields(strings.Repeat("Udang~beku~dari~Gresik Kepiting~di~Semayang Bandeng~asap~dari~Pati Kakap~dan~kerapu~hidup ", 6))), 0},
		"a list with a gap":          {print(40, goods), 0},
		"short rows of a talk":       {print(0, strings.Fields(strings.Repeat("P1:~Ya? P2:~Ya,~Mbak. P1:~Lalu? P2:~Pulang. ", 6))), 24},
		"rows of a talk":             {print(0, rows), 30},
		"rows of a talk, with a gap": {print(40, rows), 30},
	} {
		r, err := x.Read(t.Context(), "a.pdf", pdfOf(c.pages...), Options{})
		if err != nil {
			t.Errorf("%s: %v, %v", what, err, errors.Unwrap(err))
			continue
		}
		if n := noteOf(r, "linenumbers"); n.N != c.want || c.want == 0 && !strings.Contains(r.Text(), "20 ") || c.want > 0 && strings.Contains(r.Text(), "29") {
			t.Errorf("%s: %+v, %q", what, r.Notes, texts(r))
		}
	}
}

// TestPdfLeftward: lines that are written to the left are joined as others are.
func TestPdfLeftward(t *testing.T) {
	x := pdfChild(t)
	var page []printed
	for i, l := range strings.Split("abcd efg hijk lmno pqrstu vw abcde fghij/klmn opqr stuvw abc defgh ijklm abcd ef/nopq rst uvw/abc def ghij klm nopq rst uvwa bc defghi/jklm nop", "/") {
		page = append(page, printed{500 - 7.2*float64(len(l)), 780 - 14*float64(i), 12, l})
	}
	var letters strings.Builder
	for i := range 26 {
		fmt.Fprintf(&letters, "/afii%d", 57664+i) // Hebrew
	}
	data := bytes.Replace(pdfOf(page), []byte("/Encoding/WinAnsiEncoding"), []byte("/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[97"+letters.String()+"]>>"), 1)
	r, err := x.Read(t.Context(), "a.pdf", data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(r); len(got) != 2 || strings.Count(got[0], " ") != 18 || strings.Count(got[1], " ") != 10 {
		t.Errorf("%q", got)
	}
}

func TestPdfHyphens(t *testing.T) {
	for _, line := range []string{"infor-", "infor\u2010\r\n", "infor\u00AD", "infor\x02"} {
		if text, hyphen := pdfWords(line); text != "infor" || !hyphen {
			t.Errorf("%q: %q, %v", line, text, hyphen)
		}
	}
}

func TestPdfRunningHeads(t *testing.T) {
	x := pdfChild(t)
	var pages [][]printed
	for i := range 6 {
		page := linesAt(72, 760, "RY: Sejak kapan menjual kopi?", fmt.Sprintf("P01: Sejak tahun %d, dan", 2010+i), "tidak lewat koperasi.")
		pages = append(pages, append(page, printed{72, 800, 10, "Transkrip 03"}, printed{280, 30, 10, fmt.Sprintf("%d / 6", i+1)}))
	}
	r, err := x.Read(t.Context(), "a.pdf", pdfOf(append(pages, nil)...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := noteOf(r, "running"); n.N != 12 || n.Args["text"] != "Transkrip 03 · 1 / 6" {
		t.Errorf("%+v", r.Notes)
	}
	if n := noteOf(r, "pictures"); n.N != 1 {
		t.Errorf("%+v", r.Notes)
	}
	if len(r.Turns) != 12 || strings.Contains(r.Text(), "Transkrip") || r.Turns[11].Text != "Sejak tahun 2015, dan tidak lewat koperasi." {
		t.Errorf("%q", texts(r))
	}
	// Labels can be overruled as in any other format.
	r, err = x.Read(t.Context(), "a.pdf", pdfOf(pages...), Options{Labels: map[string]string{"RY": "Peneliti"}})
	if err != nil || len(r.Speakers) != 2 || r.Speakers[0].Label != "Peneliti" {
		t.Errorf("%+v, %v", r, err)
	}
}

// brokenPdfs are files that nobody meant well with. reason "" means that it may be read.
func brokenPdfs() map[string]struct {
	reason string
	data   []byte
} {
	type file = struct {
		reason string
		data   []byte
	}
	page := []string{"BT /F1 12 Tf 72 700 Td (halo) Tj ET"}
	good := string(pdfWith(page, ""))
	bomb := packedSpaces(400)
	forms := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>", "<</Length 5>>stream\n/X Do\nendstream"}
	for i := range 20 {
		s := strings.Repeat("/X Do ", 20)
		forms = append(forms, fmt.Sprintf("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length %d>>stream\n%s\nendstream", 6+i%19, len(s), s))
	}
	return map[string]file{
		"garbage":          {BadBroken, []byte("%PDF-1.7\n" + strings.Repeat("\x00\xff\x13garbage", 5000))},
		"nothing but head": {BadBroken, []byte("%PDF-1.7\n")},
		"a scan":           {BadScan, pdfOf(nil, nil)},
		"no words":         {BadNoText, pdfWith([]string{""}, "")},
		"a password":       {BadEncrypted, pdfWith(page, "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O("+strings.Repeat("o", 32)+")/U("+strings.Repeat("u", 32)+")>>")},
		"tables in a ring": {"", []byte(strings.Replace(good, "/Root 1 0 R", fmt.Sprintf("/Root 1 0 R/Prev %d", strings.LastIndex(good, "xref\n0")), 1))},
		"a lying table":    {"", []byte(strings.Replace(good, "xref\n0 6", "xref\n0 999999999", 1))},
		"a lying stream":   {BadBroken, []byte("%PDF-1.7\n1 0 obj<</Type/XRef/Size 2000000000/W[8 8 8]/Index[0 2000000000]/Root 2 0 R/Length 4/Filter/FlateDecode>>stream\nabcd\nendstream endobj\nstartxref\n9\n%%EOF")},
		"lying pages":      {"", []byte(strings.Replace(good, "/Count 1", "/Count 99999999", 1))},
		"pages in a ring":  {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 5/Kids[2 0 R 2 0 R 2 0 R]/Parent 2 0 R>>")},
		"deep pages": {"", func() []byte {
			o := []string{"<</Type/Catalog/Pages 2 0 R>>"}
			for i := range 3000 {
				o = append(o, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", i+3))
			}
			return pdfFile("", append(o, "<</Type/Page>>")...)
		}()},
		"deep arrays":        {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R/X "+strings.Repeat("[", 500_000)+">>", "<</Type/Pages/Count 0/Kids[]>>")},
		"deep dictionaries":  {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R/X "+strings.Repeat("<</A", 200_000)+">>", "<</Type/Pages/Count 0/Kids[]>>")},
		"deep content":       {"", pdfWith([]string{strings.Repeat("[", 300_000) + " TJ " + strings.Repeat("q ", 300_000)}, "")},
		"a packed bomb":      {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>", fmt.Sprintf("<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream", len(bomb), bomb))},
		"forms in forms":     {"", pdfFile("", forms...)},
		"ten MB in one line": {"", pdfWith([]string{"BT /F1 12 Tf 72 700 Td (" + strings.Repeat("kata ", 2<<20) + ") Tj ET"}, "")},
		"ten MB of one word": {"", append([]byte("%PDF-1.7 "), bytes.Repeat([]byte("k"), 10<<20)...)},
		"cut in the middle":  {"", []byte(good[:len(good)/2])},
		"30,000 pages":       {BadBomb, pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 30000/Kids["+strings.Repeat("3 0 R ", 30_000)+"]>>", "<</Type/Page/Parent 2 0 R>>")},
		"a million things":   {BadNoText, pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots["+strings.Repeat("4 0 R ", 1_000_000)+"]>>", "<</Type/Annot/Subtype/Text/Contents(a)/IRT 4 0 R>>")},
	}
}

// TestPdfHostile: each is read, or refused with a sentence that says what to do, in a child that is held to its memory and
// its time: the small ones to two seconds.
func TestPdfHostile(t *testing.T) {
	x := pdfChild(t)
	sentences := badSentences(t)
	for what, f := range brokenPdfs() {
		var took *os.ProcessState
		x.ended = func(s *os.ProcessState) { took = s }
		_, err := x.Read(t.Context(), "a.pdf", f.data, Options{})
		var b *BadFile
		said := "read"
		switch {
		case err == nil && f.reason != "", err != nil && !errors.As(err, &b):
			t.Errorf("%s: %v", what, err)
			continue
		case err != nil:
			said = b.Reason
			if f.reason != "" && b.Reason != f.reason {
				t.Errorf("%s: refused as %s (%v), want %s", what, b.Reason, b.cause, f.reason)
			}
			for _, l := range sentences {
				if s := l[b.Key()]; strings.Count(s, ".") < 2 && !strings.Contains(s, ";") {
					t.Errorf("%s: %q doesn't say what to do", what, s)
				}
			}
		}
		// Both are held by the kernel, whatever else the machine does. Of the start, which comes before the limit, a second is
		// let pass; and a process begins with the memory of the one that started it, as the kernel counts.
		limit := time.Duration(pdfSeconds(len(f.data))+2) * time.Second
		cpu, memory := took.UserTime()+took.SystemTime(), peak(took.SysUsage())
		if cpu > limit {
			t.Errorf("%s: took %v of the processor", what, cpu)
		}
		var own syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
			t.Fatal(err)
		}
		if memory > max(512<<20, peak(&own)) {
			t.Errorf("%s: took %d MB", what, memory>>20)
		}
		t.Logf("%-20s %-10s %v of %v, %d MB, %d kB long", what, said, cpu.Round(time.Millisecond), limit, memory>>20, len(f.data)>>10)
	}
}

// badSentences are the catalogue's sentences for files that can't be read, in each language.
func badSentences(t *testing.T) (all []map[string]string) {
	for _, l := range []string{"en", "id"} {
		raw, err := os.ReadFile("../i18n/" + l + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(raw, &keys); err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for k, v := range keys {
			if s, ok := v.(string); ok && strings.HasPrefix(k, "reading.bad.") {
				said[k] = s
			}
		}
		all = append(all, said)
	}
	return all
}

// peak is the most memory that a process had, in bytes.
func peak(use any) int64 { return use.(*syscall.Rusage).Maxrss << 10 }

// TestPdfTruncated: a file that ends anywhere is read or refused, and so is one with a byte changed.
func TestPdfTruncated(t *testing.T) {
	x := pdfChild(t)
	var pages [][]printed
	for i := range 20 {
		pages = append(pages, linesAt(72, 780, "RY: Sejak kapan Ibu menjual kopi ini", "kepada pembeli?", fmt.Sprintf("P01: Sejak tahun %d, sebelum itu", i), "kami menjual lewat pengepul saja."))
	}
	whole := pdfOf(pages...)
	var read atomic.Int64
	var wg sync.WaitGroup
	for n := 1024; n < len(whole); n += 1024 {
		changed := slices.Clone(whole)
		changed[n] ^= 0x15
		for _, data := range [][]byte{whole[:n], changed} {
			wg.Go(func() {
				_, err := x.Read(t.Context(), "a.pdf", data, Options{})
				var b *BadFile
				switch {
				case err == nil:
					read.Add(1)
				case !errors.As(err, &b) || b.Reason == BadCrashed || b.Reason == BadSlow:
					t.Errorf("%d of %d bytes: %v, %v", n, len(whole), err, errors.Unwrap(err))
				}
			})
		}
	}
	wg.Wait()
	if read.Load() == 0 {
		t.Error("none was read")
	}
	t.Logf("%d of %d read", read.Load(), 2*(len(whole)/1024))
}

// TestPdfWithoutCache: a folder that can't be written to costs time, no file.
func TestPdfWithoutCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x := self(t)
	x.Cache = filepath.Join(file, "below")
	if err := x.Warm(t.Context()); err == nil {
		t.Error("a folder below a file was filled")
	}
	r, err := x.Read(t.Context(), "a.pdf", pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Sejak lama.", "RY: Lalu?", "P01: Tidak.")), Options{})
	if err != nil || len(r.Turns) != 4 || r.Format != "pdf" {
		t.Errorf("%v, %v, %v", r, err, errors.Unwrap(err))
	}
}

// TestKeptCode: the folder for compiled code holds one file, and one that is damaged, or of another processor, is written
// again.
func TestKeptCode(t *testing.T) {
	cache := t.TempDir()
	left := filepath.Join(cache, "new-1")
	if err := os.MkdirAll(filepath.Join(left, "module"), 0o700); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	data := pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Sejak lama.", "RY: Lalu?", "P01: Tidak."))
	kept := func() (path string, size int64) {
		t.Helper()
		x := self(t)
		x.Cache = cache
		if err := x.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := x.Read(t.Context(), "a.pdf", data, Options{}); err != nil || len(r.Turns) != 4 {
			t.Fatal(r, err)
		}
		all, err := filepath.Glob(filepath.Join(cache, "*", "*"))
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		info, err := os.Stat(all[0])
		if err != nil {
			t.Fatal(err)
		}
		return all[0], info.Size()
	}
	path, size := kept()
	// What is kept when the shell itself is compiled, as it is where there is no code for it.
	shell, err := wasmShell(pdfiumModule)
	if err != nil {
		t.Fatal(err)
	}
	trap := t.TempDir()
	c, err := compilePdfium(shell, trap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.guest(); err == nil {
		t.Error("a shell does something")
	}
	traps, err := filepath.Glob(filepath.Join(trap, "*", "*"))
	if err != nil || len(traps) != 1 {
		t.Fatal(traps, err)
	}
	does, err := os.ReadFile(traps[0])
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, now := range map[string][]byte{"of the shell": does, "cut off": whole[:len(whole)/2]} {
		if err := os.WriteFile(path, now, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, n := kept(); again != path || n != size {
			t.Errorf("%s: %s of %d bytes, not %s of %d", what, again, n, path, size)
		}
	}
	if c.close() != nil {
		t.Error("not closed")
	}
}

// TestWasmShell: a shell has the sections of its module, and as many functions.
func TestWasmShell(t *testing.T) {
	shell, err := wasmShell(pdfiumModule)
	if err != nil || len(shell) > len(pdfiumModule)/2 {
		t.Fatal(len(shell), err)
	}
	if again, err := wasmShell(shell); err != nil || !bytes.Equal(again, shell) {
		t.Error("the shell of a shell is another", err)
	}
	// Cut off within a section is no module; between sections it is.
	for _, n := range []int{9, 10, 100, len(pdfiumModule) / 3, len(pdfiumModule) - 1} {
		if _, err := wasmShell(pdfiumModule[:n]); err == nil {
			t.Errorf("the first %d bytes are a module", n)
		}
	}
}
