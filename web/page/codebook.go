package page

import "strconv"

// Codebook is the page /projects/{p}/codebook. Its address may carry
// ?node={n} (Panel), or ?new=code or ?new=theme with &parent={n} (Create).
// Parts with ids codebook-head, codebook-pairs, codebook-tree, codebook-gone
// and panel are fetched again from the same address after each write.
// ?view=table shows the table (Sheet) in place of the tree.
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
	MayEdit  bool   // create, define, colour, rename
	MayShape bool   // merge, move, retire, remove; a blind coder may not
	WhyNot   string // sentence shown when MayEdit and not MayShape
	Size     Size
	OwnOnly  bool          // counts are the reader's own (blind)
	Coders   []CoderColumn // one column of counts each, at most four; empty shows the total alone
	Rows     []NodeRow     // live and retired nodes in tree order
	Gone     []GoneNode
	Panel    *NodePanel
	Create   *NodeCreate
	Table    bool       // ?view=table: Sheet and not Rows
	Sheet    []SheetRow // live and retired nodes in tree order; with ?only={n}… those alone
	InTheme  []Choice   // themes to filter by
	Coded    []Choice   // coders to filter by
	Pairs    []Twins    // nodes that look alike
	Seq      int        // entry the page was drawn at
	Panels   string     // what the address of a node's panel begins with, before its number; empty: this page
}

// CoderColumn heads a column of counts.
type CoderColumn struct {
	ID       int
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

// SheetRow is one row of the table.
type SheetRow struct {
	NodeRow
	Path      string // names above it: "Customs complexity › Papers"
	Avoid     string
	Kept      string  // what NodeRow.Codings and so on are sorted by: "33 12 11 1290"
	Who       []ByWho // codings by coder, where several coded
	CoderIDs  string  // "3 7": who coded with it or below it
	Example   *Example
	ChangedBy string // initials
	Changed   string // when, in words
	ChangedAt int    // the entry
	Note      string // of a retired one: "retired by RY, yesterday"
	Pinnable  bool   // a number key can be given to it
}

// ByWho is how many codings one coder made.
type ByWho struct {
	Coder    int
	Initials string
	Count    string
}

// Twins are two nodes that look alike, and why.
type Twins struct {
	A, B           NodeLink
	CountA, CountB string // "24 codings"
	Names          bool   // their names are similar
	Words          string // "83%": of all their words, how many are under both; empty where few are
}

// rest is what the address of another part of the same view ends with.
func (v Codebook) rest() string {
	if v.Table {
		return "&view=table"
	}
	return ""
}

// panel is the address of a node's panel from the tree.
func (v Codebook) panel(node int) string {
	if v.Panels != "" {
		return v.Panels + strconv.Itoa(node)
	}
	return panelAddress(v.Project, node)
}

func panelAddress(project, node int) string {
	return inProject(project, "codebook") + "?node=" + strconv.Itoa(node)
}

// colourName is a colour's name, so that it can be told without being seen.
func colourName(c Chrome, colour int) string {
	return c.T("colour." + strconv.Itoa(colour))
}

// sheetOrders are the columns of the table behind the name, as they are sorted
// by.
func sheetOrders(c Chrome) []Choice {
	return []Choice{
		{Value: "definition", Label: c.T("sheet.col.definition")}, {Value: "use", Label: c.T("sheet.col.use")}, {Value: "avoid", Label: c.T("sheet.col.avoid")},
		{Value: "example", Label: c.T("sheet.col.example")}, {Value: "codings", Label: c.T("codebook.col.codings")}, {Value: "documents", Label: c.T("codebook.col.documents")},
		{Value: "informants", Label: c.T("codebook.col.informants")}, {Value: "changed", Label: c.T("sheet.col.changed")}, {Value: "key", Label: c.T("codebook.col.key")},
	}
}

// keyLabel names the button of a quick key, beginning with what stands on it.
func keyLabel(c Chrome, n SheetRow) string {
	say := c.T("sheet.key.of", "name", n.Name)
	if n.Key != "" {
		say = n.Key + " · " + say
	}
	return say
}
