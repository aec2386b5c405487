package e2e

import (
	"crypto/rand"
	"fmt"
	"hash/fnv"
)

// newChange makes a change id for an intention of the test.
func newChange() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// checkOf is the sum of words that goes along with a span: FNV-1a, 32 bit, over their UTF-8.
func checkOf(words string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(words)) // never fails
	return h.Sum32()
}
