package e2e

import "testing"

func TestTheWholeJob(t *testing.T) {
	g := start(t)
	sari := g.person("Sari Melati")
	sari.setUp(g, "en")
	p := sari.newProject("Small exporters", "codebook")
	t.Log(p)
}
