package refi

import (
	"bytes"
	"path"
	"strings"
)

// Options say how to read. The zero value is the usual way.
type Options struct {
	Limits Limits

	// Positions overrules what is found out about a document's positions, by the document's GUID; the zero GUID is for all
	// documents that have no own entry. Take one from Report.Placings.
	Positions map[GUID]Positions

	// Beside gives the bytes of a text that is not in the zip, by its path with slashes; nil means there are none. It decides what
	// paths it opens: they come from the file and must not be trusted.
	Beside func(path string) ([]byte, error)

	// Originals keeps the file that a document's text was in as Document.Original.
	Originals bool

	// MostLevels is how deep codes may be in codes: those below stand side by side at the last level. 0 leaves all where they are.
	MostLevels int

	// Extract gives the words of a styled file or PDF that came without a text, and the remarks in the margin of one; nil means such
	// documents are Missing.
	Extract func(name string, data []byte) (*Styled, error)

	// PlainSets leaves sets named "attribute: value" as they are. Otherwise documents in them get the value as well.
	PlainSets bool

	// SplitNames takes names of codes apart at this string into a path of codes: "::" for ATLAS.ti, `\` for Taguette.
	SplitNames string
}

// Read reads a project (.qdpx, .qde) or a codebook (.qdc), whatever it is called. The error is a *BadFile.
func Read(data []byte, o Options) (*Project, *Report, error) {
	r := &reader{o: o, l: o.Limits.filled(), p: &Project{}, rep: &Report{}, seen: map[string]int{}, added: map[string]int{},
		ids: map[GUID]kind{}, alias: map[kind]map[GUID]GUID{}, gone: map[GUID]GUID{}, cases: map[GUID]int{}, folded: map[GUID]GUID{}, has: map[[2]GUID]Value{}, budget: 1 << 30}
	xml := data
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, nil, bad(BadEmpty, "", nil)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		a, bf := openArchive(data, r.l)
		if bf != nil {
			return nil, nil, bf
		}
		e, dir, bf := a.project()
		if bf != nil {
			return nil, nil, bf
		}
		if xml, bf = a.read(e, r.l.XML); bf != nil {
			return nil, nil, bf
		}
		r.a, r.dir, r.rep.Entry = a, dir, e.name
	case !looksLikeXML(data):
		return nil, nil, bad(BadKind, "", nil)
	case int64(len(data)) > r.l.XML:
		return nil, nil, bad(BadSize, "", nil)
	}
	xml, charset, broken := utf8XML(xml)
	r.rep.Charset = charset
	r.alter("file", BrokenChars, broken, r.rep.Entry)
	if isHTML(xml) {
		return nil, nil, bad(BadWebPage, r.rep.Entry, nil)
	}
	r.s = newScanner(xml, r.l)
	if err := r.file(); err != nil {
		return nil, nil, asBad(err, r.rep.Entry)
	}
	r.alter("file", OddChars, r.s.odd, r.rep.Entry)
	says, known := remarked(string(r.s.remark))
	r.s = nil // and with it the XML, which may be large
	r.rep.Origin, r.rep.Vendor = r.p.Origin, vendorOf(r.p.Origin)
	r.first = usual(r.rep.Vendor)
	if known {
		r.first, r.known = says, &says
	}
	if err := r.resolve1(); err != nil {
		return nil, nil, asBad(err, "")
	}
	r.leftovers()
	r.rep.finish(r.seen, r.kept())
	return r.p, r.rep, nil
}

func looksLikeXML(data []byte) bool {
	head := bytes.TrimLeft(data[:min(len(data), 4096)], "\xef\xbb\xbf \t\r\n")
	return bytes.HasPrefix(head, []byte("<")) || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		bytes.HasPrefix(data, []byte("\x00<"))
}

func isHTML(xml []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(xml[:min(len(xml), 1024)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// leftovers looks at what is in the zip and was not read.
func (r *reader) leftovers() {
	if r.a == nil {
		return
	}
	for _, e := range r.a.order {
		base := path.Base(e.name)
		if e.used || strings.HasPrefix(base, ".") && e.file.UncompressedSize64 == 0 {
			continue
		}
		if extraName(e.name) && e.file.UncompressedSize64 <= uint64(r.l.Text) {
			if data, bf := r.a.text(e); bf == nil {
				r.p.Extras = append(r.p.Extras, Extra{e.name, data})
				continue
			}
		}
		r.lose("file", NobodyRefers, 1, e.name)
	}
}

// kept counts what is in the project, by the elements it came from.
func (r *reader) kept() map[string]int {
	n := map[string]int{}
	p := r.p
	add := func(element string, k int) { n[element] += k }
	described := func(s string) {
		if s != "" {
			add("Description", 1)
		}
	}
	described(p.Description)
	add("User", len(p.Coders))
	p.EachCode(func(c, _ *Code) {
		add("Code", 1)
		described(c.Description)
	})
	add("Variable", len(p.Attributes))
	for i := range p.Attributes {
		described(p.Attributes[i].Description)
	}
	for i := range p.Cases {
		c := &p.Cases[i]
		add("Case", 1)
		described(c.Description)
		add("VariableValue", len(c.Values))
		add("CodeRef", len(c.Codes))
		add("SourceRef", len(c.Documents))
		add("SelectionRef", len(c.Selections))
	}
	text := func(d *reading) {
		add(d.element, 1)
		if d.shown {
			add("Representation", 1)
		}
		described(d.d.Description)
		add("VariableValue", len(d.d.Values))
		add("SyncPoint", len(d.d.Times))
		add("Coding", len(d.d.Codings))
		for i := range d.d.Selections {
			s := &d.d.Selections[i]
			described(s.Description)
			add("Coding", len(s.Codings))
			add(d.selectionElement(s.GUID), 1)
		}
	}
	for _, d := range r.docs {
		text(d)
	}
	for _, m := range r.memos {
		text(m)
	}
	add("Link", len(p.Links))
	for i := range p.Sets {
		s := &p.Sets[i]
		add("Set", 1)
		described(s.Description)
		add("MemberCode", len(s.Codes))
		add("MemberSource", len(s.Documents))
		add("MemberNote", len(s.Memos))
	}
	for i := range p.Graphs {
		add("Graph", 1)
		add("Vertex", len(p.Graphs[i].Vertices))
		add("Edge", len(p.Graphs[i].Edges))
	}
	add("NoteRef", r.noteRefs)
	for element, k := range r.added {
		n[element] -= k
	}
	return n
}

// selectionElement says which element a selection came from.
func (d *reading) selectionElement(g GUID) string {
	if e := d.from[g]; e != "" {
		return e
	}
	return "PlainTextSelection"
}
