package refi

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// sources reads everything that has text or sound or pictures.
func (r *reader) sources() error {
	return r.s.each(func() error {
		if !r.s.ours {
			return r.unknown()
		}
		switch name := string(r.s.name); name {
		case "TextSource":
			d, err := r.text(name, OnDocument)
			r.docs = append(r.docs, d)
			return err
		case "PDFSource":
			return r.pdf()
		case "PictureSource", "AudioSource", "VideoSource":
			return r.media(name)
		}
		return r.unknown()
	})
}

// text reads what the schema calls a TextSource or a Transcript, under any name.
func (r *reader) text(element string, on TargetKind) (*reading, error) {
	r.see(element)
	d := &reading{d: &Document{}, element: element, on: on}
	k := kDocument
	if on == OnMemo {
		k = kMemo
		d.memo = &Memo{}
		d.d = &d.memo.Document
	}
	id, err := r.attrs(element, r.stamps(&d.d.Stamp), field{"name", &d.d.Name}, field{"plainTextPath", &d.d.Path}, field{"richTextPath", &d.d.Rich})
	if err != nil {
		return d, err
	}
	d.d.GUID = r.own(id, k, element, d.d.Name)
	return d, r.s.each(func() error { return r.inText(d) })
}

// inText reads one child of a text.
func (r *reader) inText(d *reading) error {
	if !r.s.ours {
		return r.unknown()
	}
	switch string(r.s.name) {
	case "Description":
		return r.description(&d.d.Description)
	case "PlainTextContent":
		s, err := r.words()
		d.inline += s
		d.inlined = true
		return err
	case "PlainTextSelection":
		r.see("PlainTextSelection")
		return r.selection(d)
	case "Coding":
		return r.coding(&d.d.Codings, Stamp{})
	case "NoteRef":
		return r.noteRef(Target{d.on, d.d.GUID})
	case "VariableValue":
		return r.value(&d.d.Values)
	case "SyncPoint":
		return r.syncPoint(d)
	case "TranscriptSelection":
		return r.transcriptSelection(d)
	}
	return r.unknown()
}

// position reads a place in a text.
func position(raw []byte) int {
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 48)
	if err != nil {
		return noPosition
	}
	return int(n)
}

func (r *reader) selection(d *reading) error {
	sel := Selection{Start: noPosition, Stop: noPosition}
	id, err := r.attrs("PlainTextSelection", func(a attr) bool {
		switch string(a.name) {
		case "startPosition":
			sel.Start = position(a.value)
		case "endPosition":
			sel.Stop = position(a.value)
		default:
			return r.stamp(&sel.Stamp, a)
		}
		return true
	}, field{"name", &sel.Name})
	if err != nil {
		return err
	}
	sel.GUID = r.own(id, kSelection, "PlainTextSelection", "")
	err = r.s.each(func() error { return r.inSelection(&sel) })
	d.d.Selections = append(d.d.Selections, sel)
	return err
}

// inSelection reads one child of a selection of words.
func (r *reader) inSelection(sel *Selection) error {
	if r.s.ours {
		switch string(r.s.name) {
		case "Description":
			return r.description(&sel.Description)
		case "Coding":
			return r.coding(&sel.Codings, sel.Stamp)
		case "NoteRef":
			return r.noteRef(Target{OnSelection, sel.GUID})
		}
	}
	return r.unknown()
}

// coding reads one coding; where it does not say whose it is and of when, it is of whoever made the selection, and of then.
func (r *reader) coding(to *[]Coding, of Stamp) error {
	r.see("Coding")
	var c Coding
	id, err := r.attrs("Coding", func(a attr) bool {
		switch string(a.name) {
		case "creatingUser":
			c.Coder = r.ref(a.value)
		case "creationDateTime":
			c.Created = r.time(a.value)
		default:
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	if c.Coder.IsZero() {
		c.Coder = of.Coder
	}
	if c.Created.IsZero() && c.Coder == of.Coder {
		c.Created = of.Created
	}
	c.GUID = r.own(id, kCoding, "Coding", "")
	err = r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "CodeRef":
				g, err := r.target()
				if c.Code.IsZero() {
					c.Code = g
				} else if g != c.Code {
					r.lose("Coding/CodeRef", Unknown, 1, g.String()) // the schema has one for each coding
				}
				return err
			case "NoteRef":
				return r.noteRef(Target{OnCoding, c.GUID})
			}
		}
		return r.unknown()
	})
	*to = append(*to, c)
	return err
}

func (r *reader) syncPoint(d *reading) error {
	r.see("SyncPoint")
	t := Time{Position: noPosition}
	id, err := r.attrs("SyncPoint", func(a attr) bool {
		switch string(a.name) {
		case "timeStamp":
			t.MS = position(a.value)
		case "position":
			t.Position = position(a.value)
		default:
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	t.GUID = r.own(id, kTime, "SyncPoint", "")
	d.d.Times = append(d.d.Times, t)
	return r.s.each(r.unknown)
}

func (r *reader) transcriptSelection(d *reading) error {
	r.see("TranscriptSelection")
	var t synced
	id, err := r.attrs("TranscriptSelection", func(a attr) bool {
		switch string(a.name) {
		case "fromSyncPoint":
			t.from = r.ref(a.value)
		case "toSyncPoint":
			t.to = r.ref(a.value)
		default:
			return r.stamp(&t.sel.Stamp, a)
		}
		return true
	}, field{"name", &t.sel.Name})
	if err != nil {
		return err
	}
	t.sel.GUID = r.own(id, kSelection, "TranscriptSelection", t.sel.Name)
	err = r.s.each(func() error { return r.inSelection(&t.sel) })
	d.synced = append(d.synced, t)
	return err
}

func (r *reader) pdf() error {
	r.see("PDFSource")
	d := &reading{d: &Document{Kind: PDF}, element: "PDFSource", on: OnDocument}
	r.docs = append(r.docs, d)
	id, err := r.mediaAttrs(d, "PDFSource")
	if err != nil {
		return err
	}
	d.d.GUID = r.own(id, kDocument, "PDFSource", d.d.Name)
	return r.s.each(func() error {
		if r.s.ours {
			switch string(r.s.name) {
			case "PDFSelection":
				return r.pdfSelection(d)
			case "Representation":
				rep, err := r.text("Representation", OnDocument)
				if err != nil {
					return err
				}
				if d.shown { // the schema has one; another is a text of its own
					rep.d.Kind = PDF
					r.docs = append(r.docs, rep)
					return nil
				}
				d.shown = true
				d.inline += rep.inline
				d.inlined = d.inlined || rep.inlined
				d.d.Path = rep.d.Path
				r.takeOver(d, rep)
				r.setAlias(kDocument, rep.d.GUID, d.d.GUID)
				return nil
			}
		}
		return r.inText(d)
	})
}

// mediaAttrs reads the attributes of a source that has a file of its own.
func (r *reader) mediaAttrs(d *reading, element string) (id []byte, err error) {
	current := ""
	id, err = r.attrs(element, r.stamps(&d.d.Stamp), field{"name", &d.d.Name}, field{"path", &d.d.Rich}, field{"currentPath", &current})
	if err == nil && d.d.Rich == "" {
		d.d.Rich = current
	}
	return id, err
}

func (r *reader) pdfSelection(d *reading) error {
	r.see("PDFSelection")
	var ar area
	id, err := r.attrs("PDFSelection", func(a attr) bool {
		switch string(a.name) {
		case "page", "firstX", "firstY", "secondX", "secondY":
			return true
		}
		return r.stamp(&ar.sel.Stamp, a)
	}, field{"name", &ar.sel.Name})
	if err != nil {
		return err
	}
	ar.raw, ar.sel.GUID = id, r.ref(id)
	err = r.s.each(func() error {
		if r.s.ours && string(r.s.name) == "Representation" {
			rep, err := r.text("Representation", OnDocument)
			if err != nil {
				return err
			}
			r.join("Representation", SamePDF, 1, "")
			r.ids[rep.d.GUID] = kGone
			r.setAlias(kDocument, rep.d.GUID, d.d.GUID)
			ar.words, ar.path = rep.inline, rep.d.Path
			if rep.d.Description != "" {
				r.lose("Description", PlaceOnPage, 1, "")
			}
			ar.sel.Codings = append(ar.sel.Codings, rep.d.Codings...)
			r.dropWords(d.d, rep, AreaWithout)
			r.lose("VariableValue", AreaWithout, len(rep.d.Values), "")
			return nil
		}
		return r.inSelection(&ar.sel)
	})
	d.areas = append(d.areas, ar)
	return err
}

// dropWords gives up what a text says of its words and times, for a document.
func (r *reader) dropWords(doc *Document, d *reading, why Reason) {
	for i := range d.d.Selections {
		r.dropSelection(doc, &d.d.Selections[i], "PlainTextSelection", why)
	}
	for i := range d.synced {
		r.dropSelection(doc, &d.synced[i].sel, "TranscriptSelection", why)
	}
	r.lose("SyncPoint", why, len(d.d.Times), doc.Title())
}

// where is how a person finds a selection in the program it comes from: its document and where it stands there. Its name is often
// the words themselves, which a report doesn't quote.
func (s *Selection) where(doc *Document) string {
	title := cmp.Or(doc.Title(), doc.GUID.String())
	if s.Start == noPosition || s.Stop == noPosition {
		return title
	}
	return fmt.Sprintf("%s: %d–%d", title, s.Start, s.Stop)
}

// dropSelection notes a selection that can't be in the project, with everything in it. Memos on it stay; resolveMemos
// puts them on the document.
func (r *reader) dropSelection(doc *Document, sel *Selection, element string, why Reason) {
	r.lose(element, why, 1, sel.where(doc))
	lost := Lost{Document: doc.GUID, GUID: sel.GUID, Start: int64(sel.Start), Stop: int64(sel.Stop), Reason: why}
	if sel.Start == noPosition {
		lost.Start = -1
	}
	if sel.Stop == noPosition {
		lost.Stop = -1
	}
	for _, c := range sel.Codings {
		lost.Codes = append(lost.Codes, c.Code)
		r.ids[c.GUID] = kGone
		r.gone[c.GUID] = doc.GUID
	}
	r.lose("Coding", why, len(sel.Codings), "")
	if sel.Description != "" {
		r.lose("Description", why, 1, "")
	}
	if k := r.ids[sel.GUID]; k == kNone || k == kSelection {
		r.ids[sel.GUID] = kGone
		r.gone[sel.GUID] = doc.GUID
	}
	r.rep.Unplaced = append(r.rep.Unplaced, lost)
}

// media reads a picture or recording: it stays behind, its transcripts do not.
func (r *reader) media(element string) error {
	r.see(element)
	d := &reading{d: &Document{}, element: element, on: OnDocument}
	id, err := r.mediaAttrs(d, element)
	if err != nil {
		return err
	}
	d.d.GUID = r.own(id, kDocument, element, d.d.Name)
	r.lose(element, MediaBehind, 1, d.d.Name)
	if e := r.original(d.d.Rich); e != nil && !e.used {
		e.used = true
		r.lose("file", MediaBehind, 1, e.name)
	}
	var texts []*reading
	err = r.s.each(func() error {
		if r.s.ours {
			switch name := string(r.s.name); name {
			case "Transcript", "TextDescription":
				t, err := r.text(name, OnDocument)
				t.d.Kind = Transcript
				if t.d.Rich == "" {
					t.d.Rich = d.d.Rich
				}
				if t.d.Name == "" {
					t.d.Name = d.d.Name
				}
				texts = append(texts, t)
				return err
			case "PictureSelection", "AudioSelection", "VideoSelection":
				return r.behind(MediaBehind, d.d.Name)
			}
		}
		return r.inText(d)
	})
	if err != nil {
		return err
	}
	if len(texts) == 0 {
		r.ids[d.d.GUID] = kGone
		for _, c := range d.d.Codings {
			r.ids[c.GUID] = kGone
		}
		r.dropWords(d.d, d, MediaBehind)
		r.lose("Coding", MediaBehind, len(d.d.Codings), d.d.Name)
		r.lose("VariableValue", MediaBehind, len(d.d.Values), d.d.Name)
		if d.d.Description != "" {
			r.lose("Description", MediaBehind, 1, d.d.Name)
		}
		return nil
	}
	first := texts[0].d
	r.ids[d.d.GUID] = kGone
	r.setAlias(kDocument, d.d.GUID, first.GUID)
	r.alter("Coding", ToTranscript, len(d.d.Codings), d.d.Name)
	r.alter("VariableValue", ToTranscript, len(d.d.Values), d.d.Name)
	if d.d.Description != "" {
		r.alter("Description", ToTranscript, 1, d.d.Name)
	}
	for i := range d.d.Selections {
		r.dropSelection(first, &d.d.Selections[i], "PlainTextSelection", Unknown)
	}
	d.d.Selections = nil
	r.takeOver(texts[0], d)
	r.docs = append(r.docs, texts...)
	return nil
}

func (r *reader) note() error {
	r.seen["Note"]-- // text counts it as well
	m, err := r.text("Note", OnMemo)
	r.memos = append(r.memos, m)
	return err
}
