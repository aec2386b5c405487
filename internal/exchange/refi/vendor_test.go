package refi

import (
	"archive/zip"
	"bytes"
	"fmt"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// A style is how a program writes files, as far as it is known from them. It shares nothing with Write.
type style struct {
	name, origin string
	qde          string // the name of the XML in the zip
	folder       string
	space        string // namespace
	prefix       string
	xmlBOM       bool
	xml16        bool // the XML in UTF-16
	lower        bool // GUIDs
	braces       bool
	textBOM      bool
	text16       bool // texts in UTF-16
	latin        bool // texts in Windows-1252
	crlf         bool
	crlfIs       int
	unit         Unit
	mark         bool // the byte-order mark counts
	path         func(file string) string
	inline       bool   // texts in the XML
	apart        bool   // one selection for each coding
	names        string // of selections: "", "clip", "whole"
	noUsers      bool
	odd          bool   // the selection's user is another
	pdf          bool   // documents are PDFs with a Representation, coded twice
	values       string // shape of attributes: "source", "nameless", "named", "sets"
	notes        string // "ref", "link", "inside", "file"
	stored       bool
	colour       string
	extra        string // an entry nobody needs
	wild         bool   // with things of which not all can come along
}

func internalPath(f string) string { return "internal://" + f }

var styles = []style{
	{name: "NVivo Windows", origin: "NVivo 12.6", qde: "project.qde", folder: "Sources/", space: projectSpace, lower: true, textBOM: true, crlf: true, crlfIs: 2,
		unit: UTF16, path: internalPath, apart: true, odd: true, values: "named", notes: "file"},
	{name: "NVivo Mac", origin: "NVivo for Mac 15.0.0", qde: "project.qde", folder: "sources/", space: projectSpace, lower: true, crlfIs: 1, unit: UTF16,
		path: internalPath, apart: true, values: "named", notes: "link", stored: true, extra: "sources/.root"},
	{name: "ATLAS.ti Windows", origin: "ATLAS.ti 23.2.1.26990", qde: "project.qde", folder: "sources/", space: projectSpace, crlf: true, crlfIs: 1, unit: CodePoints,
		path: internalPath, names: "clip", values: "sets", notes: "link", colour: "#F00082"},
	{name: "ATLAS.ti 26", origin: "ATLAS.ti 26", qde: "My study.qde", folder: "sources/", space: projectSpace, crlf: true, crlfIs: 1, unit: CodePoints,
		path: internalPath, names: "clip", values: "sets", notes: "link", pdf: true},
	{name: "ATLAS.ti in Windows-1252", origin: "ATLAS.ti 9", qde: "project.qde", folder: "sources/", space: projectSpace, latin: true, crlf: true, crlfIs: 1, unit: CodePoints,
		path: internalPath, names: "clip", values: "sets", notes: "link"},
	{name: "MAXQDA", origin: "MAXQDA 24 24.7.0", qde: "project.qde", folder: "sources/", space: projectSpace, crlfIs: 1, unit: CodePoints, path: internalPath,
		values: "nameless", notes: "ref"},
	{name: "MAXQDA 2020", origin: "MAXQDA 2020", qde: "project.qde", folder: "sources/", space: projectSpace, crlf: true, crlfIs: 1, unit: CodePoints, path: internalPath,
		values: "source", notes: "ref"},
	{name: "QualCoder", origin: "QualCoder 3.6", qde: "project.qde", folder: "sources/", space: projectSpace, xmlBOM: true, textBOM: true, crlfIs: 1, unit: UTF16,
		path: internalPath, names: "whole", values: "named", notes: "inside", colour: "#F06"},
	{name: "QualCoder by code points", origin: "QualCoder 3.7", qde: "project.qde", folder: "sources/", space: projectSpace, textBOM: true, crlfIs: 1, unit: CodePoints,
		path: internalPath, names: "whole", values: "named", notes: "inside"},
	{name: "f4", origin: "f4analyse 2025.2", qde: "project.qde", folder: "sources/", space: projectSpace, crlfIs: 2, crlf: true, unit: CodePoints, path: internalPath,
		noUsers: true, values: "source", notes: "ref"},
	{name: "Quirkos", origin: "Quirkos 2.5", qde: "Project.qde", folder: "Sources/", space: projectSpace, crlfIs: 1, unit: CodePoints, path: internalPath, names: "whole",
		values: "nameless", notes: "ref"},
	{name: "qc", origin: "qc 1.3.2", qde: "project.qde", folder: "sources/", space: projectSpace, crlfIs: 1, unit: CodePoints, path: func(f string) string { return f },
		values: "source", notes: "ref"},
	{name: "old namespace", origin: "Some Program 1", qde: "project.qde", folder: "sources/", space: "urn:QDA-XML:project:0:10", prefix: "q:", braces: true, crlfIs: 1,
		unit: CodePoints, path: func(f string) string { return "relative:///" + f }, values: "source", notes: "ref", colour: "rgb(1, 2, 3)"},
	{name: "UTF-16 everywhere", origin: "Other", qde: "x.QDE", folder: "SOURCES/", space: projectSpace, xml16: true, text16: true, crlf: true, crlfIs: 2, unit: UTF16,
		path: func(f string) string { return `absolute:///C:\Users\a b\` + f }, values: "source", notes: "ref", colour: "-65536"},
	{name: "backslashes, no namespace", origin: "Other", qde: "project.qde", folder: `sources\`, crlfIs: 1, unit: CodePoints,
		path: func(f string) string { return `sources\` + f }, values: "source", notes: "ref", colour: "#FF112233"},
	{name: "inline", origin: "Other", qde: "project.qde", space: projectSpace, crlf: true, crlfIs: 2, unit: CodePoints, inline: true, values: "source", notes: "ref"},
	{name: "mark counted", origin: "Other", qde: "project.qde", folder: "sources/", space: projectSpace, textBOM: true, mark: true, crlfIs: 1, unit: CodePoints, names: "whole",
		path: internalPath, values: "source", notes: "ref"},
	{name: "bytes", origin: "Other", qde: "project.qde", folder: "sources/", space: projectSpace, crlf: true, crlfIs: 2, unit: Bytes, names: "clip", path: internalPath,
		values: "source", notes: "ref"},
}

// raw turns a place of a text into a position of the file.
func (s style) raw(runes []rune, at int) int {
	n := 0
	for _, c := range runes[:at] {
		switch {
		case c == '\n' && s.crlf && s.crlfIs == 2:
			n += 2
		case s.unit == UTF16:
			n += utf16.RuneLen(c)
		case s.unit == Bytes:
			n += utf8.RuneLen(c)
		default:
			n++
		}
	}
	if s.mark {
		n++
	}
	return n
}

func (s style) guid(g GUID) string {
	t := g.String()
	if s.lower {
		t = strings.ToLower(t)
	}
	if s.braces {
		t = "{" + t + "}"
	}
	return t
}

var quoted = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#xA;", "\r", "&#xD;", "\u2029", "&#x2029;")

// bytes16 is text in UTF-16 with its mark, the lesser byte first.
func bytes16(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func (s style) text(text string) []byte {
	if s.crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	switch {
	case s.text16:
		return bytes16(text)
	case s.latin:
		var out []byte
		for _, c := range text {
			out = append(out, byte(c))
		}
		return out
	case s.textBOM:
		return []byte("\ufeff" + text)
	}
	return []byte(text)
}

func (s style) selectionName(words string) string {
	switch s.names {
	case "clip":
		one := []rune(strings.ReplaceAll(words, "\n", " "))
		if len(one) > 100 {
			one = append(one[:99:99], '…')
		}
		return string(one)
	case "whole":
		return strings.ReplaceAll(words, "\n", "\u2029")
	}
	return ""
}

// file writes a project in the style.
func (s style) file(p *Project) []byte {
	files := map[string][]byte{}
	var b strings.Builder
	f := func(format string, a ...any) { fmt.Fprintf(&b, format, a...) }
	open := func(name string) string { return "<" + s.prefix + name }
	end := func(name string) string { return "</" + s.prefix + name + ">" }
	f(`<?xml version="1.0" encoding="%s" standalone="no"?>`+"\n", map[bool]string{false: "utf-8", true: "utf-16"}[s.xml16])
	f("%s", open("Project"))
	if s.space != "" {
		f(" xmlns%s=\"%s\"", strings.Replace(strings.TrimSuffix(":"+strings.TrimSuffix(s.prefix, ":"), ":"), "::", ":", 1), s.space)
	}
	f(` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y" name="%s" origin="%s">`, quoted.Replace(p.Name), s.origin)
	if !s.noUsers {
		f("%s>", open("Users"))
		for _, u := range p.Coders {
			f(`%s guid="%s" name="%s"/>`, open("User"), s.guid(u.GUID), quoted.Replace(u.Name))
		}
		f("%s", end("Users"))
	}
	f("%s>%s>", open("CodeBook"), open("Codes"))
	var codes func([]Code)
	codes = func(list []Code) {
		for _, c := range list {
			f(`%s guid="%s" name="%s" isCodable="%v"`, open("Code"), s.guid(c.GUID), quoted.Replace(c.Name), c.Codable)
			if s.colour != "" {
				f(` color="%s"`, s.colour)
			}
			f(">")
			codes(c.Children)
			f("%s", end("Code"))
		}
	}
	codes(p.Codes)
	f("%s%s", end("Codes"), end("CodeBook"))
	a := p.Attributes[0]
	if s.values != "sets" {
		f(`%s>%s guid="%s" name="%s" typeOfVariable="Text"/>%s`, open("Variables"), open("Variable"), s.guid(a.GUID), quoted.Replace(a.Name), end("Variables"))
	}
	value := fmt.Sprintf(`%s>%s targetGUID="%s"/>%s>urban%s%s`, open("VariableValue"), open("VariableRef"), s.guid(a.GUID), open("TextValue"), end("TextValue"), end("VariableValue"))
	if s.values == "nameless" || s.values == "named" {
		f("%s>", open("Cases"))
		for i, d := range p.Documents {
			name := ""
			if s.values == "named" {
				name = fmt.Sprintf(` name="informant %d"`, i)
			}
			f(`%s guid="%s"%s>%s%s targetGUID="%s"/>%s`, open("Case"), s.guid(NameGUID(d.GUID, "case")), name, value, open("SourceRef"), s.guid(d.GUID), end("Case"))
		}
		f("%s", end("Cases"))
	}
	f("%s>", open("Sources"))
	user := func(g GUID) string {
		if s.noUsers {
			return ""
		}
		return ` creatingUser="` + s.guid(g) + `" creationDateTime="2024-01-02T03:04:05Z"`
	}
	for i, d := range p.Documents {
		runes := []rune(d.Text)
		file := s.guid(d.GUID) + ".txt"
		element, attribute := "TextSource", ""
		if !s.inline {
			attribute = fmt.Sprintf(` plainTextPath="%s"`, quoted.Replace(s.path(file)))
			files[s.folder+file] = s.text(d.Text)
		}
		if s.pdf {
			f(`%s guid="%s" name="%s" path="%s">`, open("PDFSource"), s.guid(d.GUID), quoted.Replace(d.Name), s.path("x.pdf"))
			for _, x := range d.Selections {
				words := string(runes[x.Start:x.Stop])
				f(`%s guid="%s" name="%s" page="0" firstX="1" firstY="2" secondX="3" secondY="4">`, open("PDFSelection"), s.guid(x.GUID), quoted.Replace(s.selectionName(words)))
				f(`%s guid="%s">%s>%s%s%s`, open("Representation"), s.guid(NameGUID(x.GUID, "rep")), open("PlainTextContent"), quoted.Replace(words), end("PlainTextContent"), end("Representation"))
				for _, c := range x.Codings {
					f(`%s guid="%s"%s>%s targetGUID="%s"/>%s`, open("Coding"), s.guid(NameGUID(c.GUID, "twice")), user(c.Coder), open("CodeRef"), s.guid(c.Code), end("Coding"))
				}
				f("%s", end("PDFSelection"))
			}
			f(`%s guid="%s"%s>`, open("Representation"), s.guid(NameGUID(d.GUID, "rep")), attribute)
		} else {
			f(`%s guid="%s" name="%s"%s>`, open(element), s.guid(d.GUID), quoted.Replace(d.Name), attribute)
		}
		if s.inline {
			text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(string(s.text(d.Text)))
			f("%s>%s%s", open("PlainTextContent"), text, end("PlainTextContent"))
		}
		for _, x := range d.Selections {
			groups := [][]Coding{x.Codings}
			if s.apart {
				groups = nil
				for _, c := range x.Codings {
					groups = append(groups, []Coding{c})
				}
			}
			for k, g := range groups {
				id := x.GUID
				if k > 0 {
					id = NameGUID(id, fmt.Sprint(k))
				}
				coder := GUID{}
				if len(g) > 0 {
					coder = g[0].Coder
				}
				if s.odd {
					coder = p.Coders[0].GUID
				}
				who := ""
				if !coder.IsZero() {
					who = user(coder)
				}
				f(`%s guid="%s" startPosition="%d" endPosition="%d"%s`, open("PlainTextSelection"), s.guid(id), s.raw(runes, x.Start), s.raw(runes, x.Stop), who)
				if s.names != "" {
					f(` name="%s"`, quoted.Replace(s.selectionName(string(runes[x.Start:x.Stop]))))
				} else if s.apart {
					f(` name=""`)
				}
				f(">")
				for _, c := range g {
					f(`%s guid="%s"%s>%s targetGUID="%s"/>%s`, open("Coding"), s.guid(c.GUID), user(c.Coder), open("CodeRef"), s.guid(c.Code), end("Coding"))
				}
				f("%s", end("PlainTextSelection"))
			}
		}
		if i == 0 && s.wild {
			f("%s", s.wildSelections(len(runes), p))
		}
		if s.pdf {
			f("%s", end("Representation"))
		}
		if i == 0 && (s.notes == "ref" || s.notes == "file" || s.notes == "inside") {
			f(`%s targetGUID="%s"/>`, open("NoteRef"), s.guid(p.Memos[0].GUID))
		}
		if s.values == "source" {
			f("%s", value)
		}
		if s.pdf {
			f("%s", end("PDFSource"))
		} else {
			f("%s", end(element))
		}
	}
	if s.wild {
		f("%s", s.wildSources(p))
		files[s.folder+"flood.jpg"], files[s.folder+"talk.m4a"] = []byte("jpg"), []byte("m4a")
	}
	f("%s", end("Sources"))
	m := p.Memos[0]
	d := p.Documents[0]
	f("%s>", open("Notes"))
	switch s.notes {
	case "file":
		f(`%s guid="%s" name="memo" plainTextPath="%s"/>`, open("Note"), s.guid(m.GUID), s.path("memo.txt"))
		files[s.folder+"memo.txt"] = s.text("what I thought")
	case "inside":
		x := d.Selections[len(d.Selections)-1]
		runes := []rune(d.Text)
		f(`%s guid="%s" name="memo">%s>what I thought%s`, open("Note"), s.guid(m.GUID), open("PlainTextContent"), end("PlainTextContent"))
		f(`%s guid="%s" startPosition="%d" endPosition="%d"/>%s`, open("PlainTextSelection"), s.guid(NameGUID(x.GUID, "note")), s.raw(runes, x.Start), s.raw(runes, x.Stop), end("Note"))
	default:
		f(`%s guid="%s" name="memo">%s>what I thought%s%s`, open("Note"), s.guid(m.GUID), open("PlainTextContent"), end("PlainTextContent"), end("Note"))
	}
	f("%s", end("Notes"))
	if s.notes == "link" {
		x := d.Selections[len(d.Selections)-1]
		f(`%s>%s guid="%s" name="Memo-Quotation Relation" direction="OneWay" originGUID="%s" targetGUID="%s"/>%s`, open("Links"), open("Link"),
			s.guid(NameGUID(m.GUID, "link")), s.guid(m.GUID), s.guid(x.GUID), end("Links"))
	}
	if s.values == "sets" {
		f(`%s>%s guid="%s" name="%s: urban">`, open("Sets"), open("Set"), s.guid(NameGUID(a.GUID, "set")), quoted.Replace(a.Name))
		for _, d := range p.Documents {
			f(`%s targetGUID="%s"/>`, open("MemberSource"), s.guid(d.GUID))
		}
		f("%s%s", end("Set"), end("Sets"))
	}
	if s.wild {
		f(`%s>%s guid="%s" name="How it hangs together">%s guid="%s" firstX="1" firstY="2"/>%s%s`, open("Graphs"), open("Graph"), s.guid(NameGUID(m.GUID, "graph")), open("Vertex"), s.guid(NameGUID(m.GUID, "vertex")), end("Graph"), end("Graphs"))
	}
	f("%s\n", end("Project"))
	xml := []byte(b.String())
	if s.xml16 {
		xml = bytes16(b.String())
	} else if s.xmlBOM {
		xml = append([]byte("\ufeff"), xml...)
	}
	if s.extra != "" {
		files[s.extra] = nil
	}
	files[s.qde] = xml
	return zipped(files, s.stored)
}

// zipped makes a zip of files, in the order of their names.
func zipped(files map[string][]byte, stored bool) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	var names []string
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		h := &zip.FileHeader{Name: n, Method: zip.Deflate}
		if stored {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(files[n])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// synthetic is one project of documents in Indonesian and English with emoji, combining marks, other scripts and line ends.
func synthetic(seed uint64, latin bool) *Project {
	c := newChance(seed)
	c.latin = latin
	p := &Project{Name: "study"}
	for range 3 {
		p.Coders = append(p.Coders, Coder{GUID: c.guid(), Name: c.name("coder")})
	}
	var codes []GUID
	for i := range 3 {
		theme := Code{GUID: c.guid(), Name: fmt.Sprint("theme ", i), Codable: i > 0}
		if i > 0 {
			codes = append(codes, theme.GUID)
		}
		for k := range 3 {
			child := Code{GUID: c.guid(), Name: fmt.Sprint("code ", k), Codable: true, Children: []Code{{GUID: c.guid(), Name: "below", Codable: true}}}
			codes = append(codes, child.GUID, child.Children[0].GUID)
			theme.Children = append(theme.Children, child)
		}
		p.Codes = append(p.Codes, theme)
	}
	p.Attributes = []Attribute{{GUID: c.guid(), Name: "living place", Type: TextValue}}
	p.Memos = []Memo{{Document: Document{GUID: c.guid(), Name: "memo"}}}
	for range 3 {
		d := Document{GUID: c.guid(), Name: c.name("interview"), Text: c.text(300)}
		for _, s := range c.spans(d.Text, 40) {
			x := Selection{GUID: c.guid(), Start: s[0], Stop: s[1]}
			seen := map[[2]GUID]bool{}
			for range 1 + c.IntN(3) {
				k := [2]GUID{codes[c.IntN(len(codes))], p.Coders[c.IntN(3)].GUID}
				if !seen[k] {
					seen[k] = true
					x.Codings = append(x.Codings, Coding{GUID: c.guid(), Code: k[0], Coder: k[1]})
				}
			}
			d.Selections = append(d.Selections, x)
		}
		p.Documents = append(p.Documents, d)
	}
	return p
}

// coded lists every coding with its words, sorted.
func coded(p *Project, coders bool) []string {
	codes, names := map[GUID]string{}, map[GUID]string{}
	p.EachCode(func(c, parent *Code) {
		codes[c.GUID] = c.Name
		if parent != nil {
			codes[c.GUID] = codes[parent.GUID] + " > " + c.Name
		}
	})
	for _, c := range p.Coders {
		names[c.GUID] = c.Name
	}
	var out []string
	for i := range p.Documents {
		d := &p.Documents[i]
		runes := []rune(d.Text)
		for _, s := range d.Selections {
			for _, c := range s.Codings {
				row := fmt.Sprintf("%s | %d | %s | %s", d.Name, s.Start, string(runes[s.Start:s.Stop]), codes[c.Code])
				if coders {
					row += " | " + names[c.Coder]
				}
				out = append(out, row)
			}
		}
	}
	sort.Strings(out)
	return out
}

// TestEveryVendorGivesTheSameWords: one project in every style comes back with every coding on the same words, also from a
// program nobody has heard of, so that the text alone decides.
func TestEveryVendorGivesTheSameWords(t *testing.T) {
	s := seed(t)
	for _, st := range styles {
		for _, known := range []bool{true, false} {
			for n := range uint64(3) {
				if !known {
					if st.notes == "inside" {
						continue // only QualCoder writes these, and nobody else may mean the document
					}
					st.origin = "Program 7"
				}
				t.Run(fmt.Sprintf("%s/%v/%d", st.name, known, n), func(t *testing.T) {
					p := synthetic(s+n, st.latin)
					q, r, err := Read(st.file(p), Options{})
					if err != nil {
						t.Fatal(err)
					}
					balanced(t, r)
					want, got := coded(p, !st.noUsers), coded(q, !st.noUsers)
					if st.noUsers {
						// Without coders two codings of one code on one span are one.
						want = uniq(want)
					}
					if strings.Join(want, "\n") != strings.Join(got, "\n") {
						t.Fatalf("seed %d: %d codings for %d: %s\n%s", s+n, len(got), len(want), differ(want, got), r)
					}
					for _, e := range r.Elements {
						if e.Lost > 0 {
							t.Errorf("lost: %+v\n%s", e, r)
						}
					}
					for i := range q.Documents {
						if q.Documents[i].Text != p.Documents[i].Text {
							t.Errorf("another text: %s", differ(p.Documents[i].Text, q.Documents[i].Text))
						}
						if v := q.Documents[i].Values; st.values != "named" && (len(v) != 1 || v[0].Text != "urban") {
							t.Errorf("values of a document: %v", v)
						}
					}
					if st.values == "named" && (len(q.Cases) != 3 || q.Cases[2].Values[0].Text != "urban" || q.Cases[2].Documents[0] != q.Documents[2].GUID) {
						t.Errorf("cases: %+v", q.Cases)
					}
					memo := q.Memos[0]
					if memo.Text != "what I thought" || len(memo.On) != 1 {
						t.Fatalf("memo: %+v", memo)
					}
					last := q.Documents[0].Selections[len(q.Documents[0].Selections)-1].GUID
					want1 := Target{OnDocument, q.Documents[0].GUID}
					if st.notes == "link" || st.notes == "inside" {
						want1 = Target{OnSelection, last}
					}
					if memo.On[0] != want1 {
						t.Errorf("the memo is on %v, not on %v", memo.On[0], want1)
					}
					for _, pl := range r.Placings {
						if pl.Trust == Weak {
							t.Errorf("weak: %s", pl)
						}
					}
				})
			}
		}
	}
}

func uniq(list []string) []string {
	var out []string
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}
