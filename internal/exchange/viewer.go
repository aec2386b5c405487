package exchange

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the viewer's script
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

//go:embed viewer.js
var viewerScript string

// Viewer is what the page that shows a whole project without a server begins with. Its JSON is read by viewer.js.
type Viewer struct {
	Name        string                       `json:"name"`
	Description string                       `json:"description"`
	Language    string                       `json:"language"` // en or id: what its words begin in
	Say         map[string]map[string]string `json:"say"`      // by language, then by key
	Coders      map[int64]string             `json:"coders"`
	Documents   []ViewedDocument             `json:"documents"`
	Nodes       []ViewedNode                 `json:"nodes"` // in tree order
	Evidence    []ViewedEvidence             `json:"evidence"`
	Ties        []ViewedTie                  `json:"ties"`
	Memos       []ViewedMemo                 `json:"memos"` // on the project
}

// ViewedDocument is a document as it is listed.
type ViewedDocument struct {
	ID        int64             `json:"id"`
	Name      string            `json:"name"`
	Kind      map[string]string `json:"kind"` // by language
	Held      string            `json:"held"`
	Informant string            `json:"informant"`
}

// ViewedNode is a theme or a code.
type ViewedNode struct {
	ID         int64        `json:"id"`
	Parent     int64        `json:"parent"`
	Depth      int          `json:"depth"`
	Kind       string       `json:"kind"`
	Name       string       `json:"name"`
	Colour     int          `json:"colour"`
	Count      int          `json:"count"`
	Definition string       `json:"definition"`
	Use        string       `json:"use"`
	Avoid      string       `json:"avoid"`
	Claim      string       `json:"claim"`
	Scope      string       `json:"scope"`
	Boundary   string       `json:"boundary"`
	Naming     string       `json:"naming"`
	Looked     int64        `json:"looked"` // seconds since 1970, 0: never
	Memos      []ViewedMemo `json:"memos"`
}

// ViewedEvidence is a piece of evidence of a theme, in order.
type ViewedEvidence struct {
	Theme    int64  `json:"theme"`
	Document int64  `json:"document"`
	Coding   int64  `json:"coding"`
	Against  bool   `json:"against"`
	Why      string `json:"why"`
}

// ViewedTie is what ties a theme to a concept.
type ViewedTie struct {
	Theme   int64  `json:"theme"`
	Concept string `json:"concept"`
	Why     string `json:"why"`
}

// ViewedMemo is a memo.
type ViewedMemo struct {
	Coder int64  `json:"coder"`
	At    int64  `json:"at"` // seconds since 1970
	Text  string `json:"text"`
}

// ViewedText is what is in one document. Its codings are in the order in which they begin, the longest first.
type ViewedText struct {
	Turns   []ViewedTurn   `json:"turns"`
	Codings []ViewedCoding `json:"codings"`
	Memos   []ViewedMemo   `json:"memos"`
}

// ViewedTurn is a turn; Start is in code points.
type ViewedTurn struct {
	Number int    `json:"number"`
	Label  string `json:"label"`
	Time   string `json:"time"`
	Start  int    `json:"start"`
	Text   string `json:"text"`
}

// ViewedCoding is a coding; Start and Stop are code points, half-open.
type ViewedCoding struct {
	ID    int64        `json:"id"`
	Start int          `json:"start"`
	Stop  int          `json:"stop"`
	Code  int64        `json:"code"`
	Coder int64        `json:"coder"`
	At    int64        `json:"at"`
	Memos []ViewedMemo `json:"memos"`
}

const viewerStyle = `
body{max-width:60rem}nav{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;padding-block:.4rem;align-items:baseline;border-block-end:1px solid #9aa5a5}
select{margin-inline-start:auto;font:inherit;min-block-size:24px}.turn{line-height:2}.of{color:light-dark(#5b6470,#a4adb3);font-size:.85em;user-select:none}
.m{cursor:pointer;box-decoration-break:clone;-webkit-box-decoration-break:clone}.m:focus-visible{outline:2px solid currentcolor}
aside{position:sticky;inset-block-end:0;background:light-dark(#f3f5f5,#22282b);padding-inline:1rem;max-block-size:40vh;overflow:auto}
.memo{border-inline-start:3px solid #c9a227;padding-inline-start:.8rem}.dot{display:inline-block;inline-size:.7em;block-size:.7em;border-radius:50%;margin-inline-end:.5em}
`

// WriteViewer writes the page: it loads nothing, and runs only its own script. text gives the documents, in the order of
// v.Documents, one at a time.
func WriteViewer(out io.Writer, v Viewer, text func(id int64) (ViewedText, error)) error {
	w := bufio.NewWriter(out)
	sum := sha256.Sum256([]byte(viewerScript))
	var style strings.Builder
	style.WriteString(pageStyle + viewerStyle + ":root{")
	for i, h := range hues {
		fmt.Fprintf(&style, "--c%d:light-dark(%s,%s);", i+1, h[0], h[1])
	}
	style.WriteString("}\n")
	w.WriteString("<!doctype html>\n<html lang=\"" + v.Language + "\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + hypertext(v.Name) + "</title>\n<style>\n" + style.String() + "</style>\n</head>\n<body>\n")
	w.WriteString("<nav><a href=\"#\" data-say=\"documents\"></a><a href=\"#codebook\" data-say=\"codebook\"></a><a href=\"#themes\" data-say=\"themes\"></a><select aria-label=\"Language / Bahasa\"><option value=\"en\" lang=\"en\">English</option><option value=\"id\" lang=\"id\">Bahasa Indonesia</option></select></nav>\n<main></main>\n")
	data := func(id string, x any) error {
		b, err := json.Marshal(x) // which writes < as an escape: nothing ends the element early
		if err != nil {
			return err
		}
		w.WriteString("<script type=\"application/json\" id=\"" + id + "\">")
		w.Write(b)
		_, err = w.WriteString("</script>\n")
		return err
	}
	if err := data("project", v); err != nil {
		return err
	}
	for _, d := range v.Documents {
		t, err := text(d.ID)
		if err != nil {
			return err
		}
		if err := data("d"+strconv.FormatInt(d.ID, 10), t); err != nil {
			return err
		}
	}
	w.WriteString("<script>" + viewerScript + "</script>\n</body>\n</html>\n")
	return w.Flush()
}
