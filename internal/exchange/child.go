package exchange

import (
	"errors"
	"io"
	"runtime"
	"runtime/debug"
)

// limits of a child process.
type limits struct {
	data int // bytes of private memory
	cpu  int // seconds
}

var childLimits = limits{data: 512 << 20, cpu: 10}

// allGuards are the names a child can report: what restricts it.
var allGuards = []string{"no_new_privs", "landlock", "landlock_thread", "data", "cpu", "fsize", "nofile", "core"}

// Child is the body of `anyam extract`: it takes away from itself what reading doesn't need, before it looks at a single
// byte, then reads one request and writes one answer. The error says only that parent and child don't understand each other.
func Child(stdin io.Reader, stdout io.Writer) error {
	// Where not all threads can be restricted, the reading stays on the one that is.
	runtime.LockOSThread()
	guards := restrict(childLimits)
	debug.SetMemoryLimit(int64(childLimits.data) / 4 * 3)
	q, data, err := readRequest(stdin)
	if err != nil {
		return err
	}
	r, err := Read(q.Name, data, q.Options)
	a := answer{Reading: r, Guards: guards}
	if err != nil {
		var b *BadFile
		if !errors.As(err, &b) {
			return err
		}
		a.Bad = &BadFile{Reason: b.Reason, Args: b.Args}
	}
	return writeAnswer(stdout, a)
}
