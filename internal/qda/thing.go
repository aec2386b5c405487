package qda

import (
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ID numbers a thing inside its project. One counter serves every sort of thing,
// so an ID names a thing without its sort; only a Spot has the number of its node. 0 is none (for a memo: the project).
type ID uint32

// Seq is an entry's place in its project's ledger: 1, 2, 3 … without gaps; 0 is before the first.
type Seq int64

// ProjectID numbers a project of an instance.
type ProjectID int64

// AccountID numbers an account of an instance; 0 is none.
type AccountID int64

// ChangeID is the UUID of one intention, made where the intention arose. A repeat
// of a change has the same ChangeID and gets the first answer.
type ChangeID [16]byte

// ParseChangeID reads the usual 36 character form of a UUID.
func ParseChangeID(s string) (ChangeID, error) {
	var c ChangeID
	err := c.UnmarshalText([]byte(s))
	return c, err
}

// String gives the usual 36 character form.
func (c ChangeID) String() string {
	h := hex.EncodeToString(c[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// MarshalText gives the usual 36 character form.
func (c ChangeID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the usual 36 character form.
func (c *ChangeID) UnmarshalText(b []byte) error {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return errors.New("a change id is a UUID of 36 characters")
	}
	h := make([]byte, 0, 32)
	for _, p := range [][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		h = append(h, b[p[0]:p[1]]...)
	}
	_, err := hex.Decode(c[:], h)
	return err
}

// GUID names thing n of a project towards other programs: UUIDv5 (RFC 9562, section 5.5)
// of the decimal number in the name space of the project's own GUID.
func GUID(project ChangeID, n ID) ChangeID {
	h := sha1.New()
	h.Write(project[:])
	fmt.Fprintf(h, "%d", n)
	var g ChangeID
	copy(g[:], h.Sum(nil))
	g[6] = g[6]&0x0f | 0x50
	g[8] = g[8]&0x3f | 0x80
	return g
}

// Sort says what a thing is.
type Sort string

// The sorts of things, in the order in which rows may be written: whatever a thing refers to comes before it.
const (
	SortProject   Sort = "project"
	SortCoder     Sort = "coder"
	SortAttribute Sort = "attribute"
	SortCase      Sort = "case"
	SortDocument  Sort = "document"
	SortNode      Sort = "node"
	SortCoding    Sort = "coding"
	SortMemo      Sort = "memo"
	SortDraft     Sort = "draft"
	SortConcept   Sort = "concept"
	SortEvidence  Sort = "evidence"
	SortTie       Sort = "tie"
	SortRemark    Sort = "remark"
	SortJudgement Sort = "judgement"
	SortQuestion  Sort = "question"
	SortSpot      Sort = "spot"
)

// Sorts lists every sort, parents first.
var Sorts = []Sort{SortProject, SortCoder, SortAttribute, SortCase, SortDocument, SortNode, SortCoding, SortMemo,
	SortDraft, SortConcept, SortEvidence, SortTie, SortRemark, SortJudgement, SortQuestion, SortSpot}

// Thing is something a project holds. Things are values that never change: to
// change one, copy it. The JSON names of its fields are the columns of its table.
type Thing interface {
	// Sort says what the thing is.
	Sort() Sort
	// Key is its number; 0 for the project itself.
	Key() ID
	// Touched is the entry that touched the thing last (its rev).
	Touched() Seq
	// at gives a copy with another number and rev.
	at(ID, Seq) Thing
}

// State says whether a thing takes part.
type State string

// The states. A removed thing stays and its codings sleep; a retired code still counts but can't be applied;
// a merged node has gone into another.
const (
	Live     State = "live"
	Retired  State = "retired"
	Removed  State = "removed"
	Merged   State = "merged"
	Archived State = "archived" // of a project
)

// Counts reports whether codings under a node in this state are counted and shown.
func (s State) Counts() bool { return s == Live || s == Retired }

// Method is the kind of thematic analysis a project declares. It decides what statistics are offered.
type Method string

// The methods of Braun and Clarke's distinction.
const (
	Reflexive   Method = "reflexive"
	Codebook    Method = "codebook"
	Reliability Method = "reliability"
)

// Project is the study itself.
type Project struct {
	Rev         Seq    `json:"-"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Language    string `json:"language"` // of the data: BCP 47
	Method      Method `json:"method"`
	State       State  `json:"state"`
}

// Coder is a person acting in the project. Without an account it is a placeholder that can't sign in;
// without a role it has left.
type Coder struct {
	ID       ID        `json:"-"`
	Rev      Seq       `json:"-"`
	Account  AccountID `json:"account"`
	Name     string    `json:"name"`
	Initials string    `json:"initials"`
	Role     Role      `json:"role"`
	Blind    bool      `json:"blind"`
}

// Of says what an attribute describes.
type Of string

// What attributes describe.
const (
	OfCases     Of = "case"
	OfDocuments Of = "document"
)

// Attribute is a property that cases or documents have values for.
type Attribute struct {
	ID   ID     `json:"-"`
	Rev  Seq    `json:"-"`
	Name string `json:"name"`
	Of   Of     `json:"of"`
	Type string `json:"type"` // text, number or date
}

// Values are what a case or document has for attributes.
type Values map[ID]string

// Case is the unit compared; an informant is a case that speaks. Its name is a pseudonym.
type Case struct {
	ID     ID     `json:"-"`
	Rev    Seq    `json:"-"`
	Name   string `json:"name"`
	Values Values `json:"values"`
	State  State  `json:"state"`
}

// DocumentKind says how a document came to be.
type DocumentKind string

// The kinds of documents.
const (
	Interview   DocumentKind = "interview"
	Observation DocumentKind = "observation"
	Written     DocumentKind = "document"
)

// Speaker says who is behind a label of a document: the interviewer, the document's own informant, another case, or only a name.
type Speaker struct {
	Name        string `json:"name,omitempty"`
	Case        ID     `json:"case,omitempty"`
	Informant   bool   `json:"informant,omitempty"`
	Interviewer bool   `json:"interviewer,omitempty"`
}

// Document is one text as analysed. Lengths are in code points and words of its current version.
type Document struct {
	ID       ID                 `json:"-"`
	Rev      Seq                `json:"-"`
	Kind     DocumentKind       `json:"kind"`
	Name     string             `json:"name"`
	Language string             `json:"language"`
	Held     string             `json:"held"` // 2026-03-12 or empty
	Case     ID                 `json:"case"`
	Values   Values             `json:"values"`
	Speakers map[string]Speaker `json:"speakers"` // by label
	File     string             `json:"file"`     // SHA-256 of the original, hexadecimal
	FileName string             `json:"file_name"`
	Version  int32              `json:"version"`
	Sum      string             `json:"sum"` // SHA-256 of the text, hexadecimal
	Words    int32              `json:"words"`
	Chars    int32              `json:"chars"`
	Turns    int32              `json:"turns"`
	Finished []ID               `json:"finished"` // coders who say they are done
	State    State              `json:"state"`
	Made     Seq                `json:"made"`
}

// NodeKind tells themes from codes.
type NodeKind string

// The kinds of nodes.
const (
	Theme NodeKind = "theme"
	Code  NodeKind = "code"
)

// Node is a theme or a code in the codebook's one tree.
type Node struct {
	ID         ID       `json:"-"`
	Rev        Seq      `json:"-"`
	Kind       NodeKind `json:"kind"`
	Codable    bool     `json:"codable"`
	Parent     ID       `json:"parent"` // 0 at the top
	Place      string   `json:"place"`  // order among siblings, see Between
	Name       string   `json:"name"`
	Definition string   `json:"definition"`
	Use        string   `json:"use"`
	Avoid      string   `json:"avoid"`
	Example    ID       `json:"example"` // a coding
	Colour     int16    `json:"colour"`  // 1..12; 0 takes the theme's
	Claim      string   `json:"claim"`
	Scope      string   `json:"scope"`
	Boundary   string   `json:"boundary"`
	Naming     string   `json:"naming"`
	Looked     int64    `json:"looked"` // when evidence against was looked for, seconds since 1970; 0: never
	LookedBy   ID       `json:"looked_by"`
	State      State    `json:"state"`
	Into       ID       `json:"into"` // of a merged node
	GUID       string   `json:"guid"` // the one that came in, if any
	Made       Seq      `json:"made"`
}

// Coding is one code applied by one coder to one span of one document version.
type Coding struct {
	ID       ID    `json:"-"`
	Document ID    `json:"document"`
	Version  int32 `json:"version"`
	Code     ID    `json:"code"`
	Coder    ID    `json:"coder"`
	Start    int32 `json:"start"` // code points, half open
	Stop     int32 `json:"stop"`
	Made     Seq   `json:"made"` // codings of one entry belong together
	At       int64 `json:"at"`   // seconds since 1970
}

// Memo is dated writing attached to a thing; with a span when it hangs on words of a document.
type Memo struct {
	ID    ID     `json:"-"`
	Rev   Seq    `json:"-"`
	On    ID     `json:"on"` // 0: the project
	Start int32  `json:"start"`
	Stop  int32  `json:"stop"`
	Coder ID     `json:"coder"`
	Text  string `json:"text"`
	At    int64  `json:"at"` // seconds since 1970
}

// Sort, Key, Touched and at make each of them a Thing.

func (x *Project) Sort() Sort   { return SortProject }
func (x *Coder) Sort() Sort     { return SortCoder }
func (x *Attribute) Sort() Sort { return SortAttribute }
func (x *Case) Sort() Sort      { return SortCase }
func (x *Document) Sort() Sort  { return SortDocument }
func (x *Node) Sort() Sort      { return SortNode }
func (x *Coding) Sort() Sort    { return SortCoding }
func (x *Memo) Sort() Sort      { return SortMemo }

func (x *Project) Key() ID   { return 0 }
func (x *Coder) Key() ID     { return x.ID }
func (x *Attribute) Key() ID { return x.ID }
func (x *Case) Key() ID      { return x.ID }
func (x *Document) Key() ID  { return x.ID }
func (x *Node) Key() ID      { return x.ID }
func (x *Coding) Key() ID    { return x.ID }
func (x *Memo) Key() ID      { return x.ID }

func (x *Project) Touched() Seq   { return x.Rev }
func (x *Coder) Touched() Seq     { return x.Rev }
func (x *Attribute) Touched() Seq { return x.Rev }
func (x *Case) Touched() Seq      { return x.Rev }
func (x *Document) Touched() Seq  { return x.Rev }
func (x *Node) Touched() Seq      { return x.Rev }
func (x *Coding) Touched() Seq    { return 0 } // not kept in memory
func (x *Memo) Touched() Seq      { return x.Rev }

func (x Project) at(_ ID, s Seq) Thing   { x.Rev = s; return &x }
func (x Coder) at(n ID, s Seq) Thing     { x.ID, x.Rev = n, s; return &x }
func (x Attribute) at(n ID, s Seq) Thing { x.ID, x.Rev = n, s; return &x }
func (x Case) at(n ID, s Seq) Thing      { x.ID, x.Rev = n, s; return &x }
func (x Document) at(n ID, s Seq) Thing  { x.ID, x.Rev = n, s; return &x }
func (x Node) at(n ID, s Seq) Thing      { x.ID, x.Rev = n, s; return &x }
func (x Coding) at(n ID, _ Seq) Thing    { x.ID = n; return &x }
func (x Memo) at(n ID, s Seq) Thing      { x.ID, x.Rev = n, s; return &x }

// Blank gives an empty thing of a sort, nil for a sort that is not one.
func Blank(s Sort) Thing {
	switch s {
	case SortProject:
		return &Project{}
	case SortCoder:
		return &Coder{}
	case SortAttribute:
		return &Attribute{}
	case SortCase:
		return &Case{}
	case SortDocument:
		return &Document{}
	case SortNode:
		return &Node{}
	case SortCoding:
		return &Coding{}
	case SortMemo:
		return &Memo{}
	case SortDraft:
		return &Draft{}
	case SortConcept:
		return &Concept{}
	case SortEvidence:
		return &Evidence{}
	case SortTie:
		return &Tie{}
	case SortRemark:
		return &Remark{}
	case SortJudgement:
		return &Judgement{}
	case SortQuestion:
		return &Question{}
	case SortSpot:
		return &Spot{}
	}
	return nil
}

// At gives a copy of a thing with its number and rev set.
func At(t Thing, n ID, rev Seq) Thing { return t.at(n, rev) }

// Turn is one speaker's stretch of a document version. Start and Stop are code points of the
// document, Byte is where it starts in the text's UTF-8.
type Turn struct {
	Turn     int32  `json:"turn"` // from 1
	Start    int32  `json:"start"`
	Stop     int32  `json:"stop"`
	Byte     int32  `json:"byte"`
	Label    string `json:"label"`
	FromMS   int64  `json:"from_ms"` // -1 where the file has none
	ToMS     int64  `json:"to_ms"`
	Language string `json:"language"`
}

// Text is one version of a document's words: turns joined by one line feed.
type Text struct {
	Words []byte
	Turns []Turn
}

// CompareTurn orders turns by where they start, for a binary search by code point.
func CompareTurn(t Turn, p int32) int { return cmp.Compare(t.Start, p) }

// Unix gives the second a time falls in, as Coding.At and Memo.At keep it.
func Unix(t time.Time) int64 { return t.Unix() }

// Hash is a SHA-256.
type Hash [32]byte

// chainInput writes what an entry's hash covers, see Entry.Seal.
func chainInput(before Hash, e *Entry) []byte {
	b := make([]byte, 0, 160)
	b = append(b, before[:]...)
	for _, n := range []uint64{uint64(e.Project), uint64(e.Seq)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, e.Change[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Coder))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = binary.BigEndian.AppendUint64(b, uint64(len(e.Kind)))
	b = append(b, e.Kind...)
	return append(b, e.Sum[:]...)
}
