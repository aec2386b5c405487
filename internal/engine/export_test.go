package engine

import (
	"context"
	"fmt"

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
