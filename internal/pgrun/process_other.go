//go:build unix && !linux

package pgrun

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const messagesLocale = "en_US.UTF-8"

// endWithParent can do nothing here: the next start finds the orphan and ends it.
func endWithParent(*syscall.SysProcAttr) {}

// condition tells whether a process is there, has ended but was not yet waited
// for by its parent, and works in the folder.
func condition(pid int, folder string) (there, zombie, here bool) {
	out, err := exec.Command("ps", "-o", "stat=,command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false, false, false
	}
	line := strings.TrimSpace(string(out))
	return line != "", strings.HasPrefix(line, "Z"), strings.Contains(line, folder)
}

// children are the processes whose parent is pid.
func children(pid int) (found []int) {
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil
	}
	for _, word := range strings.Fields(string(out)) {
		if child, err := strconv.Atoi(word); err == nil {
			found = append(found, child)
		}
	}
	return found
}
