package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Limits of one PDF.
const (
	maxPages    = 20_000
	maxPdfLines = 2 * maxRows
	maxPdfBytes = 256 << 20 // memory that PDFium may have, the file in it included
)

// A pdfReader is PDFium, compiled from WebAssembly: a guest without files, clock or network. It can't be stopped while it
// looks at a page, since code that could would take three times as long: a child's limits stop it. One file is read at a time.
type pdfReader struct {
	mu    sync.Mutex
	cache string // where compiled code is kept, "" for nowhere
	pool  pdfium.Pool
}

var thePdfReader pdfReader

// isPDF tells a PDF by its first bytes.
func isPDF(data []byte) bool { return bytes.HasPrefix(data, []byte("%PDF-")) }

// ready compiles PDFium, which takes seconds and 340 MB, or takes what an earlier run has left in the folder cache,
// which takes a tenth of a second. It must be called before this process loses the right to open files.
func (p *pdfReader) ready(cache string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache = cache
	return p.compile()
}

func (p *pdfReader) compile() error {
	if p.pool != nil {
		return nil
	}
	ctx := experimental.WithCompilationWorkers(context.Background(), 2)
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		return &guestMemory{most: min(most, maxPdfBytes)}
	}))
	// PDFium's C code leaves functions by exceptions.
	how := wazero.NewRuntimeConfig().WithMemoryLimitPages(maxPdfBytes >> 16).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	if p.cache != "" {
		c, err := wazero.NewCompilationCacheWithDir(p.cache)
		if err != nil {
			return err
		}
		how = how.WithCompilationCache(c)
	}
	pool, err := webassembly.Init(webassembly.Config{Context: ctx, RuntimeConfig: how, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), // by default it would see all files of the machine
		Stdout:   io.Discard, Stderr: io.Discard})
	if err != nil {
		return err
	}
	p.pool = pool
	return nil
}

// guestMemory is taken whole at once, and given by the kernel only as it is touched: growing by copying would need twice
// as much.
type guestMemory struct {
	most uint64
	all  []byte
}

func (m *guestMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if m.all == nil {
		m.all = make([]byte, m.most)
	}
	return m.all[:size]
}

func (m *guestMemory) Free() { m.all = nil }

// A pdfLine is one line of a page as it is printed. Lengths are in points (1/72 inch), y grows upwards.
type pdfLine struct {
	text        string
	page        int
	left, right float64
	base, size  float64 // the foot of its letters, and how tall they are from foot to head
	hyphen      bool    // ends in a hyphen that may be the typesetter's; it is no more in the text
}

// A pdfText is what is on the pages.
type pdfText struct {
	lines    []pdfLine
	size     int // bytes of their text
	pages    int
	pictures int // pages that show something but have no words
	unread   int // pages that could not be read
	hung     int // remarks, fields and other things that hang on pages
}

// read gives the lines of a PDF in the order in which the file draws them.
func (p *pdfReader) read(data []byte) (t *pdfText, bf *BadFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.compile(); err != nil {
		return nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	one, err := p.pool.GetInstance(time.Minute)
	if err != nil {
		return nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	defer one.Close()
	doc, err := one.OpenDocument(&requests.OpenDocument{File: &data})
	switch {
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return nil, bad(BadEncrypted)
	case err != nil:
		return nil, broken(err)
	}
	count, err := one.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	switch {
	case err != nil:
		return nil, broken(err)
	case count.PageCount > maxPages:
		return nil, bad(BadBomb)
	}
	t = &pdfText{pages: count.PageCount}
	for i := range t.pages {
		if err := t.page(one, doc.Document, i); err != nil {
			t.unread++
		}
		if t.size > 4*MaxChars || len(t.lines) > maxPdfLines {
			return nil, bad(BadTooLong, "max", "3,000,000")
		}
	}
	if t.unread == t.pages {
		return nil, broken(errors.New("no page can be read"))
	}
	return t, nil
}

// page adds the lines of one page.
func (t *pdfText) page(one pdfium.Pdfium, doc references.FPDF_DOCUMENT, i int) error {
	loaded, err := one.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: i})
	if err != nil {
		return err
	}
	defer one.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	page := requests.Page{ByReference: &loaded.Page}
	words, err := one.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return err
	}
	defer one.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: words.TextPage})
	n, err := one.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: words.TextPage})
	if err != nil {
		return err
	}
	before := len(t.lines)
	if n.Count > 0 {
		all, err := one.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: words.TextPage, Count: n.Count})
		if err != nil {
			return err
		}
		if err := t.split(one, words.TextPage, i, all.Text); err != nil {
			return err
		}
	}
	if len(t.lines) == before {
		if n, err := one.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page}); err == nil && n.Count > 0 {
			t.pictures++
		}
	}
	if n, err := one.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page}); err == nil {
		t.hung += n.Count
	}
	return nil
}

// split makes lines of a page's text and looks up where they stand.
func (t *pdfText) split(one pdfium.Pdfium, words references.FPDF_TEXTPAGE, page int, text string) error {
	box := func(unit int) (structs.FPDF_FS_RECTF, bool) {
		at, err := one.FPDFText_GetCharIndexFromTextIndex(&requests.FPDFText_GetCharIndexFromTextIndex{TextPage: words, NTextIndex: unit})
		if err != nil {
			return structs.FPDF_FS_RECTF{}, false
		}
		b, err := one.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: words, Index: at.CharIndex})
		if err != nil {
			return structs.FPDF_FS_RECTF{}, false
		}
		return b.Rect, true
	}
	unit := 0 // of UTF-16, in which PDFium counts
	for text != "" {
		line := text
		first, last := -1, 0
		for i, c := range text {
			if !unicode.IsSpace(c) && c > ' ' {
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
		a, ok := box(first)
		z, fine := box(last)
		switch {
		case !ok && fine:
			a = z
		case ok && !fine:
			z = a
		}
		l.left, l.right, l.base, l.size = float64(a.Left), float64(z.Right), float64(a.Bottom), float64(max(a.Top-a.Bottom, z.Top-z.Bottom))
		t.size += len(l.text)
		t.lines = append(t.lines, l)
	}
	return nil
}

// lineHyphen is how PDFium writes a hyphen at a line's end, and the end of that line; older ones wrote U+FFFE.
const lineHyphen = '\x02'

// pdfWords takes off what is no character of the text: the signs of PDFium, and white space at both ends.
func pdfWords(line string) (text string, hyphen bool) {
	line = strings.TrimSpace(line)
	if z := lastRune(line); z == lineHyphen || z == '\uFFFE' || z == '\u00AD' {
		return pdfPlain(strings.TrimSuffix(line, string(z))), true
	}
	if n := len(line); n > 1 && line[n-1] == '-' && line[n-2] != ' ' && line[n-2] != '-' {
		return pdfPlain(line[:n-1]), true
	}
	return pdfPlain(line), false
}

func pdfPlain(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7F || c == '\uFFFE' || c == '\uFFFF' {
			return -1
		}
		return c
	}, s))
}
