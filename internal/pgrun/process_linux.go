package pgrun

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

const messagesLocale = "C.UTF-8"

// endWithParent asks for a fast shutdown when we die.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }

// condition tells whether a process is there, has ended but was not yet waited
// for by its parent, and works in the folder.
func condition(pid int, folder string) (there, zombie, here bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false, false, false
	}
	// The name stands in brackets and may hold anything; the state follows it.
	if i := bytes.LastIndexByte(stat, ')'); i >= 0 && i+2 < len(stat) {
		zombie = stat[i+2] == 'Z' || stat[i+2] == 'X'
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return true, zombie, err == nil && cwd == folder
}

// children are the processes whose parent is pid.
func children(pid int) (found []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if err != nil {
			continue
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && string(fields[1]) == strconv.Itoa(pid) {
			found = append(found, child)
		}
	}
	return found
}
