package page

import "strconv"

// Dossier is a theme as a claim: what it says, what it rests on, and what was said of it. The page of one theme and the
// review show it.
//
// Forms: POST nodes/{n} (change, rev, claim, scope, boundary, naming), themes/{n}/evidence (change, codings, against, why),
// evidence/{e} (change, rev, why, against, before), evidence/{e}/drop (change), themes/{n}/looked (change, looked),
// remarks (change, on, theme, under, text), remarks/{r}/settled (change, settled), codings (change, codings, code),
// codings/remove (change, codings), memos (change, on, text), themes/{n}/levels (change, level, text).
type Dossier struct {
	Project  int
	ID       int
	Rev      int
	Seq      int // entry the page was drawn at
	Name     string
	Claim    string
	Scope    string
	Boundary string
	Naming   string
	Means    string // the definition
	Hue      int
	Pattern  int
	Live     bool
	Blind    bool
	Path     []NodeLink // themes above, from the top
	Codes    []ThemeCode
	Standing *Standing // nil for a blind coder

	MayEdit   bool // the claim
	MayChoose bool // evidence
	MayCode   bool
	MayWrite  bool // memos
	MayRemark bool
	Reviews   bool // shown in the review: nothing can be coded there
	WhyNot    string
	NoLetters bool // keys that write a character do nothing, as the reader chose

	Figures []ThemeFigure
	For     EvidenceSide
	Against EvidenceSide
	Counter Counter

	Passages PassageList
	Threads  []RemarkThread
	Open     int // threads that are open
	On       []Choice
}

// ThemeCode is a node below a theme.
type ThemeCode struct {
	NodeLink
	Theme    bool // a sub-theme
	Depth    int
	Means    string
	Segments string // "12 segments"
	Href     string // the segments
	Remarks  int
}

// ThemeFigure is a number with what it counts, and where that is.
type ThemeFigure struct {
	Number string // "13 of 14"
	What   string
	Href   string
}

// Standing is how a theme stands in review.
type Standing struct {
	Stand string // unread, approved, changed, asked
	Parts string // what has changed since, in words; may be empty
	By    string // "SD, 24 March"; empty while unread
}

// EvidenceSide is the evidence for a theme, or against it, in order.
type EvidenceSide struct {
	Against bool
	Cards   []EvidenceCard
	By      string // who chose it: "RY", "RY, SM"
}

// EvidenceCard is one piece of evidence.
type EvidenceCard struct {
	ID      int
	Rev     int
	Why     string
	By      string
	Up      int    // the piece it would stand before, one up; 0: it is the first
	Down    int    // the piece it would stand before, one down; 0: last of all
	Last    bool   // there is nothing below it
	Outside string // a sentence where its code stands outside the theme by now
	Passage Passage
}

// Counter says how it stands with evidence against.
type Counter struct {
	Looked   bool
	Sentence string
}

// Passage is a coded segment with the talk around it.
type Passage struct {
	Project   int
	Coding    int
	Document  int
	Name      string // of the document
	Turn      int
	Speaker   string
	Time      string
	Quote     string
	Lang      string
	Turns     []PassageTurn
	Code      NodeLink
	Coder     string // initials
	CoderName string
	Informant string
	For       bool // chosen for the theme
	Against   bool
	Memos     []MemoHTML
	Remarks   int
	Outside   string   // a sentence where it is not under the theme any more
	Edit      []Choice // codes it can be given, where that was asked for
	Unfolded  bool
}

// PassageTurn is a turn around a segment.
type PassageTurn struct {
	Turn                 int
	Label, Time, Lang    string
	Asks, Near           bool
	Before, Words, After string
	Left                 string // said in place of words left out
	Rest                 string
}

// PassageList is a page of the segments under a theme, in groups.
type PassageList struct {
	Total  string // "71 segments"
	Count  int
	By     []Choice // ways to group them
	Groups []PassageGroup
	Shown  string // "1 to 50 of 71"
	Newer  string // address of the page before
	Older  string // address of the page after
}

// PassageGroup is segments that stand under one heading.
type PassageGroup struct {
	Key      string
	Name     string
	Hue      int // 0: none
	Pattern  int
	Href     string
	Count    string // in all, not on this page
	Passages []Passage
}

// RemarkThread is a remark with its answers.
type RemarkThread struct {
	Remark
	On        string // "the claim", "P03 · turn 80"
	Href      string // where that is
	Where     string // segment: the words
	Settled   bool
	SettledBy string
	Theme     int // the theme on whose page it stands; 0: it is on a draft as a whole
	MayAnswer bool
	MaySettle bool
	Waits     bool // the last word is another's
	Answers   []Remark
}

// Remark is one remark.
type Remark struct {
	ID    int
	Coder string
	Name  string
	When  string
	Text  string
}

// Theme is the page /projects/{p}/themes/{n}.
// ?by= groups the segments (code, informant, group), ?page= counts from 1, ?edit= is a coding whose code is to be changed,
// ?remark= one that is to be remarked on, ?of= the attribute of the groups.
type Theme struct {
	Dossier
	Former   []FormerName
	Spread   []Spread
	Groups   []Choice // attributes whose values make groups
	Overlaps []Overlap
	Checks   []Check
	Levels   []Level
	Past     []PastEntry
}

// FormerName is a name that a theme had before.
type FormerName struct{ Name, By, When string }

// Spread says over what the segments of a theme are spread.
type Spread struct {
	Title string
	Sum   string // "13 of 14"
	Rows  []SpreadRow
	More  []SpreadRow // folded
	Moren string      // "4 more"
}

// SpreadRow is one document, informant or group.
type SpreadRow struct {
	Name  string
	Count int
	Shown string
	Most  int // the largest count, for the bar
	Href  string
}

// Overlap is a neighbour that shares words.
type Overlap struct {
	NodeLink
	Share   string // of this theme's words: "12%"
	Percent int
	Href    string // the shared words
}

// Check is a sentence about how well a theme is borne out.
type Check struct {
	Kind string // ok, warn
	Text Sentence
	Href string // of the whole sentence; it then has no numbers
}

// Level is one of the two questions of phase 4 with the memos that answer it.
type Level struct {
	Level    int
	Question string
	Memos    []NodeMemo
}

func themeAddress(project, n int) string { return inProject(project, "themes", n) }

func idOf(prefix string, n int) string { return prefix + strconv.Itoa(n) }

// place says where a passage is: "P04 · turn 44 · 13:06".
func (p Passage) place(c Chrome) string {
	s := p.Name + " · " + c.T("node.turn", "n", p.Turn)
	if p.Time != "" {
		s += " · " + p.Time
	}
	return s
}

func (s Standing) pill() string {
	switch s.Stand {
	case "approved":
		return "pill ok"
	case "changed":
		return "pill warn"
	case "asked":
		return "pill on"
	}
	return "pill"
}

// evidenceID is where a side stands.
func (s EvidenceSide) id() string {
	if s.Against {
		return "theme-against"
	}
	return "theme-for"
}

// draggable says of a piece of evidence whether it can be moved.
func (v Dossier) shuffles() bool { return v.MayChoose && !v.Reviews }

func asText(b bool) string {
	if b {
		return "on"
	}
	return ""
}
