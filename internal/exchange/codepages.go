package exchange

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// charsetPages are the code pages of the character sets that fonts of RTF name (\fcharset); 0 is the file's own, -1 a
// font of symbols.
var charsetPages = map[int]int{0: 0, 1: 0, 2: -1, 77: 10000, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
	177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850}

// sets are the character sets that are read, by IANA name, with Windows' numbers of their code pages. The usual ones come first.
var sets = []struct {
	name  string
	set   encoding.Encoding
	pages []int
}{
	{"utf-8", encoding.Nop, nil}, // read by decodeAs and decodePage
	{"windows-1252", charmap.Windows1252, []int{1252}},
	{"iso-8859-1", charmap.ISO8859_1, []int{28591}},
	{"iso-8859-15", charmap.ISO8859_15, []int{28605}},
	{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil},
	{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil},
	{"macintosh", charmap.Macintosh, []int{10000}},
	{"ibm437", charmap.CodePage437, []int{437}},
	{"ibm850", charmap.CodePage850, []int{850}},
	{"ibm852", charmap.CodePage852, []int{852}},
	{"ibm855", charmap.CodePage855, []int{855}},
	{"ibm858", charmap.CodePage858, []int{858}},
	{"ibm860", charmap.CodePage860, []int{860}},
	{"ibm862", charmap.CodePage862, []int{862}},
	{"ibm863", charmap.CodePage863, []int{863}},
	{"ibm865", charmap.CodePage865, []int{865}},
	{"ibm866", charmap.CodePage866, []int{866}},
	{"windows-874", charmap.Windows874, []int{874}},
	{"windows-1250", charmap.Windows1250, []int{1250}},
	{"windows-1251", charmap.Windows1251, []int{1251}},
	{"windows-1253", charmap.Windows1253, []int{1253}},
	{"windows-1254", charmap.Windows1254, []int{1254}},
	{"windows-1255", charmap.Windows1255, []int{1255}},
	{"windows-1256", charmap.Windows1256, []int{1256}},
	{"windows-1257", charmap.Windows1257, []int{1257}},
	{"windows-1258", charmap.Windows1258, []int{1258}},
	{"iso-8859-2", charmap.ISO8859_2, []int{28592}},
	{"iso-8859-3", charmap.ISO8859_3, []int{28593}},
	{"iso-8859-4", charmap.ISO8859_4, []int{28594}},
	{"iso-8859-5", charmap.ISO8859_5, []int{28595}},
	{"iso-8859-6", charmap.ISO8859_6, []int{28596}},
	{"iso-8859-7", charmap.ISO8859_7, []int{28597}},
	{"iso-8859-8", charmap.ISO8859_8, []int{28598}},
	{"iso-8859-9", charmap.ISO8859_9, []int{28599}},
	{"iso-8859-10", charmap.ISO8859_10, nil},
	{"iso-8859-13", charmap.ISO8859_13, []int{28603}},
	{"iso-8859-14", charmap.ISO8859_14, nil},
	{"iso-8859-16", charmap.ISO8859_16, nil},
	{"koi8-r", charmap.KOI8R, []int{20866}},
	{"koi8-u", charmap.KOI8U, []int{21866}},
	{"x-mac-cyrillic", charmap.MacintoshCyrillic, []int{10007}},
	{"shift_jis", japanese.ShiftJIS, []int{932}},
	{"euc-jp", japanese.EUCJP, nil},
	{"iso-2022-jp", japanese.ISO2022JP, nil},
	{"gb18030", simplifiedchinese.GB18030, []int{54936, 936}},
	{"big5", traditionalchinese.Big5, []int{950}},
	{"euc-kr", korean.EUCKR, []int{949}},
}

// Charsets are the character sets a person can choose from, by IANA name.
var Charsets []string

var (
	pages      = map[int]encoding.Encoding{}
	pageNames  = map[int]string{65001: "utf-8"}
	setsByName = map[string]encoding.Encoding{"iso-8859-8-i": charmap.ISO8859_8} // chardet's and the Web's word for Hebrew as it is read
)

func init() {
	for _, s := range sets {
		Charsets = append(Charsets, s.name)
		setsByName[s.name] = s.set
		for _, n := range s.pages {
			pages[n], pageNames[n] = s.set, s.name
		}
	}
}

// charsetOf is nil for a name that isn't known.
func charsetOf(name string) encoding.Encoding { return setsByName[name] }

// decodePage decodes bytes of a code page, and counts what it has no character for.
func decodePage(raw []byte, page int) (text string, lost int) {
	if page == 65001 {
		text = strings.ToValidUTF8(string(raw), "\uFFFD")
		return text, strings.Count(text, "\uFFFD") - strings.Count(string(raw), "\uFFFD")
	}
	e := pages[page]
	if e == nil {
		e = charmap.Windows1252
	}
	if m, ok := e.(*charmap.Charmap); ok {
		b := make([]byte, 0, len(raw)+len(raw)/2)
		for _, c := range raw {
			r := m.DecodeByte(c)
			if r == utf8.RuneError {
				lost++
			}
			b = utf8.AppendRune(b, r)
		}
		return string(b), lost
	}
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD"), 1
	}
	text = strings.ToValidUTF8(string(out), "\uFFFD")
	return text, strings.Count(text, "\uFFFD")
}

// pageName is how a code page is called in a sentence.
func pageName(page int) string {
	if name := pageNames[page]; name != "" {
		return name
	}
	return "windows-" + whole(int64(page))
}
