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
)

// charsetPages are the code pages of the character sets that fonts of RTF name (\fcharset); 0 is the file's own, -1 a
// font of symbols.
var charsetPages = map[int]int{0: 0, 1: 0, 2: -1, 77: 10000, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
	177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850}

var pages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 858: charmap.CodePage858,
	860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866, 874: charmap.Windows874,
	932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5, 54936: simplifiedchinese.GB18030,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253, 1254: charmap.Windows1254,
	1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	10000: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20866: charmap.KOI8R, 21866: charmap.KOI8U,
	28591: charmap.ISO8859_1, 28592: charmap.ISO8859_2, 28595: charmap.ISO8859_5, 28597: charmap.ISO8859_7, 28605: charmap.ISO8859_15,
}

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
	switch page {
	case 437, 850, 852, 855, 858, 860, 862, 863, 865, 866:
		return "ibm" + whole(int64(page))
	case 932:
		return "shift_jis"
	case 936, 54936:
		return "gb18030"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 10000:
		return "macintosh"
	case 65001:
		return "utf-8"
	}
	return "windows-" + whole(int64(page))
}
