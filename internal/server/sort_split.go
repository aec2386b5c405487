package server

import (
	"net/http"

	"anyam/internal/qda"
	"anyam/web/page"
)

// seeSplit shows what a split would do with the decisions that were held back. It is a POST because thousands of decisions have no
// room in an address; it changes nothing.
func seeSplit(a *ask) error {
	c := &qda.NodeSplit{}
	if err := a.body(c); err != nil {
		return err
	}
	c.Node = a.Node.ID
	v := a.deed("split", itoa(a.Node.ID)+"/split", []qda.ID{a.Node.ID})
	_, e, err := a.tried(&v, c, a.Node.ID)
	if err != nil {
		return err
	}
	if e != nil {
		moved, one, memos, _ := effect(e)
		w := deedView{&v}
		codings := a.L.N("consequence.move", moved)
		if one > 0 {
			codings = a.L.T("consequence.codings.merge", "moved", codings, "one", a.L.N("consequence.coincide", one))
		}
		w.line(a.L.T("consequence.codings"), codings)
		if memos > 0 {
			w.line(a.L.T("consequence.memos"), a.L.N("consequence.memos.do", memos))
		}
		left := a.Lens.Counts().Node(a.Node.ID).Codings - moved - one
		w.line(a.L.T("consequence.kept"), a.L.N("consequence.stay", left))
	}
	return a.render(http.StatusOK, page.ConsequencePart(a.chrome("", "codebook"), v))
}

// splitNode gives a code's segments to other codes, all in one entry.
func splitNode(a *ask) error {
	return surfaceChange(a, func(c *qda.NodeSplit) { c.Node = a.Node.ID })
}
