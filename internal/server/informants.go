package server

import (
	"net/http"

	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/web/page"
)

func informantsPage(a *ask) error {
	l := a.Lens
	counts := l.Counts()
	v := page.Informants{Project: int(a.Project), MayEdit: a.may("CaseChanged"), Seq: int(a.View.Seq())}
	cases := sortedCases(l)
	filled := func(x *qda.Attribute) (n, all int) {
		if x.Of == qda.OfCases {
			for _, k := range cases {
				if k.Values[x.ID] != "" {
					n++
				}
			}
			return n, len(cases)
		}
		for _, d := range sortedDocuments(l) {
			if d.Values[x.ID] != "" {
				n++
			}
			all++
		}
		return n, all
	}
	for _, x := range l.Attributes() {
		n, all := filled(x)
		v.Attributes = append(v.Attributes, page.Attribute{ID: int(x.ID), Name: x.Name, Of: string(x.Of), Type: x.Type, Known: a.known(x), Note: a.L.T("informants.filled", "n", n, "all", all)})
	}
	for _, k := range cases {
		r := page.CaseRow{ID: int(k.ID), Name: k.Name}
		codings := 0
		for _, x := range l.Attributes() {
			if x.Of != qda.OfCases {
				continue
			}
			value := k.Values[x.ID]
			r.Values, r.Printed = append(r.Values, value), append(r.Printed, a.printed(x.Type, value))
		}
		for _, d := range sortedDocuments(l) {
			if d.Case == k.ID {
				r.Documents = append(r.Documents, page.DocumentLink{ID: int(d.ID), Name: d.Name})
				codings += counts.Document(d.ID)
			}
		}
		r.Codings = a.L.Num(codings)
		v.Cases = append(v.Cases, r)
	}
	for _, d := range sortedDocuments(l) {
		if k, ok := l.Case(d.Case); !ok || k.State != qda.Live {
			v.Loose = append(v.Loose, page.DocumentLink{ID: int(d.ID), Name: d.Name})
		}
	}
	for _, k := range l.Cases() {
		if k.State == qda.Removed {
			v.Removed = append(v.Removed, page.DocumentLink{ID: int(k.ID), Name: k.Name})
		}
	}
	v.Summary = a.L.N("count.informants", len(v.Cases)) + " · " + a.L.N("count.attributes", len(v.Attributes))
	return a.render(http.StatusOK, page.InformantsPage(a.chrome(a.L.T("informants.title"), "documents"), v))
}

// printed is an attribute's value as the page's language writes it: days in its words, numbers with its decimal sign.
func (a *ask) printed(kind, value string) string {
	switch kind {
	case "number":
		return a.L.Decimal(i18n.Decimal(value))
	case "date":
		return a.L.DateOf(value)
	}
	return value
}

func addCase(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.change(&qda.CaseAdded{Name: a.PostForm.Get("name")}, a.at("/informants"))
}

func changeCase(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	values, err := a.values("value-")
	if err != nil {
		return err
	}
	return a.save(&qda.CaseChanged{Case: a.Case.ID, Name: a.field("name"), Values: values}, a.at("/informants"))
}

func setCaseState(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	s := qda.State(a.PostForm.Get("state"))
	return a.change(&qda.CaseChanged{Case: a.Case.ID, State: &s}, a.at("/informants"))
}

func addAttribute(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	f := a.PostForm
	return a.change(&qda.AttributeAdded{Name: f.Get("name"), Of: qda.Of(f.Get("of")), Type: f.Get("type")}, a.at("/informants"))
}

func changeAttribute(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	return a.save(&qda.AttributeChanged{Attribute: a.Attribute.ID, Name: a.field("name"), Type: a.field("type")}, a.at("/informants"))
}
