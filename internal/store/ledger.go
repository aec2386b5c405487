package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"anyam/internal/qda"
)

// quoted names: case, values, on and into are words of SQL.
func table(s qda.Sort) string { return pgx.Identifier{string(s)}.Sanitize() }

// upsert writes the last images of things of one sort, out of one array a column: a statement for each sort, and its arguments.
type upsert struct {
	ns      []int64
	revs    []int64
	columns []any // *[]string, *[]int64, *[]bool, or *[]*string for JSON
}

var upserts, inserts = func() (ups, ins map[qda.Sort]string) {
	ups, ins = map[qda.Sort]string{}, map[qda.Sort]string{}
	for _, s := range qda.Sorts[1:] {
		var names, arrays, set strings.Builder
		for i, c := range qda.Columns(s) {
			q := pgx.Identifier{c}.Sanitize()
			fmt.Fprintf(&names, ", %s", q)
			fmt.Fprintf(&arrays, ", $%d::%s[]", i+4, newUpsert(s).kind(i))
			fmt.Fprintf(&set, ", %s = excluded.%s", q, q)
		}
		ins[s] = fmt.Sprintf(`INSERT INTO %s (project, n, rev%s) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[]%s)`, table(s), &names, &arrays)
		ups[s] = fmt.Sprintf(`%s ON CONFLICT (project, n) DO UPDATE SET rev = excluded.rev%s`, ins[s], &set)
	}
	return ups, ins
}()

func newUpsert(s qda.Sort) *upsert {
	u := &upsert{}
	for _, f := range qda.Fields(qda.Blank(s)) {
		switch v := reflect.ValueOf(f).Elem(); {
		case v.Kind() == reflect.String:
			u.columns = append(u.columns, &[]string{})
		case v.Kind() == reflect.Bool:
			u.columns = append(u.columns, &[]bool{})
		case v.CanInt() || v.CanUint():
			u.columns = append(u.columns, &[]int64{})
		default:
			u.columns = append(u.columns, &[]*string{})
		}
	}
	return u
}

// kind is the type that SQL has for the elements of a column.
func (u *upsert) kind(i int) string {
	switch u.columns[i].(type) {
	case *[]string:
		return "text"
	case *[]bool:
		return "boolean"
	case *[]int64:
		return "bigint"
	}
	return "json"
}

func (u *upsert) add(t qda.Thing, rev qda.Seq) error {
	u.ns, u.revs = append(u.ns, int64(t.Key())), append(u.revs, int64(rev))
	for i, f := range qda.Fields(t) {
		v := reflect.ValueOf(f).Elem()
		switch c := u.columns[i].(type) {
		case *[]string:
			*c = append(*c, v.String())
		case *[]bool:
			*c = append(*c, v.Bool())
		case *[]int64:
			if v.CanInt() {
				*c = append(*c, v.Int())
			} else {
				*c = append(*c, int64(v.Uint()))
			}
		case *[]*string:
			if v.Kind() != reflect.Struct && v.IsNil() {
				*c = append(*c, nil)
				continue
			}
			b, err := json.Marshal(f)
			if err != nil {
				return err
			}
			text := string(b)
			*c = append(*c, &text)
		}
	}
	return nil
}

// args are the arguments of the sort's statement.
func (u *upsert) args(project qda.ProjectID) []any {
	args := []any{project, u.ns, u.revs}
	for _, c := range u.columns {
		args = append(args, reflect.ValueOf(c).Elem().Interface())
	}
	return args
}

var deletes = func() map[qda.Sort]string {
	m := map[qda.Sort]string{}
	for _, s := range qda.Sorts[1:] {
		m[s] = fmt.Sprintf(`DELETE FROM %s WHERE project = $1 AND n = ANY ($2::bigint[])`, table(s))
	}
	return m
}()

const insertEntries = `INSERT INTO entry (project, seq, change, coder, at, kind, body, salt, sum, hash)
	SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::bytea[])`

// Append writes a batch: one pipeline, one implicit transaction, one round trip. Where the head is another than the batch
// begins at, anyam_advance refuses the whole: a head that has moved on, and also one that has gone back, as on a standby
// that took over without the newest entries, where a batch would else leave a gap.
func (s *Store) Append(ctx context.Context, b *qda.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	p := &pgx.Batch{}
	last := b.Entries[len(b.Entries)-1]
	p.Queue(`SELECT anyam_advance($1, $2, $3, $4, $5)`, b.Project, b.Old, last.Seq, int64(b.Next), last.At)
	n := len(b.Entries)
	seqs, coders, ats := make([]int64, n), make([]int64, n), make([]time.Time, n)
	changes := make([][16]byte, n)
	kinds, bodies := make([]string, n), make([]string, n)
	salts, sums, hashes := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i, e := range b.Entries {
		seqs[i], changes[i], coders[i], ats[i], kinds[i], bodies[i] = int64(e.Seq), e.Change, int64(e.Coder), e.At, e.Kind, string(e.Body)
		salts[i], sums[i], hashes[i] = e.Salt[:], e.Sum[:], e.Hash[:]
	}
	p.Queue(insertEntries, b.Project, seqs, changes, coders, ats, kinds, bodies, salts, sums, hashes)

	put := map[qda.Sort]*upsert{}
	codings := newUpsert(qda.SortCoding) // made by this batch: most of all that is ever written, and the quicker when nothing is looked up
	for _, r := range b.Put {
		if x, ok := r.Thing.(*qda.Project); ok {
			p.Queue(`UPDATE project SET rev = $2, name = $3, description = $4, language = $5, method = $6, state = $7 WHERE id = $1`,
				b.Project, r.Rev, x.Name, x.Description, x.Language, string(x.Method), string(x.State))
			continue
		}
		sort := r.Thing.Sort()
		if put[sort] == nil {
			put[sort] = newUpsert(sort)
		}
		u := put[sort]
		if x, ok := r.Thing.(*qda.Coding); ok && x.Made > b.Old {
			u = codings
		}
		if err := u.add(r.Thing, r.Rev); err != nil {
			return err
		}
	}
	drop := map[qda.Sort][]int64{}
	for _, d := range b.Drop {
		drop[d.Sort] = append(drop[d.Sort], int64(d.ID))
	}
	for _, sort := range qda.Sorts {
		if u := put[sort]; u != nil && len(u.ns) > 0 {
			p.Queue(upserts[sort], u.args(b.Project)...)
		}
		if sort == qda.SortCoding && len(codings.ns) > 0 {
			p.Queue(inserts[sort], codings.args(b.Project)...)
		}
		if sort == qda.SortDocument {
			for _, t := range b.Texts {
				queueText(p, b.Project, t)
			}
		}
	}
	for i := len(qda.Sorts) - 1; i >= 0; i-- {
		if ns := drop[qda.Sorts[i]]; ns != nil {
			p.Queue(deletes[qda.Sorts[i]], b.Project, ns)
		}
	}
	err := writeError(s.pool.SendBatch(ctx, p).Close())
	if errors.Is(err, errKnown) {
		return s.knownOf(ctx, b.Project, changes)
	}
	return err
}

// errKnown: some change id of a batch is in the ledger. Under row-level security Postgres does not say which.
var errKnown = errors.New("a change id is in the ledger")

// knownOf looks up the first of some change ids that the ledger holds.
func (s *Store) knownOf(ctx context.Context, project qda.ProjectID, changes [][16]byte) error {
	var c [16]byte
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT change FROM entry WHERE project = $1 AND change = ANY ($2::uuid[]) ORDER BY seq LIMIT 1`, project, changes).Scan(&c)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %w", errKnown, err) // twice in one batch
	}
	if err != nil {
		return fmt.Errorf("%w: %w", qda.ErrNotSent, err)
	}
	return &qda.KnownChange{Change: c}
}

func queueText(p *pgx.Batch, project qda.ProjectID, t qda.NewText) {
	p.Queue(`INSERT INTO text (project, document, version, sum, words) VALUES ($1, $2, $3, $4, $5)`, project, int64(t.Document), t.Version, t.Sum[:], t.Text.Words)
	n := len(t.Text.Turns)
	turn, start, stop, at := make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	labels, languages := make([]string, n), make([]string, n)
	from, to := make([]int64, n), make([]int64, n)
	for i, x := range t.Text.Turns {
		turn[i], start[i], stop[i], at[i], labels[i], from[i], to[i], languages[i] = x.Turn, x.Start, x.Stop, x.Byte, x.Label, x.FromMS, x.ToMS, x.Language
	}
	p.Queue(`INSERT INTO turn (project, document, version, turn, start, stop, byte, label, from_ms, to_ms, language)
		SELECT $1, $2, $3, * FROM unnest($4::int[], $5::int[], $6::int[], $7::int[], $8::text[], $9::bigint[], $10::bigint[], $11::text[])`,
		project, int64(t.Document), t.Version, turn, start, stop, at, labels, from, to, languages)
}

// writeError says what a failed write means: see qda.ErrBehind and its neighbours.
func writeError(err error) error {
	if err == nil {
		return nil
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		return fmt.Errorf("%w: %w", qda.ErrNotSent, err)
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch {
		case pe.ConstraintName == "entry_pkey":
			return qda.ErrBehind
		case pe.ConstraintName == "entry_change":
			return errKnown
		}
		switch pe.Code {
		case "AN001":
			return qda.ErrBehind
		case "AN002":
			return qda.Refuse(qda.Absent, "refused.absent")
		case diskFull:
			return noSpace(err)
		case "40001", "40P01", "55P03", "57P03", "53000", "53200", "53300", "53400":
			return fmt.Errorf("%w: %w", qda.ErrNotSent, err)
		case "57P01", "57P02":
			return fmt.Errorf("%w: %w", qda.ErrLost, err)
		}
		if ends(pe) {
			return fmt.Errorf("%w: %w", qda.ErrLost, err)
		}
		return err
	}
	if pgconn.SafeToRetry(err) {
		return fmt.Errorf("%w: %w", qda.ErrNotSent, err)
	}
	return fmt.Errorf("%w: %w", qda.ErrLost, err)
}

// selects reads all rows of a sort's table, for a project.
var selects = func() map[qda.Sort]string {
	m := map[qda.Sort]string{}
	for _, s := range qda.Sorts[1:] {
		columns := "n, rev"
		for _, c := range qda.Columns(s) {
			columns += ", " + pgx.Identifier{c}.Sanitize()
		}
		m[s] = fmt.Sprintf(`SELECT %s FROM %s WHERE project = $1`, columns, table(s))
	}
	return m
}()

// freshSnapshot is the seq of the snapshot to be read, NULL if there is none.
const freshSnapshot = `(SELECT max(seq) FROM snapshot, (SELECT head FROM project WHERE id = $1) p WHERE project = $1 AND format = $2 AND seq BETWEEN p.head - 10000 AND p.head)`

// Load gives the project as its tables hold it, in one repeatable-read transaction; its codings by a snapshot of that format
// where there is a fresh one: entries up to 10,000 are quicker to read than the table. All is asked in one round trip.
func (s *Store) Load(ctx context.Context, project qda.ProjectID, format int) (*qda.Image, error) {
	img := &qda.Image{Project: project}
	err := s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, "anyam.project", int64(project), func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		x := &qda.Project{}
		b.Queue(`SELECT guid, head, next, rev, name, description, language, method, state FROM project WHERE id = $1`, project).QueryRow(func(row pgx.Row) error {
			var guid [16]byte
			var next int64
			err := row.Scan(&guid, &img.Head, &next, &x.Rev, &x.Name, &x.Description, &x.Language, &x.Method, &x.State)
			if errors.Is(err, pgx.ErrNoRows) {
				return qda.Refuse(qda.Absent, "refused.absent")
			}
			if err != nil {
				return err
			}
			img.GUID, img.Next = guid, qda.ID(next)
			if img.Head == 0 {
				*x = qda.Project{} // made, but not begun
			}
			img.Things = append(img.Things, x)
			return nil
		})
		b.Queue(`SELECT hash FROM entry WHERE project = $1 AND seq = (SELECT head FROM project WHERE id = $1)`, project).Query(func(rows pgx.Rows) error {
			hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
			if err != nil {
				return err
			}
			if len(hashes) != 1 && img.Head > 0 {
				return fmt.Errorf("project %d has no entry %d", project, img.Head)
			}
			for _, h := range hashes {
				copy(img.Hash[:], h)
			}
			return nil
		})
		for _, sort := range qda.Sorts[1:] {
			if sort == qda.SortCoding {
				continue
			}
			b.Queue(selects[sort], project).Query(func(rows pgx.Rows) error {
				defer rows.Close()
				var n int64
				var rev qda.Seq
				for rows.Next() {
					t := qda.Blank(sort)
					if err := rows.Scan(append([]any{&n, &rev}, qda.Fields(t)...)...); err != nil {
						return err
					}
					img.Things = append(img.Things, qda.At(t, qda.ID(n), rev))
				}
				return rows.Err()
			})
		}
		b.Queue(`SELECT (body::json #>> '{do,seq}')::bigint, seq FROM entry WHERE project = $1 AND kind = 'Undone' AND erased = 0 ORDER BY seq`, project).Query(func(rows pgx.Rows) error {
			var of, by qda.Seq
			_, err := pgx.ForEachRow(rows, []any{&of, &by}, func() error {
				img.Undone = append(img.Undone, [2]qda.Seq{of, by})
				return nil
			})
			return err
		})
		b.Queue(`SELECT columns FROM snapshot WHERE project = $1 AND format = $2 AND seq = `+freshSnapshot+` ORDER BY part`, project, format).Query(func(rows pgx.Rows) error {
			var part []byte
			_, err := pgx.ForEachRow(rows, []any{&part}, func() error {
				img.Snapshot = append(img.Snapshot, part...)
				return nil
			})
			return err
		})
		b.Queue(`SELECT `+entryColumns+` FROM entry WHERE project = $1 AND seq > `+freshSnapshot+` ORDER BY seq`, project, format).Query(func(rows pgx.Rows) (err error) {
			img.Later, err = pgx.CollectRows(rows, scanEntry(project))
			return err
		})
		b.Queue(`SELECT n, document, version, code, coder, start, stop, made, at FROM coding WHERE project = $1 AND `+freshSnapshot+` IS NULL`, project, format).Query(func(rows pgx.Rows) (err error) {
			img.Codings, err = codings(rows)
			return err
		})
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

// codings reads rows of codings.
func codings(rows pgx.Rows) (r []qda.Coding, err error) {
	var n, document, code, coder int64
	var c qda.Coding
	_, err = pgx.ForEachRow(rows, []any{&n, &document, &c.Version, &code, &coder, &c.Start, &c.Stop, &c.Made, &c.At}, func() error {
		c.ID, c.Document, c.Code, c.Coder = qda.ID(n), qda.ID(document), qda.ID(code), qda.ID(coder)
		r = append(r, c)
		return nil
	})
	return r, err
}

// SaveSnapshot keeps the codings at a seq, in parts, in place of older snapshots.
func (s *Store) SaveSnapshot(ctx context.Context, project qda.ProjectID, seq qda.Seq, format int, columns []byte) error {
	return s.in(ctx, project, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM snapshot WHERE project = $1 AND seq <= $2`, project, seq); err != nil {
			return err
		}
		for part := 0; part*snapshotPart < len(columns); part++ {
			piece := columns[part*snapshotPart : min(len(columns), (part+1)*snapshotPart)]
			if _, err := tx.Exec(ctx, `INSERT INTO snapshot (project, seq, format, part, columns) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, project, seq, format, part, piece); err != nil {
				return err
			}
		}
		return nil
	})
}

// snapshotPart is how much of a snapshot one row holds, in bytes.
const snapshotPart = 8 << 20

const entryColumns = `seq, change, coder, at, kind, body, salt, sum, hash, erased`

// scanEntry reads a row of entryColumns.
func scanEntry(project qda.ProjectID) pgx.RowToFunc[*qda.Entry] {
	return func(row pgx.CollectableRow) (*qda.Entry, error) {
		e := &qda.Entry{Project: project}
		var change [16]byte
		var coder int64
		var salt, sum, hash []byte
		if err := row.Scan(&e.Seq, &change, &coder, &e.At, &e.Kind, &e.Body, &salt, &sum, &hash, &e.Erased); err != nil {
			return nil, err
		}
		e.Change, e.Coder, e.At = change, qda.ID(coder), e.At.UTC()
		copy(e.Salt[:], salt)
		copy(e.Sum[:], sum)
		copy(e.Hash[:], hash)
		return e, e.Decode()
	}
}

// entries runs a query for entries bound to a project.
func (s *Store) entries(ctx context.Context, project qda.ProjectID, sql string, args ...any) ([]*qda.Entry, error) {
	var r []*qda.Entry
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		r, err = pgx.CollectRows(rows, scanEntry(project))
		return err
	})
	return r, err
}

// Entries gives entries after a seq, at most limit, in order.
func (s *Store) Entries(ctx context.Context, project qda.ProjectID, after qda.Seq, limit int) ([]*qda.Entry, error) {
	return s.entries(ctx, project, `SELECT `+entryColumns+` FROM entry WHERE project = $1 AND seq > $2 ORDER BY seq LIMIT $3`, project, after, limit)
}

// ByChange gives the entry with a change id, nil if there is none.
func (s *Store) ByChange(ctx context.Context, project qda.ProjectID, change qda.ChangeID) (*qda.Entry, error) {
	r, err := s.entries(ctx, project, `SELECT `+entryColumns+` FROM entry WHERE project = $1 AND change = $2`, project, [16]byte(change))
	if err != nil || len(r) == 0 {
		return nil, err
	}
	return r[0], nil
}

// By gives a coder's entries before a seq, newest first.
func (s *Store) By(ctx context.Context, project qda.ProjectID, coder qda.ID, before qda.Seq, limit int) ([]*qda.Entry, error) {
	return s.entries(ctx, project, `SELECT `+entryColumns+` FROM entry WHERE project = $1 AND coder = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4`, project, int64(coder), before, limit)
}

// Past gives entries before a seq, newest first: of one coder or all (0), of some kinds or all (none).
func (s *Store) Past(ctx context.Context, project qda.ProjectID, coder qda.ID, kinds []string, before qda.Seq, limit int) ([]*qda.Entry, error) {
	return s.entries(ctx, project, `SELECT `+entryColumns+` FROM entry WHERE project = $1 AND ($2 = 0 OR coder = $2) AND ($3::text[] IS NULL OR kind = ANY ($3)) AND seq < $4 ORDER BY seq DESC LIMIT $5`,
		project, int64(coder), kinds, before, limit)
}

// Heads gives the newest seq of each project that is there.
func (s *Store) Heads(ctx context.Context, projects []qda.ProjectID) (map[qda.ProjectID]qda.Seq, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, head FROM anyam_heads($1)`, projects)
	if err != nil {
		return nil, gone(err)
	}
	m := make(map[qda.ProjectID]qda.Seq, len(projects))
	var p qda.ProjectID
	var head qda.Seq
	_, err = pgx.ForEachRow(rows, []any{&p, &head}, func() error { m[p] = head; return nil })
	return m, gone(err)
}

// Text gives one version of a document's text.
func (s *Store) Text(ctx context.Context, project qda.ProjectID, document qda.ID, version int32) (*qda.Text, error) {
	t := &qda.Text{}
	err := s.in(ctx, project, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT words FROM text WHERE project = $1 AND document = $2 AND version = $3`, project, int64(document), version).Scan(&t.Words)
		if errors.Is(err, pgx.ErrNoRows) {
			return qda.Refuse(qda.Absent, "refused.absent")
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT turn, start, stop, byte, label, from_ms, to_ms, language FROM turn WHERE project = $1 AND document = $2 AND version = $3 ORDER BY turn`, project, int64(document), version)
		if err != nil {
			return err
		}
		t.Turns, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (x qda.Turn, err error) {
			err = row.Scan(&x.Turn, &x.Start, &x.Stop, &x.Byte, &x.Label, &x.FromMS, &x.ToMS, &x.Language)
			return x, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Touching gives the entries that did something to a thing, oldest first, at most limit of the newest.
func (s *Store) Touching(ctx context.Context, project qda.ProjectID, sort qda.Sort, n qda.ID, limit int) ([]*qda.Entry, error) {
	// The two ways in which an effect's JSON begins, as Go writes maps: keys in order.
	mark := fmt.Sprintf(`"%s":%d[,}]`, sort, n)
	return s.entries(ctx, project, `SELECT * FROM (SELECT `+entryColumns+` FROM entry WHERE project = $1 AND substr(body, strpos(body, '"did":')) ~ $2 ORDER BY seq DESC LIMIT $3) e ORDER BY seq`, project, mark, limit)
}
