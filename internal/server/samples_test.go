package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"anyam/internal/qda"
	"anyam/internal/store"
)

// input is a request to a route of a project, as whoever asks would send it.
type input struct {
	path  map[string]string // what stands for a name in the path, beside the project
	query url.Values
	form  url.Values
	json  map[string]any
	file  []byte
	also  func(*input) // makes another payload of it
}

// sample is a route with who may use it, an independent word against the table of routes.
type sample struct {
	route   string
	who     string            // of owner O, researcher R, supervisor S and blind coder B
	ids     map[string]string // fields of form, JSON or query that hold numbers: what they name
	make    func(p *place) input
	once    bool // its second time finds nothing to do, or nobody who may
	plain   bool // keeps no entry: nothing to be repeated
	looks   bool // and changes nothing at all
	entries int  // how many it makes, 0: one
}

func f(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func s(n qda.ID) string { return itoa(n) }

// other gives an input another way to become a different payload.
func (in input) other(also func(*input)) input { in.also = also; return in }

func bare(*place) input { return input{} }

// form makes the input of a plain form; the other payload has another first field.
func form(pairs ...string) input {
	return input{form: f(pairs...), also: func(in *input) { in.form.Set(pairs[0], in.form.Get(pairs[0])+" lain") }}
}

const everyone, coders, shapers, owners = "ORSB", "ORB", "OR", "O"

func inPath(name string, n qda.ID) map[string]string { return map[string]string{name: s(n)} }

// split gives one of a code's two segments to another code.
func (p *place) split() input {
	n := p.addNode(qda.Code, p.next("lebar"), 0)
	c := p.apply(p.as, "sejak lama", n)
	p.apply(p.as, "dokumen", n)
	return input{path: inPath("node", n), json: map[string]any{"parts": []qda.Part{{Node: p.addNode(qda.Code, p.next("baru"), 0), Codings: []qda.ID{c}}}}}
}

// samples lists every route of a project in an order in which one place can go through them all.
func samples() []sample {
	with := func(in input, p map[string]string) input { in.path = p; return in }
	js := func(m map[string]any, also func(*input)) input { return input{json: m, also: also} }
	set := func(k string, v any) func(*input) { return func(in *input) { in.json[k] = v } }
	return []sample{
		{route: "GET ", who: everyone, make: bare},
		{route: "GET /settings", who: everyone, make: bare},
		{route: "POST /settings", who: owners, make: func(p *place) input { return form("name", p.next(p.name)) }},
		{route: "GET /members", who: everyone, make: bare},
		{route: "POST /invitations", who: owners, plain: true, make: func(p *place) input { return form("role", "researcher", "email", "tamu@contoh.example") }},
		{route: "POST /invitations/{invitation}/revoke", who: owners, plain: true, make: func(p *place) input {
			return with(form("x", "y"), map[string]string{"invitation": fmt.Sprint(p.invite(qda.Researcher, "", p.now().Add(inviteLimit)))})
		}},
		{route: "POST /members/{coder}", who: owners, make: func(p *place) input {
			roles := []string{"researcher", "supervisor"}
			p.n++
			in := with(form("role", roles[p.n%2]), inPath("coder", p.joined()))
			in.form.Set("role", "supervisor")
			in.also = func(in *input) { in.form.Set("role", "researcher"); in.form.Set("blind", "on") }
			return in
		}},
		{route: "POST /members/{coder}/remove", who: owners, make: func(p *place) input {
			in := with(form("x", "y"), inPath("coder", p.joined()))
			in.also = func(in *input) { in.path = inPath("coder", p.joined()) }
			return in
		}},
		{route: "GET /access", who: owners, make: bare},
		{route: "GET /informants", who: everyone, make: bare},
		{route: "POST /cases", who: coders, make: func(p *place) input { return form("name", p.next("Kasus")) }},
		{route: "POST /cases/{case}", who: coders, ids: map[string]string{"value-": "ofCases"}, make: func(p *place) input {
			return with(form("name", p.next("Kasus"), "value-"+s(p.ofCases), p.next("nelayan")), inPath("case", p.kase))
		}},
		{route: "POST /cases/{case}/state", who: coders, make: func(p *place) input {
			in := with(form("state", "removed"), inPath("case", p.do(p.id, p.coder[theOwner], &qda.CaseAdded{Name: p.next("Kasus")}).Did[0].ID))
			in.also = func(in *input) { in.form.Set("state", "live") }
			return in
		}},
		{route: "POST /attributes", who: coders, make: func(p *place) input { return form("name", p.next("Sifat"), "of", "case", "type", "text") }},
		{route: "POST /attributes/{attribute}", who: coders, make: func(p *place) input { return with(form("name", p.next("Sifat")), inPath("attribute", p.ofCases)) }},

		{route: "GET /tables", who: coders, make: bare},
		{route: "POST /tables", who: coders, plain: true, make: func(p *place) input {
			return input{file: []byte("nama,kelompok\n" + p.next("Kasus") + ",nelayan\n")}
		}},
		{route: "GET /tables/{sum}", who: coders, make: func(p *place) input {
			return input{path: map[string]string{"sum": p.aside("nama\tkelompok\nP04\tnelayan\nP11\tpetani\n")}}
		}},
		{route: "POST /tables/{sum}", who: coders, entries: 2, make: func(p *place) input {
			in := with(form("as", "informants", "col-0", "name", "col-1", "skip"), map[string]string{"sum": p.aside("nama\tkelompok\n" + p.next("Kasus") + "\tnelayan\n" + p.next("Kasus") + "\tpetani\n")})
			return in.other(func(in *input) { in.form.Set("col-1", "text") })
		}},

		{route: "GET /documents", who: everyone, ids: map[string]string{"edit": "document"}, make: func(p *place) input { return input{query: f("edit", s(p.document))} }},
		{route: "POST /files", who: coders, plain: true, make: func(p *place) input {
			return input{file: []byte(p.next("Pewawancara: Halo?\nP09: Ya.\nPewawancara: Lagi?\nP09: Tidak.\n"))}
		}},
		{route: "GET /files/{sum}", who: coders, make: func(p *place) input { return input{path: map[string]string{"sum": p.sum}} }},
		{route: "POST /documents", who: coders, ids: map[string]string{"file": "sum", "case": "kase", "docvalue-": "ofDocuments", "value-": "ofCases", "replaces": "empty", "also": "sum2"}, make: func(p *place) input {
			return form("name", p.next("Dokumen"), "file", p.sum, "kind", "interview", "language", "id", "held", "2024-03-02", "case", s(p.kase), "docvalue-"+s(p.ofDocuments), "pasar",
				"pseudonym-0123456789abcdef", "samaran", "all", "on", "role-0", "interviewer", "charset", "")
		}},
		{route: "POST /import", who: owners, plain: true, make: func(p *place) input {
			p.occupied()
			return form("file", fmt.Sprint(p.unborn()))
		}},
		{route: "GET /batches", who: coders, make: bare},
		{route: "POST /batches", who: coders, plain: true, make: func(p *place) input {
			p.occupied()
			return input{file: []byte(p.next("Pewawancara: Halo?\nP09: Ya.\nPewawancara: Lagi?\nP09: Tidak.\n"))}
		}},
		{route: "GET /batches/new", who: coders, make: bare},
		{route: "GET /batches/{batch}", who: everyone, make: func(p *place) input { return input{path: map[string]string{"batch": p.occupied()}} }},
		{route: "GET /batches/{batch}/report.csv", who: everyone, make: func(p *place) input { return input{path: map[string]string{"batch": p.occupied()}} }},
		{route: "GET /batches/{batch}/report.json", who: everyone, make: func(p *place) input { return input{path: map[string]string{"batch": p.occupied()}} }},
		{route: "POST /batches/{batch}/cancel", who: coders, plain: true, make: func(p *place) input {
			p.occupied()
			return with(form("x", "y"), map[string]string{"batch": p.arriving()})
		}},
		{route: "POST /batches/{batch}/go", who: coders, plain: true, make: func(p *place) input {
			p.occupied()
			return with(form("x", "y"), map[string]string{"batch": p.arriving()})
		}},
		{route: "POST /documents/state", who: coders, ids: map[string]string{"documents": "document"}, make: func(p *place) input {
			in := form("state", "removed", "documents", s(p.addDocument(p.next("P06"))))
			in.also = func(in *input) { in.form.Set("state", "live") }
			return in
		}},
		{route: "GET /documents/{document}", who: everyone, make: func(p *place) input { return input{path: inPath("document", p.document)} }},
		{route: "POST /documents/{document}", who: coders, ids: map[string]string{"case": "kase", "value-": "ofDocuments"}, make: func(p *place) input {
			return with(form("name", p.next("P04"), "kind", "interview", "language", "id", "held", "2024-05-06", "case", s(p.kase), "value-"+s(p.ofDocuments), p.next("pasar")), inPath("document", p.document))
		}},
		{route: "GET /documents/{document}/print", who: everyone, ids: map[string]string{"whose": "researcher", "of": "code"}, make: func(p *place) input {
			return input{path: inPath("document", p.document), query: f("memos", "on")}
		}},
		{route: "GET /documents/{document}/original", who: everyone, make: func(p *place) input { return input{path: inPath("document", p.document)} }},
		{route: "POST /documents/{document}/reading", who: everyone, plain: true, make: func(p *place) input {
			return with(form("place", "1", "furthest", "2"), inPath("document", p.document))
		}},
		{route: "POST /documents/{document}/finished", who: coders, make: func(p *place) input {
			in := with(form("finished", "on"), inPath("document", p.addDocument(p.next("P06"))))
			in.also = func(in *input) { in.form.Set("finished", "") }
			return in
		}},
		{route: "GET /documents/{document}/codings.json", who: everyone, make: func(p *place) input { return input{path: inPath("document", p.document)} }},
		{route: "POST /documents/{document}/codings", who: coders, ids: map[string]string{"code": "code", "parent": "theme"}, make: func(p *place) input {
			in := js(map[string]any{"version": 1, "spans": []qda.SpanOf{spanOf("sejak lama")}, "name": p.next("kode baru"), "parent": p.theme}, set("name", p.next("kode lain")))
			return with(in, inPath("document", p.document))
		}},
		{route: "POST /codings", who: coders, ids: map[string]string{"codings": "coding", "code": "code2"}, make: func(p *place) input {
			mine := p.apply(p.as, "sejak lama", p.addNode(qda.Code, p.next("kode"), 0))
			return js(map[string]any{"codings": []qda.ID{mine}, "code": p.addNode(qda.Code, p.next("kode"), 0)}, set("code", p.code2))
		}},
		{route: "POST /codings/remove", who: coders, ids: map[string]string{"codings": "coding"}, make: func(p *place) input {
			mine := p.apply(p.as, "sejak lama", p.addNode(qda.Code, p.next("kode"), 0))
			return js(map[string]any{"codings": []qda.ID{mine}}, set("codings", []qda.ID{p.coding, mine}))
		}},
		{route: "GET /names.json", who: everyone, make: bare},
		{route: "POST /memos", who: everyone, ids: map[string]string{"on": "coding"}, make: func(p *place) input {
			return js(map[string]any{"on": p.code, "text": p.next("memo")}, set("text", p.next("memo lain")))
		}},
		{route: "POST /memos/{memo}", who: everyone, make: func(p *place) input {
			e := p.do(p.id, p.coder[p.as], &qda.MemoWritten{On: p.code, Text: p.next("memo")})
			return with(js(map[string]any{"rev": e.Seq, "text": p.next("memo")}, set("text", p.next("memo lain"))), inPath("memo", e.Did[0].ID))
		}},
		{route: "POST /memos/{memo}/remove", who: everyone, make: func(p *place) input {
			memo := func() map[string]string {
				return inPath("memo", p.do(p.id, p.coder[p.as], &qda.MemoWritten{On: p.code, Text: p.next("memo")}).Did[0].ID)
			}
			return with(js(map[string]any{}, func(in *input) { in.path = memo() }), memo())
		}},
		{route: "POST /pins", who: coders, plain: true, ids: map[string]string{"code": "code"}, make: func(p *place) input {
			return js(map[string]any{"key": "1", "code": p.code}, nil)
		}},
		{route: "GET /stream", who: everyone, make: bare},

		{route: "GET /codebook", who: everyone, ids: map[string]string{"node": "code"}, make: func(p *place) input { return input{query: f("node", s(p.code))} }},
		{route: "GET /codebook/import", who: coders, make: bare},
		{route: "POST /codebook/import", who: coders, plain: true, make: func(p *place) input {
			return input{file: []byte("kode,definisi\n" + p.next("kode") + ",artinya\n")}
		}},
		{route: "GET /codebook/import/{sum}", who: coders, make: func(p *place) input {
			return input{path: map[string]string{"sum": p.aside("tema\tkode\tdefinisi\nTema satu\tKode satu\tlain\nTema satu\tKode baru\tartinya\n")}}
		}},
		{route: "POST /codebook/import/{sum}", who: coders, entries: 2, make: func(p *place) input {
			in := with(form("fill", "on"), map[string]string{"sum": p.aside("kode\tdefinisi\n" + p.next("kode masuk") + "\tartinya\n" + p.next("kode masuk") + "\tarti lain\n")})
			return in.other(func(in *input) { in.form.Set("col-1", "skip") })
		}},
		{route: "GET /codebook.json", who: everyone, make: bare},
		{route: "POST /nodes", who: coders, ids: map[string]string{"parent": "theme", "before": "code"}, make: func(p *place) input {
			return form("name", p.next("kode"), "kind", "code", "parent", s(p.theme), "definition", "arti", "use", "pakai", "avoid", "hindari", "colour", "3", "before", s(p.code))
		}},
		{route: "POST /nodes/move", who: shapers, ids: map[string]string{"nodes": "code", "parent": "theme", "before": "code2"}, make: func(p *place) input {
			in := form("theme", "", "nodes", s(p.addNode(qda.Code, p.next("kode"), 0)), "parent", s(p.theme))
			in.also = func(in *input) { in.form.Set("parent", s(p.theme2)) }
			return in
		}},
		{route: "GET /nodes/move", who: shapers, ids: map[string]string{"nodes": "code", "parent": "theme"}, make: func(p *place) input {
			return input{query: f("nodes", s(p.code), "parent", s(p.theme2))}
		}},
		{route: "GET /nodes/state", who: shapers, ids: map[string]string{"nodes": "code"}, make: func(p *place) input {
			return input{query: f("nodes", s(p.code), "state", "removed", "children", "up")}
		}},
		{route: "GET /nodes/{node}/kind", who: shapers, make: func(p *place) input {
			return input{path: inPath("node", p.code), query: f("kind", "theme")}
		}},
		{route: "GET /nodes/merge", who: shapers, ids: map[string]string{"nodes": "code", "into": "code2"}, make: func(p *place) input {
			return input{query: f("nodes", s(p.code), "into", s(p.code2))}
		}},
		{route: "POST /nodes/merge", who: shapers, ids: map[string]string{"nodes": "code", "into": "code2"}, make: func(p *place) input {
			in := form("nodes", s(p.addNode(qda.Code, p.next("kode"), 0)), "into", s(p.code2))
			in.also = func(in *input) { in.form.Set("into", s(p.code)) }
			return in
		}},
		{route: "POST /nodes/state", who: shapers, ids: map[string]string{"nodes": "code"}, make: func(p *place) input {
			in := form("state", "retired", "nodes", s(p.addNode(qda.Code, p.next("kode"), 0)), "children", "up")
			in.also = func(in *input) { in.form.Set("state", "removed") }
			return in
		}},
		{route: "GET /nodes/{node}", who: everyone, make: func(p *place) input { return input{path: inPath("node", p.code)} }},
		{route: "POST /nodes/{node}", who: coders, ids: map[string]string{"example": "coding"}, make: func(p *place) input {
			return with(form("definition", p.next("arti"), "use", "a", "avoid", "b", "colour", "2", "claim", "c", "scope", "d", "boundary", "e", "naming", "f", "name", p.next("Kode dua")), inPath("node", p.code2))
		}},
		{route: "POST /nodes/{node}/kind", who: shapers, make: func(p *place) input {
			in := with(form("kind", "theme"), inPath("node", p.addNode(qda.Code, p.next("kode"), 0)))
			in.also = func(in *input) { in.form.Set("kind", "code") }
			return in
		}},
		{route: "GET /nodes/{node}/segments.json", who: everyone, make: func(p *place) input { return input{path: inPath("node", p.code)} }},
		{route: "GET /nodes/{node}/sort", who: everyone, make: func(p *place) input { return input{path: inPath("node", p.code)} }},
		{route: "GET /nodes/{node}/sort.json", who: everyone, ids: map[string]string{"codings": "coding"}, make: func(p *place) input { return input{path: inPath("node", p.code), query: f("codes", s(p.code2))} }},
		{route: "POST /nodes/{node}/split/see", who: shapers, plain: true, looks: true, make: func(p *place) input { return p.split() }},
		{route: "POST /nodes/{node}/split", who: shapers, make: func(p *place) input {
			in := p.split()
			in.also = set("reason", "lain")
			return in
		}},

		{route: "GET /themes/{node}", who: everyone, ids: map[string]string{"edit": "coding", "remark": "coding", "of": "ofCases"}, make: func(p *place) input {
			return input{path: inPath("node", p.theme), query: f("by", "informant")}
		}},
		{route: "GET /themes/{node}/segment", who: everyone, ids: map[string]string{"coding": "coding"}, make: func(p *place) input {
			return input{path: inPath("node", p.theme), query: f("coding", s(p.ofBlind))}
		}},
		{route: "POST /themes/{node}/evidence", who: coders, ids: map[string]string{"codings": "coding", "before": "evidence"}, make: func(p *place) input {
			mine := p.apply(p.as, "sejak lama", p.addNode(qda.Code, p.next("kode"), p.theme))
			return with(form("why", p.next("karena"), "codings", s(mine)), inPath("node", p.theme))
		}},
		{route: "POST /themes/{node}/looked", who: coders, make: func(p *place) input {
			in := with(form("looked", "on"), inPath("node", p.addNode(qda.Theme, p.next("tema"), 0)))
			in.also = func(in *input) { in.form.Set("looked", "") }
			return in
		}},
		{route: "POST /themes/{node}/levels", who: everyone, make: func(p *place) input {
			return with(form("text", p.next("jawaban"), "level", "1"), inPath("node", p.theme))
		}},
		{route: "POST /themes/{node}/judge", who: "OS", ids: map[string]string{"draft": "draft"}, make: func(p *place) input {
			v, err := p.engine.View(p.t.Context(), p.id, 0)
			if err != nil {
				p.t.Fatal(err)
			}
			d := v.Digest(p.theme)
			return with(form("text", p.next("meyakinkan"), "verdict", "approved", "digest-claim", d.Claim, "digest-codes", d.Codes, "digest-evidence", d.Evidence, "digest-codings", d.Codings), inPath("node", p.theme))
		}},
		{route: "POST /evidence/{evidence}", who: coders, ids: map[string]string{"before": "evidence"}, make: func(p *place) input {
			return with(form("why", p.next("karena"), "against", ""), inPath("evidence", p.chosen()))
		}},
		{route: "POST /evidence/{evidence}/drop", who: coders, make: func(p *place) input {
			in := with(form("x", "y"), inPath("evidence", p.chosen()))
			in.also = func(in *input) { in.path = inPath("evidence", p.chosen()) }
			return in
		}},
		{route: "POST /remarks", who: everyone, ids: map[string]string{"on": "coding", "theme": "theme", "under": "remark"}, make: func(p *place) input {
			return form("text", p.next("tanggapan"), "on", s(p.code), "theme", s(p.theme))
		}},
		{route: "POST /remarks/{remark}/settled", who: everyone, make: func(p *place) input {
			n := p.do(p.id, p.coder[p.as], &qda.RemarkMade{On: p.theme, Theme: p.theme, Text: p.next("tanggapan")}).Did[0].ID
			in := with(form("settled", "on"), inPath("remark", n))
			in.also = func(in *input) { in.form.Set("settled", "") }
			return in
		}},
		{route: "GET /review", who: everyone, ids: map[string]string{"theme": "theme", "draft": "draft", "remark": "coding", "of": "ofCases"}, make: func(p *place) input {
			return input{query: f("by", "group")}
		}},
		{route: "POST /review", who: shapers, ids: map[string]string{"of": "researcher", "draft": "draft"}, make: func(p *place) input {
			return form("text", p.next("mohon dibaca"), "of", s(p.coder[theSupervisor]), "draft", s(p.draft)) // with a name for a new one it is two entries
		}},
		{route: "GET /export/review.csv", who: everyone, make: bare},

		{route: "GET /history", who: everyone, ids: map[string]string{"coder": "researcher"}, make: func(p *place) input { return input{query: f("kind", "coding")} }},
		{route: "GET /undo.json", who: everyone, ids: map[string]string{"document": "document"}, make: func(p *place) input { return input{query: f("document", s(p.document))} }},
		{route: "POST /undo", who: everyone, make: func(p *place) input {
			e := p.do(p.id, p.coder[p.as], &qda.MemoWritten{On: p.code, Text: p.next("memo")})
			return js(map[string]any{"seq": e.Seq}, set("seq", 1))
		}},
		{route: "GET /export", who: everyone, make: bare},
		{route: "GET /themes", who: everyone, ids: map[string]string{"node": "code"}, make: func(p *place) input { return input{query: f("node", s(p.code))} }},
		{route: "POST /themes/spots", who: coders, ids: map[string]string{"node": "code"}, make: func(p *place) input {
			p.n++
			return form("x", fmt.Sprint(p.n), "y", "-40", "node", s(p.code)).other(func(in *input) { in.form.Set("y", "-41") })
		}},
		{route: "GET /theory", who: everyone, ids: map[string]string{"concept": "concept"}, make: func(p *place) input { return input{query: f("concept", s(p.concept))} }},
		{route: "POST /concepts", who: coders, ids: map[string]string{"parent": "concept", "before": "concept"}, make: func(p *place) input {
			return form("name", p.next("Konsep"), "definition", "arti", "parent", s(p.concept))
		}},
		{route: "POST /concepts/example", who: coders, entries: 4, make: func(p *place) input {
			in := form("example", "institutional")
			in.also = func(in *input) { in.form.Set("example", "uppsala") }
			return in
		}},
		{route: "POST /concepts/{concept}", who: coders, make: func(p *place) input { return with(form("name", p.next("Kerangka")), inPath("concept", p.concept)) }},
		{route: "POST /ties", who: coders, ids: map[string]string{"theme": "theme", "concept": "concept"}, make: func(p *place) input {
			return form("why", p.next("karena"), "theme", s(p.theme), "concept", s(p.concept))
		}},
		{route: "POST /ties/remove", who: coders, ids: map[string]string{"theme": "theme", "concept": "concept"}, make: func(p *place) input {
			c := p.do(p.id, p.coder[theOwner], &qda.ConceptAdded{Name: p.next("Konsep")}).Did[0].ID
			c2 := p.do(p.id, p.coder[theOwner], &qda.ConceptAdded{Name: p.next("Konsep")}).Did[0].ID
			p.do(p.id, p.coder[theOwner], &qda.Tied{Theme: p.theme, Concept: c})
			p.do(p.id, p.coder[theOwner], &qda.Tied{Theme: p.theme, Concept: c2})
			return form("theme", s(p.theme), "concept", s(c)).other(func(in *input) { in.form.Set("concept", s(c2)) })
		}},
		{route: "GET /export/theory.csv", who: everyone, make: bare},
		{route: "GET /drafts", who: everyone, make: bare},
		{route: "POST /drafts", who: coders, make: func(p *place) input { return form("name", p.next("Draf"), "text", "sebelum menggabungkan") }},
		{route: "GET /drafts/compare", who: everyone, ids: map[string]string{"from": "draft"}, make: func(p *place) input { return input{query: f("from", s(p.draft))} }},
		{route: "GET /export/drafts.csv", who: everyone, ids: map[string]string{"from": "draft"}, make: func(p *place) input { return input{query: f("from", s(p.draft))} }},
		{route: "GET /trust", who: everyone, make: bare},
		{route: "GET /export/trust.docx", who: "ORS", make: bare},
		{route: "GET /export/codebook.csv", who: everyone, make: bare},
		{route: "GET /export/segments.csv", who: everyone, make: bare},
		{route: "GET /export/codebook.xlsx", who: everyone, make: bare},
		{route: "GET /export/codebook.docx", who: everyone, make: bare},
		{route: "GET /export/codebook.pdf", who: everyone, make: bare},
		{route: "GET /export/findings.pdf", who: "ORS", make: bare},
		{route: "GET /export/codebook.md", who: everyone, make: bare},
		{route: "GET /export/segments.xlsx", who: everyone, make: bare},
		{route: "GET /export/segments.docx", who: everyone, make: bare},
		{route: "GET /export/findings.docx", who: "ORS", make: bare},
		{route: "GET /export/findings.md", who: "ORS", make: bare},
		{route: "GET /export/findings.html", who: "ORS", make: bare},
		{route: "GET /export/figure/map.svg", who: everyone, make: bare},
		{route: "GET /export/figure/map.png", who: everyone, make: bare},
		{route: "GET /export/figure/attributes.svg", who: everyone, make: bare},
		{route: "GET /export/figure/attributes.png", who: everyone, make: bare},
		{route: "GET /export/figure/informants.svg", who: everyone, make: bare},
		{route: "GET /export/figure/informants.png", who: everyone, make: bare},
		{route: "GET /export/figure/together.svg", who: everyone, make: bare},
		{route: "GET /export/figure/together.png", who: everyone, make: bare},
		{route: "GET /export/figure/concepts.svg", who: everyone, make: bare},
		{route: "GET /export/figure/concepts.png", who: everyone, make: bare},
		{route: "GET /export/project.zip", who: everyone, make: bare},
		{route: "GET /export/project.qdpx", who: everyone, make: bare},
		{route: "GET /export/codebook.qdc", who: everyone, make: bare},
		{route: "GET /documents/{document}/export.docx", who: everyone, ids: map[string]string{"whose": "researcher", "of": "code"}, make: func(p *place) input {
			return input{path: inPath("document", p.document), query: f("memos", "on")}
		}},
		{route: "GET /documents/{document}/export.pdf", who: everyone, ids: map[string]string{"whose": "researcher", "of": "code"}, make: func(p *place) input {
			return input{path: inPath("document", p.document), query: f("memos", "on")}
		}},
		{route: "GET /documents/{document}/export.html", who: everyone, ids: map[string]string{"whose": "researcher", "of": "code"}, make: func(p *place) input {
			return input{path: inPath("document", p.document), query: f("memos", "on")}
		}},

		{route: "GET /ask", who: everyone, ids: map[string]string{"all": "code", "any": "code2", "none": "theme", "by": "researcher", "document": "document", "value-": "ofCases"}, make: func(p *place) input {
			return input{query: f("every", "on")}
		}},
		{route: "GET /ask/segments.csv", who: everyone, ids: map[string]string{"all": "code", "document": "document"}, make: func(p *place) input { return input{query: f("every", "on")} }},
		{route: "GET /ask/segments.txt", who: everyone, ids: map[string]string{"all": "code", "document": "document"}, make: func(p *place) input { return input{query: f("every", "on")} }},
		{route: "POST /questions", who: everyone, ids: map[string]string{"question": "question"}, make: func(p *place) input {
			return form("name", p.next("Pertanyaan"), "query", "all="+s(p.code))
		}},
		{route: "POST /questions/{question}/remove", who: everyone, make: func(p *place) input {
			question := func() map[string]string {
				return inPath("question", p.do(p.id, p.coder[p.as], &qda.QuestionKept{Name: p.next("Pertanyaan"), Query: `{"ask":"every=on"}`}).Did[0].ID)
			}
			in := with(form("x", "y"), question())
			in.also = func(in *input) { in.path = question() }
			return in
		}},
		{route: "GET /search", who: everyone, make: func(p *place) input { return input{query: f("q", "dokumen")} }},

		{route: "POST /archive", who: owners, make: func(p *place) input { return input{form: f("x", "y")} }},
		{route: "POST /unarchive", who: owners, make: func(p *place) input {
			state := qda.Archived
			if v, err := p.engine.View(p.t.Context(), p.id, 0); err != nil {
				p.t.Fatal(err)
			} else if v.Project().State == qda.Live {
				p.do(p.id, p.coder[theOwner], &qda.ProjectChanged{State: &state})
			}
			return input{form: f("x", "y")}
		}},
		{route: "POST /hand-over", who: owners, once: true, ids: map[string]string{"coder": "researcher"}, make: func(p *place) input { return form("coder", s(p.coder[theResearcher])) }},
		{route: "POST /leave", who: everyone, once: true, make: func(p *place) input {
			if p.as == theOwner {
				p.makeOwner(theResearcher)
			}
			return form("x", "y")
		}},
		{route: "POST /delete", who: owners, once: true, make: func(p *place) input {
			v, err := p.engine.View(p.t.Context(), p.id, 0)
			if err != nil {
				p.t.Fatal(err)
			}
			return form("name", v.Project().Name)
		}},
	}
}

// chosen makes a piece of evidence, by whoever asks, and gives its number.
func (p *place) chosen() qda.ID {
	mine := p.apply(p.as, "sejak lama", p.addNode(qda.Code, p.next("kode"), p.theme))
	return p.do(p.id, p.coder[p.as], &qda.EvidenceChosen{Theme: p.theme, Codings: []qda.ID{mine}}).Did[0].ID
}

// joined adds somebody and gives their number.
func (p *place) joined() qda.ID {
	a := p.person(p.next("Tamu"), false)
	return p.do(p.id, 0, &qda.CoderJoined{Account: a.ID, Name: a.Name, Role: qda.Researcher}).Did[0].ID
}

// owns opens the place and gives the owner the role back, which some sample took, and the asker theirs.
func (p *place) owns() {
	p.t.Helper()
	v, err := p.engine.View(p.t.Context(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	if live := qda.Live; v.Project().State != live {
		p.do(p.id, 0, &qda.ProjectChanged{State: &live})
	}
	p.makeOwner(theOwner)
	if c, _ := v.As(0).Coder(p.coder[p.as]); c.Role == "" && p.as != theOwner {
		role := map[rune]qda.Role{theResearcher: qda.Researcher, theSupervisor: qda.Supervisor, theBlind: qda.Researcher}[p.as]
		p.do(p.id, 0, &qda.CoderJoined{Account: c.Account, Name: c.Name, Role: role})
		if blind := true; p.as == theBlind {
			p.do(p.id, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: c.ID, Blind: &blind}}})
		}
	}
}

func (p *place) makeOwner(r rune) {
	p.t.Helper()
	v, err := p.engine.View(p.t.Context(), p.id, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	own := qda.Owner
	switch c, _ := v.As(0).Coder(p.coder[r]); c.Role {
	case own:
	case "":
		p.do(p.id, 0, &qda.CoderJoined{Account: p.account[r].ID, Name: p.account[r].Name, Role: own})
	default:
		p.do(p.id, 0, &qda.CodersChanged{Coders: []qda.RoleOf{{Coder: c.ID, Role: &own}}})
	}
}

// named gives the number of one of a place's things.
func (p *place) named(what string) string {
	switch what {
	case "theme":
		return s(p.theme)
	case "code":
		return s(p.code)
	case "code2":
		return s(p.code2)
	case "coding":
		return s(p.coding)
	case "memo":
		return s(p.memo)
	case "question":
		return s(p.question)
	case "evidence":
		return s(p.evidence)
	case "remark":
		return s(p.remark)
	case "draft":
		return s(p.draft)
	case "concept":
		return s(p.concept)
	case "document":
		return s(p.document)
	case "empty":
		return s(p.removed)
	case "kase":
		return s(p.kase)
	case "ofCases":
		return s(p.ofCases)
	case "ofDocuments":
		return s(p.ofDocuments)
	case "researcher":
		return s(p.coder[theResearcher])
	case "sum", "sum2":
		return p.sum
	case "batch":
		return p.occupied()
	}
	panic("what is " + what)
}

// pathNames says what the names in paths are.
var pathNames = map[string]string{"document": "document", "node": "code", "coder": "researcher", "case": "kase", "attribute": "ofCases", "memo": "memo", "question": "question", "evidence": "evidence", "remark": "remark", "concept": "concept", "sum": "sum", "batch": "batch"}

func (in input) copy() input {
	c := in
	c.path, c.json = maps.Clone(in.path), maps.Clone(in.json)
	c.query, c.form = url.Values(http.Header(in.query).Clone()), url.Values(http.Header(in.form).Clone())
	return c
}

// put sets a field that holds a number, wherever the input has its fields; of a field whose name ends in a number, the name.
func (in *input) put(key, n string) {
	fields := in.form
	if in.query != nil {
		fields = in.query
	}
	switch {
	case in.json != nil:
		var id any = n
		if x, err := thingID(n); err == nil {
			id = x
		}
		if key == "codings" {
			in.json[key] = []any{id}
		} else {
			in.json[key] = id
		}
	case strings.HasSuffix(key, "-"):
		for k := range fields {
			if strings.HasPrefix(k, key) {
				fields.Del(k)
			}
		}
		fields.Set(key+n, "nilai")
	default:
		fields.Set(key, n)
	}
}

// send sends an input to a route of a project in somebody's name.
func (w *world) send(route string, project any, in input, token, change string) reply {
	w.t.Helper()
	method, rest, _ := strings.Cut(route, " ")
	for k, v := range in.path {
		rest = strings.ReplaceAll(rest, "{"+k+"}", v)
	}
	q := request{method: method, target: fmt.Sprintf("/projects/%v%s", project, rest), token: token, file: in.file}
	if len(in.query) > 0 {
		q.target += "?" + in.query.Encode()
	}
	if in.json != nil {
		m := maps.Clone(in.json)
		if change != "" {
			m["change"] = change
		}
		q.json = m
	} else if method == http.MethodPost && in.file == nil {
		q.form = f()
		for k, v := range in.form {
			q.form[k] = v
		}
		if change != "" {
			q.form.Set("change", change)
		}
	}
	return w.ask(q)
}

// arriving is a job whose files are still on their way.
func (p *place) arriving() string {
	p.t.Helper()
	id := fresh()
	if _, err := p.store.NewJob(p.t.Context(), store.Job{Project: p.id, ID: id, Kind: store.FilesJob, Account: p.account[theOwner].ID, Name: "wawancara.zip", Made: p.now()}); err != nil {
		p.t.Fatal(err)
	}
	return id.String()
}

// occupied makes another process work on a job of the project for long, so that none begins here, and gives that job.
func (p *place) occupied() string {
	p.t.Helper()
	if p.job0 != "" {
		return p.job0
	}
	p.job0 = p.arriving()
	id, err := qda.ParseChangeID(p.job0)
	if err != nil {
		p.t.Fatal(err)
	}
	j, err := p.store.Job(p.t.Context(), p.id, id)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.store.PutJobFiles(p.t.Context(), p.id, id, store.JobFile{N: 1, Name: "P01.txt", State: store.FileRefused, Why: "reading.bad.empty"}); err != nil {
		p.t.Fatal(err)
	}
	j.State, j.Runner, j.Beat, j.Steps = store.JobRunning, "elsewhere", p.now().Add(time.Hour), 2
	if _, err := p.store.SetJob(p.t.Context(), j, store.JobArriving); err != nil {
		p.t.Fatal(err)
	}
	return p.job0
}
