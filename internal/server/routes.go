package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/qda"
)

// policy says who may use a route. The zero policy is none at all, and stops the program at start.
type policy struct {
	level level
	kind  string // the kind of change that the coder's role must be allowed to make
}

type level int

const (
	none level = iota
	open
	signedIn
	administers
	belongs
	owns
)

var (
	anyone  = policy{level: open}
	account = policy{level: signedIn}
	admin   = policy{level: administers}
	member  = policy{level: belongs}
	owner   = policy{level: owns}
)

// may is the policy of a write: who belongs to the project and whose role may make this kind of change.
func may(kind string) policy {
	if qda.Kinds[kind] == nil {
		panic("a policy about a change that there is not: " + kind)
	}
	return policy{level: belongs, kind: kind}
}

type handler func(*ask) error

type route struct {
	method string
	path   string
	policy policy
	handle handler
	big    bool  // the body is a file: larger than a form, and it may take long to arrive
	most   int64 // bytes of such a body, where they are not those of one file
	long   bool  // the answer may take longer than a person waits: many files, or a stream
	lasts  bool  // the answer goes on until one side ends it
	past   bool  // it can be asked as of a draft
	bare   bool  // nobody is looked for in the database: it answers while that is away
}

// loaders resolve the numbers in a path under the project in it, before any handler runs.
var loaders = map[string]func(*ask, string) error{
	"project":    func(*ask, string) error { return nil }, // done by the policy
	"document":   func(a *ask, v string) (err error) { a.Document, err = found(v, a.View.Document); return },
	"node":       func(a *ask, v string) (err error) { a.Node, err = found(v, a.View.Node); return },
	"coder":      func(a *ask, v string) (err error) { a.Subject, err = found(v, a.Lens.Coder); return },
	"case":       func(a *ask, v string) (err error) { a.Case, err = found(v, a.View.Case); return },
	"concept":    func(a *ask, v string) (err error) { a.Concept, err = found(v, a.View.Concept); return },
	"batch":      jobOf,
	"attribute":  func(a *ask, v string) (err error) { a.Attribute, err = found(v, a.View.Attribute); return },
	"memo":       memo,
	"question":   keptQuestion,
	"evidence":   evidenceOf,
	"remark":     remarkOf,
	"sum":        func(a *ask, v string) (err error) { a.Sum, err = parseSum(v); return },
	"invitation": func(a *ask, v string) (err error) { a.N, err = number(v); return },
	"session":    func(a *ask, v string) (err error) { a.N, err = number(v); return },
	"account":    func(a *ask, v string) (err error) { a.N, err = number(v); return },
}

// memo resolves a memo. One that has gone may be what a repeated removal is about, so it is decide that answers as if absent,
// unless it knows the change.
func memo(a *ask, v string) error {
	n, err := thingID(v)
	if err != nil {
		return err
	}
	m, ok := a.Lens.Memo(n)
	if !ok {
		m = &qda.Memo{ID: n}
	}
	a.Memo = m
	return nil
}

func absent() error { return qda.Refuse(qda.Absent, "refused.absent") }

func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, absent()
	}
	return n, nil
}

func thingID(s string) (qda.ID, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, absent()
	}
	return qda.ID(n), nil
}

func found[T any](s string, get func(qda.ID) (T, bool)) (x T, err error) {
	n, err := thingID(s)
	if err != nil {
		return x, err
	}
	x, ok := get(n)
	if !ok {
		return x, absent()
	}
	return x, nil
}

var param = regexp.MustCompile(`\{(\w+)\}`)

// add registers a route; a route without a policy, a write without POST, or a number nobody resolves stops the program.
func (s *Server) add(method, path string, p policy, h handler) *route {
	if p.level == none {
		panic(fmt.Sprintf("%s %s has no policy", method, path))
	}
	names := param.FindAllStringSubmatch(path, -1)
	for _, n := range names {
		if loaders[n[1]] == nil {
			panic(fmt.Sprintf("%s %s: nobody resolves {%s}", method, path, n[1]))
		}
	}
	inProject := len(names) > 0 && names[0][1] == "project"
	if inProject != (p.level == belongs || p.level == owns) {
		panic(fmt.Sprintf("%s %s: the policy does not fit the path", method, path))
	}
	s.routes = append(s.routes, route{method: method, path: path, policy: p, handle: h})
	return &s.routes[len(s.routes)-1]
}

func (s *Server) get(path string, p policy, h handler) { s.add(http.MethodGet, path, p, h) }

// counts registers a page that counts: it can be asked as of a draft.
func (s *Server) counts(path string, p policy, h handler) {
	s.add(http.MethodGet, path, p, h).past = true
}
func (s *Server) post(path string, p policy, h handler) { s.add(http.MethodPost, path, p, h) }

// table is every route there is, with its policy.
func (s *Server) table() {
	s.add(http.MethodGet, "/healthz", anyone, healthy).bare = true
	s.add(http.MethodGet, "/readyz", anyone, ready).bare = true
	s.get("/setup", anyone, setupPage)
	s.post("/setup", anyone, setUp)
	s.get("/invite", anyone, invitePage)
	s.post("/invite", anyone, acceptInvite)
	s.get("/password", anyone, passwordPage)
	s.post("/password", anyone, choosePassword)
	s.get("/sign-in", anyone, signInPage)
	s.post("/sign-in", anyone, signIn)
	s.get("/demo", anyone, demoPage)
	s.post("/demo", anyone, demoSignIn)
	s.post("/sign-out", anyone, signOut)
	s.get("/limits", anyone, limitsPage)
	s.get("/account", account, accountPage)
	s.post("/account", account, saveAccount)
	s.post("/account/surface", account, saveSurface)
	s.post("/account/password", account, changePassword)
	s.post("/account/sessions/{session}/end", account, endSession)
	s.post("/account/sessions/end-others", account, endOthers)
	s.get("/accounts", admin, accountsPage)
	s.post("/accounts/{account}/close", admin, closeAccount)
	s.post("/accounts/{account}/open", admin, openAccount)
	s.post("/accounts/{account}/password-link", admin, passwordLink)
	s.get("/", anyone, home)
	s.get("/projects", account, projectsPage)
	s.get("/projects/new", account, newProjectPage)
	s.post("/projects", account, makeProject)
	s.get("/projects/import", account, projectInPage)
	in := s.add(http.MethodPost, "/projects/import", account, takeProject)
	in.big, in.most = true, maxProject
	s.post("/projects/import/begin", account, beginProject)

	const p = "/projects/{project}"
	s.counts(p, member, overviewPage)
	s.post(p+"/import", may("CoderJoined"), joinProject)
	s.get(p+"/settings", member, settingsPage)
	s.post(p+"/settings", may("ProjectChanged"), saveSettings)
	s.post(p+"/archive", owner, archive)
	s.post(p+"/unarchive", owner, unarchive)
	s.post(p+"/delete", owner, deleteProject)
	s.get(p+"/members", member, membersPage)
	s.post(p+"/invitations", owner, invite)
	s.post(p+"/invitations/{invitation}/revoke", owner, revoke)
	s.post(p+"/members/{coder}", may("CodersChanged"), changeMember)
	s.post(p+"/members/{coder}/remove", owner, removeMember)
	s.post(p+"/leave", may("CoderLeft"), leave)
	s.post(p+"/hand-over", may("CodersChanged"), handOver)
	s.get(p+"/access", owner, accessPage)

	s.counts(p+"/informants", member, informantsPage)
	s.post(p+"/cases", may("CaseAdded"), addCase)
	s.post(p+"/cases/{case}", may("CaseChanged"), changeCase)
	s.post(p+"/cases/{case}/state", may("CaseChanged"), setCaseState)
	s.post(p+"/attributes", may("AttributeAdded"), addAttribute)
	s.post(p+"/attributes/{attribute}", may("AttributeChanged"), changeAttribute)

	s.get(p+"/tables", may("CaseAdded"), tablesPage)
	s.add(http.MethodPost, p+"/tables", may("CaseAdded"), bringTable).big = true
	s.get(p+"/tables/{sum}", may("CaseAdded"), tablePage)
	s.add(http.MethodPost, p+"/tables/{sum}", may("CaseAdded"), takeTable).long = true

	s.counts(p+"/documents", member, documentsPage)
	s.add(http.MethodPost, p+"/files", may("DocumentAdded"), uploadFile).big = true
	s.get(p+"/files/{sum}", may("DocumentAdded"), previewPart)
	s.add(http.MethodPost, p+"/documents", may("DocumentAdded"), addDocuments).long = true
	s.get(p+"/batches", may("DocumentAdded"), batchesPage)
	s.add(http.MethodPost, p+"/batches", may("DocumentAdded"), makeBatch).big = true
	s.get(p+"/batches/new", may("DocumentAdded"), batchPart)
	s.get(p+"/batches/{batch}", member, batchPage)
	s.get(p+"/batches/{batch}/report.csv", member, batchCSV)
	s.get(p+"/batches/{batch}/report.json", member, batchJSON)
	s.post(p+"/batches/{batch}/cancel", may("DocumentAdded"), cancelBatch)
	s.post(p+"/batches/{batch}/go", may("DocumentAdded"), resumeBatch)
	s.post(p+"/documents/state", may("DocumentsState"), setDocumentsState)
	s.get(p+"/documents/{document}", member, codingPage)
	s.post(p+"/documents/{document}", may("DocumentChanged"), changeDocument)
	s.get(p+"/documents/{document}/print", member, printPage)
	s.get(p+"/documents/{document}/original", member, original)
	s.post(p+"/documents/{document}/reading", member, setReading)
	s.post(p+"/documents/{document}/finished", may("DocumentFinished"), setFinished)
	s.get(p+"/documents/{document}/codings.json", member, codingsJSON)
	s.post(p+"/documents/{document}/codings", may("CodingApplied"), applyCode)
	s.post(p+"/codings", may("CodingsChanged"), changeCodings)
	s.post(p+"/codings/remove", may("CodingsRemoved"), removeCodings)
	s.get(p+"/names.json", member, namesJSON)
	s.post(p+"/memos", may("MemoWritten"), writeMemo)
	s.post(p+"/memos/{memo}", may("MemoChanged"), changeMemo)
	s.post(p+"/memos/{memo}/remove", may("MemoRemoved"), removeMemo)
	s.post(p+"/pins", may("CodingApplied"), setPin)
	live := s.add(http.MethodGet, p+"/stream", member, stream)
	live.long, live.lasts = true, true

	s.counts(p+"/themes", member, themesPage)
	s.post(p+"/themes/spots", may("Arranged"), arrange)
	s.counts(p+"/theory", member, theoryPage)
	s.post(p+"/concepts", may("ConceptAdded"), addConcept)
	s.post(p+"/concepts/example", may("ConceptAdded"), addExample)
	s.post(p+"/concepts/{concept}", may("ConceptChanged"), changeConcept)
	s.post(p+"/ties", may("Tied"), tie)
	s.post(p+"/ties/remove", may("Untied"), untie)
	s.counts(p+"/export/theory.csv", member, theoryCSV)
	s.counts(p+"/themes/{node}", member, themePage)
	s.get(p+"/themes/{node}/segment", member, themePassage)
	s.post(p+"/themes/{node}/evidence", may("EvidenceChosen"), chooseEvidence)
	s.post(p+"/themes/{node}/looked", may("CounterLooked"), counterLooked)
	s.post(p+"/themes/{node}/levels", may("MemoWritten"), answerLevel)
	s.post(p+"/themes/{node}/judge", may("ThemeJudged"), judgeTheme)
	s.post(p+"/evidence/{evidence}", may("EvidenceChanged"), changeEvidence)
	s.post(p+"/evidence/{evidence}/drop", may("EvidenceDropped"), dropEvidence)
	s.post(p+"/remarks", may("RemarkMade"), makeRemark)
	s.post(p+"/remarks/{remark}/settled", may("RemarkSettled"), settleRemark)
	s.get(p+"/review", member, reviewPage)
	s.post(p+"/review", may("ReviewAsked"), askForReview)
	s.get(p+"/export/review.csv", member, reviewCSV)
	s.counts(p+"/codebook", member, codebookPage)
	s.get(p+"/codebook/import", may("NodeAdded"), codebookInPage)
	s.add(http.MethodPost, p+"/codebook/import", may("NodeAdded"), bringCodebook).big = true
	s.get(p+"/codebook/import/{sum}", may("NodeAdded"), codebookInPreview)
	s.add(http.MethodPost, p+"/codebook/import/{sum}", may("NodeAdded"), takeCodebook).long = true
	s.get(p+"/codebook.json", member, codebookJSON)
	s.post(p+"/nodes", may("NodeAdded"), addNode)
	s.get(p+"/nodes/move", may("NodesMoved"), movePart)
	s.post(p+"/nodes/move", may("NodesMoved"), moveNodes)
	s.get(p+"/nodes/merge", may("NodesMerged"), mergePart)
	s.post(p+"/nodes/merge", may("NodesMerged"), mergeNodes)
	s.get(p+"/nodes/state", may("NodesState"), statePart)
	s.post(p+"/nodes/state", may("NodesState"), setNodesState)
	s.counts(p+"/nodes/{node}", member, nodePage)
	s.post(p+"/nodes/{node}", may("NodeChanged"), changeNode)
	s.get(p+"/nodes/{node}/kind", may("NodeKind"), kindPart)
	s.post(p+"/nodes/{node}/kind", may("NodeKind"), turnNode)
	s.get(p+"/nodes/{node}/segments.json", member, segmentsJSON)
	s.get(p+"/nodes/{node}/sort", member, sortPage)
	s.get(p+"/nodes/{node}/sort.json", member, sortJSON)
	s.post(p+"/nodes/{node}/split/see", may("NodeSplit"), seeSplit)
	s.post(p+"/nodes/{node}/split", may("NodeSplit"), splitNode)

	s.get(p+"/drafts", member, draftsPage)
	s.post(p+"/drafts", may("DraftNamed"), nameDraft)
	s.get(p+"/drafts/compare", member, comparePage)
	s.get(p+"/export/drafts.csv", member, draftsCSV)
	s.get(p+"/trust", member, trustPage)
	s.get(p+"/export/trust.docx", member, trustDOCX)

	s.get(p+"/history", member, historyPage)
	s.get(p+"/undo.json", member, undoJSON)
	s.post(p+"/undo", may("MemoWritten"), undo) // whoever may write may take back; decide looks at what is taken back
	s.get(p+"/export", member, exportPage)
	for _, d := range downloads {
		rt := s.add(http.MethodGet, p+"/export/"+d.path(), member, d.serve)
		rt.past, rt.long = d.past, d.streams
	}
	s.get(p+"/documents/{document}/export.docx", member, codedDocument(exchange.WriteCodedDOCX, "docx"))
	s.get(p+"/documents/{document}/export.pdf", member, codedDocument(exchange.WriteCodedPDF, "pdf"))
	s.get(p+"/documents/{document}/export.html", member, codedDocument(exchange.WriteCodedHTML, "html"))

	s.counts(p+"/ask", member, askPage)
	s.counts(p+"/ask/segments.csv", member, askCSV)
	s.counts(p+"/ask/segments.txt", member, askText)
	s.post(p+"/questions", may("QuestionKept"), keepQuestion)
	s.post(p+"/questions/{question}/remove", may("QuestionRemoved"), removeQuestion)
	s.get(p+"/search", member, searchPage)
}

// serve turns a route into a handler of net/http: language, session, policy, loaders, handler, errors.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		to := &answerer{ResponseWriter: w, out: out, now: s.Now, head: r.Method == http.MethodHead}
		a := &ask{Request: r, w: to, s: s, now: s.Now(), bare: rt.bare}
		if s.Metrics != nil {
			defer s.Metrics.asked(rt, to, a.now, s.Now)
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.fail(a, panicked(p))
			}
		}()
		if !rt.big && !rt.long {
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			a.Request = r.WithContext(ctx)
		}
		// A file may take longer than net/http has been told that a request may. So may a stream, whose connection net/http goes on
		// reading: it would take the end of that time for the end of the listener.
		if rt.big || rt.long {
			_ = out.SetReadDeadline(time.Time{})
		}
		body := &paced{ReadCloser: r.Body, out: out, every: formTime, looks: 1}
		size := int64(maxForm)
		if rt.big {
			body.looks, body.least, size = int(uploadTime/formTime), int64(uploadRate)*int64(formTime/time.Second), maxUpload
			if rt.most > 0 {
				size = rt.most
			}
		}
		defer body.stop()
		a.Body = http.MaxBytesReader(w, body, size)
		err := a.identify()
		if err == nil {
			err = s.admit(a, rt)
		}
		if err == nil {
			err = rt.handle(a)
		}
		if err != nil {
			s.fail(a, err)
		}
	}
}

// admit is the one place of authorization.
func (s *Server) admit(a *ask, rt route) error {
	p := rt.policy
	if p.level == open {
		return nil
	}
	if a.Account == nil {
		return errSignIn
	}
	if p.level == administers && !a.Account.Admin {
		return absent()
	}
	if p.level == belongs || p.level == owns {
		n, err := number(a.PathValue("project"))
		if err != nil {
			return err
		}
		a.Project = qda.ProjectID(n)
		ctx := a.Context()
		c, err := s.Store.Member(ctx, a.Project, a.Account.ID)
		if err != nil {
			return err
		}
		if a.View, err = s.Engine.View(ctx, a.Project, a.seen()); err != nil {
			var refused *qda.Error
			if !errors.As(err, &refused) || refused.Key != "refused.future" {
				return err
			}
			if a.View, err = s.Engine.View(ctx, a.Project, 0); err != nil {
				return err
			}
		}
		// Role and blindness from the table, which is what holds now.
		a.Coder, a.Lens = c, a.View.As(c.ID)
		if p.level == owns && c.Role != qda.Owner {
			return qda.Refuse(qda.Refused, "refused.owner_only")
		}
	}
	if rt.past {
		if err := a.turnBack(); err != nil {
			return err
		}
	}
	for _, m := range param.FindAllStringSubmatch(rt.path, -1) {
		if err := loaders[m[1]](a, a.PathValue(m[1])); err != nil {
			return err
		}
	}
	if p.kind != "" {
		if !a.Coder.Role.May(p.kind) {
			return qda.Refuse(qda.Refused, "refused.role")
		}
		if a.Coder.Blind && !qda.MayBlind(p.kind) {
			return qda.Refuse(qda.Refused, "refused.blind")
		}
	}
	return nil
}

func notFound(*ask) error { return absent() }

func healthy(a *ask) error {
	a.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := a.w.Write([]byte("ok\n"))
	return err
}

func ready(a *ask) error {
	if err := a.s.Store.Ready(a.Context()); err != nil {
		return qda.Refuse(qda.Busy, "refused.busy")
	}
	return healthy(a)
}

func home(a *ask) error {
	http.Redirect(a.w, a.Request, "/projects", http.StatusSeeOther)
	return nil
}

// ids reads repeated numbers of a form.
func (a *ask) ids(name string) ([]qda.ID, error) {
	var r []qda.ID
	for _, v := range a.PostForm[name] {
		n, err := thingID(v)
		if err != nil {
			return nil, qda.Refuse(qda.Invalid, "refused.form")
		}
		if !slices.Contains(r, n) {
			r = append(r, n)
		}
	}
	return r, nil
}
