package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"anyam/internal/qda"
)

// restoreDrafts keeps each draft as a memo on the project: its name, its words and the codebook as it was then. A draft itself names an
// entry of the ledger, which stays behind.
func (g *bringer) restoreDrafts(ctx context.Context) error {
	var all []one
	for _, d := range g.side.Drafts {
		text := d.Is.Name + "\n\n"
		for _, s := range []string{d.Is.Text, d.Is.AskedText} {
			if s != "" {
				text += s + "\n\n"
			}
		}
		x := g.guidOf(d.ID)
		all = append(all, one{"drafts", "draft " + x.String(), g.who(d.Is.Coder), &qda.MemoWritten{Text: g.text("drafts", text+d.Is.Codebook), At: d.Is.At}, func(*qda.Entry) { g.out.Memos++ }})
		g.left("drafts", "draft_memo", 1, d.Is.Name)
	}
	return g.make(ctx, all)
}

func (g *bringer) restoreRemarks(ctx context.Context) error {
	drafts := map[qda.ID]bool{}
	for _, d := range g.side.Drafts {
		drafts[d.ID] = true
	}
	var heads, answers, settled []one
	for _, r := range g.side.Remarks {
		x := g.guidOf(r.ID)
		c := &qda.RemarkMade{On: g.here(r.Is.On), Theme: g.here(r.Is.Theme), Text: r.Is.Text, At: r.Is.At}
		o := one{"remarks", "remark " + x.String(), g.who(r.Is.Coder), c, func(e *qda.Entry) { g.of[x] = made(e, qda.SortRemark) }}
		if r.Is.Under != 0 {
			answers = append(answers, o)
			continue
		}
		if r.Is.On != 0 && c.On == 0 {
			if drafts[r.Is.On] {
				g.left("remarks", "draft_remark", 1)
			} else {
				g.left("remarks", "on_project", 1)
			}
		}
		heads = append(heads, o)
	}
	if err := g.make(ctx, heads); err != nil {
		return err
	}
	i := 0
	for _, r := range g.side.Remarks {
		if r.Is.Under != 0 {
			answers[i].do.(*qda.RemarkMade).Under = g.here(r.Is.Under)
			i++
		}
		if r.Is.Settled != 0 {
			if head := g.here(r.ID); head != 0 {
				settled = append(settled, one{"remarks", "settled " + g.guidOf(r.ID).String(), g.who(r.Is.SettledBy), &qda.RemarkSettled{Remark: head, Settled: true, At: r.Is.Settled}, nil})
			}
		}
	}
	return g.make(ctx, append(answers, settled...))
}

// restoreJudgements gives the verdicts on themes that are still as they were. A verdict on what has changed since can't be given again:
// it becomes a remark.
func (g *bringer) restoreJudgements(ctx context.Context) error {
	v, err := g.Engine.View(ctx, g.Project, 0)
	if err != nil {
		return err
	}
	var all []one
	for _, j := range g.side.Judgements {
		theme := g.here(j.Is.Theme)
		if theme == 0 {
			continue
		}
		label, who := "judgement "+g.guidOf(j.ID).String(), g.who(j.Is.Coder)
		why := "judged_before"
		if g.joinedTo[g.guidOf(j.Is.Theme)] {
			why = "judged_joined"
		} else if k, ok := v.Coder(who); j.Is.Stands && ok && (k.Role == qda.Supervisor || k.Role == qda.Owner) && !k.Blind {
			if j.Is.Draft != 0 {
				g.left("judgements", "judged_draft", 1)
			}
			all = append(all, one{"judgements", label, who, &qda.ThemeJudged{Theme: theme, Verdict: j.Is.Verdict, Digest: v.Digest(theme), Text: j.Is.Text, At: j.Is.At}, nil})
			continue
		}
		g.left("judgements", why, 1)
		text := fmt.Sprintf("[%s, %s] %s", j.Is.Verdict, time.Unix(j.Is.At, 0).UTC().Format(time.DateOnly), j.Is.Text)
		all = append(all, one{"judgements", label, who, &qda.RemarkMade{On: theme, Theme: theme, Text: strings.TrimSpace(text), At: j.Is.At}, nil})
	}
	return g.make(ctx, all)
}
