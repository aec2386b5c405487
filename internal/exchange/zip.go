package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sort"
	"strings"
)

// Limits of a zipped file, checked from its directory and again while it is unpacked.
const (
	maxEntries  = 5_000
	maxUnpacked = 500 << 20 // bytes, as the directory says, of all entries
	maxRead     = 160 << 20 // bytes, as counted, of the parts that are read
	maxRatio    = 250       // unpacked to packed, of a part over 1 MB; Word's own XML reaches about 60
	maxDepth    = 256       // open XML elements
	maxTokens   = 12_000_000
)

var errBomb = errors.New("unpacks to too much")

// An archive is a zip file in memory. Nothing is ever written to disk; parts are looked up by their exact names.
type archive struct {
	files map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

func openZip(data []byte) (*archive, *BadFile) {
	// The end record says how many entries there are: refuse a million of them before a million structs exist.
	tail := data[max(0, len(data)-66_000):]
	if at := bytes.LastIndex(tail, []byte("PK\x05\x06")); at >= 0 && at+12 <= len(tail) {
		if n := binary.LittleEndian.Uint16(tail[at+10:]); n > maxEntries {
			return nil, bad(BadBomb)
		}
		if n := bytes.Count(data, []byte("PK\x01\x02")); n > 2*maxEntries {
			return nil, bad(BadBomb)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken(err)
	}
	if len(z.File) > maxEntries {
		return nil, bad(BadBomb)
	}
	a := &archive{files: map[string]*zip.File{}, left: maxRead}
	var total uint64
	type place struct{ start, stop int64 }
	var places []place
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return nil, bad(BadEncrypted)
		}
		total += f.UncompressedSize64
		if total > maxUnpacked || total < f.UncompressedSize64 {
			return nil, bad(BadBomb)
		}
		if _, twice := a.files[f.Name]; twice {
			return nil, broken(errors.New("an entry stands twice in the archive"))
		}
		a.files[f.Name] = f
		at, err := f.DataOffset()
		if err != nil {
			return nil, broken(err)
		}
		places = append(places, place{at, at + int64(f.CompressedSize64)})
	}
	// Overlapping entries are how a small file holds one bomb many times.
	sort.Slice(places, func(i, j int) bool { return places[i].start < places[j].start })
	for i := 1; i < len(places); i++ {
		if places[i].start < places[i-1].stop {
			return nil, bad(BadBomb)
		}
	}
	return a, nil
}

// open gives a part's bytes as a stream that ends in errBomb where the limits are passed; nil when there is no such part.
func (a *archive) open(name string) (io.ReadCloser, *BadFile) {
	f := a.files[name]
	if f == nil {
		return nil, nil
	}
	if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64 > maxRatio*max(f.CompressedSize64, 1) || int64(f.UncompressedSize64) > a.left {
		return nil, bad(BadBomb)
	}
	in, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return &counted{in: in, a: a, packed: int64(max(f.CompressedSize64, 1))}, nil
}

// start gives up to n bytes of the start of a part; "" when there is none.
func (a *archive) start(name string, n int64) (string, *BadFile) {
	in, bf := a.open(name)
	if bf != nil || in == nil {
		return "", bf
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, n))
	if err != nil {
		return "", badXML(err)
	}
	return string(b), nil
}

// mentions tells whether a word is in the first megabyte of a part.
func (a *archive) mentions(name, word string) (bool, *BadFile) {
	s, bf := a.start(name, 1<<20)
	return strings.Contains(s, word), bf
}

// counted believes no header: it counts what comes out.
type counted struct {
	in     io.ReadCloser
	a      *archive
	packed int64
	n      int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	c.a.left -= int64(n)
	if c.a.left < 0 || c.n > 1<<20 && c.n > maxRatio*c.packed {
		return 0, errBomb
	}
	return n, err
}

func (c *counted) Close() error { return c.in.Close() }

// each walks an XML part and hands on every element's start that f has not read itself; nothing where there is no such part.
func (a *archive) each(name string, f func(s *scanner, e element) *BadFile) *BadFile {
	in, bf := a.open(name)
	if bf != nil || in == nil {
		return bf
	}
	defer in.Close()
	s := newScanner(in)
	return s.within(func(e element) *BadFile { return f(s, e) }, nil)
}
