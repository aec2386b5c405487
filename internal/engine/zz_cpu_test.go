package engine_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
)

func cpu() time.Duration {
	var ts syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 3, uintptr(unsafe.Pointer(&ts)), 0)
	return time.Duration(ts.Nano())
}

func TestZZ(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		return
	}
	runtime.LockOSThread()
	for _, size := range []string{"M", "L"} {
		s := studies[size]()
		n := s.Size.Codings
		for _, q := range []struct {
			name string
			many int
			ask  func()
		}{
			{"Pairs", 1, func() { s.l.Pairs() }},
			{"Half", 1, func() {
				s.l.Narrow(s.Study.Documents[:len(s.Study.Documents)/2], s.Study.Coders[:len(s.Study.Coders)/2]).Pairs()
			}},
			{"ByDocument", 1, func() { s.l.ByDocument() }},
			{"ByValue", 1, func() { s.l.ByValue(s.Attribute) }},
			{"Coverage", 1, func() { s.l.Coverage() }},
			{"Agreement", 1, func() { s.l.Agreement(s.Study.Coders[0], s.Study.Coders[1]) }},
			{"Counts", 1, func() { s.l.Counts() }},
			{"Overlapping", 1000, func() {
				for range s.l.Overlapping(s.Study.Documents[len(s.Study.Documents)/2], span.Span{Start: 10_000, Stop: 13_000}) {
				}
			}},
			{"Find", 1, func() {
				s.v.As(0).Find(engine.All(engine.Under(s.Codes[0]), engine.Under(s.Codes[1]), engine.Not(engine.Under(s.Codes[2]))))
			}},
			{"FindFirst", 1, func() {
				s.l.Find(engine.All(engine.Under(s.Codes[0]), engine.Under(s.Codes[1]), engine.Not(engine.Under(s.Codes[2]))))
			}},
			{"After", 100, func() {
				c := &qda.Coding{ID: s.Next, Document: s.Study.Documents[1], Version: 1, Code: s.Codes[3], Coder: s.Study.Coders[0], Start: 5000, Stop: 5300, Made: s.v.Seq() + 1, At: 1_800_000_000}
				if _, err := s.v.After(&qda.Entry{Project: 1, Seq: s.v.Seq() + 1, Did: []qda.Did{{Of: qda.SortCoding, ID: c.ID, New: c}}}); err != nil {
					panic(err)
				}
			}},
			{"Open", 1, func() {
				img := s.Image()
				img.Codings, img.Snapshot = nil, snapshotOf(s)
				if _, err := engine.Open(img); err != nil {
					panic(err)
				}
			}},
		} {
			if w := os.Getenv("ZZ"); w != "all" && w != q.name {
				continue
			}
			q.ask()
			best := time.Hour
			for range 25 {
				b := cpu()
				for range q.many {
					q.ask()
				}
				best = min(best, (cpu()-b)/time.Duration(q.many))
			}
			fmt.Printf("%-12s %s %10s  %.2f ns a coding\n", q.name, size, best, float64(best)/float64(n))
		}
		fmt.Println("snapshot bytes", float64(len(snapshotOf(s)))/float64(n))
	}
}
