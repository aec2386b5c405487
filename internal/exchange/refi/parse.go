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

	texts    map[string]*Document // by entry of the zip, to know a transcript that is a document as well
	made     int                  // GUIDs minted so far
	noteRefs int                  // kept
	cases    map[GUID]int         // codes that are cases as well
	folded   map[GUID]GUID        // nameless cases, to the document that has their values
	has      map[[2]GUID]Value    // of a document for an attribute: the first
	first    Positions            // the way of the file's program
	budget   int                  // bytes that may be looked through for words of a PDF

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
}

// An area is a PDFSelection, until its words are known.
type area struct {
	sel   Selection
	words string
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
	if s == "" {
		return nil
	}
	r.see("Description")
	if *to != "" {
		*to += "\n\n"
		r.join("Description", SameThing, 1, "")
	}
	*to += s
	return nil
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

func (r *reader) user() error {
	var c Coder
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			c.Name, err = r.name(a.value)
		case "id":
			c.ID, err = r.name(a.value)
		default:
			r.odd("User", a)
		}
		if err != nil {
			return err
		}
	}
	c.GUID = r.own(id, kCoder, "User", c.Name)
	r.p.Coders = append(r.p.Coders, c)
	return r.s.each(r.unknown)
}

func (r *reader) codebook() error {
	return r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Codes":
				return r.codes(&r.p.Codes)
			case "Sets": // of a codebook file
				return r.list("Set", r.set)
			}
		}
		return r.unknown()
	})
}

func (r *reader) codes(to *[]Code) error {
	return r.list("Code", func() error { return r.code(to) })
}

func (r *reader) code(to *[]Code) error {
	c := Code{Codable: true}
	var id []byte
	said := false
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			c.Name, err = r.name(a.value)
		case "isCodable":
			switch strings.ToLower(strings.TrimSpace(string(a.value))) {
			case "true", "1":
				said = true
			case "false", "0":
				said, c.Codable = true, false
			}
		case "color":
			c.Colour = r.colour(a.value, "Code")
		default:
			r.odd("Code", a)
		}
		if err != nil {
			return err
		}
	}
	c.GUID = r.own(id, kCode, "Code", c.Name)
	if !said {
		r.alter("Code", CodableRead, 1, c.Name)
	}
	err := r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Description":
				return r.description(&c.Description)
			case "NoteRef":
				return r.noteRef(Target{OnCode, c.GUID})
			case "Code":
				r.see("Code")
				return r.code(&c.Children)
			}
		}
		return r.unknown()
	})
	*to = append(*to, c)
	return err
}

func (r *reader) variable() error {
	v := Attribute{}
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			v.Name, err = r.name(a.value)
		case "typeOfVariable":
			for _, t := range valueTypes {
				if strings.EqualFold(strings.TrimSpace(string(a.value)), string(t)) {
					v.Type = t
				}
			}
		default:
			r.odd("Variable", a)
		}
		if err != nil {
			return err
		}
	}
	if v.Type == "" {
		v.Type = TextValue
		r.alter("Variable", TypeRead, 1, v.Name)
	}
	v.GUID = r.own(id, kAttribute, "Variable", v.Name)
	err := r.s.each(func() error {
		if r.s.ours && string(r.s.name) == "Description" {
			return r.description(&v.Description)
		}
		return r.unknown()
	})
	r.p.Attributes = append(r.p.Attributes, v)
	return err
}

var valueTypes = []ValueType{TextValue, BooleanValue, IntegerValue, FloatValue, DateValue, DateTimeValue}

func (r *reader) value(to *[]Value) error {
	r.see("VariableValue")
	var v Value
	err := r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		name := string(r.s.name)
		if name == "VariableRef" {
			g, err := r.target()
			v.Attribute = g
			return err
		}
		for _, t := range valueTypes {
			if name == string(t)+"Value" && v.Type == "" {
				s, err := r.words()
				v.Type, v.Text = t, unixEnds(s)
				return err
			}
		}
		return r.unknown()
	})
	*to = append(*to, v)
	return err
}

func (r *reader) oneCase() error {
	var c Case
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			c.Name, err = r.name(a.value)
		default:
			r.odd("Case", a)
		}
		if err != nil {
			return err
		}
	}
	// NVivo gives a case that is also among the codes one GUID; resolveCases looks at these.
	s, _ := r.s.string(id)
	if g, _ := key(s); r.ids[g] == kCode {
		c.GUID = g
	} else {
		c.GUID = r.own(id, kCase, "Case", c.Name)
	}
	err := r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		name := string(r.s.name)
		switch name {
		case "Description":
			return r.description(&c.Description)
		case "VariableValue":
			return r.value(&c.Values)
		case "CodeRef", "SourceRef", "SelectionRef":
			r.see(name)
			g, err := r.target()
			to := map[string]*[]GUID{"CodeRef": &c.Codes, "SourceRef": &c.Documents, "SelectionRef": &c.Selections}[name]
			*to = append(*to, g)
			return err
		}
		return r.unknown()
	})
	r.p.Cases = append(r.p.Cases, c)
	return err
}

func (r *reader) set() error {
	var c Set
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			c.Name, err = r.name(a.value)
		default:
			r.odd("Set", a)
		}
		if err != nil {
			return err
		}
	}
	c.GUID = r.own(id, kSet, "Set", c.Name)
	err := r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		name := string(r.s.name)
		switch name {
		case "Description":
			return r.description(&c.Description)
		case "MemberCode", "MemberSource", "MemberNote":
			r.see(name)
			g, err := r.target()
			to := map[string]*[]GUID{"MemberCode": &c.Codes, "MemberSource": &c.Documents, "MemberNote": &c.Memos}[name]
			*to = append(*to, g)
			return err
		}
		return r.unknown()
	})
	r.p.Sets = append(r.p.Sets, c)
	return err
}

func (r *reader) link() error {
	var l Link
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			l.Name, err = r.name(a.value)
		case "direction":
			l.Direction = r.oneOf("Link", a, "Associative", "OneWay", "Bidirectional")
		case "color":
			l.Colour = r.colour(a.value, "Link")
		case "originGUID":
			l.From = r.ref(a.value)
		case "targetGUID":
			l.To = r.ref(a.value)
		default:
			r.odd("Link", a)
		}
		if err != nil {
			return err
		}
	}
	l.GUID = r.own(id, kLink, "Link", l.Name)
	err := r.s.each(func() error {
		if r.s.ours && string(r.s.name) == "NoteRef" {
			return r.noteRef(Target{OnLink, l.GUID})
		}
		return r.unknown()
	})
	r.p.Links = append(r.p.Links, l)
	return err
}

// oneOf reads one of a few words, whatever its case.
func (r *reader) oneOf(element string, a attr, words ...string) string {
	s := strings.TrimSpace(string(a.value))
	for _, w := range words {
		if strings.EqualFold(w, s) {
			return w
		}
	}
	if s != "" {
		r.lose(element+"/@"+string(a.name), Unknown, 1, s)
	}
	return ""
}

var shapes = []string{"Person", "Oval", "Rectangle", "RoundedRectangle", "Star", "LeftTriangle", "RightTriangle", "UpTriangle", "DownTriangle", "Note"}

func (r *reader) graph() error {
	var g Graph
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			g.Name, err = r.name(a.value)
		default:
			r.odd("Graph", a)
		}
		if err != nil {
			return err
		}
	}
	g.GUID = r.own(id, kGraph, "Graph", g.Name)
	err := r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "Vertex":
				r.see("Vertex")
				return r.vertex(&g)
			case "Edge":
				r.see("Edge")
				return r.edge(&g)
			}
		}
		return r.unknown()
	})
	r.p.Graphs = append(r.p.Graphs, g)
	return err
}

func (r *reader) vertex(g *Graph) error {
	var v Vertex
	var id []byte
	var second [2]int
	has := 0
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			v.Name, err = r.name(a.value)
		case "representedGUID":
			v.Of = r.ref(a.value)
		case "firstX":
			v.First[0] = coordinate(a.value)
		case "firstY":
			v.First[1] = coordinate(a.value)
		case "secondX":
			second[0] = coordinate(a.value)
			has++
		case "secondY":
			second[1] = coordinate(a.value)
			has++
		case "shape":
			v.Shape = r.oneOf("Vertex", a, shapes...)
		case "color":
			v.Colour = r.colour(a.value, "Vertex")
		default:
			r.odd("Vertex", a)
		}
		if err != nil {
			return err
		}
	}
	if has == 2 {
		v.Second = &second
	}
	v.GUID = r.own(id, kVertex, "Vertex", v.Name)
	g.Vertices = append(g.Vertices, v)
	return r.s.each(r.unknown)
}

// coordinate reads a place in a drawing: an integer, and what programs write for one.
func coordinate(raw []byte) int {
	f, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e9 {
		return 0
	}
	return int(math.Round(f))
}

func (r *reader) edge(g *Graph) error {
	var e Edge
	var id []byte
	for _, a := range r.s.attrs {
		var err error
		switch string(a.name) {
		case "guid":
			id = a.value
		case "name":
			e.Name, err = r.name(a.value)
		case "representedGUID":
			e.Of = r.ref(a.value)
		case "sourceVertex":
			e.From = r.ref(a.value)
		case "targetVertex":
			e.To = r.ref(a.value)
		case "color":
			e.Colour = r.colour(a.value, "Edge")
		case "direction":
			e.Direction = r.oneOf("Edge", a, "Associative", "OneWay", "Bidirectional")
		case "lineStyle":
			e.Style = r.oneOf("Edge", a, "dotted", "dashed", "solid")
		default:
			r.odd("Edge", a)
		}
		if err != nil {
			return err
		}
	}
	e.GUID = r.own(id, kEdge, "Edge", e.Name)
	g.Edges = append(g.Edges, e)
	return r.s.each(r.unknown)
}
