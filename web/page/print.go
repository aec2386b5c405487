package page

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Print is the page /projects/{p}/documents/{d}/print: a document's words with
// numbers at the ends of codings and the codings beside each turn, made to be
// read on paper, in grey as well. Its form is a GET of whose (empty: everyone,
// mine, or a coder's number), of (a node's number, empty for all), show (words:
// without codings) and memos (on).
type Print struct {
	Project  int
	Document int

	Name    string   // of the document
	Study   string   // name of the project
	Pills   []string // as CodingPage.Pills
	Details string   // as CodingPage.Details
	Lang    string   // of the words, as a BCP 47 tag; empty when nobody said
	Made    string   // sentence with the time the page was made
	By      string   // sentence with the names of those whose codings are shown; empty where none are
	Only    string   // sentence, when only some codes are shown
	Total   string   // "42 codings"; empty without codings

	Coders    []Choice // whose codings
	Nodes     []Choice // which theme or code
	WithCodes bool
	WithMemos bool
	Blind     bool // only own codings can be had

	Turns []PrintTurn
	Memos []PrintMemo // on the document as a whole
	Key   []PrintCode // the codes used, in the codebook's order
}

// PrintTurn is one turn on paper.
type PrintTurn struct {
	Number    int    // from 1
	Label     string // the speaker's, empty when the text has none
	Time      string // "12:04", empty when the text has none
	Asks      bool   // the interviewer's
	Lang      string // where it differs from the document's
	Short     bool   // not to be broken over two pages
	Many      bool   // more codings than there is room for beside the words
	Parts     [][]PrintRun
	Codings   []PrintCoding // those that go on from an earlier turn come first
	Continued string        // numbers of those that go on, where they are too many to name
	Memos     []PrintMemo
}

// PrintRun is a stretch of a part over which the same codings lie. The runs of
// a part are its words.
type PrintRun struct {
	Words   string
	Hue     int    // of the innermost coding, 1 to 12; 0 where none lies on the words
	Pattern int    // of the innermost coding's code, 0 to 2
	Deep    int    // how many codings lie on the words
	Begins  bool   // a coding begins with it
	Ends    string // numbers of the codings that end with it, "3, 5–9"; empty for none
}

// PrintCoding is a coding in the list beside a turn.
type PrintCoding struct {
	Number    string
	Code      string
	Theme     string // names of the nodes above, "Trust / Family"; empty at the top
	Hue       int
	Pattern   int
	Coder     string // initials
	Continued bool   // began in an earlier turn
}

// PrintMemo is a memo below its turn.
type PrintMemo struct {
	On    string // what it hangs on, "Memo on 12"
	Words string // the words it hangs on, where it hangs on words
	Text  MemoHTML
	By    string // initials
	When  string
}

// PrintCode is one row of the key.
type PrintCode struct {
	Name       string
	Theme      string
	Definition string
	Count      string
	Hue        int
	Pattern    int
}

// marked is a part's words as HTML: marks that never nest, and the numbers at
// their ends. Without the elements sup and their content it reads back as
// exactly the words.
func marked(runs []PrintRun) string {
	var b strings.Builder
	for _, r := range runs {
		switch {
		case r.Words == "":
		case r.Hue == 0:
			b.WriteString(said(r.Words))
		default:
			b.WriteString(`<mark data-hue="` + strconv.Itoa(r.Hue) + `" data-pattern="` + strconv.Itoa(r.Pattern) + `"`)
			if r.Deep > 1 {
				b.WriteString(` data-deep="` + strconv.Itoa(min(r.Deep, 3)) + `"`)
			}
			if r.Begins {
				b.WriteString(` class="begins"`)
			}
			b.WriteString(`>` + said(r.Words) + `</mark>`)
		}
		if r.Ends != "" {
			b.WriteString(`<sup>` + r.Ends + `</sup>`)
		}
	}
	return b.String()
}

// dir is the direction of the sheet, as on the coding page.
func (p Print) dir() templ.Attributes { return CodingPage{Lang: p.Lang}.dir() }

// hueOf gives an element the colour and the pattern of a code.
func hueOf(hue, pattern int) templ.Attributes {
	return templ.Attributes{"data-hue": strconv.Itoa(hue), "data-pattern": strconv.Itoa(pattern)}
}

// goesOn marks a coding that began in an earlier turn.
func goesOn(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"class": "print-goes-on"}
}
