package engine_test

import (
	"sync"
	"testing"

	"anyam/internal/bench"
	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

// studies are made up once for all benchmarks.
var studies = map[string]func() *study{
	"M": sync.OnceValue(func() *study { return newStudy(1) }),
	"L": sync.OnceValue(func() *study { return newStudy(2) }),
}

type study struct {
	*bench.Study
	v *engine.View
	l engine.Lens // to which nothing is kept
}

func newStudy(size int) *study {
	s := bench.Generate(bench.Sizes[size])
	v, err := engine.Open(s.Image())
	if err != nil {
		panic(err)
	}
	return &study{s, v, v.As(0).Narrow(nil, nil)}
}

// BenchmarkQuestion times every question that the engine answers, over 50,000 and a million codings.
func BenchmarkQuestion(b *testing.B) {
	for _, size := range []string{"M", "L"} {
		for _, q := range []struct {
			name string
			ask  func(*study)
		}{
			{"Counts", func(s *study) { s.l.Counts() }},
			{"Pairs", func(s *study) { s.l.Pairs() }},
			{"PairsOfHalf", func(s *study) {
				s.l.Narrow(s.Study.Documents[:len(s.Study.Documents)/2], s.Study.Coders[:len(s.Study.Coders)/2]).Pairs()
			}},
			{"ByDocument", func(s *study) { s.l.ByDocument() }},
			{"ByValue", func(s *study) { s.l.ByValue(s.Attribute) }},
			{"Coverage", func(s *study) { s.l.Coverage() }},
			{"Agreement", func(s *study) { s.l.Agreement(s.Study.Coders[0], s.Study.Coders[1]) }},
			{"Overlapping", func(s *study) {
				for range s.l.Overlapping(s.Study.Documents[len(s.Study.Documents)/2], span.Span{Start: 10_000, Stop: 13_000}) {
				}
			}},
			{"At", func(s *study) { s.l.At(s.Study.Documents[0], 10_000) }},
			{"CodingsOf", func(s *study) { s.l.CodingsOf(s.Codes[:6], 100, 200) }},
			{"Covered", func(s *study) { s.l.Covered(s.Study.Documents[0]) }},
			{"FindFirst", func(s *study) {
				s.l.Find(engine.All(engine.Under(s.Codes[0]), engine.Under(s.Codes[1]), engine.Not(engine.Under(s.Codes[2]))))
			}},
			{"Find", func(s *study) {
				s.v.As(0).Find(engine.All(engine.Under(s.Codes[0]), engine.Under(s.Codes[1]), engine.Not(engine.Under(s.Codes[2]))))
			}},
			{"Digests", func(s *study) {
				v := engine.Fresh(s.v)
				for _, n := range v.Nodes() {
					if n.Kind == qda.Theme {
						v.Digest(n.ID)
					}
				}
			}},
			{"After", func(s *study) {
				c := &qda.Coding{ID: s.Next, Document: s.Study.Documents[1], Version: 1, Code: s.Codes[3], Coder: s.Study.Coders[0], Start: 5000, Stop: 5300, Made: s.v.Seq() + 1, At: 1_800_000_000}
				if _, err := s.v.After(&qda.Entry{Project: 1, Seq: s.v.Seq() + 1, Did: []qda.Did{{Of: qda.SortCoding, ID: c.ID, New: c}}}); err != nil {
					panic(err)
				}
			}},
			{"Snapshot", func(s *study) { engine.Snapshot(s.v) }},
			{"Open", func(s *study) {
				img := s.Image()
				img.Codings, img.Snapshot = nil, snapshotOf(s)
				if _, err := engine.Open(img); err != nil {
					panic(err)
				}
			}},
		} {
			b.Run(q.name+"/"+size, func(b *testing.B) {
				s := studies[size]()
				q.ask(s)
				b.ReportAllocs()
				for b.Loop() {
					q.ask(s)
				}
			})
		}
	}
}

var (
	snapshotsMu sync.Mutex
	snapshots   = map[*study][]byte{}
)

func snapshotOf(s *study) []byte {
	snapshotsMu.Lock()
	defer snapshotsMu.Unlock()
	if snapshots[s] == nil {
		snapshots[s] = engine.Snapshot(s.v)
	}
	return snapshots[s]
}
