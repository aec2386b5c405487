package e2e
import ("testing")
func TestTmp(t *testing.T) {
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Pasar", "reflexive")
	_ = sari.addText(p, "p01.txt", "P01", market)
	sari.appearance("light")
	sari.open("/projects")
	js := `JSON.stringify([getComputedStyle(document.documentElement).colorScheme, ...[".sum span", "h2 a bdi", "h1", ".sum", "body"].map((s) => getComputedStyle(document.querySelector(s)).color)])`
	t.Log(see[string](sari, js))
	sari.appearance("dark")
	t.Log("emulated dark", see[string](sari, js))
	sari.appearance("light")
	t.Log("light again", see[string](sari, js))
	sari.must()
	t.Log("theme switch", see[string](sari, `(document.documentElement.dataset.theme = "dark", new Promise((f) => setTimeout(f, 600)).then(() => `+js+`))`))
}
