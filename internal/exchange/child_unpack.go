package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// A child that takes a zip apart answers in parts, each a head as elsewhere on the wire and, after it, so many bytes of a file. So neither
// side ever holds more of a zip's files than one.

// maxPartHead is how long the head of a part may be.
const maxPartHead = 16 << 10

// partHead comes before a file of a zip, or is the last one and says how it ended.
type partHead struct {
	Name   string   `json:",omitempty"`
	Size   int      `json:",omitempty"` // bytes that follow
	Bad    *BadFile `json:",omitempty"` // why the file can't be read; of the last: why the zip can't
	End    bool     `json:",omitempty"`
	Passed int      `json:",omitempty"` // of the last: files of systems that were passed over
}

// Unpack takes a zip of files apart in a child process and hands them out one after the other, by name. What systems leave in zips of
// their own (folders, __MACOSX, names that begin with a dot, Thumbs.db, desktop.ini) is passed over and counted; what can't be read has a
// reason instead of bytes. The error is a *BadFile where the zip itself can't be read, what each gave, or the context's. Nothing is written
// to disk, no more than one file is held at a time, and names are text for show: nothing is ever opened by them.
func (x *Extractor) Unpack(ctx context.Context, data []byte, each func(Packed) error) (passed int, err error) {
	if len(data) > MaxFile {
		return 0, bad(BadTooBig, "max", "50 MB")
	}
	if len(data) == 0 {
		return 0, bad(BadEmpty)
	}
	head, err := json.Marshal(request{Unpack: true})
	if err != nil {
		return 0, err
	}
	var end partHead
	err = x.listen(ctx, wired(head, len(data)), data, func(in io.Reader, c *patience) (err error) {
		end, err = hearParts(bufio.NewReaderSize(in, 1<<16), func(p Packed) error {
			c.hold() // the child waits, not we
			defer c.goOn()
			if err := each(p); err != nil {
				return handed{err}
			}
			return nil
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	if end.Bad != nil {
		return end.Passed, end.Bad
	}
	return end.Passed, nil
}

// childUnpack takes a zip apart and answers with its files.
func childUnpack(out io.Writer, data []byte) error {
	w := bufio.NewWriterSize(out, 1<<16)
	passed, err := unpack(data, func(p Packed) error {
		if err := writePart(w, partHead{Name: p.Name, Size: len(p.Data), Bad: p.Bad}); err != nil {
			return err
		}
		if _, err := w.Write(p.Data); err != nil {
			return err
		}
		return w.Flush()
	})
	var b *BadFile
	if err != nil && !errors.As(err, &b) {
		return err
	}
	if err := writePart(w, partHead{End: true, Passed: passed, Bad: b}); err != nil {
		return err
	}
	return w.Flush()
}

func writePart(w io.Writer, h partHead) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32([]byte(wireMark), uint32(len(raw))), raw...))
	return err
}

// hearParts reads a child's answer and believes nothing in it, as parseAnswer does.
func hearParts(in io.Reader, each func(Packed) error) (partHead, error) {
	var h partHead
	wrong := func(what string) (partHead, error) { return h, errors.New("exchange: a zip's file with " + what) }
	total := 0
	for n := 0; ; n++ {
		raw, err := readHead(in, maxPartHead)
		if err != nil {
			return h, err
		}
		h = partHead{}
		if err := strict(raw, &h); err != nil {
			return h, err
		}
		if h.Bad != nil {
			if !slices.Contains(badReasons, h.Bad.Reason) {
				return wrong("an unknown reason")
			}
			if err := checkArgs(h.Bad.Args); err != nil {
				return h, err
			}
		}
		if h.End {
			if h.Name != "" || h.Size != 0 || h.Passed < 0 || h.Passed > maxEntries {
				return wrong("a wrong end")
			}
			if more, err := io.Copy(io.Discard, io.LimitReader(in, 1)); more > 0 || err != nil {
				return wrong("something after the end")
			}
			return h, nil
		}
		total += h.Size
		switch {
		case n >= MaxPacked:
			return wrong("too many others")
		case h.Passed != 0 || h.Size < 0 || h.Size > MaxFile || total > maxUnpacked || (h.Size == 0) != (h.Bad != nil):
			return wrong("a wrong size")
		case h.Name == "" || !oneLine(h.Name, 200) || h.Name != ShownName(h.Name):
			return wrong("a wrong name")
		}
		p := Packed{Name: h.Name, Bad: h.Bad}
		if h.Bad == nil {
			var b bytes.Buffer
			if got, err := io.CopyN(&b, in, int64(h.Size)); err != nil {
				return h, fmt.Errorf("exchange: a zip's file ends after %d of %d bytes: %w", got, h.Size, err)
			}
			p.Data = b.Bytes()
		}
		if err := each(p); err != nil {
			return h, err
		}
	}
}
