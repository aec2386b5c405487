package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/pgrun"
	"anyam/internal/qda"
	"anyam/internal/server"
)

// importFiles adds documents: each file as its name and text suggest, which can be changed afterwards, and what is in folders and zips
// like files of their own. Then the tables, in the order in
// which they are named, since they may speak of documents.
func (p *program) importFiles(ctx context.Context, args []string) error {
	f := flags("import")
	name := f.String("project", "", "name or number")
	as := f.String("as", "", "account in whose name")
	asJSON := f.Bool("json", false, "one object a line")
	reported := f.String("report", "", "file for what became of tables, codebooks, projects of other programs, and documents of which there is something to say, as JSON")
	codebook := f.String("codebook", "", "file whose codes and themes join the project's codebook: qdc, csv or xlsx")
	comments := f.String("comments", "none", "what becomes of comments in the margin of a file: memos or none")
	var tables []table
	for _, t := range tableFlags {
		f.Func(t.flag, t.say, func(file string) error {
			tables = append(tables, table{file, t.rows})
			return nil
		})
	}
	files, err := parse(f, args)
	if err != nil {
		return err
	}
	if files, err = withoutFolders(files); err != nil {
		return err
	}
	all := len(files) + len(tables)
	if *codebook != "" {
		all++
	}
	if *name == "" || all == 0 {
		return usage("import --project NAME [--codebook FILE] [--informants FILE] [--answers FILE] [--rows FILE] FILE...")
	}
	if *comments != "memos" && *comments != "none" {
		return usage("comments become memos or none, not %q", *comments)
	}
	o, err := p.open(ctx, pgrun.Command)
	if err != nil {
		return err
	}
	defer o.close()
	id, err := o.projectNamed(ctx, *name, *as)
	if err != nil {
		return err
	}
	v, err := o.engine.View(ctx, id, 0)
	if err != nil {
		return plain(err)
	}
	who, err := o.actor(ctx, v, *as)
	if err != nil {
		return err
	}
	words := english()
	if a, err := o.store.Account(ctx, who.Account); err == nil && a.Language != "" {
		words = i18n.New(a.Language, "UTC")
	}
	failed := 0
	others := []any{}
	tell := func(line any, err error) error {
		if err != nil {
			failed++
		}
		if l, ok := line.(imported); ok {
			if l.Error != "" || l.Same != 0 || len(l.Notes) > 0 {
				others = append(others, l)
			}
			l.words = words
			line = l
		}
		if *asJSON {
			return json.NewEncoder(p.out).Encode(line)
		}
		_, err = fmt.Fprintln(p.out, line)
		return err
	}
	if *codebook != "" {
		m, err := o.mergeCodebook(ctx, id, who.ID, *codebook)
		if err != nil {
			m = mergedCodebook{Path: *codebook, Error: plain(err).Error()}
		}
		others = append(others, m)
		if err := tell(m, err); err != nil {
			return err
		}
	}
	for _, file := range files {
		var line any
		var err error
		if ofOtherProgram(file) {
			var b brought
			if b, err = o.importProject(ctx, id, who.ID, file); err != nil {
				b = brought{Path: file, Error: plain(err).Error()}
			}
			line, others = b, append(others, b)
		} else if strings.EqualFold(filepath.Ext(file), ".zip") {
			all--
			err := o.importZip(ctx, id, who.ID, file, *comments == "memos", func(line imported, err error) error {
				all++
				return tell(line, err)
			})
			if err != nil {
				return err
			}
			continue
		} else {
			line, err = o.importFile(ctx, id, who.ID, file, *comments == "memos")
		}
		if err := tell(line, err); err != nil {
			return err
		}
	}
	for _, t := range tables {
		b, err := o.importTable(ctx, id, who.ID, t)
		if err != nil {
			b = tabled{Path: t.file, Error: plain(err).Error()}
		}
		others = append(others, b)
		if err := tell(b, err); err != nil {
			return err
		}
	}
	if *reported != "" {
		if err := report(*reported, others); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be added", failed, all)
	}
	return nil
}

// imported is the line that import prints for a file.
type imported struct {
	File     string   `json:"file"`
	Document qda.ID   `json:"document,omitempty"`
	Turns    int      `json:"turns,omitempty"`
	Words    int      `json:"words,omitempty"`
	Speakers []string `json:"speakers,omitempty"`
	Memos    int      `json:"comments_kept,omitempty"` // comments that became memos
	Left     int      `json:"comments_left,omitempty"` // comments that did not come in
	Same     qda.ID   `json:"same_as,omitempty"`       // the document that has the same bytes: the file is passed over
	Notes    []string `json:"notes,omitempty"`         // what was changed or left out, in English
	Error    string   `json:"error,omitempty"`

	notes []exchange.Note
	words *i18n.Printer // for people: in the language of whoever brings it in
}

func (l imported) String() string {
	if l.Error != "" {
		return l.File + ": " + l.Error
	}
	if l.Same != 0 {
		return fmt.Sprintf("%s: passed over, the same file is document %d already", l.File, l.Same)
	}
	line := fmt.Sprintf("%s: document %d, %d turns, %d words, speakers: %s", l.File, l.Document, l.Turns, l.Words, strings.Join(l.Speakers, ", "))
	if l.Memos > 0 {
		line += fmt.Sprintf("; %d comments kept as memos", l.Memos)
	}
	if l.Left > 0 {
		line += fmt.Sprintf("; %d comments left out (--comments memos keeps them)", l.Left)
	}
	for _, n := range server.NotesIn(l.words, l.notes) {
		line += "\n  " + n
	}
	return line
}

// projectNamed finds a project, or makes it: for the account named, for the administrator, or for whoever sets up first.
func (o *opened) projectNamed(ctx context.Context, name, as string) (qda.ProjectID, error) {
	x, ok, err := o.project(ctx, name)
	if err != nil || ok {
		return x.ID, err
	}
	if _, err := strconv.ParseInt(name, 10, 64); err == nil {
		return 0, usage("there is no project %s", name)
	}
	owner := &qda.ProjectMade{Name: name, Language: "id", Method: qda.Reflexive, Owner: "anyam", Initials: "A"}
	all, err := o.store.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range all {
		if as != "" && strings.EqualFold(a.Email, as) || as == "" && a.Admin && owner.Account == 0 {
			owner.Account, owner.Owner, owner.Initials = a.ID, a.Name, a.Initials
		}
	}
	if as != "" && owner.Account == 0 {
		return 0, usage("there is no account %q", as)
	}
	change := newChange()
	id, err := o.store.MakeProject(ctx, change, time.Now())
	if err != nil {
		return 0, err
	}
	if _, err := o.engine.Do(ctx, id, qda.Intent{Change: change, Do: owner}); err != nil {
		return 0, plain(err)
	}
	return id, nil
}

// withoutFolders puts in place of each folder the files below it, by name. What systems leave in folders is passed over.
func withoutFolders(files []string) (all []string, err error) {
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || !info.IsDir() {
			all = append(all, f) // what is not there is told in its turn
			continue
		}
		err = filepath.WalkDir(f, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path != f && strings.HasPrefix(d.Name(), ".") && d.IsDir():
				return fs.SkipDir
			case d.Type().IsRegular() && !exchange.OwnOfSystems(d.Name()):
				all = append(all, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// importZip adds the files in a zip one after the other and tells of each; of the zip itself where it can't be read.
func (o *opened) importZip(ctx context.Context, id qda.ProjectID, who qda.ID, file string, comments bool, tell func(imported, error) error) error {
	var told error
	data, err := os.ReadFile(file)
	if err == nil {
		_, err = o.extractor.Unpack(ctx, data, func(p exchange.Packed) error {
			name := file + "/" + p.Name
			if p.Bad != nil {
				told = tell(failedFile(name, p.Bad), p.Bad)
			} else {
				line, err := o.importDocument(ctx, id, who, name, p.Data, comments)
				told = tell(line, err)
			}
			return told
		})
	}
	if err != nil && told == nil && ctx.Err() == nil {
		return tell(failedFile(file, err), err)
	}
	return err
}

// importFile adds one file, and its comments as memos where they are wanted.
func (o *opened) importFile(ctx context.Context, id qda.ProjectID, who qda.ID, file string, comments bool) (imported, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return failedFile(file, err), err
	}
	return o.importDocument(ctx, id, who, file, data, comments)
}

func failedFile(file string, err error) imported {
	line := imported{File: file, Error: plain(err).Error()}
	if isTable(err) {
		line.Error += " Name it with --informants, --answers or --rows, or with --codebook."
	}
	return line
}

// importDocument is importFile for a file that has been read.
func (o *opened) importDocument(ctx context.Context, id qda.ProjectID, who qda.ID, file string, data []byte, comments bool) (imported, error) {
	line, err := o.document(ctx, id, who, file, data, comments)
	if err != nil {
		line = failedFile(file, err)
	}
	return line, err
}

func (o *opened) document(ctx context.Context, id qda.ProjectID, who qda.ID, file string, data []byte, comments bool) (imported, error) {
	name := filepath.Base(file)
	v, err := o.engine.View(ctx, id, 0)
	if err != nil {
		return imported{}, err
	}
	if d := server.SameBytes(v, server.SumOf(data)); d != nil {
		return imported{File: file, Same: d.ID}, nil
	}
	r, err := o.extractor.Read(ctx, name, data, exchange.Options{})
	if err != nil {
		return imported{}, err
	}
	g := server.GuessOf(r)
	change := newChange()
	line, err := o.addFile(ctx, id, who, change, file, data, r, func(do *qda.DocumentAdded) {
		do.Name, do.Type, do.Held = g.Name, g.Kind, g.Held
		if g.Case == "" {
			return
		}
		do.NewCase = g.Case
		for _, k := range v.Cases() {
			if k.State == qda.Live && strings.EqualFold(k.Name, g.Case) {
				do.Case, do.NewCase = k.ID, ""
			}
		}
	})
	line.notes = server.ButComments(r.Notes, len(r.Comments))
	line.Notes = server.NotesIn(english(), line.notes)
	if err != nil || !comments {
		line.Left = len(r.Comments)
		return line, err
	}
	if _, err := server.KeepComments(ctx, server.Commented{Store: o.store, Engine: o.engine, Project: id, Coder: who, Added: change, Document: line.Document, Reading: r}); err != nil {
		return line, fmt.Errorf("document %d was added, but not all of its comments as memos: %w", line.Document, plain(err))
	}
	line.Memos = len(r.Comments)
	return line, nil
}

// addFile keeps a file and adds it as a document, described by fill.
func (o *opened) addFile(ctx context.Context, id qda.ProjectID, who qda.ID, change qda.ChangeID, file string, data []byte, r *exchange.Reading, fill func(*qda.DocumentAdded)) (imported, error) {
	do, text, err := server.Added(data, filepath.Base(file), r, exchange.Options{}, server.SpeakersOf(r))
	if err != nil {
		return imported{}, err
	}
	fill(do)
	if err := o.store.PutFile(ctx, id, server.SumOf(data), do.FileName, data, time.Now()); err != nil {
		return imported{}, err
	}
	e, err := o.engine.Do(ctx, id, qda.Intent{Change: change, Coder: who, Do: do, Text: text})
	if err != nil {
		return imported{}, err
	}
	line := imported{File: file, Turns: len(r.Turns), Words: r.Words, Speakers: []string{}}
	for _, d := range e.Did {
		if d.Of == qda.SortDocument {
			line.Document = d.ID
		}
	}
	for _, s := range r.Speakers {
		line.Speakers = append(line.Speakers, s.Label)
	}
	return line, nil
}
