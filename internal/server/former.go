package server

import (
	"context"
	"encoding/json"
	"sync"

	"golang.org/x/text/cases"

	"anyam/internal/qda"
)

// ledgerPast is what former reads.
type ledgerPast interface {
	Past(ctx context.Context, project qda.ProjectID, coder qda.ID, kinds []string, before qda.Seq, limit int) ([]*qda.Entry, error)
	Entries(ctx context.Context, project qda.ProjectID, after qda.Seq, limit int) ([]*qda.Entry, error)
}

// former keeps the names that codes and themes had before, as the ledger tells them. It is filled when a name is asked for that nobody
// has now: from all renames the first time, then from what has come since.
type former struct {
	mu  sync.Mutex
	all map[qda.ProjectID]*formerNames
}

type formerNames struct {
	mu    sync.Mutex
	to    qda.Seq
	names map[string]qda.ID // folded; the last that had it
}

const formerProjects = 200 // kept at once

func (f *former) of(project qda.ProjectID) *formerNames {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.all[project]
	if n == nil {
		if f.all == nil || len(f.all) >= formerProjects {
			f.all = map[qda.ProjectID]*formerNames{}
		}
		n = &formerNames{}
		f.all[project] = n
	}
	return n
}

// find gives the node that last had a name, as far as the ledger can be read.
func (f *former) find(ctx context.Context, past ledgerPast, project qda.ProjectID, at qda.Seq, folded string) (qda.ID, bool) {
	k := f.of(project)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.to > at+1000 || k.names == nil { // a database that was set back, or nothing yet
		k.names = map[string]qda.ID{}
		k.to = at
		for before := at + 1; ; {
			es, err := past.Past(ctx, project, 0, []string{"NodeChanged", "Undone"}, before, 200)
			if err != nil {
				k.names = nil // another time
				return 0, false
			}
			for _, e := range es {
				before = e.Seq
				k.take(e, false)
			}
			if len(es) < 200 {
				break
			}
		}
	}
	for k.to < at {
		es, err := past.Entries(ctx, project, k.to, 500)
		if err != nil || len(es) == 0 {
			break
		}
		for _, e := range es {
			k.to = e.Seq
			k.take(e, true)
		}
	}
	n, ok := k.names[folded]
	return n, ok
}

// take notes the names that an entry took from nodes; newer ones win.
func (k *formerNames) take(e *qda.Entry, newer bool) {
	fold := cases.Fold()
	for _, d := range e.Did {
		set, ok := d.Set["name"]
		if d.Of != qda.SortNode || !ok {
			continue
		}
		var was string
		if json.Unmarshal(set[0], &was) != nil || was == "" {
			continue
		}
		name := fold.String(was)
		if _, there := k.names[name]; newer || !there {
			k.names[name] = d.ID
		}
	}
}
