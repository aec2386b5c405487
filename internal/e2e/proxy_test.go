package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between a browser and the program and spoils the answers that it is told to.
type proxy struct {
	*httptest.Server
	lose atomic.Int32  // answers to codings that still are to be lost, after the program has given them
	lost chan struct{} // one for each lost answer
}

func proxyTo(t testing.TB, g *program) *proxy {
	t.Helper()
	to, err := url.Parse(g.base)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{lost: make(chan struct{}, 100)}
	back := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // the program looks where a form comes from
		},
		FlushInterval: -1, // the stream
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, "/codings") && p.lose.Add(-1) >= 0 {
				p.lost <- struct{}{}
				panic(http.ErrAbortHandler) // the program has committed; nobody hears of it
			}
			return nil
		},
	}
	p.Server = httptest.NewServer(back)
	t.Cleanup(func() {
		p.CloseClientConnections()
		p.Close()
	})
	return p
}
