package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

// size measures what is read at one size: goals 1, 3 to 7, 9, and 11 to 13.
func (r *run) size(size Size) error {
	r.say("%s: making up %d codings and putting them into Postgres", size.Name, size.Codings)
	s := Generate(size)
	sql, err := store.OpenOracle(r.ctx, r.Database)
	if err != nil {
		return err
	}
	defer sql.Close(r.ctx)
	chars := map[qda.ID]int32{}
	for _, t := range s.Things {
		if d, ok := t.(*qda.Document); ok {
			chars[d.ID] = d.Chars
		}
	}
	text := func(d qda.ID) []byte { return writeText(d, chars[d]) }
	if size.Name == "XL" {
		text = nil // a gigabyte of text that goal 9 need not have
	}
	project, err := sql.Fill(r.ctx, s.Image(), text)
	if err != nil {
		return err
	}
	img := s.Image()
	img.Project = project
	before := heap()
	v, err := engine.Open(img)
	if err != nil {
		return err
	}
	after := heap()
	m := &measured{run: r, s: s, sql: sql, v: v, l: v.As(0), name: size.Name}
	for _, step := range []struct {
		what string
		do   func() error
	}{{"co-occurrence", m.pairs}, {"windows", m.windows}, {"cross-tabs", m.crossTabs}, {"coverage and agreement", m.lengths}, {"conditions", m.conditions}} {
		r.say("%s: %s", size.Name, step.what)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	if text != nil {
		r.say("%s: quotes", size.Name)
		if err := m.quotes(text); err != nil {
			return fmt.Errorf("quotes: %w", err)
		}
	}
	r.say("%s: the index in step", size.Name)
	if err := m.inStep(); err != nil {
		return fmt.Errorf("the index in step: %w", err)
	}
	r.say("%s: cold start", size.Name)
	if err := m.coldStart(project); err != nil {
		return fmt.Errorf("cold start: %w", err)
	}
	bytes, err := sql.CodingBytes(r.ctx)
	if err != nil {
		return err
	}
	if size.Codings >= 50_000 { // below, what is not codings counts most
		r.each("13 memory", size.Name, float64(after-before), "bytes", "a coding, in all", size.Codings, 33)
	}
	if size.Name == "L" {
		r.results = append(r.results, Result{Goal: "13 memory", Size: size.Name, OursNS: float64(after - before), Other: "Postgres, table and indexes: " + number(float64(bytes)) + " bytes",
			OtherNS: float64(bytes), Ratio: float64(bytes) / float64(after-before), Target: "≥ 4 ×", Met: bytes >= 4*int64(after-before), unit: "× in bytes"})
	}
	return nil
}

// large gives a target for sizes at which there is something to measure: at S all is over in microseconds.
func (m *measured) large(target float64) float64 {
	if m.s.Size.Codings < 50_000 {
		return 0
	}
	return target
}

// measured is a study under measurement.
type measured struct {
	*run
	s    *Study
	sql  *store.Oracle
	v    *engine.View
	l    engine.Lens
	name string
}

var errDiffer = errors.New("the engine's answer is not SQL's")

func (m *measured) samePairs(p *engine.Pairs, documents, coders []qda.ID) error {
	rows, err := m.sql.Pairs(m.ctx, documents, coders)
	if err != nil {
		return err
	}
	type cell struct{ a, b qda.ID }
	want := map[cell][2]int{}
	for _, x := range rows {
		k := cell{min(x.A, x.B), max(x.A, x.B)}
		w := want[k]
		want[k] = [2]int{w[0] + x.Pairs, w[1] + x.Chars}
	}
	for i, a := range m.s.Codes {
		for _, b := range m.s.Codes[i:] {
			n, chars := p.Meet(a, b)
			if [2]int{n, chars} != want[cell{min(a, b), max(a, b)}] {
				return fmt.Errorf("%w: codes %d and %d meet %d times over %d characters, not %v", errDiffer, a, b, n, chars, want[cell{min(a, b), max(a, b)}])
			}
		}
	}
	return nil
}

func (m *measured) pairs() error {
	if err := m.samePairs(m.l.Pairs(), nil, nil); err != nil {
		return err
	}
	fresh := m.l.Narrow(nil, nil) // the same, but never kept
	ours := m.took(func() { fresh.Pairs() })
	sql, err := m.tookSQL(func() error { _, err := m.sql.Pairs(m.ctx, nil, nil); return err })
	if err != nil {
		return err
	}
	m.atLeast("1 co-occurrence", m.name, ours, "best SQL", sql, m.large(180))
	plain := columns(m.s.Codings)
	pairs := count(plain)
	only := m.took(func() { count(plain) })
	m.atMost("1 … against counting the pairs only", m.name, ours, "counting", only, m.large(1.7))
	m.each("1 … a pair", m.name, float64(ours), "ns", strconv.Itoa(pairs)+" pairs", pairs, 0)

	var documents, coders []qda.ID
	for i, d := range m.s.Documents {
		if i%2 == 0 {
			documents = append(documents, d)
		}
	}
	for i, c := range m.s.Coders {
		if i%2 == 0 {
			coders = append(coders, c)
		}
	}
	half := m.l.Narrow(documents, coders)
	if err := m.samePairs(half.Pairs(), documents, coders); err != nil {
		return err
	}
	m.atMost("3 half the documents, half the coders", m.name, m.took(func() { half.Pairs() }), "all", ours, m.large(0.55))
	all := m.l.Narrow(m.s.Documents, m.s.Coders)
	m.atMost("3 a filter that leaves everything", m.name, m.took(func() { all.Pairs() }), "none", ours, m.large(1.1))
	return nil
}

func (m *measured) windows() error {
	r := rand.New(rand.NewPCG(4, 4))
	type window struct {
		document    qda.ID
		start, stop int32
	}
	var some []window
	for range 200 {
		d, _ := m.v.Document(m.s.Documents[r.IntN(len(m.s.Documents))])
		start := r.Int32N(max(1, d.Chars-3000))
		some = append(some, window{d.ID, start, start + 3000})
	}
	hits := 0
	for _, w := range some {
		got := map[qda.ID]qda.Coding{}
		for c := range m.l.Overlapping(w.document, span.Span{Start: w.start, Stop: w.stop}) {
			got[c.ID] = c
		}
		rows, err := m.sql.Window(m.ctx, w.document, w.start, w.stop)
		if err != nil {
			return err
		}
		if len(rows) != len(got) {
			return fmt.Errorf("%w: %d codings in a window, not %d", errDiffer, len(got), len(rows))
		}
		for _, c := range rows {
			if got[c.ID] != c {
				return fmt.Errorf("%w: coding %+v, not %+v", errDiffer, got[c.ID], c)
			}
		}
		hits += len(rows)
	}
	// Which codings: the index alone, as the goal has it. Then with all that is known of each.
	of := map[qda.ID]span.Index{}
	order := documentsWithCodings(m.s.Codings)
	for i, x := range columns(m.s.Codings) {
		of[order[i]] = x
	}
	var only []span.Index
	for _, w := range some {
		only = append(only, of[w.document])
	}
	room, next := make([]int32, 0, 10_000), 0
	which := m.tookMany(len(some), func() {
		w := some[next%len(some)]
		room = only[next%len(some)].Window(room[:0], w.start, w.stop)
		next++
	})
	at, sum := 0, int32(0)
	look := func(l engine.Lens) func() {
		return func() {
			w := some[at%len(some)]
			at++
			for c := range l.Overlapping(w.document, span.Span{Start: w.start, Stop: w.stop}) {
				sum += c.Start
			}
		}
	}
	ours := m.tookMany(len(some), look(m.l))
	sql, err := m.tookSQL(func() error {
		for _, w := range some {
			if _, err := m.sql.Window(m.ctx, w.document, w.start, w.stop); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.atLeast("4 window of 3,000 characters", m.name, which, "SQL with its round trip", sql/time.Duration(len(some)), m.large(500))
	m.atLeast("4 … with all of each coding", m.name, ours, "SQL with its round trip", sql/time.Duration(len(some)), 0)

	// One document of 100,000 words and 5,000 codings, and the same with five of them over the whole of it.
	if m.name != "L" {
		return nil
	}
	plain, whole := bad(0), bad(5)
	find := func(x span.Index) time.Duration {
		room := make([]int32, 0, 5000)
		at := int32(0)
		return m.tookMany(1000, func() {
			at = (at + 7919) % 560_000
			room = x.Window(room[:0], at, at+3000)
		})
	}
	p, w := find(plain), find(whole)
	m.atMost("4 … with codings over the whole document", m.name, w, "without", p, 1.2)
	return nil
}

// documentsWithCodings lists the documents in the order of columns.
func documentsWithCodings(codings []qda.Coding) []qda.ID {
	var r []qda.ID
	seen := map[qda.ID]bool{}
	for _, c := range codings {
		if !seen[c.Document] {
			seen[c.Document] = true
			r = append(r, c.Document)
		}
	}
	slices.Sort(r)
	return r
}

// bad is one document of 570,000 characters with 5,000 codings, some of them over all of it.
func bad(whole int) span.Index {
	r := rand.New(rand.NewPCG(5, 5))
	var all []qda.Coding
	for range whole {
		all = append(all, qda.Coding{Start: 0, Stop: 570_000})
	}
	for len(all) < 5000 {
		start := r.Int32N(569_000)
		all = append(all, qda.Coding{Start: start, Stop: start + 20 + r.Int32N(700)})
	}
	return columns(all)[0]
}

func (m *measured) sameCells(c *engine.Cross, columns []string, cells []store.Cell) error {
	at := map[string]int{}
	for i, x := range columns {
		at[x] = i
	}
	sum := 0
	for _, x := range cells {
		i, ok := at[x.Column]
		if !ok || c.At(x.Code, i) != x.Codings {
			return fmt.Errorf("%w: code %d, column %q: %d, not %d", errDiffer, x.Code, x.Column, c.At(x.Code, i), x.Codings)
		}
		sum += x.Codings
	}
	for i := range columns {
		for _, k := range m.s.Codes {
			sum -= c.At(k, i)
		}
	}
	if sum != 0 {
		return fmt.Errorf("%w: %d codings too many in a cross-tab", errDiffer, -sum)
	}
	return nil
}

func (m *measured) crossTabs() error {
	c, values := m.l.ByValue(m.s.Attribute)
	rows, err := m.sql.ByValue(m.ctx, m.s.Attribute)
	if err == nil {
		err = m.sameCells(c, values, rows)
	}
	if err != nil {
		return err
	}
	ours := m.took(func() { m.l.ByValue(m.s.Attribute) })
	sql, err := m.tookSQL(func() error { _, err := m.sql.ByValue(m.ctx, m.s.Attribute); return err })
	if err != nil {
		return err
	}
	m.atLeast("5 code × attribute", m.name, ours, "SQL", sql, m.large(200))
	limit := 0.0
	if m.name == "L" {
		limit = 0.4
	}
	m.each("5 … a coding", m.name, float64(ours), "ns", "a coding", m.s.Size.Codings, limit)

	c, documents := m.l.ByDocument()
	names := make([]string, len(documents))
	for i, d := range documents {
		names[i] = strconv.Itoa(int(d))
	}
	if rows, err = m.sql.ByDocument(m.ctx); err == nil {
		err = m.sameCells(c, names, rows)
	}
	if err != nil {
		return err
	}
	ours = m.took(func() { m.l.ByDocument() })
	if sql, err = m.tookSQL(func() error { _, err := m.sql.ByDocument(m.ctx); return err }); err != nil {
		return err
	}
	m.atLeast("5 code × document", m.name, ours, "SQL", sql, m.large(200))
	if m.name == "L" {
		limit = 1.1
	}
	m.each("5 … a coding", m.name, float64(ours), "ns", "a coding", m.s.Size.Codings, limit)
	return nil
}

func (m *measured) lengths() error {
	c := m.l.Coverage()
	rows, err := m.sql.Coverage(m.ctx)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if c.Of(x.Code) != x.First {
			return fmt.Errorf("%w: code %d covers %d, not %d", errDiffer, x.Code, c.Of(x.Code), x.First)
		}
	}
	ours := m.took(func() { m.l.Coverage() })
	sql, err := m.tookSQL(func() error { _, err := m.sql.Coverage(m.ctx); return err })
	if err != nil {
		return err
	}
	m.atLeast("6 coverage of every code", m.name, ours, "multirange SQL", sql, m.large(250))
	limit := func(ns float64) float64 {
		if m.name == "L" {
			return ns
		}
		return 0
	}
	m.each("6 … a coding", m.name, float64(ours), "ns", "a coding", m.s.Size.Codings, limit(3))

	a, b := m.s.Coders[0], m.s.Coders[1]
	both := m.l.Agreement(a, b)
	if rows, err = m.sql.Agreement(m.ctx, a, b); err != nil {
		return err
	}
	for _, x := range rows {
		if got := both.Of(x.Code); got != (engine.Both{First: x.First, Second: x.Second, Both: x.Third}) {
			return fmt.Errorf("%w: code %d: %+v, not %+v", errDiffer, x.Code, got, x)
		}
	}
	ours = m.took(func() { m.l.Agreement(a, b) })
	if sql, err = m.tookSQL(func() error { _, err := m.sql.Agreement(m.ctx, a, b); return err }); err != nil {
		return err
	}
	m.atLeast("6 agreement of two coders", m.name, ours, "multirange SQL", sql, m.large(180))
	m.each("6 … a coding", m.name, float64(ours), "ns", "a coding", m.s.Size.Codings, limit(1.2))
	return nil
}

func (m *measured) conditions() error {
	n := len(m.s.Codes)
	for _, x := range []struct {
		what  string
		codes []qda.ID
	}{{"commonest", m.s.Codes[:3]}, {"middling", m.s.Codes[n/2 : n/2+3]}} {
		a, b, c := x.codes[0], x.codes[1], x.codes[2]
		w := engine.All(engine.Under(a), engine.Under(b), engine.Not(engine.Under(c)))
		chars, err := m.sql.AndNot(m.ctx, a, b, c)
		if err != nil {
			return err
		}
		if got := m.l.Find(w).Chars(); got != chars {
			return fmt.Errorf("%w: %d characters under two codes and not a third, not %d", errDiffer, got, chars)
		}
		sql, err := m.tookSQL(func() error { _, err := m.sql.AndNot(m.ctx, a, b, c); return err })
		if err != nil {
			return err
		}
		ours := m.took(func() { m.l.Find(w).Chars() })
		m.atLeast("7 A and B and not C, "+x.what, m.name, ours, "multirange SQL", sql, m.large(250))
		runs := 0
		for _, k := range x.codes {
			for range m.l.Find(engine.Under(k)).Spans() {
				runs++
			}
		}
		limit := 0.0
		if m.name == "L" {
			limit = 6
		}
		m.each("7 … an input run", m.name, float64(ours), "ns", strconv.Itoa(runs)+" runs", max(1, runs), limit)
		first := m.took(func() { engine.Fresh(m.v).As(0).Find(w).Chars() })
		m.atLeast("7 … the first time at a seq", m.name, first, "multirange SQL", sql, 0)
	}
	return nil
}

func (m *measured) quotes(text func(qda.ID) []byte) error {
	theme := m.s.Themes[0]
	page, total := m.l.CodingsOf(m.v.Below(theme), 0, -1)
	at := min(len(page)/2, max(0, len(page)-200))
	page = page[at:min(at+200, len(page))]
	words := map[qda.ID]*engine.Words{}
	var cuts []store.Cut
	for _, c := range page {
		w := words[c.Document]
		if w == nil {
			w = engine.NewWords(&qda.Text{Words: text(c.Document)})
			words[c.Document] = w
		}
		cuts = append(cuts, store.Cut{Document: c.Document, Start: c.Start, Stop: c.Stop, From: w.Byte(c.Start), To: w.Byte(c.Stop)})
	}
	for _, f := range []func() ([]string, error){func() ([]string, error) { return m.sql.Quotes(m.ctx, cuts) }, func() ([]string, error) { return m.sql.SlowQuotes(m.ctx, cuts) }} {
		rows, err := f()
		if err != nil {
			return err
		}
		for i, c := range page {
			if q := words[c.Document].Quote(span.Span{Start: c.Start, Stop: c.Stop}); q != rows[i] {
				return fmt.Errorf("%w: the words of coding %d", errDiffer, c.ID)
			}
		}
	}
	bytes := 0
	ours := m.tookMany(20, func() {
		for _, c := range page {
			w := words[c.Document]
			bytes += len(w.Slice(w.Text.Words, span.Span{Start: c.Start, Stop: c.Stop}))
		}
	})
	quick, err := m.tookSQL(func() error { _, err := m.sql.Quotes(m.ctx, cuts); return err })
	if err != nil {
		return err
	}
	slow, err := m.tookSQL(func() error { _, err := m.sql.SlowQuotes(m.ctx, cuts); return err })
	if err != nil {
		return err
	}
	of := fmt.Sprintf("%d of %d quotes", len(page), total)
	if m.name != "L" {
		m.each("9 a page of quotes, from memory", m.name, float64(ours), "ns", of, 1, 0)
		return nil
	}
	m.each("9 a page of quotes, from memory", m.name, float64(ours), "ns", of, 1, 10_000)
	m.each("9 … from Postgres by bytes", m.name, float64(quick), "ns", of, 1, 1_500_000)
	m.atLeast("9 … from Postgres by bytes", m.name, quick, "substr on a text column", slow, 20)
	return nil
}

// inStep measures what a coding costs the View: its document's columns and links, where each coding is, and the counts that go
// with them. Answers are worked out when they are asked for.
func (m *measured) inStep() error {
	r := rand.New(rand.NewPCG(11, 11))
	v := m.v
	var times []time.Duration
	n := 20_000
	if m.Quick {
		n = 200
	}
	next := m.s.Next
	for i := range n {
		d, _ := v.Document(m.s.Documents[r.IntN(len(m.s.Documents))])
		start := r.Int32N(d.Chars)
		c := &qda.Coding{ID: next, Document: d.ID, Version: 1, Code: m.s.Codes[r.IntN(len(m.s.Codes))], Coder: m.s.Coders[r.IntN(len(m.s.Coders))],
			Start: start, Stop: min(d.Chars, start+1+r.Int32N(400)), Made: v.Seq() + 1, At: 1_800_000_000 + int64(i)}
		next++
		e := &qda.Entry{Project: v.ID(), Seq: v.Seq() + 1, Did: []qda.Did{{Of: qda.SortCoding, ID: c.ID, New: c}}}
		begin := time.Now()
		w, err := v.After(e)
		times = append(times, time.Since(begin))
		if err != nil {
			return err
		}
		v = w
	}
	p50, p99 := median(times), quantile(times, 0.99)
	limit := 0.0
	if m.name == "L" {
		limit = 5000
	}
	m.each("11 index in step, p50", m.name, float64(p50), "ns", "a write", 1, limit)
	m.each("11 … p99", m.name, float64(p99), "ns", "a write", 1, 0)
	return nil
}

func (m *measured) coldStart(project qda.ProjectID) error {
	sql, err := m.tookSQL(func() error { _, err := m.sql.Codings(m.ctx); return err })
	if err != nil {
		return err
	}
	o, err := m.open()
	if err != nil {
		return err
	}
	defer o.close()
	begin := time.Now()
	snapshot := engine.Snapshot(m.v)
	wrote := time.Since(begin)
	if err := o.store.SaveSnapshot(m.ctx, project, m.v.Seq(), engine.SnapshotFormat, snapshot); err != nil {
		return err
	}
	var codings int
	// A start is cold in a process that has nothing else in memory: its first collections are not about this bench's own studies.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	load := func(format int) (time.Duration, error) {
		return m.tookSQL(func() error {
			img, err := o.store.Load(m.ctx, project, format)
			if err != nil {
				return err
			}
			v, err := engine.Open(img)
			if err == nil {
				codings = v.As(0).Counts().Codings
			}
			return err
		})
	}
	quick, err := load(engine.SnapshotFormat)
	if err != nil {
		return err
	}
	if codings != m.s.Size.Codings {
		return fmt.Errorf("%w: %d codings after a cold start", errDiffer, codings)
	}
	slow, err := load(0)
	if err != nil {
		return err
	}
	img, err := o.store.Load(m.ctx, project, engine.SnapshotFormat)
	if err != nil {
		return err
	}
	only := m.took(func() {
		if _, e := engine.Open(img); e != nil {
			err = e
		}
	})
	if err != nil {
		return err
	}
	m.atLeast("12 cold start, whole project with its counts", m.name, quick, "SELECT of the codings alone", sql, m.large(8))
	m.atLeast("12 … without a snapshot", m.name, slow, "SELECT of the codings alone", sql, 0)
	switch m.name {
	case "M":
		m.each("12 … whole project", m.name, float64(quick)/1e6, "ms", "in all", 1, 3)
	case "L":
		m.each("12 … whole project", m.name, float64(quick)/1e6, "ms", "in all", 1, 40)
		m.each("12 … the View alone, a coding", m.name, float64(only), "ns", "a coding", m.s.Size.Codings, 30)
		m.each("12 … bytes of a snapshot", m.name, float64(len(snapshot)), "bytes", "a coding", m.s.Size.Codings, 6.5)
		m.each("12 … writing it", m.name, float64(wrote), "ns", "a coding", m.s.Size.Codings, 0)
	}
	return nil
}
