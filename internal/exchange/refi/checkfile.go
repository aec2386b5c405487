package refi

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// fileKinds are the elements that have a GUID, and what a reference to them is called.
var fileKinds = map[string]kind{"User": kCoder, "Code": kCode, "Variable": kAttribute, "Case": kCase, "TextSource": kDocument, "PDFSource": kDocument,
	"PictureSource": kDocument, "AudioSource": kDocument, "VideoSource": kDocument, "Representation": kDocument, "Transcript": kDocument,
	"TextDescription": kDocument, "PlainTextSelection": kSelection, "PDFSelection": kSelection, "PictureSelection": kSelection,
	"AudioSelection": kSelection, "VideoSelection": kSelection, "TranscriptSelection": kSelection, "Coding": kCoding, "Note": kMemo, "Link": kLink,
	"Set": kSet, "Graph": kGraph, "Vertex": kVertex, "Edge": kEdge, "SyncPoint": kTime}

// pointers are the attributes that refer to something; kNone is anything.
var pointers = map[string]kind{"CodeRef/targetGUID": kCode, "MemberCode/targetGUID": kCode, "NoteRef/targetGUID": kMemo, "MemberNote/targetGUID": kMemo,
	"SourceRef/targetGUID": kDocument, "MemberSource/targetGUID": kDocument, "SelectionRef/targetGUID": kSelection, "VariableRef/targetGUID": kAttribute,
	"Link/originGUID": kNone, "Link/targetGUID": kNone, "Vertex/representedGUID": kNone, "Edge/representedGUID": kNone, "Edge/sourceVertex": kVertex,
	"Edge/targetVertex": kVertex, "TranscriptSelection/fromSyncPoint": kTime, "TranscriptSelection/toSyncPoint": kTime,
	"MemberCode/guid": kCode}

// fileText is an element with a text, as it stands in a file.
type fileText struct {
	element string
	guid    GUID
	path    string
	inline  string
	has     bool
	spans   [][2]int
	spanIDs []GUID
}

type fileRef struct {
	to, of  GUID
	want    kind
	element string
}

// fileChecker walks a file by the schema.
type fileChecker struct {
	checker
	s     *scanner
	rules map[string]rule
	codes bool // a codebook
	refs  []fileRef
	texts []*fileText
	types map[GUID]string
}

// CheckFile looks at a file as it is: the schema (elements, their order, attributes and their types), identifiers, references,
// the layout of the zip, texts and positions. Positions are taken as the profile has them. Problems are Fatal where another program may
// refuse the file or read other words. It tells at most a thousand of either.
func CheckFile(data []byte, profile Profile) []Problem {
	limits := Limits{}.filled()
	c := &fileChecker{types: map[GUID]string{}}
	c.ids, c.said = map[GUID]kind{}, map[bool]int{}
	xml := data
	var a *archive
	if bytes.HasPrefix(data, []byte("PK")) {
		var bf *BadFile
		if a, bf = openArchive(data, limits); bf != nil {
			c.add(true, "file", "file", GUID{}, bf.Error())
			return c.out
		}
		e := a.find("project.qde")
		if e == nil || e.name != "project.qde" {
			c.add(false, "layout", "project.qde", GUID{}, "")
			if e, _, bf = a.project(); bf != nil {
				c.add(true, "file", "file", GUID{}, bf.Error())
				return c.out
			}
		}
		if xml, bf = a.read(e, limits.XML); bf != nil {
			c.add(true, "file", "file", GUID{}, bf.Error())
			return c.out
		}
	}
	if bytes.HasPrefix(xml, []byte("\ufeff")) {
		c.add(false, "layout", "file", GUID{}, "byte-order mark")
	}
	xml, charset, broken := utf8XML(xml)
	if charset != "utf-8" || broken > 0 {
		c.add(true, "layout", "file", GUID{}, charset)
	}
	c.s = newScanner(xml, limits)
	if err := c.root(); err != nil {
		c.add(true, "file", "file", GUID{}, err.Error())
		return c.out
	}
	if c.s.odd > 0 {
		c.add(true, "forbidden-chars", "file", GUID{}, "")
	}
	for _, r := range c.refs {
		c.ref(r.to, r.want, r.element, r.of, true)
	}
	for _, t := range c.texts {
		c.text(a, t, profile)
	}
	if a != nil {
		for _, e := range a.order {
			root := !strings.Contains(e.name, "/")
			switch {
			case e.used || root && strings.HasPrefix(strings.ToLower(e.name), "anyam"):
			case path.Dir(e.name) != "sources" && !root:
				c.add(false, "layout", "file", GUID{}, e.name)
			default:
				c.add(false, "orphan", "file", GUID{}, e.name)
			}
		}
	}
	return c.out
}

func (c *fileChecker) root() error {
	for {
		t, err := c.s.next()
		if err != nil {
			return err
		}
		if t == tokEOF {
			return errCut
		}
		if t == tokStart {
			break
		}
	}
	name := string(c.s.name)
	switch {
	case name == "Project":
		c.rules = projectRules
	case name == "CodeBook":
		c.rules, c.codes = codebookRules, true
	default:
		return bad(BadRoot, "", nil)
	}
	if want := map[bool]string{false: projectSpace, true: codebookSpace}[c.codes]; c.s.root != want {
		c.add(true, "unknown", name, GUID{}, c.s.root)
	}
	if err := c.element(name, name+"Type", nil, GUID{}); err != nil {
		return err
	}
	for {
		if t, err := c.s.next(); err != nil || t == tokEOF {
			return err
		}
	}
}

// element checks the element that began last, and everything in it.
func (c *fileChecker) element(name, kind string, in *fileText, parent GUID) error {
	r, known := c.rules[kind]
	if !known { // a simple type: words alone
		if len(c.s.attrs) > 0 {
			c.add(true, "attribute", name, parent, string(c.s.attrs[0].name))
		}
		s, err := c.s.content(1<<40, func() error {
			c.add(true, "unknown", string(c.s.name), parent, name)
			return c.s.skip()
		})
		if err == nil && !validSimple(kind, strings.TrimSpace(s)) {
			c.add(true, "value-form", name, parent, clip(s, 40))
		}
		if name == "PlainTextContent" && in != nil {
			in.inline, in.has = s, true
		}
		return err
	}
	self, text, err := c.attributes(name, kind, r, in)
	if err != nil {
		return err
	}
	if text != nil {
		in = text
	}
	counts := make([]int, len(r.children))
	at, values, variable := 0, 0, GUID{}
	for {
		t, err := c.s.next()
		if err != nil {
			return err
		}
		switch t {
		case tokText:
			if len(bytes.TrimSpace(c.s.raw)) > 0 {
				c.add(true, "words", name, self, "")
			}
		case tokStart:
			child := string(c.s.name)
			i := -1
			for k := range r.children {
				if r.children[k].name == child {
					i = k
				}
			}
			if i < 0 || !c.s.ours {
				c.add(true, "unknown", child, self, "in "+name)
				if err := c.s.skip(); err != nil {
					return err
				}
				continue
			}
			if i < at && !r.choice {
				c.add(true, "order", child, self, "in "+name)
			}
			at = max(at, i)
			if counts[i]++; r.children[i].max > 0 && counts[i] > r.children[i].max && !r.choice {
				c.add(true, "order", child, self, "again in "+name)
			}
			if child == "VariableRef" {
				for _, a := range c.s.attrs {
					if string(a.name) == "targetGUID" {
						variable, _ = ParseGUID(string(a.value))
					}
				}
			}
			if kind == "VariableValueType" && child != "VariableRef" {
				if values++; values > 1 {
					c.add(true, "two-values", name, variable, "")
				}
				if t, is := c.types[variable]; is && child != t+"Value" {
					c.add(false, "value-type", name, variable, child)
				}
			}
			if err := c.element(child, r.children[i].kind, in, self); err != nil {
				return err
			}
		case tokEnd:
			all := 0
			for i, n := range counts {
				all += n
				if n < r.children[i].min && !r.choice {
					c.add(true, "child-none", name, self, r.children[i].name)
				}
			}
			if r.choice && all == 0 {
				c.add(true, "child-none", name, self, "")
			}
			return nil
		}
	}
}

// attributes checks the attributes of an element; text is not nil when it has one.
func (c *fileChecker) attributes(name, kind string, r rule, in *fileText) (self GUID, text *fileText, err error) {
	if kind == "TextSourceType" || kind == "TranscriptType" {
		text = &fileText{element: name}
		c.texts = append(c.texts, text)
	}
	span := [2]int{noPosition, noPosition}
	seen := 0
	have := func(key string) (string, bool) { // "name:type" of an attribute
		for _, f := range strings.Fields(r.attributes) {
			if n, t, _ := strings.Cut(f, ":"); n == key {
				return t, true
			}
		}
		return "", false
	}
	for _, a := range c.s.attrs {
		if string(a.prefix) == "xsi" || string(a.prefix) == "xml" {
			continue
		}
		key := string(a.name)
		t, is := have(key)
		if !is || len(a.prefix) > 0 {
			c.add(true, "attribute", name, self, key)
			continue
		}
		if strings.HasSuffix(t, "!") {
			seen++
			t = t[:len(t)-1]
		}
		v, err := c.s.string(a.value)
		if err != nil {
			return self, text, err
		}
		if !validSimple(t, strings.TrimSpace(v)) {
			c.add(true, "attribute-form", name, self, key+" "+clip(v, 40))
		}
		switch {
		case t == "GUIDType":
			g, _ := ParseGUID(v)
			want, points := pointers[name+"/"+key]
			switch {
			case points && (name != "MemberCode" || c.codes == (key == "guid")):
				c.refs = append(c.refs, fileRef{g, self, want, name})
			case key == "guid":
				self = g
				c.own(g, fileKinds[name], name, "")
			default: // creatingUser and the like
				c.refs = append(c.refs, fileRef{g, self, kCoder, name})
			}
		case key == "plainTextPath" && text != nil:
			text.path = v
		case key == "startPosition":
			span[0] = position(a.value)
		case key == "endPosition":
			span[1] = position(a.value)
		case key == "typeOfVariable":
			c.types[self] = v
		}
	}
	if must := strings.Count(r.attributes, "!"); seen < must {
		c.add(true, "attribute-none", name, self, fmt.Sprint(must-seen))
	}
	if text != nil {
		text.guid = self
	}
	if name == "PlainTextSelection" && in != nil {
		in.spans = append(in.spans, span)
		in.spanIDs = append(in.spanIDs, self)
	}
	return self, text, nil
}

// text checks a text and the spans on it.
func (c *fileChecker) text(a *archive, t *fileText, profile Profile) {
	data := []byte(t.inline)
	switch {
	case t.path != "" && t.has:
		c.add(true, "two-texts", t.element, t.guid, "")
	case t.path != "":
		name, internal := strings.CutPrefix(t.path, "internal://")
		e := a.find("sources/" + name)
		if e == nil || !internal {
			c.add(true, "text-missing", t.element, t.guid, t.path)
			return
		}
		if e.name != "sources/"+name {
			c.add(false, "layout", t.element, t.guid, e.name)
		}
		var bf *BadFile
		if data, bf = a.text(e); bf != nil {
			c.add(true, "text-missing", t.element, t.guid, bf.Error())
			return
		}
	case !t.has && t.element == "TextSource":
		c.add(false, "no-text", t.element, t.guid, "")
	}
	crlf := bytes.Contains(data, []byte("\r"))
	if !utf8.Valid(data) || bytes.HasPrefix(data, []byte("\ufeff")) || bytes.IndexByte(data, 0) >= 0 || crlf && profile != Atlasti {
		c.add(true, "text-form", t.element, t.guid, "")
	}
	if len(t.spans) == 0 {
		return
	}
	// What follows counts for itself and not with the ruler that Read uses.
	inside := map[int]bool{}
	n := 0
	if profile == Atlasti {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	for _, r := range string(data) {
		n++
		if profile == NVivo && r > 0xFFFF {
			inside[n] = true
			n++
		}
	}
	for i, s := range t.spans {
		switch {
		case s[0] < 0 || s[1] > n:
			c.add(true, "outside-text", "PlainTextSelection", t.spanIDs[i], fmt.Sprint(s, " of ", n))
		case s[1] <= s[0]:
			c.add(true, "backwards", "PlainTextSelection", t.spanIDs[i], fmt.Sprint(s))
		case inside[s[0]] || inside[s[1]]:
			c.add(true, "inside-char", "PlainTextSelection", t.spanIDs[i], fmt.Sprint(s))
		}
	}
}
