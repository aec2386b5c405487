package refi

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// A Report says what became of everything in a file. It has names of things but no words of documents.
type Report struct {
	Origin    string    `json:"origin"`    // the program that wrote the file, in its own words
	Vendor    Vendor    `json:"vendor"`    // which of the known ones that is
	Root      string    `json:"root"`      // "Project" or "CodeBook"
	Namespace string    `json:"namespace"` // of the root
	Entry     string    `json:"entry"`     // the XML's name in the zip, "" when the file was XML itself
	Charset   string    `json:"charset"`   // of the XML
	Elements  []Element `json:"elements"`  // in the order of the schema
	Items     []Item    `json:"items"`     // what is not as it was, worst first
	Placings  []Placing `json:"placings"`  // how positions were read, one for each text with any
	Unplaced  []Lost    `json:"unplaced"`  // selections whose words could not be found, with their positions as in the file

	items map[itemKey]int
}

type itemKey struct {
	element string
	reason  Reason
	fate    Fate
}

// An Element adds up what became of one element of the schema: Seen = Kept + Joined + Lost. Elements that only hold others or
// are part of their parent (Users, TextValue …) are not counted.
type Element struct {
	Name   string `json:"name"`
	Seen   int    `json:"seen"`
	Kept   int    `json:"kept"`
	Joined int    `json:"joined"` // became one with another thing
	Lost   int    `json:"lost"`
}

// A Fate says what became of the things of an Item.
type Fate string

// The fates.
const (
	Gone    Fate = "lost"    // is not in the project
	Joined  Fate = "joined"  // is in the project as part of another thing
	Altered Fate = "altered" // is in the project, but not quite as it was
	Added   Fate = "added"   // is in the project although the file did not have it
)

// MostExamples is how many names a report has of things that share a fate for one reason.
const MostExamples = 200

// An Item tells of some things of one element that share a fate for one reason.
type Item struct {
	Element  string   `json:"element"`
	Reason   Reason   `json:"reason"`
	Fate     Fate     `json:"fate"`
	Count    int      `json:"count"`
	Examples []string `json:"examples,omitempty"` // names or GUIDs, each once, of the first MostExamples
}

// String is the item in English.
func (i Item) String() string {
	s := fmt.Sprintf("%d × %s: %s", i.Count, i.Element, i.Reason.Sentence())
	if len(i.Examples) > 0 {
		s += " (" + strings.Join(i.Examples, "; ") + ")"
	}
	return s
}

// A Lost selection has the positions of the file, whatever they count.
type Lost struct {
	Document GUID   `json:"document"`
	GUID     GUID   `json:"guid"`
	Start    int64  `json:"start"`
	Stop     int64  `json:"stop"`
	Reason   Reason `json:"reason"`
	Codes    []GUID `json:"codes,omitempty"`
}

// A Reason is a stable key for a sentence.
type Reason string

// The reasons of items.
const (
	// Lost.
	MediaBehind    Reason = "media"         // pictures, audio and video stay behind, with what is on them
	NoText         Reason = "no-text"       // its document's text is not in the file
	OutsideText    Reason = "outside-text"  // positions outside of the text
	InsideChar     Reason = "inside-char"   // a position inside a character or a line end
	Backwards      Reason = "backwards"     // ends before it begins
	EmptySpan      Reason = "empty"         // ends where it begins
	NoPosition     Reason = "no-position"   // positions that are no numbers
	NoSuchThing    Reason = "no-such-thing" // refers to nothing in the file
	GoneThing      Reason = "gone-thing"    // refers to something that stays behind
	AreaWithout    Reason = "area"          // an area of a PDF page without words
	OtherWords     Reason = "other-words"   // words of an area of a page that are not in the text
	SeveralPlaces  Reason = "several"       // words that stand at several places of the text
	PlaceOnPage    Reason = "place-on-page" // page and corners of words in a PDF
	Unknown        Reason = "unknown"       // is not in the standard
	UnreadableDate Reason = "date"          // not a date
	UnknownColour  Reason = "colour"        // not a colour
	NoName         Reason = "no-name"       // has no name, so it can't be told apart
	NobodyRefers   Reason = "nobody-refers" // a file in the zip that nothing refers to
	StyledBehind   Reason = "styled"        // the styled or original file beside the plain text stays behind
	NoReading      Reason = "unreadable"    // a file in the zip that can't be read as text
	NotInCodebook  Reason = "not-in-qdc"    // a codebook has no place for it
	LinkLooks      Reason = "link-looks"    // name, colour or direction of a link between a memo and its thing
	KindBehind     Reason = "kind"          // a PDF or transcript is written as a text
	LineNumber     Reason = "line-number"   // the name of a selection is the number of its line
	MarginUnread   Reason = "margin-unread" // a styled file whose margin could not be read
	// Joined.
	SameSpan     Reason = "same-span"     // several selections on one span
	SameCoding   Reason = "same-coding"   // one code by one coder on one span, several times
	SamePDF      Reason = "same-pdf"      // words of a PDF that are given as area and as text
	SameDocument Reason = "same-document" // a transcript whose text is also a document
	SameThing    Reason = "same-thing"    // refers to the same thing again
	MemoLink     Reason = "memo-link"     // a link between a memo and its thing, now part of the memo
	CaseValues   Reason = "case-values"   // values of a nameless case, now of its document
	CaseCode     Reason = "case-code"     // a code that is a case as well: its codings are words of the case
	OwnMemo      Reason = "own-memo"      // a second remark on the same words, now a memo on them
	Wrapper      Reason = "wrapper"       // a node around the whole codebook
	// Altered.
	MintedID     Reason = "minted-id"     // had no GUID
	OtherID      Reason = "other-id"      // its identifier is no GUID
	TwiceID      Reason = "twice-id"      // its GUID belongs to another thing as well
	NoZone       Reason = "no-zone"       // a date without time zone, read as UTC
	ColourRead   Reason = "colour-read"   // a colour in another notation
	OddChars     Reason = "odd-chars"     // characters that XML forbids, now U+FFFD
	BrokenChars  Reason = "broken-chars"  // bytes that are of no character, now U+FFFD
	OldCharset   Reason = "old-charset"   // a text in Windows-1252
	MarkDropped  Reason = "mark"          // a byte-order mark before the text
	CRLF         Reason = "crlf"          // CRLF and CR, now LF
	ZeroChars    Reason = "zero-chars"    // U+0000, now U+FFFD
	TwoTexts     Reason = "two-texts"     // text inline and in a file, not the same; the file counts
	ToDocument   Reason = "to-document"   // a memo whose words could not be found is now on the document
	ToTranscript Reason = "to-transcript" // codings and values of a recording are now its transcript's
	ByWords      Reason = "by-words"      // words of a PDF found by what they are
	IntoDocument Reason = "into-document" // a selection inside a memo that is one of the document
	ValueClash   Reason = "value-clash"   // document and case or set say different things; the document counts
	SetValue     Reason = "set-value"     // a set "name: value", read as an attribute as well
	SplitName    Reason = "split-name"    // a name taken apart into a path of codes
	NotVerified  Reason = "not-verified"  // positions for which the text speaks weakly
	CodableRead  Reason = "codable"       // did not say whether it can be coded with: yes
	TypeRead     Reason = "type"          // an attribute of no known type: text
	ValueText    Reason = "value-text"    // a value that is not of its type: text, or left out when empty
	StyledRead   Reason = "styled-read"   // a text that was only in a styled file
	TooDeep      Reason = "too-deep"      // a code below the deepest level
	PathOutside  Reason = "path-outside"  // a text that was not in the zip and was found beside it
	Margin       Reason = "margin"        // a remark in the margin of a styled file, now a memo on its words
	MarginWhole  Reason = "margin-whole"  // one whose words could not be found, now a memo on the document
	// Added.
	UnknownCoder Reason = "unknown-coder" // somebody who coded but is not listed
	AddedParent  Reason = "added-parent"  // a code made for a name taken apart
	AddedAttr    Reason = "added-attr"    // an attribute made for sets
)

var sentences = map[Reason]string{
	MediaBehind: "pictures, audio and video stay behind, with what is on them", NoText: "the text of the document is not in the file",
	OutsideText: "the positions are outside of the text", InsideChar: "a position is inside a character or a line end",
	Backwards: "it ends before it begins", EmptySpan: "it ends where it begins", NoPosition: "the positions are no numbers",
	NoSuchThing: "it refers to something that is not in the file", GoneThing: "it refers to something that stays behind",
	AreaWithout: "an area of a page without words", OtherWords: "its words are not in the text", SeveralPlaces: "its words stand at several places of the text, and nobody can say which",
	PlaceOnPage: "page and corners of words in a PDF stay behind",
	Unknown:     "it is not in the standard", UnreadableDate: "the date can't be read", UnknownColour: "the colour can't be read",
	NoName: "it has no name", NobodyRefers: "nothing refers to this file",
	StyledBehind: "the styled or original file beside the text stays behind", NoReading: "the file can't be read as text",
	NotInCodebook: "a codebook has no place for it", LinkLooks: "name, colour or direction of a link between a memo and its thing stay behind",
	KindBehind: "it is written as a plain text", LineNumber: "a name that is the number of a line stays behind",
	MarginUnread: "the styled file with remarks in its margin could not be read", Margin: "a remark in the margin of the styled file is a memo on its words",
	MarginWhole: "the words of a remark in the margin are not in the text, or not only once: the memo is on the document",
	SameSpan:    "several selections on one span are one",
	SameCoding:  "the same code by the same coder on the same words, several times, is one", SamePDF: "words of a PDF that are given twice are one",
	SameDocument: "a transcript whose text is a document as well is that document", SameThing: "it says the same again",
	MemoLink: "the link says what a memo is about and is part of the memo", CaseValues: "a case without a name gave its values to its document",
	CaseCode: "the code is a case as well; its codings are words of the case", Wrapper: "a node around the whole codebook was taken off",
	OwnMemo: "a second remark on the same words is a memo of its own", MintedID: "it had no identifier and got one", OtherID: "its identifier is no GUID and became one", TwiceID: "its GUID belongs to something else as well; it got another",
	NoZone: "a date without time zone was read as UTC", ColourRead: "a colour in another notation was read",
	OddChars: "characters that XML forbids became U+FFFD", BrokenChars: "bytes that are of no character became U+FFFD",
	OldCharset: "the text is in Windows-1252, not in UTF-8", MarkDropped: "the byte-order mark is not part of the text", CRLF: "line ends became LF",
	ZeroChars: "U+0000 became U+FFFD", TwoTexts: "the file has two texts for it which differ; the one in sources counts",
	ToDocument:   "the words could not be found; the memo is now on the document",
	ToTranscript: "what was on the whole recording is now on its transcript", ByWords: "the words of a PDF were found by what they are",
	IntoDocument: "a selection inside a memo is one of the document", ValueClash: "the document says otherwise, and counts",
	SetValue: "a set named “attribute: value” was read as a value as well", SplitName: "the name was taken apart into a path of codes",
	NotVerified: "the text says little about how positions are counted; please look", CodableRead: "it does not say whether it can be coded with; it can",
	TypeRead: "the attribute is of no known type; it is text", ValueText: "the value is not of its type; it is text, or left out when empty", StyledRead: "the text was read out of the styled file", TooDeep: "the code was deeper in the tree than can be; it stands at the deepest level",
	PathOutside: "the text was found beside the file", UnknownCoder: "somebody who is not listed coded this",
	AddedParent: "a code was made for a part of a name", AddedAttr: "an attribute was made for sets named “attribute: value”",
}

// Sentence is the reason in English.
func (r Reason) Sentence() string { return sentences[r] }

// note adds to an item. Examples are clipped.
func (r *Report) note(fate Fate, element string, reason Reason, n int, example string) {
	if n == 0 {
		return
	}
	if r.items == nil {
		r.items = map[itemKey]int{}
	}
	k := itemKey{element, reason, fate}
	at, there := r.items[k]
	if !there {
		at = len(r.Items)
		r.items[k] = at
		r.Items = append(r.Items, Item{Element: element, Reason: reason, Fate: fate})
	}
	it := &r.Items[at]
	it.Count += n
	if example = clip(example, 80); example != "" && len(it.Examples) < MostExamples && !slices.Contains(it.Examples, example) {
		it.Examples = append(it.Examples, example)
	}
}

func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

var fateOrder = map[Fate]int{Gone: 0, Altered: 1, Joined: 2, Added: 3}

// finish sorts the items and adds up the elements.
func (r *Report) finish(seen, kept map[string]int) {
	r.items = nil
	sort.SliceStable(r.Items, func(i, j int) bool {
		a, b := &r.Items[i], &r.Items[j]
		if fateOrder[a.Fate] != fateOrder[b.Fate] {
			return fateOrder[a.Fate] < fateOrder[b.Fate]
		}
		if rank(a.Element) != rank(b.Element) {
			return rank(a.Element) < rank(b.Element)
		}
		if a.Element != b.Element {
			return a.Element < b.Element
		}
		return a.Reason < b.Reason
	})
	lost, joined := map[string]int{}, map[string]int{}
	for _, it := range r.Items {
		switch it.Fate {
		case Gone:
			lost[it.Element] += it.Count
		case Joined:
			joined[it.Element] += it.Count
		}
	}
	for _, name := range counted {
		e := Element{name, seen[name], kept[name], joined[name], lost[name]}
		if e.Seen+e.Kept+e.Joined+e.Lost > 0 {
			r.Elements = append(r.Elements, e)
		}
	}
}

// Lost is the number of things of the schema's elements that are not in the project.
func (r *Report) Lost() int {
	n := 0
	for _, e := range r.Elements {
		n += e.Lost
	}
	return n
}

// Kept is the number of things of one element that are in the project.
func (r *Report) Kept(element string) int {
	for _, e := range r.Elements {
		if e.Name == element {
			return e.Kept
		}
	}
	return 0
}

// Doubtful are the placings that a person should look at.
func (r *Report) Doubtful() []Placing {
	var out []Placing
	for _, p := range r.Placings {
		if p.Trust == Weak {
			out = append(out, p)
		}
	}
	return out
}

// String is the report in English, for a terminal.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "written by %q (%s), %s in namespace %q, %s\n", r.Origin, r.Vendor, r.Root, r.Namespace, r.Charset)
	for _, e := range r.Elements {
		fmt.Fprintf(&b, "  %-20s %6d in the file, %6d kept", e.Name, e.Seen, e.Kept)
		if e.Joined > 0 {
			fmt.Fprintf(&b, ", %d joined", e.Joined)
		}
		if e.Lost > 0 {
			fmt.Fprintf(&b, ", %d lost", e.Lost)
		}
		b.WriteByte('\n')
	}
	for _, p := range r.Placings {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	for _, i := range r.Items {
		fmt.Fprintf(&b, "  %s: %s\n", i.Fate, i)
	}
	return b.String()
}

// counted are the elements of the schema that stand for something, in its order; the rest hold these or are part of them.
var counted = []string{"User", "Code", "Variable", "Case", "VariableValue", "CodeRef", "SourceRef", "SelectionRef",
	"TextSource", "PDFSource", "Representation", "PictureSource", "AudioSource", "VideoSource", "TextDescription", "Transcript", "SyncPoint",
	"PlainTextSelection", "PDFSelection", "PictureSelection", "AudioSelection", "VideoSelection", "TranscriptSelection", "Coding",
	"Note", "NoteRef", "Link", "Set", "MemberCode", "MemberSource", "MemberNote", "Graph", "Vertex", "Edge", "Description"}

var ranks = func() map[string]int {
	m := map[string]int{}
	for i, name := range counted {
		m[name] = i + 1
	}
	return m
}()

func rank(element string) int {
	if n := ranks[element]; n > 0 {
		return n
	}
	return len(ranks) + 1
}
