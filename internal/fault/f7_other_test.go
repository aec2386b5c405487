//go:build faults && !linux

package fault

import "testing"

func TestF7(t *testing.T) {
	t.Fatal("a small file system to be filled can be mounted on Linux alone: this rig has to run there")
}
