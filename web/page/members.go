package page

// Members is what the page /projects/{p}/members shows.
type Members struct {
	Rows        []Member
	Invitations []Invitation // open ones, for owners
	Link        *OnceLink    // of the invitation made just now
	Owner       bool         // may invite, change and remove
	MayLeave    bool         // a last owner may not
	Reliability bool         // the project measures agreement, so blind work is explained
	Role        string       // chosen for an invitation before it was refused
	Email       string
}

// Member is one coder of the project.
type Member struct {
	Coder       int
	Name        string
	Initials    string
	Email       string // empty for a placeholder, and for those who may not see it
	Role        string // owner, researcher, supervisor, or empty for one who has left
	Blind       bool   // sees their own codings alone
	Me          bool
	Placeholder bool // came with an import or the demo and can't sign in
	Codings     int  // -1 where the reader may not know
	Seen        string
}

// Invitation is a link that has not been used yet.
type Invitation struct {
	ID    int
	Role  string
	Email string
	By    string // name of who made it
	Until string // "19 March 2026"
}

func (v Members) here() []Member {
	var out []Member
	for _, m := range v.Rows {
		if m.Role != "" {
			out = append(out, m)
		}
	}
	return out
}

func (v Members) gone() []Member {
	var out []Member
	for _, m := range v.Rows {
		if m.Role == "" {
			out = append(out, m)
		}
	}
	return out
}

// Access is what the page /projects/{p}/access shows to owners.
type Access struct {
	Rows  []AccessRow // newest first
	Older string      // address of the next page, empty for none
}

// AccessRow is one thing somebody opened, searched or took along.
type AccessRow struct {
	When  string // "today 10:14"
	Exact string // "12 March 2026, 10:14 WITA"
	Who   string
	What  string // "opened P04 Seafood snacks"
}
