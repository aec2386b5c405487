package engine

import (
	"errors"
	"fmt"
	"slices"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// View is a project at one seq. It never changes, so it may be read by anyone for as long as they like.
// Questions about it are asked of a Lens, see As.
type View struct {
	id   qda.ProjectID
	guid qda.ChangeID
	seq  qda.Seq
	hash qda.Hash
	next qda.ID

	project    *qda.Project
	coders     table[*qda.Coder]
	attributes table[*qda.Attribute]
	cases      table[*qda.Case]
	documents  table[*qda.Document]
	nodes      table[*qda.Node]
	memos      table[*qda.Memo]
	drafts     table[*qda.Draft]
	concepts   table[*qda.Concept]
	evidence   table[*qda.Evidence]
	ties       table[*qda.Tie]
	remarks    table[*qda.Remark]
	judgements table[*qda.Judgement]
	questions  table[*qda.Question]
	spots      table[*qda.Spot]

	documentSlots, codeSlots, coderSlots slots
	chunks                               paged[*chunk] // by document slot
	where                                paged[uint16] // by coding number: document slot + 1
	total                                int           // codings, asleep or not

	undone table[undoing]
	book   *book    // the codebook's tree, kept while no node changes
	kept   *answers // answers worth keeping, for this View alone
}

// undoing remembers the Undones of one entry, in order.
type undoing struct {
	of qda.Seq
	by []qda.Seq
}

// Key makes an undoing findable by the entry it takes back.
func (u undoing) Key() qda.ID { return qda.ID(u.of) }

// Seq is the entry the View stands at.
func (v *View) Seq() qda.Seq { return v.seq }

// Hash is the chain's hash at Seq.
func (v *View) Hash() qda.Hash { return v.hash }

// GUID names the project towards other programs.
func (v *View) GUID() qda.ChangeID { return v.guid }

// ID is the project's number.
func (v *View) ID() qda.ProjectID { return v.id }

// Project gives the study's own fields.
func (v *View) Project() qda.Project { return *v.project }

// InForce reports whether an entry has not been undone, or its undoing has been undone.
func (v *View) InForce(s qda.Seq) bool {
	u, ok := v.undone.get(qda.ID(s))
	return !ok || !v.InForce(u.by[len(u.by)-1])
}

// undoneBy remembers that an entry took back another.
func (v *View) undoneBy(of, by qda.Seq) {
	u, _ := v.undone.get(qda.ID(of))
	v.undone = v.undone.with(undoing{of, append(u.by[:len(u.by):len(u.by)], by)})
}

func emptyView(id qda.ProjectID, guid qda.ChangeID) *View {
	return &View{id: id, guid: guid, next: 1, project: &qda.Project{}, book: &book{}, kept: &answers{}}
}

// load builds a View from what the tables hold.
func load(s *qda.Image) (*View, error) {
	v := emptyView(s.Project, s.GUID)
	v.seq, v.hash, v.next = s.Head, s.Hash, max(s.Next, 1)
	var undone []undoing
	for _, p := range s.Undone {
		if i := slices.IndexFunc(undone, func(x undoing) bool { return x.of == p[0] }); i >= 0 {
			undone[i].by = append(undone[i].by, p[1])
		} else {
			undone = append(undone, undoing{p[0], []qda.Seq{p[1]}})
		}
	}
	slices.SortFunc(undone, func(a, b undoing) int { return int(a.of - b.of) })
	v.undone = table[undoing]{undone}
	byKey := func(a, b qda.Thing) int { return int(int64(a.Key()) - int64(b.Key())) }
	things := slices.Clone(s.Things)
	slices.SortFunc(things, byKey)
	for _, t := range things {
		if p, ok := t.(*qda.Project); ok {
			v.project = p
			continue
		}
		shelf := v.shelf(t.Sort())
		if shelf == nil {
			return nil, fmt.Errorf("a %s among the small tables", t.Sort())
		}
		shelf.add(t)
		switch t.Sort() {
		case qda.SortCoder:
			v.coderSlots.ids = append(v.coderSlots.ids, t.Key())
		case qda.SortDocument:
			v.documentSlots.ids = append(v.documentSlots.ids, t.Key())
		case qda.SortNode:
			v.codeSlots.ids = append(v.codeSlots.ids, t.Key())
		}
	}
	rows := make([][]row, len(v.documentSlots.ids))
	for i := range s.Codings {
		d, r, err := v.slotted(&s.Codings[i])
		if err != nil {
			return nil, err
		}
		rows[d] = append(rows[d], r)
	}
	c := newColumns(len(s.Codings))
	var slots, counts []int
	from := 0
	for d, r := range rows {
		if len(r) > 0 {
			c.fill(from, r)
			from += len(r)
			slots, counts = append(slots, d), append(counts, len(r))
		}
	}
	order, sorted := byNumber(c.id)
	v.lay(c, slots, counts, order, sorted)
	return v, nil
}

// slotted turns a coding into a row of its document's chunk.
func (v *View) slotted(c *qda.Coding) (document int, r row, err error) {
	d, ok1 := v.documentSlots.of(c.Document)
	k, ok2 := v.codeSlots.of(c.Code)
	w, ok3 := v.coderSlots.of(c.Coder)
	if !ok1 || !ok2 || !ok3 || d >= MostThings || k >= MostThings || w >= MostThings || c.Version > mostVersions {
		return 0, row{}, fmt.Errorf("coding %d of document %d, code %d, coder %d hangs on nothing", c.ID, c.Document, c.Code, c.Coder)
	}
	return d, row{span.Span{Start: c.Start, Stop: c.Stop}, c.ID, uint16(k), uint16(w), uint8(c.Version), uint32(c.Made), uint32(c.At)}, nil
}

// coding turns a row back into a coding.
func (v *View) coding(document int, r row) qda.Coding {
	return qda.Coding{ID: r.id, Document: v.documentSlots.ids[document], Version: int32(r.version), Code: v.codeSlots.ids[r.code],
		Coder: v.coderSlots.ids[r.coder], Start: r.Start, Stop: r.Stop, Made: qda.Seq(r.made), At: int64(r.at)}
}

// chunkAt gives a document slot's codings, never nil.
func (v *View) chunkAt(document int) *chunk {
	if c := v.chunks.at(document); c != nil {
		return c
	}
	return noChunk
}

// findCoding gives a coding by its number, asleep or not.
func (v *View) findCoding(n qda.ID) (qda.Coding, bool) {
	d := int(v.where.at(int(n))) - 1
	if d < 0 {
		return qda.Coding{}, false
	}
	c := v.chunkAt(d)
	i := c.find(n)
	return v.coding(d, c.row(i)), true
}

// shelf gives the table of a sort, nil for the project and for codings, which have none.
func (v *View) shelf(s qda.Sort) shelf {
	switch s {
	case qda.SortCoder:
		return &v.coders
	case qda.SortAttribute:
		return &v.attributes
	case qda.SortCase:
		return &v.cases
	case qda.SortDocument:
		return &v.documents
	case qda.SortNode:
		return &v.nodes
	case qda.SortMemo:
		return &v.memos
	case qda.SortDraft:
		return &v.drafts
	case qda.SortConcept:
		return &v.concepts
	case qda.SortEvidence:
		return &v.evidence
	case qda.SortTie:
		return &v.ties
	case qda.SortRemark:
		return &v.remarks
	case qda.SortJudgement:
		return &v.judgements
	case qda.SortQuestion:
		return &v.questions
	case qda.SortSpot:
		return &v.spots
	}
	return nil
}

// thing gives a thing by sort and number, nil if absent.
func (v *View) thing(s qda.Sort, n qda.ID) qda.Thing {
	switch s {
	case qda.SortProject:
		return v.project
	case qda.SortCoding:
		if c, ok := v.findCoding(n); ok {
			return &c
		}
		return nil
	}
	if shelf := v.shelf(s); shelf != nil {
		return shelf.thing(n)
	}
	return nil
}

var errSort = errors.New("a thing of no known sort")

// put sets a thing in a View that nobody else has seen yet.
func (v *View) put(t qda.Thing) error {
	v.next = max(v.next, t.Key()+1)
	switch t := t.(type) {
	case *qda.Project:
		v.project = t
		return nil
	case *qda.Coding:
		d, r, err := v.slotted(t)
		if err != nil {
			return err
		}
		v.dropCoding(t.ID)
		v.chunks = v.chunks.with(d, v.chunkAt(d).with(r))
		v.where = v.where.with(int(t.ID), uint16(d)+1)
		v.total++
		return nil
	}
	shelf := v.shelf(t.Sort())
	if shelf == nil {
		return errSort
	}
	shelf.set(t)
	switch t.Sort() {
	case qda.SortCoder:
		v.coderSlots = v.coderSlots.with(t.Key())
	case qda.SortDocument:
		v.documentSlots = v.documentSlots.with(t.Key())
	case qda.SortNode:
		v.codeSlots, v.book = v.codeSlots.with(t.Key()), &book{}
	}
	return nil
}

// putAll sets new codings of one document, numbered upwards, in a View that nobody else has seen yet: as put would, in less time.
func (v *View) putAll(cs []*qda.Coding) error {
	rows, at := make([]row, len(cs)), make([]int, len(cs))
	document := 0
	for i, c := range cs {
		var err error
		if document, rows[i], err = v.slotted(c); err != nil {
			return err
		}
		at[i], v.next = int(c.ID), max(v.next, c.ID+1)
	}
	slices.SortFunc(rows, inOrder)
	v.chunks = v.chunks.with(document, v.chunkAt(document).withAll(rows))
	v.where = v.where.withAll(at, uint16(document)+1)
	v.total += len(cs)
	return nil
}

func (v *View) dropCoding(n qda.ID) {
	if d := int(v.where.at(int(n))) - 1; d >= 0 {
		c := v.chunkAt(d)
		v.chunks = v.chunks.with(d, c.without(c.find(n)))
		v.where = v.where.with(int(n), 0)
		v.total--
	}
}

// drop takes a thing out of a View that nobody else has seen yet.
func (v *View) drop(s qda.Sort, n qda.ID) error {
	if s == qda.SortCoding {
		v.dropCoding(n)
		return nil
	}
	shelf := v.shelf(s)
	if shelf == nil {
		return errSort
	}
	shelf.unset(n)
	if s == qda.SortNode {
		v.book = &book{}
	}
	return nil
}

// fork gives a View to build on.
func (v *View) fork() *View {
	w := *v
	w.kept = &answers{}
	return &w
}

// Fresh gives the same View with no answer kept.
func Fresh(v *View) *View { return v.fork() }

// After is the fold: the View after the entry that follows it. Every state of every project comes about by it.
func (v *View) After(e *qda.Entry) (*View, error) {
	if e.Seq != v.seq+1 {
		return nil, fmt.Errorf("entry %d after %d of project %d", e.Seq, v.seq, v.id)
	}
	w := v.fork()
	if err := w.effect(e.Did, e.Seq); err != nil {
		return nil, fmt.Errorf("entry %d of project %d: %w", e.Seq, e.Project, err)
	}
	if u, ok := e.Do.(*qda.Undone); ok {
		w.undoneBy(u.Seq, e.Seq)
	}
	w.seq, w.hash = e.Seq, e.Hash
	return w, nil
}

// effect applies effects in order to a View that nobody else has seen yet.
func (v *View) effect(did []qda.Did, rev qda.Seq) error {
	for _, d := range did {
		is, err := d.Apply(v.thing(d.Of, d.ID), rev)
		if err != nil {
			return err
		}
		if is == nil {
			err = v.drop(d.Of, d.ID)
		} else {
			err = v.put(is)
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", d.Of, d.ID, err)
		}
	}
	return nil
}

// UndoneBy gives the last Undone of an entry, in force or not.
func (v *View) UndoneBy(s qda.Seq) (qda.Seq, bool) {
	u, ok := v.undone.get(qda.ID(s))
	if !ok {
		return 0, false
	}
	return u.by[len(u.by)-1], true
}
