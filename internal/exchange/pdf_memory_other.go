//go:build !linux

package exchange

// guestMemory is the memory of one PDFium, taken whole at once: growing by copying would need twice as much.
type guestMemory struct {
	most  uint64
	whole []byte
}

// Reallocate lets the memory grow to size bytes, unless that is more than it may have: then it gives nil.
func (m *guestMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if m.whole == nil {
		m.whole = make([]byte, m.most)
	}
	return m.whole[:size]
}

// Free gives the memory back.
func (m *guestMemory) Free() { m.whole = nil }
