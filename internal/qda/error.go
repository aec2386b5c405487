package qda

import "fmt"

// Fault is the class of a refusal; the server turns it into a status.
type Fault string

// The faults.
const (
	Invalid  Fault = "invalid"  // the request makes no sense: 400
	Refused  Fault = "refused"  // you may not: 403
	Absent   Fault = "absent"   // not there, or not for you to know: 404
	Conflict Fault = "conflict" // someone was there before: 409
	TooLarge Fault = "toolarge" // 413
	Busy     Fault = "busy"     // nobody knows yet, repeat the same change: 503
)

// Error is a refusal that a person can act on. Key names a sentence of the catalogue, Args are its
// named parts in pairs; Into is a node to use instead, Seq the later entry in the way.
type Error struct {
	Fault  Fault
	Key    string
	Args   []any
	Into   ID
	Seq    Seq
	Theirs any // what is there now, where two edits met
}

// Error gives the key and the parts, for logs; people read the catalogue's sentence.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s %v", e.Fault, e.Key, e.Args) }

// Refuse makes an Error.
func Refuse(f Fault, key string, args ...any) *Error { return &Error{Fault: f, Key: key, Args: args} }
