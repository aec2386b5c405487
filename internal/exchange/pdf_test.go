package exchange

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// pdfCache is where tests keep the compiled reader, so that it is compiled once on a machine and not in each run.
func pdfCache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "anyam")
}

// pdfChild reads PDFs in children whose reader is compiled: inside of a test that is built to find races, compiling would
// take a minute.
func pdfChild(t testing.TB) *Extractor {
	t.Helper()
	x := self(t)
	x.Cache = pdfCache(t)
	if err := x.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

// words of a page: where they stand in points from the lower left corner, and how tall they are.
type printed struct {
	x, y, size float64
	text       string
}

// linesAt prints lines under each other from the top of the page, 14 points apart, in 12 points.
func linesAt(x, y float64, lines ...string) (all []printed) {
	for i, l := range lines {
		if l != "" {
			all = append(all, printed{x, y - 14*float64(i), 12, l})
		}
	}
	return all
}

// pdfOf writes a PDF of pages with words, in Courier, whose letters are all 0.6 of its size wide. Characters are those of
// Latin-1. A page of nil words has a line across it.
func pdfOf(pages ...[]printed) []byte {
	var streams []string
	for _, page := range pages {
		var b strings.Builder
		if page == nil {
			b.WriteString("0 0 m 500 500 l S")
		}
		for _, w := range page {
			var latin []byte
			for _, c := range w.text {
				if strings.ContainsRune(`()\`, c) {
					latin = append(latin, '\\')
				}
				latin = append(latin, byte(c))
			}
			fmt.Fprintf(&b, "BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", w.size, w.x, w.y, latin)
		}
		streams = append(streams, b.String())
	}
	return pdfWith(streams, "")
}

// pdfWith writes a PDF whose pages have these contents; extra stands in its trailer.
func pdfWith(streams []string, extra string) []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"}
	var kids strings.Builder
	for i, s := range streams {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 5+2*i),
			fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(s), s))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(streams), kids.String())
	return pdfFile(extra, objects...)
}

// pdfFile writes objects, numbered from 1, of which the first is the catalogue.
func pdfFile(extra string, objects ...string) []byte {
	b := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var places []int
	for i, o := range objects {
		places = append(places, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range places {
		b = fmt.Appendf(b, "%010d 00000 n \n", p)
	}
	return fmt.Appendf(b, "trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, extra, at)
}

// packedSpaces is n MB of spaces as a stream packs them: one packed MB again and again, which is made in no time.
func packedSpaces(n int) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(bytes.Repeat([]byte(" "), 1<<20))
	w.Flush()
	return "\x78\xda" + strings.Repeat(b.String(), n)
}

func noteOf(r *Reading, key string) Note {
	for _, n := range r.Notes {
		if n.Key == "reading.note."+key {
			return n
		}
	}
	return Note{}
}

func texts(r *Reading) (all []string) {
	for _, t := range r.Turns {
		all = append(all, t.Label+"|"+t.Text)
	}
	return all
}

// brokenPdfs are files that nobody meant well with. reason "" means that it may be read.
func brokenPdfs() map[string]struct {
	reason string
	data   []byte
} {
	type file = struct {
		reason string
		data   []byte
	}
	page := []string{"BT /F1 12 Tf 72 700 Td (halo) Tj ET"}
	good := string(pdfWith(page, ""))
	bomb := packedSpaces(400)
	forms := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>", "<</Length 5>>stream\n/X Do\nendstream"}
	for i := range 20 {
		s := strings.Repeat("/X Do ", 20)
		forms = append(forms, fmt.Sprintf("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length %d>>stream\n%s\nendstream", 6+i%19, len(s), s))
	}
	return map[string]file{
		"garbage":          {BadBroken, []byte("%PDF-1.7\n" + strings.Repeat("\x00\xff\x13garbage", 5000))},
		"nothing but head": {BadBroken, []byte("%PDF-1.7\n")},
		"a scan":           {BadScan, pdfOf(nil, nil)},
		"no words":         {BadNoText, pdfWith([]string{""}, "")},
		"a password":       {BadEncrypted, pdfWith(page, "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O("+strings.Repeat("o", 32)+")/U("+strings.Repeat("u", 32)+")>>")},
		"tables in a ring": {"", []byte(strings.Replace(good, "/Root 1 0 R", fmt.Sprintf("/Root 1 0 R/Prev %d", strings.LastIndex(good, "xref\n0")), 1))},
		"a lying table":    {"", []byte(strings.Replace(good, "xref\n0 6", "xref\n0 999999999", 1))},
		"a lying stream":   {BadBroken, []byte("%PDF-1.7\n1 0 obj<</Type/XRef/Size 2000000000/W[8 8 8]/Index[0 2000000000]/Root 2 0 R/Length 4/Filter/FlateDecode>>stream\nabcd\nendstream endobj\nstartxref\n9\n%%EOF")},
		"lying pages":      {"", []byte(strings.Replace(good, "/Count 1", "/Count 99999999", 1))},
		"pages in a ring":  {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 5/Kids[2 0 R 2 0 R 2 0 R]/Parent 2 0 R>>")},
		"deep pages": {"", func() []byte {
			o := []string{"<</Type/Catalog/Pages 2 0 R>>"}
			for i := range 3000 {
				o = append(o, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", i+3))
			}
			return pdfFile("", append(o, "<</Type/Page>>")...)
		}()},
		"deep arrays":        {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R/X "+strings.Repeat("[", 500_000)+">>", "<</Type/Pages/Count 0/Kids[]>>")},
		"deep dictionaries":  {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R/X "+strings.Repeat("<</A", 200_000)+">>", "<</Type/Pages/Count 0/Kids[]>>")},
		"deep content":       {"", pdfWith([]string{strings.Repeat("[", 300_000) + " TJ " + strings.Repeat("q ", 300_000)}, "")},
		"a packed bomb":      {"", pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>", fmt.Sprintf("<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream", len(bomb), bomb))},
		"forms in forms":     {"", pdfFile("", forms...)},
		"ten MB in one line": {"", pdfWith([]string{"BT /F1 12 Tf 72 700 Td (" + strings.Repeat("kata ", 2<<20) + ") Tj ET"}, "")},
		"ten MB of one word": {"", append([]byte("%PDF-1.7 "), bytes.Repeat([]byte("k"), 10<<20)...)},
		"cut in the middle":  {"", []byte(good[:len(good)/2])},
		"30,000 pages":       {BadBomb, pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 30000/Kids["+strings.Repeat("3 0 R ", 30_000)+"]>>", "<</Type/Page/Parent 2 0 R>>")},
		"a million things":   {BadNoText, pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots["+strings.Repeat("4 0 R ", 1_000_000)+"]>>", "<</Type/Annot/Subtype/Text/Contents(a)/IRT 4 0 R>>")},
	}
}

// TestPdfHostile: each is read, or refused with a sentence that says what to do, in a child that is held to its memory and
// its time: the small ones to two seconds.
func TestPdfHostile(t *testing.T) {
	x := pdfChild(t)
	sentences := badSentences(t)
	for what, f := range brokenPdfs() {
		var took *os.ProcessState
		x.ended = func(s *os.ProcessState) { took = s }
		_, err := x.Read(t.Context(), "a.pdf", f.data, Options{})
		var b *BadFile
		said := "read"
		switch {
		case err == nil && f.reason != "", err != nil && !errors.As(err, &b):
			t.Errorf("%s: %v", what, err)
			continue
		case err != nil:
			said = b.Reason
			if f.reason != "" && b.Reason != f.reason {
				t.Errorf("%s: refused as %s (%v), want %s", what, b.Reason, b.cause, f.reason)
			}
			for _, l := range sentences {
				if s := l[b.Key()]; strings.Count(s, ".") < 2 && !strings.Contains(s, ";") {
					t.Errorf("%s: %q doesn't say what to do", what, s)
				}
			}
		}
		// Both are held by the kernel, whatever else the machine does. Of the start, which comes before the limit, a second is
		// let pass; and a process begins with the memory of the one that started it, as the kernel counts.
		limit := time.Duration(pdfSeconds(len(f.data))+2) * time.Second
		cpu, memory := took.UserTime()+took.SystemTime(), peak(took.SysUsage())
		if cpu > limit {
			t.Errorf("%s: took %v of the processor", what, cpu)
		}
		var own syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
			t.Fatal(err)
		}
		if memory > max(512<<20, peak(&own)) {
			t.Errorf("%s: took %d MB", what, memory>>20)
		}
		t.Logf("%-20s %-10s %v of %v, %d MB, %d kB long", what, said, cpu.Round(time.Millisecond), limit, memory>>20, len(f.data)>>10)
	}
}

// badSentences are the catalogue's sentences for files that can't be read, in each language.
func badSentences(t *testing.T) (all []map[string]string) {
	for _, l := range []string{"en", "id"} {
		raw, err := os.ReadFile("../i18n/" + l + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(raw, &keys); err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for k, v := range keys {
			if s, ok := v.(string); ok && strings.HasPrefix(k, "reading.bad.") {
				said[k] = s
			}
		}
		all = append(all, said)
	}
	return all
}

// peak is the most memory that a process had, in bytes.
func peak(use any) int64 { return use.(*syscall.Rusage).Maxrss << 10 }

// TestPdfTruncated: a file that ends anywhere is read or refused, and so is one with a byte changed.
func TestPdfTruncated(t *testing.T) {
	x := pdfChild(t)
	var pages [][]printed
	for i := range 20 {
		pages = append(pages, linesAt(72, 780, "RY: Sejak kapan Ibu menjual kopi ini", "kepada pembeli?", fmt.Sprintf("P01: Sejak tahun %d, sebelum itu", i), "kami menjual lewat pengepul saja."))
	}
	whole := pdfOf(pages...)
	var read atomic.Int64
	var wg sync.WaitGroup
	for n := 1024; n < len(whole); n += 1024 {
		changed := slices.Clone(whole)
		changed[n] ^= 0x15
		for _, data := range [][]byte{whole[:n], changed} {
			wg.Go(func() {
				_, err := x.Read(t.Context(), "a.pdf", data, Options{})
				var b *BadFile
				switch {
				case err == nil:
					read.Add(1)
				case !errors.As(err, &b) || b.Reason == BadCrashed || b.Reason == BadSlow:
					t.Errorf("%d of %d bytes: %v, %v", n, len(whole), err, errors.Unwrap(err))
				}
			})
		}
	}
	wg.Wait()
	if read.Load() == 0 {
		t.Error("none was read")
	}
	t.Logf("%d of %d read", read.Load(), 2*(len(whole)/1024))
}

// TestPdfWithoutCache: a folder that can't be written to costs time, no file.
func TestPdfWithoutCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x := self(t)
	x.Cache = filepath.Join(file, "below")
	if err := x.Warm(t.Context()); err == nil {
		t.Error("a folder below a file was filled")
	}
	r, err := x.Read(t.Context(), "a.pdf", pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Sejak lama.", "RY: Lalu?", "P01: Tidak.")), Options{})
	if err != nil || len(r.Turns) != 4 || r.Format != "pdf" {
		t.Errorf("%v, %v, %v", r, err, errors.Unwrap(err))
	}
}

// TestKeptCode: the folder for compiled code holds one file, and one that is damaged, or of another processor, is written
// again.
func TestKeptCode(t *testing.T) {
	cache := t.TempDir()
	left := filepath.Join(cache, "new-1")
	if err := os.MkdirAll(filepath.Join(left, "module"), 0o700); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	data := pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Sejak lama.", "RY: Lalu?", "P01: Tidak."))
	kept := func() (path string, size int64) {
		t.Helper()
		x := self(t)
		defer x.Close()
		x.Cache = cache
		if err := x.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r, err := x.Read(t.Context(), "a.pdf", data, Options{}); err != nil || len(r.Turns) != 4 {
			t.Fatal(r, err)
		}
		all, err := filepath.Glob(filepath.Join(cache, "*", "*"))
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		info, err := os.Stat(all[0])
		if err != nil {
			t.Fatal(err)
		}
		return all[0], info.Size()
	}
	path, size := kept()
	// What is kept when the shell itself is compiled, as it is where there is no code for it.
	shell, err := wasmShell(pdfiumModule)
	if err != nil {
		t.Fatal(err)
	}
	trap := t.TempDir()
	c, err := compilePdfium(shell, trap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.guest(); err == nil {
		t.Error("a shell does something")
	}
	traps, err := filepath.Glob(filepath.Join(trap, "*", "*"))
	if err != nil || len(traps) != 1 {
		t.Fatal(traps, err)
	}
	does, err := os.ReadFile(traps[0])
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, now := range map[string][]byte{"of the shell": does, "cut off": whole[:len(whole)/2]} {
		if err := os.WriteFile(path, now, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, n := kept(); again != path || n != size {
			t.Errorf("%s: %s of %d bytes, not %s of %d", what, again, n, path, size)
		}
	}
	if c.close() != nil {
		t.Error("not closed")
	}
}

// TestWasmShell: a shell has the sections of its module, and as many functions.
func TestWasmShell(t *testing.T) {
	shell, err := wasmShell(pdfiumModule)
	if err != nil || len(shell) > len(pdfiumModule)/2 {
		t.Fatal(len(shell), err)
	}
	if again, err := wasmShell(shell); err != nil || !bytes.Equal(again, shell) {
		t.Error("the shell of a shell is another", err)
	}
	// Cut off within a section is no module; between sections it is.
	for _, n := range []int{9, 10, 100, len(pdfiumModule) / 3, len(pdfiumModule) - 1} {
		if _, err := wasmShell(pdfiumModule[:n]); err == nil {
			t.Errorf("the first %d bytes are a module", n)
		}
	}
}
