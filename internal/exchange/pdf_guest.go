package exchange

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf16"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// A pdfGuest is one running PDFium. Its functions are called by the names they have in C (fpdfview.h, fpdf_text.h,
// fpdf_annot.h), with numbers and addresses in its memory.
type pdfGuest struct {
	mod   api.Module
	known map[string]api.Function
	stack [8]uint64 // arguments and results of the call that is on
	small uint64    // 64 bytes of its memory for what a function writes
	room  uint64    // more of its memory, for texts
	size  int       // bytes of room
	fault error     // a call ended badly: what it is worth after that nobody knows
}

// guest starts a PDFium.
func (c *pdfCode) guest() (*pdfGuest, error) {
	mod, err := c.run.InstantiateModule(c.ctx, c.code, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, err
	}
	g := &pdfGuest{mod: mod, known: map[string]api.Function{}}
	g.call("FPDF_InitLibrary")
	g.small = g.take(64)
	if g.fault != nil {
		return nil, errors.Join(g.fault, g.close())
	}
	return g, nil
}

// close ends a PDFium and gives its memory back.
func (g *pdfGuest) close() error { return g.mod.Close(context.Background()) }

// call gives what a function says, 0 when it ended badly.
func (g *pdfGuest) call(name string, args ...uint64) uint64 {
	f, ok := g.known[name]
	if !ok {
		if f = g.mod.ExportedFunction(name); f == nil {
			g.fault = fmt.Errorf("PDFium has no %s", name)
			return 0
		}
		g.known[name] = f
	}
	copy(g.stack[:], args)
	if err := f.CallWithStack(context.Background(), g.stack[:]); err != nil {
		g.fault = err
		return 0
	}
	if len(f.Definition().ResultTypes()) == 0 {
		return 0
	}
	return g.stack[0]
}

// count is call for functions that say an int, of which those below 0 mean none.
func (g *pdfGuest) count(name string, args ...uint64) int {
	return max(int(int32(g.call(name, args...))), 0)
}

// yes is call for functions that say whether it went well.
func (g *pdfGuest) yes(name string, args ...uint64) bool { return int32(g.call(name, args...)) != 0 }

// take reserves n bytes of the guest's memory; 0 when it has no more.
func (g *pdfGuest) take(n int) uint64 {
	at := g.call("malloc", uint64(n))
	if at == 0 && g.fault == nil {
		g.fault = errors.New("PDFium has no memory left")
	}
	return at
}

// wide gives room for n bytes.
func (g *pdfGuest) wide(n int) uint64 {
	if n > g.size {
		g.call("free", g.room)
		g.size = 0
		if g.room = g.take(n + n/2); g.room != 0 {
			g.size = n + n/2
		}
	}
	return g.room
}

// bytes are n bytes of the guest's memory, which the next call may change.
func (g *pdfGuest) bytes(at uint64, n int) []byte {
	b, ok := g.mod.Memory().Read(uint32(at), uint32(n))
	if !ok {
		return nil
	}
	return b
}

// floats reads n numbers of 4 bytes that a function wrote into small.
func (g *pdfGuest) floats(n int) (all [8]float64) {
	b := g.bytes(g.small, 4*n)
	for i := range len(b) / 4 {
		all[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return all
}

// double reads a number of 8 bytes that a function wrote.
func (g *pdfGuest) double(at uint64) float64 {
	b := g.bytes(at, 8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// utf16 reads n units of text that a function wrote into room; a 0 at its end is none of it.
func (g *pdfGuest) utf16(n int) string {
	b := g.bytes(g.room, 2*n)
	units := make([]uint16, len(b)/2)
	plain := true
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
		plain = plain && units[i] < 0x80
	}
	if len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	if plain {
		out := make([]byte, len(units))
		for i, u := range units {
			out[i] = byte(u)
		}
		return string(out)
	}
	return string(utf16.Decode(units))
}

// zeroed is a text as C has it, in the guest's small memory: at most 63 bytes of it.
func (g *pdfGuest) zeroed(s string) uint64 {
	b := make([]byte, 64)
	copy(b[:63], s)
	if !g.mod.Memory().Write(uint32(g.small), b) {
		g.fault = errors.New("PDFium's memory is gone")
	}
	return g.small
}

// Errors of FPDF_GetLastError.
const (
	pdfNeedsPassword = 4
	pdfNoHandler     = 5 // encrypted in a way that PDFium doesn't know
)

// open loads a file and gives its handle and its number of pages. done gives its memory back.
func (g *pdfGuest) open(data []byte) (doc uint64, pages int, done func(), bf *BadFile) {
	at := g.take(len(data))
	if at == 0 || !g.mod.Memory().Write(uint32(at), data) {
		return 0, 0, nil, broken(g.fault)
	}
	doc = g.call("FPDF_LoadMemDocument", at, uint64(len(data)), 0)
	if doc == 0 {
		why := g.call("FPDF_GetLastError")
		g.call("free", at)
		if why == pdfNeedsPassword || why == pdfNoHandler {
			return 0, 0, nil, bad(BadEncrypted)
		}
		return 0, 0, nil, broken(fmt.Errorf("PDFium's error %d, %w", why, errors.Join(g.fault)))
	}
	return doc, g.count("FPDF_GetPageCount", doc), func() {
		g.call("FPDF_CloseDocument", doc)
		g.call("free", at)
	}, nil
}
