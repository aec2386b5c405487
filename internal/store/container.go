package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The file of a backup is one row of text, "anyam backup 1\n", whose number is that of the format, and a zstd stream of frames.
// A frame is a kind, the length of what follows in 4 bytes (big-endian), and that. In this order:
//
//	H  what the backup is of, as JSON (BackupHead)
//	T  a table begins: its name and columns, as JSON; then any number of
//	D  pieces of what COPY says of it, in text format, UTF-8, and
//	E  its end, as JSON: rows, bytes, the sum over its rows
//	Z  the end: the SHA-256 over the row of text and all frames before this one
//
// Nothing may follow. A reader believes no length before the bytes are there.
const (
	containerMark   = "anyam backup "
	containerFormat = 1

	pieceSize  = 256 << 10 // of data in one frame that is written
	maxPiece   = 1 << 20   // of data in one frame that is read
	maxHead    = 32 << 20  // some hundred thousand projects
	maxPart    = 256 << 10 // of what is said of one table
	maxTables  = 1000
	windowSize = 4 << 20 // of zstd, which both sides hold in memory
)

// What a file can be instead of a backup that this program can read. Each is wrapped with what was seen.
var (
	ErrNotBackup     = errors.New("the file is not a backup made by anyam")
	ErrBackupDamaged = errors.New("the backup is damaged or was cut short")
	ErrBackupNewer   = errors.New("the backup was made by a newer anyam than this one")
)

// BackupHead says what a backup is of.
type BackupHead struct {
	Schema    uint            `json:"schema"`   // the newest step of the migrations it had gone through
	Made      time.Time       `json:"made"`     // by the clock of the machine that made it
	Program   string          `json:"program"`  // version of anyam
	Postgres  string          `json:"postgres"` // version of the server
	Projects  []BackupProject `json:"projects"`
	Counters  []BackupCounter `json:"counters"`
	Forgotten []string        `json:"forgotten"` // tables that did not travel
}

// BackupProject is a project's place in its ledger at the backup: a chain of hashes whose tail was cut does not show it by itself.
type BackupProject struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Seq  int64  `json:"seq"`  // 0: made, but not begun
	Hash string `json:"hash"` // of the entry at Seq, hex
}

// BackupCounter is where a column that numbers by itself stands.
type BackupCounter struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Last   int64  `json:"last"` // the number given last; 0: none yet
}

// BackupTable is one table of a backup.
type BackupTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	BackupTotal
}

// BackupTotal is what a table holds. Sum is the sum, modulo 2^128, of the first 16 bytes of the SHA-256 of each row as COPY
// writes it: the order of rows does not matter, and a row that is there twice does.
type BackupTotal struct {
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"` // of text that COPY wrote
	Sum   string `json:"sum"`   // hex
}

// rowSums adds up rows of text that end in a newline, which COPY has nowhere else.
type rowSums struct {
	row        hash.Hash
	open       bool
	hi, lo     uint64
	rows, size int64
}

func newRowSums() *rowSums { return &rowSums{row: sha256.New()} }

func (r *rowSums) Write(p []byte) (int, error) {
	n := len(p)
	r.size += int64(n)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		r.row.Write(p[:i])
		r.end()
		p = p[i+1:]
	}
	if len(p) > 0 {
		r.row.Write(p)
		r.open = true
	}
	return n, nil
}

func (r *rowSums) end() {
	var sum [sha256.Size]byte
	r.row.Sum(sum[:0])
	var carry uint64
	r.lo, carry = bits.Add64(r.lo, binary.BigEndian.Uint64(sum[8:]), 0)
	r.hi, _ = bits.Add64(r.hi, binary.BigEndian.Uint64(sum[:]), carry)
	r.rows++
	r.row.Reset()
	r.open = false
}

func (r *rowSums) total() BackupTotal {
	if r.open {
		r.end()
	}
	return BackupTotal{Rows: r.rows, Bytes: r.size, Sum: fmt.Sprintf("%016x%016x", r.hi, r.lo)}
}

// containerWriter writes a backup's file.
type containerWriter struct {
	z     *zstd.Encoder
	sum   hash.Hash
	piece []byte // data not yet written
	rows  *rowSums
	err   error
}

func newContainer(w io.Writer, head BackupHead) (*containerWriter, error) {
	first := containerMark + strconv.Itoa(containerFormat) + "\n"
	if _, err := io.WriteString(w, first); err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(w, zstd.WithWindowSize(windowSize), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	c := &containerWriter{z: z, sum: sha256.New(), piece: make([]byte, 0, pieceSize)}
	io.WriteString(c.sum, first)
	return c, c.say('H', head)
}

func (c *containerWriter) frame(kind byte, body []byte) error {
	var b [5]byte
	b[0] = kind
	binary.BigEndian.PutUint32(b[1:], uint32(len(body)))
	for _, p := range [][]byte{b[:], body} {
		if c.err != nil {
			return c.err
		}
		c.sum.Write(p)
		_, c.err = c.z.Write(p)
	}
	return c.err
}

func (c *containerWriter) say(kind byte, what any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	if limit := map[byte]int{'H': maxHead}[kind]; len(body) > max(limit, maxPart) {
		return fmt.Errorf("what a backup says of itself is too long: %d bytes", len(body))
	}
	return c.frame(kind, body)
}

// begin starts a table; its data follow by Write.
func (c *containerWriter) begin(name string, columns []string) error {
	c.rows = newRowSums()
	return c.say('T', struct {
		Name    string   `json:"name"`
		Columns []string `json:"columns"`
	}{name, columns})
}

func (c *containerWriter) Write(p []byte) (int, error) {
	n := len(p)
	c.rows.Write(p)
	for len(p) > 0 {
		k := min(len(p), pieceSize-len(c.piece))
		c.piece = append(c.piece, p[:k]...)
		p = p[k:]
		if len(c.piece) == pieceSize {
			if err := c.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (c *containerWriter) flush() error {
	if len(c.piece) == 0 {
		return c.err
	}
	err := c.frame('D', c.piece)
	c.piece = c.piece[:0]
	return err
}

// end closes a table and gives what was in it.
func (c *containerWriter) end() (BackupTotal, error) {
	if err := c.flush(); err != nil {
		return BackupTotal{}, err
	}
	t := c.rows.total()
	return t, c.say('E', t)
}

// close writes the end. Without it a file is one that was cut short.
func (c *containerWriter) close() error {
	if err := c.frame('Z', c.sum.Sum(nil)); err != nil {
		return err
	}
	return c.z.Close()
}

// drop lets go of what a file that failed holds.
func (c *containerWriter) drop() {
	c.z.Reset(io.Discard)
	_ = c.z.Close() // into nowhere
}

// containerReader reads a backup's file, which may come from anywhere.
type containerReader struct {
	z    *zstd.Decoder
	sum  hash.Hash
	head BackupHead

	piece  []byte // data of the table not yet read
	rows   *rowSums
	total  *BackupTotal // of the table, once its end was read
	tables int
	buf    bytes.Buffer
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrBackupDamaged, fmt.Errorf(format, args...))
}

// openContainer reads a file's beginning. Close the reader.
func openContainer(r io.Reader) (*containerReader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	first, err := b.Peek(len(containerMark))
	if string(first) != containerMark {
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: %w", ErrBackupDamaged, err)
		case len(first) == 0:
			return nil, fmt.Errorf("%w: it is empty", ErrNotBackup)
		}
		return nil, ErrNotBackup
	}
	row := make([]byte, 0, 32)
	for len(row) < cap(row) && (len(row) == 0 || row[len(row)-1] != '\n') {
		x, err := b.ReadByte()
		if err != nil {
			return nil, damaged("it ends in its first row")
		}
		row = append(row, x)
	}
	format, err := strconv.Atoi(strings.TrimSuffix(string(row[len(containerMark):]), "\n"))
	switch {
	case err != nil || format < 1:
		return nil, ErrNotBackup
	case format > containerFormat:
		return nil, fmt.Errorf("%w: its format is %d and this program reads %d", ErrBackupNewer, format, containerFormat)
	}
	z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*windowSize))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBackupDamaged, err)
	}
	c := &containerReader{z: z, sum: sha256.New()}
	c.sum.Write(row)
	kind, body, err := c.frame()
	if err == nil && kind != 'H' {
		err = damaged("it does not begin with its head")
	}
	if err == nil {
		err = c.hear(body, &c.head)
	}
	if err != nil {
		z.Close()
		return nil, err
	}
	return c, nil
}

// Close lets go of what the reader holds.
func (c *containerReader) Close() { c.z.Close() }

func (c *containerReader) hear(body []byte, to any) error {
	if err := json.Unmarshal(body, to); err != nil {
		return damaged("what it says of itself can't be read")
	}
	return nil
}

// frame reads a frame; its bytes are good until the next.
func (c *containerReader) frame() (kind byte, body []byte, err error) {
	var b [5]byte
	if _, err := io.ReadFull(c.z, b[:]); err != nil {
		return 0, nil, damaged("%w", cut(err))
	}
	n := int64(binary.BigEndian.Uint32(b[1:]))
	limit := int64(maxPart)
	switch b[0] {
	case 'H':
		limit = maxHead
	case 'D':
		limit = maxPiece
	case 'Z':
		limit = sha256.Size
	case 'T', 'E':
	default:
		return 0, nil, damaged("it holds what this program does not know")
	}
	if n > limit {
		return 0, nil, damaged("a part of it says it is %d bytes long", n)
	}
	c.buf.Reset()
	if _, err := io.CopyN(&c.buf, c.z, n); err != nil { // grows with what is there, not with what is said
		return 0, nil, damaged("%w", cut(err))
	}
	if b[0] != 'Z' {
		c.sum.Write(b[:])
		c.sum.Write(c.buf.Bytes())
	}
	return b[0], c.buf.Bytes(), nil
}

// cut is what an end in the middle is called.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return err
}

// next goes to the next table; nil at the end of a file that is whole. The table before must have been read to its end.
func (c *containerReader) next() (*BackupTable, error) {
	kind, body, err := c.frame()
	if err != nil {
		return nil, err
	}
	switch kind {
	case 'T':
		if c.tables++; c.tables > maxTables {
			return nil, damaged("it has more than %d tables", maxTables)
		}
		t := &BackupTable{}
		if err := c.hear(body, t); err != nil {
			return nil, err
		}
		c.rows, c.total, c.piece = newRowSums(), nil, nil
		return t, nil
	case 'Z':
		if !bytes.Equal(body, c.sum.Sum(nil)) {
			return nil, damaged("its checksum does not agree")
		}
		switch n, err := c.z.Read(make([]byte, 1)); {
		case n > 0:
			return nil, damaged("something follows its end")
		case !errors.Is(err, io.EOF):
			return nil, damaged("%w", err)
		}
		return nil, nil
	}
	return nil, damaged("its parts are not in order")
}

// Read gives the data of the table, io.EOF at its end; there they were compared with what its end says.
func (c *containerReader) Read(p []byte) (int, error) {
	for len(c.piece) == 0 {
		if c.total != nil {
			return 0, io.EOF
		}
		kind, body, err := c.frame()
		if err != nil {
			return 0, err
		}
		switch kind {
		case 'D':
			c.piece = body
		case 'E':
			t := &BackupTotal{}
			if err := c.hear(body, t); err != nil {
				return 0, err
			}
			if got := c.rows.total(); got != *t {
				return 0, damaged("a table has %d rows and should have %d, or other ones", got.Rows, t.Rows)
			}
			c.total = t
		default:
			return 0, damaged("its parts are not in order")
		}
	}
	n := copy(p, c.piece)
	c.rows.Write(c.piece[:n])
	c.piece = c.piece[n:]
	return n, nil
}
