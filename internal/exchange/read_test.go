package exchange

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
)

// turnsOf writes turns as "LABEL@from-to|text" rows.
func turnsOf(r *Reading) string {
	var out []string
	for _, t := range r.Turns {
		s := t.Label
		if t.FromMS >= 0 || t.ToMS >= 0 {
			s += fmt.Sprintf("@%d-%d", t.FromMS, t.ToMS)
		}
		out = append(out, s+"|"+strings.ReplaceAll(t.Text, "\n", "⏎"))
	}
	return strings.Join(out, "\n")
}

func TestReadTurns(t *testing.T) {
	for _, c := range []struct {
		what, name, in string
		opt            Options
		want           string
	}{
		{"codes", "a.txt", "RY: Apa?\nP04: Ini.\nItu juga.\nRY: Lalu?\nP04: Sudah.", Options{}, "RY|Apa?\nP04|Ini.⏎Itu juga.\nRY|Lalu?\nP04|Sudah."},
		{"space before the colon, a number", "a.txt", "Pewawancara : Apa?\nNarasumber 1 : Ini.\nNarasumber 2 : Itu.", Options{}, "Pewawancara|Apa?\nNarasumber 1|Ini.\nNarasumber 2|Itu."},
		{"no speakers, blank rows", "a.txt", "satu\ndua\n\ntiga", Options{}, "|satu⏎dua\n|tiga"},
		{"no speakers, no blank rows", "a.txt", "satu\ndua\ntiga\n", Options{}, "|satu\n|dua\n|tiga"},
		{"one Catatan is no speaker", "a.txt", "Siang itu ramai.\n\nCatatan: cuaca panas.\n\nLalu sepi.", Options{}, "|Siang itu ramai.\n|Catatan: cuaca panas.\n|Lalu sepi."},
		{"Catatan among speakers", "a.txt", "RY: Apa?\nP1: Ini.\nCatatan: ia tertawa.\nRY: Ya?\nP1: Ya.", Options{}, "RY|Apa?\nP1|Ini.⏎Catatan: ia tertawa.\nRY|Ya?\nP1|Ya."},
		{"Catatan when a person says so", "a.txt", "RY: Apa?\nCatatan: ia tertawa.\nRY: Ya?", Options{Labels: map[string]string{"Catatan": "Peneliti"}}, "RY|Apa?\nPeneliti|ia tertawa.\nRY|Ya?"},
		{"not a speaker when a person says so", "a.txt", "RY: Apa?\nP1: Ini.\nRY: Ya?\nP1: Ya.", Options{Labels: map[string]string{"P1": ""}}, "RY|Apa?⏎P1: Ini.\nRY|Ya?⏎P1: Ya."},
		{"labels merged", "a.txt", "RY: Apa?\nRy: Ini?\nP1: Ya.\nP1: Ya.\nRY: Lalu?", Options{Labels: map[string]string{"Ry": "RY"}}, "RY|Apa?\nRY|Ini?\nP1|Ya.\nP1|Ya.\nRY|Lalu?"},
		{"speakers off", "a.txt", "RY: Apa?\nP1: Ini.\nRY: Ya?\nP1: Ya.", Options{NoSpeakers: true}, "|RY: Apa?\n|P1: Ini.\n|RY: Ya?\n|P1: Ya."},
		{"times in every shape", "a.txt", "Budi (00:12:31): satu\n[00:12:40] Budi: dua\nBudi [1:02:03]: tiga\nBudi: [00:13] empat\nAni (0:14) lima\nAni 00:15: enam", Options{}, "Budi@751000--1|satu\nBudi@760000--1|dua\nBudi@3723000--1|tiga\nBudi@13000--1|empat\nAni@14000--1|lima\nAni@15000--1|enam"},
		{"times off", "a.txt", "Budi (00:12:31): satu\nBudi (00:12:40): dua", Options{NoTimes: true}, "Budi|(00:12:31) satu\nBudi|(00:12:40) dua"},
		{"name and time alone in a row", "a.txt", "Budi Santoso  0:12\nsatu\ndua\n\nAni  1:02:03\ntiga\n\nBudi Santoso  1:03:00\nempat\n\nAni 1:04:00\nlima", Options{}, "Budi Santoso@12000--1|satu⏎dua\nAni@3723000--1|tiga\nBudi Santoso@3780000--1|empat\nAni@3840000--1|lima"},
		{"name in one row, time in the next", "a.txt", "Budi Santoso\n0:12\nsatu\n\nAni\n0:15\ndua\n\nBudi Santoso\n0:20\ntiga", Options{}, "Budi Santoso@12000--1|satu\nAni@15000--1|dua\nBudi Santoso@20000--1|tiga"},
		{"time before the name", "a.txt", "00:12:31 Budi\nsatu\n00:12:40 Ani\ndua\n00:12:50 Budi\ntiga\n00:12:55 Ani\nempat", Options{}, "Budi@751000--1|satu\nAni@760000--1|dua\nBudi@770000--1|tiga\nAni@775000--1|empat"},
		{"Zoom's chat shape", "a.txt", "[Budi] 00:00:12\nsatu\n\n[Ani] 00:00:15\ndua\n\n[Budi] 00:00:18\ntiga\n\n[Ani] 00:00:19\nempat", Options{}, "Budi@12000--1|satu\nAni@15000--1|dua\nBudi@18000--1|tiga\nAni@19000--1|empat"},
		{"times without speakers", "a.txt", "[00:00:01] satu\n\n[00:00:09 - 00:00:12] dua\n\ntiga", Options{}, "@1000--1|satu\n@9000-12000|dua\n|tiga"},
		{"clock times of field notes stay", "a.txt", "09:15 Tiba.\n\n10:30 Pulang.", Options{}, "|09:15 Tiba.\n|10:30 Pulang."},
		{"addresses and clock times are no labels", "a.txt", "http://a.b/c\nhttp://a.b/d\nhttp://a.b/e\nJam 10:30\nJam 10:40\nJam 10:50", Options{}, "|http://a.b/c\n|http://a.b/d\n|http://a.b/e\n|Jam 10:30\n|Jam 10:40\n|Jam 10:50"},
		{"the colon of a clock is no label's", "a.txt", "RY: Apa?\nBu Rina: Ini.\n[tidak jelas 00:12:31] tapi akhirnya keluar.\nRY: Siapa?\nBu Rina: Anak saya.\n[crosstalk 00:01:20]\nMulai pukul 08:15:00 sampai sore.\nRY: Baik.\nMeeting ended after 00:06:10", Options{}, "RY|Apa?\nBu Rina|Ini.⏎[tidak jelas 00:12:31] tapi akhirnya keluar.\nRY|Siapa?\nBu Rina|Anak saya.⏎[crosstalk 00:01:20]⏎Mulai pukul 08:15:00 sampai sore.\nRY|Baik.⏎Meeting ended after 00:06:10"},
		{"a clock time with a colon in a sentence", "a.txt", "RY: Apa?\nBu Rina: Ini.\nKami berangkat 10:30: hujan deras.\nBalikpapan 11:45: panas.\nPukul 08:15: tiba.\nPukul 09:15: pulang.\nRY: Siapa?\nBu Rina: Anak saya.", Options{}, "RY|Apa?\nBu Rina|Ini.⏎Kami berangkat 10:30: hujan deras.⏎Balikpapan 11:45: panas.⏎Pukul 08:15: tiba.⏎Pukul 09:15: pulang.\nRY|Siapa?\nBu Rina|Anak saya."},
		{"a sentence with a clock time among labels with times", "a.txt", "Budi (00:12:31): satu\nKami berangkat 10:30: hujan\nAni (00:12:40): dua\nBudi (00:12:45): tiga\nSiti (00:12:50): empat", Options{}, "Budi@751000--1|satu⏎Kami berangkat 10:30: hujan\nAni@760000--1|dua\nBudi@765000--1|tiga\nSiti@770000--1|empat"},
		{"someone who speaks once where every row has a label", "a.txt", "Rina Kusuma: Pagi.\nBudi Santoso: Pagi, Bu.\nRina Kusuma: Yang lain?\nSiti Aminah: Tidak setuju.\nRina Kusuma: Baik.\nBudi Santoso: Tetap.\nJoko: Saya juga.\n18123456789: Halo.", Options{}, "Rina Kusuma|Pagi.\nBudi Santoso|Pagi, Bu.\nRina Kusuma|Yang lain?\nSiti Aminah|Tidak setuju.\nRina Kusuma|Baik.\nBudi Santoso|Tetap.\nJoko|Saya juga.\n18123456789|Halo."},
		{"someone who speaks once, paragraphs of many rows", "a.txt", "Rina: Pagi\nsemua.\n\nBudi: Pagi,\nBu.\n\nRina: Yang\nlain?\n\nSiti: Tidak\nsetuju.\n\nBudi: Saya\ntetap.\n", Options{}, "Rina|Pagi⏎semua.\nBudi|Pagi,⏎Bu.\nRina|Yang⏎lain?\nSiti|Tidak⏎setuju.\nBudi|Saya⏎tetap."},
		{"sentences with a colon where every row has a label", "a.txt", "RY: Apa?\nP1: Ini.\nJadi begini: kita izin dulu.\nRY: Lalu?\nP1: Ada dua.\nPertama: uang.\nMasalahnya: waktu.\nBagian 2: Ekspor\nBea Cukai: \"Tidak bisa.\"\nBu Lurah: \"Bisa.\"\nRY: Oh.\nP1: Ya.", Options{}, "RY|Apa?\nP1|Ini.⏎Jadi begini: kita izin dulu.\nRY|Lalu?\nP1|Ada dua.⏎Pertama: uang.⏎Masalahnya: waktu.⏎Bagian 2: Ekspor⏎Bea Cukai: \"Tidak bisa.\"⏎Bu Lurah: \"Bisa.\"\nRY|Oh.\nP1|Ya."},
		{"a name with a colon among paragraphs without labels", "a.txt", "RY: Apa?\nP1: Ini.\nLalu itu.\nSiti Aminah: dia yang tahu.\nBegitu.\nRY: Lalu?\nP1: Sudah.", Options{}, "RY|Apa?\nP1|Ini.⏎Lalu itu.⏎Siti Aminah: dia yang tahu.⏎Begitu.\nRY|Lalu?\nP1|Sudah."},
		{"what stands above the talk", "a.txt", "Tempat Wawancara: Balikpapan\nKelompok Usaha: rotan\nRY: Apa?\nP1: Ini.\nRY: Lalu?\nP1: Sudah.\nRY: Ya?\nP1: Ya.", Options{}, "|Tempat Wawancara: Balikpapan\n|Kelompok Usaha: rotan\nRY|Apa?\nP1|Ini.\nRY|Lalu?\nP1|Sudah.\nRY|Ya?\nP1|Ya."},
		{"names with small words above times", "a.txt", "Rina (interviewer)  0:03\nsatu\n\nAnna de la Cruz 0:07\ndua\n\nAhmad ibn Yusuf 0:09\ntiga\n\nd'Souza 0:12\nempat\n\ndr. Siti 0:14\nlima\n\nRina (interviewer)  0:20\nenam\n\nRina K. 0:22\ntujuh", Options{}, "Rina (interviewer)@3000--1|satu\nAnna de la Cruz@7000--1|dua\nAhmad ibn Yusuf@9000--1|tiga\nd'Souza@12000--1|empat\ndr. Siti@14000--1|lima\nRina (interviewer)@20000--1|enam\nRina K.@22000--1|tujuh"},
		{"names of any words, parted from their times", "a.txt", "Rina Kusuma   0:03\nsatu\n\ndinas perdagangan   0:07\ndua\n\nRina Kusuma   0:09\ntiga\n\n3M Support\t0:12\nempat\n\nPak Budi [Dinas Perdagangan]   0:14\nlima\n\nProf. Dr. Ir. H. Bambang Sutrisno M.Sc.  0:20\nenam\n\nDr. Ani, S.E., M.Si.  0:22\ntujuh", Options{}, "Rina Kusuma@3000--1|satu\ndinas perdagangan@7000--1|dua\nRina Kusuma@9000--1|tiga\n3M Support@12000--1|empat\nPak Budi [Dinas Perdagangan]@14000--1|lima\nProf. Dr. Ir. H. Bambang Sutrisno M.Sc.@20000--1|enam\nDr. Ani, S.E., M.Si.@22000--1|tujuh"},
		{"sentences and tables that end in a time", "a.txt", "Rina Kusuma   0:03\nKami berangkat 10:30\nLalu pulang.\nItu saja.  11:30\nYa.\n\nBudi   0:07\ndua\npagi hari   08:15\nsiang hari   09:30\n\nRina Kusuma   0:09\ntiga\nmulai jam 10:30\nselesai.\n\nlama rekaman   45:12", Options{}, "Rina Kusuma@3000--1|Kami berangkat 10:30⏎Lalu pulang.⏎Itu saja.  11:30⏎Ya.\nBudi@7000--1|dua⏎pagi hari   08:15⏎siang hari   09:30\nRina Kusuma@9000--1|tiga⏎mulai jam 10:30⏎selesai.⏎lama rekaman   45:12"},
		{"tables of times where labels have none", "a.txt", "RY: Apa?\nP1: Ini.\npagi hari   08:15\nRY: Lalu?\nP1: Sudah.", Options{}, "RY|Apa?\nP1|Ini.⏎pagi hari   08:15\nRY|Lalu?\nP1|Sudah."},
		{"no-break spaces", "a.txt", "Intervieweur\u00a0: Qu’avez-vous\u00a0?\nMme\u00a0Lefèvre\u202f: J’étais\u00a0là.\nIntervieweur\u00a0: Et\u00a0après\u00a0?\nMme\u00a0Lefèvre\u202f: [00:00:12]\u00a0Voilà\u00a0: tout.\nMme Lefèvre\u00a0: Si.\n\u00a0[00:01:02]\u00a0Bon.", Options{}, "Intervieweur|Qu’avez-vous\u00a0?\nMme Lefèvre|J’étais\u00a0là.\nIntervieweur|Et\u00a0après\u00a0?\nMme Lefèvre@12000--1|Voilà\u00a0: tout.\nMme Lefèvre|Si.\nMme Lefèvre@62000--1|Bon."},
		{"no-break spaces in names and times alone in their rows", "a.txt", "Bu\u00a0Rina\n0:12\nsatu\n\nAni\u00a00:15\ndua\n\nBu\u00a0Rina\n0:20\ntiga\n\nAni\u00a00:25\nempat", Options{}, "Bu Rina@12000--1|satu\nAni@15000--1|dua\nBu Rina@20000--1|tiga\nAni@25000--1|empat"},
		{"times off, no-break spaces", "a.txt", "Budi\u00a0(0:12\u00a0-\u00a00:15): satu\nBudi\u00a0(0:16): dua", Options{NoTimes: true}, "Budi|(0:12\u00a0-\u00a00:15) satu\nBudi|(0:16) dua"},
		{"fullwidth colon", "a.txt", "P1：satu\nP2：dua\nP1：tiga\nP2：empat", Options{}, "P1|satu\nP2|dua\nP1|tiga\nP2|empat"},
		{"Markdown, colon inside the bold", "a.md", "# Judul\n\n**Ani:** *satu* dua\nlanjut\n\n**Budi:** tiga\n\n**Ani**: empat\n\n**Budi:** lima", Options{}, "|Judul\nAni|satu dua lanjut\nBudi|tiga\nAni|empat\nBudi|lima"},
		{"Markdown headings", "a.md", "# satu\n\nRY: Apa?\n\nP1: Ini.\n\n## dua\n\nGudang.\n\n## RY: Ya?\n\nOh, begitu.\n\n### 00:01:00\n\nLalu?\n\nP1: Ya.", Options{}, "|satu\nRY|Apa?\nP1|Ini.\n|dua\n|Gudang.\nRY|Ya?⏎Oh, begitu.\nRY@60000--1|Lalu?\nP1|Ya."},
		{"Markdown marks", "a.md", "- satu **dua**\n- [tiga](http://x.y)\n\n> empat\\*\n\n1. lima_enam_tujuh\n2. _delapan_ `sembilan`\n\n***\n\n![sepuluh](a.png) <br> ~~sebelas~~ 2 * 3 * 4", Options{}, "|satu dua\n|tiga\n|empat*\n|1. lima_enam_tujuh\n|2. delapan sembilan\n|sepuluh⏎sebelas 2 * 3 * 4"},
		{"subtitles without speakers: silence and sentences", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nsatu\ndua.\n\n2\n00:00:02,100 --> 00:00:03,000\ntiga\n\n3\n00:00:09,000 --> 00:00:10,000\nempat\n", Options{}, "@1000-3000|satu dua. tiga\n@9000-10000|empat"},
		{"subtitles, one turn per cue", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nRY: satu\n\n2\n00:00:02,100 --> 00:00:03,000\ndua\n\n3\n00:00:04,000 --> 00:00:05,000\nRY: tiga", Options{KeepCues: true}, "RY@1000-2000|satu\nRY@2100-3000|dua\nRY@4000-5000|tiga"},
		{"subtitles without blank rows, numbers or milliseconds", "a.srt", "00:00:01 --> 00:00:02\nsatu\n00:00:02 --> 00:00:03 X1:0\ndua\n7\n00:00:03.5 --> 00:00:04\ntiga", Options{KeepCues: true}, "@1000-2000|satu\n@2000-3000|dua\n@3500-4000|tiga"},
		{"subtitles saved as txt", "a.txt", "1\n00:00:01,000 --> 00:00:02,000\nsatu\n", Options{}, "@1000-2000|satu"},
		{"arrows and signs in subtitles", "a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nNOTE a --> b <c.x>&lt;i&gt;</c> &amp;amp; <v> 1 < 2\nSTYLE <v A>x <v.y B &amp; C>y\n", Options{}, "@1000-2000|NOTE a --> b <i> &amp; <v> 1 < 2 STYLE\nA@1000-2000|x\nB & C@1000-2000|y"},
		{"rows of white space in WebVTT", "a.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nSatu\n \nDUA\n\n00:00:03.000 --> 00:00:04.000\nTiga\n \n9f4c-11/15-0\n00:00:05.000 --> 00:00:06.000\nEmpat\n \nNOTE lima\n", Options{KeepCues: true}, "@1000-2000|Satu DUA\n@3000-4000|Tiga\n@5000-6000|Empat NOTE lima"},
		{"a cue in which somebody speaks once", "a.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nRina Kusuma: Satu\n\n00:00:02.000 --> 00:00:03.000\nBudi: dua\n\n00:00:03.000 --> 00:00:04.000\niPhone milik Dewi: tiga\n\n00:00:04.000 --> 00:00:05.000\nRina Kusuma: empat\n\n00:00:05.000 --> 00:00:06.000\nBudi: lima\nJadi begini: ya.\n\n00:00:06.000 --> 00:00:07.000\n18123456789: enam\n", Options{}, "Rina Kusuma@1000-2000|Satu\nBudi@2000-3000|dua\niPhone milik Dewi@3000-4000|tiga\nRina Kusuma@4000-5000|empat\nBudi@5000-6000|lima Jadi begini: ya.\n18123456789@6000-7000|enam"},
		{"a sentence with a colon among cues without labels", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nRina: Satu\n\n2\n00:00:02,000 --> 00:00:03,000\ndua\n\n3\n00:00:03,000 --> 00:00:04,000\nBudi: tiga\n\n4\n00:00:04,000 --> 00:00:05,000\nJadi begini: ya\n\n5\n00:00:05,000 --> 00:00:06,000\nRina: lima\n\n6\n00:00:06,000 --> 00:00:07,000\nBudi: enam\n", Options{}, "Rina@1000-3000|Satu dua\nBudi@3000-5000|tiga Jadi begini: ya\nRina@5000-6000|lima\nBudi@6000-7000|enam"},
		{"who says the same again rolls nothing", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nYa.\n\n2\n00:00:02,000 --> 00:00:03,000\nYa.\n\n3\n00:00:03,000 --> 00:00:04,000\nYa.\n\n4\n00:00:04,000 --> 00:00:05,000\nYa.\nBetul.\n\n5\n00:00:05,000 --> 00:00:06,000\nYa.\n\n6\n00:00:06,000 --> 00:00:07,000\nYa.\n", Options{}, "@1000-7000|Ya. Ya. Ya. Ya. Betul. Ya. Ya."},
		{"times of subtitles off", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\nsatu\n", Options{NoTimes: true}, "|satu"},
		{"pseudonyms", "a.txt", "Budi: Budi dan BUDI, Budiman, Budi-nya, Siti Aminah.\nAni: ya\nBudi: Siti?\nAni: ya", Options{Replace: map[string]string{"Budi": "P01", "Siti Aminah": "adiknya", "Siti": "S."}}, "P01|P01 dan P01, Budiman, P01-nya, adiknya.\nAni|ya\nP01|S.?\nAni|ya"},
		{"two names swapped", "a.txt", "Ani dan Budi", Options{Replace: map[string]string{"Ani": "Budi", "Budi": "Ani"}}, "|Budi dan Ani"},
		{"a label without words", "a.txt", "RY: satu\nP1:\nRY: dua\nP1: tiga", Options{}, "RY|satu\nRY|dua\nP1|tiga"},
		{"CR alone, NUL, zero-width and combining kept", "a.txt", "cafe\u0301\u200b\x00 \u202eabc\u202c\rdua", Options{}, "|cafe\u0301\u200b \u202eabc\u202c\n|dua"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := mustRead(t, c.name, []byte(c.in), c.opt)
			if got := turnsOf(r); got != c.want {
				t.Errorf("got\n%s\nwant\n%s\nspeakers %+v\npossible %+v", got, c.want, r.Speakers, r.Possible)
			}
		})
	}
}

// TestPossible: what may be a speaker after all is offered, and becomes one when a person says so.
func TestPossible(t *testing.T) {
	for _, c := range []struct{ what, in, want, again string }{
		{"once among speakers", "RY: Apa?\nP1: Ini.\nLalu.\nBegitu.\nSiti Aminah: Tidak.\nRY: Ya?\nP1: Ya: betul.\nPertama: uang.\nLalu saya bilang begini: tidak.", "Siti Aminah", "Tidak."},
		{"a time now and then", "RY: Apa?\nP1: Ini.\npak lurah   0:12\nTidak.\nRY: Ya?\nP1: Ya.", "pak lurah", "Tidak."},
		{"nobody speaks", "Suasana: tenang.\nKami pulang.", "", ""},
	} {
		r := mustRead(t, "a.txt", []byte(c.in), Options{})
		var got []string
		for _, s := range r.Possible {
			got = append(got, s.Label)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q is offered, want %q", c.what, got, c.want)
		}
		if c.want == "" {
			continue
		}
		r = mustRead(t, "a.txt", []byte(c.in), Options{Labels: map[string]string{c.want: c.want}})
		if !slices.ContainsFunc(r.Turns, func(t Turn) bool { return t.Label == c.want && strings.HasPrefix(t.Text, c.again) }) {
			t.Errorf("%s: asked for, it is\n%s", c.what, turnsOf(r))
		}
	}
}

func TestSpansPointIntoText(t *testing.T) {
	r := mustRead(t, "a.txt", []byte("RY: Apa 🐟?\nP1: é\nRY: x\nP1: y\nz"), Options{})
	text, runes := r.Text(), []rune(r.Text())
	for i, s := range r.Spans() {
		if got := string(runes[s.Start:s.Stop]); got != r.Turns[i].Text || !strings.HasPrefix(text[s.Byte:], got) {
			t.Errorf("turn %d: %+v points to %q, want %q", i, s, got, r.Turns[i].Text)
		}
	}
	if len(runes) != r.Chars {
		t.Errorf("%d characters counted, %d there", r.Chars, len(runes))
	}
}

func TestCharsets(t *testing.T) {
	wide := func(s string, big, mark bool) []byte {
		var b []byte
		if mark {
			s = "\uFEFF" + s
		}
		for _, u := range utf16.Encode([]rune(s)) {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		return b
	}
	const words = "Kapan pertama kali mengurus dokumen ekspor sendiri? Café 🐟"
	for _, c := range []struct {
		what, charset string
		data          []byte
		want          string
		opt           Options
	}{
		{"UTF-8", "utf-8", []byte(words), words, Options{}},
		{"UTF-8 with mark", "utf-8", []byte("\uFEFF" + words), words, Options{}},
		{"UTF-16 LE with mark", "utf-16le", wide(words, false, true), words, Options{}},
		{"UTF-16 BE with mark", "utf-16be", wide(words, true, true), words, Options{}},
		{"UTF-16 LE", "utf-16le", wide(words, false, false), words, Options{}},
		{"UTF-16 BE", "utf-16be", wide(words, true, false), words, Options{}},
		{"Windows-1252", "windows-1252", []byte("Saya suka caf\xe9 itu, \x93na\xefvet\xe9\x94 kata orang, r\xe9sum\xe9 dan d\xe9j\xe0 vu."), "Saya suka café itu, “naïveté” kata orang, résumé dan déjà vu.", Options{}},
		{"UTF-8, one wrong byte", "utf-8", []byte("Di kafe “Senja” itu, kata\xFF saya."), "Di kafe “Senja” itu, kata\uFFFD saya.", Options{}},
		{"UTF-8, cut in a letter", "utf-8", []byte("Café “Senja” itu, café\xe2\x80"), "Café “Senja” itu, café\uFFFD", Options{}},
		{"two letters that look like one of UTF-8", "windows-1252", []byte("Kami ke \x84MEN\xdc\x93 lalu ke caf\xe9 yang lain, caf\xe9 itu."), "Kami ke „MENÜ“ lalu ke café yang lain, café itu.", Options{}},
		{"UTF-16 LE, Russian", "utf-16le", wide("Как вы?\nЯ очень устала.", false, false), "Как вы?\nЯ очень устала.", Options{}},
		{"UTF-16 BE, Chinese", "utf-16be", wide("您当时感觉如何？\n我很累，但是我们继续工作。\n一样。", true, false), "您当时感觉如何？\n我很累，但是我们继续工作。\n一样。", Options{}},
		{"UTF-16 LE, kana", "utf-16le", wide("聞き手：そのときどう思いましたか。\n田中：とても疲れていました。\n", false, false), "聞き手：そのときどう思いましたか。\n田中：とても疲れていました。", Options{}},
		{"UTF-16 LE, Japanese and a fish", "utf-16le", wide("聞き手：そのときどう？\n田中：🐟でした。\n", false, false), "聞き手：そのときどう？\n田中：🐟でした。", Options{}},
		{"ASCII with zeros", "utf-8", []byte("ha\x00lo apa kabar\nba\x00ik sekali"), "halo apa kabar\nbaik sekali", Options{}},
		{"Mac, few letters", "macintosh", []byte("Capek \xd0 \xd2capek lahir batin\xd3, kata saya\xc9 \xd4sabar\xd5 saja."), "Capek – “capek lahir batin”, kata saya… ‘sabar’ saja.", Options{}},
		{"code page 850", "ibm850", []byte("Ich war m\x81de, nat\x81rlich. Gr\x94\xe1e und Ma\xe1, das z\x84hlte."), "Ich war müde, natürlich. Größe und Maß, das zählte.", Options{}},
		{"code page 852", "ibm852", []byte("Jak si\xa9 pani czu\x88a? By\x88am zm\xa9czona, oczywi\x98cie. P\xa2\xabniej lepiej."), "Jak się pani czuła? Byłam zmęczona, oczywiście. Później lepiej.", Options{}},
		{"code page 866", "ibm866", []byte("\x8a\xa0\xaa \xa2\xeb \xe1\xa5\xa1\xef \xe7\xe3\xa2\xe1\xe2\xa2\xae\xa2\xa0\xab\xa8?"), "Как вы себя чувствовали?", Options{}},
		{"Thai", "windows-874", []byte("\xb5\xcd\xb9\xb9\xd1\xe9\xb9\xc3\xd9\xe9\xca\xd6\xa1\xcd\xc2\xe8\xd2\xa7\xe4\xc3"), "ตอนนั้นรู้สึกอย่างไร", Options{}},
		{"signs of trade", "windows-1252", []byte("Kami beli Word\xae dan Aqua\x99 saja, \x93katanya\x94."), "Kami beli Word® dan Aqua™ saja, “katanya”.", Options{}},
		{"ISO-2022-JP", "iso-2022-jp", []byte("\x1b$B$=$N8e$O\x1b(B\n"), "その後は", Options{}},
		{"told: Arabic", "windows-1256", []byte("artinya \xc7\xe1\xcd\xe3\xcf"), "artinya الحمد", Options{Charset: "windows-1256"}},
		{"told: Mac", "macintosh", []byte("caf\x8e"), "café", Options{Charset: "Macintosh"}},
		{"told: code page 850", "ibm850", []byte("caf\x82"), "café", Options{Charset: "ibm850"}},
		{"told: UTF-8, one wrong byte", "utf-8", []byte("caf\xe9 itu"), "caf\uFFFD itu", Options{Charset: "utf-8"}},
	} {
		r := mustRead(t, "a.txt", c.data, c.opt)
		if r.Charset != c.charset || r.Text() != c.want || len(r.Charsets) == 0 || r.Charsets[0].Name != c.charset {
			t.Errorf("%s: %s %q, candidates %v", c.what, r.Charset, r.Text(), r.Charsets)
		}
	}
	if _, err := Read("a.txt", []byte("x"), Options{Charset: "klingon"}); err == nil || err.(*BadFile).Reason != BadCharset {
		t.Errorf("an unknown character set gave %v", err)
	}
}

// TestCharsetsOffered: what is offered can be read, and a text in it is read the same when it is asked for by this name.
func TestCharsetsOffered(t *testing.T) {
	const words = "Apa kabar hari ini? Baik sekali."
	for _, name := range Charsets {
		in := []byte(words)
		if name != "utf-8" {
			var err error
			if in, err = charsetOf(name).NewEncoder().Bytes(in); err != nil {
				t.Fatal(name, err)
			}
		}
		if r := mustRead(t, "a.txt", in, Options{Charset: name}); r.Charset != name || r.Text() != words || len(r.Notes) > 0 {
			t.Errorf("%s: %s %q %v", name, r.Charset, r.Text(), r.Notes)
		}
	}
	if r := mustRead(t, "a.txt", []byte("“a” \xff “b”\xff\xff"), Options{}); r.Text() != "“a” \uFFFD “b”\uFFFD" || noteOf(r, "undecoded").N != 2 || noteOf(r, "undecoded").Args["charset"] != "utf-8" {
		t.Errorf("UTF-8 with broken places: %q, %v", r.Text(), r.Notes)
	}
}

// TestRolesThatLabelsSay: a label may say beside a name what its speaker is.
func TestRolesThatLabelsSay(t *testing.T) {
	for label, want := range map[string]string{"interviewer": Interviewer, "rina (interviewer)": Interviewer, "pewawancara (rina)": Interviewer, "pak joko (informan)": Informant, "p04 (laki-laki, 45)": Informant,
		"rina": "", "rina (dinas)": "", "rina (": "", "(tertawa)": "", "rina kusuma, m.si.": ""} {
		if got := roleOf(label); got != want {
			t.Errorf("%q is %q, not %q", label, got, want)
		}
	}
}

func TestRolesNamesLanguages(t *testing.T) {
	r := mustRead(t, "P13_rattan workshop.txt", []byte("Rina: Kapan Bapak mulai usaha rotan ini?\nJoko: Saya mulai sejak dulu dengan Pak Haryono, dan itu tidak mudah untuk kami. Haryono yang tahu. Kami di Balikpapan, PT Maju Jaya. Orang bilang Sulastri juga ada.\nRina: Apa yang sulit?\nJoko: When we had to ask the agency it was not clear what they really wanted from us.\n"), Options{})
	if r.Title != "P13 rattan workshop" || r.Language != "id" || r.Turns[3].Language != "en" || r.Turns[1].Language != "" {
		t.Errorf("title %q, language %q, turns %+v", r.Title, r.Language, r.Turns)
	}
	if r.Speakers[0].GuessRole != Interviewer || r.Speakers[1].GuessRole != Informant {
		t.Errorf("roles %+v", r.Speakers)
	}
	got := ""
	for _, n := range r.Names {
		got += fmt.Sprintf("%s %d; ", n.Word, n.Count)
	}
	if got != "Haryono 2; Sulastri 1; " {
		t.Errorf("names: %s", got)
	}
}

func TestLanguage(t *testing.T) {
	id, en := "Saya tidak tahu, karena surat itu sudah ada di kantor dengan yang lain.", "We had to ask them, and it was not clear what they would want from us."
	for _, c := range []struct {
		want  string
		texts []string
	}{
		{"id", []string{id, id}}, {"en", []string{en}}, {"id", []string{id, en, id}}, {"", []string{id, en}}, {"en", []string{"", en, "2026"}},
		{"", nil}, {"", []string{""}}, {"", []string{"Budi dan Sari"}}, {"id", []string{strings.Repeat(id, 200), strings.Repeat(en, 50)}},
		{"", []string{strings.Repeat("123 ", 10_000) + id}}, {"id", []string{strings.Repeat("ü", 10_000), id}},
	} {
		if got := Language(c.texts); got != c.want {
			t.Errorf("%.60q are %q, not %q", c.texts, got, c.want)
		}
	}
}

// letters drops white space, which the joining of rows may change.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, s)
}

// kept puts together what a Reading has of a file: text and what stood around it.
func kept(r *Reading) string {
	var b strings.Builder
	for _, t := range r.Turns {
		b.WriteString(t.lead + t.Text + t.trail)
	}
	return letters(b.String())
}

// TestEveryWordIsKept: labels, times and texts of a txt, in order, are the file's characters, white space apart.
func TestEveryWordIsKept(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	labels := []string{"RY: ", "P04: ", "Narasumber 1 : ", "Catatan: ", "Budi (00:12:31): ", "[00:12:31] Ani: ", "Ani  0:12\n", "00:12:31 Budi\n", "[00:01:02] ", "#00:00:03-1# ", "Budi\n0:13\n", "", "", "", "x: ", "http://", "P1:", "Mulai pukul 08:15:00 ", "[tidak jelas 00:01:20] ", "Bu\u00a0Rina\u202f: ", "dinas kota   0:15\n", "d'Souza [Tamu]\u00a00:16\n", "\u00a0[00:01:02]\u00a0"}
	ends := []string{"\n", "\n\n", "\r\n", " #00:12:31-5#\n", "\r", "\n \n", " [00:12:31]\n", ":\n"}
	tries := 3000
	if raceBuild {
		tries = 300
	}
	for n := range tries {
		var b strings.Builder
		for range 1 + rnd.IntN(14) {
			b.WriteString(pick(rnd, labels))
			if rnd.IntN(8) > 0 {
				b.WriteString(pick(rnd, append([]string{sentence(rnd), "é🐟", "a b"}, questions...)))
			}
			b.WriteString(pick(rnd, ends))
		}
		in := b.String() + "akhir"
		r := mustRead(t, "a.txt", []byte(in), Options{})
		if got, want := kept(r), letters(in); got != want {
			t.Fatalf("seed %d, try %d:\n in  %q\n got %q\n%s", seed, n, want, got, turnsOf(r))
		}
		// Reading the same again gives the same: a preview is what will be added.
		if again := mustRead(t, "a.txt", []byte(in), Options{Charset: r.Charset}); turnsOf(again) != turnsOf(r) {
			t.Fatalf("seed %d, try %d: read again, it differs", seed, n)
		}
	}
}

// TestSubtitlesKeepEveryWord: what is said in the talk is what the turns say, in order and with its times.
func TestSubtitlesKeepEveryWord(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	said := talk(rand.New(rand.NewPCG(seed, 0)), 30)
	r := mustRead(t, "a.srt", []byte(subtitles(said)), Options{})
	if len(r.Turns) != len(said) {
		t.Fatalf("seed %d: %d turns of %d", seed, len(r.Turns), len(said))
	}
	for i, s := range said {
		got := r.Turns[i]
		// A silence inside a turn makes a part; there is none in this talk.
		if got.Text != s.text || got.Label != s.who || got.FromMS != s.ms || got.ToMS <= got.FromMS {
			t.Fatalf("seed %d, turn %d: %+v, want %+v", seed, i, got, s)
		}
	}
	r = mustRead(t, "a.md", []byte(markdown(said)), Options{})
	if got := letters(r.Text()); !strings.HasSuffix(got, letters(said[len(said)-1].text)) || len(r.Turns) != len(said)+2 {
		t.Errorf("seed %d: Markdown gives %d turns of %d", seed, len(r.Turns), len(said)+2)
	}
}

// TestSpeakersOfAllScripts: letters that have no capitals begin names too.
func TestSpeakersOfAllScripts(t *testing.T) {
	for _, c := range [][2]string{{"访谈者：您好吗？\n王丽：我很累。\n访谈者：为什么？\n王丽：工作太多。", "访谈者,王丽"}, {"المحاور: كيف حالك؟\nحسن: أنا متعب.\nالمحاور: لماذا؟\nحسن: العمل كثير.", "المحاور,حسن"},
		{"catatan: ini dulu.\nlalu: itu.\ncatatan: begitu.\nlalu: sudah.", ""}} {
		r, err := Read("a.txt", []byte(c[0]), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, s := range r.Speakers {
			labels = append(labels, s.Label)
		}
		if got := strings.Join(labels, ","); got != c[1] {
			t.Errorf("%q: %s", c[0], got)
		}
	}
}
