package refi

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wildSelections are places of a document of so many characters that are none, and one coded with a code nobody has.
func (s style) wildSelections(chars int, p *Project) string {
	var b strings.Builder
	for i, at := range [][2]int{{9_000_000, 9_000_010}, {-5, 3}, {4, 4}, {1, 5}} {
		code := p.Codes[0].Children[0].GUID
		if i == 3 {
			code = NameGUID(p.Memos[0].GUID, "no code")
		}
		id := NameGUID(p.Memos[0].GUID, fmt.Sprint("wild ", i))
		fmt.Fprintf(&b, `<%[1]sPlainTextSelection guid="%[2]s" startPosition="%[3]d" endPosition="%[4]d"><%[1]sCoding guid="%[5]s"><%[1]sCodeRef targetGUID="%[6]s"/></%[1]sCoding></%[1]sPlainTextSelection>`,
			s.prefix, s.guid(id), at[0], at[1], s.guid(NameGUID(id, "coding")), s.guid(code))
	}
	return b.String()
}

// wildSources are a coded picture, a recording with its transcript, and a text whose file is not there.
func (s style) wildSources(p *Project) string {
	id := func(what string) string { return s.guid(NameGUID(p.Memos[0].GUID, what)) }
	coding := func(what string) string {
		return fmt.Sprintf(`<%[1]sCoding guid="%[2]s"><%[1]sCodeRef targetGUID="%[3]s"/></%[1]sCoding>`, s.prefix, id(what), s.guid(p.Codes[1].GUID))
	}
	path := func(file string) string {
		if s.path == nil {
			return "internal://" + file
		}
		return quoted.Replace(s.path(file))
	}
	e := s.prefix
	return fmt.Sprintf(`<%sPictureSource guid="%s" name="flood" path="%s"><%sPictureSelection guid="%s" firstX="1" firstY="2" secondX="3" secondY="4">%s</%sPictureSelection>%s</%sPictureSource>`,
		e, id("picture"), path("flood.jpg"), e, id("part"), coding("part coded"), e, coding("picture coded"), e) +
		fmt.Sprintf(`<%sAudioSource guid="%s" name="talk" path="%s"><%sAudioSelection guid="%s" begin="0" end="1000">%s</%sAudioSelection></%sAudioSource>`,
			e, id("audio"), path("talk.m4a"), e, id("stretch"), coding("stretch coded"), e, e) +
		fmt.Sprintf(`<%sTextSource guid="%s" name="gone" plainTextPath="%s"><%sPlainTextSelection guid="%s" startPosition="0" endPosition="4">%s</%sPlainTextSelection></%sTextSource>`,
			e, id("gone"), path("gone.txt"), e, id("gone part"), coding("gone coded"), e, e)
}

// TestLossReports: the whole report of a project in each style, with things in it that can't come along, is what a person has read; and
// every thing of the file is accounted for.
func TestLossReports(t *testing.T) {
	for _, st := range styles {
		t.Run(st.name, func(t *testing.T) {
			st.wild = true
			q, r, err := Read(st.file(synthetic(11, st.latin)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			balanced(t, r)
			for _, x := range Check(q) {
				if x.Fatal {
					t.Error(x)
				}
			}
			if r.Lost() == 0 {
				t.Error("nothing is lost")
			}
			path := filepath.Join("testdata", "losses", strings.ReplaceAll(strings.ToLower(strings.NewReplacer(".", "", ",", "").Replace(st.name)), " ", "-")+".txt")
			got := r.String()
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("go test -run LossReports -update, and read what changed:\n%s\nnot\n%s", got, want)
			}
		})
	}
}
