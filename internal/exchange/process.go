package exchange

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"sync"
	"time"
)

// A process is a child that was started.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
}

// begin starts a child.
func (x *Extractor) begin(args []string) (*process, error) {
	p := &process{cmd: exec.Command(x.Exe, args...)}
	p.cmd.Env = []string{} // not nil, which would hand ours on
	p.cmd.Dir = "/"
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.out, err = p.cmd.StdoutPipe(); err != nil { // and standard error goes nowhere: a crash could quote the file
		p.in.Close()
		return nil, err
	}
	return p, p.cmd.Start()
}

// kill ends it, and what is said on both sides, whatever else may hold the other ends.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.in.Close()
	p.out.Close()
}

// spent is the processor time that it took, once it has ended.
func (p *process) spent() time.Duration {
	if p.cmd.ProcessState == nil {
		return 0
	}
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// hello waits until it is ready for a PDF.
func (p *process) hello() error {
	b := []byte{hello}
	if _, err := p.in.Write(b); err != nil {
		return err
	}
	if _, err := io.ReadFull(p.out, b); err != nil {
		return err
	}
	if b[0] != hello {
		return errors.New("exchange: a child that doesn't say hello")
	}
	return nil
}

// ask asks it, once it is ready, and lets its answer be heard. Where that fails it is killed.
func (p *process) ask(greet bool, head, data []byte, hear func(io.Reader) error) error {
	if greet {
		if err := p.hello(); err != nil {
			p.kill()
			return err
		}
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		defer p.in.Close()
		if _, err := p.in.Write(head); err == nil {
			_, _ = p.in.Write(data) // who doesn't listen to the end gives no answer either
		}
	}()
	err := hear(p.out)
	if err != nil {
		p.kill()
	}
	<-said
	return err
}

// An ahead keeps a child that was started before there is a PDF for it: loading PDFium takes as long as reading some twenty pages.
type ahead struct {
	mu     sync.Mutex
	p      *process // nil: none waits
	leave  *time.Timer
	starts sync.WaitGroup
	busy   bool // one is being started
	closed bool
}

// stayAhead is how long a child waits for the next PDF, with some 70 MB: a person who looks at one brings another.
const stayAhead = 10 * time.Minute

// take gives the child that waits, if there is one and it is well.
func (a *ahead) take(ctx context.Context) *process {
	p := a.leaves(nil)
	if p == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	if p.hello() != nil {
		p.kill()
		_ = p.cmd.Wait()
		return nil
	}
	return p
}

// leaves gives the child that waits, which does so no more: only if it is that one, where one is named.
func (a *ahead) leaves(only *process) *process {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.p
	if p == nil || only != nil && p != only {
		return nil
	}
	a.p = nil
	a.leave.Stop()
	return p
}

// prepare starts a child that waits for the next PDF, unless one does.
func (x *Extractor) prepare(args []string) {
	a := &x.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.busy || a.p != nil {
		return
	}
	a.busy = true
	a.starts.Go(func() {
		p, err := x.begin(args)
		if err == nil {
			late := time.AfterFunc(coldWait, p.kill)
			if err = p.hello(); err != nil {
				p.kill()
				_ = p.cmd.Wait()
			}
			late.Stop()
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.busy = false
		if err == nil {
			a.p, a.leave = p, time.AfterFunc(stayAhead, func() { a.dismiss(p) })
		}
	})
}

// dismiss ends the child that waits: only if it is that one, where one is named.
func (a *ahead) dismiss(only *process) {
	if p := a.leaves(only); p != nil {
		p.kill()
		_ = p.cmd.Wait()
	}
}

// Close ends the child that waits for the next file; from then on none does. Files can still be read. Where it isn't called, that child
// ends with this process.
func (x *Extractor) Close() {
	x.ahead.mu.Lock()
	x.ahead.closed = true
	x.ahead.mu.Unlock()
	x.ahead.starts.Wait()
	x.ahead.dismiss(nil)
}
