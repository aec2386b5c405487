package exchange

import (
	"archive/zip"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Archive is a zip file that is written as it is sent. Entries carry no time of their own, so that the same things give the same
// bytes.
type Archive struct{ z *zip.Writer }

// NewArchive begins a zip file.
func NewArchive(w io.Writer) *Archive { return &Archive{zip.NewWriter(w)} }

// File begins an entry; it ends with the next, or with Close.
func (a *Archive) File(name string) (io.Writer, error) {
	return a.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// Close ends the zip file.
func (a *Archive) Close() error { return a.z.Close() }

const mostInName = 80 // code points of a name in an archive

// ArchiveName makes a name fit for a file on any system: no separators, no characters that one of them refuses, no dots or blanks
// at its ends. It is not unique.
func ArchiveName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200d' {
			return '_'
		}
		return r
	}, s)
	// An ending is kept where it is one.
	ending := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 6 {
		s, ending = s[:i], s[i:]
	}
	if utf8.RuneCountInString(s) > mostInName {
		s = string([]rune(s)[:mostInName])
	}
	if s = strings.Trim(s, " ."); s == "" {
		s = "_"
	}
	return s + strings.TrimRight(ending, " .")
}
