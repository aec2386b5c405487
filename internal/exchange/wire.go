package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The wire between parent and child: four letters, the length of a head (4 bytes, big-endian), the head. A request's head is JSON, and
// after it come the length of the file (8 bytes) and the file; a Reading comes packed.
const (
	wireMark  = "ANX1"
	maxHead   = 1 << 20   // bytes of a request's head
	maxAnswer = 128 << 20 // bytes of an answer

	maxAnswerMemory = 512 << 20 // bytes that a Reading may take
)

type request struct {
	Name    string
	Options Options
	Project bool `json:",omitempty"` // it is a project of another program
	Unpack  bool `json:",omitempty"` // it is a zip that is to be taken apart
}

type answer struct {
	Reading *Reading
	Bad     *BadFile
	Guards  []string // which restrictions hold in the child
}

func requestHead(name string, opt Options, size int) ([]byte, error) {
	head, err := json.Marshal(request{Name: name, Options: opt})
	if err != nil {
		return nil, err
	}
	if len(head) > maxHead {
		return nil, errors.New("exchange: the options are too long")
	}
	return wired(head, size), nil
}

// wired is what comes before a file of size bytes on the wire.
func wired(head []byte, size int) []byte {
	out := append([]byte(wireMark), binary.BigEndian.AppendUint32(nil, uint32(len(head)))...)
	out = append(out, head...)
	return binary.BigEndian.AppendUint64(out, uint64(size))
}

func readRequest(in io.Reader) (request, []byte, error) {
	var q request
	head, err := readHead(in, maxHead)
	if err != nil {
		return q, nil, err
	}
	if err := strict(head, &q); err != nil {
		return q, nil, err
	}
	var size [8]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return q, nil, err
	}
	n, most := binary.BigEndian.Uint64(size[:]), uint64(MaxFile)
	if q.Project {
		most = MaxProject
	}
	if n > most {
		return q, nil, errors.New("exchange: the file is too big")
	}
	data := make([]byte, n)
	_, err = io.ReadFull(in, data)
	return q, data, err
}

func readHead(in io.Reader, limit uint32) ([]byte, error) {
	var top [8]byte
	if _, err := io.ReadFull(in, top[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(top[4:])
	if string(top[:4]) != wireMark || n > limit {
		return nil, errors.New("exchange: not a message of ours")
	}
	var b bytes.Buffer
	if got, err := io.CopyN(&b, in, int64(n)); err != nil {
		return nil, fmt.Errorf("exchange: the message ends after %d of %d bytes: %w", got, n, err)
	}
	return b.Bytes(), nil
}

func writeAnswer(out io.Writer, a answer) error {
	var b bytes.Buffer
	b.WriteString(wireMark + "\x00\x00\x00\x00")
	pack := packer{w: bufio.NewWriter(&b)}
	pack.put(&a)
	if err := cmp.Or(pack.err, pack.w.Flush()); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(b.Bytes()[4:], uint32(b.Len()-8))
	_, err := out.Write(b.Bytes())
	return err
}

// parseAnswer reads a child's whole answer and believes nothing in it: a child that was taken over by a crafted file can
// say anything, so what it says must be a Reading that Read could have given.
func parseAnswer(raw []byte) (*answer, error) {
	in := bytes.NewReader(raw)
	head, err := readHead(in, maxAnswer)
	if err != nil {
		return nil, err
	}
	if in.Len() > 0 {
		return nil, errors.New("exchange: bytes after the answer")
	}
	var a answer
	u := unpacker{in: head, memory: maxAnswerMemory}
	u.get(&a)
	if u.err == nil && len(u.in) > 0 {
		u.fail("there is more")
	}
	if u.err != nil {
		return nil, u.err
	}
	if (a.Reading == nil) == (a.Bad == nil) {
		return nil, errors.New("exchange: an answer is a reading or a reason")
	}
	for _, g := range a.Guards {
		if !slices.Contains(allGuards, g) {
			return nil, errors.New("exchange: an unknown guard")
		}
	}
	if a.Bad != nil {
		if !slices.Contains(badReasons, a.Bad.Reason) {
			return nil, errors.New("exchange: an unknown reason")
		}
		if !areSheets(a.Bad.Sheets) {
			return nil, errors.New("exchange: wrong sheets")
		}
		return &a, checkArgs(a.Bad.Args)
	}
	return &a, a.Reading.check()
}

var badReasons = []string{BadEmpty, BadType, BadEncrypted, BadBroken, BadBomb, BadNoText, BadNoRows, BadScan, BadTooLong, BadTooBig, BadLegacy, BadCharset, BadTable, BadSlow, BadCrashed, BadNested, BadMany, BadRecording, BadPicture, BadBinary, BadProject, BadCodebook, BadForeign}

func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("exchange: more than one value")
	}
	return nil
}

// check proves that a Reading keeps the promises of Read.
func (r *Reading) check() error {
	fail := func(what string) error { return errors.New("exchange: a reading with " + what) }
	if !slices.Contains(Formats, r.Format) {
		return fail("an unknown format")
	}
	if r.Charset != "" && charsetOf(r.Charset) == nil || len(r.Charsets) > 12 {
		return fail("an unknown character set")
	}
	for _, c := range r.Charsets {
		if charsetOf(c.Name) == nil || !oneLine(c.Preview, 200) {
			return fail("a wrong candidate")
		}
	}
	if !oneLine(r.Title, 200) || !oneLine(r.Language, 40) {
		return fail("a wrong title or language")
	}
	if (len(r.Turns) == 0) != (r.Table != nil) || len(r.Turns) > MaxTurns {
		return fail("too few or too many turns")
	}
	chars, words := len(r.Turns)-1, 0
	if r.Table != nil {
		var err error
		if chars, words, err = r.Table.check(); err != nil {
			return err
		}
	}
	type sum struct{ turns, words int }
	said := map[string]sum{}
	for _, t := range r.Turns {
		if t.Text == "" || !utf8.ValidString(t.Text) || strings.ContainsAny(t.Text, "\x00\r") {
			return fail("a wrong text")
		}
		if !oneLine(t.Label, 200) || !oneLine(t.Language, 40) {
			return fail("a wrong label")
		}
		if t.FromMS < -1 || t.ToMS < -1 || t.FromMS > maxMS || t.ToMS > maxMS || t.ToMS >= 0 && t.ToMS < t.FromMS {
			return fail("a wrong time")
		}
		chars += utf8.RuneCountInString(t.Text)
		n := countWords(t.Text)
		words += n
		if t.Label != "" {
			s := said[t.Label]
			said[t.Label] = sum{s.turns + 1, s.words + n}
		}
	}
	if chars != r.Chars || chars > MaxChars || words != r.Words || words == 0 {
		return fail("wrong counts")
	}
	if r.TimedFrom < -1 || r.TimedTo < r.TimedFrom || r.TimedTo > maxMS {
		return fail("a wrong length")
	}
	if len(r.Speakers) != len(said) || len(r.Possible) > 20 || len(r.Names) > maxNames || len(r.Notes) > maxNotes {
		return fail("wrong lists")
	}
	for _, s := range append(slices.Clone(r.Speakers), r.Possible...) {
		if !oneLine(s.Label, 200) || len(s.From) > maxLabels || s.Turns < 0 || s.Words < 0 || !slices.Contains([]string{"", Interviewer, Informant}, s.GuessRole) {
			return fail("a wrong speaker")
		}
		for _, f := range s.From {
			if !oneLine(f, 400) {
				return fail("a wrong speaker")
			}
		}
	}
	for _, s := range r.Speakers {
		if said[s.Label] != (sum{s.Turns, s.Words}) {
			return fail("wrong counts of a speaker")
		}
	}
	for _, n := range r.Names {
		if n.Count < 1 || !oneLine(n.Word, 1000) || !oneLine(n.Context, 2000) {
			return fail("a wrong name")
		}
	}
	if err := r.checkComments(); err != nil {
		return err
	}
	for _, n := range r.Notes {
		if key, ours := strings.CutPrefix(n.Key, "reading.note."); n.N < 1 || !ours || !slices.Contains(noteKeys, key) {
			return fail("an unknown note")
		}
		if err := checkArgs(n.Args); err != nil {
			return err
		}
	}
	return nil
}

// noteKeys are all notes, without their prefix "reading.note.".
var noteKeys = strings.Split("bom,undecoded,crlf,nul,markdown,mdcomments,images,links,deletions,insertions,comments,footnotes,talktables,rownumbers,tables,textboxes,numbering,headers,symbols,"+
	"aboverows,strayquotes,widequotes,merged,sheets,objects,scripts,hidden,ruby,listmarks,skipped,"+
	"running,linenumbers,linesjoined,hyphens,accents,pictures,unreadpages,hung,"+
	"cueformat,cueblocks,cueoutside,cuerepeats,cuesjoined,dashes,emptyturns,replaced", ",")

func (r *Reading) checkComments() error {
	wrong := errors.New("exchange: a reading with a wrong comment")
	if len(r.Comments) > maxComments {
		return wrong
	}
	var runes []rune
	for _, c := range r.Comments {
		if c.Text == "" || !utf8.ValidString(c.Text) || utf8.RuneCountInString(c.Text) > maxCommentText || strings.ContainsAny(c.Text, "\x00\r") || !oneLine(c.Author, 200) || !oneLine(c.At, 40) {
			return wrong
		}
		if c.Start < -1 || c.Stop < c.Start || c.Stop > r.Chars || c.Start < 0 && c.Stop >= 0 {
			return wrong
		}
		if c.Words == "" {
			continue
		}
		if runes == nil {
			runes = []rune(r.Text())
		}
		if c.Start < 0 || c.Words != string(runes[c.Start:min(c.Stop, c.Start+maxHungWords)]) {
			return wrong
		}
	}
	return nil
}

const maxMS = 1001 * 3600 * 1000 // the longest time a file can say: 999:99:99

func checkArgs(args map[string]string) error {
	if len(args) > 8 {
		return errors.New("exchange: too many arguments")
	}
	for k, v := range args {
		if !oneLine(k, 40) || !oneLine(v, 200) {
			return errors.New("exchange: a wrong argument")
		}
	}
	return nil
}

// oneLine: valid UTF-8 of at most n code points without control characters.
func oneLine(s string, n int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > n {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7F })
}
