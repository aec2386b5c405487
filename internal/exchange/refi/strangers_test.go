package refi

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// numbered is an identifier made of a number.
func numbered(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n) }

func numberedCoding(n, code int) string {
	return fmt.Sprintf(`<Coding guid="%s"><CodeRef targetGUID="%s"/></Coding>`, numbered(n), numbered(code))
}

// TestAreasOfPages: the words of a selection on a page of a PDF are looked for by what they are, and what may be at several places is
// lost with its reason.
func TestAreasOfPages(t *testing.T) {
	const text = "Bab satu. Ya, saya setuju dengan harga itu.\nBab dua. Tidak, ya, saya setuju hanya sebagian.\nAkhir."
	const said = `<PlainTextSelection guid="%s" startPosition="%d" endPosition="%d" name="%s">%s</PlainTextSelection>`
	for _, c := range []struct {
		what, name, own string // of the area; own is its Representation
		selections      string
		want            string // the words that the area's coding is on
		why             Reason
	}{
		{"its own words first", "saya setuju", `<PlainTextContent>hanya sebagian</PlainTextContent>`, fmt.Sprintf(said, numbered(8), 14, 25, "saya setuju", numberedCoding(9, 1)), "hanya sebagian", ""},
		{"words in a file", "", ` plainTextPath="internal://rb.txt"`, "", "Akhir.", ""},
		{"a name of words at two places", "saya setuju", "", fmt.Sprintf(said, numbered(8), 14, 25, "saya setuju", numberedCoding(9, 1)), "", SeveralPlaces},
		{"a name of two selections", "kutipan", "", fmt.Sprintf(said, numbered(8), 14, 25, "kutipan", "") + fmt.Sprintf(said, numbered(9), 0, 3, "kutipan", ""), "", SeveralPlaces},
		{"a name of one selection", "kutipan kunci", "", fmt.Sprintf(said, numbered(8), 14, 25, "kutipan kunci", ""), "saya setuju", ""},
		{"words at two places", "", `<PlainTextContent>saya setuju</PlainTextContent>`, "", "", SeveralPlaces},
		{"words of another text", "lain", `<PlainTextContent>kata lain</PlainTextContent>`, fmt.Sprintf(said, numbered(8), 14, 25, "lain", ""), "", OtherWords},
		{"words split in another way", "dengan har-ga", `<PlainTextContent>dengan har-ga</PlainTextContent>`, fmt.Sprintf(said, numbered(8), 26, 38, "dengan har-ga", ""), "dengan harga", ""},
		{"no words", "", "", "", "", AreaWithout},
	} {
		own := c.own
		switch {
		case strings.HasPrefix(own, " "):
			own = `<Representation guid="` + numbered(20) + `"` + own + `/>`
		case own != "":
			own = `<Representation guid="` + numbered(20) + `">` + own + `</Representation>`
		}
		xml := head + `<CodeBook><Codes><Code guid="` + numbered(1) + `" name="A" isCodable="true"/><Code guid="` + numbered(2) + `" name="B" isCodable="true"/></Codes></CodeBook><Sources><PDFSource guid="` + numbered(3) + `" name="lap.pdf">` +
			`<PDFSelection guid="` + numbered(4) + `" page="7" firstX="1" firstY="1" secondX="2" secondY="2" name="` + c.name + `">` + own + numberedCoding(5, 2) + `</PDFSelection>` +
			`<Representation guid="` + numbered(6) + `" plainTextPath="internal://rep.txt">` + c.selections + `</Representation></PDFSource></Sources></Project>`
		p, r, err := Read(zipped(map[string][]byte{"project.qde": []byte(xml), "sources/rep.txt": []byte(text), "sources/rb.txt": []byte("Akhir.")}, false), Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		balanced(t, r)
		got := ""
		for _, s := range p.Documents[0].Selections {
			for _, x := range s.Codings {
				if x.Code.String() == strings.ToUpper(numbered(2)) {
					w, _ := p.Documents[0].Words(s.Start, s.Stop)
					got += w
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: on %q, not %q", c.what, got, c.want)
		}
		why := Reason("")
		for _, i := range r.Items {
			if i.Element == "Coding" && i.Fate == Gone {
				why = i.Reason
			}
		}
		if why != c.why {
			t.Errorf("%s: lost for %q, not %q", c.what, why, c.why)
		}
	}
}

// TestRemarksOfTwo: what two people remark on the same words is of each of them, with its date.
func TestRemarksOfTwo(t *testing.T) {
	remark := func(n, coder int, year, text, inside string) string {
		by := ""
		if coder > 0 {
			by = ` creatingUser="` + numbered(coder) + `"`
		}
		if year != "" {
			by += ` creationDateTime="` + year + `-01-01T00:00:00Z"`
		}
		return `<PlainTextSelection guid="` + numbered(n) + `" startPosition="0" endPosition="4"` + by + `>` + text + inside + `</PlainTextSelection>`
	}
	d := func(s string) string { return "<Description>" + s + "</Description>" }
	for _, c := range []struct{ what, inside, want string }{
		{"two people", remark(10, 1, "2020", d("satu"), "") + remark(11, 2, "2021", d("dua"), ""), `Uma 2020 "satu"; Vera 2021 "dua"`},
		{"the same words of two people", remark(10, 1, "2020", d("ya"), "") + remark(11, 2, "2021", d("ya"), ""), `Uma 2020 "ya"; Vera 2021 "ya"`},
		{"one at two times", remark(10, 1, "2020", d("satu"), "") + remark(11, 1, "2021", d("dua"), ""), `Uma 2020 "satu"; Uma 2021 "dua"`},
		{"one, written twice", remark(10, 1, "2020", d("satu"), "") + remark(11, 1, "2020", d("satu"), ""), `Uma 2020 "satu"`},
		{"a coding of one and a remark of another", remark(10, 1, "2020", "", numberedCoding(20, 3)) + remark(11, 2, "2021", d("dua"), ""), `Vera 2021 "dua"`},
		{"nobody", remark(10, 0, "", d("satu"), "") + remark(11, 0, "", d("dua"), ""), ` 0001 "satu\n\ndua"`},
		{"a coding of nobody", remark(10, 0, "", "", numberedCoding(20, 3)) + remark(11, 2, "2021", d("dua"), ""), `Vera 2021 "dua"`},
	} {
		xml := head + `<Users><User guid="` + numbered(1) + `" name="Uma"/><User guid="` + numbered(2) + `" name="Vera"/></Users><CodeBook><Codes><Code guid="` + numbered(3) + `" name="A" isCodable="true"/></Codes></CodeBook>` +
			`<Sources><TextSource guid="` + numbered(4) + `" name="D"><PlainTextContent>satu dua</PlainTextContent>` + c.inside + `</TextSource></Sources></Project>`
		p, r, err := Read([]byte(xml), Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		balanced(t, r)
		for _, x := range Check(p) {
			if x.Fatal {
				t.Errorf("%s: %s", c.what, x)
			}
		}
		if n := len(p.Documents[0].Selections); n != 1 {
			t.Fatalf("%s: %d selections", c.what, n)
		}
		names := map[GUID]string{}
		for _, k := range p.Coders {
			names[k.GUID] = k.Name
		}
		var got []string
		s := p.Documents[0].Selections[0]
		if s.Description != "" {
			got = append(got, fmt.Sprintf("%s %04d %q", names[s.Coder], s.Created.Year(), s.Description))
		}
		for _, m := range p.Memos {
			if !reflect.DeepEqual(m.On, []Target{{OnSelection, s.GUID}}) {
				t.Errorf("%s: on %v", c.what, m.On)
			}
			got = append(got, fmt.Sprintf("%s %04d %q", names[m.Coder], m.Created.Year(), m.Text))
		}
		if all := strings.Join(got, "; "); all != c.want {
			t.Errorf("%s: %s, not %s", c.what, all, c.want)
		}
		for _, x := range s.Codings {
			if c.what == "a coding of nobody" && !x.Coder.IsZero() {
				t.Errorf("%s: the coding is of %s", c.what, names[x.Coder])
			}
		}
	}
}

// TestStyledTexts: what stands only in a styled file is read out of it where somebody can, and says so.
func TestStyledTexts(t *testing.T) {
	xml := head + `<Sources><TextSource guid="` + numbered(1) + `" name="D" richTextPath="internal://r.docx"/><TextSource guid="` + numbered(2) + `" name="E" richTextPath="internal://none.docx"/></Sources>` +
		`<Notes><Note guid="` + numbered(3) + `" name="M" richTextPath="internal://m.docx"/></Notes></Project>`
	data := zipped(map[string][]byte{"project.qde": []byte(xml), "sources/r.docx": []byte("PK words"), "sources/m.docx": []byte("PK memo")}, false)
	p, r, err := Read(data, Options{Originals: true, Extract: func(name string, data []byte) (*Styled, error) {
		if name != "r.docx" && name != "m.docx" {
			return nil, errors.New(name)
		}
		return &Styled{Text: "out of " + string(data)}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	if d := p.Documents; d[0].Text != "out of PK words" || d[0].Missing || string(d[0].Original) != "PK words" || !d[1].Missing || p.Memos[0].Text != "out of PK memo" || p.Memos[0].Original != nil {
		t.Errorf("%+v %+v", d, p.Memos)
	}
	if s := r.String(); !strings.Contains(s, "1 × TextSource: the text was read out of the styled file (D)") || !strings.Contains(s, "1 × Note: the text was read out") || strings.Contains(s, "r.docx") {
		t.Error(s)
	}
}

// TestOriginals: a file whose letters are not those of the text is kept byte for byte where it is asked for.
func TestOriginals(t *testing.T) {
	xml := head + `<Sources><TextSource guid="` + numbered(1) + `" name="D" plainTextPath="internal://a.txt"/><TextSource guid="` + numbered(2) + `" name="E" plainTextPath="internal://b.txt"/></Sources></Project>`
	data := zipped(map[string][]byte{"project.qde": []byte(xml), "sources/a.txt": []byte("\ufeffsatu\r\ndua"), "sources/b.txt": []byte("tiga")}, false)
	for _, ask := range []bool{true, false} {
		p, _, err := Read(data, Options{Originals: ask})
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if ask {
			want = "\ufeffsatu\r\ndua"
		}
		if d := p.Documents; string(d[0].Original) != want || d[0].Text != "satu\ndua" || d[1].Original != nil {
			t.Errorf("%v: %q %q", ask, d[0].Original, d[1].Original)
		}
	}
}

// TestDeepCodes: what is deeper than can be stands at the deepest level, in its order.
func TestDeepCodes(t *testing.T) {
	code := func(n int, name, inside string) string {
		return `<Code guid="` + numbered(n) + `" name="` + name + `" isCodable="true">` + inside + `</Code>`
	}
	xml := `<CodeBook><Codes>` + code(1, "a", code(2, "b", code(3, "c", code(4, "d", ""))+code(5, "e", ""))+code(6, "f", "")) + `</Codes></CodeBook>`
	for most, want := range map[int]string{0: "a< b<a c<b d<c e<b f<a ", 2: "a< b<a c<a d<a e<a f<a ", 3: "a< b<a c<b d<b e<b f<a ", 4: "a< b<a c<b d<c e<b f<a "} {
		p, r, err := Read([]byte(xml), Options{MostLevels: most})
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
			got += c.Name + "<" + up + " "
		})
		if got != want {
			t.Errorf("at most %d: %s, not %s", most, got, want)
		}
		told := 0
		for _, i := range r.Items {
			if i.Reason == TooDeep {
				told = i.Count
			}
		}
		if told != map[int]int{2: 3, 3: 1}[most] {
			t.Errorf("at most %d: told of %d", most, told)
		}
	}
}

// TestSeveralValues: several values of a case without a name are all its document's, and a value that another outdoes is named.
func TestSeveralValues(t *testing.T) {
	value := func(s string) string {
		return `<VariableValue><VariableRef targetGUID="` + numbered(1) + `"/><TextValue>` + s + `</TextValue></VariableValue>`
	}
	source := func(inside string) string {
		return `<Sources><TextSource guid="` + numbered(2) + `" name="D"><PlainTextContent>x</PlainTextContent>` + inside + `</TextSource></Sources></Project>`
	}
	xml := head + `<Variables><Variable guid="` + numbered(1) + `" name="Kota" typeOfVariable="Text"/></Variables><Cases><Case guid="` + numbered(3) + `">` + value("Bdg") + value("Jkt") + `<SourceRef targetGUID="` + numbered(2) + `"/></Case></Cases>`
	for inside, want := range map[string]string{"": "Bdg Jkt  ", value("Mks"): "Mks  D: Kota = Bdg D: Kota = Jkt "} {
		p, r, err := Read([]byte(xml+source(inside)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, r)
		got := ""
		for _, v := range p.Documents[0].Values {
			got += v.Text + " "
		}
		got += " "
		for _, i := range r.Items {
			if i.Reason == ValueClash {
				got += strings.Join(i.Examples, " ") + " "
			}
		}
		if got != want {
			t.Errorf("%q: %q, not %q", inside, got, want)
		}
	}
}

// TestMargins: what stands in the margin of a styled file becomes memos, on its words where those are found, of whom and when it says.
func TestMargins(t *testing.T) {
	xml := func(path, more string) string {
		return head + `<Users><User guid="` + numbered(9) + `" name="Ani"/></Users><Sources><TextSource guid="` + numbered(1) + `" name="D" richTextPath="internal://r.docx"` + path + `>` + more + `</TextSource></Sources></Project>`
	}
	styled := &Styled{Text: "satu dua\ntiga dua", Margin: []Remark{{Author: "ani", At: "2020-02-03T04:05:06Z", Text: "pada tiga", Start: 9, Stop: 13}, {Author: "Budi", Text: "pada dua", Start: 5, Stop: 8}, {Text: "di mana pun", Start: -1, Stop: -1}}}
	docx := []byte("PK\x03\x04 word/comments.xml")
	for _, c := range []struct {
		what, xml string
		styled    *Styled
		want      string // memos: by whom, of which year, on which words
		told      string
	}{
		{"the text is that of the file", xml("", ""), styled, "Ani 2020 9-13 pada tiga | ? 0001 5-8 Budi:\n\npada dua | ? 0001 D di mana pun", "2 × comment: a remark in the margin of the styled file is a memo on its words (D)"},
		{"a text beside it, with other line ends", xml(` plainTextPath="internal://p.txt"`, ""), styled, "Ani 2020 10-14 pada tiga | ? 0001 D Budi:\n\npada dua | ? 0001 D di mana pun", "2 × comment: the words of a remark in the margin are not in the text, or not only once: the memo is on the document (D)"},
		{"said already", xml("", `<PlainTextContent>satu dua
tiga dua</PlainTextContent><PlainTextSelection guid="`+numbered(2)+`" startPosition="9" endPosition="13"><Description>pada tiga</Description></PlainTextSelection>`), styled, "? 0001 5-8 Budi:\n\npada dua | ? 0001 D di mana pun", "1 × comment: it says the same again (D)"},
		{"nobody can read it", xml("", `<PlainTextContent>satu</PlainTextContent>`), nil, "", "1 × comment: the styled file with remarks in its margin could not be read (D)"},
		{"nothing in the margin", xml("", ""), &Styled{Text: "satu"}, "", "the text was read out of the styled file (D)"},
	} {
		p, r, err := Read(zipped(map[string][]byte{"project.qde": []byte(c.xml), "sources/r.docx": docx, "sources/p.txt": []byte("satu dua\n\ntiga dua")}, true), Options{Extract: func(string, []byte) (*Styled, error) {
			if c.styled == nil {
				return nil, errors.New("no")
			}
			return c.styled, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, r)
		at := map[GUID]string{p.Documents[0].GUID: "D"}
		for _, s := range p.Documents[0].Selections {
			at[s.GUID] = fmt.Sprint(s.Start, "-", s.Stop)
		}
		var got []string
		for _, m := range p.Memos {
			by := map[GUID]string{{}: "?", p.Coders[0].GUID: "Ani"}[m.Coder]
			got = append(got, fmt.Sprint(by, " ", m.Created.Format("2006"), " ", at[m.On[0].GUID], " ", m.Text))
		}
		if s := strings.Join(got, " | "); s != c.want {
			t.Errorf("%s: memos %q, not %q", c.what, s, c.want)
		}
		if s := r.String(); !strings.Contains(s, c.told) {
			t.Errorf("%s: not told that %q:\n%s", c.what, c.told, s)
		}
		for _, x := range Check(p) {
			if x.Fatal {
				t.Errorf("%s: %s", c.what, x)
			}
		}
	}
}

// TestCodingsOfTheirSelections: a coding that does not say whose it is or of when takes it from its selection, the time of the same coder alone.
func TestCodingsOfTheirSelections(t *testing.T) {
	for _, c := range []struct{ coding, want string }{
		{``, "Ani 2020"},
		{`creatingUser="` + numbered(1) + `"`, "Ani 2020"},
		{`creatingUser="` + numbered(2) + `"`, "Budi 0001"},
		{`creationDateTime="2021-01-01T00:00:00Z"`, "Ani 2021"},
	} {
		p, _, err := Read([]byte(head+`<Users><User guid="`+numbered(1)+`" name="Ani"/><User guid="`+numbered(2)+`" name="Budi"/></Users><CodeBook><Codes><Code guid="`+numbered(3)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+numbered(4)+`" name="D"><PlainTextContent>satu dua</PlainTextContent>`+
			`<PlainTextSelection guid="`+numbered(5)+`" startPosition="0" endPosition="4" creatingUser="`+numbered(1)+`" creationDateTime="2020-01-01T00:00:00Z"><Coding guid="`+numbered(6)+`" `+c.coding+`><CodeRef targetGUID="`+numbered(3)+`"/></Coding></PlainTextSelection></TextSource></Sources></Project>`), Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := p.Documents[0].Selections[0].Codings[0]
		if got := map[GUID]string{p.Coders[0].GUID: "Ani", p.Coders[1].GUID: "Budi"}[x.Coder] + " " + x.Created.Format("2006"); got != c.want {
			t.Errorf("%s: %s, not %s", c.coding, got, c.want)
		}
	}
}
