package refi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner walks XML that is in memory. It is here because encoding/xml takes a second for 12 MB and a project may have
// a hundred; it knows elements, attributes, text, CDATA, comments and instructions, the five entities and references by
// number, and refuses document type definitions. Its slices point into the data.
type scanner struct {
	data  []byte
	at    int
	depth int

	maxDepth, maxElements int
	elements              int

	name  []byte // of the element that begins, without prefix
	ours  bool   // it is in a namespace of REFI-QDA, or in none
	attrs []attr
	raw   []byte // of a text
	cdata bool

	pending bool // the element that begins ends at once
	stack   [][]byte
	spaces  []space
	root    string // namespace of the root
	remark  []byte // the first comment before it

	odd int // characters that XML does not allow and that became U+FFFD
}

type attr struct{ prefix, name, value []byte }

type space struct {
	prefix string
	ours   bool
	depth  int
}

type token int

const (
	tokStart token = iota
	tokEnd
	tokText
	tokEOF
)

func newScanner(data []byte, l Limits) *scanner {
	return &scanner{data: data, maxDepth: l.Depth, maxElements: l.Elements}
}

// maxSpaces bounds the namespaces that hold at one place, since every element looks through them.
const maxSpaces = 200

var errCut = errors.New("it ends in the middle")

func (s *scanner) wrong(what string) error { return fmt.Errorf("%s at byte %d", what, s.at) }

func (s *scanner) next() (token, error) {
	if s.pending {
		s.pending = false
		s.pop()
		return tokEnd, nil
	}
	for {
		if s.at >= len(s.data) {
			if s.depth > 0 {
				return tokEOF, errCut
			}
			return tokEOF, nil
		}
		if s.data[s.at] != '<' {
			stop := bytes.IndexByte(s.data[s.at:], '<')
			if stop < 0 {
				stop = len(s.data) - s.at
			}
			s.raw, s.cdata = s.data[s.at:s.at+stop], false
			if s.depth == 0 {
				if len(bytes.Trim(s.raw, " \t\r\n\x00")) > 0 {
					return 0, s.wrong("text outside of the root")
				}
				s.at += stop
				continue
			}
			s.at += stop
			return tokText, nil
		}
		rest := s.data[s.at:]
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := s.pass("?>", 2); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(rest, []byte("<!--")):
			from := s.at + 4
			if err := s.pass("-->", 4); err != nil {
				return 0, err
			}
			if s.elements == 0 && s.remark == nil {
				s.remark = s.data[from : s.at-3]
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			from := s.at + 9
			if err := s.pass("]]>", 9); err != nil {
				return 0, err
			}
			if s.depth == 0 {
				return 0, s.wrong("text outside of the root")
			}
			s.raw, s.cdata = s.data[from:s.at-3], true
			return tokText, nil
		case bytes.HasPrefix(rest, []byte("<!")):
			return 0, bad(BadDoctype, "", nil)
		case bytes.HasPrefix(rest, []byte("</")):
			return tokEnd, s.end()
		default:
			return tokStart, s.start()
		}
	}
}

// pass goes behind the next mark, looking from an offset on.
func (s *scanner) pass(mark string, from int) error {
	if s.at+from > len(s.data) {
		return errCut
	}
	i := bytes.Index(s.data[s.at+from:], []byte(mark))
	if i < 0 {
		return errCut
	}
	s.at += from + i + len(mark)
	return nil
}

func (s *scanner) pop() {
	s.stack = s.stack[:len(s.stack)-1]
	for len(s.spaces) > 0 && s.spaces[len(s.spaces)-1].depth == s.depth {
		s.spaces = s.spaces[:len(s.spaces)-1]
	}
	s.depth--
}

func (s *scanner) end() error {
	from := s.at + 2
	i := bytes.IndexByte(s.data[from:], '>')
	if i < 0 {
		return errCut
	}
	name := bytes.TrimRight(s.data[from:from+i], " \t\r\n")
	if s.depth == 0 || !bytes.Equal(name, s.stack[len(s.stack)-1]) {
		return s.wrong("an end without its beginning")
	}
	s.at = from + i + 1
	s.pop()
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
}

func (s *scanner) start() error {
	if s.elements++; s.elements > s.maxElements {
		return bad(BadSize, "", errors.New("too many elements"))
	}
	if s.depth++; s.depth > s.maxDepth {
		return bad(BadDeep, "", nil)
	}
	if s.depth == 1 && s.elements > 1 {
		return s.wrong("a second root")
	}
	d, i := s.data, s.at+1
	from := i
	for i < len(d) && isName(d[i]) {
		i++
	}
	if i == from {
		return s.wrong("no name")
	}
	full := d[from:i]
	s.stack = append(s.stack, full)
	s.attrs = s.attrs[:0]
	for {
		gap := i
		for i < len(d) && isSpace(d[i]) {
			i++
		}
		if i >= len(d) {
			return errCut
		}
		if d[i] == '>' {
			i++
			break
		}
		if d[i] == '/' {
			if i+1 >= len(d) {
				return errCut
			}
			if d[i+1] != '>' {
				return s.wrong("a stray slash")
			}
			s.pending = true
			i += 2
			break
		}
		from = i
		for i < len(d) && isName(d[i]) {
			i++
		}
		if i == from || gap == from {
			return s.wrong("no attribute")
		}
		name := d[from:i]
		for i < len(d) && isSpace(d[i]) {
			i++
		}
		if i >= len(d) {
			return errCut
		}
		if d[i] != '=' {
			return s.wrong("an attribute without value")
		}
		i++
		for i < len(d) && isSpace(d[i]) {
			i++
		}
		if i >= len(d) {
			return errCut
		}
		quote := d[i]
		if quote != '"' && quote != '\'' {
			return s.wrong("a value without quotes")
		}
		i++
		n := bytes.IndexByte(d[i:], quote)
		if n < 0 {
			return errCut
		}
		value := d[i : i+n]
		if bytes.IndexByte(value, '<') >= 0 {
			return s.wrong("a < inside a value")
		}
		i += n + 1
		a := attr{name: name, value: value}
		if c := bytes.IndexByte(name, ':'); c >= 0 {
			a.prefix, a.name = name[:c], name[c+1:]
		}
		if len(s.spaces) > maxSpaces {
			return bad(BadDeep, "", errors.New("too many namespaces"))
		}
		switch {
		case string(name) == "xmlns":
			s.space("", value)
			continue
		case string(a.prefix) == "xmlns":
			s.space(string(a.name), value)
			continue
		}
		s.attrs = append(s.attrs, a)
	}
	s.at = i
	var prefix []byte
	s.name = full
	if c := bytes.IndexByte(full, ':'); c >= 0 {
		prefix, s.name = full[:c], full[c+1:]
	}
	s.ours = len(prefix) == 0
	for k := len(s.spaces) - 1; k >= 0; k-- {
		if s.spaces[k].prefix == string(prefix) {
			s.ours = s.spaces[k].ours
			break
		}
	}
	return nil
}

// space notes a namespace. That of the root's own declaration counts as ours whatever it is, since the root's name decides.
func (s *scanner) space(prefix string, uri []byte) {
	u := string(uri)
	ours := u == "" || len(u) >= 12 && strings.EqualFold(u[:12], "urn:QDA-XML:")
	if s.depth == 1 && (prefix == "" || ours) && s.root == "" {
		s.root = u
		ours = ours || prefix == ""
	}
	s.spaces = append(s.spaces, space{prefix, ours, s.depth})
}

// skip passes over the element that began last.
func (s *scanner) skip() error {
	for depth := s.depth; s.depth >= depth; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// string decodes the value of an attribute.
func (s *scanner) string(raw []byte) (string, error) {
	plain := true
	for _, c := range raw {
		if c == '&' || c < 0x20 {
			plain = false
			break
		}
	}
	if plain {
		return string(raw), nil
	}
	b, err := s.unescape(make([]byte, 0, len(raw)), raw)
	return string(b), err
}

// unescape appends text with its references resolved. Line ends stay as they are.
func (s *scanner) unescape(b, raw []byte) ([]byte, error) {
	for len(raw) > 0 {
		i := 0
		for i < len(raw) && raw[i] != '&' && (raw[i] >= 0x20 || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
			i++
		}
		b = append(b, raw[:i]...)
		raw = raw[i:]
		if len(raw) == 0 {
			break
		}
		if raw[0] != '&' {
			s.odd++
			b = append(b, "\uFFFD"...)
			raw = raw[1:]
			continue
		}
		stop := bytes.IndexByte(raw[:min(len(raw), 16)], ';')
		if stop < 0 {
			return nil, s.wrong("a & that begins no entity")
		}
		ref := string(raw[1:stop])
		raw = raw[stop+1:]
		switch ref {
		case "amp":
			b = append(b, '&')
		case "lt":
			b = append(b, '<')
		case "gt":
			b = append(b, '>')
		case "quot":
			b = append(b, '"')
		case "apos":
			b = append(b, '\'')
		default:
			c, ok := charRef(ref)
			if !ok {
				return nil, s.wrong("an unknown entity")
			}
			// Some programs write a character beyond U+FFFF as two references, one for each half.
			if utf16.IsSurrogate(c) {
				if stop := bytes.IndexByte(raw[:min(len(raw), 16)], ';'); stop > 1 && raw[0] == '&' {
					if low, ok := charRef(string(raw[1:stop])); ok {
						if whole := utf16.DecodeRune(c, low); whole != utf8.RuneError {
							b = utf8.AppendRune(b, whole)
							raw = raw[stop+1:]
							continue
						}
					}
				}
			}
			if c < 0x20 && c != '\n' && c != '\t' && c != '\r' || c > utf8.MaxRune || utf16.IsSurrogate(c) || c == 0xFFFE || c == 0xFFFF {
				s.odd++
				c = utf8.RuneError
			}
			b = utf8.AppendRune(b, c)
		}
	}
	return b, nil
}

func charRef(ref string) (rune, bool) {
	if !strings.HasPrefix(ref, "#") {
		return 0, false
	}
	base := 10
	if ref = ref[1:]; len(ref) > 0 && (ref[0] == 'x' || ref[0] == 'X') {
		base, ref = 16, ref[1:]
	}
	if ref == "" || ref[0] == '+' || ref[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(ref, base, 32)
	if err != nil || n > 1<<30 {
		return 0, false
	}
	return rune(n), true
}

// content gives the text of the element that began last, up to its end. Elements inside go to child, which must pass
// over them. Line ends are as in the file, since positions may have counted them.
func (s *scanner) content(limit int64, child func() error) (string, error) {
	var b []byte
	for {
		t, err := s.next()
		if err != nil {
			return "", err
		}
		switch t {
		case tokEnd:
			return string(b), nil
		case tokText:
			if int64(len(b)+len(s.raw)) > limit {
				return "", bad(BadSize, "", errors.New("too long a text"))
			}
			if s.cdata {
				for _, c := range s.raw {
					if c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
						s.odd++
						b = append(b, "\uFFFD"...)
						continue
					}
					b = append(b, c)
				}
			} else if b, err = s.unescape(b, s.raw); err != nil {
				return "", err
			}
		case tokStart:
			if err := child(); err != nil {
				return "", err
			}
		case tokEOF:
			return "", io.ErrUnexpectedEOF
		}
	}
}

// each gives every child of the element that began last to do, which must pass over it.
func (s *scanner) each(do func() error) error {
	for {
		t, err := s.next()
		if err != nil {
			return err
		}
		switch t {
		case tokEnd:
			return nil
		case tokStart:
			if err := do(); err != nil {
				return err
			}
		case tokEOF:
			return io.ErrUnexpectedEOF
		}
	}
}

// utf8XML makes the bytes of an XML file UTF-8 without byte-order mark, and says what they were and how many bytes were not
// of any character.
func utf8XML(data []byte) (out []byte, charset string, broken int) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), len(data) > 3 && data[0] == '<' && data[1] == 0:
		return decode16(data, false), "utf-16le", 0
	case bytes.HasPrefix(data, []byte("\xfe\xff")), len(data) > 3 && data[0] == 0 && data[1] == '<':
		return decode16(data, true), "utf-16be", 0
	}
	for bytes.HasPrefix(data, []byte("\ufeff")) {
		data = data[3:]
	}
	if utf8.Valid(data) {
		return data, "utf-8", 0
	}
	head := strings.ToLower(string(data[:min(len(data), 200)]))
	if strings.Contains(head, "1252") || strings.Contains(head, "8859-1") {
		return decode1252(data), "windows-1252", 0
	}
	out = make([]byte, 0, len(data)+len(data)/8)
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		if c == utf8.RuneError && n == 1 {
			broken++
		}
		out = utf8.AppendRune(out, c)
		data = data[n:]
	}
	return out, "utf-8", broken
}

func decode16(data []byte, big bool) []byte {
	unit := func(i int) rune {
		if big {
			return rune(data[i])<<8 | rune(data[i+1])
		}
		return rune(data[i+1])<<8 | rune(data[i])
	}
	out := make([]byte, 0, len(data))
	for i := 0; i+1 < len(data); i += 2 {
		c := unit(i)
		if utf16.IsSurrogate(c) {
			pair := utf8.RuneError
			if i+3 < len(data) {
				pair = utf16.DecodeRune(c, unit(i+2))
			}
			if c = pair; c != utf8.RuneError {
				i += 2
			}
		}
		if i == 0 && c == 0xFEFF {
			continue
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}

// high1252 are the characters of Windows-1252 at 0x80 to 0x9F; the five holes are control characters.
var high1252 = [32]rune{0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178}

func decode1252(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, b := range data {
		c := rune(b)
		if b >= 0x80 && b < 0xA0 {
			c = high1252[b-0x80]
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}
