package server

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
)

// TestStems compares with the stemmers of Postgres: over the words of the study that goes with anyam, and over made-up ones with every
// affix there is.
func TestStems(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/balikpapan/*.*")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var words []string
	add := func(w string) {
		if len(w) > 1 && !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	letters := regexp.MustCompile(`[a-z]+`)
	for _, f := range files {
		if strings.HasSuffix(f, ".docx") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range letters.FindAllString(strings.ToLower(string(b)), -1) {
			add(w)
		}
	}
	real := len(words)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 6))
	pick := func(of string) string { f := strings.Split(of, ","); return f[rnd.IntN(len(f))] }
	for range 4000 {
		add(pick(",,di,me,mem,men,meng,meny,ter,ke,pe,pem,pen,peng,peny,ber,be,per,bel,pel") + pick(",,,ber,per,pe,be,bel") + pick("ajar,kerja,tulis,apa,sapu,ternak,kasi,isi,pukul,ambil,surat,nyanyi,x,uang,ke") +
			pick(",,kan,an,i,si,kani") + pick(",,nya,ku,mu") + pick(",,kah,lah,pun"))
	}
	db, err := pgx.Connect(context.Background(), pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	rows, err := db.Query(context.Background(), `SELECT w, coalesce((ts_lexize('indonesian_stem', w))[1], ''), coalesce((ts_lexize('english_stem', w))[1], '') FROM unnest($1::text[]) w`, words)
	if err != nil {
		t.Fatal(err)
	}
	var bad, badEnglish []string
	n := 0
	for rows.Next() {
		var w, id, en string
		if err := rows.Scan(&w, &id, &en); err != nil {
			t.Fatal(err)
		}
		n++
		gotEn, gotID, _ := stems(w)
		if gotID != id {
			bad = append(bad, w+" "+gotID+" "+id)
		}
		if en != "" && gotEn != en { // "" is a word too common to be asked for
			badEnglish = append(badEnglish, w+" "+gotEn+" "+en)
		}
	}
	if err := rows.Err(); err != nil || n != len(words) || real < 1000 {
		t.Fatalf("%d of %d words, %d of the study: %v", n, len(words), real, err)
	}
	// A later Postgres may know better in a few cases.
	if slices.Sort(bad); len(bad)+len(badEnglish) > n/50 {
		t.Errorf("of %d words %d Indonesian ones are stemmed otherwise: %v; %d English ones: %v", n, len(bad), bad[:min(len(bad), 40)], len(badEnglish), badEnglish[:min(len(badEnglish), 20)])
	}
	t.Logf("%d words, %d of the study", n, real)
	for _, x := range [][2]string{{"pengiriman", "mengirim"}, {"dokumennya", "dokumen"}, {"pembayaran", "membayar"}, {"pelatihan", "latihan"}} {
		if a, b := indonesian(x[0]), indonesian(x[1]); a != b {
			t.Errorf("%s gives %s and %s gives %s", x[0], a, x[1], b)
		}
	}
}
