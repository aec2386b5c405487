package page

// Overview is what the page /projects/{p} shows. Numbers are plain; the page
// makes the sentences.
type Overview struct {
	Description string
	Method      string // reflexive, codebook or reliability
	MayCode     bool   // owners and researchers
	MayInvite   bool
	Reading     []ReadingOn // documents begun and not finished, the last one touched first
	Unread      int         // documents not begun
	NextUnread  *ReadingOn  // the first of them
	Loose       []NodeRef   // codes in no theme, newest first
	Undefined   []NodeRef   // codes without a definition, newest first
	Documents   int
	Words       int
	Codes       int
	Codings     int // those the reader may see
	Themes      int
	Finished    int // documents the reader has read through
	Coded       int // documents with a coding the reader may see
	Blind       bool
	Lately      []Lately // newest first
	Since       *SinceVisit
	Review      []Waiting
	Approved    int // themes whose approval stands
}

// ReadingOn is a document and how far the reader is in it.
type ReadingOn struct {
	ID   int
	Name string
	Read float64 // share read, 0 to 1
	Turn int     // where they stopped, 0 when not begun
}

// NodeRef names a code.
type NodeRef struct {
	ID   int
	Name string
}

// Lately is one entry of the ledger as a sentence.
type Lately struct {
	Initials string
	Name     string
	What     string // "moved “Portal timeouts” to Digital barrier", without the name
	When     string // "today 10:14"
	Exact    string
	Seq      int
	Segments string // as in HistoryEntry
}

type waiting struct{ what, why, act, href string }

func (v Overview) waiting(c Chrome) []waiting {
	p, out := c.Project.ID, []waiting{}
	for _, w := range v.Review {
		out = append(out, waiting{w.What, w.Why, w.Act, w.Href})
	}
	for i, d := range v.Reading {
		if i == 3 {
			break
		}
		out = append(out, waiting{d.Name, c.T("overview.stopped", "share", c.L.Percent(d.Read), "turn", d.Turn),
			c.T("overview.resume"), at(p, "documents", turnPlace(d))})
	}
	if v.NextUnread != nil {
		out = append(out, waiting{c.N("overview.unread", v.Unread), c.T("overview.unread.why", "name", v.NextUnread.Name),
			c.T("overview.unread.do"), at(p, "documents", turnPlace(*v.NextUnread))})
	}
	if len(v.Loose) > 0 && v.MayCode {
		out = append(out, waiting{c.N("overview.loose", len(v.Loose)), c.T("overview.loose.why", "name", v.Loose[0].Name),
			c.T("overview.loose.do"), at(p, "codebook")})
	}
	if len(v.Undefined) > 0 && v.MayCode {
		out = append(out, waiting{c.N("overview.undefined", len(v.Undefined)), c.T("overview.undefined.why", "name", v.Undefined[0].Name),
			c.T("overview.undefined.do"), at(p, "codebook?node="+number(v.Undefined[0].ID))})
	}
	return out
}

type phase struct{ name, how, state string }

// phases follow the six of Braun and Clarke (2006), lightly: what can be
// counted says how far it is, and none is ever closed.
func (v Overview) phases(c Chrome) []phase {
	state := func(done, all int) string {
		switch {
		case all > 0 && done >= all:
			return "done"
		case done > 0:
			return "now"
		}
		return ""
	}
	of := func(done int) string {
		if v.Documents == 0 {
			return ""
		}
		return c.T("overview.of", "done", done, "all", v.Documents)
	}
	themes, phaseThemes := "", ""
	if v.Themes > 0 {
		themes, phaseThemes = c.N("count.themes", v.Themes), "now"
	}
	approved := ""
	if v.Approved > 0 {
		approved = c.T("overview.of", "done", v.Approved, "all", v.Themes)
	}
	return []phase{
		{c.T("phase.read"), of(v.Finished), state(v.Finished, v.Documents)},
		{c.T("phase.code"), of(v.Coded), state(v.Coded, v.Documents)},
		{c.T("phase.themes"), themes, phaseThemes},
		{c.T("phase.review"), approved, state(v.Approved, v.Themes)},
		{c.T("phase.define"), "", ""},
		{c.T("phase.write"), "", ""},
	}
}

func (p phase) say(c Chrome) string {
	switch p.state {
	case "done":
		return c.T("phase.done")
	case "now":
		return c.T("phase.now")
	}
	return ""
}

func (v Overview) empty() bool { return v.Documents == 0 }
