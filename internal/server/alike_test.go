package server

import (
	"fmt"
	"testing"
	"time"

	"anyam/internal/qda"
)

func TestSimilarNames(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"Paper burden", "paper  BURDEN", true},
		{"Beban kertas", "Kertas, beban", true},
		{"Cost of freight", "Freight cost", true},
		{"Biaya untuk pengiriman", "Biaya pengiriman", true},
		{"dokumen-dokumen ekspor", "Dokumen ekspor", true},
		{"Résumé", "resume", true},
		{"e-mail", "Email", true},
		{"Portal timeout", "Portal timeouts", true},
		{"Unknown documents", "Unkown documents", true},
		{"Customs delay", "Customs dealy", true},
		{"Form", "Forms", true},
		{"Cost of papers", "paper costs", true},
		{"Loss", "Los", false},
		{"Import barriers", "Export barriers", false},
		{"internal trust", "external trust", false},
		{"Phase 1", "Phase 2", false},
		{"Interview 12", "Interview 21", false},
		{"Trust", "Truth", false},
		{"Luck", "Lack", false},
		{"Trust in brokers", "Trust", false},
		{"percaya", "tidak percaya", false},
		{"", "", false},
		{"???", "!!!", false},
	} {
		a, b := plainly(x.a), plainly(x.b)
		if a.similar(&b) != x.same || b.similar(&a) != x.same {
			t.Errorf("%q and %q: similar should be %v", x.a, x.b, x.same)
		}
	}
}

func TestSlips(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"dealy", "delay", 1}, {"ab", "ba", 1}, {"same", "same", 0}} {
		if have := slips([]rune(x.a), []rune(x.b)); have != x.want {
			t.Errorf("%q to %q: %d slips, should be %d", x.a, x.b, have, x.want)
		}
	}
}

func TestLookAlike(t *testing.T) {
	t.Parallel()
	nodes := []likely{{1, qda.Code, "HS code guesswork", 100}, {2, qda.Code, "Wrong tariff number", 62}, {3, qda.Code, "Paper", 0}, {4, qda.Theme, "Paper", 0}, {5, qda.Code, "paper", 10}, {6, qda.Code, "Other", 100}}
	have := lookAlike(nodes, []shared{{2, 1, 62}, {1, 6, 60}, {1, 99, 100}})
	// 62 of 100 characters; 60 of 140 is too little; a theme and a code are never one.
	if len(have) != 2 || have[0].a != 1 || have[0].b != 2 || have[0].names || have[0].jaccard != 0.62 || have[0].inside != 1 || have[1].a != 3 || have[1].b != 5 || !have[1].names {
		t.Errorf("pairs: %+v", have)
	}
}

// TestLookAlikeIsQuick goes through a codebook of 2,000 names, which is what a page may have to wait for.
func TestLookAlikeIsQuick(t *testing.T) {
	t.Parallel()
	words := []string{"hambatan", "biaya", "dokumen", "kapal", "tetangga", "pembeli", "surat", "petugas", "formulir", "pasar"}
	var nodes []likely
	for i := range 2000 {
		nodes = append(nodes, likely{qda.ID(i + 1), qda.Code, fmt.Sprintf("%s %s ekspor %c%c", words[i%len(words)], words[i/len(words)%len(words)], 'a'+i/100%26, 'a'+i/2600), 0})
	}
	begun := time.Now()
	have := lookAlike(nodes, nil)
	took := time.Since(begun)
	t.Logf("2,000 names compared in %v, %d pairs", took.Round(time.Millisecond), len(have))
	if took > 3*time.Second {
		t.Errorf("2,000 names took %v", took)
	}
}
