package exchange

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// unicode is \uN: half of a pair, or a character, with others after it for programs that don't know it.
func (w *rtfWalk) unicode(n int) {
	w.flush()
	w.skip = w.s.uc
	c := rune(uint16(n))
	if n > 0xFFFF && n <= unicode.MaxRune {
		c = rune(n)
	}
	if w.s.dest == rtfSkip {
		return
	}
	if w.high != 0 {
		full := utf16.DecodeRune(w.high, c)
		w.high = 0
		if full != unicode.ReplacementChar {
			w.put(string(full))
			return
		}
		w.lost++
		w.put("\uFFFD")
	}
	switch {
	case c >= 0xD800 && c < 0xDC00:
		w.high = c
	case utf16.IsSurrogate(c):
		w.lost++
		w.put("\uFFFD")
	case c >= 0xF000 && c < 0xF100:
		w.private(byte(c))
	case c < ' ' && c != '\t' && c != '\n' || c == 0xFFFE || c == 0xFFFF || c == 0x7F:
		if c != 0 {
			w.lost++
		}
	default:
		w.put(string(c))
	}
}

// private is a character of a font of symbols: a bullet is a bullet in all of them, the others have no meaning outside.
func (w *rtfWalk) private(c byte) {
	if c == 0xB7 || c == 0xA7 || w.s.dest == rtfMark {
		w.put("•")
	} else if w.s.dest != rtfSkip {
		w.count("symbols")
	}
}

// put adds words that are decoded.
func (w *rtfWalk) put(s string) {
	w.flush()
	w.write(s)
}

func (w *rtfWalk) write(s string) {
	switch {
	case w.s.dest == rtfSkip, w.s.dest == rtfFonts, w.s.dest == rtfPicture, w.s.dest == rtfObject:
	case w.s.dest.ofText():
		if w.takes(len(s)) {
			w.p.text.WriteString(s)
		}
	case w.small.Len() < 4096:
		w.small.WriteString(s)
	}
}

// takes tells whether n bytes go into the open paragraph of a destination of text.
func (w *rtfWalk) takes(n int) bool {
	// A change is what stands together, however many runs it is written in.
	if w.s.deleted && !w.hadDeleted {
		w.count("deletions")
	} else if w.s.revised && !w.s.deleted && !w.hadRevised {
		w.count("insertions")
	}
	w.hadDeleted, w.hadRevised = w.s.deleted, w.s.revised
	if w.s.deleted || w.hide(w.s.hidden) {
		return false
	}
	w.size += n // checked at the end of the paragraph and of the group
	return true
}

// flush decodes what was gathered.
func (w *rtfWalk) flush() {
	if len(w.raw) > 0 {
		w.decode()
	}
}

func (w *rtfWalk) decode() {
	if w.high != 0 {
		w.high = 0
		w.lost++
		w.write("\uFFFD")
	}
	raw := w.raw
	w.raw = w.raw[:0]
	if w.s.dest == rtfFonts {
		return
	}
	if w.s.dest == rtfStyles { // a name that can't be read is no loss
		text, _ := decodePage(raw, w.page)
		w.write(text)
		return
	}
	ascii := true
	for _, c := range raw {
		if c >= 0x7F || c < ' ' && c != '\t' {
			ascii = false
			break
		}
	}
	if ascii && !w.s.dest.ofText() {
		w.write(string(raw))
		return
	}
	if ascii {
		if w.takes(len(raw)) {
			w.p.text.Write(raw)
		}
		return
	}
	page := w.s.page
	if page < 0 {
		for _, c := range raw {
			if c >= 0x80 {
				w.private(c)
			} else if c >= ' ' {
				w.write(string(rune(c)))
			}
		}
		return
	}
	if page == 0 {
		page = w.page
	}
	text, lost := decodePage(raw, page)
	w.lost += lost
	w.write(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7F || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, text))
}
