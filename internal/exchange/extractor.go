package exchange

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// An Extractor reads files of strangers in a child process of the same program, so that a file that makes a reader run
// wild costs one child and nothing else. Its zero value with Exe set is ready; it must not be copied after use.
type Extractor struct {
	Exe  string        // the program to start, usually os.Executable()
	Args []string      // its arguments; nil means "extract"
	Wait time.Duration // wall clock for one file; 0 means MaxWait
	Most int           // children at once, the others queue; 0 means 2
	// Cache is an absolute path: the folder where the PDF reader's compiled code is kept, 24 MB that nobody else may
	// write to. "" keeps nothing: then each PDF costs some seconds more.
	Cache string

	once  sync.Once
	slots chan struct{}
	warm  chan warmth // holds what is known of Cache, unless that is just being found out
	ahead ahead
	ended func(*os.ProcessState) // tests look at what a child took
}

// Read is the package's Read in a child process. The error is a *BadFile, the context's error, or that the child could
// not be started.
func (x *Extractor) Read(ctx context.Context, name string, data []byte, opt Options) (*Reading, error) {
	a, err := x.ask(ctx, name, data, opt)
	if err != nil {
		return nil, err
	}
	if a.Bad != nil {
		return nil, a.Bad
	}
	return a.Reading, nil
}

// Guards tells which restrictions hold in a child on this machine: no_new_privs, landlock (or landlock_thread, where only
// the reading thread can be restricted), data, cpu, fsize, nofile, core.
func (x *Extractor) Guards(ctx context.Context) ([]string, error) {
	a, err := x.ask(ctx, "probe.txt", []byte("probe"), Options{})
	if err != nil {
		return nil, err
	}
	return a.Guards, nil
}

func (x *Extractor) ask(ctx context.Context, name string, data []byte, opt Options) (*answer, error) {
	if len(data) > MaxFile {
		return nil, bad(BadTooBig, "max", "50 MB")
	}
	if len(data) == 0 {
		return nil, bad(BadEmpty)
	}
	head, err := requestHead(name, opt, len(data))
	if err != nil {
		return nil, err
	}
	raw, err := x.run(ctx, head, data, maxAnswer+8)
	if err != nil {
		return nil, err
	}
	a, err := parseAnswer(raw)
	if err != nil {
		return nil, &BadFile{Reason: BadCrashed, cause: err}
	}
	return a, nil
}

// run asks a child and gives its answer, unread.
func (x *Extractor) run(ctx context.Context, head, data []byte, most int) ([]byte, error) {
	out := &capped{max: most}
	err := x.listen(ctx, head, data, func(in io.Reader, _ *patience) error {
		_, err := io.Copy(out, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.b.Bytes(), nil
}

// A patience is how long a child may still take. It can be held while nobody waits for the child.
type patience struct {
	timer *time.Timer
	wait  time.Duration
}

func (c *patience) hold() { c.timer.Stop() }
func (c *patience) goOn() { c.timer.Reset(c.wait) }

// handed is an error of whoever was handed a part of a child's answer; it is no fault of the child.
type handed struct{ err error }

func (h handed) Error() string { return h.err.Error() }

// listen asks a child and lets its answer be heard while it speaks; the child ends when hear gives an error. The error is the context's,
// what hear gave as handed, that the child could not be started, or a *BadFile.
func (x *Extractor) listen(ctx context.Context, head, data []byte, hear func(in io.Reader, c *patience) error) error {
	x.start()
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	wait := x.Wait
	if wait <= 0 {
		wait = MaxWait
	}
	args, seconds, cache := x.args(), childLimits.cpu, ""
	pdf := isPDF(data)
	if pdf {
		if x.Warm(ctx) == nil {
			cache = x.Cache
		} else {
			wait += coldWait
		}
		seconds = pdfSeconds(len(data))
		args = append(args, "pdf", cache)
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	var slow atomic.Bool
	c := &patience{wait: wait, timer: time.AfterFunc(wait, func() {
		slow.Store(true)
		cancel()
	})}
	defer c.hold()
	var p *process
	if cache != "" {
		p = x.ahead.take(limited)
		defer x.prepare(args)
	}
	if p == nil {
		var err error
		if p, err = x.begin(args); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(limited, p.kill)
	heard := p.ask(pdf, head, data, func(in io.Reader) error { return hear(in, c) })
	err := p.cmd.Wait()
	if x.ended != nil {
		x.ended(p.cmd.ProcessState)
	}
	stop()
	var theirs handed
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(heard, &theirs):
		return theirs.err
	case slow.Load():
		return &BadFile{Reason: BadSlow, cause: err}
	case err != nil && p.spent() > time.Duration(seconds)*time.Second*9/10:
		return &BadFile{Reason: BadSlow, cause: err}
	case err != nil || heard != nil:
		return &BadFile{Reason: BadCrashed, cause: cmp.Or(heard, err)}
	}
	return nil
}

func (x *Extractor) args() []string {
	if x.Args == nil {
		return []string{"extract"}
	}
	return slices.Clone(x.Args)
}

// errCold: there is no folder for compiled code.
var errCold = errors.New("exchange: no cache")

// Warm fills Cache where it isn't, in a child of its own that sees no file of anybody: compiling takes seconds and
// 340 MB. A server calls it when it starts, so that the first PDF needn't wait; who reads a PDF meanwhile waits for it.
func (x *Extractor) Warm(ctx context.Context) error {
	if x.Cache == "" {
		return errCold
	}
	x.start()
	var w warmth
	select {
	case w = <-x.warm:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.warm <- w }()
	if w.tried {
		return w.err
	}
	limited, cancel := context.WithTimeout(ctx, coldWait)
	defer cancel()
	cmd := exec.CommandContext(limited, x.Exe, append(x.args(), "warm", x.Cache)...)
	cmd.Env, cmd.Dir = []string{}, "/"
	err := cmd.Run()
	if ctx.Err() == nil {
		w = warmth{true, err}
	}
	return err
}

// warmth tells whether it was tried to fill the folder for compiled code, and how that ended.
type warmth struct {
	tried bool
	err   error
}

func (x *Extractor) start() {
	x.once.Do(func() {
		n := x.Most
		if n <= 0 {
			n = 2
		}
		x.slots = make(chan struct{}, n)
		x.warm = make(chan warmth, 1)
		x.warm <- warmth{}
	})
}

// capped keeps what a child says up to a limit; a child that says more loses its pipe.
type capped struct {
	b   bytes.Buffer
	max int
}

func (c *capped) Write(p []byte) (int, error) {
	if c.b.Len()+len(p) > c.max {
		return 0, errors.New("exchange: the answer is too long")
	}
	return c.b.Write(p)
}
