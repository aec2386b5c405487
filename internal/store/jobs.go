package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// The kinds of jobs.
const (
	FilesJob   = "files"   // many files become documents
	ProjectJob = "project" // a project of another program comes in
)

// The states of jobs.
const (
	JobArriving  = "arriving" // its files are still on their way, or it is not decided yet whether it is to begin
	JobWaiting   = "waiting"  // for another job of the project, or for its turn
	JobRunning   = "running"
	JobDone      = "done"
	JobCancelled = "cancelled"
	JobStopped   = "stopped" // before its end, for a reason that it says
)

// Job is work that goes on without anybody waiting for it.
type Job struct {
	Project qda.ProjectID
	ID      qda.ChangeID
	Kind    string
	Account qda.AccountID // in whose name
	Name    string
	Choices json.RawMessage
	State   string
	Why     string // key of the sentence that says why it stopped
	Done    int    // steps done, and
	Steps   int    // of how many
	Present string // what is being worked on
	Report  json.RawMessage
	Runner  string    // the process at work on it
	Beat    time.Time // when that was last heard of
	Made    time.Time
	Ended   time.Time
}

// The states of a job's files.
const (
	FileWaiting = "waiting"
	FileAdded   = "added"
	FileThere   = "there" // the same bytes are a document already
	FileRefused = "refused"
)

// JobFile is one file of a job.
type JobFile struct {
	N        int // from 1
	Name     string
	Sum      *qda.Hash // nil: its bytes were not kept
	Size     int
	State    string
	Document qda.ID // that it became, or that was there
	Twice    int    // the number of the file with the same bytes; 0: none
	Why      string // key of the sentence that says why it was refused
	Args     json.RawMessage
	Told     json.RawMessage
}

const jobColumns = `project, id, kind, account, name, choices, state, why, done, steps, present, report, runner, beat, made, ended`

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	var id [16]byte
	var ended *time.Time
	var choices, report []byte
	err = row.Scan(&j.Project, &id, &j.Kind, &j.Account, &j.Name, &choices, &j.State, &j.Why, &j.Done, &j.Steps, &j.Present, &report, &j.Runner, &j.Beat, &j.Made, &ended)
	j.ID, j.Choices, j.Report = id, choices, report
	if ended != nil {
		j.Ended = *ended
	}
	return j, err
}

// NewJob keeps a job that begins with its files on their way. One that is known already stays as it is; it is given.
func (s *Store) NewJob(ctx context.Context, j Job) (was Job, err error) {
	err = s.in(ctx, j.Project, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO job (`+jobColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, '', NULL, '', $8, $8, NULL) ON CONFLICT DO NOTHING`,
			j.Project, [16]byte(j.ID), j.Kind, j.Account, j.Name, orEmpty(j.Choices), JobArriving, j.Made); err != nil {
			return err
		}
		was, err = oneJob(ctx, tx, j.Project, j.ID)
		return err
	})
	return was, err
}

func orEmpty(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

func oneJob(ctx context.Context, tx pgx.Tx, project qda.ProjectID, id qda.ChangeID) (Job, error) {
	rows, err := tx.Query(ctx, `SELECT `+jobColumns+` FROM job WHERE project = $1 AND id = $2`, project, [16]byte(id))
	if err != nil {
		return Job{}, err
	}
	j, err := pgx.CollectExactlyOneRow(rows, scanJob)
	return j, absent(err)
}

// Job gives one job, a qda.Absent where there is none.
func (s *Store) Job(ctx context.Context, project qda.ProjectID, id qda.ChangeID) (j Job, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		j, err = oneJob(ctx, tx, project, id)
		return err
	})
	return j, err
}

// Jobs lists a project's jobs, the newest first.
func (s *Store) Jobs(ctx context.Context, project qda.ProjectID, limit int) (r []Job, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+jobColumns+` FROM job WHERE project = $1 ORDER BY made DESC, id LIMIT $2`, project, limit)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, scanJob)
		return err
	})
	return r, err
}

// PutJobFiles keeps files of a job; one that is known by its number already gives way.
func (s *Store) PutJobFiles(ctx context.Context, project qda.ProjectID, job qda.ChangeID, files ...JobFile) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		for _, f := range files {
			var sum []byte
			if f.Sum != nil {
				sum = f.Sum[:]
			}
			if _, err := tx.Exec(ctx, `INSERT INTO job_file (project, job, n, name, sum, size, state, document, twice, why, args, told) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
				ON CONFLICT (project, job, n) DO UPDATE SET name = excluded.name, sum = excluded.sum, size = excluded.size, state = excluded.state, document = excluded.document, twice = excluded.twice,
					why = excluded.why, args = excluded.args, told = excluded.told`,
				project, [16]byte(job), f.N, f.Name, sum, f.Size, f.State, f.Document, f.Twice, f.Why, orNull(f.Args), orNull(f.Told)); err != nil {
				return err
			}
		}
		return nil
	})
}

func orNull(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return []byte(raw)
}

// JobFiles lists the files of a job by their numbers.
func (s *Store) JobFiles(ctx context.Context, project qda.ProjectID, job qda.ChangeID) (r []JobFile, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT n, name, sum, size, state, document, twice, why, args, told FROM job_file WHERE project = $1 AND job = $2 ORDER BY n`, project, [16]byte(job))
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f JobFile, err error) {
			var sum, args, told []byte
			err = row.Scan(&f.N, &f.Name, &sum, &f.Size, &f.State, &f.Document, &f.Twice, &f.Why, &args, &told)
			if len(sum) == len(qda.Hash{}) {
				f.Sum = (*qda.Hash)(sum)
			}
			f.Args, f.Told = args, told
			return f, err
		})
		return err
	})
	return r, err
}

// Reached is how far a job of files is.
type Reached struct {
	Files   int
	Done    int // of which it is known what became of them
	Refused int // that can't be read
}

// Reached counts the files of the jobs that have some.
func (s *Store) Reached(ctx context.Context, project qda.ProjectID) (map[qda.ChangeID]Reached, error) {
	all := map[qda.ChangeID]Reached{}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT job, count(*), count(*) FILTER (WHERE state <> $2), count(*) FILTER (WHERE state = $3) FROM job_file WHERE project = $1 GROUP BY job`, project, FileWaiting, FileRefused)
		if err != nil {
			return err
		}
		var id [16]byte
		var r Reached
		_, err = pgx.ForEachRow(rows, []any{&id, &r.Files, &r.Done, &r.Refused}, func() error { all[id] = r; return nil })
		return err
	})
	return all, err
}

// SetJob changes a job from one of some states into another; that it was in none of them is told, and changes nothing. A job that ends
// forgets what it is working on, one that goes on when it ended.
func (s *Store) SetJob(ctx context.Context, j Job, from ...string) (changed bool, err error) {
	err = s.in(ctx, j.Project, func(tx pgx.Tx) error {
		var ended any
		if j.State == JobDone || j.State == JobCancelled || j.State == JobStopped {
			ended, j.Present = j.Ended, ""
		}
		tag, err := tx.Exec(ctx, `UPDATE job SET state = $3, why = $4, done = $5, steps = $6, present = $7, report = coalesce($8, report), runner = $9, beat = $10, ended = $11, account = $12, name = $13
			WHERE project = $1 AND id = $2 AND state = ANY ($14)`,
			j.Project, [16]byte(j.ID), j.State, j.Why, j.Done, j.Steps, j.Present, orNull(j.Report), j.Runner, j.Beat, ended, j.Account, j.Name, from)
		changed = tag.RowsAffected() == 1
		return err
	})
	return changed, err
}

// BeatJob tells how far a job's runner is, and hears which state the job is in and whose it is now.
func (s *Store) BeatJob(ctx context.Context, j Job) (state, runner string, err error) {
	err = s.in(ctx, j.Project, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE job SET done = $3, steps = $4, present = $5, beat = $6 WHERE project = $1 AND id = $2 AND runner = $7 AND state IN ('waiting', 'running')`,
			j.Project, [16]byte(j.ID), j.Done, j.Steps, j.Present, j.Beat, j.Runner)
		if err != nil {
			return err
		}
		return absent(tx.QueryRow(ctx, `SELECT state, runner FROM job WHERE project = $1 AND id = $2`, j.Project, [16]byte(j.ID)).Scan(&state, &runner))
	})
	return state, runner, err
}
