package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/golang-migrate/migrate/v4"
	mdb "github.com/golang-migrate/migrate/v4/database"
	mpgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"anyam/migrations"
)

const (
	// migrationLock is the advisory lock that one migrating process at a time
	// holds, per database: "anyam" in ASCII.
	migrationLock = 0x616e79616d

	// migrationLockTimeout is how long a step waits for readers and writers of a
	// table before it gives up; whoever comes after it in the queue waits as long.
	migrationLockTimeout = 2 * time.Second

	// migrationName is what the connection of the steps is called.
	migrationName = "anyam migrate"

	// migrationAttempts are made when a step found its tables in use.
	migrationAttempts = 3
)

// ErrSchemaNewer says that the database was made by a newer program than this.
var ErrSchemaNewer = errors.New("the database was written by a newer anyam than this one")

// Migrate brings the database at url to the newest schema this program knows.
// Any number of processes may call it at once: one works, the others wait and
// then find nothing to do. A step that a killed process left in doubt is
// settled first. A schema newer than the program's is refused with
// ErrSchemaNewer and not touched. Cancelling ctx ends the work between steps.
func Migrate(ctx context.Context, url string) error {
	return migrateFS(ctx, url, migrations.FS)
}

// MigrateDown takes the schema back to a version; 0 is an empty database. It
// destroys what the later steps hold and is meant for tests.
func MigrateDown(ctx context.Context, url string, to uint) error {
	return migrateDownFS(ctx, url, migrations.FS, to)
}

// Version is the number of the newest step that the database has gone through,
// by the table that the steps themselves write; 0 before the first.
func Version(ctx context.Context, url string) (uint, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return written(ctx, conn)
}

func migrateFS(ctx context.Context, url string, fsys fs.FS) error {
	return underLock(ctx, url, fsys, func(m *migrate.Migrate, _ uint) error { return m.Up() })
}

func migrateDownFS(ctx context.Context, url string, fsys fs.FS, to uint) error {
	return underLock(ctx, url, fsys, func(m *migrate.Migrate, at uint) error {
		switch {
		case at <= to:
			return migrate.ErrNoChange
		case to == 0:
			return m.Down()
		}
		return m.Migrate(to)
	})
}

// underLock does work on a database whose version is settled, while no other
// process does the same.
func underLock(ctx context.Context, url string, fsys fs.FS, work func(*migrate.Migrate, uint) error) error {
	newest, err := newestIn(fsys)
	if err != nil || newest == 0 {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which lets go of the lock
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("migrate: wait for another process that migrates: %w", err)
	}
	for attempt := 1; ; attempt++ {
		err := attemptUnderLock(ctx, conn, url, fsys, newest, work)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "55P03" { // lock_not_available
			return err
		}
		if attempt == migrationAttempts {
			return fmt.Errorf("the schema could not be changed because its tables are in use by other programs; stop them and try again: %w", err)
		}
	}
}

func attemptUnderLock(ctx context.Context, conn *pgx.Conn, url string, fsys fs.FS, newest uint, work func(*migrate.Migrate, uint) error) (err error) {
	// Who held the lock before and was killed may have left a step at work, whose connection notices that only at its end.
	if _, err := conn.Exec(ctx, `select pg_terminate_backend(pid, 10000) from pg_stat_activity
		where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`, migrationName); err != nil {
		return fmt.Errorf("migrate: end what a killed process left at work: %w", err)
	}
	// Read here and not before the lock: another process may just have migrated.
	at, err := written(ctx, conn)
	if err != nil {
		return err
	}
	marked, dirty, err := marks(ctx, conn)
	if err != nil {
		return err
	}
	switch {
	case at > newest:
		return fmt.Errorf("%w: its schema is at step %d and this program knows %d; use the newer program, or restore a backup from before", ErrSchemaNewer, at, newest)
	case !dirty && at == 0 && marked > 0:
		return fmt.Errorf("the database belongs to another program: it has a table schema_migrations at %d but none of ours; name an empty database", marked)
	}
	m, err := open(url, fsys)
	if err != nil {
		return err
	}
	defer func() {
		src, db := m.Close()
		if err == nil { // after a failure the connection may be lost too, which says nothing new
			err = errors.Join(src, db)
		}
	}()
	if dirty || marked != at {
		// The mark is set before a step and cleared after it, outside its
		// transaction: a process killed in between leaves a doubt. Our own table
		// was written inside, so it knows.
		to := int(at)
		if at == 0 {
			to = mdb.NilVersion
		}
		if err := m.Force(to); err != nil {
			return fmt.Errorf("settle the schema's version: %w", plain(err))
		}
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-ctx.Done():
			m.GracefulStop <- true // has room for one
		case <-done:
		}
	}()
	if err := work(m, at); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return fmt.Errorf("migrate from step %d: %w", at, plain(err))
	}
	return ctx.Err()
}

func open(url string, fsys fs.FS) (*migrate.Migrate, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	cfg.RuntimeParams["lock_timeout"] = fmt.Sprint(migrationLockTimeout.Milliseconds())
	cfg.RuntimeParams["application_name"] = migrationName
	db := stdlib.OpenDB(*cfg)
	driver, err := mpgx.WithInstance(db, &mpgx.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migrate: %w", plain(err)), db.Close())
	}
	src, err := iofs.New(fsys, ".")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migrate: %w", err), driver.Close())
	}
	m, err := migrate.NewWithInstance("iofs", src, "pgx5", driver)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migrate: %w", err), driver.Close())
	}
	return m, nil
}

// written is the newest row of schema_version, which every step writes in its
// own transaction; 0 without the table.
func written(ctx context.Context, conn *pgx.Conn) (uint, error) {
	var there bool
	if err := conn.QueryRow(ctx, "select to_regclass('schema_version') is not null").Scan(&there); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	if !there {
		return 0, nil
	}
	var at int64
	if err := conn.QueryRow(ctx, "select coalesce(max(version), 0) from schema_version").Scan(&at); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return uint(at), nil
}

// marks are the version and the dirty mark that golang-migrate keeps; 0 when
// it keeps none.
func marks(ctx context.Context, conn *pgx.Conn) (uint, bool, error) {
	var there bool
	if err := conn.QueryRow(ctx, "select to_regclass('schema_migrations') is not null").Scan(&there); err != nil {
		return 0, false, fmt.Errorf("read the schema's version: %w", err)
	}
	if !there {
		return 0, false, nil
	}
	var at int64
	var dirty bool
	err := conn.QueryRow(ctx, "select version, dirty from schema_migrations limit 1").Scan(&at, &dirty)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read the schema's version: %w", err)
	}
	return uint(max(at, 0)), dirty, nil // -1 stands for none
}

// newestIn is the highest number among the steps; 0 when there are none.
func newestIn(fsys fs.FS) (uint, error) {
	src, err := iofs.New(fsys, ".")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	defer src.Close()
	at, err := src.First()
	for newest := uint(0); ; {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return newest, nil
		case err != nil:
			return 0, fmt.Errorf("read the migrations: %w", err)
		}
		newest = at
		at, err = src.Next(at)
	}
}

// plain drops the whole text of the step from an error and keeps Postgres' words.
func plain(err error) error {
	var step mdb.Error
	if !errors.As(err, &step) {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(step.OrigErr, &refused) {
		if refused.Position > 0 {
			return fmt.Errorf("in line %d of the step: %w", step.Line, refused)
		}
		return refused
	}
	if errors.Is(step.OrigErr, sql.ErrConnDone) || step.OrigErr == nil {
		return errors.New(step.Err)
	}
	return step.OrigErr
}
