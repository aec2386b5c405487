package page

import (
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"anyam/internal/i18n"
)

// firstTurns fill the window when a document opens: they are drawn without asking what is in sight.
const firstTurns = 8

// earlyRows of text are laid out with the first frame, one and a half times a window taller than most. The turns after them wait in
// one box, so that the first frame of a long document costs no more than that of a short one; the scripts then open the box.
const earlyRows = 100

// CodingPage is the page /projects/{p}/documents/{d}: one document's text with
// everything the coding surface begins with. Without a script it is the plain
// text; the script fetches codings and codebook by itself.
//
// Offsets count code points of the document's text: the turns joined by "\n".
type CodingPage struct {
	Project  int
	Document int
	Version  int
	Me       int // the reader as coder
	Seq      int // the project's seq this page was drawn at

	Name    string   // of the document
	Pills   []string // kind, informant group and the like
	Details string   // "12 March 2026 · 54 min · 8,114 words · Indonesian"
	Lang    string   // of the words, as a BCP 47 tag; empty when nobody said
	Zone    string   // the reader's time zone, as an IANA name
	Email   string   // the reader's, for signing in again
	Person  Person   // how the reader likes to read

	MayCode bool
	MayMemo bool
	WhyNot  string // sentence when MayCode is false, such as "You read along as supervisor."
	Blind   string // sentence when the reader codes blind, else empty

	Place    int // the turn the reader was at last, 0 when never
	Furthest int // the furthest turn seen, 0 when none

	Turns     []CodingTurn
	Documents []CodingDocument // all live documents, in the order of the list
}

// Person is how a person likes to read and code; the zero value is as it is for everyone.
type Person struct {
	Size      int    `json:"size,omitempty"`       // of the letters, in steps from the usual size
	Width     int    `json:"width,omitempty"`      // of the lines, in steps from the usual length
	Margin    string `json:"margin,omitempty"`     // "start": stripes before the words
	NoNames   bool   `json:"no_names,omitempty"`   // stripes without names
	NoLetters bool   `json:"no_letters,omitempty"` // keys that write a character do nothing
	Sentences bool   `json:"sentences,omitempty"`  // sentence mode
}

// CodingTurn is one speaker's stretch.
type CodingTurn struct {
	Number int    // from 1
	Start  int    // of its first character
	Label  string // the speaker's, empty when the text has none
	Who    string // the name behind the label, for a title; may be empty
	Time   string // "12:04", empty when the text has none
	Asks   bool   // the interviewer's
	Lang   string // where it differs from the document's
	Parts  []CodingPart
}

// CodingPart is a stretch of a turn without a line break.
type CodingPart struct {
	Start int
	Words string
}

// CodingDocument is one line of the list of documents.
type CodingDocument struct {
	ID       int
	Name     string
	Percent  int    // how far the reader has read, 0 to 100
	Progress string // the same in words, "62% read"
}

// Parts cuts the words of a turn that begins at start (in code points) at its
// line breaks.
func Parts(start int, words string) []CodingPart {
	var out []CodingPart
	for part := range strings.SplitSeq(words, "\n") {
		out = append(out, CodingPart{Start: start, Words: part})
		start += len([]rune(part)) + 1
	}
	return out
}

// Lines is a guess at how many lines the turn fills on the sheet, 1 to 40. It
// keeps the scroll bar honest before a turn is laid out; the style sheet has a
// height for each.
func (t CodingTurn) Lines() int {
	n := 0
	for _, p := range t.Parts {
		n += max(1, (len([]rune(p.Words))+63)/64)
	}
	return min(max(n, 1), 40)
}

// whose is the whole label and the name behind it, for where the label has no room.
func (t CodingTurn) whose() string {
	if t.Label == "" || t.Who == "" {
		return t.Label + t.Who
	}
	return t.Label + ": " + t.Who
}

// said is a part's words as HTML that reads back as exactly them: a carriage
// return would come back as a line feed if it were not written as a number.
func said(words string) string {
	return strings.ReplaceAll(html.EscapeString(words), "\r", "&#13;")
}

// surfaceData is what the script reads from the page.
type surfaceData struct {
	Project  int               `json:"project"`
	Document int               `json:"document"`
	Version  int               `json:"version"`
	Me       int               `json:"me"`
	Seq      int               `json:"seq"`
	Lang     string            `json:"lang"`
	TextLang string            `json:"textLang"`
	Zone     string            `json:"zone"`
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Person   Person            `json:"person"`
	May      map[string]bool   `json:"may"`
	Place    int               `json:"place"`
	Furthest int               `json:"furthest"`
	Turns    int               `json:"turns"`
	Strings  map[string]string `json:"strings"`
}

// data is the page's block of JSON as a script element. json.Marshal writes <, > and &
// as \u escapes, so that no name can end the element.
func (p CodingPage) data(say *i18n.Printer) string {
	words := make(map[string]string, len(surfaceKeys))
	for _, k := range surfaceKeys {
		words[k] = say.T(k)
	}
	b, err := json.Marshal(surfaceData{
		Project: p.Project, Document: p.Document, Version: p.Version, Me: p.Me, Seq: p.Seq,
		Lang: say.Lang(), TextLang: p.Lang, Zone: p.Zone, Name: p.Name, Email: p.Email, Person: p.Person, May: map[string]bool{"code": p.MayCode, "memo": p.MayMemo},
		Place: p.Place, Furthest: p.Furthest, Turns: len(p.Turns), Strings: words,
	})
	if err != nil {
		panic("numbers and strings always marshal: " + err.Error())
	}
	return `<script type="application/json" id="surface-data">` + string(b) + `</script>`
}

func (d CodingDocument) href(project int) string {
	return "/projects/" + strconv.Itoa(project) + "/documents/" + strconv.Itoa(d.ID)
}

// dir is the direction of the sheet: that of the words' language, or of their letters where nobody said the language; none
// where it is as everywhere.
func (p CodingPage) dir() templ.Attributes {
	base, _, _ := strings.Cut(strings.ToLower(p.Lang), "-")
	rtl := slices.Contains([]string{"ar", "fa", "he", "ps", "sd", "ug", "ur", "yi"}, base)
	if p.Lang == "" {
		seen, right := 0, 0
		for _, t := range p.Turns {
			for _, part := range t.Parts {
				for _, r := range part.Words {
					if unicode.IsLetter(r) {
						seen++
					}
					if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) {
						right++
					}
				}
			}
			if seen > 2000 {
				break
			}
		}
		rtl = 2*right > seen
	}
	if rtl {
		return templ.Attributes{"dir": "rtl"}
	}
	return nil
}

// parted are the turns of the first frame and those after it.
func (v CodingPage) parted() (early, rest []CodingTurn) {
	rows := 0
	for i, t := range v.Turns {
		if rows += t.Lines(); rows > earlyRows && i >= firstTurns {
			return v.Turns[:i], v.Turns[i:]
		}
	}
	return v.Turns, nil
}

// around is the page's chrome as the coding surface needs it.
func (c Chrome) around(v CodingPage) Chrome {
	c.Full, c.coding = true, true
	if n := min(len(v.Turns), firstTurns); n > 0 {
		c.expects = "#t" + strconv.Itoa(v.Turns[n-1].Number)
	}
	base := "/projects/" + strconv.Itoa(v.Project)
	c.early = []string{base + "/documents/" + strconv.Itoa(v.Document) + "/codings.json", base + "/codebook.json"}
	c.Scripts = append(append([]string{}, c.Scripts...), "coding.js")
	if c.Title == "" {
		c.Title = v.Name
	}
	if c.Active == "" {
		c.Active = "documents"
	}
	return c
}
