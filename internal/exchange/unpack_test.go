package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// zipped packs entries as their headers say, name for name, whatever the name.
func zipped(t testing.TB, all ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, h := range all {
		words := h.Comment
		h.Comment = ""
		w, err := z.CreateHeader(&h)
		if err == nil && words != "" {
			_, err = w.Write([]byte(words))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// entry is a file of a zip; its words stand in the comment until they are packed.
func entry(name, words string) zip.FileHeader {
	return zip.FileHeader{Name: name, Method: zip.Deflate, Comment: words}
}

// saysUTF8 marks an entry's name as UTF-8, whatever it is.
func saysUTF8(h zip.FileHeader) zip.FileHeader {
	h.Flags |= 0x800
	return h
}

// calledAlso puts a name in UTF-8 beside an entry's own, as if that were called so.
func calledAlso(h zip.FileHeader, called, name string) zip.FileHeader {
	x := binary.LittleEndian.AppendUint32([]byte{1}, crc32.ChecksumIEEE([]byte(called)))
	x = append(x, name...)
	h.Extra = append(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte{0xfe, 0xca, 1, 0, 9}, unicodePath), uint16(len(x))), x...)
	return h
}

func linkTo(name, where string) zip.FileHeader {
	h := entry(name, where)
	h.SetMode(fs.ModeSymlink | 0o777)
	return h
}

// renamed writes a name over another of the same length, in the local header and in the directory.
func renamed(data []byte, from, to string) []byte {
	return bytes.ReplaceAll(data, []byte(from), []byte(to))
}

// claims makes the directory say a size for the last entry.
func claims(data []byte, size uint32) []byte {
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[at+24:], size)
	return data
}

type badZip struct {
	what   string
	data   []byte
	files  string // what is handed out: name=bytes, or name!reason
	reason string // of the zip itself
}

// noise is what does not pack.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// badZips makes them once.
func badZips(t testing.TB) []badZip {
	t.Helper()
	badZipsOnce.Do(func() { allBadZips = makeBadZips(t) })
	return allBadZips
}

var (
	badZipsOnce sync.Once
	allBadZips  []badZip
)

func makeBadZips(t testing.TB) []badZip {
	many := func(n int) (all []zip.FileHeader) {
		for i := range n {
			all = append(all, entry(fmt.Sprintf("P%04d.txt", i), "kata"))
		}
		return all
	}
	big := func(n int) (all []zip.FileHeader) { // each below what is a bomb
		words := noise(4<<10) + strings.Repeat("kata ", 200<<10)
		for i := range n {
			all = append(all, entry(fmt.Sprintf("P%04d.txt", i), words))
		}
		return all
	}
	inner := string(zipped(t, entry("a.txt", "a")))
	wrongSum := zipped(t, entry("a.txt", "kata"), entry("b.txt", "lain"))
	at := bytes.LastIndex(wrongSum, []byte("PK\x01\x02"))
	wrongSum[at+16] ^= 1
	return []badZip{
		{"nothing in it", zipped(t), "", ""},
		{"no zip", []byte("PK\x03\x04 and no more"), "", BadBroken},
		{"cut short", zipped(t, many(3)...)[:100], "", BadBroken},
		{"encrypted", encrypted(t), "", BadEncrypted},
		{"bomb by ratio", flatAs(t, "b.txt", 32<<20, 0, "a.txt", "kata"), "a.txt=4", BadBomb},
		{"bomb by count", zipped(t, many(MaxPacked+1)...), "", BadMany},
		{"bomb by many more", manyEntries(t, maxEntries+1), "", BadBomb},
		{"a million entries", bytes.Repeat([]byte("PK\x01\x02PK\x03\x04"), 1_000_000), "", BadBroken},
		{"bomb of entries over each other", overlapped(t), "", BadBomb},
		{"bomb all together", claims(zipped(t, big(3)...), 1<<31), "", BadBomb},
		{"many that are not small", zipped(t, big(5)...), "P0000.txt=1028096 P0001.txt=1028096 P0002.txt=1028096 P0003.txt=1028096 P0004.txt=1028096", ""},
		{"zips in it", zipped(t, entry("a.txt", "kata"), entry("in.zip", inner), entry("IN.ZIP", inner), entry("in.7z", "7z"), entry("x.tar", "x"), entry("x.tar.gz", "x"), entry("z.txt", "kata")),
			"IN.ZIP!nested a.txt=4 in.7z!nested in.zip!nested x.tar!nested x.tar.gz!nested z.txt=4", ""},
		{"says too little", flatAs(t, "b.txt", 1<<20, 1000, "a.txt", "kata"), "a.txt=4 b.txt!broken", ""},
		{"says too much", claims(zipped(t, entry("a.txt", "kata"), entry("b.txt", "kata")), 9), "a.txt=4 b.txt!broken", ""},
		{"says far too much", claims(zipped(t, entry("a.txt", "kata"), entry("b.txt", "kata")), MaxFile+1), "a.txt=4 b.txt!toobig", ""},
		{"says nothing", claims(zipped(t, entry("a.txt", "kata"), entry("b.txt", "kata")), 0), "a.txt=4 b.txt!empty", ""},
		{"a wrong sum", wrongSum, "a.txt=4 b.txt!broken", ""},
		{"names that lead out", zipped(t, entry("../../out.txt", "kata"), entry("/etc/passwd", "kata"), entry(`..\..\out2.txt`, "kata"), entry("a/../../b.txt", "kata"), entry("....//c.txt", "kata"), entry("C:\\d.txt", "kata")),
			"out.txt=4 out2.txt=4 etc/passwd=4 C:/d.txt=4 a/b.txt=4", ""},
		{"names that are nothing", zipped(t, entry("..", "kata"), entry("./", ""), entry(" ", "kata"), entry("\x01\x02", "kata")), "?=4 ?=4 ?=4", ""},
		{"a NUL in a name", renamed(zipped(t, entry("aXb.txt", "kata")), "aXb.txt", "a\x00b.txt"), "ab.txt=4", ""},
		{"a name that is no text", renamed(zipped(t, saysUTF8(entry("aXXb.txt", "kata"))), "aXXb.txt", "a\xff\xfeb.txt"), "a ■b.txt=4", ""},
		{"a name in UTF-8 with a broken place", renamed(zipped(t, saysUTF8(entry("aX 报关单.txt", "kata"))), "aX", "a\xff"), "a\ufffd 报关单.txt=4", ""},
		{"names that say they are UTF-8 and are not", renamed(zipped(t, saysUTF8(entry("Rinc1.txt", "satu"))), "Rinc1", "Rinc\xa2"), "Rincó.txt=4", ""},
		{"names in code page 437", renamed(renamed(zipped(t, entry("Rinc1.txt", "satu"), entry("fX/caf2.txt", "tiga!"), entry("café.txt", "dua")), "Rinc1", "Rinc\xa2"), "fX/caf2", "f\x81/caf\x82"), "Rincó.txt=4 café.txt=3 fü/café.txt=5", ""},
		{"names that are one and the same once they are read", renamed(zipped(t, entry("caf2.txt", "satu"), entry("café.txt", "dua")), "caf2", "caf\x82"), "café.txt=4 café.txt=3", ""},
		{"a name with its UTF-8 beside it", zipped(t, calledAlso(entry("____.txt", "satu"), "____.txt", "报关单.txt"), calledAlso(entry("a.txt", "kata"), "b.txt", "报关单.txt")), "报关单.txt=4 a.txt=4", ""},
		{"a name in UTF-8 that does not say so", renamed(zipped(t, entry("cafXX.txt", "kata")), "cafXX", "café"), "café.txt=4", ""},
		{"a name without end", zipped(t, entry(strings.Repeat("sangat ", 2000)+".txt", "kata")), strings.TrimLeft((strings.Repeat("sangat ", 29) + ".txt")[7*29+4-200:], " ") + "=4", ""},
		{"links", zipped(t, linkTo("a.txt", "/etc/passwd"), linkTo("b.txt", "../../b"), entry("c.txt", "kata")), "a.txt!type b.txt!type c.txt=4", ""},
		{"the same name twice", renamed(zipped(t, entry("a.txt", "satu"), entry("b.txt", "dua")), "b.txt", "a.txt"), "", BadBroken},
		{"names that differ in case", zipped(t, entry("a.txt", "satu"), entry("A.TXT", "tiga!"), entry("A.txt", "dua")), "A.TXT=5 A.txt=3 a.txt=4", ""},
		{"one name in two ways", zipped(t, entry("f/a.txt", "satu"), entry(`f\a.txt`, "dua"), entry("./f/a.txt", "tiga!")), "f/a.txt=5 f/a.txt=4 f/a.txt=3", ""},
		{"a folder that is a file", zipped(t, entry("f", "kata"), entry("f/a.txt", "kata")), "f=4 f/a.txt=4", ""},
		{"what systems leave", zipped(t, entry("__MACOSX/._a.txt", "x"), entry(".DS_Store", "x"), entry("f/Thumbs.db", "x"), entry("desktop.ini", "x"), entry("f/~$a.docx", "x"), entry("a.txt", "kata")), "a.txt=4", ""},
	}
}

// taken tells what was handed out, and why the rest was not.
func taken(unpack func(func(Packed) error) (int, error)) (files, reason string, err error) {
	var all []string
	_, err = unpack(func(p Packed) error {
		if p.Bad != nil {
			all = append(all, p.Name+"!"+p.Bad.Reason)
		} else {
			all = append(all, fmt.Sprintf("%s=%d", p.Name, len(p.Data)))
		}
		return nil
	})
	var b *BadFile
	if errors.As(err, &b) {
		reason, err = b.Reason, nil
	}
	return strings.Join(all, " "), reason, err
}

// TestZipsOfStrangers: what can be read is, the rest has its reason, and nothing is written or opened on the way; here and in a child alike.
func TestZipsOfStrangers(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "in", "ner"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, "in", "ner"))
	all := badZips(t)
	for _, z := range all {
		begun := time.Now()
		files, reason, err := taken(func(each func(Packed) error) (int, error) { return unpack(z.data, each) })
		if files != z.files || reason != z.reason || err != nil {
			t.Errorf("%s: %q, %q, %v; want %q, %q", z.what, files, reason, err, z.files, z.reason)
		}
		if reason != "" && !slices.Contains(badReasons, reason) {
			t.Errorf("%s: no sentence for %q", z.what, reason)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s took %v", z.what, took)
		}
	}
	there := 0
	err := filepath.WalkDir(root, func(string, fs.DirEntry, error) error { there++; return nil })
	if there != 3 || err != nil {
		t.Errorf("there are %d things in the folder and around it, %v", there, err)
	}
}

// TestZipsInAChild: a child says of every zip what is said here, and hands over the same bytes.
func TestZipsInAChild(t *testing.T) {
	x := self(t)
	var wg sync.WaitGroup
	for _, z := range badZips(t) {
		wg.Go(func() {
			files, reason, err := taken(func(each func(Packed) error) (int, error) { return x.Unpack(t.Context(), z.data, each) })
			if files != z.files || reason != z.reason || err != nil {
				t.Errorf("%s: %q, %q, %v; want %q, %q", z.what, files, reason, err, z.files, z.reason)
			}
		})
	}
	wg.Wait()
	words := noise(3 << 20)
	var got []string
	passed, err := x.Unpack(t.Context(), zipped(t, entry(".hidden", "x"), entry("a.txt", words), entry("b.txt", "dua")), func(p Packed) error {
		got = append(got, string(p.Data))
		return nil
	})
	if err != nil || passed != 1 || len(got) != 2 || got[0] != words || got[1] != "dua" {
		t.Errorf("%d files, %d passed over, %v", len(got), passed, err)
	}
	// Whoever takes the files may stop, and hears of nothing but that.
	enough := errors.New("enough")
	n := 0
	if _, err := x.Unpack(t.Context(), zipped(t, entry("a.txt", words), entry("b.txt", words)), func(Packed) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("%v after %d files", err, n)
	}
	for _, c := range []struct{ says, reason string }{{"die", BadCrashed}, {"babble", BadCrashed}, {"lie", BadCrashed}} {
		_, reason, err := taken(func(each func(Packed) error) (int, error) {
			return self(t, c.says).Unpack(t.Context(), zipped(t, entry("a.txt", "kata")), each)
		})
		if reason != c.reason || err != nil {
			t.Errorf("a child that would %s: %q, %v", c.says, reason, err)
		}
	}
	slow := self(t, "hang")
	slow.Wait = 50 * time.Millisecond
	if _, reason, err := taken(func(each func(Packed) error) (int, error) {
		return slow.Unpack(t.Context(), zipped(t, entry("a.txt", "kata")), each)
	}); reason != BadSlow || err != nil {
		t.Errorf("a child that hangs: %q, %v", reason, err)
	}
	if _, reason, _ := taken(func(each func(Packed) error) (int, error) {
		return x.Unpack(t.Context(), make([]byte, MaxFile+1), each)
	}); reason != BadTooBig {
		t.Errorf("too big: %q", reason)
	}
}

// parts is a child's answer in so many words.
func parts(all ...string) []byte {
	var b []byte
	for _, s := range all {
		head, data, _ := strings.Cut(s, "|")
		b = append(binary.BigEndian.AppendUint32(append(b, wireMark...), uint32(len(head))), head+data...)
	}
	return b
}

// TestPartsAreChecked: a child that was taken over can say anything, and is believed nothing that unpack could not have given.
func TestPartsAreChecked(t *testing.T) {
	const end = `{"End":true}`
	for _, good := range [][]string{{end}, {`{"Name":"a.txt","Size":2}|ab`, `{"Name":"b","Bad":{"Reason":"nested"}}`, `{"End":true,"Passed":3}`}, {`{"End":true,"Bad":{"Reason":"bomb"}}`}} {
		if _, err := hearParts(bytes.NewReader(parts(good...)), func(Packed) error { return nil }); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	var many []string
	for range MaxPacked + 1 {
		many = append(many, `{"Name":"a","Size":1}|a`)
	}
	for _, wrong := range [][]string{
		{}, {`{"Name":"a","Size":1}|a`}, {end, end}, {`{"Name":"a","Size":3}|a`}, {`{"Name":"a","Size":-1}`, end}, {fmt.Sprintf(`{"Name":"a","Size":%d}`, MaxFile+1), end}, {`{"Name":"a","Size":9223372036854775807}`, end},
		{`{"Name":"a","Size":0}`, end}, {`{"Name":"a","Size":1,"Bad":{"Reason":"bomb"}}|a`, end}, {`{"Size":1}|a`, end}, {`{"Name":"../a","Size":1}|a`, end}, {`{"Name":"/a","Size":1}|a`, end}, {`{"Name":"a\u0007","Size":1}|a`, end},
		{`{"Name":"a","Size":1,"Passed":1}|a`, end}, {`{"Name":"a","Bad":{"Reason":"because"}}`, end}, {`{"End":true,"Bad":{"Reason":"because"}}`}, {`{"End":true,"Size":1}|a`}, {`{"End":true,"Passed":-1}`}, {`{"End":true,"More":1}`}, append(many, end),
	} {
		if _, err := hearParts(bytes.NewReader(parts(wrong...)), func(Packed) error { return nil }); err == nil {
			t.Errorf("believed: %q", wrong[:min(3, len(wrong))])
		}
	}
}
