package server

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// TestACoderOfTwoFiles: who comes with two files of other programs is one coder, unless they can sign in.
func TestACoderOfTwoFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	file := func(n int, words string) []byte {
		return foreign(t, `<Users><User guid="`+xid(1)+`" name="Ani"/><User guid="`+xid(2)+`" name="Pemilik"/></Users><CodeBook><Codes><Code guid="`+xid(3)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+xid(n)+`" name="J"><PlainTextContent>`+words+`</PlainTextContent>`+
			`<PlainTextSelection guid="`+xid(n+1)+`" startPosition="0" endPosition="4"><Coding guid="`+xid(n+2)+`" creatingUser="`+xid(1)+`"><CodeRef targetGUID="`+xid(3)+`"/></Coding></PlainTextSelection></TextSource></Sources>`, nil)
	}
	one, two := w.broughtInto(id, file(10, "satu dua")), w.broughtInto(id, file(20, "tiga empat"))
	if one.Coders != 2 || two.Coders != 0 || leftBehind(two)["coders same_coder"] != "joined 2 Ani | Pemilik" {
		t.Errorf("%d and %d coders came; %v", one.Coders, two.Coders, leftBehind(two))
	}
	v := w.viewOf(id)
	by := map[string]int{}
	for c := range v.As(0).All {
		k, _ := v.Coder(c.Coder)
		by[k.Name]++
	}
	if !reflect.DeepEqual(by, map[string]int{"Ani": 2}) || len(v.Coders()) != 3 {
		t.Errorf("codings by %v of %d coders", by, len(v.Coders()))
	}
	if w.broughtInto(id, file(20, "tiga empat")); w.viewOf(id).Seq() != v.Seq() {
		t.Errorf("the same file again made %d entries", w.viewOf(id).Seq()-v.Seq())
	}
}

// TestWhoIsWho: coders are who they are by their GUIDs; by their names where nothing says otherwise.
func TestWhoIsWho(t *testing.T) {
	t.Parallel()
	type user struct {
		guid int
		name string
	}
	for _, c := range []struct {
		what, origin string
		first, then  []user
		coders, told string
	}{
		{"the same", "MAXQDA 24", []user{{1, "Ani"}}, []user{{1, "Ani"}}, "Ani", "same_guid 1 Ani"},
		{"two of one name", "MAXQDA 24", []user{{1, "Ani"}}, []user{{2, "Ani"}}, "Ani, Ani (2)", "other_coder 1 Ani → Ani (2)"},
		{"renamed", "MAXQDA 24", []user{{1, "Ani"}}, []user{{1, "Ani Wijaya"}}, "Ani", "same_guid 1 Ani Wijaya → Ani"},
		{"names that changed hands", "MAXQDA 24", []user{{1, "Ani"}, {2, "Budi"}}, []user{{1, "Budi"}, {2, "Ani"}}, "Ani, Budi", "same_guid 2 Budi → Ani | Ani → Budi"},
		{"GUIDs of every file's own", "QualCoder 3.6", []user{{1, "Ani"}}, []user{{2, "ani"}}, "Ani", "same_coder 1 ani → Ani"},
		{"no GUID in the file", "MAXQDA 24", []user{{1, "Ani"}}, []user{{0, "Ani"}}, "Ani", "same_coder 1 Ani"},
		{"no GUIDs at all", "MAXQDA 24", []user{{0, "Ani"}, {0, "Budi"}}, []user{{0, "Budi"}, {0, "Ani"}}, "Ani, Budi", "same_coder 2 Budi | Ani"},
		{"no GUID here", "QualCoder 3.6", []user{{1, "Ani"}}, []user{{1, "Budi"}}, "Ani, Budi", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, _ := w.newProject(t)
			file := func(n int, all []user) []byte {
				users, codings := "", ""
				for i, u := range all {
					guid := ""
					if u.guid != 0 {
						guid = `guid="` + xid(u.guid) + `" `
						codings += `<Coding guid="` + xid(n+10+i) + `" creatingUser="` + xid(u.guid) + `"><CodeRef targetGUID="` + xid(9) + `"/></Coding>`
					}
					users += `<User ` + guid + `name="` + u.name + `"/>`
				}
				return foreignOf(t, c.origin, `<Users>`+users+`</Users><CodeBook><Codes><Code guid="`+xid(9)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+xid(n)+`" name="J"><PlainTextContent>`+fmt.Sprint("satu ", n)+`</PlainTextContent>`+
					`<PlainTextSelection guid="`+xid(n+1)+`" startPosition="0" endPosition="4">`+codings+`</PlainTextSelection></TextSource></Sources>`, nil)
			}
			w.broughtInto(id, file(20, c.first))
			b := w.broughtInto(id, file(40, c.then))
			var told []string
			for _, l := range b.Left {
				if l.What == "coders" && l.Key != "names_numbered" {
					told = append(told, fmt.Sprint(l.Key, " ", l.Count, " ", strings.Join(l.Examples, " | ")))
				}
			}
			var names []string
			v := w.viewOf(id)
			for _, k := range v.Coders() {
				if k.Name != "Pemilik" {
					names = append(names, k.Name)
				}
			}
			if got := strings.Join(names, ", "); got != c.coders {
				t.Errorf("coders %q, not %q", got, c.coders)
			}
			if got := strings.Join(told, ", "); got != c.told {
				t.Errorf("told %q, not %q", got, c.told)
			}
			if w.broughtInto(id, file(40, c.then)); w.viewOf(id).Seq() != v.Seq() {
				t.Errorf("the same file again made %d entries", w.viewOf(id).Seq()-v.Seq())
			}
		})
	}
}

// TestACoderWhoSignsIn: in the name of who has taken over a placeholder nothing is written, and what they have is not made again.
func TestACoderWhoSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newProject(t)
	file := func(codings ...int) []byte {
		said := ""
		for _, n := range codings {
			said += fmt.Sprintf(`<PlainTextSelection guid="%s" startPosition="%d" endPosition="%d"><Coding guid="%s" creatingUser="%s"><CodeRef targetGUID="%s"/></Coding></PlainTextSelection>`, xid(100+n), n, n+2, xid(200+n), xid(1), xid(2))
		}
		return foreignOf(t, "MAXQDA 24", `<Users><User guid="`+xid(1)+`" name="Ani"/></Users><CodeBook><Codes><Code guid="`+xid(2)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+xid(3)+`" name="J"><PlainTextContent>satu dua tiga</PlainTextContent>`+said+`</TextSource></Sources>`, nil)
	}
	w.broughtInto(id, file(1))
	ani := w.viewOf(id).Coders()[1]
	w.do(id, 0, &qda.CoderJoined{Account: w.person("Ani sendiri", false).ID, Name: "Ani sendiri", Role: qda.Researcher, Claim: ani.ID})
	by := func() (own, others int) {
		for c := range w.viewOf(id).As(0).All {
			if c.Coder == ani.ID {
				own++
			} else {
				others++
			}
		}
		return own, others
	}
	for i, x := range []struct {
		file                []byte
		coders, own, others int
	}{{file(1, 4), 3, 1, 1}, {file(1, 4, 7), 3, 1, 2}} { // a placeholder stands for her, the same each time
		w.broughtInto(id, x.file)
		if own, others := by(); own != x.own || others != x.others || len(w.viewOf(id).Coders()) != x.coders {
			t.Errorf("file %d: %d codings of hers, %d of others, %d coders", i, own, others, len(w.viewOf(id).Coders()))
		}
	}
}

// TestACoderWhoHasLeft: who has left, here or there, is the same with the next file, and has still left afterwards.
func TestACoderWhoHasLeft(t *testing.T) {
	t.Parallel()
	file := func(t *testing.T, n int, origin, name string) []byte {
		return foreignOf(t, origin, `<Users><User guid="`+xid(1)+`" name="`+name+`"/><User guid="`+xid(2)+`" name="Budi"/></Users><CodeBook><Codes><Code guid="`+xid(3)+`" name="A" isCodable="true"/></Codes></CodeBook><Sources><TextSource guid="`+xid(n)+`" name="J"><PlainTextContent>`+fmt.Sprint("satu ", n)+`</PlainTextContent>`+
			`<PlainTextSelection guid="`+xid(n+1)+`" startPosition="0" endPosition="4"><Coding guid="`+xid(n+2)+`" creatingUser="`+xid(1)+`"><CodeRef targetGUID="`+xid(3)+`"/></Coding></PlainTextSelection></TextSource></Sources>`, nil)
	}
	for _, c := range []struct {
		what, origin, first string // what she is called in the first file
		then                func(w *world, id qda.ProjectID, ani qda.ID)
		all                 string
	}{
		{"by GUID", "MAXQDA 24", "Ani", nil, "Ani, Budi researcher"},
		{"by GUID under another name", "MAXQDA 24", "Ani Wijaya", nil, "Ani Wijaya, Budi researcher"},
		{"by name", "QualCoder 3.6", "ani", nil, "ani, Budi researcher"},
		{"who is here before who has left", "MAXQDA 24", "Ani", func(w *world, id qda.ProjectID, _ qda.ID) {
			w.do(id, 0, &qda.CoderJoined{Name: "Ani", Role: qda.Supervisor, GUID: xid(1)})
		}, "Ani, Budi researcher, Ani supervisor"},
		{"who can sign in, were they asked back", "MAXQDA 24", "Ani", func(w *world, id qda.ProjectID, ani qda.ID) {
			w.do(id, 0, &qda.CoderJoined{Account: w.person("Ani sendiri", false).ID, Claim: ani, Name: "Ani sendiri", Role: qda.Researcher})
			w.do(id, 0, &qda.CoderLeft{Coder: ani})
		}, "Ani sendiri, Budi researcher, Ani researcher"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, _ := w.newProject(t)
			w.broughtInto(id, file(t, 10, c.origin, c.first))
			ani := w.viewOf(id).Coders()[1].ID
			w.do(id, 0, &qda.CoderLeft{Coder: ani})
			if c.then != nil {
				c.then(w, id, ani)
			}
			for _, n := range []int{20, 30} {
				w.broughtInto(id, file(t, n, c.origin, "Ani"))
				v := w.viewOf(id)
				var all []string
				for _, k := range v.Coders() {
					if k.Name != "Pemilik" {
						all = append(all, strings.TrimSpace(k.Name+" "+string(k.Role)))
					}
				}
				if got := strings.Join(all, ", "); got != c.all {
					t.Errorf("file %d: %q are here, not %q", n, got, c.all)
				}
				if w.broughtInto(id, file(t, n, c.origin, "Ani")); w.viewOf(id).Seq() != v.Seq() {
					t.Errorf("the same file again made %d entries", w.viewOf(id).Seq()-v.Seq())
				}
			}
		})
	}
	// Who had left there before any file came.
	w := newWorld(t)
	p := w.newPlace(0)
	id, _ := w.newProject(t)
	w.do(p.id, 0, &qda.CoderLeft{Coder: p.coder[theResearcher]})
	w.broughtInto(id, w.takenOut(p.id))
	was := len(w.viewOf(id).Coders())
	for i := range 2 {
		w.do(p.id, p.coder[theOwner], &qda.CaseAdded{Name: fmt.Sprint("P7", i)})
		b := w.broughtInto(id, w.takenOut(p.id))
		v := w.viewOf(id)
		if b.Coders != 0 || len(v.Coders()) != was {
			t.Errorf("file %d: %d coders came, %d are here; %d were", i, b.Coders, len(v.Coders()), was)
		}
		for _, k := range v.Coders() {
			if k.Name == p.account[theResearcher].Name && (k.Role != "" || k.Account != 0) {
				t.Errorf("%+v is back", k)
			}
		}
	}
}

// TestACoderComesBack: who has come with a file of another anyam is the same with the next, whatever they may do there and under whatever
// name, and may do afterwards what they might before. They go out as who they came.
func TestACoderComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	id, _ := w.newProject(t)
	w.broughtInto(id, w.takenOut(p.id))
	coders := func() (r []string) {
		for _, k := range w.viewOf(id).Coders() {
			r = append(r, fmt.Sprint(k.Name, " ", k.Role, " ", k.Blind))
		}
		return r
	}
	was := coders()
	for i, by := range []rune{theOwner, theResearcher, theBlind} {
		w.do(p.id, p.coder[by], &qda.CodingApplied{Document: p.document, Version: 1, Code: p.code2, Spans: []qda.SpanOf{spanAt(int32(i), 9)}})
	}
	w.do(p.id, p.coder[theOwner], &qda.ThemeJudged{Theme: p.theme2, Verdict: qda.Approved, Digest: w.viewOf(p.id).Digest(p.theme2), Text: "baik"})
	w.do(p.id, p.coder[theSupervisor], &qda.RemarkMade{On: p.theme2, Theme: p.theme2, Text: "lagi"})
	w.do(p.id, 0, &qda.CoderLeft{Coder: p.coder[theResearcher]})
	w.do(p.id, 0, &qda.CoderJoined{Account: p.account[theResearcher].ID, Name: "Nama Baru", Initials: "NB", Role: qda.Researcher})
	b := w.broughtInto(id, w.takenOut(p.id))
	if got := coders(); !reflect.DeepEqual(got, was) {
		t.Errorf("%q were here, %q are", was, got)
	}
	if b.Codings != 3 {
		t.Errorf("%d new codings came", b.Codings)
	}
	// Out of there and back, they are who they are; an anyam that knows coders by their numbers alone is not to read that.
	for data, want := range map[qda.ProjectID]string{p.id: `"version":1,`, id: `"version":2,`} {
		if side := readEntry(t, w.takenOut(data), sidecarName); !bytes.Contains(side[:100], []byte(want)) {
			t.Errorf("project %d: %.100s", data, side)
		}
	}
	p2, _, err := w.s.Extractor.Project(context.Background(), w.takenOut(id))
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := w.s.Extractor.Project(context.Background(), w.takenOut(p.id))
	if err != nil {
		t.Fatal(err)
	}
	guids := map[refi.GUID]bool{}
	for _, k := range p2.Coders {
		guids[k.GUID] = true
	}
	for _, k := range first.Coders {
		if !guids[k.GUID] {
			t.Errorf("%s goes out as somebody else", k.Name)
		}
	}
}
