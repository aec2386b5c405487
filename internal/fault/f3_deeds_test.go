//go:build faults

package fault

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// deed is a request that writes, of one of the routes, and what "once" means for it.
type deed struct {
	route  string
	as     string // which of the route's deeds, where there are several
	once   string // what a repeat means where there is no entry with a change id
	make   func(*plot) letter
	midway []string                            // what may be left of it by a cut: some of its steps, each whole, which a repeat goes on from
	then   []int                               // what a repeat may be answered when it has been done
	more   []string                            // what a repeat may change when it has been done
	slow   bool                                // another deed of the route is cut everywhere, this one at some boundaries
	ends   bool                                // the project is of no use after it
	back   func(*plot)                         // takes back what the next deed could not stand
	check  func(*plot, letter, answered) error // after the repeat
}

func (d deed) String() string {
	if d.as == "" {
		return "POST " + d.route
	}
	return "POST " + d.route + " (" + d.as + ")"
}

func (d deed) restore(p *plot) {
	if d.back != nil {
		d.back(p)
	}
}

func pairs(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v
}

func num(n qda.ID) string { return fmt.Sprint(n) }

// at is an address under the project.
func (p *plot) at(rest string, args ...any) string {
	return fmt.Sprintf("/projects/%d", p.id) + fmt.Sprintf(rest, args...)
}

// form is a form of the owner under the project, with a change id.
func (p *plot) form(rest string, kv ...string) letter {
	l := letter{path: p.at("%s", rest), token: p.token, form: pairs(kv...)}
	l.form.Set("change", fresh().String())
	return l
}

// json is a change of the surface, by the owner.
func (p *plot) json(rest string, m map[string]any) letter {
	m["change"] = fresh()
	return letter{path: p.at("%s", rest), token: p.token, json: m}
}

// signsIn asks whether somebody can sign in with a password.
func (p *plot) signsIn(email, password string) error {
	if a := p.send(letter{path: "/sign-in", form: pairs("email", email, "password", password)}); a.status != http.StatusSeeOther {
		return fmt.Errorf("the password does not open the account: %d", a.status)
	}
	return nil
}

const newPassword = "pelabuhan-semayang-pagi"

// live makes the project live again.
func (p *plot) live() {
	v, err := p.engine.View(context.Background(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	if state := qda.Live; v.Project().State != state {
		p.do(0, &qda.ProjectChanged{State: &state})
	}
}

// deeds are all of them: every route that writes has one or more.
func deeds() []deed {
	const p = "/projects/{project}"
	node := func(p *plot) qda.ID { return p.addNode(qda.Code, p.next("kode"), 0) }
	memo := func(p *plot) *qda.Entry { return p.do(p.owner, &qda.MemoWritten{On: p.code, Text: p.next("memo")}) }
	return append(accountDeeds(), []deed{
		{route: p + "/settings", make: func(p *plot) letter { return p.form("/settings", "name", p.next("Hambatan")) }},
		{route: p + "/archive", back: (*plot).live, make: func(p *plot) letter { return p.form("/archive") }},
		{route: p + "/unarchive", back: (*plot).live, make: func(p *plot) letter {
			p.live()
			state := qda.Archived
			p.do(0, &qda.ProjectChanged{State: &state})
			return p.form("/unarchive")
		}},
		{route: p + "/delete", ends: true, once: "the project is gone whole, and a repeat finds none", then: []int{http.StatusNotFound}, make: func(p *plot) letter {
			v, err := p.engine.View(context.Background(), p.id, 0)
			if err != nil {
				p.t.Fatal(err)
			}
			return p.form("/delete", "name", v.Project().Name)
		}},
		{route: p + "/invitations", once: "an invitation is shown once; where the answer was lost, the repeat makes another, and the first can be revoked", more: []string{"link+1"}, make: func(p *plot) letter {
			p.exec(`DELETE FROM link WHERE purpose = 'invite'`)
			return p.form("/invitations", "role", "researcher", "email", "tamu@contoh.example")
		}},
		{route: p + "/invitations/{invitation}/revoke", once: "the invitation is gone", make: func(p *plot) letter {
			_, n := p.link(store.Link{Purpose: "invite", Project: p.id, Role: qda.Researcher, By: p.ownerIs.ID})
			return p.form(fmt.Sprintf("/invitations/%d/revoke", n))
		}},
		{route: p + "/members/{coder}", make: func(p *plot) letter { return p.form("/members/"+num(p.joined()), "role", "supervisor") }},
		{route: p + "/members/{coder}/remove", make: func(p *plot) letter { return p.form("/members/" + num(p.joined()) + "/remove") }},
		{route: p + "/leave", ends: true, then: []int{http.StatusNotFound}, make: func(p *plot) letter {
			l := p.form("/leave")
			l.token = p.helperToken
			return l
		}},
		{route: p + "/hand-over", ends: true, then: []int{http.StatusForbidden}, make: func(p *plot) letter { return p.form("/hand-over", "coder", num(p.researcher)) }},

		{route: p + "/cases", make: func(p *plot) letter { return p.form("/cases", "name", p.next("Kasus")) }},
		{route: p + "/cases/{case}", make: func(p *plot) letter {
			return p.form("/cases/"+num(p.kase), "name", p.next("Kasus"), "value-"+num(p.ofCases), p.next("nelayan"))
		}},
		{route: p + "/cases/{case}/state", make: func(p *plot) letter {
			return p.form("/cases/"+num(p.do(p.owner, &qda.CaseAdded{Name: p.next("Kasus")}).Did[0].ID)+"/state", "state", "removed")
		}},
		{route: p + "/attributes", make: func(p *plot) letter {
			return p.form("/attributes", "name", p.next("Sifat"), "of", "case", "type", "text")
		}},
		{route: p + "/attributes/{attribute}", make: func(p *plot) letter { return p.form("/attributes/"+num(p.ofCases), "name", p.next("Sifat")) }},

		{route: p + "/files", once: "the same bytes are kept once", make: func(p *plot) letter {
			return letter{path: p.at("/files"), token: p.token, file: []byte(p.talk())}
		}},
		{route: p + "/batches", once: "a job is made once; a repeat writes its sums, where they were not written yet", midway: []string{"job+1", "file+1 job+1", "file+1 job+1 job_file+1"}, more: []string{"~job"}, make: func(p *plot) letter {
			l := p.form("/batches", "more", "on") // nothing is read before the rest has come
			l.file = []byte(p.talk())
			return l
		}},
		{route: p + "/import", once: "a job is made once; a repeat writes what is in it, where that was not written yet", midway: []string{"job+1", "file+1 job+1", "file+1 job+1 job_file+1"}, more: []string{"~job"}, make: func(p *plot) letter {
			p.aJob(p.id, fresh(), store.FilesJob, store.JobRunning) // so that none begins here
			return p.form("/import", "file", num(qda.ID(p.unborn())))
		}},
		{route: p + "/batches/{batch}/cancel", once: "it is cancelled", make: func(p *plot) letter { return p.form("/batches/" + p.arriving() + "/cancel") }},
		{route: p + "/batches/{batch}/go", once: "it waits", make: func(p *plot) letter { return p.form("/batches/" + p.arriving() + "/go") }},
		{route: p + "/tables", once: "the same bytes are kept once", make: func(p *plot) letter {
			return letter{path: p.at("/tables"), token: p.token, file: []byte("nama,kelompok\n" + p.next("Kasus") + ",nelayan\n")}
		}},
		{route: p + "/tables/{sum}", slow: true, midway: []string{"case+1 entry+1 ~project"}, make: func(p *plot) letter {
			return p.form("/tables/"+p.waiting("nama\tkelompok\n"+p.next("Kasus")+"\tnelayan\n"+p.next("Kasus")+"\tpetani\n"), "as", "informants", "col-0", "name", "col-1", "skip")
		}},
		{route: p + "/codebook/import", once: "the same bytes are kept once", make: func(p *plot) letter {
			return letter{path: p.at("/codebook/import"), token: p.token, file: []byte("kode,definisi\n" + p.next("kode") + ",artinya\n")}
		}},
		{route: p + "/codebook/import/{sum}", slow: true, midway: []string{"entry+1 node+1 ~project"}, make: func(p *plot) letter {
			return p.form("/codebook/import/"+p.waiting("kode\tdefinisi\n"+p.next("kode")+"\tartinya\n"+p.next("kode")+"\tarti lain\n"), "fill", "on")
		}},
		{route: p + "/documents", make: func(p *plot) letter {
			return p.form("/documents", "name", p.next("Dokumen"), "file", p.waiting(p.talk()), "kind", "interview", "language", "id", "held", "2024-03-02", "role-0", "interviewer", "charset", "")
		}},
		{route: p + "/documents", as: "two files", slow: true, midway: []string{"document+1 entry+1 ~project text+1 turn+4"}, make: func(p *plot) letter {
			return p.form("/documents", "name", p.next("Dokumen"), "file", p.waiting(p.talk()), "also", p.waiting(p.talk()), "all", "on", "kind", "interview", "language", "id")
		}},
		{route: p + "/documents", as: "and its informant", slow: true, midway: []string{"document+1 entry+1 ~project text+1 turn+4"}, make: func(p *plot) letter {
			return p.form("/documents", "name", p.next("Dokumen"), "file", p.waiting(p.talk()), "kind", "interview", "language", "id", "case", num(p.kase), "value-"+num(p.ofCases), p.next("nelayan"))
		}},
		{route: p + "/documents/state", make: func(p *plot) letter {
			return p.form("/documents/state", "state", "removed", "documents", num(p.addDocument(p.next("P06"))))
		}},
		{route: p + "/documents/{document}", make: func(p *plot) letter {
			return p.form("/documents/"+num(p.document), "name", p.next("P04"), "kind", "interview", "language", "id", "held", "2024-05-06", "case", num(p.kase))
		}},
		{route: p + "/documents/{document}/reading", once: "the place is the one told last; a repeat changes the time alone", more: []string{"~reading"}, make: func(p *plot) letter {
			p.exec(`DELETE FROM reading WHERE project = $1`, p.id)
			return p.form("/documents/"+num(p.document)+"/reading", "place", "1", "furthest", "2")
		}},
		{route: p + "/documents/{document}/finished", make: func(p *plot) letter {
			return p.form("/documents/"+num(p.addDocument(p.next("P06")))+"/finished", "finished", "on")
		}},
		{route: p + "/documents/{document}/codings", make: func(p *plot) letter {
			return p.json("/documents/"+num(p.document)+"/codings", map[string]any{"version": 1, "spans": []qda.SpanOf{insideSpan("sejak lama"), insideSpan("pengepul")}, "name": p.next("kode"), "parent": p.theme})
		}},
		{route: p + "/codings", make: func(p *plot) letter {
			return p.json("/codings", map[string]any{"codings": []qda.ID{p.apply("sejak lama", node(p))}, "code": node(p)})
		}},
		{route: p + "/nodes/{node}/split", make: func(p *plot) letter {
			n := node(p)
			return p.json("/nodes/"+num(n)+"/split", map[string]any{"parts": []qda.Part{{Node: node(p), Codings: []qda.ID{p.apply("sejak lama", n)}}}})
		}},
		{route: p + "/codings/remove", make: func(p *plot) letter {
			return p.json("/codings/remove", map[string]any{"codings": []qda.ID{p.apply("sejak lama", node(p))}})
		}},
		{route: p + "/memos", make: func(p *plot) letter { return p.json("/memos", map[string]any{"on": p.code, "text": p.next("memo")}) }},
		{route: p + "/memos/{memo}", make: func(p *plot) letter {
			e := memo(p)
			return p.json("/memos/"+num(e.Did[0].ID), map[string]any{"rev": e.Seq, "text": p.next("memo")})
		}},
		{route: p + "/memos/{memo}/remove", make: func(p *plot) letter { return p.json("/memos/"+num(memo(p).Did[0].ID)+"/remove", map[string]any{}) }},
		{route: p + "/questions", make: func(p *plot) letter {
			return p.form("/questions", "name", p.next("Pertanyaan"), "query", "every=on")
		}},
		{route: p + "/questions/{question}/remove", make: func(p *plot) letter {
			e := p.do(p.owner, &qda.QuestionKept{Name: p.next("Pertanyaan"), Query: `{"ask":"every=on"}`})
			return p.form("/questions/" + num(e.Did[0].ID) + "/remove")
		}},
		{route: p + "/pins", once: "the key has the code", make: func(p *plot) letter {
			p.exec(`DELETE FROM pin WHERE project = $1`, p.id)
			return p.json("/pins", map[string]any{"key": "1", "code": p.code})
		}},

		{route: p + "/nodes", make: func(p *plot) letter {
			return p.form("/nodes", "name", p.next("kode"), "kind", "code", "parent", num(p.theme), "definition", "arti", "before", num(p.code))
		}},
		{route: p + "/drafts", make: func(p *plot) letter { return p.form("/drafts", "name", p.next("Draf"), "text", "x") }},
		{route: p + "/nodes/move", make: func(p *plot) letter {
			return p.form("/nodes/move", "theme", "", "nodes", num(node(p)), "parent", num(p.theme2))
		}},
		{route: p + "/nodes/merge", make: func(p *plot) letter {
			n := node(p)
			p.apply("sejak lama", n)
			into := node(p)
			p.apply("tidak tahu", into)
			return p.form("/nodes/merge", "nodes", num(n), "into", num(into))
		}},
		{route: p + "/nodes/state", make: func(p *plot) letter {
			return p.form("/nodes/state", "state", "retired", "nodes", num(node(p)), "children", "up")
		}},
		{route: p + "/nodes/{node}", make: func(p *plot) letter {
			return p.form("/nodes/"+num(p.code2), "definition", p.next("arti"), "use", "a", "avoid", "b", "colour", "2", "name", p.next("Kode dua"))
		}},
		{route: p + "/nodes/{node}/kind", make: func(p *plot) letter { return p.form("/nodes/"+num(node(p))+"/kind", "kind", "theme") }},
		{route: p + "/themes/{node}/evidence", make: func(p *plot) letter {
			return p.form("/themes/"+num(p.theme)+"/evidence", "codings", num(under(p)), "why", "karena")
		}},
		{route: p + "/themes/{node}/looked", make: func(p *plot) letter {
			return p.form("/themes/"+num(p.addNode(qda.Theme, p.next("tema"), 0))+"/looked", "looked", "on")
		}},
		{route: p + "/themes/{node}/levels", make: func(p *plot) letter {
			return p.form("/themes/"+num(p.theme)+"/levels", "level", "1", "text", p.next("jawaban"))
		}},
		{route: p + "/themes/{node}/judge", make: func(p *plot) letter {
			v, err := p.engine.View(context.Background(), p.id, 0)
			if err != nil {
				p.t.Fatal(err)
			}
			d := v.Digest(p.theme)
			return p.form("/themes/"+num(p.theme)+"/judge", "verdict", "approved", "digest-claim", d.Claim, "digest-codes", d.Codes, "digest-evidence", d.Evidence, "digest-codings", d.Codings)
		}},
		{route: p + "/evidence/{evidence}", make: func(p *plot) letter {
			return p.form("/evidence/"+num(chosen(p)), "why", p.next("karena"))
		}},
		{route: p + "/evidence/{evidence}/drop", make: func(p *plot) letter { return p.form("/evidence/" + num(chosen(p)) + "/drop") }},
		{route: p + "/remarks", make: func(p *plot) letter {
			return p.form("/remarks", "text", p.next("tanggapan"), "on", num(p.code), "theme", num(p.theme))
		}},
		{route: p + "/remarks/{remark}/settled", make: func(p *plot) letter {
			n := p.do(p.owner, &qda.RemarkMade{On: p.theme, Theme: p.theme, Text: p.next("tanggapan")}).Did[0].ID
			return p.form("/remarks/"+num(n)+"/settled", "settled", "on")
		}},
		{route: p + "/review", midway: []string{"draft+1 entry+1 ~project"}, make: func(p *plot) letter {
			return p.form("/review", "name", p.next("Draf"), "of", num(p.researcher))
		}},
		{route: p + "/themes/spots", make: func(p *plot) letter { return p.form("/themes/spots", "x", "12", "y", "-40", "node", num(node(p))) }},
		{route: p + "/concepts", make: func(p *plot) letter { return p.form("/concepts", "name", p.next("konsep"), "definition", "arti") }},
		{route: p + "/concepts/example", once: "one framework with its concepts", midway: exampleMidway, back: withoutFrameworks, make: func(p *plot) letter { return p.form("/concepts/example", "example", "institutional") }},
		{route: p + "/concepts/{concept}", make: func(p *plot) letter { return p.form("/concepts/"+num(concept(p)), "name", p.next("konsep")) }},
		{route: p + "/ties", make: func(p *plot) letter {
			return p.form("/ties", "theme", num(p.theme), "concept", num(concept(p)), "why", "karena")
		}},
		{route: p + "/ties/remove", make: func(p *plot) letter {
			c := concept(p)
			p.do(p.owner, &qda.Tied{Theme: p.theme, Concept: c})
			return p.form("/ties/remove", "theme", num(p.theme), "concept", num(c))
		}},
		{route: p + "/undo", make: func(p *plot) letter { return p.json("/undo", map[string]any{"seq": memo(p).Seq}) }},
	}...)
}

// under makes a coding under the theme and gives its number.
func under(p *plot) qda.ID {
	return p.apply("sejak lama", p.addNode(qda.Code, p.next("kode"), p.theme))
}

// exampleMidway is a framework whose concepts are not all there yet.
var exampleMidway = []string{"concept+1 entry+1 ~project", "concept+2 entry+2 ~project", "concept+3 entry+3 ~project"}

// withoutFrameworks removes the frameworks, so that the example's name is free.
func withoutFrameworks(p *plot) {
	v, err := p.engine.View(context.Background(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	removed := qda.Removed
	for _, c := range v.Concepts() {
		if c.Parent == 0 {
			p.do(p.owner, &qda.ConceptChanged{Concept: c.ID, State: &removed})
		}
	}
}

// concept makes a framework and gives its number.
func concept(p *plot) qda.ID {
	return p.do(p.owner, &qda.ConceptAdded{Name: p.next("kerangka")}).Did[0].ID
}

// chosen makes a piece of evidence and gives its number.
func chosen(p *plot) qda.ID {
	return p.do(p.owner, &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{under(p)}}).Did[0].ID
}

// accountDeeds are those outside projects.
func accountDeeds() []deed {
	admin := func(p *plot) string { _, token := p.person("Pengelola", true); return token }
	signedOut := []int{http.StatusUnauthorized}
	used := []int{http.StatusBadRequest}
	return []deed{
		{route: "/setup", as: "with a project nobody owns", once: "one account; whoever made it may send the form again, as long as the link lasts, which goes on from where it was",
			midway: []string{"account+1 ~link", "account+1 ~coder entry+1 ~link ~project"}, more: []string{"session+1"},
			make: func(p *plot) letter {
				p.exec(`UPDATE account SET admin = false`)
				p.loose()
				token, _ := p.link(store.Link{Purpose: "setup"})
				return letter{path: "/setup", form: pairs("token", token, "name", "Pertama", "email", p.next("pertama")[8:]+"@contoh.example", "password", newPassword)}
			}},
		{route: "/invite", as: "signed in", once: "one membership", midway: []string{"~link"}, make: func(p *plot) letter {
			_, me := p.person("Tamu", false)
			token, _ := p.link(store.Link{Purpose: "invite", Project: p.id, Role: qda.Researcher, By: p.ownerIs.ID})
			return letter{path: "/invite", token: me, form: pairs("token", token)}
		}},
		{route: "/invite", as: "a new account", slow: true, once: "one account and one membership", midway: []string{"account+1 ~link", "account+1 coder+1 entry+1 ~link ~project"}, more: []string{"session+1"}, make: func(p *plot) letter {
			token, _ := p.link(store.Link{Purpose: "invite", Project: p.id, Role: qda.Researcher, By: p.ownerIs.ID})
			return letter{path: "/invite", form: pairs("token", token, "name", "Tamu Baru", "email", p.next("tamu")[5:]+"@contoh.example", "password", newPassword)}
		}},
		{route: "/password", once: "the password is the new one, and opens the account", midway: []string{"~account ~link session-1"}, then: used,
			make: func(p *plot) letter {
				a, _ := p.person("Pelupa", false)
				token, _ := p.link(store.Link{Purpose: "password", Account: a.ID, By: p.ownerIs.ID})
				return letter{path: "/password", form: pairs("token", token, "password", newPassword, "email", a.Email)}
			},
			check: func(p *plot, l letter, _ answered) error { return p.signsIn(l.form.Get("email"), newPassword) }},
		{route: "/sign-in", once: "each answer brings a session; one whose answer was lost is nobody's", more: []string{"session+1"}, make: func(p *plot) letter {
			return letter{path: "/sign-in", form: pairs("email", p.ownerIs.Email, "password", insidePassword)}
		}},
		{route: "/demo", once: "the link brings one session at most; after a lost answer another link is asked for", midway: []string{"~link"}, then: used, make: func(p *plot) letter {
			token, _ := p.link(store.Link{Purpose: "sign-in", Account: p.ownerIs.ID})
			return letter{path: "/demo", form: pairs("token", token)}
		}},
		{route: "/sign-out", once: "the session is gone", make: func(p *plot) letter {
			return letter{path: "/sign-out", token: p.signIn(p.ownerIs.ID), form: pairs()}
		}},
		{route: "/account", once: "the profile is the one sent", make: func(p *plot) letter {
			return letter{path: "/account", token: p.token, form: pairs("name", p.next("Pemilik"), "zone", "Asia/Makassar")}
		}},
		{route: "/account/surface", once: "the person's choice is the one sent", make: func(p *plot) letter {
			p.exec(`UPDATE account SET surface = '{}' WHERE id = $1`, p.ownerIs.ID)
			return letter{path: "/account/surface", token: p.token, json: map[string]any{"size": 2, "no_names": true}}
		}},
		{route: "/account/password", once: "the password is the new one, and opens the account", midway: []string{"~account session-1"}, then: signedOut,
			make: func(p *plot) letter {
				a, token := p.person("Pengganti", false)
				return letter{path: "/account/password", token: token, form: pairs("old", insidePassword, "password", newPassword, "email", a.Email)}
			},
			check: func(p *plot, l letter, _ answered) error { return p.signsIn(l.form.Get("email"), newPassword) }},
		{route: "/account/sessions/{session}/end", once: "the session is gone", make: func(p *plot) letter {
			p.signIn(p.ownerIs.ID)
			var n int64
			p.ask(&n, `SELECT max(id) FROM session WHERE account = $1`, p.ownerIs.ID)
			return letter{path: fmt.Sprintf("/account/sessions/%d/end", n), token: p.token, form: pairs()}
		}},
		{route: "/account/sessions/end-others", once: "the other sessions are gone", make: func(p *plot) letter {
			p.signIn(p.ownerIs.ID)
			p.exec(`DELETE FROM session WHERE account = $1 AND id NOT IN (SELECT min(id) FROM session WHERE account = $1) AND id NOT IN (SELECT max(id) FROM session WHERE account = $1)`, p.ownerIs.ID)
			return letter{path: "/account/sessions/end-others", token: p.token, form: pairs()}
		}},
		{route: "/accounts/{account}/close", once: "the account is closed", make: func(p *plot) letter {
			a, _ := p.person("Tertutup", false)
			return letter{path: fmt.Sprintf("/accounts/%d/close", a.ID), token: admin(p), form: pairs()}
		}},
		{route: "/accounts/{account}/open", once: "the account is open", make: func(p *plot) letter {
			a, _ := p.person("Terbuka", false)
			p.exec(`UPDATE account SET closed = true WHERE id = $1`, a.ID)
			return letter{path: fmt.Sprintf("/accounts/%d/open", a.ID), token: admin(p), form: pairs()}
		}},
		{route: "/accounts/{account}/password-link", once: "a new link takes the place of the older", more: []string{"~link"}, make: func(p *plot) letter {
			p.exec(`DELETE FROM link WHERE purpose = 'password'`)
			// The answer lists all accounts: those of the deeds before go, or it would take more messages each time.
			// Who was invited into this project stays: its page of members names them.
			p.exec(`DELETE FROM account a WHERE NOT EXISTS (SELECT FROM coder WHERE account = a.id AND project = $1) AND NOT EXISTS (SELECT FROM reading WHERE account = a.id) AND NOT EXISTS (SELECT FROM pin WHERE account = a.id)`, p.id)
			return letter{path: fmt.Sprintf("/accounts/%d/password-link", p.helperIs.ID), token: admin(p), form: pairs()}
		}},
		{route: "/projects/import", once: "a file waits once; a repeat writes what is in it, where that was not written yet", midway: []string{"file+1", "file+1 job+1"}, more: []string{"~job"}, make: func(p *plot) letter {
			return letter{path: "/projects/import", token: p.token, form: pairs("change", fresh().String()), file: p.otherProject()}
		}},
		{route: "/projects/import/begin", slow: true, once: "the project begins once", midway: []string{"coder+1 entry+1 project+1"}, make: func(p *plot) letter {
			return letter{path: "/projects/import/begin", token: p.token, form: pairs("change", fresh().String(), "file", num(qda.ID(p.unborn())), "name", p.next("Impor"), "method", "reflexive", "language", "id")}
		}},
		{route: "/projects", make: func(p *plot) letter {
			return letter{path: "/projects", token: p.token, form: pairs("change", fresh().String(), "name", p.next("Studi"), "method", "reflexive", "language", "id")}
		}},
	}
}

// loose makes a project that was made before there was anybody to own it.
func (p *plot) loose() {
	p.t.Helper()
	ctx, g := context.Background(), fresh()
	id, err := p.beside.MakeProject(ctx, g, time.Now())
	if err == nil {
		_, err = p.engine.Do(ctx, id, qda.Intent{Change: g, Do: &qda.ProjectMade{Name: p.next("Tak bertuan"), Language: "id", Method: qda.Reflexive, Owner: "Pemilik"}})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
