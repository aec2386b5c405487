package page

import "strings"

// Informants is the page /projects/{p}/informants: cases by attributes.
//
// Forms: POST cases (change, name); cases/{c} (change, name, value-N; a
// field that is missing is left as it is; case 0 does not exist);
// attributes (change, name, of, type); attributes/{a} (change, name, type).
type Informants struct {
	Project    int
	MayEdit    bool
	Summary    string // "14 informants · 3 attributes"
	Attributes []Attribute
	Cases      []CaseRow
	Loose      []DocumentLink // documents without an informant
	Removed    []DocumentLink // cases that can be brought back
	Seq        int            // entry the page was drawn at
}

// Attribute is a property of cases or documents.
type Attribute struct {
	ID    int
	Name  string
	Of    string   // case or document
	Type  string   // text, number or date
	Known []string // values in use, offered while typing
	Note  string   // "filled in for 12 of 14"
}

// CaseRow is one case with its values, in the order of those attributes of
// Informants.Attributes whose Of is case.
type CaseRow struct {
	ID        int
	Name      string
	Values    []string
	Printed   []string // the same as a reader reads them (dates in words)
	Documents []DocumentLink
	Codings   string
}

// DocumentLink leads to a document.
type DocumentLink struct {
	ID   int
	Name string
}

// caseAttributes are the attributes that cases have, in their order.
func caseAttributes(v Informants) []Attribute {
	var of []Attribute
	for _, a := range v.Attributes {
		if a.Of == "case" {
			of = append(of, a)
		}
	}
	return of
}

func valueAt(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

func sortKind(attribute string) string {
	if attribute == "number" {
		return "number"
	}
	return "text"
}

// digits keeps the figures of a printed whole number, to sort by.
func digits(printed string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, printed)
}
