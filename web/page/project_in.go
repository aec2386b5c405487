package page

// ProjectIn is what the page /projects/import shows: a form for a file, or what is in the one that has come.
//
// POST /projects/import (multipart) with change and file; POST /projects/import/begin with file, name, description, language, method.
type ProjectIn struct {
	LargestMB int
	File      int // the project that is to be; 0: no file has come yet
	FileName  string
	Report    *ProjectInReport

	Name, Description, Language, Method string
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
