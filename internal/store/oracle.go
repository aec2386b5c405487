package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/qda"
)

// Oracle asks the tables, in the best plain SQL known to us, what the engine answers from memory. It is there to be compared
// with: by benchmarks, on a database made for them. It works as the owner of the tables, so row-level security costs it nothing,
// and passes over no sleeping code or document.
type Oracle struct {
	conn    *pgx.Conn
	project qda.ProjectID
}

// OpenOracle connects to a migrated database. Close it.
func OpenOracle(ctx context.Context, url string) (*Oracle, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.RuntimeParams["work_mem"] = "256MB"
	cfg.RuntimeParams["jit"] = "off"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Oracle{conn: conn}, nil
}

// Close ends the connection.
func (o *Oracle) Close(ctx context.Context) error { return o.conn.Close(ctx) }

// Fill puts a made-up project into the tables, with the text of each document where there is one, and gives its number. Its ledger has its
// newest entry alone: enough to be read from, not to be verified.
func (o *Oracle) Fill(ctx context.Context, img *qda.Image, text func(qda.ID) []byte) (qda.ProjectID, error) {
	tx, err := o.conn.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after a commit there is nothing to roll back
	// Rows that are right by construction need not be looked up one by one.
	if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
		return 0, err
	}
	name := img.Things[0].(*qda.Project)
	guid := qda.ChangeID{6: 0x40, 8: 0x80, 15: 1}
	guid[0], guid[1], guid[2], guid[3] = byte(img.Head>>24), byte(img.Head>>16), byte(img.Head>>8), byte(img.Head)
	err = tx.QueryRow(ctx, `INSERT INTO project (guid, head, next, rev, name, language, method, made, touched) VALUES ($1, $2, $3, 1, $4, $5, $6, now(), now()) RETURNING id`,
		[16]byte(guid), img.Head, int64(img.Next), name.Name, name.Language, string(name.Method)).Scan(&o.project)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO entry (project, seq, change, coder, at, kind, body, salt, sum, hash) VALUES ($1, $2, gen_random_uuid(), 1, now(), 'MemoRemoved', '{}', '', '', $3)`,
		o.project, img.Head, make([]byte, 32)); err != nil {
		return 0, err
	}
	rows := map[qda.Sort]*upsert{}
	for _, t := range img.Things[1:] {
		if rows[t.Sort()] == nil {
			rows[t.Sort()] = newUpsert(t.Sort())
		}
		if err := rows[t.Sort()].add(t, t.Touched()); err != nil {
			return 0, err
		}
	}
	for sort, u := range rows {
		if _, err := tx.Exec(ctx, upserts[sort], u.args(o.project)...); err != nil {
			return 0, err
		}
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"coding"}, []string{"project", "n", "rev", "document", "version", "code", "coder", "start", "stop", "made", "at"},
		pgx.CopyFromSlice(len(img.Codings), func(i int) ([]any, error) {
			c := &img.Codings[i]
			return []any{int64(o.project), int64(c.ID), int64(c.Made), int64(c.Document), c.Version, int64(c.Code), int64(c.Coder), c.Start, c.Stop, int64(c.Made), c.At}, nil
		}))
	if err != nil {
		return 0, err
	}
	if text != nil {
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS bench_text (project bigint, document bigint, words text, PRIMARY KEY (project, document))`); err != nil {
			return 0, err
		}
		var documents []qda.ID
		for _, t := range img.Things {
			if t.Sort() == qda.SortDocument {
				documents = append(documents, t.Key())
			}
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"text"}, []string{"project", "document", "version", "sum", "words"},
			pgx.CopyFromSlice(len(documents), func(i int) ([]any, error) {
				return []any{int64(o.project), int64(documents[i]), int32(1), []byte{}, text(documents[i])}, nil
			}))
		if err != nil {
			return 0, err
		}
		// The same as other programs keep it: text, compressed by default.
		if _, err := tx.Exec(ctx, `INSERT INTO bench_text SELECT project, document, convert_from(words, 'UTF8') FROM text WHERE project = $1`, o.project); err != nil {
			return 0, err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	// The index that the best join can use alone.
	if _, err := o.conn.Exec(ctx, `CREATE INDEX IF NOT EXISTS bench_coding ON coding (project, document, start, n) INCLUDE (stop, code, coder)`); err != nil {
		return 0, err
	}
	for _, t := range []string{"coding", "document", "node", "text"} {
		if _, err := o.conn.Exec(ctx, `VACUUM ANALYZE `+t); err != nil {
			return 0, err
		}
	}
	return o.project, nil
}

// Pair is a cell of co-occurrence: two codes, the pairs of their codings that overlap, and the characters summed over them.
type Pair struct {
	A, B         qda.ID
	Pairs, Chars int
}

// Pairs gives co-occurrence, by some coders in some documents where they are not nil. Each unordered pair of codings is met once, since the later
// one begins inside the earlier; the cells (A, B) and (B, A) come apart.
func (o *Oracle) Pairs(ctx context.Context, documents, coders []qda.ID) ([]Pair, error) {
	sql := `SELECT a.code, b.code, count(*), sum(least(a.stop, b.stop) - b.start) FROM coding a
		JOIN coding b ON b.project = a.project AND b.document = a.document AND b.start >= a.start AND b.start < a.stop AND (b.start > a.start OR b.n > a.n)
		WHERE a.project = $1`
	args := []any{o.project}
	if documents != nil {
		sql += ` AND a.document = ANY ($2) AND a.coder = ANY ($3) AND b.coder = ANY ($3)`
		args = append(args, documents, coders)
	}
	rows, err := o.conn.Query(ctx, sql+` GROUP BY 1, 2`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Pair, err error) {
		var a, b int64
		err = row.Scan(&a, &b, &p.Pairs, &p.Chars)
		p.A, p.B = qda.ID(a), qda.ID(b)
		return p, err
	})
}

// Window gives the codings of a document that overlap a window of code points, by start.
func (o *Oracle) Window(ctx context.Context, document qda.ID, start, stop int32) ([]qda.Coding, error) {
	rows, err := o.conn.Query(ctx, `SELECT n, document, version, code, coder, start, stop, made, at FROM coding WHERE project = $1 AND document = $2 AND start < $4 AND stop > $3 ORDER BY start`,
		o.project, int64(document), start, stop)
	if err != nil {
		return nil, err
	}
	return codings(rows)
}

// Codings reads every coding, which is what a start without a snapshot does.
func (o *Oracle) Codings(ctx context.Context) ([]qda.Coding, error) {
	rows, err := o.conn.Query(ctx, `SELECT n, document, version, code, coder, start, stop, made, at FROM coding WHERE project = $1`, o.project)
	if err != nil {
		return nil, err
	}
	return codings(rows)
}

// Cell is a number of codings of a code in a column.
type Cell struct {
	Code    qda.ID
	Column  string
	Codings int
}

func cells(rows pgx.Rows) ([]Cell, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Cell, err error) {
		var code int64
		err = row.Scan(&code, &c.Column, &c.Codings)
		c.Code = qda.ID(code)
		return c, err
	})
}

// ByDocument counts codings by code and document; the column is the document's number.
func (o *Oracle) ByDocument(ctx context.Context) ([]Cell, error) {
	rows, err := o.conn.Query(ctx, `SELECT code, document::text, count(*) FROM coding WHERE project = $1 GROUP BY code, document`, o.project)
	if err != nil {
		return nil, err
	}
	return cells(rows)
}

// ByValue counts codings by code and a value of their document.
func (o *Oracle) ByValue(ctx context.Context, attribute qda.ID) ([]Cell, error) {
	rows, err := o.conn.Query(ctx, `SELECT c.code, coalesce(d."values" ->> $2, ''), count(*) FROM coding c JOIN document d ON d.project = c.project AND d.n = c.document WHERE c.project = $1 GROUP BY 1, 2`,
		o.project, fmt.Sprint(attribute))
	if err != nil {
		return nil, err
	}
	return cells(rows)
}

// Chars is what a code's characters come to: all, or those of one coder, of another, of both.
type Chars struct {
	Code                 qda.ID
	First, Second, Third int
}

func chars(rows pgx.Rows) ([]Chars, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Chars, err error) {
		var code int64
		err = row.Scan(&code, &c.First, &c.Second, &c.Third)
		c.Code = qda.ID(code)
		return c, err
	})
}

// Coverage gives over how many characters each code holds, by multiranges.
func (o *Oracle) Coverage(ctx context.Context) ([]Chars, error) {
	rows, err := o.conn.Query(ctx, `SELECT code, sum(upper(r) - lower(r)), 0, 0 FROM
		(SELECT code, unnest(range_agg(int4range(start, stop))) r FROM coding WHERE project = $1 GROUP BY code, document) x GROUP BY code`, o.project)
	if err != nil {
		return nil, err
	}
	return chars(rows)
}

// Agreement gives the characters that each of two coders, and both, gave a code.
func (o *Oracle) Agreement(ctx context.Context, first, second qda.ID) ([]Chars, error) {
	rows, err := o.conn.Query(ctx, `WITH m AS (SELECT code,
			coalesce(range_agg(int4range(start, stop)) FILTER (WHERE coder = $2), '{}') a, coalesce(range_agg(int4range(start, stop)) FILTER (WHERE coder = $3), '{}') b
			FROM coding WHERE project = $1 AND coder IN ($2, $3) GROUP BY code, document)
		SELECT code, sum((SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(a) r)), sum((SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(b) r)),
			sum((SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(a * b) r)) FROM m GROUP BY code`, o.project, int64(first), int64(second))
	if err != nil {
		return nil, err
	}
	return chars(rows)
}

// AndNot gives how many characters are under a and b and not under c.
func (o *Oracle) AndNot(ctx context.Context, a, b, c qda.ID) (n int, err error) {
	err = o.conn.QueryRow(ctx, `WITH m AS (SELECT range_agg(int4range(start, stop)) FILTER (WHERE code = $2) a, range_agg(int4range(start, stop)) FILTER (WHERE code = $3) b,
			coalesce(range_agg(int4range(start, stop)) FILTER (WHERE code = $4), '{}') c
			FROM coding WHERE project = $1 AND code IN ($2, $3, $4) GROUP BY document)
		SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM m, unnest(a * b - c) r WHERE a IS NOT NULL AND b IS NOT NULL`, o.project, int64(a), int64(b), int64(c)).Scan(&n)
	return n, err
}

// Cut is words to be cut out of a text, in code points, and in bytes of UTF-8.
type Cut struct {
	Document    qda.ID
	Start, Stop int32
	From, To    int
}

// Quotes cuts words out of the texts by bytes, as they are kept here.
func (o *Oracle) Quotes(ctx context.Context, cuts []Cut) ([]string, error) {
	return o.quotes(ctx, `SELECT convert_from(substring(t.words FROM q.b + 1 FOR q.e - q.b), 'UTF8') FROM unnest($2::bigint[], $3::int[], $4::int[]) WITH ORDINALITY q(d, b, e, i)
		JOIN text t ON t.project = $1 AND t.document = q.d AND t.version = 1 ORDER BY q.i`, cuts, func(c Cut) (int, int) { return c.From, c.To })
}

// SlowQuotes cuts words out of the texts by characters, as a table kept in the usual way has it.
func (o *Oracle) SlowQuotes(ctx context.Context, cuts []Cut) ([]string, error) {
	return o.quotes(ctx, `SELECT substr(t.words, q.b + 1, q.e - q.b) FROM unnest($2::bigint[], $3::int[], $4::int[]) WITH ORDINALITY q(d, b, e, i)
		JOIN bench_text t ON t.project = $1 AND t.document = q.d ORDER BY q.i`, cuts, func(c Cut) (int, int) { return int(c.Start), int(c.Stop) })
}

func (o *Oracle) quotes(ctx context.Context, sql string, cuts []Cut, at func(Cut) (int, int)) ([]string, error) {
	documents, from, to := make([]int64, len(cuts)), make([]int, len(cuts)), make([]int, len(cuts))
	for i, c := range cuts {
		documents[i] = int64(c.Document)
		from[i], to[i] = at(c)
	}
	rows, err := o.conn.Query(ctx, sql, o.project, documents, from, to)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// CodingBytes is what the codings take in the database, with the indexes that the program has, in bytes.
func (o *Oracle) CodingBytes(ctx context.Context) (n int64, err error) {
	err = o.conn.QueryRow(ctx, `SELECT pg_table_size('coding') + pg_indexes_size('coding') - pg_relation_size('bench_coding')`).Scan(&n)
	return n, err
}

// Classic writes one coding the way most programs do: a transaction of six round trips, in which the project's row is locked until the
// commit is on disk. The entry has a body, but no chain, and nothing is asked beforehand. With notify
// others are told inside the transaction.
func (o *Oracle) Classic(ctx context.Context, project qda.ProjectID, change qda.ChangeID, c qda.Coding, notify bool) error {
	tx, err := o.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after a commit there is nothing to roll back
	if _, err := tx.Exec(ctx, `SELECT set_config('anyam.project', $1, true)`, fmt.Sprint(project)); err != nil {
		return err
	}
	var seq, n int64
	at := time.Unix(c.At, 0)
	if err := tx.QueryRow(ctx, `UPDATE project SET head = head + 1, next = next + 1, touched = $2 WHERE id = $1 RETURNING head, next - 1`, project, at).Scan(&seq, &n); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"do": map[string]any{"document": c.Document, "version": 1, "spans": [][3]int32{{c.Start, c.Stop, 0}}, "code": c.Code},
		"did": []any{map[string]any{"coding": n, "new": c}}})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO entry (project, seq, change, coder, at, kind, body, salt, sum, hash) VALUES ($1, $2, $3, $4, $5, 'CodingApplied', $6, $7, $8, $8)`,
		project, seq, [16]byte(change), int64(c.Coder), at, string(body), make([]byte, 16), make([]byte, 32)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO coding (project, n, rev, document, version, code, coder, start, stop, made, at) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $3, $9)`,
		project, n, seq, int64(c.Document), int64(c.Code), int64(c.Coder), c.Start, c.Stop, c.At); err != nil {
		return err
	}
	if notify {
		if _, err := tx.Exec(ctx, `SELECT pg_notify('bench', $1)`, fmt.Sprint(project, seq)); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// AsProgram makes the connection work under the program's own role, bound by row-level security.
func (o *Oracle) AsProgram(ctx context.Context) error {
	_, err := o.conn.Exec(ctx, `SET ROLE anyam_app`)
	return err
}
