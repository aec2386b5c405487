package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"

	"log/slog"
)

// awake lists what counts: live documents, and nodes that are live or retired under nodes that are.
const awake = `WITH RECURSIVE awake AS (
		SELECT n FROM node WHERE project = $1 AND parent = 0 AND state IN ('live', 'retired')
		UNION ALL SELECT c.n FROM node c JOIN awake a ON c.parent = a.n WHERE c.project = $1 AND c.state IN ('live', 'retired')),
	seen AS (SELECT c.* FROM coding c JOIN awake a ON c.code = a.n JOIN document d ON d.project = c.project AND d.n = c.document
		WHERE c.project = $1 AND d.state = 'live')`

// TestSQLAgrees asks plain SQL what the engine answers from memory, on random codings with removed codes, themes and documents.
func TestSQLAgrees(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	url := pgtest.New(t)
	s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s.Close()
	e := engine.New(s, engine.Options{Now: time.Now, Salt: func(b []byte) { clear(b) }})
	defer e.Close()

	change := newChange()
	p, err := s.MakeProject(t.Context(), change, time.Now())
	must(t, err)
	me := qda.ID(0)
	do := func(c qda.Change, text *qda.Text) *qda.Entry {
		t.Helper()
		in := qda.Intent{Change: newChange(), Coder: me, Do: c, Text: text}
		if me == 0 {
			in.Change = change
		}
		x, err := e.Do(t.Context(), p, in)
		must(t, err)
		return x
	}
	made := func(x *qda.Entry, of qda.Sort) qda.ID {
		for _, d := range x.Did {
			if d.Of == of && d.New != nil {
				return d.ID
			}
		}
		t.Fatalf("no %s was made", of)
		return 0
	}
	me = do(&qda.ProjectMade{Name: "Studi", Method: qda.Reflexive, Owner: "A"}, nil).Coder
	text := strings.Repeat("Udang itu 🦐 mahal sekali, Bu. ", 20)
	sum := sha256.Sum256([]byte(text))
	words := engine.NewWords(&qda.Text{Words: []byte(text)})
	var documents, codes []qda.ID
	informant := qda.ID(0)
	for i := range 4 {
		c := &qda.DocumentAdded{Name: "P0" + string(rune('1'+i)), Type: qda.Interview, Sum: hex.EncodeToString(sum[:]), Chars: words.Chars(), Words: 100, Turns: 1, Case: informant}
		if i != 1 { // the second is by the same informant as the first
			c.Case, c.NewCase = 0, "Informan "+string(rune('A'+i))
		}
		x := do(c, &qda.Text{Words: []byte(text), Turns: []qda.Turn{{Turn: 1, Stop: words.Chars()}}})
		documents = append(documents, made(x, qda.SortDocument))
		if i == 0 {
			informant = made(x, qda.SortCase)
		}
	}
	theme := made(do(&qda.NodeAdded{Type: qda.Theme, Name: "Tema"}, nil), qda.SortNode)
	for i := range 6 {
		parent := qda.ID(0)
		if i%2 == 0 {
			parent = theme
		}
		codes = append(codes, made(do(&qda.NodeAdded{Type: qda.Code, Name: "Kode " + string(rune('A'+i)), Parent: parent}, nil), qda.SortNode))
	}
	for range 250 {
		start := rnd.Int32N(words.Chars() - 1)
		stop := min(words.Chars(), start+1+rnd.Int32N(80))
		c := &qda.CodingApplied{Document: documents[rnd.IntN(4)], Version: 1, Code: codes[rnd.IntN(6)],
			Spans: []qda.SpanOf{{Start: start, Stop: stop, Check: span.Check(words.Slice(words.Text.Words, span.Span{Start: start, Stop: stop}))}}}
		if _, err := e.Do(t.Context(), p, qda.Intent{Change: newChange(), Coder: me, Do: c}); err != nil && !strings.Contains(err.Error(), "coded_already") {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(t.Context())
	agree := func(when string) {
		t.Helper()
		v, err := e.View(t.Context(), p, 0)
		must(t, err)
		l := v.As(0)
		counts, met := l.Counts(), l.Pairs()

		var total int
		must(t, conn.QueryRow(t.Context(), awake+` SELECT count(*) FROM seen`, p).Scan(&total))
		if total != counts.Codings {
			t.Errorf("%s: %d codings, SQL says %d", when, counts.Codings, total)
		}
		rows, err := conn.Query(t.Context(), awake+` SELECT n.n, count(s.n), count(DISTINCT s.document), count(DISTINCT nullif(d."case", 0))
			FROM node n LEFT JOIN seen s ON s.code = n.n LEFT JOIN document d ON d.project = n.project AND d.n = s.document WHERE n.project = $1 GROUP BY n.n`, p)
		must(t, err)
		var n int64
		var codings, docs, cases int
		_, err = pgx.ForEachRow(rows, []any{&n, &codings, &docs, &cases}, func() error {
			if c := counts.Node(qda.ID(n)); c.Codings != codings || c.Documents != docs || c.Cases != cases {
				t.Errorf("%s: node %d has %+v, SQL says %d, %d, %d", when, n, c, codings, docs, cases)
			}
			return nil
		})
		must(t, err)

		type cell struct{ a, b qda.ID }
		want := map[cell][2]int{}
		rows, err = conn.Query(t.Context(), awake+` SELECT least(a.code, b.code), greatest(a.code, b.code), count(*), sum(least(a.stop, b.stop) - greatest(a.start, b.start))
			FROM seen a JOIN seen b ON a.document = b.document AND a.n < b.n AND a.start < b.stop AND b.start < a.stop GROUP BY 1, 2`, p)
		must(t, err)
		var a, b int64
		var pairs, chars int
		_, err = pgx.ForEachRow(rows, []any{&a, &b, &pairs, &chars}, func() error {
			want[cell{qda.ID(a), qda.ID(b)}] = [2]int{pairs, chars}
			return nil
		})
		must(t, err)
		for i, x := range codes {
			for _, y := range codes[i:] {
				p, c := met.Meet(x, y)
				if got := [2]int{p, c}; got != want[cell{x, y}] {
					t.Errorf("%s: codes %d and %d meet %v, SQL says %v", when, x, y, got, want[cell{x, y}])
				}
			}
		}

		for _, d := range documents {
			var covered int32
			must(t, conn.QueryRow(t.Context(), awake+` SELECT coalesce(sum(upper(r) - lower(r)), 0)::int FROM (SELECT unnest(range_agg(int4range(start, stop))) r FROM seen WHERE document = $2) x`, p, int64(d)).Scan(&covered))
			if got := l.Covered(d); got != covered {
				t.Errorf("%s: document %d is covered over %d characters, SQL says %d", when, d, got, covered)
			}
			from := rnd.Int32N(words.Chars() - 50)
			var hits int
			must(t, conn.QueryRow(t.Context(), awake+` SELECT count(*) FROM seen WHERE document = $2 AND int4range(start, stop) && int4range($3, $4)`, p, int64(d), from, from+50).Scan(&hits))
			if got := len(l.Codings(d, span.Span{Start: from, Stop: from + 50})); got != hits {
				t.Errorf("%s: %d codings in a window of document %d, SQL says %d", when, got, d, hits)
			}
		}
	}
	agree("at first")
	do(&qda.NodesState{Nodes: codes[1:2], State: qda.Retired}, nil)
	do(&qda.DocumentsState{Documents: documents[:1], State: qda.Removed}, nil)
	agree("without a document")
	do(&qda.NodesState{Nodes: []qda.ID{theme}, State: qda.Removed}, nil)
	agree("without a theme")
	do(&qda.NodesMerged{Nodes: codes[3:4], Into: codes[5]}, nil)
	agree("after a merge")
	must(t, e.Check(t.Context(), p))
}
