package engine

import (
	"context"
	"fmt"
	"reflect"

	"anyam/internal/qda"
)

// Hooked gives options under which f is called at the stages of each commit.
func Hooked(o Options, f func(stage string)) Options {
	o.hook = f
	return o
}

// Waiting says how many changes wait for a project's committer.
func Waiting(e *Engine, project qda.ProjectID) int {
	e.mu.Lock()
	l := e.open[project]
	e.mu.Unlock()
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// Look does at once what an engine does from time to time.
func Look(e *Engine) { e.look() }

// InMemory says whether a project is in memory.
func InMemory(e *Engine, project qda.ProjectID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open[project] != nil
}

// Fold applies the entries 1..upto, and nothing else, to nothing.
func Fold(ctx context.Context, l Ledger, project qda.ProjectID, upto qda.Seq) (*View, error) {
	v := emptyView(project, qda.ChangeID{})
	for v.seq < upto {
		es, err := l.Entries(ctx, project, v.seq, int(min(100, upto-v.seq)))
		if err != nil {
			return nil, err
		}
		if len(es) == 0 {
			return nil, fmt.Errorf("the ledger ends at %d", v.seq)
		}
		for _, x := range es {
			if v, err = v.After(x); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// SamePast compares two Views of one seq in everything but revs and the next number.
func SamePast(a, b *View) error {
	x := *a
	x.next = b.next
	return same(&x, b, false)
}

// SameThings compares what two Views of any seq hold, thing by thing, but for revs.
func SameThings(a, b *View) error {
	x := *a
	x.seq, x.hash, x.next, x.undone = b.seq, b.hash, b.next, b.undone
	return same(&x, b, false)
}

// Whole asks the rules of every thing of a View.
func Whole(v *View) error { return v.whole() }

// Watched says how many watchers wait for a project to move.
func Watched(e *Engine, project qda.ProjectID) int {
	e.mu.Lock()
	l := e.open[project]
	e.mu.Unlock()
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.watched
}

// SameColumns compares the columns and links of all documents.
func SameColumns(a, b *View) error {
	if a.total != b.total || len(a.documentSlots.ids) != len(b.documentSlots.ids) {
		return fmt.Errorf("%d codings in %d documents, and %d in %d", a.total, len(a.documentSlots.ids), b.total, len(b.documentSlots.ids))
	}
	for d := range a.documentSlots.ids {
		x, y := *a.chunkAt(d), *b.chunkAt(d)
		x.whose, y.whose = 0, 0 // which may remember more
		x.sums, y.sums = nil, nil
		if len(x.id) > 0 && !reflect.DeepEqual(x, y) {
			return fmt.Errorf("the columns of document %d differ", a.documentSlots.ids[d])
		}
		for _, n := range x.id {
			if a.where.at(int(n)) != b.where.at(int(n)) {
				return fmt.Errorf("coding %d is elsewhere", n)
			}
		}
	}
	return nil
}
