package exchange

import (
	"bytes"
	"strings"
	"testing"
)

// TestPaperIsReadAgain writes a paper and reads it with the reader of documents that people upload.
func TestPaperIsReadAgain(t *testing.T) {
	t.Parallel()
	p := Paper{Title: "Tema & <klaim>", Language: "id", Blocks: []Block{
		Heading{1, "Fase 1"},
		Paragraph{Runs: []Run{{Text: "Dua "}, {Text: "kata", Bold: true}, {Text: " dan tautan", Link: "https://example.org/?a=1&b=2"}}},
		Paragraph{Quote: true, Runs: []Run{{Text: "Saya 🦐 menebak.\nBaris kedua."}}},
		Paragraph{Item: true, Runs: []Run{{Text: "Satu"}}},
		Grid{Widths: []int{1, 3}, Head: []string{"Cara", "Bukti"}, Rows: [][][]Run{{{{Text: "Jurnal"}}, {{Text: "3 memo"}}}, {{{Text: "Kosong"}}}}},
	}}
	var a, b bytes.Buffer
	if err := WriteDOCX(&a, p); err != nil {
		t.Fatal(err)
	}
	if err := WriteDOCX(&b, p); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same paper gives other bytes")
	}
	got := mustRead(t, "p.docx", a.Bytes(), Options{}).Text()
	for _, w := range []string{"Tema & <klaim>", "Fase 1", "Dua kata dan tautan", "Saya 🦐 menebak.", "Baris kedua.", "Satu", "Cara", "3 memo", "Kosong"} {
		if !strings.Contains(got, w) {
			t.Errorf("%q is not in what is read again:\n%s", w, got)
		}
	}
}
