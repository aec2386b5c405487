package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// upload puts a file into a page's field and sends its form.
func (p *person) upload(name, text string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.until("the file's field", `document.querySelector("main input[type=file][name=file]")`)
	p.must(chromedp.SetUploadFiles(chromedp.CSS("main input[type=file][name=file]"), []string{file}))
	p.click("main form.bring button.go")
}

// TestTablesComeIn brings in informants and a codebook that is not the same, while somebody else looks on in the other language.
func TestTablesComeIn(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	project := sari.newProject("Tabel", "reflexive")
	d := sari.addText(project, "klinik.txt", "P02 klinik", clinic)
	_, form := sari.apply(project, d, clinic, "Formulir", "Formulirnya panjang sekali")
	if !see[bool](sari, fmt.Sprintf(`fetch("/projects/%d/codebook.json", {headers: {Accept: "application/json"}}).then((r) => r.json()).then((b) => fetch("/projects/%[1]d/nodes/%d", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({change: crypto.randomUUID(), definition: "arti di sini"})})).then((r) => r.ok)`, project, form)) {
		t.Fatal("the code has no definition")
	}
	link := sari.invite(project, "researcher")
	dewi := g.person("Dewi Anggraini")
	dewi.accept(link, "id")
	base := fmt.Sprintf("/projects/%d", project)

	// Informants.
	dewi.open(base + "/informants")
	dewi.until("the page of informants", `document.querySelector("#informants-table") && document.querySelector('main a[href$="/tables"]')`)
	sari.open(base + "/tables")
	sari.axe("where a table is asked for")
	sari.upload("informan.csv", "Nama,Kelompok,Umur\nP02,petani,41\nP03,nelayan,muda\n,petani,20\n")
	sari.until("what would happen", `document.querySelector("#col-1")?.value === "text" && document.querySelectorAll(".bring-rows tbody tr").length === 3`)
	sari.axe("a table that would come in")
	sari.pick("#col-2", "skip")
	sari.until("the choice to count", `location.search.includes("col-2=skip") && !document.querySelector(".bring-rows").textContent.includes("Umur") && document.activeElement.id === "col-2"`)
	sari.until("what would happen to be said", `[...document.querySelectorAll("[role=status].away")].some((s) => s.textContent === [...document.querySelectorAll(".bring-sums span")].map((n) => n.textContent).join(", ") && s.textContent !== "")`)
	sari.pick("#col-2", "number")
	sari.until("the other choice to count", `document.querySelector(".bring-rows").textContent.includes("“muda”")`)
	sari.click("#table-acts button.go")
	sari.until("the informants", `location.pathname.endsWith("/informants") && document.querySelectorAll("#informants-table tbody tr").length === 2`)
	dewi.until("Dewi to see them", `document.querySelectorAll("#informants-table tbody tr").length === 2`)
	if s := see[string](sari, `[...document.querySelectorAll("#informants-table tbody tr")].map((r) => [...r.querySelectorAll("input.cell")].map((f) => f.value).join(",") + ":" + [...r.querySelectorAll(".links a")].map((a) => a.textContent).join(",")).join(" ")`); s != "P02,petani,41:P02 klinik P03,nelayan,:" {
		t.Errorf("the informants are %q", s)
	}

	// A table of one row is drawn again as often as it is said whether it has headings, and what was typed stays.
	sari.open(base + "/tables")
	sari.upload("satu.csv", "Sari,bertemu Budi Santoso di pasar kemarin bersama Budi Santoso\n")
	sari.until("that only headings were found", `document.querySelector("#table-head")?.checked && document.querySelector("#table-body > .notice.bad")`)
	sari.axe("a table of one row")
	sari.click("#table-head")
	sari.until("the row", `document.querySelector("#col-1") && document.querySelector("#table-acts button.go") && !document.querySelector("#table-body > .notice.bad")`)
	sari.click("#as-answers")
	sari.until("the names in it", `document.querySelector("#as-answers:checked") && document.querySelector("#table-names .name-list input")`)
	sari.click("#table-names summary")
	sari.fill("#table-names .name-list input", "Pak B")
	sari.pick("#col-0", "name")
	sari.until("the row to be somebody's", `document.querySelectorAll(".bring-rows tbody tr").length === 1`)
	if s := see[string](sari, `document.querySelector("#table-names .name-list input").value`); s != "Pak B" {
		t.Errorf("the pseudonym is %q", s)
	}
	sari.click("#table-head")
	sari.until("that only headings were found, again", `document.querySelector("#table-body > .notice.bad") && !document.querySelector("#table-acts button.go")`)
	sari.click("#table-head")
	sari.until("the row again, as answers", `document.querySelector("#as-answers:checked") && document.querySelector("#table-names .name-list input")`)

	// A codebook, in which one code is not the same.
	sari.open(base + "/codebook")
	sari.until("the codebook", `document.querySelector("#codebook-tree tr.node")`)
	dewi.appearance("dark")
	dewi.open(base + "/codebook/import")
	dewi.until("where a codebook is asked for", `document.querySelector("#codebook-file")`)
	dewi.axe("where a codebook is asked for, in the dark")
	dewi.upload("kode.csv", "kode,definisi\nFormulir,arti di berkas\nMenebak,mengisi tanpa tahu\n")
	dewi.until("both side by side", `document.querySelector(".merge-clash .mine")?.textContent.includes("arti di sini") && document.querySelector(".merge-clash .theirs").textContent.includes("arti di berkas")`)
	dewi.axe("a codebook that would come in, in the dark")
	dewi.narrow("a codebook that would come in")
	dewi.click(".merge-clash input[value=both]")
	dewi.until("the choice to count", `document.querySelector(".merge-clash")?.dataset.choice === "both" && document.querySelector("#merge-acts button.go").textContent.includes("2")`)
	dewi.click("#merge-acts button.go")
	dewi.until("the codebook", `location.pathname.endsWith("/codebook") && document.querySelectorAll("#codebook-tree tr.node").length === 3`)
	sari.until("Sari to see it", `document.querySelectorAll("#codebook-tree tr.node").length === 3`)
	if s := see[string](sari, `[...document.querySelectorAll("#codebook-tree tr.node")].map((r) => r.dataset.name).join(", ")`); s != "Formulir, Formulir (2), Menebak" {
		t.Errorf("the codebook has %s", s)
	}
}
