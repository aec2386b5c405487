package page

import (
	"fmt"
	"strconv"
)

// Theory is the page /projects/{p}/theory: frameworks with their concepts, and
// the matrix of themes and concepts. Its address may carry ?concept={n} (a
// concept's form), ?under={n} (a new one under it, 0: a framework) or
// ?tie={theme}-{concept}. The parts theory-head, theory-frameworks,
// theory-matrix and panel are fetched again after each write.
//
// Forms: POST concepts (change, parent, name, definition), concepts/{c}
// (change, rev, and any of name, definition, before, state), concepts/example
// (change, example: institutional or uppsala), ties (change, theme, concept,
// why), ties/remove (change, theme, concept).
type Theory struct {
	Project    int
	MayEdit    bool
	MayTie     bool
	Summary    string
	Frameworks []Framework
	Heads      []TheoryHead
	Columns    []TheoryColumn
	Rows       []TheoryRow
	Concept    *ConceptForm
	Tie        *TieForm
	Seq        int
}

// ConceptRow is a concept in its tree. Up and Down are what it would stand
// before, one place up or down; empty where it can't, "0" for the end.
type ConceptRow struct {
	ID         int
	Rev        int
	Name       string
	Definition string
	Depth      int
	Up, Down   string
}

// Framework is a theory with its concepts in tree order.
type Framework struct {
	ConceptRow
	Concepts []ConceptRow
}

// TheoryHead heads the columns of one framework.
type TheoryHead struct {
	ID   int
	Name string
	Span int
}

// TheoryColumn is a concept that themes can be tied to.
type TheoryColumn struct {
	ID         int
	Name       string
	Definition string
	Depth      int
}

// TheoryRow is a theme.
type TheoryRow struct {
	NodeLink
	Level int
	Claim string
	Cells []TheoryCell
}

// TheoryCell says how a theme is tied to a concept.
type TheoryCell struct {
	Concept     int
	ConceptName string
	Tied        bool
	Why         string
	By          string // initials
}

// ConceptForm edits a concept; ID 0 makes one.
type ConceptForm struct {
	ID         int
	Rev        int
	Parent     int
	Under      string // name of what it stands under
	Name       string
	Definition string
	Framework  bool
	Gone       bool
	Below      int
}

// TieForm says why a theme is tied to a concept.
type TieForm struct {
	Theme       NodeLink
	Claim       string
	Concept     int
	ConceptName string
	Framework   string
	Definition  string
	Tied        bool
	Why         string
	By          string
}

// ThemeTie is a tie as a page of its theme tells it.
type ThemeTie struct {
	Name      string
	Framework string
	Why       string
	Edit      string // address of its editor
}

func theoryAddress(project int, name string, n int) string {
	return inProject(project, "theory") + "?" + name + "=" + strconv.Itoa(n)
}

func tieAddress(project, theme, concept int) string {
	return fmt.Sprintf("%s?tie=%d-%d", inProject(project, "theory"), theme, concept)
}
