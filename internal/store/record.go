package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// Kinds counts a project's entries by kind.
func (s *Store) Kinds(ctx context.Context, project qda.ProjectID) (map[string]int, error) {
	return s.tally(ctx, project, `SELECT kind, count(*) FROM entry WHERE project = $1 GROUP BY kind`)
}

// Origins counts the codes that were ever made by the kind of the entry that made them: CodingApplied where a code was born from
// words that somebody read, NodeAdded where it was there before them.
func (s *Store) Origins(ctx context.Context, project qda.ProjectID) (map[string]int, error) {
	return s.tally(ctx, project, `SELECT e.kind, count(*) FROM node n JOIN entry e ON e.project = n.project AND e.seq = n.made WHERE n.project = $1 AND n.kind = 'code' GROUP BY e.kind`)
}

func (s *Store) tally(ctx context.Context, project qda.ProjectID, query string) (map[string]int, error) {
	m := map[string]int{}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, project)
		if err != nil {
			return err
		}
		var kind string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&kind, &n}, func() error { m[kind] = n; return nil })
		return err
	})
	return m, err
}

// ReadBy lists how far each account has read each document.
func (s *Store) ReadBy(ctx context.Context, project qda.ProjectID) (r []Reader, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT account, document, furthest FROM reading WHERE project = $1 ORDER BY document, account`, project)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (x Reader, err error) {
			var n int64
			err = row.Scan(&x.Account, &n, &x.Furthest)
			x.Document = qda.ID(n)
			return x, err
		})
		return err
	})
	return r, err
}

// Reader is how far an account has read a document, in turns.
type Reader struct {
	Account  qda.AccountID
	Document qda.ID
	Furthest int32
}
