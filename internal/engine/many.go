package engine

import (
	"context"
	"errors"

	"anyam/internal/qda"
)

// MostAtOnce is how many changes DoAll takes: what is written together at most.
const MostAtOnce = maxBatch

// DoAll makes up to MostAtOnce changes of a project, in their order and written together where nothing is in the way, which takes much
// less time than one after the other. Each is as with Do: of each there is an entry or an error, and those that are refused do not
// keep the others from being made.
func (e *Engine) DoAll(ctx context.Context, project qda.ProjectID, ins []qda.Intent) (entries []*qda.Entry, errs []error) {
	entries, errs = make([]*qda.Entry, len(ins)), make([]error, len(ins))
	failed := func(err error) ([]*qda.Entry, []error) {
		for i := range errs {
			if entries[i] == nil && errs[i] == nil {
				errs[i] = err
			}
		}
		return entries, errs
	}
	l, err := e.get(ctx, project)
	if err != nil {
		return failed(err)
	}
	all := make([]*request, len(ins))
	for i, in := range ins {
		all[i] = &request{in: in, done: make(chan answer, 1), ctx: ctx}
		if err := e.gather(ctx, l, all[i]); err != nil {
			return failed(err)
		}
	}
	if err := l.ask(all...); err != nil {
		return failed(err)
	}
	for i, r := range all {
		var a answer
		select {
		case a = <-r.done:
		case <-ctx.Done():
			return failed(errBusy)
		}
		var refused *qda.Error
		if errors.As(a.err, &refused) && refused.Fault != qda.Busy {
			// A refusal may be the echo of the change itself, made long ago: the first answer counts.
			if was, err := e.ledger.ByChange(ctx, project, r.in.Change); err == nil && was != nil {
				a.entry, a.err = repeat(was, r.in)
			}
		}
		entries[i], errs[i] = a.entry, a.err
	}
	return entries, errs
}
