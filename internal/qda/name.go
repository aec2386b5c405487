package qda

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of what people type, in code points, and of a document's text.
const (
	MaxName     = 200
	MaxText     = 20_000
	MaxDocument = 3_000_000
	MaxSpans    = 1000 // of one change
	MaxReason   = 2000
	MaxSpots    = 2000 // of one change
	MaxQuery    = 8192 // of a kept question, in bytes
)

// CleanName gives a name as it is kept: NFC, without white space around, one space within.
// Control characters, direction overrides and names that show nothing are refused.
func CleanName(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", Refuse(Invalid, "refused.utf8")
	}
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	seen := false
	for _, r := range s {
		switch {
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return "", Refuse(Invalid, "refused.name_control")
		case unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x2800 && r != 0x3164 && r != 0x115f && r != 0x1160 && r != 0xffa0:
			seen = true
		}
	}
	if !seen {
		return "", Refuse(Invalid, "refused.name_empty")
	}
	if utf8.RuneCountInString(s) > MaxName {
		return "", Refuse(Invalid, "refused.name_long", "max", MaxName)
	}
	return s, nil
}

// CleanText gives writing as it is kept: CRLF to LF, no white space at the end. NUL is refused.
func CleanText(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", Refuse(Invalid, "refused.utf8")
	}
	s = strings.TrimRightFunc(strings.ReplaceAll(s, "\r\n", "\n"), unicode.IsSpace)
	if utf8.RuneCountInString(s) > MaxText {
		return "", Refuse(Invalid, "refused.text_long", "max", MaxText)
	}
	return s, nil
}
