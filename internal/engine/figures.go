package engine

import "anyam/internal/qda"

// Figures are numbers about what an Engine holds.
type Figures struct {
	Projects int     // open, loaded or loading
	Codings  int     // in memory
	Heads    qda.Seq // the newest seqs of the open projects, added up
	Waiting  int     // changes in the queues of the projects' committers
	Writing  int     // committers at work
	Watchers int     // that wait for the next entry
	Texts    int     // kept for quotes
	Bytes    int     // of these texts
}

// Figures gives the numbers of this moment. It takes each open project's lock for as long as it takes to read five numbers.
func (e *Engine) Figures() (f Figures) {
	e.mu.Lock()
	all := make([]*live, 0, len(e.open))
	for _, l := range e.open {
		all = append(all, l)
	}
	e.mu.Unlock()
	f.Projects = len(all)
	for _, l := range all {
		select {
		case <-l.ready:
		default:
			continue
		}
		if l.err != nil {
			continue
		}
		l.mu.Lock()
		f.Codings += l.view.total
		f.Heads += l.view.seq
		f.Waiting += len(l.queue)
		f.Watchers += l.watched
		if l.working {
			f.Writing++
		}
		l.mu.Unlock()
	}
	e.texts.mu.Lock()
	f.Texts, f.Bytes = len(e.texts.words), e.texts.bytes
	e.texts.mu.Unlock()
	return f
}
