package qda

import (
	"errors"
	"fmt"
)

// Image is a project as its tables hold it at Head.
type Image struct {
	Project ProjectID
	GUID    ChangeID
	Head    Seq
	Hash    Hash // of the entry at Head
	Next    ID   // the number the next new thing gets
	Things  []Thing
	Codings []Coding // nil where there is a snapshot
	Undone  [][2]Seq // every Undone entry in order: what it took back, its own seq

	Snapshot []byte   // the codings at an earlier seq, as the engine wrote them
	Later    []*Entry // the entries after that, up to Head
}

// Row is the last image of a thing touched by a batch.
type Row struct {
	Thing Thing
	Rev   Seq
}

// Name names a thing by sort and number.
type Name struct {
	Sort Sort
	ID   ID
}

// NewText is a version of a document's text that a batch brings.
type NewText struct {
	Document ID
	Version  int32
	Sum      Hash
	Text     *Text
}

// Batch is what one commit writes: entries old+1, old+2 …, the last image of each thing they touched, what is gone, and new texts.
type Batch struct {
	Project ProjectID
	Old     Seq
	Next    ID
	Entries []*Entry
	Put     []Row
	Drop    []Name
	Texts   []NewText
}

// What can come back of a write beside success and other errors.
var (
	// ErrBehind: the ledger's head is another than the batch begins at; nothing was written.
	ErrBehind = errors.New("the ledger's head is another")
	// ErrNotSent: surely nothing was written, and trying again makes sense.
	ErrNotSent = errors.New("the write did not reach the ledger")
	// ErrLost: nobody knows whether it was written.
	ErrLost = errors.New("the answer to a write was lost")
)

// KnownChange says that the ledger holds an entry with this change id already; nothing was written.
type KnownChange struct{ Change ChangeID }

// Error names the change.
func (e *KnownChange) Error() string { return fmt.Sprintf("change %s is in the ledger", e.Change) }
