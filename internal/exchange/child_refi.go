package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"anyam/internal/exchange/refi"
)

const (
	// MaxProject is how many bytes a project of another program may have.
	MaxProject    = 100 << 20
	maxRefiAnswer = 256 << 20 // bytes of a child's answer
	maxRefiMemory = 512 << 20 // bytes that the project in it may take once read
	maxRefiDepth  = 64        // of lists in lists on the wire
	maxRefiLevels = 60        // of codes in codes: deeper ones stand at this level
	maxRefiStyled = 16 << 20  // bytes of styled files that are read as they come without a text: some four seconds of the ten a child has
)

// refiHead comes before a project on the wire, as JSON.
type refiHead struct {
	Bad    refi.BadReason `json:",omitempty"`
	Entry  string         `json:",omitempty"`
	Guards []string
}

// refiBody is the project itself, packed.
type refiBody struct {
	Project *refi.Project
	Report  *refi.Report
}

// Project reads a project or codebook of another program (.qdpx, .qde, .qdc) in a child process. The error is a *refi.BadFile, a
// *BadFile where the child failed or the file is too large, or the context's.
func (x *Extractor) Project(ctx context.Context, data []byte) (*refi.Project, *refi.Report, error) {
	if len(data) > MaxProject {
		return nil, nil, bad(BadTooBig, "max", "100 MB")
	}
	head, err := json.Marshal(request{Project: true})
	if err != nil {
		return nil, nil, err
	}
	raw, err := x.run(ctx, wired(head, len(data)), data, maxRefiAnswer)
	if err != nil {
		return nil, nil, err
	}
	p, r, err := parseProject(raw)
	var b *refi.BadFile
	if err != nil && !errors.As(err, &b) {
		return nil, nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	return p, r, err
}

// childProject reads a project and answers with it.
func childProject(out io.Writer, data []byte, guards []string) error {
	styled := 0
	p, r, err := refi.Read(data, refi.Options{Originals: true, MostLevels: maxRefiLevels, Extract: func(name string, data []byte) (*refi.Styled, error) {
		if styled += len(data); isPDF(data) || styled > maxRefiStyled { // a PDF's reader must be compiled before anything is read
			return nil, bad(BadType)
		}
		r, err := Read(name, data, Options{NoSpeakers: true, NoTimes: true})
		if err != nil {
			return nil, err
		}
		s := &refi.Styled{Text: r.Text()}
		for _, m := range r.Comments {
			s.Margin = append(s.Margin, refi.Remark{Author: m.Author, At: m.At, Text: m.Text, Start: m.Start, Stop: m.Stop})
		}
		return s, nil
	}})
	head := refiHead{Guards: guards}
	var b *refi.BadFile
	if errors.As(err, &b) {
		head.Bad, head.Entry = b.Reason, clip(strings.ToValidUTF8(b.Entry, "\ufffd"), 200)
	} else if err != nil {
		return err
	}
	raw, err := json.Marshal(head)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<16)
	top := binary.BigEndian.AppendUint32([]byte(wireMark), uint32(len(raw)))
	if _, err := w.Write(append(top, raw...)); err != nil {
		return err
	}
	if head.Bad == "" {
		pack := packer{w: w}
		pack.put(&refiBody{p, r})
		if pack.err != nil {
			return pack.err
		}
	}
	return w.Flush()
}

// parseProject reads a child's answer and believes nothing in it, as parseAnswer does.
func parseProject(raw []byte) (*refi.Project, *refi.Report, error) {
	in := bytes.NewReader(raw)
	text, err := readHead(in, maxHead)
	if err != nil {
		return nil, nil, err
	}
	var head refiHead
	if err := strict(text, &head); err != nil {
		return nil, nil, err
	}
	for _, g := range head.Guards {
		if !slices.Contains(allGuards, g) {
			return nil, nil, errors.New("exchange: an unknown guard")
		}
	}
	rest := raw[len(raw)-in.Len():]
	if head.Bad != "" {
		b := &refi.BadFile{Reason: head.Bad, Entry: clip(head.Entry, 200)}
		if (&refi.BadFile{Reason: head.Bad}).Error() == "" || len(rest) > 0 {
			return nil, nil, errors.New("exchange: an unknown reason")
		}
		return nil, nil, b
	}
	u := unpacker{in: rest, memory: maxRefiMemory}
	var body refiBody
	u.get(&body)
	switch {
	case u.err != nil:
		return nil, nil, u.err
	case len(u.in) > 0:
		return nil, nil, errors.New("exchange: bytes after the project")
	case body.Project == nil || body.Report == nil:
		return nil, nil, errors.New("exchange: an answer without a project")
	}
	return body.Project, body.Report, soundProject(body.Project, body.Report)
}

// soundProject proves what those who use a project rely on, and what Read promises.
func soundProject(p *refi.Project, r *refi.Report) error {
	text := func(d *refi.Document) error {
		if strings.ContainsAny(d.Text, "\x00\r") {
			return errors.New("exchange: a document with a wrong text")
		}
		n := utf8.RuneCountInString(d.Text)
		for i := range d.Selections {
			if s := &d.Selections[i]; s.Start < 0 || s.Stop <= s.Start || s.Stop > n {
				return errors.New("exchange: a selection outside of its document")
			}
		}
		return nil
	}
	for i := range p.Documents {
		if err := text(&p.Documents[i]); err != nil {
			return err
		}
	}
	for i := range p.Memos {
		if err := text(&p.Memos[i].Document); err != nil {
			return err
		}
	}
	for _, it := range r.Items {
		if it.Reason.Sentence() == "" || it.Count < 1 {
			return errors.New("exchange: an unknown reason")
		}
	}
	return nil
}
