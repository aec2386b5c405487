package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"anyam/internal/exchange"
	"anyam/internal/exchange/refi"
	"anyam/internal/i18n"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// projectReport is what there is to tell of a file of another program: what its reader says, without the words of anybody, and what
// anyam has no place for.
type projectReport struct {
	Name     string         `json:"name"`
	Origin   string         `json:"origin"`
	Vendor   refi.Vendor    `json:"vendor"`
	Charset  string         `json:"charset"`
	Has      inCounts       `json:"in_the_file"`
	Made     *inCounts      `json:"in_the_project,omitempty"` // nil: it has not come in yet
	Coders   []string       `json:"coders,omitempty"`
	Elements []refi.Element `json:"elements"`
	Placings []inPlacing    `json:"placings,omitempty"`
	Items    []refi.Item    `json:"items,omitempty"`
	Left     []Left         `json:"left,omitempty"`
	Unplaced []inLost       `json:"unplaced,omitempty"`

	Description string     `json:"description,omitempty"`
	Language    string     `json:"language,omitempty"` // as another anyam says, or as the texts read
	Method      qda.Method `json:"method,omitempty"`   // as another anyam says
}

type inCounts struct {
	Documents  int `json:"documents"`
	Codes      int `json:"codes"`
	Codings    int `json:"codings"`
	Memos      int `json:"memos"`
	Cases      int `json:"cases"`
	Attributes int `json:"attributes"`
	Coders     int `json:"coders"`
}

// inPlacing is how the positions of some texts were read, and what speaks for it and for the next best reading.
type inPlacing struct {
	Texts    int           `json:"texts"`
	Names    []string      `json:"names,omitempty"` // where it is weak
	Unit     string        `json:"unit"`            // codepoints, utf16, bytes
	CRLF     int           `json:"crlf"`
	Mark     bool          `json:"mark"`
	Trust    string        `json:"trust"`
	Evidence refi.Evidence `json:"evidence"`
	Against  refi.Evidence `json:"against"`
}

// inLost is a selection whose words could not be found.
type inLost struct {
	Document string      `json:"document"`
	GUID     string      `json:"guid"`
	Start    int64       `json:"start"`
	Stop     int64       `json:"stop"`
	Reason   refi.Reason `json:"reason"`
}

// Said is the place of a lost selection in its file.
func (l inLost) Said() string { return fmt.Sprintf("%s %d-%d", l.Document, l.Start, l.Stop) }

const (
	mostUnplaced = 2000
	mostAsked    = 4000 // characters of a description in the form
)

var units = map[refi.Unit]string{refi.CodePoints: "codepoints", refi.UTF16: "utf16", refi.Bytes: "bytes"}

// reportOf sums up what a file holds.
func reportOf(p *refi.Project, r *refi.Report) projectReport {
	notTaken(p, r)
	out := projectReport{Name: p.Name, Origin: r.Origin, Vendor: r.Vendor, Charset: r.Charset, Elements: r.Elements, Items: r.Items, Left: foreseen(p)}
	if out.Description = strings.TrimSpace(readable(p.Description)); broken(out.Description, mostAsked) < len(out.Description) {
		out.Description = "" // Bring writes it, with what is over in a memo
	}
	if side, _ := readSidecar(p); side != nil {
		out.Language, out.Method = side.Project.Language, side.Project.Method
	}
	if out.Language == "" {
		var texts []string
		for i := range p.Documents {
			texts = append(texts, p.Documents[i].Text)
		}
		out.Language = exchange.Language(texts)
	}
	out.Has = inCounts{Documents: len(p.Documents), Codings: p.CodingCount(), Memos: len(p.Memos), Cases: len(p.Cases), Attributes: len(p.Attributes), Coders: len(p.Coders)}
	p.EachCode(func(_, _ *refi.Code) { out.Has.Codes++ })
	for i, c := range p.Coders {
		if i < 50 {
			out.Coders = append(out.Coders, c.Name)
		}
	}
	at := map[string]int{}
	for _, x := range r.Placings {
		k := fmt.Sprint(x.Positions, x.Trust)
		i, ok := at[k]
		if !ok {
			i = len(out.Placings)
			at[k] = i
			out.Placings = append(out.Placings, inPlacing{Unit: units[x.Positions.Unit], CRLF: x.Positions.CRLF, Mark: x.Positions.Mark, Trust: string(x.Trust)})
		}
		g := &out.Placings[i]
		g.Texts++
		if x.Trust == refi.Weak && len(g.Names) < 50 {
			g.Names = append(g.Names, x.Name)
		}
		sum(&g.Evidence, x.Evidence)
		if x.NextBest != nil {
			sum(&g.Against, *x.NextBest)
		}
	}
	names := map[refi.GUID]string{}
	for i := range p.Documents {
		names[p.Documents[i].GUID] = p.Documents[i].Title()
	}
	for i, u := range r.Unplaced {
		if i < mostUnplaced {
			out.Unplaced = append(out.Unplaced, inLost{names[u.Document], u.GUID.String(), u.Start, u.Stop, u.Reason})
		}
	}
	return out
}

func sum(to *refi.Evidence, e refi.Evidence) {
	to.Placed += e.Placed
	to.Edges += e.Edges
	to.Names += e.Names
	to.Of += e.Of
}

// inEnglish says what became of something in reports that programs read.
var inEnglish = sync.OnceValue(func() *i18n.Printer { return i18n.New("en", "UTC") })

// project lets a project of another program come in.
func (j *jobs) project(ctx context.Context, p *pulse) error {
	job := p.now()
	files, err := j.s.Store.JobFiles(ctx, job.Project, job.ID)
	if err != nil {
		return err
	}
	if len(files) != 1 || files[0].Sum == nil {
		return halted{"batch.gone"}
	}
	who, err := j.allowed(ctx, job, "DocumentAdded")
	if err != nil {
		return err
	}
	_, data, err := j.s.Store.File(ctx, job.Project, *files[0].Sum)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Fault == qda.Absent {
		return halted{"batch.gone"}
	}
	if err != nil {
		return err
	}
	var choice projectChoice
	if err := json.Unmarshal(job.Choices, &choice); err != nil {
		return err
	}
	var b *Brought
	err = patiently(ctx, 60, func() error {
		leave, err := j.s.reading.enter(ctx)
		if err != nil {
			return err
		}
		defer leave()
		b, err = Bring(ctx, Bringing{Into: Into{Store: j.s.Store, Engine: j.s.Engine, Extractor: j.s.Extractor, Project: job.Project, Coder: who.ID}, Data: data, Chosen: true, Apart: choice.Apart, Now: j.s.Now(),
			Step: func(done, steps int, what string) error {
				p.tell(done, steps, what)
				_, err := j.allowed(ctx, job, "DocumentAdded")
				return err
			}})
		return err
	})
	var bad *exchange.BadFile
	var badFile *refi.BadFile
	if errors.As(err, &bad) || errors.As(err, &badFile) {
		err = halted{"batch.why.unreadable"}
	}
	if b != nil {
		var r projectReport
		if err := json.Unmarshal(job.Report, &r); err != nil {
			return err
		}
		x := b.before // it broke off
		r.Made = &inCounts{b.Documents + x.Documents, b.Codes + x.Codes, b.Codings + x.Codings, b.Memos + x.Memos, b.Cases + x.Cases, b.Attributes + x.Attributes, b.Coders + x.Coders}
		r.Left = b.Left
		raw, jerr := json.Marshal(r)
		if jerr != nil {
			return jerr
		}
		p.mu.Lock()
		p.job.Report = raw
		p.mu.Unlock()
	}
	if err == nil {
		p.tell(p.now().Steps, p.now().Steps, "")
		files[0].State = store.FileAdded
		err = j.s.Store.PutJobFiles(ctx, job.Project, job.ID, files[0])
	}
	return err
}
