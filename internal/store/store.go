package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"anyam/internal/qda"
)

// Store is a pool of connections under the program's own role.
type Store struct {
	pool *pgxpool.Pool
	log  *slog.Logger

	ringMu sync.Mutex
	rung   map[qda.ProjectID]qda.Seq
	bell   chan struct{}
	stop   context.CancelFunc
	wg     sync.WaitGroup
}

// Open connects to a migrated database. Close it.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database address can't be read: %w", err)
	}
	if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.PingTimeout = 2 * time.Second // a connection that has been idle may lead nowhere, and is asked before it is used
	// The keepalive is Postgres' own: a program that is gone without a word, in the middle of a write, must not hold a project's row for hours.
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, fmt.Sprintf(`SET ROLE anyam_app; SET plan_cache_mode = force_generic_plan; SET statement_timeout = %d; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = '60s';
			SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`,
			StatementTimeout.Milliseconds(), LockTimeout.Milliseconds()))
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("the database does not answer: %w", err)
	}
	s := &Store{pool: pool, log: log, rung: map[qda.ProjectID]qda.Seq{}, bell: make(chan struct{}, 1)}
	ctx, s.stop = context.WithCancel(context.Background())
	s.wg.Add(1)
	go s.notify(ctx)
	return s, nil
}

// Close ends the pool.
func (s *Store) Close() {
	s.stop()
	s.wg.Wait()
	s.pool.Close()
}

// Ready asks the database whether it is there.
func (s *Store) Ready(ctx context.Context) error { return s.pool.Ping(ctx) }

// Lax lists the settings of the database under which a commit may be lost: fsync, full_page_writes or synchronous_commit off.
func (s *Store) Lax(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT name || ' = ' || setting FROM pg_settings
		WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off') ORDER BY name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// in runs f in a transaction bound to a project. It is the one place where transactions over several statements begin and end.
func (s *Store) in(ctx context.Context, project qda.ProjectID, f func(pgx.Tx) error) error {
	return s.transact(ctx, pgx.TxOptions{}, "anyam.project", int64(project), f)
}

func (s *Store) transact(ctx context.Context, opt pgx.TxOptions, setting string, value int64, f func(pgx.Tx) error) error {
	err := pgx.BeginTxFunc(ctx, s.pool, opt, func(tx pgx.Tx) error {
		if setting != "" {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, strconv.FormatInt(value, 10)); err != nil {
				return err
			}
		}
		return f(tx)
	})
	return gone(err)
}

// gone turns a failure of the connection into one that a person can wait out.
func gone(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var refused *qda.Error
	if errors.As(err, &refused) {
		return err
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		if pe.Code == diskFull {
			return noSpace(err)
		}
		switch pe.Code[:2] {
		case "53", "57", "08", "40", "55":
			return fmt.Errorf("%w (%w)", qda.Refuse(qda.Busy, "refused.busy"), err)
		}
		if !ends(pe) {
			return err
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return fmt.Errorf("%w (%w)", qda.Refuse(qda.Busy, "refused.busy"), err)
}

// ends reports whether an error of Postgres was the end of the connection: one that could not begin, or did not survive. Whatever
// its code says, it is nothing about the statement.
func ends(pe *pgconn.PgError) bool {
	return pe.SeverityUnlocalized == "FATAL" || pe.SeverityUnlocalized == "PANIC"
}

// diskFull is the SQLSTATE of a statement that found no room on Postgres' disk.
const diskFull = "53100"

// noSpace is the refusal where there is no room: nothing was written, and it can be once somebody has made room.
func noSpace(err error) error {
	return fmt.Errorf("%w (%w)", qda.Refuse(qda.Busy, "refused.no_space"), err)
}

// Ring remembers that a project has moved; the notifier tells the other processes.
func (s *Store) Ring(project qda.ProjectID, head qda.Seq) {
	s.ringMu.Lock()
	s.rung[project] = max(head, s.rung[project])
	s.ringMu.Unlock()
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

const channel = "anyam"

// notify sends what has been rung, coalesced, on one connection after the commits: inside them it would take a lock on the
// whole database through every fsync.
func (s *Store) notify(ctx context.Context) {
	defer s.wg.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.bell:
		}
		s.ringMu.Lock()
		b := &pgx.Batch{}
		// A hint need not be on disk: nobody waits for a sync of it, and writers need not wait behind one.
		b.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
		for p, head := range s.rung {
			b.Queue(`SELECT pg_notify($1, $2)`, channel, fmt.Sprintf("%d %d", p, head))
		}
		clear(s.rung)
		s.ringMu.Unlock()
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := s.pool.SendBatch(limited, b).Close()
		cancel()
		if err != nil && ctx.Err() == nil {
			s.log.Warn("other processes could not be told of a change; they will look by themselves", "error", err)
		}
		// Who writes at full speed is rung about together.
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Listen calls woken for each bell from any process, this one's included, until the context ends. It connects again by itself.
// connected, if not nil, is called each time it has begun to listen.
func (s *Store) Listen(ctx context.Context, connected func(), woken func(qda.ProjectID, qda.Seq)) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		err := func() error {
			c, err := s.pool.Acquire(ctx)
			if err != nil {
				return err
			}
			conn := c.Hijack()
			defer conn.Close(context.WithoutCancel(ctx))
			if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
				return err
			}
			pause = 100 * time.Millisecond
			if connected != nil {
				connected()
			}
			for {
				n, err := conn.WaitForNotification(ctx)
				if err != nil {
					return err
				}
				p, head, _ := strings.Cut(n.Payload, " ")
				pn, err1 := strconv.ParseInt(p, 10, 64)
				hn, err2 := strconv.ParseInt(head, 10, 64)
				if err1 == nil && err2 == nil {
					woken(qda.ProjectID(pn), qda.Seq(hn))
				}
			}
		}()
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("the bell from other processes is silent; listening again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
	}
}
