// Package page holds the templates of the pages. It promises that a page is
// made of strings and numbers that are ready to print, that its forms work
// without scripts, and that it carries no inline script or style.
package page

import (
	"slices"
	"strconv"
	"strings"

	"anyam/internal/i18n"
)

// Chrome is what every page needs beside its own content.
type Chrome struct {
	L       *i18n.Printer       // the reader's language and time zone
	Assets  func(string) string // name of an asset, "main.js", to its address
	Change  func() string       // makes a fresh change id (a UUID) for a form; nil leaves the field empty
	Theme   string              // light or dark, as chosen in this browser; empty: as on the device
	Title   string              // of the page, in the reader's language
	Me      *Me                 // who is signed in; nil where nobody is
	Project *Bar                // the project the page is in; nil outside
	Active  string              // the entry of the navigation that is current: overview, documents, codebook, themes, history, export, members, settings
	Past    *Past               // the project is shown as it stood in a draft; nil: now
	Path    string              // path of the page, where the language switch comes back to
	Notice  string              // a sentence about what was done just now
	Problem string              // a sentence about what was refused
	Scripts []string            // entries loaded beside main.js: "coding.js"
	Full    bool                // the page fills the window and scrolls inside itself (the coding surface)
	early   []string            // what the page's script will ask for first
	expects string              // the element before which nothing is to be drawn: an empty frame would delay the first full one
	coding  bool                // the coding surface, which scrolls by itself
}

// Me is the person signed in.
type Me struct {
	Name     string
	Initials string
	Language string // "", "en" or "id": what they chose, not what is shown
	Zone     string // IANA name
	Admin    bool   // may see the accounts
}

// Past is the draft that a page is shown as of.
type Past struct {
	Draft   int // its number
	Name    string
	Now     string // address of the page as it is now
	Changed string // address of what changed since
}

// Bar is the project in the bar at the top.
type Bar struct {
	ID        int
	Name      string
	Role      string // in words, empty for an owner
	Archived  bool
	Documents string // counts beside the entries of the navigation, empty for none
	Codes     string
	Review    string // how much waits for the reader in the review
}

// T is the message under key in the reader's language; see i18n.Printer.T.
func (c Chrome) T(key string, args ...any) string { return c.L.T(key, args...) }

// N is the message that counts n; see i18n.Printer.N.
func (c Chrome) N(key string, n int, args ...any) string { return c.L.N(key, n, args...) }

// fresh is a change id for one form.
func (c Chrome) fresh() string {
	if c.Change == nil {
		return ""
	}
	return c.Change()
}

// title is what the browser's tab says.
func (c Chrome) title() string {
	parts := []string{}
	if c.Title != "" {
		parts = append(parts, c.Title)
	}
	if c.Project != nil && c.Project.Name != c.Title {
		parts = append(parts, c.Project.Name)
	}
	return strings.Join(append(parts, "anyam"), " · ")
}

// says tells whether there is something to say above the content.
func (c Chrome) says() bool {
	return c.Notice != "" || c.Problem != "" || c.Past != nil || c.Project != nil && c.Project.Archived
}

// entry is one entry of the project's navigation.
type entry struct{ key, href, name, count string }

func (c Chrome) entries() []entry {
	p := c.Project
	return []entry{
		{"overview", at(p.ID), c.T("nav.overview"), ""},
		{"documents", at(p.ID, "documents"), c.T("nav.documents"), p.Documents},
		{"codebook", at(p.ID, "codebook"), c.T("nav.codebook"), p.Codes},
		{"themes", at(p.ID, "themes"), c.T("themes.title"), ""},
		{"ask", at(p.ID, "ask"), c.T("nav.ask"), ""},
		{"review", at(p.ID, "review"), c.T("nav.review"), p.Review},
	}
}

// more are the entries of the navigation that are looked for now and then.
func (c Chrome) more() []entry {
	p := c.Project
	return []entry{
		{"theory", at(p.ID, "theory"), c.T("nav.theory"), ""},
		{"drafts", at(p.ID, "drafts"), c.T("drafts.title"), ""},
		{"trust", at(p.ID, "trust"), c.T("trust.title"), ""},
		{"export", at(p.ID, "export"), c.T("nav.export"), ""},
		{"history", at(p.ID, "history"), c.T("nav.history"), ""},
		{"members", at(p.ID, "members"), c.T("nav.members"), ""},
		{"settings", at(p.ID, "settings"), c.T("nav.settings"), ""},
	}
}

// pastEntries are the pages that count, as of the draft that is shown.
func (c Chrome) pastEntries() []entry {
	p := c.Project
	var r []entry
	for _, e := range []entry{
		{"overview", at(p.ID), c.T("nav.overview"), ""},
		{"documents", at(p.ID, "documents"), c.T("nav.documents"), ""},
		{"informants", at(p.ID, "informants"), c.T("informants.title"), ""},
		{"codebook", at(p.ID, "codebook"), c.T("nav.codebook"), ""},
		{"themes", at(p.ID, "themes"), c.T("themes.title"), ""},
		{"ask", at(p.ID, "ask"), c.T("nav.ask"), ""},
		{"theory", at(p.ID, "theory"), c.T("nav.theory"), ""},
	} {
		e.href += "?draft=" + number(c.Past.Draft)
		r = append(r, e)
	}
	return r
}

// within tells whether the current page is one of the entries.
func (c Chrome) within(all []entry) bool {
	return slices.ContainsFunc(all, func(e entry) bool { return e.key == c.Active })
}

// current is the value of aria-current for an entry of the navigation.
func (c Chrome) current(key string) string {
	if key == c.Active {
		return "page"
	}
	return "false"
}

// at is the address of something in a project.
func at(project int, rest ...string) string {
	return strings.Join(append([]string{"/projects/" + strconv.Itoa(project)}, rest...), "/")
}

func number(n int) string { return strconv.Itoa(n) }

// turnPlace is a document's last path element with the place where the reader stopped.
func turnPlace(d ReadingOn) string {
	if d.Turn == 0 {
		return number(d.ID)
	}
	return number(d.ID) + "#t" + number(d.Turn)
}
