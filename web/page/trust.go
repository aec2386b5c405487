package page

// Trust is the page /projects/{p}/trust: what a project can show for itself.
type Trust struct {
	Project int
	Seq     int
	Blind   bool   // nearly all of it is others' work: nothing is shown
	Sum     string // "14 of … shown, 6 gaps"
	Phases  []TrustPhase
	Domains []TrustDomain

	Shown, Gaps, Unknown, Filled int
}

// TrustPhase is one phase of the analysis with the means of establishing trust in it.
type TrustPhase struct {
	Heading string
	Rows    []TrustRow
}

// TrustRow is one of the means. Says is what the project shows, Gap what is missing where it shows nothing; Outside
// where the program can't know.
type TrustRow struct {
	Means, Says, Link, Gap string
	Outside                bool
}

// TrustDomain is one part of the reporting checklist.
type TrustDomain struct {
	Heading string
	Items   []TrustItem
}

// TrustItem is one item of it; Says is empty where nothing is known.
type TrustItem struct {
	Number           int
	Name, Says, Link string
}
