package server

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/web/page"
)

// pasts keeps a few Views of the past: they never change, and to go back costs reading the ledger.
type pasts struct {
	mu   sync.Mutex
	kept []*engine.View // the one asked for last is the last
}

const mostPasts = 24

// of gives a project as it stood after an entry.
func (p *pasts) of(a *ask, seq qda.Seq) (*engine.View, error) {
	if seq == a.View.Seq() {
		return a.View, nil
	}
	p.mu.Lock()
	for i, v := range p.kept {
		if v.ID() == a.Project && v.Seq() == seq {
			p.kept = append(append(p.kept[:i:i], p.kept[i+1:]...), v)
			p.mu.Unlock()
			return v, nil
		}
	}
	p.mu.Unlock()
	v, err := a.s.Engine.At(a.Context(), a.Project, seq)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept = append(p.kept, v); len(p.kept) > mostPasts {
		p.kept = p.kept[len(p.kept)-mostPasts:]
	}
	return v, nil
}

// turnBack lets a page be asked as of a draft: what it shows is the project as it stood then, through the eyes of who asks now, and
// nothing can be changed from it.
func (a *ask) turnBack() error {
	v := a.URL.Query().Get("draft")
	if v == "" {
		return nil
	}
	d, err := a.draft(v)
	if err != nil {
		return err
	}
	past, err := a.s.pasts.of(a, d.AtSeq)
	if err != nil {
		return err
	}
	a.Draft, a.Lens, a.View = d, a.Lens.On(past), past
	return nil
}

// draft gives a draft by its number.
func (a *ask) draft(s string) (*qda.Draft, error) {
	n, err := thingID(s)
	if err != nil {
		return nil, err
	}
	d, ok := a.View.Draft(n)
	if !ok {
		return nil, absent()
	}
	return d, nil
}

// size says how much there is in a codebook.
func (a *ask) size(l engine.Lens) page.Size {
	themes, codes := 0, 0
	for _, n := range l.Nodes() {
		if n.Kind == qda.Theme {
			themes++
		} else {
			codes++
		}
	}
	return page.Size{Nodes: a.L.N("count.themes", themes) + " · " + a.L.N("count.codes", codes), Codings: a.L.N("count.codings", l.Counts().Codings)}
}

func (a *ask) seal(v *engine.View) string {
	h := v.Hash()
	return a.L.T("drafts.seal", "seq", a.L.Num(int(v.Seq())), "hash", hex.EncodeToString(h[:6]))
}

func draftsPage(a *ask) error {
	v := page.Drafts{Project: int(a.Project), Seq: int(a.View.Seq()), May: a.may("DraftNamed"),
		Now: page.DraftRow{Name: a.L.T("drafts.now"), Size: a.size(a.Lens), Seal: a.seal(a.View), Compare: a.at("/drafts/compare")}}
	if a.Lens.Blind() {
		v.Now.Seal = "" // how long the ledger has become would tell of others' work
	}
	before := ""
	for _, d := range a.View.Drafts() {
		past, err := a.s.pasts.of(a, d.AtSeq)
		if err != nil {
			return err
		}
		at := time.Unix(d.At, 0)
		r := page.DraftRow{ID: int(d.ID), Name: d.Name, Text: d.Text, Who: a.coderName(d.Coder), When: a.L.When(at, a.now), ISO: at.UTC().Format(time.RFC3339), Size: a.size(a.Lens.On(past)), Seal: a.seal(past),
			Compare: a.at("/drafts/compare?%s", url.Values{"from": {before}, "to": {itoa(d.ID)}}.Encode()), Open: a.at("/codebook?draft=%d", d.ID)}
		var asked []string
		for _, c := range d.Asked {
			asked = append(asked, a.coderName(c))
		}
		if asked != nil {
			r.Asked = a.L.T("drafts.asked", "who", strings.Join(asked, ", "))
		}
		v.Rows = append([]page.DraftRow{r}, v.Rows...)
		v.Now.Compare = a.at("/drafts/compare?%s", url.Values{"from": {itoa(d.ID)}, "to": {""}}.Encode())
		before = itoa(d.ID)
	}
	return a.render(http.StatusOK, page.DraftsPage(a.chrome(a.L.T("drafts.title"), "drafts"), v))
}

func nameDraft(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.DraftNamed{Name: a.PostForm.Get("name"), Text: a.PostForm.Get("text")}, a.at("/drafts"))
}

func (a *ask) coderName(n qda.ID) string {
	if c, ok := a.Lens.Coder(n); ok {
		return c.Name
	}
	return "anyam"
}

// compared finds the two codebooks that an address names (from empty: the beginning; to empty: now) and compares them.
func (a *ask) compared() (from, to string, c *engine.Comparison, after engine.Lens, err error) {
	q := a.URL.Query()
	after = a.Lens
	start, end := qda.Seq(0), a.View.Seq()
	if from = q.Get("from"); from != "" {
		d, err := a.draft(from)
		if err != nil {
			return "", "", nil, after, err
		}
		start = d.AtSeq
	}
	if to = q.Get("to"); to != "" {
		d, err := a.draft(to)
		if err != nil {
			return "", "", nil, after, err
		}
		end = d.AtSeq
	}
	if start > end {
		start, end, from, to = end, start, to, from
	}
	was, err := a.s.pasts.of(a, start)
	if err != nil {
		return "", "", nil, after, err
	}
	is, err := a.s.pasts.of(a, end)
	if err != nil {
		return "", "", nil, after, err
	}
	after = a.Lens.On(is)
	c, err = a.s.Engine.Compare(a.Context(), a.Lens.On(was), after)
	return from, to, c, after, err
}

func comparePage(a *ask) error {
	from, to, c, after, err := a.compared()
	if err != nil {
		return err
	}
	v := page.DraftComparison{Project: int(a.Project), Table: a.at("/export/drafts.csv?%s", url.Values{"from": {from}, "to": {to}}.Encode()),
		Froms: []page.Choice{{Value: "", Label: a.L.T("drafts.beginning"), Chosen: from == ""}}}
	for _, d := range a.View.Drafts() {
		v.Froms = append(v.Froms, page.Choice{Value: itoa(d.ID), Label: d.Name, Chosen: from == itoa(d.ID)})
		v.Tos = append(v.Tos, page.Choice{Value: itoa(d.ID), Label: d.Name, Chosen: to == itoa(d.ID)})
	}
	v.Tos = append(v.Tos, page.Choice{Value: "", Label: a.L.T("drafts.now"), Chosen: to == ""})
	v.Story = a.L.T("drafts.story", "before", a.L.N("count.codes", c.Codes.Before), "after", a.L.Num(c.Codes.After))
	before, since := a.L.Num(c.Codings[0]), a.L.N("count.codings", c.Codings[1])
	v.Codings = page.Say(a.L.T("drafts.codings", "before", before, "after", since), page.Number{Printed: before, Href: a.askEvery(from, c.Codings[0])}, page.Number{Printed: since, Href: a.askEvery(to, c.Codings[1])})
	for _, l := range []struct {
		key string
		sum engine.Sum
	}{{"codes", c.Codes}, {"themes", c.Themes}} {
		x := page.DraftLedger{Heading: a.L.T("drafts.sum." + l.key), Rows: []page.DraftSum{{Number: a.L.Num(l.sum.Before), What: a.L.T("drafts.sum.before")}}}
		for _, r := range []struct {
			sign, key string
			n         int
		}{{"+", "added", l.sum.Added}, {"+", "returned", l.sum.Returned}, {"+", "turned_to", l.sum.TurnedTo}, {"−", "merged", l.sum.Merged}, {"−", "removed", l.sum.Removed}, {"−", "turned_from", l.sum.TurnedFrom}} {
			if r.n > 0 {
				x.Rows = append(x.Rows, page.DraftSum{Number: r.sign + a.L.Num(r.n), What: a.L.T("drafts.sum." + r.key)})
			}
		}
		x.Rows = append(x.Rows, page.DraftSum{Number: a.L.Num(l.sum.After), What: a.L.T("drafts.sum.after"), Total: true})
		v.Ledgers = append(v.Ledgers, x)
	}
	for _, d := range c.Differences {
		if n := len(v.Sections); n == 0 || v.Sections[n-1].What != string(d.What) {
			v.Sections = append(v.Sections, page.DraftSection{What: string(d.What), Heading: a.L.T("drafts.what." + string(d.What)), Say: a.L.T("drafts.say." + string(d.What))})
		}
		s := &v.Sections[len(v.Sections)-1]
		s.Rows = append(s.Rows, a.drawDifference(d, from, to))
	}
	_ = after
	return a.render(http.StatusOK, page.DraftComparisonPage(a.chrome(v.Story, "drafts"), v))
}

func (a *ask) drawDifference(d engine.Difference, from, to string) page.DraftDifference {
	x := page.DraftDifference{Name: d.Name, Kind: string(d.Kind), Lines: a.lines(d, from, to)}
	if n, ok := a.View.Node(d.Node); ok {
		x.Link = a.at("/nodes/%d", n.ID)
	}
	if d.What != engine.Passing {
		x.Touched = a.touchedSaid(d, from, to)
	}
	for _, w := range d.Wordings {
		x.Fields = append(x.Fields, page.DraftWording{Field: a.L.T("drafts.field." + w.Field), Was: w.Was, Is: w.Is})
	}
	for _, k := range d.Acts {
		at := time.Unix(k.At, 0)
		x.Acts = append(x.Acts, page.DraftAct{Initials: a.initials(k.Coder), Name: a.coderName(k.Coder), When: a.L.When(at, a.now), ISO: at.UTC().Format(time.RFC3339),
			Link: a.at("/history?before=%d#entry-%d", k.Seq+1, k.Seq), Reason: k.Reason})
	}
	return x
}

// askEvery is the address of all segments as of a draft, now where it is empty. There is none for the beginning.
func (a *ask) askEvery(draft string, n int) string {
	if n == 0 {
		return ""
	}
	v := url.Values{"every": {"on"}}
	if draft != "" {
		v.Set("draft", draft)
	}
	return a.at("/ask") + "?" + v.Encode()
}

// touchedSaid counts the codings that became other with a node between two drafts, and leads to them: those of a node that has gone
// as they were, those that it gave away where they are now.
func (a *ask) touchedSaid(d engine.Difference, from, to string) page.Sentence {
	n := a.L.N("count.codings", d.Codings)
	if d.Codings == 0 {
		return page.Say(n)
	}
	v := url.Values{}
	switch d.What {
	case engine.Gone, engine.MergedIn:
		v.Set("all", itoa(d.Node))
		if d.What == engine.MergedIn {
			v.Set("below", "off")
		}
		if from == "" {
			return page.Say(n)
		}
		v.Set("draft", from)
		return page.Say(n, page.Number{Printed: n, Href: a.at("/ask") + "?" + v.Encode()})
	case engine.Split:
		for _, g := range d.Gave {
			v.Add("any", itoa(g.Node))
		}
		v.Set("below", "off")
		v.Set("was", itoa(d.Node)+"@"+from)
	default:
		v.Set("all", itoa(d.Node))
	}
	if to != "" {
		v.Set("draft", to)
	}
	return page.Say(n, page.Number{Printed: n, Href: a.at("/ask") + "?" + v.Encode()})
}

// lines says in words where a node came from and went.
func (a *ask) lines(d engine.Difference, from, to string) (r []page.Sentence) {
	say := func(key string, args ...any) { r = append(r, page.Say(a.L.T(key, args...))) }
	path := func(p []string) string {
		if len(p) == 0 {
			return a.L.T("codebook.top")
		}
		return strings.Join(p, " / ")
	}
	switch d.What {
	case engine.Added, engine.Returned:
		if len(d.To) > 0 {
			say("drafts.path.under", "path", path(d.To))
		}
	case engine.Moved:
		say("drafts.path.moved", "from", path(d.From), "to", path(d.To))
	case engine.MergedIn, engine.Passing:
		if d.Into != 0 {
			say("drafts.path.into", "name", d.IntoName)
		}
	case engine.Turned:
		say("drafts.path.turned." + string(d.Kind))
	case engine.Split:
		for _, g := range d.Gave {
			one := d
			one.Codings, one.Gave = g.Codings, []engine.Given{g}
			codings := a.touchedSaid(one, from, to)
			r = append(r, page.Say(a.L.T("drafts.path.gave", "codings", codings.Text, "name", g.Name), codings.Numbers...))
		}
	}
	return r
}

// draftsCSV is the comparison as a table: a row for each difference, with the act that made it last.
func draftsCSV(a *ask) error {
	leave, err := a.export()
	if err != nil {
		return err
	}
	defer leave()
	_, _, c, _, err := a.compared()
	if err != nil {
		return err
	}
	rows := make([]exchange.DifferenceRow, 0, len(c.Differences))
	for _, d := range c.Differences {
		r := exchange.DifferenceRow{Change: string(d.What), Kind: string(d.Kind), ID: int64(d.Node), Name: d.Name, Codings: d.Codings, From: strings.Join(d.From, " / "), To: strings.Join(d.To, " / ")}
		if d.Into != 0 {
			r.To = d.IntoName
		}
		var was, is []string
		for _, w := range d.Wordings {
			was, is = append(was, w.Field+": "+w.Was), append(is, w.Field+": "+w.Is)
		}
		for _, g := range d.Gave {
			is = append(is, fmt.Sprintf("%s (%d)", g.Name, g.Codings))
		}
		r.Was, r.Is = strings.Join(was, "\n"), strings.Join(is, "\n")
		var who, why []string
		for _, k := range d.Acts {
			who = append(who, a.coderName(k.Coder))
			if k.Reason != "" {
				why = append(why, k.Reason)
			}
			r.At, r.Ledger = time.Unix(k.At, 0).UTC(), append(r.Ledger, strconv.Itoa(int(k.Seq)))
		}
		r.By, r.Reason = strings.Join(who, "; "), strings.Join(why, "\n")
		rows = append(rows, r)
	}
	return a.csv("drafts", "exported_codebook", func(b *bytes.Buffer, opt exchange.CSVOptions) error {
		return exchange.WriteDifferencesCSV(b, rows, opt)
	})
}
