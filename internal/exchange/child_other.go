//go:build !linux

package exchange

// restrict has nothing to offer here yet: the child is a process of its own, and no more than that.
func restrict(limits) []string { return nil }

func limitCPU(int) bool { return false }
