package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// some of the 256 bytes for the n-th field: those that mean something to some reader, and every 64th. Over all fields each byte has its turn.
func some(n int) []byte {
	r := []byte{0, '\n', '"', '<', '\\', 0xff}
	for b := n % 64; b < 256; b += 64 {
		r = append(r, byte(b))
	}
	return r
}

const secretWord = "KENARIHIJAU"

// TestEveryByteInEveryField puts each byte into the fields of every write: what is no text is refused, and nothing breaks; and
// what people write is in no log.
func TestEveryByteInEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.newPlace(0)
	used := map[byte]bool{}
	n, field := 0, 0
	check := func(route, key string, b byte, a reply) {
		n++
		used[b] = true
		if a.status >= 500 {
			t.Errorf("%s, byte %#x in %s: %d", route, b, key, a.status)
		}
	}
	for _, x := range samples() {
		if !strings.HasPrefix(x.route, "POST") || x.route == "POST /delete" || x.route == "POST /leave" {
			continue
		}
		p.as = theOwner
		p.owns()
		in := x.make(p)
		token := p.token[theOwner]
		slow := x.route == "POST /documents" || in.file != nil // a child reads the file each time
		keys := []string{"change"}
		for k := range in.form {
			keys = append(keys, k)
		}
		for k := range in.json {
			keys = append(keys, k)
		}
		if in.form != nil {
			keys = append(keys, "next")
		}
		for _, key := range keys {
			field++
			bytes := some(field)
			if slow {
				bytes = bytes[field%len(bytes):][:1]
			}
			for _, b := range bytes {
				text := fmt.Sprintf("%s%c%s %d", secretWord, 0xfffd, "x", n)
				text = strings.Replace(text, "\ufffd", string([]byte{b}), 1)
				if in.json == nil {
					y := in.copy()
					if in.file != nil {
						y.file = []byte(text)
					} else if y.form.Set(key, text); key == "case" {
						y.form.Set("case", "new")
						y.form.Set("new_case", text)
					}
					check(x.route, key, b, p.send(x.route, p.id, y, token, ""))
					continue
				}
				y := in.copy()
				y.json[key] = "@@"
				raw, err := json.Marshal(y.json)
				if err != nil {
					t.Fatal(err)
				}
				_, rest, _ := strings.Cut(x.route, " ")
				for k, v := range y.path {
					rest = strings.ReplaceAll(rest, "{"+k+"}", v)
				}
				for _, put := range []string{text, fmt.Sprintf(`%s\u%04x %d`, secretWord, b, n)} {
					body := []byte(strings.Replace(string(raw), "@@", put, 1))
					check(x.route, key, b, w.ask(request{method: "POST", target: p.at("%s", rest), token: token, json: body}))
				}
			}
		}
	}
	person := w.person("Orang", false)
	token, admin := w.signIn(person.ID), w.signIn(w.person("Admin", true).ID)
	for _, x := range []struct {
		target, token string
		fields        []string
		slow          bool
	}{
		{"/account", token, []string{"name", "initials", "language", "zone"}, false},
		{"/account/password", token, []string{"old", "password"}, true},
		{"/projects", token, []string{"name", "description", "language", "method", "change"}, false},
		{"/sign-in", "", []string{"email", "password", "next"}, true},
		{"/setup", "", []string{"token", "name", "email", "password", "language"}, false},
		{"/invite", "", []string{"token", "name", "email", "password", "language"}, false},
		{"/invite", token, []string{"token"}, false},
		{"/password", "", []string{"token", "password"}, false},
		{"/demo", "", []string{"token"}, false},
		{fmt.Sprintf("/accounts/%d/open", person.ID), admin, []string{"x"}, false},
		{fmt.Sprintf("/accounts/%d/password-link", person.ID), admin, []string{"x"}, false},
	} {
		for _, key := range x.fields {
			field++
			bytes := some(field)
			if x.slow {
				bytes = bytes[:3]
			}
			for _, b := range bytes {
				form := f("name", "Orang", "email", "baru@contoh.example", "password", "gelombang-pasang-sore", "method", "reflexive", "token", "tidak-ada")
				form.Set(key, secretWord+string([]byte{b})+"@x.example")
				if key == "initials" {
					form.Set(key, "A"+string([]byte{b}))
				}
				check(x.target, key, b, w.ask(request{method: "POST", target: x.target, token: x.token, form: form, from: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}))
			}
		}
	}
	// Queries and paths.
	for b := range 256 {
		for i, target := range []string{"/history?kind=%%%02x&coder=%%%02[1]x&before=%%%02[1]x", "/codebook?node=%%%02x&new=%%%02[1]x&parent=%%%02[1]x", "/files/%%%02x", "/nodes/1%%%02x?page=%%%02[1]x", "/documents?edit=%%%02x", "/undo.json?document=%%%02x&after=%%%02[1]x"} {
			if i != b%6 && b != 0 && b != 0xff {
				continue
			}
			a := w.ask(request{method: "GET", target: p.at("") + fmt.Sprintf(target, b), token: p.token[theOwner]})
			check(target, "the address", byte(b), a)
		}
	}
	for _, number := range []string{"-1", "0", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "4294967296", "1e9"} {
		for _, target := range []string{"/history?before=", "/nodes/" + s(p.code) + "?page=", "/access?from=", "/codebook?after=", "/nodes/" + s(p.code) + "/segments.json?limit=", "/undo.json?document=", "/documents/", "/nodes/", "/members/"} {
			check(target+number, "the address", 0, w.ask(request{method: "GET", target: p.at("") + target + number, token: p.token[theOwner]}))
		}
		body := fmt.Sprintf(`{"seq":%[1]s,"code":%[1]s,"on":%[1]s,"rev":%[1]s,"codings":[%[1]s],"version":%[1]s,"spans":[{"start":%[1]s,"stop":%[1]s,"check":%[1]s}],"start":%[1]s,"stop":%[1]s,"text":"x","name":"x","parent":%[1]s,"key":"1"}`, number)
		for _, target := range []string{"/undo", "/codings", "/codings/remove", "/memos", "/pins", "/documents/" + s(p.document) + "/codings", "/memos/" + s(p.memo)} {
			check(target, "a number "+number, 0, w.ask(request{method: "POST", target: p.at("") + target, token: p.token[theOwner], json: []byte(body)}))
		}
	}
	for _, body := range []string{"", "null", "[]", "7", `"x"`, "{", `{"spans":null}`, `{"spans":{}}`, strings.Repeat("[", 100000), `{"text":` + strings.Repeat(`{"a":`, 20000), `{"change":7}`, `{"change":"x"}`} {
		check("/memos", "the body", 0, w.ask(request{method: "POST", target: p.at("/memos"), token: p.token[theOwner], json: []byte(body)}))
		check("/codings", "the body", 0, w.ask(request{method: "POST", target: p.at("/documents/%d/codings", p.document), token: p.token[theOwner], json: []byte(body)}))
	}
	if a := w.ask(request{method: "POST", target: p.at("/memos"), token: p.token[theOwner], json: []byte(`{"on":0,"text":"` + strings.Repeat("x", maxForm) + `"}`)}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large a change: %d", a.status)
	}
	for _, word := range []string{secretWord, canary, "MEMOPENELITI", password, "gelombang-pasang"} {
		if strings.Contains(w.log.String(), word) {
			t.Errorf("the log has people's words: %q", word)
		}
	}
	for _, l := range w.failures() {
		t.Errorf("%.400s", l)
	}
	if len(used) != 256 {
		t.Errorf("%d of 256 bytes were tried", len(used))
	}
	t.Logf("%d requests over %d fields", n, field)
}
