package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"anyam/internal/qda"
)

// memory is a Ledger without a disk. It keeps what a database would: bodies as bytes, things as JSON.
type memory struct {
	mu       sync.Mutex
	projects map[qda.ProjectID]*kept
	appends  int
}

type kept struct {
	guid    qda.ChangeID
	next    qda.ID
	entries []qda.Entry // without Do and Did
	things  map[qda.Name]keptThing
	texts   map[qda.ID]map[int32]*qda.Text
}

type keptThing struct {
	rev qda.Seq
	raw []byte
}

func newMemory() *memory { return &memory{projects: map[qda.ProjectID]*kept{}} }

func (m *memory) MakeProject(_ context.Context, guid qda.ChangeID, _ time.Time) (qda.ProjectID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, p := range m.projects {
		if p.guid == guid {
			return id, nil
		}
	}
	id := qda.ProjectID(len(m.projects) + 1)
	m.projects[id] = &kept{guid: guid, next: 1, things: map[qda.Name]keptThing{}, texts: map[qda.ID]map[int32]*qda.Text{}}
	return id, nil
}

func (m *memory) project(id qda.ProjectID) (*kept, error) {
	if p := m.projects[id]; p != nil {
		return p, nil
	}
	return nil, qda.Refuse(qda.Absent, "refused.absent")
}

func (m *memory) SaveSnapshot(context.Context, qda.ProjectID, qda.Seq, int, []byte) error { return nil }

func (m *memory) Load(_ context.Context, id qda.ProjectID, _ int) (*qda.Image, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := m.project(id)
	if err != nil {
		return nil, err
	}
	img := &qda.Image{Project: id, GUID: p.guid, Head: qda.Seq(len(p.entries)), Next: p.next}
	for name, x := range p.things {
		t := qda.Blank(name.Sort)
		if err := json.Unmarshal(x.raw, t); err != nil {
			return nil, err
		}
		t = qda.At(t, name.ID, x.rev)
		if c, ok := t.(*qda.Coding); ok {
			img.Codings = append(img.Codings, *c)
		} else {
			img.Things = append(img.Things, t)
		}
	}
	if img.Head == 0 {
		img.Things = append(img.Things, &qda.Project{})
		return img, nil
	}
	img.Hash = p.entries[img.Head-1].Hash
	for i := range p.entries {
		x := p.entries[i]
		if err := x.Decode(); err != nil {
			return nil, err
		}
		if u, ok := x.Do.(*qda.Undone); ok {
			img.Undone = append(img.Undone, [2]qda.Seq{u.Seq, x.Seq})
		}
	}
	return img, nil
}

// some gives decoded copies of the entries that are wanted, in order.
func (m *memory) some(id qda.ProjectID, wanted func(*qda.Entry) bool, limit int) (r []*qda.Entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.projects[id]
	if p == nil {
		return nil, nil
	}
	for i := range p.entries {
		if len(r) == limit {
			break
		}
		if x := p.entries[i]; wanted(&x) {
			if err := x.Decode(); err != nil {
				return nil, err
			}
			r = append(r, &x)
		}
	}
	return r, nil
}

func (m *memory) Entries(_ context.Context, id qda.ProjectID, after qda.Seq, limit int) ([]*qda.Entry, error) {
	return m.some(id, func(x *qda.Entry) bool { return x.Seq > after }, limit)
}

func (m *memory) ByChange(_ context.Context, id qda.ProjectID, c qda.ChangeID) (*qda.Entry, error) {
	r, err := m.some(id, func(x *qda.Entry) bool { return x.Change == c }, 1)
	if len(r) == 0 {
		return nil, err
	}
	return r[0], err
}

func (m *memory) By(_ context.Context, id qda.ProjectID, coder qda.ID, before qda.Seq, limit int) ([]*qda.Entry, error) {
	r, err := m.some(id, func(x *qda.Entry) bool { return x.Coder == coder && x.Seq < before }, -1)
	slices.Reverse(r)
	return r[:min(limit, len(r))], err
}

func (m *memory) Append(_ context.Context, b *qda.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := m.project(b.Project)
	if err != nil {
		return err
	}
	if b.Old != qda.Seq(len(p.entries)) {
		return qda.ErrBehind
	}
	for _, x := range b.Entries {
		if slices.ContainsFunc(p.entries, func(y qda.Entry) bool { return x.Change == y.Change }) {
			return &qda.KnownChange{Change: x.Change}
		}
	}
	m.appends++
	for _, x := range b.Entries {
		y := *x
		y.Do, y.Did = nil, nil
		p.entries = append(p.entries, y)
	}
	for _, r := range b.Put {
		raw, err := json.Marshal(r.Thing)
		if err != nil {
			return err
		}
		p.things[qda.Name{Sort: r.Thing.Sort(), ID: r.Thing.Key()}] = keptThing{r.Rev, raw}
	}
	for _, n := range b.Drop {
		delete(p.things, n)
	}
	for _, t := range b.Texts {
		if p.texts[t.Document] == nil {
			p.texts[t.Document] = map[int32]*qda.Text{}
		}
		p.texts[t.Document][t.Version] = t.Text
	}
	p.next = b.Next
	return nil
}

func (m *memory) Text(_ context.Context, id qda.ProjectID, document qda.ID, version int32) (*qda.Text, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := m.project(id)
	if err != nil {
		return nil, err
	}
	if t := p.texts[document][version]; t != nil {
		return t, nil
	}
	return nil, qda.Refuse(qda.Absent, "refused.absent")
}

func (m *memory) Heads(_ context.Context, ids []qda.ProjectID) (map[qda.ProjectID]qda.Seq, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := map[qda.ProjectID]qda.Seq{}
	for _, id := range ids {
		if p := m.projects[id]; p != nil {
			r[id] = qda.Seq(len(p.entries))
		}
	}
	return r, nil
}

func (m *memory) Ring(qda.ProjectID, qda.Seq) {}

func (m *memory) all() (r []qda.ProjectID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.projects {
		r = append(r, id)
	}
	return r
}
