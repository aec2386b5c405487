package server

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"anyam/internal/qda"
)

var (
	numberLink    = regexp.MustCompile(`<a class="ask-number"[^>]* href="([^"]+)"[^>]*>([^<]+)</a>`)
	asked         = regexp.MustCompile(`<dt>(segments|documents|informants)</dt><dd>([\d,]+)</dd>`)
	printedNumber = regexp.MustCompile(`[\d,]+`)
)

// TestNumbersOpenTheirSegments follows every number on the pages and compares it with what it opens.
func TestNumbersOpenTheirSegments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	o, r := p.coder[theOwner], p.coder[theResearcher]
	wide, small, going := p.addNode(qda.Code, "Kode 3 lebar", p.theme), p.addNode(qda.Code, "Kode kecil", p.theme2), p.addNode(qda.Code, "Kode pergi", p.theme2)
	first := []qda.ID{p.apply(theResearcher, "sejak lama", wide), p.apply(theOwner, "dokumen", wide), p.apply(theOwner, "sejak lama", wide)}
	gone := p.apply(theResearcher, "dokumen", going)
	p.apply(theOwner, "dokumen", going)
	p.apply(theResearcher, "tidak tahu", small)
	from := p.do(p.id, r, &qda.DraftNamed{Name: "Draf lama"}).Did[0].ID
	p.do(p.id, o, &qda.NodeSplit{Node: wide, Parts: []qda.Part{{Node: small, Codings: first[:1]}, {Name: "Kode baru", Codings: first[1:2]}}})
	p.do(p.id, r, &qda.CodingsRemoved{Codings: []qda.ID{gone}})
	p.do(p.id, o, &qda.NodesMerged{Nodes: []qda.ID{going}, Into: p.code2})
	p.do(p.id, r, &qda.EvidenceChosen{Theme: p.theme, Codings: first[2:]})
	to := p.do(p.id, r, &qda.DraftNamed{Name: "Draf baru"}).Did[0].ID
	p.apply(theResearcher, "dokumen", p.code)
	p.do(p.id, r, &qda.ReviewAsked{Draft: to, Of: []qda.ID{p.coder[theSupervisor]}})

	least := map[rune]int{theOwner: 40, theResearcher: 40, theSupervisor: 40, theBlind: 10}
	for who, n := range least {
		seen := 0
		for _, rest := range []string{"", "/history", "/drafts", fmt.Sprintf("/drafts/compare?from=%d&to=%d", from, to), fmt.Sprintf("/drafts/compare?from=%d", from), "/drafts/compare", "/review",
			"/codebook", "/codebook?view=table", fmt.Sprintf("/nodes/%d", p.code), fmt.Sprintf("/themes/%d", p.theme), fmt.Sprintf("/themes/%d", p.theme2), "/documents", "/members", "/export", "/informants"} {
			a := w.ask(request{method: "GET", target: p.at("%s", rest), token: p.token[who]})
			if a.status != http.StatusOK {
				t.Fatalf("%s as %c: %d", rest, who, a.status)
			}
			for _, m := range numberLink.FindAllStringSubmatch(a.body, -1) {
				seen++
				href, printed := html.UnescapeString(m[1]), m[2]
				u, err := url.Parse(href)
				if err != nil {
					t.Fatal(err)
				}
				b := w.ask(request{method: "GET", target: href, token: p.token[who]})
				found := map[string]string{}
				for _, x := range asked.FindAllStringSubmatch(b.body, -1) {
					found[x[1]] = x[2]
				}
				unit := "segments"
				if g := u.Query().Get("group"); (g == "document" || g == "informant") && !strings.Contains(printed, "segment") && !strings.Contains(printed, "coding") || strings.Contains(printed, "document") {
					unit = "documents"
					if g == "informant" {
						unit = "informants"
					}
				}
				if want := printedNumber.FindString(strings.TrimPrefix(printed, "Kode 3 ")); b.status != http.StatusOK || found[unit] != want {
					t.Errorf("%s as %c: %q leads to %s, which answers %d with %v", rest, who, printed, href, b.status, found)
				}
			}
		}
		if seen < n {
			t.Errorf("as %c only %d numbers lead anywhere", who, seen)
		}
	}
}

// TestLookingBack asks for the codings of an entry and for those of a node in a draft, as those who may and those who may not.
func TestLookingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	mine := w.do(p.id, p.coder[theBlind], &qda.MemoWritten{On: p.ofBlind, Text: "lain"}).Seq
	p.apply(theResearcher, "dokumen", p.code2)
	hidden := p.head()
	draft := p.do(p.id, p.coder[theResearcher], &qda.DraftNamed{Name: "Draf uji"}).Did[0].ID
	p.do(p.id, p.coder[theOwner], &qda.NodesMerged{Nodes: []qda.ID{p.code2}, Into: p.code})
	for query, want := range map[string]string{
		fmt.Sprintf("entry=%d", hidden):                               "1",
		fmt.Sprintf("was=%d@%d", p.code2, draft):                      "1",
		fmt.Sprintf("all=%d&was=%d@%d", p.theme2, p.code2, draft):     "0",
		fmt.Sprintf("all=%d&was=%d@%d", p.code, p.code2, draft):       "1",
		fmt.Sprintf("entry=%d&was=%d@%d", hidden, p.code, draft):      "0",
		fmt.Sprintf("all=%d&all=%d&entry=%d", p.code, p.code, hidden): "1",
	} {
		if want == "0" {
			if a := p.asks(theResearcher, query); a.status != http.StatusOK || !strings.Contains(a.body, "No segment answers this") {
				t.Errorf("%s: %d, and it is not said that nothing answers", query, a.status)
			}
		} else if got := p.counted(theResearcher, query); got != want {
			t.Errorf("%s: %s segments, not %s", query, got, want)
		}
	}
	for query, want := range map[string]int{
		fmt.Sprintf("entry=%d", hidden):     http.StatusNotFound, // a blind coder sees no entry of another's coding
		fmt.Sprintf("entry=%d", mine):       http.StatusOK,
		"entry=0":                           http.StatusNotFound,
		"entry=99999999":                    http.StatusNotFound,
		"entry=x":                           http.StatusBadRequest,
		"was=1":                             http.StatusNotFound,
		fmt.Sprintf("was=999999@%d", draft): http.StatusNotFound,
	} {
		if a := p.asks(theBlind, query); a.status != want {
			t.Errorf("%s as a blind coder: %d, not %d", query, a.status, want)
		}
	}
	if got := p.counted(theResearcher, fmt.Sprintf("was=%d@%d", p.code, draft)); got != "2" {
		t.Errorf("under the code were %s", got)
	}
	if got := p.counted(theBlind, fmt.Sprintf("was=%d@%d", p.code, draft)); got != "1" {
		t.Errorf("a blind coder sees %s of them", got)
	}
}

// TestLooksBackStayBehind: in another project, numbers of entries and drafts would mean something else. That they are gone is said, and so
// is that something asked for is not there.
func TestLooksBackStayBehind(t *testing.T) {
	t.Parallel()
	const asked = `{"ask":"all=4\u0026below=off\u0026draft=3\u0026entry=12\u0026speaker=P04\u0026was=7%403"}`
	for _, c := range []struct {
		out        bool
		of         qda.ID
		want       string
		gone, past bool
	}{
		{false, 9, `{"ask":"all=9\u0026below=off\u0026speaker=P04"}`, false, true},
		{false, 0, `{"ask":"all=0\u0026below=off\u0026speaker=P04"}`, true, true},
		{true, 4, asked, false, true},
	} {
		got, gone, past := renumbered(asked, func(qda.ID) qda.ID { return c.of }, c.out)
		if got != c.want || gone != c.gone || past != c.past {
			t.Errorf("the question became %s, %v, %v; not %+v", got, gone, past, c)
		}
	}
}
