package server

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// signers are who made what of a project that goes out, and by which GUIDs its coders do.
type signers struct {
	coders map[qda.ID]refi.GUID
	made   map[qda.Seq]store.Signature
}

func signersOf(ctx context.Context, st *store.Store, l engine.Lens) (*signers, error) {
	came, err := cameAs(ctx, st, l.View)
	if err != nil {
		return nil, err
	}
	made, err := makers(ctx, st, l)
	return &signers{leavingAs(l, came), made}, err
}

// RefiProject gives what a Lens sees as a REFI-QDA project: coders, codebook, documents with codings, cases with values, attributes and
// memos. A node's when to use, when not, claim, scope and boundary stand in its description under headings of the language asked for, since
// the format has one text. What the format has no place for at all is left out, see newSidecar.
func RefiProject(ctx context.Context, who *signers, e *engine.Engine, l engine.Lens, L *i18n.Printer) (*refi.Project, error) {
	coder, signed := who.coders, who.made
	p := l.Project()
	guid := func(n qda.ID) refi.GUID { return refi.GUID(qda.GUID(l.GUID(), n)) }
	out := &refi.Project{Name: p.Name, Description: p.Description, Origin: "anyam"}
	for _, c := range l.Coders() {
		out.Coders = append(out.Coders, refi.Coder{GUID: coder[c.ID], Name: c.Name, ID: c.Initials})
	}
	// The codebook's tree; the order of siblings is that of the file.
	node := func(n *qda.Node) refi.GUID {
		if g, ok := refi.ParseGUID(n.GUID); ok {
			return g
		}
		return guid(n.ID)
	}
	var under func(parent qda.ID) []refi.Code
	under = func(parent qda.ID) (r []refi.Code) {
		for _, n := range l.Nodes() {
			if n.Parent != parent {
				continue
			}
			colour, _ := l.Colour(n.ID)
			r = append(r, refi.Code{GUID: node(n), Name: n.Name, Description: described(L, n), Colour: exchange.Colour(colour), Codable: n.Codable, Children: under(n.ID)})
		}
		return r
	}
	out.Codes = under(0)
	for _, x := range l.Attributes() {
		kind := refi.TextValue
		switch x.Type {
		case "number":
			kind = refi.FloatValue
		case "date":
			kind = refi.DateValue
		}
		// A value may stand here that is none of its attribute's type: then all of them are words to other programs.
		fits := func(all qda.Values) bool { return all[x.ID] == "" || kind.Fits(all[x.ID]) }
		for _, d := range l.Documents() {
			if x.Of == qda.OfDocuments && !fits(d.Values) {
				kind = refi.TextValue
			}
		}
		for _, c := range l.Cases() {
			if x.Of == qda.OfCases && !fits(c.Values) {
				kind = refi.TextValue
			}
		}
		out.Attributes = append(out.Attributes, refi.Attribute{GUID: guid(x.ID), Name: x.Name, Type: kind})
	}
	values := func(of qda.Of, v qda.Values) (r []refi.Value) {
		for i, x := range l.Attributes() {
			if s := v[x.ID]; x.Of == of && s != "" {
				r = append(r, refi.Value{Attribute: guid(x.ID), Type: out.Attributes[i].Type, Text: s})
			}
		}
		return r
	}
	// Selections have no number of their own: one stands for each span, named after the first coding or memo on it.
	places := map[qda.ID]refi.Target{} // where a memo on a thing hangs
	spans := map[qda.ID]map[[2]int32]refi.GUID{}
	memos := goingMemos(l)
	for _, d := range sortedDocuments(l) {
		w, err := e.Words(ctx, l.ID(), d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		x := refi.Document{GUID: guid(d.ID), Name: d.Name, Text: string(w.Text.Words), Values: values(qda.OfDocuments, d.Values), Stamp: refi.Stamp{Coder: coder[signed[d.Made].Coder], Created: signed[d.Made].Made}}
		places[d.ID] = refi.Target{Kind: refi.OnDocument, GUID: x.GUID}
		at := map[[2]int32]int{}
		spans[d.ID] = map[[2]int32]refi.GUID{}
		place := func(start, stop int32, n qda.ID, stamp refi.Stamp) int {
			k := [2]int32{start, stop}
			i, ok := at[k]
			if !ok {
				i = len(x.Selections)
				at[k] = i
				// Beside the coding's own number, so that the two do not meet.
				g := refi.GUID(qda.GUID(qda.GUID(l.GUID(), d.ID), n))
				spans[d.ID][k] = g
				x.Selections = append(x.Selections, refi.Selection{GUID: g, Start: int(start), Stop: int(stop), Stamp: stamp})
			}
			return i
		}
		for c := range l.Overlapping(d.ID, span.Span{Stop: d.Chars}) {
			n, ok := l.Node(c.Code)
			if !ok {
				continue
			}
			made := time.Unix(c.At, 0).UTC()
			i := place(c.Start, c.Stop, c.ID, refi.Stamp{Coder: coder[c.Coder], Created: made})
			g := guid(c.ID)
			x.Selections[i].Codings = append(x.Selections[i].Codings, refi.Coding{GUID: g, Code: node(n), Coder: coder[c.Coder], Created: made})
			places[c.ID] = refi.Target{Kind: refi.OnCoding, GUID: g}
		}
		for _, m := range memos {
			if m.On == d.ID && m.Stop > m.Start {
				place(m.Start, m.Stop, m.ID, refi.Stamp{Coder: coder[m.Coder], Created: time.Unix(m.At, 0).UTC()})
			}
		}
		slices.SortStableFunc(x.Selections, func(a, b refi.Selection) int {
			if a.Start != b.Start {
				return a.Start - b.Start
			}
			return a.Stop - b.Stop
		})
		out.Documents = append(out.Documents, x)
	}
	for _, n := range l.Nodes() {
		places[n.ID] = refi.Target{Kind: refi.OnCode, GUID: node(n)}
	}
	for _, k := range l.Cases() {
		if k.State != qda.Live {
			continue
		}
		x := refi.Case{GUID: guid(k.ID), Name: k.Name, Values: values(qda.OfCases, k.Values)}
		for _, d := range sortedDocuments(l) {
			if d.Case == k.ID {
				x.Documents = append(x.Documents, guid(d.ID))
			}
		}
		places[k.ID] = refi.Target{Kind: refi.OnCase, GUID: x.GUID}
		out.Cases = append(out.Cases, x)
	}
	for _, m := range memos {
		x := refi.Memo{Document: refi.Document{GUID: guid(m.ID), Name: clip(strings.SplitN(m.Text, "\n", 2)[0], 80), Text: m.Text, Stamp: refi.Stamp{Coder: coder[m.Coder], Created: time.Unix(m.At, 0).UTC()}}}
		if t, ok := places[m.On]; ok {
			if g, ok := spans[m.On][[2]int32{m.Start, m.Stop}]; ok && m.Stop > m.Start {
				t = refi.Target{Kind: refi.OnSelection, GUID: g}
			}
			x.On = []refi.Target{t}
		}
		out.Memos = append(out.Memos, x)
	}
	return out, nil
}

// described is all that a node says of itself, in one text.
func described(L *i18n.Printer, n *qda.Node) string {
	parts := []string{}
	if n.Definition != "" {
		parts = append(parts, n.Definition)
	}
	for _, f := range [][2]string{{"claim.claim", n.Claim}, {"claim.scope", n.Scope}, {"claim.boundary", n.Boundary}, {"claim.naming", n.Naming}, {"node.use", n.Use}, {"node.avoid", n.Avoid}} {
		if f[1] != "" {
			parts = append(parts, L.T(f[0])+": "+f[1])
		}
	}
	return strings.Join(parts, "\n\n")
}

// writeQDPX writes the project for other programs; ?profile= names the one that will read it.
func writeQDPX(a *ask, w io.Writer) error { return a.qdpx(w, maxOriginal, maxOriginals) }

// qdpx writes it with at most so many bytes of one file that documents were made of, and of all.
func (a *ask) qdpx(w io.Writer, one, all int) error {
	profile := cmp.Or(refi.Profile(a.URL.Query().Get("profile")), refi.Standard)
	if !slices.Contains(Profiles, profile) {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	return a.writeREFI(func(p *refi.Project, who *signers) error {
		side, err := newSidecar(a.Context(), who, a.s.Engine, a.Lens, a.L)
		if err != nil {
			return err
		}
		extra, err := side.extra()
		if err != nil {
			return err
		}
		p.Extras = append(p.Extras, extra)
		if profile == forAnyam {
			files, err := a.originals(one, all)
			if err != nil {
				return err
			}
			profile, p.Extras = refi.Standard, append(p.Extras, files...)
		}
		_, err = refi.Write(w, p, profile)
		return err
	})
}

// forAnyam is the standard with the files that documents were made of. They hold what was replaced in the texts, so they go where
// somebody asks for them, and nowhere else.
const forAnyam refi.Profile = "anyam"

// Profiles are what a qdpx can be written for.
var Profiles = append(slices.Clone(refi.Profiles), forAnyam)

// Limits of files that documents were made of, beside a project: what another anyam reads of one file, and leaves room for in a project.
const (
	maxOriginal  = 32 << 20 // bytes of one
	maxOriginals = 64 << 20 // of all
)

// originals gives the files that documents were made of. Those over the limits stay behind, as the other anyam will say.
func (a *ask) originals(one, room int) ([]refi.Extra, error) {
	var all []refi.Extra
	seen := map[string]bool{}
	for _, d := range sortedDocuments(a.Lens) {
		sum, err := parseSum(d.File)
		if err != nil || seen[d.File] {
			continue // made of none, or of one that has others in it
		}
		seen[d.File] = true
		_, data, err := a.s.Store.File(a.Context(), a.Project, sum)
		if err != nil {
			return nil, err
		}
		if len(data) <= min(room, one) {
			room -= len(data)
			all = append(all, refi.Extra{Name: "anyam-" + d.File, Data: data})
		}
	}
	return all, nil
}

// writeQDC writes the codebook for other programs.
func writeQDC(a *ask, w io.Writer) error {
	return a.writeREFI(func(p *refi.Project, _ *signers) error {
		_, err := refi.WriteCodebook(w, p)
		return err
	})
}

func (a *ask) writeREFI(write func(*refi.Project, *signers) error) error {
	who, err := signersOf(a.Context(), a.s.Store, a.Lens)
	if err != nil {
		return err
	}
	p, err := RefiProject(a.Context(), who, a.s.Engine, a.Lens, a.L)
	if err != nil {
		return err
	}
	err = write(p, who)
	var unsound *refi.Unsound
	switch {
	case !errors.As(err, &unsound):
		return err
	case unsound.Problems[0].Rule == "no-codes":
		return qda.Refuse(qda.Invalid, "refused.no_codes")
	}
	return qda.Refuse(qda.Invalid, "refused.refi", "what", unsound.Problems[0].Element+", "+unsound.Problems[0].Rule)
}
