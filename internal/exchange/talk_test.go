package exchange

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Fictional talk from a small vocabulary: nobody said any of it.
var (
	openings  = strings.Split("Waktu itu|Sebetulnya|Kalau menurut saya|Jadi begini|Dulu|Sekarang|Di tempat kami|Kadang-kadang|Setelah pandemi|Terus terang saja", "|")
	whos      = strings.Split("kami|pembeli dari luar|orang dinas|teman-teman perajin|pegawai ekspedisi|petugas pelabuhan|Bu Ratmi|Pak Suryo|koperasi|anak saya", "|")
	dids      = strings.Split("belum tahu cara mengurus|harus menunggu|membantu menyiapkan|menolak|meminta lagi|selalu menanyakan|tidak pernah melihat|baru belajar tentang|mengirim|menghitung ulang", "|")
	whats     = strings.Split("sertifikat kesehatan|dokumen pengiriman|contoh barang|ongkos kirim|surat keterangan asal|kemasan yang baru|pesanan tiga puluh karton|label gizi|izin edar|harga pokok", "|")
	ends      = strings.Split("sampai dua minggu|tanpa penjelasan|lewat aplikasi|di Balikpapan|karena takut salah|dan itu melelahkan|tapi akhirnya bisa|setiap bulan|dengan biaya sendiri|dari nol", "|")
	questions = strings.Split("Kapan pertama kali mengurusnya sendiri?|Bagaimana rasanya waktu itu?|Siapa yang membantu?|Apa yang paling sulit?|Bisa diceritakan lebih lanjut?|Lalu apa yang Ibu lakukan?|Mengapa begitu?|Berapa lama biasanya?", "|")
	english   = strings.Split("The buyer wanted the papers before the end of the month.|We had to ask the agency again and again.|It was not clear what they really needed from us.|And then the boxes were waiting at the port for days.", "|")
)

type said struct {
	who  string
	text string
	ms   int64
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func sentence(r *rand.Rand) string {
	return pick(r, openings) + " " + pick(r, whos) + " " + pick(r, dids) + " " + pick(r, whats) + " " + pick(r, ends) + "."
}

// talk makes an interview of about so many minutes, 130 words a minute.
func talk(r *rand.Rand, minutes int) []said {
	var out []said
	ms := int64(4000)
	for ms < int64(minutes)*60_000 {
		q := said{"RY", pick(r, questions), ms}
		ms += int64(len(strings.Fields(q.text)))*450 + 800
		a := said{"P13", "", ms}
		var s []string
		for range 2 + r.IntN(6) {
			if r.IntN(25) == 0 {
				s = append(s, pick(r, english))
			}
			s = append(s, sentence(r))
		}
		a.text = strings.Join(s, " ")
		ms += int64(len(strings.Fields(a.text)))*450 + int64(r.IntN(2500))
		out = append(out, q, a)
	}
	return out
}

func srtClock(ms int64) string {
	return strings.Replace(clockOf(ms), ".", ",", 1)
}

// subtitles cuts talk into cues of at most two rows of 42 letters, as subtitle editors write them.
func subtitles(t []said) string {
	var b strings.Builder
	n := 0
	for _, s := range t {
		words := strings.Fields(s.text)
		at, first := s.ms, true
		for len(words) > 0 {
			var rows []string
			count := 0
			for len(rows) < 2 && len(words) > 0 {
				row := ""
				if first {
					row = s.who + ": "
					first = false
				}
				row += words[0]
				words = words[1:]
				count++
				for len(words) > 0 && len(row)+1+len(words[0]) <= 42 {
					row += " " + words[0]
					words = words[1:]
					count++
				}
				rows = append(rows, row)
			}
			n++
			end := at + int64(count)*450
			fmt.Fprintf(&b, "%d\r\n%s --> %s\r\n%s\r\n\r\n", n, srtClock(at), srtClock(end-40), strings.Join(rows, "\r\n"))
			at = end
		}
	}
	return b.String()
}

func markdown(t []said) string {
	var b strings.Builder
	b.WriteString("# Wawancara P13, bengkel rotan (rekaan)\n\n*Direkam 2 April 2026*\n\n")
	for _, s := range t {
		who := map[string]string{"RY": "Pewawancara", "P13": "Narasumber"}[s.who]
		fmt.Fprintf(&b, "**%s:** %s\n\n", who, s.text)
	}
	return b.String()
}

const formats = "../../testdata/formats/"

// The two-hour files are what the generator makes of its seed.
func TestTwoHourFiles(t *testing.T) {
	for name, want := range map[string]string{
		"dua-jam.srt": subtitles(talk(rand.New(rand.NewPCG(13, 1)), 120)),
		"dua-jam.md":  markdown(talk(rand.New(rand.NewPCG(13, 2)), 120)),
	} {
		path := filepath.Join(formats, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want || len(got) > 200_000 {
			t.Errorf("%s (%d bytes) is not what the generator makes (%d bytes); run with -update", name, len(got), len(want))
		}
	}
}
