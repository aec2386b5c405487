package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anyam/internal/engine"
	"anyam/internal/exchange"
	"anyam/internal/i18n"
	"anyam/internal/pgrun"
	"anyam/internal/qda"
	"anyam/internal/server"
)

// importFiles adds documents: each file as its name and text suggest, which can be changed afterwards, and what is in folders and zips
// like files of their own. Then the tables, in the order in which they are named, since they may speak of documents.
func (p *program) importFiles(ctx context.Context, args []string) error {
	f := flags("import")
	in := incoming{say: p.err}
	f.StringVar(&in.name, "project", "", "`NAME` or number of the project; one of this name is made where there is none")
	f.StringVar(&in.as, "as", "", "`EMAIL` of the account in whose name files come in; without it the project's owner")
	f.StringVar(&in.language, "language", "", "language of the texts of a project that is made: `id`, en, …; without it Indonesian")
	f.BoolVar(&in.noHead, "no-head", false, "the first row of tables (csv, xlsx) does not hold the names of the columns")
	f.BoolVar(&in.apart, "keep-apart", false, "documents of a qdpx or qde whose very words are here already are added once more, and not joined with those")
	asJSON := f.Bool("json", false, "one object a line, for programs")
	reported := f.String("report", "", "`FILE.json` for what became of tables, codebooks, projects of other programs, and documents of which there is something to say; - is standard output")
	comments := f.String("comments", "none", "what becomes of comments in the margin of a file: `memos` or none")
	var codebooks []string
	f.Func("codebook", "`FILE` (qdc, csv, xlsx) whose codes and themes join the project's codebook; what is there stays", func(file string) error {
		codebooks = append(codebooks, file)
		return nil
	})
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
	files, in.passed, in.none = withoutFolders(files)
	if in.name == "" || len(files)+len(tables)+len(codebooks) == 0 {
		return usage("import --project NAME [--codebook FILE] [--informants FILE] [--answers FILE] [--rows FILE] FILE... (anyam import --help)")
	}
	name, err := qda.CleanName(in.name)
	if err != nil {
		return usage("%q can't be the name of a project: %v", in.name, plain(err))
	}
	in.name = name // as it is kept
	if *comments != "memos" && *comments != "none" {
		return usage("comments become memos or none, not %q", *comments)
	}
	in.comments = *comments == "memos"
	if in.language != "" && !slices.Contains(i18n.TextLanguages, in.language) {
		return usage("%q is no language that a project can be in: %s", in.language, strings.Join(i18n.TextLanguages, ", "))
	}
	out, report := p.out, &outFile{}
	switch *reported {
	case "":
	case "-":
		if *asJSON {
			return usage("--json and --report - are both for standard output: give the report a file")
		}
		out, report.Writer = p.err, p.out
	default:
		// As in --report interviews/*.docx, where a shell puts an interview in the report's place.
		if i, err := os.Stat(*reported); err == nil && i.Mode().IsRegular() && !strings.EqualFold(filepath.Ext(*reported), ".json") {
			return usage("--report would write over %s; give it a name that ends with .json", shown(*reported))
		}
		if report, err = openOut(*reported); err != nil {
			return err
		}
		defer report.drop()
	}
	if in.opened, err = p.open(ctx, pgrun.Command); err != nil {
		return err
	}
	defer in.close()
	if err := in.find(ctx); err != nil {
		return err
	}
	told, failed := 0, 0
	others := []any{}
	tell := func(line any, err error) error {
		if err != nil && ctx.Err() != nil {
			return ctx.Err() // it did not fail, it was not finished
		}
		l, ok := line.(imported)
		if l.Passed == "" { // what is no file is not counted as one
			told++
		}
		if err != nil {
			failed++
		}
		if !ok {
			others = append(others, line)
		} else {
			if l.Error != "" || l.Same != 0 || l.Passed != "" || len(l.Notes) > 0 {
				others = append(others, l)
			}
			l.words = in.words
			line = l
		}
		if *asJSON {
			return json.NewEncoder(out).Encode(line)
		}
		_, err = fmt.Fprintln(out, line)
		return err
	}
	err = in.all(ctx, codebooks, files, tables, tell)
	if in.passed > 0 {
		fmt.Fprintln(p.err, "anyam: "+in.words.N("batch.passed", in.passed))
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted after %s; the same command again goes on from there", many(told, "file", "files"))
	} else if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %s could not be added", failed, many(told, "file", "files"))
	}
	if report.Writer == nil {
		return err
	}
	e := json.NewEncoder(report)
	e.SetIndent("", "  ")
	if unwritten := e.Encode(others); unwritten != nil {
		return errors.Join(err, fmt.Errorf("the report can't be written: %w", unwritten))
	}
	return errors.Join(err, report.keep())
}

// incoming is a project that files come into. It is made for the first of them that can be read, so that a name that was mistyped makes
// nothing by itself.
type incoming struct {
	*opened
	say                io.Writer
	name, as, language string
	noHead             bool
	comments           bool // become memos
	apart              bool

	project qda.ProjectID // 0: not made yet
	who     qda.ID
	words   *i18n.Printer // of whoever brings files in
	folders map[string]string
	passed  int        // files that systems leave in folders and zips
	none    []imported // what is no file in folders
}

// find finds the project and who brings files into it, where it is there, and else whether it could be made.
func (in *incoming) find(ctx context.Context) error {
	in.words = english()
	x, ok, err := in.opened.project(ctx, in.name)
	if err != nil {
		return err
	}
	if ok {
		return in.enter(ctx, x.ID)
	}
	if _, err := strconv.ParseInt(in.name, 10, 64); err == nil {
		return usage("there is no project %s", in.name)
	}
	_, err = in.owner(ctx)
	return err
}

// enter finds out who brings files into a project.
func (in *incoming) enter(ctx context.Context, id qda.ProjectID) error {
	v, err := in.engine.View(ctx, id, 0)
	if err != nil {
		return plain(err)
	}
	if p := v.Project(); in.language != "" && in.language != p.Language {
		return usage("--language is for a project that is made; %q is there, and its language is %s", p.Name, p.Language)
	}
	who, err := in.actor(ctx, v, in.as)
	if err != nil {
		return err
	}
	in.project, in.who = id, who.ID
	if a, err := in.store.Account(ctx, who.Account); err == nil && a.Language != "" {
		in.words = i18n.New(a.Language, "UTC")
	}
	return nil
}

// owner is whose a new project is: the account named, the administrator, or whoever sets up first.
func (in *incoming) owner(ctx context.Context) (*qda.ProjectMade, error) {
	made := &qda.ProjectMade{Name: in.name, Language: cmp.Or(in.language, "id"), Method: qda.Reflexive, Owner: "anyam", Initials: "A"}
	all, err := in.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if in.as != "" && strings.EqualFold(a.Email, in.as) || in.as == "" && a.Admin && made.Account == 0 {
			made.Account, made.Owner, made.Initials = a.ID, a.Name, a.Initials
		}
	}
	if in.as != "" && made.Account == 0 {
		return nil, usage("there is no account %q", in.as)
	}
	return made, nil
}

// begun makes the project where there is none. Of several commands that bring files into a new one at the same time, one makes it.
func (in *incoming) begun(ctx context.Context) (qda.ProjectID, qda.ID, error) {
	if in.project != 0 {
		return in.project, in.who, nil
	}
	err := in.store.Alone(ctx, "project "+strings.ToLower(in.name), func() error {
		if err := in.find(ctx); err != nil || in.project != 0 {
			return err
		}
		made, err := in.owner(ctx)
		if err != nil {
			return err
		}
		change := newChange()
		id, err := in.store.MakeProject(ctx, change, time.Now())
		if err != nil {
			return err
		}
		if _, err := in.engine.Do(ctx, id, qda.Intent{Change: change, Do: made}); err != nil {
			return err
		}
		fmt.Fprintf(in.say, "anyam: there was no project %q: it is new, and its number is %d\n", made.Name, id)
		return in.enter(ctx, id)
	})
	return in.project, in.who, err
}

// into is the project for what other programs or tables bring.
func (in *incoming) into() server.Into {
	return server.Into{Store: in.store, Engine: in.engine, Extractor: in.extractor, Project: in.project, Coder: in.who, Make: in.begun}
}

// view is the project as it stands, also where another process has changed it just now; one that is not made yet has nothing in it.
func (in *incoming) view(ctx context.Context) (*engine.View, error) {
	if in.project == 0 {
		return new(engine.View), nil
	}
	v, err := in.engine.View(ctx, in.project, 0)
	if err != nil {
		return nil, err
	}
	newer, err := in.store.Entries(ctx, in.project, v.Seq(), 1)
	if err != nil || len(newer) == 0 {
		return v, err
	}
	return in.engine.View(ctx, in.project, newer[0].Seq)
}

// all brings in everything that was named and tells of each.
func (in *incoming) all(ctx context.Context, codebooks, files []string, tables []table, tell func(any, error) error) error {
	for _, codebook := range codebooks {
		m, err := in.mergeCodebook(ctx, codebook)
		if err != nil {
			m = mergedCodebook{Path: codebook, Error: sentence(err)}
		}
		if err := tell(m, err); err != nil {
			return err
		}
	}
	for _, n := range in.none {
		if err := tell(n, nil); err != nil {
			return err
		}
	}
	in.fold(ctx, files)
	for _, file := range files {
		switch {
		case ofOtherProgram(file):
			b, err := in.importProject(ctx, file)
			if err != nil {
				b = brought{Path: file, Error: sentence(err)}
			}
			if err := tell(b, err); err != nil {
				return err
			}
		case isZip(file):
			if err := in.importZip(ctx, file, tell); err != nil {
				return err
			}
		default:
			data, err := whole(file)
			if err := in.importDocument(ctx, file, data, err, tell); err != nil {
				return err
			}
		}
	}
	for _, t := range tables {
		b, err := in.importTable(ctx, t)
		if err != nil {
			b = tabled{Path: t.file, Error: sentence(err)}
		}
		if err := tell(b, err); err != nil {
			return err
		}
	}
	return nil
}

// fold finds out which folders go before the names of documents. What can't be read is told when its turn comes.
func (in *incoming) fold(ctx context.Context, files []string) {
	var all, shown []string
	for _, file := range files {
		names := []string{file}
		if ofOtherProgram(file) {
			continue
		}
		if isZip(file) { // others are read once, since a pipe has its words but once
			names = nil
			if data, err := os.ReadFile(file); err == nil {
				_, _ = in.extractor.Unpack(ctx, data, func(p exchange.Packed) error {
					names = append(names, file+"/"+p.Name)
					return nil
				})
			}
		}
		for _, n := range names {
			all, shown = append(all, n), append(shown, exchange.ShownName(filepath.ToSlash(n)))
		}
	}
	in.folders = map[string]string{}
	for i, folder := range server.FoldersOf(shown) {
		in.folders[all[i]] = folder
	}
}

func isZip(file string) bool { return strings.EqualFold(filepath.Ext(file), ".zip") }

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
	Passed   string   `json:"passed_over,omitempty"`   // why something in a folder was passed over
	Notes    []string `json:"notes,omitempty"`         // what was changed or left out, in English
	Error    string   `json:"error,omitempty"`

	notes []exchange.Note
	words *i18n.Printer // for people: in the language of whoever brings it in
}

func (l imported) String() string {
	if l.Error != "" {
		return shown(l.File) + ": " + l.Error
	}
	if l.Same != 0 {
		line := fmt.Sprintf("%s: passed over, the same file is document %d already", shown(l.File), l.Same)
		switch {
		case l.Memos > 0:
			line += "; " + many(l.Memos, "comment kept as a memo", "comments kept as memos")
		case l.Left > 0:
			line += "; " + many(l.Left, "comment left out, as the text is another now", "comments left out, as the text is another now")
		}
		return line
	}
	if l.Passed != "" {
		return shown(l.File) + ": passed over, " + l.Passed
	}
	line := fmt.Sprintf("%s: document %d, %s, %s, speakers: %s", shown(l.File), l.Document, many(l.Turns, "turn", "turns"), many(l.Words, "word", "words"), cmp.Or(strings.Join(l.Speakers, ", "), "none"))
	if l.Memos > 0 {
		line += "; " + many(l.Memos, "comment kept as a memo", "comments kept as memos")
	}
	if l.Left > 0 {
		line += "; " + many(l.Left, "comment left out (--comments memos keeps it)", "comments left out (--comments memos keeps them)")
	}
	return noted(line, server.NotesIn(l.words, l.notes))
}

// noted is a row with the first of what there is to say under it. Of a table that can be a thousand things.
func noted(row string, notes []string) string {
	for i, n := range notes {
		if i == mostNotes {
			return row + "\n  " + many(len(notes)-i, "more remark", "more remarks") + " (--report FILE.json has all)"
		}
		row += "\n  " + n
	}
	return row
}

const mostNotes = 20

// shown is a path as a row tells it: in quotation marks where it could be taken for another row, or for a command to a terminal.
func shown(path string) string {
	if path == "" || !utf8.ValidString(path) || strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return strconv.QuoteToGraphic(path)
	}
	return path
}

// withoutFolders puts in place of each folder the files below it, by name. What systems leave in folders is passed over and counted, and what
// is no file there is told. A link to a folder is not followed: it may lead in a circle, or to what nobody meant to give.
func withoutFolders(files []string) (all []string, passed int, none []imported) {
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || !info.IsDir() {
			all = append(all, f) // what is not there is told in its turn
			continue
		}
		before := len(all)
		// Of a link to a folder what it leads to is walked through, since it was named.
		_ = filepath.WalkDir(f+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				all = append(all, path) // a folder that can't be read is told in its turn
				return nil
			}
			own, err := filepath.Rel(f, path)
			if err != nil {
				return err
			}
			if exchange.OwnOfSystems(filepath.ToSlash(own)) {
				if passed++; d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			switch i, err := os.Stat(path); {
			case err != nil || i.Mode().IsRegular(): // where a link leads is a file as well
				all = append(all, path)
			case i.IsDir():
				none = append(none, imported{File: path, Passed: "it is a link to a folder; name it by itself to add what is in it"})
			default:
				none = append(none, imported{File: path, Passed: "it is no file"})
			}
			return nil
		})
		if len(all) == before {
			all = append(all, f) // that there is nothing in it, too
		}
	}
	return all, passed, none
}

// whole reads a file.
func whole(file string) ([]byte, error) {
	if i, err := os.Stat(file); err == nil && i.IsDir() {
		if _, err := os.ReadDir(file); err != nil {
			return nil, err
		}
		return nil, errors.New("there is no file in this folder")
	}
	return os.ReadFile(file)
}

// importZip adds the files in a zip one after the other and tells of each; of the zip itself where it can't be read.
func (in *incoming) importZip(ctx context.Context, file string, tell func(any, error) error) error {
	var told error
	empty := true
	data, err := os.ReadFile(file)
	if err == nil {
		var passed int
		passed, err = in.extractor.Unpack(ctx, data, func(p exchange.Packed) error {
			var bad error
			if empty = false; p.Bad != nil {
				bad = p.Bad
			} else if ofOtherProgram(p.Name) {
				bad = errors.New("projects and codebooks inside a zip are not opened; unpack it, and name this one by itself")
			}
			told = in.importDocument(ctx, file+"/"+p.Name, p.Data, bad, tell)
			return told
		})
		in.passed += passed
	}
	if err == nil && empty {
		err = errors.New("there is no file in this zip")
	}
	if err == nil || told != nil {
		return told
	}
	return tell(failedFile(file, err), err)
}

// sentence says why a file did not come in; its name is said before it.
func sentence(err error) string {
	var at *fs.PathError
	var put *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err.Error()
	case errors.As(err, &put):
		return put.Err.Error()
	}
	return plain(err).Error()
}

func failedFile(file string, err error) imported {
	line := imported{File: file, Error: sentence(err)}
	if isTable(err) {
		line.Error += " Name it with --informants, --answers or --rows, or with --codebook."
	}
	return line
}

// importDocument adds one file, and its comments as memos where they are wanted, and tells of it: also where it could not be had.
func (in *incoming) importDocument(ctx context.Context, file string, data []byte, err error, tell func(any, error) error) error {
	var line imported
	if err == nil {
		line, err = in.document(ctx, file, data)
	}
	if err != nil {
		line = failedFile(file, err)
	}
	return tell(line, err)
}

func (in *incoming) document(ctx context.Context, file string, data []byte) (imported, error) {
	v, err := in.view(ctx)
	if err != nil {
		return imported{}, err
	}
	if d := server.SameBytes(v, server.SumOf(data)); d != nil {
		return in.again(ctx, v, d, file, data)
	}
	r, err := in.extractor.Read(ctx, server.FileName(file), data, exchange.Options{})
	if err != nil {
		return imported{}, err
	}
	id, who, err := in.begun(ctx)
	if err != nil {
		return imported{}, err
	}
	g := server.GuessOf(r)
	change := newChange()
	var line imported
	add := func() error {
		v, err := in.view(ctx)
		if err != nil {
			return err
		}
		if d := server.SameBytes(v, server.SumOf(data)); d != nil { // another import has added it meanwhile
			line = imported{File: file, Same: d.ID}
			return nil
		}
		line, err = in.addFile(ctx, id, who, change, file, data, r, func(do *qda.DocumentAdded) {
			do.Name, do.Type, do.Held = server.InFolder(in.folders[file], g.Name), g.Kind, g.Held
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
		return err
	}
	alone := "a document of project " + strconv.FormatInt(int64(id), 10)
	err = in.store.Alone(ctx, alone, add)
	var refused *qda.Error
	if errors.As(err, &refused) && refused.Key == "refused.name_taken" { // somebody has named the informant meanwhile
		err = in.store.Alone(ctx, alone, add)
	}
	if err != nil || line.Same != 0 {
		return line, err
	}
	line.notes = server.ButComments(r.Notes, len(r.Comments))
	line.Notes = server.NotesIn(english(), line.notes)
	if !in.comments {
		line.Left = len(r.Comments)
		return line, nil
	}
	if _, err := server.KeepComments(ctx, server.Commented{Store: in.store, Engine: in.engine, Project: id, Coder: who, Added: change, Document: line.Document, Reading: r}); err != nil {
		return line, fmt.Errorf("document %d was added, but not all of its comments as memos: %w", line.Document, plain(err))
	}
	line.Memos = len(r.Comments)
	return line, nil
}

// again is the line of a file that is a document already. Its comments become memos where that broke off or was not asked for the time
// before, as long as the text is the one that they hang on.
func (in *incoming) again(ctx context.Context, v *engine.View, d *qda.Document, file string, data []byte) (imported, error) {
	line := imported{File: file, Same: d.ID}
	if !in.comments {
		return line, nil
	}
	r, err := in.extractor.Read(ctx, server.FileName(file), data, exchange.Options{})
	if err != nil || len(r.Comments) == 0 {
		return line, ctx.Err() // what was read with other choices has nothing to hang here
	}
	if sum := server.SumOf(server.TextOf(r).Words); d.Version != 1 || d.Sum != hex.EncodeToString(sum[:]) {
		line.Left = len(r.Comments)
		return line, nil
	}
	added, err := in.store.Entries(ctx, in.project, d.Made-1, 1)
	if err != nil {
		return line, err
	}
	last, err := server.KeepComments(ctx, server.Commented{Store: in.store, Engine: in.engine, Project: in.project, Coder: in.who, Added: added[0].Change, Document: d.ID, Reading: r})
	if err != nil {
		return line, fmt.Errorf("document %d was here already, but not all of its comments became memos: %w", d.ID, plain(err))
	}
	if last.Seq > v.Seq() {
		line.Memos = len(r.Comments)
	}
	return line, nil
}

// addFile keeps a file and adds it as a document, described by fill.
func (o *opened) addFile(ctx context.Context, id qda.ProjectID, who qda.ID, change qda.ChangeID, file string, data []byte, r *exchange.Reading, fill func(*qda.DocumentAdded)) (imported, error) {
	do, text, err := server.Added(data, server.FileName(file), r, exchange.Options{}, server.SpeakersOf(r))
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
