package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

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
		"a box beside the text, drawn before it": {[][]printed{slices.Concat(
			linesAt(420, 600, "Ia tertawa."), linesAt(420, 586, "Lama sekali"), linesAt(72, 780, "Catatan lapangan dari pasar pagi itu", "panjang sekali dan tidak ada jeda di"))},
			[]string{"|Ia tertawa. Lama sekali Catatan lapangan dari pasar pagi itu panjang sekali dan tidak ada jeda di"}},
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
		"what a manual defines": {[][]printed{{
			{72, 780, 13, "int foo (int a, int"}, {235, 780, 12, "b)"}, {90, 766, 12, "Catatan lapangan dari pasar"}, {90, 752, 12, "dan dari Gresik."},
			{72, 724, 13, "int bar (int a, int"}, {235, 724, 12, "b)"}, {72, 710, 13, "int baz (int a, int"}, {235, 710, 12, "b)"}, {90, 696, 12, "Kami pulang dari Gresik."},
			{72, 668, 13, "int qux (int a, int"}, {235, 668, 12, "b)"}, {90, 654, 12, "Kami pulang ke Surabaya,"}, {90, 640, 12, "lalu ke desa."},
			{72, 612, 13, "int quux (int a, in"}, {235, 612, 12, "t)"}, {90, 598, 12, "Kapal itu berangkat lagi"}}},
			[]string{"|int foo (int a, int b) Catatan lapangan dari pasar dan dari Gresik.", "|int bar (int a, int b)", "|int baz (int a, int b) Kami pulang dari Gresik.",
				"|int qux (int a, int b) Kami pulang ke Surabaya, lalu ke desa.", "|int quux (int a, in t) Kapal itu berangkat lagi"}},
		"words in larger letters": {[][]printed{{
			{72, 780, 13, "int foo (int a, int"}, {235, 780, 12, "b)"}, {72, 766, 13, "int bar (int a, int"}, {235, 766, 12, "b)"}, {72, 752, 13, "int baz (int a, int"}, {235, 752, 12, "b)"},
			{72, 738, 13, "int qux (int a, int"}, {235, 738, 12, "b)"}, {72, 724, 13, "int quux (int a, in"}, {235, 724, 12, "t)"}}},
			[]string{"|int foo (int a, int b) int bar (int a, int b) int baz (int a, int b) int qux (int a, int b) int quux (int a, in t)"}},
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
	raised := func(first, second string) []printed {
		end := 122.4 + 4.2*float64(utf8.RuneCountInString(second))
		return append(linesAt(72, 780, "P1: Sejak kapan koperasi itu ada?"), printed{72, 766, 12, "P2: Sejak tahun 2021"}, printed{216, 770, 7, first}, printed{72 + 7.2*22, 766, 12, "lalu petugasnya"},
			printed{72, 752, 12, "D´esa X"}, printed{122.4, 756, 7, second}, printed{end, 752, 12, ", lalu rasia dan orang itu"})
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
		"raised letters": {[][]printed{slices.Concat(raised("a", "b"), small(70, "a Koperasi simpan pinjam, lihat juga wa-", "wancara 3.", "b Ditutup.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak tahun 2021[1] lalu petugasnya Désa X[2], lalu rasia dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam, lihat juga wawancara 3./|[2] Ditutup."},
		"raised Roman numbers": {[][]printed{slices.Concat(raised("ii", "iii"), small(70, "iiKoperasi simpan pinjam.", "iiiDitutup.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak tahun 2021[1] lalu petugasnya Désa X[2], lalu rasia dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam./|[2] Ditutup."},
		"raised signs": {[][]printed{slices.Concat(raised("*", "§"), small(70, "* Koperasi simpan pinjam.", "§ Ditutup.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak tahun 2021[1] lalu petugasnya Désa X[2], lalu rasia dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam./|[2] Ditutup."},
		"raised numbers behind numbers": {[][]printed{slices.Concat(raised("1", "2"), small(70, "1 Koperasi simpan pinjam.", "2 Ditutup.")), second},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak tahun 2021[1] lalu petugasnya Désa X[2], lalu rasia dan orang itu masih menunggu surat dari kantor./P1|Lalu?/P2|Pulang./|[1] Koperasi simpan pinjam./|[2] Ditutup."},
		"letters that are not raised": {[][]printed{slices.Concat(plain, small(70, "a kilo udang lalu 2 kilo udang lagi dan", "i pun sama."))},
			"|Sejak kapan koperasi itu ada? Atau di Gresik sejak tahun 2019.1 Lalu petugas ganti, aturannya* ganti, dan orang itu/|a kilo udang lalu 2 kilo udang lagi dan i pun sama."},
		"raised letters, letters of one size": {[][]printed{slices.Concat(raised("a", "b"), linesAt(72, 70, "a kilo udang lalu 2 kilo udang lagi dan", "b pun sama"))},
			"P1|Sejak kapan koperasi itu ada?/P2|Sejak tahun 2021a lalu petugasnya Désa Xb, lalu rasia dan orang itu\na kilo udang lalu 2 kilo udang lagi dan b pun sama"},
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
	// A page with more marks at its foot than it can have notes is no page with notes.
	line := func(text string, base float64) pdfLine {
		return pdfLine{text: text, page: 1, left: 72, right: 200, base: base, size: 12, least: 12}
	}
	p := &pdfText{pages: 1}
	for range mostSought {
		p.lines = append(p.lines, line("kata", 700), line("9 kata", 600))
	}
	p.lines = append(p.lines, line("satu kata.1", 700), line("dan lain", 686), line("1 Catatan.", 600))
	r := &Reading{}
	if r.footnotes(p); len(r.Notes) > 0 {
		t.Errorf("%+v", r.Notes)
	}
	p.lines = p.lines[len(p.lines)-5:]
	if r.footnotes(p); noteOf(r, "footnotes").N != 1 {
		t.Errorf("without those: %+v", r.Notes)
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
	// LibreOffice draws signs behind the words between which they stand.
	for seen, want := range map[string]string{ // what stands there from the right, and how it is read
		`רינה: בשנת 1202 )כולל(, ל-052,1 לשק.`: `רינה: בשנת 2021 (כולל), ל-1,250 לשק.`,
		`"שאלתי?" elgooG «חברת»`:               `"שאלתי?" Google «חברת»`,
		`»חברת« 53`:                            `«חברת» 35`,
		`)כולל`:                                `(כולל`,
		`מע"מ(`:                                `מע"מ)`,
	} {
		var words, signs []pdfLetter
		right := 500.0
		for _, c := range seen {
			if l := (pdfLetter{box{right - 7, 700, right, 714}, c}); unicode.IsLetter(c) {
				words = append(words, l)
			} else if c != ' ' {
				signs = append(signs, l)
			}
			right -= 7
		}
		if got := fromRight(append(words, signs...)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPdfHyphens(t *testing.T) {
	for _, line := range []string{"infor-", "infor\u2010\r\n", "infor\u00AD", "infor\x02"} {
		if text, hyphen := pdfWords(line); text != "infor" || !hyphen {
			t.Errorf("%q: %q, %v", line, text, hyphen)
		}
	}
}

// TestPdfRunningHeads: what stands on every page goes and is named; a speaker at the same height of some pages stays.
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
