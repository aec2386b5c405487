package engine

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"anyam/internal/qda"
)

// decideReview decides the changes of the review.
func (d *draft) decideReview(do qda.Change) error {
	switch c := do.(type) {
	case *qda.EvidenceChosen:
		return d.evidenceChosen(c)
	case *qda.EvidenceChanged:
		return d.evidenceChanged(c)
	case *qda.EvidenceDropped:
		return d.evidenceDropped(c)
	case *qda.CounterLooked:
		return d.counterLooked(c)
	case *qda.ConceptAdded:
		return d.conceptAdded(c)
	case *qda.ConceptChanged:
		return d.conceptChanged(c)
	case *qda.Tied:
		return d.tied(c)
	case *qda.Untied:
		t := d.tieOf(c.Theme, c.Concept)
		if t == nil {
			return absent()
		}
		d.drop(qda.SortTie, t.ID)
		return nil
	case *qda.DraftNamed:
		return d.draftNamed(c)
	case *qda.ReviewAsked:
		return d.reviewAsked(c)
	case *qda.RemarkMade:
		return d.remarkMade(c)
	case *qda.RemarkSettled:
		return d.remarkSettled(c)
	case *qda.ThemeJudged:
		return d.themeJudged(c)
	case *qda.QuestionKept:
		return d.questionKept(c)
	case *qda.QuestionRemoved:
		q, err := d.myQuestion(c.Question)
		if err == nil {
			d.drop(qda.SortQuestion, q.ID)
		}
		return err
	case *qda.Arranged:
		return d.arranged(c)
	}
	return qda.Refuse(qda.Invalid, "refused.kind", "kind", do.Kind())
}

// cleanWhy cleans a short reason.
func cleanWhy(s string) (string, error) {
	s, err := qda.CleanText(s)
	if err == nil && utf8.RuneCountInString(s) > qda.MaxReason {
		err = qda.Refuse(qda.Invalid, "refused.text_long", "max", qda.MaxReason)
	}
	return strings.TrimSpace(s), err
}

// needed gives a text that must say something.
func needed(s string) (string, error) {
	s, err := qda.CleanText(s)
	if err == nil && strings.TrimSpace(s) == "" {
		err = qda.Refuse(qda.Invalid, "refused.remark_empty")
	}
	return s, err
}

// liveTheme gives a theme that takes part.
func (d *draft) liveTheme(n qda.ID) (*qda.Node, error) {
	x, ok := d.nodes.get(n)
	if !ok || !d.awake(n) {
		return nil, absent()
	}
	if x.Kind != qda.Theme {
		return nil, qda.Refuse(qda.Invalid, "refused.no_theme", "node", x.Name)
	}
	return x, nil
}

// evidence --------------------------------------------------------------------

// evidenceOf gives what a coding is to a theme, nil if nothing.
func (v *View) evidenceOf(theme, coding qda.ID) *qda.Evidence {
	for _, e := range v.evidence.rows {
		if e.Theme == theme && e.Coding == coding {
			return e
		}
	}
	return nil
}

// side gives the evidence for or against a theme in order, asleep or not.
func (v *View) side(theme qda.ID, against bool) (r []*qda.Evidence) {
	for _, e := range v.evidence.rows {
		if e.Theme == theme && e.Against == against {
			r = append(r, e)
		}
	}
	slices.SortFunc(r, evidenceOrder)
	return r
}

// evidencePlace gives an order key on one side of a theme, passing over one that moves.
func (d *draft) evidencePlace(theme qda.ID, against bool, before, moving qda.ID) (string, error) {
	var all []stands
	for _, e := range d.side(theme, against) {
		if e.ID != moving {
			all = append(all, stands{e.ID, e.Place})
		}
	}
	key, moved, ok := placeAmong(all, before)
	if !ok {
		return "", absent()
	}
	for _, m := range moved {
		e, _ := d.evidence.get(m.id)
		x := *e
		x.Place = m.at
		d.put(&x)
	}
	return key, nil
}

// speaksFor asks whether a coding is under a theme: only a counter-case may be coded elsewhere.
func (d *draft) speaksFor(theme *qda.Node, c qda.Coding, against bool) error {
	if !against && !d.standsUnder(c.Code, []qda.ID{theme.ID}) {
		return qda.Refuse(qda.Invalid, "refused.evidence_elsewhere", "theme", theme.Name)
	}
	return nil
}

func (d *draft) evidenceChosen(c *qda.EvidenceChosen) error {
	theme, err := d.liveTheme(c.Theme)
	if err != nil {
		return err
	}
	why, err := cleanWhy(c.Why)
	if err != nil {
		return err
	}
	codings, err := d.myCodings(c.Codings)
	if err != nil {
		return err
	}
	added := false
	for _, x := range codings {
		if !d.wakes(x) {
			return qda.Refuse(qda.Conflict, "refused.coding_gone")
		}
		if c.At == 0 { // else it was chosen elsewhere, while the coding stood under the theme
			if err := d.speaksFor(theme, x, c.Against); err != nil {
				return err
			}
		}
		if d.evidenceOf(theme.ID, x.ID) != nil {
			continue
		}
		added = true
		place, err := d.evidencePlace(theme.ID, c.Against, c.Before, 0)
		if err != nil {
			return err
		}
		d.put(&qda.Evidence{ID: d.id(), Theme: theme.ID, Coding: x.ID, Against: c.Against, Place: place, Why: why, Coder: d.me(), At: d.when(c.At)})
	}
	if !added {
		return qda.Refuse(qda.Conflict, "refused.evidence_already", "theme", theme.Name)
	}
	return nil
}

func (d *draft) evidenceChanged(c *qda.EvidenceChanged) error {
	e, ok := d.As(d.me()).EvidenceAt(c.Evidence)
	if !ok {
		return absent()
	}
	x := *e
	var err error
	if c.Why != nil {
		if x.Why, err = cleanWhy(*c.Why); err != nil {
			return err
		}
		if x.Why != e.Why && c.Rev != 0 && c.Rev != e.Rev {
			return d.edited(e.Rev, e.Why)
		}
	}
	if c.Against != nil && *c.Against != e.Against {
		x.Against = *c.Against
		theme, _ := d.nodes.get(e.Theme)
		coding, _ := d.findCoding(e.Coding)
		if err := d.speaksFor(theme, coding, x.Against); err != nil {
			return err
		}
	}
	if c.Before != nil || x.Against != e.Against {
		before := qda.ID(0)
		if c.Before != nil {
			before = *c.Before
		}
		if x.Place, err = d.evidencePlace(e.Theme, x.Against, before, e.ID); err != nil {
			return err
		}
	}
	d.put(&x)
	return nil
}

func (d *draft) evidenceDropped(c *qda.EvidenceDropped) error {
	if len(c.Evidence) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	l := d.As(d.me())
	for _, n := range c.Evidence {
		if _, ok := l.EvidenceAt(n); !ok {
			return absent()
		}
	}
	for _, n := range c.Evidence {
		d.drop(qda.SortEvidence, n)
	}
	return nil
}

// takeOver moves a merged node's evidence and ties to the one it goes into, last there; what that one has already goes.
func (d *draft) takeOver(from, into qda.ID) error {
	for _, against := range []bool{false, true} {
		for _, e := range d.side(from, against) {
			if d.evidenceOf(into, e.Coding) != nil {
				d.drop(qda.SortEvidence, e.ID)
				continue
			}
			x := *e
			x.Theme = into
			var err error
			if x.Place, err = d.evidencePlace(into, against, 0, 0); err != nil {
				return err
			}
			d.put(&x)
		}
	}
	for _, t := range d.ties.rows {
		if t.Theme != from {
			continue
		}
		if d.tieOf(into, t.Concept) != nil {
			d.drop(qda.SortTie, t.ID)
			continue
		}
		x := *t
		x.Theme = into
		d.put(&x)
	}
	return nil
}

func (d *draft) counterLooked(c *qda.CounterLooked) error {
	n, err := d.liveTheme(c.Theme)
	if err != nil {
		return err
	}
	x := *n
	x.Looked, x.LookedBy = 0, 0
	if c.Looked {
		x.Looked, x.LookedBy = d.when(c.At), d.me()
	}
	d.put(&x)
	return nil
}

// theory ----------------------------------------------------------------------

func (d *draft) conceptAdded(c *qda.ConceptAdded) error {
	x := &qda.Concept{Parent: c.Parent, State: qda.Live}
	var err error
	if x.Name, err = qda.CleanName(c.Name); err != nil {
		return err
	}
	if x.Definition, err = qda.CleanText(c.Definition); err != nil {
		return err
	}
	if x.Place, err = d.conceptPlace(c.Parent, c.Before, 0); err != nil {
		return err
	}
	x.ID = d.id()
	d.put(x)
	return nil
}

// conceptPlace gives an order key among a concept's children, which must be awake, passing over one that moves.
func (d *draft) conceptPlace(parent, before, moving qda.ID) (string, error) {
	if parent != 0 && !d.conceptAwake(parent) {
		return "", qda.Refuse(qda.Conflict, "refused.parent_gone")
	}
	var all []stands
	for _, x := range d.conceptsUnder(parent) {
		if x.ID != moving {
			all = append(all, stands{x.ID, x.Place})
		}
	}
	key, moved, ok := placeAmong(all, before)
	if !ok {
		return "", qda.Refuse(qda.Conflict, "refused.parent_gone")
	}
	for _, m := range moved {
		o, _ := d.concepts.get(m.id)
		x := *o
		x.Place = m.at
		d.put(&x)
	}
	return key, nil
}

func (d *draft) conceptChanged(c *qda.ConceptChanged) error {
	o, ok := d.concepts.get(c.Concept)
	if !ok || o.State == qda.Removed && c.State == nil {
		return absent()
	}
	x := *o
	var err error
	if err := given(&x.Name, c.Name, qda.CleanName); err != nil {
		return err
	}
	if err := given(&x.Definition, c.Definition, qda.CleanText); err != nil {
		return err
	}
	if (x.Name != o.Name || x.Definition != o.Definition) && c.Rev != 0 && c.Rev != o.Rev {
		return d.edited(o.Rev, o)
	}
	if c.State != nil {
		if *c.State != qda.Live && *c.State != qda.Removed {
			return qda.Refuse(qda.Invalid, "refused.state")
		}
		x.State = *c.State
	}
	if c.Parent != nil {
		x.Parent = *c.Parent
	}
	back := x.State == qda.Live && o.State == qda.Removed
	if back && c.Parent == nil && x.Parent != 0 && !d.conceptAwake(x.Parent) {
		x.Parent = 0 // what it stood under is gone
	}
	if x.Parent != o.Parent || c.Before != nil {
		for p := x.Parent; p != 0; {
			if p == x.ID {
				return qda.Refuse(qda.Invalid, "refused.move_into_itself")
			}
			up, ok := d.concepts.get(p)
			if !ok {
				return qda.Refuse(qda.Conflict, "refused.parent_gone")
			}
			p = up.Parent
		}
		before := qda.ID(0)
		if c.Before != nil {
			before = *c.Before
		}
		if x.Place, err = d.conceptPlace(x.Parent, before, x.ID); err != nil {
			return err
		}
	}
	d.put(&x)
	return nil
}

// tieOf gives the tie of a theme to a concept, nil if there is none.
func (v *View) tieOf(theme, concept qda.ID) *qda.Tie {
	for _, t := range v.ties.rows {
		if t.Theme == theme && t.Concept == concept {
			return t
		}
	}
	return nil
}

func (d *draft) tied(c *qda.Tied) error {
	if _, err := d.liveTheme(c.Theme); err != nil {
		return err
	}
	if !d.conceptAwake(c.Concept) {
		return absent()
	}
	why, err := cleanWhy(c.Why)
	if err != nil {
		return err
	}
	if t := d.tieOf(c.Theme, c.Concept); t != nil {
		x := *t
		x.Why = why
		d.put(&x)
		return nil
	}
	d.put(&qda.Tie{ID: d.id(), Theme: c.Theme, Concept: c.Concept, Why: why, Coder: d.me(), At: d.when(c.At)})
	return nil
}

// drafts and review -----------------------------------------------------------

func (d *draft) draftNamed(c *qda.DraftNamed) error {
	x := &qda.Draft{AtSeq: d.seq - 1, Coder: d.me(), At: qda.Unix(d.at)}
	var err error
	if x.Name, err = qda.CleanName(c.Name); err != nil {
		return err
	}
	if x.Text, err = qda.CleanText(c.Text); err != nil {
		return err
	}
	x.ID = d.id()
	d.put(x)
	return nil
}

func (d *draft) reviewAsked(c *qda.ReviewAsked) error {
	o, ok := d.drafts.get(c.Draft)
	if !ok {
		return absent()
	}
	if len(c.Of) == 0 {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	x := *o
	x.Asked = slices.Clone(o.Asked)
	for _, n := range c.Of {
		if r, ok := d.coders.get(n); !ok || !r.Role.Valid() {
			return absent()
		}
		if n == d.me() {
			return qda.Refuse(qda.Invalid, "refused.review_self")
		}
		if !slices.Contains(x.Asked, n) {
			x.Asked = append(x.Asked, n)
		}
	}
	slices.Sort(x.Asked)
	var err error
	if x.AskedText, err = qda.CleanText(c.Text); err != nil {
		return err
	}
	x.AskedAt, x.AskedBy = qda.Unix(d.at), d.me()
	d.put(&x)
	return nil
}

func (d *draft) remarkMade(c *qda.RemarkMade) error {
	x := &qda.Remark{On: c.On, Theme: c.Theme, Coder: d.me(), At: d.when(c.At)}
	var err error
	if x.Text, err = needed(c.Text); err != nil {
		return err
	}
	if c.Under != 0 {
		head, err := d.head(c.Under)
		if err != nil {
			return err
		}
		x.Under, x.On, x.Theme, x.Document, x.Start, x.Stop = head.ID, head.On, head.Theme, head.Document, head.Start, head.Stop
	} else {
		if _, ok := d.nodes.get(c.Theme); c.Theme != 0 && !ok {
			return absent()
		}
		k, coding := d.As(d.me()).Coding(c.On)
		switch {
		case c.On == 0, d.thing(qda.SortNode, c.On) != nil, d.thing(qda.SortDraft, c.On) != nil:
		case coding:
			x.Document, x.Start, x.Stop = k.Document, k.Start, k.Stop
		default:
			return absent()
		}
	}
	x.ID = d.id()
	d.put(x)
	return nil
}

// head gives the head of a remark's thread, if it may be seen.
func (d *draft) head(n qda.ID) (*qda.Remark, error) {
	l := d.As(d.me())
	r, ok := l.Remark(n)
	if ok && r.Under != 0 {
		r, ok = l.Remark(r.Under)
	}
	if !ok {
		return nil, absent()
	}
	return r, nil
}

func (d *draft) remarkSettled(c *qda.RemarkSettled) error {
	head, err := d.head(c.Remark)
	if err != nil {
		return err
	}
	if head.Coder != d.me() && d.by.Role != qda.Owner && d.by.Role != qda.Supervisor {
		return qda.Refuse(qda.Refused, "refused.remark_others")
	}
	if c.Settled == (head.Settled != 0) {
		return nil // as it is
	}
	x := *head
	x.Settled, x.SettledBy = 0, 0
	if c.Settled {
		x.Settled, x.SettledBy = d.when(c.At), d.me()
	}
	d.put(&x)
	return nil
}

func (d *draft) themeJudged(c *qda.ThemeJudged) error {
	if _, err := d.liveTheme(c.Theme); err != nil {
		return err
	}
	if c.Verdict != qda.Approved && c.Verdict != qda.Changes {
		return qda.Refuse(qda.Invalid, "refused.verdict")
	}
	if _, ok := d.drafts.get(c.Draft); c.Draft != 0 && !ok {
		return absent()
	}
	now := Fresh(d.View).Digest(c.Theme) // the View being made has nothing worked out yet
	if len(now.Differs(c.Digest)) > 0 {
		return qda.Refuse(qda.Conflict, "refused.judged_changed")
	}
	x := &qda.Judgement{Theme: c.Theme, Verdict: c.Verdict, Draft: c.Draft, Digest: now, Coder: d.me(), At: d.when(c.At), Made: d.seq}
	var err error
	if x.Text, err = qda.CleanText(c.Text); err != nil {
		return err
	}
	x.ID = d.id()
	d.put(x)
	return nil
}

// questions and the map -------------------------------------------------------

// myQuestion gives a question the coder may change: their own, or anyone's for the owner.
func (d *draft) myQuestion(n qda.ID) (*qda.Question, error) {
	q, ok := d.As(d.me()).Question(n)
	if !ok {
		return nil, absent()
	}
	if d.by != nil && q.Coder != d.by.ID && d.by.Role != qda.Owner {
		return nil, qda.Refuse(qda.Refused, "refused.question_others")
	}
	return q, nil
}

func (d *draft) questionKept(c *qda.QuestionKept) error {
	name, err := qda.CleanName(c.Name)
	if err != nil {
		return err
	}
	if len(c.Query) > qda.MaxQuery || !json.Valid([]byte(c.Query)) || !strings.HasPrefix(strings.TrimSpace(c.Query), "{") {
		return qda.Refuse(qda.Invalid, "refused.query")
	}
	x := &qda.Question{Coder: d.me(), At: d.when(c.At)}
	if c.Question != 0 {
		o, err := d.myQuestion(c.Question)
		if err != nil {
			return err
		}
		if c.Rev != 0 && c.Rev != o.Rev && (name != o.Name || c.Query != o.Query) {
			return d.edited(o.Rev, o)
		}
		*x = *o
	} else {
		x.ID = d.id()
	}
	x.Name, x.Query = name, c.Query
	d.put(x)
	return nil
}

func (d *draft) arranged(c *qda.Arranged) error {
	if len(c.Spots) == 0 || len(c.Spots) > qda.MaxSpots {
		return qda.Refuse(qda.Invalid, "refused.nothing_chosen")
	}
	for _, s := range c.Spots {
		if _, ok := d.nodes.get(s.Node); !ok {
			return absent()
		}
		d.put(&qda.Spot{ID: s.Node, X: s.X, Y: s.Y})
	}
	return nil
}
