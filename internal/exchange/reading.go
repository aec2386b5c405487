package exchange

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of one file.
const (
	MaxFile   = 50 << 20         // bytes of the file itself
	MaxChars  = 3_000_000        // code points of the text, turns and the line feeds between them
	MaxTurns  = 200_000          // turns of one text
	MaxWait   = 30 * time.Second // wall clock for reading it
	maxLabel  = 40               // code points of a speaker's label as found in a text
	maxNotes  = 64
	maxNames  = 200
	maxLabels = 500 // different labels of one text
)

// Reading is the model of a file that was read: what will become a document, and what there is to know before it does.
type Reading struct {
	Format    string    // one of Formats: what the bytes are, whatever the name says
	Charset   string    // IANA name of the character set the text was decoded from; "" where the format itself says it
	Charsets  []Charset // the candidates, best first; one candidate when there is no doubt, none where the format says it
	Language  string    // BCP 47 of the text's main language, as guessed or as told: "id", "en" or "" when unknown
	Title     string    // the file's name without folder and ending
	Turns     []Turn    // at least one, in the order of the file
	Speakers  []Speaker // who speaks, in order of first appearance
	Possible  []Speaker // what looks like a speaker's label but was not taken for one; its words are in the text
	Names     []NameHit // what may be names of persons, most frequent first
	Notes     []Note    // what was changed or left out
	Table     *Table    `json:",omitempty"` // of csv and xlsx, which then have no Turns; Words and Chars are of its cells
	Comments  []Comment `json:",omitempty"` // remarks in the margin of the file, which are no part of the text
	Words     int       // runs between white space that have a letter or a digit
	Chars     int       // code points of Text()
	TimedFrom int64     // the first time in the file in milliseconds, -1 when there is none
	TimedTo   int64     // the last one
}

// Charset is one way to decode the bytes, with the start of what would come out.
type Charset struct {
	Name    string // IANA name, lower case
	Preview string // up to 160 code points around the first character in doubt, on one row
}

// Turn is one speaker's stretch of a text.
type Turn struct {
	Text     string // never empty; a "\n" in it begins a new part
	Label    string // the speaker's label, "" where nobody is named
	FromMS   int64  // milliseconds from the start of the recording, -1 when unknown
	ToMS     int64  // the same, of the turn's end
	Language string // BCP 47 where it clearly differs from the text's language, else ""

	anchors     []anchor
	words       int
	lead, trail string // what the file had around the text: label, colon, time stamps (for the proof that no word is lost)
}

// Roles that a speaker can be guessed to have.
const (
	Interviewer = "interviewer"
	Informant   = "informant"
)

// Speaker is one label with what hangs on it.
type Speaker struct {
	Label     string
	From      []string // the labels as they stand in the file: keys for Options.Labels
	Turns     int
	Words     int
	GuessRole string // Interviewer, Informant or ""
}

// NameHit is a word, or some words in a row, that may be the name of a person.
type NameHit struct {
	Word    string
	Count   int    // whole-word occurrences in the text
	Context string // the first one with up to 40 code points on either side, on one row
}

// Note tells what was changed or left out. The page translates Key with N as the plural count and Args.
type Note struct {
	Key  string
	N    int               `json:",omitempty"`
	Args map[string]string `json:",omitempty"`
}

// Options overrule what Read would guess. The zero value guesses everything.
type Options struct {
	Charset    string            // IANA name; "" guesses
	NoSpeakers bool              // labels stay words of the text
	Labels     map[string]string // a label as it stands in the file -> the speaker's label; "" means it is no speaker; a label not found by itself becomes one
	NoTimes    bool              // time stamps stay words of the text; times of subtitles are dropped
	KeepCues   bool              // subtitles: one turn per cue, instead of cues joined to turns
	Language   string            // BCP 47; "" guesses
	Table      bool              // csv and xlsx: give their Table, instead of refusing them as no transcript
	NoHead     bool              // csv and xlsx: the first row is one like the others, and has no names of columns
	Column     string            // csv and xlsx: what columns without names are called, before their number; "" goes by the language
	Sheet      int               // xlsx: the place of the sheet to read in Table.Sheets, from 1; 0 reads the first
	Replace    map[string]string // a word or phrase -> what stands for it: whole words, also in capitals, in texts and labels
}

// Reasons why a file can't be read.
const (
	BadEmpty     = "empty"     // no bytes, or nothing but white space
	BadType      = "type"      // a kind of file that isn't read; Args: type
	BadEncrypted = "encrypted" // password-protected
	BadBroken    = "broken"    // damaged, or not what its kind should be
	BadBomb      = "bomb"      // unpacks to far more than an honest file, or is nested beyond reason
	BadNoText    = "notext"    // a sound file without any words
	BadNoRows    = "norows"    // a table of headings only
	BadRecording = "recording" // sound or film
	BadPicture   = "picture"
	BadBinary    = "binary"    // no text, where the name says that it is one
	BadScan      = "scan"      // a PDF of pictures of pages
	BadTooLong   = "toolong"   // over MaxChars code points or MaxTurns turns; Args: max, in digits
	BadTooBig    = "toobig"    // over MaxFile bytes; Args: max
	BadLegacy    = "legacydoc" // Word's format before 2007
	BadCharset   = "charset"   // the character set asked for is unknown; Args: charset
	BadTable     = "table"     // a table, where a transcript was asked for
	BadSlow      = "slow"      // reading took longer than it may
	BadCrashed   = "crashed"   // the child that read it died
	BadNested    = "nested"    // a packed file inside a packed file
	BadMany      = "many"      // a zip of more than MaxPacked files; Args: max
	BadProject   = "project"   // a project of REFI-QDA, which Project reads
	BadCodebook  = "codebook"  // a codebook of REFI-QDA, likewise
	BadForeign   = "foreign"   // a project of another program in that program's own form
)

// BadFile is the error of every file that can't be read.
type BadFile struct {
	Reason string            // one of the Bad constants
	Args   map[string]string // for the sentence
	Sheets []string          `json:",omitempty"` // of the workbook, as in Table: another of them may be readable
	cause  error             // for tests and developers; may quote the file, so it is neither shown nor logged
}

// Error names the reason, never the file's words.
func (b *BadFile) Error() string { return "the file can't be read: " + b.Reason }

// Key is the message key of the sentence a person reads.
func (b *BadFile) Key() string { return "reading.bad." + b.Reason }

// Unwrap gives what lay beneath. It may quote the file: don't log it.
func (b *BadFile) Unwrap() error { return b.cause }

func bad(reason string, args ...string) *BadFile {
	b := &BadFile{Reason: reason}
	for i := 0; i+1 < len(args); i += 2 {
		if b.Args == nil {
			b.Args = map[string]string{}
		}
		b.Args[args[i]] = args[i+1]
	}
	return b
}

func tooLong() *BadFile { return bad(BadTooLong, "max", whole(MaxChars)) }

func broken(cause error) *BadFile { return &BadFile{Reason: BadBroken, cause: cause} }

// Read reads one file in this process. The error is a *BadFile. For files of strangers use an Extractor.
func Read(name string, data []byte, opt Options) (r *Reading, err error) {
	defer func() {
		// A library that trips over a crafted file must not take the process along.
		if p := recover(); p != nil {
			r, err = nil, broken(fmt.Errorf("panic: %v", p))
		}
	}()
	if len(data) > MaxFile {
		return nil, bad(BadTooBig, "max", "50 MB")
	}
	if len(data) == 0 {
		return nil, bad(BadEmpty)
	}
	r = &Reading{Title: titleOf(name), TimedFrom: -1, TimedTo: -1}
	format, bf := formatOf(name, data)
	if bf != nil {
		return nil, bf
	}
	if r.Format = format; packed(format) {
		rows, bf := r.rowsOf(format, data, opt)
		if bf != nil {
			return nil, bf
		}
		if r.Table == nil {
			r.assemble(rows, opt)
		}
	} else {
		set := opt.Charset
		if set == "" && format == "html" {
			set = htmlCharset(data)
		}
		text, bf := r.decode(data, set)
		if bf != nil {
			return nil, bf
		}
		if strings.TrimSpace(text) == "" {
			return nil, bad(BadEmpty)
		}
		if !looksLikeText(text) {
			return nil, bad(BadBinary)
		}
		r.Format = textFormat(format, text)
		if r.Format != "html" && len(text) > 3*MaxChars && utf8.RuneCountInString(text) > 3*MaxChars { // subtitles have more marks than words
			return nil, tooLong()
		}
		switch r.Format {
		case "csv":
			if !opt.Table {
				return nil, bad(BadTable)
			}
			if bf := r.readCsv(text, opt.NoHead); bf != nil {
				return nil, bf
			}
		case "tsv", "json":
			if r.Format == "json" && !isWhisperJSON(text) {
				return nil, bad(BadType, "type", r.Format)
			}
			cues, bf := r.whisperCues(text)
			if bf != nil {
				return nil, bf
			}
			r.joinCues(cues, opt)
		case "srt", "vtt":
			if bf := r.readCues(text, opt); bf != nil {
				return nil, bf
			}
		case "html":
			rows, bf := r.htmlRows(text)
			if bf != nil {
				return nil, bf
			}
			r.assemble(rows, opt)
		case "md":
			r.assemble(r.markdownRows(text), opt)
		default:
			r.assemble(textRows(text), opt)
		}
	}
	if bf := r.finish(opt); bf != nil {
		return nil, bf
	}
	return r, nil
}

// rowsOf reads a file whose format says by itself how its characters are written.
func (r *Reading) rowsOf(format string, data []byte, opt Options) (rows []row, bf *BadFile) {
	switch format {
	case "fodt":
		r.Format = "odt"
		return r.readFlatOdt(data)
	case "rtf":
		return r.readRtf(data)
	case "pdf":
		return r.readPdf(data, opt)
	}
	a, bf := openZip(data)
	if bf != nil {
		return nil, bf
	}
	if r.Format, bf = a.kind(); bf != nil {
		return nil, bf
	}
	switch {
	case r.Format == "odt":
		return r.readOdt(a)
	case r.Format == "xlsx" && !opt.Table:
		return nil, bad(BadTable)
	case r.Format == "xlsx":
		return nil, r.readXlsx(a, opt)
	}
	return r.readDocx(a)
}

// finish replaces names, checks the limits and counts.
func (r *Reading) finish(opt Options) *BadFile {
	if r.Table != nil {
		return r.finishTable(opt)
	}
	if len(r.Turns) == 0 {
		return bad(BadNoText)
	}
	if len(r.Turns) > MaxTurns {
		return tooLong()
	}
	r.replace(opt.Replace)
	r.Chars = len(r.Turns) - 1
	for i := range r.Turns {
		t := &r.Turns[i]
		r.Chars += codePoints(t.Text)
		for _, ms := range []int64{t.FromMS, t.ToMS} {
			if ms < 0 {
				continue
			}
			if r.TimedFrom < 0 || ms < r.TimedFrom {
				r.TimedFrom = ms
			}
			r.TimedTo = max(r.TimedTo, ms)
		}
	}
	if r.Chars > MaxChars {
		return tooLong()
	}
	r.survey(opt.Language)
	r.Words = 0
	for i := range r.Turns {
		r.Words += r.Turns[i].words
	}
	if r.Words == 0 {
		return bad(BadNoText)
	}
	r.countSpeakers()
	r.placeComments()
	return nil
}

// Text is the document's text: the turns' texts joined by line feeds.
func (r *Reading) Text() string {
	var b strings.Builder
	size := len(r.Turns)
	for i := range r.Turns {
		size += len(r.Turns[i].Text)
	}
	b.Grow(size)
	for i, t := range r.Turns {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}

// Stretch is where a turn stands in Text(): code points, half-open, and the byte at which it starts.
type Stretch struct{ Start, Stop, Byte int }

// Spans gives the place of every turn in Text().
func (r *Reading) Spans() []Stretch {
	out := make([]Stretch, len(r.Turns))
	at, byteAt := 0, 0
	for i, t := range r.Turns {
		n := utf8.RuneCountInString(t.Text)
		out[i] = Stretch{at, at + n, byteAt}
		at += n + 1
		byteAt += len(t.Text) + 1
	}
	return out
}

// note adds n to the note with this key; args are pairs.
func (r *Reading) note(key string, n int, args ...string) {
	if n == 0 {
		return
	}
	key = "reading.note." + key
	for i := range r.Notes {
		if r.Notes[i].Key == key {
			r.Notes[i].N += n
			return
		}
	}
	note := Note{Key: key, N: n}
	for i := 0; i+1 < len(args); i += 2 {
		if note.Args == nil {
			note.Args = map[string]string{}
		}
		note.Args[args[i]] = args[i+1]
	}
	r.Notes = append(r.Notes, note)
}

func titleOf(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if ext := path.Ext(name); ext != "" && len(ext) < len(name) {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "_", " "), "")
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, name)
	name = oneRow(name)
	if name == "." || name == "/" {
		return ""
	}
	return clip(name, 200)
}

// countWords counts runs between white space that have a letter or a digit.
func countWords(s string) int {
	n, in := 0, false
	for i := 0; i < len(s); i++ {
		c := rune(s[i])
		if c >= utf8.RuneSelf {
			var size int
			c, size = utf8.DecodeRuneInString(s[i:])
			i += size - 1
		} else if asciiWord[c] {
			if !in {
				n, in = n+1, true
			}
			continue
		}
		switch {
		case unicode.IsSpace(c):
			in = false
		case !in && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			n, in = n+1, true
		}
	}
	return n
}

// oneRow makes every run of white space one space and drops control characters.
func oneRow(s string) string {
	if isOneRow(s) {
		return s
	}
	s = strings.Join(strings.Fields(s), " ")
	control := func(c rune) bool { return c < ' ' || c == 0x7F }
	if !strings.ContainsFunc(s, control) {
		return s
	}
	return strings.Map(func(c rune) rune {
		if control(c) {
			return -1
		}
		return c
	}, s)
}

// clip cuts s to at most n code points.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if isASCII(s[:n]) {
		return s[:n]
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
