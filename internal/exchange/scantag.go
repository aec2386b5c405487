package exchange

import (
	"unicode/utf8"
)

// An element is the name of one: the address of its namespace, in its transitional form where it has two, or the prefix
// where that has no address; and the name in it.
type element struct{ space, local string }

// An attr is an attribute; its bytes are valid until the next token.
type attr struct{ prefix, local, value []byte }

// A tagName is the name of an element as the file has it, and what it means.
type tagName struct {
	element
	full, prefix string
	version      int // of the spaces that it was resolved in
}

// A binding is what a prefix meant before an element at this depth gave it another meaning.
type binding struct {
	prefix, uri string
	bound       bool
	depth       int
}

// sameSpace are the namespaces that the readers know, so that each is one string; Word's strict ones count as the transitional.
var sameSpace = map[string]string{
	wordSpace: wordSpace, "http://purl.oclc.org/ooxml/wordprocessingml/main": wordSpace,
	mathSpace: mathSpace, "http://purl.oclc.org/ooxml/officeDocument/math": mathSpace,
	compatSpace: compatSpace, odfText: odfText, odfOffice: odfOffice, odfTable: odfTable, odfDraw: odfDraw, odfStyle: odfStyle, odfSvg: odfSvg, dublin: dublin,
}

// startTag reads <a b="c"> and <a b="c"/>.
func (s *scanner) startTag(d []byte) error {
	stop, colon, err := nameAt(d, 1)
	if err != nil {
		return err
	}
	full := d[1:stop]
	s.attrs, s.decoded = s.attrs[:0], s.decoded[:0]
	i := stop
	for {
		if i = gapAt(d, i); i == len(d) {
			return errShort
		}
		if d[i] == '>' {
			i++
			break
		}
		if d[i] == '/' {
			if i+1 == len(d) {
				return errShort
			}
			if d[i+1] != '>' {
				return errNotWell
			}
			s.empty = true
			i += 2
			break
		}
		if i, err = s.attrAt(d, i); err != nil {
			return err
		}
	}
	if s.depth++; s.depth > maxDepth {
		return errDeep
	}
	s.declare()
	n := s.named(full, colon-1)
	s.name = n.element
	s.open = append(s.open, n.full)
	s.at += i
	return nil
}

// attrAt reads one attribute and gives where it ends.
func (s *scanner) attrAt(d []byte, from int) (int, error) {
	i, colon, err := nameAt(d, from)
	if err != nil {
		return i, err
	}
	a := attr{local: d[from:i]}
	if colon >= 0 {
		a.prefix, a.local = d[from:colon], d[colon+1:i]
	}
	if i = gapAt(d, i); i == len(d) {
		return i, errShort
	}
	if d[i] != '=' {
		return i, errNotWell
	}
	if i = gapAt(d, i+1); i == len(d) {
		return i, errShort
	}
	quote := d[i]
	if quote != '"' && quote != '\'' {
		return i, errNotWell
	}
	i++
	begin, flags := i, uint16(0)
	for i < len(d) && d[i] != quote {
		flags |= class[d[i]]
		i++
	}
	if i == len(d) {
		return i, errShort
	}
	a.value = d[begin:i]
	if flags&(isHigh|isAmp|isReturn|isLess|isIllegal) != 0 {
		a.value, err = s.clean(a.value, true)
	}
	s.attrs = append(s.attrs, a)
	return i + 1, err
}

// nameAt reads a name and gives where it ends and where its only colon is, -1 for none.
func nameAt(d []byte, from int) (stop, colon int, err error) {
	i, colons, flags := from, 0, uint16(0)
	colon = -1
	for i < len(d) {
		c := class[d[i]]
		if c&inName == 0 {
			break
		}
		if c&isColon != 0 {
			colons, colon = colons+1, i
		}
		flags |= c
		i++
	}
	switch {
	case i == len(d):
		return i, colon, errShort
	case i == from, colons > 1, d[from] == '-', d[from] == '.', d[from] >= '0' && d[from] <= '9':
		return i, colon, errNotWell
	case flags&isHigh != 0 && !utf8.Valid(d[from:i]):
		return i, colon, errCharacter
	}
	if colon == from || colon == i-1 {
		colon = -1 // a name with a colon, not a prefix
	}
	return i, colon, nil
}

func gapAt(d []byte, i int) int {
	for i < len(d) && class[d[i]]&isGap != 0 {
		i++
	}
	return i
}

// endTag reads </a>.
func (s *scanner) endTag(d []byte) error {
	if s.depth > 0 { // as it nearly always is
		if name := s.open[s.depth-1]; len(d) > len(name)+2 && d[len(name)+2] == '>' && string(d[2:len(name)+2]) == name {
			s.at += len(name) + 3
			s.end()
			return nil
		}
	}
	i, _, err := nameAt(d, 2)
	if err != nil {
		return err
	}
	name := d[2:i]
	if i = gapAt(d, i); i == len(d) {
		return errShort
	}
	if d[i] != '>' || s.depth == 0 || string(name) != s.open[s.depth-1] {
		return errNotWell
	}
	s.at += i + 1
	s.end()
	return nil
}

// declare notes the namespaces that the attributes of a tag declare.
func (s *scanner) declare() {
	for _, a := range s.attrs {
		prefix := ""
		switch {
		case string(a.prefix) == "xmlns":
			prefix = string(a.local)
		case a.prefix != nil || string(a.local) != "xmlns":
			continue
		}
		old, bound := s.spaces[prefix]
		s.before = append(s.before, binding{prefix, old, bound, s.depth})
		uri, known := sameSpace[string(a.value)]
		if !known {
			uri = string(a.value)
		}
		s.spaces[prefix] = uri
		s.version++
	}
}

// end leaves the element that began last of those still open.
func (s *scanner) end() {
	for n := len(s.before) - 1; n >= 0 && s.before[n].depth == s.depth; n-- {
		if b := s.before[n]; b.bound {
			s.spaces[b.prefix] = b.uri
		} else {
			delete(s.spaces, b.prefix)
		}
		s.before = s.before[:n]
		s.version++
	}
	s.depth--
	s.open = s.open[:s.depth]
}

// named resolves the name of an element.
func (s *scanner) named(full []byte, colon int) *tagName {
	h := hashOf(full)
	n := s.names[h]
	if n == nil || n.full != string(full) {
		n = &tagName{full: string(full), version: -1}
		n.local = n.full
		if colon > 0 {
			n.prefix, n.local = n.full[:colon], n.full[colon+1:]
		}
		s.names[h] = n
	}
	if n.version != s.version {
		n.version = s.version
		uri, bound := s.spaces[n.prefix]
		switch {
		case n.prefix == "xmlns" || n.full == "xmlns":
			uri = n.prefix
		case n.prefix == "xml":
			uri = "http://www.w3.org/XML/1998/namespace"
		case !bound:
			uri = n.prefix
		}
		n.space = uri
	}
	return n
}

func hashOf(b []byte) uint8 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return uint8(h ^ h>>8 ^ h>>16)
}

// attr gives the value of an attribute of the element that began last, whatever its namespace; "" where there is none.
func (s *scanner) attr(local string) string {
	for i := range s.attrs {
		if a := &s.attrs[i]; string(a.local) == local {
			return s.value(a.value)
		}
	}
	return ""
}

// value makes a string of an attribute's value; short ones come again and again.
func (s *scanner) value(b []byte) string {
	if len(b) > 40 {
		return string(b)
	}
	h := hashOf(b)
	if s.values[h] != string(b) {
		s.values[h] = string(b)
	}
	return s.values[h]
}
