package refi

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestColours(t *testing.T) {
	for _, c := range []struct {
		in, want  string
		plain, ok bool
	}{
		{"#abc", "#AABBCC", true, true}, {" #12abEF ", "#12ABEF", true, true}, {"#FF112233", "#112233", false, true},
		{"rgb(1, 2, 255)", "#0102FF", false, true}, {"rgba(1,2,3,0.5)", "#010203", false, true}, {"Teal", "#008080", false, true},
		{"-65536", "#FF0000", false, true}, {"255", "#0000FF", false, true}, {"rgb(300,1,1)", "", false, false}, {"#12", "", false, false}, {"", "", false, false},
		{"99999999999", "", false, false}, {"rgb", "", false, false}, {"rgba", "", false, false},
	} {
		got, plain, ok := parseColour(c.in)
		if got != c.want || plain != c.plain || ok != c.ok {
			t.Errorf("%q: %q %v %v", c.in, got, plain, ok)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		in, want  string
		zoned, ok bool
	}{
		{"2018-03-27T17:46:39Z", "2018-03-27T17:46:39Z", true, true}, {"2018-03-27T17:46:39.125+02:00", "2018-03-27T15:46:39.125Z", true, true},
		{"2018-03-27T17:46:39", "2018-03-27T17:46:39Z", false, true}, {"2018-03-27 17:46:39", "2018-03-27T17:46:39Z", false, true},
		{"2018-03-27", "2018-03-27T00:00:00Z", false, true}, {"27.3.2018", "", false, false}, {"0000-01-01T00:00:00Z", "", true, false},
		{"9999-12-31T23:00:00-05:00", "", true, false}, {"0001-01-01T00:00:00Z", "", true, false},
	} {
		got, zoned, ok := parseTime(c.in)
		if ok != c.ok || ok && (zoned != c.zoned || got.Format("2006-01-02T15:04:05.999Z07:00") != c.want) || !ok && !got.IsZero() {
			t.Errorf("%q: %v %v %v", c.in, got, zoned, ok)
		}
	}
}

func TestGUIDs(t *testing.T) {
	const plain = "4191294A-E287-4510-95B0-69BCE4638E56"
	want, ok := ParseGUID(plain)
	if !ok || want.String() != plain {
		t.Fatal(want)
	}
	for _, s := range []string{strings.ToLower(plain), "{" + plain + "}", " " + plain + "\n"} {
		if g, ok := ParseGUID(s); !ok || g != want {
			t.Errorf("%q: %v", s, g)
		}
	}
	for _, s := range []string{"", "c001", plain[1:], plain + "0", "{" + plain, strings.Replace(plain, "-", "_", 1), strings.Replace(plain, "A", "G", 1)} {
		if g, ok := ParseGUID(s); ok {
			t.Errorf("%q: %v", s, g)
		}
	}
	// RFC 9562, A.4: the name www.example.com in the space of names of the internet.
	dns, _ := ParseGUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if g := NameGUID(dns, "www.example.com"); g.String() != "2ED6657D-E927-568B-95E1-2665A8AEA6A2" {
		t.Error(g)
	}
}

// TestPlacesOfAText draws a small text under each reading.
func TestPlacesOfAText(t *testing.T) {
	//                     0 1  2 3 4 5
	// the text will be    a \n 😀 b é \n
	l := (&reader{rep: &Report{}}).lay([]byte("\ufeffa\r\n😀bé\r\n"), "", "")
	if l.text != "a\n😀bé\n" || l.chars != 6 || l.marks != 1 {
		t.Fatalf("%+v", l)
	}
	for _, c := range []struct {
		p    Positions
		want string // of the positions from 0 on; . is inside of something, and the end is outside
	}{
		{Positions{CodePoints, 1, false}, "0123456"}, {Positions{CodePoints, 2, false}, "01.2345.6"},
		{Positions{UTF16, 1, false}, "012.3456"}, {Positions{UTF16, 2, false}, "01.2.345.6"}, {Positions{Bytes, 2, false}, "01.2...34.5.6"},
		{Positions{CodePoints, 1, true}, "x0123456"}, {Positions{Bytes, 1, true}, "xxx012...34.56"},
	} {
		r := l.ruler(c.p)
		for at := range len(c.want) + 2 {
			got, why := r.place(at)
			want, reason := 0, Reason("")
			switch {
			case at >= len(c.want) || c.want[at] == 'x':
				reason = OutsideText
			case c.want[at] == '.':
				reason = InsideChar
			default:
				want = int(c.want[at] - '0')
			}
			if why != reason || why == "" && got != want {
				t.Errorf("%s at %d: %d %q, not %d %q", c.p, at, got, why, want, reason)
			}
		}
	}
}

func TestNameIsWords(t *testing.T) {
	long := strings.Repeat("ada banjir ", 20)
	for _, c := range []struct {
		name, words string
		want        bool
	}{
		{"They came.", "They came.", true}, {"They came. At once", "They\u2029came.\r\nAt  once", true}, {"They came", "They come", false}, {"line:836", "They came", false},
		{"They…", "They came", true}, {"They ca...", "They came", true}, {"Theyx…", "They came", false}, {"…", "They", false}, {"They came and went", "They came", false},
		{long[:60], long, true}, {"They", "They came", false}, {"  ", "x", false},
	} {
		if got := nameIsWords(c.name, []rune(c.words)); got != c.want {
			t.Errorf("%q of %q: %v", c.name, c.words, got)
		}
	}
}

func TestWords(t *testing.T) {
	d := Document{Text: "a😀bé"}
	for _, c := range []struct {
		start, stop int
		want        string
		ok          bool
	}{{0, 4, "a😀bé", true}, {1, 2, "😀", true}, {4, 4, "", true}, {0, 0, "", true}, {3, 5, "", false}, {-1, 1, "", false}, {2, 1, "", false}} {
		if got, ok := d.Words(c.start, c.stop); got != c.want || ok != c.ok {
			t.Errorf("%d-%d: %q %v", c.start, c.stop, got, ok)
		}
	}
	for at := range 5 {
		m := newMeasure(d.Text)
		w, _ := d.Words(0, at)
		if m.words(0, at) != w || m.utf16(at) != at+map[bool]int{true: 1}[at > 1] {
			t.Errorf("%d: %q %d", at, m.words(0, at), m.utf16(at))
		}
	}
}

// TestOptions: what a caller can overrule.
func TestOptions(t *testing.T) {
	const doc = "00000001-0000-0000-0000-000000000000"
	id, _ := ParseGUID(doc)
	qde := func(attributes, inside string) []byte {
		return []byte(head + `<Sources><TextSource guid="` + doc + `" name="d" ` + attributes + `>` + inside + `<PlainTextSelection guid="` + strings.Replace(doc, "1", "2", 1) + `" startPosition="2" endPosition="4"/></TextSource></Sources>` +
			`<Sets><Set guid="` + strings.Replace(doc, "1", "3", 1) + `" name="a: b"><MemberSource targetGUID="` + doc + `"/></Set></Sets></Project>`)
	}
	words := func(data []byte, o Options) string {
		t.Helper()
		p, r, err := Read(data, o)
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, r)
		if len(p.Documents[0].Selections) == 0 {
			return "-"
		}
		s := p.Documents[0].Selections[0]
		w, _ := p.Documents[0].Words(s.Start, s.Stop)
		return w
	}
	inline := qde("", "<PlainTextContent>😀 ab cd ef</PlainTextContent>")
	if got := words(inline, Options{}); got != "ab" {
		t.Errorf("%q", got)
	}
	for _, g := range []GUID{id, {}} {
		if got := words(inline, Options{Positions: map[GUID]Positions{g: {UTF16, 2, false}}}); got != " a" {
			t.Errorf("%q", got)
		}
	}
	asked := ""
	beside := Options{Beside: func(path string) ([]byte, error) {
		asked += path + "|"
		if strings.HasSuffix(path, "x.txt") {
			return []byte("\ufeff12ab\r\n"), nil
		}
		return nil, os.ErrNotExist
	}}
	for path, want := range map[string]string{"relative:///a/x.txt": "ab", `absolute:///C:\a\x.txt`: "ab", "absolute:///a/x.txt": "ab", "internal://x.txt": "-", "relative:///y.txt": "-"} {
		if got := words(qde(`plainTextPath="`+path+`"`, ""), beside); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	for _, want := range []string{"a/x.txt|", "C:/a/x.txt|", "/a/x.txt|", "y.txt|"} {
		if !strings.Contains(asked, want) {
			t.Errorf("%s was not asked for: %s", want, asked)
		}
	}
	rich := qdpx(string(qde(`richTextPath="internal://d.docx"`, "")), "sources/d.docx", "PK")
	if got := words(rich, Options{}); got != "-" {
		t.Errorf("%q", got)
	}
	if got := words(rich, Options{Extract: func(name string, data []byte) (*Styled, error) { return &Styled{Text: "12" + string(data) + name}, nil }}); got != "PK" {
		t.Errorf("%q", got)
	}
	if got := words(rich, Options{Extract: func(string, []byte) (*Styled, error) { return nil, errors.New("no") }}); got != "-" {
		t.Errorf("%q", got)
	}
	for plain, n := range map[bool]int{true: 0, false: 1} {
		p, _, err := Read(inline, Options{PlainSets: plain})
		if err != nil || len(p.Attributes) != n || len(p.Documents[0].Values) != n || len(p.Sets) != 1 {
			t.Errorf("%v: %v %+v", plain, err, p.Attributes)
		}
	}
	for _, l := range []Limits{{XML: 100}, {Elements: 3}, {Depth: 3}, {Text: 5}} {
		if _, _, err := Read(inline, Options{Limits: l}); err == nil {
			t.Errorf("%+v was not held", l)
		}
	}
}

// TestLargestExtra: a file beside the project is read up to as many bytes as a text may have; what is larger is told.
func TestLargestExtra(t *testing.T) {
	xml := []byte(`<Project xmlns="urn:QDA-XML:project:1.0" name="P"><CodeBook><Codes><Code guid="00000001-0000-0000-0000-000000000000" name="a" isCodable="true"/></Codes></CodeBook></Project>`)
	for _, c := range []struct {
		size int
		kept bool
	}{{50, true}, {51, false}} {
		p, r, err := Read(zipped(map[string][]byte{"project.qde": xml, "anyam-x": bytes.Repeat([]byte("x"), c.size)}, true), Options{Limits: Limits{Text: 50}})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(r.Items, func(i Item) bool { return i.Reason == NobodyRefers && slices.Contains(i.Examples, "anyam-x") })
		if (len(p.Extras) == 1) != c.kept || told == c.kept {
			t.Errorf("%d bytes: kept %d, told %v", c.size, len(p.Extras), told)
		}
	}
	if l := (Limits{}).filled(); l.Text != 32<<20 {
		t.Errorf("of a file beside the project %d bytes are read", l.Text)
	}
}

// TestLongPathsOfCodes: names taken apart into paths, with what is there already.
func TestSplitNames(t *testing.T) {
	code := func(i int, name string) string {
		return fmt.Sprintf(`<Code guid="%08x-0000-0000-0000-000000000000" name="%s" isCodable="true"/>`, i, name)
	}
	p, r, err := Read([]byte(`<CodeBook><Codes>`+code(1, "Coke::diet::cold")+code(2, "Coke")+code(3, "::x")+code(4, "Tea::hot")+`</Codes></CodeBook>`), Options{SplitNames: "::"})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	got := ""
	p.EachCode(func(c, parent *Code) {
		up := ""
		if parent != nil {
			up = parent.Name
		}
		got += fmt.Sprintf("%s<%s %v; ", c.Name, up, c.Codable)
	})
	if want := "Coke< true; diet<Coke false; cold<diet true; ::x< true; Tea< false; hot<Tea true; "; got != want {
		t.Errorf("%s", got)
	}
}

// TestTrust: a text that says little follows the others of its file; alone it is the program's way, and a person is asked.
func TestTrust(t *testing.T) {
	id := func(n int) string { return fmt.Sprintf("%08x-0000-0000-0000-000000000000", n) }
	source := func(n int, text string, spans ...int) string {
		s := `<TextSource guid="` + id(n) + `" name="d"><PlainTextContent>` + text + `</PlainTextContent>`
		for i := 0; i < len(spans); i += 2 {
			s += fmt.Sprintf(`<PlainTextSelection guid="%s" startPosition="%d" endPosition="%d"/>`, id(n*100+i), spans[i], spans[i+1])
		}
		return s + `</TextSource>`
	}
	clear := source(1, "😀 satu dua tiga empat", 3, 7, 8, 11, 12, 16, 17, 22)
	unclear := source(2, "😀 a b c d", 3, 4)
	plain := source(3, "a b c d", 2, 3)
	for _, c := range []struct{ what, inside, want string }{
		{"with a clear one", clear + unclear, `UTF-16 units strong "satu dua tiga empat "; UTF-16 units file "a "; `},
		{"alone", unclear, `code points weak "  "; `},
		{"nothing to tell apart", plain, `code points same "b "; `},
	} {
		p, r, err := Read([]byte(head+"<Sources>"+c.inside+"</Sources></Project>"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, pl := range r.Placings {
			got += fmt.Sprintf("%s %s %q; ", pl.Positions.Unit, pl.Trust, func() (s string) {
				for _, x := range p.Documents[i].Selections {
					w, _ := p.Documents[i].Words(x.Start, x.Stop)
					s += w + " "
				}
				return s
			}())
		}
		if got != c.want {
			t.Errorf("%s: %s\n%s", c.what, got, r)
		}
		if (len(r.Doubtful()) == 1) != strings.Contains(c.want, "weak") {
			t.Errorf("%s: %v", c.what, r.Doubtful())
		}
	}
}
