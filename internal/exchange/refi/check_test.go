package refi

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestCheckFinds makes one thing wrong in a sound project, and Check must name it; what is fatal, Write refuses.
func TestCheckFinds(t *testing.T) {
	stranger := GUID{1, 2, 3}
	for _, c := range []struct {
		rule  string
		fatal bool
		wrong func(p *Project)
	}{
		{"guid-none", true, func(p *Project) { p.Codes[0].GUID = GUID{} }},
		{"guid-twice", true, func(p *Project) { p.Coders[0].GUID = p.Codes[0].GUID }},
		{"guid-twice", true, func(p *Project) { p.Documents[0].Selections[1].GUID = p.Documents[0].Selections[0].GUID }},
		{"no-such-thing", true, func(p *Project) { p.Documents[0].Codings = []Coding{{GUID: GUID{9}, Code: stranger}} }},
		{"no-such-thing", true, func(p *Project) { p.Documents[0].Coder = stranger }},
		{"wrong-kind", true, func(p *Project) { p.Documents[0].Codings = []Coding{{GUID: GUID{9}, Code: p.Coders[0].GUID}} }},
		{"wrong-kind", true, func(p *Project) { p.Memos[0].On = []Target{{OnCode, p.Documents[0].GUID}} }},
		{"memo-on", true, func(p *Project) { p.Memos[0].On = []Target{{TargetKind(77), p.Documents[0].GUID}} }},
		{"outside-text", true, func(p *Project) { p.Documents[0].Selections[0].Stop = p.Documents[0].Chars() + 1 }},
		{"outside-text", true, func(p *Project) { p.Documents[0].Selections[0].Start = -1 }},
		{"backwards", true, func(p *Project) { p.Documents[0].Selections[0].Stop = p.Documents[0].Selections[0].Start }},
		{"same-span", false, func(p *Project) {
			d := &p.Documents[0]
			d.Selections[1].Start, d.Selections[1].Stop = d.Selections[0].Start, d.Selections[0].Stop
		}},
		{"same-coding", false, func(p *Project) {
			x := Coding{GUID: GUID{9}, Code: p.Codes[0].GUID}
			p.Documents[0].Codings = append(p.Documents[0].Codings, x, Coding{GUID: GUID{8}, Code: x.Code})
		}},
		{"span-of-missing", true, func(p *Project) { p.Documents[0].Missing = true }},
		{"text-form", true, func(p *Project) { p.Documents[0].Text += "\r\n" }},
		{"text-form", true, func(p *Project) { p.Documents[0].Text += "\x00" }},
		{"text-form", true, func(p *Project) { p.Documents[0].Text += "\xff" }},
		{"text-form", true, func(p *Project) { p.Memos[0].Text = "\ufeffx" }},
		{"forbidden-chars", false, func(p *Project) { p.Codes[0].Name += "\x01" }},
		{"value-form", true, func(p *Project) {
			p.Documents[0].Values = []Value{{p.Attributes[2].GUID, IntegerValue, "1.5"}}
		}},
		{"value-type", false, func(p *Project) {
			p.Documents[0].Values = []Value{{p.Attributes[2].GUID, TextValue, "1.5"}}
		}},
		{"word", true, func(p *Project) { p.Attributes[0].Type = "Number" }},
		{"word", true, func(p *Project) { p.Links[0].Direction = "Both" }},
		{"colour", true, func(p *Project) { p.Codes[0].Colour = "#12345678" }},
		{"date", true, func(p *Project) { p.Documents[0].Created = time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"extra-name", true, func(p *Project) { p.Extras = []Extra{{Name: "anyam/../x"}} }},
		{"extra-name", true, func(p *Project) { p.Extras = []Extra{{Name: "anyam.json"}, {Name: "Anyam.JSON"}} }},
		{"extra-name", true, func(p *Project) { p.Extras = []Extra{{Name: "project.qde"}} }},
		{"deep", true, func(p *Project) {
			for i := range 300 {
				p.Codes = []Code{{GUID: NameGUID(GUID{5}, string(rune('a'+i))), Children: p.Codes}}
			}
		}},
	} {
		p := newChance(3).project(2, 60)
		for _, x := range Check(p) {
			t.Fatalf("not sound to begin with: %s", x)
		}
		c.wrong(p)
		found := false
		for _, x := range Check(p) {
			found = found || x.Rule == c.rule && x.Fatal == c.fatal
			if ruleSentences[x.Rule] == "" || !strings.Contains(x.String(), ruleSentences[x.Rule]) {
				t.Errorf("no sentence for %s", x.Rule)
			}
		}
		if !found {
			t.Errorf("%s was not found: %v", c.rule, Check(p))
		}
		var b bytes.Buffer
		_, err := Write(&b, p, Standard)
		var u *Unsound
		if c.fatal != errors.As(err, &u) || c.fatal && b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", c.rule, err, b.Len())
		}
		if !c.fatal {
			for _, x := range CheckFile(b.Bytes(), Standard) {
				if x.Fatal {
					t.Errorf("%s written all the same: %s", c.rule, x)
				}
			}
		}
	}
	if _, err := Write(&bytes.Buffer{}, &Project{}, "mine"); err == nil {
		t.Error("a profile that is none")
	}
	if _, err := WriteCodebook(&bytes.Buffer{}, &Project{}); err == nil {
		t.Error("a codebook without codes")
	}
	if _, err := Write(&bytes.Buffer{}, &Project{}, Standard); err != nil {
		t.Error("an empty project:", err)
	}
}

// TestCheckFileFinds makes one thing wrong in a sound file.
func TestCheckFileFinds(t *testing.T) {
	const a, b, c, d, e = "00000001-0000-0000-0000-000000000000", "00000002-0000-0000-0000-000000000000", "00000003-0000-0000-0000-000000000000",
		"00000004-0000-0000-0000-000000000000", "00000005-0000-0000-0000-000000000000"
	good := `<?xml version="1.0" encoding="UTF-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="x"><Users><User guid="` + a + `"/></Users><CodeBook><Codes><Code guid="` + b + `" name="c" isCodable="true" color="#123456"/></Codes></CodeBook>` +
		`<Variables><Variable guid="` + e + `" name="v" typeOfVariable="Integer"/></Variables>` +
		`<Sources><TextSource guid="` + c + `" plainTextPath="internal://t.txt" creatingUser="` + a + `"><PlainTextSelection guid="` + d + `" startPosition="2" endPosition="4"/>` +
		`<VariableValue><VariableRef targetGUID="` + e + `"/><IntegerValue>5</IntegerValue></VariableValue></TextSource></Sources></Project>`
	const text = "a😀bc d"
	for _, x := range CheckFile(qdpx(good, "sources/t.txt", text), Standard) {
		t.Fatal(x)
	}
	for _, w := range []struct{ rule, old, now string }{
		{"file", "</Project>", ""},
		{"unknown", "<Users>", "<Users><Role/>"},
		{"unknown", "project:1.0", "project:0:10"},
		{"order", "<Users>", `<Description>d</Description><Users>`},
		{"order", "</CodeBook>", `</CodeBook><CodeBook><Codes><Code guid="00000009-0000-0000-0000-000000000000" name="c" isCodable="true"/></Codes></CodeBook>`},
		{"attribute", `name="x"`, `name="x" colour="red"`},
		{"attribute-none", ` isCodable="true"`, ""},
		{"attribute-form", `isCodable="true"`, `isCodable="True"`},
		{"attribute-form", `color="#123456"`, `color="#FF123456"`},
		{"attribute-form", `startPosition="2"`, `startPosition="2.0"`},
		{"attribute-form", `typeOfVariable="Integer"`, `typeOfVariable="Number"`},
		{"child-none", `<User guid="` + a + `"/>`, ""},
		{"child-none", `<VariableRef targetGUID="` + e + `"/>`, ""},
		{"guid-twice", `guid="` + d, `guid="` + c},
		{"no-such-thing", `creatingUser="` + a, `creatingUser="00000009-0000-0000-0000-000000000000`},
		{"wrong-kind", `creatingUser="` + a, `creatingUser="` + b},
		{"outside-text", `endPosition="4"`, `endPosition="7"`},
		{"outside-text", `startPosition="2"`, `startPosition="-2"`},
		{"backwards", `startPosition="2"`, `startPosition="4"`},
		{"text-missing", "internal://t.txt", "internal://u.txt"},
		{"text-missing", "internal://t.txt", "relative:///t.txt"},
		{"two-texts", `<PlainTextSelection`, `<PlainTextContent>a</PlainTextContent><PlainTextSelection`},
		{"no-text", ` plainTextPath="internal://t.txt"`, ""},
		{"orphan", ` plainTextPath="internal://t.txt"`, ""},
		{"value-form", ">5<", ">five<"},
		{"value-type", "IntegerValue", "TextValue"},
		{"two-values", "</IntegerValue>", "</IntegerValue><FloatValue>1</FloatValue>"},
		{"words", "<Users>", "<Users>some words"},
	} {
		bad := strings.ReplaceAll(good, w.old, w.now)
		if bad == good {
			t.Fatal(w)
		}
		found := false
		all := CheckFile(qdpx(bad, "sources/t.txt", text), Standard)
		for _, x := range all {
			found = found || x.Rule == w.rule
			if ruleSentences[x.Rule] == "" {
				t.Errorf("no sentence for %s", x.Rule)
			}
		}
		if !found {
			t.Errorf("%s was not found: %v", w.rule, all)
		}
	}
	for _, w := range []struct {
		rule, name, text string
		profile          Profile
	}{
		{"inside-char", "sources/t.txt", text, NVivo}, // 2 is the second half of 😀
		{"text-form", "sources/t.txt", "\ufeff" + text, Standard},
		{"text-form", "sources/t.txt", "a\r\nbcd", Standard},
		{"text-form", "sources/t.txt", "abcd\xff", Standard},
		{"layout", "Sources/T.txt", text, Standard},
		{"text-missing", "t.txt", text, Standard},
	} {
		found := false
		all := CheckFile(qdpx(good, w.name, w.text), w.profile)
		for _, x := range all {
			found = found || x.Rule == w.rule
		}
		if !found {
			t.Errorf("%s was not found: %v", w.rule, all)
		}
	}
	for _, x := range CheckFile(qdpx(good, "sources/t.txt", "a\r\nbcd"), Atlasti) {
		t.Error(x)
	}
}
