package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"anyam/internal/qda"
)

func (d *draft) projectMade(c *qda.ProjectMade) error {
	name, err := qda.CleanName(c.Name)
	if err != nil {
		return err
	}
	description, err := qda.CleanText(c.Description)
	if err != nil {
		return err
	}
	if err := method(c.Method); err != nil {
		return err
	}
	d.put(&qda.Project{Name: name, Description: description, Language: c.Language, Method: c.Method, State: qda.Live})
	return d.newCoder(&qda.Coder{Account: c.Account, Name: c.Owner, Initials: c.Initials, Role: qda.Owner})
}

func method(m qda.Method) error {
	if m != qda.Reflexive && m != qda.Codebook && m != qda.Reliability {
		return qda.Refuse(qda.Invalid, "refused.method")
	}
	return nil
}

// given sets what a change gives, cleaned, in place of what there was; nil leaves it as it is.
func given(to, from *string, clean func(string) (string, error)) error {
	if from == nil {
		return nil
	}
	v, err := clean(*from)
	if err == nil {
		*to = v
	}
	return err
}

func (d *draft) projectChanged(c *qda.ProjectChanged) error {
	x := *d.project
	if err := given(&x.Name, c.Name, qda.CleanName); err != nil {
		return err
	}
	if err := given(&x.Description, c.Description, qda.CleanText); err != nil {
		return err
	}
	if c.Language != nil {
		x.Language = *c.Language
	}
	if c.Method != nil {
		if err := method(*c.Method); err != nil {
			return err
		}
		x.Method = *c.Method
	}
	if c.State != nil {
		if *c.State != qda.Live && *c.State != qda.Archived {
			return qda.Refuse(qda.Invalid, "refused.state")
		}
		x.State = *c.State
	}
	d.put(&x)
	return nil
}

func (d *draft) newCoder(x *qda.Coder) error {
	var err error
	if x.Name, err = qda.CleanName(x.Name); err != nil {
		return err
	}
	x.Initials = strings.TrimSpace(x.Initials)
	if x.Initials == "" || utf8.RuneCountInString(x.Initials) > 4 {
		x.Initials = Initials(x.Name)
	}
	if x.ID == 0 {
		x.ID = d.id()
	}
	d.put(x)
	return nil
}

// Initials makes up to three letters of a name.
func Initials(name string) string {
	var r []rune
	for _, w := range strings.Fields(name) {
		c, _ := utf8.DecodeRuneInString(w)
		if r = append(r, c); len(r) == 3 {
			break
		}
	}
	return strings.ToUpper(string(r))
}

func (d *draft) coderJoined(c *qda.CoderJoined) error {
	if !c.Role.Valid() {
		return qda.Refuse(qda.Invalid, "refused.role_unknown")
	}
	x := &qda.Coder{Account: c.Account, Name: c.Name, Initials: c.Initials, Role: c.Role}
	if c.Claim != 0 {
		p, ok := d.coders.get(c.Claim)
		if !ok || p.Account != 0 {
			return absent()
		}
		x.ID, x.Role = p.ID, cmp.Or(p.Role, c.Role) // who has left comes back as said
	}
	for _, o := range d.coders.rows {
		if c.Account == 0 || o.Account != c.Account {
			continue
		}
		if o.Role.Valid() {
			return qda.Refuse(qda.Conflict, "refused.joined_already")
		}
		if c.Claim != 0 {
			return qda.Refuse(qda.Conflict, "refused.joined_already")
		}
		x.ID = o.ID // who comes back is who they were
	}
	return d.newCoder(x)
}

func (d *draft) codersChanged(c *qda.CodersChanged) error {
	if len(c.Coders) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	for _, r := range c.Coders {
		o, ok := d.coders.get(r.Coder)
		if !ok || !o.Role.Valid() {
			return absent()
		}
		x := *o
		if r.Role != nil {
			if !r.Role.Valid() {
				return qda.Refuse(qda.Invalid, "refused.role_unknown")
			}
			x.Role = *r.Role
		}
		if r.Blind != nil {
			x.Blind = *r.Blind
		}
		if x.Blind && x.Role != qda.Researcher {
			return qda.Refuse(qda.Invalid, "refused.blind_role")
		}
		d.put(&x)
	}
	return nil
}

func (d *draft) coderLeft(c *qda.CoderLeft) error {
	o, ok := d.coders.get(c.Coder)
	if !ok || !o.Role.Valid() {
		return absent()
	}
	if d.by != nil && d.by.ID != c.Coder && d.by.Role != qda.Owner {
		return qda.Refuse(qda.Refused, "refused.role")
	}
	x := *o
	x.Role, x.Blind = "", false
	d.put(&x)
	return nil
}

// documents, cases, attributes ---------------------------------------------------

func (d *draft) documentAdded(c *qda.DocumentAdded, text *qda.Text) error {
	if text == nil || c.Chars > qda.MaxDocument || c.Chars <= 0 {
		return qda.Refuse(qda.Invalid, "refused.text_missing")
	}
	if sum := sha256.Sum256(text.Words); c.Chars != int32(utf8.RuneCount(text.Words)) || c.Turns != int32(len(text.Turns)) || c.Sum != hex.EncodeToString(sum[:]) {
		return qda.Refuse(qda.Invalid, "refused.text_missing") // the entry would name another text than the one it brings
	}
	x := &qda.Document{Version: 1, State: qda.Live, Made: d.seq}
	if c.Replaces != 0 {
		o, ok := d.documents.get(c.Replaces)
		if !ok || o.State != qda.Live {
			return absent()
		}
		if slot, _ := d.documentSlots.of(o.ID); len(d.chunkAt(slot).id) > 0 {
			return qda.Refuse(qda.Conflict, "refused.replace_coded")
		}
		if o.Version == 255 {
			return qda.Refuse(qda.Conflict, "refused.replace_coded")
		}
		y := *o
		y.Version++
		x = &y
		for _, m := range d.memos.rows {
			if m.On == o.ID && m.Stop != 0 {
				whole := *m
				whole.Start, whole.Stop = 0, 0 // the words it hung on are of the old text
				d.put(&whole)
			}
		}
	} else {
		x.ID = d.id()
	}
	x.File, x.FileName, x.Sum, x.Words, x.Chars, x.Turns = c.File, c.FileName, c.Sum, c.Words, c.Chars, c.Turns
	x.Speakers = c.Speakers
	err := d.described(x, &qda.DocumentChanged{Name: &c.Name, Type: &c.Type, Language: &c.Language, Held: &c.Held, Case: &c.Case, NewCase: c.NewCase, Values: c.Values, Speakers: c.Speakers}, c.Of)
	if err != nil {
		return err
	}
	d.put(x)
	d.texts = append(d.texts, qda.NewText{Document: x.ID, Version: x.Version, Sum: parseSum(c.Sum), Text: text})
	return nil
}

func (d *draft) documentChanged(c *qda.DocumentChanged) error {
	o, ok := d.documents.get(c.Document)
	if !ok || o.State != qda.Live {
		return absent()
	}
	x := *o
	if err := d.described(&x, c, nil); err != nil {
		return err
	}
	d.put(&x)
	return nil
}

// described sets what is known about a document. A case that is named but not there yet is added, with values.
func (d *draft) described(x *qda.Document, c *qda.DocumentChanged, ofCase qda.Values) error {
	var err error
	if err := given(&x.Name, c.Name, qda.CleanName); err != nil {
		return err
	}
	if c.Type != nil {
		if *c.Type != qda.Interview && *c.Type != qda.Observation && *c.Type != qda.Written {
			return qda.Refuse(qda.Invalid, "refused.document_kind")
		}
		x.Kind = *c.Type
	}
	if c.Language != nil {
		if len(*c.Language) > 35 {
			return qda.Refuse(qda.Invalid, "refused.language")
		}
		x.Language = *c.Language
	}
	if c.Held != nil {
		if *c.Held != "" {
			if _, err := time.Parse(time.DateOnly, *c.Held); err != nil {
				return qda.Refuse(qda.Invalid, "refused.date")
			}
		}
		x.Held = *c.Held
	}
	if c.NewCase != "" {
		if x.Case, err = d.caseAdded(c.NewCase, ofCase); err != nil {
			return err
		}
	} else if c.Case != nil {
		if k, ok := d.cases.get(*c.Case); *c.Case != 0 && (!ok || k.State != qda.Live) {
			return absent()
		}
		x.Case = *c.Case
	}
	if c.Values != nil {
		if x.Values, err = d.values(x.Values, c.Values, qda.OfDocuments); err != nil {
			return err
		}
	}
	if c.Speakers != nil {
		x.Speakers = map[string]qda.Speaker{}
		for label, s := range c.Speakers {
			if _, ok := d.cases.get(s.Case); s.Case != 0 && !ok {
				return absent()
			}
			if utf8.RuneCountInString(label) > qda.MaxName || !utf8.ValidString(label) {
				return qda.Refuse(qda.Invalid, "refused.name_long", "max", qda.MaxName)
			}
			x.Speakers[label] = s
		}
	}
	return nil
}

// values puts new values over old ones; an empty value takes one away.
func (d *draft) values(old, set qda.Values, of qda.Of) (qda.Values, error) {
	r := maps.Clone(old)
	if r == nil {
		r = qda.Values{}
	}
	for n, v := range set {
		a, ok := d.attributes.get(n)
		if !ok || a.Of != of {
			return nil, absent()
		}
		v, err := qda.CleanText(strings.TrimSpace(v))
		if err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(v) > qda.MaxName {
			return nil, qda.Refuse(qda.Invalid, "refused.name_long", "max", qda.MaxName)
		}
		if v == "" {
			delete(r, n)
		} else {
			r[n] = v
		}
	}
	return r, nil
}

func (d *draft) documentsState(c *qda.DocumentsState) error {
	if c.State != qda.Live && c.State != qda.Removed {
		return qda.Refuse(qda.Invalid, "refused.state")
	}
	if len(c.Documents) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	for _, n := range c.Documents {
		o, ok := d.documents.get(n)
		if !ok {
			return absent()
		}
		x := *o
		x.State = c.State
		d.put(&x)
	}
	return nil
}

func (d *draft) documentFinished(c *qda.DocumentFinished) error {
	o, ok := d.documents.get(c.Document)
	if !ok || o.State != qda.Live {
		return absent()
	}
	x := *o
	x.Finished = slices.DeleteFunc(slices.Clone(o.Finished), func(n qda.ID) bool { return n == d.me() })
	if c.Finished {
		x.Finished = append(x.Finished, d.me())
		slices.Sort(x.Finished)
	}
	d.put(&x)
	return nil
}

func (d *draft) caseAdded(name string, v qda.Values) (qda.ID, error) {
	name, err := qda.CleanName(name)
	if err != nil {
		return 0, err
	}
	values, err := d.values(nil, v, qda.OfCases)
	if err != nil {
		return 0, err
	}
	x := &qda.Case{ID: d.id(), Name: name, Values: values, State: qda.Live}
	d.put(x)
	return x.ID, nil
}

func (d *draft) caseChanged(c *qda.CaseChanged) error {
	o, ok := d.cases.get(c.Case)
	if !ok {
		return absent()
	}
	x := *o
	var err error
	if err := given(&x.Name, c.Name, qda.CleanName); err != nil {
		return err
	}
	if c.Values != nil {
		if x.Values, err = d.values(x.Values, c.Values, qda.OfCases); err != nil {
			return err
		}
	}
	if c.State != nil {
		if *c.State != qda.Live && *c.State != qda.Removed {
			return qda.Refuse(qda.Invalid, "refused.state")
		}
		x.State = *c.State
	}
	d.put(&x)
	return nil
}

func (d *draft) attributeAdded(c *qda.AttributeAdded) error {
	name, err := qda.CleanName(c.Name)
	if err != nil {
		return err
	}
	if c.Of != qda.OfCases && c.Of != qda.OfDocuments {
		return qda.Refuse(qda.Invalid, "refused.attribute_of")
	}
	if err := attributeType(c.Type); err != nil {
		return err
	}
	d.put(&qda.Attribute{ID: d.id(), Name: name, Of: c.Of, Type: c.Type})
	return nil
}

func attributeType(t string) error {
	if t != "text" && t != "number" && t != "date" {
		return qda.Refuse(qda.Invalid, "refused.attribute_type")
	}
	return nil
}

func (d *draft) attributeChanged(c *qda.AttributeChanged) error {
	o, ok := d.attributes.get(c.Attribute)
	if !ok {
		return absent()
	}
	x := *o
	if err := given(&x.Name, c.Name, qda.CleanName); err != nil {
		return err
	}
	if c.Type != nil {
		if err := attributeType(*c.Type); err != nil {
			return err
		}
		x.Type = *c.Type
	}
	d.put(&x)
	return nil
}
