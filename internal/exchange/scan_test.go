package exchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// xmlEvents is what a reader of XML saw: elements with their attributes, ends as ">", and between them text, joined.
type xmlEvents struct {
	events []string
	err    error
}

func (x *xmlEvents) text(t []byte) {
	if len(t) == 0 {
		return
	}
	if n := len(x.events); n > 0 && strings.HasPrefix(x.events[n-1], "=") {
		x.events[n-1] += string(t)
		return
	}
	x.events = append(x.events, "="+string(t))
}

// elements leaves out the text: what of it is seen before an error is nobody's promise.
func (x *xmlEvents) elements() []string {
	return slices.DeleteFunc(slices.Clone(x.events), func(s string) bool { return s[0] == '=' })
}

// naive reads with encoding/xml.
func naive(data []byte) (x xmlEvents) {
	d, depth := xml.NewDecoder(bytes.NewReader(data)), 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			return x
		}
		if x.err = err; err != nil {
			return x
		}
		switch t := t.(type) {
		case xml.Directive:
			x.err = errDTD
			return x
		case xml.StartElement:
			if depth++; depth > maxDepth {
				x.err = errDeep
				return x
			}
			space := t.Name.Space
			if known := sameSpace[space]; known != "" {
				space = known
			}
			one := fmt.Sprintf("<%q %q", space, t.Name.Local)
			for _, a := range t.Attr {
				one += fmt.Sprintf(" %q=%q", a.Name.Local, a.Value)
			}
			x.events = append(x.events, one)
		case xml.EndElement:
			depth--
			x.events = append(x.events, ">")
		case xml.CharData:
			x.text(t)
		}
	}
}

// scanned reads with a scanner, through a window of so many bytes.
func scanned(in io.Reader, window int) (x xmlEvents) {
	s := newScanner(in)
	s.window = window
	for {
		t, err := s.next()
		if err == io.EOF {
			return x
		}
		if x.err = err; err != nil {
			return x
		}
		switch t {
		case tokenStart:
			one := fmt.Sprintf("<%q %q", s.name.space, s.name.local)
			for _, a := range s.attrs {
				one += fmt.Sprintf(" %q=%q", a.local, s.value(a.value))
			}
			x.events = append(x.events, one)
		case tokenEnd:
			x.events = append(x.events, ">")
		case tokenText:
			x.text(s.text)
		}
	}
}

// sameAsNaive holds a scanner against encoding/xml: they take and refuse the same, and see the same, through any window.
func sameAsNaive(t *testing.T, data []byte) {
	t.Helper()
	want := naive(data)
	if want.err != nil && strings.Contains(want.err.Error(), "invalid XML name") || bytes.Contains(data, bytes.Repeat([]byte("0"), 900)) {
		return // the scanner takes letters in names that XML does not, and no endless references
	}
	for _, window := range []int{1 + len(data)%7, 16, scanWindow} {
		var in io.Reader = bytes.NewReader(data)
		if window == 16 {
			in = iotest.OneByteReader(in)
		}
		got := scanned(in, window)
		switch {
		case (got.err == nil) != (want.err == nil):
			t.Fatalf("window %d: %v, encoding/xml %v\n%q", window, got.err, want.err, data)
		case errors.Is(want.err, errDTD) != errors.Is(got.err, errDTD) && !bytes.Contains(data, []byte("<!")), errors.Is(want.err, errDeep) != errors.Is(got.err, errDeep):
			t.Fatalf("window %d: %v, encoding/xml %v\n%q", window, got.err, want.err, data)
		case want.err == nil && !slices.Equal(got.events, want.events), !slices.Equal(got.elements(), want.elements()):
			t.Fatalf("window %d\n got %q\nwant %q\n of %q", window, got.events, want.events, data)
		}
	}
}

// randomXML is well-formed or nearly so.
func randomXML(rnd *rand.Rand) []byte {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	var b strings.Builder
	b.WriteString(pick("", "", "\ufeff", "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='UTF-8' standalone=\"yes\"?>\r\n", "<?xml version=\"1.0\" encoding=\"utf-16\"?>", "<?xml version=\"1.1\"?>"))
	value := func() string {
		var v strings.Builder
		for range rnd.IntN(4) {
			v.WriteString(pick("a", "kata ", "é", "😀", "&amp;", "&lt;", "&quot;", "&#x41;", "&#10;", "\n", "\r\n", "\r", "\t", ">", "]]", "{", "&#xD800;", "\u2028"))
		}
		return v.String()
	}
	var element func(depth int)
	element = func(depth int) {
		name := pick("", "", "w:", "q:", "x:", "xml:") + pick("p", "r", "t", "rPr", "long-name.of_it", "ä", "n"+strconv.Itoa(rnd.IntN(1000))) // enough for one hash twice
		b.WriteString("<" + name)
		for range rnd.IntN(4) {
			quote := pick(`"`, `"`, "'")
			b.WriteString(pick(" ", " ", "\n ", "\t", "") + pick("w:val", "val", "xml:space", "id", "r:id", "xmlns:", ":x") + pick("=", "=", " = ") + quote + value() + quote)
		}
		if rnd.IntN(4) == 0 {
			b.WriteString(pick(` xmlns:w="`, ` xmlns="`, ` xmlns:q="`) + pick(wordSpace, odfText, "http://purl.oclc.org/ooxml/wordprocessingml/main", "u&amp;v", "") + `"`)
		}
		b.WriteString(pick("", "", " ", "\r\n"))
		if depth > 6 || rnd.IntN(4) == 0 {
			b.WriteString("/>")
			return
		}
		b.WriteString(">")
		for range rnd.IntN(5) {
			switch rnd.IntN(6) {
			case 0, 1:
				element(depth + 1)
			case 2:
				b.WriteString(pick("<!-- a - b -->", "<!---->", "<?go on?>", "<?x?y?>", "<![CDATA[a<b&c]] >\r\n]]>", "<![CDATA[]]>", "<![CDATA[\r]]>\n", "<![CDATA[é😀]]>"))
			default:
				b.WriteString(value())
			}
		}
		b.WriteString("</" + name + pick("", "", "", " ", "\n") + ">")
	}
	for range 1 + rnd.IntN(8)/7 {
		element(0)
	}
	b.WriteString(pick("", "", "\n", "<!-- end -->", "x"))
	data := []byte(b.String())
	for range max(0, rnd.IntN(8)-4) { // and then wreck it
		at := rnd.IntN(len(data) + 1)
		wreck := []byte(pick("<", ">", "/", "&", ";", "=", "\"", "'", "-", "?", "!", "[", "]]>", "<!--", "-->", "<!DOCTYPE a>", "\x00", "\xff", "\ufffe", "\uffff", "\ufffd", "&#0;", "&#xFFFF;", "&nbsp;", "&#;", "&#X41;", "\xed\xa0\x80", ":", "1", "\r", "xmlns=''"))
		switch rnd.IntN(3) {
		case 0:
			data = slices.Insert(data, at, wreck...)
		case 1:
			data = slices.Concat(data[:at], wreck, data[min(len(data), at+1+rnd.IntN(3)):])
		default:
			data = slices.Delete(data, at, min(len(data), at+1+rnd.IntN(5)))
		}
	}
	return data
}

func TestScannerSeesWhatEncodingXMLSees(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	taken := 0
	tries := 20_000
	if raceBuild {
		tries /= 10
	}
	for range tries {
		data := randomXML(rnd)
		sameAsNaive(t, data)
		if naive(data).err == nil {
			taken++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if taken < tries/4 || taken > tries*9/10 {
		t.Errorf("%d of %d were well-formed: the others would hide what is wrong", taken, tries)
	}
}

// TestScannerLongPieces: text, tags, comments and CDATA that are longer than the window come whole, and text in pieces that are
// each whole characters.
func TestScannerLongPieces(t *testing.T) {
	long := strings.Repeat("é😀 kata &amp; ]] \r\n", 6_000)
	data := []byte(`<a>` + long + `<b b="` + strings.ReplaceAll(long, "]]", "") + `"><!--` + long + `--><?p ` + long + `?><![CDATA[` + long + `]]>` + long + `</b></a>`)
	sameAsNaive(t, data)
	s := newScanner(bytes.NewReader(data))
	pieces := 0
	if bf := s.within(nil, func(text []byte) *BadFile {
		if pieces++; !utf8.Valid(text) {
			t.Errorf("piece %d is no UTF-8", pieces)
		}
		return nil
	}); bf != nil {
		t.Fatal(bf.cause)
	}
	if pieces < len(long)/scanWindow {
		t.Errorf("%d pieces", pieces)
	}
}

// TestScannerKeepsErrors: an error of the stream comes out as it is, after what stood before it.
func TestScannerKeepsErrors(t *testing.T) {
	for _, data := range []string{"", "<a>b", "<a b='", "<a>&am", "<a><!--", "<a><![CDATA[x", "<a/>"} {
		x := scanned(io.MultiReader(strings.NewReader(data), iotest.ErrReader(errBomb)), scanWindow)
		if !errors.Is(x.err, errBomb) || badXML(x.err).Reason != BadBomb || strings.HasPrefix(data, "<a>") && len(x.events) == 0 {
			t.Errorf("%q: %v after %q", data, x.err, x.events)
		}
	}
	for data, want := range map[string]error{"<a>": io.ErrUnexpectedEOF, "<a": io.ErrUnexpectedEOF, "<!DOCTYPE a>": errDTD, "<a><!ENTITY": errDTD,
		strings.Repeat("<a>", maxDepth+1): errDeep, "<a>&b;</a>": errNotWell, "<a\xc3/>": errCharacter, "<a b\xc3=''/>": errCharacter, "<a></b>": errNotWell, "<a>\x01</a>": errCharacter, "\xff\xfe<\x00a\x00": errCharacter} {
		if x := scanned(strings.NewReader(data), scanWindow); !errors.Is(x.err, want) {
			t.Errorf("%.20q: %v, want %v", data, x.err, want)
		}
	}
}

// BenchmarkScanner reads the XML of a document of Word's with a scanner and, in the same run, with encoding/xml; the ratio is of
// the time that each takes.
func BenchmarkScanner(b *testing.B) {
	var text strings.Builder
	text.WriteString(`<?xml version="1.0"?><w:document ` + wordNS + `><w:body>`)
	for i := range 4000 {
		fmt.Fprintf(&text, `<w:p w:rsidR="00AB%04X"><w:pPr><w:pStyle w:val="a"/></w:pPr><w:r><w:rPr><w:lang w:val="id-ID"/></w:rPr><w:t xml:space="preserve">Ya, waktu itu saya &amp; Bu Sri belum punya. </w:t></w:r><w:proofErr w:type="spellEnd"/></w:p>`, i)
	}
	text.WriteString(`</w:body></w:document>`)
	data := []byte(text.String())
	var ours, theirs time.Duration
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		start := time.Now()
		s, elements := newScanner(bytes.NewReader(data)), 0
		for {
			t, err := s.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if t == tokenStart {
				elements++
			}
		}
		ours += time.Since(start)
		start = time.Now()
		for d := xml.NewDecoder(bytes.NewReader(data)); ; {
			t, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if _, ok := t.(xml.StartElement); ok {
				elements--
			}
		}
		theirs += time.Since(start)
		if elements != 0 {
			b.Fatal(elements)
		}
	}
	b.ReportMetric(float64(len(data))*float64(b.N)/1e6/ours.Seconds(), "scanner-MB/s")
	b.ReportMetric(float64(theirs)/float64(ours), "times-encoding/xml")
}

func FuzzScanner(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		f.Add(randomXML(rnd))
	}
	for _, h := range []string{"<a", "</a>", "<a>]]</a>", "<xmlns xmlns='a'/>", "<xmlns:a/>", "<a xmlns:xml='b'><xml:c/></a>", "<a:b:c/>", "<a\xc3/>", "<a>&#55296;</a>"} {
		f.Add([]byte(h))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			sameAsNaive(t, data)
		}
	})
}
