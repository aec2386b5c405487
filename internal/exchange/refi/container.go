package refi

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// maxRatio is unpacked to packed, of an entry over 1 MB. GUIDs and positions pack about 10 to 1, repeated texts 60.
const maxRatio = 250

// An archive is a zip in memory. Nothing is written to disk; entries are looked up by name, whatever its case.
type archive struct {
	limits  Limits
	entries map[string]*entry // by lower-case name with slashes
	order   []*entry
	left    int64 // bytes of texts that may still be unpacked
}

type entry struct {
	name string // with slashes, as the file has it otherwise
	file *zip.File
	used bool
}

func openArchive(data []byte, limits Limits) (*archive, *BadFile) {
	// The end record says how many entries there are: refuse a million of them before a million structs exist.
	tail := data[max(0, len(data)-66_000):]
	if at := bytes.LastIndex(tail, []byte("PK\x05\x06")); at >= 0 && at+12 <= len(tail) {
		if n := int(binary.LittleEndian.Uint16(tail[at+10:])); n > limits.Entries && n != 0xffff {
			return nil, bad(BadBomb, "", nil)
		}
		if n := bytes.Count(data, []byte("PK\x01\x02")); n > limits.Entries+1000 {
			return nil, bad(BadBomb, "", nil)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, bad(BadZip, "", err)
	}
	if len(z.File) > limits.Entries {
		return nil, bad(BadBomb, "", nil)
	}
	a := &archive{limits: limits, entries: make(map[string]*entry, len(z.File)), left: limits.Texts}
	type place struct{ start, stop int64 }
	places := make([]place, 0, len(z.File))
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if !safeName(name) || f.Mode()&fs.ModeSymlink != 0 {
			return nil, bad(BadName, f.Name, nil)
		}
		name = strings.TrimPrefix(name, "./")
		if f.Flags&1 != 0 {
			return nil, bad(BadEncrypted, f.Name, nil)
		}
		at, err := f.DataOffset()
		if err != nil {
			return nil, bad(BadZip, f.Name, err)
		}
		places = append(places, place{at, at + int64(f.CompressedSize64)})
		if strings.HasSuffix(name, "/") || name == "" {
			continue
		}
		key := strings.ToLower(name)
		if a.entries[key] != nil {
			return nil, bad(BadTwice, f.Name, nil)
		}
		e := &entry{name: name, file: f}
		a.entries[key] = e
		a.order = append(a.order, e)
	}
	// Overlapping entries are how a small file holds one bomb many times.
	sort.Slice(places, func(i, j int) bool { return places[i].start < places[j].start })
	for i := 1; i < len(places); i++ {
		if places[i].start < places[i-1].stop {
			return nil, bad(BadBomb, "", nil)
		}
	}
	return a, nil
}

// safeName reports whether a name with slashes stays inside the zip.
func safeName(name string) bool {
	if strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) || len(name) > 4096 {
		return false
	}
	if len(name) > 1 && name[1] == ':' { // a drive of Windows
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}

// find looks an entry up by name, whatever its case.
func (a *archive) find(name string) *entry {
	if a == nil {
		return nil
	}
	return a.entries[strings.ToLower(name)]
}

// read unpacks an entry of at most limit bytes, and believes no header.
func (a *archive) read(e *entry, limit int64) ([]byte, *BadFile) {
	f := e.file
	e.used = true
	size, packed := f.UncompressedSize64, max(f.CompressedSize64, 1)
	if size > 1<<20 && size/packed > maxRatio {
		return nil, bad(BadBomb, e.name, nil)
	}
	if size > uint64(limit) {
		return nil, bad(BadSize, e.name, nil)
	}
	in, err := f.Open()
	if err != nil {
		return nil, bad(BadZip, e.name, err)
	}
	defer in.Close()
	var b bytes.Buffer
	b.Grow(int(size) + 512)
	n, err := io.Copy(&b, io.LimitReader(in, int64(size)+1))
	if err != nil {
		return nil, bad(BadZip, e.name, err)
	}
	if n > int64(size) {
		return nil, bad(BadBomb, e.name, nil)
	}
	return b.Bytes(), nil
}

// text unpacks an entry within what is left for texts.
func (a *archive) text(e *entry) ([]byte, *BadFile) {
	if int64(e.file.UncompressedSize64) > a.left {
		return nil, bad(BadSize, e.name, nil)
	}
	data, bf := a.read(e, a.limits.Text)
	if bf != nil {
		return nil, bf
	}
	a.left -= int64(len(data))
	return data, nil
}

// project finds the .qde, or a .qdc, and the folder it is in.
func (a *archive) project() (*entry, string, *BadFile) {
	for _, ext := range []string{".qde", ".qdc"} {
		var all []*entry
		for _, e := range a.order {
			base := path.Base(e.name)
			if strings.HasSuffix(strings.ToLower(base), ext) && !strings.HasPrefix(base, "._") && !strings.HasPrefix(e.name, "__MACOSX/") {
				all = append(all, e)
			}
		}
		if len(all) == 0 {
			continue
		}
		// The root before folders, project.qde before other names, then the order of the zip.
		rank := func(e *entry) int {
			r := 2 * strings.Count(e.name, "/")
			if strings.ToLower(path.Base(e.name)) != "project.qde" {
				r++
			}
			return r
		}
		sort.SliceStable(all, func(i, j int) bool { return rank(all[i]) < rank(all[j]) })
		dir := path.Dir(all[0].name)
		if dir == "." {
			dir = ""
		} else {
			dir += "/"
		}
		return all[0], dir, nil
	}
	return nil, "", bad(BadNoProject, "", nil)
}
