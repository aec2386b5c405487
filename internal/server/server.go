package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
	"anyam/web"
)

// Config is what a Server is made of. Everything must be set but what says otherwise.
type Config struct {
	Store     *store.Store
	Engine    *engine.Engine
	Assets    *web.Assets
	Extractor *exchange.Extractor
	Log       *slog.Logger
	Now       func() time.Time
	URL       *url.URL       // what links say; nil: the address of the request
	Proxies   []netip.Prefix // whose X-Forwarded-For is believed; none by default
	Insecure  bool           // plain http beyond loopback is allowed, in so many words
	Metrics   *Metrics       // nil: nothing is counted
}

// Server answers HTTP.
type Server struct {
	Config
	routes []route

	hashing, reading, exporting *queue
	streams                     crowd
	pasts                       pasts
	lettered                    lettered
	shown                       shown
	former                      former
	lexicons                    lexicons
	jobs                        jobs

	ended context.Context
	end   context.CancelFunc
}

// New makes a Server and its routes; it panics when a route has no policy.
func New(c Config) *Server {
	s := &Server{Config: c, hashing: newQueue(passwordWork), reading: newQueue(fileWork), exporting: newQueue(exportWork)}
	s.ended, s.end = context.WithCancel(context.Background())
	s.jobs.s, s.jobs.runner = s, newID()
	s.table()
	if s.Metrics != nil {
		s.Metrics.watch(s)
	}
	return s
}

// Close ends the streams, so that a graceful shutdown need not wait for them, and stops the jobs, which say so.
func (s *Server) Close() {
	s.end()
	s.jobs.wait()
}

// Handler gives the whole site.
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.NotFound(s.serve(route{policy: anyone, handle: notFound}))
	r.MethodNotAllowed(s.serve(route{policy: anyone, handle: notFound}))
	r.Handle(web.Prefix+"*", s.Assets)
	for _, rt := range s.routes {
		r.Method(rt.method, rt.path, s.serve(rt))
		if rt.method == http.MethodGet {
			r.Method(http.MethodHead, rt.path, s.serve(rt))
		}
	}
	cross := http.NewCrossOriginProtection()
	if s.URL != nil {
		if err := cross.AddTrustedOrigin(s.URL.Scheme + "://" + s.URL.Host); err != nil {
			panic(err)
		}
	}
	cross.SetDenyHandler(s.serve(route{policy: anyone, handle: func(*ask) error { return qda.Refuse(qda.Refused, "refused.cross_origin") }}))
	return s.secure(cross.Handler(r))
}

// secure sets the headers that every answer carries and refuses plain http beyond loopback.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", web.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !strings.HasPrefix(r.URL.Path, web.Prefix) {
			h.Set("Cache-Control", "no-store")
		}
		if s.URL != nil && s.URL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if !s.safe(r) && !s.Insecure && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			http.Error(w, "anyam does not serve plain http beyond this machine: put an https proxy before it and set ANYAM_URL, or set ANYAM_INSECURE=1 if you know that the network is safe.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// safe reports whether the browser sees a secure context: https, or loopback.
func (s *Server) safe(r *http.Request) bool {
	if s.URL != nil && s.URL.Scheme == "https" {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// address is where a request comes from: the socket's peer, or what a named proxy says.
func (s *Server) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	from := r.Header.Values("X-Forwarded-For")
	if len(from) == 0 {
		return host
	}
	hops := strings.Split(strings.Join(from, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(host)
		if err != nil || !s.proxy(ip) {
			break
		}
		host = strings.TrimSpace(hops[i])
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return ""
	}
	return host
}

func (s *Server) proxy(ip netip.Addr) bool {
	for _, p := range s.Proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// base is what links begin with.
func (s *Server) base(r *http.Request) string {
	if s.URL != nil {
		return strings.TrimSuffix(s.URL.String(), "/")
	}
	return "http://" + r.Host
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

func newChange() string {
	var c qda.ChangeID
	copy(c[:], randomBytes(16))
	c[6], c[8] = c[6]&0x0f|0x40, c[8]&0x3f|0x80
	return c.String()
}

func newID() string { return hex.EncodeToString(randomBytes(6)) }
