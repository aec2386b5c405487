package exchange

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// restrict takes rights away from this process for good and tells which guards hold. All are best effort: a kernel
// without Landlock still has the limits, and without a free file descriptor nothing can be opened or connected either.
func restrict(l limits) []string {
	// The runtime opens descriptors of its own with the first timer: it must have them before no more can be had. (A
	// NewTimer would not do: since Go 1.23 it is real only while something waits for it.)
	time.AfterFunc(time.Hour, func() {}).Stop()

	var held []string
	everywhere := func(trap, a, b, c uintptr) (all, here bool) {
		if _, _, e := syscall.AllThreadsSyscall(trap, a, b, c); e == 0 {
			return true, true
		}
		// With cgo (race detector) Go can't reach all threads: this one must do, and the caller stays on it.
		_, _, e := unix.Syscall(trap, a, b, c)
		return false, e == 0
	}
	if _, here := everywhere(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); here {
		held = append(held, "no_new_privs")
		if fd, ok := landlockRules(); ok {
			switch all, here := everywhere(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(fd), 0, 0); {
			case all:
				held = append(held, "landlock")
			case here:
				held = append(held, "landlock_thread")
			}
			unix.Close(fd)
		}
	}
	limit := func(name string, what int, n int) {
		if unix.Setrlimit(what, &unix.Rlimit{Cur: uint64(n), Max: uint64(n)}) == nil {
			held = append(held, name)
		}
	}
	if !raceBuild {
		limit("data", unix.RLIMIT_DATA, l.data)
	}
	if limitCPU(l.cpu) {
		held = append(held, "cpu")
	}
	limit("fsize", unix.RLIMIT_FSIZE, 0)
	limit("core", unix.RLIMIT_CORE, 0)
	limit("nofile", unix.RLIMIT_NOFILE, 3) // standard input, output and error are open: no number is left
	return held
}

// limitCPU gives this process so many seconds of processor time from now on; it can be told of fewer later, not of more.
func limitCPU(seconds int) bool {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) != nil {
		return false
	}
	spent := time.Duration(use.Utime.Nano() + use.Stime.Nano())
	n := uint64(spent.Round(time.Second)/time.Second) + uint64(seconds) // the limit is of whole seconds
	return unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: n, Max: n}) == nil
}

// landlockRules makes a rule set that handles every right this kernel knows and grants none
// (https://docs.kernel.org/userspace-api/landlock.html).
func landlockRules() (fd int, ok bool) {
	abi, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 || abi < 1 {
		return 0, false
	}
	rules := unix.LandlockRulesetAttr{Handled_access_fs: 1<<13 - 1}
	size := uintptr(8)
	if abi >= 2 {
		rules.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		rules.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		size = 16
		rules.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 5 {
		rules.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		size = 24
		rules.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	got, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), size, 0)
	return int(got), e == 0
}
