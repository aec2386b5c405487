package exchange

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// MaxPacked is how many files a zip may hold that is taken apart.
const MaxPacked = 200

// A Packed file is one entry of a zip that was taken apart.
type Packed struct {
	Name string   // with its folders, as text for show: nothing is ever opened by it
	Data []byte   // nil where Bad is not
	Bad  *BadFile // why it can't be read, where that shows already
}

// unpack takes a zip of files apart and hands them out one after the other, by name. What systems leave in zips of their own (folders,
// __MACOSX, names that begin with a dot or with ~$, Thumbs.db, desktop.ini) is passed over and counted. The error is a *BadFile, or what each gave.
// Nothing is written to disk, and no more than one file is held at a time.
func unpack(data []byte, each func(Packed) error) (passed int, err error) {
	a, bf := openZip(data)
	if bf != nil {
		return 0, bf
	}
	a.left = maxUnpacked
	var names []string
	for name, f := range a.files {
		switch {
		case f.FileInfo().IsDir() || strings.HasSuffix(name, "/"):
		case OwnOfSystems(name):
			passed++
		default:
			names = append(names, name)
		}
	}
	if len(names) > MaxPacked {
		return passed, bad(BadMany, "max", "200")
	}
	slices.Sort(names)
	for _, name := range names {
		p := Packed{Name: ShownName(nameOf(a.files[name]))}
		if p.Data, p.Bad = a.whole(a.files[name]); p.Bad != nil {
			p.Data = nil
			if p.Bad.Reason == BadBomb {
				return passed, p.Bad
			}
		}
		if err := each(p); err != nil {
			return passed, err
		}
	}
	return passed, nil
}

// nameOf is an entry's name as text. One that is not UTF-8 is in code page 437, as the format has it, unless its UTF-8 stands beside it.
// What the entry says of that counts for little: many programs write UTF-8 without saying so, and what reads as that is hardly ever
// anything else; some say so of other bytes. Where it says so, a few broken places are no others.
func nameOf(f *zip.File) string {
	for more := f.Extra; len(more) >= 4; {
		id, size := binary.LittleEndian.Uint16(more), int(binary.LittleEndian.Uint16(more[2:]))
		if len(more) < 4+size {
			break
		}
		// Its version is 1, and it holds the sum of the name that it stands beside: of another it is a left-over.
		if x := more[4 : 4+size]; id == unicodePath && size > 5 && x[0] == 1 && binary.LittleEndian.Uint32(x[1:]) == crc32.ChecksumIEEE([]byte(f.Name)) && utf8.Valid(x[5:]) {
			return string(x[5:])
		}
		more = more[4+size:]
	}
	if utf8.ValidString(f.Name) || f.Flags&0x800 != 0 && mostlyUTF8([]byte(f.Name)) {
		return f.Name
	}
	s, _ := charmap.CodePage437.NewDecoder().String(f.Name) // it has a character for every byte
	return s
}

const unicodePath = 0x7075 // the number of such an extra field

// whole gives the bytes of an entry.
func (a *archive) whole(f *zip.File) ([]byte, *BadFile) {
	switch {
	case f.Mode()&fs.ModeType != 0:
		return nil, bad(BadType, "type", "link")
	case slices.Contains([]string{".zip", ".rar", ".7z", ".gz", ".tgz", ".tar"}, strings.ToLower(path.Ext(f.Name))):
		return nil, bad(BadNested)
	case f.UncompressedSize64 > MaxFile:
		return nil, bad(BadTooBig, "max", "50 MB")
	case f.UncompressedSize64 == 0:
		return nil, bad(BadEmpty)
	}
	in, bf := a.open(f.Name)
	if bf != nil {
		return nil, bf
	}
	defer in.Close()
	data := make([]byte, 0, f.UncompressedSize64+1)
	for {
		if len(data) == cap(data) {
			return nil, broken(nil) // longer than the directory says
		}
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, badXML(err)
		}
	}
}

// OwnOfSystems tells by a name, with its folders, what programs leave beside files and nobody brings by intent.
func OwnOfSystems(name string) bool {
	for _, p := range strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if p == "__MACOSX" || strings.HasPrefix(p, ".") && p != "." && p != ".." {
			return true
		}
	}
	base := strings.ToLower(path.Base(name))
	return base == "thumbs.db" || base == "desktop.ini" || strings.HasPrefix(base, "~$") // Word's mark of who has a file open
}

// ShownName is a name with its folders as text: without what leads out of a folder, and without what can't be shown. It is its own shown name.
func ShownName(name string) string {
	for {
		s := shownOnce(name)
		if s == name {
			return s
		}
		name = s // what was taken away may have left something that is to go too
	}
}

func shownOnce(name string) string {
	var parts []string
	for _, p := range strings.FieldsFunc(strings.ToValidUTF8(name, "\ufffd"), func(r rune) bool { return r == '/' || r == '\\' }) {
		if p = oneRow(p); p != "" && p != "." && p != ".." {
			parts = append(parts, p)
		}
	}
	s := strings.Join(parts, "/")
	for utf8.RuneCountInString(s) > 200 {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	if s == "" {
		s = "?"
	}
	return s
}
