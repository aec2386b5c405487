package server

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"anyam/internal/exchange/refi"
	"anyam/internal/qda"
)

// bigQDPX is a project of so many documents of 6,000 words with 500 codings each, by four coders with 120 codes.
func bigQDPX(t testing.TB, documents int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 7))
	guid := func() (g refi.GUID) {
		for i := range g {
			g[i] = byte(r.UintN(256))
		}
		return g
	}
	p := &refi.Project{Name: "big", Origin: "anyam 0.1"}
	for i := range 4 {
		p.Coders = append(p.Coders, refi.Coder{GUID: guid(), Name: fmt.Sprint("coder ", i)})
	}
	for i := range 120 {
		p.Codes = append(p.Codes, refi.Code{GUID: guid(), Name: fmt.Sprint("code ", i), Codable: true})
	}
	words := strings.Fields("saya menjual udang lewat pengepul sejak lama dan tidak pernah tahu dokumen apa yang diminta oleh pembeli di luar negeri karena semua diurus orang lain")
	for i := range documents {
		var b strings.Builder
		for n := range 6000 {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(" \n"[min(1, n%60/59)])
		}
		text := b.String()
		d := refi.Document{GUID: guid(), Name: fmt.Sprint("interview ", i), Text: text}
		for k := range 400 {
			start := k * (len(text) - 300) / 400
			x := refi.Selection{GUID: guid(), Start: start, Stop: start + 20 + r.IntN(250), Stamp: refi.Stamp{Coder: p.Coders[k%4].GUID}}
			for n := range 1 + (k+3)%4/3 {
				x.Codings = append(x.Codings, refi.Coding{GUID: guid(), Code: p.Codes[(k+n*7+i)%120].GUID, Coder: p.Coders[k%4].GUID})
			}
			d.Selections = append(d.Selections, x)
		}
		p.Documents = append(p.Documents, d)
	}
	var out bytes.Buffer
	if _, err := refi.Write(&out, p, refi.Standard); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkBring reads a project of 200 documents with 100,000 codings in the child and writes it to the database.
func BenchmarkBring(b *testing.B) {
	w := newWorld(b)
	data := bigQDPX(b, 200)
	ctx := context.Background()
	owner := w.person("Pemilik", false)
	for b.Loop() {
		g := fresh()
		id, err := w.store.MakeProject(ctx, g, w.now())
		if err != nil {
			b.Fatal(err)
		}
		e, err := w.engine.Do(ctx, id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: "Besar", Language: "id", Method: qda.Reflexive, Account: owner.ID, Owner: owner.Name, Initials: "P"}})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		most, stop := heapPeak()
		began := time.Now()
		if _, _, err := w.s.Extractor.Project(ctx, data); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-read")
		began = time.Now()
		r, err := Bring(ctx, Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: id, Coder: made(e, qda.SortCoder)}, Data: data, Now: time.Now()})
		stop()
		b.ReportMetric(time.Since(began).Seconds(), "s-bring")
		if err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(most()-before.HeapAlloc)/(1<<20), "MB-peak")
		b.ReportMetric(float64(w.mustCount(`SELECT count(*)::text FROM entry WHERE project = $1`, id)), "entries")
		if r.Codings != 100_000 || r.Documents != 200 {
			b.Fatalf("%+v", r)
		}
	}
}

// heapPeak watches how much of the heap is in use at most.
func heapPeak() (most func() uint64, stop func()) {
	var top uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { return top }, func() { close(done); <-ended }
}

func (w *world) mustCount(sql string, args ...any) (n int) {
	w.t.Helper()
	if _, err := fmt.Sscan(w.query(sql, args...), &n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
