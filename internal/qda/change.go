package qda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Change is what a coder means to do: one of the closed set below and in change_review.go. Its JSON is an entry's "do".
type Change interface {
	// Kind is the name of the change's type.
	Kind() string
}

// SpanOf is a span with a check of its words (FNV-1a, 32 bit, over UTF-8).
type SpanOf struct {
	Start int32  `json:"start"`
	Stop  int32  `json:"stop"`
	Check uint32 `json:"check"`
	// At is when it was made elsewhere, where it is brought from another project: seconds since 1970, 0 for now. So in other changes.
	At int64 `json:"at,omitempty"`
	// Code is that of this span where it is not the change's: a document that is brought from elsewhere comes with many at once.
	Code ID `json:"code,omitempty"`
}

// RoleOf sets what one coder may do and see.
type RoleOf struct {
	Coder ID    `json:"coder"`
	Role  *Role `json:"role,omitempty"`
	Blind *bool `json:"blind,omitempty"`
}

// The changes. A nil pointer leaves a field as it is.
type (
	// ProjectMade is the first entry of every ledger.
	ProjectMade struct {
		Name        string    `json:"name"`
		Description string    `json:"description,omitempty"`
		Language    string    `json:"language,omitempty"`
		Method      Method    `json:"method"`
		Account     AccountID `json:"account"` // of the first owner; 0: claimed later
		Owner       string    `json:"owner"`
		Initials    string    `json:"initials"`
	}
	// ProjectChanged edits the project's own fields; State archives it or opens it again.
	ProjectChanged struct {
		Name        *string `json:"name,omitempty"`
		Description *string `json:"description,omitempty"`
		Language    *string `json:"language,omitempty"`
		Method      *Method `json:"method,omitempty"`
		State       *State  `json:"state,omitempty"`
	}
	// CoderJoined adds a coder; without an account it is a placeholder.
	CoderJoined struct {
		Account  AccountID `json:"account,omitempty"`
		Name     string    `json:"name"`
		Initials string    `json:"initials"`
		Role     Role      `json:"role"`
		Claim    ID        `json:"claim,omitempty"` // a placeholder that the account takes over, or that comes back after it has left
		GUID     string    `json:"guid,omitempty"`  // by which a placeholder came from elsewhere, if any: another file may speak of the same person
	}
	// CodersChanged sets roles and blindness; handing over is one entry.
	CodersChanged struct {
		Coders []RoleOf `json:"coders"`
	}
	// CoderLeft takes a coder's role away.
	CoderLeft struct {
		Coder ID `json:"coder"`
	}

	// DocumentAdded brings a document whose file and text are contents named by their sums.
	DocumentAdded struct {
		File     string             `json:"file"`
		FileName string             `json:"file_name"`
		Name     string             `json:"name"`
		Type     DocumentKind       `json:"kind"`
		Language string             `json:"language,omitempty"`
		Held     string             `json:"held,omitempty"`
		Case     ID                 `json:"case,omitempty"`
		NewCase  string             `json:"new_case,omitempty"`
		Values   Values             `json:"values,omitempty"`      // of the document
		Of       Values             `json:"case_values,omitempty"` // of the new case
		Speakers map[string]Speaker `json:"speakers,omitempty"`
		Reading  json.RawMessage    `json:"reading,omitempty"` // how the file was read
		Sum      string             `json:"sum"`
		Words    int32              `json:"words"`
		Chars    int32              `json:"chars"`
		Turns    int32              `json:"turns"`
		Replaces ID                 `json:"replaces,omitempty"` // a document in which nothing is coded
		At       int64              `json:"at,omitempty"`       // as in SpanOf; it stands in the entry alone, as the entry is what tells when a document was made
	}
	// DocumentChanged edits what is known about a document, never its text.
	DocumentChanged struct {
		Document ID                 `json:"document"`
		Name     *string            `json:"name,omitempty"`
		Type     *DocumentKind      `json:"kind,omitempty"`
		Language *string            `json:"language,omitempty"`
		Held     *string            `json:"held,omitempty"`
		Case     *ID                `json:"case,omitempty"`
		NewCase  string             `json:"new_case,omitempty"`
		Values   Values             `json:"values,omitempty"`
		Speakers map[string]Speaker `json:"speakers,omitempty"`
	}
	// DocumentsState removes documents or brings them back.
	DocumentsState struct {
		Documents []ID  `json:"documents"`
		State     State `json:"state"`
	}
	// DocumentFinished says that the coder is done with a document, or is not.
	DocumentFinished struct {
		Document ID   `json:"document"`
		Finished bool `json:"finished"`
	}
	// CaseAdded adds a case.
	CaseAdded struct {
		Name   string `json:"name"`
		Values Values `json:"values,omitempty"`
	}
	// CaseChanged edits a case.
	CaseChanged struct {
		Case   ID      `json:"case"`
		Name   *string `json:"name,omitempty"`
		Values Values  `json:"values,omitempty"`
		State  *State  `json:"state,omitempty"`
	}
	// AttributeAdded adds an attribute.
	AttributeAdded struct {
		Name string `json:"name"`
		Of   Of     `json:"of"`
		Type string `json:"type"`
	}
	// AttributeChanged renames an attribute or changes its type.
	AttributeChanged struct {
		Attribute ID      `json:"attribute"`
		Name      *string `json:"name,omitempty"`
		Type      *string `json:"type,omitempty"`
	}

	// NodeAdded adds a theme or a code under Parent, before a sibling or last. Codable is of themes that bear codings
	// themselves, as one does that was a code: what is brought from elsewhere may have them. A code always bears them.
	NodeAdded struct {
		Type       NodeKind `json:"kind"`
		Codable    bool     `json:"codable,omitempty"`
		Parent     ID       `json:"parent,omitempty"`
		Before     ID       `json:"before,omitempty"`
		Name       string   `json:"name"`
		Definition string   `json:"definition,omitempty"`
		Use        string   `json:"use,omitempty"`
		Avoid      string   `json:"avoid,omitempty"`
		Colour     int16    `json:"colour,omitempty"`
		GUID       string   `json:"guid,omitempty"`
		At         int64    `json:"at,omitempty"` // as in DocumentAdded
	}
	// NodeChanged edits a node's texts and colour; Rev is the entry it was read at.
	NodeChanged struct {
		Node       ID      `json:"node"`
		Rev        Seq     `json:"rev"`
		Name       *string `json:"name,omitempty"`
		Definition *string `json:"definition,omitempty"`
		Use        *string `json:"use,omitempty"`
		Avoid      *string `json:"avoid,omitempty"`
		Example    *ID     `json:"example,omitempty"`
		Colour     *int16  `json:"colour,omitempty"`
		Claim      *string `json:"claim,omitempty"`
		Scope      *string `json:"scope,omitempty"`
		Boundary   *string `json:"boundary,omitempty"`
		Naming     *string `json:"naming,omitempty"`
	}
	// NodesMoved puts nodes under Parent, or under a new theme named Theme, before a sibling or last.
	NodesMoved struct {
		Nodes  []ID   `json:"nodes"`
		Parent ID     `json:"parent,omitempty"`
		Theme  string `json:"theme,omitempty"`
		Before ID     `json:"before,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
	// NodesMerged makes several nodes one.
	NodesMerged struct {
		Nodes  []ID   `json:"nodes"`
		Into   ID     `json:"into"`
		Reason string `json:"reason,omitempty"`
	}
	// NodeTurned turns a code into a theme or back.
	NodeTurned struct {
		Node   ID       `json:"node"`
		Type   NodeKind `json:"kind"`
		Reason string   `json:"reason,omitempty"`
	}
	// NodesState retires, removes or restores nodes; their children go along, or up to the parent.
	NodesState struct {
		Nodes    []ID   `json:"nodes"`
		State    State  `json:"state"`
		Children string `json:"children,omitempty"` // "along" (as if empty) or "up"
		Reason   string `json:"reason,omitempty"`
	}

	// CodingApplied applies a code, or a new one, to spans of a document. Where every span has a code of its own, it needs none.
	CodingApplied struct {
		Document ID       `json:"document"`
		Version  int32    `json:"version"`
		Spans    []SpanOf `json:"spans"`
		Code     ID       `json:"code,omitempty"`
		Name     string   `json:"name,omitempty"`
		Parent   ID       `json:"parent,omitempty"`
	}
	// CodingsChanged gives codings another code, or one coding another span.
	CodingsChanged struct {
		Codings []ID    `json:"codings"`
		Code    ID      `json:"code,omitempty"`
		Span    *SpanOf `json:"span,omitempty"`
	}
	// CodingsRemoved takes codings away, with their memos.
	CodingsRemoved struct {
		Codings []ID `json:"codings"`
	}

	// MemoWritten attaches a memo to a thing, or to words of a document.
	MemoWritten struct {
		On    ID     `json:"on"`
		Start int32  `json:"start,omitempty"`
		Stop  int32  `json:"stop,omitempty"`
		Text  string `json:"text"`
		At    int64  `json:"at,omitempty"` // as in SpanOf
	}
	// MemoChanged edits a memo; Rev is the entry it was read at.
	MemoChanged struct {
		Memo ID     `json:"memo"`
		Rev  Seq    `json:"rev"`
		Text string `json:"text"`
	}
	// MemoRemoved takes a memo away.
	MemoRemoved struct {
		Memo ID `json:"memo"`
	}
	// Undone takes back an entry; redo is Undone of the Undone.
	Undone struct {
		Seq Seq `json:"seq"`
	}
)

// Kinds holds one blank of every change, by kind: the closed set.
var Kinds = func() map[string]Change {
	m := map[string]Change{}
	for _, c := range []Change{
		&ProjectMade{}, &ProjectChanged{}, &CoderJoined{}, &CodersChanged{}, &CoderLeft{},
		&DocumentAdded{}, &DocumentChanged{}, &DocumentsState{}, &DocumentFinished{}, &CaseAdded{}, &CaseChanged{}, &AttributeAdded{}, &AttributeChanged{},
		&NodeAdded{}, &NodeChanged{}, &NodesMoved{}, &NodesMerged{}, &NodeSplit{}, &NodeTurned{}, &NodesState{},
		&CodingApplied{}, &CodingsChanged{}, &CodingsRemoved{},
		&MemoWritten{}, &MemoChanged{}, &MemoRemoved{}, &Undone{},
		&EvidenceChosen{}, &EvidenceChanged{}, &EvidenceDropped{}, &CounterLooked{}, &ConceptAdded{}, &ConceptChanged{}, &Tied{}, &Untied{},
		&DraftNamed{}, &ReviewAsked{}, &RemarkMade{}, &RemarkSettled{}, &ThemeJudged{}, &QuestionKept{}, &QuestionRemoved{}, &Arranged{},
	} {
		m[c.Kind()] = c
	}
	return m
}()

func (*ProjectMade) Kind() string      { return "ProjectMade" }
func (*ProjectChanged) Kind() string   { return "ProjectChanged" }
func (*CoderJoined) Kind() string      { return "CoderJoined" }
func (*CodersChanged) Kind() string    { return "CodersChanged" }
func (*CoderLeft) Kind() string        { return "CoderLeft" }
func (*DocumentAdded) Kind() string    { return "DocumentAdded" }
func (*DocumentChanged) Kind() string  { return "DocumentChanged" }
func (*DocumentsState) Kind() string   { return "DocumentsState" }
func (*DocumentFinished) Kind() string { return "DocumentFinished" }
func (*CaseAdded) Kind() string        { return "CaseAdded" }
func (*CaseChanged) Kind() string      { return "CaseChanged" }
func (*AttributeAdded) Kind() string   { return "AttributeAdded" }
func (*AttributeChanged) Kind() string { return "AttributeChanged" }
func (*NodeAdded) Kind() string        { return "NodeAdded" }
func (*NodeChanged) Kind() string      { return "NodeChanged" }
func (*NodesMoved) Kind() string       { return "NodesMoved" }
func (*NodesMerged) Kind() string      { return "NodesMerged" }
func (*NodeTurned) Kind() string       { return "NodeKind" }
func (*NodesState) Kind() string       { return "NodesState" }
func (*CodingApplied) Kind() string    { return "CodingApplied" }
func (*CodingsChanged) Kind() string   { return "CodingsChanged" }
func (*CodingsRemoved) Kind() string   { return "CodingsRemoved" }
func (*MemoWritten) Kind() string      { return "MemoWritten" }
func (*MemoChanged) Kind() string      { return "MemoChanged" }
func (*MemoRemoved) Kind() string      { return "MemoRemoved" }
func (*Undone) Kind() string           { return "Undone" }

// DecodeChange reads a change of a kind from JSON. Unknown kinds are an error; unknown fields are passed over,
// since the ledger may have been written by a newer program.
func DecodeChange(kind string, raw []byte) (Change, error) {
	blank, ok := Kinds[kind]
	if !ok {
		return nil, fmt.Errorf("a change of kind %q, which this program does not know", kind)
	}
	c := reflect.New(reflect.TypeOf(blank).Elem()).Interface().(Change)
	return c, json.Unmarshal(raw, c)
}

// SameChange reports whether two changes mean the same: same kind, same JSON.
func SameChange(a, b Change) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && a.Kind() == b.Kind() && bytes.Equal(x, y)
}

// Intent is a change about to be made: by whom, under which change id, with the contents it brings.
type Intent struct {
	Change ChangeID
	Coder  ID // 0 only for ProjectMade and for what the program itself does
	Do     Change
	Text   *Text // with DocumentAdded
}
