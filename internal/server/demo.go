package server

import (
	"net/http"

	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web/page"
)

// demoPage takes a sign-in link of the demo study, which `anyam demo --sign-in` prints.
func demoPage(a *ask) error {
	return a.render(http.StatusOK, page.DemoPage(a.chrome(a.L.T("demo.title"), ""), page.PasswordLink{}))
}

func demoSignIn(a *ask) error {
	if err := a.form(); err != nil {
		return err
	}
	err := func() error {
		if err := a.limitedAddress(demosByAddress); err != nil {
			return err
		}
		_, id, err := a.s.Store.UseLink(a.Context(), tokenSum(a.PostForm.Get("token")), "sign-in", a.now, store.Account{}, "")
		if err != nil {
			return err
		}
		if id == 0 {
			return qda.Refuse(qda.Refused, "refused.link")
		}
		return a.begin(id)
	}()
	if err != nil {
		return a.again(err, func(c page.Chrome) error {
			c.Title = a.L.T("demo.title")
			return a.render(http.StatusBadRequest, page.DemoPage(c, page.PasswordLink{Token: a.PostForm.Get("token")}))
		})
	}
	return a.back("/projects", "")
}
