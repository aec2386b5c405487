package refi

import (
	"sort"
	"strconv"
	"time"
	"unicode/utf8"
)

// start begins an element; attributes follow.
func (w *writer) start(name string) {
	w.close()
	w.indent()
	w.b.WriteByte('<')
	w.b.WriteString(name)
	w.open = true
	w.depth++
	w.names = append(w.names, name)
	if ranks[name] > 0 && !(name == "CodeRef" && w.depth > 1 && w.names[len(w.names)-2] == "Coding") {
		w.kept[name]++
	}
}

func (w *writer) close() {
	if w.open {
		w.b.WriteString(">")
		w.open = false
	}
}

func (w *writer) indent() {
	w.b.WriteByte('\n')
	for range w.depth {
		w.b.WriteByte(' ')
	}
}

// end ends the element that began last.
func (w *writer) end() {
	n := len(w.names) - 1
	name := w.names[n]
	w.names = w.names[:n]
	w.depth--
	if w.open {
		w.b.WriteString("/>")
		w.open = false
	} else {
		w.indent()
		w.b.WriteString("</")
		w.b.WriteString(name)
		w.b.WriteByte('>')
	}
}

// attr writes an attribute; one without value is left out unless it must be there.
func (w *writer) attr(name, value string, must bool) {
	if value == "" && !must {
		return
	}
	w.b.WriteByte(' ')
	w.b.WriteString(name)
	w.b.WriteString(`="`)
	w.escape(value, true)
	w.b.WriteByte('"')
}

func (w *writer) guid(name string, g GUID) {
	if g.IsZero() {
		return
	}
	w.b.WriteByte(' ')
	w.b.WriteString(name)
	w.b.WriteString(`="`)
	w.scratch = g.append(w.scratch[:0])
	w.b.Write(w.scratch)
	w.b.WriteByte('"')
}

func (w *writer) int(name string, n int) {
	w.b.WriteByte(' ')
	w.b.WriteString(name)
	w.b.WriteString(`="`)
	w.scratch = strconv.AppendInt(w.scratch[:0], int64(n), 10)
	w.b.Write(w.scratch)
	w.b.WriteByte('"')
}

func (w *writer) time(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.b.WriteByte(' ')
	w.b.WriteString(name)
	w.b.WriteString(`="`)
	w.scratch = t.UTC().AppendFormat(w.scratch[:0], time.RFC3339Nano)
	w.b.Write(w.scratch)
	w.b.WriteByte('"')
}

func (w *writer) stamp(s Stamp, project bool) {
	c, e := "creatingUser", "modifyingUser"
	if project {
		c, e = "creatingUserGUID", "modifyingUserGUID"
	}
	w.guid(c, s.Coder)
	w.time("creationDateTime", s.Created)
	w.guid(e, s.Editor)
	w.time("modifiedDateTime", s.Modified)
}

// words writes an element of text alone.
func (w *writer) words(name, text string) {
	w.start(name)
	w.b.WriteByte('>')
	w.escape(text, false)
	w.b.WriteString("</")
	w.b.WriteString(name)
	w.b.WriteByte('>')
	w.open = false
	n := len(w.names) - 1
	w.names, w.depth = w.names[:n], w.depth-1
}

func (w *writer) description(s string) {
	if s != "" {
		w.words("Description", s)
	}
}

// ref writes an element that is a reference alone.
func (w *writer) ref(name string, g GUID) {
	w.start(name)
	w.guid("targetGUID", g)
	w.end()
}

func (w *writer) refs(name string, to []GUID) {
	for _, g := range to {
		w.ref(name, g)
	}
}

func (w *writer) notes(t Target) { w.refs("NoteRef", w.memosOn[t]) }

// thing begins an element that has an identifier and a name; must is for its name.
func (w *writer) thing(element string, g GUID, name string, must bool) {
	w.start(element)
	w.guid("guid", g)
	w.attr("name", name, must)
}

// list writes an element around things of one kind; none where there are no things.
func list[T any](w *writer, element string, of []T, one func(*T)) {
	if len(of) == 0 {
		return
	}
	w.start(element)
	for i := range of {
		one(&of[i])
	}
	w.end()
}

// escape writes text so that it comes back. What XML forbids becomes U+FFFD and is counted.
func (w *writer) escape(s string, attribute bool) {
	from := 0
	for i := 0; i < len(s); {
		c, n := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(s[i:])
		}
		r := ""
		switch {
		case c == '&':
			r = "&amp;"
		case c == '<':
			r = "&lt;"
		case c == '>':
			r = "&gt;"
		case c == '"' && attribute:
			r = "&quot;"
		case c == '\t' && attribute:
			r = "&#9;"
		case c == '\n' && attribute:
			r = "&#10;"
		case c == '\r':
			r = "&#13;"
		case c == utf8.RuneError && n == 1 || !allowed(c):
			r = "\uFFFD"
			w.odd++
		}
		if r != "" {
			w.b.WriteString(s[from:i])
			w.b.WriteString(r)
			from = i + n
		}
		i += n
	}
	w.b.WriteString(s[from:])
}

// allowed reports whether XML 1.0 has a character.
func allowed(c rune) bool {
	return c >= 0x20 && c != 0xFFFE && c != 0xFFFF || c == '\n' || c == '\t' || c == '\r'
}

// A measure finds the words of spans in a text, and counts it in UTF-16 units.
type measure struct {
	text   string
	bytes  []int32 // of every 64th code point; nil when all is ASCII
	astral []int32
	chars  int
}

func newMeasure(text string) *measure {
	m := &measure{text: text, chars: len(text)}
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return m
	}
	n := 0
	for at, c := range text {
		if n%64 == 0 {
			m.bytes = append(m.bytes, int32(at))
		}
		if c > 0xFFFF {
			m.astral = append(m.astral, int32(n))
		}
		n++
	}
	m.chars = n
	return m
}

// byte is where a code point begins.
func (m *measure) byte(at int) int {
	if at >= m.chars {
		return len(m.text)
	}
	if m.bytes == nil {
		return at
	}
	b := int(m.bytes[at/64])
	for range at % 64 {
		_, n := utf8.DecodeRuneInString(m.text[b:])
		b += n
	}
	return b
}

func (m *measure) words(start, stop int) string { return m.text[m.byte(start):m.byte(stop)] }

func (m *measure) utf16(at int) int {
	return at + sort.Search(len(m.astral), func(i int) bool { return int(m.astral[i]) >= at })
}
