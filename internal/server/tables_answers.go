package server

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// document plans a row whose answers become a document: of a case there is, of a new one, or of nobody.
func (x *tablePlanner) document(r *tableRow, k *qda.Case, values qda.Values) {
	var has qda.Values
	if k != nil {
		has = k.Values
	}
	for _, d := range x.docs {
		if d.File == x.file.sum && asName(d.Name) == asName(r.name) {
			x.p.already++
			if x.f.as == rowsDocuments {
				has = d.Values
			}
			r.state = rowSame
			r.notes = append(r.notes, say("tables.note.already"))
			if set := x.changes(r, has, values); len(set) > 0 {
				r.state = rowChanged
				if x.f.as == rowsDocuments {
					x.p.steps = append(x.p.steps, step{do: &qda.DocumentChanged{Document: d.ID, Values: set}})
				} else if k != nil {
					x.p.steps = append(x.p.steps, step{do: &qda.CaseChanged{Case: k.ID, Values: set}})
				} else { // whoever it was of has gone
					r.state, r.values = rowSame, nil
				}
			}
			return
		}
	}
	set := x.changes(r, has, values)
	asks, answers := x.file.question, r.name
	if x.f.as == rowsDocuments {
		answers = x.file.answers
	}
	for i, c := range x.t.Columns {
		if cell := x.t.Rows[r.row-1][i]; x.f.uses[i] == useAnswer && cell != "" {
			r.turns = append(r.turns, exchange.Turn{Text: c.Name, Label: asks, FromMS: -1, ToMS: -1}, exchange.Turn{Text: cell, Label: answers, FromMS: -1, ToMS: -1})
		}
	}
	if len(r.turns) == 0 {
		if x.f.as == rowsDocuments {
			r.bad(say("tables.note.no_answer"))
			return
		}
		r.notes = append(r.notes, say("tables.note.no_answer.informant"))
		x.informantAlone(r, k, values, set)
		return
	}
	text := TextOf(&exchange.Reading{Turns: r.turns})
	chars := utf8.RuneCount(text.Words)
	if chars > qda.MaxDocument {
		r.bad(say("tables.note.long"))
		return
	}
	how, _ := howRead(x.file.format, x.file.charset, r.row, x.file.replaced) // a struct of words and numbers
	sum := sha256.Sum256(text.Words)
	do := &qda.DocumentAdded{File: x.file.sum, FileName: x.file.name, Name: r.name, Type: qda.Written, Language: x.file.language, Reading: how, Sum: hex.EncodeToString(sum[:]),
		Words: int32(countWords(string(text.Words))), Chars: int32(chars), Turns: int32(len(text.Turns)),
		Speakers: map[string]qda.Speaker{asks: {Interviewer: true}, answers: {Informant: x.f.as != rowsDocuments}}}
	if i, ok := x.column[useHeld]; ok {
		if cell := x.t.Rows[r.row-1][i]; cell != "" {
			if day, ok := x.readers[i](cell); ok {
				do.Held = day
			} else {
				r.notes = append(r.notes, say("tables.note.value", "attribute", x.t.Columns[i].Name, "value", clip(cell, 60)))
			}
		}
	}
	switch {
	case x.f.as == rowsDocuments:
		do.Values = orNil(set)
	case k != nil:
		do.Case = k.ID
		if len(set) > 0 {
			x.p.steps = append(x.p.steps, step{do: &qda.CaseChanged{Case: k.ID, Values: set}})
		}
	default:
		do.NewCase, do.Of = r.name, orNil(set)
		x.p.informants++
	}
	for _, d := range x.docs {
		if asName(d.Name) == asName(r.name) {
			r.notes = append(r.notes, say("tables.note.same_document"))
			break
		}
	}
	r.state = rowNew
	x.p.documents++
	x.p.steps = append(x.p.steps, step{do: do, text: text, makes: qda.SortDocument})
}

// informantAlone plans a row without answers: the informant alone.
func (x *tablePlanner) informantAlone(r *tableRow, k *qda.Case, values, set qda.Values) {
	switch {
	case k == nil:
		r.state = rowNew
		x.p.informants++
		x.p.steps = append(x.p.steps, step{do: &qda.CaseAdded{Name: r.name, Values: orNil(values)}, makes: qda.SortCase})
	case len(set) > 0:
		r.state = rowChanged
		x.p.steps = append(x.p.steps, step{do: &qda.CaseChanged{Case: k.ID, Values: set}})
	default:
		r.state = rowSame
	}
}

// countWords counts runs between white space that have a letter or a digit.
func countWords(s string) int {
	n := 0
	for _, w := range strings.Fields(s) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}
