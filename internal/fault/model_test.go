//go:build faults

package fault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"anyam/internal/qda"
)

// fields are a thing as a naive model knows it: each field's JSON, by name.
type fields map[string]string

func (f fields) num(name string) qda.ID {
	var n qda.ID
	_ = json.Unmarshal([]byte(f[name]), &n) // absent: 0
	return n
}

func (f fields) text(name string) string {
	var s string
	_ = json.Unmarshal([]byte(f[name]), &s)
	return s
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and strings always marshal
	}
	return string(b)
}

// whole turns a thing of the ledger into fields.
func whole(t qda.Thing) fields {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(js(t)), &m); err != nil {
		panic(err)
	}
	f := fields{}
	for k, v := range m {
		f[k] = string(v)
	}
	return f
}

// change is what an entry did to one thing, with whole images before and after; nil is absence.
type change struct{ was, is fields }

type effects map[qda.Name]change

// model is a project as plain maps, which decides for itself what a change may do. It shares no code with the engine.
type model struct {
	seq    qda.Seq
	things map[qda.Name]fields
	ids    map[qda.Sort][]qda.ID // of things, by number
	alike  map[string][]qda.ID   // codings by everything that must not be twice
	rows   map[qda.ID][4]int64   // codings as code, coder, start, stop
	over   effects               // laid over things: the outcome that an undo would have
	rev    map[qda.Name]qda.Seq
	did    map[qda.Seq]effects
	by     map[qda.Seq]qda.ID
	kind   map[qda.Seq]string
	undone map[qda.Seq]qda.Seq // by the newest that took it back
	owner  qda.ID
	used   qda.ID // the largest number ever given
}

func newModel() *model {
	return &model{things: map[qda.Name]fields{}, ids: map[qda.Sort][]qda.ID{}, alike: map[string][]qda.ID{}, rows: map[qda.ID][4]int64{}, rev: map[qda.Name]qda.Seq{}, did: map[qda.Seq]effects{}, by: map[qda.Seq]qda.ID{}, kind: map[qda.Seq]string{}, undone: map[qda.Seq]qda.Seq{}}
}

func (m *model) get(s qda.Sort, n qda.ID) fields {
	k := qda.Name{Sort: s, ID: n}
	if x, ok := m.over[k]; ok {
		return x.is
	}
	return m.things[k]
}

// all lists the things of a sort by number.
func (m *model) all(s qda.Sort) []qda.ID {
	r := m.ids[s]
	for k, x := range m.over {
		if k.Sort != s {
			continue
		}
		r = slices.Clone(r)
		at, there := slices.BinarySearch(r, k.ID)
		if there && x.is == nil {
			r = slices.Delete(r, at, at+1)
		} else if !there && x.is != nil {
			r = slices.Insert(r, at, k.ID)
		}
	}
	return r
}

// put sets a thing, or takes it away (nil).
func (m *model) put(k qda.Name, is fields) {
	if was := m.things[k]; was != nil && k.Sort == qda.SortCoding {
		key := likeness(was)
		m.alike[key] = slices.DeleteFunc(m.alike[key], func(n qda.ID) bool { return n == k.ID })
		delete(m.rows, k.ID)
	}
	at, there := slices.BinarySearch(m.ids[k.Sort], k.ID)
	if is == nil {
		delete(m.things, k)
		if there {
			m.ids[k.Sort] = slices.Delete(m.ids[k.Sort], at, at+1)
		}
		return
	}
	m.things[k] = is
	if !there {
		m.ids[k.Sort] = slices.Insert(m.ids[k.Sort], at, k.ID)
	}
	if k.Sort == qda.SortCoding {
		key := likeness(is)
		m.alike[key] = append(m.alike[key], k.ID)
		m.rows[k.ID] = [4]int64{int64(is.num("code")), int64(is.num("coder")), int64(is.num("start")), int64(is.num("stop"))}
	}
}

// likeness is what no two codings may share.
func likeness(c fields) string {
	return c["document"] + " " + c["version"] + " " + c["code"] + " " + c["coder"] + " " + c["start"] + " " + c["stop"]
}

func (m *model) counts(n qda.ID) bool {
	s := m.get(qda.SortNode, n).text("state")
	return s == "live" || s == "retired"
}

// awake: the node counts, and so does everything above it.
func (m *model) awake(n qda.ID) bool {
	for steps := 0; n != 0; steps++ {
		x := m.get(qda.SortNode, n)
		if x == nil || !m.counts(n) || steps > 1000 {
			return false
		}
		n = x.num("parent")
	}
	return true
}

func (m *model) inForce(s qda.Seq) bool {
	by, ok := m.undone[s]
	return !ok || !m.inForce(by)
}

// twin finds another coding of the same words with the same code by the same coder, once some effects are there.
func (m *model) twin(not qda.ID, c fields, e effects) qda.ID {
	key := likeness(c)
	for _, effects := range []effects{e, m.over} {
		for k, x := range effects {
			if k.Sort == qda.SortCoding && k.ID != not && x.is != nil && likeness(x.is) == key {
				return k.ID
			}
		}
	}
	for _, n := range m.alike[key] {
		k := qda.Name{Sort: qda.SortCoding, ID: n}
		_, changed := e[k]
		_, over := m.over[k]
		if n != not && !changed && !over {
			return n
		}
	}
	return 0
}

// no is a refusal: the status that the site is to answer; 0 is none.
type no int

// move is one change as the client who meant it knows it.
type move struct {
	kind     string
	who      qda.ID
	document qda.ID
	span     qda.SpanOf
	things   []qda.ID // codings, a memo or nodes that it is about
	code     qda.ID   // applied, given, merged into, or the parent moved or added under
	rev      qda.Seq
	text     string
	seq      qda.Seq // taken back
}

// set changes some fields of a thing in a set of effects.
func (m *model) set(e effects, k qda.Name, pairs ...string) {
	x, ok := e[k]
	if !ok {
		x = change{was: m.things[k], is: m.things[k]}
	}
	is := fields{}
	for f, v := range x.is {
		is[f] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		is[pairs[i]] = pairs[i+1]
	}
	x.is = is
	e[k] = x
}

func (m *model) drop(e effects, k qda.Name) { e[k] = change{was: m.things[k]} }

// newcomers have numbers that only the ledger can give: they stand at numbers from here on until it does.
const newcomers = 1 << 30

// decide says what a change does to the project as it stands, or refuses.
func (m *model) decide(o move) (effects, no) {
	e := effects{}
	switch o.kind {
	case "CodingApplied":
		switch x := m.get(qda.SortNode, o.code); {
		case x == nil:
			return nil, http.StatusNotFound
		case !m.awake(o.code) || x.text("state") == "retired":
			return nil, http.StatusConflict
		}
		c := fields{"document": js(o.document), "version": "1", "code": js(o.code), "coder": js(o.who), "start": js(o.span.Start), "stop": js(o.span.Stop)}
		if m.twin(0, c, nil) != 0 {
			return nil, http.StatusConflict
		}
		e[qda.Name{Sort: qda.SortCoding, ID: newcomers}] = change{is: c}
	case "CodingsChanged":
		for _, n := range o.things {
			if m.get(qda.SortCoding, n) == nil {
				return nil, http.StatusConflict
			}
		}
		if o.code == 0 {
			k := qda.Name{Sort: qda.SortCoding, ID: o.things[0]}
			m.set(e, k, "start", js(o.span.Start), "stop", js(o.span.Stop))
			if m.twin(k.ID, e[k].is, nil) != 0 {
				return nil, http.StatusConflict
			}
			break
		}
		switch x := m.get(qda.SortNode, o.code); {
		case x == nil:
			return nil, http.StatusNotFound
		case !m.awake(o.code) || x.text("state") == "retired":
			return nil, http.StatusConflict
		}
		for _, n := range o.things {
			m.recode(e, n, o.code)
		}
	case "CodingsRemoved":
		for _, n := range o.things {
			if m.get(qda.SortCoding, n) == nil {
				return nil, http.StatusConflict
			}
			m.drop(e, qda.Name{Sort: qda.SortCoding, ID: n})
			for _, x := range m.all(qda.SortMemo) {
				if m.get(qda.SortMemo, x).num("on") == n {
					m.drop(e, qda.Name{Sort: qda.SortMemo, ID: x})
				}
			}
		}
	case "MemoWritten":
		if n := o.things[0]; m.get(qda.SortCoding, n) == nil && m.get(qda.SortNode, n) == nil && m.get(qda.SortDocument, n) == nil {
			return nil, http.StatusNotFound
		}
		e[qda.Name{Sort: qda.SortMemo, ID: newcomers}] = change{is: fields{"on": js(o.things[0]), "start": "0", "stop": "0", "coder": js(o.who), "text": js(o.text)}}
	case "MemoChanged", "MemoRemoved":
		k := qda.Name{Sort: qda.SortMemo, ID: o.things[0]}
		switch x := m.things[k]; {
		case x == nil:
			return nil, http.StatusNotFound
		case x.num("coder") != o.who && o.who != m.owner:
			return nil, http.StatusForbidden
		case o.kind == "MemoRemoved":
			m.drop(e, k)
		case m.rev[k] != o.rev:
			return nil, http.StatusConflict
		default:
			m.set(e, k, "text", js(o.text))
		}
	case "NodeAdded":
		if !m.awake(o.code) {
			return nil, http.StatusConflict
		}
		e[qda.Name{Sort: qda.SortNode, ID: newcomers}] = change{is: fields{"kind": `"code"`, "codable": "true", "parent": js(o.code), "name": js(o.text), "state": `"live"`, "into": "0"}}
	case "NodeChanged":
		k := qda.Name{Sort: qda.SortNode, ID: o.things[0]}
		switch x := m.things[k]; {
		case x == nil || x.text("state") == "merged" || x.text("state") == "removed":
			return nil, http.StatusNotFound
		case o.rev != 0 && m.rev[k] != o.rev:
			return nil, http.StatusConflict
		}
		m.set(e, k, "definition", js(o.text))
	case "NodesMoved":
		n := o.things[0]
		if m.get(qda.SortNode, n) == nil || !m.awake(n) {
			return nil, http.StatusNotFound
		}
		if !m.awake(o.code) {
			return nil, http.StatusConflict
		}
		if m.below(o.code, n) {
			return nil, http.StatusBadRequest
		}
		m.set(e, qda.Name{Sort: qda.SortNode, ID: n}, "parent", js(o.code))
	case "NodesMerged":
		n := o.things[0]
		switch {
		case m.get(qda.SortNode, o.code) == nil || !m.awake(o.code) || n == o.code || m.get(qda.SortNode, n) == nil || !m.awake(n):
			return nil, http.StatusNotFound
		case m.below(o.code, n):
			return nil, http.StatusBadRequest
		}
		for _, x := range m.all(qda.SortNode) {
			if c := m.get(qda.SortNode, x); c.num("parent") == n && c.text("state") != "merged" {
				m.set(e, qda.Name{Sort: qda.SortNode, ID: x}, "parent", js(o.code))
			}
		}
		m.set(e, qda.Name{Sort: qda.SortNode, ID: n}, "state", `"merged"`, "into", js(o.code))
		for _, x := range m.all(qda.SortMemo) {
			if m.get(qda.SortMemo, x).num("on") == n {
				m.set(e, qda.Name{Sort: qda.SortMemo, ID: x}, "on", js(o.code))
			}
		}
		for _, x := range m.all(qda.SortCoding) {
			if m.get(qda.SortCoding, x).num("code") == n {
				m.recode(e, x, o.code)
			}
		}
	case "Undone":
		return m.takeBack(o)
	default:
		panic("the model does not know " + o.kind)
	}
	return e, 0
}

// below: n is over or stands somewhere under it.
func (m *model) below(n, over qda.ID) bool {
	for steps := 0; n != 0 && steps < 1000; steps++ {
		if n == over {
			return true
		}
		n = m.get(qda.SortNode, n).num("parent")
	}
	return false
}

// recode gives a coding another code; where its coder has the same words under that one already, the two become one.
func (m *model) recode(e effects, n, code qda.ID) {
	k := qda.Name{Sort: qda.SortCoding, ID: n}
	if m.things[k].num("code") == code {
		return
	}
	to := fields{}
	for f, v := range m.things[k] {
		to[f] = v
	}
	to["code"] = js(code)
	stays := m.twin(n, to, e)
	if stays == 0 {
		m.set(e, k, "code", js(code))
		return
	}
	for _, x := range m.all(qda.SortMemo) {
		if m.get(qda.SortMemo, x).num("on") == n {
			m.set(e, qda.Name{Sort: qda.SortMemo, ID: x}, "on", js(stays))
		}
	}
	m.drop(e, k)
}

// takeBack undoes an entry: one's own, in force, and everything still as it left it; and the outcome must be one that may be.
func (m *model) takeBack(o move) (effects, no) {
	did, ok := m.did[o.seq]
	switch {
	case !ok || o.seq > m.seq:
		return nil, http.StatusNotFound
	case m.by[o.seq] != o.who && o.who != m.owner:
		return nil, http.StatusForbidden
	case m.kind[o.seq] == "ProjectMade" || m.kind[o.seq] == "CoderJoined" || m.kind[o.seq] == "DocumentAdded":
		return nil, http.StatusForbidden
	case !m.inForce(o.seq):
		return nil, http.StatusConflict
	}
	e := effects{}
	for k, x := range did {
		now := m.things[k]
		switch {
		case x.was == nil: // made
			if now == nil || !same(now, x.is) {
				return nil, http.StatusConflict
			}
			e[k] = change{was: now}
		case x.is == nil: // gone
			if now != nil {
				return nil, http.StatusConflict
			}
			e[k] = change{is: x.was}
		default:
			if now == nil {
				return nil, http.StatusConflict
			}
			is := fields{}
			for f, v := range now {
				is[f] = v
			}
			for f := range x.is {
				if x.is[f] != x.was[f] {
					if now[f] != x.is[f] {
						return nil, http.StatusConflict
					}
					is[f] = x.was[f]
				}
			}
			e[k] = change{now, is}
		}
	}
	after := *m
	after.over = e
	for k, x := range e {
		if !after.mayBe(k, x.is) {
			return nil, http.StatusConflict
		}
	}
	return e, 0
}

func same(a, b fields) bool {
	for f, v := range b {
		if a[f] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// names: some thing of a sort has a number in a field.
func (m *model) names(s qda.Sort, n qda.ID, field string) bool {
	number := js(n)
	return slices.ContainsFunc(m.all(s), func(x qda.ID) bool { return m.get(s, x)[field] == number })
}

// mayBe: what must hold of a thing that an undo has touched, or of what hung on it where it went.
func (m *model) mayBe(k qda.Name, is fields) bool {
	if is == nil {
		return !m.names(qda.SortMemo, k.ID, "on") &&
			(k.Sort != qda.SortNode || !m.names(qda.SortNode, k.ID, "parent") && !m.names(qda.SortNode, k.ID, "into") && !m.names(qda.SortCoding, k.ID, "code"))
	}
	switch k.Sort {
	case qda.SortMemo:
		n := is.num("on")
		return n == 0 || m.get(qda.SortCoding, n) != nil || m.get(qda.SortNode, n) != nil || m.get(qda.SortDocument, n) != nil
	case qda.SortCoding:
		code := m.get(qda.SortNode, is.num("code"))
		return code != nil && code.text("state") != "merged" && m.twin(k.ID, is, nil) == 0
	case qda.SortNode:
		if is.text("state") == "merged" { // nothing may stand or hang there any more
			for _, n := range m.all(qda.SortNode) {
				if x := m.get(qda.SortNode, n); x.num("parent") == k.ID && x.text("state") != "merged" {
					return false
				}
			}
			return !m.names(qda.SortCoding, k.ID, "code") && m.get(qda.SortNode, is.num("into")) != nil
		}
		for p, steps := is.num("parent"), 0; p != 0; steps++ {
			up := m.get(qda.SortNode, p)
			if up == nil || steps > 1000 || up.text("state") == "merged" {
				return false
			}
			p = up.num("parent")
		}
	}
	return true
}

// told turns what the ledger says that an entry did into effects.
func (m *model) told(e *qda.Entry) (effects, error) {
	r := effects{}
	for _, d := range e.Did {
		k := qda.Name{Sort: d.Of, ID: d.ID}
		was := m.things[k]
		switch {
		case d.New != nil:
			if was != nil {
				return nil, fmt.Errorf("%v is made twice", k)
			}
			r[k] = change{is: whole(d.New)}
		case was == nil:
			return nil, fmt.Errorf("%v is touched and not there", k)
		case d.Gone != nil:
			if !same(was, whole(d.Gone)) {
				return nil, fmt.Errorf("%v goes as what it was not", k)
			}
			r[k] = change{was: was}
		default:
			is := fields{}
			for f, v := range was {
				is[f] = v
			}
			for f, v := range d.Set {
				if string(v[0]) != was[f] {
					return nil, fmt.Errorf("%v was another in %s than the entry says", k, f)
				}
				is[f] = string(v[1])
			}
			r[k] = change{was, is}
		}
	}
	return r, nil
}

// fold applies an entry as the ledger tells it.
func (m *model) fold(e *qda.Entry, x effects) {
	m.seq = e.Seq
	for k, c := range x {
		m.put(k, c.is)
		if c.is == nil {
			delete(m.rev, k)
			continue
		}
		m.rev[k] = e.Seq
		m.used = max(m.used, k.ID)
	}
	m.did[e.Seq], m.by[e.Seq], m.kind[e.Seq] = x, e.Coder, e.Kind
	if u, ok := e.Do.(*qda.Undone); ok {
		m.undone[u.Seq] = e.Seq
	}
	if e.Kind == "ProjectMade" {
		m.owner = e.Coder
	}
}

// agree compares what the model expects of a change with what the ledger says it did. Only places among siblings are the
// ledger's own affair.
func (m *model) agree(want, got effects) error {
	left := map[qda.Name]change{}
	for k, x := range got {
		left[k] = x
	}
	for k, w := range want {
		if k.ID == newcomers { // whichever is new and as expected
			for g, x := range left {
				if g.Sort == k.Sort && x.was == nil && x.is != nil && holds(x.is, w.is) && g.ID > m.used {
					k = g
				}
			}
		}
		g, ok := left[k]
		if !ok {
			if w.was != nil && w.is != nil && differ(w.was, w.is) == 0 {
				continue // set to what it was
			}
			return fmt.Errorf("%v should have been touched", k)
		}
		if (w.is == nil) != (g.is == nil) || (w.was == nil) != (g.was == nil) || w.is != nil && !holds(g.is, w.is) {
			return fmt.Errorf("%v should have become %v, it is %v", k, shy(w.is), shy(g.is))
		}
		delete(left, k)
	}
	for k, x := range left {
		if k.Sort != qda.SortNode || x.was == nil || x.is == nil || differ(x.was, x.is) > 0 {
			return fmt.Errorf("%v should not have been touched", k)
		}
	}
	return nil
}

// holds: every field that is expected, but for the place, is so.
func holds(got, want fields) bool {
	for f, v := range want {
		if f != "place" && got[f] != v {
			return false
		}
	}
	return true
}

// differ counts the fields that differ, but for the place.
func differ(a, b fields) (n int) {
	for f, v := range b {
		if f != "place" && a[f] != v {
			n++
		}
	}
	return n
}

// shy leaves out what people wrote.
func shy(f fields) map[string]string {
	r := map[string]string{}
	for k, v := range f {
		if k != "text" && k != "name" && k != "definition" {
			r[k] = v
		}
	}
	return r
}
