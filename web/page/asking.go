package page

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Ask is the page /projects/{p}/ask: a question about segments as a form, and its answer. The question is the address; see the fields
// of the form for what may stand in it.
//
// Forms: GET ask, POST questions (change, name, query; question and rev of one that is kept already),
// questions/{n}/remove (change).
type Ask struct {
	Project   int
	Seq       int // entry the page was drawn at
	Asked     bool
	Blind     bool
	Rows      []AskRow // the conditions, and two empty ones for who has no script
	Nodes     []AskNode
	Meet      string // "", turn, words, turns
	N         int
	Only      bool // without what stands below
	Filters   []AskFilter
	Filtered  int // how many filters hold
	From, To  string
	Group     string // "", informant, code
	Parts     []AskPart
	Unit      string // what a segment is here, a sentence
	Segments  string
	Chars     string
	Documents string
	Cases     string
	None      bool // nothing was found
	Ways      []AskWay
	Groups    []AskGroup
	Shown     string
	Newer     string
	Older     string
	Query     string // of the address, without the page
	Kept      []AskKept
	MayKeep   bool
}

// AskRow is one condition.
type AskRow struct {
	Is   string // all, any, none
	Code int    // 0 for an empty row
}

// AskNode is a theme or code to choose.
type AskNode struct {
	Choice
	Theme           string // the names above it
	Definition      string
	Colour, Pattern int
}

// AskFilter is one group of boxes to tick.
type AskFilter struct {
	Field   string
	Name    string
	Choices []Choice
}

// AskPart is one part of the question in words, with the address of the question without it.
type AskPart struct {
	Join    string // all, any, none, or "" for a filter
	Label   string
	Name    string
	Without string
	Colour  int // 0 for what is no code
	Pattern int
}

// AskWay is a way to show the answer.
type AskWay struct {
	Label   string
	Href    string
	Current bool
}

// AskGroup is the segments of one document, informant or code.
type AskGroup struct {
	Name            string
	Href            string // empty where there is no page
	Note            string
	Count           string
	Colour, Pattern int
	Hits            []AskHit
}

// AskHit is one segment with the words around it.
type AskHit struct {
	Document int
	Name     string // of the document, where the group does not say it
	Turn     int
	Speaker  string
	Time     string
	Lang     string
	Pieces   []AskPiece
	Context  []AskTurn
	Codes    []NodeLink
	Coders   []CoderColumn
	When     string
}

// AskPiece is words, found or around what was found.
type AskPiece struct {
	Text  string
	Found bool
}

// AskTurn is a turn of the context.
type AskTurn struct {
	Number  int
	Speaker string
	Asks    bool
	Pieces  []AskPiece
}

// AskKept is a question that was kept by name.
type AskKept struct {
	ID      int
	Rev     int
	Name    string
	Href    string
	By      string
	When    string
	Query   string // as it stands in the address
	Mine    bool   // may be renamed and removed
	Current bool
}

// askAddress is the address of a question: pairs of names and values.
// Sentence is a text in which numbers open the segments behind them.
type Sentence struct {
	Text    string
	Numbers []Number // in the order in which they stand in Text
}

// Number is a count as it is printed in a sentence, and the address of what it counts.
type Number struct{ Printed, Href string }

// Say is a sentence with the numbers in it that have an address.
func Say(text string, numbers ...Number) Sentence { return Sentence{text, numbers} }

// parts are the pieces of a sentence; Href is empty where a piece is no number.
func (s Sentence) parts() (r []Number) {
	rest := s.Text
	for _, n := range s.Numbers {
		before, after, found := strings.Cut(rest, n.Printed)
		if !found || n.Href == "" {
			continue
		}
		r = append(r, Number{Printed: before}, n)
		rest = after
	}
	return append(r, Number{Printed: rest})
}

func askAddress(project int, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return inProject(project, "ask") + "?" + v.Encode()
}

// askAddress is the same, as of the draft that a page is shown as of.
func (c Chrome) askAddress(project int, pairs ...string) string {
	if c.Past != nil {
		pairs = append(pairs, "draft", strconv.Itoa(c.Past.Draft))
	}
	return askAddress(project, pairs...)
}

// Size is how much there is in a codebook, in words.
type Size struct {
	Nodes   string // "5 themes · 31 codes"
	Codings string // "240 codings"
}

func (s Size) String() string { return s.Nodes + " · " + s.Codings }

// besides is of a link that leaves alone what is under way on its page.
var besides = templ.Attributes{"target": "_blank"}

// inGrid is a number in a cell of a grid, which has one stop for the Tab key.
var inGrid = templ.Attributes{"tabindex": "-1", "draggable": "false"}

// withQuery puts the question behind another address.
func (v Ask) withQuery(rest string, more ...string) string {
	q, _ := url.ParseQuery(v.Query)
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	a := inProject(v.Project, rest)
	if len(q) > 0 {
		a += "?" + q.Encode()
	}
	return a
}

// scrolls is the tabindex of a list of boxes: one that is long scrolls, and must be reached by key.
func scrolls(f AskFilter) string {
	if len(f.Choices) > 8 {
		return "0"
	}
	return "-1"
}

// none tells whether a printed count is nought, alone or before a word.
func none(printed string) bool {
	return printed == "" || printed == "0" || strings.HasPrefix(printed, "0 ")
}

// ofDocuments asks for what is coded in some documents.
func ofDocuments(documents []DocumentLink) (pairs []string) {
	for _, d := range documents {
		pairs = append(pairs, "document", strconv.Itoa(d.ID))
	}
	return pairs
}
