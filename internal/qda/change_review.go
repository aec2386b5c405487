package qda

// Reasoned is a change that may say why it is made. The reason stands in the entry alone.
type Reasoned interface {
	Change
	// Because is the reason, empty where none was given.
	Because() string
}

// Part is what one code gets when another is split: an existing code, or a new one by name.
type Part struct {
	Node    ID     `json:"node,omitempty"`
	Name    string `json:"name,omitempty"`
	Codings []ID   `json:"codings"`
}

// SpotOf says where a node is to stand on the map.
type SpotOf struct {
	Node ID    `json:"node"`
	X    int32 `json:"x"`
	Y    int32 `json:"y"`
}

// The changes of the review. A nil pointer leaves a field as it is.
type (
	// NodeSplit gives codings of a node to other codes, of which new ones come to stand after it, in one entry. What
	// nobody gets stays.
	NodeSplit struct {
		Node   ID     `json:"node"`
		Parts  []Part `json:"parts"`
		Reason string `json:"reason,omitempty"`
	}

	// EvidenceChosen pins codings to a theme as evidence for it, or against it, before another or last.
	EvidenceChosen struct {
		Theme   ID     `json:"theme"`
		Codings []ID   `json:"codings"`
		Against bool   `json:"against,omitempty"`
		Before  ID     `json:"before,omitempty"`
		Why     string `json:"why,omitempty"`
		At      int64  `json:"at,omitempty"` // as in SpanOf
	}
	// EvidenceChanged says another why, takes the other side, or another place: before another on its side, or last (0).
	// Rev is the entry it was read at.
	EvidenceChanged struct {
		Evidence ID      `json:"evidence"`
		Rev      Seq     `json:"rev,omitempty"`
		Why      *string `json:"why,omitempty"`
		Against  *bool   `json:"against,omitempty"`
		Before   *ID     `json:"before,omitempty"`
	}
	// EvidenceDropped takes evidence away; the codings stay.
	EvidenceDropped struct {
		Evidence []ID `json:"evidence"`
	}
	// CounterLooked says that the coder has looked for evidence against a theme, or takes that back.
	CounterLooked struct {
		Theme  ID    `json:"theme"`
		Looked bool  `json:"looked"`
		At     int64 `json:"at,omitempty"` // as in SpanOf
	}

	// ConceptAdded adds a framework, or a concept under another, before a sibling or last.
	ConceptAdded struct {
		Parent     ID     `json:"parent,omitempty"`
		Name       string `json:"name"`
		Definition string `json:"definition,omitempty"`
		Before     ID     `json:"before,omitempty"`
	}
	// ConceptChanged edits, moves, removes or restores a concept; Rev is the entry it was read at.
	ConceptChanged struct {
		Concept    ID      `json:"concept"`
		Rev        Seq     `json:"rev,omitempty"`
		Name       *string `json:"name,omitempty"`
		Definition *string `json:"definition,omitempty"`
		Parent     *ID     `json:"parent,omitempty"`
		Before     *ID     `json:"before,omitempty"` // 0: last
		State      *State  `json:"state,omitempty"`
	}
	// Tied ties a theme to a concept; once tied, it says another why.
	Tied struct {
		Theme   ID     `json:"theme"`
		Concept ID     `json:"concept"`
		Why     string `json:"why,omitempty"`
		At      int64  `json:"at,omitempty"` // as in SpanOf
	}
	// Untied takes a tie away.
	Untied struct {
		Theme   ID `json:"theme"`
		Concept ID `json:"concept"`
	}

	// DraftNamed names the project as it stands before this entry.
	DraftNamed struct {
		Name string `json:"name"`
		Text string `json:"text,omitempty"`
	}
	// ReviewAsked asks coders for a review of a draft, beside those who were asked already.
	ReviewAsked struct {
		Draft ID     `json:"draft"`
		Of    []ID   `json:"of"`
		Text  string `json:"text,omitempty"`
	}
	// RemarkMade says something on a node, a coding, a draft or (0) the project, or answers a remark (then On is its).
	RemarkMade struct {
		On    ID     `json:"on,omitempty"`
		Theme ID     `json:"theme,omitempty"`
		Under ID     `json:"under,omitempty"`
		Text  string `json:"text"`
		At    int64  `json:"at,omitempty"` // as in SpanOf
	}
	// RemarkSettled closes a thread by any of its remarks, or opens it again.
	RemarkSettled struct {
		Remark  ID    `json:"remark"`
		Settled bool  `json:"settled"`
		At      int64 `json:"at,omitempty"` // as in SpanOf
	}
	// ThemeJudged is a verdict on a theme; Digest is what the page had shown.
	ThemeJudged struct {
		Theme   ID      `json:"theme"`
		Verdict Verdict `json:"verdict"`
		Draft   ID      `json:"draft,omitempty"`
		Digest  Digest  `json:"digest"`
		Text    string  `json:"text,omitempty"`
		At      int64   `json:"at,omitempty"` // as in SpanOf
	}

	// QuestionKept keeps a question by name, or changes one that is kept; Rev is the entry it was read at.
	QuestionKept struct {
		Question ID     `json:"question,omitempty"` // 0: a new one
		Rev      Seq    `json:"rev,omitempty"`
		Name     string `json:"name"`
		Query    string `json:"query"`
		At       int64  `json:"at,omitempty"` // as in SpanOf
	}
	// QuestionRemoved takes a kept question away.
	QuestionRemoved struct {
		Question ID `json:"question"`
	}
	// Arranged sets where nodes stand on the map.
	Arranged struct {
		Spots []SpotOf `json:"spots"`
	}
)

func (*NodeSplit) Kind() string       { return "NodeSplit" }
func (*EvidenceChosen) Kind() string  { return "EvidenceChosen" }
func (*EvidenceChanged) Kind() string { return "EvidenceChanged" }
func (*EvidenceDropped) Kind() string { return "EvidenceDropped" }
func (*CounterLooked) Kind() string   { return "CounterLooked" }
func (*ConceptAdded) Kind() string    { return "ConceptAdded" }
func (*ConceptChanged) Kind() string  { return "ConceptChanged" }
func (*Tied) Kind() string            { return "Tied" }
func (*Untied) Kind() string          { return "Untied" }
func (*DraftNamed) Kind() string      { return "DraftNamed" }
func (*ReviewAsked) Kind() string     { return "ReviewAsked" }
func (*RemarkMade) Kind() string      { return "RemarkMade" }
func (*RemarkSettled) Kind() string   { return "RemarkSettled" }
func (*ThemeJudged) Kind() string     { return "ThemeJudged" }
func (*QuestionKept) Kind() string    { return "QuestionKept" }
func (*QuestionRemoved) Kind() string { return "QuestionRemoved" }
func (*Arranged) Kind() string        { return "Arranged" }

// Because gives the reason.
func (c *NodesMoved) Because() string { return c.Reason }

// Because gives the reason.
func (c *NodesMerged) Because() string { return c.Reason }

// Because gives the reason.
func (c *NodeSplit) Because() string { return c.Reason }

// Because gives the reason.
func (c *NodesState) Because() string { return c.Reason }

// Because gives the reason.
func (c *NodeTurned) Because() string { return c.Reason }
