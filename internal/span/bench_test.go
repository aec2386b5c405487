package span

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// A document as in a long study: 100,000 words, 570,000 characters, 5,000
// codings; most are phrases, some passages, a few sections.
const (
	docChars  = 570_000
	docCount  = 5_000
	windowLen = 3_000
)

func study(whole int) Index {
	r := rand.New(rand.NewPCG(7, 7))
	var all []Span
	for range whole {
		all = append(all, Span{0, docChars})
	}
	for len(all) < docCount {
		length := int32(math.Exp(r.NormFloat64()*0.8 + math.Log(95)))
		switch n := r.IntN(100); {
		case n < 2:
			length = 2000 + r.Int32N(6000)
		case n < 15:
			length = 220 + r.Int32N(440)
		case n < 45:
			length = int32(math.Exp(r.NormFloat64()*0.8 + math.Log(320)))
		}
		length = min(max(length, 1), docChars/4)
		start := r.Int32N(docChars - length)
		all = append(all, Span{start, start + length})
	}
	return build(all)
}

// reached is the usual alternative to superset links, for comparison: the
// running maximum of the stops. A window walks back until nothing reaches it.
type reached struct {
	Index
	most []int32
}

func runningMaximum(x Index) reached {
	r := reached{x, make([]int32, x.Len())}
	most := int32(0)
	for i, stop := range x.Stop {
		most = max(most, stop)
		r.most[i] = most
	}
	return r
}

func (r reached) Window(dst []int32, from, to int32) []int32 {
	for i := r.before(to) - 1; i >= 0 && r.most[i] > from; i-- {
		if r.Stop[i] > from {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

func BenchmarkWindow(b *testing.B) {
	for _, c := range []struct {
		name  string
		whole int
	}{{"normal", 0}, {"H1", 5}, {"H2", docCount}} {
		x := study(c.whole)
		for _, v := range []struct {
			name string
			ask  func(dst []int32, from, to int32) []int32
		}{{"links", x.Window}, {"maximum", runningMaximum(x).Window}} {
			b.Run(c.name+"/"+v.name, func(b *testing.B) {
				dst := make([]int32, 0, docCount)
				from, hits := int32(0), 0
				for b.Loop() {
					from = (from + 7919*31) % (docChars - windowLen)
					dst = v.ask(dst[:0], from, from+windowLen)
					hits += len(dst)
				}
				b.ReportMetric(float64(hits)/float64(b.N), "hits/op")
			})
		}
	}
}

func BenchmarkAt(b *testing.B) {
	x := study(0)
	dst := make([]int32, 0, docCount)
	for at := int32(0); b.Loop(); at = (at + 7919*31) % docChars {
		dst = x.At(dst[:0], at)
	}
}

func BenchmarkPairs(b *testing.B) {
	for _, c := range []struct {
		name  string
		whole int
	}{{"normal", 0}, {"H1", 5}, {"H2", docCount}} {
		x := study(c.whole)
		pairs := 0
		Pairs(x, func(int, int, int32) { pairs++ })
		perPair := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(pairs), "ns/pair")
		}
		b.Run(c.name+"/yield", func(b *testing.B) {
			var chars int64
			for b.Loop() {
				Pairs(x, func(_, _ int, overlap int32) { chars += int64(overlap) })
			}
			perPair(b)
		})
		b.Run(c.name+"/inlined", func(b *testing.B) {
			var chars int64
			for b.Loop() {
				starts, stops := x.Start, x.Stop[:len(x.Start)]
				for i, stop := range stops {
					for j := i + 1; j < len(starts) && starts[j] < stop; j++ {
						chars += int64(min(stop, stops[j]) - starts[j])
					}
				}
			}
			if chars == 0 {
				b.Error("no characters")
			}
			perPair(b)
		})
	}
}

func BenchmarkInsertDelete(b *testing.B) {
	for _, c := range []struct {
		name  string
		whole int
	}{{"normal", 0}, {"H1", 5}, {"H2", docCount}} {
		x := study(c.whole)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				i := x.Place(docChars/2, docChars/2+95)
				x.Insert(i, docChars/2, docChars/2+95).Delete(i / 2)
			}
		})
	}
}

func BenchmarkNewIndex(b *testing.B) {
	x := study(5)
	for b.Loop() {
		NewIndex(x.Start, x.Stop)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/docCount, "ns/interval")
}

func BenchmarkRuns(b *testing.B) {
	x := study(5)
	runs, members := AppendRuns(nil, nil, x)
	for b.Loop() {
		runs, members = AppendRuns(runs[:0], members[:0], x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(runs)), "ns/run")
}

func BenchmarkSet(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	make := func(n int) Set {
		var all []Span
		for range n {
			start := r.Int32N(20_000_000)
			all = append(all, Span{start, start + 1 + r.Int32N(300)})
		}
		return NewSet(all...)
	}
	for _, c := range []struct {
		name string
		a, b Set
	}{{"equal", make(40_000), make(40_000)}, {"unequal", make(400), make(40_000)}} {
		for name, f := range map[string]func(Set) Set{"intersect": c.a.Intersect, "union": c.a.Union, "subtract": c.a.Subtract} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					f(c.b)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.a)+len(c.b)), "ns/span")
			})
		}
	}
}

func BenchmarkOffsets(b *testing.B) {
	for name, sentence := range map[string]string{
		"ascii": "We waited at the gate and nobody came. ",
		"mixed": "Kami menunggu di gerbang \u2013 tidak ada yang datang. ",
		"hanzi": "我们在门口等着，没有人来。",
	} {
		text := []byte(strings.Repeat(sentence, docChars/len(sentence)))
		b.Run(name+"/new", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				NewOffsets(text)
			}
		})
		o := NewOffsets(text)
		b.Run(name+"/slice", func(b *testing.B) {
			for at := int32(0); b.Loop(); at = (at + 7919) % (o.Chars() - 95) {
				o.Slice(text, Span{at, at + 95})
			}
		})
		b.Run(name+"/utf16", func(b *testing.B) {
			for at := int32(0); b.Loop(); at = (at + 7919) % o.Chars() {
				o.FromUTF16(o.UTF16(at))
			}
		})
	}
}

func BenchmarkCheckSum(b *testing.B) {
	words := []byte(strings.Repeat("we waited ", 10))
	b.SetBytes(int64(len(words)))
	for b.Loop() {
		Check(words)
	}
}
