package exchange

import (
	"bufio"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
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
func pdfSeconds(size int) int { return min(2+5*size>>20, mostPdfSeconds) }

const mostPdfSeconds = 25

// allGuards are the names a child can report: what restricts it.
var allGuards = []string{"no_new_privs", "landlock", "landlock_thread", "data", "cpu", "fsize", "nofile", "core"}

// Child is the body of `anyam extract`: it takes away from itself what reading doesn't need, before it looks at a single
// byte, then reads one request and writes one answer. The error says only that parent and child don't understand each other.
//
// Arguments "pdf CACHE" prepare it for a PDF, whose reader is compiled while files can still be opened; it answers with a hello
// when it is asked for one. "warm CACHE" compiles that reader and reads nothing.
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
	case len(args) == 2 && args[0] == "pdf":
		if err := thePdfReader.ready(args[1]); err != nil {
			return err
		}
		most.cpu = mostPdfSeconds // as many as the file may take, as soon as there is one
		if args[1] == "" {
			most.data *= 2 // what compiling took can't be given back
		}
	}
	guards := restrict(most)
	if !slices.Contains(guards, "landlock_thread") { // else what is read stays on the thread that is restricted
		thePdfReader.hands = 2
	}
	debug.SetMemoryLimit(int64(most.data) / 4 * 3)
	in := bufio.NewReader(stdin)
	if err := answerHello(in, stdout); err != nil {
		return err
	}
	q, data, err := readRequest(in)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		limitCPU(pdfSeconds(len(data)))
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

// hello is what a child says when it is ready and was asked, by the same, whether it is.
const hello = 0

// answerHello answers until a request comes.
func answerHello(in *bufio.Reader, out io.Writer) error {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		if b != hello {
			return in.UnreadByte()
		}
		if _, err := out.Write([]byte{hello}); err != nil {
			return err
		}
	}
}
