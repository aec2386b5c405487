package exchange

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of one PDF.
const (
	maxPages    = 20_000
	maxPdfLines = 2 * maxRows
	maxPdfBytes = 256 << 20 // memory that a PDFium may have, the file in it included
)

// A pdfReader is PDFium, compiled from WebAssembly. It can't be stopped while it looks at a page, since code that could
// would take three times as long: a child's limits stop it. One file is read at a time.
type pdfReader struct {
	mu    sync.Mutex
	cache string // where compiled code is kept, "" for nowhere
	hands int    // PDFiums that read a file of many pages at once; 0 means 1
	code  *pdfCode
	idle  []*pdfGuest // that have closed their last file
}

var thePdfReader pdfReader

// isPDF tells a PDF by its first bytes.
func isPDF(data []byte) bool { return bytes.HasPrefix(data, []byte("%PDF-")) }

// ready compiles PDFium, which takes seconds and 340 MB, or takes what an earlier run has left in the folder cache, which
// takes some hundredths of one. It must be called before this process loses the right to open files.
func (p *pdfReader) ready(cache string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache = cache
	return p.compile()
}

func (p *pdfReader) compile() error {
	if p.code != nil {
		return nil
	}
	if p.cache == "" {
		var err error
		p.code, err = compilePdfium(pdfiumModule, "")
		return err
	}
	c, g, err := keptPdfium(pdfiumModule, p.cache)
	if err != nil {
		return err
	}
	p.code, p.idle = c, append(p.idle, g)
	return nil
}

// borrow gives a PDFium that has no file open.
func (p *pdfReader) borrow() (*pdfGuest, error) {
	if n := len(p.idle); n > 0 {
		g := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return g, nil
	}
	return p.code.guest()
}

// giveBack keeps a PDFium for the next file, unless it went wrong or has grown.
func (p *pdfReader) giveBack(g *pdfGuest) {
	if g.fault != nil || g.mod.Memory().Size() > 64<<20 {
		_ = g.close()
		return
	}
	p.idle = append(p.idle, g)
}

// A pdfLine is one line of a page as it is printed. Lengths are in points (1/72 inch), y grows upwards, and x to where the line
// goes on.
type pdfLine struct {
	text        string
	page        int
	left, right float64
	base, size  float64   // where its letters stand, and the size of their font
	least       float64   // the size of the smaller ones, where those at both ends differ
	hyphen      bool      // ends in a hyphen that may be the typesetter's; it is no more in the text
	anchors     []anchor  // of remarks, by their number in pdfText
	raised      []int     // where the mark of a note may stand in the text, smaller and higher than the rest
	note        int       // the number of the footnote that it belongs to, 0 for the text
	starts      []float64 // where the words behind its first begin, of those that may be a speaker's and what is said
	tall        bool      // it begins in letters somewhat larger than those that it ends in
	who         bool      // a cell of a table that says who speaks
	fresh       bool      // what comes after such a table
}

// A pdfText is what is on the pages.
type pdfText struct {
	lines    []pdfLine
	pages    int
	pictures int // pages that show something but have no words
	unread   int // pages that could not be read
	hung     int // links, fields and other things that hang on pages, remarks apart
	remarks  []pdfRemark
}

// A readPage is what is on one page.
type readPage struct {
	lines   []pdfLine
	size    int  // bytes of their text
	picture bool // shows something but has no words
	hung    int
	remarks []pdfRemark
	state   pdfState
}

type pdfState uint8

const (
	pdfUnseen pdfState = iota
	pdfBroken
	pdfRead
)

// manyPages is from how many pages on a second PDFium is worth its start.
const manyPages = 8

// read gives the lines of a PDF in the order in which the file draws them.
func (p *pdfReader) read(data []byte) (*pdfText, *BadFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.compile(); err != nil {
		return nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	g, err := p.borrow()
	if err != nil {
		return nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	defer p.giveBack(g)
	doc, n, done, bf := g.open(data)
	if bf != nil {
		return nil, bf
	}
	defer done()
	if n > maxPages {
		return nil, bad(BadBomb)
	}
	all := &readPages{pages: make([]readPage, n)}
	var others sync.WaitGroup
	if n >= manyPages && p.hands > 1 {
		others.Go(func() { p.help(data, all) })
	}
	all.work(g, doc)
	others.Wait()
	t := &pdfText{pages: n}
	size := 0
	for i := range all.pages {
		q := &all.pages[i]
		if q.state != pdfRead && !all.full.Load() {
			*q = g.page(doc, i) // what the other could not read, for which there may have been no memory
		}
		if q.state != pdfRead {
			t.unread++
		}
		if q.picture {
			t.pictures++
		}
		t.hung += q.hung
		for _, r := range q.remarks {
			for _, s := range r.on {
				l := &q.lines[s.line]
				l.anchors = append(l.anchors, anchor{s.at, len(t.remarks), s.stop})
			}
			r.page = i
			t.remarks = append(t.remarks, r)
		}
		t.lines = append(t.lines, q.lines...)
		if size += q.size; size > 4*MaxChars || len(t.lines) > maxPdfLines {
			return nil, tooLong()
		}
	}
	if t.unread == t.pages {
		return nil, broken(fmt.Errorf("no page can be read: %w", errors.Join(g.fault)))
	}
	return t, nil
}

// help reads pages with a PDFium of its own, beside the one that has the file. What it can't read is left to that one.
func (p *pdfReader) help(data []byte, all *readPages) {
	defer func() { _ = recover() }() // the same page will be tried again, by who can tell of it
	g, err := p.code.guest()
	if err != nil {
		return
	}
	defer g.close()
	doc, n, _, bf := g.open(data)
	if bf != nil || n != len(all.pages) {
		return
	}
	all.work(g, doc)
}

// readPages are the pages of a file, which are taken a few at a time.
type readPages struct {
	pages       []readPage
	next        atomic.Int64
	size, lines atomic.Int64
	full        atomic.Bool // there is more on them than may be
}

// take gives the next pages that nobody has: a few, since pages beside each other share much of the file, and one at a time
// in the end, so that nobody waits long for the other.
func (all *readPages) take() (from, to int) {
	for {
		was := all.next.Load()
		from = int(was)
		left := len(all.pages) - from
		to = from + min(4, (left+7)/8)
		if left == 0 || all.next.CompareAndSwap(was, int64(to)) {
			return from, to
		}
	}
}

func (all *readPages) work(g *pdfGuest, doc uint64) {
	for !all.full.Load() {
		from, to := all.take()
		if from == to {
			return
		}
		for i := from; i < to; i++ {
			q := g.page(doc, i)
			all.pages[i] = q
			if all.size.Add(int64(q.size)) > 4*MaxChars || all.lines.Add(int64(len(q.lines))) > maxPdfLines {
				all.full.Store(true)
				return
			}
		}
	}
}

// page reads one page.
func (g *pdfGuest) page(doc uint64, i int) (q readPage) {
	q.state = pdfBroken
	page := g.call("FPDF_LoadPage", doc, uint64(i))
	if page == 0 {
		return q
	}
	defer g.call("FPDF_ClosePage", page)
	words := g.call("FPDFText_LoadPage", page)
	if words == 0 {
		return q
	}
	defer g.call("FPDFText_ClosePage", words)
	var raw []pdfRaw
	if n := g.count("FPDFText_CountChars", words); n > 0 {
		at := g.wide(2 * (n + 1))
		if at == 0 {
			return q
		}
		raw = g.split(words, i, g.utf16(min(g.count("FPDFText_GetText", words, 0, uint64(n), at), n+1)), &q)
	}
	q.picture = len(q.lines) == 0 && g.count("FPDFPage_CountObjects", page) > 0
	g.marks(words, raw, &q)
	g.remarks(page, words, raw, &q)
	q.state = pdfRead
	return q
}

// place gives the number and the box of a letter, by its unit of a page's text. The box is what its font keeps free for it, or,
// where the font doesn't say how tall it is, little more than its ink.
func (g *pdfGuest) place(words uint64, unit int) (at uint64, b box, ok bool) {
	n := int32(g.call("FPDFText_GetCharIndexFromTextIndex", words, uint64(unit)))
	if n < 0 || !g.yes("FPDFText_GetLooseCharBox", words, uint64(n), g.small) {
		return 0, b, false
	}
	f := g.floats(4)
	return uint64(n), box{left: f[0], top: f[1], right: f[2], bottom: f[3]}, true
}

// stand gives the height on which a letter stands, and the size of its font.
func (g *pdfGuest) stand(words, at uint64, b box) (base, size float64) {
	base, size = b.bottom, math.Float64frombits(g.call("FPDFText_GetFontSize", words, at))
	if g.yes("FPDFText_GetMatrix", words, at, g.small) {
		m := g.floats(4)
		size *= math.Hypot(m[2], m[3])
	}
	if g.yes("FPDFText_GetCharOrigin", words, at, g.small, g.small+8) {
		base = g.double(g.small + 8)
	}
	return base, max(size, (b.top-b.bottom)/2) // a font of pictures may have any size
}

// split makes lines of a page's text and looks up where they stand.
func (g *pdfGuest) split(words uint64, page int, text string, q *readPage) (raw []pdfRaw) {
	unit := 0 // of UTF-16, in which PDFium counts
	for text != "" {
		line := text
		begin, first, last := unit, -1, 0
		inked, leftward := 0, 0 // letters, and those of scripts that are written to the left
		for i, c := range text {
			if !unicode.IsSpace(c) && c > ' ' {
				inked++
				if isLeftward(c) {
					leftward++
				}
				if first < 0 {
					first = unit
				}
				last = unit
			}
			unit += max(utf16.RuneLen(c), 1)
			if c == '\n' || c == lineHyphen || c == '\uFFFE' {
				line = text[:i+utf8.RuneLen(c)]
				break
			}
		}
		text = text[len(line):]
		if first < 0 {
			continue
		}
		l := pdfLine{page: page}
		l.text, l.hyphen = pdfWords(line)
		if l.text == "" {
			continue
		}
		head, one, ok := g.place(words, first)
		tail, other, fine := g.place(words, last)
		if !ok {
			head, one = tail, other
		} else if !fine {
			tail, other = head, one
		}
		l.left, l.right = one.left, other.right
		if leftward*3 > inked { // with some words of another script among them
			var text string
			if l.left, l.right, text = g.mirrored(words, begin, line); text != "" && !l.hyphen {
				l.text = text
			}
		}
		if ok || fine {
			l.base, l.size = g.stand(words, head, one)
			base, size := g.stand(words, tail, other)
			l.least = min(l.size, size)
			l.tall = l.size > 1.05*size && l.size < 1.17*size // not so much as before a raised number
			if size > l.size {
				l.base, l.size = base, size
			}
		}
		g.starts(words, pdfRaw{line, begin}, &l)
		q.size += len(l.text)
		q.lines = append(q.lines, l)
		raw = append(raw, pdfRaw{line, begin})
	}
	return raw
}

// mirrored gives where a line that is written to the left begins and ends, as in a mirror, and its text where that can be told by
// the places of its letters; PDFium doesn't always have them in their order. It can be in Hebrew, whose letters stand beside each other.
func (g *pdfGuest) mirrored(words uint64, unit int, line string) (left, right float64, text string) {
	left, right = math.Inf(1), math.Inf(-1)
	var all []pdfLetter
	sure := true
	for _, c := range line {
		if !unicode.IsSpace(c) && c > ' ' {
			_, b, ok := g.place(words, unit)
			if ok {
				left, right = min(left, -b.right), max(right, -b.left)
				all = append(all, pdfLetter{b, c})
			}
			sure = sure && ok && !unicode.IsMark(c) && (!isLeftward(c) || c < 0x600 || c >= 0xFB1D && c < 0xFB50)
		}
		unit += max(utf16.RuneLen(c), 1)
	}
	if left > right {
		return 0, 0, ""
	}
	if sure {
		text = fromRight(all)
	}
	return left, right, text
}

// A pdfLetter is a letter and where it stands.
type pdfLetter struct {
	box
	c rune
}

// fromRight gives the text of a line that is read from the right. Numbers and words of other scripts in it are read from the left.
func fromRight(all []pdfLetter) string {
	slices.SortStableFunc(all, func(a, b pdfLetter) int { return cmp.Compare(b.left+b.right, a.left+a.right) })
	var text []rune
	for i, l := range all {
		if i > 0 && all[i-1].left-l.right > 0.12*(l.top-l.bottom) {
			text = append(text, ' ')
		}
		text = append(text, l.c)
	}
	other := func(c rune) bool { return !isLeftward(c) && (unicode.IsLetter(c) || unicode.IsDigit(c)) }
	for i := 0; i < len(text); i++ {
		if !other(text[i]) {
			text[i] = unmirrored(text, i)
			continue
		}
		to := i + 1
		for k := to; k < len(text) && !isLeftward(text[k]) && k <= to+1; k++ { // one sign may stand inside
			if other(text[k]) {
				to = k + 1
			}
		}
		slices.Reverse(text[i:to])
		i = to - 1
	}
	return string(text)
}

// unmirrored is the character at i of a text that is read from the right: what opens there looks as what shuts elsewhere.
func unmirrored(text []rune, i int) rune {
	const opening, shutting = "([{<«", ")]}>»"
	begins := i == 0 || text[i-1] == ' '
	ends := i+1 == len(text) || !unicode.IsLetter(text[i+1]) && !unicode.IsDigit(text[i+1])
	if k := strings.IndexRune(shutting, text[i]); k >= 0 && begins && !ends {
		return firstRune(opening[k:])
	}
	if k := strings.IndexRune(opening, text[i]); k >= 0 && ends && !begins {
		return firstRune(shutting[k:])
	}
	return text[i]
}

// isLeftward tells letters of scripts that are written to the left.
func isLeftward(c rune) bool {
	return c >= 0x590 && c < 0x900 || c >= 0xFB1D && c < 0xFE00 || c >= 0xFE70 && c < 0xFEFF
}

// lineHyphen is how PDFium writes a hyphen at a line's end, and the end of that line; older ones wrote U+FFFE.
const lineHyphen = '\x02'

// pdfWords takes off what is no character of the text: the signs of PDFium, and white space at both ends.
func pdfWords(line string) (text string, hyphen bool) {
	line = strings.TrimSpace(line)
	if z := lastRune(line); z == lineHyphen || z == '\uFFFE' || z == '\u00AD' || z == '\u2010' && len(line) > len("\u2010") {
		return pdfPlain(strings.TrimSuffix(line, string(z))), true
	}
	if n := len(line); n > 1 && line[n-1] == '-' && line[n-2] != ' ' && line[n-2] != '-' {
		return pdfPlain(line[:n-1]), true
	}
	return pdfPlain(line), false
}

func pdfPlain(s string) string { return strings.TrimSpace(pdfSigns(s)) }

// pdfSigns takes off the signs of PDFium.
func pdfSigns(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7F || c == '\uFFFE' || c == '\uFFFF' {
			return -1
		}
		return c
	}, s)
}
