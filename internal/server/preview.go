package server

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/web/page"
)

const previewTurns = 8

// previewPart shows how a file will read before it becomes a document.
func previewPart(a *ask) error {
	name, data, err := a.s.Store.File(a.Context(), a.Project, a.Sum)
	if err != nil {
		return err
	}
	q := a.URL.Query()
	v := page.Preview{Project: int(a.Project), Sum: hex.EncodeToString(a.Sum[:]), File: name}
	if d := a.already(v.Sum); d != nil {
		v.Already, v.AlreadyID = d.Name, int(d.ID)
	}
	old, err := a.replaced(q.Get("replaces"))
	if err != nil {
		return err
	}
	if old != nil {
		v.Replaces, v.Replaced = int(old.ID), old.Name
	}
	how := choicesOf(q.Get, q)
	if old != nil && how.Language == "" {
		how.Language = old.Language
	}
	r, labels, _, err := read(a.Context(), a.s.Extractor, name, data, how)
	if err != nil {
		var bad *exchange.BadFile
		if !errors.As(err, &bad) {
			return err
		}
		v.Error = a.sentence(err)
		if bad.Reason == exchange.BadTable {
			v.Table = a.at("/tables/%s", v.Sum)
		}
		return a.render(http.StatusOK, page.PreviewPart(a.chrome("", "documents"), v))
	}
	g := GuessOf(r)
	v.Title, v.Kinds, v.HeldISO = g.Name, a.kinds(g.Kind), g.Held
	if g.Held != "" {
		v.HeldFrom = a.L.T("preview.held_from_name")
	}
	v.Languages, v.Guessed = a.languages(r.Language), how.Language == "" && r.Language != ""
	v.NewCase = g.Case
	var values, own qda.Values
	if old != nil { // it stays what it is, but for its words
		v.Title, v.Kinds, v.HeldISO, v.HeldFrom, g.Case, own = old.Name, a.kinds(old.Kind), old.Held, "", "", old.Values
		v.NewCase = ""
	}
	if k := a.caseNamed(g.Case); g.Case != "" && k != nil {
		v.Cases, v.NewCase, values = a.cases(k.ID, false), "", k.Values
	} else if old != nil {
		v.Cases = a.cases(old.Case, false)
		if k, ok := a.View.Case(old.Case); ok {
			values = k.Values
		}
	} else {
		v.Cases = a.cases(0, g.Case != "")
	}
	v.Attributes, v.Own = a.attributes(qda.OfCases, values), a.attributes(qda.OfDocuments, own)
	v.ReadAs = a.readAs(r)
	v.Charsets, v.OtherSets = charsets(r)
	v.Speakers, v.MaySpeak = q.Get("speakers") != "off", len(labels) > 0 || q.Get("speakers") != ""
	roles := map[string]string{}
	for _, l := range labels {
		v.Found = append(v.Found, page.FoundSpeaker{Label: l.Label, Turns: a.L.N("count.turns", l.Turns), Role: l.role})
		roles[l.Label] = l.role
	}
	found := map[string]string{}
	for _, n := range r.Names {
		k := nameKey(n.Word)
		found[n.Word] = k
		v.Names = append(v.Names, page.FoundName{Key: k, Name: n.Word, Times: a.L.N("count.times", n.Count)})
	}
	for _, t := range r.Turns[:min(previewTurns, len(r.Turns))] {
		p := page.PreviewTurn{Speaker: t.Label, Role: roles[t.Label], Lang: t.Language, Pieces: pieces(clip(t.Text, 600), found)}
		if t.FromMS >= 0 {
			p.Time = clock(t.FromMS)
		}
		v.Turns = append(v.Turns, p)
	}
	if more := len(r.Turns) - len(v.Turns); more > 0 {
		v.More = a.L.N("preview.more", more)
	}
	v.Comments = len(r.Comments)
	v.Notes = a.notes(r)[:1]
	for _, text := range NotesIn(a.L, ButComments(r.Notes, v.Comments)) { // what becomes of the comments is asked below
		v.Notes = append(v.Notes, page.PreviewNote{Mark: "change", Text: text})
	}
	if waiting, err := a.s.Store.WaitingFiles(a.Context(), a.Project); err == nil {
		for _, w := range waiting {
			if w.Sum != a.Sum && !isAside(w.Name) && !waitsAsTable(w) {
				v.Others++
			}
		}
	}
	return a.render(http.StatusOK, page.PreviewPart(a.chrome("", "documents"), v))
}

// replaced finds the document whose file is to be replaced, nil where none is named.
func (a *ask) replaced(v string) (*qda.Document, error) {
	n, err := optionalID(v)
	if err != nil || n == 0 {
		return nil, err
	}
	d, ok := a.View.Document(n)
	if !ok || d.State != qda.Live {
		return nil, absent()
	}
	return d, nil
}

// charsets are what a text's characters can be read as: the guesses, with what would come out, and all others; nothing where the
// format itself says it.
func charsets(r *exchange.Reading) (guesses, others []page.Choice) {
	if r.Charset == "" {
		return nil, nil
	}
	guessed := map[string]bool{}
	for _, c := range r.Charsets {
		guessed[c.Name] = true
		label := strings.ToUpper(c.Name)
		if c.Preview != "" {
			label += " · " + c.Preview
		}
		guesses = append(guesses, page.Choice{Value: c.Name, Label: label, Chosen: c.Name == r.Charset})
	}
	for _, name := range exchange.Charsets {
		if !guessed[name] {
			others = append(others, page.Choice{Value: name, Label: strings.ToUpper(name)})
		}
	}
	return guesses, others
}

// readAs says in one row how a file was read: "UTF-8, subtitles, 41 min".
func (a *ask) readAs(r *exchange.Reading) string {
	parts := []string{a.L.T("format." + r.Format)}
	if r.Charset != "" {
		parts = append([]string{strings.ToUpper(r.Charset)}, parts...)
	}
	if minutes := int((r.TimedTo - r.TimedFrom + 30000) / 60000); minutes > 0 && r.TimedFrom >= 0 {
		parts = append(parts, a.L.N("count.minutes", minutes))
	}
	return strings.Join(parts, ", ")
}

// keepsWords are the notes of a reading after which every word of the file is still there. One that is not named here may tell of a loss.
var keepsWords = []string{"accents", "bom", "crlf", "cueformat", "cuesjoined", "dashes", "footnotes", "hyphens", "insertions", "linesjoined", "listmarks", "markdown", "merged", "nul", "strayquotes", "tables", "talktables", "textboxes", "widequotes"}

// notes says what reading did.
func (a *ask) notes(r *exchange.Reading) []page.PreviewNote {
	kept := "preview.kept"
	for _, n := range r.Notes {
		if !contains(keepsWords, strings.TrimPrefix(n.Key, "reading.note.")) {
			kept = "preview.words"
		}
	}
	all := []page.PreviewNote{{Mark: "ok", Text: a.L.T(kept, "words", a.L.N("count.words", r.Words), "turns", a.L.N("count.turns", len(r.Turns)))}}
	for _, text := range NotesIn(a.L, r.Notes) {
		all = append(all, page.PreviewNote{Mark: "change", Text: text})
	}
	return all
}

// NotesIn says what reading a file has changed or left out.
func NotesIn(l *i18n.Printer, notes []exchange.Note) []string {
	var all []string
	for _, n := range notes {
		if !i18n.Has(n.Key) {
			continue
		}
		var args []any
		for k, v := range n.Args {
			args = append(args, k, v)
		}
		all = append(all, l.N(n.Key, n.N, args...))
	}
	return all
}

// clip cuts a text for show, at a space where there is one.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	cut := string([]rune(s)[:n])
	if i := strings.LastIndexFunc(cut, unicode.IsSpace); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// pieces cuts a turn's words where names stand.
func pieces(s string, names map[string]string) []page.PreviewPiece {
	var out []page.PreviewPiece
	for s != "" {
		at, name := -1, ""
		for n := range names {
			if i := wholeWord(s, n); i >= 0 && (at < 0 || i < at || i == at && len(n) > len(name)) {
				at, name = i, n
			}
		}
		if at < 0 {
			break
		}
		if at > 0 {
			out = append(out, page.PreviewPiece{Text: s[:at]})
		}
		out = append(out, page.PreviewPiece{Text: name, Name: names[name]})
		s = s[at+len(name):]
	}
	if s != "" {
		out = append(out, page.PreviewPiece{Text: s})
	}
	return out
}

// wholeWord finds w in s with no letter or figure beside it.
func wholeWord(s, w string) int {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	for from := 0; ; {
		i := strings.Index(s[from:], w)
		if i < 0 {
			return -1
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(w):])
		if !(i > 0 && inWord(before)) && !(i+len(w) < len(s) && inWord(after)) {
			return i
		}
		from = i + len(w)
	}
}

// clock prints milliseconds as 1:02:03 or 12:04.
func clock(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}
