//go:build !linux

package bench

import "os"

// datasync puts a file's content on disk.
func datasync(f *os.File) error { return f.Sync() }
