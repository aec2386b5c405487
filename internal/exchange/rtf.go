package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

type rtfState struct {
	dest    rtfDest
	begun   bool // this group, not one around it, began the destination
	star    bool // \* was read: the next word begins a destination
	table   bool
	deleted bool
	revised bool
	hidden  bool
	head    bool // of the paragraph
	uc      int  // characters after \u that stand for it in old programs
	font    int
	page    int // code page; 0 is the file's
}

// An rtfSink is where paragraphs go while a note, a box or a remark is read.
type rtfSink struct {
	p    *para
	rows []row
	n    int // number of a note
}

// An rtfLink is a link whose words are being read.
type rtfLink struct {
	address string
	depth   int // of the group around its field
	p       *para
	at      int
}

// An rtfStyle is a style of paragraphs.
type rtfStyle struct {
	number, based int
	outline       bool // it says of itself whether it is one of headings
	head          bool
}

type rtfWalk struct {
	flow
	in    []byte
	at    int
	s     rtfState
	stack []rtfState
	sinks []rtfSink
	p     *para

	page, deff             int
	fonts                  map[int]int // font -> code page, -1 for fonts of symbols
	defining               int
	style                  rtfStyle         // being defined
	styles                 map[int]rtfStyle // of paragraphs
	raw                    []byte           // bytes not yet decoded
	high                   rune             // the first half of a pair of \u
	skip                   int              // characters that stand for the last \u
	small                  strings.Builder  // words of destinations without paragraphs
	lost                   int
	row                    bool // the last paragraph ended a row of a table
	remark                 Comment
	link                   rtfLink
	ref                    string
	hung                   map[string]int // name of a place -> its number among anchors
	real                   map[int]int    // number among anchors -> place in Comments
	hadDeleted, hadRevised bool
}

// readRtf reads the words of an RTF file as they stand with all tracked changes accepted.
func (r *Reading) readRtf(data []byte) ([]row, *BadFile) {
	w := &rtfWalk{flow: newFlow(r), in: data, page: 1252, fonts: map[int]int{}, styles: map[int]rtfStyle{}, p: &para{}, hung: map[string]int{}, real: map[int]int{}}
	w.s.uc = 1
	if bf := w.walk(); bf != nil {
		return nil, bf
	}
	w.settle(w.rows)
	for _, rows := range w.notes {
		w.settle(rows)
	}
	r.note("undecoded", w.lost, "charset", pageName(w.page))
	return w.done(), nil
}

// settle gives anchors the remarks that were read after them.
func (w *rtfWalk) settle(rows []row) {
	for _, one := range rows {
		if one.more == nil {
			continue
		}
		for i := range one.more.anchors {
			a := &one.more.anchors[i]
			if c, ok := w.real[a.comment]; ok {
				a.comment = c
			} else {
				a.comment = -1
			}
		}
	}
}

func (w *rtfWalk) walk() *BadFile {
	for w.at < len(w.in) {
		if w.over {
			return w.grow(0)
		}
		switch c := w.in[w.at]; c {
		case '{':
			w.flush()
			w.skip = 0
			if len(w.stack) >= maxDepth {
				return &BadFile{Reason: BadBomb, cause: errDeep}
			}
			w.stack = append(w.stack, w.s)
			w.s.begun, w.s.star = false, false
			w.at++
		case '}':
			w.flush()
			if n := len(w.stack); w.s.dest == rtfStyles && n > 0 && w.stack[n-1].begun {
				w.endStyle()
			}
			w.skip = 0
			w.at++
			if len(w.stack) == 0 {
				return broken(errors.New("a group ends that did not begin"))
			}
			if w.s.begun {
				if bf := w.leave(); bf != nil {
					return bf
				}
			}
			w.s = w.stack[len(w.stack)-1]
			w.stack = w.stack[:len(w.stack)-1]
			if w.link.p != nil && len(w.stack) < w.link.depth {
				if w.link.p != w.p || linkHides(w.link.address, w.p.text.String()[w.link.at:]) {
					w.count("links")
				}
				w.link = rtfLink{}
			}
			if len(w.stack) == 0 {
				return w.end()
			}
		case '\\':
			if bf := w.control(); bf != nil {
				return bf
			}
		case '\r', '\n', 0:
			w.at++
		default:
			w.text(c)
			w.at++
			if w.skip == 0 && w.s.dest != rtfSkip && w.s.dest != rtfPicture && w.s.dest != rtfObject {
				// Most of a file is plain words: take them in one go.
				n := 0
				for _, c := range w.in[w.at:] {
					if !rtfPlain[c] {
						break
					}
					n++
				}
				w.raw = append(w.raw, w.in[w.at:w.at+n]...)
				w.at += n
			}
		}
	}
	return broken(errors.New("the file ends inside a group"))
}

// end is the end of the outermost group.
func (w *rtfWalk) end() *BadFile {
	w.paragraph()
	w.shutGrid()
	if len(bytes.Trim(w.in[w.at:], " \r\n\t\x00\x1a")) > 0 {
		w.count("skipped")
	}
	return nil
}

// text takes one byte of words.
func (w *rtfWalk) text(c byte) {
	if w.skip > 0 {
		w.skip--
		return
	}
	switch w.s.dest {
	case rtfSkip, rtfPicture, rtfObject:
	default:
		w.raw = append(w.raw, c)
	}
}

// control reads a backslash and what follows.
func (w *rtfWalk) control() *BadFile {
	w.at++
	if w.at >= len(w.in) {
		return broken(errors.New("the file ends inside a word"))
	}
	c := w.in[w.at]
	if c < 'A' || c > 'z' || c > 'Z' && c < 'a' {
		w.at++
		return w.symbol(c)
	}
	in := w.in[w.at:]
	at := 0
	for at < len(in) && (in[at] >= 'a' && in[at] <= 'z' || in[at] >= 'A' && in[at] <= 'Z') {
		at++
	}
	word := in[:at]
	if len(word) > 40 {
		return broken(errors.New("a control word is too long"))
	}
	n, has, neg := 0, false, false
	if at+1 < len(in) && in[at] == '-' && in[at+1] >= '0' && in[at+1] <= '9' {
		neg = true
		at++
	}
	for at < len(in) && in[at] >= '0' && in[at] <= '9' {
		if has = true; n < 1<<30 {
			n = n*10 + int(in[at]-'0')
		}
		at++
	}
	if neg {
		n = -n
	}
	if at < len(in) && in[at] == ' ' {
		at++
	}
	w.at += at
	return w.word(word, n, has)
}

// symbol is a control symbol.
func (w *rtfWalk) symbol(c byte) *BadFile {
	if c == '\'' {
		if w.at+2 > len(w.in) {
			return broken(errors.New("the file ends inside a character"))
		}
		v, err := strconv.ParseUint(string(w.in[w.at:w.at+2]), 16, 8)
		if err != nil {
			w.lost++
			return nil
		}
		w.at += 2
		w.text(byte(v))
		return nil
	}
	if w.skip > 0 && c != '*' {
		w.skip--
		return nil
	}
	switch c {
	case '\\', '{', '}':
		w.text(c)
	case '~':
		w.put("\u00a0")
	case '_':
		w.put("\u2011")
	case '\t':
		w.put("\t")
	case '\n', '\r':
		w.paragraph()
	case '*':
		w.s.star = true
	}
	return nil
}

// word is a control word with its number.
func (w *rtfWalk) word(word []byte, n int, has bool) *BadFile {
	if string(word) == "bin" {
		if n < 0 || n > len(w.in)-w.at {
			return broken(errors.New("binary data beyond the end"))
		}
		w.at += n
		return nil
	}
	if w.skip > 0 {
		w.skip--
		return nil
	}
	if string(word) == "u" && has {
		w.unicode(n)
		return nil
	}
	w.flush()
	what := rtfKnown[string(word)]
	if what.group {
		star := w.s.star
		w.s.star = false
		if len(w.stack) > 0 && (w.s.dest != rtfSkip || star && string(word) == "ud") {
			return w.begin(string(word), what.dest, n, has)
		}
		return nil
	}
	if w.s.star {
		w.s.star = false
		w.s.dest = rtfSkip
		return nil
	}
	if what.sign != "" {
		w.put(what.sign)
		return nil
	}
	on := !has || n != 0
	switch string(word) {
	case "par", "sect", "page", "column":
		if !w.s.table && w.inBody() { // the table is over
			w.shutGrid()
		}
		w.paragraph()
	case "cell", "nestcell":
		if w.inBody() && w.grid() == nil {
			w.openGrid()
		}
		w.paragraph()
		if w.inBody() {
			w.endCell()
			w.grid().nested = w.grid().nested || string(word) == "nestcell"
		}
	case "row", "nestrow":
		w.paragraph()
		if w.inBody() {
			w.endLine()
		}
		if !w.row && w.s.dest != rtfSkip {
			w.count("tables")
		}
		w.row = true
	case "pard":
		w.s.table, w.s.head = false, false
	case "s":
		if w.s.dest == rtfStyles {
			w.style.number = n
		}
		w.s.head = w.styles[n].head
	case "sbasedon":
		w.style.based = n
	case "outlinelevel":
		w.s.head = n < 9
		w.style.outline, w.style.head = true, n < 9
	case "intbl":
		w.s.table = true
	case "plain":
		w.s.font, w.s.deleted, w.s.revised, w.s.hidden = w.deff, false, false, false
		w.s.page = w.fonts[w.deff]
	case "deleted":
		w.s.deleted = on
	case "revised":
		w.s.revised = on
	case "v":
		w.s.hidden = on
	case "uc":
		w.s.uc = min(max(n, 0), 64)
	case "f":
		if w.s.dest == rtfFonts {
			w.defining = n
		} else {
			w.s.font = n
			w.s.page = w.fonts[n]
		}
	case "fcharset":
		if w.s.dest == rtfFonts && len(w.fonts) < 50_000 {
			w.fonts[w.defining] = charsetPages[n]
		}
	case "cpg":
		if w.s.dest == rtfFonts && len(w.fonts) < 50_000 {
			w.fonts[w.defining] = n
		}
	case "deff":
		w.deff = n
	case "ansicpg":
		if n > 0 {
			w.page = n
		}
	case "mac":
		w.page = 10000
	case "pc":
		w.page = 437
	case "pca":
		w.page = 850
	}
	return nil
}

// endStyle takes a style of the sheet. LibreOffice tells its headings by their names alone.
func (w *rtfWalk) endStyle() {
	one := w.style
	if !one.outline {
		one.head = outlineOf(strings.Trim(w.small.String(), " ;")) != "" || w.styles[one.based].head
	}
	if len(w.styles) < 20_000 {
		w.styles[one.number] = one
	}
	w.style = rtfStyle{}
	w.small.Reset()
}

// inBody tells that rows go into the text itself.
func (w *rtfWalk) inBody() bool { return len(w.sinks) == 0 && w.s.dest == rtfBody }

// paragraph ends one.
func (w *rtfWalk) paragraph() {
	w.flush()
	if w.s.dest == rtfSkip || w.s.dest == rtfField || w.s.dest == rtfMark || w.s.dest == rtfStyles {
		return
	}
	if w.s.deleted && w.p.text.Len() == 0 {
		return
	}
	if w.s.deleted { // the end of the paragraph is deleted: the next goes on in it
		return
	}
	if len(w.sinks) == 0 && !w.s.table {
		w.row = false
	}
	if w.p.blank() {
		w.p.mark = ""
		return
	}
	if w.s.table && w.inBody() && w.grid() == nil {
		w.openGrid()
	}
	w.p.head = w.s.head
	w.add(w.close(w.p))
	if w.link.p == w.p {
		w.p = &para{}
	} else {
		w.p.again()
	}
}

// begin begins a destination.
func (w *rtfWalk) begin(word string, dest rtfDest, n int, has bool) *BadFile {
	w.s.dest, w.s.begun = dest, true
	switch dest {
	case rtfBody:
		w.s.begun = false
	case rtfNote:
		number := w.footnote()
		if !w.s.deleted {
			w.p.text.WriteString(bracketed(number))
		}
		w.push(number)
	case rtfBox, rtfHead, rtfRemark:
		w.push(0)
	case rtfPicture:
		w.count("images")
	case rtfObject:
		w.count("objects")
	case rtfSkip:
		if word == "tc" || word == "tcn" || word == "xe" {
			w.count("hidden")
		}
		w.s.begun = false
	default:
		w.small.Reset()
		if has { // "{\*\atrfstart 1}" has its number as words, some write it as the word's
			fmt.Fprint(&w.small, n)
		}
	}
	return w.grow(0)
}

func (w *rtfWalk) push(number int) {
	w.sinks = append(w.sinks, rtfSink{w.p, w.rows, number})
	w.p, w.rows = &para{}, nil
}

// leave ends a destination.
func (w *rtfWalk) leave() *BadFile {
	words := strings.TrimSpace(w.small.String())
	switch w.s.dest {
	case rtfNote, rtfBox, rtfHead, rtfRemark:
		deleted := w.s.deleted
		w.s.deleted = false
		w.paragraph()
		rows := w.rows
		sink := w.sinks[len(w.sinks)-1]
		w.sinks = w.sinks[:len(w.sinks)-1]
		w.p, w.rows = sink.p, sink.rows
		switch {
		case w.s.dest == rtfNote:
			w.notes[sink.n] = rows
			if deleted {
				w.notes[sink.n] = nil
			}
		case w.s.dest == rtfBox:
			w.count("textboxes")
			w.p.boxes = append(w.p.boxes, rows...)
		case w.s.dest == rtfHead:
			if len(rows) > 0 {
				w.count("headers")
			}
		default:
			w.remark.Text = wordsOf(rows)
			at := w.place(w.ref)
			if c := w.comment(w.remark); c >= 0 {
				w.real[at] = c
				if w.ref == "" { // no words named: it hangs here
					w.p.anchor(at, false)
				} else {
					w.p.anchor(at, false) // has no effect where the words have begun
				}
			}
			w.remark, w.ref = Comment{}, ""
		}
		return w.grow(0)
	case rtfMark:
		if mark := oneRow(words); mark != "" && w.p.mark == "" {
			w.p.mark = clip(mark, 40)
			if c := []rune(mark); len(c) == 1 {
				w.p.mark = bullet(mark)
				if unicode.IsDigit(c[0]) {
					w.p.mark = mark
				}
			}
		}
	case rtfAuthor:
		w.remark.Author = words
	case rtfRef:
		w.ref = words
	case rtfDate:
		w.remark.At = dttm(words)
	case rtfStart:
		w.p.anchor(w.place(words), false)
	case rtfStop:
		w.p.anchor(w.place(words), true)
	case rtfName:
		if words == "pib" { // a picture
			w.count("images")
		}
	case rtfField:
		switch kind, rest, _ := strings.Cut(words, " "); strings.ToUpper(kind) {
		case "HYPERLINK":
			if address, _, _ := strings.Cut(strings.TrimLeft(rest, ` "`), `"`); !strings.HasPrefix(rest, `\l`) {
				w.link = rtfLink{address, len(w.stack) - 1, w.p, w.p.text.Len()}
			}
		case "EQ":
			// Reading aids above characters have both in the field: "EQ \* jc2 \o\ad(\s\up 9(aid),words)".
			if base := rest[strings.LastIndexAny(rest, ",;")+1:]; strings.Contains(rest, `\o`) && strings.HasSuffix(base, ")") && len(base) < len(rest) {
				w.count("ruby")
				w.p.text.WriteString(strings.TrimSuffix(base, ")"))
			} else {
				w.count("objects")
			}
		}
	}
	w.small.Reset()
	return nil
}

// place gives the number of a named place among anchors; a place without a name is a new one.
func (w *rtfWalk) place(name string) int {
	if name != "" {
		if n, ok := w.hung[name]; ok {
			return n
		}
	} else {
		name = "\x00" + strconv.Itoa(len(w.hung))
	}
	n := len(w.hung) + 1
	if n <= 4*maxComments {
		w.hung[name] = n
	}
	return n
}

// dttm reads a time as Word packs it into a number: minute, hour, day, month, years from 1900.
func dttm(s string) string {
	signed, err := strconv.ParseInt(s, 10, 64)
	n := int64(uint32(signed))
	if err != nil || n == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:00", 1900+(n>>20&0x1FF), n>>16&0xF, n>>11&0x1F, n>>6&0x1F, n&0x3F)
}
