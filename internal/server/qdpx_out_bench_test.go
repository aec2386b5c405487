package server

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"anyam/internal/i18n"
	"anyam/internal/qda"
)

// BenchmarkTakeQDPX writes a project of 200 documents with 100,000 codings for other programs, as the command line does.
func BenchmarkTakeQDPX(b *testing.B) {
	w := newWorld(b)
	ctx := context.Background()
	owner := w.person("Pemilik", false)
	g := fresh()
	id, err := w.store.MakeProject(ctx, g, w.now())
	if err != nil {
		b.Fatal(err)
	}
	e, err := w.engine.Do(ctx, id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: "Besar", Language: "id", Method: qda.Reflexive, Account: owner.ID, Owner: owner.Name, Initials: "P"}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := Bring(ctx, Bringing{Into: Into{Store: w.store, Engine: w.engine, Extractor: w.s.Extractor, Project: id, Coder: made(e, qda.SortCoder)}, Data: bigQDPX(b, 200), Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	v, err := w.engine.View(ctx, id, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		most, stop := heapPeak()
		var out bytes.Buffer
		began := time.Now()
		err := Take(ctx, Taking{Store: w.store, Engine: w.engine, View: v, Coder: &qda.Coder{}, Say: i18n.New("en", "UTC"), Now: w.now(), What: "project", Format: "qdpx"}, &out)
		stop()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-out")
		b.ReportMetric(float64(most()-before.HeapInuse)/(1<<20), "MB-peak")
		b.ReportMetric(float64(out.Len())/(1<<20), "MB-file")
	}
}
