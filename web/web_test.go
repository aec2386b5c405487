package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, a *Assets, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestAssetsAreBundledNamedAndServed(t *testing.T) {
	a, err := New(false)
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{
		"main.js": "text/javascript; charset=utf-8",
		"app.css": "text/css; charset=utf-8", "favicon.svg": "image/svg+xml", "inter-latin.woff2": "font/woff2",
	} {
		url := a.URL(name)
		if !regexp.MustCompile(`^/assets/[a-z0-9-]+-[A-Z0-9]{8}\.[a-z0-9]+$`).MatchString(url) {
			t.Errorf("%s has the address %s, without a hash", name, url)
			continue
		}
		w := get(t, a, url)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%s: %d %q, %d bytes", url, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s may not be kept", url)
		}
	}
	if w := get(t, a, a.URL("main.js"), "Accept-Encoding", "br, gzip"); w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Error("main.js is not sent compressed")
	}
	if w := get(t, a, a.URL("main.js"), "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("main.js is sent compressed to one who refuses it")
	}
	for _, gone := range []string{"/assets/", "/assets/main.js", "/assets/../web.go", "/assets/ts/main.ts"} {
		if w := get(t, a, gone); w.Code != 404 {
			t.Errorf("%s: %d", gone, w.Code)
		}
	}
}

// Every file that a script or a style sheet refers to is served too.
func TestAssetsReferToAssets(t *testing.T) {
	a, err := New(false)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	refers := regexp.MustCompile(`(?:/assets/|\./)([A-Za-z0-9_-]+-[A-Z0-9]{8}\.[a-z0-9]+)`)
	for name, f := range a.served {
		if !strings.HasSuffix(name, ".css") && !strings.HasSuffix(name, ".js") {
			continue
		}
		for _, m := range refers.FindAllSubmatch(f.body, -1) {
			seen++
			if _, ok := a.served[string(m[1])]; !ok {
				t.Errorf("%s refers to %s, which is not there", name, m[1])
			}
		}
	}
	if seen < 6 {
		t.Errorf("only %d references found; the fonts alone are 6", seen)
	}
}

// TestNoRuleLooksForEmptiness: a rule with both :has and :empty makes the browser look at the whole page again whenever an
// element is put anywhere, which cost a third of a second for each drawing of a long document.
func TestNoRuleLooksForEmptiness(t *testing.T) {
	files, err := fs.Glob(embedded, "css/*.css")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	looks := regexp.MustCompile(`:has\([^{]*:empty`)
	for _, f := range files {
		src, err := fs.ReadFile(embedded, f)
		if err != nil {
			t.Fatal(err)
		}
		if m := looks.Find(src); m != nil {
			t.Errorf("%s: %s", f, m)
		}
	}
	if !looks.MatchString(".desk:has(> .panel:not(:empty)) { }") {
		t.Error("such a rule is not noticed")
	}
}
