package refi

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Styled is what a styled file says: its words, and what somebody wrote in their margin.
type Styled struct {
	Text   string
	Margin []Remark
}

// A Remark stands in the margin of a styled file.
type Remark struct {
	Author, At  string // as the file says
	Text        string
	Start, Stop int // the words it hangs on: code points of Styled.Text, half-open; -1 where they are not there
}

// A saying is a text and what it is about.
type saying struct {
	on   Target
	text string
}

// margined reports whether a file is a docx with remarks in its margin: the names in a zip are never packed.
func margined(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) && bytes.Contains(data, []byte("word/comments.xml"))
}

// beside looks into the styled file beside a text for remarks in its margin; the text itself is told already.
func (r *reader) beside(d *reading) {
	if d.d.Rich == "" || d.on != OnDocument || r.o.Extract == nil {
		return
	}
	data, _, _, bf := r.fetch(d.d.Rich)
	if bf != nil || !margined(data) {
		return
	}
	s, err := r.o.Extract(path.Base(d.d.Rich), data)
	if err != nil {
		r.lose("comment", MarginUnread, 1, d.d.Title())
		return
	}
	d.styled = s
}

// margin makes memos of what stands in the margins of styled files: on their words where those stand once in the text, else on the
// document.
func (r *reader) margin() {
	if !slices.ContainsFunc(r.docs, func(d *reading) bool { return d.styled != nil && len(d.styled.Margin) > 0 }) {
		return
	}
	users := map[string]GUID{}
	for _, c := range r.p.Coders {
		users[strings.ToLower(strings.TrimSpace(c.Name))] = c.GUID
	}
	texts := map[GUID]string{}
	for _, m := range r.memos {
		texts[m.d.GUID] = m.d.Text
	}
	said := map[saying]bool{}
	for _, n := range r.notes {
		said[saying{n.owner, texts[n.note]}] = true
	}
	for _, d := range r.docs {
		if d.styled == nil || d.d.Missing {
			continue
		}
		var q squeezed
		styled := []rune(d.styled.Text)
		at := make(map[[2]int]int, len(d.d.Selections))
		for i, s := range d.d.Selections {
			at[[2]int{s.Start, s.Stop}] = i
		}
		for i, c := range d.styled.Margin {
			start, stop := -1, -1
			if 0 <= c.Start && c.Start < c.Stop && c.Stop <= len(styled) {
				if start, stop = c.Start, c.Stop; d.d.Text != d.styled.Text {
					if q.starts == nil {
						q = squeeze([]rune(d.d.Text))
					}
					var why Reason
					if start, stop, why = q.once(string(styled[c.Start:c.Stop]), &r.budget); why != "" {
						start = -1
					}
				}
			}
			r.marginal(d, i, c, users[strings.ToLower(strings.TrimSpace(c.Author))], start, stop, at, said)
		}
		slices.SortStableFunc(d.d.Selections, func(a, b Selection) int { return cmp.Or(a.Start-b.Start, a.Stop-b.Stop) })
		d.styled = nil
	}
}

// marginal makes a memo of one remark in a margin, unless the file says the same on the same words. at are the places of selections by their
// words; one that is new goes behind the others.
func (r *reader) marginal(d *reading, i int, c Remark, by GUID, start, stop int, at map[[2]int]int, said map[saying]bool) {
	on, here := Target{OnDocument, d.d.GUID}, d.d.Description == c.Text
	if start >= 0 {
		place, there := at[[2]int{start, stop}]
		if !there {
			g := NameGUID(d.d.GUID, fmt.Sprint("margin words ", i))
			for r.ids[g] != kNone {
				g = NameGUID(g, "again")
			}
			r.ids[g] = kSelection
			place = len(d.d.Selections)
			at[[2]int{start, stop}] = place
			d.d.Selections = append(d.d.Selections, Selection{GUID: g, Start: start, Stop: stop})
			r.added["PlainTextSelection"]++
		}
		s := &d.d.Selections[place]
		on, here = Target{OnSelection, s.GUID}, s.Description == c.Text
	}
	if here || said[saying{on, c.Text}] {
		r.join("comment", SameThing, 1, d.d.Title())
		return
	}
	when, _, dated := parseTime(strings.TrimSpace(c.At))
	m := &Memo{Document: Document{Text: c.Text, Stamp: Stamp{Coder: by, Created: when}}}
	if by.IsZero() && c.Author != "" {
		m.Text = c.Author + ":\n\n" + c.Text
	}
	if !dated {
		m.Created = time.Time{}
	}
	m.GUID = NameGUID(d.d.GUID, fmt.Sprint("margin ", i))
	for r.ids[m.GUID] != kNone {
		m.GUID = NameGUID(m.GUID, "again")
	}
	r.ids[m.GUID] = kMemo
	r.memos = append(r.memos, &reading{d: &m.Document, memo: m, element: "Note", on: OnMemo})
	r.notes = append(r.notes, noteRef{on, m.GUID})
	r.added["Note"]++
	r.added["NoteRef"]++
	if start >= 0 {
		r.alter("comment", Margin, 1, d.d.Title())
	} else {
		r.alter("comment", MarginWhole, 1, d.d.Title())
	}
}
