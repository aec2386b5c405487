package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// answer is what the server said to a request outside the browser.
type answer struct {
	status int
	body   []byte
}

// session speaks to the server without a browser, signed in as the person whose cookies it was given.
type session struct {
	t      testing.TB
	base   string
	cookie string
}

// session takes the cookies of a person's browser along.
func (p *person) session() *session {
	p.t.Helper()
	r, err := chromedp.Call(p.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		p.t.Fatalf("%s: cookies: %v", p.name, err)
	}
	s := &session{t: p.t, base: p.base}
	for _, c := range r.Cookies {
		s.cookie += c.Name + "=" + c.Value + "; "
	}
	return s
}

// do sends a request; body may be nil, or anything that has a JSON.
func (s *session) do(ctx context.Context, method, path string, body any) (answer, error) {
	var b io.Reader
	if body != nil {
		j, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		b = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, b)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Cookie", s.cookie)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Origin", s.base)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer a.Body.Close()
	all, err := io.ReadAll(a.Body)
	return answer{a.StatusCode, all}, err
}

// get is the body of a page that must be there.
func (s *session) get(path string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, err := s.do(ctx, http.MethodGet, path, nil)
	if err != nil || a.status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %v\n%.300s", path, a.status, err, a.body)
	}
	return string(a.body)
}

// post is the answer to a write in JSON.
func (s *session) post(path string, body any) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, err := s.do(ctx, http.MethodPost, path, body)
	if err != nil {
		s.t.Fatalf("POST %s: %v", path, err)
	}
	return a
}
