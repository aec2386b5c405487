package exchange

// Where the words of an RTF group go (Rich Text Format 1.9.1).
type rtfDest uint8

const (
	rtfBody rtfDest = iota
	rtfSkip
	rtfFonts
	rtfStyles
	rtfNote
	rtfBox
	rtfHead   // page headers and footers
	rtfMark   // what stands before a paragraph in a list
	rtfRemark // of the margin
	rtfAuthor // of that
	rtfRef    // which words it hangs on
	rtfDate
	rtfStart // those words begin
	rtfStop  // and end
	rtfField // what a field does; its words are its result
	rtfName  // of a property of a shape
	rtfPicture
	rtfObject
)

// ofText tells destinations whose words are paragraphs.
func (d rtfDest) ofText() bool {
	return d == rtfBody || d == rtfNote || d == rtfBox || d == rtfHead || d == rtfRemark
}

// rtfPlain are the bytes that are nothing but words.
var rtfPlain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '{' && c != '}' && c != '\\'
	}
	return t
}()

// An rtfWord is what a control word means, if it begins a destination or stands for characters.
type rtfWord struct {
	group bool
	dest  rtfDest
	sign  string
}

// rtfKnown are both kinds, since most words are looked for and are neither.
var rtfKnown = func() map[string]rtfWord {
	all := map[string]rtfWord{}
	for word, sign := range rtfSigns {
		all[word] = rtfWord{sign: sign}
	}
	for word, dest := range rtfGroups {
		all[word] = rtfWord{group: true, dest: dest}
	}
	return all
}()

// rtfGroups are the words that begin a destination. One that begins with \* and is not here is skipped, as the format asks.
var rtfGroups = map[string]rtfDest{
	"fonttbl": rtfFonts, "footnote": rtfNote, "shptxt": rtfBox, "dptxbxtext": rtfBox, "listtext": rtfMark, "pntext": rtfMark,
	"annotation": rtfRemark, "atnauthor": rtfAuthor, "atnref": rtfRef, "atndate": rtfDate, "atrfstart": rtfStart, "atrfend": rtfStop,
	"fldinst": rtfField, "pict": rtfPicture, "objdata": rtfObject, "result": rtfBody, "ud": rtfBody, "shppict": rtfBody, "shpinst": rtfBody,
	"fldrslt": rtfBody, "pgdsctbl": rtfSkip, "ftnsep": rtfSkip, "ftnsepc": rtfSkip, "ftncn": rtfSkip, "aftnsep": rtfSkip, "aftnsepc": rtfSkip, "aftncn": rtfSkip,
	"colortbl": rtfSkip, "stylesheet": rtfStyles, "info": rtfSkip, "listtable": rtfSkip, "listoverridetable": rtfSkip, "rsidtbl": rtfSkip, "revtbl": rtfSkip,
	"filetbl": rtfSkip, "nonshppict": rtfSkip, "shprslt": rtfSkip, "sp": rtfBody, "sn": rtfName, "sv": rtfSkip, "bkmkstart": rtfSkip, "bkmkend": rtfSkip, "atnid": rtfSkip, "atntime": rtfSkip,
	"atnicn": rtfSkip, "upr": rtfSkip, "tc": rtfSkip, "tcn": rtfSkip, "xe": rtfSkip, "rxe": rtfSkip, "themedata": rtfSkip, "colorschememapping": rtfSkip,
	"datastore": rtfSkip, "latentstyles": rtfSkip, "xmlnstbl": rtfSkip, "userprops": rtfSkip, "generator": rtfSkip, "template": rtfSkip, "objclass": rtfSkip, "objname": rtfSkip,
	"header": rtfHead, "headerl": rtfHead, "headerr": rtfHead, "headerf": rtfHead, "footer": rtfHead, "footerl": rtfHead, "footerr": rtfHead, "footerf": rtfHead,
}

// rtfSigns are control words that stand for characters.
var rtfSigns = map[string]string{
	"tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
	"emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f",
	"zwbo": "\u200b", "zwnbo": "\u2060", "softline": " ",
}
