package exchange

import (
	"strconv"
	"strings"
)

// A flow puts together what the readers of word processors' files find: paragraphs in the order of reading, text boxes
// after the paragraph they hang on, footnotes at the end with [1], [2] … at their places, and remarks of the margin apart.
type flow struct {
	r      *Reading
	rows   []row
	size   int            // bytes so far
	counts map[string]int // by key of a note
	over   bool           // there are more rows or footnotes than any text has
	named  map[string]int // remarks by their name in the file -> place in Comments
	closed []row          // room for those of close
	loose  []anchor       // of paragraphs without words: they hang on what comes next
	unseen bool           // the words read last are hidden
	grids  []grid         // open tables
	deeper int            // open tables inside of too many others
	resume bool           // a transcript in a table has ended: what comes next is nobody's words

	refs  int           // footnotes placed in the text
	notes map[int][]row // number shown -> rows
}

func newFlow(r *Reading) flow {
	return flow{r: r, counts: map[string]int{}, named: map[string]int{}, notes: map[int][]row{}}
}

// Limits of what a text can have: most have a hundredth of it.
const (
	maxRows      = 2 * MaxTurns
	maxFootnotes = 20_000
	maxHeading   = 300 // bytes; a longer one is a paragraph in the style of headings
)

// noteOrder is the order in which a person reads what was done to a file.
var noteOrder = strings.Split("deletions,insertions,comments,footnotes,images,objects,talktables,rownumbers,tables,textboxes,links,scripts,hidden,ruby,headers,symbols,mdcomments,skipped", ",")

func (f *flow) count(key string) { f.counts[key]++ }

// done hands on the rows and says what was changed or left out.
func (f *flow) done() []row {
	f.appendNotes()
	for i := range f.rows {
		f.rows[i].text = strings.TrimSuffix(f.rows[i].text, glue)
	}
	if len(f.loose) > 0 && len(f.rows) > 0 {
		last := &f.rows[len(f.rows)-1]
		last.hang(atEnd(f.loose, len(last.text)))
	}
	for _, key := range noteOrder {
		f.r.note(key, f.counts[key])
	}
	return f.rows
}

// hide tells whether words that come next are left out because the file hides them. What stands together is one part,
// however many runs it is written in.
func (f *flow) hide(hidden bool) bool {
	if hidden && !f.unseen {
		f.count("hidden")
	}
	f.unseen = hidden
	return hidden
}

// grow counts bytes of text, so that a file can't make more of them than a document may have.
func (f *flow) grow(n int) *BadFile {
	if f.size += n; n < 0 || f.size > 4*MaxChars+1<<20 || f.over {
		return tooLong()
	}
	return nil
}

// A para is a paragraph while its words are read.
type para struct {
	text    roll
	boxes   []row // paragraphs of text boxes inside
	anchors []anchor
	mark    string // what stands before it in a list
	list    string // docx: the list it belongs to, "" for none
	level   int    // and its level there, from 0
	merged  bool   // its end is a tracked deletion: the next paragraph goes on in it
	head    bool   // it is a heading
	veil    bool   // docx: its style hides its words; odt: it is hidden
	inked   bool   // odt, html: the last character was not white space that swallows the next
}

// again makes an empty one of a paragraph that nobody holds any more.
func (p *para) again() {
	p.text.Reset()
	p.boxes, p.anchors, p.mark, p.list, p.level, p.merged, p.head, p.veil, p.inked = nil, nil, "", "", 0, false, false, false, false
}

func (p *para) anchor(comment int, stop bool) {
	p.anchors = append(p.anchors, anchor{p.text.Len(), comment, stop})
}

// hang makes the words of a named remark begin or end here.
func (f *flow) hang(p *para, name string, stop bool) {
	if c, ok := f.named[name]; ok && p != nil {
		p.anchor(c, stop)
	}
}

// glue marks a row whose paragraph ends in a tracked deletion, until the next one is joined to it.
const glue = "\uFFFE"

// blank tells that nothing was put into a paragraph.
func (p *para) blank() bool { return p.text.Len() == 0 && p.boxes == nil && p.anchors == nil }

// close makes rows of a paragraph, which are to be copied before the next call.
func (f *flow) close(p *para) []row {
	text := p.text.String()
	if len(p.anchors) == 0 && len(f.loose) == 0 {
		text = strings.ReplaceAll(text, glue, "")
	}
	rows := f.closed[:0]
	held := f.loose
	f.loose = nil
	anchors := p.anchors
	for at := 0; at <= len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text)
		} else {
			end += at
		}
		words := text[at:end]
		blank := strings.TrimSpace(words) == ""
		var here []anchor
		for len(anchors) > 0 && (anchors[0].at <= end || end == len(text)) {
			a := anchors[0]
			anchors = anchors[1:]
			if blank && a.stop && len(rows) > 0 {
				last := &rows[len(rows)-1]
				last.hang([]anchor{{len(last.text), a.comment, true}})
				continue
			}
			a.at = min(max(a.at-at, 0), len(words))
			here = append(here, a)
		}
		if blank {
			held = append(held, here...)
		} else {
			first := len(rows) == 0
			one := row{text: words, para: first, fresh: first && p.head && len(words) <= maxHeading}
			one.hang(atEnd(held, 0))
			one.hang(here)
			held = nil
			if len(rows) == 0 && p.mark != "" {
				one.extra().mark = p.mark
			}
			rows = append(rows, one)
		}
		at = end + 1
	}
	if len(held) > 0 {
		if len(rows) > 0 {
			last := &rows[len(rows)-1]
			last.hang(atEnd(held, len(last.text)))
		} else {
			f.loose = held
		}
	}
	if p.merged && len(rows) > 0 {
		rows[len(rows)-1].text += glue
	}
	f.closed = append(rows, p.boxes...)
	return f.closed
}

func atEnd(of []anchor, at int) []anchor {
	for i := range of {
		of[i].at = at
	}
	return of
}

// add appends rows; one goes on in the row before where that one's end was deleted.
func (f *flow) add(rows []row) {
	for _, one := range rows {
		if n := len(f.rows); n > 0 && strings.HasSuffix(f.rows[n-1].text, glue) {
			last := &f.rows[n-1]
			last.text = strings.TrimSuffix(last.text, glue)
			if one.more != nil {
				for _, a := range one.more.anchors {
					last.hang([]anchor{{a.at + len(last.text), a.comment, a.stop}})
				}
			}
			last.text += one.text
			continue
		}
		if f.resume {
			one.para, one.fresh, f.resume = true, true, false
		}
		f.rows = append(f.rows, one)
	}
	f.over = f.over || len(f.rows) > maxRows
}

// leave makes rows of a paragraph that has been read. Those of one inside another (a text box's) come after it.
func (f *flow) leave(p, outer *para) {
	rows := f.close(p)
	if outer != nil {
		outer.boxes = append(outer.boxes, rows...)
	} else {
		f.add(rows)
	}
}

// link reads a link's words; its address is left out unless it is what the words say.
func (f *flow) link(p *para, address string, read func() *BadFile) *BadFile {
	at := p.text.Len()
	bf := read()
	if linkHides(address, p.text.String()[at:]) {
		f.count("links")
	}
	return bf
}

// linkHides tells whether an address is not in a link's words.
func linkHides(address, words string) bool {
	for _, scheme := range []string{"mailto:", "http://", "https://", "tel:"} {
		address = strings.TrimPrefix(address, scheme)
	}
	return !strings.HasPrefix(address, "#") && !strings.Contains(words, strings.TrimSuffix(address, "/"))
}

// apart takes the rows that read gives out of the flow.
func (f *flow) apart(read func() *BadFile) ([]row, *BadFile) {
	body, resume := f.rows, f.resume
	f.rows, f.resume = nil, false
	bf := read()
	got := f.rows
	f.rows, f.resume = body, resume
	return got, bf
}

// footnote gives a new footnote its number.
func (f *flow) footnote() int {
	f.refs++
	f.over = f.over || f.refs > maxFootnotes
	return f.refs
}

func bracketed(n int) string { return "[" + strconv.Itoa(n) + "]" }

// appendNotes puts the footnotes' rows at the end, each as nobody's words.
func (f *flow) appendNotes() {
	for n := 1; n <= f.refs; n++ {
		for i, one := range f.notes[n] {
			if i == 0 {
				lead := bracketed(n) + " "
				trimmed := strings.TrimLeft(one.text, " \t\u00a0")
				if one.more != nil {
					for k := range one.more.anchors {
						one.more.anchors[k].at = max(0, one.more.anchors[k].at-(len(one.text)-len(trimmed))) + len(lead)
					}
				}
				one.apart = true
				one.text = lead + strings.TrimRight(trimmed, " \t")
				f.count("footnotes")
			}
			f.rows = append(f.rows, one)
		}
	}
}

// words adds characters; a run of white space is one space and none at the
// start (OpenDocument 1.3, part 3, 6.1.2; HTML does the same).
func (f *flow) words(p *para, t []byte) *BadFile {
	from := 0
	for i, c := range t {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			p.inked = true
			continue
		}
		if p.inked && c == ' ' {
			p.inked = false
			continue
		}
		p.text.Write(t[from:i])
		if p.inked {
			p.text.WriteByte(' ')
			p.inked = false
		}
		from = i + 1
	}
	p.text.Write(t[from:])
	return f.grow(len(t))
}

func (p *para) put(c string) {
	if p != nil {
		p.text.WriteString(c)
		p.inked = true
	}
}
