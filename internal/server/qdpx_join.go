package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// joining is what a bringer knows of documents of the file that are here already.
type joining struct {
	met   map[refi.GUID]*qda.Document // by the file's document: the one here, of the very same words
	had   map[mark]qda.ID             // codings on those, before the file
	noted map[noted]bool              // memos on those and on their codings, before the file
	by    map[qda.Seq]store.Signature // who added those, and when
}

// coded is a code on words of one document.
type coded struct {
	code qda.ID
	span span.Span
}

// mark is a coding, but for its number.
type mark struct {
	document qda.ID
	coded
	coder qda.ID
}

type noted struct {
	on, coder   qda.ID
	start, stop int32
	text        string
}

// meet finds out which documents of the file are here already: whose words are the same to the letter, first those of the same name. One
// here stands for one of the file; what the file itself has brought the time before is none of them. Those that are to be kept apart are
// told, and not met.
func (g *bringer) meet(ctx context.Context, p *refi.Project) error {
	own := map[qda.ID]bool{}
	var some []*refi.Document
	for i := range p.Documents {
		d := &p.Documents[i]
		if d.Missing || d.Text == "" {
			continue
		}
		e, err := g.known(ctx, "document "+d.GUID.String())
		if err != nil {
			return err
		}
		if e != nil {
			own[made(e, qda.SortDocument)] = true
		} else {
			some = append(some, d)
		}
	}
	here := map[string][]*qda.Document{}
	for _, d := range g.view.Documents() {
		if d.State == qda.Live && !own[d.ID] {
			here[d.Sum] = append(here[d.Sum], d)
		}
	}
	g.met, g.had, g.noted = map[refi.GUID]*qda.Document{}, map[mark]qda.ID{}, map[noted]bool{}
	if len(here) == 0 {
		return nil
	}
	for _, byName := range []bool{true, false} {
		for _, d := range some {
			if g.met[d.GUID] != nil {
				continue
			}
			sum := sha256.Sum256([]byte(d.Text))
			same := here[hex.EncodeToString(sum[:])]
			i := slices.IndexFunc(same, func(x *qda.Document) bool { return !byName || asName(x.Name) == asName(d.Title()) })
			if i < 0 {
				continue
			}
			g.met[d.GUID] = same[i]
			here[same[i].Sum] = slices.Concat(same[:i], same[i+1:])
		}
	}
	if g.Apart {
		for _, d := range some {
			if here := g.met[d.GUID]; here != nil {
				g.left("documents", "kept_apart", 1, here.Name)
			}
		}
		clear(g.met)
		return nil
	}
	l, on := g.view.As(0), map[qda.ID]bool{}
	if len(g.met) > 0 {
		var err error
		if g.by, err = makers(ctx, g.Store, l); err != nil {
			return err
		}
	}
	for _, d := range g.met {
		on[d.ID] = true
		for c := range l.Overlapping(d.ID, span.Span{Stop: d.Chars}) {
			on[c.ID] = true
			g.had[mark{d.ID, coded{c.Code, span.Span{Start: c.Start, Stop: c.Stop}}, c.Coder}] = c.ID
		}
	}
	for _, m := range l.AllMemos() {
		if on[m.On] {
			g.noted[noted{m.On, m.Coder, m.Start, m.Stop, m.Text}] = true
		}
	}
	return nil
}

// self gives who a coder of the file is in this project, where the file was taken out of it or they came with another; 0 for others. In
// the name of who can sign in nothing is written, but what they have done here already is not done again by the placeholder that stands
// for them.
func (g *bringer) self(c refi.GUID) qda.ID {
	if c.IsZero() {
		return 0
	}
	for _, k := range g.view.Coders() {
		if (g.came[k.ID] == c || refi.GUID(qda.GUID(g.view.GUID(), k.ID)) == c) && k.ID != g.coders[c] {
			return k.ID
		}
	}
	return 0
}

// there finds a coding that a document bore before the file, by the same coder.
func (g *bringer) there(document qda.ID, k coded, by refi.GUID) qda.ID {
	if len(g.had) == 0 {
		return 0
	}
	if n := g.had[mark{document, k, g.coder(by)}]; n != 0 {
		return n
	}
	return g.had[mark{document, k, g.self(by)}]
}

// written reports whether a memo was there before the file, by the same coder.
func (g *bringer) written(c *qda.MemoWritten, by refi.GUID) bool {
	if len(g.noted) == 0 {
		return false
	}
	n := noted{c.On, g.coder(by), c.Start, c.Stop, c.Text}
	if g.noted[n] {
		return true
	}
	n.coder = g.self(by)
	return g.noted[n]
}

// join lets a document of the file be the one that is here. What is known of that stays; what is not is filled in.
func (g *bringer) join(ctx context.Context, d *refi.Document, here *qda.Document, kase qda.ID) error {
	g.of[d.GUID] = here.ID
	g.out.Joined++
	g.left("documents", "same_document", 1, here.Name)
	by := g.by[here.Made]
	if !d.Coder.IsZero() && by.Coder != g.coder(d.Coder) && by.Coder != g.self(d.Coder) || !d.Created.IsZero() && d.Created.Unix() != by.Made.Unix() {
		g.left("documents", "no_makers", 1, here.Name)
	}
	do := &qda.DocumentChanged{Document: here.ID, Values: g.filled(here.Values, g.valued(1, d.Values, d.Title()), here.Name)}
	if kase != 0 && here.Case == 0 {
		do.Case = &kase
	} else if kase != 0 && kase != here.Case {
		g.left("several_cases", "own_case", 1, here.Name)
	}
	if err := g.fillIn(ctx, d, here, do); err != nil {
		return err
	}
	if len(do.Values) == 0 && do.Case == nil && do.Language == nil && do.Held == nil && do.Speakers == nil {
		return nil
	}
	return g.later(ctx, "join "+d.GUID.String(), g.Coder, do, nil, func(*qda.Entry) {})
}

// fillIn gives a document that is here what another anyam knew of it and this one does not.
func (g *bringer) fillIn(ctx context.Context, d *refi.Document, here *qda.Document, do *qda.DocumentChanged) error {
	x := g.texts[d.GUID]
	if x == nil {
		return nil
	}
	other := x.Kind != here.Kind
	for _, f := range []struct {
		is, was string
		set     **string
	}{{x.Language, here.Language, &do.Language}, {x.Held, here.Held, &do.Held}} {
		switch {
		case f.is == "" || f.is == f.was:
		case f.was == "":
			*f.set = &f.is
		default:
			other = true
		}
	}
	for label, s := range x.Speakers {
		s.Case = g.here(s.Case)
		if was, ok := here.Speakers[label]; !ok {
			if do.Speakers == nil {
				do.Speakers = maps.Clone(here.Speakers)
			}
			if do.Speakers == nil {
				do.Speakers = map[string]qda.Speaker{}
			}
			do.Speakers[label] = s
		} else if was != s {
			other = true
		}
	}
	if len(x.TurnList) > 0 {
		w, err := g.Engine.Words(ctx, g.Project, here.ID, here.Version)
		if err != nil {
			return err
		}
		other = other || !slices.Equal(w.Turns, x.TurnList)
	}
	if other {
		g.left("documents", "own_document", 1, here.Name)
	}
	return nil
}

// sameCase gives the informant here that one of the file is: of the same name, and of a document that is here. nil: there is none.
func (g *bringer) sameCase(k *refi.Case) *qda.Case {
	for _, d := range k.Documents {
		if here := g.met[d]; here != nil && here.Case != 0 {
			if x, ok := g.view.Case(here.Case); ok && x.State == qda.Live && asName(x.Name) == asName(k.Name) {
				return x
			}
		}
	}
	return nil
}

// joinCase lets an informant of the file be the one that is here.
func (g *bringer) joinCase(ctx context.Context, k *refi.Case, here *qda.Case) error {
	g.of[k.GUID] = here.ID
	g.left("cases", "same_case", 1, here.Name)
	if fill := g.filled(here.Values, g.valued(0, k.Values, k.Name), here.Name); len(fill) > 0 {
		return g.later(ctx, "join "+k.GUID.String(), g.Coder, &qda.CaseChanged{Case: here.ID, Values: fill}, nil, func(*qda.Entry) {})
	}
	return nil
}

// filled gives the values of the file for which there are none here; of others it is told that those here stay.
func (g *bringer) filled(here, file qda.Values, of string) qda.Values {
	r := qda.Values{}
	for n, s := range file {
		switch {
		case here[n] == "":
			r[n] = s
		case here[n] != s:
			name := ""
			if x, ok := g.view.Attribute(n); ok {
				name = x.Name
			}
			g.left("values", "own_values", 1, of+": "+name+" = "+s)
		}
	}
	return r
}
