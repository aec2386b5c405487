//go:build faults

package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anyam/internal/pgtest"
	"anyam/internal/qda"
)

// bytewise is what became of bytes in fields.
type bytewise struct {
	requests, fields, routes int
	broken                   int // answered from 500 on
	reached                  int // neither turned away at the door (401, 429) nor by the way (404, 405)
	used                     map[byte]bool
	statuses                 map[int]int
	first                    []string // of those that broke
}

// tryer sends odd things to a site.
type tryer struct {
	*plot
	o *bytewise
	n int
}

func (x *tryer) ask(what, method, target, token, kind string, body []byte, headers map[string]string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r := httptest.NewRequest(method, "/", bytes.NewReader(body)).WithContext(ctx)
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return // net/http turns it away as well
	}
	r.URL, r.RequestURI, r.Host = u, target, "127.0.0.1:8080"
	x.n++
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", x.n>>16&255, x.n>>8&255, x.n&255)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-anyam", Value: token})
	}
	for k, v := range headers {
		r.Header[k] = append(r.Header[k], v)
	}
	out := &once{ResponseRecorder: httptest.NewRecorder(), enough: cancel}
	x.handler.ServeHTTP(out, r)
	x.o.requests++
	x.o.statuses[out.Code]++
	switch {
	case out.Code >= 500:
		x.o.broken++
		if len(x.o.first) < 10 {
			x.o.first = append(x.o.first, fmt.Sprintf("%s: %d", what, out.Code))
		}
	case out.Code == http.StatusUnauthorized, out.Code == http.StatusTooManyRequests, out.Code == http.StatusNotFound, out.Code == http.StatusMethodNotAllowed:
	default:
		x.o.reached++
	}
}

// once is a recorder to which a stream is over when it has begun.
type once struct {
	*httptest.ResponseRecorder
	enough func()
}

func (o *once) Flush() { o.ResponseRecorder.Flush(); o.enough() }

// turn gives the bytes for the next field: all, or some, so that over all fields each has its turn.
func (x *tryer) turn(most int) []byte {
	x.o.fields++
	var r []byte
	for b := range 256 {
		if most >= 256 || (b+x.o.fields*most)%256 < most {
			r = append(r, byte(b))
		}
	}
	for _, b := range r {
		x.o.used[b] = true
	}
	return r
}

// odd is text in JSON that is no text, or text of its own kind.
var odd = []string{`\u0000`, `\ud800`, `\udfff`, `\ud83d x`, `\ude00\ud83d`, "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80", "\xff\xfe", `\u202e`, `\ufeff`, "\x7f", `\u000d\u000a`}

// everyByte puts bytes into the fields of every route that writes, of addresses and of headers; each field gets most of the 256.
func everyByte(t *testing.T, most int, wrap func(*inside, http.Handler) http.Handler) *bytewise {
	t.Helper()
	h := newInside(t, pgtest.New(t), nil)
	if wrap != nil {
		h.handler = wrap(h, h.handler)
	}
	x := &tryer{plot: h.newPlot(), o: &bytewise{used: map[byte]bool{}, statuses: map[int]int{}}}
	named := fieldNames(t)
	for _, d := range deeds() {
		// What ends a project needs another one each time.
		made := func() letter {
			if d.ends {
				x.plot = h.newPlot()
			}
			return d.make(x.plot)
		}
		x.o.routes++
		h.exec(`DELETE FROM bucket`)
		l := made()
		most := most
		if strings.Contains(d.route, "password") || strings.Contains(d.route, "sign-in") || l.file != nil || strings.HasSuffix(d.route, "/documents") {
			most = rounds(1, 8) // a password is hashed, or a child reads a file, each time
		}
		send := func(what string, l letter) {
			switch {
			case l.json != nil:
				panic("JSON is sent as it stands")
			case l.file != nil:
				var b bytes.Buffer
				m := multipart.NewWriter(&b)
				for _, key := range slices.Sorted(maps.Keys(l.form)) {
					for _, v := range l.form[key] {
						if err := m.WriteField(key, v); err != nil {
							t.Fatal("a buffer can't be written to")
						}
					}
				}
				part, err := m.CreateFormFile("file", l.path[strings.IndexByte(l.path, '#')+1:])
				if err == nil {
					_, err = part.Write(l.file)
				}
				if err != nil || m.Close() != nil {
					t.Fatal("a buffer can't be written to")
				}
				x.ask(what, http.MethodPost, l.path[:strings.IndexByte(l.path, '#')], l.token, m.FormDataContentType(), b.Bytes(), map[string]string{"Accept": "application/json"})
			default:
				x.ask(what, http.MethodPost, l.path, l.token, "application/x-www-form-urlencoded", []byte(l.form.Encode()), nil)
			}
			d.restore(x.plot)
		}
		switch {
		case l.file != nil:
			for _, b := range x.turn(most) {
				y := made()
				y.path += "#P09" + string([]byte{b}) + ".txt"
				send(fmt.Sprintf("%v, byte %#x in the file's name", d, b), y)
				y.file = append(y.file, b)
				send(fmt.Sprintf("%v, byte %#x in the file", d, b), y)
			}
			// The fields beside the file: its own, and of many files at once what holds for all of them.
			keys := slices.Sorted(maps.Keys(l.form))
			if strings.HasSuffix(d.route, "/batches") {
				keys = append(keys, "kind", "language", "speakers", "informants", "comments", "part", "name", "passed")
			}
			for _, key := range keys {
				for _, b := range x.turn(most) {
					for _, v := range []string{"kata" + string([]byte{b}) + "x", strings.Repeat("9", 30), strings.Repeat("panjang ", 2000)} {
						y := made()
						y.path += "#P09.txt"
						y.form.Set(key, v)
						send(fmt.Sprintf("%v, byte %#x and others in %s", d, b, key), y)
					}
				}
			}
		case l.json != nil:
			for _, key := range slices.Sorted(maps.Keys(l.json)) {
				y := made()
				y.json[key] = "@@"
				raw, err := json.Marshal(y.json)
				if err != nil {
					t.Fatal(err)
				}
				put := func(s string) {
					x.ask(fmt.Sprintf("%v, %q in %s", d, s, key), http.MethodPost, y.path, y.token, "application/json", bytes.Replace(raw, []byte("@@"), []byte("kata"+s+"x"), 1), map[string]string{"Accept": "application/json"})
				}
				for _, b := range x.turn(most) {
					put(string([]byte{b}))
					put(fmt.Sprintf(`\u%04x`, b))
				}
				for _, s := range odd {
					put(s)
				}
				d.restore(x.plot)
			}
		default:
			for _, key := range append(slices.Sorted(maps.Keys(l.form)), "next", "change") {
				y := made()
				for _, b := range x.turn(most) {
					y.form.Set(key, "kata"+string([]byte{b})+"x")
					send(fmt.Sprintf("%v, byte %#x in %s", d, b, key), y)
				}
				// The key itself, and several of a name.
				y.form.Set(key+"\xff", "x")
				y.form.Add(key, "\x00")
				send(fmt.Sprintf("%v, a byte in the name of %s", d, key), y)
			}
			// Fields of other forms, which somebody may send to this one.
			y := made()
			for _, name := range named {
				if !y.form.Has(name) {
					for _, b := range x.turn(1) {
						y.form.Set(name, "1"+string([]byte{b}))
					}
				}
			}
			send(fmt.Sprintf("%v, with every other field", d), y)
		}
		if d.ends {
			x.plot = h.newPlot()
		}
	}
	if wrap != nil {
		return x.o // a control has seen enough
	}
	// Addresses: what stands for a number in a path, and queries.
	x.plot = h.newPlot()
	for _, target := range []string{
		"/history?kind=@&coder=@&before=@&document=@", "/codebook?node=@&new=@&parent=@&after=@", "/codebook.json?after=@", "/files/@?replaces=@", "/nodes/@?page=@", "/nodes/" + num(x.code) + "?page=@&after=@", "/nodes/merge?nodes=@&into=@", "/nodes/move?nodes=@&parent=@", "/nodes/state?nodes=@&state=@&children=@", "/nodes/" + num(x.code) + "/kind?kind=@", "/codebook?view=@&only=@", "/codebook?draft=@", "/drafts/compare?from=@&to=@", "/export/drafts.csv?from=@&to=@&for=@",
		"/nodes/" + num(x.code) + "/segments.json?limit=@&offset=@&page=@", "/documents?edit=@&sort=@", "/tables/@?as=@&sheet=@&col-0=@&near-1=@", "/codebook/import/@?col-0=@&choice-0=@&sheet=@", "/documents/@", "/documents/" + num(x.document) + "?code=@&turn=@", "/documents/" + num(x.document) + "/codings.json?after=@", "/documents/@/original",
		"/undo.json?document=@&after=@", "/access?from=@&before=@", "/export/codebook.csv?for=@", "/export/segments.csv?for=@", "/export/codebook.xlsx?draft=@", "/export/segments.docx?draft=@", "/export/findings.html?draft=@", "/documents/@/export.docx", "/documents/" + num(x.document) + "/export.html?whose=@&of=@", "/stream?after=@", "/members?x=@", "/settings?x=@", "/informants?edit=@", "@",
	} {
		for _, b := range x.turn(max(most, 6)) {
			x.o.routes++
			x.ask(fmt.Sprintf("GET %s, byte %#x", target, b), http.MethodGet, x.at("%s", "")+strings.ReplaceAll(target, "@", fmt.Sprintf("1%%%02x", b)), x.token, "", nil, nil)
		}
		x.o.routes -= max(most, 6) - 1
		h.exec(`DELETE FROM bucket`)
	}
	// Many files at once, tables and codebooks that wait, projects of other programs. Where a child reads a file each time, once.
	table, codes, batch := x.waiting("nama\tkelompok\nP31\tnelayan\nP32\tpetani\n"), x.waiting("kode\tdefinisi\nes\tartinya\nair\tarti lain\n"), x.arriving()
	for _, c := range []struct {
		target string
		most   int
	}{
		{"/batches?x=@", most}, {"/batches/new?x=@", most}, {"/batches/@", most}, {"/batches/@/report.csv", most}, {"/batches/@/report.json", most}, {"/batches/" + batch + "?seq=@", most}, {"/batches/" + batch + "@", most},
		{"/batches/" + batch + "/report.csv?x=@", most}, {"/batches/" + batch + "/report.json?x=@", most}, {"/batches/" + batch + "/@", most}, {"/tables?x=@", most}, {"/codebook/import?x=@", most},
		{"/tables/" + table + "?as=@&guessed=@&link=@", rounds(1, 8)}, {"/tables/" + table + "?as=informants&sheet=@&charset=@&language=@&col-0=@&col-1=@&near-1=@&near-@=1&pseudonym-@=x", rounds(1, 8)},
		{"/codebook/import/" + codes + "?col-0=@&choice-0=@&choice-@=x&sheet=@&charset=@&fill=@&colours=@", rounds(1, 8)},
	} {
		x.o.routes++
		for _, b := range x.turn(c.most) {
			x.ask(fmt.Sprintf("GET %s, byte %#x", c.target, b), http.MethodGet, x.at("%s", "")+strings.ReplaceAll(c.target, "@", fmt.Sprintf("1%%%02x", b)), x.token, "", nil, nil)
		}
		h.exec(`DELETE FROM bucket`)
	}
	for _, target := range []string{"/projects/import?file=@", "/projects/import?file=" + num(qda.ID(x.unborn())) + "&x=@", "/projects/import/@", "/sign-in?next=@&language=@", "/projects/@", "/setup?language=@", "/limits?language=@", "/@", "/assets/@", "/account?x=@", "/demo?token=@"} {
		x.o.routes++
		for _, b := range x.turn(max(most, 6)) {
			x.ask(fmt.Sprintf("GET %s, byte %#x", target, b), http.MethodGet, strings.ReplaceAll(target, "@", fmt.Sprintf("1%%%02x", b)), x.token, "", nil, nil)
		}
	}
	// Headers.
	for _, name := range []string{"Accept", "Accept-Language", "Cookie", "User-Agent", "Referer", "Content-Type", "X-Forwarded-For", "Last-Event-Id", "Origin", "If-None-Match", "Range", "Sec-Fetch-Site", "X-Anyam-Change", "Hx-Request"} {
		for _, b := range x.turn(max(most, 6)) {
			v := string([]byte{'i', 'd', b, 'x'})
			if name == "Cookie" {
				v = "anyam-said=" + v + "; anyam-seq=" + v + "; __Host-anyam-known=" + v
			}
			for _, q := range []struct{ method, target, token string }{{http.MethodGet, x.at("/documents/%d", x.document), x.token}, {http.MethodPost, "/invite", ""}, {http.MethodPost, x.at("/memos"), x.token}} {
				kind := "application/json"
				if name == "Content-Type" {
					kind = ""
				}
				x.ask(fmt.Sprintf("%s %s, byte %#x in %s", q.method, q.target, b, name), q.method, q.target, q.token, kind, []byte(`{"on":0,"text":"catatan"}`), map[string]string{name: v})
			}
		}
		h.exec(`DELETE FROM bucket`)
	}
	if strings.Contains(h.log.String(), "kata\x00") {
		t.Error("the log has what was sent")
	}
	return x.o
}

var fieldName = regexp.MustCompile(`\bname="([a-z][a-z0-9_-]*)"`)

// fieldNames are the names of all fields of all forms.
func fieldNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(root + "/web/page/*.templ")
	if err != nil || len(files) < 10 {
		t.Fatalf("the templates are not there: %v", err)
	}
	all := map[string]bool{"docvalue-1": true, "value-1": true, "pseudonym-0123456789abcdef": true, "role-0": true, "case": true, "new_case": true, "also": true, "replaces": true}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fieldName.FindAllStringSubmatch(string(src), -1) {
			if m[1] != "viewport" && m[1] != "color-scheme" && m[1] != "referrer" {
				all[m[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestF20(t *testing.T) {
	o := everyByte(t, rounds(4, 256), nil)
	figure(t, "F20", "bytes × fields × routes: %d requests over %d fields of %d routes, %d of 256 bytes; %d answered from 500 on; statuses %v", o.requests, o.fields, o.routes, len(o.used), o.broken, o.statuses)
	for _, s := range o.first {
		t.Error(s)
	}
	if len(o.used) != 256 || o.requests < 1500 || o.fields < 150 || 2*o.reached < o.requests {
		t.Errorf("too little happened: %d requests, %d of them past the door, %d fields, %d bytes", o.requests, o.reached, o.fields, len(o.used))
	}
}

// TestF20Control: a handler that hands what it gets to Postgres breaks, and is found.
func TestF20Control(t *testing.T) {
	o := everyByte(t, 1, func(h *inside, next http.Handler) http.Handler {
		conn, err := pgx.Connect(t.Context(), h.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
				if err := r.ParseForm(); err == nil {
					var back string
					if err := conn.QueryRow(r.Context(), `SELECT $1::text`, r.PostForm.Get("name")).Scan(&back); err != nil {
						http.Error(w, "broken", http.StatusInternalServerError)
						return
					}
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	figure(t, "F20", "control, names handed to Postgres as they come: %d of %d answered from 500 on", o.broken, o.requests)
	if o.broken == 0 {
		t.Error("what Postgres refuses was not noticed")
	}
}
