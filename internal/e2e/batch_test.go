package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestManyFilesAndAProject adds twenty files at once, two of them bad, with somebody else looking on; then takes the project out and in
// again as another program's.
func TestManyFilesAndAProject(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "id")
	p := sari.newProject("Pasar", "reflexive")
	budi.accept(sari.invite(p, "researcher"), "en")
	budi.open(fmt.Sprintf("/projects/%d/documents", p))

	dir := t.TempDir()
	file := filepath.Join(dir, "wawancara.zip")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, data []byte) {
		w, err := z.Create("wawancara/" + name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"P01_amplang.docx", "P08_sabun.srt"} {
		data, err := os.ReadFile(root + "/testdata/balikpapan/" + name)
		if err != nil {
			t.Fatal(err)
		}
		put(name, data)
	}
	for i := range 15 {
		put(fmt.Sprintf("P%02d_udang.txt", i+20), fmt.Appendf(nil, "Pewawancara: Berkas %d?\nP%02d: Ya, begitu.\nPewawancara: Lalu?\nP%02d: Sudah.\n", i, i+20, i+20))
	}
	put("salinan.txt", []byte("Pewawancara: Berkas 3?\nP23: Ya, begitu.\nPewawancara: Lalu?\nP23: Sudah.\n"))
	put("rusak.docx", []byte("PK\x03\x04 bukan dokumen"))
	put("kosong.txt", nil)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}

	sari.open(fmt.Sprintf("/projects/%d/documents", p))
	sari.must(chromedp.SetUploadFiles(chromedp.CSS("upload-list header input[type=file]"), []string{file}))
	sari.until("the form for all files", `document.querySelector("#batch-form #batch-kind")`)
	sari.axe("the form for many files")
	sari.pick("#batch-informants", "file")
	sari.click("#batch-form button.go")
	sari.until("the page of the batch", `location.pathname.includes("/batches/")`)
	sari.until("all files to be read", `document.querySelector("#batch .pill.ok") && !document.querySelector("#batch-cancel")`)
	report := see[string](sari, `document.querySelector("#batch").innerText`)
	for _, want := range []string{"17 dokumen ditambahkan", "2 berkas tidak dapat dibaca", "1 sudah ada", "20 dari 20", "Berkas ini kosong."} {
		if !bytes.Contains([]byte(report), []byte(want)) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
	sari.axe("the report of a batch")
	sari.appearance("dark")
	sari.open(see[string](sari, `location.pathname`))
	sari.axe("the report of a batch, dark")
	sari.appearance("light")
	budi.until("the documents in the other window", `document.querySelectorAll("#documents-list tr[id^=document-]").length === 17`)
	budi.until("the batch in the other window", `document.querySelector("#documents-batch a[href*='/batches/']")`)

	if s := see[string](budi, `document.querySelector("#documents-batch .notice").className + ": " + document.querySelector("#documents-batch .notice span").textContent.replace(/\s+/g, " ").trim()`); s != "notice warn: done · 20 of 20 · 2 files could not be read" {
		t.Errorf("the batch in the other window: %q", s)
	}
	budi.must(chromedp.SetUploadFiles(chromedp.CSS("upload-list header input[type=file]"), []string{file}))
	budi.until("one file to be counted as one", `document.querySelector("#panel [data-part=count]")?.textContent.startsWith("1 file,")`)

	sari.open("/projects/import")
	sari.axe("the page that takes a project")
	sari.must(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(async () => {
		const data = await (await fetch("/projects/%d/export/project.qdpx")).blob();
		const all = new DataTransfer();
		all.items.add(new File([data], "pasar.qdpx"));
		document.querySelector("#projectin-file").files = all.files;
		document.body.dataset.ready = "on";
	})()`, p)))
	sari.until("the file to be chosen", `document.body.dataset.ready === "on"`)
	sari.click("form[action='/projects/import'] button.go")
	sari.until("what is in it", `location.search.startsWith("?file=") && document.querySelector(".projectin-counts")`)
	sari.axe("what is in a project")
	sari.fill("#name", "Pasar impor")
	sari.click("form[action='/projects/import/begin'] button.go")
	sari.until("the project to be in", `document.querySelector("#batch .pill.ok") && document.querySelector("#batch .projectin-counts th + td + td")`)
	if all := see[string](sari, `document.querySelector("#batch .projectin-counts").innerText`); !bytes.Contains([]byte(all), []byte("17")) {
		t.Errorf("what came in:\n%s", all)
	}
	sari.axe("what came in")
}
