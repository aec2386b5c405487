package page

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"
)

// ProjectIn is what the page /projects/import shows: a form for a file, or what is in the one that has come.
//
// POST /projects/import (multipart) with change and file; POST /projects/import/begin with file, name, description, language, method;
// POST /projects/N/import with file and apart.
type ProjectIn struct {
	LargestMB int
	File      int // the project that is to be; 0: no file has come yet
	FileName  string
	Report    *ProjectInReport
	Into      *ProjectRow  // the project that it comes into; nil: it becomes one of its own
	Others    []ProjectRow // projects that it could come into

	Name, Description, Language, Method string
}

// link is this page about one of the projects that the file could come into, or about none.
func (v ProjectIn) link(into *ProjectRow) templ.SafeURL {
	q := url.Values{}
	if v.File != 0 {
		q.Set("file", strconv.Itoa(v.File))
	}
	if into != nil {
		q.Set("into", strconv.Itoa(into.ID))
	}
	if len(q) == 0 {
		return "/projects/import"
	}
	return templ.SafeURL("/projects/import?" + q.Encode())
}

// ProjectInReport is what there is in a project of another program, and what of it can't come in as it is.
type ProjectInReport struct {
	Origin   string // the program that wrote it, in its own words
	Done     bool   // it has come in
	Counts   []ProjectInCount
	Coders   []string // who come in as coders who can't sign in
	Placings []ProjectInPlacing
	Losses   []ProjectInLoss
	Unplaced int // selections whose words could not be found
}

// ProjectInCount is how many there are of something, and how many came in.
type ProjectInCount struct{ Name, Has, Made string }

// ProjectInPlacing says how the positions of some texts were read.
type ProjectInPlacing struct {
	Texts    string // "12 texts"
	How      string // "code points, a line end counts as one"
	Sure     string // "the texts themselves speak for it"
	Weak     bool
	Names    []string // of the texts, where it is weak
	Evidence string
	Against  string // the same of the next best reading
}

// ProjectInLoss is one line of the loss report.
type ProjectInLoss struct {
	Fate     string // lost, altered, joined, added
	FateName string
	What     string
	Count    string
	Why      string
	Examples []string
	Shown    int    // how many of them the page shows
	More     string // "37 more are in the report", "" for none
}

// losses are those of one fate.
func (r ProjectInReport) losses(fate string) (out []ProjectInLoss) {
	for _, l := range r.Losses {
		if l.Fate == fate {
			out = append(out, l)
		}
	}
	return out
}
