package server

import (
	"sync"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// shown keeps the newest entries as the stream tells them to everybody who is not blind: worked out once, however many watch.
type shown struct {
	mu   sync.Mutex
	all  map[entryKey][]byte
	ring [256]entryKey // what is kept, the oldest at next
	next int
}

// entryKey names an entry. Its change is in it because a database that was set back gives a number a second time.
type entryKey struct {
	project qda.ProjectID
	seq     qda.Seq
	change  qda.ChangeID
	lang    string // where it has memos, which say some things in the reader's language
}

// text gives an entry as the stream tells it to the viewer whose Lens it is, who reads in a language.
func (k *shown) text(l engine.Lens, project qda.ProjectID, e *qda.Entry, lang string, draw drawing) []byte {
	if l.Blind() {
		return asEvent(l, e, draw)
	}
	at := entryKey{project, e.Seq, e.Change, ""}
	for _, d := range e.Did {
		if d.Of == qda.SortMemo {
			at.lang = lang
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if text, ok := k.all[at]; ok {
		return text
	}
	if k.all == nil {
		k.all = make(map[entryKey][]byte, len(k.ring))
	}
	delete(k.all, k.ring[k.next])
	text := asEvent(l, e, draw)
	k.all[at], k.ring[k.next] = text, at
	k.next = (k.next + 1) % len(k.ring)
	return text
}

// asEvent is an entry as an event of the stream, or word that everything is to be fetched again.
func asEvent(l engine.Lens, e *qda.Entry, draw drawing) []byte {
	s := through(l, e, draw)
	if s.wakes || len(s.Codings.New)+len(s.Codings.Set)+len(s.Codings.Gone) > manyCodings {
		return event("reset", e.Seq, e.Seq)
	}
	return event("entry", e.Seq, s)
}

// moves reports whether an entry touches a coder's own place in the project.
func moves(e *qda.Entry, coder qda.ID) bool {
	for _, d := range e.Did {
		if d.Of == qda.SortCoder && d.ID == coder {
			return true
		}
	}
	return false
}
