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
// passages whole, and says that the browser's heads and feet are left out. What somebody wrote in the margin of another becomes memos.
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

	// Another, in whose margin somebody wrote: the comments come as memos on their words where the box is ticked.
	file = filepath.Join(filepath.Dir(file), "P05_udang.pdf")
	if err := os.WriteFile(file, commented([]string{"RY: Sejak kapan menjual udang?", "P05: Sejak tahun lalu, lewat pengepul.", "RY: Lalu?"},
		comment{0, 4, 15, "pertanyaan pembuka"}, comment{1, 29, 37, "siapa pengepul ini?"}), 0o600); err != nil {
		t.Fatal(err)
	}
	sari.open(fmt.Sprintf("/projects/%d/documents", project))
	sari.must(chromedp.SetUploadFiles(chromedp.CSS("upload-list header input[type=file]"), []string{file}))
	const look = `[...document.querySelectorAll("upload-list li[data-state=ready]")].find((r) => r.textContent.includes("P05_udang.pdf"))?.querySelector("a[data-panel]:not([hidden])")`
	sari.until("the other to be read", look)
	see[any](sari, look+`.click()`)
	sari.until("what becomes of the comments", `document.querySelector("#preview-form .comments-in")?.textContent.includes("2 comments become memos")`)
	const ticked = `document.querySelector("#preview-comments").checked`
	sari.click("#preview-comments")
	sari.until("the box to be empty", `!`+ticked)
	sari.click("#preview-comments")
	sari.until("the box to be ticked", ticked)
	sari.fill("#preview-name", "P05 Udang")
	sari.click("#preview-form .panel-foot button.go:not([name])")
	link := `[...document.querySelectorAll("#documents-list tr[id^=document-] a")].find((a) => a.textContent.trim() === "P05 Udang")`
	sari.until("the document", link)
	sari.open(see[string](sari, `new URL(`+link+`.href).pathname`))
	sari.until("the signs beside the turns", `document.querySelector("#t1 .memo-sign") && document.querySelector("#t2 .memo-sign") && !document.querySelector("#t3 .memo-sign")`)
	for _, m := range []struct{ turn, words, memo string }{{"#t1", "Sejak kapan", "pertanyaan pembuka"}, {"#t2", "pengepul", "siapa pengepul ini?"}} {
		sari.click(m.turn + " .memo-sign")
		card := `[...document.querySelectorAll(".note-card")].find((c) => c.querySelector("blockquote")?.textContent === ` + quoted(m.words) + `)`
		sari.until("the memo on “"+m.words+"”", card+`?.querySelector(".memo-text").textContent.includes(`+quoted(m.memo)+`)`)
	}
}

// A comment is what somebody wrote on letters of a line: from one up to another, counted from 0.
type comment struct {
	line, from, to int
	text           string
}

// commented writes a PDF of one page with lines in Courier, 12 points, and comments on their letters.
func commented(lines []string, comments ...comment) []byte {
	var text, hung strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&text, "BT /F1 12 Tf 72 %d Td (%s) Tj ET\n", 760-14*i, l)
	}
	for _, c := range comments {
		l, r, b := 72+7.2*float64(c.from), 72+7.2*float64(c.to), 757-14*float64(c.line)
		fmt.Fprintf(&hung, "<</Type/Annot/Subtype/Highlight/Rect[%g %g %g %g]/QuadPoints[%g %g %g %g %g %g %g %g]/Contents(%s)/T(Budi)>>", l, b, r, b+12, l, b+12, r, b+12, l, b, r, b, c.text)
	}
	b := []byte("%PDF-1.7\n")
	var places []int
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R/Annots[" + hung.String() + "]>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>", fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", text.Len(), &text)} {
		places = append(places, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, p := range places {
		b = fmt.Appendf(b, "%010d 00000 n \n", p)
	}
	return fmt.Appendf(b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, at)
}
