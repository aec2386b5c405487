package exchange

import (
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
)

// limits of a child process.
type limits struct {
	data int // bytes of private memory
	cpu  int // seconds, from now on
}

var childLimits = limits{data: 512 << 20, cpu: 10}

// coldWait is the wall clock for compiling the PDF reader, which a busy small machine may need.
const coldWait = time.Minute

// pdfSeconds is the processor time that a PDF of this many bytes may take: 150 pages are about a megabyte and two seconds.
func pdfSeconds(size int) int { return min(2+5*size>>20, 25) }

// allGuards are the names a child can report: what restricts it.
var allGuards = []string{"no_new_privs", "landlock", "landlock_thread", "data", "cpu", "fsize", "nofile", "core"}

// Child is the body of `anyam extract`: it takes away from itself what reading doesn't need, before it looks at a single
// byte, then reads one request and writes one answer. The error says only that parent and child don't understand each other.
//
// Arguments "pdf SECONDS CACHE" prepare it for a PDF, whose reader is compiled while files can still be opened, and
// "warm CACHE" does only that and reads nothing.
func Child(stdin io.Reader, stdout io.Writer, args ...string) error {
	// Where not all threads can be restricted, the reading stays on the one that is.
	runtime.LockOSThread()
	// Bytes that nothing touches, so that nothing is collected before there are as many again: few files need more, and a
	// child lives for one.
	ballast := make([]byte, 32<<20)
	defer runtime.KeepAlive(ballast)
	most := childLimits
	switch {
	case len(args) == 2 && args[0] == "warm":
		return thePdfReader.ready(args[1])
	case len(args) == 3 && args[0] == "pdf":
		if err := thePdfReader.ready(args[2]); err != nil {
			return err
		}
		var err error
		if most.cpu, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
		if args[2] == "" {
			most.data *= 2 // what compiling took can't be given back
			most.cpu++     // and what it took of a second counts as none
		}
	}
	guards := restrict(most)
	if !slices.Contains(guards, "landlock_thread") { // else what is read stays on the thread that is restricted
		thePdfReader.hands = 2
	}
	debug.SetMemoryLimit(int64(most.data) / 4 * 3)
	q, data, err := readRequest(stdin)
	if err != nil {
		return err
	}
	if q.Project {
		return childProject(stdout, data, guards)
	}
	if q.Unpack {
		return childUnpack(stdout, data)
	}
	r, err := Read(q.Name, data, q.Options)
	a := answer{Reading: r, Guards: guards}
	if err != nil {
		var b *BadFile
		if !errors.As(err, &b) {
			return err
		}
		a.Bad = &BadFile{Reason: b.Reason, Args: b.Args, Sheets: b.Sheets}
	}
	return writeAnswer(stdout, a)
}
