package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/web/page"
)

// reviewPage is where a supervisor reads the themes of a draft one by one and judges them.
func reviewPage(a *ask) error { return a.review(http.StatusOK, a.URL.Query(), nil) }

// stale is a judgement that was refused because the theme changed while it was read.
type stale struct {
	seq  qda.Seq // the page was drawn at
	text string
}

// review draws the page for an address; late is what a refused judgement had said.
func (a *ask) review(status int, q url.Values, late *stale) error {
	l := a.Lens
	v := page.Review{Project: int(a.Project), Seq: int(a.View.Seq()), Blind: l.Blind(), NoLetters: a.Account.Surface.NoLetters, MayJudge: a.may("ThemeJudged"), MayAsk: a.may("ReviewAsked")}
	draft := a.draftAsked(q.Get("draft"))
	for _, d := range slices.Backward(l.Drafts()) {
		v.Drafts = append(v.Drafts, page.Choice{Value: itoa(d.ID), Label: d.Name, Chosen: draft != nil && d.ID == draft.ID})
	}
	if v.MayAsk {
		for _, c := range l.Coders() {
			if c.Role.Valid() && c.ID != a.Coder.ID {
				v.Readers = append(v.Readers, page.Choice{Value: itoa(c.ID), Label: c.Name + " · " + a.L.T("role."+string(c.Role)), Chosen: c.Role == qda.Supervisor})
			}
		}
		v.NextName = a.L.T("review.draft_n", "n", len(l.Drafts())+1)
	}
	if draft != nil {
		v.Draft = &page.ReviewDraft{ID: int(draft.ID), Name: draft.Name, Text: draft.Text, AskedText: draft.AskedText, MayRemark: a.may("RemarkMade")}
		for _, t := range l.ThreadsOn(draft.ID) {
			x := a.thread(t)
			x.On = a.L.T("history.quoted", "name", draft.Name)
			v.Draft.Threads = append(v.Draft.Threads, x)
		}
		if err := a.aboutDraft(draft, v.Draft); err != nil {
			return err
		}
	}
	chosen, _ := thingID(q.Get("theme"))
	var first, waits qda.ID
	for _, n := range l.Nodes() {
		if n.Kind != qda.Theme {
			continue
		}
		hue, pattern := a.View.Colour(n.ID)
		r := page.ReviewTheme{NodeLink: page.NodeLink{ID: int(n.ID), Name: n.Name, Colour: hue, Pattern: pattern}, Depth: a.View.Depth(n.ID), Standing: a.standing(n.ID), Href: a.reviewAt(draft, n.ID)}
		for _, t := range l.ThreadsUnder(n.ID) {
			if t.Head.Settled == 0 {
				r.Open++
			}
		}
		if first == 0 {
			first = n.ID
		}
		if waits == 0 && r.Standing != nil && (r.Standing.Stand == string(qda.Unread) || r.Standing.Stand == string(qda.ChangedSince)) {
			waits = n.ID
		}
		v.Themes = append(v.Themes, r)
	}
	n, ok := a.View.Node(chosen)
	if !ok || n.Kind != qda.Theme || !a.awake(n.ID) {
		if waits == 0 {
			waits = first
		}
		n, ok = a.View.Node(waits)
	}
	if draft != nil && ok {
		if err := a.readTheme(&v, n, draft, q, late); err != nil {
			return err
		}
	}
	return a.render(status, page.ReviewPage(a.chrome(a.L.T("nav.review"), "review"), v))
}

// reviewAt is the address of a theme in the review of a draft.
func (a *ask) reviewAt(d *qda.Draft, theme qda.ID) string {
	s := a.at("/review?theme=%d", theme)
	if d != nil {
		s += "&draft=" + itoa(d.ID)
	}
	return s
}

// draftAsked gives the draft under review: the one asked for, else the newest somebody was asked to read, else the newest.
func (a *ask) draftAsked(asked string) *qda.Draft {
	if n, err := thingID(asked); err == nil {
		if d, ok := a.View.Draft(n); ok {
			return d
		}
	}
	var r *qda.Draft
	for _, d := range a.View.Drafts() {
		if r == nil || d.AskedAt >= r.AskedAt {
			r = d
		}
	}
	return r
}

// aboutDraft says who asked whom when, and what it is compared with: the newest draft before it that the asker judged something
// of, or, for one who judges nothing, the draft before.
func (a *ask) aboutDraft(d *qda.Draft, v *page.ReviewDraft) error {
	v.Named = a.L.T("review.named", "by", a.initials(d.Coder), "when", a.L.When(unix(d.At), a.now), "seq", a.L.Num(int(d.AtSeq)))
	if d.AskedAt != 0 {
		var of []string
		for _, n := range d.Asked {
			of = append(of, a.initials(n))
		}
		v.Asked = a.L.T("review.asked", "by", a.initials(d.AskedBy), "of", a.list(of), "when", a.L.When(unix(d.AskedAt), a.now))
	}
	v.Mine = slices.Contains(d.Asked, a.Coder.ID)
	var before *qda.Draft
	for _, x := range a.View.Drafts() {
		if x.ID < d.ID {
			before = x
		}
	}
	if before == nil {
		return nil
	}
	v.Before = before.Name
	v.Compared = a.at("/drafts/compare?from=%d&to=%d", before.ID, d.ID)
	was, err := a.s.pasts.of(a, before.AtSeq)
	if err != nil {
		return err
	}
	is, err := a.s.pasts.of(a, d.AtSeq)
	if err != nil {
		return err
	}
	c, err := a.s.Engine.Compare(a.Context(), a.Lens.On(was), a.Lens.On(is))
	if err != nil {
		return err
	}
	for i, x := range c.Differences {
		if i == mostDiffers {
			v.More = a.L.N("claim.more", len(c.Differences)-mostDiffers)
			break
		}
		r := page.ReviewDiffers{What: a.L.T("drafts.what." + string(x.What)), Name: x.Name, Lines: a.lines(x, itoa(before.ID), itoa(d.ID))}
		if x.What != engine.Passing && x.Codings > 0 {
			r.Codings = a.touchedSaid(x, itoa(before.ID), itoa(d.ID))
		}
		v.Differs = append(v.Differs, r)
	}
	return nil
}

const mostDiffers = 12

// readTheme fills in the theme that is read.
func (a *ask) readTheme(v *page.Review, n *qda.Node, draft *qda.Draft, q url.Values, late *stale) error {
	l := a.Lens
	rows, err := a.themeRows(n.ID)
	if err != nil {
		return err
	}
	of := a.groupsBy(q.Get("of"))
	d, err := a.dossier(n, rows, of)
	if err != nil {
		return err
	}
	d.Reviews, d.MayCode, d.MayChoose, d.MayEdit, d.WhyNot = true, false, false, false, ""
	self := func(set ...string) string {
		u := url.Values{"theme": {itoa(n.ID)}, "draft": {itoa(draft.ID)}}
		if x := q.Get("by"); x != "" {
			u.Set("by", x)
		}
		for i := 0; i < len(set); i += 2 {
			u.Set(set[i], set[i+1])
		}
		return a.at("/review?%s", u.Encode())
	}
	if d.Passages, err = a.passages(n, rows, of, self); err != nil {
		return err
	}
	for i := range d.Passages.Groups {
		for j := range d.Passages.Groups[i].Passages {
			d.Passages.Groups[i].Passages[j].Unfolded = true
		}
	}
	v.Theme = d
	for i := range v.Themes {
		v.Themes[i].Current = v.Themes[i].ID == int(n.ID)
	}
	if l.Blind() {
		return nil
	}
	v.Digest = page.ReviewDigest(a.View.Digest(n.ID))
	if last := l.Standing(n.ID).Last; last != nil {
		// One's own newest judgement counts for what one has read; another's where one has none.
		if mine, ok := l.Judged(n.ID, a.Coder.ID); ok {
			last = mine
		}
		if parts := l.Since(last).Parts; len(parts) > 0 {
			if v.Since, err = a.since(n.ID, last.Made, parts); err != nil {
				return err
			}
			v.SinceWhat = a.L.T("review.since."+string(last.Verdict), "by", a.initials(last.Coder), "when", a.L.When(unix(last.At), a.now))
		}
	}
	if late != nil {
		v.Typed = late.text
		if v.Meanwhile, err = a.since(n.ID, late.seq, nil); err != nil {
			return err
		}
	}
	v.Record, err = a.record(n.ID)
	return err
}

// record is the judgements of a theme and the changes of its claim, newest first.
func (a *ask) record(n qda.ID) ([]page.ReviewRecord, error) {
	type dated struct {
		at int64
		page.ReviewRecord
	}
	var all []dated
	for _, j := range a.Lens.Judgements(n) {
		r := page.ReviewRecord{Coder: a.initials(j.Coder), What: a.L.T("review.record." + string(j.Verdict)), When: a.L.When(unix(j.At), a.now), Text: j.Text, Verdict: string(j.Verdict), ID: int(j.ID)}
		if d, ok := a.View.Draft(j.Draft); ok {
			r.What = a.L.T("review.record.of."+string(j.Verdict), "draft", d.Name)
		}
		all = append(all, dated{j.At, r})
	}
	es, err := a.s.Store.Touching(a.Context(), a.Project, qda.SortNode, n, 200)
	if err != nil {
		return nil, err
	}
	for _, e := range es {
		if !a.sees(e) {
			continue
		}
		for _, d := range e.Did {
			if d.ID != n || d.Of != qda.SortNode {
				continue
			}
			for _, f := range []string{"claim", "name", "scope", "boundary"} {
				if before, after := was(d, f); before != after {
					all = append(all, dated{e.At.Unix(), page.ReviewRecord{Coder: a.initials(e.Coder), What: a.L.T("review.record.changed_" + f), When: a.L.When(e.At, a.now), Text: a.becomes(before, after)}})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(x, y dated) int { return int(y.at - x.at) })
	var r []page.ReviewRecord
	for _, x := range all {
		r = append(r, x.ReviewRecord)
	}
	return r, nil
}

// judgeTheme keeps a verdict. One on a theme that changed while it was read is refused, and the page shows what changed.
func judgeTheme(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	c := &qda.ThemeJudged{Theme: a.Node.ID, Verdict: qda.Verdict(f.Get("verdict")), Text: strings.TrimSpace(f.Get("text")),
		Digest: qda.Digest{Claim: f.Get("digest-claim"), Codes: f.Get("digest-codes"), Evidence: f.Get("digest-evidence"), Codings: f.Get("digest-codings")}}
	var err error
	if c.Draft, err = optionalID(f.Get("draft")); err != nil {
		return err
	}
	back := a.at("/review?theme=%d", a.Node.ID)
	if c.Draft != 0 {
		back += "&draft=" + itoa(c.Draft)
	}
	err = a.change(c, back)
	var refused *qda.Error
	if a.json() || !errors.As(err, &refused) || refused.Key != "refused.judged_changed" {
		return err
	}
	late := &stale{text: f.Get("text")}
	if n, err := number(f.Get("seq")); err == nil {
		late.seq = qda.Seq(n)
	}
	q := url.Values{"theme": {itoa(a.Node.ID)}, "draft": {itoa(c.Draft)}}
	return a.again(err, func(page.Chrome) error { return a.review(http.StatusConflict, q, late) })
}

// askForReview names a draft, where a name is given, and asks for a review of it: two entries of one form, whose second change
// follows from the first, so that a repeat makes neither twice.
func askForReview(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	of, err := a.ids("of")
	if err != nil {
		return err
	}
	if len(of) == 0 {
		return qda.Refuse(qda.Invalid, "refused.review_of")
	}
	for _, n := range of { // before a draft is named for nobody
		if c, ok := a.Lens.Coder(n); !ok || !c.Role.Valid() {
			return absent()
		}
		if n == a.Coder.ID {
			return qda.Refuse(qda.Invalid, "refused.review_self")
		}
	}
	draft, err := optionalID(f.Get("draft"))
	if err != nil {
		return err
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	second := id
	if draft == 0 {
		e, err := a.do(id, &qda.DraftNamed{Name: f.Get("name"), Text: f.Get("about")}, nil)
		if err != nil {
			return err
		}
		for _, d := range e.Did {
			if d.Of == qda.SortDraft {
				draft = d.ID
			}
		}
		second[0] ^= 0xff
	}
	e, err := a.do(second, &qda.ReviewAsked{Draft: draft, Of: of, Text: f.Get("text")}, nil)
	if err != nil {
		return err
	}
	return a.done(e, a.at("/review?draft=%d", draft))
}
