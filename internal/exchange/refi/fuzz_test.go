package refi

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// small bounds what a fuzz input may cost, and so makes the bounds part of the test.
var small = Limits{Entries: 100, XML: 1 << 20, Text: 1 << 18, Texts: 1 << 19, Elements: 20_000, Depth: 64}

// fuzzed holds what must be so of any bytes at all: no panic, a BadFile or a project; a report that adds up; and what was read can be
// written and read again, the same.
func fuzzed(t *testing.T, data []byte) {
	if len(data) > 1<<20 {
		return
	}
	p, r, err := Read(data, Options{Limits: small})
	if err != nil {
		var b *BadFile
		if !errors.As(err, &b) || p != nil || badSentences[b.Reason] == "" {
			t.Fatalf("%v, %v", p, err)
		}
		return
	}
	balanced(t, r)
	for _, x := range Check(p) {
		if x.Fatal {
			t.Fatalf("read, but not sound: %s", x)
		}
	}
	for _, f := range Profiles {
		var out bytes.Buffer
		if _, err := Write(&out, p, f); err != nil {
			t.Fatal(err)
		}
		for _, x := range CheckFile(out.Bytes(), f) {
			if x.Fatal {
				t.Fatalf("written, but not valid: %s", x)
			}
		}
		q, r, err := Read(out.Bytes(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Lost() > 0 {
			t.Fatalf("lost on the way back:\n%s", r)
		}
		if a, b := coded(p, false), coded(q, false); f == Standard && !reflect.DeepEqual(a, b) {
			t.Fatalf("%s", differ(a, b))
		}
	}
}

func FuzzReadQDPX(f *testing.F) {
	f.Add(qdpx(head+"</Project>", "sources/a.txt", "x"))
	for _, s := range styles {
		f.Add(s.file(tiny(s.latin)))
	}
	f.Fuzz(fuzzed)
}

func FuzzReadQDE(f *testing.F) {
	for _, v := range vendorFiles(f) {
		f.Add(v.xml)
	}
	f.Add([]byte(head + `<Sources><TextSource guid="c1" name="d"><PlainTextContent>a b` + "\r\n" + `😀 c</PlainTextContent><PlainTextSelection guid="s" startPosition="2" endPosition="3"><Coding guid="k"><CodeRef targetGUID="c"/></Coding></PlainTextSelection></TextSource></Sources></Project>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzed(t, data)
		sameXML(t, data)
	})
}

func FuzzReadQDC(f *testing.F) {
	f.Add([]byte(`<CodeBook xmlns="urn:QDA-XML:codebook:0:4" origin="x"><Codes><Code guid="c001" name="a::b" color="red" isCodable="TRUE"><Description>d</Description><Code name="c"/></Code></Codes><Sets/></CodeBook>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<18 {
			return
		}
		p, r, err := Read(data, Options{Limits: small, SplitNames: "::"})
		if err != nil {
			return
		}
		balanced(t, r)
		var out bytes.Buffer
		if _, err := WriteCodebook(&out, p); err != nil {
			var u *Unsound
			if len(p.Codes) > 0 || !errors.As(err, &u) {
				t.Fatal(err)
			}
			return
		}
		q, _, err := Read(out.Bytes(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p.Codes, q.Codes) {
			t.Fatal(differ(p.Codes, q.Codes))
		}
	})
}

// sameXML holds the scanner against encoding/xml: where both read a file to its end, they see the same elements, and whatever the strict
// one takes the scanner takes.
func sameXML(t *testing.T, data []byte) {
	if !bytes.HasPrefix(data, []byte("<")) || len(data) > 1<<16 {
		return
	}
	var want []string
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			want = append(want, tok.Name.Local)
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					want = append(want, a.Name.Local+"="+strings.ReplaceAll(strings.ReplaceAll(a.Value, "\r\n", "\n"), "\r", "\n"))
				}
			}
		case xml.EndElement:
			want = append(want, "/")
		case xml.Directive:
			return
		}
	}
	var got []string
	s := newScanner(data, small.filled())
	for {
		tok, err := s.next()
		if err != nil {
			return // stricter about what is outside of the root, and about prefixes
		}
		if tok == tokEOF {
			break
		}
		switch tok {
		case tokStart:
			got = append(got, string(s.name))
			for _, a := range s.attrs {
				v, err := s.string(a.value)
				if err != nil {
					return
				}
				got = append(got, string(a.name)+"="+strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\r", "\n"))
			}
		case tokEnd:
			got = append(got, "/")
		}
	}
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("encoding/xml and the scanner differ: %s", differ(want, got))
	}
}

// tiny is a synthetic project small enough to fuzz.
func tiny(latin bool) *Project {
	p := synthetic(1, latin)
	for i := range p.Documents {
		d := &p.Documents[i]
		d.Selections = d.Selections[:4]
	}
	return p
}
