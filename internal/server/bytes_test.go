package server

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"anyam/internal/qda"
	"anyam/internal/span"
)

// TestOddNumbersAndBodies sends numbers that are none, or too large, and JSON that is none: nothing breaks. (Every byte in every
// field of every route is the work of the rig F20.)
func TestOddNumbersAndBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	n := 0
	check := func(route, where string, a reply) {
		n++
		if a.status >= 500 {
			t.Errorf("%s, %s: %d", route, where, a.status)
		}
	}
	for _, number := range []string{"-1", "0", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "4294967296", "1e9"} {
		for _, target := range []string{"/history?before=", "/nodes/" + s(p.code) + "?page=", "/access?from=", "/codebook?after=", "/nodes/" + s(p.code) + "/segments.json?limit=", "/undo.json?document=", "/documents/", "/nodes/", "/members/"} {
			check(target+number, "the address", w.ask(request{method: "GET", target: p.at("") + target + number, token: p.token[theOwner]}))
		}
		body := fmt.Sprintf(`{"seq":%[1]s,"code":%[1]s,"on":%[1]s,"rev":%[1]s,"codings":[%[1]s],"version":%[1]s,"spans":[{"start":%[1]s,"stop":%[1]s,"check":%[1]s}],"start":%[1]s,"stop":%[1]s,"text":"x","name":"x","parent":%[1]s,"key":"1"}`, number)
		for _, target := range []string{"/undo", "/codings", "/codings/remove", "/memos", "/pins", "/documents/" + s(p.document) + "/codings", "/memos/" + s(p.memo)} {
			check(target, "a number "+number, w.ask(request{method: "POST", target: p.at("") + target, token: p.token[theOwner], json: []byte(body)}))
		}
	}
	for _, body := range []string{"", "null", "[]", "7", `"x"`, "{", `{"spans":null}`, `{"spans":{}}`, strings.Repeat("[", 100000), `{"text":` + strings.Repeat(`{"a":`, 20000), `{"change":7}`, `{"change":"x"}`} {
		check("/memos", "the body", w.ask(request{method: "POST", target: p.at("/memos"), token: p.token[theOwner], json: []byte(body)}))
		check("/codings", "the body", w.ask(request{method: "POST", target: p.at("/documents/%d/codings", p.document), token: p.token[theOwner], json: []byte(body)}))
	}
	if a := w.ask(request{method: "POST", target: p.at("/memos"), token: p.token[theOwner], json: []byte(`{"on":0,"text":"` + strings.Repeat("x", maxForm) + `"}`)}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large a change: %d", a.status)
	}
	for _, l := range w.failures() {
		t.Errorf("%.400s", l)
	}
	t.Logf("%d requests", n)
}

// TestWhatIsMadeHereIsMadeNow: only what comes in from another project can say when it was made.
func TestWhatIsMadeHereIsMadeNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	long := spanOf("sejak lama")
	long.At = 1000
	for target, body := range map[string]map[string]any{
		p.at("/documents/%d/codings", p.document): {"change": fresh().String(), "version": 1, "spans": []qda.SpanOf{long}, "code": p.addNode(qda.Code, "kode lain", 0)},
		p.at("/memos"): {"change": fresh().String(), "on": p.code, "text": "dahulu", "at": 1000},
	} {
		if a := w.ask(request{method: "POST", target: target, token: p.token[theOwner], json: body}); a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", target, a.status, a.body)
		}
	}
	if a := w.post(p.at("/nodes"), p.token[theOwner], "kind", "code", "name", "dahulu", "at", "1000", "by", itoa(p.coder[theBlind])); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	v, err := p.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := makers(t.Context(), w.store, v.As(0))
	if err != nil {
		t.Fatal(err)
	}
	old := 0
	for _, n := range v.Nodes() {
		if x := signed[n.Made]; x.Made != x.At || x.Coder != p.coder[theOwner] {
			old++
		}
	}
	for _, c := range v.As(0).Codings(p.document, span.Span{Stop: 1 << 30}) {
		if c.At <= 1000 {
			old++
		}
	}
	for _, m := range v.As(0).Memos(p.code) {
		if m.At <= 1000 {
			old++
		}
	}
	if old != 0 {
		t.Errorf("%d things say that they were made long ago", old)
	}
	// Who added a document is known also where the words of its entry are erased.
	var body string
	if err := w.db.QueryRow(t.Context(), `SELECT body FROM entry WHERE project = $1 AND kind = 'DocumentAdded' LIMIT 1`, p.id).Scan(&body); err != nil {
		t.Fatal(err)
	}
	set := func(erased int, from, to string) {
		t.Helper()
		if n, err := w.db.Exec(t.Context(), `UPDATE entry SET body = $3, erased = $4 WHERE project = $1 AND body = $2`, p.id, from, to, erased); err != nil || n.RowsAffected() != 1 {
			t.Fatal(n, err)
		}
	}
	set(1, body, "")
	if again, err := makers(t.Context(), w.store, v.As(0)); err != nil || !reflect.DeepEqual(again, signed) {
		t.Errorf("with an erased entry: %v, %v", again, err)
	}
	set(0, "", body)
}
