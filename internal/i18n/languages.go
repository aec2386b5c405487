package i18n

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// TextLanguages are the languages offered for texts, as BCP 47 tags, those
// most often met first. Others may be given too; none is refused.
var TextLanguages = []string{
	"id", "en", "jv", "su", "ms", "min", "bug", "mad", "ban", "bjn", "ace", "bbc", "mak", "sas",
	"ar", "zh", "nl", "fr", "de", "hi", "it", "ja", "ko", "nb", "fa", "pt", "ru", "es", "sv", "tl", "ta", "th", "tr", "ur", "vi",
}

// Some languages of the archipelago have no name in the tables of x/text.
var ownNames = map[string][2]string{
	"bjn": {"Banjar", "Banjar"}, "bbc": {"Batak Toba", "Batak Toba"}, "min": {"Minangkabau", "Minangkabau"}, "jv": {"Javanese", "Jawa"},
	"nb": {"Norwegian", "Norwegia"}, "mad": {"Madurese", "Madura"}, "ban": {"Balinese", "Bali"}, "ace": {"Acehnese", "Aceh"},
	"bug": {"Buginese", "Bugis"}, "mak": {"Makasar", "Makassar"}, "sas": {"Sasak", "Sasak"}, "tl": {"Filipino", "Filipino"},
}

// Language is the name of the language of a text: "Indonesian" or "Indonesia"
// for "id". A tag without a name is printed as it is.
func (p *Printer) Language(tag string) string {
	i := 0
	if p.lang == "id" {
		i = 1
	}
	if n, ok := ownNames[tag]; ok {
		return n[i]
	}
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := display.Languages(tags[i]).Name(t); name != "" {
		return name
	}
	return tag
}
