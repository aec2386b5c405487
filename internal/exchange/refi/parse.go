package refi

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// A kind is what a GUID of the file names.
type kind uint8

const (
	kNone kind = iota
	kCoder
	kCode
	kAttribute
	kCase
	kDocument
	kSelection
	kCoding
	kMemo
	kLink
	kSet
	kGraph
	kVertex
	kEdge
	kTime
	kGone // something that stays behind
)

// noPosition stands for a position that was no number.
const noPosition = math.MinInt

// A reader turns one file into a Project. It walks the XML once, straight into the Project, with positions as they are in the
// file and references as they come; then texts are read and positions placed; then references are resolved.
type reader struct {
	o   Options
	l   Limits
	a   *archive
	dir string // of the .qde in the zip, with a slash at its end
	s   *scanner
	p   *Project
	rep *Report

	seen  map[string]int
	added map[string]int

	ids   map[GUID]kind
	alias map[kind]map[GUID]GUID // GUIDs that mean another thing of that kind

	docs  []*reading
	memos []*reading
	notes []noteRef
	gone  map[GUID]GUID // selections and codings that went, to the document they were in

	made     int               // GUIDs minted so far
	noteRefs int               // kept
	cases    map[GUID]int      // codes that are cases as well
	folded   map[GUID]GUID     // nameless cases, to the document that has their values
	has      map[[2]GUID]Value // of a document for an attribute: the first
	linkIDs  map[GUID]bool
	first    Positions  // the way of the file's program
	known    *Positions // what the file says of itself
	runes    []rune     // see runesOf
	budget   int        // bytes that may be looked through for words of a PDF

}

// A noteRef is a NoteRef and the thing it stands in.
type noteRef struct {
	owner Target
	note  GUID
}

// A reading is a document or memo whose text is still to be found.
type reading struct {
	d       *Document
	element string
	on      TargetKind
	inline  string
	inlined bool
	areas   []area // of a PDF
	synced  []synced
	memo    *Memo
	shown   bool            // a PDF that has a Representation
	from    map[GUID]string // elements of selections that were not PlainTextSelection
	styled  *Styled         // the styled file, where it may have remarks in its margin
}

// An area is a PDFSelection, until its words are known.
type area struct {
	sel   Selection
	words string
	path  string // of a file with its words, where they are not in the XML
	raw   []byte // of its GUID
}

// A synced selection of a transcript goes from one time to another.
type synced struct {
	sel      Selection
	from, to GUID
}

func (r *reader) see(element string) { r.seen[element]++ }

func (r *reader) lose(element string, reason Reason, n int, example string) {
	r.rep.note(Gone, element, reason, n, example)
}

func (r *reader) alter(element string, reason Reason, n int, example string) {
	r.rep.note(Altered, element, reason, n, example)
}

func (r *reader) join(element string, reason Reason, n int, example string) {
	r.rep.note(Joined, element, reason, n, example)
}

// key makes any identifier a GUID.
func key(raw string) (g GUID, proper bool) {
	if g, ok := ParseGUID(raw); ok && !g.IsZero() {
		return g, true
	}
	if raw = strings.ToLower(strings.Trim(strings.TrimSpace(raw), "{}")); raw == "" {
		return GUID{}, false
	}
	return NameGUID(minted, "id "+raw), false
}

// ref reads a reference.
func (r *reader) ref(raw []byte) GUID {
	if g, ok := ParseGUID(string(raw)); ok {
		return g
	}
	s, err := r.s.string(raw)
	if err != nil {
		return GUID{}
	}
	g, _ := key(s)
	return g
}

// own reads the identifier of a thing and makes sure that it names this thing alone.
func (r *reader) own(raw []byte, k kind, element, name string) GUID {
	s, _ := r.s.string(raw)
	g, proper := key(s)
	if g.IsZero() {
		r.made++
		g = NameGUID(minted, "made "+strconv.Itoa(r.made)+" "+element)
		r.alter(element, MintedID, 1, name)
	} else if !proper {
		r.alter(element, OtherID, 1, s)
	}
	return r.unique(g, k, element, name)
}

func (r *reader) unique(g GUID, k kind, element, name string) GUID {
	was := r.ids[g]
	if was == kNone {
		r.ids[g] = k
		return g
	}
	old := g
	for r.ids[g] != kNone {
		r.made++
		g = NameGUID(old, "again "+strconv.Itoa(r.made)+" "+element)
	}
	r.ids[g] = k
	if was != k {
		r.setAlias(k, old, g)
	}
	r.alter(element, TwiceID, 1, name)
	return g
}

func (r *reader) setAlias(k kind, old, now GUID) {
	if r.alias[k] == nil {
		r.alias[k] = map[GUID]GUID{}
	}
	if _, there := r.alias[k][old]; !there {
		r.alias[k][old] = now
	}
}

// resolve gives the thing of a kind that a reference means; ok is false when there is none.
func (r *reader) resolve(k kind, g GUID) (GUID, bool) {
	for range 8 { // an alias of an alias: a selection that was joined twice
		now, there := r.alias[k][g]
		if !there {
			break
		}
		g = now
	}
	return g, r.ids[g] == k
}

// why is the reason that a reference of a kind resolves to nothing.
func (r *reader) why(g GUID) Reason {
	if r.ids[g] == kGone {
		return GoneThing
	}
	return NoSuchThing
}

// odd counts an attribute that the schema does not have.
func (r *reader) odd(element string, a attr) {
	switch string(a.prefix) {
	case "xml", "xsi":
		return
	}
	r.lose(element+"/@"+string(a.name), Unknown, 1, "")
}

// stamp reads one of the four attributes of makers and dates.
func (r *reader) stamp(st *Stamp, a attr) bool {
	switch string(a.name) {
	case "creatingUser", "creatingUserGUID":
		st.Coder = r.ref(a.value)
	case "modifyingUser", "modifyingUserGUID":
		st.Editor = r.ref(a.value)
	case "creationDateTime":
		st.Created = r.time(a.value)
	case "modifiedDateTime":
		st.Modified = r.time(a.value)
	default:
		return false
	}
	return true
}

// stamps reads those of one thing.
func (r *reader) stamps(st *Stamp) func(attr) bool {
	return func(a attr) bool { return r.stamp(st, a) }
}

// A field is where the text of an attribute goes.
type field struct {
	name string
	to   *string
}

// attrs reads the attributes of the element that began last, whose GUID comes back as it stands. What is not among the fields
// is given to other, which says whether the schema has it; nil stands for no others.
func (r *reader) attrs(element string, other func(attr) bool, fields ...field) (id []byte, err error) {
next:
	for _, a := range r.s.attrs {
		if string(a.name) == "guid" {
			id = a.value
			continue
		}
		for _, f := range fields {
			if string(a.name) == f.name {
				if *f.to, err = r.s.string(a.value); err != nil {
					return id, err
				}
				continue next
			}
		}
		if other == nil || !other(a) {
			r.odd(element, a)
		}
	}
	return id, nil
}

func (r *reader) time(raw []byte) time.Time {
	s := strings.TrimSpace(string(raw))
	if s == "" {
		return time.Time{}
	}
	t, zoned, ok := parseTime(s)
	switch {
	case !ok:
		r.lose("dateTime", UnreadableDate, 1, s)
	case !zoned:
		r.alter("dateTime", NoZone, 1, s)
	}
	return t
}

// parseTime reads an xsd:dateTime, and what programs write for one.
func parseTime(s string) (t time.Time, zoned, ok bool) {
	defer func() { // XML has no year 0, and a zone can lead out of the four digits
		if y := t.Year(); ok && (y < 1 || y > 9999 || t.IsZero()) {
			t, ok = time.Time{}, false
		}
	}()
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), true, true
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, false, true
		}
	}
	return time.Time{}, false, false
}

func (r *reader) colour(raw []byte, element string) string {
	s, _ := r.s.string(raw)
	c, plain, ok := parseColour(s)
	switch {
	case strings.TrimSpace(s) == "":
	case !ok:
		r.lose(element+"/@color", UnknownColour, 1, s)
	case !plain:
		r.alter(element+"/@color", ColourRead, 1, s)
	}
	return c
}

// name reads a string attribute.
func (r *reader) name(raw []byte) (string, error) { return r.s.string(raw) }

// behind passes over the element that began last and counts it, and everything in it, as lost.
func (r *reader) behind(reason Reason, example string) error {
	depth := r.s.depth
	var path []string
	one := func() error {
		name := string(r.s.name)
		parent := ""
		if len(path) > 0 {
			parent = path[len(path)-1]
		}
		known := r.s.ours && ranks[name] > 0
		if name == "Description" && known {
			path = append(path, name)
			return nil // counted by its text
		}
		if !known {
			if reason == Unknown {
				r.lose(name, Unknown, 1, example)
			}
		} else if name != "CodeRef" || parent != "Coding" {
			r.see(name)
			r.lose(name, reason, 1, example)
			for _, a := range r.s.attrs {
				if string(a.name) == "guid" {
					if g := r.ref(a.value); !g.IsZero() && r.ids[g] == kNone {
						r.ids[g] = kGone
					}
				}
			}
		}
		path = append(path, name)
		return nil
	}
	if err := one(); err != nil {
		return err
	}
	described := false
	for r.s.depth >= depth {
		t, err := r.s.next()
		if err != nil {
			return err
		}
		switch t {
		case tokStart:
			described = false
			if err := one(); err != nil {
				return err
			}
		case tokText:
			if n := len(path); n > 0 && path[n-1] == "Description" && !described && len(r.s.raw) > 0 {
				described = true
				r.see("Description")
				r.lose("Description", reason, 1, "")
			}
		case tokEnd:
			described = false
			path = path[:len(path)-1]
		}
	}
	return nil
}

// unknown passes over an element that the schema does not have here.
func (r *reader) unknown() error { return r.behind(Unknown, "") }

// words reads an element's text.
func (r *reader) words() (string, error) { return r.s.content(r.l.Text, r.unknown) }

func (r *reader) description(to *string) error {
	s, err := r.words()
	if err != nil {
		return err
	}
	s = unixEnds(s)
	if s != "" {
		r.see("Description")
	}
	r.describe(to, s)
	return nil
}

// describe adds a description to one that may be there.
func (r *reader) describe(to *string, more string) {
	if *to != "" && more != "" {
		*to += "\n\n"
		r.join("Description", SameThing, 1, "")
	}
	*to += more
}

// unixEnds makes CRLF and CR LF.
func unixEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// target reads an element that is only a reference.
func (r *reader) target() (GUID, error) {
	var g GUID
	for _, a := range r.s.attrs {
		switch string(a.name) {
		case "targetGUID", "guid": // a codebook's MemberCode has guid
			g = r.ref(a.value)
		default:
			r.odd(string(r.s.name), a)
		}
	}
	return g, r.s.each(r.unknown)
}

// into reads such an element into a list.
func (r *reader) into(list *[]GUID) error {
	r.see(string(r.s.name))
	g, err := r.target()
	*list = append(*list, g)
	return err
}

func (r *reader) noteRef(owner Target) error {
	r.see("NoteRef")
	g, err := r.target()
	r.notes = append(r.notes, noteRef{owner, g})
	return err
}

// file reads the root and everything in it.
func (r *reader) file() error {
	for {
		t, err := r.s.next()
		if err != nil {
			return err
		}
		if t == tokEOF {
			return errors.New("there is no XML in it")
		}
		if t == tokStart {
			break
		}
	}
	r.rep.Root, r.rep.Namespace = string(r.s.name), r.s.root
	switch {
	case strings.EqualFold(r.rep.Root, "html"):
		return bad(BadWebPage, "", nil)
	case r.rep.Root == "Project" && r.s.ours:
		if err := r.project(); err != nil {
			return err
		}
	case r.rep.Root == "CodeBook" && r.s.ours:
		for _, a := range r.s.attrs {
			if string(a.name) == "origin" {
				r.p.Origin, _ = r.name(a.value)
			} else {
				r.odd("CodeBook", a)
			}
		}
		if err := r.codebook(); err != nil {
			return err
		}
	default:
		return bad(BadRoot, "", errors.New("its root is "+clip(r.rep.Root, 40)))
	}
	// Nothing may follow, but what follows must be looked at to know.
	for {
		if t, err := r.s.next(); err != nil || t == tokEOF {
			return err
		}
	}
}

func (r *reader) project() error {
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "name":
			r.p.Name, err = r.name(a.value)
		case "origin":
			r.p.Origin, err = r.name(a.value)
		case "basePath":
			r.p.BasePath, err = r.name(a.value)
		default:
			if !r.stamp(&r.p.Stamp, a) {
				r.odd("Project", a)
			}
		}
		if err != nil {
			return err
		}
	}
	return r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		switch string(r.s.name) {
		case "Users":
			return r.list("User", r.user)
		case "CodeBook":
			return r.codebook()
		case "Variables":
			return r.list("Variable", r.variable)
		case "Cases":
			return r.list("Case", r.oneCase)
		case "Sources":
			return r.sources()
		case "Notes":
			return r.list("Note", r.note)
		case "Links":
			return r.list("Link", r.link)
		case "Sets":
			return r.list("Set", r.set)
		case "Graphs":
			return r.list("Graph", r.graph)
		case "Description":
			return r.description(&r.p.Description)
		case "NoteRef":
			return r.noteRef(Target{Kind: OnProject})
		}
		return r.unknown()
	})
}

// list reads the children of one name.
func (r *reader) list(name string, one func() error) error {
	return r.s.each(func() error {
		if !r.s.ours || string(r.s.name) != name {
			return r.unknown()
		}
		r.see(name)
		return one()
	})
}
