package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestPdfUpload prints a transcript to PDF, as anybody's browser does, and uploads it: the preview has its speakers, its
// passages whole, and says that the browser's heads and feet are left out.
func TestPdfUpload(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	project := sari.newProject("From paper", "reflexive")

	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "<p><b>Pewawancara:</b> Sejak kapan Ibu menjual kopi di pasar nomor %d itu?</p><p><b>P04:</b> %s</p>", i,
			strings.Repeat("Kami menjual lewat pengepul karena koperasi belum punya sertifikat yang diminta pembeli dari luar negeri. ", 4))
	}
	sari.open(fmt.Sprintf("/projects/%d/documents", project))
	see[bool](sari, `(document.documentElement.replaceChildren(document.createElement("body")), document.body.innerHTML = `+quoted(b.String())+`, true)`)
	printed, err := chromedp.Call(sari.ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, DisplayHeaderFooter: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "P04_kopi.pdf")
	if err := os.WriteFile(file, printed.Data, 0o600); err != nil {
		t.Fatal(err)
	}

	sari.open(fmt.Sprintf("/projects/%d/documents", project))
	sari.must(chromedp.SetUploadFiles(chromedp.CSS("upload-list header input[type=file]"), []string{file}))
	sari.until("the preview to open by itself", `document.querySelector("#preview-form .preview-turn")`)
	said := see[string](sari, `document.querySelector("#preview-form").innerText`)
	for _, want := range []string{"80 turns", "Pewawancara", "P04", "repeat on the pages left out", "Kami menjual lewat pengepul karena koperasi belum punya sertifikat yang diminta pembeli dari luar negeri. Kami menjual"} {
		if !strings.Contains(said, want) {
			t.Errorf("the preview of a PDF has no %q:\n%s", want, said)
		}
	}
}
