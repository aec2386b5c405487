package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestDrafts names a draft in one browser while another looks on, changes the codebook, and asks what became of it.
func TestDrafts(t *testing.T) {
	t.Parallel()
	g := start(t)
	sari, budi := g.person("Sari Melati"), g.person("Budi Santoso")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "codebook")
	d := sari.addText(p, "p01.txt", "P01", market)
	_, one := sari.apply(p, d, market, "Menebak", "Saya menebak nomor barangnya.")
	_, two := sari.apply(p, d, market, "Menerka", "Mengisi formulir ekspor itu sulit sekali.")
	budi.accept(sari.invite(p, "supervisor"), "id")
	at := fmt.Sprintf("/projects/%d", p)

	budi.open(at + "/drafts")
	budi.until("an empty list", `document.querySelector("#draft-rows .empty")`)
	sari.open(at + "/drafts")
	sari.fill("#draft-name", "Draf 1")
	sari.click(".drafts form .go")
	sari.until("the draft", `document.querySelector("#draft-rows").innerText.includes("Draf 1")`)
	budi.until("the draft there too", `document.querySelector("#draft-rows").innerText.includes("Draf 1")`)
	budi.axe("drafts")

	merge := fmt.Sprintf(`fetch("%s/nodes/merge", {method: "POST", headers: {Accept: "application/json"}, body: new URLSearchParams({nodes: "%d", into: "%d", reason: "Keduanya satu hal."})}).then((r) => r.status)`, at, two, one)
	if status := see[int](sari, merge); status != 200 {
		t.Fatalf("merge: %d", status)
	}
	sari.open(at + "/drafts")
	sari.click("#now .btn")
	sari.until("the comparison", `document.querySelector("h1").innerText === "2 codes became 1"`)
	if s := see[string](sari, `document.querySelector("#merged").innerText`); !contains(s, "Menerka", "Menebak", "1 coding", "Keduanya satu hal.") {
		t.Errorf("of the merge it says %q", s)
	}
	sari.axe("the comparison of two drafts")
	sari.narrow("the comparison of two drafts")

	sari.open(at + "/drafts")
	sari.click("#draft-rows li[id^=draft-] .btn")
	sari.until("the codebook as it was", `location.search.startsWith("?draft=") && document.querySelector("main").innerText.includes("Menerka")`)
	if n := see[int](sari, `document.querySelectorAll("main form[method=post] button:not([type=button])").length`); n != 0 {
		t.Errorf("the past offers %d buttons that write", n)
	}
	sari.click(".past a[href*='/documents']")
	sari.until("the documents as they were", `location.pathname.endsWith("/documents") && location.search.startsWith("?draft=") && document.querySelector(".past")`)
	sari.axe("the past")
	sari.open(at + "/trust")
	sari.until("the report", `document.querySelector(".trust-table") && document.body.innerText.includes("1 draft of the codebook")`)
}

func contains(s string, all ...string) bool {
	for _, x := range all {
		if !strings.Contains(s, x) {
			return false
		}
	}
	return true
}
