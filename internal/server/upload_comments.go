package server

import (
	"context"
	"encoding/hex"
	"net/http"
	"sort"
	"strings"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// uploadedTable keeps a table that came where transcripts are taken, and says where it can be brought in.
func (a *ask) uploadedTable(name string, data []byte) error {
	sum := SumOf(data)
	if err := a.s.Store.PutFiles(a.Context(), a.Project, []store.NewFile{{Sum: sum, Name: name, Bytes: data, Found: &store.Found{}}}, a.now); err != nil {
		return err
	}
	hexSum := hex.EncodeToString(sum[:])
	answer := map[string]any{"ok": true, "file": hexSum, "name": name, "found": foundIn(a.L, store.Found{}), "table": a.at("/tables/%s", hexSum)}
	if d := a.already(hexSum); d != nil {
		answer["already"] = d.Name
	}
	return a.writeJSON(http.StatusOK, answer)
}

// The change ids of memos made of a file's comments follow from the document's, from here on; other changes of its form are below.
const commentsFrom = 1 << 21

// commentsAsMemos keeps what stood in the margin of a file as memos, if the form says so.
func (a *ask) commentsAsMemos(id qda.ChangeID, r *exchange.Reading, added *qda.Entry) error {
	if a.PostForm.Get("comments") != "on" {
		return nil
	}
	last, err := KeepComments(a.Context(), Commented{Store: a.s.Store, Engine: a.s.Engine, Project: a.Project, Coder: a.Coder.ID, Added: id, Document: made(added, qda.SortDocument), Reading: r})
	if last != nil {
		a.saw(last.Seq)
	}
	return err
}

// Commented is a document that was made of a file with comments in its margin.
type Commented struct {
	Store    *store.Store
	Engine   *engine.Engine
	Project  qda.ProjectID
	Coder    qda.ID
	Added    qda.ChangeID // by which the document was added
	Document qda.ID
	Reading  *exchange.Reading
}

// KeepComments makes memos of a file's comments: on their words, on the turn where only a place is known, on the document where not even
// that is. A repeat makes nothing twice. It gives the last entry, nil where there is no comment.
func KeepComments(ctx context.Context, c Commented) (*qda.Entry, error) {
	var all []step
	for _, m := range commentMemos(c.Reading, c.Document) {
		all = append(all, step{do: m})
	}
	if len(all) == 0 {
		return nil, nil
	}
	w := &walk{store: c.Store, engine: c.Engine, project: c.Project, coder: c.Coder, change: qda.GUID(c.Added, commentsFrom)}
	_, last, err := w.run(ctx, all, 0, func() bool { return true })
	return last, err
}

// commentsAgain is commentsAsMemos of a document that an earlier try has added.
func (a *ask) commentsAgain(id qda.ChangeID, sum qda.Hash, added *qda.Entry) error {
	if a.PostForm.Get("comments") != "on" {
		return nil
	}
	name, data, err := a.s.Store.File(a.Context(), a.Project, sum)
	if err != nil {
		return err
	}
	c := choicesOf(a.PostForm.Get, a.PostForm)
	c.Roles, c.Pseudonyms = nil, nil
	r, _, _, err := read(a.Context(), a.s.Extractor, name, data, c)
	if err != nil {
		return err
	}
	return a.commentsAsMemos(id, r, added)
}

// commentMemos makes the memos: who wrote a comment and when stands before its words.
func commentMemos(r *exchange.Reading, document qda.ID) []*qda.MemoWritten {
	spans := r.Spans()
	var out []*qda.MemoWritten
	for _, c := range r.Comments {
		head := strings.Trim(c.Author+", "+commentDay(c.At), ", ")
		text := c.Text
		if head != "" {
			text = head + ":\n\n" + text
		}
		m := qda.MemoWritten{On: document}
		switch {
		case c.Start >= 0 && c.Stop > c.Start:
			m.Start, m.Stop = int32(c.Start), int32(c.Stop)
		case c.Start >= 0:
			if i := sort.Search(len(spans), func(i int) bool { return spans[i].Stop >= c.Start }); i < len(spans) {
				m.Start, m.Stop = int32(spans[i].Start), int32(spans[i].Stop)
			}
		}
		for text != "" { // what is too long for one memo goes on in the next
			one := text
			if utf8.RuneCountInString(one) > qda.MaxText {
				one = string([]rune(one)[:qda.MaxText])
			}
			text = strings.TrimSpace(text[len(one):])
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			memo := m
			memo.Text = one
			out = append(out, &memo)
		}
	}
	return out
}

// commentDay is a comment's time without the seconds: "2026-03-12 10:00".
func commentDay(at string) string {
	day, clock, ok := strings.Cut(strings.TrimSuffix(at, "Z"), "T")
	if !ok || len(clock) < 5 {
		return at
	}
	return day + " " + clock[:5]
}
