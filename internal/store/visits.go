package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// Visited notes that an account looks at a project whose newest entry is head, and gives the newest entry there was when its visit
// before ended, with the time. A visit ends with gap without a look. On the first the time is zero.
func (s *Store) Visited(ctx context.Context, project qda.ProjectID, account qda.AccountID, head qda.Seq, now time.Time, gap time.Duration) (since qda.Seq, at time.Time, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		var when *time.Time
		err := tx.QueryRow(ctx, `INSERT INTO visit (project, account, since, seq, at) VALUES ($1, $2, $3, $3, $4)
			ON CONFLICT (project, account) DO UPDATE SET
				since = CASE WHEN visit.at < $5 THEN visit.seq ELSE visit.since END,
				since_at = CASE WHEN visit.at < $5 THEN visit.at ELSE visit.since_at END,
				seq = greatest(visit.seq, excluded.seq), at = greatest(visit.at, excluded.at)
			RETURNING since, since_at`, project, account, int64(head), now, now.Add(-gap)).Scan(&since, &when)
		if when != nil {
			at = *when
		}
		return err
	})
	return since, at, err
}
