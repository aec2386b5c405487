package refi

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"
)

const head = `<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="x" origin="y">`

// refused reads a file and gives the reason why it was not read, within two seconds and 512 MB.
func refused(t *testing.T, data []byte) BadReason {
	t.Helper()
	var err error
	var used uint64
	fastest := time.Hour
	for range 3 { // other work on the machine may be in the way once
		used = peak(func() {
			start := time.Now()
			var p *Project
			var r *Report
			p, r, err = Read(data, Options{})
			fastest = min(fastest, time.Since(start))
			if err == nil {
				balanced(t, r)
				if p == nil {
					t.Error("no project and no error")
				}
			}
		})
		if fastest < 2*time.Second || raceBuild {
			break
		}
	}
	if fastest > 2*time.Second && !raceBuild {
		t.Errorf("%d bytes took %v", len(data), fastest)
	}
	if used > 512<<20 {
		t.Errorf("%d bytes took %d MB", len(data), used>>20)
	}
	if err == nil {
		return ""
	}
	var b *BadFile
	if !errors.As(err, &b) {
		t.Fatalf("not a BadFile: %v", err)
	}
	if badSentences[b.Reason] == "" || b.Error() == "" {
		t.Errorf("no sentence for %q", b.Reason)
	}
	return b.Reason
}

func qdpx(qde string, more ...string) []byte {
	files := map[string][]byte{"project.qde": []byte(qde)}
	for i := 0; i+1 < len(more); i += 2 {
		files[more[i]] = []byte(more[i+1])
	}
	return zipped(files, false)
}

// rawEntry is one entry of a zip made by hand: whatever it says of itself.
type rawEntry struct {
	name         string
	method       uint16
	flags        uint16
	packed       []byte
	size, stated uint32 // unpacked, and what the headers say; 0: size
	mode         uint32 // of Unix
	same         bool   // the bytes of the entry before
}

func rawZip(entries ...rawEntry) []byte {
	var out, dir bytes.Buffer
	le := binary.LittleEndian
	put := func(b *bytes.Buffer, v ...any) {
		for _, x := range v {
			if err := binary.Write(b, le, x); err != nil {
				panic(err)
			}
		}
	}
	at := uint32(0)
	for _, e := range entries {
		stated := e.stated
		if stated == 0 {
			stated = e.size
		}
		if !e.same {
			at = uint32(out.Len())
			put(&out, uint32(0x04034b50), uint16(20), e.flags, e.method, uint32(0), crc32.ChecksumIEEE(e.packed), uint32(len(e.packed)), stated, uint16(len(e.name)), uint16(0))
			out.WriteString(e.name)
			out.Write(e.packed)
		}
		put(&dir, uint32(0x02014b50), uint16(3<<8|20), uint16(20), e.flags, e.method, uint32(0), crc32.ChecksumIEEE(e.packed), uint32(len(e.packed)), stated,
			uint16(len(e.name)), uint16(0), uint16(0), uint16(0), uint16(0), e.mode<<16, at)
		dir.WriteString(e.name)
	}
	start := out.Len()
	out.Write(dir.Bytes())
	put(&out, uint32(0x06054b50), uint16(0), uint16(0), uint16(len(entries)), uint16(len(entries)), uint32(dir.Len()), uint32(start), uint16(0))
	return out.Bytes()
}

func stored(name, text string) rawEntry {
	return rawEntry{name: name, packed: []byte(text), size: uint32(len(text))}
}

func TestHostile(t *testing.T) {
	whole := head + "</Project>"
	sources := func(inside string) string {
		return head + `<Sources><TextSource guid="11111111-1111-1111-1111-111111111111" name="d" ` + inside + `</Sources></Project>`
	}
	many := make([]rawEntry, 60_000)
	for i := range many {
		many[i] = stored(fmt.Sprint("sources/", i), "")
	}
	bombs := []rawEntry{stored("project.qde", whole)}
	var deflated bytes.Buffer
	{
		z := zip.NewWriter(&deflated)
		w, err := z.CreateHeader(&zip.FileHeader{Name: "project.qde", Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(append([]byte(head), bytes.Repeat([]byte(" "), 150<<20)...)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		what string
		data []byte
		want BadReason
	}{
		{"nothing", nil, BadEmpty},
		{"white space", []byte(" \n\t"), BadEmpty},
		{"a picture", []byte("\x89PNG\r\n\x1a\n"), BadKind},
		{"a PDF", []byte("%PDF-1.4"), BadKind},
		{"a page", []byte("<!DOCTYPE html><html><body>Sign in</body></html>"), BadWebPage},
		{"a page in the zip", qdpx("<html><head/></html>"), BadWebPage},
		{"other XML", []byte(`<gpx xmlns="http://www.topografix.com/GPX/1/1"/>`), BadRoot},
		{"another Project", []byte(`<m:Project xmlns:m="http://maven.apache.org/POM/4.0.0"/>`), BadRoot},
		{"a zip without a project", zipped(map[string][]byte{"word/document.xml": nil}, false), BadNoProject},
		{"an empty zip", zipped(nil, false), BadNoProject},
		{"the beginning of a zip", []byte("PK\x03\x04"), BadZip},
		{"a DTD", []byte(`<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "b">]><Project name="&a;"/>`), BadDoctype},
		{"a billion laughs", []byte(`<!DOCTYPE lolz [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;&l;&l;">]><Project name="&m;"/>`), BadDoctype},
		{"an entity from elsewhere", qdpx(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Project name="&e;"/>`), BadDoctype},
		{"an unknown entity", []byte(`<Project name="&nbsp;"/>`), BadXML},
		{"500,000 open elements", []byte(head + strings.Repeat("<a>", 500_000)), BadDeep},
		{"500,000 open codes", []byte(head + "<CodeBook><Codes>" + strings.Repeat(`<Code guid="a" name="b" isCodable="true">`, 500_000)), BadDeep},
		{"500,000 open elements in a zip", qdpx(head + strings.Repeat("<a>", 500_000)), BadBomb}, // packs 700 to 1
		{"six million elements", []byte(head + strings.Repeat("<a/>", 6_000_000) + "</Project>"), BadSize},
		{"a million attributes", []byte(`<Project name="x" ` + strings.Repeat(`a="b" `, 1_000_000) + "/>"), ""},
		{"a million namespaces", []byte(`<Project name="x" ` + strings.Repeat(`xmlns:a="b" `, 1_000_000) + ">" + strings.Repeat("<z:a/>", 1000) + "</Project>"), BadDeep},
		{"no end", []byte(head), BadXML},
		{"another end", []byte(head + "</project>"), BadXML},
		{"two roots", []byte(head + "</Project><Project/>"), BadXML},
		{"text after the root", []byte(whole + "x"), BadXML},
		{"a row of 50 MB in a name", []byte(`<Project name="` + strings.Repeat("x", 50<<20) + `"/>`), ""},
		{"a text of 40 MB inline", []byte(sources(`><PlainTextContent>` + strings.Repeat("x", 40<<20) + `</PlainTextContent></TextSource>`)), BadSize},
		{"a bomb by ratio", deflated.Bytes(), BadBomb},
		{"a bomb by count", rawZip(append(bombs, many...)...), BadBomb},
		{"a bomb by overlap", rawZip(stored("project.qde", whole), rawEntry{name: "sources/a", same: true, packed: []byte(whole), size: uint32(len(whole))}), BadBomb},
		{"a text that is a bomb", qdpx(sources(`plainTextPath="internal://a.txt"/>`), "sources/a.txt", strings.Repeat(" ", 20<<20)), BadBomb},
		{"a text that is too long", zipped(map[string][]byte{"project.qde": []byte(sources(`plainTextPath="internal://a.txt"/>`)), "sources/a.txt": bytes.Repeat([]byte("a b "), 9<<20)}, true), BadSize},
		{"a header that says less", rawZip(rawEntry{name: "project.qde", packed: []byte(whole), size: uint32(len(whole)), stated: 5}), BadZip},
		{"a header that says more", rawZip(rawEntry{name: "project.qde", packed: []byte(whole), size: uint32(len(whole)), stated: 150 << 20}), BadBomb},
		{"a sum that is wrong", bytes.Replace(rawZip(stored("project.qde", whole)), []byte("Project xmlns"), []byte("project xmlns"), 1), BadZip},
		{"a name that leads out", rawZip(stored("project.qde", whole), stored("../../etc/passwd", "x")), BadName},
		{"the same with backslashes", rawZip(stored("project.qde", whole), stored(`sources\..\..\x`, "x")), BadName},
		{"a name from the root", rawZip(stored("project.qde", whole), stored("/etc/passwd", "x")), BadName},
		{"a drive", rawZip(stored("project.qde", whole), stored(`C:\x`, "x")), BadName},
		{"a zero in a name", rawZip(stored("project.qde", whole), stored("a\x00b", "x")), BadName},
		{"a symbolic link", rawZip(stored("project.qde", whole), rawEntry{name: "sources/a.txt", packed: []byte("/etc/passwd"), size: 11, mode: 0o120777}), BadName},
		{"an entry twice", rawZip(stored("project.qde", whole), stored("project.qde", whole)), BadTwice},
		{"names that differ in case", rawZip(stored("project.qde", whole), stored("sources/a.txt", "x"), stored("Sources/A.txt", "y")), BadTwice},
		{"names that differ in slashes", rawZip(stored("project.qde", whole), stored("sources/a.txt", "x"), stored(`sources\a.txt`, "y")), BadTwice},
		{"a password", rawZip(rawEntry{name: "project.qde", packed: []byte(whole), size: uint32(len(whole)), flags: 1}), BadEncrypted},
		{"a method nobody knows", rawZip(rawEntry{name: "project.qde", packed: []byte(whole), size: uint32(len(whole)), method: 99}), BadZip},
		{"a path that leads out", qdpx(sources(`plainTextPath="internal://../../../etc/passwd"/>`)), ""},
		{"an absolute path", qdpx(sources(`plainTextPath="absolute:///etc/passwd"/>`)), ""},
		{"no number", []byte(sources(`><PlainTextContent>abc</PlainTextContent><PlainTextSelection startPosition="x" endPosition="99999999999999999999"/></TextSource>`)), ""},
		{"lone halves of characters", []byte(sources(`><PlainTextContent>a&#xD83D;b&#0;</PlainTextContent></TextSource>`)), ""},
		{"a project in UTF-16 cut in a character", []byte("\xff\xfe<\x00P\x00\x3d\xd8"), BadXML},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := refused(t, c.data); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

// TestTruncated: a file cut at any kilobyte is refused or read, and never more than that.
func TestTruncated(t *testing.T) {
	p := newChance(5).project(3, 400)
	data := written(t, p, Standard)
	for n := 0; n < len(data); n += 1024 {
		if _, _, err := Read(data[:n], Options{}); err == nil {
			t.Errorf("a zip cut at %d of %d bytes was read", n, len(data))
		}
	}
	var b bytes.Buffer
	if _, err := WriteCodebook(&b, p); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() - 2 {
		if _, _, err := Read(b.Bytes()[:n], Options{}); err == nil {
			t.Errorf("a codebook cut at %d of %d bytes was read", n, b.Len())
		}
	}
}

// TestNothingQuadratic: lists that are long on purpose take time with their length.
func TestNothingQuadratic(t *testing.T) {
	const n = 60_000
	guid := func(space, i int) string { return fmt.Sprintf("%08x-0000-0000-0000-%012x", space, i) }
	list := func(format string, space int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, guid(space, i), i)
		}
		return b.String()
	}
	doc := guid(1, 0)
	one := `<Sources><TextSource guid="` + doc + `" name="d"><PlainTextContent>a b c d e f</PlainTextContent>`
	for what, inside := range map[string]string{
		"sets":                   one + `</TextSource></Sources><Sets>` + list(`<Set guid="%s" name="n%d: v"><MemberSource targetGUID="`+doc+`"/></Set>`, 2) + `</Sets>`,
		"cases":                  one + `</TextSource></Sources><Cases>` + list(`<Case guid="%s"><VariableValue><VariableRef targetGUID="`+guid(9, 0)+`"/><TextValue>%d</TextValue></VariableValue><SourceRef targetGUID="`+doc+`"/></Case>`, 2) + `</Cases>`,
		"selections on one span": one + list(`<PlainTextSelection guid="%s" name="%d" startPosition="0" endPosition="1"/>`, 3) + `</TextSource></Sources>`,
		"codings on one span": `<CodeBook><Codes>` + list(`<Code guid="%s" name="%d" isCodable="true"/>`, 4) + `</Codes></CodeBook>` + one +
			`<PlainTextSelection guid="` + guid(5, 0) + `" startPosition="0" endPosition="1">` + list(`<Coding><CodeRef targetGUID="%s"/><!-- %d --></Coding>`, 4) + `</PlainTextSelection></TextSource></Sources>`,
		"areas": `<Sources><PDFSource guid="` + doc + `">` + list(`<PDFSelection guid="%s" page="%d" firstX="1" firstY="1" secondX="2" secondY="2"><Representation><PlainTextContent>aab</PlainTextContent></Representation></PDFSelection>`, 6) +
			`<Representation guid="` + guid(7, 0) + `"><PlainTextContent>` + strings.Repeat("a", 1<<20) + `</PlainTextContent></Representation></PDFSource></Sources>`,
		"one GUID":   `<CodeBook><Codes>` + strings.Repeat(`<Code guid="`+doc+`" name="x" isCodable="true"/>`, n) + `</Codes></CodeBook>`,
		"no GUID":    `<CodeBook><Codes>` + strings.Repeat(`<Code name="x"/>`, n) + `</Codes></CodeBook>`,
		"references": `<Notes><Note guid="` + guid(8, 0) + `"/></Notes>` + strings.Repeat(`<NoteRef targetGUID="`+guid(8, 0)+`"/>`, n),
		"unknown":    list(`<X%[2]d a%[2]d=""/><!-- %[1]s -->`, 1),
	} {
		t.Run(what, func(t *testing.T) {
			if got := refused(t, []byte(head+inside+"</Project>")); got != "" {
				t.Error(got)
			}
		})
	}
}
