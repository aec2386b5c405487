package qda

// Draft is a named version of the codebook: the project at AtSeq. Asked are the coders who were asked to review it.
type Draft struct {
	ID        ID     `json:"-"`
	Rev       Seq    `json:"-"`
	Name      string `json:"name"`
	Text      string `json:"text"`
	AtSeq     Seq    `json:"at_seq"`
	Coder     ID     `json:"coder"`
	At        int64  `json:"at"` // seconds since 1970
	Asked     []ID   `json:"asked"`
	AskedAt   int64  `json:"asked_at"` // seconds since 1970; 0: nobody was asked
	AskedBy   ID     `json:"asked_by"`
	AskedText string `json:"asked_text"`
}

// Concept is an idea of a theory: a framework, or a part of one.
type Concept struct {
	ID         ID     `json:"-"`
	Rev        Seq    `json:"-"`
	Parent     ID     `json:"parent"` // 0: a framework
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Place      string `json:"place"` // order among siblings, see Between
	State      State  `json:"state"` // live or removed
}

// Evidence is a coding chosen to speak for a theme's claim, or against it.
type Evidence struct {
	ID      ID     `json:"-"`
	Rev     Seq    `json:"-"`
	Theme   ID     `json:"theme"`
	Coding  ID     `json:"coding"`
	Against bool   `json:"against"`
	Place   string `json:"place"` // order among the theme's on the same side, see Between
	Why     string `json:"why"`
	Coder   ID     `json:"coder"`
	At      int64  `json:"at"` // seconds since 1970
}

// Tie links a theme to a concept and says why.
type Tie struct {
	ID      ID     `json:"-"`
	Rev     Seq    `json:"-"`
	Theme   ID     `json:"theme"`
	Concept ID     `json:"concept"`
	Why     string `json:"why"`
	Coder   ID     `json:"coder"`
	At      int64  `json:"at"` // seconds since 1970
}

// Remark is what is said in a review. The first of a thread is its head; answers have its On, Theme and words.
type Remark struct {
	ID        ID     `json:"-"`
	Rev       Seq    `json:"-"`
	On        ID     `json:"on"`       // a node, a coding (which may have gone), a draft; 0: the project
	Theme     ID     `json:"theme"`    // under which it was made; 0: none
	Under     ID     `json:"under"`    // the head of the thread; 0: this is the head
	Document  ID     `json:"document"` // with Start and Stop, when on a coding: its words
	Start     int32  `json:"start"`
	Stop      int32  `json:"stop"`
	Text      string `json:"text"`
	Coder     ID     `json:"coder"`
	At        int64  `json:"at"`      // seconds since 1970
	Settled   int64  `json:"settled"` // seconds since 1970, of a head; 0: open
	SettledBy ID     `json:"settled_by"`
}

// Verdict is what a judgement says of a theme.
type Verdict string

// The verdicts.
const (
	Approved Verdict = "approved"
	Changes  Verdict = "changes"
)

// Digest stands for all that a judgement of a theme rests on, in four parts: 16 hexadecimal digits of a SHA-256 each.
type Digest struct {
	Claim    string `json:"claim"`
	Codes    string `json:"codes"`
	Evidence string `json:"evidence"`
	Codings  string `json:"codings"`
}

// Differs names the parts in which two digests differ: claim, codes, evidence, codings.
func (d Digest) Differs(e Digest) (parts []string) {
	for _, p := range [][3]string{{"claim", d.Claim, e.Claim}, {"codes", d.Codes, e.Codes}, {"evidence", d.Evidence, e.Evidence}, {"codings", d.Codings, e.Codings}} {
		if p[1] != p[2] {
			parts = append(parts, p[0])
		}
	}
	return parts
}

// Judgement is a verdict on a theme as it was then.
type Judgement struct {
	ID      ID      `json:"-"`
	Rev     Seq     `json:"-"`
	Theme   ID      `json:"theme"`
	Verdict Verdict `json:"verdict"`
	Draft   ID      `json:"draft"` // 0: of none
	Digest  Digest  `json:"digest"`
	Text    string  `json:"text"`
	Coder   ID      `json:"coder"`
	At      int64   `json:"at"` // seconds since 1970
	Made    Seq     `json:"made"`
}

// Stand says in one word how a theme stands in review.
type Stand string

// How a theme can stand.
const (
	Unread        Stand = "unread"
	StillApproved Stand = "approved"
	ChangedSince  Stand = "changed"
	ChangesAsked  Stand = "asked"
)

// Standing is how a theme stands by its newest judgement. Parts are what has changed since, as of Digest.Differs: of an
// approved theme that makes it ChangedSince; where changes were asked for it says that there was an answer.
type Standing struct {
	Stand Stand
	Parts []string
	Last  *Judgement // nil while unread
}

// Question is a retrieval kept by name.
type Question struct {
	ID    ID     `json:"-"`
	Rev   Seq    `json:"-"`
	Name  string `json:"name"`
	Query string `json:"query"` // a JSON object, as it came
	Coder ID     `json:"coder"`
	At    int64  `json:"at"` // seconds since 1970
}

// Spot is where a node stands on the map. Its number is the node's; it hangs on nothing.
type Spot struct {
	ID  ID    `json:"-"`
	Rev Seq   `json:"-"`
	X   int32 `json:"x"`
	Y   int32 `json:"y"`
}

// Sort, Key, Touched and at make each of them a Thing.

func (x *Draft) Sort() Sort     { return SortDraft }
func (x *Concept) Sort() Sort   { return SortConcept }
func (x *Evidence) Sort() Sort  { return SortEvidence }
func (x *Tie) Sort() Sort       { return SortTie }
func (x *Remark) Sort() Sort    { return SortRemark }
func (x *Judgement) Sort() Sort { return SortJudgement }
func (x *Question) Sort() Sort  { return SortQuestion }
func (x *Spot) Sort() Sort      { return SortSpot }

func (x *Draft) Key() ID     { return x.ID }
func (x *Concept) Key() ID   { return x.ID }
func (x *Evidence) Key() ID  { return x.ID }
func (x *Tie) Key() ID       { return x.ID }
func (x *Remark) Key() ID    { return x.ID }
func (x *Judgement) Key() ID { return x.ID }
func (x *Question) Key() ID  { return x.ID }
func (x *Spot) Key() ID      { return x.ID }

func (x *Draft) Touched() Seq     { return x.Rev }
func (x *Concept) Touched() Seq   { return x.Rev }
func (x *Evidence) Touched() Seq  { return x.Rev }
func (x *Tie) Touched() Seq       { return x.Rev }
func (x *Remark) Touched() Seq    { return x.Rev }
func (x *Judgement) Touched() Seq { return x.Rev }
func (x *Question) Touched() Seq  { return x.Rev }
func (x *Spot) Touched() Seq      { return x.Rev }

func (x Draft) at(n ID, s Seq) Thing     { x.ID, x.Rev = n, s; return &x }
func (x Concept) at(n ID, s Seq) Thing   { x.ID, x.Rev = n, s; return &x }
func (x Evidence) at(n ID, s Seq) Thing  { x.ID, x.Rev = n, s; return &x }
func (x Tie) at(n ID, s Seq) Thing       { x.ID, x.Rev = n, s; return &x }
func (x Remark) at(n ID, s Seq) Thing    { x.ID, x.Rev = n, s; return &x }
func (x Judgement) at(n ID, s Seq) Thing { x.ID, x.Rev = n, s; return &x }
func (x Question) at(n ID, s Seq) Thing  { x.ID, x.Rev = n, s; return &x }
func (x Spot) at(n ID, s Seq) Thing      { x.ID, x.Rev = n, s; return &x }
