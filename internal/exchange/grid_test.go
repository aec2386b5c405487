package exchange

import (
	"fmt"
	"html"
	"strings"
	"testing"
)

// tablesOf writes a table, each cell of which may have several rows, in each format that has tables; empty cells have none.
func tablesOf(t testing.TB, table, before, after string) map[string][]byte {
	var word, odt, rtf, page strings.Builder
	for _, line := range strings.Split(table, "\n") {
		word.WriteString("<w:tr>")
		odt.WriteString("<table:table-row>")
		rtf.WriteString(`\trowd\pard\intbl `)
		page.WriteString("<tr>")
		for _, cell := range strings.Split(line, " | ") {
			word.WriteString("<w:tc>")
			odt.WriteString("<table:table-cell>")
			page.WriteString("<td>")
			for i, s := range strings.Split(strings.TrimSpace(cell), "/") {
				esc := html.EscapeString(s)
				word.WriteString(p(esc))
				odt.WriteString("<text:p>" + esc + "</text:p>")
				page.WriteString("<p>" + esc)
				if i > 0 {
					rtf.WriteString(`\par `)
				}
				rtf.WriteString(s)
			}
			word.WriteString("</w:tc>")
			odt.WriteString("</table:table-cell>")
			rtf.WriteString(`\cell `)
		}
		word.WriteString("</w:tr>")
		odt.WriteString("</table:table-row>")
		rtf.WriteString(`\row `)
	}
	return map[string][]byte{
		"a.docx": docxOf(t, p(before)+"<w:tbl>"+word.String()+"</w:tbl>"+p(after)),
		"a.odt":  odtOf(t, "<text:p>"+before+"</text:p><table:table>"+odt.String()+"</table:table><text:p>"+after+"</text:p>"),
		"a.rtf":  []byte(`{\rtf1\ansi\pard ` + before + `\par ` + rtf.String() + `\pard ` + after + `\par}`),
		"a.html": []byte("<html><p>" + before + "<table>" + page.String() + "</table><p>" + after),
	}
}

// TestTablesOfTalk: a table that is a transcript is read line by line.
func TestTablesOfTalk(t *testing.T) {
	const said = "RY|Apa?\nIbu Rina|Ya\nRY|Lalu?\nIbu Rina|Tidak⏎Sulit."
	const timed = "RY@5000--1|Apa?\nIbu Rina@11000--1|Ya\nRY@15000--1|Lalu?\nIbu Rina@17000--1|Tidak⏎Sulit."
	for _, c := range []struct {
		what, table, want, notes string
		opt                      Options
	}{
		{"speaker, words", "RY | Apa?\nIbu Rina | Ya\nRY | Lalu?\nIbu Rina | Tidak/Sulit.", said, "talktables 1", Options{}},
		{"speaker with a colon, words", "RY: | Apa?\nIbu Rina : | Ya\nRY: | Lalu?\nIbu Rina : | Tidak/Sulit.", said, "talktables 1", Options{}},
		{"time, speaker, words", "00:05 | RY | Apa?\n00:11 | Ibu Rina | Ya\n00:15 | RY | Lalu?\n00:17 | Ibu Rina | Tidak/Sulit.", timed, "talktables 1", Options{}},
		{"the same with a head", "Waktu | Penutur | Ujaran\n00:05 | RY | Apa?\n00:11 | Ibu Rina | Ya\n00:15 | RY | Lalu?\n00:17 | Ibu Rina | Tidak/Sulit.", "|Waktu\tPenutur\tUjaran\n" + timed, "talktables 1", Options{}},
		{"a head of unknown words", "Sprecherin | Gesagtes\nRY | Apa?\nIbu Rina | Ya\nRY | Lalu?\nIbu Rina | Tidak/Sulit.", "|Sprecherin\tGesagtes\n" + said, "talktables 1", Options{}},
		{"speaker, words, time", "RY | Apa? | [00:00:05]\nIbu Rina | Ya | [00:00:11]\nRY | Lalu? | [00:00:15]\nIbu Rina | Tidak/Sulit. | [00:00:17]", timed, "talktables 1", Options{}},
		{"speaker, time, words", "RY | 0:05 | Apa?\nIbu Rina | 0:11 | Ya\nRY | 0:15 | Lalu?\nIbu Rina | 0:17 | Tidak/Sulit.", timed, "talktables 1", Options{}},
		{"three lines under heads", "Penutur | Ucapan\nRY | Apa?\nIbu Rina | Ya", "|Penutur\tUcapan\nRY|Apa?\nIbu Rina|Ya", "talktables 1", Options{Labels: map[string]string{"RY": "RY", "Ibu Rina": "Ibu Rina"}}},
		{"two lines, labels with colons", "I: | Apa kabar?\nP1: | Baik", "I|Apa kabar?\nP1|Baik", "talktables 1", Options{}},
		{"three lines, labels with colons", "Pewawancara: | Apa?\nInforman 2: | Ya\nPewawancara: | Lalu?", "Pewawancara|Apa?\nInforman 2|Ya\nPewawancara|Lalu?", "talktables 1", Options{}},
		{"two times", "0:05 | 0:11 | RY | Apa?\n0:11 | 0:15 | Ibu Rina | Ya\n0:15 | 0:17 | RY | Lalu?\n0:17 | 0:20 | Ibu Rina | Tidak/Sulit.", "RY@5000-11000|Apa?\nIbu Rina@11000-15000|Ya\nRY@15000-17000|Lalu?\nIbu Rina@17000-20000|Tidak⏎Sulit.", "talktables 1", Options{}},
		{"numbers, and what somebody noted", "No | Speaker | Text | Kode\n9 | RY | Apa? | \n10 | Ibu Rina | Ya | ragu\n11 | RY | Lalu? | \n12 | Ibu Rina | Tidak/Sulit. | ", "|No\tSpeaker\tText\tKode\nRY|Apa?\nIbu Rina|Ya\n|ragu\nRY|Lalu?\nIbu Rina|Tidak⏎Sulit.", "talktables 1, rownumbers 4", Options{}},
		{"a line across, a speaker who goes on, one who speaks once", "0:05 | RY | Apa?\n0:11 | Ibu Rina | Ya\nBagian dua\n0:15 | RY | Lalu?\n | Catatan | Ia tertawa.\n0:17 | Ibu Rina | Tidak\n0:18 |  | Sulit.\n0:19 | RY | Oh?\n0:20 | Ibu Rina | Ya.\n | Pak Dedi | Permisi.", "RY@5000--1|Apa?\nIbu Rina@11000--1|Ya\n|Bagian dua\nRY@15000--1|Lalu?\n|Catatan\n|Ia tertawa.\nIbu Rina@17000--1|Tidak\nIbu Rina@18000--1|Sulit.\nRY@19000--1|Oh?\nIbu Rina@20000--1|Ya.\nPak Dedi|Permisi.", "talktables 1", Options{}},
		{"not a speaker when a person says so", "0:05 | RY | Apa?\n0:11 | Ibu Rina | Ya\n0:15 | RY | Lalu?\n0:17 | Ibu Rina | Tidak/Sulit.", "@5000--1|RY\n|Apa?\nIbu Rina@11000--1|Ya\n@15000--1|RY\n|Lalu?\nIbu Rina@17000--1|Tidak⏎Sulit.", "talktables 1", Options{Labels: map[string]string{"RY": ""}}},
		{"speakers off", "RY | Apa?\nIbu Rina | Ya\nRY | Lalu?\nIbu Rina | Tidak", "|RY\n|Apa?\n|Ibu Rina\n|Ya\n|RY\n|Lalu?\n|Ibu Rina\n|Tidak", "talktables 1", Options{NoSpeakers: true}},
		{"times off", "0:05 | RY | Apa?\n0:11 | Ibu Rina | Ya\n0:15 | RY | Lalu?\n0:17 | Ibu Rina | Tidak", "RY|0:05 ⏎Apa?\nIbu Rina|0:11 ⏎Ya\nRY|0:15 ⏎Lalu?\nIbu Rina|0:17 ⏎Tidak", "talktables 1", Options{NoTimes: true}},
		{"a head above times and labels with words", "Waktu | Ujaran\n0:05 | RY: Apa?\n0:11 | P1: Ya.\n0:15 | RY: Lalu?\n0:17 | P1: Tidak.", "|Waktu\n|Ujaran\nRY@5000--1|Apa?\nP1@11000--1|Ya.\nRY@15000--1|Lalu?\nP1@17000--1|Tidak.", "tables 1, emptyturns 3", Options{}},
	} {
		for name, data := range tablesOf(t, c.table, "Awal.", "Akhir.") {
			r := mustRead(t, name, data, c.opt)
			want := "|Awal.\n" + c.want + "\n|Akhir."
			if strings.HasPrefix(c.notes, "tables") {
				want = "|Awal.\n" + c.want + "⏎Akhir."
			}
			if got := turnsOf(r); got != want || notesOf(r) != c.notes || r.check() != nil {
				t.Errorf("%s, %s: got\n%s (%s)\nwant\n%s (%s)\n%v", c.what, name, got, notesOf(r), want, c.notes, r.check())
			}
			if c.opt.Labels == nil {
				had := letters("Awal." + strings.NewReplacer("/", "", " | ", "").Replace(c.table) + "Akhir.")
				for _, words := range strings.Fields(strings.NewReplacer("/", " ", " | ", " ").Replace(c.table)) {
					if strings.Count(kept(r), letters(words)) != strings.Count(had, letters(words)) {
						t.Errorf("%s, %s: %q is in %q more or less often than in %q", c.what, name, words, kept(r), had)
					}
				}
			}
		}
	}
}

// TestOtherTables: a table that is no transcript is read cell by cell, and nobody in it speaks.
func TestOtherTables(t *testing.T) {
	for what, table := range map[string]string{
		"figures":             "Tahun | Jumlah\n2019 | 12.500\n2020 | 9.100\n2021 | 14.000\n2022 | 15.200",
		"figures by kind":     "Rotan | 12\nMadu | 4\nRotan | 9\nMadu | 5\nRotan | 11\nMadu | 6",
		"a form":              "Nama | Ibu Rina\nUsia | 45\nAlamat | Jalan Mulawarman\nPekerjaan | Perajin\nCatatan | Ramah.",
		"questions, answers":  "Apakah ada izin? | Ya\nApakah ada merek? | Tidak\nApakah ada gudang? | Ya\nApakah ada toko? | Tidak",
		"answers, reasons":    "Ya | Sudah lama.\nTidak | Mahal.\nYa | Perlu.\nTidak | Lama sekali.",
		"themes, quotations":  "Tema | Kutipan\nModal | Dari koperasi.\nIzin | Lama sekali.\nModal | Dari bank.\nIzin | Mahal.",
		"sorted into kinds":   "Modal | Dari koperasi.\nModal | Dari bank.\nIzin | Lama sekali.\nIzin | Mahal.\nPasar | Jauh.\nPasar | Sepi.",
		"persons":             "Kode | Peran | Usaha\nP01 | Pemilik | Rotan.\nP02 | Pemilik | Madu.\nP03 | Pegawai | Batik.\nP04 | Pegawai | Teh.",
		"days":                "Senin | Ke pasar.\nSelasa | Ke dinas.\nSenin | Ke bank.\nSelasa | Ke kantor.",
		"informants in words": "P1 | Pemilik usaha rotan.\nP2 | Pemilik usaha madu.",
		"abbreviations":       "PEB: | Pemberitahuan ekspor barang.\nSKA: | Surat keterangan asal.",
		"a short form":        "Jenis usaha: | Menjual rotan?\nAlasan: | Karena mudah.",
		"a programme":         "Pembicara | Topik\nRY | Apa itu ekspor?\nIbu Rina | Rotan kami.",
		"too few lines":       "RY | Apa?\nIbu Rina | Ya.\nRY | Lalu?",
		"one speaker":         "Rina | Saya mulai.\nRina | Lalu berhenti.\nRina | Lalu mulai lagi.\nRina | Begitu.",
		"a list with numbers": "1 | Rotan dijemur.\n2 | Rotan dianyam.\n3 | Rotan dijual.\n4 | Rotan dikirim.",
	} {
		for name, data := range tablesOf(t, table, "Awal.", "Akhir.") {
			r := mustRead(t, name, data, Options{})
			want := "|Awal."
			for _, cell := range strings.Split(strings.ReplaceAll(table, "\n", " | "), " | ") {
				want += "\n|" + cell
			}
			if got := turnsOf(r); got != want+"\n|Akhir." || notesOf(r) != "tables 1" {
				t.Errorf("%s, %s: got\n%s (%s)", what, name, got, notesOf(r))
			}
		}
	}
}

// TestRemarksInTablesOfTalk: remarks on a line's time, speaker and words hang where these have gone.
func TestRemarksInTablesOfTalk(t *testing.T) {
	n := 0
	c := func(s string) string {
		n++
		return fmt.Sprintf(`<w:tc><w:p><w:commentRangeStart w:id="%d"/><w:r><w:t>%s</w:t></w:r><w:commentRangeEnd w:id="%d"/></w:p></w:tc>`, n, s, n)
	}
	line := func(a, b, d string) string { return "<w:tr>" + c(a) + c(b) + c(d) + "</w:tr>" }
	body := "<w:tbl>" + line("Waktu", "Penutur", "Ujaran") + line("0:05", "RY", "Apa?") + line("0:11", "Ibu", "Ya.") + line("0:15", "RY", "Lalu?") + line("0:17", "Ibu", "Tidak.") + "</w:tbl>"
	var parts strings.Builder
	for i := range n {
		fmt.Fprintf(&parts, `<w:comment w:id="%d">%s</w:comment>`, i+1, p("q"))
	}
	r := mustRead(t, "a.docx", docxOf(t, body, "word/comments.xml", `<w:comments `+wordNS+`>`+parts.String()+`</w:comments>`), Options{})
	var got []string
	for _, c := range r.Comments {
		got = append(got, fmt.Sprintf("%s %d", c.Words, c.Start))
	}
	if s := strings.Join(got, "|"); s != "Waktu 0|Penutur 6|Ujaran 14| 21| 21|Apa? 21| 26| 26|Ya. 26| 30| 30|Lalu? 30| 36| 36|Tidak. 36" {
		t.Errorf("%s\n%s", s, turnsOf(r))
	}
}

// TestTablesInTables: what is nested, never closed or not well made is read as ever.
func TestTablesInTables(t *testing.T) {
	talk := "<table><tr><td>RY<td>Apa?<tr><td>P1<td>Ya<tr><td>RY<td>Lalu?<tr><td>P1<td>Tidak.</table>"
	for _, c := range []struct{ in, want string }{
		{"<table><tr><td>a" + talk + "b<td>c</table>d", "|a\nRY|Apa?\nP1|Ya\nRY|Lalu?\nP1|Tidak.\n|b\n|c\n|d"},
		{"<tr><td>a</table>" + strings.TrimSuffix(talk, "</table>"), "|a\nRY|Apa?\nP1|Ya\nRY|Lalu?\nP1|Tidak."},
		{strings.Repeat("<table>", 10_000) + "a", "|a"},
		{strings.Repeat("<table>", 100) + "</table>" + strings.Repeat("</table>", 200) + talk, "RY|Apa?\nP1|Ya\nRY|Lalu?\nP1|Tidak."},
	} {
		r := mustRead(t, "a.html", []byte("<html>"+c.in), Options{})
		if got := turnsOf(r); got != c.want {
			t.Errorf("%.60s: got\n%s\nwant\n%s", c.in, got, c.want)
		}
	}
}
