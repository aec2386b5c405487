//go:build faults && !linux

package fault

import "syscall"

// dieWithParent: elsewhere than on Linux a child ends when the test does, but not when the test's process is killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
