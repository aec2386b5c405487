package exchange

import "golang.org/x/sys/unix"

// guestMemory is the memory of one PDFium: a range of addresses that is taken whole at once, of which no more can be written
// to than it has grown to. Only that counts for a child's limit, and growing copies nothing.
type guestMemory struct {
	most  uint64
	whole []byte
	grown uint64
}

// Reallocate lets the memory grow to size bytes, unless that is more than it may have or than there is: then it gives nil.
func (m *guestMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if m.whole == nil {
		all, err := unix.Mmap(-1, 0, int(m.most), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return nil
		}
		m.whole = all
	}
	if size > m.grown {
		if unix.Mprotect(m.whole[m.grown:size], unix.PROT_READ|unix.PROT_WRITE) != nil {
			return nil
		}
		m.grown = size
	}
	return m.whole[:size]
}

// Free gives the addresses back: nothing may point into them any more.
func (m *guestMemory) Free() {
	if m.whole != nil {
		_ = unix.Munmap(m.whole)
	}
	m.whole, m.grown = nil, 0
}
