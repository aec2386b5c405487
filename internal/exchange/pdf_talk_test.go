package exchange

import (
	"errors"
	"strings"
	"testing"
)

// TestPdfTalk: a table whose first column says who speaks is read so, and no other table or text is.
func TestPdfTalk(t *testing.T) {
	x := pdfChild(t)
	// A page of rows "label | line/line", whose columns begin at 72 and, behind a ">", at 160.
	page := func(rows ...string) (all []printed) {
		y := 780.0
		for _, row := range rows {
			label, said, two := strings.Cut(row, " > ")
			if !two {
				all = append(all, printed{72, y, 12, row})
				y -= 20
				continue
			}
			labels, lines := strings.Split(label, "/"), strings.Split(said, "/")
			if label != "" {
				all = append(all, linesAt(72, y, labels...)...)
			}
			all = append(all, linesAt(160, y, lines...)...)
			y -= 14*float64(max(len(labels), len(lines))) + 6
		}
		return all
	}
	pages := func(all ...[]printed) [][]printed { return all }
	const ask, answer = "Sejak kapan Ibu menjual kopi ini", "Sejak tahun lalu, sebelum itu kami/menjual lewat pengepul saja."
	const said = "Ani|Sejak kapan Ibu menjual kopi ini?/Bu Rina|Sejak tahun lalu, sebelum itu kami menjual lewat pengepul saja./Ani|Lalu?/Bu Rina|Tidak."
	for what, c := range map[string]struct {
		pages [][]printed
		opt   Options
		want  string // "" where nobody speaks
	}{
		"names":        {pages(page("Ani > "+ask+"?", "Bu Rina > "+answer, "Ani > Lalu?", "Bu Rina > Tidak.")), Options{}, said},
		"speakers off": {pages(page("Ani > "+ask+"?", "Bu Rina > "+answer, "Ani > Lalu?", "Bu Rina > Tidak.")), Options{NoSpeakers: true}, ""},
		"heads, and what comes after": {pages(page("Wawancara di pasar", "Penutur > Ujaran", "Ani > "+ask+"?", "Bu Rina > "+answer, "Ani > Lalu?", "Bu Rina > Tidak.", "Kami pulang.", "Besok lagi.")), Options{},
			"|Wawancara di pasar/|Penutur Ujaran/" + said + "/|Kami pulang./|Besok lagi."},
		"two tables": {pages(page("Ani > "+ask+"?", "Bu Rina > "+answer, "Jeda makan siang.", "Ani > Lalu?", "Bu Rina > Tidak.")), Options{},
			strings.Replace(said, "/Ani|Lalu", "/|Jeda makan siang./Ani|Lalu", 1)},
		"labels on two lines": {pages(page("Ani > "+ask+"?", "Bu/Rina > "+answer, "Ani > Lalu?", "Bu/Rina > Tidak.")), Options{}, said},
		"somebody who speaks once": {pages(page("Ani > "+ask+"?", "Bu Rina > "+answer, "Pak Dedi > Permisi.", "Ani > Lalu?", "Bu Rina > Tidak.", "Ani > Oh?", "Bu Rina > Ya.", "Ani > Ya?", "Bu Rina > Ya.")), Options{},
			strings.Replace(said, "/Ani|Lalu", "/Pak Dedi|Permisi./Ani|Lalu", 1) + "/Ani|Oh?/Bu Rina|Ya./Ani|Ya?/Bu Rina|Ya."},
		"on two pages": {pages(page("Ani > "+ask+"?", "Bu Rina > "+strings.Split(answer, "/")[0]), page(" > "+strings.Split(answer, "/")[1], "Ani > Lalu?", "Bu Rina > Tidak.")), Options{}, said},
		"a label on two pages": {pages(page("Ani > Ya?", "Bu/Rina > Ya.", "Ani > Ya?", "Bu/Rina > Ya.", "Ani > "+ask+"?", "Bu > "+strings.Split(answer, "/")[0]), page("Rina > "+strings.Split(answer, "/")[1], "Ani > Lalu?", "Bu/Rina > Tidak.")), Options{},
			"Ani|Ya?/Bu Rina|Ya./Ani|Ya?/Bu Rina|Ya./" + said},
		"two columns":                    {pages(append(linesAt(72, 780, "Saya tidak", "Kami sudah", "Saya tidak", "Kami sudah", "Saya tidak"), linesAt(160, 780, "Sejak kapan Ibu menjual?", "Tidak. Ya.", "Lalu bagaimana. Ya,", "Tidak. Kami pulang.", "Ya.")...)), Options{}, ""},
		"numbers":                        {pages(page("Kopi > 1.200", "Udang > 3.100", "Kopi > 1.300", "Udang > 3.400", "Kopi > 1.250", "Udang > 2.900")), Options{}, ""},
		"words and what they mean":       {pages(page("Kopi > Buah yang kami jual di pasar.", "Udang > Dari tambak di Gresik.", "Rotan > Dari hutan.", "Madu > Dari hutan juga.", "Batik > Dari Balikpapan.")), Options{}, ""},
		"contents":                       {pages(page("Bab 1 > Pendahuluan ......... 3", "Bab 2 > Izin ekspor ......... 7", "Bab 3 > Kopi dan udang ...... 9", "Bab 4 > Penutup ............. 12")), Options{}, ""},
		"days":                           {pages(page("Senin > Kami pergi ke pasar.", "Selasa > Kami pulang.", "Senin > Kami pergi lagi.", "Selasa > Kami pulang lagi.")), Options{}, ""},
		"parts":                          {pages(page("Catatan > Kami pergi ke pasar.", "Contoh > Kami pulang.", "Catatan > Kami pergi lagi.", "Contoh > Kami pulang lagi.")), Options{}, ""},
		"a text in letters of one width": {pages(linesAt(72, 780, "Saya pergi ke pasar.", "Kami pulang.", "Saya pergi lagi.", "Kami pulang lagi.", "Saya tidak tahu.")), Options{}, ""},
		"lines between":                  {pages(page("Ani > "+ask+"?", "dan sebagainya.", "Bu Rina > "+answer, "dan sebagainya.", "Ani > Lalu?", "dan sebagainya.", "Bu Rina > Tidak.")), Options{}, ""},
	} {
		r, err := x.Read(t.Context(), "a.pdf", pdfOf(c.pages...), c.opt)
		if err != nil {
			t.Errorf("%s: %v, %v", what, err, errors.Unwrap(err))
			continue
		}
		got := strings.Join(texts(r), "/")
		if n := noteOf(r, "talktables"); c.want != "" && got != c.want || c.want == "" && len(r.Speakers) > 0 || c.want == "" && !c.opt.NoSpeakers && n.N > 0 {
			t.Errorf("%s:\ngot  %q, %+v\nwant %q", what, got, n, c.want)
		}
	}
	// Remarks stay at the words on which they hang.
	r, err := x.Read(t.Context(), "a.pdf", pdfHung(pages(page("Ani > "+ask+"?", "Bu Rina > "+answer, "Ani > Lalu?", "Bu Rina > Tidak.")),
		hung{0, highlit(72, 760, 0, 2, "/Contents(who)")}, hung{0, highlit(160, 760, 6, 11, "/Contents(when)")}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Comments) != 2 || r.Comments[0].Words != "" || r.Comments[1].Words != "tahun" {
		t.Errorf("%+v, %q", r.Comments, texts(r))
	}
}
