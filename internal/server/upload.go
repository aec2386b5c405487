package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// uploadFile keeps a file's bytes and reads it once, so that the list can say what was found. What is wrong with a file is
// said in its own row: the other files of the same drop go on.
func uploadFile(a *ask) error {
	if err := a.maySend(); err != nil {
		return err
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	name, data, err := a.sentFile(exchange.MaxFile)
	if err != nil {
		return err
	}
	if name == "" {
		return qda.Refuse(qda.Invalid, "refused.no_file")
	}
	return a.uploaded(name, data)
}

// FileName is the last part of what a browser or a system says a file is called, as text.
func FileName(s string) string {
	s = path.Base(strings.ReplaceAll(s, "\\", "/"))
	s = strings.Map(func(r rune) rune {
		if r < 32 || r == 127 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if s == "." || s == "/" || s == "" {
		return "file"
	}
	for utf8.RuneCountInString(s) > qda.MaxName {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s
}

func (a *ask) uploaded(name string, data []byte) error {
	r, err := a.s.Extractor.Read(a.Context(), name, data, exchange.Options{})
	if err != nil {
		var bad *exchange.BadFile
		if errors.As(err, &bad) && bad.Reason == exchange.BadTable {
			return a.uploadedTable(name, data)
		}
		if errors.As(err, &bad) {
			status := http.StatusOK
			if bad.Reason == exchange.BadTooBig {
				status = http.StatusRequestEntityTooLarge
			}
			return a.writeJSON(status, map[string]any{"ok": false, "name": name, "error": a.sentence(err)})
		}
		return err
	}
	sum := sha256.Sum256(data)
	found := store.Found{Turns: len(r.Turns), Speakers: len(r.Speakers)}
	if err := a.s.Store.PutFiles(a.Context(), a.Project, []store.NewFile{{Sum: sum, Name: name, Bytes: data, Found: &found}}, a.now); err != nil {
		return err
	}
	hexSum := hex.EncodeToString(sum[:])
	answer := map[string]any{"ok": true, "file": hexSum, "name": name, "turns": len(r.Turns), "words": r.Words, "title": r.Title}
	labels := []string{}
	for _, s := range r.Speakers {
		labels = append(labels, s.Label)
	}
	answer["speakers"] = labels
	answer["found"] = foundIn(a.L, found)
	if d := a.already(hexSum); d != nil {
		answer["already"] = d.Name
	}
	return a.writeJSON(http.StatusOK, answer)
}

// foundIn says what reading a file found: "212 turns, 2 speakers".
func foundIn(l *i18n.Printer, f store.Found) string {
	switch {
	case f.Turns == 0:
		return l.T("tables.found")
	case f.Speakers == 0:
		return l.N("count.turns", f.Turns) + ", " + l.T("documents.file.no_speakers")
	}
	return l.N("count.turns", f.Turns) + ", " + l.N("count.speakers", f.Speakers)
}

// waitsAsTable tells whether a file that waits is a table; of one that nobody has read the name tells.
func waitsAsTable(w store.Waiting) bool {
	if w.Found == nil {
		return isTable(w.Name)
	}
	return w.Found.Turns == 0
}

// already finds a live document made of the same bytes.
func (a *ask) already(sum string) *qda.Document { return madeOf(a.View, sum) }

// SameBytes finds a live document made of a file of this sum, nil where there is none.
func SameBytes(v *engine.View, sum qda.Hash) *qda.Document {
	return madeOf(v, hex.EncodeToString(sum[:]))
}

func madeOf(v *engine.View, sum string) *qda.Document {
	for _, d := range v.Documents() {
		if d.State == qda.Live && d.File == sum {
			return d
		}
	}
	return nil
}

func addDocuments(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	sum, err := parseSum(f.Get("file"))
	if err != nil {
		return err
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	// Whether all files are there is asked before the first of them becomes a document.
	var others []qda.Hash
	if f.Get("all") == "on" {
		for _, v := range f["also"] {
			other, err := parseSum(v)
			if err != nil {
				return err
			}
			if err := a.s.Store.HasFile(a.Context(), a.Project, other); err != nil {
				return err
			}
			others = append(others, other)
		}
	}
	leave, err := a.s.reading.enter(a.Context())
	if err != nil {
		return err
	}
	defer leave()
	first, err := a.addDocument(id, sum, true)
	if err != nil {
		return err
	}
	for i, sum := range others {
		also := qda.GUID(id, qda.ID(i+1))
		// Of a repeat: what it named has changed by the first time, as its informant is there now.
		if e, err := a.s.Store.ByChange(a.Context(), a.Project, also); err != nil {
			return err
		} else if e != nil {
			if err := a.commentsAgain(also, sum, e); err != nil {
				return err
			}
			continue
		}
		if _, err := a.addDocument(also, sum, false); err != nil {
			return err
		}
	}
	return a.done(first, a.at("/documents"))
}

// addDocument adds an uploaded file as the form says; further files of the same form have their own name and informant.
func (a *ask) addDocument(id qda.ChangeID, sum qda.Hash, first bool) (*qda.Entry, error) {
	f := a.PostForm
	name, data, err := a.s.Store.File(a.Context(), a.Project, sum)
	if err != nil {
		return nil, err
	}
	c := choicesOf(f.Get, f)
	if !first {
		c.Roles, c.Pseudonyms = nil, nil
	}
	r, labels, opt, err := read(a.Context(), a.s.Extractor, name, data, c)
	if err != nil {
		return nil, err
	}
	do, text, err := Added(data, name, r, opt, speakersOf(labels))
	if err != nil {
		return nil, err
	}
	g := GuessOf(r)
	do.Name, do.Type, do.Held = f.Get("name"), qda.DocumentKind(f.Get("kind")), f.Get("held")
	if f.Has("language") {
		do.Language = f.Get("language")
	}
	values, err := a.values("value-")
	if err != nil {
		return nil, err
	}
	if do.Values, err = a.values("docvalue-"); err != nil {
		return nil, err
	}
	if first {
		switch k := f.Get("case"); k {
		case "":
		case "new":
			if do.NewCase = f.Get("new_case"); strings.TrimSpace(do.NewCase) == "" {
				return nil, qda.Refuse(qda.Invalid, "refused.case_name")
			}
			do.Of = values
		default:
			if do.Case, err = thingID(k); err != nil {
				return nil, qda.Refuse(qda.Invalid, "refused.form")
			}
		}
	} else {
		do.Name, do.Held = g.Name, g.Held
		if f.Get("case") != "" && g.Case != "" {
			if k := a.caseNamed(g.Case); k != nil {
				do.Case = k.ID
			} else {
				do.NewCase, do.Of = g.Case, values
			}
		}
	}
	if f.Has("replaces") {
		if do.Replaces, err = thingID(f.Get("replaces")); err != nil {
			return nil, err
		}
	}
	// Values typed for an informant who is there already are that informant's: a change of its own, tried before the first is made.
	var told *qda.CaseChanged
	if k, ok := a.View.Case(do.Case); ok && len(values) > 0 && !sameValues(k.Values, values) {
		told = &qda.CaseChanged{Case: do.Case, Values: values}
		if _, _, err := a.View.Try(qda.Intent{Coder: a.Coder.ID, Do: told}, engine.Material{At: a.now}); err != nil {
			return nil, err
		}
	}
	e, err := a.do(id, do, text)
	if err != nil {
		return nil, err
	}
	if told != nil {
		if _, err := a.do(qda.GUID(id, 1<<20), told, nil); err != nil {
			return nil, err
		}
	}
	if err := a.commentsAsMemos(id, r, e); err != nil {
		return nil, err
	}
	// What comes after sees what this one made.
	if a.View, err = a.s.Engine.View(a.Context(), a.Project, e.Seq); err != nil {
		return nil, err
	}
	a.Lens = a.View.As(a.Coder.ID)
	return e, nil
}

func (a *ask) caseNamed(name string) *qda.Case { return caseNamed(a.View, name) }

func caseNamed(v *engine.View, name string) *qda.Case {
	for _, k := range v.Cases() {
		if k.State == qda.Live && strings.EqualFold(k.Name, name) {
			return k
		}
	}
	return nil
}

func sameValues(old, set qda.Values) bool {
	for k, v := range set {
		if old[k] != v {
			return false
		}
	}
	return true
}

// values reads fields called prefix + number of an attribute.
func (a *ask) values(prefix string) (qda.Values, error) {
	var r qda.Values
	for k, v := range a.PostForm {
		n, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		id, err := thingID(n)
		if err != nil {
			return nil, qda.Refuse(qda.Invalid, "refused.form")
		}
		if r == nil {
			r = qda.Values{}
		}
		r[id] = v[len(v)-1]
	}
	return r, nil
}
