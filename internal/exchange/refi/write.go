package refi

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// A Profile is how a file is to be written for the program that will read it.
type Profile string

// The profiles.
const (
	Standard Profile = "standard" // LF, code points
	NVivo    Profile = "nvivo"    // LF, UTF-16 units; the same as Standard unless a text has characters beyond U+FFFF
	Atlasti  Profile = "atlasti"  // CRLF that counts as one, code points
)

// Profiles are all of them.
var Profiles = []Profile{Standard, NVivo, Atlasti}

// An Unsound project was not written, because it would not come back as it is.
type Unsound struct{ Problems []Problem }

// Error names the first few problems.
func (u *Unsound) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the project can't be written: %d problems", len(u.Problems))
	for i, p := range u.Problems {
		if i == 3 {
			b.WriteString("; …")
			break
		}
		b.WriteString("; " + p.String())
	}
	return b.String()
}

// nameChars is how much of the words a selection's name shows.
const nameChars = 100

// Write writes a project as .qdpx. Set Origin to the name and version of your program first. The report tells what the
// format has no place for. The same project gives the same bytes.
func Write(out io.Writer, p *Project, profile Profile) (*Report, error) {
	if profile != Standard && profile != NVivo && profile != Atlasti {
		return nil, fmt.Errorf("refi: there is no profile %q", profile)
	}
	ids, err := sound(p)
	if err != nil {
		return nil, err
	}
	z := zip.NewWriter(out)
	// Less time than the usual level takes, for a few parts in a hundred more bytes. An entry is closed before the next
	// begins, so that one compressor with its megabyte does for all.
	deflate, err := flate.NewWriter(io.Discard, 3)
	if err != nil {
		return nil, err
	}
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		deflate.Reset(w)
		return deflate, nil
	})
	entry := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	}
	e, err := entry("project.qde")
	if err != nil {
		return nil, err
	}
	w := newWriter(e, p, profile, ids)
	w.project()
	if err := w.b.Flush(); err != nil {
		return nil, err
	}
	for _, f := range w.files {
		e, err := entry("sources/" + f.name)
		if err != nil {
			return nil, err
		}
		text := f.text
		if profile == Atlasti {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if _, err := io.WriteString(e, text); err != nil {
			return nil, err
		}
	}
	for _, x := range p.Extras {
		e, err := entry(x.Name)
		if err != nil {
			return nil, err
		}
		if _, err := e.Write(x.Data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return w.finish(), nil
}

// WriteCodebook writes the codes and the sets of codes as .qdc. The report tells what a codebook has no place for. A
// codebook without codes can't be written.
func WriteCodebook(out io.Writer, p *Project) (*Report, error) {
	ids, err := sound(p)
	if err != nil {
		return nil, err
	}
	if len(p.Codes) == 0 {
		return nil, &Unsound{[]Problem{{Rule: "no-codes", Element: "CodeBook", Fatal: true}}}
	}
	w := newWriter(out, p, Standard, ids)
	w.codebookFile()
	if err := w.b.Flush(); err != nil {
		return nil, err
	}
	return w.finish(), nil
}

// sound gives the GUIDs of a project that can be written.
func sound(p *Project) (map[GUID]kind, error) {
	c := check(p)
	var fatal []Problem
	for _, x := range c.out {
		if x.Fatal {
			fatal = append(fatal, x)
		}
	}
	if len(fatal) > 0 {
		return nil, &Unsound{fatal}
	}
	return c.ids, nil
}

// A writer writes XML, element by element in the order of the schema.
type writer struct {
	b       *bufio.Writer
	p       *Project
	profile Profile
	rep     *Report
	depth   int
	open    bool // the start of an element is not closed yet
	names   []string
	kept    map[string]int
	ids     map[GUID]kind
	odd     int
	files   []sourceFile
	memosOn map[Target][]GUID
	scratch []byte
}

type sourceFile struct{ name, text string }

func newWriter(out io.Writer, p *Project, profile Profile, ids map[GUID]kind) *writer {
	w := &writer{b: bufio.NewWriterSize(out, 1<<16), p: p, profile: profile, ids: ids, rep: &Report{Origin: p.Origin, Vendor: vendorOf(p.Origin), Charset: "utf-8"},
		kept: map[string]int{}, memosOn: map[Target][]GUID{}}
	for i := range p.Memos {
		for _, t := range p.Memos[i].On {
			w.memosOn[t] = append(w.memosOn[t], p.Memos[i].GUID)
		}
	}
	return w
}

func (w *writer) finish() *Report {
	w.rep.note(Altered, "file", OddChars, w.odd, "")
	seen := map[string]int{}
	for e, n := range w.kept {
		seen[e] = n
	}
	for _, it := range w.rep.Items {
		if it.Fate == Gone {
			seen[it.Element] += it.Count
		}
	}
	w.rep.finish(seen, w.kept)
	return w.rep
}

func (w *writer) lose(element string, reason Reason, n int, example string) {
	w.rep.note(Gone, element, reason, n, example)
}

// root begins the file.
func (w *writer) root(name, space string) {
	w.rep.Root, w.rep.Namespace = name, space
	w.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<!--" + remarks[w.profile] + "-->")
	w.start(name)
	w.attr("xmlns", space, true)
}

// project writes the root and everything in it.
func (w *writer) project() {
	p := w.p
	w.root("Project", projectSpace)
	w.attr("name", p.Name, true)
	w.attr("origin", p.Origin, false)
	w.stamp(p.Stamp, true)
	w.attr("basePath", p.BasePath, false)
	list(w, "Users", p.Coders, func(c *Coder) {
		w.thing("User", c.GUID, c.Name, false)
		w.attr("id", c.ID, false)
		w.end()
	})
	if len(p.Codes) > 0 {
		w.start("CodeBook")
		w.codes(true)
		w.end()
	}
	list(w, "Variables", p.Attributes, func(a *Attribute) {
		w.thing("Variable", a.GUID, a.Name, true)
		w.attr("typeOfVariable", string(a.Type), true)
		w.description(a.Description)
		w.end()
	})
	list(w, "Cases", p.Cases, w.oneCase)
	list(w, "Sources", p.Documents, func(d *Document) {
		if d.Kind != Text {
			w.rep.note(Altered, "TextSource", KindBehind, 1, d.Name)
		}
		w.text("TextSource", d, Target{OnDocument, d.GUID})
	})
	list(w, "Notes", p.Memos, func(m *Memo) { w.text("Note", &m.Document, Target{OnMemo, m.GUID}) })
	w.links()
	w.sets("targetGUID")
	list(w, "Graphs", p.Graphs, w.graph)
	w.description(p.Description)
	w.notes(Target{Kind: OnProject})
	w.end()
	w.b.WriteByte('\n')
}

func (w *writer) codes(notes bool) {
	w.start("Codes")
	var write func([]Code)
	write = func(codes []Code) {
		for i := range codes {
			c := &codes[i]
			w.thing("Code", c.GUID, c.Name, true)
			w.attr("isCodable", strconv.FormatBool(c.Codable), true)
			w.attr("color", c.Colour, false)
			w.description(c.Description)
			if notes {
				w.notes(Target{OnCode, c.GUID})
			} else {
				w.lose("NoteRef", NotInCodebook, len(w.memosOn[Target{OnCode, c.GUID}]), c.Name)
			}
			write(c.Children)
			w.end()
		}
	}
	write(w.p.Codes)
	w.end()
}

func (w *writer) codebookFile() {
	p := w.p
	w.root("CodeBook", codebookSpace)
	w.attr("origin", p.Origin, false)
	w.codes(false)
	w.sets("guid")
	w.end()
	w.b.WriteByte('\n')
	n := 0
	for i := range p.Documents {
		n += len(p.Documents[i].Selections)
	}
	w.lose("User", NotInCodebook, len(p.Coders), "")
	w.lose("Variable", NotInCodebook, len(p.Attributes), "")
	w.lose("Case", NotInCodebook, len(p.Cases), "")
	w.lose("TextSource", NotInCodebook, len(p.Documents), "")
	w.lose("PlainTextSelection", NotInCodebook, n, "")
	w.lose("Coding", NotInCodebook, p.CodingCount(), "")
	w.lose("Note", NotInCodebook, len(p.Memos), "")
	w.lose("Link", NotInCodebook, len(p.Links), "")
	w.lose("Graph", NotInCodebook, len(p.Graphs), "")
}

func (w *writer) values(list []Value) {
	for _, v := range list {
		w.start("VariableValue")
		w.ref("VariableRef", v.Attribute)
		if v.Type != "" {
			w.words(string(v.Type)+"Value", v.Text)
		}
		w.end()
	}
}

func (w *writer) oneCase(c *Case) {
	w.thing("Case", c.GUID, c.Name, false)
	w.description(c.Description)
	w.refs("CodeRef", c.Codes)
	w.values(c.Values)
	w.refs("SourceRef", c.Documents)
	w.refs("SelectionRef", c.Selections)
	w.end()
}

// text writes a document or memo. Documents have their text in a file; memos have it inline, unless XML forbids one of its
// characters.
func (w *writer) text(element string, d *Document, self Target) {
	file := element == "TextSource" && !d.Missing || strings.IndexFunc(d.Text, func(c rune) bool { return !allowed(c) }) >= 0
	w.thing(element, d.GUID, d.Name, false)
	if file {
		name := d.GUID.String() + ".txt"
		w.files = append(w.files, sourceFile{name, d.Text})
		w.attr("plainTextPath", "internal://"+name, true)
	}
	if d.Rich != "" {
		w.lose(element+"/@richTextPath", StyledBehind, 1, d.Name)
	}
	w.stamp(d.Stamp, false)
	w.description(d.Description)
	if !file && d.Text != "" {
		w.words("PlainTextContent", d.Text)
	}
	if len(d.Selections) > 0 {
		m := newMeasure(d.Text)
		order := make([]int, len(d.Selections))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(a, b int) bool {
			x, y := &d.Selections[order[a]], &d.Selections[order[b]]
			if x.Start != y.Start {
				return x.Start < y.Start
			}
			return x.Stop < y.Stop
		})
		for _, i := range order {
			w.selection(&d.Selections[i], m)
		}
	}
	w.codings(d.Codings)
	w.notes(self)
	w.values(d.Values)
	w.end()
	w.lose("SyncPoint", KindBehind, len(d.Times), d.Name)
}

func (w *writer) selection(s *Selection, m *measure) {
	name := s.Name
	if name == "" {
		name = clipWords(m.words(s.Start, s.Stop))
	}
	w.thing("PlainTextSelection", s.GUID, name, false)
	start, stop := s.Start, s.Stop
	if w.profile == NVivo {
		start, stop = m.utf16(start), m.utf16(stop)
	}
	w.int("startPosition", start)
	w.int("endPosition", stop)
	w.stamp(s.Stamp, false)
	w.description(s.Description)
	w.codings(s.Codings)
	w.notes(Target{OnSelection, s.GUID})
	w.end()
}

// clipWords makes words one line of at most a hundred characters.
func clipWords(words string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, c := range words {
		if unicode.IsSpace(c) {
			gap = n > 0
			continue
		}
		if n >= nameChars {
			b.WriteRune('…')
			break
		}
		if gap {
			b.WriteByte(' ')
			n++
			gap = false
		}
		b.WriteRune(c)
		n++
	}
	return b.String()
}

func (w *writer) codings(list []Coding) {
	for i := range list {
		c := &list[i]
		w.start("Coding")
		w.guid("guid", c.GUID)
		w.guid("creatingUser", c.Coder)
		w.time("creationDateTime", c.Created)
		w.ref("CodeRef", c.Code)
		w.notes(Target{OnCoding, c.GUID})
		w.end()
	}
}

// links writes links, and one more for each memo on words or on a case: ATLAS.ti and NVivo look for memos there.
func (w *writer) links() {
	p := w.p
	begun := false
	begin := func() {
		if !begun {
			w.start("Links")
			begun = true
		}
	}
	for i := range p.Links {
		l := &p.Links[i]
		begin()
		w.thing("Link", l.GUID, l.Name, false)
		w.attr("direction", l.Direction, false)
		w.attr("color", l.Colour, false)
		w.guid("originGUID", l.From)
		w.guid("targetGUID", l.To)
		w.notes(Target{OnLink, l.GUID})
		w.end()
	}
	for i := range p.Memos {
		m := &p.Memos[i]
		for _, t := range m.On {
			if t.Kind != OnSelection && t.Kind != OnCase {
				continue
			}
			begin()
			g := NameGUID(m.GUID, "on "+t.GUID.String())
			for w.ids[g] != kNone {
				g = NameGUID(g, "again")
			}
			w.ids[g] = kLink
			w.thing("Link", g, "", false)
			w.attr("direction", "OneWay", true)
			w.guid("originGUID", m.GUID)
			w.guid("targetGUID", t.GUID)
			w.end()
		}
	}
	if begun {
		w.end()
	}
}

// sets writes sets; those of a codebook have codes alone, and another name for the reference.
func (w *writer) sets(ref string) {
	begun := false
	for i := range w.p.Sets {
		s := &w.p.Sets[i]
		if ref == "guid" {
			w.lose("MemberSource", NotInCodebook, len(s.Documents), s.Name)
			w.lose("MemberNote", NotInCodebook, len(s.Memos), s.Name)
			if len(s.Codes) == 0 && len(s.Documents)+len(s.Memos) > 0 {
				w.lose("Set", NotInCodebook, 1, s.Name)
				continue
			}
		}
		if !begun {
			w.start("Sets")
			begun = true
		}
		w.thing("Set", s.GUID, s.Name, true)
		w.description(s.Description)
		for _, g := range s.Codes {
			w.start("MemberCode")
			w.guid(ref, g)
			w.end()
		}
		if ref != "guid" {
			w.refs("MemberSource", s.Documents)
			w.refs("MemberNote", s.Memos)
		}
		w.end()
	}
	if begun {
		w.end()
	}
}

func (w *writer) graph(g *Graph) {
	w.thing("Graph", g.GUID, g.Name, false)
	for i := range g.Vertices {
		v := &g.Vertices[i]
		w.start("Vertex")
		w.guid("guid", v.GUID)
		w.guid("representedGUID", v.Of)
		w.attr("name", v.Name, false)
		w.int("firstX", v.First[0])
		w.int("firstY", v.First[1])
		if v.Second != nil {
			w.int("secondX", v.Second[0])
			w.int("secondY", v.Second[1])
		}
		w.attr("shape", v.Shape, false)
		w.attr("color", v.Colour, false)
		w.end()
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		w.start("Edge")
		w.guid("guid", e.GUID)
		w.guid("representedGUID", e.Of)
		w.attr("name", e.Name, false)
		w.guid("sourceVertex", e.From)
		w.guid("targetVertex", e.To)
		w.attr("color", e.Colour, false)
		w.attr("direction", e.Direction, false)
		w.attr("lineStyle", e.Style, false)
		w.end()
	}
	w.end()
}
