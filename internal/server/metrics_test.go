package server

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"anyam/internal/engine"
	"anyam/internal/qda"
)

// scrape asks for the metrics and gives them as text.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	out := httptest.NewRecorder()
	m.Handler().ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if out.Code != http.StatusOK {
		t.Fatalf("the metrics: %d %s", out.Code, out.Body)
	}
	return out.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics(time.Now)
	w := newWorld(t, func(c *Config) {
		c.Metrics = m
		c.Engine.Close()
		c.Engine = engine.New(m.Ledger(c.Store), engine.Options{Now: time.Now, Salt: func(b []byte) { rand.Read(b) }, Log: c.Log})
	})
	w.engine = w.s.Engine
	p := w.newPlace(3)
	for _, x := range samples() {
		p.owns()
		in := x.make(p)
		p.send(x.route, p.id, in, p.token[theOwner], "")
		if x.route == "POST /nodes" {
			break
		}
	}
	w.ask(request{method: "GET", target: "/nothing/" + canary})
	w.ask(request{method: "BREW", target: "/projects"})
	w.ask(request{method: "GET", target: "/projects/" + canary, token: p.token[theOwner]})
	w.ask(request{method: "POST", target: "/sign-in", form: f("email", canary+"@x.example", "password", canary)})
	said := scrape(t, m)
	for _, want := range []string{
		`anyam_requests_total{method="GET",route="/projects/{project}/documents",status="200"} 1`,
		`anyam_requests_total{method="POST",route="/sign-in",status="403"} 1`,
		`anyam_requests_total{method="other",route="other",status="404"} `,
		`anyam_request_seconds_count{method="GET",route="/projects/{project}/documents"} 1`,
		`anyam_ledger_append_seconds_count{outcome="written"} `,
		`anyam_ledger_batch_entries_count `,
		"anyam_engine_open_projects 1", "anyam_engine_codings ", "anyam_engine_queue 0", "anyam_engine_watchers ", "anyam_pool_connections ", "anyam_streams 0",
		"go_goroutines ", "anyam_passwords_waiting 0",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the metrics have no %q", want)
		}
	}
	v, err := w.engine.View(t.Context(), p.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var entries, codings int
	for _, x := range []struct {
		name string
		n    *int
	}{{"anyam_ledger_entries_total", &entries}, {"anyam_engine_codings", &codings}} {
		m := regexp.MustCompile(`(?m)^` + x.name + ` (\d+)$`).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("no %s", x.name)
		}
		for _, c := range m[1] {
			*x.n = *x.n*10 + int(c-'0')
		}
	}
	if qda.Seq(entries) != v.Seq() || codings != v.As(p.coder[theOwner]).Counts().Codings {
		t.Errorf("%d entries and %d codings are told; there are %d and %d", entries, codings, v.Seq(), v.As(p.coder[theOwner]).Counts().Codings)
	}
	// No number, no name and no word of anybody tells series apart.
	tags := regexp.MustCompile(`(\w+)="([^"]*)"`)
	known := map[string]bool{"other": true, "written": true, "not_written": true}
	for _, r := range w.s.routes {
		known[r.path], known[r.method] = true, true
	}
	for _, row := range strings.Split(said, "\n") {
		if !strings.HasPrefix(row, "anyam_") {
			continue
		}
		for _, x := range tags.FindAllStringSubmatch(row, -1) {
			if x[1] != "le" && x[1] != "status" && !known[x[2]] && x[2] != http.MethodHead {
				t.Errorf("a series is told apart by %s", x[0])
			}
		}
	}
	for _, word := range []string{canary, password, p.name, p.account[theOwner].Email, "Orang"} {
		if strings.Contains(said, word) {
			t.Errorf("the metrics have %q", word)
		}
	}
	// The site itself has none.
	if a := w.ask(request{method: "GET", target: "/metrics"}); a.status != http.StatusNotFound {
		t.Errorf("/metrics on the site: %d", a.status)
	}
}
