package load

import "syscall"

// endWithParent kills the program when this process dies, however it dies.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
