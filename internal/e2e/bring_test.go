package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// on gives the focus to what a selector finds, and presses a key there.
func (p *person) on(selector, key string) {
	p.t.Helper()
	see[any](p, `document.querySelector(`+quoted(selector)+`).focus()`)
	p.key(key)
}

// files writes files for a choice of them.
func files(t *testing.T, all map[string]string) (names []string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, at)
	}
	return names
}

func (p *person) choosing(names []string) {
	p.t.Helper()
	p.must(chromedp.SetUploadFiles(chromedp.CSS("#documents-add"), names))
}

// sendingNothing keeps files from leaving the browser, as a line that has stopped does.
func (p *person) sendingNothing() {
	p.t.Helper()
	see[any](p, `(() => {
		const x = XMLHttpRequest.prototype;
		window.e2eReal = { send: x.send, abort: x.abort };
		Object.assign(x, { send() {}, abort() { this.dispatchEvent(new ProgressEvent("abort")); } });
	})()`)
}

func (p *person) sendingAgain() {
	p.t.Helper()
	see[any](p, `(Object.assign(XMLHttpRequest.prototype, window.e2eReal), 0)`)
}

const talk = "PEWAWANCARA: Apa yang sulit?\nP41: Formulirnya panjang.\nPEWAWANCARA: Lalu?\nP41: Saya menebak.\n"

// TestFilesByKeyboard: whatever closes, goes or is drawn anew among files that wait, the focus stays near, and what became of each is said.
func TestFilesByKeyboard(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	sari.open(fmt.Sprintf("/projects/%d/documents", p))
	said := func(what, words string) {
		t.Helper()
		sari.until(what, `document.querySelector(".files [data-part=status]").textContent === `+quoted(words))
	}

	sari.choosing(files(t, map[string]string{"P41.txt": talk}))
	sari.until("the preview", `document.activeElement.id === "preview-name"`)
	sari.key(kb.Escape)
	sari.until("the focus on the file", `document.activeElement.matches(".file [data-part=check]") && !document.querySelector("#preview-form")`)
	sari.key(kb.Enter)
	sari.until("the preview again", `document.querySelector("#preview-form") && document.activeElement.matches("#panel .close")`)
	sari.on("#preview-name", kb.Enter)
	sari.until("the document, and the focus where more are added", `document.querySelector("#documents-list tr[id^=document-]") && document.activeElement.id === "documents-add"`)
	said("that it was added", "1 of 1 read · P41.txt: added")
	sari.on(".files-head [data-do=clear]", kb.Enter)
	sari.until("the focus not to go with the list", `document.activeElement.id === "documents-add"`)

	// Three that fail: one because its way to the server was cut.
	sari.sendingNothing()
	sari.choosing(files(t, map[string]string{"P42.txt": talk + "P41: Sudah.\n"}))
	sari.until("the file on its way", `document.querySelector(".file[data-state=sending]")`)
	sari.on(".file [data-part=stop]", kb.Enter)
	sari.until("it to be cancelled", `document.querySelector(".file[data-state=failed]") && document.activeElement.matches(".file [data-part=stop]")`)
	said("that it was cancelled", "1 of 1 read · P42.txt: cancelled")
	sari.on(".file [data-part=again]", kb.Enter)
	sari.until("it on its way again, with the focus on its button", `document.querySelector(".file[data-state=sending]") && document.activeElement.matches(".file [data-part=stop]")`)
	sari.sendingAgain()
	sari.choosing(files(t, map[string]string{"kosong.txt": "", "rusak.docx": "PK\x03\x04 bukan dokumen"}))
	sari.until("two to have failed", `document.querySelectorAll(".file[data-state=failed]").length === 2`)
	sari.on(".file[data-state=failed] [data-part=stop]", kb.Enter)
	sari.until("the focus on the next", `document.querySelectorAll(".file").length === 2 && document.activeElement.matches(".file [data-part=stop]")`)
}

// TestManyFilesByKeyboard: Escape takes away a form of many files, but not what is on its way, and closing it does not let that go on unseen;
// how far they are is said.
func TestManyFilesByKeyboard(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "id")
	p := sari.newProject("Pasar", "reflexive")
	sari.addText(p, "p02.txt", "P02", clinic)
	budi.accept(sari.invite(p, "researcher"), "en")
	all := map[string]string{"kosong.txt": "", "rusak.docx": "PK\x03\x04 bukan dokumen"}
	for i := range 10 {
		all[fmt.Sprintf("P%d.txt", i+20)] = fmt.Sprintf("%sP41: Nomor %d.\n", talk, i)
	}
	names := files(t, all)
	at := fmt.Sprintf("/projects/%d/documents", p)
	sari.open(at)
	budi.open(at)
	see[any](budi, `document.querySelector("#documents-list tr th a").focus()`)

	form := func() {
		t.Helper()
		sari.choosing(names)
		sari.until("the form for all files", `document.activeElement.id === "batch-kind"`)
	}
	form()
	sari.key(kb.Escape)
	sari.until("the focus where files are added", `document.activeElement.id === "documents-add" && !document.querySelector("#batch-form")`)
	form()
	sari.sendingNothing()
	sari.on("#batch-form button.go", kb.Enter)
	sari.until("the files on their way", `!document.querySelector("#batch-form [data-part=sending]").hidden`)
	sari.key(kb.Escape)
	if !see[bool](sari, `!!document.querySelector("#batch-form")`) {
		t.Error("Escape took away what was on its way")
	}
	sari.on("#panel .close", kb.Enter)
	sari.until("it to be said that they were stopped", `!document.querySelector("#batch-form") && document.querySelector("#toasts").textContent === "dibatalkan" && document.activeElement.id === "documents-add"`)
	sari.sendingAgain()
	form()
	sari.on("#batch-form button.go", kb.Enter)
	sari.until("the report", `document.querySelector("#batch .pill.ok")`)
	sari.on("[id^=again-]", kb.Enter)
	sari.until("the end to be said, with the focus in the report", `[...document.querySelectorAll("#batch + [role=status]")].some((s) => s.textContent === "selesai, 12 dari 12, 2 berkas tidak dapat dibaca") && document.querySelector("#batch").contains(document.activeElement)`)
	budi.until("the documents, with the focus where it was", `document.querySelectorAll("#documents-list tr[id^=document-]").length === 11 && document.activeElement.matches("#documents-list th a") && document.activeElement.textContent === "P02"`)
}

// TestHeadsOfTablesOnAPhone: whatever heads of a table the Tab key comes to, they are seen.
func TestHeadsOfTablesOnAPhone(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "id")
	p := sari.newProject("Pasar", "reflexive")
	sari.addText(p, "p02.txt", "P02", clinic)
	sari.open(fmt.Sprintf("/projects/%d/tables", p))
	sari.upload("informan.csv", "Nama,Kelompok informan,Barang yang dijual,Tahun mulai berusaha\nP02,petani,udang,2019\n")
	sari.until("what would happen", `document.querySelectorAll(".bring-rows tbody tr").length === 1`)
	sari.click("#table-acts button.go")
	sari.until("the informants", `document.querySelectorAll("#informants-table tbody tr").length === 1`)
	sari.must(chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"documents", "informants"} {
		sari.open(fmt.Sprintf("/projects/%d/%s", p, path))
		sari.until("the table", `document.querySelector("main th .sort")`)
		see[any](sari, `document.querySelector("main th .sort").focus()`)
		heads := 0
		for ; see[bool](sari, `document.activeElement.matches("th .sort")`); heads++ {
			sari.until("the head that has the focus", `(() => {
				const e = document.activeElement, r = e.getBoundingClientRect(), x = r.x + r.width / 2;
				return [r.y + 4, r.bottom - 4].every((y) => e.contains(document.elementFromPoint(x, y)));
			})()`)
			sari.key(kb.Tab)
		}
		if heads < 5 {
			t.Errorf("%s has %d heads", path, heads)
		}
	}
}
