package page

import (
	"net/url"
	"strconv"
)

// Search is what was found: the page /projects/{p}/search?q=, and the list under the field while one types.
type Search struct {
	Project int
	Query   string
	Alone   bool // one sort alone
	Groups  []SearchGroup
	Count   string // "12 places", empty while nothing is looked for
	Shown   string
	Newer   string
	Older   string
}

// SearchGroup is what was found of one sort.
type SearchGroup struct {
	Key     string
	Name    string
	Count   string
	Hits    []SearchHit
	More    string // address of all of them, empty where they are all here
	MoreSay string
}

// SearchHit is one place where the words stand.
type SearchHit struct {
	Href            string
	Title           []AskPiece
	Note            string
	Field           string // which field the words are from, may be empty
	Words           []AskPiece
	Lang            string
	Colour, Pattern int // 0 for what is no code
}

// Place is a page of a project, or something that is done on one.
type Place struct{ Name, Href string }

// Places are the pages of the project, and what can be done there.
func (c Chrome) Places(mayShape, mayAdd bool) (r []Place) {
	for _, e := range append(c.entries(), c.more()...) {
		r = append(r, Place{e.name, e.href})
	}
	p := c.Project.ID
	r = append(r, Place{c.T("informants.title"), at(p, "informants")})
	if mayShape {
		r = append(r, Place{c.T("search.do.code"), at(p, "codebook") + "?new=code"}, Place{c.T("search.do.theme"), at(p, "codebook") + "?new=theme"})
	}
	if mayAdd {
		r = append(r, Place{c.T("search.do.document"), at(p, "documents")})
	}
	return append(r, Place{c.T("search.do.all"), askAddress(p, "every", "on")}, Place{c.T("nav.account"), "/account"}, Place{c.T("nav.projects"), "/projects"}, Place{c.T("limits.title"), "/limits"})
}

// optionID numbers the options of the list.
func optionID(group, hit int) string {
	return "search-" + strconv.Itoa(group) + "-" + strconv.Itoa(hit)
}

func query(s string) string { return url.QueryEscape(s) }
