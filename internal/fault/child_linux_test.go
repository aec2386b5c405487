//go:build faults

package fault

import "syscall"

// dieWithParent has the system end a child when this process dies, in whatever way.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
