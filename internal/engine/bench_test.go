package engine_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// BenchmarkWrite measures one change, synced to disk, by one writer and by many at once; an operation is one change.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 50} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s, err := store.Open(context.Background(), pgtest.Durable(b).URL(), slog.New(slog.NewTextHandler(io.Discard, nil)))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			e := engine.New(s, options())
			defer e.Close()
			p, me := newProject(b, s, e)
			next := make(chan struct{})
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for range next {
						if _, err := e.Do(context.Background(), p, qda.Intent{Change: newChange(), Coder: me, Do: &qda.MemoWritten{Text: "Catatan."}}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for b.Loop() {
				next <- struct{}{}
			}
			close(next)
			all.Wait()
		})
	}
}

// manyCodings is a View of 50,000 codings in 60 documents, by 200 codes and 3 coders.
func manyCodings(b *testing.B) *engine.View {
	b.Helper()
	const documents, codes, codings, chars = 60, 200, 50_000, 40_000
	img := &qda.Image{Project: 1, Things: []qda.Thing{&qda.Project{State: qda.Live}}}
	n := qda.ID(0)
	id := func() qda.ID { n++; return n }
	for range 3 {
		img.Things = append(img.Things, &qda.Coder{ID: id(), Role: qda.Owner})
	}
	for range documents {
		img.Things = append(img.Things, &qda.Document{ID: id(), Version: 1, Chars: chars, State: qda.Live})
	}
	for range codes {
		img.Things = append(img.Things, &qda.Node{ID: id(), Kind: qda.Code, Codable: true, Name: fmt.Sprint(n), State: qda.Live})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range codings {
		start := int32(r.IntN(chars - 400))
		img.Codings = append(img.Codings, qda.Coding{ID: id(), Document: 4 + qda.ID(r.IntN(documents)), Version: 1, Code: 4 + documents + qda.ID(r.IntN(codes)),
			Coder: 1 + qda.ID(r.IntN(3)), Start: start, Stop: start + 20 + int32(r.IntN(300))})
	}
	img.Next = n + 1
	v, err := engine.Open(img)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func BenchmarkCounts50000(b *testing.B) {
	v := manyCodings(b)
	for b.Loop() {
		if engine.Fresh(v).As(0).Counts().Codings != 50_000 {
			b.Fatal("codings are missing")
		}
	}
}

func BenchmarkPairs50000(b *testing.B) {
	v := manyCodings(b)
	for b.Loop() {
		if p, _ := engine.Fresh(v).As(0).Pairs().Meet(64, 65); p == 0 {
			b.Fatal("nothing meets")
		}
	}
}
