package bench

import (
	"os"
	"syscall"
)

// datasync puts a file's content on disk, as Postgres does with its log.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
