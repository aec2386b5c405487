package exchange

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

// TestChildAhead: once a PDF was read, the next is read by a child that has waited for it and that is held to the same; each reads
// one file. One that has died meanwhile costs nothing but the time it saved, and none waits for ever.
func TestChildAhead(t *testing.T) {
	x := pdfChild(t)
	data := pdfOf(linesAt(72, 780, "RY: Sejak kapan?", "P01: Sejak lama.", "RY: Lalu?", "P01: Tidak."))
	var read []int
	x.ended = func(s *os.ProcessState) { read = append(read, s.Pid()) }
	one := func() {
		t.Helper()
		if r, err := x.Read(t.Context(), "a.pdf", data, Options{}); err != nil || len(r.Turns) != 4 {
			t.Fatal(r, err)
		}
	}
	waits := func() *process {
		t.Helper()
		x.ahead.starts.Wait()
		x.ahead.mu.Lock()
		defer x.ahead.mu.Unlock()
		if x.ahead.p == nil {
			t.Fatal("no child waits")
		}
		return x.ahead.p
	}
	pid := func() int { return waits().cmd.Process.Pid }

	one()
	first := pid()
	if _, err := x.Read(t.Context(), "a.txt", []byte("RY: Sejak kapan?\nP01: Sejak lama."), Options{}); err != nil || pid() != first {
		t.Errorf("a text took the child that waits for a PDF: %v", err)
	}
	one()
	second := pid()
	if second == first || read[2] != first {
		t.Errorf("children %v have read, %d waited and %d does", read, first, second)
	}
	a, err := x.ask(t.Context(), "a.pdf", data, Options{})
	if err != nil || read[3] != second || len(a.Guards) == 0 || !slices.Equal(a.Guards, fresh(t).Guards) {
		t.Errorf("a child that waited is held by %v: %v", a, err)
	}

	// Killed while it waits.
	p := waits()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(p.out); err != nil {
		t.Fatal(err)
	}
	one()
	if slices.Contains(read, p.cmd.Process.Pid) || p.cmd.ProcessState == nil {
		t.Errorf("children %v have read, %d was killed", read, p.cmd.Process.Pid)
	}

	// Who has no time for it any more leaves none behind.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	waits()
	if _, err := x.Read(gone, "a.pdf", data, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	// It has waited long enough.
	p = waits()
	x.ahead.mu.Lock()
	x.ahead.leave.Reset(0)
	x.ahead.mu.Unlock()
	_, _ = io.ReadAll(p.out) // until it is gone
	if x.ahead.leaves(nil) != nil {
		t.Error("a child waits for ever")
	}
	one()
	p = waits()
	x.Close()
	if p.cmd.ProcessState == nil {
		t.Error("a child waits for a program that doesn't read any more")
	}
	one()
	x.ahead.starts.Wait()
	if x.ahead.leaves(nil) != nil {
		t.Error("a child waits after the end")
	}
}

// fresh is the answer of a child that did not wait.
func fresh(t *testing.T) *answer {
	t.Helper()
	x := pdfChild(t)
	a, err := x.ask(t.Context(), "a.pdf", pdfOf(linesAt(72, 780, "RY: Sejak kapan?")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
