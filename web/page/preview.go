package page

import (
	"strings"

	"github.com/a-h/templ"
)

// Preview is the part GET /projects/{p}/files/{sum} answers with: how a file
// will read as a document, before it becomes one.
//
// Reading options come back in the query of that GET, and only those, since
// addresses are logged by proxies and a title or a label can be a name:
// charset, language, speakers (on, or off through the hidden twin), role-N
// (N the label's place among the labels found, from 0; interviewer,
// informant, other or none).
//
// "Add document" is POST /projects/{p}/documents with change, file (the sum),
// name, kind, language, held, case (number, empty or "new"), new_case,
// value-N (attribute N of the case), docvalue-N (attribute N of the document),
// charset, speakers, role-N and pseudonym-K (K is FoundName.Key; empty leaves
// the name as it is). The second button adds all=on and one field also per
// further waiting sum: same kind, language, values and reading, but each
// file's own title and informant. With replaces (the number of a document in
// which nothing is coded) the file takes the place of that document's.
type Preview struct {
	Project    int
	Sum        string
	File       string // the file's own name
	Error      string // sentence; set when the file can't be read this way, the rest is then empty
	Already    string // name of the document made of the same bytes, empty when there is none
	AlreadyID  int
	Title      string
	Kinds      []Choice
	HeldISO    string
	HeldFrom   string // where the date comes from ("from the file's name"), empty when not guessed
	Languages  []Choice
	Guessed    bool             // the language was guessed
	Cases      []Choice         // "", "new" and the cases there are
	NewCase    string           // guess for the name of a new informant
	Attributes []AttributeField // of the case
	Own        []AttributeField // of the document itself
	ReadAs     string           // "UTF-8, subtitles, 41 min"
	Charsets   []Choice         // guesses of the character set, empty where the format says it
	OtherSets  []Choice         // all other character sets
	Speakers   bool             // labels at the start of turns are taken as speakers
	MaySpeak   bool             // the format or the text has something that can be taken for speakers
	Found      []FoundSpeaker
	Turns      []PreviewTurn // the first turns as they will be
	More       string        // "and 206 turns more"
	Notes      []PreviewNote
	Names      []FoundName
	Comments   int    // remarks in the file's margin, which can become memos
	Table      string // where the file can be brought in as a table, empty where it is none
	Others     int    // further files that wait
	Replaces   int    // document whose file this one takes the place of, 0 for none
	Replaced   string // its name
}

// FoundSpeaker is a label found at the start of turns.
type FoundSpeaker struct {
	Label string
	Turns string // "104 turns"
	Role  string // interviewer, informant, other, none
}

// PreviewTurn is one turn of the preview.
type PreviewTurn struct {
	Speaker string // label, empty when the turn has none
	Role    string // as FoundSpeaker.Role
	Time    string // "00:19", empty without time stamps
	Lang    string
	Pieces  []PreviewPiece
}

// PreviewPiece is a stretch of a turn's words; Name is FoundName.Key where
// the words look like a person's name, else empty.
type PreviewPiece struct {
	Text string
	Name string
}

// PreviewNote says what reading did: ok (all is kept), change (something was
// changed or left out) or warn (the reader should look).
type PreviewNote struct {
	Mark string
	Text string
}

// FoundName is something in the text that looks like a person's name.
type FoundName struct {
	Key       string // stands for the name in requests, so that it is not sent
	Name      string
	Times     string // "11 times"
	Pseudonym string
}

// pieces writes the words of a turn as they are, without a space that is not
// theirs; those that look like a name are marked so that a pseudonym can take
// their place while it is typed.
func pieces(of []PreviewPiece) string {
	var b strings.Builder
	for _, p := range of {
		words := templ.EscapeString(p.Text)
		if p.Name == "" {
			b.WriteString(words)
			continue
		}
		b.WriteString(`<mark data-name="` + templ.EscapeString(p.Name) + `" data-was="` + words + `">` + words + `</mark>`)
	}
	return b.String()
}
