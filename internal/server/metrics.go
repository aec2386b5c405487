package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"anyam/internal/engine"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// Metrics counts what the program does, for Prometheus. Its series are told apart by route, method and status alone: nothing in
// them is of a person, a project or a text.
type Metrics struct {
	registry *prometheus.Registry
	now      func() time.Time

	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	appends  *prometheus.HistogramVec
	entries  prometheus.Counter
	batch    prometheus.Histogram
}

// NewMetrics makes the counters; now must go on evenly, as time.Now does, whatever becomes of the clock.
func NewMetrics(now func() time.Time) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), now: now,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "anyam_requests_total", Help: "Requests answered."}, []string{"route", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "anyam_request_seconds", Help: "Time from a request's headers to the end of its answer; streams, which last, are not in it.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}}, []string{"route", "method"}),
		appends: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "anyam_ledger_append_seconds", Help: "Time to make a batch of entries durable, by whether it was.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"outcome"}),
		entries: prometheus.NewCounter(prometheus.CounterOpts{Name: "anyam_ledger_entries_total", Help: "Entries committed by this process."}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "anyam_ledger_batch_entries", Help: "Entries that shared one commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128}}),
	}
	m.registry.MustRegister(m.requests, m.took, m.appends, m.entries, m.batch,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers what Prometheus asks for. It belongs on a listener of its own.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// asked counts one request. It is deferred, so that it sees what became of it.
func (m *Metrics) asked(rt route, to *answerer, began time.Time, now func() time.Time) {
	path, method := rt.path, rt.method
	if path == "" {
		path, method = "other", "other"
	}
	if method == http.MethodGet && to.head {
		method = http.MethodHead
	}
	status := to.status
	if status == 0 {
		status = http.StatusOK
	}
	m.requests.WithLabelValues(path, method, strconv.Itoa(status)).Inc()
	if !rt.lasts {
		m.took.WithLabelValues(path, method).Observe(max(0, now().Sub(began).Seconds()))
	}
}

// ledger is one whose writes are measured.
type ledger struct {
	engine.Ledger
	m *Metrics
}

// Ledger gives a ledger that counts and measures what is appended to l.
func (m *Metrics) Ledger(l engine.Ledger) engine.Ledger { return ledger{l, m} }

// Append measures.
func (l ledger) Append(ctx context.Context, b *qda.Batch) error {
	began := l.m.now()
	err := l.Ledger.Append(ctx, b)
	outcome := "written"
	if err != nil {
		outcome = "not_written"
	} else {
		l.m.entries.Add(float64(len(b.Entries)))
		l.m.batch.Observe(float64(len(b.Entries)))
	}
	l.m.appends.WithLabelValues(outcome).Observe(max(0, l.m.now().Sub(began).Seconds()))
	return err
}

// watch registers the numbers of a server, its engine and its store, which are asked for when they are wanted.
func (m *Metrics) watch(s *Server) {
	m.registry.MustRegister(&gaugeBoard{s: s})
}

// gaugeBoard is a collector of numbers that the rooms keep themselves.
type gaugeBoard struct{ s *Server }

type gauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	get  func(engine.Figures, store.Figures, *Server) float64
}

func figure(name, help string, kind prometheus.ValueType, get func(e engine.Figures, p store.Figures, s *Server) float64) gauge {
	return gauge{prometheus.NewDesc("anyam_"+name, help, nil, nil), kind, get}
}

var gauges = []gauge{
	figure("engine_open_projects", "Projects in memory.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Projects) }),
	figure("engine_codings", "Codings in memory.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Codings) }),
	figure("engine_heads", "Newest seqs of the projects in memory, added up.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Heads) }),
	figure("engine_queue", "Changes that wait for a project's committer.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Waiting) }),
	figure("engine_committers", "Committers at work.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Writing) }),
	figure("engine_watchers", "Watchers that wait for the next entry.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Watchers) }),
	figure("engine_text_bytes", "Bytes of texts kept in memory.", prometheus.GaugeValue, func(e engine.Figures, _ store.Figures, _ *Server) float64 { return float64(e.Bytes) }),
	figure("pool_connections", "Connections to the database.", prometheus.GaugeValue, func(_ engine.Figures, p store.Figures, _ *Server) float64 { return float64(p.Open) }),
	figure("pool_connections_busy", "Connections at work.", prometheus.GaugeValue, func(_ engine.Figures, p store.Figures, _ *Server) float64 { return float64(p.Busy) }),
	figure("pool_connections_most", "Connections there may be.", prometheus.GaugeValue, func(_ engine.Figures, p store.Figures, _ *Server) float64 { return float64(p.Most) }),
	figure("pool_waits_total", "How often somebody had to wait for a connection.", prometheus.CounterValue, func(_ engine.Figures, p store.Figures, _ *Server) float64 { return float64(p.Waited) }),
	figure("pool_wait_seconds_total", "How long connections were waited for.", prometheus.CounterValue, func(_ engine.Figures, p store.Figures, _ *Server) float64 { return p.Waiting.Seconds() }),
	figure("streams", "Open streams.", prometheus.GaugeValue, func(_ engine.Figures, _ store.Figures, s *Server) float64 { return float64(s.streams.all()) }),
	figure("passwords_waiting", "Passwords that wait to be hashed.", prometheus.GaugeValue, func(_ engine.Figures, _ store.Figures, s *Server) float64 { return float64(s.hashing.wants.Load()) }),
	figure("files_waiting", "Files that wait to be read.", prometheus.GaugeValue, func(_ engine.Figures, _ store.Figures, s *Server) float64 { return float64(s.reading.wants.Load()) }),
	figure("exports_waiting", "Exports that wait.", prometheus.GaugeValue, func(_ engine.Figures, _ store.Figures, s *Server) float64 { return float64(s.exporting.wants.Load()) }),
}

// Describe names the numbers.
func (f *gaugeBoard) Describe(out chan<- *prometheus.Desc) {
	for _, g := range gauges {
		out <- g.desc
	}
}

// Collect asks for them.
func (f *gaugeBoard) Collect(out chan<- prometheus.Metric) {
	e, p := f.s.Engine.Figures(), f.s.Store.Figures()
	for _, g := range gauges {
		out <- prometheus.MustNewConstMetric(g.desc, g.kind, g.get(e, p, f.s))
	}
}
