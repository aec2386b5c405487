package exchange

import (
	"bytes"
	"errors"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// formatOf tells what to read a file as, from its name and its first bytes. "txt" may still turn out as subtitles.
func formatOf(name string, data []byte) (string, *BadFile) {
	ext := strings.ToLower(path.Ext(name))
	switch {
	case bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}):
		// An encrypted docx is an OLE2 file with a stream of this name.
		if bytes.Contains(data, utf16le("EncryptedPackage")) {
			return "", bad(BadEncrypted)
		}
		if ofProgram.MatchString(ext) {
			return "", bad(BadForeign)
		}
		if ext == ".doc" || ext == ".docx" || bytes.Contains(data, utf16le("WordDocument")) {
			return "", bad(BadLegacy)
		}
		return "", bad(BadType, "type", kindOf(name))
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return "zip", nil
	case isPDF(data):
		return "pdf", nil
	case bytes.HasPrefix(data, []byte(`{\rtf`)):
		return "rtf", nil
	case isRecording(data):
		return "", bad(BadRecording)
	case isPicture(data):
		return "", bad(BadPicture)
	}
	head := data[:min(len(data), 4096)]
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(withoutMark(head), " \t\r\n"), []byte("<?xml")) && bytes.Contains(head, []byte(odfOffice)) && bytes.Contains(head, []byte("office:document")):
		return "fodt", nil
	case isHTML(withoutMark(head)):
		return "html", nil
	}
	switch {
	case ext == ".qdc", ext != ".qde" && bytes.Contains(head, []byte("urn:QDA-XML:codebook")):
		return "", bad(BadCodebook)
	case ext == ".qde", ext == ".qdpx", bytes.Contains(head, []byte("urn:QDA-XML:project")):
		return "", bad(BadProject)
	}
	switch ext {
	case ".docx", ".odt", ".xlsx", ".rtf", ".pdf":
		return "", broken(nil)
	case ".html", ".htm", ".xhtml":
		return "html", nil
	case ".md", ".markdown":
		return "md", nil
	case ".srt", ".vtt", ".json", ".tsv", ".csv":
		return ext[1:], nil
	case ".txt", ".text", "":
		return "txt", nil
	case ".mp3", ".m4a", ".m4b", ".aac", ".wav", ".wma", ".ogg", ".oga", ".opus", ".flac", ".amr", ".aif", ".aiff", ".caf", ".dss", ".ds2", ".3gp", ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg":
		return "", bad(BadRecording)
	case ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif":
		return "", bad(BadPicture)
	}
	if ofProgram.MatchString(ext) {
		return "", bad(BadForeign)
	}
	return "", bad(BadType, "type", kindOf(name))
}

// ofProgram are the endings of projects as NVivo, ATLAS.ti, MAXQDA, QualCoder and Quirkos keep them for themselves.
var ofProgram = regexp.MustCompile(`^\.(?:nvpx?|nvcx|atlproj\d*|hpr\d*|mx\d+|mex\d+|qda|qrk)$`)

// isRecording tells sound and films by their first bytes.
func isRecording(data []byte) bool {
	data = data[:min(len(data), 12)]
	for _, start := range []string{"ID3\x02", "ID3\x03", "ID3\x04", "\xFF\xFB", "\xFF\xF3", "OggS\x00", "fLaC\x00", "\x1A\x45\xDF\xA3", "#!AMR"} {
		if bytes.HasPrefix(data, []byte(start)) {
			return true
		}
	}
	return len(data) == 12 && (string(data[4:8]) == "ftyp" && !isPicture(data) || string(data[:4]) == "RIFF" && (string(data[8:]) == "WAVE" || string(data[8:]) == "AVI "))
}

// isPicture tells pictures by their first bytes.
func isPicture(data []byte) bool {
	data = data[:min(len(data), 12)]
	for _, start := range []string{"\x89PNG\r\n\x1A\n", "\xFF\xD8\xFF", "GIF87a", "GIF89a", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(data, []byte(start)) {
			return true
		}
	}
	if len(data) < 12 {
		return false
	}
	switch string(data[4:]) {
	case "ftypheic", "ftypheix", "ftypmif1", "ftypavif":
		return true
	}
	return string(data[:4]) == "RIFF" && string(data[8:]) == "WEBP"
}

// Formats are the values of Reading.Format.
var Formats = []string{"txt", "md", "docx", "odt", "rtf", "pdf", "html", "srt", "vtt", "tsv", "json", "csv", "xlsx"}

// packed tells formats whose characters need no guess of a character set.
func packed(format string) bool {
	return format == "zip" || format == "fodt" || format == "rtf" || format == "pdf"
}

// kind tells what is in a zip file.
func (a *archive) kind() (string, *BadFile) {
	main := a.mainPart()
	for name := range a.files {
		if strings.EqualFold(path.Ext(name), ".qde") {
			return "", bad(BadProject)
		}
	}
	switch {
	case a.files["word/document.xml"] != nil, strings.HasPrefix(main, "word/"):
		return "docx", nil
	case a.files["xl/workbook.xml"] != nil, strings.HasPrefix(main, "xl/"):
		return "xlsx", nil
	case a.files["ppt/presentation.xml"] != nil:
		return "", bad(BadType, "type", "pptx")
	case a.files["mimetype"] != nil:
		mime, bf := a.start("mimetype", 200)
		if bf != nil {
			return "", bf
		}
		switch of, _ := strings.CutPrefix(mime, "application/vnd.oasis.opendocument."); {
		case strings.HasPrefix(of, "text"):
			return "odt", nil
		case strings.HasPrefix(of, "spreadsheet"):
			return "", bad(BadType, "type", "ods")
		case strings.HasPrefix(of, "presentation"):
			return "", bad(BadType, "type", "odp")
		case strings.HasPrefix(mime, "application/epub"):
			return "", bad(BadType, "type", "epub")
		}
	case a.files["content.xml"] != nil && a.files["META-INF/manifest.xml"] != nil:
		return "odt", nil
	case main != "" || a.files["[Content_Types].xml"] != nil:
		return "", broken(errors.New("no main part"))
	}
	return "", bad(BadType, "type", "zip")
}

// kindOf names a file's kind for a sentence: its ending, or "?".
func kindOf(name string) string {
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	ext = strings.Map(func(c rune) rune {
		if c < 0x80 && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return c
		}
		return -1
	}, ext)
	if ext == "" {
		return "?"
	}
	return clip(ext, 10)
}

var srtStart = regexp.MustCompile(`^\s*\d+[ \t]*\n[ \t]*\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}[ \t]*-->`)

// textFormat corrects the ending by what the text is: subtitles are often saved as txt.
func textFormat(format, text string) string {
	switch {
	case format != "html" && isHTML([]byte(clip(text, 2000))):
		return "html"
	case strings.HasPrefix(text, "WEBVTT") && (len(text) == 6 || strings.ContainsRune(" \t\n", rune(text[6]))):
		return "vtt"
	case strings.HasPrefix(text, whisperTable):
		return "tsv"
	case format == "tsv":
		return "csv"
	case format != "md" && format != "csv" && isWhisperJSON(text):
		return "json"
	case format != "md" && format != "csv" && srtStart.MatchString(text):
		return "srt"
	}
	return format
}

// looksLikeText refuses bytes that decode to something but were never a text.
func looksLikeText(s string) bool {
	if at := firstOdd(s); at < 0 {
		return true
	}
	odd, n := 0, 0
	for _, c := range s {
		n++
		if ' ' <= c && c < 0x7F {
			continue
		}
		if unicode.IsControl(c) && c != '\n' && c != '\t' && c != '\f' && c != '\v' && c != '\u0085' {
			odd++
		}
	}
	return odd*20 <= n
}

func utf16le(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}
