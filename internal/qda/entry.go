package qda

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Entry is one change as the ledger holds it: what was meant (Do) and what it did (Did).
// Body is their JSON, kept byte for byte because the hash covers it.
type Entry struct {
	Project ProjectID
	Seq     Seq
	Change  ChangeID
	Coder   ID
	At      time.Time // microseconds, UTC; for show, order is Seq
	Kind    string
	Body    []byte
	Salt    [16]byte
	Sum     Hash // SHA-256(salt ‖ body)
	Hash    Hash // SHA-256(hash before ‖ project ‖ seq ‖ change ‖ coder ‖ at ‖ kind ‖ sum)
	Erased  Seq  // the entry that erased its body, 0 if none

	Do  Change
	Did []Did
}

type body struct {
	Do  json.RawMessage `json:"do"`
	Did []Did           `json:"did"`
}

// Encode writes Do and Did into Body and sets Kind.
func (e *Entry) Encode() error {
	e.Kind = e.Do.Kind()
	if e.Did == nil {
		e.Did = []Did{}
	}
	do, err := json.Marshal(e.Do)
	if err != nil {
		return err
	}
	// What is JSON already is put together as it is: writers wait for this.
	b := append(append(append(make([]byte, 0, 2*len(do)+256), `{"do":`...), do...), `,"did":[`...)
	for i, d := range e.Did {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = d.append(b); err != nil {
			return err
		}
	}
	e.Body = append(b, "]}"...)
	return nil
}

// Decode reads Do and Did out of Body. A kind this program does not know is an error:
// the ledger was written by a newer one.
func (e *Entry) Decode() error {
	if e.Erased != 0 {
		return nil
	}
	var b body
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return fmt.Errorf("entry %d of project %d: %w", e.Seq, e.Project, err)
	}
	do, err := DecodeChange(e.Kind, b.Do)
	if err != nil {
		return fmt.Errorf("entry %d of project %d: %w", e.Seq, e.Project, err)
	}
	e.Do, e.Did = do, b.Did
	return nil
}

// Seal sets Sum and Hash, with the hash of the entry before (32 zero bytes for the first).
// Numbers are 8 bytes big-endian, the kind has its length in front.
func (e *Entry) Seal(before Hash) {
	h := sha256.New()
	h.Write(e.Salt[:])
	h.Write(e.Body)
	h.Sum(e.Sum[:0])
	e.Hash = sha256.Sum256(chainInput(before, e))
}

// Sealed reports whether Sum and Hash are what Seal would set. The body of an erased entry is gone, so only
// its place in the chain is tested.
func (e *Entry) Sealed(before Hash) bool {
	if e.Erased == 0 {
		h := sha256.New()
		h.Write(e.Salt[:])
		h.Write(e.Body)
		if !bytes.Equal(h.Sum(nil), e.Sum[:]) {
			return false
		}
	}
	return Hash(sha256.Sum256(chainInput(before, e))) == e.Hash
}

// Did is what an entry did to one thing: made it, took it away, or set fields of it.
// Exactly one of New, Gone and Set is there.
type Did struct {
	Of   Sort
	ID   ID
	New  Thing
	Gone Thing
	Set  map[string][2]json.RawMessage // field: was, is
}

// append writes {"coding":8801,"new":{…}}, {"node":12,"set":{"name":["was","is"]}} or {"coding":8801,"gone":{…}}.
func (d Did) append(b []byte) ([]byte, error) {
	b = fmt.Appendf(b, `{"%s":%d,`, d.Of, d.ID)
	var what any = d.Set
	switch {
	case d.New != nil:
		b, what = append(b, `"new":`...), d.New
	case d.Gone != nil:
		b, what = append(b, `"gone":`...), d.Gone
	default:
		b = append(b, `"set":`...)
	}
	raw, err := json.Marshal(what)
	return append(append(b, raw...), '}'), err
}

// MarshalJSON writes an effect as it stands in the body of an entry.
func (d Did) MarshalJSON() ([]byte, error) { return d.append(nil) }

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Did) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*d = Did{}
	for k, v := range m {
		if k == "new" || k == "gone" || k == "set" {
			continue
		}
		if Blank(Sort(k)) == nil {
			return fmt.Errorf("a ledger speaks of %q, which this program does not know", k)
		}
		d.Of = Sort(k)
		if err := json.Unmarshal(v, &d.ID); err != nil {
			return err
		}
	}
	if d.Of == "" {
		return fmt.Errorf("an effect without a thing: %s", b)
	}
	whole := func(raw json.RawMessage) (Thing, error) {
		t := Blank(d.Of)
		if err := json.Unmarshal(raw, t); err != nil {
			return nil, err
		}
		return t.at(d.ID, 0), nil
	}
	var err error
	if raw, ok := m["new"]; ok {
		d.New, err = whole(raw)
	} else if raw, ok := m["gone"]; ok {
		d.Gone, err = whole(raw)
	} else if raw, ok := m["set"]; ok {
		err = json.Unmarshal(raw, &d.Set)
	} else {
		err = fmt.Errorf("an effect without a content: %s", b)
	}
	return err
}

// Inverse takes back what d did.
func (d Did) Inverse() Did {
	r := Did{Of: d.Of, ID: d.ID, New: d.Gone, Gone: d.New}
	if d.Set != nil {
		r.Set = make(map[string][2]json.RawMessage, len(d.Set))
		for k, v := range d.Set {
			r.Set[k] = [2]json.RawMessage{v[1], v[0]}
		}
	}
	return r
}

// Inverses takes back a whole entry: each effect inverted, the last first.
func Inverses(did []Did) []Did {
	r := make([]Did, 0, len(did))
	for _, d := range slices.Backward(did) {
		r = append(r, d.Inverse())
	}
	return r
}

// Holds reports whether a thing (nil if absent) is as an effect left it: every field that the
// effect set, or the whole of it where the effect made it, or absence where the effect took it away.
func (d Did) Holds(now Thing) bool {
	switch {
	case d.New != nil:
		return now != nil && len(fieldsThatDiffer(now, d.New)) == 0
	case d.Gone != nil:
		return now == nil
	}
	if now == nil {
		return false
	}
	v := reflect.ValueOf(now).Elem()
	for name, wasIs := range d.Set {
		i, ok := columns(v.Type())[name]
		if !ok || !sameJSON(v.Field(i), wasIs[1]) {
			return false
		}
	}
	return true
}

func sameJSON(v reflect.Value, raw json.RawMessage) bool {
	p := reflect.New(v.Type())
	return json.Unmarshal(raw, p.Interface()) == nil && equal(v, p.Elem())
}

// equal is DeepEqual with nil and empty maps and slices alike.
func equal(a, b reflect.Value) bool {
	if k := a.Kind(); (k == reflect.Map || k == reflect.Slice) && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// Apply gives the thing as it is after d, from the thing as it was (nil if absent), with rev set.
// It gives nil where d takes the thing away. A thing that is not as d expects is an error: the ledger and the state have parted.
func (d Did) Apply(was Thing, rev Seq) (Thing, error) {
	switch {
	case d.New != nil:
		if was != nil {
			return nil, fmt.Errorf("%s %d is made twice", d.Of, d.ID)
		}
		return d.New.at(d.ID, rev), nil
	case was == nil:
		return nil, fmt.Errorf("%s %d is changed before it is there", d.Of, d.ID)
	case d.Gone != nil:
		return nil, nil
	}
	is := was.at(d.ID, rev)
	v := reflect.ValueOf(is).Elem()
	for name, wasIs := range d.Set {
		i, ok := columns(v.Type())[name]
		if !ok {
			return nil, fmt.Errorf("%s has no field %q", d.Of, name)
		}
		f := reflect.New(v.Field(i).Type())
		if err := json.Unmarshal(wasIs[1], f.Interface()); err != nil {
			return nil, err
		}
		v.Field(i).Set(f.Elem())
	}
	return is, nil
}

// Diff says what was done to a thing between was and is (nil if absent); false if nothing.
func Diff(was, is Thing) (Did, bool) {
	switch {
	case was == nil && is == nil:
		return Did{}, false
	case was == nil:
		return Did{Of: is.Sort(), ID: is.Key(), New: is}, true
	case is == nil:
		return Did{Of: was.Sort(), ID: was.Key(), Gone: was}, true
	}
	names := fieldsThatDiffer(was, is)
	if len(names) == 0 {
		return Did{}, false
	}
	d := Did{Of: is.Sort(), ID: is.Key(), Set: make(map[string][2]json.RawMessage, len(names))}
	w, n := reflect.ValueOf(was).Elem(), reflect.ValueOf(is).Elem()
	for _, name := range names {
		i := columns(w.Type())[name]
		a, errA := json.Marshal(w.Field(i).Interface())
		b, errB := json.Marshal(n.Field(i).Interface())
		if errA != nil || errB != nil {
			panic(fmt.Sprintf("%s.%s can't be written as JSON", d.Of, name)) // fields are plain values
		}
		d.Set[name] = [2]json.RawMessage{a, b}
	}
	return d, true
}

func fieldsThatDiffer(a, b Thing) []string {
	v, w := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	var names []string
	for name, i := range columns(v.Type()) {
		if !equal(v.Field(i), w.Field(i)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

var columnsOf = func() map[reflect.Type]map[string]int {
	all := map[reflect.Type]map[string]int{}
	for _, s := range Sorts {
		t := reflect.TypeOf(Blank(s)).Elem()
		m := map[string]int{}
		for i := range t.NumField() {
			if name := t.Field(i).Tag.Get("json"); name != "-" {
				m[name] = i
			}
		}
		all[t] = m
	}
	return all
}()

func columns(t reflect.Type) map[string]int { return columnsOf[t] }

// Fields gives pointers to a thing's fields, in the order of Columns.
func Fields(t Thing) []any {
	v := reflect.ValueOf(t).Elem()
	m := columns(v.Type())
	r := make([]any, 0, len(m))
	for _, name := range Columns(t.Sort()) {
		r = append(r, v.Field(m[name]).Addr().Interface())
	}
	return r
}

// Columns lists the columns of a sort's table beside project, n and rev, in alphabetical order.
func Columns(s Sort) []string { return columnNames[s] }

var columnNames = func() map[Sort][]string {
	all := map[Sort][]string{}
	for _, s := range Sorts {
		all[s] = slices.Sorted(maps.Keys(columns(reflect.TypeOf(Blank(s)).Elem())))
	}
	return all
}()
