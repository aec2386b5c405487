//go:build faults

package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"anyam/internal/engine"
	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// writeRoutes reads the routes that write out of the server's table of routes.
func writeRoutes(t testing.TB) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "internal", "server", "routes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text func(ast.Expr) string
	text = func(e ast.Expr) string {
		switch x := e.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(x.Value)
			if err != nil {
				t.Fatal(err)
			}
			return s
		case *ast.Ident:
			if x.Name == "p" {
				return "/projects/{project}"
			}
		case *ast.BinaryExpr:
			return text(x.X) + text(x.Y)
		}
		t.Fatalf("a route whose path this test can't read: %#v", e)
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name != "table" {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := f.X.(*ast.Ident); !ok || of.Name != "s" {
			return true
		}
		switch f.Sel.Name {
		case "post":
			all = append(all, text(call.Args[0]))
		case "add":
			if m, ok := call.Args[0].(*ast.SelectorExpr); ok && m.Sel.Name == "MethodPost" {
				all = append(all, text(call.Args[1]))
			}
		}
		return true
	})
	if len(all) < 40 {
		t.Fatalf("only %d routes that write were found in the table of routes", len(all))
	}
	return all
}

// cutting is what a run of the rig counted.
type cutting struct {
	deeds      int // requests of routes that write
	exhausted  int // of them, cut at every boundary
	boundaries int // of those, together, on both sides
	cases      int // cuts: before and after each
	sound      int // after which everything was as it must be
	old, whole int // state after the cut: as before the request, or as after it
	midway     int // some of the request's own steps whole, the others not begun
	kept       int // cuts that the request survived
	lost       int
	doubled    int
	half       int
	wrong      int // answers that are neither success nor 503 with Retry-After
	unwell     int // projects that Engine.Check finds broken
	trouble    []string
}

func (c *cutting) violations() int { return c.lost + c.doubled + c.half + c.wrong + c.unwell }

func (c *cutting) add(o cutting) {
	c.deeds += o.deeds
	c.exhausted += o.exhausted
	c.boundaries += o.boundaries
	c.cases += o.cases
	c.sound += o.sound
	c.old += o.old
	c.whole += o.whole
	c.midway += o.midway
	c.kept += o.kept
	c.lost += o.lost
	c.doubled += o.doubled
	c.half += o.half
	c.wrong += o.wrong
	c.unwell += o.unwell
	c.trouble = append(c.trouble, o.trouble...)
}

func (c cutting) String() string {
	return fmt.Sprintf("%d of %d (%d as before, %d done, %d midway; %d requests survived): %d lost, %d doubled, %d half, %d wrong answers, %d projects not whole",
		c.sound, c.cases, c.old, c.whole, c.midway, c.kept, c.lost, c.doubled, c.half, c.wrong, c.unwell)
}

// bench cuts requests of one site at boundaries and judges what is left.
type bench struct {
	*inside
	plot    *plot
	used    int  // of the plot
	renew   int  // after how many cases a plot is given up
	control bool // a plot after a violation is of no use
	out     cutting
}

func (b *bench) fresh() {
	b.close()
	b.plot, b.used = b.newPlot(), 0
}

// close proves the plot whole.
func (b *bench) close() {
	if b.plot == nil {
		return
	}
	var refused *qda.Error
	switch err := b.plot.check(); {
	case err == nil, errors.As(err, &refused) && refused.Fault == qda.Absent: // deleted
	default:
		b.out.unwell++
		b.out.trouble = append(b.out.trouble, err.Error())
	}
	b.plot = nil
}

// begin makes ready for a case: a letter to send and the image before it.
func (b *bench) begin(d deed) (letter, image) {
	if b.plot == nil || b.used >= b.renew || d.ends {
		b.fresh()
	}
	b.used++
	b.exec(`DELETE FROM bucket`) // nobody is too often here
	l := d.make(b.plot)
	b.send(letter{path: "GET /readyz"}) // the connection is there and was asked a moment ago
	return l, b.image(b.plot.id)
}

// undisturbed makes a deed with nothing in its way: what it changes and how many messages it takes.
func (b *bench) undisturbed(d deed) (whole string, seen [2]int) {
	b.t.Helper()
	for range 2 { // the first time, statements are prepared
		l, old := b.begin(d)
		b.wire.open(boundary{})
		a := b.send(l)
		_, seen = b.wire.shut()
		whole = b.image(b.plot.id).since(old)
		if !a.done() || whole == "" || seen[front] < 4 || seen[back] < 4 {
			b.t.Fatalf("%s: %d, changed %q in %v messages: %.300s", d, a.status, whole, seen, a.body)
		}
		d.restore(b.plot)
	}
	return whole, seen
}

// cut makes a deed with a cut at a boundary; false where the boundary was not there any more.
func (b *bench) cut(d deed, at boundary, whole string) bool {
	b.t.Helper()
	l, old := b.begin(d)
	b.wire.open(at)
	first := b.send(l)
	struck, _ := b.wire.shut()
	if !struck {
		if !first.done() && b.control {
			b.out.wrong++
			b.out.trouble = append(b.out.trouble, fmt.Sprintf("%s: untouched, and yet %d", d, first.status))
			b.plot = nil
			return false
		}
		if !first.done() {
			b.t.Fatalf("%s: untouched, and yet %d: %.300s", d, first.status, first.body)
		}
		d.restore(b.plot)
		return false
	}
	b.out.cases++
	was := b.image(b.plot.id)
	violated := b.out.violations()
	say := func(n *int, format string, args ...any) {
		*n++
		b.out.trouble = append(b.out.trouble, fmt.Sprintf("%s, message %d of %s side, after=%v: ", d, at.n, at.side, at.after)+fmt.Sprintf(format, args...))
	}

	// The state is all-old or all-new, or some of its own steps.
	left := was.since(old)
	switch {
	case left == "":
		b.out.old++
	case left == whole:
		b.out.whole++
	case slices.Contains(d.midway, left):
		b.out.midway++
	default:
		say(&b.out.half, "left %q, whole is %q", left, whole)
	}
	switch {
	case first.done():
		b.out.kept++
		if left != whole {
			say(&b.out.lost, "answered %d and left %q", first.status, left)
		}
	case first.status != http.StatusServiceUnavailable || first.retry == "":
		say(&b.out.wrong, "answered %d, Retry-After %q: %.200s", first.status, first.retry, first.body)
	}

	// A repeat ends in all-new, once.
	again := b.send(l)
	for n := 0; again.status == http.StatusServiceUnavailable && n < 5; n++ {
		again = b.send(l)
	}
	now := b.image(b.plot.id)
	ended, ends := now.since(old), whole
	switch {
	case again.done():
	case left != "" && slices.Contains(d.then, again.status):
		ends = left // it had been done, and the repeat is told so
	default:
		say(&b.out.wrong, "the repeat was answered %d: %.200s", again.status, again.body)
	}
	switch {
	case left == whole && slices.Contains(d.more, now.since(was)):
	case ended == "":
		say(&b.out.lost, "nothing is there after the repeat")
	case ended != ends:
		if left == whole || len(ended) > len(ends) {
			say(&b.out.doubled, "after the repeat %q, whole is %q", ended, ends)
		} else {
			say(&b.out.half, "after the repeat %q, whole is %q", ended, ends)
		}
	case left == whole && now.since(was) != "":
		say(&b.out.doubled, "the repeat changed %q", now.since(was))
	}
	if d.check != nil {
		if err := d.check(b.plot, l, again); err != nil {
			say(&b.out.half, "%v", err)
		}
	}
	if b.out.violations() == violated {
		b.out.sound++
	} else if b.control {
		b.plot = nil
	}
	if b.plot != nil {
		d.restore(b.plot)
	}
	return true
}

// every cuts a deed at every boundary until it passes untouched; in the short form at some, as they come.
func (b *bench) every(d deed, some int) {
	b.t.Helper()
	whole, seen := b.undisturbed(d)
	b.out.deeds++
	for _, s := range []side{front, back} {
		if some == 0 {
			b.out.boundaries += seen[s]
			b.out.exhausted += int(s) // once a deed
			for _, after := range []bool{false, true} {
				for n := 1; b.cut(d, boundary{s, n, after}, whole); n++ {
					if n > 2*seen[s]+100 {
						b.t.Fatalf("%s does not pass untouched: undisturbed it takes %d messages, %d were cut", d, seen[s], n)
					}
				}
			}
			continue
		}
		// Spread over the messages; where they begin and on which side of the message they are depends on the deed.
		for i := range some {
			n := 1 + (i*seen[s]/some+7*b.out.deeds+5*int(s))%seen[s]
			b.cut(d, boundary{s, n, (i+b.out.deeds)%2 == 0}, whole)
		}
	}
	if d.ends {
		b.close()
	}
}

// cutEverything goes through deeds with some sites at once, each over a database of its own.
func cutEverything(t *testing.T, all []deed, sites, some int, whole func(deed) bool, wrap wrapper) (total cutting) {
	var next atomic.Int64
	benches := make([]*bench, sites)
	t.Run("sites", func(t *testing.T) {
		for i := range benches {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				b := &bench{inside: newInside(t, pgtest.New(t), wrap), renew: 60, control: wrap != nil}
				benches[i] = b
				for {
					n := int(next.Add(1)) - 1
					if n >= len(all) {
						break
					}
					x := some
					if whole(all[n]) {
						x = 0
					}
					b.every(all[n], x)
				}
				b.close()
				if bad := b.failures(); len(bad) > 0 && wrap == nil {
					t.Errorf("the site says it failed, %d times: %.300s", len(bad), bad[0])
				}
			})
		}
	})
	for _, b := range benches {
		if b == nil {
			t.Fatal("a site did not begin")
		}
		total.add(b.out)
	}
	for i, x := range total.trouble {
		if i < 10 {
			t.Logf("%s", x)
		}
	}
	return total
}

// TestF3 cuts the connection to the database at every boundary between two messages of every request that writes.
func TestF3(t *testing.T) {
	all := deeds()
	routes := writeRoutes(t)
	for _, r := range routes {
		if looks := r == "/projects/{project}/nodes/{node}/split/see"; !looks && !slices.ContainsFunc(all, func(d deed) bool { return d.route == r }) {
			t.Errorf("POST %s has no case here", r)
		}
	}
	for _, d := range all {
		if !slices.Contains(routes, d.route) {
			t.Errorf("POST %s is in no table of routes", d.route)
		}
	}
	exhaustive := func(d deed) bool {
		if long() {
			return !d.slow
		}
		return d.route == "/projects/{project}/documents/{document}/codings"
	}
	o := cutEverything(t, all, 2, rounds(1, 12), exhaustive, nil)
	how := fmt.Sprintf("%d routes that write, %d requests: %d of them at all of their %d message boundaries × 2, the others at some", len(routes), o.deeds, o.exhausted, o.boundaries)
	figure(t, "F3", "connection to the database cut: %s: %v", how, o)
	if o.violations() > 0 || o.sound != o.cases {
		t.Errorf("%v", o)
	}
	if o.old == 0 || o.whole == 0 || o.cases < 2*len(routes) {
		t.Errorf("the cuts were too few or all on one side of the commit: %v", o)
	}
	if o.cases < 2*o.boundaries*9/10 || o.exhausted == 0 || long() && o.exhausted < len(routes) {
		t.Errorf("only %d cuts at %d boundaries of %d requests", o.cases, o.boundaries, o.exhausted)
	}
}

// halves is a ledger that writes entries in one transaction and the rows they touch in another.
type halves struct {
	engine.Ledger
	pool *pgxpool.Pool
}

func (l halves) Append(ctx context.Context, b *qda.Batch) error {
	if len(b.Texts) > 0 || len(b.Drop) > 0 || b.Old == 0 {
		return l.Ledger.Append(ctx, b)
	}
	first := *b
	first.Put = nil
	if err := l.Ledger.Append(ctx, &first); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		for _, r := range b.Put {
			raw, err := json.Marshal(r.Thing)
			if err != nil {
				return err
			}
			raw = append(fmt.Appendf(nil, `{"project":%d,"n":%d,"rev":%d,`, b.Project, r.Thing.Key(), r.Rev), raw[1:]...)
			table := pgx.Identifier{string(r.Thing.Sort())}.Sanitize()
			if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s SELECT * FROM json_populate_record(NULL::%[1]s, $1::json)`, table), string(raw)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", qda.ErrLost, err)
	}
	return nil
}

// yes is a ledger that takes a lost answer for a good one.
type yes struct{ engine.Ledger }

func (l yes) Append(ctx context.Context, b *qda.Batch) error {
	err := l.Ledger.Append(ctx, b)
	if errors.Is(err, qda.ErrLost) {
		return nil
	}
	return err
}

// TestF3Control cuts two ledgers that are wrong: one writes an entry and its rows apart, one takes a lost answer for a good one.
func TestF3Control(t *testing.T) {
	var few []deed
	for _, d := range deeds() {
		if slices.Contains([]string{"/projects/{project}/memos", "/projects/{project}/nodes", "/projects/{project}/documents/{document}/codings"}, d.route) {
			few = append(few, d)
		}
	}
	everywhere := func(deed) bool { return long() }
	o := cutEverything(t, few, 1, 8, everywhere, func(t testing.TB, l engine.Ledger, address string) engine.Ledger {
		pool, err := pgxpool.New(context.Background(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		return halves{l, pool}
	})
	figure(t, "F3", "control, entries and rows in two transactions: %v", o)
	if o.half == 0 {
		t.Errorf("nothing half was found where entries and rows are written apart: %v", o)
	}
	o = cutEverything(t, few, 1, 8, everywhere, func(_ testing.TB, l engine.Ledger, _ string) engine.Ledger { return yes{l} })
	figure(t, "F3", "control, a lost answer taken for a good one: %v", o)
	if o.lost == 0 {
		t.Errorf("nothing lost was found where lost answers are taken for good ones: %v", o)
	}
}
