package refi

import (
	"errors"
	"fmt"
)

// A BadReason says why a file can't be read. Programs translate it; Error gives a sentence in English.
type BadReason string

// The reasons.
const (
	BadEmpty     BadReason = "empty"     // no bytes
	BadKind      BadReason = "kind"      // some other kind of file
	BadWebPage   BadReason = "web-page"  // a page of HTML saved under the name of a project
	BadZip       BadReason = "zip"       // a damaged or cut zip
	BadEncrypted BadReason = "encrypted" // a zip with a password
	BadBomb      BadReason = "bomb"      // unpacks to far more than it should
	BadSize      BadReason = "size"      // over a limit, honestly
	BadName      BadReason = "name"      // an entry whose name leads out of the zip, or a symbolic link
	BadTwice     BadReason = "twice"     // two entries of one name, or of names that differ in case alone
	BadNoProject BadReason = "no-project"
	BadXML       BadReason = "xml"     // not well-formed, or cut
	BadDoctype   BadReason = "doctype" // has a document type definition
	BadDeep      BadReason = "deep"    // nested too deep
	BadRoot      BadReason = "root"    // XML, but neither Project nor CodeBook
)

var badSentences = map[BadReason]string{
	BadEmpty:     "The file is empty.",
	BadKind:      "This is not a REFI-QDA file. Export from the other program as .qdpx, .qde or .qdc.",
	BadWebPage:   "This is a web page that was saved under the name of a project. Download the file itself again.",
	BadZip:       "The file is damaged or was cut off. Export or download it again.",
	BadEncrypted: "The file is protected by a password. Export it without one.",
	BadBomb:      "The file unpacks to far more than a project can hold and was not read.",
	BadSize:      "The file is larger than can be read here.",
	BadName:      "The file has an entry whose name leads outside of it, and was not read.",
	BadTwice:     "The file has two entries of one name, so that nobody can say which one counts.",
	BadNoProject: "There is no project in this file: a .qdpx has one .qde inside.",
	BadXML:       "The project inside the file is not well-formed. Export it again.",
	BadDoctype:   "The project inside the file has a document type definition, which is not allowed.",
	BadDeep:      "The project inside the file is nested too deep.",
	BadRoot:      "The XML in this file is neither a project nor a codebook of REFI-QDA.",
}

// A BadFile is a file that was not read.
type BadFile struct {
	Reason BadReason
	Entry  string // of the zip, where one is to blame; as the file has it, so show it as text
	cause  error
}

// Error is a sentence that says what to do.
func (b *BadFile) Error() string {
	s := badSentences[b.Reason]
	if b.Entry != "" {
		s += fmt.Sprintf(" (%.80q)", b.Entry)
	}
	if b.cause != nil {
		s += " [" + b.cause.Error() + "]"
	}
	return s
}

// Unwrap gives the error underneath, if there is one.
func (b *BadFile) Unwrap() error { return b.cause }

func bad(r BadReason, entry string, cause error) *BadFile { return &BadFile{r, entry, cause} }

// asBad makes any error of reading XML or an entry a BadFile.
func asBad(err error, entry string) *BadFile {
	var b *BadFile
	if errors.As(err, &b) {
		if b.Entry == "" {
			b.Entry = entry
		}
		return b
	}
	return bad(BadXML, entry, err)
}

// Limits bound what a file may cost. A zero field is its default.
type Limits struct {
	Entries  int   // of the zip; 50,000
	XML      int64 // bytes of the .qde; 192 MB
	Text     int64 // bytes of one text; 32 MB
	Texts    int64 // bytes of all texts; 160 MB
	Elements int   // of XML; 5,000,000
	Depth    int   // of open elements; 256
}

func (l Limits) filled() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Entries, 50_000)
	def64(&l.XML, 192<<20)
	def64(&l.Text, 32<<20)
	def64(&l.Texts, 160<<20)
	def(&l.Elements, 5_000_000)
	def(&l.Depth, 256)
	return l
}
