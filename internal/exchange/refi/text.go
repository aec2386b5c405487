package refi

import (
	"bytes"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// fetch gives the bytes that a path of the file means: an entry of the zip, or what Options.Beside has.
func (r *reader) fetch(raw string) (data []byte, e *entry, beside bool, bf *BadFile) {
	scheme, rest := "", strings.ReplaceAll(raw, `\`, "/")
	if i := strings.Index(rest, "://"); i >= 0 && i < 12 {
		scheme, rest = strings.ToLower(rest[:i]), rest[i+3:]
	}
	name := strings.TrimLeft(rest, "/")
	names := []string{name}
	if plain, err := url.PathUnescape(name); err == nil && plain != name {
		names = append(names, plain)
	}
	if e := r.entry(names, scheme); e != nil {
		data, bf = r.a.text(e)
		return data, e, false, bf
	}
	if r.o.Beside != nil && scheme != "internal" {
		for _, n := range names {
			if n == "" {
				continue
			}
			if scheme == "absolute" && strings.HasPrefix(rest, "/") && !(len(n) > 1 && n[1] == ':') {
				n = "/" + n
			}
			if data, err := r.o.Beside(n); err == nil && int64(len(data)) <= r.l.Text {
				return data, nil, true, nil
			}
		}
	}
	return nil, nil, false, nil
}

// entry looks a path up among the entries of the zip, by exact names in the places where programs put texts.
func (r *reader) entry(names []string, scheme string) *entry {
	if r.a == nil {
		return nil
	}
	for _, n := range names {
		if n == "" || !safeName(n) {
			continue
		}
		for _, dir := range []string{r.dir + "sources/", r.dir, "sources/", ""} {
			if e := r.a.find(dir + n); e != nil {
				return e
			}
		}
	}
	if scheme == "internal" {
		return nil
	}
	// A path of another machine whose file was put into the zip all the same.
	for _, n := range names {
		if base := path.Base(n); base != "." && base != "/" && base != ".." {
			if e := r.a.find(r.dir + "sources/" + base); e != nil {
				return e
			}
		}
	}
	return nil
}

// load finds the text of a document or memo.
func (r *reader) load(d *reading) (*layout, error) {
	el, name := d.element, d.d.Title()
	var data []byte
	var e *entry
	found := false
	if d.d.Path != "" {
		var beside bool
		var bf *BadFile
		data, e, beside, bf = r.fetch(d.d.Path)
		if bf != nil {
			return nil, bf
		}
		found = e != nil || beside
		if beside {
			r.alter(el, PathOutside, 1, name)
		}
		if found && bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("%PDF-")) {
			r.alter(el, NoReading, 1, name)
			found, data = false, nil
		}
	}
	if found {
		l := r.decode(data, el, name)
		r.keep(d, data, l.text)
		if d.inlined && d.inline != "" && unixEnds(d.inline) != l.text {
			r.alter(el, TwoTexts, 1, name)
		}
		r.behindText(d, e)
		r.beside(d)
		return l, nil
	}
	if d.inlined {
		r.behindText(d, nil)
		r.beside(d)
		return r.lay([]byte(d.inline), el, name), nil
	}
	if d.d.Rich != "" && r.o.Extract != nil {
		data, e, _, bf := r.fetch(d.d.Rich)
		if bf != nil {
			return nil, bf
		}
		if data != nil {
			if s, err := r.o.Extract(path.Base(d.d.Rich), data); err == nil && utf8.ValidString(s.Text) && int64(len(s.Text)) <= r.l.Text {
				r.alter(el, StyledRead, 1, name)
				d.styled = s
				if e != nil {
					e.used = true
				}
				l := r.lay([]byte(s.Text), el, name)
				r.keep(d, data, l.text)
				return l, nil
			}
		}
	}
	if d.on == OnDocument || d.d.Path != "" || d.d.Rich != "" {
		d.d.Missing = true
		r.alter(el, NoText, 1, name)
		r.behindText(d, nil)
	}
	return &layout{}, nil
}

// keep keeps the file of a document's text where it is not the text letter for letter.
func (r *reader) keep(d *reading, data []byte, text string) {
	if r.o.Originals && d.on == OnDocument && string(data) != text {
		d.d.Original = data
	}
}

// behindText notes the styled text or PDF beside a text.
func (r *reader) behindText(d *reading, text *entry) {
	if d.d.Kind == Transcript {
		return
	}
	if e := r.original(d.d.Rich); e != nil && e != text {
		if !e.used {
			r.lose("file", StyledBehind, 1, e.name)
		}
		e.used = true
	}
}

// original is the entry of a styled text, PDF or recording, if it is in the zip.
func (r *reader) original(raw string) *entry {
	if raw == "" || r.a == nil {
		return nil
	}
	n := strings.ReplaceAll(raw, `\`, "/")
	if i := strings.Index(n, "://"); i >= 0 {
		n = n[i+3:]
	}
	return r.entry([]string{strings.TrimLeft(n, "/")}, "")
}

// decode makes bytes a text.
func (r *reader) decode(data []byte, el, name string) *layout {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		data = append([]byte("\ufeff"), decode16(data, false)...)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		data = append([]byte("\ufeff"), decode16(data, true)...)
	case !utf8.Valid(data):
		good, broken := 0, 0
		for i := 0; i < len(data); {
			c, n := utf8.DecodeRune(data[i:])
			if c == utf8.RuneError && n == 1 {
				broken++
			} else if n > 1 {
				good++
			}
			i += n
		}
		if good <= broken {
			data = decode1252(data)
			r.alter(el, OldCharset, 1, name)
		} else {
			out := make([]byte, 0, len(data)+2*broken)
			for i := 0; i < len(data); {
				c, n := utf8.DecodeRune(data[i:])
				out = utf8.AppendRune(out, c)
				i += n
			}
			data = out
			r.alter(el, BrokenChars, broken, name)
		}
	}
	return r.lay(data, el, name)
}

// lay makes valid UTF-8 a text as it will be, and notes what it takes to count it as it was.
func (r *reader) lay(data []byte, el, name string) *layout {
	l := &layout{}
	for bytes.HasPrefix(data, []byte("\ufeff")) {
		data = data[3:]
		l.marks++
	}
	if l.marks > 0 {
		r.alter(el, MarkDropped, 1, name)
	}
	if bytes.IndexByte(data, '\r') < 0 && bytes.IndexByte(data, 0) < 0 {
		l.text = string(data)
	} else {
		var b strings.Builder
		b.Grow(len(data))
		at, zeros, ends := int32(0), 0, 0
		for i := 0; i < len(data); i++ {
			c := data[i]
			switch {
			case c == '\r':
				ends++
				if i+1 < len(data) && data[i+1] == '\n' {
					l.crlf = append(l.crlf, at)
					i++
				}
				b.WriteByte('\n')
			case c == 0:
				zeros++
				b.WriteString("\uFFFD")
			default:
				b.WriteByte(c)
				if c&0xC0 == 0x80 {
					continue // inside a character
				}
			}
			at++
		}
		l.text = b.String()
		if ends > 0 {
			r.alter(el, CRLF, 1, name)
		}
		r.alter(el, ZeroChars, zeros, name)
	}
	at := int32(0)
	for i := 0; i < len(l.text); {
		c := l.text[i]
		switch {
		case c < 0x80:
			i++
		case c < 0xE0:
			i += 2
		case c < 0xF0:
			i += 3
		default:
			l.astral = append(l.astral, at)
			i += 4
		}
		at++
	}
	l.chars = int(at)
	return l
}
