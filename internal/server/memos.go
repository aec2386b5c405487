package server

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/web/page"
)

// Memos are drawn here, when they are read: names in them lead to what has them at that moment.

// drawing draws a memo's words for one reader.
type drawing func(*qda.Memo) page.MemoHTML

// above stands between a name and the name above it, where the name alone leads elsewhere.
const above = " › "

// draws gives what draws the memos of a View in a language. The names are gathered when the first one is asked for.
func (s *Server) draws(ctx context.Context, project qda.ProjectID, v *engine.View, say *i18n.Printer) drawing {
	var b *nameBook
	names := func(name string) (page.Leads, bool) {
		if b == nil {
			b = newNameBook(project, v, say)
			b.former = func(folded string) (qda.ID, bool) { return s.former.find(ctx, s.Store, project, v.Seq(), folded) }
		}
		return b.find(name)
	}
	return func(m *qda.Memo) page.MemoHTML { return page.Markdown(m.Text, names, say) }
}

// drawn draws a memo for who asks.
func (a *ask) drawn(m *qda.Memo) page.MemoHTML {
	if a.draw == nil {
		a.draw = a.s.draws(a.Context(), a.Project, a.View, a.L)
	}
	return a.draw(m)
}

// nameBook finds nodes and documents by name: exactly, then without case. A name that several have is that of the node with
// the shortest path, and then of the oldest.
type nameBook struct {
	project          qda.ProjectID
	v                *engine.View
	say              *i18n.Printer
	fold             cases.Caser
	nodes, documents map[string]qda.ID
	foldedNodes      map[string]qda.ID
	foldedDocuments  map[string]qda.ID
	former           func(folded string) (qda.ID, bool) // by a name that a node had before
}

func newNameBook(project qda.ProjectID, v *engine.View, say *i18n.Printer) *nameBook {
	b := &nameBook{project: project, v: v, say: say, fold: cases.Fold(), nodes: map[string]qda.ID{}, documents: map[string]qda.ID{},
		foldedNodes: map[string]qda.ID{}, foldedDocuments: map[string]qda.ID{}}
	put := func(exact, folded map[string]qda.ID, name string, n qda.ID) {
		if _, there := exact[name]; !there {
			exact[name] = n
		}
		if f := b.fold.String(name); folded[f] == 0 {
			folded[f] = n
		}
	}
	nodes := slices.Clone(v.Nodes())
	slices.SortStableFunc(nodes, func(x, y *qda.Node) int {
		if d := v.Depth(x.ID) - v.Depth(y.ID); d != 0 {
			return d
		}
		return int(int64(x.ID) - int64(y.ID))
	})
	for _, n := range nodes {
		put(b.nodes, b.foldedNodes, n.Name, n.ID)
	}
	for _, n := range nodes {
		if up, ok := v.Node(n.Parent); ok {
			put(b.nodes, b.foldedNodes, up.Name+above+n.Name, n.ID)
		}
	}
	for _, d := range v.Documents() {
		if d.State == qda.Live {
			put(b.documents, b.foldedDocuments, d.Name, d.ID)
		}
	}
	return b
}

var turnMark = regexp.MustCompile(`^(.*\S)\s*#t([1-9][0-9]{0,6})$`)

func (b *nameBook) find(name string) (page.Leads, bool) {
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	folded := b.fold.String(name)
	if n := b.nodes[name]; n != 0 {
		return b.node(n, "")
	}
	if d := b.documents[name]; d != 0 {
		return b.document(d, "")
	}
	if n := b.foldedNodes[folded]; n != 0 {
		return b.node(n, "")
	}
	if d := b.foldedDocuments[folded]; d != 0 {
		return b.document(d, "")
	}
	if m := turnMark.FindStringSubmatch(name); m != nil {
		d := b.documents[m[1]]
		if d == 0 {
			d = b.foldedDocuments[b.fold.String(m[1])]
		}
		if d != 0 {
			return b.document(d, m[2])
		}
	}
	// What was merged keeps its name and leads to what it has gone into.
	for _, n := range b.v.Asleep() {
		if n.State == qda.Merged && b.fold.String(n.Name) == folded {
			return b.node(b.v.Survivor(n.ID), name)
		}
	}
	if n, ok := b.former(folded); ok {
		return b.node(b.v.Survivor(n), name)
	}
	return page.Leads{}, false
}

// node leads to a node; earlier is the name it is written by, when it has another now.
func (b *nameBook) node(id qda.ID, earlier string) (page.Leads, bool) {
	n, ok := b.v.Node(id)
	if !ok || !n.State.Counts() {
		return page.Leads{}, false
	}
	to := page.Leads{Href: fmt.Sprintf("/projects/%d/nodes/%d", b.project, n.ID), Shown: n.Name}
	to.Title = b.say.T("memo.leads."+string(n.Kind), "name", n.Name)
	if up, ok := b.v.Node(n.Parent); ok {
		to.Title = b.say.T("memo.leads.in", "what", to.Title, "above", up.Name)
	}
	if earlier != "" {
		to.Shown, to.Title = earlier, b.say.T("memo.leads.now", "what", to.Title)
	}
	return to, true
}

func (b *nameBook) document(id qda.ID, turn string) (page.Leads, bool) {
	d, _ := b.v.Document(id)
	to := page.Leads{Href: fmt.Sprintf("/projects/%d/documents/%d", b.project, d.ID), Shown: d.Name, Title: b.say.T("memo.leads.document", "name", d.Name)}
	if turn != "" {
		to.Href += "#t" + turn
		to.Shown = b.say.T("memo.turn", "name", d.Name, "n", turn)
	}
	return to, true
}

// namesJSON lists what can be named in a memo, and how: [kind, name, name above, what to write].
func namesJSON(a *ask) error {
	b := newNameBook(a.Project, a.View, a.L)
	names := [][4]string{}
	for _, n := range a.View.Nodes() {
		over, write := "", n.Name
		if up, ok := a.View.Node(n.Parent); ok {
			over = up.Name
			if b.nodes[n.Name] != n.ID {
				write = over + above + n.Name
			}
		}
		names = append(names, [4]string{string(n.Kind), n.Name, over, write})
	}
	for _, d := range sortedDocuments(a.Lens) {
		names = append(names, [4]string{"document", d.Name, "", d.Name})
	}
	return a.writeJSON(http.StatusOK, map[string]any{"seq": a.View.Seq(), "names": names})
}
