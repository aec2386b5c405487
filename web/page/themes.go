package page

import "strconv"

// Themes is the page /projects/{p}/themes: the themes as a board, a tree or a
// map (?view=board|tree|map), with a panel for one node (?node={n}). On the map
// ?edges=words|together says what its lines mean. The parts themes-head,
// themes-board, codebook-tree, themes-map and panel are fetched again from the
// same address after each write.
//
// Forms: POST nodes/move, nodes/merge and nodes/{n}/kind as on the codebook's
// page, themes/spots (change, and node, x, y repeated together).
type Themes struct {
	Project    int
	View       string // board, tree or map
	Draft      string // name of the newest draft; empty where there is none
	MayAsk     bool   // ask for a review
	MayEdit    bool
	MayShape   bool
	MayArrange bool
	WhyNot     string // sentence shown when MayEdit and not MayShape
	OwnOnly    bool   // counts are the reader's own (blind)
	Size       Size
	Themes     []ThemeChoice
	Columns    []ThemeColumn // of the board
	Loose      []ThemeCard   // codes at the top
	LooseCount int           // codes that stand in no theme
	Tree       *Codebook
	Map        *ThemeMap
	Panel      *ThemePanel
	Seq        int // entry the page was drawn at
}

// ThemeChoice is a theme that something can be moved to.
type ThemeChoice struct {
	NodeLink
	Depth int
}

// ThemeColumn is a theme with what stands in it.
type ThemeColumn struct {
	ThemeCard
	Level  int    // of its heading
	Claim  string // or the first words of it
	Ask    string // address of the segments it counts
	Groups []ThemeColumn
	Cards  []ThemeCard
}

// ThemeCard is a node on the board.
type ThemeCard struct {
	NodeLink
	Kind      string
	Parent    int
	Retired   bool
	Count     string // "33"
	Codings   string // "33 codings"
	Spread    string // "9 of 14"
	SpreadSay string // "in 9 of 14 documents"
	Spark     Spark
	Under     []ThemeCard
}

// Spark draws in which documents there are codings: a square for each that has
// some, a dot for each that has none, as two paths.
type Spark struct {
	Full, Dots    string
	Width, Height int // in px
}

// ThemePanel is what stands beside the themes about one node.
type ThemePanel struct {
	Project int
	NodeLink
	Kind          string
	Path          []NodeLink
	Claim         string
	Definition    string
	Gone          string    // sentence, where it was removed or merged; the rest is empty then
	Into          *NodeLink // what it was merged into
	Codings       string
	Documents     string // "in 9 of 14 documents"
	Informants    string
	Ask           string // address of the segments
	AskInformants string // by informant
	In            []InDocument
	Theme         *NodeLink // whose checks these are
	Checks        []ThemeCheck
	Standing      *ThemeStanding
	Open          int // threads of the review that are not settled
	Ties          []ThemeTie
	Past          []PastEntry
	MayShape      bool
}

// InDocument is how many codings there are in one document.
type InDocument struct {
	Name  string
	Count string
	None  bool
	Ask   string
}

// ThemeCheck is one thing that was looked at; State is ok or warn.
type ThemeCheck struct {
	State string
	Say   string
	Ask   string // where it can be looked into
}

// ThemeStanding is how a theme stands in review; Stand as of qda.Stand.
type ThemeStanding struct {
	Stand string
	Say   string
}

// ThemeMap is what the map is drawn from, and its table.
type ThemeMap struct {
	Edges string // words or together
	Nodes []MapNode
	Meets []MapEdge // strongest first
	More  string    // "and 12 weaker ones"
}

// MapNode is a node of the map; X and Y are empty where it has no kept place.
type MapNode struct {
	NodeLink
	Kind    string
	Parent  int
	Size    int // codings
	Codings string
	Spread  string
	Retired bool
	X, Y    string
}

// MapEdge is how two codes meet.
type MapEdge struct {
	A, B    NodeLink
	Percent int    // 0 to 100
	Weight  string // "61%"
	Say     string // "1,204 characters"
	Ask     string
}

// at is the address of this page with another view or panel.
func (v Themes) at(pairs ...string) string {
	s := inProject(v.Project, "themes") + "?view=" + v.View
	if v.Map != nil && v.Map.Edges != "words" {
		s += "&edges=" + v.Map.Edges
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		s += "&" + pairs[i] + "=" + pairs[i+1]
	}
	return s
}

func (v Themes) panel(node int) string { return v.at("node", strconv.Itoa(node)) }

// viewAddress is the address of another view of the themes, with the same panel.
func (v Themes) viewAddress(view string) string {
	s := inProject(v.Project, "themes") + "?view=" + view
	if v.Panel != nil {
		s += "&node=" + strconv.Itoa(v.Panel.ID)
	}
	return s
}

func nodeID(prefix string, n int) string { return prefix + strconv.Itoa(n) }

// edgesAddress is the address of the map with other lines.
func (v Themes) edgesAddress(edges string) string {
	s := inProject(v.Project, "themes") + "?view=map&edges=" + edges
	if v.Panel != nil {
		s += "&node=" + strconv.Itoa(v.Panel.ID)
	}
	return s
}
