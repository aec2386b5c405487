package page

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"anyam/internal/i18n"
)

const change = "6f0f1c9e-3a0f-4a57-9a53-0e8d5f5b7c11"

func frame(lang string, inside, signedIn bool) Chrome {
	c := Chrome{
		L:      i18n.New(lang, "Asia/Makassar"),
		Assets: func(name string) string { return "/assets/" + name },
		Change: func() string { return change },
		Title:  "T", Path: "/here", Notice: "Notice <b>", Problem: "Problem & more",
	}
	if signedIn {
		c.Me = &Me{Name: "Ratna <Yuliani>", Initials: "RY", Zone: "Asia/Makassar", Admin: true}
	}
	if inside {
		c.Project = &Bar{ID: 7, Name: "A <i>project</i>", Archived: true, Documents: "14", Codes: "18"}
		c.Active = "members"
	}
	return c
}

func drawn(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// basePages are the pages of this package that stand outside the study itself,
// each with every part it can show.
func basePages(lang string) map[string]string {
	out := map[string]string{}
	put := func(name string, c templ.Component) {
		var b bytes.Buffer
		if err := c.Render(context.Background(), &b); err != nil {
			panic(err)
		}
		out[name] = b.String()
	}
	outside, in, inside := frame(lang, false, false), frame(lang, false, true), frame(lang, true, true)
	current := inside
	current.Project = &Bar{ID: 7, Name: inside.Project.Name}
	put("setup", SetupPage(outside, Setup{Email: `a"b@c.example`}))
	put("sign-in", SignInPage(outside, SignIn{Next: "/projects/7"}))
	put("invite", InvitePage(outside, Invite{}))
	put("invite, signed in", InvitePage(in, Invite{}))
	put("password", PasswordPage(outside, PasswordLink{}))
	put("account", AccountPage(in, Account{Name: "R", Initials: "R", Email: "r@c.example", Zone: "Asia/Makassar",
		Sessions: []Session{{ID: "a", Agent: "Firefox", Current: true}, {ID: "b", Agent: "Safari"}}}))
	put("accounts", AccountsPage(in, Accounts{Link: &OnceLink{For: "S", URL: "http://x.example/password#t"},
		Rows: []AccountRow{{ID: 1, Me: true, Admin: true}, {ID: 2, Name: "S", Seen: "now"}, {ID: 3, Closed: true}}}))
	put("projects", ProjectsPage(in, Projects{Rows: []ProjectRow{{ID: 7, Name: "A", Role: "owner", Documents: 1}}, Archived: []ProjectRow{{ID: 8, Name: "B"}}}))
	put("no projects", ProjectsPage(in, Projects{}))
	put("new project", NewProjectPage(in, NewProject{Language: "xx-unknown", Method: "codebook"}))
	put("settings", SettingsPage(inside, Settings{Owner: true, Language: "id", Method: "reflexive", Heirs: []Choice{{Value: "3", Label: "S"}}}))
	put("settings, archived", SettingsPage(inside, Settings{Owner: true, Archived: true}))
	put("settings, read", SettingsPage(inside, Settings{Language: "id", Method: "reliability"}))
	put("members", MembersPage(current, Members{Owner: true, Reliability: true, Link: &OnceLink{URL: "http://x.example/invite#t"},
		Rows:        []Member{{Coder: 2, Role: "owner", Me: true}, {Coder: 3, Name: "S", Role: "researcher", Blind: true}, {Coder: 4, Placeholder: true, Codings: -1}},
		Invitations: []Invitation{{ID: 9, Role: "supervisor", Email: "b@c.example"}}}))
	put("members, read", MembersPage(current, Members{MayLeave: true, Rows: []Member{{Coder: 2, Role: "supervisor", Codings: -1}}}))
	put("access", AccessPage(inside, Access{Older: "?before=3", Rows: []AccessRow{{Who: "R", What: "opened", When: "now"}}}))
	put("no access", AccessPage(inside, Access{}))
	for _, status := range []int{400, 403, 404, 409, 500, 503} {
		put("error "+number(status), ErrorPage(in, Error{Status: status, ID: "x"}))
	}
	put("overview", OverviewPage(inside, Overview{MayCode: true, MayInvite: true, Blind: true, Documents: 3, Words: 9000, Codes: 2, Codings: 5, Themes: 1, Finished: 3, Coded: 1,
		Reading: []ReadingOn{{ID: 4, Name: "P04", Read: .62, Turn: 42}}, Unread: 1, NextUnread: &ReadingOn{ID: 5, Name: "P05"},
		Loose: []NodeRef{{12, "x"}}, Undefined: []NodeRef{{12, "x"}}, Lately: []Lately{{Initials: "RY", Name: "R", What: "did", When: "now"}}}))
	put("overview, empty", OverviewPage(inside, Overview{Method: "reflexive", MayCode: true}))
	return out
}

var handler = regexp.MustCompile(`^on[a-z]+$`)

// What a page may hold under the content security policy, and what every form needs.
func TestPagesKeepTheRules(t *testing.T) {
	for _, lang := range i18n.Languages {
		for name, page := range basePages(lang) {
			doc, err := html.Parse(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			ids, headings, fields := map[string]bool{}, 0, map[string]bool{}
			var refers []string
			var walk func(n *html.Node, form *html.Node)
			walk = func(n *html.Node, form *html.Node) {
				if n.Type == html.ElementNode {
					a := map[string]string{}
					for _, x := range n.Attr {
						a[x.Key] = x.Val
						if x.Key == "style" || handler.MatchString(x.Key) || strings.HasPrefix(x.Val, "javascript:") {
							t.Errorf("%s: <%s %s=…> is not allowed", name, n.Data, x.Key)
						}
						switch x.Key {
						case "for", "aria-labelledby", "aria-describedby":
							refers = append(refers, strings.Fields(x.Val)...)
						}
					}
					if id, ok := a["id"]; ok {
						if ids[id] {
							t.Errorf("%s: the id %s occurs twice", name, id)
						}
						ids[id] = true
					}
					switch n.Data {
					case "html":
						if a["lang"] != lang {
							t.Errorf("%s: says it is in %q", name, a["lang"])
						}
					case "h1":
						headings++
					case "script":
						if a["src"] == "" || n.FirstChild != nil {
							t.Errorf("%s: a script is inside the page", name)
						}
					case "form":
						form = n
						if a["method"] != "dialog" && (a["method"] != "post" || a["action"] == "") {
							t.Errorf("%s: a form without method or address", name)
						}
					case "input", "select", "textarea":
						if form == nil && n.Data != "input" {
							t.Errorf("%s: a field outside any form", name)
						}
						if a["name"] == "change" && a["value"] != change {
							t.Errorf("%s: a change field without an id", name)
						}
						fields[a["name"]] = true
					}
				}
				for k := n.FirstChild; k != nil; k = k.NextSibling {
					walk(k, form)
				}
			}
			walk(doc, nil)
			for _, id := range refers {
				if !ids[id] {
					t.Errorf("%s: refers to #%s, which is not there", name, id)
				}
			}
			if headings != 1 {
				t.Errorf("%s: %d h1", name, headings)
			}
			if strings.Contains(page, "<i>project") || strings.Contains(page, "<Yuliani") {
				t.Errorf("%s: a name was not escaped", name)
			}
		}
	}
}

func TestFormsCarryWhatTheServerReads(t *testing.T) {
	pages := basePages("en")
	for name, want := range map[string][]string{
		"setup":             {"token", "name", "email", "password", "language"},
		"sign-in":           {"email", "password", "next"},
		"invite":            {"token", "name", "email", "password", "language"},
		"invite, signed in": {"token"},
		"password":          {"token", "password"},
		"account":           {"change", "name", "initials", "language", "zone", "old", "password"},
		"new project":       {"change", "name", "description", "language", "method"},
		"settings":          {"change", "name", "description", "language", "method", "coder"},
		"members":           {"change", "role", "blind", "email"},
	} {
		for _, field := range want {
			if !strings.Contains(pages[name], `name="`+field+`"`) {
				t.Errorf("%s has no field %s", name, field)
			}
		}
	}
	for name, want := range map[string][]string{
		"account":            {"/account/password", "/account/sessions/b/end", "/account/sessions/end-others", "/sign-out"},
		"accounts":           {"/accounts/2/close", "/accounts/3/open", "/accounts/2/password-link"},
		"settings":           {"/projects/7/settings", "/projects/7/archive", "/projects/7/delete", "/projects/7/hand-over"},
		"settings, archived": {"/projects/7/unarchive"},
		"members":            {"/projects/7/invitations", "/projects/7/invitations/9/revoke", "/projects/7/members/3", "/projects/7/members/3/remove"},
		"members, read":      {"/projects/7/leave"},
	} {
		for _, action := range want {
			if !strings.Contains(pages[name], `action="`+action+`"`) {
				t.Errorf("%s has no form for %s", name, action)
			}
		}
	}
	if strings.Contains(pages["members, read"], "invitations") || strings.Contains(pages["settings, read"], "/delete") {
		t.Error("one who may only read is offered what owners do")
	}
}

func TestAnUnknownLanguageOfTextsStaysChosen(t *testing.T) {
	page := drawn(t, NewProjectPage(frame("en", false, true), NewProject{Language: "xx-unknown"}))
	if !strings.Contains(page, `<option value="xx-unknown" selected>`) {
		t.Error("the language given is not among the choices")
	}
}
