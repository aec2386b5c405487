package page

import "strconv"

// Codebook is the page /projects/{p}/codebook. Its address may carry
// ?node={n} (Panel), or ?new=code or ?new=theme with &parent={n} (Create).
// Parts with ids codebook-head, codebook-tree, codebook-gone and panel are
// fetched again from the same address after each write.
//
// Forms: POST nodes (change, kind, parent, name, definition, use, avoid,
// colour); nodes/{n} (change, rev, and any of name, definition, use, avoid,
// example, colour; a field that is missing is left as it is); nodes/move
// (change, nodes…, parent or theme, before; before 0 or missing is the end);
// nodes/merge (change, nodes…, into); nodes/{n}/kind (change, kind);
// nodes/state (change, nodes…, state, children). nodes is repeated, once per
// node. colour 0 means: from the theme above.
type Codebook struct {
	Project  int
	MayEdit  bool          // create, define, colour, rename
	MayShape bool          // merge, move, retire, remove; a blind coder may not
	WhyNot   string        // sentence shown when MayEdit and not MayShape
	Summary  string        // "5 themes · 18 codes · 260 codings"
	OwnOnly  bool          // counts are the reader's own (blind)
	Coders   []CoderColumn // one column of counts each, at most four; empty shows the total alone
	Rows     []NodeRow     // live and retired nodes in tree order
	Themes   []Choice      // where nodes can be moved to: "0" is the top
	Gone     []GoneNode
	Panel    *NodePanel
	Create   *NodeCreate
	Seq      int // entry the page was drawn at
}

// CoderColumn heads a column of counts.
type CoderColumn struct {
	Initials string
	Name     string
}

// NodeRow is one node of the tree. Its counts take in what stands below it,
// each document and informant once.
type NodeRow struct {
	ID         int
	Parent     int
	Kind       string // theme or code
	Level      int    // 1 at the top
	Place      int    // among its siblings, from 1
	Siblings   int
	Children   int
	Name       string
	Definition string // start of the definition, empty when it lacks
	Use        string // start of "when to use"
	Colour     int    // 1 to 12
	Own        bool   // the colour is its own, not the theme's
	Pattern    int    // 0 solid, 1 dashed, 2 dotted
	Retired    bool
	Rev        int // entry that touched it last
	Codings    string
	ByCoder    []string // as Codebook.Coders
	Documents  string
	Informants string
	Key        string // the reader's number key for it, empty when none
	Memos      int
	Hint       string // "83% of its words are also under “HS code guesswork”", may be empty
}

// GoneNode is a removed or merged node.
type GoneNode struct {
	ID       int
	Kind     string
	Name     string
	Colour   int
	Pattern  int
	Note     string // "removed by RY, yesterday · 6 codings sleep"
	Restored bool   // can be brought back by state live; a merged one is undone in History
}

// NodeCreate is the form for a new theme or code.
type NodeCreate struct {
	Kind    string // theme or code
	Parents []Choice
}

func panelAddress(project, node int) string {
	return inProject(project, "codebook") + "?node=" + strconv.Itoa(node)
}

// colourName is a colour's name, so that it can be told without being seen.
func colourName(c Chrome, colour int) string {
	return c.T("colour." + strconv.Itoa(colour))
}
