package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// download is a file that a project can be taken along as: from the site and from the command line.
type download struct {
	what, ending string
	name         string // of which there are several
	write        func(a *ask, w io.Writer) error
	past         bool // as of a draft too
	seeing       bool // nearly all of it is others' work: not for blind coders
	streams      bool // too large to be made before the first byte is sent
}

var downloads = append([]download{
	{what: "codebook", ending: "csv", write: codebookTable(exchange.WriteCodebookCSV), past: true},
	{what: "codebook", ending: "xlsx", write: codebookTable(func(w io.Writer, rows []exchange.CodebookRow, _ exchange.CSVOptions) error {
		return exchange.WriteCodebookXLSX(w, rows)
	}), past: true},
	{what: "codebook", ending: "docx", write: paper((*ask).codebookPaper, exchange.WriteDOCX), past: true},
	{what: "codebook", ending: "pdf", write: paper((*ask).codebookPaper, exchange.WritePDF), past: true},
	{what: "codebook", ending: "md", write: paper((*ask).codebookPaper, exchange.WriteMarkdown), past: true},
	{what: "segments", ending: "csv", write: segmentsTable(exchange.WriteSegmentsCSV), past: true},
	{what: "segments", ending: "xlsx", write: segmentsTable(func(w io.Writer, names []string, rows []exchange.SegmentRow, _ exchange.CSVOptions) error {
		return exchange.WriteSegmentsXLSX(w, names, rows)
	}), past: true},
	{what: "segments", ending: "docx", write: paper((*ask).segmentsPaper, exchange.WriteDOCX), past: true},
	{what: "findings", ending: "docx", write: paper((*ask).findingsPaper, exchange.WriteDOCX), seeing: true},
	{what: "findings", ending: "pdf", write: paper((*ask).findingsPaper, exchange.WritePDF), seeing: true},
	{what: "findings", ending: "md", write: paper((*ask).findingsPaper, exchange.WriteMarkdown), seeing: true},
	{what: "findings", ending: "html", write: paper((*ask).findingsPaper, exchange.WriteHTML), seeing: true},
	{what: "codebook", ending: "qdc", write: writeQDC, past: true},
	{what: "project", ending: "qdpx", write: writeQDPX, past: true},
	{what: "project", ending: "zip", write: (*ask).wholeProject, streams: true},
}, figureDownloads()...)

// path is where the site has it, below a project's exports.
func (d download) path() string {
	if d.name != "" {
		return d.what + "/" + d.name + "." + d.ending
	}
	return d.what + "." + d.ending
}

// mediaTypes are the media types of files by their ending.
var mediaTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"md":   "text/markdown; charset=utf-8",
	"html": "text/html; charset=utf-8",
	"pdf":  "application/pdf",
	"svg":  "image/svg+xml",
	"png":  "image/png",
	"zip":  "application/zip",
	"qdpx": "application/zip",
	"qdc":  "application/xml",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (a *ask) tableOptions() exchange.CSVOptions {
	return exchange.CSVOptions{Spreadsheet: a.URL.Query().Get("for") == "spreadsheets"}
}

func codebookTable(write func(io.Writer, []exchange.CodebookRow, exchange.CSVOptions) error) func(*ask, io.Writer) error {
	return func(a *ask, w io.Writer) error {
		rows, err := CodebookRows(a.Context(), a.s.Store, a.s.Engine, a.Lens)
		if err != nil {
			return err
		}
		return write(w, rows, a.tableOptions())
	}
}

func segmentsTable(write func(io.Writer, []string, []exchange.SegmentRow, exchange.CSVOptions) error) func(*ask, io.Writer) error {
	return func(a *ask, w io.Writer) error {
		attributes, rows, err := SegmentRows(a.Context(), a.s.Engine, a.Lens)
		if err != nil {
			return err
		}
		return write(w, attributes, rows, a.tableOptions())
	}
}

func paper(make func(*ask) (exchange.Paper, error), write func(io.Writer, exchange.Paper) error) func(*ask, io.Writer) error {
	return func(a *ask, w io.Writer) error {
		p, err := make(a)
		if err != nil {
			return err
		}
		return unlong(write(w, p))
	}
}

// serve answers with a download. It is recorded before the first byte leaves.
func (d download) serve(a *ask) error {
	if d.seeing && a.Lens.Blind() {
		return qda.Refuse(qda.Refused, "refused.blind")
	}
	leave, err := a.export()
	if err != nil {
		return err
	}
	defer leave()
	name := a.View.Project().Name + " " + d.what
	if d.ending != "csv" && d.ending != "xlsx" {
		name = a.View.Project().Name + " " + a.L.T("take.file."+d.what+d.name)
	}
	if profile := a.URL.Query().Get("profile"); d.ending == "qdpx" && profile != "" && profile != string(refi.Standard) && i18n.Has("export.profile."+profile) {
		name += " " + a.L.T("export.profile."+profile) // files for several programs are told apart
	}
	if d.streams {
		if err := a.accessed("exported_"+d.what, 0); err != nil {
			return err
		}
		a.attachment(FileName(name+"."+d.ending), mediaTypes[d.ending])
		if a.Method == http.MethodHead {
			return nil
		}
		if err := d.write(a, a.w); err != nil {
			// What has left can't be taken back: the connection breaks, so that nobody takes half a file for a whole one.
			a.s.Log.Warn("a download broke off", "project", a.Project, "what", d.what, "error", err)
			panic(http.ErrAbortHandler)
		}
		return nil
	}
	return a.send("exported_"+d.what, 0, name+"."+d.ending, mediaTypes[d.ending], func(w io.Writer) error { return d.write(a, w) })
}

// send makes a file, records that it was taken along and sends it.
func (a *ask) send(access string, n qda.ID, name, kind string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := a.accessed(access, n); err != nil {
		return err
	}
	a.attachment(FileName(name), kind)
	_, err := a.w.Write(b.Bytes())
	return ignoreGone(err)
}

// Taking is an export that the command line asks for.
type Taking struct {
	Store        *store.Store
	Engine       *engine.Engine
	View         *engine.View
	Coder        *qda.Coder    // who sees it
	Say          *i18n.Printer // the language of what is said around people's words
	Now          time.Time
	What, Format string
	Name         string       // of a figure
	Profile      refi.Profile // of a qdpx, one of Profiles; the zero Profile is refi.Standard
	Spreadsheet  bool
}

// Takings says what can be taken along, in the order of the help.
func Takings() (all []string) {
	for _, d := range downloads {
		if !slices.Contains(all, d.what) {
			all = append(all, d.what)
		}
	}
	return all
}

// TakingFormats says in which formats something can be taken along; the first is what is meant where none is named.
func TakingFormats(what string) (all []string) {
	for _, d := range downloads {
		if d.what == what && !slices.Contains(all, d.ending) {
			all = append(all, d.ending)
		}
	}
	return all
}

// Take writes an export, as its coder sees the project. It is for the caller to record it.
func Take(ctx context.Context, t Taking, w io.Writer) error {
	i := slices.IndexFunc(downloads, func(d download) bool { return d.what == t.What && d.ending == t.Format && d.name == t.Name })
	if i < 0 {
		return fmt.Errorf("server: %s can't be taken along as %s", t.What, t.Format)
	}
	q := url.Values{}
	if t.Spreadsheet {
		q.Set("for", "spreadsheets")
	}
	if t.Profile != "" {
		q.Set("profile", string(t.Profile))
	}
	a := &ask{Request: (&http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: q.Encode()}}).WithContext(ctx), s: &Server{Config: Config{Store: t.Store, Engine: t.Engine}}, now: t.Now, L: t.Say,
		Account: &store.Account{}, Project: t.View.ID(), View: t.View, Lens: t.View.As(t.Coder.ID), Coder: *t.Coder}
	if downloads[i].seeing && a.Lens.Blind() {
		return qda.Refuse(qda.Refused, "refused.blind")
	}
	return downloads[i].write(a, w)
}
