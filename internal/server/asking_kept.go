package server

import (
	"encoding/json"
	"net/url"
	"strings"

	"anyam/internal/qda"
	"anyam/web/page"
)

// keptQuery is a question as it is kept: its address, as it stands behind the question mark.
type keptQuery struct {
	Ask string `json:"ask"`
}

// askKept lists the questions that were kept by name. One whose words nobody understands any more has no address of its own.
func (a *ask) askKept(v *page.Ask) {
	v.MayKeep = v.Asked && a.may("QuestionKept")
	for _, q := range a.Lens.Questions() {
		k := page.AskKept{ID: int(q.ID), Rev: int(q.Rev), Name: q.Name, By: a.initials(q.Coder), When: a.L.When(unix(q.At), a.now), Mine: a.may("QuestionRemoved") && (q.Coder == a.Coder.ID || a.Coder.Role == qda.Owner)}
		query := keptAddress(q)
		k.Href, k.Query = a.at("/ask")+"?"+query, query
		k.Current = v.Asked && query == v.Query
		v.Kept = append(v.Kept, k)
	}
}

func keptAddress(q *qda.Question) string {
	var k keptQuery
	if json.Unmarshal([]byte(q.Query), &k) != nil {
		return ""
	}
	v, err := url.ParseQuery(k.Ask)
	if err != nil {
		return ""
	}
	return v.Encode()
}

// keepQuestion keeps a question by name. It is read and written anew, so that only what is a question is kept.
func keepQuestion(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	v, err := url.ParseQuery(a.PostForm.Get("query"))
	if err != nil {
		return qda.Refuse(qda.Invalid, "refused.form")
	}
	q, err := a.question(v)
	if err != nil {
		return err
	}
	query := a.askQuery(q, v.Get("every") == "on")
	raw, err := json.Marshal(keptQuery{query.Encode()})
	if err != nil {
		return err
	}
	c := &qda.QuestionKept{Name: a.PostForm.Get("name"), Query: string(raw)}
	if c.Question, err = optionalID(a.PostForm.Get("question")); err != nil {
		return err
	}
	rev, err := optionalID(a.PostForm.Get("rev"))
	if err != nil {
		return err
	}
	c.Rev = qda.Seq(rev)
	return a.change(c, a.at("/ask")+"?"+query.Encode())
}

func removeQuestion(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.QuestionRemoved{Question: a.Question.ID}, a.at("/ask"))
}

// keptQuestion resolves a question. One that has gone may be what a repeated removal is about, so it is decide that answers as if
// absent, unless it knows the change.
func keptQuestion(a *ask, v string) error {
	n, err := thingID(v)
	if err != nil {
		return err
	}
	q, ok := a.Lens.Question(n)
	if !ok {
		q = &qda.Question{ID: n}
	}
	a.Question = q
	return nil
}

// renumbered gives a kept question with other numbers for what it names, 0 for what is not there; then gone is true. Drafts and entries
// stay in it only on the way out: on the way in they stay behind, and then past is true.
func renumbered(query string, of func(qda.ID) qda.ID, out bool) (now string, gone, past bool) {
	var k keptQuery
	if json.Unmarshal([]byte(query), &k) != nil {
		return query, false, false
	}
	v, err := url.ParseQuery(k.Ask)
	if err != nil {
		return query, false, false
	}
	number := func(s string) string {
		n, err := thingID(s)
		if err != nil {
			return s
		}
		to := of(n)
		gone = gone || n != 0 && to == 0
		return itoa(to)
	}
	r := url.Values{}
	for name, all := range v {
		to := name
		if n, ok := strings.CutPrefix(name, "value-"); ok {
			to = "value-" + number(n)
		}
		for _, s := range all {
			switch name {
			case "all", "any", "none", "by", "document":
				s = number(s)
			case "draft", "entry", "was":
				if past = past || s != ""; !out {
					continue
				}
			}
			r.Add(to, s)
		}
	}
	raw, err := json.Marshal(keptQuery{r.Encode()})
	if err != nil {
		return query, false, false
	}
	return string(raw), gone, past
}
