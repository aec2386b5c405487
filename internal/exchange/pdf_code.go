package exchange

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	_ "unsafe" // for the link to PDFium's code

	// Its init links PDFium's code into the program.
	_ "github.com/klippa-app/go-pdfium/webassembly"
	"github.com/klippa-app/go-pdfium/webassembly/imports"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// pdfiumModule is PDFium as WebAssembly. The library that carries it gives it to nobody but its own pool, which knows one
// way to run it, with every call through a dozen of maps.
//
//go:linkname pdfiumModule github.com/klippa-app/go-pdfium/internal/pdfium_wasm.Module
var pdfiumModule []byte

// pdfCode is PDFium compiled: a guest without files, clock or network.
type pdfCode struct {
	ctx  context.Context
	run  wazero.Runtime
	code wazero.CompiledModule
}

// compilePdfium compiles a module or takes the code that is kept for it in the folder cache, "" for nowhere; what it compiles
// it keeps there.
func compilePdfium(module []byte, cache string) (*pdfCode, error) {
	ctx := experimental.WithCompilationWorkers(context.Background(), 2)
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		return &guestMemory{most: min(most, maxPdfBytes)}
	}))
	// PDFium's C code leaves functions by exceptions.
	how := wazero.NewRuntimeConfig().WithMemoryLimitPages(maxPdfBytes >> 16).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	if cache != "" {
		c, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, err
		}
		how = how.WithCompilationCache(c)
	}
	c := &pdfCode{ctx: ctx, run: wazero.NewRuntimeWithConfig(ctx, how)}
	if err := c.compile(module); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *pdfCode) compile(module []byte) (err error) {
	if _, err = wasi_snapshot_preview1.Instantiate(c.ctx, c.run); err != nil {
		return err
	}
	if c.code, err = c.run.CompileModule(c.ctx, module); err != nil {
		return err
	}
	_, err = imports.Instantiate(c.ctx, c.run, c.code)
	return err
}

func (c *pdfCode) close() error { return c.run.Close(c.ctx) }

// keptPdfium gives a module's code and a guest of it from what an earlier run has left in the folder cache, or compiles it
// and leaves it there.
//
// Before kept code is taken, the module it is kept for is read and each of its functions checked, which takes most of the
// time. So it is kept for the shell of the module instead: it was checked when it was compiled.
func keptPdfium(module []byte, cache string) (*pdfCode, *pdfGuest, error) {
	shell, err := wasmShell(module)
	if err != nil {
		return nil, nil, err
	}
	take := func() (*pdfCode, *pdfGuest, error) {
		c, err := compilePdfium(shell, cache)
		if err != nil {
			return nil, nil, err
		}
		g, err := c.guest() // fails where nothing was kept, since then it is the shell that was compiled
		if err != nil {
			return nil, nil, errors.Join(err, c.close())
		}
		return c, g, nil
	}
	if c, g, err := take(); err == nil {
		return c, g, nil
	}
	if err := keepPdfium(module, shell, cache); err != nil {
		return nil, nil, err
	}
	return take()
}

// keepPdfium compiles a module and keeps the code for its shell in the folder cache.
func keepPdfium(module, shell []byte, cache string) error {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := sweep(cache, dir); err != nil {
		return err
	}
	kept := func(module []byte, name string) (string, error) {
		at := filepath.Join(dir, name)
		c, err := compilePdfium(module, at)
		if err != nil {
			return "", err
		}
		if err := c.close(); err != nil {
			return "", err
		}
		files, err := fs.Glob(os.DirFS(at), "*/*")
		if err == nil && len(files) != 1 {
			err = errors.New("exchange: compiled code is not kept as one file")
		}
		if err != nil {
			return "", err
		}
		return files[0], nil
	}
	code, err := kept(module, "module")
	if err != nil {
		return err
	}
	place, err := kept(shell, "shell")
	if err != nil {
		return err
	}
	to := filepath.Join(cache, place)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, "module", code), to)
}

// sweep removes folders like dir in the folder cache that processes left which were killed while they compiled.
func sweep(cache, dir string) error {
	now, err := os.Stat(dir)
	if err != nil {
		return err
	}
	all, err := fs.Glob(os.DirFS(cache), "new-*")
	if err != nil {
		return err
	}
	for _, name := range all {
		at := filepath.Join(cache, name)
		if x, err := os.Stat(at); err == nil && now.ModTime().Sub(x.ModTime()) > 2*coldWait {
			_ = os.RemoveAll(at) // whoever can't leaves it to the next
		}
	}
	return nil
}

// wasmShell is a module of WebAssembly with everything but what its functions do: each of them only fails. Sections that
// only tell of it are left out.
func wasmShell(module []byte) ([]byte, error) {
	const header, custom, code = 8, 0, 10 // https://webassembly.github.io/spec/core/binary/modules.html
	fails := []byte{3, 0, 0x00, 0x0B}     // three bytes: no locals, unreachable, end
	shell := module[:min(header, len(module)):header]
	for at := len(shell); at < len(module); {
		n, wide := binary.Uvarint(module[at+1:])
		if wide <= 0 || n > uint64(len(module)-at-1-wide) {
			return nil, errors.New("exchange: not a module of WebAssembly")
		}
		body := module[at+1+wide:][:n]
		switch module[at] {
		case custom:
		case code:
			count, _ := binary.Uvarint(body)
			if count > n {
				return nil, errors.New("exchange: not a module of WebAssembly")
			}
			all := binary.AppendUvarint(nil, count)
			for range count {
				all = append(all, fails...)
			}
			shell = append(binary.AppendUvarint(append(shell, code), uint64(len(all))), all...)
		default:
			shell = append(shell, module[at:at+1+wide+len(body)]...)
		}
		at += 1 + wide + len(body)
	}
	return shell, nil
}
