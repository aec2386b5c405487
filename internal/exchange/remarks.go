package exchange

import (
	"strings"
	"unicode/utf8"
)

// Limits of remarks in the margin.
const (
	maxComments    = 10_000
	maxCommentText = 50_000 // code points
	maxHungWords   = 500    // code points of Comment.Words
)

// Comment is what somebody wrote in the margin of a file with the program that made it. It is no part of the text.
type Comment struct {
	Author string `json:",omitempty"` // as the file says, "" when it doesn't
	At     string `json:",omitempty"` // when, as the file says ("2026-03-12T10:00:00"), "" when unknown
	Text   string // never empty
	Words  string // the words it hangs on, at most 500 code points of them; "" where it hangs on a place
	Start  int    // where they are in Text(): code points, half-open; -1 where that place was left out
	Stop   int
}

// An anchor is a place, in bytes of a row and later of a turn, where the words with a remark begin or end.
type anchor struct {
	at      int
	comment int // place in Reading.Comments
	stop    bool
}

// comment keeps a remark and gives its place; -1 when there are too many or it has no words.
func (f *flow) comment(c Comment) int {
	f.count("comments")
	return f.r.keep(c)
}

func (r *Reading) keep(c Comment) int {
	c.Text = clip(strings.TrimSpace(c.Text), maxCommentText)
	if c.Text == "" || len(r.Comments) >= maxComments {
		return -1
	}
	c.Author, c.At, c.Start, c.Stop = clip(oneRow(c.Author), 200), clip(oneRow(c.At), 40), -1, -1
	r.Comments = append(r.Comments, c)
	return len(r.Comments) - 1
}

// wordsOf are rows as the words of one remark.
func wordsOf(rows []row) string {
	var all []string
	for _, one := range rows {
		all = append(all, strings.TrimSpace(strings.TrimSuffix(one.text, glue)))
	}
	return strings.Join(all, "\n")
}

// placeComments finds where in the text each remark hangs.
func (r *Reading) placeComments() {
	if len(r.Comments) == 0 {
		return
	}
	at := 0
	for i := range r.Turns {
		t := &r.Turns[i]
		for _, a := range t.anchors {
			if a.comment < 0 || a.comment >= len(r.Comments) {
				continue
			}
			c := &r.Comments[a.comment]
			place := at + utf8.RuneCountInString(t.Text[:min(a.at, len(t.Text))])
			if !a.stop && c.Start < 0 {
				c.Start, c.Stop = place, place
			} else if a.stop && c.Start >= 0 && c.Stop == c.Start && place > c.Start {
				c.Stop = place
			}
		}
		at += utf8.RuneCountInString(t.Text) + 1
	}
	var runes []rune
	for i := range r.Comments {
		c := &r.Comments[i]
		if c.Stop <= c.Start {
			continue
		}
		if runes == nil {
			runes = []rune(r.Text())
		}
		c.Words = string(runes[c.Start:min(c.Stop, c.Start+maxHungWords)])
	}
}
