package server

import (
	"errors"
	"sync"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// lacking says in a PDF which letters it can't show.
func (a *ask) lacking(l exchange.Letters) string {
	return a.L.T("take.pdf.lacks", "n", a.L.N("take.pdf.letters", l.Count), "which", l.String())
}

// newest is when the newest entry was made that is shown; zero for a blind coder, whom it would tell of others' work, and where the
// ledger does not say.
func (a *ask) newest() time.Time {
	if a.Lens.Blind() {
		return time.Time{}
	}
	signed, err := a.s.Store.Signatures(a.Context(), a.Project, []qda.Seq{a.View.Seq()})
	if err != nil {
		return time.Time{}
	}
	return signed[a.View.Seq()].At
}

// unlong turns the error of a paper that is too long for a PDF into a sentence.
func unlong(err error) error {
	if errors.Is(err, exchange.ErrTooLongForPDF) {
		return qda.Refuse(qda.Invalid, "refused.pdf.long")
	}
	return err
}

// lettered is what a text has of letters that some formats can't hold, by the sum of the text, which never changes.
type lettered struct {
	mu  sync.Mutex
	all map[string]wordsLetters
}

type wordsLetters struct {
	lacking exchange.Letters
	astral  bool // letters beyond U+FFFF
}

// mostLettered bounds what is remembered; a text is looked through again in a few milliseconds.
const mostLettered = 5000

// of gives what a document's words have.
func (x *lettered) of(a *ask, d *qda.Document) (wordsLetters, error) {
	x.mu.Lock()
	w, ok := x.all[d.Sum]
	x.mu.Unlock()
	if ok {
		return w, nil
	}
	words, err := a.s.Engine.Words(a.Context(), a.Project, d.ID, d.Version)
	if err != nil {
		return w, err
	}
	text := string(words.Text.Words)
	w.lacking.Add(text)
	w.astral = exchange.Astral(text)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil || len(x.all) >= mostLettered {
		x.all = map[string]wordsLetters{}
	}
	x.all[d.Sum] = w
	return w, nil
}

// letters gives what the project's documents and codebook have of letters that a PDF can't show, and whether a document has some
// beyond U+FFFF.
func (a *ask) letters() (lacking exchange.Letters, astral bool, err error) {
	for _, d := range sortedDocuments(a.Lens) {
		w, err := a.s.lettered.of(a, d)
		if err != nil {
			return lacking, astral, err
		}
		lacking.Join(w.lacking)
		astral = astral || w.astral
	}
	for _, n := range a.Lens.Nodes() {
		for _, s := range []string{n.Name, n.Definition, n.Use, n.Avoid, n.Claim, n.Scope, n.Boundary, n.Naming} {
			lacking.Add(s)
		}
	}
	return lacking, astral, nil
}
