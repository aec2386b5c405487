package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
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
