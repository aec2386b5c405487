package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/pgrun"
	"anyam/internal/qda"
	"anyam/internal/server"
	"anyam/internal/span"
	"anyam/internal/store"
	"anyam/testdata/balikpapan"
)

// demoGUID is the demo study's project: loading it again finds it and goes on where it stopped.
var demoGUID = qda.ChangeID{0xba, 0x11, 0x4b, 0xa9, 0xda, 0x9a, 0x4d, 0xe0, 0x80, 0, 0, 0, 0, 0, 0, 1}

func (p *program) demo(ctx context.Context, args []string) error {
	f := flags("demo")
	role := f.String("sign-in", "", "`ROLE` of whom the link is to be: researcher or supervisor")
	if rest, err := parse(f, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return usage("demo takes no %q", rest[0])
	}
	if *role != "" && *role != "researcher" && *role != "supervisor" {
		return usage("demo --sign-in researcher|supervisor")
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	if err := o.loadDemo(ctx, p.err); err != nil {
		return plain(err)
	}
	if *role == "" {
		return nil
	}
	name := map[string]string{"researcher": "Peneliti A", "supervisor": "Pembimbing"}[*role]
	link, err := o.demoLink(ctx, *role, name)
	if err != nil {
		return plain(err)
	}
	_, err = fmt.Fprintf(p.out, "%s/demo#%s\n", p.base(), link)
	return err
}

// demoLink makes a link that signs in, once, as one of the demo's people, who gets an account nobody knows a password of.
func (o *opened) demoLink(ctx context.Context, role, name string) (string, error) {
	id, err := o.store.MakeProject(ctx, demoGUID, time.Now())
	if err != nil {
		return "", err
	}
	v, err := o.engine.View(ctx, id, 0)
	if err != nil {
		return "", err
	}
	email := role + "@demo.invalid"
	a, err := o.store.AccountByEmail(ctx, email)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.Absent {
		secret, _ := server.NewToken()
		if secret, err = server.HashPassword(secret); err != nil {
			return "", err
		}
		a = store.Account{Email: email, Name: name, Initials: engine.Initials(name), Secret: secret, Zone: "Asia/Makassar", Made: time.Now()}
		a.ID, err = o.store.NewAccount(ctx, a)
	}
	if err != nil {
		return "", err
	}
	if _, ok := v.CoderOf(a.ID); !ok {
		for _, c := range v.As(0).Coders() {
			if c.Name == name && c.Account == 0 {
				if _, err := o.engine.Do(ctx, id, qda.Intent{Change: newChange(), Do: &qda.CoderJoined{Account: a.ID, Name: name, Initials: c.Initials, Role: c.Role, Claim: c.ID}}); err != nil {
					return "", err
				}
			}
		}
	}
	token, sum := server.NewToken()
	now := time.Now()
	return token, o.store.NewLink(ctx, store.Link{Sum: sum, Purpose: "sign-in", Account: a.ID, Made: now, Until: now.Add(server.LinkLife)})
}

// study is testdata/balikpapan/study.json.
type study struct {
	Name, Description, Language string
	Method                      qda.Method
	Coders                      []struct {
		Name, Initials string
		Role           qda.Role
	}
	Attributes []struct {
		Name string
		Of   qda.Of
		Type string
	}
	Cases []struct {
		Name   string
		Values map[string]string
	}
	Documents []struct {
		File, Name string
		Kind       qda.DocumentKind
		Held, Case string
		Speakers   map[string]string
	}
	Steps []step
}

type step struct {
	By   string
	Node *struct {
		Kind                                 qda.NodeKind
		Name, Parent, Definition, Use, Avoid string
		Colour                               int16
	}
	Apply                  string
	Merge                  []string
	Into                   string
	Move                   []string
	To                     string
	Rename                 string
	Promote                string
	Define                 string
	Definition, Use, Avoid string
	Example                string
	Memo                   *struct{ On, Text string }
	Reason                 string
	reviewStep
}

// loader plays the demo study into a project as people would: files first, then one change after the other. The change ids
// count up from the study's own, so loading again finds what is there and goes on where it stopped. What the changes
// made is taken from their entries.
type loader struct {
	*opened
	study     *study
	project   qda.ProjectID
	n         qda.ID // changes so far
	other     bool   // what is there was made by another study
	coders    map[string]qda.ID
	values    map[string]qda.ID // attributes
	cases     map[string]qda.ID
	documents map[string]qda.ID // by name, and by its first word
	nodes     map[string]qda.ID
	codings   []loaded
	drafts    map[string]qda.ID
	concepts  map[string]qda.ID
	threads   map[string]qda.ID // remarks that begin one, by what the study calls them
}

// loaded is a coding of the study: where it is now, whose it is, and the words it is on.
type loaded struct {
	id, node, coder qda.ID
	words           string
}

// loadDemo loads the demo study unless it is there already, whole.
func (o *opened) loadDemo(ctx context.Context, out io.Writer) error {
	raw, err := balikpapan.Files.ReadFile("study.json")
	if err != nil {
		return err
	}
	var s study
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	l := &loader{opened: o, study: &s, coders: map[string]qda.ID{}, values: map[string]qda.ID{}, cases: map[string]qda.ID{}, documents: map[string]qda.ID{}, nodes: map[string]qda.ID{},
		drafts: map[string]qda.ID{}, concepts: map[string]qda.ID{}, threads: map[string]qda.ID{}}
	last := qda.ID(1 + len(s.Coders) + len(s.Attributes) + len(s.Cases) + len(s.Documents))
	for i := range s.Steps {
		last++
		if s.Steps[i].Apply != "" {
			rows, err := codingRows(s.Steps[i].Apply)
			if err != nil {
				return err
			}
			last--
			for _, r := range rows {
				last++
				if r.memo != "" {
					last++
				}
			}
		}
	}
	if l.project, err = o.store.MakeProject(ctx, demoGUID, time.Now()); err != nil {
		return err
	}
	if end, err := o.store.ByChange(ctx, l.project, qda.GUID(demoGUID, last)); err != nil || end != nil {
		return err
	}
	fmt.Fprintln(out, "anyam: loading the demo study (fictional); this takes some seconds")
	if err := l.play(ctx, last); l.other {
		fmt.Fprintln(out, "anyam: the demo study here is that of another version and stays as it is; delete its project to have the new one loaded")
	} else if err != nil {
		return err
	}
	return nil
}

// play makes all changes of the study, of which there are last.
func (l *loader) play(ctx context.Context, last qda.ID) error {
	if err := l.people(ctx); err != nil {
		return err
	}
	if err := l.texts(ctx); err != nil {
		return err
	}
	for i := range l.study.Steps {
		if err := l.step(ctx, &l.study.Steps[i]); err != nil {
			return fmt.Errorf("step %d of the demo study: %w", i+1, plain(err))
		}
	}
	if l.n != last {
		return fmt.Errorf("the demo study made %d changes, %d were expected", l.n, last)
	}
	return nil
}

// do makes the next change of the study.
func (l *loader) do(ctx context.Context, coder qda.ID, c qda.Change, text *qda.Text) (*qda.Entry, error) {
	l.n++
	e, err := l.engine.Do(ctx, l.project, qda.Intent{Change: qda.GUID(demoGUID, l.n), Coder: coder, Do: c, Text: text})
	var refused *qda.Error
	l.other = l.other || errors.As(err, &refused) && refused.Key == "refused.change_id"
	return e, err
}

// made gives the number of the first thing of a sort that an entry made.
func made(e *qda.Entry, s qda.Sort) qda.ID {
	for _, d := range e.Did {
		if d.Of == s && d.New != nil {
			return d.ID
		}
	}
	return 0
}

func (l *loader) people(ctx context.Context) error {
	s := l.study
	first := &qda.ProjectMade{Name: s.Name, Description: s.Description, Language: s.Language, Method: s.Method, Owner: "Pemilik data contoh", Initials: "PDC"}
	accounts, err := l.store.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Admin {
			first.Account, first.Owner, first.Initials = a.ID, a.Name, a.Initials
			break
		}
	}
	// Who owned it when it was begun, owns it: the same change must mean the same.
	if e, err := l.store.ByChange(ctx, l.project, qda.GUID(demoGUID, 1)); err != nil {
		return err
	} else if e != nil {
		first = e.Do.(*qda.ProjectMade)
	}
	if _, err := l.do(ctx, 0, first, nil); err != nil {
		return err
	}
	for _, c := range s.Coders {
		e, err := l.do(ctx, 0, &qda.CoderJoined{Name: c.Name, Initials: c.Initials, Role: c.Role}, nil)
		if err != nil {
			return err
		}
		l.coders[c.Name] = made(e, qda.SortCoder)
	}
	who := l.coders[s.Coders[0].Name]
	for _, x := range s.Attributes {
		e, err := l.do(ctx, who, &qda.AttributeAdded{Name: x.Name, Of: x.Of, Type: x.Type}, nil)
		if err != nil {
			return err
		}
		l.values[x.Name] = made(e, qda.SortAttribute)
	}
	for _, k := range s.Cases {
		values := qda.Values{}
		for name, v := range k.Values {
			values[l.values[name]] = v
		}
		e, err := l.do(ctx, who, &qda.CaseAdded{Name: k.Name, Values: values}, nil)
		if err != nil {
			return err
		}
		l.cases[k.Name] = made(e, qda.SortCase)
	}
	return nil
}

func (l *loader) texts(ctx context.Context) error {
	who := l.coders[l.study.Coders[0].Name]
	for _, d := range l.study.Documents {
		data, err := balikpapan.Files.ReadFile(d.File)
		if err != nil {
			return err
		}
		r, err := l.extractor.Read(ctx, d.File, data, exchange.Options{})
		if err != nil {
			return fmt.Errorf("%s: %w", d.File, plain(err))
		}
		l.n++
		line, err := l.addFile(ctx, l.project, who, qda.GUID(demoGUID, l.n), d.File, data, r, func(do *qda.DocumentAdded) {
			do.Name, do.Type, do.Held, do.Case = d.Name, d.Kind, d.Held, l.cases[d.Case]
			do.Speakers = map[string]qda.Speaker{}
			for label, who := range d.Speakers {
				if who == "interviewer" {
					do.Speakers[label] = qda.Speaker{Interviewer: true}
				} else {
					do.Speakers[label] = qda.Speaker{Case: l.cases[who]}
				}
			}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", d.File, plain(err))
		}
		word, _, _ := strings.Cut(d.Name, " ")
		l.documents[d.Name], l.documents[word] = line.Document, line.Document
	}
	return nil
}

// row is one row of codings/*.tsv.
type codingRow struct {
	coder, code, words, memo string
	occurrence               int
}

func codingRows(name string) ([]codingRow, error) {
	raw, err := balikpapan.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var rows []codingRow
	for i, line := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		c := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		if i == 0 {
			continue
		}
		if len(c) != 5 {
			return nil, fmt.Errorf("%s:%d has %d columns", name, i+1, len(c))
		}
		n, err := strconv.Atoi(c[2])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		rows = append(rows, codingRow{c[0], c[1], strings.ReplaceAll(c[3], " ⏎ ", "\n"), c[4], n})
	}
	return rows, nil
}

func (l *loader) node(name string) (qda.ID, error) {
	if name == "" {
		return 0, nil
	}
	n, ok := l.nodes[name]
	if !ok {
		return 0, fmt.Errorf("there is no node %q at this step", name)
	}
	return n, nil
}

func (l *loader) named(names []string) ([]qda.ID, error) {
	var r []qda.ID
	for _, name := range names {
		n, err := l.node(name)
		if err != nil {
			return nil, err
		}
		r = append(r, n)
	}
	return r, nil
}

func (l *loader) step(ctx context.Context, s *step) error {
	by, ok := l.coders[s.By]
	if !ok {
		return fmt.Errorf("there is no coder %q", s.By)
	}
	switch {
	case s.Node != nil:
		parent, err := l.node(s.Node.Parent)
		if err != nil {
			return err
		}
		e, err := l.do(ctx, by, &qda.NodeAdded{Type: s.Node.Kind, Parent: parent, Name: s.Node.Name, Definition: s.Node.Definition, Use: s.Node.Use, Avoid: s.Node.Avoid, Colour: s.Node.Colour}, nil)
		if err != nil {
			return err
		}
		l.nodes[s.Node.Name] = made(e, qda.SortNode)
	case s.Apply != "":
		return l.apply(ctx, s.Apply)
	case len(s.Merge) > 0:
		sources, err := l.named(s.Merge)
		if err != nil {
			return err
		}
		into, err := l.node(s.Into)
		if err != nil {
			return err
		}
		e, err := l.do(ctx, by, &qda.NodesMerged{Nodes: sources, Into: into, Reason: s.Reason}, nil)
		if err != nil {
			return err
		}
		for _, name := range s.Merge {
			delete(l.nodes, name)
		}
		return l.follow(e)
	case len(s.Move) > 0:
		nodes, err := l.named(s.Move)
		if err != nil {
			return err
		}
		to, err := l.node(s.To)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.NodesMoved{Nodes: nodes, Parent: to, Reason: s.Reason}, nil)
		return err
	case s.Rename != "":
		n, err := l.node(s.Rename)
		if err != nil {
			return err
		}
		if _, err := l.do(ctx, by, &qda.NodeChanged{Node: n, Name: &s.To}, nil); err != nil {
			return err
		}
		delete(l.nodes, s.Rename)
		l.nodes[s.To] = n
	case s.Promote != "":
		n, err := l.node(s.Promote)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.NodeTurned{Node: n, Type: qda.Theme, Reason: s.Reason}, nil)
		return err
	case s.Define != "":
		n, err := l.node(s.Define)
		if err != nil {
			return err
		}
		c := &qda.NodeChanged{Node: n, Definition: &s.Definition, Use: &s.Use, Avoid: &s.Avoid}
		if s.Example != "" {
			i := slices.IndexFunc(l.codings, func(x loaded) bool { return x.node == n && x.words == s.Example })
			if i < 0 {
				return fmt.Errorf("the example of %q is none of its codings", s.Define)
			}
			c.Example = &l.codings[i].id
		}
		_, err = l.do(ctx, by, c, nil)
		return err
	case s.Memo != nil:
		on, ok := l.nodes[s.Memo.On]
		if !ok && s.Memo.On != "" {
			if on, ok = l.documents[s.Memo.On]; !ok {
				return fmt.Errorf("a memo on %q, which is neither node nor document", s.Memo.On)
			}
		}
		_, err := l.do(ctx, by, &qda.MemoWritten{On: on, Text: s.Memo.Text}, nil)
		return err
	default:
		return l.review(ctx, by, s)
	}
	return nil
}

// apply applies the codings of a file, each in its coder's name.
func (l *loader) apply(ctx context.Context, name string) error {
	rows, err := codingRows(name)
	if err != nil {
		return err
	}
	document, ok := l.documents[strings.TrimSuffix(strings.TrimPrefix(name, "codings/"), ".tsv")]
	if !ok {
		return fmt.Errorf("%s belongs to no document", name)
	}
	w, err := l.engine.Words(ctx, l.project, document, 1)
	if err != nil {
		return err
	}
	text := string(w.Text.Words)
	for i, r := range rows {
		at := -1
		for k := 0; k < r.occurrence; k++ {
			next := strings.Index(text[at+1:], r.words)
			if next < 0 {
				return fmt.Errorf("%s, row %d: its words are not in the document", name, i+1)
			}
			at += 1 + next
		}
		s := qda.SpanOf{Start: w.Char(at), Stop: w.Char(at + len(r.words)), Check: span.Check([]byte(r.words))}
		node, err := l.node(r.code)
		if err != nil {
			return err
		}
		who, ok := l.coders[r.coder]
		if !ok {
			return fmt.Errorf("%s, row %d: there is no coder %q", name, i+1, r.coder)
		}
		e, err := l.do(ctx, who, &qda.CodingApplied{Document: document, Version: 1, Spans: []qda.SpanOf{s}, Code: node}, nil)
		if err != nil {
			return fmt.Errorf("%s, row %d: %w", name, i+1, plain(err))
		}
		id := made(e, qda.SortCoding)
		l.codings = append(l.codings, loaded{id, node, who, r.words})
		if r.memo != "" {
			if _, err := l.do(ctx, who, &qda.MemoWritten{On: id, Text: r.memo}, nil); err != nil {
				return fmt.Errorf("%s, row %d: %w", name, i+1, plain(err))
			}
		}
	}
	return nil
}
