package exchange

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// ReviewRow is a theme with its standing, a judgement, or a remark.
type ReviewRow struct {
	Theme     string
	ThemeID   int64  // 0: under none
	What      string // theme, judgement, remark
	ID        int64
	Under     int64    // the remark it answers, 0: none
	Standing  string   // of a theme: unread, approved, changed, asked; of a judgement: approved, changes; of a remark: open, settled
	Changed   []string // of a theme: what has changed since
	Draft     string
	On        string // of a remark: the name of the theme, code or document it is on
	OnID      int64
	Start     int // code points in the document's text, half-open; equal: on no words
	Stop      int
	Text      string
	By        string
	At        time.Time // zero where there is none
	SettledBy string
	SettledAt time.Time
}

// ReviewColumns are the column headings of WriteReviewCSV. They are part of the format and stay as they are.
var ReviewColumns = []string{"theme", "theme id", "what", "id", "answers", "standing", "changed since", "draft", "on", "on id", "start", "stop", "text", "by", "at", "settled by", "settled at"}

// WriteReviewCSV writes one row for each, in the order given.
func WriteReviewCSV(w io.Writer, rows []ReviewRow, opt CSVOptions) error {
	t := newTable(w, opt)
	t.row(ReviewColumns...)
	for _, r := range rows {
		start, stop := "", ""
		if r.Start < r.Stop {
			start, stop = strconv.Itoa(r.Start), strconv.Itoa(r.Stop)
		}
		t.row(r.Theme, number(r.ThemeID), r.What, whole(r.ID), number(r.Under), r.Standing, strings.Join(r.Changed, " "), r.Draft, r.On, number(r.OnID), start, stop, r.Text,
			r.By, instant(r.At), r.SettledBy, instant(r.SettledAt))
	}
	return t.end()
}
