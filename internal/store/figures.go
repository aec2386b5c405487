package store

import (
	"context"
	"time"
)

// How long the database works on one statement, and waits for one lock, before it gives up.
const (
	StatementTimeout = 30 * time.Second
	LockTimeout      = 10 * time.Second
)

// Figures are numbers about the pool of connections.
type Figures struct {
	Open, Busy, Idle, Most int           // connections
	Waited                 int64         // how often somebody had to wait for one, since the start
	Waiting                time.Duration // how long in all
}

// Figures gives the numbers of this moment.
func (s *Store) Figures() Figures {
	x := s.pool.Stat()
	return Figures{Open: int(x.TotalConns()), Busy: int(x.AcquiredConns()), Idle: int(x.IdleConns()), Most: int(x.MaxConns()),
		Waited: x.EmptyAcquireCount(), Waiting: x.EmptyAcquireWaitTime()}
}

// Timeouts gives what the database says of the program's own connections: how long a statement may take, and the wait for a lock.
func (s *Store) Timeouts(ctx context.Context) (statement, lock time.Duration, err error) {
	var a, b int64
	err = s.pool.QueryRow(ctx, `SELECT (SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'), (SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout')`).Scan(&a, &b)
	return time.Duration(a) * time.Millisecond, time.Duration(b) * time.Millisecond, gone(err)
}
