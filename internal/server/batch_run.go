package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// jobs runs what goes on without anybody waiting for it: one job of a project at a time, in the order in which they were asked for.
// A job is kept in the database, so that the page that asked may be closed and another process may say how far it is; what runs it is
// here. It ends with the process and says so; who starts it again goes on where it stopped, since what it has made is known by its
// change ids.
type jobs struct {
	s      *Server
	runner string // this process

	mu     sync.Mutex
	at     map[qda.ProjectID]*atWork
	closed bool
	wg     sync.WaitGroup
}

// atWork is a project whose jobs are being run.
type atWork struct {
	job    qda.ChangeID
	cancel context.CancelFunc // of the job
	again  bool               // somebody asked to look for another
}

const (
	jobBeat  = 2 * time.Second  // how often a runner tells how far it is
	jobStale = 30 * time.Second // after this it is not heard of any more
)

// halted is why a job stops before its end: the key of a sentence.
type halted struct{ key string }

func (h halted) Error() string { return "halted: " + h.key }

// kick looks for jobs of a project that wait.
func (j *jobs) kick(project qda.ProjectID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	if w := j.at[project]; w != nil {
		w.again = true
		return
	}
	if j.at == nil {
		j.at = map[qda.ProjectID]*atWork{}
	}
	w := &atWork{}
	j.at[project] = w
	j.wg.Add(1)
	go j.work(project, w)
}

func (j *jobs) work(project qda.ProjectID, w *atWork) {
	defer j.wg.Done()
	for {
		job, ok := j.next(project)
		j.mu.Lock()
		if !ok && !w.again || j.closed || j.s.ended.Err() != nil {
			delete(j.at, project)
			j.mu.Unlock()
			return
		}
		w.again = false
		ctx, cancel := context.WithCancel(j.s.ended)
		w.job, w.cancel = job.ID, cancel
		j.mu.Unlock()
		if ok {
			j.run(ctx, job, cancel)
		}
		cancel()
	}
}

// next claims the job of a project that has waited longest; none while another process is at work there.
func (j *jobs) next(project qda.ProjectID) (job store.Job, ok bool) {
	all, err := j.s.Store.Jobs(j.s.ended, project, 1000)
	if err != nil {
		return job, false
	}
	for _, x := range all { // newest first
		switch {
		case x.State == store.JobRunning && x.Runner != j.runner && j.s.Now().Sub(x.Beat) < jobStale:
			return job, false
		case x.State == store.JobWaiting:
			job, ok = x, true
		}
	}
	if !ok {
		return job, false
	}
	job.State, job.Runner, job.Beat = store.JobRunning, j.runner, j.s.Now()
	ok, err = j.s.Store.SetJob(j.s.ended, job, store.JobWaiting)
	return job, ok && err == nil
}

// stop ends a job that this process is at work on. Its state is what says that it is to end.
func (j *jobs) stop(project qda.ProjectID, id qda.ChangeID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if w := j.at[project]; w != nil && w.job == id && w.cancel != nil {
		w.cancel()
	}
}

// lives tells whether somebody is at work on a job that is said to run.
func (j *jobs) lives(job store.Job) bool {
	if job.Runner != j.runner {
		return j.s.Now().Sub(job.Beat) < jobStale
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	w := j.at[job.Project]
	return w != nil && w.job == job.ID
}

// wait is for the runs to end, once the server is to close.
func (j *jobs) wait() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.wg.Wait()
}

// pulse is how far a job is.
type pulse struct {
	mu  sync.Mutex
	job store.Job
}

func (p *pulse) tell(done, steps int, present string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.job.Done, p.job.Steps, p.job.Present = done, steps, present
}

func (p *pulse) now() store.Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.job
}

// run works on a job until it is done, cancelled, or can't go on.
func (j *jobs) run(ctx context.Context, job store.Job, cancel context.CancelFunc) {
	p := &pulse{job: job}
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		tick := time.NewTicker(jobBeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if !j.beat(ctx, p) {
				cancel()
				return
			}
		}
	}()
	err := j.does(ctx, job.Kind, p)
	interrupted := ctx.Err() != nil
	cancel()
	<-beats
	end := p.now()
	end.State, end.Ended, end.Beat = store.JobDone, j.s.Now(), j.s.Now()
	var h halted
	switch {
	case err == nil:
	case interrupted && j.s.ended.Err() == nil:
		end.State = store.JobCancelled // by whoever set that already, or by the end of the project
	case interrupted:
		end.State, end.Why = store.JobStopped, "batch.why.restart"
	case errors.As(err, &h):
		end.State, end.Why = store.JobStopped, h.key
	default:
		end.State, end.Why = store.JobStopped, "batch.why.broken"
		var refused *qda.Error
		if errors.As(err, &refused) && refused.Fault == qda.Busy {
			end.Why = "batch.why.busy"
		}
		j.s.Log.Error("a job stopped", "project", job.Project, "kind", job.Kind, "error", store.Plain(err))
	}
	// The process may be ending, and still has to say so.
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if _, err := j.s.Store.SetJob(last, end, store.JobRunning, store.JobCancelled); err != nil {
		j.s.Log.Warn("a job's end could not be kept", "project", job.Project, "error", store.Plain(err))
	}
}

// does does a job's work. A fault in it ends the job, not the program.
func (j *jobs) does(ctx context.Context, kind string, p *pulse) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if kind == store.ProjectJob {
		return j.project(ctx, p)
	}
	return j.files(ctx, p)
}

// beat keeps how far a job is, and tells whether it is still to go on.
func (j *jobs) beat(ctx context.Context, p *pulse) bool {
	now := p.now()
	now.Beat = j.s.Now()
	state, runner, err := j.s.Store.BeatJob(ctx, now)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.Absent {
		return false // the project is gone
	}
	return err != nil || state == store.JobRunning && runner == j.runner
}

// allowed asks whether the person in whose name a job works may still do so, and gives who that is in the project.
func (j *jobs) allowed(ctx context.Context, job store.Job, kind string) (qda.Coder, error) {
	who, err := j.s.Store.Account(ctx, job.Account)
	if err != nil {
		return qda.Coder{}, err
	}
	if who.Closed {
		return qda.Coder{}, halted{"batch.why.closed"}
	}
	c, err := j.s.Store.Member(ctx, job.Project, job.Account)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.Absent {
		return c, halted{"batch.why.left"}
	}
	if err != nil {
		return c, err
	}
	if !c.Role.May(kind) || c.Blind && !qda.MayBlind(kind) {
		return c, halted{"batch.why.role"}
	}
	v, err := j.s.Engine.View(ctx, job.Project, 0)
	if err != nil {
		return c, err
	}
	if v.Project().State == qda.Archived {
		return c, halted{"batch.why.archived"}
	}
	return c, nil
}

// patiently does something again while nobody has room for it.
func patiently(ctx context.Context, times int, do func() error) error {
	for i := 0; ; i++ {
		err := do()
		var refused *qda.Error
		if err == nil || i+1 >= times || !errors.As(err, &refused) || refused.Fault != qda.Busy {
			return err
		}
		pause := time.NewTimer(time.Second)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}
