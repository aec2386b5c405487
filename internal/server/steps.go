package server

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// A step is one of the changes that one form makes, one after the other. It may name what a step before it makes by later.
type step struct {
	do    qda.Change
	text  *qda.Text
	makes qda.Sort // the sort of thing that steps after it may name; "" for none
}

// yet is where the numbers begin by which steps name what is not there yet; no project has so many things.
const yet qda.ID = 1 << 31

// later names what step k makes.
func later(k int) qda.ID { return yet + qda.ID(k) }

// sameSteps reports whether two lists of steps mean the same.
func sameSteps(a, b []step) bool {
	return slices.EqualFunc(a, b, func(x, y step) bool { return qda.SameChange(x.do, y.do) })
}

// A walk makes the steps of one form. The change ids follow from the form's, so that a repeat goes on where it broke off.
type walk struct {
	store   *store.Store
	engine  *engine.Engine
	project qda.ProjectID
	coder   qda.ID
	change  qda.ChangeID
	made    map[int]qda.ID
}

func (w *walk) id(k int) qda.ChangeID {
	if k == 0 {
		return w.change
	}
	return qda.GUID(w.change, qda.ID(k))
}

// run makes the steps from one on, as long as there is time for more, and tells which is next and what the last one was. The first
// goes alone: where its id was used for something else, nothing is made. Those after it go together as far as none needs the other.
func (w *walk) run(ctx context.Context, all []step, from int, more func() bool) (next int, last *qda.Entry, err error) {
	if w.made == nil {
		w.made = map[int]qda.ID{}
	}
	for k := from; k < len(all); {
		if k > from && !more() {
			return k, last, nil
		}
		var ins []qda.Intent
		for i := k; i < len(all) && len(ins) < engine.MostAtOnce && (k > 0 || i == 0); i++ {
			together := true
			do, err := resolved(all[i].do, func(n qda.ID) (qda.ID, error) {
				if n >= yet && int(n-yet) >= k { // made by one of these
					together = false
					return n, nil
				}
				return w.thing(ctx, all, n)
			})
			if err != nil {
				return k, last, err
			}
			if !together {
				break
			}
			ins = append(ins, qda.Intent{Change: w.id(i), Coder: w.coder, Do: do, Text: all[i].text})
		}
		if len(ins) == 0 {
			return k, last, qda.Refuse(qda.Conflict, "refused.form")
		}
		entries, errs := w.engine.DoAll(ctx, w.project, ins)
		for i, e := range entries {
			if errs[i] != nil {
				return k + i, last, errs[i]
			}
			last = e
			w.made[k+i] = made(e, all[k+i].makes)
		}
		k += len(ins)
	}
	return len(all), last, nil
}

// thing gives the number of what a step has made.
func (w *walk) thing(ctx context.Context, all []step, n qda.ID) (qda.ID, error) {
	if n < yet {
		return n, nil
	}
	k := int(n - yet)
	if id, ok := w.made[k]; ok {
		return id, nil
	}
	e, err := w.store.ByChange(ctx, w.project, w.id(k))
	if err != nil {
		return 0, err
	}
	if e == nil || k >= len(all) {
		return 0, qda.Refuse(qda.Conflict, "refused.form")
	}
	w.made[k] = made(e, all[k].makes)
	return w.made[k], nil
}

// resolved is a change with numbers in place of what its step named by later.
func resolved(c qda.Change, of func(qda.ID) (qda.ID, error)) (qda.Change, error) {
	var failed error
	id := func(n qda.ID) qda.ID {
		n, err := of(n)
		if err != nil {
			failed = err
		}
		return n
	}
	values := func(v qda.Values) qda.Values {
		if v == nil {
			return nil
		}
		r := qda.Values{}
		for k, s := range v {
			r[id(k)] = s
		}
		return r
	}
	switch c := c.(type) {
	case *qda.CaseAdded:
		x := *c
		x.Values = values(c.Values)
		return &x, failed
	case *qda.CaseChanged:
		x := *c
		x.Case, x.Values = id(c.Case), values(c.Values)
		return &x, failed
	case *qda.DocumentAdded:
		x := *c
		x.Case, x.Values, x.Of = id(c.Case), values(c.Values), values(c.Of)
		return &x, failed
	case *qda.DocumentChanged:
		x := *c
		if c.Case != nil {
			k := id(*c.Case)
			x.Case = &k
		}
		x.Values = values(c.Values)
		return &x, failed
	case *qda.NodeAdded:
		x := *c
		x.Parent = id(c.Parent)
		return &x, failed
	case *qda.NodesMoved:
		x := *c
		x.Parent = id(c.Parent)
		return &x, failed
	case *qda.MemoWritten:
		x := *c
		x.On = id(c.On)
		return &x, failed
	}
	return c, nil
}

// stepsTime is how long one request makes steps before it says how far it has come.
const stepsTime = time.Second

// foreseen reads a form of steps: its change id, which is the one it began with where it goes on, the project as it was when the
// page of steps was drawn, and whether the first of the steps is made already.
func (a *ask) foreseen() (id qda.ChangeID, v *engine.View, begun bool, err error) {
	if err = a.form(); err != nil {
		return id, nil, false, err
	}
	if s := a.PostForm.Get("begun"); s != "" {
		id, err = parseChange(s)
	} else {
		id, err = a.changeID()
	}
	if err != nil {
		return id, nil, false, err
	}
	first, err := a.s.Store.ByChange(a.Context(), a.Project, id)
	if err != nil {
		return id, nil, false, err
	}
	at := a.View.Seq()
	if s := a.PostForm.Get("rev"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 || qda.Seq(n) > at && first == nil {
			return id, nil, false, qda.Refuse(qda.Invalid, "refused.form")
		}
		at = qda.Seq(n)
	} else if first != nil {
		at = first.Seq - 1
	}
	v, err = a.s.Engine.At(a.Context(), a.Project, at)
	return id, v, first != nil, err
}

// take makes the steps of a form: all of them, or as many as fit into a second, with a page that says how far it is and goes on.
func (a *ask) take(id qda.ChangeID, all []step, title, active, back, key string, args ...any) error {
	if len(all) == 0 {
		return qda.Refuse(qda.Conflict, "refused.nothing_to_do")
	}
	from := 0
	if s := a.PostForm.Get("from"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > len(all) {
			return qda.Refuse(qda.Invalid, "refused.form")
		}
		from = n
	}
	w := &walk{store: a.s.Store, engine: a.s.Engine, project: a.Project, coder: a.Coder.ID, change: id}
	until := a.s.Now().Add(stepsTime)
	next, last, err := w.run(a.Context(), all, from, func() bool { return a.s.Now().Before(until) })
	if err != nil {
		return err
	}
	if last != nil {
		a.saw(last.Seq)
	}
	if next == len(all) {
		return a.back(back, key, args...)
	}
	v := page.Steps{Action: a.URL.Path, Done: next, All: len(all), Share: 100 * next / len(all), Back: back}
	for _, name := range slices.Sorted(maps.Keys(a.PostForm)) {
		if name == "from" || name == "begun" || name == "change" {
			continue
		}
		for _, s := range a.PostForm[name] {
			v.Fields = append(v.Fields, page.Field{Name: name, Value: s})
		}
	}
	v.Fields = append(v.Fields, page.Field{Name: "begun", Value: id.String()}, page.Field{Name: "from", Value: strconv.Itoa(next)})
	if a.json() {
		return a.writeJSON(http.StatusOK, map[string]any{"ok": true, "done": next, "all": len(all), "from": next, "begun": id.String()})
	}
	return a.render(http.StatusOK, page.StepsPage(a.chrome(title, active), v))
}

// howRead is what an entry keeps of how a row of a table was read; no words of it.
func howRead(format, charset string, row, replaced int) (json.RawMessage, error) {
	return json.Marshal(struct {
		Format   string `json:"format"`
		Charset  string `json:"charset,omitempty"`
		Row      int    `json:"row"`
		Replaced int    `json:"replaced,omitempty"`
	}{format, charset, row, replaced})
}
