package refi

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// big is a project of 200 documents (ten under the race detector) of about 6,000 words with 500 codings each.
var big = sync.OnceValue(func() *Project {
	c := newChance(1)
	p := &Project{Name: "big", Origin: "anyam 0.1"}
	for i := range 4 {
		p.Coders = append(p.Coders, Coder{GUID: c.guid(), Name: fmt.Sprint("coder ", i)})
	}
	for i := range 120 {
		p.Codes = append(p.Codes, Code{GUID: c.guid(), Name: fmt.Sprint("code ", i), Codable: true})
	}
	for i := range bigDocuments {
		d := Document{GUID: c.guid(), Name: fmt.Sprint("interview ", i), Text: c.text(6000)}
		runes := []rune(d.Text)
		for k := range 400 {
			start := k * (len(runes) - 300) / 400
			x := Selection{GUID: c.guid(), Start: start, Stop: start + 20 + c.IntN(250), Stamp: Stamp{Coder: p.Coders[k%4].GUID, Created: c.when()}}
			for n := range 1 + (k+3)%4/3 {
				x.Codings = append(x.Codings, Coding{c.guid(), p.Codes[(k+n*7+i)%120].GUID, p.Coders[k%4].GUID, c.when()})
			}
			d.Selections = append(d.Selections, x)
		}
		p.Documents = append(p.Documents, d)
	}
	return p
})

var bigFile = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if _, err := Write(&b, big(), Standard); err != nil {
		panic(err)
	}
	return b.Bytes()
})

func BenchmarkRead(b *testing.B) {
	data := bigFile()
	if n := big().CodingCount(); n != 500*bigDocuments {
		b.Fatal(n)
	}
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	for b.Loop() {
		if _, _, err := Read(data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	p := big()
	b.ResetTimer()
	for b.Loop() {
		if _, err := Write(io.Discard, p, Standard); err != nil {
			b.Fatal(err)
		}
	}
}

// peak runs something and gives the bytes it allocated altogether, collected meanwhile or not: it never had more than that in use.
func peak(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBigProjectMemory: 200 documents with 100,000 codings are read and written in less than 300 MB beyond the file and the project.
func TestBigProjectMemory(t *testing.T) {
	data := bigFile()
	var q *Project
	in := peak(func() {
		var err error
		if q, _, err = Read(data, Options{}); err != nil {
			t.Error(err)
		}
	})
	if n := q.CodingCount(); n != 500*bigDocuments {
		t.Fatalf("%d codings", n)
	}
	out := peak(func() {
		if _, err := Write(io.Discard, q, Standard); err != nil {
			t.Error(err)
		}
	})
	t.Logf("file %d MB, in %d MB, out %d MB", len(data)>>20, in>>20, out>>20)
	if in > 300<<20 || out > 300<<20 {
		t.Errorf("in %d MB, out %d MB", in>>20, out>>20)
	}
	if a, b := strings.Join(coded(big(), true), "\n"), strings.Join(coded(q, true), "\n"); a != b {
		t.Error("not the same words")
	}
}
