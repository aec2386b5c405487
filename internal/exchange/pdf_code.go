package exchange

import (
	"context"
	"errors"
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

// compilePdfium compiles a module or takes what an earlier run has left in the folder cache, "" for nowhere.
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
		return nil, errors.Join(err, c.run.Close(ctx))
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
