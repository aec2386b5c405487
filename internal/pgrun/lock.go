//go:build unix

package pgrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// errLocked says that another process has the lock.
var errLocked = errors.New("locked by another process")

// tryLock takes a lock on a file without waiting, shared or alone. The kernel
// lets go of it when the process ends, however it ends.
func tryLock(path string, shared bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the lock of the database cannot be opened: %w", err)
	}
	how := syscall.LOCK_EX | syscall.LOCK_NB
	if shared {
		how = syscall.LOCK_SH | syscall.LOCK_NB
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		return f, nil
	}
	f.Close()
	if err == syscall.EWOULDBLOCK {
		return nil, errLocked
	}
	return nil, fmt.Errorf("the file %s cannot be locked: %w", path, err)
}

// holder is what the process with the lock writes beside it.
type holder struct {
	Role  Role   `json:"role"`
	PID   int    `json:"pid"`
	Ready bool   `json:"ready"` // Postgres has answered
	URL   string `json:"url"`
}

func writeHolder(dir string, h holder) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "holder")
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("the holder's role cannot be written: %w", err)
	}
	return os.Rename(path+".new", path)
}

// readHolder returns the zero holder when nobody has written yet.
func readHolder(dir string) (h holder) {
	if b, err := os.ReadFile(filepath.Join(dir, "holder")); err == nil {
		if json.Unmarshal(b, &h) != nil {
			return holder{}
		}
	}
	return h
}
