package store

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// Listed is a project as a list shows it.
type Listed struct {
	ID          qda.ProjectID
	GUID        qda.ChangeID
	Name        string
	Description string
	Language    string
	Method      qda.Method
	State       qda.State
	Role        qda.Role // of the account that asks
	Head        qda.Seq
	Touched     time.Time
}

// MakeProject makes room for a project: a repeat with the same GUID finds the same one. It has no ledger yet.
func (s *Store) MakeProject(ctx context.Context, guid qda.ChangeID, now time.Time) (id qda.ProjectID, err error) {
	err = s.pool.QueryRow(ctx, `SELECT anyam_make_project($1, $2)`, [16]byte(guid), now).Scan(&id)
	return id, gone(err)
}

// Alone does something while nobody else does what has the same name, in this process or another. Whoever waits holds a connection: it is
// for what few do at a time.
func (s *Store) Alone(ctx context.Context, name string, do func() error) (err error) {
	locked := s.transact(ctx, pgx.TxOptions{}, "", 0, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name); err != nil {
			return err
		}
		err = do() // its errors are its own, and not the database's
		return nil
	})
	if locked != nil {
		return locked
	}
	return err
}

// Projects lists the projects an account has a role in, the one changed last first.
func (s *Store) Projects(ctx context.Context, account qda.AccountID) (r []Listed, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, "anyam.account", int64(account), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT p.id, p.guid, p.name, p.description, p.language, p.method, p.state, c.role, p.head, p.touched
			FROM project p JOIN coder c ON c.project = p.id WHERE c.account = $1 AND c.role <> '' AND p.head > 0 ORDER BY p.touched DESC, p.id DESC`, account)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (x Listed, err error) {
			var guid [16]byte
			err = row.Scan(&x.ID, &guid, &x.Name, &x.Description, &x.Language, &x.Method, &x.State, &x.Role, &x.Head, &x.Touched)
			x.GUID = guid
			return x, err
		})
		return err
	})
	return r, err
}

// Extent is how much there is in a project, as one of its coders may see it.
type Extent struct {
	Documents int // live ones
	Codes     int // live and retired ones
	Codings   int // by those codes in those documents; of a blind coder their own alone
	People    int // who have a role
}

// Extents gives how much there is in each project an account has a role in, without opening any.
func (s *Store) Extents(ctx context.Context, account qda.AccountID) (map[qda.ProjectID]Extent, error) {
	r := map[qda.ProjectID]Extent{}
	err := s.transact(ctx, pgx.TxOptions{}, "anyam.account", int64(account), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT project, documents, codes, codings, people FROM anyam_listed()`)
		if err != nil {
			return err
		}
		var p qda.ProjectID
		var x Extent
		_, err = pgx.ForEachRow(rows, []any{&p, &x.Documents, &x.Codes, &x.Codings, &x.People}, func() error { r[p] = x; return nil })
		return err
	})
	return r, err
}

// AllProjects lists every project of the instance by number: for the command line.
func (s *Store) AllProjects(ctx context.Context) ([]Listed, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, guid, name, state, head FROM anyam_projects()`)
	if err != nil {
		return nil, gone(err)
	}
	r, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x Listed, err error) {
		var guid [16]byte
		err = row.Scan(&x.ID, &guid, &x.Name, &x.State, &x.Head)
		x.GUID = guid
		return x, err
	})
	return r, gone(err)
}

// Ownerless lists the placeholder owners of projects that were made before there was an account: of several, as an import that broke off
// leaves them, the first.
func (s *Store) Ownerless(ctx context.Context) (map[qda.ProjectID]qda.ID, error) {
	rows, err := s.pool.Query(ctx, `SELECT project, coder FROM anyam_ownerless() ORDER BY coder DESC`)
	if err != nil {
		return nil, gone(err)
	}
	r := map[qda.ProjectID]qda.ID{}
	var p qda.ProjectID
	var c int64
	_, err = pgx.ForEachRow(rows, []any{&p, &c}, func() error { r[p] = qda.ID(c); return nil })
	return r, gone(err)
}

// Member gives what an account may do in a project, from the tables: the coder's number, role and blindness. An account
// without a role is a qda.Absent.
func (s *Store) Member(ctx context.Context, project qda.ProjectID, account qda.AccountID) (c qda.Coder, err error) {
	// Every request asks this: one round trip, in one implicit transaction.
	b := &pgx.Batch{}
	b.Queue(`SELECT set_config('anyam.project', $1, true)`, strconv.FormatInt(int64(project), 10))
	b.Queue(`SELECT n, rev, account, name, initials, role, blind FROM coder WHERE project = $1 AND account = $2 AND role <> ''`, project, account).QueryRow(func(row pgx.Row) error {
		var n int64
		err := row.Scan(&n, &c.Rev, &c.Account, &c.Name, &c.Initials, &c.Role, &c.Blind)
		c.ID = qda.ID(n)
		return absent(err)
	})
	return c, gone(s.pool.SendBatch(ctx, b).Close())
}

// Signature says who made an entry, and when. Made is when the node or document was made that it added: before it where that was
// brought from elsewhere.
type Signature struct {
	Coder qda.ID
	At    time.Time
	Made  time.Time
}

// Signatures gives who made each of some entries; one that is not there is left out.
func (s *Store) Signatures(ctx context.Context, project qda.ProjectID, seqs []qda.Seq) (map[qda.Seq]Signature, error) {
	r := make(map[qda.Seq]Signature, len(seqs))
	if len(seqs) == 0 {
		return r, nil
	}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT seq, coder, at, CASE WHEN kind IN ('NodeAdded', 'DocumentAdded') AND erased = 0 THEN COALESCE((body::json #>> '{do,at}')::bigint, 0) ELSE 0 END
			FROM entry WHERE project = $1 AND seq = ANY ($2::bigint[])`, project, seqs)
		if err != nil {
			return err
		}
		var seq qda.Seq
		var coder, made int64
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&seq, &coder, &at, &made}, func() error {
			x := Signature{qda.ID(coder), at.UTC(), at.UTC()}
			if made > 0 && made <= qda.Unix(at) {
				x.Made = time.Unix(made, 0).UTC()
			}
			r[seq] = x
			return nil
		})
		return err
	})
	return r, err
}

// DeleteProject removes a project and all it holds, for good.
func (s *Store) DeleteProject(ctx context.Context, project qda.ProjectID) error {
	_, err := s.pool.Exec(ctx, `SELECT anyam_delete_project($1)`, project)
	return gone(err)
}

// Sweep removes what nobody needs any more: uploads that became no document within a week, projects of other programs that were
// looked into and not begun within a week, and sessions, links and counts of attempts that have run out. It gives the number of rows of files removed.
func (s *Store) Sweep(ctx context.Context, now time.Time) (n int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT anyam_sweep($1)`, now).Scan(&n)
	return n, gone(err)
}

// partSize is how much of a file one row holds, in bytes.
const partSize = 4 << 20

// PutFile keeps a file's bytes under their SHA-256, before any entry names them. The same bytes again are kept once.
func (s *Store) PutFile(ctx context.Context, project qda.ProjectID, sum qda.Hash, name string, bytes []byte, now time.Time) error {
	return s.PutFiles(ctx, project, []NewFile{{Sum: sum, Name: name, Bytes: bytes}}, now)
}

// NewFile is a file to be kept.
type NewFile struct {
	Sum   qda.Hash
	Name  string
	Bytes []byte
	Found *Found // nil where nobody has read it
}

// Found is what reading an uploaded file found. A table has no turns.
type Found struct{ Turns, Speakers int }

// PutFiles is PutFile for some at once, all of them or none, which waits for the disk once.
func (s *Store) PutFiles(ctx context.Context, project qda.ProjectID, files []NewFile, now time.Time) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		for _, f := range files {
			var turns, speakers *int
			if f.Found != nil {
				turns, speakers = &f.Found.Turns, &f.Found.Speakers
			}
			for part := 0; part == 0 || part*partSize < len(f.Bytes); part++ {
				piece := f.Bytes[part*partSize : min(len(f.Bytes), (part+1)*partSize)]
				if _, err := tx.Exec(ctx, `INSERT INTO file (project, sum, part, name, bytes, at, turns, speakers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`, project, f.Sum[:], part, f.Name, piece, now, turns, speakers); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// File gives a file's bytes and the name it came with.
func (s *Store) File(ctx context.Context, project qda.ProjectID, sum qda.Hash) (name string, all []byte, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT name, bytes FROM file WHERE project = $1 AND sum = $2 ORDER BY part`, project, sum[:])
		if err != nil {
			return err
		}
		parts := 0
		var piece []byte
		if _, err = pgx.ForEachRow(rows, []any{&name, &piece}, func() error { parts++; all = append(all, piece...); return nil }); err != nil {
			return err
		}
		if parts == 0 {
			return absent(pgx.ErrNoRows)
		}
		return nil
	})
	return name, all, err
}

// HasFile asks whether a file's bytes are kept; a qda.Absent where they are not.
func (s *Store) HasFile(ctx context.Context, project qda.ProjectID, sum qda.Hash) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		var one int
		return absent(tx.QueryRow(ctx, `SELECT 1 FROM file WHERE project = $1 AND sum = $2 AND part = 0`, project, sum[:]).Scan(&one))
	})
}

// Waiting is a file that was uploaded and that no document names yet.
type Waiting struct {
	Sum   qda.Hash
	Name  string
	At    time.Time
	Found *Found // nil where that is not known
}

// WaitingFiles lists a project's files that no document and no job names, oldest first.
func (s *Store) WaitingFiles(ctx context.Context, project qda.ProjectID) (r []Waiting, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT f.sum, f.name, f.at, f.turns, f.speakers FROM file f WHERE f.project = $1 AND f.part = 0
			AND NOT EXISTS (SELECT FROM document d WHERE d.project = $1 AND d.file = encode(f.sum, 'hex'))
			AND NOT EXISTS (SELECT FROM job_file j WHERE j.project = $1 AND j.sum = f.sum)
			AND NOT EXISTS (SELECT FROM entry e WHERE e.project = $1 AND e.kind = 'DocumentAdded' AND e.body::json #>> '{do,file}' = encode(f.sum, 'hex')) ORDER BY f.at`, project)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (w Waiting, err error) {
			var sum []byte
			var turns, speakers *int
			err = row.Scan(&sum, &w.Name, &w.At, &turns, &speakers)
			copy(w.Sum[:], sum)
			if turns != nil && speakers != nil {
				w.Found = &Found{Turns: *turns, Speakers: *speakers}
			}
			return w, err
		})
		return err
	})
	return r, err
}

// Reading is where one person stands in one document: turns, from 1.
type Reading struct {
	Document qda.ID
	Place    int32
	Furthest int32
}

// Readings gives an account's places in a project's documents.
func (s *Store) Readings(ctx context.Context, project qda.ProjectID, account qda.AccountID) (map[qda.ID]Reading, error) {
	m := map[qda.ID]Reading{}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT document, place, furthest FROM reading WHERE project = $1 AND account = $2`, project, account)
		if err != nil {
			return err
		}
		var n int64
		var r Reading
		_, err = pgx.ForEachRow(rows, []any{&n, &r.Place, &r.Furthest}, func() error { r.Document = qda.ID(n); m[r.Document] = r; return nil })
		return err
	})
	return m, err
}

// SetReading keeps a place; furthest only grows.
func (s *Store) SetReading(ctx context.Context, project qda.ProjectID, account qda.AccountID, r Reading, now time.Time) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO reading (project, account, document, place, furthest, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (project, account, document) DO UPDATE SET place = excluded.place, furthest = greatest(reading.furthest, excluded.furthest), at = excluded.at`,
			project, account, int64(r.Document), r.Place, r.Furthest, now)
		return err
	})
}

// Present is someone who has a document open, and the turn at the top of their window.
type Present struct {
	Account qda.AccountID
	Place   int32
}

// PresentIn gives who but one account has told of their place in a document since a time.
func (s *Store) PresentIn(ctx context.Context, project qda.ProjectID, document qda.ID, but qda.AccountID, since time.Time) (out []Present, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT account, place FROM reading WHERE project = $1 AND document = $2 AND account <> $3 AND at > $4 ORDER BY account`, project, int64(document), but, since)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Present])
		return err
	})
	return out, err
}

// Pins gives an account's number keys: key to code.
func (s *Store) Pins(ctx context.Context, project qda.ProjectID, account qda.AccountID) (map[int]qda.ID, error) {
	m := map[int]qda.ID{}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT key, code FROM pin WHERE project = $1 AND account = $2`, project, account)
		if err != nil {
			return err
		}
		var key int
		var code int64
		_, err = pgx.ForEachRow(rows, []any{&key, &code}, func() error { m[key] = qda.ID(code); return nil })
		return err
	})
	return m, err
}

// SetPin gives a number key a code, or takes it away (0).
func (s *Store) SetPin(ctx context.Context, project qda.ProjectID, account qda.AccountID, key int, code qda.ID) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		if code == 0 {
			_, err := tx.Exec(ctx, `DELETE FROM pin WHERE project = $1 AND account = $2 AND key = $3`, project, account, key)
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO pin (project, account, key, code) VALUES ($1, $2, $3, $4) ON CONFLICT (project, account, key) DO UPDATE SET code = excluded.code`, project, account, key, int64(code))
		return err
	})
}

// Access is one opening, search or export, for the owner to see.
type Access struct {
	Account qda.AccountID // 0: the command line
	What    string        // opened, downloaded, exported_codebook, exported_segments, searched
	N       qda.ID        // the document, 0 where it is the whole project
	At      time.Time
}

// Accessed records an access.
func (s *Store) Accessed(ctx context.Context, project qda.ProjectID, a Access) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO access (project, account, what, n, at) VALUES ($1, $2, $3, $4, $5)`, project, a.Account, a.What, int64(a.N), a.At)
		return err
	})
}

// Accesses lists accesses, newest first.
func (s *Store) Accesses(ctx context.Context, project qda.ProjectID, limit, offset int) (r []Access, err error) {
	err = s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT account, what, n, at FROM access WHERE project = $1 ORDER BY id DESC LIMIT $2 OFFSET $3`, project, limit, offset)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Access, err error) {
			var n int64
			err = row.Scan(&a.Account, &a.What, &n, &a.At)
			a.N = qda.ID(n)
			return a, err
		})
		return err
	})
	return r, err
}
