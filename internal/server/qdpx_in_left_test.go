package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// foreign is a qdpx of another program: what is inside its project, and its texts by name.
func foreign(t *testing.T, inside string, texts map[string]string) []byte {
	t.Helper()
	return foreignOf(t, "ATLAS.ti 23", inside, texts)
}

func foreignOf(t *testing.T, origin, inside string, texts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, s string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(s))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("project.qde", `<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="P" origin="`+origin+`">`+inside+`</Project>`)
	for name, s := range texts {
		put("sources/"+name, s)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// xid is an identifier made of a number.
func xid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n) }

// leftBehind is what a file brought is said to have left, with its examples.
func leftBehind(b *Brought) map[string]string {
	m := map[string]string{}
	for _, l := range b.Left {
		m[l.What+" "+l.Key] = fmt.Sprintf("%s %d %s", l.Fate, l.Count, strings.Join(l.Examples, " | "))
	}
	return m
}

// readEntry gives a file of a qdpx.
func readEntry(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// replaced is a qdpx with another file in the place of one of its own.
func replaced(t *testing.T, data []byte, name string, with []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range z.File {
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		raw := with
		if f.Name != name {
			raw = readEntry(t, data, f.Name)
		}
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// memosOf lists the memos of a project: by whom, of which year, on which words, and their text.
func memosOf(v *engine.View) (all []string) {
	for _, m := range v.As(0).AllMemos() {
		k, _ := v.Coder(m.Coder)
		year := time.Unix(m.At, 0).UTC().Year()
		if year > 2024 {
			year = 0 // now
		}
		all = append(all, fmt.Sprintf("%s %d %d-%d %q", k.Name, year, m.Start, m.Stop, m.Text))
	}
	sort.Strings(all)
	return all
}

func (w *world) viewOf(id qda.ProjectID) *engine.View {
	w.t.Helper()
	v, err := w.engine.View(context.Background(), id, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// TestNothingGoesInSilence brings a file with all that anyam has no place for: what has one comes in, and the rest is named.
func TestNothingGoesInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	by := ` creatingUser="` + xid(1) + `" creationDateTime="2019-01-01T00:00:00Z"`
	edited := ` modifyingUser="` + xid(2) + `" modifiedDateTime="2020-01-01T00:00:00Z"`
	value := func(attribute int, kind, s string) string {
		return `<VariableValue><VariableRef targetGUID="` + xid(attribute) + `"/><` + kind + `Value>` + s + `</` + kind + `Value></VariableValue>`
	}
	coding := func(n int) string {
		return `<Coding guid="` + xid(n) + `"` + by + `><CodeRef targetGUID="` + xid(11) + `"/></Coding>`
	}
	sel := func(n, from, to int, name, inside string) string {
		return fmt.Sprintf(`<PlainTextSelection guid="%s" startPosition="%d" endPosition="%d" name="%s"%s>%s</PlainTextSelection>`, xid(n), from, to, name, by, inside)
	}
	data := foreign(t, `<Users><User guid="`+xid(1)+`" name="Ani Wijaya" id="AX"/><User guid="`+xid(2)+`" name="Budi" id="user-7"/></Users>`+
		`<CodeBook><Codes><Code guid="`+xid(10)+`" name="Induk" isCodable="true" color="#123456"><Code guid="`+xid(11)+`" name="A" isCodable="true"/></Code></Codes></CodeBook>`+
		`<Variables><Variable guid="`+xid(20)+`" name="Aktif" typeOfVariable="Boolean"><Description>apakah masih aktif</Description></Variable><Variable guid="`+xid(21)+`" name="Kota" typeOfVariable="Text"/><Variable guid="`+xid(22)+`" name="Umur" typeOfVariable="Integer"/></Variables>`+
		`<Cases><Case guid="`+xid(30)+`" name="Siti">`+value(20, "Boolean", "true")+value(22, "Integer", "4")+value(22, "Integer", "5")+`<SourceRef targetGUID="`+xid(40)+`"/></Case></Cases>`+
		`<Sources><TextSource guid="`+xid(40)+`" name="Dok" plainTextPath="internal://a.txt"`+by+edited+`>`+
		sel(41, 0, 4, "Kutipan kunci", "")+sel(42, 5, 8, "judul kutipan", coding(43))+sel(44, 9, 13, "", "")+sel(45, 0, 8, "", "<Description>komentar</Description>")+
		value(21, "Text", "Bdg")+value(21, "Text", "Jkt")+`</TextSource></Sources>`+
		`<Notes><Note guid="`+xid(50)+`" name="Judul memo"`+by+edited+`><PlainTextContent>isi</PlainTextContent>`+coding(51)+value(21, "Text", "x")+`</Note>`+
		`<Note guid="`+xid(52)+`" name="Satu baris"><PlainTextContent>Satu baris dan lagi</PlainTextContent></Note></Notes>`+
		`<Links><Link guid="`+xid(60)+`" name="sebab" originGUID="`+xid(10)+`" targetGUID="`+xid(11)+`"/></Links>`+
		`<Sets><Set guid="`+xid(61)+`" name="Grup"><MemberCode targetGUID="`+xid(11)+`"/></Set></Sets>`+
		`<Description>Deskripsi proyek</Description>`, map[string]string{"a.txt": "\ufeffsatu dua tiga\r\nempat"})
	b := w.broughtInto(id, data)
	v := w.viewOf(id)
	want := map[string]string{
		"links no_links": "lost 1 sebab", "sets no_sets": "lost 1 Grup", "coders ids": "lost 1 Budi: user-7", "attributes types": "altered 2 Aktif: Boolean | Umur: Integer",
		"values values_joined": "altered 1 Dok: Kota = Bdg; Jkt", "values values_several": "lost 1 Siti: Umur = 5", "codes colours": "altered 1 Induk #123456", "codes now_theme": "altered 1 Induk",
		"documents no_editors": "lost 1 Dok", "selections bare": "lost 1 Dok 9–13", "memos no_editors": "lost 1 Judul memo", "memos no_coder": "altered 1 Satu baris", "memos no_date": "altered 1 Satu baris", "codings no_memo_codings": "lost 1 Judul memo", "values no_memo_values": "lost 1 Judul memo",
	}
	if got := leftBehind(b); !reflect.DeepEqual(got, want) {
		t.Errorf("told\n%v\nnot\n%v", got, want)
	}
	memos := []string{`Ani Wijaya 2019 0-0 "Judul memo\n\nisi"`, `Ani Wijaya 2019 0-4 "Kutipan kunci"`, `Ani Wijaya 2019 0-8 "komentar"`, `Ani Wijaya 2019 5-8 "judul kutipan"`, `Pemilik 0 0-0 "Satu baris dan lagi"`, `Pemilik 0 0-0 "apakah masih aktif"`}
	if got := memosOf(v); !reflect.DeepEqual(got, memos) {
		t.Errorf("memos\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(memos, "\n"))
	}
	if d := v.Project().Description; d != "Deskripsi proyek" {
		t.Errorf("the project is %q", d)
	}
	for _, k := range v.Coders() {
		if want := map[string]string{"Ani Wijaya": "AX", "Budi": "B", "Pemilik": "P"}[k.Name]; k.Initials != want {
			t.Errorf("%s is %s", k.Name, k.Initials)
		}
	}
	// The original is the file that was in it, byte for byte.
	d := v.Documents()[0]
	_, raw, err := w.store.File(context.Background(), id, SumOf([]byte("\ufeffsatu dua tiga\r\nempat")))
	if err != nil || string(raw) != "\ufeffsatu dua tiga\r\nempat" || d.File == d.Sum || d.FileName != "Dok.txt" {
		t.Errorf("the original is %q (%v); %+v", raw, err, d)
	}
	// The counts of what was kept say no more than what came in.
	for _, e := range b.File.Elements {
		if e.Seen != e.Kept+e.Joined+e.Lost {
			t.Errorf("does not add up: %+v", e)
		}
		if kept, some := map[string]int{"Link": 0, "Set": 0, "MemberCode": 0, "Coding": 1, "VariableValue": 5}[e.Name]; some && e.Kept != kept {
			t.Errorf("%d × %s are kept, not %d", e.Kept, e.Name, kept)
		}
	}
	// It is foreseen, but for what depends on the project here; and the same file again adds nothing.
	p, r, err := w.s.Extractor.Project(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	delete(want, "coders ids")
	if got := leftBehind(&Brought{Left: reportOf(p, r).Left}); !reflect.DeepEqual(got, want) {
		t.Errorf("foreseen\n%v\nnot\n%v", got, want)
	}
	if w.broughtInto(id, data); w.viewOf(id).Seq() != v.Seq() {
		t.Errorf("the same file again made %d entries", w.viewOf(id).Seq()-v.Seq())
	}
}

// TestRemarksKeepTheirDate: a remark on words is of the day it was written, and of each who wrote one.
func TestRemarksKeepTheirDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	sel := func(n, coder, year int, text string) string {
		return fmt.Sprintf(`<PlainTextSelection guid="%s" startPosition="0" endPosition="4" creatingUser="%s" creationDateTime="%d-01-01T00:00:00Z"><Description>%s</Description></PlainTextSelection>`, xid(n), xid(coder), year, text)
	}
	w.broughtInto(id, foreign(t, `<Users><User guid="`+xid(1)+`" name="Uma"/><User guid="`+xid(2)+`" name="Vera"/></Users><Sources><TextSource guid="`+xid(3)+`" name="D"><PlainTextContent>satu dua</PlainTextContent>`+
		sel(4, 1, 2020, "komentar Uma")+sel(5, 2, 2021, "komentar Vera")+`</TextSource></Sources>`, nil))
	if got, want := memosOf(w.viewOf(id)), []string{`Uma 2020 0-4 "komentar Uma"`, `Vera 2021 0-4 "komentar Vera"`}; !reflect.DeepEqual(got, want) {
		t.Errorf("%s", got)
	}
}

// TestNobodyAndNever: what is of nobody or of no time in the file, or of one that can't be, is of whoever imports and of now, and that is said.
func TestNobodyAndNever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, owner := w.newProject(t)
	coding := func(n int, said string) string {
		return fmt.Sprintf(`<PlainTextSelection guid="%s" startPosition="%d" endPosition="%d"><Coding guid="%s" %s><CodeRef targetGUID="%s"/></Coding></PlainTextSelection>`, xid(n), n, n+1, xid(100+n), said, xid(9))
	}
	b := w.broughtInto(id, foreign(t, `<Users><User guid="`+xid(8)+`" name="Uma"/></Users><CodeBook><Codes><Code guid="`+xid(9)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+xid(20)+`" name="D" creatingUser="`+xid(8)+`" creationDateTime="2020-03-04T05:06:07Z"><PlainTextContent>satu dua</PlainTextContent>`+
		coding(1, `creatingUser="`+xid(8)+`" creationDateTime="2021-01-01T00:00:00Z"`)+coding(2, `creationDateTime="2021-01-01T00:00:00Z"`)+coding(3, `creatingUser="`+xid(8)+`"`)+coding(4, `creatingUser="`+xid(8)+`" creationDateTime="1951-01-01T00:00:00Z"`)+coding(5, `creatingUser="`+xid(8)+`" creationDateTime="2951-01-01T00:00:00Z"`)+`</TextSource></Sources>`, nil))
	got := leftBehind(b)
	for key, want := range map[string]string{"codings no_coder": "altered 1 D", "codings no_date": "altered 1 D", "codings dates": "altered 2 D, 1951-01-01 | D, 2951-01-01", "documents no_makers": "", "documents no_editors": ""} {
		if got[key] != want {
			t.Errorf("%s: told %q, not %q", key, got[key], want)
		}
	}
	v := w.viewOf(id)
	var by []string
	for c := range v.As(0).All {
		at := "then"
		if c.At > w.now().Unix()-600 {
			at = "now"
		}
		by = append(by, fmt.Sprint(c.Start, " ", c.Coder == owner, " ", at))
	}
	if want := []string{"1 false then", "2 true then", "3 false now", "4 false now", "5 false now"}; !reflect.DeepEqual(by, want) {
		t.Errorf("%q, not %q", by, want)
	}
	signed, err := makers(context.Background(), w.store, v.As(0))
	if err != nil {
		t.Fatal(err)
	}
	if x := signed[v.Documents()[0].Made]; x.Made.Format(time.RFC3339) != "2020-03-04T05:06:07Z" || x.Coder == owner {
		t.Errorf("the document was added by %d at %s", x.Coder, x.Made)
	}
}

// TestLongTextsStayWhole: what is longer than a memo or a definition goes on in another memo on the same, and the report says in which.
func TestLongTextsStayWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	long := strings.TrimSpace(strings.Repeat("kata ", 9000))
	b := w.broughtInto(id, foreign(t, `<CodeBook><Codes><Code guid="`+xid(1)+`" name="A" isCodable="true"><Description>`+long[:25000]+`</Description></Code><Code guid="`+xid(2)+`" name="`+strings.Repeat("y", 300)+`" isCodable="true"/><Code guid="`+xid(3)+`" name="&#x202e;abc" isCodable="true"/></Codes></CodeBook>`+
		`<Notes><Note guid="`+xid(4)+`" name="kata"><PlainTextContent>`+long+`</PlainTextContent></Note></Notes>`, nil))
	v := w.viewOf(id)
	all := map[string]string{}
	for _, n := range v.Nodes() {
		if n.Name == "A" {
			all["code"] = n.Definition
			for _, m := range v.As(0).Memos(n.ID) {
				all["code"] += strings.TrimPrefix(m.Text, "… A\n\n")
			}
		}
	}
	for i, m := range v.As(0).Memos(0) {
		head := fmt.Sprintf("%d/3\n\n", i+1)
		if !strings.HasPrefix(m.Text, head) {
			t.Errorf("the memo begins with %.20q, not %q", m.Text, head)
		}
		all["memo"] += strings.TrimPrefix(m.Text, head) + " "
	}
	if strings.TrimSpace(all["memo"]) != long {
		t.Errorf("of %d characters the memos have %d", len(long), len(all["memo"]))
	}
	if strings.Join(strings.Fields(all["code"]), "") != strings.Join(strings.Fields(long[:25000]), "") {
		t.Errorf("of 25,000 characters the code has %d", len(all["code"]))
	}
	got := leftBehind(b)
	for key, want := range map[string]string{"memos texts_split": "altered 1 kata", "codes texts_split": "altered 1 A", "codes names_cut": "altered 1 " + strings.Repeat("y", 80) + "…", "codes names_replaced": `altered 1 "\u202eabc"`} {
		if got[key] != want {
			t.Errorf("%s: told %q, not %q", key, got[key], want)
		}
	}
}

// TestTimesOfTranscripts: turns have the times that stand where they begin and end.
func TestTimesOfTranscripts(t *testing.T) {
	for _, c := range []struct {
		what  string
		times [][2]int // position and milliseconds
		want  string
		left  string
	}{
		{"at the beginnings", [][2]int{{0, 1000}, {10, 5000}}, "1000 5000, 5000 -1", ""},
		{"between", [][2]int{{0, 1000}, {9, 5000}, {21, 9000}}, "1000 5000, 5000 9000", ""},
		{"inside of a turn", [][2]int{{0, 1000}, {9, 5000}, {20, 9000}}, "1000 5000, 5000 -1", "times times_inside"},
		{"back in time", [][2]int{{0, 5000}, {10, 1000}}, "5000 -1, -1 -1", "times times_back"},
	} {
		d := &refi.Document{Text: "Satu dua.\nTiga empat."}
		for _, x := range c.times {
			d.Times = append(d.Times, refi.Time{Position: x[0], MS: x[1]})
		}
		g := &bringer{out: &Brought{}}
		text := turned(d.Text)
		g.timed(d, text)
		got := ""
		for i, x := range text.Turns {
			if i > 0 {
				got += ", "
			}
			got += fmt.Sprint(x.FromMS, " ", x.ToMS)
		}
		left := ""
		for key := range leftBehind(g.out) {
			left += key
		}
		if got != c.want || left != c.left {
			t.Errorf("%s: %s and %q, not %s and %q", c.what, got, left, c.want, c.left)
		}
	}
}

// TestMarginsOfStyledFiles: comments in the margin of a docx beside a text are memos on their words, and it is said; on the document where
// the text says the words in another place as well.
func TestMarginsOfStyledFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	const ns = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	hung := func(id, words string) string {
		return `<w:commentRangeStart w:id="` + id + `"/><w:r><w:t>` + words + `</w:t></w:r><w:commentRangeEnd w:id="` + id + `"/><w:r><w:commentReference w:id="` + id + `"/></w:r>`
	}
	docx := zipOf(t, packed{"word/document.xml", `<w:document` + ns + `><w:body><w:p><w:r><w:t xml:space="preserve">Satu </w:t></w:r>` + hung("0", "dua") + `</w:p><w:p>` + hung("1", "tiga") + `</w:p><w:p><w:r><w:t>tiga</w:t></w:r></w:p></w:body></w:document>`},
		packed{"word/comments.xml", `<w:comments` + ns + `><w:comment w:id="0" w:author="Uma" w:date="2020-02-03T04:05:06Z"><w:p><w:r><w:t>tentang dua</w:t></w:r></w:p></w:comment><w:comment w:id="1" w:author="Orang lain"><w:p><w:r><w:t>tentang tiga</w:t></w:r></w:p></w:comment></w:comments>`})
	b := w.broughtInto(id, foreign(t, `<Users><User guid="`+xid(1)+`" name="Uma"/></Users><Sources><TextSource guid="`+xid(3)+`" name="D" plainTextPath="internal://d.txt" richTextPath="internal://d.docx"/></Sources>`,
		map[string]string{"d.txt": "Satu dua\r\n\r\ntiga\r\n\r\ntiga", "d.docx": string(docx)}))
	if got, want := memosOf(w.viewOf(id)), []string{`Pemilik 0 0-0 "Orang lain:\n\ntentang tiga"`, `Uma 2020 5-8 "tentang dua"`}; !reflect.DeepEqual(got, want) {
		t.Errorf("%s, not %s", got, want)
	}
	var told []string
	for _, i := range b.File.Items {
		if i.Element == "comment" {
			told = append(told, i.String())
		}
	}
	if want := []string{"1 × comment: a remark in the margin of the styled file is a memo on its words (D)", "1 × comment: the words of a remark in the margin are not in the text, or not only once: the memo is on the document (D)"}; !reflect.DeepEqual(told, want) {
		t.Errorf("told %q", told)
	}
}

// TestCodesThatWereThemes: a code for which counter-evidence was looked for when it was a theme stands under a code; both come in, as codes.
func TestCodesThatWereThemes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	above := p.addNode(qda.Theme, "Atas", 0)
	below := p.addNode(qda.Theme, "Bawah", above)
	w.do(p.id, owner, &qda.CounterLooked{Theme: below, Looked: true})
	for _, n := range []qda.ID{below, above} {
		w.do(p.id, owner, &qda.NodeTurned{Node: n, Type: qda.Code})
	}
	id, _ := w.newProject(t)
	b := w.broughtInto(id, w.takenOut(p.id))
	v := w.viewOf(id)
	kinds := map[string]qda.NodeKind{}
	for _, n := range v.Nodes() {
		kinds[strings.Join(v.Path(n.ID), "/")] = n.Kind
	}
	if kinds["Atas"] != qda.Code || kinds["Atas/Bawah"] != qda.Code || leftBehind(b)["codes refused"] != "" {
		t.Errorf("%v; told %v", kinds, leftBehind(b))
	}
}

// TestWhatAnotherAnyamKeepsBack: what is removed there, its History and its past are told and do not come; what a document that is here does
// not know is filled in, and what it knows otherwise is told.
func TestWhatAnotherAnyamKeepsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	owner := p.coder[theOwner]
	lost := w.do(p.id, owner, &qda.CaseAdded{Name: "P09"}).Did[0].ID
	removed, code := qda.Removed, p.addNode(qda.Code, "Kode dibuang", 0)
	p.addNode(qda.Code, "Di bawahnya", code)
	for _, on := range []qda.ID{lost, code, p.removed} {
		w.do(p.id, owner, &qda.MemoWritten{On: on, Text: "memo yang tidak ikut"})
	}
	w.do(p.id, owner, &qda.QuestionKept{Name: "Tanya yang dibuang", Query: fmt.Sprintf(`{"ask":"all=%d&draft=%d"}`, code, p.draft)})
	w.do(p.id, owner, &qda.CaseChanged{Case: lost, State: &removed})
	w.do(p.id, owner, &qda.NodesState{Nodes: []qda.ID{code}, State: qda.Removed, Children: "along"})
	w.do(p.id, p.coder[theSupervisor], &qda.ThemeJudged{Theme: p.theme, Verdict: qda.Approved, Draft: p.draft, Digest: w.viewOf(p.id).Digest(p.theme), Text: "baik"})
	held, description, method := "2025-01-02", "Deskripsi di sana", qda.Reliability
	w.do(p.id, owner, &qda.DocumentChanged{Document: p.document, Held: &held})
	w.do(p.id, owner, &qda.ProjectChanged{Description: &description, Method: &method})
	archived := qda.Archived
	w.do(p.id, owner, &qda.ProjectChanged{State: &archived})
	data := w.takenOut(p.id)

	q := w.newPlace(1) // where the document is, by the same words
	written := qda.Written
	own := "Deskripsi di sini"
	w.do(q.id, q.coder[theOwner], &qda.DocumentChanged{Document: q.document, Type: &written})
	w.do(q.id, q.coder[theOwner], &qda.ProjectChanged{Description: &own})
	b := w.broughtInto(q.id, data)
	got := leftBehind(b)
	for key, want := range map[string]string{
		"history history": fmt.Sprintf("lost %d ", w.viewOf(p.id).Seq()), "documents removed": "lost 1 ", "cases removed": "lost 1 ", "codes removed": "lost 2 ", "memos removed": "lost 3 ",
		"questions asks_gone": "altered 1 Tanya yang dibuang", "questions asks_past": "altered 1 Tanya yang dibuang", "documents own_document": "lost 1 P04 udang", "documents no_makers": "lost 1 P04 udang",
		"project own_settings": "lost 1 id, reliability", "project own_description": "lost 1 Deskripsi di sana", "project archived": "altered 1 " + p.name, "drafts draft_memo": "altered 1 Draf satu",
	} {
		if got[key] != want {
			t.Errorf("%s: told %q, not %q", key, got[key], want)
		}
	}
	v := w.viewOf(q.id)
	if d, _ := v.Document(q.document); d.Held != held || d.Kind != written {
		t.Errorf("the document here is %+v", d)
	}
	for _, m := range v.As(0).AllMemos() {
		if m.Text == "memo yang tidak ikut" {
			t.Errorf("a memo on what is removed came in on %d", m.On)
		}
	}
	// Into a project that held nothing, all of it comes; what somebody chose for it stays.
	id, _ := w.newProject(t)
	b = w.broughtInto(id, data)
	if x := w.viewOf(id).Project(); x.Description != description || x.Method != method || x.Language != "id" {
		t.Errorf("the project is %+v", x)
	}
	if got := leftBehind(b); got["judgements judged_draft"] != "altered 1 " || got["originals original"] != "lost 1 P04 udang.txt" || got["project own_settings"] != "" {
		t.Errorf("told %v", got)
	}
	id, by := w.newProject(t)
	was := w.viewOf(id).Project()
	b, err := Bring(context.Background(), Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: id, Coder: by}, Data: data, Chosen: true, Now: w.now()})
	if err != nil {
		t.Fatal(err)
	}
	if is := w.viewOf(id).Project(); is.Method != was.Method || is.Language != was.Language || is.Description != description || leftBehind(b)["project own_settings"] == "" {
		t.Errorf("the project was %+v and is %+v; told %v", was, is, leftBehind(b))
	}
}

// TestMakersOfCodes: who made the codes, themes and documents of another anyam, and when, stays known. Where the file does not say, that is
// said.
func TestMakersOfCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	w.wait(time.Hour)
	w.do(p.id, p.coder[theResearcher], &qda.NodeAdded{Type: qda.Code, Name: "Kode peneliti", Parent: p.code})
	w.do(p.id, p.coder[theBlind], &qda.CodingApplied{Document: p.document, Version: 1, Name: "Kode si buta", Spans: []qda.SpanOf{spanAt(0, 5)}})
	rows := func(id qda.ProjectID) (r []string) {
		t.Helper()
		all, err := CodebookRows(context.Background(), w.store, w.engine, w.viewOf(id).As(0))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			r = append(r, fmt.Sprint(x.Path, " by ", x.CreatedBy, " at ", x.CreatedAt.Unix()))
		}
		return r
	}
	data := w.takenOut(p.id)
	w.wait(time.Hour)
	id, _ := w.newProject(t)
	b := w.broughtInto(id, data)
	if got, want := rows(id), rows(p.id); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if _, told := leftBehind(b)["codes no_code_makers"]; told {
		t.Error("told that makers are lost")
	}
	// A file of an anyam that did not keep them.
	side := readEntry(t, data, sidecarName)
	var m map[string]any
	if err := json.Unmarshal(side, &m); err != nil {
		t.Fatal(err)
	}
	for _, n := range m["nodes"].([]any) {
		is := n.(map[string]any)["is"].(map[string]any)
		delete(is, "by")
		delete(is, "at")
	}
	older, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	id, _ = w.newProject(t)
	b = w.broughtInto(id, replaced(t, data, sidecarName, older))
	if got := leftBehind(b)["codes no_code_makers"]; !strings.HasPrefix(got, fmt.Sprintf("lost %d Tema satu", len(w.viewOf(p.id).Nodes()))) {
		t.Errorf("told %q", got)
	}
}

// TestManyOfOneLoss: a report names all things that share a fate; the page shows the first and says how many more there are.
func TestManyOfOneLoss(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	inside := `<Sources>`
	for i := range 25 {
		inside += fmt.Sprintf(`<PictureSource guid="%s" name="Foto %02d" path="internal://%d.jpg"/>`, xid(i+1), i+1, i+1)
	}
	data := foreign(t, inside+`<TextSource guid="`+xid(90)+`" name="D" plainTextPath="internal://d.txt"/></Sources>`, map[string]string{"d.txt": "Satu dua."})
	a := p.sendFiles("/projects/import", p.token[theOwner], []string{"change", fresh().String()}, packed{"foto.qdpx", string(data)})
	looked := p.ask(request{target: a.header.Get("Location"), token: p.token[theOwner]})
	if !strings.Contains(looked.body, "Foto 20<") || strings.Contains(looked.body, "Foto 21<") || !strings.Contains(looked.body, "5 more are in the report") {
		t.Errorf("%d %s", looked.status, looked.body)
	}
	var named []string
	for _, i := range w.broughtInto(p.id, data).File.Items {
		if i.Element == "PictureSource" {
			named = i.Examples
		}
	}
	if len(named) != 25 || named[24] != "Foto 25" {
		t.Errorf("the report names %q", named)
	}
}
