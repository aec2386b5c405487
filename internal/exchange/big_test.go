package exchange

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLongestText: a text of nearly the longest length passes through the child's limits in every format, and its words
// are counted the same.
func TestLongestText(t *testing.T) {
	most := MaxChars - 10_000
	if raceBuild { // what comes back goes through this process
		most /= 5
	}
	said := talk(rand.New(rand.NewPCG(7, 7)), 3000)
	var txt, body strings.Builder
	chars := 0
	for _, s := range said {
		if chars += len(s.text) + 1; chars > most {
			break
		}
		txt.WriteString(s.who + ": " + s.text + "\n")
		body.WriteString("<w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr>")
		for _, w := range strings.SplitAfter(s.who+": "+s.text, " ") { // a run for each word, as Word's spelling check leaves them
			body.WriteString(`<w:r w:rsidRPr="00AB12CD"><w:rPr><w:lang w:val="id-ID"/></w:rPr><w:t xml:space="preserve">` + w + `</w:t></w:r>`)
		}
		body.WriteString("</w:p>")
	}
	n := strings.Count(txt.String(), "\n")
	x := self(t)
	for name, data := range map[string][]byte{"a.txt": []byte(txt.String()), "a.md": []byte(txt.String()), "a.docx": docxOf(t, body.String()), "a.srt": []byte(subtitles(said[:n]))} {
		r, err := x.Read(t.Context(), name, data, Options{})
		if err != nil {
			t.Errorf("%s (%d bytes): %v (%v)", name, len(data), err, err.(*BadFile).Unwrap())
			continue
		}
		if len(r.Turns) != n || r.Chars < most/2 || len(r.Speakers) != 2 {
			t.Errorf("%s: %d turns of %d, %d characters", name, len(r.Turns), n, r.Chars)
		}
		t.Logf("%s: %d bytes, %d turns, %d characters", name, len(data), len(r.Turns), r.Chars)
	}
}
