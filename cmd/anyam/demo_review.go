package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"anyam/internal/qda"
)

// reviewStep is what a step of the demo study can be beside its codings: splits, claims and what speaks for and against them,
// theory, drafts, review, kept questions and the map.
type reviewStep struct {
	Split    string
	Parts    []splitPart
	Claim    *struct{ Theme, Claim, Scope, Boundary, Naming string }
	Evidence *struct {
		Theme, Why string
		Against    bool
		piece
	}
	Looked  string
	Concept *struct{ Name, Parent, Definition string }
	Tie     *struct{ Theme, Concept, Why string }
	Draft   *struct{ Name, Text string }
	Ask     *struct {
		Draft, Text string
		Of          []string
	}
	Remark *struct {
		As, On, Theme, Text string
		Coding              *piece
	}
	Answer *struct{ To, Text string }
	Settle string
	Judge  *struct {
		Theme, Draft, Text string
		Verdict            qda.Verdict
	}
	Question *struct {
		Name           string
		All, Any, None []string
		Meet, Group    string
		N              int
		By             []string
		Value          map[string][]string
	}
	Arrange []struct {
		Node string
		X, Y int32
	}
}

type splitPart struct {
	Name    string
	Codings []piece
}

// piece says which coding is meant: by its code, by how its words begin and, where two coders have begun alike, by whose it is.
type piece struct{ Code, Words, Coder string }

// coding finds the one coding that a piece can mean.
func (l *loader) coding(p piece) (qda.ID, error) {
	node, err := l.node(p.Code)
	if err != nil {
		return 0, err
	}
	var found []qda.ID
	for _, c := range l.codings {
		if c.node == node && strings.HasPrefix(c.words, p.Words) && (p.Coder == "" || c.coder == l.coders[p.Coder]) {
			found = append(found, c.id)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("%d codings of %q begin with %q, not one", len(found), p.Code, p.Words)
	}
	return found[0], nil
}

// follow keeps up with codings that an entry gave another code or took away.
func (l *loader) follow(e *qda.Entry) error {
	for _, d := range e.Did {
		i := slices.IndexFunc(l.codings, func(x loaded) bool { return d.Of == qda.SortCoding && x.id == d.ID })
		if i < 0 {
			continue
		}
		if d.Gone != nil {
			l.codings = slices.Delete(l.codings, i, i+1)
		} else if code, ok := d.Set["code"]; ok {
			if err := json.Unmarshal(code[1], &l.codings[i].node); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) review(ctx context.Context, by qda.ID, s *step) error {
	switch {
	case s.Split != "":
		return l.split(ctx, by, s)
	case s.Claim != nil:
		n, err := l.node(s.Claim.Theme)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.NodeChanged{Node: n, Claim: &s.Claim.Claim, Scope: &s.Claim.Scope, Boundary: &s.Claim.Boundary, Naming: &s.Claim.Naming}, nil)
		return err
	case s.Evidence != nil:
		n, err := l.node(s.Evidence.Theme)
		if err != nil {
			return err
		}
		coding, err := l.coding(s.Evidence.piece)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.EvidenceChosen{Theme: n, Codings: []qda.ID{coding}, Against: s.Evidence.Against, Why: s.Evidence.Why}, nil)
		return err
	case s.Looked != "":
		n, err := l.node(s.Looked)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.CounterLooked{Theme: n, Looked: true}, nil)
		return err
	case s.Concept != nil:
		parent, ok := l.concepts[s.Concept.Parent]
		if !ok && s.Concept.Parent != "" {
			return fmt.Errorf("there is no concept %q at this step", s.Concept.Parent)
		}
		e, err := l.do(ctx, by, &qda.ConceptAdded{Parent: parent, Name: s.Concept.Name, Definition: s.Concept.Definition}, nil)
		if err != nil {
			return err
		}
		l.concepts[s.Concept.Name] = made(e, qda.SortConcept)
		return nil
	case s.Tie != nil:
		n, err := l.node(s.Tie.Theme)
		if err != nil {
			return err
		}
		concept, ok := l.concepts[s.Tie.Concept]
		if !ok {
			return fmt.Errorf("there is no concept %q at this step", s.Tie.Concept)
		}
		_, err = l.do(ctx, by, &qda.Tied{Theme: n, Concept: concept, Why: s.Tie.Why}, nil)
		return err
	case s.Draft != nil:
		e, err := l.do(ctx, by, &qda.DraftNamed{Name: s.Draft.Name, Text: s.Draft.Text}, nil)
		if err != nil {
			return err
		}
		l.drafts[s.Draft.Name] = made(e, qda.SortDraft)
		return nil
	case s.Question != nil:
		return l.question(ctx, by, s)
	case s.Arrange != nil:
		c := &qda.Arranged{}
		for _, x := range s.Arrange {
			n, err := l.node(x.Node)
			if err != nil {
				return err
			}
			c.Spots = append(c.Spots, qda.SpotOf{Node: n, X: x.X, Y: x.Y})
		}
		_, err := l.do(ctx, by, c, nil)
		return err
	default:
		return l.discuss(ctx, by, s)
	}
}

// split makes new codes of some codings of a code.
func (l *loader) split(ctx context.Context, by qda.ID, s *step) error {
	n, err := l.node(s.Split)
	if err != nil {
		return err
	}
	c := &qda.NodeSplit{Node: n, Reason: s.Reason}
	for _, p := range s.Parts {
		part := qda.Part{Name: p.Name}
		for _, x := range p.Codings {
			id, err := l.coding(x)
			if err != nil {
				return err
			}
			part.Codings = append(part.Codings, id)
		}
		c.Parts = append(c.Parts, part)
	}
	e, err := l.do(ctx, by, c, nil)
	if err != nil {
		return err
	}
	for _, d := range e.Did {
		if x, ok := d.New.(*qda.Node); ok {
			l.nodes[x.Name] = d.ID
		}
	}
	return l.follow(e)
}

// discuss plays what is asked, said and decided in a review.
func (l *loader) discuss(ctx context.Context, by qda.ID, s *step) error {
	switch {
	case s.Ask != nil:
		draft, err := l.draft(s.Ask.Draft)
		if err != nil {
			return err
		}
		c := &qda.ReviewAsked{Draft: draft, Text: s.Ask.Text}
		for _, name := range s.Ask.Of {
			who, ok := l.coders[name]
			if !ok {
				return fmt.Errorf("there is no coder %q", name)
			}
			c.Of = append(c.Of, who)
		}
		_, err = l.do(ctx, by, c, nil)
		return err
	case s.Remark != nil:
		theme, err := l.node(s.Remark.Theme)
		if err != nil {
			return err
		}
		c := &qda.RemarkMade{Theme: theme, Text: s.Remark.Text}
		if draft, ok := l.drafts[s.Remark.On]; ok {
			c.On = draft
		} else if s.Remark.Coding != nil {
			c.On, err = l.coding(*s.Remark.Coding)
		} else {
			c.On, err = l.node(s.Remark.On)
		}
		if err != nil {
			return err
		}
		e, err := l.do(ctx, by, c, nil)
		if err != nil {
			return err
		}
		l.threads[s.Remark.As] = made(e, qda.SortRemark)
		return nil
	case s.Answer != nil:
		head, err := l.thread(s.Answer.To)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.RemarkMade{Under: head, Text: s.Answer.Text}, nil)
		return err
	case s.Settle != "":
		head, err := l.thread(s.Settle)
		if err != nil {
			return err
		}
		_, err = l.do(ctx, by, &qda.RemarkSettled{Remark: head, Settled: true}, nil)
		return err
	case s.Judge != nil:
		theme, err := l.node(s.Judge.Theme)
		if err != nil {
			return err
		}
		draft, err := l.draft(s.Judge.Draft)
		if err != nil {
			return err
		}
		c := &qda.ThemeJudged{Theme: theme, Verdict: s.Judge.Verdict, Draft: draft, Text: s.Judge.Text}
		// What was judged is what stood there when it was: the same change must mean the same.
		if e, err := l.store.ByChange(ctx, l.project, qda.GUID(demoGUID, l.n+1)); err != nil {
			return err
		} else if e != nil {
			c = e.Do.(*qda.ThemeJudged)
		} else {
			v, err := l.engine.View(ctx, l.project, 0)
			if err != nil {
				return err
			}
			c.Digest = v.Digest(theme)
		}
		_, err = l.do(ctx, by, c, nil)
		return err
	}
	return errors.New("it says nothing")
}

func (l *loader) draft(name string) (qda.ID, error) {
	n, ok := l.drafts[name]
	if !ok {
		return 0, fmt.Errorf("there is no draft %q at this step", name)
	}
	return n, nil
}

func (l *loader) thread(as string) (qda.ID, error) {
	n, ok := l.threads[as]
	if !ok {
		return 0, fmt.Errorf("there is no thread %q at this step", as)
	}
	return n, nil
}

// question keeps a question, as the page that asks reads it from its address.
func (l *loader) question(ctx context.Context, by qda.ID, s *step) error {
	v := url.Values{}
	for name, of := range map[string][]string{"all": s.Question.All, "any": s.Question.Any, "none": s.Question.None} {
		nodes, err := l.named(of)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			v.Add(name, strconv.Itoa(int(n)))
		}
	}
	for _, name := range s.Question.By {
		v.Add("by", strconv.Itoa(int(l.coders[name])))
	}
	for name, of := range s.Question.Value {
		for _, value := range of {
			v.Add("value-"+strconv.Itoa(int(l.values[name])), value)
		}
	}
	if s.Question.Meet != "" {
		v.Set("meet", s.Question.Meet)
	}
	if s.Question.N > 0 {
		v.Set("n", strconv.Itoa(s.Question.N))
	}
	if s.Question.Group != "" {
		v.Set("group", s.Question.Group)
	}
	query, err := json.Marshal(map[string]string{"ask": v.Encode()})
	if err != nil {
		return err
	}
	_, err = l.do(ctx, by, &qda.QuestionKept{Name: s.Question.Name, Query: string(query)}, nil)
	return err
}
