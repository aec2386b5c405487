package page

// NodePanel is everything about one node but its segments. It stands beside
// the codebook and at the top of the node's page.
//
// Forms: POST nodes/{n} (change, rev, name, definition, use, avoid, colour),
// nodes/{n}/kind (change, kind), memos (change, on, text),
// memos/{m} (change, rev, text), memos/{m}/remove (change).
type NodePanel struct {
	Project     int
	MayEdit     bool
	MayShape    bool
	MayWrite    bool // memos, which a supervisor writes too
	ID          int
	Rev         int
	Kind        string     // theme or code
	Path        []NodeLink // themes and codes above, from the top
	Name        string
	Definition  string
	Claim       string // of a theme
	Use         string
	Avoid       string
	Example     *Example
	Colour      int // resolved, 1 to 12
	OwnColour   int // 0 when it comes from the theme above
	AboveColour int // what "from the theme" would give
	Pattern     int
	State       string    // live, retired, removed, merged
	StateNote   string    // sentence for the last three, may be empty
	Into        *NodeLink // what it was merged into
	Codings     string    // "33 codings"
	Documents   string    // "12 documents"
	Informants  string    // "11 informants"
	Segments    int
	Children    []NodeLink
	Memos       []NodeMemo
	Past        []PastEntry // newest last
}

// NodeLink names a node.
type NodeLink struct {
	ID      int
	Name    string
	Colour  int
	Pattern int
}

// Example is the coding chosen to show what a code means.
type Example struct {
	Coding   int
	Quote    string
	Lang     string
	Document int
	Turn     int
	Where    string // "P02 · turn 61"
}

// NodeMemo is a memo on a node.
type NodeMemo struct {
	ID    int
	Rev   int
	Coder string
	When  string
	Text  string // as typed
	HTML  MemoHTML
	Mine  bool
}

// PastEntry is one sentence of how a node came to be.
type PastEntry struct {
	Seq      int
	Coder    string // initials
	Sentence string // without the coder: "changed the definition"
	When     string
	Detail   string // "“…” became “…”", may be empty
	Segments string // as in HistoryEntry
}

// Node is the page /projects/{p}/nodes/{n}: the panel and the segments.
// ?page= counts from 1, a hundred segments each; ?under=on takes in what is
// below the node.
type Node struct {
	Panel  NodePanel
	Under  bool   // segments of the nodes below are shown as well
	Shown  string // "1 to 100 of 233"
	Groups []SegmentGroup
	Newer  string // address of the page before, empty on the first
	Older  string // address of the page after, empty on the last
	Seq    int    // entry the page was drawn at
}

// SegmentGroup is the segments of one document, in the order of the text.
type SegmentGroup struct {
	Document  int
	Name      string
	Informant string
	Count     string // "7 segments"
	Segments  []Segment
}

// Segment is one coding with its words.
type Segment struct {
	Coding  int
	Turn    int
	Speaker string
	Quote   string // the words, as they are
	Lang    string // BCP 47, may be empty
	Coder   string // initials
	Name    string // the coder's name
	When    string
	Memos   []MemoHTML
	Code    *NodeLink // set where Under, and the code is not the page's node
	Example bool      // it is the example of the node
}

// nodePlace says what a node is and where: "Code in Customs complexity".
func nodePlace(c Chrome, v NodePanel) string {
	if len(v.Path) == 0 {
		return c.T("node.place.top." + v.Kind)
	}
	return c.T("node.place."+v.Kind, "above", v.Path[len(v.Path)-1].Name)
}

func segmentColour(v Node, s Segment) int {
	if s.Code != nil {
		return s.Code.Colour
	}
	return v.Panel.Colour
}
