package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/qda"
)

// Account is someone who signs in. Secret is an encoded argon2id hash.
type Account struct {
	ID       qda.AccountID
	Email    string
	Name     string
	Initials string
	Secret   string
	Admin    bool
	Language string // "" follows the browser
	Zone     string // IANA name
	Closed   bool
	Made     time.Time
	Surface  Surface
}

// Surface is how a person likes to read and code; the zero value is as it is for everyone.
type Surface struct {
	Size      int    `json:"size,omitempty"`       // of the letters, in steps from the usual size, -2 to 4
	Width     int    `json:"width,omitempty"`      // of the lines, in steps from the usual length, -1 to 1
	Margin    string `json:"margin,omitempty"`     // "start" puts the stripes before the words, "" after them
	NoNames   bool   `json:"no_names,omitempty"`   // stripes without names
	NoLetters bool   `json:"no_letters,omitempty"` // keys that write a character do nothing
	Sentences bool   `json:"sentences,omitempty"`  // sentence mode
}

// Valid tells whether all of it is within its bounds.
func (x Surface) Valid() bool {
	return x.Size >= -2 && x.Size <= 4 && x.Width >= -1 && x.Width <= 1 && (x.Margin == "" || x.Margin == "start")
}

const accountColumns = `a.id, a.email, a.name, a.initials, a.secret, a.admin, a.language, a.zone, a.closed, a.made, a.surface`

func scanAccount(row pgx.CollectableRow) (a Account, err error) {
	err = row.Scan(&a.ID, &a.Email, &a.Name, &a.Initials, &a.Secret, &a.Admin, &a.Language, &a.Zone, &a.Closed, &a.Made, &a.Surface)
	return a, err
}

func absent(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return qda.Refuse(qda.Absent, "refused.absent")
	}
	return gone(err)
}

func (s *Store) account(ctx context.Context, where string, arg any) (Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+accountColumns+` FROM account a WHERE `+where, arg)
	if err != nil {
		return Account{}, gone(err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	return a, absent(err)
}

// Account gives an account by its number.
func (s *Store) Account(ctx context.Context, id qda.AccountID) (Account, error) {
	return s.account(ctx, `a.id = $1`, id)
}

// AccountByEmail gives an account by its address, without regard to case.
func (s *Store) AccountByEmail(ctx context.Context, email string) (Account, error) {
	return s.account(ctx, `lower(a.email) = lower($1)`, strings.TrimSpace(email))
}

// Accounts lists all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+accountColumns+` FROM account a ORDER BY a.name COLLATE "und-x-icu", a.id`)
	if err != nil {
		return nil, gone(err)
	}
	r, err := pgx.CollectRows(rows, scanAccount)
	return r, gone(err)
}

// newAccount inserts an account; an address that is taken is a qda.Conflict.
func newAccount(ctx context.Context, tx pgx.Tx, a Account) (id qda.AccountID, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO account (email, name, initials, secret, admin, language, zone, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		strings.TrimSpace(a.Email), a.Name, a.Initials, a.Secret, a.Admin, a.Language, a.Zone, a.Made).Scan(&id)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.ConstraintName == "account_email" {
		return 0, qda.Refuse(qda.Conflict, "refused.email_taken")
	}
	return id, err
}

// SetProfile saves what a person may change of themselves.
func (s *Store) SetProfile(ctx context.Context, a Account) error {
	_, err := s.pool.Exec(ctx, `UPDATE account SET name = $2, initials = $3, language = $4, zone = $5 WHERE id = $1`, a.ID, a.Name, a.Initials, a.Language, a.Zone)
	return gone(err)
}

// SetSurface keeps how an account's person likes to read and code.
func (s *Store) SetSurface(ctx context.Context, id qda.AccountID, x Surface) error {
	_, err := s.pool.Exec(ctx, `UPDATE account SET surface = $2 WHERE id = $1`, id, x)
	return gone(err)
}

// SetSecret changes a password and ends every session but the one kept (nil: every one).
func (s *Store) SetSecret(ctx context.Context, id qda.AccountID, secret string, keep []byte) error {
	return s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE account SET secret = $2 WHERE id = $1`, id, secret); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND token_sum IS DISTINCT FROM $2`, id, keep)
		return err
	})
}

// SetClosed closes an account, which ends its sessions, or opens it again.
func (s *Store) SetClosed(ctx context.Context, id qda.AccountID, closed bool) error {
	return s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE account SET closed = $2 WHERE id = $1`, id, closed); err != nil {
			return err
		}
		if closed {
			_, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1`, id)
			return err
		}
		return nil
	})
}

// Session is a signed-in browser. Only the SHA-256 of its token is kept.
type Session struct {
	ID      int64
	Sum     []byte
	Account qda.AccountID
	Made    time.Time
	Seen    time.Time
	Agent   string
	Address string
}

// NewSession begins a session.
func (s *Store) NewSession(ctx context.Context, x Session) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO session (token_sum, account, made, seen, agent, address) VALUES ($1, $2, $3, $3, $4, $5)`, x.Sum, x.Account, x.Made, x.Agent, x.Address)
	return gone(err)
}

// Session gives a session and its account, unless the account is closed or the session is older than the limits, which are
// how long ago it may have been seen and made. They hold in both directions: after a clock has been set back, a session of what
// is now the future must not live until that future is over. Seen is brought up to date once a minute.
func (s *Store) Session(ctx context.Context, sum []byte, now time.Time, idle, absolute time.Duration) (Session, Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT s.id, s.account, s.made, s.seen, s.agent, s.address, `+accountColumns+` FROM session s JOIN account a ON a.id = s.account
		WHERE s.token_sum = $1 AND s.seen > $2 AND s.made > $3 AND s.seen < $4 AND s.made < $5 AND NOT a.closed`, sum, now.Add(-idle), now.Add(-absolute), now.Add(idle), now.Add(absolute))
	if err != nil {
		return Session{}, Account{}, gone(err)
	}
	x := Session{Sum: sum}
	a, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (a Account, err error) {
		err = row.Scan(&x.ID, &x.Account, &x.Made, &x.Seen, &x.Agent, &x.Address, &a.ID, &a.Email, &a.Name, &a.Initials, &a.Secret, &a.Admin, &a.Language, &a.Zone, &a.Closed, &a.Made, &a.Surface)
		return a, err
	})
	if err != nil {
		return Session{}, Account{}, absent(err)
	}
	if now.Sub(x.Seen).Abs() > time.Minute {
		if _, err := s.pool.Exec(ctx, `UPDATE session SET seen = $2 WHERE token_sum = $1`, sum, now); err != nil {
			return Session{}, Account{}, gone(err)
		}
	}
	return x, a, nil
}

// Sessions lists an account's sessions, the one seen last first.
func (s *Store) Sessions(ctx context.Context, account qda.AccountID) ([]Session, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, token_sum, account, made, seen, agent, address FROM session WHERE account = $1 ORDER BY seen DESC`, account)
	if err != nil {
		return nil, gone(err)
	}
	r, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x Session, err error) {
		err = row.Scan(&x.ID, &x.Sum, &x.Account, &x.Made, &x.Seen, &x.Agent, &x.Address)
		return x, err
	})
	return r, gone(err)
}

// EndSession ends one session of an account.
func (s *Store) EndSession(ctx context.Context, account qda.AccountID, id int64) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM session WHERE account = $1 AND id = $2`, account, id)
	return gone(err)
}

// EndOthers ends every session of an account but one.
func (s *Store) EndOthers(ctx context.Context, account qda.AccountID, keep []byte) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM session WHERE account = $1 AND token_sum IS DISTINCT FROM $2`, account, keep)
	return gone(err)
}

// Link is a secret that works once: to set up, to accept an invitation, to choose a password, to sign in.
type Link struct {
	ID      int64
	Sum     []byte
	Purpose string // setup, invite, password or sign-in
	Account qda.AccountID
	Project qda.ProjectID
	Role    qda.Role
	Email   string
	By      qda.AccountID
	Made    time.Time
	Until   time.Time
}

// NewLink keeps a link. A new set-up link, or password link for the same account, takes the place of older ones.
func (s *Store) NewLink(ctx context.Context, l Link) error {
	return s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		if l.Purpose == "setup" || l.Purpose == "password" {
			if _, err := tx.Exec(ctx, `DELETE FROM link WHERE purpose = $1 AND account IS NOT DISTINCT FROM nullif($2::bigint, 0) AND used IS NULL`, l.Purpose, l.Account); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO link (token_sum, purpose, account, project, role, email, made_by, made, until) VALUES ($1, $2, nullif($3::bigint, 0), nullif($4::bigint, 0), $5, $6, nullif($7::bigint, 0), $8, $9)`,
			l.Sum, l.Purpose, l.Account, l.Project, string(l.Role), l.Email, l.By, l.Made, l.Until)
		return err
	})
}

const linkColumns = `id, token_sum, purpose, coalesce(account, 0), coalesce(project, 0), role, email, coalesce(made_by, 0), made, until`

func scanLink(row pgx.CollectableRow) (l Link, err error) {
	err = row.Scan(&l.ID, &l.Sum, &l.Purpose, &l.Account, &l.Project, &l.Role, &l.Email, &l.By, &l.Made, &l.Until)
	return l, err
}

// Link gives a link that can still be used: from as long before it was made (a clock may have been set back) as it lasts after.
func (s *Store) Link(ctx context.Context, sum []byte, purpose string, now time.Time) (Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM link WHERE token_sum = $1 AND purpose = $2 AND used IS NULL AND until > $3 AND made - $3 < until - made`, sum, purpose, now)
	if err != nil {
		return Link{}, gone(err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, scanLink)
	return l, linkError(err)
}

// UsedLink gives a link that has been used up and has not run out, with the account that used it.
func (s *Store) UsedLink(ctx context.Context, sum []byte, purpose string, now time.Time) (Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM link WHERE token_sum = $1 AND purpose = $2 AND used IS NOT NULL AND until > $3`, sum, purpose, now)
	if err != nil {
		return Link{}, gone(err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, scanLink)
	return l, linkError(err)
}

func linkError(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return qda.Refuse(qda.Refused, "refused.link")
	}
	return gone(err)
}

// UseLink uses a link up, once whoever else tries; with an account to be made (an Email, and no ID), it makes it in the same
// transaction (the first one only where there is no administrator yet); with a secret, it sets it. It gives the link and the
// account acted on, and the link remembers who used it.
func (s *Store) UseLink(ctx context.Context, sum []byte, purpose string, now time.Time, who Account, secret string) (l Link, id qda.AccountID, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `UPDATE link SET used = $3 WHERE token_sum = $1 AND purpose = $2 AND used IS NULL AND until > $3 AND made - $3 < until - made RETURNING `+linkColumns, sum, purpose, now)
		if err != nil {
			return err
		}
		if l, err = pgx.CollectExactlyOneRow(rows, scanLink); err != nil {
			return linkError(err)
		}
		id = l.Account
		if who.ID != 0 {
			id = who.ID
		}
		if who.ID == 0 && who.Email != "" {
			if purpose == "setup" {
				var n int
				if err := tx.QueryRow(ctx, `SELECT count(*) FROM account WHERE admin`).Scan(&n); err != nil {
					return err
				}
				if n > 0 {
					return qda.Refuse(qda.Refused, "refused.link")
				}
			}
			if id, err = newAccount(ctx, tx, who); err != nil {
				return err
			}
		}
		if l.Account == 0 && id != 0 {
			if _, err := tx.Exec(ctx, `UPDATE link SET account = $2 WHERE token_sum = $1`, sum, id); err != nil {
				return err
			}
		}
		if secret != "" {
			if _, err := tx.Exec(ctx, `UPDATE account SET secret = $2 WHERE id = $1`, id, secret); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1`, id); err != nil {
				return err
			}
		}
		return nil
	})
	return l, id, err
}

// NewAccount makes an account outside any link: for the demo study.
func (s *Store) NewAccount(ctx context.Context, a Account) (id qda.AccountID, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		id, err = newAccount(ctx, tx, a)
		return err
	})
	return id, err
}

// Invitations lists a project's links that wait to be accepted.
func (s *Store) Invitations(ctx context.Context, project qda.ProjectID, now time.Time) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM link WHERE project = $1 AND purpose = 'invite' AND used IS NULL AND until > $2 ORDER BY made`, project, now)
	if err != nil {
		return nil, gone(err)
	}
	r, err := pgx.CollectRows(rows, scanLink)
	return r, gone(err)
}

// Revoke takes an invitation back.
func (s *Store) Revoke(ctx context.Context, project qda.ProjectID, id int64) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM link WHERE project = $1 AND id = $2 AND purpose = 'invite' AND used IS NULL`, project, id)
	return gone(err)
}

// Take puts one attempt into a bucket that drains at rate a second and holds up to size; false when it is full. A refused attempt
// stands in it as a level above size and counts for nothing at the next one: as soon as one more has drained, one more is let in.
// Of processes whose clocks differ a little the one ahead drains; after a clock was set back by more than a minute the bucket
// begins anew from what it says, or it would stay full until that future is over.
func (s *Store) Take(ctx context.Context, key string, size, rate float64, now time.Time) (bool, error) {
	var level float64
	err := s.pool.QueryRow(ctx, `INSERT INTO bucket AS b (key, level, at) VALUES ($1, 1, $4)
		ON CONFLICT (key) DO UPDATE SET at = CASE WHEN b.at > $4::timestamptz + interval '1 minute' THEN $4 ELSE greatest(b.at, $4) END,
			level = greatest(0, least($2, CASE WHEN b.level > $2 THEN b.level - 1 ELSE b.level END) - $3 * greatest(0, extract(epoch FROM $4 - b.at))) + 1
		RETURNING level`, key, size, rate, now).Scan(&level)
	return level <= size, gone(err)
}
