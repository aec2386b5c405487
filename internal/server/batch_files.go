package server

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/qda"
	"anyam/internal/store"
)

// batchChoices are what holds for every file of a batch.
type batchChoices struct {
	Kind       qda.DocumentKind `json:"kind"`     // "": as each suggests
	Language   string           `json:"language"` // "": as each suggests
	NoSpeakers bool             `json:"no_speakers"`
	Informants string           `json:"informants"` // "": as text and name suggest; file: by the file's name; none
	Comments   bool             `json:"comments"`   // what stands in the margin becomes memos
	Passed     int              `json:"passed"`     // files that systems leave in zips and folders
}

// files adds the files of a job, one after the other. What is a document already is passed over; what can't be read says why.
func (j *jobs) files(ctx context.Context, p *pulse) error {
	job := p.now()
	var c batchChoices
	if err := json.Unmarshal(job.Choices, &c); err != nil {
		return err
	}
	all, err := j.s.Store.JobFiles(ctx, job.Project, job.ID)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	done, before := 0, FoldersOf(names)
	first := map[qda.Hash]int{} // of equal files the one that comes first
	for i := range all {
		f := &all[i]
		if f.State == store.FileWaiting {
			p.tell(done, len(all), f.Name)
			if err := j.file(ctx, job, c, f, first, before[i]); err != nil {
				return err
			}
			if err := j.s.Store.PutJobFiles(ctx, job.Project, job.ID, *f); err != nil {
				return err
			}
		}
		if f.Sum != nil && first[*f.Sum] == 0 && f.State != store.FileRefused {
			first[*f.Sum] = f.N
		}
		done++
		p.tell(done, len(all), "")
	}
	return nil
}

// file adds one file and says in it what became of it. The error is that the job can't go on.
func (j *jobs) file(ctx context.Context, job store.Job, c batchChoices, f *store.JobFile, first map[qda.Hash]int, folder string) error {
	s := j.s
	who, err := j.allowed(ctx, job, "DocumentAdded")
	if err != nil {
		return err
	}
	f.Document, f.Twice, f.Why, f.Args, f.Told = 0, 0, "", nil, nil
	change := qda.GUID(job.ID, qda.ID(f.N))
	before, err := s.Store.ByChange(ctx, job.Project, change)
	if err != nil {
		return err
	}
	if before != nil { // added before the job stopped; of its comments not all may be memos
		f.State, f.Document = store.FileAdded, made(before, qda.SortDocument)
		if !c.Comments || f.Sum == nil {
			return nil
		}
	}
	if f.Sum == nil {
		f.State, f.Why = store.FileRefused, "batch.gone"
		return nil
	}
	v, err := s.Engine.View(ctx, job.Project, 0)
	if err != nil {
		return err
	}
	if d := SameBytes(v, *f.Sum); d != nil && before == nil {
		f.State, f.Document, f.Twice = store.FileThere, d.ID, first[*f.Sum]
		return nil
	}
	var r *exchange.Reading
	opt := exchange.Options{Language: c.Language, NoSpeakers: c.NoSpeakers}
	var data []byte
	err = patiently(ctx, 60, func() error {
		leave, err := s.reading.enter(ctx)
		if err != nil {
			return err
		}
		defer leave()
		if _, data, err = s.Store.File(ctx, job.Project, *f.Sum); err != nil {
			return err
		}
		r, err = s.Extractor.Read(ctx, path.Base(f.Name), data, opt)
		return err
	})
	var told []exchange.Note
	if err == nil {
		told = r.Notes
		if before == nil {
			err = patiently(ctx, 60, func() error { return j.addFile(ctx, job, c, who, v, change, f, folder, data, r, opt) })
		}
	}
	// What was under way when the job was cancelled may have gone through only now, and named an informant that was not there then.
	if err != nil && before == nil {
		if e, lost := s.Store.ByChange(ctx, job.Project, change); lost == nil && e != nil {
			f.State, f.Document, err = store.FileAdded, made(e, qda.SortDocument), nil
		}
	}
	if err == nil && c.Comments && len(r.Comments) > 0 {
		err = patiently(ctx, 60, func() error {
			_, err := KeepComments(ctx, Commented{Store: s.Store, Engine: s.Engine, Project: job.Project, Coder: who.ID, Added: change, Document: f.Document, Reading: r})
			return err
		})
		if err == nil {
			told = keptComments(told, len(r.Comments))
		}
	}
	var bad *exchange.BadFile
	var refused *qda.Error
	switch {
	case err == nil:
	case f.Document != 0 && (errors.As(err, &bad) || errors.As(err, &refused) && refused.Fault != qda.Busy): // somebody removed it meanwhile, say
		f.State, told = store.FileAdded, append(told, exchange.Note{Key: "batch.margin.not", N: 1})
	case errors.As(err, &bad):
		f.State, f.Why = store.FileRefused, bad.Key()
		f.Args, _ = json.Marshal(bad.Args)
	case errors.As(err, &refused) && refused.Fault == qda.Absent:
		f.State, f.Why = store.FileRefused, "batch.gone"
	case errors.As(err, &refused) && refused.Fault != qda.Busy:
		f.State, f.Why = store.FileRefused, refused.Key
		f.Args, _ = json.Marshal(pairsOf(refused.Args))
	default:
		return err
	}
	if told != nil {
		f.Told, _ = json.Marshal(told)
	}
	return nil
}

// FoldersOf gives, for each of some files, the folders and zips that go before the name of its document where it would be called like one
// from elsewhere: without those that all the files are in.
func FoldersOf(files []string) []string {
	parts, names := make([][]string, len(files)), make([]string, len(files))
	first, apart := map[string]string{}, map[string]bool{} // by name: where the first is, and that another is elsewhere
	for i, f := range files {
		parts[i] = strings.Split(f, "/")
		name := asName(GuessOf(&exchange.Reading{Title: trimEnding(path.Base(f))}).Name)
		in, ok := first[name]
		if !ok {
			first[name] = path.Dir(f)
		}
		names[i], apart[name] = name, apart[name] || ok && in != path.Dir(f)
	}
	shared := 0
	for ; len(files) > 0 && shared < len(parts[0])-1; shared++ {
		if slices.ContainsFunc(parts, func(p []string) bool { return len(p)-1 <= shared || p[shared] != parts[0][shared] }) {
			break
		}
	}
	before := make([]string, len(files))
	for i, name := range names {
		if !apart[name] {
			continue
		}
		in := parts[i][shared : len(parts[i])-1]
		for k, p := range in {
			if isZip(p) {
				in[k] = trimEnding(p)
			}
		}
		before[i] = strings.Join(in, " – ")
	}
	return before
}

func isZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// InFolder is the name of a document with what FoldersOf puts before it.
func InFolder(folder, name string) string {
	if folder == "" {
		return name
	}
	all := []rune(folder + " – " + name)
	return strings.TrimSpace(string(all[max(0, len(all)-qda.MaxName):]))
}

// addFile adds a file that was read, by the ordinary change.
func (j *jobs) addFile(ctx context.Context, job store.Job, c batchChoices, who qda.Coder, v *engine.View, change qda.ChangeID, f *store.JobFile, folder string, data []byte, r *exchange.Reading, opt exchange.Options) error {
	do, text, err := Added(data, FileName(f.Name), r, opt, SpeakersOf(r))
	if err != nil {
		return err
	}
	g := GuessOf(r)
	do.Name, do.Type, do.Held = g.Name, g.Kind, g.Held
	if do.Name == "" {
		do.Name = FileName(f.Name)
	}
	do.Name = InFolder(folder, do.Name)
	if c.Kind != "" {
		do.Type = c.Kind
	}
	name := g.Case
	switch c.Informants {
	case "none":
		name = ""
	case "file":
		if name = codeIn.FindString(strings.ToUpper(g.Name)); name == "" {
			name = g.Name
		}
	}
	if name != "" {
		if k := caseNamed(v, name); k != nil {
			do.Case = k.ID
		} else {
			do.NewCase = name
		}
	}
	e, err := j.s.Engine.Do(ctx, job.Project, qda.Intent{Change: change, Coder: who.ID, Do: do, Text: text})
	if err != nil {
		return err
	}
	f.State, f.Document = store.FileAdded, made(e, qda.SortDocument)
	return nil
}

// commentsKept is the note of comments that became memos.
const commentsKept = "batch.margin.kept"

// keptComments are the notes of a file of whose comments n have become memos, and are not left out.
func keptComments(notes []exchange.Note, n int) []exchange.Note {
	return append(ButComments(notes, n), exchange.Note{Key: commentsKept, N: n})
}

// ButComments are the notes of a file without n of its comments, of which something else tells.
func ButComments(notes []exchange.Note, n int) []exchange.Note {
	var out []exchange.Note
	for _, x := range notes {
		if x.Key == "reading.note.comments" {
			if x.N -= n; x.N <= 0 {
				continue
			}
		}
		out = append(out, x)
	}
	return out
}

// pairsOf makes the arguments of a sentence a map, so that they can be kept.
func pairsOf(args []any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		if k, ok := args[i].(string); ok {
			m[k] = args[i+1]
		}
	}
	return m
}
