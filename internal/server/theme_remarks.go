package server

import (
	"slices"
	"strconv"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/span"
	"anyam/web/page"
)

// threads fills in what was said of a theme, of what is under it and of its segments: what is open first.
func (a *ask) threads(n *qda.Node, d *page.Dossier) error {
	l := a.Lens
	below := l.Below(n.ID)
	for _, t := range l.Threads(nil) {
		h := t.Head
		if h.On != n.ID && h.Theme != n.ID && !slices.Contains(below, h.On) {
			continue
		}
		v := a.thread(t)
		v.Theme = int(n.ID)
		if !v.Settled {
			d.Open++
		}
		switch {
		case h.On == n.ID:
			v.On = a.L.T("review.on.claim")
		case h.Document != 0:
			if err := a.remarkedWords(h, &v); err != nil {
				return err
			}
		default:
			v.On, v.Href = a.L.T("history.quoted", "name", a.nodeName(h.On)), a.at("/nodes/%d", h.On)
		}
		d.Threads = append(d.Threads, v)
	}
	slices.SortStableFunc(d.Threads, func(x, y page.RemarkThread) int {
		switch {
		case x.Settled == y.Settled:
			return 0
		case x.Settled:
			return 1
		}
		return -1
	})
	on := qda.ID(0)
	if k, err := thingID(a.URL.Query().Get("remark")); err == nil {
		on = k
	}
	d.On = []page.Choice{{Value: itoa(n.ID), Label: a.L.T("review.on.claim"), Chosen: on == 0}}
	for _, c := range d.Codes {
		d.On = append(d.On, page.Choice{Value: strconv.Itoa(c.ID), Label: a.L.T("history.quoted", "name", c.Name), Chosen: on == qda.ID(c.ID)})
	}
	if c, ok := l.Coding(on); ok && on != 0 {
		doc, w, err := a.textOf(c)
		if err != nil {
			return err
		}
		d.On = append(d.On, page.Choice{Value: itoa(on), Label: doc.Name + " · " + a.L.T("node.turn", "n", int(w.TurnAt(c.Start).Turn)), Chosen: true})
	}
	return nil
}

// thread is a remark with its answers, but for what it is on.
func (a *ask) thread(t engine.Thread) page.RemarkThread {
	h := t.Head
	v := page.RemarkThread{Remark: a.remark(h), Settled: h.Settled != 0, MayAnswer: a.may("RemarkMade") && a.Draft == nil, MaySettle: a.may("RemarkSettled") && (h.Coder == a.Coder.ID || a.Coder.Role != qda.Researcher)}
	if v.Settled {
		v.SettledBy = a.L.T("review.settled_by", "by", a.initials(h.SettledBy), "when", a.L.When(unix(h.Settled), a.now))
	}
	last := h.Coder
	for _, x := range t.Answers {
		v.Answers = append(v.Answers, a.remark(x))
		last = x.Coder
	}
	v.Waits = !v.Settled && last != a.Coder.ID
	return v
}

func (a *ask) remark(r *qda.Remark) page.Remark {
	v := page.Remark{ID: int(r.ID), Coder: a.initials(r.Coder), When: a.L.When(unix(r.At), a.now), Text: r.Text}
	if k, ok := a.Lens.Coder(r.Coder); ok {
		v.Name = k.Name
	}
	return v
}

// remarkedWords says which words a remark is on. The coding may have gone; the words stay.
func (a *ask) remarkedWords(h *qda.Remark, v *page.RemarkThread) error {
	doc, ok := a.Lens.Document(h.Document)
	if !ok || doc.State != qda.Live {
		v.On = a.L.T("history.on_gone")
		return nil
	}
	version := doc.Version
	c, there := a.Lens.Coding(h.On)
	if there {
		version = c.Version
	}
	w, err := a.s.Engine.Words(a.Context(), a.Project, doc.ID, version)
	if err != nil {
		return err
	}
	turn := int(w.TurnAt(h.Start).Turn)
	v.On = doc.Name + " · " + a.L.T("node.turn", "n", turn)
	v.Href = a.at("/documents/%d#t%d", doc.ID, turn)
	if h.Stop <= w.Chars() {
		v.Where = clip(w.Quote(span.Span{Start: h.Start, Stop: h.Stop}), 160)
	}
	if !there {
		v.Where = a.L.T("review.uncoded", "words", v.Where)
	}
	return nil
}

// remarkOf resolves a remark.
func remarkOf(a *ask, v string) (err error) { a.Remark, err = found(v, a.Lens.Remark); return err }

func makeRemark(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	c := &qda.RemarkMade{Text: a.PostForm.Get("text")}
	if err := a.optionalIDs(map[string]*qda.ID{"on": &c.On, "theme": &c.Theme, "under": &c.Under}); err != nil {
		return err
	}
	if c.Under != 0 {
		if c.Theme == 0 {
			if h, ok := a.Lens.Remark(c.Under); ok {
				c.Theme = h.Theme
			}
		}
	}
	id, err := a.changeID()
	if err != nil {
		return err
	}
	e, err := a.do(id, c, nil)
	if err != nil {
		return err
	}
	back, hash := a.at("/codebook"), ""
	for _, d := range e.Did {
		if d.Of == qda.SortRemark {
			hash = "#r" + itoa(d.ID)
		}
	}
	if h, ok := a.Lens.Remark(c.Under); ok && c.On == 0 {
		c.On = h.On
	}
	if d, ok := a.View.Draft(c.On); ok {
		back = a.at("/review?draft=%d", d.ID) + hash
	} else if c.Theme != 0 {
		back = a.backToTheme(c.Theme, hash)
	}
	return a.done(e, back)
}

func settleRemark(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	back, hash := a.at("/codebook"), "#r"+itoa(a.Remark.ID)
	if d, ok := a.View.Draft(a.Remark.On); ok {
		back = a.at("/review?draft=%d", d.ID) + hash
	} else if a.Remark.Theme != 0 {
		back = a.backToTheme(a.Remark.Theme, hash)
	}
	return a.save(&qda.RemarkSettled{Remark: a.Remark.ID, Settled: a.PostForm.Get("settled") == "on"}, back)
}

// Two questions that a theme is asked in phase 4. A memo that answers one begins with it, as a heading: so it says itself which
// it answers, here and wherever memos are read, in whichever language it was written.
const levels = 2

func levelHeading(l *i18n.Printer, level int) string {
	return "### " + l.T("claim.level."+strconv.Itoa(level))
}

// levels gives the two questions with their memos.
func (a *ask) levels(n *qda.Node) (r []page.Level, err error) {
	for k := 1; k <= levels; k++ {
		v := page.Level{Level: k, Question: a.L.T("claim.level." + strconv.Itoa(k))}
		var heads []string
		for _, lang := range []string{"en", "id"} {
			heads = append(heads, levelHeading(i18n.New(lang, "UTC"), k))
		}
		for _, m := range a.Lens.Memos(n.ID) {
			head, rest, _ := strings.Cut(m.Text, "\n")
			if !slices.Contains(heads, strings.TrimSpace(head)) {
				continue
			}
			short := *m
			short.Text = strings.TrimLeft(rest, "\n")
			v.Memos = append(v.Memos, page.NodeMemo{ID: int(m.ID), Rev: int(m.Rev), Coder: a.initials(m.Coder), When: a.L.When(unix(m.At), a.now), Text: m.Text, HTML: a.drawn(&short), Mine: m.Coder == a.Coder.ID || a.Coder.Role == qda.Owner})
		}
		r = append(r, v)
	}
	return r, nil
}

func answerLevel(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	level, err := strconv.Atoi(a.PostForm.Get("level"))
	if err != nil || level < 1 || level > levels {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	text := strings.TrimSpace(a.PostForm.Get("text"))
	if text == "" {
		return qda.Refuse(qda.Invalid, "refused.memo_empty")
	}
	return a.change(&qda.MemoWritten{On: a.Node.ID, Text: levelHeading(a.L, level) + "\n\n" + text}, a.at("/themes/%d#theme-levels", a.Node.ID))
}
