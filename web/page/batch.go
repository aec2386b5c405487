package page

import "strconv"

// Batches is what the page /projects/{p}/batches shows: the form for many files, and what came in before.
type Batches struct {
	Project int
	Form    BatchForm
	Rows    []BatchRow // the newest first
}

// BatchForm asks for many files at once, or a zip of them, and for what holds for all of them.
//
// POST /projects/{p}/batches (multipart) with change, kind, language, speakers, informants, comments, and file as often as wanted. A browser with
// scripts sends them in several requests: part counts those from 0, more is "on" in all but the last, name says what the batch is called.
type BatchForm struct {
	Project    int
	Most       int    // files
	LargestMB  int    // of one file
	Formats    string // "docx, odt, …"
	Kinds      []Choice
	Languages  []Choice
	Informants []Choice
}

// BatchRow is a job in one row.
type BatchRow struct {
	ID       string
	Name     string // of the zip, folder or file
	State    string // arriving, waiting, running, done, cancelled, stopped
	Says     string // the state in words
	Why      string // why it stopped
	By       string // initials
	When     string
	Exact    string
	Done     int
	Steps    int
	Progress string // "57 of 200"
	Refused  string // "2 files could not be read"
	Running  bool   // it goes on, or waits for its turn
	Project  bool   // a project of another program
}

// pill is the class of a state's pill.
func (r BatchRow) pill() string {
	switch r.State {
	case "done":
		return "pill ok"
	case "stopped", "arriving":
		return "pill warn"
	case "running", "waiting":
		return "pill on"
	}
	return "pill"
}

// spoken is how far it is, as a screen reader says it.
func (r BatchRow) spoken() string {
	says := r.Says + ", " + r.Progress
	if r.Refused != "" {
		says += ", " + r.Refused
	}
	return says
}

// Batch is what the page of one job shows.
type Batch struct {
	Project   int
	Row       BatchRow
	Present   string // what is being worked on
	Facts     []string
	Passed    string // "3 files that systems leave in zips were passed over"
	MayCancel bool
	MayGo     bool
	GoSay     string // how many files are left
	Groups    []BatchGroup
	Import    *ProjectInReport // of a project of another program
	Seq       int
}

// BatchGroup are files that share a fate.
type BatchGroup struct {
	Key   string // refused, waiting, there, added
	Title string // "2 refused"
	Files []BatchFile
}

// BatchFile is one file of a job.
type BatchFile struct {
	N            int
	Name         string
	Size         string
	Sentence     string // why it was refused, or what it equals
	Table        string // address of the page on which it is read as a table, where it is one
	Document     int    // that it became, or that was there
	DocumentName string
	Removed      bool // that document was removed since
	Notes        []string
	Again        bool // it can be tried again
}

func inBatch(project int, id string, rest ...any) string {
	return inProject(project, append([]any{"batches", id}, rest...)...)
}

// steps is the greatest value of a bar.
func steps(r BatchRow) string { return strconv.Itoa(max(r.Steps, 1)) }

// running is what the element that draws a part again looks at.
func running(r BatchRow) string {
	if r.Running {
		return "on"
	}
	return ""
}

func stripRunning(r *BatchRow) string {
	if r == nil {
		return ""
	}
	return running(*r)
}
