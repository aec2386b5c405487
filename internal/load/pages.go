package load

import (
	"context"
	"fmt"
	"time"
)

// What the ratios are to be at most.
const (
	targetAlone   = 4   // a coding by one coder, beside a bare request and a synced write
	targetSeen    = 1.5 // until others see it, beside until its coder has the answer
	targetCrowd50 = 2   // the median coding of many coders, beside one coder's
	targetCrowd99 = 8   // and of a hundred codings the slowest
	targetCoded   = 1.35
	targetList    = 100 // a thousand projects beside ten: no worse than by number
)

// pages measures the page of a long document with many codings beside the same without any.
func (b *bench) pages(ctx context.Context, d *data, _ time.Duration) error {
	p, err := b.serve()
	if err != nil {
		return err
	}
	defer p.stop()
	web := p.browser(1)
	defer web.close()
	empty := p.memory()
	size := fmt.Sprintf("%d words, %d codings", b.words, b.codings)
	type asked struct {
		first, whole times
		last, zipped got
	}
	ask := func(x *project, rest string) (a asked, err error) {
		path := fmt.Sprintf("/projects/%d/documents/%d%s", x.id, x.document, rest)
		if _, err = web.get(ctx, path, x.watcher.token, false); err != nil { // the first time loads the project
			return a, err
		}
		if a.first, a.whole, a.last, err = web.many(ctx, path, x.watcher.token, b.rounds); err != nil {
			return a, err
		}
		a.zipped, err = web.get(ctx, path, x.watcher.token, true)
		return a, err
	}
	for _, x := range []struct{ what, path string }{{"page", ""}, {"codings.json", "/codings.json"}} {
		bare, err := ask(d.bare, x.path)
		if err != nil {
			return err
		}
		coded, err := ask(d.coded, x.path)
		if err != nil {
			return err
		}
		target := 0.0
		if x.path == "" {
			target = targetCoded
		}
		const beside = "without codings"
		b.report.add(line{goal: x.what + ", first byte, p50", size: size, unit: "ns", ours: coded.first.at(0.5), other: beside, than: bare.first.at(0.5), target: target})
		b.report.add(line{goal: x.what + ", whole, p50", size: size, unit: "ns", ours: coded.whole.at(0.5), other: beside, than: bare.whole.at(0.5), target: target})
		b.report.add(line{goal: x.what + ", plain", size: size, unit: "bytes", ours: coded.last.bytes, other: beside, than: bare.last.bytes})
		if coded.zipped.zipped {
			b.report.add(line{goal: x.what + ", gzip", size: size, unit: "bytes", ours: coded.zipped.bytes, other: beside, than: bare.zipped.bytes})
			b.report.add(line{goal: x.what + ", gzip, whole", size: size, unit: "ns", ours: int64(coded.zipped.whole), other: beside, than: int64(bare.zipped.whole)})
		}
	}
	b.remember(p, size, "started", empty)
	return nil
}

// lists measures the list of many projects beside that of a few: asked for first thing of a new server, and again and again.
func (b *bench) lists(ctx context.Context, d *data, _ time.Duration) error {
	size := fmt.Sprintf("%d projects", b.projects)
	few := fmt.Sprintf("%d projects", min(10, b.projects))
	cold, warm := map[string]times{}, map[string]times{}
	bytes := map[string]int64{}
	memory := map[string]int64{}
	for _, who := range []struct {
		size string
		person
	}{{few, d.few}, {size, d.much}} {
		for round := range b.cold {
			p, err := b.serve()
			if err != nil {
				return err
			}
			err = func() error {
				defer p.stop()
				web := p.browser(1)
				defer web.close()
				if _, err := web.get(ctx, "/sign-in", "", false); err != nil { // the connection and the templates are not what is asked about
					return err
				}
				g, err := web.get(ctx, "/projects", who.token, false)
				if err != nil {
					return err
				}
				cold[who.size] = append(cold[who.size], g.whole)
				if round == 0 {
					if _, warm[who.size], g, err = web.many(ctx, "/projects", who.token, b.rounds); err != nil {
						return err
					}
					bytes[who.size], memory[who.size] = g.bytes, p.memory()
				}
				return nil
			}()
			if err != nil {
				return err
			}
		}
	}
	b.report.add(line{goal: "list of projects, cold, p50", size: size, unit: "ns", ours: cold[size].at(0.5), other: few, than: cold[few].at(0.5), target: targetList})
	b.report.add(line{goal: "list of projects, warm, p50", size: size, unit: "ns", ours: warm[size].at(0.5), other: few, than: warm[few].at(0.5), target: targetList})
	b.report.add(line{goal: "list of projects, plain", size: size, unit: "bytes", ours: bytes[size], other: few, than: bytes[few]})
	b.report.add(line{goal: "memory of the server", size: "list of " + size, unit: "bytes", ours: memory[size], other: "list of " + few, than: memory[few]})
	return nil
}
