package page

import "anyam/internal/i18n"

// Projects is what the page /projects shows.
type Projects struct {
	Rows     []ProjectRow // those the reader is in, the one touched last first
	Archived []ProjectRow
}

// ProjectRow is one project of the list.
type ProjectRow struct {
	ID          int
	Name        string
	Description string
	Role        string // owner, researcher or supervisor
	Documents   int
	Codes       int
	Codings     int // those the reader may see
	People      int
	Touched     string // "today 10:14"
}

// NewProject is what the page /projects/new shows; the values are those typed before.
type NewProject struct {
	Name, Description string
	Language          string // of the texts, a BCP 47 tag
	Method            string // reflexive, codebook or reliability
}

// Settings is what the page /projects/{p}/settings shows.
type Settings struct {
	Name, Description, Language, Method string
	Archived                            bool
	Owner                               bool     // may change all this
	Heirs                               []Choice // coders the project can be handed to
	Typed                               string   // what was typed as the name when deleting was refused
}

// way is one of a few ways of which one holds.
type way struct{ value, name, why string }

// methods are the ways a project can be analysed.
func methods(c Chrome) []way {
	return []way{
		{"reflexive", c.T("method.reflexive"), c.T("method.reflexive.why")},
		{"codebook", c.T("method.codebook"), c.T("method.codebook.why")},
		{"reliability", c.T("method.reliability"), c.T("method.reliability.why")},
	}
}

// methodName is the name of a method in the reader's language.
func methodName(c Chrome, method string) string {
	for _, m := range methods(c) {
		if m.value == method {
			return m.name
		}
	}
	return method
}

// textLanguages are the languages a text can be in; chosen is among them even
// when it is not one of the usual ones.
func textLanguages(c Chrome, chosen string) []Choice {
	out, found := []Choice{}, false
	for _, l := range i18n.TextLanguages {
		out = append(out, Choice{Value: l, Label: c.L.Language(l)})
		found = found || l == chosen
	}
	if !found && chosen != "" {
		out = append(out, Choice{Value: chosen, Label: c.L.Language(chosen)})
	}
	return out
}

// role is the name of a role in the reader's language.
func role(c Chrome, r string) string {
	switch r {
	case "owner", "researcher", "supervisor":
		return c.T("role." + r)
	}
	return c.T("role.none")
}

func roles(c Chrome) []way {
	return []way{
		{"researcher", c.T("role.researcher"), c.T("role.researcher.why")},
		{"supervisor", c.T("role.supervisor"), c.T("role.supervisor.why")},
		{"owner", c.T("role.owner"), c.T("role.owner.why")},
	}
}
