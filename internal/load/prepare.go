package load

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/internal/store"
)

func random(b []byte) { rand.Read(b) } // never fails

func newChange() (c qda.ChangeID) {
	random(c[:])
	return c
}

// person is an account with an open session.
type person struct {
	account qda.AccountID
	token   string
}

// member is a person in a project.
type member struct {
	person
	coder qda.ID
}

// word is one word of a text: a span of code points with the check of what stands there.
type word = qda.SpanOf

// project is one study with a document, codes, coders and somebody who watches.
type project struct {
	id       qda.ProjectID
	document qda.ID
	codes    []qda.ID
	words    []word
	coders   []member
	watcher  person
}

// data is all that was prepared.
type data struct {
	alone  *project   // one coder
	shared *project   // all coders
	own    []*project // one coder each
	coded  *project   // with the long document
	bare   *project   // the same document without codings
	few    person     // in ten projects
	much   person     // in all of the long list
}

// syllables make words that look like Indonesian and mean nothing.
var syllables = strings.Fields("ba ca da ga ja ka la ma na pa ra sa ta wa ya be di ke lu me nu pe ru se ti tu yang per kan nya")

// text makes a text of some words in turns of two speakers, the same for the same seed.
func text(words int, seed uint64) (*qda.Text, []word) {
	r := mrand.New(mrand.NewPCG(seed, 7))
	var b strings.Builder
	t := &qda.Text{}
	var at []word
	for n := 0; n < words; {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		turn := qda.Turn{Turn: int32(len(t.Turns) + 1), Start: int32(b.Len()), Byte: int32(b.Len()), Label: []string{"P", "I01"}[len(t.Turns)%2], FromMS: -1, ToMS: -1}
		for i, long := 0, 8+r.IntN(50); i < long && n < words; i++ {
			if i > 0 {
				b.WriteByte(' ')
			}
			from := b.Len()
			for range 1 + r.IntN(4) {
				b.WriteString(syllables[r.IntN(len(syllables))])
			}
			at = append(at, word{Start: int32(from), Stop: int32(b.Len())})
			n++
		}
		turn.Stop = int32(b.Len())
		t.Turns = append(t.Turns, turn)
	}
	t.Words = []byte(b.String()) // ASCII alone: bytes are code points
	for i, w := range at {
		at[i].Check = span.Check(t.Words[w.Start:w.Stop])
	}
	return t, at
}

// over gives the span from one word to another, with its check.
func over(t []byte, words []word, from, to int) qda.SpanOf {
	s := qda.SpanOf{Start: words[from].Start, Stop: words[min(to, len(words)-1)].Stop}
	s.Check = span.Check(t[s.Start:s.Stop])
	return s
}

func (b *bench) person(ctx context.Context, name string, n int) (p person, err error) {
	now := time.Now()
	email := fmt.Sprintf("%s%d.%d@load.invalid", name, n, now.UnixNano())
	if p.account, err = b.store.NewAccount(ctx, store.Account{Email: email, Name: fmt.Sprintf("%s %d", name, n), Initials: "L", Secret: "none", Admin: true, Zone: "UTC", Made: now}); err != nil {
		return p, err
	}
	var secret [32]byte
	random(secret[:])
	p.token = base64.RawURLEncoding.EncodeToString(secret[:])
	sum := sha256.Sum256([]byte(p.token))
	return p, b.store.NewSession(ctx, store.Session{Sum: sum[:], Account: p.account, Made: now, Agent: "load", Address: "127.0.0.1"})
}

func (b *bench) do(ctx context.Context, p qda.ProjectID, coder qda.ID, c qda.Change, t *qda.Text) (*qda.Entry, error) {
	return b.engine.Do(ctx, p, qda.Intent{Change: newChange(), Coder: coder, Do: c, Text: t})
}

func made(e *qda.Entry, s qda.Sort) qda.ID {
	for _, d := range e.Did {
		if d.Of == s && d.New != nil {
			return d.ID
		}
	}
	return 0
}

// project makes a study of some coders and a watcher with one document and some codes.
func (b *bench) project(ctx context.Context, name string, coders []person, watcher person, t *qda.Text, words []word, codes int) (*project, error) {
	id, err := b.store.MakeProject(ctx, newChange(), time.Now())
	if err != nil {
		return nil, err
	}
	p := &project{id: id, words: words, watcher: watcher}
	e, err := b.do(ctx, id, 0, &qda.ProjectMade{Name: name, Language: "id", Method: qda.Codebook, Account: watcher.account, Owner: "Watcher", Initials: "W"}, nil)
	if err != nil {
		return nil, err
	}
	owner := e.Coder
	for i, c := range coders {
		e, err := b.do(ctx, id, owner, &qda.CoderJoined{Account: c.account, Name: fmt.Sprintf("Coder %d", i+1), Initials: "C", Role: qda.Researcher}, nil)
		if err != nil {
			return nil, err
		}
		p.coders = append(p.coders, member{c, made(e, qda.SortCoder)})
	}
	for i := range codes {
		e, err := b.do(ctx, id, owner, &qda.NodeAdded{Type: qda.Code, Name: fmt.Sprintf("Code %d", i+1)}, nil)
		if err != nil {
			return nil, err
		}
		p.codes = append(p.codes, made(e, qda.SortNode))
	}
	sum := qda.Hash(sha256.Sum256(t.Words))
	hexed := hex.EncodeToString(sum[:])
	if err := b.store.PutFile(ctx, id, sum, "talk.txt", t.Words, time.Now()); err != nil {
		return nil, err
	}
	e, err = b.do(ctx, id, owner, &qda.DocumentAdded{File: hexed, FileName: "talk.txt", Name: "A long talk", Type: qda.Interview, Language: "id", Sum: hexed,
		Words: int32(len(words)), Chars: int32(utf8.RuneCount(t.Words)), Turns: int32(len(t.Turns))}, t)
	if err != nil {
		return nil, err
	}
	p.document = made(e, qda.SortDocument)
	return p, nil
}

// code applies some codings to a project's document, spread over it, in the name of its coders.
func (b *bench) code(ctx context.Context, p *project, t *qda.Text, n int) error {
	r := mrand.New(mrand.NewPCG(11, uint64(n)))
	const at = 250 // spans in one entry
	for i := 0; i < n; i += at {
		c := &qda.CodingApplied{Document: p.document, Version: 1, Code: p.codes[i/at%len(p.codes)]}
		for j := i; j < min(n, i+at); j++ {
			from := j * len(p.words) / n
			c.Spans = append(c.Spans, over(t.Words, p.words, from, from+1+r.IntN(60)))
		}
		if _, err := b.do(ctx, p.id, p.coders[i/at%len(p.coders)].coder, c, nil); err != nil {
			return err
		}
	}
	return nil
}

// prepare fills the database through store and engine, past HTTP.
func (b *bench) prepare(ctx context.Context) (*data, error) {
	d := &data{}
	people := make([]person, b.coders)
	var err error
	for i := range people {
		if people[i], err = b.person(ctx, "coder", i+1); err != nil {
			return nil, err
		}
	}
	short, shortWords := text(2000, 1)
	// Each project has a watcher of its own: an account may have only so many streams open.
	watchers := 0
	watched := func(name string, t *qda.Text, words []word, codes int, coders ...person) (*project, error) {
		watchers++
		w, err := b.person(ctx, "watcher", watchers)
		if err != nil {
			return nil, err
		}
		return b.project(ctx, name, coders, w, t, words, codes)
	}
	make := func(name string, coders ...person) (p *project) {
		if err == nil {
			p, err = watched(name, short, shortWords, 8, coders...)
		}
		return p
	}
	d.alone, d.shared = make("Alone", people[0]), make("Shared", people...)
	for i, who := range people {
		d.own = append(d.own, make(fmt.Sprintf("Own %d", i+1), who))
	}
	if err != nil {
		return nil, err
	}
	long, longWords := text(b.words, 2)
	if d.bare, err = watched("Bare", long, longWords, 30, people[0]); err != nil {
		return nil, err
	}
	if d.coded, err = watched("Coded", long, longWords, 30, people[0]); err != nil {
		return nil, err
	}
	if err := b.code(ctx, d.coded, long, b.codings); err != nil {
		return nil, err
	}
	if d.few, err = b.person(ctx, "few", 1); err != nil {
		return nil, err
	}
	if d.much, err = b.person(ctx, "much", 1); err != nil {
		return nil, err
	}
	if err := b.listed(ctx, d.few, people[0], min(10, b.projects)); err != nil {
		return nil, err
	}
	return d, b.listed(ctx, d.much, people[0], b.projects)
}

// listed makes small projects that somebody is in, several at a time.
func (b *bench) listed(ctx context.Context, who, other person, n int) error {
	t, words := text(200, 3)
	next := make(chan int)
	failed := make(chan error, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range next {
				p, err := b.project(ctx, fmt.Sprintf("Study %d", i+1), []person{other}, who, t, words, 3)
				if err == nil {
					err = b.code(ctx, p, t, 40)
				}
				if err != nil {
					select {
					case failed <- err:
					default:
					}
				} else {
					b.engine.Forget(p.id) // a thousand of them need not stay in memory
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
