package exchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A scanner reads the XML of office files from a stream, token by token, as encoding/xml in its strict way does, and takes
// and refuses the same; it is here because that one takes most of the time that reading a file takes. It knows elements,
// attributes, text, CDATA, comments, instructions, the five entities and references by number. There are no others: a
// document type definition is refused, and so are too deep a nesting and too many tokens. Only UTF-8 is read.
//
// It differs from encoding/xml in little: a long text may come in several tokens, a name may have any letter beyond ASCII, a
// reference by number has at most maxReference bytes, and a document type definition is refused where it begins.
type scanner struct {
	in     io.Reader
	buf    []byte // buf[at:] is read from in and not yet passed
	at     int
	inErr  error // why there is no more of in
	window int   // how long buf is at first, in bytes

	name  element // of the element that began last
	attrs []attr  // of the same; valid until the next token
	text  []byte  // the characters read last; valid until the next token
	depth int     // open elements, with the one that began last

	tokens  int
	empty   bool     // the element that began last ends at once
	open    []string // names of the open elements, with prefixes
	spaces  map[string]string
	before  []binding     // what prefixes meant outside of the open elements
	version int           // of spaces
	names   [256]*tagName // met before, by hash
	values  [256]string   // met before, by hash
	decoded []byte        // text and values that had references
}

// A token is what next found.
type token uint8

const (
	tokenStart token = iota // an element begins: its name and attrs
	tokenEnd                // one ends, also one written as <a/>
	tokenText               // characters, references resolved, line ends as "\n"
)

const (
	scanWindow   = 64 << 10
	maxReference = 1000 // bytes
)

var (
	errDTD       = errors.New("has a document type definition")
	errDeep      = errors.New("is nested too deep")
	errNotWell   = errors.New("is not well-formed XML")
	errCharacter = errors.New("has a character that XML has not")
	errShort     = errors.New("more is needed") // of the window
)

// What a byte may be part of, or what has to be done where it stands.
const (
	inName = 1 << iota
	isGap
	isColon
	isHigh // beyond ASCII
	isAmp
	isReturn
	isLess
	isMore
	isIllegal
)

var class = func() (c [256]uint16) {
	for b := range c {
		switch {
		case b >= 0x80:
			c[b] = inName | isHigh
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b == '.':
			c[b] = inName
		case b < ' ':
			c[b] = isIllegal
		}
	}
	c[':'], c['&'], c['<'], c['>'] = inName|isColon, isAmp, isLess, isMore
	c[' '], c['\t'], c['\n'], c['\r'] = isGap, isGap, isGap, isGap|isReturn
	return c
}()

func newScanner(in io.Reader) *scanner {
	return &scanner{in: in, window: scanWindow, spaces: map[string]string{}}
}

// next reads the next token. The error is io.EOF only where every element has ended.
func (s *scanner) next() (token, error) {
	if s.empty {
		s.empty = false
		s.end()
		return tokenEnd, s.count()
	}
	for {
		t, found, err := s.one()
		if err == errShort {
			if err = s.more(); err == io.EOF && (s.at < len(s.buf) || s.depth > 0) {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return 0, err
			}
			continue
		}
		if err == nil {
			err = s.count()
		}
		if err != nil || found {
			return t, err
		}
	}
}

func (s *scanner) count() error {
	if s.tokens++; s.tokens > maxTokens {
		return errBomb
	}
	return nil
}

// more reads on, keeping what is not yet passed. The error is why there was no more already when it was asked before.
func (s *scanner) more() error {
	if s.inErr != nil {
		return s.inErr
	}
	kept := s.buf[s.at:]
	if 2*len(kept) > cap(s.buf) || cap(s.buf) == 0 {
		s.buf = make([]byte, len(kept), max(2*cap(s.buf), s.window))
	}
	copy(s.buf[:len(kept)], kept)
	s.buf, s.at = s.buf[:len(kept)], 0
	for len(s.buf) < cap(s.buf) && s.inErr == nil {
		var n int
		n, s.inErr = s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
	}
	return nil
}

// one reads what begins at s.at, and passes it only when it is there to its end: otherwise errShort. Found is false for what
// is no token of a reader's.
func (s *scanner) one() (t token, found bool, err error) {
	d := s.buf[s.at:]
	if len(d) == 0 {
		return 0, false, errShort
	}
	if d[0] != '<' {
		return tokenText, true, s.characters(d)
	}
	if len(d) == 1 {
		return 0, false, errShort
	}
	switch d[1] {
	case '/':
		return tokenEnd, true, s.endTag(d)
	case '?':
		return 0, false, s.instruction(d)
	case '!':
		if len(d) < 3 {
			return 0, false, errShort
		}
		switch d[2] {
		case '-':
			return 0, false, s.comment(d)
		case '[':
			return tokenText, true, s.cdata(d)
		}
		return 0, false, errDTD
	}
	return tokenStart, true, s.startTag(d)
}

// characters reads text up to the next tag or, where the window has none, as far as it can be judged.
func (s *scanner) characters(d []byte) error {
	stop := bytes.IndexByte(d, '<')
	if stop < 0 {
		if stop = len(d); s.inErr != io.EOF {
			if stop = judged(d); stop == 0 {
				return errShort
			}
		}
	}
	var err error
	s.decoded = s.decoded[:0]
	if s.text, err = s.clean(d[:stop], false); err == nil {
		s.at += stop
	}
	return err
}

// judged gives how much of a text whose end is not yet there means the same whatever follows.
func judged(d []byte) int {
	stop := len(d)
	if k := bytes.LastIndexByte(d, '&'); k >= 0 && stop-k <= maxReference && bytes.IndexByte(d[k:], ';') < 0 {
		return k
	}
	for n := 0; n < 2 && stop > 0 && (d[stop-1] == ']' || d[stop-1] == '\r'); n++ {
		stop--
	}
	for n := 1; n <= min(stop, utf8.UTFMax); n++ {
		if utf8.RuneStart(d[stop-n]) {
			if !utf8.FullRune(d[stop-n : stop]) {
				stop -= n
			}
			break
		}
	}
	return stop
}

// cdata reads <![CDATA[…]]>.
func (s *scanner) cdata(d []byte) error {
	const begin = "<![CDATA["
	if len(d) < len(begin) && string(d) == begin[:len(d)] {
		return errShort
	}
	if !bytes.HasPrefix(d, []byte(begin)) {
		return errNotWell
	}
	d = d[len(begin):]
	stop := bytes.Index(d, []byte("]]>"))
	if stop < 0 {
		return errShort
	}
	s.text = d[:stop]
	if bytes.ContainsFunc(s.text, func(c rune) bool { return c < ' ' && class[c]&isIllegal != 0 }) || !legal(s.text) {
		return errCharacter
	}
	s.text = bytes.ReplaceAll(bytes.ReplaceAll(s.text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	s.at += len(begin) + stop + 3
	return nil
}

// comment passes over <!-- … -->, in which there is no other "--".
func (s *scanner) comment(d []byte) error {
	switch {
	case len(d) < 4:
		return errShort
	case d[3] != '-':
		return errNotWell
	}
	k := bytes.Index(d[4:], []byte("--"))
	switch {
	case k < 0 || len(d) <= 4+k+2:
		return errShort
	case d[4+k+2] != '>':
		return errNotWell
	}
	s.at += 4 + k + 3
	return nil
}

// instruction passes over <?…?>; what the declaration declares is judged by encoding/xml.
func (s *scanner) instruction(d []byte) error {
	i, _, err := nameAt(d, 2)
	if err != nil {
		return err
	}
	k := bytes.Index(d[i:], []byte("?>"))
	if k < 0 {
		return errShort
	}
	whole := d[:i+k+2]
	if string(d[2:i]) == "xml" {
		if _, err := xml.NewDecoder(bytes.NewReader(whole)).RawToken(); err != nil {
			return err
		}
	}
	s.at += len(whole)
	return nil
}

// clean checks text or an attribute's value and resolves its references and line ends.
func (s *scanner) clean(raw []byte, value bool) ([]byte, error) {
	flags := uint16(0)
	for _, c := range raw {
		flags |= class[c]
	}
	switch {
	case flags&isIllegal != 0, flags&isHigh != 0 && !legal(raw):
		return nil, errCharacter
	case flags&isLess != 0, flags&isMore != 0 && !value && bytes.Contains(raw, []byte("]]>")):
		return nil, errNotWell
	case flags&(isAmp|isReturn) == 0:
		return raw, nil
	}
	from := len(s.decoded)
	for len(raw) > 0 {
		i := 0
		for i < len(raw) && raw[i] != '&' && raw[i] != '\r' {
			i++
		}
		s.decoded = append(s.decoded, raw[:i]...)
		if raw = raw[i:]; len(raw) == 0 {
			break
		}
		if raw[0] == '\r' {
			s.decoded = append(s.decoded, '\n')
			raw = bytes.TrimPrefix(raw[1:], []byte("\n"))
			continue
		}
		stop := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
		if stop < 0 {
			return nil, errNotWell
		}
		c, ok := reference(string(raw[1:stop]))
		if !ok {
			return nil, errNotWell
		}
		s.decoded = utf8.AppendRune(s.decoded, c)
		raw = raw[stop+1:]
	}
	return s.decoded[from:], nil
}

// legal tells whether bytes are UTF-8 without the two characters beyond ASCII that XML has not.
func legal(b []byte) bool {
	return utf8.Valid(b) && !bytes.Contains(b, []byte("\uFFFE")) && !bytes.Contains(b, []byte("\uFFFF"))
}

// reference gives the character that &…; stands for.
func reference(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		base, digits = 16, hex
	}
	n, err := strconv.ParseUint(digits, base, 32)
	c := rune(n)
	return c, ok && err == nil && n <= unicode.MaxRune && (c >= ' ' || class[c]&isGap != 0) && c != 0xFFFE && c != 0xFFFF
}

// skip passes over the element that began last.
func (s *scanner) skip() *BadFile { return s.within(nil, nil) }

// within reads to the end of the element that began last, or of the file before any. Elements inside go to start, which may
// read them to their ends or leave what is in them to come; characters go to text.
func (s *scanner) within(start func(e element) *BadFile, text func(t []byte) *BadFile) *BadFile {
	for depth := s.depth; s.depth >= depth; {
		t, err := s.next()
		if err == io.EOF {
			return nil
		}
		var bf *BadFile
		switch {
		case err != nil:
			return badXML(err)
		case t == tokenStart && start != nil:
			bf = start(s.name)
		case t == tokenText && text != nil:
			bf = text(s.text)
		}
		if bf != nil {
			return bf
		}
	}
	return nil
}

// badXML makes the error of a walk a BadFile.
func badXML(err error) *BadFile {
	if errors.Is(err, errBomb) || errors.Is(err, errDTD) || errors.Is(err, errDeep) {
		return &BadFile{Reason: BadBomb, cause: err}
	}
	return broken(err)
}
