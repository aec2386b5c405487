package refi

import (
	"bytes"
	"sort"
	"strings"
	"unicode"
)

// resolve1 does everything after the XML: texts, positions, references.
func (r *reader) resolve1() error {
	r.caseCodes()
	r.wrapper()
	r.split()
	if r.o.MostLevels > 0 {
		r.p.Codes = r.flat(r.p.Codes, 1)
	}
	if err := r.placeAll(); err != nil {
		return err
	}
	r.margin()
	r.coders()
	for _, d := range r.docs {
		r.codings(d)
	}
	for _, m := range r.memos {
		r.codings(m)
	}
	r.resolveCases()
	r.resolveMemos()
	r.resolveSets()
	r.resolveGraphs()
	for _, d := range r.docs {
		r.p.Documents = append(r.p.Documents, *d.d)
	}
	for _, m := range r.memos {
		r.p.Memos = append(r.p.Memos, *m.memo)
	}
	// What counts afterwards must see what is in the project.
	for i, d := range r.docs {
		d.d = &r.p.Documents[i]
	}
	for i, m := range r.memos {
		m.memo, m.d = &r.p.Memos[i], &r.p.Memos[i].Document
	}
	return nil
}

// A weighed text waits for what the whole file says.
type weighed struct {
	d   *reading
	l   *layout
	all []hearing
}

// placeAll reads the texts and turns positions of the file into spans.
func (r *reader) placeAll() error {
	var list []weighed
	file := map[Positions]int{}
	first := r.first
	byEntry := map[string]*reading{}
	memoText := map[GUID]*layout{}
	for _, m := range r.memos {
		l, err := r.load(m)
		if err != nil {
			return err
		}
		m.d.Text = l.text
		memoText[m.d.GUID] = l
		r.intoDocument(m, l)
	}
	var docs []*reading
	for _, d := range r.docs {
		key := r.textKey(d)
		if other := byEntry[key]; key != "" && other != nil && (d.d.Kind == Transcript || other.d.Kind == Transcript) {
			r.sameDocument(other, d)
			continue
		}
		if key != "" {
			byEntry[key] = d
		}
		docs = append(docs, d)
	}
	r.docs = docs
	one := func(d *reading, l *layout) {
		d.d.Text = l.text
		if len(d.d.Selections) == 0 && len(d.d.Times) == 0 && len(d.areas) == 0 && len(d.synced) == 0 {
			return
		}
		w := weighed{d: d, l: l}
		if len(d.d.Selections) > 0 && !d.d.Missing {
			w.all = l.choose(first, r.runesOf(l), d.d.Selections)
			if len(w.all) > 1 {
				for _, h := range w.all {
					file[h.p] += h.e.score()
				}
			}
		}
		list = append(list, w)
	}
	for _, d := range r.docs {
		l, err := r.load(d)
		if err != nil {
			return err
		}
		one(d, l)
	}
	for _, m := range r.memos {
		one(m, memoText[m.d.GUID])
	}
	for _, w := range list {
		if err := r.place(w, file, first); err != nil {
			return err
		}
	}
	return nil
}

// runesOf gives the characters of a text, until it is called again.
func (r *reader) runesOf(l *layout) []rune {
	if cap(r.runes) < l.chars {
		r.runes = make([]rune, 0, l.chars+l.chars/2)
	}
	r.runes = r.runes[:0]
	for _, c := range l.text {
		r.runes = append(r.runes, c)
	}
	return r.runes
}

// textKey names the text of a document within the file, or is "".
func (r *reader) textKey(d *reading) string {
	if d.d.Path == "" {
		return ""
	}
	return d.d.Path
}

// sameDocument gives a document what its twin has: a transcript and a document with one text are one.
func (r *reader) sameDocument(d, twin *reading) {
	r.join(twin.element, SameDocument, 1, twin.d.Title())
	r.setAlias(kDocument, twin.d.GUID, d.d.GUID)
	if d.from == nil && len(twin.from) > 0 {
		d.from = map[GUID]string{}
	}
	for g, e := range twin.from {
		d.from[g] = e
	}
	r.takeOver(d, twin)
}

// takeOver gives a text what was read of another.
func (r *reader) takeOver(d, other *reading) {
	d.d.Selections = append(d.d.Selections, other.d.Selections...)
	d.d.Codings = append(d.d.Codings, other.d.Codings...)
	d.d.Values = append(d.d.Values, other.d.Values...)
	d.d.Times = append(d.d.Times, other.d.Times...)
	d.synced = append(d.synced, other.synced...)
	r.describe(&d.d.Description, other.d.Description)
}

// intoDocument moves selections inside a memo that are really of the document whose memo it is: QualCoder writes them so.
func (r *reader) intoDocument(m *reading, l *layout) {
	if len(m.d.Selections) == 0 {
		return
	}
	far := false
	for _, s := range m.d.Selections {
		if len(s.Codings) > 0 {
			return
		}
		far = far || s.Stop > l.chars+2*len(l.astral)+len(l.crlf)
	}
	if r.rep.Vendor != QualCoder && !far {
		return
	}
	at := -1
	for i, n := range r.notes {
		if g, ok := r.resolve(kMemo, n.note); ok && g == m.d.GUID && n.owner.Kind == OnDocument {
			if at >= 0 {
				return // of several documents: nobody can say which
			}
			at = i
		}
	}
	if at < 0 {
		return
	}
	doc, _ := r.resolve(kDocument, r.notes[at].owner.GUID)
	for _, d := range r.docs {
		if d.d.GUID != doc {
			continue
		}
		r.alter("PlainTextSelection", IntoDocument, len(m.d.Selections), m.d.Title())
		d.d.Selections = append(d.d.Selections, m.d.Selections...)
		r.notes[at].owner = Target{OnSelection, m.d.Selections[0].GUID}
		for _, s := range m.d.Selections[1:] {
			r.notes = append(r.notes, noteRef{Target{OnSelection, s.GUID}, m.d.GUID})
			r.added["NoteRef"]++
		}
		m.d.Selections = nil
		return
	}
}

// place turns the positions of one text into spans.
func (r *reader) place(w weighed, file map[Positions]int, first Positions) error {
	d := w.d
	if d.d.Missing {
		r.unplaced(d)
		return nil
	}
	runes := r.runesOf(w.l)
	p := first
	if len(w.all) > 0 {
		given, has := r.o.Positions[d.d.GUID]
		if !has {
			given, has = r.o.Positions[GUID{}]
		}
		var g *Positions
		if has {
			g = &given
			w.all = append(w.all, w.l.hear(given, runes, d.d.Selections))
		}
		h, pl := settle(w.all, file, g, r.known)
		p = h.p
		pl.Document, pl.Name = d.d.GUID, d.d.Title()
		r.rep.Placings = append(r.rep.Placings, pl)
		if pl.Trust == Weak {
			r.alter(d.element, NotVerified, 1, d.d.Title())
		}
	}
	ruler := w.l.ruler(p)
	times := map[GUID]Time{}
	keptTimes := d.d.Times[:0]
	for _, t := range d.d.Times {
		at, why := ruler.place(t.Position)
		if why != "" || t.MS == noPosition {
			if why == "" {
				why = NoPosition
			}
			r.lose("SyncPoint", why, 1, d.d.Title())
			continue
		}
		t.Position = at
		times[t.GUID] = t
		keptTimes = append(keptTimes, t)
	}
	d.d.Times = keptTimes
	if len(d.d.Times) == 0 {
		d.d.Times = nil
	}
	kept := d.d.Selections[:0]
	for i := range d.d.Selections {
		s := d.d.Selections[i]
		start, stop, why := ruler.span(s.Start, s.Stop)
		if why != "" {
			r.dropSelection(d.d, &s, "PlainTextSelection", why)
			continue
		}
		s.Start, s.Stop = start, stop
		kept = append(kept, s)
	}
	d.d.Selections = kept
	for _, t := range d.synced {
		from, ok1 := times[r.timeOf(t.from)]
		to, ok2 := times[r.timeOf(t.to)]
		why := Reason("")
		switch {
		case !ok1 || !ok2:
			why = NoSuchThing
		case to.Position < from.Position:
			why = Backwards
		case to.Position == from.Position:
			why = EmptySpan
		}
		t.sel.Start, t.sel.Stop = from.Position, to.Position
		if why != "" {
			r.dropSelection(d.d, &t.sel, "TranscriptSelection", why)
			continue
		}
		d.add(t.sel, "TranscriptSelection")
	}
	d.synced = nil
	if err := r.placeAreas(d, runes); err != nil {
		return err
	}
	r.mergeSpans(d, runes)
	return nil
}

// add takes a selection in and remembers where it came from.
func (d *reading) add(s Selection, element string) {
	if d.from == nil {
		d.from = map[GUID]string{}
	}
	d.from[s.GUID] = element
	d.d.Selections = append(d.d.Selections, s)
}

func (r *reader) timeOf(g GUID) GUID {
	g, _ = r.resolve(kTime, g)
	return g
}

// unplaced gives up the selections of a document without text.
func (r *reader) unplaced(d *reading) {
	r.dropWords(d.d, d, NoText)
	for i := range d.areas {
		r.dropArea(d, &d.areas[i], NoText)
	}
	d.d.Selections, d.d.Times, d.synced, d.areas = nil, nil, nil, nil
}

// dropArea gives up a PDFSelection. Where a selection of words has the same GUID, that one's fate holds.
func (r *reader) dropArea(d *reading, a *area, why Reason) {
	if k := r.ids[a.sel.GUID]; k == kSelection || k == kGone {
		r.lose("PDFSelection", why, 1, d.d.Title())
		r.lose("Coding", why, len(a.sel.Codings), "")
		if a.sel.Description != "" {
			r.lose("Description", why, 1, "")
		}
		for _, c := range a.sel.Codings {
			r.ids[c.GUID] = kGone
		}
		return
	}
	a.sel.Start, a.sel.Stop = noPosition, noPosition
	r.dropSelection(d.d, &a.sel, "PDFSelection", why)
}

// placeAreas finds the words of selections on pages of a PDF: by their GUID, which ATLAS.ti writes twice; by the words they have of their
// own; where they have none, by their name. What stands at several places is not guessed at.
func (r *reader) placeAreas(d *reading, runes []rune) error {
	if len(d.areas) == 0 {
		return nil
	}
	byID, byName := map[GUID]int{}, map[string]int{} // of several with one name: -1
	for i := range d.d.Selections {
		s := &d.d.Selections[i]
		byID[s.GUID] = i
		if was, twice := byName[s.Name]; twice && was >= 0 && (d.d.Selections[was].Start != s.Start || d.d.Selections[was].Stop != s.Stop) {
			byName[s.Name] = -1
		} else if !twice {
			byName[s.Name] = i
		}
	}
	var q squeezed
	r.lose("PDFSelection/@page", PlaceOnPage, len(d.areas), d.d.Title())
	for i := range d.areas {
		a := &d.areas[i]
		at, found := byID[a.sel.GUID]
		if !found {
			if q.starts == nil {
				q = squeeze(runes)
			}
			words, err := r.areaWords(a)
			if err != nil {
				return err
			}
			if strings.TrimSpace(words) != "" {
				start, stop, why := q.once(words, &r.budget)
				switch {
				case why == "":
					a.sel.Start, a.sel.Stop = start, stop
					a.sel.GUID = r.own(a.raw, kSelection, "PDFSelection", d.d.Name)
					r.alter("PDFSelection", ByWords, 1, d.d.Title())
					d.add(a.sel, "PDFSelection")
					continue
				case why != OtherWords || a.sel.Name == "" || !nameIsWords(a.sel.Name, []rune(words)):
					r.dropArea(d, a, why)
					continue
				}
				// Words that the text splits in another way: the name says the same.
			}
			why := AreaWithout
			if at, found = byName[a.sel.Name]; a.sel.Name == "" {
				found = false
			} else if found {
				if _, _, is := q.once(a.sel.Name, &r.budget); at < 0 || is == SeveralPlaces {
					found, why = false, SeveralPlaces
				}
			}
			if !found {
				r.dropArea(d, a, why)
				continue
			}
			if r.ids[a.sel.GUID] == kNone && !a.sel.GUID.IsZero() {
				r.ids[a.sel.GUID] = kSelection
				r.setAlias(kSelection, a.sel.GUID, d.d.Selections[at].GUID)
			}
		}
		s := &d.d.Selections[at]
		r.join("PDFSelection", SamePDF, 1, "")
		s.Codings = append(s.Codings, a.sel.Codings...)
		if s.Stamp == (Stamp{}) {
			s.Stamp = a.sel.Stamp
		}
		switch {
		case a.sel.Description == "":
		case s.Description == "":
			s.Description = a.sel.Description
		case s.Description == a.sel.Description:
			r.join("Description", SamePDF, 1, "")
		default:
			r.join("Description", SamePDF, 1, "")
			s.Description += "\n\n" + a.sel.Description
		}
	}
	d.areas = nil
	return nil
}

// areaWords gives the words that a selection on a page has of its own, out of the XML or a file.
func (r *reader) areaWords(a *area) (string, error) {
	if a.words != "" || a.path == "" {
		return a.words, nil
	}
	data, _, _, bf := r.fetch(a.path)
	if bf != nil {
		return "", bf
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("%PDF-")) {
		return "", nil
	}
	return r.decode(data, "Representation", a.sel.Name).text, nil
}

// A squeezed text is one without white space, to look for words in whatever their line ends became.
type squeezed struct {
	text   string
	starts []int32 // byte of each character
	places []int32 // and its place in the text as it is, in code points
}

func squeeze(runes []rune) squeezed {
	var b strings.Builder
	var q squeezed
	for p, c := range runes {
		if !unicode.IsSpace(c) {
			q.starts, q.places = append(q.starts, int32(b.Len())), append(q.places, int32(p))
			b.WriteRune(c)
		}
	}
	q.text = b.String()
	return q
}

// once finds words where they are there once and only once, as a span of the text as it is; why says why not. It looks at no more bytes
// than budget allows.
func (q *squeezed) once(words string, budget *int) (start, stop int, why Reason) {
	w := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, words)
	if *budget -= len(q.text); w == "" || *budget < 0 {
		return 0, 0, AreaWithout
	}
	at := strings.Index(q.text, w)
	switch {
	case at < 0:
		return 0, 0, OtherWords
	case strings.Contains(q.text[at+1:], w):
		return 0, 0, SeveralPlaces
	}
	first := sort.Search(len(q.starts), func(i int) bool { return int(q.starts[i]) >= at })
	last := sort.Search(len(q.starts), func(i int) bool { return int(q.starts[i]) >= at+len(w) }) - 1
	return int(q.places[first]), int(q.places[last]) + 1, ""
}

// mergeSpans sorts the selections, makes one of those on one span, and takes off names that are the words.
func (r *reader) mergeSpans(d *reading, runes []rune) {
	sels := d.d.Selections
	for i := range sels {
		if sels[i].Name != "" && nameIsWords(sels[i].Name, runes[sels[i].Start:sels[i].Stop]) {
			sels[i].Name = ""
		}
		if n, is := strings.CutPrefix(sels[i].Name, "line:"); is && r.rep.Vendor == QC && strings.Trim(n, "0123456789") == "" { // nobody gave it
			r.lose("PlainTextSelection/@name", LineNumber, 1, sels[i].Name)
			sels[i].Name = ""
		}
	}
	sort.SliceStable(sels, func(i, j int) bool {
		if sels[i].Start != sels[j].Start {
			return sels[i].Start < sels[j].Start
		}
		return sels[i].Stop < sels[j].Stop
	})
	out := sels[:0]
	for _, s := range sels {
		n := len(out)
		if n == 0 || out[n-1].Start != s.Start || out[n-1].Stop != s.Stop {
			out = append(out, s)
			continue
		}
		one := &out[n-1]
		r.join(d.selectionElement(s.GUID), SameSpan, 1, "")
		r.setAlias(kSelection, s.GUID, one.GUID)
		one.Codings = append(one.Codings, s.Codings...)
		if one.Name == "" {
			one.Name = s.Name
		} else if s.Name != "" && s.Name != one.Name {
			r.lose("PlainTextSelection/@name", SameSpan, 1, s.Name)
		}
		owned := true
		for _, c := range one.Codings {
			owned = owned && !c.Coder.IsZero()
		}
		switch other := s.Coder != one.Coder || s.Created != one.Created && s.Description != one.Description; {
		case s.Description == "":
		case one.Description == "" && (owned || !other):
			one.Description, one.Stamp = s.Description, s.Stamp // a selection is of whoever remarks on it
		case other:
			r.ownMemo(one.GUID, s)
		default:
			r.join("Description", SameSpan, 1, "")
			if one.Description != s.Description {
				one.Description += "\n\n" + s.Description
			}
		}
	}
	if len(out) == 0 {
		out = nil
	}
	d.d.Selections = out
}

// ownMemo makes a memo of a remark on words that somebody else has remarked on as well, or at another time.
func (r *reader) ownMemo(words GUID, s Selection) {
	g := NameGUID(s.GUID, "remark")
	for r.ids[g] != kNone {
		g = NameGUID(g, "again")
	}
	r.ids[g] = kMemo
	m := &Memo{Document: Document{GUID: g, Text: s.Description, Stamp: s.Stamp}}
	r.memos = append(r.memos, &reading{d: &m.Document, memo: m, element: "Note", on: OnMemo})
	r.notes = append(r.notes, noteRef{Target{OnSelection, words}, g})
	r.added["Note"]++
	r.added["NoteRef"]++
	r.join("Description", OwnMemo, 1, "")
}
